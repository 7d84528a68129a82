"""``bordermap summary``: counts that add up."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from bordermap.cli import options
from bordermap.cli.options import Question
from bordermap.cli.speak import print_json, print_table
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_rejected
from bordermap.export import check_output, write_run_record, write_table
from bordermap.pipeline import run_record
from bordermap.summarise import KEYS, summarise

__all__ = ["summary"]


@click.command()
@options.inputs
@click.option(
    "--by",
    required=True,
    metavar="COLUMN,...",
    help=f"Count by any of {', '.join(KEYS)}, or the columns of a --layer.",
)
@options.output(required=False, formats=".csv, .json")
@options.question
def summary(inputs: tuple[str, ...], output: Path | None, by: str, question: Question) -> None:
    """Count incidents; the counts add up to the total."""
    if output is not None:
        check_output(output, (".csv", ".json"), inputs)
    frame, report = build_and_filter(inputs, question)
    table = summarise(frame, by)
    if output is not None:
        write_table(table, output)
        asked = question.arguments("summary", by=by)
        write_run_record(output, run_record(report, asked, LAYERS_USED, question.joined))
        save_rejected(output, report, question.voice)
    plain = table.astype(object).where(table.notna(), None)
    if question.as_json:
        print_json({"total": len(frame), "rows": plain.to_dict("records")})
    elif output is None:
        _print(plain, len(frame))
    end(report, question.strict)


def _print(table: pd.DataFrame, total: int) -> None:
    rows = table.where(table.notna(), "").to_numpy().tolist()
    at = list(table.columns).index("incidents")
    foot = [total if place == at else "" for place in range(len(table.columns))]
    foot[0] = "total"
    print_table(list(table.columns), [*rows, foot])
