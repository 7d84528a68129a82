"""Gazetteer entries out of the shipped tables and layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from bordermap.gazetteer.entry import GEOD, Entry, Outline, Spelling, joined_outline
from bordermap.gazetteer.spelling import exact_key, load_words, tokens
from bordermap.layers import load_attributes, load_layer, load_table

__all__ = ["Sources", "build_entries", "shipped_sources"]

NO_SPOT = frozenset({"area", "containing area", "shared point"})
"""Tags of ``coordinate_note`` whose point is not that of the place itself."""

STRETCH_M = 5_000.0
"""A derived point with a wider footprint stands for a stretch of the line, not for a spot."""

TOWN_BASE_M, TOWN_DENSITY = 3_000.0, 5_000.0
"""A GeoNames town: 3 km for its point (half of 87 differ by over 1.6 km from the curated one, a
tenth by over 5.6 km) and the radius its people take at 5,000 per km2."""

TOWN_PEOPLE = 10_000
"""A seat of a district with fewer people, or none on record, is a small seat: its name alone
means the district."""

SAME_SPOT_M = 15_000.0
"""A town of GeoNames this near to a curated place of the same name is that place."""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Tables and layers of a gazetteer; whatever is left out is empty.

    Every cell of a table is text. Columns are those of the shipped files of the same names.
    Layers of units have geometry, or ``outlines`` fetches it by layer and row when first asked.
    """

    border_places: pd.DataFrame | None = None
    geonames_places: pd.DataFrame | None = None
    not_places: pd.DataFrame | None = None
    namesakes: pd.DataFrame | None = None
    provinces: pd.DataFrame | None = None
    districts: pd.DataFrame | None = None
    tehsils: pd.DataFrame | None = None
    countries: pd.DataFrame | None = None
    crossings: gpd.GeoDataFrame | None = None
    outlines: Callable[[str, int], shapely.Geometry] | None = None


def shipped_sources() -> Sources:
    """The tables and layers that travel with the program.

    Raises
    ------
    LayerError
        One is missing or differs from its manifest.
    """
    tables = ("border_places", "geonames_places", "not_places", "namesakes")
    layers = ("provinces", "districts", "tehsils", "countries")
    return Sources(
        **{name: load_table(name) for name in tables},
        **{name: load_attributes(name) for name in layers},
        crossings=load_layer("crossings").frame,
        outlines=lambda name, row: load_layer(name).frame.geometry.iloc[row],
    )


Row = Mapping[str, Any]


def _rows(frame: pd.DataFrame | None) -> Iterator[Row]:
    if frame is not None:
        names = list(frame.columns)
        for cells in frame.to_numpy(dtype=object):
            yield dict(zip(names, cells, strict=True))


def _units(sources: Sources, layer: str) -> Iterator[tuple[Row, Outline]]:
    """Rows of a layer of units with their outlines."""
    for number, row in enumerate(_rows(getattr(sources, layer))):
        if "geometry" not in row and sources.outlines:
            yield row, Outline(partial(sources.outlines, layer, number))
        else:
            yield row, Outline(row["geometry"])


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""


def _parts(row: Row, *columns: str) -> list[str]:
    cells = [cell for name in columns if isinstance(cell := row.get(name), str) and cell]
    return [part for part in map(str.strip, ";".join(cells).split(";")) if part]


def _without_brackets(name: str) -> str:
    return name.split("(", maxsplit=1)[0].strip() or name


_LOCAL = ("name_ps", "name_fa", "name_ur", "names_ps", "names_fa", "names_ur", "names_local")
_OTHER = ("names_latin", "aliases", "former_names", "names")


def _spellings(row: Row) -> tuple[Spelling, ...]:
    """All spellings of a row; its own name is also the one without its brackets."""
    name = _text(row, "name")
    own = {name, _without_brackets(name), *_parts(row, *_LOCAL)}
    others = set(_parts(row, *_OTHER)) - own
    return (
        *(Spelling(text, own=True) for text in sorted(own)),
        *(Spelling(text) for text in sorted(others)),
    )


@dataclass(slots=True)
class Units:
    """Provinces and districts by code, and their codes by name."""

    entries: dict[str, Entry] = field(default_factory=dict)
    _own: dict[tuple[str, str], str] = field(default_factory=dict)
    _other: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, entry: Entry, within: str) -> None:
        """Keep a unit under its spellings inside the unit above it (``within``)."""
        self.entries[entry.place_id] = entry
        for spelling in entry.spellings:
            codes = self._own if spelling.own else self._other
            codes.setdefault((within, exact_key(spelling.text)), entry.place_id)

    def code(self, name: str, within: str) -> str:
        """Code of the unit of that name, or of that alias, or empty."""
        key = within, exact_key(name)
        return self._own.get(key) or self._other.get(key, "")


