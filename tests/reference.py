"""Exact nearest places on a line, slowly: every answer is found with GeographicLib's geodesics.

Independent of ``bordermap.border``: no chords, no pieces, no Earth-centred space.
"""

from __future__ import annotations

import numpy as np
from geographiclib.geodesic import Geodesic
from pyproj import Geod

WGS84 = Geodesic.WGS84
GEOD = Geod(ellps="WGS84")
GOLDEN = (5**0.5 - 1) / 2


class Reference:
    """A line measured by searching every segment that could be nearest."""

    def __init__(self, coords):
        self.coords = np.asarray(coords)
        lon, lat = self.coords.T
        self.azimuth, _, self.length = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
        self.mark = np.r_[0, np.cumsum(self.length)]

    def nearest(self, lon, lat):
        """Distance (m), kilometre, longitude and latitude of the nearest place."""
        n = len(self.coords)
        to_vertex = GEOD.inv(np.full(n, lon), np.full(n, lat), *self.coords.T)[2]
        # A segment is no nearer than its nearer end less half its length.
        bound = np.minimum(to_vertex[:-1], to_vertex[1:]) - self.length / 2
        best = (np.inf, 0.0, 0.0, 0.0)
        for segment in np.nonzero(bound <= to_vertex.min() + 1e-6)[0]:
            found = self._on_segment(segment, lon, lat)
            if found[0] < best[0] - 1e-9:
                best = found
        return best

    def _on_segment(self, segment, lon, lat):
        start_lon, start_lat = self.coords[segment]
        line = WGS84.Line(start_lat, start_lon, self.azimuth[segment])

        def distance(along):
            at = line.Position(along)
            return WGS84.Inverse(lat, lon, at["lat2"], at["lon2"])["s12"]

        low, high = 0.0, float(self.length[segment])
        a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_a, at_b = distance(a), distance(b)
        while high - low > 1e-4:
            if at_a <= at_b:
                high, b, at_b = b, a, at_a
                a = high - GOLDEN * (high - low)
                at_a = distance(a)
            else:
                low, a, at_a = a, b, at_b
                b = low + GOLDEN * (high - low)
                at_b = distance(b)
        along = min((0.0, (low + high) / 2, float(self.length[segment])), key=distance)
        place = line.Position(along)
        km = (self.mark[segment] + along) / 1000
        return distance(along), km, place["lon2"], place["lat2"]
