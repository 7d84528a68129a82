"""Squares around points that polygons cover alike: one exact test serves all points of a square.

A quadtree over the outlines of all polygons. Each leaf lists the edges that touch it. The lines
through these edges cut it into parts, and no outline runs through a part: whatever covers one of
its points covers all of them. So a point's part, its *slot*, says which others share its answer.

Nothing here is a guess: a point that rounding could put on either side of a line has no slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["NO_SLOT", "Cells"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Int32Array = NDArray[np.int32]

FINEST = 15
"""The longer side of what the polygons cover is halved so often at most: leaves of 50 m around our
units."""

MOST_ROOTS = 9
"""Of these halvings so many at most are made beforehand, fewer for few edges: many leaves without
an edge would each have to be learned."""

LEAST_DEGREES = 1e-5
"""Shorter sides are taken as one of about a metre, so that rounding stays far below a leaf."""

MOST_EDGES = 2
"""Edges in a leaf that needs no halving; more lines would make too many parts."""

SLACK, SLACK_DEGREES = 1e-6, 1e-12
"""By which squares are widened before edges are left out: far above all rounding."""

ROUNDING = 1e-15
"""Of a product of two differences; more than four roundings."""

NO_SLOT = -1


@dataclass(frozen=True, slots=True)
class _Grid:
    """The roots: see :class:`Cells`."""

    west: float
    south: float
    size: float
    across: int
    upward: int
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Squares of one size, by column and row, and the edges that may touch them.

    ``cell`` and ``edge`` belong together; cells are in order, each with one edge at least.
    """

    column: IntArray
    row: IntArray
    cell: IntArray
    edge: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The tree as flat arrays.

    Attributes
    ----------
    west, south, east, north : float
        What the polygons cover, degrees.
    size : float
        Side of a root, degrees; they begin in the south-west.
    across, upward, depth : int
        Roots in a row, rows, and how often they are halved at most.
    node : ndarray of int32
        Below 0: leaf ``-node - 1``; else the index of the first of four quarters.
    slot : ndarray of int32
        First slot of each leaf; :data:`NO_SLOT` where too many edges meet.
    first, count : ndarray of int32
        Where each leaf's edges begin in ``items``, and how many there are.
    items : ndarray of int32
    edges : ndarray of float64, shape (4, m)
        Start of each edge and the way to its end, degrees.
    slots : int
        How many there are.
    """

    west: float
    south: float
    east: float
    north: float
    size: float
    across: int
    upward: int
    depth: int
    node: Int32Array
    slot: Int32Array
    first: Int32Array
    count: Int32Array
    items: Int32Array
    edges: FloatArray
    slots: int

    @classmethod
    def around(cls, polygons: Any) -> Cells:
        """Build the tree around polygons in degrees, one at least of which is not empty."""
        edges = edges_of(polygons)
        x, y = edges[[0, 2]], edges[[1, 3]]
        west, south, east, north = (float(one) for one in (x.min(), y.min(), x.max(), y.max()))
        roots = min(MOST_ROOTS, int(np.log2(1 + edges.shape[1]) / 2))
        size = max(east - west, north - south, LEAST_DEGREES) / 2**roots
        across, upward = int((east - west) / size) + 1, int((north - south) / size) + 1
        ways = np.vstack([edges[:2], edges[2:] - edges[:2]])
        grid = _Grid(west, south, size, across, upward, FINEST - roots)
        node, cell, edge, leaves = _grown(ways, grid)
        held = np.bincount(cell, minlength=leaves)
        divides = held <= MOST_EDGES
        parts = np.where(divides, 1 << np.minimum(held, MOST_EDGES), 0)
        return cls(
            west=west,
            south=south,
            east=east,
            north=north,
            size=size,
            across=across,
            upward=upward,
            depth=grid.depth,
            node=node.astype(np.int32),
            slot=np.where(divides, np.cumsum(parts) - parts, NO_SLOT).astype(np.int32),
            first=(np.cumsum(held) - held).astype(np.int32),
            count=np.where(divides, held, 0).astype(np.int32),
            items=edge.astype(np.int32),
            edges=ways,
            slots=int(parts.sum()),
        )

    def slots_of(self, x: FloatArray, y: FloatArray) -> Int32Array:
        """The slot of each point, degrees, or :data:`NO_SLOT`; ``slots`` outside of all cells."""
        found = np.full(len(x), self.slots, dtype=np.int32)
        inside = self._inside(x, y)
        if inside.all():
            return self._slots(x, y)
        found[inside] = self._slots(x[inside], y[inside])
        return found

    def _inside(self, x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (
            (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)
        )
        return inside

    def _slots(self, x: FloatArray, y: FloatArray) -> Int32Array:
        leaf = self._leaves(x, y)
        slot, count = np.take(self.slot, leaf), np.take(self.count, leaf)
        rows = np.flatnonzero(count)
        for nth in range(MOST_EDGES):
            edge = np.take(self.items, np.take(self.first, leaf[rows]) + nth)
            left, doubtful = self._sides(edge, x[rows], y[rows])
            slot[rows] += left.astype(np.int32) << nth
            slot[rows[doubtful]] = NO_SLOT
            rows = rows[(count[rows] > nth + 1) & ~doubtful]
        return slot

    def _sides(
        self, edge: Int32Array, x: FloatArray, y: FloatArray
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether points lie left of the lines through edges, and whether rounding hides it."""
        from_x, from_y, way_x, way_y = np.take(self.edges, edge, axis=1, mode="clip")
        one, other = way_x * (y - from_y), way_y * (x - from_x)
        return one > other, np.abs(one - other) <= ROUNDING * (np.abs(one) + np.abs(other))

    def _leaves(self, x: FloatArray, y: FloatArray) -> Int32Array:
        finest, depth = 2**self.depth / self.size, self.depth
        column = ((x - self.west) * finest).astype(np.int32)
        row = ((y - self.south) * finest).astype(np.int32)
        np.minimum(column, (self.across << depth) - 1, out=column)
        np.minimum(row, (self.upward << depth) - 1, out=row)
        node = np.take(self.node, (row >> depth) * self.across + (column >> depth))
        rows = np.flatnonzero(node >= 0)
        for finer in range(depth - 1, -1, -1):
            quarter = (column[rows] >> finer & 1) + 2 * (row[rows] >> finer & 1)
            deeper = np.take(self.node, node[rows] + quarter)
            node[rows] = deeper
            rows = rows[deeper >= 0]
        leaves: Int32Array = ~node
        return leaves


