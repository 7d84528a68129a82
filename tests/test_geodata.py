"""The layers against their manifest, against each other and against independent polygons."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import Geod, Transformer

ROOT = Path(__file__).parents[1]
GEODATA = ROOT / "geodata"
VERIFY = ROOT.parent / "shared" / "verify"
MANIFEST = json.loads((GEODATA / "sources.json").read_text(encoding="utf-8"))["layers"]
LAYERS = sorted(name for name, entry in MANIFEST.items() if entry["geometry_type"])
GEOJSON = [name for name in LAYERS if MANIFEST[name]["file"].endswith(".geojson")]
FLATGEOBUF = [name for name in LAYERS if MANIFEST[name]["file"].endswith(".fgb")]
TABLES = sorted(set(MANIFEST) - set(LAYERS))
GEOD = Geod(ellps="WGS84")
FIELDS = {
    "file", "title", "packages", "upstream", "vintage", "licence", "attribution", "geometry_type",
    "rows", "sha256", "bounds", "processing", "disputed",
}  # fmt: skip
# South-west, north-east: a polar corner far away would mean swapped axes.
REGION = (57.0, 22.0, 79.0, 41.0)
TRIBAL_KM2 = {
    "PK-KP-bajaur": 1369,
    "PK-KP-mohmand": 2212,
    "PK-KP-khyber": 2740,
    "PK-KP-orakzai": 1371,
    "PK-KP-kurram": 3382,
    "PK-KP-north-waziristan": 4934,
    "South Waziristan": 6201,
}


@cache
def text_of(name: str) -> str:
    return (GEODATA / MANIFEST[name]["file"]).read_text(encoding="utf-8")


@cache
def frame(name: str) -> gpd.GeoDataFrame:
    if name in FLATGEOBUF:
        return gpd.read_file(GEODATA / MANIFEST[name]["file"])
    features = json.loads(text_of(name))["features"]
    return gpd.GeoDataFrame.from_features(features, crs=4326)


def build_module(name: str) -> ModuleType:
    """A module of ``geodata/build``, which is no package."""
    spec = importlib.util.spec_from_file_location(name, GEODATA / "build" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def line() -> shapely.LineString:
    return frame("line").geometry.iloc[0]


@cache
def to_metres() -> Transformer:
    """Lambert conformal metres: good to about a per cent over both countries."""
    return Transformer.from_crs(
        4326, "+proj=lcc +lat_1=30.5 +lat_2=36 +lat_0=33 +lon_0=68 +datum=WGS84", always_xy=True
    )


def metric(geometries: object) -> object:
    return shapely.transform(
        geometries, lambda c: np.column_stack(to_metres().transform(c[:, 0], c[:, 1]))
    )


def area_km2(geometry: shapely.Geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(geometry)[0]) / 1e6


def positions(coordinates: list) -> list[list[float]]:
    if isinstance(coordinates[0], int | float):
        return [coordinates]
    return [p for part in coordinates for p in positions(part)]


def rings(geometry: dict) -> list[list]:
    if geometry["type"] == "Polygon":
        return [geometry["coordinates"]]
    return geometry["coordinates"] if geometry["type"] == "MultiPolygon" else []


def signed_area(ring: list[list[float]]) -> float:
    x, y = np.asarray(ring).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def spellings(row: gpd.GeoSeries) -> set[str]:
    """Every name of a unit."""
    joined = [row["name"], row["aliases"], row["former_names"], row.get("unit_2017")]
    joined += [row["name_ps"], row["name_fa"], row["name_ur"]]
    return {form for text in joined if isinstance(text, str) for form in text.split(";")}


# ---------------------------------------------------------------- the manifest


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_manifest_entry_says_everything_and_is_true(name: str) -> None:
    entry = MANIFEST[name]
    assert set(entry) == FIELDS
    for field in ("title", "upstream", "vintage", "licence", "attribution", "processing"):
        assert entry[field], f"{name} has no {field}"
    content = (GEODATA / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("name", LAYERS)
def test_manifest_counts_of_layers(name: str) -> None:
    entry, layer = MANIFEST[name], frame(name)
    assert len(layer) == entry["rows"]
    assert "/".join(sorted(set(layer.geom_type))) == entry["geometry_type"]
    assert layer.total_bounds == pytest.approx(entry["bounds"], abs=1e-9)
    west, south, east, north = entry["bounds"]
    assert REGION[0] < west < east < REGION[2]
    assert REGION[1] < south < north < REGION[3]


@pytest.mark.parametrize("name", TABLES)
def test_manifest_counts_of_tables(name: str) -> None:
    entry = MANIFEST[name]
    rows = list(csv.DictReader(text_of(name).splitlines()))
    assert len(rows) == entry["rows"]
    if entry["bounds"] is None:
        assert "lon" not in rows[0]
    else:
        lon, lat = (np.array([float(r[c]) for r in rows]) for c in ("lon", "lat"))
        assert [lon.min(), lat.min(), lon.max(), lat.max()] == entry["bounds"]


def test_every_file_is_in_the_manifest() -> None:
    listed = {GEODATA / entry["file"] for entry in MANIFEST.values()}
    found = {
        p for p in GEODATA.rglob("*") if p.is_file() and "build" not in p.relative_to(GEODATA).parts
    }
    assert {p for p in found if p.suffix in (".geojson", ".fgb", ".csv")} == listed
    assert {p.name for p in found - listed} == {"README.md", "sources.json"}


def test_every_package_is_pinned_and_every_licence_is_in_full() -> None:
    pins = json.loads((GEODATA / "build" / "packages.json").read_text(encoding="utf-8"))
    for name, entry in MANIFEST.items():
        for package in entry["packages"]:
            pin = pins[package["name"]]
            assert package["sha256"] == pin["sha256"], name
            assert package["version"] == pin["version"], name
        licence = ROOT / "LICENSES" / f"{entry['licence']}.txt"
        assert licence.is_file(), f"{name}: {licence.name} is missing"


# ---------------------------------------------------------------- the formats


@pytest.mark.parametrize("name", GEOJSON)
def test_layer_keeps_rfc_7946(name: str) -> None:
    text = text_of(name)
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\\u06" not in text
    document = json.loads(text)
    assert set(document) == {"type", "features"}
    # One feature a line, and a line each for the two ends of the collection.
    assert text.count("\n") == len(document["features"]) + 2
    for feature in document["features"]:
        assert set(feature) == {"type", "properties", "geometry"}
        for polygon in rings(feature["geometry"]):
            assert signed_area(polygon[0]) > 0, "exterior rings run anticlockwise"
            assert all(signed_area(hole) < 0 for hole in polygon[1:])


@pytest.mark.parametrize("name", FLATGEOBUF)
def test_flatgeobuf_keeps_what_geojson_would_say(name: str) -> None:
    info = pyogrio.read_info(GEODATA / MANIFEST[name]["file"])
    assert (info["driver"], info["crs"]) == ("FlatGeobuf", "EPSG:4326")
    assert info["features"] == MANIFEST[name]["rows"]
    layer = frame(name)
    for polygon in shapely.get_parts(layer.geometry.values):
        if polygon.geom_type == "Polygon":
            assert polygon.exterior.is_ccw
            assert not any(hole.is_ccw for hole in polygon.interiors)
    # What no source has is missing, not an empty text.
    assert not (layer.drop(columns="geometry") == "").any(axis=None)


def test_flatgeobuf_is_written_as_it_was_given(tmp_path: Path) -> None:
    geometry = build_module("geometry")
    square, dot = shapely.box(60.1234561, 30, 61, 31), shapely.box(10, 50, 11, 51)
    features = [
        ({"code": "b", "name": "بلوچ", "alias": None, "rank": 2}, square),
        ({"code": "a", "name": "", "alias": None, "rank": 1}, shapely.MultiPolygon([dot])),
    ]
    geometry.write_features(tmp_path / "plain.geojson", features, 6)
    geometry.write_flatgeobuf(tmp_path / "one.fgb", features, 6)
    first = (tmp_path / "one.fgb").read_bytes()
    geometry.write_flatgeobuf(tmp_path / "one.fgb", features, 6)
    assert (tmp_path / "one.fgb").read_bytes() == first
    assert {path.name for path in tmp_path.iterdir()} == {"plain.geojson", "one.fgb"}
    plain, flat = (gpd.read_file(tmp_path / file) for file in ("plain.geojson", "one.fgb"))
    assert_geodataframe_equal(plain, flat, check_geom_type=True)
    assert list(flat.geom_type) == ["Polygon", "MultiPolygon"]
    assert flat["code"].tolist() == ["b", "a"]


@pytest.mark.parametrize("name", LAYERS)
def test_layer_is_valid_and_rounded(name: str) -> None:
    layer = frame(name)
    assert layer.geometry.is_valid.all()
    assert not layer.geometry.is_empty.any()
    decimals = 4 if MANIFEST[name]["file"].startswith("context/") else 6
    coordinates = shapely.get_coordinates(layer.geometry.values)
    assert np.array_equal(coordinates, np.round(coordinates, decimals))


# ---------------------------------------------------------------- the line


def test_line_has_its_known_length_and_vertices() -> None:
    assert line().geom_type == "LineString"
    assert shapely.get_num_coordinates(line()) == 34_559
    length = GEOD.geometry_length(line()) / 1000
    assert length == pytest.approx(2790.2, abs=0.1)
    assert frame("line").iloc[0]["length_km"] == pytest.approx(length, abs=0.05)


def test_line_is_simple_and_runs_from_south_west_to_north_east() -> None:
    vertices = shapely.get_coordinates(line())
    assert line().is_simple
    assert len(np.unique(vertices, axis=0)) == len(vertices)
    assert vertices[0] == pytest.approx([60.872855, 29.858546])
    assert vertices[-1] == pytest.approx([74.564626, 37.030852])


def test_both_countries_have_the_line_as_their_edge() -> None:
    countries = frame("countries").set_index("code").geometry
    vertices = {tuple(v) for v in shapely.get_coordinates(line())}
    for code in ("AF", "PK"):
        assert vertices <= {tuple(v) for v in shapely.get_coordinates(countries[code])}
        assert shapely.covers(countries[code].boundary, line())
    shared = shapely.line_merge(countries["AF"].boundary.intersection(countries["PK"].boundary))
    assert shared.equals(line())
    assert shapely.get_num_coordinates(shared) == 34_559


def test_afghanistan_is_left_of_the_line() -> None:
    # Far enough from a straight piece of the line to be clear of its bends.
    af, pk = frame("countries").set_index("code").geometry[["AF", "PK"]]
    assert af.contains(shapely.Point(69.9, 33.3))
    assert pk.contains(shapely.Point(70.2, 33.0))


@pytest.mark.parametrize(
    ("name", "mean_m", "max_m"),
    [
        ("line_osm_2018", 37, 2934),
        ("line_natural_earth_10m", 1405, 6712),
        ("line_wdbii", 857, 5079),
    ],
)
def test_other_lines_lie_as_far_off_as_they_say(name: str, mean_m: float, max_m: float) -> None:
    row = frame(name).iloc[0]
    assert row["mean_offset_m"] == pytest.approx(mean_m, rel=0.02)
    assert row["max_offset_m"] == pytest.approx(max_m, rel=0.02)
    assert row.geometry.is_simple
    ends = shapely.get_coordinates(row.geometry)[[0, -1]]
    for end, ours in zip(ends, shapely.get_coordinates(line())[[0, -1]], strict=True):
        assert GEOD.inv(*end, *ours)[2] < 7_000


def test_variants_come_in_pairs_along_the_line() -> None:
    variants = frame("variants")
    assert list(variants["stretch"]) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert set(variants["alignment"]) == {"OpenStreetMap 2026", "OpenStreetMap 2018"}
    ours = variants[variants["alignment"] == "OpenStreetMap 2026"]
    # Only the two ends of a stretch may be new points, cut out of an edge of the line.
    vertices = {tuple(v) for v in shapely.get_coordinates(line())}
    for row in ours.itertuples():
        inner = shapely.get_coordinates(row.geometry)[1:-1]
        assert {tuple(v) for v in inner} <= vertices
        length = GEOD.geometry_length(row.geometry) / 1000
        assert length == pytest.approx(row.to_km - row.from_km, abs=0.01)
    assert (ours["to_km"] - ours["from_km"]).sum() == pytest.approx(57.5)
    for _, pair in variants.groupby("stretch"):
        assert pair["uncertainty_m"].nunique() == 1
        assert (pair["uncertainty_m"] > 500).all()
        apart = shapely.hausdorff_distance(*metric(pair.geometry.values))
        assert apart == pytest.approx(pair["uncertainty_m"].iloc[0], rel=0.02)


# ---------------------------------------------------------------- units


def test_provinces_are_34_and_7() -> None:
    provinces = frame("provinces")
    assert dict(provinces.groupby("country").size()) == {"AF": 34, "PK": 7}
    pakistani = provinces[provinces["country"] == "PK"]["code"]
    assert list(pakistani) == ["PK-BA", "PK-GB", "PK-IS", "PK-JK", "PK-KP", "PK-PB", "PK-SD"]
    assert provinces["geonames_id"].is_unique
    names = provinces.set_index("code")["name"]
    assert (names["AF-PIA"], names["AF-PKA"]) == ("Paktia", "Paktika")


@pytest.mark.parametrize("name", ["provinces", "districts", "tehsils"])
def test_units_form_one_coverage(name: str) -> None:
    layer = frame(name)
    assert layer["code"].is_unique
    assert shapely.coverage_is_valid(layer.geometry.values)


@pytest.mark.parametrize("name", ["provinces", "districts"])
def test_units_meet_on_the_line_and_fill_their_country(name: str) -> None:
    layer = frame(name)
    whole = {
        code: shapely.coverage_union_all(part.geometry.values)
        for code, part in layer.groupby("country")
    }
    shared = shapely.line_merge(whole["AF"].boundary.intersection(whole["PK"].boundary))
    assert shared.equals(line())
    assert shapely.get_num_coordinates(shared) == 34_559
    countries = frame("countries").set_index("code").geometry
    assert whole["AF"].equals(countries["AF"])
    # Pakistan's outline takes in the sea; its districts do not.
    sea = area_km2(countries["PK"]) - area_km2(whole["PK"])
    assert 20_000 < sea < 45_000
    assert area_km2(shapely.difference(whole["PK"], countries["PK"])) < 0.1


def test_provinces_are_the_sum_of_their_districts() -> None:
    districts = frame("districts")
    provinces = frame("provinces").set_index("code").geometry
    assert set(districts["adm1_code"]) == set(provinces.index)
    for code, part in districts.groupby("adm1_code"):
        assert shapely.coverage_union_all(part.geometry.values).equals(provinces[code])
        assert part["code"].str.startswith(code + "-").all()


def test_stretches_follow_one_another_along_the_whole_line() -> None:
    stretches = frame("stretches").sort_values("from_km")
    assert stretches["from_km"].iloc[0] == 0
    assert stretches["to_km"].iloc[-1] == pytest.approx(2790.2, abs=0.1)
    assert list(stretches["from_km"].iloc[1:]) == list(stretches["to_km"].iloc[:-1])
    vertices = [shapely.get_coordinates(g) for g in stretches.geometry]
    joined = np.vstack([vertices[0], *(v[1:] for v in vertices[1:])])
    assert np.array_equal(joined, shapely.get_coordinates(line()))


def test_tehsils_are_parts_of_their_districts() -> None:
    districts = frame("districts").set_index("code").geometry
    for code, part in frame("tehsils").groupby("adm2_code"):
        shapes = part.geometry.values
        within = shapely.intersection(shapely.coverage_union_all(shapes), districts[code])
        assert area_km2(within) == pytest.approx(sum(map(area_km2, shapes)), rel=1e-6)


@pytest.mark.parametrize(("unit", "expected"), TRIBAL_KM2.items())
def test_seven_tribal_districts_have_their_areas(unit: str, expected: float) -> None:
    districts = frame("districts")
    parts = districts[(districts["code"] == unit) | (districts["unit_2017"] == unit)]
    assert (parts["adm1_code"] == "PK-KP").all()
    assert sum(map(area_km2, parts.geometry)) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("AF-KHO-spera", "Spura"), ("AF-KHO-spera", "Sepera"), ("AF-KHO-spera", "Spira"),
        ("AF-KHO-gurbuz", "Gorbuz"), ("AF-PKA-barmal", "Birmal"), ("AF-PKA-barmal", "Bermal"),
        ("AF-NAN-goshta", "Gushta"), ("AF-NAN-shinwar", "Ghani Khel"),
        ("AF-NAN-shinwar", "Ghankhil"), ("AF-NAN-bihsud", "Behsud"), ("AF-NAN-bihsud", "Behsood"),
        ("AF-KNR-shigal", "Sheltan"), ("AF-KNR-marawara", "Marawara"), ("AF-KNR-dangam", "Dangam"),
        ("AF-KNR-naray", "Nari"), ("AF-PKA-urgun", "Argun"), ("AF-PKA-urgun", "Orgun"),
        ("AF-PIA-zazi", "Jaji"), ("AF-PIA-zazi", "Jajai"), ("AF-NIM-char-burjak", "چهاربرجک"),
        ("PK-KP-north-waziristan", "North Waziristan Agency"),
        ("PK-KP-lower-south-waziristan", "South Waziristan"),
        ("PK-KP-upper-south-waziristan", "South Waziristan Agency"),
        ("PK-KP-upper-chitral", "Chitral"), ("PK-KP-lower-chitral", "Chitral"),
        ("PK-KP-bajaur", "Bajaur Agency"), ("PK-KP-bajaur", "باجوڑ"),
        ("PK-KP-kohat", "FR Kohat"), ("PK-KP-upper-kohistan", "Kohistan"),
        ("PK-BA-chaman", "Killa Abdullah"), ("PK-BA-surab", "Kalat"),
    ],
)  # fmt: skip
def test_districts_know_the_spellings_of_reports(code: str, form: str) -> None:
    row = frame("districts").set_index("code").loc[code]
    assert form in spellings(row)


@pytest.mark.parametrize(
    ("code", "column", "form"),
    [
        ("PK-KP", "former_names", "NWFP"),
        ("PK-KP", "former_names", "North-West Frontier Province"),
        ("PK-KP", "former_names", "FATA"),
        ("PK-KP", "former_names", "Federally Administered Tribal Areas"),
        ("PK-GB", "former_names", "Northern Areas"),
        ("PK-BA", "aliases", "Baluchistan"),
        ("AF-PIA", "aliases", "Paktya"),
        ("AF-WAR", "aliases", "Wardak"),
    ],
)
def test_provinces_know_their_other_names(code: str, column: str, form: str) -> None:
    assert form in frame("provinces").set_index("code").loc[code, column].split(";")


@pytest.mark.parametrize("name", ["provinces", "districts", "tehsils"])
def test_names_are_clean(name: str) -> None:
    for _, row in frame(name).iterrows():
        for form in spellings(row):
            assert form == form.strip()
            # Persian writes a zero-width non-joiner within words.
            assert form.replace("\u200c", "").isprintable(), f"{row['code']}: {form!r}"
        for column in ("name_ps", "name_fa", "name_ur"):
            if isinstance(row[column], str):
                assert "\u0600" <= row[column][0] <= "\u06ff"
        others = (row["aliases"] or "").split(";") if isinstance(row["aliases"], str) else []
        assert row["name"] not in others
        assert len(others) == len(set(others))


def test_an_alias_has_one_meaning_within_a_province() -> None:
    """Former names may be shared by the halves of a split district; aliases may not."""
    for code, part in frame("districts").groupby("adm1_code"):
        seen: dict[str, str] = {}
        for row in part.itertuples():
            others = row.aliases.split(";") if isinstance(row.aliases, str) else []
            for form in {row.name, *others}:
                assert seen.setdefault(form.casefold(), row.code) == row.code, f"{code}: {form}"


def test_units_named_in_the_place_list_are_known() -> None:
    """Every province and district that ``border_places.csv`` names resolves to one of ours."""
    known: dict[str, set[str]] = {}
    for _, row in frame("districts").iterrows():
        for form in spellings(row):
            known.setdefault(plain(form), set()).add(row["adm1_code"])
    codes = {
        plain(form): row["code"]
        for _, row in frame("provinces").iterrows()
        for form in spellings(row)
    }
    for row in csv.DictReader(text_of("border_places").splitlines()):
        provinces, districts = row["adm1"].split(" / "), row["adm2"].split(" / ")
        for province, district in zip(provinces, districts, strict=True):
            code = codes[plain(province)]
            assert code in known[plain(district.removesuffix(" district"))], row["place_id"]


# ---------------------------------------------------------------- places and context


def test_crossings_lie_within_their_radius_of_the_line() -> None:
    crossings = frame("crossings")
    metres = shapely.distance(metric(crossings.geometry.values), metric(line()))
    assert (metres <= crossings["radius_m"]).all()
    codes = set(frame("districts")["code"])
    for row in crossings.itertuples():
        ours, theirs = row.between_codes.split(";")
        assert {ours, theirs} <= codes
        assert (ours[:2], theirs[:2]) == ("AF", "PK")
    known = set(crossings["name"])
    assert {"Torkham", "Ghulam Khan crossing", "Angur Ada crossing"} <= known


def test_geonames_places_carry_our_units() -> None:
    rows = list(csv.DictReader(text_of("geonames_places").splitlines()))
    districts = set(frame("districts")["code"])
    placed = [r for r in rows if r["adm2_code"]]
    assert len(placed) > 0.98 * len(rows)
    assert {r["adm2_code"] for r in placed} <= districts
    assert all(r["adm2_code"].startswith(r["adm1_code"]) for r in placed)
    assert len({r["geonames_id"] for r in rows}) == len(rows)


def test_context_is_small_enough_for_a_page() -> None:
    sizes = [
        (GEODATA / e["file"]).stat().st_size for e in MANIFEST.values() if "context/" in e["file"]
    ]
    assert sum(sizes) < 700 * 1024


@pytest.mark.parametrize("name", ["map_provinces", "map_districts"])
def test_drawn_units_stay_near_the_measured_ones(name: str) -> None:
    drawn = frame(name).set_index("code")
    measured = frame(name.removeprefix("map_")).set_index("code")
    assert set(drawn.index) <= set(measured.index)
    for code, geometry in drawn.geometry.items():
        expected = area_km2(measured.geometry[code])
        assert area_km2(geometry) == pytest.approx(expected, rel=0.05, abs=10)


# ---------------------------------------------------------------- against independent polygons

needs_verify = pytest.mark.skipif(not VERIFY.is_dir(), reason="the independent layers are not here")


@cache
def points_near_the_line() -> gpd.GeoSeries:
    """Random points within 50 km of the line, evenly spread, the same on every run."""
    random = np.random.default_rng(20261121)
    zone = metric(line()).simplify(200).buffer(50_000)
    west, south, east, north = zone.bounds
    xy = random.uniform((west, south), (east, north), (160_000, 2))
    shapely.prepare(zone)
    inside = xy[shapely.contains_xy(zone, xy)]
    lon, lat = to_metres().transform(*inside.T, direction="INVERSE")
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326)


def looked_up(polygons: gpd.GeoDataFrame, columns: list[str]) -> gpd.GeoDataFrame:
    points = gpd.GeoDataFrame(geometry=points_near_the_line())
    found = points.sjoin(polygons[[*columns, "geometry"]], predicate="within", how="left")
    return found[~found.index.duplicated()][columns]


def plain(name: str) -> str:
    letters = "".join(c for c in name.lower() if c.isalpha())
    return letters.replace("kh", "k").replace("ee", "i").replace("oo", "u")


def theirs(file: str) -> gpd.GeoDataFrame:
    layer = gpd.read_file(VERIFY / file)
    layer["geometry"] = layer.geometry.make_valid()
    return layer[["name", "region", "geometry"]]


@needs_verify
def test_points_fall_in_the_right_afghan_province() -> None:
    there = looked_up(theirs("afg_adm2_wof.geojson"), ["region"])["region"]
    here = looked_up(frame("provinces"), ["code"])["code"]
    both = there.notna() & here.str.startswith("AF-", na=False)
    known = frame("provinces").set_index("code")
    names = {c: {plain(s) for s in spellings(row)} for c, row in known.iterrows()}
    right = [plain(t) in names[h] for t, h in zip(there[both], here[both], strict=True)]
    assert both.sum() > 10_000
    assert np.mean(right) >= 0.995


@needs_verify
def test_points_fall_in_the_right_pakistani_district() -> None:
    there = looked_up(theirs("pak_adm2_wof.geojson"), ["name"])["name"]
    here = looked_up(frame("districts"), ["code"])["code"]
    both = there.notna() & here.str.startswith("PK-", na=False)
    known = frame("districts").set_index("code")
    names = {c: {plain(s) for s in spellings(row)} for c, row in known.iterrows()}
    right = [plain(t) in names[h] for t, h in zip(there[both], here[both], strict=True)]
    assert both.sum() > 10_000
    assert np.mean(right) >= 0.985
