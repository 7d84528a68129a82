"""What is done on every part: read, judge, place, measure, and one last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import geopandas as gpd
import numpy as np

from bordermap.errors import BordermapError, OutputError
from bordermap.gazetteer import Gazetteer
from bordermap.joins import PolygonLayer
from bordermap.parts.outcome import Failure, Outcome, keys_of, kept_faults
from bordermap.pipeline import related
from bordermap.records import Known, Part, Piece, read_piece
from bordermap.schema import BANDS_KM, DecisionFile, RawTable, Report
from bordermap.validate import ALONE, Elsewhere, Identity, judged, repeated
from bordermap.values.dates import orders_of

__all__ = ["CHECKED", "Job", "Step", "identities_in", "known_of", "run_part"]

_DATES = ("date_start", "date_end")


class Step(Protocol):
    """What is made of a part's incidents; the value is small and can be sent."""

    needs_place: bool

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
    """

    step: Step
    recipe: str | None = None
    day_first: bool | None = None
    bands_km: tuple[float, ...] = BANDS_KM
    joined: tuple[PolygonLayer, ...] = ()
    decisions: tuple[DecisionFile, ...] = ()
    stores: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=dict)


def run_part(job: Job, part: Part, elsewhere: Elsewhere = ALONE) -> Outcome:
    """Do the job on one part; a piece that cannot be read is told, the others live.

    Parameters
    ----------
    job : Job
    part : Part
    elsewhere : Elsewhere
        What is known of the other parts.

    Raises
    ------
    OutputError
        What was made cannot be written.
    """
    tables, failed, orders = _tables(job, part)
    frame, report, bases = judged(tables, elsewhere)
    if job.step.needs_place:
        frame, report = related(
            frame,
            report,
            bands_km=job.bands_km,
            join={layer.key: layer for layer in job.joined},
            decisions=job.decisions,
            gazetteer=_gazetteer(job.stores),
        )
    rows, value = job.step(part.number, frame, report)
    faults, noted = kept_faults(report)
    return Outcome(
        number=part.number,
        files=report.files,
        faults=faults,
        noted=noted,
        failed=failed,
        rows=rows,
        value=value,
        keys=np.sort(keys_of(bases)),
        orders=orders,
    )


def identities_in(job: Job, part: Part, wanted: frozenset[int]) -> list[Identity]:
    """Rows of a part whose ids have one of some keys, for the parts behind it."""
    tables, _, _ = _tables(job, part)
    return repeated(tables, lambda name: int(keys_of([name])[0]) in wanted)


def known_of(job: Job, piece: Piece) -> Known | None:
    """How a file is understood, from its first piece; None where that cannot be read."""
    try:
        table = read_piece(piece, recipe=job.recipe, day_first=job.day_first)[0]
    except OutputError:
        raise
    except BordermapError:
        return None
    return Known.of(table)


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
def _gazetteer(stores: tuple[str, ...]) -> Gazetteer:
    return Gazetteer.load(*stores)


def with_order(job: Job, source: str, order: Any) -> Job:
    """The job, with how one file writes its dates."""
    known = replace(job.known[source], day_first=order)
    return replace(job, known={**job.known, source: known})
