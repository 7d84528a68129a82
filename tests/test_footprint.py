"""Footprints: points spread by area, bounds, and what a source's precision code means."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from bordermap import Border, build, export, geocode, load_layer, locate
from bordermap.footprint import (
    SMALL_M,
    disc_points,
    polygon_bounds,
    polygon_of,
    polygon_points,
    shipped_frame,
    shipped_polygon,
)
from bordermap.geocode.precision import SCHEMES

GEOD = Geod(ellps="WGS84")
KHOST_ROW = {"province": "Khost", "country": "Afghanistan", "place": ""}

UCDP = (
    "id,year,where_prec,where_coordinates,adm_1,adm_2,latitude,longitude,country,date_prec,"
    "date_start,date_end,side_a,side_b,best,high,low\n"
    "1,2011,1,Torkham town,Nangarhar province,,34.12,71.09,Afghanistan,1,2011-01-02,2011-01-02,A,B,1,1,1\n"
    "2,2011,2,near Khost town,Khost province,,33.34,69.92,Afghanistan,2,2011-01-02,2011-01-05,A,B,1,1,1\n"
    "3,2011,3,Spera district,Khost province,Spera district,33.2,69.5,Afghanistan,3,2011-01-02,2011-01-08,A,B,1,1,1\n"
    "4,2011,4,Khost province,Khost province,,33.33,69.92,Afghanistan,4,2011-01-01,2011-01-31,A,B,1,1,1\n"
    "5,2011,5,Durand line,,,33.33,69.92,Afghanistan,5,2011-01-01,2011-12-31,A,B,1,1,1\n"
    "6,2011,6,Afghanistan,,,33.0,66.0,Afghanistan,5,2011-01-01,2011-12-31,A,B,1,1,1\n"
    "7,2011,7,air,,,33.0,66.0,Afghanistan,5,2011-01-01,2011-12-31,A,B,1,1,1\n"
)
ACLED = (
    "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,country,"
    "admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,notes,fatalities\n"
    "PAK1,16 May 2025,1,Battles,Armed clash,A,B,Pakistan,Khyber Pakhtunkhwa,Khyber,,Landi Kotal,34.101,71.145,1,S,N,0\n"
    "PAK2,2025-05-16,2,Battles,Armed clash,A,B,Pakistan,Khyber Pakhtunkhwa,Khyber,,Landi Kotal,34.101,71.145,2,S,N,0\n"
    "PAK3,2025-05-16,3,Battles,Armed clash,A,B,Pakistan,Khyber Pakhtunkhwa,,,Peshawar,34.01,71.57,3,S,N,0\n"
)  # fmt: skip


@given(
    st.floats(61, 75),
    st.floats(25, 38),
    st.floats(10, 200_000),
    st.floats(0, 180),
    st.floats(-1, 1),
)
@settings(max_examples=40, deadline=None)
def test_a_straight_cut_through_a_disc_is_right_to_two_percent(lon, lat, radius, angle, at):
    points = disc_points(lon, lat, radius)
    assert points.weight.sum() == pytest.approx(1)
    n = len(points.lon)
    heading, _, away = GEOD.inv(np.full(n, lon), np.full(n, lat), points.lon, points.lat)
    assert np.max(away) <= radius * (1 + 1e-9)
    along = away * np.cos(np.radians(heading - angle)) / radius
    found = points.weight[along <= at].sum()
    exact = (np.pi - np.arccos(at) + at * np.sqrt(1 - at**2)) / np.pi
    assert found == pytest.approx(exact, abs=0.05 if radius <= SMALL_M else 0.02)


@pytest.mark.parametrize("code", ["AF-KHO-spera", "AF-KHO", "PK-BA", "AF"])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("across", [0, 1])
def test_a_straight_cut_through_a_unit_is_right_to_one_percent(code, at, across):
    polygon = shipped_polygon(code)
    points = polygon_points(polygon)
    assert shapely.intersects_xy(polygon, points.lon, points.lat).all()
    assert points.weight.sum() == pytest.approx(1)
    west, south, east, north = polygon.bounds
    cut = [west, south, east, north]
    cut[across + 2] = cut[across] + at * (cut[across + 2] - cut[across])
    plane = Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)

    def area(part):
        return shapely.transform(part, lambda xy: np.column_stack(plane.transform(*xy.T))).area

    exact = area(polygon.intersection(shapely.box(*cut))) / area(polygon)
    place = (points.lon, points.lat)[across]
    assert points.weight[place <= cut[across + 2]].sum() == pytest.approx(exact, abs=0.015)


def test_the_same_footprint_gives_the_same_points():
    polygon = shipped_polygon("AF-KHO")
    first, again = polygon_points(polygon), polygon_points(polygon)
    assert np.array_equal(first.lon, again.lon)
    assert np.array_equal(disc_points(70, 33, 500).lat, disc_points(70, 33, 500).lat)


def test_a_sliver_has_at_least_one_point():
    points = polygon_points(shapely.Polygon([(70, 33), (70.000001, 33), (71, 34)]))
    assert len(points.lon) >= 1
    assert points.weight.sum() == pytest.approx(1)


def test_joined_units_are_one_polygon_and_others_none():
    both = polygon_of("AF-KHO-spera;AF-KHO-tani", shipped_frame)
    assert both.area == pytest.approx(
        sum(shipped_polygon(code).area for code in ("AF-KHO-spera", "AF-KHO-tani"))
    )
    assert polygon_of("geonames:1", shipped_frame) is None


def test_bounds_together_are_those_one_by_one():
    border = Border.load()
    codes = ("AF-KAB", "PK-KP-khyber", "PK-SD", "AF-KHO-spera", "PK")
    polygons = [shipped_polygon(code) for code in codes]
    together = polygon_bounds(polygons, border)
    alone = np.vstack([polygon_bounds([polygon], border) for polygon in polygons])
    assert np.array_equal(together, alone)
    assert polygon_bounds([], border).shape == (0, 2)


@pytest.mark.parametrize("code", ["AF-KAB", "PK-SD", "PK-KP-khyber", "PK-KP-buner"])
def test_bounds_are_those_of_every_vertex(code):
    """Karachi's coast and islands, a unit on the line, and some away from it."""
    polygon, border = shipped_polygon(code), Border.load()
    lon, lat = shapely.get_coordinates(shapely.segmentize(polygon.boundary, 0.02)).T
    distance_m = border.measure(lon, lat).distance_m
    least = 0.0 if polygon.intersects(border.geometry) else distance_m.min()
    assert polygon_bounds([polygon], border).tolist() == [[least, distance_m.max()]]


