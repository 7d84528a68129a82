"""Footprints that have one answer for certain, so that no place in them need be asked."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from bordermap.border import LINE_TOLERANCE_M, Border, ecef
from bordermap.certainty.rows import BOUNDS, BoolArray, FloatArray, is_placed, numbers, radius_m
from bordermap.footprint import is_area, shipped_frame, shipped_polygon
from bordermap.joins import Cover, PolygonLayer
from bordermap.locate import offered_crossings

__all__ = [
    "clear_of_box",
    "clear_of_crossings",
    "clear_of_distances",
    "clear_of_kilometres",
    "clear_of_layer",
    "clear_of_places",
    "clear_of_sides",
    "clear_of_stretches",
    "clear_of_units",
]

DEGREE_M = 110_000.0
"""Less than any degree of latitude is long (metres), so that boxes come out a little large."""

KM_ROOM = 0.001
"""Room around the bounds of a kilometre, which is told to 1 cm."""

ROOM_M2 = 100.0
"""Room for the rounding of squared distances in space (square metres)."""


def clear_of_places(frame: gpd.GeoDataFrame) -> BoolArray:
    """Rows that are a point, and rows without any: every place in them has one answer."""
    return ~is_placed(frame) | (~is_area(frame) & (radius_m(frame) <= 0))


def clear_of_distances(frame: gpd.GeoDataFrame, edges_m: Sequence[float]) -> BoolArray:
    """Rows whose footprint lies between two of these distances, (a, b]."""
    edges = np.unique(np.asarray(edges_m, dtype=np.float64))
    least, most = (np.searchsorted(edges, numbers(frame, name)) for name in BOUNDS)
    return clear_of_places(frame) | (least == most)


def _boxes(frame: gpd.GeoDataFrame) -> FloatArray:
    """West, south, east and north of each footprint, rather too wide than too narrow."""
    lon, lat = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    north = radius_m(frame) / DEGREE_M
    east = north / np.maximum(0.01, np.cos(np.radians(np.minimum(90, np.abs(lat) + north))))
    boxes = np.column_stack([lon - east, lat - north, lon + east, lat + north])
    area = np.nonzero(is_area(frame))[0]
    for row, place_id in zip(area, frame["place_id"].iloc[area], strict=True):
        polygon = shipped_polygon(str(place_id))
        if polygon is not None:
            boxes[row] = polygon.bounds
    return boxes


def clear_of_box(frame: gpd.GeoDataFrame, box: Sequence[float]) -> BoolArray:
    """Rows whose footprint lies wholly within or wholly beside a box (west, south, east, north).

    A box across the antimeridian leaves them all to be looked at.
    """
    if box[0] > box[2]:
        return clear_of_places(frame)
    own = _boxes(frame)
    inside = (own[:, :2] >= box[:2]).all(axis=1) & (own[:, 2:] <= box[2:]).all(axis=1)
    beside = (own[:, :2] > box[2:]).any(axis=1) | (own[:, 2:] < box[:2]).any(axis=1)
    return clear_of_places(frame) | inside | beside


def _is_within(place_id: str, level: int) -> bool:
    """Whether units (codes like ``PK``, ``PK-KP``, ``PK-KP-khyber``) lie in one of a level."""
    codes = [code.split("-", 2) for code in place_id.split(";")]
    fine = all(len(code) > level for code in codes) and shipped_polygon(place_id) is not None
    return fine and len({tuple(code[: level + 1]) for code in codes}) == 1


LEVELS = {0: ("countries", "adm0"), 1: ("provinces", "adm1_code"), 2: ("districts", "adm2_code")}


def clear_of_units(frame: gpd.GeoDataFrame, level: int) -> BoolArray:
    """Rows whose footprint lies within one country (0), province (1) or district (2)."""
    clear = clear_of_places(frame)
    area = is_area(frame)
    for row in np.nonzero(area & ~clear)[0]:
        clear[row] = _is_within(str(frame["place_id"].iloc[row]), level)
    layer, column = LEVELS[level]
    rows = np.nonzero(~area & ~clear & frame[column].notna().to_numpy())[0]
    units = shipped_frame(layer)
    number = units.reset_index().set_index("code")["index"]
    hit = frame[column].iloc[rows].map(number).to_numpy(dtype=np.float64, na_value=np.nan)
    rows, hit = rows[np.isfinite(hit)], hit[np.isfinite(hit)].astype(np.intp)
    polygons = units.geometry.to_numpy()
    shapely.prepare(polygons)
    clear[rows] = shapely.contains_properly(polygons[hit], shapely.box(*_boxes(frame)[rows].T))
    return clear


def clear_of_sides(frame: gpd.GeoDataFrame) -> BoolArray:
    """Rows whose footprint lies on one side, away from the line and from its variants."""
    away = numbers(frame, BOUNDS[0]) > LINE_TOLERANCE_M
    sided = frame["border_side"].isin(["AF", "PK"]).to_numpy(dtype=bool)
    variants = shapely.box(*shipped_frame("variants").geometry.bounds.to_numpy().T)
    rows = np.nonzero(away & sided)[0]
    boxes = shapely.box(*_boxes(frame)[rows].T)
    near, _ = shapely.STRtree(variants).query(boxes)[:2]
    candidate = np.zeros(len(frame), dtype=bool)
    candidate[rows] = True
    candidate[rows[np.unique(near)]] = False
    return clear_of_places(frame) | (candidate & clear_of_units(frame, 0))


def clear_of_kilometres(frame: gpd.GeoDataFrame, edges_km: Sequence[float]) -> BoolArray:
    """Rows whose footprint lies between two of these kilometres, [a, b), for certain."""
    clear = clear_of_places(frame)
    rows = np.nonzero(~clear & ~is_area(frame))[0]
    least, most = _kilometres(frame.iloc[rows])
    edges = np.unique(np.asarray(edges_km, dtype=np.float64))
    clear[rows] = np.searchsorted(edges, least, "right") == np.searchsorted(edges, most, "right")
    return clear


def _kilometres(rows: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    lon, lat = rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()
    least, most = Border.load().kilometres_around(lon, lat, radius_m(rows))
    return least - KM_ROOM, most + KM_ROOM


def clear_of_stretches(frame: gpd.GeoDataFrame) -> BoolArray:
    """Rows whose footprint lies beside one stretch of the line for certain."""
    stretches = shipped_frame("stretches").sort_values("from_km")
    new = (stretches["name"] != stretches["name"].shift()).to_numpy()
    return clear_of_kilometres(frame, stretches["from_km"][new].tolist()[1:])


def clear_of_crossings(frame: gpd.GeoDataFrame) -> BoolArray:
    """Rows whose footprint has one nearest crossing.

    Of a place Q = P + q of a disc around P, with |q| at most r, the crossing D is nearer than C
    only if (P - D)^2 - (P - C)^2 < 2 q.(D - C), which is at most 2 r |D - C|; all as points in
    space, where the nearest crossing is told.
    """
    clear = clear_of_places(frame)
    rows = np.nonzero(~clear & ~is_area(frame))[0]
    middles = ecef(frame.geometry.x.to_numpy()[rows], frame.geometry.y.to_numpy()[rows])
    names, lon, lat = offered_crossings()
    crossings, radius = ecef(lon, lat), radius_m(frame)[rows]
    away2 = ((middles[:, :, np.newaxis] - crossings[:, np.newaxis]) ** 2).sum(axis=0)
    own = away2.argmin(axis=1)
    apart = np.linalg.norm(crossings[:, own][:, :, np.newaxis] - crossings[:, np.newaxis], axis=0)
    more = away2 - away2.min(axis=1)[:, np.newaxis]
    other = np.arange(len(names)) != own[:, np.newaxis]
    clear[rows] = ((more > 2 * radius[:, np.newaxis] * apart + ROOM_M2) | ~other).all(axis=1)
    return clear


def clear_of_layer(frame: gpd.GeoDataFrame, layer: PolygonLayer) -> BoolArray:
    """Rows whose disc lies wholly in one unit of a layer and touches no other, or in none."""
    clear = clear_of_places(frame)
    rows = np.nonzero(~clear & ~is_area(frame))[0]
    boxes = shapely.box(*_boxes(frame.iloc[rows]).T)
    cover = Cover(layer.units.geometry.to_numpy())
    at, unit = cover.touching(boxes)
    whole = shapely.contains_properly(cover.polygons[unit], boxes[at])
    units = np.bincount(at, minlength=len(rows))
    inside = np.bincount(at, weights=whole, minlength=len(rows))
    clear[rows] = (units == 0) | ((units == 1) & (inside == 1))
    return clear
