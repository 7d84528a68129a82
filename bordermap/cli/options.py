"""Each option that several commands share, defined once."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bordermap.certainty import CERTAINTIES
from bordermap.cli.filters import NAMES, asked_filters, filter_options, recorded
from bordermap.cli.speak import Voice
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.errors import FilterError, OutputError
from bordermap.export import FORMATS, Table
from bordermap.gazetteer import Store
from bordermap.joins import PolygonLayer
from bordermap.locate import band_labels
from bordermap.records import file_of, read_decisions, read_polygons
from bordermap.schema import BANDS_KM, DecisionFile
from bordermap.values.text import shorten

__all__ = [
    "Question",
    "append",
    "as_json",
    "bands",
    "by_lines",
    "day_first",
    "decisions",
    "duplicates",
    "inputs",
    "output",
    "parse_bands",
    "question",
    "quiet",
    "read_layers",
    "reading",
    "recipe",
    "review",
    "split_layer",
    "strict",
    "verbose",
    "with_layers",
    "writing",
]

Decorator = Callable[[Any], Any]

DATABASE = "postgresql://user@host/database?table=schema.name"

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|/vsi|(?:https?|ftp|file|data|postgresql):", re.I)

inputs = click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
recipe = click.option("--recipe", metavar="NAME|FILE.toml", help="How to read the columns.")
day_first = click.option(
    "--day-first/--month-first",
    "day_first",
    default=None,
    help="How to read dates such as 04/05/2016 where the column itself does not show it.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Explain every note and rejection.")
strict = click.option(
    "--strict", is_flag=True, help="Exit with 3 when any row or decision was rejected."
)
bands = click.option(
    "--bands",
    default=",".join(f"{edge:g}" for edge in BANDS_KM),
    show_default=True,
    metavar="KM,KM,...",
    help="Outer edges of the distance bands, in kilometres.",
)


layer = click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="FILE[:NAME[:CODE]]",
    help="Polygons of your own (GeoJSON, GeoPackage, Shapefile, FlatGeobuf) to join points to; "
    "NAME and CODE are the columns that name its units. May be repeated.",
)

decisions = click.option(
    "--decisions",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE[:SHEET]",
    help="A sheet of --review or --duplicates in which people decided; it goes before the names. "
    "May be repeated.",
)

duplicates = click.option(
    "--duplicates",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write pairs of rows that may tell one incident as a sheet to fill in (same, different) "
    "and to give back with --decisions; nothing is merged.",
)

review = click.option(
    "--review",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write the incidents that need a person (weak, ambiguous, unplaced) as a sheet to fill in "
    "and to give back with --decisions.",
)

certainty = click.option(
    "--certainty",
    type=click.Choice(CERTAINTIES),
    default=CERTAINTIES[0],
    show_default=True,
    help="What filters by place test: the point, or the footprint: wholly in, or in part.",
)


class _Output(click.Path):
    """A file, or the address of a table of a database, which is no path."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return Table.of(value) or super().convert(value, param, ctx)


def output(required: bool, formats: str = f"{', '.join(FORMATS)}, {DATABASE}") -> Decorator:
    """Make the option ``-o FILE``; ``formats`` says which suffixes serve."""
    return click.option(
        "-o",
        "--output",
        required=required,
        type=_Output(path_type=Path) if DATABASE in formats else click.Path(path_type=Path),
        metavar="FILE",
        help=f"Where to write; its suffix says how: {formats}.",
    )


by_lines = click.option(
    "--ndjson", is_flag=True, help="Write GeoJSON with a feature a line, as .ndjson does."
)
append = click.option(
    "--append", is_flag=True, help="Add the rows to a database table instead of replacing it."
)
with_layers = click.option(
    "--with-layers",
    is_flag=True,
    help="Write the line, its variants, zones, provinces, districts, crossings and where vague "
    "incidents may be beside the incidents, into the same .gpkg or .kml.",
)


def writing(command: Callable[..., None]) -> Callable[..., None]:
    """Add how incidents are written, and hand it over as keywords in one ``writing``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        words = {name: given.pop(name) for name in ("ndjson", "append", "with_layers")}
        command(writing=words, **given)

    return by_lines(append(with_layers(asked)))


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of a command that works on located incidents.

    Attributes
    ----------
    recipe : str or None
    bands_km : tuple of float
    filters : dict
        Filters that were given, by name.
    strict, as_json : bool
    voice : Voice
    joined : tuple of PolygonLayer
        Layers that the user brought.
    certainty : str
        What filters by place test.
    decisions : tuple of DecisionFile
        What people decided.
    layer_files : tuple of str
        Where those layers were read, so that nothing is written over them.
    stores : tuple of Store
        Gazetteers of the user's own.
    day_first : bool or None
        How ``04/05/2016`` is to be read, where the user says so.
    """

    recipe: str | None
    bands_km: tuple[float, ...]
    filters: dict[str, Any]
    strict: bool
    as_json: bool
    voice: Voice
    joined: tuple[PolygonLayer, ...] = ()
    certainty: str = CERTAINTIES[0]
    decisions: tuple[DecisionFile, ...] = ()
    layer_files: tuple[str, ...] = ()
    stores: tuple[Store, ...] = ()
    day_first: bool | None = None

    def arguments(self, command: str, **others: Any) -> dict[str, Any]:
        """What the run record says was asked for."""
        filters = {name: recorded(value) for name, value in self.filters.items()}
        asked = {"command": command, "bands": list(self.bands_km), **filters, **others}
        if self.filters:
            asked["certainty"] = self.certainty
        if self.day_first is not None:
            asked["day_first"] = self.day_first
        return {name.rstrip("_"): value for name, value in asked.items()}