def test_another_line_has_bounds_of_its_own():
    frame = geocode(pd.DataFrame({"incident_id": ["1"], "province": ["Kabul"], "country": ["AF"]}))
    line = shapely.transform(Border.load().geometry, lambda xy: xy + np.array([0.5, 0]))
    ours, theirs = locate(frame), locate(frame, Border(line))
    assert theirs["border_distance_min_m"][0] > ours["border_distance_min_m"][0] + 10_000


@pytest.fixture(scope="module")
def ucdp(tmp_path_factory):
    path = tmp_path_factory.mktemp("ucdp") / "ged.csv"
    path.write_text(UCDP, encoding="utf-8")
    frame, report = build(path)
    assert report.files[0].recipe == "ucdp_ged"
    return frame


def test_ucdp_codes_become_footprints(ucdp):
    assert ucdp["location_precision_scheme"].tolist() == ["ucdp"] * 7
    assert ucdp["location_precision"].tolist() == [
        "exact", "area", "district", "province", "country", "country", "none",
    ]  # fmt: skip
    assert ucdp["location_radius_m"].tolist()[:2] == [2_000, 25_000]
    assert ucdp["place_id"].fillna("").tolist() == [
        "", "", "AF-KHO-spera", "AF-KHO", "AF", "AF", "",
    ]  # fmt: skip
    assert ucdp["date_precision"].tolist()[:5] == ["day", "week", "week", "month", "year"]
    assert "international" in ucdp["location_note"][6]


