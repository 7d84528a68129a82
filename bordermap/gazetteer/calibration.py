"""Scores that are probabilities: how often an answer with such evidence is right.

An answer is right when the truth lies within 5 km of it, or within its stated radius where that is
wider. The log odds of that are the sum of one constant for each kind of evidence, :data:`ODDS`.

The constants are fitted by ``benchmarks/place_calibration.py --fit`` on half of a table of 31,000
localities and of the shipped towns and curated points, each asked of the gazetteer by its first
name, another of its names, a spelling taken out of the gazetteer, or while it is itself not in
the gazetteer, with its true district, province and country, and with ever less of them; on the
district names of another source; and on the units of UCDP events that have no better place. They
are checked on the other half, and on what reports say: UCDP events of precision 1 and 2, the
incident file, and the derived UCDP sample. ``docs/places.md`` has the tables and the doubts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from bordermap.gazetteer.entry import Entry
from bordermap.gazetteer.index import PENALTIES, SCORES, Hit

__all__ = [
    "HOWS", "KINDS", "LEVELS", "ODDS", "Evidence", "among", "calibrated", "is_doubtful", "level_of",
]  # fmt: skip

HOWS = (
    "name", "alias", "folded name", "folded alias", "similar name", "similar alias",
)  # fmt: skip
"""How a spelling was found, the best first."""

LEVELS = ("nothing", "country", "province", "district")
"""Finest unit that the record states and the place lies in; for a unit, the finest one above it."""

KINDS = ("spot", "area", "relation", "named unit", "unit")

ODDS: Mapping[str, Mapping[str, float]] = {
    "how": {
        "name": 2.7, "alias": 1.6, "folded name": 0.5, "folded alias": 0.5,
        "similar name": 0.5, "similar alias": -0.3,
    },
    "level": {"nothing": 0.6, "country": 0.7, "province": 1.0, "district": 1.7},
    "kind": {"spot": 0.0, "area": 0.0, "relation": 0.0, "named unit": -0.2, "unit": 4.0},
    "doubt": {"": 0.0, "doubt": -1.4},
}  # fmt: skip
"""Log odds of being right, to be added up. For areas and relations there were too few answers to
fit any: they count as places with a point."""

MOST = 0.99
"""No score is higher: no set it was checked on is large enough to tell more."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer.

    Attributes
    ----------
    how : str
        One of :data:`HOWS`.
    level : str
        One of :data:`LEVELS`.
    kind : str
        One of :data:`KINDS`: a place with a point, a valley or tehsil, a place told by its
        landmarks, a unit that the place text names, a unit that the record's columns name.
    doubt : bool
        Something speaks against it: namesakes, another kind of thing, a point outside the unit.
    """

    how: str
    level: str
    kind: str = "spot"
    doubt: bool = False


def level_of(
    entry: Entry, countries: AbstractSet[str], adm1: AbstractSet[str], adm2: AbstractSet[str]
) -> str:
    """The finest unit of those stated (codes) in which an entry is known to lie."""
    if adm2 and entry.adm2_codes & adm2:
        return "district"
    if adm1 and entry.adm1_codes & adm1:
        return "province"
    return "country" if countries and entry.countries & countries else "nothing"


def is_doubtful(hit: Hit, score: float) -> bool:
    """Whether a hit's rank score was lowered by more than a kind that the text does not say."""
    full = SCORES[hit.how] - (1 - hit.similarity)
    return full - score > PENALTIES["kind not said"] + 1e-9


@cache
def calibrated(evidence: Evidence) -> float:
    """Probability, in (0, 1), that an answer with such evidence is right."""
    odds = (
        ODDS["how"][evidence.how]
        + ODDS["level"][evidence.level]
        + ODDS["kind"][evidence.kind]
        + ODDS["doubt"]["doubt" if evidence.doubt else ""]
    )
    return round(min(MOST, 1 / (1 + math.exp(-odds))), 3)


def among(scores: Sequence[float], entries: Sequence[Entry]) -> list[float]:
    """Probabilities of candidates each on its own, as those of candidates of which one is meant.

    Each is lowered to its share of the odds of all that lie elsewhere: of two villages equally
    good each has half. A town and the district around it do not take from one another.
    """
    if len(scores) < 2:
        return list(scores)
    odds = [score / (1 - score) for score in scores]  # scores stay below MOST
    found = []
    for score, own, entry in zip(scores, odds, entries, strict=True):
        others = sum(o for o, other in zip(odds, entries, strict=True) if _apart(entry, other))
        found.append(round(score * own / (own + others), 3))
    return found


def _apart(one: Entry, other: Entry) -> bool:
    """Whether two entries are known to lie in different units."""
    if one.adm2_codes and other.adm2_codes:
        return not one.adm2_codes & other.adm2_codes
    if one.adm1_codes and other.adm1_codes:
        return not one.adm1_codes & other.adm1_codes
    return not one.countries & other.countries
