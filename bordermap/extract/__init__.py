"""From a text to drafts of incidents: what it reports, when, where, who and how many."""

from __future__ import annotations

from datetime import date

import pandas as pd

from bordermap.draft_schema import DRAFT_COLUMNS, Document
from bordermap.gazetteer import Gazetteer

__all__ = ["empty_drafts", "extract"]


def empty_drafts() -> pd.DataFrame:
    """No drafts, with the columns that drafts have."""
    return pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in DRAFT_COLUMNS})


def extract(
    text: str | Document,
    published: date | None = None,
    *,
    gazetteer: Gazetteer | None = None,
    name: str = "",
) -> pd.DataFrame:
    """Drafts of a text; none as yet."""
    del text, published, gazetteer, name
    return empty_drafts()
