"""Where a record must lie: its country, province and district, and units in the place text.

Each narrows the others. Former names mean their successors, so a district of 2017 is the union of
what became of it. What contradicts is noted and not used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import shapely

from bordermap.border import GEOD
from bordermap.gazetteer import (
    Entry,
    Gazetteer,
    Hit,
    described,
    exact_key,
    load_words,
)
from bordermap.geocode.lookup import LONGEST_COLUMN, column_readings, unit_readings
from bordermap.geocode.outside import outside_m

__all__ = [
    "HEAD",
    "WITHIN",
    "Choice",
    "Context",
    "Record",
    "as_head",
    "choose",
    "columns_context",
    "either",
    "finer",
    "shortened",
    "within_text",
]

BORDER_FUZZ_M = 5_000.0
"""A footprint that comes this near to the reported unit may lie in it: the polygons of two sources
agree on the Pakistani district for 98.8 % of points, the rest lie within some kilometres."""

WIDEST_FUZZ_M = 20_000.0
"""Wider footprints than this say nothing about the next district."""

CLOSE_SCORES = 0.099
"""Candidates whose scores differ by no more are equally good readings of a name."""

LEAST_ALIKE = {"inside district": 0.85, "unit": 0.84, "inside province": 0.92, "inside": 0.94}
"""How similar a spelling must be to be taken, by what confirms it: the district, that it is the
name of a unit, the province, the country (measured in docs/spelling.md)."""

LEAST_ALIKE_ALONE = 0.97
"""The same where nothing confirms it."""

HEAD = ("place", "crossing", "area", "district", "province", "country")
WITHIN = ("country", "province", "district", "area", "crossing", "place")
DISTRICT = ("district", "area", "place", "crossing", "province", "country")
PROVINCE = ("province", "district", "area", "place", "crossing", "country")

_RANKS = {kind: rank for rank, kind in enumerate(HEAD)}


@dataclass(frozen=True, slots=True)
class Record:
    """What one row says of its place; empty where it says nothing."""

    place: str = ""
    district: str = ""
    province: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a record must lie.

    Attributes
    ----------
    countries, adm1, adm2 : frozenset of str
        Codes; empty where nothing is said.
    area : Hit, optional
        The smallest area that is known to hold it.
    said : tuple of (str, str)
        Country codes that the record itself states and the words that say so, the finest last.
    elsewhere : str
        A reported country that is neither of the two.
    notes : tuple of str
    doubts : frozenset of str
        ``ambiguous`` where a name had several equally good meanings, ``weak`` where something
        that the record says was not found or could not be used, or names several places.
    runners_up : tuple of Hit
        Meanings of its names that were not taken.
    """

    countries: frozenset[str] = frozenset()
    adm1: frozenset[str] = frozenset()
    adm2: frozenset[str] = frozenset()
    area: Hit | None = None
    said: tuple[tuple[str, str], ...] = ()
    elsewhere: str = ""
    notes: tuple[str, ...] = ()
    doubts: frozenset[str] = frozenset()
    runners_up: tuple[Hit, ...] = ()

    def noted(self, *notes: str) -> Context:
        """The same with notes added, empty ones left out."""
        return replace(self, notes=self.notes + tuple(note for note in notes if note))

    def doubted(self, doubt: str, *notes: str, hits: Sequence[Hit] = ()) -> Context:
        """The same with notes, a doubt (``weak`` or ``ambiguous``), and meanings not taken."""
        doubts, runners_up = self.doubts | {doubt}, (*self.runners_up, *hits)
        return replace(self.noted(*notes), doubts=doubts, runners_up=runners_up)

    @property
    def stated_country(self) -> tuple[str, str]:
        """The one country that the record names and the words for it, or two empty texts."""
        if not self.said:
            return "", ""
        last = self.said[-1]
        return last if all(country == last[0] for country, _ in self.said) else ("", "")

    @property
    def words(self) -> str:
        """What the record says, for notes."""
        return self.said[-1][1] if self.said else "record"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name means in a context.

    Attributes
    ----------
    hit : Hit, optional
        None when nothing fits or several meanings are equally good.
    sure : bool
        Whether the context confirms it.
    rivals : tuple of Hit
        The equally good meanings, when there are several.
    outside : tuple of Hit
        Meanings that contradict the context.
    away_m : float
        Metres by which it lies outside the reported unit's polygon.
    lesser : tuple of Hit
        Other bearers of the name, far less known.
    elsewhere : str
        What of the record it contradicts, and is taken all the same.
    alike : tuple of Hit
        Similar spellings, when only these were found and nothing supports them.
    """

    hit: Hit | None = None
    sure: bool = False
    rivals: tuple[Hit, ...] = ()
    outside: tuple[Hit, ...] = ()
    away_m: float = 0.0
    lesser: tuple[Hit, ...] = ()
    elsewhere: str = ""
    alike: tuple[Hit, ...] = ()


def _fit(entry: Entry, context: Context) -> str:
    """``inside``, ``unknown`` or ``outside``."""
    if context.countries and not entry.countries & context.countries:
        return "outside"
    if entry.kind == "country":
        return "inside" if context.countries else "unknown"
    if context.adm2 and entry.adm2_codes:
        return "inside" if entry.adm2_codes & context.adm2 else "outside"
    if context.adm1 and entry.adm1_codes:
        if not entry.adm1_codes & context.adm1:
            return "outside"
        return "unknown" if context.adm2 and entry.kind != "province" else "inside"
    return "inside" if context.countries and not context.adm1 else "unknown"


def nested(one: Entry, other: Entry) -> bool:
    """Whether one entry lies in the other, or both are the same spot."""
    small, big = sorted((one, other), key=lambda e: (_RANKS[e.kind], len(e.members)))
    if not small.countries & big.countries:
        return False
    if big.kind == "country":
        return True
    if big.kind in {"province", "district"}:
        own = small.adm1_codes if big.kind == "province" else small.adm2_codes
        if own:
            return bool(own & set(big.members))
        if big.outline is not None:
            return bool(shapely.contains_xy(big.outline.geometry, small.place.lon, small.place.lat))
    a, b = small.place, big.place
    return bool(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2] <= max(a.radius_m, b.radius_m))


def choose(hits: Sequence[Hit], context: Context, order: Sequence[str]) -> Choice:
    """The meaning of a name that agrees with a context.

    Parameters
    ----------
    hits : sequence of Hit
        As :meth:`Gazetteer.candidates` gives them.
    context : Context
    order : sequence of str
        Of equally good names that lie in one another, which kind is meant.
    """
    graded = [(hit, _fit(hit.entry, context)) for hit in hits if _supported(hit, context)]
    if hits and not graded:
        return Choice(alike=tuple(hit for hit in hits if _fit(hit.entry, context) != "outside"))
    outside = tuple(hit for hit, how in graded if how == "outside")
    for wanted in ("inside", "unknown"):
        fitting = [hit for hit, how in graded if how == wanted]
        if fitting:
            fitting = _without_small_seats(fitting, context)
            return _preferred(fitting, outside, order, sure=wanted == "inside")
    return _just_outside(outside, context, order)


def _supported(hit: Hit, context: Context) -> bool:
    """Whether a hit may be taken: of those that are only similar few may."""
    if not hit.how.startswith("similar"):
        return True
    entry, how = hit.entry, _fit(hit.entry, context)
    if how == "outside":
        return False
    if how == "inside" and context.adm2 and entry.adm2_codes & context.adm2:
        how = "inside district"
    elif entry.members:
        how = "unit"
    elif context.adm1 and entry.adm1_codes & context.adm1:
        how = "inside province"
    return hit.similarity >= LEAST_ALIKE.get(how, LEAST_ALIKE_ALONE)


def _preferred(
    fitting: Sequence[Hit], outside: tuple[Hit, ...], order: Sequence[str], *, sure: bool
) -> Choice:
    if len(fitting) == 1:
        return Choice(fitting[0], sure, outside=outside)
    best = max(hit.score for hit in fitting)
    good = _joined_units([hit for hit in fitting if best - hit.score <= CLOSE_SCORES])
    good.sort(key=lambda h: (order.index(h.entry.kind), -len(h.entry.members), -h.score))
    good, lesser = _prominent(good)
    lesser += tuple(hit for hit in fitting if hit.entry.brought and _bears(hit, best, good))
    chosen = good[0]
    rivals = tuple(hit for hit in good[1:] if not nested(hit.entry, chosen.entry))
    if rivals:
        return Choice(rivals=(chosen, *rivals), outside=outside)
    return Choice(chosen, sure, outside=outside, lesser=lesser)


def _bears(hit: Hit, best: float, good: Sequence[Hit]) -> bool:
    """Whether a user's place bears a name exactly, yet is not among its good readings."""
    exact = hit.how in {"name", "alias"} and hit.fits
    return exact and best - hit.score > CLOSE_SCORES and hit not in good


