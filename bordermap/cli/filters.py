"""The filters as options, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from bordermap.cli.speak import Voice
from bordermap.gazetteer import Gazetteer, Store
from bordermap.joins import PolygonLayer
from bordermap.query import Circle, circle
from bordermap.query.cql import parsed
from bordermap.records import read_areas
from bordermap.schema import EVENT_TYPES, SIDES

__all__ = ["NAMES", "asked_filters", "filter_options", "recorded"]

FILTER_HELP = {
    "within": ("DISTANCE", "At most this far from the line: 10km, 800m, 0.5mi."),
    "beyond": ("DISTANCE", "More than this far from the line."),
    "side": ("SIDE", f"Side of the line: {', '.join(SIDES)}. May be repeated."),
    "km": ("A:B", "Kilometre along the line, A included, B not: 1900:2000."),
    "from_": ("DATE", "What reaches this day, month or year, or later."),
    "to": ("DATE", "What began by this day, month or year."),
    "type": ("TYPE", f"One of {', '.join(EVENT_TYPES)}. May be repeated."),
    "province": ("NAME", "Province by name, former name or code. May be repeated."),
    "district": ("NAME", "District by name, former name or code. May be repeated."),
    "actor": ("TEXT", "Part of an actor's name. May be repeated."),
    "bbox": ("W,S,E,N", "Longitude and latitude of a box."),
    "near": ("PLACE", "Around a place: its name, its gazetteer id, or LAT,LON; with --radius."),
    "radius": ("DISTANCE", "How far around the place of --near: 20km."),
    "within_of": ("FILE", "Points in any polygon of a layer of your own."),
    "where": (
        "CQL2",
        "OGC CQL2 text: \"border_side = 'PK' AND border_km > 1900\".",
    ),
}
REPEATED = frozenset(("side", "type", "province", "district", "actor"))

NAMES = tuple(FILTER_HELP)
"""Filters by the names that the library gives them, and the radius that one of them needs."""


def filter_options() -> list[Callable[[Any], Any]]:
    """One option for each filter."""
    return [
        click.option(
            f"--{name.rstrip('_').replace('_', '-')}",
            name,
            metavar=metavar,
            help=text,
            multiple=name in REPEATED,
        )
        for name, (metavar, text) in FILTER_HELP.items()
    ]


def asked_filters(given: dict[str, Any], stores: Sequence[Store], voice: Voice) -> dict[str, Any]:
    """The filters that were given; places found and layers read once, and said.

    Raises
    ------
    FilterError
        A place, a radius or an expression cannot be understood.
    InputError, LayerError
        The layer cannot be read.
    """
    asked = {name: value for name, value in given.items() if value}
    if "near" in asked:
        gazetteer = Gazetteer.load(*stores)
        asked["near"] = circle(asked["near"], asked.pop("radius", None), gazetteer)
        voice.say(f"near {asked['near']}")
    if "within_of" in asked:
        asked["within_of"] = read_areas(asked["within_of"])
        voice.say(f"{asked['within_of'].file}: {len(asked['within_of'].units)} polygons")
    if "where" in asked:
        parsed(asked["where"])  # said before any file is read
    return asked


def recorded(value: Any) -> Any:
    """A filter's value for the run record."""
    if isinstance(value, PolygonLayer):
        return f"{value.file} (sha256 {value.sha256})"
    return str(value) if isinstance(value, Circle) else value
