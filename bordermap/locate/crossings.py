"""The nearest crossing to each point."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from bordermap.border import ecef
from bordermap.border.nearest import Points
from bordermap.border.places import nearest_places
from bordermap.layers import load_layer
from bordermap.locate.coded import Coded

__all__ = ["Crossings", "offered_crossings"]

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]

CROSSING_RADIUS_M = 5_000.0
"""Crossings known only more vaguely than this are not offered as the nearest one (metres)."""


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Crossings by name, and where they are."""

    names: ObjectArray
    places: Points

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> Crossings:
        """Those whose own place is known to :data:`CROSSING_RADIUS_M`."""
        known = frame["radius_m"] <= CROSSING_RADIUS_M
        kept = frame[known].sort_values("name", ignore_index=True)
        lon, lat = kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy()
        places = Points(lon, lat, ecef(lon, lat))
        return cls(kept["name"].to_numpy(dtype=object), places)

    def nearest(self, lon: FloatArray, lat: FloatArray) -> tuple[Coded, FloatArray]:
        """Nearest crossing to each point, of equally near ones the first, and the metres to it."""
        best, distance_m = nearest_places(lon, lat, self.places)
        return Coded(best, self.names), distance_m


def offered_crossings() -> tuple[ObjectArray, FloatArray, FloatArray]:
    """Name, longitude and latitude of the shipped crossings that incidents are related to."""
    offered = Crossings.of(load_layer("crossings").frame)
    return offered.names, offered.places.lon, offered.places.lat
