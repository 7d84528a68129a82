"""Input too large, too deep or too odd for a case file; and any bytes at all."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from accounting import check, found
from conftest import ordinary_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bordermap import records
from bordermap.errors import BordermapError, InputError
from bordermap.records import delimited, geojson, source

HEADER = "Date,Place,District,Latitude,Longitude,Killed,Summary\n"
GOOD = "2016-06-12,Torkham,Khyber,34.12,71.09,3,A clash at the gate\n"


def test_a_cell_of_one_megabyte(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(HEADER + GOOD + GOOD.replace("A clash", "x" * 2**20) + GOOD)
    frame, report = check(path)
    assert found(report) == {(2, "cell_too_long"), (3, "repeated_content")}
    assert len(report.rejected["raw_record"].iloc[0]) > 2**20
    assert all(len(fault.message) < 200 and len(fault.value) <= 60 for fault in report.faults)
    assert len(frame) == 2


def test_a_long_cell_just_within_the_limit(tmp_path):
    path = tmp_path / "long.csv"
    text = "x" * delimited.MAX_CELL_CHARACTERS
    path.write_text(HEADER + GOOD.replace("A clash at the gate", text))
    frame, _ = check(path)
    assert frame["summary"].iloc[0] == text


def test_a_quote_that_would_swallow_the_file(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text(HEADER + GOOD.replace("Khyber", '"Khyber') + GOOD * 200)
    with pytest.raises(InputError, match=r"quote opened in line 2 is never closed, 200 lines"):
        records.read(path)


def test_deep_json(tmp_path):
    path = tmp_path / "deep.geojson"
    for depth in (geojson.MAX_NESTING + 1, 100_000):
        path.write_text('{"type":"FeatureCollection","features":' + "[" * depth + "]" * depth + "}")
        with pytest.raises(InputError, match="nested deeper than 200"):
            records.read(path)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="nested deeper than 200"):
        records.read(path)


def test_brackets_inside_strings_are_not_nesting(tmp_path):
    path = tmp_path / "brackets.geojson"
    feature = {"type": "Feature", "properties": {"place": '[{"\\' * 500}, "geometry": None}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert check(path)[1].read == 1


def test_files_over_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    path.write_text(HEADER + GOOD)
    monkeypatch.setattr(source, "MAX_BYTES", 50)
    with pytest.raises(InputError, match="is larger than"):
        records.read(path)


def test_a_file_of_ten_gigabytes_is_refused_unread(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(10 * 1024**3)
    with pytest.raises(InputError, match=r"huge.csv: is larger than 2,048 MiB; split it"):
        records.read(path)


def test_json_over_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "large.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}')
    monkeypatch.setattr(source, "MAX_JSON_BYTES", 20)
    with pytest.raises(InputError, match="is larger than"):
        records.read(path)


def test_too_many_columns_and_rows(tmp_path, monkeypatch):
    path = tmp_path / "wide.csv"
    path.write_text("Date" + "," * delimited.MAX_COLUMNS + "\n")
    with pytest.raises(InputError, match="2,001 columns, more than 2,000"):
        records.read(path)
    monkeypatch.setattr(delimited, "MAX_ROWS", 1)
    path.write_text(HEADER + GOOD + GOOD)
    with pytest.raises(InputError, match="more than 1 rows"):
        records.read(path)


def test_ids_repeated_ten_thousand_times_do_not_hang(tmp_path):
    path = tmp_path / "same_id.csv"
    rows = "".join(f"0,2016-06-12,Place {number}\n" for number in range(10_000))
    path.write_text(f"ID,Date,Place\n{rows}")
    frame, report = check(path)
    assert len(frame) == 10_000
    assert frame["incident_id"].iloc[-1] == "0-10000"
    assert report.noted_count == 9_999


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/https://example.org/a.csv",
        "/vsizip/a.zip/a.csv",
        "/VSIMEM/x.csv",
        "https://example.org/a.csv",
        "s3://bucket/a.csv",
        "file:///etc/passwd",
        "\\\\server\\share\\a.csv",
        "//server/share/a.csv",
    ],
)
def test_remote_and_virtual_names_are_refused(name):
    with pytest.raises(InputError, match="remote and virtual names are not opened"):
        records.read(name)


def test_remote_paths_are_refused():
    with pytest.raises(InputError, match="remote and virtual"):
        records.read(Path("https://example.org/a.csv"))


@pytest.mark.parametrize("name", ["nowhere.csv", "a\0b.csv", "x" * 5000 + ".csv"])
def test_missing_files(tmp_path, name):
    with pytest.raises(InputError, match=r"there is no such file|cannot be read"):
        records.read(tmp_path / name)


def test_folders_and_devices(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        records.read(tmp_path)
    if Path("/dev/zero").exists():
        with pytest.raises(InputError, match="there is no such file"):
            records.read("/dev/zero")


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_unreadable_files(open_folder):
    path = open_folder / "secret.csv"
    path.write_text(HEADER + GOOD)
    path.chmod(0)
    with ordinary_user(), pytest.raises(InputError, match="cannot be read"):
        records.read(path)


def test_hostile_file_names(tmp_path):
    path = tmp_path / "a\x1b[31m\u202eb.csv"
    path.write_text(HEADER + GOOD)
    frame, _ = check(path)
    assert frame["source_file"].iloc[0] == "a[31mb.csv"


def test_the_csv_module_s_limit_is_put_back(tmp_path):
    written = tmp_path / "a.csv"
    written.write_text(HEADER + GOOD)
    before = csv.field_size_limit()
    check(written)
    assert csv.field_size_limit() == before


# Whatever the bytes are.

_SCRAPS = st.sampled_from(
    [
        *(b"Date,Place,Latitude,Longitude,Killed\n", b"2016-06-12,Torkham,34.12,71.09,3\n"),
        *(b",", b";", b"\t", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf"),
        *(b"#date,#loc\n", b"Total", b"=1+1", b"'", b"1401-01-27", b"04/05/2016", b"6-8", b"-"),
        *("طورخم".encode(), "طورخم".encode("cp1256"), b"nan", b"inf", b"1e999", b"0", b"id"),
        *(b'{"type":"FeatureCollection","features":[', b"]}", b"{}", b"null", b"[", b"sep=;\n"),
    ]
)
_BYTES = st.lists(st.one_of(_SCRAPS, st.binary(max_size=12)), max_size=30).map(b"".join)
_CSV = _BYTES.map(lambda tail: b"Date,Place,Latitude,Longitude,Killed\n" + tail)
_FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def survives(path, content):
    path.write_bytes(content)
    message = ""
    try:
        check(path)
    except BordermapError as error:
        message = str(error)
    assert "\n" not in message


@_FUZZ
@given(content=st.one_of(_CSV, _BYTES))
def test_any_bytes_as_csv(tmp_path, content):
    survives(tmp_path / "any.csv", content)


_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(codec=None), max_size=8),
        st.sampled_from(["Point", "Feature", "2016-06-12", "6-8", "34.1, 71.2", "EPSG:32642"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=4),
                st.sampled_from(
                    [
                        *("type", "coordinates", "id", "date", "place", "latitude", "longitude"),
                        *("killed", "source_row", "geometry", "located_by", "geometry_fault"),
                    ]
                ),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
_GEOMETRY = st.one_of(
    _JSON,
    st.fixed_dictionaries({"type": st.just("Point"), "coordinates": _JSON}),
    st.fixed_dictionaries(
        {"type": st.just("Point"), "coordinates": st.lists(st.floats(), min_size=2, max_size=3)}
    ),
)
_FEATURE = st.fixed_dictionaries(
    {"type": st.just("Feature"), "properties": _JSON, "geometry": _GEOMETRY}, optional={"id": _JSON}
)
_COLLECTION = st.fixed_dictionaries(
    {
        "type": st.just("FeatureCollection"),
        "features": st.lists(st.one_of(_FEATURE, _JSON), max_size=5),
    },
    optional={
        "crs": st.one_of(
            _JSON,
            st.sampled_from(["EPSG:32642", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4240", "x"]).map(
                lambda name: {"properties": {"name": name}}
            ),
        )
    },
)


@_FUZZ
@given(content=_COLLECTION)
def test_any_geojson(tmp_path, content):
    survives(tmp_path / "any.geojson", json.dumps(content).encode("utf-8", "surrogatepass"))


@_FUZZ
@given(content=_BYTES)
def test_any_bytes_as_geojson(tmp_path, content):
    survives(tmp_path / "any.geojson", b'{"type":"FeatureCollection","features":[' + content)
