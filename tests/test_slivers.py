"""Small parts of footprints: none is missed where it can be told; nothing is said too surely."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from bordermap import Border, build, load_layer, locate, query, robustness, summarise
from bordermap.certainty import (
    clear_of_crossings,
    clear_of_kilometres,
    clear_of_stretches,
    shares,
)
from bordermap.footprint import disc_points, discs_points, shipped_polygon
from bordermap.query import asked_of, matches
from bordermap.summarise import KEYS

GEOD = Geod(ellps="WGS84")
KHOST, LANDI_KOTAL = (69.9203, 33.3338), (71.145, 34.101)

near_the_line = st.tuples(
    st.floats(5, 2_600), st.floats(-40_000, 40_000), st.sampled_from([300, 1_000, 5_000, 25_000])
)


def place(km, offset_m):
    lon, lat = Border.load().point_at(km)
    return GEOD.fwd(lon[0], lat[0], -45 if offset_m > 0 else 135, abs(offset_m))[:2]


def disc(at, radius, **more):
    return {"at": at, "location_radius_m": radius, **more}


def unit(code, precision):
    inner = shipped_polygon(code).representative_point()
    return {"at": (inner.x, inner.y), "place_id": code, "location_precision": precision}


def located_points(lon, lat, **columns):
    points = gpd.GeoDataFrame(
        {"incident_id": np.arange(len(lon)), **columns},
        geometry=shapely.points(lon, lat),
        crs="EPSG:4326",
    )
    return locate(points)


# What is clear without asking the points


@given(near_the_line)
@settings(max_examples=60, deadline=None)
def test_no_place_of_a_disc_has_a_kilometre_beyond_the_bounds(where):
    km, offset, radius = where
    lon, lat = place(km, offset)
    least, most = Border.load().kilometres_around([lon], [lat], [radius])
    inside = disc_points(lon, lat, radius)
    found = Border.load().measure(inside.lon, inside.lat).km
    assert least[0] <= found.min() <= found.max() <= most[0]


def test_the_bounds_are_narrow_where_the_line_is_near():
    lon, lat = place(1_200.0, 500.0)
    least, most = Border.load().kilometres_around([lon], [lat], [300.0])
    assert most[0] - least[0] < 10


@given(near_the_line)
@settings(max_examples=40, deadline=None)
def test_what_is_clear_has_one_answer(where):
    km, offset, radius = where
    at = place(km, offset)
    frame = locate(incidents(disc(at, radius)))
    inside = disc_points(*at, radius)
    points = located_points(inside.lon, inside.lat)
    edges = sorted([500.0, km + 3, 2_000.0])
    for clear, answers in (
        (clear_of_crossings(frame), points["crossing"]),
        (clear_of_stretches(frame), points["border_stretch"]),
        (clear_of_kilometres(frame, edges), np.searchsorted(edges, points["border_km"], "right")),
    ):
        assert not clear[0] or len(set(answers)) == 1


def test_most_small_discs_are_clear():
    rng = np.random.default_rng(3)
    rows = [disc(place(km, 9_000), 300) for km in rng.uniform(10, 2_500, 40)]
    frame = locate(incidents(*rows))
    assert clear_of_crossings(frame).mean() > 0.9
    assert clear_of_stretches(frame).mean() > 0.6
    assert not clear_of_stretches(locate(incidents(disc(KHOST, 200_000))))[0]


# Many at once


def test_many_discs_are_spread_as_each_alone():
    lon, lat = np.array([61.0, 70.0, 71.5]), np.array([29.5, 33.0, 36.0])
    radius = np.array([500.0, 30_000.0, 2_000.0])
    together, whose = discs_points(lon, lat, radius)
    for row in range(3):
        alone = disc_points(lon[row], lat[row], radius[row])
        assert together.lon[whose == row].tolist() == alone.lon.tolist()
        assert together.lat[whose == row].tolist() == alone.lat.tolist()
        assert together.weight[whose == row].sum() == pytest.approx(1)


def test_shares_of_many_rows_are_those_of_each_alone():
    wheres = (300, 9_500, 1_000), (900, -4_800, 6_000), (1_800, 200, 300), (2_000, 0, 50_000)
    places = [(place(km, offset), radius) for km, offset, radius in wheres]
    frame = locate(incidents(*[disc(at, r) for at, r in places], unit("AF-KHO", "province")))
    whole = summarise(frame, "band")["expected"].sum()
    alone = pd.concat([summarise(frame.iloc[[row]], "band") for row in range(len(frame))])
    summed = alone.groupby("band")["expected"].sum()
    assert whole == pytest.approx(len(frame))
    table = summarise(frame, "band").set_index("band")["expected"]
    assert table.to_dict() == pytest.approx(summed.to_dict())


@given(st.lists(near_the_line, min_size=1, max_size=4), st.sampled_from(["5km", "10km", "25km"]))
@settings(max_examples=15, deadline=None)
def test_places_that_are_not_measured_have_the_same_answer(rows, width):
    frame = locate(incidents(*[disc(place(km, off), radius) for km, off, radius in rows]))
    asked = asked_of(frame, "within", width)
    quick, full = (
        shares(frame, one).set_index(["row", "hit"])["share"].sort_index()
        for one in (asked, replace(asked, by_distance=False))
    )
    assert quick.to_dict() == pytest.approx(full.to_dict())


# Units that a footprint barely touches


def to_the_edge(code):
    """Metres from a district's inner point to its outline, in a map true from that point."""
    polygon = shipped_polygon(code)
    inner = polygon.representative_point()
    plane = Transformer.from_crs(
        "EPSG:4326",
        f"+proj=aeqd +lon_0={inner.x} +lat_0={inner.y} +datum=WGS84",
        always_xy=True,
    )
    fine = shapely.segmentize(polygon, 0.001)
    flat = shapely.transform(fine, lambda xy: np.column_stack(plane.transform(*xy.T)))
    return inner, flat.boundary.distance(shapely.Point(0, 0))


