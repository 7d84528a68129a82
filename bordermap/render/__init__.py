"""A located frame becomes one HTML document that asks the network for nothing."""

from __future__ import annotations

from bordermap.render.assets import languages
from bordermap.render.basemap import MAP_LAYERS
from bordermap.render.cube import AGGREGATES, MOST_INCIDENTS, Cube, aggregation, cube, merged
from bordermap.render.cube_page import make_cube_map
from bordermap.render.map import credits_of, make_map
from bordermap.render.page import Page
from bordermap.render.style import EventStyle, MapStyle, TileSource

__all__ = [
    "AGGREGATES",
    "MAP_LAYERS",
    "MOST_INCIDENTS",
    "Cube",
    "EventStyle",
    "MapStyle",
    "Page",
    "TileSource",
    "aggregation",
    "credits_of",
    "cube",
    "languages",
    "make_cube_map",
    "make_map",
    "merged",
]
