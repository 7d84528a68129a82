"""What an ODS workbook's XML says and the library that reads its cells does not.

Cells and rows that repeat are counted as often as they stand there, since cells far out would take
all memory. Nothing is resolved: a document type definition is refused before.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from bordermap.errors import InputError
from bordermap.records.sheet_xml import SheetFacts
from bordermap.values.text import shorten

__all__ = ["ods_facts"]

_HIDDEN = frozenset({"collapse", "filter"})
_LAST_COLUMN = 16_384


def ods_facts(content: bytes, name: str) -> tuple[dict[str, SheetFacts], int]:
    """Facts of each table, and how many cells the widest and longest take at most.

    Raises
    ------
    InputError
        The XML is broken.
    """
    tables = _Tables()
    parser = expat.ParserCreate()
    parser.StartElementHandler = tables.start
    parser.EndElementHandler = tables.end
    parser.CharacterDataHandler = tables.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(
            f"is damaged ({shorten(str(error), 80)})", where=name, todo="save it again"
        ) from error
    return tables.facts, tables.cells


class _Tables:
    """Goes through the elements; empty cells count where a filled one follows."""

    def __init__(self) -> None:
        self.facts: dict[str, SheetFacts] = {}
        self.cells = 0
        self._facts = SheetFacts()
        self._columns = self._rows = self._filled_rows = self._widest = 0
        self._row_repeat = self._at = self._last = self._hidden_rows = 0
        self._row_hidden = False
        self._error: tuple[int, int] | None = None

    def start(self, tag: str, said: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "table":
            self._facts = self.facts.setdefault(_said(said, "name"), SheetFacts())
            self._columns = self._rows = self._filled_rows = self._widest = 0
        elif tag == "table-column":
            self._column(said)
        elif tag == "table-row":
            self._row_repeat = _number(said, "number-rows-repeated")
            self._row_hidden = _said(said, "visibility") in _HIDDEN
            self._at = self._last = 0
        elif tag in {"table-cell", "covered-table-cell"}:
            self._cell(said)
        elif tag == "p":
            self._last = self._at

    def text(self, text: str) -> None:
        if self._error is not None:
            faulty = self._facts.faulty
            faulty[self._error] = shorten(faulty[self._error] + text, 20)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "table-cell":
            self._error = None
        if tag == "table-row":
            self._rows += self._row_repeat
            if self._last:
                self._widest = max(self._widest, self._last)
                self._filled_rows = self._rows
                self._facts.hidden_rows += self._row_repeat if self._row_hidden else 0
            self.cells = max(self.cells, self._widest * self._filled_rows)

    def _column(self, said: Mapping[str, str]) -> None:
        first = self._columns
        self._columns += _number(said, "number-columns-repeated")
        if _said(said, "visibility") in _HIDDEN and first < _LAST_COLUMN:
            self._facts.hidden_columns.append((first, self._columns - 1))

    def _cell(self, said: Mapping[str, str]) -> None:
        place = self._rows, self._at
        self._at += _number(said, "number-columns-repeated")
        kinds = {value for key, value in said.items() if key.rpartition(":")[2] == "value-type"}
        formula = _said(said, "formula")
        if kinds or formula:
            self._last = self._at
        if "error" in kinds:
            self._error = place
        if "error" in kinds or (formula and not kinds):
            self._facts.faulty[place] = ""
        rows, columns = (_number(said, f"number-{which}-spanned") for which in ("rows", "columns"))
        if rows > 1 or columns > 1:
            row, column = place
            self._facts.merged.append((place, (row + rows - 1, column + columns - 1)))


def _said(said: Mapping[str, str], name: str) -> str:
    return next((value for key, value in said.items() if key.rpartition(":")[2] == name), "")


def _number(said: Mapping[str, str], name: str) -> int:
    text = _said(said, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 1
