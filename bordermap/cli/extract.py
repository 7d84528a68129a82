"""``bordermap extract``: from articles to drafts of incidents, reviewed before they are records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.cli.steps import REJECTED, check_sheet, say_decisions
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.draft_schema import DRAFT_STATUSES, Document, DraftReport
from bordermap.errors import OutputError
from bordermap.export import check_output, write_sheet
from bordermap.extract.reviewing import draft_sheet, draft_table
from bordermap.gazetteer import Gazetteer
from bordermap.pipeline import draft, located_drafts
from bordermap.records import read_decisions
from bordermap.render import languages
from bordermap.render.article import article_page
from bordermap.schema import Report
from bordermap.values.text import label, shorten

__all__ = ["extract"]

_SHOWN = ("draft_id", "event_type", "date_start", "place", "draft_flags", "confidence")


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@options.output(required=False, formats=".csv")
@click.option(
    "--published",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day of publication, against which 'on Thursday' is read; it goes before the page's "
    "own.",
)
@click.option(
    "--review",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write the drafts as a sheet to fill in (accept, reject, keep, split; any cell may be "
    "corrected) and to give back with --decisions.",
)
@options.decisions
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Write the texts with what was found marked in them, beside a map of the drafts.",
)
@click.option(
    "--lang",
    type=click.Choice(languages()),
    default="en",
    show_default=True,
    help="The language of the map's words in --html.",
)
@gazetteers
@options.strict
@options.as_json
@options.quiet
def extract(
    inputs: tuple[str, ...],
    published: datetime | None,
    decisions: tuple[Path, ...],
    gazetteers: tuple[str, ...],
    quiet: bool,
    **asked: Any,
) -> None:
    """Draft incidents from articles: text, HTML, PDF or DOCX files, or folders of them.

    A draft is no incident: nobody has reviewed it. Accept drafts in the sheet of --review and give
    it back with --decisions; then 'bordermap map' takes the file of -o.
    """
    voice = Voice(quiet, verbose=False)
    _check_targets(inputs, decisions, asked)
    places = Gazetteer.load(*open_stores(gazetteers, voice))
    day = published.date() if published else None
    sheets = [read_decisions(path) for path in decisions]
    drafts, report = draft(
        *inputs, published=day, decisions=sheets, gazetteer=places, progress=voice.stage
    )
    _say(drafts, report, voice)
    if asked["output"] is not None:
        write_sheet(draft_table(drafts), asked["output"])
        voice.say(f"{asked['output'].name}: {len(drafts)} rows")
    if asked["review"] is not None:
        _save_review(asked["review"], drafts, report, voice)
    if asked["html"] is not None:
        frame = located_drafts(drafts, places)
        article_page(report.documents, drafts, frame, lang=asked["lang"]).save(asked["html"])
        voice.say(f"{asked['html'].name}: {len(report.documents)} texts beside their map")
    if asked["as_json"]:
        print_json(_as_json(drafts, report))
    elif not any(asked[name] for name in ("output", "review", "html")):
        print_table(_SHOWN, _rows(drafts))
    if asked["strict"] and (report.failed or report.decisions.refused_count):
        raise click.exceptions.Exit(REJECTED)


def _check_targets(inputs: Sequence[str], decisions: Sequence[Path], asked: dict[str, Any]) -> None:
    """Refuse to write over what is read, one result over another, or over a person's work."""
    read = [*map(Path, inputs), *decisions]
    written: list[Path] = []
    for name, suffix in (("output", ".csv"), ("review", ".csv"), ("html", ".html")):
        path = asked[name]
        if path is None:
            continue
        check_output(path, (suffix,), read)
        if path.absolute() in written:
            raise OutputError("two results cannot be one file", where=path.name, todo="name others")
        written.append(path.absolute())
    if asked["review"] is not None:
        check_sheet(asked["review"], ())


def _save_review(path: Path, drafts: pd.DataFrame, report: DraftReport, voice: Voice) -> None:
    sheet = draft_sheet(drafts, report.decisions)
    write_sheet(sheet, path)
    still = int((sheet["decision"] == "").sum())
    said = f"{len(sheet)} lines, {still} of them to be decided"
    voice.say(f"{path.name}: {said}; fill in the column decision, give it back with --decisions")


def _say(drafts: pd.DataFrame, report: DraftReport, voice: Voice) -> None:
    found = Counter(drafts["source_file"].astype(object))
    for document in report.documents:
        voice.say(f"{_named(document)}: {found[document.name]} drafts")
        for note in document.notes:
            voice.say(f"  note: {label(note)}")
    for name, reason in report.failed:
        voice.say(f"{label(name)}: not read: {label(reason)}")
    say_decisions(Report((), (), pd.DataFrame(), report.decisions), voice)
    status = Counter(drafts["draft_status"].astype(object))
    counts = ", ".join(f"{status[word]} {word}" for word in DRAFT_STATUSES if status[word])
    voice.say(f"{len(drafts)} drafts{': ' if counts else ''}{counts}")


def _named(document: Document) -> str:
    day = document.published.isoformat() if document.published else "no day of publication"
    by = f" ({document.published_by})" if document.published_by else ""
    return f"{label(document.name)}: {len(document.text):,} characters, {day}{by}"


def _rows(drafts: pd.DataFrame) -> list[list[Any]]:
    rows = drafts[list(_SHOWN)].astype(object)
    return [[_cell(value) for value in row] for row in rows.itertuples(index=False)]


def _cell(value: Any) -> Any:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float):
        return round(value, 2)
    return value.date().isoformat() if hasattr(value, "date") else shorten(str(value))


def _plain(value: Any) -> Any:
    """A cell as a JSON value."""
    if value is None or pd.isna(value):
        return None
    if hasattr(value, "date"):
        return value.date().isoformat()
    return value if isinstance(value, (str, float, int)) else int(value)


def _as_json(drafts: pd.DataFrame, report: DraftReport) -> dict[str, Any]:
    rows = drafts.astype(object).to_dict("records")
    return {
        "documents": [
            {
                "name": one.name,
                "sha256": one.sha256,
                "characters": len(one.text),
                "published": one.published.isoformat() if isinstance(one.published, date) else None,
                "published_by": one.published_by,
                "notes": list(one.notes),
            }
            for one in report.documents
        ],
        "not_read": dict(report.failed),
        "decisions": [asdict(file) for file in report.decisions.files],
        "drafts": [{str(name): _plain(cell) for name, cell in row.items()} for row in rows],
    }
