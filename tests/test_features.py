"""Incidents out of GIS: every format the same rows, every feature accounted for, nothing lost."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sqlite3
import struct
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from accounting import check, found
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from workbooks import xlsx
from workbooks import zipped as packed

from bordermap import records
from bordermap.cli import main
from bordermap.errors import BordermapError, InputError, LayerError
from bordermap.export import write_rejected
from bordermap.pipeline import read_incidents
from bordermap.records import read_polygons

PLACES = ["Torkham", "Chaman", "سپین بولدک", "Ghulam Khan"]
LON = [71.09, 66.45, 66.40, 69.98]
LAT = [34.12, 30.92, 31.01, 33.10]
FORMATS = (
    *(".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".zip"),
    *(".geojson", ".geojsonl", ".geojsons"),
)
MIXED = [
    shapely.Point(71.09, 34.12),
    shapely.MultiPoint([(66.45, 30.92)]),
    shapely.MultiPoint([(66.45, 30.92), (66.5, 31.0)]),
    shapely.LineString([(66.45, 30.92), (66.5, 31.0)]),
    None,
    shapely.Point(),
    shapely.Point(71.09, 34.12, 900.0),
]


def incidents(crs="EPSG:4326", **more):
    points = gpd.points_from_xy(LON, LAT, crs="EPSG:4326")
    dates = ["2016-06-12", "2017-01-02", None, "2018-05-06"]
    columns = {"date": dates, "place": PLACES, "killed": [3, 0, 7, 1], **more}
    return gpd.GeoDataFrame(columns, geometry=points).to_crs(crs)


def written(frame, path):
    """The frame in the format of the path, by the writers that people use."""
    suffix = path.suffix
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".kml":
        path.write_text(kml(frame), encoding="utf-8")
    elif suffix in (".geojsonl", ".geojsons"):
        before = "\x1e" if suffix == ".geojsons" else ""
        features = json.loads(frame.to_json(drop_id=True))["features"]
        path.write_text("".join(f"{before}{json.dumps(one)}\n" for one in features))
    elif suffix == ".zip":
        written(frame, path.with_suffix(".shp"))
        zipped(path, *sorted(path.parent.glob(f"{path.stem}.[!z]*")))
    else:
        # An index would put the features of a FlatGeobuf into another order.
        options = {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" else {}
        frame.to_file(path, engine="pyogrio", layer_options=options)
    return path


def zipped(path, *files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"layers/{file.name}")
    return path


def kml(frame):
    marks = ""
    for row in frame.itertuples():
        when = f"<TimeStamp><when>{row.date}</when></TimeStamp>" if row.date else ""
        marks += (
            f"<Placemark><name>x</name>{when}<ExtendedData><Data name='place'><value>{row.place}"
            f"</value></Data><Data name='killed'><value>{row.killed}</value></Data></ExtendedData>"
            f"<Point><coordinates>{row.geometry.x},{row.geometry.y},0</coordinates></Point></Placemark>"
        )
    head = "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'>"
    return f"{head}<Document>{marks}</Document></kml>"


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_rows(tmp_path, suffix):
    frame, report = check(written(incidents(), tmp_path / f"a{suffix}"))
    assert frame["place"].tolist() == PLACES
    assert frame["fatalities_best"].tolist() == [3, 0, 7, 1]
    assert frame["date_start"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [
        *("2016-06-12", "2017-01-02", "", "2018-05-06")
    ]
    assert np.allclose(frame.geometry.x, LON)
    assert np.allclose(frame.geometry.y, LAT)
    assert not report.faults


@pytest.mark.parametrize("suffix", [one for one in FORMATS if one != ".shp"])
def test_every_format_comes_by_standard_input(tmp_path, suffix):
    content = written(incidents(), tmp_path / f"a{suffix}").read_bytes()
    result = CliRunner().invoke(main, ["check", "-", "--json"], input=content)
    assert (result.exit_code, result.stderr) == (0, "")
    (file,) = json.loads(result.stdout)["files"]
    assert (file["file"], file["read"], file["accepted"]) == ("standard input", 4, 4)
    assert "suffix_differs" not in result.stdout


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_rejected_feature_of_every_format_comes_back(tmp_path, suffix):
    frame = incidents()
    whole, _ = check(written(frame, tmp_path / f"whole{suffix}"))
    point = frame.geometry.iloc[1]
    frame.loc[1, "geometry"] = shapely.Point(690, 31)
    rest, report = check(written(frame, tmp_path / f"a{suffix}"))
    assert len(rest) == 3
    path = write_rejected(tmp_path / "out", report)
    text = path.read_text("utf-8")
    assert text.count("(690 31") == 1
    path.write_text(text.replace("(690 31", f"({point.x} {point.y}"), encoding="utf-8")
    (mended,) = check(path)[0].drop(columns=["source_file", "source_row"]).to_dict("records")
    row = whole.drop(columns=["source_file", "source_row"]).to_dict("records")[1]
    assert {name: str(cell) for name, cell in mended.items()} == {
        name: str(cell) for name, cell in row.items()
    }


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".parquet"])
@pytest.mark.parametrize("crs", ["EPSG:32642", "EPSG:3857", "EPSG:4240"])
def test_points_come_back_from_any_system(tmp_path, suffix, crs):
    frame, report = check(written(incidents(crs), tmp_path / f"a{suffix}"))
    assert (0, "crs_converted") in found(report)
    expected = incidents(crs).to_crs(4326).geometry
    assert np.allclose(frame.geometry.x, expected.x, atol=1e-6)
    assert np.allclose(frame.geometry.y, expected.y, atol=1e-6)


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_every_geometry_is_judged(tmp_path, suffix):
    frame = gpd.GeoDataFrame({"place": list("abcdefg")}, geometry=MIXED, crs=4326)
    accepted, report = check(written(frame, tmp_path / f"a{suffix}"))
    assert accepted["place"].tolist() == ["a", "b", "e", "f", "g"]
    expected = {(3, "geometry_type"), (4, "geometry_type"), (7, "elevation_left_out")}
    # What is written for an empty point may be none.
    assert found(report) - {(6, "geometry_empty")} == expected
    assert accepted.geometry.isna().tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".parquet", ".geojson", ".geojsonl"])
def test_a_layer_of_polygons_is_refused_and_told_where_it_goes(tmp_path, suffix):
    frame = incidents()
    frame["geometry"] = frame.geometry.to_crs(32642).buffer(1000).to_crs(4326)
    path = written(frame, tmp_path / f"areas{suffix}")
    given = path.name if suffix != ".parquet" else "as GeoPackage"
    with pytest.raises(InputError) as caught:
        records.read(path)
    assert str(caught.value) == (
        f"{path.name}: holds no points (4 Polygon), so these are no incidents; "
        f"polygons are given with --layer {given}"
    )
    if suffix != ".parquet":
        assert len(read_polygons(path, name_column="place").units) == 4


POLYGONS = (
    "geoboundaries_afg/geoBoundaries-AFG-ADM1.shp",
    "geoboundaries_afg/geoBoundaries-AFG-ADM2_simplified.shp",
    "ocha_pak_districts/districts_simplified_5p.geojson.gz",
    "ocha_pak_districts/pakistan_districts.geojson.gz",
)


@pytest.mark.parametrize("name", POLYGONS)
def test_real_polygons_are_no_incidents_but_a_layer(shared, name):
    path = shared / "samples" / name
    with pytest.raises(InputError, match=r"holds no points \(.*olygon\), .* with --layer"):
        records.read(path)
    assert len(read_polygons(path).units) > 30


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), "utf8")])
def test_numbers_as_text_are_noticed_beside_gaps(kind, tmp_path):
    def texts(*cells):
        return pa.array(cells, pa.string()).cast(kind)

    table = pa.table(
        {
            "longitude": [71.09, 66.45, 66.40],
            "latitude": [34.12, 30.92, 31.01],
            "date": ["2016-06-12"] * 3,
            "toll": texts(None, "12", "-3"),
            "empty": texts("", "7", None),
            "words": texts("7", "seven", None),
            "padded": texts("007", "12", "1"),
            "line": texts("1\n", "2", "3"),
            "nothing": texts(None, "", None),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    _, report = check(tmp_path / "in.parquet")
    said = {fault.reason: fault.message for fault in report.faults if fault.row == 0}
    assert said["numbers_as_text"] == "numbers stand as text in toll, empty"


def test_ucdp_after_a_shapefile_round_trip(shared):
    frame, report = check(shared / "samples/ucdp_ged_afg_shp_derived/clean_conflicts.json")
    assert (report.read, len(frame), report.noted_count) == (310, 310, 80)
    said = {fault.reason: fault.message for fault in report.faults if fault.row == 0}
    assert said["names_cut"].endswith("source_art, source_dat")
    assert said["numbers_as_text"] == "numbers stand as text in id, year, deaths_b"
    assert sum(fault.reason == "text_cut_off" for fault in report.faults) == 80
    assert frame["source_date"].notna().sum() == 232


# Types


def test_types_are_kept(tmp_path):
    more = {
        "big": pd.array([2**53 + 1, None, 5, -(2**60) - 1], dtype="Int64"),
        "whole": pd.array([1, None, 3, 4], dtype="Int64"),
        "share": [0.5, np.nan, 1.5, 2.0],
        "flag": [True, False, True, False],
        "seen": pd.to_datetime(["2016-06-12", None, "2017-01-01", "2018-01-01"]),
        "time": pd.to_datetime(["2016-06-12 10:30", None, "2017-01-01 00:00", "2018-01-01 00:00"]),
    }
    for suffix in (".gpkg", ".fgb", ".parquet"):
        frame, _ = check(written(incidents(**more), tmp_path / f"a{suffix}"))
        assert frame["big"].tolist()[0::3] == ["9007199254740993", "-1152921504606846977"]
        assert str(frame["whole"].dtype) == "Int64"
        assert frame["whole"].tolist()[2:] == [3, 4]
        assert str(frame["share"].dtype) == "float64"
        assert frame["flag"].astype(bool).tolist() == [True, False, True, False]
        assert frame["seen"].tolist()[0] == "2016-06-12"
        assert frame["time"].tolist()[0].startswith("2016-06-12T10:30")


def test_the_largest_whole_number_beside_a_gap(tmp_path):
    """As a float it is 2**63, which no whole number of 64 bits can hold."""
    numbers = pd.array([2**63 - 1, None, -(2**63), 7], dtype="Int64")
    path = written(incidents(number=numbers), tmp_path / "a.gpkg")
    expected = ["9223372036854775807", None, "-9223372036854775808", 7]
    assert records.read(path).frame["number"].tolist() == expected


def test_a_key_of_one_s_own_is_a_column(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(incidents(), path, layer_options={"FID": "event_id"})
    frame, _ = check(path)
    assert frame["incident_id"].tolist() == ["1", "2", "3", "4"]


# Several layers


def layered(path):
    bases = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(70, 33)], crs=4326)
    areas = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(70, 33, 71, 34)], crs=4326)
    for name, frame in {"areas": areas, "bases": bases, "incidents": incidents()}.items():
        frame.to_file(path, layer=name, engine="pyogrio")
    return path


def test_the_layer_of_incidents_is_chosen_and_the_others_are_named(tmp_path):
    frame, report = check(layered(tmp_path / "a.gpkg"))
    assert frame["place"].tolist() == PLACES
    (note,) = [fault.message for fault in report.faults]
    assert note == "the layer 'incidents' is read, and not areas, bases; FILE:LAYER names one"


def test_a_layer_is_asked_for_by_name(run, tmp_path):
    path = layered(tmp_path / "a.gpkg")
    result = json.loads(run("check", f"{path}:bases", "--json").stdout)
    _, report = read_incidents(f"{path}:bases")
    assert result["files"][0]["read"] == report.read == 1
    assert result["files"][0]["file"] == report.files[0].file == "a.gpkg (bases)"
    for layer, message in {"areas": "holds no points", "no": "it has areas, bases, inc"}.items():
        assert message in run("check", f"{path}:{layer}", status=1).stderr


def test_a_colon_in_a_file_s_own_name_names_no_layer(tmp_path):
    frame, _ = check(written(incidents(), tmp_path / "a.gpkg:b.fgb"))
    assert len(frame) == 4


# Shapefiles as they arrive


def shapefile(tmp_path, frame=None, without=()):
    path = tmp_path / "a.shp"
    (incidents() if frame is None else frame).to_file(path, engine="pyogrio", encoding="utf-8")
    for suffix in without:
        path.with_suffix(suffix).unlink()
    return path


def test_no_prj_and_no_cpg_and_no_shx(tmp_path):
    path = shapefile(tmp_path, without=(".prj", ".cpg", ".shx"))
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES
    assert found(report) == {(0, "crs_assumed"), (0, "encoding_guessed")}
    assert not path.with_suffix(".shx").exists()


def test_no_prj_over_metres_makes_no_point(tmp_path):
    frame, report = check(shapefile(tmp_path, incidents("EPSG:32642"), without=(".prj",)))
    assert len(frame) == 0
    assert report.files[0].reasons == {"coordinates_projected": 4}


def test_a_prj_that_lies(tmp_path):
    path = shapefile(tmp_path)
    incidents("EPSG:32642").to_file(tmp_path / "b.shp", engine="pyogrio")
    shutil.copy(tmp_path / "b.prj", path.with_suffix(".prj"))
    frame, report = check(path)
    assert (0, "crs_contradicted") in found(report)
    assert np.allclose(frame.geometry.x, LON)


def test_polar_stereographic_over_degrees(tmp_path):
    """As in a published VRT over UCDP's columns of degrees."""
    path = shapefile(tmp_path)
    stereographic = "+proj=stere +lat_0=90 +lat_ts=71 +lon_0=-39 +units=m"
    incidents().to_crs(stereographic).to_file(tmp_path / "b.shp", engine="pyogrio")
    shutil.copy(tmp_path / "b.prj", path.with_suffix(".prj"))
    frame, report = check(path)
    assert (0, "crs_contradicted") in found(report)
    assert np.allclose(frame.geometry.y, LAT)