def _without_small_seats(hits: Sequence[Hit], context: Context) -> list[Hit]:
    """Without seats and tehsils of their district's name, unless the record names that too.

    "Goshta" alone is the district; "Goshta" in a record whose district is Goshta is the seat.
    """
    named = (hit.entry for hit in hits if hit.entry.kind == "district" and hit.fits)
    districts = [set(entry.members) for entry in named]
    if not districts:
        return list(hits)
    return [
        hit
        for hit in hits
        if hit.entry.subkind not in {"district_seat", "tehsil"}
        or not hit.fits
        or not any(
            hit.entry.adm2_codes & codes and not (context.adm2 and context.adm2 <= codes)
            for codes in districts
        )
    ]


def _joined_units(hits: Sequence[Hit]) -> list[Hit]:
    """Without the units that another candidate, a former unit, is the union of.

    A record of 2010 that says "South Waziristan" may mean either half of today.
    """
    former = {code for hit in hits if len(hit.entry.members) > 1 for code in hit.entry.members}
    return [hit for hit in hits if hit.entry.place_id not in former]


def _prominent(hits: Sequence[Hit]) -> tuple[list[Hit], tuple[Hit, ...]]:
    """Where a name is a province's, its own province's things before a far tehsil or village."""
    province = next((hit.entry for hit in hits if hit.entry.kind == "province"), None)
    if province is None:
        return list(hits), ()
    own = [hit for hit in hits if nested(hit.entry, province)]
    lesser = tuple(hit for hit in hits if hit not in own)
    if any(hit.entry.kind in {"province", "district"} for hit in lesser):
        return list(hits), ()
    return own, lesser


