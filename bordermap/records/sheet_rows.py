"""The rows of one sheet under its header: records, and what is none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from bordermap.records.content import by_content
from bordermap.records.deadline import check_time
from bordermap.records.delimited import MAX_CELL_CHARACTERS, MAX_COLUMNS, is_tag_row
from bordermap.records.headers import Header
from bordermap.records.rows import Rows, raw_table
from bordermap.records.sheet_xml import SheetFacts
from bordermap.records.source import Source, file_note
from bordermap.schema import Fault, RawTable
from bordermap.values.text import as_text, shorten

__all__ = ["Book", "Sheet", "known_by_content", "read_rows"]

_LOOKED_AT = 60
_DAYS_1900_TO_1904 = 1462
_FEW_COLUMNS = 3
# Columns whose cells, merged over several rows, hold for each of them; a toll or an id does not.
_HOLDS_FOR_EACH = frozenset(
    {"date_start", "date_end", "date_precision", "event_type", "place", "district", "province"}
    | {"country", "actor_a", "actor_b", "source_name", "source_date", "source_url"}
)
_DATES = frozenset({"date_start", "date_end", "source_date"})
# A cell of these alone places or tells an incident.
_TELLING = frozenset({"place", "district", "province", "country", "summary"})

_FOOTNOTE = re.compile(
    r"\s*(?:sources?|notes?|data|updated|last updated|compiled|prepared|\(c\)|©|\*)(?!\w)", re.I
)

Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet.

    Attributes
    ----------
    name : str
    rows : list
        From the sheet's first row; None where a row cannot be converted.
    left : int
        The column of the sheet that comes first, from 0.
    merged : list
        First and last cell (row, column) of each merged range.
    facts : SheetFacts
    """

    name: str
    rows: list[list[Any] | None]
    left: int = 0
    merged: Sequence[Range] = ()
    facts: SheetFacts = field(default_factory=SheetFacts)

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows if row), default=0)

    def widths(self) -> dict[tuple[int, int], int]:
        """Widths of merged cells by row and column; columns count from the leftmost."""
        return {
            (row, column - self.left): last[1] - column + 1 for (row, column), last in self.merged
        }

    def first_rows(self) -> list[list[Any]]:
        """The rows among which the header is looked for, all of one width.

        Not wider than what shows that there are too many columns.
        """
        blank = [""] * min(self.width, MAX_COLUMNS + 1)
        return [[*row, *blank][: len(blank)] if row else blank for row in self.rows[:_LOOKED_AT]]


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that is open.

    Attributes
    ----------
    name : str
    sheets : list of tuple of str and bool
        Names of its worksheets, and whether they are visible.
    load : callable
        Gives the sheet of a name.
    from_1904 : bool
        Whether plain day numbers count from 1904.
    """

    name: str
    sheets: list[tuple[str, bool]]
    load: Callable[[str], Sheet]
    from_1904: bool = False


@dataclass(slots=True)
class _Reading:
    """One sheet on its way to a table; ``widths`` of merged ranges by their first cell."""

    sheet: Sheet
    header: Header
    rows: Rows
    columns: list[int]
    widths: dict[tuple[int, int], int]
    header_cells: list[str]
    numbers: dict[int, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [self.header.names[index] for index in self.columns]

    def cells(self, at: int) -> list[Any]:
        row = self.sheet.rows[at]
        if row is None:
            return [""] * len(self.columns)
        if len(self.columns) < len(row):
            row = [row[index] for index in self.columns]
        return [cell if type(cell) is str else _plain(cell) for cell in row]


def _plain(cell: Any) -> Any:
    """A cell as text, whole number, number or truth; days and times as ISO text."""
    if isinstance(cell, (str, bool)):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, datetime):
        day = cell.time() == time() and cell.tzinfo is None
        return cell.date().isoformat() if day else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, (time, timedelta)):
        return str(cell).partition(".")[0]
    return cell


def known_by_content(names: Sequence[str], rows: Sequence[Sequence[Any] | None]) -> int:
    """How many columns of a sheet are known by their cells."""
    cells = zip(*(row for row in rows if row is not None), strict=False)
    data = {name: list(map(_plain, column)) for name, column in zip(names, cells, strict=False)}
    return len(by_content(pd.DataFrame(data, dtype=object), "")[1])


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _filled(cells: Sequence[Any]) -> list[int]:
    return [
        index
        for index, cell in enumerate(cells)
        if cell != "" and (type(cell) is not str or not cell.isspace())
    ]


def _used_columns(sheet: Sheet, header: Header) -> list[int]:
    """Columns that are named or hold anything."""
    unnamed = {i for i, name in enumerate(header.names) if name == f"column_{i + 1}"}
    for row in sheet.rows[header.end :]:
        if not unnamed:
            break
        unnamed -= {index for index in unnamed if row and not _is_blank(row[index])}
    return [index for index in range(len(header.names)) if index not in unnamed]


def _no_record(
    reading: _Reading, at: int, cells: Sequence[Any], filled: Sequence[int], tail: set[int]
) -> str:
    """Why a row is no record (``reason: message``), or empty."""
    if len(cells) >= _FEW_COLUMNS and len(filled) == 1:
        index = filled[0]
        if reading.widths.get((at, reading.columns[index]), 1) >= _FEW_COLUMNS:
            return "heading_row: one cell over the whole width is a heading, no incident"
        telling = reading.header.recipe.match(reading.names).get(reading.names[index]) in _TELLING
        lone = at in tail and index == 0 and isinstance(cells[0], str)
        if lone and (not telling or _FOOTNOTE.match(cells[0])):
            return "footnote_row: a lone cell under the table is a footnote, no incident"
    said = reading.header_cells
    if len(said) > 1 and cells[filled[0]] == said[0] and [cells[i] for i in filled] == said:
        return "repeated_header: the header stands here again"
    return ""


def _header_cells(sheet: Sheet, header: Header) -> list[str]:
    last = sheet.rows[header.end - 1] or []
    return [cell for cell in last if isinstance(cell, str) and cell.strip()]


def _tail(reading: _Reading) -> set[int]:
    """Rows of a lone cell under the table, after a blank row or plainly a footnote."""
    under: list[tuple[int, int]] = []
    for at in range(len(reading.sheet.rows) - 1, reading.header.end - 1, -1):
        filled = len(_filled(reading.cells(at)))
        if filled > 1 or reading.sheet.rows[at] is None:
            break
        under.append((at, filled))
    else:
        return set()
    first = min((at for at, filled in under if not filled), default=len(reading.sheet.rows))
    return {at for at, filled in under if filled and (at > first or _is_footnote(reading, at))}


def _is_footnote(reading: _Reading, at: int) -> bool:
    return _FOOTNOTE.match(as_text(reading.cells(at)[0])) is not None


def _take(reading: _Reading) -> int:
    """Keep or reject every row under the header; return how many were blank."""
    rows, header = reading.rows, reading.header
    tail, blank, number = _tail(reading), 0, 0
    for at in range(header.end, len(reading.sheet.rows)):
        check_time(rows.file)
        cells = reading.cells(at)
        if reading.sheet.rows[at] is None:
            number += 1
            message = f"row {at + 1} of the sheet holds a time that no calendar has"
            rows.reject(number, "", "cell_unreadable", message)
            continue
        filled = _filled(cells)
        if not filled:
            blank += 1
            continue
        if not number and is_tag_row([as_text(cell) for cell in cells]):
            note = file_note(
                rows.file, "hxl_tag_row", "the HXL tag row under the header is no record"
            )
            rows.faults.append(note)
            tags = zip(reading.names, map(as_text, cells), strict=True)
            rows.tags = {name: tag for name, tag in tags if tag}
            continue
        number += 1
        reason, _, message = (
            _too_long(at, cells) or _no_record(reading, at, cells, filled, tail)
        ).partition(": ")
        if reason:
            rows.reject(number, cells, reason, message)
        else:
            rows.keep(number, cells)
            reading.numbers[at] = number
    return blank


def _too_long(at: int, cells: Sequence[Any]) -> str:
    if not any(type(cell) is str and len(cell) > MAX_CELL_CHARACTERS for cell in cells):
        return ""
    longest = max(len(cell) for cell in cells if isinstance(cell, str))
    return f"cell_too_long: row {at + 1} of the sheet has a cell of {longest:,} characters"


def _fill_merged(reading: _Reading) -> None:
    """Put what is merged over several rows into each, where it holds for each, and note it."""
    known = reading.header.recipe.match(reading.names)
    place = {column + reading.sheet.left: i for i, column in enumerate(reading.columns)}
    kept = dict(zip(reading.rows.numbers, reading.rows.kept, strict=True))
    done: dict[int, int] = {}
    for (top, column), (bottom, _) in sorted(reading.sheet.merged):
        check_time(reading.rows.file)
        if column not in place or top < max(reading.header.end, done.get(column, 0)):
            continue
        done[column] = bottom + 1
        index = place[column]
        name, value = reading.names[index], reading.cells(top)[index] if _has(reading, top) else ""
        if _is_blank(value):
            continue
        holds = known.get(name) in _HOLDS_FOR_EACH
        says = "holds for each" if holds else "stands in the first only"
        where = f"over rows {top + 1} to {bottom + 1} of the sheet"
        message = f"{shorten(name, 40)} is merged {where}, {says}"
        for at in range(top + 1, min(bottom, len(reading.sheet.rows) - 1) + 1):
            number = reading.numbers.get(at)
            if number is None or not _is_blank(kept[number][index]):
                continue
            if holds:
                kept[number][index] = value
            reading.rows.note(number, name, as_text(value), "merged_cell", message)


def _has(reading: _Reading, at: int) -> bool:
    return at < len(reading.sheet.rows) and reading.sheet.rows[at] is not None


def _note_cells(reading: _Reading) -> None:
    """Note cells whose formula has no value or an error for one."""
    place = {column + reading.sheet.left: i for i, column in enumerate(reading.columns)}
    for (at, column), error in sorted(reading.sheet.facts.faulty.items()):
        number = reading.numbers.get(at)
        if number is None or column not in place:
            continue
        name = reading.names[place[column]]
        reason, message = "cell_error", f"{shorten(name, 40)} holds the error {shorten(error, 20)}"
        if not error:
            reason = "formula_without_value"
            message = (
                f"{shorten(name, 40)} is a formula without its value, "
                "which opening and saving in a spreadsheet program adds"
            )
        reading.rows.note(number, name, error, reason, message)


def _shift_days(reading: _Reading) -> None:
    """Count plain day numbers in columns of dates from 1900, as everywhere else."""
    known = reading.header.recipe.match(reading.names)
    dates = [i for i, name in enumerate(reading.names) if known.get(name) in _DATES]
    for number, cells in zip(reading.rows.numbers, reading.rows.kept, strict=True):
        for index in dates:
            # Smaller numbers are years.
            if type(cells[index]) is int and 10_000 < cells[index] < 100_000:
                message = f"{cells[index]} counts days from 1904"
                reading.rows.note(
                    number, reading.names[index], str(cells[index]), "days_from_1904", message
                )
                cells[index] += _DAYS_1900_TO_1904


def _hidden(reading: _Reading) -> Iterator[Fault]:
    facts, file = reading.sheet.facts, reading.rows.file
    shown = [
        name
        for index, name in zip(reading.columns, reading.names, strict=True)
        for first, last in facts.hidden_columns
        if first <= index + reading.sheet.left <= last
    ]
    if shown:
        message = f"hidden columns are read as well: {shorten(', '.join(shown), 100)}"
        yield file_note(file, "hidden_columns", message)
    if facts.hidden_rows:
        message = f"{facts.hidden_rows:,} hidden rows are read as well"
        yield file_note(file, "hidden_rows", message)


def read_rows(
    sheet: Sheet,
    header: Header,
    file: str,
    source: Source,
    notes: Sequence[Fault] = (),
    *,
    from_1904: bool = False,
) -> RawTable:
    """Read the records of a sheet; every row under the header that is not blank is one or rejected.

    Parameters
    ----------
    sheet : Sheet
    header : Header
    file : str
        What to call the table: the workbook and the sheet.
    source : Source
    notes : sequence of Fault
        What was noticed before.
    from_1904 : bool
        Whether plain day numbers count from 1904.
    """
    used, said = _used_columns(sheet, header), _header_cells(sheet, header)
    reading = _Reading(sheet, header, Rows(file), used, sheet.widths(), said)
    blank = _take(reading)
    _fill_merged(reading)
    _note_cells(reading)
    if from_1904:
        _shift_days(reading)
    faults = reading.rows.faults
    faults += [*notes, *_hidden(reading)]
    if blank:
        faults.append(file_note(file, "blank_lines", f"{blank:,} blank rows are no records"))
    if not reading.numbers and not reading.rows.broken:
        message = "the sheet has a header but no records"
        faults.append(file_note(file, "no_records", message))
    return raw_table(reading.rows, reading.names, header.recipe, source)
