"""What is told of a point once its nearest place is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bordermap.border import compiled
from bordermap.border.ellipsoid import FloatArray, IntArray
from bordermap.border.nearest import Feet, Points, foot_degrees
from bordermap.border.pieces import Pieces, gather

__all__ = ["COLUMNS", "LINE_TOLERANCE_M", "write_answers"]

LINE_TOLERANCE_M = 1.0
"""Points this near to the line are on it (metres)."""

COLUMNS = 5
"""Metres to the line, kilometre, longitude and latitude of the nearest place, side."""


def write_answers(
    pieces: Pieces, table: FloatArray, rows: IntArray, points: Points, feet: Feet
) -> None:
    """Write the answers of some points into their rows of a table of shape (n, 5).

    One row a point: rows come in any order, and are written whole faster than five columns.
    """
    if compiled.is_used():
        compiled.answers(pieces, points, feet, LINE_TOLERANCE_M, rows, table)
        return
    answers = np.empty((len(rows), COLUMNS))
    answers[:, 0] = feet.distance_m
    along = feet.share * np.take(pieces.length_m, feet.piece)
    answers[:, 1] = (along + np.take(pieces.mark_m, feet.piece)) / 1000
    answers[:, 2], answers[:, 3] = foot_degrees(pieces, feet.piece, feet.share)
    answers[:, 4] = _side(pieces, points, feet)
    table[rows] = answers


def _side(pieces: Pieces, points: Points, feet: Feet) -> NDArray[np.int8]:
    place = (feet.share > 0).astype(np.intp) + (feet.share >= 1)  # start, inside, end
    right = gather(pieces.right, place * len(pieces) + feet.piece)
    x, y, z = (points.xyz - feet.xyz) * right
    side = np.where(x + y + z > 0, -1, 1)
    return np.where(feet.distance_m <= LINE_TOLERANCE_M, 0, side).astype(np.int8)
