"""From what a record says to one footprint, or to a reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bordermap.border import Border
from bordermap.gazetteer import (
    PENALTIES,
    Entry,
    Gazetteer,
    Hit,
    described,
    joined_outline,
)
from bordermap.geocode.context import (
    HEAD,
    WITHIN,
    Choice,
    Context,
    Record,
    as_head,
    choose,
    columns_context,
    either,
    finer,
    readings,
    shortened,
    within_text,
)
from bordermap.geocode.footprint import Footprint, around, enclosing, on_side
from bordermap.geocode.phrases import LONGEST_TEXT, PlacePhrase, Relation, read_place

__all__ = ["NEAR_M", "Placement", "place_record", "read_record"]

NEAR_M = 10_000.0
"""How far "near X" reaches beyond X: reports say it of places up to a day's walk away."""

WIDE_M = 50_000.0
"""Several places farther apart than this are shown by their districts, not by one disc."""

MOST_REASONS = 6
"""Of a list of places, for so many the note says why they could not be placed."""

_PRECISION = {"crossing": "place"}
_LOCATED_BY = {"crossing": "place", "area": "place"}


@dataclass(frozen=True, slots=True)
class Placement:
    """One row's answer: the columns of geocoding, without the geometry column.

    ``lon`` and ``lat`` are None when it could not be placed.
    """

    located_by: str = "none"
    precision: str = "none"
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    side: str = ""
    place_id: str = ""
    place_match: str = ""
    score: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Option:
    """A footprint that is one possible answer."""

    footprint: Footprint
    hit: Hit
    located_by: str
    precision: str
    score: float
    note: str


def place_record(record: Record, gazetteer: Gazetteer, border: Border) -> Placement:
    """Place one record by its names.

    The place text comes first, then the units it names, then district, province and country; each
    narrows the others. A name that contradicts them, or has several equally good meanings, is
    noted and the smallest area that is sure is used instead.
    """
    return _Resolver(gazetteer, border).place(record)


def read_record(record: Record, gazetteer: Gazetteer) -> tuple[Context, PlacePhrase]:
    """The record's units, narrowed by those in its place text, and that text, read."""
    context = columns_context(record, gazetteer)
    phrase = read_place(record.place, gazetteer)
    for name in reversed(phrase.within):
        context = within_text(context, name, gazetteer)
    if len(record.place) > LONGEST_TEXT:
        context = context.noted(f"only {LONGEST_TEXT} characters of the place were read")
    return context, phrase


