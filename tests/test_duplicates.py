"""One incident told twice: found with reasons, decided by people, counted once."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import build, read_decisions, robustness, summarise
from bordermap.duplicates import (
    SHEET,
    counted,
    decide_duplicates,
    duplicate_sheet,
    find_duplicates,
    is_duplicate,
)
from bordermap.duplicates import pairs as pairs_module
from bordermap.errors import FrameError
from bordermap.schema import Decision, DecisionFile

TORKHAM = (71.09, 34.12)
STRIKE = {
    "at": TORKHAM,
    "location_radius_m": 3_000.0,
    "date_start": "2024-03-18",
    "event_type": "airstrike",
    "actor_a": "Pakistan (air force)",
    "actor_b": "Tehrik-i-Taliban Pakistan",
    "fatalities_low": 6,
    "fatalities_best": 8,
    "fatalities_high": 8,
}


def told(**others):
    return {**STRIKE, **others}


def pairs_of(table):
    return {frozenset(pair) for pair in zip(table["incident_id"], table["other_id"], strict=True)}


def about(*lines, name="twice.csv"):
    """Decisions made in code."""
    columns = ("incident_id", "other_id", "decision", "keep")
    rows = tuple(
        Decision(name, at, dict(zip(columns, line, strict=False)))
        for at, line in enumerate(lines, start=1)
    )
    return [DecisionFile(name, "0" * 64, len(rows), rows, "duplicates")]


RETOLD = {
    "by another agency, next day": told(date_start="2024-03-19", fatalities_best=6),
    "with the actors swapped": told(
        actor_a="Tehrik-i-Taliban Pakistan", actor_b="Pakistan (air force)"
    ),
    "by the district only": told(at=(70.9, 34.2), location_radius_m=30_000.0),
    "as a drone strike": told(event_type="drone_strike"),
    "without a toll or a kind": told(
        event_type="unknown", fatalities_low=None, fatalities_best=None, fatalities_high=None
    ),
    "by the week": told(date_start="2024-03-15", date_end="2024-03-21"),
    "in another spelling": told(
        actor_a="Pakistani Air Force", actor_b="Tehreek-e-Taliban Pakistan"
    ),
}

OTHERS = {
    "of the week after": told(date_start="2024-03-25"),
    "in another place": told(at=(69.4, 33.3)),
    "of another kind": told(event_type="crossing_closure"),
    "of another kind with no deaths": told(event_type="protest", fatalities_low=0),
    "of another actor, with another toll": told(
        actor_a="Farmers", actor_b="Villagers", fatalities_low=1, fatalities_best=1,
        fatalities_high=1, event_type="armed_clash",
    ),
    "known to a country only": told(location_radius_m=700_000.0, date_start="2024-01-01",
                                    date_end="2024-12-31"),
    "without a place": told(at=None),
    "without a date": told(date_start=None),
}  # fmt: skip


@pytest.mark.parametrize("row", RETOLD.values(), ids=RETOLD)
def test_a_retold_incident_is_found(row):
    table = find_duplicates(incidents(STRIKE, row))
    assert pairs_of(table) == {frozenset(("T-1", "T-2"))}
    assert 0 < table["score"][0] <= 1
    assert "km apart" in table["reasons"][0]


@pytest.mark.parametrize("row", OTHERS.values(), ids=OTHERS)
def test_another_incident_is_not(row):
    assert find_duplicates(incidents(STRIKE, row)).empty


def test_the_same_in_all_scores_one_at_a_point():
    point = told(location_radius_m=0.0, fatalities_low=8)
    table = find_duplicates(incidents(point, point))
    assert table["score"].tolist() == [1.0]
    assert table["reasons"][0] == (
        "0 km apart, known to 0 and 0 km; the same day; both airstrike; actors 100 % alike; "
        "8 deaths in both"
    )


def test_the_row_that_is_known_best_is_proposed_to_keep():
    vague = told(location_radius_m=30_000.0)
    table = find_duplicates(incidents(vague, STRIKE))
    assert table[["incident_id", "other_id"]].to_numpy().tolist() == [["T-2", "T-1"]]


def test_more_alike_scores_more():
    rows = STRIKE, told(location_radius_m=30_000.0), told(date_start="2024-03-19")
    frame = incidents(STRIKE, *rows)
    table = find_duplicates(frame).set_index(["incident_id", "other_id"])["score"]
    assert table["T-1", "T-2"] > table["T-1", "T-3"]
    assert table["T-1", "T-2"] > table["T-1", "T-4"]


def test_groups_hang_together_by_pairs():
    apart = told(at=(66.4, 30.9), date_start="2023-01-01")
    table = find_duplicates(incidents(STRIKE, apart, STRIKE, apart, STRIKE))
    groups = {
        frozenset(own[["incident_id", "other_id"]].to_numpy().ravel())
        for _, own in table.groupby("group")
    }
    assert groups == {frozenset(("T-1", "T-3", "T-5")), frozenset(("T-2", "T-4"))}
    assert sorted(set(table["group"])) == [1, 2]


def test_one_day_tells_nothing_over_a_whole_country():
    vague = told(location_radius_m=700_000.0, fatalities_low=None, fatalities_best=None,
                 fatalities_high=None, actor_a=None, actor_b=None)  # fmt: skip
    assert find_duplicates(incidents(vague, vague)).empty


def test_the_sample_incidents_hold_one_pair_to_look_at(sample_path):
    frame, _ = build(sample_path)
    assert pairs_of(find_duplicates(frame)) == {
        frozenset(("DL-2026-02-27-TORKHAM", "DL-2026-02-26-FRONTIER"))
    }
    again = frame.assign(incident_id=[f"again-{own}" for own in frame["incident_id"]])
    found = pairs_of(find_duplicates(pd.concat([frame, again], ignore_index=True)))
    exact = frame["location_radius_m"] <= 40_000
    for own in frame.loc[exact, "incident_id"]:
        assert frozenset((own, f"again-{own}")) in found


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.sampled_from([TORKHAM, (71.1, 34.15), (70.5, 34.0), (66.5, 31.0), None]),
            "location_radius_m": st.sampled_from([0.0, 1e3, 25e3, 150e3]),
            "date_start": st.sampled_from(["2024-03-18", "2024-03-19", "2024-03-25", None]),
            "event_type": st.sampled_from(["airstrike", "explosion", "protest", "unknown"]),
            "actor_a": st.sampled_from(["Pakistan", "Group one", None]),
            "actor_b": st.sampled_from(["Group one", "Afghanistan", None]),
            "fatalities_low": st.sampled_from([0, 1, 4, None]),
            "fatalities_high": st.sampled_from([4, 9, None]),
        }
    ),
    max_size=7,
)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_pairs_do_not_depend_on_the_order_and_never_join_a_row_with_itself(rows, random):
    frame = incidents(*rows) if rows else incidents(STRIKE).iloc[:0]
    table = find_duplicates(frame, at_least=0.3)
    assert (table["incident_id"] != table["other_id"]).all()
    assert len(pairs_of(table)) == len(table)
    assert table["score"].between(0.3, 1).all()
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(find_duplicates(frame.iloc[order], at_least=0.3), table)


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_what_is_too_vague_to_be_compared_could_not_have_scored(rows):
    frame = incidents(told(location_radius_m=700_000.0, date_end="2024-04-30"), STRIKE, *rows)
    every = find_duplicates(frame, at_least=0.01)
    kept = find_duplicates(frame, at_least=0.6)
    assert pairs_of(kept) == pairs_of(every[every["score"] >= 0.6])


@given(ROWS, st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_decided_is_not_asked_again(rows, data):
    frame = incidents(STRIKE, STRIKE, *rows)
    before = find_duplicates(frame, at_least=0.3)
    words = [data.draw(st.sampled_from(["different", ""])) for _ in range(len(before))]
    pairs = list(zip(before["incident_id"], before["other_id"], words, strict=True))
    lines = about(*(pair for pair in pairs if pair[2]))
    silenced = {frozenset(pair[:2]) for pair in pairs if pair[2]}
    after = find_duplicates(frame, lines, at_least=0.3)
    assert pairs_of(after) == pairs_of(before) - silenced
    decided, report = decide_duplicates(frame, lines)
    assert not is_duplicate(decided).any()
    assert report.files[0].used == len(silenced)


def test_pairs_agree_with_comparing_each_with_each(monkeypatch):
    """The tree and its chunks miss nothing that discs and days allow."""
    rows = [
        told(at=(69 + 0.4 * (n % 7), 33 + 0.3 * (n % 5)), location_radius_m=1e3 * (1 + n * 7 % 60),
             date_start=f"2024-03-{1 + n * 3 % 28:02}")
        for n in range(80)
    ]  # fmt: skip
    frame = incidents(*rows)
    whole = find_duplicates(frame)
    assert len(whole) > 10
    each = set()
    for one in range(len(frame)):
        for other in range(one):
            each |= pairs_of(find_duplicates(frame.iloc[[one, other]]))
    assert pairs_of(whole) == each
    monkeypatch.setattr(pairs_module, "CHUNK", 3)
    monkeypatch.setattr(pairs_module, "SCORED_AT_ONCE", 1)
    pd.testing.assert_frame_equal(find_duplicates(frame), whole)
    monkeypatch.setattr(pairs_module, "MOST_LOOKED_AT", 100)
    with pytest.raises(FrameError, match="by year"):
        find_duplicates(frame)


def test_frames_that_cannot_be_compared_say_so():
    frame = incidents(STRIKE, STRIKE)
    with pytest.raises(FrameError, match="run geocode first"):
        find_duplicates(frame.drop(columns="location_radius_m"))
    with pytest.raises(FrameError, match="twice"):
        find_duplicates(frame.assign(incident_id="T"))


def test_same_keeps_every_row_and_marks_the_other():
    frame = incidents(STRIKE, STRIKE, STRIKE, told(date_start="2020-01-01"))
    decided, report = decide_duplicates(
        frame, about(("T-2", "T-1", "same"), ("T-2", "T-3", "Same ", "T-3"))
    )
    assert decided["duplicate_of"].fillna("").tolist() == ["T-3", "T-3", "", ""]
    assert len(counted(decided)) == 2
    assert decided.drop(columns="duplicate_of").equals(frame)
    [count] = report.files
    assert (count.used, count.refused, count.unused, count.incidents) == (2, 0, 0, 3)
    # T-1 and T-3 are the same by way of T-2.
    lines = about(("T-2", "T-1", "same"), ("T-2", "T-3", "same"))
    assert find_duplicates(frame, lines).empty


def test_where_two_rows_are_kept_in_one_group_the_first_read_counts():
    frame = incidents(STRIKE, STRIKE, STRIKE)
    lines = about(("T-3", "T-2", "same"), ("T-1", "T-2", "same"))
    assert decide_duplicates(frame, lines)[0]["duplicate_of"].fillna("").tolist() == [
        "", "T-1", "T-1",
    ]  # fmt: skip
    lines = about(("T-1", "T-2", "same"), ("T-2", "T-3", "same"), ("T-3", "T-1", "same"))
    assert decide_duplicates(frame, lines)[0]["duplicate_of"].notna().sum() == 2


REFUSED = {
    "decision_word_unknown": ("T-1", "T-2", "yes"),
    "decision_unclear": ("T-1", "T-1", "same"),
    "decision_unused": ("T-1", "gone", "same"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_line_that_cannot_be_used_changes_nothing_and_is_told(reason):
    frame = incidents(STRIKE, STRIKE)
    lines = about(REFUSED[reason])
    decided, report = decide_duplicates(frame, lines)
    assert not is_duplicate(decided).any()
    assert [fault.reason for fault in report.faults] == [reason]
    [count] = report.files
    assert count.read == count.empty + count.used + count.unused + count.refused
    assert count.unused == (reason == "decision_unused")
    sheet = duplicate_sheet(frame, lines)
    assert sheet["why_not_used"].tolist() == ["", report.faults[0].message]


def test_a_keep_that_is_neither_row_is_refused():
    _, report = decide_duplicates(
        incidents(STRIKE, STRIKE, STRIKE), about(("T-1", "T-2", "same", "T-3"))
    )
    assert [(fault.reason, fault.column) for fault in report.faults] == [
        ("decision_unclear", "keep")
    ]


def test_decisions_that_contradict_each_other_are_all_refused():
    frame = incidents(*[STRIKE] * 5)
    lines = about(
        ("T-1", "T-2", "same"), ("T-2", "T-3", "same"), ("T-1", "T-3", "different"),
        ("T-4", "T-5", "same"),
    )  # fmt: skip
    decided, report = decide_duplicates(frame, lines)
    assert decided["duplicate_of"].fillna("").tolist() == ["", "", "", "", "T-4"]
    assert {fault.reason for fault in report.faults} == {"decisions_contradict"}
    assert report.refused_count == 3


COLUMNS = (
    "incident_id", "event_date", "event_type", "actor1", "actor2", "latitude", "longitude",
    "location", "fatalities",
)  # fmt: skip
EVENT = ("2024-03-18", "Armed clash", "34.12", "71.09", "Torkham", "8")


def written(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


def row(own, one, other, day=EVENT[0]):
    _, kind, lat, lon, place, dead = EVENT
    return [own, day, kind, one, other, lat, lon, place, dead]


@pytest.fixture
def monadic(tmp_path):
    """One event under one id, once for each actor, and again in a second source."""
    first = row("A-1", "Military of Pakistan", "Taliban"), row("A-1", "Taliban", "")
    written(tmp_path / "one.csv", [*first, row("A-2", "Farmers", "", "2024-07-01")])
    written(tmp_path / "two.csv", [row("B-9", "Pakistan army", "Afghan Taliban", "2024-03-19")])
    return tmp_path


def sheet_of(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_round_trip_through_the_commands(run, monadic):
    said = run("check", "one.csv", "two.csv", "--duplicates", "twice.csv").stderr
    assert "twice.csv: 3 pairs of rows may tell one incident" in said
    sheet = sheet_of(monadic / "twice.csv")
    frame, _ = build("one.csv", "two.csv")
    assert list(sheet.columns) == list(SHEET)
    assert sheet.equals(duplicate_sheet(frame).astype(str))
    repeat = sheet.loc[sheet["reasons"].str.contains("one id in the source")].iloc[0]
    assert {repeat["incident_id"], repeat["other_id"]} == {"A-1", "A-1-2"}
    sheet["decision"], sheet["keep"] = "same", ""
    sheet.to_csv(monadic / "filled.csv", index=False, sep=";", encoding="utf-16")
    both = ("one.csv", "two.csv", "--decisions", "filled.csv")
    result = run("locate", *both, "-o", "out.csv", "--duplicates", "next.csv")
    assert "4 incidents = 2 counted + 2 duplicates" in result.stderr
    assert sheet_of(monadic / "next.csv").empty
    out = sheet_of(monadic / "out.csv").set_index("incident_id")
    assert len(out) == 4
    assert (out["duplicate_of"] != "").sum() == 2
    assert set(out["duplicate_of"]) - {""} <= set(out.index)
    frame, report = build("one.csv", "two.csv", decisions=["filled.csv"])
    assert out["duplicate_of"].tolist() == frame["duplicate_of"].fillna("").tolist()
    record = json.loads((monadic / "out.csv.run.json").read_text("utf-8"))
    assert record["decisions"][0]["used"] == report.decisions.files[0].used == 3
    assert "4 incidents = 2 counted" in run("check", *both).stderr


def test_totals_still_add_up(run, monadic):
    run("check", "one.csv", "two.csv", "--duplicates", "twice.csv")
    sheet = sheet_of(monadic / "twice.csv").assign(decision="same")
    sheet.to_csv(monadic / "filled.csv", index=False)
    words = ("one.csv", "two.csv", "--decisions", "filled.csv", "--json", "-q")
    for more in (("--by", "band"), ("--by", "year,adm1"), ("--by", "band", "--within", "5km")):
        data = json.loads(run("summary", *words, *more).stdout)
        table = pd.DataFrame(data["rows"])
        assert table["incidents"].sum() == data["total"] == 4
        assert table["expected"].sum() == pytest.approx(4)
        assert (table["surely"] + table["maybe"] + table["out"] == 4).all()
        twice = table[table.iloc[:, 0] == "duplicates"]
        assert twice["incidents"].tolist() == twice["surely"].tolist() == [2]
    frame, _ = build("one.csv", "two.csv", decisions=["filled.csv"])
    assert summarise(frame, "year")["incidents"].tolist() == [2, 2]
    assert set(robustness(frame)["rows"]) >= {2}
    assert robustness(frame)["rows"].max() == 2
    said = run("map", *words[:-2], "-o", "map.html").stderr
    assert "2 incidents, 2 drawn, 0 listed; 2 duplicates are left out" in said


def test_an_older_mark_of_the_input_is_carried_and_not_believed(tmp_path):
    path = tmp_path / "in.csv"
    pd.DataFrame(
        {"incident_id": ["A", "B"], "date": ["2024-01-01"] * 2, "place": "Torkham",
         "duplicate_of": ["", "A"]}
    ).to_csv(path, index=False)  # fmt: skip
    frame, _ = build(path)
    assert not is_duplicate(frame).any()
    assert frame["duplicate_of_input"].fillna("").tolist() == ["", "A"]


def test_a_sheet_with_work_in_it_is_not_written_over(run, monadic):
    run("check", "one.csv", "two.csv", "--duplicates", "twice.csv")
    sheet = sheet_of(monadic / "twice.csv").assign(decision="same")
    sheet.to_csv(monadic / "twice.csv", index=False)
    result = run("check", "one.csv", "--duplicates", "twice.csv", status=1)
    assert "3 decisions stand in this sheet" in result.stderr
    result = run("check", "one.csv", "--duplicates", "one.csv", status=1)
    assert "this is the input" in result.stderr
    same = ("--review", "both.csv", "--duplicates", "both.csv")
    assert "one file" in run("locate", "one.csv", "-o", "out.csv", *same, status=1).stderr
    same = ("-o", "out.csv", "--duplicates", "out.csv")
    assert "--duplicates" in run("locate", "one.csv", *same, status=1).stderr


def test_decisions_about_places_and_about_duplicates_go_together(run, monadic):
    run("check", "one.csv", "two.csv", "--duplicates", "twice.csv")
    sheet = sheet_of(monadic / "twice.csv").assign(decision="different")
    sheet.loc[0, "decision"] = "perhaps"
    sheet.to_csv(monadic / "twice.csv", index=False)
    pd.DataFrame({"incident_id": ["A-2"], "applies_to": "incident", "decision": "nowhere"}).to_csv(
        monadic / "places.csv", index=False
    )
    words = ("--decisions", "twice.csv", "--decisions", "places.csv", "--strict")
    result = run("check", "one.csv", "two.csv", *words, status=3)
    assert "'perhaps' is no decision; write same or different" in result.stderr
    assert read_decisions("twice.csv").about == "duplicates"
    assert read_decisions("places.csv").about == "places"
    _, report = build("one.csv", "two.csv", decisions=["twice.csv", "places.csv"])
    assert [file.file for file in report.decisions.files] == ["places.csv", "twice.csv"]