def test_windows_arabic_without_cpg(tmp_path):
    path = tmp_path / "a.shp"
    places = ["طورخم", "چمن", "گرديز", "غلام خان"]
    frame = incidents().assign(place=places)
    frame.to_file(path, engine="pyogrio", encoding="cp1256")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    frame, report = check(path)
    assert frame["place"].tolist()[0] == "طورخم"
    assert (0, "encoding_guessed") in found(report)


def test_names_cut_to_ten_characters_are_still_known(tmp_path):
    frame = incidents().rename(columns={"place": "where_coor"})
    frame, report = check(shapefile(tmp_path, frame.assign(unknown_na="x")))
    assert frame["place"].tolist() == PLACES
    (note,) = [fault.message for fault in report.faults if fault.reason == "names_cut"]
    assert note.endswith("unknown_na")


def test_text_that_fills_a_dbase_cell(tmp_path):
    long = ["x" * 254, "y" * 253, "z", "پ" * 127]
    frame, report = check(shapefile(tmp_path, incidents(source_art=long)))
    assert {row for row, reason in found(report) if reason == "text_cut_off"} == {1, 4}
    assert frame["source_art"].tolist()[0] == long[0]


@pytest.mark.parametrize("without", [(), (".shx",)])
def test_a_shapefile_cut_off(tmp_path, without):
    path = shapefile(tmp_path, without=without)
    path.write_bytes(path.read_bytes()[:-40])
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES[:2]
    assert found(report) == {(3, "geometry_invalid"), (4, "geometry_invalid")}
    assert report.rejected["place"].tolist() == PLACES[2:]


