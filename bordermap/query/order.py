"""Rows in an order, no more than so many, with some columns only."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import geopandas as gpd

from bordermap.errors import FilterError
from bordermap.values.text import shorten

__all__ = ["in_order", "listed"]


def in_order(
    frame: gpd.GeoDataFrame,
    order_by: str | Sequence[str] = (),
    limit: int | None = None,
    columns: str | Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Sort, cut off and narrow a frame, as :func:`bordermap.query` says.

    Raises
    ------
    FilterError
        A column is not there, or the limit is negative.
    """
    keys = listed(order_by)
    for key in reversed(keys):  # the last first: each sort keeps the order of the one before
        name = _known(frame, key.removeprefix("-"), "order_by")
        frame = frame.sort_values(
            name, ascending=not key.startswith("-"), kind="stable", na_position="last"
        )
    if limit is not None:
        if limit < 0:
            raise FilterError(f"a limit of {limit} rows", where="limit", todo="give 0 or more")
        frame = frame.head(limit)
    names = [_known(frame, name, "columns") for name in listed(columns)]
    if not names:
        return frame
    shape = frame.active_geometry_name
    return frame[[*names, *([shape] if shape and shape not in names else [])]]


def listed(value: str | Sequence[str]) -> list[str]:
    """Names in a text with commas, or in a sequence."""
    parts = value.split(",") if isinstance(value, str) else list(value)
    return [part.strip() for part in parts if part.strip()]


def _known(frame: gpd.GeoDataFrame, name: str, where: str) -> str:
    if name in frame.columns and (where != "order_by" or name != frame.active_geometry_name):
        return name
    near = difflib.get_close_matches(name, [str(column) for column in frame.columns], n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "name one of its columns"
    raise FilterError(f"there is no column {shorten(name)!r} to use", where=where, todo=hint)
