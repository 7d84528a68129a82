"""A QGIS project over the layers of one GeoPackage, and the style of each for itself."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from bordermap.export.qgis_layers import COLOURS, ORDER, look_of
from bordermap.export.qgis_table import Table
from bordermap.export.qgis_xml import Look, element, spoken, to_text

__all__ = ["TITLE", "project_text", "style_text"]

TITLE = "Incidents along the Durand Line"
_VERSION = "3.22.0"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
_SRSID = {3857: 3857, 4326: 3452}
_EARTH_M = 6_378_137.0
_NORTHERNMOST = 85.0
_FARTHEST = 100_000_000.0
_TITLES = {
    "incidents": "overlay_incidents",
    "footprints": "overlay_footprints",
    "line": "overlay_map_line",
    "variants": "overlay_variants",
    "zones": "overlays_zones",
    "provinces": "overlay_map_provinces",
    "districts": "overlay_map_districts",
    "crossings": "overlay_crossings",
}
"""The page's word for each layer."""

_NUMBER_OF_KIND = {"Point": "0", "Line": "1", "Polygon": "2"}


def style_text(look: Look) -> str:
    """The style of one layer (QML)."""
    root = element("qgis", {"version": _VERSION, **_visibility(look)}, _drawn(look))
    root.set("styleCategories", "Symbology|Labeling|Rendering")
    return to_text(root, _DOCTYPE)


def _visibility(look: Look) -> dict[str, str]:
    return {
        "hasScaleBasedVisibilityFlag": str(int(look.farthest > 0)),
        "minScale": f"{look.farthest or _FARTHEST:.0f}",
        "maxScale": "0",
        "labelsEnabled": str(int(look.labels is not None)),
        "simplifyDrawingHints": "1",
        "simplifyDrawingTol": "1",
        "simplifyMaxScale": "1",
    }


def _drawn(look: Look) -> list[ET.Element]:
    labels = [] if look.labels is None else [look.labels]
    blending = element("blendMode", text=str(look.blending))
    return [look.renderer, *labels, blending, element("layerOpacity", text="1")]


def project_text(tables: Sequence[Table], name: str, words: dict[str, str], mark: str) -> str:
    """The project of a GeoPackage called ``name``, which stands in the same folder."""
    ranks = {table: rank for rank, table in enumerate(ORDER)}
    ordered = sorted(tables, key=lambda table: ranks.get(table.name, 1))
    layers = [
        _Entry(table, f"layer_{number}_{_plain(table.name)}", name, words)
        for number, table in enumerate(ordered)
    ]
    root = element(
        "qgis",
        {"projectname": TITLE, "version": _VERSION},
        [
            element("title", text=TITLE),
            element("projectCrs", children=[_crs(3857)]),
            element("layer-tree-group", children=[layer.in_tree() for layer in layers]),
            _canvas(_whole(ordered)),
            element("projectlayers", children=[layer.whole() for layer in layers]),
            element("layerorder", children=[element("layer", {"id": one.id}) for one in layers]),
            _properties(ordered),
            _metadata(ordered, words),
            _view(_whole(ordered)),
        ],
    )
    return to_text(root, f"{_DOCTYPE}\n{mark}")


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


class _Entry:
    """A layer of the project."""

    def __init__(self, table: Table, id_: str, file: str, words: dict[str, str]) -> None:
        self.table, self.id = table, id_
        self.look = look_of(table, words)
        self.title = spoken(words.get(_TITLES.get(table.name, ""), table.name))
        self.source = f"./{file}|layername={table.name}"

    def in_tree(self) -> ET.Element:
        return element(
            "layer-tree-layer",
            {
                "id": self.id,
                "name": self.title,
                "source": self.source,
                "providerKey": "ogr",
                "checked": "Qt::Checked",
                "expanded": str(int(self.table.name in ("incidents", "line", "variants"))),
            },
        )

    def whole(self) -> ET.Element:
        papers = self.table.papers
        attributes = {
            "type": "vector",
            "geometry": self.table.kind,
            "autoRefreshEnabled": "0",
            "styleCategories": "AllStyleCategories",
            **_visibility(self.look),
        }
        parts = [
            element("id", text=self.id),
            element("datasource", text=self.source),
            element("layername", text=self.title),
            element("attribution", {"href": ""}, text=spoken(papers.get("ATTRIBUTION", ""))),
            element("srs", children=[_crs(4326)]),
            _papers(papers),
            element("provider", {"encoding": "UTF-8"}, text="ogr"),
            *_drawn(self.look),
        ]
        return element("maplayer", attributes, parts)


