"""Rejected rows that come back: each is read as its file was, see :mod:`bordermap.rejected`.

It makes no difference in which format they come, since spreadsheets save them in their own. A row
of which only the ``raw_record`` is there is cut into cells again; where it cannot be, it is
rejected once more, and so is a heading or a footnote as long as nobody laid its cells under the
columns.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.errors import RecipeError
from bordermap.records.completed import completed, renamed
from bordermap.records.crs import parse_crs
from bordermap.records.delimited import MAX_CELL_CHARACTERS
from bordermap.records.geojson import MAX_NESTING, cleaned, nesting, once_each, point_of
from bordermap.records.layer_table import LayerRows
from bordermap.records.layer_table import raw_table as layer_table
from bordermap.records.recipe import Recipe, choose, recipe_names
from bordermap.records.rows import Rows, raw_table
from bordermap.records.source import Source, broken_frame
from bordermap.rejected import GEOMETRY, RAW_RECORD, READ_AS, START, own_name
from bordermap.schema import RawTable, columns_of
from bordermap.values.text import as_text, label, shorten

__all__ = ["Again", "again", "is_mended", "mended"]

_LEDGER = frozenset(column.name for column in columns_of("reported"))
_WHOLE_NUMBER = re.compile(r"-?\d{1,4000}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:e[-+]?\d{1,3})?", re.ASCII)
# Reasons of records that may be mended as texts. Of the others only people can say that they are.
_MENDABLE = frozenset(
    {"", "wrong_number_of_cells", "quote_not_closed", "cell_too_long"}
    | {"not_an_object", "not_a_feature", "column_too_short"}
)


@dataclass(frozen=True, slots=True)
class _ReadAs:
    """How rows were read before; what is not there, or not as it was written, is empty."""

    recipe: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    typed: Sequence[str] = ()
    columns: Sequence[str] = ()
    crs: str | None = None


def _read_as(text: str) -> _ReadAs:
    said = _value(text)
    if not isinstance(said, dict):
        return _ReadAs()
    known, order, crs = (said.get(key) for key in ("known", "day_first", "crs"))
    pairs = known.items() if isinstance(known, dict) else ()
    return _ReadAs(
        recipe=one if isinstance(one := said.get("recipe"), str) else "",
        known={key: ours for key, ours in pairs if isinstance(ours, str) and ours in _LEDGER},
        day_first=order if isinstance(order, bool) else None,
        typed=_texts(said.get("typed")),
        columns=_texts(said.get("columns")),
        crs=crs if isinstance(crs, str) else None,
    )


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _value(text: str) -> Any:
    if nesting(text) > MAX_NESTING:
        return None
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except (ValueError, RecursionError):
        return None


def is_mended(table: RawTable) -> bool:
    """Whether a file holds rows that were rejected before."""
    return table.raw is not None and tuple(table.raw.columns[: len(START)]) == START


def mended(table: RawTable, recipe: str | None, day_first: bool | None) -> list[RawTable]:
    """The tables that the rows of a file of rejected rows were taken from, as far as they are here.

    Parameters
    ----------
    table : RawTable
        The file, as any reader gave it.
    recipe, day_first : optional
        As for :func:`bordermap.records.read`; over what the rows say.

    Raises
    ------
    RecipeError
        The rows were read by a recipe that is not the program's and was not given.
    """
    return [
        group.read(recipe, day_first, first=not number)
        for number, group in enumerate(_groups(table))
    ]


@dataclass(frozen=True, slots=True)
class Again:
    """Rows that were read in one way, for readers that judge them by rules of their own.

    Attributes
    ----------
    recipe : str
        What they were read by.
    header : list of str
        Their file's own columns.
    rows : Rows
        The last cell of each is the text of its geometry where there is a ``crs``.
    crs : str or None
        The coordinate system of the geometries; None where there are none.
    """

    recipe: str
    header: list[str]
    rows: Rows
    crs: str | None


def again(table: RawTable) -> Iterator[Again]:
    """The rows of a file of rejected rows by the ways in which they were read, nothing judged."""
    for group in _groups(table):
        written = group.written()
        crs = group.how.crs if group.has_geometry else None
        yield Again(group.how.recipe, list(map(own_name, written)), group.rows(written), crs)


def _groups(table: RawTable) -> Iterator[_Group]:
    raw = table.frame if table.raw is None else table.raw
    texts = {str(name): list(map(as_text, raw[name].tolist())) for name in raw.columns}
    size = len(table.frame)
    said = texts.get(READ_AS, [""] * size)
    ways = list(dict.fromkeys(said)) or [""]
    for way in ways:
        at = [row for row in range(size) if said[row] == way]
        file = table.file
        if len(ways) > 1:
            file = f"{file} ({shorten(texts[START[0]][at[0]], 40)})"
        yield _Group(table, file, _read_as(way), texts, at)


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows that were read in one way; ``at`` are their positions among all."""

    table: RawTable
    file: str
    how: _ReadAs
    texts: Mapping[str, Sequence[str]]
    at: Sequence[int]

    def read(self, recipe_name: str | None, day_first: bool | None, *, first: bool) -> RawTable:
        written = self.written()
        header = [own_name(name) for name in written]
        recipe = _recipe(self.how, recipe_name, header, self.file)
        rows = self.rows(written)
        table = (
            self._placed(rows, header, recipe)
            if self.has_geometry
            else raw_table(rows, header, recipe, self._source())
        )
        table = renamed(self._with_faults(table, first), self.how.known)
        order = self.how.day_first if day_first is None else day_first
        return completed(table, recipe, order)

    @property
    def has_geometry(self) -> bool:
        return self.how.crs is not None and GEOMETRY in self.texts

    def written(self) -> list[str]:
        """The columns of the file that the rows come from, as they are called here."""
        free = [name for name in self.texts if name not in (*START, RAW_RECORD, READ_AS)]
        if self.how.columns:
            filled = {name for name in free if any(self.texts[name][row] for row in self.at)}
            own = [name for name in self.how.columns if name in free]
            free = [*own, *(name for name in free if name in filled and name not in own)]
        return [name for name in free if name != GEOMETRY or not self.has_geometry]

    def _source(self) -> Source:
        table = self.table
        return Source(self.file, b"", "delimited", table.encoding, table.sha256, ())

    def rows(self, written: Sequence[str]) -> Rows:
        """The rows; where there is a geometry its text is the last cell."""
        rows, names = Rows(self.file), [*written, *([GEOMETRY] if self.has_geometry else [])]
        numbers = self.table.frame["source_row"].tolist()
        for at in self.at:
            cells: list[Any] = [self.texts[name][at] for name in names]
            record = self.texts[RAW_RECORD][at] if RAW_RECORD in self.texts else ""
            if record and not any(cells):
                reason = self.texts[START[2]][at]
                cut = _cut(record, reason, [own_name(name) for name in names])
                if isinstance(cut, str):
                    rows.reject(numbers[at], record, *cut.split(": ", 1))
                    continue
                cells = cut
            typed = zip(names, cells, strict=True)
            rows.keep(numbers[at], [_typed(c) if n in self.how.typed else c for n, c in typed])
        return rows

    def _placed(self, rows: Rows, header: Sequence[str], recipe: Recipe) -> RawTable:
        """The rows as those of a layer."""
        columns: list[Any] = [list(column) for column in zip(*rows.kept, strict=True)]
        *cells, shapes = columns or [[] for _ in (*header, GEOMETRY)]
        lost: dict[int, str] = {}
        geometry = np.full(len(shapes), None, dtype=object)
        for row, text in enumerate(shapes):
            geometry[row], fault = _geometry(as_text(text).strip())
            if fault:
                lost[row] = fault
        crs, crs_name = parse_crs(self.how.crs or "")
        layer = LayerRows(list(header), cells, geometry, rows.numbers, [], crs, crs_name, lost)
        layer.encoding = self.table.encoding
        table = layer_table(layer, self.file, recipe, self.table.sha256, mended=True)
        broken = broken_frame(rows.broken)
        return replace(table, faults=(*table.faults, *rows.faults), broken=broken)

    def _with_faults(self, table: RawTable, first: bool) -> RawTable:
        """The table with what was noticed when the file was read."""
        numbers = set(self.table.frame["source_row"].iloc[list(self.at)].tolist())
        faults = [
            replace(fault, file=self.file)
            for fault in self.table.faults
            if fault.row in numbers or (first and (fault.rejected or not fault.row))
        ]
        parts = [part for part in (self.table.broken, table.broken) if len(part)] if first else []
        broken = pd.concat(parts, ignore_index=True) if parts else table.broken
        return replace(table, faults=(*faults, *table.faults), broken=broken)


