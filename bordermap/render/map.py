"""A located frame and reference layers, put together as one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd

from bordermap.errors import FrameError
from bordermap.render.along import along_line
from bordermap.render.assets import load_words
from bordermap.render.basemap import area_index, drawn_layers, layer_table, strips, zones
from bordermap.render.fallback import FALLBACK_ROWS, fallback_markup
from bordermap.render.incidents import LARGE_FOOTPRINT_M, column_of, first_rows, incident_table
from bordermap.render.page import (
    Literal,
    OfflineFigure,
    OfflineMap,
    Page,
    data_block,
    table_block,
)
from bordermap.render.payload import Texts
from bordermap.render.style import MapStyle
from bordermap.render.text import clean_json, clean_text
from bordermap.schema import COLUMNS, Layer

__all__ = ["credits_of", "layer_blocks", "make_map", "settings_of"]

_UCDP_CREDIT = (
    "UCDP Georeferenced Event Dataset, Uppsala Conflict Data Program "
    "(Sundberg and Melander 2013), CC BY 4.0"
)


def make_map(
    frame: gpd.GeoDataFrame,
    layers: Mapping[str, Layer | None] | None = None,
    style: MapStyle | None = None,
    *,
    run: Mapping[str, Any] | None = None,
    attributions: Sequence[str] = (),
) -> Page:
    """Draw incidents, the line and its surroundings as one self-contained HTML page.

    Parameters
    ----------
    frame : GeoDataFrame
        One row per incident, in EPSG:4326, with any columns of :data:`bordermap.schema.COLUMNS`;
        what it lacks is shown as not known. Rows without a point are listed as unplaced.
    layers : mapping of str to Layer, optional
        Replaces shipped layers by name (``None`` leaves one out); other names are drawn on top.
    style : MapStyle, optional
        Title, words, colours, bands.
    run : mapping, optional
        Record of how the frame came about, as JSON values; shown under "How this was made".
    attributions : sequence of str
        Whom to credit besides the layers, such as the sources of a gazetteer of your own.

    Returns
    -------
    Page
        The same input gives the same bytes.

    Raises
    ------
    FrameError
        ``frame`` is not a GeoDataFrame.
    LayerError
        A reference layer is missing or not in EPSG:4326.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FrameError(
            f"found a {type(frame).__name__}", where="frame", todo="give a GeoDataFrame"
        )
    style = style or MapStyle()
    words = load_words(style.lang)
    drawn = drawn_layers(layers)
    title = clean_text(style.title) or words["title"]
    figure = OfflineFigure(
        title, words["lang"], words["direction"], [tile.origin for tile in style.tiles]
    )
    figure.add_child(OfflineMap(), name="map")
    body = figure.html
    plain = first_rows(frame, FALLBACK_ROWS)
    caption = clean_text(style.caption)
    body.add_child(Literal(fallback_markup(plain, len(frame), title, caption, words)))
    settings = settings_of(style, words, drawn)
    settings["credits"] = [*credits_of(frame), *map(clean_text, attributions)]
    settings["untold"] = [fact for fact, names in _FACTS.items() if names.isdisjoint(frame.columns)]
    body.add_child(data_block("bordermap-settings", settings))
    body.add_child(data_block("bordermap-along", along_line(drawn, style.lang)))
    body.add_child(data_block("bordermap-run", clean_json(run or {})))
    along = strips(column_of(frame, "place_id"))
    # Layers and zones depend on no incident, and take as long as half a million of these.
    with ThreadPoolExecutor(1) as beside:
        blocks = beside.submit(list, layer_blocks(drawn, style))
        incidents = incident_table(frame, area_index(drawn, along))
        body.add_child(table_block("bordermap-incidents", incidents))
        for block in blocks.result():
            body.add_child(block)
    body.add_child(table_block("bordermap-strips", layer_table("strips", along)))
    return Page(figure.render())


_FACTS = {
    "toll": {"fatalities_low", "fatalities_best", "fatalities_high"},
    "source": {"source_name", "source_url"},
    "how_placed": {"located_by"},
}
"""What a popup says even where a cell is empty, but not where none of these columns was given."""


def layer_blocks(drawn: Mapping[str, Layer], style: MapStyle) -> Iterator[Literal]:
    """Reference layers and zones, as the page reads them."""
    for number, (name, layer) in enumerate(drawn.items()):
        yield table_block(f"bordermap-layer-{number}", layer_table(name, layer.frame, style.lang))
    bands = zones(style.bands_km, drawn.get("map_line"))
    yield table_block("bordermap-zones", layer_table("zones", bands))


def settings_of(
    style: MapStyle, words: Mapping[str, str], drawn: Mapping[str, Layer]
) -> dict[str, Any]:
    """Everything the page needs to know that is not a row of a table."""
    return {
        "title": clean_text(style.title) or words["title"],
        "caption": clean_text(style.caption),
        "lang": words["lang"],
        "words": dict(words),
        "ledger": [column.name for column in COLUMNS],
        "bandsKm": list(style.bands_km),
        "largeFootprintM": LARGE_FOOTPRINT_M,
        "hidden": sorted(style.hidden),
        "inFrame": style.in_frame,
        "events": {
            kind: {"colour": event.colour, "shape": event.shape}
            for kind, event in style.events.items()
        },
        "tiles": [
            {
                "name": clean_text(tile.name),
                "url": tile.url,
                "attribution": clean_text(tile.attribution),
                "maxZoom": tile.max_zoom,
            }
            for tile in style.tiles
        ],
        "layers": [_papers(name, layer) for name, layer in drawn.items()],
    }


def _papers(name: str, layer: Layer) -> dict[str, str]:
    return {
        "name": clean_text(name),
        "title": clean_text(layer.title),
        "attribution": clean_text(layer.attribution),
        "licence": clean_text(layer.licence),
        "source": clean_text(layer.source),
        "vintage": clean_text(layer.vintage),
        "disputed": clean_text(layer.disputed),
    }


def credits_of(frame: gpd.GeoDataFrame) -> list[str]:
    """Credits that the incidents' own sources ask for."""
    names = Texts.of(column_of(frame, "source_name")).different
    return [_UCDP_CREDIT] if any("UCDP" in name for name in names) else []
