"""Geometries out of bytes, whatever they are: none stops the reading of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

__all__ = ["shapes_of", "shapes_of_geojson"]


def shapes_of(coded: Any) -> tuple[np.ndarray, np.ndarray]:
    """Geometries of well-known binary.

    Parameters
    ----------
    coded : sequence of bytes or None

    Returns
    -------
    shapes : ndarray of geometries
        None for what cannot be read, curves among it.
    curved : ndarray of int
        Where curves stand, of which GEOS by shapely makes nothing.
    """
    given = np.array([*coded, None], dtype=object)[:-1]
    try:
        return shapely.from_wkb(given, on_invalid="ignore"), np.empty(0, dtype=int)
    except NotImplementedError:
        pass
    shapes, curved = np.full(len(given), None, dtype=object), []
    for at, one in enumerate(given.tolist()):
        try:
            shapes[at] = shapely.from_wkb(one, on_invalid="ignore")
        except NotImplementedError:
            curved.append(at)
    return shapes, np.array(curved, dtype=int)


def shapes_of_geojson(texts: Sequence[str]) -> np.ndarray:
    """Geometries of GeoJSON, None for what cannot be read."""
    # NumPy would warn of numbers beyond the largest, which are refused with their geometry.
    with np.errstate(over="ignore"):
        shapes: np.ndarray = shapely.from_geojson(texts, on_invalid="ignore")
    return shapes
