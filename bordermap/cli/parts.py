"""Commands on any number of incidents: a part at a time, here or on a cluster."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import pandas as pd

from bordermap.cli.options import Question
from bordermap.cli.speak import Voice
from bordermap.cli.steps import LAYERS_USED
from bordermap.errors import FilterError, InputError, OutputError
from bordermap.files import sha256_of
from bordermap.layers import manifest
from bordermap.parts import (
    CHECKED,
    CountPart,
    Dataset,
    Job,
    KeepPart,
    Outcome,
    Step,
    WritePart,
    engine_of,
    report_of,
    run,
)
from bordermap.pipeline import run_record
from bordermap.query import in_order
from bordermap.records import PART_BYTES, PART_ROWS, Part, is_dataset, parts_of
from bordermap.robustness import finished as robust_finished
from bordermap.robustness import merged as robust_merged
from bordermap.schema import CRS, Report
from bordermap.summarise import finished, merged
from bordermap.values.text import label

__all__ = [
    "PARTS_BYTES",
    "Cluster",
    "by_parts",
    "checked_in_parts",
    "cluster",
    "counted_in_parts",
    "dataset_folder",
    "found_in_parts",
    "in_parts",
    "inputs_in_parts",
    "step_on_parts",
    "write_dataset",
]

PARTS_BYTES = 256 * 1024**2
"""Inputs larger than this are counted and checked a part at a time."""


class Cluster:
    """Who works: this process, so many of a cluster of its own, or a cluster that exists.

    And how large the parts are that they work on.
    """

    def __init__(
        self, workers: int | None, scheduler: str | None, part_rows: int | None = None
    ) -> None:
        if workers is not None and scheduler is not None:
            todo = "give one of them"
            raise FilterError("both --workers and --scheduler", where="--workers", todo=todo)
        self.workers, self.scheduler, self.part_rows = workers, scheduler, part_rows

    def __bool__(self) -> bool:
        return any(one is not None for one in (self.workers, self.scheduler, self.part_rows))

    def parts_of(self, inputs: Sequence[str | Path], recipe: str | None) -> list[Part]:
        """The inputs in parts of the size that was asked for."""
        rows = self.part_rows or PART_ROWS
        return parts_of(inputs, recipe, rows, max(1, rows * PART_BYTES // PART_ROWS))


def cluster(command: Callable[..., None]) -> Callable[..., None]:
    """Add who works, and hand it over as one ``cluster``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        who = Cluster(*(given.pop(name) for name in ("workers", "scheduler", "part_rows")))
        command(cluster=who, **given)

    workers = click.option(
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Work in parts, in so many processes (Dask; the extra 'cluster').",
    )
    scheduler = click.option(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="Work in parts, on a cluster of Dask that exists and sees the same files.",
    )
    part_rows = click.option(
        "--part-rows",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"Work in parts of about so many rows ({PART_ROWS:,} where nothing is said).",
    )
    return workers(scheduler(part_rows(asked)))


def by_parts(inputs: Sequence[str | Path], who: Cluster) -> bool:
    """Whether inputs are worked on in parts: where that is asked for, or they are large."""
    if who or any(map(is_dataset, inputs)):
        return True
    sizes = (path.stat().st_size for path in map(Path, inputs) if path.is_file())
    return sum(sizes) > PARTS_BYTES


def in_parts(
    parts: Sequence[Part],
    question: Question,
    step: Step,
    who: Cluster,
    dataset: Dataset | None = None,
    *,
    located: bool = False,
) -> list[Outcome]:
    """Do one step on every part, and say how far it is."""
    if any(sheet.about != "places" for sheet in question.decisions):
        todo = "leave that sheet out, or write one file instead of a folder"
        raise FilterError("likely duplicates are not decided in parts", todo=todo)
    job = Job(
        step=step,
        recipe=question.recipe,
        day_first=question.day_first,
        bands_km=question.bands_km,
        joined=question.joined,
        decisions=question.decisions,
        stores=tuple(str(store.path) for store in question.stores),
        located=located,
    )
    voice = question.voice
    with engine_of(who.workers, who.scheduler, voice.say) as engine:
        return run(parts, job, engine, dataset, _progress(voice))


