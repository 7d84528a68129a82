"""Names that are nearly alike: what is left when neither exact nor folded keys agree.

Two folded keys in one script are compared by their Levenshtein similarity (RapidFuzz), one in
Arabic and one in Latin letters by the consonants that both write. Keys are never compared with all
others, but with those of a few blocks: a key is kept under its consonants (:func:`block`) and
asked for under them and under all that differ by one consonant (:func:`blocks`). All functions
here are functions of folded keys alone, so a store of any kind can use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Levenshtein

__all__ = ["LEAST_LETTERS", "LEAST_SIMILAR", "block", "blocks", "similar"]

LEAST_SIMILAR = 0.8
"""Least similarity that is reported. See ``docs/spelling.md`` for what a cut finds and mistakes."""

LEAST_LETTERS = 5
"""Shorter folded keys are not compared; one less in Arabic script, which leaves out vowels."""

LEAST_CONSONANTS = 3
"""Keys of two scripts with fewer consonants meet by chance."""

LATIN_LESS = 0.05
"""Less similarity for a Latin name and an Arabic key than the other way round: the vowels that a
Latin name has and the key lacks may be those of another name."""

LONGEST_KEY = 60
"""Longer keys are not compared, so that no text takes long."""

_LATIN = str.maketrans(
    {
        "ا": "a", "ب": "b", "پ": "p", "ت": "t", "ج": "j", "چ": "c", "ه": "h", "خ": "k", "د": "d",
        "ر": "r", "ز": "z", "س": "s", "ش": "x", "ف": "f", "ک": "k", "ل": "l", "م": "m", "ن": "n",
        "و": "u", "ی": "i",
    }
)  # fmt: skip
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_DIGITS = re.compile(r"\D+")
_LETTERS = re.compile(r"[\W\d_]+")
_FIRST = str.maketrans("gjeiuv", "kzaaaa")
_LATER = str.maketrans("gj", "kz", "aeiuvh")
_ONE_SOUND = str.maketrans("gjv", "kzu")
_CONSONANTS = "bcdfklmnprstxz"


@lru_cache(maxsize=8192)
def _plain(folded: str) -> str:
    """A folded key in Latin letters, one a sound ("sh" is x), without digits."""
    return _LETTERS.sub("", folded.replace("sh", "x").translate(_LATIN))


def _digits(folded: str) -> str:
    return _DIGITS.sub("", folded)


def _start(folded: str) -> str:
    """First sound of a key: vowels, v and w are one; so are g and k, j and z."""
    return _plain(folded)[:1].translate(_FIRST)


def _is_arabic(folded: str) -> bool:
    return not folded.isascii() and bool(_ARABIC.search(folded))


def _long_enough(folded: str) -> bool:
    letters = len(_plain(folded))
    return LEAST_LETTERS - _is_arabic(folded) <= letters <= LONGEST_KEY


@lru_cache(maxsize=65536)
def block(folded: str) -> str:
    """Under which block a folded key is kept: its digits, first sound and later consonants.

    Examples
    --------
    >>> block("spinbuldak"), block("سپینبولدک")
    ('spnbldk', 'spnbldk')
    """
    return _digits(folded) + _start(folded) + _plain(folded)[1:].translate(_LATER)


def blocks(folded: str) -> tuple[str, ...]:
    """Under which blocks the keys similar to a folded key are kept.

    Returns
    -------
    tuple of str
        Its own block first, then those with one consonant less, more or another one; never
        another first sound or other digits. Empty for a key that is too short or too long.
    """
    if not _long_enough(folded):
        return ()
    own = block(folded)
    first = len(_digits(folded)) + 1
    found = [own]
    for at in range(first, len(own) + 1):
        head, tail = own[:at], own[at:]
        found += [head + letter + tail for letter in _CONSONANTS]
        if tail:
            found.append(head + tail[1:])
        if tail and len(own) > first + 1:  # of two consonants, another one is another name
            found += [head + letter + tail[1:] for letter in _CONSONANTS]
    return tuple(dict.fromkeys(found))


def similar(
    folded: str, keys: Iterable[str], *, least: float = LEAST_SIMILAR
) -> list[tuple[str, float]]:
    """Those of some folded keys that are similar to one, the most similar first.

    Parameters
    ----------
    folded : str
    keys : iterable of str
        Folded keys, mostly those of its :func:`blocks`.
    least : float
        Least similarity, of at most 1.

    Returns
    -------
    list of (str, float)
        Keys and similarities; the key itself is not among them.
    """
    if not _long_enough(folded):
        return []
    arabic = _is_arabic(folded)
    alike: list[str] = []
    others: list[str] = []
    for key in dict.fromkeys(keys):
        (alike if _is_arabic(key) == arabic else others).append(key)
    found = _in_script(folded, alike, least) + _in_other_script(folded, others, least)
    digits, start = _digits(folded), _start(folded)
    kept = [
        (key, round(score, 4))
        for key, score in found
        if key != folded and _long_enough(key) and _digits(key) == digits and _start(key) == start
    ]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


def _in_script(folded: str, keys: list[str], least: float) -> list[tuple[str, float]]:
    size = len(folded)
    near = [key for key in keys if least * size <= len(key) <= size / least]
    scorer, most = Levenshtein.normalized_distance, 1.0 - least + 1e-9
    found = process.extract(folded, near, scorer=scorer, score_cutoff=most, limit=None)
    return [(key, 1.0 - distance) for key, distance, _ in found]


def _in_other_script(folded: str, keys: list[str], least: float) -> list[tuple[str, float]]:
    own, arabic = block(folded), _is_arabic(folded)
    if len(own) < LEAST_CONSONANTS:
        return []
    near = (key for key in keys if block(key) == own)
    if arabic:
        scored = [(key, _across(folded, key)) for key in near]
    else:
        scored = [(key, _across(key, folded) - LATIN_LESS) for key in near]
    return [(key, score) for key, score in scored if score >= least]


def _across(arabic: str, latin: str) -> float:
    """Similarity of keys of one block in two scripts; 0 if Latin lacks one of the Arabic letters.

    Else it is over 0.8, and 1 where every vowel is written.
    """
    one, other = _one_sound(arabic), _one_sound(latin)
    if LCSseq.similarity(one, other) < len(one):
        return 0.0
    return 0.8 + Levenshtein.normalized_similarity(one, other) / 5


@lru_cache(maxsize=8192)
def _one_sound(folded: str) -> str:
    """Plain letters without the differences that one of the scripts does not write."""
    plain = _plain(folded).translate(_ONE_SOUND).replace("uu", "u").replace("nr", "n")
    return re.sub(r"^[aeiu]+", "a", plain)
