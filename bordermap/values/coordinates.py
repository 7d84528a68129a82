"""Positions as people write them: latitude and longitude in degrees, or nothing and the reason."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

from bordermap.values.text import Note, is_missing, shorten, western_digits

__all__ = ["REGION", "Position", "check_position", "in_region", "parse_position"]

REGION = (58.0, 26.0, 78.0, 40.0)
"""West, south, east, north in degrees: both countries and a margin, to recognise swapped pairs."""

_PLAIN = re.compile(r"-?\d{1,3}(?:\.\d+)?", re.ASCII)
# No letter m or s for minutes and seconds: "15 s" is as often a south.
_DEGREE = r"[°º˚d*]"
_MINUTE = r"['’′ʹ]"
_SECOND = r"\"|”|″|“|''|’’|′′"
_NUMBER = r"\d+(?:\.\d+)?(?:e[-+]?\d{1,3})?"
_ANGLE = re.compile(
    rf"(?P<before>[nsew])?\s*(?P<sign>[-+])?\s*(?P<degrees>{_NUMBER})"
    rf"(?:\s*(?:{_DEGREE}|:|\s)\s*(?P<minutes>\d+(?:\.\d+)?)"
    rf"(?:\s*(?:{_MINUTE}|:|\s)\s*(?P<seconds>\d+(?:\.\d+)?)\s*(?:{_SECOND})?|\s*(?:{_MINUTE})?)"
    rf"|\s*(?:{_DEGREE})?)"
    r"\s*(?P<after>[nsew])?"
)
_WORDS = (
    *(("north", "n"), ("south", "s"), ("east", "e"), ("west", "w")),
    *(("degrees", "°"), ("degree", "°"), ("deg", "°")),
)
_COMMA = re.compile(r"(\d),(\d)")
_LONGEST = 80
_PROJECTED_FROM = 1_000.0

Axis = Literal["latitude", "longitude", ""]


class Position(NamedTuple):
    """Latitude and longitude in degrees (NaN where not given), and what was noticed."""

    latitude: float
    longitude: float
    notes: tuple[Note, ...] = ()


class _Angle(NamedTuple):
    value: float
    axis: Axis = ""
    notes: tuple[Note, ...] = ()


_NOTHING = _Angle(math.nan)


def in_region(latitude: float, longitude: float) -> bool:
    """Whether a point lies in :data:`REGION`."""
    west, south, east, north = REGION
    return south <= latitude <= north and west <= longitude <= east


def _normal(text: str) -> str:
    lowered = western_digits(text).strip().casefold()
    for word, mark in _WORDS:
        lowered = lowered.replace(word, mark)
    return lowered


def _unreadable(text: str) -> _Angle:
    note = Note("coordinates_unreadable", f"{shorten(text, 40)!r} is not a coordinate")
    return _Angle(math.nan, "", (note,))


def _not_finite(text: str) -> _Angle:
    note = Note("coordinates_not_finite", f"{shorten(text, 40)!r} is not a coordinate")
    return _Angle(math.nan, "", (note,))


def _says_not_finite(text: str) -> bool:
    return text.strip("+-") in {"nan", "inf", "infinity", "∞", "#num!", "#div/0!"}


def _sexagesimal(match: re.Match[str]) -> float | None:
    degrees = float(match["degrees"])
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    if minutes >= 60 or seconds >= 60 or (match["minutes"] and not degrees.is_integer()):
        return None
    return degrees + minutes / 60 + seconds / 3600


def _signed(value: float, match: re.Match[str]) -> _Angle | None:
    """Apply hemisphere and sign; None where they contradict each other or stand twice."""
    letters = (match["before"] or "") + (match["after"] or "")
    negative = match["sign"] == "-"
    if len(letters) > 1 or (negative and letters in {"s", "w"}):
        return None
    if negative or letters in {"s", "w"}:
        value = -value
    axis: Axis = ""
    if letters:
        axis = "latitude" if letters in "ns" else "longitude"
    return _Angle(value, axis)


def _parse_angle(text: str) -> _Angle:
    if _PLAIN.fullmatch(text):
        return _Angle(float(text))
    normal = _normal(text) if len(text) <= _LONGEST else text
    if _says_not_finite(normal):
        return _not_finite(text)
    if is_missing(normal):
        return _NOTHING
    pointed = _COMMA.sub(r"\1.\2", normal) if normal.count(",") == 1 else normal
    match = _ANGLE.fullmatch(pointed) if len(text) <= _LONGEST else None
    value = _sexagesimal(match) if match else None
    angle = _signed(value, match) if match and value is not None else None
    if match is None or angle is None:
        return _unreadable(text)
    if not math.isfinite(angle.value):
        return _not_finite(text)
    notes = []
    if pointed != normal:
        notes.append(Note("decimal_comma", "coordinates with a decimal comma"))
    if match["minutes"]:
        notes.append(Note("degrees_minutes_seconds", "coordinates in degrees and minutes"))
    return angle._replace(notes=tuple(notes))


_SEPARATED = re.compile(r"([^;|,]*[^;|,\s])\s*(?:[;|]|,\s|\s,)\s*(\S.*)", re.DOTALL)
_SPACED_COMMAS = re.compile(r"([-+]?\d+,\d+)(?:[;|/\s]\s*|,\s+)([-+]?\d+,\d+)")
_POINTED_PAIR = re.compile(r"([-+]?\d+\.\d+)\s*[,;|/\s]\s*([-+]?\d+\.\d+)")
_LETTERED_PAIR = re.compile(
    r"([^nsew]*\d[^nsew]*[nsew])[\s,;|/]*([^nsew]*\d[^nsew]*[nsew])"
    r"|([nsew][^nsew]*\d[^nsew]*?)[\s,;|/]*([nsew][^nsew]*\d[^nsew]*)"
)
_PAIRS = (_POINTED_PAIR, _SPACED_COMMAS, _LETTERED_PAIR, _SEPARATED)


def _split_pair(text: str) -> tuple[str, str] | None:
    """The two halves of "lat, lon" in one cell, or None where it does not hold two numbers."""
    if len(text) > 2 * _LONGEST:
        return None
    normal = _normal(text).strip("()[]{} ")
    for pattern in _PAIRS:
        if match := pattern.fullmatch(normal):
            first, second = (part for part in match.groups() if part is not None)
            if not math.isnan(_parse_angle(first).value + _parse_angle(second).value):
                return first, second
    return None


def _pair_of(latitude: str, longitude: str) -> tuple[_Angle, _Angle]:
    if not longitude.strip() or longitude == latitude:
        alone = _parse_angle(latitude)
        halves = _split_pair(latitude) if math.isnan(alone.value) else None
        if halves is not None:
            note = Note("coordinates_in_one_cell", "latitude and longitude stood in one cell")
            first, second = _parse_angle(halves[0]), _parse_angle(halves[1])
            return first._replace(notes=(note, *first.notes)), second
    return _parse_angle(latitude), _parse_angle(longitude)


def _swapped_note() -> Note:
    return Note("coordinates_swapped", "latitude and longitude were swapped, put right")


def _rejection(reason: str, message: str) -> tuple[Note, ...]:
    return (Note(reason, message, rejects=True),)


def check_position(latitude: float, longitude: float, *, lettered: bool = False) -> Position:
    """Judge two numbers that are said to be degrees.

    Parameters
    ----------
    latitude, longitude : float
        Degrees, NaN where missing.
    lettered : bool
        Hemisphere letters say which is which, so the pair is never swapped.

    Returns
    -------
    Position
        As given; swapped where only the swapped pair falls in :data:`REGION`; NaN and a note for
        (0, 0); with a rejecting note where the numbers are no degrees.
    """
    if latitude == 0 and longitude == 0:
        note = Note("coordinates_zero", "the coordinates (0, 0) mean none")
        return Position(math.nan, math.nan, (note,))
    if not lettered and not in_region(latitude, longitude) and in_region(longitude, latitude):
        return Position(longitude, latitude, (_swapped_note(),))
    shown = f"({latitude:.10g}, {longitude:.10g})"
    if abs(latitude) >= _PROJECTED_FROM or abs(longitude) >= _PROJECTED_FROM:
        message = f"{shown} are metres of a map projection, not degrees; export as WGS 84 degrees"
        return Position(latitude, longitude, _rejection("coordinates_projected", message))
    if abs(latitude) > 90 or abs(longitude) > 180:
        message = f"latitude and longitude {shown} are out of range"
        return Position(latitude, longitude, _rejection("coordinates_out_of_range", message))
    return Position(latitude, longitude, _half_given(latitude, longitude))


def _half_given(latitude: float, longitude: float) -> tuple[Note, ...]:
    if math.isnan(latitude) == math.isnan(longitude):
        return ()
    missing = "latitude" if math.isnan(latitude) else "longitude"
    return (Note("coordinates_incomplete", f"the {missing} is missing"),)


def parse_position(latitude: str, longitude: str) -> Position:
    """Read a pair of cells: decimal degrees, decimal comma, degrees-minutes-seconds, hemispheres.

    Parameters
    ----------
    latitude, longitude : str
        The cells; both numbers may stand in the first when the second is empty.

    Returns
    -------
    Position
        See :func:`check_position`. What cannot be read is NaN with a note.
    """
    first, second = _pair_of(latitude, longitude)
    notes = tuple(dict.fromkeys(first.notes + second.notes))
    if first.axis and first.axis == second.axis:
        note = Note("coordinates_unreadable", f"two {first.axis}s and no other")
        return Position(math.nan, math.nan, (*notes, note))
    if first.axis == "longitude" or second.axis == "latitude":
        first, second = second, first
        notes = (*notes, _swapped_note())
    lettered = bool(first.axis or second.axis)
    position = check_position(first.value, second.value, lettered=lettered)
    extra = [note for note in position.notes if not _explained(note, first, second)]
    return position._replace(notes=(*notes, *extra))


def _explained(note: Note, first: _Angle, second: _Angle) -> bool:
    """Whether an incomplete pair is already explained by an unreadable half."""
    halves = (first, second)
    return note.reason == "coordinates_incomplete" and any(
        math.isnan(half.value) and half.notes for half in halves
    )
