"""What rows say and what is answered, each different record and answer once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.geocode.context import Record
from bordermap.geocode.resolve import Placement

__all__ = ["Answers", "Records", "Texts", "alike", "numbers_of_rows"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts, whatever is missing empty: the number of each row's text."""

    which: IntArray
    texts: Sequence[str]

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str) -> Texts:
        """A column of a frame, without blanks around; empty texts where there is none."""
        if name not in frame.columns:
            return cls(np.zeros(len(frame), dtype=np.intp), [""])
        values: Any = frame[name]
        if not isinstance(values.dtype, pd.StringDtype):
            # Not by value: 1, 1.0 and True are equal and written differently.
            values = np.array([_text(value) for value in values.tolist()], dtype=object)
        which, cells = pd.factorize(values, use_na_sentinel=True)
        return cls(np.where(which < 0, len(cells), which), [*(_text(one) for one in cells), ""])


def _text(value: object) -> str:
    """A cell as text; whatever is missing is empty."""
    if isinstance(value, str):
        return value.strip()
    missing = pd.api.types.is_scalar(value) and pd.isna(value)
    return "" if missing else str(value).strip()


def numbers_of_rows(*columns: NDArray[Any]) -> tuple[IntArray, IntArray]:
    """Numbers of the different rows of a table, in order, and the first row of each."""
    number = np.zeros(len(columns[0]), dtype=np.intp)
    for column in columns:
        own, different = pd.factorize(column, use_na_sentinel=False)
        number = pd.factorize(number * max(1, len(different)) + own)[0]
    first = np.full(int(number.max(initial=-1)) + 1, len(number), dtype=np.intp)
    np.minimum.at(first, number, np.arange(len(number)))
    return number, first


def alike(rows: IntArray, *columns: NDArray[Any]) -> list[IntArray]:
    """Rows in groups of which each has the same numbers in all columns."""
    if not len(rows):
        return []
    number, first = numbers_of_rows(*(column[rows] for column in columns))
    order = np.argsort(number, kind="stable")
    return np.split(rows[order], np.searchsorted(number[order], np.arange(1, len(first))))


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What rows say of their places: the number of each row's record."""

    which: IntArray
    records: Sequence[Record]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Records:
        """The records of a frame."""
        names = ("place", "district", "province", "country")
        columns = [Texts.of(frame, name) for name in names]
        which, first = numbers_of_rows(*(column.which for column in columns))
        texts = ([c.texts[at] for at in c.which[first]] for c in columns)
        return cls(which, [Record(*row) for row in zip(*texts, strict=True)])

    def __getitem__(self, row: int) -> Record:
        return self.records[self.which[row]]


class Answers:
    """One answer a row: the number of each row's :class:`Placement`, and its own coordinates.

    Attributes
    ----------
    which : ndarray of intp, shape (n,)
    lon, lat : ndarray of float64, shape (n,)
        Degrees, NaN without a place. They go before those of the placement.
    placements : list of Placement
    """

    def __init__(self, count: int) -> None:
        self.which = np.full(count, -1, dtype=np.intp)
        self.lon, self.lat = np.full(count, np.nan), np.full(count, np.nan)
        self.placements: list[Placement] = []

    @classmethod
    def of(cls, placements: Sequence[Placement]) -> Answers:
        """Answers of which each row has its own."""
        answers = cls(len(placements))
        for row, placement in enumerate(placements):
            answers.put(row, placement)
        return answers

    def __len__(self) -> int:
        return len(self.which)

    def put(self, rows: IntArray | int, placement: Placement) -> None:
        """Give one answer to rows."""
        self.which[rows] = len(self.placements)
        self.placements.append(placement)
        self.lon[rows] = np.nan if placement.lon is None else placement.lon
        self.lat[rows] = np.nan if placement.lat is None else placement.lat

    def put_at(
        self, rows: IntArray, placement: Placement, lon: FloatArray, lat: FloatArray
    ) -> None:
        """Give one answer to rows, each in its own place."""
        self.put(rows, placement)
        self.lon[rows], self.lat[rows] = lon, lat

    def at(self, row: int) -> Placement:
        """The answer of a row, with its own coordinates."""
        placement = self.placements[self.which[row]]
        lon, lat = float(self.lon[row]), float(self.lat[row])
        if placement.lon is None or (placement.lon, placement.lat) == (lon, lat):
            return placement
        return replace(placement, lon=lon, lat=lat)

    def rows_located_by(self, means: str) -> IntArray:
        """Rows by what placed them."""
        fits = np.array([one.located_by == means for one in self.placements], dtype=bool)
        return np.flatnonzero(fits[self.which])

    def column(self, values: Sequence[Any], dtype: Any) -> Any:
        """Values of the placements as a column of the rows."""
        return pd.array(values, dtype=dtype).take(self.which)
