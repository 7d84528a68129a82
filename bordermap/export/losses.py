"""What a format cannot hold of the values at hand, each a line to tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bordermap.export.content import Column

__all__ = ["as_text", "cut_times", "infinite", "rounded_decimals", "rounded_digits"]

_FINE = 8.0
"""From here on a double is told from its neighbours by 15 decimals."""


def as_text(columns: Sequence[Column]) -> list[str]:
    """Columns of lists, of objects, of several types, of times with zones and the like."""
    return _told("types that the format does not have are text", columns, _is_mixed)


def cut_times(columns: Sequence[Column], unit: str) -> list[str]:
    """Columns of times that are finer than ``ms`` or ``us``."""

    def is_finer(column: Column) -> bool:
        if column.kind != "time":
            return False
        known = column.source.dropna().to_numpy()
        return bool((known.astype(f"datetime64[{unit}]") != known).any())

    words = {"ms": "milliseconds", "us": "microseconds"}
    return _told(f"times are cut to {words[unit]}", columns, is_finer)


def infinite(columns: Sequence[Column]) -> list[str]:
    """Columns of numbers that are none in JSON."""
    return _told("infinite numbers become null", columns, _is_infinite)


def rounded_decimals(columns: Sequence[Column]) -> list[str]:
    """Columns of numbers that need more than 15 decimals."""

    def is_finer(column: Column) -> bool:
        if column.kind != "number":
            return False
        fine = column.values[np.abs(column.values) < _FINE]
        return bool((np.round(fine, 15) != fine).any())

    return _told("numbers are rounded to 15 decimals", columns, is_finer)


def rounded_digits(columns: Sequence[Column]) -> list[str]:
    """Columns of numbers that need 17 digits, of which a sheet has 16."""

    def is_finer(column: Column) -> bool:
        if column.kind != "number":
            return False
        known = column.values[np.isfinite(column.values)].tolist()
        return any(float(f"{number:.16G}") != number for number in known)

    return _told("numbers are rounded to 16 digits", columns, is_finer)


def _told(what: str, columns: Sequence[Column], is_so: Callable[[Column], bool]) -> list[str]:
    found = [column.name for column in columns if is_so(column)]
    return [f"{what}: {', '.join(found)}"] if found else []


def _is_mixed(column: Column) -> bool:
    return column.mixed


def _is_infinite(column: Column) -> bool:
    return column.kind == "number" and bool(np.isinf(column.values).any())
