"""From a kilometre and an offset back to a place: linear referencing, read in reverse.

Between two vertices the place lies square to the line. At a vertex that points to the asked side,
every direction between the normals of its two edges has the vertex as its nearest place, as far as
no other stretch is nearer; so those directions are searched for the ones that hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bordermap.border.ellipsoid import GEOD, FloatArray

__all__ = ["Edges", "place_beside"]

VERTEX_M = 1e-3
"""A kilometre this near to a vertex is the vertex's (metres)."""

KM_HOLDS = 1e-3
OFFSET_HOLDS_M = 1e-2

FAN = 129
"""Directions tried at once between two normals."""

ENOUGH = 8
"""Holding directions among them that show well how far they reach."""

ROUNDS = 4
"""Times the search narrows down: each makes the fan some sixty times narrower."""


class _Measuring(Protocol):
    """What is needed of a :class:`bordermap.Border`."""

    def measure(self, lon: FloatArray, lat: FloatArray) -> Any: ...
    def point_at(self, km: FloatArray) -> tuple[FloatArray, FloatArray]: ...


def place_beside(
    border: _Measuring, edges: Edges, km: FloatArray, offset_m: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places beside the line; see :meth:`bordermap.Border.place_beside`."""
    feet = np.column_stack(border.point_at(km))
    first, last = _normals(edges, feet, km * 1000, offset_m)
    lon, lat = feet.T.copy()
    reach_m = np.zeros(len(km))
    for at in np.nonzero(offset_m != 0)[0]:
        foot = (feet[at, 0], feet[at, 1], km[at], offset_m[at])
        lon[at], lat[at], reach_m[at] = _best(border, foot, first[at], last[at])
    return lon, lat, reach_m


def _normals(
    edges: Edges, feet: FloatArray, along_m: FloatArray, offset_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and last azimuth of the directions that can hold at each foot, degrees.

    Between vertices, and where a vertex points to the other side, the two are the same.
    """
    edge = np.clip(np.searchsorted(edges.marks_m, along_m, side="right") - 1, 0, edges.count - 1)
    to_start, to_end = along_m - edges.marks_m[edge], edges.marks_m[edge + 1] - along_m
    vertex = np.where(to_start <= to_end, edge, edge + 1)
    at_vertex = np.minimum(to_start, to_end) <= VERTEX_M
    quarter = np.where(offset_m > 0, -90.0, 90.0)
    square = edges.azimuth_at(feet, edge, to_start > to_end) + quarter
    start = np.where(at_vertex, edges.behind[np.maximum(vertex - 1, 0)] + quarter, square)
    end = np.where(at_vertex, edges.ahead[np.minimum(vertex, edges.count - 1)] + quarter, square)
    # At an end of the line the directions reach from square to straight on.
    start = np.where(at_vertex & (vertex == 0), end + quarter, start)
    end = np.where(at_vertex & (vertex == edges.count), start - quarter, end)
    turn = (end - start + 180) % 360 - 180
    opens = turn * -np.sign(quarter) > 0
    middle = start + turn / 2
    return np.where(opens, start, middle), np.where(opens, start + turn, middle)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The line's edges: where they begin and end, their azimuths there, metres along."""

    starts: FloatArray
    ends: FloatArray
    ahead: FloatArray
    behind: FloatArray
    marks_m: FloatArray

    @classmethod
    def of(cls, parts: Sequence[FloatArray]) -> Edges:
        starts = np.vstack([part[:-1] for part in parts])
        ends = np.vstack([part[1:] for part in parts])
        ahead, back, length = GEOD.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
        marks: FloatArray = np.r_[0, np.cumsum(length)]
        return cls(starts, ends, np.asarray(ahead), np.asarray(back) + 180, marks)

    @property
    def count(self) -> int:
        return len(self.starts)

    def azimuth_at(
        self, feet: FloatArray, edge: NDArray[np.intp], from_start: NDArray[np.bool_]
    ) -> FloatArray:
        """Azimuth of the line at places inside edges, seen from the edge's farther end."""
        lon, lat = feet.T
        start, end = self.starts[edge], self.ends[edge]
        from_its_start = np.asarray(GEOD.inv(start[:, 0], start[:, 1], lon, lat)[1]) + 180
        to_its_end = np.asarray(GEOD.inv(lon, lat, end[:, 0], end[:, 1])[0])
        return np.where(from_start, from_its_start, to_its_end)


def _best(
    border: _Measuring, foot: tuple[float, float, float, float], first: float, last: float
) -> tuple[float, float, float]:
    """The middle of the directions that hold and how far they reach from it, metres.

    Where none holds, the one that comes nearest to it, and NaN.
    """
    for _ in range(ROUNDS):
        fan = np.linspace(first, last, FAN if first != last else 1)
        lon, lat, short, holds = _tried(border, foot, fan)
        good = np.nonzero(holds)[0]
        if len(good) >= ENOUGH or len(fan) == 1:
            break
        hopeful = good if len(good) else [int(np.argmin(short))]
        first, last = fan[max(hopeful[0] - 1, 0)], fan[min(hopeful[-1] + 1, len(fan) - 1)]
    if not len(good):
        at = int(np.argmin(short))
        return float(lon[at]), float(lat[at]), np.nan
    at = int(good[len(good) // 2])
    edge = [max(good[0] - 1, 0), min(good[-1] + 1, len(fan) - 1)]
    reach = GEOD.inv([lon[at]] * 2, [lat[at]] * 2, lon[edge], lat[edge])[2]
    return float(lon[at]), float(lat[at]), float(max(reach))


def _tried(
    border: _Measuring, foot: tuple[float, float, float, float], azimuths: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """Places in some directions, by how much they are too near to the line, and which hold."""
    foot_lon, foot_lat, km, offset = foot
    many = np.ones(len(azimuths))
    lon, lat, _ = GEOD.fwd(foot_lon * many, foot_lat * many, azimuths, abs(offset) * many)
    found = border.measure(lon, lat)
    short = abs(offset) - found.distance_m
    holds = (
        (np.abs(found.km - km) <= KM_HOLDS)
        & (np.abs(short) <= OFFSET_HOLDS_M)
        & ((found.side == np.sign(offset)) | (found.side == 0))
    )
    return np.asarray(lon), np.asarray(lat), short, holds
