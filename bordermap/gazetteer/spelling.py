"""Spellings made comparable: tokens, an exact key, folded keys, and the generic words.

The exact key forgets case, marks, hyphens, apostrophes, spaces and letters that differ only in
how they are encoded (Arabic and Persian yeh and kaf). The folded key also forgets what
transliterators disagree on (kh/k, q/k, dh/d, zh/z, gh/g, ts/ch, dz/j, ee/i, oo/u, -e-/-i-,
aw/au/ow, w/v, doubled letters, a final -h, -eh/-a, an h before a consonant, kalay/kelay/kili,
Mohammed/Muhammad) and the Pashto and Urdu letters that others write with their plain sisters. A
name with an izafat or an "and" inside ("Dand-e Patan", "Dand wa Patan") has a second folded key
without it. All are functions of the text alone; :func:`exact_key` and :func:`folded_key` are
idempotent. ``docs/spelling.md`` has what they find and mistake.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

__all__ = ["Words", "exact_key", "folded_key", "folded_keys", "load_words", "tokens"]

LONGEST_NAME = 120
"""Longest text, in characters, that can be a name; the longest in the tables has 58."""

_SAME_LETTERS = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ڪ": "ک", "ګ": "گ", "ہ": "ه", "ھ": "ه", "ۀ": "ه",
        "ۂ": "ه", "ة": "ه", "ە": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و",
        "ء": None, "ـ": None, "’": None, "'": None, "‘": None, "`": None, "ʻ": None, "ʼ": None,
        "ʿ": None, "ʾ": None, "′": None, '"': None,
        "š": "sh", "ŝ": "sh", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "ı": "i",
        "đ": "d",
    }
)  # fmt: skip
_SISTER_LETTERS = str.maketrans(
    {
        "ې": "ی", "ۍ": "ی", "ے": "ی", "گ": "ک", "غ": "ک", "ق": "ک", "ښ": "ش", "ړ": "ر", "ڑ": "ر",
        "ټ": "ت", "ٹ": "ت", "ٽ": "ت", "ط": "ت", "ډ": "د", "ڈ": "د", "ڼ": "ن", "ں": "ن", "ځ": "ج",
        "څ": "چ", "ث": "س", "ص": "س", "ح": "ه", "ذ": "ز", "ض": "ز", "ظ": "ز", "ژ": "ز", "ږ": "ز",
        "ع": None,
    }
)  # fmt: skip
_FOLDS = (
    ("q", "k"), ("w", "v"), ("o", "u"), ("y", "i"),
    ("tsch", "c"), ("tch", "c"), ("chh", "c"), ("ch", "c"), ("ts", "c"), ("dzh", "j"), ("dz", "j"),
    ("kh", "k"), ("gh", "g"), ("dh", "d"), ("zh", "z"), ("th", "t"), ("bh", "b"), ("ph", "p"),
    ("jh", "j"), ("rh", "r"), ("ck", "k"), ("ee", "i"), ("ai", "i"), ("ei", "i"),
    ("muhamid", "muhamad"), ("muhd", "muhamad"), ("mamad", "muhamad"), ("ahmid", "ahmad"),
    ("kavaja", "kvaja"), ("au", "u"),
)  # fmt: skip
_PATTERNS = (
    ("e", re.compile(r"e(?!$)"), "i"),  # not at the end: "Lahori" is not Lahore
    ("v", re.compile(r"[au]v(?![aeiu])"), "u"),
    ("uv", re.compile(r"uv"), "v"),
    ("u", re.compile(r"u(?=[ai])"), "v"),
    ("kal", re.compile(r"(?<=..)kal[ie]$"), "kili"),
    ("kile", re.compile(r"(?<=..)kile$"), "kili"),
    ("h", re.compile(r"(?<=[aiu])h(?=[bcdfgjklmnprstvz])"), ""),
    ("h", re.compile(r"(?<=[aeiou])h$"), ""),
)
"""What must occur, the pattern, and what stands for it."""
_DOUBLED = re.compile(r"(.)\1+")
_SILENT_H = re.compile(r"(?<=[aeiou])h$")
_FINAL_EH = re.compile(r"(?<=..)eh$")
_FINAL_HEH = re.compile(r"(?<=..)ه$")
_LATIN = re.compile(r"[a-z]")
_JOINTS = frozenset({"e", "i", "y", "ye", "yi", "wa", "va", "o", "u", "و"})
_NOT_IN_TOKEN = re.compile(r"[^\w]+|_+")


class _Bare(dict[int, str | int | None]):
    """Translation that drops marks and formatting characters, too; learnt as they come."""

    def __missing__(self, code: int) -> str | int | None:
        char = chr(code)
        dropped = unicodedata.combining(char) or unicodedata.category(char) == "Cf"
        self[code] = None if dropped else _SAME_LETTERS.get(code, code)
        return self[code]


_BARE = _Bare()


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """Words of a text after exact normalisation.

    Examples
    --------
    >>> tokens("Spīn Bōldak–Chaman")
    ('spin', 'boldak', 'chaman')
    """
    if text.isascii():
        bare = text.lower().translate(_SAME_LETTERS)
    else:
        plain = unicodedata.normalize("NFKC", text).casefold().translate(_SAME_LETTERS)
        # Marks are dropped after decomposition; what that recomposes is folded once more.
        bare = unicodedata.normalize("NFKD", plain).translate(_BARE).casefold()
    return tuple(_NOT_IN_TOKEN.sub(" ", bare).split())


def exact_key(text: str) -> str:
    """Key that two spellings of one name in the same orthography share; may be empty."""
    return "".join(tokens(text))


def folded_key(text: str) -> str:
    """Weaker key that also forgets the choices of transliterators; may be empty."""
    return fold(tokens(text))


def _open_ended(word: str) -> str:
    """A word without the final h, and with the first letter, that some write and others do not."""
    if word.isascii():
        return _SILENT_H.sub("", _FINAL_EH.sub("a", word)) if word[-1:] == "h" else word
    word = "ا" + word[1:] if word[0] == "ع" else word
    return _FINAL_HEH.sub("ا", word) if word[-1] == "ه" else word


@lru_cache(maxsize=65536)
def fold(words: tuple[str, ...]) -> str:
    """Folded key of words that are already normalised."""
    key = "".join(map(_open_ended, words))
    if not key.isascii():
        key = key.translate(_SISTER_LETTERS)
    previous = None
    while key != previous:  # until nothing changes, so that folding twice folds no further
        previous = key
        key = _latin_folded(key) if _LATIN.search(key) else key
        key = _FINAL_HEH.sub("ا", key) if key.endswith("ه") else key
        if _DOUBLED.search(key):
            key = _DOUBLED.sub(r"\1", key)
    return key


def _latin_folded(key: str) -> str:
    for old, new in _FOLDS:
        key = key.replace(old, new)
    for part, pattern, new in _PATTERNS:
        if part in key:
            key = pattern.sub(new, key)
    return key


def folded_keys(words: tuple[str, ...]) -> tuple[str, ...]:
    """Folded key of normalised words, and that without izafat or "and" inside, if they have any.

    Examples
    --------
    >>> folded_keys(("dand", "e", "patan"))
    ('dandipatan', 'dandpatan')
    """
    key = fold(words)
    if len(words) < 3 or _JOINTS.isdisjoint(words[1:-1]):
        return (key,)
    inner = (word for word in words[1:-1] if word not in _JOINTS)
    return tuple(dict.fromkeys((key, fold((words[0], *inner, words[-1])))))


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The generic words, normalised.

    Attributes
    ----------
    kind_of : Mapping
        Generic phrase to the kind it means, e.g. ``("check", "post")`` to ``"post"``.
    accepts : Mapping
        Kind to the kinds of entry that fit it; empty fits all.
    fillers : frozenset
        Phrases that say nothing about the place.
    raw : Mapping
        The parsed file, for the lists that only one reader needs.
    edges : frozenset of str
        Words with which a generic phrase begins or ends.
    """

    kind_of: Mapping[Phrase, str]
    accepts: Mapping[str, frozenset[str]]
    fillers: frozenset[Phrase]
    raw: Mapping[str, Any]
    edges: frozenset[str]

    def stages(self, words: Phrase) -> list[tuple[Phrase, tuple[str, ...]]]:
        """A name with its generic words taken off one after the other, and the kinds they say.

        "Landi Kotal tehsil" is that, then "Landi Kotal" (a tehsil), then "Landi" (a pass). The
        last stage may be empty; the first is the name itself.
        """
        if not words or (words[-1] not in self.edges and words[0] not in self.edges):
            return [(words, ())]
        found: list[tuple[Phrase, tuple[str, ...]]] = [(words, ())]
        kinds: tuple[str, ...] = ()
        while words and (words[-1] in self.edges or words[0] in self.edges):
            size, kind = self._generic(words, at_end=True)
            if size == 0:
                size, kind = self._generic(words, at_end=False)
            if size == 0:
                break
            words = words[:size] if size < 0 else words[size:]
            kinds = (*kinds, kind) if kind else kinds
            found.append((words, kinds))
        return found

    def strip(self, words: Phrase) -> tuple[Phrase, tuple[str, ...]]:
        """A name without the generic words at its ends, and the kinds that they say.

        The name is empty when every word is generic. Kinds come in the order in which the words
        were taken off, those at the end first.
        """
        return self.stages(words)[-1]

    def _generic(self, words: Phrase, *, at_end: bool) -> tuple[int, str]:
        """Length (negative at the end) and kind of a generic phrase at one end of a name."""
        for size in (3, 2, 1):
            if size <= len(words):
                part = words[-size:] if at_end else words[:size]
                if part in self.kind_of:
                    return (-size if at_end else size), self.kind_of[part]
                if part in self.fillers:
                    return (-size if at_end else size), ""
        return 0, ""

    def fits(self, kinds: Iterable[str], subkind: str) -> bool:
        """Whether an entry of that kind is what one of the generic words means."""
        said = [self.accepts[kind] for kind in kinds if self.accepts[kind]]
        return not said or any(subkind in accepted for accepted in said)


@cache
def load_words() -> Words:
    """The generic words of ``words.toml``."""
    text = resources.files("bordermap.gazetteer").joinpath("words.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    kinds = raw["kinds"]
    kind_of = {tokens(word): kind for kind, row in kinds.items() for word in row["words"]}
    fillers = frozenset(tokens(word) for word in raw["fillers"]["words"])
    return Words(
        kind_of=kind_of,
        accepts={kind: frozenset(row["accepts"]) for kind, row in kinds.items()},
        fillers=fillers,
        raw=raw,
        edges=frozenset(word for part in (*kind_of, *fillers) for word in (part[0], part[-1])),
    )