class _Resolver:
    def __init__(self, gazetteer: Gazetteer, border: Border) -> None:
        self._gazetteer = gazetteer
        self._border = border

    def place(self, record: Record) -> Placement:
        context, phrase = read_record(record, self._gazetteer)
        if record.place and not (phrase.heads or phrase.relations):
            context = context.noted(f"'{shortened(record.place)}' names no place by itself")
        if context.elsewhere:
            reason = f"the country '{shortened(context.elsewhere)}' is outside the gazetteer"
            return Placement(note=_joined(context.notes, reason))
        option, context = self._by_heads(phrase, context)
        if option is None:
            option = self._by_relation(phrase.relations, context) or self._by_area(context)
        if option is None:
            return Placement(note=_joined(context.notes, _nothing_left(record)))
        return self._placed(option, context)

    def meaning(self, name: str, context: Context, order: Sequence[str] = HEAD) -> Choice:
        """What a name means in a context."""
        return choose(readings(name, self._gazetteer), context, order)

    def _by_heads(self, phrase: PlacePhrase, context: Context) -> tuple[_Option | None, Context]:
        if len(phrase.heads) > 1:
            return self._by_list(phrase.heads, context)
        if not phrase.heads:
            return None, context
        (name,) = phrase.heads
        choice = self.meaning(name, context)
        if choice.hit is None:
            return None, context.noted(self._why_not(name, choice, context))
        if _area_says_more(context, choice.hit):
            wider = f"'{shortened(name)}' would be the wider {described(choice.hit.entry)}"
            return None, context.noted(wider)
        others = "" if context.adm1 or context.adm2 else self._gazetteer.other_bearer(name)
        if others and not context.countries:
            return None, context.noted(f"'{shortened(name)}' alone may be {others}")
        option = self._named(choice.hit)
        doubts = _doubts(choice, others)
        if doubts or (not choice.sure and self._gazetteer.often_speaks(name)):
            option = replace(option, score=option.score - PENALTIES["not confirmed"])
        return option, as_head(context, choice.hit, name).noted(*doubts)

    def _why_not(self, name: str, choice: Choice, context: Context) -> str:
        shown = shortened(name)
        if choice.rivals:
            return f"'{shown}' may be {either(choice.rivals)}"
        if choice.outside:
            outside = f"outside what the record's {context.words} says"
            return f"'{shown}' would be {either(choice.outside)}, {outside}"
        reason = self._gazetteer.no_place(name)
        if reason:
            return f"'{shown}' is not taken for a place ({reason})"
        return f"no gazetteer entry fits '{shown}'{_alike(choice)}"

    @staticmethod
    def _named(hit: Hit) -> _Option:
        kind = hit.entry.kind
        by, precision = _LOCATED_BY.get(kind, kind), _PRECISION.get(kind, kind)
        return _Option(around(hit), hit, by, precision, hit.score, hit.reason)

    def _by_list(self, names: Sequence[str], context: Context) -> tuple[_Option | None, Context]:
        """Several places: the area that holds them all, or none of them alone."""
        choices = [self.meaning(name, context) for name in names]
        if any(choice.hit and choice.hit.entry.members for choice in choices):
            # "Bajaur, Dir and Chitral": beside districts the names are districts, not towns.
            choices = [self.meaning(name, context, WITHIN) for name in names]
        listed = shortened(", ".join(names), 200)
        if any(choice.hit is None for choice in choices):
            why = [
                self._why_not(name, choice, context)
                for name, choice in zip(names, choices, strict=True)
                if choice.hit is None
            ]
            return None, context.noted(f"names {len(names)} places", *why[:MOST_REASONS])
        hits = [choice.hit for choice in choices if choice.hit]
        option = self._together(hits, context, "place")
        if option is None:
            return None, context.noted(f"names {len(names)} places ({listed})")
        if len({hit.entry.place_id for hit in hits}) > 1:
            option = replace(option, note=f"names {len(names)} places ({listed}): all of them")
        return option, context

    def _together(self, hits: Sequence[Hit], context: Context, located_by: str) -> _Option | None:
        """The footprint that holds several entries."""
        first = hits[0]
        if all(hit.entry is first.entry for hit in hits):
            return self._named(first)
        score = min(hit.score for hit in hits)
        if not any(hit.entry.members for hit in hits):
            disc = enclosing([around(hit) for hit in hits])
            if disc.radius_m <= WIDE_M:
                joined = _synthetic(hits, [hit.entry.place_id for hit in hits])
                return _Option(disc, joined, located_by, "area", score, "")
        codes = [self._units_of(hit.entry, context) for hit in hits]
        if not all(codes):
            return None
        members = sorted({code for group in codes for code in group})
        units = [u for u in map(self._gazetteer.entry, members) if u]
        joined = _synthetic(hits, members, units)
        kind = "province" if any(unit.kind == "province" for unit in units) else "district"
        by = located_by if located_by != "place" else kind
        return _Option(around(joined), joined, by, kind, score, "")

    @staticmethod
    def _units_of(entry: Entry, context: Context) -> list[str]:
        """Codes of the units that hold an entry, on the side that the record states."""
        codes = entry.members or tuple(sorted(entry.adm2_codes or entry.adm1_codes))
        stated = [code for code in codes if code[:2] in context.countries]
        return list(stated or codes)

    def _by_relation(self, relations: Sequence[Relation], context: Context) -> _Option | None:
        """The smallest footprint that a landmark gives, if smaller than the record's own area."""
        options = [self._from_relation(relation, context) for relation in relations]
        found = [option for option in options if option]
        if not found:
            return None
        best = min(found, key=lambda option: option.footprint.radius_m)
        area = context.area
        if area and area.entry.place.radius_m <= best.footprint.radius_m:
            return None
        return best

    def _from_relation(self, relation: Relation, context: Context) -> _Option | None:
        if relation.kind in {"between", "border"}:
            return self._between(relation, context)
        reach_m = NEAR_M if relation.kind == "near" else relation.distance_m
        if reach_m is None or relation.kind == "facing":
            return None
        hit = self._landmark(relation.targets[0], context)
        if hit is None or hit.entry.members:
            return None
        footprint = around(hit, reach_m)
        note = f"'{shortened(relation.text)}': within {footprint.radius_m / 1000:.1f} km of "
        return _Option(footprint, hit, "relative", "area", hit.score, note + described(hit.entry))

    def _landmark(self, name: str, context: Context, order: Sequence[str] = HEAD) -> Hit | None:
        """A landmark may lie in the next district, or across the line."""
        found = self.meaning(name, context, order)
        return found.hit or self.meaning(name, Context(), order).hit

    def _between(self, relation: Relation, context: Context) -> _Option | None:
        if len(relation.targets) < 2:
            return None
        hits = [self._landmark(name, context) for name in relation.targets]
        if relation.kind == "border" or any(hit and hit.entry.members for hit in hits):
            hits = [self._landmark(name, context, WITHIN) for name in relation.targets]
        known = [hit for hit in hits if hit]
        if len(known) < len(hits):
            return None
        option = self._together(known, context, "between")
        note = f"'{shortened(relation.text)}': the area that holds both"
        return replace(option, note=note) if option else None

    def _by_area(self, context: Context) -> _Option | None:
        return self._named(context.area) if context.area else None

    def _placed(self, option: _Option, context: Context) -> Placement:
        footprint = option.footprint
        if not option.hit.entry.members:
            footprint = on_side(footprint, context.stated_country, self._border)
        return Placement(
            located_by=option.located_by,
            precision=option.precision,
            lon=footprint.lon,
            lat=footprint.lat,
            radius_m=round(footprint.radius_m, 1),
            side=footprint.side,
            place_id=option.hit.entry.place_id,
            place_match=option.hit.entry.name,
            score=round(max(option.score, 0.0), 3),
            note=_joined((option.note,), footprint.note, *context.notes),
        )


