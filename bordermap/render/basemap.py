"""Reference layers and buffer zones as packed tables, and what is to be said about each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.border import Border
from bordermap.errors import LayerError
from bordermap.footprint import LINE, shipped_polygon
from bordermap.layers import load_layer
from bordermap.render.incidents import Areas
from bordermap.render.payload import Column, Table, Texts, integers, pack_table, words
from bordermap.render.text import clean_text
from bordermap.schema import CRS, Layer

__all__ = [
    "MAP_LAYERS",
    "area_index",
    "drawn_layers",
    "layer_table",
    "local_name",
    "strips",
    "zones",
]

MAP_LAYERS = (
    "neighbours",
    "lakes",
    "rivers",
    "map_provinces",
    "map_districts",
    "map_line",
    "variants",
    "crossings",
    "towns",
)
"""Layers of the shipped basemap, from the bottom up."""

_STEP_DEGREES = {"map_line": 1e-5, "variants": 1e-5, "crossings": 1e-5}
_CONTEXT_STEP_DEGREES = 1e-4
"""About 10 m, under a pixel at every zoom at which context is drawn."""

_ZONE_SHARE = 50.0
"""The line is simplified by, and the outline may be off by, the radius divided by this."""

_STRETCH = re.compile(re.escape(LINE) + r"\d{1,5}(?:\.\d+)?-\d{1,5}(?:\.\d+)?", re.ASCII)
_STRIP_DEGREES = 0.002
"""Strips along the line are 20 km wide and drawn to 200 m."""

_DEGREE_M = 111_320.0
_SIDES = {1: "AF", -1: "PK"}
_LOCAL_NAMES = {"AF": ("name_fa", "name_ps"), "PK": ("name_ur", "name_ps")}
_FEATURE_STEPS = {"from_km": 0.1, "to_km": 0.1, "uncertainty_m": 1.0, "radius_m": 1.0}
_RANKS = ("population", "scalerank", "rank")


def drawn_layers(overrides: Mapping[str, Layer | None] | None = None) -> dict[str, Layer]:
    """The layers to draw by name, from the bottom up.

    A name of :data:`MAP_LAYERS` replaces the shipped layer (``None`` leaves it out), any other
    name is drawn on top.
    """
    given = dict(overrides or {})
    base = {name: given.pop(name) if name in given else load_layer(name) for name in MAP_LAYERS}
    return {name: layer for name, layer in {**base, **given}.items() if layer is not None}


def zones(bands_km: tuple[float, ...], line: Layer | None) -> gpd.GeoDataFrame:
    """Zones along the line as it is drawn, one polygon for each band and side.

    They are for looking at, true to 4 % of their width; distances of incidents never come from
    them.

    Parameters
    ----------
    bands_km : tuple of float
        Outer edges, ascending.
    line : Layer, optional
        The drawn line; without it there are no zones.

    Returns
    -------
    GeoDataFrame
        ``from_km``, ``to_km``, ``side`` (``AF`` or ``PK``) and the polygon in EPSG:4326, from the
        innermost band out. A band does not overlap the one inside it.
    """
    whole = None if line is None else shapely.to_wkb(line.frame.geometry.union_all())
    rows = [] if whole is None else _known_bands(tuple(bands_km), whole)
    names = ["from_km", "to_km", "side", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=names), geometry="geometry", crs=CRS)


@lru_cache(maxsize=8)
def _known_bands(
    bands_km: tuple[float, ...], line: bytes
) -> tuple[tuple[float, float, str, Any], ...]:
    """They take a second and depend on no incident: the next map of a process has them."""
    return tuple(_bands(bands_km, shapely.from_wkb(line)))


def _bands(
    bands_km: tuple[float, ...], line: shapely.LineString
) -> Iterator[tuple[float, float, str, Any]]:
    inner = shapely.Polygon()
    for from_km, to_km in pairwise((0.0, *bands_km)):
        radius_m = to_km * 1000.0
        border = Border(line.simplify(radius_m / _ZONE_SHARE / _DEGREE_M))
        outer = border.zone(radius_m, tolerance_m=radius_m / _ZONE_SHARE)
        for country, half in _halves(outer, line, border).items():
            yield from_km, to_km, country, half.difference(inner)
        inner = outer


def _halves(zone: Any, line: Any, border: Border) -> dict[str, Any]:
    """The two sides of a zone, cut along the line as drawn; one cut serves both."""
    reach = 3 * max(zone.bounds[2] - line.bounds[2], zone.bounds[3] - line.bounds[3])
    parts = zip(shapely.get_parts(line), shapely.get_parts(border.geometry), strict=True)
    cuts = [_beyond_its_ends(part, simple, reach) for part, simple in parts]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([zone.boundary, *cuts])]))
    inner = shapely.point_on_surface(faces)
    within = shapely.contains(zone, inner)
    side = border.measure(shapely.get_x(inner), shapely.get_y(inner)).side
    return {
        country: shapely.union_all(faces[within & (side == number)])
        for number, country in _SIDES.items()
    }


def _beyond_its_ends(
    line: shapely.LineString, simple: shapely.LineString, reach: float
) -> shapely.LineString:
    """The line, drawn on at both ends by ``reach`` degrees as its simplified form points."""
    coordinates = shapely.get_coordinates(simple)
    steps = coordinates[[0, -1]] - coordinates[[1, -2]]
    first, last = coordinates[[0, -1]] + steps / np.hypot(*steps.T)[:, np.newaxis] * reach
    return shapely.LineString(np.vstack([first, shapely.get_coordinates(line), last]))


def strips(place_ids: pd.Series[Any]) -> gpd.GeoDataFrame:
    """The strips along the line that are footprints of incidents, each once, as polygons.

    Parameters
    ----------
    place_ids : Series of str
        Those that begin with ``line:`` name stretches, joined by ``;``.
    """
    texts = Texts.of(place_ids).different
    codes = {code for text in texts for code in text.split(";") if _STRETCH.fullmatch(code)}
    rows = [(code, shapely.simplify(shipped_polygon(code), _STRIP_DEGREES)) for code in codes]
    frame = pd.DataFrame(sorted(rows), columns=["code", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS)


def area_index(layers: Mapping[str, Layer], strips: gpd.GeoDataFrame) -> Areas:
    """Every district, province and country that the layers can draw, and every strip, by code."""
    areas: dict[str, tuple[tuple[str, int], ...]] = {}
    for name in ("map_districts", "map_provinces"):
        frame = layers[name].frame if name in layers else None
        if frame is not None and "code" in frame.columns:
            areas.update({str(code): ((name, row),) for row, code in enumerate(frame["code"])})
    provinces = [(code, drawn) for code, (drawn,) in areas.items() if drawn[0] == "map_provinces"]
    for country in sorted({code[:2] for code, _ in provinces}):
        areas[country] = tuple(drawn for code, drawn in provinces if code.startswith(country))
    areas.update({code: (("strips", row),) for row, code in enumerate(strips["code"])})
    return areas


def _rings(part: Any) -> list[Any]:
    return [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]


def _geometry_columns(geometries: Any, step: float) -> list[Column]:
    """Coordinates, points in each ring, rings in each part, parts in each feature.

    A point or a line is a part of one ring; so one way of reading serves every layer.
    """
    parts, feature_of_part = shapely.get_parts(geometries, return_index=True)
    rings = [_rings(part) for part in parts]
    flat = [ring for group in rings for ring in group]
    coordinates = shapely.get_coordinates(flat)
    return [
        integers("x", coordinates[:, 0], step),
        integers("y", coordinates[:, 1], step),
        integers("points", [shapely.get_num_coordinates(ring) for ring in flat]),
        integers("rings", [len(group) for group in rings]),
        integers("parts", np.bincount(feature_of_part, minlength=len(geometries))),
    ]


def local_name(row: Mapping[str, Any], lang: str = "en") -> str:
    """The name in local script: in the page's language if there is one, else in Dari or Urdu."""
    country = clean_text(row.get("country"))
    usual = (*_LOCAL_NAMES.get(country, ()), "name_ps", "name_fa", "name_ur", "names_local")
    for column in (f"name_{lang}", *usual):
        name = clean_text(row.get(column)).split(";")[0].strip()
        if name:
            return name
    return ""