def test_no_dbf(tmp_path):
    frame, report = check(shapefile(tmp_path, without=(".dbf",)))
    assert len(frame) == 4
    assert (0, "sidecar_missing") in found(report)


@pytest.mark.parametrize("suffix", [".dbf", ".shx", ".prj", ".cpg"])
def test_a_part_of_a_shapefile_is_named_as_such(tmp_path, suffix):
    path = shapefile(tmp_path).with_suffix(suffix)
    with pytest.raises(InputError, match=r"is a part of a shapefile .*; give the \.shp"):
        records.read(path)


def test_only_a_shapefile_s_own_sidecars_are_read(tmp_path):
    path = shapefile(tmp_path)
    for name in ("a.shp.xml", "a.qix", "a.sbn", "ab.dbf"):
        (tmp_path / name).write_bytes(b"\xff" * 100)
    assert len(check(path)[0]) == 4
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    check(path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


# Partly broken


def test_a_flatgeobuf_cut_off_keeps_its_good_features(tmp_path):
    path = written(incidents(), tmp_path / "a.fgb")
    path.write_bytes(path.read_bytes()[:-60])
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES[:3]
    assert found(report) == {(0, "partly_broken"), (4, "feature_broken")}


def edited(path, *statements):
    """A GeoPackage changed by SQLite alone, its triggers gone."""
    base = sqlite3.connect(path)
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()
    return path


def test_a_broken_geometry_and_a_broken_text_in_a_geopackage(tmp_path):
    path = edited(
        written(incidents(), tmp_path / "a.gpkg"),
        "UPDATE a SET geom = x'4750' WHERE fid = 2",
        "UPDATE a SET place = CAST(x'ff61' AS TEXT) WHERE fid = 3",
    )
    frame, report = check(path)
    assert found(report) == {(2, "geometry_invalid"), (3, "undecodable_bytes")}
    assert frame["place"].tolist() == ["Torkham", "�a", "Ghulam Khan"]
    assert report.rejected["place"].tolist() == ["Chaman"]


def test_a_broken_geometry_in_geoparquet(tmp_path):
    table = pq.read_table(written(incidents(), tmp_path / "a.parquet"))
    shapes = table["geometry"].to_pylist()
    shapes[1] = b"\x01\x01"
    at = table.column_names.index("geometry")
    pq.write_table(table.set_column(at, "geometry", pa.array(shapes)), tmp_path / "b.parquet")
    frame, report = check(tmp_path / "b.parquet")
    assert found(report) == {(2, "geometry_invalid")}
    assert len(frame) == 3


ANY_SHAPE = [
    *(shapely.Point(71.09, 34.12), shapely.Point(66.45, 30.92), shapely.Point(-70.0, 95.0)),
    *(shapely.Point(), shapely.Point(71, 34, 900), shapely.Point(71, 34, 0)),
    shapely.box(1, 1, 2, 2),
    *(shapely.MultiPoint([(70, 33)]), shapely.MultiPoint([(70, 33), (71, 34)]), None),
]
ANY_WKB = [
    *(None if shape is None else shapely.to_wkb(shape) for shape in ANY_SHAPE),
    *(b"", b"\x01\x01", shapely.to_wkb(ANY_SHAPE[0], byte_order=0)),
    *(struct.pack("<BI2d", 1, 1, x, y) for x, y in ((math.inf, 34), (71, math.nan), (71, 1e308))),
]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(ANY_WKB), max_size=24),
    st.sampled_from(("EPSG:4326", "EPSG:32642", "EPSG:4322", None)),
)
def test_points_of_geoparquet_read_at_once_are_those_read_one_by_one(tmp_path_factory, wkb, crs):
    """In batches of four, of which some are nothing but points and others are not."""
    path = tmp_path_factory.mktemp("points") / "a.parquet"
    shapes = [ANY_WKB[0], *wkb]
    latitude = [34.12, *(float(at % 2) for at in range(len(wkb)))]
    table = pa.table({"latitude": latitude, "geometry": pa.array(shapes, pa.binary())})
    said = None if crs is None else CRS(crs).to_json_dict()
    column = {"encoding": "WKB", "geometry_types": [], "crs": said}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bordermap.records.parquet._BATCH", 4)
        quick = answer_to(path)
        patched.setattr("bordermap.records.parquet.plain_points", lambda column: None)
        assert answer_to(path) == quick


