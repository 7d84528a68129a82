"""A table of a PostGIS database, replaced or added to in one transaction.

The password goes to the server and nowhere else: not into a message or the record of a run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import numpy as np
import shapely

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, distinct, free_name, without
from bordermap.export.losses import as_text, cut_times
from bordermap.schema import COLUMNS
from bordermap.values.text import shorten

__all__ = [
    "TYPES",
    "Content",
    "Table",
    "home_of_postgis",
    "named",
    "write_content",
    "write_postgis",
]

_SCHEME = re.compile(r"postgres(?:ql)?:/{1,2}(?=[^/])", re.IGNORECASE)
_TODO = "give postgresql://user@host/database?table=schema.name"
_EXTRA = "pip install 'bordermap[postgis]'"
_ID = "incident_id"
_ALONG = "border_km"
_LONGEST = 63
_ROWS = 20_000
_RESERVED = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "time": "timestamp",
}
"""What PostgreSQL calls the kinds of columns."""

_KINDS = (
    *("Point", "LineString", "LineString", "Polygon"),
    *("MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
)
"""By GEOS's numbers of types."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a database.

    Attributes
    ----------
    server : str
        The address without the table; it may hold a password, and is never shown.
    schema : str
        Empty for the one that the server takes first.
    table : str
    """

    server: str = field(repr=False)
    schema: str
    table: str

    @classmethod
    def of(cls, output: object) -> Table | None:
        """The table that an address names; None for anything but an address of PostgreSQL.

        Raises
        ------
        OutputError
            The address names no table.
        """
        if isinstance(output, Table):
            return output
        if not isinstance(output, (str, Path)) or not _SCHEME.match(str(output)):
            return None
        # A path has lost one of the two slashes.
        address = _SCHEME.sub("postgresql://", str(output), count=1)
        try:
            parts = urlsplit(address)
            asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        except ValueError:
            raise OutputError("cannot be understood", where="database", todo=_TODO) from None
        schema, _, table = asked.pop("table", "").rpartition(".")
        if not table:
            raise OutputError("the address names no table", where="database", todo=_TODO)
        if max(len(schema.encode()), len(table.encode())) > _LONGEST:
            found = f"the name {shorten(table)!r} is longer than {_LONGEST} bytes"
            raise OutputError(found, where="database", todo="choose a shorter one")
        asked.setdefault("connect_timeout", "10")
        return cls(urlunsplit(parts._replace(query=urlencode(asked))), schema, table)

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table

    def is_same(self, source: object) -> bool:
        """Whether this is the address of an input, as far as the addresses tell."""
        other = Table.of(source)
        if other is None or (other.server, other.table) != (self.server, self.table):
            return False
        return other.schema == self.schema or not (other.schema and self.schema)

    @property
    def beside(self) -> Path:
        """What stands for the file where something is written beside it: in this folder."""
        return Path(re.sub(r"[^\w.-]", "_", self.name))

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """One transaction: all of it or, whatever goes wrong, nothing.

        Raises
        ------
        OutputError
            psycopg is not installed, or the server said no; in one line without the password.
        """
        try:
            import psycopg  # noqa: PLC0415  an extra
        except ImportError as error:
            where = self.name
            raise OutputError("writing PostGIS needs psycopg", where=where, todo=_EXTRA) from error
        try:
            with psycopg.connect(self.server) as connection:
                yield connection
        except (psycopg.Error, UnicodeError, ValueError) as error:
            said = shorten(self._without_secret(str(error)), 150)
            found, todo = f"nothing was written ({said})", "check address, table and rights"
            raise OutputError(found, where=shorten(self.name), todo=todo) from None

    def _without_secret(self, said: str) -> str:
        parts = urlsplit(self.server)
        given = [parts.password or "", dict(parse_qsl(parts.query)).get("password", "")]
        for secret in (one for whole in given for one in (whole, unquote(whole)) if one):
            said = said.replace(secret, "...")
        return said

    def check(self) -> None:
        """Ask whether the server is there, with PostGIS.

        Raises
        ------
        OutputError
            It is not.
        """
        with self.connection() as connection:
            home_of_postgis(connection, self)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What goes into a table.

    Attributes
    ----------
    columns : sequence of Column
        Without the character 0, under the names of the table.
    types : sequence of str
        What the server calls the type of each.
    shapes : ndarray of geometries or None
    shape : str
        What their column is called.
    at : int
        How many columns stand before it.
    srid : int
    degrees : bool
        Whether the shapes are in longitude and latitude, which geography needs.
    key : str
        The column by which rows are told apart; where there is none, one is made.
    meanings : mapping of str
        What columns of ours mean.
    """

    columns: Sequence[Column]
    types: Sequence[str]
    shapes: np.ndarray
    shape: str
    at: int
    srid: int = 4326
    degrees: bool = True
    key: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)

    @property
    def declared(self) -> str:
        """The type of the shapes; where only some have heights or measures, none is declared."""
        there = self.shapes[~shapely.is_missing(self.shapes)]
        ends = shapely.has_z(there), shapely.has_m(there)
        if any(end.any() and not end.all() for end in ends):
            return ""
        kinds = {_KINDS[kind] for kind in np.unique(shapely.get_type_id(there))}
        kind = kinds.pop() if len(kinds) == 1 else "Geometry"
        upward = "".join(letter for letter, end in zip("ZM", ends, strict=True) if end.any())
        return f"({kind}{upward}, {self.srid})"

    def in_order(self, columns: Sequence[Any], shape: Any) -> list[Any]:
        """Something of each column, and of the shapes where they stand."""
        return [*columns[: self.at], shape, *columns[self.at :]]


