"""The sheet of likely duplicates: what both rows say, why they may be one, what is decided."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from bordermap.duplicates.decided import rule
from bordermap.duplicates.find import AT_LEAST, find_duplicates
from bordermap.duplicates.records import texts
from bordermap.schema import DecisionFile
from bordermap.values.text import shorten

__all__ = ["SHEET", "TO_FILL", "duplicate_sheet"]

_SAID = ("date", "place", "event_type", "actors", "deaths", "source", "summary")
TO_FILL = ("decision", "keep", "decided_by", "decision_note")
SHEET = (
    *("group", "score", "incident_id", "other_id", "reasons"),
    *(name for said in _SAID for name in (said, f"other_{said}")),
    *TO_FILL,
    "why_not_used",
)
"""The columns of a sheet."""

LONGEST_TEXT = 200


def duplicate_sheet(
    frame: gpd.GeoDataFrame,
    decisions: Sequence[DecisionFile] = (),
    *,
    at_least: float = AT_LEAST,
) -> pd.DataFrame:
    """Likely duplicates as a sheet to be filled in.

    Parameters
    ----------
    frame, decisions, at_least
        As for :func:`bordermap.duplicates.find_duplicates`.

    Returns
    -------
    DataFrame
        The columns of :data:`SHEET`, all text, a line per pair. ``decision`` is empty, to become
        ``same`` or ``different``; ``keep`` proposes which of two rows counts if they are the same.
        Lines of ``decisions`` that were not used follow at the end.
    """
    found = find_duplicates(frame, decisions, at_least=at_least)
    said = _said(frame)
    table = found[["group", "score", "incident_id", "other_id", "reasons"]].copy()
    for start, column in (("", "incident_id"), ("other_", "other_id")):
        rows = said.loc[found[column].astype(object)]
        for name in _SAID:
            table[f"{start}{name}"] = rows[name].to_numpy()
    table["keep"] = found["incident_id"]
    lines = table.astype(object).to_dict("records")
    for decision, fault in rule(list(said.index), decisions).faults:
        lines.append({**decision.cells, "why_not_used": fault.message})
    cells = [[str(line.get(name, "")) for name in SHEET] for line in lines]
    return pd.DataFrame(cells, columns=list(SHEET), dtype=object)


def _said(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """What each row says, by its id."""
    source = [texts(frame, name) for name in ("source_name", "source_file", "source_row")]
    words = {
        "date": _joined(frame, ("date_start", "date_end"), " to "),
        "place": _joined(frame, ("place", "district", "province", "country"), ", "),
        "event_type": texts(frame, "event_type"),
        "actors": _joined(frame, ("actor_a", "actor_b"), " / "),
        "deaths": _joined(frame, ("fatalities_low", "fatalities_best", "fatalities_high"), "/"),
        "source": [
            ", ".join(part for part in (name, f"{file} row {row}" if file else "") if part)
            for name, file, row in zip(*source, strict=True)
        ],
        "summary": texts(frame, "summary"),
    }
    short = {name: [shorten(text, LONGEST_TEXT) for text in own] for name, own in words.items()}
    return pd.DataFrame(short, index=texts(frame, "incident_id"), dtype=object)


def _joined(frame: gpd.GeoDataFrame, names: Sequence[str], mark: str) -> list[str]:
    """Several columns as one text, each thing said once: low/best/high of 6, 6, 6 is 6."""
    columns = [[text.removesuffix(" 00:00:00") for text in texts(frame, name)] for name in names]
    return [
        mark.join(dict.fromkeys(part for part in row if part)) for row in zip(*columns, strict=True)
    ]
