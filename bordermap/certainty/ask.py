"""Surely, maybe or out, and the shares of each answer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.certainty.rows import (
    BOUNDS,
    IntArray,
    numbers,
    radius_m,
    stated_side,
    texts,
)
from bordermap.certainty.samples import Asked, samples_of
from bordermap.errors import FilterError
from bordermap.footprint import (
    DISC_POINTS,
    MOST_POINTS,
    RIM_POINTS,
    SMALL_M,
    SMALL_POINTS,
    SMALL_RIM,
    is_area,
)

__all__ = ["CERTAINTIES", "MAYBE", "OUT", "SURELY", "certainty_of", "checked", "shares"]

CERTAINTIES = ("nominal", "surely", "maybe")
OUT, MAYBE, SURELY = 0, 1, 2

AT_ONCE = 200_000
"""Points that are located at once: bounds memory."""


def checked(certainty: str) -> str:
    """Return the word if it is one of :data:`CERTAINTIES`.

    Raises
    ------
    FilterError
        It is not.
    """
    if certainty not in CERTAINTIES:
        raise FilterError(
            f"{certainty!r} is no certainty",
            where="certainty",
            todo=f"use {', '.join(CERTAINTIES)}",
        )
    return certainty


def shares(frame: gpd.GeoDataFrame, asked: Asked) -> pd.DataFrame:
    """Answers over the footprints of the rows that are not clear.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    asked : Asked

    Returns
    -------
    DataFrame
        The columns of the answer, ``row`` (position in the frame) and ``share``: the part of the
        footprint's area that has the answer. The shares of a row add up to 1; an answer that the
        footprint merely touches has the share 0.

    Raises
    ------
    FrameError
        The frame is not located.
    """
    for name in ("border_distance_m", *BOUNDS):
        numbers(frame, name)
    rows = np.nonzero(~asked.clear)[0]
    footprint, first = _distinct(frame.iloc[rows])
    parts = []
    for some in _batches(frame.iloc[rows[first]]):
        samples = samples_of(frame.iloc[rows[first[some]]], asked)
        answers = asked.answer(samples).assign(
            footprint=some[samples["footprint"]], share=samples["weight"].to_numpy()
        )
        names = [name for name in answers.columns if name != "share"]
        parts.append(answers.groupby(names, sort=True, dropna=False, as_index=False)["share"].sum())
    if not parts:
        nothing = asked.answer(frame.iloc[:0])
        return nothing.assign(row=np.zeros(0, dtype=np.intp), share=np.zeros(0))
    members = pd.DataFrame({"footprint": footprint, "row": rows})
    found = pd.concat(parts, ignore_index=True).merge(members, on="footprint")
    found["share"] = found["share"].clip(0.0, 1.0)
    return found.drop(columns="footprint")


def certainty_of(frame: gpd.GeoDataFrame, asked: Asked) -> NDArray[np.int8]:
    """:data:`SURELY`, :data:`MAYBE` or :data:`OUT` for each row, for an answer ``hit``."""
    nominal = asked.answer(frame)["hit"].to_numpy(dtype=bool)
    state = np.where(nominal, SURELY, OUT).astype(np.int8)
    found = shares(frame, asked)
    hits = found.groupby("row")["hit"].agg(["all", "any"])
    state[hits.index.to_numpy()] = np.select([hits["all"], hits["any"]], [SURELY, MAYBE], OUT)
    return state


def _distinct(rows: gpd.GeoDataFrame) -> tuple[IntArray, IntArray]:
    """Number of the footprint of each row, and the first row that has each."""
    key = pd.DataFrame({"x": rows.geometry.x.to_numpy(), "y": rows.geometry.y.to_numpy()})
    key["r"] = radius_m(rows)
    key["side"] = stated_side(rows)
    key["unit"] = np.where(is_area(rows), texts(rows, "place_id"), "")
    number = key.groupby(list(key.columns), sort=False).ngroup().to_numpy(dtype=np.intp)
    return number, np.unique(number, return_index=True)[1]


def _batches(sources: gpd.GeoDataFrame) -> list[IntArray]:
    """Footprints so many at a time that their points are about :data:`AT_ONCE`."""
    if not len(sources):
        return []
    small, large = SMALL_POINTS + SMALL_RIM, DISC_POINTS + RIM_POINTS
    points = np.where(radius_m(sources) <= SMALL_M, small, large)
    points = np.cumsum(np.where(is_area(sources), MOST_POINTS, points))
    cuts = np.nonzero(np.diff(points // AT_ONCE))[0] + 1
    return np.split(np.arange(len(sources)), cuts)