def _label_columns(geometries: gpd.GeoSeries) -> list[Column]:
    """Where the name of an area stands: its centroid, or an inner point where that lies outside."""
    middles = shapely.centroid(geometries.to_numpy())
    inner = shapely.point_on_surface(geometries.to_numpy())
    points = np.where(shapely.contains(geometries.to_numpy(), middles), middles, inner)
    step = _CONTEXT_STEP_DEGREES
    return [
        integers("label_x", shapely.get_x(points), step),
        integers("label_y", shapely.get_y(points), step),
    ]


def _feature_columns(frame: gpd.GeoDataFrame) -> list[Column]:
    names = set(frame.columns)
    columns = [words("country", frame["country"])] if "country" in names else []
    columns += [words("side", frame["side"])] if "side" in names else []
    columns += [
        integers(name, frame[name], step) for name, step in _FEATURE_STEPS.items() if name in names
    ]
    rank = next((name for name in _RANKS if name in names), None)
    return columns + ([integers("rank", frame[rank])] if rank else [])


def _feature_texts(frame: gpd.GeoDataFrame, lang: str) -> dict[str, list[str]]:
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    texts = {"local": [local_name(row, lang) for row in rows]}
    for name in ("name", "code", "alignment"):
        if name in frame.columns:
            texts[name] = [clean_text(row[name]) for row in rows]
    return {name: values for name, values in texts.items() if any(values)}


def layer_table(name: str, frame: gpd.GeoDataFrame, lang: str = "en") -> Table:
    """Pack the features of a reference layer: coordinates, how they hang together, names.

    Names in local script are those of the page's language where the layer has them.

    Raises
    ------
    LayerError
        The layer is not in EPSG:4326.
    """
    if frame.crs is not None and not frame.crs.equals(CRS):
        raise LayerError("the layer is not in EPSG:4326", where=name, todo="use frame.to_crs(4326)")
    kind = _kind(frame)
    columns = [
        *_geometry_columns(
            frame.geometry.to_numpy(), _STEP_DEGREES.get(name, _CONTEXT_STEP_DEGREES)
        ),
        *(_label_columns(frame.geometry) if kind == "polygon" else ()),
        *_feature_columns(frame),
    ]
    table = pack_table(len(frame), columns, _feature_texts(frame, lang))
    table.meta["kind"] = kind
    return table


def _kind(frame: gpd.GeoDataFrame) -> str:
    """``polygon``, ``line`` or ``point``: how the page draws the layer."""
    types = set(frame.geom_type.dropna())
    if types & {"Polygon", "MultiPolygon"}:
        return "polygon"
    return "line" if types & {"LineString", "MultiLineString"} else "point"