def _country_entries(sources: Sources, units: Units) -> None:
    known = load_words().raw["countries"]
    for row, outline in _units(sources, "countries"):
        code = _text(row, "code")
        names = {_text(row, "name") or code, *_parts(row, *_LOCAL)}
        others = {*_parts(row, *_OTHER), *known.get(code, ())} - names
        spellings = (
            *(Spelling(text, own=True) for text in sorted(names)),
            *(Spelling(text) for text in sorted(others)),
        )
        entry = Entry(
            code, _text(row, "name"), "country", "country", code, "countries", spellings,
            outline=outline, members=(code,),
        )  # fmt: skip
        units.add(entry, "")


def _province_entries(sources: Sources, units: Units) -> None:
    words = load_words().raw
    extra = {row["code"]: row["spellings"] for row in words["provinces"]}
    former = {exact_key(text) for region in words["regions"] for text in region["spellings"]}
    for row, outline in _units(sources, "provinces"):
        code, country = _text(row, "code"), _text(row, "country")
        # FATA was in what is now Khyber Pakhtunkhwa, but is a smaller area of its own.
        spellings = tuple(s for s in _spellings(row) if exact_key(s.text) not in former)
        spellings += tuple(Spelling(text) for text in extra.get(code, ()))
        entry = Entry(
            code, _text(row, "name"), "province", "province", country, "provinces", spellings,
            adm1_codes=frozenset({code}), outline=outline, members=(code,),
        )  # fmt: skip
        units.add(entry, country)


def _district_entries(sources: Sources, units: Units) -> None:
    extra = {row["code"]: row["spellings"] for row in load_words().raw["districts"]}
    for row, outline in _units(sources, "districts"):
        code, adm1 = _text(row, "code"), _text(row, "adm1_code")
        entry = Entry(
            code, _text(row, "name"), "district", "district", _text(row, "country"), "districts",
            (*_spellings(row), *map(Spelling, extra.get(code, ()))),
            frozenset({adm1}), frozenset({code}), outline=outline, members=(code,),
        )  # fmt: skip
        units.add(entry, adm1)


def _group(units: Units, name: str, spellings: Iterable[str], codes: list[str]) -> Entry:
    """Several units as one: what is now halves, or an area that no longer exists."""
    members = [units.entries[code] for code in codes]
    return Entry(
        ";".join(codes),
        name,
        "district",
        "district",
        members[0].country,
        "districts",
        tuple(Spelling(text) for text in spellings),
        frozenset[str]().union(*(member.adm1_codes for member in members)),
        frozenset(codes),
        outline=joined_outline(members),
        members=tuple(codes),
    )


def _former_groups(sources: Sources, units: Units) -> list[Entry]:
    """Districts of 2017 that are several today, and the former areas of the word list."""
    halves: dict[tuple[str, str], set[str]] = {}
    for row in _rows(sources.districts):
        for former in _parts(row, "unit_2017"):
            halves.setdefault((_text(row, "adm1_code"), former), set()).add(_text(row, "code"))
    groups = {
        (adm1, tuple(sorted(codes))): _group(units, former, [former], sorted(codes))
        for (adm1, former), codes in sorted(halves.items())
        if len(codes) > 1
    }
    for region in load_words().raw["regions"]:
        adm1 = region["adm1_code"]
        codes = set()
        for name in region["units"]:
            codes |= halves.get((adm1, name), set()) or {units.code(name, adm1)}
        codes &= set(units.entries)
        if len(codes) < 2:
            continue
        key = (adm1, tuple(sorted(codes)))
        group = groups.get(key) or _group(units, region["name"], [], sorted(codes))
        also = {units.code(name, adm1) for name in region["also"]} - {""}
        group = _with_spellings(group, map(Spelling, region["spellings"]))
        groups[key] = replace(group, adm2_codes=group.adm2_codes | also)
    return [groups[key] for key in sorted(groups)]


def _tag(row: Row) -> str:
    note = _text(row, "coordinate_note")
    return note[1 : note.index("]")] if note.startswith("[") and "]" in note else "point"


def _border_place(row: Row, units: Units) -> Entry:
    subkind, tag = _text(row, "kind"), _tag(row)
    radius_m, country = float(row["radius_m"]), _text(row, "country")
    spot = "crossing" if subkind == "crossing" else "place"
    stretch = tag == "derived" and radius_m > STRETCH_M
    kind = "area" if tag in NO_SPOT or stretch else spot
    if tag == "area" and subkind == "area":
        subkind = "tehsil" if "tehsil polygon" in row["coordinate_note"] else "area"
    sides = ("AF", "PK") if country == "line" else (country,)
    adm1 = [units.code(n, c) for n, c in zip(_text(row, "adm1").split(" / "), sides, strict=False)]
    adm2 = [units.code(n, c) for n, c in zip(_text(row, "adm2").split(" / "), adm1, strict=False)]
    return Entry(
        _text(row, "place_id"), _text(row, "name"), kind, subkind, country, "border_places",
        _spellings(row), frozenset(filter(None, adm1)), frozenset(filter(None, adm2)),
        float(row["lon"]), float(row["lat"]), radius_m,
    )  # fmt: skip


