"""``bordermap query``: the incidents that match, as a table or a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import pandas as pd

from bordermap.cli import options
from bordermap.cli.options import Question
from bordermap.cli.parts import (
    Cluster,
    by_parts,
    cluster,
    dataset_folder,
    found_in_parts,
    write_dataset,
)
from bordermap.cli.speak import print_json, print_table
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_incidents, save_rejected
from bordermap.export import Table, as_features, check_output
from bordermap.files import sha256_of
from bordermap.pipeline import ask, run_record
from bordermap.query import in_order
from bordermap.records import LayerFile, LocatedTable, files_of, located_file, rows_in
from bordermap.schema import FileReport, Report

__all__ = ["query"]

TABLE = (
    "incident_id",
    "date_start",
    "event_type",
    "place",
    "located_by",
    "border_side",
    "border_km",
    "border_distance_m",
    "adm1",
)


@click.command()
@options.inputs
@options.output(required=False)
@options.writing
@options.review
@click.option(
    "--order-by",
    default="",
    metavar="COLUMN,...",
    help="Sort by these columns; -COLUMN puts the greatest first.",
)
@click.option("--limit", type=click.IntRange(min=0), help="At most so many incidents.")
@click.option("--columns", default="", metavar="COLUMN,...", help="Only these columns.")
@cluster
@click.option("--anew", is_flag=True, help="Read, place and measure anew what was located already.")
@options.question
def query(
    inputs: tuple[str, ...],
    output: Path | Table | None,
    writing: dict[str, Any],
    review: Path | None,
    question: Question,
    cluster: Cluster,
    anew: bool,
    **shown: Any,
) -> None:
    """List the incidents that match all filters.

    A GeoParquet, GeoPackage, FlatGeobuf or table of PostGIS that 'locate' wrote is asked directly:
    its columns are taken as they are, and no more of it is read than the question needs.
    """
    if isinstance(output, Path) and not output.suffix:
        folder = dataset_folder(output, review=review, **_given(shown), **writing)
        end(write_dataset(inputs, folder, question, cluster, "query"), question.strict)
        return
    beside = None if output is None else check_output(output, inputs=files_of(inputs))
    located = None if anew or review or not _asks_only(question) else _located(inputs)
    if located is not None:
        frame, report = _asked(located, question, shown, output is not None)
    elif by_parts(inputs, cluster) and review is None:
        frame, report = found_in_parts(inputs, question, cluster, **shown)
    else:
        found, report = build_and_filter(inputs, question, review)
        frame = in_order(found, **shown)
    if output is not None and beside is not None:
        arguments = question.arguments("query", **_given(shown))
        run = run_record(report, arguments, LAYERS_USED, question.joined, question.stores)
        save_incidents(frame, output, run, question, writing)
        save_rejected(beside, report, question.voice)
        question.voice.say(f"{output.name}: {len(frame)} incidents")
    if question.as_json:
        print_json([feature["properties"] for feature in map(json.loads, as_features(frame))])
    elif output is None:
        joined = [f"{layer.key}_name" for layer in question.joined]
        shape = frame.active_geometry_name
        asked = [name for name in frame.columns if name != shape] if shown["columns"] else []
        names = asked or [*TABLE, *joined]
        print_table(names, _rows(frame, names))
    end(report, question.strict)


def _asks_only(question: Question) -> bool:
    """Whether nothing is to be read or placed in another way than it was."""
    return not (question.decisions or question.joined or question.recipe)


def _located(inputs: tuple[str, ...]) -> LayerFile | LocatedTable | None:
    return located_file(inputs[0]) if len(inputs) == 1 else None


def _asked(
    file: LayerFile | LocatedTable, question: Question, shown: dict[str, Any], recorded: bool
) -> tuple[gpd.GeoDataFrame, Report]:
    """What a located file answers, and what there is to report of it."""
    frame = ask(_source(file), certainty=question.certainty, **shown, **question.filters)
    rows = rows_in(file)
    question.voice.say(
        f"{file.name}: located already, {rows} rows taken as they are (--anew places them again)"
    )
    if question.filters:
        question.voice.say(f"{len(frame)} of {rows} incidents match")
    sha256 = sha256_of(file.path) if recorded and isinstance(file, LayerFile) else ""
    read = FileReport(file.name, "located", "", rows, rows, 0, 0, {}, sha256)
    return frame, Report((read,), (), pd.DataFrame())


def _source(file: LayerFile | LocatedTable) -> str | Path:
    if isinstance(file, LocatedTable):
        return file.address
    return f"{file.path}:{file.layer}" if file.layer else file.path


def _given(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value not in ("", None)}


ROUNDED = {"border_km": 1, "border_distance_m": 0}
"""Decimals of a column in the table that is printed."""


def _rows(frame: gpd.GeoDataFrame, names: list[str]) -> list[list[Any]]:
    table = pd.DataFrame(frame[names])
    for name in names:
        if pd.api.types.is_datetime64_any_dtype(table[name].dtype):
            table[name] = table[name].dt.strftime("%Y-%m-%d")
    table = table.round({name: digits for name, digits in ROUNDED.items() if name in names})
    return table.astype(object).where(table.notna(), "").to_numpy().tolist()
