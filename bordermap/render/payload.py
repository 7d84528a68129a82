"""Tables as the page reads them: columns of small integers, and texts in chunks.

A table is one block of JSON that says what there is, zlib streams in base64 that hold the columns,
and further streams with the texts. ``static/table.js`` reads it back.

Each column is an array of unsigned integers: 0 is missing, ``k`` is ``base + k - 1``; times
``scale`` it is the value, or, where the column has a dictionary, the word at that index.
``packing`` says how such an array becomes bytes.

A table of places is stored along a curve through them, where neighbours are alike and pack well,
and read in the order of one of its columns: what has the same value there stays along the curve.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bordermap.render.packing import (
    Packed,
    curve_places,
    deflated,
    narrowed,
    packed,
    packed_curve,
)
from bordermap.render.text import clean_text

__all__ = [
    "CHUNK_ROWS",
    "Column",
    "Curve",
    "Table",
    "Texts",
    "integers",
    "numbered",
    "pack_table",
    "words",
    "words_together",
]

CHUNK_ROWS = 4096
"""Rows whose texts are inflated together when one of them is opened."""

_SMALL_BYTES = 1 << 16
_LARGEST = 2**32 - 2
_NUMBERED = re.compile(r"(\D{0,40})(\d{1,9})")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column before packing.

    Attributes
    ----------
    values : ndarray of int64
    known : ndarray of bool
        False where the value is missing.
    scale : float
        What an integer is worth in the column's unit.
    dictionary : tuple of str
        Words that the integers stand for; empty for numbers.
    near : str
        Name of an earlier column whose values are often the same.
    extra : mapping
        What else the page is told about the column.
    """

    name: str
    values: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    scale: float = 1.0
    dictionary: tuple[str, ...] = ()
    near: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A packed table: ``meta`` for a JSON block, the rest base64 text.

    Attributes
    ----------
    words : str
        Dictionaries of the columns; empty where none has any.
    columns : tuple of str
        Columns, in the blocks that ``meta`` names.
    chunks : tuple of str
        Texts of :data:`CHUNK_ROWS` rows each.
    """

    meta: dict[str, Any]
    words: str
    columns: tuple[str, ...]
    chunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Columns ``x`` and ``y`` are packed together, as places on a curve.

    Rows are stored along it, and read in the order of the column ``by``, those without it last.
    """

    x: str
    y: str
    by: str


def integers(name: str, values: Any, scale: float = 1.0, near: str = "") -> Column:
    """A column of numbers rounded to ``scale``; what is not a finite number is missing."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    floats = np.rint(numbers.to_numpy(dtype=np.float64, na_value=np.nan) / scale)
    known = np.abs(floats) <= _LARGEST / 2
    return Column(name, np.where(known, floats, 0.0).astype(np.int64), known, scale, near=near)


_TEXT_ENDS_AT_NUL = pd.__version__ < "3"
"""Earlier pandas takes texts that differ behind a NUL for the same."""


def _has_nul(series: pd.Series[Any]) -> bool:
    return any("\0" in text for text in series if isinstance(text, str))


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Cleaned texts: the ``different`` ones, the first empty, and which of them each row has."""

    codes: npt.NDArray[np.intp]
    different: list[str]

    @classmethod
    def of(cls, values: Any) -> Texts:
        """Clean every cell of a column."""
        series = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
        # Only texts may be compared before they are cleaned: 1, 1.0 and True are equal.
        kind = pd.api.types.infer_dtype(series, skipna=True)
        if kind not in {"string", "empty"} or (_TEXT_ENDS_AT_NUL and _has_nul(series)):
            series = pd.Series([clean_text(value) for value in series], dtype=object)
        codes, found = pd.factorize(series)
        cleaned = pd.Series(["", *map(clean_text, found)], dtype=object)
        again, different = pd.factorize(cleaned)
        return cls(again[codes + 1], list(different))

    def __getitem__(self, row: int) -> str:
        return self.different[self.codes[row]]

    def each(self) -> list[str]:
        """The text of each row."""
        return np.array(self.different, dtype=object)[self.codes].tolist()


def words(name: str, values: Any, order: Sequence[str] = ()) -> Column:
    """A column of repeated words; those of ``order`` come first in its dictionary."""
    return words_together({name: values}, order)[0]


def words_together(columns: Mapping[str, Any], order: Sequence[str] = ()) -> list[Column]:
    """Columns of repeated words with one dictionary between them."""
    cleaned = {
        name: values if isinstance(values, Texts) else Texts.of(values)
        for name, values in columns.items()
    }
    found = {text for texts in cleaned.values() for text in texts.different}
    dictionary = (*order, *sorted(found - {""} - set(order)))
    place = {word: number for number, word in enumerate(dictionary)} | {"": -1}
    result = []
    for name, texts in cleaned.items():
        index = np.array([place[text] for text in texts.different], dtype=np.int64)[texts.codes]
        result.append(Column(name, index, index >= 0, dictionary=dictionary))
    return result


