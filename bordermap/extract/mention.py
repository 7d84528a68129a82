"""A name of a place in a sentence, and what finding one needs in any script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bordermap.extract.lexicon import listed
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import Word, forms
from bordermap.gazetteer import Gazetteer, Hit

__all__ = ["ROLES", "Mention", "Names", "not_names"]

ROLES = ("place", "origin", "spoken", "attribute", "metonym", "dateline", "organisation", "person")
"""``origin``: where somebody came from or was brought to; ``spoken``: where somebody spoke;
``attribute``: "the Kunar governor"; ``metonym``: a government by its capital."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence.

    Attributes
    ----------
    first, last : int
        Words of the sentence: from ``first`` up to ``last``, the word of kind included.
    start, end : int
        Characters of the document.
    name : str
        As written, without the word of kind behind it.
    role : str
        One of :data:`ROLES`.
    hits : tuple of Hit
        What it may mean; empty for a name that a word of kind tells for a place, and that the
        gazetteer does not have.
    kind : str
        The word of kind, or empty.
    """

    first: int
    last: int
    start: int
    end: int
    name: str
    role: str
    hits: tuple[Hit, ...]
    kind: str = ""


@cache
def not_names() -> frozenset[tuple[str, ...]]:
    return frozenset(map(forms, listed("roles", "not_names")))


class Names:
    """Finds the names of one sentence; a script each has its own."""

    def __init__(self, sentence: Sentence, gazetteer: Gazetteer) -> None:
        self.words: list[Word] = sentence.words
        self.forms: list[str] = sentence.forms
        self.sentence = sentence
        self.gazetteer = gazetteer
        self.blocked = self._masked()
        self.told = -1
        """Where the last place ended."""

    def _masked(self) -> set[int]:
        """Words of phrases that are never places."""
        masks = self.gazetteer.masks
        blocked: set[int] = set()
        for at, form in enumerate(self.forms):
            for mask in masks.get(form, ()):
                if tuple(self.forms[at : at + len(mask)]) == mask:
                    blocked.update(range(at, at + len(mask)))
                    break
        return blocked

    def _text(self, start: int, end: int) -> str:
        words = self.words[start:end]
        gaps = ["", *(word.gap.replace(".", ". ") or " " for word in words[1:])]
        texts = (word.text.removesuffix("\u200cی") for word in words)  # an izafat of Dari
        return "".join(gap + text for gap, text in zip(gaps, texts, strict=True))

    def at(self, at: int) -> Mention | None:
        """The name that begins at a word, if one does."""
        raise NotImplementedError
