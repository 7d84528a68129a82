"""One incident told twice: likely duplicates found, and what people decided of them.

Nothing is ever merged. Pairs are shown with reasons to a person, and what that person decides
marks rows (``duplicate_of``), which stay in the books and are counted once.
"""

from __future__ import annotations

from bordermap.duplicates.decided import (
    COLUMN,
    WORDS,
    counted,
    decide_duplicates,
    is_duplicate,
)
from bordermap.duplicates.find import AT_LEAST, find_duplicates
from bordermap.duplicates.sheet import SHEET, duplicate_sheet

__all__ = [
    "AT_LEAST",
    "COLUMN",
    "SHEET",
    "WORDS",
    "counted",
    "decide_duplicates",
    "duplicate_sheet",
    "find_duplicates",
    "is_duplicate",
]
