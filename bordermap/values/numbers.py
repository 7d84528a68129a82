"""Counts as people write them: low, best and high kept apart, never a made-up figure."""

from __future__ import annotations

import re
from typing import NamedTuple

from bordermap.values.text import Note, is_missing, shorten, western_digits

__all__ = ["Count", "parse_count", "parse_figures"]

_LARGEST = 10_000_000
# Thousands apart by a comma, a blank of any width or an apostrophe.
_NUMBER = r"(\d{1,3}(?:[, \u00a0\u2009\u202f'’]\d{3})+|\d+)(?:\.(?:0{1,2}|0{4,}))?"
_PLAIN = re.compile(r"\d{1,8}", re.ASCII)
_ONE = re.compile(_NUMBER)
_RANGE = re.compile(rf"(?:between |from )?{_NUMBER}\s*(?:-|–|—|−|/|to|and|or)\s*{_NUMBER}")
_LOW = re.compile(
    rf"(?:at least|more than|over|min\.?|minimum|no fewer than|no less than|>=?|≥)\s*{_NUMBER}"
    rf"|{_NUMBER}\s*(?:\+|or more|and more)"
)
_HIGH = re.compile(
    rf"(?:at most|up to|max\.?|maximum|as many as|no more than|fewer than|less than|under|<=?|≤)"
    rf"\s*{_NUMBER}|{_NUMBER}\s*(?:or fewer|or less)"
)
_ABOUT = re.compile(
    rf"(?:about|around|approximately|approx\.?|nearly|almost|some|roughly|circa|ca\.?|c\.?|~|≈)"
    rf"\s*{_NUMBER}"
)
_EATEN = re.compile(
    r"\d{1,2}[-/ ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/ ]\d{1,4}"
    r"|\d{4}-\d{2}-\d{2}(?:[t ]00:00(?::00)?)?"
)
# People are whole, so a point before three digits can only part the thousands, unless all are 0.
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_ONE_DOT_000 = re.compile(r"[1-9]\d{0,2}\.000")
_KILLED = re.compile(r"(?<=\w)\s+(?:people |persons )?(?:killed|dead|deaths|died|fatalities)")
_VAGUE = frozenset(
    {"dozens", "scores", "several", "many", "some", "few", "a few", "hundreds", "thousands"}
    | {"multiple", "various", "numerous", "unspecified", "a number", "tens"}
)
_ONES = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13},
    **{"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18},
    **{"nineteen": 19},
}
_TENS = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
    **{"seventy": 70, "eighty": 80, "ninety": 90},
}
_IN_WORDS = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>{'|'.join(list(_ONES)[1:10])}))?"
    rf"|(?P<one>{'|'.join(sorted(_ONES, key=len, reverse=True))}))\b"
)
_DOZEN = re.compile(r"(?:(?:a|1) )?dozen|half a dozen")


class Count(NamedTuple):
    """What a cell says about a number: each bound only where the cell gives it."""

    low: int | None = None
    best: int | None = None
    high: int | None = None
    notes: tuple[Note, ...] = ()


def _value(match: re.Match[str]) -> int:
    digits = next(group for group in match.groups() if group)
    return int(re.sub(r"\D", "", digits))


def _ranged(match: re.Match[str], shown: str) -> Count:
    low, high = (int(re.sub(r"\D", "", group)) for group in match.groups())
    if low > high:
        note = Note("figure_unreadable", f"{shown!r} runs backwards, so no figure")
        return Count(notes=(note,))
    return Count(low=low, high=high, notes=(Note("figure_range", f"{shown!r} is a range"),))


def _bounded(text: str, shown: str) -> Count | None:
    """The readings with words around one figure, or None."""
    if match := _LOW.fullmatch(text):
        return Count(
            low=_value(match), notes=(Note("figure_at_least", f"{shown!r} is a lower bound"),)
        )
    if match := _HIGH.fullmatch(text):
        return Count(
            high=_value(match), notes=(Note("figure_at_most", f"{shown!r} is an upper bound"),)
        )
    if match := _ABOUT.fullmatch(text):
        return Count(
            best=_value(match), notes=(Note("figure_approximate", f"{shown!r} is approximate"),)
        )
    if _DOZEN.fullmatch(text):
        figure = 6 if text.startswith("half") else 12
        note = Note("figure_approximate", f"{shown!r} is approximate")
        return Count(best=figure, notes=(note,))
    return None


