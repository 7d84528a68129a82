"""KML: every Placemark a row, with its ExtendedData, its time and the folders it lies in.

Read by the XML parser of the standard library, which is stopped at the first sign of a document
type: entities, within the file and from outside, come in no other way. Links are never followed.
"""

from __future__ import annotations

import xml.parsers.expat
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ExpatError

import numpy as np
import shapely

from bordermap.errors import InputError
from bordermap.records.crs import crs_of
from bordermap.records.deadline import check_time
from bordermap.records.kml_shapes import SHAPES, gathered, shape_of, typed
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.recipe import Names
from bordermap.records.source import file_note
from bordermap.values.text import label, shorten

__all__ = ["read_kml"]

_MAX_DEPTH = 200
_CHUNK = 65_536
_TODO = "export it again as KML of placemarks"
_SHAPES = frozenset({"LineString", "LinearRing", "Polygon", "Model", "Track", "MultiTrack"})
_LEFT_OUT = frozenset(
    {"styleUrl", "visibility", "open", "drawOrder", "balloonVisibility", "coordinates"}
    | {"altitudeMode", "extrude", "tessellate", "snippet"}
)
_TIMES = {"when": "date_start", "begin": "date_start", "end": "date_end"}
_CONTAINERS = frozenset({"Folder", "Document"})


@dataclass(slots=True)
class _Placemark:
    cells: dict[str, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    parts: list[list[Any]] = field(default_factory=lambda: [[]])
    key: str = ""
    names: Names = field(default_factory=Names)

    def add(self, name: str, text: str) -> None:
        if text:
            self.cells[self.names.unique(name)] = text


@dataclass(slots=True)
class _Reader:
    """What the parser calls: a stack of open elements, and the placemark that is open."""

    file: str
    open: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    placemark: _Placemark | None = None
    done: list[_Placemark] = field(default_factory=list)
    links: Counter[str] = field(default_factory=Counter)
    types: dict[str, str] = field(default_factory=dict)

    def doctype(self, *_: Any) -> None:
        found = "has a document type, which could name other files"
        raise InputError(found, where=self.file, todo=_TODO)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.open.append(name)
        self.text = []
        if len(self.open) > _MAX_DEPTH:
            raise InputError(f"is nested deeper than {_MAX_DEPTH}", where=self.file, todo=_TODO)
        if name in _CONTAINERS:
            self.folders.append("")
        elif name in ("NetworkLink", "GroundOverlay", "PhotoOverlay"):
            self.links[name] += 1
        elif name == "Placemark":
            self.placemark = _Placemark()
            self.placemark.add("id", attributes.get("id", ""))
        elif name == "SimpleField":
            self.types.setdefault(label(attributes.get("name", "")), attributes.get("type", ""))
        elif self.placemark is not None:
            if name in ("Data", "SimpleData"):
                self.placemark.key = label(attributes.get("name", "")[:1000]) or "data"
            if name in _SHAPES:
                self.placemark.shapes.append(name)
            if name in SHAPES:
                self.placemark.parts.append([])

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, tag: str) -> None:
        name, text = tag.rpartition(":")[2], "".join(self.text).strip()
        self.open.pop()
        self.text = []
        if name == "Placemark" and self.placemark is not None:
            self.placemark.add("folder", " / ".join(filter(None, self.folders)))
            self.done.append(self.placemark)
            self.placemark = None
            check_size(self.file, len(self.done), 0)
        elif name in _CONTAINERS and self.folders:
            self.folders.pop()
        elif self.placemark is not None:
            self._take(self.placemark, name, text)
        elif name == "name" and self.folders and self.open[-1:] and self.open[-1] in _CONTAINERS:
            self.folders[-1] = label(text[:200])

    def _take(self, placemark: _Placemark, name: str, text: str) -> None:
        parent = self.open[-1] if self.open else ""
        if name in SHAPES:
            made = shape_of(name, placemark.parts.pop())
            # The outer ring comes first, wherever it stands.
            at = 0 if parent == "outerBoundaryIs" else len(placemark.parts[-1])
            placemark.parts[-1].insert(at, made)
        elif name == "coordinates":
            placemark.parts[-1].append(text)
            if parent == "Point":
                placemark.points.append(text)
        elif name in _TIMES and parent in ("TimeStamp", "TimeSpan"):
            placemark.add(_TIMES[name], text)
        elif name == "SimpleData" or (name == "value" and parent == "Data"):
            placemark.add(placemark.key, text)
        elif parent == "Placemark" and name not in _LEFT_OUT and name not in _SHAPES:
            placemark.add(label(name), text)


