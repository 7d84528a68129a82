"""Columns of texts as codes into a short list of different texts: no work for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Coded", "coded", "flagged", "with_each_once"]

IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


class Coded(NamedTuple):
    """A column of texts.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Index into ``texts`` of each row; -1 where there is none.
    texts : ndarray of object
        The texts; the same one may stand there twice.
    """

    codes: IntArray
    texts: NDArray[np.object_]


def coded(values: Any) -> Coded:
    """A column of any kind of texts, each different one once."""
    codes, texts = pd.factorize(values)
    return Coded(codes, np.asarray([str(text) for text in texts], dtype=object))


def flagged(column: Coded, flags: Sequence[bool]) -> BoolArray:
    """For each row what is said of its text; False where there is none."""
    return np.take(np.array([*flags, False], dtype=bool), column.codes, mode="wrap")


def with_each_once(column: Coded) -> Coded:
    """The same column with no text twice, as Parquet wants its dictionaries."""
    if len(set(column.texts)) == len(column.texts):
        return column
    codes, texts = pd.factorize(column.texts)
    return Coded(np.take(np.append(codes, -1), column.codes, mode="wrap"), texts)
