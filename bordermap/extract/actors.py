"""Parties of an event, with the role that the sentence gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from bordermap.extract.events import CASUALTIES, VIOLENT, Trigger
from bordermap.extract.lexicon import Phrases, phrases, table
from bordermap.extract.sentences import Sentence

__all__ = ["Actor", "Parties", "actors_of", "parties_of"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A party that a sentence names.

    Attributes
    ----------
    name : str
        What we call it.
    kind : str
        ``state``, ``militant`` or ``civilian``.
    general : bool
        Whether it is told without a name ("militants").
    first, last : int
        Words of the sentence: from ``first`` up to ``last``.
    """

    name: str
    kind: str
    general: bool
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Parties:
    """Who did it and to whom; None where the sentence does not say."""

    a: Actor | None = None
    b: Actor | None = None


@cache
def _lexicon() -> Phrases[tuple[str, str, bool]]:
    rows = table("actors")["actor"]
    return Phrases(
        (name, (row["name"], row["kind"], row.get("general", False)))
        for row in rows
        for name in row["names"]
    )


@cache
def _countries() -> frozenset[str]:
    """Names that are also those of a country or its people."""
    return frozenset({"Afghanistan", "Pakistan", "United States"})


def actors_of(sentence: Sentence) -> list[Actor]:
    """The parties that a sentence names, in their order.

    Of a people and a party without a name ("Afghan civilians") the latter stays, with its people
    before it where it is armed ("Afghan soldiers").
    """
    found: list[Actor] = []
    for one in _lexicon().all(sentence.forms):
        name, kind, general = one.value
        before = found[-1] if found else None
        if general and before and before.last == one.start and before.name in _countries():
            if kind == "civilian":
                found[-1] = Actor(name, kind, general, one.start, one.end)
            else:
                found[-1] = Actor(before.name, kind, False, before.first, one.end)
            continue
        if general and before and before.last == one.start and before.kind == kind:
            continue
        found.append(Actor(name, kind, general, one.start, one.end))
    return found


def parties_of(
    sentence: Sentence, triggers: Sequence[Trigger], actors: Sequence[Actor], clauses: Sequence[int]
) -> Parties:
    """Who did it and to whom, as far as the sentence says so.

    Parameters
    ----------
    sentence : Sentence
    triggers : sequence of Trigger
        The words that tell one event.
    actors : sequence of Actor
        All that the sentence names.
    clauses : sequence of int
        The clause of each word.
    """
    able = [a for a in actors if not _speaks(sentence, a) and not _colours(sentence, a, triggers)]
    pair = _between(sentence, able)
    if pair.a and pair.b:
        return pair
    found = Parties()
    ordered = sorted(triggers, key=lambda t: (t.kind in CASUALTIES, t.first))
    for trigger in ordered:
        one = _about(sentence, trigger, able, clauses)
        a = found.a or (one.a if one.a and not _is_named(one.a, found.b) else None)
        found = Parties(a, found.b or (one.b if one.b and not _is_named(one.b, a) else None))
    harmed = any(trigger.kind in VIOLENT for trigger in triggers)
    if found.a and found.a.kind == "civilian" and harmed:
        return Parties(None, found.b or found.a)  # "four labourers shot dead"
    return found


def _is_named(one: Actor, other: Actor | None) -> bool:
    return other is not None and one.name == other.name


def _colours(sentence: Sentence, actor: Actor, triggers: Sequence[Trigger]) -> bool:
    """Whether a people only describes a thing: "Afghan airspace"."""
    last = sentence.words[actor.last - 1]
    if last.owns and actor.name in _countries():
        return sentence.forms[actor.last : actor.last + 1] not in (
            ["army"],
            ["military"],
            ["forces"],
        )
    against = sentence.forms[actor.first - 1 : actor.first] == ["against"]
    if against or last.form not in {"afghan", "pakistani", "american"}:
        return False
    after = sentence.forms[actor.last : actor.last + 1]
    joined = not after or after[0] in {"and", "side", "fire", "drone"}
    return not joined and not any(0 <= t.first - actor.last <= 1 for t in triggers)


def _speaks(sentence: Sentence, actor: Actor) -> bool:
    """Whether somebody only says: "the army said", "according to police"."""
    after = sentence.forms[actor.last : actor.last + 3]
    before = sentence.forms[max(0, actor.first - 3) : actor.first]
    says = phrases("cues", "speech").at(after, 0) or phrases("roles", "titles").at(after, 0)
    if "according" in before or (says and after[0] not in {"met", "called"}):
        return True
    return after[:1] in (["official"], ["officials"], ["spokesman"], ["sources"], ["chief"])


