"""``bordermap locate``: every column, in the format of the output's suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bordermap.cli import options
from bordermap.cli.options import Question
from bordermap.cli.parts import Cluster, cluster, dataset_folder, write_dataset
from bordermap.cli.speak import print_json, report_as_json
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_incidents, save_rejected
from bordermap.export import Table, check_output
from bordermap.pipeline import run_record
from bordermap.records import files_of

__all__ = ["locate"]


@click.command()
@options.inputs
@options.output(required=True)
@options.writing
@options.review
@options.duplicates
@cluster
@options.question
def locate(
    inputs: tuple[str, ...],
    output: Path | Table,
    writing: dict[str, Any],
    review: Path | None,
    duplicates: Path | None,
    question: Question,
    cluster: Cluster,
) -> None:
    """Place incidents, relate them to the line, and write them with every column.

    A name without a suffix is a folder: any number of incidents is written there in parts, as
    GeoParquet, and a run that was interrupted goes on when the same command is given again.
    """
    if cluster or (isinstance(output, Path) and not output.suffix):
        folder = dataset_folder(output, review=review, duplicates=duplicates, **writing)
        report = write_dataset(inputs, folder, question, cluster, "locate")
        if question.as_json:
            print_json(report_as_json(report))
        end(report, question.strict)
        return
    beside = check_output(output, inputs=files_of(inputs))
    frame, report = build_and_filter(inputs, question, review, duplicates)
    run = run_record(
        report, question.arguments("locate"), LAYERS_USED, question.joined, question.stores
    )
    save_incidents(frame, output, run, question, writing)
    save_rejected(beside, report, question.voice)
    placed = int(frame.geometry.notna().sum())
    question.voice.say(f"{output.name}: {len(frame)} incidents, {placed} placed")
    if question.as_json:
        print_json(report_as_json(report))
    end(report, question.strict)
