"""GeoJSON (RFC 7946), whole or a feature a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from bordermap.export.content import DECIMALS, Column, Features, as_json
from bordermap.export.losses import cut_times, infinite

__all__ = ["as_features", "write_geojson", "write_ndjson"]

_ROWS = 50_000
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def write_geojson(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a FeatureCollection with its ``bbox``."""
    (features,) = layers
    members = ['"type": "FeatureCollection"']
    if features.placed.any():
        bounds = shapely.total_bounds(features.shapes)
        members.append(f'"bbox": {json.dumps([round(float(edge), DECIMALS) for edge in bounds])}')
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("{" + ",\n".join(members) + ',\n"features": [')
        before = "\n"
        for text in _texts(features):
            stream.write(f"{before}{text}")
            before = ",\n"
        stream.write("\n]}\n" if len(features) else "]}\n")
    return _lost(features)


def write_ndjson(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a feature a line, without anything around them."""
    (features,) = layers
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{text}\n" for text in _texts(features))
    return _lost(features)


def _lost(features: Features) -> tuple[str, ...]:
    return (*infinite(features.columns), *cut_times(features.columns, "us"))


def as_features(frame: gpd.GeoDataFrame) -> Iterator[str]:
    """GeoJSON features, one text each: dates as ISO text, nothing known as null."""
    return _texts(Features.of(frame))


def _texts(features: Features) -> Iterator[str]:
    keys = ", ".join(_quoted(name).replace("%", "%%") + ": %s" for name in features.names)
    form = f'{{"type": "Feature", "properties": {{{keys}}}, "geometry": %s}}'
    cells = [_cells(column) for column in features.columns]
    for start in range(0, len(features), _ROWS):
        part = slice(start, start + _ROWS)
        shapes = _geometries(features.shapes[part])
        for row in zip(*(column[part] for column in cells), shapes, strict=True):
            yield form % row


def _cells(column: Column) -> list[str]:
    """The cells of a column as JSON texts."""
    if column.mixed:
        return [as_json(value) for value in column.source.tolist()]
    texts = column.as_texts()
    if column.kind in ("text", "date", "time"):
        return ["null" if text is None else _quoted(text) for text in texts]
    if column.kind == "number":
        return [
            "null" if text is None or not finite else text
            for text, finite in zip(texts, np.isfinite(column.values), strict=True)
        ]
    return ["null" if text is None else text for text in texts]


def _geometries(shapes: np.ndarray) -> list[str]:
    """Geometries as JSON texts; points, of which there are many, without any object between."""
    points = (shapely.get_type_id(shapes) == 0) & ~shapely.has_z(shapes)
    lon = np.round(shapely.get_x(shapes), DECIMALS).tolist()
    lat = np.round(shapely.get_y(shapes), DECIMALS).tolist()
    return [
        f'{{"type": "Point", "coordinates": [{x!r}, {y!r}]}}' if is_point else _other(shape)
        for shape, is_point, x, y in zip(shapes, points, lon, lat, strict=True)
    ]


def _other(geometry: Any) -> str:
    if geometry is None:
        return "null"
    rounded = _rounded(geometry)
    if not rounded.is_valid:
        # Rounding can fold a thin place of an outline over itself.
        rounded = _rounded(shapely.set_precision(geometry, 10**-DECIMALS))
    return json.dumps(shapely.geometry.mapping(rounded))


def _rounded(geometry: Any) -> Any:
    oriented = shapely.orient_polygons(geometry)
    has_z = bool(shapely.has_z(geometry))
    return shapely.transform(oriented, lambda xyz: np.round(xyz, DECIMALS), include_z=has_z)
