"""CSV and TSV files, whatever their delimiter, encoding and line ends."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from bordermap.errors import InputError
from bordermap.records.bulk import WORTHWHILE_BYTES, BulkCells, bulk_cells
from bordermap.records.content import by_tags
from bordermap.records.deadline import check_time
from bordermap.records.recipe import Names, Recipe, choose, layout_of, ledger_names
from bordermap.records.rows import as_brought
from bordermap.records.source import READABLE, Source, broken_frame, file_note, is_utf8
from bordermap.rejected import START
from bordermap.schema import Fault, RawTable
from bordermap.values.text import label, shorten, unguard_formula

__all__ = [
    "MAX_CELL_CHARACTERS",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Beginning",
    "beginning_of",
    "is_tag_row",
    "read_delimited",
]

MAX_CELL_CHARACTERS = 100_000
"""Longest cell; a longer one is no report but a quote that was never closed, or an attack."""

MAX_COLUMNS = 2_000
MAX_ROWS = 5_000_000

# The usual ones first; the others are those of mainframes, of databases' dumps and of Arabic text.
_DELIMITERS = ",;\t|^~¦،\x1f\x01"
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_WORD = re.compile(r"\w")
_TAG = re.compile(r"#[A-Za-z]\w*(?:\s*[+#]\s*\w+)*")
_ESCAPED = re.compile("[\ud800-\udfff]")
# Fed after the last line: when it does not come back alone, a quote was left open.
_END = "\ue000end of records\ue000"
# A record cut off in its last cell is lost alone; an open quote further up would take the rest
# of the file with it, and that must not pass for one bad row.
_MAX_LINES_SWALLOWED = 50
_LARGEST_FIELD = 2**31 - 1
# What is looked at before a large file is cut at once, and how many lines tell its delimiter.
_HEAD_BYTES, _FIRST_LINES = 4 * 1024**2, 200
_LINES_SEARCHED, _SURELY_KNOWN = 12, 3


@dataclass(slots=True)
class _Records:
    """The records of a file as they are told apart."""

    file: str
    header: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[tuple[str, int, str, str]] = field(default_factory=list)
    blank: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    columns: list[pd.Series] | None = None

    def take_tags(self, cells: Sequence[str]) -> None:
        self.tags = {header: tag for header, tag in zip(self.header, cells, strict=False) if tag}
        message = "the HXL tag row under the header is no record"
        self.faults.append(file_note(self.file, "hxl_tag_row", message))

    def reject(self, number: int, cells: Sequence[str], reason: str, message: str) -> None:
        text = io.StringIO()
        # Only what ends lines is quoted, so that a cell of several lines can be cut again.
        csv.writer(text, lineterminator="\r\n").writerow([_mended(cell) for cell in cells])
        raw = text.getvalue().removesuffix("\r\n")
        self.faults.append(Fault(self.file, number, "", shorten(raw), reason, message, True))
        self.broken.append((self.file, number, reason, raw))


def _mended(cell: str) -> str:
    return _ESCAPED.sub("�", cell)


@contextmanager
def _any_field_size() -> Iterator[None]:
    """Lift the csv module's own limit, since exceeding that ends the reading half-way."""
    before = csv.field_size_limit(_LARGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(text: str) -> Iterator[str]:
    return (match[0] for match in _LINE.finditer(text))


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts the first records into the most columns, most evenly."""

    def score(delimiter: str) -> float:
        records = csv.reader(lines, delimiter=delimiter)
        widths = [len(record) for record in itertools.islice(records, 50) if any(record)]
        if not widths:
            return 0.0
        return (widths[0] - 1) * widths.count(widths[0]) / len(widths)

    return max(_DELIMITERS, key=score)


def _start(text: str, recipe: str | Recipe | None) -> tuple[str, int, int]:
    """The delimiter, where the header begins (after ``sep=;`` or titles), and how many titles."""
    first = _first_lines(text)
    if first and (match := _SEPARATOR_LINE.fullmatch(first[0])):
        return match[1], len(first[0]), 0
    titles = _titles(first, recipe)
    return _delimiter(first[titles:]), sum(map(len, first[:titles])), titles


def _titles(lines: Sequence[str], recipe: str | Recipe | None) -> int:
    """How many lines stand above the header: those above a line that is known far better."""
    filled = [at for at, line in enumerate(lines[:_LINES_SEARCHED]) if _WORD.search(line)]
    known = [_known_names(lines, at, recipe) for at in filled[:1]]
    if not known or known[0] > 1:
        return 0
    known += [_known_names(lines, at, recipe) for at in filled[1:]]
    best = max(known)
    return filled[known.index(best)] if best > known[0] + 1 and best >= _SURELY_KNOWN else 0


def _known_names(lines: Sequence[str], at: int, recipe: str | Recipe | None) -> int:
    cells = next(csv.reader([lines[at]], delimiter=_delimiter(lines[at:])), [])
    names = list(dict.fromkeys(filter(None, (label(cell[:1000]) for cell in cells))))
    return len(choose(names, recipe).match(names))


def _first_lines(text: str) -> list[str]:
    return list(itertools.islice(_lines(text), _FIRST_LINES))


def _is_spaced(lines: Sequence[str], delimiter: str) -> bool:
    """Whether spaces stand before quotes that open a cell, as in ``Torkham, "Khyber, Pakistan"``.

    They do where a greater share of the first records is as wide as the header if they do.
    """
    if not any(f'{delimiter} "' in line for line in lines):
        return False

    def even(spaced: bool) -> float:
        records = csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced)
        widths = [len(record) for record in records]
        return widths.count(widths[0]) / len(widths)

    return even(spaced=True) > even(spaced=False)


def _header(cells: Sequence[str], source: Source) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise InputError(
            f"the header has {len(cells):,} columns, more than {MAX_COLUMNS:,}",
            where=source.name,
            todo="give a file whose first line names its columns",
        )
    names = Names()
    return [
        names.unique(label(_mended(cell[:1000])) or f"column_{number}")
        for number, cell in enumerate(cells, start=1)
    ]


def _take(records: _Records, cells: list[str], number: int, line: int) -> None:
    """Keep one record, or reject it when it cannot be laid under the header."""
    width = len(records.header)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        message = f"line {line} has {len(cells)} cells where the header has {width}"
        records.reject(number, cells, "wrong_number_of_cells", message)
    elif cells == records.named and width > 1:
        message = f"the header stands in line {line} again"
        records.reject(number, cells, "repeated_header", message)
    elif (longest := max(map(len, cells))) > MAX_CELL_CHARACTERS:
        message = (
            f"line {line} has a cell of {longest:,} characters, more than {MAX_CELL_CHARACTERS:,}"
        )
        records.reject(number, cells, "cell_too_long", message)
    else:
        records.rows.append(cells)
        records.numbers.append(number)


def _unclosed(records: _Records, cells: list[str], number: int, first: int, last: int) -> None:
    swallowed = last - first
    if swallowed > _MAX_LINES_SWALLOWED:
        raise InputError(
            f"the quote opened in line {first} is never closed, {swallowed:,} lines follow it",
            where=records.file,
            todo="close it, or double the quotes inside the cell",
        )
    message = f"the quote opened in line {first} is never closed; the file may be cut off"
    cells = [*cells[:-1], cells[-1].removesuffix(_END)]
    records.reject(number, cells, "quote_not_closed", message)


def is_tag_row(cells: Sequence[str]) -> bool:
    """Whether a row is nothing but HXL tags, such as ``#date+occurred``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(_TAG.fullmatch(cell) for cell in filled)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a delimited text begins.

    Attributes
    ----------
    delimiter : str
    heads : int
        How many records are no rows: the header and a row of HXL tags.
    quoted : bool
        Whether quotes are what they are elsewhere, and not letters.
    plain : bool
        Whether the header is the very first line, so that stretches can be read under it.
    """

    delimiter: str
    heads: int
    quoted: bool
    plain: bool


def beginning_of(text: str, recipe: str | Recipe | None) -> Beginning:
    """How a text begins, from its first lines."""
    with _any_field_size():
        delimiter, offset, _ = _start(text, recipe)
    if _layout(text, delimiter, recipe):
        return Beginning(delimiter, 0, quoted=False, plain=True)
    lines = _first_lines(text)
    with _any_field_size():
        first = list(itertools.islice(csv.reader(lines, delimiter=delimiter), 2))
        odd = bool(offset) or not delimiter.isascii() or _is_spaced(lines, delimiter)
    plain = not odd and len(first) == 2 and all(any(map(str.strip, one)) for one in first)
    return Beginning(delimiter, 2 if plain and is_tag_row(first[1]) else 1, True, plain)


def _layout(text: str, delimiter: str, recipe: str | Recipe | None) -> list[str]:
    """The columns of a file without a header line, which is recognised by its first line."""
    for line in itertools.islice(_lines(text), 10):
        if not line.isspace():
            return list(layout_of(line.rstrip("\r\n").split(delimiter), recipe))
    return []


def _cut(source: Source, recipe: str | Recipe | None, dump: Sequence[str] = ()) -> _Records:
    """Tell the records apart and number them; blank lines and a HXL tag row bear no number."""
    delimiter, offset, titles = ("\t", 0, 0) if dump else _start(source.text, recipe)
    records = _Records(source.name, list(dump) or _layout(source.text[offset:], delimiter, recipe))
    # Such files come from programs that do not quote, so a quote in them is a quote.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if records.header else csv.QUOTE_MINIMAL
    if records.header and not dump:
        message = f"the file has no header line; its {len(records.header)} columns are known"
        records.faults.append(file_note(source.name, "no_header_line", message))
    if titles:
        shown = shorten(" ".join(source.text[:offset].split()), 80)
        message = f"the header stands in line {titles + 1}; above it is no record: {shown}"
        records.faults.append(file_note(source.name, "titles_above", message))
    lines = itertools.chain(_lines(source.text[offset:]), [_END])
    number, line = source.rows, titles
    # Of a stretch nothing is known but its own lines, so files with such spaces are never cut.
    start = "" if records.header or source.rows else source.text[offset:]
    spaced = _is_spaced(_first_lines(start), delimiter)
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, skipinitialspace=spaced)
    for cells in reader:
        check_time(source.name)
        first, line = line + 1, titles + reader.line_num
        if cells == [_END]:
            break
        if cells and cells[-1].endswith(_END):
            number += 1
            _unclosed(records, cells, number, source.lines + first, source.lines + line - 1)
        elif not any(cell and not cell.isspace() for cell in cells):
            records.blank += 1
        elif not records.header:
            records.header, records.named = _header(cells, source), cells
        elif number == source.rows and not records.broken and is_tag_row(cells):
            records.take_tags(cells)
        else:
            number += 1
            _take(records, cells, number, source.lines + first)
        if number - source.rows > MAX_ROWS:
            raise _too_many(source)
    return records


def _too_many(source: Source) -> InputError:
    found = f"has more than {MAX_ROWS:,} rows"
    return InputError(found, where=source.name, todo="split the file")


def _is_whole_utf8(source: Source) -> bool:
    """Whether every byte can be decoded, which a mark at the start alone does not say."""
    if source.encoding == "utf-8-sig":
        return is_utf8(source.content)
    guessed = any(note.reason == "encoding_guessed" for note in source.notes)
    return source.encoding == "utf-8" and not guessed


def _cut_at_once(source: Source, recipe: str | Recipe | None) -> _Records | None:
    """The records of a large regular file; None where the careful way is needed."""
    if len(source.content) < WORTHWHILE_BYTES or not _is_whole_utf8(source):
        return None
    bom = len(codecs.BOM_UTF8) if source.encoding == "utf-8-sig" else 0
    text = source.content[bom:_HEAD_BYTES].decode(errors="replace")
    lines = list(_lines(text))[:-1]
    delimiter, offset, titles = _start(text, recipe)
    if titles or len(lines) <= _FIRST_LINES or _layout(text[offset:], delimiter, recipe):
        return None
    # The last of them may be cut off.
    first = list(csv.reader(lines[bool(offset) :], delimiter=delimiter))[:-1]
    if len(first) < 2 or not all(any(map(str.strip, cells)) for cells in first[:2]):
        return None
    skip = 2 if is_tag_row(first[1]) else 1
    start = bom + len(text[:offset].encode())
    content = memoryview(source.content)[start:]
    cells = bulk_cells(content, delimiter, first, skip, MAX_CELL_CHARACTERS)
    if cells is None or _has_record(cells, first[0]):
        return None
    return _of_bulk(cells, first[:skip], source)


def _has_record(cells: BulkCells, wanted: Sequence[str]) -> bool:
    """Whether one of the records is this one, such as the header once more."""
    rows = np.flatnonzero(cells.columns[0] == wanted[0])
    for column, cell in zip(cells.columns[1:], wanted[1:], strict=True):
        rows = rows[(column.iloc[rows] == cell).to_numpy(dtype=bool)]
    return len(rows) > 0


def _of_bulk(cells: BulkCells, first: Sequence[Sequence[str]], source: Source) -> _Records:
    records = _Records(source.name, _header(first[0], source), blank=cells.blank)
    for tags in first[1:]:
        records.take_tags(tags)
    if cells.rows > MAX_ROWS:
        raise _too_many(source)
    records.columns = cells.columns
    records.numbers = list(range(source.rows + 1, source.rows + cells.rows + 1))
    return records


def _replace_undecodable(records: _Records) -> None:
    """Put U+FFFD for every byte that could not be decoded, and note it on its row."""
    for row, number in zip(records.rows, records.numbers, strict=True):
        for index, cell in enumerate(row):
            if _ESCAPED.search(cell):
                row[index] = _mended(cell)
                column, shown = records.header[index], shorten(row[index])
                message = "bytes that could not be decoded are replaced by �"
                fault = Fault(
                    records.file, number, column, shown, "undecodable_bytes", message, False
                )
                records.faults.append(fault)


def _unguarded(cells: Iterable[str]) -> list[str]:
    return [unguard_formula(cell) if cell[:1] == "'" else cell for cell in cells]


def _frame(records: _Records, recipe: Recipe) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells under the ledger's names, and under the file's own."""
    columns: Sequence[Any] = records.columns or list(zip(*records.rows, strict=True))
    if not columns:
        columns = [[] for _ in records.header]
    header = records.header
    if recipe.formula_guard or tuple(header[: len(START)]) == START:
        columns = [_unguarded(column) for column in columns]
        header = _unguarded(header)
    names = ledger_names(header, recipe)
    data: dict[str, pd.Series] = {
        name: column if isinstance(column, pd.Series) else pd.Series(list(column), dtype=object)
        for name, column in zip(names, columns, strict=True)
    }
    data["source_row"] = pd.Series(records.numbers, dtype="int64")
    frame = pd.DataFrame(data, copy=False)
    return frame, as_brought(frame, header)


def _file_notes(records: _Records, source: Source) -> tuple[Fault, ...]:
    notes = list(source.notes)
    if records.blank:
        message = f"{records.blank:,} blank lines are no records"
        notes.append(file_note(source.name, "blank_lines", message))
    if not records.numbers and not records.broken:
        message = "the file has a header but no records"
        notes.append(file_note(source.name, "no_records", message))
    return tuple(notes)


def read_delimited(
    source: Source, recipe_name: str | Recipe | None, *, dump: Sequence[str] = ()
) -> RawTable:
    """Read a delimited text; every cell is text, and every record is kept or rejected.

    Parameters
    ----------
    source : Source
    recipe_name : str or Recipe, optional
        With a recipe itself the caller judges whether the columns suffice.
    dump : sequence of str
        Columns of a tab-separated text that has neither a header nor quotes.

    Raises
    ------
    InputError
        The text has no header, too many rows or columns, or an open quote that takes most of it.
    RecipeError
        The recipe asked for is unknown or broken.
    """
    with _any_field_size():
        try:
            at_once = None if dump else _cut_at_once(source, recipe_name)
            records = at_once or _cut(source, recipe_name, dump)
        except csv.Error as error:
            raise InputError(
                f"is not delimited text ({error})", where=source.name, todo="give a CSV file"
            ) from error
    if not records.header:
        raise InputError("holds no header line", where=source.name, todo=READABLE)
    recipe = choose(records.header, recipe_name)
    if records.columns is None and _ESCAPED.search(source.text):
        _replace_undecodable(records)
    (frame, raw), headers = _frame(records, recipe), recipe.match(records.header)
    by_tag: dict[str, str] = {}
    if recipe.by_content:
        frame, by_tag, notes = by_tags(frame, records.tags, source.name)
        records.faults += notes
    return RawTable(
        frame=frame,
        file=source.name,
        recipe=recipe.name,
        encoding=source.encoding,
        sha256=source.sha256,
        faults=_file_notes(records, source) + tuple(records.faults),
        broken=broken_frame(records.broken),
        words=recipe.words,
        constants=recipe.constants,
        headers={ours: theirs for theirs, ours in headers.items()} | by_tag,
        raw=raw,
    )
