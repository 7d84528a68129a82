"""Exact nearest places on a line for many points, with GeographicLib alone (through pyproj).

Independent of ``bordermap.border``: no chords, no pieces, no Earth-centred space, no tree. The
distance along a geodesic segment from a point nearer than a quarter of the Earth is convex, so that

* tangents at both ends bound it from below, which leaves out nearly all segments, and
* its one minimum is where the direction to the point is square to the segment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Geod


class _Geod(Geod):
    """NumPy before 2.4 warns of arrays of one number, which pyproj takes for a number."""

    def _ones(self, method, places):
        if np.shape(places[0]) != (1,):
            return method(*places)
        return tuple(map(np.asarray, method(*(list(place) for place in places))))

    def inv(self, *places):
        return self._ones(super().inv, places)

    def fwd(self, *places):
        return self._ones(super().fwd, places)


GEOD = _Geod(ellps="WGS84")
LEAST_RADIUS_M, LARGEST_RADIUS_M = GEOD.b**2 / GEOD.a, GEOD.a**2 / GEOD.b
"""No radius of curvature of the ellipsoid is outside, so that the geodesic between two points is
between these times their angle on a sphere of the same latitudes."""

ALIKE_M = 1e-3
"""Places this much farther than the nearest are given as well (metres)."""

APART_M = 0.01
"""Nearer together, places count as one: the end of a segment is the start of the next."""

CHUNK = 250


@dataclass
class Places:
    """Nearest places, each the best of one segment; ``row`` are the points' numbers, ascending."""

    row: np.ndarray
    distance_m: np.ndarray
    km: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    side: np.ndarray

    def best(self):
        """The nearest of each point."""
        order = np.lexsort((self.distance_m, self.row))
        return self.take(order[np.diff(self.row[order], prepend=-1) > 0])

    def take(self, which):
        return Places(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


class ExactLine:
    """A line of geodesic segments."""

    def __init__(self, coords):
        self.lon, self.lat = np.asarray(coords).T.copy()
        self.leaving, arriving, self.length = GEOD.inv(
            self.lon[:-1], self.lat[:-1], self.lon[1:], self.lat[1:]
        )
        self.arriving = arriving - 180  # pyproj looks back
        self.mark = np.r_[0, np.cumsum(self.length)]
        self.unit = _unit(self.lon, self.lat)

    def nearest(self, lon, lat):
        """All places at most :data:`ALIKE_M` farther than the nearest one of each point."""
        parts = []
        for a in range(0, len(lon), CHUNK):
            found = self._nearest(lon[a : a + CHUNK], lat[a : a + CHUNK])
            found.row += a
            parts.append(found)
        return Places(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in Places.__dataclass_fields__
            )
        )

    def _nearest(self, lon, lat):
        row, segment = self._possible(_unit(lon, lat))
        low, upper = self._bounds(lon, lat, row, segment)
        most = np.full(len(lon), np.inf)
        np.minimum.at(most, row, upper)
        kept = low <= most[row] + ALIKE_M + 1e-6
        row, segment = row[kept], segment[kept]
        along = self._square(lon[row], lat[row], segment)
        place_lon, place_lat, heading = self._at(segment, along)
        bearing, distance = self._seen(place_lon, place_lat, lon[row], lat[row])
        least = np.full(len(lon), np.inf)
        np.minimum.at(least, row, distance)
        side = self._side(segment, along, heading, bearing)
        km = (self.mark[segment] + along) / 1000
        found = Places(row, distance, km, place_lon, place_lat, np.where(distance <= 1, 0, side))
        return found.take(distance <= least[row] + ALIKE_M)

    def _possible(self, unit):
        """Pairs of points and segments that angles on the sphere do not rule out."""
        angle = 2 * np.arcsin(np.clip(np.sqrt(np.maximum(2 - 2 * unit @ self.unit.T, 0)) / 2, 0, 1))
        nearest = angle.min(axis=1) * LARGEST_RADIUS_M
        angle *= LEAST_RADIUS_M / 2
        low = angle[:, :-1] + angle[:, 1:] - self.length / 2  # the triangle's inequality
        return np.nonzero(low <= nearest[:, np.newaxis] + 1)

    def _bounds(self, lon, lat, row, segment):
        """Bounds of the distance to segments, below from the tangents, above from the ends."""
        ends = []
        for vertex, heading in ((segment, self.leaving), (segment + 1, self.arriving)):
            bearing, distance = self._seen(self.lon[vertex], self.lat[vertex], lon[row], lat[row])
            ends += [distance, -np.cos(np.radians(bearing - heading[segment]))]
        start, slope, end, slope_end = ends
        bend = slope_end - slope
        cross = (start - end + slope_end * self.length[segment]) / np.where(bend > 0, bend, 1)
        low = np.where(bend > 0, start + slope * cross, np.minimum(start, end))
        low = np.where(slope >= 0, start, np.where(slope_end <= 0, end, low))
        return np.minimum(low, np.minimum(start, end)), np.minimum(start, end)

    def _square(self, lon, lat, segment):
        """Metres along segments to where points are nearest."""
        low, high = np.zeros(len(segment)), self.length[segment].copy()
        at_low, at_high = (self._slope(lon, lat, segment, along) for along in (low, high))
        along = np.where(at_low >= 0, low, high)
        going = np.flatnonzero((at_low < 0) & (at_high > 0))
        for _ in range(100):
            if not len(going):
                break
            a, b, f, g = low[going], high[going], at_low[going], at_high[going]
            guess = np.clip(b - g * (b - a) / (g - f), a, b)
            slope = self._slope(lon[going], lat[going], segment[going], guess)
            after = slope < 0
            # The Illinois rule: an end that stays counts half.
            low[going], at_low[going] = np.where(after, guess, a), np.where(after, slope, f / 2)
            high[going], at_high[going] = np.where(after, b, guess), np.where(after, g / 2, slope)
            moved = np.abs(guess - along[going])
            along[going] = guess
            going = going[(moved > 1e-6) & (slope != 0)]
        else:
            raise ArithmeticError("the search does not end")
        return along

    def _slope(self, lon, lat, segment, along):
        place_lon, place_lat, heading = self._at(segment, along)
        bearing, distance = self._seen(place_lon, place_lat, lon, lat)
        return np.where(distance > 0, -np.cos(np.radians(bearing - heading)), 0)

    def _at(self, segment, along):
        """Places on segments, and the line's azimuth there."""
        lon, lat, back = GEOD.fwd(
            self.lon[segment], self.lat[segment], self.leaving[segment], along
        )
        for end, vertex in ((along == 0, segment), (along == self.length[segment], segment + 1)):
            lon, lat = np.where(end, self.lon[vertex], lon), np.where(end, self.lat[vertex], lat)
        return lon, lat, back - 180

    def _seen(self, from_lon, from_lat, lon, lat):
        bearing, _, distance = GEOD.inv(from_lon, from_lat, lon, lat)
        return bearing, distance

    def _side(self, segment, along, heading, bearing):
        """1 left, -1 right; at a vertex by the sector between the two segments."""
        vertex = np.where(along == 0, segment, segment + 1)
        at_vertex = (along == 0) | (along == self.length[segment])
        out = np.r_[self.leaving, self.arriving[-1]][vertex]
        back = np.r_[self.leaving[0], self.arriving][vertex] + 180
        out, back = np.where(at_vertex, out, heading), np.where(at_vertex, back, heading + 180)
        return np.where((bearing - out) % 360 < (back - out) % 360, -1, 1)


def _unit(lon, lat):
    lam, phi = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


@dataclass
class Errors:
    """Errors of measured places, one for each point, and whether two places are equally near.

    Of these, the error is that of the place which was chosen.
    """

    found_m: np.ndarray
    distance_m: np.ndarray
    place_m: np.ndarray
    along_m: np.ndarray
    wrong_side: np.ndarray
    equally_near: np.ndarray


def compared(found, places):
    """Errors of a ``Measurement`` against the exact places of the same points."""
    best = places.best()
    off = GEOD.inv(places.lon, places.lat, found.lon[places.row], found.lat[places.row])[2]
    closest = np.lexsort((off, places.row))
    closest = closest[np.diff(places.row[closest], prepend=-1) > 0]
    chosen = places.take(closest)
    apart = GEOD.inv(places.lon, places.lat, best.lon[places.row], best.lat[places.row])[2]
    return Errors(
        found_m=found.distance_m,
        distance_m=np.abs(found.distance_m - best.distance_m),
        place_m=off[closest],
        along_m=np.abs(found.km - chosen.km) * 1000,
        wrong_side=found.side != chosen.side,
        equally_near=np.bincount(places.row, apart > APART_M, len(best.row)) > 0,
    )
