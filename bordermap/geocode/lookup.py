"""What a name may mean, looked up once: a text is read first, and its names weighed after that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from bordermap.gazetteer import Entry, Gazetteer, Hit, Phrase, load_words, tokens
from bordermap.gazetteer.spelling import LONGEST_NAME

__all__ = [
    "LONGEST_COLUMN",
    "REMEMBERED",
    "column_readings",
    "found",
    "readings",
    "remembered",
    "unit_readings",
]

LONGEST_COLUMN = 200
"""Characters of a country, province or district that are read."""

REMEMBERED = 16_384
"""Names, place texts and whole records of which it is remembered what they mean."""

_BRACKETS = re.compile(r"\(([^()]*)\)")


@lru_cache(maxsize=REMEMBERED)
def remembered(gazetteer: Gazetteer, words: Phrase, unit: bool) -> tuple[Hit, ...]:
    """What :func:`found` gives; without defaults, so that each question is remembered once."""
    return tuple(gazetteer.candidates(" ".join(words), unit=unit))


def found(gazetteer: Gazetteer, words: Phrase, *, unit: bool = False) -> tuple[Hit, ...]:
    """Candidates for a name in normalised words, as :meth:`Gazetteer.candidates` gives them."""
    return remembered(gazetteer, words, unit)


def readings(name: str, gazetteer: Gazetteer, *, unit: bool = False) -> list[Hit]:
    """Candidates for a name; a town called a district stands for the district around it."""
    return list(_read(name, gazetteer, unit))


@lru_cache(maxsize=REMEMBERED)
def _read(name: str, gazetteer: Gazetteer, unit: bool) -> tuple[Hit, ...]:
    hits = list(found(gazetteer, tokens(name), unit=unit)) if len(name) <= LONGEST_NAME else []
    hits = hits or gazetteer.candidates(name, unit=unit, similar=True)
    hits += _seats(hits, gazetteer)
    if all(hit.fits for hit in hits) or "district" not in load_words().strip(tokens(name))[1]:
        return tuple(hits)
    best: dict[str, Hit] = {}
    for hit in (_district_around(hit, gazetteer) for hit in hits):
        best.setdefault(hit.entry.place_id, hit)
    return tuple(best.values())


def _seats(hits: Sequence[Hit], gazetteer: Gazetteer) -> list[Hit]:
    """Seats that bear the name of a district or tehsil, and so all of its spellings.

    "اسپین بولدک" is written of the district only, but its seat is called that, too.
    """
    known = {hit.entry.place_id for hit in hits}
    more = []
    for hit in hits:
        entry = hit.entry
        unit = (entry.kind == "district" and len(entry.members) == 1) or entry.subkind == "tehsil"
        if not unit or not hit.fits or hit.how.startswith("similar"):
            continue
        for seat in _bearing(gazetteer, entry):
            if seat.place_id not in known:
                known.add(seat.place_id)
                more.append(replace(hit, entry=seat))
    return more


@lru_cache(maxsize=4096)
def _bearing(gazetteer: Gazetteer, unit: Entry) -> tuple[Entry, ...]:
    """Shipped towns in a unit that bear its name."""
    words = load_words().strip(tokens(unit.name))[0]
    return tuple(
        hit.entry
        for hit in found(gazetteer, words)
        if hit.how in {"name", "alias"}
        and hit.entry.kind == "place"
        and hit.entry.subkind in {"district_seat", "town"}
        and hit.entry.adm2_codes & unit.adm2_codes
    )


def unit_readings(name: str, gazetteer: Gazetteer) -> list[Hit]:
    """Candidates for what a place lies in: a unit of that very name before a valley or a river."""
    hits = readings(name, gazetteer, unit=True)
    units = [hit for hit in hits if hit.entry.members]
    best = max((hit.score for hit in hits), default=0.0)
    if any(hit.score == best for hit in units):
        return [hit for hit in hits if hit.score == best or hit.entry.members]
    return hits


def _district_around(hit: Hit, gazetteer: Gazetteer) -> Hit:
    if hit.fits or hit.entry.members or len(hit.entry.adm2_codes) != 1:
        return hit
    (code,) = hit.entry.adm2_codes
    district = gazetteer.entry(code)
    return replace(hit, entry=district) if district else hit


def column_readings(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Candidates for a column; "Arghandab district (Zabul)" may stand with or without brackets."""
    hits = readings(text, gazetteer, unit=True)
    if hits or "(" not in text[:LONGEST_COLUMN]:
        return hits
    text = text[:LONGEST_COLUMN]
    hits = readings(_BRACKETS.sub(" ", text), gazetteer, unit=True)
    return hits or [
        h for name in _BRACKETS.findall(text) for h in readings(name, gazetteer, unit=True)
    ]
