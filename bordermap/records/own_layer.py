"""A layer exactly as it is: columns with their names, types and order, geometries untouched.

Nothing is interpreted here: no recipe, no ledger, no conversion. Types come through Arrow, which
tells a day from a time, a whole number from one with gaps, and 32 bits from 64.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio.raw
import shapely

from bordermap.arrow import load_arrow
from bordermap.errors import InputError
from bordermap.field_schema import DOMAIN, FIELDS, SAID_OF_FIELDS
from bordermap.files import sha256_of
from bordermap.records import gdal, geopackage, shapefile
from bordermap.records.crs import crs_of, parse_crs
from bordermap.records.deadline import limited_time
from bordermap.records.delimited import MAX_COLUMNS
from bordermap.records.features import LayerFile, content_of, layer_file
from bordermap.records.geojson import declared_crs, features_of, parse_geojson
from bordermap.records.kml import read_kml
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.parquet import geometry_of, is_cover, read_table
from bordermap.records.postgis import is_database, read_database_layer
from bordermap.records.recipe import unique_name
from bordermap.records.shapes import shapes_of, shapes_of_geojson
from bordermap.records.source import local_file, open_source
from bordermap.records.staging import layer_members, staged, unpacked
from bordermap.schema import CRS
from bordermap.values.text import label, shorten

__all__ = ["OwnLayer", "read_own_layer"]

_TODO = "give a GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GeoParquet or KML file"
_RAW = "ISO-8859-1"
_MEASURED = "Measured (M)"
"""How pyogrio begins to say that it reads no measures; by Arrow it does."""
_TEXTS = ("string", "large_string")


@dataclass(frozen=True, slots=True, eq=False)
class OwnLayer:
    """A layer as it is.

    Attributes
    ----------
    frame : GeoDataFrame
        Features in their order; column names that occur twice have a number.
    name : str
        The file, without its folder.
    path : Path
    sha256 : str
    notes : tuple of str
        What was noticed.
    """

    frame: gpd.GeoDataFrame
    name: str
    path: Path
    sha256: str
    notes: tuple[str, ...]


@limited_time()
def read_own_layer(source: str | Path) -> OwnLayer:
    """Read one layer of points, lines, polygons or anything else.

    Parameters
    ----------
    source : str or Path
        GeoJSON, GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, KML or KMZ, one local
        file; ``FILE:LAYER`` names one of several layers. Or the address of a PostGIS table.

    Raises
    ------
    InputError
        It is missing, remote, broken, of another format, or holds several layers of which none is
        named.
    """
    if is_database(source):
        return _of_database(str(source))
    file = layer_file(source)
    notes: list[str] = []
    if file is None:
        path = local_file(source, _TODO)
        name = label(path.name) or "layer"
        frame = _geojson(path, notes)
    else:
        path, name = file.path, file.name
        frame = _layer(file, notes)
    return OwnLayer(frame, name, path, sha256_of(path), tuple(notes))


def _of_database(address: str) -> OwnLayer:
    found = read_database_layer(address)
    notes: list[str] = []
    _say_count(len(found.rows.lost), notes)
    system = found.rows.crs, found.rows.crs_name
    frame = _frame(found.table, found.shape, found.rows.geometry, system, notes)
    return OwnLayer(frame, found.name, Path(found.name), found.sha256, tuple(notes))


def _layer(file: LayerFile, notes: list[str]) -> gpd.GeoDataFrame:
    with ExitStack() as stack:
        if file.kind == ".zip":
            members = layer_members(file.path, file.name)
            if members is None:
                raise InputError("holds no layer", where=file.name, todo=_TODO)
            notes += [fault.message for fault in members[1]]
            paths = stack.enter_context(unpacked(file.path, members[0], file.name))
            path = paths[_only(list(paths), file)]
            return _read(path, None, file.name, notes)
        path = stack.enter_context(staged(file.path, file.kind))
        layer = None
        if file.kind == ".gpkg":
            tables = geopackage.catalogue(path, file.name)
            layer = _only([table.name for table in tables if table.geometry], file)
        frame = _read(path, layer, file.name, notes)
        if file.kind == ".gpkg" and layer is not None:
            for column, rows in geopackage.domains_of(path, layer, file.name).items():
                frame.attrs[FIELDS].setdefault(column, {})[DOMAIN] = rows
        return frame


def _only(names: list[str], file: LayerFile) -> str:
    """The layer asked for, or the only one."""
    shown = shorten(", ".join(names), 200)
    if file.layer:
        if file.layer not in names:
            found = f"has no layer {shorten(file.layer)!r}"
            raise InputError(found, where=file.name, todo=f"it has {shown}")
        return file.layer
    if len(names) != 1:
        found = f"holds {len(names)} layers: {shown}" if names else "holds no layer with geometry"
        raise InputError(found, where=file.name, todo="name one as FILE:LAYER")
    return names[0]


def _read(path: Path, layer: str | None, name: str, notes: list[str]) -> gpd.GeoDataFrame:
    if path.suffix in gdal.DRIVERS:
        return _by_gdal(path, layer, name, notes)
    if path.suffix == ".kml":
        return _kml(path, name, notes)
    if path.suffix not in (".parquet", ".geoparquet"):
        raise InputError(f"is a {path.suffix} file", where=name, todo=_TODO)
    table, geo = read_table(path, name)
    described = geo.get("columns") or {}
    primary = str(geo.get("primary_column", ""))
    if primary not in table.column_names or primary not in described:
        raise InputError("is a table without geometry", where=name, todo=_TODO)
    column = table.column(primary)
    shapes, crs, said = geometry_of(column, described[primary], name)
    _say_lost(shapes, column.is_null().to_numpy(), notes)
    kept = [one for one in table.column_names if one == primary or not is_cover(one, described)]
    others = [one for one in kept if one in described and one != primary]
    if others:
        notes.append(f"of several geometries {shorten(primary)} is measured; others stay as WKB")
    table = table.select([one for one in kept if one != primary])
    return _frame(table, (primary, kept.index(primary)), shapes, (crs, said), notes)


def _by_gdal(path: Path, layer: str | None, name: str, notes: list[str]) -> gpd.GeoDataFrame:
    if path.suffix == ".shp":
        shapefile.restore_index(path, name)
    info = gdal.layer_info(path, layer, name)
    check_size(name, info.features, len(info.columns))
    load_arrow("keeping a layer's types")
    how = {"layer": info.layer, "return_fids": True, **gdal.open_options(path.suffix)}
    encoding = _RAW if path.suffix == ".shp" else None
    in_arrow = path.suffix != ".fgb"
    if not info.geometry_type:
        raise InputError("is a table without geometry", where=name, todo=_TODO)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            meta, table = pyogrio.raw.read_arrow(
                path, encoding=encoding, read_geometry=in_arrow, **how
            )
            shape = str(meta["geometry_name"] or "wkb_geometry")
            if in_arrow:
                wkb = table.column(shape).to_pylist()
                table = table.drop_columns([shape])
            else:  # by Arrow, GDAL gives missing geometries a negative size
                wkb = pyogrio.raw.read(path, columns=[], **how)[2].tolist()
    except gdal.DRIVER_FAULTS as error:
        found = f"cannot be read as {path.suffix} ({shorten(str(error), 120)})"
        raise InputError(found, where=name, todo="export it again") from error
    told = [shorten(str(one.message), 150) for one in said]
    notes += [note for note in told if not (in_arrow and note.startswith(_MEASURED))]
    shapes, curved = shapes_of(wkb)
    if len(curved):
        straight = pyogrio.raw.read(path, columns=[], **how)[2]  # where pyogrio takes curves apart
        shapes[curved] = shapes_of(straight[curved])[0]
        notes.append(f"{len(curved):,} curves are taken as lines of short segments")
    _say_lost(shapes, np.array([one is None for one in wkb], dtype=bool), notes)
    fids = table.column(0).to_pylist()
    if info.fid_column.casefold() in gdal.GIVEN_BY_GDAL:
        table = table.select(range(1, table.num_columns))
    else:
        table = table.rename_columns([info.fid_column, *table.column_names[1:]])
    if path.suffix == ".shp":
        table = _decoded(table, fids, shapes, path, name, notes)
    shape = unique_name(str(meta["geometry_name"] or "geometry"), table.column_names)
    frame = _frame(table, (shape, table.num_columns), shapes, parse_crs(info.crs), notes)
    if path.suffix == ".gpkg":
        frame.attrs[FIELDS] = _told_of_fields(table)
    return frame


def _told_of_fields(table: Any) -> dict[str, dict[str, Any]]:
    """Widths, titles and descriptions of columns, as GDAL tells them through Arrow."""
    told = {
        field.name: {
            key: (field.metadata or {})[key.encode()].decode("utf-8", "replace")
            for key in SAID_OF_FIELDS
            if key.encode() in (field.metadata or {})
        }
        for field in table.schema
    }
    return {name: said for name, said in told.items() if said}


def _kml(path: Path, name: str, notes: list[str]) -> gpd.GeoDataFrame:
    pa = load_arrow("keeping a layer's types")
    rows = read_kml(content_of(path, name), name, whole=True)
    notes += [fault.message for fault in rows.notes]
    _say_count(len(rows.lost), notes)
    cells = [pa.array(column, from_pandas=True) for column in rows.cells]
    table = pa.table(cells, names=rows.names)
    shape = unique_name("geometry", rows.names)
    return _frame(table, (shape, len(rows.names)), rows.geometry, (rows.crs, ""), notes)


def _say_lost(shapes: Any, missing: Any, notes: list[str]) -> None:
    _say_count(int(((shapely.get_type_id(shapes) < 0) & ~missing).sum()), notes)


def _say_count(lost: int, notes: list[str]) -> None:
    if lost:
        notes.append(f"{lost:,} geometries cannot be read; their features stay, without one")


def _decoded(
    table: Any, fids: list[int], shapes: Any, path: Path, name: str, notes: list[str]
) -> Any:
    """The table of a shapefile, its texts in the encoding that they are in."""
    import pyarrow as pa  # noqa: PLC0415

    texts = [at for at, one in enumerate(table.schema) if str(one.type) in _TEXTS]
    rows = LayerRows(
        names=list(table.column_names),
        cells=[table.column(at).to_pylist() for at in texts],
        geometry=shapes,
        numbers=list(range(1, len(fids) + 1)),
        fids=fids,
    )
    shapefile.mend(rows, path, name)
    notes += [fault.message for fault in rows.notes]
    for at, cells in zip(texts, rows.cells, strict=True):
        table = table.set_column(at, table.column_names[at], pa.array(cells, pa.string()))
    return table.rename_columns(rows.names)


def _frame(
    table: Any, shape: tuple[str, int], shapes: Any, system: tuple[Any, str], notes: list[str]
) -> gpd.GeoDataFrame:
    """The columns with Arrow's types, the geometry under its name where it stood."""
    crs, said = system
    if crs is None and said:
        notes.append(f"the coordinate system {shorten(said)!r} is not understood")
    name, at = shape
    names: list[str] = []
    for one in table.column_names:
        names.append(unique_name(one, {*names, name}))
    if again := sum(new != old for new, old in zip(names, table.column_names, strict=True)):
        notes.append(f"{again} column names occur twice and get a number")
    cells = table.rename_columns(names).to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    if not names:  # Arrow knows of no rows without columns
        cells = pd.DataFrame(index=range(len(shapes)))
    cells.insert(at, name, gpd.GeoSeries(shapes, crs=crs, index=cells.index))
    return gpd.GeoDataFrame(cells, geometry=name)


