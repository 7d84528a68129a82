"""Hits of users' own gazetteers beside those of the shipped one: one place once, best known first.

A user's place near a shipped one of its name is that place; the shipped one keeps its point and
gains the spelling. A name that the shipped tables know means what they know: another bearer of it,
some village elsewhere, is :data:`LESSER_KNOWN` unless the context rules the known one out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import shapely

from bordermap.gazetteer.entries import SAME_SPOT_M
from bordermap.gazetteer.entry import GEOD, Entry
from bordermap.gazetteer.index import PENALTIES, Hit, order

__all__ = ["joined_hits", "same_place"]

LESSER_KNOWN = 0.1
"""Taken off the score of a user's place that bears the name of a shipped one elsewhere, just
enough that the two are no equally good readings."""

ALIKE = 2.0
"""A user's area and a shipped unit of one name are one unless one reaches so many times as far."""

SPOTS = frozenset({"place", "crossing"})


def joined_hits(
    shipped: Sequence[Hit],
    own: Sequence[Hit],
    twin: Callable[[Entry], Entry | None],
    *,
    unit: bool,
) -> list[Hit]:
    """The hits of both, best first.

    Parameters
    ----------
    shipped, own : sequence of Hit
        For one name, from the shipped index and from users' gazetteers.
    twin : callable
        The shipped place that a user's place is, by its own name, or None.
    unit : bool
        The name is known to be that of a unit, so that a village which bears it does not count.
    """
    best = {hit.entry.place_id: hit for hit in shipped}
    if unit and any(hit.entry.members and hit.fits for hit in shipped):
        return list(shipped)
    apart = []
    for hit in own:
        if any(same_place(known.entry, hit.entry) for known in shipped):
            continue
        same = twin(hit.entry)
        if same is None:
            apart.append(hit)
        elif same.place_id not in best:
            best[same.place_id] = replace(hit, entry=same)
    for hit in _ranked(shipped, apart):
        best.setdefault(hit.entry.place_id, hit)
    return sorted(best.values(), key=lambda hit: (-hit.score, *order(hit.entry)))


def _ranked(shipped: Sequence[Hit], own: Sequence[Hit]) -> Iterator[Hit]:
    """Users' hits, lowered where the shipped tables know the name of another place."""
    known = max(map(_weight, shipped), default=-1.0)
    # What else the shipped tables mean by the name, about as well: all of that comes first.
    least = min((hit.score for hit in shipped if known - _weight(hit) < LESSER_KNOWN), default=0.0)
    areas = [hit for hit in shipped if hit.entry.kind == "area"]
    units = [hit.entry for hit in shipped if hit.entry.members]
    held = [[area for area in areas if _holds(area.entry, hit.entry)] for hit in own]
    for hit, holders in zip(own, held, strict=True):
        shared = [area for area in holders if sum(area in others for others in held) > 1]
        if shared:
            # Several spots of the name in one known area: together they are that area.
            yield _lowered(hit, min(area.score for area in shared))
        elif holders or any(_holds(unit, hit.entry) for unit in units):
            yield hit
        else:
            yield _lowered(hit, least) if hit.score - known < LESSER_KNOWN else hit


def _weight(hit: Hit) -> float:
    """The score, were it no matter whether an area is a village: its own point is not known."""
    spot = hit.entry.kind == "area" and not hit.fits
    return hit.score + (PENALTIES["other kind"] if spot else 0.0)


def _lowered(hit: Hit, known: float) -> Hit:
    return replace(hit, score=round(min(hit.score, known) - LESSER_KNOWN, 3))


def _apart_m(one: Entry, other: Entry) -> float:
    a, b = one.place, other.place
    return float(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2])


def _holds(area: Entry, entry: Entry) -> bool:
    if entry.country not in area.countries:
        return False
    if area.outline is not None:
        place = entry.place
        return bool(shapely.contains_xy(area.outline.geometry, place.lon, place.lat))
    return _apart_m(area, entry) <= area.radius_m


def same_place(shipped: Entry, entry: Entry) -> bool:
    """Whether a user's entry is a shipped one, given that they share a name."""
    if shipped.subkind == "post" or entry.country not in shipped.countries:
        return False
    if entry.kind == "place":
        return shipped.kind in SPOTS and _apart_m(shipped, entry) <= SAME_SPOT_M
    if shipped.outline is None or not _holds(shipped, entry):
        return False
    ratio = shipped.place.radius_m / max(entry.place.radius_m, 1.0)
    return 1 / ALIKE <= ratio <= ALIKE
