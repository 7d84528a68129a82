"""Where incidents stand in relation to the line, the units and the crossings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Border, export, load_layer, locate, make_figure, make_map, query
from bordermap.errors import FilterError, FrameError
from bordermap.export import FORMATS
from bordermap.locate import Coded, located_arrays, located_columns
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


def test_an_empty_point_is_no_place(tmp_path):
    shapes = [shapely.Point(), shapely.Point(71.09, 34.12)]
    frame = gpd.GeoDataFrame({"incident_id": ["a", "b"]}, geometry=shapes, crs=4326)
    located = locate(frame)
    assert located["border_km"].isna().tolist() == [True, False]
    assert located.geometry.is_empty.tolist() == [True, False]
    assert query(located, near="Torkham", radius="20km")["incident_id"].tolist() == ["b"]
    for suffix in FORMATS:
        export(located, tmp_path / f"out{suffix}")
    back = gpd.read_parquet(tmp_path / "out.parquet").sort_values("incident_id")
    assert back.geometry.isna().tolist() == [True, False]
    make_map(located).save(tmp_path / "map.html")
    make_figure(located).save(tmp_path / "map.png")


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


def around_khost(count=2_000, **columns):
    """Points in and around Khost, some without a place, as arrays and as a frame."""
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(68, 72, count), rng.uniform(32, 35, count)
    lon[::50], lat[25::50] = np.nan, np.inf
    return (
        lon,
        lat,
        {name: rng.choice(np.array(each, object), count) for name, each in columns.items()},
    )


def framed(lon, lat, columns):
    placed = np.isfinite(lon) & np.isfinite(lat)
    points = np.where(placed, shapely.points(np.nan_to_num(lon), np.nan_to_num(lat)), None)
    frame = gpd.GeoDataFrame(columns, geometry=points, crs=4326)
    return frame.assign(incident_id=np.arange(len(lon)).astype(str))


FOOTPRINTS = {
    "location_precision": ["exact", "district", "province", "country", None],
    "location_side": ["AF", "PK", None, "elsewhere"],
    "place_id": [None, "AF-KHO-spera", "AF-KHO;PK-KP", "AF-KHO;AF-PIA", "line:900.00-950.00", "?"],
    "location_radius_m": [0.0, 5_000.0, np.nan],
}


@pytest.mark.parametrize("columns", [{}, FOOTPRINTS], ids=["points", "footprints"])
def test_arrays_give_what_frames_give(columns):
    pa = pytest.importorskip("pyarrow")
    lon, lat, told = around_khost(**columns)
    if told:
        told["location_radius_m"] = told["location_radius_m"].astype(float)
    frame = locate(framed(lon, lat, told), bands_km=(3, 30))
    arrays = {name: pa.array(values, from_pandas=True) for name, values in told.items()}
    found = located_arrays(lon, lat, arrays, (3, 30))
    assert list(found) == [column.name for column in columns_of("locate")]
    for name, values in found.items():
        assert (
            values.to_pylist()
            == frame[name].astype(object).where(frame[name].notna(), None).tolist()
        )
        assert values.null_count >= 80


def test_columns_of_arrow_may_come_in_chunks_and_as_dictionaries():
    pa = pytest.importorskip("pyarrow")
    lon, lat, told = around_khost(40, **FOOTPRINTS)
    plain = {name: pa.array(told[name], pa.string()) for name in ("location_side", "place_id")}
    chunked = {
        "location_side": pa.chunked_array([plain["location_side"][:7], plain["location_side"][7:]]),
        "place_id": plain["place_id"].dictionary_encode(),
        "location_radius_m": pa.array(range(40), pa.int32()),
        "of_no_interest": pa.array(range(40)),
    }
    plain["location_radius_m"] = pa.array(np.arange(40.0))
    for name, values in located_arrays(lon, lat, chunked).items():
        assert values.equals(located_arrays(lon, lat, plain)[name]), name


def test_plain_points_have_no_texts_of_their_own():
    """However many rows, a column of texts is codes into the few there are."""
    lon, lat, _ = around_khost(5_000)
    found = located_columns(lon, lat)
    texts = {name: values for name, values in found.items() if isinstance(values, Coded)}
    assert {"border_side", "band", "adm0", "adm2", "crossing"} <= set(texts)
    for codes, choice in texts.values():
        assert len(choice) < 700
        assert codes.max() < len(choice)
        assert (codes[::50] == -1).all()
    assert np.isnan(found["border_km"][::50]).all()


def test_no_points_at_all():
    found = located_columns([], [])
    assert all(len(v.codes if isinstance(v, Coded) else v) == 0 for v in found.values())
