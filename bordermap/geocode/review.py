"""The sheet of rows that need a person: what they say, what was made of it, and what is decided.

One line stands for all incidents that say the same of their place, since they are decided alike;
a line for one incident alone can be added by hand (``applies_to`` = ``incident``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bordermap.geocode.decisions import TEXT, Row, rows_of, same_place, sheet_text
from bordermap.schema import Decision, DecisionReport
from bordermap.values.text import shorten

__all__ = ["OPEN", "SHEET", "TO_FILL", "review_sheet"]

OPEN = frozenset({"weak", "ambiguous", "unplaced"})
"""The ``location_status`` of rows that need a person."""

_SAID = (
    *("incident_id", "incidents", "place", "district", "province", "country"),
    *("latitude", "longitude", "date_start", "date_end", "summary"),
)
_MADE = {
    "status": "location_status",
    "located_by": "located_by",
    "place_match": "place_match",
    "place_id": "place_id",
    "lon": "lon",
    "lat": "lat",
    "radius_m": "location_radius_m",
    "note": "location_note",
    "candidates": "location_candidates",
}
"""The program's answer: the sheet's column and that of the frame."""

TO_FILL = (
    *("applies_to", "decision", "decided_place_id", "decided_lat", "decided_lon"),
    *("decided_radius_m", "decided_by", "decision_note"),
)
SHEET = (*_SAID, *_MADE, *TO_FILL, "why_not_used")
"""The columns of a sheet."""

LONGEST_SUMMARY = 200
DECIMALS = 6


def review_sheet(frame: pd.DataFrame, decided: DecisionReport | None = None) -> pd.DataFrame:
    """The rows of a geocoded frame that need a person, as a sheet to be filled in.

    Parameters
    ----------
    frame : DataFrame
        As :func:`bordermap.geocode` gives it.
    decided : DecisionReport, optional
        What became of earlier decisions (``report.decisions``). Incidents that were decided stand
        in the sheet with the decision filled in; lines that were not used follow at the end, so
        that none is lost.

    Returns
    -------
    DataFrame
        The columns of :data:`SHEET`, all text; lines in the order of the frame.
    """
    ruled = decided or DecisionReport()
    rows, said, made = rows_of(frame), _Said(frame), _Made(frame, ruled)
    groups: dict[Any, list[int]] = {}
    for at, row in enumerate(rows):
        decision = ruled.used.get(row.incident_id)
        if decision is not None or made.status[at] in OPEN:
            groups.setdefault(_group(row, decision), []).append(at)
    lines = [
        {
            **said.of(members, rows),
            **made.of(members[0]),
            **_filled(ruled.used.get(rows[members[0]].incident_id), group),
        }
        for group, members in groups.items()
    ]
    reasons = {(fault.file, fault.row): fault.message for fault in ruled.faults}
    lines += [
        {**decision.cells, "why_not_used": reasons[decision.file, decision.row]}
        for decision in ruled.left
    ]
    cells = [[line.get(name, "") for name in SHEET] for line in lines]
    return pd.DataFrame(cells, columns=list(SHEET), dtype=object).astype(str)


def _group(row: Row, decision: Decision | None) -> Any:
    """What shares a line: the text, unless a decision holds for the incident alone."""
    scope = decision.cells.get("applies_to", "").strip().casefold() if decision else "text"
    alone = scope != "text"
    key = None if alone else same_place(row)
    return key or row.incident_id, decision and (decision.file, decision.row)


def _filled(decision: Decision | None, group: Any) -> Mapping[str, str]:
    if decision is not None:
        return {name: decision.cells.get(name, "") for name in TO_FILL}
    return {"applies_to": "incident" if isinstance(group[0], str) else "text"}


class _Made:
    """The program's own answers, also where a decision has replaced one."""

    def __init__(self, frame: pd.DataFrame, ruled: DecisionReport) -> None:
        self._columns = {
            name: list(frame[theirs]) for name, theirs in _MADE.items() if theirs in frame
        }
        self._points = list(frame.geometry)
        self._before = ruled.before
        self._ids = list(frame["incident_id"])
        self.status = self._columns["status"]

    def of(self, at: int) -> dict[str, str]:
        """One row's answer."""
        before = self._before.get(str(self._ids[at]))
        if before is None:
            point = self._points[at]
            lon, lat = (None, None) if point is None else (point.x, point.y)
            before = {name: values[at] for name, values in self._columns.items()}
            before |= {"lon": lon, "lat": lat}
        return {name: _text(before.get(name)) for name in _MADE}


class _Said:
    """What incidents say, for a sheet."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._dates = [
            pd.to_datetime(frame[name]).dt.strftime("%Y-%m-%d").tolist()
            for name in ("date_start", "date_end")
            if name in frame
        ]
        self._summaries = list(frame["summary"]) if "summary" in frame else [None] * len(frame)

    def of(self, members: Sequence[int], rows: Sequence[Row]) -> dict[str, str]:
        """One line for rows that say the same of their place."""
        row = rows[members[0]]
        texts = {name: sheet_text(getattr(row.record, name)) for name in TEXT}
        days = {column[at] for at in members for column in self._dates}
        known = sorted(day for day in days if isinstance(day, str))
        summary = shorten(_text(self._summaries[members[0]]), LONGEST_SUMMARY)
        return {
            "incident_id": row.incident_id,
            "incidents": str(len(members)),
            **texts,
            "latitude": _text(row.lat),
            "longitude": _text(row.lon),
            "date_start": known[0] if known else "",
            "date_end": known[-1] if known else "",
            "summary": summary,
        }


def _text(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, float):
        return f"{round(value, DECIMALS):.10g}"
    return " ".join(str(value).split())
