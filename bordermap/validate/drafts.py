"""Drafts of incidents are no incidents until somebody has accepted them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.validate.cells import text_cells
from bordermap.validate.sheet import Sheet
from bordermap.values.text import Note, fold

__all__ = ["STATUS", "is_draft", "reject_drafts"]

STATUS = "draft_status"
"""The column by which the rows of ``bordermap extract`` are known."""

_REASONS = {
    "draft": ("draft", "a draft that nobody has reviewed"),
    "merged": (
        "draft_merged",
        "a draft that nobody has reviewed; another row tells its event as well",
    ),
    "rejected": ("draft_rejected", "a draft that somebody has rejected"),
}


def is_draft(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows that nobody has reviewed."""
    if STATUS not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    return np.array([fold(str(status)) == "draft" for status in frame[STATUS]], dtype=bool)


def reject_drafts(sheet: Sheet, wanted: bool) -> None:
    """Reject the rows that are drafts; where drafts are wanted, those only that stand for none."""
    if STATUS not in sheet.table.frame.columns:
        return
    cells = text_cells(sheet.table.frame[STATUS])
    for status, (reason, message) in _REASONS.items():
        if wanted and status == "draft":
            continue
        note = Note(reason, message, rejects=True, column=STATUS)
        for row in cells.rows(fold(value) == status for value in cells.values):
            sheet.note(row, status, note)
