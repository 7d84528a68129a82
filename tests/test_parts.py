"""Parts give what one frame gives: the same rows, ids, dates, places, counts and reports."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bordermap
from bordermap.cli.main import main
from bordermap.errors import InputError, OutputError
from bordermap.parts import Dataset, Job, WritePart, engine_of, noted_reasons, report_of, run
from bordermap.parts.outcome import keys_of
from bordermap.parts.settle import repeated_keys
from bordermap.records import Known, parts_of, read, read_piece

INCIDENTS = Path(__file__).parents[1] / "incidents" / "border_incidents.csv"


def in_parts(source, folder, *, rows=40, size=8_000):
    parts = parts_of([source], rows=rows, size=size)
    with engine_of() as engine:
        outcomes = run(parts, Job(WritePart(str(folder))), engine, Dataset(folder, {}))
    files = sorted(folder.glob("part-*.parquet"))
    frames = [gpd.read_parquet(path) for path in files]
    whole = pd.concat([one for one in frames if len(one)], ignore_index=True)
    ordered = whole.sort_values(["source_file", "source_row"], ignore_index=True)
    return ordered, report_of(outcomes), parts


def assert_same(got, source):
    want, report = bordermap.build(source)
    want = want.sort_values(["source_file", "source_row"], ignore_index=True)
    assert len(got) == len(want)
    for name in want.columns:
        one, other = got[name], want[name]
        if name == "geometry":
            assert (one.to_wkb().fillna(b"") == other.to_wkb().fillna(b"")).all()
        else:
            gone = one.isna() & other.isna()
            same = one.astype(object) == other.astype(object)
            assert (same.fillna(value=False) | gone).all(), name
    return report


def assert_same_report(got, want):
    assert len(got.files) == len(want.files)
    for one, other in zip(got.files, want.files, strict=True):
        names = ("file", "recipe", "read", "accepted", "noted", "rejected", "reasons")
        for name in names:
            assert getattr(one, name) == getattr(other, name), name
    assert noted_reasons(got) == noted_reasons(want)


def rows_of_incidents():
    with INCIDENTS.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def written(path, header, rows, **how):
    with path.open("w", encoding=how.pop("encoding", "utf-8"), newline="") as stream:
        csv.writer(stream, **how).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def repeating(tmp_path_factory):
    """The incidents with ids and contents that come again in other parts."""
    header, rows = rows_of_incidents()
    at, summary = header.index("incident_id"), header.index("summary")
    changed = list(rows[3])
    changed[summary] = "told otherwise"
    named = list(rows[10])
    named[at] = f"{rows[3][at]}-2"  # what a second use of that id would be called
    without = list(rows[20])
    without[at] = ""
    others = [
        rows[5],
        changed,
        rows[0],
        changed,
        rows[7],
        rows[3],
        named,
        without,
        rows[1],
        without,
    ]
    folder = tmp_path_factory.mktemp("repeating")
    return written(
        folder / "again.csv", header, [*rows[:40], rows[5], changed, *rows[40:], *others]
    )


def test_ids_that_come_again_in_another_part_are_told_apart_as_in_one_frame(repeating, tmp_path):
    got, report, parts = in_parts(repeating, tmp_path / "parts")
    assert len(parts) > 3
    assert_same_report(report, assert_same(got, repeating))
    assert report.rejected_count == 8


def test_rejected_rows_of_parts_are_a_dataset_that_can_be_fed_back(repeating, tmp_path):
    _, report, _ = in_parts(repeating, tmp_path / "parts")
    files = sorted((tmp_path / "parts.rejected").glob("part-*.csv"))
    assert sum(len(pd.read_csv(path)) for path in files) == report.rejected_count
    _, again = bordermap.read_incidents(tmp_path / "parts.rejected")
    assert again.read == report.rejected_count


@pytest.mark.parametrize("shown", ["13/05/2016", "05/13/2016", "none", "both"])
def test_dates_are_read_alike_in_all_parts_of_a_file(shown, tmp_path):
    rows = [[f"id{n}", "04/05/2016", "Torkham", f"n{n}"] for n in range(60)]
    if shown == "both":
        rows[5][1], rows[50][1] = "13/05/2016", "05/13/2016"
    elif shown != "none":
        rows[50][1] = shown
    source = written(tmp_path / "dates.csv", ["id", "date", "place", "summary"], rows)
    got, _, parts = in_parts(source, tmp_path / "parts", size=400)
    assert len(parts) > 3
    assert_same(got, source)


@pytest.mark.parametrize("suffix", [".parquet", ".fgb", ".csv"])
def test_layers_and_tables_in_parts_are_what_they_are_in_one(suffix, tmp_path):
    frame, _ = bordermap.build(INCIDENTS)
    source = tmp_path / f"points{suffix}"
    reported = frame[["incident_id", "date_start", "place", "fatalities_best", "geometry"]]
    if suffix == ".parquet":
        reported.to_parquet(source, row_group_size=20)
    elif suffix == ".fgb":
        reported[reported.geometry.notna()].to_file(source, engine="pyogrio")
    else:
        bordermap.export(reported, source)
    got, report, parts = in_parts(source, tmp_path / "parts", rows=25, size=1_000)
    assert len(parts) > 2
    assert_same_report(report, assert_same(got, source))


def test_a_huge_row_group_is_cut_within(tmp_path):
    frame, _ = bordermap.build(INCIDENTS)
    source = tmp_path / "one.parquet"
    frame[["incident_id", "place", "geometry"]].to_parquet(source, row_group_size=1_000)
    got, _, parts = in_parts(source, tmp_path / "parts", rows=10)
    assert len(parts) == -(-len(frame) // 10)
    assert_same(got, source)


def test_folders_named_by_values_give_columns(tmp_path):
    frame, _ = bordermap.build(INCIDENTS)
    for year in (2016, 2017):
        folder = tmp_path / "in" / f"batch={year}"
        folder.mkdir(parents=True)
        some = frame[frame["date_start"].dt.year == year]
        some[["incident_id", "place", "geometry"]].to_parquet(folder / "a.parquet")
    got, report, _ = in_parts(tmp_path / "in", tmp_path / "parts")
    assert report.accepted_count == len(got) > 2
    assert set(got["batch"]) == {"2016", "2017"}


CELLS = st.sampled_from(
    ["", " ", "a", '"', "a\nb", "\n", "x,y", "é", "\u00a0", "'", "a\r\nb", '"\n"', "  b "]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 200),
    st.booleans(),
)
def test_text_is_cut_only_where_records_end(rows, line_end, encoding, quoting, size, ended):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=quoting)
    writer.writerows([("place", "summary", "note"), *rows])
    content = text.getvalue() if ended else text.getvalue().rstrip("\r\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bordermap.records.cuts._STEP", 64)
        source = Path(_scratch()) / "cells.csv"
        source.write_bytes(content.encode(encoding))
        parts = parts_of([source], size=size)
    whole = read(source)
    pieces = [piece for part in parts for piece in part.pieces]
    try:
        tables = [table for piece in pieces for table in read_piece(piece, Known(whole.recipe))]
    except InputError as error:
        # A line of nothing but blanks of another script is counted, and is no record.
        assume("were counted" not in str(error))
        raise
    names = ["place", "summary", "note", "source_row"]
    got = [row for table in tables for row in table.frame[names].values.tolist()]
    assert got == whole.frame[names].values.tolist()


def _scratch():
    folder = Path(tempfile.gettempdir()) / "bordermap-test-cuts"
    folder.mkdir(exist_ok=True)
    return folder


def test_lines_named_in_reports_are_those_of_the_file(tmp_path):
    rows = [["Torkham", f"{n}"] for n in range(50)]
    rows[45].append("one cell more")
    source = written(tmp_path / "wide.csv", ["place", "summary"], rows)
    _, report, parts = in_parts(source, tmp_path / "parts", size=100)
    assert len(parts) > 3
    (fault,) = [one for one in report.faults if one.rejected]
    assert fault.row == 46
    assert "line 47 has 3 cells" in fault.message


def test_text_in_another_encoding_is_not_cut(tmp_path):
    header, rows = rows_of_incidents()
    source = written(tmp_path / "utf16.csv", header, rows, encoding="utf-16")
    (part,) = parts_of([source], size=1_000)
    assert part.pieces[0].cut is None
    got, _, _ = in_parts(source, tmp_path / "parts", size=1_000)
    assert len(got) == len(rows)


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=6), st.integers(1, 40))
def test_keys_in_two_parts_are_found_however_many_are_looked_at(parts, at_once):
    keys = {number: np.sort(keys_of(map(str, some))) for number, some in enumerate(parts)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bordermap.parts.settle._AT_ONCE", at_once)
        found = repeated_keys(keys)
    names = {str(one) for some in parts for one in some}
    twice = {one for one in names if sum(int(one) in some for some in parts) > 1}
    assert found == frozenset(keys_of(sorted(twice)).tolist())


def test_a_dataset_is_asked_like_the_file_it_came_from(repeating, tmp_path):
    invoke = CliRunner().invoke
    folder = tmp_path / "located"
    assert invoke(main, ["locate", str(repeating), "-o", str(folder), "-q"]).exit_code == 0
    asked = ["--within", "10km", "--order-by", "incident_id", "--json", "-q"]
    one = json.loads(invoke(main, ["query", str(repeating), *asked]).stdout)
    other = json.loads(invoke(main, ["query", str(folder), *asked]).stdout)
    assert one == other
    for extra in (["--by", "adm1,year"], ["--by", "band", "--type", "shelling"], ["--robust"]):
        said = [
            invoke(main, ["summary", str(path), *extra, "--json", "-q"])
            for path in (repeating, folder)
        ]
        assert json.loads(said[0].stdout) == json.loads(said[1].stdout)


def test_a_run_goes_on_where_it_stopped(repeating, tmp_path):
    folder = tmp_path / "parts"
    got, _, parts = in_parts(repeating, folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    (folder / "part-00001.parquet").unlink()
    again, _, _ = in_parts(repeating, folder)
    assert again.drop(columns="geometry").equals(got.drop(columns="geometry"))
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    assert before["part-00000.parquet"] == after["part-00000.parquet"]
    assert len(after) == len(parts)


def test_a_finished_dataset_has_nothing_of_what_killed_processes_began(repeating, tmp_path):
    folder = tmp_path / "parts"
    in_parts(repeating, folder)
    places = [folder, folder / "_bordermap", tmp_path / "parts.rejected"]
    for place in places:
        (place / ".part-00003-killed").mkdir()
        (place / ".part-00003-killed" / "part-00003").write_text("half", encoding="utf-8")
    Dataset(folder, {}).finish({})
    assert not [one for place in places for one in place.iterdir() if one.name[0] == "."]


def test_another_run_does_not_go_on_in_the_folder_of_one(tmp_path):
    Dataset(tmp_path / "a", {"asked": 1})
    with pytest.raises(OutputError, match="another run"):
        Dataset(tmp_path / "a", {"asked": 2})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="something else"):
        Dataset(tmp_path / "b", {})


def test_points_without_names_in_parts(tmp_path):
    lon, lat = np.random.default_rng(3).uniform((61, 29), (75, 37), (500, 2)).T
    source = tmp_path / "points.parquet"
    points = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)
    points.to_parquet(source, row_group_size=60)
    got, report, parts = in_parts(source, tmp_path / "parts", rows=100)
    assert len(parts) == 8
    assert_same_report(report, assert_same(got, source))


class Ids:
    """A last step: the ids of a part."""

    needs_place = False

    def __call__(self, number, frame, report):
        return len(frame), frame["incident_id"].tolist()


IDS = st.sampled_from(["", "A", "B", "C", "A-2", "A-3", "B-2", "B-3", "A-2-2"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(IDS, st.sampled_from(["x", "y", "z"])), min_size=1, max_size=25))
def test_ids_in_parts_are_those_of_one_frame_whatever_comes_again(rows):
    source = written(Path(_scratch()) / "ids.csv", ["incident_id", "summary"], rows)
    parts = parts_of([source], size=12)
    with engine_of() as engine:
        outcomes = run(parts, Job(Ids()), engine)
    frame, report = bordermap.read_incidents(source)
    assert [one for outcome in outcomes for one in outcome.value] == frame["incident_id"].tolist()
    assert report_of(outcomes).rejected_count == report.rejected_count


def test_parts_that_share_ids_and_points_are_read_once_for_both(tmp_path):
    rows = [[f"id{n % 70}", "34.1", "71.1", f"n{n}"] for n in range(100)]
    header = ["incident_id", "latitude", "longitude", "summary"]
    source = written(tmp_path / "shared.csv", header, rows)
    asked = []

    def engine(call, arguments):
        asked.append([some[0].number for some in arguments])
        return (call(*some) for some in arguments)

    parts = parts_of([source], size=500)
    run(parts, Job(WritePart(str(tmp_path / "out"))), engine, Dataset(tmp_path / "out", {}))
    numbers = [part.number for part in parts]
    assert len(parts) > 3
    # Done, read for what others need of them, and done once more with that.
    assert asked == [numbers, numbers, numbers]


def test_of_other_parts_no_more_is_told_than_a_part_needs(tmp_path):
    rows = [[f"id{n % 50}", f"n{n}"] for n in range(100)]
    source = written(tmp_path / "again.csv", ["incident_id", "summary"], rows)
    told = {}

    def engine(call, arguments):
        told.update({some[0].number: some[1].earlier for some in arguments if len(some) > 3})
        return (call(*some) for some in arguments)

    parts = parts_of([source], size=100)
    run(parts, Job(Ids()), engine)
    assert len(told) > 3
    assert sum(map(len, told.values())) == 50
