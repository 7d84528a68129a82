"""Which marks to draw: incidents whose marks would overlap become one group, or one hexagon."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Group", "grouped", "hexagon_bins", "hexagon_outline", "joined", "radius_of"]

_PASSES = 12
_TOUCH = 0.86
"""Marks may overlap by this share of their reach before they become one."""


Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Incidents that are drawn as one mark.

    Attributes
    ----------
    x, y : float
        Points on the sheet.
    radius : float
        Points.
    rows : ndarray of int
    """

    x: float
    y: float
    radius: float
    rows: Rows

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def rank(self) -> tuple[int, int]:
        """The largest come first, then those whose first incident does."""
        return -self.count, int(self.rows.min())

    def with_rows(self, rows: Rows, single: float) -> Group:
        """The mark grown by more incidents, where it stands."""
        together = np.concatenate([self.rows, rows])
        return replace(self, rows=together, radius=radius_of(len(together), single))


def radius_of(count: int, single: float) -> float:
    """Radius of the mark of so many incidents, given that of one."""
    return single if count == 1 else min(5.0, 1.62 + 0.4 * math.log2(count)) * single


def grouped(points: npt.NDArray[np.float64], rows: Iterable[int], single: float) -> list[Group]:
    """Groups of rows, the largest first; no two overlap by much.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Of all rows, on the sheet.
    rows : iterable of int
        Those to be drawn.
    single : float
        Radius of the mark of one incident, in points.
    """
    bins: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        x, y = points[row] // (1.3 * single)
        bins.setdefault((int(x), int(y)), []).append(row)
    groups = [_group(points, np.array(members), single) for members in bins.values()]
    for _ in range(_PASSES):
        merged = [_group(points, group.rows, single) for group in _merged(groups, single)]
        if len(merged) == len(groups):
            break
        groups = merged
    return sorted(groups, key=lambda group: group.rank)


def _group(points: npt.NDArray[np.float64], rows: Rows, single: float) -> Group:
    x, y = points[rows].mean(axis=0)
    return Group(float(x), float(y), radius_of(len(rows), single), rows)


def _merged(groups: list[Group], single: float) -> list[Group]:
    """One pass: each group, the largest first, joins the first accepted one that it overlaps."""
    kept: list[Group] = []
    for group in sorted(groups, key=lambda group: group.rank):
        host = next((at for at, other in enumerate(kept) if _overlap(group, other)), None)
        if host is None:
            kept.append(group)
        else:
            kept[host] = kept[host].with_rows(group.rows, single)
    return kept


def joined(groups: list[Group], single: float) -> list[Group]:
    """Groups of which none overlaps a larger one by much: it has joined it, where that stands."""
    kept = _merged(groups, single)
    return kept if len(kept) == len(groups) else joined(kept, single)


def _overlap(one: Group, other: Group) -> bool:
    reach = _TOUCH * (one.radius + other.radius)
    return abs(one.x - other.x) < reach and math.hypot(one.x - other.x, one.y - other.y) < reach


def hexagon_bins(
    points: npt.NDArray[np.float64], width: float
) -> Iterator[tuple[float, float, int]]:
    """Middle and number of points of each hexagon of a grid that holds any.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
    width : float
        From flat side to flat side.
    """
    height = width * math.sqrt(3)
    steps = np.array([width, height])
    grids = np.round(points / steps), np.floor(points / steps) + 0.5
    far = [((points / steps - grid) ** 2 * (1, 3)).sum(axis=1) for grid in grids]
    nearest = np.where((far[0] <= far[1])[:, np.newaxis], *grids)
    middles, counts = np.unique(nearest, axis=0, return_counts=True)
    for (x, y), count in zip(middles * steps, counts, strict=True):
        yield float(x), float(y), int(count)


def hexagon_outline(x: float, y: float, width: float) -> npt.NDArray[np.float64]:
    """Corners of a hexagon with flat sides left and right."""
    angles = math.pi / 6 + np.arange(6) * math.pi / 3
    radius = width / math.sqrt(3)
    return np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)])
