"""What one sentence tells of events: words that belong together, with their place, day and toll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bordermap.extract import day_words
from bordermap.extract.actors import parties_of
from bordermap.extract.days import Moment
from bordermap.extract.events import CASUALTIES, VIOLENT, Trigger, type_of
from bordermap.extract.figures import claims_of
from bordermap.extract.grouping import distance, groups_of
from bordermap.extract.places import RANKS, Locus
from bordermap.extract.reading import Account, Reading
from bordermap.extract.tolls import Count
from bordermap.extract.words import number_of

__all__ = ["accounts_of"]


def accounts_of(reading: Reading) -> list[Account]:
    """The events that a sentence tells, each with what belongs to it."""
    groups = groups_of(reading)
    if not groups:
        return []
    loci = _shared(reading, groups, reading.loci, _LOCUS)
    times = [m for m in reading.moments if not m.said]
    moments = _shared(reading, groups, times, _MOMENT)
    told = _told_counts(reading, groups)
    counts = _shared(reading, groups, told, _COUNT)
    accounts = []
    for number, group in enumerate(groups):
        account = _account(reading, group, [told[n] for n in counts[number]])
        _with_moment(reading, account, [times[n] for n in moments[number]], times)
        behind = [t.first for one in groups[number + 1 :] for t in one]
        pairs = [] if behind else _pairs(reading, group, times)
        if pairs:
            accounts += [_paired(reading, account, locus, moment) for locus, moment in pairs]
            continue
        chosen = _chosen(reading, group, [reading.loci[n] for n in loci[number]])
        accounts += _with_loci(reading, account, chosen)
    return accounts


# What belongs to which.

_LOCUS, _MOMENT, _COUNT = "locus", "moment", "count"
_BEFORE = {"locus": 3, "moment": 0, "count": 0}
_LOOSE = frozenset({"attack", "bombardment"})
_HEADING_COST = 12
_ACROSS = 40
_NO_CROSSING_COST = 8
_UNKNOWN_COST = 16
_RANK_COST = dict(zip(RANKS, (0, 3, 6, 12), strict=True))


def _commas(reading: Reading, group: Sequence[Trigger], thing: Locus | Moment | Count) -> int:
    """What the commas between a day and an event add to how far they are apart."""
    costs = []
    for trigger in group:
        first, last = sorted((trigger.last, thing.first))
        gaps = [word.gap for word in reading.sentence.words[first : last + 1]]
        costs.append(3 * sum("," in gap for gap in gaps))
    return min(costs)


def _shared(
    reading: Reading,
    groups: Sequence[Sequence[Trigger]],
    things: Sequence[Locus | Moment | Count],
    what: str,
) -> list[list[int]]:
    """For each event the things that belong to it, by number; each to the nearest event."""
    shared: list[list[int]] = [[] for _ in groups]
    spoken = [[t] for t in reading.triggers if t.status == "reference"]
    if what == _COUNT and any(_is_relative(reading, t) for group in groups for t in group):
        spoken = []
    left: list[int] = []
    for number, thing in enumerate(things):
        costs = [
            distance(reading, group, thing.first, thing.last)
            + _BEFORE[what] * all(thing.last <= t.first for t in group)
            + (_commas(reading, group, thing) if what == _MOMENT else 0)
            + _ACROSS * (_is_across(reading, group, thing) or _is_ahead(reading, group, thing))
            - _ACROSS * (what == _MOMENT and _closed_since(group, thing))
            for group in (*groups, *spoken)
        ]
        nearest = costs.index(min(costs))
        (shared[nearest] if nearest < len(groups) else left).append(number)
    if len(groups) == 1 and not shared[0]:
        protest = any(trigger.kind == "protest" for trigger in groups[0])
        free = protest or what != _LOCUS  # "in revenge for the bombing of Barmal" was elsewhere
        behind = min((t.last for row in spoken for t in row), default=0)
        shared[0] = [n for n in left if free or things[n].first < behind]
    return shared


def _is_across(reading: Reading, group: Sequence[Trigger], thing: Locus | Moment | Count) -> bool:
    """Whether "three days after" stands between a thing and an event."""
    first, last = min(t.first for t in group), max(t.last for t in group)
    for moment in reading.moments:
        if moment.counted_on and reading.sentence.forms[moment.first] == "after":
            before, behind = thing.last <= moment.first, thing.first >= moment.first
            if (before and first >= moment.last) or (behind and last <= moment.first):
                return True
    return False


def _is_ahead(reading: Reading, group: Sequence[Trigger], thing: Locus | Moment | Count) -> bool:
    """Whether a thing is told before a word that turns to another event: "on Sunday over the"."""
    spoken = [t for t in group if t.status == "reference" and reading.sentence.words[t.first].latin]
    between = reading.sentence.forms[thing.last : spoken[0].first] if spoken else []
    return len(between) > 1 and not {"against", "over", "for"}.isdisjoint(between)


def _closed_since(group: Sequence[Trigger], thing: Locus | Moment | Count) -> bool:
    """Whether a day is that since which a crossing is closed: "closed since a clash on Sunday"."""
    since = isinstance(thing, Moment) and thing.since
    return since and any(t.kind == "crossing_closure" and t.last <= thing.first for t in group)


def _told_counts(reading: Reading, groups: Sequence[Sequence[Trigger]]) -> list[Count]:
    """Figures without those of an event that is only spoken about."""
    hurt = [t for t in reading.triggers if t.kind in CASUALTIES]
    told = {trigger for group in groups for trigger in group}
    kept = []
    for count in reading.counts:
        near = [t for t in hurt if t.first < count.last and count.first < t.last] or hurt
        best = min(
            near, key=lambda t: distance(reading, [t], count.first, count.last), default=None
        )
        if (
            count.high == 0
            or best is None
            or best in told
            or any(_is_relative(reading, t) for t in told)
        ):
            kept.append(count)
    return kept


def _is_relative(reading: Reading, trigger: Trigger) -> bool:
    """Whether those of a death spoken about are told on: "the killing of X, who was shot"."""
    before = reading.sentence.forms[max(0, trigger.first - 3) : trigger.first]
    return "who" in before and trigger.kind in VIOLENT


def _account(reading: Reading, group: tuple[Trigger, ...], counts: Sequence[Count]) -> Account:
    kinds = [trigger.kind for trigger in group]
    first, last = min(t.first for t in group), max(t.last for t in group)
    clauses = reading.clauses
    near = [n for n, c in enumerate(clauses) if clauses[first] - 1 <= c <= clauses[last - 1]]
    span = (near[0], near[-1] + 1)
    deeds = [t.last for t in group if t.kind == "attack" and not t.noun and _is_active(reading, t)]
    kind = type_of(kinds, reading.sentence, span, deeds[0] if deeds else 0)
    if kind == "unknown":
        kind = type_of(kinds, reading.sentence, (0, len(reading.sentence.forms)))
    kind = _by_victims(kind, kinds, counts)
    sure = any(k not in CASUALTIES | _LOOSE for k in kinds) or kind == "drone_strike"
    told: list[Sequence[Count]] = [*claims_of(reading.sentence, counts)]
    sentence = reading.sentence
    if reading.says("sum"):
        sentence = replace(sentence, role="headline")  # what follows tells each of them
    account = Account(kind, sure, sentence, group, counts=told)
    account.last = reading.sentence.number
    loose = CASUALTIES | _LOOSE
    account.refers = all(t.definite or (t.kind in loose and not t.noun) for t in group)
    account.refers &= any(t.definite for t in group)
    account.apart = reading.says("separate")
    account.parties = parties_of(reading.sentence, group, reading.actors, clauses)
    account.spans = {
        "event": [reading.span(t.first, t.last) for t in group],
        "toll": [reading.span(c.first, c.last) for c in counts],
        "actor": [
            reading.span(a.first, a.last) for a in (account.parties.a, account.parties.b) if a
        ],
    }
    if any(trigger.status == "accused" for trigger in group) or reading.says("claim"):
        account.flags.add("claim_only")
    return account


def _is_active(reading: Reading, trigger: Trigger) -> bool:
    """Whether those attacked stand behind the verb: "gunmen attacked a van"."""
    before = reading.sentence.forms[max(0, trigger.first - 2) : trigger.first]
    passive = {"was", "were", "been", "being"} & {*before, reading.sentence.forms[trigger.first]}
    under = reading.sentence.forms[trigger.first] in {"came", "come", "comes", "coming"}
    return reading.sentence.words[trigger.first].latin and not (passive or under)


def _by_victims(kind: str, kinds: Sequence[str], counts: Sequence[Count]) -> str:
    """The type that follows from who died, where the words leave it open."""
    dead = {count.group for count in counts if count.killed}
    if kind == "attack_on_civilians" and dead and dead <= {"security", "militant"}:
        return "armed_clash"
    if kind in {"armed_clash", "unknown"} and "armed_clash" not in kinds and dead == {"civilian"}:
        return "attack_on_civilians"
    return kind


def _with_moment(
    reading: Reading, account: Account, mine: Sequence[Moment], every: Sequence[Moment]
) -> None:
    """The day that belongs to an event; a bound ("since") only to what lasts."""
    closed = account.kind == "crossing_closure"
    usable = [m for m in mine if not m.since or closed or (_lasts(m) and not _ends(reading, m))]
    if not usable:
        others = [m for m in every if m not in mine and not m.since] or _when(reading, every)
        usable = others if len({(m.start, m.end) for m in others}) == 1 and len(others) == 1 else []
        if (
            usable
            and abs(reading.clauses[usable[0].first] - reading.clauses[account.triggers[0].first])
            > 1
        ):
            usable = []
    if not usable:
        return
    order = ("day", "week", "month", "year", "unknown")
    named = [m for m in usable if "overnight" not in reading.sentence.forms[m.first : m.last]]
    usable = named or usable
    best = min(
        usable,
        key=lambda m: (
            m.since, order.index(m.precision), _reach(reading, account.triggers, m)
        ),
    )  # fmt: skip
    account.moment = _ranged(reading, usable, best)
    if closed and not best.since:
        account.moment = _opened_after(reading, account.moment)
    account.flags |= set(account.moment.flags)
    account.spans["date"] = [reading.span(best.first, best.last)]


def _opened_after(reading: Reading, moment: Moment) -> Moment:
    """How long a crossing was closed that is open again: "reopened on Monday after five days"."""
    if moment.start is None or moment.end or all(t.kind != "other" for t in reading.triggers):
        return moment
    for at in range(len(reading.sentence.words) - 1):
        number = number_of(reading.sentence.words[at])
        unit = day_words.units().at(reading.sentence.forms, at + 1)
        if number and unit and unit.value in _LENGTHS and not moment.first <= at < moment.last:
            first = moment.start - timedelta(number * _LENGTHS[unit.value])
            return replace(moment, start=first, end=moment.start)
    return moment


_LENGTHS = {"day": 1, "week": 7}


def _reach(reading: Reading, triggers: Sequence[Trigger], moment: Moment) -> float:
    """How far a day stands; of two that are as far the one behind is meant."""
    before = all(moment.last <= trigger.first for trigger in triggers)
    return distance(reading, triggers, moment.first, moment.last) + 0.5 * before


def _lasts(moment: Moment) -> bool:
    """Whether something may have gone on since a day: "shells have been falling since Friday"."""
    return moment.precision == "day" and not moment.flags.isdisjoint(
        {"relative_date", "year_assumed"}
    )


def _ends(reading: Reading, moment: Moment) -> bool:
    """Whether a day is that up to which something went on: "a pursuit till Sunday"."""
    return not {"until", "till", "before"}.isdisjoint(
        reading.sentence.forms[max(0, moment.first - 2) : moment.first]
    )


def _when(reading: Reading, moments: Sequence[Moment]) -> list[Moment]:
    """Days on which something else began: "shut since Wednesday, when a mine exploded"."""
    ends = [
        m for m in moments if m.since and reading.sentence.forms[m.last : m.last + 1] == ["when"]
    ]
    return [replace(moment, since=False) for moment in ends]


def _ranged(reading: Reading, usable: Sequence[Moment], best: Moment) -> Moment:
    """Two days close together are first and last: "between Sunday and Tuesday"."""
    for other in usable:
        close = (
            0 < abs(other.first - best.first) <= 4 and other.precision == best.precision == "day"
        )
        if close and other.start and best.start and not (other.counted_on or best.counted_on):
            one, two = _same_year(other, best), _same_year(best, other)
            first, last = sorted((one, two))
            most = 366 if _between(reading, best, other) else 32
            if 0 < (last - first).days < most:
                return replace(best, start=first, end=last)
    return best


def _same_year(moment: Moment, other: Moment) -> date:
    """A day without a year in the year of the one beside it."""
    day = moment.start or date.max
    if moment.year_given or not other.year_given or other.start is None:
        return day
    return day.replace(year=other.start.year, day=min(day.day, 28) if day.month == 2 else day.day)


def _between(reading: Reading, one: Moment, other: Moment) -> bool:
    first = min(one.first, other.first)
    return bool({"between", "from"} & set(reading.sentence.forms[max(0, first - 2) : first]))


def _chosen(reading: Reading, group: Sequence[Trigger], mine: Sequence[Locus]) -> list[Locus]:
    """The place of an event, and those that are listed with it."""
    if not mine:
        return []
    closed = any(t.kind == "crossing_closure" for t in group)
    costs = [
        distance(reading, group, locus.first, locus.last)
        + _RANK_COST[locus.rank]
        + _HEADING_COST * _heads(reading, locus)
        + _UNKNOWN_COST * ("place_unknown" in locus.flags)
        + _BEFORE["locus"] * all(locus.last <= t.first for t in group)
        + _NO_CROSSING_COST * (closed and not locus.crossing)
        for locus in mine
    ]
    best = mine[costs.index(min(costs))]
    heading = [locus for locus in mine if _heads(reading, locus)]
    if heading and best.placement.located_by == "none" and not _has_unit(best):
        best = heading[0]  # "Bannu: a constable was fired at near Mandan bridge"
    listed = [best]
    for locus in mine:
        between = reading.sentence.forms[best.last : locus.first]
        if locus.first >= best.last and between in (
            ["and"],
            ["and", "the"],
            ["and", "in"],
            ["و", "در"],
        ):
            listed.append(locus)
    return listed


def _has_unit(locus: Locus) -> bool:
    return bool(locus.record.district or locus.record.province)


def _heads(reading: Reading, locus: Locus) -> bool:
    """Whether a place heads an entry: "05.10.2020, Zhob: Levies ..."."""
    words = reading.sentence.words
    return locus.last < len(words) and ":" in words[locus.last].gap and locus.last < 8


def _pairs(
    reading: Reading, group: Sequence[Trigger], times: Sequence[Moment]
) -> list[tuple[Locus, Moment]]:
    """Places of a list that has a day for each: "Torkham on 19 May, Kharlachi on 8 June"."""
    loci = [locus for locus in reading.loci if locus.first >= max(t.last for t in group)]
    ends = [locus.first for locus in loci[1:]] + [len(reading.sentence.forms)]
    pairs = []
    for locus, end in zip(loci, ends, strict=False):
        days = [m for m in times if locus.last <= m.first < end]
        if days:
            pairs.append((locus, _ranged(reading, days, days[0])))
    return pairs if len(pairs) == len(loci) > 1 else []


def _paired(reading: Reading, account: Account, locus: Locus, moment: Moment) -> Account:
    one = _copy(account)
    one.locus, one.moment = locus, moment
    one.flags = set(account.flags) | set(moment.flags)
    one.spans["place"] = [(locus.start, locus.end)]
    one.spans["date"] = [reading.span(moment.first, moment.last)]
    return one


def _with_loci(reading: Reading, account: Account, chosen: Sequence[Locus]) -> list[Account]:
    """An event for each of the places that are listed; one without shares that of the sentence."""
    if not chosen and reading.loci and account.kind != "crossing_closure":
        shared = min(reading.loci, key=lambda locus: _RANK_COST[locus.rank])
        chosen = [shared.borrowed()]
    accounts = []
    each: Sequence[Locus | None] = chosen or [None]
    for locus in each:
        one = account if len(chosen) < 2 else _copy(account)
        one.locus = locus
        if locus:
            one.spans["place"] = [(locus.start, locus.end)]
        if len(chosen) > 1:
            one.flags.add("several_places")
        accounts.append(one)
    return accounts


def _copy(account: Account) -> Account:
    return replace(
        account, flags=set(account.flags), spans=dict(account.spans), counts=list(account.counts)
    )
