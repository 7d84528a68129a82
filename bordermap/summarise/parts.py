"""Counts of a part of the rows, which add up to those of all, whatever the parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from bordermap.errors import FilterError
from bordermap.summarise.keys import FATALITIES, answers_first
from bordermap.values.chance import expected, interval_of

__all__ = ["CHANCES", "Partial", "Tally", "finished", "merged", "tallied"]

CHANCES = ("surely", "maybe", "out", "expected", "expected_low", "expected_high")

Key = tuple[Any, ...]
Sums = tuple[int | None, ...]

_NO_SUMS: Sums = (None,) * len(FATALITIES)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of one combination of answers.

    Attributes
    ----------
    incidents, precise, fatalities_unknown : int
        Counted by the points.
    fatalities : tuple of int or None
        Sums of the low, best and high figures that are known; None where none is.
    surely : int
        Rows whose footprint lies in it wholly.
    shares : mapping of float to int
        How many footprints have each share of their area in it; those that merely touch it have
        the share 0. All that the exact interval needs.
    """

    incidents: int = 0
    precise: int = 0
    fatalities_unknown: int = 0
    fatalities: Sums = _NO_SUMS
    surely: int = 0
    shares: Mapping[float, int] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.incidents + other.incidents,
            self.precise + other.precise,
            self.fatalities_unknown + other.fatalities_unknown,
            tuple(map(_sum_of_known, self.fatalities, other.fatalities)),
            self.surely + other.surely,
            Counter(self.shares) + Counter(other.shares),
        )


def _sum_of_known(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


@dataclass(frozen=True, slots=True)
class Partial:
    """A summary that can still be added to others of the same question.

    It grows with the combinations that occur and the different shares of footprints, not with
    the rows, and can be pickled.

    Attributes
    ----------
    names : tuple of str
        What is counted by.
    asked : str
        Filters, certainty and layers, so that only like is added to like.
    bands_km : tuple of float
        Edges of the bands that footprints were asked with; empty where none mattered.
    rows : int
        All that were counted.
    tallies : mapping of tuple to Tally
        By the answers to ``names``.
    """

    names: tuple[str, ...]
    asked: str
    bands_km: tuple[float, ...]
    rows: int
    tallies: Mapping[Key, Tally]


def tallied(frame: gpd.GeoDataFrame, keys: pd.DataFrame, found: pd.DataFrame) -> dict[Key, Tally]:
    """Tallies of rows by their own keys, and of their footprints by the answers found."""
    names = list(keys.columns)
    tallies = _by_points(frame, keys)
    shares: dict[Key, Counter[float]] = {}
    surely: Counter[Key] = Counter()
    grouped = found.assign(share=found["share"].clip(0.0, 1.0)).groupby(
        [*names, "share"], sort=False, dropna=False
    )["sure"]
    alike = grouped.agg(["size", "sum"])
    for (*key, share), many, sure in zip(alike.index, alike["size"], alike["sum"], strict=True):
        shares.setdefault(tuple(key), Counter())[float(share)] += int(many)
        surely[tuple(key)] += int(sure)
    for answers, counts in shares.items():
        own = tallies.get(answers, Tally())
        tallies[answers] = replace(own, surely=surely[answers], shares=counts)
    return tallies


def _by_points(frame: gpd.GeoDataFrame, keys: pd.DataFrame) -> dict[Key, Tally]:
    names = list(keys.columns)
    table = keys.copy()
    table["incidents"] = 1
    table["precise"] = frame["location_precision"].isin(["exact", "place"]).astype("int64")
    for column in FATALITIES:
        table[column] = frame[column]
    table["fatalities_unknown"] = frame[list(FATALITIES)].isna().all(axis=1).astype("int64")
    groups = table.groupby(names, sort=False, dropna=False)
    counts = groups[["incidents", "precise", "fatalities_unknown"]].sum()
    # min_count: a sum of no known figure is not known, not 0
    sums = groups[list(FATALITIES)].sum(min_count=1)
    tallies = {}
    for key, own, known in zip(counts.index, counts.to_numpy(), sums.itertuples(), strict=True):
        figures = tuple(None if pd.isna(value) else int(value) for value in known[1:])
        incidents, precise, unknown = map(int, own)
        answers = key if isinstance(key, tuple) else (key,)
        tallies[answers] = Tally(incidents, precise, unknown, figures)
    return tallies


def merged(partials: Iterable[Partial]) -> Partial:
    """Add up the summaries of the parts of a dataset.

    Parameters
    ----------
    partials : iterable of Partial
        At least one; each is let go before the next is asked for. Their order does not matter,
        and sums of parts may be added to sums of parts.

    Returns
    -------
    Partial
        What :func:`partial` makes of all rows at once.

    Raises
    ------
    FilterError
        There is none; they ask different questions; or they read different bands of their rows,
        which then must be given as ``bands_km``.
    """
    parts = iter(partials)
    first = next(parts, None)
    if first is None:
        raise FilterError("there is no summary to add up", todo="give at least one")
    tallies, rows, bands_km = dict(first.tallies), first.rows, first.bands_km
    for part in parts:
        _check_alike(first, part, bands_km)
        bands_km = bands_km or part.bands_km
        rows += part.rows
        for key, tally in part.tallies.items():
            tallies[key] = tallies[key] + tally if key in tallies else tally
    return replace(first, bands_km=bands_km, rows=rows, tallies=tallies)


def _check_alike(first: Partial, part: Partial, bands_km: tuple[float, ...]) -> None:
    if (first.names, first.asked) != (part.names, part.asked):
        raise FilterError(
            "summaries of different questions cannot be added up",
            todo="give every part the same columns, filters, certainty and layers",
        )
    if bands_km and part.bands_km and bands_km != part.bands_km:
        both = (", ".join(f"{edge:g}" for edge in edges) for edges in (bands_km, part.bands_km))
        raise FilterError(
            f"parts were counted with different bands: {' and '.join(both)} km",
            where="bands",
            todo="give every part the bands_km with which the rows were located",
        )


def finished(partial: Partial) -> pd.DataFrame:
    """The table of :func:`bordermap.summarise`, of what was added up."""
    names = list(partial.names)
    # By their words first, so that what sorts alike stands in one order whatever the parts.
    keys = sorted(partial.tallies, key=lambda key: tuple(map(str, key)))
    records = [(*key, *_line(partial.tallies[key], partial.rows)) for key in keys]
    columns = [*names, "incidents", "precise", *CHANCES, *FATALITIES, "fatalities_unknown"]
    table = pd.DataFrame(records, columns=columns)
    for name in columns[len(names) :]:
        kind = "Int64" if name in FATALITIES else "int64"
        table[name] = table[name].astype("float64" if name == "expected" else kind)
    return table.sort_values(names, key=answers_first, kind="stable", ignore_index=True)


def _line(tally: Tally, rows: int) -> Key:
    touched = sum(tally.shares.values())
    chances = (tally.surely, touched - tally.surely, rows - touched)
    bounds = (round(expected(tally.shares), 9), *interval_of(tally.shares))
    counts = (tally.incidents, tally.precise)
    return (*counts, *chances, *bounds, *tally.fatalities, tally.fatalities_unknown)