def _geojson(path: Path, notes: list[str]) -> gpd.GeoDataFrame:
    source = open_source(path)
    if source.format != "json":
        raise InputError("is no layer", where=source.name, todo=_TODO)
    content = parse_geojson(source)
    features = features_of(content, source.name)
    notes += [fault.message for fault in source.notes]
    if broken := sum(not _is_feature(one) for one in features):
        found = f"{broken:,} of {len(features):,} features are none"
        raise InputError(found, where=source.name, todo="repair the file")
    rows = list(_properties(features, notes))
    headers = list(dict.fromkeys(key for row in rows for key in row))
    if len(headers) > MAX_COLUMNS:
        raise InputError(f"has {len(headers):,} properties", where=source.name, todo=_TODO)
    texts = [json.dumps(one.get("geometry")) for one in features]
    shapes = shapes_of_geojson(texts)
    _say_lost(shapes, np.array([text == "null" for text in texts], dtype=bool), notes)
    declared = declared_crs(content)
    crs = crs_of(declared) if declared else CRS
    if crs is None:
        notes.append(f"the coordinate system {shorten(declared)!r} is not understood")
    cells: dict[str, Any] = {key: _typed([row.get(key) for row in rows]) for key in headers}
    shape = unique_name("geometry", headers)
    cells[shape] = gpd.GeoSeries(shapes, crs=crs)
    return gpd.GeoDataFrame(pd.DataFrame(cells, index=range(len(rows))), geometry=shape)


def _is_feature(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("properties") or {}, dict)


def _properties(features: list[Any], notes: list[str]) -> Iterator[dict[str, Any]]:
    """Properties of each feature; the ``id`` of features is a column, too."""
    has_id = any("id" in one for one in features)
    taken = {key for one in features for key in (one.get("properties") or {})}
    key = unique_name("id", taken)
    if has_id:
        notes.append(f"the ids of the features are the column {key}")
    for one in features:
        own = one.get("properties") or {}
        yield {key: one.get("id"), **own} if has_id else own


def _typed(values: list[Any]) -> pd.Series[Any]:
    """A column with a type of its own where all its values have one."""
    kinds = {type(value) for value in values if value is not None}
    dtype: Any = object
    if kinds == {str}:
        dtype = "string"
    elif kinds == {bool}:
        dtype = "boolean"
    elif kinds == {float}:
        dtype = "float64"
    elif kinds == {int} and all(abs(v) < 2**63 for v in values if v is not None):
        dtype = "Int64"
    return pd.Series(values, dtype=dtype)