def answer_to(path):
    """All that is said of a file, to be compared."""
    try:
        frame, report = check(path)
    except InputError as error:
        return str(error)
    shapes = shapely.to_wkt(frame.geometry.to_numpy()).tolist()
    texts = pd.DataFrame(frame.drop(columns="geometry")).to_csv()
    return shapes, texts, report.files, report.faults, report.rejected.to_csv()


def test_parquet_whose_metadata_lies_is_read_or_refused(tmp_path):
    """Asked for the columns of some of these, pyarrow would end the process."""
    path = tmp_path / "a.parquet"
    table = pa.table({"date": ["2016-06-12"], "latitude": [34.0]})
    pq.write_table(table, path, store_schema=False)
    content = path.read_bytes()
    assert len(check(path)[0]) == 1
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for at in range(start, len(content) - 8):
        path.write_bytes(content[:at] + bytes([content[at] ^ 2]) + content[at + 1 :])
        with contextlib.suppress(BordermapError):
            check(path)


def test_a_cell_too_long_is_one_row(tmp_path):
    frame = incidents(note=["x" * 100_001, "b", "c", "d"])
    for suffix in (".gpkg", ".parquet"):
        frame_read, report = check(written(frame, tmp_path / f"a{suffix}"))
        assert found(report) == {(1, "cell_too_long")}
        assert frame_read["source_row"].tolist() == [2, 3, 4]