def dataset_folder(output: Any, **given: Any) -> Path:
    """The folder of a dataset, where nothing is asked for that parts do not give."""
    if not isinstance(output, Path) or output.suffix:
        todo = "name a folder with -o, without a suffix"
        raise OutputError("parts are written into a folder", where=str(output), todo=todo)
    if str(output) in ("-", "."):
        todo = "name a file, such as incidents.csv"
        raise OutputError("this is no name of a file or folder", where=str(output), todo=todo)
    for name, value in given.items():
        if value:
            option = f"--{name.replace('_', '-')}"
            todo = "leave it out, or write one file"
            raise OutputError("is not made in parts", where=option, todo=todo)
    return output


def write_dataset(
    inputs: Sequence[str | Path], folder: Path, question: Question, who: Cluster, command: str
) -> Report:
    """Write the located incidents of all inputs that match as a dataset of GeoParquet files."""
    _refuse_inside(folder, inputs)
    parts = who.parts_of(inputs, question.recipe)
    arguments = question.arguments(command)
    dataset = Dataset(folder, _asked(parts, arguments))
    if dataset.finished:
        question.voice.say(f"{label(folder.name)}: done already")
        return report_of(dataset.done().values())
    step = WritePart(str(folder), question.filters, question.certainty)
    outcomes = in_parts(parts, question, step, who, dataset)
    failed = _failures(outcomes, question.voice)
    report = report_of(outcomes, {} if failed else _fingerprints(parts))
    question.voice.report(report)
    if not failed:
        record = run_record(report, arguments, LAYERS_USED, question.joined, question.stores)
        dataset.finish(record)
    rows = sum(outcome.rows for outcome in outcomes)
    files = f"{len(outcomes)} file{'s' * (len(outcomes) != 1)}"
    question.voice.say(f"{label(folder.name)}: {rows:,} incidents in {files}")
    if report.rejected_count:
        rejected = f"{report.rejected_count:,} rejected rows are in {label(folder.name)}.rejected"
        question.voice.say(rejected)
    if failed:
        todo = "mend them and give the same command again; what is done is kept"
        raise OutputError(f"{failed} inputs could not be read", where=label(folder.name), todo=todo)
    return report


def _refuse_inside(folder: Path, inputs: Sequence[str | Path]) -> None:
    """Refuse to write into a folder that is read: what was written would be read next time."""
    read = [path.resolve() for path in map(Path, inputs) if path.is_dir()]
    if any(folder.resolve().is_relative_to(one) for one in read):
        found, todo = "lies in a folder that is read", "name a folder elsewhere"
        raise OutputError(found, where=label(folder.name), todo=todo)


