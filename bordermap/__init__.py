"""Incidents along a border: placed, measured, mapped."""

from __future__ import annotations

from bordermap.border import Border, Measurement
from bordermap.errors import BordermapError
from bordermap.export import export
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode
from bordermap.geocode.review import review_sheet
from bordermap.layers import load_layer
from bordermap.locate import locate
from bordermap.pipeline import build, read_incidents
from bordermap.query import query
from bordermap.records import read_decisions
from bordermap.render import MapStyle, make_map
from bordermap.robustness import robustness
from bordermap.schema import Layer, Report
from bordermap.summarise import summarise

__all__ = [
    "Border",
    "BordermapError",
    "Gazetteer",
    "Layer",
    "MapStyle",
    "Measurement",
    "Report",
    "build",
    "export",
    "geocode",
    "load_layer",
    "locate",
    "make_map",
    "query",
    "read_decisions",
    "read_incidents",
    "review_sheet",
    "robustness",
    "summarise",
]
