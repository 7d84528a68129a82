"""Days that a sentence names, counted from the day of publication where it names them so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bordermap.extract import day_words
from bordermap.extract.calendars import GREGORIAN, SOLAR, bounds_of, days_of_year, span_before
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import Word, number_of
from bordermap.values.dates import parse_date

__all__ = ["Calendar", "Moment", "Reader"]

_WRITTEN = re.compile(
    r"(?<![\d/.-])(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?![\d/-])"
)

_BOUNDS = frozenset({"since", "until", "till", "before"})
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")


@dataclass(frozen=True, slots=True)
class Moment:
    """When something may have been.

    Attributes
    ----------
    start, end : date or None
        First and last day; ``end`` is None where one day is named. ``start`` is None where only
        the day of publication, which is not known, would tell.
    precision : str
        A word of ``DATE_PRECISIONS``.
    flags : frozenset of str
        Words of ``DRAFT_FLAGS``.
    first, last : int
        Words of the sentence: from ``first`` up to ``last``.
    since : bool
        Whether it only bounds a time ("since August 2021").
    said : bool
        Whether it is the day of saying, not of what is told.
    year_given : bool
        Whether the text gives the year.
    counted_on : bool
        Whether it goes on from a day told before ("the next day").
    """

    start: date | None
    end: date | None
    precision: str
    flags: frozenset[str]
    first: int
    last: int
    since: bool = False
    said: bool = False
    year_given: bool = False
    counted_on: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the days of a text are counted from."""

    published: date | None
    year: int | None = None
    """The last year that the text gave, for texts without a day of publication."""
    day_first: bool = False
    """Whether another date of the text in digits, 31/10/2016, can only begin with its day."""


