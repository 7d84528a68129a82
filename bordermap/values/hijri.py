"""The calendars of the Hijra: solar (Iran, Afghanistan) and lunar, with the names of their months.

Solar dates are exact. Lunar months begin where the new moon is seen; tables (Umm al-Qura, as in
hijridate) may be a day off from what was observed in Pakistan or Afghanistan, so a lunar day means
three days here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

import jdatetime
from hijridate import Hijri

__all__ = ["HijriDate", "days_of", "gregorian_months", "hijri_date"]

Calendar = Literal["solar", "lunar"]

_SIGHTING = timedelta(days=1)
_ABJAD = str.maketrans({"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا"})

# Month by month: Afghan names in Dari and Pashto, Iranian names, each with usual romanisations.
_SOLAR = (
    "حمل وری فروردین hamal wray farvardin farwardin",
    "ثور غویی اردیبهشت saur sawr thawr sowr ghwayay ordibehesht",
    "جوزا غبرګولی خرداد jawza jauza jowza ghbargolay khordad",
    "سرطان چنګاښ تیر saratan chungakh tir",
    "اسد زمری مرداد asad zmaray mordad amordad",
    "سنبله وږی شهریور sunbula sonbola sumbula sonbula wazhay shahrivar",
    "میزان تله مهر mizan tala mehr",
    "عقرب لړم ابان آبان aqrab larum aban",
    "قوس لیندۍ اذر آذر qaws qaus qows linday azar",
    "جدی مرغومی دی jadi jady jaddi marghumay dey",
    "دلو سلواغه بهمن dalw dalwa dalv salwagha bahman",
    "حوت کب اسفند hut hoot kab esfand",
)
_LUNAR = (
    "محرم محرمالحرام muharram moharram",
    "صفر صفرالمظفر safar",
    "ربیعالاول rabialawwal rabialawal rabiulawwal rabiawwal rabii",
    "ربیعالثانی ربیعالاخر rabialthani rabiulthani rabithani rabialakhir rabiii",
    "جمادیالاول جمادیالاولی jumadaalawwal jumadaalula jumadiulawwal jumadai",
    "جمادیالثانی جمادیالاخر jumadaalthani jumadaalakhira jumadiulthani jumadaii",
    "رجب رجبالمرجب rajab",
    "شعبان شعبانالمعظم shaban",
    "رمضان رمضانالمبارک ramadan ramadhan ramazan",
    "شوال شوالالمکرم shawwal shawal",
    "ذوالقعده ذیالقعده ذیقعده dhualqadah dhualqidah dhulqadah zulqadah zulqada ziqaad",
    "ذوالحجه ذیالحجه ذیحجه dhualhijjah dhulhijjah zulhijjah zulhijja zilhaj",
)
_SOLAR_MARKS = frozenset(
    [
        "sh",
        "ap",
        "shamsi",
        "solarhijri",
        "hijrishamsi",
        "هش",
        "ش",
        "خ",
        "هخ",
        "هجریشمسی",
        "هجریخورشیدی",
    ]
)
_LUNAR_MARKS = frozenset(["hijriqamari", "lunarhijri", "qamari", "هق", "ق", "هجریقمری"])
# A bare "AH" may be either where the year is one of both calendars in living memory.
_EITHER_MARKS = frozenset(["ah", "hijri", "ه", "هجری"])
_LUNAR_ONLY = 1421
_YEARS = range(1200, 1500)
_GREGORIAN = (
    "جنوری ژانویه january",
    "فروری فبروری فوریه february",
    "مارچ مارس march",
    "اپریل آوریل april",
    "مئی می مه may",
    "جون ژوین june",
    "جولائی جولای ژوییه july",
    "اگست آگست اوت august",
    "ستمبر سپتمبر سپتامبر september",
    "اکتوبر اکتبر october",
    "نومبر نوامبر november",
    "دسمبر دسامبر december",
)


def _letters(text: str) -> str:
    """Letters alone, in one spelling: ``"Rabi' al-Awwal"`` and ``"rabialawwal"`` are the same."""
    return "".join(char for char in text.translate(_ABJAD) if char.isalpha() and char != "ـ")


def _months(calendar: Calendar, names: tuple[str, ...]) -> dict[str, tuple[Calendar, int]]:
    return {
        _letters(name): (calendar, number)
        for number, all_names in enumerate(names, start=1)
        for name in all_names.split()
    }


_MONTHS: Mapping[str, tuple[Calendar, int]] = _months("solar", _SOLAR) | _months("lunar", _LUNAR)
_LOCAL_GREGORIAN = {
    _letters(name): names.split()[-1] for names in _GREGORIAN for name in names.split()[:-1]
}
_WORD = re.compile(r"[^\W\d_]+")
# Dari and Pashto count the days from Saturday on; Urdu has names for them.
_WEEKDAYS = {
    "sunday": "[یي][کك]شنب[هة]|اتوار",
    "monday": "دوشنب[هة]|پ[یي]ر",
    "tuesday": "(?:سه|درې|در[یي])شنب[هة]|منگل",
    "wednesday": "(?:چهار|څلور)شنب[هة]|بدھ",
    "thursday": "پنجشنب[هة]|جمعرات",
    "friday": "جمع[هةہ]",
    "saturday": "شنب[هة]|ہفتہ",
}
_COUNTED = re.compile(r"\b([یي][کك]|دو|سه|درې|در[یي]|چهار|څلور|پنج)\s+(?=شنب)")
_LOCAL_WEEKDAYS = tuple((re.compile(rf"\b(?:{own})\b"), day) for day, own in _WEEKDAYS.items())
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")


class HijriDate(NamedTuple):
    """A date in a calendar of the Hijra; ``month`` and ``day`` may be missing."""

    calendar: Calendar
    year: int
    month: int | None = None
    day: int | None = None


def gregorian_months(text: str) -> str:
    """The text with local names of Gregorian months, and of weekdays, in English."""
    if text.isascii():
        return text
    text = _COUNTED.sub(r"\1", text)
    for weekday, english in _LOCAL_WEEKDAYS:
        text = weekday.sub(english, text)
    return _WORD.sub(lambda word: _LOCAL_GREGORIAN.get(_letters(word[0]), word[0]), text)


def _calendar_of(mark: str, year: int) -> Calendar | None:
    if mark in _SOLAR_MARKS:
        return "solar"
    if mark in _LUNAR_MARKS or (mark in _EITHER_MARKS and year >= _LUNAR_ONLY):
        return "lunar"
    return None


def hijri_date(text: str) -> HijriDate | None:
    """A date that says by the name of its month or by a mark that it is of the Hijra.

    Parameters
    ----------
    text : str
        Folded, with western digits: ``27 aqrab 1396``, ``12 ramadan 1438``, ``1438-09-12 hijri``.

    Returns
    -------
    HijriDate or None
    """
    words = _letters(text)
    numbers = [int(number) for number in re.findall(r"\d{1,9}", text)]
    years = [number for number in numbers if number in _YEARS]
    if not words or len(years) != 1:
        return None
    if words in _MONTHS or any(words == name + mark for name, mark in _split_mark(words)):
        name = words if words in _MONTHS else next(name for name, _ in _split_mark(words))
        calendar, month = _MONTHS[name]
        days = [number for number in numbers if number not in _YEARS]
        if len(numbers) > 2 or any(not 1 <= day <= 31 for day in days):
            return None
        return HijriDate(calendar, years[0], month, days[0] if days else None)
    found = _calendar_of(words, years[0])
    match = _YEAR_FIRST.search(text)
    if found is None or (match is None and len(numbers) > 1):
        return None
    if match is None:
        return HijriDate(found, years[0])
    return HijriDate(found, int(match[1]), int(match[2]), int(match[3]) if match[3] else None)


def _split_mark(words: str) -> list[tuple[str, str]]:
    """A name of a month and a mark that agrees with it, where the letters end in a mark."""
    pairs = []
    for marks, calendars in (
        (_SOLAR_MARKS, {"solar"}),
        (_LUNAR_MARKS, {"lunar"}),
        (_EITHER_MARKS, {"solar", "lunar"}),
    ):
        for mark in marks:
            name = words.removesuffix(mark)
            if name != words and _MONTHS.get(name, ("", 0))[0] in calendars:
                pairs.append((name, mark))
    return pairs


def _solar_day(year: int, month: int, day: int) -> date:
    return jdatetime.date(year, month, day).togregorian()


def _lunar_day(year: int, month: int, day: int) -> date:
    return date(*Hijri(year, month, day).to_gregorian().datetuple())


def days_of(given: HijriDate) -> tuple[date, date]:
    """First and last Gregorian day that may be meant.

    Raises
    ------
    ValueError
        There is no such day, or the tables do not reach there.
    """
    day_in = _solar_day if given.calendar == "solar" else _lunar_day
    year, month, day = given.year, given.month, given.day
    try:
        first = day_in(year, month or 1, day or 1)
        if day:
            last = first
        elif month and month < 12:
            last = day_in(year, month + 1, 1) - timedelta(days=1)
        else:
            last = day_in(year + 1, 1, 1) - timedelta(days=1)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    if given.calendar == "lunar":
        return first - _SIGHTING, last + _SIGHTING
    return first, last
