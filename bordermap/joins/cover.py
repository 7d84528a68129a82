"""Which polygons cover points: by exact tests for few, by squares covered alike for many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.joins.cells import NO_SLOT, Cells

__all__ = ["Cover"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Int32Array = NDArray[np.int32]
ObjectArray = NDArray[np.object_]

CELLS_FROM = 50_000
"""There are cells from so many points on, asked for so far, or as many as the polygons have
vertices if that is more: by then exact tests have taken about as long as building takes."""

MOST_VERTICES = 2_000_000
"""Of polygons that get cells, which bounds their memory."""

UNKNOWN = -1

Answers: TypeAlias = tuple[IntArray, IntArray]


class Cover:
    """Polygons in a fixed order, ready to be asked which of them cover points.

    Parameters
    ----------
    polygons : ndarray of object
        Of one layer, or of several, one after the other.
    sizes : sequence of int, optional
        How many each layer has; each gets answers of its own.
    """

    def __init__(self, polygons: ObjectArray, sizes: Sequence[int] = ()) -> None:
        self.polygons = polygons
        self._sizes = np.asarray(sizes or [len(polygons)], dtype=np.intp)
        shapely.prepare(self.polygons)
        self._tree = shapely.STRtree(self.polygons)
        self._layer = np.repeat(np.arange(len(self._sizes)), self._sizes)
        self._vertices = int(shapely.get_num_coordinates(polygons).sum())
        self._asked = 0
        self._learned: _Learned | None = None
        # GEOS prepares a polygon on the way: two threads at the same one end the process.
        self._lock = Lock()

    def of(self, points: ObjectArray) -> tuple[IntArray, IntArray]:
        """For each point the first polygon that covers it (or -1), and how many do."""
        first, count = self.at(shapely.get_x(points), shapely.get_y(points))
        return first[0], count[0]

    def at(self, x: FloatArray, y: FloatArray) -> tuple[IntArray, IntArray]:
        """The same for coordinates in degrees: arrays of shape (layers, n).

        The first polygon is told by its number in its own layer.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        self.expect(len(x))
        if self._learned is None:
            return self._exactly(x, y)
        return self._learned.answers(x, y, self._exactly)

    def expect(self, points: int) -> None:
        """Build the cells once they pay for the points asked for so far and so many more."""
        self._asked += points
        if self._learned is None and self._asked >= max(CELLS_FROM, self._vertices):
            self.use_cells()

    def use_cells(self) -> None:
        """Build the cells now if there can be any."""
        if 0 < self._vertices <= MOST_VERTICES:
            self._learned = _Learned(self.polygons, len(self._sizes))

    @property
    def uses_cells(self) -> bool:
        """Whether there are cells by now."""
        return self._learned is not None

    def _exactly(self, x: FloatArray, y: FloatArray) -> Answers:
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        with self._lock:
            point, unit = self._tree.query(shapely.points(x[known], y[known]))
            # Polygon by polygon, so that a prepared one stays in the processor's cache.
            by_unit = np.argsort(unit, kind="stable")
            point, unit = known[point[by_unit]], unit[by_unit]
            covers = shapely.intersects_xy(self.polygons[unit], x[point], y[point])
        point, unit = point[covers], unit[covers]
        place = self._layer[unit] * len(x) + point
        first = np.full(len(self._sizes) * len(x), len(self.polygons), dtype=np.intp)
        np.minimum.at(first, place, unit)
        count = np.bincount(place, minlength=len(first)).astype(np.intp)
        shape, starts = (len(self._sizes), len(x)), np.cumsum(self._sizes) - self._sizes
        own = first.reshape(shape) - starts[:, np.newaxis]
        return np.where(count.reshape(shape) > 0, own, -1), count.reshape(shape)

    def touching(self, shapes: ObjectArray) -> tuple[IntArray, IntArray]:
        """Pairs of a shape and a polygon that have a place in common."""
        with self._lock:
            shape, unit = self._tree.query(shapes)
            touches = shapely.intersects(self.polygons[unit], shapes[shape])
        return shape[touches], unit[touches]


class _Learned:
    """What is known of the slots of some cells: learned from the first point of each."""

    def __init__(self, polygons: ObjectArray, layers: int) -> None:
        self._cells = Cells.around(polygons)
        # The number of an answer for each slot; none for places outside, at the end what no slot
        # says.
        self._answer = np.full(self._cells.slots + 2, UNKNOWN, dtype=np.int32)
        self._answer[self._cells.slots] = 0
        nothing = np.repeat([-1, 0], layers)
        self._numbers = {nothing.tobytes(): 0}
        self._answers = nothing[:, np.newaxis]
        self._lock = Lock()

    def answers(
        self, x: FloatArray, y: FloatArray, exactly: Callable[[FloatArray, FloatArray], Answers]
    ) -> Answers:
        slot = self._cells.slots_of(x, y)
        number = np.take(self._answer, slot, mode="wrap")
        unknown = np.flatnonzero(number == UNKNOWN)
        if len(unknown):
            _, at = np.unique(slot[unknown], return_index=True)
            asked = np.union1d(unknown[at], unknown[slot[unknown] == NO_SLOT])
            numbers = self._numbered(np.vstack(exactly(x[asked], y[asked])))
            learned = slot[asked] != NO_SLOT
            self._answer[slot[asked[learned]]] = numbers[learned]
            number[unknown] = np.take(self._answer, slot[unknown], mode="wrap")
            number[asked] = numbers
        first, count = np.split(np.take(self._answers, number, axis=1), 2)
        return first, count

    def _numbered(self, answers: IntArray) -> Int32Array:
        """Numbers of answers, one a column; new ones are kept."""
        different, which = np.unique(answers, axis=1, return_inverse=True)
        with self._lock:
            keys = [column.tobytes() for column in different.T.copy()]
            numbers = [self._numbers.setdefault(key, len(self._numbers)) for key in keys]
            fresh = [at for at, number in enumerate(numbers) if number >= self._answers.shape[1]]
            self._answers = np.hstack([self._answers, different[:, fresh]])
        return np.array(numbers, dtype=np.int32)[which.ravel()]
