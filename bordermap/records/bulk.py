"""Large regular delimited text, cut into cells by pyarrow column by column.

Regular is text in UTF-8 whose quotes stand as RFC 4180 has them and whose records all have the same
number of cells: there every reader says the same. Anything else is for the careful reader of
:mod:`.delimited`, which names what is wrong; so is everything where pyarrow is not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.arrow import load_arrow
from bordermap.errors import InputError

__all__ = ["WORTHWHILE_BYTES", "BulkCells", "bulk_cells"]

WORTHWHILE_BYTES = 1024**2
"""Smaller files are read as fast by the careful reader as pyarrow is loaded."""

_QUOTE = 0x22
_STEP = 16 * 1024**2
_BLOCK = 2 * 1024**2
# Columns in which fewer of the first cells are new are kept as codes of their different cells.
_MOSTLY_NEW = 0.9


@dataclass(frozen=True, slots=True)
class BulkCells:
    """The cells of a text; records of blanks are left out and counted.

    Attributes
    ----------
    columns : list of Series
        Categories of text where cells repeat, else texts; none is missing.
    rows, blank : int
    """

    columns: list[pd.Series]
    rows: int
    blank: int


def bulk_cells(
    content: memoryview, delimiter: str, first: Sequence[Sequence[str]], skip: int, longest: int
) -> BulkCells | None:
    """Cut UTF-8 text into cells, or None where only the careful reader can tell what they are.

    Parameters
    ----------
    content : memoryview
        From the header on, without a byte order mark.
    delimiter : str
    first : sequence of sequence of str
        The first records, the header among them.
    skip : int
        How many of those are no records of incidents.
    longest : int
        Cells of more bytes than that are for the careful reader.
    """
    try:
        pa = load_arrow("reading much text")
        from pyarrow import csv  # noqa: PLC0415  an extra, and slow to load
    except InputError:
        return None
    if len(delimiter) != 1 or not delimiter.isascii():
        return None
    if not _regular_quotes(np.frombuffer(content, dtype=np.uint8), ord(delimiter)):
        return None
    texts, codes = pa.large_string(), pa.dictionary(pa.int32(), pa.string())
    names = [f"f{at}" for at in range(len(first[0]))]
    kinds = [codes if repeats else texts for repeats in _repeating(first[skip:], len(names))]
    lines = _OddLines()
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(content)),
            csv.ReadOptions(column_names=names, skip_rows_after_names=skip, block_size=_BLOCK),
            csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lines.judge,
            ),
            csv.ConvertOptions(column_types=dict(zip(names, kinds, strict=True))),
            # Arrow's own asks for fresh pages again and again, a quarter of the processor's time.
            memory_pool=pa.system_memory_pool(),
        )
    except pa.ArrowException:
        return None
    return None if lines.ragged else _without_blanks(table, lines.blank, longest)


class _OddLines:
    """Tells lines of nothing, which are no records, from records of another width."""

    def __init__(self) -> None:
        self.blank = 0
        self.ragged = False

    def judge(self, row: Any) -> str:
        if row.text and not row.text.isspace():
            self.ragged = True
            return "error"
        self.blank += 1
        return "skip"


def _repeating(records: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Which columns have the same cells again and again."""
    columns = list(zip(*(one for one in records if len(one) == width), strict=True))
    most = [len(set(cells)) < _MOSTLY_NEW * len(cells) for cells in columns]
    return most or [False] * width


def _regular_quotes(data: NDArray[np.uint8], delimiter: int) -> bool:
    """Whether every quote opens or closes a whole cell, or is doubled within one."""
    edge = np.zeros(256, dtype=bool)
    edge[[delimiter, 0x0A, 0x0D, _QUOTE]] = True
    is_open = False
    for start in range(0, len(data), _STEP):
        at = start + np.flatnonzero(data[start : start + _STEP] == _QUOTE)
        opening, closing = at[int(is_open) :: 2], at[1 - int(is_open) :: 2]
        before, after = opening[opening > 0] - 1, closing[closing < len(data) - 1] + 1
        if not (edge[data[before]].all() and edge[data[after]].all()):
            return False
        is_open ^= bool(len(at) % 2)
    return not is_open


def _without_blanks(table: Any, blank: int, longest: int) -> BulkCells | None:
    columns = [_series(column) for column in table.columns] if table.num_rows else []
    if not columns or any(_longest(column) > longest for column in columns):
        return None
    seen = np.zeros(table.num_rows, dtype=bool)
    # Categories are asked first: a few texts tell of all rows.
    for column in sorted(columns, key=lambda one: str(one.dtype) != "category"):
        seen |= _surely_filled(column)
        if seen.all():
            return BulkCells(columns, table.num_rows, blank)
    doubtful = np.flatnonzero(~seen)
    rows = zip(*(column.iloc[doubtful].tolist() for column in columns), strict=True)
    is_blank = [not any(cell.strip() for cell in row) for row in rows]
    keep = np.ones(table.num_rows, dtype=bool)
    keep[doubtful[is_blank]] = False
    if not keep.all():
        columns = [column[keep].reset_index(drop=True) for column in columns]
    return BulkCells(columns, int(keep.sum()), blank + sum(is_blank)) if keep.any() else None


def _series(column: Any) -> pd.Series:
    if not str(column.type).startswith("dictionary"):
        return pd.Series(pd.arrays.ArrowStringArray(column))
    whole = column.unify_dictionaries()
    texts = pd.Index(whole.chunk(0).dictionary.to_pylist(), dtype=object)
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in whole.chunks])
    return pd.Series(pd.Categorical.from_codes(codes, categories=texts))


def _longest(column: pd.Series) -> int:
    texts = column.cat.categories if column.dtype == "category" else None
    return int(column.str.len().max()) if texts is None else max(map(len, texts))


def _surely_filled(column: pd.Series) -> NDArray[np.bool_]:
    """Where a cell has a printable ASCII character; others may be blank, or of another script."""
    if column.dtype == "category":
        filled = np.array([bool(text.strip()) for text in column.cat.categories])
        return filled[column.cat.codes.to_numpy()]
    return column.str.contains("[!-~]", regex=True).to_numpy(dtype=bool)
