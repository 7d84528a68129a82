"""The sheet put together: title, map, legend, notes, each given its room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure

from bordermap.errors import LayerError
from bordermap.figure import caption as captions
from bordermap.figure.fonts import Fonts, one_line
from bordermap.figure.furniture import corners_by_room, draw_inset, draw_scale
from bordermap.figure.ground import (
    COLOURS,
    draw_extras,
    draw_graticule,
    draw_ground,
    draw_line,
    draw_points,
)
from bordermap.figure.grouping import Group, hexagon_outline
from bordermap.figure.incidents import Incidents, counts_by, read_rows
from bordermap.figure.labels import draw_labels, labels_of
from bordermap.figure.legend import SCALE, Legend, classes_of
from bordermap.figure.marks import MIXED, Look, draw_hatching, draw_mark, draw_ring, short_count
from bordermap.figure.pen import PAPER, Pen, Stroked
from bordermap.figure.projection import Box, View, fitted_view
from bordermap.figure.rooms import Rooms, Texts
from bordermap.figure.saving import drawing_alike, encoded
from bordermap.figure.scene import Scene, scene_of
from bordermap.figure.shapes import type_styles
from bordermap.figure.size import FigureSize
from bordermap.figure.words import digits, figure_words
from bordermap.render import MAP_LAYERS, EventStyle, MapStyle
from bordermap.render.basemap import area_index, drawn_layers, strips, zones
from bordermap.render.incidents import column_of
from bordermap.schema import CRS, Layer

__all__ = ["Order", "encode_sheet"]

_TITLE = 160
_MOST_TYPES = 9
_REGION: Box = (57.0, 22.5, 79.0, 40.5)
"""Degrees out of which no map is drawn: points beyond are counted as outside."""

_WHOLE_LINE: Box = (60.6, 29.0, 74.9, 37.3)
_LEAST_DEGREES = 1.6
_WHOLE_SHARE = 0.62
"""Incidents spread over so much of the line's length are shown on the whole line."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What is to be drawn, and how, as :func:`bordermap.figure.make_figure` has it."""

    frame: gpd.GeoDataFrame
    layers: Mapping[str, Layer | None] | None
    style: MapStyle
    run: Mapping[str, Any]
    attributions: Sequence[str]
    size: FigureSize


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """All that a sheet shows, before it is laid out."""

    incidents: Incidents
    layers: Mapping[str, Layer]
    style: MapStyle
    words: Mapping[str, str]
    along: gpd.GeoDataFrame
    styles: Mapping[str, EventStyle]


def _content(order: Order) -> Content:
    layers = drawn_layers(order.layers)
    for name, layer in layers.items():
        if layer.frame.crs is not None and not layer.frame.crs.equals(CRS):
            raise LayerError(
                "the layer is not in EPSG:4326", where=name, todo="use frame.to_crs(4326)"
            )
    along = strips(column_of(order.frame, "place_id"))
    incidents = read_rows(order.frame, area_index(layers, along))
    frequent = list(counts_by(incidents.kind, incidents.kinds))
    own = type_styles(incidents.kinds, order.style.events)
    shown = frequent if len(frequent) <= _MOST_TYPES else frequent[:_MOST_TYPES]
    return Content(
        incidents=incidents,
        layers=layers,
        style=order.style,
        words=figure_words(order.style.lang),
        along=along,
        styles={kind: own[kind] for kind in shown},
    )


def encode_sheet(order: Order, kind: str) -> bytes:
    """Draw everything, as ``png``, ``svg`` or ``pdf``."""
    with drawing_alike():
        figure, title = _draw(order)
        return encoded(figure, kind, title)


