"""A sentence that was read, and an event as it tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bordermap.extract.actors import Actor, Parties, actors_of
from bordermap.extract.days import Moment
from bordermap.extract.events import CASUALTIES, Trigger, clauses_of, triggers_of
from bordermap.extract.lexicon import phrases
from bordermap.extract.places import Locus
from bordermap.extract.sentences import Sentence
from bordermap.extract.tolls import Count, counts_of

__all__ = ["Account", "Reading", "Span"]

Span = tuple[int, int]


@dataclass(slots=True)
class Account:
    """An event as told so far; sentences that tell more of it are added to it.

    Attributes
    ----------
    kind : str
        The event type.
    sure_kind : bool
        Whether a word says the type itself, not only "attack" or "killed".
    sentence : Sentence
        The first that tells it.
    moment, locus : optional
    counts : list of sequence of Count
        One entry a sentence.
    parties : Parties
    flags : set of str
        Words of ``DRAFT_FLAGS``.
    spans : dict of str to list of Span
        Characters by what they gave: ``event``, ``date``, ``place``, ``toll``, ``actor``.
    last : int
        Number of the last sentence that told of it.
    refers : bool
        Whether the words refer to an event already told ("the attack").
    """

    kind: str
    sure_kind: bool
    sentence: Sentence
    triggers: tuple[Trigger, ...]
    moment: Moment | None = None
    locus: Locus | None = None
    counts: list[Sequence[Count]] = field(default_factory=list)
    parties: Parties = field(default_factory=Parties)
    flags: set[str] = field(default_factory=set)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    last: int = 0
    refers: bool = False
    apart: bool = False

    @property
    def has_own_place(self) -> bool:
        """Whether it was told with a place, none being borrowed from around."""
        return self.locus is not None and not self.locus.is_borrowed

    @property
    def casualties_only(self) -> bool:
        return all(trigger.kind in CASUALTIES for trigger in self.triggers)


@dataclass(frozen=True)
class Reading:
    """A sentence, read."""

    sentence: Sentence
    moments: Sequence[Moment]
    loci: Sequence[Locus]

    @cached_property
    def triggers(self) -> list[Trigger]:
        return triggers_of(self.sentence)

    @cached_property
    def clauses(self) -> list[int]:
        return clauses_of(self.sentence)

    @cached_property
    def counts(self) -> list[Count]:
        return counts_of(self.sentence)

    @cached_property
    def actors(self) -> list[Actor]:
        return actors_of(self.sentence)

    def says(self, name: str) -> bool:
        """Whether words of a list of cues stand in the sentence."""
        return phrases("cues", name).any(self.sentence.forms)

    def span(self, first: int, last: int) -> Span:
        """Characters of some words."""
        return self.sentence.words[first].start, self.sentence.words[last - 1].end
