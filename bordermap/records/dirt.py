"""Dirt that is known of a source and that only a look at whole rows or columns can show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from bordermap.arrow import are_arrow_texts, are_like
from bordermap.layers import load_layer
from bordermap.records.source import file_note
from bordermap.schema import Fault
from bordermap.values.text import as_text, is_missing, shorten

__all__ = ["cut_texts", "nothing_told", "row_faults", "same_report", "several_provinces"]

# dBASE, and so a shapefile, holds no longer text and no longer name of a column.
_DBASE_TEXT = 254
_DBASE_NAME = 10
_SHOWN = 4
# An incident is told by one of these at least; a figure, a kind or a code alone tells of none.
_TELLING = (
    *("date_start", "place", "latitude", "longitude", "incident_id", "date_end", "district"),
    *("province", "country", "actor_a", "actor_b", "summary", "source_url", "source_name"),
)


def row_faults(
    frame: pd.DataFrame, file: str, column: str, reason: str, said: Iterable[tuple[int, str]]
) -> list[Fault]:
    """Notes on rows, which are given by their position and what to say."""
    numbers = frame["source_row"].tolist()
    return [Fault(file, numbers[row], column, "", reason, text, False) for row, text in said]


def nothing_told(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Rows that say neither when nor where nor what, such as footnotes and bare figures."""
    rows = np.arange(len(frame))
    if "geometry" in frame:
        rows = np.flatnonzero(shapely.is_missing(frame["geometry"].to_numpy()))
    if "geometry_fault" in frame:
        # What is there and cannot be used is told by its own note.
        rows = rows[[not fault for fault in frame["geometry_fault"].iloc[rows]]]
    for column in (name for name in _TELLING if name in frame):
        if not len(rows):
            return []
        rows = rows[_may_be_missing(frame[column].iloc[rows])]
        texts = map(as_text, frame[column].iloc[rows].tolist())
        rows = rows[np.fromiter(map(is_missing, texts), dtype=bool, count=len(rows))]
    said = "says neither when nor where nor what in the columns that are known"
    return row_faults(frame, file, "", "nothing_told", ((row, said) for row in rows.tolist()))


def _may_be_missing(cells: pd.Series) -> NDArray[np.bool_]:
    """Which cells may hold nothing; no word for nothing has a digit."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        empty = [is_missing(as_text(text)) for text in cells.cat.categories]
        # The last stands for the code -1 of what is missing.
        return np.array([*empty, True])[cells.cat.codes.to_numpy()]
    if isinstance(cells.dtype, pd.StringDtype):
        return ~cells.str.contains("[0-9]", regex=True, na=False).to_numpy(dtype=bool)
    if cells.dtype == object:
        full = (isinstance(cell, str) and cell[-1:].isdigit() for cell in cells.tolist())
        return ~np.fromiter(full, dtype=bool, count=len(cells))
    return cells.isna().to_numpy(dtype=bool)


def same_report(frame: pd.DataFrame, column: str, file: str) -> list[Fault]:
    """Rows that share their report: each says so, and the file says how many there are."""
    cells = [as_text(cell).strip() for cell in frame[column].tolist()]
    counts = pd.Series(cells, dtype=object).value_counts().to_dict()
    rows = [row for row, cell in enumerate(cells) if counts[cell] > 1 and not is_missing(cell)]
    if not rows:
        return []
    reports = len({cells[row] for row in rows})
    message = f"{len(rows):,} rows share their report with others ({reports:,} different)"
    said = ((row, f"one of {counts[cells[row]]:,} rows from the same report") for row in rows)
    notes = row_faults(frame, file, column, "same_report", said)
    return [file_note(file, "same_report", message), *notes]


def cut_texts(frame: pd.DataFrame, headers: Sequence[str], file: str) -> list[Fault]:
    """Cells that end where a shapefile cuts text, in a file whose names it may have cut too."""
    if not any(len(one) == _DBASE_NAME for one in headers) or max(map(len, headers)) > _DBASE_NAME:
        return []
    notes: list[Fault] = []
    for name in frame.columns:
        cells = [] if is_numeric_dtype(frame[name]) else frame[name].tolist()
        lengths = [len(cell) if isinstance(cell, str) else 0 for cell in cells]
        rows = [row for row, length in enumerate(lengths) if length == _DBASE_TEXT]
        if len(rows) > 1 and max(lengths) == _DBASE_TEXT:
            shown = shorten(str(name), 40)
            message = f"{shown} ends at {_DBASE_TEXT} characters in {len(rows):,} rows, cut off"
            notes.append(file_note(file, "text_cut_off", message))
            said = ((row, f"{shown} is cut off at {_DBASE_TEXT} characters") for row in rows)
            notes += row_faults(frame, file, str(name), "text_cut_off", said)
    return notes


@cache
def _provinces() -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds a province in a text, and the province of each spelling."""
    names: dict[str, str] = {}
    for row in load_layer("provinces").frame.itertuples():
        spelled = f"{row.name};{row.aliases or ''};{row.former_names or ''}".split(";")
        names |= {name.strip().casefold(): row.name for name in spelled if len(name.strip()) > 3}
    # By first letter, or every name would be tried at every word.
    rests: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        rests.setdefault(name[0], []).append(re.escape(name[1:]))
    groups = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in sorted(rests.items()))
    return re.compile(rf"\b(?:{'|'.join(groups)})\b"), names


def _may_name_several(cells: pd.Series) -> list[int]:
    """Rows whose cell may name several provinces; no other does."""
    if not are_arrow_texts(cells):
        return list(range(len(cells)))
    # In ASCII no other letters fold to those of a name.
    plain = "|".join(re.escape(name) for name in _provinces()[1] if name.isascii())
    twice = f"[^\\x00-\\x7f]|(?is:(?:{plain}).*(?:{plain}))"
    found: list[int] = np.flatnonzero(are_like(cells, twice)).tolist()
    return found


def several_provinces(frame: pd.DataFrame, name: str, column: str, file: str) -> list[Fault]:
    """Rows whose description names several provinces, though a row stands in one place.

    ``column`` is what the file calls the column of that name.
    """
    pattern, names = _provinces()
    rows = _may_name_several(frame[name])
    cells = [as_text(cell) for cell in frame[name].iloc[rows].tolist()]
    said: dict[str, str] = {}
    for cell in set(cells):
        spelled = pattern.findall(cell.casefold())
        if len(spelled) < 2:
            continue
        found = list(dict.fromkeys(names[name] for name in spelled))
        if len(found) > 1:
            shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
            said[cell] = f"{column} names {len(found)} provinces ({shown}), the row stands in one"
    pairs = ((row, said[cell]) for row, cell in zip(rows, cells, strict=True) if cell in said)
    return row_faults(frame, file, column, "several_provinces", pairs)
