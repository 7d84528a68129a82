"""JSON that is no GeoJSON: a list of objects, wherever it is, columns, and JSON lines."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bordermap.errors import BordermapError, InputError, RecipeError
from bordermap.records.deadline import check_time
from bordermap.records.delimited import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bordermap.records.geojson import (
    GEOJSON_TYPES,
    LOSSES,
    MAX_NESTING,
    cleaned,
    collected,
    nesting,
    once_each,
    parse_json,
    read_geojson,
)
from bordermap.records.headers import column_names
from bordermap.records.recipe import Names, choose
from bordermap.records.rows import Rows, raw_table
from bordermap.records.sequences import json_texts
from bordermap.records.source import Source, file_note
from bordermap.schema import RawTable
from bordermap.values.text import as_text, label, shorten

__all__ = ["read_json"]

_TODO = "give a list of objects, JSON lines or GeoJSON"
_LOOKED_AT = 100
_UNPARSED = object()
# An object of more members is a table by itself, and deeper or more objects hold none.
_MAX_MEMBERS = 200
_MAX_DEPTH = 8
_MAX_TABLES = 1000

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows found in a JSON value, the keys that lead to them, and how many names are known.

    An object that may be a record by itself is ``single``: rather it describes the records.
    """

    path: Path
    rows: list[Any]
    known: int
    single: bool = False

    @property
    def place(self) -> str:
        return shorten(".".join(self.path)) if self.path else "the whole file"


def read_json(source: Source, recipe_name: str | None) -> RawTable:
    """Read a JSON text of records; their values keep their JSON type.

    Parameters
    ----------
    source : Source
        GeoJSON, also one feature on each line; JSON lines; a list of objects, or an object that
        holds one; an object of columns. Objects within records become columns ``outer.inner``.
    recipe_name : str or None

    Returns
    -------
    RawTable
        One row for each object; what is no object is rejected.

    Raises
    ------
    InputError
        The text is no JSON, is cut off, too large or too deep, or holds no records.
    RecipeError
        The recipe asked for is unknown, or knows no column.
    """
    lines = _lines(source)
    if lines is not None:
        values = [value for value, _ in lines]
        rows = [raw if value is _UNPARSED else value for value, raw in lines]
        if any(map(_is_geojson, values)):
            return read_geojson(source, recipe_name, collected(rows, source.name))
        tables = [_Table((), rows, _known(values, recipe_name))]
    else:
        content = parse_json(source)
        if isinstance(content, dict) and content.get("type") == "Topology":
            raise InputError("is TopoJSON", where=source.name, todo="export it as GeoJSON")
        if isinstance(content, list) and any(map(_is_feature, content)):
            content = {"type": "FeatureCollection", "features": content}
        if _is_geojson(content):
            return read_geojson(source, recipe_name, content)
        tables = list(itertools.islice(_tables(content, (), recipe_name), _MAX_TABLES))
    best, others = _best(tables, source, recipe_name)
    return _read(source, best, others, recipe_name)


def _is_geojson(content: Any) -> bool:
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in GEOJSON_TYPES:
        return False
    return bool(content.keys() & {"features", "geometry", "coordinates", "geometries"})


