"""The compiled loops for our own arrays, where ``kernel`` is built: NumPy's numbers, to the bit.

Each function has a twin for whole arrays, which says why it is right and serves where there is no
``kernel``: the choice between them is made where the twin is called.
"""

from __future__ import annotations

import os
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from bordermap.border import nearest
from bordermap.border.blocks import AnyIntArray, Candidates, Spheres
from bordermap.border.ellipsoid import FloatArray, IntArray
from bordermap.border.nearest import Feet, Points
from bordermap.border.pieces import Pieces

__all__ = ["answers", "is_used", "leaves", "nearest_places", "pruned", "settle"]

Int32Array = NDArray[np.int32]


try:
    from bordermap.border import kernel
except ImportError:  # nobody built it
    kernel = None  # type: ignore[assignment]

_ASKED_FOR = os.environ.get("BORDERMAP_COMPILED") != "0"
_kernel: ModuleType | None = kernel if _ASKED_FOR else None


def is_used() -> bool:
    """Whether there is a kernel to ask."""
    return _kernel is not None


def _loops() -> ModuleType:
    assert _kernel is not None, "asked for compiled loops that are not there"
    return _kernel


def _int32(numbers: AnyIntArray) -> Int32Array:
    return np.ascontiguousarray(numbers, dtype=np.int32)


def settle(pieces: Pieces, points: Points, candidates: Candidates) -> Feet:
    """:func:`bordermap.border.nearest.settle`, for points in any order."""
    count = len(points.lon)
    piece, share, xyz = np.empty(count, dtype=np.intp), np.empty(count), np.empty((3, count))
    feet = Feet(piece, share, xyz, distance_m=np.empty(count))
    first, size = _int32(candidates.first), _int32(candidates.size)
    _loops().settle(
        pieces.space,
        pieces.length_m,
        pieces.is_head.view(np.uint8),
        _int32(candidates.items),
        first,
        size,
        points.xyz,
        np.empty((2, int(size.max(initial=0)))),
        piece,
        share,
        xyz,
        feet.distance_m,
    )
    long = np.flatnonzero(np.isnan(feet.distance_m))
    if len(long):
        few = candidates.take(long)
        for batch in few.batches():
            rows = long[batch]
            found = nearest.settle(pieces, points.take(rows), few.take(batch))
            piece[rows], share[rows] = found.piece, found.share
            xyz[:, rows], feet.distance_m[rows] = found.xyz, found.distance_m
    return feet


def answers(
    pieces: Pieces,
    points: Points,
    feet: Feet,
    tolerance_m: float,
    rows: IntArray,
    table: FloatArray,
) -> None:
    """:func:`bordermap.border.answers.write_answers`."""
    _loops().answers(
        pieces.degrees,
        pieces.length_m,
        pieces.mark_m,
        pieces.right,
        tolerance_m,
        rows,
        points.xyz,
        feet.piece,
        feet.share,
        feet.xyz,
        feet.distance_m,
        table,
    )


def leaves(
    node: Int32Array, across: int, depth: int, column: Int32Array, row: Int32Array
) -> Int32Array:
    """Leaves of a tree whose roots are halved so often, by columns and rows of the finest cells."""
    leaf = np.empty(len(column), dtype=np.int32)
    _loops().leaves(node, across, depth, column, row, leaf)
    return leaf


def pruned(
    shapes: Pieces | Spheres,
    centre: FloatArray,
    radius: FloatArray,
    first: IntArray,
    size: IntArray,
    items: IntArray,
) -> tuple[IntArray, IntArray]:
    """Sizes and items of lists, without the candidates that win at no point of their cells."""
    table = (
        np.vstack([shapes.centre, shapes.radius]) if isinstance(shapes, Spheres) else shapes.space
    )
    kept_size, kept = np.empty_like(size), np.empty(int(size.sum()), dtype=np.intp)
    room = np.empty((2, int(size.max(initial=0))))
    count = _loops().pruned(table, centre, radius, first, size, items, room, kept_size, kept)
    return kept_size, kept[:count].copy()


def nearest_places(xyz: FloatArray, places: FloatArray) -> tuple[IntArray, FloatArray]:
    """Which place is nearest, and the metres to it, NaN where ``Geod`` must be asked."""
    best, distance_m = np.empty(xyz.shape[1], dtype=np.intp), np.empty(xyz.shape[1])
    _loops().nearest_places(places, xyz, best, distance_m)
    return best, distance_m