def _just_outside(outside: tuple[Hit, ...], context: Context, order: Sequence[str]) -> Choice:
    """A meaning that lies across a district boundary, near enough for sources to disagree."""
    outline = context.area.entry.outline if context.area else None
    near = []
    for hit in outside:
        point = hit.entry.place
        if outline is None or hit.entry.members or not hit.entry.countries & context.countries:
            continue
        away_m = outside_m(point.lon, point.lat, outline.geometry)
        if away_m <= min(point.radius_m, WIDEST_FUZZ_M) + BORDER_FUZZ_M:
            near.append((hit, away_m))
    if not near:
        return Choice(outside=outside)
    choice = _preferred([hit for hit, _ in near], outside, order, sure=False)
    away = next((away_m for hit, away_m in near if hit is choice.hit), 0.0)
    return replace(choice, away_m=away)


@cache
def _countries() -> dict[str, str]:
    listed = load_words().raw["countries"]
    return {exact_key(name): code for code, names in listed.items() for name in names}


@lru_cache(maxsize=1024)
def _country_context(text: str) -> Context:
    """Countries named in the country column; "PK/AF" names both."""
    text = text[:LONGEST_COLUMN]
    whole = _countries().get(exact_key(text))
    parts = [text] if whole else re.split(r"[/;,&|]|\band\b", text)
    codes = [_countries().get(exact_key(part), "") for part in parts if exact_key(part)]
    known = frozenset(codes) & {"AF", "PK"}
    if known and "" not in codes:
        said = tuple(
            (code, f"country ({shortened(text)})") for code in sorted(known) if len(known) == 1
        )
        return Context(countries=known, said=said)
    if codes and set(codes) == {"other"}:
        return Context(elsewhere=text)
    if not codes:
        return Context()
    return Context().doubted("weak", f"the country '{shortened(text)}' is not known")


def _with_country_area(context: Context, gazetteer: Gazetteer) -> Context:
    """A context whose area is the one country it names."""
    if len(context.countries) != 1:
        return context
    (code,) = context.countries
    entry = gazetteer.entry(code)
    return replace(context, area=Hit(entry, 1.0, entry.name, "name")) if entry else context


