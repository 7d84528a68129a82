"""What of a question a file can answer by itself, so that not all of it need be read.

Hints only ever leave out rows that cannot match: what is left is asked again, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from bordermap.layers import load_layer
from bordermap.query.cql import parsed, properties
from bordermap.query.filters import (
    FILTERS,
    SPATIAL_FILTERS,
    box_of,
    day_of,
    kilometres_of,
    one_of,
    unit_codes,
)
from bordermap.query.near import metres
from bordermap.query.terms import literal
from bordermap.schema import COLUMNS, EVENT_TYPES, SIDES

__all__ = ["Box", "Hints", "Test", "hints_of"]

NEAR_EDGE = 0.01
"""Degrees around a unit: beside the line, the line and not its outline decides."""

Box = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


@dataclass(frozen=True, slots=True)
class Test:
    """A column, one of ``< <= > >= in null``, and a number, day (Timestamp) or texts."""

    column: str
    how: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What every row that matches must pass.

    Attributes
    ----------
    tests : tuple of tuple of Test
        Of each inner tuple at least one.
    box : tuple of float, optional
        Where its point must lie.
    columns : frozenset of str
        Columns that the question reads, the geometry left out.
    """

    tests: tuple[tuple[Test, ...], ...] = ()
    box: Box | None = None
    columns: frozenset[str] = frozenset()


def hints_of(asked: Sequence[tuple[str, Any]], certainty: str = "nominal") -> Hints:
    """Hints for filters as :func:`bordermap.query.given` gives them.

    Over footprints nothing is said of the filters by place: a footprint may match where its point
    does not.
    """
    tests: list[tuple[Test, ...]] = []
    box: Box | None = None
    columns: set[str] = set()
    for name, value in asked:
        tree = parsed(value) if name == "where" else None
        columns |= properties(tree) if tree else set(FILTERS[name].columns)
        if name in SPATIAL_FILTERS and certainty != "nominal":
            continue
        own = list(_of_expression(tree) if tree else _of_filter(name, value))
        tests += own
        for one in (*_boxes(name, value), *_boxes_in(tree), *_boxes_of_units(own)):
            box = one if box is None else _common(box, one)
    return Hints(tuple(tests), box, frozenset(columns) - {"geometry"})


def _of_filter(name: str, value: Any) -> Iterator[tuple[Test, ...]]:
    if name == "within":
        yield (Test("border_distance_m", "<=", metres(value)),)
    elif name == "beyond":
        yield (Test("border_distance_m", ">", metres(value)),)
    elif name == "km":
        start, end = kilometres_of(value)
        yield (Test("border_km", ">=", start),)
        yield (Test("border_km", "<", end),)
    elif name == "from_":
        day = day_of("from", value, end=False)
        yield Test("date_end", ">=", day), Test("date_end", "null")
    elif name == "to":
        yield (Test("date_start", "<=", day_of("to", value, end=True)),)
    elif name in _LISTED:
        column, allowed = _LISTED[name]
        yield (Test(column, "in", tuple(one_of(name, value, allowed))),)
    elif name in _UNITS:
        column, layer = _UNITS[name]
        yield (Test(column, "in", tuple(sorted(unit_codes(layer, value)))),)


_LISTED: Mapping[str, tuple[str, Iterable[str]]] = {
    "side": ("border_side", SIDES),
    "type": ("event_type", EVENT_TYPES),
}
_UNITS = {"province": ("adm1_code", "provinces"), "district": ("adm2_code", "districts")}


def _boxes(name: str, value: Any) -> Iterator[Box]:
    if name == "bbox":
        west, south, east, north = box_of(value)
    elif name == "near":
        west, south, east, north = value.bounds
    elif name == "within_of":
        west, south, east, north = value.units.total_bounds
    else:
        return
    if -180 <= west <= east <= 180:
        yield float(west), float(south), float(east), float(north)


