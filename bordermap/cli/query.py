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
from bordermap.cli.speak import print_json, print_table
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_rejected
from bordermap.export import as_features, check_output, export
from bordermap.pipeline import run_record
from bordermap.query import in_order
from bordermap.records import files_of

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
@options.output(required=False, formats=".geojson, .csv")
@options.review
@click.option(
    "--order-by",
    default="",
    metavar="COLUMN,...",
    help="Sort by these columns; -COLUMN puts the greatest first.",
)
@click.option("--limit", type=click.IntRange(min=0), help="At most so many incidents.")
@click.option("--columns", default="", metavar="COLUMN,...", help="Only these columns.")
@options.question
def query(
    inputs: tuple[str, ...],
    output: Path | None,
    review: Path | None,
    question: Question,
    **shown: Any,
) -> None:
    """List the incidents that match all filters."""
    if output is not None:
        check_output(output, inputs=files_of(inputs))
    found, report = build_and_filter(inputs, question, review)
    frame = in_order(found, **shown)
    if output is not None:
        export(
            frame,
            output,
            run=run_record(
                report,
                question.arguments("query", **_given(shown)),
                LAYERS_USED,
                question.joined,
                question.stores,
            ),
        )
        save_rejected(output, report, question.voice)
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
