"""Sums of independent yes-or-no answers, exactly (the Poisson-binomial distribution)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CONFIDENCE", "interval", "poisson_binomial"]

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95

SHORT = 512
"""Polynomials up to this length are multiplied directly, longer ones by Fourier transform."""


def poisson_binomial(chances: ArrayLike) -> FloatArray:
    """Probability of each number of successes among independent trials.

    Parameters
    ----------
    chances : array_like of float, shape (n,)
        Chance of each trial, 0 to 1.

    Returns
    -------
    ndarray of float64, shape (n + 1,)
        The coefficients of the product of ``(1 - p) + p x`` (Hong 2013, "On computing the
        distribution function for the Poisson binomial distribution"), multiplied pair by pair;
        within 1e-12.
    """
    chance = np.asarray(chances, dtype=np.float64)
    factors = [np.array([1 - p, p]) for p in chance.tolist()] or [np.ones(1)]
    while len(factors) > 1:
        odd = factors[len(factors) & ~1 :]
        pairs = zip(factors[::2], factors[1::2], strict=False)
        factors = [*(_product(one, other) for one, other in pairs), *odd]
    return np.clip(factors[0], 0.0, 1.0)


def _product(one: FloatArray, other: FloatArray) -> FloatArray:
    if min(len(one), len(other)) <= SHORT:
        return np.convolve(one, other)
    length = len(one) + len(other) - 1
    size = 1 << (length - 1).bit_length()
    product: Any = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size), size)
    return np.asarray(product[:length], dtype=np.float64)


def interval(chances: ArrayLike, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """Equal-tailed interval that holds the number of successes with at least this probability.

    Parameters
    ----------
    chances : array_like of float, shape (n,)
        Chance of each trial, 0 to 1. Those of 0 and 1 cost nothing.
    confidence : float
        0.95 for 95 %.

    Returns
    -------
    low, high : int
        The smallest numbers that are exceeded with at most the upper, and at most the lower tail's
        probability left.
    """
    chance = np.asarray(chances, dtype=np.float64)
    sure = int((chance >= 1).sum())
    below = np.cumsum(poisson_binomial(chance[(chance > 0) & (chance < 1)]))
    tail = (1 - confidence) / 2
    # A hair of slack: sums of exact quarters must not miss an exact tail by rounding.
    low, high = (int(np.searchsorted(below, at - 1e-12)) for at in (tail, 1 - tail))
    return sure + low, sure + min(high, len(below) - 1)