def _digits(text: str) -> str:
    """The text with figures for the words from zero to ninety-nine."""
    return _IN_WORDS.sub(
        lambda word: str(_TENS.get(word["tens"], 0) + _ONES.get(word["ones"] or word["one"], 0)),
        text,
    )


def _too_large(count: Count) -> bool:
    figures = (count.low, count.best, count.high)
    return any(figure is not None and figure > _LARGEST for figure in figures)


def _dotted(text: str, shown: str) -> Count | None:
    """``1.234`` and ``1.234.567``: thousands, since people are whole; ``3.000`` may be either."""
    if not _DOTTED.fullmatch(text) or text[0] == "0":
        return None
    if _ONE_DOT_000.fullmatch(text):
        figure = int(text[: text.index(".")])
        message = f"{shown!r} is {figure} or {1000 * figure}, so no figure"
        return Count(notes=(Note("figure_ambiguous", message),))
    note = Note("figure_dotted", f"{shown!r} is read with a dot between thousands")
    return Count(best=int(text.replace(".", "")), notes=(note,))


def _read(text: str, shown: str) -> Count:
    if match := _ONE.fullmatch(text):
        return Count(best=_value(match))
    if _EATEN.fullmatch(text):
        message = f"{shown!r} is a date, probably a range eaten by a spreadsheet, so no figure"
        return Count(notes=(Note("figure_eaten_by_spreadsheet", message),))
    if match := _RANGE.fullmatch(text):
        return _ranged(match, shown)
    if (read := _dotted(text, shown) or _bounded(text, shown)) is not None:
        return read
    if text in _VAGUE or (text.startswith("at least ") and text[9:] in _VAGUE):
        return Count(notes=(Note("figure_vague", f"{shown!r} names no figure"),))
    return Count(notes=(Note("figure_unreadable", f"{shown!r} gives no figure"),))


def parse_count(text: str) -> Count:
    """Read a number of people as reports and spreadsheets write it.

    Parameters
    ----------
    text : str
        For example ``12``, ``1,200``, ``6-8``, ``at least two``, ``dozens``, ``?``, ``۱۲``.

    Returns
    -------
    Count
        A plain figure is ``best``; a range gives ``low`` and ``high``; "at least" gives ``low``,
        "up to" ``high``. What is not said stays None. Anything but a plain figure bears a note.
    """
    if _PLAIN.fullmatch(text):
        return Count(best=int(text)) if int(text) <= _LARGEST else _oversize(text)
    if is_missing(text):
        unsure = "?" in text
        return Count(
            notes=(Note("figure_unknown", f"{text.strip()!r} gives no figure"),) if unsure else ()
        )
    shown = shorten(text, 40)
    if len(text) > 200:
        return Count(notes=(Note("figure_unreadable", f"{shown!r} gives no figure"),))
    normal = " ".join(western_digits(text).casefold().split())
    count = _read(_digits(_KILLED.sub("", normal)), shown)
    return _oversize(text) if _too_large(count) else count


def _oversize(text: str) -> Count:
    return Count(notes=(Note("figure_unreadable", f"{shorten(text, 40)!r} is too large"),))


def _bound(text: str, name: str) -> tuple[int | None, tuple[Note, ...]]:
    """The figure of a column that is itself the low or the high one, of a range its own end."""
    count = parse_count(text)
    figure: int | None = count.best
    if figure is None:
        figure = count.low if name == "low" else count.high
    return figure, _named(count.notes, f"fatalities_{name}")


def _named(notes: tuple[Note, ...], column: str) -> tuple[Note, ...]:
    return tuple(
        note._replace(message=f"{column}: {note.message}", column=column) for note in notes
    )


def parse_figures(low: str, best: str, high: str) -> Count:
    """Read the three cells of one toll; no figure is ever copied from one to another.

    Parameters
    ----------
    low, best, high : str
        The cells. Where the cell for the best figure holds a range or a bound, it fills a low or
        high cell that is empty.

    Returns
    -------
    Count
        Figures out of order stay as reported, with a note.
    """
    low_figure, low_notes = _bound(low, "low")
    high_figure, high_notes = _bound(high, "high")
    count = parse_count(best)
    if not low.strip():
        low_figure = count.low
    if not high.strip():
        high_figure = count.high
    notes = low_notes + _named(count.notes, "fatalities_best") + high_notes
    known = [figure for figure in (low_figure, count.best, high_figure) if figure is not None]
    if known != sorted(known):
        message = "fatalities are not in the order low, best, high"
        notes = (*notes, Note("figures_out_of_order", message, column="fatalities_best"))
    return Count(low_figure, count.best, high_figure, notes)
