"""What footprints allow to say: surely, maybe or out, and the share of the area inside.

A footprint that may have more than one answer is spread into points (:mod:`bordermap.footprint`),
and each point is located as an incident would be. So whatever can be asked of an incident can be
asked of its footprint, and answers to several questions at once come from the same points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.border import LINE_TOLERANCE_M, Border
from bordermap.errors import FilterError, FrameError
from bordermap.footprint import (
    Points,
    disc_points,
    is_area,
    shipped_frame,
    shipped_points,
    shipped_polygon,
)
from bordermap.locate import locate
from bordermap.schema import CRS

__all__ = [
    "CERTAINTIES",
    "MAYBE",
    "OUT",
    "SURELY",
    "Asked",
    "certainty_of",
    "checked",
    "clear_of_box",
    "clear_of_distances",
    "clear_of_places",
    "clear_of_sides",
    "clear_of_units",
    "is_placed",
    "shares",
]

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

CERTAINTIES = ("nominal", "surely", "maybe")
OUT, MAYBE, SURELY = 0, 1, 2

NEEDED = ("border_distance_m", "border_distance_min_m", "border_distance_max_m")

BATCH = 1_000
"""Footprints that are spread at once: bounds memory."""

DEGREE_M = 110_000.0
"""Less than any degree of latitude is long (metres), so that boxes come out a little large."""


def checked(certainty: str) -> str:
    """Return the word if it is one of :data:`CERTAINTIES`.

    Raises
    ------
    FilterError
        It is not.
    """
    if certainty not in CERTAINTIES:
        raise FilterError(
            f"{certainty!r} is no certainty",
            where="certainty",
            todo=f"use {', '.join(CERTAINTIES)}",
        )
    return certainty


def is_placed(frame: gpd.GeoDataFrame) -> BoolArray:
    """Whether rows have a point."""
    return (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy(dtype=bool)


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    if name not in frame.columns:
        raise FrameError(f"the frame has no column {name}", todo="run locate first")
    return pd.to_numeric(frame[name]).to_numpy(dtype=np.float64, na_value=np.nan)


def _radius_m(frame: pd.DataFrame) -> FloatArray:
    if "location_radius_m" not in frame.columns:
        return np.zeros(len(frame))
    return np.nan_to_num(_numbers(frame, "location_radius_m"))


def clear_of_places(frame: gpd.GeoDataFrame) -> BoolArray:
    """Rows that are a point, and rows without any: every place in them has one answer."""
    return ~is_placed(frame) | (~is_area(frame) & (_radius_m(frame) <= 0))


def clear_of_distances(frame: gpd.GeoDataFrame, edges_m: Sequence[float]) -> BoolArray:
    """Rows whose footprint lies between two of these distances, (a, b]."""
    edges = np.unique(np.asarray(edges_m, dtype=np.float64))
    least, most = (np.searchsorted(edges, _numbers(frame, name)) for name in NEEDED[1:])
    return clear_of_places(frame) | (least == most)


def _boxes(frame: gpd.GeoDataFrame) -> FloatArray:
    """West, south, east and north of each footprint, rather too wide than too narrow."""
    lon, lat = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    north = _radius_m(frame) / DEGREE_M
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
    away = _numbers(frame, NEEDED[1]) > LINE_TOLERANCE_M
    sided = frame["border_side"].isin(["AF", "PK"]).to_numpy(dtype=bool)
    variants = shapely.box(*shipped_frame("variants").geometry.bounds.to_numpy().T)
    rows = np.nonzero(away & sided)[0]
    boxes = shapely.box(*_boxes(frame)[rows].T)
    near, _ = shapely.STRtree(variants).query(boxes)[:2]
    candidate = np.zeros(len(frame), dtype=bool)
    candidate[rows] = True
    candidate[rows[np.unique(near)]] = False
    return clear_of_places(frame) | (candidate & clear_of_units(frame, 0))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer may differ from place to place.

    Attributes
    ----------
    answer : callable
        From located points to one answer each, as the columns of a frame.
    clear : ndarray of bool
        Rows whose footprint is known to have one answer.
    edges_m : tuple of float
        Distances from the line at which the answer changes; parts of a footprint too thin for its
        points are not missed there.
    border : Border, optional
        The line to measure against; the shipped one when not given.
    by_distance : bool
        The answer reads ``border_distance_m`` alone: no need to ask for units and crossings.
    """

    answer: Callable[[Any], pd.DataFrame]
    clear: BoolArray
    edges_m: tuple[float, ...] = ()
    border: Border | None = None
    by_distance: bool = False


