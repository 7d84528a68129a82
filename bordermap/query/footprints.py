"""Filters by place as questions to footprints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.certainty import (
    Asked,
    Touched,
    box_touched,
    clear_of_box,
    clear_of_distances,
    clear_of_kilometres,
    clear_of_layer,
    clear_of_sides,
    clear_of_units,
    layer_touched,
    units_touched,
)
from bordermap.errors import FrameError
from bordermap.query.filters import FILTERS, box_of, kilometres_of
from bordermap.query.near import clear_of_circle, metres

__all__ = ["asked_of", "with_columns"]

BoolArray = NDArray[np.bool_]


def asked_of(frame: gpd.GeoDataFrame, name: str, value: Any) -> Asked:
    """A filter by place as a question to footprints; the answer is in the column ``hit``."""

    def answer(places: gpd.GeoDataFrame) -> pd.DataFrame:
        hit = FILTERS[name].test(with_columns(places, name), value)
        return pd.DataFrame({"hit": hit}, index=places.index)

    edges_m = (metres(value),) if name in {"within", "beyond"} else ()
    clear = _CLEAR[name](frame, value)
    touched = _touched(name, value)
    return Asked(answer, clear, edges_m, by_distance=bool(edges_m), touched=touched)


_CLEAR: Mapping[str, Callable[[gpd.GeoDataFrame, Any], BoolArray]] = {
    "within": lambda frame, value: clear_of_distances(frame, (metres(value),)),
    "beyond": lambda frame, value: clear_of_distances(frame, (metres(value),)),
    "side": lambda frame, value: clear_of_sides(frame),
    "km": lambda frame, value: clear_of_kilometres(frame, kilometres_of(value)),
    "province": lambda frame, value: clear_of_units(frame, 1),
    "district": lambda frame, value: clear_of_units(frame, 2),
    "bbox": lambda frame, value: clear_of_box(frame, box_of(value)),
    "near": clear_of_circle,
    "within_of": clear_of_layer,
}
"""For each filter by place, the rows whose footprint has one answer to it."""


def _touched(name: str, value: Any) -> tuple[Touched, ...]:
    """Layers whose units decide a filter."""
    if name in {"side", "province", "district"}:
        return (units_touched(),)
    if name == "within_of":
        return (layer_touched(value),)
    west, south, east, north = box_of(value) if name == "bbox" else (0.0, 0.0, 0.0, 0.0)
    return (box_touched(west, south, east, north),) if west < east and south < north else ()


def with_columns(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """The frame, if it has what a filter reads.

    Raises
    ------
    FrameError
        It lacks a column.
    """
    missing = [column for column in FILTERS[name].columns if column not in frame.columns]
    if missing:
        raise FrameError(
            f"the filter {name!r} needs the column {missing[0]}", todo="run locate first"
        )
    return frame
