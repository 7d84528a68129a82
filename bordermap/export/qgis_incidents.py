"""Incidents in QGIS as on the page: a mark for each, hollow where vague, and where it may be."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from bordermap.export.qgis_table import Table
from bordermap.export.qgis_xml import Look, colour, element, mm, part, spoken, symbol
from bordermap.symbols import EVENT_STYLES, SHAPES, EventStyle

__all__ = ["footprint_look", "incident_look", "type_styles"]

INK, PAPER, MIXED = "#1d1d1b", "#ffffff", "#6b665c"
LARGE_M = 5_000.0
"""From this radius on the page draws a mark hollow (``render/incidents.py``)."""

RADIUS = 6.2
"""Of a mark, in pixels of the page (``static/incident_layer.js``)."""

TOLERANCE = 28.0
"""Pixels within which marks become one group."""

_CLEAR = "0,0,0,0"
_YELLOW, _DARK_YELLOW = "#f0e442", "#a89b00"
"""Thin lines of the yellow one cannot be seen on paper."""

_MARKS = {
    "circle": ("circle", 2.0, 0),
    "triangle": ("equilateral_triangle", 2.6, 0),
    "triangle_down": ("equilateral_triangle", 2.6, 180),
    "square": ("square", 1.77, 0),
    "diamond": ("diamond", 2.6, 0),
    "star": ("star", 2.84, 0),
    "hexagon": ("hexagon", 2.3, 90),
    "plus": ("", 3.2, 0),
    "pentagon": ("pentagon", 2.4, 0),
    "cross": ("", 3.2, 45),
}
"""QGIS's name of each shape, its size in radii, and its turn in degrees; QGIS's own plus is thinner
than the page's, which is therefore drawn as :data:`_PLUS`."""

_PLUS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1.6 -1.6 3.2 3.2" width="32" height="32">'
    '<path d="M-.42-1.15H.42V-.42H1.15V.42H.42V1.15H-.42V.42H-1.15V-.42H-.42z"'
    ' stroke-linejoin="round" fill="param(fill)" fill-opacity="param(fill-opacity)"'
    ' stroke="param(outline)" stroke-opacity="param(outline-opacity)"'
    ' stroke-width="param(outline-width)"/></svg>'
)

_VAGUE = (
    f'coalesce("location_radius_m", 0) >= {LARGE_M:g} OR coalesce("location_precision", \'\')'
    " IN ('area', 'district', 'province', 'country')"
)


