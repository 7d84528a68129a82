"""Lengths as people type them on the command line."""

from __future__ import annotations

import math
import re

from bordermap.errors import FilterError
from bordermap.values.text import shorten

__all__ = ["METRES_PER_UNIT", "parse_length_m"]

METRES_PER_UNIT = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "nm": 1852.0}
"""Metres in one of each unit; ``mi`` is the international mile (1959), ``nm`` the nautical."""

_LENGTH = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]*)", re.IGNORECASE | re.ASCII)
_ADVICE = "write a number and a unit, such as 10km, 800m or 0.5mi"
_EARTH_HALF_ROUND_M = 20_037_509.0


def parse_length_m(text: str) -> float:
    """Metres in a length such as ``10km``, ``800m`` or ``0.5mi``.

    Parameters
    ----------
    text : str
        A decimal number and a unit of :data:`METRES_PER_UNIT`; zero is allowed.

    Returns
    -------
    float
        Metres, finite and not negative.

    Raises
    ------
    FilterError
        No number, no unit or an unknown one, a negative length, or one longer than half the
        way round the Earth.
    """
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise FilterError(f"{shorten(text)!r} is not a length", todo=_ADVICE)
    number, unit = found.groups()
    if not unit:
        raise FilterError(f"the length {shorten(text)!r} has no unit", todo=_ADVICE)
    if unit.lower() not in METRES_PER_UNIT:
        known = ", ".join(METRES_PER_UNIT)
        raise FilterError(f"the unit {shorten(unit)!r} is unknown", todo=f"use one of {known}")
    length_m = float(number) * METRES_PER_UNIT[unit.lower()]
    if length_m < 0 or math.copysign(1.0, length_m) < 0:
        raise FilterError(f"the length {shorten(text)!r} is negative", todo=_ADVICE)
    if length_m > _EARTH_HALF_ROUND_M:
        raise FilterError(
            f"the length {shorten(text)!r} is longer than half the way round the Earth",
            todo=_ADVICE,
        )
    return length_m
