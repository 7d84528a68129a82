"""What people decided about incidents: checked, and put in the place of the program's answers.

A decision is one line of a review sheet (:mod:`bordermap.geocode.review`). Its word is one of
:data:`WORDS`; it holds for one incident or for every incident that says the same of its place. A
decision for the incident itself goes before one for its text. What cannot be used changes nothing
but a note.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from bordermap.border import Border
from bordermap.errors import FilterError
from bordermap.gazetteer import Entry, Gazetteer, Hit, described
from bordermap.geocode.context import Record, columns_context, shortened
from bordermap.geocode.footprint import around, on_side
from bordermap.geocode.phrases import LONGEST_TEXT
from bordermap.geocode.resolve import Placement
from bordermap.schema import (
    DEFAULT_RADIUS_M,
    Decision,
    DecisionCount,
    DecisionFile,
    DecisionReport,
    Fault,
)
from bordermap.values.coordinates import parse_position
from bordermap.values.lengths import parse_length_m
from bordermap.values.text import as_text, fold, is_missing, shorten, western_digits

__all__ = ["SCOPES", "TEXT", "WORDS", "Row", "decide", "rows_of", "same_place", "sheet_text"]

WORDS = {
    "accept": "the program's answer is right",
    "place": "it is the gazetteer place of decided_place_id",
    "point": "it is at decided_lat, decided_lon",
    "none": "it cannot be placed",
}
"""What can stand in the column ``decision``."""

SCOPES = ("incident", "text")
"""What a decision holds for: one incident, or all that say the same of their place."""

TEXT = ("place", "district", "province", "country")

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

SAME_SPOT_DEG = 2e-5
"""An answer that has moved by more since the sheet was written, in degrees, is another one."""

_PLAIN_RADIUS = re.compile(r"\d+(?:[.,](?:\d{1,2}|\d{4,}))?", re.ASCII)

Key = tuple[str, str, str, str, float | None, float | None]


class Row(NamedTuple):
    """One incident: its id and what it says of its place; coordinates are NaN where it has none."""

    incident_id: str
    record: Record
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What a decision means."""

    word: str
    entry: Entry | None = None
    lon: float = math.nan
    lat: float = math.nan
    radius_m: float | None = None
    note: str = ""

    @property
    def substance(self) -> tuple[Any, ...]:
        """What two decisions must share so that they do not contradict each other."""
        return self.word, self.entry, repr(self.lon), repr(self.lat), self.radius_m


class _UnusableError(Exception):
    """Why a decision cannot be used: a stable code, words for people, and the column."""

    def __init__(self, reason: str, message: str, column: str = "decision") -> None:
        super().__init__(message)
        self.reason, self.message, self.column = reason, message, column


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """What each incident of a frame says of its place."""
    texts = [_cells(frame, name) for name in TEXT]
    lon, lat = (
        pd.to_numeric(pd.Series(_cells(frame, name)), errors="coerce").to_list()
        for name in ("longitude", "latitude")
    )
    ids = _cells(frame, "incident_id")
    return [
        Row(one, Record(*words), x, y)
        for one, x, y, *words in zip(ids, lon, lat, *texts, strict=True)
    ]


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    values = frame[name].astype(object).where(frame[name].notna(), None)
    return [as_text(value).strip() for value in values]


def sheet_text(text: str) -> str:
    """A text as a sheet shows it: one line, as long as what is read of it."""
    return shorten(text, LONGEST_TEXT)


@lru_cache(maxsize=65536)
def _text_key(text: str) -> str:
    return fold(sheet_text(text))


def same_place(row: Row) -> Key | None:
    """What rows share that say the same of their place; None where a row says nothing."""
    record = row.record
    texts = (record.place, record.district, record.province, record.country)
    place, district, province, country = map(_text_key, texts)
    lon, lat = (None if math.isnan(one) else round(one, 5) for one in (row.lon, row.lat))
    if not any((place, district, province, country)):
        return None
    return place, district, province, country, lon, lat


