"""What a GeoPackage holds, as far as its look depends on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

__all__ = ["Table", "tables_of"]

_MOST_TYPES = 200
"""Event types that a legend may list."""

_PAPERS = """
    SELECT metadata FROM gpkg_metadata JOIN gpkg_metadata_reference ON id = md_file_id
    WHERE reference_scope = 'table' AND lower(table_name) = lower(?)
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One layer.

    Attributes
    ----------
    kind : str
        ``Point``, ``Line``, ``Polygon``, or ``Unknown``.
    bounds : tuple of float
        West, south, east, north in degrees; empty where nothing is placed.
    papers : mapping of str to str
        ``TITLE``, ``ATTRIBUTION`` and ``LICENCE``, where it has them.
    types : tuple of str
        Values of ``event_type``, the most frequent first; "" for none.
    radii : tuple of float
        Values of ``radius_m`` of zones, ascending.
    """

    name: str
    kind: str
    columns: frozenset[str]
    bounds: tuple[float, ...] = ()
    papers: Mapping[str, str] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    radii: tuple[float, ...] = ()


def tables_of(database: sqlite3.Connection) -> list[Table]:
    """The layers of a GeoPackage, in its order."""
    rows = database.execute(
        "SELECT c.table_name, geometry_type_name, min_x, min_y, max_x, max_y FROM gpkg_contents c"
        " JOIN gpkg_geometry_columns g ON c.table_name = g.table_name"
        " WHERE data_type = 'features' ORDER BY c.rowid"
    ).fetchall()
    return [_table(database, name, kind, tuple(box)) for name, kind, *box in rows]


def _table(
    database: sqlite3.Connection, name: str, kind: str, box: tuple[float | None, ...]
) -> Table:
    asked = database.execute("SELECT name FROM pragma_table_info(?)", (name,))
    columns = frozenset(column for (column,) in asked)
    return Table(
        name=name,
        kind=_kind(kind),
        columns=columns,
        bounds=() if None in box else tuple(float(one) for one in box if one is not None),
        papers=_papers(database, name),
        types=_types(database, name) if "event_type" in columns else (),
        radii=_radii(database, name) if {"radius_m", "country"} <= columns else (),
    )


def _kind(declared: str) -> str:
    bare = declared.upper().removeprefix("MULTI")
    kinds = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
    return kinds.get(bare, "Unknown")


def _types(database: sqlite3.Connection, name: str) -> tuple[str, ...]:
    found = database.execute(
        f"SELECT coalesce(event_type, '') t FROM {_identifier(name)}"  # noqa: S608
        " GROUP BY t ORDER BY count(*) DESC, t LIMIT ?",
        (_MOST_TYPES,),
    )
    types = [str(one) for (one,) in found]
    # "" stands for all those that are left over.
    more = [""] if len(types) == _MOST_TYPES and "" not in types else []
    return (*types, *more)


def _radii(database: sqlite3.Connection, name: str) -> tuple[float, ...]:
    found = database.execute(
        f"SELECT DISTINCT radius_m FROM {_identifier(name)}"  # noqa: S608
        " WHERE radius_m > 0 ORDER BY radius_m LIMIT ?",
        (_MOST_TYPES,),
    )
    return tuple(float(one) for (one,) in found)


def _identifier(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _papers(database: sqlite3.Connection, name: str) -> dict[str, str]:
    """What GDAL has put down about a layer."""
    there = "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_metadata_reference'"
    if database.execute(there).fetchone() is None:
        return {}
    texts = [text for (text,) in database.execute(_PAPERS, (name,))]
    items = [item for text in texts for item in ET.fromstring(text).iter("MDI")]  # noqa: S314
    return {str(item.get("key")): item.text or "" for item in items}
