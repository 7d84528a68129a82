"""Which pieces can be nearest, for a great many points: a quadtree of proven candidates.

Each leaf, a square in longitude and latitude, lists the only pieces that can be nearest to some
point of it: most often fewer than nine. Building takes seconds, so it repays itself from some
100,000 points on; ``Border`` builds it then, once.

The proof, for a ball of radius ``r`` around the centre ``c`` of a cell: the distance to a piece
(or to the centre of a sphere) is convex, so at ``c + v`` it is at least ``d + u.v`` with its
gradient ``u`` at ``c``; the distance to the best one is at most that to its foot,
``d' + u'.v + r^2 / 2d'``. A piece can win only where ``d - d' <= |u - u'| r + r^2 / 2d'``, and
never where ``d - d' > 2r``. Spheres get their radii added on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bordermap.border import compiled
from bordermap.border.blocks import FAN, RUN, SLACK_M, TIE, Blocks, Candidates, Spheres, ranges
from bordermap.border.ellipsoid import (
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    FloatArray,
    IntArray,
    ecef,
)
from bordermap.border.pieces import Pieces, gather
from bordermap.threads import THREADS

__all__ = ["Tree"]

Int32Array = NDArray[np.int32]

PAD_DEGREES = 2.0
"""How far around the line the tree reaches."""

COARSE_DEGREES = 2.0
HALVINGS = 4
ROOT_DEGREES = COARSE_DEGREES / 2**HALVINGS
"""Roots, about 14 km wide; found by halving coarse cells, which weigh runs instead of pieces."""

LEAF_PIECES = 16
DEEPEST = 7
"""Cells of 1/8 / 2^7 degree, about 100 m, are not divided whatever they hold."""

MOST_COARSE = 256
"""Bound on the coarse cells: a line across half the Earth, or the antimeridian, gets no tree,
and the number of a root fits into 16 bits."""

FINE_PIECES = 40_000
"""Lines of more pieces get longer lists instead of more leaves."""

PAIRS_GROWN = 500_000
PAIRS_AT_ONCE = 65_536
"""Candidates of the roots that are divided together, which bounds memory, and of the cells that
are weighed together, which keeps the work in the processor's cache."""

LOOKED_UP_AT_ONCE = 16_384
"""Points whose leaves are looked up together, for the processor's cache."""

