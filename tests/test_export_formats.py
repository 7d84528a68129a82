"""Every format read back by the field's own readers: what it keeps, what it loses and says so."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import python_calamine
import shapely
from conftest import ordinary_user
from geojson_pydantic import FeatureCollection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bordermap import ask, build, export, read_incidents
from bordermap.errors import OutputError
from bordermap.export import FORMATS, check_output, export_layers
from bordermap.export.content import distinct
from bordermap.layers import load_layer
from bordermap.schema import COLUMNS, columns_of
from bordermap.symbols import EVENT_STYLES

SUFFIXES = tuple(FORMATS)
KML = "{http://www.opengis.net/kml/2.2}"
LONG = "سپین بولدک, a text that no dBASE cell can hold " * 12

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from('"\n,;=&<\\'),
    max_size=40,
)
COLUMN_VALUES = {
    "text": TEXTS
    | st.sampled_from(["=1+1", "سپین بولدک", "a\tb", "\\N", "'x", "</b>", "NA", LONG]),
    "whole": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9),
    "number": st.floats(allow_nan=False, allow_infinity=False, width=64),
    "flag": st.booleans(),
    # Before pandas 3 other days are read back as texts: they do not fit in its nanoseconds.
    "day": st.dates(date(1700, 1, 1), date(2200, 1, 1)).map(np.datetime64),
    "moment": st.integers(-8_500_000_000_000, 7_200_000_000_000).map(
        lambda at: np.datetime64(at, "ms")
    ),
}
DTYPES = {
    "text": "string",
    "whole": "Int64",
    "number": "float64",
    "flag": "boolean",
    "day": "datetime64[s]",
    "moment": "datetime64[ms]",
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | cells for name, cells in COLUMN_VALUES.items()}),
    min_size=1,
    max_size=5,
)
OFTEN = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def frame_of(rows, placed=None):
    table = pd.DataFrame({"incident_id": pd.array([f"R{n}" for n in range(len(rows))], "string")})
    for name, dtype in DTYPES.items():
        table[name] = pd.Series([row.get(name) for row in rows], dtype=object).astype(dtype)
    places = [shapely.Point(60 + n / 7, 30 + n / 3) for n in range(len(rows))]
    shapes = [p if placed is None or placed[n] else None for n, p in enumerate(places)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def cells(values, empty=True):
    """Cells to compare: nothing known as None, dates as NumPy has them."""
    found = []
    for value in values:
        if pd.isna(value) or (not empty and value == ""):
            found.append(None)
        else:
            moment = isinstance(value, np.datetime64) or hasattr(value, "isoformat")
            found.append(np.datetime64(value, "ms") if moment else value)
    return found


def same(back, frame, names=tuple(DTYPES), empty=True):
    for name in names:
        assert cells(back[name], empty) == cells(frame[name], empty), name


@pytest.fixture(scope="module")
def sample(sample_path):
    frame, _ = build(sample_path)
    return frame


# what comes back


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_geopackage_keeps_everything(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    assert export(frame, tmp_path / "a.gpkg") == ()
    back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="incidents")
    same(back, frame)
    assert back.geometry.isna().tolist() == frame.geometry.isna().tolist()
    assert back.geometry.dropna().tolist() == frame.geometry.dropna().tolist()
    moments = frame["moment"].dropna()
    unit = "ms" if (moments != moments.dt.normalize()).any() else "D"
    dtypes = pyogrio.read_info(tmp_path / "a.gpkg", layer="incidents")["dtypes"].tolist()
    assert dtypes[2:] == ["int64", "float64", "bool", "datetime64[D]", f"datetime64[{unit}]"]


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_geoparquet_keeps_everything(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    assert export(frame, tmp_path / "a.parquet") == ()
    back = gpd.read_parquet(tmp_path / "a.parquet").sort_values("incident_id", ignore_index=True)
    same(back, frame)
    assert back.geometry.isna().tolist() == frame.geometry.isna().tolist()
    dtypes = back.dtypes.astype(str)
    assert dtypes[["whole", "flag", "number"]].tolist() == ["Int64", "boolean", "float64"]


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_flatgeobuf_keeps_everything_but_the_order(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    notes = export(frame, tmp_path / "a.fgb")
    back = pyogrio.read_dataframe(tmp_path / "a.fgb").sort_values("incident_id", ignore_index=True)
    same(back, frame)
    gone = int(frame.geometry.isna().sum())
    info = pyogrio.read_info(tmp_path / "a.fgb")
    assert info["capabilities"]["fast_spatial_filter"] == (gone == 0)
    assert any("without a spatial index" in note for note in notes) == (gone > 0)
    assert any("midnight" in note for note in notes)


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_geojson_keeps_everything(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    assert export(frame, tmp_path / "a.geojson") == export(frame, tmp_path / "a.ndjson") == ()
    whole = json.loads((tmp_path / "a.geojson").read_text("utf-8"))
    FeatureCollection.model_validate(whole)
    lines = (tmp_path / "a.ndjson").read_text("utf-8").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == whole["features"]
    back = pd.DataFrame([one["properties"] for one in whole["features"]], dtype=object)
    same(back, frame, ("text", "whole", "number", "flag"))
    for name in ("day", "moment"):
        known = [one if one is None else np.datetime64(one, "ms") for one in back[name]]
        assert known == cells(frame[name])


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_xlsx_keeps_types_and_has_no_formula(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    notes = " ".join(export(frame, tmp_path / "a.xlsx"))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet
    head, *body = (
        python_calamine.CalamineWorkbook.from_path(tmp_path / "a.xlsx")
        .get_sheet_by_index(0)
        .to_python()
    )
    back = pd.DataFrame(body, columns=head, dtype=object).replace("", None)
    large = frame["whole"].abs().gt(2**53).any() or frame["whole"].eq(-(2**63)).any()
    assert ("as text" in notes and "whole" in notes) == bool(large) or "day" in notes
    if large:
        assert [None if v is None else int(v) for v in back["whole"]] == cells(frame["whole"])
    else:
        same(back, frame, ("whole",))
    same(back, frame, ("text", "flag"), empty=False)
    known = frame["number"].to_numpy()
    assert np.allclose(back["number"].astype("float64"), known, rtol=1e-15, atol=0, equal_nan=True)
    for name in ("day", "moment"):
        known = [None if one is None else np.datetime64(str(one), "ms") for one in back[name]]
        assert known == cells(frame[name])


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_shapefile_loses_only_what_it_says(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    notes = " ".join(export(frame, tmp_path / "a.shp"))
    assert (tmp_path / "a.cpg").read_text() == "UTF-8"
    fields = pd.read_csv(tmp_path / "a.shp.fields.csv", dtype=str)
    assert fields["column"].tolist() == ["incident_id", *DTYPES]
    back = pyogrio.read_dataframe(tmp_path / "a.shp")
    back.columns = [*fields["column"], "geometry"]
    assert back.geometry.isna().tolist() == frame.geometry.isna().tolist()
    texts = [None if text is None else text.rstrip(" ") for text in cells(frame["text"])]
    long = [text for text in texts if text and len(text.encode()) > 254]
    assert [t for t in cells(back["text"]) if t != LONG.encode()[:254].decode(errors="ignore")] == [
        text or None for text in texts if text not in long
    ]
    kept = tmp_path / "a.shp.texts.csv"
    assert kept.exists() == bool(long)
    if long:
        assert pd.read_csv(kept, keep_default_na=False)["text"].str.rstrip(" ").tolist() == long
        assert f"{len(long)} texts longer than 254 bytes" in notes
    for name in ("whole", "number"):
        if f"as text: {name}" in notes or f", {name}" in notes:
            assert [v if v is None else float(v) for v in cells(back[name])] == [
                v if v is None else float(v) for v in cells(frame[name])
            ]
        else:
            known = frame[name].astype("float64").to_numpy()
            assert np.allclose(back[name].astype("float64"), known, atol=1e-15, equal_nan=True)
    assert cells(back["day"]) == cells(frame["day"])


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_csv_keeps_every_value_as_text(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    export(frame, tmp_path / "a.csv")
    back = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False, na_values=[""])
    texts = [
        None if v is None else re.sub(r"^'(?='*[=+\-@\t\r])", "", v) for v in cells(back["text"])
    ]
    assert texts == cells(frame["text"], empty=False)
    assert [None if v is None else int(v) for v in cells(back["whole"])] == cells(frame["whole"])
    assert [None if v is None else float(v) for v in cells(back["number"])] == cells(
        frame["number"]
    )
    for name in ("day", "moment"):
        known = [None if v is None else np.datetime64(v, "ms") for v in cells(back[name])]
        assert known == cells(frame[name])


@OFTEN
@given(rows=ROWS, placed=st.lists(st.booleans(), min_size=5, max_size=5))
def test_kml_keeps_every_value_and_escapes_them(tmp_path, rows, placed):
    frame = frame_of(rows, placed)
    export(frame, tmp_path / "a.kml")
    root = ET.parse(tmp_path / "a.kml").getroot()
    marks = root.findall(f".//{KML}Placemark")
    assert len(marks) == len(frame)
    for mark, row in zip(marks, frame.to_dict("records"), strict=True):
        data = {one.get("name"): one.text or "" for one in mark.iter(f"{KML}SimpleData")}
        assert ("text" in data) == (not pd.isna(row["text"]))
        if "text" in data:
            assert data["text"] == row["text"]
        if not pd.isna(row["whole"]):
            assert int(data["whole"]) == row["whole"]
        if not pd.isna(row["number"]):
            assert float(data["number"]) == row["number"]
        assert (mark.find(f"{KML}Point") is None) == (row["geometry"] is None)


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".fgb"])
def test_what_was_written_can_be_asked(sample, tmp_path, suffix):
    export(sample, tmp_path / f"a{suffix}")
    back = ask(tmp_path / f"a{suffix}").set_index("incident_id").loc[sample["incident_id"]]
    back = back.reset_index()
    for column in COLUMNS:
        if column.name != "geometry":
            assert back[column.name].dtype == sample[column.name].dtype, column.name
            assert back[column.name].equals(sample[column.name].reset_index(drop=True)), column.name
    assert ask(tmp_path / f"a{suffix}", within="10km", side="AF").shape[0] > 0


@pytest.mark.parametrize(
    "suffix", [".geojson", ".csv", ".gpkg", ".parquet", ".fgb", ".kml", ".xlsx", ".shp"]
)
def test_what_was_written_is_read_again(sample, tmp_path, suffix):
    export(sample, tmp_path / f"a{suffix}")
    again, report = read_incidents(tmp_path / f"a{suffix}")
    assert (len(again), report.rejected_count) == (len(sample), 0)
    assert report.files[0].recipe == "bordermap"
    again = again.set_index("incident_id").loc[sample["incident_id"]]
    for name in (one.name for one in columns_of("reported") if one.name in again):
        if name not in ("source_file", "source_row", "record_note", "summary", "place"):
            known = sample[name].reset_index(drop=True)
            assert again[name].reset_index(drop=True).equals(known.astype(again[name].dtype)), name


# each format by its own rules


def test_geoparquet_is_laid_out_to_be_asked(sample, tmp_path):
    export(sample, tmp_path / "a.parquet")
    meta = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"geo"])
    column = meta["columns"][meta["primary_column"]]
    assert (meta["version"], column["encoding"], column["geometry_types"]) == (
        "1.1.0",
        "WKB",
        ["Point"],
    )
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    back = gpd.read_parquet(tmp_path / "a.parquet")
    assert back.geometry.hilbert_distance().is_monotonic_increasing


def test_geopackage_has_its_layers_papers_and_index(sample, tmp_path):
    layers = [load_layer(name) for name in ("line", "provinces", "crossings")]
    export(sample, tmp_path / "a.gpkg", layers=layers)
    found = dict(pyogrio.list_layers(tmp_path / "a.gpkg").tolist())
    assert found == {
        **{"incidents": "Point", "line": "LineString"},
        **{"provinces": "MultiPolygon", "crossings": "Point", "layer_styles": None},
    }
    info = pyogrio.read_info(tmp_path / "a.gpkg", layer="provinces")
    assert info["layer_metadata"]["LICENCE"] == load_layer("provinces").licence
    assert info["capabilities"]["fast_spatial_filter"]
    provinces = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="provinces")
    assert provinces["name_ps"].tolist() == load_layer("provinces").frame["name_ps"].tolist()
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        dates = {date for (date,) in database.execute("SELECT last_change FROM gpkg_contents")}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert dates == {"1980-01-01T00:00:00.000Z"}


def test_the_date_is_that_of_the_environment(sample, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    export(sample, tmp_path / "a.gpkg")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        (date,) = database.execute("SELECT last_change FROM gpkg_contents").fetchone()
    assert date == "2023-11-14T22:13:20.000Z"
    export(sample, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b"2023-11-14T22:13:20Z" in book.read("docProps/core.xml")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(OutputError, match="SOURCE_DATE_EPOCH: 'soon' is no number"):
        export(sample, tmp_path / "a.gpkg")


@pytest.mark.parametrize("name", ["bare_line_ends.csv", "utf16_line_ends.csv"])
def test_line_ends_in_cells_come_back_from_csv(run, tmp_path, name):
    path = Path(__file__).parent / "data" / "bad_input" / name
    run("locate", path, "-o", "out.csv")
    first, again = (read_incidents(one)[0] for one in (path, tmp_path / "out.csv"))
    assert again["summary"].tolist() == first["summary"].tolist()


def test_kml_is_styled_and_dated(sample, tmp_path):
    export(sample, tmp_path / "a.kml", layers=[load_layer("line")])
    root = ET.parse(tmp_path / "a.kml").getroot()
    colours = {
        style.get("id"): style.find(f"{KML}IconStyle/{KML}color").text
        for style in root.iter(f"{KML}Style")
    }
    for name, style in EVENT_STYLES.items():
        blue, green, red = colours[name][2:4], colours[name][4:6], colours[name][6:8]
        assert f"#{red}{green}{blue}" == style.colour
    marks = root.findall(f".//{KML}Folder")[0].findall(f"{KML}Placemark")
    used = Counter(mark.find(f"{KML}styleUrl").text[1:] for mark in marks)
    assert used == Counter(sample["event_type"])
    days = [mark.find(f".//{KML}when") for mark in marks]
    assert sum(day is not None for day in days) > 0
    assert pyogrio.list_layers(tmp_path / "a.kml")[:, 0].tolist() == ["incidents", "line"]
    hostile = sample.iloc[:1].assign(summary="</description><script>alert(1)</script>")
    export(hostile, tmp_path / "b.kml")
    mark = ET.parse(tmp_path / "b.kml").getroot().find(f".//{KML}description")
    assert mark.text.startswith("&lt;/description&gt;&lt;script&gt;")


def test_a_geojson_outline_goes_by_the_right_hand(tmp_path):
    ring = shapely.Polygon([(60, 30), (60, 31), (61, 31), (61, 30)])
    export(gpd.GeoDataFrame({"a": [1]}, geometry=[ring], crs=4326), tmp_path / "a.geojson")
    written = json.loads((tmp_path / "a.geojson").read_text())["features"][0]["geometry"]
    assert shapely.LinearRing(written["coordinates"][0]).is_ccw


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_frame_gives_the_same_bytes(sample, tmp_path, suffix):
    written = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        export(sample.copy(), tmp_path / folder / f"a{suffix}")
        written.append({p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()})
    assert written[0] == written[1]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_frame_without_rows_or_without_places_is_written(sample, tmp_path, suffix):
    export(sample.iloc[:0], tmp_path / f"a{suffix}")
    nowhere = sample.iloc[:3].assign(geometry=gpd.GeoSeries([None] * 3, crs=4326))
    export(nowhere, tmp_path / f"b{suffix}")
    if suffix not in (".csv", ".xlsx", ".parquet", ".kml", ".ndjson"):
        layer = "incidents" if suffix == ".gpkg" else None
        path = tmp_path / f"b{suffix}"
        found = pyogrio.read_info(path, layer=layer, force_feature_count=True)
        assert found["features"] == 3


# bad input


ODD = ("fid", "FID", "geom", "ogc_fid", "bbox", "select", "n" * 300, "n" * 300 + "m", "lon", "xmin")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_odd_and_equal_column_names_lose_no_cell(tmp_path, suffix):
    names = [*ODD, "twice", "twice", 'name, with "quotes"', "د ځای نوم"]
    table = pd.DataFrame([[f"cell {at}" for at in range(len(names))]], dtype="string")
    table.columns = names
    frame = gpd.GeoDataFrame(table, geometry=[shapely.Point(70, 33)], crs=4326)
    notes = export(frame, tmp_path / f"a{suffix}")
    assert any("twice_2" in note for note in notes)
    path = tmp_path / f"a{suffix}"
    if suffix == ".xlsx":
        book = python_calamine.CalamineWorkbook.from_path(path)
        found = book.get_sheet_by_index(0).to_python()[1]
    elif suffix == ".parquet":
        found = gpd.read_parquet(path).iloc[0].tolist()
    elif suffix == ".csv":
        found = pd.read_csv(path).iloc[0].tolist()
    else:
        layer = "incidents" if suffix == ".gpkg" else None
        found = pyogrio.read_dataframe(path, layer=layer).iloc[0].tolist()
    assert {f"cell {at}" for at in range(len(names))} <= set(found)
    assert all("\n" not in note for note in notes)


@given(names=st.lists(st.text(max_size=30), max_size=8), longest=st.integers(10, 20))
def test_names_differ_whatever_they_were(names, longest):
    found, notes = distinct(names, longest=longest, reserved=["fid"])
    assert len({one.casefold() for one in found} | {"fid"}) == len(found) + 1
    assert all(len(one.encode()) <= longest for one in found)
    assert len(notes) == sum(new != old for new, old in zip(found, names, strict=True))


def test_lists_and_objects_and_large_numbers_are_kept_as_json_or_text(tmp_path):
    frame = frame_of([{}, {}])
    frame["list"] = [["a", 1], None]
    frame["huge"] = [2**70, 1]
    export(frame, tmp_path / "a.gpkg")
    back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="incidents")
    assert back["list"].tolist()[0] == '["a",1]'
    assert back["huge"].tolist() == [str(2**70), "1"]
    export(frame, tmp_path / "a.geojson")
    data = json.loads((tmp_path / "a.geojson").read_text())
    assert data["features"][0]["properties"]["list"] == ["a", 1]


AS_TEXT = "types that the format does not have are text"
MS, US = "times are cut to milliseconds", "times are cut to microseconds"
HAS_NONE = {one: "" for one in SUFFIXES if "json" in one or one == ".csv"}
JSON = dict.fromkeys((".geojson", ".ndjson", ".geojsonl"), "infinite numbers become null")
DBASE, SHEET = "dBASE has no such numbers or times", "a sheet has no such numbers or days"
LOSSES = {
    "list": ([["a", 1], None], dict.fromkeys(SUFFIXES, AS_TEXT) | HAS_NONE),
    "over 64 bits": ([2**70, 1], dict.fromkeys(SUFFIXES, AS_TEXT) | HAS_NONE),
    "64 bits": ([2**60 + 1, 1], {".shp": DBASE, ".xlsx": SHEET}),
    "zone": (
        pd.to_datetime(["2016-01-02 03:04+04:30", None]),
        dict.fromkeys(SUFFIXES, AS_TEXT) | HAS_NONE,
    ),
    "day": (pd.to_datetime(["2016-01-02", None]), {".fgb": "dates are times at midnight"}),
    "early day": (
        np.array(["0001-01-01", "NaT"], "datetime64[s]"),
        {".fgb": "dates are times at midnight", ".xlsx": SHEET},
    ),
    "microseconds": (
        np.array(["2016-01-02T03:04:05.123456", "NaT"], "datetime64[us]"),
        {".gpkg": MS, ".fgb": MS, ".shp": DBASE, ".xlsx": SHEET},
    ),
    "nanoseconds": (
        np.array(["2016-01-02T03:04:05.123456789", "NaT"], "datetime64[ns]"),
        dict.fromkeys(SUFFIXES, US) | {".gpkg": MS, ".fgb": MS, ".parquet": ""},
    ),
    "infinite": ([np.inf, 1.5], JSON | {".shp": DBASE, ".xlsx": SHEET}),
    "17 digits": ([0.12345678901234568, 1.5], {".shp": "15 decimals", ".xlsx": "16 digits"}),
    "15 decimals": ([71.09123456789012, 1.5], {}),
    "large": ([12345678901.25, 1.5], {".shp": DBASE}),
    "tiny": ([1e-17, 1.5], {".shp": "numbers are rounded to 15 decimals"}),
    "long text": (["x" * 300, None], {".shp": "1 texts longer than 254 bytes are cut"}),
    "empty text": (
        ["", None],
        dict.fromkeys((".shp", ".csv", ".xlsx"), "come back as nothing known"),
    ),
    "zero": (["a\0b", "c"], dict.fromkeys((".gpkg", ".fgb", ".shp", ".kml"), "left out")),
    "control": (["a\x01b", "c"], {".kml": "characters that XML cannot hold"}),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_of_the_table_is_told_and_nothing_else(tmp_path, suffix, name):
    cells, losses = LOSSES[name]
    places = shapely.points([70, 71], [33, 34])
    frame = gpd.GeoDataFrame({"a": cells}, geometry=places, crs=4326)
    told = export(frame, tmp_path / f"a{suffix}")
    wanted = losses.get(suffix, "")
    assert any(wanted in note for note in told) if wanted else not told


def test_the_character_zero_is_told(tmp_path):
    frame = frame_of([{"text": "a\0b"}])
    assert export(frame, tmp_path / "a.gpkg") == (
        "1 texts held the character 0, which is left out",
    )
    back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="incidents")
    assert back["text"].tolist() == ["ab"]


def test_a_sheet_keeps_texts_that_fit_no_cell_beside_it(tmp_path):
    frame = frame_of([{"text": "ش" * 40_000}, {"text": "short"}])
    notes = export(frame, tmp_path / "a.xlsx")
    assert notes == ("1 texts longer than 32767 characters are cut; whole in a.xlsx.texts.csv",)
    kept = pd.read_csv(tmp_path / "a.xlsx.texts.csv")
    assert kept.iloc[0].tolist() == [1, "R0", "text", "ش" * 40_000]
    export(frame.iloc[1:], tmp_path / "a.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_shapefile_takes_what_belonged_to_the_old_one_with_it(sample, tmp_path):
    (tmp_path / "a.qix").write_text("an index of other rows")
    (tmp_path / "a.txt").write_text("mine")
    export(sample, tmp_path / "a.shp")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        *("a.shp", "a.shx", "a.dbf", "a.prj", "a.cpg", "a.txt"),
        *("a.shp.fields.csv", "a.shp.texts.csv"),
    }


def test_a_shapefile_is_put_in_place_whole_or_not_at_all(sample, tmp_path):
    for end in ("shp", "shx", "dbf", "qix"):
        (tmp_path / f"a.{end}").write_text("old")
    (tmp_path / "a.prj").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        export(sample, tmp_path / "a.shp")
    (tmp_path / "a.prj").rmdir()
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {f"a.{end}": "old" for end in ("shp", "shx", "dbf", "qix")}


def test_a_shapefile_of_several_kinds_of_shapes_is_refused(tmp_path):
    shapes = [shapely.Point(70, 33), shapely.LineString([(70, 33), (71, 33)])]
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=shapes, crs=4326)
    with pytest.raises(
        OutputError, match=r"one kind of shapes, not LineString, Point; write a .gp"
    ):
        export(frame, tmp_path / "a.shp")
    assert list(tmp_path.iterdir()) == []


def test_a_frame_in_metres_is_refused(sample, tmp_path):
    with pytest.raises(OutputError, match=r"to_crs\(4326\)"):
        export(sample.to_crs(32642), tmp_path / "a.gpkg")


@pytest.mark.parametrize("size", [1_000, 20_000, 150_000])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_the_old_file(sample, tmp_path, suffix, size, little_room):
    target = tmp_path / f"a{suffix}"
    target.write_text("old")
    # Texts that no compression makes small.
    random = np.random.default_rng(1)
    many = pd.concat([sample] * 8, ignore_index=True)
    many["summary"] = [random.bytes(400).hex() for _ in range(len(many))]
    with little_room(size), pytest.raises(OutputError) as error:
        export(many, target)
    assert "\n" not in str(error.value)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are POSIX")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_read_only_folder_is_one_line(sample, open_folder, suffix):
    folder = open_folder / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    with ordinary_user(), pytest.raises(OutputError, match="cannot be written"):
        export(sample, folder / f"a{suffix}")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        ("a.csv", {"ndjson": True}, "only GeoJSON is written by lines"),
        ("a.gpkg", {"append": True}, "leave append out"),
        ("a.geojson", {"layers": ["line"]}, "this format holds one layer"),
    ],
)
def test_what_a_format_cannot_do_is_said(sample, tmp_path, name, how, words):
    if "layers" in how:
        how = {"layers": [load_layer(one) for one in how["layers"]]}
    with pytest.raises(OutputError, match=words):
        export(sample, tmp_path / name, **how)
    assert list(tmp_path.iterdir()) == []


# the command line


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_locate_writes_what_the_library_writes(run, sample, sample_path, tmp_path, suffix):
    result = run("locate", sample_path, "-o", f"cli{suffix}")
    (tmp_path / "library").mkdir()
    notes = export(sample, tmp_path / "library" / f"cli{suffix}")
    for path in (tmp_path / "library").iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert json.loads((tmp_path / f"cli{suffix}.run.json").read_text())["inputs"]
    said = [line for line in result.stderr.splitlines() if line.startswith("  note: ")]
    assert said == ([f"  note: {'; '.join(notes)}"] if notes else [])


def test_the_options_of_writing(run, sample_path, tmp_path):
    run("query", sample_path, "--side", "AF", "-o", "a.geojson", "--ndjson")
    run("query", sample_path, "--side", "AF", "-o", "b.geojsonl")
    assert (tmp_path / "a.geojson").read_bytes() == (tmp_path / "b.geojsonl").read_bytes()
    run("query", sample_path, "--limit", "5", "--with-layers", "--bands", "5", "-o", "a.gpkg")
    found = pyogrio.list_layers(tmp_path / "a.gpkg")[:, 0].tolist()
    wanted = ["incidents", "line", "variants", "zones", "provinces", "districts", "crossings"]
    assert found == [*wanted, "footprints", "layer_styles"]
    refused = run("query", sample_path, "--with-layers", "-o", "a.csv", status=1)
    assert "end the name in .gpkg or .kml" in refused.stderr
    assert "postgresql://user@host/database?table=schema.name" in "".join(
        run("locate", "--help").stdout.split()
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_layers_are_written_in_every_format(run, tmp_path, suffix):
    words = ("--only", "line", "--only", "crossings", "--only", "provinces")
    run("layers", *words, "-o", f"a{suffix}")
    names = [path.name for path in tmp_path.iterdir()]
    counts = {name: len(load_layer(name).frame) for name in words[1::2]}
    record = json.loads((tmp_path / f"a{suffix}.run.json").read_text(encoding="utf-8"))
    assert record["arguments"]["names"] == list(counts)
    licences = {name: load_layer(name).licence for name in counts}
    assert {one["name"]: one["licence"] for one in record["layers"]} == licences
    if suffix == ".shp":
        assert {"a_line.shp", "a_crossings.shp", "a_provinces.shp"} <= set(names)
        back = pyogrio.read_dataframe(tmp_path / "a_provinces.shp")
        assert set(back["licence"]) == {load_layer("provinces").licence}
        return
    if suffix in (".gpkg", ".kml"):
        for name, count in counts.items():
            info = pyogrio.read_info(tmp_path / f"a{suffix}", layer=name)
            assert info["features"] == count
        return
    if suffix == ".csv":
        back = pd.read_csv(tmp_path / "a.csv")
        assert back["wkt"].str.startswith("LINESTRING").sum() == 1
    elif suffix == ".xlsx":
        back = pd.DataFrame(_sheet(tmp_path / "a.xlsx"))
    elif suffix == ".parquet":
        back = gpd.read_parquet(tmp_path / "a.parquet")
    else:
        back = pyogrio.read_dataframe(tmp_path / f"a{suffix}")
    assert Counter(back["layer"]) == counts
    assert set(back["attribution"]) == {load_layer(name).attribution for name in counts}


def _sheet(path):
    book = python_calamine.CalamineWorkbook.from_path(path)
    head, *rows = book.get_sheet_by_index(0).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_library_writes_layers_as_the_command(run, tmp_path):
    run("layers", "--only", "line", "-o", "a.gpkg")
    (tmp_path / "library").mkdir()
    export_layers([load_layer("line")], tmp_path / "library" / "a.gpkg")
    for name in ("a.gpkg", "a.gpkg.qgs"):
        assert not (tmp_path / "library" / "a.gpkg.run.json").exists()
        assert (tmp_path / name).read_bytes() == (tmp_path / "library" / name).read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".parquet"])
def test_tables_of_a_summary(run, sample_path, tmp_path, suffix):
    run("summary", sample_path, "--by", "adm1", "-o", f"a{suffix}")
    readers = {".csv": pd.read_csv, ".json": pd.read_json, ".parquet": pd.read_parquet}
    path = tmp_path / f"a{suffix}"
    back = pd.DataFrame(_sheet(path)) if suffix == ".xlsx" else readers[suffix](path)
    assert back["incidents"].sum() == 90


def test_an_address_without_a_table_is_refused_without_the_password(run, sample_path):
    address = "postgresql://me:secret@localhost/db"
    result = run("locate", sample_path, "-o", address, status=1)
    assert "names no table" in result.stderr
    assert "secret" not in result.stderr
    with pytest.raises(OutputError, match="names no table"):
        check_output(address)