class Reader:
    """Reads the words of one sentence from left to right."""

    def __init__(self, sentence: Sentence, calendar: Calendar) -> None:
        self.words: list[Word] = sentence.words
        self.forms: list[str] = sentence.forms
        self.calendar = calendar

    def read(self) -> Iterator[Moment]:
        at = 0
        while at < len(self.words):
            moment = self._at(at)
            if moment is None:
                at += 1
                continue
            yield self._bounded(moment)
            at = moment.last

    def _at(self, at: int) -> Moment | None:
        form = self.forms[at]
        if form[0].isdecimal():
            return (
                self._dotted(at)
                or self._heading(at)
                or self._day_of_month(at)
                or self._written(at)
                or self._day_month(at)
                or self._ago(at)
                or self._year(at)
            )
        relative = day_words.relative().at(self.forms, at)
        if relative:
            return self._counted(relative.start, relative.end, relative.value)
        lasting = day_words.lasting().at(self.forms, at)
        if lasting:
            return self._counted(lasting.start, lasting.end, (lasting.value - 1, 0))
        span = day_words.spans().at(self.forms, at)
        if span:
            return self._span(span.start, span.end, span.value)
        week = self._week_of(at) if "week" in self.forms[at + 1 : at + 2] else None
        if week:
            return week
        counted = self._ago(at) if number_of(self.words[at]) else None
        counted = counted or self._past_days(at)
        return counted or self._month_first(at) or self._weekday(at) or self._holiday(at)

    def _past_days(self, at: int) -> Moment | None:
        """``for the past six days``."""
        if self.forms[at] not in {"past", "last"} or self.forms[at - 1 : at] != ["the"]:
            return None
        number = number_of(self.words[at + 1]) if at + 2 < len(self.words) else None
        if not number or number > 60 or self.forms[at + 2] not in {"days", "nights"}:
            return None
        return self._counted(at, at + 3, (number, 0))

    def _week_of(self, at: int) -> Moment | None:
        """``the second week of March``: the days from the 8th to the 14th."""
        number = day_words.ordinals().get(self.forms[at])
        month = self._month(at + 3) if self.forms[at + 2 : at + 3] == ["of"] else None
        if number is None or month is None:
            return None
        year, end = self._year_at(at + 4)
        days = (7 * number - 6, 7 * number) if number < 4 else (22, 28)
        moment = self._dated(month, days, year, at, end)
        return replace(moment, precision="week") if moment else None

    def _holiday(self, at: int) -> Moment | None:
        """``Christmas Day``."""
        found = day_words.holidays().at(self.forms, at)
        if found is None:
            return None
        month, day = found.value
        return self._dated(("gregorian", month), (day, None), None, found.start, found.end)

    def _bounded(self, moment: Moment) -> Moment:
        before = self.forms[max(0, moment.first - 2) : moment.first]
        if _BOUNDS & set(before[-1:]) or self.forms[moment.first] == "since":
            return replace(moment, since=True)
        clause = self.forms[max(0, moment.first - 8) : moment.first]
        gaps = [word.gap for word in self.words[max(0, moment.first - 8) : moment.first + 1]]
        if "since" in clause and not any(gaps[clause.index("since") + 1 :]):
            return replace(moment, since=True)  # "since the Taliban seized power in August 2021"
        if self.words[moment.first].latin:
            early = before[:1] == ["since"] and before[1] in {"early", "late", "last"}
            return replace(moment, since=True) if early else moment
        after = set(self.forms[moment.last - 1 : moment.last + 3])
        lasts = after & day_words.listed("going_on")
        return replace(moment, since=True) if lasts else moment

    def _word(self, at: int) -> Word | None:
        return self.words[at] if 0 <= at < len(self.words) else None

    def _month(self, at: int) -> tuple[str, int] | None:
        word = self._word(at)
        if word is None or word.form[0].isdecimal() or (word.latin and not word.capital):
            return None
        if not word.latin and word.form in day_words.listed("not_months"):
            return None
        return day_words.month_of(word.text) or (
            None if word.latin else day_words.month_of(word.form)
        )

    def _number(self, at: int, low: int, high: int) -> int | None:
        word = self._word(at)
        if word is None or not word.form.isdecimal():
            return None
        value = int(word.form) if len(word.form) <= 4 else 0
        return value if low <= value <= high else None

    def _skip(self, at: int, key: str) -> int:
        """Past a word of a list, where one stands."""
        word = self._word(at)
        return at + 1 if word is not None and word.form in day_words.listed(key) else at

    def _year_at(self, at: int) -> tuple[int | None, int]:
        """A year that stands at a word, and what comes after it."""
        word = self._word(at)
        if word is None or not word.form.isdecimal() or len(word.form) != 4:
            return None, at
        value = int(word.form)
        if value in GREGORIAN or (value in SOLAR):
            return value, at + 1
        return None, at

    def _written(self, at: int) -> Moment | None:
        """``2022-04-16`` and ``16/04/2022``: digits that only marks part."""
        if at + 2 >= len(self.words) or self.words[at + 1].gap not in {"-", "/", "."}:
            return None
        mark = self.words[at + 1].gap
        if self.words[at + 2].gap != mark:
            return None
        text = mark.join(self.forms[at : at + 3])
        if not _WRITTEN.fullmatch(text):
            return None
        return self._parsed(text, at, at + 3)

    def _dotted(self, at: int) -> Moment | None:
        """``30.09.2023``, which is one word."""
        form = self.forms[at]
        if not _DOTTED.fullmatch(form):
            return None
        day, month, year = map(int, form.split("."))
        return self._parsed(f"{year}-{month:02}-{day:02}" if month <= 12 else form, at, at + 1)

    def _parsed(self, text: str, first: int, last: int) -> Moment | None:
        """A date in digits; of two that it may be, the one that was not after publication."""
        span = parse_date(text)
        if span.start is None:
            return None
        start, end, latest = span.start, span.end, self._latest()
        if end and self.calendar.day_first:
            day, month, year = map(int, re.split(r"\D", text))
            return Moment(
                date(year, month, day), None, "day", frozenset(), first, last, year_given=True
            )
        if end and start <= latest < end:
            return Moment(
                start, None, "day", frozenset({"date_unclear"}), first, last, year_given=True
            )
        precision, flags = ("month", {"date_unclear"}) if end else ("day", set())
        return Moment(start, end, precision, frozenset(flags), first, last, year_given=True)

    def _heading(self, at: int) -> Moment | None:
        """``07/09 - Lal Pur: mortar fire``: day and month at the head of an entry."""
        if at or len(self.words) < 3 or self.words[1].gap != "/" or self.words[2].gap in {"/", ""}:
            return None
        numbers = self._number(0, 1, 31), self._number(1, 1, 31)
        for swapped in (False, True):  # day first, as both countries write it
            day, month = numbers[::-1] if swapped else numbers
            if day and month and month <= 12:
                found = self._dated(("gregorian", month), (day, None), None, 0, 2)
                both = max(day, month) <= 12 and day != month
                doubt = frozenset({"date_unclear"}) if both else frozenset()
                return found and replace(found, flags=found.flags | doubt)
        return None

    def _day_of_month(self, at: int) -> Moment | None:
        """``the 10th of this month``, ``the 28th of last month``."""
        day, after = self._number(at, 1, 31), self._skip(at + 1, "ordinals")
        if day is None or self.forms[after : after + 1] != ["of"]:
            return None
        named, published = day_words.spans().at(self.forms, after + 1), self.calendar.published
        if named is None or named.value[0] != "month":
            return None
        flags = frozenset({"relative_date"})
        if published is None:
            return Moment(None, None, "unknown", flags, at, named.end)
        month, last = span_before(published, *named.value)
        if day > last.day:
            return None
        return Moment(month.replace(day=day), None, "day", flags, at, named.end)

    def _day_month(self, at: int) -> Moment | None:
        """``16 April``, ``16-17 April 2022``, ``16 اپریل``."""
        day = self._number(at, 1, 31)
        if day is None:
            return None
        after = self._skip(at + 1, "ordinals")
        last_day, after = self._second_day(after)
        if after < len(self.forms) and self.forms[after] == "of":
            after += 1
        month = self._month(after)
        if month is None:
            return None
        year, end = self._year_at(after + 1)
        start = at
        if year is None and not self.words[at].latin:
            year, start = self._year_before(at)
        return self._dated(month, (day, last_day), year, start, end)

    def _year_before(self, at: int) -> tuple[int | None, int]:
        """Pashto gives the year first: ``د ۱۴۰۱ کال د وري ۲۷مه``."""
        for back in range(at - 1, max(-1, at - 5), -1):
            year, _ = self._year_at(back)
            if year:
                return year, back
        return None, at

    def _second_day(self, at: int) -> tuple[int | None, int]:
        """The end of a range of days, where one stands."""
        word = self._word(at)
        if word is None:
            return None, at
        day = self._number(at, 1, 31)
        if day and word.gap in {"-", "\u2013", "\u2014", "/"}:
            return day, self._skip(at + 1, "ordinals")
        if word.form in {"to", "and"} and self._number(at + 1, 1, 31):
            return self._number(at + 1, 1, 31), self._skip(at + 2, "ordinals")
        return None, at

    def _month_first(self, at: int) -> Moment | None:
        """``April 16, 2022``, ``April 2022``, ``in April``, ``د اپریل په ۱۶مه``."""
        month = self._month(at)
        if month is None:
            return None
        arabic = not self.words[at].latin
        day_at = self._skip(self._skip(at + 1, "month_words"), "in") if arabic else at + 1
        day = self._number(day_at, 1, 31)
        if day and not (self._word(day_at + 1) and self.words[day_at].gap in {";", ":"}):
            after = self._skip(day_at + 1, "ordinals")
            last_day, after = self._second_day(after)
            year, end = self._year_at(after)
            start = at
            if year is None and arabic:
                year, start = self._year_before(at)
            return self._dated(month, (day, last_day), year, start, end)
        return self._whole_month(at, month)

    def _whole_month(self, at: int, month: tuple[str, int]) -> Moment | None:
        year, end = self._year_at(at + 1)
        start = at
        word = self.words[at]
        if year is None and not word.latin:
            year, start = self._year_before(at)
        before = self.forms[at - 1] if at else ""
        asks = before in day_words.listed("in") or before in {"since", "before", "after", "until"}
        if year is None and (not asks or month[0] != "gregorian"):
            return None
        if (
            word.form in day_words.doubtful()
            and year is None
            and before not in {"in", "since", "last", "early", "mid", "late"}
        ):
            return None
        return self._dated(month, (None, None), year, start, end)

    def _dated(
        self,
        month: tuple[str, int],
        days: tuple[int | None, int | None],
        year: int | None,
        first: int,
        last: int,
    ) -> Moment | None:
        """A moment of a calendar's month; without a year the last one before publication."""
        flags: set[str] = set()
        years = [year] if year else self._likely_years(month[0])
        if not year:
            flags.add("year_assumed")
        for one in years:
            bounds = bounds_of(month, days, one)
            if bounds is None:
                return None
            if year or self.calendar.published is None or bounds[0] <= self._latest():
                break
        else:
            bounds = None
        day, _ = days
        precision = "day" if day else "month"
        start, end = bounds or (None, None)
        if month[0] == "lunar":
            flags.add("date_unclear")
        only = day and start == end
        return Moment(
            start, None if only else end, precision, frozenset(flags), first, last,
            year_given=bool(year),
        )  # fmt: skip

    def _latest(self) -> date:
        return (self.calendar.published or date.max) + timedelta(days=0)

    def _likely_years(self, calendar: str) -> list[int]:
        published, year = self.calendar.published, self.calendar.year
        base = published.year if published else year
        if base is None:
            return []
        if calendar == "solar":
            base -= 621
        elif calendar == "lunar":
            base -= 578
        return [base, base - 1] if published else [base]

    def _ago(self, at: int) -> Moment | None:
        """``three days ago``, ``دوه ورځې وړاندې``."""
        number = number_of(self.words[at])
        unit = day_words.units().at(self.forms, at + 1) if at + 1 < len(self.forms) else None
        if not number or unit is None or number > 60 or unit.end >= len(self.forms):
            return None
        mark = self.forms[unit.end]
        if mark not in day_words.listed("ago") or mark == "earlier":
            return None
        if unit.value == "day":
            return self._counted(at, unit.end + 1, (number, number))
        return self._span(at, unit.end + 1, (unit.value, number), rough=True)

    def _year(self, at: int) -> Moment | None:
        """``in 2011``, ``په ۲۰۱۱ کال کې``."""
        year, end = self._year_at(at)
        if year is None:
            return None
        before = self.forms[at - 1] if at else ""
        after = self.forms[end] if end < len(self.forms) else ""
        marked = before in day_words.listed("in") | {
            "since",
            "before",
            "after",
        } or after in day_words.listed("year_marks")
        if not marked and not (self.words[at].gap.endswith("(")):
            return None
        if year in GREGORIAN:
            first, last = date(year, 1, 1), date(year, 12, 31)
        else:
            first, last = days_of_year(year)
        return Moment(first, last, "year", frozenset(), at, end, year_given=True)

    def _counted(self, first: int, last: int, back: tuple[int, int]) -> Moment:
        """Days counted back from that of publication."""
        flags = frozenset({"relative_date"})
        published = self.calendar.published
        if published is None:
            return Moment(None, None, "unknown", flags, first, last)
        start, end = (published - timedelta(days=days) for days in back)
        return Moment(start, None if start == end else end, "day", flags, first, last)

    def _span(self, first: int, last: int, what: tuple[str, int], *, rough: bool = False) -> Moment:
        """The week, month or year so many before that of publication."""
        unit, back = what
        flags = frozenset({"relative_date", "date_unclear"} if rough else {"relative_date"})
        published = self.calendar.published
        if published is None:
            return Moment(None, None, "unknown", flags, first, last)
        start, end = span_before(published, unit, back)
        return Moment(start, min(end, published), unit, flags, first, last)

    def _weekday(self, at: int) -> Moment | None:
        """``on Tuesday``: the last one up to the day of publication."""
        found = day_words.weekdays().at(self.forms, at)
        if found is None:
            return None
        word = self.words[at]
        if word.latin and (not word.capital or len(word.text) < 4):
            return None
        before = self.forms[at - 1] if at else ""
        if before in day_words.listed("next"):
            return None
        flags = {"relative_date"}
        first = at - 1 if before in day_words.listed("last") | day_words.listed("this") else at
        published = self.calendar.published
        absolute = self._absolute_beside(found.end)
        if absolute:
            return replace(absolute, first=first)
        if published is None:
            return Moment(None, None, "unknown", frozenset(flags), first, found.end)
        back = (published.weekday() - found.value) % 7
        if before in day_words.listed("last"):
            flags.add("date_unclear")
            back = back or 7
        if at == 0 and found.end < len(self.words) and self.words[found.end].gap[:1] == ":":
            back = back or 7  # a week told day by day
        if "will" in set(self.forms[max(0, at - 8) : at]):
            back = (back or 7) - 7
        day = published - timedelta(days=back)
        end = self._part_of_day(found.end)
        return Moment(day, None, "day", frozenset(flags), first, end)

    def _absolute_beside(self, at: int) -> Moment | None:
        """The date of a weekday that stands behind it: ``Saturday, April 16``."""
        at = self._part_of_day(at)
        word = self._word(at)
        if word is None or word.gap not in {"", ",", "(", "\u060c"}:
            return None
        if word.form[0].isdecimal():
            return self._written(at) or self._day_month(at)
        moment = self._month_first(at)
        return moment if moment and moment.precision == "day" else None

    def _part_of_day(self, at: int) -> int:
        word = self._word(at)
        parts = {"night", "morning", "evening", "afternoon", "noon"}
        return at + 1 if word is not None and word.form in parts else at
