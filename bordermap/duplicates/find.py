"""The table of likely duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.duplicates.decided import rule
from bordermap.duplicates.likeness import Likeness, highest, likeness, reasons
from bordermap.duplicates.pairs import Pairs, candidate_pairs, measured
from bordermap.duplicates.records import Records
from bordermap.errors import FrameError
from bordermap.schema import DecisionFile

__all__ = ["AT_LEAST", "MOST_FOUND", "find_duplicates"]

AT_LEAST = 0.6
"""Pairs that score less are not shown: of the sample incidents told again vaguely, 85 of 90 reach
it (``benchmarks/duplicates.py``)."""

MOST_FOUND = 1_000_000
"""More lines fit no spreadsheet."""

COLUMNS = {
    "group": "int64",
    "incident_id": "string",
    "other_id": "string",
    "score": "float64",
    "distance_m": "float64",
    "days_apart": "int64",
    "reasons": "string",
}

Found = dict[str, list[Any]]


def find_duplicates(
    frame: gpd.GeoDataFrame,
    decisions: Sequence[DecisionFile] = (),
    *,
    at_least: float = AT_LEAST,
) -> pd.DataFrame:
    """Pairs of rows that may tell one incident, within and across sources.

    Two rows are compared when their footprints (discs of ``location_radius_m``) meet, their days
    overlap or are next to each other, and their event types do not exclude each other. Rows
    without a point or a date are not compared.

    Parameters
    ----------
    frame : GeoDataFrame
        A frame that :func:`bordermap.geocode` has placed.
    decisions : sequence of DecisionFile
        Sheets in which people decided; pairs that are settled there are left out.
    at_least : float
        Least score, above 0 and up to 1.

    Returns
    -------
    DataFrame
        A row per pair, the likeliest group first, whatever the order of the frame:

        group : int64
            Rows that hang together by pairs, from 1.
        incident_id, other_id : string
            The first is the one to keep: known to a smaller footprint, else to fewer days, else
            with a toll, else the smaller id.
        score : float64
            From 0 to 1 (:mod:`bordermap.duplicates.likeness`).
        distance_m : float64
            Geodesic (WGS 84) between the points.
        days_apart : int64
            0 where the days overlap.
        reasons : string

    Raises
    ------
    FrameError
        The frame is not placed, an id stands twice, or there are too many pairs.
    """
    records = Records.of(frame)
    settled = rule(records.ids, decisions).settled
    by_worth = np.argsort(np.array(_worth(records), dtype=np.intp))
    parts: list[_Part] = []
    for pairs in candidate_pairs(records, highest(records) >= at_least):
        part = _scored(records, pairs, by_worth, at_least)
        parts.append(_unsettled(part, records, settled) if settled else part)
        if sum(len(one.score) for one in parts) > MOST_FOUND:
            raise FrameError(
                f"over {MOST_FOUND:,} pairs of rows may be one incident",
                todo="look for duplicates in parts of the input, by year",
            )
    return _table(records, parts)


class _Part(NamedTuple):
    pairs: Pairs
    score: Any
    days: Any
    reasons: list[str]


def _worth(records: Records) -> list[int]:
    """Rows in the order in which they are to be kept."""
    length = records.last - records.first
    return sorted(
        range(len(records.ids)),
        key=lambda row: (
            records.radius_m[row],
            length[row],
            bool(np.isnan(records.low[row])),
            records.ids[row],
        ),
    )


def _scored(records: Records, pairs: Pairs, rank: Any, at_least: float) -> _Part:
    """Candidates that score enough, the one to keep first."""
    first, second, rough_m = pairs
    swapped = rank[first] > rank[second]
    pairs = np.where(swapped, second, first), np.where(swapped, first, second), rough_m
    # A lower distance scores higher, so that few need to be measured.
    pairs, _ = _enough(records, pairs, at_least)
    pairs, found = _enough(records, measured(records, pairs), at_least)
    return _Part(pairs, found.score, found.days, reasons(records, pairs, found))


def _enough(records: Records, pairs: Pairs, at_least: float) -> tuple[Pairs, Likeness]:
    found = likeness(records, pairs)
    enough = (found.score >= at_least) & (found.score > 0)
    first, second, away_m = pairs
    return (first[enough], second[enough], away_m[enough]), found.only(enough)


def _unsettled(part: _Part, records: Records, settled: frozenset[frozenset[str]]) -> _Part:
    pairs = zip(part.pairs[0], part.pairs[1], strict=True)
    left = np.array(
        [frozenset((records.ids[a], records.ids[b])) not in settled for a, b in pairs], dtype=bool
    )
    first, second, distance_m = (values[left] for values in part.pairs)
    words = [text for text, keep in zip(part.reasons, left, strict=True) if keep]
    return _Part((first, second, distance_m), part.score[left], part.days[left], words)


def _table(records: Records, parts: Sequence[_Part]) -> pd.DataFrame:
    ids = np.array(records.ids, dtype=object)
    columns: Found = {name: [] for name in COLUMNS}
    for part in parts:
        first, second, distance_m = part.pairs
        columns["incident_id"] += ids[first].tolist()
        columns["other_id"] += ids[second].tolist()
        columns["score"] += part.score.tolist()
        columns["distance_m"] += np.round(distance_m, 1).tolist()
        columns["days_apart"] += part.days.tolist()
        columns["reasons"] += part.reasons
    columns["group"] = [0] * len(columns["score"])
    table = pd.DataFrame(columns).astype(COLUMNS)
    table = table.sort_values(
        ["score", "incident_id", "other_id"], ascending=[False, True, True], ignore_index=True
    )
    table["group"] = _groups(table["incident_id"].tolist(), table["other_id"].tolist())
    return table.sort_values("group", kind="stable", ignore_index=True)


def _groups(ones: Sequence[str], others: Sequence[str]) -> list[int]:
    """Numbers of what hangs together by pairs, in the order of the pairs."""
    parent: dict[str, str] = {}

    def root(own: str) -> str:
        while parent.setdefault(own, own) != own:
            parent[own] = parent[parent[own]]
            own = parent[own]
        return own

    for one, other in zip(ones, others, strict=True):
        parent[root(other)] = root(one)
    numbers: dict[str, int] = {}
    return [numbers.setdefault(root(one), len(numbers) + 1) for one in ones]
