"""Positions as people write them: latitude and longitude in degrees, or nothing and the reason."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bordermap.values.grids import read_grid
from bordermap.values.text import Note, fold, is_missing, shorten, western_digits

__all__ = [
    "PLAIN_DEGREES",
    "REGION",
    "Position",
    "are_in_region",
    "check_position",
    "in_region",
    "is_far_north",
    "parse_position",
    "plain_degrees",
    "unremarkable",
]

REGION = (58.0, 26.0, 78.0, 40.0)
"""West, south, east, north in degrees: both countries and a margin, to recognise swapped pairs."""

PLAIN_DEGREES = r"-?\d{1,3}(?:\.\d+)?"
"""Decimal degrees and nothing else; digits are ASCII's."""
_PLAIN = re.compile(PLAIN_DEGREES, re.ASCII)
_ALL_PLAIN = re.compile(rf"(?:{_PLAIN.pattern} )+", re.ASCII)
_STEP = 64
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
    *(("degrees", "°"), ("degree", "°"), ("deg", "°"), ("minutes", "'"), ("seconds", '"')),
    *(("minute", "'"), ("min", "'"), ("second", '"'), ("sec", '"')),
    *(("شمالی", "n"), ("شمال", "n"), ("جنوبی", "s"), ("جنوب", "s")),
    *(("شرقی", "e"), ("شرق", "e"), ("مشرق", "e"), ("غربی", "w"), ("غرب", "w"), ("مغرب", "w")),
    *(("درجه", "°"), ("دقیقه", "'"), ("ثانیه", '"'), ("_", " ")),
)
_MARKS = re.compile("[\u061c\u200b-\u200f\u00a0\u2009\u202f]")
_STRAY = " \t\r\n,;|.:()[]{}<>`‘“\\"
_LETTERED = re.compile(r"\d[^\w]*[nsew]\b|\b[nsew][^\w]*\d")
_LABEL = re.compile(r"\b(?:lat(?:itude)?|(lon(?:g(?:itude)?)?|lng))\b\s*[:=.]?\s*")
_DASHED = re.compile(r"(\d{1,3})-(\d{1,2})(?:-(\d{1,2}(?:\.\d+)?))?\s*(?=[nsew])")
# Only with all three letters: "15 s" alone is as often a south.
_DMS_LETTERS = re.compile(r"(\d{1,3})\s*d\s*(\d{1,2})\s*m\s*(\d{1,2}(?:\.\d+)?)\s*s")
_WKT = re.compile(
    r"(?:srid\s*=\s*4326\s*;)?\s*(?:multi)?point\s*z?\s*\(+\s*(?P<x>-?\d+(?:\.\d+)?)[\s,]+"
    r"(?P<y>-?\d+(?:\.\d+)?)(?:\s+-?\d+(?:\.\d+)?)?\s*\)+"
)
_COARSE_SQUARE_M = 1_000.0
# Where a latitude of 58 to 78 and a longitude of 26 to 40 are right as they stand.
_FAR_NORTH = frozenset(
    {"finland", "norway", "russia", "russian federation", "estonia", "latvia", "svalbard"}
    | {"fi", "no", "ru", "ee", "lv", "sj", "fin", "nor", "rus", "est", "lva", "sjm"}
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


def _plain(text: str) -> str:
    """Lower case, western digits, no direction marks, no stray characters at the ends."""
    return _MARKS.sub(" ", western_digits(text)).strip(_STRAY).casefold()


def _normal(text: str) -> str:
    lowered = _plain(text)
    for word, mark in _WORDS:
        if word in lowered:
            lowered = lowered.replace(word, mark)
    lettered = _LETTERED.search(lowered)
    lowered = _LABEL.sub(
        lambda label: " " if lettered else " e " if label[1] else " n ", lowered
    ).strip()
    lowered = _DASHED.sub(
        lambda part: f"{part[1]} {part[2]} " + (f"{part[3]} " if part[3] else ""), lowered
    )
    return _DMS_LETTERS.sub(r"\1 \2 \3 ", lowered).strip()


def _unreadable(text: str) -> _Angle:
    note = Note("coordinates_unreadable", f"{shorten(text, 40)!r} is not a coordinate")
    return _Angle(math.nan, "", (note,))


def _not_finite(text: str) -> _Angle:
    note = Note("coordinates_not_finite", f"{shorten(text, 40)!r} is not a coordinate")
    return _Angle(math.nan, "", (note,))


def _says_not_finite(text: str) -> bool:
    return text.strip("+- ") in {"nan", "inf", "infinity", "∞", "#num!", "#div/0!"}


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
    if is_missing(text) or (normal and is_missing(normal)):
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
    normal = _normal(text)
    for pattern in _PAIRS:
        if match := pattern.fullmatch(normal):
            first, second = (part for part in match.groups() if part is not None)
            if not math.isnan(_parse_angle(first).value + _parse_angle(second).value):
                return first, second
    return None


def _of_grid(text: str) -> tuple[_Angle, _Angle] | None:
    """Latitude and longitude of a WKT point or a grid reference that fills one cell."""
    plain = _plain(f"{text} ") + (")" if text.rstrip().endswith(")") else "")
    if len(text) > 2 * _LONGEST:
        return None
    if match := _WKT.fullmatch(plain):
        note = Note("coordinates_wkt", "the point was written as WKT, longitude first")
        return _Angle(float(match["y"]), "", (note,)), _Angle(float(match["x"]))
    grid = read_grid(plain)
    if grid is None:
        return None
    if grid.width_m > _COARSE_SQUARE_M:
        message = f"the MGRS square is {grid.width_m / 1000:g} km wide, too wide for a point"
        return _Angle(math.nan, "", (Note("coordinates_coarse", message),)), _NOTHING
    what = f"given as {grid.kind}, read on WGS 84"
    if grid.width_m > 1:
        what += f", the middle of its square of {grid.width_m:g} m"
    note = Note("coordinates_grid", f"the position is {what}")
    return _Angle(grid.latitude, "latitude", (note,)), _Angle(grid.longitude, "longitude")


def _pair_of(latitude: str, longitude: str) -> tuple[_Angle, _Angle]:
    alone_in = latitude if not longitude.strip() or longitude == latitude else ""
    if not latitude.strip():
        alone_in = longitude
    if alone_in and (grid := _of_grid(alone_in)) is not None:
        return grid
    if not longitude.strip() or longitude == latitude:
        alone = _parse_angle(latitude)
        halves = _split_pair(latitude) if math.isnan(alone.value) else None
        if halves is not None:
            note = Note("coordinates_in_one_cell", "latitude and longitude stood in one cell")
            first, second = _parse_angle(halves[0]), _parse_angle(halves[1])
            return first._replace(notes=(note, *first.notes)), second
    return _parse_angle(latitude), _parse_angle(longitude)


def is_far_north(country: str) -> bool:
    """Whether a pair that looks swapped is right as it stands in this country."""
    return fold(country) in _FAR_NORTH


def plain_degrees(texts: Sequence[str]) -> NDArray[np.float64]:
    """The numbers of cells that are decimal degrees and nothing else; NaN for all others."""
    numbers: list[float] = []
    for start in range(0, len(texts), _STEP):
        some = texts[start : start + _STEP]
        joined = f"{' '.join(some)} "
        if _ALL_PLAIN.fullmatch(joined) and joined.count(" ") == len(some):
            numbers += map(float, some)
        else:
            numbers += [float(text) if _PLAIN.fullmatch(text) else math.nan for text in some]
    return np.array(numbers, dtype=np.float64)


def unremarkable(
    latitude: NDArray[Any], longitude: NDArray[Any], lettered: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Where :func:`check_position` gives both numbers back as they are, without a note."""
    swapped = ~are_in_region(latitude, longitude) & are_in_region(longitude, latitude) & ~lettered
    somewhere = (latitude != 0) | (longitude != 0)
    # NaN is in no range.
    ranged = (abs(latitude) <= 90) & (abs(longitude) <= 180)
    found: NDArray[np.bool_] = ranged & somewhere & ~swapped
    return found


def are_in_region(latitude: NDArray[Any], longitude: NDArray[Any]) -> NDArray[np.bool_]:
    """Which points lie in :data:`REGION`."""
    west, south, east, north = REGION
    found: NDArray[np.bool_] = (
        (south <= latitude) & (latitude <= north) & (west <= longitude) & (longitude <= east)
    )
    return found


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


def parse_position(latitude: str, longitude: str, country: str = "") -> Position:
    """Read a pair of cells: decimal degrees, decimal comma, degrees-minutes-seconds, hemispheres.

    Parameters
    ----------
    latitude, longitude : str
        The cells; both numbers may stand in the first when the second is empty, and so may a WKT
        point, an MGRS or a UTM reference.
    country : str
        The row's own country: a pair that is right there as it stands is not swapped.

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
    lettered = bool(first.axis or second.axis) or is_far_north(country)
    position = check_position(first.value, second.value, lettered=lettered)
    extra = [note for note in position.notes if not _explained(note, first, second)]
    return position._replace(notes=(*notes, *extra))


def _explained(note: Note, first: _Angle, second: _Angle) -> bool:
    """Whether an incomplete pair is already explained by an unreadable half."""
    halves = (first, second)
    return note.reason == "coordinates_incomplete" and any(
        math.isnan(half.value) and half.notes for half in halves
    )
