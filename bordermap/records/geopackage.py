"""The catalogue of a GeoPackage, read by SQLite alone, before GDAL opens the file.

A GeoPackage is a database, and a database can hold programs: views, virtual tables, columns that
are computed. Only plain tables are read, and a catalogue of anything else is refused.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bordermap.errors import InputError
from bordermap.values.text import shorten

__all__ = ["Table", "catalogue", "domains_of", "rows_with_geometry", "unsaved"]

_COMPUTED = re.compile(r"\bAS\s*\(|\bGENERATED\b", re.IGNORECASE)
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL", re.IGNORECASE)
_TODO = "save the layer to a GeoPackage of its own"
_POINTS = ("POINT", "MULTIPOINT", "GEOMETRY", "GEOMETRYCOLLECTION")
# Steps of SQLite's machine after which a question is given up: some seconds.
_MAX_STEPS = 50_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A layer: its table, its column of geometry (empty for a plain table) and their kind."""

    name: str
    geometry: str
    kind: str

    @property
    def may_hold_points(self) -> bool:
        return self.kind.upper() in _POINTS


@contextmanager
def _opened(file: Path, name: str) -> Iterator[sqlite3.Connection]:
    try:
        uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            base.set_progress_handler(lambda: 1, _MAX_STEPS)
            base.text_factory = lambda value: value.decode("utf-8", "replace")
            yield base
    except (sqlite3.Error, UnicodeError) as error:
        # The names that SQLite complains about need not be UTF-8.
        found = f"is broken or cut off ({shorten(str(error))})"
        raise InputError(found, where=name, todo="get the whole file") from error


_STYLES = "layer_styles"
"""Where QGIS keeps how layers look; no layer of anybody's data."""


def catalogue(file: Path, name: str) -> list[Table]:
    """Layers of a GeoPackage that are plain tables, those with geometry first.

    Raises
    ------
    InputError
        It is broken, is another database, or its catalogue or all its layers are programs.
    """
    with _opened(file, name) as base:
        schema = base.execute("SELECT lower(name), type, sql FROM sqlite_master").fetchall()
        kinds = {table: (kind, str(sql or "")) for table, kind, sql in schema if kind != "index"}
        if "gpkg_contents" not in kinds:
            raise InputError("is a database but no GeoPackage", where=name, todo=_TODO)
        for table, (kind, sql) in kinds.items():
            if table.startswith("gpkg_") and kind != "trigger" and not _is_plain(kind, sql):
                found = f"its catalogue {shorten(table)} is no plain table"
                raise InputError(found, where=name, todo=_TODO)
        listed = base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        shapes = {}
        if "gpkg_geometry_columns" in kinds:
            query = "SELECT table_name, column_name, geometry_type_name FROM gpkg_geometry_columns"
            shapes = {str(table): (str(c), str(g)) for table, c, g in base.execute(query)}
    plain = [
        Table(str(table), *shapes.get(str(table), ("", "")))
        for table, what in listed
        if what in ("features", "attributes")
        and str(table).lower() != _STYLES
        and _is_plain(*kinds.get(str(table).lower(), ("", "")))
    ]
    if listed and not plain:
        raise InputError("holds no layer that is a plain table", where=name, todo=_TODO)
    return sorted(plain, key=lambda table: not table.geometry)


_DOMAINS = """
    SELECT a.column_name, b.constraint_name, b.constraint_type, b.value,
        b.min, b.min_is_inclusive, b.max, b.max_is_inclusive, b.description
    FROM gpkg_data_columns a JOIN gpkg_data_column_constraints b USING (constraint_name)
    WHERE a.table_name = ? COLLATE NOCASE ORDER BY b.rowid"""


def domains_of(file: Path, table: str, name: str) -> dict[str, list[list[Any]]]:
    """Values that a layer allows in its columns, as the catalogue has them.

    Returns
    -------
    dict
        By column, rows of ``gpkg_data_column_constraints``: the constraint's name, its type, value,
        least and greatest value, each with whether it is allowed itself, and description.
    """
    found: dict[str, list[list[Any]]] = {}
    with _opened(file, name) as base, suppress(sqlite3.OperationalError):  # there is no such table
        for column, *row in base.execute(_DOMAINS, (table,)).fetchall():
            found.setdefault(str(column), []).append(row)
    return found


def _is_plain(kind: str, sql: str) -> bool:
    return kind == "table" and not _VIRTUAL.match(sql) and not _COMPUTED.search(sql)


def rows_with_geometry(file: Path, table: Table, name: str) -> set[int]:
    """Keys of the rows of a layer that hold a geometry, readable or not."""
    column, layer = (
        f'"{part.replace(chr(34), chr(34) * 2)}"' for part in (table.geometry, table.name)
    )
    with _opened(file, name) as base:
        query = f"SELECT rowid FROM {layer} WHERE {column} IS NOT NULL"  # noqa: S608  quoted
        return {int(key) for (key,) in base.execute(query)}


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def unsaved(file: Path) -> bool:
    """Whether another program has the file open with changes that are not in it yet."""
    journal = file.with_name(f"{file.name}-wal")
    return journal.is_file() and journal.stat().st_size > 0
