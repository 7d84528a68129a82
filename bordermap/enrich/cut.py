"""How much of a shape lies on each side of the line, on the ellipsoid.

The outlines of both countries share every vertex of the line, so that to cut along them is to cut
along the line; beyond its ends and towards third countries they are what is known. Edges are
straight in longitude and latitude here, as in the layers that are cut: where such a layer shares
our line's vertices, nothing of it lies beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from bordermap.border import Border, ecef
from bordermap.border.ellipsoid import chord_to_geodesic
from bordermap.border.spans import EDGE_DEGREES, Places, simple_parts
from bordermap.enrich.degrees import ObjectArray
from bordermap.layers import load_layer

__all__ = ["SIDES", "outlines", "shares"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

SIDES = ("AF", "PK", "other")

ROUNDING = 1e-8
"""A share up to this comes from rounding."""

EQUAL_AREA = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cea +ellps=WGS84"
)
"""Cylindrical, so that areas in it are those on the ellipsoid."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """The line and both countries, prepared."""

    line: Any
    countries: tuple[Any, Any]


@cache
def outlines() -> Outlines:
    """Those of the shipped layers, made once per process."""
    units = load_layer("countries").frame.set_index("code").geometry
    countries = units["AF"], units["PK"]
    line = Border.load().geometry
    shapely.prepare([line, *countries])
    return Outlines(line, countries)


def shares(shapes: ObjectArray) -> FloatArray:
    """Share of each shape on the sides in :data:`SIDES`; they add up to 1.

    Of polygons by area, of lines by length, of points by number; of a collection, what has the
    most dimensions counts. What runs on the line itself counts half to each side.

    Parameters
    ----------
    shapes : ndarray of geometries, shape (n,)
        Valid, in degrees, none empty.

    Returns
    -------
    ndarray of float64, shape (n, 3)
    """
    parts, shape = simple_parts(shapes)
    kept = shapely.get_dimensions(parts) == shapely.get_dimensions(shapes)[shape]
    parts, shape = parts[kept], shape[kept]
    of = shapely.get_dimensions(parts)
    size = _sizes(parts, of)
    flat = np.bincount(shape, weights=size, minlength=len(shapes))[shape] == 0
    # Without area or length, places are all there is to count.
    parts[flat], of[flat], size[flat] = shapely.point_on_surface(parts[flat]), 0, 1.0
    amounts = _amounts(parts, of, size)
    totals = np.column_stack(
        [np.bincount(shape, weights=one, minlength=len(shapes)) for one in amounts.T]
    )
    result: FloatArray = totals / totals.sum(axis=1, keepdims=True)
    return result


def _amounts(parts: ObjectArray, of: IntArray, size: FloatArray) -> FloatArray:
    """How much of simple shapes, of so many dimensions, lies on each side."""
    countries = outlines().countries
    amounts = np.zeros((len(parts), len(SIDES)))
    reached = np.column_stack([shapely.intersects(country, parts) for country in countries])
    whole = np.column_stack([shapely.contains_properly(country, parts) for country in countries])
    amounts[:, :2][whole] = np.repeat(size[:, np.newaxis], 2, axis=1)[whole]
    rest = np.flatnonzero((reached[:, 0] | reached[:, 1]) & ~(whole[:, 0] | whole[:, 1]))
    within = [shapely.intersection(parts[rest], country) for country in countries]
    amounts[rest, :2] = np.column_stack([_sizes(one, of[rest]) for one in within])
    thin = np.flatnonzero((of[rest] < 2) & reached[rest, 0] & reached[rest, 1])
    on_both = shapely.intersection(within[0][thin], within[1][thin])
    amounts[rest[thin], :2] -= _sizes(on_both, of[rest[thin]])[:, np.newaxis] / 2
    other = size - amounts.sum(axis=1)
    amounts[:, 2] = np.where(other > ROUNDING * size, other, 0.0)
    return amounts


def _sizes(parts: ObjectArray, of: IntArray) -> FloatArray:
    """Number, metres or square metres of shapes; what has fewer dimensions counts nothing."""
    sizes = np.zeros(len(parts))
    for dimension, measure in enumerate((_counts, _lengths, _areas)):
        some = np.flatnonzero((of == dimension) & (shapely.get_dimensions(parts) == dimension))
        sizes[some] = measure(parts[some])
    return sizes


def _counts(parts: ObjectArray) -> FloatArray:
    return np.asarray(shapely.get_num_coordinates(parts), dtype=np.float64)


def _lengths(lines: ObjectArray) -> FloatArray:
    places = Places.of(lines)
    xyz = ecef(places.lon, places.lat)
    same = places.path[1:] == places.path[:-1]
    steps = np.where(same, chord_to_geodesic(xyz[:, :-1], xyz[:, 1:]), 0.0)
    return np.asarray(np.bincount(places.shape[1:], steps, len(lines)), dtype=np.float64)


def _areas(polygons: ObjectArray) -> FloatArray:
    plane = Transformer.from_pipeline(EQUAL_AREA)
    fine = shapely.segmentize(polygons, EDGE_DEGREES)
    flat = shapely.transform(fine, lambda xy: np.column_stack(plane.transform(*xy.T)))
    return np.asarray(shapely.area(flat), dtype=np.float64)
