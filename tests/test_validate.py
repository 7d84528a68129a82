"""Validation: raw tables to an accepted frame and a report whose sums agree."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import records
from bordermap.schema import COLUMNS, EVENT_TYPES, Fault, RawTable, columns_of
from bordermap.validate import validate

REPORTED = [column.name for column in columns_of("reported")]
WORDS = {"event_type": {name.replace("_", " "): name for name in EVENT_TYPES}}


def table(file="a.csv", faults=(), **columns):
    size = len(next(iter(columns.values())))
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    frame["source_row"] = range(1, size + 1)
    return RawTable(frame, file, "test", "utf-8", "", tuple(faults), words=WORDS)


def five_rows():
    return table(
        incident_id=["a", "b", "c", "d", "e"],
        date_start=["2016-06-12", "2011-05", "", "1401-01-27", "2023-02-30"],
        event_type=["airstrike", "Drone strike", "war", "", "other"],
        place=["Torkham", "Wana", "", "چمن", "Chaman"],
        latitude=["34.12", "", "69.5", "95", "30.92"],
        longitude=["71.09", "", "32.3", "71", ""],
        fatalities_best=["3", "6-8", "", "1", "?"],
        verified=["page", "ucdp", "", "x", ""],
    )


def test_five_rows():
    frame, report = validate([five_rows()])
    assert frame["incident_id"].tolist() == ["a", "b", "c", "e"]
    assert frame["source_row"].tolist() == [1, 2, 3, 5]
    assert frame["event_type"].tolist() == ["airstrike", "drone_strike", "unknown", "other"]
    assert frame["verified"].tolist()[:2] == ["page", "ucdp"]
    assert [point and (point.x, point.y) for point in frame.geometry] == [
        (71.09, 34.12),
        None,
        (69.5, 32.3),
        None,
    ]
    (file,) = report.files
    assert (file.read, file.accepted, file.noted, file.rejected) == (5, 4, 3, 1)
    assert file.reasons == {"coordinates_out_of_range": 1}
    assert report.rejected["incident_id"].tolist() == ["d"]
    assert report.rejected["reason"].tolist() == ["coordinates_out_of_range"]
    assert report.rejected["source_file"].tolist() == ["a.csv"]
    assert frame["record_note"].isna().tolist() == [True, False, False, False]
    assert frame["record_note"].iloc[1] == (
        "'2011-05' gives no day, so the whole month is meant; fatalities_best: '6-8' is a range"
    )


def test_the_frame_has_the_ledger_s_columns_and_dtypes():
    frame, _ = validate([five_rows()])
    assert isinstance(frame, gpd.GeoDataFrame)
    assert list(frame.columns) == [*REPORTED, "verified", "geometry"]
    for column in columns_of("reported"):
        assert str(frame[column.name].dtype) == column.dtype, column.name
    assert isinstance(frame.index, pd.RangeIndex)
    assert frame.index.start == 0
    assert frame.active_geometry_name == "geometry"
    assert frame.crs == "EPSG:4326"


@pytest.mark.parametrize("tables", [[], [table(place=[])]])
def test_nothing_is_a_frame_too(tables):
    frame, report = validate(tables)
    assert list(frame.columns) == [*REPORTED, "geometry"]
    for column in columns_of("reported"):
        assert str(frame[column.name].dtype) == column.dtype
    assert frame.crs == "EPSG:4326"
    assert len(frame) == len(report.rejected) == report.read == 0


def test_the_sample_incidents_are_accepted_as_they_are(sample_path):
    raw = records.read(sample_path)
    frame, report = validate([raw])
    (file,) = report.files
    assert (file.read, file.accepted, file.noted, file.rejected) == (90, 90, 0, 0)
    assert report.faults == ()
    assert frame["record_note"].isna().all()
    assert frame["event_type"].equals(frame["event_type_reported"])
    assert int(frame["date_end"].isna().sum()) == 3
    assert frame["date_precision"].value_counts().to_dict() == {"day": 86, "week": 2, "month": 2}
    assert int(frame.geometry.notna().sum()) == 4
    assert int((frame["fatalities_low"] < frame["fatalities_high"]).sum()) == 43
    for name in ("place", "summary", "actor_b", "source_date", "source_url", "incident_id"):
        assert frame[name].fillna("").tolist() == raw.frame[name].tolist()


def test_an_accepted_frame_is_read_back_the_same(tmp_path, sample_path):
    first, _ = validate([records.read(sample_path)])
    path = tmp_path / "again.csv"
    plain = pd.DataFrame(first.drop(columns=["geometry", "source_file", "source_row"]))
    plain.assign(lon=1.0, lat=2.0, located_by="place").to_csv(path, index=False)
    second, report = validate([records.read(path)])
    assert report.files[0].recipe == "bordermap"
    assert report.noted_count == 0
    same = [name for name in REPORTED if name not in ("source_file", "source_row", "record_note")]
    pd.testing.assert_frame_equal(pd.DataFrame(first[same]), pd.DataFrame(second[same]))
    assert {"lon_input", "lat_input", "located_by_input", "verified"} < set(second.columns)


def test_several_files():
    first = table("a.csv", incident_id=["1", "2"], place=["Torkham", "Wana"], extra=["x", "y"])
    second = table("b.csv", incident_id=["2", "2"], place=["Chaman", "Wana"], n=[1, 2])
    third = table("c.csv", incident_id=["9"], place=["Kabul"])
    frame, report = validate([first, second, third])
    assert frame["source_file"].tolist() == ["a.csv", "a.csv", "b.csv", "b.csv", "c.csv"]
    assert frame["incident_id"].tolist() == ["1", "2", "2-2", "2-3", "9"]
    assert frame["extra"].fillna("").tolist() == ["x", "y", "", "", ""]
    assert frame["n"].dropna().tolist() == [1, 2]
    assert str(frame["n"].dtype) == "Int64"
    assert [file.read for file in report.files] == [2, 2, 1]
    assert report.read == 5


def test_the_same_row_in_two_files_is_rejected_once():
    first = table("a.csv", incident_id=["1"], place=["Torkham"])
    second = table("b.csv", place=["Torkham"], incident_id=["1"])
    frame, report = validate([first, second])
    assert len(frame) == 1
    (fault,) = report.faults
    assert (fault.file, fault.reason, fault.message) == (
        "b.csv",
        "duplicate_row",
        "repeats row 1 of a.csv exactly",
    )


def test_made_up_ids_depend_on_the_content_alone():
    one = table("a.csv", place=["Torkham", "Wana"], date_start=["2016", "2017"])
    other = table("b.csv", date_start=["2017", "2016"], place=["Wana", "Torkham"])
    first, second = validate([one])[0], validate([other])[0]
    assert first["incident_id"].tolist() == second["incident_id"].tolist()[::-1]
    assert first["incident_id"].is_unique


def test_every_fault_of_a_row_is_found():
    frame, report = validate(
        [
            table(
                date_start=["soon"],
                latitude=["95"],
                longitude=["71"],
                fatalities_best=["dozens"],
                event_type=["war"],
                source_url=["javascript:alert(1)"],
                place=["a\x00b"],
                date_precision=["roughly"],
            )
        ]
    )
    assert len(frame) == 0
    assert [fault.reason for fault in report.faults if fault.rejected] == [
        "coordinates_out_of_range"
    ]
    assert {fault.reason for fault in report.faults if not fault.rejected} == {
        "date_unreadable",
        "figure_vague",
        "event_type_unknown",
        "link_not_web",
        "control_characters",
        "date_precision_unknown",
    }
    assert {fault.column for fault in report.faults} == {
        "date_start",
        "latitude",
        "fatalities_best",
        "event_type",
        "source_url",
        "place",
        "date_precision",
    }
    assert report.files[0].noted == 0


def test_the_order_of_day_and_month_is_decided_per_file():
    sure = table("a.csv", date_start=["04/05/2016", "25/05/2016"], place=["x", "y"])
    unsure = table("b.csv", date_start=["04/05/2016"], place=["z"])
    frame, report = validate([sure, unsure])
    assert frame["date_precision"].tolist() == ["day", "day", "year"]
    assert [(fault.file, fault.row, fault.reason) for fault in report.faults] == [
        ("a.csv", 0, "date_order"),
        ("b.csv", 0, "date_order_unsettled"),
        ("b.csv", 1, "date_ambiguous"),
    ]


def test_the_reader_s_faults_are_counted():
    broken = Fault("a.csv", 2, "", "x,y", "wrong_number_of_cells", "line 3 has 2 cells", True)
    undecodable = Fault("a.csv", 1, "Place", "�", "undecodable_bytes", "bytes replaced", False)
    raw = table(faults=[broken, undecodable], place=["Torkham", "Wana"])
    raw.frame["source_row"] = [1, 3]
    columns = ["source_file", "source_row", "reason", "raw_record"]
    content = pd.DataFrame([["a.csv", 2, "wrong_number_of_cells", "x,y"]], columns=columns)
    raw = RawTable(raw.frame, "a.csv", "test", "utf-8", "", raw.faults, content)
    frame, report = validate([raw])
    assert (report.read, report.accepted_count, report.rejected_count) == (3, 2, 1)
    assert frame["record_note"].tolist()[0] == "bytes replaced"
    assert [fault.row for fault in report.faults] == [1, 2]
    assert report.rejected["raw_record"].tolist() == ["x,y"]


@pytest.mark.parametrize(
    ("cells", "rejected"),
    [
        ({"place": "Total", "fatalities_best": "5"}, True),
        ({"place": "Grand total:", "fatalities_best": "=SUM(A1:A2)"}, True),
        ({"place": "", "fatalities_best": "5"}, True),
        ({"place": "Totals", "fatalities_best": "5", "date_start": "2016-06-12"}, False),
        ({"place": "Total", "summary": "A village of that name"}, False),
        ({"place": "Torkham", "fatalities_best": "5"}, False),
    ],
)
def test_totals_rows(cells, rejected):
    names = ["place", "date_start", "summary", "fatalities_best"]
    columns = {name: ["", "2016", "", "1"][index : index + 1] for index, name in enumerate(names)}
    columns = {name: [*columns[name], cells.get(name, "")] for name in names}
    _, report = validate([table(**columns)])
    assert report.rejected_count == int(rejected)


def test_a_geometry_wins_over_cells_and_says_so():
    raw = table(latitude=["31.0", "34.1200"], longitude=["66.4", "71.0900"], place=["a", "b"])
    raw.frame["geometry"] = pd.Series([shapely.Point(71.09, 34.12)] * 2, dtype=object)
    raw.frame["geometry_fault"] = ["", ""]
    frame, report = validate([raw])
    assert frame["latitude"].tolist() == [34.12, 34.12]
    assert [(fault.row, fault.reason) for fault in report.faults] == [(1, "coordinates_disagree")]


def test_derived_names_are_kept_under_other_names():
    names = [column.name for column in COLUMNS if column.stage != "reported"]
    names.remove("geometry")
    columns = {name: ["1"] for name in [*names, "lon", "lat", "place"]}
    frame, _ = validate([table(**columns)])
    assert set(frame.columns) == {*REPORTED, "geometry"} | {
        f"{name}_input" for name in [*names, "lon", "lat"]
    }


@pytest.mark.parametrize(
    ("cells", "dtype", "kept"),
    [
        (["1", ""], "string", ["1", None]),
        ([1, None], "Int64", [1, None]),
        ([1, 2.5], "float64", [1.0, 2.5]),
        ([True, None], "boolean", [True, None]),
        ([True, 1], "string", ["true", "1"]),
        ([1, "a"], "string", ["1", "a"]),
        ([2**70, None], "string", [str(2**70), None]),
        ([2**60 + 1, 0.5], "string", [str(2**60 + 1), "0.5"]),
        ([None, None], "string", [None, None]),
        ([math.nan, "x"], "string", [None, "x"]),
    ],
)
def test_carried_columns_keep_their_values(cells, dtype, kept):
    frame, _ = validate([table(extra=cells, place=["a", "b"])])
    assert str(frame["extra"].dtype) == dtype
    assert [None if pd.isna(value) else value for value in frame["extra"]] == kept


def test_the_input_is_left_alone():
    raw = five_rows()
    before = raw.frame.copy(deep=True)
    validate([raw])
    pd.testing.assert_frame_equal(raw.frame, before)


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.sampled_from(["34.12", "71.09", "2016-06-12", "Total", "6-8", "0", "1", "a", "25/12/2016"]),
)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(
                [
                    *("incident_id", "date_start", "event_type", "latitude", "longitude"),
                    *("fatalities_best", "source_url", "extra", "border_side"),
                ],
                CELL,
            )
        ),
        max_size=6,
    )
)
def test_whatever_the_cells_hold(rows):
    names = list(rows[0]) if rows else ["place"]
    raw = table(**{name: [row[name] for row in rows] for name in names})
    frame, report = validate([raw])
    (file,) = report.files
    assert file.read == len(rows) == file.accepted + file.rejected
    assert len(frame) == file.accepted
    assert len(report.rejected) == file.rejected == sum(file.reasons.values())
    assert frame["incident_id"].is_unique
    assert frame["incident_id"].notna().all()
    assert frame["event_type"].isin(EVENT_TYPES).all()
    assert frame["latitude"].dropna().abs().le(90).all()
    assert frame["record_note"].notna().sum() == file.noted
    again, _ = validate([raw])
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(again))
