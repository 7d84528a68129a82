"""Incidents along a border: placed, measured, mapped."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bordermap import pool as _pool  # noqa: F401  first: what follows loads Arrow
from bordermap.border import Border, Measurement
from bordermap.enrich import enrich
from bordermap.errors import BordermapError
from bordermap.export import export
from bordermap.extract import extract
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode
from bordermap.geocode.review import review_sheet
from bordermap.layers import load_layer
from bordermap.locate import locate
from bordermap.parts import locate_batches, locate_parquet, located_schema
from bordermap.pipeline import ask, build, read_incidents
from bordermap.query import query
from bordermap.records import read_decisions
from bordermap.robustness import robustness
from bordermap.schema import Layer, Report
from bordermap.summarise import summarise

if TYPE_CHECKING:
    from bordermap.figure import make_figure
    from bordermap.render import MapStyle, make_map

__all__ = [
    "Border",
    "BordermapError",
    "Gazetteer",
    "Layer",
    "MapStyle",
    "Measurement",
    "Report",
    "ask",
    "build",
    "enrich",
    "export",
    "extract",
    "geocode",
    "load_layer",
    "locate",
    "locate_batches",
    "locate_parquet",
    "located_schema",
    "make_figure",
    "make_map",
    "query",
    "read_decisions",
    "read_incidents",
    "review_sheet",
    "robustness",
    "summarise",
]

_DRAWING = {
    "MapStyle": "bordermap.render",
    "make_figure": "bordermap.figure",
    "make_map": "bordermap.render",
}

if not TYPE_CHECKING:  # or every misspelt name would pass for one of ours

    def __getattr__(name: str) -> Any:
        """Load what draws when it is first asked for: a quarter of the time that imports take."""
        if name not in _DRAWING:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_DRAWING[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_DRAWING})
