"""From what a record says to one footprint, or to a reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bordermap.border import Border
from bordermap.gazetteer import (
    PENALTIES,
    Evidence,
    Gazetteer,
    Hit,
    calibrated,
    described,
    load_words,
    tokens,
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
    shortened,
    within_text,
)
from bordermap.geocode.evidence import evidence_of
from bordermap.geocode.landmarks import Landmarks
from bordermap.geocode.lookup import REMEMBERED, readings
from bordermap.geocode.options import NEAR_M, Option, named, together
from bordermap.geocode.phrases import LONGEST_TEXT, PlacePhrase, Relation, read_place
from bordermap.geocode.sides import Draft, Sides

__all__ = [
    "NEAR_M",
    "Placement",
    "Resolver",
    "place_record",
    "placed",
    "read_record",
    "units_of_columns",
]

MOST_REASONS = 6
"""Of a list of places, for so many the note says why they could not be placed."""

WEAK_SCORE = 0.8
"""Answers with a lower score are weak: the name was folded and said another kind of thing."""

MOST_CANDIDATES = 5
"""So many meanings that were not taken are told."""

BLOCK = 1_000
"""Records that are read, then measured together, then answered; more would only be held longer."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One row's answer: the columns of geocoding, without the geometry column.

    ``lon`` and ``lat`` are None when it could not be placed. An empty status is ``placed`` or
    ``unplaced``.
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
    status: str = ""
    candidates: str = ""
    evidence: Evidence | None = None


def place_record(record: Record, gazetteer: Gazetteer, border: Border) -> Placement:
    """Place one record by its names.

    The place text comes first, then the units it names, then district, province and country; each
    narrows the others. A name that contradicts them, or has several equally good meanings, is
    noted and the smallest area that is sure is used instead.
    """
    return Resolver(gazetteer, border).place([record])[0]


def placed(records: Sequence[Record], gazetteer: Gazetteer) -> list[Placement]:
    """Place different records by their names; those of an earlier call are not placed again."""
    before = _answered(gazetteer)
    found = {record: before[record] for record in records if record in before}
    new = [record for record in records if record not in found]
    found.update(zip(new, Resolver(gazetteer, Border.load()).place(new), strict=True))
    if len(before) + len(new) > REMEMBERED:
        before.clear()
    before.update((record, found[record]) for record in new[:REMEMBERED])
    return [found[record] for record in records]


@lru_cache(maxsize=2)
def _answered(gazetteer: Gazetteer) -> dict[Record, Placement]:
    """What records of earlier calls were answered: the parts of a whole name the same places."""
    return {}


def read_record(record: Record, gazetteer: Gazetteer) -> tuple[Context, PlacePhrase]:
    """The record's units, narrowed by those in its place text, and that text, read."""
    return _narrowed(record, units_of_columns(record, gazetteer), gazetteer)


def units_of_columns(record: Record, gazetteer: Gazetteer) -> Context:
    """The units in the columns of a record; many rows share them."""
    return _columns_read(replace(record, place=""), gazetteer)


@lru_cache(maxsize=REMEMBERED)
def _columns_read(record: Record, gazetteer: Gazetteer) -> Context:
    return columns_context(record, gazetteer)


@lru_cache(maxsize=REMEMBERED)
def _place_read(place: str, gazetteer: Gazetteer) -> PlacePhrase:
    return read_place(place, gazetteer)


def _narrowed(
    record: Record, context: Context, gazetteer: Gazetteer
) -> tuple[Context, PlacePhrase]:
    phrase = _place_read(record.place, gazetteer)
    for name in reversed(phrase.within):
        context = within_text(context, name, gazetteer)
    if len(record.place) > LONGEST_TEXT:
        context = context.noted(f"only {LONGEST_TEXT} characters of the place were read")
    return context, phrase