def _between(sentence: Sentence, actors: Sequence[Actor]) -> Parties:
    """``between Afghan and Pakistani forces``, ``میان ... و ...``."""
    words = {"between", "میان", "بین", "ترمنځ", "درمیان"}
    for at, form in enumerate(sentence.forms):
        if form not in words:
            continue
        near = [actor for actor in actors if at - 8 <= actor.first <= at + 10]
        if form == "between":
            near = [actor for actor in near if actor.first > at]
        joined = [
            (one, other)
            for one, other in pairwise(near)
            if other.first - one.last <= 5
            and {"and", "و", "او", "اور"} & set(sentence.forms[one.last : other.first])
        ]
        if joined:
            return Parties(*joined[0])
    one_and_other = [
        (one, other)
        for one, other in pairwise(actors)
        if sentence.forms[one.last : other.first] == ["and"] and _fights(sentence, other.last)
    ]
    return Parties(*one_and_other[0]) if one_and_other else Parties()


def _fights(sentence: Sentence, at: int) -> bool:
    """Whether those before a word fought each other."""
    verbs = {
        "clashed",
        "exchanged",
        "traded",
        "skirmished",
        "fought",
        "battled",
        "exchange",
        "trade",
    }
    return bool(verbs & set(sentence.forms[at : at + 3]))


def _about(
    sentence: Sentence, trigger: Trigger, actors: Sequence[Actor], clauses: Sequence[int]
) -> Parties:
    if not sentence.words[trigger.first].latin:
        return _local(sentence, trigger, actors)
    clause = clauses[trigger.first]
    before = [a for a in actors if a.last <= trigger.first and clauses[a.first] == clause]
    after = [a for a in actors if a.first >= trigger.last and clauses[a.first] == clause]
    inside = [a for a in actors if a.first >= trigger.first and a.last <= trigger.last]
    if trigger.noun:
        return _of_noun(sentence, trigger, before, after)
    doer = _by(sentence, after)
    if _is_passive(sentence, trigger):
        return Parties(doer, before[-1] if before else None)
    first = before[-1] if before else (inside[0] if inside else None)
    return Parties(first, after[0] if after else None)


def _is_passive(sentence: Sentence, trigger: Trigger) -> bool:
    before = sentence.forms[max(0, trigger.first - 3) : trigger.first]
    if {"was", "were", "been", "being", "be", "are", "is"} & set(before):
        return True
    last = sentence.forms[trigger.first]
    return last in {"dead", "died", "deaths", "martyred"} or sentence.forms[
        trigger.last : trigger.last + 1
    ] == ["by"]


def _by(sentence: Sentence, after: Sequence[Actor]) -> Actor | None:
    for actor in after:
        before = sentence.forms[max(0, actor.first - 3) : actor.first]
        if "by" in before:
            return actor
    return None


def _of_noun(
    sentence: Sentence, trigger: Trigger, before: Sequence[Actor], after: Sequence[Actor]
) -> Parties:
    """``a US drone strike``, ``an attack by militants on a post``."""
    doer = (
        before[-1] if before and _describes(sentence, before[-1], trigger) else _by(sentence, after)
    )
    hit = None
    for actor in after:
        lead = sentence.forms[max(trigger.last, actor.first - 3) : actor.first]
        if {"on", "against", "targeting", "killed", "killing", "hit", "with"} & set(lead):
            hit = actor
            break
    return Parties(doer, hit if hit is not doer else None)


def _describes(sentence: Sentence, actor: Actor, trigger: Trigger) -> bool:
    """Whether a party stands as a word of a noun: "Pakistani air strikes", "US night raid"."""
    between = sentence.forms[actor.last : trigger.first]
    return len(between) <= 1 and not {"in", "of", "to", "a", "an", "the", "by", "on"} & set(between)


def _local(sentence: Sentence, trigger: Trigger, actors: Sequence[Actor]) -> Parties:
    """In Pashto, Dari and Urdu who acts comes first, and only a particle says so."""
    before = [a for a in actors if a.last <= trigger.first and not a.general]
    if not before or trigger.kind in CASUALTIES:
        return Parties()
    return Parties(before[0], None)
