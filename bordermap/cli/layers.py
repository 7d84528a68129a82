"""``bordermap layers``: the reference layers and the zones, for GIS."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.border import Border
from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.errors import FilterError
from bordermap.export import check_output, export
from bordermap.layers import load_layer, manifest
from bordermap.schema import CRS
from bordermap.values.text import shorten

__all__ = ["layers"]

REFERENCE = ("line", "variants", "stretches", "crossings", "provinces", "districts")
SIDES = {1: "AF", -1: "PK"}


@click.command()
@options.output(required=False, formats=".geojson")
@click.option("--layer", "names", multiple=True, metavar="NAME", help="Only these; may repeat.")
@click.option(
    "--tolerance",
    "tolerance_m",
    type=float,
    default=10.0,
    show_default=True,
    metavar="METRES",
    help="How far a zone's outline may be from the true distance.",
)
@click.option("--posts", metavar="KM", help="Kilometre posts every KM kilometres.")
@click.option("--stretch", metavar="A:B", help="The line from kilometre A to B: 1900:1950.")
@options.bands
@options.as_json
@options.quiet
def layers(output: Path | None, as_json: bool, quiet: bool, **asked: Any) -> None:
    """Write the reference layers and the zones along the line; without -o, list them."""
    if output is None:
        _list(as_json)
        return
    check_output(output, (".geojson",))
    voice = Voice(quiet, verbose=False)
    wanted = _wanted(**asked)
    parts = []
    for name, make in wanted.items():
        voice.stage(f"preparing {name}")
        parts.append(make())
    whole = pd.concat(parts, ignore_index=True)
    export(gpd.GeoDataFrame(whole, geometry="geometry", crs=CRS), output)
    voice.say(f"{output.name}: {len(whole)} features of {len(wanted)} layers")


def _wanted(
    names: tuple[str, ...],
    tolerance_m: float,
    bands: str,
    posts: str | None,
    stretch: str | None,
) -> dict[str, Callable[[], gpd.GeoDataFrame]]:
    """How to make each layer asked for; posts and a stretch come alone unless more is named."""
    edges = options.parse_bands(bands)
    makers: dict[str, Callable[[], gpd.GeoDataFrame]] = {}
    if posts is not None:
        makers["posts"] = partial(_posts, _number(posts, "--posts"))
    if stretch is not None:
        makers["stretch"] = partial(_stretch, *_kilometres(stretch))
    for name in names or (() if makers else (*REFERENCE, "zones")):
        is_zones = name == "zones"
        makers[name] = (
            partial(_zones, edges, tolerance_m) if is_zones else partial(_reference, name)
        )
    return makers


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise FilterError(
            f"{shorten(text)!r} is no number of kilometres", where=option, todo="write it like 10"
        ) from error


def _kilometres(text: str) -> tuple[float, float]:
    start, colon, end = text.partition(":")
    if not colon:
        raise FilterError(
            f"{shorten(text)!r} is no stretch", where="--stretch", todo="write it like 1900:1950"
        )
    return _number(start, "--stretch"), _number(end, "--stretch")


def _posts(step_km: float) -> gpd.GeoDataFrame:
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


def _stretch(from_km: float, to_km: float) -> gpd.GeoDataFrame:
    line = Border.load().stretch(from_km, to_km)
    rows = {
        "name": [f"km {from_km:g} to {to_km:g}"],
        "from_km": [from_km],
        "to_km": [to_km],
        "length_km": [round(to_km - from_km, 6)],
    }
    return _of_the_line("stretch", rows, [line])


def _of_the_line(name: str, columns: dict[str, Any], geometry: list[Any]) -> gpd.GeoDataFrame:
    line = load_layer("line")
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    frame.insert(0, "layer", name)
    frame["attribution"] = line.attribution
    frame["licence"] = line.licence
    return frame


def _reference(name: str) -> gpd.GeoDataFrame:
    layer = load_layer(name)
    frame = layer.frame.copy()
    frame.insert(0, "layer", name)
    frame["attribution"] = layer.attribution
    frame["licence"] = layer.licence
    return frame


def _zones(edges_km: tuple[float, ...], tolerance_m: float) -> gpd.GeoDataFrame:
    """Buffer zones of every band on either side."""
    border, line = Border.load(), load_layer("line")
    rows = [
        {
            "layer": "zones",
            "name": f"within {edge:g} km, {country} side",
            "radius_m": edge * 1000,
            "country": country,
            "attribution": line.attribution,
            "licence": line.licence,
            "geometry": polygon,
        }
        for edge in edges_km
        for side, polygon in border.zone_sides(edge * 1000, tolerance_m=tolerance_m).items()
        for country in [SIDES[side]]
    ]
    return gpd.GeoDataFrame(rows, crs=CRS)


def _list(as_json: bool) -> None:
    entries = manifest()
    if as_json:
        print_json(entries)
        return
    head = ("layer", "title", "features", "licence", "attribution")
    print_table(
        head,
        [
            (name, entry["title"], entry["rows"], entry["licence"], entry["attribution"])
            for name, entry in sorted(entries.items())
        ],
    )
