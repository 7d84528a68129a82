"""Questions in OGC CQL2 text (OGC 21-065r2), asked of a frame column by column.

The library ``cql2`` parses; nothing of the text is run as Python or SQL. Logic has three values:
a comparison with a missing value is neither true nor false, and its row is not kept, nor is it by
NOT. Numbers are compared as float64: whole numbers beyond 2**53 lose their last digits.

Times are instants in UTC, a date its midnight. ``S_`` operators are planar in degrees, as the
standard has them; distances in metres are in the columns (``border_distance_m``), and in the
filters ``within`` and ``near``. ``A_`` operators take text columns as lists parted by ";".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

import cql2
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.query.terms import Term, as_times, column, folded, interval, literal, refused
from bordermap.values.text import shorten

__all__ = ["Truth", "answers", "parsed", "properties"]

LONGEST_TEXT = 20_000
"""Characters of an expression."""

DEEPEST = 40
"""Levels of an expression, and of brackets in its text: the parser overflows its stack at some
thousand."""

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Rows for which something holds and those for which it does not; unknown is neither."""

    yes: BoolArray
    no: BoolArray

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.no & other.no)

    def __invert__(self) -> Truth:
        return Truth(self.no, self.yes)


def parsed(text: str) -> Any:
    """The tree of an expression in CQL2 text.

    Raises
    ------
    FilterError
        It is too long, too deep, or no CQL2.
    """
    if len(text) > LONGEST_TEXT or _brackets(text) > DEEPEST:
        raise refused("the expression is too long or too deep", "ask less at once")
    try:
        tree = cql2.parse_text(text).to_json()
    except (cql2.ParseError, ValueError) as error:
        at = re.search(r"--> \d+:(\d+)", str(error))
        place = f" at character {at[1]}" if at else ""
        raise refused(
            f"{shorten(text)!r} is no CQL2{place}", "write it like \"border_side = 'PK'\""
        ) from error
    return tree


def _brackets(text: str) -> int:
    """How deep brackets are nested, those in texts left out."""
    depth = deepest = 0
    for mark in re.sub(r"'[^']*'|\"[^\"]*\"", "", text):
        depth += (mark == "(") - (mark == ")")
        deepest = max(deepest, depth)
    return deepest


def properties(node: Any) -> set[str]:
    """Names of the columns that a tree speaks of."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("property"), str):
                found.add(one["property"])
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return found


def answers(frame: pd.DataFrame, tree: Any) -> Truth:
    """For which rows an expression holds.

    Raises
    ------
    FilterError
        It names a column that is not there, or compares what cannot be compared.
    """
    found = _Reader(frame).truth(tree)
    yes, no = (np.broadcast_to(part, len(frame)).copy() for part in (found.yes, found.no))
    return Truth(yes, no)


class _Reader:
    """Reads a tree over one frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._level = 0
        self._columns: dict[str, Term] = {}

    def truth(self, node: Any) -> Truth:
        """What a node says of each row."""
        with self._deeper():
            return self._truth(node)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        """One level down; refused where that is too deep."""
        self._level += 1
        if self._level > DEEPEST:
            raise refused("the expression is too deep", "ask less at once")
        yield
        self._level -= 1

    def _truth(self, node: Any) -> Truth:
        if not isinstance(node, Mapping) or "op" not in node:
            return _as_truth(self.term(node))
        name, args = str(node["op"]).lower(), node.get("args", [])
        if name in {"and", "or"}:
            parts = [self.truth(one) for one in args]
            return reduce((lambda a, b: a & b) if name == "and" else (lambda a, b: a | b), parts)
        if name == "not" and len(args) == 1:
            return ~self.truth(args[0])
        if name == "isnull" and len(args) == 1:
            known = self.term(args[0]).known
            return Truth(~known, known)
        if name == "in" and len(args) == 2 and isinstance(args[1], list):
            first = self.term(args[0])
            found = [_compared("=", first, self.term(one)) for one in args[1]]
            return reduce(lambda a, b: a | b, found)
        return _tested(name, [self.term(one) for one in args])

    def term(self, node: Any) -> Term:
        """The values of a node."""
        if not isinstance(node, Mapping):
            return literal(node)
        if "property" in node:
            name = str(node["property"])
            if name not in self._columns:
                self._columns[name] = column(self._frame, name)
            return self._columns[name]
        if "interval" in node:
            return interval(*(None if end == ".." else self.term(end) for end in node["interval"]))
        if "op" not in node:
            return literal(node)
        with self._deeper():
            return _calculated(str(node["op"]).lower(), [self.term(one) for one in node["args"]])


