"""Counts by area, type, year, side and band as a page: a choropleth whose filters stay exact."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.layers import load_layer
from bordermap.locate import band_labels
from bordermap.render.areas import HEXAGON_KM2, HEXAGON_LEVEL, STRETCH_KM, hexagons, stretches
from bordermap.render.assets import load_words
from bordermap.render.basemap import drawn_layers, layer_table
from bordermap.render.cube import FATALITIES, Cube
from bordermap.render.map import layer_blocks, settings_of
from bordermap.render.page import (
    Literal,
    OfflineFigure,
    OfflineMap,
    Page,
    data_block,
    table_block,
)
from bordermap.render.payload import Table, Texts, integers, pack_table, words
from bordermap.render.style import MapStyle
from bordermap.render.text import clean_json, clean_text
from bordermap.schema import SIDES, Layer

__all__ = ["make_cube_map"]

_MOST_LISTED = 500
"""Areas in the plain table that browsers without scripts show."""


def make_cube_map(
    cube: Cube,
    layers: Mapping[str, Layer | None] | None = None,
    style: MapStyle | None = None,
    *,
    run: Mapping[str, Any] | None = None,
    attributions: Sequence[str] = (),
) -> Page:
    """Draw counts as one self-contained HTML page, for more incidents than a page can hold.

    Parameters
    ----------
    cube : Cube
        What :func:`bordermap.render.cube` counted, or a sum of several.
    layers, style, run, attributions
        As for :func:`bordermap.make_map`; the bands must be those of the incidents.

    Returns
    -------
    Page
        The same input gives the same bytes.
    """
    style = style or MapStyle()
    texts = load_words(style.lang)
    drawn = drawn_layers(layers)
    title = clean_text(style.title) or texts["title"]
    areas = _areas_of(cube)
    figure = OfflineFigure(
        title, texts["lang"], texts["direction"], [tile.origin for tile in style.tiles]
    )
    figure.add_child(OfflineMap(), name="map")
    body = figure.html
    body.add_child(Literal(_plain_table(cube, areas, title, clean_text(style.caption), texts)))
    settings = settings_of(style, texts, drawn)
    settings["credits"] = [clean_text(text) for text in attributions]
    settings["cube"] = {
        "by": cube.by,
        "stretchKm": STRETCH_KM,
        "hexagonKm2": HEXAGON_KM2,
        "hexagonLevel": HEXAGON_LEVEL,
    }
    body.add_child(data_block("bordermap-settings", settings))
    body.add_child(data_block("bordermap-run", clean_json(run or {})))
    body.add_child(table_block("bordermap-cube", _cube_table(cube, areas["code"], style)))
    body.add_child(table_block("bordermap-areas", layer_table("areas", areas, style.lang)))
    for block in layer_blocks(drawn, style):
        body.add_child(block)
    return Page(figure.render())


def _areas_of(cube: Cube) -> gpd.GeoDataFrame:
    """The areas that have incidents, in the order of their codes."""
    codes = sorted(set(cube.cells["area"]) - {""})
    if cube.by == "hexagons":
        return hexagons(codes)
    if cube.by == "stretches":
        return stretches(codes)
    frame = load_layer("map_districts").frame
    return frame[frame["code"].isin(codes)].sort_values("code", ignore_index=True)


def _cube_table(cube: Cube, codes: Iterable[str], style: MapStyle) -> Table:
    """Cells as columns; ``area`` is the place in the list of areas."""
    cells = cube.cells
    place = {code: number for number, code in enumerate(codes)}
    known = cells["year"] > 0
    first = pd.Series(_days(cells["year"], "01-01")).where(known)
    last = pd.Series(_days(cells["year"], "12-31")).where(known)
    columns = [
        integers("area", cells["area"].map(place)),
        words("event_type", cells["event_type"]),
        integers("date_start", first),
        integers("date_end", last),
        words("border_side", cells["border_side"], SIDES),
        words("band", cells["band"], band_labels(style.bands_km) if style.bands_km else ()),
        integers("incidents", cells["incidents"]),
        *(integers(name, cells[name]) for name in FATALITIES if cells[name].notna().any()),
    ]
    return pack_table(len(cells), columns, {})


def _days(years: pd.Series[int], day: str) -> list[float]:
    """Days since 1970-01-01 of one day of each year, which need not be one that pandas can hold."""
    texts = [f"{year:04d}-{day}" for year in years.clip(1, 9999)]
    days = np.array(texts, dtype="datetime64[D]").astype(np.int64)
    return [float(number) for number in days]


def _plain_table(
    cube: Cube, areas: gpd.GeoDataFrame, title: str, caption: str, texts: Mapping[str, str]
) -> str:
    """What readers see whose browser runs no scripts or is too old: the areas with most."""
    names = dict(zip(areas["code"], Texts.of(areas["name"]).each(), strict=True)) | {
        "": texts["cube_nowhere"]
    }
    counts = (
        cube.cells.groupby("area")["incidents"].sum().sort_values(ascending=False, kind="stable")
    )
    rows = [
        f'<tr><td dir="auto">{html.escape(names.get(code, code))}</td><td>{count}</td></tr>'
        for code, count in counts.head(_MOST_LISTED).items()
    ]
    said = texts[f"cube_by_{cube.by}"].format(n=f"{cube.incidents:,}", **_measures())
    return "\n".join(
        [
            '<main id="fallback">',
            f'<h1 dir="auto">{html.escape(title)}</h1>',
            f'<p dir="auto">{html.escape(caption)}</p>' if caption else "",
            f"<noscript><p>{html.escape(texts['cube_no_script'])}</p></noscript>",
            f'<p id="fallback-reason">{html.escape(said)}</p>',
            "<table><thead><tr>",
            *(f'<th scope="col">{html.escape(texts[f"cube_{key}"])}</th>' for key in ("area", "n")),
            "</tr></thead><tbody>",
            *rows,
            "</tbody></table>",
            "</main>",
        ]
    )


def _measures() -> dict[str, str]:
    return {"km": f"{STRETCH_KM}", "km2": f"{HEXAGON_KM2}", "level": f"{HEXAGON_LEVEL}"}
