"""Which kilometres can be nearest to some place of a disc.

Let P be the middle of a disc of radius r, F the nearest place of the line to it, Q any place of the
disc and G the nearest place to Q, all as points in space. G is no farther from Q than F is:
(Q - G)^2 <= (Q - F)^2. With Q = P + q that is

    (P - G)^2 - (P - F)^2 <= 2 q.(F - G) <= 2 r |F - G|,

since q is a chord of the disc and so no longer than r. Pieces of the line without such a G are left
out. Geodesics of one length may differ as chords by a little (:data:`TIE`), which is added. It does
not matter how far the nearest place jumps: wherever it may jump to is kept.
"""

from __future__ import annotations

import numpy as np

from bordermap.border.blocks import FAN, RUN, TIE, Blocks, Spheres, members, ranges
from bordermap.border.ellipsoid import FloatArray, IntArray
from bordermap.border.pieces import Pieces

__all__ = ["kilometres_around"]

BATCH = 2_000
"""Discs at once: a row of the first step has a number for each block."""

ROOM_M = 1.0


def kilometres_around(
    pieces: Pieces, blocks: Blocks, discs: FloatArray, feet: FloatArray, radius_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bounds of the kilometre over discs; see :meth:`bordermap.Border.kilometres_around`.

    Parameters
    ----------
    discs, feet : ndarray of float64, shape (3, n)
        Middles of the discs and their nearest places, Earth-centred metres.
    """
    least, most = np.empty(len(radius_m)), np.empty(len(radius_m))
    ends = pieces.mark_m + pieces.length_m
    for at in range(0, len(radius_m), BATCH):
        some = slice(at, at + BATCH)
        rows, run = _possible_runs(blocks, discs[:, some], feet[:, some], radius_m[some])
        starts = np.nonzero(np.r_[True, rows[1:] != rows[:-1]])[0]
        first, size = members(run, RUN, blocks.count)
        least[some] = np.minimum.reduceat(pieces.mark_m[first], starts)
        most[some] = np.maximum.reduceat(ends[first + size - 1], starts)
    return least / 1000, most / 1000


def _possible_runs(
    blocks: Blocks, discs: FloatArray, feet: FloatArray, radius_m: FloatArray
) -> tuple[IntArray, IntArray]:
    """Discs and runs of pieces that may hold the nearest place to some place of the disc."""
    count = discs.shape[1]
    rows, block = np.divmod(np.arange(count * len(blocks.blocks)), len(blocks.blocks))
    rows, block = _possible(blocks.blocks, rows, block, discs, feet, radius_m)
    first, size = members(block, FAN, len(blocks.runs))
    return _possible(blocks.runs, np.repeat(rows, size), ranges(first, size), discs, feet, radius_m)


def _possible(
    spheres: Spheres,
    rows: IntArray,
    sphere: IntArray,
    discs: FloatArray,
    feet: FloatArray,
    radius_m: FloatArray,
) -> tuple[IntArray, IntArray]:
    """Of some pairs of a disc and a sphere, those that can be."""
    centre, extent = spheres.centre[:, sphere], spheres.radius[sphere]
    to_disc = np.linalg.norm(discs[:, rows] - centre, axis=0)
    to_foot = np.linalg.norm(feet[:, rows] - centre, axis=0)
    own = np.linalg.norm(discs - feet, axis=0)
    reach = own + radius_m
    # (|Q - F| + room)^2 instead of |Q - F|^2
    room = ROOM_M + TIE * reach**3
    allowed = (own**2 + 2 * reach * room + room**2)[rows] + 2 * radius_m[rows] * (to_foot + extent)
    kept = np.maximum(to_disc - extent, 0) ** 2 <= allowed
    return rows[kept], sphere[kept]
