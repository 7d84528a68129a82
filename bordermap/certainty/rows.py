"""What is read of the rows that are asked about."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.errors import FrameError

__all__ = [
    "BOUNDS",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "ObjectArray",
    "is_placed",
    "numbers",
    "radius_m",
    "stated_side",
    "texts",
]

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]

BOUNDS = ("border_distance_min_m", "border_distance_max_m")


def is_placed(frame: gpd.GeoDataFrame) -> BoolArray:
    """Whether rows have a point."""
    shapes = frame.geometry.to_numpy()
    placed: BoolArray = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return placed


def numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """Column of a located frame as numbers.

    Raises
    ------
    FrameError
        There is no such column.
    """
    if name not in frame.columns:
        raise FrameError(f"the frame has no column {name}", todo="run locate first")
    return pd.to_numeric(frame[name]).to_numpy(dtype=np.float64, na_value=np.nan)


def radius_m(frame: pd.DataFrame) -> FloatArray:
    """Radius of each footprint that is a disc, 0 where not known (metres)."""
    if "location_radius_m" not in frame.columns:
        return np.zeros(len(frame))
    return np.nan_to_num(numbers(frame, "location_radius_m"))


def texts(rows: pd.DataFrame, name: str) -> ObjectArray:
    """Words of a column, empty where there is none."""
    if name not in rows.columns:
        return np.full(len(rows), "", dtype=object)
    return rows[name].astype(object).where(rows[name].notna(), "").to_numpy(dtype=object)


def stated_side(rows: pd.DataFrame) -> ObjectArray:
    """``AF`` or ``PK`` where the record says on which side it was."""
    return texts(rows, "location_side")
