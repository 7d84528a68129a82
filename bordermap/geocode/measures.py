"""Distances, directions and mentions of the line among the words of a report."""

from __future__ import annotations

from dataclasses import replace

from bordermap.gazetteer import Phrase
from bordermap.geocode.grammar import Grammar, Relation, matched, written

__all__ = ["direction_at", "distance_at", "line_mention"]

ROUND_NUMBERS = ((100, 50.0), (10, 5.0), (5, 2.5))
"""A number that is a multiple of the first is taken as rounded to within the second: "40 km" is
said of 35 to 45, "15 km" of 12.5 to 17.5; other whole numbers are within 1 of the truth, and
decimals within half of their unit. That is how people round (heaping on multiples of 5 and 10)."""

HEDGED = 2.0
"""By how much "about" and "some" widen that."""

METRES_SHARE = 0.2
"""What is told in metres may be off by this share of it: it is paced or guessed, not measured."""

VAGUE_SHARE = 0.6
"""Numbers that are no figures ("a few") may be off by this share of what they are read as."""


def _number(word: str, grammar: Grammar) -> float | None:
    known = grammar.numbers.get(word)
    if known is not None:
        return known
    if not word[:1].isdecimal() and word[:1] != "-":
        return None
    try:
        return float(word)
    except ValueError:
        return None


def _slack(number: float, word: str, grammar: Grammar) -> float:
    """By how much a number as written may be off, in its own unit."""
    if word in grammar.vague:
        return VAGUE_SHARE * number
    if number != int(number):
        return 0.5
    return next((slack for step, slack in ROUND_NUMBERS if number and number % step == 0), 1.0)


def _quantity(words: Phrase, at: int, grammar: Grammar) -> tuple[float, float, int] | None:
    """Metres, their slack and the number of words of ``12 km`` or ``10 to 12 km``."""
    skipped = at < len(words) - 1 and words[at] == "a" and words[at + 1] in grammar.vague
    at += skipped
    first = _number(words[at], grammar) if at < len(words) else None
    if first is None:
        return None
    size = 1 + (words[at + 1 : at + 2] in {("a",), ("an",)})  # "half a mile"
    low = high = first
    slack = _slack(first, words[at], grammar)
    last = at + 2 if words[at + 1 : at + 2] in {("to",), ("or",), ("and",), ("-",)} else at + 1
    second = _number(words[last], grammar) if size == 1 and last < len(words) else None
    if second is not None and second > first:
        high, size = second, last - at + 1
        slack = max(slack, _slack(second, words[last], grammar)) + (high - low) / 2
    unit = words[at + size] if at + size < len(words) else ""
    if unit not in grammar.units_m:
        return None
    metres = grammar.units_m[unit]
    slack = slack if metres > 1 else max(slack, METRES_SHARE * high)
    return (low + high) / 2 * metres, slack * metres, size + 1 + skipped


def distance_at(words: Phrase, at: int, grammar: Grammar) -> tuple[Relation, int] | None:
    """``about 15 km north of`` or ``2 km from`` at a place among words, and where it ends."""
    bound = hedge = ""
    while size := matched(words, at, grammar.hedges):
        if words[at + size : at + size + 1] and words[at + size] in grammar.units_m:
            break  # "a kilometre"
        hedge = grammar.hedges[words[at : at + size]]
        bound = hedge if hedge != "about" else bound
        at += size
    found = _quantity(words, at, grammar)
    if found is None:
        return None
    metres, slack, size = found
    at = _past_joins(words, at + size, grammar)
    direction, bearing, end = bearing_at(words, at, grammar)
    short = words[at] if at < len(words) else ""
    if not direction and short in grammar.short_bearings:
        direction, bearing, end = short, grammar.short_bearings[short], at + 1
    slack *= HEDGED if hedge else 1.0
    relation = Relation("from", (), "", metres, direction, bearing, slack, bound)
    return relation, _past_joins(words, end, grammar)