def _is_district(entry: Entry, row: Row, units: Units) -> str:
    """Code of the district that a curated row stands for, or empty."""
    note = _text(row, "coordinate_note")
    if _tag(row) != "area" or "district" not in note or entry.country == "line":
        return ""
    (code,) = entry.adm2_codes if len(entry.adm2_codes) == 1 else ("",)
    if not code or "valley" in _text(row, "kind"):
        return ""
    bare = load_words().strip(tokens(_without_brackets(entry.name)))[0]
    keys = {exact_key(spelling.text) for spelling in units.entries[code].spellings}
    return code if "".join(bare) in keys else ""


def _with_spellings(entry: Entry, spellings: Iterable[Spelling]) -> Entry:
    known = {spelling.text for spelling in entry.spellings}
    new = tuple(Spelling(s.text) for s in spellings if s.text not in known)
    return replace(entry, spellings=entry.spellings + new, _place=None)


def _curated(sources: Sources, units: Units) -> list[Entry]:
    """Curated places; a row that is a whole district lends that its spellings instead."""
    entries = []
    for row in _rows(sources.border_places):
        entry = _border_place(row, units)
        code = _is_district(entry, row, units)
        if code:
            units.entries[code] = _with_spellings(units.entries[code], entry.spellings)
        else:
            entries.append(entry)
    return entries


def _tehsils(sources: Sources, units: Units, curated: list[Entry]) -> list[Entry]:
    """Tehsils that no curated row stands for."""
    known = {
        (code, exact_key(_without_brackets(spelling.text).removesuffix(" tehsil")))
        for entry in curated
        if entry.subkind == "tehsil"
        for code in entry.adm2_codes
        for spelling in entry.spellings
    }
    entries = []
    for row, outline in _units(sources, "tehsils"):
        spellings, adm2 = _spellings(row), _text(row, "adm2_code")
        if any((adm2, exact_key(spelling.text)) in known for spelling in spellings):
            continue
        entries.append(
            Entry(
                _text(row, "code"), _text(row, "name"), "area", "tehsil", _text(row, "country"),
                "tehsils", spellings, frozenset({_text(row, "adm1_code")}),
                frozenset({adm2} & set(units.entries)), outline=outline,
            )
        )  # fmt: skip
    return entries


def town_radius_m(population: float) -> float:
    """Radius of a town in metres from its people; see :data:`TOWN_BASE_M`."""
    return TOWN_BASE_M + round(1_000 * math.sqrt(population / (TOWN_DENSITY * math.pi)), -2)


def _towns(sources: Sources, curated: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """GeoNames towns, and the curated places with the spellings of those that are the same."""
    by_key: dict[str, list[int]] = {}
    for number, entry in enumerate(curated):
        if entry.kind == "place" and entry.subkind != "post":
            for spelling in entry.spellings:
                by_key.setdefault(exact_key(spelling.text), []).append(number)
    towns, joined = [], list(curated)
    for row in _rows(sources.geonames_places):
        if not (_text(row, "feature_code") or "PPL").startswith("PPL"):
            continue
        entry = _town(row)
        twin = next(
            (n for n in by_key.get(exact_key(entry.name), ()) if _near(joined[n], entry)), -1
        )
        if twin >= 0:
            joined[twin] = _with_spellings(joined[twin], entry.spellings)
        else:
            towns.append(entry)
    return towns, joined


def _near(one: Entry, other: Entry) -> bool:
    return (
        one.country == other.country
        and GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2] <= SAME_SPOT_M
    )


def _town(row: Row) -> Entry:
    population = float(_text(row, "population") or 0)
    seat = _text(row, "feature_code") in {"PPLA2", "PPLA3"} and population < TOWN_PEOPLE
    return Entry(
        f"geonames:{_text(row, 'geonames_id')}", _text(row, "name"), "place",
        "district_seat" if seat else "town", _text(row, "country"), "geonames_places",
        _spellings(row),
        frozenset(filter(None, [_text(row, "adm1_code")])),
        frozenset(filter(None, [_text(row, "adm2_code")])),
        float(row["lon"]), float(row["lat"]), town_radius_m(population),
    )  # fmt: skip


def _crossings(sources: Sources, curated: list[Entry]) -> list[Entry]:
    """Crossings of the layer that the curated table does not have."""
    known = {entry.place_id for entry in curated}
    names = {exact_key(spelling.text) for entry in curated for spelling in entry.spellings}
    return [
        Entry(
            _text(row, "id"), _text(row, "name"), "crossing", "crossing", "line", "crossings",
            _spellings(row), lon=row["geometry"].x, lat=row["geometry"].y,
            radius_m=float(row["radius_m"]),
        )
        for row in _rows(sources.crossings)
        if _text(row, "id") not in known and exact_key(_text(row, "name")) not in names
    ]  # fmt: skip


def build_entries(sources: Sources) -> tuple[Entry, ...]:
    """All entries: countries, provinces, districts, groups of districts, areas and places."""
    units = Units()
    _country_entries(sources, units)
    _province_entries(sources, units)
    _district_entries(sources, units)
    groups = _former_groups(sources, units)
    curated = _curated(sources, units)
    tehsils = _tehsils(sources, units, curated)
    crossings = _crossings(sources, curated)
    towns, curated = _towns(sources, curated)
    return (*units.entries.values(), *groups, *curated, *tehsils, *crossings, *towns)
