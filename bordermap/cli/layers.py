"""``bordermap layers``: the reference layers and the zones, for GIS."""

from __future__ import annotations

from pathlib import Path

import click
import geopandas as gpd
import pandas as pd

from bordermap.border import Border
from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.export import check_output, export
from bordermap.layers import load_layer, manifest
from bordermap.schema import CRS

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
@options.bands
@options.as_json
@options.quiet
def layers(
    output: Path | None,
    names: tuple[str, ...],
    tolerance_m: float,
    bands: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the reference layers and the zones along the line; without -o, list them."""
    if output is None:
        _list(as_json)
        return
    check_output(output, (".geojson",))
    edges = options.parse_bands(bands)
    voice = Voice(quiet, verbose=False)
    wanted = names or (*REFERENCE, "zones")
    parts = []
    for name in wanted:
        voice.stage(f"preparing {name}")
        parts.append(_zones(edges, tolerance_m) if name == "zones" else _reference(name))
    whole = pd.concat(parts, ignore_index=True)
    export(gpd.GeoDataFrame(whole, geometry="geometry", crs=CRS), output)
    voice.say(f"{output.name}: {len(whole)} features of {len(wanted)} layers")


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
            "geometry": border.zone(edge * 1000, side, tolerance_m=tolerance_m),
        }
        for edge in edges_km
        for side, country in SIDES.items()
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
