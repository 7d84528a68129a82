"""Speaking to people: progress, reports and tables. Data goes to standard output, the rest not."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import click

from bordermap.schema import FileReport, Report
from bordermap.values.text import label

__all__ = ["Voice", "print_json", "print_table", "report_as_json"]

SLOW_S = 2.0
"""Work longer than this shows that it goes on."""

WIDEST_CELL = 48


class Voice:
    """What a command says on standard error while it works.

    Parameters
    ----------
    quiet : bool
        Say nothing.
    verbose : bool
        Explain every note and rejection.
    """

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._started = time.monotonic()
        self._shown = False

    def say(self, text: str) -> None:
        """Print a line on standard error, unless quiet."""
        if not self._quiet:
            self.done()
            click.echo(text, err=True)

    def notes(self, notes: Sequence[str]) -> None:
        """Say in one line what a format could not keep."""
        if notes:
            self.say(f"  note: {'; '.join(map(label, notes))}")

    def stage(self, name: str) -> None:
        """Show which stage has begun, on a terminal, once the work has taken a while."""
        slow = time.monotonic() - self._started > SLOW_S
        if slow and not self._quiet and sys.stderr.isatty():
            click.echo(f"\r\x1b[K{name} ...", nl=False, err=True)
            self._shown = True

    def done(self) -> None:
        """Take the progress line away."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False

    def report(self, report: Report) -> None:
        """Say what was read from each file, and why rows were rejected."""
        for file in report.files:
            self.say(_file_line(file))
        for fault in report.faults:
            # How a file was understood is said in any case, what was found in a row on request.
            if self._verbose or fault.row == 0:
                kind = "rejected" if fault.rejected else "note"
                at = f"{fault.column}: " if fault.column else ""
                self.say(f"  {kind}: {fault.file} row {fault.row}: {at}{label(fault.message)}")


def _file_line(file: FileReport) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(file.reasons.items()))
    tail = f" ({reasons})" if reasons else ""
    return (
        f"{label(file.file)}: recipe {file.recipe}, {file.encoding}, read {file.read}, "
        f"accepted {file.accepted}, with notes {file.noted}, rejected {file.rejected}{tail}"
    )


def report_as_json(report: Report) -> dict[str, Any]:
    """Say the report as ``bordermap check --json`` prints it; sheets of decisions where given."""
    sheets = [asdict(file) for file in report.decisions.files]
    return {
        **({"decisions": sheets} if sheets else {}),
        "files": [
            {
                "file": file.file,
                "recipe": file.recipe,
                "encoding": file.encoding,
                "read": file.read,
                "accepted": file.accepted,
                "noted": file.noted,
                "rejected": file.rejected,
                "reasons": dict(sorted(file.reasons.items())),
            }
            for file in report.files
        ],
    }


def print_json(value: Any) -> None:
    """Print JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def _cell(value: Any) -> str:
    text = " ".join(label(str(value)).split())
    return text if len(text) <= WIDEST_CELL else f"{text[: WIDEST_CELL - 1]}…"


def _width(text: str) -> int:
    """Columns a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(mark) in "WF" for mark in text)
    return len(text) + wide - sum(unicodedata.combining(mark) > 0 for mark in text)


def print_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table on standard output; numbers stand to the right."""
    body = list(rows)
    numeric = [
        all(isinstance(row[at], (int, float)) or row[at] == "" for row in body)
        for at in range(len(head))
    ]
    cells = [list(head), *[[_cell(value) for value in row] for row in body]]
    widths = [max(_width(row[at]) for row in cells) for at in range(len(head))]
    for row in cells:
        line = []
        for text, width, right in zip(row, widths, numeric, strict=True):
            pad = " " * (width - _width(text))
            line.append(pad + text if right else text + pad)
        click.echo("  ".join(line).rstrip())
