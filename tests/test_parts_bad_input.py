"""What can be wrong with the inputs, or the place, of a run in parts."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ordinary_user

from bordermap.errors import OutputError
from bordermap.parts import Dataset, Job, WritePart, engine_of
from bordermap.parts import run as in_parts
from bordermap.records import parts_of


def incidents(count, start=0, seed=1):
    rng = np.random.default_rng(seed + start)
    return pd.DataFrame(
        {
            "incident_id": [f"I-{number}" for number in range(start, start + count)],
            "longitude": rng.uniform(64, 73, count).round(4),
            "latitude": rng.uniform(30, 36, count).round(4),
            "date": "2016-05-04",
        }
    )


@pytest.fixture
def folder(tmp_path):
    """Five files of 40 incidents each."""
    made = tmp_path / "in"
    made.mkdir()
    for number in range(5):
        incidents(40, 40 * number).to_parquet(made / f"f{number}.parquet")
    return made


def rows_of(folder):
    frame = pd.read_parquet(folder).drop(columns="bbox")
    return frame.sort_values("incident_id", ignore_index=True)


def as_one(run, inputs, tmp_path):
    """What one frame of all inputs is located as."""
    run("locate", inputs, "-o", tmp_path / "one.parquet")
    frame = pd.read_parquet(tmp_path / "one.parquet").drop(columns="bbox")
    return frame.sort_values("incident_id", ignore_index=True)


def broken(path):
    """A file whose pages are damaged, behind metadata that can be read."""
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(content)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-200])


def of_other_size(path):
    path.write_bytes(b"no Parquet at all")


@pytest.mark.parametrize("damage", [broken, cut_off, of_other_size])
def test_a_corrupt_file_is_told_its_neighbours_live_and_mended_all_is_whole(
    run, folder, tmp_path, damage
):
    whole = as_one(run, folder, tmp_path)
    good = (folder / "f2.parquet").read_bytes()
    damage(folder / "f2.parquet")
    words = ("locate", folder, "-o", "out", "--part-rows", 40)
    said = run(*words, status=1).stderr
    assert "not read: f2.parquet" in said
    assert said.splitlines()[-1].startswith("bordermap: out: 1 inputs could not be read; mend them")
    assert len(rows_of("out")) == 160
    before = {path.name: path.stat().st_mtime_ns for path in Path("out").glob("part-*.parquet")}
    (folder / "f2.parquet").write_bytes(good)
    said = run(*words).stderr
    assert "not read" not in said
    pd.testing.assert_frame_equal(rows_of("out"), whole)
    kept = [name for name, when in before.items() if Path("out", name).stat().st_mtime_ns == when]
    assert len(kept) == 4
    assert "done already" in run(*words).stderr


def test_a_mended_file_may_be_cut_into_more_parts(run, folder, tmp_path):
    incidents(200, 1_000).to_parquet(folder / "f2.parquet", row_group_size=20)
    whole = as_one(run, folder, tmp_path)
    good = (folder / "f2.parquet").read_bytes()
    cut_off(folder / "f2.parquet")
    words = ("locate", folder, "-o", "out", "--part-rows", 40)
    run(*words, status=1)
    assert len(list(Path("out").glob("part-*"))) == 5
    (folder / "f2.parquet").write_bytes(good)
    run(*words)
    assert len(list(Path("out").glob("part-*"))) == 9
    pd.testing.assert_frame_equal(rows_of("out"), whole)


def test_counts_refuse_a_corrupt_file(run, folder):
    broken(folder / "f2.parquet")
    for words in (("summary", folder, "--by", "year"), ("query", folder), ("check", folder)):
        said = run(*words, "--part-rows", 40, status=1)
        assert "f2.parquet" in said.stderr
        assert said.stderr.splitlines()[-1].startswith("bordermap: 1 inputs could not be read")
        assert said.stdout == ""


def test_files_of_other_columns_and_types_are_one_dataset(run, folder):
    incidents(40, 80).assign(longitude=lambda f: f.longitude.astype(str), score=1.5).to_parquet(
        folder / "f2.parquet"
    )
    incidents(40, 120).assign(score="high", mark=True).to_parquet(folder / "f3.parquet")
    run("locate", folder, "-o", "out", "--part-rows", 40)
    found = run("query", "out", "-o", "all.geojson").stderr
    assert "200" in found
    run("query", "out", "--within", "50km", "-o", "near.csv")
    run("locate", folder, "-o", "one.parquet")
    run("query", "one.parquet", "--within", "50km", "-o", "near_one.csv")
    near, one = (
        pd.read_csv(name).sort_values("incident_id") for name in ("near.csv", "near_one.csv")
    )
    shared = [name for name in near if name in one]
    assert {"score", "mark", "border_distance_m"} <= set(shared)
    pd.testing.assert_frame_equal(
        near[shared].reset_index(drop=True), one[shared].reset_index(drop=True)
    )


@pytest.mark.parametrize("groups", [0, 1])
def test_an_empty_partition_is_a_part_like_any(run, folder, tmp_path, groups):
    empty = incidents(0).astype({"longitude": float, "latitude": float})
    table = pa.Table.from_pandas(empty, preserve_index=False)
    with pq.ParquetWriter(folder / "f2.parquet", table.schema) as writer:
        for _ in range(groups):
            writer.write_table(table)
    run("locate", folder, "-o", "out", "--part-rows", 40)
    assert len(rows_of("out")) == 160
    assert sum(pq.read_metadata(one).num_rows for one in Path("out").glob("part-*")) == 160
    assert "0 of 160" in run("query", "out", "--from", "2020-01-01", "-o", "no.csv").stderr


def test_only_empty_files_are_an_empty_dataset(run, tmp_path):
    incidents(0).to_parquet("none.parquet")
    run("locate", "none.parquet", "-o", "out")
    assert len(pd.read_parquet("out")) == 0


@pytest.mark.heavy
def test_a_thousand_tiny_files_are_few_parts(run, tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    for number in range(1_000):
        (made / f"{number:04}.csv").write_text(
            f"incident_id,longitude,latitude,date\nI-{number},{64 + number / 200},33,2016-05-04\n"
        )
    run("locate", made, "-o", "out", "-q")
    assert [path.name for path in Path("out").glob("part-*")] == ["part-00000.parquet"]
    assert len(rows_of("out")) == 1_000
    assert len(parts_of([made], rows=131_072, size=20_000)) == pytest.approx(3, abs=1)


def test_one_huge_row_group_is_cut_within(run, tmp_path):
    incidents(900).to_parquet("huge.parquet")
    assert pq.read_metadata("huge.parquet").num_row_groups == 1
    run("locate", "huge.parquet", "-o", "out", "--part-rows", 100)
    assert len(list(Path("out").glob("part-*"))) == 9
    pd.testing.assert_frame_equal(rows_of("out"), as_one(run, "huge.parquet", tmp_path))


@pytest.mark.skipif(os.name != "posix", reason="a full disk is simulated by a POSIX limit")
def test_no_space_left_while_the_third_part_is_written(run, folder, tmp_path, little_room):
    whole = as_one(run, folder, tmp_path)
    parts = parts_of([folder], rows=40)
    out = tmp_path / "out"

    def fill(done, total):
        if done == 2:
            room.enter_context(little_room(8_000))

    dataset = Dataset(out, {})
    failing = pytest.raises(OutputError, match="cannot be written")
    with ExitStack() as room, engine_of() as engine, failing as error:
        in_parts(parts, Job(WritePart(str(out))), engine, dataset, fill)
    assert "\n" not in str(error.value)
    assert error.value.where == "part-00002.parquet"
    assert [path.name for path in sorted(out.iterdir())] == ["_bordermap", *names(2)]
    # The whole command in little room says so in a line, and with room it goes on.
    shutil.rmtree(out)
    words = ("locate", folder, "-o", "out", "--part-rows", 40)
    with little_room(8_000):
        said = run(*words, status=1).stderr.splitlines()
    assert said[-1].startswith("bordermap: part-00000.parquet: cannot be written (")
    assert "File too large" in said[-1]
    assert [path.name for path in out.iterdir()] == ["_bordermap"]
    run(*words)
    assert sorted(path.name for path in out.glob("*part-*")) == names(5)
    pd.testing.assert_frame_equal(rows_of(out), whole)


def names(count):
    return [f"part-{number:05}.parquet" for number in range(count)]


def test_a_folder_that_cannot_be_written_is_one_line(run, folder, open_folder, monkeypatch):
    monkeypatch.chdir(open_folder)
    locked = open_folder / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    shutil.copytree(folder, open_folder / "in")
    monkeypatch.setenv("BORDERMAP_GAZETTEER", str(open_folder / "own.sqlite"))
    with ordinary_user():
        said = run("locate", open_folder / "in", "-o", locked / "out", status=1).stderr
    assert said.splitlines() == [
        "bordermap: out: cannot be made (Permission denied); name another folder"
    ]
    assert list(locked.iterdir()) == []


def test_other_places_are_refused(run, folder, tmp_path):
    def last(*words, status=1):
        return run("locate", folder, *words, status=status).stderr.splitlines()[-1]

    Path("full").mkdir()
    Path("full", "mine.txt").write_text("mine")
    assert "full: is a folder with something else in it" in last("-o", "full")
    assert [one.name for one in Path("full").iterdir()] == ["mine.txt"]
    Path("file").write_text("mine")
    assert "file: cannot be made" in last("-o", "file")
    assert Path("file").read_text() == "mine"
    assert "out: cannot be made (No such file" in last("-o", "no/such/out")
    assert "lies in a folder that is read" in last("-o", folder / "out")
    assert "--review: is not made in parts" in last("-o", "out", "--review", "r.csv")
    assert "parts are written into a folder" in last("-o", "out.csv", "--workers", "1")
    assert not Path("out").exists()


def test_another_runs_folder_is_refused(run, folder):
    run("locate", folder, "-o", "out")
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    others = [("--bands", "1,2"), ("--month-first",), ("--within", "5km")]
    for words in others:
        command = "query" if "--within" in words else "locate"
        said = run(command, folder, "-o", "out", *words, status=1).stderr
        assert "out: holds the parts of another run" in said.splitlines()[-1]
    incidents(41, 0).to_parquet(folder / "f0.parquet")
    said = run("locate", folder, "-o", "out", status=1).stderr
    assert "out: holds the parts of another run" in said.splitlines()[-1]
    assert before == {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


def test_a_broken_manifest_is_one_line(run, folder):
    run("locate", folder, "-o", "out")
    Path("out", "_bordermap", "run.json").write_text("{")
    said = run("locate", folder, "-o", "out", status=1).stderr
    assert said.splitlines()[-1].startswith("bordermap: run.json: is broken; take its whole folder")


def test_rejected_rows_of_all_parts_are_a_dataset(run, folder):
    bad = incidents(40, 80).assign(latitude=[95.0] * 3 + [33.0] * 37)
    bad.to_parquet(folder / "f2.parquet")
    result = run("locate", folder, "-o", "out", "--part-rows", 40, "--strict", status=3)
    assert "3 rejected rows are in out.rejected" in result.stderr
    rejected = pd.concat(map(pd.read_csv, sorted(Path("out.rejected").iterdir())))
    assert len(rejected) == 3
    assert len(rows_of("out")) + len(rejected) == 200
    # A folder of that name that is a file is told.
    shutil.rmtree("out")
    shutil.rmtree("out.rejected")
    Path("out.rejected").write_text("mine")
    said = run("locate", folder, "-o", "out", "--part-rows", 40, status=1).stderr
    assert "the folder out.rejected does not exist" in said.splitlines()[-1]
    assert Path("out.rejected").read_text() == "mine"
