"""What a cell means: named cases as people write them, and what holds for any text."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.errors import FilterError
from bordermap.values.ids import UniqueIds, fingerprint
from bordermap.values.lengths import parse_length_m
from bordermap.values.numbers import parse_count, parse_figures
from bordermap.values.text import (
    as_text,
    fold,
    guard_formula,
    is_missing,
    label,
    shorten,
    unguard_formula,
    western_digits,
    whole,
    without_controls,
)

ANY_TEXT = st.one_of(
    st.text(st.characters(codec=None)),
    st.text("0123456789-/., :'\"°NSEW+e۱۲٣toandApril", max_size=24),
)


NUMBER_WORDS = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
    **{"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12},
}


def reasons(value):
    return [note.reason for note in value.notes]


# Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Incident_Date ", "incident date"),
        ("Lat/Long", "lat long"),
        ("  Event   TYPE: ", "event type"),
        ("Straße", "strasse"),
        ("تورخم", "تورخم"),
        ("!!!", ""),
    ],
)
def test_fold(text, expected):
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (math.nan, ""),
        (True, "true"),
        (12, "12"),
        (12.0, "12"),
        (34.5, "34.5"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        ("12.0", "12.0"),
        ([1, "ب"], '[1,"ب"]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_as_text(value, expected):
    assert as_text(value) == expected


@pytest.mark.parametrize("text", ["", " ", "N/A", "unknown", "-", "–", "?", "None", "NULL", "nan"])
def test_missing(text):
    assert is_missing(text)


@pytest.mark.parametrize("text", ["0", "no", "none reported", "."])
def test_not_missing(text):
    assert not is_missing(text)


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+93 70", "'+93 70"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("'=1", "''=1"),
        ("'quoted'", "'quoted'"),
        ("Torkham", "Torkham"),
        ("", ""),
    ],
)
def test_formula_guard(text, guarded):
    assert guard_formula(text) == guarded
    assert unguard_formula(guarded) == text


@settings(deadline=None)
@given(st.text("'=+-@\t\rab", max_size=6))
def test_formula_guard_loses_nothing(text):
    guarded = guard_formula(text)
    assert unguard_formula(guarded) == text
    assert guarded[:1] not in set("=+-@\t\r") or not guarded


@pytest.mark.parametrize(
    ("text", "expected"),
    [("۱۲٫۵", "12.5"), ("١٢٬٠٠٠", "12,000"), ("−7", "-7"), ("१२", "12"), ("12½", "12½")],
)
def test_western_digits(text, expected):
    assert western_digits(text) == expected


@settings(deadline=None)
@given(ANY_TEXT)
def test_labels_are_printable_and_can_be_written(text):
    for cleaned in (label(text), shorten(text)):
        assert cleaned.encode("utf-8") is not None
        assert not any(ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in cleaned)
    assert len(shorten(text, 20)) <= 20
    assert whole(text).encode("utf-8") is not None
    assert without_controls(without_controls(text)) == without_controls(text)


# Numbers


@pytest.mark.parametrize(
    ("text", "low", "best", "high"),
    [
        ("12", None, 12, None),
        ("0", None, 0, None),
        ("007", None, 7, None),
        ("12.0", None, 12, None),
        ("1,200", None, 1200, None),
        ("1 200", None, 1200, None),
        ("۱۲", None, 12, None),
        ("١٬٢٠٠", None, 1200, None),
        ("twelve", None, 12, None),
        ("6-8", 6, None, 8),
        ("6–8", 6, None, 8),
        ("6 to 8", 6, None, 8),
        ("between 3 and 5", 3, None, 5),
        ("3 or 4", 3, None, 4),
        ("At least 2", 2, None, None),
        ("more than 50", 50, None, None),
        ("20+", 20, None, None),
        ("≥5", 5, None, None),
        ("up to 10", None, None, 10),
        ("<5", None, None, 5),
        ("about 40", None, 40, None),
        ("~40", None, 40, None),
    ],
)
def test_counts(text, low, best, high):
    assert parse_count(text)[:3] == (low, best, high)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("?", "figure_unknown"),
        ("dozens", "figure_vague"),
        ("several", "figure_vague"),
        ("4-Mar", "figure_eaten_by_spreadsheet"),
        ("Mar-04", "figure_eaten_by_spreadsheet"),
        ("2016-03-04 00:00:00", "figure_eaten_by_spreadsheet"),
        ("-1", "figure_unreadable"),
        ("2.5", "figure_unreadable"),
        ("1.000", "figure_ambiguous"),
        ("8-6", "figure_unreadable"),
        ("3 killed, 5 wounded", "figure_unreadable"),
        ("#REF!", "figure_unreadable"),
        ("=SUM(A1:A3)", "figure_unreadable"),
        ("9" * 50, "figure_unreadable"),
        ("1e5", "figure_unreadable"),
    ],
)
def test_counts_that_are_none(text, reason):
    count = parse_count(text)
    assert count[:3] == (None, None, None)
    assert reasons(count) == [reason]


@pytest.mark.parametrize("text", ["", " ", "n/a", "unknown", "-"])
def test_no_count_and_nothing_to_say(text):
    assert parse_count(text) == (None, None, None, ())


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_as_a_count(text):
    count = parse_count(text)
    given_figures = [figure for figure in count[:3] if figure is not None]
    assert all(figure >= 0 for figure in given_figures)
    assert given_figures == sorted(given_figures)
    digits = "".join(char for char in western_digits(text) if char.isdigit())
    for figure in given_figures:
        assert str(figure) in digits or NUMBER_WORDS.get(fold(text)) == figure


@settings(deadline=None)
@given(st.integers(0, 10_000_000))
def test_every_figure_is_read_back(figure):
    assert parse_count(str(figure)) == (None, figure, None, ())
    assert parse_count(f"{figure:,}").best == figure


@pytest.mark.parametrize(
    ("cells", "figures", "found"),
    [
        (("1", "2", "3"), (1, 2, 3), []),
        (("", "2", ""), (None, 2, None), []),
        (("2", "", "5"), (2, None, 5), []),
        (("", "6-8", ""), (6, None, 8), ["figure_range"]),
        (("5", "6-8", ""), (5, None, 8), ["figure_range"]),
        (("at least 2", "", ""), (2, None, None), ["figure_at_least"]),
        (("6-8", "", ""), (6, None, None), ["figure_range"]),
        (("", "", "6-8"), (None, None, 8), ["figure_range"]),
        (("", "", "at least 2"), (None, None, None), ["figure_at_least"]),
        (("3", "2", "3"), (3, 2, 3), ["figures_out_of_order"]),
        (("5", "", "3"), (5, None, 3), ["figures_out_of_order"]),
    ],
)
def test_figures_are_never_copied(cells, figures, found):
    count = parse_figures(*cells)
    assert count[:3] == figures
    assert reasons(count) == found


# Lengths


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("10km", 10_000.0),
        ("800m", 800.0),
        ("0.5mi", 804.672),
        ("0.5 MI", 804.672),
        ("1nm", 1852.0),
        ("100ft", 30.48),
        ("0m", 0.0),
        (" 2.5 km ", 2500.0),
        (".5km", 500.0),
    ],
)
def test_lengths(text, metres):
    assert parse_length_m(text) == pytest.approx(metres, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", "has no unit"),
        ("10 furlongs", "unit 'furlongs' is unknown; use one of m, km, mi"),
        ("-5km", "is negative"),
        ("-0km", "is negative"),
        ("km", "is not a length; write a number and a unit"),
        ("", "is not a length"),
        ("nan km", "is not a length"),
        ("infkm", "is not a length"),
        ("1e3km", "is not a length"),
        ("10,5km", "is not a length"),
        ("30000km", "longer than half the way round the Earth"),
        ("9" * 400 + "m", "longer than half the way round the Earth"),
    ],
)
def test_lengths_that_are_none(text, message):
    with pytest.raises(FilterError) as caught:
        parse_length_m(text)
    assert message in str(caught.value)


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_as_a_length(text):
    try:
        length_m, message = parse_length_m(text), ""
    except FilterError as error:
        length_m, message = 0.0, str(error)
    assert 0 <= length_m < 20_037_510
    assert "\n" not in message


# Ids


def test_ids_are_unique_and_stable():
    ids = UniqueIds(["A", "A", "A-2", "A"])
    assert ids.is_unique("A-2")
    assert ids.name("A", "one", "row 1") == ("A", None)
    name, note = ids.name("A", "two", "row 2")
    assert (name, note.reason, note.rejects) == ("A-3", "duplicate_id", False)
    name, note = ids.name("A", "two", "row 3")
    assert (note.reason, note.rejects) == ("duplicate_row", True)
    assert note.message == "repeats row 2 exactly"


def test_made_up_ids_come_from_the_content():
    content = fingerprint({"place": "Torkham", "date": "2016"})
    assert content == fingerprint({"date": "2016", "place": "Torkham"})
    assert content != fingerprint({"date": "2016", "place": "Chaman"})
    ids = UniqueIds([])
    first, _ = ids.name("", content, "row 1")
    second, note = ids.name("", content, "row 2")
    assert first.startswith("row-")
    assert second == f"{first}-2"
    assert note.message == "the same as row 1, and no id of its own"


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text(st.characters(codec=None))))
def test_any_content_has_a_fingerprint(content):
    assert fingerprint(content) == fingerprint(json.loads(json.dumps(content)))