def edges_of(polygons: Any) -> FloatArray:
    """Different edges of the outlines of polygons, shape (4, m): both ends, in either direction."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    places, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.hstack([places[:-1], places[1:]])[ring[1:] == ring[:-1]]
    turned = (edges[:, 0] > edges[:, 2]) | (
        (edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3])
    )
    edges[turned] = edges[turned][:, [2, 3, 0, 1]]
    edges = edges[np.lexsort(edges.T)]
    new = np.r_[True, (edges[1:] != edges[:-1]).any(axis=1)]
    return np.ascontiguousarray(edges[new].T)


def _grown(ways: FloatArray, grid: _Grid) -> tuple[IntArray, IntArray, IntArray, int]:
    """All nodes, the roots first; the pairs of a leaf and an edge, by leaf; how many leaves."""
    roots, size = grid.across * grid.upward, grid.size
    pairs = _roots(ways, grid)
    # Every cell of a level that has no pairs is a leaf without edges.
    node, index, leaves = np.zeros(roots, dtype=np.intp), np.arange(roots), 0
    own = pairs.row * grid.across + pairs.column
    cells, edges = [], []
    for depth in range(grid.depth + 1):
        held = np.zeros(len(index), dtype=np.intp)
        held[own] = np.bincount(pairs.cell, minlength=len(own))
        is_leaf = (held <= MOST_EDGES) | (depth == grid.depth)
        number = leaves + np.cumsum(is_leaf) - 1
        node[index[is_leaf]] = -number[is_leaf] - 1
        leaves += int(is_leaf.sum())
        done = is_leaf[own][pairs.cell]
        cells.append(number[own][pairs.cell[done]])
        edges.append(pairs.edge[done])
        if done.all():
            break
        inner = np.flatnonzero(~is_leaf[own])
        node[index[own[inner]]] = len(node) + 4 * np.arange(len(inner))
        index = len(node) + np.arange(4 * len(inner))
        node = np.r_[node, np.zeros(4 * len(inner), dtype=np.intp)]
        size /= 2
        pairs, own = _quartered(ways, pairs, inner, (grid.west, grid.south, size))
    cell, edge = np.concatenate(cells), np.concatenate(edges)
    order = np.argsort(cell, kind="stable")
    return node, cell[order], edge[order], leaves


def _roots(ways: FloatArray, grid: _Grid) -> _Pairs:
    """The roots that edges touch."""
    across, size = grid.across, grid.size
    low, high = [], []
    for axis, start, most in ((0, grid.west, across), (1, grid.south, grid.upward)):
        ends = np.stack([ways[axis], ways[axis] + ways[axis + 2]])
        low.append(np.clip(((ends.min(axis=0) - start) / size - SLACK).astype(int), 0, most - 1))
        high.append(np.clip(((ends.max(axis=0) - start) / size + SLACK).astype(int), 0, most - 1))
    wide, tall = high[0] - low[0] + 1, high[1] - low[1] + 1
    edge = np.repeat(np.arange(ways.shape[1]), wide * tall)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    column, row = low[0][edge] + nth % wide[edge], low[1][edge] + nth // wide[edge]
    touching = _touching(ways, edge, column, row, (grid.west, grid.south, size))
    column, row, edge = column[touching], row[touching], edge[touching]
    number, cell = np.unique(row * across + column, return_inverse=True)
    order = np.argsort(cell, kind="stable")
    return _Pairs(number % across, number // across, cell[order], edge[order])


def _quartered(
    ways: FloatArray, pairs: _Pairs, inner: IntArray, corner: tuple[float, float, float]
) -> tuple[_Pairs, IntArray]:
    """The quarters of some cells that edges touch, and their numbers among all quarters."""
    parent = np.full(len(pairs.column), -1, dtype=np.intp)
    parent[inner] = np.arange(len(inner))
    kept = np.flatnonzero(parent[pairs.cell] >= 0)
    quarter = (parent[pairs.cell[kept]] * 4)[:, np.newaxis] + np.arange(4)
    column = np.repeat(pairs.column[inner] * 2, 4) + np.tile([0, 1, 0, 1], len(inner))
    row = np.repeat(pairs.row[inner] * 2, 4) + np.tile([0, 0, 1, 1], len(inner))
    cell, edge = quarter.ravel(), np.repeat(pairs.edge[kept], 4)
    touching = _touching(ways, edge, column[cell], row[cell], corner)
    cell, edge = cell[touching], edge[touching]
    order = np.argsort(cell, kind="stable")
    own, cell = np.unique(cell[order], return_inverse=True)
    return _Pairs(column[own], row[own], cell, edge[order]), own


def _touching(
    ways: FloatArray,
    edge: IntArray,
    column: IntArray,
    row: IntArray,
    corner: tuple[float, float, float],
) -> NDArray[np.bool_]:
    """Whether edges have a place in common with squares, made a little wider."""
    west, south, size = corner
    half = size / 2 * (1 + SLACK) + SLACK_DEGREES
    from_x, from_y, way_x, way_y = np.take(ways, edge, axis=1)
    # From the middle of the edge to the middle of the square; the axes that may part them are
    # those of the square and the one across the edge.
    x = west + (column + 0.5) * size - (from_x + way_x / 2)
    y = south + (row + 0.5) * size - (from_y + way_y / 2)
    wide, tall = np.abs(way_x), np.abs(way_y)
    touching: NDArray[np.bool_] = (
        (np.abs(x) <= half + wide / 2)
        & (np.abs(y) <= half + tall / 2)
        & (np.abs(way_x * y - way_y * x) <= half * (wide + tall) * (1 + SLACK))
    )
    return touching