def write_postgis(
    features: Features, table: Table, *, run: Mapping[str, Any] | None, append: bool
) -> tuple[str, ...]:
    """Replace the table, or add rows to it, in one transaction; the rows go by COPY.

    Raises
    ------
    OutputError
        Nothing was written, and an older table is as it was.
    """
    names, notes = named(features.names)
    columns, cleaned = without(map(Column.called, features.columns, names))
    content = Content(
        columns=columns,
        types=[TYPES[one.kind] for one in columns],
        shapes=features.shapes,
        shape=free_name("geom", names),
        at=len(columns),
        key=_ID if _ID in names else "",
        meanings={column.name: column.meaning for column in COLUMNS},
    )
    with table.connection() as connection:
        write_content(content, connection, table, run=run, append=append)
    lost = (*as_text(features.columns), *cut_times(features.columns, "us"))
    return (*notes, *cleaned, *lost)


def named(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names that PostgreSQL can bear, and a note on each that had to change."""
    return distinct(names, longest=_LONGEST, reserved=_RESERVED, what="PostgreSQL", folded=False)


def write_content(
    content: Content,
    connection: Any,
    table: Table,
    *,
    run: Mapping[str, Any] | None,
    append: bool,
) -> None:
    """Replace the table, or add to it, in the transaction that is open."""
    made = _Made(connection, table, content)
    if append and made.is_there():
        made.check_columns()
        made.copy(made.where)
    else:
        made.replace()
    made.comment(run)
    connection.execute(made.say("ANALYZE {}", made.where))


class _Made:
    """A table while it is written."""

    def __init__(self, connection: Any, table: Table, content: Content) -> None:
        from psycopg import sql  # noqa: PLC0415  an extra

        self.sql = sql
        self.run = connection.execute
        self.connection = connection
        self.home = home_of_postgis(connection, table)
        self.content = content
        self.names = [one.name for one in content.columns]
        self.key = content.key or free_name("fid", self._in_order())
        self.schema = table.schema or self.run("SELECT current_schema()").fetchone()[0]
        self.table = table.table
        self.where = sql.Identifier(self.schema, self.table)

    def say(self, text: str, *parts: Any) -> Any:
        return self.sql.SQL(text).format(*parts)

    def is_there(self) -> bool:
        return self._is_there(self.where)

    def check_columns(self) -> None:
        query = """SELECT attname FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"""
        there = {name for (name,) in self.run(query, (self.where.as_string(None),)).fetchall()}
        missing = [name for name in (*self.names, self.content.shape) if name not in there]
        if missing:
            found = f"the table has no column {shorten(missing[0])!r}"
            todo = "add it to the table, or replace the table"
            raise OutputError(found, where=f"{self.schema}.{self.table}", todo=todo)

    def replace(self) -> None:
        """Make the table under another name, so that the old one can be read until the end."""
        new = f"bordermap_new_{self.connection.info.backend_pid}"
        where = self.sql.Identifier(self.schema, new)
        self.run(self._created(where))
        self.copy(where)
        kind = "geography" if self.content.degrees else "geometry"
        cast = self.sql.Identifier(self.home, kind)
        shape = self.sql.Identifier(self.content.shape)
        index = self.sql.Identifier(f"{new}_at")
        self.run(self.say("CREATE INDEX {} ON {} USING gist (({}::{}))", index, where, shape, cast))
        if _ALONG in self.names:
            along = self.sql.Identifier(f"{new}_along"), where, self.sql.Identifier(_ALONG)
            self.run(self.say("CREATE INDEX {} ON {} ({})", *along))
        if self.content.key:
            key = self.sql.Identifier(self.content.key)
            self.run(self.say("ALTER TABLE {} ADD PRIMARY KEY ({})", where, key))
        self.run(self.say("DROP TABLE IF EXISTS {}", self.where))
        table = self.sql.Identifier(self.table)
        self.run(self.say("ALTER TABLE {} RENAME TO {}", where, table))
        self._rename(f"{new}_at", kind)
        for end in ("along", "pkey", f"{self.key}_seq"):
            self._rename(f"{new}_{end}", end)

    def _rename(self, old: str, end: str) -> None:
        """Give an index or a sequence its lasting name, unless something else bears it."""
        new = f"{self.table.encode()[:50].decode(errors='ignore')}_{end}"
        where, wanted = (self.sql.Identifier(self.schema, name) for name in (old, new))
        if self._is_there(where) and not self._is_there(wanted):
            self.run(self.say("ALTER TABLE {} RENAME TO {}", where, self.sql.Identifier(new)))

    def _is_there(self, where: Any) -> bool:
        found = self.run("SELECT to_regclass(%s)", (where.as_string(None),)).fetchone()
        return found[0] is not None

    def _created(self, where: Any) -> Any:
        content = self.content
        geometry = self.sql.Identifier(self.home, "geometry")
        shape = self.say("{}{}", geometry, self.sql.SQL(content.declared))
        types = content.in_order([*map(self.sql.SQL, content.types)], shape)
        parts = [
            self.say("{} {}", self.sql.Identifier(name), kind)
            for name, kind in zip(self._in_order(), types, strict=True)
        ]
        if not content.key:
            key = self.sql.Identifier(self.key)
            parts.append(self.say("{} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", key))
        return self.say("CREATE TABLE {} ({})", where, self.sql.SQL(", ").join(parts))

    def _in_order(self) -> list[str]:
        return self.content.in_order(self.names, self.content.shape)

    def copy(self, where: Any) -> None:
        """Send the rows as CSV, some at a time."""
        content = self.content
        names = map(self.sql.Identifier, self._in_order())
        form = "COPY {} ({}) FROM STDIN (FORMAT csv)"
        query = self.say(form, where, self.sql.SQL(", ").join(names))
        with self.connection.cursor() as cursor, cursor.copy(query) as sent:
            for start in range(0, len(content.shapes), _ROWS):
                part = slice(start, start + _ROWS)
                shapes = _shapes(content.shapes[part], content.srid)
                cells = content.in_order([_cells(one, part) for one in content.columns], shapes)
                sent.write("".join([f"{','.join(row)}\n" for row in zip(*cells, strict=True)]))

    def comment(self, run: Mapping[str, Any] | None) -> None:
        """Say what each column means, and by what run the rows were written."""
        for name in self.names:
            if name in self.content.meanings:
                where = self.sql.Identifier(self.schema, self.table, name)
                meaning = self.sql.Literal(self.content.meanings[name])
                self.run(self.say("COMMENT ON COLUMN {} IS {}", where, meaning))
        if run is not None:
            text = json.dumps(run, ensure_ascii=False, sort_keys=True, allow_nan=False)
            said = self.sql.Literal(text)
            self.run(self.say("COMMENT ON TABLE {} IS {}", self.where, said))


def _cells(column: Column, part: slice) -> list[str]:
    """Cells as CSV: what is not known stands without quotes, an empty text within them."""
    some = Column(column.name, column.kind, column.source.iloc[part], column.mixed)
    texts = some.as_texts()
    if column.kind != "text":
        return ["" if text is None else text for text in texts]
    return ["" if text is None else '"' + text.replace('"', '""') + '"' for text in texts]


def _shapes(shapes: Any, srid: int) -> list[str]:
    coded = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
    return ["" if one is None else one for one in coded.tolist()]


def home_of_postgis(connection: Any, table: Table) -> str:
    query = """
        SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis'"""
    found = connection.execute(query).fetchone()
    if found is None:
        todo = "run CREATE EXTENSION postgis there"
        raise OutputError("the database is without PostGIS", where=table.name, todo=todo)
    return str(found[0])