def test_a_line_that_is_no_json_is_one_row(tmp_path):
    path = written(incidents(), tmp_path / "a.geojsonl")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], '{"type": "Feature", "prop', "", *lines[1:]]))
    frame, report = check(path)
    assert len(frame) == 4
    assert found(report) == {(2, "not_a_feature")}
    assert report.rejected["raw_record"].tolist() == ['{"type": "Feature", "prop']


def test_a_text_sequence_may_have_many_lines_and_odd_ones_in_its_texts(tmp_path):
    path = tmp_path / "a.geojsons"
    features = json.loads(incidents(note=["a\u2028b"] * 4).to_json())["features"]
    parts = [json.dumps(one, indent=1, ensure_ascii=False) for one in features]
    path.write_text("".join(f"\x1e{part}\n" for part in parts), encoding="utf-8")
    frame, _ = check(path)
    assert frame["note"].tolist() == ["a\u2028b"] * 4


# Zipped


def test_every_shapefile_in_an_archive_is_seen(tmp_path):
    areas = incidents()
    areas["geometry"] = areas.geometry.to_crs(32642).buffer(9).to_crs(4326)
    areas.to_file(tmp_path / "areas.shp", engine="pyogrio")
    incidents().to_file(tmp_path / "points.shp", engine="pyogrio")
    path = zipped(tmp_path / "a.zip", *tmp_path.glob("*.[sdcp]*"))
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES
    assert (0, "layers_not_read") in found(report)
    with pytest.raises(InputError, match="holds no points"):
        records.read(f"{path}:areas")


@pytest.mark.parametrize("name", ["../a.shp", "/a.shp", "x/../../a.shp", "..\\a.shp", "C:\\a.shp"])
def test_an_archive_that_leads_out_of_its_folder(tmp_path, name):
    shape = shapefile(tmp_path)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(shape, "a.shp")
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(InputError, match="names a file outside its folder"):
        records.read(path)


