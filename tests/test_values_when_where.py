"""What a cell says about when and where: named cases as people write them, and any text."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.values.coordinates import check_position, in_region, parse_position
from bordermap.values.dates import coarser, day_first_of, parse_date, parse_days
from bordermap.values.text import is_missing

ANY_TEXT = st.one_of(
    st.text(st.characters(codec=None)),
    st.text("0123456789-/., :'\"°NSEW+e۱۲٣toandApril", max_size=24),
)


def reasons(value):
    return [note.reason for note in value.notes]


# Dates


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("2016-05-04", "2016-05-04", None, "day"),
        ("2016/5/4", "2016-05-04", None, "day"),
        ("20160504", "2016-05-04", None, "day"),
        ("2016-05-04T23:59:59Z", "2016-05-04", None, "day"),
        ("2016-05-04 00:00:00.000", "2016-05-04", None, "day"),
        ("2016-05-04T10:00+04:30", "2016-05-04", None, "day"),
        ("16 May 2025", "2025-05-16", None, "day"),
        ("16-May-2025", "2025-05-16", None, "day"),
        ("Friday, June 18, 2004", "2004-06-18", None, "day"),
        ("Sept. 11th, 2001", "2001-09-11", None, "day"),
        ("١٦ May 2025", "2025-05-16", None, "day"),
        ("25/05/2016", "2016-05-25", None, "day"),
        ("05/25/2016", "2016-05-25", None, "day"),
        ("07.07.16", "2016-07-07", None, "day"),
        ("13/12/99", "1999-12-13", None, "day"),
        ("2011-05", "2011-05-01", "2011-05-31", "month"),
        ("05/2011", "2011-05-01", "2011-05-31", "month"),
        ("February 2012", "2012-02-01", "2012-02-29", "month"),
        ("2011", "2011-01-01", "2011-12-31", "year"),
        ("2025-05-16 to 2025-05-18", "2025-05-16", "2025-05-18", "day"),
        ("16 May 2025 – 18 May 2025", "2025-05-16", "2025-05-18", "day"),
        ("2025-05-16/2025-05-18", "2025-05-16", "2025-05-18", "day"),
        # Published conversions: 1 Hamal 1403 is 20 March 2024, 30 Hut 1399 is 20 March 2021.
        ("1403-01-01", "2024-03-20", None, "day"),
        ("30/12/1399", "2021-03-20", None, "day"),
        ("۱۴۰۳/۰۱/۰۱", "2024-03-20", None, "day"),
        ("1403-01", "2024-03-20", "2024-04-19", "month"),
        ("1402", "2023-03-21", "2024-03-19", "year"),
    ],
)
def test_dates(text, start, end, precision):
    span = parse_date(text)
    expected_end = date.fromisoformat(end) if end else None
    assert span[:3] == (date.fromisoformat(start), expected_end, precision)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2023-02-30", "date_impossible"),
        ("31 June 2004", "date_impossible"),
        ("2016-13-01", "date_impossible"),
        ("2016-00-00", "date_impossible"),
        ("1400-12-30", "date_impossible"),
        ("31/31/2016", "date_impossible"),
        ("last spring", "date_unreadable"),
        ("Spring 2011", "date_unreadable"),
        ("18-16 May 2025", "date_unreadable"),
        ("May", "date_unreadable"),
        ("7 March", "date_unreadable"),
        ("10:30", "date_unreadable"),
        ("99999", "date_unreadable"),
        ("1684195200000", "date_unreadable"),
        ("1445-03-21", "date_unreadable"),
        ("0000-00-00", "date_unreadable"),
        ("May 2011 2012", "date_unreadable"),
        ("1" * 5000, "date_unreadable"),
    ],
)
def test_dates_that_are_none(text, reason):
    span = parse_date(text)
    assert span[:3] == (None, None, "unknown")
    assert reasons(span) == [reason]


def test_an_ambiguous_date_spans_both_readings():
    span = parse_date("04/05/2016")
    assert span[:3] == (date(2016, 4, 5), date(2016, 5, 4), "year")
    assert span.notes[0].message == "'04/05/2016' is 2016-04-05 or 2016-05-04"
    assert parse_date("04/05/2016", "day").start == date(2016, 5, 4)
    assert parse_date("04/05/2016", "month").start == date(2016, 4, 5)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["04/05/2016", "25/05/2016"], "day"),
        (["04/05/2016", "05/25/2016"], "month"),
        (["04/05/2016", "2016-05-25"], "unsettled"),
        (["25/05/2016", "05/25/2016"], "unsettled"),
        (["32/05/2016", ""], "unsettled"),
        ([], "unsettled"),
    ],
)
def test_the_order_of_day_and_month(cells, order):
    assert day_first_of(cells) == order


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back(day):
    for text in (
        day.isoformat(),
        day.strftime("%d %B %Y"),
        day.strftime("%A, %B %d, %Y"),
        day.strftime("%Y%m%d"),
    ):
        assert parse_date(text) == (day, None, "day", ())
    assert parse_date(day.strftime("%d/%m/%Y"), "day").start == day
    assert parse_date(day.strftime("%m/%d/%Y"), "month").start == day
    either = parse_date(day.strftime("%d/%m/%Y"))
    assert either.start <= day <= (either.end or either.start)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(["day", "month", "unsettled"]))
def test_any_text_as_a_date(text, order):
    span = parse_date(text, order)
    assert (span.start is None) == (span.precision == "unknown")
    assert span.end is None or (span.start is not None and span.start <= span.end)
    assert span.start is not None or span.notes or is_missing(text)


def test_start_end_and_precision_together():
    assert parse_days("2016-06-12", "2016-06-14", "day")[:3] == (
        date(2016, 6, 12),
        date(2016, 6, 14),
        "day",
    )
    assert parse_days("2016-06-12", "", "day").end is None
    assert parse_days("2016-06-12", "", "month").precision == "month"
    assert reasons(parse_days("2016-06", "", "day")) == ["date_partial"]
    assert parse_days("2016-06", "", "day").precision == "month"
    assert parse_days("2016-06", "2016-07", "").end == date(2016, 7, 31)
    assert reasons(parse_days("2016-06-12", "2016-06-01", "")) == ["date_end_before_start"]
    assert parse_days("", "", "month")[:3] == (None, None, "unknown")
    assert parse_days("soon", "2016-06-01", "day").start is None


def test_coarser():
    assert coarser("day", "month") == "month"
    assert coarser("unknown", "year") == "unknown"


# Coordinates


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("34.12", "71.09", (34.12, 71.09)),
        (" 34.12 ", "71.09", (34.12, 71.09)),
        ("34,12", "71,09", (34.12, 71.09)),
        ("34.12°", "71.09° E", (34.12, 71.09)),
        ("N 34.12", "E 71.09", (34.12, 71.09)),
        ("34.12 North", "71.09 East", (34.12, 71.09)),
        ("34°07'12\"N", "71°05'24\"E", (34.12, 71.09)),
        ("34° 7′ 12″ N", "71° 5′ 24″ E", (34.12, 71.09)),
        ("34 07 12", "71 05 24", (34.12, 71.09)),
        ("34:07:12", "71:05:24", (34.12, 71.09)),
        ("34°07.2'N", "71°05.4'E", (34.12, 71.09)),
        ("34 deg 7' 12\"", "71 deg 5' 24\"", (34.12, 71.09)),
        ("٣٤٫١٢", "٧١٫٠٩", (34.12, 71.09)),
        ("34.12, 71.09", "", (34.12, 71.09)),
        ("34.12,71.09", "", (34.12, 71.09)),
        ("(34.12; 71.09)", "", (34.12, 71.09)),
        ("34,12 71,09", "", (34.12, 71.09)),
        ("34°07'12\"N 71°05'24\"E", "", (34.12, 71.09)),
        ("N34.12 E71.09", "", (34.12, 71.09)),
        ("34.12, 71.09", "34.12, 71.09", (34.12, 71.09)),
        # swapped
        ("71.09", "34.12", (34.12, 71.09)),
        ("71.09E", "34.12N", (34.12, 71.09)),
        ("71.09E 34.12N", "", (34.12, 71.09)),
        # elsewhere, and so left as they are
        ("65.0", "-30.0", (65.0, -30.0)),
        ("65 N", "30 E", (65.0, 30.0)),
        ("-34.12", "71.09", (-34.12, 71.09)),
        ("34.12 S", "71.09 W", (-34.12, -71.09)),
        ("0", "71.09", (0.0, 71.09)),
    ],
)
def test_positions(latitude, longitude, expected):
    position = parse_position(latitude, longitude)
    assert position[:2] == pytest.approx(expected, abs=1e-9)
    assert not any(note.rejects for note in position.notes)


@pytest.mark.parametrize(
    ("latitude", "longitude", "reason"),
    [
        ("95", "71", "coordinates_out_of_range"),
        ("34.1", "271.1", "coordinates_out_of_range"),
        ("95", "", "coordinates_out_of_range"),
        ("", "181", "coordinates_out_of_range"),
        ("3412", "7109", "coordinates_projected"),
        ("3780000", "600000", "coordinates_projected"),
    ],
)
def test_positions_that_are_rejected(latitude, longitude, reason):
    (note,) = parse_position(latitude, longitude).notes
    assert (note.reason, note.rejects) == (reason, True)


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("", "", []),
        ("n/a", "unknown", []),
        ("0", "0", ["coordinates_zero"]),
        ("34.1", "", ["coordinates_incomplete"]),
        ("", "71.1", ["coordinates_incomplete"]),
        ("near Torkham", "71.1", ["coordinates_unreadable"]),
        ("34.12.45", "71.1", ["coordinates_unreadable"]),
        ("34°75'N", "71.1", ["coordinates_unreadable"]),
        ("-34 S", "71.1", ["coordinates_unreadable"]),
        ("34N", "35N", ["coordinates_unreadable"]),
        ("34m12s", "71.1", ["coordinates_unreadable"]),
        ("42SWD123456789", "", ["coordinates_unreadable"]),
        ("nan", "nan", ["coordinates_not_finite"]),
        ("-inf", "71.1", ["coordinates_not_finite"]),
        ("9" * 400, "71.1", ["coordinates_unreadable"]),
    ],
)
def test_positions_that_are_none(latitude, longitude, found):
    position = parse_position(latitude, longitude)
    assert math.isnan(position.latitude) or math.isnan(position.longitude)
    assert reasons(position) == found


@settings(deadline=None)
@given(st.floats(26, 40), st.floats(58, 78))
def test_a_position_of_the_region_is_read_back_either_way(latitude, longitude):
    texts = f"{latitude:.6f}", f"{longitude:.6f}"
    straight, swapped = parse_position(*texts), parse_position(*reversed(texts))
    assert straight == (float(texts[0]), float(texts[1]), ())
    assert swapped[:2] == straight[:2]
    assert reasons(swapped) == ["coordinates_swapped"]


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_as_a_position(latitude, longitude):
    position = parse_position(latitude, longitude)
    if not any(note.rejects for note in position.notes):
        assert not abs(position.latitude) > 90
        assert not abs(position.longitude) > 180


@settings(deadline=None)
@given(st.floats(), st.floats())
def test_any_numbers_as_a_position(latitude, longitude):
    position = check_position(latitude, longitude)
    usable = not any(note.rejects for note in position.notes)
    if usable and not math.isnan(position.latitude + position.longitude):
        assert abs(position.latitude) <= 90
        assert abs(position.longitude) <= 180
        assert set(position[:2]) == {latitude, longitude}
        if "coordinates_swapped" in reasons(position):
            assert in_region(*position[:2])
            assert not in_region(latitude, longitude)
