"""What may be named as an input: folders, patterns, standard input, archives; and JSON's shapes."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from accounting import check, found
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import ods, xls, xlsx, zipped

from bordermap import read_incidents, records
from bordermap.errors import InputError, RecipeError
from bordermap.files import sha256_of
from bordermap.records import archives, inputs, json_rows

CASES = Path(__file__).parent / "data" / "bad_input"
TABLE = "Date,Place\n2016-06-12,{}\n"


@pytest.fixture
def folder(tmp_path):
    """A folder as people keep them."""
    kept = tmp_path / "kept"
    (kept / "older").mkdir(parents=True)
    (kept / "b.csv").write_text(TABLE.format("Chaman"))
    (kept / "A.csv").write_text(TABLE.format("Torkham"))
    (kept / "c.json").write_text('[{"place": "Wana"}]')
    (kept / "report.pdf").write_bytes(b"%PDF-1.7")
    (kept / "out.geojson.run.json").write_text("{}")
    (kept / "out.geojson.rejected.csv").write_text("a,b\n")
    (kept / "~$b.xlsx").write_bytes(b"lock")
    (kept / ".hidden.csv").write_text(TABLE.format("Zazi"))
    return kept


def places(tables):
    return [place for table in tables for place in table.frame["place"]]


def notes(tables, reason):
    return [fault.message for table in tables for fault in table.faults if fault.reason == reason]


# Folders and patterns


def test_a_folder_is_read_by_name_and_the_rest_is_named(folder):
    tables = records.read_all([folder])
    assert places(tables) == ["Torkham", "Chaman", "Wana"]
    (said,) = notes(tables, "not_read")
    assert said.startswith("6 in the folder are not read: .hidden.csv, older, ")
    assert said.endswith(" and 1 more")
    _, report = read_incidents(folder)
    assert (report.read, report.accepted_count) == (3, 3)


def test_a_file_of_a_folder_that_cannot_be_read_is_named_with_the_reason(folder):
    (folder / "a_broken.json").write_text('[{"place": "Wa')
    tables = records.read_all([folder])
    assert places(tables) == ["Torkham", "Chaman", "Wana"]
    assert any("a_broken.json (is cut off)" in said for said in notes(tables, "not_read"))


def test_a_folder_of_nothing_that_can_be_read(tmp_path):
    with pytest.raises(InputError, match="is a folder without a file that can be read"):
        records.read_all([tmp_path])
    (tmp_path / "a.csv").write_text("\n")
    with pytest.raises(InputError, match=r"a\.csv: the file is empty"):
        records.read_all([tmp_path])


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_links_out_of_a_folder_are_not_followed(folder, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text(TABLE.format("Outside"))
    (folder / "link.csv").symlink_to(outside)
    assert "Outside" not in places(records.read_all([folder]))
    assert places(records.read_all([folder / "link.csv"])) == ["Outside"]


def test_patterns_are_expanded(folder):
    assert places(records.read_all([f"{folder}/?.csv"])) == ["Torkham", "Chaman"]
    assert places(records.read_all([f"{folder}/[b-z].*"])) == ["Chaman", "Wana"]
    with pytest.raises(InputError, match="no file matches"):
        records.read_all([f"{folder}/*.ods"])


def test_a_file_named_like_a_pattern_is_a_file(tmp_path):
    (tmp_path / "a[1].csv").write_text(TABLE.format("Torkham"))
    assert places(records.read_all([tmp_path / "a[1].csv"])) == ["Torkham"]


def test_a_file_named_twice_is_read_once(folder):
    tables = records.read_all([folder, folder / "b.csv", f"{folder}/b*"])
    assert places(tables) == ["Torkham", "Chaman", "Wana"]
    assert notes(tables, "named_twice") == ["named twice, read once"] * 2


def test_two_sheets_of_one_workbook_are_two_inputs(tmp_path):
    book = tmp_path / "book.xlsx"
    book.write_bytes(xlsx(sheets={"A": [["Place"], ["Torkham"]], "B": [["Place"], ["Chaman"]]}))
    tables = records.read_all([f"{book}:A", f"{book}:B"])
    assert places(tables) == ["Torkham", "Chaman"]
    assert [table.file for table in tables] == ["book.xlsx (A)", "book.xlsx (B)"]
    assert records.files_of([f"{book}:A"]) == [book]


def test_too_many_files(folder, monkeypatch):
    monkeypatch.setattr(inputs, "MAX_FILES", 2)
    with pytest.raises(InputError, match="stands for more than 2 files"):
        records.read_all([folder])


def test_remote_patterns_are_refused():
    with pytest.raises(InputError, match="remote and virtual"):
        records.read_all(["https://example.org/*.csv"])


# The command line, each kind against the library


@pytest.mark.parametrize("kind", ["folder", "pattern", "sheet", "gzip", "zip", "json"])
def test_every_command_takes_every_kind_of_input(run, tmp_path, folder, kind):
    (folder / "b.csv.gz").write_bytes(gzip.compress(TABLE.format("Chaman").encode()))
    (tmp_path / "z.zip").write_bytes(zipped({"b.csv": TABLE.format("Chaman")}))
    (tmp_path / "b.xlsx").write_bytes(xlsx())
    named = {
        "folder": str(folder),
        "pattern": f"{folder}/[ab].csv",
        "sheet": f"{tmp_path / 'b.xlsx'}:Incidents",
        "gzip": f"{folder}/b.csv.gz",
        "zip": "z.zip",
        "json": f"{folder}/c.json",
    }[kind]
    frame, report = read_incidents(named)
    printed = json.loads(run("check", named, "--json").stdout)
    assert [one["read"] for one in printed["files"]] == [one.read for one in report.files]
    run("locate", named, "-o", "out.geojson")
    written = json.loads((tmp_path / "out.geojson").read_text())["features"]
    expected = frame["source_file"].tolist()
    assert [one["properties"]["source_file"] for one in written] == expected
    if kind == "folder":
        return
    run("map", named, "-o", "out.html")
    assert str(len(frame)) in run("query", named).stderr
    assert run("summary", named, "--by", "year", "--json").stdout


def test_standard_input(tmp_path, monkeypatch):
    from click.testing import CliRunner  # noqa: PLC0415

    from bordermap.cli import main  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    for content in (TABLE.format("Chaman").encode(), b'[{"place": "Chaman"}]', xlsx(), ods()):
        result = CliRunner().invoke(main, ["check", "-", "--json"], input=content)
        assert result.exit_code == 0, result.stderr
        (file,) = json.loads(result.stdout)["files"]
        assert file["file"].startswith("standard input")
        assert file["read"] == file["accepted"] > 0
    result = CliRunner().invoke(main, ["map", "-"], input=TABLE.format("Chaman"))
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "maps" / "incidents.html").is_file()
    result = CliRunner().invoke(main, ["check", "-", "-"], input="")
    assert (result.exit_code, "standard input is named twice" in result.stderr) == (1, True)


def test_standard_input_is_read_once(run, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE.format("Chaman"), encoding="utf-8")
    assert "standard input is named twice" in run("diff", "-", "-", status=1).stderr
    said = run("check", "-", "--write-recipe", "a.toml", status=1).stderr
    assert "standard input can be read only once; save it to a file" in said
    assert not (tmp_path / "a.toml").exists()


def test_an_empty_variable_is_not_this_folder(run, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE.format("Chaman"), encoding="utf-8")
    assert "an input has no name" in run("check", "", status=1).stderr
    for name in ("-", ""):
        assert "name a file" in run("query", "a.csv", "-o", name, status=1).stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]


def test_files_of_one_name_are_told_apart(run, tmp_path):
    for folder in ("2015", "2016"):
        (tmp_path / folder).mkdir()
        rows = f"{folder}-01-02,a,95\n{folder}-01-03,b,x\n"
        (tmp_path / folder / "a.csv").write_text(f"date,place,lat\n{rows}", encoding="utf-8")
    said = run("check", "201*/a.csv", "--rejected", "out").stdout
    parts = run("check", "201*/a.csv", "--part-rows", 1).stdout
    assert said == parts
    for name in ("a.csv", "a.csv (2)"):
        assert f"{name}: rejected for coordinates_out_of_range: 1 (row 1: 95)" in said
        assert f"{name}: noted for coordinates_unreadable: 1" in said
    lines = (tmp_path / "out.rejected.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["a.csv", "1"], ["a.csv (2)", "1"]]
    frame, _ = read_incidents(tmp_path / "2015" / "a.csv", tmp_path / "2016" / "a.csv")
    assert frame["source_file"].tolist() == ["a.csv", "a.csv (2)"]


def test_what_is_read_and_what_is_not_is_said_aloud(run, folder):
    said = run("check", folder).stdout
    assert "6 in the folder are not read" in said
    (folder / "x.xlsx").write_bytes(xlsx(sheets={"A": [["Place"], ["Zazi"]], "B": [["zzz"]]}))
    assert "the sheet 'A' is read" in run("check", folder / "x.xlsx").stdout
    assert run("query", folder, "-q").stderr == ""


def test_no_output_over_a_file_of_a_folder_or_pattern(run, folder):
    before = (folder / "b.csv").read_text()
    for named in (folder, f"{folder}/*.csv"):
        assert "this is the input" in run("locate", named, "-o", folder / "b.csv", status=1).stderr
    assert (folder / "b.csv").read_text() == before


# Archives


def test_a_table_alone_in_an_archive(tmp_path):
    text = TABLE.format("Chaman").encode()
    packed = {
        "a.csv.gz": (gzip.compress(text), "a.csv.gz"),
        "twice.csv.gz": (gzip.compress(text) + gzip.compress(b"2016-06-13,Wana\n"), "twice.csv.gz"),
        "a.zip": (zipped({"in/a.csv": text, "__MACOSX/._a.csv": "x"}), "a.zip (a.csv)"),
        "book.zip": (zipped({"book.xlsx": xlsx()}), "book.zip (book.xlsx) (Incidents)"),
        "book.xls.gz": (gzip.compress(xls()), "book.xls.gz (Incidents)"),
    }
    for name, (content, file) in packed.items():
        (tmp_path / name).write_bytes(content)
        frame, report = check(tmp_path / name)
        assert frame["source_file"].unique().tolist() == [file]
        assert report.files[0].sha256 == sha256_of(tmp_path / name)
        assert (0, "suffix_differs") not in found(report)


LONG = b"Place\nTorkham\n" * 99
REFUSED = {
    "gzip in gzip": (gzip.compress(gzip.compress(LONG)), "holds another archive"),
    "zip in zip": (zipped({"a.zip": zipped({"a.csv": "x"})}), "holds another archive"),
    "gzip in zip": (zipped({"a.csv.gz": gzip.compress(b"x")}), "holds another archive"),
    "tar in gzip": (gzip.compress(bytes(257) + b"ustar" + bytes(300)), "holds another archive"),
    "two": (zipped({"a.csv": "x", "b.csv": "y"}), "is a zip archive of 2 files; unpack it"),
    "litter": (zipped({".DS_Store": "x"}), "is an empty archive"),
    "empty": (zipped({}), "is an empty archive"),
    "cut gzip": (gzip.compress(LONG)[:-30], "is damaged or cut off"),
    "cut zip": (zipped({"a.csv": LONG})[:-40], "is damaged or cut off"),
    "a way out": (zipped({"../../etc/a.pdf": "%PDF-1.4"}), "a.pdf): is a PDF document"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_archives_that_are_refused(tmp_path, case):
    content, message = REFUSED[case]
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        records.read(path)
    assert message in str(caught.value)


def test_an_archive_that_lies_about_its_size_is_damaged(tmp_path):
    content = zipped({"a.csv": "Place\n" + "Torkham\n" * 1000})
    size = (6 + 8 * 1000).to_bytes(4, "little")
    path = tmp_path / "a.zip"
    path.write_bytes(content.replace(size, (9).to_bytes(4, "little")))
    with pytest.raises(InputError, match="is damaged or cut off"):
        records.read(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"a.csv": content})])
def test_archives_that_unpack_to_too_much(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 3 * 1024**2)
    path = tmp_path / "bomb"
    path.write_bytes(pack(bytes(50 * 1024**2)))
    with pytest.raises(InputError, match="holds more than 3 MiB unpacked"):
        records.read(path)


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({str(number): "" for number in range(3)}))
    with pytest.raises(InputError, match="holds more than 2 files"):
        records.read(path)


# JSON; the shapes themselves are case files


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nested_list.json", ["Torkham", "Chaman"]),
        ("columns.json", ["Torkham", "Chaman"]),
        ("columns_by_row.json", ["Torkham", "Chaman"]),
        ("rows_by_key.json", ["Torkham", "Chaman"]),
        ("two_lists.json", ["Torkham", "Chaman"]),
        ("lines.jsonl", ["Torkham", "Chaman"]),
        ("repeated_keys.json", ["Torkham"]),
    ],
)
def test_the_records_of_json(name, expected):
    assert check(CASES / name)[0]["place"].tolist() == expected


def test_what_is_said_of_json():
    _, report = check(CASES / "two_lists.json")
    assert "the records in new are read, not those in old" in report.faults[0].message
    frame, _ = check(CASES / "nested_objects.json")
    assert frame["date_start"].dt.year.tolist() == [2016]
    assert frame["review.date"].tolist() == ["2020-01-01"]
    assert frame["tags"].tolist() == ['["a","b"]']
    frame, _ = check(CASES / "rows_by_key.json")
    assert frame["key"].tolist() == ["-Kx1", "-Kx2"]
    frame, _ = check(CASES / "lines.jsonl")
    assert frame["note"].iloc[0] == "a\u2028b"


def test_limits_of_json(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("[" * 300 + '{"place": "x"}' + "]" * 300)
    with pytest.raises(InputError, match="is nested deeper than 200"):
        records.read(path)
    path.write_text('{"place": "Wana"}\n{"a": ' + "[" * 300 + "]" * 300 + "}\n")
    with pytest.raises(InputError, match="is nested deeper than 200"):
        records.read(path)
    monkeypatch.setattr(json_rows, "MAX_ROWS", 1)
    path.write_text('[{"place": "x"}, {"place": "y"}]')
    with pytest.raises(InputError, match="has more than 1 records"):
        records.read(path)
    monkeypatch.setattr(json_rows, "MAX_ROWS", 100)
    monkeypatch.setattr(json_rows, "MAX_COLUMNS", 2)
    path.write_text('[{"place": "x", "a": 1, "b": 2}]')
    with pytest.raises(InputError, match="has 3 different names, more than 2"):
        records.read(path)


def test_a_text_beyond_the_limit_rejects_its_record(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"place": "x" * 100_001}, {"place": "Wana"}]))
    assert found(check(path)[1]) == {(1, "cell_too_long")}


def test_the_recipe_asked_for_must_know_a_name():
    with pytest.raises(RecipeError, match=r"no column of \(a, b\) is known"):
        records.read(CASES / "unknown_names.json", recipe="acled")


KEYS = st.sampled_from(["date", "place", "Lat", "Lon", "killed", "data", "type", "a.b", "", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
QUICK = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(VALUES)
def test_any_json(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    read_or_refused(path)


@QUICK
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=5))
def test_any_list_of_objects(tmp_path, rows):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"place": "Wana"}, *rows]))
    assert check(path)[1].read == len(rows) + 1


@QUICK
@given(st.lists(VALUES | st.just("{"), max_size=5))
def test_any_json_lines(tmp_path, values):
    path = tmp_path / "a.jsonl"
    lines = [value if value == "{" else json.dumps(value) for value in values]
    path.write_text("\n".join(['{"place": "Wana", "date": "2016"}', *lines]))
    read_or_refused(path, at_least=len(values) + 1 if values else 0)


def read_or_refused(path, at_least=0):
    try:
        _, report = check(path)
    except (InputError, RecipeError) as caught:
        said, read = str(caught), at_least
    else:
        said, read = "read", report.read
    assert "\n" not in said
    assert read >= at_least