def _recipe(how: _ReadAs, asked: str | None, header: Sequence[str], file: str) -> Recipe:
    """The recipe of the rows; its columns were known by content before, where any were."""
    if asked is None and how.recipe and how.recipe not in recipe_names():
        raise RecipeError(
            f"its rows were read by the recipe {shorten(how.recipe)}",
            where=file,
            todo="give it again with --recipe",
        )
    recipe = choose(header, asked or how.recipe or None)
    again = how.recipe in (recipe.name, PurePath(asked or recipe.name).name)
    return replace(recipe, by_content=recipe.by_content and not again)


def _cut(record: str, reason: str, names: Sequence[str]) -> list[Any] | str:
    """The cells of a raw record, or why there are none (``reason: message``)."""
    if reason not in _MENDABLE:
        return f"{shorten(reason)}: no record; if it is one, put its cells under the columns"
    value = _value(record) if record[:1] in "[{" else None
    if isinstance(value, dict):
        members = _members(value)
        if strange := [name for name in members if name not in names]:
            return f"not_an_object: no column is called {shorten(strange[0], 40)}"
        value = [members.get(name) for name in names]
    cells: list[Any] = value if isinstance(value, list) else _cells(record)
    if len(cells) != len(names):
        message = f"the record has {len(cells)} cells where its file has {len(names)} columns"
        return f"wrong_number_of_cells: {message}"
    longest = max(len(as_text(cell)) for cell in cells)
    if longest > MAX_CELL_CHARACTERS:
        return f"cell_too_long: the record has a cell of {longest:,} characters"
    return [cleaned(cell)[0] for cell in cells]


