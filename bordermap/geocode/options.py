"""Possible answers: a footprint, what it is called, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bordermap.gazetteer import Entry, Gazetteer, Hit, joined_outline
from bordermap.geocode.context import Context
from bordermap.geocode.footprint import Footprint, around, enclosing

__all__ = ["NEAR_M", "Option", "named", "synthetic", "together"]

NEAR_M = 10_000.0
"""How far "near X" reaches beyond X: reports say it of places up to a day's walk away."""

WIDE_M = 50_000.0
"""Several places farther apart than this are shown by their districts, not by one disc."""

_PRECISION = {"crossing": "place"}
_LOCATED_BY = {"crossing": "place", "area": "place"}


@dataclass(frozen=True, slots=True)
class Option:
    """A footprint that is one possible answer.

    Attributes
    ----------
    sure : bool
        Whether the context confirms it.
    area_m2 : float, optional
        Of a strip along the line.
    """

    footprint: Footprint
    hit: Hit
    located_by: str
    precision: str
    score: float
    note: str
    sure: bool = True
    area_m2: float | None = None


def named(hit: Hit, extra_m: float = 0.0) -> Option:
    """An entry as the answer, widened by some metres."""
    kind = hit.entry.kind
    by, precision = _LOCATED_BY.get(kind, kind), _PRECISION.get(kind, kind)
    if extra_m:
        precision = "area"
    return Option(around(hit, extra_m), hit, by, precision, hit.score, hit.reason)


def together(
    hits: Sequence[Hit], context: Context, located_by: str, gazetteer: Gazetteer
) -> Option | None:
    """The footprint that holds several entries."""
    first = hits[0]
    if all(hit.entry is first.entry for hit in hits):
        return named(first)
    score = min(hit.score for hit in hits)
    if not any(hit.entry.members for hit in hits):
        disc = enclosing([around(hit) for hit in hits])
        if disc.radius_m <= WIDE_M:
            joined = synthetic(hits, [hit.entry.place_id for hit in hits])
            return Option(disc, joined, located_by, "area", score, "")
    codes = [_units_of(hit.entry, context) for hit in hits]
    if not all(codes):
        return None
    members = sorted({code for group in codes for code in group})
    units = [u for u in map(gazetteer.entry, members) if u]
    joined = synthetic(hits, members, units)
    kind = "province" if any(unit.kind == "province" for unit in units) else "district"
    by = located_by if located_by != "place" else kind
    return Option(around(joined), joined, by, kind, score, "")


def _units_of(entry: Entry, context: Context) -> list[str]:
    """Codes of the units that hold an entry, on the side that the record states."""
    codes = entry.members or tuple(sorted(entry.adm2_codes or entry.adm1_codes))
    stated = [code for code in codes if code[:2] in context.countries]
    return list(stated or codes)


def synthetic(hits: Sequence[Hit], codes: Sequence[str], units: Sequence[Entry] = ()) -> Hit:
    """Several entries as one, with an outline where they are units."""
    first = hits[0].entry
    countries = {country for hit in hits for country in hit.entry.countries}
    entry = Entry(
        place_id=";".join(dict.fromkeys(codes)),
        name="; ".join(dict.fromkeys(hit.entry.name for hit in hits)),
        kind="district" if units else "area",
        subkind="area",
        country=countries.pop() if len(countries) == 1 else "line",
        source=first.source,
        spellings=(),
        outline=joined_outline(units) if units else None,
        members=tuple(codes) if units else (),
    )
    return replace(hits[0], entry=entry)
