"""The benchmark of drafts: its reports are whole, and its judgement is what it says."""

from __future__ import annotations

import datetime
from collections import Counter

import extraction
import pandas as pd
import pytest
import shapely
from extraction import Places, Truth, day_is_right, is_event, matched, span_of, toll_is_right

from bordermap.schema import EVENT_TYPES

PARTS = {part: extraction.reports(part) for part in extraction.PARTS}
ALL = [report for part in PARTS.values() for report in part]
FIELDS = {"id", "style", "language", "published", "text", "events"}
EVENT_FIELDS = {
    *("types", "date", "where", "dead", "vague", "optional", "other_border"),
    *("date_optional", "loose_date", "within_km", "toll_free"),
}


@pytest.fixture(scope="module")
def places():
    return Places()


def test_there_are_enough_reports_in_four_languages():
    assert len(PARTS["development"]) >= 400
    assert len(PARTS["unseen"]) >= 40
    for language in ("ps", "fa", "ur"):
        assert sum(one.get("language") == language for one in ALL) >= 4
    assert max(Counter(one["id"] for one in ALL).values()) == 1
    assert len({one["text"] for one in ALL}) == len(ALL)


@pytest.mark.parametrize("report", ALL, ids=lambda one: one["id"])
def test_a_report_says_what_is_right(report, places):
    assert set(report) <= FIELDS
    assert isinstance(report.get("published", datetime.date.min), datetime.date)
    for event in report["events"]:
        assert set(event) <= EVENT_FIELDS
        truth = Truth.of(event)
        assert set(truth.types) <= set(EVENT_TYPES)
        if truth.start is not None:
            assert truth.start <= truth.end
            assert truth.start <= report.get("published", truth.start)
        for where in truth.where:
            known = where in places.units or where in places.points
            assert known or all(-180 < float(part) < 180 for part in where.split(","))
        if truth.dead is not None:
            low, high = truth.dead
            assert low <= high or high == -1


def test_every_file_says_that_its_reports_are_invented():
    for path in extraction.REPORTS.glob("*.toml"):
        assert "not reports of real events" in path.read_text(encoding="utf-8").partition("[[")[0]


def drafted(**cells):
    day = pd.Timestamp("2023-03-04")
    return {
        "event_type": "shelling",
        "date_start": day,
        "date_end": day,
        "geometry": shapely.Point(70.854, 34.4224),
        "place_id": "af-goshta",
        "draft_flags": None,
        "place": "Goshta",
        "why": "",
        "location_status": "placed",
        **cells,
    }


def truth(**fields):
    event = {"types": ["shelling"], "date": "2023-03-04", "where": ["AF-NAN-goshta"]}
    return Truth.of(event | fields)


@pytest.mark.parametrize(
    ("cells", "fields", "right"),
    [
        ({}, {}, True),
        (
            {"date_start": pd.Timestamp("2023-03-05"), "date_end": pd.Timestamp("2023-03-05")},
            {},
            False,
        ),
        (
            {"date_start": pd.Timestamp("2023-03-01"), "date_end": pd.Timestamp("2023-03-31")},
            {},
            True,
        ),
        ({"date_start": None, "date_end": None}, {}, False),
        ({"date_start": None, "date_end": None}, {"date": ""}, True),
        ({"date_start": None, "date_end": None}, {"date_optional": True}, True),
        ({}, {"date": ""}, False),
        ({}, {"date": "", "loose_date": "03-04"}, True),
        ({"geometry": shapely.Point(66.4, 31.0), "place_id": "af-wesh"}, {}, False),
        ({"geometry": None, "place_id": None}, {}, False),
        ({"geometry": None, "place_id": None}, {"where": []}, True),
        ({"geometry": shapely.Point(70.86, 34.43)}, {"where": ["34.42,70.85"]}, True),
        ({"geometry": shapely.Point(70.95, 34.43)}, {"where": ["34.42,70.85"]}, False),
    ],
)
def test_a_draft_is_an_event_by_its_day_and_its_place(places, cells, fields, right):
    assert is_event(drafted(**cells), truth(**fields), places) is right


def test_one_draft_serves_one_event_and_the_type_must_be_right(places):
    rows = [drafted(), drafted(event_type="protest")]
    assert matched(rows, [truth()], places) == {0: 0}
    assert matched(rows[:1], [truth(), truth()], places).keys() == {0}
    assert matched(rows, [truth(types=["airstrike"])], places) == {}


def test_vague_drafts_serve_vague_events_alone(places):
    vague = drafted(draft_flags="vague;no_date", date_start=None, date_end=None, geometry=None)
    assert matched([vague], [truth(vague=True)], places) == {0: 0}
    assert matched([drafted()], [truth(vague=True)], places) == {}


@pytest.mark.parametrize(
    ("figures", "dead", "right"),
    [
        ((2, 2, 2), (2, 2), True),
        ((2, None, 4), (2, 4), True),
        ((6, None, None), (6, -1), True),
        ((6, 6, 6), (6, 7), False),
        ((None, None, None), None, True),
        ((None, None, None), (0, 0), False),
        ((0, 0, 0), None, False),
    ],
)
def test_tolls_are_ranges(figures, dead, right):
    assert toll_is_right(figures, dead) is right


def test_spans_are_read():
    day = datetime.date
    assert span_of("2023-03-04") == (day(2023, 3, 4), day(2023, 3, 4))
    assert span_of("2011") == (day(2011, 1, 1), day(2011, 12, 31))
    assert span_of("2023-03-04/2023-03-06") == (day(2023, 3, 4), day(2023, 3, 6))
    assert span_of("") == (None, None)
    month = drafted(date_start=pd.Timestamp("2023-03-01"), date_end=pd.Timestamp("2023-03-31"))
    assert day_is_right(month, truth(date="2023-03-01/2023-03-31"))
    assert not day_is_right(month, truth())


def test_reports_of_one_day_and_place_are_not_held_to_be_of_different_events():
    event = {"types": ["shelling"], "date": "2023-03-04", "where": ["AF-NAN-goshta"]}
    one, same = {"events": [event]}, {"events": [event | {"types": ["explosion"]}]}
    other = {"events": [event | {"date": "2023-03-06"}, event | {"date": ""}]}
    assert extraction.different([one, same, other]) == [one, other]


def test_articles_of_the_speed_test_are_as_long_as_they_say():
    (one, _), (other, _) = extraction.articles(2, 600)
    assert len(one.split()) == len(other.split()) == 600
    assert one != other
    assert one == next(extraction.articles(1, 600))[0]


@pytest.mark.heavy
def test_the_development_part_stays_as_good_as_it_was():
    score = extraction.measure("development").counts
    assert score["precision right"] >= 0.93 * score["precision"]
    assert score["recall right"] >= 0.93 * score["recall"]
    assert score["place, or flagged right"] >= 0.95 * score["place, or flagged"]
    assert score["day, or flagged right"] == score["day, or flagged"]
    assert score["toll right"] >= 0.85 * score["toll"]
