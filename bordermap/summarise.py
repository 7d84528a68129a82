"""Counts that add up: by province, district, stretch, band, side, year, month, type or actor.

Every incident is counted in exactly one row. What has no answer gets a row of its own and says
why: ``unplaced`` (no point at all), ``outside`` (a point in neither country), ``not known``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from bordermap.errors import FilterError, FrameError
from bordermap.joins import join_columns

__all__ = ["KEYS", "NOT_KNOWN", "OUTSIDE", "UNPLACED", "summarise"]

UNPLACED = "unplaced"
OUTSIDE = "outside"
NOT_KNOWN = "not known"

FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")


def summarise(frame: gpd.GeoDataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Count incidents by one or more columns.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    by : str or sequence of str
        Names from :data:`KEYS`, as a list or separated by commas: ``"adm1,year"``; also the
        ``_name`` and ``_code`` columns of a joined layer.

    Returns
    -------
    DataFrame
        A row per combination that occurs, sorted, with these columns behind the ones asked for:

        incidents : int64
            They add up to ``len(frame)``.
        precise : int64
            Of these, placed at a point or a named place; the others stand for an area.
        fatalities_low, fatalities_best, fatalities_high : Int64
            Sums of the figures that are known; empty where none is.
        fatalities_unknown : int64
            Incidents without any figure.

    Raises
    ------
    FilterError
        Nothing to count by, an unknown name, or one named twice.
    FrameError
        The frame lacks a column that is needed.
    """
    names = _names(by, frame)
    table = pd.DataFrame({name: _key(frame, name) for name in names}, index=frame.index)
    table["incidents"] = 1
    table["precise"] = frame["location_precision"].isin(["exact", "place"]).astype("int64")
    for column in FATALITIES:
        table[column] = frame[column]
    table["fatalities_unknown"] = frame[list(FATALITIES)].isna().all(axis=1).astype("int64")
    counts = ["incidents", "precise", "fatalities_unknown"]
    groups = table.groupby(names, sort=False, dropna=False)
    result = groups[counts].sum()
    for column in FATALITIES:
        # min_count: a sum of no known figure is not known, not 0
        result[column] = groups[column].sum(min_count=1)
    ordered = result.reset_index()[[*names, *counts[:2], *FATALITIES, counts[2]]]
    return ordered.sort_values(names, key=_answers_first, ignore_index=True)


def _names(by: str | Sequence[str], frame: gpd.GeoDataFrame) -> list[str]:
    names = [name.strip() for name in (by.split(",") if isinstance(by, str) else by)]
    known = [*KEYS, *dict(join_columns(frame.columns))]
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) < len(names):
        found = repr(unknown[0]) if unknown else repr(",".join(names))
        raise FilterError(
            f"cannot count by {found}", where="by", todo=f"use one or more of {', '.join(known)}"
        )
    return names


def _key(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    column, read = KEYS.get(name, (name, _itself))
    units = dict(join_columns(frame.columns)).get(name)
    needed = {column, "location_precision", *FATALITIES}
    missing = sorted(needed - set(frame.columns))
    if missing:
        raise FrameError(f"the frame has no column {missing[0]}", todo="run locate first")
    values = read(frame[column]).astype(object).where(frame[column].notna())
    if column in SPATIAL or units:
        placed = frame.geometry.notna() & ~frame.geometry.is_empty
        values = values.where(placed, UNPLACED)
        if units:
            values = values.where(~(placed & (frame[units] == 0)), OUTSIDE)
        if column.startswith("adm"):
            # An area in both countries has no country either, but it is not outside of them.
            vague = frame["location_precision"].isin(["district", "province", "country"])
            in_neither = placed & ~vague & ~frame["adm0"].isin(["AF", "PK"])
            values = values.where(~in_neither, OUTSIDE)
    return values.fillna(NOT_KNOWN)


def _answers_first(values: pd.Series) -> pd.Series:
    """Sort key: answers in their order, then the rows that have none."""
    rest = {OUTSIDE: "1", NOT_KNOWN: "2", UNPLACED: "3"}
    texts = values.astype(str)
    if values.name == "band":
        starts = texts.str.extract(r"([\d.]+)", expand=False).astype(float)
        over = texts.str.startswith("over").astype(int)
        texts = starts.map("{:012.3f}".format) + over.astype(str)
    return values.map(rest).fillna("0").astype(str) + texts


def _itself(values: pd.Series) -> pd.Series:
    return values


def _formatted(pattern: str) -> Callable[[pd.Series], pd.Series]:
    return lambda values: values.dt.strftime(pattern)


KEYS: Mapping[str, tuple[str, Callable[[pd.Series], Any]]] = {
    "adm0": ("adm0", _itself),
    "adm1": ("adm1", _itself),
    "adm1_code": ("adm1_code", _itself),
    "adm2": ("adm2", _itself),
    "adm2_code": ("adm2_code", _itself),
    "border_stretch": ("border_stretch", _itself),
    "border_side": ("border_side", _itself),
    "band": ("band", _itself),
    "crossing": ("crossing", _itself),
    "year": ("date_start", _formatted("%Y")),
    "month": ("date_start", _formatted("%Y-%m")),
    "event_type": ("event_type", _itself),
    "actor_a": ("actor_a", _itself),
    "actor_b": ("actor_b", _itself),
    "location_precision": ("location_precision", _itself),
    "located_by": ("located_by", _itself),
}
"""What can be counted by: the column it reads, and how."""

SPATIAL = frozenset(
    (
        "adm0",
        "adm1",
        "adm1_code",
        "adm2",
        "adm2_code",
        "border_stretch",
        "border_side",
        "band",
        "crossing",
    )
)