def _as_truth(term: Term) -> Truth:
    term.must_be("truth")
    return Truth(term.values == 1.0, term.values == 0.0)


def _tested(name: str, terms: Sequence[Term]) -> Truth:
    """What an operator that answers yes or no says of its terms."""
    count = 3 if name == "between" else 2
    known = {*_COMPARE, *_TIMES, *_SHAPES, *_LISTS, "between", "like"}
    if name not in known:
        hint = ", ".join(sorted(known | set(_FUNCTIONS)))
        raise refused(f"there is no operator {shorten(name)!r}", f"use and, or, not, in, {hint}")
    if len(terms) != count:
        raise refused(f"{name} has {len(terms)} arguments", f"give {count}")
    if name == "between":
        low, high = _compared(">=", terms[0], terms[1]), _compared("<=", terms[0], terms[2])
        return low & high
    if name in _COMPARE:
        return _compared(name, *terms)
    if name == "like":
        return _like(*terms)
    if name in _TIMES:
        return _in_time(name, *terms)
    return _in_space(name, *terms) if name in _SHAPES else _of_lists(name, *terms)


def _of(yes: NDArray[Any], *terms: Term) -> Truth:
    """Where all terms are known, yes or no."""
    known = reduce(np.logical_and, (term.known for term in terms))
    held = np.asarray(yes, dtype=bool) & known
    return Truth(held, known & ~held)


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def _compared(name: str, one: Term, other: Term) -> Truth:
    if "time" in (one.kind, other.kind):
        one, other = as_times(one), as_times(other)
        if one.until is not None or other.until is not None:
            raise refused(f"{name} compares no intervals", "use T_INTERSECTS and its like")
    if one.kind != other.kind:
        one.must_be(other.kind)
    one.must_be("number", "text", "truth", "time")
    if one.kind == "text":
        return _of(_texts_compared(_COMPARE[name], one, other), one, other)
    return _of(_COMPARE[name](one.values, other.values), one, other)


def _texts_compared(test: Callable[[Any, Any], Any], one: Term, other: Term) -> NDArray[Any]:
    """Texts compared by their order among all that occur (Unicode code points)."""
    codes, uniques = pd.factorize(np.concatenate([one.values, other.values]), sort=True)
    del uniques
    found: NDArray[Any] = test(codes[: len(one.values)], codes[len(one.values) :])
    return found


def _like(one: Term, pattern: Term) -> Truth:
    one.must_be("text"), pattern.must_be("text")
    if len(pattern.values) != 1:
        raise refused("LIKE needs a pattern", "write it like place LIKE 'Spin%'")
    fits = _pattern(str(pattern.values[0]))
    codes, uniques = pd.factorize(one.values)
    found = np.array([fits(str(text)) for text in uniques] + [False], dtype=bool)
    return _of(found[codes], one)


def _pattern(text: str) -> Callable[[str], bool]:
    """A test for ``%`` (any characters) and ``_`` (one), after a backslash as they are.

    Each run between two ``%`` is sought at its first place, so that no pattern takes long.
    """
    runs: list[list[str]] = [[]]
    for mark in re.findall(r"\\.|.", text, re.DOTALL):
        if mark == "%":
            runs.append([])
        else:
            runs[-1].append("." if mark == "_" else re.escape(mark[-1]))
    start, *middle = ("".join(run) for run in runs)
    if not middle:
        whole = re.compile(start, re.DOTALL)
        return lambda value: whole.fullmatch(value) is not None
    first, last = re.compile(start, re.DOTALL), re.compile(middle.pop() + r"\Z", re.DOTALL)
    length = len(runs[-1])
    between = [re.compile(run, re.DOTALL) for run in middle]

    def fits(value: str) -> bool:
        found = first.match(value)
        for run in between:
            found = found and run.search(value, found.end())
        at = len(value) - length
        return found is not None and at >= found.end() and last.match(value, at) is not None

    return fits


