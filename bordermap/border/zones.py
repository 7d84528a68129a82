"""Zones: everything within a geodesic distance of the line, as polygons.

A buffer drawn in projected space is off by up to a hundredth of its radius (its maker simplifies
the line before it starts) and by the projection's own scale. So it serves only as a first sketch,
a little too small: every vertex of its outline is then moved along the geodesic from its nearest
place on the line to the true distance, edges are halved until their insides are there too, and
folds and holes that turn out to lie inside the zone are dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import shapely

from bordermap.border.ellipsoid import GEOD, FloatArray

__all__ = ["split_zone", "zone_polygon"]

SKETCH = 0.97
"""Radius of the sketch as a share of the zone's: the thinned line (0.5 %), the buffer's own
thinning (1 %) and its arcs (0.5 %) leave it inside the zone."""

RUN_KM = 150.0
"""Length of line sketched in one projection; the scale there is true to better than 0.1 %."""

MOVES = 12
"""Moves of a vertex; near a ridge between two stretches it swings between their two circles."""

REFINEMENTS = 14
"""Halvings of an edge: enough to bring 4 km down to a quarter of a metre."""

DEGREE_M = 111_320.0
"""A degree of latitude, for thresholds only."""

# (lon, lat) -> (distance_m, nearest lon, nearest lat, side)
Nearest = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray, Any]]


def zone_polygon(
    parts: list[FloatArray],
    nearest: Nearest,
    radius_m: float,
    tolerance_m: float,
) -> shapely.Polygon | shapely.MultiPolygon:
    """Area within ``radius_m`` of the line; see :meth:`bordermap.Border.zone`."""
    step_m = min(np.sqrt(4 * radius_m * tolerance_m), 4_000 * np.sqrt(tolerance_m), radius_m / 4)
    sketch = _sketch(parts, radius_m * SKETCH, step_m)
    shells, holes = [], []
    for polygon in shapely.get_parts(sketch):
        shells.append(_outline(polygon.exterior, nearest, radius_m, tolerance_m))
        holes += [_outline(ring, nearest, radius_m, tolerance_m) for ring in polygon.interiors]
    zone = shapely.union_all(shells).difference(shapely.union_all(holes))
    return _cleaned(zone, parts, nearest, radius_m)


def _runs(parts: list[FloatArray]) -> list[FloatArray]:
    """Cut the parts into runs of about :data:`RUN_KM`, each sharing its ends with the next."""
    runs = []
    for part in parts:
        lengths = GEOD.inv(part[:-1, 0], part[:-1, 1], part[1:, 0], part[1:, 1])[2]
        number = (np.r_[0, np.cumsum(lengths)] // (RUN_KM * 1000)).astype(int)
        starts = np.nonzero(np.diff(number, prepend=-1))[0]
        runs += [part[a : b + 1] for a, b in zip(starts, [*starts[1:], len(part) - 1], strict=True)]
    return [run for run in runs if len(run) > 1]


def _sketch(parts: list[FloatArray], radius_m: float, step_m: float) -> Any:
    """Union of plain buffers, each in an azimuthal equidistant plane of its own."""
    buffers = []
    for run in _runs(parts):
        centre = run[len(run) // 2]
        line = shapely.LineString(_to_plane(run, centre))
        thin = line.simplify(radius_m / 200, preserve_topology=False)
        buffer = thin.buffer(radius_m, quad_segs=8)
        outline = shapely.segmentize(buffer, step_m)
        buffers.append(shapely.transform(outline, partial(_from_plane, centre=centre)))
    return shapely.union_all(buffers)


def _to_plane(degrees: FloatArray, centre: FloatArray) -> FloatArray:
    """Metres east and north of a centre, along the geodesics from it."""
    lon, lat = np.repeat(centre[np.newaxis], len(degrees), axis=0).T
    azimuth, _, distance = GEOD.inv(lon, lat, degrees[:, 0], degrees[:, 1])
    turn = np.radians(azimuth)
    return np.column_stack([distance * np.sin(turn), distance * np.cos(turn)])


def _from_plane(metres: FloatArray, centre: FloatArray) -> FloatArray:
    """Invert :func:`_to_plane`."""
    lon, lat = np.repeat(centre[np.newaxis], len(metres), axis=0).T
    azimuth = np.degrees(np.arctan2(metres[:, 0], metres[:, 1]))
    lon, lat, _ = GEOD.fwd(lon, lat, azimuth, np.hypot(metres[:, 0], metres[:, 1]))
    return np.column_stack([lon, lat])


def _outline(ring: Any, nearest: Nearest, radius_m: float, tolerance_m: float) -> Any:
    """A ring of the sketch with its vertices at the true distance, as the area inside it."""
    coords = _settled(shapely.get_coordinates(ring)[:-1], nearest, radius_m)
    doubtful = np.ones(len(coords), dtype=bool)  # the edges that follow these vertices
    for _ in range(REFINEMENTS):
        at = np.flatnonzero(doubtful)
        start, end = coords[at], np.roll(coords, -1, axis=0)[at]
        # Edges much shorter than the tolerance are folds at a ridge; cleaning takes them out.
        off = np.hypot(*(end - start).T) * DEGREE_M > tolerance_m / 4
        off &= _strays(start, end, nearest, radius_m) > tolerance_m / 2
        doubtful[at[~off]] = False
        if not off.any():
            break
        middle = _settled((start + end)[off] / 2, nearest, radius_m)
        coords = np.insert(coords, at[off] + 1, middle, axis=0)
        doubtful = np.insert(doubtful, at[off] + 1, True)
    if len(coords) < 3:
        return shapely.Polygon()
    return shapely.make_valid(shapely.Polygon(coords), method="structure", keep_collapsed=False)


def _strays(start: FloatArray, end: FloatArray, nearest: Nearest, radius_m: float) -> FloatArray:
    """How far edges are from the true distance at their thirds, where a notch shows as well."""
    away = np.zeros(len(start))
    for share in (1 / 3, 2 / 3):
        lon, lat = (start + share * (end - start)).T
        away = np.maximum(away, np.abs(nearest(lon, lat)[0] - radius_m))
    return away


def _settled(coords: FloatArray, nearest: Nearest, radius_m: float) -> FloatArray:
    """Move places along the geodesics from their feet to the true distance from the line."""
    lon, lat = coords[:, 0].copy(), coords[:, 1].copy()
    off = np.arange(len(lon))
    for _ in range(MOVES):
        distance, foot_lon, foot_lat, _ = nearest(lon[off], lat[off])
        away = np.abs(distance - radius_m) > 1e-3
        off, foot_lon, foot_lat = off[away], foot_lon[away], foot_lat[away]
        if not len(off):
            break
        azimuth = GEOD.inv(foot_lon, foot_lat, lon[off], lat[off])[0]
        lon[off], lat[off], _ = GEOD.fwd(foot_lon, foot_lat, azimuth, np.full(len(off), radius_m))
    return np.column_stack([lon, lat])


def _cleaned(zone: Any, parts: list[FloatArray], nearest: Nearest, radius_m: float) -> Any:
    """Drop folds: specks without any line in them, and holes that are not beyond the radius."""
    line = shapely.MultiLineString([shapely.LineString(part) for part in parts])
    polygons = []
    for polygon in shapely.get_parts(_polygonal(zone)):
        if line.intersects(polygon):
            holes = [ring for ring in polygon.interiors if _is_open(ring, nearest, radius_m)]
            polygons.append(shapely.Polygon(polygon.exterior, holes))
    return _polygonal(shapely.union_all(polygons))


def _is_open(ring: Any, nearest: Nearest, radius_m: float) -> bool:
    """Whether the middle of a hole is farther from the line than the radius."""
    lon, lat = shapely.get_coordinates(shapely.maximum_inscribed_circle(shapely.Polygon(ring)))[
        :1
    ].T
    return bool(nearest(lon, lat)[0][0] > radius_m)


def _polygonal(geometry: Any) -> Any:
    """Only the polygons of a geometry; repairing outlines may leave stray lines."""
    polygons = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"]
    if geometry.geom_type == "GeometryCollection":
        polygons = [p for g in geometry.geoms for p in shapely.get_parts(g) if p.area > 0]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _spine(parts: list[FloatArray], radius_m: float, tolerance_m: float) -> Any:
    """The line as one, drawn on at both ends to beyond the zone."""
    coords = np.vstack(parts)
    if tolerance_m > 2:
        # About metres in degrees; the line is thinned only where the caller allowed it.
        thin = shapely.LineString(coords).simplify(tolerance_m / 2 / DEGREE_M)
        coords = shapely.get_coordinates(thin)
    before, last = coords[[1, -2]], coords[[0, -1]]
    azimuth = GEOD.inv(before[:, 0], before[:, 1], last[:, 0], last[:, 1])[0]
    lon, lat, _ = GEOD.fwd(last[:, 0], last[:, 1], azimuth, [radius_m * 1.5] * 2)
    beyond = np.column_stack([lon, lat])
    return shapely.LineString(np.vstack([beyond[:1], coords, beyond[1:]]))


def split_zone(
    zone: Any,
    parts: list[FloatArray],
    nearest: Nearest,
    radius_m: float,
    tolerance_m: float,
) -> dict[int, Any]:
    """The parts of a zone left (1) and right (-1) of the line; one cut serves both."""
    spine = _spine(parts, radius_m, tolerance_m)
    edges = shapely.union_all([zone.boundary, spine])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    inner = shapely.point_on_surface(faces)
    shapely.prepare(zone)
    xy = shapely.get_coordinates(inner)
    within, side = shapely.contains(zone, inner), nearest(xy[:, 0], xy[:, 1])[3]
    return {
        number: _polygonal(shapely.union_all(faces[within & (side == number)]))
        for number in (1, -1)
    }
