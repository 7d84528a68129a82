"""A layer that somebody brought, as a table of PostGIS: its own types, order and system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, without
from bordermap.export.losses import as_text, cut_times
from bordermap.export.own import of_numpy
from bordermap.export.postgis import TYPES, Content, Table, home_of_postgis, named, write_content
from bordermap.values.text import shorten

__all__ = ["write_own_postgis"]

_WGS84 = 4326
_EXACT = {
    **dict.fromkeys(("int8", "uint8", "int16"), "smallint"),
    **dict.fromkeys(("uint16", "int32"), "integer"),
    **dict.fromkeys(("halffloat", "float", "float16", "float32"), "real"),
    **dict.fromkeys(("binary", "large_binary"), "bytea"),
}
"""What the kind of a column does not tell of its type, by the names of Arrow and NumPy."""


def write_own_postgis(
    frame: gpd.GeoDataFrame, table: Table, *, run: Mapping[str, Any] | None, append: bool
) -> tuple[str, ...]:
    """Replace the table, or add rows to it, in one transaction; a key ``fid`` stands last.

    Raises
    ------
    OutputError
        Nothing was written, and an older table is as it was.
    """
    features = Features.of(of_numpy(frame), own=True)
    at, names = features.at, features.names
    names, notes = named([*names[:at], str(frame.active_geometry_name), *names[at:]])
    shape = names.pop(at)
    dtypes = pd.DataFrame(frame).dtypes.drop(index=frame.active_geometry_name).tolist()
    types = list(map(_type, dtypes, features.columns))
    columns, cleaned = without(map(_fitting, features.columns, types, names))
    with table.connection() as connection:
        content = Content(
            columns=columns,
            types=types,
            shapes=frame.geometry.to_numpy(),
            shape=shape,
            at=at,
            srid=_srid(frame.crs, connection, table),
            degrees=frame.crs is None or frame.crs.is_geographic,
        )
        write_content(content, connection, table, run=run, append=append)
    told = [one for one, kind in zip(features.columns, types, strict=True) if kind == "text"]
    return (*notes, *cleaned, *as_text(told), *cut_times(features.columns, "us"))


def _type(dtype: Any, column: Column) -> str:
    """What the server calls the type of a column."""
    said = str(getattr(dtype, "pyarrow_dtype", dtype)).lower()
    if said.startswith(("timestamp", "datetime64")):
        return "timestamptz" if "," in said or "tz=" in said else "timestamp"
    if column.mixed:
        return "text"
    return _EXACT.get(said, TYPES[column.kind])


def _fitting(column: Column, kind: str, name: str) -> Column:
    """A column under the name that it has in the table, bytes as the server reads them."""
    if kind != "bytea":
        return column.called(name)
    return Column(name, "text", "\\x" + column.source)


def _srid(crs: Any, connection: Any, table: Table) -> int:
    """What the server calls a coordinate system; one that it does not know is not guessed."""
    if crs is None or crs.name == "WGS 84 (CRS84)":
        return _WGS84
    from psycopg import sql  # noqa: PLC0415  an extra

    systems = sql.Identifier(home_of_postgis(connection, table), "spatial_ref_sys")
    query = sql.SQL("SELECT srid FROM {} WHERE auth_name = %s AND auth_srid::text = %s")
    known = crs.to_authority(min_confidence=100)
    found = known and connection.execute(query.format(systems), known).fetchone()
    if not found:
        raise OutputError(
            f"the server does not know the system {shorten(crs.name)!r}",
            where=table.name,
            todo="convert it with --to-crs EPSG:4326",
        )
    return int(found[0])
