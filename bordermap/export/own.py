"""A layer that somebody brought, written with its own types, order, system and geometries.

GeoPackage, FlatGeobuf and GeoParquet know the types of Arrow and take them as they are; the other
formats have kinds of their own (:func:`bordermap.export.export`) and say what they cannot keep.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from bordermap.arrow import load_arrow
from bordermap.errors import OutputError
from bordermap.export.content import distinct, free_name, plain, without_measures
from bordermap.export.geopackage import VERSION, finish
from bordermap.export.geoparquet import write_shapes
from bordermap.export.ogr import crs_text, one_line
from bordermap.export.own_schema import described, write_domains
from bordermap.field_schema import FIELDS
from bordermap.values.text import as_text, shorten

__all__ = ["OWN_FORMATS", "of_numpy", "write_own"]

OWN_FORMATS: Mapping[str, str] = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".parquet": ""}
"""Formats that keep a layer's own types and any coordinate system, with GDAL's driver."""

_KEPT = ("Layer '", "Measured (M)")
"""How GDAL and pyogrio begin to say that a layer has measures although it declares none."""

_LONGEST = 100_000
"""GeoPackage knows no longest name; it only tells none apart by their case."""


def write_own(frame: gpd.GeoDataFrame, path: Path, name: str) -> tuple[str, ...]:
    """Write a frame in one of :data:`OWN_FORMATS`.

    Parameters
    ----------
    frame : GeoDataFrame
        In any coordinate system, or none; column names differ.
    path : Path
    name : str
        What the layer is called.

    Returns
    -------
    tuple of str
        What the format could not keep, a line each.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    driver = OWN_FORMATS[path.suffix.lower()]
    frame, notes = _named(frame, driver)
    frame, mixed = _typed(frame)
    if not driver:
        lost = shapely.has_m(frame.geometry.to_numpy()).any()
        _parquet(frame, path)
        return (*notes, *mixed, *(["measures (M) are lost in GeoParquet"] if lost else []))
    lost = (*_flattened(frame, driver), *_cut_times(frame))
    return (*notes, *mixed, *lost, *_by_gdal(frame, path, driver, name))


