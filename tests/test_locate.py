"""Where incidents stand in relation to the line, the units and the crossings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Border, load_layer, locate
from bordermap.errors import FilterError, FrameError
from bordermap.schema import columns_of

LANDI_KOTAL = (71.145, 34.101)
KHOST = (69.9203, 33.3338)
TORKHAM = (71.0955, 34.1222)
MASHHAD = (59.58, 36.30)
DUSHANBE = (68.78, 38.56)


def located(*rows, **options):
    return locate(incidents(*rows), **options)


def test_khost_city_and_landi_kotal():
    frame = located({"at": KHOST}, {"at": LANDI_KOTAL})
    assert frame["adm0"].tolist() == ["AF", "PK"]
    assert frame["adm1_code"].tolist() == ["AF-KHO", "PK-KP"]
    assert frame["adm2"].tolist()[1] == "Khyber"
    assert frame["border_side"].tolist() == ["AF", "PK"]
    assert frame["border_offset_m"][0] > 0 > frame["border_offset_m"][1]
    assert frame["border_distance_m"].tolist() == frame["border_offset_m"].abs().tolist()
    assert frame["border_stretch"][1] == "Nangarhar / Khyber"
    assert "Torkham" in frame["crossing"][1]
    assert 4_000 < frame["crossing_distance_m"][1] < 8_000


def test_every_column_of_the_contract_has_its_type():
    frame = located({"at": KHOST}, {"at": None})
    for column in columns_of("locate"):
        assert str(frame[column.name].dtype) == column.dtype, column.name


def test_unplaced_rows_stay_with_empty_answers():
    frame = located({"at": None}, {"at": KHOST}, {"at": None})
    assert len(frame) == 3
    assert frame["border_side"].isna().tolist() == [True, False, True]
    assert frame["band"].isna().tolist() == [True, False, True]


def test_a_frame_without_any_point():
    assert located({"at": None})["border_km"].isna().all()


def test_an_empty_frame():
    frame = incidents({"at": KHOST}).iloc[:0]
    assert len(locate(frame)) == 0
    assert "band" in locate(frame)


def test_third_countries_are_other_and_named():
    frame = located({"at": MASHHAD}, {"at": DUSHANBE})
    assert frame["border_side"].tolist() == ["other", "other"]
    assert frame["adm0"].tolist() == ["IR", "TJ"]
    assert frame["adm1"].isna().all()


def test_beyond_the_ends_of_the_line_the_outlines_decide():
    zaranj, taftan, gilgit = (61.86, 30.96), (61.60, 28.97), (74.31, 35.92)
    frame = located({"at": zaranj}, {"at": taftan}, {"at": gilgit}, {"at": (60.6, 29.86)})
    assert frame["border_side"].tolist() == ["AF", "PK", "PK", "other"]


def test_a_point_on_the_line_is_on_neither_side():
    lon, lat = Border.load().point_at(1800)
    frame = located({"at": (lon[0], lat[0])}, {"at": (lon[0], lat[0]), "location_radius_m": 500})
    assert frame["border_side"].tolist() == ["line", "uncertain"]
    assert frame["border_distance_m"].max() < 1e-6


def test_a_footprint_that_crosses_the_line_has_no_side():
    frame = located(
        {"at": LANDI_KOTAL, "location_radius_m": 1_000},
        {"at": LANDI_KOTAL, "location_radius_m": 30_000},
        {"at": LANDI_KOTAL, "location_radius_m": 30_000, "location_side": "PK"},
    )
    assert frame["border_side"].tolist() == ["PK", "uncertain", "PK"]
    assert frame["border_distance_min_m"].tolist()[1:] == [0, 0]


def test_disc_bounds_are_distance_less_and_plus_radius():
    frame = located({"at": KHOST, "location_radius_m": 4_000})
    d = frame["border_distance_m"][0]
    assert frame["border_distance_min_m"][0] == pytest.approx(d - 4_000)
    assert frame["border_distance_max_m"][0] == pytest.approx(d + 4_000)


def test_a_district_is_its_polygon():
    districts = load_layer("districts").frame.set_index("code")
    spera = districts.loc["AF-KHO-spera"].geometry
    inner = spera.representative_point()
    row = {"at": (inner.x, inner.y), "place_id": "AF-KHO-spera", "location_radius_m": 25_000}
    frame = located({**row, "location_precision": "district", "located_by": "district"})
    assert frame["border_side"][0] == "AF"
    assert frame["border_distance_min_m"][0] == 0
    xy = shapely.get_coordinates(spera)
    farthest = Border.load().measure(*xy.T).distance_m.max()
    assert frame["border_distance_max_m"][0] == pytest.approx(farthest, abs=5)
    assert frame["adm2_code"][0] == "AF-KHO-spera"


def test_a_province_row_is_not_put_into_a_district():
    provinces = load_layer("provinces").frame.set_index("code")
    inner = provinces.loc["AF-KHO"].geometry.representative_point()
    frame = located(
        {"at": (inner.x, inner.y), "place_id": "AF-KHO", "location_precision": "province"},
        {"at": (inner.x, inner.y), "place_id": "AF", "location_precision": "country"},
    )
    assert frame["adm2"].isna().all()
    assert frame["adm1"].fillna("-").tolist() == ["Khost", "-"]
    assert frame["adm0"].tolist() == ["AF", "AF"]


def test_an_area_of_several_units_lies_in_what_they_share():
    ids = ("AF-KHO-spera;AF-KHO-tani", "AF-KHO;AF-PIA", "AF-KHO;PK-KP")
    frame = located(*({"at": KHOST, "place_id": i, "location_precision": "district"} for i in ids))
    assert frame["adm0"].fillna("-").tolist() == ["AF", "AF", "-"]
    assert frame["adm1_code"].fillna("-").tolist() == ["AF-KHO", "-", "-"]
    assert frame["adm2"].isna().all()
    assert frame["border_side"].tolist() == ["AF", "AF", "uncertain"]


def test_points_between_published_lines_are_uncertain():
    variants = load_layer("variants").frame
    pair = variants[variants["stretch"] == variants["stretch"].iloc[0]].geometry.tolist()
    ring = shapely.polygonize([shapely.union_all(pair)])
    area = max(
        shapely.get_parts(ring) if not ring.is_empty else [pair[0].union(pair[1]).convex_hull],
        key=lambda part: part.area,
    )
    inner = shapely.point_on_surface(area)
    frame = located({"at": (inner.x, inner.y)})
    assert frame["border_side"][0] == "uncertain"


def test_bands_are_open_below_and_closed_above():
    frame = located({"at": LANDI_KOTAL}, {"at": KHOST}, {"at": (66.9, 30.2)}, bands_km=(5, 50))
    assert frame["band"].tolist() == ["5-50 km", "5-50 km", "over 50 km"]
    d = frame["border_distance_m"][0] / 1000
    exactly = located({"at": LANDI_KOTAL}, bands_km=(d, 50.0))
    assert exactly["band"][0].startswith("0-")


@pytest.mark.parametrize("bands", [(), (0,), (5, 5), (10, 5), (-1, 5), (float("nan"),)])
def test_bands_that_do_not_grow_are_refused(bands):
    with pytest.raises(FilterError):
        located({"at": KHOST}, bands_km=bands)


def test_a_point_on_the_edge_of_two_units_belongs_to_the_smaller_code():
    districts = load_layer("districts").frame.sort_values("code", ignore_index=True)
    a, b = districts.index[districts["code"].isin(["AF-KHO-spera", "AF-KHO-tani"])]
    shared = districts.geometry[a].intersection(districts.geometry[b])
    x, y = shapely.get_coordinates(shared)[0]
    touching = districts["code"][districts.geometry.touches(shapely.Point(x, y))]
    assert located({"at": (x, y)})["adm2_code"][0] == touching.min()


def test_frames_that_cannot_be_located_are_refused():
    frame = incidents({"at": KHOST})
    with pytest.raises(FrameError, match="incident_id"):
        locate(frame.drop(columns="incident_id"))
    with pytest.raises(FrameError, match="geometry"):
        locate(pd.DataFrame(frame.drop(columns="geometry")))
    with pytest.raises(FrameError, match="Polygon"):
        locate(frame.set_geometry([shapely.box(69, 33, 70, 34)]).set_crs(4326))


def test_other_columns_and_the_index_stay():
    frame = incidents({"at": KHOST}, {"at": LANDI_KOTAL})
    frame["mine"] = ["a", "b"]
    frame.index = [10, 20]
    result = locate(frame)
    assert result["mine"].tolist() == ["a", "b"]
    assert result.index.tolist() == [10, 20]


def test_projected_frames_are_understood():
    frame = incidents({"at": KHOST}, {"at": LANDI_KOTAL})
    assert locate(frame.to_crs(32642))["border_km"].tolist() == pytest.approx(
        locate(frame)["border_km"].tolist(), abs=1e-4
    )


@given(st.lists(st.tuples(st.floats(60, 76), st.floats(27, 39)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_answers_agree_with_each_other(places):
    frame = locate(incidents(*({"at": place} for place in places)))
    assert len(frame) == len(places)
    assert (frame["border_distance_min_m"] <= frame["border_distance_m"]).all()
    assert (frame["border_distance_m"] <= frame["border_distance_max_m"]).all()
    in_country = frame["border_side"].isin(["AF", "PK"]) & (frame["border_distance_m"] > 3)
    assert (frame["adm0"][in_country] == frame["border_side"][in_country]).all()
    assert np.isfinite(frame["border_offset_m"].to_numpy()).all()
