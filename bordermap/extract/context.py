"""Place and day of an event from the sentences before it, where its own gives none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bordermap.extract.days import Moment
from bordermap.extract.events import VIOLENT
from bordermap.extract.places import Locus
from bordermap.extract.reading import Account, Reading

__all__ = ["day_before", "place_before"]

REACH = 2
"""So many sentences back a place or a day may still be meant."""


def place_before(
    readings: Sequence[Reading], position: int, known: Sequence[Account]
) -> Locus | None:
    """The place told last, where a sentence that tells an event names none.

    Parameters
    ----------
    readings : sequence of Reading
        All sentences of the text.
    position : int
        The sentence that tells the event.
    known : sequence of Account
        Events told before.
    """
    reading = readings[position]
    if _turns_away(reading):
        return None
    number = reading.sentence.number
    for account in reversed(known):
        near = number - account.last <= REACH
        if near and account.locus and account.locus.rank != "country":
            return account.locus.borrowed()
    for before in reversed(readings[max(0, position - REACH) : position]):
        fine = [locus for locus in before.loci if locus.rank != "country"]
        if fine:
            return fine[0].borrowed() if len(fine) == 1 and not _turns_away(before) else None
    return None


def day_before(
    readings: Sequence[Reading], position: int, known: Sequence[Account]
) -> Moment | None:
    """The day told last, where a sentence that tells an event names none.

    Parameters
    ----------
    readings, position, known
        As for :func:`place_before`.
    """
    reading = readings[position]
    if reading.says("offset") or reading.says("history"):
        return None
    like = {trigger.kind in VIOLENT for trigger in reading.triggers}
    near = [a for a in known if reading.sentence.number - a.last <= REACH and a.moment]
    for account in sorted(near, key=lambda a: ((a.kind in VIOLENT) in like, a.last), reverse=True):
        if account.moment and account.moment.precision == "day":
            return _unsure(account.moment)
    for before in reversed(readings[max(0, position - REACH) : position]):
        days = [m for m in before.moments if not (m.said or m.since) and _is_day(m)]
        if days:
            return _unsure(days[0]) if len(days) == 1 else None
    return _heading(readings[:position])


def _heading(before: Sequence[Reading]) -> Moment | None:
    """The day that stands in a line of its own above what is told."""
    for reading in reversed(before):
        moment = reading.moments[0] if len(reading.moments) == 1 else None
        alone = moment is not None and len(reading.sentence.words) <= moment.last - moment.first + 1
        if moment and alone and _is_day(moment):
            return _unsure(moment)
    return None


def _turns_away(reading: Reading) -> bool:
    """Whether a sentence speaks of another event, or of what was long ago."""
    return reading.says("separate") or reading.says("history")


def _is_day(moment: Moment) -> bool:
    """Whether one day is meant, though it may not be clear which."""
    written = moment.precision == "month" and "date_unclear" in moment.flags
    return moment.start is not None and (moment.precision == "day" or written)


def _unsure(moment: Moment) -> Moment:
    return replace(moment, flags=moment.flags | {"date_unclear"}, since=False)
