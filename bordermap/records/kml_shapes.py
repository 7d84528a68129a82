"""Elements of KML as shapes, and columns as the schema of a KML says they are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

__all__ = ["SHAPES", "gathered", "shape_of", "typed"]

SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_SIMPLE = {
    "Point": lambda places: shapely.Point(*places),
    "LineString": shapely.LineString,
    "LinearRing": shapely.LinearRing,
}
_GATHER = {0: shapely.MultiPoint, 1: shapely.MultiLineString, 3: shapely.MultiPolygon}
"""What several shapes of one kind are, by GEOS's numbers of types."""

_DTYPES = {
    **dict.fromkeys(("int", "uint", "short", "ushort"), "Int64"),
    **dict.fromkeys(("double", "float"), "Float64"),
}


def shape_of(element: str, parts: list[Any]) -> Any:
    """An element as a shape, or None where it cannot be one.

    Parameters
    ----------
    element : str
        One of :data:`SHAPES`.
    parts : list of str or shapely geometries
        The texts of its coordinates and the shapes within it; of a polygon the outer ring first.
    """
    shapes = [part for part in parts if not isinstance(part, str)]
    texts = [part for part in parts if isinstance(part, str)]
    try:
        if element == "MultiGeometry":
            return gathered(shapes)
        if element == "Polygon":
            return None if None in shapes else shapely.Polygon(shapes[0], shapes[1:])
        places = [[float(one) for one in text.split(",")[:3]] for text in texts[0].split()]
        return _SIMPLE[element](places)
    except (ValueError, TypeError, IndexError, shapely.errors.GEOSException):
        return None


def gathered(shapes: list[Any]) -> Any:
    """Shapes as one: None where one of them is broken, empty where there are none."""
    if None in shapes:
        return None
    kinds = {int(shapely.get_type_id(shape)) for shape in shapes}
    make = _GATHER.get(min(kinds, default=-1)) if len(kinds) == 1 else None
    return (make or shapely.GeometryCollection)(shapes)


def typed(kind: str, cells: list[Any]) -> Any:
    """A column as what its field is declared as, where all of its texts are such."""
    if kind == "bool" and {*cells} <= {"true", "false", "1", "0", None}:
        return pd.Series([cell and cell in ("true", "1") for cell in cells], dtype="boolean")
    try:
        return pd.Series(cells, dtype="string").astype(_DTYPES[kind])
    except (KeyError, ValueError, TypeError):
        return cells
