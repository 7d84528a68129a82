"""Finds the nearest places: with the blocks at first, with the tree once that repays itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TypeAlias

import numpy as np

from bordermap.border.blocks import Blocks
from bordermap.border.ellipsoid import FloatArray, IntArray, ecef
from bordermap.border.nearest import Feet, Points, settle
from bordermap.border.pieces import Pieces
from bordermap.border.tree import Tree

__all__ = ["TREE_FROM", "Index"]

TREE_FROM = 200_000
TREE_PER_PIECE = 6
"""There is a tree from so many points on, asked for so far, or so many for each piece of the line
if that is more. The blocks take about as long for them as building takes, so that no one waits more
than about twice as long as with the better choice."""

BLOCKS_BATCH = 1_024
TREE_BATCH = 4_096
"""Points measured at once: bounds memory, and keeps the work in the processor's cache."""

THREADED_FROM = 100_000
THREADS = min(2, cpu_count() or 1)
"""NumPy lets go of the interpreter while it computes; more threads than two gain little."""

Job: TypeAlias = tuple[Tree | None, IntArray]
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
        covered = np.zeros(len(rows), dtype=bool)
        if tree is not None:
            covered = tree.covers(lon[rows], lat[rows])
        jobs: list[Job] = []
        if tree is not None:
            inside = rows[covered]
            # Neighbours one after the other find what they need in the processor's cache.
            order = np.argsort(tree.root_of(lon[inside], lat[inside]), kind="stable")
            jobs += [(tree, some) for some in _batches(inside[order], TREE_BATCH)]
        jobs += [(None, some) for some in _batches(rows[~covered], BLOCKS_BATCH)]

        def work(job: Job) -> None:
            by, some = job
            points = Points(lon[some], lat[some], ecef(lon[some], lat[some]))
            if by is None:
                found = self.blocks.candidates(points.xyz)
            else:
                found = by.candidates(points.lon, points.lat)
            answer(some, points, settle(self.pieces, points, *found))

        _run(work, jobs, THREADS if len(rows) >= THREADED_FROM else 1)


def _batches(rows: IntArray, size: int) -> list[IntArray]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _run(work: Callable[[Job], None], jobs: list[Job], threads: int) -> None:
    if threads == 1:
        for job in jobs:
            work(job)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, jobs))
