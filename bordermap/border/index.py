"""Finds the nearest places: with the blocks at first, with the tree once that repays itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

import numpy as np

from bordermap.border import compiled, nearest
from bordermap.border.blocks import Blocks, Candidates
from bordermap.border.ellipsoid import FloatArray, IntArray, ecef
from bordermap.border.nearest import Feet, Points
from bordermap.border.pieces import Pieces
from bordermap.border.tree import Tree
from bordermap.threads import THREADS

__all__ = ["TREE_FROM", "Index"]

TREE_FROM = 200_000
TREE_PER_PIECE = 6
"""There is a tree from so many points on, asked for so far, or so many for each piece of the line
if that is more. The blocks take about as long for them as building takes, so that no one waits more
than about twice as long as with the better choice."""

BATCH = 1_024
"""Points whose candidates the blocks find at once: bounds memory, and keeps the work in the
processor's cache."""

POINTS = 65_536
"""Points settled at once by compiled loops, which take them as they come."""

THREADED_FROM = 100_000
Batch: TypeAlias = IntArray | slice
Answer: TypeAlias = Callable[[IntArray, Points, Feet], None]


class Index:
    """The pieces of a line and the two ways to the nearest one; both give the same answers."""

    __slots__ = ("_asked", "_tree", "_wanted", "blocks", "pieces")

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.blocks = Blocks.around(pieces)
        self._asked = 0
        self._wanted: bool | None = None
        self._tree: Tree | None = None

    @property
    def _repaid_from(self) -> int:
        return max(TREE_FROM, TREE_PER_PIECE * len(self.pieces))

    def tree_for(self, count: int) -> Tree | None:
        """Return the tree if so many more points repay it, and there can be one."""
        self._asked += count
        if self._wanted is None and self._asked >= self._repaid_from:
            self.use_tree(True)
        return self._tree

    def use_tree(self, wanted: bool) -> None:
        """Build the tree now if there can be one, or never do."""
        self._wanted = wanted
        self._tree = Tree.around(self.pieces, self.blocks) if wanted else None

    def nearest(self, lon: FloatArray, lat: FloatArray, rows: IntArray, answer: Answer) -> None:
        """Hand the nearest places of some rows to ``answer``, so many at a time.

        Parameters
        ----------
        lon, lat : ndarray of float64
            Degrees, finite at ``rows``.
        rows : ndarray of intp
        answer : callable
            Takes rows, their points and their feet; two threads may call it at once.
        """
        tree = self.tree_for(len(rows))
        x, y = lon[rows], lat[rows]
        covered = np.zeros(len(rows), dtype=bool) if tree is None else tree.covers(x, y)

        def settled(
            rows: IntArray, x: FloatArray, y: FloatArray, found: Candidates, batch: Batch
        ) -> None:
            x, y = x[batch], y[batch]
            points = Points(x, y, ecef(x, y))
            settle = compiled.settle if compiled.is_used() else nearest.settle
            answer(rows[batch], points, settle(self.pieces, points, found.take(batch)))

        def by_blocks(some: IntArray) -> None:
            x, y = lon[some], lat[some]
            found = self.blocks.candidates(ecef(x, y))
            for batch in _batches(found):
                settled(some, x, y, found, batch)

        far = rows[~covered]
        jobs = [partial(by_blocks, far[a : a + BATCH]) for a in range(0, len(far), BATCH)]
        if tree is not None and covered.any():
            # Neighbours one after the other find what they need in the processor's cache.
            inside = np.flatnonzero(covered)
            order = inside[np.argsort(tree.root_of(x[inside], y[inside]), kind="stable")]
            rows, x, y = rows[order], x[order], y[order]
            found = tree.candidates(x, y)
            jobs += [partial(settled, rows, x, y, found, batch) for batch in _batches(found)]
        _run(jobs, THREADS if len(rows) >= THREADED_FROM else 1)


def _batches(found: Candidates) -> Iterable[Batch]:
    """Points that are settled together; whole arrays want lists as long as each other."""
    if not compiled.is_used():
        return found.batches()
    return [slice(at, at + POINTS) for at in range(0, len(found.size), POINTS)]


def _run(jobs: list[partial[None]], threads: int) -> None:
    if threads == 1:
        for job in jobs:
            job()
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(partial.__call__, jobs))
