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
    "Points",
    "disc_points",
    "discs_points",
    "is_area",
    "polygon_bounds",
    "polygon_of",
    "polygon_points",
    "shipped_bounds",
    "shipped_frame",
    "shipped_points",
    "shipped_polygon",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

AREA_PRECISIONS = ("district", "province", "country")

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
    away_m : ndarray of float64
        Metres from the middle of a disc; infinite in a polygon.
    """

    lon: FloatArray
    lat: FloatArray
    weight: FloatArray
    away_m: FloatArray


def is_area(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether rows are known to units only, so that polygons are their footprints."""
    if not {"place_id", "location_precision"} <= set(rows.columns):
        return np.zeros(len(rows), dtype=bool)
    area = rows["location_precision"].isin(AREA_PRECISIONS)
    return (rows["place_id"].notna() & area).to_numpy(dtype=bool)


def polygon_of(place_id: str, frame_of: Callable[[str], gpd.GeoDataFrame]) -> Any | None:
    """Union of the units whose codes stand in ``place_id`` (joined by ";"), or None."""
    codes = set(place_id.split(";"))
    polygons = [
        polygon
        for name in ("districts", "provinces", "countries")
        for polygon in frame_of(name).geometry[frame_of(name)["code"].isin(codes)]
    ]
    if len(polygons) < 2:
        return polygons[0] if polygons else None
    return shapely.union_all(polygons)


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
    even, away = np.full(len(lon), 1 / len(lon)), np.full(len(lon), np.inf)
    return Points(np.asarray(lon), np.asarray(lat), even, away)


def disc_points(lon: float, lat: float, radius_m: float) -> Points:
    """Spread points evenly by area through a disc; see :func:`discs_points`."""
    return discs_points(np.array([lon]), np.array([lat]), np.array([radius_m]))[0]


def discs_points(lon: FloatArray, lat: FloatArray, radius_m: FloatArray) -> tuple[Points, IntArray]:
    """Spread points evenly by area through discs, and some on their rims.

    Parameters
    ----------
    lon, lat, radius_m : ndarray of float64, shape (n,)
        Degrees and metres.

    Returns
    -------
    points : Points
        The weights of each disc add up to 1.
    disc : ndarray of intp
        Number of the disc of each point.

    Notes
    -----
    The share of the area beyond a straight cut is off by at most 2 % of the disc, and 5 %
    of one up to :data:`SMALL_M`, which are many where they are at all. That the Earth is curved
    changes it by less than 1 part in 1,000 up to a radius of 500 km.
    """
    small = radius_m <= SMALL_M
    kinds = ((small, SMALL_POINTS, SMALL_RIM), (~small, DISC_POINTS, RIM_POINTS))
    spread, discs = [], []
    for kind, count, rim in kinds:
        rows = np.nonzero(kind)[0]
        spread.append(_sunflowers(lon[rows], lat[rows], radius_m[rows], count, rim))
        discs.append(np.repeat(rows, count + rim))
    points = Points(*(np.concatenate(parts) for parts in zip(*spread, strict=True)))
    return points, np.concatenate(discs)


def _sunflowers(
    lon: FloatArray, lat: FloatArray, radius_m: FloatArray, count: int, rim: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Longitude, latitude, weight and metres from the middle of points, disc by disc."""
    number, turns = np.arange(count), np.arange(rim)
    away = np.r_[np.sqrt((number + 0.5) / count), np.ones(rim)]
    heading = np.degrees(np.r_[number * GOLDEN_ANGLE, turns * 2 * np.pi / rim]) % 360
    every, away_m = len(away), np.outer(radius_m, away).ravel()
    start = np.repeat(lon, every), np.repeat(lat, every)
    x, y, _ = GEOD.fwd(*start, np.tile(heading, len(lon)), away_m)
    weight = np.r_[np.full(count, 1 / count), np.zeros(rim)]
    return np.asarray(x), np.asarray(y), np.tile(weight, len(lon)), away_m
