"""Dates, counts and positions in every spelling that people use: read, noted, never guessed."""

from __future__ import annotations

import math
from datetime import date, timedelta

import jdatetime
import pytest
from hijridate import Gregorian
from hypothesis import given, settings
from hypothesis import strategies as st
from mgrs import MGRS
from pyproj import Transformer

from bordermap.values.coordinates import parse_position
from bordermap.values.dates import parse_date
from bordermap.values.hijri import _LUNAR, _SOLAR, days_of, hijri_date
from bordermap.values.numbers import parse_count

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2039, 12, 31))
LATITUDES = st.floats(27.0, 39.0)
LONGITUDES = st.floats(59.0, 77.0)


def reasons(value):
    return [note.reason for note in value.notes]


def span(text, order="unsettled"):
    found = parse_date(text, order)
    return found.start, found.end, found.precision


# Dates: ranges


@pytest.mark.parametrize(
    "text",
    [
        *("3-5 May 2017", "3–5 May 2017", "3 to 5 May 2017", "3rd - 5th of May, 2017"),
        *("May 3-5, 2017", "May 3 – 5 2017", "between 3 and 5 May 2017", "from 3 to 5 May 2017"),
        *("3 May - 5 May 2017", "May 3 - May 5, 2017", "3 May 2017 - 5 May 2017"),
        *("2017-05-03 to 2017-05-05", "2017-05-03/2017-05-05", "۳-۵ مئی ۲۰۱۷"),
        *("13/05/2017 - 15/05/2017", "13-15 Sawr 1396"),
    ],
)
def test_ranges(text):
    shift = timedelta(days=10) if text.startswith("13/") else timedelta(0)
    assert span(text)[:2] == (date(2017, 5, 3) + shift, date(2017, 5, 5) + shift)


@pytest.mark.parametrize(
    "text",
    ["30 Dec - 2 Jan 2017", "Dec 30 to Jan 2, 2017", "30 Dec 2016 - 2 Jan", "Dec 30, 2016 – Jan 2"],
)
def test_ranges_over_the_turn_of_the_year(text):
    span = parse_date(text)
    assert (span.start, span.end, span.precision) == (date(2016, 12, 30), date(2017, 1, 2), "day")
    assert [note.reason for note in span.notes] == ["date_over_new_year"]


def test_a_range_of_months_over_the_turn_of_the_year():
    span = parse_date("Dec-Jan 2017")
    assert (span.start, span.end) == (date(2016, 12, 1), date(2017, 1, 31))


def test_ranges_of_months_and_over_months():
    assert span("May 3 - June 2, 2017") == (date(2017, 5, 3), date(2017, 6, 2), "day")
    assert span("28 Feb - 2 March 2017") == (date(2017, 2, 28), date(2017, 3, 2), "day")
    assert span("May - June 2017") == (date(2017, 5, 1), date(2017, 6, 30), "month")
    assert span("night of 3/4 May 2017") == (date(2017, 5, 3), date(2017, 5, 4), "day")


@pytest.mark.parametrize(
    "text", ["5-3 May 2017", "30 May - 2 Apr 2017", "3-5 Spring 2017", "3-35 May 2017", "3-5 May"]
)
def test_ranges_that_are_none(text):
    assert span(text) == (None, None, "unknown")


@given(DAYS, st.integers(1, 27))
def test_ranges_are_read_back(first, length):
    last = first + timedelta(days=length)
    if first.year == last.year:
        text = f"{first.day} {first:%B} - {last.day} {last:%B} {last.year}"
        assert span(text) == (first, last, "day")
        assert span(f"{first:%b} {first.day} – {last:%b} {last.day}, {last.year}")[:2] == (
            first,
            last,
        )
    assert span(f"{first.isoformat()} to {last.isoformat()}")[:2] == (first, last)


