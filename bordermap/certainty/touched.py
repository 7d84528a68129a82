"""Units that a footprint touches with a part too small for its points: a place in each.

Points spread through a footprint miss a unit that covers less of it than a point stands for. So
the units are asked themselves, and a place in each that was missed joins the points, without
weight. What is said to be surely in a unit has no other unit in it then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from bordermap.border import GEOD
from bordermap.certainty.rows import FloatArray, IntArray, ObjectArray, radius_m, texts
from bordermap.footprint import is_area, shipped_frame, shipped_polygon
from bordermap.joins import Cover, PolygonLayer

__all__ = ["Touched", "box_touched", "layer_touched", "units_touched"]

CORNERS = 64
"""Of the polygon around a disc: it reaches at most 0.13 % of the radius beyond the disc."""

HAIR_DEGREES = 5e-6
"""Half of the width, about 1 m, up to which an overlap is the rounding of a common edge."""


class Touched:
    """Units, as one layer of polygons, of which each footprint may touch several.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        Degrees. Where they overlap, the first holds the place.
    members : callable, optional
        Numbers of the units of which an area (by its ``place_id``) is made; found by overlay
        when not given.
    """

    def __init__(
        self,
        polygons: ObjectArray,
        members: Callable[[str], IntArray] | None = None,
        union: Callable[[Any], Any] = shapely.union_all,
    ) -> None:
        self._cover = Cover(polygons)
        self._members = members
        self._union = union

    @cached_property
    def _whole(self) -> Any:
        whole = self._union(self._cover.polygons)
        shapely.prepare(whole)
        return whole

    def missed(
        self, sources: gpd.GeoDataFrame, points: ObjectArray, whose: IntArray
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Places in what the footprints of ``sources`` touch and none of their points is in.

        Parameters
        ----------
        sources : GeoDataFrame
        points : ndarray of Point
            Spread through the footprints.
        whose : ndarray of intp
            Row of ``sources`` of each point.

        Returns
        -------
        whose, lon, lat : ndarray
        """
        shapes, ready = _shapes(sources, by_code=self._members is not None)
        rows, unit = self._touching(sources, shapes, ready)
        none = len(self._cover.polygons)
        first = self._cover.of(points)[0]
        seen = np.unique(whose * (none + 1) + np.where(first < 0, none, first))
        new = ~np.isin(rows * (none + 1) + unit, seen)
        pairs = zip(rows[new].tolist(), unit[new].tolist(), strict=True)
        found = [(row, self._inside(shapes[row], at)) for row, at in pairs]
        blank = ready[~np.isin(ready * (none + 1) + none, seen)]
        blank = blank[~shapely.contains_properly(self._whole, shapes[blank])]
        found += [(row, self._outside(shapes[row])) for row in blank.tolist()]
        kept = [(row, place) for row, place in found if place is not None]
        places = np.array([place for _, place in kept], dtype=object)
        rows = np.array([row for row, _ in kept], dtype=np.intp)
        return rows, shapely.get_x(places), shapely.get_y(places)

    def _touching(
        self, sources: gpd.GeoDataFrame, shapes: ObjectArray, ready: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Rows and units that have a place in common."""
        at, unit = self._cover.touching(shapes[ready])
        if self._members is None:
            return ready[at], unit
        ids, area = texts(sources, "place_id"), np.setdiff1d(np.arange(len(sources)), ready)
        own = [self._members(str(ids[row])) for row in area]
        size = np.array([len(one) for one in own], dtype=np.intp)
        return np.r_[ready[at], np.repeat(area, size)], np.concatenate([unit, *own])

    def _inside(self, shape: Any, at: int) -> Any | None:
        """A place of the footprint in the unit and in none before it."""
        polygons = self._cover.polygons
        if shape is None:
            return polygons[at].representative_point()
        part = shapely.intersection(shape, polygons[at])
        _, before = self._cover.touching(np.array([part], dtype=object))
        for other in before[before < at]:
            part = part.difference(polygons[other])
        return _place(part)

    def _outside(self, shape: Any) -> Any | None:
        return _place(shape.difference(self._whole))


def _place(part: Any) -> Any | None:
    """A place in a shape without its outermost half metre, if anything is left of it."""
    inner = part.buffer(-HAIR_DEGREES)
    return None if inner.is_empty else inner.representative_point()


def _shapes(sources: gpd.GeoDataFrame, *, by_code: bool) -> tuple[ObjectArray, IntArray]:
    """Polygons of the footprints, and the rows that have one.

    Areas have none where their units are told by code, nor do discs across the antimeridian.
    """
    shapes = np.full(len(sources), None, dtype=object)
    area, ids = is_area(sources), texts(sources, "place_id")
    for row in np.nonzero(area)[0]:
        shapes[row] = shipped_polygon(str(ids[row]))
    units = area & (shapes != None)  # noqa: E711 (element by element)
    discs = np.nonzero(~units)[0]
    shapes[discs] = _discs(sources.iloc[discs])
    if by_code:
        shapes[units] = None
    whole = np.array([shape is not None and shape.is_valid for shape in shapes], dtype=bool)
    return shapes, np.nonzero(whole)[0]


def _discs(sources: gpd.GeoDataFrame) -> ObjectArray:
    """Polygons around discs: rather too large than too small."""
    lon, lat = (np.repeat(of, CORNERS) for of in (sources.geometry.x, sources.geometry.y))
    away = np.repeat(radius_m(sources) / np.cos(np.pi / CORNERS), CORNERS)
    heading = np.tile(np.arange(CORNERS) * 360 / CORNERS, len(sources))
    x, y, _ = GEOD.fwd(lon, lat, heading, away)
    rings = np.stack([x, y], axis=-1).reshape(len(sources), CORNERS, 2)
    discs: ObjectArray = shapely.polygons(rings)
    discs[np.ptp(rings[:, :, 0], axis=1) > 180] = None
    return discs


@cache
def units_touched() -> Touched:
    """The shipped districts; provinces and countries are made of them."""
    units = shipped_frame("districts").sort_values("code", ignore_index=True)
    codes = units["code"].to_numpy(dtype=object)

    @cache
    def members(place_id: str) -> IntArray:
        own = place_id.split(";")
        return np.array(
            [
                at
                for at, code in enumerate(codes)
                if any(f"{code}-".startswith(f"{one}-") for one in own)
            ],
            dtype=np.intp,
        )

    return Touched(units.geometry.to_numpy(), members, shapely.coverage_union_all)


def layer_touched(layer: PolygonLayer) -> Touched:
    """The units of a layer that the user brought."""
    return Touched(layer.units.geometry.to_numpy())


def box_touched(west: float, south: float, east: float, north: float) -> Touched:
    """A box in degrees, as one unit."""
    return Touched(np.array([shapely.box(west, south, east, north)], dtype=object))
