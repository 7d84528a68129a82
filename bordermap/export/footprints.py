"""Where vague incidents may be, as polygons: each place once, in a layer of its own."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.border import GEOD
from bordermap.footprint import is_area, shipped_polygon
from bordermap.layers import load_layer
from bordermap.schema import CRS, Layer

__all__ = ["LARGE_M", "footprints"]

LARGE_M = 5_000.0
"""Radius from which on an incident is vague, as on the page."""

_CORNERS = 72
_UNITS = {"district": "adm2_code", "province": "adm1_code", "country": "adm0"}
_KEYS = ["place_id", "location_precision", "location_radius_m", "location_side", "lon", "lat"]


def footprints(frame: gpd.GeoDataFrame) -> Layer:
    """Districts, provinces, strips along the line and circles in which vague incidents may be.

    Parameters
    ----------
    frame : GeoDataFrame
        Located incidents in EPSG:4326.

    Returns
    -------
    Layer
        Each footprint once: ``event_type`` (the most frequent there), ``incidents`` (how many),
        ``location_precision``, ``location_radius_m`` (of circles), ``place_id`` and
        ``location_side``. Where the records say on which side of the line it was, the rest is cut
        off. Circles are polygons of 72 corners, 0.1 % inside the true ones.
    """
    known = _known(frame)
    counted = known.groupby([*_KEYS, "event_type"], dropna=False, sort=False).size()
    kinds = counted.rename("count").reset_index()
    groups = kinds.groupby(_KEYS, dropna=False, sort=False)
    rows = kinds.loc[groups["count"].idxmax()].reset_index(drop=True)
    rows["incidents"] = groups["count"].sum().to_numpy()
    table = rows[["event_type", "incidents", *_KEYS[:4]]].replace({"": None})
    made = gpd.GeoDataFrame(table, geometry=_shapes(rows), crs=CRS)
    districts = load_layer("districts")
    papers = districts.attribution, districts.licence, districts.source, districts.vintage
    return Layer("footprints", made, "Where vague incidents may be", *papers, districts.disputed)


def _known(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Vague incidents with what decides on their footprints: a name, or a circle."""
    table = pd.DataFrame({name: _texts(frame, name) for name in ("event_type", *_KEYS[:2])})
    table["location_side"] = _texts(frame, "location_side")
    table["location_radius_m"] = _numbers(frame, "location_radius_m")
    points = frame.geometry.to_numpy()
    table["lon"], table["lat"] = shapely.get_x(points), shapely.get_y(points)
    table["place_id"] = _area_ids(frame, table)
    is_whole = (table["place_id"] != "").to_numpy()
    table.loc[is_whole, ["location_radius_m", "lon", "lat"]] = np.nan
    radius = table["location_radius_m"]
    is_vague = (radius >= LARGE_M) | ((table["location_precision"] == "area") & (radius > 0))
    return table[is_whole | (is_vague & np.isfinite(table["lon"]))]


def _area_ids(frame: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.Series[Any]:
    """What an incident is placed by where that has a polygon, else its unit's code, else ""."""
    units = pd.Series("", index=table.index)
    for precision, column in _UNITS.items():
        units = units.mask(table["location_precision"] == precision, _texts(frame, column))
    units = units.where(_is_drawn(units), "")
    ids = table["place_id"]
    return ids.where(is_area(frame) & _is_drawn(ids), units)


def _is_drawn(ids: pd.Series[Any]) -> pd.Series[Any]:
    drawn = {one: bool(one) and shipped_polygon(one) is not None for one in ids.unique()}
    return ids.map(drawn).astype(bool)


def _texts(frame: gpd.GeoDataFrame, name: str) -> pd.Series[Any]:
    if name not in frame.columns:
        return pd.Series([""] * len(frame), dtype=object)
    return (
        frame[name].astype(object).where(frame[name].notna(), "").astype(str).reset_index(drop=True)
    )


def _numbers(frame: gpd.GeoDataFrame, name: str) -> Any:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan)


def _shapes(rows: pd.DataFrame) -> list[Any]:
    sides = {code: _country(code) for code in rows["location_side"].unique()}
    columns = [rows[name].tolist() for name in ("place_id", "lon", "lat", "location_radius_m")]
    whole = [
        shipped_polygon(place_id) if place_id else _circle(lon, lat, radius_m)
        for place_id, lon, lat, radius_m in zip(*columns, strict=True)
    ]
    return [
        shape if sides[side] is None else _cut(shape, sides[side])
        for shape, side in zip(whole, rows["location_side"], strict=True)
    ]


def _circle(lon: float, lat: float, radius_m: float) -> shapely.Polygon:
    headings = np.linspace(0, 360, _CORNERS, endpoint=False)
    every = np.ones(_CORNERS)
    x, y, _ = GEOD.fwd(lon * every, lat * every, headings, radius_m * every)
    return shapely.Polygon(np.column_stack([x, y]))


def _country(code: str) -> Any | None:
    return shipped_polygon(code) if code in ("AF", "PK") else None


def _cut(shape: Any, country: Any) -> Any:
    """The part in a country; the whole where they do not meet."""
    near = shapely.clip_by_rect(country, *shape.buffer(0.1).bounds)
    parts = shapely.get_parts(shapely.intersection(shape, near))
    kept = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return shape if kept.is_empty else kept