def question(command: Callable[..., None]) -> Callable[..., None]:
    """Add the recipe, bands, filters and manners, and hand them over as one ``question``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        filters = {name: given.pop(name) for name in NAMES}
        written = given.get("review"), given.get("duplicates")
        file = given.get("output")
        file = file if isinstance(file, Path) else None
        _keep_sheets(file, written, given["decisions"])
        voice = Voice(given.pop("quiet"), given.pop("verbose"))
        layers = given.pop("layers")
        stores = open_stores(given.pop("gazetteers"), voice)
        command(
            question=Question(
                recipe=given.pop("recipe"),
                bands_km=parse_bands(given.pop("bands")),
                filters=asked_filters(filters, stores, voice),
                strict=given.pop("strict"),
                as_json=given.pop("as_json"),
                voice=voice,
                joined=read_layers(layers, voice, file),
                certainty=given.pop("certainty"),
                decisions=tuple(map(read_decisions, given.pop("decisions"))),
                layer_files=tuple(split_layer(text)[0] for text in layers),
                stores=stores,
                day_first=given.pop("day_first"),
            ),
            **given,
        )

    options = [recipe, day_first, decisions, gazetteers, bands, layer]
    options += [*filter_options(), certainty, strict, as_json, quiet, verbose]
    for option in reversed(options):
        asked = option(asked)
    return asked


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Add what says how files are read, and hand it over as keywords in one ``reading``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        words = {name: given.pop(name) for name in ("recipe", "day_first")}
        command(reading=words, **given)

    return recipe(day_first(asked))


def parse_bands(text: str) -> tuple[float, ...]:
    """Edges of distance bands from ``5,10,25,50``.

    Raises
    ------
    FilterError
        Not numbers, or not growing.
    """
    try:
        edges = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise FilterError(
            f"bands {text!r} are no numbers", where="--bands", todo="write them like 5,10,25,50"
        ) from error
    band_labels(edges)
    return edges


def split_layer(text: str) -> tuple[str, str, str]:
    """File, name column and code column of ``FILE[:NAME[:CODE]]``.

    The colon after a Windows drive is no separator, nor is any in the name of a file that exists.
    """
    drive = _DRIVE.match(text)
    start = drive.end() if drive else 0
    if Path(text).is_file() or ":" not in text[start:] or _SCHEME.match(text):
        return text, "", ""
    file, *columns = text[start:].rsplit(":", 2)
    if len(columns) == 2 and "/" in columns[0] + columns[1]:
        file, columns = f"{file}:{columns[0]}", columns[1:]
    name, code = (*columns, "")[:2]
    return text[:start] + file, name, code


def read_layers(
    given: tuple[str, ...], voice: Voice, output: Path | None = None
) -> tuple[PolygonLayer, ...]:
    """Read the polygon layers that were given, and say how they were understood."""
    layers: list[PolygonLayer] = []
    for text in given:
        file, name, code = split_layer(text)
        taken = tuple(one.key for one in layers)
        if output is not None and output.is_file() and Path(file).is_file():
            _refuse_overwriting(output, Path(file))
        one = read_polygons(file, name_column=name, code_column=code, taken=taken)
        by = ", ".join(shorten(column) for column in (one.name_column, one.code_column) if column)
        voice.say(f"{one.file}: {len(one.units)} units by {by}, joined as {one.key}_name")
        for note in one.notes:
            voice.say(f"  note: {note}")
        layers.append(one)
    return tuple(layers)


def _keep_sheets(
    output: Path | None, written: tuple[Path | None, Path | None], decisions: tuple[Path, ...]
) -> None:
    """Refuse to write a result over a sheet, or one sheet over another."""
    review, duplicates = written
    if review is not None and duplicates is not None and review.absolute() == duplicates.absolute():
        raise OutputError(
            "both sheets cannot be one file", where=review.name, todo="name another file"
        )
    if output is None:
        return
    sheets = (review, "--review"), (duplicates, "--duplicates")
    for path, what in (*sheets, *((file_of(one), "--decisions") for one in decisions)):
        if path is not None and path.absolute() == output.absolute():
            raise OutputError(
                f"this is the sheet of {what}", where=output.name, todo="name another file with -o"
            )


def _refuse_overwriting(output: Path, layer_file: Path) -> None:
    if output.samefile(layer_file):
        raise OutputError(
            "this is the layer that is read", where=output.name, todo="name another file with -o"
        )
