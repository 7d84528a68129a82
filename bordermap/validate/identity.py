"""Rows that are no incidents of their own, and an id for each that is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.validate.cells import Codes, text_cells
from bordermap.validate.sheet import LEDGER, Sheet
from bordermap.values.ids import UniqueIds, fingerprint
from bordermap.values.text import Note, are_labels, as_text, label

__all__ = ["identify", "raw_text", "reject_totals"]

_TOTAL = re.compile(r"(?:grand\s+|sub\s?-?)?totals?\s*:?|sum|summe|overall", re.IGNORECASE)
_LONGEST_TOTAL = 20
# Every text that is a total, in capitals or not, begins so; the second s counts as one there.
_MAY_BE_TOTAL = (
    "^[^!-~]*(?:[Gg][Rr][Aa][Nn][Dd]|[Ss\u017f][Uu][BbMm]|[Tt][Oo][Tt][Aa]|[Oo][Vv][Ee][Rr])"
)
_FIGURE_CELL = re.compile(r"[-+\d.,\s%]*|=.*", re.DOTALL)
_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_STEP = 10_000


def raw_text(cell: Any) -> str:
    return cell.wkt if isinstance(cell, shapely.Geometry) else as_text(cell)


def _is_totals(cells: dict[str, str]) -> bool:
    """Whether filled cells are figures and, if any word, "Total"; a row with a date is none."""
    if _FIGURE_CELL.fullmatch(cells.get("date_start", "x")):
        return False
    words = [cell for cell in cells.values() if not _FIGURE_CELL.fullmatch(cell)]
    if words:
        return len(words) == 1 and _TOTAL.fullmatch(words[0]) is not None
    return bool(cells) and cells.keys() <= set(_FIGURES)


def _says_total(text: str) -> bool:
    return len(text) < _LONGEST_TOTAL and _TOTAL.fullmatch(text.strip()) is not None


def _rows_of_totals(sheet: Sheet, name: str, column: pd.Series) -> list[int]:
    if isinstance(column.dtype, pd.StringDtype):
        column = column.fillna("") if column.hasnans else column
        may = column.str.contains(_MAY_BE_TOTAL, regex=True).to_numpy(dtype=bool)
        rows = np.flatnonzero(may)
        pairs = zip(rows.tolist(), column.iloc[rows].tolist(), strict=True)
        return [row for row, text in pairs if _says_total(text)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = [at for at, text in enumerate(column.cat.categories) if _says_total(text)]
        return np.flatnonzero(np.isin(column.cat.codes, codes)).tolist() if codes else []
    cells = sheet.column(name) if name in LEDGER else text_cells(column)
    return cells.rows(map(_says_total, cells.values))


def reject_totals(sheet: Sheet) -> None:
    """Reject rows that say "Total", and a last row of nothing but figures."""
    if not sheet.size or "geometry" in sheet.table.frame.columns:
        return
    content = sheet.content()
    suspects = {sheet.size - 1}
    columns = [(str(name), column) for name, column in content.items()]
    with ThreadPoolExecutor(2) as pool:
        for rows in pool.map(lambda one: _rows_of_totals(sheet, *one), columns):
            suspects.update(rows)
    for row, cells in _rows(content, np.array(sorted(suspects))):
        filled = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
        if _is_totals(filled):
            message = "a row of totals is no incident"
            sheet.note(row, ", ".join(filled.values()), Note("totals_row", message, rejects=True))


def _rows(content: pd.DataFrame, rows: Codes) -> Iterator[tuple[int, dict[str, str]]]:
    """Some rows with the texts of their cells; a few at a time, since the texts take memory."""
    names = [str(name) for name in content.columns]
    for start in range(0, len(rows), _STEP):
        some = rows[start : start + _STEP]
        part = content.iloc[some]
        columns = [list(map(raw_text, part[name].tolist())) for name in content.columns]
        for row, cells in zip(some.tolist(), zip(*columns, strict=True), strict=True):
            yield row, dict(zip(names, cells, strict=True))


def identify(sheets: Sequence[Sheet]) -> list[list[str]]:
    """An id for each accepted row; exact repeats of a row with an id are rejected."""
    given = []
    for sheet in sheets:
        labelled = sheet.column("incident_id").mapped(label, are_labels)
        values = np.array(labelled.values, dtype=object)
        given.append(values[labelled.codes].tolist())
    ids = UniqueIds(filter(None, itertools.chain.from_iterable(given)))
    for sheet, own_ids in zip(sheets, given, strict=True):
        numbers, rejected = sheet.table.frame["source_row"].to_numpy(), sheet.rejected()
        doubtful = [row for row in ids.not_unique(own_ids) if row not in rejected]
        rows = np.array(doubtful, dtype=np.int64)
        for row, cells in _rows(sheet.content(), rows):
            content = {name: text for name, text in cells.items() if text}
            where = f"row {numbers[row]} of {sheet.table.file}"
            own = own_ids[row]
            own_ids[row], note = ids.name(own, fingerprint(content), where)
            if note:
                sheet.note(row, own, note._replace(column="incident_id"))
    return given
