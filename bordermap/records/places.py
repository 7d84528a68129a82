"""Rows of a user's gazetteer judged: places to keep, and a reason for every row that is not.

A row is rejected when it has no usable name, when its position is missing, (0, 0), no degrees or
outside the region, when it says a country and lies deep in the other, when it repeats another row
exactly, and when it is nothing an incident could be at. Everything else is kept, with a note on
what was put right. Countries and units come from the shipped layers, for all rows at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bordermap.border import Border
from bordermap.errors import FilterError, InputError
from bordermap.gazetteer import Entry, Gazetteer, Outline, exact_key, load_words
from bordermap.gazetteer.entries import TOWN_PEOPLE
from bordermap.gazetteer.entry import Spelling
from bordermap.gazetteer.store import LONGEST_SOURCE, PlaceSource
from bordermap.joins import Cover
from bordermap.layers import load_layer
from bordermap.memory import uncollected
from bordermap.records.place_files import open_places
from bordermap.records.place_kinds import MOST_RADIUS_M, PlaceKind, is_seat, kind_of
from bordermap.records.place_names import names_of
from bordermap.records.place_sheet import Sheet, report_of
from bordermap.schema import Report
from bordermap.values.coordinates import REGION, Position, check_position, in_region, parse_position
from bordermap.values.ids import UniqueIds, fingerprint
from bordermap.values.text import Note, label, shorten

__all__ = ["Places", "read_places", "source_name"]

ACROSS_M = 5_000.0
"""A place this far beyond the line from the country it is said to be in may be drawn wrongly; one
farther away has a wrong country or a wrong point."""

RESERVED = frozenset({"geonames", "line"})
"""What ids of the program's own begin with."""

LONGEST_ID = 60