def _cells(record: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(record, newline="")), [])
    except csv.Error:
        return []


def _members(record: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The values of an object by the columns they belong to; of a GeoJSON feature also."""
    if not path and record.get("type") == "Feature" and isinstance(record.get("properties"), dict):
        return {**record["properties"], GEOMETRY: as_text(record.get("geometry"))}
    found: dict[str, Any] = {}
    for key, value in record.items():
        here = f"{path}.{label(key)}" if path else label(key)
        found |= _members(value, here) if isinstance(value, dict) and value else {here: value}
    return found


def _typed(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if cell in ("true", "false"):
        return cell == "true"
    if _WHOLE_NUMBER.fullmatch(cell):
        return int(cell)
    return float(cell) if _NUMBER.fullmatch(cell) else cell


def _geometry(text: str) -> tuple[Any, str]:
    """The geometry that a text is, and what is wrong with it."""
    if text.startswith("{"):
        xy, fault = point_of(_value(text))
        return None if xy is None else shapely.Point(xy), "" if xy else fault
    nested = text.upper().count("COLLECTION") > 1
    with np.errstate(over="ignore"):
        shape = None if nested else shapely.from_wkt(text or None, on_invalid="ignore")
    fault = f"geometry_invalid: {shorten(text, 40)!r} is no geometry"
    return shape, fault if text and shape is None else ""
