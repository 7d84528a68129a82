"""Ask for the incidents that match: by date, type, actor, unit, side, distance, kilometre, box.

Each filter has the name and the spelling it has on the command line; filters add up (and).
A row that lacks what a filter asks about does not match it; :func:`undecided` counts such rows,
so that nobody takes "not known" for "no".
"""

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
from numpy.typing import NDArray

from bordermap.certainty import (
    MAYBE,
    OUT,
    SURELY,
    Asked,
    Touched,
    box_touched,
    certainty_of,
    checked,
    clear_of_box,
    clear_of_distances,
    clear_of_kilometres,
    clear_of_sides,
    clear_of_units,
    units_touched,
)
from bordermap.errors import FilterError, FrameError
from bordermap.layers import load_layer
from bordermap.schema import EVENT_TYPES, SIDES
from bordermap.values.dates import parse_date
from bordermap.values.lengths import parse_length_m
from bordermap.values.text import fold, shorten

__all__ = ["FILTERS", "SPATIAL_FILTERS", "asked_of", "matches", "metres", "query", "undecided"]

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


def query(
    frame: gpd.GeoDataFrame, *, certainty: str = "nominal", **filters: Any
) -> gpd.GeoDataFrame:
    """Rows that match every filter.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame; filters by date, type and actor work on any read frame.
    certainty : {"nominal", "surely", "maybe"}
        What the filters by place look at (``within``, ``beyond``, ``side``, ``km``, ``province``,
        ``district``, ``bbox``): the point; or the footprint, which must match as a whole
        (``surely``) or with any part of it (``maybe``). Over footprints, ``side="uncertain"``
        means only between the published lines.
    **filters
        Spelled as on the command line, as text or as Python values; None is no filter.

        within, beyond : str or float
            At most, or more than, this geodesic distance from the point to the line: ``"10km"``,
            ``"800m"``, or metres.
        side : str or list of str
            ``AF``, ``PK``, ``line``, ``other``, ``uncertain``.
        km : str or tuple of float
            ``"1900:2000"``: kilometre along the line, the first included, the second not.
        from_, to : str or date
            Keep what overlaps, ends included; a month or year means all of it. An incident whose
            end is not known is taken to be over on its first day.
        type, actor, province, district : str or list of str
            Any of them. Actors match by part of the name, units by name, former name or code.
        bbox : str or tuple of float
            ``"W,S,E,N"`` in degrees; a west edge beyond the east one crosses the antimeridian.

    Returns
    -------
    GeoDataFrame
        The matching rows, in their order, with their index.

    Raises
    ------
    FilterError
        An unknown filter, or a value that cannot be understood.
    FrameError
        The frame lacks a column that a filter reads.
    """
    return frame[matches(frame, certainty, filters)]


def matches(frame: gpd.GeoDataFrame, certainty: str, filters: Mapping[str, Any]) -> BoolArray:
    """Whether each row is kept, as by :func:`query`."""
    least = {"nominal": OUT, "surely": SURELY, "maybe": MAYBE}[checked(certainty)]
    kept = np.ones(len(frame), dtype=bool)
    for name, value in _given(filters):
        by_record = least == OUT or name not in SPATIAL_FILTERS
        if by_record:
            kept &= FILTERS[name].test(_with_columns(frame, name), value)
        else:
            kept &= certainty_of(frame, asked_of(frame, name, value)) >= least
    return kept


def asked_of(frame: gpd.GeoDataFrame, name: str, value: Any) -> Asked:
    """A filter by place as a question to footprints; the answer is in the column ``hit``."""

    def answer(places: gpd.GeoDataFrame) -> pd.DataFrame:
        hit = FILTERS[name].test(_with_columns(places, name), value)
        return pd.DataFrame({"hit": hit}, index=places.index)

    edges_m = (metres(value),) if name in {"within", "beyond"} else ()
    clear = _clear(frame, name, value, edges_m)
    touched = _touched(name, value)
    return Asked(answer, clear, edges_m, by_distance=bool(edges_m), touched=touched)


def _clear(frame: gpd.GeoDataFrame, name: str, value: Any, edges_m: tuple[float, ...]) -> BoolArray:
    """Rows whose footprint has one answer to a filter."""
    if edges_m:
        return clear_of_distances(frame, edges_m)
    if name == "bbox":
        return clear_of_box(frame, _box(value))
    if name == "side":
        return clear_of_sides(frame)
    if name in {"province", "district"}:
        return clear_of_units(frame, 1 if name == "province" else 2)
    return clear_of_kilometres(frame, _kilometres(value))


def _touched(name: str, value: Any) -> tuple[Touched, ...]:
    """Layers whose units decide a filter."""
    if name in {"side", "province", "district"}:
        return (units_touched(),)
    west, south, east, north = _box(value) if name == "bbox" else (0.0, 0.0, 0.0, 0.0)
    return (box_touched(west, south, east, north),) if west < east and south < north else ()


def undecided(frame: gpd.GeoDataFrame, **filters: Any) -> dict[str, int]:
    """Count, for each filter given, the rows that lack what it asks about."""
    return {
        name: int(_with_columns(frame, name)[FILTERS[name].columns[0]].isna().sum())
        for name, _ in _given(filters)
    }


