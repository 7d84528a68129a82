"""Two states of one dataset: every row in one account, and counts whose moves add up."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import build
from bordermap.difference import ACCOUNTS, compare
from bordermap.errors import FrameError

HERE = {"at": (71.09, 34.12), "date_start": "2024-03-18", "fatalities_best": 8, "place": "Torkham"}

MOVED = "DL-2006-01-13-DAMADOLA"
FIGURES = "DL-2003-10-02-ANGORADDA"
GONE = ["DL-2007-05-14-TERIMANGAL", "DL-2008-06-10-GORAPRAI"]


@pytest.fixture
def edited(sample_path, tmp_path):
    """The sample incidents as a later release might bring them."""
    table = pd.read_csv(sample_path, dtype=str, keep_default_na=False)
    table = table[~table["incident_id"].isin(GONE)].set_index("incident_id")
    table.loc[FIGURES, ["fatalities_best", "fatalities_high"]] = ["12", "16"]
    table.loc[MOVED, ["place", "district", "latitude", "longitude"]] = ["Torkham", "Khyber", "", ""]
    more = table.loc[[FIGURES]].rename(index={FIGURES: "DL-NEW"}).assign(date_start="2024-01-01")
    table = pd.concat([more, table]).rename(index={"DL-2007-04-19-SHKIN": "DL-SHKIN"})
    path = tmp_path / "edited.csv"
    table.reset_index(names="incident_id").to_csv(path, index=False)
    return path


def accounts(found):
    return {
        name: set(found.rows.loc[found.rows["account"] == name, "incident_id"]) for name in ACCOUNTS
    }


def check_sums(found, old, new):
    """Every row of either state is in one account, and the bands' moves add up."""
    counts = found.counts
    assert counts["same"] + counts["changed"] + counts["renamed"] + counts["withdrawn"] == len(old)
    assert counts["same"] + counts["changed"] + counts["renamed"] + counts["added"] == len(new)
    assert found.rows["incident_id"].is_unique
    ids = set(found.rows["incident_id"]) | set(found.rows["old_id"]) - {""}
    assert ids == set(old["incident_id"]) | set(new["incident_id"])
    assert set(found.fields["incident_id"]) == accounts(found)["changed"]
    if found.bands is not None:
        bands = found.bands
        come, gone = bands["added"] + bands["moved_in"], bands["withdrawn"] + bands["moved_out"]
        assert (bands["incidents_new"] == bands["incidents_old"] + come - gone).all()
        assert bands["incidents_old"].sum() == len(old)
        assert bands["incidents_new"].sum() == len(new)


def test_a_later_release_of_the_sample(run, sample_path, edited):
    old, new = build(sample_path)[0], build(edited)[0]
    found = compare(old, new)
    check_sums(found, old, new)
    assert found.counts == {"added": 1, "withdrawn": 2, "changed": 2, "renamed": 1, "same": 85}
    assert accounts(found)["withdrawn"] == set(GONE)
    fields = found.fields.set_index(["incident_id", "column"])
    assert fields.loc[FIGURES].to_dict("index") == {
        "fatalities_best": {"old": "10", "new": "12"},
        "fatalities_high": {"old": "14", "new": "16"},
    }
    assert set(fields.loc[MOVED].index) == {"place", "district", "latitude", "longitude"}
    renamed = found.rows[found.rows["account"] == "renamed"]
    assert renamed[["incident_id", "old_id"]].to_numpy().tolist() == [
        ["DL-SHKIN", "DL-2007-04-19-SHKIN"]
    ]
    bands = found.bands.set_index("band")
    assert bands.loc["0-5 km", "moved_in"] == 1  # to Torkham, on the line
    assert bands["moved_out"].sum() == 1
    assert {"surely_old", "surely_new", "maybe_old", "maybe_new"} <= set(bands.columns)


def test_the_command_says_what_the_library_says(run, sample_path, edited, tmp_path):
    found = compare(build(sample_path)[0], build(edited)[0])
    data = json.loads(run("diff", sample_path, "edited.csv", "--json", "-q").stdout)
    assert data["counts"] == found.counts
    assert data["changes"] == found.changes().to_dict("records")
    assert pd.DataFrame(data["bands"]).equals(found.bands)
    assert [file["read"] for file in data["files"]] == [90, 89]
    printed = run("diff", sample_path, "edited.csv")
    assert "added 1, withdrawn 2, changed 2, renamed 1, same 85" in printed.stderr
    assert "1 rows have another id and equal content" in printed.stderr
    assert "fatalities_best" in printed.stdout
    assert "0-5 km" in printed.stdout
    run("diff", sample_path, "edited.csv", "-o", "changes.csv", "-q")
    written = pd.read_csv(tmp_path / "changes.csv", dtype=str, keep_default_na=False)
    assert written.to_dict("records") == found.changes().to_dict("records")
    bands = pd.read_csv(tmp_path / "changes.bands.csv")
    pd.testing.assert_frame_equal(bands, found.bands, check_dtype=False)
    record = json.loads((tmp_path / "changes.csv.run.json").read_text("utf-8"))
    assert [file["file"] for file in record["inputs"]] == ["border_incidents.csv", "edited.csv"]
    assert record["arguments"]["new"] == "edited.csv"


