"""``bordermap check``: what is read, what is rejected, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bordermap.cli import options
from bordermap.cli.parts import Cluster, by_parts, checked_in_parts, cluster
from bordermap.cli.speak import Voice, print_json, print_table, report_as_json
from bordermap.cli.steps import (
    check_sheet,
    end,
    save_duplicates,
    say_decisions,
    say_duplicates,
)
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.errors import InputError, OutputError
from bordermap.export import check_output, write_rejected
from bordermap.files import write_text
from bordermap.gazetteer import Gazetteer
from bordermap.parts import noted_reasons
from bordermap.pipeline import build, read_incidents
from bordermap.records import files_of, read, read_decisions, recipe_text
from bordermap.schema import Report
from bordermap.values.text import label, shorten

__all__ = ["check"]

ROWS_SHOWN = 3
"""So many rejected rows are shown for each reason; ``--verbose`` shows all."""


@click.command()
@options.inputs
@options.reading
@click.option(
    "--write-recipe",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Write how the columns were understood, to be edited and given to --recipe.",
)
@click.option(
    "--rejected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rejected rows to FILE.rejected.csv.",
)
@options.duplicates
@options.decisions
@gazetteers
@cluster
@options.strict
@options.as_json
@options.verbose
def check(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
    write_recipe: Path | None,
    rejected: Path | None,
    strict: bool,
    as_json: bool,
    cluster: Cluster,
    **asked: Any,
) -> None:
    """Say what is read, what is rejected and why. Writes nothing unless told to."""
    if rejected is not None:
        check_output(rejected.with_name(f"{rejected.name}.csv"))
    if write_recipe is not None:
        _write_recipe(write_recipe, inputs, reading)
    voice = Voice(quiet=False, verbose=asked["verbose"])
    if asked["duplicates"] or asked["decisions"]:
        report = _place(inputs, reading, voice, **asked)
    elif by_parts(inputs, cluster) and rejected is None:
        report = checked_in_parts(inputs, reading, cluster, voice)
    else:
        _, report = read_incidents(*inputs, **reading)
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
        for line in (*_rejections(report), *_notes(report)):
            click.echo(line)
        if asked["verbose"]:
            voice.report(report)
    if rejected is not None and report.rejected_count:
        write_rejected(rejected, report)
    end(report, strict)


def _rejections(report: Report) -> list[str]:
    """How many rows of each file were rejected for each reason, and the first of them."""
    rows: dict[tuple[str, str], list[str]] = {}
    for one in (fault for fault in report.faults if fault.rejected):
        found = rows.setdefault((one.file, one.reason), [])
        if len(found) < ROWS_SHOWN:
            value = f": {shorten(label(one.value), 40)}" if one.value else ""
            found.append(f"row {one.row}{value}")
    lines = []
    for file in report.files:
        for reason, count in sorted(file.reasons.items()):
            found = rows.get((file.file, reason), [])
            more = ["..."] if found and count > len(found) else []
            shown = f" ({'; '.join([*found, *more])})" if found else ""
            lines.append(f"{file.file}: rejected for {reason}: {count}{shown}")
    return lines


def _notes(report: Report) -> list[str]:
    """What was noticed about each file, and how many accepted rows bear each kind of note."""
    counts = noted_reasons(report)
    lines = [f"{one.file}: {label(one.message)}" for one in report.faults if not one.row]
    return lines + [f"{f}: noted for {reason}: {n}" for (f, reason), n in sorted(counts.items())]


def _write_recipe(target: Path, inputs: tuple[str, ...], reading: dict[str, Any]) -> None:
    """Write the recipe of the one input; a file that is there may hold somebody's edits."""
    if len(inputs) != 1:
        raise click.UsageError("--write-recipe needs exactly one INPUT")
    check_output(target, (".toml",), files_of(inputs))
    if inputs[0] == "-":
        found = "standard input can be read only once"
        raise InputError(found, todo="save it to a file for --write-recipe")
    if target.exists():
        raise OutputError(
            "is there already, perhaps edited", where=target.name, todo="name another file"
        )
    write_text(target, recipe_text(read(inputs[0], **reading), reading["recipe"]))
    click.echo(f"{target}: the recipe as understood, to be edited", err=True)


def _place(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
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
        *inputs, **reading, decisions=sheets, gazetteer=places, progress=voice.stage
    )
    say_decisions(report, voice)
    say_duplicates(frame, voice)
    if duplicates is not None:
        save_duplicates(duplicates, frame, sheets, voice)
    return report
