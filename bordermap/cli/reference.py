"""The reference layers as results: what ships, and what is made along the line."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from bordermap.border import Border
from bordermap.layers import load_layer
from bordermap.schema import CRS, Layer

__all__ = [
    "REFERENCE",
    "TOLERANCE_M",
    "WITH_INCIDENTS",
    "posts",
    "stretch",
    "with_incidents",
    "zones",
]

REFERENCE = ("line", "variants", "stretches", "crossings", "provinces", "districts")
WITH_INCIDENTS = ("line", "variants", "zones", "provinces", "districts", "crossings")
"""Layers that a file of incidents may have beside them."""

TOLERANCE_M = 10.0
SIDES = {1: "AF", -1: "PK"}


def with_incidents(edges_km: tuple[float, ...]) -> list[Layer]:
    """The layers that stand beside incidents, with the zones of the bands."""
    return [
        zones(edges_km, TOLERANCE_M) if name == "zones" else load_layer(name)
        for name in WITH_INCIDENTS
    ]


def posts(step_km: float) -> Layer:
    """Kilometre posts with the units that face each other there."""
    km, lon, lat = Border.load().posts(step_km)
    stretches = load_layer("stretches").frame.sort_values("from_km")
    at = np.searchsorted(stretches["from_km"].to_numpy(), km, side="right") - 1
    rows = {
        "name": [f"km {mark:g}" for mark in km],
        "km": np.round(km, 6),
        "lon": np.round(lon, 7),
        "lat": np.round(lat, 7),
        "stretch": stretches["name"].to_numpy()[np.maximum(at, 0)],
    }
    return _of_the_line("posts", rows, list(gpd.points_from_xy(lon, lat)))


def stretch(from_km: float, to_km: float) -> Layer:
    """The line between two kilometres."""
    line = Border.load().stretch(from_km, to_km)
    rows = {
        "name": [f"km {from_km:g} to {to_km:g}"],
        "from_km": [from_km],
        "to_km": [to_km],
        "length_km": [round(to_km - from_km, 6)],
    }
    return _of_the_line("stretch", rows, [line])


def zones(edges_km: tuple[float, ...], tolerance_m: float) -> Layer:
    """Buffer zones of every band on either side."""
    border = Border.load()
    found = [
        (edge, SIDES[side], polygon)
        for edge in edges_km
        for side, polygon in border.zone_sides(edge * 1000, tolerance_m=tolerance_m).items()
    ]
    rows = {
        "name": [f"within {edge:g} km, {country} side" for edge, country, _ in found],
        "radius_m": [edge * 1000 for edge, _, _ in found],
        "country": [country for _, country, _ in found],
    }
    return _of_the_line("zones", rows, [polygon for _, _, polygon in found])


def _of_the_line(name: str, columns: dict[str, Any], geometry: list[Any]) -> Layer:
    """A layer that is made of the line, and has its papers."""
    line = load_layer("line")
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    papers = line.attribution, line.licence, line.source, line.vintage, line.disputed
    return Layer(name, frame, f"{name} along {line.title}", *papers)
