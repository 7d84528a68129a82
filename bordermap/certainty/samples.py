"""Points spread through footprints, each located as an incident would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.border import GEOD, LINE_TOLERANCE_M, Border
from bordermap.certainty.rows import (
    BOUNDS,
    BoolArray,
    FloatArray,
    IntArray,
    ObjectArray,
    numbers,
    radius_m,
    stated_side,
    texts,
)
from bordermap.certainty.touched import Touched
from bordermap.footprint import discs_points, is_area, shipped_points
from bordermap.joins import PolygonLayer
from bordermap.locate import locate
from bordermap.schema import CRS

__all__ = ["Asked", "samples_of"]

SURE_M = 0.01
"""Room for rounding where a distance is told without measuring (metres)."""


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
        The answer reads ``border_distance_m`` alone and changes at ``edges_m`` only.
    touched : tuple of Touched
        Layers whose units decide the answer; no unit that a footprint touches is missed.
    joined : tuple of PolygonLayer
        The user's layers whose columns the answer reads.
    """

    answer: Callable[[Any], pd.DataFrame]
    clear: BoolArray
    edges_m: tuple[float, ...] = ()
    border: Border | None = None
    by_distance: bool = False
    touched: tuple[Touched, ...] = ()
    joined: tuple[PolygonLayer, ...] = ()


def samples_of(sources: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Points through the footprint of each source, located.

    Returns
    -------
    DataFrame
        Columns that the answer reads, ``footprint`` (position in ``sources``) and ``weight``:
        the share of the footprint's area that a point stands for.
    """
    spread = _spread(sources, asked)
    if asked.by_distance:
        samples = _measured(spread, sources, asked)
    else:
        samples = _placed(spread, sources, asked)
    samples = _cut(samples, stated_side(sources)[samples["footprint"]])
    least, most = (numbers(sources, name) for name in BOUNDS)
    whose = samples["footprint"].to_numpy()
    samples["border_distance_m"] = samples["border_distance_m"].clip(least[whose], most[whose])
    return _with_edges(samples, least, most, asked.edges_m)


def _points(whose: Any, lon: Any, lat: Any, weight: Any = 0.0, away_m: Any = 0.0) -> Any:
    """Points of footprints, ``away_m`` at most from their own point."""
    columns = {"footprint": whose, "lon": lon, "lat": lat, "weight": weight, "away_m": away_m}
    return pd.DataFrame(columns)


def _spread(sources: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Points through each footprint, with its own point among them."""
    lon, lat = sources.geometry.x.to_numpy(), sources.geometry.y.to_numpy()
    ids, radius = texts(sources, "place_id"), radius_m(sources)
    parts, discs = [_points(np.arange(len(sources)), lon, lat)], ~is_area(sources)
    for row in np.nonzero(~discs)[0]:
        inside = shipped_points(str(ids[row]))
        if inside is None:
            discs[row] = True
        else:
            parts.append(_points(row, inside.lon, inside.lat, inside.weight, np.inf))
    rows = np.nonzero(discs)[0]
    points, disc = discs_points(lon[rows], lat[rows], radius[rows])
    parts.append(_points(rows[disc], points.lon, points.lat, points.weight, points.away_m))
    if not asked.by_distance:
        parts.append(
            _line_places(sources, rows[numbers(sources, "border_distance_m")[rows] <= radius[rows]])
        )
    return pd.concat(parts, ignore_index=True)


def _line_places(sources: gpd.GeoDataFrame, rows: IntArray) -> pd.DataFrame:
    """Nearest place on the line, and one beyond it, of discs that reach it."""
    near = sources.iloc[rows]
    lon, lat = near.geometry.x.to_numpy(), near.geometry.y.to_numpy()
    foot_lon, foot_lat = (numbers(near, name) for name in ("border_lon", "border_lat"))
    heading, _, way = GEOD.inv(lon, lat, foot_lon, foot_lat)
    beyond = np.minimum(way + 2 * LINE_TOLERANCE_M, radius_m(near))
    over_lon, over_lat, _ = GEOD.fwd(lon, lat, heading, beyond)
    feet = _points(rows, foot_lon, foot_lat)
    return pd.concat([feet, _points(rows, over_lon, over_lat)], ignore_index=True)


def _measured(spread: pd.DataFrame, sources: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Distances; where no edge is near, that of the footprint's own point serves as well.

    A distance changes no faster than the place does.
    """
    whose = spread["footprint"].to_numpy()
    own, away = numbers(sources, "border_distance_m"), spread["away_m"].to_numpy()
    cut = stated_side(sources) != ""
    needed = cut[whose] | ~np.isfinite(away)
    for edge in asked.edges_m:
        needed |= np.abs(own - edge)[whose] <= away + SURE_M
    # Points on the rim weigh nothing, and the bounds stand for them.
    spread, needed = (part[(spread["weight"] > 0) | (away == 0)] for part in (spread, needed))
    distance = own[spread["footprint"]]
    offset = np.full(len(spread), np.nan)
    lon, lat = spread["lon"].to_numpy()[needed], spread["lat"].to_numpy()[needed]
    found = (asked.border or Border.load()).measure(lon, lat)
    distance[needed] = found.distance_m
    offset[needed] = found.side * found.distance_m
    return spread.assign(border_distance_m=distance, border_offset_m=offset)


def _placed(spread: pd.DataFrame, sources: gpd.GeoDataFrame, asked: Asked) -> gpd.GeoDataFrame:
    """Points located with units and all, and those in units that they missed."""
    whose = spread["footprint"].to_numpy()
    points = shapely.points(spread["lon"], spread["lat"])
    missed = [_points(*one.missed(sources, points, whose)) for one in asked.touched]
    spread = pd.concat([spread, *missed], ignore_index=True)
    samples = gpd.GeoDataFrame(
        {"incident_id": np.arange(len(spread))},
        geometry=gpd.points_from_xy(spread["lon"], spread["lat"]),
        crs=CRS,
    )
    join = {layer.key: layer for layer in asked.joined}
    located = locate(samples, asked.border, join=join)
    return located.assign(
        location_precision="exact",
        footprint=spread["footprint"].to_numpy(),
        weight=spread["weight"].to_numpy(),
    )


def _cut(samples: pd.DataFrame, stated: ObjectArray) -> pd.DataFrame:
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
    rows = [np.arange(len(least))] * 2
    values = [least, most]
    for edge in edges_m:
        between = np.nonzero((edge > least) & (edge < most))[0]
        rows.append(between)
        values.append(np.full(len(between), edge))
    whose, value = np.concatenate(rows), np.concatenate(values)
    taken = _nearest_of(samples, whose, value)
    touched = samples.iloc[taken].assign(weight=0.0, border_distance_m=value)
    return pd.concat([samples, touched], ignore_index=True)


def _nearest_of(samples: pd.DataFrame, whose: IntArray, value: FloatArray) -> IntArray:
    """For each value the point of its footprint whose distance is nearest to it."""
    footprint, distance = samples["footprint"].to_numpy(), samples["border_distance_m"].to_numpy()
    order = np.lexsort((distance, footprint))
    span = 1 + max(distance.max(), value.max())
    line = footprint[order] * span + distance[order]
    at = np.searchsorted(line, whose * span + value)
    first, last = (np.searchsorted(footprint[order], whose, side) for side in ("left", "right"))
    before, after = np.clip(at - 1, first, last - 1), np.clip(at, first, last - 1)
    nearer = np.abs(distance[order[before]] - value) <= np.abs(distance[order[after]] - value)
    return order[np.where(nearer, before, after)]
