"""What several commands do alike: build the frame, filter it, and end with the right status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import geopandas as gpd

from bordermap.cli.options import Question
from bordermap.cli.reference import with_incidents
from bordermap.cli.speak import Voice
from bordermap.duplicates import duplicate_sheet, is_duplicate
from bordermap.errors import InputError, OutputError
from bordermap.export import Table, check_output, export, write_rejected, write_sheet
from bordermap.export.footprints import footprints
from bordermap.gazetteer import Gazetteer
from bordermap.geocode.review import review_sheet
from bordermap.pipeline import build
from bordermap.query import query, undecided
from bordermap.records import files_of, read_decisions
from bordermap.schema import DecisionFile, Report
from bordermap.values.text import label

__all__ = [
    "build_all",
    "build_and_filter",
    "check_sheet",
    "end",
    "save_duplicates",
    "save_incidents",
    "save_rejected",
    "say_decisions",
    "say_duplicates",
]

REJECTED = 3

MOST_SAID = 20
"""So many decisions that were not used are told one by one."""

LAYERS_USED = (
    "border_places",
    "countries",
    "crossings",
    "districts",
    "geonames_places",
    "line",
    "namesakes",
    "neighbours",
    "not_places",
    "provinces",
    "stretches",
    "tehsils",
    "variants",
)
"""What placing and locating read, for the run record."""


def build_all(inputs: Sequence[str | Path], question: Question) -> tuple[gpd.GeoDataFrame, Report]:
    """Build the located frame and say what was read."""
    voice = question.voice
    frame, report = build(
        *inputs,
        recipe=question.recipe,
        day_first=question.day_first,
        bands_km=question.bands_km,
        join={layer.key: layer for layer in question.joined},
        decisions=question.decisions,
        gazetteer=Gazetteer.load(*question.stores),
        progress=voice.stage,
        drafts=question.drafts,
    )
    voice.report(report)
    say_decisions(report, voice)
    say_duplicates(frame, voice)
    say_joined(frame, question)
    return frame, report


def build_and_filter(
    inputs: Sequence[str | Path],
    question: Question,
    review: Path | None = None,
    duplicates: Path | None = None,
) -> tuple[gpd.GeoDataFrame, Report]:
    """Build the located frame and keep what matches, saying what could not be decided.

    The rows that need a person are written to ``review``, likely duplicates to ``duplicates``,
    before any filter: rows without a place match none.
    """
    voice, filters = question.voice, question.filters
    for sheet in (review, duplicates):
        if sheet is not None:
            check_sheet(sheet, inputs)
    frame, report = build_all(inputs, question)
    if review is not None:
        save_review(review, frame, report, voice)
    if duplicates is not None:
        save_duplicates(duplicates, frame, question.decisions, voice)
    if not filters:
        return frame, report
    kept = query(frame, certainty=question.certainty, **filters)
    voice.say(f"{len(kept)} of {len(frame)} incidents match")
    for name, count in undecided(frame, **filters).items():
        if count:
            option = name.rstrip("_")
            voice.say(f"  {count} left out: not known for --{option}")
    return kept, report


def say_joined(frame: gpd.GeoDataFrame, question: Question) -> None:
    """Say for each joined layer how many points lie in it, and how many in several units."""
    for layer in question.joined:
        units = frame[f"{layer.key}_units"].dropna()
        inside, several = int((units > 0).sum()), int((units > 1).sum())
        question.voice.say(f"{layer.file}: {inside} of {len(units)} points lie in it")
        if several:
            said = f"{several} lie in several units; the smaller code is taken"
            question.voice.say(f"  note: {said}")


def say_decisions(report: Report, voice: Voice) -> None:
    """Say what became of each sheet of decisions, and of each line that was not used."""
    for file in report.decisions.files:
        voice.say(
            f"{label(file.file)}: {file.read} lines, {file.used} decisions used for "
            f"{file.incidents} incidents, {file.unused} not used, {file.refused} refused"
        )
    faults = report.decisions.faults
    for fault in faults[:MOST_SAID]:
        kind = "refused" if fault.rejected else "not used"
        at = f"{fault.column}: " if fault.column else ""
        voice.say(f"  {kind}: {label(fault.file)} row {fault.row}: {at}{label(fault.message)}")
    if len(faults) > MOST_SAID:
        voice.say(f"  and {len(faults) - MOST_SAID} more; --review FILE writes all of them")


def check_sheet(review: Path, inputs: Sequence[str | Path]) -> None:
    """Refuse a sheet that cannot be written, or that holds the work of a person."""
    check_output(review, (".csv",), files_of(inputs))
    if not review.exists() or not review.stat().st_size:
        return
    try:
        decided = len(read_decisions(review).decisions)
    except InputError as error:
        raise OutputError(
            "this file is there and is no review sheet", where=review.name, todo="name another"
        ) from error
    if decided:
        raise OutputError(
            f"{decided} decisions stand in this sheet, and it would be written over",
            where=review.name,
            todo="give it with --decisions, and name another file",
        )


def save_review(review: Path, frame: gpd.GeoDataFrame, report: Report, voice: Voice) -> None:
    """Write the sheet of rows that need a person."""
    sheet = review_sheet(frame, report.decisions)
    write_sheet(sheet, review)
    still = int((sheet["decision"] == "").sum())
    said = f"{len(sheet)} lines, {still} of them to be decided"
    voice.say(f"{review.name}: {said}; fill in the column decision, give it back with --decisions")


def save_duplicates(
    path: Path, frame: gpd.GeoDataFrame, decisions: Sequence[DecisionFile], voice: Voice
) -> None:
    """Write the sheet of likely duplicates."""
    voice.stage("comparing")
    sheet = duplicate_sheet(frame, decisions)
    write_sheet(sheet, path)
    still = int((sheet["why_not_used"] == "").sum())
    said = f"{still} pairs of rows may tell one incident"
    voice.say(f"{path.name}: {said}; write same or different, give it back with --decisions")
    alone = int((frame.geometry.isna() | frame["date_start"].isna()).sum())
    if alone:
        voice.say(f"  {alone} rows without a place or a date were not compared")


def say_duplicates(frame: gpd.GeoDataFrame, voice: Voice) -> None:
    """Say how many rows people decided to be duplicates, and how many count."""
    twice = int(is_duplicate(frame).sum())
    if twice:
        rest = len(frame) - twice
        voice.say(f"{len(frame)} incidents = {rest} counted + {twice} duplicates")


def save_incidents(
    frame: gpd.GeoDataFrame,
    output: Path | Table,
    run: Mapping[str, Any],
    question: Question,
    writing: Mapping[str, bool],
) -> None:
    """Write the incidents as asked, and say in one line what the format could not keep."""
    how = {name: writing[name] for name in ("ndjson", "append")}
    beside = writing["with_layers"]
    layers = [*with_incidents(question.bands_km), footprints(frame)] if beside else []
    question.voice.stage("writing")
    question.voice.notes(export(frame, output, run=run, layers=layers, **how))


def save_rejected(output: Path, report: Report, voice: Voice) -> None:
    """Write the rejected rows beside the output, or take away those of an earlier run."""
    stale = output.with_name(f"{output.name}.rejected.csv")
    if report.rejected_count:
        path = write_rejected(output, report)
        voice.say(f"{report.rejected_count} rejected rows are in {path.name}")
    else:
        stale.unlink(missing_ok=True)


def end(report: Report, strict: bool) -> None:
    """Leave with 3 when rows or decisions were rejected and the user asked to be told so."""
    if strict and (report.rejected_count or report.decisions.refused_count):
        raise click.exceptions.Exit(REJECTED)