def test_links_and_archives_in_an_archive_are_not_followed(tmp_path):
    path = written(incidents(), tmp_path / "a.zip")
    link = zipfile.ZipInfo("layers/b.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("layers/inner.zip", b"PK\x03\x04")
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES
    assert found(report) == {(0, "links_not_followed"), (0, "archives_not_opened")}


def test_an_archive_that_unpacks_to_too_much(tmp_path):
    shape = shapefile(tmp_path)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(shape, "a.shp")
        with archive.open(zipfile.ZipInfo("a.dbf"), "w", force_zip64=True) as stream:
            pass
        info = zipfile.ZipInfo("b.dbf")
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as stream:
            for _ in range(101):
                stream.write(bytes(2**20))
    with pytest.raises(InputError, match=r"unpacks to more than 200 times its size; unpack"):
        records.read(path)


def test_an_archive_of_too_many_files(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.shp", b"")
    with pytest.raises(InputError, match="holds 10,001 files, more than 10,000"):
        records.read(path)


def test_a_broken_archive(tmp_path):
    path = written(incidents(), tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="is a broken archive"):
        records.read(path)


def test_a_member_that_was_tampered_with(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(shapefile(tmp_path), "a.shp")
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match="is a broken archive"):
        records.read(path)


# GeoPackages that are programs


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            (
                "ALTER TABLE gpkg_contents RENAME TO c",
                "CREATE VIEW gpkg_contents AS SELECT * FROM c",
            ),
            "its catalogue gpkg_contents is no plain table",
        ),
        (
            ("ALTER TABLE a RENAME TO b", "CREATE VIEW a AS SELECT * FROM b"),
            "holds no layer that is a plain table",
        ),
        (
            (
                "ALTER TABLE a RENAME TO b",
                "CREATE TABLE a (fid INTEGER PRIMARY KEY, geom BLOB, "
                "big BLOB AS (zeroblob(1000000000)))",
            ),
            "holds no layer that is a plain table",
        ),
        (("DROP TABLE gpkg_contents",), "is a database but no GeoPackage"),
    ],
)
def test_a_geopackage_that_is_a_program(tmp_path, statements, message):
    path = edited(written(incidents(), tmp_path / "a.gpkg"), *statements)
    with pytest.raises(InputError, match=message):
        records.read(path)


def test_a_catalogue_that_names_a_column_that_is_not_there(tmp_path):
    path = written(incidents(), tmp_path / "a.gpkg")
    edited(path, "UPDATE gpkg_geometry_columns SET column_name = '7'")
    with pytest.raises(InputError, match="is broken or cut off"):
        records.read(path)


def test_a_broken_catalogue_whose_names_are_no_utf8(tmp_path):
    """SQLite repeats such a name in its complaint, which Python then cannot decode."""
    path = written(incidents(), tmp_path / "a.gpkg")
    content = path.read_bytes()
    # Older GDAL writes a file in which it stands twice.
    assert b"CREATE TABLE gpkg_contents (" in content
    path.write_bytes(
        content.replace(b"CREATE TABLE gpkg_contents (", b"CREATE TABLE gpkg_\xf9ontents ;")
    )
    with pytest.raises(InputError, match="is broken or cut off"):
        records.read(path)


@pytest.mark.parametrize("suffix", [".zip", ".kmz", ".xlsx"])
def test_a_nameless_file_in_an_archive(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(
        xlsx() if suffix == ".xlsx" else packed({"doc.kml": f"{HEAD}{MARK}</Document></kml>"})
    )
    rows = len(records.read(path).frame)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(""), "x")
    assert len(records.read(path).frame) == rows > 0


def test_a_prj_in_a_code_page(tmp_path):
    path = written(incidents("EPSG:32642"), tmp_path / "a.shp")
    prj = path.with_suffix(".prj")
    said = prj.read_bytes().replace(b"Greenwich", "Méridien".encode("cp1252"))
    prj.write_bytes(said)
    frame, _ = check(path)
    assert np.allclose(frame.geometry.x, LON)
    assert prj.read_bytes() == said


def test_a_system_of_another_planet(tmp_path):
    frame = incidents().set_crs("IAU_2015:49910", allow_override=True)
    frame["geometry"] = [shapely.Point(n * 1e5, 1e5) for n in range(4)]
    with pytest.raises(
        InputError, match=r"Mars.*cannot be converted to WGS 84; export the layer in"
    ):
        records.read(written(frame, tmp_path / "a.fgb"))
    frame["geometry"] = frame.buffer(1e4)
    frame["name"] = list("abcd")
    with pytest.raises(LayerError, match=r"Mars.*cannot be converted to WGS 84; export it in"):
        read_polygons(written(frame, tmp_path / "b.fgb"))


