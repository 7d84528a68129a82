"""The lists of words, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar

from bordermap.extract.words import forms

__all__ = ["Found", "Phrases", "listed", "named", "phrases", "single", "table"]

T = TypeVar("T", bound=Hashable)


class Found(NamedTuple, Generic[T]):
    """A phrase that stands among words: from ``start`` up to ``end``, and what it says."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """Phrases of words, found where they stand; of those that begin at a word, the longest."""

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for text, value in pairs:
            words = forms(text)
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for listed_ in self._by_first.values():
            listed_.sort(key=lambda pair: -len(pair[0]))

    def at(self, words: Sequence[str], start: int) -> Found[T] | None:
        """The longest phrase that begins at a word."""
        if not 0 <= start < len(words):
            return None
        for phrase, value in self._by_first.get(words[start], ()):
            end = start + len(phrase)
            if len(phrase) == 1 or tuple(words[start:end]) == phrase:
                return Found(start, end, value)
        return None

    def ending(self, words: Sequence[str], end: int) -> Found[T] | None:
        """The longest phrase that ends before a word."""
        for start in range(max(0, end - 5), end):
            found = self.at(words, start)
            if found and found.end == end:
                return found
        return None

    def all(self, words: Sequence[str]) -> list[Found[T]]:
        """All phrases, from the first word on, none over another."""
        found: list[Found[T]] = []
        first = self._by_first
        at = 0
        for start, word in enumerate(words):
            if start >= at and word in first:
                one = self.at(words, start)
                if one:
                    found.append(one)
                    at = one.end
        return found

    def any(self, words: Sequence[str]) -> bool:
        """Whether one of the phrases stands among some words."""
        first = self._by_first
        return any(word in first and self.at(words, at) for at, word in enumerate(words))


@cache
def table(name: str) -> dict[str, Any]:
    """One of the files in ``lexicon/``, ``{a|b}`` in its lists written out."""
    path = ("lexicon", f"{name}.toml")
    text = resources.files("bordermap.extract").joinpath(*path).read_text("utf-8")
    written: dict[str, Any] = _written_out(tomllib.loads(text))
    return written


_CHOICE = re.compile(r"\{([^{}]*)\}")


def _written_out(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written_out(one) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    return [one for entry in value for one in _choices(entry)]


def _choices(entry: Any) -> list[Any]:
    """All that a phrase with choices says: ``{a|an|} {mine|bomb}``."""
    if not isinstance(entry, str) or "{" not in entry:
        return [_written_out(entry)]
    parts = _CHOICE.split(entry)
    options = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    return [" ".join("".join(chosen).split()) for chosen in product(*options)]


def listed(name: str, section: str, key: str = "words") -> list[str]:
    """A list of a section."""
    words: list[str] = table(name)[section][key]
    return words


@cache
def phrases(name: str, section: str, key: str = "words") -> Phrases[bool]:
    """A list of a section, ready to be found."""
    return Phrases((text, True) for text in listed(name, section, key))


@cache
def named(name: str, section: str) -> Phrases[str]:
    """The lists of a section that has several, each phrase with the name of its list."""
    rows: dict[str, list[str]] = table(name)[section]
    return Phrases((text, key) for key, texts in rows.items() for text in texts)


@cache
def single(section: str) -> frozenset[str]:
    """The forms of a set of single words of ``small.toml``."""
    return frozenset(form for word in listed("small", section) for form in forms(word))
