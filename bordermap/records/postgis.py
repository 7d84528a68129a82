"""A table of a PostGIS database: ``postgresql://user@host/database?table=schema.name``.

Read in one transaction that cannot write. The password goes to the server and nowhere else: not
into a message, a report or the record of a run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

from bordermap.arrow import load_arrow
from bordermap.errors import InputError
from bordermap.records.crs import parse_crs
from bordermap.records.layer_table import LayerRows, check_size, raw_table
from bordermap.records.shapes import shapes_of
from bordermap.schema import RawTable
from bordermap.values.text import label, shorten, whole

__all__ = [
    "DatabaseLayer",
    "as_arrow",
    "home_of_postgis",
    "is_database",
    "opened",
    "read_database_layer",
    "read_postgis",
    "rows_of",
]

_SCHEME = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)
_TODO = "give postgresql://user@host/database?table=schema.name"
_SECONDS = 600
_EXACT = 2**53
_BATCH = 10_000
_AS_THEY_ARE = frozenset({"bool", "int2", "int4", "int8", "float4", "float8"})
_ARROW = {
    "bool": ("bool_",),
    "int2": ("int16",),
    "int4": ("int32",),
    "int8": ("int64",),
    "float4": ("float32",),
    "float8": ("float64",),
    "date": ("date32",),
    "timestamp": ("timestamp", "us"),
    "timestamptz": ("timestamp", "us", "UTC"),
    "bytea": ("binary",),
}
"""What Arrow calls the types that both have; all others come as texts."""
_SHAPES = frozenset({"geometry", "geography"})
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
_COLUMNS = """
    SELECT a.attname, t.typname, coalesce(a.attnum = ANY(i.indkey), false), a.atttypmod
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


@dataclass(slots=True)
class DatabaseTable:
    """A table as the catalogue knows it."""

    schema: str
    name: str
    kind: str
    columns: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    shape: str = ""
    at: int = 0
    declared: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class DatabaseLayer:
    """A table as it is.

    Attributes
    ----------
    table : pyarrow.Table
        Its columns without the shapes.
    shape : tuple of str and int
        What the column of the shapes is called, and how many stand before it.
    rows : LayerRows
        The shapes, those that could not be read, the coordinate system.
    name : str
    sha256 : str
        Of the answer, since there is no file.
    """

    table: Any
    shape: tuple[str, int]
    rows: LayerRows
    name: str
    sha256: str


def is_database(source: object) -> bool:
    """Whether this is the address of a PostgreSQL database."""
    return isinstance(source, str) and _SCHEME.match(source) is not None


def read_postgis(address: str, recipe: str | None) -> RawTable:
    """Every row of a table or view; its first column of geometry or geography is the place.

    Raises
    ------
    InputError
        psycopg is not installed, no table is named or found, the server cannot be reached, or
        what it holds cannot be read.
    """
    with opened(address) as (connection, table):
        rows, digest = rows_of(connection, table)
    return raw_table(rows, label(f"{table.schema}.{table.name}"), recipe, digest)


def read_database_layer(address: str) -> DatabaseLayer:
    """Every row of a table or view as it is, with the types that Arrow has for them.

    Raises
    ------
    InputError
        As of :func:`read_postgis`; the table has no geometry, or pyarrow is not installed.
    """
    with opened(address) as (connection, table):
        name = label(f"{table.schema}.{table.name}")
        if not table.shape:
            raise InputError("is a table without geometry", where=name, todo="name another")
        rows, digest = rows_of(connection, table, typed=True)
    shape = table.shape, table.at
    return DatabaseLayer(as_arrow(rows, table), shape, rows, name, digest)


def as_arrow(rows: LayerRows, table: DatabaseTable) -> Any:
    """The columns of a table with the types that Arrow has for them.

    Raises
    ------
    InputError
        pyarrow is not installed.
    """
    pa = load_arrow("keeping a layer's types")
    types = [_ARROW.get(kind, ("string",)) for _, kind in table.columns]
    cells = [
        pa.array(column, getattr(pa, kind)(*more))
        for column, (kind, *more) in zip(rows.cells, types, strict=True)
    ]
    return pa.table(cells, names=rows.names)


