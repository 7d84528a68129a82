"""The whole way, said once, so that the command line and the library cannot differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict, Unpack

import geopandas as gpd
import pandas as pd

from bordermap.draft_schema import Document, DraftReport
from bordermap.duplicates import decide_duplicates
from bordermap.enrich import enrich
from bordermap.errors import BordermapError, FilterError, InputError
from bordermap.extract import extract
from bordermap.extract.merging import merged
from bordermap.extract.reviewing import decide_drafts, taken_apart
from bordermap.gazetteer import Gazetteer, Store
from bordermap.geocode import Named, geocode_and_decide
from bordermap.joins import PolygonLayer, prepared
from bordermap.layers import data_folder, manifest
from bordermap.locate import locate
from bordermap.memory import uncollected
from bordermap.query import FILTERS, given, hints_of, listed, query
from bordermap.records import (
    is_database,
    located_file,
    read_all,
    read_decisions,
    read_documents,
    read_located,
    read_own_layer,
)
from bordermap.schema import BANDS_KM, DecisionFile, DecisionReport, FileReport, Report, columns_of
from bordermap.validate import validate

__all__ = [
    "ask",
    "build",
    "draft",
    "enrich_layer",
    "located_drafts",
    "read_incidents",
    "run_record",
    "sample_incidents",
]

Progress = Callable[[str], None]


class Reading(TypedDict, total=False):
    """How rows are read, as :func:`read_incidents` says."""

    day_first: bool | None
    drafts: bool


def _silent(stage: str) -> None:
    del stage


def sample_incidents() -> Path:
    """Path of the documented incidents that travel with the program."""
    return data_folder("incidents") / "border_incidents.csv"


def read_incidents(
    *inputs: str | Path,
    recipe: str | None = None,
    filters: Mapping[str, Any] | None = None,
    day_first: bool | None = None,
    drafts: bool = False,
) -> tuple[gpd.GeoDataFrame, Report]:
    """Read and validate incident files.

    Parameters
    ----------
    *inputs : str or Path
        CSV, TSV, XLSX, XLS, ODS, JSON, JSON lines or GeoJSON files, also gzipped or alone in a zip
        archive; layers of points, addresses of tables; ``FILE:SHEET`` or ``FILE:LAYER``; folders;
        patterns (``2016-*.csv``); ``-`` (standard input). See :func:`bordermap.records.read`.
    recipe : str, optional
        Name of a recipe or path of a ``.toml``; recognised from the columns when not given.
    filters : mapping, optional
        Filters that need nothing but the record itself (``from_``, ``to``, ``type``, ``actor``),
        as in :func:`bordermap.query`.
    day_first : bool, optional
        Whether ``04/05/2016`` is the fourth of May; by default each file must show it itself.
    drafts : bool
        Accept drafts that nobody has reviewed, known by their ``draft_status``.

    Returns
    -------
    frame : GeoDataFrame
        Accepted rows in EPSG:4326, with the reported points where there are any.
    report : Report
        What was read, and every fault found; read = accepted + rejected.

    Raises
    ------
    InputError
        No input was given, or one cannot be read at all.
    RecipeError
        The recipe is unknown or does not fit.
    FilterError
        A filter needs what only locating can tell.
    """
    if not inputs:
        raise InputError("no input was given", todo="name a file of incidents, such as a CSV")
    tables = read_all(inputs, recipe=recipe, day_first=day_first)
    frame, report = validate(tables, drafts=drafts)
    if not filters:
        return frame, report
    reported = {column.name for column in columns_of("reported")}
    for name in filters:
        if name in FILTERS and not set(FILTERS[name].columns) <= reported:
            raise FilterError(f"the filter {name!r} needs located incidents", todo="use query")
    return query(frame, **filters), report


def build(
    *inputs: str | Path,
    recipe: str | None = None,
    bands_km: Sequence[float] = BANDS_KM,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
    decisions: Sequence[str | Path | DecisionFile] = (),
    gazetteer: Gazetteer | None = None,
    progress: Progress = _silent,
    **reading: Unpack[Reading],
) -> tuple[gpd.GeoDataFrame, Report]:
    """Read, validate, geocode and locate.

    Parameters
    ----------
    *inputs, recipe, **reading
        As for :func:`read_incidents`: ``day_first`` and ``drafts`` as well.
    bands_km : sequence of float
        Outer edges of the distance bands, kilometres.
    join : mapping of str to GeoDataFrame, optional
        Polygon layers of your own by name, as for :func:`bordermap.locate`; a column of the input
        that bears the name of a column of theirs becomes ``NAME_input``.
    decisions : sequence of str, Path or DecisionFile
        Review sheets in which people decided where incidents are, or which rows tell one incident
        (the column ``duplicate_of`` is added); ``report.decisions`` says what became of them.
    gazetteer : Gazetteer, optional
        The shipped one when not given; ``Gazetteer.load(path)`` adds places of your own.
    progress : callable, optional
        Called with a few words when a stage begins.

    Returns
    -------
    frame : GeoDataFrame
        Every accepted row with every column of ``schema.COLUMNS``.
    report : Report
    """
    progress("reading")
    frame, report = read_incidents(*inputs, recipe=recipe, **reading)
    sheets = [d if isinstance(d, DecisionFile) else read_decisions(d) for d in decisions]
    frame, decided = related(
        frame,
        bands_km=bands_km,
        join=join,
        decisions=sheets,
        gazetteer=gazetteer,
        progress=progress,
    )
    return frame, replace(report, decisions=decided)


@uncollected()
def related(
    frame: gpd.GeoDataFrame,
    *,
    bands_km: Sequence[float] = BANDS_KM,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
    decisions: Sequence[DecisionFile] = (),
    gazetteer: Gazetteer | None = None,
    elsewhere: Named | None = None,
    progress: Progress = _silent,
) -> tuple[gpd.GeoDataFrame, DecisionReport]:
    """Geocode and locate accepted rows, as :func:`build` does.

    Parameters
    ----------
    frame : GeoDataFrame
        Accepted rows of :func:`bordermap.validate.validate`.
    bands_km, join, decisions, gazetteer, progress
        As for :func:`build`.
    elsewhere : mapping, optional
        Of rows that are a part of a whole: what rows of the other parts at the same points name.

    Returns
    -------
    frame : GeoDataFrame
    decided : DecisionReport
        What became of the decisions.
    """
    joined = prepared(join)
    frame = _making_room(frame, [column for layer in joined for column in layer.columns])
    progress("placing")
    about_places = [sheet for sheet in decisions if sheet.about == "places"]
    frame, decided = geocode_and_decide(frame, gazetteer, about_places, elsewhere)
    frame, twice = decide_duplicates(frame, decisions)
    decided = replace(
        decided, files=(*decided.files, *twice.files), faults=(*decided.faults, *twice.faults)
    )
    progress("measuring")
    layers = {layer.key: layer for layer in joined}
    return locate(frame, bands_km=bands_km, join=layers), decided


def draft(
    *inputs: str | Path | Document,
    published: date | None = None,
    decisions: Sequence[str | Path | DecisionFile] = (),
    gazetteer: Gazetteer | None = None,
    progress: Progress = _silent,
) -> tuple[pd.DataFrame, DraftReport]:
    """Read articles, draft incidents from them, and apply what people decided.

    Parameters
    ----------
    *inputs : str, Path or Document
        Files and folders as for :func:`bordermap.records.read_documents`, or documents.
    published : date, optional
        The day on which the files were published; by default what a page itself says.
    decisions : sequence of str, Path or DecisionFile
        Sheets of :func:`bordermap.extract.reviewing.draft_sheet` that people filled in.
    gazetteer : Gazetteer, optional
        The shipped one when not given.
    progress : callable, optional
        Called with a few words when a stage begins.

    Returns
    -------
    drafts : DataFrame
        The columns of :data:`bordermap.draft_schema.DRAFT_COLUMNS` and ``merged_into``; those
        that were accepted have an ``incident_id``. Drafts of several documents that tell one event
        are followed by one that tells them all.
    report : DraftReport

    Raises
    ------
    InputError
        A file cannot be read.
    """
    progress("reading")
    files = [one for one in inputs if not isinstance(one, Document)]
    given = [one for one in inputs if isinstance(one, Document)]
    documents = given
    failed: list[tuple[str, BordermapError]] = []
    if files or not given:
        read, failed = read_documents(files, published=published)
        documents = [*given, *read]
    sheets = [d if isinstance(d, DecisionFile) else read_decisions(d) for d in decisions]
    places = gazetteer if gazetteer is not None else Gazetteer.load()
    progress("drafting")
    found = [extract(one, gazetteer=places) for one in documents]
    drafts = pd.concat(found, ignore_index=True)
    progress("comparing")
    drafts = merged(drafts, places, apart=taken_apart(sheets))
    drafts, decided = decide_drafts(drafts, sheets)
    reasons = tuple((name, error.found) for name, error in failed)
    return drafts, DraftReport(tuple(documents), reasons, decided)


def located_drafts(
    drafts: pd.DataFrame,
    gazetteer: Gazetteer | None = None,
    bands_km: Sequence[float] = BANDS_KM,
) -> gpd.GeoDataFrame:
    """Drafts that stand for an event, placed and located as incidents are.

    Those that were rejected, or are told by another draft as well, are left out; the
    ``incident_id`` is the draft's own.
    """
    standing = drafts[drafts["draft_status"].isin(["draft", "accepted"])]
    frame = standing.assign(incident_id=standing["draft_id"])
    return locate(geocode_and_decide(frame, gazetteer)[0], bands_km=bands_km)


def ask(
    source: str | Path,
    *,
    certainty: str = "nominal",
    order_by: str | Sequence[str] = (),
    limit: int | None = None,
    columns: str | Sequence[str] = (),
    **filters: Any,
) -> gpd.GeoDataFrame:
    """Rows that match, of a file that is located already, reading no more than that needs.

    Parameters
    ----------
    source : str or Path
        GeoParquet, GeoPackage (``FILE:LAYER``), FlatGeobuf or address of a table of PostGIS that
        :func:`bordermap.export` or ``bordermap locate`` wrote; its columns are taken as they are.
    certainty, order_by, limit, columns, **filters
        As for :func:`bordermap.query`.

    Returns
    -------
    GeoDataFrame
        As :func:`bordermap.query` would give of the whole file, with an index of its own; with
        ``columns`` only those were read.

    Raises
    ------
    InputError
        It is no such file, or broken.
    FilterError, FrameError
        As :func:`bordermap.query`.
    """
    file = located_file(source)
    if file is None:
        raise InputError(
            "is no GeoParquet, GeoPackage, FlatGeobuf or table of located incidents",
            where="the table" if is_database(source) else Path(source).name,
            todo="write one with 'bordermap locate'",
        )
    asked = dict(given(filters))
    hints = hints_of(list(asked.items()), certainty)
    keys = {key.removeprefix("-") for key in listed(order_by)}
    needed = listed(columns) if certainty == "nominal" else []
    frame = read_located(file, hints, [*needed, *sorted(keys)] if needed else ())
    return query(
        frame, certainty=certainty, order_by=order_by, limit=limit, columns=columns, **asked
    )


def enrich_layer(source: str | Path, *, say: Progress = _silent) -> tuple[gpd.GeoDataFrame, Report]:
    """Read a layer of anything, as it is, and add what :func:`bordermap.enrich` adds.

    Parameters
    ----------
    source : str or Path
        GeoJSON, GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, KML; ``FILE:LAYER``;
        the address of a PostGIS table.
    say : callable, optional
        Called with one line for each thing that was noticed.

    Returns
    -------
    frame : GeoDataFrame
    report : Report
        The one file, every feature accepted.

    Raises
    ------
    InputError
        It cannot be read.
    LayerError
        Nothing says which coordinate system it is in.
    """
    layer = read_own_layer(source)
    for note in layer.notes:
        say(note)
    count = len(layer.frame)
    file = FileReport(layer.name, "as it is", "", count, count, 0, 0, {}, layer.sha256)
    return enrich(layer.frame, say=say), Report((file,), (), pd.DataFrame())


def _making_room(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Rename the input's own columns whose names a joined layer needs."""
    names: dict[str, str] = {}
    for column in columns:
        if column in frame.columns:
            free = f"{column}_input"
            while free in frame.columns:
                free += "_input"
            names[column] = free
    return frame.set_axis([names.get(column, column) for column in frame.columns], axis=1)