def _draw(order: Order) -> tuple[Figure, str]:
    """The sheet and its title."""
    content = _content(order)
    pen = Pen(order.size, Fonts.installed())
    frame, style, words = order.frame, order.style, content.words
    texts = Texts(
        title=pen.fonts.shown(one_line(style.title or words.get("title", ""), _TITLE)),
        subtitle=captions.headline(frame, style.caption, words),
        data=" ".join(captions.about_data(frame, style, order.run, words)),
        sources=captions.credits_of(frame, content.layers, order.attributions, words),
    )
    rooms = Rooms(pen, texts, words["direction"] == "rtl")
    view = fitted_view(_ground(content.incidents), rooms.map)
    scene, lacks_fonts = _draw_map(pen, view, content)
    drawn = frozenset(content.layers)
    rooms.draw_legend(
        Legend(content.incidents, scene, content.styles, words, style.bands_km, drawn)
    )
    rooms.draw_texts(" ".join(captions.about_map(view, scene, words, lacks_fonts)))
    return pen.figure, texts.title


def _ground(incidents: Incidents) -> Box:
    """What the map shows: the whole line, or the part of it where the incidents are."""
    west, south, east, north = _REGION
    lon, lat = incidents.lon, incidents.lat
    near = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    if not near.any():
        return _WHOLE_LINE
    box = (lon[near].min(), lat[near].min(), lon[near].max(), lat[near].max())
    spread = max((box[2] - box[0]) / 14.3, (box[3] - box[1]) / 8.3)
    if spread > _WHOLE_SHARE:
        whole = zip(box, _WHOLE_LINE, (min, min, max, max), strict=True)
        box = tuple(choose(a, b) for a, b, choose in whole)
    return _padded(box)


def _padded(box: Sequence[float]) -> Box:
    """A box with some air around it, and no smaller than what tells where it is."""
    west, south, east, north = box
    wide = max(east - west, _LEAST_DEGREES) * 1.12
    high = max(north - south, _LEAST_DEGREES * 0.8) * 1.12
    lon, lat = (west + east) / 2, (south + north) / 2
    return lon - wide / 2, lat - high / 2, lon + wide / 2, lat + high / 2


def _draw_map(pen: Pen, view: View, content: Content) -> tuple[Scene, bool]:
    """Everything inside the frame, from the bottom up; whether a name lacked a font."""
    layers, base = content.layers, pen.size.base
    single = 0.36 * base
    pen.clip_to(view.frame)
    bands = zones(content.style.bands_km, layers.get("map_line"))
    draw_ground(pen, view, layers, bands)
    taken = draw_graticule(pen, view, content.words)
    drawable = {**layers, "strips": Layer("strips", content.along, "", "", "", "")}
    areas = area_index(layers, content.along)
    scene = scene_of(content.incidents, view, areas, drawable, single)
    _draw_footprints(pen, view, scene, content)
    if scene.hexagons:
        _draw_hexagons(pen, scene)
    draw_line(pen, view, layers)
    draw_points(pen, view, layers)
    draw_extras(pen, view, {n: one for n, one in layers.items() if n not in MAP_LAYERS})
    marks = [(one.x, one.y) for one in scene.groups]
    scale, inset = _corners(view.frame, base, marks)
    taken += [scale, inset, *(_box(group, base) for group in scene.groups)]
    taken += _along_line(view, layers, base)
    missing = draw_labels(pen, view, labels_of(view, layers, content.words), taken)
    _draw_incidents(pen, scene, content, single)
    draw_scale(pen, view, scale, content.words)
    pen.clip_to(None)
    pen.shape([shapely.box(*view.frame)], None, Stroked(COLOURS["province"], 0.08 * base))
    draw_inset(pen, view, inset, layers, content.words)
    return scene, missing > 0


def _corners(frame: Box, base: float, marks: Sequence[tuple[float, float]]) -> tuple[Box, Box]:
    """Where the scale bar stands, and where the small map."""
    left, bottom, right, top = frame
    pad = 0.5 * base
    inner = (left + pad, bottom + pad, right - pad, top - pad)
    width = min(11.5 * base, 0.27 * (right - left))
    inset = corners_by_room(inner, width, width * 0.94, marks)[0]
    scale = corners_by_room(inner, min(18 * base, 0.5 * (right - left)), 2.6 * base, marks)
    free = [
        box
        for box in scale
        if box[0] > inset[2] or box[2] < inset[0] or box[1] > inset[3] or box[3] < inset[1]
    ]
    return free[0], inset


