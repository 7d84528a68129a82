"""What one part cannot know alone, and which parts must be done once more for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bordermap.parts.outcome import Outcome

__all__ = ["are_brought", "date_orders", "repeated_keys", "shared_keys", "taken_keys", "unlike"]

_ORDERS = frozenset(("day", "month"))
_AT_ONCE = 1_000_000

Keys = NDArray[np.uint64]
Order = bool | Literal["unsettled"]


def repeated_keys(parts: Mapping[int, Keys]) -> frozenset[int]:
    """Keys that are in more than one part.

    Parameters
    ----------
    parts : mapping of int to ndarray of uint64
        Sorted; they may lie on the disk, since they are looked at some millions at a time.
    """
    found: set[int] = set()
    for lows in _ranges(parts):
        some = [np.unique(_within(keys, *lows)) for keys in parts.values()]
        keys, counts = np.unique(np.concatenate(some), return_counts=True)
        found.update(keys[counts > 1].tolist())
    return frozenset(found)


def _ranges(parts: Mapping[int, Keys]) -> Iterator[tuple[int, int]]:
    total = sum(map(len, parts.values()))
    count = max(1, -(-total // _AT_ONCE))
    edges = [2**64 * number // count for number in range(count + 1)]
    return pairwise(edges) if parts else iter(())


def _within(keys: Keys, low: int, high: int) -> Keys:
    start = int(np.searchsorted(keys, np.uint64(low)))
    stop = len(keys) if high > 2**64 - 1 else int(np.searchsorted(keys, np.uint64(high)))
    return keys[start:stop]


def shared_keys(parts: Mapping[int, Keys]) -> dict[int, Keys]:
    """Of each part that has keys of another, in their order, these keys."""
    wanted = np.array(sorted(repeated_keys(parts)), dtype=np.uint64)
    found = {number: np.intersect1d(parts[number], wanted) for number in sorted(parts)}
    return {number: keys for number, keys in found.items() if len(keys)}


def are_brought(asked: Keys, ids: Mapping[int, Keys]) -> NDArray[np.bool_]:
    """Which of some keys a row of any part brings."""
    there = np.zeros(len(asked), dtype=bool)
    for own in ids.values():
        there |= np.isin(asked, own)
    return there


def taken_keys(numbered: Mapping[int, Keys], ids: Mapping[int, Keys]) -> dict[int, Keys]:
    """Of each part that gave a row an id that another part brings, what those are made of.

    Parameters
    ----------
    numbered : mapping of int to ndarray of uint64, shape (n, 2)
        Ids that were told apart by a number, and what each is made of.
    ids : mapping of int to ndarray of uint64
        Ids that rows bring.
    """
    given = {number: keys for number, keys in numbered.items() if len(keys)}
    if not given:
        return {}
    names = np.unique(np.concatenate([keys[:, 0] for keys in given.values()]))
    names = names[are_brought(names, ids)]
    found = {
        number: np.unique(keys[np.isin(keys[:, 0], names), 1]) for number, keys in given.items()
    }
    return {number: keys for number, keys in found.items() if len(keys)}


def date_orders(outcomes: Iterable[Outcome]) -> dict[str, Order]:
    """How each file writes ``04/05/2016``, where any of its stretches shows it, by source."""
    shown: dict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        for source, orders in outcome.orders.items():
            shown[source] |= orders & _ORDERS
    return {source: _order(one) for source, one in shown.items() if one}


def _order(shown: set[str]) -> Order:
    return "unsettled" if len(shown) > 1 else "day" in shown


def unlike(outcome: Outcome, orders: Mapping[str, Order]) -> bool:
    """Whether a part read dates in another way than its whole file shows."""
    sources: Any = (source for source in outcome.orders if source in orders)
    return any(
        "either" in own and _order(set(own & _ORDERS) or {"day", "month"}) != orders[source]
        for source in sources
        for own in [outcome.orders[source]]
    )
