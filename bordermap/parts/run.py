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
from bordermap.parts.engines import Engine
from bordermap.parts.job import Job, identities_in, known_of, named_in, run_part
from bordermap.parts.outcome import Outcome, keys_of
from bordermap.parts.settle import date_orders, parts_with, repeated_keys, unlike
from bordermap.records import Part, Piece
from bordermap.validate import ALONE, Elsewhere, Identity

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
    job = replace(job, known=_known(parts, job))
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
        self._own: dict[str, dict[int, NDArray[np.uint64]]] = {"ids": {}, "points": {}}

    def keep(self, outcome: Outcome, *, again: bool = False) -> None:
        if self.dataset is not None:
            self.dataset.keep(outcome, again=again)
        elif not again:
            self._own["ids"][outcome.number] = outcome.keys
            self._own["points"][outcome.number] = outcome.points
        nothing = np.zeros(0, dtype=np.uint64)
        self.outcomes[outcome.number] = replace(outcome, keys=nothing, points=nothing)

    def keys(self, kind: str) -> Keys:
        if self.dataset is not None:
            return self.dataset.keys(self.outcomes, kind)
        return self._own[kind]


def _known(parts: Sequence[Part], job: Job) -> dict[str, Any]:
    """How each file that is cut is understood, from its first piece."""
    first: dict[str, Piece] = {}
    for part in parts:
        for piece in part.pieces:
            if piece.cut is not None:
                first.setdefault(piece.source, piece)
    found = {source: known_of(job, piece) for source, piece in first.items()}
    return {source: known for source, known in found.items() if known is not None}


def _again(parts: Sequence[Part], job: Job, engine: Engine, kept: _Kept) -> Iterable[Outcome]:
    """Parts that are done once more, now that the others are known."""
    orders = date_orders(kept.outcomes.values())
    known = {
        source: replace(one, day_first=orders.get(source, one.day_first))
        for source, one in job.known.items()
    }
    job = replace(job, known=known)
    elsewhere = _elsewhere(parts, job, engine, kept.keys("ids"))
    named = _named(parts, job, engine, kept.keys("points"))
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


def _named(
    parts: Sequence[Part], job: Job, engine: Engine, keys: Keys
) -> dict[int, dict[tuple[float, float], Counter[Any]]]:
    """For each part with a point that others have too, what their rows name there."""
    wanted = repeated_keys(keys)
    numbers = set(parts_with(keys, wanted))
    holding = [(part, wanted) for part in parts if part.number in numbers]
    found: dict[int, Named] = dict(engine(partial(_names_in, job), holding)) if holding else {}
    total: dict[tuple[float, float], Counter[Any]] = defaultdict(Counter)
    for own in found.values():
        for point, told in own.items():
            total[point].update(told)
    return {
        number: {point: total[point] - Counter(told) for point, told in own.items()}
        for number, own in found.items()
    }


def _names_in(job: Job, part: Part, wanted: frozenset[int]) -> tuple[int, Named]:
    return part.number, named_in(job, part, wanted)


def _elsewhere(parts: Sequence[Part], job: Job, engine: Engine, keys: Keys) -> dict[int, Elsewhere]:
    """For each part behind the first that has an id, the rows before it that have it too."""
    wanted = repeated_keys(keys)
    if not wanted:
        return {}
    numbers = parts_with(keys, wanted)
    holding = [(part, wanted) for part in parts if part.number in set(numbers)]
    found: dict[int, list[Identity]] = dict(engine(partial(_rows_of, job), holding))
    taken = _taken([one for rows in found.values() for one in rows], keys)
    earlier: list[Identity] = []
    needed: dict[int, Elsewhere] = {}
    for number in numbers:
        if earlier:
            needed[number] = Elsewhere(tuple(earlier), taken)
        earlier += found[number]
    return needed


def _rows_of(job: Job, part: Part, wanted: frozenset[int]) -> tuple[int, list[Identity]]:
    return part.number, identities_in(job, part, wanted)


def _taken(rows: Sequence[Identity], keys: Keys) -> frozenset[str]:
    """Ids that somewhere a row brings and that a second use of one of these could be given."""
    uses: dict[str, int] = {}
    for one in rows:
        uses[one.own] = uses.get(one.own, 0) + 1
    names = [f"{own}-{n}" for own, many in uses.items() if own for n in range(2, many + 2)]
    there = np.array(names, dtype=object)[
        np.logical_or.reduce([np.isin(keys_of(names), own) for own in keys.values()])
    ]
    return frozenset(there.tolist())