# Dates: clocks, weekdays, serials


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("2017-05-03T23:30:00Z", ["date_time_zone"]),
        ("2017-05-03 23:30 UTC", ["date_time_zone"]),
        ("2017-05-03T01:30:00-05:00", ["date_time_zone"]),
        ("3 May 2017 23:30 GMT", ["date_time_zone"]),
        ("2017-05-03T23:30:00+04:30", []),
        ("2017-05-03 23:30 PKT", []),
        ("2017-05-03 23:30:00.000", []),
        ("May 3, 2017 at 11:30 PM", []),
        ("3 May 2017, 23:30", []),
    ],
)
def test_the_day_stays_as_written(text, noted):
    found = parse_date(text)
    assert (found.start, found.precision) == (date(2017, 5, 3), "day")
    assert reasons(found) == noted


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("Wednesday, 3 May 2017", []),
        ("Wed 3 May 2017", []),
        ("Tuesday, 3 May 2017", ["date_weekday"]),
        ("Tues. 2017-05-03", ["date_weekday"]),
        ("May 3, 2017 (Tuesday)", ["date_weekday"]),
        # Of 3 May and 5 March only the first was a Wednesday, so it is settled.
        ("Wed 03/05/2017", []),
    ],
)
def test_weekdays(text, noted):
    found = parse_date(text)
    assert (found.start, found.end, found.precision) == (date(2017, 5, 3), None, "day")
    assert reasons(found) == noted


def test_a_weekday_that_fits_neither_order_settles_nothing():
    assert "date_ambiguous" in reasons(parse_date("Fri 03/05/2017"))


@given(DAYS)
def test_weekdays_that_agree_are_not_noted(day):
    found = parse_date(f"{day:%A}, {day:%B} {day.day}, {day.year}")
    assert (found.start, found.notes) == (day, ())


@given(DAYS)
def test_serial_numbers_of_spreadsheets(day):
    found = parse_date(str((day - date(1899, 12, 30)).days))
    assert (found.start, found.precision, reasons(found)) == (day, "day", ["date_serial"])


@pytest.mark.parametrize("text", ["1", "4285", "99999", "428590", "-42859"])
def test_other_numbers_are_no_dates(text):
    assert span(text) == (None, None, "unknown")


@pytest.mark.parametrize(("order", "day"), [("day", date(2016, 5, 4)), ("month", date(2016, 4, 5))])
def test_an_order_that_is_given_settles_it(order, day):
    assert span("04/05/2016", order) == (day, None, "day")
    assert span("04/05/2016 10:30", order) == (day, None, "day")
    against = parse_date("05/13/2016" if order == "day" else "13/05/2016", order)
    assert against.start == date(2016, 5, 13)
    assert reasons(against) == ["date_order_contradicted"]


# Dates: the calendars of the Hijra


@pytest.mark.parametrize(
    "text",
    [
        *("1396/08/27", "1396-8-27", "۱۳۹۶/۰۸/۲۷", "١٣٩٦/٠٨/٢٧", "27/08/1396"),
        *("27 Aqrab 1396", "Aqrab 27, 1396", "1396 Aqrab 27", "۲۷ عقرب ۱۳۹۶", "27 Larum 1396"),
        *("27 Aban 1396", "۲۷ آبان ۱۳۹۶", "۲۷ لړم ۱۳۹۶", "27 Aqrab 1396 SH", "1396/08/27 هـ ش"),
        "27 Aqrab 1396 (18 November 2017)",
    ],
)
def test_solar_hijri(text):
    found = parse_date(text)
    assert (found.start, found.end, found.precision) == (date(2017, 11, 18), None, "day")
    assert "date_solar_hijri" in reasons(found)


def test_solar_hijri_months_and_years():
    assert span("Hamal 1396") == (date(2017, 3, 21), date(2017, 4, 20), "month")
    assert span("حوت ۱۳۹۵") == (date(2017, 2, 19), date(2017, 3, 20), "month")
    assert span("1396") == (date(2017, 3, 21), date(2018, 3, 20), "year")


@pytest.mark.parametrize(
    "text",
    [
        *("12 Ramadan 1438", "12 Ramazan 1438", "۱۲ رمضان ۱۴۳۸", "Ramadan 12, 1438 AH"),
        *("1438-09-12 AH", "1438/9/12 هـ ق", "12 رمضان المبارک 1438"),
    ],
)
def test_lunar_hijri_is_sure_to_a_day_or_so(text):
    found = parse_date(text)
    assert (found.start, found.end) == (date(2017, 6, 6), date(2017, 6, 8))
    assert (found.precision, reasons(found)) == ("week", ["date_lunar_hijri"])


@pytest.mark.parametrize(
    "text", ["1438-09-12", "1396/08/27 AH", "31 Hut 1396", "30 Esfand 1396", "27 Aqrab", "Aqrab 96"]
)
def test_dates_of_the_hijra_that_are_none(text):
    assert span(text)[0] is None


def test_two_calendars_that_disagree_are_not_read():
    found = parse_date("27 Aqrab 1396 (19 November 2017)")
    assert (found.start, reasons(found)) == (None, ["date_contradicts_itself"])


