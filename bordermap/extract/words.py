"""A sentence as words: where each stands in the text, and in which form lists of words hold it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from bordermap.gazetteer import tokens
from bordermap.values.text import western_digits

__all__ = ["Word", "cut", "forms", "number_of"]

_MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d"
_PIECE = re.compile(
    r"(?:[A-Za-z]\.){2,}"
    r"|\d+(?:[.,\u066b\u066c]\d+)*"
    rf"|[^\W\d_](?:[^\W\d_{_MARKS}]|[{_MARKS}]|['\u2019\u02bc](?=[^\W\d_]))*"
)
_OWNER = re.compile(r"['\u2019]s$", re.IGNORECASE)
_AMERICA = frozenset({"US", "U.S.", "U.S", "USA", "U.S.A."})


class Word(NamedTuple):
    """One word.

    Attributes
    ----------
    text : str
        As written, without a possessive ``'s``.
    start, end : int
        Characters of the text; ``end`` is behind the ``'s``.
    form : str
        What is compared: folded, without marks.
    gap : str
        What stands between the word before and this one, without blanks.
    owns : bool
        Whether an ``'s`` follows.
    """

    text: str
    start: int
    end: int
    form: str
    gap: str
    owns: bool

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def latin(self) -> bool:
        """Whether it is written in Latin letters."""
        return self.text[0] < "\u0250"


@lru_cache(maxsize=65536)
def _form(text: str) -> str:
    """What is compared of a word; "US" is not the pronoun."""
    if text in _AMERICA:
        return "usa"
    if text.isascii():
        return text.lower().replace("'", "").rstrip(".") if "." in text else text.lower()
    if text[0].isdecimal():
        return western_digits(text)
    text = text.removesuffix("\u200cی").removesuffix("\u200c")  # an izafat, as Dari writes it
    return "".join(tokens(text)) or text


def cut(text: str, offset: int = 0) -> list[Word]:
    """Words of a text, with the places where they stand from ``offset`` on."""
    found = []
    end = 0
    for piece in _PIECE.finditer(text):
        written, start = piece[0], piece.start()
        owner = _OWNER.search(written) if "'" in written or "\u2019" in written else None
        bare = written[: owner.start()] if owner else written
        gap = text[end:start].strip()
        end = piece.end()
        found.append(Word(bare, offset + start, offset + end, _form(bare), gap, owner is not None))
    return found


def forms(text: str) -> tuple[str, ...]:
    """The forms of the words of a phrase."""
    return tuple(word.form for word in cut(text))


_SMALL = {
    name: value
    for value, names in enumerate(
        (
            "zero",
            "one",
            "two دوه دو",
            "three درې سه تین",
            "four څلور چهار چار",
            "five پنځه پنج پانچ",
            "six شپږ شش چھ",
            "seven اووه هفت سات",
            "eight اته هشت آٹھ",
            "nine نهه نه نو",
            "ten لس ده دس",
            "eleven یوولس یازده گیارہ",
            "twelve دولس دوازده بارہ",
            "thirteen دیارلس سیزده تیرہ",
            "fourteen څوارلس چهارده چودہ",
            "fifteen پنځلس پانزده پندرہ",
            "sixteen شپاړس شانزده سولہ",
            "seventeen اوولس هفده سترہ",
            "eighteen اتلس هجده اٹھارہ",
            "nineteen نولس نزده انیس",
            "twenty شل بیست بیس",
        )
    )
    for name in names.split()
}
_ONE_MORE = ("a", "an", "یو", "یوه", "یک", "ایک")
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80}
_NUMBERS = {
    **{_form(name): value for name, value in _SMALL.items()},
    **{_form(name): 1 for name in _ONE_MORE},
    **_TENS,
    **{"ninety": 90, "hundred": 100, "dozen": 12},
    **{_form(name): value for name, value in (("دېرش", 30), ("سی", 30), ("تیس", 30))},
    **{_form(name): value for name, value in (("پنجاه", 50), ("پنځوس", 50), ("پچاس", 50))},
    **{_form(name): value for name, value in (("څلوېښت", 40), ("چهل", 40), ("چالیس", 40))},
}
# "نه" says both nine and no, "نو" nine and new, "سی" and "سه" are rare as such.
for _word in ("نه", "نو", "ده", "شل"):
    _NUMBERS.pop(_form(_word), None)


def number_of(word: Word) -> int | None:
    """The number that a word says: in digits of any script, or as a small number in words."""
    form = word.form
    if form[0].isdecimal():
        plain = form.replace(",", "").replace("\u066c", "")
        return int(plain) if plain.isdecimal() and len(plain) < 8 else None
    return _NUMBERS.get(form)