def read_kml(content: bytes, file: str, *, whole: bool = False) -> LayerRows:
    """Every placemark of a KML document.

    Parameters
    ----------
    whole : bool
        With lines, polygons and several shapes, and numbers where the schema says so; else points
        and texts.

    Raises
    ------
    InputError
        It is no KML, is cut off, has a document type, or is too large or too deep.
    """
    reader = _Reader(file)
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(xml.parsers.expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        for at in range(0, len(content), _CHUNK):
            check_time(file)
            parser.Parse(content[at : at + _CHUNK], False)
        parser.Parse(b"", True)
    except ExpatError as error:
        cut = "no element found" in str(error) or "unclosed" in str(error)
        found = "is cut off" if cut else f"is no well-formed XML ({shorten(str(error))})"
        raise InputError(found, where=file, todo="get the whole file") from error
    except (ValueError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        found = f"is no well-formed XML ({shorten(str(error))})"
        raise InputError(found, where=file, todo="get the whole file") from error
    return _rows(reader, whole)


def _rows(reader: _Reader, whole: bool) -> LayerRows:
    names = list(dict.fromkeys(name for one in reader.done for name in one.cells))
    check_size(reader.file, len(reader.done), len(names))
    rows = LayerRows(
        names=names,
        cells=[[one.cells.get(name) for one in reader.done] for name in names],
        geometry=np.full(len(reader.done), None, dtype=object),
        numbers=list(range(1, len(reader.done) + 1)),
        crs=crs_of("EPSG:4326"),
        crs_name="EPSG:4326",
    )
    if whole:
        pairs = zip(names, rows.cells, strict=True)
        rows.cells = [typed(reader.types.get(name, ""), cells) for name, cells in pairs]
    for row, placemark in enumerate(reader.done):
        rows.geometry[row], fault = _whole(placemark) if whole else _point(placemark)
        if fault:
            rows.lost[row] = fault
    for what, count in sorted(reader.links.items()):
        message = f"{count:,} {what} elements are not read, nor is what they link to"
        rows.notes.append(file_note(reader.file, "links_not_followed", message))
    return rows


def _point(placemark: _Placemark) -> tuple[Any, str]:
    if placemark.shapes:
        return None, f"geometry_type: a {placemark.shapes[0]} is no single point"
    if len(placemark.points) > 1:
        return None, "geometry_type: a MultiGeometry is no single point"
    if not placemark.points:
        return None, ""
    text = placemark.points[0]
    parts = text.split(",")
    if not text:
        return None, "geometry_empty: the geometry is empty"
    try:
        numbers = [float(part) for part in parts[:3]]
        if len(parts) not in (2, 3):
            raise ValueError
    except ValueError:
        return None, f"geometry_invalid: {shorten(text)} is no position"
    return shapely.Point(numbers), ""


def _whole(placemark: _Placemark) -> tuple[Any, str]:
    """The one shape of a placemark, or several as one."""
    shapes = [part for part in placemark.parts[0] if not isinstance(part, str)]
    if not shapes:
        return None, ""
    shape = shapes[0] if len(shapes) == 1 else gathered(shapes)
    return shape, "" if shape is not None else "geometry_invalid: the geometry cannot be read"
