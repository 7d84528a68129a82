"""One event told in several sentences: whether it is the same, and what each adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bordermap.border import GEOD
from bordermap.extract.actors import Parties
from bordermap.extract.days import Moment
from bordermap.extract.events import VIOLENT
from bordermap.extract.lexicon import single
from bordermap.extract.places import RANKS, Locus
from bordermap.extract.reading import Account, Reading
from bordermap.gazetteer import Gazetteer
from bordermap.geocode.context import nested

__all__ = ["NEAR_SENTENCES", "known_of", "merge"]

NEAR_SENTENCES = 4
"""So far back "the attack" and deaths without a place may belong to an event."""
REACH_ON = 3
_FIRST_WORDS = 3


def known_of(
    reading: Reading, account: Account, accounts: Sequence[Account], gazetteer: Gazetteer
) -> Account | None:
    """The event already told that a sentence goes on about."""
    told = [start for start, _ in account.spans.get("place", []) if account.locus]
    here = any(account.sentence.start <= start < account.sentence.end for start in told)
    own = account.has_own_place or here or "date" in account.spans
    if account.apart and own and not account.refers:
        return None
    for known in reversed(accounts):
        if _is_same(reading, known, account, gazetteer):
            return known
    return _undated(reading, account, accounts, gazetteer) or _told_on(reading, account, accounts)


def _told_on(reading: Reading, account: Account, accounts: Sequence[Account]) -> Account | None:
    """The event before, of which a sentence tells on that has no day and turns to no other place.

    Of drafts made of such sentences in reports that no rule had seen, one in 17 was right.
    """
    if "date" in account.spans or account.apart or _opens_place(reading, account):
        return None
    for known in reversed(accounts):
        if reading.sentence.number - known.last > REACH_ON:
            return None
        violent = {known.kind, account.kind} <= VIOLENT | {"unknown"}
        alike = violent or (known.kind == account.kind and _speaks_on(reading))
        if alike:
            if known.locus is None or "several_places" not in known.locus.flags:
                account.locus = None
                account.spans.pop("place", None)
            return known
    return None


def _opens_place(reading: Reading, account: Account) -> bool:
    """Whether a sentence turns to another place: "In Wana, gunmen opened fire"."""
    locus = account.locus
    return locus is not None and not locus.is_borrowed and locus.first <= _FIRST_WORDS


def _speaks_on(reading: Reading) -> bool:
    """Whether a sentence begins with those told of before: "They blocked the road"."""
    first, *rest = reading.sentence.forms
    known = first == "the" and rest[:1] != [] and rest[0] in single("participants")
    return first in single("pronouns") or known


def _undated(
    reading: Reading, account: Account, accounts: Sequence[Account], gazetteer: Gazetteer
) -> Account | None:
    """What has been told lasts: "the crossing was still closed"."""
    if "date" in account.spans or account.kind not in {"crossing_closure", "protest"}:
        return None
    for known in reversed(accounts):
        near = reading.sentence.number - known.last <= NEAR_SENTENCES
        if (
            near
            and known.kind == account.kind
            and _places_agree(known.locus, account.locus, gazetteer)
        ):
            return known
    return None


def _is_same(reading: Reading, known: Account, account: Account, gazetteer: Gazetteer) -> bool:
    if _is_same_closure(reading, known, account):
        return True
    goes_on = _goes_on(reading, known, account)
    apart = _is_one_of(known, account) or _is_wider(known, account)
    kinds = (goes_on or _kinds_agree(known, account)) and not apart
    agree = kinds and _days_agree(known.moment, account.moment)
    several = known.locus is not None and "several_places" in known.locus.flags
    there = _places_agree(known.locus, account.locus, gazetteer) or (several and account.refers)
    if not (agree and there) or known.sentence.number == account.sentence.number:
        return False
    near = reading.sentence.number - known.last <= NEAR_SENTENCES
    bare = not account.has_own_place and account.moment is None
    goes_on |= account.casualties_only and bare and near
    if account.refers or goes_on or known.sentence.role == "headline":
        return True
    if account.locus is None or known.locus is None:
        return near and _kinds_same(known, account)
    dated = account.moment is not None and known.moment is not None
    return dated or (near and "country" not in {account.locus.rank, known.locus.rank})


def _is_same_closure(reading: Reading, known: Account, account: Account) -> bool:
    """Whether the day of closing is told behind that of opening, of one crossing."""
    if {known.kind, account.kind} != {"crossing_closure"}:
        return False
    one, other = known.moment, account.moment
    if not (one and other and one.start and other.start and known.locus and account.locus):
        return False
    near = reading.sentence.number - known.last <= 2 and abs((one.start - other.start).days) < 32
    same = known.locus.placement.place_id == account.locus.placement.place_id
    earlier = other.start < one.start and not account.has_own_place
    return near and same and earlier


def _goes_on(reading: Reading, known: Account, account: Account) -> bool:
    """Whether a sentence tells more of an event: it has neither day nor place of its own."""
    near = reading.sentence.number - known.last <= 2
    bare = not account.has_own_place
    violent = account.kind in VIOLENT | {"unknown"} and known.kind in VIOLENT | {
        "unknown",
        "other",
    }
    hurt = known.kind == "protest" and account.casualties_only
    same = violent or hurt or known.kind == account.kind
    return near and bare and same and "date" not in account.spans


def _places_agree(one: Locus | None, other: Locus | None, gazetteer: Gazetteer) -> bool:
    if one is None or other is None or one.record == other.record:
        return True
    a, b = one.placement, other.placement
    if a.place_id and a.place_id == b.place_id:
        return True
    entries = gazetteer.entry(a.place_id), gazetteer.entry(b.place_id)
    if entries[0] and entries[1]:
        return nested(entries[0], entries[1])
    if a.lon is None or b.lon is None or a.lat is None or b.lat is None:
        return _words_agree(one, other)
    apart_m = GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2]
    return bool(apart_m <= max(a.radius_m or 0.0, b.radius_m or 0.0))


def merge(known: Account, account: Account) -> None:
    """Add to an event what another sentence tells of it."""
    headline = known.sentence.role == "headline"
    if headline:
        known.sentence, known.counts = account.sentence, [row for row in account.counts if row]
        known.spans["toll"] = []
    else:
        known.counts += account.counts
    if account.sure_kind and (not known.sure_kind or headline) and not account.refers:
        known.kind, known.sure_kind = account.kind, True
    elif known.kind == "unknown":
        known.kind = account.kind
    _merge_parts(known, account, headline)
    known.last = account.sentence.number
    known.parties = _joined_parties(known.parties, account.parties)


def _merge_parts(known: Account, account: Account, headline: bool) -> None:
    replaced = False
    if account.locus and (known.locus is None or headline or _says_more(account, known)):
        known.locus, replaced = account.locus, True
        known.spans["place"] = account.spans.get("place", [])
    if account.moment and (headline or (known.moment is None and _is_news(known, account))):
        known.flags -= {"relative_date", "year_assumed", "date_unclear"}
        known.moment = account.moment
        known.flags |= set(account.moment.flags)
        known.spans["date"] = account.spans.get("date", [])
    if _is_exacter(account.moment, known.moment):
        known.moment = account.moment
        known.spans["date"] = account.spans.get("date", [])
    if known.moment and account.moment and _since_then(known, account):
        known.moment = replace(
            known.moment, start=account.moment.start, end=known.moment.end or known.moment.start
        )
    elif known.moment and account.moment and account.moment.since != known.moment.since:
        known.moment = _lasting(known.moment, account.moment)
    for name in ("event", "toll", "actor"):
        known.spans.setdefault(name, []).extend(account.spans.get(name, []))
    if replaced:
        known.flags -= {"several_places"}
    known.flags |= account.flags & {"denied", "several_places"}


_FAMILIES = (
    {"airstrike", "drone_strike"},
    {"armed_clash", "shelling"},
    {"explosion", "attack_on_civilians"},
)


def _kinds_same(one: Account, other: Account) -> bool:
    unsure = not one.sure_kind or not other.sure_kind
    return one.kind == other.kind or (unsure and {one.kind, other.kind} <= VIOLENT | {"unknown"})


def _kinds_agree(known: Account, account: Account) -> bool:
    """Whether two accounts may be of one event by their types."""
    if _kinds_same(known, account):
        return True
    kinds = {known.kind, account.kind}
    if account.refers or known.sentence.role == "headline" or account.casualties_only:
        return kinds <= VIOLENT | {"unknown"}
    return any(kinds <= family for family in _FAMILIES)


def _days_agree(one: Moment | None, other: Moment | None) -> bool:
    if one is None or other is None or one.start is None or other.start is None:
        return True
    if one.since or other.since:
        return True  # what has gone on since a day holds on the other as well
    return one.start <= (other.end or other.start) and other.start <= (one.end or one.start)


def _since_then(known: Account, account: Account) -> bool:
    """Whether an account gives the day on which what is known to have lasted began."""
    one, other = known.moment, account.moment
    closed = {known.kind, account.kind} == {"crossing_closure"}
    starts = one and other and one.start and other.start and not (one.since or other.since)
    return bool(closed and starts and other.start < one.start)  # type: ignore[union-attr,operator]


def _is_news(known: Account, account: Account) -> bool:
    """Whether a day is told near an event; a month told far behind is that of background."""
    day = account.moment is not None and account.moment.precision == "day"
    return day or account.sentence.paragraph - known.sentence.paragraph <= 1


def _is_exacter(one: Moment | None, known: Moment | None) -> bool:
    """Whether one day is told of a night that two days share: "overnight", "early on Tuesday"."""
    if one is None or known is None or one.start is None or known.start is None or one.since:
        return False
    night = known.precision == one.precision == "day" and known.end == known.start + timedelta(1)
    return night and one.end is None and one.start in {known.start, known.end}


def _is_wider(known: Account, account: Account) -> bool:
    """Whether figures of a year or a month follow on those of a day."""
    day, span = known.moment, account.moment
    if day is None or span is None or "date" not in account.spans:
        return False
    return day.precision == "day" and span.precision in {"month", "year"}


def _is_one_of(known: Account, account: Account) -> bool:
    """Whether one day is told of what has gone on since another."""
    series, day = known.moment, account.moment
    if series is None or day is None or not series.since or day.since or account.refers:
        return False
    return known.kind in VIOLENT and "date" in account.spans and day.start != series.start


def _lasting(one: Moment, other: Moment) -> Moment:
    """From the day since which something goes on to that on which it was so."""
    since, on = (one, other) if one.since else (other, one)
    last = on.end or on.start
    if since.start is None or last is None or last < since.start:
        return on
    return replace(on, start=since.start, end=last, flags=on.flags | since.flags)


def _words_agree(one: Locus, other: Locus) -> bool:
    """Whether two places that could not both be placed name the same things."""
    pairs = zip(
        (one.record.place, one.record.district, one.record.province),
        (other.record.place, other.record.district, other.record.province),
        strict=True,
    )
    return all(not a or not b or a == b for a, b in pairs)


def _says_more(account: Account, known: Account) -> bool:
    """Whether a place is finer than the one that is known."""
    if account.locus is None or known.locus is None:
        return False
    if account.has_own_place and not known.has_own_place:
        return True
    mine, theirs = account.locus.placement.radius_m, known.locus.placement.radius_m
    several = "several_places" in known.locus.flags and "several_places" not in account.locus.flags
    if several and account.has_own_place and mine is not None and mine < (theirs or 0.0):
        return True  # a road between two towns, and then a village on it
    finer = RANKS.index(account.locus.rank) < RANKS.index(known.locus.rank)
    return finer and (mine or 0.0) < (theirs or 1.0)


def _joined_parties(one: Parties, other: Parties) -> Parties:
    a = one.a if one.a and (not one.a.general or other.a is None or other.a.general) else other.a
    b = one.b if one.b and (not one.b.general or other.b is None or other.b.general) else other.b
    return Parties(a, b) if not (a and b and a.name == b.name) else one
