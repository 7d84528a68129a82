"""Where an incident may be: a disc, its part on one side of the line, or units as polygons.

Bounds of the distance over a footprint, and points spread evenly by area through it. The points
are made without chance: the same footprint gives the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from bordermap.border import GEOD, Border
from bordermap.layers import load_layer

__all__ = [
    "AREA_PRECISIONS",
    "LINE",
    "STRIP_M",
    "Points",
    "disc_points",
    "is_area",
    "line_id",
    "polygon_bounds",
    "polygon_of",
    "polygon_points",
    "shipped_bounds",
    "shipped_frame",
    "shipped_points",
    "shipped_polygon",
    "strip",
]

FloatArray = NDArray[np.float64]

AREA_PRECISIONS = ("district", "province", "country")

STRIP_M = 10_000.0
"""How far "near the border" reaches to each side of a stretch of the line: reports say it of places
up to a day's walk away."""

STRIP_TOLERANCE_DEGREES = 0.001
"""About 100 m, by which the stretch is simplified before its strip is drawn."""

LINE = "line:"
"""How a ``place_id`` begins that is a stretch of the line: ``line:<from_km>-<to_km>``."""

RUN_OF_VERTICES = 32

DISC_POINTS, RIM_POINTS = 256, 32
"""Points in a disc, and on its rim (these weigh nothing, and show what it touches)."""

SMALL_M, SMALL_POINTS, SMALL_RIM = 2_000.0, 64, 16
"""The same for small discs, of which there may be very many."""

LEAST_POINTS, MOST_POINTS, CELL_M2 = 400, 2_000, 25e6
"""Points in a polygon: one to 25 square kilometres, within these limits."""

MOST_TRIED = 200_000
"""Places tried around a polygon: a sliver fills next to nothing of its box."""

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
"""Turn between the points of a disc (Vogel 1979, "A better way to construct the sunflower
head"): each point stands for the same area."""

PLASTIC = 1.32471795724474602596
"""Root of x^3 = x + 1; its powers spread points evenly over a rectangle (Roberts 2018, the
sequence R2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points spread through a footprint.

    Attributes
    ----------
    lon, lat : ndarray of float64
        Degrees.
    weight : ndarray of float64
        Share of the footprint's area that a point stands for; they add up to 1.
    """

    lon: FloatArray
    lat: FloatArray
    weight: FloatArray