@settings(deadline=None)
@given(DAYS, st.data())
def test_solar_days_are_read_back_in_every_spelling(day, data):
    solar = jdatetime.date.fromgregorian(date=day)
    name = data.draw(st.sampled_from(_SOLAR[solar.month - 1].split()))
    texts = (f"{solar.day} {name} {solar.year}", f"{solar.year}/{solar.month:02d}/{solar.day:02d}")
    for text in texts:
        assert span(text) == (day, None, "day")


@settings(deadline=None)
@given(DAYS, st.data())
def test_lunar_days_are_read_back_in_every_spelling(day, data):
    lunar = Gregorian.fromdate(day).to_hijri()
    name = data.draw(st.sampled_from(_LUNAR[lunar.month - 1].split()))
    found = hijri_date(f"{lunar.day} {name} {lunar.year}")
    assert days_of(found) == (day - timedelta(days=1), day + timedelta(days=1))


# Counts


@pytest.mark.parametrize(
    ("text", "low", "best", "high"),
    [
        ("1.200", None, 1200, None),
        ("1.234.567", None, 1234567, None),
        ("1’200", None, 1200, None),
        ("1\u202f200", None, 1200, None),
        ("۱٬۲۰۰", None, 1200, None),
        ("at least two", 2, None, None),
        ("between five and ten", 5, None, 10),
        ("six or seven", 6, None, 7),
        ("twenty-five", None, 25, None),
        ("12 killed", None, 12, None),
        ("at least 3 people killed", 3, None, None),
        ("a dozen", None, 12, None),
        ("half a dozen", None, 6, None),
    ],
)
def test_counts(text, low, best, high):
    assert parse_count(text)[:3] == (low, best, high)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3.000", "figure_ambiguous"),
        ("dozens", "figure_vague"),
        ("at least dozens", "figure_vague"),
        ("12 wounded", "figure_unreadable"),
        ("0.500", "figure_unreadable"),
        ("no one", "figure_unreadable"),
        ("two dozen or so", "figure_unreadable"),
        ("Mar-4", "figure_eaten_by_spreadsheet"),
    ],
)
def test_counts_that_are_none(text, reason):
    count = parse_count(text)
    assert count[:3] == (None, None, None)
    assert reasons(count) == [reason]


@given(st.integers(0, 9_999_999), st.sampled_from(",'’ \u00a0\u202f\u2009"))
def test_every_count_is_read_back_in_every_spelling(figure, separator):
    grouped = f"{figure:,}".replace(",", separator)
    assert parse_count(grouped)[:3] == (None, figure, None)
    persian = "".join(chr(0x6F0 + int(char)) if char.isdigit() else char for char in grouped)
    assert parse_count(persian)[:3] == (None, figure, None)
    assert parse_count(f"at least {grouped}")[:3] == (figure, None, None)


@given(st.integers(1001, 9_999_999).filter(lambda figure: figure % 1000))
def test_dots_between_thousands_are_read_back(figure):
    assert parse_count(f"{figure:,}".replace(",", "."))[1] == figure


# Positions


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("34.5_N", "71.25_E"),
        ("34.5\u200e", "\u200f71.25"),
        ("34.5.", "71.25;"),
        ("(34.5", "71.25)"),
        ("34_30_00", "71_15_00"),
        ("34-30-00N", "71-15-00E"),
        ("34-30N", "71-15E"),
        ("34d30m0s", "71d15m0s"),
        ("Lat: 34.5", "Long: 71.25"),
        ("latitude 34,5", "longitude 71,25"),
        ("34.5 شمال", "71.25 شرق"),
        ("۳۴ درجه ۳۰ دقیقه شمالی", "۷۱ درجه ۱۵ دقیقه شرقی"),
        ("POINT (71.25 34.5)", ""),
        ("", "POINT Z (71.25 34.5 900)"),
        ("SRID=4326;POINT(71.25 34.5)", ""),
        ("Lat 34.5 N, Long 71.25 E", ""),
        ("Long: 71.25, Lat: 34.5", ""),
        ("34.5, 71.25", ""),
        ("(34.5; 71.25)", ""),
        ("34°30'N 71°15'E", ""),
        ("42S 706576 3819895", ""),
        ("zone 42N, 706576 mE, 3819895 mN", ""),
        ("42S YD 06576 19895", ""),
        ("42syd0657619895", ""),
    ],
)
def test_positions(latitude, longitude):
    position = parse_position(latitude, longitude)
    assert position.latitude == pytest.approx(34.5, abs=2e-5)
    assert position.longitude == pytest.approx(71.25, abs=2e-5)
    assert not any(note.rejects for note in position.notes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("42S YD 0 1", "coordinates_coarse"),
        ("42S YD 06554 1998", "coordinates_unreadable"),
        ("42I YD 06554 19987", "coordinates_unreadable"),
        ("99S YD 06554 19987", "coordinates_unreadable"),
        ("42 706576 3819895", "coordinates_unreadable"),
        ("42K 706576 3819895", "coordinates_unreadable"),
        ("42T 706576 3819895", "coordinates_unreadable"),
        ("SRID=32642;POINT(706576 3819895)", "coordinates_unreadable"),
        ("POINT EMPTY", "coordinates_unreadable"),
        ("LINESTRING (71 34, 72 35)", "coordinates_unreadable"),
    ],
)
def test_positions_that_are_none(text, reason):
    position = parse_position(text, "")
    assert math.isnan(position.latitude)
    assert reason in reasons(position)


