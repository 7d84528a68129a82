"""The nearest of a few places: by chords, told as geodesics."""

from __future__ import annotations

import numpy as np

from bordermap.border import compiled
from bordermap.border.ellipsoid import GEOD, FloatArray, IntArray, ecef, geodesics
from bordermap.border.nearest import Points

__all__ = ["nearest_places"]

AT_ONCE = 8_192
"""Points weighed at once, which keeps the work in the processor's cache."""


def nearest_places(lon: FloatArray, lat: FloatArray, places: Points) -> tuple[IntArray, FloatArray]:
    """Relate points to the nearest of a few places.

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (n,)
        Finite degrees, WGS 84.
    places : Points
        One at least.

    Returns
    -------
    best : ndarray of intp, shape (n,)
        Of equally near places the first.
    distance_m : ndarray of float64, shape (n,)
        Geodesic metres to it.
    """
    parts = [slice(at, at + AT_ONCE) for at in range(0, len(lon), AT_ONCE)]
    found = [_nearest(lon[part], lat[part], places) for part in parts]
    best = np.concatenate([np.empty(0, dtype=np.intp), *(best for best, _ in found)])
    return best, np.concatenate([np.empty(0), *(metres for _, metres in found)])


def _nearest(lon: FloatArray, lat: FloatArray, places: Points) -> tuple[IntArray, FloatArray]:
    xyz = ecef(lon, lat)

    def exactly(far: IntArray) -> FloatArray:
        to = best[far]
        metres: FloatArray = GEOD.inv(lon[far], lat[far], places.lon[to], places.lat[to])[2]
        return metres

    # Loops do not look whether there is a place at all.
    if compiled.is_used() and len(places.lon):
        best, metres = compiled.nearest_places(xyz, places.xyz)
        far = np.flatnonzero(np.isnan(metres))
        if len(far):
            metres[far] = exactly(far)
        return best, metres
    best = np.zeros(len(lon), dtype=np.intp)
    least = np.full(len(lon), np.inf)
    for number, (x, y, z) in enumerate(places.xyz.T.tolist()):
        chord2 = (xyz[0] - x) ** 2 + (xyz[1] - y) ** 2 + (xyz[2] - z) ** 2
        best[chord2 < least] = number
        np.minimum(least, chord2, out=least)
    return best, geodesics(xyz, np.take(places.xyz, best, axis=1), exactly)