def test_a_ucdp_centroid_stays_where_it_was_put_but_is_its_province(ucdp):
    row = ucdp.iloc[3]
    assert (row.geometry.x, row.geometry.y) == (69.92, 33.33)
    assert row["border_distance_min_m"] == 0
    assert row["border_distance_max_m"] > row["border_distance_m"] + 20_000
    assert "all of Khost" in row["location_note"]


def test_a_centroid_outside_its_unit_becomes_the_inner_point(ucdp):
    row = ucdp.iloc[2]
    assert shipped_polygon("AF-KHO-spera").covers(row.geometry)
    assert (row["longitude"], row["latitude"]) == (69.5, 33.2)
    if not shipped_polygon("AF-KHO-spera").covers(shapely.Point(69.5, 33.2)):
        assert "lies outside" in row["location_note"]


def test_acled_codes_become_footprints(tmp_path):
    (tmp_path / "acled.csv").write_text(ACLED, encoding="utf-8")
    frame, report = build(tmp_path / "acled.csv")
    assert report.files[0].recipe == "acled"
    assert frame["location_precision"].tolist() == ["place", "district", "province"]
    assert frame["location_radius_m"][0] == 5_000
    assert frame["place_id"].fillna("").tolist() == ["", "PK-KP-khyber", "PK-KP"]
    assert frame["event_type"].tolist() == ["armed_clash"] * 3
    assert frame["date_precision"].tolist() == ["day", "week", "month"]


def test_without_a_name_the_unit_around_the_point_is_taken():
    frame = geocode(
        pd.DataFrame(
            {
                "incident_id": ["1", "2", "3"],
                "longitude": [69.92, 69.92, 68.78],
                "latitude": [33.33, 33.33, 38.56],
                "location_precision_reported": ["3", "4", "4"],
                "location_precision_scheme": ["ucdp"] * 3,
            }
        )
    )
    assert frame["place_id"].fillna("").tolist()[1:] == ["AF-KHO", ""]
    assert frame["place_id"][0].startswith("AF-KHO-")
    assert "none is named or holds it" in frame["location_note"][2]


def test_a_code_of_no_known_scheme_is_not_interpreted():
    frame = geocode(
        pd.DataFrame(
            {
                "incident_id": ["1"],
                "longitude": [69.92],
                "latitude": [33.33],
                "location_precision_reported": ["4"],
                "location_precision_scheme": ["<script>"],
            }
        )
    )
    assert frame["location_radius_m"][0] == 1_000
    assert "is not read" in frame["location_note"][0]


def test_the_scheme_survives_a_way_out_and_back(ucdp, tmp_path):
    export(ucdp, tmp_path / "out.csv")
    again, _ = build(tmp_path / "out.csv")
    assert again["location_precision"].tolist() == ucdp["location_precision"].tolist()
    assert again["border_distance_max_m"].tolist() == pytest.approx(
        ucdp["border_distance_max_m"].tolist(), nan_ok=True
    )


def test_the_ucdp_sample_gets_its_footprints(shared):
    path = shared / "samples" / "ucdp_ged_v231_sample_afpk" / "ucdp_ged_v23_1_sample_afg_pak.csv"
    frame, _ = build(path)
    meant = {code: meaning.precision for code, meaning in SCHEMES["ucdp"].items()}
    expected = frame["location_precision_reported"].map(meant).tolist()
    assert frame["location_precision"].tolist() == expected
    assert (frame["border_distance_min_m"] <= frame["border_distance_m"]).all()
    assert (frame["border_distance_m"] <= frame["border_distance_max_m"]).all()
    districts = frame[frame["location_precision"] == "district"]
    assert districts["place_id"].isin(load_layer("districts").frame["code"]).mean() > 0.9