_POLYGONS = frozenset({"Polygon", "MultiPolygon"})
_OWN_NAMES = ("asciiname", "name_ps", "name_fa", "name_ur", "name_local")


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What was read from one file: the papers of a source and its places."""

    source: PlaceSource
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class _Row:
    """One row on its way: what is known of it so far."""

    at: int
    name: str
    spellings: tuple[Spelling, ...]
    kind: PlaceKind
    lon: float
    lat: float
    radius_m: float
    country: str
    seat: bool
    place_id: str = ""
    outline: Outline | None = None


def source_name(stem: str, name: str | None = None) -> str:
    """The name of a source: what the user says, or the file's name without its suffix.

    Raises
    ------
    FilterError
        It is empty, too long, or holds a colon or a semicolon, which ids need.
    """
    given = (
        label(stem.replace(":", " ").replace(";", " "))[:LONGEST_SOURCE] if name is None else name
    )
    given = given.strip()
    if (
        given != label(given)
        or not 0 < len(given) <= LONGEST_SOURCE
        or set(given) & set(":;")
        or given.casefold() in RESERVED
    ):
        raise FilterError(
            f"{shorten(given)!r} cannot name a source",
            where="--name",
            todo=f"give up to {LONGEST_SOURCE} characters without : and ;, other than "
            + " and ".join(sorted(RESERVED)),
        )
    return given


@uncollected()
def read_places(
    path: str | Path, *, name: str | None = None, credit: str = ""
) -> tuple[Places, Report]:
    """Read and judge one file of places.

    Parameters
    ----------
    path : str or Path
        GeoNames dump (``.txt``, or the zip it comes in), a table with name, latitude and
        longitude, or a layer of points or polygons (GeoJSON, GeoPackage, Shapefile, FlatGeobuf).
    name : str, optional
        Of the source; that of the file when not given.
    credit : str
        Whom to credit, and the licence.

    Returns
    -------
    places : Places
    report : Report
        ``read == accepted + rejected``.

    Raises
    ------
    InputError
        The file cannot be read at all, or holds no places.
    FilterError
        The name cannot serve.
    """
    own_name = source_name(Path(path).stem, name)
    raw = open_places(path)
    numbers = [int(number) for number in raw.table.frame["source_row"]]
    sheet = Sheet(raw, len(numbers), numbers)
    _repair(sheet)
    rows = _with_ids(sheet, list(_rows(sheet)), own_name)
    entries = tuple(_entries(sheet, rows))
    report = report_of(sheet)
    (file,) = report.files
    if not file.read:
        raise InputError("holds no places", where=file.file, todo="give a file with rows")
    papers = PlaceSource(
        own_name, file.file, file.recipe, file.sha256,
        file.read, file.accepted, file.rejected, label(credit) or raw.credit,
    )  # fmt: skip
    return Places(papers, entries), report


def _rows(sheet: Sheet) -> Iterator[_Row]:
    """Rows with a name, a kind and a position; of the others the sheet says why not."""
    own = [sheet.column(name) for name in _OWN_NAMES]
    columns = ("name", "names", "feature_class", "kind", "population", "country")
    cells = zip(*map(sheet.column, columns), strict=True)
    positions = _positions(sheet)
    radii = _radii(sheet)
    locals_ = list(zip(*own, strict=True))
    for at, (name, others, group, kind, people, country) in enumerate(cells):
        named, spellings, notes = names_of(name, locals_[at], (others,))
        for note in notes:
            sheet.note(at, name, note)
        number = _number(people)
        what = kind_of(group, kind, number)
        outline = _outline(sheet, at)
        if not what.used:
            sheet.reject(at, kind or group, "kind_not_used", "no place of an incident", "kind")
        elif what.unit and outline is None and math.isnan(radii[at]):
            message = "a unit as a point; the shipped layers have districts and provinces"
            sheet.reject(at, kind or group, "unit_without_extent", message, "kind")
        position = positions[at]
        if sheet.is_rejected(at):
            continue
        radius_m = radii[at] if not math.isnan(radii[at]) else what.radius_m
        if outline is not None:
            what, radius_m = replace(what, kind="area", subkind=_area_kind(what)), outline.radius_m
        yield _Row(
            at, named, spellings, what, position.longitude, position.latitude, radius_m,
            _country(sheet, at, country), is_seat(kind, number), outline=outline,
        )  # fmt: skip


def _area_kind(kind: PlaceKind) -> str:
    return kind.subkind if kind.kind == "area" else "area"


def _number(text: str) -> float:
    if not text:
        return 0.0
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return number if 0 <= number <= 1e9 else 0.0


def _radii(sheet: Sheet) -> list[float]:
    """Radii as given, in metres; NaN where there is none that can be used."""
    radii = []
    given = zip(sheet.column("radius_m"), sheet.column("radius_km"), strict=True)
    for at, (metres, kilometres) in enumerate(given):
        text = metres or kilometres
        radius_m = math.nan
        if text.strip():
            try:
                radius_m = float(text) * (1.0 if metres else 1000.0)
            except ValueError:
                radius_m = -1.0
            if not 0 < radius_m <= MOST_RADIUS_M:
                message = f"the radius {shorten(text, 30)!r} is not used"
                sheet.note(at, text, Note("radius_not_used", message, column="radius_m"))
                radius_m = math.nan
        radii.append(radius_m)
    return radii


def _positions(sheet: Sheet) -> list[Position]:
    """Where each row lies; what cannot be used is rejected, what was swapped put right."""
    positions: list[Position] = []
    spoiled = sheet.raw.spoiled or {}
    cells = zip(sheet.column("latitude"), sheet.column("longitude"), strict=True)
    for at, (latitude, longitude) in enumerate(cells):
        shown = f"{latitude}, {longitude}"
        if at in spoiled:
            sheet.reject(at, shown, *spoiled[at], "geometry")
        if sheet.is_rejected(at):
            positions.append(Position(math.nan, math.nan))
            continue
        position = (
            parse_position(latitude, longitude)
            if sheet.raw.geometry is None
            else _of_geometry(sheet, at)
        )
        positions.append(_judged(sheet, at, shown, position))
    return positions


def _of_geometry(sheet: Sheet, at: int) -> Position:
    shape = sheet.raw.geometry[at]
    if shape is None:
        return Position(math.nan, math.nan)
    if shape.geom_type in _POLYGONS:
        centre = shape.representative_point()
        return Position(centre.y, centre.x)
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape.geom_type != "Point":
        message = f"a {shape.geom_type} is no place"
        return Position(math.nan, math.nan, (Note("geometry_type", message, rejects=True),))
    return check_position(shape.y, shape.x)


def _judged(sheet: Sheet, at: int, shown: str, position: Position) -> Position:
    """A position in the region, or a rejection."""
    west, south, east, north = REGION
    missing = math.isnan(position.latitude) or math.isnan(position.longitude)
    if missing and not any(note.rejects for note in position.notes):
        none = Note("coordinates_missing", "there are no coordinates")
        known = position.notes[-1] if position.notes else none
        sheet.note(at, shown, known._replace(rejects=True, column="latitude"))
        return position
    for note in position.notes:
        sheet.note(at, shown, note._replace(column="latitude"))
    if (
        not missing
        and not sheet.is_rejected(at)
        and not in_region(position.latitude, position.longitude)
    ):
        message = f"outside the region ({west:g}-{east:g} E, {south:g}-{north:g} N)"
        sheet.reject(at, shown, "outside_region", message, "latitude")
    return position


def _repair(sheet: Sheet) -> None:
    """Put polygons right that cross themselves."""
    for at, shape in enumerate(() if sheet.raw.geometry is None else sheet.raw.geometry):
        if shape is None or shape.geom_type not in _POLYGONS or shape.is_valid:
            continue
        made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        whole = not made.is_empty and made.geom_type in _POLYGONS
        if whole:
            sheet.raw.geometry[at] = made
            message = "the invalid polygon was repaired"
            sheet.note(at, "", Note("geometry_repaired", message, column="geometry"))
        else:
            sheet.reject(at, "", "geometry_invalid", "the polygon has no area", "geometry")


def _outline(sheet: Sheet, at: int) -> Outline | None:
    shape = None if sheet.raw.geometry is None else sheet.raw.geometry[at]
    return Outline(shape) if shape is not None and shape.geom_type in _POLYGONS else None


@cache
def _countries() -> dict[str, str]:
    listed = load_words().raw["countries"]
    known = {exact_key(name): code for code, names in listed.items() for name in names}
    return {**known, "af": "AF", "afg": "AF", "pk": "PK", "pak": "PK", "line": "line"}


def _country(sheet: Sheet, at: int, text: str) -> str:
    """``AF``, ``PK``, ``line`` or another code of two letters; empty where nothing is said."""
    if not text.strip():
        return ""
    code = _countries().get(exact_key(text[:100]), "")
    if code and code != "other":
        return code
    if len(text.strip()) == 2 and text.strip().isascii() and text.strip().isalpha():
        return text.strip().upper()
    if not code:
        message = f"the country {shorten(text, 30)!r} is not known"
        sheet.note(at, text, Note("country_unknown", message, column="country"))
    return code


def _with_ids(sheet: Sheet, rows: list[_Row], name: str) -> list[_Row]:
    """Rows with an id each, the row's own or its number; exact repeats are rejected."""
    own = [_plain_id(cell) for cell in sheet.column("id")]
    taken = set(own)
    ids = UniqueIds(one for one in own if one)
    columns = {str(c): sheet.column(str(c)) for c in sheet.table.frame.columns if c != "source_row"}
    for row in rows:
        given = own[row.at] or f"row-{sheet.numbers[row.at]}"
        while given in taken and not own[row.at]:
            given += "-0"
        if own[row.at] and not ids.is_unique(given):
            content = {key: cells[row.at] for key, cells in columns.items() if cells[row.at]}
            if sheet.raw.geometry is not None:
                content["geometry"] = shapely.to_wkt(sheet.raw.geometry[row.at])
            where = f"row {sheet.numbers[row.at]}"
            given, note = ids.name(given, fingerprint(content), where)
            if note:
                sheet.note(row.at, own[row.at], note._replace(column="id"))
        row.place_id = f"{name}:{given}"
    return [row for row in rows if not sheet.is_rejected(row.at)]


