"""What several commands do alike: build the frame, filter it, and end with the right status."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import geopandas as gpd

from bordermap.cli.options import Question
from bordermap.cli.speak import Voice
from bordermap.export import write_rejected
from bordermap.pipeline import build
from bordermap.query import query, undecided
from bordermap.schema import Report

__all__ = ["build_all", "build_and_filter", "end", "save_rejected"]

REJECTED = 3

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
        progress=voice.stage,
    )
    voice.report(report)
    say_joined(frame, question)
    return frame, report


def build_and_filter(
    inputs: Sequence[str | Path], question: Question
) -> tuple[gpd.GeoDataFrame, Report]:
    """Build the located frame and keep what matches, saying what could not be decided."""
    voice, filters = question.voice, question.filters
    frame, report = build_all(inputs, question)
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


def save_rejected(output: Path, report: Report, voice: Voice) -> None:
    """Write the rejected rows beside the output, or take away those of an earlier run."""
    stale = output.with_name(f"{output.name}.rejected.csv")
    if report.rejected_count:
        path = write_rejected(output, report)
        voice.say(f"{report.rejected_count} rejected rows are in {path.name}")
    else:
        stale.unlink(missing_ok=True)


def end(report: Report, strict: bool) -> None:
    """Leave with 3 when rows were rejected and the user asked to be told so."""
    if strict and report.rejected_count:
        raise click.exceptions.Exit(REJECTED)
