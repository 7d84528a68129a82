"""Where an incident may be: a disc, its part on one side of the line, or units as polygons.

Bounds of the distance over a footprint, and points spread evenly by area through it. The points
are made without chance: the same footprint gives the same points.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from bordermap.border import GEOD, Border, ecef
from bordermap.layers import load_layer

__all__ = [
    "AREA_PRECISIONS",
    "LINE",
    "STRIP_M",
    "Points",
    "disc_points",
    "discs_points",
    "is_area",
    "line_id",
    "polygon_bounds",
    "polygon_of",
    "polygon_points",
    "shipped_frame",
    "shipped_points",
    "shipped_polygon",
    "strip",
    "units_of",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

AREA_PRECISIONS = ("district", "province", "country")

STRIP_M = 10_000.0
"""How far "near the border" reaches to each side of a stretch of the line: reports say it of places
up to a day's walk away."""

STRIP_TOLERANCE_DEGREES = 0.002
"""About 200 m of the 10 km, by which the stretch is simplified before its strip is drawn."""

LINE = "line:"
"""How a ``place_id`` begins that is a stretch of the line: ``line:<from_km>-<to_km>``."""

RUN_OF_VERTICES = 32

LONGEST_STEP_DEG = 0.02

HALF_OF_ARC = 0.5 * (1 + 1e-8)
"""Half of the way over the ground for each metre of a chord; arcs of up to 2.3 km are longer than
their chords by less than 6 parts in 1e9."""

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
    area |= rows["place_id"].astype("string").str.startswith(LINE, na=False)
    return (rows["place_id"].notna() & area).to_numpy(dtype=bool)


def units_of(
    codes: Collection[str], frame_of: Callable[[str], gpd.GeoDataFrame]
) -> list[tuple[str, Any]]:
    """Code and polygon of the districts, provinces and countries that have one of the codes.

    Codes of stretches of the line stand for the strips along it.
    """
    strips = [(c, strip(*_range_of(c), Border.load())) for c in sorted(codes) if c.startswith(LINE)]
    return strips + [
        (code, polygon)
        for frame in map(frame_of, ("districts", "provinces", "countries"))
        for code, polygon in zip(frame["code"].tolist(), frame.geometry.to_numpy(), strict=True)
        if code in codes
    ]


def polygon_of(place_id: str, frame_of: Callable[[str], gpd.GeoDataFrame]) -> Any | None:
    """Union of the units whose codes stand in ``place_id`` (joined by ";"), or None.

    Stretches of the line stand for the strips along them.
    """
    polygons = [polygon for _, polygon in units_of(place_id.split(";"), frame_of)]
    if len(polygons) < 2:
        return polygons[0] if polygons else None
    return shapely.union_all(polygons)


def line_id(from_km: float, to_km: float) -> str:
    """``place_id`` of a stretch of the line."""
    return f"{LINE}{from_km:.2f}-{to_km:.2f}"


def _range_of(code: str) -> tuple[float, float]:
    first, last = code.removeprefix(LINE).split("-")
    return float(first), float(last)


@cache
def strip(from_km: float, to_km: float, border: Border) -> Any:
    """What lies within :data:`STRIP_M` of a stretch of the line, to both sides, as a polygon.

    Drawn in a plane in which distances from its middle are true; within 3 % of the width for
    stretches up to 800 km.
    """
    length_km = border.length_km
    start, end = np.clip([from_km, max(to_km, from_km + 0.01)], 0.0, length_km)
    stretch = border.stretch(min(start, length_km - 0.01), end)
    line = shapely.simplify(stretch, STRIP_TOLERANCE_DEGREES)
    west, south, east, north = line.bounds
    plane = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=aeqd "
        f"+lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +ellps=WGS84"
    )
    flat = shapely.transform(line, lambda xy: np.column_stack(plane.transform(*xy.T)))
    wide = flat.buffer(STRIP_M, quad_segs=4)
    return shapely.transform(
        wide, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )


def polygon_bounds(polygons: Sequence[Any], border: Border) -> FloatArray:
    """Least and greatest distance of the outlines of polygons from the line.

    Parameters
    ----------
    polygons : sequence of Polygon or MultiPolygon
        In degrees; together, since measuring in one go costs less than one by one.
    border : Border

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Metres. Exact for the vertices and for places every 2 km between them. Distance changes
        no faster than the place does, so runs of vertices that cannot hold the extreme are not
        measured.
    """
    shapes = np.asarray(polygons, dtype=object)
    if not len(shapes):
        return np.empty((0, 2))
    outlines = _Outlines.of(shapes)
    posts, polygon = outlines.posts(), outlines.polygon
    distance_m = np.full(len(polygon), np.nan)

    def measure(rows: IntArray) -> None:
        distance_m[rows] = border.measure(outlines.lon[rows], outlines.lat[rows]).distance_m

    measure(posts)
    touched = outlines.least(posts, distance_m[posts]) == 0
    touched[~touched] = shapely.intersects(shapes[~touched], border.geometry)
    farther, nearer = outlines.hopeful(posts, distance_m[posts])
    runs = farther | (nearer & ~touched[polygon[posts[:-1]]])
    wanted = np.repeat(np.r_[runs, False], np.diff(np.r_[posts, len(polygon)]))
    measure(np.flatnonzero(wanted & np.isnan(distance_m)))
    least = np.where(touched, 0.0, np.fmin.reduceat(distance_m, outlines.starts))
    return np.column_stack([least, np.fmax.reduceat(distance_m, outlines.starts)])


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """Places on the rings of polygons, ring by ring, with the ring and polygon of each."""

    lon: FloatArray
    lat: FloatArray
    ring: IntArray
    polygon: IntArray

    @classmethod
    def of(cls, polygons: Any) -> _Outlines:
        parts, polygon = shapely.get_parts(polygons, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        places, ring = shapely.get_coordinates(
            shapely.segmentize(rings, LONGEST_STEP_DEG), return_index=True
        )
        return cls(places[:, 0], places[:, 1], ring, polygon[part[ring]])

    @property
    def starts(self) -> IntArray:
        """Where each polygon begins."""
        return np.flatnonzero(np.r_[True, np.diff(self.polygon) > 0])

    def posts(self) -> IntArray:
        """Every so many places, and the last of each ring."""
        is_last = np.r_[np.diff(self.ring) > 0, True]
        begins = np.flatnonzero(np.r_[True, is_last[:-1]])
        nth = np.arange(len(self.ring)) - begins[self.ring]
        return np.flatnonzero((nth % RUN_OF_VERTICES == 0) | is_last)

    def least(self, posts: IntArray, value: FloatArray) -> FloatArray:
        """Least value at the posts of each polygon."""
        found: FloatArray = np.minimum.reduceat(value, np.searchsorted(posts, self.starts))
        return found

    def hopeful(
        self, posts: IntArray, distance_m: FloatArray
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which runs from post to post may reach farther, and nearer, than every post."""
        x, y, z = np.diff(ecef(self.lon, self.lat))
        half_way_m = np.add.reduceat(np.sqrt(x * x + y * y + z * z), posts[:-1]) * HALF_OF_ARC
        mean_m = (distance_m[1:] + distance_m[:-1]) / 2
        run = self.polygon[posts[:-1]]
        same_ring = self.ring[posts[1:]] == self.ring[posts[:-1]]
        # Between two posts the distance is within half the way between them of their mean.
        farther = mean_m + half_way_m > -self.least(posts, -distance_m)[run]
        nearer = mean_m - half_way_m < self.least(posts, distance_m)[run]
        return same_ring & farther, same_ring & nearer


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
