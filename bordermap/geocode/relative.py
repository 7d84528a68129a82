"""Relative places as discs: a distance or a direction from a landmark, with honest widths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from bordermap.border import GEOD
from bordermap.gazetteer import Entry, farthest_m
from bordermap.geocode.footprint import Footprint
from bordermap.geocode.grammar import Relation

__all__ = ["LARGEST_DISTANCE_M", "beyond", "boundary_of", "part_of", "reach_m", "toward"]

BEARING_HALF_DEG = 33.75
"""A compass point stands for so many degrees to each side: the eighth of the circle that the word
means (22.5) and half as much again for how loosely it is used."""

ROAD_SHARE = 0.6
"""A distance may be told along the road; then the straight one is at least this share of it.
Roads are on average 1.2 to 1.4 times as long as the straight line, longer in mountains (Ballou,
Rahardja and Sakai 2002, "Selected country circuity factors for road travel distance estimation",
Transportation Research A 36)."""

MORE_THAN = 1.5
"""What is "more than" a distance away is taken to be at most so many times as far."""

DIRECTION_REACH_M = 50_000.0
"""How far "southwest of X" reaches: farther places are named after something nearer."""

BESIDE_BOUNDARY_M = 10_000.0
"""How far a place "on the border of A and B" may lie from that, as near the line."""

TOUCHING_DEGREES = 0.01
"""About 1 km: areas that are no farther apart share a boundary."""

LARGEST_DISTANCE_M = 300_000.0
"""A place farther from its landmark than this is not placed by it."""


def reach_m(relation: Relation) -> tuple[float, float]:
    """Least and greatest straight distance that a told distance allows, metres."""
    told = relation.distance_m or 0.0
    most = told + relation.slack_m
    if relation.bound == "least":
        return max(0.0, ROAD_SHARE * told), MORE_THAN * most
    least = 0.0 if relation.bound == "most" else ROAD_SHARE * (told - relation.slack_m)
    return max(0.0, least), most


def toward(landmark: Footprint, relation: Relation) -> Footprint:
    """Where a place is that lies in a direction from a landmark, at a distance if one is told.

    Parameters
    ----------
    landmark : Footprint
    relation : Relation
        With a bearing; without a distance it reaches :data:`DIRECTION_REACH_M`.

    Returns
    -------
    Footprint
        With a distance: the place geodesically there, and the radius that holds the part of the
        ring around the landmark that distance (:func:`reach_m`) and direction
        (:data:`BEARING_HALF_DEG`) allow, widened by the landmark's own radius. Without: the
        smallest disc around the sector.
    """
    bearing = relation.bearing or 0.0
    half = BEARING_HALF_DEG
    if relation.distance_m is None:
        away = DIRECTION_REACH_M / (2 * np.cos(np.radians(half)))
        least, most = 0.0, DIRECTION_REACH_M
    else:
        least, most = reach_m(relation)
        away = relation.distance_m if relation.bound != "most" else most / 2
    start = landmark.lon, landmark.lat
    lon, lat, _ = GEOD.fwd(*start, bearing, away)
    corners = [(bearing + turn, far) for far in (least, most) for turn in (-half, 0.0, half)]
    x, y, _ = GEOD.fwd(
        [start[0]] * 6, [start[1]] * 6, [turn for turn, _ in corners], [far for _, far in corners]
    )
    farthest = float(np.max(GEOD.inv([lon] * 6, [lat] * 6, x, y)[2]))
    return Footprint(round(lon, 6), round(lat, 6), farthest + landmark.radius_m)


def beyond(landmark: Footprint, relation: Relation) -> Footprint:
    """Around a landmark, as far as a told distance allows."""
    return Footprint(landmark.lon, landmark.lat, landmark.radius_m + reach_m(relation)[1])


def part_of(entry: Entry, bearing: float, extra_m: float) -> Footprint | None:
    """The part of an area that lies in a direction from its inner point, as a disc.

    That is the half beyond the inner point, seen in the direction; None where there is none.
    """
    if entry.outline is None:
        return None
    place = entry.place
    turns = bearing + np.array([-90.0, -45.0, 0.0, 45.0, 90.0])
    far = 2 * place.radius_m
    x, y, _ = GEOD.fwd([place.lon] * 5, [place.lat] * 5, turns.tolist(), [far] * 5)
    part = shapely.intersection(entry.outline.geometry, shapely.Polygon(np.column_stack([x, y])))
    if part.is_empty or not part.area:
        return None
    inner = part.centroid if part.contains(part.centroid) else part.representative_point()
    point = round(inner.x, 6), round(inner.y, 6)
    return Footprint(*point, farthest_m(point, part) + extra_m)


def boundary_of(entries: Sequence[Entry]) -> Footprint | None:
    """A disc around the boundary that areas share, :data:`BESIDE_BOUNDARY_M` wide to each side.

    None where they do not touch.
    """
    outlines = [entry.outline.geometry for entry in entries if entry.outline]
    if len(outlines) < 2:
        return None
    shared = shapely.intersection_all([outline.buffer(TOUCHING_DEGREES) for outline in outlines])
    if shared.is_empty:
        return None
    middle = shared.convex_hull.centroid
    point = round(middle.x, 6), round(middle.y, 6)
    return Footprint(*point, farthest_m(point, shared) + BESIDE_BOUNDARY_M)
