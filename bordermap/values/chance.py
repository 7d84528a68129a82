"""Sums of independent yes-or-no answers, exactly (the Poisson-binomial distribution)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CONFIDENCE", "expected", "interval", "interval_of", "poisson_binomial"]

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95

SHORT = 512
"""Polynomials up to this length are multiplied directly, longer ones by Fourier transform."""

_LEFT_OUT = 1e-18
"""Probability beyond the ends of a distribution that is not kept."""


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
    found = _distribution(Counter(chance.tolist()))
    whole = np.zeros(len(chance) + 1)
    whole[found.first : found.first + len(found.terms)] = found.terms
    return np.clip(whole, 0.0, 1.0)


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
    return interval_of(Counter(np.asarray(chances, dtype=np.float64).tolist()), confidence)


def interval_of(trials: Mapping[float, int], confidence: float = CONFIDENCE) -> tuple[int, int]:
    """The interval of :func:`interval`, for how many trials have each chance.

    Time and memory grow with the number of different chances and with the spread of the sum, not
    with the number of trials. Neither the order of the chances nor that of the trials matters.
    """
    sure = sum(many for chance, many in trials.items() if chance >= 1)
    found = _distribution({chance: many for chance, many in trials.items() if 0 < chance < 1})
    below = np.cumsum(np.clip(found.terms, 0.0, 1.0))
    tail = (1 - confidence) / 2
    # A hair of slack: sums of exact quarters must not miss an exact tail by rounding.
    low, high = (int(np.searchsorted(below, at - 1e-12)) for at in (tail, 1 - tail))
    first = sure + found.first
    return first + low, first + min(high, len(below) - 1)


def expected(trials: Mapping[float, int]) -> float:
    """Sum of all chances, rounded once: no order of adding changes it."""
    return float(sum((Fraction(chance) * many for chance, many in trials.items()), Fraction()))


@dataclass(frozen=True, slots=True)
class _Distribution:
    """Probabilities of ``first``, ``first + 1``, ... successes, with mean and variance."""

    first: int
    terms: FloatArray
    mean: float
    variance: float

    def __mul__(self, other: _Distribution) -> _Distribution:
        """The distribution of the sum, without its ends that hold next to nothing."""
        terms, first = _product(self.terms, other.terms), self.first + other.first
        mean, variance = self.mean + other.mean, self.variance + other.variance
        # Bernstein's inequality: farther than this from the mean lies less than _LEFT_OUT.
        rare = math.log(2 / _LEFT_OUT)
        most = rare / 3 + math.sqrt(rare * rare / 9 + 2 * rare * variance)
        start = max(0, math.floor(mean - most) - first)
        stop = max(start, math.ceil(mean + most) + 1 - first)
        return _Distribution(first + start, terms[start:stop], mean, variance)


_NOTHING = _Distribution(0, np.ones(1), 0.0, 0.0)


def _distribution(trials: Mapping[float, int]) -> _Distribution:
    """Distribution of the number of successes, multiplied pair by pair in the order of chances."""
    factors = [_power(chance, trials[chance]) for chance in sorted(trials)] or [_NOTHING]
    while len(factors) > 1:
        odd = factors[len(factors) & ~1 :]
        pairs = zip(factors[::2], factors[1::2], strict=False)
        factors = [*(one * other for one, other in pairs), *odd]
    return factors[0]


def _power(chance: float, many: int) -> _Distribution:
    """Distribution of the successes among trials of one chance, by repeated squaring."""
    square = _Distribution(0, np.array([1 - chance, chance]), chance, chance * (1 - chance))
    result = _NOTHING
    while many:
        if many & 1:
            result = result * square
        many >>= 1
        square = square * square if many else square
    return result


def _product(one: FloatArray, other: FloatArray) -> FloatArray:
    if min(len(one), len(other)) <= SHORT:
        return np.convolve(one, other)
    length = len(one) + len(other) - 1
    size = 1 << (length - 1).bit_length()
    product: Any = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size), size)
    return np.asarray(product[:length], dtype=np.float64)
