"""The nearest crossing: by chords, told as geodesics."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from bordermap.border.ellipsoid import GEOD, ecef, geodesics
from bordermap.layers import load_layer
from bordermap.locate.coded import Coded

__all__ = ["Crossings", "offered_crossings"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]

CROSSING_RADIUS_M = 5_000.0
"""Crossings known only more vaguely than this are not offered as the nearest one (metres)."""

AT_ONCE = 8_192
"""Points weighed at once, which keeps the work in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Crossings by name: degrees, and Earth-centred metres of shape (3, n)."""

    names: ObjectArray
    lon: FloatArray
    lat: FloatArray
    xyz: FloatArray

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> Crossings:
        """Those whose own place is known to :data:`CROSSING_RADIUS_M`."""
        known = frame["radius_m"] <= CROSSING_RADIUS_M
        kept = frame[known].sort_values("name", ignore_index=True)
        lon, lat = kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy()
        return cls(kept["name"].to_numpy(dtype=object), lon, lat, ecef(lon, lat))

    def nearest(self, lon: FloatArray, lat: FloatArray) -> tuple[Coded, FloatArray]:
        """Nearest crossing to each point, of equally near ones the first, and the metres to it."""
        parts = [slice(at, at + AT_ONCE) for at in range(0, len(lon), AT_ONCE)]
        found = [self._nearest(lon[part], lat[part]) for part in parts]
        best = np.concatenate([np.empty(0, dtype=np.intp), *(best for best, _ in found)])
        metres = np.concatenate([np.empty(0), *(metres for _, metres in found)])
        return Coded(best, self.names), metres

    def _nearest(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, FloatArray]:
        places = ecef(lon, lat)
        best = np.zeros(len(lon), dtype=np.intp)
        least = np.full(len(lon), np.inf)
        for number, (x, y, z) in enumerate(self.xyz.T.tolist()):
            chord2 = (places[0] - x) ** 2 + (places[1] - y) ** 2 + (places[2] - z) ** 2
            best[chord2 < least] = number
            np.minimum(least, chord2, out=least)

        def exactly(far: IntArray) -> FloatArray:
            to = best[far]
            metres: FloatArray = GEOD.inv(lon[far], lat[far], self.lon[to], self.lat[to])[2]
            return metres

        return best, geodesics(places, np.take(self.xyz, best, axis=1), exactly)


def offered_crossings() -> tuple[ObjectArray, FloatArray, FloatArray]:
    """Name, longitude and latitude of the shipped crossings that incidents are related to."""
    offered = Crossings.of(load_layer("crossings").frame)
    return offered.names, offered.lon, offered.lat
