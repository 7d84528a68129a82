"""Footprints: the disc or the area in which an incident may be, and its part on one side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from pyproj import Transformer

from bordermap.border import GEOD, Border
from bordermap.gazetteer import Hit, farthest_m

__all__ = ["Footprint", "around", "enclosing", "on_side"]

CLEAR_OF_LINE_M = 100.0
"""A point nearer to the line than this does not show on which side it is: editions of the line
differ by 37 m on average."""

CIRCLE_QUARTER = 16
"""Segments to a quarter of a circle; its corners lie on the circle."""

_SIDES = {"AF": 1, "PK": -1}
_ADJECTIVES = {"AF": "Afghan", "PK": "Pakistani"}


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


def on_side(footprint: Footprint, stated: tuple[str, str], border: Border) -> Footprint:
    """A disc with the side that the record states, cut to it where its point is not there.

    Parameters
    ----------
    footprint : Footprint
    stated : (str, str)
        Country code and the record's words for it; two empty texts when it states none.
    border : Border

    Returns
    -------
    Footprint
        The same when the disc stays clear of the line or nothing is stated.
    """
    country, words = stated
    if not country:
        return footprint
    found = border.measure([footprint.lon], [footprint.lat])
    distance_m, side = float(found.distance_m[0]), int(found.side[0])
    if distance_m >= footprint.radius_m:
        return footprint
    if side == _SIDES[country] and distance_m > CLEAR_OF_LINE_M:
        return replace(footprint, side=country)
    part = _part_on_side(footprint, _SIDES[country], border)
    if part is None:
        return footprint
    point, part_of_disc = part
    note = f"on the {_ADJECTIVES[country]} side, as the record's {words} says"
    return Footprint(*point, farthest_m(point, part_of_disc), country, note)


def _part_on_side(
    footprint: Footprint, side: int, border: Border
) -> tuple[tuple[float, float], shapely.Geometry] | None:
    """Inner point and outline, in degrees, of the part of a disc on one side of the line.

    The disc is cut in an azimuthal equidistant projection around its own centre, in which
    distances from the centre are true.
    """
    # A pipeline, since looking for one in the database of systems takes a hundred times as long.
    plane = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=aeqd "
        f"+lon_0={footprint.lon} +lat_0={footprint.lat} +ellps=WGS84"
    )
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
