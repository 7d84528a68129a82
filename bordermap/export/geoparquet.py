"""GeoParquet 1.1, laid out to be asked: near rows together, with the box of each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, distinct, free_name
from bordermap.schema import COLUMNS, CRS

__all__ = ["write_geoparquet", "write_table_parquet"]

ROW_GROUP = 65_536
_BOX = "bbox"
_EXTRA = "pip install 'bordermap[parquet]'"
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
    cells = [_cells(column).take(order) for column in features.columns]
    cells.insert(features.at, gpd.GeoSeries(features.shapes[order], index=order, crs=CRS))
    shape = free_name("geometry", names)
    frame = gpd.GeoDataFrame(dict(enumerate(cells)))
    frame.columns = [*names[: features.at], shape, *names[features.at :]]
    frame = frame.set_geometry(shape)
    with _arrow(path):
        frame.to_parquet(
            path,
            index=False,
            compression="zstd",
            schema_version="1.1.0",
            write_covering_bbox=True,
            row_group_size=ROW_GROUP,
        )
    return notes


def write_table_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table without shapes."""
    with _arrow(path):
        table.to_parquet(path, index=False, compression="zstd")


@contextmanager
def _arrow(path: Path) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise OutputError("writing Parquet needs pyarrow", where=path.name, todo=_EXTRA) from error


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
