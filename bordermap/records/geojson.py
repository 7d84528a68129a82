"""GeoJSON files of points (RFC 7946, and the older form that names its coordinate system)."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from bordermap.errors import InputError
from bordermap.records.delimited import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bordermap.records.recipe import choose, ledger_names, unique_name
from bordermap.records.source import Source, file_note
from bordermap.schema import CRS as WGS84
from bordermap.schema import Fault, RawTable
from bordermap.values.text import as_text, label, shorten, whole

__all__ = [
    "GEOJSON_TYPES",
    "LOSSES",
    "MAX_NESTING",
    "cleaned",
    "crs_of",
    "declared_crs",
    "features_of",
    "nesting",
    "once_each",
    "parse_json",
    "read_geojson",
]

MAX_NESTING = 200
"""Deepest nesting of lists and objects in a JSON file."""

_TODO = "give a GeoJSON FeatureCollection of points"
_NO_CONTENT = re.compile(rb'"(?:[^"\\]|\\.)*"|[^][{}"]+')
_AUTHORITY = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|OGC|ESRI)[:/]+(?:[\w.]*[:/])?(?P<code>\w{1,12})",
    re.IGNORECASE,
)
_GEOMETRIES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}
    | {"GeometryCollection"}
)
GEOJSON_TYPES = _GEOMETRIES | {"FeatureCollection", "Feature"}
"""What the member ``type`` of a GeoJSON object may be."""

_KNOWN_MEMBERS = frozenset({"type", "properties", "geometry", "id", "bbox"})


_Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(slots=True)
class _Features:
    """Features told apart: properties, coordinates as they stand, and what is wrong with them."""

    file: str
    properties: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    positions: list[tuple[float, float] | None] = field(default_factory=list)
    geometry_faults: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[tuple[str, int, str, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def reject(self, number: int, value: Any, reason: str, message: str) -> None:
        raw = whole(as_text(value)) or "null"
        self.faults.append(Fault(self.file, number, "", shorten(raw), reason, message, True))
        self.broken.append((self.file, number, reason, raw))


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which a repeated key is kept as ``KEY_2`` instead of winning silently."""
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    content = {}
    for key, value in pairs:
        content[unique_name(key, content)] = value
    return content


def nesting(text: str) -> int:
    """Deepest nesting of brackets outside strings."""
    brackets = np.frombuffer(_NO_CONTENT.sub(b"", text.encode("utf-8", "replace")), dtype=np.uint8)
    opens = np.isin(brackets, np.frombuffer(b"[{", dtype=np.uint8))
    depth = np.cumsum(np.where(opens, 1, -1))
    return int(depth.max(initial=0))


def parse_json(source: Source) -> Any:
    """The JSON value of a file; neither its nesting nor its faults get through."""
    text = source.text.lstrip("\ufeff")
    if nesting(text) > MAX_NESTING:
        raise InputError(f"is nested deeper than {MAX_NESTING}", where=source.name, todo=_TODO)
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except json.JSONDecodeError as error:
        at_end = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
        found = "is cut off" if at_end else f"is not JSON ({error.msg})"
        todo = "get the whole file" if at_end else _TODO
        if error.msg == "Extra data":
            found, todo = "holds several JSON values, such as JSON lines", _TODO
        where = f"{source.name}, line {error.lineno}, column {error.colno}"
        raise InputError(found, where=where, todo=todo) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"is not JSON ({shorten(str(error))})", where=source.name, todo=_TODO
        ) from error


def features_of(content: Any, file: str) -> list[Any]:
    """Features of a parsed GeoJSON, whichever object it is."""
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection" and isinstance(content.get("features"), list):
        features: list[Any] = content["features"]
    elif kind == "Feature":
        features = [content]
    elif isinstance(kind, str) and kind in _GEOMETRIES:
        features = [{"type": "Feature", "properties": {}, "geometry": content}]
    else:
        raise InputError("is JSON but not GeoJSON", where=file, todo=_TODO)
    if len(features) > MAX_ROWS:
        raise InputError(f"has more than {MAX_ROWS:,} features", where=file, todo="split the file")
    return features


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _position(coordinates: Any) -> tuple[tuple[float, float] | None, str]:
    """Longitude and latitude of a Point's coordinates, and what is wrong or noteworthy."""
    if coordinates in ([], None):
        return None, "geometry_empty: the geometry is empty"
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= 4:
        return None, f"geometry_invalid: {shorten(as_text(coordinates))} is no position"
    numbers = [_number(value) for value in coordinates]
    if any(number is None for number in numbers[:2]):
        # A NaN is no JSON, and some writers put null for it.
        if all(value is None for value in coordinates[:2]):
            return None, "geometry_empty: the geometry is empty"
        return None, f"geometry_invalid: {shorten(as_text(coordinates))} is no position"
    longitude, latitude = (math.nan if number is None else number for number in numbers[:2])
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        return None, "coordinates_not_finite: the coordinates are not finite"
    note = (
        "elevation_left_out: the elevation is left out" if numbers[2:3] not in ([], [0.0]) else ""
    )
    return (longitude, latitude), note


