"""Stretches of the line as footprints: "near the border in X", "border of X and Y"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from bordermap.border import GEOD, Border
from bordermap.footprint import STRIP_M, line_id, shipped_polygon, strip
from bordermap.gazetteer import Entry, farthest_m
from bordermap.geocode.footprint import SIDES, Footprint

__all__ = ["Range", "Stretches", "common", "merged"]

Range = tuple[float, float]
"""From and to, kilometres along the line."""

TOUCHING_M = 25_000.0
"""A place this near to the line may stand for the stretch beside it."""

BESIDE_M = 10_000.0
"""The stretch beside a place: what is at most so much farther from it than the line is."""

GAP_KM = 2.0
"""Stretches that are no farther apart are told as one."""

CIRCLE_POINTS = 64


def common(one: Sequence[Range], other: Sequence[Range]) -> list[Range]:
    """What two lists of stretches share."""
    shared = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return [(a, b) for a, b in sorted(shared) if b - a > 0.01]


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Stretches in order, those that overlap or nearly touch as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1] + GAP_KM:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


class Stretches:
    """Stretches of one line; each area is measured once."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._known: dict[str, list[Range]] = {}
        self._drawn: dict[tuple[str, str], tuple[Footprint, float]] = {}

    def beside(self, entry: Entry) -> list[Range]:
        """The stretches in an area or on its edge; for a place those within its reach."""
        if entry.place_id not in self._known:
            self._known[entry.place_id] = merged(self._beside(entry))
        return self._known[entry.place_id]

    def _beside(self, entry: Entry) -> list[Range]:
        if entry.outline is not None:
            return self._border.stretches_within(shapely.make_valid(entry.outline.geometry))
        place = entry.place
        away_m = self.distance_m(entry)
        if away_m > max(TOUCHING_M, place.radius_m):
            return []
        reach = max(away_m + BESIDE_M, place.radius_m)
        turns = np.linspace(0, 360, CIRCLE_POINTS, endpoint=False).tolist()
        count = len(turns)
        lon, lat, _ = GEOD.fwd([place.lon] * count, [place.lat] * count, turns, [reach] * count)
        return self._border.stretches_within(shapely.Polygon(np.column_stack([lon, lat])))

    def end(self, country: str) -> list[Range]:
        """The end of the line at the border of Iran or China."""
        length = self._border.length_km
        reach = STRIP_M / 1000
        return [(0.0, reach)] if country == "Iran" else [(length - reach, length)]

    def distance_m(self, entry: Entry) -> float:
        """Metres from an entry's point to the line."""
        return float(self._border.measure([entry.place.lon], [entry.place.lat]).distance_m[0])

    def footprint(self, ranges: Iterable[Range], country: str) -> tuple[Footprint, str, float]:
        """The strip along stretches, its id, and its area in square metres.

        Parameters
        ----------
        ranges : iterable of Range
        country : str
            ``AF`` or ``PK``: only that side. Empty: both.
        """
        stretches = list(ranges)
        place_id = ";".join(line_id(*pair) for pair in stretches)
        key = place_id, country
        if key not in self._drawn:
            self._drawn[key] = self._strip(stretches, country)
        footprint, area_m2 = self._drawn[key]
        return footprint, place_id, area_m2

    def _strip(self, stretches: Sequence[Range], country: str) -> tuple[Footprint, float]:
        longest = max(stretches, key=lambda pair: pair[1] - pair[0])
        lon, lat = self._inner_point(sum(longest) / 2, country)
        polygon = shapely.union_all([strip(*pair, self._border) for pair in stretches])
        length_m = 1000 * sum(b - a for a, b in stretches)
        area_m2 = length_m * STRIP_M * (1 if country else 2)
        return Footprint(lon, lat, farthest_m((lon, lat), polygon), country), area_m2

    def _inner_point(self, km: float, country: str) -> tuple[float, float]:
        """A point beside the line on the side of a country, or on the line itself."""
        if country:
            for share in (0.5, 0.2, 0.05):
                offset = SIDES[country] * share * STRIP_M
                lon, lat, _ = self._border.place_beside([km], [offset])
                right = self._border.measure(lon, lat).side[0] == SIDES[country]
                # Near the ends of the line a third country begins on either side.
                if right and shapely.contains_xy(shipped_polygon(country), lon[0], lat[0]):
                    return round(float(lon[0]), 6), round(float(lat[0]), 6)
        lon, lat = self._border.point_at([km])
        return round(float(lon[0]), 6), round(float(lat[0]), 6)
