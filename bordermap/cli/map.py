"""``bordermap map``: the layered map, one HTML file, or a static figure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from bordermap.cli import drawing as figures
from bordermap.cli import options
from bordermap.cli.drawing import SUFFIXES, Drawing
from bordermap.cli.options import Question
from bordermap.cli.speak import print_json, report_as_json
from bordermap.cli.steps import LAYERS_USED, build_and_filter, end, save_rejected
from bordermap.duplicates import counted
from bordermap.errors import OutputError
from bordermap.export import check_output, write_run_record
from bordermap.figure import make_figure
from bordermap.pipeline import run_record, sample_incidents
from bordermap.publish import Publication, published, restricted_sources
from bordermap.records import files_of
from bordermap.render import MAP_LAYERS, MapStyle, languages
from bordermap.render import make_map as render
from bordermap.schema import Layer
from bordermap.validate.drafts import is_draft

__all__ = ["make_map"]

FOLDER = Path("maps")
SAMPLE = "durand_line_incidents.html"


@click.command("map")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@options.output(required=False, formats=", ".join(SUFFIXES))
@click.option("--title", metavar="TEXT", help="Title of the page.")
@click.option(
    "--lang",
    type=click.Choice(languages()),
    default="en",
    show_default=True,
    help="Language of the page: English, Pashto (ps), Dari (fa) or Urdu (ur).",
)
@options.review
@figures.drawing
@options.question
def make_map(
    inputs: tuple[str, ...],
    output: Path | None,
    title: str | None,
    lang: str,
    review: Path | None,
    drawing: Drawing,
    question: Question,
) -> None:
    """Draw the map. Without INPUT: the documented sample incidents, into maps/."""
    target = _target(inputs, output)
    question = replace(question, drafts=drawing.drafts)
    sources = inputs or (sample_incidents(),)
    frame, report = build_and_filter(sources, question, review)
    question.voice.stage("drawing")
    shown = counted(frame)
    style = MapStyle(bands_km=question.bands_km, lang=lang)
    if title:
        style = replace(style, title=title)
    names = restricted_sources(frame, report)
    publication = _publication(drawing, names, question)
    areas: dict[str, Layer] = {}
    if publication is not None:
        style = replace(style, caption=publication.statement(names, question.filters))
        shown, areas = published(shown, publication, question.bands_km)
    used = {*LAYERS_USED, *MAP_LAYERS}
    run = run_record(
        report, question.arguments("map"), sorted(used), question.joined, question.stores
    )
    # A prefix of their own, so that no file name replaces a layer or an overlay of the page.
    extra = {f"user_{layer.key}": layer.drawn() for layer in question.joined} | areas
    credit = [source.attribution for store in question.stores for source in store.sources]
    if drawing.size is None:
        render(shown, extra, style, run=run, attributions=credit).save(target)
    else:
        kind = target.suffix.lower()
        make_figure(
            shown, extra, style, suffix=kind, size=drawing.size, run=run, attributions=credit
        ).save(target)
        write_run_record(target, run)
    save_rejected(target, report, question.voice)
    placed = int(shown.geometry.notna().sum())
    counts = f"{len(shown)} incidents, {placed} drawn, {len(shown) - placed} listed"
    if len(shown) < len(frame):
        counts += f"; {len(frame) - len(shown)} duplicates are left out"
    if drawing.drafts:
        counts += f"; {int(is_draft(shown).sum())} of them are drafts"
    question.voice.say(f"{target}: {counts}")
    if question.as_json:
        print_json(report_as_json(report))
    end(report, question.strict)


def _publication(
    drawing: Drawing, sources: Sequence[str], question: Question
) -> Publication | None:
    """How to publish: as asked, or by districts where a source's terms forbid its rows."""
    if drawing.publication is not None or not sources:
        return drawing.publication
    terms = f"the terms of {' and '.join(sources)} forbid passing rows on"
    question.voice.say(f"{terms}: shown as counts by district; --publish says otherwise")
    return Publication("districts")


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
