"""The whole of a run: parts, what became of each, and what is settled at the end."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bordermap.geocode import Named
from bordermap.parts.dataset import Dataset
from bordermap.parts.engines import Engine, here
from bordermap.parts.job import Job, Shared, known_of, run_part, shared_in
from bordermap.parts.outcome import Outcome, keys_of
from bordermap.parts.settle import are_brought, date_orders, shared_keys, taken_keys, unlike
from bordermap.records import Known, Part, Piece
from bordermap.validate import ALONE, Elsewhere, Identity
from bordermap.values.ids import made_id

__all__ = ["run"]

Keys = Mapping[int, NDArray[np.uint64]]
Progress = Callable[[int, int], None]


def run(
    parts: Sequence[Part],
    job: Job,
    engine: Engine,
    dataset: Dataset | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Outcome]:
    """Do a job on every part, as if all were one.

    Parameters
    ----------
    parts : sequence of Part
        Of :func:`bordermap.records.parts_of`.
    job : Job
    engine : Engine
    dataset : Dataset, optional
        Where the parts are written; those that are done there already are not done again.
    progress : callable, optional
        Called with how many parts are done, and how many there are.

    Returns
    -------
    list of Outcome
        In the order of the parts.

    Raises
    ------
    OutputError
        A part cannot be written; those before it are kept.
    InputError
        The engine fails.
    """
    later = sum(piece.rows for part in parts[1:] for piece in part.pieces)
    job = replace(job, known=_known(parts, job, engine), expected=later)
    if dataset is not None:
        dataset.expect(parts)
    kept = _Kept(dataset)
    left = [part for part in parts if part.number not in kept.outcomes]
    progress(len(parts) - len(left), len(parts))
    for outcome in engine(partial(run_part, job), [(part,) for part in left]):
        kept.keep(outcome)
        progress(len(kept.outcomes), len(parts))
    for outcome in _again(parts, job, engine, kept):
        kept.keep(outcome, again=True)
    return [kept.outcomes[number] for number in sorted(kept.outcomes)]


class _Kept:
    """What became of the parts so far, here or in a dataset."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        self.outcomes: dict[int, Outcome] = dataset.done() if dataset else {}
        self._own: dict[str, dict[int, NDArray[np.uint64]]] = defaultdict(dict)

    def keep(self, outcome: Outcome, *, again: bool = False) -> None:
        if self.dataset is not None:
            self.dataset.keep(outcome, again=again)
        elif not again:
            for kind, keys in outcome.kinds().items():
                self._own[kind][outcome.number] = keys
        self.outcomes[outcome.number] = outcome.without_keys()

    def keys(self, kind: str) -> Keys:
        if self.dataset is not None:
            return self.dataset.keys(self.outcomes, kind)
        return self._own[kind]


def _known(parts: Sequence[Part], job: Job, engine: Engine) -> dict[str, Known]:
    """How each file that is cut is understood, from its first piece."""
    first: dict[str, Piece] = {}
    for part in parts:
        for piece in part.pieces:
            if piece.cut is not None:
                first.setdefault(piece.source, piece)
    # The pieces of many files are read where the parts are, that of one is here at once.
    how = engine if len(first) > 1 else here
    found = how(partial(known_of, job), [(piece,) for piece in first.values()])
    return {source: known for source, known in found if known is not None}


def _again(parts: Sequence[Part], job: Job, engine: Engine, kept: _Kept) -> Iterable[Outcome]:
    """Parts that are done once more, now that the others are known."""
    orders = date_orders(kept.outcomes.values())
    known = {
        source: replace(one, day_first=orders.get(source, one.day_first))
        for source, one in job.known.items()
    }
    job = replace(job, known=known)
    shared = _shared(parts, job, engine, kept)
    elsewhere, named = _elsewhere(shared, kept.keys("ids")), _named(shared)
    turned = {number for number, one in kept.outcomes.items() if unlike(one, orders)}
    arguments = []
    for part in parts:
        told = elsewhere.get(part.number, ALONE), named.get(part.number)
        said = _digest(*told, orders if part.number in turned else {})
        # What was done with the very same knowledge, before a run stopped, is not done again.
        if said and kept.outcomes[part.number].told != said:
            arguments.append((part, *told, said))
    return engine(partial(run_part, job), arguments)


def _digest(elsewhere: Elsewhere, named: Named | None, orders: Mapping[str, Any]) -> str:
    """A word for what a part is told of the others; empty for nothing."""
    if elsewhere == ALONE and not named and not orders:
        return ""
    points = [
        (point, sorted((repr(record), many) for record, many in told.items()))
        for point, told in sorted((named or {}).items())
    ]
    said = elsewhere.earlier, sorted(elsewhere.taken), points, sorted(orders.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _shared(parts: Sequence[Part], job: Job, engine: Engine, kept: _Kept) -> list[Shared]:
    """Of each part that has ids or points of another, in their order, what that must know."""
    ids, points = (shared_keys(kept.keys(kind)) for kind in ("ids", "points"))
    none = np.zeros(0, dtype=np.uint64)
    for number, keys in taken_keys(kept.keys("numbered"), kept.keys("ids")).items():
        ids[number] = np.union1d(ids.get(number, none), keys)
    asked = [
        (part, ids.get(part.number, none), points.get(part.number, none))
        for part in parts
        if part.number in ids or part.number in points
    ]
    found = engine(partial(shared_in, job), asked) if asked else ()
    return sorted(found, key=lambda one: one.number)


def _named(shared: Sequence[Shared]) -> dict[int, Named]:
    """For each part with a point that others have too, what their rows name there."""
    total: dict[tuple[float, float], Counter[Any]] = defaultdict(Counter)
    for part in shared:
        for point, told in part.named.items():
            total[point].update(told)
    return {
        part.number: {point: total[point] - Counter(told) for point, told in part.named.items()}
        for part in shared
        if part.named
    }


def _elsewhere(shared: Sequence[Shared], keys: Keys) -> dict[int, Elsewhere]:
    """For each part that needs it, the rows before it that have an id of it, and ids taken."""
    taken = _taken([base for part in shared for base in map(_base, part.rows)], keys)
    names = frozenset(name for some in taken.values() for name in some)
    before: dict[str, list[Identity]] = defaultdict(list)
    needed: dict[int, Elsewhere] = {}
    for part in shared:
        uses = Counter(map(_base, part.rows))
        earlier = [one for base in uses for one in before[base]]
        if earlier or any(many > 1 and taken[base] for base, many in uses.items()):
            needed[part.number] = Elsewhere(tuple(earlier), names)
        for one in part.rows:
            before[_base(one)].append(one)
    return needed


def _base(row: Identity) -> str:
    return row.own or made_id(row.content)


def _taken(bases: Sequence[str], keys: Keys) -> dict[str, list[str]]:
    """Of the names that a second use of each id could be given, those that some row brings."""
    uses = Counter(bases)
    taken: dict[str, list[str]] = {base: [] for base in uses}
    wanted = Counter({base: many - 1 for base, many in uses.items()})
    last = dict.fromkeys(uses, 1)
    # As many are asked for as are needed, and more where some of them are taken.
    while any(wanted.values()):
        asked = {
            f"{base}-{last[base] + number}": base
            for base, many in wanted.items()
            for number in range(1, many + 1)
        }
        last = {base: at + wanted[base] for base, at in last.items()}
        there = are_brought(keys_of(asked), keys)
        brought = [pair for pair, is_there in zip(asked.items(), there, strict=True) if is_there]
        for name, base in brought:
            taken[base].append(name)
        wanted = Counter(base for _, base in brought)
    return taken
