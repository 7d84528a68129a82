"""``bordermap check``: what is read, what is rejected, and why."""

from __future__ import annotations

from pathlib import Path

import click

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table, report_as_json
from bordermap.cli.steps import end
from bordermap.export import check_output, write_rejected
from bordermap.pipeline import read_incidents

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
@options.strict
@options.as_json
@options.verbose
def check(
    inputs: tuple[str, ...],
    recipe: str | None,
    rejected: Path | None,
    strict: bool,
    as_json: bool,
    verbose: bool,
) -> None:
    """Say what is read, what is rejected and why. Writes nothing unless told to."""
    if rejected is not None:
        check_output(rejected.with_name(f"{rejected.name}.csv"))
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
        voice = Voice(quiet=False, verbose=verbose)
        if verbose:
            voice.report(report)
        else:
            voice.notes(report)
    if rejected is not None and report.rejected_count:
        write_rejected(rejected, report)
    end(report, strict)
