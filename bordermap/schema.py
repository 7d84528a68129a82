"""The words of the program: columns, event types, precision levels, and small frozen types.

A GeoDataFrame in EPSG:4326 travels through it, a row an incident; its columns are declared here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from bordermap.shown import tabled

__all__ = [
    "BANDS_KM",
    "COLUMNS",
    "CRS",
    "DATE_PRECISIONS",
    "DEFAULT_RADIUS_M",
    "EVENT_TYPES",
    "LOCATED_BY",
    "LOCATION_PRECISIONS",
    "LOCATION_STATUSES",
    "SIDES",
    "Column",
    "Decision",
    "DecisionCount",
    "DecisionFile",
    "DecisionReport",
    "Fault",
    "FileReport",
    "Layer",
    "Match",
    "Place",
    "RawTable",
    "Report",
    "columns_of",
]

CRS = "EPSG:4326"
"""Every position is longitude, latitude on WGS 84, in that order."""

EVENT_TYPES = (
    "airstrike",
    "drone_strike",
    "shelling",
    "armed_clash",
    "explosion",
    "attack_on_civilians",
    "crossing_closure",
    "protest",
    "other",
    "unknown",
)

DATE_PRECISIONS = ("day", "week", "month", "year", "unknown")

LOCATED_BY = (
    "reported",
    "place",
    "relative",
    "between",
    "border",
    "district",
    "province",
    "country",
    "decided",
    "none",
)
"""What placed an incident; ``decided`` is a person who looked at it."""

LOCATION_PRECISIONS = ("exact", "place", "area", "district", "province", "country", "none")

LOCATION_STATUSES = ("placed", "weak", "ambiguous", "unplaced")
"""How an incident's place was found: without doubt, with a doubt, with several equally good
meanings (what is used instead stands in the other columns), or not at all."""

SIDES = ("AF", "PK", "line", "other", "uncertain")

BANDS_KM = (5.0, 10.0, 25.0, 50.0)
"""Outer edges of the default bands of distance to the line, in kilometres."""

DEFAULT_RADIUS_M = 1_000.0
"""Radius of the footprint of reported coordinates that bear no precision code, in metres."""

Stage = Literal["reported", "geocode", "locate", "draft"]
Dtype = Literal["string", "Int64", "float64", "datetime64[s]", "geometry"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the ledger.

    Attributes
    ----------
    name : str
    dtype : {"string", "Int64", "float64", "datetime64[s]", "geometry"}
        The pandas dtype in a frame. Missing values are ``pd.NA``, ``NaN`` or ``NaT``.
    stage : {"reported", "geocode", "locate", "draft"}
        Who writes it: the input itself, ``geocode``, ``locate``, or ``extract`` beside the first.
    meaning : str
        One line for people.
    unit : str
        ``"m"``, ``"km"``, ``"degree"`` or empty.
    """

    name: str
    dtype: Dtype
    stage: Stage
    meaning: str
    unit: str = ""


def _ledger(stage: Stage, *rows: tuple[str, Dtype, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, stage, meaning, unit) for name, dtype, unit, meaning in rows)