def run_record(
    report: Report,
    arguments: Mapping[str, Any],
    layers: Sequence[str],
    joined: Sequence[PolygonLayer] = (),
    stores: Sequence[Store] = (),
) -> dict[str, Any]:
    """Say what went into a result, so that it can be made again.

    Parameters
    ----------
    report : Report
    arguments : mapping
        What was asked for; paths are cut to file names.
    layers : sequence of str
        Names of the reference layers used.
    joined : sequence of PolygonLayer
        Layers that the user brought.
    stores : sequence of Store
        Gazetteers that the user brought.

    Returns
    -------
    dict
        Plain JSON values, without clock times and folders: the same run gives the same record.
    """
    reasons: Counter[str] = Counter()
    for file in report.files:
        reasons.update(file.reasons)
    entries = manifest()
    return {
        "program": "bordermap",
        "version": version("bordermap"),
        "arguments": {key: _bare(value) for key, value in arguments.items()},
        "inputs": [
            {
                "file": file.file,
                "sha256": file.sha256,
                "recipe": file.recipe,
                "read": file.read,
                "accepted": file.accepted,
                "rejected": file.rejected,
            }
            for file in report.files
        ],
        "rejected": dict(sorted(reasons.items())),
        **_decided(report),
        "layers": [
            {
                "name": name,
                **{key: entries[name].get(key) for key in ("title", "vintage", "licence")},
                "sha256": entries[name]["sha256"],
            }
            for name in sorted(layers)
        ],
        **({"joined": [layer.papers() for layer in joined]} if joined else {}),
        **({"gazetteers": [store.papers() for store in stores]} if stores else {}),
    }


def _decided(report: Report) -> dict[str, Any]:
    """What became of each sheet of decisions, where any was given."""
    if not report.decisions.files:
        return {}
    reasons = Counter(fault.reason for fault in report.decisions.faults)
    return {
        "decisions": [asdict(file) for file in report.decisions.files],
        "decisions_not_used": dict(sorted(reasons.items())),
    }


def _bare(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, (list, tuple)):
        return [_bare(part) for part in value]
    return value if isinstance(value, (str, bool, int, float)) or value is None else str(value)
