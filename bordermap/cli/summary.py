"""``bordermap summary``: counts that add up, and whether they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pandas as pd

from bordermap.cli import options
from bordermap.cli.options import Question
from bordermap.cli.parts import Cluster, by_parts, cluster, counted_in_parts
from bordermap.cli.speak import print_json, print_table
from bordermap.cli.steps import LAYERS_USED, build_all, end, save_rejected
from bordermap.errors import FilterError
from bordermap.export import TABLE_FORMATS, check_output, write_run_record, write_table
from bordermap.pipeline import run_record
from bordermap.query import SPATIAL_FILTERS, query
from bordermap.records import files_of
from bordermap.robustness import LINES, robustness
from bordermap.summarise import KEYS, summarise, widen

__all__ = ["summary"]

WITHIN = "10km"


@click.command()
@options.inputs
@click.option(
    "--by",
    metavar="COLUMN,...",
    help=f"Count by any of {', '.join(KEYS)}, or the columns of a --layer.",
)
@click.option("--wide", metavar="COLUMN", help="Show the answers of one of these as columns.")
@click.option(
    "--value",
    default="incidents",
    show_default=True,
    help="What a wide table shows.",
)
@click.option(
    "--robust",
    is_flag=True,
    help=f"Count what lies within --within ({WITHIN}) anew with other widths, areas and lines.",
)
@options.output(required=False, formats=", ".join(TABLE_FORMATS))
@cluster
@options.question
def summary(
    inputs: tuple[str, ...],
    output: Path | None,
    question: Question,
    cluster: Cluster,
    **asked: Any,
) -> None:
    """Count incidents, by points and by footprints; the counts add up to the total."""
    if not (asked["by"] or asked["robust"]):
        raise FilterError("nothing to count by", where="--by", todo=f"use {', '.join(KEYS)}")
    if output is not None:
        for path in _paths(output, asked["by"], asked["robust"]):
            check_output(path, TABLE_FORMATS, (*files_of(inputs), *question.layer_files))
    if by_parts(inputs, cluster):
        within = question.filters.get("within", WITHIN) if asked["robust"] else ""
        found = counted_in_parts(inputs, question, cluster, asked["by"] or "", within)
        tables, total, report = _widened(found.tables, **asked), found.total, found.report
    else:
        frame, report = build_all(inputs, question)
        tables = _widened(_tables(frame, question, asked["by"], asked["robust"]), **asked)
        total = len(query(frame, **_by_record(question)))
    _say_ranges(tables, question)
    if output is not None:
        paths = _paths(output, asked["by"], asked["robust"])
        for (name, table), path in zip(tables.items(), paths, strict=True):
            write_table(table, path)
            arguments = question.arguments("summary", table=name, **asked)
            layers = LAYERS_USED if name == "rows" else (*LAYERS_USED, *LINES)
            write_run_record(
                path, run_record(report, arguments, layers, question.joined, question.stores)
            )
        if len(report.rejected):
            save_rejected(output, report, question.voice)
    plain = {
        name: table.astype(object).where(table.notna(), None) for name, table in tables.items()
    }
    if question.as_json:
        rows = {name: table.to_dict("records") for name, table in plain.items()}
        print_json({"total": total, **rows})
    elif output is None:
        for table in plain.values():
            _print(table, total)
    end(report, question.strict)


def _widened(
    tables: dict[str, pd.DataFrame], wide: str | None, value: str, **_: Any
) -> dict[str, pd.DataFrame]:
    """The tables with the answers of one key as columns, where that was asked for."""
    wider = {"rows": widen(tables["rows"], wide, value)} if wide and "rows" in tables else {}
    return {**tables, **wider}


def _tables(
    frame: Any, question: Question, by: str | None, robust: bool
) -> dict[str, pd.DataFrame]:
    """The tables asked for: ``rows`` and ``robustness``."""
    tables = {}
    if by:
        tables["rows"] = summarise(
            frame,
            by,
            filters=question.filters,
            certainty=question.certainty,
            bands_km=question.bands_km,
            join={layer.key: layer for layer in question.joined},
        )
    if robust:
        others = {name: one for name, one in question.filters.items() if name != "within"}
        kept = query(frame, certainty=question.certainty, **others)
        tables["robustness"] = robustness(kept, question.filters.get("within", WITHIN))
    return tables


def _say_ranges(tables: dict[str, pd.DataFrame], question: Question) -> None:
    """Say why a sum of best figures may be below that of low ones."""
    rows = tables.get("rows", pd.DataFrame())
    if "fatalities_best" not in rows.columns:
        return
    low, best, high = (rows[f"fatalities_{word}"] for word in ("low", "best", "high"))
    if ((best < low) | (high < best) | (high < low)).any():
        question.voice.say(
            "note: low, best and high are each summed over the incidents that give them;"
            " some give no best figure, or only that"
        )


def _by_record(question: Question) -> dict[str, Any]:
    """Filters that leave rows out; those by place only move them to another line."""
    return {k: value for k, value in question.filters.items() if k not in SPATIAL_FILTERS}


def _paths(output: Path, by: str | None, robust: bool) -> list[Path]:
    """Where each table goes: a second one beside the first."""
    beside = output.with_name(f"{output.stem}.robustness{output.suffix}")
    return [output, beside] if by and robust else [output]


def _print(table: pd.DataFrame, total: int) -> None:
    shown = table.map(lambda value: round(value, 2) if isinstance(value, float) else value)
    rows = shown.where(shown.notna(), "").to_numpy().tolist()
    heads = list(shown.columns)
    if "changed" not in heads:
        foot: list[Any] = [""] * len(heads)
        for name in ("incidents", "expected", "total"):
            if name in heads:
                foot[heads.index(name)] = total
        foot[0] = "total"
        rows.append(foot)
    print_table(heads, rows)