def _point(geometry: Any) -> tuple[tuple[float, float] | None, str]:
    if geometry is None:
        return None, ""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "Point":
        return _position(geometry.get("coordinates"))
    if kind == "MultiPoint":
        points = geometry.get("coordinates")
        if isinstance(points, list) and len(points) == 1:
            return _position(points[0])
    if isinstance(kind, str) and kind in _GEOMETRIES:
        return None, f"geometry_type: a {kind} is no single point"
    return None, "geometry_invalid: the geometry is of no known type"


def cleaned(value: Any) -> tuple[Any, str]:
    """A property as a scalar, and a reason where that loses something.

    Lists and objects become JSON text, as in GDAL. NaN is nothing, as everywhere in a frame.
    """
    if isinstance(value, (list, dict, str)):
        text = as_text(value)
        return whole(text), "" if whole(text) == text else "undecodable_text"
    if isinstance(value, float) and not math.isfinite(value):
        return None, "" if math.isnan(value) else "infinite_value"
    return value, ""


LOSSES = {
    "undecodable_text": "half a character is replaced by �",
    "infinite_value": "an infinite value is left out",
}


def _properties(features: _Features, feature: dict[str, Any], number: int) -> dict[str, Any]:
    """The properties of a feature by unique names; its own id joins them."""
    row: dict[str, Any] = {}
    given = dict(feature.get("properties") or {})
    if feature.get("id") is not None and not any(key.casefold() == "id" for key in given):
        given["id"] = feature["id"]
    for key, value in given.items():
        name = unique_name(label(key[:1000]) or "property", row)
        row[name], loss = cleaned(value)
        if loss:
            shown = shorten(as_text(value))
            message = f"{shorten(name, 40)}: {LOSSES[loss]}"
            features.faults.append(Fault(features.file, number, name, shown, loss, message, False))
    return row


def _take(features: _Features, feature: Any, number: int) -> None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        features.reject(number, feature, "not_a_feature", f"feature {number} is no Feature")
        return
    if properties is not None and not isinstance(properties, dict):
        message = f"the properties of feature {number} are no object"
        features.reject(number, feature, "not_a_feature", message)
        return
    row = _properties(features, feature, number)
    longest = max((len(value) for value in row.values() if isinstance(value, str)), default=0)
    if longest > MAX_CELL_CHARACTERS:
        message = f"feature {number} has a text of {longest:,} characters"
        features.reject(number, feature, "cell_too_long", message)
        return
    position, fault = _point(feature.get("geometry"))
    features.unread |= feature.keys() - _KNOWN_MEMBERS
    features.properties.append(row)
    features.numbers.append(number)
    features.positions.append(position)
    features.geometry_faults.append(fault)


def _refuse_areas(features: _Features) -> None:
    """A layer without a single point is refused as a whole: it is no layer of incidents."""
    wrong = [fault for fault in features.geometry_faults if fault.startswith("geometry_type")]
    if not wrong or len(wrong) < len(features.numbers) or features.broken:
        return
    kinds = Counter(fault.split()[2] for fault in wrong)
    shown = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    raise InputError(
        f"holds no points ({shown}), so these are no incidents", where=features.file, todo=_TODO
    )


def declared_crs(content: Any) -> str:
    """Name of the coordinate system that an older GeoJSON declares, or empty."""
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is None:
        return ""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) and name else "without a name"


def crs_of(name: str) -> CRS | None:
    """The coordinate system of an authority's code; no PROJ strings, which can name files."""
    match = _AUTHORITY.fullmatch(name.strip())
    if match is None:
        return None
    try:
        return CRS.from_authority(match["authority"].upper(), match["code"].upper())
    except ProjError:
        return None