class Resolver:
    """Places records; what it learns of the line serves the next."""

    def __init__(self, gazetteer: Gazetteer, border: Border) -> None:
        self._gazetteer = gazetteer
        self._landmarks = Landmarks(gazetteer, border)
        self._sides = Sides(border)
        self._units: dict[tuple[str, ...], Context] = {}

    def place(self, records: Sequence[Record]) -> list[Placement]:
        """Place records; see :func:`place_record`."""
        blocks = (records[at : at + BLOCK] for at in range(0, len(records), BLOCK))
        return [answer for block in blocks for answer in self._place_block(block)]

    def _place_block(self, records: Sequence[Record]) -> list[Placement]:
        read = [self._read(record) for record in records]
        drafts = [self._draft(*one) for one in read]
        settled = self._sides.stated(drafts)
        again = [  # what the landmarks gave lies across the line: the record's own area is left
            at for at, draft in enumerate(drafts) if draft[0] and settled[at][0] is None
        ]
        areas = [(self._by_area(read[at][1], settled[at][1]), settled[at][1]) for at in again]
        for at, draft in zip(again, self._sides.stated(areas), strict=True):
            settled[at] = draft
        return [
            self._placed(option, context) if option else _unplaced(record, phrase, context)
            for (option, context), record, (_, phrase, _) in zip(
                settled, records, read, strict=True
            )
        ]

    def _read(self, record: Record) -> tuple[Context, PlacePhrase, Context]:
        """What a record says, its place text read, and what its columns alone say."""
        key = record.district, record.province, record.country
        if key not in self._units:
            self._units[key] = columns_context(record, self._gazetteer)
        columns = self._units[key]
        context, phrase = _narrowed(record, columns, self._gazetteer)
        if record.place and not (phrase.heads or phrase.relations):
            context = context.noted(f"'{shortened(record.place)}' names no place by itself")
        return context, phrase, columns

    def _draft(self, context: Context, phrase: PlacePhrase, columns: Context) -> Draft:
        """An answer whose side is still to be settled."""
        if context.elsewhere:
            return None, context
        option, context = self._by_heads(phrase, context, columns)
        if option is None:
            option, context = self._landmarks.smallest(phrase.relations, context)
            option = option or self._by_area(phrase, context)
        elif phrase.relations and len(phrase.heads) == 1:
            option, context = self._landmarks.refined(option, phrase.relations, context)
        return option, context

    def meaning(self, name: str, context: Context, order: Sequence[str] = HEAD) -> Choice:
        """What a name means in a context."""
        return choose(readings(name, self._gazetteer), context, order)

    def _by_heads(
        self, phrase: PlacePhrase, context: Context, columns: Context
    ) -> tuple[Option | None, Context]:
        if len(phrase.heads) > 1:
            return self._by_list(phrase.heads, context, columns)
        if not phrase.heads:
            return None, context
        (name,) = phrase.heads
        choice = self._told_apart(self.meaning(name, context), phrase.relations, context)
        choice = self._known_town(name, choice, context)
        if choice.hit is None:
            return None, self._without(name, choice, context)
        if _area_says_more(context, choice.hit):
            wider = f"'{shortened(name)}' would be the wider {described(choice.hit.entry)}"
            return None, context.noted(wider)
        others = "" if context.adm1 or context.adm2 else self._gazetteer.other_bearer(name)
        if others and not context.countries:
            note = f"'{shortened(name)}' alone may be {others}"
            return None, context.doubted("ambiguous", note, hits=[choice.hit])
        option = self._crossing_meant(name, named(choice.hit))
        option = option if choice.sure else replace(option, sure=False)
        context = as_head(context, choice.hit, name)
        doubts = _doubts(choice, others)
        if doubts or (not choice.sure and self._gazetteer.often_speaks(name)):
            option = replace(option, score=option.score - PENALTIES["not confirmed"])
            context = context.doubted("weak", *doubts, hits=choice.lesser)
        return option, context

    def _crossing_meant(self, name: str, option: Option) -> Option:
        """The crossing at a town where the text says that ("چمن بارڈر")."""
        if option.hit.fits or "crossing" not in load_words().strip(tokens(name))[1]:
            return option
        return self._landmarks.crossing(option) or option

    @staticmethod
    def _known_town(name: str, choice: Choice, context: Context) -> Choice:
        """A town of the stated province that the record gives to another district.

        Such a town is known by its name alone, and its district easily mistaken.
        """
        if choice.hit or choice.rivals or not choice.outside or not context.adm1:
            return choice
        towns = {word for text in load_words().raw["towns"]["words"] for word in tokens(text)}
        if towns.isdisjoint(tokens(name)):
            return choice
        known = [
            hit
            for hit in choice.outside
            if hit.entry.kind == "place"
            and hit.entry.adm1_codes & context.adm1
            and not hit.how.startswith("folded")
            and hit.fits
        ]
        if len(known) != 1:
            return choice
        return Choice(known[0], sure=False, outside=choice.outside, elsewhere=context.words)

    def _told_apart(
        self, choice: Choice, relations: Sequence[Relation], context: Context
    ) -> Choice:
        """Of several equally good meanings the one that the landmarks allow."""
        if not relations or not choice.rivals:
            return choice
        near = self._landmarks.near_a_landmark(choice.rivals, relations, context)
        if len(near) != 1:
            return choice
        lesser = tuple(hit for hit in choice.rivals if hit is not near[0])
        return replace(choice, hit=near[0], sure=True, rivals=(), lesser=lesser)

    def _without(self, name: str, choice: Choice, context: Context) -> Context:
        """A context in which a name has no meaning that can be used, and why."""
        doubt = "ambiguous" if choice.rivals else "weak"
        hits = choice.rivals or choice.outside
        return context.doubted(doubt, self._why_not(name, choice, context), hits=hits)

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

    def _by_list(
        self, names: Sequence[str], context: Context, columns: Context
    ) -> tuple[Option | None, Context]:
        """Several places: the area that holds them all, or none of them alone."""
        choices = [self.meaning(name, context) for name in names]
        if _holds_more(choices):
            # A column holds one name; of those in the text it is but one.
            wider = Context(countries=context.countries, said=context.said[:1]).noted(
                *context.notes, f"the text names more than the record's {context.words}"
            )
            found = [self._landmarks.meaning(name, wider, WITHIN) for name in names]
            if all(choice.hit for choice in found):
                context, choices = wider, found
            elif any(hit.entry.members for choice in choices for hit in choice.outside):
                context = columns  # the units in the text contradict each other
        if any(choice.hit and choice.hit.entry.members for choice in choices):
            # "Bajaur, Dir and Chitral": beside districts the names are districts, not towns.
            choices = [self._landmarks.meaning(name, context, WITHIN) for name in names]
        listed = shortened(", ".join(names), 200)
        if any(choice.hit is None for choice in choices):
            context = context.noted(f"names {len(names)} places")
            missing = [pair for pair in zip(names, choices, strict=True) if pair[1].hit is None]
            for name, choice in missing[:MOST_REASONS]:
                context = self._without(name, choice, context)
            return None, context
        hits = [choice.hit for choice in choices if choice.hit]
        option = together(hits, context, "place", self._gazetteer)
        if option is None:
            return None, context.doubted("weak", f"names {len(names)} places ({listed})")
        if len({hit.entry.place_id for hit in hits}) > 1:
            option = replace(option, note=f"names {len(names)} places ({listed}): all of them")
            context = context.doubted("weak")
        return option, context

    @staticmethod
    def _by_area(phrase: PlacePhrase, context: Context) -> Option | None:
        """The smallest area that is sure; a quarter of a town that is not known may lie beside."""
        if context.area is None:
            return None
        spot = context.area.entry.kind in {"place", "crossing"}
        return named(context.area, NEAR_M if spot and phrase.heads else 0.0)

    @staticmethod
    def _placed(option: Option, context: Context) -> Placement:
        footprint = option.footprint
        evidence = evidence_of(option, context)
        return Placement(
            located_by=option.located_by,
            precision=option.precision,
            lon=footprint.lon,
            lat=footprint.lat,
            radius_m=round(footprint.radius_m, 1),
            side=footprint.side,
            place_id=option.hit.entry.place_id,
            place_match=option.hit.entry.name,
            score=calibrated(evidence),
            note=_joined((option.note,), footprint.note, *context.notes),
            status=_status(option, context),
            candidates=_runners_up(context, option.hit),
            evidence=evidence,
        )


