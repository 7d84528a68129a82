"""What stands along the line, by kilometre: units of either side, crossings, disputed stretches."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from bordermap.border import Border
from bordermap.layers import load_attributes, load_layer
from bordermap.render.basemap import local_name
from bordermap.render.text import clean_text
from bordermap.schema import Layer

__all__ = ["along_line"]

_SIDES = {"AF": "af", "PK": "pk"}
_LEVELS = {"provinces": ("adm1_code", "map_provinces"), "districts": ("adm2_code", "map_districts")}
_FARTHEST_M = 50_000.0
"""A crossing of a layer of one's own that lies farther from the line is not on it."""


def along_line(drawn: Mapping[str, Layer], lang: str = "en") -> dict[str, Any]:
    """What the unrolled border names along its axis, as JSON values.

    Parameters
    ----------
    drawn : mapping of str to Layer
        The layers of the page. ``crossings`` and ``variants`` are taken from it; units come from
        the shipped layer ``stretches``.
    lang : str
        Language of the page, of which names in local script are taken where there are such.

    Returns
    -------
    dict
        ``lengthKm``; ``sides`` by country (``AF``, ``PK``), each with ``provinces`` and
        ``districts`` as lists of ``{name, local, from, to}`` in km that cover the whole line;
        ``crossings`` as ``{name, local, km, radiusKm}`` and ``disputed`` as ``{name, from, to,
        uncertaintyKm}``, all in the line's order.
    """
    border = Border.load()
    stretches = load_attributes("stretches").sort_values("from_km")
    return {
        "lengthKm": round(border.length_km, 3),
        "sides": {
            country: {
                level: _units(stretches, f"{column}_{suffix}", layer, lang)
                for level, (column, layer) in _LEVELS.items()
            }
            for country, suffix in _SIDES.items()
        },
        "crossings": _crossings(drawn.get("crossings"), border, lang),
        "disputed": _disputed(drawn.get("variants")),
    }


def _units(stretches: pd.DataFrame, column: str, layer: str, lang: str) -> list[dict[str, Any]]:
    """Units of one side and level in the line's order; a unit met twice stands there twice."""
    frame = load_layer(layer).frame
    met = frame[frame["code"].isin(stretches[column].unique())]
    names = {row["code"]: row for row in met.drop(columns="geometry").to_dict("records")}
    rows = zip(stretches[column], stretches["from_km"], stretches["to_km"], strict=True)
    units = []
    for code, run in groupby(rows, key=lambda row: row[0]):
        parts = list(run)
        known = names[code]
        units.append(
            {
                "name": clean_text(known["name"]),
                "local": local_name(known, lang),
                "from": float(parts[0][1]),
                "to": float(parts[-1][2]),
            }
        )
    return units


def _crossings(layer: Layer | None, border: Border, lang: str) -> list[dict[str, Any]]:
    if layer is None or "name" not in layer.frame.columns or layer.frame.empty:
        return []
    points = layer.frame[layer.frame.geom_type == "Point"]
    found = border.measure(shapely.get_x(points.geometry), shapely.get_y(points.geometry))
    radius = points.get("radius_m", pd.Series(0.0, index=points.index)).fillna(0.0)
    rows = zip(points.to_dict("records"), found.km, found.distance_m, radius, strict=True)
    crossings = [
        {
            "name": clean_text(row["name"]),
            "local": local_name(row, lang),
            "km": round(float(km), 1),
            "radiusKm": round(float(radius_m) / 1000, 1),
        }
        for row, km, distance_m, radius_m in rows
        if distance_m <= _FARTHEST_M
    ]
    return sorted(crossings, key=lambda crossing: (crossing["km"], crossing["name"]))


def _disputed(layer: Layer | None) -> list[dict[str, Any]]:
    """Each stretch once, though the layer has a feature for each of its alignments."""
    columns = ["where", "from_km", "to_km", "uncertainty_m"]
    frame = gpd.GeoDataFrame() if layer is None else layer.frame
    if not set(columns) <= set(frame.columns):
        return []
    once = frame[columns].drop_duplicates().sort_values("from_km")
    return [
        {
            "name": clean_text(where),
            "from": float(from_km),
            "to": float(to_km),
            "uncertaintyKm": round(float(uncertainty_m) / 1000, 1),
        }
        for where, from_km, to_km, uncertainty_m in once.itertuples(index=False)
    ]
