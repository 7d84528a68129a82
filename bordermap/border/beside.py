"""From a kilometre and an offset back to a place: linear referencing, read in reverse.

Between two vertices the place lies square to the line. At a vertex that points to the asked side,
every direction between the normals of its two edges has the vertex as its nearest place, as far as
no other stretch is nearer; so those directions are searched for the ones that hold.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bordermap.border.ellipsoid import GEOD, FloatArray

__all__ = ["place_beside"]

VERTEX_M = 1e-3
"""A kilometre this near to a vertex is the vertex's (metres)."""

KM_HOLDS = 1e-3
OFFSET_HOLDS_M = 1e-2

FAN = 33
"""Directions tried at once between two normals."""

ROUNDS = 6
"""Times the search narrows down to two steps of the fan: 60 degrees come down to 10 m at 50 km
in three, to less than a millimetre in six."""


class _Measuring(Protocol):
    """What is needed of a :class:`bordermap.Border`."""

    def measure(self, lon: FloatArray, lat: FloatArray) -> Any: ...
    def point_at(self, km: FloatArray) -> tuple[FloatArray, FloatArray]: ...


def place_beside(
    border: _Measuring, parts: list[FloatArray], km: FloatArray, offset_m: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Places beside the line; see :meth:`bordermap.Border.place_beside`."""
    foot_lon, foot_lat = border.point_at(km)
    first, last = _normals(parts, km, offset_m)
    lon, lat = foot_lon.copy(), foot_lat.copy()
    holds = np.ones(len(km), dtype=bool)
    for at in np.nonzero(offset_m != 0)[0]:
        foot = (foot_lon[at], foot_lat[at], km[at], offset_m[at])
        lon[at], lat[at], holds[at] = _best(border, foot, first[at], last[at])
    return lon, lat, holds


def _normals(
    parts: list[FloatArray], km: FloatArray, offset_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and last azimuth of the directions that can hold at each kilometre, degrees.

    Between vertices, and where a vertex points to the other side, the two are the same.
    """
    marks, ahead, behind = _edges(parts)
    along = km * 1000
    edge = np.clip(np.searchsorted(marks, along, side="right") - 1, 0, len(ahead) - 1)
    nearest = np.where(
        np.abs(along - marks[edge]) <= np.abs(along - marks[edge + 1]), edge, edge + 1
    )
    at_vertex = np.abs(along - marks[nearest]) <= VERTEX_M
    before = np.where(at_vertex, np.maximum(nearest - 1, 0), edge)
    after = np.where(at_vertex, np.minimum(nearest, len(ahead) - 1), edge)
    quarter = np.where(offset_m > 0, -90.0, 90.0)
    start, end = behind[before] + quarter, ahead[after] + quarter
    # At an end of the line the directions reach from square to straight on.
    start = np.where(at_vertex & (nearest == 0), end + quarter, start)
    end = np.where(at_vertex & (nearest == len(ahead)), start - quarter, end)
    turn = (end - start + 180) % 360 - 180
    opens = turn * -np.sign(quarter) > 0
    middle = start + turn / 2
    return np.where(opens, start, middle), np.where(opens, start + turn, middle)


def _edges(parts: list[FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Metres along at every vertex; azimuth of each edge at its start and at its end."""
    ahead, behind, lengths = [], [], []
    for part in parts:
        first, back, length = GEOD.inv(part[:-1, 0], part[:-1, 1], part[1:, 0], part[1:, 1])
        ahead.append(first)
        behind.append(np.asarray(back) + 180)
        lengths.append(length)
    marks: FloatArray = np.r_[0, np.cumsum(np.concatenate(lengths))]
    return marks, np.concatenate(ahead), np.concatenate(behind)


def _best(
    border: _Measuring, foot: tuple[float, float, float, float], first: float, last: float
) -> tuple[float, float, bool]:
    """The middle of the directions that hold, or the one that comes nearest to holding."""
    lon, lat, km, offset = foot
    for _ in range(ROUNDS):
        fan = np.linspace(first, last, FAN if first != last else 1)
        there = GEOD.fwd(*(np.full(len(fan), v) for v in (lon, lat)), fan, [abs(offset)] * len(fan))
        found = border.measure(there[0], there[1])
        short = abs(offset) - found.distance_m
        holds = (
            (np.abs(found.km - km) <= KM_HOLDS)
            & (np.abs(short) <= OFFSET_HOLDS_M)
            & ((found.side == np.sign(offset)) | (found.side == 0))
        )
        if holds.any() or len(fan) == 1:
            break
        least = int(np.argmin(short))
        first, last = fan[max(least - 1, 0)], fan[min(least + 1, len(fan) - 1)]
    good = np.nonzero(holds)[0]
    at = int(good[len(good) // 2]) if len(good) else int(np.argmin(short))
    return float(there[0][at]), float(there[1][at]), bool(holds[at])