def _to_degrees(x: _Array, y: _Array, declared: str, file: str) -> tuple[Any, Any, Fault | None]:
    """Longitudes and latitudes of coordinates in the declared system, and what was noticed.

    A system in metres over coordinates that are all degrees is a lie. Where only some are, those
    come back as NaN: in metres they would be points off the coast of Africa.
    """
    crs = crs_of(declared)
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    shown = shorten(declared)
    if degrees.all() and (crs is None or not crs.is_geographic):
        message = f"the file declares the system {shown!r}, but its coordinates are degrees"
        return x, y, file_note(file, "crs_contradicted", message)
    if crs is None:
        raise InputError(
            f"the coordinate system {shown!r} is not understood",
            where=file,
            todo="export the layer in WGS 84 (EPSG:4326)",
        )
    if crs.to_epsg() == 4326 or crs.name == "WGS 84 (CRS84)":
        return x, y, None
    # As lists, since older versions of pyproj take an array of one for a scalar, with a warning.
    to_wgs84 = Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = map(np.array, to_wgs84.transform(x.tolist(), y.tolist()))
    if not crs.is_geographic:
        lon = np.where(degrees, np.nan, lon)
    message = f"coordinates converted from {shorten(crs.name)} to WGS 84"
    return lon, lat, file_note(file, "crs_converted", message)


def _place(features: _Features, declared: str) -> tuple[list[Any], tuple[Fault, ...]]:
    """One point (or None) for each feature, in longitude and latitude."""
    given = [index for index, position in enumerate(features.positions) if position is not None]
    pairs = [position for position in features.positions if position is not None]
    points: list[Any] = [None] * len(features.positions)
    if not pairs:
        return points, ()
    x, y = np.array(pairs, dtype=np.float64).T
    note: Fault | None = None
    if declared:
        x, y, note = _to_degrees(x, y, declared, features.file)
    for index, lon, lat in zip(given, x, y, strict=True):
        if math.isfinite(lon) and math.isfinite(lat):
            points[index] = shapely.Point(lon, lat)
        else:
            fault = "geometry_invalid: the point does not fit the coordinate system declared"
            features.geometry_faults[index] = fault
    return points, (note,) if note else ()


def _headers(features: _Features) -> list[str]:
    headers = dict.fromkeys(key for row in features.properties for key in row)
    if len(headers) > MAX_COLUMNS:
        raise InputError(
            f"has {len(headers):,} different properties, more than {MAX_COLUMNS:,}",
            where=features.file,
            todo=_TODO,
        )
    return list(headers)


def _file_notes(features: _Features) -> tuple[Fault, ...]:
    notes = []
    if features.unread:
        shown = shorten(", ".join(sorted(features.unread)))
        message = f"members of features beside their properties are not read: {shown}"
        notes.append(file_note(features.file, "members_not_read", message))
    if not features.numbers and not features.broken:
        notes.append(file_note(features.file, "no_records", "the file has no features"))
    return tuple(notes)


def read_geojson(source: Source, recipe_name: str | None, content: Any = None) -> RawTable:
    """Read a GeoJSON text; properties keep their JSON type, points come in WGS 84.

    ``content`` is the text, where it was parsed before. A feature without geometry is kept, since
    its names may place it. What is wrong with a geometry stands in ``geometry_fault`` as
    ``reason: message``.

    Raises
    ------
    InputError
        The text is no GeoJSON, is cut off, too large or too deep, holds areas only, or declares a
        coordinate system that is not understood.
    RecipeError
        The recipe asked for is unknown or broken.
    """
    content = parse_json(source) if content is None else content
    features = _Features(source.name)
    for number, feature in enumerate(features_of(content, source.name), start=1):
        _take(features, feature, number)
    _refuse_areas(features)
    points, notes = _place(features, declared_crs(content))
    headers = _headers(features)
    recipe = choose(headers, recipe_name)
    data: dict[str, pd.Series] = {}
    for header, name in zip(headers, ledger_names(headers, recipe), strict=True):
        cells = [row.get(header) for row in features.properties]
        data[name] = pd.Series(cells, dtype=object)
    data["source_row"] = pd.Series(features.numbers, dtype="int64")
    data["geometry"] = pd.Series(points, dtype=object)
    data["geometry_fault"] = pd.Series(features.geometry_faults, dtype=object)
    return RawTable(
        frame=pd.DataFrame(data),
        file=source.name,
        recipe=recipe.name,
        encoding=source.encoding,
        sha256=source.sha256,
        faults=source.notes + notes + _file_notes(features) + tuple(features.faults),
        broken=pd.DataFrame(
            features.broken,
            columns=["source_file", "source_row", "reason", "raw_record"],
            dtype=object,
        ),
        words=recipe.words,
        constants=recipe.constants,
    )