def _papers(papers: Mapping[str, str]) -> ET.Element:
    return element(
        "resourceMetadata",
        children=[
            element("type", text="dataset"),
            element("title", text=papers.get("TITLE", "")),
            element("rights", text=papers.get("ATTRIBUTION", "")),
            element("license", text=papers.get("LICENCE", "")),
        ],
    )


def _crs(code: int) -> ET.Element:
    """A CRS by its EPSG code, which QGIS heeds only beside a number of its own list."""
    said = {"srsid": str(_SRSID[code]), "srid": str(code), "authid": f"EPSG:{code}"}
    parts = [element(tag, text=text) for tag, text in said.items()]
    return element("spatialrefsys", children=parts)


def _whole(tables: Sequence[Table]) -> tuple[float, ...]:
    """What is seen at first, in metres of Web Mercator: the line, else everything there is."""
    line = [table.bounds for table in tables if table.name == "line" and table.bounds]
    boxes = line or [table.bounds for table in tables if table.bounds] or [(60.0, 29.0, 75.0, 39.0)]
    west, south = (min(box[at] for box in boxes) for at in (0, 1))
    east, north = (max(box[at] for box in boxes) for at in (2, 3))
    x = [_EARTH_M * math.radians(lon) for lon in (west, east)]
    y = [_EARTH_M * math.asinh(math.tan(math.radians(_held(lat)))) for lat in (south, north)]
    room = max(0.04 * max(x[1] - x[0], y[1] - y[0]), 1_000.0)
    return x[0] - room, y[0] - room, x[1] + room, y[1] + room


def _held(latitude: float) -> float:
    return max(-_NORTHERNMOST, min(_NORTHERNMOST, latitude))


_EDGES = ("xmin", "ymin", "xmax", "ymax")


def _canvas(box: tuple[float, ...]) -> ET.Element:
    edges = [element(edge, text=f"{at:.2f}") for edge, at in zip(_EDGES, box, strict=True)]
    parts = [
        element("units", text="meters"),
        element("extent", children=edges),
        element("rotation", text="0"),
        element("destinationsrs", children=[_crs(3857)]),
    ]
    return element("mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"}, parts)


def _view(box: tuple[float, ...]) -> ET.Element:
    edges = {edge: f"{at:.2f}" for edge, at in zip(_EDGES, box, strict=True)}
    extent = element("DefaultViewExtent", edges, [_crs(3857)])
    return element("ProjectViewSettings", {"UseProjectScales": "0"}, [extent])


def _properties(tables: Sequence[Table]) -> ET.Element:
    """Ground outside the two countries, the ellipsoid, and the credits in a corner of the map."""
    ground = COLOURS["neighbour"]
    parts = {"Red": ground[1:3], "Green": ground[3:5], "Blue": ground[5:7]}
    channels = [
        _property(f"CanvasColor{name}Part", "int", str(int(value, 16)))
        for name, value in parts.items()
    ]
    credit = [
        _property("Enabled", "bool", "true"),
        _property("Label", "QString", spoken("; ".join(_distinct(tables, "ATTRIBUTION")))),
    ]
    return element(
        "properties",
        children=[
            element("Gui", children=channels),
            element("CopyrightLabel", children=credit),
            element("SpatialRefSys", children=[_property("ProjectionsEnabled", "int", "1")]),
            element("Paths", children=[_property("Absolute", "bool", "false")]),
            element("Measure", children=[_property("Ellipsoid", "QString", "EPSG:7030")]),
        ],
    )


def _property(name: str, kind: str, value: str) -> ET.Element:
    return element(name, {"type": kind}, text=value)


def _distinct(tables: Sequence[Table], paper: str) -> list[str]:
    return list(dict.fromkeys(table.papers[paper] for table in tables if table.papers.get(paper)))


def _metadata(tables: Sequence[Table], words: dict[str, str]) -> ET.Element:
    credit = "\n".join(_distinct(tables, "ATTRIBUTION"))
    licences = ", ".join(_distinct(tables, "LICENCE"))
    said = [words["caption_line"], words["about_places"], words["about_counts"], credit, licences]
    return element(
        "projectMetadata",
        children=[
            element("type", text="project"),
            element("title", text=TITLE),
            element("abstract", text="\n\n".join(one for one in said if one)),
            element("author", text="bordermap"),
        ],
    )
