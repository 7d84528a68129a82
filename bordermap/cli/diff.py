"""``bordermap diff``: what changed between two states of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pandas as pd

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table, report_as_json
from bordermap.cli.steps import LAYERS_USED, end, save_rejected, say_decisions, say_duplicates
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.difference import Difference, compare
from bordermap.export import check_output, write_run_record, write_table
from bordermap.gazetteer import Gazetteer
from bordermap.pipeline import build, run_record
from bordermap.records import file_of, files_of, read_decisions
from bordermap.rejected import joined
from bordermap.schema import DecisionReport, Report

__all__ = ["diff"]

MOST_SHOWN = 100
"""So many changes are printed; a file has all of them."""

MADE_UP = "row-"
"""How ids begin that were made from a row's content."""


@click.command()
@click.argument("old")
@click.argument("new")
@options.output(required=False, formats=".csv, .json")
@options.reading
@options.decisions
@gazetteers
@options.bands
@options.strict
@options.as_json
@options.quiet
@options.verbose
def diff(old: str, new: str, output: Path | None, **asked: Any) -> None:
    """Say what was added, changed and withdrawn from OLD to NEW, and how the counts moved.

    Rows are the same when they bear one incident_id; where only the id changed, it says so. With
    -o FILE.csv the changes are written there, the counts by band beside it as FILE.bands.csv.
    """
    paths, inputs = _paths(output) if output is not None else [], files_of((old, new))
    for path in paths:
        sheets_read = map(file_of, asked["decisions"])
        check_output(path, (".csv", ".json"), (*inputs, *sheets_read))
    voice = Voice(asked["quiet"], asked["verbose"])
    bands_km = options.parse_bands(asked["bands"])
    stores = open_stores(asked["gazetteers"], voice)
    gazetteer = Gazetteer.load(*stores)
    sheets = tuple(map(read_decisions, asked["decisions"]))
    frames, reports = [], []
    for source in (old, new):
        frame, report = build(
            source,
            **asked["reading"],
            bands_km=bands_km,
            decisions=sheets,
            gazetteer=gazetteer,
            progress=voice.stage,
        )
        voice.report(report)
        say_decisions(report, voice)
        say_duplicates(frame, voice)
        frames.append(frame)
        reports.append(report)
    found, both = compare(*frames, bands_km=bands_km), _both(*reports)
    _say(found, voice)
    if output is not None:
        states = dict(zip(("old", "new"), map(_files, reports), strict=True))
        arguments = {"command": "diff", **states, "bands": list(bands_km)}
        run = run_record(both, arguments, LAYERS_USED, stores=stores)
        for table, path in zip((found.changes(), found.bands), paths, strict=True):
            write_table(pd.DataFrame(table), path)
            write_run_record(path, run)
        save_rejected(output, both, voice)
    if asked["as_json"]:
        print_json(_as_json(found, both))
    elif output is None:
        _print(found)
    end(both, asked["strict"])


def _paths(output: Path) -> list[Path]:
    """Where the changes go, and beside them the counts."""
    return [output, output.with_name(f"{output.stem}.bands{output.suffix}")]


def _files(report: Report) -> str:
    """What was read for one state; an address of a database may hold a password."""
    return ", ".join(file.file for file in report.files)


def _both(old: Report, new: Report) -> Report:
    """Two reports as one: of every file that was read."""
    decisions = DecisionReport(
        (*old.decisions.files, *new.decisions.files),
        (*old.decisions.faults, *new.decisions.faults),
    )
    return Report(
        (*old.files, *new.files),
        (*old.faults, *new.faults),
        joined([old.rejected, new.rejected]),
        decisions,
    )


def _say(found: Difference, voice: Voice) -> None:
    """Say the accounts, and what may be misread in them."""
    counts = found.counts
    voice.say(", ".join(f"{name} {count}" for name, count in counts.items()))
    for state, names in found.columns.items():
        if names:
            voice.say(f"  note: only the {state} state has {', '.join(names)}")
    if counts["renamed"]:
        voice.say(f"  note: {counts['renamed']} rows have another id and equal content")
    moved = found.rows[found.rows["account"].isin(("added", "withdrawn"))]
    if moved["incident_id"].str.startswith(MADE_UP).any():
        voice.say(
            "  note: some rows have no id of their own; one that changed is withdrawn and added"
        )


def _as_json(found: Difference, report: Report) -> dict[str, Any]:
    bands = pd.DataFrame(found.bands)
    return {
        "counts": found.counts,
        "columns": {state: list(names) for state, names in found.columns.items()},
        "changes": found.changes().to_dict("records"),
        "bands": bands.astype(object).to_dict("records"),
        **report_as_json(report),
    }


def _print(found: Difference) -> None:
    changes = found.changes()
    if len(changes):
        print_table(list(changes.columns), changes.head(MOST_SHOWN).to_numpy().tolist())
        if len(changes) > MOST_SHOWN:
            click.echo(f"and {len(changes) - MOST_SHOWN} more; -o FILE writes all of them")
        click.echo("")
    bands = pd.DataFrame(found.bands)
    rounded = bands.map(lambda value: round(value, 2) if isinstance(value, float) else value)
    print_table(list(rounded.columns), rounded.astype(object).to_numpy().tolist())
