"""Stretches of the line inside areas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from bordermap.border.ellipsoid import GEOD, FloatArray

__all__ = ["stretches_in"]

EDGE_DEGREES = 1e-5
"""About 1 m: the line itself is often the area's edge, drawn through the same vertices."""

SHORT_KM = 0.01


def stretches_in(
    line: Any, area: Any, kilometre_of: Callable[[FloatArray, FloatArray], FloatArray]
) -> list[tuple[float, float]]:
    """Kilometres from and to; see :meth:`bordermap.Border.stretches_within`."""
    inside = shapely.intersection(shapely.get_parts(line), area.buffer(EDGE_DEGREES))
    pieces = [part for part in _flat(inside) if part.geom_type == "LineString" and part.length]
    if not pieces:
        return []
    first = np.array([part.coords[:2] for part in pieces])
    last = np.array([part.coords[-2:] for part in pieces])
    # The middle of a segment belongs to that segment alone, even where the line crosses itself.
    return _merged(_end(first, kilometre_of, -1), _end(last, kilometre_of, 1))


def _flat(geometries: Any) -> Any:
    """Single geometries, out of collections of collections."""
    return shapely.get_parts(shapely.get_parts(geometries))


def _end(
    segments: FloatArray, kilometre_of: Callable[[FloatArray, FloatArray], FloatArray], sign: int
) -> FloatArray:
    """Kilometre of the starts (-1) or ends (1) of segments, shape (n, 2, 2)."""
    lon, lat = segments.mean(axis=1).T
    length = GEOD.inv(*segments[:, 0].T, *segments[:, 1].T)[2]
    return kilometre_of(lon, lat) + sign * length / 2000


def _merged(start: FloatArray, end: FloatArray) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for a, b in sorted(zip(start.tolist(), end.tolist(), strict=True)):
        if merged and a - merged[-1][1] < SHORT_KM:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return [(max(a, 0.0), b) for a, b in merged if b - a >= SHORT_KM]
