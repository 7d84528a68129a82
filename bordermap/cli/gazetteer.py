"""``bordermap gazetteer``: places of your own, beside the shipped ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table, report_as_json
from bordermap.cli.steps import end
from bordermap.cli.stores import PROJECT_FILE, kept_stores, user_file
from bordermap.errors import FilterError, InputError, OutputError
from bordermap.export import check_output, write_rejected
from bordermap.gazetteer import Store
from bordermap.gazetteer.keeping import add_source, remove_source
from bordermap.records.places import Places, read_places, source_name
from bordermap.rejected import joined
from bordermap.schema import Report
from bordermap.values.text import shorten

__all__ = ["gazetteer"]

SUFFIX = ".sqlite"


@click.group()
def gazetteer() -> None:
    """Keep places of your own, used beside the shipped ones."""


def _where(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say in which file places are kept."""
    to = click.option(
        "--to",
        "target",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"The gazetteer, a file that ends in {SUFFIX}; your own when not given.",
    )
    project = click.option(
        "--project", is_flag=True, help=f"The gazetteer of this folder, {PROJECT_FILE}."
    )
    return to(project(command))


@gazetteer.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--name", metavar="NAME", help="Of the source; that of the file when not given.")
@click.option("--credit", default="", metavar="TEXT", help="Whom to credit, and the licence.")
@_where
@click.option(
    "--rejected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rejected rows to FILE.rejected.csv.",
)
@options.strict
@options.as_json
@options.quiet
@options.verbose
def add(
    files: tuple[str, ...], target: Path | None, project: bool, rejected: Path | None, **asked: Any
) -> None:
    """Add GeoNames dumps, tables with name, lat and lon, or layers of points or polygons."""
    path = _target(target, project, make=True)
    if rejected is not None:
        check_output(rejected.with_name(f"{rejected.name}.csv"))
    _refuse_same_names(files, asked["name"])
    voice = Voice(asked["quiet"], asked["verbose"])
    reports = []
    for file in files:
        places, one = _read(file, asked["name"], asked["credit"], voice)
        reports.append(one)
        if not places.entries:
            _write_rejected(rejected, reports, voice)
            raise _none_used(one)
        _keep(places, path, voice)
    report = _whole(reports)
    _write_rejected(rejected, reports, voice)
    if asked["as_json"]:
        print_json(report_as_json(report))
    end(report, asked["strict"])


def _read(file: str, name: str | None, credit: str, voice: Voice) -> tuple[Places, Report]:
    voice.stage(f"reading {Path(file).name}")
    places, report = read_places(file, name=name, credit=credit)
    voice.report(report)
    return places, report


def _keep(places: Places, path: Path, voice: Voice) -> None:
    source = places.source
    voice.stage(f"keeping {source.name}")
    done = add_source(path, source, places.entries)
    voice.say(f"{path.name}: {source.name} {done}, {source.added:,} of {source.read:,} places")


def _none_used(report: Report) -> InputError:
    (file,) = report.files
    reasons = Counter(file.reasons).most_common(3)
    shown = ", ".join(f"{reason} {count}" for reason, count in reasons)
    return InputError(
        f"none of {file.read} rows can be used ({shown})",
        where=file.file,
        todo="see the reasons with --verbose",
    )


def _write_rejected(rejected: Path | None, reports: Sequence[Report], voice: Voice) -> None:
    report = _whole(reports)
    if rejected is not None and report.rejected_count:
        voice.say(f"the rejected rows are in {write_rejected(rejected, report).name}")


def _whole(reports: Sequence[Report]) -> Report:
    return Report(
        tuple(file for one in reports for file in one.files),
        tuple(fault for one in reports for fault in one.faults),
        joined([one.rejected for one in reports]),
    )


def _refuse_same_names(files: tuple[str, ...], name: str | None) -> None:
    names = Counter(source_name(Path(file).stem, name) for file in files)
    twice = [one for one, count in names.items() if count > 1]
    if twice:
        raise FilterError(
            f"{names[twice[0]]} files would be named {twice[0]!r}",
            where="--name",
            todo="add them one by one, each with its --name",
        )


def _target(target: Path | None, project: bool, *, make: bool = False) -> Path:
    """The file in which places are kept; its folder is made for the user's own."""
    if target is not None and project:
        raise FilterError("--to beside --project", where="--to", todo="give one of them")
    if target is not None or project:
        path = target or Path(PROJECT_FILE)
        return check_output(path, (SUFFIX,)) if make else path
    path = user_file()
    if make:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"its folder cannot be made ({error.strerror})",
                where=path.name,
                todo="name another file with --to",
            ) from error
    return path


@gazetteer.command("list")
@_where
@options.as_json
def list_sources(target: Path | None, project: bool, as_json: bool) -> None:
    """List the sources that are kept: the project's and your own, or those of one file."""
    named = target is not None or project
    paths = (_target(target, project),) if named else kept_stores()
    rows = []
    for path in paths:
        store = Store(path)
        rows += [{"gazetteer": str(path), **asdict(source)} for source in store.sources]
        store.close()
    if as_json:
        print_json(rows)
    elif rows:
        heads = ("gazetteer", "name", "file", "format", "read", "added", "rejected", "credit")
        print_table(heads, [[row[head] for head in heads] for row in rows])
    else:
        click.echo("no places of your own are kept; see bordermap gazetteer add --help", err=True)


@gazetteer.command()
@click.argument("name")
@_where
@options.quiet
def remove(name: str, target: Path | None, project: bool, quiet: bool) -> None:
    """Remove a source and its places."""
    path = _target(target, project)
    source = remove_source(path, name)
    said = f"{path.name}: {shorten(source.name)} removed, {source.added:,} places"
    Voice(quiet, verbose=False).say(said)