def shortened(text: str, length: int = 60) -> str:
    """A text for a note: one line, not long, without control characters and lone surrogates."""
    kept = (c if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else " " for c in text[:1_000])
    line = " ".join("".join(kept).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def columns_context(record: Record, gazetteer: Gazetteer) -> Context:
    """What the country, province and district of a record say together.

    Notes
    -----
    A finer name that contradicts a coarser one in the same country is noted and left out. When
    they name different countries no one can say which is wrong: all are left out.
    """
    context = _with_country_area(_country_context(record.country), gazetteer)
    for column, text, order in (
        ("province", record.province, PROVINCE),
        ("district", record.district, DISTRICT),
    ):
        if not exact_key(text[:LONGEST_COLUMN]):
            continue
        choice = choose(column_readings(text, gazetteer), context, order)
        if choice.hit is None and choice.outside and not choice.rivals:
            countries = {c for hit in choice.outside for c in hit.entry.countries}
            others = " or ".join(described(hit.entry) for hit in choice.outside[:2])
            note = f"the {column} '{shortened(text)}' is {others}, against the record's "
            if not countries & context.countries:
                notes = *context.notes, f"{note}{context.words}: neither is used"
                return Context().doubted("weak", *notes, hits=choice.outside)
            said = f"{note}{context.words}: not used"
            context = context.doubted("weak", said, hits=choice.outside)
        else:
            context = _with_choice(context, choice, f"{column} ({shortened(text)})", text)
    return context


def within_text(context: Context, name: str, gazetteer: Gazetteer) -> Context:
    """A context narrowed by a name that the place text gives for what the place lies in."""
    choice = choose(unit_readings(name, gazetteer), context, WITHIN)
    if choice.hit is None and choice.outside and not choice.rivals:
        other = described(choice.outside[0].entry)
        note = f"'{shortened(name)}' is {other}, outside what the record's {context.words} says"
        return context.doubted("weak", f"{note}: not used", hits=choice.outside)
    return _with_choice(context, choice, f"place text ({shortened(name)})", name)


def _with_choice(context: Context, choice: Choice, label: str, text: str) -> Context:
    if choice.rivals:
        note = f"'{shortened(text)}' may be {either(choice.rivals)}: not used"
        return context.doubted("ambiguous", note, hits=choice.rivals)
    if choice.hit is None:
        return context.doubted("weak", f"no gazetteer entry fits '{shortened(text)}'")
    return narrowed(context, choice.hit, label)


def either(hits: Sequence[Hit]) -> str:
    """Candidates for a note: ``A (id) or B (id)``."""
    names = [described(hit.entry) for hit in hits[:4]]
    more = f" or {len(hits) - 4} more" if len(hits) > 4 else ""
    return " or ".join(names) + more


def narrowed(context: Context, hit: Hit, label: str) -> Context:
    """A context that also holds what one more name says."""
    entry = hit.entry
    countries = entry.countries & context.countries or entry.countries
    column = label.startswith(("district", "province"))
    states = column or entry.members or entry.subkind == "tehsil"
    said = context.said
    if states and len(entry.countries) == 1:
        said = (*said, (entry.country, label))
    return replace(
        context,
        countries=countries,
        adm1=entry.adm1_codes & context.adm1 or entry.adm1_codes or context.adm1,
        adm2=entry.adm2_codes & context.adm2 or entry.adm2_codes or context.adm2,
        area=hit if context.area is None or finer(entry, context.area.entry) else context.area,
        said=said,
    )


def finer(one: Entry, other: Entry) -> bool:
    """Whether one entry is of a smaller kind, or the smaller of the same kind."""
    if one.kind != other.kind:
        return _RANKS[one.kind] < _RANKS[other.kind]
    return one.place.radius_m < other.place.radius_m


def as_head(context: Context, hit: Hit, name: str) -> Context:
    """A context in which the place itself was found; a unit states its country."""
    entry = hit.entry
    states = entry.members or entry.subkind == "tehsil"
    if states and len(entry.countries) == 1:
        said = entry.country, f"place text ({shortened(name)})"
        return replace(context, said=(*context.said, said))
    return context
