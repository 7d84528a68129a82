"""First and last days of months, weeks and years, in the calendars that reports use."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from bordermap.values.hijri import days_of, hijri_date

__all__ = ["GREGORIAN", "SOLAR", "bounds_of", "days_of_year", "span_before"]

GREGORIAN = range(1900, 2100)
SOLAR = range(1300, 1421)
"""Years of a report by the Gregorian and by the Afghan and Iranian calendar."""

_SOLAR_MONTHS = "hamal saur jawza saratan asad sunbula mizan aqrab qaws jadi dalw hut"


@lru_cache(maxsize=4096)
def bounds_of(
    month: tuple[str, int], days: tuple[int | None, int | None], year: int
) -> tuple[date, date] | None:
    """First and last day of a month, or of some of its days; None where there are no such.

    Parameters
    ----------
    month : (str, int)
        ``gregorian``, ``solar`` or ``lunar``, and its number.
    days : (int or None, int or None)
        First and last day of the month.
    year : int
        Of that calendar.
    """
    calendar, number = month
    try:
        if calendar == "gregorian":
            return _gregorian(number, days, year) if year in GREGORIAN else None
        return _hijri(calendar, number, days, year)
    except ValueError:
        return None


def _gregorian(
    number: int, days: tuple[int | None, int | None], year: int
) -> tuple[date, date] | None:
    day, last_day = days
    first = date(year, number, day or 1)
    last = date(year, number, last_day or day) if day else first + relativedelta(day=31)
    return (first, last) if first <= last else None


def _hijri(
    calendar: str, number: int, days: tuple[int | None, int | None], year: int
) -> tuple[date, date] | None:
    day, last_day = days
    if calendar == "lunar":
        given = hijri_date(f"{year}-{number:02}-{day:02} lunar hijri" if day else "")
        return days_of(given) if given else None
    name = _SOLAR_MONTHS.split()[number - 1]
    first = hijri_date(f"{day or ''} {name} {year}")
    last = hijri_date(f"{last_day or day or ''} {name} {year}")
    return (days_of(first)[0], days_of(last)[1]) if first and last else None


@lru_cache(maxsize=256)
def days_of_year(year: int) -> tuple[date, date]:
    """First and last day of a year of the Afghan and Iranian calendar."""
    first = bounds_of(("solar", 1), (None, None), year)
    last = bounds_of(("solar", 12), (None, None), year)
    return (first or (date.min,))[0], (last or (date.max, date.max))[1]


def span_before(day: date, unit: str, back: int) -> tuple[date, date]:
    """The calendar week, month or year so many before that of a day."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday() + 7 * back)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        first = day.replace(day=1) - relativedelta(months=back)
        return first, first + relativedelta(day=31)
    if unit == "year":
        return date(day.year - back, 1, 1), date(day.year - back, 12, 31)
    return day - timedelta(days=back), day - timedelta(days=back)