def type_styles(types: Iterable[str]) -> dict[str, EventStyle]:
    """Colour and shape of each event type; types without one take what is left over, in turn.

    As ``typeStyles`` of ``static/marks.js`` does.
    """
    spare = list(EVENT_STYLES.values())
    found = {}
    for turn, kind in enumerate(["", *sorted(set(types) - set(EVENT_STYLES) - {""})]):
        shape = SHAPES[(turn + turn // len(spare) + 1) % len(SHAPES)]
        found[kind] = EventStyle(spare[turn % len(spare)].colour, shape)
    return {kind: EVENT_STYLES.get(kind) or found[kind] for kind in types}


def incident_look(table: Table, words: dict[str, str]) -> Look:
    """Marks by event type, those close together as one ring with their number."""
    styles = type_styles(table.types or ("",))
    vague = {"location_radius_m", "location_precision"} <= table.columns
    uncertain = "border_side" in table.columns
    marks = [_mark(style, vague, uncertain) for style in styles.values()]
    single = _by_type(list(styles), marks, "marker", words)
    single.attrib.pop("enableorderby")
    group = element(
        "renderer-v2",
        {
            "type": "pointCluster",
            "symbollevels": "0",
            "tolerance": mm(TOLERANCE),
            "toleranceUnit": "MM",
            "forceraster": "0",
        },
        [single, _group()],
    )
    return Look(group, _kept_clear())


def _kept_clear() -> ET.Element:
    """No names for incidents, and no other layer's names over them."""
    settings = [
        element("text-style", {"fieldName": "''", "isExpression": "1"}),
        element("placement", {"placement": "0"}),
        element("rendering", {"drawLabels": "0", "obstacle": "1", "obstacleFactor": "2"}),
    ]
    return element("labeling", {"type": "simple"}, [element("settings", children=settings)])


def _by_type(
    types: Sequence[str], drawn: Sequence[tuple[ET.Element, ...]], kind: str, words: dict[str, str]
) -> ET.Element:
    """One symbol for each event type; "" stands for whatever else there is."""
    categories = [
        element(
            "category",
            {
                "value": name,
                "symbol": str(number),
                "label": spoken(words.get(f"type_{name or 'unknown'}", name)),
                "render": "true",
            },
        )
        for number, name in enumerate(types)
    ]
    symbols = [symbol(kind, parts, str(number)) for number, parts in enumerate(drawn)]
    return element(
        "renderer-v2",
        {"type": "categorizedSymbol", "attr": "event_type", "enableorderby": "0"},
        [element("categories", children=categories), element("symbols", children=symbols)],
    )


def _mark(style: EventStyle, vague: bool, uncertain: bool) -> tuple[ET.Element, ...]:
    """A filled mark with a dark edge; of a vague place hollow with an edge in its colour."""
    name, size, turn = _MARKS[style.shape]

    def drawn(
        fill: str, edge: str, width: float, *, locked: bool = False, **by_row: str
    ) -> ET.Element:
        values = {
            "name": name or f"base64:{base64.b64encode(_PLUS.encode()).decode()}",
            "angle": str(turn),
            "size": mm(size * RADIUS),
            "size_unit": "MM",
            "color": fill,
            "outline_color": edge,
            "outline_style": "solid",
            "outline_width": mm(width),
            "outline_width_unit": "MM",
            "joinstyle": "round",
        }
        kind = "SimpleMarker" if name else "SvgMarker"
        return part(kind, values, by_row if vague else {}, locked=locked)

    own, ink, paper = colour(style.colour), colour(INK), colour(PAPER)
    ring = colour(style.colour)
    return (
        drawn(paper, paper, 3.5, locked=True, outlineWidth=f"if({_VAGUE}, {mm(5)}, {mm(3.5)})"),
        drawn(
            own,
            ink,
            1,
            outlineWidth=f"if({_VAGUE}, {mm(3)}, {mm(1)})",
            fillColor=f"if({_VAGUE}, '{paper}', '{own}')",
        ),
        *(
            [
                drawn(
                    _CLEAR,
                    _CLEAR,
                    1.8,
                    locked=True,
                    outlineColor=f"if({_VAGUE}, '{ring}', '{_CLEAR}')",
                )
            ]
            if vague
            else []
        ),
        *(_badge() if uncertain else ()),
    )


def _badge() -> tuple[ET.Element, ET.Element]:
    """A question mark beside the mark where its side cannot be told."""
    shown = {"char": "if(coalesce(\"border_side\", '') = 'uncertain', '?', '')"}
    offset = f"{mm(RADIUS + 3)},{mm(RADIUS)}"
    return (
        _letters(PAPER, 13, edge=3.5, offset=offset, by_row=shown),
        _letters(INK, 13, offset=offset, by_row=shown),
    )


def _letters(
    tint: str, size: float, *, edge: float = 0.0, offset: str = "0,0", by_row: dict[str, str]
) -> ET.Element:
    values = {
        "font": "Noto Sans",
        "font_style": "Bold",
        "chr": " ",
        "size": mm(size),
        "size_unit": "MM",
        "color": colour(tint),
        "outline_color": colour(tint, 1.0 if edge else 0.0),
        "outline_width": mm(edge),
        "outline_width_unit": "MM",
        "joinstyle": "round",
        "offset": offset,
        "offset_unit": "MM",
    }
    return part("FontMarker", values, by_row, locked=True)


def _group() -> ET.Element:
    """A ring with the number of its incidents, in the colour of their type when they share one."""
    radius = "min(25, 9.5 + 2.232 * ln(@cluster_size) / ln(2))"

    def disc(factor: float, more: float, fill: str, edge: str, **by_row: str) -> ET.Element:
        values = {
            "name": "circle",
            "size": mm(2 * (12 * factor + more)),
            "size_unit": "MM",
            "color": colour(fill),
            "outline_color": colour(edge),
            "outline_style": "solid",
            "outline_width": mm(0.8),
            "outline_width_unit": "MM",
        }
        size = f"2 * ({factor:g} * {radius} + {more:g}) * {mm(1)}"
        return part("SimpleMarker", values, {"size": size, **by_row})

    tint = f"coalesce(@cluster_color, '{colour(MIXED)}')"
    parts = [
        disc(1, 1.5, PAPER, PAPER),
        disc(1, 0, MIXED, INK, fillColor=tint),
        disc(0.7, 0, PAPER, PAPER),
        _letters(INK, 12, by_row={"char": "@cluster_size"}),
    ]
    return symbol("marker", parts, "centerSymbol")


def footprint_look(table: Table, words: dict[str, str]) -> Look:
    """Areas in which vague incidents may be: hatched, and only outlined when wide on the map."""
    styles = type_styles(table.types or ("",))
    drawn = [_hatched(style.colour) for style in styles.values()]
    return Look(_by_type(list(styles), drawn, "fill", words))


_SEEN = "transform(@map_extent, @map_crs, 'EPSG:4326')"
_ACROSS = "max(bounds_width($geometry), bounds_height($geometry))"
_NOT_WIDE = f"{_ACROSS} < 0.6 * min(bounds_width({_SEEN}), bounds_height({_SEEN}))"
_NOT_ALL = f"{_ACROSS} < 2 * max(bounds_width({_SEEN}), bounds_height({_SEEN}))"


def _hatched(own: str) -> tuple[ET.Element, ET.Element]:
    tint = _DARK_YELLOW if own == _YELLOW else own
    stroke = {
        "line_color": colour(tint, 0.38),
        "line_style": "solid",
        "line_width": mm(1.1),
        "line_width_unit": "MM",
    }
    hatching = {
        "angle": "45",
        "color": colour(tint, 0.38),
        "distance": mm(5.66),
        "distance_unit": "MM",
        "line_width": mm(1.1),
        "line_width_unit": "MM",
    }
    edge = {
        "line_color": colour(own, 0.6),
        "line_width": mm(1.1),
        "line_width_unit": "MM",
        "line_style": "solid",
        "use_custom_dash": "1",
        "customdash": f"{mm(5)};{mm(3)}",
        "customdash_unit": "MM",
    }
    lines = symbol("line", [part("SimpleLine", stroke)], "@0@0")
    return (
        part("LinePatternFill", hatching, {"enabled": _NOT_WIDE}, inner=lines),
        part("SimpleLine", edge, {"enabled": _NOT_ALL}),
    )
