"""Dates as people write them: first and last day, and how precise; missing parts stay missing."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from dateutil import parser

from bordermap.values.hijri import HijriDate, days_of, gregorian_months, hijri_date
from bordermap.values.text import Note, is_missing, shorten, western_digits

__all__ = ["DayFirst", "Span", "coarser", "day_first_of", "orders_of", "parse_date", "parse_days"]

DayFirst = Literal["day", "month", "unsettled"]
"""How a column writes ``04/05/2016``: the day first, the month first, or nobody can say."""

_TIME = (
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?\s*"
    r"(?P<zone>z|utc|gmt|pkt|aft|pst|(?:(?:utc|gmt)\s*)?[-+]\d{1,2}(?::?\d{2})?)?(?:\s*\w+/\w+)?"
)
_CLOCK = re.compile(rf"(.*\d\S*?,?)(?:[t\s]\s*|\s+at\s+){_TIME}")
# The clocks of Pakistan and Afghanistan: the day is the local one, and there is nothing to say.
_LOCAL_ZONES = frozenset({"pkt", "aft", "+5", "+05", "+0500", "+05:00", "+0430", "+04:30", "+4:30"})
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?")
_PLAIN_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_YEAR = re.compile(r"\d{4}")
_NUMERIC = re.compile(r"(?P<first>\d{1,2})[-/. ](?P<second>\d{1,2})[-/. ](?P<year>\d{4}|\d{2})")
# As spreadsheets show days by default: ``03-May-17``.
_SHORT_YEAR = re.compile(r"(\d{1,2})([-/. ])([a-z]{3,9})\2(\d{2})")
_MONTH_YEAR = re.compile(r"(?P<month>\d{1,2})[/.-](?P<year>\d{4})")
_RANGE = re.compile(r"(.{4,40}?)\s*(?:\bto\b|\buntil\b|–|—|\s-\s|/(?=\d{4}-))\s*(.{4,40})")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(
    r"\b(mon|tues?|wed(?:nes)?|thu(?:r|rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?\s*(?:the\s+)?"
)
_ORDINAL = r"\s*(?:st|nd|rd|th)?"
_TO = r"\s*(?:-|–|—|/|\bto\b|\buntil\b|\btill\b|\bthrough\b|\band\b|&)\s*"
_DAY, _MONTH, _ONE_YEAR = rf"(\d{{1,2}}){_ORDINAL}", r"([^\W\d_]{2,12})\.?", r",?\s*(\d{4})"
# Ranges whose first part borrows from the second, and both parts written out.
_SHORT_RANGES = (
    (rf"{_DAY}{_TO}{_DAY}\s*(?:of\s+)?{_MONTH}{_ONE_YEAR}", r"\1 \3 \4", r"\2 \3 \4"),
    (rf"{_MONTH}\s*{_DAY}{_TO}{_DAY}{_ONE_YEAR}", r"\2 \1 \4", r"\3 \1 \4"),
    (rf"{_DAY}\s*{_MONTH}{_TO}{_DAY}\s*{_MONTH}{_ONE_YEAR}", r"\1 \2 \5", r"\3 \4 \5"),
    (rf"{_MONTH}\s*{_DAY}{_TO}{_MONTH}\s*{_DAY}{_ONE_YEAR}", r"\2 \1 \5", r"\4 \3 \5"),
    (rf"{_MONTH}{_TO}{_MONTH}{_ONE_YEAR}", r"\1 \3", r"\2 \3"),
    (rf"{_DAY}\s*{_MONTH}{_ONE_YEAR}{_TO}{_DAY}\s*{_MONTH}", r"\1 \2 \3", r"\4 \5 \3"),
    (rf"{_MONTH}\s*{_DAY}{_ONE_YEAR}{_TO}{_MONTH}\s*{_DAY}", r"\2 \1 \3", r"\5 \4 \3"),
)
_SHORT = tuple((re.compile(shape), first, last) for shape, first, last in _SHORT_RANGES)
# A range that borrows a year and is no longer than this may lie over the turn of the year.
_OVER_NEW_YEAR = timedelta(days=100)
_LAST_YEAR = re.compile(r"\d{4}$")
_LEADING = re.compile(r"(?:on|from|between|(?:in\s+)?the\s+night\s+(?:of|between)|night\s+of)\s+")
_BOTH = re.compile(r"([^()\[\]]{4,50})[(\[]([^()\[\]]{4,50})[)\]]")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# Days counted from 30 December 1899, as spreadsheets do: 1950 to 2099.
_SERIALS = range(18_264, 73_051)
_SERIAL_START = date(1899, 12, 30)
_LONGEST = 90
_GREGORIAN = range(1800, 2100)
# 1893 to 2042. The lunar calendar's years of the last decades begin at 1390 and so overlap, but
# its dates of 1300 to 1420 lie before 2000; Afghan and Iranian reports of this century use the
# solar one.
_SOLAR_HIJRI = range(1272, 1421)
# Year, month and day all differ, so that a part that was not given shows by differing.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 12, 28))  # noqa: DTZ001
_COARSENESS = {"day": 0, "week": 1, "month": 2, "year": 3, "unknown": 4}


class Span(NamedTuple):
    """The days that a cell may mean.

    Attributes
    ----------
    start, end : date or None
        First and last day; ``end`` is None where the cell names a single day.
    precision : str
        ``day``, ``month``, ``year``, or ``unknown`` when nothing could be read.
    notes : tuple of Note
    """

    start: date | None = None
    end: date | None = None
    precision: str = "unknown"
    notes: tuple[Note, ...] = ()


def coarser(first: str, second: str) -> str:
    """The less precise of two words of ``DATE_PRECISIONS``."""
    return max(first, second, key=lambda word: _COARSENESS.get(word, 4))


_MARKS = re.compile("[\u061c\u200b-\u200f\u0640]")


def _normal(text: str) -> str:
    """Lower case, western digits, English month names, single spaces, no direction marks."""
    plain = _MARKS.sub("", western_digits(text)).casefold().replace("،", ",")
    return gregorian_months(" ".join(plain.split())).rstrip(" .,;")


def day_first_of(texts: Iterable[str]) -> DayFirst:
    """Whether a column writes the day before the month, from the values that settle it.

    Parameters
    ----------
    texts : iterable of str
        The cells of a column.

    Returns
    -------
    {"day", "month", "unsettled"}
        ``unsettled`` also where some values say one and some the other.
    """
    shown = orders_of(texts)
    if ("day" in shown) == ("month" in shown):
        return "unsettled"
    return "day" if "day" in shown else "month"


def orders_of(texts: Iterable[str]) -> frozenset[str]:
    """What values such as ``04/05/2016`` show: ``day`` or ``month`` first, or ``either``."""
    found: set[str] = set()
    for text in texts:
        match = _NUMERIC.match(_normal(text)) if len(text) <= _LONGEST else None
        if match:
            first, second = int(match["first"]), int(match["second"])
            if 31 >= first > 12 >= second > 0:
                found.add("day")
            elif 31 >= second > 12 >= first > 0:
                found.add("month")
            elif 12 >= first > 0 and 12 >= second > 0:
                found.add("either")
    return frozenset(found)


def _impossible(shown: str) -> Span:
    return Span(notes=(Note("date_impossible", f"{shown!r} is not a day of any calendar"),))


def _unreadable(shown: str) -> Span:
    return Span(notes=(Note("date_unreadable", f"{shown!r} is not understood as a date"),))


def _partial(precision: str, shown: str) -> Note:
    return Note("date_partial", f"{shown!r} gives no day, so the whole {precision} is meant")


def _hijri(given: HijriDate, shown: str) -> Span:
    """Days of the Iranian and Afghan solar calendar, or of the lunar one."""
    try:
        first, last = days_of(given)
    except ValueError:
        return _impossible(shown)
    precision = "day" if given.day else "month" if given.month else "year"
    if given.calendar == "solar":
        note = Note("date_solar_hijri", f"{shown!r} is Solar Hijri")
        return Span(first, None if given.day else last, precision, (note,))
    message = f"{shown!r} is lunar Hijri, which tables give to a day or so"
    return Span(first, last, coarser(precision, "week"), (Note("date_lunar_hijri", message),))


def _from_parts(year: int, month: int | None, day: int | None, shown: str) -> Span:
    if year in _SOLAR_HIJRI:
        return _hijri(HijriDate("solar", year, month, day), shown)
    if year not in _GREGORIAN:
        return _unreadable(shown)
    if month is None:
        return Span(date(year, 1, 1), date(year, 12, 31), "year", (_partial("year", shown),))
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
    if last and day is None:
        first = date(year, month, 1)
        return Span(first, date(year, month, last), "month", (_partial("month", shown),))
    if day is None or not 1 <= day <= last:
        return _impossible(shown)
    return Span(date(year, month, day), None, "day")


def _in_full(year: str) -> int:
    """A year, of two digits with the century as in POSIX strptime: 69 to 99 are 1969 to 1999."""
    number = int(year)
    return number if len(year) > 2 else number + (1900 if number >= 69 else 2000)


def _numeric(match: re.Match[str], day_first: DayFirst, shown: str) -> Span:
    """``04/05/2016``: one day where the order is sure, else the days that it may be."""
    first, second, year = int(match["first"]), int(match["second"]), _in_full(match["year"])
    as_day_first = _from_parts(year, second, first, shown)
    as_month_first = _from_parts(year, first, second, shown)
    if day_first == "day" and as_day_first.start:
        return as_day_first
    if day_first == "month" and as_month_first.start:
        return as_month_first
    if as_day_first.start is None or as_month_first.start is None:
        only = as_day_first if as_day_first.start else as_month_first
        if only.start is None or day_first == "unsettled":
            return only
        message = f"{shown!r} can only be read the other way round"
        return only._replace(notes=(*only.notes, Note("date_order_contradicted", message)))
    if as_day_first.start == as_month_first.start:
        return as_day_first
    low, high = sorted((as_day_first.start, as_month_first.start))
    note = Note("date_ambiguous", f"{shown!r} is {low.isoformat()} or {high.isoformat()}")
    return Span(low, high, "year", (note,))


def _in_words(text: str, shown: str) -> Span:
    """``16 May 2025``, ``Friday, June 18, 2004``, ``May 2011``, read by dateutil.

    dateutil fills in what is missing and takes stray numbers for hours, so only one year and at
    most one day may stand in the text, and what comes back must be those.
    """
    plain = text
    numbers = [int(number) for number in re.findall(r"\d+", plain)]
    years = [number for number in numbers if number > 999]
    days = [number for number in numbers if number <= 31]
    countable = len(years) == 1 and len(days) <= 1 and len(numbers) == len(years) + len(days)
    if not countable or not re.search(r"[^\W\d_]", plain):
        return _unreadable(shown)
    try:
        one, other = (parser.parse(plain, default=default) for default in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        return _impossible(shown) if "out of range" in str(error) else _unreadable(shown)
    if one.month != other.month or {one.year, other.year} != set(years):
        return _unreadable(shown)
    if one.day == other.day and days == [one.day]:
        return _from_parts(one.year, one.month, one.day, shown)
    return _unreadable(shown) if days else _from_parts(one.year, one.month, None, shown)


def _single(text: str, day_first: DayFirst, shown: str) -> Span:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        day = match["day"]
        return _from_parts(
            int(match["year"]), int(match["month"]), int(day) if day else None, shown
        )
    if _YEAR.fullmatch(text):
        return _from_parts(int(text), None, None, shown)
    if match := _NUMERIC.fullmatch(text):
        return _numeric(match, day_first, shown)
    if match := _MONTH_YEAR.fullmatch(text):
        return _from_parts(int(match["year"]), int(match["month"]), None, shown)
    if hijri := hijri_date(text):
        return _hijri(hijri, shown)
    if match := _SHORT_YEAR.fullmatch(text):
        text = f"{match[1]} {match[3]} {_in_full(match[4])}"
    return _in_words(text, shown)


def _serial(text: str, shown: str) -> Span | None:
    """A day that a spreadsheet left as the number by which it counts days."""
    match = _SERIAL.fullmatch(text)
    if match is None or int(match[1]) not in _SERIALS:
        return None
    day = _SERIAL_START + timedelta(days=int(match[1]))
    message = f"{shown!r} is a spreadsheet's number for {day.isoformat()}, counted from 1900"
    return Span(day, None, "day", (Note("date_serial", message),))


def _weekday_checked(text: str, day_first: DayFirst, shown: str) -> Span:
    """A date that may name its weekday, which settles an order or is noted when it is another."""
    match = _WEEKDAY.search(text)
    if match is None:
        return _single(text, day_first, shown)
    rest = " ".join((text[: match.start()] + text[match.end() :]).split()).strip(" ,()[]")
    weekday = next(number for number, day in enumerate(_WEEKDAYS) if day.startswith(match[1][:3]))
    span = _single(rest, day_first, shown)
    if any(note.reason == "date_ambiguous" for note in span.notes):
        orders: tuple[DayFirst, ...] = ("day", "month")
        readings = {_single(rest, order, shown) for order in orders}
        fits = [one for one in readings if one.start and one.start.weekday() == weekday]
        if len(fits) == 1:
            return fits[0]
    if span.precision != "day" or span.start is None or span.start.weekday() == weekday:
        return span
    message = f"{shown!r} was a {_WEEKDAYS[span.start.weekday()].capitalize()}, kept as written"
    return span._replace(notes=(*span.notes, Note("date_weekday", message)))


def _with_clock(text: str, day_first: DayFirst, shown: str) -> Span:
    """A date that may bear a time of day: the day stays the one that is written."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return _weekday_checked(text, day_first, shown)
    span = _weekday_checked(match[1].rstrip(" ,"), day_first, shown)
    zone = (match["zone"] or "").replace("utc", "").replace("gmt", "").strip() or match["zone"]
    if span.start is None or not zone or zone in _LOCAL_ZONES:
        return span
    message = f"{shown!r} is in the time zone {match['zone'].upper()}, its day kept as written"
    return span._replace(notes=(*span.notes, Note("date_time_zone", message)))


