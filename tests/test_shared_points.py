"""Reported points that stand for an area, and those that do not, by the conventions of sources."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Gazetteer, geocode, load_layer
from bordermap.schema import DEFAULT_RADIUS_M

TORKHAM = (71.0942, 34.1209)
KHOST_CITY = (69.9204, 33.3395)
NOWHERE = (69.61, 33.21)  # in Spera district, near no centroid and no capital
COLUMNS = ["place", "district", "province", "country"]


def centroid(layer, code):
    frame = load_layer(layer).frame
    point = shapely.centroid(frame.geometry[frame["code"] == code].iloc[0])
    return point.x, point.y


def frame_of(rows, point, **more):
    """Rows of (place, district, province, country) at one point."""
    points = point if isinstance(point, list) else [point] * len(rows)
    table = pd.DataFrame([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    return table.assign(
        incident_id=[f"R{at}" for at in range(len(rows))],
        longitude=[lon for lon, _ in points],
        latitude=[lat for _, lat in points],
        **more,
    )


def placed(rows, point, **more):
    return geocode(frame_of(rows, point, **more))


def is_demoted(frame):
    return (frame["location_status"] == "weak") & (frame["location_precision"] != "exact")


@pytest.mark.parametrize(
    ("row", "point", "place_id"),
    [
        (("", "", "", "PK"), (69.345, 30.375), "PK"),
        (("", "", "", ""), (69.345116, 30.375321), "PK"),
        (("", "", "", "AF"), (65.0, 33.0), "AF"),
        (("", "", "Balochistan", "PK"), (69.345, 30.375), "PK-BA"),
        (("Torkham", "", "", "PK"), (69.345, 30.375), "PK"),
        (("Torkham", "", "Khyber Pakhtunkhwa", "PK"), (69.345, 30.375), "PK-KP"),
        (("No Such Kot", "Spera", "Khost", "AF"), (67.71, 33.939), "AF-KHO-spera"),
    ],
)
def test_a_fallback_of_a_geocoder_is_demoted_even_alone(row, point, place_id):
    [answer] = placed([row], point).to_dict("records")
    assert answer["place_id"] == place_id
    assert answer["located_by"] == "reported"
    assert answer["location_status"] == "weak"
    assert answer["location_radius_m"] > 10_000
    assert "what geocoders give for" in answer["location_note"]


@pytest.mark.parametrize(
    ("row", "layer", "code", "place_id"),
    [
        (("", "Spera", "Khost", "AF"), "districts", "AF-KHO-spera", "AF-KHO-spera"),
        (("Spera district", "", "Khost", "AF"), "districts", "AF-KHO-spera", "AF-KHO-spera"),
        (("border area", "", "Khost", "AF"), "provinces", "AF-KHO", "AF-KHO"),
        (("", "", "Khost", "AF"), "districts", "AF-KHO-spera", "AF-KHO-spera"),
        (("", "Spera", "Khost", "AF"), "countries", "AF", "AF-KHO-spera"),
        (("", "", "", ""), "districts", "AF-KHO-spera", "AF-KHO-spera"),
        (("", "", "", "PK"), "countries", "PK", "PK"),
    ],
)
def test_a_row_that_names_no_place_on_a_centroid_stands_for_the_unit(row, layer, code, place_id):
    found = placed([row], centroid(layer, code))
    [answer] = found.to_dict("records")
    assert answer["place_id"] == place_id
    assert answer["location_status"] == "weak"
    kind = "what geocoders give for" if layer == "countries" else "the middle of"
    assert f"the point is {kind}" in answer["location_note"]


def test_the_point_stays_where_it_lies_in_the_unit_and_moves_where_it_does_not():
    inside = placed([("", "", "Balochistan", "PK")], (69.345, 30.375)).geometry.iloc[0]
    assert (inside.x, inside.y) == (69.345, 30.375)
    outside = placed([("Torkham", "", "Khyber Pakhtunkhwa", "PK")], (69.345, 30.375))
    point = Gazetteer.load().entry("PK-KP").place
    assert (outside.geometry.iloc[0].x, outside.geometry.iloc[0].y) == (point.lon, point.lat)
    assert "its inner point is taken" in outside["location_note"].iloc[0]


def test_many_names_at_one_point_are_a_centroid():
    rows = [(name, "Spera", "Khost", "AF") for name in ("Dawra Kot", "Zangi Bul", "Mirana Sar")]
    found = placed([*rows, ("", "Spera", "Khost", "AF")], NOWHERE)
    assert is_demoted(found).all()
    assert set(found["place_id"]) == {"AF-KHO-spera"}
    assert set(found["location_precision"]) == {"district"}
    assert "4 rows with 3 different names share this point" in found["location_note"].iloc[0]


def test_many_names_without_a_unit_stand_for_the_country_around_the_point():
    rows = [(name, "", "", "") for name in ("Dawra Kot", "Zangi Bul", "Mirana Sar")]
    assert placed(rows, NOWHERE)["place_id"].tolist() == ["AF"] * 3
    far = placed(rows, (20.0, 50.0))
    assert far["location_status"].tolist() == ["weak"] * 3
    assert far["location_radius_m"].tolist() == [DEFAULT_RADIUS_M] * 3


def test_towns_far_from_one_shared_point_are_demoted_and_the_town_at_home_is_not():
    names = ("Khost", "Ghulam Khan", "Angoor Adda", "Wana", "Chaman")
    found = placed([(name, "", "", "") for name in names], KHOST_CITY)
    assert is_demoted(found).tolist() == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("rows", "point"),
    [
        pytest.param([("Torkham", "", "", "AF")] * 12, TORKHAM, id="one real place, twelve times"),
        pytest.param(
            [(name, "", "", "AF")
             for name in ("Torkham", "Torkham gate", "Torkham border crossing", "Turkham",
                          "near Torkham", "2 km east of Torkham", "Torkham, Nangarhar")],
            TORKHAM, id="one real place, many spellings"),
        pytest.param([("Unknown Kot", "Spera", "Khost", "AF")] * 9, NOWHERE, id="one unknown"),
        pytest.param(
            [(name, "Spera", "Khost", "AF")
             for name in ("Gora Prai", "Goraparai checkpost", "Gora Parai post", "Gora-Prai")],
            NOWHERE, id="one unknown, many spellings"),
        pytest.param(
            [(name, "Spera", "Khost", "AF") for name in ("Dawra Kot", "Zangi Bul")] * 5,
            NOWHERE, id="two unknown places"),
        pytest.param([("", "Spera", "Khost", "AF")] * 4, NOWHERE, id="no place, no centroid"),
        pytest.param([("", "", "Khost", "AF")] * 4, KHOST_CITY, id="four rows in a capital"),
        pytest.param([("Khost city", "", "Khost", "AF")] * 20, KHOST_CITY, id="a capital itself"),
        pytest.param([("Kabul", "", "", "AF")] * 9, (69.1723, 34.5289), id="the capital itself"),
    ],
)  # fmt: skip
def test_what_is_a_place_stays_one(rows, point):
    found = placed(rows, point)
    assert not is_demoted(found).any()
    assert found["location_radius_m"].tolist() == [DEFAULT_RADIUS_M] * len(rows)


def test_a_single_named_row_near_a_centroid_is_an_accident():
    place = Gazetteer.load().entry("AF-KHO-spera").place
    found = placed([("Unknown Kot", "Spera", "Khost", "AF")], (place.lon, place.lat))
    assert not is_demoted(found).any()


def test_two_unknown_names_on_a_centroid_are_none():
    rows = [(name, "Spera", "Khost", "AF") for name in ("Dawra Kot", "Zangi Bul")]
    assert is_demoted(placed(rows, centroid("districts", "AF-KHO-spera"))).all()


def test_ucdp_rows_keep_the_meaning_of_their_code():
    at = centroid("districts", "AF-KHO-spera")
    rows = [("Unknown A", "Spera", "Khost", "AF"), ("Dawra Kot", "Spera", "Khost", "AF"),
            ("Zangi Bul", "Spera", "Khost", "AF"), ("", "Spera", "Khost", "AF")]  # fmt: skip
    found = placed(
        rows,
        at,
        location_precision_scheme="ucdp",
        location_precision_reported=["1", "1", "2", "3"],
    )
    assert found["location_radius_m"].tolist()[:3] == [2_000, 2_000, 25_000]
    assert found["location_precision"].tolist() == ["exact", "exact", "area", "district"]


def test_ucdp_rows_whose_code_was_lost_are_recognised_on_their_centroids():
    """UCDP puts what it knows to a district or province only on the centroid of that unit."""
    codes = ("AF-KHO", "AF-NAN", "PK-BA", "PK-KP")
    entry = Gazetteer.load().entry
    rows = [("", "", entry(code).name, code[:2]) for code in codes]
    found = placed(rows, [centroid("provinces", code) for code in codes])
    assert found["place_id"].tolist() == list(codes)
    assert set(found["location_precision"]) == {"province"}


def test_acled_rows_whose_code_was_lost_are_recognised_in_the_capital():
    """ACLED puts what it knows to a province only on its capital."""
    villages = [("Khost", "Spera", "Khost", "AF"), *[("", "", "Khost", "AF")] * 5]
    found = placed(villages, KHOST_CITY)
    assert is_demoted(found).tolist()[1:] == [True] * 5
    assert found["place_id"].tolist()[1:] == ["AF-KHO"] * 5
    assert "share this point in the capital of Khost" in found["location_note"].iloc[1]


def test_ucdp_provinces_whose_code_was_lost_are_recognised_by_their_whole_minutes():
    """UCDP puts some provinces where lists of names have them, to whole minutes."""
    rows = [(f"{name} province", "", f"{name} province", "AF") for name in ("Nangarhar", "Hilmand")]
    found = placed(rows, [(70.41667, 34.33333), (64.0, 31.0)])
    assert found["place_id"].tolist() == ["AF-NAN", "AF-HEL"]
    assert "given to five minutes" in found["location_note"].iloc[0]
    by_chance = placed([("Torkham", "", "", "AF")], (71.08333, 34.08333))
    assert not is_demoted(by_chance).any()


def test_five_rows_that_name_no_place_share_no_spot():
    found = placed([("", "Spera", "Khost", "AF")] * 5, NOWHERE)
    assert found["place_id"].tolist() == ["AF-KHO-spera"] * 5
    assert "5 rows that name no place share this point" in found["location_note"].iloc[0]


def test_a_code_that_is_not_read_does_not_protect():
    found = placed(
        [("", "", "", "PK")],
        (69.345, 30.375),
        location_precision_scheme="gtd",
        location_precision_reported="9",
    )
    assert is_demoted(found).all()


def test_rows_without_coordinates_are_left_alone():
    rows = [("Torkham", "", "", "AF"), ("", "", "", "PK")]
    found = geocode(frame_of(rows, (float("nan"), float("nan"))))
    assert found["located_by"].tolist() == ["place", "country"]


def test_it_shows_in_the_file(run, tmp_path):
    (tmp_path / "in.csv").write_text(
        "incident_id,date_start,place,country,latitude,longitude\n"
        "A,2024-01-01,,PK,30.375,69.345\nB,2024-01-01,Chaman,PK,30.375,69.345\n",
        encoding="utf-8",
    )
    run("locate", "in.csv", "-o", "out.csv", "--review", "sheet.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["place_id"].tolist() == ["PK", "PK"]
    assert table["border_distance_min_m"].tolist() == [0, 0]
    assert pd.read_csv(tmp_path / "sheet.csv")["incident_id"].tolist() == ["A", "B"]


rows = st.tuples(
    st.sampled_from(["", "Torkham", "Dawra Kot", "Zangi Bul", "Mirana Sar", "<b>", "border area"]),
    st.sampled_from(["", "Spera", "Kurram"]),
    st.sampled_from(["", "Khost", "Balochistan"]),
    st.sampled_from(["", "AF", "PK", "Iran"]),
)  # fmt: skip
points = st.sampled_from(
    [TORKHAM, KHOST_CITY, NOWHERE, (69.345, 30.375), (0.0, 0.0), (180.0, 90.0)]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(rows, points), min_size=1, max_size=12), st.randoms())
def test_the_order_of_rows_does_not_matter_and_none_is_lost(drawn, random):
    found = placed([row for row, _ in drawn], [point for _, point in drawn])
    assert found.geometry.notna().all()
    assert set(found["located_by"]) == {"reported"}
    shuffled = list(range(len(drawn)))
    random.shuffle(shuffled)
    again = placed([drawn[at][0] for at in shuffled], [drawn[at][1] for at in shuffled])
    columns = ["place_id", "location_radius_m", "location_status", "location_note"]
    assert again[columns].to_numpy(object).tolist().__repr__() == (
        found[columns].iloc[shuffled].to_numpy(object).tolist().__repr__()
    )