@pytest.mark.parametrize("code", ["AF-KHO-spera", "PK-KP-khyber", "AF-NAN-achin", "PK-BA-chagai"])
def test_a_disc_is_surely_in_its_district_until_it_touches_another(code):
    inner, edge_m = to_the_edge(code)
    at = (inner.x, inner.y)
    rows = [disc(at, edge_m * (1 + change)) for change in (-0.02, -0.002, 0.001, 0.02)]
    frame = locate(incidents(*rows))
    assert set(frame["adm2_code"]) == {code}
    sure = query(frame, certainty="surely", district=code)["incident_id"].tolist()
    may = query(frame, certainty="maybe", district=code)["incident_id"].tolist()
    assert sure == ["T-1", "T-2"]
    assert may == ["T-1", "T-2", "T-3", "T-4"]
    table = summarise(frame.iloc[[2]], "adm2_code").set_index("adm2_code")
    assert table.loc[code, ["surely", "maybe"]].tolist() == [0, 1]
    others = table.drop(index=code)
    assert others["maybe"].sum() >= 1
    assert others["expected"].sum() < 0.02


def test_every_district_of_a_country_is_maybe_its_place():
    frame = locate(incidents(unit("PK", "country")))
    codes = load_layer("districts").frame["code"]
    table = summarise(frame, "adm2_code").set_index("adm2_code")
    # A country reaches out to sea, where no district is.
    touched = set(table.index[table["maybe"] > 0]) - {"outside"}
    assert touched == {code for code in codes if code.startswith("PK-")}
    assert table["expected"].sum() == pytest.approx(1)


def test_a_disc_that_barely_crosses_the_line_is_maybe_beyond_it():
    at = place(1_500.0, 4_000.0)
    distance = locate(incidents({"at": at}))["border_distance_m"].item()
    frame = locate(incidents(disc(at, distance + 20), disc(at, distance - 20)))
    may = query(frame, certainty="maybe", side="PK")["incident_id"].tolist()
    assert may == ["T-1"]
    assert query(frame, certainty="surely", side="AF")["incident_id"].tolist() == ["T-2"]


def test_a_box_that_a_disc_barely_reaches_is_maybe_its_place():
    east = GEOD.fwd(*KHOST, 90, 9_990)[0]
    frame = locate(incidents(disc(KHOST, 10_000)))
    box = (east, KHOST[1] - 1, east + 1, KHOST[1] + 1)
    assert len(query(frame, certainty="maybe", bbox=box)) == 1
    beside = (east + 0.01, *box[1:])
    assert len(query(frame, certainty="maybe", bbox=beside)) == 0


# Layers of one's own


def layer(*shapes, **columns):
    names = columns or {"name": [f"U{at}" for at in range(len(shapes))]}
    return gpd.GeoDataFrame(names, geometry=list(shapes), crs="EPSG:4326")


HALVES = layer(shapely.box(69, 32, 70, 35), shapely.box(70, 32, 71, 35), name=["W", "E"])


def counted(frame, join, column="u_name"):
    table = summarise(frame, column, join={"u": join}).set_index(column)
    assert (table["surely"] + table["maybe"] + table["out"] == len(frame)).all()
    assert table["incidents"].sum() == len(frame)
    assert table["expected"].sum() == pytest.approx(len(frame))
    return table