def _unplaced(record: Record, phrase: PlacePhrase, context: Context) -> Placement:
    """Why a record could not be placed."""
    if context.elsewhere:
        reason = f"the country '{shortened(context.elsewhere)}' is outside the gazetteer"
        return Placement(note=_joined(context.notes, reason), status="unplaced")
    told = tuple(
        f"'{shortened(r.text)}' alone does not place it"
        for r in phrase.relations
        if not any(shortened(r.text) in note for note in context.notes)
    )
    return Placement(
        note=_joined(context.notes, *told[:MOST_REASONS], _nothing_left(record)),
        status="ambiguous" if "ambiguous" in context.doubts else "unplaced",
        candidates=_runners_up(context),
    )


def _status(option: Option, context: Context) -> str:
    """How sure an answer is; doubt about a unit does not unsettle a place that was found."""
    unit = bool(option.hit.entry.members)
    if "ambiguous" in context.doubts and unit:
        return "ambiguous"
    return "weak" if context.doubts or option.score < WEAK_SCORE else "placed"


def _runners_up(context: Context, taken: Hit | None = None) -> str:
    """The best meanings that were not taken, as text."""
    best: dict[str, Hit] = {}
    for hit in sorted(context.runners_up, key=lambda hit: -hit.score):
        best.setdefault(hit.entry.place_id, hit)
    if taken is not None:
        best.pop(taken.entry.place_id, None)
    shown = list(best.values())[:MOST_CANDIDATES]
    return "; ".join(f"{described(hit.entry)} {max(hit.score, 0.0):.2f}" for hit in shown)


def _doubts(choice: Choice, others: str) -> tuple[str, ...]:
    """What speaks against a choice that was made."""
    if not (choice.away_m or choice.elsewhere or choice.lesser or others):
        return ()
    away = f"{choice.away_m / 1000:.1f} km outside the reported unit's outline"
    return tuple(
        note
        for note, holds in (
            (away, choice.away_m),
            (f"against the record's {choice.elsewhere}", choice.elsewhere),
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


def _holds_more(choices: Sequence[Choice]) -> bool:
    """Whether a list has one name that fits the record's units and others just outside them."""
    fits = any(choice.hit for choice in choices)
    return fits and any(
        choice.outside and not choice.rivals and not choice.hit for choice in choices
    )


def _nothing_left(record: Record) -> str:
    if not (record.place or record.district or record.province or record.country):
        return "the record names no place"
    if record.district or record.province or record.country:
        return "nothing in it says where"
    return "no district, province or country given"


def _joined(notes: Sequence[str], *more: str) -> str:
    return "; ".join(dict.fromkeys(note for note in (*notes, *more) if note))
