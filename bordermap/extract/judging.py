"""What counts as an event: enough told for an incident, and told as news."""

from __future__ import annotations

from datetime import date
from functools import cache

from bordermap.extract.events import Trigger, tells_object
from bordermap.extract.lexicon import listed, phrases, single
from bordermap.extract.reading import Account, Reading
from bordermap.extract.words import number_of

__all__ = ["is_counted", "is_event", "is_general", "is_told"]

_MOST_TOLD = 6
HISTORY_DAYS = 366
"""What is older than this when a text is published is told as background."""


def is_general(reading: Reading, account: Account) -> bool:
    """Whether events are told as many of a kind: "clashes have surged"."""
    if not reading.says("general") or account.kind in {"unknown", "crossing_closure"}:
        return False
    if phrases("tolls", "toll").any(reading.sentence.forms):
        return False  # a toll has risen, not the number of events
    many = any(t.plural or _is_mass(reading, t) for t in account.triggers)
    dated = account.moment is not None and account.moment.precision == "day"
    return many and not dated and not any(account.counts)


def is_counted(reading: Reading, account: Account) -> bool:
    """Whether a sentence only counts events: "38 attacks, in which 51 people died"."""
    for trigger in account.triggers:
        number = number_of(reading.sentence.words[trigger.first - 1]) if trigger.first else None
        counted = reading.sentence.forms[trigger.last - 1] in single("counted")
        if counted and number and number > _MOST_TOLD:
            return True
    return reading.says("statistics") and (account.moment is None or "date" not in account.spans)


def is_event(reading: Reading, account: Account, published: date | None) -> bool:
    """Whether enough is told for an incident."""
    locus, moment = account.locus, account.moment
    placed = locus is not None and locus.rank != "country"
    lasts = account.kind == "crossing_closure"
    dated = moment is not None and (lasts or not moment.since) and moment.precision != "year"
    toll = _has_toll(account)
    if not (toll or "date" in account.spans or _opens(reading, account, published)):
        return False
    borrowed = dated and "date_unclear" in account.flags and not placed
    past = moment is None and reading.says("history")
    natural = account.kind == "unknown" and _died_only(reading, account)
    if borrowed or past or natural or _is_abroad(reading, account):
        return False
    if account.refers:
        return placed and dated
    if account.casualties_only or any(t.status == "accused" for t in account.triggers):
        killed = any(t.kind != "wounded" for t in account.triggers)
        return placed and (toll or (dated and killed))
    if all(_is_weak(reading, t) for t in account.triggers):
        weakest = all(_is_weak(reading, t, "weakest") for t in account.triggers)
        hit = tells_object(reading.sentence) or bool(reading.actors) or account.kind == "protest"
        return toll or (placed and hit and not weakest)
    opens = toll and reading.sentence.paragraph <= 1
    day = dated and moment is not None and moment.precision in {"day", "week"}
    return placed or day or opens or (moment is not None and locus is not None)


def _has_toll(account: Account) -> bool:
    """Whether somebody is told to have died, with a figure or without."""
    counts = [count for row in account.counts for count in row]
    if counts or account.casualties_only:
        return any(count.low != 0 for count in counts)
    told = [t for t in account.triggers if t.kind == "killed" and t.status == "told"]
    return any(trigger.first > 0 for trigger in told)


def _opens(reading: Reading, account: Account, published: date | None) -> bool:
    """Whether an event without day and toll is what the text is about."""
    headline = reading.sentence.role == "headline"
    lead = reading.sentence.number <= 1 and reading.sentence.paragraph <= 1
    lead &= published is not None
    borrowed = account.moment is not None and "date_unclear" in account.flags
    hit = tells_object(reading.sentence) and "place" in account.spans
    if hit and (borrowed or (lead and not account.casualties_only)):
        return True
    return account.sure_kind and (headline or lead or borrowed)


def _is_abroad(reading: Reading, account: Account) -> bool:
    """Whether an event is at another border; one that may be ours is flagged."""
    if not phrases("roles", "abroad").any(reading.sentence.forms):
        return False
    account.flags.add("other_border")
    return account.locus is None or account.locus.rank == "country"


def is_told(account: Account, published: date | None, *, alone: bool) -> bool:
    """Whether an event is told as news; what is told as background must have its day."""
    if account.sentence.role == "headline" and not alone and not account.moment:
        return False
    moment = account.moment
    if moment is None or moment.start is None:
        return True
    if moment.precision == "year" and published is None:
        return True
    old = published is not None and (published - (moment.end or moment.start)).days > HISTORY_DAYS
    if old or moment.precision == "year":
        account.flags.add("history")
        return moment.precision in {"day", "month"} and account.locus is not None
    return True


def _died_only(reading: Reading, account: Account) -> bool:
    """Whether nothing says that somebody was killed: "the poet died in Peshawar"."""
    peaceful = {"died", "dies", "die", "dying", "death", "deaths", "dead", "body", "bodies"}
    return all(reading.sentence.forms[t.first] in peaceful for t in account.triggers)


def _is_mass(reading: Reading, trigger: Trigger) -> bool:
    """Whether a noun may name many without an English plural: "fighting", "نښتې"."""
    if not reading.sentence.words[trigger.first].latin:
        return trigger.noun
    return trigger.noun and reading.sentence.forms[trigger.last - 1].endswith("ing")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(listed("cues", name))


def _is_weak(reading: Reading, trigger: Trigger, name: str = "weak") -> bool:
    """Whether a word tells an event only beside a place or a toll: "hit", "fired"."""
    return trigger.last - trigger.first == 1 and reading.sentence.forms[trigger.first] in _words(
        name
    )
