"""``bordermap layers``: the reference layers and the zones, for GIS."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import pandas as pd

from bordermap.cli import options, reference
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.errors import FilterError
from bordermap.export import Table, check_output, export_layers
from bordermap.layers import load_layer, manifest
from bordermap.pipeline import run_record
from bordermap.schema import Layer, Report
from bordermap.values.text import shorten

__all__ = ["layers"]


@click.command()
@options.output(required=False)
@options.by_lines
@options.append
@click.option("--only", "names", multiple=True, metavar="NAME", help="Only these; may repeat.")
@click.option(
    "--tolerance",
    "tolerance_m",
    type=float,
    default=reference.TOLERANCE_M,
    show_default=True,
    metavar="METRES",
    help="How far a zone's outline may be from the true distance.",
)
@click.option("--posts", metavar="KM", help="Kilometre posts every KM kilometres.")
@click.option("--stretch", metavar="A:B", help="The line from kilometre A to B: 1900:1950.")
@options.bands
@options.as_json
@options.quiet
def layers(
    output: Path | Table | None,
    ndjson: bool,
    append: bool,
    as_json: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """Write the reference layers and the zones along the line; without -o, list them.

    A GeoPackage or KML holds each layer for itself, a shapefile is written for each; other formats
    have a column 'layer'.
    """
    if output is None:
        _list(as_json)
        return
    check_output(output)
    voice = Voice(quiet, verbose=False)
    parts: list[Layer] = []
    for name, make in _wanted(**asked).items():
        voice.stage(f"preparing {name}")
        parts.append(make())
    run = _record(tuple(layer.name for layer in parts), asked)
    voice.notes(export_layers(parts, output, run=run, ndjson=ndjson, append=append))
    count = sum(len(layer.frame) for layer in parts)
    voice.say(f"{output.name}: {count} features of {len(parts)} layers")


def _record(names: tuple[str, ...], asked: dict[str, Any]) -> dict[str, Any]:
    """What went into the file: nothing but shipped layers, and what is made of the line."""
    used = {name if name in manifest() else "line" for name in names}
    used |= {"stretches"} if "posts" in names else set()
    nothing_read = Report((), (), pd.DataFrame())
    return run_record(nothing_read, {"command": "layers", **asked}, sorted(used))


def _wanted(
    names: tuple[str, ...],
    tolerance_m: float,
    bands: str,
    posts: str | None,
    stretch: str | None,
) -> dict[str, Callable[[], Layer]]:
    """How to make each layer asked for; posts and a stretch come alone unless more is named."""
    edges = options.parse_bands(bands)
    makers: dict[str, Callable[[], Layer]] = {}
    if posts is not None:
        makers["posts"] = partial(reference.posts, _number(posts, "--posts"))
    if stretch is not None:
        makers["stretch"] = partial(reference.stretch, *_kilometres(stretch))
    for name in names or (() if makers else (*reference.REFERENCE, "zones")):
        is_zones = name == "zones"
        makers[name] = (
            partial(reference.zones, edges, tolerance_m) if is_zones else partial(load_layer, name)
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
