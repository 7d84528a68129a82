"""What people decided about incidents: checked, and put in the place of the program's answers.

A decision is one line of a review sheet (:mod:`bordermap.geocode.review`). Its word is one of
:data:`~bordermap.geocode.rulings.WORDS`; it holds for one incident, or for every incident that
says the same of its place. A decision for the incident itself goes before one for its text. What
cannot be used changes nothing but a note.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from bordermap.gazetteer import Gazetteer
from bordermap.geocode.context import Record
from bordermap.geocode.phrases import LONGEST_TEXT
from bordermap.geocode.resolve import Placement
from bordermap.geocode.rulings import Ruling, UnusableError, answer_of, note_of, read_ruling
from bordermap.schema import Decision, DecisionCount, DecisionFile, DecisionReport, Fault
from bordermap.values.coordinates import parse_position
from bordermap.values.text import as_text, fold, shorten

__all__ = ["SCOPES", "TEXT", "Row", "decide", "rows_of", "same_place", "sheet_text"]

SCOPES = ("incident", "text")
"""What a decision holds for: one incident, or all that say the same of their place."""

TEXT = ("place", "district", "province", "country")

SAME_SPOT_DEG = 2e-5
"""An answer that has moved by more since the sheet was written, in degrees, is another one."""

Key = tuple[str, str, str, str, float | None, float | None]


class Row(NamedTuple):
    """One incident: its id and what it says of its place; coordinates are NaN where it has none."""

    incident_id: str
    record: Record
    lon: float
    lat: float


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
        self._heard: dict[str | Key, list[tuple[Decision, Ruling]]] = defaultdict(list)
        self._taken: dict[int, tuple[Decision, Ruling]] = {}
        self._faults: list[tuple[Decision, Fault]] = []

    def hear(self, decision: Decision) -> None:
        """Read a decision, and keep it for what it holds for."""
        try:
            ruling = read_ruling(decision.cells, self._gazetteer)
            target = self._target(decision, ruling)
        except UnusableError as error:
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
        known: dict[tuple[int, Record], Placement] = {}  # one text, one look at the line
        for at, (decision, ruling) in self._taken.items():
            before, key = found[at], (id(ruling), self._rows[at].record)
            if ruling.word == "accept" or key not in known:
                known[key] = answer_of(ruling, key[1], before, self._gazetteer)
            found[at] = replace(known[key], note=note_of(decision, ruling, before))
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
        incidents = sum(id(decision) in own for decision, _ in self._taken.values())
        return DecisionCount.of(file, faults, incidents)

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

    def _target(self, decision: Decision, ruling: Ruling) -> str | Key:
        """The incident's id, or the key of the rows of one text, that a decision holds for."""
        cells, own = decision.cells, _id(decision)
        scope = cells.get("applies_to", "").strip().casefold() or SCOPES[0]
        if scope not in SCOPES:
            shown = shorten(cells["applies_to"])
            message = f"'{shown}' is not understood; write {' or '.join(SCOPES)}"
            raise UnusableError("decision_scope_unknown", message, "applies_to")
        at = self._by_id.get(own)
        row = self._rows[at] if at is not None else _row_of_sheet(cells)
        if at is not None:
            _check_text(cells, row)
        key = same_place(row) if scope == "text" else None
        if scope == "text" and key is None and at is not None:
            message = "the record says nothing of its place; write incident"
            raise UnusableError("decision_scope_unknown", message, "applies_to")
        rows = self._by_key.get(key, []) if key is not None else [at]
        if not rows or rows[0] is None:
            raise self._no_incident(own, scope)
        if ruling.word == "accept":
            _check_answer(cells, self._before[rows[0]])
        return own if key is None else key

    @staticmethod
    def _no_incident(own: str, scope: str) -> UnusableError:
        if not own and scope == "incident":
            message = "it has no incident_id; copy that of the incident"
            return UnusableError("decision_without_incident", message, "incident_id")
        also = " and none of the same text" if scope == "text" else ""
        message = f"no incident '{shorten(own)}'{also} was read"
        return UnusableError("decision_unused", message, "incident_id")


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
            raise UnusableError("decision_text_changed", message, name)


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
        raise UnusableError("decision_answer_changed", message)
