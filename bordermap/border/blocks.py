"""Which pieces can be nearest: bounding spheres around runs of pieces, in two levels.

Building costs milliseconds, so this serves every input up to some 100,000 points. It holds
everywhere on Earth, antimeridian and poles included, since it works in Earth-centred space.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bordermap.border.ellipsoid import FloatArray, IntArray
from bordermap.border.pieces import Pieces

__all__ = [
    "FAN",
    "RUN",
    "SLACK_M",
    "TIE",
    "Blocks",
    "Candidates",
    "Spheres",
    "members",
    "ranges",
]

AnyIntArray: TypeAlias = IntArray | NDArray[np.int32]

RUN = 8
"""Pieces in a run: about 650 m of our line."""

FAN = 16
"""Runs in a block: about 10 km of our line."""

SLACK_M = 0.1
"""Room for the rounding of squared distances in Earth-centred space and for the chords' sag."""

PAIRS = 131_072
"""Candidates settled at once as whole arrays: bounds memory, and keeps the work in the processor's
cache."""

TIE = 1.6e-17
"""Geodesics of one length may differ as chords by this times its cube: see ``nearest``."""


def ranges(first: IntArray, count: IntArray) -> IntArray:
    """Concatenate ``arange(first[i], first[i] + count[i])``."""
    ends = np.cumsum(count)
    offset: IntArray = np.repeat(first - (ends - count), count)
    return offset + np.arange(len(offset))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The pieces that can be nearest to each point: ``items[first : first + size]``.

    At least one, in the order of the line.
    """

    first: AnyIntArray
    size: AnyIntArray
    items: AnyIntArray

    def batches(self) -> Iterator[IntArray]:
        """Yield points :data:`PAIRS` candidates at a time, those with lists as long together."""
        # 16 bits sort in linear time.
        order = np.argsort(np.minimum(self.size, 65_535).astype(np.uint16), kind="stable")
        ends = np.cumsum(self.size[order])
        cuts = np.searchsorted(ends, np.arange(PAIRS, ends[-1], PAIRS))
        for a, b in pairwise(np.unique(np.r_[0, cuts, len(order)])):
            yield order[a:b]

    def take(self, points: IntArray | slice) -> Candidates:
        """Lists of some points."""
        return Candidates(self.first[points], self.size[points], self.items)

    def parts(self, pairs: int) -> Iterator[slice]:
        """Yield runs of points whose table has so many places; the lists must not get shorter."""
        a = 0
        while a < len(self.size):
            b = a + max(1, pairs // int(self.size[a]))
            b = a + max(1, pairs // int(self.size[a:b][-1]))
            yield slice(a, b)
            a = b

    def table(self, part: slice) -> IntArray:
        """Lists of some points as columns, filled up with their last pieces."""
        first, size = self.first[part], self.size[part]
        rank = np.minimum(np.arange(size.max(), dtype=size.dtype)[:, np.newaxis], size - 1)
        rank += first
        table: IntArray = np.take(self.items, rank, mode="clip")
        return table


@dataclass(frozen=True, slots=True, eq=False)
class Spheres:
    """Spheres in Earth-centred space: ``centre`` of shape (3, k) and ``radius`` of (k,), metres."""

    centre: FloatArray
    radius: FloatArray

    def __len__(self) -> int:
        return len(self.radius)

    @classmethod
    def around(cls, centre: FloatArray, radius: FloatArray, size: int) -> Spheres:
        """Enclose each ``size`` spheres that follow one another in a larger one."""
        first = np.arange(0, len(radius), size)
        group = np.arange(len(radius)) // size
        middle = np.add.reduceat(centre, first, axis=1) / np.bincount(group)
        reach = np.linalg.norm(centre - middle[:, group], axis=0) + radius
        return cls(middle, np.maximum.reduceat(reach, first))


def members(group: IntArray, size: int, total: int) -> tuple[IntArray, IntArray]:
    """First member and number of members of groups of ``size`` out of ``total``."""
    first = group * size
    return first, np.minimum(size, total - first)


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Runs of :data:`RUN` pieces, and blocks of :data:`FAN` runs."""

    blocks: Spheres
    runs: Spheres
    count: int

    @classmethod
    def around(cls, pieces: Pieces) -> Blocks:
        middle = pieces.start + pieces.chord / 2
        half = np.linalg.norm(pieces.chord, axis=0) / 2 + SLACK_M
        runs = Spheres.around(middle, half, RUN)
        return cls(Spheres.around(runs.centre, runs.radius, FAN), runs, len(pieces))

    def candidates(self, xyz: FloatArray) -> Candidates:
        """Candidates that hold the nearest piece of each point, shape (3, n), for certain."""
        rows, block = self._possible_blocks(xyz)
        first, size = members(block, FAN, len(self.runs))
        rows, run = np.repeat(rows, size), ranges(first, size)
        x, y, z = xyz[:, rows] - self.runs.centre[:, run]
        gap = np.sqrt(x * x + y * y + z * z)
        radius = self.runs.radius[run]
        starts = np.nonzero(np.r_[True, rows[1:] != rows[:-1]])[0]
        within = np.minimum.reduceat(gap + radius, starts)
        kept = np.nonzero(gap - radius <= (within + within**3 * TIE)[rows])[0]
        first, size = members(run[kept], RUN, self.count)
        count = np.bincount(rows[kept], weights=size).astype(np.intp)
        return Candidates(np.cumsum(count) - count, count, ranges(first, size))

    def _possible_blocks(self, xyz: FloatArray) -> tuple[IntArray, IntArray]:
        centre, radius = self.blocks.centre, self.blocks.radius
        squared = (
            (xyz * xyz).sum(axis=0)[:, np.newaxis]
            + (centre * centre).sum(axis=0)
            - 2 * (xyz.T @ centre)
        )
        gap = np.sqrt(np.maximum(squared, 0))
        within = (gap + radius).min(axis=1) + SLACK_M
        within += within**3 * TIE
        rows, block = np.nonzero(gap - radius <= within[:, np.newaxis])
        return rows, block
