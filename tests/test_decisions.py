"""What people decide about incidents: the sheet out, the decisions in, and what is said of them."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import ods, xls, xlsx

from bordermap import build, geocode, locate, read_decisions, review_sheet
from bordermap.errors import InputError
from bordermap.geocode import geocode_and_decide
from bordermap.geocode.review import OPEN, SHEET, TO_FILL
from bordermap.geocode.rulings import WORDS
from bordermap.schema import Decision, DecisionFile

COLUMNS = ["incident_id", "date_start", "place", "district", "province", "country", "summary"]
INCIDENTS = [
    ["A", "2024-01-01", "Torkham", "", "", "AF", "Fire at the gate."],
    ["B", "2024-01-02", "Nowhere Kot", "Spera", "Khost", "AF", "Shells, sources say."],
    ["C", "2024-01-03", "nowhere  kot", "Spera", "Khost", "AF", "=1+1"],
    ["D", "2024-01-04", "Another Unknown", "", "", "", "Nothing known."],
    ["E", "2024-01-05", "لوره", "Spera", "Khost", "AF", "In Pashto."],
    ["F", "2024-01-06", "Hilltop Ghar", "Kurram", "", "PK", "A ridge."],
    ["G", "2024-01-07", "Chaman", "", "Balochistan", "PK", "At the gate."],
]


def write(path, rows=INCIDENTS, columns=COLUMNS):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def sheet_of(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def decisions(*lines, name="sheet.csv"):
    """Decisions made in code, each a dict of cells."""
    rows = tuple(Decision(name, at, line) for at, line in enumerate(lines, start=1))
    return [DecisionFile(name, "0" * 64, len(rows), rows)]


@pytest.fixture
def incidents(tmp_path):
    return write(tmp_path / "in.csv")


@pytest.fixture
def sheet(run, incidents, tmp_path):
    run("locate", "in.csv", "-o", "plain.csv", "--review", "sheet.csv")
    return sheet_of(tmp_path / "sheet.csv")


@pytest.fixture(scope="module")
def frame():
    table = pd.DataFrame(INCIDENTS, columns=COLUMNS)
    return table.assign(latitude=math.nan, longitude=math.nan)


def fill(sheet, incident_id, **cells):
    [at] = sheet.index[sheet["incident_id"] == incident_id]
    for name, value in cells.items():
        sheet.loc[at, name] = value


def said(frame, incident_id, column="location_note"):
    return frame.set_index("incident_id").loc[incident_id, column]


def test_the_sheet_holds_each_open_text_once(sheet, tmp_path):
    plain = pd.read_csv(tmp_path / "plain.csv").set_index("incident_id")
    is_open = plain.index[plain["location_status"].isin(OPEN)]
    assert list(sheet.columns) == list(SHEET)
    assert set(is_open) == {"B", "C", "D", "E", "F"}
    assert sheet["incident_id"].tolist() == ["B", "D", "E", "F"]
    assert sheet["incidents"].astype(int).sum() == len(is_open)
    first = sheet.iloc[0]
    assert (first["date_start"], first["date_end"]) == ("2024-01-02", "2024-01-03")
    assert first["status"] == plain.loc["B", "location_status"]
    assert (sheet["decision"] == "").all()
    assert sheet["applies_to"].tolist() == ["text"] * 4


def test_the_sheet_opens_in_a_spreadsheet_and_runs_nothing(run, tmp_path):
    write(tmp_path / "in.csv", [["X", "2024-01-01", "=cmd()|x", "", "", "", "+evil"]])
    run("locate", "in.csv", "-o", "out.csv", "--review", "sheet.csv")
    assert (tmp_path / "sheet.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    line = sheet_of(tmp_path / "sheet.csv").iloc[0]
    assert line["place"].startswith("'=")
    assert line["summary"].startswith("'+")
    line = sheet_of(tmp_path / "sheet.csv")
    fill(line, "X", decision="point", decided_lat="33.1", decided_lon="70.1")
    line.to_csv(tmp_path / "filled.csv", index=False)
    run("locate", "in.csv", "-o", "out.csv", "--decisions", "filled.csv")
    assert pd.read_csv(tmp_path / "out.csv")["lat"].tolist() == [33.1]


def as_typed(cell):
    """A cell as a spreadsheet keeps it: what looks like a number is one."""
    try:
        return float(cell)
    except ValueError:
        return cell


def by_name(rows):
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


SAVED = {
    "xlsx": lambda rows: xlsx(sheets={"Notes": [["n"]], "Sheet": rows}),
    "xls": lambda rows: xls({"Sheet": rows}),
    "ods": lambda rows: ods({"Sheet": rows}),
    "json": lambda rows: json.dumps(
        [dict(zip(rows[0], r, strict=True)) for r in rows[1:]]
    ).encode(),
    "jsonl": lambda rows: "".join(
        json.dumps(dict(zip(rows[0], row, strict=True))) + "\n" for row in rows[1:]
    ).encode(),
}


BOOKS = ("xlsx", "xls", "ods")


def test_one_sheet_of_a_workbook_of_several_is_named(run, sheet, tmp_path):
    fill(sheet, "E", decision="place", decided_place_id="AF-KHO-spera")
    rows = [list(sheet.columns), *sheet.to_numpy().tolist()]
    book = tmp_path / "two.xlsx"
    book.write_bytes(xlsx(sheets={"First": rows[:1] + rows[1:2], "Second, mine": rows}))
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    for name, output in (("filled.csv", "a.csv"), ("two.xlsx:Second, mine", "b.csv")):
        result = run("locate", "in.csv", "-o", output, "--decisions", name)
        assert "4 lines, 1 decisions used" in result.stderr
    expected = (tmp_path / "a.csv").read_text("utf-8")
    found = (tmp_path / "b.csv").read_text("utf-8")
    assert found == expected.replace("filled.csv", "two.xlsx (Second, mine)")
    assert read_decisions(f"{book}:First").read == 1
    result = run("locate", "in.csv", "-o", "c.csv", "--decisions", "filled.csv:First", status=1)
    assert "is no workbook, so it has no sheets" in result.stderr
    result = run("locate", "in.csv", "-o", "two.xlsx", "--decisions", "two.xlsx:First", status=1)
    assert "this is the sheet of --decisions" in result.stderr


@pytest.mark.parametrize("suffix", SAVED)
def test_a_sheet_may_come_back_in_every_format_of_tables(run, sheet, tmp_path, suffix):
    sheet = sheet.copy()
    point = {"decision": "point", "decided_lat": "33.15", "decided_lon": "69.6"}
    fill(sheet, "B", **point, decided_radius_m="4000", decided_by="A. Reader")
    fill(sheet, "E", decision="place", decided_place_id="AF-KHO-spera")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    rows = [list(sheet.columns), *([as_typed(cell) for cell in row] for row in sheet.to_numpy())]
    (tmp_path / f"filled.{suffix}").write_bytes(SAVED[suffix](rows))
    for name, output in (("filled.csv", "expected.csv"), (f"filled.{suffix}", "found.csv")):
        result = run("locate", "in.csv", "-o", output, "--decisions", name)
        assert "4 lines, 2 decisions used" in result.stderr
    expected = (tmp_path / "expected.csv").read_text("utf-8")
    assert (tmp_path / "found.csv").read_text("utf-8") == expected.replace(
        "filled.csv", f"filled.{suffix} (Sheet)" if suffix in BOOKS else f"filled.{suffix}"
    )


def test_round_trip(run, sheet, tmp_path):
    plain = (tmp_path / "plain.csv").read_text("utf-8").splitlines()
    point = {"decision": "point", "decided_lat": "33.15", "decided_lon": "69.6"}
    who = {"decided_by": "A. Reader", "decision_note": "the ridge, by the map"}
    fill(sheet, "B", **point, decided_radius_m="4000", **who)
    fill(sheet, "D", decision="none", decided_by="A. Reader")
    fill(sheet, "E", decision="place", decided_place_id="AF-KHO-spera")
    fill(sheet, "F", decision="accept")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    result = run("locate", "in.csv", "-o", "decided.csv", "--decisions", "filled.csv")
    assert "4 lines, 4 decisions used for 5 incidents, 0 not used, 0 refused" in result.stderr
    decided = (tmp_path / "decided.csv").read_text("utf-8").splitlines()
    same = [one[0] for one, other in zip(plain, decided, strict=True) if one == other]
    assert same == ["i", "A", "G"]
    table = pd.read_csv(tmp_path / "decided.csv").set_index("incident_id")
    for own in ("B", "C"):
        assert (table.loc[own, "lon"], table.loc[own, "lat"]) == (69.6, 33.15)
        assert table.loc[own, "location_radius_m"] == 4000
        assert table.loc[own, "location_precision"] == "place"
        assert table.loc[own, "located_by"] == "decided"
        assert "decided by A. Reader (filled.csv row 1)" in table.loc[own, "location_note"]
        assert "the ridge, by the map" in table.loc[own, "location_note"]
    assert np.isnan(table.loc["D", "lon"])
    assert table.loc["D", "located_by"] == "none"
    assert table.loc["E", "place_id"] == "AF-KHO-spera"
    assert table.loc["E", "location_precision"] == "district"
    was = pd.read_csv(tmp_path / "plain.csv").set_index("incident_id")
    assert table.loc["F", "located_by"] == "decided"
    assert table.loc["F", "location_radius_m"] == was.loc["F", "location_radius_m"]
    assert table.loc["F", "border_km"] == was.loc["F", "border_km"]
    assert table.loc[["B", "E", "F"], "location_status"].tolist() == ["placed"] * 3


def test_the_run_record_tells_of_the_sheet(run, sheet, tmp_path):
    fill(sheet, "D", decision="none")
    fill(sheet, "F", decision="perhaps")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    run("locate", "in.csv", "-o", "out.csv", "--decisions", "filled.csv")
    record = json.loads((tmp_path / "out.csv.run.json").read_text("utf-8"))
    [file] = record["decisions"]
    assert file["file"] == "filled.csv"
    assert file["sha256"] == read_decisions(tmp_path / "filled.csv").sha256
    assert (file["read"], file["empty"], file["used"], file["refused"]) == (4, 2, 1, 1)
    assert record["decisions_not_used"] == {"decision_word_unknown": 1}
    record = json.loads((tmp_path / "plain.csv.run.json").read_text("utf-8"))
    assert "decisions" not in record


def spreadsheet(sheet, encoding, delimiter, line_end="\r\n"):
    """A sheet as a spreadsheet saves it: columns moved and added, letters lost, decimal commas."""
    moved = sheet[[*reversed(sheet.columns)]].assign(**{"My notes": "x"})
    for name in ("decided_lat", "decided_lon", "lat", "lon", "radius_m"):
        moved[name] = moved[name].str.replace(".", ",")
    out = io.StringIO()
    moved.to_csv(out, index=False, sep=delimiter, lineterminator=line_end)
    return out.getvalue().encode(encoding, "replace")


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("cp1252", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1256", ";")],
)
def test_a_sheet_that_a_spreadsheet_saved_still_counts(run, sheet, tmp_path, encoding, delimiter):
    fill(sheet, "B", decision=" Point ", decided_lat="33.15", decided_lon="69.6",
         decided_by="Zoë", applies_to="Text")  # fmt: skip
    fill(sheet, "E", decision="place", decided_place_id="AF-KHO-spera")
    fill(sheet, "F", decision="ACCEPT")
    sheet.to_csv(tmp_path / "good.csv", index=False)
    (tmp_path / "saved.csv").write_bytes(spreadsheet(sheet, encoding, delimiter))
    run("locate", "in.csv", "-o", "good.out.csv", "--decisions", "good.csv")
    result = run("locate", "in.csv", "-o", "saved.out.csv", "--decisions", "saved.csv")
    assert "3 decisions used for 4 incidents, 0 not used, 0 refused" in result.stderr
    good, saved = (
        pd.read_csv(tmp_path / f"{name}.out.csv").drop(columns="location_note")
        for name in ("good", "saved")
    )
    pd.testing.assert_frame_equal(good, saved)


def test_the_command_line_is_the_library_call(run, sheet, tmp_path):
    fill(sheet, "B", decision="place", decided_place_id="AF-KHO-spera")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    run("query", "in.csv", "--decisions", "filled.csv", "--district", "Spera", "-o", "out.csv",
        "--review", "second.csv")  # fmt: skip
    frame, report = build(tmp_path / "in.csv", decisions=[tmp_path / "filled.csv"])
    table = pd.read_csv(tmp_path / "out.csv").set_index("incident_id")
    ours = frame.set_index("incident_id").loc[table.index]
    assert {"B", "C"} <= set(table.index)
    assert table["location_note"].tolist() == ours["location_note"].tolist()
    expected = review_sheet(frame, report.decisions)
    pd.testing.assert_frame_equal(sheet_of(tmp_path / "second.csv"), expected, check_dtype=False)


@pytest.mark.parametrize("command", ["locate", "map", "query", "summary"])
def test_every_command_that_places_takes_decisions(run, sheet, tmp_path, command):
    fill(sheet, "D", decision="point", decided_lat="33,5", decided_lon="69,9")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    suffix = ".html" if command == "map" else ".csv"
    words = ["--by", "located_by"] if command == "summary" else ["--review", "again.csv"]
    run(command, "in.csv", "-o", f"out{suffix}", "--decisions", "filled.csv", *words)
    if command == "summary":
        table = pd.read_csv(tmp_path / "out.csv").set_index("located_by")
        assert table.loc["decided", "incidents"] == 1
    else:
        again = sheet_of(tmp_path / "again.csv").set_index("incident_id")
        assert again.loc["D", "decision"] == "point"


def test_a_second_sheet_keeps_what_was_decided(run, sheet, tmp_path):
    fill(sheet, "B", decision="point", decided_lat="33.15", decided_lon="69.6", decided_by="A")
    fill(sheet, "F", decision="accept", applies_to="Incident")
    sheet.loc[len(sheet)] = ["Gone", *[""] * (len(SHEET) - 1)]
    fill(sheet, "Gone", decision="none", decided_by="B")
    fill(sheet, "D", decision="maybe")
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    run("locate", "in.csv", "-o", "one.csv", "--decisions", "filled.csv", "--review", "next.csv")
    following = sheet_of(tmp_path / "next.csv")
    made = [name for name in SHEET if name not in {*TO_FILL, "note", "why_not_used"}]
    pd.testing.assert_frame_equal(following[made].head(4), sheet[made].head(4))
    assert following["incident_id"].tolist() == ["B", "D", "E", "F", "D", "Gone"]
    assert following["decision"].tolist() == ["point", "", "", "accept", "maybe", "none"]
    assert following["why_not_used"].astype(bool).tolist() == [False] * 4 + [True] * 2
    following.to_csv(tmp_path / "filled.csv", index=False)
    run("locate", "in.csv", "-o", "two.csv", "--decisions", "filled.csv")
    one, two = (pd.read_csv(tmp_path / name) for name in ("one.csv", "two.csv"))
    pd.testing.assert_frame_equal(
        one.drop(columns="location_note"), two.drop(columns="location_note")
    )


def test_a_sheet_that_holds_decisions_is_never_written_over(run, sheet, tmp_path):
    fill(sheet, "B", decision="accept")
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    before = (tmp_path / "sheet.csv").read_bytes()
    result = run("locate", "in.csv", "-o", "out.csv", "--review", "sheet.csv", status=1)
    assert "1 decisions stand in this sheet" in result.stderr
    assert (tmp_path / "sheet.csv").read_bytes() == before
    result = run("locate", "in.csv", "-o", "out.csv", "--review", "in.csv", status=1)
    assert "this is the input" in result.stderr
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = run("locate", "in.csv", "-o", "out.csv", "--review", "other.csv", status=1)
    assert "no review sheet" in result.stderr
    result = run("locate", "in.csv", "-o", "out.csv", "--review", "sheet.xlsx", status=1)
    assert ".csv" in result.stderr


BAD = {
    "unknown word": ({"decision": "yes"}, "'yes' is no decision; write accept"),
    "no word": ({"decided_lat": "33"}, "no decision stands beside decided_lat"),
    "unknown scope": ({"decision": "none", "applies_to": "all"}, "'all' is not understood"),
    "no place": ({"decision": "place"}, "'place' needs a decided_place_id"),
    "a name for an id": (
        {"decision": "place", "decided_place_id": "Torkham"},
        "'Torkham' is no place_id; 'bordermap geocode NAME' lists them",
    ),
    "a stretch that is none": (
        {"decision": "place", "decided_place_id": "line:9000-9100"},
        "'line:9000-9100' is no place_id",
    ),
    "a stretch that runs backwards": (
        {"decision": "place", "decided_place_id": "line:20-10"},
        "'line:20-10' is no place_id",
    ),
    "a place among others": (
        {"decision": "place", "decided_place_id": "AF-KHO-spera;nowhere"},
        "'AF-KHO-spera;nowhere' is no place_id",
    ),
    "no coordinates": ({"decision": "point"}, "decided_lat and decided_lon are empty"),
    "half a point": ({"decision": "point", "decided_lat": "33"}, "the longitude is missing"),
    "words for degrees": (
        {"decision": "point", "decided_lat": "north", "decided_lon": "70"},
        "'north' is not a coordinate",
    ),
    "out of range": (
        {"decision": "point", "decided_lat": "330000", "decided_lon": "70"},
        "metres of a map projection",
    ),
    "elsewhere": (
        {"decision": "point", "decided_lat": "10", "decided_lon": "10"},
        "far from both countries",
    ),
    "zero": ({"decision": "point", "decided_lat": "0", "decided_lon": "0"}, "(0, 0) mean none"),
    "radius in words": (
        {"decision": "place", "decided_place_id": "line-torkham", "decided_radius_m": "wide"},
        "'wide' is no radius",
    ),
    "radius of two readings": (
        {"decision": "place", "decided_place_id": "line-torkham", "decided_radius_m": "5,000"},
        "'5,000' is no radius; write metres such as 5000, or 5km",
    ),
    "radius of nothing": (
        {"decision": "point", "decided_lat": "33", "decided_lon": "70", "decided_radius_m": "0"},
        "is not between 0 and",
    ),
    "radius of an area": (
        {
            "decision": "place",
            "decided_place_id": "AF-KHO-spera",
            "decided_radius_m": "5km",
        },
        "its outline counts",
    ),
    "two minds": (
        {"decision": "none", "decided_lat": "33", "decided_lon": "70"},
        "'none' and decided_lat do not go together",
    ),
    "another text": (
        {"decision": "none", "place": "Other Kot"},
        "its place was 'Other Kot' when it was decided and is 'Nowhere Kot' now",
    ),
    "another answer": (
        {"decision": "accept", "lat": "30", "lon": "70"},
        "the program's answer is another one now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_told_with_file_and_row(run, incidents, tmp_path, name):
    cells, told = BAD[name]
    line = pd.DataFrame([{"incident_id": "B", "decision": "", **cells}])
    line.to_csv(tmp_path / "sheet.csv", index=False)
    words = ["locate", "in.csv", "-o", "out.csv", "--decisions", "sheet.csv", "--strict"]
    result = run(*words, status=3)
    assert "1 lines, 0 decisions used for 0 incidents, 0 not used, 1 refused" in result.stderr
    assert "refused: sheet.csv row 1: " in result.stderr
    assert told in result.stderr
    out = pd.read_csv(tmp_path / "out.csv").set_index("incident_id")
    assert "the decision of sheet.csv row 1 is not used" in out.loc["B", "location_note"]
    assert not (out["located_by"] == "decided").any()


def test_an_incident_that_was_not_read_is_counted_not_silent(run, incidents, tmp_path):
    (tmp_path / "sheet.csv").write_text("incident_id,decision\nZZ,none\n,none\n", encoding="utf-8")
    result = run("locate", "in.csv", "-o", "out.csv", "--decisions", "sheet.csv")
    assert "2 lines, 0 decisions used for 0 incidents, 1 not used, 1 refused" in result.stderr
    assert "no incident 'ZZ' was read" in result.stderr
    assert "it has no incident_id" in result.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "has no column incident_id"),
        (b"incident_id,place\nA,b\n", "has no column decision"),
        (b"incident_id,decision\nA,none,x,y\n", "line 2 has 4 cells where the header has 2"),
        (b'incident_id,decision\nA,"none\n', "the quote opened in line 2 is never closed"),
        (b'{"type": "FeatureCollection", "features": []}', "has no column incident_id"),
        (b'{"a": 1}', "has no column incident_id"),
        (b"PK\x03\x04", "is damaged or cut off"),
        (b"<html></html>", "XML or HTML"),
    ],
)
def test_a_file_that_is_no_sheet_ends_in_one_line(run, incidents, tmp_path, content, told):
    (tmp_path / "sheet.csv").write_bytes(content)
    result = run("locate", "in.csv", "-o", "out.csv", "--decisions", "sheet.csv", status=1)
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_missing_and_remote_sheets_are_refused(run, incidents):
    for name in ("gone.csv", "https://example.org/sheet.csv"):
        result = run("locate", "in.csv", "-o", "out.csv", "--decisions", name, status=1)
        assert result.stderr.count("\n") == 1
    with pytest.raises(InputError):
        read_decisions("gone.csv")


def test_a_header_that_comes_again_is_a_line_that_was_read(tmp_path):
    header, row = "incident_id,place,decision,decided_place_id,note", "A,Torkham,unknown,,"
    (tmp_path / "sheet.csv").write_text("\n".join([header, header, row, header, row]))
    found = read_decisions(tmp_path / "sheet.csv")
    assert (found.read, [one.row for one in found.decisions]) == (4, [2, 4])


def test_decisions_that_contradict_are_all_refused(frame):
    point = {"decision": "point", "decided_lat": "33", "decided_lon": "70"}
    sheets = decisions(
        {"incident_id": "B", **point},
        {"incident_id": "B", "decision": "none"},
        {"incident_id": "D", **point},
        {"incident_id": "D", **point, "decided_lat": "33.0"},
    )
    found = geocode(frame, decisions=sheets)
    assert "it contradicts sheet.csv row 2" in said(found, "B")
    assert said(found, "B", "located_by") == said(geocode(frame), "B", "located_by")
    assert said(found, "D", "located_by") == "decided"


def test_a_decision_for_the_incident_goes_before_one_for_its_text(frame):
    sheets = decisions(
        {"incident_id": "C", "decision": "none"},
        {
            "incident_id": "B", "applies_to": "text", "decision": "point",
            "decided_lat": "33", "decided_lon": "70",
        },
    )  # fmt: skip
    found = geocode(frame, decisions=sheets)
    assert said(found, "B", "located_by") == "decided"
    assert said(found, "C", "located_by") == "none"


def test_a_decision_for_a_text_holds_for_incidents_to_come(frame):
    cells = {
        "incident_id": "OLD",
        "applies_to": "text",
        "place": "NOWHERE KOT",
        "district": "Spera",
    }
    cells |= {"province": "Khost", "country": "AF", "decision": "point"}
    cells |= {"decided_lat": "33", "decided_lon": "70"}
    found = geocode(frame, decisions=decisions(cells))
    assert said(found, "B", "located_by") == said(found, "C", "located_by") == "decided"
    assert (found["located_by"] == "decided").sum() == 2


def test_a_text_that_says_nothing_is_decided_one_by_one(frame):
    empty = pd.DataFrame({"incident_id": ["X", "Y"], "place": ["", None]})
    found = geocode(empty, decisions=decisions({"incident_id": "X", "decision": "none",
                                                "applies_to": "text"}))  # fmt: skip
    assert "the record says nothing of its place" in said(found, "X")
    assert review_sheet(found)["applies_to"].tolist() == ["incident", "incident"]


def test_a_place_on_the_line_is_taken_on_the_side_that_the_record_names(frame):
    line = {"decision": "place", "decided_place_id": "line-torkham"}
    found = geocode(frame, decisions=decisions({"incident_id": "A", **line}))
    assert said(found, "A", "location_side") == "AF"
    assert said(found, "A", "place_id") == "line-torkham"


def test_one_of_several_districts_is_their_union(frame):
    line = {"decision": "place", "decided_place_id": "AF-KHO-spera; AF-KHO-tani"}
    other = {**line, "decided_place_id": "AF-KHO-tani;AF-KHO-spera"}
    found = geocode(
        frame, decisions=decisions({"incident_id": "B", **line}, {"incident_id": "B", **other})
    )
    assert said(found, "B", "place_id") == "AF-KHO-spera;AF-KHO-tani"
    assert said(found, "B", "location_precision") == "district"


def test_a_stretch_of_the_line_can_be_decided(frame):
    line = {"decision": "place", "decided_place_id": "line:1700-1720.5"}
    found = geocode(frame, decisions=decisions({"incident_id": "B", **line}))
    assert said(found, "B", "place_id") == "line:1700.00-1720.50"
    assert said(found, "B", "location_precision") == "area"
    assert said(found, "B", "location_side") == "AF"
    located = locate(found).set_index("incident_id")
    assert 1690 <= located.loc["B", "border_km"] <= 1730
    assert located.loc["B", "border_distance_min_m"] == 0


def test_decided_coordinates_may_be_swapped_or_in_degrees_and_minutes(frame):
    sheets = decisions(
        {"incident_id": "B", "decision": "point", "decided_lat": "70", "decided_lon": "33"},
        {"incident_id": "D", "decision": "point", "decided_lat": "33°30'N, 70°15'E"},
    )
    found = geocode(frame, decisions=sheets).set_index("incident_id")
    assert (found.geometry["B"].x, found.geometry["B"].y) == (70, 33)
    assert "swapped" in found["location_note"]["B"]
    assert (found.geometry["D"].x, found.geometry["D"].y) == (70.25, 33.5)


HOSTILE = {
    "ten kilobytes": "Nowhere " * 1_250,
    "control characters": "No\x07where\u202e Kot\tX",
    "mixed scripts": "Новhere تورخم 東",
    "only generic words": "village",
    "numbers": "1234567890",
    "html": "<script>alert(1)</script>",
    "url": "https://example.org/?place=Torkham",
    "template": "{{7*7}} ${x}",
    "formula": "=HYPERLINK(1)",
    "signs": "????",
    "line ends": "Nowhere\nKot",
}


def test_hostile_texts_come_back_from_their_sheet(run, tmp_path):
    rows = [[name, "2024-01-01", text, "", "", "", text] for name, text in HOSTILE.items()]
    write(tmp_path / "in.csv", rows)
    run("locate", "in.csv", "-o", "plain.csv", "--review", "sheet.csv")
    sheet = sheet_of(tmp_path / "sheet.csv")
    assert sheet["incident_id"].tolist() == list(HOSTILE)
    sheet = sheet.assign(decision="point", decided_lat="33.5", decided_lon="70.25")
    (tmp_path / "saved.csv").write_bytes(spreadsheet(sheet, "cp1252", ";"))
    result = run("locate", "in.csv", "-o", "out.csv", "--decisions", "saved.csv")
    count = len(HOSTILE)
    assert f"{count} decisions used for {count} incidents, 0 not used" in result.stderr
    assert (pd.read_csv(tmp_path / "out.csv")["located_by"] == "decided").all()


def test_no_result_is_written_over_a_sheet(run, sheet, tmp_path):
    before = (tmp_path / "sheet.csv").read_bytes()
    for option in ("--decisions", "--review"):
        result = run("locate", "in.csv", "-o", "sheet.csv", option, "sheet.csv", status=1)
        assert f"this is the sheet of {option}" in result.stderr
    assert (tmp_path / "sheet.csv").read_bytes() == before


def test_json_tells_of_the_sheet(run, sheet, tmp_path):
    result = run("locate", "in.csv", "-o", "out.csv", "--decisions", "sheet.csv", "--json")
    [file] = json.loads(result.stdout)["decisions"]
    assert (file["read"], file["empty"], file["used"]) == (4, 4, 0)


def test_who_decided_cannot_break_the_note(frame):
    cells = {"incident_id": "D", "decision": "none", "decided_by": "<b>\x00\u202eA\n" + "x" * 9999}
    note = said(geocode(frame, decisions=decisions(cells)), "D")
    assert len(note) < 400
    assert note.isprintable()


cell = st.text(max_size=20) | st.sampled_from(
    ["33.5", "70,1", "AF-KHO-spera", "5km", "", "-", "1e999"]
)
lines = st.fixed_dictionaries(
    {"incident_id": st.sampled_from(["A", "B", "C", "D", "ZZ", ""])},
    optional={
        "decision": st.sampled_from([*WORDS, "", "Yes"]) | st.text(max_size=5),
        "applies_to": st.sampled_from(["text", "incident", "", "x"]),
        "place": st.sampled_from(["Nowhere Kot", "?", ""]),
        **dict.fromkeys([name for name in TO_FILL if name.startswith("decided")], cell),
        "lat": cell,
        "lon": cell,
    },
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, max_size=6))
def test_every_line_is_accounted_for(frame, cells):
    """read = empty + used + unused + refused; rows without a decision stay as they were."""
    from_sheet = decisions(*cells)
    table, report = geocode_and_decide(frame, decisions=from_sheet)
    [count] = report.files
    assert count.read == count.empty + count.used + count.unused + count.refused == len(cells)
    assert len(report.faults) == len(report.left) == count.unused + count.refused
    assert count.incidents == len(report.used) == len(report.before)
    plain = geocode(frame)
    untouched = ~plain["incident_id"].isin(report.used)
    columns = [name for name in plain.columns if name != "location_note"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(plain.loc[untouched, columns]), pd.DataFrame(table.loc[untouched, columns])
    )
    sheet = review_sheet(table, report)
    assert set(sheet["incident_id"]) >= {"B", "D", "E", "F"}
    assert (sheet["why_not_used"] != "").sum() == len(report.left)
