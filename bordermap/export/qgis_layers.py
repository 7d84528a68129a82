"""The line and what lies beside it in QGIS, as on the page (``static/basemap.js``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

from bordermap.export.qgis_incidents import footprint_look, incident_look
from bordermap.export.qgis_table import Table
from bordermap.export.qgis_xml import (
    Look,
    colour,
    element,
    mm,
    overrides,
    part,
    quoted,
    scale_at,
    symbol,
)

__all__ = ["COLOURS", "ORDER", "look_of"]

COLOURS = {
    "land": "#fbfaf6",
    "neighbour": "#eceae4",
    "province": "#a79f90",
    "district": "#d3ccbf",
    "line": "#2b2a33",
    "variant": "#8a1c5b",
    "casing": "#ffffff",
    "extra": "#5d3fd3",
    "zone_AF": "#1f6f8b",
    "zone_PK": "#b3662a",
}
"""Colours of the page, by what they are for."""

_NAMES = {
    "province": ("#7d7566", 11.0, "Bold"),
    "district": ("#8b8475", 10.5, "Regular"),
    "crossing": ("#1d1d1b", 11.5, "Bold"),
    "post": ("#45413a", 9.5, "Regular"),
}
"""Colour, size in pixels and weight of names."""

_FONTS = ("Noto Sans", "Segoe UI", "Open Sans", "DejaVu Sans", "Liberation Sans", "Arial")
_DISTRICTS_FROM = 6.75
_LOCAL_FROM = 7.0
_NEAR = 8.5
"""Zoom of the page from which on things are drawn."""

_ROUGH = 'coalesce("radius_m", 0) >= 5000'


def look_of(table: Table, words: dict[str, str]) -> Look:
    """How a layer is drawn: by its name, where it has the columns for it, else by its shapes."""
    made = _LOOKS.get(table.name)
    if made and made[0] <= table.columns and made[1] in (table.kind, "any"):
        return made[2](table, words)
    return Look(_plain(table.kind))


def _single(kind: str, *parts: ET.Element) -> ET.Element:
    whole = element("symbols", children=[symbol(kind, parts)])
    return element("renderer-v2", {"type": "singleSymbol", "enableorderby": "0"}, [whole])


def _stroke(
    tint: str, width: float, more: Mapping[str, str] | None = None, *, wider: bool = False
) -> ET.Element:
    """A line, thicker from closer where it is ``wider``."""
    values = {
        "line_color": tint,
        "line_width": mm(width),
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "flat",
        "joinstyle": "round",
        **(more or {}),
    }
    steps = (
        f"case when @map_scale > {scale_at(7):.0f} then {mm(width)}"
        f" when @map_scale > {scale_at(10):.0f} then {mm(width + 0.6)} else {mm(width + 1.2)} end"
    )
    return part("SimpleLine", values, {"outlineWidth": steps} if wider else {})


def _fill(fill: str, edge: str, width: float) -> ET.Element:
    values = {
        "color": fill,
        "style": "solid" if fill else "no",
        "outline_color": edge,
        "outline_style": "solid",
        "outline_width": mm(width),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }
    return part("SimpleFill", values)


def _plain(kind: str) -> ET.Element:
    """A layer that the page does not know either."""
    tint = colour(COLOURS["extra"])
    if kind == "Polygon":
        return _single("fill", _fill("", tint, 1.5))
    if kind == "Line":
        return _single("line", _stroke(tint, 1.5))
    if kind == "Point":
        return _single("marker", _point("circle", 7, tint, _CLEAR, 0.0))
    return element("renderer-v2", {"type": "nullSymbol"})


_CLEAR = "0,0,0,0"


def _point(
    shape: str,
    size: float,
    fill: str,
    edge: str,
    width: float,
    by_row: Mapping[str, str] | None = None,
) -> ET.Element:
    values = {
        "name": shape,
        "size": mm(size),
        "size_unit": "MM",
        "color": fill,
        "outline_color": edge,
        "outline_style": "solid",
        "outline_width": mm(width),
        "outline_width_unit": "MM",
    }
    return part("SimpleMarker", values, by_row)


def _line(table: Table, words: dict[str, str]) -> Look:
    casing, ink = colour(COLOURS["casing"]), colour(COLOURS["line"])
    return Look(
        _single("line", _stroke(casing, 4.5, wider=True), _stroke(ink, 2, wider=True)),
    )


def _variants(table: Table, words: dict[str, str]) -> Look:
    casing, tint = colour(COLOURS["casing"]), colour(COLOURS["variant"])
    dashes = {
        "use_custom_dash": "1",
        "customdash": f"{mm(6)};{mm(4)}",
        "customdash_unit": "MM",
    }
    whole = _stroke(casing, 4, wider=True), _stroke(tint, 2, dashes, wider=True)
    return Look(_single("line", *whole))


def _posts(table: Table, words: dict[str, str]) -> Look:
    mark = _point("circle", 5, colour(COLOURS["casing"]), colour(COLOURS["line"]), 1.2)
    return Look(_single("marker", mark), _labels("post", '"name"', beside=True, from_zoom=_NEAR))


def _zones(table: Table, words: dict[str, str]) -> Look:
    """Zones hold those within them; laid over each other they are as dark as on the page."""
    last = max(1, len(table.radii) - 1)
    dark = [0.17 - 0.12 * rank / last for rank in range(len(table.radii))]
    light = [1 - (1 - inner) / (1 - outer) for inner, outer in pairwise([*dark, 0.0])]
    categories: list[ET.Element] = []
    symbols: list[ET.Element] = []
    for radius_m, alpha in zip(table.radii, light, strict=True):
        for side in ("AF", "PK"):
            number = str(len(symbols))
            tint = COLOURS[f"zone_{side}"]
            filled = _fill(colour(tint, alpha), colour(tint, 0.25), 0.6)
            symbols.append(symbol("fill", [filled], number))
            label = f"{words['within'].format(km=f'{radius_m / 1000:g}')}, {words[f'side_{side}']}"
            value = {"value": f"{side} {radius_m:g}", "symbol": number, "label": label}
            categories.append(element("category", {**value, "render": "true"}))
    attributes = {
        "type": "categorizedSymbol",
        "attr": '"country" || \' \' || to_string("radius_m")',
        "enableorderby": "0",
    }
    parts = [element("categories", children=categories), element("symbols", children=symbols)]
    return Look(element("renderer-v2", attributes, parts))


def _provinces(table: Table, words: dict[str, str]) -> Look:
    filled = _fill(colour(COLOURS["land"]), colour(COLOURS["province"]), 1.0)
    return Look(_single("fill", filled), _labels("province", _both_names(table)))


def _districts(table: Table, words: dict[str, str]) -> Look:
    """Edges only; those of provinces, which are darker, stay."""
    edge = _fill("", colour(COLOURS["district"]), 0.9)
    labels = _labels("district", _both_names(table, _NEAR + 1), from_zoom=_DISTRICTS_FROM + 1)
    return Look(_single("fill", edge), labels, blending=5, farthest=scale_at(_DISTRICTS_FROM))


def _crossings(table: Table, words: dict[str, str]) -> Look:
    """Small gates; with a dashed edge where a crossing is known only roughly."""
    by_row = {
        "outlineStyle": f"if({_ROUGH}, 'dot', 'solid')",
        "outlineWidth": f"if({_ROUGH}, {mm(1)}, {mm(1.6)})",
    }
    mark = _point("square", 8, colour(COLOURS["casing"]), colour(COLOURS["line"]), 1.6, by_row)
    labels = _labels(
        "crossing",
        _both_names(table),
        beside=True,
        from_zoom=_DISTRICTS_FROM,
        by_row={
            "Bold": f"if({_ROUGH}, 0, 1)",
            "Color": f"if({_ROUGH}, {quoted(colour('#45413a'))}, {quoted(colour('#1d1d1b'))})",
        },
    )
    return Look(_single("marker", mark), labels, farthest=scale_at(_DISTRICTS_FROM))


def _both_names(table: Table, from_zoom: float = _LOCAL_FROM) -> str:
    """The Latin name and, from closer, the one in the script of the place under it."""
    afghan = _first(table, "name_fa", "name_ps", "name_ur")
    if "country" in table.columns:
        pakistani = _first(table, "name_ur", "name_ps", "name_fa")
        local = f"if(\"country\" = 'PK', {pakistani}, {afghan})"
    else:
        local = _first(table, "name_ps", "name_fa", "name_ur")
    under = f"if(@map_scale <= {scale_at(from_zoom):.0f}, coalesce('\\n' || {local}, ''), '')"
    return f'"name" || {under}'


def _first(table: Table, *columns: str) -> str:
    known = [f'"{name}"' for name in columns if name in table.columns]
    return f"coalesce({', '.join([*known, 'NULL'])})"


def _labels(
    kind: str,
    expression: str,
    *,
    beside: bool = False,
    from_zoom: float = 0.0,
    by_row: Mapping[str, str] | None = None,
) -> ET.Element:
    """Names in the middle of areas, or beside points."""
    placement = {
        "placement": "6" if beside else "1",
        "predefinedPositionOrder": "R,L,TSR,BSR,TR,BR,TL,BL",
        "dist": mm(7) if beside else "0",
        "distUnits": "MM",
        "offsetType": "1",
        "quadOffset": "4",
        "centroidInside": "1",
        "centroidWhole": "1",
        "fitInPolygonOnly": "0",
        "priority": "8" if beside else "5",
    }
    rendering = {
        "scaleVisibility": str(int(from_zoom > 0)),
        "scaleMin": "0",
        "scaleMax": f"{scale_at(from_zoom):.0f}",
        "drawLabels": "1",
        "obstacle": str(int(beside)),
        "obstacleFactor": "1",
        "fontMinPixelSize": "3",
        "fontMaxPixelSize": "10000",
        "displayAll": "0",
        "upsidedownLabels": "0",
        "labelPerPart": "0",
        "mergeLines": "0",
        "minFeatureSize": "0",
    }
    settings = [
        _text_style(kind, expression),
        element("text-format", {"multilineAlign": "1" if not beside else "3", "wrapChar": ""}),
        element("placement", placement),
        element("rendering", rendering),
        overrides(by_row or {}, "dd_properties"),
    ]
    return element("labeling", {"type": "simple"}, [element("settings", children=settings)])


def _text_style(kind: str, expression: str) -> ET.Element:
    tint, size, weight = _NAMES[kind]
    attributes = {
        "fieldName": expression,
        "isExpression": "1",
        "fontFamily": _FONTS[0],
        "namedStyle": weight,
        "fontSize": f"{size * 0.75:g}",
        "fontSizeUnit": "Point",
        "fontWeight": "75" if weight == "Bold" else "50",
        "textColor": colour(tint),
        "textOpacity": "1",
        "multilineHeight": "1",
        "textOrientation": "horizontal",
    }
    halo = {
        "bufferDraw": "1",
        "bufferSize": mm(1.6),
        "bufferSizeUnits": "MM",
        "bufferColor": colour("#ffffff"),
        "bufferOpacity": "0.92",
        "bufferJoinStyle": "128",
        "bufferNoFill": "0",
    }
    fonts = [element("family", {"name": name}) for name in _FONTS]
    children = [element("families", children=fonts), element("text-buffer", halo)]
    return element("text-style", attributes, children)


_LOOKS: Mapping[str, tuple[set[str], str, Callable[[Table, dict[str, str]], Look]]] = {
    "incidents": ({"event_type"}, "Point", incident_look),
    "posts": ({"name"}, "Point", _posts),
    "crossings": ({"name", "radius_m"}, "Point", _crossings),
    "variants": (set(), "Line", _variants),
    "stretch": (set(), "Line", _line),
    "line": (set(), "Line", _line),
    "footprints": ({"event_type"}, "Polygon", footprint_look),
    "zones": ({"country", "radius_m"}, "Polygon", _zones),
    "districts": ({"name"}, "Polygon", _districts),
    "provinces": ({"name"}, "Polygon", _provinces),
}
"""By the name of a layer the columns and the shapes that its look needs, and how it is made."""

ORDER: Sequence[str] = tuple(_LOOKS)
"""Layers from the top down."""