def _plain_id(text: str) -> str:
    text = label(text).replace(":", "-").replace(";", "-")
    return text[:LONGEST_ID]


def _entries(sheet: Sheet, rows: Sequence[_Row]) -> Iterator[Entry]:
    """Rows as entries, with country, province and district by where they lie."""
    if not rows:
        return
    districts = load_layer("districts").frame
    names = ("code", "adm1_code", "country")
    codes, provinces, countries = (districts[name].to_numpy() for name in names)
    lon, lat = np.array([[row.lon, row.lat] for row in rows]).T
    unit, _ = Cover(districts.geometry.to_numpy()).of(shapely.points(lon, lat))
    inside = [str(countries[at]) if at >= 0 else "" for at in unit]
    third = _third_countries(lon, lat, unit)
    deep_m = _beyond_m(rows, inside, lon, lat)
    for row, at, country, other, away_m in zip(rows, unit, inside, third, deep_m, strict=True):
        if away_m > max(row.radius_m, ACROSS_M):
            said = (
                f"it is said to be in {row.country}, but lies {away_m / 1000:.0f} km in {country}"
            )
            sheet.reject(row.at, row.country, "country_contradicted", said, "country")
            continue
        own = row.country or country or other
        fits = at >= 0 and own in {country, "line"}
        if row.country and country and not fits:
            said = f"said to be in {row.country}, but drawn in {country}"
            sheet.note(row.at, row.country, Note("country_across", said, column="country"))
        adm2 = str(codes[at]) if fits else ""
        yield _entry(row, own, str(provinces[at]) if fits else "", adm2)


