"""KML: folders of placemarks, coloured by event type, with their days; no word of it is markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely

from bordermap.export.content import DECIMALS, Column, Features, distinct, without
from bordermap.export.losses import as_text, cut_times
from bordermap.symbols import EVENT_STYLES

__all__ = ["write_kml"]

_UNKNOWN = "unknown"
_LONGEST = 1_000
_LINE = "#222222"
_TYPES = {"integer": "int", "number": "double", "boolean": "bool"}
_NAMES = ("place", "name", "incident_id")
_TOLD = ("summary", "source_name", "source_url")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold at all (section 2.2)."""


def write_kml(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a folder for each layer; rows without a place are placemarks without a shape."""
    notes: list[str] = []
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write('<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n')
        stream.writelines(_styles())
        for number, features in enumerate(layers):
            notes += _write_folder(features, f"columns{number}", stream)
        stream.write("</Document></kml>\n")
    return tuple(notes)


def _styles() -> Iterator[str]:
    colours = {name: style.colour for name, style in EVENT_STYLES.items()}
    for name, colour in (*colours.items(), ("reference", _LINE)):
        # KML writes colours as alpha, blue, green, red.
        said = f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}"
        yield (
            f'<Style id="{name}"><IconStyle><color>{said}</color></IconStyle>'
            f"<LineStyle><color>{said}</color><width>2</width></LineStyle>"
            f"<PolyStyle><color>40{said[2:]}</color></PolyStyle></Style>\n"
        )


def _write_folder(features: Features, schema: str, stream: TextIO) -> list[str]:
    kept, notes = without(features.columns, _FORBIDDEN, "characters that XML cannot hold")
    # Readers of KML tell no names apart by their case.
    names, renamed = distinct(
        [_clean(name) for name in features.names], longest=_LONGEST, what="KML"
    )
    columns = {column.name: column for column in kept}
    kept = [column.called(name) for name, column in zip(names, kept, strict=True)]
    cells = [_cells(column) for column in kept]
    stream.write(f"<Schema id={quoteattr(schema)} name={quoteattr(features.name)}>")
    for column in kept:
        kind = _type(column)
        stream.write(f"<SimpleField name={quoteattr(column.name)} type={quoteattr(kind)}/>")
    about = "; ".join(one for one in (features.attribution, features.licence) if one)
    stream.write(f"</Schema>\n<Folder><name>{escape(features.name)}</name>")
    stream.write(f"<description>{_text(html.escape(about))}</description>\n" if about else "\n")
    for parts in zip(
        _marks(features, columns), _shapes(features), *_data(kept, cells), strict=True
    ):
        mark, shape, *data = parts
        stream.write(
            f'<Placemark>{mark}<ExtendedData><SchemaData schemaUrl="#{schema}">'
            f"{''.join(data)}</SchemaData></ExtendedData>{shape}</Placemark>\n"
        )
    stream.write("</Folder>\n")
    return [*renamed, *notes, *as_text(features.columns), *cut_times(features.columns, "us")]


def _cells(column: Column) -> list[str]:
    return ["" if text is None else _text(text) for text in column.as_texts()]


def _data(columns: Sequence[Column], cells: Sequence[list[str]]) -> list[list[str]]:
    """What stands for each cell; one that is not known has none."""
    made = []
    for column, texts in zip(columns, cells, strict=True):
        before = f"<SimpleData name={quoteattr(column.name)}>"
        gone = column.missing.tolist()
        made.append(
            [
                "" if is_gone else f"{before}{text}</SimpleData>"
                for text, is_gone in zip(texts, gone, strict=True)
            ]
        )
    return made


def _type(column: Column) -> str:
    if column.kind == "integer" and (np.abs(column.values.astype("float64")) >= 2**31).any():
        return "string"
    return _TYPES.get(column.kind, "string")


def _marks(features: Features, columns: dict[str, Column]) -> Iterator[str]:
    """Name, description, days and style of each placemark, in the order of the schema."""
    empty: list[str | None] = [None] * len(features)

    def texts(name: str) -> list[str | None]:
        return columns[name].as_texts() if name in columns else empty

    is_incident = "event_type" in columns
    for *names, start, end, event, summary, source, url in zip(
        *map(texts, (*_NAMES, "date_start", "date_end", "event_type", *_TOLD)), strict=True
    ):
        name = next((one for one in names if one), "")
        told = "<br/>".join(html.escape(one) for one in (summary, source, url) if one)
        style = (event if event in EVENT_STYLES else _UNKNOWN) if is_incident else "reference"
        yield (
            f"<name>{_text(name)}</name>"
            + (f"<description>{_text(told)}</description>" if told else "")
            + _when(start, end)
            + f"<styleUrl>#{style}</styleUrl>"
        )


def _when(start: str | None, end: str | None) -> str:
    if not start:
        return ""
    if not end or end == start:
        return f"<TimeStamp><when>{start}</when></TimeStamp>"
    return f"<TimeSpan><begin>{start}</begin><end>{end}</end></TimeSpan>"


def _shapes(features: Features) -> list[str]:
    shapes = features.shapes
    points = (shapely.get_type_id(shapes) == 0) & ~shapely.has_z(shapes)
    lon = np.round(shapely.get_x(shapes), DECIMALS).tolist()
    lat = np.round(shapely.get_y(shapes), DECIMALS).tolist()
    return [
        f"<Point><coordinates>{x!r},{y!r}</coordinates></Point>" if is_point else _other(shape)
        for shape, is_point, x, y in zip(shapes, points, lon, lat, strict=True)
    ]


def _other(shape: Any) -> str:
    if shape is None:
        return ""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(map(_other, shape.geoms))}</MultiGeometry>"
    if shape.geom_type == "Point":
        return f"<Point>{_line(shape)}</Point>"
    if shape.geom_type == "Polygon":
        rings = [f"<outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>"]
        rings += [f"<innerBoundaryIs>{_ring(one)}</innerBoundaryIs>" for one in shape.interiors]
        return f"<Polygon>{''.join(rings)}</Polygon>"
    return f"<LineString><tessellate>1</tessellate>{_line(shape)}</LineString>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_line(ring)}</LinearRing>"


def _line(shape: Any) -> str:
    xyz = shapely.get_coordinates(shape, include_z=bool(shapely.has_z(shape)))
    said = " ".join(",".join(map(repr, one)) for one in np.round(xyz, DECIMALS).tolist())
    return f"<coordinates>{said}</coordinates>"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _text(text: str) -> str:
    # A carriage return as such would be read as a line feed.
    return escape(text, {"\r": "&#13;"})
