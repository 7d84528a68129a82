"""XLSX: numbers as numbers, days as days, texts as texts and never as a formula or a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, columns_of, empty_texts, written_at
from bordermap.export.delimited import placed_columns
from bordermap.export.long_texts import END, shortened
from bordermap.export.losses import as_text, cut_times, rounded_digits

__all__ = ["BESIDE", "write_table_xlsx", "write_xlsx"]

BESIDE = (f".xlsx{END}",)
_EXTRA = "pip install 'bordermap[xlsx]'"
_MOST = 32_767
_ROWS = 1_048_575
_COLUMNS = 16_384
_EXACT = 2**53
_GREATEST = 9.99e307
"""Excel's own limit, above which rounding to 16 digits may give infinity."""
_FIRST = np.datetime64("1900-03-01")
"""Before it programs disagree: Excel thinks that 1900 had a 29th of February."""

_FORMS = {"date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss.000"}


def write_xlsx(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a sheet with a frozen header, ``lon`` and ``lat``.

    Raises
    ------
    OutputError
        xlsxwriter is not installed, or the sheet has no room for so many rows or columns.
    """
    (features,) = layers
    columns, notes = placed_columns(features, outlines=False)
    gone = int((features.placed & (shapely.get_type_id(features.shapes) != 0)).sum())
    left_out = [f"{gone} lines and outlines are left out; a cell has no room"] if gone else []
    whole = Features(features.name, tuple(columns), features.shapes)
    columns, cut = shortened(whole, columns, _MOST, path, in_bytes=False)
    fitting = [_fitting(column) for column in columns]
    _write_sheet(fitting, features.name, path)
    told = [new.name for old, new in zip(columns, fitting, strict=True) if new.kind != old.kind]
    said = [f"a sheet has no such numbers or days, so as text: {', '.join(told)}"] if told else []
    said += [*as_text(columns), *rounded_digits(fitting), *cut_times(columns, "us")]
    return (*notes, *left_out, *cut, *said, *empty_texts(columns))


def write_table_xlsx(table: pd.DataFrame, path: Path) -> None:
    """Write a table without shapes."""
    _write_sheet([_fitting(column) for column in columns_of(table)], "table", path)


def _fitting(column: Column) -> Column:
    """A column as text where a sheet would change its values."""
    if column.kind == "integer":
        fits = (np.abs(column.values.astype("float64")) <= _EXACT).all()
    elif column.kind == "number":
        fits = not (np.abs(column.values) > _GREATEST).any()
    elif column.kind in ("date", "time"):
        days = column.values[~column.missing]
        whole = days.astype("datetime64[ms]") == days
        fits = bool((days >= _FIRST).all() and (days < np.datetime64("9999-12-31")).all())
        fits = fits and bool(whole.all())
    else:
        fits = True
    if fits:
        return column
    return Column(column.name, "text", pd.Series(column.as_texts(), dtype=object))


def _write_sheet(columns: Sequence[Column], name: str, path: Path) -> None:
    try:
        import xlsxwriter  # noqa: PLC0415  an extra
    except ImportError as error:
        where = path.name
        raise OutputError("writing XLSX needs xlsxwriter", where=where, todo=_EXTRA) from error
    rows = len(columns[0].source) if columns else 0
    if rows > _ROWS or len(columns) > _COLUMNS:
        found = f"{rows} rows of {len(columns)} columns, and a sheet has {_ROWS} of {_COLUMNS}"
        raise OutputError(found, where=path.name, todo="write a .csv, or ask for less")
    # What is kept for a while lies beside the file, where it is taken away whatever happens.
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    book = xlsxwriter.Workbook(path, options)
    sheet = book.add_worksheet(name[:31])
    try:
        book.set_properties({"created": written_at().replace(tzinfo=None)})
        forms = {kind: book.add_format({"num_format": form}) for kind, form in _FORMS.items()}
        _write_head(sheet, columns, book.add_format({"bold": True}))
        _write_cells(sheet, columns, forms)
        book.close()
    except xlsxwriter.exceptions.XlsxWriterException as error:
        found, todo = f"cannot be written ({error})", "choose another folder or make room"
        raise OutputError(found, where=path.name, todo=todo) from error
    finally:
        with suppress(OSError):
            sheet.row_data_fh.close()


def _write_head(sheet: Any, columns: Sequence[Column], form: Any) -> None:
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.name[:_MOST], form)
        if column.kind in _FORMS:
            sheet.set_column(at, at, 11 if column.kind == "date" else 22)


def _write_cells(sheet: Any, columns: Sequence[Column], forms: dict[str, Any]) -> None:
    """Write row by row, since only the last one is kept in memory."""
    writers: list[tuple[Callable[..., Any], Any]] = []
    for column in columns:
        how = {"text": sheet.write_string, "boolean": sheet.write_boolean}
        how |= dict.fromkeys(forms, sheet.write_datetime)
        writers.append((how.get(column.kind, sheet.write_number), forms.get(column.kind)))
    cells = [_cells(column) for column in columns]
    for number, row in enumerate(zip(*cells, strict=True), start=1):
        for at, cell in enumerate(row):
            if cell is not None and cell != "":
                write, form = writers[at]
                write(number, at, cell, form)


def _cells(column: Column) -> list[Any]:
    if column.kind in ("date", "time"):
        days: list[datetime | None] = column.values.astype("datetime64[us]").astype(object).tolist()
        return [None if gone else day for day, gone in zip(days, column.missing, strict=True)]
    return column.cells()
