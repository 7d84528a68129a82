"""A located frame becomes one HTML document that asks the network for nothing."""

from __future__ import annotations

from bordermap.render.assets import languages
from bordermap.render.basemap import MAP_LAYERS
from bordermap.render.map import make_map
from bordermap.render.page import Page
from bordermap.render.style import EventStyle, MapStyle, TileSource

__all__ = ["MAP_LAYERS", "EventStyle", "MapStyle", "Page", "TileSource", "languages", "make_map"]
