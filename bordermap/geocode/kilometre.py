"""Records that give only a kilometre of the line, and perhaps how far beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bordermap.border import Border
from bordermap.geocode.context import shortened
from bordermap.geocode.resolve import Placement
from bordermap.schema import DEFAULT_RADIUS_M
from bordermap.values.text import as_text, is_missing, western_digits

__all__ = ["by_kilometre"]

Cells = Mapping[str, Sequence[Any]]

KM_COLUMN, OFFSET_COLUMN, RADIUS_COLUMN = (
    "border_km_input",
    "border_offset_m_input",
    "location_radius_m_input",
)
"""Columns of the input that bear the names of ours are renamed like this on reading."""

LARGEST_OFFSET_M = 500_000.0
"""Farther from the line a kilometre says nothing; it is also the widest zone."""

LARGEST_RADIUS_M = 1_000_000.0

ROUNDING_KM = 1e-6
"""A kilometre this far beyond the end is the end, rounded."""


def by_kilometre(frame: pd.DataFrame, rows: list[int], border: Border) -> dict[int, Placement]:
    """Place rows by their kilometre and offset, as far as they give one.

    Parameters
    ----------
    frame : DataFrame
        Read are ``border_km_input``, ``border_offset_m_input`` (positive on the Afghan side, 0
        where empty) and ``location_radius_m_input``.
    rows : list of int
        Positions of the rows to place.

    Returns
    -------
    dict of int to Placement
        For each row that gives a kilometre: where it is, or a note on why it cannot be placed.
    """
    if KM_COLUMN not in frame.columns:
        return {}
    names = (KM_COLUMN, OFFSET_COLUMN, RADIUS_COLUMN)
    cells = {name: frame[name].tolist() for name in names if name in frame.columns}
    answers: dict[int, Placement] = {}
    good: list[tuple[int, float, float]] = []
    for row in rows:
        km, offset, fault = _read(cells, row, border.length_km)
        if fault:
            answers[row] = Placement(note=fault)
        elif km is not None:
            good.append((row, km, offset))
    if not good:
        return answers
    at, kms, offsets = (list(column) for column in zip(*good, strict=True))
    places = zip(*border.place_beside(kms, offsets), strict=True)
    for row, km, offset, (lon, lat, reach_m) in zip(at, kms, offsets, places, strict=True):
        radius_m = _radius_m(cells, row)
        answers[row] = Placement(
            located_by="border",
            precision="exact" if reach_m <= radius_m else "place",
            lon=float(lon),
            lat=float(lat),
            radius_m=radius_m + float(np.nan_to_num(reach_m)),
            score=1.0,
            note=_said(km, offset, float(reach_m)),
        )
    return answers


def _read(cells: Cells, row: int, length_km: float) -> tuple[float | None, float, str]:
    """Kilometre and offset of a row, and what is wrong with them."""
    km, km_text = _cell(cells, KM_COLUMN, row)
    offset, offset_text = _cell(cells, OFFSET_COLUMN, row)
    fault = ""
    if not km_text:
        return None, 0.0, ""
    if not np.isfinite(km):
        fault = f"the kilometre '{shortened(km_text)}' is no number"
    elif not -ROUNDING_KM <= km <= length_km + ROUNDING_KM:
        fault = f"kilometre {km:g} is off the line, which has {length_km:,.1f} km"
    elif offset_text and not np.isfinite(offset):
        fault = f"the offset '{shortened(offset_text)}' is no number of metres"
    elif offset_text and abs(offset) > LARGEST_OFFSET_M:
        fault = f"an offset of {offset:g} m is more than {LARGEST_OFFSET_M / 1000:g} km"
    return min(max(km, 0.0), length_km), offset if offset_text else 0.0, fault


def _cell(cells: Cells, name: str, row: int) -> tuple[float, str]:
    """A cell as a number (NaN where it is none) and as text (empty where it says nothing)."""
    value = cells[name][row] if name in cells else None
    missing = value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
    text = "" if missing else as_text(value).strip()
    if is_missing(text):
        return np.nan, ""
    try:
        return float(western_digits(text).replace("_", "?")), text
    except ValueError:
        return np.nan, text


def _radius_m(cells: Cells, row: int) -> float:
    radius, _ = _cell(cells, RADIUS_COLUMN, row)
    return radius if 0 < radius <= LARGEST_RADIUS_M else DEFAULT_RADIUS_M


def _said(km: float, offset: float, reach_m: float) -> str:
    side = "Afghan" if offset > 0 else "Pakistani"
    beside = f", {abs(offset):,.0f} m on the {side} side" if offset else ""
    note = f"kilometre {km:.3f} of the line{beside}"
    if np.isnan(reach_m):
        return f"{note}; inside a bend, where another stretch of the line is nearer"
    if reach_m >= 1:
        return f"{note}; the line turns there, other places up to {reach_m:,.0f} m away fit as well"
    return note
