"""The geometries of a layer as they are measured: in longitude and latitude, and valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border.spans import places_along
from bordermap.errors import GeometryError
from bordermap.joins import in_degrees
from bordermap.schema import CRS

__all__ = ["ObjectArray", "in_wgs84"]

ObjectArray = NDArray[np.object_]

EDGE_M = 1_000.0
"""Edges in a projected system are cut to this before they are converted: straight there, they are
bent in longitude and latitude."""

MOST_PLACES = 100_000_000
"""To measure so many places takes minutes."""


def in_wgs84(geometry: gpd.GeoSeries, say: Callable[[str], None]) -> tuple[ObjectArray, Any]:
    """Copies to measure, None for features without a geometry, and the system that was believed.

    Raises
    ------
    LayerError
        Which system the coordinates are in cannot be told.
    GeometryError
        The edges are too long in all.
    """
    own = np.array(geometry.to_numpy(), dtype=object)
    there = np.flatnonzero(_usable(own, say))
    copies = np.full(len(own), None, dtype=object)
    if not len(there):
        return copies, geometry.crs
    flat = gpd.GeoSeries(shapely.force_2d(own[there]), crs=geometry.crs)
    notes: list[str] = []
    degrees = in_degrees("the layer", flat, notes)
    for note in notes:
        say(f"for measuring, {note}" if note.startswith("converted") else note)
    unchanged = (
        degrees.to_numpy() is flat.to_numpy()
        or shapely.equals_identical(degrees.to_numpy(), flat.to_numpy()).all()
    )
    crs = geometry.crs if _was_believed(geometry.crs, unchanged) else degrees.crs
    if crs is geometry.crs and crs.is_projected:
        step = EDGE_M / crs.axis_info[0].unit_conversion_factor
        _refuse_endless(float(flat.length.sum()) / step)
        # Cut first, edges that cross may have a place in common there, and no longer seem to cross.
        whole = gpd.GeoSeries(_valid(flat.to_numpy(), say), crs=crs)
        degrees = whole.segmentize(step).to_crs(CRS)
    shapes = _valid(degrees.to_numpy(), say)
    _refuse_endless(float(places_along(shapes).sum()))
    copies[there] = shapes
    return copies, crs


def _refuse_endless(places: float) -> None:
    if places > MOST_PLACES:
        raise GeometryError(
            f"its edges would take {places:,.0f} places to measure",
            where="the layer",
            todo="give fewer features at once",
        )


def _was_believed(crs: Any, unchanged: bool) -> bool:
    return crs is not None and (crs.is_geographic or not unchanged)


def _usable(own: ObjectArray, say: Callable[[str], None]) -> NDArray[np.bool_]:
    """Which features have a geometry whose every coordinate is a number."""
    gone = shapely.is_missing(own) | shapely.is_empty(own)
    coords, of = shapely.get_coordinates(own, return_index=True)
    broken = np.zeros(len(own), dtype=bool)
    broken[of[~np.isfinite(coords).all(axis=1)]] = True
    for count, what in (
        (int(gone.sum()), "have no geometry"),
        (int((broken & ~gone).sum()), "have coordinates that are no numbers"),
    ):
        if count:
            say(f"{count:,} features {what}; their answers are empty")
    usable: NDArray[np.bool_] = ~(gone | broken)
    return usable


def _valid(shapes: ObjectArray, say: Callable[[str], None]) -> ObjectArray:
    """Polygons repaired where they cross themselves, lines where they are a single place."""
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        say(f"{broken.sum():,} invalid geometries are measured on a repaired copy")
        shapes = shapes.copy()
        shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=True)
    return shapes
