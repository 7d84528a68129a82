"""The words that join names, and what a report says of a landmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from bordermap.gazetteer import Phrase, Words, load_words, tokens

__all__ = ["DASH", "Grammar", "Relation", "load_grammar", "matched", "written"]

DASH = "-"
"""Stands in a run of words where a dash joined two names."""

LONGEST_PHRASE = 4
"""Words in the longest joining phrase ("across the border from")."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A landmark and how the place stands to it.

    Attributes
    ----------
    kind : str
        ``from`` (with a distance or a direction), ``near``, ``facing``, ``between``, ``border``
        (between units), ``toward`` (which places nothing), ``line`` (near the line itself),
        ``zero`` (a point on it) or ``end`` (of it).
    targets : tuple of str
        Names of the landmarks; two or more for ``between`` and ``border``; for ``line`` and
        ``zero`` the units that it lies in, if any; for ``end`` the third country there.
    text : str
        The phrase itself.
    distance_m : float, optional
    direction : str
        As written, or empty.
    bearing : float, optional
        The direction in degrees from north.
    slack_m : float
        By how much the number itself may be off: rounded, or "about".
    bound : str
        ``most`` for "less than", ``least`` for "more than", else empty.
    inside : bool
        Whether the direction is that of a part ("in the east of").
    """

    kind: str
    targets: tuple[str, ...]
    text: str
    distance_m: float | None = None
    direction: str = ""
    bearing: float | None = None
    slack_m: float = 0.0
    bound: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """The word lists that join names, normalised; ``joining`` are all their words."""

    words: Words
    containment: frozenset[str]
    possessor_first: frozenset[str]
    lists: frozenset[str]
    ends: frozenset[str]
    relations: Mapping[Phrase, str]
    bearings: Mapping[Phrase, float]
    short_bearings: Mapping[str, float]
    parts: frozenset[str]
    joins: frozenset[str]
    hedges: Mapping[Phrase, str]
    units_m: Mapping[str, float]
    numbers: Mapping[str, float]
    vague: frozenset[str]
    line: Mapping[str, frozenset[Phrase]]
    line_ends: Mapping[str, frozenset[Phrase]]
    joining: frozenset[str]


def _single(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in words for word in tokens(text))


def _relations(raw: Mapping[str, Iterable[str]]) -> dict[Phrase, str]:
    kinds = ("near", "facing", "between", "border", "toward")
    return {tokens(text): kind for kind in kinds for text in raw[kind]}


def _phrases(raw: Mapping[str, Iterable[str]]) -> dict[str, frozenset[Phrase]]:
    return {name: frozenset(map(tokens, listed)) for name, listed in raw.items()}


@cache
def load_grammar() -> Grammar:
    """The joining words of ``words.toml``."""
    words = load_words()
    raw = words.raw
    about = raw["about"]
    lists = (*raw["between"].values(), *raw["line"].values(), *raw["ends_of_line"].values())
    near = (*raw["relations"].values(), raw["bearings"], raw["joins"]["from"], ["side"])
    hedged = (("about", "words"), ("most", "most"), ("least", "least"))
    return Grammar(
        words=words,
        containment=_single(raw["between"]["containment"]),
        possessor_first=_single(raw["between"]["possessor_first"]),
        lists=_single(raw["between"]["list"]),
        ends=_single(raw["between"]["ends"]),
        relations=_relations(raw["relations"]),
        bearings={tokens(text): float(degrees) for text, degrees in raw["bearings"].items()},
        short_bearings={text: float(degrees) for text, degrees in raw["bearings_short"].items()},
        parts=_single(raw["joins"]["part"]),
        joins=_single(raw["joins"]["from"]),
        hedges={tokens(text): hedge for hedge, name in hedged for text in about[name]},
        units_m={tokens(text)[0]: float(metres) for text, metres in raw["units_m"].items()},
        numbers={tokens(text)[0]: float(number) for text, number in raw["numbers"].items()},
        vague=_single(about["vague"]),
        line=_phrases(raw["line"]),
        line_ends=_phrases(raw["ends_of_line"]),
        joining=frozenset[str]().union(*map(_single, (*lists, *near))),
    )


def matched(words: Phrase, at: int, phrases: frozenset[Phrase] | Mapping[Phrase, object]) -> int:
    """Length of the longest of some phrases that stands at a place among words; 0 for none."""
    for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        if words[at : at + size] in phrases:
            return size
    return 0


def written(words: Phrase) -> str:
    """Words as the report wrote them, joined by blanks."""
    return " ".join(getattr(word, "raw", word) for word in words)
