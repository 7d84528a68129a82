"""Results out: each file whole or not at all, with a record of the run and a word on any loss."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.export.content import Features, plain, without_measures
from bordermap.export.delimited import (
    write_csv,
    write_rejected,
    write_rejected_part,
    write_rows,
    write_sheet,
)
from bordermap.export.flatgeobuf import write_flatgeobuf
from bordermap.export.geojson import as_features, write_geojson, write_ndjson
from bordermap.export.geopackage import write_geopackage
from bordermap.export.geoparquet import write_geoparquet, write_table_parquet
from bordermap.export.kml import write_kml
from bordermap.export.output import refuse_place, refuse_suffix
from bordermap.export.own import OWN_FORMATS, of_numpy, write_own
from bordermap.export.own_postgis import write_own_postgis
from bordermap.export.postgis import Table, write_postgis
from bordermap.export.qgis import write_project
from bordermap.export.shapefile import BESIDE as OF_A_SHAPEFILE
from bordermap.export.shapefile import write_shapefile
from bordermap.export.workbook import BESIDE as OF_A_WORKBOOK
from bordermap.export.workbook import write_table_xlsx, write_xlsx
from bordermap.field_schema import FIELDS
from bordermap.files import replacing, replacing_set, write_text
from bordermap.schema import Layer

__all__ = [
    "FORMATS",
    "KEEP_CRS",
    "SEVERAL",
    "TABLE_FORMATS",
    "Table",
    "as_features",
    "check_output",
    "export",
    "export_layers",
    "export_own",
    "write_part",
    "write_rejected",
    "write_rejected_part",
    "write_run_record",
    "write_sheet",
    "write_table",
]

Writer = Callable[[Sequence[Features], Path], tuple[str, ...]]

FORMATS: Mapping[str, Writer] = {
    ".geojson": write_geojson,
    ".csv": write_csv,
    ".gpkg": write_geopackage,
    ".parquet": write_geoparquet,
    ".fgb": write_flatgeobuf,
    ".shp": write_shapefile,
    ".kml": write_kml,
    ".xlsx": write_xlsx,
    ".ndjson": write_ndjson,
    ".geojsonl": write_ndjson,
}
"""Writers by suffix."""

SEVERAL = (".gpkg", ".kml")
"""Formats of which one file holds several layers."""

KEEP_CRS = (*OWN_FORMATS, ".shp")
"""Formats in which :func:`export_own` writes any coordinate system; the others are in degrees."""

TABLE_FORMATS = (".csv", ".json", ".xlsx", ".parquet")
"""Formats of tables without shapes."""

_MEASURED = (".gpkg", ".shp", ".csv")
"""Files that keep measures (M), of lines and outlines at least."""

_BESIDE = {".shp": OF_A_SHAPEFILE, ".xlsx": OF_A_WORKBOOK}


def check_output(
    path: str | Path | Table,
    suffixes: tuple[str, ...] | None = None,
    inputs: Sequence[str | Path] = (),
) -> Path:
    """Refuse an output that could not or should not be written, before any work is done.

    Returns
    -------
    Path
        The file; of a table, the name beside which rejected rows are written.

    Raises
    ------
    OutputError
        The suffix is not one of ``suffixes`` (:data:`FORMATS` when not given), the folder does
        not exist, the path is a folder, or one of the ``inputs`` would be written over: by the
        output, its run record or its rejected rows. A database that cannot be reached.
    """
    table = None if suffixes else Table.of(path)
    if table is not None:
        if any(table.is_same(one) for one in inputs):
            raise OutputError("this is the input", where=table.name, todo="name another table")
        table.check()
        return table.beside
    target = Path(str(path))
    refuse_suffix(target, suffixes or tuple(FORMATS))
    refuse_place(target, inputs)
    return target


def export(
    frame: gpd.GeoDataFrame,
    path: str | Path | Table,
    *,
    run: Mapping[str, Any] | None = None,
    layers: Sequence[Layer] = (),
    ndjson: bool = False,
    append: bool = False,
) -> tuple[str, ...]:
    """Write a frame in the format of the path's suffix.

    Parameters
    ----------
    frame : GeoDataFrame
        Any frame in EPSG:4326; ledger columns come first, in ledger order.
    path : str or Path
        A file that ends in one of :data:`FORMATS`, or
        ``postgresql://user@host/database?table=schema.name``.
    run : mapping, optional
        What to write beside it as ``<path>.run.json``; of a table, its comment.
    layers : sequence of Layer
        Reference layers to write into the same file, where it may hold several (:data:`SEVERAL`).
    ndjson : bool
        A GeoJSON feature a line, without a collection around them.
    append : bool
        Add the rows to a database table instead of replacing it.

    Returns
    -------
    tuple of str
        What the format could not keep, a line each; ``docs/gis.md`` has a table of that.

    Raises
    ------
    OutputError
        The suffix is unknown, or the file cannot be written; an older file or table is left as it
        was.

    Notes
    -----
    The same frame gives the same bytes. In CSV, text cells that a spreadsheet would take for a
    formula get a leading apostrophe, which is taken off when the file is read again.
    """
    features = Features.of(frame)
    table = Table.of(path)
    if table is not None:
        _refuse_options(table.name, layers=bool(layers), ndjson=ndjson)
        return (*features.notes, *write_postgis(features, table, run=run, append=append))
    target = check_output(path)
    _refuse_options(target.name, append=append)
    notes = _write([features, *map(Features.of_layer, layers)], target, ndjson)
    if run is not None:
        write_run_record(target, run)
    return notes


def write_part(frame: gpd.GeoDataFrame, path: Path) -> tuple[str, ...]:
    """Write a part of a dataset as GeoParquet, its rows ordered along the line.

    Returns
    -------
    tuple of str
        As of :func:`export`.
    """
    features = Features.of(frame)
    order = np.argsort(frame["border_km"].to_numpy(dtype=float), kind="stable")
    with replacing(path) as temporary:
        notes = write_geoparquet([features], temporary, order)
    return (*features.notes, *notes)


def export_own(
    frame: gpd.GeoDataFrame,
    path: str | Path | Table,
    name: str,
    *,
    run: Mapping[str, Any] | None = None,
    append: bool = False,
) -> tuple[str, ...]:
    """Write a layer that somebody brought: its columns in their order, with its own types.

    Parameters
    ----------
    frame : GeoDataFrame
        In EPSG:4326, or in any system where the format is one of :data:`KEEP_CRS`, or a database.
    path : str or Path
        As for :func:`export`.
    name : str
        What the layer is called, where a format names layers.
    run, append
        As for :func:`export`.

    Returns
    -------
    tuple of str
        As of :func:`export`.
    """
    table = Table.of(path)
    if table is not None:
        notes = write_own_postgis(frame, table, run=run, append=append)
        return (*_without_schema(frame), *notes)
    target = check_output(path)
    _refuse_options(target.name, append=append)
    if target.suffix.lower() in OWN_FORMATS:
        with replacing(target) as temporary:
            notes = write_own(frame, temporary, name)
    else:
        notes = _write([Features.of(of_numpy(frame), name, own=True)], target)
    if run is not None:
        write_run_record(target, run)
    return notes if target.suffix.lower() == ".gpkg" else (*_without_schema(frame), *notes)


def _without_schema(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    """What is left out wherever the file is no GeoPackage."""
    said = "widths, titles and allowed values of its columns are not written"
    return (said,) if frame.attrs.get(FIELDS) else ()


def export_layers(
    layers: Sequence[Layer],
    path: str | Path | Table,
    *,
    run: Mapping[str, Any] | None = None,
    **how: Any,
) -> tuple[str, ...]:
    """Write reference layers, with their attribution.

    Parameters
    ----------
    layers : sequence of Layer
    path : str or Path
        A GeoPackage or KML holds each layer for itself; of a shapefile each layer has one of its
        own, ``STEM_LAYER.shp``; other formats, and a database, have a column ``layer``.
    run : mapping, optional
        As for :func:`export`; several shapefiles have one record, ``<path>.run.json``.
    **how
        As for :func:`export`: ``ndjson``, ``append``.

    Returns
    -------
    tuple of str
        As of :func:`export`.
    """
    suffix = "" if Table.of(path) else Path(str(path)).suffix.lower()
    if suffix not in (*SEVERAL, ".shp"):
        parts = [_with_papers(layer) for layer in layers]
        whole = gpd.GeoDataFrame(
            pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs
        )
        return export(whole, path, run=run, **how)
    target = check_output(path)
    _refuse_options(target.name, **how)
    if suffix == ".shp":
        notes = _shapefiles(layers, target)
    else:
        notes = _write([Features.of_layer(one) for one in layers], target)
    if run is not None:
        write_run_record(target, run)
    return notes


def _shapefiles(layers: Sequence[Layer], path: Path) -> tuple[str, ...]:
    notes: list[str] = []
    for layer in layers:
        one = path.with_name(f"{path.stem}_{layer.name}{path.suffix}")
        said = export(_with_papers(layer).drop(columns="layer"), one)
        notes += [f"{one.name}: {note}" for note in said]
    return tuple(notes)


def _with_papers(layer: Layer) -> gpd.GeoDataFrame:
    frame = layer.frame.copy()
    frame.insert(0, "layer", layer.name)
    frame["attribution"] = layer.attribution
    frame["licence"] = layer.licence
    return frame


def _write(layers: Sequence[Features], target: Path, ndjson: bool = False) -> tuple[str, ...]:
    suffix = target.suffix.lower()
    if len(layers) > 1 and suffix not in SEVERAL:
        todo = f"end the name in {' or '.join(SEVERAL)}"
        raise OutputError("this format holds one layer", where=target.name, todo=todo)
    if ndjson and suffix not in (".geojson", ".ndjson", ".geojsonl"):
        todo = "end the name in .geojson"
        raise OutputError("only GeoJSON is written by lines", where=target.name, todo=todo)
    writer = write_ndjson if ndjson else FORMATS[suffix]
    lost: tuple[str, ...] = ()
    if suffix not in _MEASURED and any(map(_has_measures, layers)):
        layers = [replace(one, shapes=without_measures(one.shapes)) for one in layers]
        lost = ("measures (M) are lost in this format",)
    place: AbstractContextManager[Path] = (
        replacing_set(target, _BESIDE[suffix]) if suffix in _BESIDE else replacing(target)
    )
    with place as temporary:
        notes = writer(layers, temporary)
    if suffix == ".gpkg":
        notes += write_project(target)
    return (*(note for one in layers for note in one.notes), *lost, *notes)


def _has_measures(features: Features) -> bool:
    return bool(shapely.has_m(features.shapes).any())


def _refuse_options(name: str, **given: bool) -> None:
    said = {
        "layers": "a table holds one layer",
        "ndjson": "this is no GeoJSON",
        "append": "rows are added to a database table only",
    }
    for option, is_given in given.items():
        if is_given:
            raise OutputError(said[option], where=name, todo=f"leave {option} out")


def write_run_record(output: Path, run: Mapping[str, Any]) -> None:
    """Write ``<output>.run.json``: inputs, counts, layers, arguments and version."""
    text = json.dumps(run, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    write_text(output.with_name(f"{output.name}.run.json"), f"{text}\n")


def write_table(table: pd.DataFrame, output: Path) -> None:
    """Write a table without geometry in one of :data:`TABLE_FORMATS`, whole or not at all."""
    suffix = output.suffix.lower()
    if suffix == ".csv":
        write_rows(table, output)
    elif suffix == ".json":
        rows = [{k: plain(v) for k, v in row.items()} for row in table.to_dict("records")]
        text = json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False)
        write_text(output, f"{text}\n")
    else:
        with replacing(output) as temporary:
            (write_table_xlsx if suffix == ".xlsx" else write_table_parquet)(table, temporary)