POLAR_RADIUS_M = SEMI_MAJOR_M**2 / SEMI_MINOR_M


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Squares of one size: their lower left corners, degrees."""

    lon: FloatArray
    lat: FloatArray
    size: float

    def take(self, which: IntArray) -> _Cells:
        return _Cells(self.lon[which], self.lat[which], self.size)

    def quarters(self) -> _Cells:
        half = self.size / 2
        lon = np.repeat(self.lon, 4) + np.tile([0, half, 0, half], len(self.lon))
        lat = np.repeat(self.lat, 4) + np.tile([0, 0, half, half], len(self.lat))
        return _Cells(lon, lat, half)

    def balls(self) -> tuple[FloatArray, FloatArray]:
        """Balls that hold the cells in Earth-centred space: centres (3, k) and radii.

        For points on circles of latitude of radii ``p`` and ``p'``, the squared chord is that of
        the meridian plus ``4 p p' sin^2(dlon / 2)``; no radius of curvature exceeds the polar one.
        """
        half = self.size / 2
        middle, equatorward = self.lat + half, np.clip(0, self.lat, self.lat + self.size)
        narrowing = np.cos(np.radians(middle)) * np.cos(np.radians(equatorward))
        radius = np.radians(half) * POLAR_RADIUS_M * np.sqrt(1 + np.maximum(narrowing, 0))
        return ecef(self.lon + half, middle), radius


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Lists of candidates, ``items[first : first + size]``; several may share their items."""

    first: IntArray
    size: IntArray
    items: IntArray

    @classmethod
    def packed(cls, size: IntArray, items: IntArray) -> _Lists:
        """Lists that follow one another."""
        return cls(np.cumsum(size) - size, size, items)

    def take(self, which: IntArray) -> _Lists:
        return _Lists(self.first[which], self.size[which], self.items)

    def own_items(self) -> IntArray:
        """The items of all lists, one list after the other."""
        return np.take(self.items, ranges(self.first, self.size))

    def opened(self, members: int, total: int) -> _Lists:
        """Replace every sphere by its members, which follow one another."""
        first = self.own_items() * members
        count = np.minimum(members, total - first)
        starts = np.cumsum(self.size) - self.size
        return _Lists.packed(np.add.reduceat(count, starts), ranges(first, count))

    @staticmethod
    def join(lists: list[_Lists]) -> _Lists:
        return _Lists.packed(
            np.concatenate([part.size for part in lists]),
            np.concatenate([part.own_items() for part in lists]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Leaves:
    """Lists that follow one another, in half the memory: there are millions of items."""

    size: Int32Array
    items: Int32Array

    @classmethod
    def of(cls, lists: _Lists) -> _Leaves:
        return cls(lists.size.astype(np.int32), lists.own_items().astype(np.int32))

    @staticmethod
    def join(leaves: list[_Leaves]) -> _Leaves:
        return _Leaves(
            np.concatenate([part.size for part in leaves]),
            np.concatenate([part.items for part in leaves]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The tree as flat arrays.

    Attributes
    ----------
    west, south : float
        Lower left corner of what it covers, degrees.
    across, upward : int
        Roots in a row, and rows.
    node : ndarray of int32
        Below 0: leaf ``-node - 1``; else the index of the first of four quarters.
    first, size : ndarray of int32
        Where each leaf's list begins in ``items``, and its length.
    items : ndarray of int32
        Pieces.
    """

    west: float
    south: float
    across: int
    upward: int
    node: Int32Array
    first: Int32Array
    size: Int32Array
    items: Int32Array

    @classmethod
    def around(cls, pieces: Pieces, blocks: Blocks) -> Tree | None:
        """Build it, unless the line reaches too far for it."""
        places = pieces.degrees[[0, 3]]
        low = np.floor((places.min(axis=1) - PAD_DEGREES) / COARSE_DEGREES)
        high = np.ceil((places.max(axis=1) + PAD_DEGREES) / COARSE_DEGREES)
        (across, upward), (west, south) = (high - low).astype(int), low * COARSE_DEGREES
        if across * upward > MOST_COARSE:
            return None
        cells, lists = _roots(
            blocks,
            _Cells(
                west + np.tile(np.arange(across), upward) * COARSE_DEGREES,
                south + np.repeat(np.arange(upward), across) * COARSE_DEGREES,
                COARSE_DEGREES,
            ),
        )
        across, upward = across * 2**HALVINGS, upward * 2**HALVINGS
        order = np.lexsort((cells.lon, cells.lat))
        node, leaves = _grown(pieces, cells.take(order), lists.take(order))
        return cls(
            west=float(west),
            south=float(south),
            across=int(across),
            upward=int(upward),
            node=node,
            first=(np.cumsum(leaves.size) - leaves.size).astype(np.int32),
            size=leaves.size,
            items=leaves.items,
        )

    def covers(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.bool_]:
        """Whether points lie in the tree's box."""
        x, y = (lon - self.west) / ROOT_DEGREES, (lat - self.south) / ROOT_DEGREES
        inside: NDArray[np.bool_] = (x >= 0) & (x < self.across) & (y >= 0) & (y < self.upward)
        return inside

    def root_of(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.uint16]:
        """Numbers of the roots that hold covered points; 16 bits sort in linear time."""
        column = ((lon - self.west) / ROOT_DEGREES).astype(np.intp)
        row = ((lat - self.south) / ROOT_DEGREES).astype(np.intp)
        return (row * self.across + column).astype(np.uint16)

    def candidates(self, lon: FloatArray, lat: FloatArray) -> Candidates:
        """Candidates that hold the nearest piece of each covered point for certain."""
        parts = range(0, len(lon), LOOKED_UP_AT_ONCE)
        leaf = np.concatenate(
            [self._leaves(*(each[a : a + LOOKED_UP_AT_ONCE] for each in (lon, lat))) for a in parts]
        )
        return Candidates(np.take(self.first, leaf), np.take(self.size, leaf), self.items)

    def _leaves(self, lon: FloatArray, lat: FloatArray) -> Int32Array:
        finest = 2**DEEPEST
        column = ((lon - self.west) * (finest / ROOT_DEGREES)).astype(np.int32)
        row = ((lat - self.south) * (finest / ROOT_DEGREES)).astype(np.int32)
        if compiled.is_used():
            return compiled.leaves(self.node, self.across, DEEPEST, column, row)
        node = np.take(self.node, (row >> DEEPEST) * self.across + (column >> DEEPEST))
        for finer in range(DEEPEST - 1, -1, -1):
            quarter = (column >> finer & 1) + 2 * (row >> finer & 1)
            deeper = np.take(self.node, np.maximum(node, 0) + quarter)
            node = np.where(node < 0, node, deeper)
        return ~node


def _roots(blocks: Blocks, cells: _Cells) -> tuple[_Cells, _Lists]:
    """Halve all cells down to the roots, with the runs that matter to each."""
    every = len(blocks.blocks)
    count = len(cells.lon)
    lists = _Lists(np.zeros(count, dtype=np.intp), np.full(count, every), np.arange(every))
    lists = _pruned(blocks.blocks, cells, lists).opened(FAN, len(blocks.runs))
    for _ in range(HALVINGS):
        lists = _pruned(blocks.runs, cells, lists)
        cells, lists = cells.quarters(), lists.take(np.repeat(np.arange(len(cells.lon)), 4))
    return cells, _pruned(blocks.runs, cells, lists)


def _grown(pieces: Pieces, cells: _Cells, lists: _Lists) -> tuple[Int32Array, _Leaves]:
    """Grow from all roots, so many at a time; all nodes, the roots first, and the leaves' lists."""
    roots = len(cells.lon)
    ends = np.cumsum(lists.size * RUN)
    cuts = np.searchsorted(ends, np.arange(PAIRS_GROWN, ends[-1], PAIRS_GROWN))
    tops, rests, finished, below, leaves = [], [], [], roots, 0

    def grown(part: tuple[int, int]) -> tuple[Int32Array, _Leaves]:
        some = np.arange(*part)
        return _grow(pieces, cells.take(some), lists.take(some).opened(RUN, len(pieces)))

    parts = list(pairwise(np.unique(np.r_[0, cuts, roots])))
    with ThreadPoolExecutor(THREADS) as pool:
        for (a, b), (own, leaf_lists) in zip(parts, pool.map(grown, parts), strict=True):
            node = np.where(own < 0, own - leaves, own + below - (b - a)).astype(np.int32)
            tops.append(node[: b - a])
            rests.append(node[b - a :])
            finished.append(leaf_lists)
            below += len(rests[-1])
            leaves += len(leaf_lists.size)
    return np.concatenate(tops + rests), _Leaves.join(finished)


def _grow(pieces: Pieces, cells: _Cells, lists: _Lists) -> tuple[Int32Array, _Leaves]:
    """Divide cells until their lists are short; all nodes, and the lists of the leaves."""
    node, slot, leaves = np.zeros(len(cells.lon), dtype=np.intp), np.arange(len(cells.lon)), 0
    short = LEAF_PIECES * max(1.0, len(pieces) / FINE_PIECES)
    finished: list[_Leaves] = []
    for depth in range(DEEPEST + 1):
        lists = _pruned(pieces, cells, lists)
        is_leaf = (lists.size <= short) | (depth == DEEPEST)
        leaf, inner = np.flatnonzero(is_leaf), np.flatnonzero(~is_leaf)
        node[slot[leaf]] = -(leaves + 1 + np.arange(len(leaf)))
        leaves += len(leaf)
        finished.append(_Leaves.of(lists.take(leaf)))
        if not len(inner):
            break
        children = len(node) + 4 * np.arange(len(inner))
        node[slot[inner]] = children
        node = np.r_[node, np.zeros(4 * len(inner), dtype=np.intp)]
        slot = (children[:, np.newaxis] + np.arange(4)).ravel()
        cells, lists = cells.take(inner).quarters(), lists.take(np.repeat(inner, 4))
    return node.astype(np.int32), _Leaves.join(finished)


def _pruned(shapes: Pieces | Spheres, cells: _Cells, lists: _Lists) -> _Lists:
    """Drop the candidates that are nearest to no point of their cells."""
    centre, radius = cells.balls()
    if compiled.is_used():
        found = compiled.pruned(shapes, centre, radius, lists.first, lists.size, lists.items)
        return _Lists.packed(*found)
    return _Lists.join(list(_pruned_in_parts(shapes, centre, radius, lists)))


def _pruned_in_parts(
    shapes: Pieces | Spheres, centre: FloatArray, radius: FloatArray, lists: _Lists
) -> Iterator[_Lists]:
    """Prune so many at a time that the pairs stay in the processor's cache."""
    ends = np.cumsum(lists.size)
    cuts = np.searchsorted(ends, np.arange(PAIRS_AT_ONCE, ends[-1], PAIRS_AT_ONCE))
    for a, b in pairwise(np.unique(np.r_[0, cuts, len(radius)])):
        size = lists.size[a:b]
        items = lists.take(np.arange(a, b)).own_items()
        away, extent = _away(shapes, np.repeat(centre[:, a:b], size, axis=1), items)
        yield _kept(away, extent, radius[a:b], _Lists.packed(size, items))


def _away(
    shapes: Pieces | Spheres, away: FloatArray, items: IntArray
) -> tuple[FloatArray, FloatArray | float]:
    """Vectors from candidates to the cells' centres, and the candidates' radii."""
    if isinstance(shapes, Spheres):
        away -= gather(shapes.centre, items)
        return away, np.take(shapes.radius, items)
    table = gather(shapes.space[:7], items)
    away -= table[1:4]
    share = _dot(away, table[4:]) * table[0]
    away -= np.clip(share, 0, 1, out=share) * table[4:]
    return away, 0.0


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return product


def _kept(away: FloatArray, size: FloatArray | float, radius: FloatArray, lists: _Lists) -> _Lists:
    distance = np.sqrt(_dot(away, away))
    within = distance + size
    least = np.minimum.reduceat(within, lists.first)
    reach = least + radius
    room = least + SLACK_M + reach * reach * reach * TIE
    kept = np.flatnonzero(distance - size <= np.repeat(room + 2 * radius, lists.size))
    # What is left is weighed by direction as well.
    cell = np.repeat(np.arange(len(radius)), lists.size)[kept]
    distance, within = distance[kept], within[kept]
    best = np.flatnonzero(within == least[cell])
    best = best[np.r_[True, cell[best][1:] != cell[best][:-1]]]
    direction = gather(away, kept)
    direction /= np.maximum(distance, 1e-9)
    turn = direction - gather(direction, best[cell])
    turned = np.sqrt(_dot(turn, turn))
    bow = radius * radius / (2 * np.maximum(distance[best], 1e-9))
    low = distance - (size[kept] if isinstance(size, np.ndarray) else size)
    wins = np.flatnonzero(low <= room[cell] + turned * radius[cell] + bow[cell])
    return _Lists.packed(np.bincount(cell[wins], minlength=len(radius)), lists.items[kept[wins]])