def _boxes_of_units(tests: Iterable[tuple[Test, ...]]) -> Iterator[Box]:
    """Where the units lie that a row must be in."""
    layers = dict(_UNITS.values())
    for test in (one[0] for one in tests if len(one) == 1):
        if test.how == "in" and test.column in layers:
            units = load_layer(layers[test.column]).frame
            west, south, east, north = units[units["code"].isin(test.value)].total_bounds
            if west <= east:  # not where no unit has such a code
                yield west - NEAR_EDGE, south - NEAR_EDGE, east + NEAR_EDGE, north + NEAR_EDGE


def _common(one: Box, other: Box) -> Box:
    """Where both boxes are; empty (west beyond east) where they do not meet."""
    west, south = max(one[0], other[0]), max(one[1], other[1])
    return west, south, min(one[2], other[2]), min(one[3], other[3])


def _conjuncts(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Parts of an expression that must all hold."""
    if isinstance(tree, Mapping) and tree.get("op") == "and":
        for one in tree["args"]:
            yield from _conjuncts(one)
    elif isinstance(tree, Mapping):
        yield tree


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_DTYPES = {column.name: column.dtype for column in COLUMNS}


def _of_expression(tree: Any) -> Iterator[tuple[Test, ...]]:
    """Comparisons of a ledger column with a value, of those that must all hold."""
    for part in _conjuncts(tree):
        name, args = part.get("op"), part.get("args", [])
        if name in _TURNED and len(args) == 2:
            yield from _of_comparison(name, *args)
        elif name == "between" and len(args) == 3:
            yield from _of_comparison(">=", args[0], args[1])
            yield from _of_comparison("<=", args[0], args[2])
        elif name == "in" and _is_texts(*args):
            yield (Test(_property(args[0]), "in", tuple(args[1])),)


def _is_texts(one: Any, listed: Any) -> bool:
    """Whether a text column of ours is compared with texts."""
    return _DTYPES.get(_property(one)) == "string" and all(isinstance(o, str) for o in listed)


def _of_comparison(name: str, one: Any, other: Any) -> Iterator[tuple[Test, ...]]:
    if not _property(one):
        name, one, other = _TURNED[name], other, one
    column, value = _property(one), _as_declared(_property(one), other)
    if value is None:
        return
    if isinstance(value, str):
        if name == "=":
            yield (Test(column, "in", (value,)),)
    elif name == "=":
        yield (Test(column, ">=", value),)
        yield (Test(column, "<=", value),)
    else:
        yield (Test(column, name, value),)


def _as_declared(column: str, value: Any) -> Any:
    """A literal in the type of a ledger column, or None where it has another."""
    dtype = _DTYPES.get(column, "")
    if dtype.startswith("datetime") and (isinstance(value, str) or _is_time(value)):
        node = {"date": value} if isinstance(value, str) else value
        return pd.Timestamp(int(literal(node).values[0]), unit="us")
    if isinstance(value, str):
        return value if dtype == "string" else None
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if numeric and dtype in {"float64", "Int64"} else None


def _property(node: Any) -> str:
    return str(node["property"]) if isinstance(node, Mapping) and "property" in node else ""


def _is_time(node: Any) -> bool:
    return isinstance(node, Mapping) and bool({"date", "timestamp"} & set(node))


def _boxes_in(tree: Any) -> Iterator[Box]:
    """Bounds of the literals that the point must meet."""
    for part in _conjuncts(tree):
        args = part.get("args", [])
        if part.get("op") not in {"s_intersects", "s_within", "s_equals"} or len(args) != 2:
            continue
        if part["op"] == "s_within" and not _property(args[0]):
            continue
        shapes = [one for one in args if not _property(one)]
        if len(shapes) == 1 and any(_property(one) == "geometry" for one in args):
            yield tuple(map(float, shapely.bounds(literal(shapes[0]).values[0])))  # type: ignore[misc]