def _ranged(text: str, day_first: DayFirst, shown: str) -> Span | None:
    """The first and the last day of a range, whose first part may borrow from the second."""
    parts: list[tuple[str, str]] = [
        (match.expand(first), match.expand(last))
        for shape, first, last in _SHORT
        if (match := shape.fullmatch(text))
    ]
    borrowed = len(parts)
    if full := _RANGE.fullmatch(text):
        parts = [*parts, (full[1], full[2])]
    for number, pair in enumerate(parts):
        first, last = (_with_clock(part, day_first, shown) for part in pair)
        end = last.end or last.start
        if first.start is not None and end is not None and end < first.start and number < borrowed:
            first, last = _over_new_year(text, pair, day_first, shown)
            end = last.end or last.start
        if first.start is not None and end is not None and end >= first.start:
            notes = tuple(dict.fromkeys(first.notes + last.notes))
            return Span(first.start, end, coarser(first.precision, last.precision), notes)
    return None


def _over_new_year(
    text: str, pair: tuple[str, str], day_first: DayFirst, shown: str
) -> tuple[Span, Span]:
    """``30 Dec - 2 Jan 2017``: a part that has no year of its own lies in the one beside."""
    year = int(pair[0][-4:])
    own = str(year) in text[-5:]
    first = _LAST_YEAR.sub(f"{year - own:04}", pair[0])
    last = _LAST_YEAR.sub(f"{year + (not own):04}", pair[1])
    spans = tuple(_with_clock(part, day_first, part) for part in (first, last))
    end = spans[1].end or spans[1].start
    if spans[0].start is None or end is None or end - spans[0].start > _OVER_NEW_YEAR:
        return Span(), Span()
    message = f"{shown!r} is read over the turn of the year, from {first} to {last}"
    noted = (*spans[0].notes, Note("date_over_new_year", message))
    return spans[0]._replace(notes=noted), spans[1]


