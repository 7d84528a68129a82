"""What people decided about pairs of rows: checked, and marked on the rows.

``same`` marks the row that is not kept with ``duplicate_of``, the id of the one that is; no row
is dropped. ``different`` silences a pair. What contradicts itself is refused, all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.errors import FrameError
from bordermap.schema import Decision, DecisionCount, DecisionFile, DecisionReport, Fault
from bordermap.values.text import shorten

__all__ = ["COLUMN", "WORDS", "Ruled", "counted", "decide_duplicates", "is_duplicate", "rule"]

COLUMN = "duplicate_of"
"""The column of a duplicate: the id of the row that is counted instead."""

WORDS = ("same", "different")


def is_duplicate(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows that were decided to tell the incident of another row."""
    if COLUMN not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    return frame[COLUMN].notna().to_numpy(dtype=bool)


def counted(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows that count: each incident once."""
    twice = is_duplicate(frame)
    return frame[~twice] if twice.any() else frame


def decide_duplicates(
    frame: gpd.GeoDataFrame, files: Sequence[DecisionFile]
) -> tuple[gpd.GeoDataFrame, DecisionReport]:
    """Mark the duplicates that people decided on.

    Parameters
    ----------
    frame : GeoDataFrame
        Any frame with an ``incident_id``.
    files : sequence of DecisionFile
        Sheets about duplicates; others are left alone.

    Returns
    -------
    frame : GeoDataFrame
        With the column ``duplicate_of`` (string, empty where the row counts); the same rows.
    report : DecisionReport
        What became of every line.
    """
    if "incident_id" not in frame.columns:
        raise FrameError("the frame has no column incident_id", todo="read it with read_incidents")
    sheets = [file for file in files if file.about == "duplicates"]
    if not sheets:
        return frame, DecisionReport()
    ids = [str(own) for own in frame["incident_id"]]
    ruled = rule(ids, sheets)
    marks = pd.array([ruled.kept.get(own) for own in ids], dtype="string")
    return frame.assign(**{COLUMN: marks}), ruled.report(sheets)


class _Line(NamedTuple):
    decision: Decision
    word: str
    kept: str
    other: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """What decisions come to.

    Attributes
    ----------
    kept : dict of str to str
        For the id of each duplicate, that of the row that counts.
    settled : frozenset of frozenset of str
        Pairs of ids about which nothing is to be asked any more.
    lines : list of Decision
        Lines that were used.
    faults : list of (Decision, Fault)
        Lines that were refused or fit nothing.
    """

    kept: dict[str, str] = field(default_factory=dict)
    settled: frozenset[frozenset[str]] = frozenset()
    lines: tuple[Decision, ...] = ()
    faults: tuple[tuple[Decision, Fault], ...] = ()

    def report(self, files: Sequence[DecisionFile]) -> DecisionReport:
        """Every line of every sheet, counted once."""
        return DecisionReport(
            files=tuple(map(self._count, files)), faults=tuple(fault for _, fault in self.faults)
        )

    def _count(self, file: DecisionFile) -> DecisionCount:
        own = set(map(id, file.decisions))
        faults = [fault for decision, fault in self.faults if id(decision) in own]
        said = [
            decision.cells.get(name, "").strip()
            for decision in self.lines
            if id(decision) in own
            for name in ("incident_id", "other_id")
        ]
        return DecisionCount.of(file, faults, len(set(said)))


def rule(ids: Sequence[str], files: Sequence[DecisionFile]) -> Ruled:
    """Read the decisions of sheets about duplicates, for the rows that are there."""
    lines: list[_Line] = []
    faults: list[tuple[Decision, Fault]] = []
    known = {own: at for at, own in enumerate(ids)}
    for file in files:
        for decision in file.decisions if file.about == "duplicates" else ():
            line = _read(decision, known)
            if isinstance(line, Fault):
                faults.append((decision, line))
            else:
                lines.append(line)
    groups = _joined(lines)
    contradicted = {
        groups[line.kept]
        for line in lines
        if line.word == "different" and groups[line.kept] == groups[line.other]
    }
    used = []
    for line in lines:
        if groups[line.kept] == groups[line.other] and groups[line.kept] in contradicted:
            message = "others say both same and different of these rows; none of them is used"
            faults.append((line.decision, _fault(line.decision, "contradict", message)))
        else:
            used.append(line)
    same = [line for line in used if line.word == "same"]
    settled = {frozenset((line.kept, line.other)) for line in used}
    kept = _kept(same, groups, known)
    settled |= _within_groups(kept)
    decisions = tuple(line.decision for line in used)
    return Ruled(kept, frozenset(settled), decisions, tuple(faults))


def _read(decision: Decision, known: dict[str, int]) -> _Line | Fault:
    one, other, keep, word = (
        decision.cells.get(name, "").strip()
        for name in ("incident_id", "other_id", "keep", "decision")
    )
    word = word.casefold()
    if word not in WORDS:
        message = f"'{shorten(word)}' is no decision; write {' or '.join(WORDS)}"
        return _fault(decision, "word_unknown", message)
    if one == other:
        message = "both ids are the same row; a row is no duplicate of itself"
        return _fault(decision, "unclear", message, "other_id")
    if keep not in ("", one, other):
        message = f"'{shorten(keep)}' is neither of the two ids"
        return _fault(decision, "unclear", message, "keep")
    for column, own in (("incident_id", one), ("other_id", other)):
        if own not in known:
            message = f"no incident '{shorten(own)}' was read"
            return _fault(decision, "unused", message, column)
    return _Line(decision, word, *((other, one) if keep == other else (one, other)))


def _fault(decision: Decision, reason: str, message: str, column: str = "decision") -> Fault:
    code = "decisions_contradict" if reason == "contradict" else f"decision_{reason}"
    value = shorten(decision.cells.get(column, ""))
    return Fault(decision.file, decision.row, column, value, code, message, reason != "unused")


def _joined(lines: Sequence[_Line]) -> dict[str, str]:
    """For each id that is named, one id of all that are said to be the same."""
    members = {own: {own} for line in lines for own in (line.kept, line.other)}
    for line in lines:
        one, other = members[line.kept], members[line.other]
        if line.word == "same" and one is not other:
            small, large = sorted((one, other), key=len)
            large |= small
            members.update(dict.fromkeys(small, large))
    names = {id(group): min(group) for group in members.values()}
    return {own: names[id(group)] for own, group in members.items()}


def _kept(same: Sequence[_Line], groups: dict[str, str], known: dict[str, int]) -> dict[str, str]:
    """Which row counts: the one that no line gives up; among several the first read."""
    given_up = {line.other for line in same}
    members: dict[str, set[str]] = defaultdict(set)
    for line in same:
        members[groups[line.kept]] |= {line.kept, line.other}
    kept: dict[str, str] = {}
    for group in members.values():
        own = min((group - given_up) or group, key=known.__getitem__)
        kept |= dict.fromkeys(group - {own}, own)
    return kept


def _within_groups(kept: dict[str, str]) -> set[frozenset[str]]:
    """Pairs that are the same by way of a third row."""
    groups: dict[str, list[str]] = defaultdict(list)
    for other, own in kept.items():
        groups[own].append(other)
    return {
        frozenset((one, other))
        for own, others in groups.items()
        for one in (own, *others)
        for other in others
        if one != other
    }
