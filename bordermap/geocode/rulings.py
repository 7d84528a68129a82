"""What one decision means: its cells read, and the answer that it gives."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bordermap.border import Border
from bordermap.errors import FilterError
from bordermap.footprint import LINE
from bordermap.gazetteer import Entry, Gazetteer, Hit
from bordermap.geocode.context import Context, Record, columns_context, shortened
from bordermap.geocode.footprint import Footprint
from bordermap.geocode.options import Option, named, together
from bordermap.geocode.resolve import Placement
from bordermap.geocode.sides import Sides
from bordermap.geocode.stretch import Range, Stretches
from bordermap.schema import DEFAULT_RADIUS_M, Decision
from bordermap.values.coordinates import parse_position
from bordermap.values.lengths import parse_length_m
from bordermap.values.text import is_missing, shorten, western_digits

__all__ = ["WORDS", "Ruling", "UnusableError", "answer_of", "note_of", "read_ruling"]

WORDS = {
    "accept": "the program's answer is right",
    "place": "it is the gazetteer place of decided_place_id",
    "point": "it is at decided_lat, decided_lon",
    "none": "it cannot be placed",
}
"""What can stand in the column ``decision``."""

_FILLED = {
    "accept": frozenset[str](),
    "place": frozenset({"decided_place_id", "decided_radius_m"}),
    "point": frozenset({"decided_lat", "decided_lon", "decided_radius_m"}),
    "none": frozenset[str](),
}

EXACT_M, PLACE_M = 2_000.0, 5_000.0
"""Decided points with no larger radius are ``exact``, ``place``; wider ones are an ``area``."""

WIDEST_M = 1_000_000.0

REGION = (55.0, 20.0, 82.0, 42.0)
"""West, south, east, north in degrees: no incident of this border is decided to lie elsewhere."""

_STRETCH = re.compile(rf"{LINE}(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", re.ASCII)
_PLAIN_RADIUS = re.compile(r"\d+(?:[.,](?:\d{1,2}|\d{4,}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision means: a word, and gazetteer entries, stretches of the line, or a point."""

    word: str
    entries: tuple[Entry, ...] = ()
    ranges: tuple[Range, ...] = ()
    lon: float = math.nan
    lat: float = math.nan
    radius_m: float | None = None
    note: str = ""

    @property
    def substance(self) -> tuple[Any, ...]:
        """What two decisions must share so that they do not contradict each other."""
        places = frozenset(self.entries), frozenset(self.ranges)
        return self.word, places, repr(self.lon), repr(self.lat), self.radius_m


class UnusableError(Exception):
    """Why a decision cannot be used: a stable code, words for people, and the column."""

    def __init__(self, reason: str, message: str, column: str = "decision") -> None:
        super().__init__(message)
        self.reason, self.message, self.column = reason, message, column


def read_ruling(cells: Mapping[str, str], gazetteer: Gazetteer) -> Ruling:
    """Read the cells that a person filled in."""
    word = cells.get("decision", "").strip().casefold()
    filled = [
        name for name in sorted(_FILLED["place"] | _FILLED["point"]) if cells.get(name, "").strip()
    ]
    if word not in WORDS:
        found = f"'{shorten(cells['decision'])}' is no decision" if word else "no decision stands"
        beside = f" beside {filled[0]}" if filled and not word else ""
        message = f"{found}{beside}; write {', '.join(WORDS)}"
        raise UnusableError("decision_word_unknown", message)
    extra = [name for name in filled if name not in _FILLED[word]]
    if extra:
        message = f"'{word}' and {extra[0]} do not go together; empty the cell or change the word"
        raise UnusableError("decision_unclear", message, extra[0])
    radius_m = _radius(cells.get("decided_radius_m", ""))
    if word == "place":
        return _place_ruling(cells.get("decided_place_id", "").strip(), radius_m, gazetteer)
    if word == "point":
        return _point_ruling(cells, radius_m)
    return Ruling(word)


def _place_ruling(place_id: str, radius_m: float | None, gazetteer: Gazetteer) -> Ruling:
    """One place, several of which each may be it, or stretches of the line."""
    ids = [part.strip() for part in place_id.split(";") if part.strip()]
    if not ids:
        message = "'place' needs a decided_place_id; 'bordermap geocode NAME' lists them"
        raise UnusableError("decision_place_missing", message, "decided_place_id")
    ranges = [_range(part) for part in ids if part.startswith(LINE)]
    entries = [gazetteer.entry(part) for part in ids if not part.startswith(LINE)]
    known = tuple(entry for entry in entries if entry is not None)
    if len(known) < len(entries) or None in ranges or (known and ranges):
        message = f"'{shorten(place_id)}' is no place_id; 'bordermap geocode NAME' lists them"
        raise UnusableError("decision_place_unknown", message, "decided_place_id")
    found = Ruling("place", known, tuple(pair for pair in ranges if pair), radius_m=radius_m)
    option = None if ranges else _option(found, Context(), gazetteer)
    if known and option is None:
        message = f"'{shorten(place_id)}' cannot be shown together; write their districts"
        raise UnusableError("decision_place_unknown", message, "decided_place_id")
    if radius_m is not None and (ranges or len(known) > 1 or known[0].members):
        message = f"'{shorten(place_id)}' is an area and its outline counts; empty the radius"
        raise UnusableError("decision_unclear", message, "decided_radius_m")
    return found


