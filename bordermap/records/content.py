"""Columns that no name explains, known by their cells: dates, coordinates and countries.

A column is taken only where nearly every filled cell says the same thing and no other column says
it as well; a column known by name is never overridden. What was taken is said in a note on the
file, and so is what could have been but was not sure.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pandas as pd

from bordermap.layers import load_layer
from bordermap.records.recipe import columns_of_tags
from bordermap.records.source import file_note
from bordermap.schema import Fault, columns_of
from bordermap.values.coordinates import REGION, parse_position
from bordermap.values.dates import parse_date
from bordermap.values.text import as_text, fold, is_missing, label, shorten

__all__ = ["by_content", "by_tags", "is_cell"]

_SAMPLE = 500
_SHARE = 0.95
_FEWEST = 3
_LONGEST = 90
_LEDGER = frozenset(column.name for column in columns_of("reported"))
# A header that says that its dates and countries are those of something else.
_OF_OTHERS = re.compile(
    r"updat|modif|edit|enter|creat|publi|report|upload|retriev|access|timestamp|archiv|added"
    r"|birth|origin|national|source|actor|perpetrat|victim|author"
)
_DEGREES = re.compile(r"-?\d{1,3}[.,]\d{2,}")
_DATE_LIKE = re.compile(r".*(?:[-/.,]|[^\W\d_]).*", re.DOTALL)


def by_content(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, dict[str, str], list[Fault]]:
    """Name the columns whose cells speak for themselves.

    Returns
    -------
    frame : DataFrame
        With those columns renamed to the ledger's names.
    headers : dict
        For each of the ledger's columns that was found, the file's own name.
    notes : list of Fault
    """
    unknown = [name for name in frame.columns if name not in _LEDGER]
    cells = {name: _sample(frame[name]) for name in unknown if name not in _SPECIAL}
    cells = {name: texts for name, texts in cells.items() if len(texts) >= _FEWEST}
    found: dict[str, str] = {}
    notes: list[Fault] = []
    for column, says in (("date_start", _is_date), ("country", _is_country)):
        if column not in frame:
            own = {name: cells[name] for name in cells if not _OF_OTHERS.search(fold(str(name)))}
            _take_one(column, _fitting(own, says), found, notes, file)
    if not {"latitude", "longitude", "geometry"} & set(frame.columns):
        _take_position(cells, found, notes, file)
    if found:
        frame = frame.rename(columns={header: column for column, header in found.items()})
    return frame, found, notes


def is_cell(header: str) -> bool:
    """Whether the header of a column known by its content is a cell like those under it."""
    text = label(header)
    return bool(_DEGREES.fullmatch(text)) or any(
        says(text) for says in (_is_date, _is_country, _is_pair)
    )


def by_tags(
    frame: pd.DataFrame, tags: Mapping[str, str], file: str
) -> tuple[pd.DataFrame, dict[str, str], list[Fault]]:
    """Name the columns that only their HXL tags explain; ``tags`` are given by column."""
    borne = Counter(tags.values())
    known = columns_of_tags([tag for tag, times in borne.items() if times == 1])
    found: dict[str, str] = {}
    for header, tag in tags.items():
        column = known.get(tag, "")
        if column and column not in frame and header in frame and header not in _LEDGER:
            found[column] = header
    notes = []
    if found:
        shown = ", ".join(f"{shorten(header, 40)} as {column}" for column, header in found.items())
        notes.append(file_note(file, "column_by_tag", f"columns known by their HXL tags: {shown}"))
    frame = frame.rename(columns={header: column for column, header in found.items()})
    return frame, found, notes


_SPECIAL = frozenset({"geometry", "geometry_fault", "source_row"})


def _sample(cells: pd.Series) -> list[str]:
    """Filled cells of the first rows that have any."""
    texts = (as_text(cell).strip() for cell in cells.iloc[: 4 * _SAMPLE].tolist())
    return [text for text in texts if not is_missing(text)][:_SAMPLE]


def _fitting(cells: dict[str, list[str]], says: Callable[[str], bool]) -> list[str]:
    return [name for name, texts in cells.items() if _nearly_all(texts, says)]


def _nearly_all(texts: Sequence[str], says: Callable[[str], bool]) -> bool:
    known = {text: len(text) <= _LONGEST and says(text) for text in set(texts)}
    return sum(known[text] for text in texts) >= _SHARE * len(texts)


def _is_date(text: str) -> bool:
    """Whether a cell is a day (or several): no bare number, which may count anything."""
    if not _DATE_LIKE.fullmatch(text):
        return False
    span = parse_date(text)
    ambiguous = any(note.reason == "date_ambiguous" for note in span.notes)
    return span.start is not None and (span.precision == "day" or ambiguous)


@cache
def _countries() -> frozenset[str]:
    names: set[str] = set()
    for layer in ("countries", "neighbours"):
        frame = load_layer(layer).frame
        for column in ("name", "name_ps", "name_fa", "name_ur"):
            names.update(fold(name) for name in frame[column] if isinstance(name, str))
    return frozenset(names)


def _is_country(text: str) -> bool:
    return fold(text) in _countries()


def _is_pair(text: str) -> bool:
    position = parse_position(text, "")
    return not math.isnan(position.latitude + position.longitude)


def _within(low: float, high: float) -> Callable[[str], bool]:
    def says(text: str) -> bool:
        return bool(_DEGREES.fullmatch(text)) and low <= float(text.replace(",", ".")) <= high

    return says


def _note(file: str, column: str, headers: Sequence[str]) -> Fault:
    if len(headers) == 1:
        message = f"the column {shorten(headers[0], 40)!r} is taken as {column}, by its content"
        return file_note(file, "column_by_content", message)
    shown = " and ".join(repr(shorten(header, 40)) for header in headers)
    message = f"{shown} could each be {column}, so none is taken; a recipe can say which"
    return file_note(file, "column_unsure", message)


def _take_one(
    column: str, fitting: list[str], found: dict[str, str], notes: list[Fault], file: str
) -> None:
    if fitting:
        notes.append(_note(file, column, fitting))
    if len(fitting) == 1:
        found[column] = fitting[0]


def _take_position(
    cells: dict[str, list[str]], found: dict[str, str], notes: list[Fault], file: str
) -> None:
    """A column of pairs, or else one column in the region's latitudes and one in its longitudes."""
    free = {name: texts for name, texts in cells.items() if name not in found.values()}
    pairs = _fitting(free, _is_pair)
    if pairs:
        _take_one("latitude", pairs, found, notes, file)
        return
    west, south, east, north = REGION
    latitudes, longitudes = (
        _fitting(free, _within(low, high)) for low, high in ((south, north), (west, east))
    )
    if latitudes and longitudes:
        _take_one("latitude", latitudes, found, notes, file)
        _take_one("longitude", longitudes, found, notes, file)
        if len(latitudes) != len(longitudes):
            found.pop("latitude", None)
            found.pop("longitude", None)
