"""GeoParquet 1.1, laid out to be asked: near rows together, with the box of each group."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from bordermap.arrow import load_arrow, points_as_wkb
from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, distinct, free_name, without_measures
from bordermap.export.losses import as_text
from bordermap.schema import COLUMNS, CRS

__all__ = ["write_geoparquet", "write_shapes", "write_table_parquet"]

ROW_GROUP = 65_536
_BOX = "bbox"
_EDGES = ["xmin", "ymin", "xmax", "ymax"]
_KINDS = (
    *("Point", "LineString", "LineString", "Polygon"),
    *("MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
)
"""By GEOS's numbers of types; a ring is written as a line."""
_DECLARED = {column.name: column.dtype for column in COLUMNS}
_DTYPES = {"text": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}


def write_geoparquet(
    layers: Sequence[Features], path: Path, order: np.ndarray | None = None
) -> tuple[str, ...]:
    """Write a layer with the covering column ``bbox``, in the order of a Hilbert curve or another.

    Raises
    ------
    OutputError
        pyarrow is not installed.
    """
    (features,) = layers
    names, notes = distinct(features.names, reserved=[_BOX], what="GeoParquet")
    order = _along_a_curve(features) if order is None else order
    table = pd.DataFrame(dict(enumerate(map(_cells, features.columns))))
    table = table.set_axis(names, axis=1).take(order)
    place = free_name("geometry", names), features.at
    write_shapes(table, features.shapes[order], place, path, CRS)
    return (*notes, *as_text(features.columns))


def write_shapes(
    table: pd.DataFrame, shapes: np.ndarray, place: tuple[str, int], path: Path, crs: Any
) -> None:
    """Write columns with the shapes among them, and the boxes of these.

    Parameters
    ----------
    table : DataFrame
        Without the shapes; names differ.
    shapes : ndarray of geometries or None
        Of measures (M) the format knows nothing.
    place : tuple of str and int
        What their column is called, and how many stand before it.
    crs : CRS or None

    Notes
    -----
    A row without a shape has no box at all, as the specification wants; by GeoPandas it has one of
    nulls. The boxes give way to a column that bears their name.
    """
    pa = _arrow(path)
    from pyarrow import parquet  # noqa: PLC0415  an extra, and slow to load

    shapes, boxes = without_measures(shapes), shapely.bounds(shapes)
    described = _described(shapes, boxes, crs)
    whole = pa.Table.from_pandas(table, preserve_index=False)
    whole = whole.add_column(place[1], place[0], _as_wkb(shapes, boxes))
    if _BOX not in whole.column_names:
        edges = [pa.array(edge, from_pandas=True) for edge in boxes.T]
        gone = pa.array(shapely.is_missing(shapes))
        whole = whole.append_column(_BOX, pa.StructArray.from_arrays(edges, _EDGES, mask=gone))
        described["covering"] = {_BOX: {edge: [_BOX, edge] for edge in _EDGES}}
    geo = {"version": "1.1.0", "primary_column": place[0], "columns": {place[0]: described}}
    whole = whole.replace_schema_metadata({**whole.schema.metadata, "geo": json.dumps(geo)})
    # Numbers of a dictionary pay for texts; coordinates and distances hardly repeat.
    texts = [field.name for field in whole.schema if _is_text(field.type)]
    parquet.write_table(
        whole,
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        use_dictionary=texts,
    )


def _as_wkb(shapes: np.ndarray, boxes: np.ndarray) -> Any:
    is_plain = (shapely.get_type_id(shapes) == 0) & ~shapely.has_z(shapes)
    # An empty point has no box, and GEOS writes it in a way of its own.
    if is_plain.all() and not np.isnan(boxes).any():
        return points_as_wkb(boxes[:, 0], boxes[:, 1])
    pa = load_arrow("writing Parquet", kind=OutputError)
    return pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())


def _is_text(kind: Any) -> bool:
    return str(kind).removeprefix("large_") in ("string", "bool") or "dictionary" in str(kind)


def _described(shapes: np.ndarray, boxes: np.ndarray, crs: Any) -> dict[str, Any]:
    """What the metadata of GeoParquet say about a column of shapes."""
    there = shapes[~shapely.is_missing(shapes)]
    kinds = np.unique(2 * shapely.get_type_id(there) + shapely.has_z(there)).tolist()
    known = boxes[~np.isnan(boxes[:, 0])]
    system = None if crs is None else pyproj.CRS.from_user_input(crs).to_json_dict()
    said: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({f"{_KINDS[kind // 2]}{' Z' * (kind % 2)}" for kind in kinds}),
        "crs": system,
    }
    if len(known):
        said["bbox"] = [*known[:, :2].min(axis=0).tolist(), *known[:, 2:].max(axis=0).tolist()]
    return said


def write_table_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table without shapes."""
    _arrow(path)
    table.to_parquet(path, index=False, compression="zstd")


def _arrow(path: Path) -> Any:
    return load_arrow("writing Parquet", where=path.name, kind=OutputError)


def _cells(column: Column) -> Any:
    if column.mixed:
        return pd.Series(column.values, dtype="string")
    source = column.source.reset_index(drop=True)
    dtype = _DECLARED.get(column.name) or _DTYPES.get(column.kind)
    if column.kind in ("date", "time") or source.dtype != object:
        return source
    return source.astype("string" if dtype is None else dtype)


def _along_a_curve(features: Features) -> np.ndarray:
    """The order of the rows: near ones follow each other, those without a shape come last."""
    placed = np.nonzero(features.placed)[0]
    if not len(placed):
        return np.arange(len(features))
    along = gpd.GeoSeries(features.shapes[placed], crs=CRS).hilbert_distance().to_numpy()
    gone = np.nonzero(~features.placed)[0]
    return np.concatenate([placed[np.argsort(along, kind="stable")], gone])