def _range(place_id: str) -> Range | None:
    """From and to of a stretch of the line, in kilometres."""
    match = _STRETCH.fullmatch(place_id)
    start, end = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    return (start, end) if start < end <= Border.load().length_km else None


def _option(ruling: Ruling, context: Context, gazetteer: Gazetteer) -> Option | None:
    """The footprint of the entries of a decision."""
    hits = [Hit(entry, 1.0, entry.name, "name") for entry in ruling.entries]
    return named(hits[0]) if len(hits) == 1 else together(hits, context, "place", gazetteer)


def _point_ruling(cells: Mapping[str, str], radius_m: float | None) -> Ruling:
    found = parse_position(cells.get("decided_lat", ""), cells.get("decided_lon", ""))
    lat, lon = found.latitude, found.longitude
    why = "; ".join(note.message for note in found.notes)
    if math.isnan(lat) or math.isnan(lon) or any(note.rejects for note in found.notes):
        message = f"{why or 'decided_lat and decided_lon are empty'}; write degrees such as 34.1234"
        raise UnusableError("decision_coordinates", message, "decided_lat")
    west, south, east, north = REGION
    if not (west <= lon <= east and south <= lat <= north):
        message = f"({lat:g}, {lon:g}) is far from both countries; write latitude and longitude"
        raise UnusableError("decision_coordinates", message, "decided_lat")
    return Ruling("point", lon=lon, lat=lat, radius_m=radius_m, note=why)


def _radius(text: str) -> float | None:
    """Metres, or a length with its unit; empty is none."""
    if is_missing(text):
        return None
    plain = western_digits(text).strip()
    try:
        if _PLAIN_RADIUS.fullmatch(plain):
            radius_m = float(plain.replace(",", "."))
        else:
            radius_m = parse_length_m(plain)
    except FilterError as error:
        message = f"'{shorten(text)}' is no radius; write metres such as 5000, or 5km"
        raise UnusableError("decision_radius", message, "decided_radius_m") from error
    if not 0 < radius_m <= WIDEST_M:
        message = f"the radius '{shorten(text)}' is not between 0 and {WIDEST_M / 1000:g} km"
        raise UnusableError("decision_radius", message, "decided_radius_m")
    return radius_m


def answer_of(ruling: Ruling, record: Record, before: Placement, gazetteer: Gazetteer) -> Placement:
    """The answer that a decision gives for a record, without its note."""
    if ruling.word == "accept" and before.lon is not None:
        return replace(before, located_by="decided", status="placed", candidates="")
    if ruling.word == "point":
        return _at_point(ruling)
    if ruling.word == "place":
        context = columns_context(record, gazetteer)
        option = _option(ruling, context, gazetteer) if ruling.entries else None
        return _along(ruling, context) if option is None else _at_place(ruling, option, context)
    return Placement(status="unplaced")


def _at_point(ruling: Ruling) -> Placement:
    radius_m = DEFAULT_RADIUS_M if ruling.radius_m is None else ruling.radius_m
    precision = "exact" if radius_m <= EXACT_M else "place" if radius_m <= PLACE_M else "area"
    return Placement(
        located_by="decided",
        precision=precision,
        lon=ruling.lon,
        lat=ruling.lat,
        radius_m=radius_m,
        status="placed",
    )


def _at_place(ruling: Ruling, option: Option, context: Context) -> Placement:
    """The footprint of entries, on the side that the record's own columns state."""
    if ruling.radius_m is not None:
        option = replace(option, footprint=replace(option.footprint, radius_m=ruling.radius_m))
    footprint = (Sides(Border.load()).stated([(option, context)])[0][0] or option).footprint
    return _decided(footprint, option.precision, option.hit.entry.place_id, option.hit.entry.name)


def _along(ruling: Ruling, context: Context) -> Placement:
    """The strip along stretches of the line, on the side that the record states."""
    country = context.stated_country[0]
    footprint, place_id, _ = Stretches(Border.load()).footprint(ruling.ranges, country)
    told = ", ".join(f"{start:g} to {end:g}" for start, end in ruling.ranges)
    return _decided(footprint, "area", place_id, f"kilometre {told} of the line")


def _decided(footprint: Footprint, precision: str, place_id: str, name: str) -> Placement:
    return Placement(
        located_by="decided",
        precision=precision,
        lon=footprint.lon,
        lat=footprint.lat,
        radius_m=round(footprint.radius_m, 1),
        side=footprint.side,
        place_id=place_id,
        place_match=name,
        status="placed",
    )


def note_of(decision: Decision, ruling: Ruling, before: Placement) -> str:
    """Who decided, why, and instead of what."""
    cells = decision.cells
    by = shortened(cells.get("decided_by", ""), 80) or "a person"
    why = shortened(cells.get("decision_note", ""), 200)
    was = f"{before.place_match} ({before.place_id})" if before.place_id else before.located_by
    notes = [f"decided by {by} ({decision.file} row {decision.row}): {ruling.word}", why]
    notes.append(ruling.note)
    if ruling.word == "accept":
        notes.append(before.note)
    else:
        notes.append(f"instead of {was}, {before.status or 'placed'}")
    return "; ".join(note for note in notes if note)