def step_on_parts(
    cut: tuple[Sequence[Part], bool], question: Question, step: Step, who: Cluster
) -> tuple[list[Outcome], Report]:
    """Do one step on what :func:`inputs_in_parts` gave; none may fail."""
    parts, located = cut
    outcomes = in_parts(parts, question, step, who, located=located)
    _refuse_failures(outcomes, question)
    report = report_of(outcomes)
    question.voice.report(report)
    return outcomes, report


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in parts: the tables by name, all incidents, and what was read."""

    tables: dict[str, pd.DataFrame]
    total: int
    report: Report


def counted_in_parts(
    inputs: Sequence[str | Path], question: Question, who: Cluster, by: str, within: str
) -> Counted:
    """Count the incidents of all inputs, a part at a time, with the numbers of one frame."""
    step = CountPart(
        by, within, question.filters, question.certainty, question.bands_km, question.joined
    )
    cut = inputs_in_parts(inputs, question, who)
    outcomes, report = step_on_parts(cut, question, step, who)
    counts = [outcome.value for outcome in outcomes if outcome.value]
    tables = {}
    if by:
        tables["rows"] = finished(merged([one["rows"] for one in counts]))
    if within:
        tables["robustness"] = robust_finished(robust_merged(one["robustness"] for one in counts))
    return Counted(tables, sum(outcome.rows for outcome in outcomes), report)


def inputs_in_parts(
    inputs: Sequence[str | Path], question: Question, who: Cluster
) -> tuple[list[Part], bool]:
    """The parts of the inputs, and whether they were located already."""
    located = [is_dataset(one) for one in inputs]
    if any(located) and not all(located):
        todo = "give either"
        raise FilterError("folders that were located, and inputs that were not", todo=todo)
    return who.parts_of(inputs, question.recipe), all(located)


def found_in_parts(
    inputs: Sequence[str | Path], question: Question, who: Cluster, **shown: Any
) -> tuple[gpd.GeoDataFrame, Report]:
    """The incidents of all inputs that match, sorted and cut off as asked."""
    limit, order = shown["limit"], shown["order_by"]
    step = KeepPart(question.filters, question.certainty, order, limit)
    cut = inputs_in_parts(inputs, question, who)
    outcomes, report = step_on_parts(cut, question, step, who)
    frames = [outcome.value for outcome in outcomes if outcome.value is not None]
    whole = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=CRS)
    matching, total = sum(outcome.rows for outcome in outcomes), report.accepted_count
    if question.filters:
        question.voice.say(f"{matching} of {total} incidents match")
    return in_order(whole, **shown), report


def checked_in_parts(
    inputs: Sequence[str | Path], reading: dict[str, Any], who: Cluster, voice: Voice
) -> Report:
    """What is read of all inputs and what is rejected, a part at a time."""
    job = Job(CHECKED, **reading)
    parts = who.parts_of(inputs, reading["recipe"])
    with engine_of(who.workers, who.scheduler, voice.say) as engine:
        outcomes = run(parts, job, engine, None, _progress(voice))
    failed = _failures(outcomes, voice)
    if failed:
        todo = "mend or leave them out; the others are well"
        raise InputError(f"{failed} inputs could not be read", todo=todo)
    return report_of(outcomes, _fingerprints(parts))


def _progress(voice: Voice) -> Callable[[int, int], None]:
    return lambda done, total: voice.stage(f"{done} of {total} parts")


def _refuse_failures(outcomes: Sequence[Outcome], question: Question) -> None:
    """Refuse a count of which some inputs are missing."""
    if failed := _failures(outcomes, question.voice):
        todo = "mend them, or leave them out to count the others"
        raise InputError(f"{failed} inputs could not be read", todo=todo)


def _failures(outcomes: Sequence[Outcome], voice: Voice) -> int:
    """Say which pieces could not be read; how many there are."""
    failures = [failure for outcome in outcomes for failure in outcome.failed]
    for failure in failures:
        voice.say(f"not read: {label(failure.message)}")
    return len(failures)


def _asked(parts: Sequence[Part], arguments: dict[str, Any]) -> dict[str, Any]:
    """What makes two runs the same: the options, the layers, and the inputs by name and size."""
    sizes = {piece.source: _size(piece.source) for part in parts for piece in part.pieces}
    names = {piece.source: piece.name for part in parts for piece in part.pieces}
    entries = manifest()
    return {
        "arguments": {key: str(value) for key, value in sorted(arguments.items())},
        "inputs": [[names[source], size] for source, size in sizes.items()],
        "layers": {name: entries[name]["sha256"] for name in LAYERS_USED},
    }


def _size(source: str) -> int:
    path = Path(source)
    return path.stat().st_size if path.is_file() else 0


def _fingerprints(parts: Sequence[Part]) -> dict[str, str]:
    sources = {piece.name: Path(piece.source) for part in parts for piece in part.pieces}
    return {name: sha256_of(path) for name, path in sources.items() if path.is_file()}