def numbered(name: str, texts: Texts) -> Column | None:
    """Texts like ``A-017``, alike but for their number, as that number; None for any others."""
    found = [match for text in texts.different[1:] if (match := _NUMBERED.fullmatch(text))]
    if not found:
        return None
    prefix = found[0][1]
    values = [int(match[2]) for match in found]
    for digits in (0, max(len(match[2]) for match in found)):
        if texts.different[1:] == [f"{prefix}{value:0{digits}d}" for value in values]:
            numbers = np.array([-1, *values], dtype=np.int64)[texts.codes]
            extra = {"prefix": prefix, "digits": digits}
            return Column(name, numbers, numbers >= 0, extra=extra)
    return None


def _stored(column: Column) -> tuple[npt.NDArray[Any], int]:
    """The integers of a column as they are stored, and its base; 0 where a dictionary is shared."""
    known = column.known
    base = 0 if column.dictionary else int(column.values[known].min())
    # Small arrays are sorted and copied in a fraction of the time.
    return narrowed(np.where(known, column.values - base + 1, 0)), base


class _Columns:
    """Columns on their way into a table, in the order in which they are stored."""

    def __init__(self, rows: int, columns: Sequence[Column]) -> None:
        self.columns = {column.name: column for column in columns if column.known.any()}
        stored = {name: _stored(column) for name, column in self.columns.items()}
        self.values = {name: values for name, (values, _) in stored.items()}
        self.bases = {name: base for name, (_, base) in stored.items()}
        found = (column.dictionary for column in self.columns.values() if column.dictionary)
        self.dictionaries = list(dict.fromkeys(found))
        self.order = np.arange(rows)

    def _meta(self, name: str) -> dict[str, Any]:
        column = self.columns[name]
        meta = {"name": name, "base": self.bases[name], "scale": column.scale}
        if column.dictionary:
            meta["dictionary"] = self.dictionaries.index(column.dictionary)
        return {**meta, **column.extra}

    def _packed(self, name: str) -> Packed:
        near = self.columns[name].near
        pack = packed(self.values[name], self.values.get(near))
        meta = self._meta(name) | pack.meta
        if meta.pop("isNear"):
            meta["near"] = near
        return replace(pack, meta=meta)

    def packed(self) -> list[Packed]:
        with ThreadPoolExecutor() as threads:
            return list(threads.map(self._packed, self.values))

    def along(self, curve: Curve) -> list[Packed]:
        """Put the rows in the order of the curve; its two columns, packed."""
        if not {curve.x, curve.y} <= self.values.keys():
            return []
        places = curve_places(self.values[curve.x], self.values[curve.y])
        self.order = np.argsort(places, kind="stable")
        self.values = {name: values[self.order] for name, values in self.values.items()}
        pack = packed_curve(places[self.order])
        axes = {axis: self._meta(getattr(curve, axis)) for axis in ("x", "y")}
        del self.values[curve.x], self.values[curve.y]
        return [replace(pack, meta={"name": "", "axes": axes} | pack.meta)]

    def reading_order(self, by: str) -> npt.NDArray[np.intp]:
        """The row as it came of each row as it is read."""
        if by not in self.values:
            return self.order
        values = self.values[by]
        # Below 0 unsigned integers are the largest: what is missing comes last.
        return self.order[np.argsort(values - values.dtype.type(1), kind="stable")]


def _blocks(columns: Sequence[Packed]) -> tuple[list[dict[str, Any]], list[Packed]]:
    """What is deflated together: small columns all, large ones alone."""
    small = [column for column in columns if len(column.raw) < _SMALL_BYTES]
    large = [column for column in columns if len(column.raw) >= _SMALL_BYTES]
    together = [Packed(b"".join(column.raw for column in small), in_runs=False)] if small else []
    numbers = [0] * len(small) + list(range(len(together), len(together) + len(large)))
    metas = [
        {**column.meta, "block": number}
        for column, number in zip([*small, *large], numbers, strict=True)
    ]
    return metas, [*together, *large]


def _chunk(texts: Mapping[str, Sequence[str]], start: int) -> bytes:
    rows = [column[start : start + CHUNK_ROWS] for column in texts.values()]
    return _json(rows)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def pack_table(
    rows: int,
    columns: Sequence[Column],
    texts: Mapping[str, Sequence[str]],
    curve: Curve | None = None,
) -> Table:
    """Pack columns, and texts by column name (``rows`` texts each)."""
    storage = _Columns(rows, columns)
    places = storage.along(curve) if curve else []
    metas, blocks = _blocks([*places, *storage.packed()])
    if curve:
        order = storage.reading_order(curve.by)
        texts = {name: [column[row] for row in order] for name, column in texts.items()}
    starts = range(0, rows, CHUNK_ROWS) if texts else ()
    meta = {
        "rows": rows,
        "columns": metas,
        "blocks": len(blocks),
        "hasWords": bool(storage.dictionaries),
        "order": curve.by if curve else "",
        "texts": list(texts),
        "wordTexts": [],
        "chunkRows": CHUNK_ROWS,
        "chunks": len(starts),
    }
    with ThreadPoolExecutor() as threads:
        packed_blocks = threads.map(lambda block: deflated(block.raw, block.in_runs), blocks)
        chunks = threads.map(lambda start: deflated(_chunk(texts, start)), starts)
        dictionaries = storage.dictionaries
        found = deflated(_json(dictionaries)) if dictionaries else ""
        return Table(meta, found, tuple(packed_blocks), tuple(chunks))
