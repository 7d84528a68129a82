"""Footprints: the disc or the area in which an incident may be, and its part on one side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import GEOD, Border
from bordermap.gazetteer import Hit, farthest_m

__all__ = ["CLEAR_OF_LINE_M", "CUT", "SIDES", "Footprint", "around", "enclosing", "on_side"]

FloatArray = NDArray[np.float64]

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


@dataclass(frozen=True, slots=True)
class _Plane:
    """Azimuthal equidistant projection around a point: geodesic distance and azimuth from it.

    The same as PROJ's ``aeqd`` on WGS 84, without the milliseconds that setting that up takes.
    """

    lon: float
    lat: float

    def to(self, lonlat: FloatArray) -> FloatArray:
        """Metres east and north of the point for degrees, shape (n, 2)."""
        start = np.full(len(lonlat), self.lon), np.full(len(lonlat), self.lat)
        azimuth, _, distance = GEOD.inv(*start, lonlat[:, 0], lonlat[:, 1])
        turn = np.radians(azimuth)
        return np.column_stack([distance * np.sin(turn), distance * np.cos(turn)])

    def back(self, xy: FloatArray) -> FloatArray:
        """Degrees for metres east and north of the point, shape (n, 2)."""
        start = np.full(len(xy), self.lon), np.full(len(xy), self.lat)
        azimuth = np.degrees(np.arctan2(xy[:, 0], xy[:, 1]))
        lon, lat, _ = GEOD.fwd(*start, azimuth, np.hypot(xy[:, 0], xy[:, 1]))
        return np.column_stack([lon, lat])


def _part_on_side(
    footprint: Footprint, side: int, border: Border
) -> tuple[tuple[float, float], shapely.Geometry] | None:
    """Inner point and outline, in degrees, of the part of a disc on one side of the line.

    The disc is cut in a plane in which distances from its centre are true.
    """
    plane = _Plane(footprint.lon, footprint.lat)
    disc = shapely.Point(0, 0).buffer(footprint.radius_m, quad_segs=CIRCLE_QUARTER)
    pieces = _cut(disc, _line_near(footprint, border, plane))
    inner = np.array([shapely.point_on_surface(piece).coords[0] for piece in pieces])
    lon, lat = plane.back(inner).T
    kept = [
        piece
        for piece, where in zip(pieces, border.measure(lon, lat).side, strict=True)
        if where == side
    ]
    if not kept:
        return None
    ((x, y),) = plane.back(np.array([_inner_point(kept)]))
    outline = shapely.transform(shapely.union_all(kept), plane.back)
    return (round(float(x), 6), round(float(y), 6)), outline


def _inner_point(pieces: list[shapely.Polygon]) -> tuple[float, float]:
    """The centroid where that lies well inside, else the middle of the widest circle inside."""
    whole = shapely.union_all(pieces)
    centre = whole.centroid
    if not whole.contains(centre) or whole.boundary.distance(centre) <= CLEAR_OF_LINE_M:
        largest = max(pieces, key=lambda piece: piece.area)
        centre = shapely.Point(shapely.maximum_inscribed_circle(largest).coords[0])
    return centre.x, centre.y


def _line_near(footprint: Footprint, border: Border, plane: _Plane) -> shapely.Geometry:
    """The line around a disc, in the disc's own projection."""
    north = 1.1 * footprint.radius_m / 110_000
    east = north / max(0.1, np.cos(np.radians(footprint.lat)))
    box = (
        footprint.lon - east, footprint.lat - north, footprint.lon + east, footprint.lat + north,
    )  # fmt: skip
    near = shapely.clip_by_rect(border.geometry, *box)
    return shapely.transform(near, plane.to)


def _cut(disc: shapely.Polygon, line: shapely.Geometry) -> list[shapely.Polygon]:
    """Pieces of a disc between the strokes of a line."""
    edges = shapely.union_all([disc.exterior, line])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    return [face for face in faces if disc.contains(shapely.point_on_surface(face))]
