"""Polygon layers that a user brings: GeoJSON, GeoPackage, Shapefile or FlatGeobuf, one local file.

GeoJSON is parsed here. The binary formats are told by their first bytes and read by GDAL, which is
handed a staged file only (:mod:`bordermap.records.staging`).
"""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from bordermap.errors import InputError
from bordermap.files import sha256_of
from bordermap.joins import PolygonLayer, area_layer, layer_key, polygon_layer
from bordermap.records.crs import crs_of
from bordermap.records.deadline import limited_time
from bordermap.records.delimited import MAX_COLUMNS
from bordermap.records.gdal import DRIVER_FAULTS, layer_info, open_options
from bordermap.records.geojson import declared_crs, features_of, parse_geojson
from bordermap.records.geopackage import catalogue
from bordermap.records.recipe import Names
from bordermap.records.shapefile import restore_index
from bordermap.records.shapes import shapes_of_geojson
from bordermap.records.source import local_file, open_source
from bordermap.records.staging import staged
from bordermap.schema import CRS
from bordermap.values.text import label, shorten

__all__ = ["MAX_VERTICES", "binary_kind", "read_areas", "read_features", "read_polygons"]

MAX_VERTICES = 20_000_000
"""Most vertices of a layer of polygons; the border's own layers have a hundredth of that."""

_READABLE = "give a GeoJSON, GeoPackage, Shapefile or FlatGeobuf file of polygons"
_BINARY = {
    b"SQLite format 3\0": ".gpkg",
    b"\x00\x00\x27\x0a": ".shp",
    b"fgb\x03": ".fgb",
}


def read_polygons(
    path: str | Path, *, name_column: str = "", code_column: str = "", taken: tuple[str, ...] = ()
) -> PolygonLayer:
    """Read a layer of polygons from one local file.

    Parameters
    ----------
    path : str or Path
        GeoJSON, GeoPackage with one layer of polygons, Shapefile (with its ``.dbf`` beside it) or
        FlatGeobuf.
    name_column, code_column : str
        Columns with the units' names and codes; recognised when empty.
    taken : tuple of str
        Keys of layers read before; this one gets another.

    Returns
    -------
    PolygonLayer
        Named by the file; valid polygons in EPSG:4326.

    Raises
    ------
    InputError
        The file is remote or virtual, missing, empty, broken, or of another format.
    LayerError
        It holds no polygons, or other geometries, or nothing that names its units.
    """
    file = local_file(path, _READABLE)
    name = label(file.name) or "layer"
    frame, _, notes = read_features(file, _READABLE)
    layer = polygon_layer(name, frame, name_column=name_column, code_column=code_column)
    return replace(
        layer,
        key=layer_key(Path(file.name.removesuffix(".gz")).stem, taken),
        file=name,
        sha256=sha256_of(file),
        notes=(*notes, *layer.notes),
    )


def read_areas(path: str | Path) -> PolygonLayer:
    """Read polygons for which no names are needed, as one layer; see :func:`read_polygons`."""
    file = local_file(path, _READABLE)
    name = label(file.name) or "layer"
    frame, _, notes = read_features(file, _READABLE)
    layer = area_layer(name, frame.geometry)
    return replace(layer, file=name, sha256=sha256_of(file), notes=(*notes, *layer.notes))


@limited_time()
def read_features(file: Path, readable: str) -> tuple[gpd.GeoDataFrame, str, list[str]]:
    """All features of a layer, whatever their geometry.

    Parameters
    ----------
    file : Path
        As :func:`bordermap.records.source.local_file` gives it.
    readable : str
        What an error tells the user to give instead.

    Returns
    -------
    frame : GeoDataFrame
        In the layer's own coordinate system.
    kind : str
        The suffix of its binary format, empty for GeoJSON.
    notes : list of str
        What was noticed.

    Raises
    ------
    InputError
        It is broken, or of another format.
    """
    name = label(file.name) or "layer"
    kind = binary_kind(file, name, readable)
    read = _read_binary(file, kind, name, readable) if kind else _read_geojson(file, readable)
    vertices = int(shapely.get_num_coordinates(read[0].geometry.to_numpy()).sum())
    if vertices > MAX_VERTICES:
        found = f"has {vertices:,} vertices, more than {MAX_VERTICES:,}"
        raise InputError(found, where=name, todo="simplify or split the layer")
    return read


def binary_kind(file: Path, name: str, readable: str = _READABLE) -> str:
    """The suffix of a binary format, or empty for text; by content, which the name must fit."""
    try:
        with file.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=name, todo="check the path"
        ) from error
    kind = next((suffix for magic, suffix in _BINARY.items() if start.startswith(magic)), "")
    if not start.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty", where=name, todo=readable)
    suffix = file.suffix.lower()
    named = suffix if suffix in _BINARY.values() else ""
    if kind != named:
        found = f"is no {named} file" if named else f"is a {kind} file under another name"
        raise InputError(found, where=name, todo=readable)
    return kind


def _read_geojson(file: Path, readable: str) -> tuple[gpd.GeoDataFrame, str, list[str]]:
    source = open_source(file)
    if source.format != "json":
        raise InputError("is no polygon layer", where=source.name, todo=readable)
    content = parse_geojson(source)
    given = features_of(content, source.name)
    features = [one if isinstance(one, dict) else {} for one in given]
    rows: list[dict[str, Any]] = []
    for feature in features:
        row: dict[str, Any] = {}
        names = Names()
        own = feature.get("properties")
        for key, value in (own if isinstance(own, dict) else {}).items():
            row[names.unique(label(key[:1000]) or "property")] = value
        rows.append(row)
    headers = dict.fromkeys(key for row in rows for key in row)
    if len(headers) > MAX_COLUMNS:
        raise InputError(f"has {len(headers):,} properties", where=source.name, todo=readable)
    cells = {key: pd.Series([row.get(key) for row in rows], dtype=object) for key in headers}
    texts = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = shapes_of_geojson(texts)
    lost = sum(text != "null" and shape is None for text, shape in zip(texts, shapes, strict=True))
    if lost:
        raise InputError(
            f"holds {lost:,} geometries that cannot be read", where=source.name, todo=readable
        )
    declared = declared_crs(content)
    crs = crs_of(declared) if declared else CRS
    notes = [fault.message for fault in source.notes]
    # As a column of its own, since a property may be named "geometry".
    frame = gpd.GeoDataFrame(
        pd.DataFrame(cells, index=range(len(rows))).drop(columns="geometry", errors="ignore"),
        geometry=list(shapes),
        crs=crs,
    )
    return frame, "", notes


def _read_binary(
    file: Path, kind: str, name: str, readable: str
) -> tuple[gpd.GeoDataFrame, str, list[str]]:
    with staged(file, kind) as path, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if kind == ".shp":
            restore_index(path, name)
        layer = _one_table(path, name) if kind == ".gpkg" else None
        layer_info(path, layer, name)
        try:
            frame = pyogrio.read_dataframe(path, layer=layer, force_2d=True, **open_options(kind))
        except DRIVER_FAULTS as error:
            raise InputError(
                f"cannot be read as {kind} ({shorten(str(error), 120)})", where=name, todo=readable
            ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("holds a table without geometry", where=name, todo=readable)
    return frame, kind, [shorten(str(one.message), 120) for one in said]


def _one_table(file: Path, name: str) -> str:
    """The only layer of a GeoPackage."""
    tables = [table.name for table in catalogue(file, name) if table.geometry]
    if len(tables) != 1:
        found = f"holds {len(tables)} layers" if tables else "holds no layer"
        raise InputError(found, where=name, todo="save one layer to a file of its own")
    return tables[0]
