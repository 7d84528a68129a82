"""Large regular delimited text, cut into cells by pyarrow column by column.

Regular is text in UTF-8 whose quotes stand as RFC 4180 has them and whose records all have the same
number of cells: there every reader says the same. Anything else is for the careful reader of
:mod:`.delimited`, which names what is wrong; so is everything where pyarrow is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["WORTHWHILE_BYTES", "BulkCells", "bulk_cells"]

WORTHWHILE_BYTES = 1024**2
"""Smaller files are read as fast by the careful reader as pyarrow is loaded."""

_QUOTE = 0x22
_STEP = 16 * 1024**2
_BLOCK = 8 * 1024**2


@dataclass(frozen=True, slots=True)
class BulkCells:
    """The cells of a text, header and all; records of blanks are left out and counted.

    Attributes
    ----------
    columns : list of pyarrow.ChunkedArray
        Texts without nulls.
    blank : int
    """

    columns: list[Any]
    blank: int

    def row(self, number: int) -> list[str]:
        return [column[number].as_py() for column in self.columns]

    def series(self, start: int) -> list[pd.Series]:
        """The columns from a row on."""
        return [
            pd.Series(pd.arrays.ArrowStringArray(column.slice(start)))
            for column in self.columns
        ]


def bulk_cells(content: memoryview, delimiter: str, longest: int) -> BulkCells | None:
    """Cut UTF-8 text into cells, or None where only the careful reader can tell what they are.

    Parameters
    ----------
    content : memoryview
        From the first record on, without a byte order mark.
    delimiter : str
    longest : int
        Cells of more bytes than that are for the careful reader.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load
        from pyarrow import csv  # noqa: PLC0415
    except ImportError:
        return None
    if len(delimiter) != 1 or not delimiter.isascii():
        return None
    if not _regular_quotes(np.frombuffer(content, dtype=np.uint8), ord(delimiter)):
        return None
    width = _width(content, delimiter)
    rows = _BlankRows()
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(content)),
            csv.ReadOptions(autogenerate_column_names=True, block_size=_BLOCK),
            csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=rows.judge,
            ),
            csv.ConvertOptions(column_types={f"f{at}": pa.large_string() for at in range(width)}),
        )
    except pa.ArrowException:
        return None
    if rows.ragged or not all(column.type == pa.large_string() for column in table.columns):
        return None
    return _without_blanks(table, rows.blank, longest)


class _BlankRows:
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


def _width(content: memoryview, delimiter: str) -> int:
    """No fewer columns than the first record has."""
    return bytes(content[:_BLOCK]).split(b"\n", 1)[0].count(delimiter.encode()) + 1


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
    import pyarrow.compute as pc  # noqa: PLC0415

    columns: list[Any] = table.columns
    lengths = (pc.max(pc.binary_length(column)).as_py() or 0 for column in columns)
    if not table.num_rows or any(length > longest for length in lengths):
        return None
    # A cell without any of these may be blank; a whole row of such is looked at.
    seen = np.zeros(table.num_rows, dtype=bool)
    for column in columns:
        seen |= pc.match_substring_regex(column, "[!-~]").to_numpy()
        if seen.all():
            return BulkCells(columns, blank)
    doubtful = np.flatnonzero(~seen)
    rows = table.take(doubtful).to_pydict().values()
    is_blank = [not any(cell.strip() for cell in row) for row in zip(*rows, strict=True)]
    keep = np.ones(table.num_rows, dtype=bool)
    keep[doubtful[is_blank]] = False
    columns = [column.filter(keep) for column in columns]
    return BulkCells(columns, blank + sum(is_blank)) if keep.any() else None
