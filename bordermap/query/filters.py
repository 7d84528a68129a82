"""The filters: what each reads of a frame, and which rows it keeps."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.errors import FilterError
from bordermap.joins import Cover, PolygonLayer
from bordermap.layers import load_layer
from bordermap.query.cql import answers, parsed
from bordermap.query.near import is_near, metres
from bordermap.schema import EVENT_TYPES, SIDES
from bordermap.values.dates import parse_date
from bordermap.values.text import fold, shorten

__all__ = [
    "FILTERS",
    "SPATIAL_FILTERS",
    "box_of",
    "day_of",
    "kilometres_of",
    "one_of",
    "unit_codes",
]

BoolArray = NDArray[np.bool_]

NAME_COLUMNS = (
    "code",
    "name",
    "name_ps",
    "name_fa",
    "name_ur",
    "aliases",
    "former_names",
    "unit_2017",
)
"""Columns of the unit layers under which a user may name a unit."""


def _refuse(name: str, value: Any, todo: str) -> FilterError:
    return FilterError(f"{shorten(str(value))!r} cannot be understood", where=name, todo=todo)


def _within(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["border_distance_m"] <= metres(value)).to_numpy(dtype=bool)


def _beyond(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["border_distance_m"] > metres(value)).to_numpy(dtype=bool)


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in value]


def one_of(name: str, value: Any, allowed: Iterable[str]) -> list[str]:
    """Check words against a closed list, whatever their case."""
    by_fold = {fold(word): word for word in allowed}
    words = []
    for word in _several(value):
        if fold(word) not in by_fold:
            raise _refuse(name, word, f"use one of {', '.join(by_fold.values())}")
        words.append(by_fold[fold(word)])
    return words


def _side(frame: pd.DataFrame, value: Any) -> BoolArray:
    return frame["border_side"].isin(one_of("side", value, SIDES)).to_numpy(dtype=bool)


def _type(frame: pd.DataFrame, value: Any) -> BoolArray:
    return frame["event_type"].isin(one_of("type", value, EVENT_TYPES)).to_numpy(dtype=bool)


def _numbers(name: str, value: Any, mark: str, count: int, todo: str) -> list[float]:
    parts = value.split(mark) if isinstance(value, str) else list(value)
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError) as error:
        raise _refuse(name, value, todo) from error
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise _refuse(name, value, todo)
    return numbers


def kilometres_of(value: Any) -> tuple[float, float]:
    todo = "write two kilometres like 1900:2000, the smaller first"
    start, end = _numbers("km", value, ":", 2, todo)
    if start >= end:
        raise _refuse("km", value, todo)
    return start, end


def _km(frame: pd.DataFrame, value: Any) -> BoolArray:
    start, end = kilometres_of(value)
    km = frame["border_km"]
    return ((km >= start) & (km < end)).to_numpy(dtype=bool)


def day_of(name: str, value: Any, end: bool) -> pd.Timestamp:
    if isinstance(value, date):
        return pd.Timestamp(value)
    span = parse_date(str(value))
    day = (span.end or span.start) if end else span.start
    ambiguous = any(note.reason == "date_ambiguous" for note in span.notes)
    if day is None or ambiguous:
        raise _refuse(name, value, "write a date like 2022-04-16, 2022-04 or 2022")
    return pd.Timestamp(day)


def _from(frame: pd.DataFrame, value: Any) -> BoolArray:
    last = frame["date_end"].fillna(frame["date_start"])
    return (last >= day_of("from", value, end=False)).to_numpy(dtype=bool)


def _to(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["date_start"] <= day_of("to", value, end=True)).to_numpy(dtype=bool)


def _actor(frame: pd.DataFrame, value: Any) -> BoolArray:
    wanted = [fold(word) for word in _several(value)]
    kept = np.zeros(len(frame), dtype=bool)
    for column in ("actor_a", "actor_b"):
        names = frame[column].fillna("").map(fold)
        kept |= names.map(lambda name: any(w in name for w in wanted)).to_numpy(dtype=bool)
    return kept


@cache
def _codes_by_name(layer: str) -> dict[str, frozenset[str]]:
    """Codes of units by folded name, alias, former name or code."""
    frame = load_layer(layer).frame
    codes: dict[str, set[str]] = {}
    for column in NAME_COLUMNS:
        if column in frame.columns:
            for code, names in zip(frame["code"], frame[column].fillna(""), strict=True):
                for name in str(names).split(";"):
                    codes.setdefault(fold(name), set()).add(code)
    codes.pop("", None)
    return {name: frozenset(found) for name, found in codes.items()}


def unit_codes(layer: str, value: Any) -> set[str]:
    """Codes of the units that are named."""
    known = _codes_by_name(layer)
    wanted: set[str] = set()
    for word in _several(value):
        if fold(word) not in known:
            near = difflib.get_close_matches(fold(word), known, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "give its name or its code"
            raise _refuse(layer, word, hint)
        wanted |= known[fold(word)]
    return wanted


def _unit(layer: str, column: str) -> Callable[[pd.DataFrame, Any], BoolArray]:
    def test(frame: pd.DataFrame, value: Any) -> BoolArray:
        return frame[column].isin(unit_codes(layer, value)).to_numpy(dtype=bool)

    return test


def box_of(value: Any) -> list[float]:
    todo = "write W,S,E,N in degrees, like 69,32.5,71.5,34.5"
    west, south, east, north = _numbers("bbox", value, ",", 4, todo)
    if south > north or max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _refuse("bbox", value, todo)
    return [west, south, east, north]


def _bbox(frame: gpd.GeoDataFrame, value: Any) -> BoolArray:
    west, south, east, north = box_of(value)
    x, y = frame.geometry.x, frame.geometry.y
    in_lon = (x >= west) & (x <= east) if west <= east else (x >= west) | (x <= east)
    return (in_lon & (y >= south) & (y <= north)).to_numpy(dtype=bool)


def _within_of(frame: gpd.GeoDataFrame, value: PolygonLayer) -> BoolArray:
    """Points in any of the polygons, their edges included."""
    points = frame.geometry.to_numpy()
    placed = np.nonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))[0]
    inside = np.zeros(len(frame), dtype=bool)
    inside[placed] = Cover(value.units.geometry.to_numpy()).of(points[placed])[0] >= 0
    return inside


def _where(frame: pd.DataFrame, value: str) -> BoolArray:
    return answers(frame, parsed(value)).yes


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: the columns it reads (the first says whether it can be decided), and its test."""

    columns: tuple[str, ...]
    test: Callable[[Any, Any], BoolArray]


FILTERS: Mapping[str, Filter] = {
    "within": Filter(("border_distance_m",), _within),
    "beyond": Filter(("border_distance_m",), _beyond),
    "side": Filter(("border_side",), _side),
    "km": Filter(("border_km",), _km),
    "from_": Filter(("date_start", "date_end"), _from),
    "to": Filter(("date_start",), _to),
    "type": Filter(("event_type",), _type),
    "province": Filter(("adm1_code",), _unit("provinces", "adm1_code")),
    "district": Filter(("adm2_code",), _unit("districts", "adm2_code")),
    "actor": Filter(("actor_a", "actor_b"), _actor),
    "bbox": Filter(("geometry",), _bbox),
    "near": Filter(("geometry",), is_near),
    "within_of": Filter(("geometry",), _within_of),
    "where": Filter((), _where),
}

SPATIAL_FILTERS = frozenset(
    ("within", "beyond", "side", "km", "province", "district", "bbox", "near", "within_of")
)
"""Filters that ask about a place; ``certainty`` governs them."""
