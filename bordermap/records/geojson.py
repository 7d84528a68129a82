"""GeoJSON files of points (RFC 7946, and the older form that names its coordinate system)."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.errors import InputError
from bordermap.records.crs import crs_of, to_degrees
from bordermap.records.deadline import check_time
from bordermap.records.delimited import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bordermap.records.layer_table import dirt, no_points
from bordermap.records.recipe import Names, choose, ledger_names, unique_name
from bordermap.records.rows import as_brought
from bordermap.records.sequences import json_texts
from bordermap.records.source import Source, broken_frame, file_note
from bordermap.schema import Fault, RawTable
from bordermap.values.text import as_text, label, shorten, whole

__all__ = [
    "GEOJSON_TYPES",
    "LOSSES",
    "MAX_NESTING",
    "cleaned",
    "collected",
    "declared_crs",
    "features_of",
    "nesting",
    "once_each",
    "parse_geojson",
    "parse_json",
    "point_of",
    "read_geojson",
]

MAX_NESTING = 200
"""Deepest nesting of lists and objects in a JSON file."""

_TODO = "give a GeoJSON FeatureCollection of points"
_MEND = "mend it, or give a list of objects, JSON lines or GeoJSON"
_LINES = "put each on a line of its own, or all in one list"
_NO_CONTENT = re.compile(rb'"(?:[^"\\]|\\.)*"|[^][{}"]+')
_GEOMETRIES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}
    | {"GeometryCollection"}
)
GEOJSON_TYPES = _GEOMETRIES | {"FeatureCollection", "Feature"}
"""What the member ``type`` of a GeoJSON object may be."""

_KNOWN_MEMBERS = frozenset({"type", "properties", "geometry", "id", "bbox"})
# With what GDAL writes of the layer.
_OF_COLLECTIONS = frozenset(
    {"type", "features", "bbox", "crs", "name", "description"}
    | {"xy_coordinate_resolution", "z_coordinate_resolution"}
)


@dataclass(slots=True)
class _Features:
    """Features told apart: properties, coordinates as they stand, and what is wrong with them."""

    file: str
    properties: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    positions: list[tuple[float, float] | None] = field(default_factory=list)
    geometry_faults: list[str] = field(default_factory=list)
    unusable: dict[int, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    broken: list[tuple[str, int, str, str]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, number: int, value: Any, reason: str, message: str) -> None:
        raw = whole(as_text(value)) or "null"
        self.faults.append(Fault(self.file, number, "", shorten(raw), reason, message, True))
        self.broken.append((self.file, number, reason, raw))


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which a repeated key is kept as ``KEY_2`` instead of winning silently."""
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    names = Names()
    return {names.unique(key): value for key, value in pairs}


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
        raise InputError(f"is nested deeper than {MAX_NESTING}", where=source.name, todo=_MEND)
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except json.JSONDecodeError as error:
        at_end = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
        found = "is cut off" if at_end else f"is not JSON ({error.msg})"
        todo = "get the whole file" if at_end else _MEND
        if error.msg == "Extra data":
            found, todo = "holds several JSON values, such as JSON lines", _LINES
        where = f"{source.name}, line {error.lineno}, column {error.colno}"
        raise InputError(found, where=where, todo=todo) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"is not JSON ({shorten(str(error))})", where=source.name, todo=_MEND
        ) from error


def parse_geojson(source: Source) -> Any:
    """The GeoJSON object of a file; of several, one on each line or in a sequence, a collection.

    A line that is no JSON stands among the features as the text that it is.
    """
    texts = json_texts(source.text)
    if texts is None:
        return parse_json(source)
    if any(nesting(text) > MAX_NESTING for text in texts):
        raise InputError(f"is nested deeper than {MAX_NESTING}", where=source.name, todo=_TODO)
    values = list(map(_value, texts))
    if not any(map(_is_geojson, values)):
        found = "holds several JSON values, such as JSON lines"
        raise InputError(found, where=source.name, todo=_TODO)
    return collected(values, source.name)


