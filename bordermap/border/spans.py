"""Least and greatest distance of lines and outlines from a border line, to a stated error.

Let an edge go from P to Q, straight in space and L long, with F and G the places of the line
nearest to its ends, p and q away. For any fixed place Y of the line, |X(s) - Y|^2 at the share s of
the edge is s^2 L^2 and something linear in s (Stewart's theorem). So over all places of the line

    d(s)^2 >= (1 - s) p^2 + s q^2 - s (1 - s) L^2,

the least of functions that are linear but for one common term being concave but for that term; and
d(s) is at most the distance from X(s) to F, and to G. Edges on which these two bounds leave no room
for a new extreme are done; the others are divided where the bound has its own extreme, and measured
there. What is given was measured at some place, so it is never too low for the least, nor too high
for the greatest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border.ellipsoid import FloatArray, IntArray, ecef
from bordermap.border.line import Border

__all__ = [
    "EDGE_DEGREES",
    "SPAN_TOLERANCE_M",
    "Places",
    "Spans",
    "places_along",
    "simple_parts",
    "spans",
]

SPAN_TOLERANCE_M = 1.0
"""How far a bound may be from the true extreme (metres)."""

EDGE_DEGREES = 0.009
"""Edges are cut to about a kilometre, so that they leave their chords in space by 2 cm."""

ROOM_M = 0.05
"""Taken off the bounds for that."""

INNER = 0.2, 0.8
"""An edge is divided between these shares of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places along the paths that shapes are made of: lines, rings and single points.

    Attributes
    ----------
    lon, lat : ndarray of float64
    path, shape : ndarray of intp
        Which path, and which shape, each belongs to.
    """

    lon: FloatArray
    lat: FloatArray
    path: IntArray
    shape: IntArray

    @classmethod
    def of(cls, shapes: NDArray[np.object_]) -> Places:
        """Vertices of shapes in degrees, and places at most a kilometre apart between them."""
        paths, shape = simple_parts(shapes)
        rings, part = shapely.get_rings(paths, return_index=True)
        others = np.flatnonzero(~np.isin(np.arange(len(paths)), part))
        paths = np.r_[rings, paths[others]]
        shape = np.r_[shape[part], shape[others]]
        places, path = shapely.get_coordinates(
            shapely.segmentize(paths, EDGE_DEGREES), return_index=True
        )
        return cls(places[:, 0], places[:, 1], path, shape[path])


def places_along(shapes: NDArray[np.object_]) -> FloatArray:
    """About how many places :meth:`Places.of` makes of each shape."""
    return np.asarray(
        shapely.get_num_coordinates(shapes) + shapely.length(shapes) / EDGE_DEGREES, np.float64
    )


def simple_parts(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], IntArray]:
    """Points, lines and polygons that shapes are made of, and the shape of each."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        shape = shape[inner]
    return parts, shape


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Bounds over shapes; arrays of one length, NaN for a shape without a place.

    Attributes
    ----------
    least_m, most_m : ndarray of float64
        Geodesic distance from the line, metres.
    from_km, to_km : ndarray of float64
        Smallest and greatest kilometre of the places of the line that are nearest to the places
        measured.
    """

    least_m: FloatArray
    most_m: FloatArray
    from_km: FloatArray
    to_km: FloatArray


@dataclass(slots=True, eq=False)
class _Extremes:
    """What was measured so far: by chords in space, geodesics and kilometres."""

    border: Border
    chord: FloatArray
    geodesic: FloatArray
    km: FloatArray

    @classmethod
    def none(cls, border: Border, count: int) -> _Extremes:
        def nothing() -> FloatArray:
            return np.tile([[np.inf], [-np.inf]], count)

        return cls(border, nothing(), nothing(), nothing())

    def measure(self, lon: FloatArray, lat: FloatArray, shape: IntArray) -> _Ends:
        found = self.border.measure(lon, lat)
        places, feet = ecef(lon, lat), ecef(found.lon, found.lat)
        chord = np.linalg.norm(places - feet, axis=0)
        for known, new in (
            (self.chord, chord),
            (self.geodesic, found.distance_m),
            (self.km, found.km),
        ):
            np.minimum.at(known[0], shape, new)
            np.maximum.at(known[1], shape, new)
        return _Ends(lon, lat, places, feet, chord**2)


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Measured ends of edges, with their nearest places, in space."""

    lon: FloatArray
    lat: FloatArray
    places: FloatArray
    feet: FloatArray
    squared: FloatArray

    def take(self, which: IntArray | NDArray[np.bool_]) -> _Ends:
        return _Ends(
            self.lon[which],
            self.lat[which],
            self.places[:, which],
            self.feet[:, which],
            self.squared[which],
        )

    def joined(self, other: _Ends) -> _Ends:
        return _Ends(
            np.r_[self.lon, other.lon],
            np.r_[self.lat, other.lat],
            np.c_[self.places, other.places],
            np.c_[self.feet, other.feet],
            np.r_[self.squared, other.squared],
        )