def _in_two_calendars(text: str, day_first: DayFirst, shown: str) -> Span | None:
    """``27 Aqrab 1396 (18 November 2017)``: read where both say the same."""
    match = _BOTH.fullmatch(text)
    if match is None:
        return None
    one, other = (_with_clock(part.strip(), day_first, shown) for part in match.groups())
    if one.start is None or other.start is None:
        return None
    if (one.start, one.end) == (other.start, other.end):
        return one
    message = f"{shown!r} gives two different dates"
    return Span(notes=(Note("date_contradicts_itself", message),))


def parse_date(text: str, day_first: DayFirst = "unsettled") -> Span:
    """Read a date, or the month or year that is all a report gives.

    Parameters
    ----------
    text : str
        For example ``2016-05-04``, ``2011-05``, ``2011``, ``16 May 2025``,
        ``Friday, June 18, 2004``, ``04/05/2016``, ``3-5 May 2017``, ``42859`` (a spreadsheet's
        number), ``1401-01-27`` and ``27 Aqrab 1396`` (Solar Hijri), ``12 Ramadan 1438`` (lunar).
    day_first : {"day", "month", "unsettled"}
        What the column says about ``04/05/2016``, see :func:`day_first_of`.

    Returns
    -------
    Span
        Bounds and precision. An ambiguous day spans both readings with the precision ``year``;
        an impossible or unreadable date is empty; each bears a note.
    """
    if match := _PLAIN_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
        return _from_parts(year, month, day, text)
    if is_missing(text):
        return Span()
    shown = shorten(text, 40)
    if len(text) > _LONGEST:
        return _unreadable(shown)
    normal = _LEADING.sub("", _normal(text), count=1)
    span = _serial(normal, shown) or _with_clock(normal, day_first, shown)
    if span.start is None:
        ranged = _ranged(normal, day_first, shown)
        return ranged or _in_two_calendars(normal, day_first, shown) or span
    return span


def parse_days(start: str, end: str, precision: str, day_first: DayFirst = "unsettled") -> Span:
    """Read the cells that say when one incident was.

    Parameters
    ----------
    start, end : str
        The cells of the first and the last day; either may hold a month, a year or a range.
    precision : str
        A word of ``DATE_PRECISIONS``, or empty where the row does not say.
    day_first : {"day", "month", "unsettled"}
        See :func:`day_first_of`.

    Returns
    -------
    Span
        The coarser of what the row says and what the dates show. An end before the start stays
        as reported, with a note.
    """
    first, last = parse_date(start, day_first), parse_date(end, day_first)
    last_day = last.end or last.start or first.end
    notes = [note._replace(column="date_start") for note in first.notes]
    notes += [note._replace(column="date_end") for note in last.notes]
    if first.start and last_day and last_day < first.start:
        message = "the end lies before the start, kept as reported"
        notes.append(Note("date_end_before_start", message, column="date_end"))
    shown = first.precision
    if precision and first.start:
        shown = coarser(precision, first.precision)
        if shown != precision and not first.notes:
            message = f"the date gives no more than the {shown}"
            notes.append(Note("date_precision_coarser", message, column="date_precision"))
    return Span(first.start, last_day, shown, tuple(notes))