def collected(values: Iterable[Any], file: str) -> dict[str, Any]:
    """One collection of several GeoJSON objects; what is none stands among the features."""
    features: list[Any] = []
    for value in values:
        features += features_of(value, file) if _is_geojson(value) else [value]
    return {"type": "FeatureCollection", "features": features}


def _is_geojson(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind in GEOJSON_TYPES


def _value(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except (ValueError, RecursionError):
        return text


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


def point_of(geometry: Any) -> tuple[tuple[float, float] | None, str]:
    """Longitude and latitude of a geometry that is a point, and what is wrong or noteworthy."""
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
    given = dict(feature.get("properties") or {})
    if feature.get("id") is not None and not any(key.casefold() == "id" for key in given):
        given["id"] = feature["id"]
    return _cleaned(features, given, number)


def _cleaned(features: _Features, given: dict[str, Any], number: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    names = Names()
    for key, value in given.items():
        name = names.unique(label(key[:1000]) or "property")
        row[name], loss = cleaned(value)
        if loss:
            shown = shorten(as_text(value))
            message = f"{shorten(name, 40)}: {LOSSES[loss]}"
            features.faults.append(Fault(features.file, number, name, shown, loss, message, False))
    return row


def _take(features: _Features, feature: Any, number: int) -> None:
    check_time(features.file)
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        features.reject(number, feature, "not_a_feature", f"feature {number} is no Feature")
        return
    if properties is not None and not isinstance(properties, dict):
        message = f"the properties of feature {number} are no object"
        features.reject(number, feature, "not_a_feature", message)
        return
    row = _properties(features, feature, number)
    members = {key: feature[key] for key in feature if key not in _KNOWN_MEMBERS}
    own_id = next((value for key, value in row.items() if key.casefold() == "id"), None)
    if feature.get("id") is not None and as_text(feature["id"]) != as_text(own_id):
        members["id"] = feature["id"]
    texts = [*row.values(), *map(as_text, members.values())]
    longest = max((len(value) for value in texts if isinstance(value, str)), default=0)
    if longest > MAX_CELL_CHARACTERS:
        message = f"feature {number} has a text of {longest:,} characters"
        features.reject(number, feature, "cell_too_long", message)
        return
    position, fault = point_of(feature.get("geometry"))
    features.members.append(members)
    features.properties.append(row)
    features.numbers.append(number)
    if position is None and fault:
        features.unusable[len(features.positions)] = feature.get("geometry")
    features.positions.append(position)
    features.geometry_faults.append(fault)


def _join_members(features: _Features, recipe_name: str | None) -> list[str]:
    """Make columns of what stands in features beside their properties; return the columns.

    A member is no property, so it is never taken for one: it is called ``NAME_member`` where a
    property has its name or a recipe knows it. Only where no feature has a property, somebody has
    put them all one level too high.
    """
    properties = _headers(features)
    recipe = choose(properties, recipe_name)
    names: dict[str, str] = {}
    for key in dict.fromkeys(key for members in features.members for key in members):
        name = label(key[:1000]) or "member"
        if properties and (name in properties or ledger_names([name], recipe) != [name]):
            name = f"{name}_member"
        names[key] = unique_name(name, [*properties, *names.values()])
    numbered = zip(features.properties, features.members, features.numbers, strict=True)
    for row, members, number in numbered:
        row.update(_cleaned(features, {names[key]: one for key, one in members.items()}, number))
    return list(names.values())


def _refuse_areas(features: _Features) -> None:
    """A layer without a single point is refused as a whole: it is no layer of incidents."""
    wrong = [fault for fault in features.geometry_faults if fault.startswith("geometry_type")]
    if not wrong or len(wrong) < len(features.numbers) or features.broken:
        return
    raise no_points(features.file, Counter(fault.split()[2] for fault in wrong))


def declared_crs(content: Any) -> str:
    """Name of the coordinate system that an older GeoJSON declares, or empty."""
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is None:
        return ""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) and name else "without a name"


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
        x, y, note = to_degrees(x, y, crs_of(declared), declared, features.file)
    for index, lon, lat in zip(given, x, y, strict=True):
        if math.isfinite(lon) and math.isfinite(lat):
            points[index] = shapely.Point(lon, lat)
        else:
            fault = "geometry_invalid: the point does not fit the coordinate system declared"
            features.geometry_faults[index] = fault
    return points, (note,) if note else ()


def _raw_geometry(features: _Features) -> list[Any]:
    """What stood for each geometry, in the file's own coordinate system."""
    at = enumerate(features.positions)
    return [features.unusable.get(row) if xy is None else shapely.Point(xy) for row, xy in at]


def _headers(features: _Features) -> list[str]:
    headers = dict.fromkeys(key for row in features.properties for key in row)
    if len(headers) > MAX_COLUMNS:
        raise InputError(
            f"has {len(headers):,} different properties, more than {MAX_COLUMNS:,}",
            where=features.file,
            todo=_TODO,
        )
    return list(headers)


def _file_notes(features: _Features, joined: Sequence[str], content: Any) -> tuple[Fault, ...]:
    notes = []
    if joined:
        shown = shorten(", ".join(joined), 100)
        message = f"members of features beside their properties are carried along: {shown}"
        notes.append(file_note(features.file, "members_carried", message))
    if content.get("type") == "FeatureCollection" and (left := content.keys() - _OF_COLLECTIONS):
        message = f"members of the collection are not read: {shorten(', '.join(sorted(left)), 100)}"
        notes.append(file_note(features.file, "members_not_read", message))
    if not features.numbers and not features.broken:
        notes.append(file_note(features.file, "no_records", "the file has no features"))
    return tuple(notes)


def read_geojson(source: Source, recipe_name: str | None, content: Any = None) -> RawTable:
    """Read a GeoJSON text; properties keep their JSON type, points come in WGS 84.

    ``content`` is the object that the text holds, where it was parsed before. A feature without
    geometry is kept, since its names may place it. What is wrong with a geometry stands in
    ``geometry_fault`` as ``reason: message``.

    Raises
    ------
    InputError
        The text is no GeoJSON, is cut off, too large or too deep, holds areas only, or declares a
        coordinate system that is not understood.
    RecipeError
        The recipe asked for is unknown or broken.
    """
    content = parse_geojson(source) if content is None else content
    features = _Features(source.name)
    for number, feature in enumerate(features_of(content, source.name), start=1):
        _take(features, feature, number)
    _refuse_areas(features)
    points, notes = _place(features, declared_crs(content))
    joined = _join_members(features, recipe_name)
    headers = _headers(features)
    recipe = choose(headers, recipe_name)
    columns = {header: [row.get(header) for row in features.properties] for header in headers}
    own = {header: cells for header, cells in columns.items() if header not in joined}
    notes += tuple(dirt(own, recipe, features.numbers, source.name))
    data: dict[str, pd.Series] = {}
    for name, cells in zip(ledger_names(headers, recipe), columns.values(), strict=True):
        data[name] = pd.Series(cells, dtype=object)
    data["source_row"] = pd.Series(features.numbers, dtype="int64")
    data["geometry"] = pd.Series(points, dtype=object)
    data["geometry_fault"] = pd.Series(features.geometry_faults, dtype=object)
    frame, crs = pd.DataFrame(data), declared_crs(content)
    stood = _raw_geometry(features) if crs or features.unusable else points
    return RawTable(
        frame=frame,
        file=source.name,
        recipe=recipe.name,
        encoding=source.encoding,
        sha256=source.sha256,
        faults=source.notes
        + notes
        + _file_notes(features, joined, content)
        + tuple(features.faults),
        broken=broken_frame(features.broken),
        words=recipe.words,
        constants=recipe.constants,
        headers={ours: theirs for theirs, ours in recipe.match(headers).items()},
        raw=as_brought(frame, headers, stood),
        read_as={"crs": crs},
    )