def test_triggers_are_never_run_and_nothing_is_written(tmp_path):
    path = edited(
        written(incidents(), tmp_path / "a.gpkg"),
        "CREATE TRIGGER t AFTER INSERT ON gpkg_contents BEGIN DELETE FROM a; END",
    )
    before = path.read_bytes()
    assert len(check(path)[0]) == 4
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_geopackage_that_another_program_has_open(tmp_path):
    path = written(incidents(), tmp_path / "a.gpkg")
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = wal")
    base.execute("CREATE TABLE more (x)")
    base.commit()
    frame, report = check(path)
    base.close()
    assert len(frame) == 4
    assert (0, "unsaved_changes") in found(report)


# KML

HEAD = "<kml xmlns='http://www.opengis.net/kml/2.2'><Document>"
MARK = "<Placemark><name>a</name><Point><coordinates>71.09,34.12</coordinates></Point></Placemark>"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE kml [<!ENTITY a 'b'>]>" + HEAD + "&a;</Document></kml>", "document type"),
        (
            "<!DOCTYPE kml SYSTEM 'file:///etc/passwd'>" + HEAD + "</Document></kml>",
            "document type",
        ),
        (HEAD + MARK, "is cut off"),
        (HEAD + "<Placemark></Document></kml>", "is no well-formed XML"),
        (HEAD + "<Folder>" * 300, "is nested deeper than 200"),
        ("<?xml version='1.0' encoding='no-such'?>" + HEAD, "is no well-formed XML"),
        (HEAD + "&lol;</Document></kml>", "is no well-formed XML"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_hostile_and_broken_kml(tmp_path, text, message, encoding):
    path = tmp_path / "a.kml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match=message):
        records.read(path)


def test_a_billion_laughs(tmp_path):
    entities = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))
    path = tmp_path / "a.kml"
    path.write_text(f"<!DOCTYPE kml [<!ENTITY l0 'ha'>{entities}]>{HEAD}&l9;</Document></kml>")
    with pytest.raises(InputError, match="has a document type"):
        records.read(path)


def test_every_placemark_is_a_row(tmp_path):
    marks = [
        MARK,
        "<Placemark><name>b</name><LineString><coordinates>1,2 3,4</coordinates></LineString>"
        "</Placemark>",
        "<Placemark id='p3'><name>c</name></Placemark>",
        "<Placemark><Point><coordinates>71,34,900</coordinates></Point></Placemark>",
        "<Placemark><Point><coordinates>east</coordinates></Point></Placemark>",
        "<Placemark><MultiGeometry><Point><coordinates>71,34</coordinates></Point><Point>"
        "<coordinates>70,34</coordinates></Point></MultiGeometry></Placemark>",
        "<Placemark><TimeSpan><begin>2016-06-12</begin><end>2016-06-14</end></TimeSpan><gx:Track/>"
        "</Placemark>",
        "<Placemark><Point><coordinates/></Point></Placemark>",
    ]
    folder = f"<Folder><name>F</name>{''.join(marks)}</Folder>"
    link = "<NetworkLink><Link><href>http://example.org/a.kml</href></Link></NetworkLink>"
    path = tmp_path / "a.kml"
    path.write_text(
        f"<kml xmlns:gx='g'><Document><name>D</name>{folder}{link}{MARK}</Document></kml>"
    )
    frame, report = check(path)
    assert found(report) == {
        (0, "links_not_followed"),
        (2, "geometry_type"),
        (4, "elevation_left_out"),
        (5, "geometry_invalid"),
        (6, "geometry_type"),
        (7, "geometry_type"),
        (8, "geometry_empty"),
    }
    assert frame["folder"].tolist() == ["D / F"] * 4 + ["D"]
    assert frame["name"].fillna("").tolist() == ["a", "c", "", "", "a"]
    assert "p3" in frame["incident_id"].tolist()


