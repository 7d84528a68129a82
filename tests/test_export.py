"""Files out: sane GeoJSON and CSV, whole or not at all, the same bytes each time."""

from __future__ import annotations

import json
import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ordinary_user
from frames import incidents

from bordermap import export, read_incidents
from bordermap.errors import OutputError
from bordermap.export import check_output, write_rejected
from bordermap.schema import Report

ROWS = (
    {"at": (71.123456789, 34.1), "date_start": "2022-04-16", "fatalities_low": 3},
    {"at": None, "place": "=HYPERLINK(1)", "actor_a": "+923001234567"},
    {"at": (69.5, 33.2), "place": "سپېره </script><b>", "date_start": "2021-01-01"},
)


@pytest.fixture
def frame():
    return incidents(*ROWS)


def test_geojson_is_rfc_7946(frame, tmp_path):
    frame["infinite"] = [np.inf, np.nan, 1.5]
    export(frame, tmp_path / "a.geojson")
    data = json.loads((tmp_path / "a.geojson").read_text("utf-8"))
    assert "crs" not in data
    assert data["bbox"] == [69.5, 33.2, 71.1234568, 34.1]
    first, second, third = data["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [71.1234568, 34.1]}
    assert first["properties"]["date_start"] == "2022-04-16"
    assert first["properties"]["fatalities_low"] == 3
    assert first["properties"]["infinite"] is None
    assert second["geometry"] is None
    assert second["properties"]["date_start"] is None
    assert third["properties"]["place"] == "سپېره </script><b>"
    assert third["properties"]["infinite"] == 1.5


def test_gdal_reads_the_geojson(frame, tmp_path):
    export(frame, tmp_path / "a.geojson")
    again = gpd.read_file(tmp_path / "a.geojson")
    assert again["incident_id"].tolist() == frame["incident_id"].tolist()
    assert again.geometry.isna().tolist() == [False, True, False]


def test_outlines_stay_valid_when_rounded(tmp_path):
    # Two vertices a hundredth of the last decimal apart cross over when they are rounded.
    spike = [(0, 0), (1, 0), (1, 1), (0.50000004, 1), (0.50000006, 0.5), (0.49999996, 0.5)]
    polygon = shapely.Polygon([*spike, (0.50000002, 1), (0, 1)]).buffer(0)
    thin = shapely.union_all([polygon, shapely.box(2, 2, 2.00000002, 3)])
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[thin], crs=4326)
    export(frame, tmp_path / "a.geojson")
    written = json.loads((tmp_path / "a.geojson").read_text("utf-8"))["features"][0]["geometry"]
    again = shapely.geometry.shape(written)
    assert again.is_valid
    assert again.area == pytest.approx(thin.area, abs=1e-6)


def test_an_empty_frame_is_written(frame, tmp_path):
    export(frame.iloc[:0], tmp_path / "a.geojson")
    assert json.loads((tmp_path / "a.geojson").read_text("utf-8"))["features"] == []
    export(frame.iloc[:0], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("incident_id,")


def test_csv_has_the_point_and_no_formula(frame, tmp_path):
    export(frame, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes()
    assert b"\r" not in text
    table = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    assert table["lon"].tolist() == ["71.1234568", "", "69.5"]
    assert table["place"][1] == "'=HYPERLINK(1)"
    assert table["actor_a"][1] == "'+923001234567"


def test_our_own_csv_reads_back_with_its_formulas_as_text(sample_path, tmp_path):
    frame, _ = read_incidents(sample_path)
    frame.loc[0, "place"] = "=HYPERLINK(1)"
    frame.loc[1, "actor_a"] = "+923001234567"
    frame.loc[2, "summary"] = "'quoted"
    export(frame, tmp_path / "a.csv")
    again, report = read_incidents(tmp_path / "a.csv")
    assert report.rejected_count == 0
    for name in ("incident_id", "place", "actor_a", "summary", "source_url", "fatalities_low"):
        assert again[name].equals(frame[name]), name


@pytest.mark.parametrize("name", ["a.geojson", "a.csv"])
def test_same_frame_same_bytes(frame, tmp_path, name):
    export(frame, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    export(frame.copy(), tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_run_record_stands_beside_the_file(frame, tmp_path):
    export(frame, tmp_path / "a.csv", run={"b": 1, "a": ["x"]})
    assert json.loads((tmp_path / "a.csv.run.json").read_text("utf-8")) == {"a": ["x"], "b": 1}


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.gpx", "format .gpx"), ("a", "without a suffix"), ("missing/a.csv", "does not exist")],
)
def test_outputs_that_cannot_be_written_are_refused_in_one_line(frame, tmp_path, name, words):
    with pytest.raises(OutputError, match=words) as error:
        export(frame, tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_folder_is_no_output(tmp_path):
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(OutputError, match="folder"):
        check_output(tmp_path / "b.csv")


def test_a_failed_write_leaves_the_old_file(frame, tmp_path, little_room):
    target = tmp_path / "a.geojson"
    target.write_text("old", encoding="utf-8")
    many = pd.concat([frame] * 400, ignore_index=True)
    with little_room(20_000), pytest.raises(OutputError, match="cannot be written"):
        export(many, target)
    assert target.read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.geojson"]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are POSIX")
@pytest.mark.parametrize(
    ("mode", "words"), [(0o555, "cannot be written"), (0o000, "cannot be reached")]
)
def test_a_read_only_or_closed_folder_is_one_line(frame, open_folder, mode, words):
    folder = open_folder / "locked" / "inner"
    folder.mkdir(parents=True)
    folder.chmod(mode)
    folder.parent.chmod(mode)
    with ordinary_user(), pytest.raises(OutputError, match=words) as error:
        export(frame, folder / "a.csv")
    assert "\n" not in str(error.value)
    folder.parent.chmod(0o755)
    folder.chmod(0o755)
    assert list(folder.iterdir()) == []


def test_interrupted_writing_leaves_nothing(frame, tmp_path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(frame, tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_rejected_rows_keep_their_raw_content(tmp_path):
    rejected = pd.DataFrame(
        {"source_file": ["x.csv"], "source_row": [3], "reason": ["r"], "lat": ["=91"]}
    )
    path = write_rejected(tmp_path / "a.csv", Report((), (), rejected))
    assert path.name == "a.csv.rejected.csv"
    assert path.read_text("utf-8").splitlines()[1] == "x.csv,3,r,'=91"
