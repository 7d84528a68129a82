"""From a text to drafts of incidents: what it reports, when, where, who and how many."""

from __future__ import annotations

import pandas as pd

from bordermap.draft_schema import DRAFT_COLUMNS

__all__ = ["empty_drafts"]


def empty_drafts() -> pd.DataFrame:
    """No drafts, with the columns that drafts have."""
    return pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in DRAFT_COLUMNS})
