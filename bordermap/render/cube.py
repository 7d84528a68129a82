"""More incidents than a page can hold: counts by area, type, year, side and band.

Filters of the page keep or drop whole cells, so that every sum over them is exact. Cubes of the
parts of a dataset add up to that of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.errors import FilterError
from bordermap.render.areas import CODES
from bordermap.render.incidents import column_of
from bordermap.render.payload import Texts

__all__ = [
    "AGGREGATES",
    "FATALITIES",
    "KEYS",
    "MOST_INCIDENTS",
    "Cube",
    "aggregation",
    "cube",
    "merged",
]

MOST_INCIDENTS = 1_000_000
"""With more than these a page shows counts: it would be larger than browsers open with ease."""

AGGREGATES = ("auto", "never", *CODES)
"""Ways to count, as they are written; ``auto`` counts by districts where it must."""

KEYS = ("area", "event_type", "year", "border_side", "band")
FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")

_WAITING = 1_000_000
"""Cells of parts that are kept until they are added up together."""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Counts of incidents that can be added to others.

    Attributes
    ----------
    by : str
        ``districts``, ``stretches`` or ``hexagons``.
    cells : DataFrame
        A row per combination that occurs, sorted: ``area`` (a code; empty where a record is not
        placed, or too vaguely), ``event_type``, ``year`` (0 where not known), ``border_side``,
        ``band``; ``incidents``, and the sums of each figure of fatalities that is known.
    """

    by: str
    cells: pd.DataFrame

    @property
    def incidents(self) -> int:
        """All that were counted."""
        return int(self.cells["incidents"].sum())


def aggregation(asked: str, incidents: int) -> str | None:
    """The way to count so many incidents, or None where they are shown one by one.

    Raises
    ------
    FilterError
        There is no such way.
    """
    if asked not in AGGREGATES:
        raise FilterError(
            f"{asked!r} is no way to count", where="aggregate", todo=f"use {', '.join(AGGREGATES)}"
        )
    if asked == "auto":
        return "districts" if incidents > MOST_INCIDENTS else None
    return None if asked == "never" else asked


def cube(frame: gpd.GeoDataFrame, by: str = "districts", *, fatalities: bool = True) -> Cube:
    """Count located incidents, or a part of them.

    Parameters
    ----------
    frame : GeoDataFrame
        What it lacks is not known; without rows the cube is empty.
    by : str
        ``districts``; ``stretches`` of 10 km of the line, by the nearest kilometre; ``hexagons``
        of H3.
    fatalities : bool
        Whether to add up their figures as well.

    Raises
    ------
    FilterError
        There is no such way.
    OutputError
        Hexagons need a package that is not installed.
    """
    if by not in CODES:
        raise FilterError(f"{by!r} is no area", where="by", todo=f"use {', '.join(CODES)}")
    names = ("event_type", "border_side", "band")
    texts = {name: Texts.of(column_of(frame, name)).each() for name in names}
    table = pd.DataFrame({"area": CODES[by](frame).astype(str), **texts, "incidents": 1})
    table["year"] = _years(frame)
    for name in FATALITIES:
        known = fatalities and name in frame.columns
        values = frame[name] if known else pd.Series([pd.NA] * len(frame))
        table[name] = values.astype("Int64").array
    return Cube(by, _added([table]))


def merged(cubes: Iterable[Cube]) -> Cube:
    """Add up the cubes of parts, in any order; each is let go before the next is asked for.

    Raises
    ------
    FilterError
        There is none, or they count by different areas.
    """
    ways: set[str] = set()
    waiting: list[pd.DataFrame] = []
    for part in cubes:
        ways.add(part.by)
        waiting.append(part.cells)
        if sum(map(len, waiting[1:])) > max(_WAITING, len(waiting[0])):
            waiting = [_added(waiting)]
    if len(ways) != 1:
        raise FilterError(
            f"cubes by {' and '.join(sorted(ways))} cannot be added up"
            if ways
            else "there is no cube",
            todo="count every part by the same areas",
        )
    return Cube(ways.pop(), _added(waiting))


def _years(frame: gpd.GeoDataFrame) -> pd.Series[int]:
    """Year of each incident, 0 where it is not known."""
    if "date_start" not in frame.columns:
        return pd.Series(np.zeros(len(frame), dtype=np.int64))
    days = pd.to_datetime(frame["date_start"], errors="coerce", utc=True).reset_index(drop=True)
    return days.dt.year.fillna(0).astype("int64")


def _added(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One row per combination, in one order whatever the parts."""
    groups = pd.concat(tables, ignore_index=True).groupby(list(KEYS), sort=True)
    # min_count: a sum of no known figure is not known, not 0
    sums = groups[["incidents", *FATALITIES]].sum(min_count=1).reset_index()
    return sums.astype({"incidents": "int64", "year": "int64"})
