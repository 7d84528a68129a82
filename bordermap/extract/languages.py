"""Which of the four languages a text is in, by its letters and its commonest words."""

from __future__ import annotations

from collections import Counter

from bordermap.extract.lexicon import listed
from bordermap.extract.words import cut

__all__ = ["language_of"]

ENOUGH = 20_000
"""So many characters tell it."""

FEWEST = 3
"""Fewer words of a language than this tell nothing."""


def language_of(text: str) -> str:
    """Tell the language of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``en``, ``ps``, ``fa`` or ``ur``; empty where too little says so.

    Examples
    --------
    >>> language_of("Two soldiers were killed in Wana on Tuesday, the army said.")
    'en'
    >>> language_of("1234")
    ''
    """
    words = cut(text[:ENOUGH])
    latin = sum(word.latin and word.text[0].isalpha() for word in words)
    local = sum(not word.latin for word in words)
    if latin > local:
        common = set(listed("small", "english"))
        return "en" if sum(word.form in common for word in words) >= FEWEST else ""
    told: Counter[str] = Counter()
    for language in ("ps", "fa", "ur"):
        marks = {word.form for text in listed("small", "languages", language) for word in cut(text)}
        told[language] = sum(word.form in marks for word in words)
    best, count = told.most_common(1)[0]
    return best if count >= FEWEST else ""