def test_a_file_beside_itself_has_no_difference(run, sample_path, tmp_path):
    data = json.loads(run("diff", sample_path, sample_path, "--json", "-q").stdout)
    assert data["changes"] == []
    assert data["counts"]["same"] == 90
    run("locate", sample_path, "-o", "located.csv", "-q")
    # The program's own output says the same of every incident.
    said = run("diff", sample_path, "located.csv")
    assert "added 0, withdrawn 0, changed 0, renamed 0, same 90" in said.stderr


def test_what_cannot_be_compared_or_written_is_told_before_any_work(run, sample_path, tmp_path):
    assert (
        "cannot be written" in run("diff", sample_path, sample_path, "-o", "x.txt", status=1).stderr
    )
    assert run("diff", sample_path, "missing.csv", status=1).stderr.count("\n") <= 2
    run("diff", sample_path, status=2)
    (tmp_path / "own.csv").write_text(sample_path.read_text("utf-8"), encoding="utf-8")
    said = run("diff", sample_path, "own.csv", "-o", "own.csv", status=1).stderr
    assert "this is the input" in said


def test_rejected_rows_of_either_state_are_kept(run, tmp_path):
    lines = "incident_id,date,latitude,longitude\nA,2024-01-01,34.1,71.1\nB,2024-01-02,{},71.1\n"
    (tmp_path / "old.csv").write_text(lines.format("34.2"), encoding="utf-8")
    (tmp_path / "new.csv").write_text(lines.format("340000"), encoding="utf-8")
    run("diff", "old.csv", "new.csv", "-o", "out.csv", "--strict", status=3)
    assert len(pd.read_csv(tmp_path / "out.csv.rejected.csv")) == 1
    assert pd.read_csv(tmp_path / "out.csv")["account"].tolist() == ["withdrawn"]


def test_rows_without_an_id_are_withdrawn_and_added_and_it_says_why(run, tmp_path):
    lines = "date,place,fatalities\n2024-01-01,Torkham,{}\n2024-01-02,Chaman,2\n"
    (tmp_path / "old.csv").write_text(lines.format(3), encoding="utf-8")
    (tmp_path / "new.csv").write_text(lines.format(4), encoding="utf-8")
    said = run("diff", "old.csv", "new.csv").stderr
    assert "added 1, withdrawn 1, changed 0, renamed 0, same 1" in said
    assert "no id of their own" in said


def test_columns_that_come_or_go_change_no_row():
    old = incidents(HERE)
    found = compare(old.assign(coder="A"), old.assign(checked="yes"))
    assert found.columns == {"old": ("coder",), "new": ("checked",)}
    assert found.counts["same"] == 1
    assert not found.is_empty()
    assert found.bands is None


def test_a_carried_column_that_both_have_is_compared():
    old = incidents(HERE)
    found = compare(old.assign(coder=1), old.assign(coder=2.5))
    assert found.fields.to_numpy().tolist() == [["T-1", "coder", "1", "2.5"]]


def test_frames_that_cannot_be_compared_say_so():
    frame = incidents(HERE, HERE)
    with pytest.raises(FrameError, match="no column incident_id"):
        compare(frame, frame.drop(columns="incident_id"))
    with pytest.raises(FrameError, match="twice"):
        compare(frame, frame.assign(incident_id="T"))


STATES = st.lists(
    st.tuples(
        st.sampled_from("ABCDEFGH"),
        st.sampled_from(["Torkham", "Chaman", None]),
        st.sampled_from([0, 3, None]),
    ),
    max_size=8,
    unique_by=lambda row: row[0],
)


def state(rows):
    made = [
        {**HERE, "incident_id": own, "place": place, "fatalities_best": best}
        for own, place, best in rows
    ]
    return incidents(*made) if made else incidents(HERE).iloc[:0]


@given(STATES, STATES)
@settings(max_examples=150, deadline=None)
def test_every_id_is_in_one_account(before, after):
    old, new = state(before), state(after)
    found = compare(old, new)
    check_sums(found, old, new)
    back = compare(new, old)
    assert back.counts["added"] == found.counts["withdrawn"]
    assert back.counts["changed"] == found.counts["changed"]
    assert back.counts["renamed"] == found.counts["renamed"]
    assert compare(old, old).is_empty()
    assert compare(old, old).changes().empty
    assert compare(old, old.sample(frac=1, random_state=1)).is_empty()