def spans(places: Places, touched: NDArray[np.bool_], border: Border) -> Spans:
    """Bounds of the distance and of the kilometre over shapes.

    Parameters
    ----------
    places : Places
    touched : ndarray of bool, shape (n,)
        Shapes that the line touches or crosses; their least distance is 0.
    border : Border

    Notes
    -----
    Within :data:`SPAN_TOLERANCE_M` out to 300 km from the line, and 1 part in 50,000 out to
    1,000 km, for edges that are straight in longitude and latitude.
    """
    found = _Extremes.none(border, len(touched))
    known = found.measure(places.lon, places.lat, places.shape)
    found.chord[0, touched] = 0.0
    start = np.flatnonzero(places.path[1:] == places.path[:-1])
    a, b, shape = known.take(start), known.take(start + 1), places.shape[start]
    while len(shape):
        share, hopeful = _hopeful(a, b, found.chord[:, shape])
        a, b, shape, share = a.take(hopeful), b.take(hopeful), shape[hopeful], share[hopeful]
        middle = found.measure(
            a.lon + share * (b.lon - a.lon), a.lat + share * (b.lat - a.lat), shape
        )
        a, b, shape = a.joined(middle), middle.joined(b), np.r_[shape, shape]
    least, most = found.geodesic
    least[touched] = 0.0
    result = np.vstack([least, most, found.km])
    result[~np.isfinite(result)] = np.nan
    return Spans(*result)


def _hopeful(a: _Ends, b: _Ends, chord: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Where to divide edges, and on which there may be a new extreme."""
    way = b.places - a.places
    squared = np.maximum((way * way).sum(axis=0), 1e-12)
    low, at_low = _lower(a.squared, b.squared, squared)
    high, at_high = _upper(a, b, way, squared)
    nearer = low - ROOM_M < chord[0] - SPAN_TOLERANCE_M
    farther = high + ROOM_M > chord[1] + SPAN_TOLERANCE_M
    return np.clip(np.where(nearer, at_low, at_high), *INNER), nearer | farther


def _lower(p2: FloatArray, q2: FloatArray, squared: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least that the distance can be on edges, and the share where."""
    share = np.clip((1 + (p2 - q2) / squared) / 2, 0, 1)
    least = (1 - share) * p2 + share * q2 - share * (1 - share) * squared
    return np.sqrt(np.maximum(least, 0)), share


def _upper(
    a: _Ends, b: _Ends, way: FloatArray, squared: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Most that the distance can be on edges, and the share where both ends' feet are as far."""
    ahead = 2 * (way * (a.places - a.feet)).sum(axis=0)
    behind = 2 * (way * (b.places - b.feet)).sum(axis=0)
    # |X - F|^2 - |X - G|^2 is linear: below 0 at the start, above at the end.
    slope = ahead - behind + 2 * squared
    start = a.squared - (b.squared - behind + squared)
    share = np.clip(np.divide(-start, slope, out=np.zeros_like(slope), where=slope > 0), 0, 1)
    there = a.squared + share * ahead + share**2 * squared
    return np.sqrt(np.maximum(np.maximum(a.squared, b.squared), there)), share