def test_a_pair_that_is_right_in_the_row_s_own_country_is_not_swapped():
    assert parse_position("69.5", "33.1", "Russia")[:2] == (69.5, 33.1)
    for country in ("", "Pakistan", "Afghanistan"):
        assert parse_position("69.5", "33.1", country)[:2] == (33.1, 69.5)


def metres(one, other):
    north = (one.latitude - other[0]) * 111_000
    east = (one.longitude - other[1]) * 111_000 * math.cos(math.radians(other[0]))
    return math.hypot(north, east)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES)
def test_positions_are_read_back_in_every_spelling(latitude, longitude):
    def sexagesimal(value):
        seconds = round(value * 3600)
        return seconds // 3600, seconds // 60 % 60, seconds % 60

    first, second = sexagesimal(latitude), sexagesimal(longitude)
    texts = [
        (f"{latitude:.6f}".replace(".", ","), f"{longitude:.6f}".replace(".", ",")),
        (f"{latitude:.6f}, {longitude:.6f}", ""),
        (f"POINT ({longitude:.6f} {latitude:.6f})", ""),
        ("{}°{}'{}\"N".format(*first), "{}°{}'{}\"E".format(*second)),
        ("{}-{}-{}N".format(*first), "{}-{}-{}E".format(*second)),
        ("{}_{}_{}".format(*first), "{}_{}_{}".format(*second)),
        (f"{longitude:.6f}", f"{latitude:.6f}"),
    ]
    for text in texts:
        assert metres(parse_position(*text), (latitude, longitude)) < 25


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.integers(2, 5))
def test_mgrs_is_read_back(latitude, longitude, digits):
    reference = MGRS().toMGRS(latitude, longitude, MGRSPrecision=digits)
    away = metres(parse_position(reference, ""), (latitude, longitude))
    # The corner of a square of one metre, the middle of a wider one.
    assert away < 1.5 * 10 ** (5 - digits)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES)
def test_utm_is_read_back(latitude, longitude):
    zone = int((longitude + 180) // 6) + 1
    to_metres = Transformer.from_crs("EPSG:4326", f"EPSG:{32600 + zone}", always_xy=True)
    (east,), (north,) = to_metres.transform([longitude], [latitude])
    band = "CDEFGHJKLMNPQRSTUVWX"[int((latitude + 80) // 8)]
    for letter in (band, "N"):
        position = parse_position(f"{zone}{letter} {east:.1f} {north:.1f}", "")
        assert metres(position, (latitude, longitude)) < 1


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789.,-_ ()nsewNSEWxyd°'\"POINTلمش۳42SXD:;", max_size=30))
def test_any_text_as_a_position_is_read_or_noted(text):
    position = parse_position(text, "")
    given = not math.isnan(position.latitude)
    assert given or position.notes or not text.strip(" -–?.,;:()_")


@pytest.mark.parametrize(
    ("text", "latitude"), [("42S 600000 3800000", 34.336), ("42H 600000 6200000", -34.336)]
)
def test_utm_of_both_halves(text, latitude):
    position = parse_position(text, "")
    assert position.latitude == pytest.approx(latitude, abs=0.001)
    assert position.longitude == pytest.approx(70.087, abs=0.001)


def test_utm_with_s_for_south_is_refused_and_not_turned_into_the_band_s():
    position = parse_position("42S 600000 6200000", "")
    assert [note.reason for note in position.notes] == ["coordinates_unreadable"]
