"""The days of a text: those that a sentence names, those counted on, and those of speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bordermap.extract import day_words
from bordermap.extract.days import Calendar, Moment, Reader
from bordermap.extract.events import tells_event
from bordermap.extract.lexicon import phrases
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import number_of

__all__ = ["moments_of"]


def moments_of(sentences: Sequence[Sentence], published: date | None) -> list[list[Moment]]:
    """The moments of each sentence.

    Parameters
    ----------
    sentences : sequence of Sentence
    published : date, optional
        What "on Thursday" and "last month" are counted from. Without it they are found, and bear
        no day; a day without a year takes the year that the text gave last.

    Returns
    -------
    list of list of Moment
        In the order of the sentences and their words.
    """
    found: list[list[Moment]] = []
    year: int | None = None
    day_first = any(_is_day_first(sentence) for sentence in sentences)
    for sentence in sentences:
        calendar = Calendar(published, year, day_first)
        moments = _apart(list(Reader(sentence, calendar).read()))
        moments = _with_lasting(sentence, moments)
        moments = _next_days(sentence, moments, found)
        for moment in moments:
            if moment.year_given and moment.start:
                year = moment.start.year
        found.append([_with_said(moment, sentence) for moment in moments])
    return found


def _is_day_first(sentence: Sentence) -> bool:
    """Whether a date in digits stands there that can only begin with its day."""
    forms, words = sentence.forms, sentence.words
    return any(
        forms[at].isdecimal() and 12 < int(forms[at][:4]) <= 31
        and words[at + 1].gap == words[at + 2].gap and words[at + 1].gap in {"/", "-", "."}
        and len(forms[at + 2]) == 4 and forms[at + 2].isdecimal()
        for at in range(len(words) - 2)
    )  # fmt: skip


def _apart(moments: list[Moment]) -> list[Moment]:
    """Without moments that lie in the words of another (a year that stands before its day)."""
    return [
        one
        for one in moments
        if not any(
            other is not one and other.first <= one.first and one.last <= other.last
            for other in moments
        )
    ]


def _with_lasting(sentence: Sentence, moments: list[Moment]) -> list[Moment]:
    """What lasts for so many days on a day told: "for a third day on Sunday"."""
    lasting = {found.start: found.value for found in day_words.lasting().all(sentence.forms)}
    for one in [m for m in moments if m.first in lasting]:
        beside = [
            m for m in moments
            if m is not one and m.precision == "day" and m.start and not m.end and not m.since
            and min(abs(m.first - one.last), abs(one.first - m.last)) <= 2
        ]  # fmt: skip
        day = beside[0].start if beside else None
        if day:
            first = day - timedelta(days=lasting[one.first] - 1)
            whole = replace(beside[0], start=first, end=day)
            moments = [whole if m is beside[0] else m for m in moments if m is not one]
    return moments


def _next_days(
    sentence: Sentence, moments: list[Moment], before: list[list[Moment]]
) -> list[Moment]:
    """Also "the next day", counted from the day that was told last."""
    for at, days in _days_after(sentence):
        mine = [m for m in moments if m.start and m.precision == "day" and m.last <= at]
        told = mine or [m for row in before for m in row if m.start and m.precision == "day"]
        last = at + 1 >= len(sentence.words) or sentence.words[at + 1].gap
        if told and told[-1].start and not last:
            day = told[-1].start - timedelta(days=days)
            flags = frozenset({"relative_date"})
            moments = [*moments, Moment(day, None, "day", flags, at, at + 1, counted_on=True)]
    moments = [*moments, *_days_beside(sentence, moments, before)]
    for found in day_words.told_before().all(sentence.forms):
        earlier = [m for m in moments if m.first < found.start]
        told = [m for row in [*before, earlier] for m in row if m.start and m.precision == "day"]
        told = [m for m in told if not (m.counted_on and m.last == m.first + 1)] or told
        if told and told[-1].start and not any(m.first <= found.start < m.last for m in moments):
            day = told[-1].start + timedelta(days=found.value)
            flags = frozenset({"relative_date"})
            span = (found.start, found.end)
            moments = [*moments, Moment(day, None, "day", flags, *span, counted_on=True)]
    return sorted(moments, key=lambda moment: moment.first)


def _days_after(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Where "after" stands in "three days after a blast", and how many days it counts back."""
    for at in range(2, len(sentence.forms)):
        unit = _UNITS.get(sentence.forms[at - 1])
        if sentence.forms[at] == "after" and unit and not sentence.words[at].gap:
            one = sentence.forms[at - 2] in {"a", "one", "the"}
            number = 1 if one else number_of(sentence.words[at - 2])
            if number and number <= 60:
                yield at, number * unit


