"""A table of a PostGIS database, replaced or added to in one transaction.

The password goes to the server and nowhere else: not into a message or the record of a run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import shapely

from bordermap.errors import OutputError
from bordermap.export.content import (
    Column,
    Features,
    distinct,
    free_name,
    without,
    without_measures,
)
from bordermap.export.losses import as_text, cut_times
from bordermap.schema import COLUMNS
from bordermap.values.text import shorten

__all__ = ["Table", "write_postgis"]

_SCHEME = re.compile(r"postgres(?:ql)?:/{1,2}(?=[^/])", re.IGNORECASE)
_TODO = "give postgresql://user@host/database?table=schema.name"
_EXTRA = "pip install 'bordermap[postgis]'"
_ID = "incident_id"
_LONGEST = 63
_ROWS = 20_000
_RESERVED = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "time": "timestamp",
}


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
            _home_of_postgis(connection, self)


def write_postgis(
    features: Features, table: Table, *, run: Mapping[str, Any] | None, append: bool
) -> tuple[str, ...]:
    """Replace the table, or add rows to it, in one transaction; the rows go by COPY.

    Raises
    ------
    OutputError
        Nothing was written, and an older table is as it was.
    """
    told: tuple[str, ...] = ()
    if shapely.has_m(features.shapes).any():
        features = replace(features, shapes=without_measures(features.shapes))
        told = ("measures (M) are lost in this format",)
    names, notes = distinct(features.names, longest=_LONGEST, reserved=_RESERVED, what="PostgreSQL")
    columns, cleaned = without(map(Column.called, features.columns, names))
    shape = free_name("geom", names)
    with table.connection() as connection:
        made = _Made(connection, table, _home_of_postgis(connection, table), columns, shape)
        if append and made.is_there():
            made.check_columns()
            made.copy(features, made.where)
        else:
            made.replace(features)
        made.comment(run)
        connection.execute(made.say("ANALYZE {}", made.where))
    lost = (*as_text(features.columns), *cut_times(features.columns, "us"))
    return (*notes, *cleaned, *told, *lost)


class _Made:
    """A table while it is written."""

    def __init__(
        self, connection: Any, table: Table, home: str, columns: list[Column], shape: str
    ) -> None:
        from psycopg import sql  # noqa: PLC0415  an extra

        self.sql = sql
        self.run = connection.execute
        self.connection = connection
        self.home = home
        self.columns = columns
        self.shape = shape
        self.schema = table.schema or self.run("SELECT current_schema()").fetchone()[0]
        self.table = table.table
        self.where = sql.Identifier(self.schema, self.table)

    def say(self, text: str, *parts: Any) -> Any:
        return self.sql.SQL(text).format(*parts)

    def is_there(self) -> bool:
        found = self.run("SELECT to_regclass(%s)", (self.where.as_string(None),)).fetchone()
        return found[0] is not None

    def check_columns(self) -> None:
        query = """SELECT attname FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"""
        there = {name for (name,) in self.run(query, (self.where.as_string(None),)).fetchall()}
        wanted = [*(column.name for column in self.columns), self.shape]
        missing = [name for name in wanted if name not in there]
        if missing:
            found = f"the table has no column {shorten(missing[0])!r}"
            todo = "add it to the table, or replace the table"
            raise OutputError(found, where=f"{self.schema}.{self.table}", todo=todo)

    def replace(self, features: Features) -> None:
        """Make the table under another name, so that the old one can be read until the end."""
        new = f"bordermap_new_{self.connection.info.backend_pid}"
        where = self.sql.Identifier(self.schema, new)
        self.run(self._created(where, features))
        self.copy(features, where)
        geography = self.sql.Identifier(self.home, "geography")
        shape = self.sql.Identifier(self.shape)
        index = self.sql.Identifier(f"{new}_at")
        self.run(
            self.say("CREATE INDEX {} ON {} USING gist (({}::{}))", index, where, shape, geography)
        )
        keys = [column.name for column in self.columns if column.name == _ID]
        if keys:
            key = self.sql.Identifier(_ID)
            self.run(self.say("ALTER TABLE {} ADD PRIMARY KEY ({})", where, key))
        self.run(self.say("DROP TABLE IF EXISTS {}", self.where))
        named = self.sql.Identifier(self.table)
        self.run(self.say("ALTER TABLE {} RENAME TO {}", where, named))
        for end, old in (("geography", f"{new}_at"), ("pkey", f"{new}_pkey")):
            self._rename_index(old, f"{self.table.encode()[:50].decode(errors='ignore')}_{end}")

    def _rename_index(self, old: str, new: str) -> None:
        """Give an index its lasting name, unless something else bears it."""
        where, wanted = (self.sql.Identifier(self.schema, name) for name in (old, new))
        taken = self.run("SELECT to_regclass(%s)", (wanted.as_string(None),)).fetchone()
        if taken[0] is None:
            self.run(self.say("ALTER INDEX {} RENAME TO {}", where, self.sql.Identifier(new)))

    def _created(self, where: Any, features: Features) -> Any:
        kind = features.shape if len(features.kinds) == 1 else "Geometry"
        upward = shapely.has_z(features.shapes[features.placed])
        parts = [
            self.say("{} {}", self.sql.Identifier(one.name), self.sql.SQL(_TYPES[one.kind]))
            for one in self.columns
        ]
        geometry = self.sql.Identifier(self.home, "geometry")
        column = self.sql.Identifier(self.shape)
        if upward.any() and not upward.all():
            parts.append(self.say("{} {}", column, geometry))
        else:
            declared = self.sql.SQL(f"{kind}{'Z' * bool(upward.any())}")
            parts.append(self.say("{} {}({}, 4326)", column, geometry, declared))
        if not any(one.name == _ID for one in self.columns):
            key = self.sql.Identifier(free_name("fid", [one.name for one in self.columns]))
            parts.append(self.say("{} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", key))
        return self.say("CREATE TABLE {} ({})", where, self.sql.SQL(", ").join(parts))

    def copy(self, features: Features, where: Any) -> None:
        """Send the rows as CSV, some at a time."""
        names = map(self.sql.Identifier, (*(one.name for one in self.columns), self.shape))
        form = "COPY {} ({}) FROM STDIN (FORMAT csv)"
        query = self.say(form, where, self.sql.SQL(", ").join(names))
        with self.connection.cursor() as cursor, cursor.copy(query) as sent:
            for start in range(0, len(features), _ROWS):
                part = slice(start, start + _ROWS)
                cells = [_cells(column, part) for column in self.columns]
                cells.append(_shapes(features.shapes[part]))
                sent.write("".join([f"{','.join(row)}\n" for row in zip(*cells, strict=True)]))

    def comment(self, run: Mapping[str, Any] | None) -> None:
        """Say what each column means, and by what run the rows were written."""
        known = {column.name: column for column in COLUMNS}
        for one in self.columns:
            if one.name in known:
                where = self.sql.Identifier(self.schema, self.table, one.name)
                meaning = self.sql.Literal(known[one.name].meaning)
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


def _shapes(shapes: Any) -> list[str]:
    coded = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    return ["" if one is None else one for one in coded.tolist()]


def _home_of_postgis(connection: Any, table: Table) -> str:
    query = """
        SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis'"""
    found = connection.execute(query).fetchone()
    if found is None:
        todo = "run CREATE EXTENSION postgis there"
        raise OutputError("the database is without PostGIS", where=table.name, todo=todo)
    return str(found[0])