def _given(filters: Mapping[str, Any]) -> list[tuple[str, Any]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        raise FilterError(
            f"there is no filter {sorted(unknown)[0]!r}", todo=f"use {', '.join(FILTERS)}"
        )
    return [
        (name, value)
        for name, value in filters.items()
        if value is not None and not (isinstance(value, (tuple, list)) and not value)
    ]


def _with_columns(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    missing = [column for column in FILTERS[name].columns if column not in frame.columns]
    if missing:
        raise FrameError(
            f"the filter {name!r} needs the column {missing[0]}", todo="run locate first"
        )
    return frame


def _refuse(name: str, value: Any, todo: str) -> FilterError:
    return FilterError(f"{shorten(str(value))!r} cannot be understood", where=name, todo=todo)


def metres(value: Any) -> float:
    """Length of a distance given as text (``"10km"``) or as metres."""
    if isinstance(value, str):
        return parse_length_m(value)
    metres = float(value)
    if not metres >= 0:
        raise FilterError(f"a distance of {value} m is negative or no number")
    return metres


def _within(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["border_distance_m"] <= metres(value)).to_numpy(dtype=bool)


def _beyond(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["border_distance_m"] > metres(value)).to_numpy(dtype=bool)


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in value]


def _one_of(name: str, value: Any, allowed: Iterable[str]) -> list[str]:
    """Check words against a closed list, whatever their case."""
    by_fold = {fold(word): word for word in allowed}
    words = []
    for word in _several(value):
        if fold(word) not in by_fold:
            raise _refuse(name, word, f"use one of {', '.join(by_fold.values())}")
        words.append(by_fold[fold(word)])
    return words


def _side(frame: pd.DataFrame, value: Any) -> BoolArray:
    return frame["border_side"].isin(_one_of("side", value, SIDES)).to_numpy(dtype=bool)


def _type(frame: pd.DataFrame, value: Any) -> BoolArray:
    return frame["event_type"].isin(_one_of("type", value, EVENT_TYPES)).to_numpy(dtype=bool)


def _numbers(name: str, value: Any, mark: str, count: int, todo: str) -> list[float]:
    parts = value.split(mark) if isinstance(value, str) else list(value)
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError) as error:
        raise _refuse(name, value, todo) from error
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise _refuse(name, value, todo)
    return numbers


def _kilometres(value: Any) -> tuple[float, float]:
    todo = "write two kilometres like 1900:2000, the smaller first"
    start, end = _numbers("km", value, ":", 2, todo)
    if start >= end:
        raise _refuse("km", value, todo)
    return start, end


def _km(frame: pd.DataFrame, value: Any) -> BoolArray:
    start, end = _kilometres(value)
    km = frame["border_km"]
    return ((km >= start) & (km < end)).to_numpy(dtype=bool)


def _day(name: str, value: Any, end: bool) -> pd.Timestamp:
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
    return (last >= _day("from", value, end=False)).to_numpy(dtype=bool)


def _to(frame: pd.DataFrame, value: Any) -> BoolArray:
    return (frame["date_start"] <= _day("to", value, end=True)).to_numpy(dtype=bool)


def _actor(frame: pd.DataFrame, value: Any) -> BoolArray:
    wanted = [fold(word) for word in _several(value)]
    kept = np.zeros(len(frame), dtype=bool)
    for column in ("actor_a", "actor_b"):
        names = frame[column].fillna("").map(fold)
        kept |= names.map(lambda name: any(w in name for w in wanted)).to_numpy(dtype=bool)
    return kept


@cache
def _unit_codes(layer: str) -> dict[str, frozenset[str]]:
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


def _unit(layer: str, column: str) -> Callable[[pd.DataFrame, Any], BoolArray]:
    def test(frame: pd.DataFrame, value: Any) -> BoolArray:
        known = _unit_codes(layer)
        wanted: set[str] = set()
        for word in _several(value):
            if fold(word) not in known:
                near = difflib.get_close_matches(fold(word), known, n=3)
                hint = f"did you mean {', '.join(near)}?" if near else "give its name or its code"
                raise _refuse(layer, word, hint)
            wanted |= known[fold(word)]
        return frame[column].isin(wanted).to_numpy(dtype=bool)

    return test


def _box(value: Any) -> list[float]:
    todo = "write W,S,E,N in degrees, like 69,32.5,71.5,34.5"
    west, south, east, north = _numbers("bbox", value, ",", 4, todo)
    if south > north or max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _refuse("bbox", value, todo)
    return [west, south, east, north]


def _bbox(frame: gpd.GeoDataFrame, value: Any) -> BoolArray:
    west, south, east, north = _box(value)
    x, y = frame.geometry.x, frame.geometry.y
    in_lon = (x >= west) & (x <= east) if west <= east else (x >= west) | (x <= east)
    return (in_lon & (y >= south) & (y <= north)).to_numpy(dtype=bool)


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
}

SPATIAL_FILTERS = frozenset(("within", "beyond", "side", "km", "province", "district", "bbox"))
"""Filters that ask about a place; ``certainty`` governs them."""