def shares(frame: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Answers over the footprints of the rows that are not clear.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    asked : Asked

    Returns
    -------
    DataFrame
        The columns of the answer, ``row`` (position in the frame) and ``share``: the part of the
        footprint's area that has the answer. The shares of a row add up to 1; an answer that the
        footprint merely touches has the share 0.

    Raises
    ------
    FrameError
        The frame is not located.
    """
    for name in NEEDED:
        _numbers(frame, name)
    rows = np.nonzero(~asked.clear)[0]
    footprint, first = _distinct(frame.iloc[rows])
    parts = []
    for at in range(0, len(first), BATCH):
        sources = frame.iloc[rows[first[at : at + BATCH]]]
        samples = _located(sources, asked)
        answers = asked.answer(samples).assign(
            footprint=samples["footprint"].to_numpy() + at, share=samples["weight"].to_numpy()
        )
        names = [name for name in answers.columns if name != "share"]
        parts.append(answers.groupby(names, sort=True, dropna=False, as_index=False)["share"].sum())
    if not parts:
        nothing = asked.answer(frame.iloc[:0])
        return nothing.assign(row=np.zeros(0, dtype=np.intp), share=np.zeros(0))
    members = pd.DataFrame({"footprint": footprint, "row": rows})
    found = pd.concat(parts, ignore_index=True).merge(members, on="footprint")
    found["share"] = found["share"].clip(0.0, 1.0)
    return found.drop(columns="footprint")


def certainty_of(frame: gpd.GeoDataFrame, asked: Asked) -> NDArray[np.int8]:
    """:data:`SURELY`, :data:`MAYBE` or :data:`OUT` for each row, for an answer ``hit``."""
    nominal = asked.answer(frame)["hit"].to_numpy(dtype=bool)
    state = np.where(nominal, SURELY, OUT).astype(np.int8)
    found = shares(frame, asked)
    hits = found.groupby("row")["hit"].agg(["all", "any"])
    state[hits.index.to_numpy()] = np.select([hits["all"], hits["any"]], [SURELY, MAYBE], OUT)
    return state


def _distinct(rows: gpd.GeoDataFrame) -> tuple[IntArray, IntArray]:
    """Number of the footprint of each row, and the first row that has each."""
    key = pd.DataFrame({"x": rows.geometry.x.to_numpy(), "y": rows.geometry.y.to_numpy()})
    key["r"] = _radius_m(rows)
    key["side"] = _side(rows)
    key["unit"] = np.where(is_area(rows), _texts(rows, "place_id"), "")
    number = key.groupby(list(key.columns), sort=False).ngroup().to_numpy(dtype=np.intp)
    return number, np.unique(number, return_index=True)[1]


def _texts(rows: pd.DataFrame, name: str) -> NDArray[np.object_]:
    if name not in rows.columns:
        return np.full(len(rows), "", dtype=object)
    return rows[name].astype(object).where(rows[name].notna(), "").to_numpy(dtype=object)


def _side(rows: pd.DataFrame) -> NDArray[np.object_]:
    return _texts(rows, "location_side")


def _located(sources: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Points through each source's footprint, located; column ``footprint`` says whose."""
    spread = list(_spread(sources))
    count = [len(points.lon) for points in spread]
    lon = np.concatenate([points.lon for points in spread])
    lat = np.concatenate([points.lat for points in spread])
    samples = _measured(lon, lat, asked) if asked.by_distance else _placed(lon, lat, asked)
    samples["location_precision"] = "exact"
    samples["footprint"] = np.repeat(np.arange(len(spread)), count)
    samples["weight"] = np.concatenate([points.weight for points in spread])
    samples = _cut(samples, _side(sources)[samples["footprint"]])
    least, most = (_numbers(sources, name) for name in NEEDED[1:])
    whose = samples["footprint"].to_numpy()
    samples["border_distance_m"] = samples["border_distance_m"].clip(least[whose], most[whose])
    return _with_edges(samples, least, most, asked.edges_m)


def _measured(lon: FloatArray, lat: FloatArray, asked: Asked) -> pd.DataFrame:
    found = (asked.border or Border.load()).measure(lon, lat)
    offset = found.side * found.distance_m
    return pd.DataFrame({"border_distance_m": found.distance_m, "border_offset_m": offset})


def _placed(lon: FloatArray, lat: FloatArray, asked: Asked) -> gpd.GeoDataFrame:
    samples = gpd.GeoDataFrame(
        {"incident_id": np.arange(len(lon))}, geometry=shapely.points(lon, lat), crs=CRS
    )
    return locate(samples, asked.border)


def _spread(sources: gpd.GeoDataFrame) -> Iterator[Points]:
    """Points through each footprint, with its own point among them."""
    radius, area, ids = _radius_m(sources), is_area(sources), _texts(sources, "place_id")
    feet = (_numbers(sources, name) for name in ("border_lon", "border_lat"))
    distance = _numbers(sources, NEEDED[0])
    places = zip(sources.geometry.x, sources.geometry.y, *feet, strict=True)
    for row, (lon, lat, foot_lon, foot_lat) in enumerate(places):
        inside = shipped_points(str(ids[row])) if area[row] else None
        touched = [(lon, lat)]
        if inside is None:
            inside = disc_points(lon, lat, radius[row])
            if distance[row] <= radius[row]:
                touched.append((foot_lon, foot_lat))
        x, y = np.array(touched).T
        yield Points(
            np.r_[inside.lon, x], np.r_[inside.lat, y], np.r_[inside.weight, np.zeros(len(x))]
        )


def _cut(samples: pd.DataFrame, stated: NDArray[np.object_]) -> pd.DataFrame:
    """Leave out what is not on the side that the record states, where some of it is."""
    offset = samples["border_offset_m"].to_numpy()
    kept = (stated == "") | np.where(stated == "AF", offset > 0, offset < 0)
    weight = np.where(kept, samples["weight"], 0.0)
    whose = samples["footprint"].to_numpy()
    total = np.bincount(whose, weight)
    kept |= total[whose] <= 0
    weight = np.where(kept, samples["weight"], 0.0)
    total = np.bincount(whose, weight)
    return samples.assign(weight=weight / total[whose])[kept].reset_index(drop=True)


def _with_edges(
    samples: pd.DataFrame, least: FloatArray, most: FloatArray, edges_m: Sequence[float]
) -> pd.DataFrame:
    """Add weightless points at the bounds of the distance, and at the edges between them."""
    distance = samples["border_distance_m"].to_numpy()
    starts = np.searchsorted(samples["footprint"].to_numpy(), np.arange(len(least) + 1))
    edges = np.asarray(edges_m, dtype=np.float64)
    taken, values = [], []
    for number, (low, high) in enumerate(zip(least, most, strict=True)):
        own = distance[starts[number] : starts[number + 1]]
        for value in (low, *edges[(edges > low) & (edges < high)], high):
            taken.append(starts[number] + int(np.abs(own - value).argmin()))
            values.append(value)
    touched = samples.iloc[taken].assign(weight=0.0, border_distance_m=values)
    return pd.concat([samples, touched], ignore_index=True)
