"""Tables as the page reads them: columns of small integers, and texts in chunks.

A table is one block of JSON that says what there is, one zlib stream in base64 that holds every
column, and further streams with the texts. ``static/table.js`` reads it back.

Each column is an array of unsigned integers: 0 is missing, ``k`` is ``base + k - 1``; times
``scale`` it is the value, or, where the column has a dictionary, the word at that index. Its
bytes are shuffled (all first bytes, then all second bytes, ...), which deflate packs better.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bordermap.render.text import clean_text

__all__ = ["CHUNK_ROWS", "Column", "Table", "integers", "pack_table", "words"]

CHUNK_ROWS = 4096
"""Rows whose texts are inflated together when one of them is opened."""

_LEVEL = 6
_SAMPLE_BYTES = 400_000
_LARGEST = 2**32 - 2
_UNSIGNED = (np.uint8, np.uint16, np.uint32)


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
    """

    name: str
    values: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    scale: float = 1.0
    dictionary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A packed table: ``meta`` for a JSON block, the rest base64 text."""

    meta: dict[str, Any]
    columns: str
    chunks: tuple[str, ...] = ()


def integers(name: str, values: Any, scale: float = 1.0) -> Column:
    """A column of numbers rounded to ``scale``; what is not a finite number is missing."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    floats = numbers.to_numpy(dtype=np.float64, na_value=np.nan) / scale
    known = np.isfinite(floats) & (np.abs(floats) <= _LARGEST / 2)
    rounded = np.where(known, np.rint(np.where(known, floats, 0.0)), 0).astype(np.int64)
    return Column(name, rounded, known, scale)


def words(name: str, values: Any, order: Sequence[str] = ()) -> Column:
    """A column of repeated words; those of ``order`` come first in its dictionary."""
    texts = pd.Series([clean_text(value) for value in values], dtype=object)
    found = sorted(set(texts) - {""} - set(order))
    dictionary = (*order, *found)
    index = pd.Index(dictionary, dtype=object).get_indexer(pd.Index(texts, dtype=object))
    return Column(name, index.astype(np.int64), index >= 0, dictionary=dictionary)


def _stored(column: Column) -> tuple[npt.NDArray[Any], int]:
    """The unsigned integers of a column, and its base."""
    known = column.known
    base = int(column.values[known].min()) if known.any() else 0
    shifted = np.where(known, column.values - base + 1, 0)
    largest = int(shifted.max(initial=0))
    dtype = next(kind for kind in _UNSIGNED if largest <= np.iinfo(kind).max)
    return shifted.astype(dtype), base


def _shuffled(stored: npt.NDArray[Any]) -> bytes:
    little = stored.astype(stored.dtype.newbyteorder("<"))
    return np.ascontiguousarray(
        little.view(np.uint8).reshape(len(stored), stored.itemsize).T
    ).tobytes()


def _packed(column: Column) -> tuple[dict[str, Any], bytes]:
    """Description and bytes of a column, as differences where those pack better."""
    stored, base = _stored(column)
    plain = _shuffled(stored)
    steps = _shuffled(np.diff(stored, prepend=stored.dtype.type(0)))
    sizes = [len(zlib.compress(raw[:_SAMPLE_BYTES], 1)) for raw in (plain, steps)]
    meta: dict[str, Any] = {
        "name": column.name,
        "bytes": stored.dtype.itemsize,
        "rows": len(stored),
        "base": base,
        "scale": column.scale,
        "steps": sizes[1] < sizes[0],
    }
    if column.dictionary:
        meta["dictionary"] = list(column.dictionary)
    return meta, steps if meta["steps"] else plain


def _deflated(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, _LEVEL)).decode("ascii")


def _chunk(texts: dict[str, list[str]], start: int) -> str:
    rows = [column[start : start + CHUNK_ROWS] for column in texts.values()]
    raw = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return _deflated(raw.encode("utf-8"))


def pack_table(rows: int, columns: Sequence[Column], texts: dict[str, list[str]]) -> Table:
    """Pack columns, and texts by column name (one list of ``rows`` texts each)."""
    packed = [_packed(column) for column in columns]
    chunks = tuple(_chunk(texts, start) for start in range(0, rows, CHUNK_ROWS)) if texts else ()
    meta = {
        "rows": rows,
        "columns": [meta for meta, _ in packed],
        "texts": list(texts),
        "chunkRows": CHUNK_ROWS,
        "chunks": len(chunks),
    }
    return Table(meta, _deflated(b"".join(raw for _, raw in packed)), chunks)
