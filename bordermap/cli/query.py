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
@options.question
def query(
    inputs: tuple[str, ...], output: Path | None, review: Path | None, question: Question
) -> None:
    """List the incidents that match all filters."""
    if output is not None:
        check_output(output, inputs=files_of(inputs))
    frame, report = build_and_filter(inputs, question, review)
    if output is not None:
        export(
            frame,
            output,
            run=run_record(
                report, question.arguments("query"), LAYERS_USED, question.joined, question.stores
            ),
        )
        save_rejected(output, report, question.voice)
        question.voice.say(f"{output.name}: {len(frame)} incidents")
    if question.as_json:
        print_json([feature["properties"] for feature in map(json.loads, as_features(frame))])
    elif output is None:
        names = [f"{layer.key}_name" for layer in question.joined]
        print_table([*TABLE, *names], _rows(frame, names))
    end(report, question.strict)


def _rows(frame: gpd.GeoDataFrame, names: list[str]) -> list[list[Any]]:
    table = pd.DataFrame(frame[[*TABLE, *names]]).copy()
    table["date_start"] = table["date_start"].dt.strftime("%Y-%m-%d")
    table["border_km"] = table["border_km"].round(1)
    table["border_distance_m"] = table["border_distance_m"].round(0)
    return table.astype(object).where(table.notna(), "").to_numpy().tolist()
