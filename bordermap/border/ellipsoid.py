"""WGS 84 in Earth-centred coordinates: positions, normals, and chords turned into geodesics.

Everything here is plain algebra on arrays, so that a million points cost a fraction of a second;
``pyproj.Geod`` (Karney's algorithms) answers wherever the algebra would not be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

__all__ = [
    "GEOD",
    "LONG_M",
    "SHORT_M",
    "FloatArray",
    "IntArray",
    "chord_to_geodesic",
    "ecef",
    "geodesics",
    "up",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]


class _ArrayGeod(Geod):
    """``pyproj.Geod`` for arrays of any length.

    pyproj turns arrays of length one into numbers, about which NumPy 1.25 to 2.3 warns.
    """

    def inv(self, *places: Any, **options: Any) -> Any:
        return self._called(super().inv, places, options)

    def fwd(self, *places: Any, **options: Any) -> Any:
        return self._called(super().fwd, places, options)

    @staticmethod
    def _called(method: Callable[..., Any], places: tuple[Any, ...], options: Any) -> Any:
        shape = np.shape(places[0])
        if shape != (1,):
            return method(*places, **options)
        numbers = method(*(float(np.asarray(place).item()) for place in places), **options)
        return tuple(np.full(shape, number) for number in numbers)


GEOD = _ArrayGeod(ellps="WGS84")

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)

SHORT_M = 100_000.0
"""Up to here :func:`chord_to_geodesic` is within 1e-6 m of the geodesic (metres)."""

LONG_M = 600_000.0
"""Up to here two halves say together what one chord does not (metres); see :func:`geodesics`."""

AT_ONCE = 4_096
"""Lengths found at once, which keeps the work in the processor's cache."""


def ecef(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Earth-centred coordinates of points on the ellipsoid.

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (n,)
        Degrees, WGS 84.

    Returns
    -------
    ndarray of float64, shape (3, n)
        Metres.
    """
    lam, phi = np.radians(lon), np.radians(lat)
    sin, cos = np.sin(phi), np.cos(phi)
    normal_radius = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY2 * sin * sin)
    across = normal_radius * cos
    return np.stack(
        [across * np.cos(lam), across * np.sin(lam), normal_radius * (1 - ECCENTRICITY2) * sin]
    )


def up(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Unit normals of the ellipsoid at points given in degrees, shape (3, n)."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord_to_geodesic(p: FloatArray, q: FloatArray) -> FloatArray:
    """Geodesic length between points on the ellipsoid, from their chord.

    The arc is taken as part of the circle whose curvature is the ellipsoid's normal curvature in
    the chord's direction at its middle (Euler's theorem; do Carmo, *Differential Geometry of
    Curves and Surfaces*, 3-2); ``2 R asin(c / 2R)`` is then written as a series.

    Parameters
    ----------
    p, q : ndarray of float64, shape (3, n)
        Earth-centred metres.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; within 1e-6 m of the geodesic up to :data:`SHORT_M`, 1 mm to 400 km, 3 cm to
        1,000 km.
    """
    d2 = (q - p) ** 2
    m2 = ((p + q) * 0.5) ** 2
    chord2 = d2[0] + d2[1] + d2[2]
    across, along = m2[0] + m2[1], m2[2]
    gradient = np.sqrt(
        (across / SEMI_MAJOR_M**4 + along / SEMI_MINOR_M**4)
        / (across / SEMI_MAJOR_M**2 + along / SEMI_MINOR_M**2)
    )
    curvature = ((d2[0] + d2[1]) / SEMI_MAJOR_M**2 + d2[2] / SEMI_MINOR_M**2) / (
        np.maximum(chord2, 1e-20) * gradient
    )
    x = chord2 * curvature * curvature
    series = 1 + x * (1 / 24 + x * (3 / 640 + x * (5 / 7168 + x * (35 / 294912))))
    result: FloatArray = np.sqrt(chord2) * series
    return result


def geodesics(
    p: FloatArray, q: FloatArray, exactly: Callable[[IntArray], FloatArray]
) -> FloatArray:
    """Geodesic lengths between points on the ellipsoid, near and far.

    Parameters
    ----------
    p, q : ndarray of float64, shape (3, n)
        Earth-centred metres.
    exactly : callable
        Gives the lengths of some rows, asked for those beyond :data:`LONG_M`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; within 1e-6 m of the geodesic, beyond :data:`LONG_M` as exact as ``exactly``.
    """
    length = chord_to_geodesic(p, q)
    long = np.flatnonzero((length > SHORT_M) & (length <= LONG_M))
    for at in range(0, len(long), AT_ONCE):
        some = long[at : at + AT_ONCE]
        length[some] = _by_halves(np.take(p, some, axis=1), np.take(q, some, axis=1), length[some])
    far = np.flatnonzero(length > LONG_M)
    if len(far):
        length[far] = exactly(far)
    return length


def _by_halves(p: FloatArray, q: FloatArray, whole: FloatArray) -> FloatArray:
    """Geodesics of which ``whole`` is what :func:`chord_to_geodesic` says.

    Its error grows with the fourth power of the length, so that two halves err by a sixteenth,
    which tells the error (Richardson, *The deferred approach to the limit*, 1927).
    """
    middle = _raised((p + q) * 0.5)
    halves = chord_to_geodesic(p, middle) + chord_to_geodesic(middle, q)
    result: FloatArray = halves + (halves - whole) / 15
    return result


def _raised(xyz: FloatArray) -> FloatArray:
    """Points inside the ellipsoid moved onto it along its normal, by two steps of Newton's."""
    axes2 = np.array([[SEMI_MAJOR_M**2], [SEMI_MAJOR_M**2], [SEMI_MINOR_M**2]])
    for _ in range(2):
        normal = xyz / axes2
        x, y, z = xyz * normal
        a, b, c = normal * normal
        xyz = xyz - normal * ((x + y + z - 1) / (2 * (a + b + c)))
    return xyz
