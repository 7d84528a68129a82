"""What is too large, too deep or too slow ends in one line that says what to do.

One test for each line of the list in ``docs/reading.md``, unless it stands in
``test_hostile_input``, ``test_inputs``, ``test_features`` or ``test_workbooks``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from workbooks import HEADER, KHOST, ods, xls, xlsx

from bordermap import records
from bordermap.errors import InputError
from bordermap.records import (
    deadline,
    features,
    geojson,
    old_workbook,
    parquet,
    polygons,
    workbook,
)
from bordermap.records.places import read_places

ROOT = Path(__file__).parents[1]
ROW = "2016-06-12,Torkham,34.12,71.09\n"
POINT = {"type": "Point", "coordinates": [71.09, 34.12]}
FEATURE = {"type": "Feature", "properties": {"date": "2016-06-12"}, "geometry": POINT}
SQUARE = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.box(66, 30, 67, 31)], crs="EPSG:4326")


def refused(path, content=None):
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as raised:
        records.read(path)
    message = str(raised.value)
    assert "\n" not in message
    assert raised.value.todo
    return message


@pytest.mark.parametrize(("make", "suffix"), [(xlsx, ".xlsx"), (xls, ".xls"), (ods, ".ods")])
def test_too_many_sheets(tmp_path, monkeypatch, make, suffix):
    sheets = {f"S{number}": [HEADER, KHOST] for number in range(4)}
    content = make(sheets=sheets) if make is not ods else make(sheets)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert len(records.read(path).frame) == 1
    monkeypatch.setattr(workbook, "MAX_SHEETS", 3)
    assert "has 4 sheets, more than 3; save the sheet of incidents alone" in refused(path)


def test_an_old_workbook_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(old_workbook, "MAX_XLS_BYTES", 2**20)
    assert "is larger than 1 MiB; save it again" in refused(
        tmp_path / "a.xls", xls() + b"\0" * 2**20
    )


def test_a_kml_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "MAX_JSON_BYTES", 50)
    assert "a.kml: is larger than" in refused(tmp_path / "a.kml", f"<kml>{' ' * 60}</kml>")


def test_a_geoparquet_that_unpacks_to_too_much(tmp_path, monkeypatch):
    pq.write_table(pa.table({"date": ["x" * 1000] * 1000}), tmp_path / "a.parquet")
    monkeypatch.setattr(parquet, "MAX_BYTES", 5000)
    assert "unpacks to more than" in refused(tmp_path / "a.parquet")


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".shp"])
def test_too_many_vertices(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"a{suffix}"
    SQUARE.to_file(path)
    assert len(records.read_polygons(path).units) == 1
    monkeypatch.setattr(polygons, "MAX_VERTICES", 4)
    for read in (records.read_polygons, read_places):
        with pytest.raises(InputError, match="has 5 vertices, more than 4; simplify or split"):
            read(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"date,place,lat,lon\n{ROW * 3}"),
        ("a.xlsx", xlsx()),
        ("a.xls", xls()),
        ("a.ods", ods()),
        ("a.json", json.dumps([{"date": "2016-06-12"}])),
        ("a.jsonl", '{"date": "2016-06-12"}\n' * 2),
        ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [FEATURE]})),
        ("a.kml", "<kml><Placemark><name>a</name></Placemark></kml>"),
    ],
    ids=lambda value: value if isinstance(value, str) and value[:2] == "a." else "",
)
def test_what_takes_too_long(tmp_path, monkeypatch, name, content):
    path = tmp_path / name
    monkeypatch.setenv(deadline.VARIABLE, "0.000000001")
    message = refused(path, content)
    assert "is not read after 0 s; split the file, or set BORDERMAP_READ_SECONDS to more" in message
    monkeypatch.setenv(deadline.VARIABLE, "1e9")
    assert len(records.read(path).frame)


@pytest.mark.parametrize("words", [("check",), ("query",), ("locate", "-o", "b.csv"), ("map",)])
def test_the_limit_of_time_holds_for_every_command(run, tmp_path, monkeypatch, words):
    (tmp_path / "a.csv").write_text(f"date,place,lat,lon\n{ROW * 3}", encoding="utf-8")
    monkeypatch.setenv(deadline.VARIABLE, "0.000000001")
    assert "a.csv: is not read after 0 s" in run(*words, "a.csv", status=1).stderr


def test_a_damaged_layer_that_takes_too_long(tmp_path, monkeypatch):
    """What is read feature by feature is watched, too."""
    path = tmp_path / "a.fgb"
    frame = gpd.GeoDataFrame({"date": ["2016"] * 9}, geometry=[shapely.Point(71, 34)] * 9, crs=4326)
    frame.to_file(path, layer_options={"SPATIAL_INDEX": "NO"})
    path.write_bytes(path.read_bytes()[:-30])
    assert "feature_broken" in {fault.reason for fault in records.read(path).faults}
    monkeypatch.setenv(deadline.VARIABLE, "0.000000001")
    assert "is not read after" in refused(path)


@pytest.mark.parametrize("given", ["0", "-1", "nan", "soon"])
def test_a_limit_of_time_that_is_none(tmp_path, monkeypatch, given):
    monkeypatch.setenv(deadline.VARIABLE, given)
    message = refused(tmp_path / "a.csv", "date\n2016-06-12\n")
    assert (
        message == f"BORDERMAP_READ_SECONDS: '{given}' is no time; give a number of seconds above 0"
    )


def test_the_limits_are_listed_as_they_are():
    said = (ROOT / "docs" / "reading.md").read_text("utf-8")
    for limit in (
        f"{records.delimited.MAX_ROWS:,}",
        f"{records.delimited.MAX_COLUMNS:,}",
        f"{records.delimited.MAX_CELL_CHARACTERS:,}",
        f"{workbook.MAX_CELLS:,}",
        f"{workbook.MAX_SHEETS:,}",
        f"{polygons.MAX_VERTICES:,}",
        f"{records.inputs.MAX_FILES:,}",
        f"{geojson.MAX_NESTING:,}",
        f"{old_workbook.MAX_XLS_BYTES // 1024**2} MiB",
        f"{records.source.MAX_JSON_BYTES // 1024**2} MiB",
        f"{deadline.MAX_SECONDS:.0f} s",
        f"`{deadline.VARIABLE}`",
    ):
        assert re.search(rf"(?<!\d){re.escape(limit)}", said), limit
