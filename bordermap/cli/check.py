"""``bordermap check``: what is read, what is rejected, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table, report_as_json
from bordermap.cli.steps import (
    check_sheet,
    end,
    save_duplicates,
    say_decisions,
    say_duplicates,
)
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.export import check_output, write_rejected
from bordermap.gazetteer import Gazetteer
from bordermap.pipeline import build, read_incidents
from bordermap.records import read_decisions
from bordermap.schema import Report

__all__ = ["check"]


@click.command()
@options.inputs
@options.recipe
@click.option(
    "--rejected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rejected rows to FILE.rejected.csv.",
)
@options.duplicates
@options.decisions
@gazetteers
@options.strict
@options.as_json
@options.verbose
def check(
    inputs: tuple[str, ...],
    recipe: str | None,
    rejected: Path | None,
    strict: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Say what is read, what is rejected and why. Writes nothing unless told to."""
    if rejected is not None:
        check_output(rejected.with_name(f"{rejected.name}.csv"))
    voice = Voice(quiet=False, verbose=asked["verbose"])
    if asked["duplicates"] or asked["decisions"]:
        report = _place(inputs, recipe, voice, **asked)
    else:
        _, report = read_incidents(*inputs, recipe=recipe)
    if as_json:
        print_json(report_as_json(report))
    else:
        head = ("file", "recipe", "encoding", "read", "accepted", "with notes", "rejected")
        print_table(
            head,
            [
                (f.file, f.recipe, f.encoding, f.read, f.accepted, f.noted, f.rejected)
                for f in report.files
            ],
        )
        for file in report.files:
            for reason, count in sorted(file.reasons.items()):
                click.echo(f"{file.file}: rejected for {reason}: {count}")
        if asked["verbose"]:
            voice.report(report)
    if rejected is not None and report.rejected_count:
        write_rejected(rejected, report)
    end(report, strict)


def _place(
    inputs: tuple[str, ...],
    recipe: str | None,
    voice: Voice,
    duplicates: Path | None,
    decisions: tuple[Path, ...],
    gazetteers: tuple[str, ...],
    **_: Any,
) -> Report:
    """Place the incidents, say what became of decisions, and write likely duplicates."""
    if duplicates is not None:
        check_sheet(duplicates, (*inputs, *decisions))
    sheets = tuple(map(read_decisions, decisions))
    places = Gazetteer.load(*open_stores(gazetteers, voice))
    frame, report = build(
        *inputs, recipe=recipe, decisions=sheets, gazetteer=places, progress=voice.stage
    )
    say_decisions(report, voice)
    say_duplicates(frame, voice)
    if duplicates is not None:
        save_duplicates(duplicates, frame, sheets, voice)
    return report
