"""Drafts: put together and taken apart, reviewed, and never incidents by themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from browsing import chromium
from hypothesis import given, settings
from hypothesis import strategies as st
from made_drafts import AGAIN, ELSEWHERE, GOSHTA, document, draft, table, three

from bordermap import build, read_incidents
from bordermap.draft_schema import DRAFT_FLAGS
from bordermap.export import write_sheet
from bordermap.extract.merging import merged
from bordermap.extract.reviewing import (
    EDITABLE,
    SHEET,
    WORDS,
    decide_drafts,
    draft_sheet,
    taken_apart,
)
from bordermap.pipeline import located_drafts
from bordermap.records import read_decisions
from bordermap.render.article import article_page, marked
from bordermap.schema import Decision, DecisionFile

DAY = {"date_start": "2023-03-04", "date_end": "2023-03-04", "date_precision": "day"}


@pytest.fixture(scope="module")
def drafts():
    return merged(three())


def ids(frame, status):
    return frame.loc[frame["draft_status"] == status, "draft_id"].tolist()


# ------------------------------------------------------------------ several articles, one event


def test_one_event_of_two_articles_becomes_one_draft_with_a_range_of_claims(drafts):
    told = drafts.iloc[-1]
    assert told["draft_status"] == "draft"
    assert (told["fatalities_low"], told["fatalities_high"]) == (2, 4)
    assert told["fatalities_best"] is pd.NA
    assert sorted(told["source_file"].split("; ")) == ["a.txt", "b.txt"]
    assert "2 documents tell it" in told["why"]
    assert "the same day" in told["why"]


def test_what_was_put_together_stays_in_the_table(drafts):
    assert len(drafts) == 4
    members = drafts[drafts["merged_into"] == drafts.iloc[-1]["draft_id"]]
    assert members["source_file"].tolist() == ["a.txt", "b.txt"]
    assert set(members["draft_status"]) == {"merged"}
    assert drafts["source_file"].eq("c.txt").sum() == 1
    columns = [name for name in three().columns if name != "draft_status"]
    pd.testing.assert_frame_equal(drafts.iloc[:3][columns], three()[columns])


def test_the_order_of_the_articles_changes_nothing(drafts):
    turned = merged(three().iloc[::-1].reset_index(drop=True))
    assert turned.iloc[-1]["draft_id"] == drafts.iloc[-1]["draft_id"]
    assert turned.iloc[-1]["fatalities_low"] == 2


def test_two_drafts_of_one_article_are_never_put_together():
    frame = three()
    frame["source_file"] = "a.txt"
    assert merged(frame)["draft_status"].tolist() == ["draft"] * 3


def test_an_event_takes_one_draft_of_each_article():
    rows = three().to_dict("records")
    again = {**rows[1], "draft_id": "D-again", "fatalities_low": 3, "fatalities_high": 3}
    found = merged(table(*rows, again))
    assert found["merged_into"].notna().sum() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"date_start": "2023-03-09", "date_end": "2023-03-09"},
        {"event_type": "protest"},
        {"place": "Wana", "province": None, "country": "PK"},
        {"draft_flags": "vague"},
        {"date_start": None, "date_end": None},
        {"fatalities_low": 60, "fatalities_best": 60, "fatalities_high": 60},
    ],
)
def test_what_differs_stays_apart(other):
    rows = three().to_dict("records")
    rows[1].update(other)
    assert merged(table(*rows))["draft_status"].tolist() == ["draft"] * 3


def test_what_people_took_apart_stays_apart(drafts):
    together = drafts.iloc[-1]["draft_id"]
    assert merged(three(), apart=[together])["draft_status"].tolist() == ["draft"] * 3


def test_no_drafts_are_no_drafts():
    assert len(merged(table())) == 0
    assert len(draft_sheet(merged(table()))) == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(DRAFT_FLAGS), unique=True))
def test_flags_of_several_are_the_flags_of_each(flags):
    rows = three().to_dict("records")
    rows[0]["draft_flags"] = ";".join(flag for flag in flags if flag != "vague") or None
    told = merged(table(*rows)).iloc[-1]
    said = set(str(told["draft_flags"]).split(";")) - {"<NA>"}
    assert said == set(flags) - {"vague", "claim_only"}


# ------------------------------------------------------------------ review


def decided(frame, *lines):
    """Decisions as if a person had filled in a sheet: (draft id, word, other cells)."""
    cells = {line["draft_id"]: line for line in draft_sheet(frame).to_dict("records")}
    found = [
        Decision("s.csv", row, {**cells.get(own, {"draft_id": own}), "decision": word, **edits})
        for row, (own, word, edits) in enumerate(lines, 1)
    ]
    return DecisionFile("s.csv", "", len(lines), tuple(found), "drafts")


def test_a_sheet_has_a_line_for_each_draft_and_asks_first_what_is_open(drafts):
    sheet = draft_sheet(drafts)
    assert tuple(sheet.columns) == SHEET
    assert sheet["draft_status"].tolist() == ["draft", "draft", "merged", "merged"]
    assert set(sheet["decision"]) == {""}


def test_an_accepted_draft_is_an_incident_with_its_sources(drafts):
    own = drafts.iloc[2]["draft_id"]
    found, report = decide_drafts(drafts, [decided(drafts, (own, "accept", {}))])
    row = found.iloc[2]
    assert (row["draft_status"], row["incident_id"]) == ("accepted", own)
    assert (row["source_name"], row["source_file"]) == ("c.txt", "c.txt")
    # The input's own word for the type is kept, as for any incident.
    untouched = [name for name in EDITABLE if name not in ("record_note", "event_type_reported")]
    pd.testing.assert_frame_equal(found[untouched], drafts[untouched])
    assert row["date_start"] == pd.Timestamp("2023-03-04")
    assert (report.files[0].used, report.files[0].incidents) == (1, 1)
    assert found.drop(index=2)["draft_status"].tolist() == ["merged", "merged", "draft"]


def test_what_a_person_wrote_goes_before_what_the_program_read(drafts):
    own = drafts.iloc[2]["draft_id"]
    edits = {"place": "Miranshah", "fatalities_best": "3", "date_start": "5 March 2023"}
    found, _ = decide_drafts(drafts, [decided(drafts, (own, "Accept ", edits))])
    row = found.iloc[2]
    assert (row["place"], row["fatalities_best"]) == ("Miranshah", 3)
    assert row["date_start"] == pd.Timestamp("2023-03-05")
    assert "written by a person: date_start, place, fatalities_best" in row["record_note"]


def test_rejected_and_kept_drafts_have_no_incident(drafts):
    other = drafts.iloc[-1]["draft_id"]
    sheet = decided(drafts, (drafts.iloc[2]["draft_id"], "reject", {}), (other, "keep", {}))
    found, report = decide_drafts(drafts, [sheet])
    assert found["draft_status"].tolist() == ["merged", "merged", "rejected", "draft"]
    assert found["incident_id"].isna().all()
    assert report.files[0].used == 2


def test_split_gives_the_drafts_of_each_article_back(drafts):
    together, members = drafts.iloc[-1]["draft_id"], drafts["draft_id"].tolist()[:2]
    sheet = decided(drafts, (together, "split", {}), (members[0], "accept", {}))
    apart = merged(three(), apart=taken_apart([sheet]))
    found, report = decide_drafts(apart, [sheet])
    assert found["draft_status"].tolist() == ["accepted", "draft", "draft"]
    assert (report.files[0].used, report.files[0].refused) == (2, 0)


@pytest.mark.parametrize(
    ("lines", "says", "refused"),
    [
        ([(2, "yes", {})], "'yes' is none of accept, reject, keep, split", True),
        ([(0, "accept", {})], "accept that, or split it first", True),
        ([(2, "accept", {}), (2, "reject", {})], "other lines decide this draft otherwise", True),
        ([(2, "accept", {"latitude": "3400000", "longitude": "71"})], "", True),
        ([(2, "accept", {"event_type": "feud"})], "event_type 'feud' is none of airstrike", True),
        ([("D-gone", "accept", {})], "there is no draft 'D-gone'", False),
    ],
)
def test_what_cannot_be_used_changes_nothing_and_is_said(drafts, lines, says, refused):
    named = [
        (one if isinstance(one, str) else drafts.iloc[one]["draft_id"], *rest)
        for one, *rest in lines
    ]
    found, report = decide_drafts(drafts, [decided(drafts, *named)])
    pd.testing.assert_frame_equal(found, drafts)
    assert len(report.faults) == len(lines)
    assert all(says in fault.message and fault.rejected is refused for fault in report.faults)
    count = report.files[0]
    assert (count.refused, count.unused, count.used) == (
        (len(lines), 0, 0) if refused else (0, 1, 0)
    )
    again = draft_sheet(found, report)
    assert len(again) == len(drafts) + len(lines)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*WORDS, "perhaps"])), max_size=6))
def test_every_line_of_a_sheet_is_counted_once(lines):
    frame = merged(three())
    own = frame["draft_id"].tolist()
    sheet = decided(frame, *((own[at], word, {}) for at, word in lines))
    apart = merged(three(), apart=taken_apart([sheet]))
    found, report = decide_drafts(apart, [sheet])
    count = report.files[0]
    assert count.read == count.empty + count.used + count.unused + count.refused
    assert len(found) == len(apart)
    accepted = found["draft_status"] == "accepted"
    assert found["incident_id"].notna().tolist() == accepted.tolist()


def test_a_sheet_survives_the_disk_and_its_decisions_are_known_again(drafts, tmp_path):
    sheet = draft_sheet(drafts)
    sheet.loc[sheet["source_file"] == "c.txt", "decision"] = "accept"
    sheet.loc[sheet["source_file"] == "c.txt", "summary"] = "=1+1 said the =source"
    write_sheet(sheet, tmp_path / "s.csv")
    file = read_decisions(tmp_path / "s.csv")
    assert (file.about, file.read, len(file.decisions)) == ("drafts", 4, 1)
    found, report = decide_drafts(drafts, [file])
    assert found.iloc[2]["summary"] == "=1+1 said the =source"
    assert draft_sheet(found, report)["decision"].tolist().count("accept") == 1


# ------------------------------------------------------------------ drafts are no incidents


@pytest.fixture
def sheet_path(drafts, tmp_path):
    """What -o writes, with one draft accepted and one rejected."""
    rows = three().to_dict("records")
    other = draft(document("A mine went off in Boldak.", "d.txt"), place="Spin Boldak", **DAY)
    frame = merged(table(*rows, other))
    lines = [(frame.iloc[2]["draft_id"], "accept", {}), (other["draft_id"], "reject", {})]
    found, _ = decide_drafts(frame, [decided(frame, *lines)])
    path = tmp_path / "drafts.csv"
    write_sheet(found, path)
    return path


def test_only_what_was_accepted_is_an_incident(sheet_path):
    frame, report = read_incidents(sheet_path)
    assert frame["source_name"].tolist() == ["c.txt"]
    assert (report.read, report.accepted_count, report.rejected_count) == (5, 1, 4)
    assert report.files[0].reasons == {"draft": 1, "draft_merged": 2, "draft_rejected": 1}
    said = {fault.message for fault in report.faults if fault.rejected}
    assert "a draft that nobody has reviewed" in said


def test_drafts_are_read_when_they_are_asked_for(sheet_path):
    frame, report = read_incidents(sheet_path, drafts=True)
    assert sorted(frame["draft_status"]) == ["accepted", "draft"]
    assert report.read == report.accepted_count + report.rejected_count == 5
    assert len(build(sheet_path, drafts=True)[0]) == 2


def test_the_map_draws_drafts_only_when_asked_and_says_so(run, sheet_path):
    run("map", sheet_path, "-o", "plain.html")
    assert "draft_status" not in re.findall(r'"name":"(\w+)"', page_of("plain.html"))
    told = run("map", sheet_path, "-o", "drafts.html", "--drafts").stderr
    assert "2 incidents" in told
    assert "draft_status" in re.findall(r'"name":"(\w+)"', page_of("drafts.html"))


def page_of(path):
    return Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("more", [("-o", "a.png"), ("-o", "a.html", "--publish", "districts")])
def test_drafts_are_never_published_or_printed(run, sheet_path, more):
    assert (
        "drafts are drawn in a page alone"
        in run("map", sheet_path, *more, "--drafts", status=2).stderr
    )


@pytest.mark.browser
def test_drafts_are_hollow_and_dashed_and_the_legend_says_so(run, sheet_path):
    run("map", sheet_path, "-o", "drafts.html", "--drafts")
    run("map", sheet_path, "-o", "plain.html")
    with chromium() as browser:
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        signs = {}
        for name in ("plain", "drafts"):
            window.goto(Path(f"{name}.html").absolute().as_uri())
            window.wait_for_selector("html[data-bordermap-ready]", state="attached")
            signs[name] = window.locator(".signs li").all_inner_texts()
        assert "Draft: nobody has reviewed it" not in signs["plain"]
        assert signs["drafts"][0] == "Draft: nobody has reviewed it"
        assert "drafts that nobody has reviewed" in window.locator(".caption").inner_text()


# ------------------------------------------------------------------ the text beside the map


def test_marks_stand_at_the_evidence_and_the_text_is_whole():
    row = three().iloc[0]
    shown = marked(GOSHTA.text, [row])
    assert re.sub(r"<[^>]+>", "", shown) == GOSHTA.text
    assert (
        f'<mark class="toll" data-drafts="{row["draft_id"]}" title="how many">Two people</mark>'
        in shown
    )
    assert ">4 March 2023</mark>" in shown


def test_what_two_drafts_share_is_marked_for_both():
    rows = [
        {"draft_id": "A", "evidence": "place:0-6;event:3-9"},
        {"draft_id": "B", "evidence": "place:3-9"},
    ]
    shown = marked("Torkham fell", rows)
    assert 'class="event place" data-drafts="A B"' in shown
    assert re.sub(r"<[^>]+>", "", shown) == "Torkham fell"


@given(
    st.text(max_size=60),
    st.lists(
        st.tuples(st.sampled_from(["event", "place", "x"]), st.integers(0, 70), st.integers(0, 70))
    ),
)
def test_no_text_becomes_markup(text, spans):
    evidence = ";".join(f"{kind}:{start}-{end}" for kind, start, end in spans)
    shown = marked(text, [{"draft_id": '"><b>', "evidence": evidence}])
    plain = re.sub(
        r'<mark class="[a-z ]+" data-drafts="[^"<>]*" title="[a-z ,]+">|</mark>', "", shown
    )
    assert "<" not in plain
    assert ">" not in plain
    for name, char in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ):
        plain = plain.replace(name, char)
    assert plain == text


@pytest.mark.parametrize(
    "evidence", ["", None, "place", "place:", "place:a-b", "place:9-3", "place:-1-4", ";;"]
)
def test_evidence_that_says_nothing_marks_nothing(evidence):
    assert marked("Torkham", [{"draft_id": "A", "evidence": evidence}]) == "Torkham"


HOSTILE = document(
    '<script>window.ran = 1</script><img src=x onerror="window.ran = 1"> {{ 7 * 7 }} Goshta '
    "\u2028 </iframe><b>bold</b> 4 March 2023",
    '"><script>window.ran = 1</script>.txt',
)


@pytest.mark.browser
def test_a_draft_that_is_pressed_is_shown_in_the_text_and_on_the_map(tmp_path, drafts):
    documents = [GOSHTA, AGAIN, ELSEWHERE]
    article_page(documents, drafts, located_drafts(drafts)).save(tmp_path / "a.html")
    with chromium() as browser:
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        said = []
        window.on("console", lambda message: said.append(message.text))
        window.on("pageerror", lambda error: said.append(str(error)))
        asked = []
        window.on("request", lambda request: asked.append(request.url))
        window.goto(f"file://{tmp_path}/a.html")
        page = window.frame_locator("#map")
        page.locator("html[data-bordermap-ready]").wait_for(state="attached")
        own = drafts.iloc[2]["draft_id"]
        window.locator(f'button[data-draft="{own}"]').click()
        assert page.locator(".incident-type").inner_text() == "Explosion"
        assert "nobody has reviewed it" in page.locator(".incident-draft").inner_text()
        shown = window.locator("mark.shown").all_inner_texts()
        assert shown == ["bomb went off", "Mir Ali", "4 March 2023"]
        window.locator("mark", has_text="shells hit").click()
        page.locator(".incident-type", has_text="Shelling").wait_for()
        assert said == []
        assert [url for url in asked if not url.startswith("file:")] == []


@pytest.mark.browser
def test_a_hostile_text_runs_nothing(tmp_path):
    words = {"place": "Goshta", "date": "4 March 2023", "event": "<b>bold</b>"}
    one = draft(HOSTILE, words, place="Goshta<script>window.ran = 1</script>", **DAY)
    frame = merged(table({**one, "why": "</dd><script>window.ran = 1</script>"}))
    article_page([HOSTILE], frame, located_drafts(frame)).save(tmp_path / "a.html")
    with chromium() as browser:
        window = browser.new_page()
        window.goto(f"file://{tmp_path}/a.html")
        page = window.frame_locator("#map")
        page.locator("html[data-bordermap-ready]").wait_for(state="attached")
        assert window.evaluate("window.ran ?? window.frames[0].ran ?? null") is None
        assert window.locator("main b, main script, main img").count() == 0
        assert window.locator(".text").inner_text().startswith("<script>window.ran = 1</script>")


@pytest.mark.browser
def test_on_a_phone_nothing_is_wider_than_the_window(tmp_path, drafts):
    article_page([GOSHTA], drafts, located_drafts(drafts)).save(tmp_path / "a.html")
    with chromium() as browser:
        window = browser.new_page(viewport={"width": 390, "height": 844})
        window.goto(f"file://{tmp_path}/a.html")
        assert window.evaluate("document.documentElement.scrollWidth") == 390


def test_the_same_drafts_give_the_same_page(drafts):
    located = located_drafts(drafts)
    pages = {article_page([GOSHTA], drafts, located).html for _ in range(2)}
    assert len(pages) == 1
