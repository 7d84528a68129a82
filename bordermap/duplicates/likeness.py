"""How alike two rows are that can be one incident: a score from 0 to 1, and why, in words.

The score is the weighted mean of five likenesses, each from 0 to 1. Place and time count the less
the vaguer they are known, since vague rows meet by chance; what a row does not say counts half.
The weights are a choice, not an estimate: the score orders a person's work and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bordermap.duplicates.pairs import Pairs, days_apart
from bordermap.duplicates.records import Records, Words

__all__ = ["WEIGHTS", "Likeness", "highest", "likeness", "reasons"]

WEIGHTS = {"place": 0.25, "time": 0.25, "type": 0.10, "actors": 0.20, "toll": 0.20}

HALF_SHARP_M = 50_000.0
"""A footprint of this radius says half as much as a point."""

HALF_SHARP_DAYS = 15.0
"""Likewise for a span of days."""

NOT_KNOWN = 0.5
RELATED = 0.6
"""Sources name one violent event differently: a strike of one is an explosion of another."""

BY_CHANCE = 0.4
"""Names that have nothing to do with each other share so many letters."""

VIOLENT = frozenset(
    {"airstrike", "drone_strike", "shelling", "armed_clash", "explosion", "attack_on_civilians"}
)
OPEN_KINDS = frozenset({"", "other", "unknown"})

FloatArray = NDArray[np.float64]


class Likeness(NamedTuple):
    """Likenesses of pairs, each an array of one value a pair; all 0 where kinds exclude each other.

    ``score`` is rounded to three decimals, ``days`` lie between the two, ``same_id`` says that
    the source gave both rows one id.
    """

    score: FloatArray
    days: NDArray[np.int64]
    same_id: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> Likeness:
        """Those of some pairs."""
        return Likeness(self.score[kept], self.days[kept], self.same_id[kept])


def likeness(records: Records, pairs: Pairs) -> Likeness:
    """Compare candidates.

    Parameters
    ----------
    records : Records
    pairs : tuple of ndarray
        From :func:`bordermap.duplicates.pairs.candidate_pairs`.

    Returns
    -------
    Likeness
    """
    first, second, distance_m = pairs
    days = days_apart(records, first, second)
    kind = _paired(records.kind, pairs, _kinds)
    same_id = records.source_ids.codes[first] == records.source_ids.codes[second]
    actors = _paired(records.actors, pairs, _actors)
    # A source that tells an event once for each actor repeats its id.
    actors = np.where(same_id, 1.0, actors)
    toll = _tolls(records, pairs)
    parts = {
        "place": _places(records, pairs, distance_m),
        "time": _times(records, pairs, days),
        "type": kind,
        "actors": actors,
        "toll": toll,
    }
    score = np.sum([WEIGHTS[name] * part for name, part in parts.items()], axis=0)
    score = np.where(kind > 0, np.round(score, 3), 0.0)
    return Likeness(score, days, same_id)


def highest(records: Records) -> FloatArray:
    """The score that no pair of a row can exceed, as vague as the row is."""
    days = np.where(records.comparable(), records.last - records.first, 0)
    place = WEIGHTS["place"] / (1 + records.radius_m / HALF_SHARP_M)
    time = WEIGHTS["time"] / (1 + days / HALF_SHARP_DAYS)
    rest = sum(weight for name, weight in WEIGHTS.items() if name not in ("place", "time"))
    return np.round(place + time + rest, 3)


def _places(records: Records, pairs: Pairs, distance_m: FloatArray) -> FloatArray:
    one, other = (records.radius_m[rows] for rows in pairs[:2])
    away = distance_m / np.maximum(one + other, 1.0)
    return (1 - 0.5 * away) / (1 + np.maximum(one, other) / HALF_SHARP_M)


def _times(records: Records, pairs: Pairs, days: NDArray[np.int64]) -> FloatArray:
    one, other = (records.last[rows] - records.first[rows] for rows in pairs[:2])
    return np.where(days > 0, 0.5, 1.0) / (1 + np.maximum(one, other) / HALF_SHARP_DAYS)


def _kinds(one: str, other: str) -> float:
    if one in OPEN_KINDS or other in OPEN_KINDS:
        return NOT_KNOWN
    if one == other:
        return 1.0
    return RELATED if {one, other} <= VIOLENT else 0.0


@lru_cache(maxsize=65536)
def _actors(one: str, other: str) -> float:
    """Share of common words, in whatever order; spellings may differ a little."""
    if not (one and other):
        return NOT_KNOWN
    alike = fuzz.token_set_ratio(one, other) / 100
    return max(0.0, (alike - BY_CHANCE) / (1 - BY_CHANCE))


def _paired(column: Words, pairs: Pairs, compare: Callable[[str, str], float]) -> FloatArray:
    """``compare`` of each pair of texts: once for each two that differ, and symmetric."""
    ends = np.sort([column.codes[rows] for rows in pairs[:2]], axis=0)
    size = max(len(column.words), 1)
    both, places = np.unique(ends[0] * size + ends[1], return_inverse=True)
    words = [(column.words[one // size], column.words[one % size]) for one in both]
    return np.array([compare(*sorted(two)) for two in words], dtype=np.float64)[places]


def _tolls(records: Records, pairs: Pairs) -> FloatArray:
    first, second, _ = pairs
    low = np.maximum(records.low[first], records.low[second])
    high = np.minimum(records.high[first], records.high[second])
    best, other = records.best[first], records.best[second]
    # Ranges that do not meet: the nearest ends, the more alike the closer they are.
    found = np.where(low <= high, 0.8, 0.5 * high / np.maximum(low, 1.0))
    found = np.where((low <= high) & (best == other), 1.0, found)
    # No deaths twice is little to go by: most events have none.
    found = np.where((low <= high) & (high == 0), NOT_KNOWN, found)
    return np.where(np.isnan(low + high), NOT_KNOWN, found)


def reasons(records: Records, pairs: Pairs, found: Likeness) -> list[str]:
    """Why each pair may be one incident, and what speaks against it, in words."""
    return [
        "; ".join(_words(records, (int(one), int(other)), float(away), found, at))
        for at, (one, other, away) in enumerate(zip(*pairs, strict=True))
    ]


def _words(
    records: Records, rows: tuple[int, int], distance_m: float, found: Likeness, at: int
) -> list[str]:
    reach = " and ".join(f"{records.radius_m[row] / 1000:.3g}" for row in rows)
    words = [f"{distance_m / 1000:.3g} km apart, known to {reach} km", _said_days(records, rows)]
    kinds = [records.kind[row] or "no type" for row in rows]
    same = kinds[0] == kinds[1]
    words.append(f"both {kinds[0]}" if same else f"{kinds[0]} and {kinds[1]}, which can be one")
    if all(records.actors[row] for row in rows):
        alike = fuzz.token_set_ratio(*(records.actors[row] for row in rows))
        words.append(f"actors {alike:.0f} % alike")
    else:
        words.append("actors not given by both")
    words.append(_said_tolls(records, rows))
    return [*words, "one id in the source"] if found.same_id[at] else words


def _said_days(records: Records, rows: tuple[int, int]) -> str:
    spans = [(int(records.first[row]), int(records.last[row])) for row in rows]
    if spans[0] == spans[1]:
        return "the same day" if spans[0][0] == spans[0][1] else "the same span of days"
    apart = max(spans[0][0], spans[1][0]) - min(spans[0][1], spans[1][1])
    longest = max(last - first + 1 for first, last in spans)
    return f"{apart} day apart" if apart > 0 else f"days overlap within {longest}"


def _said_tolls(records: Records, rows: tuple[int, int]) -> str:
    ranges = [(records.low[row], records.high[row]) for row in rows]
    if any(np.isnan(low) for low, _ in ranges):
        return "deaths not given by both"
    said = [f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}" for low, high in ranges]
    if said[0] == said[1]:
        return f"{said[0]} deaths in both"
    meet = max(low for low, _ in ranges) <= min(high for _, high in ranges)
    return f"deaths {said[0]} and {said[1]}, which {'overlap' if meet else 'differ'}"
