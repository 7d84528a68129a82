"""Arrays of unsigned integers as few bytes, in ways that a browser undoes in a pass or two.

Bytes are shuffled (all first bytes, then all second bytes, ...), which deflate packs better. Before
that, whichever is smallest on a sample: the values, their steps from row to row, or what they
differ by from a column like them; few different values become their rank. Points are the gaps
between their places on a Z-order curve (Morton 1966), which are smaller than both coordinates.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Packed", "curve_places", "deflated", "narrowed", "packed", "packed_curve"]

_UNSIGNED = (np.uint8, np.uint16, np.uint32)
_FEW = 255
_COUNTED = 1 << 16
_SAMPLE_ROWS = 8_192
_CURVE_BYTES = 7
_LEVEL = 6

_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""Shifts and masks that put a zero between the bits of a number (Anderson, Bit Twiddling Hacks)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Bytes before they are deflated, and what the page must know to read them.

    Attributes
    ----------
    in_runs : bool
        They deflate best as runs and single bytes: a search for longer matches costs time and
        finds chance ones.
    """

    raw: bytes
    in_runs: bool
    meta: dict[str, Any] = field(default_factory=dict)


def deflated(raw: bytes, in_runs: bool = False) -> str:
    """A zlib stream in base64."""
    return base64.b64encode(_zlib(raw, in_runs)).decode("ascii")


def _zlib(raw: bytes, in_runs: bool) -> bytes:
    strategy = zlib.Z_RLE if in_runs else zlib.Z_DEFAULT_STRATEGY
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return stream.compress(raw) + stream.flush()


def _shuffled(values: npt.NDArray[Any], width: int) -> bytes:
    little = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
    planes = little.view(np.uint8).reshape(len(values), values.itemsize)[:, :width]
    return np.ascontiguousarray(planes.T).tobytes()


def narrowed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same values in the smallest array of unsigned integers that holds them."""
    largest = int(values.max(initial=0))
    return values.astype(next(kind for kind in _UNSIGNED if largest <= np.iinfo(kind).max))


def _ranked(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], list[int]]:
    """Ranks among the different values, where these are few; else the values, and no list."""
    if values.itemsize == 1 or len(np.unique(values[:_COUNTED])) > _FEW:
        return values, []
    if values.itemsize == 2:
        different = np.flatnonzero(np.bincount(values, minlength=1))
    else:
        different = np.unique(values)
    if len(different) > _FEW:
        return values, []
    return np.searchsorted(different, values).astype(np.uint8), different.tolist()


def _sample(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rows from the start, the middle and the end."""
    rows = len(values)
    if rows <= 3 * _SAMPLE_ROWS:
        return values
    starts = (0, (rows - _SAMPLE_ROWS) // 2, rows - _SAMPLE_ROWS)
    return np.concatenate([values[start : start + _SAMPLE_ROWS] for start in starts])


def packed(values: npt.NDArray[Any], near: npt.NDArray[Any] | None = None) -> Packed:
    """Pack the unsigned integers of a column, perhaps beside a column like it.

    ``meta`` has ``bytes`` a value, ``rows``, whether they are ``steps`` and whether they are what
    the values differ by from those of ``near``, and ``ranks``: what small numbers stand for.
    """
    plain = narrowed(values)
    ranks, of = _ranked(plain)
    ways: dict[str, npt.NDArray[Any]] = {"plain": ranks, "steps": _steps(ranks)}
    if near is not None:
        ways["near"] = _differences(values, near)
    sizes = {
        (len(_zlib(_shuffled(_sample(way), way.itemsize), in_runs)), name, in_runs)
        for name, way in ways.items()
        for in_runs in (False, True)
    }
    _, name, in_runs = min(sizes)
    chosen = ways[name]
    meta: dict[str, Any] = {
        "bytes": chosen.itemsize,
        "rows": len(values),
        "steps": name == "steps",
        "isNear": name == "near",
    }
    if of and name != "near":
        meta["ranks"] = of
    return Packed(_shuffled(chosen, chosen.itemsize), in_runs, meta)


def _steps(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.diff(values, prepend=values.dtype.type(0))


def _differences(values: npt.NDArray[Any], near: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Differences of either sign as unsigned integers: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4."""
    step = values.astype(np.int64) - near.astype(np.int64)
    return narrowed(np.where(step < 0, -2 * step - 1, 2 * step))


def curve_places(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Places on a Z-order curve of unsigned integers below 2**26; 0 for 0, 0."""
    return _spread(x) | (_spread(y) << np.uint64(1))


def _spread(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    bits = values.astype(np.uint64)
    for shift, mask in _SPREAD:
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def packed_curve(places: npt.NDArray[np.uint64]) -> Packed:
    """Pack ascending places on the curve as the gaps between them."""
    gaps = np.diff(places, prepend=np.uint64(0))
    raw = _shuffled(gaps, _CURVE_BYTES)
    return Packed(raw, False, {"bytes": _CURVE_BYTES, "rows": len(places)})
