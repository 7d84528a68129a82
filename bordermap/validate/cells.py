"""A column as its different cells, so that each of them is judged once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.values.text import as_text

__all__ = ["Cells", "as_texts", "coalesced", "joint", "mostly_differs", "text_cells"]

_SAMPLE = 10_000
_STEP = 64

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of text.

    Attributes
    ----------
    codes : ndarray of int
        For each row, which of the values it has.
    values : list of str
    """

    codes: Codes
    values: list[str]

    @classmethod
    def of(cls, text: str, size: int) -> Cells:
        """The same text in every row."""
        return cls(np.zeros(size, dtype=np.int64), [text])

    @classmethod
    def listed(cls, texts: list[str]) -> Cells:
        """A text for each row."""
        return cls(np.arange(len(texts)), texts)

    def __getitem__(self, row: int) -> str:
        return self.values[self.codes[row]]

    def some(self, rows: Codes) -> Cells:
        """The cells of some rows, with no other values than theirs where these are few."""
        codes = self.codes[rows]
        if len(rows) >= len(self.values):
            return Cells(codes, self.values)
        used, codes = np.unique(codes, return_inverse=True)
        return Cells(codes, [self.values[at] for at in used.tolist()])

    def mapped(
        self, parse: Callable[[str], str], stays: Callable[[str], bool] | None = None
    ) -> Cells:
        """Each value parsed.

        ``stays`` tells of a few values, each between two bars, that all are their own parse.
        """
        if stays is None:
            return Cells(self.codes, [parse(value) for value in self.values])
        parsed: list[str] = []
        for start in range(0, len(self.values), _STEP):
            some = self.values[start : start + _STEP]
            parsed += some if stays(f"|{'|'.join(some)}|") else map(parse, some)
        return Cells(self.codes, parsed)

    def where(self, says: Iterable[bool]) -> Mask:
        """Which rows have a value of which that is said; ``says`` is by value."""
        said: Mask = np.fromiter(says, dtype=bool, count=len(self.values))
        return said[self.codes]

    def rows(self, says: Iterable[bool]) -> list[int]:
        found: list[int] = np.flatnonzero(self.where(says)).tolist()
        return found

    def filled(self) -> Mask:
        return self.where(map(bool, self.values))

    def series(self, keep: Mask) -> pd.Series:
        """Some of the rows as pandas holds text, missing where there is none."""
        values = pd.array([value or None for value in self.values], dtype="string")
        is_listed = len(self.values) == len(keep) and _counts_up(self.codes)
        if is_listed:
            return pd.Series(values if keep.all() else values[keep], copy=False)
        codes = self.codes if keep.all() else self.codes[keep]
        return pd.Series(values.take(codes), copy=False)


def _counts_up(codes: Codes) -> bool:
    return bool((codes == np.arange(len(codes))).all())


def as_texts(cells: Iterable[Any]) -> list[str]:
    return [cell if type(cell) is str else as_text(cell) for cell in cells]


def text_cells(column: pd.Series) -> Cells:
    """A raw column of any kind as text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        texts = column.cat.categories.tolist()
        codes[codes < 0] = len(texts)
        return Cells(codes, [*texts, ""])
    if isinstance(column.dtype, pd.StringDtype) and column.hasnans:
        column = column.fillna("")
    if isinstance(column.dtype, pd.StringDtype) and mostly_differs(column):
        return Cells.listed(column.tolist())
    if isinstance(column.dtype, pd.StringDtype) or column.dtype.kind in "if":
        codes, uniques = pd.factorize(column, use_na_sentinel=False)
        different = uniques.tolist()
        texts = list(map(str, different)) if column.dtype.kind == "i" else as_texts(different)
        return Cells(codes.astype(np.int64, copy=False), texts)
    known: dict[str, int] = {}
    codes = [known.setdefault(text, len(known)) for text in as_texts(column.tolist())]
    return Cells(np.array(codes, dtype=np.int64), list(known))


def mostly_differs(column: pd.Series) -> bool:
    """Whether most of some rows' cells differ, so that to tell which are the same costs more."""
    some = column.iloc[:: max(1, len(column) // _SAMPLE)]
    return bool(some.nunique() > len(some) // 2)


def coalesced(first: Cells, other: Cells) -> Cells:
    """The first column, and the other one where that is empty."""
    codes = np.where(first.filled(), first.codes, other.codes + len(first.values))
    return Cells(codes, first.values + other.values)


def joint(columns: Sequence[Cells]) -> tuple[Codes, list[tuple[str, ...]]]:
    """Which different tuples of cells the rows have, and which of them each row has."""
    codes: Codes = np.zeros(len(columns[0].codes), dtype=np.int64)
    for column in columns:
        # At most rows times values, which no table makes too large for 64 bits.
        codes, _ = pd.factorize(codes * len(column.values) + column.codes)
    _, first = np.unique(codes, return_index=True)
    parts = [[column.values[code] for code in column.codes[first].tolist()] for column in columns]
    return codes, list(zip(*parts, strict=True))
