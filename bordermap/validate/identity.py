"""Rows that are no incidents of their own, and an id for each that is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from bordermap.threads import THREADS
from bordermap.validate.cells import Codes, text_cells
from bordermap.validate.sheet import LEDGER, Sheet
from bordermap.values.ids import UniqueIds, fingerprint, made_id
from bordermap.values.text import Note, are_labels, as_text, label

__all__ = [
    "ALONE",
    "Elsewhere",
    "Identity",
    "Wanted",
    "identify",
    "identities",
    "raw_text",
    "reject_totals",
]

_TOTAL = re.compile(
    r"(?:grand\s+|sub[\s-]?)?totals?\s*:?|sum|summe|overall|(?P<of>(?:grand\s+|sub[\s-]?)?totals?\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_TOTAL = 40
# Every text that is a total, in capitals or not, begins so; the second s counts as one there.
_MAY_BE_TOTAL = (
    "^[^!-~]*(?:[Gg][Rr][Aa][Nn][Dd]|[Ss\u017f][Uu][BbMm]|[Tt][Oo][Tt][Aa]|[Oo][Vv][Ee][Rr])"
)
_FIGURE_CELL = re.compile(r"[-+\d.,\s%]*|=.*", re.DOTALL)
_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_STEP = 10_000


def raw_text(cell: Any) -> str:
    return cell.wkt if isinstance(cell, shapely.Geometry) else as_text(cell)


def _is_totals(cells: dict[str, str]) -> bool:
    """Whether filled cells are figures and, if any word, "Total"; a row with a date is none."""
    if _FIGURE_CELL.fullmatch(cells.get("date_start", "x")):
        return False
    words = [cell for cell in cells.values() if not _FIGURE_CELL.fullmatch(cell)]
    if len(words) > 1:
        return False
    if words:
        match = _TOTAL.fullmatch(words[0])
        # "Total June 2016" beside its figures, "Total: 35 incidents"; no "Total Khan" by itself.
        return match is not None and (not match["of"] or len(cells) > 1 or ":" in words[0])
    return bool(cells) and cells.keys() <= set(_FIGURES)


def _says_total(text: str) -> bool:
    return len(text) < _LONGEST_TOTAL and _TOTAL.fullmatch(text.strip()) is not None


def _rows_of_totals(sheet: Sheet, name: str, column: pd.Series) -> list[int]:
    if isinstance(column.dtype, pd.StringDtype):
        column = column.fillna("") if column.hasnans else column
        may = column.str.contains(_MAY_BE_TOTAL, regex=True).to_numpy(dtype=bool)
        rows = np.flatnonzero(may)
        pairs = zip(rows.tolist(), column.iloc[rows].tolist(), strict=True)
        return [row for row, text in pairs if _says_total(text)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = [at for at, text in enumerate(column.cat.categories) if _says_total(text)]
        return np.flatnonzero(np.isin(column.cat.codes, codes)).tolist() if codes else []
    cells = sheet.column(name) if name in LEDGER else text_cells(column)
    return cells.rows(map(_says_total, cells.values))


def reject_totals(sheet: Sheet) -> None:
    """Reject rows that say "Total", and a last row of nothing but figures."""
    if not sheet.size or "geometry" in sheet.table.frame.columns:
        return
    content = sheet.content()
    suspects = {sheet.size - 1}
    columns = [(str(name), column) for name, column in content.items()]
    with ThreadPoolExecutor(THREADS) as pool:
        for rows in pool.map(lambda one: _rows_of_totals(sheet, *one), columns):
            suspects.update(rows)
    for row, cells in _rows(content, np.array(sorted(suspects))):
        filled = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
        if _is_totals(filled):
            message = "a row of totals is no incident"
            sheet.note(row, ", ".join(filled.values()), Note("totals_row", message, rejects=True))


def _rows(content: pd.DataFrame, rows: Codes) -> Iterator[tuple[int, dict[str, str]]]:
    """Some rows with the texts of their cells; a few at a time, since the texts take memory."""
    names = [str(name) for name in content.columns]
    for start in range(0, len(rows), _STEP):
        some = rows[start : start + _STEP]
        part = content.iloc[some]
        columns = [list(map(raw_text, part[name].tolist())) for name in content.columns]
        for row, cells in zip(some.tolist(), zip(*columns, strict=True), strict=True):
            yield row, dict(zip(names, cells, strict=True))


class Identity(NamedTuple):
    """What tells a row from others: its own id, its content's fingerprint, where it stands."""

    own: str
    content: str
    where: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is known of other parts of a whole.

    Attributes
    ----------
    earlier : tuple of Identity
        Rows before these, of whose ids or contents some come again here, in their order.
    taken : frozenset of str
        Ids of other rows that a row of these could be given for a second use of its own.
    """

    earlier: tuple[Identity, ...] = ()
    taken: frozenset[str] = frozenset()


ALONE = Elsewhere()


class Bases(NamedTuple):
    """Ids before any is told apart by a number.

    Attributes
    ----------
    names : list of str
        What the rows bring, or what their content gives, each as often as it comes.
    numbered : list of (str, str)
        The names with a number that rows were given, and what each is made of.
    """

    names: list[str]
    numbered: list[tuple[str, str]]


Wanted = Callable[[Sequence[str]], Iterable[bool]]
"""Says of each of some ids whether it is wanted."""


def identify(
    sheets: Sequence[Sheet], elsewhere: Elsewhere = ALONE
) -> tuple[list[list[str]], Bases]:
    """An id for each accepted row; exact repeats of a row with an id are rejected.

    Returns
    -------
    ids : list of list of str
        For each row of each sheet.
    bases : Bases
    """
    given = [_own_ids(sheet) for sheet in sheets]
    bases = Bases(list(filter(None, itertools.chain.from_iterable(given))), [])
    ids = UniqueIds(
        [*bases.names, *(one.own for one in elsewhere.earlier if one.own), *elsewhere.taken]
    )
    for one in elsewhere.earlier:
        ids.name(*one)
    for sheet, own_ids in zip(sheets, given, strict=True):
        for row, one in _identities(sheet, own_ids, ids.not_unique(own_ids)):
            own_ids[row], note = ids.name(*one)
            base = one.own or made_id(one.content)
            if not one.own:
                bases.names.append(base)
            if own_ids[row] != base:
                bases.numbered.append((own_ids[row], base))
            if note:
                sheet.note(row, one.own, note._replace(column="incident_id"))
    return given, bases


def identities(sheet: Sheet, wanted: Wanted) -> list[Identity]:
    """The rows of a sheet whose id, their own or made of their content, is wanted."""
    own_ids = _own_ids(sheet)
    rows = [row for row, fits in enumerate(wanted(own_ids)) if fits or not own_ids[row]]
    found = [one for _, one in _identities(sheet, own_ids, rows)]
    ids = [one.own or made_id(one.content) for one in found]
    return [one for one, fits in zip(found, wanted(ids), strict=True) if fits]


def _own_ids(sheet: Sheet) -> list[str]:
    column = sheet.table.frame.get("incident_id")
    if column is not None and column.dtype.kind == "i":
        # Numbers are labels as they are, and mostly differ.
        return list(map(str, column.tolist()))
    labelled = sheet.column("incident_id").mapped(label, are_labels)
    own: list[str] = np.array(labelled.values, dtype=object)[labelled.codes].tolist()
    return own


def _identities(
    sheet: Sheet, own_ids: Sequence[str], rows: Sequence[int]
) -> Iterator[tuple[int, Identity]]:
    numbers, rejected = sheet.table.frame["source_row"].to_numpy(), sheet.rejected
    kept = np.array([row for row in rows if row not in rejected], dtype=np.int64)
    for row, cells in _rows(sheet.content(), kept):
        content = fingerprint({name: text for name, text in cells.items() if text})
        yield row, Identity(own_ids[row], content, f"row {numbers[row]} of {sheet.table.file}")
