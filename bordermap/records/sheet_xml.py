"""What a workbook's XML says and the library that reads its cells does not.

How far a sheet reaches (cells far out would take all memory), which columns and rows are hidden,
which formulas came without their value, which cells hold an error, and from which year days are
counted. Nothing is resolved: a document type definition is refused before.
"""

from __future__ import annotations

import posixpath
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from bordermap.errors import InputError
from bordermap.values.text import shorten

__all__ = ["SheetFacts", "facts_of", "refuse_definitions", "sheet_parts"]

_CHUNK = 8 * 1024**2
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*\d+)["']""")
_ROW_START = re.compile(rb"<(?:\w+:)?row\b")
# No run is unbounded that may be tried again from many places: hostile XML must not take hours.
_HIDDEN_ROW = re.compile(rb"""<(?:\w{1,20}:)?row\b[^<>]{0,500}?\bhidden\s?=\s?["'](?:1|true)["']""")
_COL = re.compile(rb"<(?:\w{1,20}:)?col\b([^<>]{0,500})>")
_ATTRIBUTE = re.compile(rb"""\b(min|max|hidden)\s?=\s?["'](\w{1,9})["']""")
_FORMULA = rb"<(?:\w{1,20}:)?f\b[^<>]{0,500}(?:(?<=/)>|>[^<]{0,9000}</(?:\w{1,20}:)?f>)\s{0,9}"
_EMPTY_FORMULA = re.compile(
    _FORMULA + rb"(?:<(?:\w{1,20}:)?v\s?/>|<(?:\w{1,20}:)?v>\s{0,9}</(?:\w{1,20}:)?v>)?\s{0,9}"
    rb"</(?:\w{1,20}:)?c>"
)
_ERROR = re.compile(rb"<(?:\w{1,20}:)?v>(#[^<]{1,20})<")
_CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]{0,500})>")
_IS_ERROR = re.compile(rb"""\bt\s?=\s?["']e["']""")
_LONGEST_CELL = 10_000
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(slots=True)
class SheetFacts:
    """What the XML of one sheet says.

    Attributes
    ----------
    rows, columns : int
        How far its cells reach at most.
    hidden_columns : list of tuple of int
        First and last of each run of hidden columns, from 0.
    hidden_rows : int
    faulty : dict of tuple of int to str
        For a cell (row and column from 0), the error that stands in it, or empty for a formula
        without its value.
    merged : list
        First and last cell (row, column) of each merged range, where the cells do not say so.
    """

    rows: int = 0
    columns: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: int = 0
    faulty: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def refuse_definitions(parts: dict[str, bytes], name: str) -> None:
    """Refuse document type definitions, and encodings in which they could not be seen.

    Raises
    ------
    InputError
        There is one.
    """
    for part in parts.values():
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in part:
            raise InputError(
                "its XML defines entities or is not UTF-8, which no spreadsheet program writes",
                where=name,
                todo="save it again as .xlsx or .ods",
            )


def sheet_parts(parts: dict[str, bytes], name: str) -> tuple[dict[str, str], bool]:
    """The part that holds each sheet of an XLSX workbook, and whether days count from 1904.

    Raises
    ------
    InputError
        The XML is broken.
    """
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314
        links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    except (KeyError, LookupError, ValueError, ElementTree.ParseError) as error:
        says = f"is damaged ({shorten(str(error), 80)})"
        raise InputError(says, where=name, todo="save it again as .xlsx") from error
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in book.iterfind(".//{*}sheet"):
        target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)) or ""
        found[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target))[1:]
    said = [one.get("date1904", "") for one in book.iterfind("{*}workbookPr")]
    return found, any(value in {"1", "true"} for value in said)


def facts_of(part: bytes) -> SheetFacts:
    """Read the XML of an XLSX sheet; the reach is never too small, as a guard of memory must be."""
    rows, columns = _reach(part)
    return SheetFacts(
        rows=rows,
        columns=columns,
        hidden_columns=list(_hidden_columns(part)),
        hidden_rows=len(_HIDDEN_ROW.findall(part)) if b"hidden" in part else 0,
        faulty=_faulty(part),
    )


def _reach(part: bytes) -> tuple[int, int]:
    """Rows and columns up to the farthest reference, or more where some come without one."""
    places: set[bytes] = set()
    start = references = 0
    while start < len(part):
        end = part.find(b">", start + _CHUNK) + 1 or len(part)
        found = _REFERENCE.findall(part, start, end)
        references += len(found)
        joined = b" ".join(found)
        places.update(joined.translate(None, string.digits.encode()).split())
        places.update(joined.translate(None, string.ascii_letters.encode()).split())
        start = end
    columns = max((_column(one) for one in places if one.isalpha()), default=-1) + 1
    rows = part.count(b"<row") + part.count(b":row")
    cells = part.count(b"<c") + part.count(b":c") - part.count(b"<col")
    if cells + rows > references:
        columns = max(columns, _widest_row(part[: part.rfind(b"sheetData>")]))
    return max([rows, *(_number(one) for one in places if one.isdigit())]), columns


def _widest_row(part: bytes) -> int:
    starts = [match.start() for match in _ROW_START.finditer(part)]
    ends = [*starts, len(part)][1:]
    return max(
        (part.count(b"<c", *at) + part.count(b":c", *at) for at in zip(starts, ends, strict=True)),
        default=0,
    )


def _number(digits: bytes) -> int:
    return int(digits) if len(digits) < 10 else 10**10


def _column(letters: bytes) -> int:
    """Number of a column from its letters: A is 0, XFD 16383."""
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - 64
    return number - 1


def _hidden_columns(part: bytes) -> Iterator[tuple[int, int]]:
    # Before the cells, where the columns are described; none of their text is searched.
    head = part[: part.find(b"sheetData")]
    for match in _COL.finditer(head):
        said = dict(_ATTRIBUTE.findall(match[1]))
        if said.get(b"hidden") in {b"1", b"true"}:
            first, last = said.get(b"min", b""), said.get(b"max", b"")
            if first.isdigit() and last.isdigit():
                yield _number(first) - 1, _number(last) - 1


def _faulty(part: bytes) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for pattern in (_EMPTY_FORMULA, _ERROR):
        for match in pattern.finditer(part):
            before = part[max(0, match.start() - _LONGEST_CELL) : match.start()]
            said = _CELL.findall(before, max(before.rfind(b"<c "), before.rfind(b":c ") - 20, 0))
            place = _PLACE.search(said[-1]) if said else None
            if place and (pattern is _EMPTY_FORMULA or _IS_ERROR.search(said[-1])):
                error = match[1].decode("utf-8", "replace") if pattern is _ERROR else ""
                found[int(place[2]) - 1, _column(place[1])] = error
    return found