def _days_beside(
    sentence: Sentence, moments: list[Moment], before: list[list[Moment]]
) -> Iterator[Moment]:
    """Days counted from the one told last: "four days earlier", "three days later"."""
    for at in range(2, len(sentence.forms)):
        sign = {"earlier": -1, "later": 1}.get(sentence.forms[at])
        unit, number = _UNITS.get(sentence.forms[at - 1]), number_of(sentence.words[at - 2])
        if not (sign and unit and number and number <= 60) or sentence.words[at].gap:
            continue
        rows = [*before, [m for m in moments if m.first < at]]
        told = [m for row in rows for m in row if m.start and m.precision == "day"]
        if told and told[-1].start and not any(m.first <= at - 1 < m.last for m in moments):
            day = told[-1].start + timedelta(days=sign * number * unit)
            flags = frozenset({"relative_date"})
            yield Moment(day, None, "day", flags, at - 2, at + 1, counted_on=True)


_UNITS = {"day": 1, "days": 1, "night": 1, "nights": 1, "week": 7, "weeks": 7}
_REACH = 5
_TELLING = frozenset(
    {"was", "were", "had", "been", "that", "how", "lives", "life", "happened", "occurred", "took"}
)
"""Words behind one of speech that tell what was: "told us the incident had happened on"."""


def _with_said(moment: Moment, sentence: Sentence) -> Moment:
    """Whether a moment is that of speech: "said on Tuesday", "the August 28 claim"."""
    if moment.first < len(sentence.words) and not sentence.words[moment.first].latin:
        # The verb comes behind in Pashto, Dari and Urdu.
        said = phrases("cues", "speech").any(sentence.forms[moment.last : moment.last + 3])
        return replace(moment, said=said)
    if "lives" in sentence.forms[moment.last : moment.last + 5]:
        return moment  # "on Monday claimed nine lives"
    spoken = _spoken_before(moment, sentence) or _spoken_after(moment, sentence)
    return replace(moment, said=True) if spoken else moment


def _spoken_before(moment: Moment, sentence: Sentence) -> bool:
    """``said on Tuesday``; not "said that on Tuesday", and not "was reported on Tuesday"."""
    start = max(0, moment.first - 2 * _REACH)
    if any(tells_event(sentence.forms, n) for n in range(start, moment.first)):
        start = max(0, moment.first - _REACH)
    gaps = [word.gap for word in sentence.words[start + 1 : moment.first + 1]]
    spoken = False
    for one in phrases("cues", "speech").all(sentence.forms[start : moment.first]):
        between = sentence.forms[start + one.end : moment.first]
        apart = any("," in gap or ":" in gap for gap in gaps[one.end - 1 :])
        form, before = (
            sentence.forms[start + one.start],
            sentence.forms[max(0, start + one.start - 3) : start + one.start],
        )
        passive = form == "reported" and bool({"was", "were", "been", "is", "are"} & set(before))
        noun = form == "reported" and not before
        told = not _TELLING.isdisjoint(between)
        spoken = not (apart or passive or noun or told)
    return spoken


def _spoken_after(moment: Moment, sentence: Sentence) -> bool:
    """``the August 28 claim``, ``the minister on Monday accused``."""
    beside = moment.last < len(sentence.words) and not sentence.words[moment.last].gap
    after = sentence.forms[moment.last : moment.last + 1] if beside else []
    return phrases("cues", "speech").any(after)
