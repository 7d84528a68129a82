"""Which words of a sentence tell one event, and which tell another."""

from __future__ import annotations

from collections.abc import Sequence

from bordermap.extract.days import Moment
from bordermap.extract.events import CASUALTIES, VIOLENT, Trigger
from bordermap.extract.places import Locus
from bordermap.extract.reading import Reading

__all__ = ["distance", "groups_of"]


def groups_of(reading: Reading) -> list[tuple[Trigger, ...]]:
    """The words of a sentence that tell events, those of one event together."""
    told = [t for t in reading.triggers if t.status in {"told", "accused"}]
    if any(t.kind == "crossing_closure" for t in told):
        told = [t for t in told if t.kind != "other"]  # a crossing that is open again was closed
    told = [t for t in told if not _is_hit(reading, t, told)]
    strong = [t for t in told if t.kind not in CASUALTIES] or _spoken_of(reading)
    groups: list[list[Trigger]] = []
    for trigger in strong:
        known = next((g for g in reversed(groups) if _joins(reading, g, trigger)), None)
        if known is None:
            groups.append([trigger])
        else:
            known.append(trigger)
    hurt = [t for t in told if t.kind in CASUALTIES]
    violent = [g for g in groups if any(t.kind in VIOLENT for t in g)] or groups[:1]
    if not groups and hurt:
        return _apart(reading, hurt)
    strong_told, strong = strong, [t for t in reading.triggers if t.kind not in CASUALTIES]
    for trigger in hurt:
        nearest = min(strong, key=lambda t: distance(reading, [t], trigger.first, trigger.last))
        if (
            nearest not in strong_told
            and nearest.status != "told"
            and _told_of(reading, nearest, trigger)
        ):
            continue  # "the anniversary of a bombing that killed 17"
        near = min(violent, key=lambda group: distance(reading, group, trigger.first, trigger.last))
        near.append(trigger)
    return [tuple(group) for group in groups if len(groups) == 1 or not _leads_back(reading, group)]


def _leads_back(reading: Reading, group: Sequence[Trigger]) -> bool:
    """Whether a known event only leads to one before it: "the attack came a day after a blast"."""
    known = all(trigger.definite for trigger in group)
    last = group[-1].last
    return known and any(
        m.counted_on and last <= m.first <= last + 5 and _is_after(reading, m)
        for m in reading.moments
    )


def _is_hit(reading: Reading, trigger: Trigger, told: Sequence[Trigger]) -> bool:
    """Whether a protest is what was attacked: "a bomb ripped through a rally"."""
    if trigger.kind == "protest" and not reading.sentence.words[trigger.first].latin:
        on = reading.sentence.forms[max(0, trigger.first - 1) : trigger.first] in (["بر"], ["پر"])
        return on and any(t.kind in VIOLENT for t in told)
    if trigger.kind != "protest" or not trigger.noun:
        return False
    before = set(reading.sentence.forms[max(0, trigger.first - 3) : trigger.first])
    near = {"through", "at", "on", "near", "outside", "during", "of", "into", "among"}
    hit = any(t.kind in VIOLENT - CASUALTIES and t.first < trigger.first for t in told)
    return (
        hit
        and bool(before & near)
        and reading.clauses[trigger.first] == reading.clauses[told[0].first]
    )


def _spoken_of(reading: Reading) -> list[Trigger]:
    """An event that is only spoken about, but told with its own place and day."""
    if reading.says("history"):
        return []
    for trigger in reading.triggers:
        placed = any(locus.first >= trigger.last for locus in reading.loci)
        dated = any(m.first >= trigger.last and not m.said for m in reading.moments)
        news = trigger.kind not in CASUALTIES | {"other"}
        if trigger.status == "reference" and news and placed and dated:
            return [trigger]
    return []


def _told_of(reading: Reading, trigger: Trigger, hurt: Trigger) -> bool:
    """Whether deaths are those of an event that is only spoken about."""
    between = reading.sentence.forms[trigger.last : hurt.first]
    return hurt.first >= trigger.last and len(between) <= 10


def _apart(reading: Reading, hurt: Sequence[Trigger]) -> list[tuple[Trigger, ...]]:
    """Deaths that nothing else tells, apart where each has its own place in its own clause."""
    groups: list[list[Trigger]] = [[hurt[0]]]
    for trigger in hurt[1:]:
        if _own(reading, groups[-1][-1], trigger, reading.loci):
            groups.append([trigger])
        else:
            groups[-1].append(trigger)
    return [tuple(group) for group in groups]


def _joins(reading: Reading, group: Sequence[Trigger], trigger: Trigger) -> bool:
    """Whether a word tells the same event as those before it."""
    last = group[-1]
    same = {t.kind for t in group} == {trigger.kind}
    violent = trigger.kind in VIOLENT | {"other"} and any(t.kind in VIOLENT for t in group)
    if not (same or violent):
        return False
    if not trigger.noun and reading.sentence.forms[trigger.first - 1] == "and":
        return True  # the same did both
    between = range(last.last, trigger.first)
    if any(m.counted_on and m.first in between and _is_after(reading, m) for m in reading.moments):
        return False  # "the strike came two days after missiles slammed into"
    days = [m for m in reading.moments if not (m.counted_on or m.said)]
    return not _own(reading, last, trigger, reading.loci) and not _own(reading, last, trigger, days)


def _is_after(reading: Reading, moment: Moment) -> bool:
    return reading.sentence.forms[moment.first] == "after"


def _own(
    reading: Reading, one: Trigger, other: Trigger, things: Sequence[Locus] | Sequence[Moment]
) -> bool:
    """Whether two words have each a place, or a day, of its own in its own clause."""
    clauses = reading.clauses
    listed = "and" in reading.sentence.forms[one.last : other.first]
    if clauses[one.first] == clauses[other.first] and not listed:
        return False
    mine = [t for t in things if t.first < other.first and clauses[t.first] <= clauses[one.first]]
    theirs = [
        t for t in things
        if t not in mine and (clauses[t.first] == clauses[other.first] or t.first > other.first)
    ]  # fmt: skip
    return bool(mine) and bool(theirs)


def distance(reading: Reading, group: Sequence[Trigger], first: int, last: int) -> float:
    """How far some words stand from those of an event; other clauses are farther."""
    clauses = reading.clauses
    best = float("inf")
    strong = [trigger for trigger in group if trigger.kind not in CASUALTIES]
    for trigger in strong or group:
        words = first - trigger.last if first >= trigger.last else trigger.first - last
        steps = abs(clauses[first] - clauses[trigger.first])
        best = min(best, max(words, 0) + 5 * steps)
    return best