def decide(
    rows: Sequence[Row],
    answers: Sequence[Placement],
    files: Sequence[DecisionFile],
    gazetteer: Gazetteer,
) -> tuple[list[Placement], DecisionReport]:
    """Put decisions in the place of answers.

    Parameters
    ----------
    rows : sequence of Row
    answers : sequence of Placement
        The program's own, one a row.
    files : sequence of DecisionFile
    gazetteer : Gazetteer

    Returns
    -------
    answers : list of Placement
        Rows without a decision are the same objects as before; those whose decision cannot be
        used bear a note.
    report : DecisionReport
        Every line counted once.
    """
    court = _Court(rows, answers, gazetteer)
    for file in files:
        for decision in file.decisions:
            court.hear(decision)
    court.settle()
    return court.answers(), court.report(files)


class _Court:
    """Hears decisions one after the other, and settles which rows they hold for."""

    def __init__(
        self, rows: Sequence[Row], answers: Sequence[Placement], gazetteer: Gazetteer
    ) -> None:
        self._rows, self._before, self._gazetteer = rows, answers, gazetteer
        self._by_id = {row.incident_id: at for at, row in enumerate(rows)}
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        for at, row in enumerate(rows):
            if (key := same_place(row)) is not None:
                self._by_key[key].append(at)
        self._heard: dict[str | Key, list[tuple[Decision, _Ruling]]] = defaultdict(list)
        self._taken: dict[int, tuple[Decision, _Ruling]] = {}
        self._faults: list[tuple[Decision, Fault]] = []

    def hear(self, decision: Decision) -> None:
        """Read a decision, and keep it for what it holds for."""
        try:
            ruling = _ruling(decision.cells, self._gazetteer)
            target = self._target(decision, ruling)
        except _UnusableError as error:
            self._refuse(decision, error.reason, error.message, error.column)
            return
        self._heard[target].append((decision, ruling))

    def settle(self) -> None:
        """Give each row its decision; those that contradict each other are all refused."""
        for target, pairs in sorted(self._heard.items(), key=lambda pair: isinstance(pair[0], str)):
            if len({ruling.substance for _, ruling in pairs}) > 1:
                self._contradict([decision for decision, _ in pairs])
                continue
            rows = [self._by_id[target]] if isinstance(target, str) else self._by_key[target]
            self._taken.update(dict.fromkeys(rows, pairs[0]))
        taken = {id(decision) for decision, _ in self._taken.values()}
        for pairs in self._heard.values():
            if len({ruling.substance for _, ruling in pairs}) == 1 and id(pairs[0][0]) not in taken:
                message = "every incident of this text has a decision of its own"
                for decision, _ in pairs:
                    self._fault(decision, "decision_unused", message, rejected=False)

    def answers(self) -> list[Placement]:
        """The answers after the decisions."""
        found = list(self._before)
        for at, (decision, ruling) in self._taken.items():
            decided = self._placed(self._rows[at].record, found[at], ruling)
            found[at] = replace(decided, note=_said(decision, ruling, found[at]))
        for decision, fault in self._faults:
            row = self._by_id.get(_id(decision))
            if fault.rejected and row is not None and row not in self._taken:
                said = f"the decision of {fault.file} row {fault.row} is not used: {fault.message}"
                note = found[row].note
                found[row] = replace(found[row], note=f"{note}; {said}" if note else said)
        return found

    def report(self, files: Sequence[DecisionFile]) -> DecisionReport:
        """What became of every line."""
        taken = sorted(self._taken.items())
        return DecisionReport(
            files=tuple(map(self._count, files)),
            faults=tuple(fault for _, fault in self._faults),
            used={self._rows[at].incident_id: decision for at, (decision, _) in taken},
            left=tuple(decision for decision, _ in self._faults),
            before={self._rows[at].incident_id: _as_dict(self._before[at]) for at, _ in taken},
        )

    def _count(self, file: DecisionFile) -> DecisionCount:
        own = set(map(id, file.decisions))
        faults = [fault for decision, fault in self._faults if id(decision) in own]
        refused = sum(fault.rejected for fault in faults)
        return DecisionCount(
            file=file.file,
            sha256=file.sha256,
            read=file.read,
            empty=file.read - len(file.decisions),
            used=len(file.decisions) - len(faults),
            unused=len(faults) - refused,
            refused=refused,
            incidents=sum(id(decision) in own for decision, _ in self._taken.values()),
        )

    def _refuse(self, decision: Decision, reason: str, message: str, column: str = "") -> None:
        self._fault(decision, reason, message, column, rejected=reason != "decision_unused")

    def _fault(
        self, decision: Decision, reason: str, message: str, column: str = "", *, rejected: bool
    ) -> None:
        value = shorten(decision.cells.get(column, ""))
        fault = Fault(decision.file, decision.row, column, value, reason, message, rejected)
        self._faults.append((decision, fault))

    def _contradict(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            others = ", ".join(f"{d.file} row {d.row}" for d in decisions if d is not decision)
            message = f"it contradicts {shorten(others, 120)}; none is used, empty all but one"
            self._refuse(decision, "decisions_contradict", message, "decision")

    def _target(self, decision: Decision, ruling: _Ruling) -> str | Key:
        """The incident's id, or the key of the rows of one text, that a decision holds for."""
        cells, own = decision.cells, _id(decision)
        scope = cells.get("applies_to", "").strip().casefold() or SCOPES[0]
        if scope not in SCOPES:
            shown = shorten(cells["applies_to"])
            message = f"'{shown}' is not understood; write {' or '.join(SCOPES)}"
            raise _UnusableError("decision_scope_unknown", message, "applies_to")
        at = self._by_id.get(own)
        row = self._rows[at] if at is not None else _row_of_sheet(cells)
        if at is not None:
            _check_text(cells, row)
        key = same_place(row) if scope == "text" else None
        if scope == "text" and key is None and at is not None:
            message = "the record says nothing of its place; write incident"
            raise _UnusableError("decision_scope_unknown", message, "applies_to")
        rows = self._by_key.get(key, []) if key is not None else [at]
        if not rows or rows[0] is None:
            raise self._no_incident(own, scope)
        if ruling.word == "accept":
            _check_answer(cells, self._before[rows[0]])
        return own if key is None else key

    @staticmethod
    def _no_incident(own: str, scope: str) -> _UnusableError:
        if not own and scope == "incident":
            message = "it has no incident_id; copy that of the incident"
            return _UnusableError("decision_without_incident", message, "incident_id")
        also = " and none of the same text" if scope == "text" else ""
        message = f"no incident '{shorten(own)}'{also} was read"
        return _UnusableError("decision_unused", message, "incident_id")

    def _placed(self, record: Record, before: Placement, ruling: _Ruling) -> Placement:
        if ruling.word == "accept" and before.lon is not None:
            return replace(before, located_by="decided", status="placed", candidates="")
        if ruling.word == "point":
            return _at_point(ruling)
        if ruling.entry is not None:
            return _at_place(ruling.entry, ruling.radius_m, record, self._gazetteer)
        return Placement(status="unplaced")


def _as_dict(answer: Placement) -> dict[str, object]:
    plain = "unplaced" if answer.located_by == "none" else "placed"
    return {**asdict(answer), "status": answer.status or plain}


def _id(decision: Decision) -> str:
    return decision.cells.get("incident_id", "").strip()


def _row_of_sheet(cells: Mapping[str, str]) -> Row:
    """What a sheet shows of an incident that is not in the input."""
    position = parse_position(cells.get("latitude", ""), cells.get("longitude", ""))
    record = Record(*(cells.get(name, "").strip() for name in TEXT))
    return Row(cells.get("incident_id", ""), record, position.longitude, position.latitude)


def _check_text(cells: Mapping[str, str], row: Row) -> None:
    """Refuse a decision whose record says something else today.

    Some spreadsheets write ``?`` for letters that their encoding lacks.
    """
    for name in TEXT:
        shown, own = (
            sheet_text(text).casefold() for text in (cells.get(name, ""), getattr(row.record, name))
        )
        wild = "".join("." if letter in "?\ufffd" else re.escape(letter) for letter in shown)
        if name in cells and fold(shown) != fold(own) and not re.fullmatch(wild, own):
            message = (
                f"its {name} was '{shorten(cells[name], 40)}' when it was decided and is "
                f"'{shorten(getattr(row.record, name), 40)}' now; decide again"
            )
            raise _UnusableError("decision_text_changed", message, name)


def _check_answer(cells: Mapping[str, str], answer: Placement) -> None:
    """Refuse to accept an answer that is another one than the sheet shows."""
    if "lat" not in cells or "lon" not in cells:
        return
    shown = parse_position(cells["lat"], cells["lon"])
    pairs = (shown.longitude, answer.lon), (shown.latitude, answer.lat)
    same = all(
        math.isnan(was) if now is None else abs(was - now) <= SAME_SPOT_DEG for was, now in pairs
    )
    if not same or cells.get("place_id", answer.place_id).strip() != answer.place_id:
        message = "the program's answer is another one now; write a new sheet and look again"
        raise _UnusableError("decision_answer_changed", message)


def _ruling(cells: Mapping[str, str], gazetteer: Gazetteer) -> _Ruling:
    """Read the cells that a person filled in."""
    word = cells.get("decision", "").strip().casefold()
    filled = [
        name for name in sorted(_FILLED["place"] | _FILLED["point"]) if cells.get(name, "").strip()
    ]
    if word not in WORDS:
        found = f"'{shorten(cells['decision'])}' is no decision" if word else "no decision stands"
        beside = f" beside {filled[0]}" if filled and not word else ""
        message = f"{found}{beside}; write {', '.join(WORDS)}"
        raise _UnusableError("decision_word_unknown", message)
    extra = [name for name in filled if name not in _FILLED[word]]
    if extra:
        message = f"'{word}' and {extra[0]} do not go together; empty the cell or change the word"
        raise _UnusableError("decision_unclear", message, extra[0])
    radius_m = _radius(cells.get("decided_radius_m", ""))
    if word == "place":
        return _place_ruling(cells.get("decided_place_id", "").strip(), radius_m, gazetteer)
    if word == "point":
        return _point_ruling(cells, radius_m)
    return _Ruling(word)


def _place_ruling(place_id: str, radius_m: float | None, gazetteer: Gazetteer) -> _Ruling:
    entry = gazetteer.entry(place_id)
    if not place_id:
        message = "'place' needs a decided_place_id; 'bordermap geocode NAME' lists them"
        raise _UnusableError("decision_place_missing", message, "decided_place_id")
    if entry is None:
        message = f"'{shorten(place_id)}' is no place_id; 'bordermap geocode NAME' lists them"
        raise _UnusableError("decision_place_unknown", message, "decided_place_id")
    if entry.members and radius_m is not None:
        message = f"{described(entry)} is an area and its outline counts; empty the radius"
        raise _UnusableError("decision_unclear", message, "decided_radius_m")
    return _Ruling("place", entry, radius_m=radius_m)


def _point_ruling(cells: Mapping[str, str], radius_m: float | None) -> _Ruling:
    found = parse_position(cells.get("decided_lat", ""), cells.get("decided_lon", ""))
    lat, lon = found.latitude, found.longitude
    why = "; ".join(note.message for note in found.notes)
    if math.isnan(lat) or math.isnan(lon) or any(note.rejects for note in found.notes):
        message = f"{why or 'decided_lat and decided_lon are empty'}; write degrees such as 34.1234"
        raise _UnusableError("decision_coordinates", message, "decided_lat")
    west, south, east, north = REGION
    if not (west <= lon <= east and south <= lat <= north):
        message = f"({lat:g}, {lon:g}) is far from both countries; write latitude and longitude"
        raise _UnusableError("decision_coordinates", message, "decided_lat")
    return _Ruling("point", None, lon, lat, radius_m, note=why)


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
        raise _UnusableError("decision_radius", message, "decided_radius_m") from error
    if not 0 < radius_m <= WIDEST_M:
        message = f"the radius '{shorten(text)}' is not between 0 and {WIDEST_M / 1000:g} km"
        raise _UnusableError("decision_radius", message, "decided_radius_m")
    return radius_m


def _at_point(ruling: _Ruling) -> Placement:
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


def _at_place(
    entry: Entry, radius_m: float | None, record: Record, gazetteer: Gazetteer
) -> Placement:
    """The footprint of an entry, on the side that the record's own columns state."""
    footprint = around(Hit(entry, 1.0, entry.name, "name"))
    if radius_m is not None:
        footprint = replace(footprint, radius_m=radius_m)
    if not entry.members:
        stated = columns_context(record, gazetteer).stated_country
        footprint = on_side(footprint, stated, Border.load())
    return Placement(
        located_by="decided",
        precision="place" if entry.kind == "crossing" else entry.kind,
        lon=footprint.lon,
        lat=footprint.lat,
        radius_m=round(footprint.radius_m, 1),
        side=footprint.side,
        place_id=entry.place_id,
        place_match=entry.name,
        status="placed",
    )


def _said(decision: Decision, ruling: _Ruling, before: Placement) -> str:
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
