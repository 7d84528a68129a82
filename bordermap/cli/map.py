"""``bordermap map``: the layered map, one HTML file, or a static figure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bordermap.cli import drawing as figures
from bordermap.cli import options
from bordermap.cli.drawing import SUFFIXES, Drawing
from bordermap.cli.map_parts import counted_way, cube_in_parts
from bordermap.cli.options import Question
from bordermap.cli.parts import Cluster, by_parts, cluster, found_in_parts, inputs_in_parts
from bordermap.cli.speak import print_json, report_as_json
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_rejected
from bordermap.duplicates import counted
from bordermap.errors import OutputError
from bordermap.export import check_output, write_run_record
from bordermap.figure import make_figure
from bordermap.pipeline import run_record, sample_incidents
from bordermap.publish import Publication, published, restricted_sources
from bordermap.records import Part, files_of, is_dataset
from bordermap.render import (
    AGGREGATES,
    MAP_LAYERS,
    MapStyle,
    aggregation,
    credits_of,
    cube,
    make_cube_map,
)
from bordermap.render import make_map as render
from bordermap.schema import Layer, Report
from bordermap.validate.drafts import is_draft

__all__ = ["make_map"]

FOLDER = Path("maps")
SAMPLE = "durand_line_incidents.html"


@click.command("map")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@options.output(required=False, formats=", ".join(SUFFIXES))
@figures.drawing
@options.review
@cluster
@options.question
def make_map(
    inputs: tuple[str, ...],
    output: Path | None,
    review: Path | None,
    drawing: Drawing,
    question: Question,
    cluster: Cluster,
) -> None:
    """Draw the map. Without INPUT: the documented sample incidents, into maps/."""
    target = _target(inputs, output)
    question = replace(question, drafts=drawing.drafts)
    sources = inputs or (sample_incidents(),)
    style = replace(drawing.style, bands_km=question.bands_km)
    plain = drawing.size is None and review is None and not drawing.drafts
    if plain and by_parts(sources, cluster):
        cut = inputs_in_parts(sources, question, cluster)
        if way := counted_way(cut[0], drawing.aggregate):
            _draw_counts(cut, target, style, question, drawing, cluster, way)
            return
    if any(map(is_dataset, sources)):
        frame, report = found_in_parts(sources, question, cluster, limit=None, order_by="")
    else:
        frame, report = build_and_filter(sources, question, review)
    question.voice.stage("drawing")
    shown = counted(frame)
    names = restricted_sources(frame, report)
    publication = _publication(drawing, names, question)
    way = _aggregate(drawing, publication, len(shown))
    areas: dict[str, Layer] = {}
    total, placed = len(shown), int(shown.geometry.notna().sum())
    if publication is not None:
        style = replace(style, caption=publication.statement(names, question.filters, way))
        if way is None or publication.way == "columns":
            shown, areas = published(shown, publication, question.bands_km)
            placed = int(shown.geometry.notna().sum())
    run, extra, credit = (
        _run(report, question, way),
        _own_layers(question) | areas,
        _credit(question),
    )
    if way is not None:
        cells = cube(shown, way, fatalities=publication is None or not publication.is_counted)
        credit = [*credits_of(shown), *credit]
        make_cube_map(cells, extra, style, run=run, attributions=credit).save(target)
    elif drawing.size is None:
        render(shown, extra, style, run=run, attributions=credit).save(target)
    else:
        kind = target.suffix.lower()
        make_figure(
            shown, extra, style, suffix=kind, size=drawing.size, run=run, attributions=credit
        ).save(target)
        write_run_record(target, run)
    save_rejected(target, report, question.voice)
    told = _told(total, placed, len(frame), way)
    if drawing.drafts:
        told += f"; {int(is_draft(shown).sum())} of them are drafts"
    question.voice.say(f"{target}: {told}")
    if question.as_json:
        print_json(report_as_json(report))
    end(report, question.strict)


def _draw_counts(
    cut: tuple[Sequence[Part], bool],
    target: Path,
    style: MapStyle,
    question: Question,
    drawing: Drawing,
    cluster: Cluster,
    way: str,
) -> None:
    """Draw the page of counts of inputs that are too many for one frame."""
    found, report = cube_in_parts(cut, question, cluster, way)
    publication = _publication(drawing, found.restricted, question)
    cells = found.cube
    if publication is not None:
        statement = publication.statement(found.restricted, question.filters, way)
        style = replace(style, caption=statement)
        cells = found.without_fatalities() if publication.is_counted else cells
    run, credit = _run(report, question, way), [*found.credits, *_credit(question)]
    make_cube_map(cells, _own_layers(question), style, run=run, attributions=credit).save(target)
    question.voice.say(f"{target}: {_told(cells.incidents, 0, cells.incidents, way)}")
    if question.as_json:
        print_json(report_as_json(report))
    end(report, question.strict)


def _run(report: Report, question: Question, way: str | None) -> dict[str, Any]:
    """What went into the map, counted in some way or not."""
    arguments = question.arguments("map", **({"aggregate": way} if way else {}))
    used = sorted({*LAYERS_USED, *MAP_LAYERS})
    return run_record(report, arguments, used, question.joined, question.stores)


def _own_layers(question: Question) -> dict[str, Layer]:
    """The layers that the user brought, each under a name that no layer of the page can have."""
    return {f"user_{layer.key}": layer.drawn() for layer in question.joined}


def _credit(question: Question) -> list[str]:
    """What the user's own gazetteers want to be said of them."""
    return [source.attribution for store in question.stores for source in store.sources]


def _publication(
    drawing: Drawing, sources: Sequence[str], question: Question
) -> Publication | None:
    """How to publish: as asked, or by districts where a source's terms forbid its rows."""
    if drawing.publication is not None or not sources:
        return drawing.publication
    terms = f"the terms of {' and '.join(sources)} forbid passing rows on"
    question.voice.say(f"{terms}: shown as counts by district; --publish says otherwise")
    return Publication("districts")


def _aggregate(drawing: Drawing, publication: Publication | None, rows: int) -> str | None:
    """By what to count, or None; as is published, where nothing else is asked for."""
    if drawing.size is not None:
        return None
    way = aggregation(drawing.aggregate, rows)
    told = publication.way if publication is not None else ""
    return told if way and drawing.aggregate == "auto" and told in AGGREGATES else way


def _told(total: int, placed: int, read: int, way: str | None) -> str:
    """What was drawn, in a line."""
    how = f"counted by {way}" if way else f"{placed} drawn, {total - placed} listed"
    left = f"; {read - total} duplicates are left out" if total < read else ""
    return f"{total} incidents, {how}{left}"


def _target(inputs: tuple[str, ...], output: Path | None) -> Path:
    if output is not None:
        return check_output(output, SUFFIXES, files_of(inputs))
    try:
        FOLDER.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {FOLDER} cannot be made here ({error.strerror})",
            todo="name a file with -o",
        ) from error
    return FOLDER / (f"{_stem(inputs[0])}.html" if inputs else SAMPLE)


def _stem(source: str) -> str:
    """The name of a map of an input; standard input and patterns have none of their own."""
    path = Path(source)
    return path.resolve().stem if path.exists() else "incidents"
