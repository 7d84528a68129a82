"""The words by which texts name days, months and spans."""

from __future__ import annotations

from functools import cache, lru_cache

from bordermap.extract.lexicon import Phrases, named, table
from bordermap.extract.words import cut
from bordermap.values.hijri import gregorian_months, hijri_date

__all__ = [
    "doubtful",
    "holidays",
    "lasting",
    "listed",
    "month_of",
    "months",
    "ordinals",
    "relative",
    "spans",
    "told_before",
    "units",
    "weekdays",
]


@cache
def months() -> dict[str, int]:
    names = table("days")["months"]["names"]
    return {name: number for number, all_ in enumerate(names, 1) for name in all_}


@cache
def doubtful() -> frozenset[str]:
    return frozenset(table("days")["months"]["doubtful"])


@cache
def weekdays() -> Phrases[int]:
    rows = table("days")["weekdays"].values()
    return Phrases((name, day) for row in rows for day, names in enumerate(row) for name in names)


@cache
def relative() -> Phrases[tuple[int, int]]:
    return Phrases((text, (a, b)) for text, (a, b) in table("days")["relative"].items())


@cache
def spans() -> Phrases[tuple[str, int]]:
    return Phrases((text, (unit, n)) for text, (unit, n) in table("days")["spans"].items())


@cache
def _by_days(section: str) -> Phrases[int]:
    """Phrases with how many days they say."""
    rows = table("days")[section].items()
    return Phrases((text, int(days)) for days, texts in rows for text in texts)


def lasting() -> Phrases[int]:
    return _by_days("lasting")


def units() -> Phrases[str]:
    return named("days", "units")


@cache
def listed(key: str) -> frozenset[str]:
    words = (cut(text) for text in table("days")["words"][key])
    return frozenset(word.form for row in words for word in row)


@lru_cache(maxsize=8192)
def month_of(text: str) -> tuple[str, int] | None:
    """Calendar and number of a month by one of its names."""
    form = text.casefold().rstrip(".")
    if form in months():
        return "gregorian", months()[form]
    if not form.isascii():
        english = gregorian_months(form)
        if english in months():
            return "gregorian", months()[english]
    hijri = hijri_date(f"1 {form} 1400")
    if form.endswith("ۍ") and not hijri:
        return month_of(f"{form[:-1]}ي")
    if form.endswith("ې") and not hijri:
        return month_of(f"{form[:-1]}ه")  # as it is behind a particle of Pashto
    return (hijri.calendar, hijri.month) if hijri and hijri.month else None


def told_before() -> Phrases[int]:
    return _by_days("told_before")


@cache
def ordinals() -> dict[str, int]:
    """First, second ... and last, of the weeks of a month."""
    rows: dict[str, int] = table("days")["weeks"]
    return rows


@cache
def holidays() -> Phrases[tuple[int, int]]:
    """Days of the year by name, with month and day."""
    rows = table("days")["holidays"].items()
    return Phrases((text, (month, day)) for text, (month, day) in rows)