def test_a_layers_units_are_counted_over_footprints():
    rows = [
        disc((69.5, 33.5), 5_000),  # W
        disc((70.0, 33.5), 5_000),  # half and half
        disc((71.0, 33.5), 5_000),  # half E, half outside
        disc((75.0, 33.5), 5_000),  # outside
        disc((70.5, 33.5), 0.0),
        {"at": None},
    ]
    frame = locate(incidents(*rows), join={"u": HALVES})
    table = counted(frame, HALVES)
    assert table.loc["W", ["surely", "maybe", "out"]].tolist() == [1, 1, 4]
    assert table.loc["E", ["surely", "maybe", "out"]].tolist() == [1, 2, 3]
    assert table.loc["outside", ["surely", "maybe", "out"]].tolist() == [1, 1, 4]
    assert table.loc["unplaced", ["surely", "maybe", "out"]].tolist() == [1, 0, 5]
    assert table.loc["E", "expected"] == pytest.approx(2, abs=0.03)


def test_without_the_layer_only_the_point_is_told():
    frame = locate(incidents(disc((69.5, 33.5), 5_000)), join={"u": HALVES})
    table = summarise(frame, "u_name").set_index("u_name")
    assert table.loc["W", ["surely", "maybe"]].tolist() == [0, 1]


def test_slivers_gaps_and_overlaps_of_a_layer_are_seen():
    at = (69.5, 33.5)
    east = GEOD.fwd(*at, 90, 4_950)[0]
    sliver = shapely.box(east, 33, 69.8, 34)
    around = shapely.box(69, 33, east, 34)
    frame = incidents(disc(at, 5_000))
    for units, missing in (
        (layer(around, sliver), "U1"),
        (layer(around), "outside"),
        (layer(around.union(sliver), sliver, name=["Big", "Small"], code=[2, 1]), "Small"),
    ):
        table = counted(locate(frame, join={"u": units}), units)
        assert table.loc[missing, ["surely", "maybe"]].tolist() == [0, 1]
        assert table["surely"].sum() == 0
    whole = layer(around.union(sliver))
    assert counted(locate(frame, join={"u": whole}), whole)["surely"].tolist() == [1]


def test_areas_are_counted_by_the_layers_polygons():
    provinces = load_layer("provinces").frame
    own = layer(*provinces.geometry, name=provinces["name"].tolist())
    frame = incidents(unit("AF-KHO", "province"), unit("AF-KHO-spera", "district"))
    table = counted(locate(frame, join={"u": own}), own)
    assert table.loc["Khost", ["surely", "maybe"]].tolist() == [2, 0]
    assert len(table) == 1
    table = counted(locate(frame, join={"u": HALVES}), HALVES)
    polygon = shapely.transform(shipped_polygon("AF-KHO"), lambda xy: xy * [0.835, 1])
    part = polygon.intersection(shapely.box(70 * 0.835, 0, 80, 90)).area / polygon.area
    spera = shapely.intersection(shipped_polygon("AF-KHO-spera"), shapely.box(70, 0, 80, 90))
    share = spera.area / shipped_polygon("AF-KHO-spera").area
    assert table.loc["E", "expected"] == pytest.approx(part + share, abs=0.03)


def test_a_layer_beside_other_keys_and_filters_adds_up():
    frame = incidents(
        disc(KHOST, 30_000), disc(LANDI_KOTAL, 500), unit("AF-KHO", "province"), {"at": None}
    )
    frame = locate(frame, join={"u": HALVES})
    for by in ("u_name,band", "u_name,adm1", "border_side,u_name"):
        table = summarise(frame, by, filters={"within": "10km"}, join={"u": HALVES})
        assert (table["surely"] + table["maybe"] + table["out"] == 4).all()
        assert table["incidents"].sum() == 4
        assert table["expected"].sum() == pytest.approx(4)


def test_a_layer_on_the_command_line_is_counted_as_in_the_library(run, sample_path, tmp_path):
    HALVES.to_file(tmp_path / "u.geojson", engine="pyogrio")
    words = ("--layer", "u.geojson", "--by", "u_name,band", "--within", "25km", "--json", "-q")
    rows = json.loads(run("summary", sample_path, *words).stdout)["rows"]
    frame, _ = build(sample_path, join={"u": HALVES})
    table = summarise(frame, "u_name,band", filters={"within": "25km"}, join={"u": HALVES})
    for name in ("u_name", "band", "surely", "maybe", "out", "expected"):
        assert [row[name] for row in rows] == table[name].tolist()
    assert sum(row["surely"] for row in rows) > 0


# Nothing is written over what was read


