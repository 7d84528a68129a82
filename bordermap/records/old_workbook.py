"""XLS workbooks, the binary format of Excel before 2007, by xlrd.

Not by calamine, as the newer formats are: a damaged XLS file can make that one run for ever or ask
for all memory at once, while xlrd ends in an exception.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar

import xlrd

from bordermap.errors import BordermapError, InputError
from bordermap.records.sheet_rows import Book, Sheet
from bordermap.records.sheet_xml import SheetFacts
from bordermap.values.text import shorten

__all__ = ["MAX_XLS_BYTES", "open_xls"]

MAX_XLS_BYTES = 256 * 1024**2
"""Largest XLS workbook, in bytes: twice as much as its 65,536 rows usually take."""


_SAVE = "save it again as .xlsx or .ods"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))

_T = TypeVar("_T")


def open_xls(content: bytes, name: str) -> Book:
    """Open an XLS workbook.

    Raises
    ------
    InputError
        It is protected, damaged, or another kind of old Office document.
    """
    if len(content) > MAX_XLS_BYTES:
        found = f"is larger than {MAX_XLS_BYTES // 1024**2:,} MiB"
        raise InputError(found, where=name, todo=_SAVE)
    if _PASSWORD in content:
        raise _protected(name)
    if not any(stream in content for stream in _STREAMS):
        raise InputError("is an old Office document, but no workbook", where=name, todo=_SAVE)
    book = _guarded(lambda: _opened(content), name)
    shown = [sheet.visibility == 0 for sheet in book.sheets()]
    return Book(
        name,
        list(zip(book.sheet_names(), shown, strict=True)),
        lambda sheet: _guarded(lambda: _sheet(book, sheet), name),
        from_1904=book.datemode == 1,
    )


def _protected(name: str) -> InputError:
    return InputError("is protected by a password", where=name, todo="save it without one")


def _guarded(work: Callable[[], _T], name: str) -> _T:
    try:
        return work()
    except BordermapError:
        raise
    except Exception as error:
        # Whatever the bytes are, xlrd answers with one of a dozen exceptions of Python's own.
        if "encrypted" in str(error):
            raise _protected(name) from error
        found = f"is damaged ({shorten(str(error) or type(error).__name__, 80)})"
        raise InputError(found, where=name, todo=_SAVE) from error


def _opened(content: bytes) -> Any:
    # It would print what it notices on standard output.
    return xlrd.open_workbook(
        file_contents=content, logfile=io.StringIO(), formatting_info=True, ragged_rows=True
    )


def _sheet(book: Any, name: str) -> Sheet:
    sheet = book.sheet_by_name(name)
    faulty: dict[tuple[int, int], str] = {}
    rows: list[list[Any] | None] = []
    width = max(map(sheet.row_len, range(sheet.nrows)), default=0)
    for at in range(sheet.nrows):
        cells = [_cell(cell, book.datemode) for cell in sheet.row(at)]
        rows.append([*cells, *[""] * (width - len(cells))])
        for column, cell in enumerate(sheet.row(at)):
            if cell.ctype == xlrd.XL_CELL_ERROR:
                faulty[at, column] = str(xlrd.error_text_from_code.get(cell.value, "#?"))
    hidden = [(column, column) for column, info in sheet.colinfo_map.items() if info.hidden]
    facts = SheetFacts(
        rows=sheet.nrows,
        columns=width,
        hidden_columns=hidden,
        hidden_rows=sum(bool(info.hidden) for info in sheet.rowinfo_map.values()),
        faulty=faulty,
    )
    merged = [
        ((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in sheet.merged_cells
    ]
    return Sheet(name, rows, 0, merged, facts)


def _cell(cell: Any, datemode: int) -> Any:
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(cell.value, datemode)
        except (OverflowError, ValueError):
            return cell.value
        # Less than a day is a time alone.
        return moment if abs(cell.value) >= 1 else moment.time()
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return "" if cell.ctype == xlrd.XL_CELL_ERROR else cell.value