COLUMNS: tuple[Column, ...] = (
    *_ledger(
        "reported",
        ("incident_id", "string", "", "unique; made from the row's content where it has none"),
        ("date_start", "datetime64[s]", "", "first day on which it may have happened"),
        ("date_end", "datetime64[s]", "", "last day; empty when not known"),
        ("date_precision", "string", "", "day, week, month, year or unknown"),
        ("event_type", "string", "", "one of the ten event types"),
        ("event_type_reported", "string", "", "the input's own word for the event type"),
        ("place", "string", "", "place as reported, in whatever spelling or script"),
        ("district", "string", "", "district as reported"),
        ("province", "string", "", "province as reported"),
        ("country", "string", "", "country as reported"),
        ("latitude", "float64", "degree", "latitude as reported"),
        ("longitude", "float64", "degree", "longitude as reported"),
        ("location_precision_reported", "string", "", "the source's own precision code"),
        ("location_precision_scheme", "string", "", "whose code that is: ucdp, acled, gdelt, gtd"),
        ("actor_a", "string", "", "one party as reported"),
        ("actor_b", "string", "", "the other party as reported"),
        ("fatalities_low", "Int64", "", "lowest figure reported; empty is unknown, 0 is none"),
        ("fatalities_best", "Int64", "", "the source's best figure; never filled in"),
        ("fatalities_high", "Int64", "", "highest figure reported"),
        ("summary", "string", "", "what happened, claims attributed"),
        ("source_name", "string", "", "who reported it"),
        ("source_date", "string", "", "when it was reported"),
        ("source_url", "string", "", "where the report stands"),
        ("source_file", "string", "", "the file the row was read from, without its folder"),
        ("source_row", "Int64", "", "row or feature in that file, the first is 1"),
        ("record_note", "string", "", "what was noticed or put right while reading the row"),
    ),
    *_ledger(
        "geocode",
        ("geometry", "geometry", "degree", "the point, or empty when unplaced"),
        ("located_by", "string", "", "what placed it: reported, place, district, ..., none"),
        ("location_precision", "string", "", "exact, place, area, district, province, ..."),
        ("location_radius_m", "float64", "m", "radius of the footprint: where it may be"),
        ("location_side", "string", "", "AF or PK where the record says the footprint's side"),
        ("place_id", "string", "", "gazetteer entry used"),
        ("place_match", "string", "", "name of the gazetteer entry used"),
        ("match_score", "float64", "", "probability that the place is right, 0 to 1"),
        (
            "location_status",
            "string",
            "",
            "placed, weak (told with a doubt), ambiguous (several equally good meanings) or"
            " unplaced",
        ),
        ("location_candidates", "string", "", "up to five meanings that were not taken"),
        ("location_note", "string", "", "the reason in words, with runners-up when close"),
    ),
    *_ledger(
        "locate",
        ("border_distance_m", "float64", "m", "geodesic distance from the point to the line"),
        ("border_distance_min_m", "float64", "m", "least distance over the footprint"),
        ("border_distance_max_m", "float64", "m", "greatest distance over the footprint"),
        ("border_offset_m", "float64", "m", "distance with a sign: + Afghan side, - Pakistani"),
        ("border_side", "string", "", "AF, PK, line, other, or uncertain"),
        ("border_km", "float64", "km", "kilometre along the line from its south-western end"),
        ("border_lon", "float64", "degree", "longitude of the nearest point on the line"),
        ("border_lat", "float64", "degree", "latitude of the nearest point on the line"),
        ("border_stretch", "string", "", "provinces or districts that face each other there"),
        ("band", "string", "", "band of distance to the line"),
        ("adm0", "string", "", "country where the point lies, ISO 3166-1 alpha-2"),
        ("adm1", "string", "", "province where the point lies, current official name"),
        ("adm1_code", "string", "", "ISO 3166-2 code of that province"),
        ("adm2", "string", "", "district where the point lies, today's units"),
        ("adm2_code", "string", "", "the layer's code of that district"),
        ("crossing", "string", "", "nearest border crossing"),
        ("crossing_distance_m", "float64", "m", "geodesic distance to it"),
    ),
)
"""The column ledger, in the order in which results are written."""


def columns_of(stage: Stage) -> tuple[Column, ...]:
    """Columns that one stage writes, in ledger order."""
    return tuple(column for column in COLUMNS if column.stage == stage)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A reference layer with its papers.

    Attributes
    ----------
    name : str
        The name in ``geodata/sources.json``.
    frame : GeoDataFrame
        Features in EPSG:4326.
    title, attribution, licence, source, vintage : str
        What to print beside it. ``licence`` is an SPDX identifier.
    disputed : str
        What is disputed about it, in neutral words; may be empty.
    """

    name: str
    frame: gpd.GeoDataFrame
    title: str
    attribution: str
    licence: str
    source: str
    vintage: str = ""
    disputed: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One gazetteer entry.

    Attributes
    ----------
    place_id : str
        ``border_places`` id, ``geonames:ID``, or the code of a province or district.
    kind : str
        ``place``, ``crossing``, ``area``, ``district``, ``province`` or ``country``.
    lon, lat : float
        Degrees, EPSG:4326; for an area its inner point.
    radius_m : float
        Radius of the footprint in metres; for an area it reaches the farthest vertex.
    country : str
        ``AF``, ``PK`` or ``line`` (a place on the line itself).
    adm1_code, adm2_code : str
        Codes of the units it lies in; empty where not known.
    source : str
        The table it comes from.
    """

    place_id: str
    name: str
    kind: str
    lon: float
    lat: float
    radius_m: float
    country: str
    adm1_code: str = ""
    adm2_code: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate for a name: a place, how well it fits (0 to 1), and why."""

    place: Place
    score: float
    spelling: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found wrong or noteworthy in one row.

    Attributes
    ----------
    file : str
        File name without its folder.
    row : int
        1 is the first line or feature of data (as ``source_row``); 0 is the file as a whole.
    column : str
        The input's column, or empty.
    value : str
        The offending value, shortened.
    reason : str
        A short stable code, e.g. ``coordinates_out_of_range``; reports count by it.
    message : str
        One line for people.
    rejected : bool
        True when the row is rejected for it; False when it is a note.
    """

    file: str
    row: int
    column: str
    value: str
    reason: str
    message: str
    rejected: bool


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file; ``read`` is always ``accepted + rejected``.

    ``noted`` counts the accepted rows with a note. ``reasons`` counts each rejected row once, by
    the first thing found wrong with it; its values sum up to ``rejected``.
    """

    file: str
    recipe: str
    encoding: str
    read: int
    accepted: int
    noted: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a review sheet in which somebody has decided.

    Attributes
    ----------
    file : str
        The sheet, without its folder.
    row : int
        1 is the first line of data.
    cells : mapping of str to str
        The line as it was read, by the sheet's columns.
    """

    file: str
    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """The decisions of one review sheet; ``read`` counts its lines, the empty ones included.

    ``about`` is ``places``, ``duplicates`` or ``drafts``.
    """

    file: str
    sha256: str
    read: int
    decisions: tuple[Decision, ...]
    about: str = "places"


