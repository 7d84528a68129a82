"""What is done on every part: read, judge, place, measure, and one last step."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.errors import BordermapError, InputError
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import Named, named_at, reported_points
from bordermap.joins import PolygonLayer
from bordermap.locate.arrow import expect_points
from bordermap.memory import give_back, uncollected
from bordermap.parts.outcome import Failure, Keys, Outcome, kept_faults, keys_of, point_keys
from bordermap.pipeline import related
from bordermap.query.hints import Hints
from bordermap.records import Known, Part, Piece, located_file, read_located, read_piece
from bordermap.schema import BANDS_KM, CRS, DecisionFile, FileReport, RawTable, Report
from bordermap.validate import ALONE, Elsewhere, Identity, judged, repeated
from bordermap.values.dates import orders_of

__all__ = ["CHECKED", "Job", "Shared", "Step", "known_of", "run_part", "shared_in"]

_DATES = ("date_start", "date_end")


class Step(Protocol):
    """What is made of a part's incidents; the value is small and can be sent."""

    @property
    def needs_place(self) -> bool:
        """Whether rows must be placed and measured for it."""
        ...

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        """Give how many incidents are in what was made, and its value."""
        ...


@dataclass(frozen=True, slots=True)
class _Checked:
    """Nothing: rows are read and judged."""

    needs_place: bool = False

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        return len(frame), None


CHECKED = _Checked()


@dataclass(frozen=True, slots=True)
class Shared:
    """What other parts must know of a part: rows by their ids, and what points' rows name."""

    number: int
    rows: tuple[Identity, ...] = ()
    named: Named = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What is asked of every part; it can be sent to another process.

    Attributes
    ----------
    step : Step
    recipe, day_first, bands_km
        As for :func:`bordermap.build`.
    joined : tuple of PolygonLayer
    decisions : tuple of DecisionFile
        About places.
    stores : tuple of str
        Files of users' own gazetteers.
    known : mapping of str to Known
        How each file that is cut is understood, by its source.
    located : bool
        The inputs were located already, and are taken as they are.
    expected : int
        Rows of all parts but one, as far as known: what many points repay is then made at once,
        and nothing that the points of one part do not repay.
    """

    step: Step
    recipe: str | None = None
    day_first: bool | None = None
    bands_km: tuple[float, ...] = BANDS_KM
    joined: tuple[PolygonLayer, ...] = ()
    decisions: tuple[DecisionFile, ...] = ()
    stores: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=dict)
    located: bool = False
    expected: int = 0


@uncollected()
def run_part(
    job: Job,
    part: Part,
    elsewhere: Elsewhere = ALONE,
    named: Named | None = None,
    told: str = "",
) -> Outcome:
    """Do the job on one part; a piece that cannot be read is told, the others live.

    Parameters
    ----------
    job : Job
    part : Part
    elsewhere : Elsewhere
        What is known of the ids of other parts.
    named : mapping, optional
        What their rows at the points of this one name.
    told : str
        A word for what is known of the others, kept with the outcome.

    Raises
    ------
    OutputError
        What was made cannot be written.
    """
    if job.located:
        return _as_it_is(job, part)
    tables, failed, orders = _tables(job, part)
    frame, report, bases = judged(tables, elsewhere)
    points = np.zeros(0, dtype=np.uint64)
    if job.step.needs_place:
        _made_ready(job.expected)
        points = point_keys(*reported_points(frame)[1:])
        frame, decided = related(
            frame,
            bands_km=job.bands_km,
            join={layer.key: layer for layer in job.joined},
            decisions=job.decisions,
            gazetteer=_gazetteer(job.stores),
            elsewhere=named,
        )
        report = replace(report, decisions=decided)
    rows, value = job.step(part.number, frame, report)
    faults, noted = kept_faults(report)
    del frame, tables
    give_back()
    return Outcome(
        number=part.number,
        files=report.files,
        faults=faults,
        noted=noted,
        failed=failed,
        rows=rows,
        value=value,
        keys=np.sort(keys_of(bases.names)),
        points=np.sort(points),
        numbered=keys_of(itertools.chain.from_iterable(bases.numbered)).reshape(-1, 2),
        orders=orders,
        told=told,
    )


def _as_it_is(job: Job, part: Part) -> Outcome:
    """The step done on incidents that were located before."""
    frames, files, failed = [], [], []
    for piece in part.pieces:
        try:
            frame = _read_located(piece)
        except BordermapError as error:
            failed.append(Failure(piece.name, str(error)))
            continue
        frames.append(frame)
        files.append(FileReport(piece.name, "located", "", len(frame), len(frame), 0, 0))
    report = Report(tuple(files), (), pd.DataFrame())
    if not frames:
        return Outcome(number=part.number, failed=tuple(failed))
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    rows, value = job.step(part.number, gpd.GeoDataFrame(whole, crs=CRS), report)
    return Outcome(part.number, report.files, failed=tuple(failed), rows=rows, value=value)


def _read_located(piece: Piece) -> gpd.GeoDataFrame:
    file = located_file(piece.source)
    if file is None:
        found, todo = "was not located by the program", "locate it first"
        raise InputError(found, where=piece.name, todo=todo)
    return read_located(file, Hints())


def shared_in(job: Job, part: Part, ids: Keys, points: Keys) -> Shared:
    """What other parts must know of the rows of one that have some ids, or lie at some points.

    Parameters
    ----------
    job : Job
    part : Part
    ids, points : ndarray of uint64
        Keys that the part shares with others, see :class:`Outcome`.
    """
    tables, _, _ = _tables(job, part)
    rows = repeated(tables, lambda names: np.isin(keys_of(names), ids)) if len(ids) else []
    if not len(points):
        return Shared(part.number, tuple(rows))
    frame = judged(tables)[0]
    at, *degrees = reported_points(frame)
    return Shared(
        part.number, tuple(rows), named_at(frame, at[np.isin(point_keys(*degrees), points)])
    )


def known_of(job: Job, piece: Piece) -> tuple[str, Known | None]:
    """How a file is understood, from its first piece; None where that cannot be read."""
    try:
        table = read_piece(piece, recipe=job.recipe, day_first=job.day_first)[0]
    except BordermapError:
        return piece.source, None
    return piece.source, Known.of(table)


def _tables(
    job: Job, part: Part
) -> tuple[list[RawTable], tuple[Failure, ...], dict[str, frozenset[str]]]:
    tables: list[RawTable] = []
    failed: list[Failure] = []
    orders: dict[str, frozenset[str]] = {}
    for piece in part.pieces:
        known = job.known.get(piece.source)
        try:
            read = read_piece(piece, known, recipe=job.recipe, day_first=job.day_first)
        except BordermapError as error:
            failed.append(Failure(piece.name, str(error)))
            continue
        tables += read
        if piece.cut is not None and job.day_first is None:
            orders[piece.source] = _orders(read)
    return tables, tuple(failed), orders


def _orders(tables: Sequence[RawTable]) -> frozenset[str]:
    frames = (table.frame for table in tables)
    cells = (frame[name].dropna().unique() for frame in frames for name in _DATES if name in frame)
    return frozenset().union(*(orders_of(map(str, some)) for some in cells))


@cache
def _made_ready(rows: int) -> None:
    expect_points(rows)


@cache
def _gazetteer(stores: tuple[str, ...]) -> Gazetteer:
    return Gazetteer.load(*stores)
