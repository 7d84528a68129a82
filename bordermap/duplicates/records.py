"""What of each row is compared, as arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.errors import FrameError
from bordermap.values.text import fold

__all__ = ["NOT_DATED", "Records", "Words", "texts"]

NOT_DATED = np.iinfo(np.int64).min
"""The day of a row without a date."""

DAYS = {"week": 6, "month": 30, "year": 365}
"""So many days after the first may follow where only the precision is known."""

FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_AGAIN = re.compile(r"(.+)-\d+")
_NEEDED = ("incident_id", "location_radius_m", "date_start")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of repeated words: numbers, and the words that they stand for."""

    codes: NDArray[np.intp]
    words: list[str]

    @classmethod
    def of(cls, cells: list[str]) -> Words:
        """Number the words of a column."""
        codes, words = pd.factorize(np.array(cells, dtype=object))
        return cls(codes, list(words))

    def __getitem__(self, row: int) -> str:
        return self.words[self.codes[row]]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The rows of a placed frame.

    Attributes
    ----------
    ids : list of str
    source_ids : Words
        As the source gives them: without the ``-2`` of a repeated id.
    lon, lat : ndarray of float64
        Degrees, EPSG:4326; NaN where a row has no point.
    radius_m : ndarray of float64
        Radius of the footprint, metres.
    first, last : ndarray of int64
        First and last possible day, counted from 1970-01-01; :data:`NOT_DATED` where not known.
    kind : Words
        The event type.
    actors : Words
        The folded words of both actors.
    low, best, high : ndarray of float64
        Fatalities; NaN where not known.
    """

    ids: list[str]
    source_ids: Words
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    radius_m: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    kind: Words
    actors: Words
    low: NDArray[np.float64]
    best: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> Records:
        """Read a placed frame.

        Raises
        ------
        FrameError
            It is not placed, has no dates, or an id stands twice.
        """
        for name in _NEEDED:
            if name not in frame.columns:
                raise FrameError(f"the frame has no column {name}", todo="run geocode first")
        ids = texts(frame, "incident_id")
        if len(set(ids)) < len(ids):
            raise FrameError("an incident_id stands twice", todo="give each row its own")
        points = frame.geometry.to_numpy()
        first, last = _days(frame)
        low, best, high = (_numbers(frame, name) for name in FIGURES)
        return cls(
            ids,
            Words.of(_source_ids(ids, texts(frame, "record_note"))),
            shapely.get_x(points),
            shapely.get_y(points),
            np.nan_to_num(_numbers(frame, "location_radius_m")),
            first,
            last,
            Words.of(texts(frame, "event_type")),
            Words.of(_actors(frame)),
            np.fmin(np.fmin(low, best), high),
            best,
            np.fmax(np.fmax(low, best), high),
        )

    def comparable(self) -> NDArray[np.bool_]:
        """Rows that have a place and a date."""
        return np.isfinite(self.lon) & np.isfinite(self.lat) & (self.first != NOT_DATED)


def texts(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as texts, empty where there is nothing."""
    if name not in frame.columns:
        return [""] * len(frame)
    column = frame[name]
    return [str(value) for value in column.astype(object).where(column.notna(), "")]


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    numbers: Any = pd.to_numeric(frame[name])
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def _days(frame: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last possible day; the precision tells the last where it is not given."""
    first = _day_numbers(frame, "date_start")
    last = _day_numbers(frame, "date_end") if "date_end" in frame.columns else first
    spread = np.array(
        [DAYS.get(word, 0) for word in texts(frame, "date_precision")], dtype=np.int64
    )
    last = np.where(last == NOT_DATED, first + np.where(first == NOT_DATED, 0, spread), last)
    return first, np.maximum(first, last)


def _day_numbers(frame: pd.DataFrame, name: str) -> NDArray[np.int64]:
    days = pd.to_datetime(frame[name]).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), NOT_DATED, days.astype(np.int64))


def _source_ids(ids: list[str], notes: list[str]) -> list[str]:
    """The ids as the source gives them: ``X`` for an ``X-2`` that was made of a repeated X."""
    known = set(ids)
    found = []
    for own, note in zip(ids, notes, strict=True):
        again = _AGAIN.fullmatch(own) if "was used before" in note else None
        found.append(again[1] if again and again[1] in known else own)
    return found


def _actors(frame: pd.DataFrame) -> list[str]:
    """Both parties, in whichever order, as folded words."""
    pairs = zip(texts(frame, "actor_a"), texts(frame, "actor_b"), strict=True)
    known: dict[tuple[str, str], str] = {}
    return [
        known[pair] if pair in known else known.setdefault(pair, fold(" ".join(pair)))
        for pair in pairs
    ]
