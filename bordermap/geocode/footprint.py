"""Footprints: the disc or the area in which an incident may be, and its part on one side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Transformer

from bordermap.border import GEOD, Border
from bordermap.gazetteer import Hit, farthest_m

__all__ = ["CLEAR_OF_LINE_M", "CUT", "SIDES", "Footprint", "around", "enclosing", "on_side"]

CLEAR_OF_LINE_M = 100.0
"""A point nearer to the line than this does not show on which side it is: editions of the line
differ by 37 m on average."""

CIRCLE_QUARTER = 16
"""Segments to a quarter of a circle; its corners lie on the circle."""

SIDES = {"AF": 1, "PK": -1}

CUT = "cut at the line"
"""Note of a footprint that is part of a disc."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where an incident may be.

    Attributes
    ----------
    lon, lat : float
        Degrees; a point inside.
    radius_m : float
        Metres from that point to the farthest place of it.
    side : str
        ``AF`` or ``PK`` where the record says so and the footprint reaches the line, else empty.
    note : str
        What was done to it.
    """

    lon: float
    lat: float
    radius_m: float
    side: str = ""
    note: str = ""


def around(hit: Hit, extra_m: float = 0.0) -> Footprint:
    """The footprint of an entry, widened by some metres."""
    place = hit.entry.place
    return Footprint(place.lon, place.lat, place.radius_m + extra_m)


def enclosing(footprints: list[Footprint]) -> Footprint:
    """One disc around several; its centre is the middle of theirs."""
    lon = float(np.mean([one.lon for one in footprints]))
    lat = float(np.mean([one.lat for one in footprints]))
    reach = [GEOD.inv(lon, lat, one.lon, one.lat)[2] + one.radius_m for one in footprints]
    return Footprint(round(lon, 6), round(lat, 6), float(max(reach)))


def on_side(footprint: Footprint, country: str, border: Border) -> Footprint:
    """The part of a disc on the side of a country, as a disc; the same where there is none."""
    part = _part_on_side(footprint, SIDES[country], border)
    if part is None:
        return footprint
    point, part_of_disc = part
    return Footprint(*point, farthest_m(point, part_of_disc), country, CUT)


def _part_on_side(
    footprint: Footprint, side: int, border: Border
) -> tuple[tuple[float, float], shapely.Geometry] | None:
    """Inner point and outline, in degrees, of the part of a disc on one side of the line.

    The disc is cut in an azimuthal equidistant projection around its own centre, in which
    distances from the centre are true.
    """
    centre = f"+proj=aeqd +lon_0={footprint.lon} +lat_0={footprint.lat} +datum=WGS84"
    plane = Transformer.from_crs("EPSG:4326", centre, always_xy=True)
    disc = shapely.Point(0, 0).buffer(footprint.radius_m, quad_segs=CIRCLE_QUARTER)
    pieces = _cut(disc, _line_near(footprint, border, plane))
    inner = [shapely.point_on_surface(piece) for piece in pieces]
    lon, lat = plane.transform([p.x for p in inner], [p.y for p in inner], direction="INVERSE")
    kept = [
        piece
        for piece, where in zip(pieces, border.measure(lon, lat).side, strict=True)
        if where == side
    ]
    if not kept:
        return None
    x, y = plane.transform(*_inner_point(kept), direction="INVERSE")
    outline = shapely.transform(
        shapely.union_all(kept),
        lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
    )
    return (round(x, 6), round(y, 6)), outline


def _inner_point(pieces: list[shapely.Polygon]) -> tuple[float, float]:
    """The centroid where that lies well inside, else the middle of the widest circle inside."""
    whole = shapely.union_all(pieces)
    centre = whole.centroid
    if not whole.contains(centre) or whole.boundary.distance(centre) <= CLEAR_OF_LINE_M:
        largest = max(pieces, key=lambda piece: piece.area)
        centre = shapely.Point(shapely.maximum_inscribed_circle(largest).coords[0])
    return centre.x, centre.y


def _line_near(footprint: Footprint, border: Border, plane: Transformer) -> shapely.Geometry:
    """The line around a disc, in the disc's own projection."""
    north = 1.1 * footprint.radius_m / 110_000
    east = north / max(0.1, np.cos(np.radians(footprint.lat)))
    box = (
        footprint.lon - east, footprint.lat - north, footprint.lon + east, footprint.lat + north,
    )  # fmt: skip
    near = shapely.clip_by_rect(border.geometry, *box)
    return shapely.transform(near, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))


def _cut(disc: shapely.Polygon, line: shapely.Geometry) -> list[shapely.Polygon]:
    """Pieces of a disc between the strokes of a line."""
    edges = shapely.union_all([disc.exterior, line])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    return [face for face in faces if disc.contains(shapely.point_on_surface(face))]
