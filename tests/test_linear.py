"""Linear referencing: from a kilometre and an offset to a place, posts, stretches, both sides."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from bordermap import Border, build, geocode, locate
from bordermap.border import GEOD
from bordermap.errors import GeometryError

STRAIGHT = shapely.LineString([(70, 33), (70, 34)])
BENT = shapely.LineString([(70, 33), (70.5, 33.5), (71, 33)])


@pytest.fixture(scope="module")
def built(sample_path):
    return build(sample_path)[0]


def by_km(*rows, **columns):
    """Records that give only a kilometre and an offset, as they come out of reading."""
    kms, offsets = zip(*rows, strict=True)
    frame = {"incident_id": [f"T-{n}" for n in range(len(rows))]}
    frame |= {"border_km_input": kms, "border_offset_m_input": offsets, **columns}
    return pd.DataFrame(frame)


@pytest.mark.parametrize("offset", [-250_000, -1_000, -1, 0, 1, 1_000, 250_000])
def test_beside_a_meridian_it_is_the_exact_geodesic(offset):
    lon, lat, reach = Border(STRAIGHT).place_beside([50.0], [offset])
    foot = Geodesic.WGS84.Direct(33, 70, 0, 50_000)
    there = Geodesic.WGS84.Direct(foot["lat2"], 70, -90, offset)
    assert (lon[0], lat[0]) == pytest.approx((there["lon2"], there["lat2"]), abs=1e-9)
    assert reach[0] == 0


def test_outside_a_bend_the_middle_of_all_that_fit_is_taken():
    border = Border(BENT)
    [km] = border.measure([70.5], [33.5]).km
    lon, lat, reach = border.place_beside([km], [10_000])
    assert lon[0] == pytest.approx(70.5, abs=1e-3)
    assert lat[0] > 33.5
    found = border.measure(lon, lat)
    assert found.distance_m[0] == pytest.approx(10_000, abs=1e-3)
    assert found.km[0] == pytest.approx(km, abs=1e-6)
    # The fan opens by the turn of the line, some 100 degrees: half of it to either side.
    assert 7_000 < reach[0] < 9_000


def test_inside_a_bend_it_cannot_hold_and_says_so():
    border = Border(BENT)
    [km] = border.measure([70.5], [33.5]).km
    lon, lat, reach = border.place_beside([km], [-10_000])
    assert np.isnan(reach[0])
    assert GEOD.inv(70.5, 33.5, lon[0], lat[0])[2] == pytest.approx(10_000, abs=1e-3)
    assert lat[0] < 33.5


@pytest.mark.parametrize("km", [0.0, 111.0])
def test_beyond_the_ends_the_places_reach_from_square_to_straight_on(km):
    border = Border(STRAIGHT)
    km = min(km, border.length_km)
    lon, lat, reach = border.place_beside([km], [5_000])
    found = border.measure(lon, lat)
    assert (found.distance_m[0], found.km[0]) == pytest.approx((5_000, km), abs=1e-3)
    assert found.side[0] == 1
    assert 3_500 < reach[0] < 4_000


@pytest.mark.parametrize("radius_m", [100, 10_000, 200_000])
def test_measured_back_it_is_the_same_kilometre_and_offset(radius_m):
    border = Border.load()
    random = np.random.default_rng(radius_m)
    at = border.point_at(random.uniform(0, border.length_km, 150))
    lon, lat, _ = GEOD.fwd(*at, random.uniform(0, 360, 150), random.uniform(0, radius_m, 150))
    asked = border.measure(lon, lat)
    offset = np.where(asked.side < 0, -1, 1) * asked.distance_m
    there_lon, there_lat, reach = border.place_beside(asked.km, offset)
    back = border.measure(there_lon, there_lat)
    assert np.isfinite(reach).all()
    assert back.km == pytest.approx(asked.km, abs=1e-3)
    assert back.distance_m == pytest.approx(asked.distance_m, abs=1e-2)
    # Whoever measured the point finds it within the reach that is told.
    assert (GEOD.inv(lon, lat, there_lon, there_lat)[2] <= reach + 2).all()


def test_what_does_not_hold_is_not_claimed_to():
    border = Border.load()
    km = np.random.default_rng(1).uniform(0, border.length_km, 200)
    lon, lat, reach = border.place_beside(km, np.full(200, 10_000.0))
    back = border.measure(lon, lat)
    holds = np.isfinite(reach)
    assert 10 < holds.sum() < 190
    assert back.km[holds] == pytest.approx(km[holds], abs=1e-3)
    assert (np.abs(back.km - km) + np.abs(back.distance_m - 10_000) / 1000)[~holds].min() > 1e-5


@pytest.mark.parametrize("km", [-1, 99_999, np.nan, np.inf])
def test_a_place_beside_no_kilometre_is_refused(km):
    with pytest.raises(GeometryError):
        Border.load().place_beside([km], [0])


def test_located_once_and_again_from_kilometre_and_offset(run, sample_path, built, tmp_path):
    """A CSV with nothing but id, kilometre and offset finds the way back."""
    run("locate", sample_path, "-o", "first.csv", "-q")
    first = pd.read_csv(tmp_path / "first.csv", dtype=str)
    few = first[["incident_id", "border_km", "border_offset_m"]]
    few.to_csv(tmp_path / "few.csv", index=False)
    run("locate", "few.csv", "-o", "second.csv", "-q")
    second = pd.read_csv(tmp_path / "second.csv")
    assert second["incident_id"].tolist() == built["incident_id"].tolist()
    assert set(second["located_by"]) == {"border"}
    assert second["border_km"].to_numpy() == pytest.approx(built["border_km"], abs=1e-3)
    assert second["border_offset_m"].to_numpy() == pytest.approx(built["border_offset_m"], abs=0.1)
    apart = GEOD.inv(built.geometry.x, built.geometry.y, second["lon"], second["lat"])[2]
    assert (np.asarray(apart) <= second["location_radius_m"]).all()
    turned = second["location_note"].str.contains("the line turns there").to_numpy()
    # Where the line does not turn, the point itself comes back.
    assert (np.asarray(apart)[~turned] < 2).all()
    assert 0 < (~turned).sum() < len(turned)


def test_a_kilometre_alone_lies_on_the_line():
    placed = geocode(by_km((1900.5, None), (" 1900.5 ", ""), ("۱۹۰۰٫۵", "n/a")))
    lon, lat = Border.load().point_at(1900.5)
    assert placed.geometry.x.to_numpy() == pytest.approx(np.repeat(lon, 3))
    assert placed.geometry.y.to_numpy() == pytest.approx(np.repeat(lat, 3))
    assert placed["located_by"].tolist() == ["border"] * 3
    assert placed["location_precision"].tolist() == ["exact"] * 3
    assert placed["location_radius_m"].tolist() == [1000] * 3
    assert placed["location_note"].str.startswith("kilometre 1900.500 of the line").all()


@pytest.mark.parametrize(("offset", "side"), [(4_000, "AF"), (-4_000, "PK")])
def test_a_positive_offset_is_the_afghan_side(offset, side):
    located = locate(geocode(by_km((1900.5, offset))))
    assert located["border_side"].item() == side
    assert f"4,000 m on the {'Afghan' if offset > 0 else 'Pakistani'} side" in (
        located["location_note"].item()
    )


def test_the_radius_may_be_given():
    frame = by_km((1900.5, 0), (1900.5, 0), (1900.5, 0), location_radius_m_input=[250, -3, "x"])
    assert geocode(frame)["location_radius_m"].tolist() == [250, 1000, 1000]


@pytest.mark.parametrize(
    ("km", "offset", "note"),
    [
        (-1, 0, "kilometre -1 is off the line, which has 2,790.2 km"),
        (5000, 0, "kilometre 5000 is off the line"),
        ("somewhere", 0, "the kilometre 'somewhere' is no number"),
        ("1_000", 0, "is no number"),
        (np.inf, 0, "the kilometre 'inf' is no number"),
        (1900, "left", "the offset 'left' is no number of metres"),
        (1900, 1e9, "an offset of 1e+09 m is more than 500 km"),
        (1900, -np.inf, "is no number of metres"),
        (np.nan, 5, "the record names no place"),
        ("", "", "the record names no place"),
    ],
)
def test_kilometres_that_give_no_place_are_noted(km, offset, note):
    placed = geocode(by_km((km, offset)))
    assert placed["located_by"].item() == "none"
    assert placed.geometry.isna().item()
    assert note in placed["location_note"].item()


def test_names_and_coordinates_come_first():
    frame = by_km(
        (5, 0), (5, 0), place=["Torkham", None], latitude=[None, 34], longitude=[None, 71]
    )
    assert geocode(frame)["located_by"].tolist() == ["place", "reported"]


def test_a_place_that_is_not_found_gives_way_to_the_kilometre():
    placed = geocode(by_km((1900.5, 0), place=["Xyzzyville"]))
    assert placed["located_by"].item() == "border"
    assert "Xyzzyville" in placed["location_note"].item()


def test_our_own_output_is_not_taken_for_more_precise_than_it_was(
    run, sample_path, built, tmp_path
):
    run("locate", sample_path, "-o", "first.csv", "-q")
    run("locate", "first.csv", "-o", "second.csv", "-q")
    second = pd.read_csv(tmp_path / "second.csv")
    assert second["located_by"].tolist() == built["located_by"].tolist()
    assert second["location_radius_m"].to_numpy() == pytest.approx(built["location_radius_m"])


@pytest.mark.parametrize(("step", "count"), [(10, 280), (500, 6), (0.5, 5581), (2790, 2), (1e6, 1)])
def test_posts_stand_on_the_line_at_their_kilometres(step, count):
    border = Border.load()
    km, lon, lat = border.posts(step)
    assert len(km) == count
    found = border.measure(lon, lat)
    assert found.distance_m.max() < 1e-3
    assert found.km == pytest.approx(km, abs=1e-3)


@pytest.mark.parametrize("step", [0, -1, 0.01, np.nan, np.inf])
def test_posts_need_a_step(step):
    with pytest.raises(GeometryError, match=r"give a step of at least 0.1 km"):
        Border.load().posts(step)


def test_layers_writes_posts(run, tmp_path):
    run("layers", "--posts", "100", "-o", "posts.geojson")
    posts = gpd.read_file(tmp_path / "posts.geojson")
    km, lon, lat = Border.load().posts(100)
    assert set(posts["layer"]) == {"posts"}
    assert posts["km"].tolist() == km.tolist()
    assert posts["lon"].to_numpy() == pytest.approx(lon, abs=1e-7)
    assert posts["lat"].to_numpy() == pytest.approx(lat, abs=1e-7)
    assert posts["stretch"].iloc[19] == "Nangarhar / Khyber"
    assert (posts["licence"] == "ODbL-1.0").all()


def test_layers_writes_a_stretch_with_its_kilometres(run, tmp_path):
    run("layers", "--stretch", "1900:1950", "-o", "stretch.geojson")
    [feature] = json.loads((tmp_path / "stretch.geojson").read_text("utf-8"))["features"]
    properties = feature["properties"]
    assert [properties[n] for n in ("from_km", "to_km", "length_km")] == [1900, 1950, 50]
    line = shapely.geometry.shape(feature["geometry"])
    assert line.equals_exact(Border.load().stretch(1900, 1950), 1e-6)


def test_posts_and_a_stretch_join_what_is_named(run, tmp_path):
    words = ("--posts", "500", "--stretch", "0:10", "--only", "crossings")
    run("layers", *words, "-o", "some.geojson")
    names = gpd.read_file(tmp_path / "some.geojson")["layer"]
    assert list(dict.fromkeys(names)) == ["posts", "stretch", "crossings"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--posts", "0"), 1, "posts every 0 km cannot be set"),
        (("--posts", "-10"), 1, "posts every -10 km cannot be set"),
        (("--posts", "nan"), 1, "posts every nan km cannot be set"),
        (("--posts", "10mi"), 2, "--posts: '10mi' is no number of kilometres"),
        (("--stretch", "5:1"), 1, "has no length; give the smaller kilometre first"),
        (("--stretch", "-5:1"), 1, "kilometre"),
        (("--stretch", "0:99999"), 1, "kilometre"),
        (("--stretch", "5"), 2, "--stretch: '5' is no stretch; write it like 1900:1950"),
        (("--stretch", "5km:9km"), 2, "'5km' is no number of kilometres"),
        (("--stretch", "1:2:3"), 2, "'2:3' is no number of kilometres"),
    ],
)
def test_posts_and_stretches_that_cannot_be_are_one_line(run, tmp_path, words, status, message):
    result = run("layers", *words, "-o", "x.geojson", status=status)
    assert message in result.stderr
    assert result.stderr.startswith("bordermap: ")
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_both_sides_from_one_outline_are_the_sides_asked_for_one_by_one():
    border = Border(Border.load().stretch(1800, 1900))
    sides = border.zone_sides(5_000, tolerance_m=20)
    whole = border.zone(5_000, tolerance_m=20)
    assert sorted(sides) == [-1, 1]
    for side, polygon in sides.items():
        assert polygon.equals(border.zone(5_000, side, tolerance_m=20))
    assert sides[1].area + sides[-1].area == pytest.approx(whole.area, rel=1e-6)
    assert sides[1].intersection(sides[-1]).area < whole.area * 1e-6