def _doubts(choice: Choice, others: str) -> tuple[str, ...]:
    """What speaks against a choice that was made."""
    away = f"{choice.away_m / 1000:.1f} km outside the reported unit's outline"
    return tuple(
        note
        for note, holds in (
            (away, choice.away_m),
            (f"namesakes: {others}", others),
            (f"also {either(choice.lesser)}", choice.lesser and not choice.sure),
        )
        if holds
    )


def _alike(choice: Choice) -> str:
    """Similar spellings that nothing supports, for a note."""
    return f"; spelt like it: {either(choice.alike)}" if choice.alike else ""


def _area_says_more(context: Context, hit: Hit) -> bool:
    """Whether the record's own area is a smaller footprint than the area that a name means."""
    area = context.area
    if area is None or area.entry.place_id == hit.entry.place_id:
        return False
    if hit.entry.members:
        return finer(area.entry, hit.entry)
    wide = hit.entry.kind == "area" and area.entry.kind in {"area", "district"}
    return wide and area.entry.place.radius_m < hit.entry.place.radius_m


def _synthetic(hits: Sequence[Hit], codes: Sequence[str], units: Sequence[Entry] = ()) -> Hit:
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


def _nothing_left(record: Record) -> str:
    if not (record.place or record.district or record.province or record.country):
        return "the record names no place"
    if record.district or record.province or record.country:
        return "nothing in it says where"
    return "no district, province or country given"


def _joined(notes: Sequence[str], *more: str) -> str:
    return "; ".join(dict.fromkeys(note for note in (*notes, *more) if note))
