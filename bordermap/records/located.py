"""Files that ``locate`` wrote, asked directly: only what may match is read.

GeoParquet leaves out row groups by their statistics, GeoPackage and FlatGeobuf pages by their
spatial index, PostGIS what its server does not send. What is read is asked again by the caller,
exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from bordermap.arrow import load_arrow
from bordermap.errors import FrameError, InputError
from bordermap.query.hints import Box, Hints, Test
from bordermap.records import gdal
from bordermap.records.crs import parse_crs
from bordermap.records.features import LayerFile, layer_file
from bordermap.records.located_table import (
    LocatedTable,
    dtype_of,
    located_table,
    read_table,
    rows_in_table,
)
from bordermap.records.parquet import broken, geo_of
from bordermap.records.postgis import is_database
from bordermap.records.shapes import shapes_of
from bordermap.records.staging import staged
from bordermap.schema import COLUMNS, CRS
from bordermap.values.text import label, shorten

__all__ = [
    "DATASET",
    "LOCATED",
    "LocatedTable",
    "is_dataset",
    "located_file",
    "read_located",
    "rows_in",
]

DATASET = "_bordermap"
"""The folder in a dataset that says what is in it."""

LOCATED = frozenset(
    ("incident_id", "located_by", "location_radius_m", "border_distance_m", "border_side")
)
"""Columns by which a file is known to come from ``locate``."""

_DTYPES = {column.name: column.dtype for column in COLUMNS if column.dtype != "geometry"}


def located_file(source: str | Path) -> LayerFile | LocatedTable | None:
    """The file, where it is a GeoParquet, GeoPackage or FlatGeobuf that ``locate`` wrote.

    A folder that it wrote in parts is taken as one file; a table of PostGIS serves as well.

    Raises
    ------
    InputError
        It is missing, or broken.
    """
    if is_database(source):
        return located_table(str(source), LOCATED)
    file = _folder(source) or layer_file(source)
    if file is None or file.kind not in {".parquet", ".gpkg", ".fgb"}:
        return None
    return file if set(_names(file)) >= LOCATED else None


def is_dataset(path: str | Path) -> bool:
    """Whether a folder is a dataset that was written in parts."""
    try:
        return (Path(path) / DATASET / "run.json").is_file()
    except (OSError, ValueError):
        return False


def _folder(source: str | Path) -> LayerFile | None:
    """A folder of GeoParquet files that was written in parts; none other is taken for one."""
    path = Path(source)
    name = label(path.name) or "folder"
    return LayerFile(path, ".parquet", "", name) if is_dataset(path) else None


def _files(file: LayerFile) -> list[Path]:
    return sorted(file.path.glob("part-*.parquet")) if file.path.is_dir() else [file.path]


def read_located(
    file: LayerFile | LocatedTable, hints: Hints, columns: Sequence[str] = ()
) -> gpd.GeoDataFrame:
    """Rows of a located file that may match, with the columns asked for (all when none is).

    Raises
    ------
    InputError
        The file is broken, or not in longitude and latitude.
    FrameError
        It lacks a column that is asked about.
    """
    names = _names(file)
    missing = sorted((hints.columns | set(columns)) - set(names) - {"geometry"})
    if missing:
        todo = "name one of its columns"
        raise FrameError(f"there is no column {shorten(missing[0])!r}", where=file.name, todo=todo)
    wanted = [name for name in names if name in {*columns, *hints.columns}] if columns else names
    frame = _read(file, hints, wanted)
    cells = {
        name: _as_declared(frame[name], _DTYPES[name]) if name in _DTYPES else frame[name]
        for name in wanted
    }
    return gpd.GeoDataFrame(cells, geometry=frame.geometry, crs=CRS)


def _read(file: LayerFile | LocatedTable, hints: Hints, columns: list[str]) -> gpd.GeoDataFrame:
    if isinstance(file, LocatedTable):
        return read_table(file, hints, columns)
    read = _read_parquet if file.kind == ".parquet" else _read_gdal
    return read(file, hints, columns)


def _as_declared(values: pd.Series[Any], dtype: str) -> pd.Series[Any]:
    if not dtype.startswith("datetime"):
        return values.astype(dtype)
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
    if values.dt.tz is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    return values.astype(dtype)


def rows_in(file: LayerFile | LocatedTable) -> int:
    """How many rows a located file holds."""
    if isinstance(file, LocatedTable):
        return rows_in_table(file)
    if file.kind == ".parquet":
        _, parquet = _arrow()
        return sum(int(parquet.read_metadata(path).num_rows) for path in _files(file))
    with staged(file.path, file.kind) as path:
        return gdal.layer_info(path, file.layer or None, file.name).features


def _names(file: LayerFile | LocatedTable) -> list[str]:
    """Columns of a file, without its geometry."""
    if isinstance(file, LocatedTable):
        return list(file.columns)
    if file.kind == ".parquet":
        schema, geo = _schema(file)
        return [one for one in schema.names if one not in geo.get("columns", {}) and one != "bbox"]
    with staged(file.path, file.kind) as path:
        return list(gdal.layer_info(path, file.layer or None, file.name).columns)


def _arrow() -> tuple[Any, Any]:
    load_arrow("reading Parquet")
    from pyarrow import dataset, parquet  # noqa: PLC0415  an extra, and slow to load

    return dataset, parquet


def _schema(file: LayerFile) -> tuple[Any, dict[str, Any]]:
    _, parquet = _arrow()
    try:
        schemas = [parquet.read_schema(path) for path in _files(file)]
        geo = next((geo_of(one.metadata) for one in schemas if one.metadata), {})
        return _unified(schemas), geo
    except (OSError, ValueError) as error:
        raise broken(error, file.name) from error


def _unified(schemas: Sequence[Any]) -> Any:
    """One schema of several; a column that is of several types is text in it."""
    import pyarrow as pa  # noqa: PLC0415

    fields: dict[str, Any] = {}
    for one in (field for schema in schemas for field in schema):
        type_ = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        type_ = pa.string() if pa.types.is_large_string(type_) else type_
        before = fields.get(one.name)
        if before is None or pa.types.is_null(before.type) or before.type == type_:
            fields[one.name] = pa.field(one.name, type_)
        elif not pa.types.is_null(type_):
            fields[one.name] = pa.field(one.name, _common(before.type, type_))
    return pa.schema(fields.values())


def _common(one: Any, other: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    def number(kind: Any) -> bool:
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    return pa.float64() if number(one) and number(other) else pa.string()


def _read_parquet(file: LayerFile, hints: Hints, columns: list[str]) -> gpd.GeoDataFrame:
    dataset, _ = _arrow()
    schema, geo = _schema(file)
    primary = str(geo.get("primary_column", ""))
    said = geo.get("columns", {}).get(primary)
    if not isinstance(said, dict) or said.get("encoding") != "WKB":
        raise InputError("has no geometry as WKB", where=file.name, todo="write it with locate")
    _check_crs(json.dumps(said.get("crs", "OGC:CRS84")), file)
    test = _expression(hints, said.get("covering", {}), dataset.field)
    try:
        paths = [str(path) for path in _files(file)]
        source = dataset.dataset(paths, schema=schema, format="parquet")
        table = source.to_table(columns=[*columns, primary], filter=test)
        shapes, _ = shapes_of(table.column(primary).to_numpy())
    except (OSError, ValueError, shapely.errors.GEOSException) as error:
        raise broken(error, file.name) from error
    frame = table.drop_columns([primary]).to_pandas(types_mapper=dtype_of)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)


def _expression(hints: Hints, covering: Any, field: Callable[..., Any]) -> Any:
    """The hints as an expression of Arrow; None for none."""
    parts = [_any_of([_arrow_test(one, field) for one in tests]) for tests in hints.tests]
    box = covering.get("bbox") if isinstance(covering, Mapping) else None
    if hints.box is not None and isinstance(box, Mapping):
        west, south, east, north = hints.box
        edges = {name: field(*map(str, path)) for name, path in box.items()}
        parts += [edges["xmin"] <= east, edges["xmax"] >= west]
        parts += [edges["ymin"] <= north, edges["ymax"] >= south]
    whole = None
    for part in parts:
        whole = part if whole is None else whole & part
    return whole


def _any_of(parts: list[Any]) -> Any:
    first, *rest = parts
    for part in rest:
        first = first | part
    return first


def _arrow_test(test: Test, field: Callable[..., Any]) -> Any:
    column = field(test.column)
    if test.how == "null":
        return column.is_null()
    if test.how == "in":
        return column.isin(list(test.value))
    compare = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}[test.how]
    return getattr(column, compare)(test.value)


def _read_gdal(file: LayerFile, hints: Hints, columns: list[str]) -> gpd.GeoDataFrame:
    box = hints.box
    if box is not None and (box[0] > box[2] or box[1] > box[3]):
        box = (0.0, 0.0, 0.0, 0.0)
    where = " AND ".join(_sql(tests) for tests in hints.tests)
    with staged(file.path, file.kind) as path:
        info = gdal.layer_info(path, file.layer or None, file.name)
        _check_crs(info.crs, file)
        try:
            frame = pyogrio.read_dataframe(
                path,
                layer=info.layer,
                columns=columns,
                bbox=_wider(box),
                where=where or None,
                **gdal.open_options(file.kind),
            )
        except gdal.DRIVER_FAULTS as error:
            found = f"is broken or cut off ({shorten(str(error), 120)})"
            raise InputError(found, where=file.name, todo="get the whole file") from error
    return gpd.GeoDataFrame(frame, crs=CRS)


def _wider(box: Box | None) -> Box | None:
    """A box with room for indexes that keep single precision."""
    return (box[0] - 1e-4, box[1] - 1e-4, box[2] + 1e-4, box[3] + 1e-4) if box else None


def _sql(tests: Sequence[Test]) -> str:
    """Tests as the SQL that GDAL takes, of names of our ledger, numbers, days and quoted texts."""
    return "(" + " OR ".join(map(_sql_test, tests)) + ")"


def _sql_test(test: Test) -> str:
    column = '"' + test.column.replace('"', '""') + '"'
    if test.how == "null":
        return f"{column} IS NULL"
    if test.how == "in":
        listed = ", ".join("'" + str(one).replace("'", "''") + "'" for one in test.value)
        return f"{column} IN ({listed})" if listed else "0 = 1"
    if isinstance(test.value, pd.Timestamp):
        # Days and times are kept as texts of one form or another: a day of room on either side.
        room = pd.Timedelta(days=1 if test.how[0] == "<" else -1)
        return f"{column} {test.how} '{test.value + room:%Y-%m-%d}'"
    number = float(test.value)
    return f"{column} {test.how} {number!r}" if np.isfinite(number) else "1 = 1"


def _check_crs(text: str, file: LayerFile) -> None:
    crs, name = parse_crs(text)
    if crs is not None and not crs.equals(CRS) and crs.to_epsg() != 4326:
        said = name or "another system"
        if "CRS84" not in said:
            raise InputError(
                f"is in {shorten(said)}", where=file.name, todo="write it in EPSG:4326"
            )