@contextmanager
def opened(address: str) -> Iterator[tuple[Any, DatabaseTable]]:
    """The table that an address names, in a transaction that cannot write."""
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as error:
        todo = "pip install 'bordermap[postgis]'"
        raise InputError("reading PostGIS needs psycopg", where="database", todo=todo) from error
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = asked.pop("table", "")
    if not wanted:
        raise InputError("the address names no table", where="database", todo=_TODO)
    asked.setdefault("connect_timeout", "10")
    server = urlunsplit(parts._replace(query=urlencode(asked)))
    try:
        with psycopg.connect(server) as connection:
            connection.read_only = True
            connection.execute(f"SET statement_timeout = '{_SECONDS}s'")
            yield connection, _table(connection, wanted)
    except (psycopg.Error, UnicodeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        found, todo = f"cannot be read ({shorten(str(error), 150)})", "check address and rights"
        raise InputError(found, where=shorten(wanted), todo=todo) from None


def _table(connection: Any, wanted: str) -> DatabaseTable:
    query = """
        SELECT c.oid, n.nspname, c.relname, c.relkind::text FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = coalesce(to_regclass(%s), to_regclass(%s))
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"""
    quoted = ".".join(f'"{part}"' for part in wanted.replace('"', '""').split("."))
    found = connection.execute(query, (quoted, wanted)).fetchone()
    if found is None:
        raise InputError("there is no such table", where=shorten(wanted), todo=_TODO)
    oid, *names = found
    table = DatabaseTable(*names)
    for name, kind, is_key, declared in connection.execute(_COLUMNS, (oid,)).fetchall():
        if kind in _SHAPES and not table.shape:
            table.shape, table.at = name, len(table.columns)
            table.declared = declared
        else:
            table.columns.append((name, kind))
        if is_key:
            table.keys.append(name)
    return table


def rows_of(
    connection: Any, table: DatabaseTable, *, typed: bool = False, test: Any = None
) -> tuple[LayerRows, str]:
    """The rows of a table that pass a test, and the sha256 of the answer.

    Parameters
    ----------
    typed : bool
        Cells of Arrow's types; else as a recipe reads them.
    test : psycopg.sql.Composable, optional
        A condition of SQL.
    """
    from psycopg import sql  # noqa: PLC0415  an extra

    where: Any = sql.Identifier(table.schema, table.name)
    if test is not None:
        where = sql.SQL("{} WHERE {}").format(where, test)
    (count,) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(where)).fetchone()
    name = f"{table.schema}.{table.name}"
    check_size(name, count, len(table.columns))
    rows = LayerRows([one for one, _ in table.columns], [], np.empty(0, dtype=object))
    wanted = [_selected(sql, *column, typed) for column in table.columns]
    if table.shape:
        home = home_of_postgis(connection)
        # Curves come as lines of short segments.
        binary = sql.SQL("{}({}({}::{}))").format(
            sql.Identifier(home, "st_asbinary"),
            sql.Identifier(home, "st_curvetoline"),
            sql.Identifier(table.shape),
            sql.Identifier(home, "geometry"),
        )
        wanted.append(binary)
        rows.crs, rows.crs_name = parse_crs(_system(connection, sql, table, home))
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(wanted), where)
    # A table without a key has its rows in the order in which they lie on the disk.
    order: list[Any] = [*map(sql.Identifier, table.keys)] or [sql.SQL("ctid")]
    if table.keys or table.kind in ("r", "m"):
        query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(order))
    return rows, _filled(rows, connection, query, bool(table.shape), typed)


def _filled(rows: LayerRows, connection: Any, query: Any, placed: bool, typed: bool) -> str:
    """Take the answer of a query in; its sha256, which stands for that of a file."""
    taken: list[list[Any]] = []
    shapes: list[bytes | None] = []
    digest = hashlib.sha256()
    with connection.cursor(name="bordermap") as cursor:
        cursor.itersize = _BATCH
        for record in cursor.execute(query):
            *cells, shape = record if placed else (*record, None)
            digest.update(repr(record).encode("utf-8", "surrogatepass"))
            taken.append(cells if typed else [_plain(cell) for cell in cells])
            shapes.append(shape)
    rows.cells = [[cells[at] for cells in taken] for at in range(len(rows.names))]
    rows.numbers = list(range(1, len(taken) + 1))
    rows.geometry = shapes_of(shapes)[0]
    for at, shape in enumerate(shapes):
        if shape is not None and rows.geometry[at] is None:
            rows.lost[at] = "geometry_invalid: the geometry cannot be read"
    return digest.hexdigest()


def _selected(sql: Any, name: str, kind: str, typed: bool) -> Any:
    """A column as the server is asked for it: numbers as they are, times in ISO, else as text."""
    column = sql.Identifier(name)
    if kind in (_ARROW if typed else _AS_THEY_ARE):
        return column
    if kind in _TIMES:
        return sql.SQL("to_json({}) #>> '{{}}'").format(column)
    return sql.SQL("{}::text").format(column)


def _plain(cell: Any) -> Any:
    if isinstance(cell, float):
        return None if np.isnan(cell) else cell
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > _EXACT:
        return str(cell)
    return whole(cell) if isinstance(cell, str) else cell


def home_of_postgis(connection: Any) -> str:
    """The schema in which PostGIS lives."""
    query = """
        SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis'"""
    found = connection.execute(query).fetchone()
    if found is None:
        raise InputError("the database is without PostGIS", where="database", todo=_TODO)
    return str(found[0])


def _system(connection: Any, sql: Any, table: DatabaseTable, home: str) -> str:
    """The coordinate system of a column, as its authority's code or as WKT; empty for none."""
    systems_of = sql.SQL("SELECT {}({}) AS srid")
    declared = sql.Identifier(home, "postgis_typmod_srid"), sql.Literal(table.declared)
    (srid,) = connection.execute(systems_of.format(*declared)).fetchone()
    found = sql.SQL("SELECT {}::int AS srid").format(sql.Literal(srid))
    if not srid:
        found = sql.SQL("SELECT DISTINCT {}({}::{}) AS srid FROM {} WHERE {} IS NOT NULL").format(
            sql.Identifier(home, "st_srid"),
            sql.Identifier(table.shape),
            sql.Identifier(home, "geometry"),
            sql.Identifier(table.schema, table.name),
            sql.Identifier(table.shape),
        )
    query = sql.SQL(
        "SELECT s.srid, r.auth_name, r.auth_srid, r.srtext FROM ({}) s LEFT JOIN {} r USING (srid)"
    ).format(found, sql.Identifier(home, "spatial_ref_sys"))
    systems = connection.execute(query).fetchall()
    if len(systems) > 1:
        found = f"holds points in {len(systems)} coordinate systems"
        where = f"{table.schema}.{table.name}"
        raise InputError(found, where=where, todo="make a view with ST_Transform")
    if not systems or not systems[0][0]:
        return ""
    srid, authority, code, text = systems[0]
    return f"{authority}:{code}" if authority and code else str(text or f"SRID {srid}")