@dataclass(frozen=True, slots=True)
class DecisionCount:
    """What became of the lines of one sheet: ``read = empty + used + unused + refused``.

    ``unused`` lines fit nothing that was read, ``refused`` ones cannot be used; ``incidents``
    counts the incidents that the used ones decided.
    """

    file: str
    sha256: str
    read: int
    empty: int
    used: int
    unused: int
    refused: int
    incidents: int

    @classmethod
    def of(cls, file: DecisionFile, faults: Sequence[Fault], incidents: int) -> DecisionCount:
        """Count the lines of a sheet by the faults found in it."""
        refused = sum(fault.rejected for fault in faults)
        return cls(
            file=file.file,
            sha256=file.sha256,
            read=file.read,
            empty=file.read - len(file.decisions),
            used=len(file.decisions) - len(faults),
            unused=len(faults) - refused,
            refused=refused,
            incidents=incidents,
        )


@dataclass(frozen=True, slots=True, eq=False)
class DecisionReport:
    """What became of the decisions of people.

    Attributes
    ----------
    files : tuple of DecisionCount
    faults : tuple of Fault
        Of each line that was refused or not used; ``rejected`` where it was refused.
    used : mapping of str to Decision
        The decision by ``incident_id``.
    left : tuple of Decision
        Lines that were refused or not used.
    before : mapping of str to mapping of str to object
        By ``incident_id`` of each decided incident, the columns that geocoding had written.
    """

    files: tuple[DecisionCount, ...] = ()
    faults: tuple[Fault, ...] = ()
    used: Mapping[str, Decision] = field(default_factory=dict)
    left: tuple[Decision, ...] = ()
    before: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def refused_count(self) -> int:
        return sum(file.refused for file in self.files)


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What was read, and every fault found.

    Attributes
    ----------
    files : tuple of FileReport
    faults : tuple of Fault
        Notes and rejections, in the order of files and rows.
    rejected : DataFrame
        The raw content of the rejected rows with ``source_file``, ``source_row``, ``reason``.
    decisions : DecisionReport
        What became of the decisions that were given.
    noted : mapping of (str, str) to int, optional
        Of many: accepted rows that bear a note, by file and reason; ``faults`` are but the first.
    """

    files: tuple[FileReport, ...]
    faults: tuple[Fault, ...]
    rejected: pd.DataFrame
    decisions: DecisionReport = field(default_factory=DecisionReport)
    noted: Mapping[tuple[str, str], int] | None = None

    @property
    def read(self) -> int:
        return sum(file.read for file in self.files)

    @property
    def accepted_count(self) -> int:
        return sum(file.accepted for file in self.files)

    @property
    def rejected_count(self) -> int:
        return sum(file.rejected for file in self.files)

    @property
    def noted_count(self) -> int:
        return sum(file.noted for file in self.files)

    def _repr_html_(self) -> str:
        shown = ("file", "recipe", "read", "accepted", "noted", "rejected", "reasons")
        return tabled({name: [getattr(file, name) for file in self.files] for name in shown})


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Rows of one file as they were read, before anything is judged.

    Attributes
    ----------
    frame : DataFrame
        A row per record; columns are named as in the ledger where the recipe knows them, else as
        in the file, with its types. ``source_row`` (int) is always there; layers add ``geometry``
        (shapely, or None) and, where one cannot be used, ``geometry_fault``, a text.
    file, recipe, encoding, sha256 : str
    faults : tuple of Fault
        Rows that could not even be cut into cells (rejections), cells that could not be decoded
        (notes), and notes on the file as a whole, which stand at row 0.
    broken : DataFrame
        Raw content of the rejected rows, as in :attr:`Report.rejected`.
    words : mapping of str to mapping of str to str
        What the input's words mean: ``{"event_type": {"air raid": "airstrike"}}``, folded.
    constants, headers : mapping of str to str
        For columns of the ledger: values of every row, where the file has none; its own names.
    day_first : bool, "unsettled" or None
        How ``04/05/2016`` is read, where somebody said so.
    raw, read_as
        The cells as the file has them, under its own names (a layer's geometry comes last), and
        what reading some of them alone needs; see :mod:`bordermap.rejected`.
    positions : (ndarray, ndarray), optional
        Longitudes and latitudes of ``geometry``; NaN where they are not surely all that it says.
    """

    frame: pd.DataFrame
    file: str
    recipe: str
    encoding: str
    sha256: str
    faults: tuple[Fault, ...] = ()
    broken: pd.DataFrame = field(default_factory=pd.DataFrame)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | Literal["unsettled"] | None = None
    raw: pd.DataFrame | None = None
    read_as: Mapping[str, object] = field(default_factory=dict)
    positions: tuple[Any, Any] | None = None
