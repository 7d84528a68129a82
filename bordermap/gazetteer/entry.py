"""One thing with names, and the outline of an area."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from pyproj import Geod

from bordermap.schema import Place

__all__ = ["GEOD", "Entry", "Outline", "Spelling", "farthest_m", "joined_outline"]

GEOD = Geod(ellps="WGS84")

LEAST_PART = 0.02
"""Share of an area's ground below which a part of it does not hold its inner point."""


class Spelling(NamedTuple):
    """One way to write a name; ``own`` is False for aliases and former names."""

    text: str
    own: bool = False


class Outline:
    """Polygon of an area with its inner point and reach, found when first asked for.

    A part is a polygon, or a function that fetches it: layers are large, and most are never asked.

    The inner point is the centroid where that lies inside; else that of the part nearest to it,
    or a point inside that part. The reach is the geodesic distance to the farthest vertex.
    """

    def __init__(self, *parts: shapely.Geometry | Callable[[], shapely.Geometry]) -> None:
        self.parts = parts

    @cached_property
    def geometry(self) -> shapely.Geometry:
        """The polygon; of several units their union."""
        shapes = [part() if callable(part) else part for part in self.parts]
        return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)

    @cached_property
    def point(self) -> tuple[float, float]:
        """Longitude and latitude of the inner point, degrees."""
        centre = self.geometry.centroid
        if not self.geometry.contains(centre):
            least = LEAST_PART * self.geometry.area
            parts = [part for part in shapely.get_parts(self.geometry) if part.area >= least]
            middle = min(parts, key=lambda part: part.distance(centre))
            centre = middle.centroid
            if not middle.contains(centre):
                centre = middle.representative_point()
        return round(centre.x, 6), round(centre.y, 6)

    @cached_property
    def radius_m(self) -> float:
        """Metres from the inner point to the farthest vertex."""
        return farthest_m(self.point, self.geometry)


def farthest_m(point: tuple[float, float], geometry: shapely.Geometry) -> float:
    """Geodesic metres from a point to the farthest vertex of a geometry (WGS 84)."""
    lon, lat = shapely.get_coordinates(shapely.convex_hull(geometry)).T
    start = np.full(len(lon), point[0]), np.full(len(lon), point[1])
    return float(np.max(GEOD.inv(*start, lon, lat)[2]))


@dataclass(slots=True, eq=False)
class Entry:
    """A thing with names.

    Attributes
    ----------
    kind : str
        As in :class:`~bordermap.schema.Place`.
    subkind : str
        What generic words are compared with: ``village``, ``pass``, ``tehsil``, ...
    adm1_codes, adm2_codes : frozenset of str
        Units it lies in; both sides for a place on the line; empty where not known. A former
        area has also those that were partly in it.
    members : tuple of str
        For units: the codes of which the outline is the union.
    outline : Outline, optional
        For units; the others have a point and a radius.
    """

    place_id: str
    name: str
    kind: str
    subkind: str
    country: str
    source: str
    spellings: tuple[Spelling, ...]
    adm1_codes: frozenset[str] = frozenset()
    adm2_codes: frozenset[str] = frozenset()
    lon: float = math.nan
    lat: float = math.nan
    radius_m: float = math.nan
    outline: Outline | None = None
    members: tuple[str, ...] = ()
    _place: Place | None = field(default=None, repr=False)

    @property
    def place(self) -> Place:
        """The entry as others see it; an area is measured the first time."""
        if self._place is None:
            lon, lat, radius_m = self.lon, self.lat, self.radius_m
            if self.outline is not None:
                (lon, lat), radius_m = self.outline.point, self.outline.radius_m
            self._place = Place(
                place_id=self.place_id,
                name=self.name,
                kind=self.kind,
                lon=lon,
                lat=lat,
                radius_m=radius_m,
                country=self.country,
                adm1_code=";".join(sorted(self.adm1_codes)),
                adm2_code=";".join(sorted(self.adm2_codes)),
                source=self.source,
            )
        return self._place

    @property
    def countries(self) -> frozenset[str]:
        """The countries it may be reported in: both for a place on the line."""
        return frozenset({"AF", "PK"}) if self.country == "line" else frozenset({self.country})

    @property
    def brought(self) -> bool:
        """Whether a user brought it: then its id begins with the name of its source."""
        return self.place_id.startswith(f"{self.source}:")


def joined_outline(entries: Iterable[Entry]) -> Outline:
    """Outline of several areas together; the union is made when first asked for."""
    return Outline(*(part for e in entries if e.outline for part in e.outline.parts))
