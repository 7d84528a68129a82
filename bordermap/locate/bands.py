"""Bands of distance to the line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bordermap.errors import FilterError
from bordermap.locate.coded import Coded

__all__ = ["band_labels", "band_of", "coded_bands"]


def band_labels(bands_km: Sequence[float]) -> list[str]:
    """Names of the distance bands: ``0-5 km``, ..., ``over 50 km``.

    Raises
    ------
    FilterError
        The edges are empty, not positive, or do not grow.
    """
    edges = [0.0, *bands_km]
    if len(edges) < 2 or not all(a < b < np.inf for a, b in pairwise(edges)):
        raise FilterError(
            f"bands {','.join(f'{edge:g}' for edge in bands_km)} do not grow from above 0",
            todo="write them like 5,10,25,50",
        )
    inner = [f"{a:g}-{b:g} km" for a, b in pairwise(edges)]
    return [*inner, f"over {edges[-1]:g} km"]


def coded_bands(distance_m: ArrayLike, bands_km: Sequence[float]) -> Coded:
    """Band of each distance (metres), (a, b]."""
    edges_m = np.asarray(bands_km, dtype=np.float64) * 1000
    labels = np.asarray(band_labels(bands_km), dtype=object)
    return Coded(np.searchsorted(edges_m, distance_m), labels)


def band_of(distance_m: ArrayLike, bands_km: Sequence[float]) -> NDArray[np.object_]:
    """Name of the band of each distance (metres), (a, b]."""
    codes, labels = coded_bands(distance_m, bands_km)
    return np.asarray(labels[codes], dtype=object)
