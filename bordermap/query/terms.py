"""What an expression speaks of: columns and literals as numbers, texts, times, shapes or lists."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.errors import FilterError
from bordermap.schema import COLUMNS
from bordermap.values.text import shorten

__all__ = ["Kind", "Term", "as_times", "column", "folded", "interval", "literal", "refused"]

Kind = Literal["number", "text", "truth", "time", "shape", "list"]

CALLED: Mapping[Kind, str] = {
    "number": "a number",
    "text": "text",
    "truth": "true or false",
    "time": "a date",
    "shape": "a geometry",
    "list": "a list",
}

_LEDGER = frozenset(one.name for one in COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Values of one kind: one for each row, or one for all.

    Attributes
    ----------
    kind : str
    values : ndarray
        float64 for numbers, truths (NaN is missing) and times (microseconds since 1970); objects
        otherwise (None is missing). Its length is that of the frame, or 1.
    until : ndarray, optional
        Ends of times that are intervals.
    label : str
        For messages.
    """

    kind: Kind
    values: NDArray[Any]
    label: str
    until: NDArray[np.float64] | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        there = ~pd.isna(self.values)
        return there if self.until is None else there & ~np.isnan(self.until)

    @property
    def ends(self) -> NDArray[np.float64]:
        """Ends of times; an instant is its own."""
        return self.values if self.until is None else self.until

    def must_be(self, *kinds: Kind) -> Term:
        """Return the term if it is of one of some kinds.

        Raises
        ------
        FilterError
            It is not.
        """
        if self.kind in kinds:
            return self
        wanted = " or ".join(CALLED[kind] for kind in kinds)
        raise refused(f"{self.label} is {CALLED[self.kind]}", f"give {wanted}")


def refused(found: str, todo: str) -> FilterError:
    """Say in one line what of an expression cannot be asked."""
    return FilterError(found, where="where", todo=todo)


def column(frame: pd.DataFrame, name: str) -> Term:
    """A column of a frame by its name; ``geometry`` is the active geometry."""
    if name == "geometry" and isinstance(frame, gpd.GeoDataFrame):
        name = frame.active_geometry_name or name
    if name not in frame.columns:
        near = difflib.get_close_matches(name, [str(c) for c in frame.columns], n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "name one of its columns"
        hint = "run locate first" if name in _LEDGER else hint
        raise refused(f"there is no column {shorten(name)!r}", hint)
    values = frame[name]
    label = shorten(name)
    if isinstance(values.dtype, gpd.array.GeometryDtype):
        return Term("shape", values.to_numpy(), label)
    if pd.api.types.is_bool_dtype(values.dtype):
        return Term("truth", _floats(values), label)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return Term("number", _floats(values), label)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return Term("time", _microseconds(values), label)
    cells = values.astype(object).to_numpy(copy=True)
    if any(isinstance(cell, (list, tuple, np.ndarray)) for cell in cells):
        return Term("list", cells, label)
    cells[pd.isna(cells)] = None
    return Term("text", cells, label)


def _floats(values: pd.Series[Any]) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _microseconds(values: pd.Series[Any]) -> NDArray[np.float64]:
    if values.dt.tz is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    days = values.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def literal(node: Any) -> Term:
    """A value that the expression itself holds."""
    if isinstance(node, bool):
        return Term("truth", np.array([float(node)]), str(node).upper())
    if isinstance(node, (int, float)):
        return Term("number", np.array([float(node)]), f"{node:g}")
    if isinstance(node, str):
        return Term("text", _one(node), f"'{shorten(node)}'")
    if isinstance(node, list):
        return Term("list", _one(_members(node)), "the list")
    if isinstance(node, dict) and ("date" in node or "timestamp" in node):
        text = node.get("date", node.get("timestamp"))
        return Term("time", np.array([_instant(text)]), shorten(str(text)))
    if isinstance(node, dict) and ("bbox" in node or "type" in node):
        return Term("shape", _one(_shape(node)), "the geometry")
    raise refused(f"{shorten(str(node))} cannot be understood", "write a value")


def _one(value: Any) -> NDArray[np.object_]:
    values = np.empty(1, dtype=object)
    values[0] = value
    return values


def _members(node: Sequence[Any]) -> frozenset[str | float]:
    if not all(isinstance(one, (str, int, float)) for one in node):
        raise refused("the list holds more than texts and numbers", "list texts or numbers")
    return frozenset(one if isinstance(one, str) else float(one) for one in node)


def _instant(text: Any) -> float:
    """Microseconds since 1970 of an ISO 8601 date or timestamp (UTC where it names no zone)."""
    try:
        moment = pd.Timestamp(text) if isinstance(text, str) and text[:1].isdigit() else pd.NaT
        if moment.tzinfo is not None:
            moment = moment.tz_convert("UTC").tz_localize(None)
        microseconds = moment.to_datetime64().astype("datetime64[us]")
    except (ValueError, OverflowError, TypeError):
        microseconds = np.datetime64("NaT")
    if np.isnat(microseconds):
        raise refused(f"{shorten(str(text))!r} is no date", "write it like 2016-01-31")
    return float(microseconds.astype(np.int64))


def as_times(term: Term) -> Term:
    """A term as times; a text literal is read as a date."""
    if term.kind == "text" and len(term.values) == 1 and isinstance(term.values[0], str):
        return Term("time", np.array([_instant(term.values[0])]), term.label)
    return term.must_be("time")


def interval(start: Term | None, end: Term | None) -> Term:
    """Times from one to another; None is open."""
    lower, upper = (as_times(one) if one else None for one in (start, end))
    for one in filter(None, (lower, upper)):
        if one.until is not None:
            raise refused(f"{one.label} is an interval", "give instants as the ends of an interval")
    first = lower.values if lower else np.array([-np.inf])
    last = upper.values if upper else np.array([np.inf])
    first, last = np.broadcast_arrays(first, last)
    return Term("time", first, "the interval", last)


def _shape(node: Mapping[str, Any]) -> shapely.Geometry:
    todo = "give longitude and latitude in degrees"
    try:
        if "bbox" in node:
            box = node["bbox"]
            shape = shapely.box(*(box if len(box) == 4 else (*box[:2], *box[3:5])))
        else:
            shape = shapely.force_2d(shapely.from_geojson(json.dumps(node)))
    except (shapely.errors.GEOSException, TypeError, ValueError, IndexError) as error:
        raise refused("a geometry cannot be understood", todo) from error
    bounds = np.abs(shapely.bounds(shape))
    if not (bounds <= [180, 90, 180, 90]).all():
        raise refused("a geometry lies beyond the degrees of the earth", todo)
    if not shapely.is_valid(shape):
        raise refused("a polygon crosses itself", "mend it")
    return shape


def folded(term: Term, how: str) -> Term:
    """Texts without what ``casei`` or ``accenti`` forgets."""
    if term.kind == "list":
        members = {one if isinstance(one, float) else _FOLDS[how](one) for one in term.values[0]}
        return replace(term, values=_one(frozenset(members)))
    term.must_be("text")
    codes, uniques = pd.factorize(term.values)
    changed = np.array([_FOLDS[how](str(text)) for text in uniques] + [None], dtype=object)
    return replace(term, values=changed[codes])


def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char))


_FOLDS = {"casei": str.casefold, "accenti": _without_accents}
