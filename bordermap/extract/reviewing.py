"""The sheet in which people review drafts, and what they decided in it.

``accept`` makes an incident of a draft, ``reject`` puts it aside, ``keep`` leaves it a draft, and
``split`` takes a draft that several articles tell apart again. What a person wrote into the other
cells goes before what the program read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from bordermap.draft_schema import DRAFT_COLUMNS
from bordermap.extract.merging import MERGED_INTO
from bordermap.schema import (
    DATE_PRECISIONS,
    EVENT_TYPES,
    Decision,
    DecisionCount,
    DecisionFile,
    DecisionReport,
    Fault,
    RawTable,
    columns_of,
)
from bordermap.validate import validate
from bordermap.values.text import fold, shorten

__all__ = ["SHEET", "WORDS", "decide_drafts", "draft_sheet", "draft_table", "taken_apart"]

WORDS = ("accept", "reject", "keep", "split")
"""What may be decided of a draft."""

_STATUS = {"accept": "accepted", "reject": "rejected", "keep": "draft"}
_REPORTED = tuple(column.name for column in columns_of("reported"))
EDITABLE = tuple(
    name for name in _REPORTED if name not in ("incident_id", "source_file", "source_row")
)
"""Columns of a sheet that a person may write over."""

_VOCABULARIES = {
    "event_type": {fold(word): word for word in EVENT_TYPES},
    "date_precision": {fold(word): word for word in DATE_PRECISIONS},
}

TO_FILL = ("decision", "decided_by", "decision_note")
SHEET = (
    *("draft_id", *TO_FILL, "draft_status", "draft_flags", "confidence", "why"),
    *(name for name in _REPORTED if name != "source_row"),
    *(column.name for column in DRAFT_COLUMNS if column.name.endswith("_words")),
    *("evidence", MERGED_INTO, "why_not_used"),
)
"""The columns of a sheet."""


def draft_sheet(drafts: pd.DataFrame, decided: DecisionReport | None = None) -> pd.DataFrame:
    """Drafts as a sheet to be filled in.

    Parameters
    ----------
    drafts : DataFrame
        From :func:`bordermap.pipeline.draft`.
    decided : DecisionReport, optional
        What became of earlier decisions: those that were used stand in the sheet, and lines that
        were not follow at the end.

    Returns
    -------
    DataFrame
        The columns of :data:`SHEET`, all text, a line a draft, those to be decided first.
    """
    ruled = decided or DecisionReport()
    lines = sorted(_lines(drafts), key=lambda line: line["draft_status"] != "draft")
    for line in lines:
        decision = ruled.used.get(line["draft_id"])
        if decision is not None:
            line.update({name: decision.cells.get(name, "") for name in TO_FILL})
    reasons = {(fault.file, fault.row): fault.message for fault in ruled.faults}
    left = [
        {**one.cells, "why_not_used": reasons.get((one.file, one.row), "")} for one in ruled.left
    ]
    cells = [[line.get(name, "") for name in SHEET] for line in [*lines, *left]]
    return pd.DataFrame(cells, columns=list(SHEET), dtype=object)


def draft_table(drafts: pd.DataFrame) -> pd.DataFrame:
    """Drafts as texts to be written: days without hours, empty where nothing is known."""
    texts = {str(name): _texts(drafts[name]) for name in drafts.columns}
    return pd.DataFrame(texts, dtype=object)


def taken_apart(files: Sequence[DecisionFile]) -> set[str]:
    """Ids of drafts of several articles that people took apart."""
    lines = [one.cells for file in files if file.about == "drafts" for one in file.decisions]
    return {cells.get("draft_id", "").strip() for cells in lines if _word(cells) == "split"}


def decide_drafts(
    drafts: pd.DataFrame, files: Sequence[DecisionFile]
) -> tuple[pd.DataFrame, DecisionReport]:
    """Apply what people decided of drafts.

    Parameters
    ----------
    drafts : DataFrame
        Drafts, those that were taken apart already so (:func:`taken_apart`).
    files : sequence of DecisionFile
        Sheets about drafts; others are left alone.

    Returns
    -------
    drafts : DataFrame
        The same rows. An accepted draft has an ``incident_id`` and in every reported column what
        the sheet says, checked as any input is; what was changed stands in ``record_note``.
    report : DecisionReport
        What became of every line; one that cannot be used changes nothing.
    """
    sheets = [file for file in files if file.about == "drafts"]
    if not sheets:
        return drafts, DecisionReport()
    lines = {str(line["draft_id"]): line for line in _lines(drafts)}
    ruled = _Ruled(lines, taken_apart(sheets))
    for sheet in sheets:
        for decision in sheet.decisions:
            ruled.read(decision)
    ruled.refuse_contradictions()
    changed = ruled.changed()
    return _with(drafts, changed), ruled.report(sheets)


class _Change(NamedTuple):
    """What a decision makes of a draft."""

    status: str
    cells: dict[str, Any]


class _Ruled:
    """Decisions on their way to the drafts."""

    def __init__(self, lines: Mapping[str, dict[str, str]], apart: set[str]) -> None:
        self._lines = lines
        self._apart = apart
        self._asked: dict[str, list[Decision]] = defaultdict(list)
        self._splits: list[Decision] = []
        self._faults: dict[tuple[str, int], tuple[Decision, Fault]] = {}

    def read(self, decision: Decision) -> None:
        """Take one line in, or say why not."""
        word, own = _word(decision.cells), decision.cells.get("draft_id", "").strip()
        if word not in WORDS:
            known = ", ".join(WORDS)
            self._refuse(decision, "word_unknown", f"'{shorten(word)}' is none of {known}")
        elif word == "split":
            self._splits.append(decision)
        elif own not in self._lines:
            gone = "it was taken apart" if own in self._apart else "its text may have changed"
            message = f"there is no draft '{shorten(own)}': {gone}"
            self._refuse(decision, "unused", message, "draft_id")
        elif word == "accept" and self._lines[own].get(MERGED_INTO):
            into = self._lines[own][MERGED_INTO]
            message = f"its event is told by {into} as well; accept that, or split it first"
            self._refuse(decision, "unclear", message)
        else:
            self._asked[own].append(decision)

    def refuse_contradictions(self) -> None:
        """Of a draft that is decided in two ways, nothing is decided."""
        for own, decisions in list(self._asked.items()):
            line = self._lines[own]
            said = {(_word(one.cells), *_edits(line, one)) for one in decisions}
            if len(said) > 1:
                for one in decisions:
                    message = "other lines decide this draft otherwise; none of them is used"
                    self._refuse(one, "contradict", message)
                del self._asked[own]

    def changed(self) -> dict[str, _Change]:
        """What becomes of each draft that is decided; edits that cannot be read are refused."""
        found: dict[str, _Change] = {}
        for own, decisions in list(self._asked.items()):
            decision, line = decisions[-1], self._lines[own]
            word, edits = _word(decision.cells), _edits(line, decision)
            if word == "reject":
                found[own] = _Change(_STATUS[word], {})
                continue
            cells = {**line, **dict(edits)}
            row, fault = _judged(cells, own)
            if fault:
                for one in decisions:
                    self._refuse(one, "unclear", fault)
                del self._asked[own]
                continue
            told = f"written by a person: {', '.join(name for name, _ in edits)}" if edits else ""
            notes = [text for text in (line.get("record_note"), row["record_note"], told) if text]
            row["record_note"] = "; ".join(dict.fromkeys(notes)) or None
            row["incident_id"] = own if word == "accept" else None
            row["source_name"] = row["source_name"] or line["source_file"]
            found[own] = _Change(_STATUS[word], row)
        return found

    def report(self, files: Sequence[DecisionFile]) -> DecisionReport:
        """Every line of every sheet, counted once."""
        faults = list(self._faults.values())
        return DecisionReport(
            files=tuple(map(self._count, files)),
            faults=tuple(fault for _, fault in faults),
            used={own: decisions[-1] for own, decisions in self._asked.items()},
            left=tuple(decision for decision, _ in faults),
        )

    def _count(self, file: DecisionFile) -> DecisionCount:
        faults = [fault for _, fault in self._faults.values() if fault.file == file.file]
        named = [
            own for own, lines in self._asked.items() if any(one.file == file.file for one in lines)
        ]
        return DecisionCount.of(file, faults, len(named))

    def _refuse(
        self, decision: Decision, reason: str, message: str, column: str = "decision"
    ) -> None:
        value = shorten(decision.cells.get(column, ""))
        rejected = reason != "unused"
        code = f"decision_{reason}"
        fault = Fault(decision.file, decision.row, column, value, code, message, rejected)
        self._faults[decision.file, decision.row] = decision, fault


def _word(cells: Mapping[str, str]) -> str:
    return cells.get("decision", "").strip().casefold()


def _edits(line: Mapping[str, str], decision: Decision) -> list[tuple[str, str]]:
    """What a person wrote over what the program read."""
    cells = {name: decision.cells[name].strip() for name in EDITABLE if name in decision.cells}
    return [(name, cell) for name, cell in cells.items() if cell != line.get(name, "").strip()]


def _judged(cells: Mapping[str, Any], own: str) -> tuple[dict[str, Any], str]:
    """The reported columns as any input is judged, and why they cannot be used."""
    texts = {name: str(cells.get(name) or "") for name in EDITABLE}
    for name, known in _VOCABULARIES.items():
        if texts[name] and fold(texts[name]) not in known:
            return {}, f"{name} '{shorten(texts[name])}' is none of {', '.join(known.values())}"
    frame = pd.DataFrame([{**texts, "incident_id": own, "source_row": 1}])
    raw = RawTable(frame, own, "bordermap", "utf-8", "", words=_VOCABULARIES)
    accepted, report = validate([raw])
    wrong = [fault for fault in report.faults if fault.rejected]
    if wrong or not len(accepted):
        return {}, shorten(wrong[0].message, 200) if wrong else "it is no incident"
    row = accepted.iloc[0]
    read = {name: row[name] for name in _REPORTED if name not in ("source_file", "source_row")}
    return {name: None if pd.isna(value) else value for name, value in read.items()}, ""


def _with(drafts: pd.DataFrame, changed: Mapping[str, _Change]) -> pd.DataFrame:
    """The drafts with what was decided."""
    rows = drafts.astype(object).to_dict("records")
    for row in rows:
        change = changed.get(str(row["draft_id"]))
        if change is not None:
            row.update(change.cells)
            row["draft_status"] = change.status
    dtypes = drafts.dtypes.to_dict()
    return pd.DataFrame(rows, columns=drafts.columns, index=drafts.index).astype(dtypes)


def _lines(drafts: pd.DataFrame) -> list[dict[str, str]]:
    """Each draft as texts by column."""
    columns = {str(name): _texts(drafts[name]) for name in drafts.columns}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _texts(column: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_float_dtype(column):
        return ["" if pd.isna(value) else f"{value:.10g}" for value in column.tolist()]
    return ["" if pd.isna(value) else str(value) for value in column.tolist()]