@pytest.mark.parametrize(
    ("given_as", "read"),
    [("t.csv", "t.robustness.csv"), ("t.csv", "t.csv.rejected.csv"), ("t.csv", "t.csv.run.json")],
)
def test_what_is_written_beside_the_output_is_no_input(run, tmp_path, sample_path, given_as, read):
    (tmp_path / read).write_bytes(sample_path.read_bytes())
    words = ("--by", "adm1", "--robust", "-o", given_as)
    result = run("summary", read, *words, status=1)
    assert f"{read}: this is the input" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [read]
    assert (tmp_path / read).read_bytes() == sample_path.read_bytes()


def test_the_robustness_table_is_not_written_over_a_layer(run, tmp_path, sample_path):
    HALVES.to_file(tmp_path / "u.geojson", engine="pyogrio")
    (tmp_path / "u.geojson").rename(tmp_path / "t.robustness.json")
    before = (tmp_path / "t.robustness.json").read_bytes()
    words = ("--by", "adm1", "--robust", "--layer", "t.robustness.json", "-o", "t.json")
    result = run("summary", sample_path, *words, status=1)
    assert "t.robustness.json" in result.stderr
    assert (tmp_path / "t.robustness.json").read_bytes() == before
    assert not (tmp_path / "t.json").exists()


def test_a_folder_in_the_way_of_the_second_table_is_told_before_the_first_is_written(
    run, tmp_path, sample_path
):
    (tmp_path / "t.robustness.csv").mkdir()
    words = ("--by", "adm1", "--robust", "-o", "t.csv")
    assert "folder" in run("summary", sample_path, *words, status=1).stderr
    assert not (tmp_path / "t.csv").exists()
    run("summary", sample_path, *words[:2], *words[3:])
    assert (tmp_path / "t.csv").exists()


# Whatever the rows

ROWS = st.one_of(
    near_the_line.map(lambda where: disc(place(where[0], where[1]), where[2])),
    near_the_line.map(lambda w: disc(place(w[0], w[1]), w[2], location_side="PK")),
    st.sampled_from([("AF-KHO", "province"), ("PK-KP-khyber", "district"), ("PK", "country")]).map(
        lambda given: unit(*given)
    ),
    st.just({"at": None}),
)
SPATIAL_KEYS = ("adm0", "adm1", "adm2_code", "border_side", "band", "crossing", "border_stretch")


@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from([*KEYS, "u_name", "adm1,band"]))
@settings(max_examples=40, deadline=None)
def test_every_table_of_any_rows_adds_up(rows, by):
    frame = locate(incidents(*rows), join={"u": HALVES})
    table = summarise(frame, by, join={"u": HALVES})
    total = len(frame)
    assert table["incidents"].sum() == total
    assert table["expected"].sum() == pytest.approx(total, abs=1e-6)
    assert (table["surely"] + table["maybe"] + table["out"] == total).all()
    wrong_side = frame["location_side"].notna() & ~(frame["border_offset_m"] < 0)
    if wrong_side.any():
        return  # the point itself is not where the record says it was
    # Footprints say more than a point of which only the province is known, or that is uncertain.
    bounded = ~table[by.split(",")].isin(["not known", "uncertain"]).any(axis=1)
    assert (table["incidents"] <= table["surely"] + table["maybe"])[bounded].all()
    if by not in ("border_side", "adm1,band") and not by.startswith("adm"):
        assert (table["surely"] <= table["incidents"])[bounded].all()


@given(
    st.lists(near_the_line, min_size=1, max_size=5),
    st.sampled_from(
        [{"within": "10km"}, {"side": "AF"}, {"km": "900:1500"}, {"province": "Khost"},
         {"district": "Khyber"}, {"bbox": "66,31,70,34"}]
    ),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_smaller_radius_never_turns_surely_into_out(rows, filters):
    large = locate(incidents(*[disc(place(km, off), radius) for km, off, radius in rows]))
    small = locate(incidents(*[disc(place(km, off), radius / 3) for km, off, radius in rows]))
    sure, sure_small, may_small = (
        matches(frame, word, filters)
        for frame, word in ((large, "surely"), (small, "surely"), (small, "maybe"))
    )
    assert (sure <= sure_small).all()
    assert (sure_small <= may_small).all()
    nominal = matches(large, "nominal", filters)
    if "side" not in filters:
        assert (sure <= nominal).all()
        assert (nominal <= matches(large, "maybe", filters)).all()


@given(st.lists(ROWS, min_size=1, max_size=4))
@settings(max_examples=5, deadline=None)
def test_every_line_of_the_panel_adds_up(rows):
    panel = robustness(locate(incidents(*rows)), "10km")
    assert (panel["surely"] + panel["maybe"] + panel["out"] == panel["rows"]).all()
    assert (panel["surely"] <= panel["incidents"]).all()
    assert (panel["incidents"] <= panel["surely"] + panel["maybe"]).all()