def is_area(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether rows are known to units only, so that polygons are their footprints."""
    if not {"place_id", "location_precision"} <= set(rows.columns):
        return np.zeros(len(rows), dtype=bool)
    area = rows["location_precision"].isin(AREA_PRECISIONS)
    area |= rows["place_id"].astype("string").str.startswith(LINE, na=False)
    return (rows["place_id"].notna() & area).to_numpy(dtype=bool)


def polygon_of(place_id: str, frame_of: Callable[[str], gpd.GeoDataFrame]) -> Any | None:
    """Union of the units whose codes stand in ``place_id`` (joined by ";"), or None.

    Stretches of the line stand for the strips along them.
    """
    codes = set(place_id.split(";"))
    if place_id.startswith(LINE):
        return shapely.union_all([strip(*_range_of(code), Border.load()) for code in sorted(codes)])
    polygons = [
        polygon
        for name in ("districts", "provinces", "countries")
        for polygon in frame_of(name).geometry[frame_of(name)["code"].isin(codes)]
    ]
    if len(polygons) < 2:
        return polygons[0] if polygons else None
    return shapely.union_all(polygons)


def line_id(from_km: float, to_km: float) -> str:
    """``place_id`` of a stretch of the line."""
    return f"{LINE}{from_km:.2f}-{to_km:.2f}"


def _range_of(code: str) -> tuple[float, float]:
    first, last = code.removeprefix(LINE).split("-")
    return float(first), float(last)


def strip(from_km: float, to_km: float, border: Border) -> Any:
    """What lies within :data:`STRIP_M` of a stretch of the line, to both sides, as a polygon.

    Drawn in a plane in which distances from its middle are true; within 1 % of the width for
    stretches up to 800 km.
    """
    length_km = border.length_km
    start, end = np.clip([from_km, max(to_km, from_km + 0.01)], 0.0, length_km)
    stretch = border.stretch(min(start, length_km - 0.01), end)
    line = shapely.simplify(stretch, STRIP_TOLERANCE_DEGREES)
    west, south, east, north = line.bounds
    project = f"+proj=aeqd +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +datum=WGS84"
    plane = Transformer.from_crs("EPSG:4326", project, always_xy=True)
    flat = shapely.transform(line, lambda xy: np.column_stack(plane.transform(*xy.T)))
    wide = flat.buffer(STRIP_M, quad_segs=4)
    return shapely.transform(
        wide, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )


def polygon_bounds(polygon: Any, border: Border) -> tuple[float, float]:
    """Least and greatest distance of a polygon's outline from the line, metres.

    Exact for its vertices and for places every 2 km between them. Distance changes no faster than
    the place does, so runs of vertices that cannot hold the extreme are not measured.
    """
    rings = shapely.get_rings(shapely.get_parts(polygon))
    if polygon.intersects(border.geometry):
        least = 0.0
    else:
        least = -max(_greatest(ring, border, -1.0) for ring in rings)
    return least, max(_greatest(ring, border, 1.0) for ring in rings)


def _greatest(ring: Any, border: Border, sign: float) -> float:
    """Greatest ``sign * distance`` over the vertices of a ring."""
    lon, lat = shapely.get_coordinates(shapely.segmentize(ring, 0.02)).T
    walked = np.r_[0, np.cumsum(GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2])]
    posts = np.unique(np.r_[np.arange(0, len(lon), RUN_OF_VERTICES), len(lon) - 1])
    at_posts = sign * border.measure(lon[posts], lat[posts]).distance_m
    best = float(at_posts.max())
    # Between two posts the value is at most their mean plus half the way between them.
    most = (at_posts[1:] + at_posts[:-1] + np.diff(walked[posts])) / 2
    hopeful = np.repeat(most > best, np.diff(posts))
    rows = np.nonzero(hopeful)[0]
    if len(rows):
        best = max(best, float((sign * border.measure(lon[rows], lat[rows]).distance_m).max()))
    return best


def shipped_frame(name: str) -> gpd.GeoDataFrame:
    """Features of a shipped layer."""
    return load_layer(name).frame


@cache
def shipped_polygon(place_id: str) -> Any | None:
    """Like :func:`polygon_of`, of the shipped units, made once per process and prepared."""
    polygon = polygon_of(place_id, shipped_frame)
    if polygon is not None:
        shapely.prepare(polygon)
    return polygon


@cache
def shipped_bounds(place_id: str) -> tuple[float, float] | None:
    """Distances of shipped units from the shipped line, measured once per process."""
    polygon = shipped_polygon(place_id)
    return None if polygon is None else polygon_bounds(polygon, Border.load())


@cache
def shipped_points(place_id: str) -> Points | None:
    """Points through shipped units, spread once per process."""
    polygon = shipped_polygon(place_id)
    return None if polygon is None else polygon_points(polygon)


def polygon_points(polygon: Any) -> Points:
    """Spread points evenly by area through a polygon in degrees.

    Notes
    -----
    In the equal-area cylindrical projection of WGS 84. The share of the area beyond a straight
    cut is off by at most about 2 % of the whole (tests measure it); a part smaller than the
    area that one point stands for may be missed.
    """
    west, south, east, north = polygon.bounds
    project = f"+proj=cea +lon_0={(west + east) / 2} +lat_ts={(south + north) / 2} +datum=WGS84"
    plane = Transformer.from_crs("EPSG:4326", project, always_xy=True)
    flat = shapely.transform(polygon, lambda xy: np.column_stack(plane.transform(*xy.T)))
    shapely.prepare(flat)
    x0, y0, x1, y1 = flat.bounds
    wanted = np.clip(flat.area / CELL_M2, LEAST_POINTS, MOST_POINTS)
    tried = min(MOST_TRIED, wanted * (x1 - x0) * (y1 - y0) / max(flat.area, 1.0))
    number = np.arange(1, 2 + int(tried))
    x = x0 + (x1 - x0) * ((0.5 + number / PLASTIC) % 1)
    y = y0 + (y1 - y0) * ((0.5 + number / PLASTIC**2) % 1)
    inside = shapely.contains_xy(flat, x, y)
    if not inside.any():
        inner = shapely.point_on_surface(flat)
        x, y, inside = np.array([inner.x]), np.array([inner.y]), np.array([True])
    # Lists: pyproj turns arrays of one into numbers, about which NumPy before 2.4 warns.
    lon, lat = plane.transform(x[inside].tolist(), y[inside].tolist(), direction="INVERSE")
    return Points(np.asarray(lon), np.asarray(lat), np.full(len(lon), 1 / len(lon)))


def disc_points(lon: float, lat: float, radius_m: float) -> Points:
    """Spread points evenly by area through a disc, and some on its rim.

    Notes
    -----
    The share of the area beyond a straight cut is off by at most 2 % of the disc, and 5 %
    of one up to :data:`SMALL_M`, which are many where they are at all. That the Earth is curved
    changes it by less than 1 part in 1,000 up to a radius of 500 km.
    """
    small = radius_m <= SMALL_M
    count, rim = (SMALL_POINTS, SMALL_RIM) if small else (DISC_POINTS, RIM_POINTS)
    number, turns = np.arange(count), np.arange(rim)
    away = np.r_[np.sqrt((number + 0.5) / count), np.ones(rim)] * radius_m
    heading = np.degrees(np.r_[number * GOLDEN_ANGLE, turns * 2 * np.pi / rim]) % 360
    start = np.full(len(away), lon), np.full(len(away), lat)
    x, y, _ = GEOD.fwd(*start, heading, away)
    weight = np.r_[np.full(count, 1 / count), np.zeros(rim)]
    return Points(np.asarray(x), np.asarray(y), weight)