def _along_line(view: View, layers: Mapping[str, Layer], base: float) -> list[Box]:
    """Small boxes along the line, so that no name is written over it."""
    if "map_line" not in layers:
        return []
    line = view.drawn(layers["map_line"].frame.geometry.union_all())
    posts = shapely.line_interpolate_point(line, np.arange(0, shapely.length(line), 0.8 * base))
    half = 0.12 * base
    return [(one.x - half, one.y - half, one.x + half, one.y + half) for one in posts]


def _box(group: Group, base: float) -> Box:
    reach = group.radius + 0.16 * base
    return group.x - reach, group.y - reach, group.x + reach, group.y + reach


def _colours(group: Group, content: Content) -> Counter[str]:
    """How many of a group's incidents bear each colour."""
    colours: Counter[str] = Counter()
    for kind, count in enumerate(np.bincount(content.incidents.kind[group.rows])):
        colours[_style(content.incidents.kinds[kind], content).colour] += int(count)
    return +colours


def _style(kind: str, content: Content) -> EventStyle:
    return content.styles.get(kind, EventStyle(MIXED, "circle"))


def _draw_footprints(pen: Pen, view: View, scene: Scene, content: Content) -> None:
    """Where vague incidents may be; what is very wide is outlined only."""
    wide = 0.3 * min(view.frame[2] - view.frame[0], view.frame[3] - view.frame[1])
    for number, one in enumerate(scene.vague):
        colours = set(_colours(one.group, content))
        colour = colours.pop() if len(colours) == 1 else MIXED
        left, bottom, right, top = one.footprint.bounds if not one.footprint.is_empty else [0.0] * 4
        if one.has_mark and max(right - left, top - bottom) < 2 * one.group.radius:
            continue
        is_wide = max(right - left, top - bottom) / 2 > wide
        draw_hatching(pen, one.footprint, colour, f"footprint-{number}", outline_only=is_wide)


def _draw_hexagons(pen: Pen, scene: Scene) -> None:
    hexagons = scene.hexagons
    if hexagons is None:
        return
    edges = classes_of([count for *_, count in hexagons.cells])
    rim = Stroked(PAPER, 0.04 * pen.size.base)
    for number, (x, y, count) in enumerate(hexagons.cells):
        colour = SCALE[int(np.searchsorted(edges, count, side="right")) - 1]
        outline = hexagon_outline(x, y, hexagons.width)
        pen.shape([shapely.Polygon(outline)], colour, rim, alpha=0.85, gid=f"hexagon-{number}")


def _draw_incidents(pen: Pen, scene: Scene, content: Content, single: float) -> None:
    """Marks, the largest groups first, so that no single mark lies under one."""
    precise, side = content.incidents.is_precise, content.incidents.side
    drawn = sorted(scene.groups, key=lambda group: group.rank)
    for number, group in enumerate(drawn):
        hollow = not precise[group.rows].any()
        uncertain = bool((side[group.rows] == "uncertain").all())
        kind = "group" if group.count > 1 else "mark"
        gid = f"{kind}-{'vague' if hollow else 'known'}-{number}"
        if group.count > 1:
            look = Look(group.radius, hollow, uncertain)
            count = digits(short_count(group.count), content.words)
            draw_ring(pen, group, _colours(group, content), look, count, gid)
        else:
            look = Look(single * (0.95 if hollow else 1), hollow, uncertain)
            kinds = content.incidents.kinds[content.incidents.kind[group.rows[0]]]
            draw_mark(pen, group.x, group.y, _style(kinds, content), look, gid)