def _is_feature(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature" and "geometry" in value


def _lines(source: Source) -> list[tuple[Any, str]] | None:
    """The value and the text of each of several; None where the text is one value."""
    texts = json_texts(source.text)
    if texts is None:
        return None
    if any(nesting(text) > MAX_NESTING for text in texts):
        raise InputError(f"is nested deeper than {MAX_NESTING}", where=source.name, todo=_TODO)
    return [(_value(text, source.name), text) for text in texts]


def _value(text: str, file: str) -> Any:
    check_time(file)
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except (ValueError, RecursionError):
        return _UNPARSED


def _tables(content: Any, path: Path, recipe_name: str | None) -> Iterator[_Table]:
    """Every table in a JSON value, the outermost first."""
    if isinstance(content, list):
        if any(isinstance(row, dict) for row in content):
            yield _Table(path, content, _known(content, recipe_name))
        return
    if not isinstance(content, dict):
        return
    if rows := _of_columns(content, recipe_name):
        yield _Table(path, rows, _known(rows, recipe_name))
    yield _Table(path, [content], _known([content], recipe_name), single=True)
    if len(content) > _MAX_MEMBERS or len(path) > _MAX_DEPTH:
        return
    for key, value in content.items():
        yield from _tables(value, (*path, label(key[:1000])), recipe_name)


def _of_columns(content: dict[str, Any], recipe_name: str | None) -> list[dict[str, Any]]:
    """The rows of an object of columns (lists, or objects by row), or of an object of rows."""
    columns = list(content.values())
    if columns and all(isinstance(column, list) for column in columns):
        scalar = not any(isinstance(cell, dict) for column in columns for cell in column)
        if not scalar or not _known([content], recipe_name):
            return []
        size = max(map(len, columns))
        padded = [[*column, *[_UNPARSED] * (size - len(column))] for column in columns]
        return [dict(zip(content, cells, strict=True)) for cells in zip(*padded, strict=True)]
    if not columns or not all(isinstance(column, dict) for column in columns):
        return []
    if _known([content], recipe_name, flat=False) >= _known(columns, recipe_name):
        keys = dict.fromkeys(key for column in columns for key in column)
        return [{name: column.get(key) for name, column in content.items()} for key in keys]
    return [{"key": key, **row} for key, row in content.items()]


def _known(rows: Sequence[Any], recipe_name: str | None, *, flat: bool = True) -> int:
    """How many columns a recipe knows in the first rows."""
    objects = [row for row in rows[:_LOOKED_AT] if isinstance(row, dict)]
    paths = dict.fromkeys(
        path for row in objects for path in (_flat(row) if flat else {(key,): 0 for key in row})
    )
    names = column_names(list(paths)[:MAX_COLUMNS], ".", recipe_name)
    return len(choose(names, recipe_name).match(names))


def _best(
    tables: Sequence[_Table], source: Source, recipe_name: str | None
) -> tuple[_Table, list[_Table]]:
    """The table that is known best, of these the longest; and the others that fit."""
    if not tables:
        raise InputError("is JSON, but holds no records", where=source.name, todo=_TODO)
    order = [(one.known > 0, not one.single, one.known, len(one.rows)) for one in tables]
    best = tables[order.index(max(order))]
    # Columns of several records may still be known by their cells.
    if not best.known and best.single:
        kind: type[BordermapError] = RecipeError if recipe_name else InputError
        raise kind("is JSON, but no name in it is known", where=source.name, todo=_TODO)
    others = [
        table
        for table in tables
        if table is not best and len(table.rows) > 1 and table.known > best.known // 2
    ]
    return best, others


def _flat(record: dict[str, Any], path: Path = ()) -> dict[Path, Any]:
    """The values of a record by the keys that lead to them; lists stay whole."""
    found: dict[Path, Any] = {}
    names = Names()
    for key, value in record.items():
        here = (*path, names.unique(label(key[:1000]) or "property"))
        if isinstance(value, dict) and value:
            found.update(_flat(value, here))
        else:
            found[here] = value
    return found


def _read(
    source: Source, table: _Table, others: Sequence[_Table], recipe_name: str | None
) -> RawTable:
    if len(table.rows) > MAX_ROWS:
        found = f"has more than {MAX_ROWS:,} records"
        raise InputError(found, where=source.name, todo="split the file")
    rows = Rows(source.name)
    flat = _taken(rows, table)
    paths = list(dict.fromkeys(path for record in flat for path in record))
    if len(paths) > MAX_COLUMNS:
        raise InputError(
            f"has {len(paths):,} different names, more than {MAX_COLUMNS:,}",
            where=source.name,
            todo=_TODO,
        )
    names = column_names(paths, ".", recipe_name)
    for number, record in zip(rows.numbers, flat, strict=True):
        rows.kept.append(_cells(rows, number, [record.get(path) for path in paths], names))
    _file_notes(rows, table, others)
    return raw_table(rows, names, choose(names, recipe_name), source)


def _taken(rows: Rows, table: _Table) -> list[dict[Path, Any]]:
    """The records that are kept, flat; the others are rejected."""
    flat = []
    for number, row in enumerate(table.rows, start=1):
        check_time(rows.file)
        if not isinstance(row, dict):
            rows.reject(number, row, "not_an_object", f"record {number} is no JSON object")
            continue
        if any(value is _UNPARSED for value in row.values()):
            shown = {key: value for key, value in row.items() if value is not _UNPARSED}
            message = f"record {number} lies beyond the end of a shorter column"
            rows.reject(number, shown, "column_too_short", message)
            continue
        record = _flat(row)
        longest = max((len(as_text(value)) for value in record.values()), default=0)
        if longest > MAX_CELL_CHARACTERS:
            message = f"record {number} has a text of {longest:,} characters"
            rows.reject(number, row, "cell_too_long", message)
            continue
        rows.numbers.append(number)
        flat.append(record)
    return flat


def _cells(rows: Rows, number: int, values: Sequence[Any], names: Sequence[str]) -> list[Any]:
    cells = []
    for name, value in zip(names, values, strict=True):
        cell, loss = cleaned(value)
        if loss:
            message = f"{shorten(name, 40)}: {LOSSES[loss]}"
            rows.note(number, name, as_text(value), loss, message)
        cells.append(cell)
    return cells


def _file_notes(rows: Rows, table: _Table, others: Sequence[_Table]) -> None:
    if table.path or others:
        message = f"the records in {table.place} are read"
        if others:
            message += f", not those in {', '.join(other.place for other in others)}"
        rows.faults.append(file_note(rows.file, "records_chosen", message))
    if not table.rows:
        rows.faults.append(file_note(rows.file, "no_records", "the file has no records"))