def bearing_at(words: Phrase, at: int, grammar: Grammar) -> tuple[str, float | None, int]:
    """A compass point as written, its degrees, and where it ends; empty and None for none."""
    start = at + 2 if words[at : at + 2] == ("to", "the") else at
    size = matched(words, start, grammar.bearings)
    if not size:
        return "", None, at
    point = words[start : start + size]
    return " ".join(point), grammar.bearings[point], start + size


def direction_at(words: Phrase, at: int, grammar: Grammar) -> tuple[Relation, int] | None:
    """``southwest of`` or ``eastern part of``, without a distance, and where it ends.

    In Pashto, Dari and Urdu the landmark may follow at once, or stand before it.
    """
    direction, bearing, end = bearing_at(words, at, grammar)
    if not direction:
        return None
    part = end < len(words) and words[end] in grammar.parts
    end += part
    latin = direction.isascii()
    if latin and words[end : end + 1] not in {("of",), ("from",)}:
        return None
    before = words[max(at - 2, 0) : at]
    end = _past_joins(words, end, grammar)
    behind = None if latin else _quantity(words, end, grammar)  # "د X شمال ته ۱۵ کیلومتره"
    if behind:
        metres, slack, size = behind
        end = _past_joins(words, end + size, grammar)
        return Relation("from", (), "", metres, direction, bearing, slack), end
    inside = part or (latin and before[-1:] == ("the",) and words[at : at + 1] != ("to",))
    return Relation("from", (), "", None, direction, bearing, inside=inside), end


def _past_joins(words: Phrase, at: int, grammar: Grammar) -> int:
    """Past the words that only join a distance to its landmark."""
    while at < len(words) and words[at] in grammar.joins:
        if words[at : at + 2] == ("to", "the") and matched(words, at + 2, grammar.bearings):
            break
        at += 1
    return at


def line_mention(words: Phrase, grammar: Grammar) -> tuple[int, int, Relation] | None:
    """Where words speak of the line itself ("near the Afghan border"), and how far from it.

    "Torkham border" and "border post" are names of things, no mentions of the line: before the
    noun there must be nothing, or a preposition; after it nothing, or a preposition.
    """
    line = grammar.line
    for at in range(len(words)):
        size = matched(words, at, line["words"])
        if not size:
            continue
        start, end = _described_from(words, at, grammar), at + size
        end += matched(words, end, line["areas"])
        before = _ending(words[:start], line["before"])
        follows = end == len(words) or matched(words, end, line["after"]) or words[end] == "-"
        if not (start == 0 or before) or not follows:
            continue
        found = _with_distance(words, start, before, end, grammar)
        if words[at : at + size] in line["zero"]:
            return found[0], found[1], replace(found[2], kind="zero")
        return found
    return None


def _described_from(words: Phrase, at: int, grammar: Grammar) -> int:
    """Where the adjectives of a noun begin."""
    while size := _ending(words[:at], grammar.line["adjectives"]):
        at -= size
    return at


def _ending(words: Phrase, phrases: frozenset[Phrase]) -> int:
    """Length of the longest of some phrases that closes a run of words."""
    return next((n for n in (3, 2, 1) if len(words) >= n and words[-n:] in phrases), 0)


def _with_distance(
    words: Phrase, start: int, before: int, end: int, grammar: Grammar
) -> tuple[int, int, Relation]:
    """A mention of the line, from the first word of its distance or preposition."""
    for at in range(start):
        found = distance_at(words, at, grammar)
        if found and words[found[1] : start] in {(), ("the",)} and found[1] <= start:
            relation = found[0]
            text = written(words[at:end])
            return at, end, Relation(
                "line", (), text, relation.distance_m, slack_m=relation.slack_m,
                bound=relation.bound,
            )  # fmt: skip
    while size := _ending(words[: start - before], grammar.line["before"]) if before else 0:
        before += size
    return start - before, end, Relation("line", (), written(words[start - before : end]))
