"""What can be counted by, and in which line an incident is counted by its point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from bordermap.duplicates import is_duplicate
from bordermap.errors import FilterError, FrameError
from bordermap.joins import join_columns

__all__ = [
    "DUPLICATES",
    "FATALITIES",
    "KEYS",
    "NOT_KNOWN",
    "NOT_MATCHING",
    "OUTSIDE",
    "SPATIAL",
    "UNPLACED",
    "answers_first",
    "check_columns",
    "column_of",
    "key_of",
    "keys_of",
    "layer_of",
    "names_of",
]

UNPLACED = "unplaced"
OUTSIDE = "outside"
NOT_KNOWN = "not known"
NOT_MATCHING = "not matching"
DUPLICATES = "duplicates"

FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")


def keys_of(frame: gpd.GeoDataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """In which line of a summary each incident is counted by its point, without any filters.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    by : str or sequence of str
        As for :func:`summarise`.

    Returns
    -------
    DataFrame
        A column per name, a row per incident.
    """
    names = names_of(by, frame)
    check_columns(frame, names)
    keys = pd.DataFrame({name: key_of(frame, name) for name in names}, index=frame.index)
    keys[is_duplicate(frame)] = DUPLICATES
    return keys


def names_of(by: str | Sequence[str], frame: gpd.GeoDataFrame) -> list[str]:
    names = [name.strip() for name in (by.split(",") if isinstance(by, str) else by)]
    known = [*KEYS, *dict(join_columns(frame.columns))]
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) < len(names):
        found = repr(unknown[0]) if unknown else repr(",".join(names))
        raise FilterError(
            f"cannot count by {found}", where="by", todo=f"use one or more of {', '.join(known)}"
        )
    return names


def check_columns(frame: gpd.GeoDataFrame, names: Sequence[str]) -> None:
    needed = {column_of(name) for name in names} | {"location_precision", *FATALITIES}
    missing = sorted(needed - set(frame.columns))
    if missing:
        raise FrameError(f"the frame has no column {missing[0]}", todo="run locate first")


def layer_of(name: str) -> str:
    """The joined layer whose column a name is, or nothing."""
    return "" if name in KEYS else name.rpartition("_")[0]


def column_of(name: str) -> str:
    """The frame's column behind a key; a joined layer's columns are keys themselves."""
    return KEYS[name][0] if name in KEYS else name


def key_of(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    column, read = KEYS.get(name, (name, _itself))
    units = dict(join_columns(frame.columns)).get(name)
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


def answers_first(values: pd.Series) -> pd.Series:
    """Sort key: answers in their order, then the rows that have none."""
    rest = {OUTSIDE: "1", NOT_KNOWN: "2", UNPLACED: "3", NOT_MATCHING: "4", DUPLICATES: "5"}
    texts = values.astype(str)
    if values.name == "band":
        starts = texts.str.extract(r"([\d.]+)", expand=False).astype(float)
        over = texts.str.startswith("over").astype(int)
        texts = starts.map("{:012.3f}".format).astype(str) + over.astype(str)
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
