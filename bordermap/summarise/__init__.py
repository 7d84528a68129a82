"""Counts that add up: by province, district, stretch, band, side, year, month, type or actor.

Every incident is counted in exactly one row. What has no answer gets a row of its own and says
why: ``unplaced`` (no point at all), ``outside`` (a point in neither country), ``not known``,
``not matching`` (the filters by place), ``duplicates`` (rows that people decided to tell the
incident of another). Beside the count by points stand the counts over
footprints: surely, maybe, out, and the expected number with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.certainty import is_placed
from bordermap.duplicates import is_duplicate
from bordermap.joins import PolygonLayer, prepared
from bordermap.query import SPATIAL_FILTERS, given, matches, query
from bordermap.summarise.keys import (
    DUPLICATES,
    KEYS,
    NOT_KNOWN,
    NOT_MATCHING,
    OUTSIDE,
    UNPLACED,
    answers_first,
    check_columns,
    key_of,
    keys_of,
    layer_of,
    names_of,
)
from bordermap.summarise.parts import Partial, finished, merged, tallied
from bordermap.summarise.question import bands_of, marked, question_of, shares_of
from bordermap.summarise.wide import widen

__all__ = [
    "DUPLICATES",
    "KEYS",
    "NOT_KNOWN",
    "NOT_MATCHING",
    "OUTSIDE",
    "UNPLACED",
    "Partial",
    "answers_first",
    "finished",
    "keys_of",
    "merged",
    "partial",
    "summarise",
    "widen",
]


def summarise(
    frame: gpd.GeoDataFrame,
    by: str | Sequence[str],
    *,
    filters: Mapping[str, Any] | None = None,
    certainty: str = "nominal",
    bands_km: Sequence[float] | None = None,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
) -> pd.DataFrame:
    """Count incidents by one or more columns.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    by : str or sequence of str
        Names from :data:`KEYS`, as a list or separated by commas: ``"adm1,year"``; also the
        ``_name`` and ``_code`` columns of a joined layer.
    filters : mapping, optional
        As for :func:`bordermap.query`. Rows that do not match by their record are left out; those
        that do not match by their place are counted as ``not matching``, because another part of
        their footprint may match.
    certainty : {"nominal", "surely", "maybe"}
        What the filters by place look at, for the column ``incidents``.
    bands_km : sequence of float, optional
        Edges of the bands with which the frame was located; told from its bands when not given.
    join : mapping of str to GeoDataFrame, optional
        The layers that the frame was located with, as for :func:`bordermap.locate`. Without
        them the columns of a joined layer hold for the point alone: what is placed is ``maybe``.

    Returns
    -------
    DataFrame
        A row per combination that occurs, sorted, with these columns behind the ones asked for:

        incidents : int64
            Counted by their points. They add up to the number of rows.
        precise : int64
            Of these, placed at a point or a named place; the others stand for an area.
        surely, maybe, out : int64
            Rows whose footprint lies in it wholly, in part, or not at all; the three add up to
            the number of rows in every line.
        expected : float64
            Sum of the shares of the footprints' areas. They add up to the number of rows.
        expected_low, expected_high : int64
            Bounds that hold the true number with at least 95 %, if every incident is somewhere in
            its footprint, each place in it as likely, and rows are independent
            (:func:`bordermap.values.chance.interval`).
        fatalities_low, fatalities_best, fatalities_high : Int64
            Sums of the figures that are known; empty where none is. Counted by the points.
        fatalities_unknown : int64
            Incidents without any figure.

    Raises
    ------
    FilterError
        Nothing to count by, an unknown name, one named twice, or a filter not understood.
    FrameError
        The frame lacks a column that is needed.

    Notes
    -----
    Shares come from points spread by area (:mod:`bordermap.footprint`) and are within 2 %
    of each footprint. Keys of the record (year, type, actor) have the share 0 or 1. Over
    footprints ``uncertain`` as a side means only between the published lines. No unit of a
    province, district or joined layer that a footprint touches is missed, however little of it;
    stretches, crossings and kilometre ranges that cover less of it than one of its points stands
    for may be.
    """
    part = partial(frame, by, filters=filters, certainty=certainty, bands_km=bands_km, join=join)
    return finished(part)


def partial(
    frame: gpd.GeoDataFrame,
    by: str | Sequence[str],
    *,
    filters: Mapping[str, Any] | None = None,
    certainty: str = "nominal",
    bands_km: Sequence[float] | None = None,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
) -> Partial:
    """Count a part of a dataset so that the counts of all parts can be added up.

    ``finished(merged(parts))`` is what :func:`summarise` says of all rows, to the last digit,
    however they are divided and in whatever order the parts come.

    Parameters
    ----------
    frame : GeoDataFrame
        Some of the rows, or none, with all columns.
    by, filters, certainty, bands_km, join
        As for :func:`summarise`; the same for every part. Without ``bands_km`` each part tells
        the bands from its own rows, and :func:`merged` refuses parts that tell different ones.

    Raises
    ------
    FilterError, FrameError
        As :func:`summarise`.
    """
    names = names_of(by, frame)
    layers = {layer.key: layer for layer in prepared(join)}
    asked = dict(given(filters or {}))
    places = {name: value for name, value in asked.items() if name in SPATIAL_FILTERS}
    frame = query(frame, **{k: v for k, v in asked.items() if k not in places})
    check_columns(frame, names)
    keys = pd.DataFrame({name: key_of(frame, name) for name in names}, index=frame.index)
    if places:
        keys = marked(keys, matches(frame, certainty, places), is_placed(frame))
    twice = is_duplicate(frame)
    keys[twice] = DUPLICATES  # whatever the filters say of them
    bands = bands_of(frame, bands_km) if "band" in names else ()
    question = question_of(frame, names, places, bands, layers)
    found = shares_of(frame, keys, question, twice)
    found["sure"] = found.groupby("row")["row"].transform("size") == 1
    if not all(name in KEYS or layer_of(name) in layers for name in names):
        # A joined layer is asked for the point alone, so nothing placed is sure to be in a unit.
        found["sure"] &= ~np.asarray(is_placed(frame))[found["row"].to_numpy()]
    if bands_km is None and "band" in names and frame["band"].isna().all():
        bands = ()  # rows without any band have no say in what the bands are
    said = (certainty, *sorted(f"{k} {_said(v)}" for k, v in asked.items()), *sorted(layers))
    return Partial(tuple(names), "; ".join(said), bands, len(frame), tallied(frame, keys, found))


def _said(value: Any) -> str:
    """A filter's value as a word; of layers only that they are some."""
    plain = isinstance(value, (str, int, float, list, tuple, date))
    return str(value) if plain else type(value).__name__