def _third_countries(lon: Any, lat: Any, unit: Any) -> list[str]:
    """Codes of the neighbours in which points outside both countries lie."""
    found = np.full(len(lon), "other", dtype=object)
    outside = unit < 0
    if outside.any():
        neighbours = load_layer("neighbours").frame
        hit, _ = Cover(neighbours.geometry.to_numpy()).of(
            shapely.points(lon[outside], lat[outside])
        )
        found[outside] = np.where(hit < 0, "other", neighbours["code"].to_numpy()[hit])
    return [str(code) for code in found]


def _beyond_m(rows: Sequence[_Row], inside: Sequence[str], lon: Any, lat: Any) -> Any:
    """How far beyond the line from its stated country each point lies, metres; mostly 0."""
    pairs = zip(rows, inside, strict=True)
    wrong = np.array([{row.country, country} == {"AF", "PK"} for row, country in pairs])
    beyond = np.zeros(len(rows))
    if wrong.any():
        beyond[wrong] = Border.load().measure(lon[wrong], lat[wrong]).distance_m
    return beyond


def _entry(row: _Row, country: str, adm1: str, adm2: str) -> Entry:
    subkind = row.kind.subkind
    if row.seat or (subkind == "town" and _is_named_like(row, adm2)):
        subkind = "district_seat"
    return Entry(
        row.place_id, row.name, row.kind.kind, subkind, country,
        row.place_id.partition(":")[0], row.spellings,
        frozenset(filter(None, [adm1])), frozenset(filter(None, [adm2])),
        round(row.lon, 6), round(row.lat, 6), round(row.radius_m, 1), row.outline,
    )  # fmt: skip


def _is_named_like(row: _Row, adm2: str) -> bool:
    """Whether a small place bears its district's name, so that the name means the district."""
    small = row.radius_m < kind_of("P", "", TOWN_PEOPLE).radius_m
    return small and exact_key(row.name) in _district_keys().get(adm2, ())


@cache
def _district_keys() -> dict[str, frozenset[str]]:
    """By the code of a district: the keys of its names, former ones included."""
    keys: dict[str, set[str]] = {}
    for entry in Gazetteer.load().districts():
        own = {exact_key(spelling.text) for spelling in entry.spellings}
        for code in entry.members:
            keys.setdefault(code, set()).update(own)
    return {code: frozenset(own) for code, own in keys.items()}