def test_kmz(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", kml(incidents()))
        archive.writestr("files/icon.png", b"")
    frame, report = check(path)
    assert frame["place"].tolist() == PLACES
    assert found(report) == set()


# Parquet


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
def test_infinite_values_are_left_out_and_noted(tmp_path, suffix):
    frame = written(incidents(share=[np.inf, 0.5, np.nan, -np.inf]), tmp_path / f"a{suffix}")
    found_, report = check(frame)
    assert found_["share"].isna().tolist() == [True, False, True, True]
    assert {(1, "infinite_value"), (4, "infinite_value")} == found(report)
    assert report.faults[0].message == "share: an infinite value is left out"


def test_parquet_without_geometry_and_in_native_points(tmp_path):
    plain = pd.DataFrame(incidents().drop(columns="geometry")).assign(lat=LAT, lon=LON)
    plain.to_parquet(tmp_path / "plain.parquet")
    incidents().to_parquet(tmp_path / "native.parquet", geometry_encoding="geoarrow")
    for name in ("plain", "native"):
        frame, _ = check(tmp_path / f"{name}.parquet")
        assert frame["place"].tolist() == PLACES
        assert np.allclose(frame.geometry.x, LON)


def test_the_boxes_of_geoparquet_are_no_column(tmp_path):
    path = tmp_path / "a.parquet"
    incidents().to_parquet(path, write_covering_bbox=True)
    assert "bbox" not in check(path)[0].columns


def test_a_parquet_file_cut_off(tmp_path):
    path = written(incidents(), tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="is broken or cut off"):
        records.read(path)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("a.parquet", "pyarrow", "parquet"), ("postgresql://h/d?table=a", "psycopg", "postgis")],
)
def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch, name, module, extra):
    written(incidents(), tmp_path / "a.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"needs {module}; pip install 'bordermap\[{extra}\]'"):
        records.read(name)


# Names and contents


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".shp"])
def test_a_layer_is_known_by_its_content(tmp_path, suffix):
    path = written(incidents(), tmp_path / f"a{suffix}")
    other = path.rename(tmp_path / "a.csv")
    frame, report = check(other)
    assert len(frame) == 4
    assert (0, "suffix_differs") in found(report)


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".shp"])
def test_what_is_no_layer_is_one_line(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_text("date,place\n2016-06-12,Torkham\n")
    with pytest.raises(InputError, match=f"is no {suffix} file"):
        records.read(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        records.read(path)


def test_every_command_takes_a_layer(run, tmp_path):
    path = written(incidents(), tmp_path / "a.gpkg")
    run("locate", path, "-o", "out.geojson")
    assert len(gpd.read_file(tmp_path / "out.geojson")) == 4
    record = json.loads((tmp_path / "out.geojson.run.json").read_text())
    assert record["inputs"][0]["read"] == 4


# Whatever the bytes are


def _whole_files(folder):
    for suffix in (".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".zip"):
        yield suffix, written(incidents(), folder / f"whole{suffix}").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return dict(_whole_files(tmp_path_factory.mktemp("whole")))


_SHARE = st.floats(0, 1, exclude_max=True)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from([".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".zip"]),
    hits=st.lists(st.tuples(_SHARE, st.integers(0, 255)), min_size=1, max_size=6),
    kept=st.floats(0.5, 1),
)
def test_damaged_files_end_in_rows_or_in_one_line(whole, tmp_path, suffix, hits, kept):
    content = bytearray(whole[suffix])
    for share, byte in hits:
        content[int(share * len(content))] = byte
    del content[int(kept * len(content)) + 1 :]
    path = Path(tmp_path) / f"damaged{suffix}"
    path.write_bytes(content)
    message = ""
    try:
        check(path)
    except BordermapError as error:
        message = str(error)
    assert "\n" not in message


def test_a_header_that_promises_too_much(tmp_path):
    """A shapefile's table that claims four thousand million rows."""
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[4:8] = struct.pack("<I", 2**32 - 1)
    table.write_bytes(content)
    frame, _ = check(path)
    assert len(frame) >= 4


def test_a_curve_in_parquet_is_a_row_whose_geometry_cannot_be_read(tmp_path):
    arc = struct.pack("<BII6d", 1, 8, 3, 69, 33, 69.5, 33.5, 70, 33)
    table = pa.table(
        {
            "place": ["Torkham", "Spera"],
            "geometry": [shapely.to_wkb(shapely.Point(71.1, 34.1)), arc],
        }
    )
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB"}},
    }
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "a.parquet")
    _, report = read_incidents(tmp_path / "a.parquet")
    assert (report.files[0].accepted, report.files[0].reasons) == (1, {"geometry_invalid": 1})


@pytest.mark.parametrize("suffix", [one for one in FORMATS if one != ".kml"])
def test_a_feature_that_tells_nothing_says_so(suffix, tmp_path):
    frame = incidents()
    frame["killed"] = 2
    frame.loc[1, ["date", "place", "geometry"]] = None
    frame.loc[2, ["date", "place"]] = None
    path = tmp_path / f"a{suffix}"
    written(frame, path)
    notes = [one for one in read_incidents(path)[1].faults if one.reason == "nothing_told"]
    assert len(notes) == 1
    assert notes[0].row == 2


def test_polygons_with_numbers_beyond_the_largest_are_refused_without_a_warning(tmp_path):
    ring = f"[[70, 33], [{'9' * 320}, 33], [71, 34], [70, 33]]"
    shape = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
    feature = f'{{"type": "Feature", "properties": {{"name": "a"}}, "geometry": {shape}}}'
    path = tmp_path / "a.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}', encoding="utf-8")
    with pytest.raises(BordermapError):
        read_polygons(path)
