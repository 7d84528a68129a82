"""Tables of PostGIS that ``locate`` wrote, asked directly: the server leaves out what cannot match.

What it sends is asked again by the caller, exactly. Nothing of a question becomes SQL but values,
as literals, beside columns of ours that have the type of ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from bordermap.errors import InputError
from bordermap.query.hints import Box, Hints, Test
from bordermap.records.postgis import (
    DatabaseTable,
    as_arrow,
    home_of_postgis,
    opened,
    rows_of,
)
from bordermap.schema import COLUMNS, CRS
from bordermap.values.text import label

__all__ = ["LocatedTable", "dtype_of", "located_table", "read_table", "rows_in_table"]

_TYPES = {
    "string": ("text", "varchar"),
    "Int64": ("int2", "int4", "int8"),
    "float64": ("float4", "float8"),
    "datetime64[s]": ("date", "timestamp"),
}
_DTYPES = {column.name: column.dtype for column in COLUMNS}
_WIDEST = 90.0
"""Degrees; boxes that are wider are no polygons on a globe."""
_ROOM = 1e-3
_STEP = 0.25
"""Degrees; edges of a box are parallels, those of geography are not: over such a step they are 1e-4
degrees apart at most, which the room around the box makes good."""


@dataclass(frozen=True, slots=True)
class LocatedTable:
    """A table of located incidents.

    Attributes
    ----------
    address : str
        It may hold a password, and is never shown.
    name : str
    columns : tuple of str
        Without the shapes.
    """

    address: str = field(repr=False)
    name: str
    columns: tuple[str, ...]


def located_table(address: str, known_by: Collection[str]) -> LocatedTable | None:
    """The table, where it has the columns by which one is known that ``locate`` wrote."""
    with opened(address) as (_, table):
        names = tuple(name for name, _ in table.columns)
        if not table.shape or not set(names) >= set(known_by):
            return None
        return LocatedTable(address, label(f"{table.schema}.{table.name}"), names)


def rows_in_table(located: LocatedTable) -> int:
    """How many rows it holds."""
    from psycopg import sql  # noqa: PLC0415  an extra

    with opened(located.address) as (connection, table):
        where = sql.Identifier(table.schema, table.name)
        query = sql.SQL("SELECT count(*) FROM {}").format(where)
        return int(connection.execute(query).fetchone()[0])


def read_table(located: LocatedTable, hints: Hints, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Rows that may match, with these columns.

    Raises
    ------
    InputError
        The table is not in longitude and latitude, or cannot be read.
    """
    with opened(located.address) as (connection, table):
        test = _test_of(hints, table, home_of_postgis(connection))
        table.columns = [one for one in table.columns if one[0] in columns]
        rows, _ = rows_of(connection, table, typed=True, test=test)
    if rows.crs is not None and not rows.crs.equals(CRS) and rows.crs.to_epsg() != 4326:
        raise InputError("is in another system", where=located.name, todo="write it in EPSG:4326")
    frame = as_arrow(rows, table).to_pandas(types_mapper=dtype_of, date_as_object=False)
    return gpd.GeoDataFrame(frame, geometry=rows.geometry, crs=CRS)


def dtype_of(kind: Any) -> Any:
    """How a column of Arrow comes into a frame: texts stay in Arrow, whole numbers exact."""
    return {"string": pd.StringDtype(), "int64": pd.Int64Dtype()}.get(str(kind))


def _test_of(hints: Hints, table: DatabaseTable, home: str) -> Any:
    """What a row must pass, as SQL; None where the server is not to leave out any."""
    from psycopg import sql  # noqa: PLC0415  an extra

    types = dict(table.columns)
    parts = [
        sql.SQL("({})").format(sql.SQL(" OR ").join(_test(sql, one) for one in tests))
        for tests in hints.tests
        if all(
            types.get(one.column) in _TYPES.get(_DTYPES.get(one.column, ""), ()) for one in tests
        )
    ]
    if hints.box is not None:
        parts += _box(sql, hints.box, table.shape, home)
    return sql.SQL(" AND ").join(parts) if parts else None


def _test(sql: Any, test: Test) -> Any:
    column = sql.Identifier(test.column)
    if test.how == "null":
        return sql.SQL("{} IS NULL").format(column)
    if test.how == "in":
        return sql.SQL("{} = ANY({}::text[])").format(column, sql.Literal(list(test.value)))
    is_time = isinstance(test.value, pd.Timestamp)
    value = test.value.to_pydatetime() if is_time else float(test.value)
    return sql.SQL("{} {} {}").format(column, sql.SQL(test.how), sql.Literal(value))


def _box(sql: Any, box: Box, shape: str, home: str) -> Iterator[Any]:
    """The index of the geography asked for a box; an empty one holds nothing."""
    west, south, east, north = box
    if west > east or south > north:
        yield sql.SQL("false")
    elif east - west <= _WIDEST and south - _ROOM > -_WIDEST and north + _ROOM < _WIDEST:
        around = shapely.box(west - _ROOM, south - _ROOM, east + _ROOM, north + _ROOM)
        coded = shapely.to_wkb(shapely.segmentize(around, _STEP), hex=True)
        geography = sql.Identifier(home, "geography")
        yield sql.SQL("{}::{} {} {}::{}").format(
            sql.Identifier(shape),
            geography,
            sql.SQL("OPERATOR({}.&&)").format(sql.Identifier(home)),
            sql.Literal(coded),
            geography,
        )
