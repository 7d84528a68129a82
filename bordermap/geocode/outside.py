"""How far points lie outside an area: one point, or many at once with the same answers."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import GEOD

__all__ = ["all_outside_m", "outside_m"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_LEAST_SCALE = 0.05
_AT_ONCE = 64
"""Points whose nearest edges are sought together: of a whole country each may have thousands."""

_ROOM = 1e-9
"""Degrees by which boxes reach farther than the nearest place that is known."""


def outside_m(lon: float, lat: float, area: shapely.Geometry) -> float:
    """Geodesic metres from a point to an area, 0 inside it.

    The nearest place is sought in degrees with longitudes shrunk by the latitude's cosine: good
    to a hundredth over the distances that matter here.
    """
    shapely.prepare(area)
    if shapely.contains_xy(area, lon, lat):
        return 0.0
    scale = _scale(lat)
    squeezed = shapely.transform(area, lambda xy: xy * [scale, 1.0])
    nearest = shapely.shortest_line(shapely.Point(lon * scale, lat), squeezed)
    x, y = shapely.get_coordinates(nearest)[1]
    return float(GEOD.inv(lon, lat, x / scale, y)[2])


def all_outside_m(lon: FloatArray, lat: FloatArray, area: shapely.Geometry) -> FloatArray:
    """:func:`outside_m` of many points, for which the area is not made anew for each.

    Of each point the nearest edge is found first, and the place on it as for one point.
    """
    shapely.prepare(area)
    away = np.zeros(len(lon))
    outside = np.flatnonzero(~shapely.contains_xy(area, lon, lat))
    if len(outside):
        edges = _edges(area)
        tree = shapely.STRtree(shapely.linestrings(edges))
        for start in range(0, len(outside), _AT_ONCE):
            some = outside[start : start + _AT_ONCE]
            away[some] = _to_edges(lon[some], lat[some], edges, tree)
    return away


def _scale(lat: float) -> float:
    return max(_LEAST_SCALE, math.cos(math.radians(lat)))


def _edges(area: shapely.Geometry) -> FloatArray:
    """The edges of all rings, shape (n, 2, 2)."""
    rings = shapely.get_rings(shapely.get_parts(area))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    return np.stack([coords[:-1], coords[1:]], axis=1)[ring[:-1] == ring[1:]]


def _to_edges(
    lon: FloatArray, lat: FloatArray, edges: FloatArray, tree: shapely.STRtree
) -> FloatArray:
    """Metres from points to the nearest of some edges."""
    scale = np.array([_scale(one) for one in lat.tolist()])
    # One edge that is near in plain degrees bounds how far the nearest can be.
    point, near = tree.query_nearest(shapely.points(lon, lat), all_matches=False)
    reach = np.sqrt(_square(lon, lat, scale, edges[near[np.argsort(point)]])) + _ROOM
    boxes = shapely.box(lon - reach / scale, lat - reach, lon + reach / scale, lat + reach)
    point, edge = tree.query(boxes)
    square = _square(lon[point], lat[point], scale[point], edges[edge])
    order = np.lexsort((edge, square, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    squeezed = edges[edge[first]] * np.stack([scale, np.ones_like(scale)], axis=1)[:, np.newaxis]
    points, lines = shapely.points(lon * scale, lat), shapely.linestrings(squeezed)
    x, y = shapely.get_coordinates(shapely.shortest_line(points, lines))[1::2].T
    return np.asarray(GEOD.inv(lon, lat, x / scale, y)[2])


def _square(lon: FloatArray, lat: FloatArray, scale: FloatArray, edges: FloatArray) -> FloatArray:
    """Squared distances from points to an edge each, longitudes shrunk."""
    x, y = (edges[:, 0, 0] - lon) * scale, edges[:, 0, 1] - lat
    along_x, along_y = (edges[:, 1, 0] - edges[:, 0, 0]) * scale, edges[:, 1, 1] - edges[:, 0, 1]
    length = along_x * along_x + along_y * along_y
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(np.clip(-(x * along_x + y * along_y) / length, 0.0, 1.0))
    x, y = x + share * along_x, y + share * along_y
    return x * x + y * y
