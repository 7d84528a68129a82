"""The words of a figure: those of the page, and a few of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources

from bordermap.render.assets import load_words

__all__ = ["digits", "figure_words", "long_day", "number", "say", "word_for"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WESTERN = "0123456789,."


@cache
def _own(lang: str) -> dict[str, str]:
    name = f"words.{lang}.json"
    if not resources.files("bordermap.figure").joinpath(name).is_file():
        return {}
    text = resources.files("bordermap.figure").joinpath(name).read_text(encoding="utf-8")
    words: dict[str, str] = json.loads(text)
    return words


def figure_words(lang: str) -> Mapping[str, str]:
    """Words by key; what a language lacks is said in English.

    Raises
    ------
    FrameError
        There is no message file for the language.
    """
    page = load_words(lang)
    return {**load_words("en"), **_own("en"), **page, **_own(lang)}


def say(words: Mapping[str, str], key: str, **values: object) -> str:
    """A message with its ``{places}`` filled in; the values may hold anything.

    Of one ``n`` it is the message whose key ends in ``_one``, where there is one.
    """
    single = values.get("n") == number(1, words)
    parts = (words.get(f"{key}_one", words[key]) if single else words[key]).split("{")
    said = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        said += f"{values.get(name, '')}{rest}"
    return said


def word_for(words: Mapping[str, str], group: str, value: str) -> str:
    """The word for a value of a group; unknown values as they are."""
    return words.get(f"{group}_{value}", value.replace("_", " "))


def number(value: int, words: Mapping[str, str]) -> str:
    """A count for people."""
    return digits(f"{value:,}", words)


def digits(text: str, words: Mapping[str, str]) -> str:
    """A number, or a day, with the digits of the language."""
    return text.translate(str.maketrans(_WESTERN, words["figure_digits"]))


def long_day(words: Mapping[str, str], day: date) -> str:
    """``7 March 2003`` in English, else year, month and day in figures."""
    if words["locale"].startswith("en"):
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    # With slashes, not hyphens: between Arabic letters those would turn the date around.
    return digits(day.isoformat().replace("-", "/"), words)