def _cut_times(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Times finer than GDAL's."""
    found = []
    for name in frame.columns:
        if any(word in str(frame[name].dtype) for word in ("timestamp", "datetime64")):
            known = frame[name].dropna()
            if (known.dt.floor("ms") != known).any():
                found.append(str(name))
    return (f"times are cut to milliseconds: {', '.join(found)}",) if found else ()


def _flattened(frame: gpd.GeoDataFrame, driver: str) -> tuple[str, ...]:
    """What FlatGeobuf by GDAL drops without a word."""
    shapes = frame.geometry.to_numpy()
    if driver != "FlatGeobuf":
        return ()
    z = shapely.has_z(shapes).any() and _kind(shapes) == "Unknown"
    told = {"elevations (Z) of shapes of several kinds": z, "measures (M)": shapely.has_m(shapes)}
    lost = [f"{what} are lost in FlatGeobuf" for what, is_so in told.items() if np.any(is_so)]
    days = [str(name) for name in frame.columns if str(frame[name].dtype).startswith("date32")]
    return (*lost, *([f"dates are times at midnight: {', '.join(days)}"] if days else []))


def of_numpy(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Arrow's texts, days and times as the writers of other formats know them."""
    changed = {}
    for name in frame.columns:
        dtype = frame[name].dtype
        if not isinstance(dtype, pd.ArrowDtype):
            continue
        said = str(dtype.pyarrow_dtype)
        if said in ("string", "large_string"):
            changed[name] = frame[name].astype("string")
        elif said.startswith("date"):
            changed[name] = frame[name].astype("datetime64[s]")
        elif said.startswith("timestamp") and "tz=" not in said:
            changed[name] = frame[name].astype("datetime64[us]")
        elif "binary" in said:
            texts = [None if pd.isna(one) else one.hex() for one in frame[name]]
            changed[name] = pd.Series(texts, frame.index, dtype="string")
        elif said.startswith("timestamp"):
            texts = [None if pd.isna(one) else one.isoformat() for one in frame[name]]
            changed[name] = pd.Series(texts, frame.index, dtype="string")
    return frame.assign(**changed)


def _named(frame: gpd.GeoDataFrame, driver: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Columns under names that the format tells apart."""
    at = list(frame.columns).index(frame.active_geometry_name)
    others = [str(one) for number, one in enumerate(frame.columns) if number != at]
    longest = _LONGEST if driver == "GPKG" else None
    names, notes = distinct(others, longest=longest, what=driver or "GeoParquet")
    shape = free_name("geom" if driver == "GPKG" else "geometry", names)
    if not driver:
        shape = str(frame.active_geometry_name)
    names.insert(at, shape)
    renamed = frame.set_axis(names, axis=1)
    told = frame.attrs.get(FIELDS, {})
    pairs = zip(map(str, frame.columns), names, strict=True)
    renamed.attrs = {FIELDS: {new: told[old] for old, new in pairs if old in told}}
    return renamed.set_geometry(shape), notes


def _typed(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Columns of several types as texts, in which lists and objects are JSON."""
    mixed = []
    for name in frame.columns:
        if frame[name].dtype != object or name == frame.geometry.name:
            continue
        values = frame[name]
        kinds = {type(value) for value in values.tolist() if value is not None}
        if len(kinds) > 1 or not kinds <= {str, bytes, bool, float}:
            texts = [None if (one := plain(v)) is None else as_text(one) for v in values.tolist()]
            frame = frame.assign(**{str(name): pd.Series(texts, frame.index, dtype="string")})
            mixed.append(str(name))
    told = f"columns of several types are written as text: {', '.join(mixed)}"
    return frame, (told,) if mixed else ()


def _by_gdal(frame: gpd.GeoDataFrame, path: Path, driver: str, name: str) -> tuple[str, ...]:
    pa = _arrow(path)
    shape = str(frame.geometry.name)
    shapes = frame.geometry.to_numpy()
    table = pa.Table.from_pandas(pd.DataFrame(frame.drop(columns=shape)), preserve_index=False)
    if driver == "FlatGeobuf":
        shapes = without_measures(shapes)
    wkb = shapely.to_wkb(shapes, flavor="iso")
    table = table.replace_schema_metadata(None).append_column(shape, pa.array(wkb, pa.binary()))
    fields = frame.attrs[FIELDS] if driver == "GPKG" else {}
    table = described(table, fields)
    options = {"SPATIAL_INDEX": "NO"}  # its order would replace that of the features
    if driver == "GPKG":
        fid = free_name("fid", map(str, frame.columns))
        options = {"FID": fid, "GEOMETRY_NAME": shape, "SPATIAL_INDEX": "YES", **VERSION}
    with one_line(path), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pyogrio.write_arrow(
            table,
            path,
            layer=name,
            driver=driver,
            geometry_name=shape,
            geometry_type=_kind(shapes),
            crs=crs_text(frame.crs),
            **options,
        )
        count = pyogrio.read_info(path, force_feature_count=True)["features"]
    if count != len(frame):
        found = f"only {count} of {len(frame)} features were written"
        raise OutputError(found, where=path.name, todo="make room on the disk")
    if driver == "GPKG":
        write_domains(path, name, fields)
        finish(path, styled=False)
    notes = (shorten(str(one.message), 150) for one in said)
    return tuple(note for note in notes if not note.startswith(_KEPT))


def _arrow(path: Path) -> Any:
    return load_arrow("keeping a layer's types", where=path.name, kind=OutputError)


def _kind(shapes: Any) -> str:
    """How OGC calls what the layer holds."""
    there = shapes[~shapely.is_missing(shapes)]
    kinds = np.unique(shapely.get_type_id(there))
    upward = np.unique(shapely.has_z(there))
    if len(kinds) != 1 or len(upward) != 1:
        return "Unknown"
    first = str(there[0].geom_type).replace("LinearRing", "LineString")
    return f"{first} Z" if upward[0] else first


def _parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    _arrow(path)
    shape = str(frame.active_geometry_name)
    place = shape, list(frame.columns).index(shape)
    rest = pd.DataFrame(frame.drop(columns=shape))
    rest.attrs = {}  # pandas would write them into the file
    write_shapes(rest, frame.geometry.to_numpy(), place, path, frame.crs)