_TIMES: Mapping[str, Callable[[Any, Any, Any, Any], Any]] = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_contains": lambda a, b, c, d: (a < c) & (b > d),
    "t_disjoint": lambda a, b, c, d: (b < c) | (a > d),
    "t_during": lambda a, b, c, d: (a > c) & (b < d),
    "t_equals": lambda a, b, c, d: (a == c) & (b == d),
    "t_finishedby": lambda a, b, c, d: (a < c) & (b == d),
    "t_finishes": lambda a, b, c, d: (a > c) & (b == d),
    "t_intersects": lambda a, b, c, d: (a <= d) & (b >= c),
    "t_meets": lambda a, b, c, d: b == c,
    "t_metby": lambda a, b, c, d: a == d,
    "t_overlappedby": lambda a, b, c, d: (a > c) & (a < d) & (b > d),
    "t_overlaps": lambda a, b, c, d: (a < c) & (b > c) & (b < d),
    "t_startedby": lambda a, b, c, d: (a == c) & (b > d),
    "t_starts": lambda a, b, c, d: (a == c) & (b < d),
}
"""Of two spans a to b and c to d (OGC 21-065r2, table 7; Allen 1983)."""


def _in_time(name: str, one: Term, other: Term) -> Truth:
    one, other = as_times(one), as_times(other)
    return _of(_TIMES[name](one.values, one.ends, other.values, other.ends), one, other)


_SHAPES: Mapping[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "s_contains": (shapely.contains, shapely.within),
    "s_crosses": (shapely.crosses, shapely.crosses),
    "s_disjoint": (shapely.disjoint, shapely.disjoint),
    "s_equals": (shapely.equals, shapely.equals),
    "s_intersects": (shapely.intersects, shapely.intersects),
    "s_overlaps": (shapely.overlaps, shapely.overlaps),
    "s_touches": (shapely.touches, shapely.touches),
    "s_within": (shapely.within, shapely.contains),
}
"""Each test, and the same with its two geometries the other way round."""


def _in_space(name: str, one: Term, other: Term) -> Truth:
    """A spatial test; the geometry that is the same for all rows comes first, prepared."""
    one.must_be("shape"), other.must_be("shape")
    test, turned = _SHAPES[name]
    if len(other.values) == 1:
        shapely.prepare(other.values)
        return _of(turned(other.values, one.values), one, other)
    shapely.prepare(one.values)
    return _of(test(one.values, other.values), one, other)


_LISTS: Mapping[str, Callable[[frozenset[Any], frozenset[Any]], bool]] = {
    "a_containedby": frozenset.issubset,
    "a_contains": frozenset.issuperset,
    "a_equals": frozenset.__eq__,
    "a_overlaps": lambda one, other: not one.isdisjoint(other),
}


def _of_lists(name: str, one: Term, other: Term) -> Truth:
    lists = [_as_list(term) for term in (one, other)]
    test, most = _LISTS[name], max(len(one.values), len(other.values))
    pairs = zip(*(np.broadcast_to(values, most) for values in lists), strict=True)
    found = [a is not None and b is not None and test(a, b) for a, b in pairs]
    return _of(np.array(found, dtype=bool), one, other)


def _as_list(term: Term) -> NDArray[np.object_]:
    """Members of each list; texts are parted at ";"."""
    term.must_be("list", "text")
    lists = np.empty(len(term.values), dtype=object)
    for at, value in enumerate(term.values):
        if isinstance(value, str):
            lists[at] = frozenset(filter(None, (part.strip() for part in value.split(";"))))
        elif isinstance(value, frozenset):
            lists[at] = value
        elif value is not None:
            lists[at] = frozenset(one if isinstance(one, str) else float(one) for one in value)
    return lists


def _calculated(name: str, terms: Sequence[Term]) -> Term:
    """What a function or a sum makes of its terms; division by nothing is missing."""
    if name in {"casei", "accenti"} and len(terms) == 1:
        return folded(terms[0], name)
    if name not in _FUNCTIONS or len(terms) != 2:
        raise refused(f"there is no function {shorten(name)!r}", "use casei, accenti, + - * / % ^")
    one, other = (term.must_be("number").values for term in terms)
    with np.errstate(all="ignore"):
        values = _FUNCTIONS[name](one, other)
    return Term("number", np.where(np.isfinite(values), values, np.nan), f"the result of {name}")


_FUNCTIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda one, other: np.trunc(one / other),
    "^": np.power,
}
