"""Large files are read by columns, and mean to the last cell what they mean cell by cell."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import records
from bordermap.arrow import are_like, most_bytes, numbers_like
from bordermap.cli.main import main
from bordermap.errors import InputError
from bordermap.records import bulk, delimited
from bordermap.records.dirt import several_provinces
from bordermap.records.source import MAX_BYTES, source_of
from bordermap.schema import RawTable
from bordermap.validate import validate
from bordermap.validate.cells import Cells
from bordermap.validate.identity import _MAY_BE_TOTAL, _TOTAL
from bordermap.validate.reported import _are_clean, _cleaned
from bordermap.values.coordinates import (
    PLAIN_DEGREES,
    check_position,
    parse_position,
    plain_degrees,
    unremarkable,
)
from bordermap.values.dates import parse_date, parse_days
from bordermap.values.numbers import parse_figures
from bordermap.values.text import are_labels, label, without_controls

pytest.importorskip("pyarrow")

HEADER = "id,date_start,date_end,place,latitude,longitude,best,low,high,note\n"
ROW = '{0},2016-05-0{1},2016-05-0{1},"Torkham, gate {0}",34.{0},71.{0},3,2,4,"said ""{0}"""\n'


def rows(start, stop):
    return "".join(ROW.format(at, at % 9 + 1) for at in range(start, stop))


def both(monkeypatch, content):
    """A file read at once, and the same cell by cell; None where it cannot be read at once."""
    source = source_of(content.encode() if isinstance(content, str) else content, "a.csv")
    with delimited._any_field_size():
        monkeypatch.setattr(delimited, "WORTHWHILE_BYTES", 0)
        at_once = delimited._cut_at_once(source, None)
        fast = delimited.read_delimited(source, None)
        monkeypatch.setattr(delimited, "WORTHWHILE_BYTES", 2**60)
        slow = delimited.read_delimited(source, None)
    assert_same_table(fast, slow)
    return at_once, slow


def assert_same_table(fast, slow):
    pd.testing.assert_frame_equal(fast.frame.astype(object), slow.frame.astype(object))
    pd.testing.assert_frame_equal(fast.raw.astype(object), slow.raw.astype(object))
    pd.testing.assert_frame_equal(fast.broken, slow.broken)
    for field in dataclasses.fields(RawTable):
        if field.name not in ("frame", "raw", "broken"):
            assert getattr(fast, field.name) == getattr(slow, field.name), field.name
    assert_same_answer(validate([fast]), validate([slow]))


def assert_same_answer(fast, slow):
    pd.testing.assert_frame_equal(pd.DataFrame(fast[0]), pd.DataFrame(slow[0]))
    assert fast[1].files == slow[1].files
    assert fast[1].faults == slow[1].faults
    pd.testing.assert_frame_equal(fast[1].rejected, slow[1].rejected)


AT_ONCE = {
    "plain": HEADER + rows(0, 300),
    "byte order mark": "\ufeff" + HEADER + rows(0, 300),
    "windows line ends": (HEADER + rows(0, 300)).replace("\n", "\r\n"),
    "no last line end": (HEADER + rows(0, 300)).rstrip("\n"),
    "blank lines": HEADER + rows(0, 250) + "\n  \n" + ",,,, ,,,,,\n" + rows(250, 300) + "\n\n",
    "separator line": "sep=;\n" + (HEADER + rows(0, 300)).replace(",", ";"),
    "tag row": HEADER + "#id,#date,,#loc,,,,,,\n" + rows(0, 300),
    "a header of two lines": HEADER.replace("note", '"a\nnote"') + rows(0, 300),
    "line ends in cells": HEADER + rows(0, 300).replace("gate", "the\ngate\r\n"),
    "other scripts": HEADER + rows(0, 300).replace("Torkham", "تورخم"),
    "controls": HEADER + rows(0, 299) + rows(299, 300).replace("gate", "g\0a\u202ete"),
    "totals": HEADER + rows(0, 300) + "Grand total:,,,,,,900,,,\n",
    "twice": HEADER + rows(0, 300) + rows(10, 12) + rows(20, 21).replace("gate", "post"),
    "empty cells": HEADER + rows(0, 300) + "x,,,,,,,,,\n",
    "odd cells": HEADER + rows(0, 300) + 'y,May 2017,,,34°,71 E,"6-8",?,4-Mar,\u00a0\n',
}
CAREFULLY = {
    "a blank line under the header": HEADER + "\n#id,#date,,#loc,,,,,,\n" + rows(0, 300),
    "nothing but blank lines": HEADER + "\n" * 300,
    "ragged": HEADER + rows(0, 300) + "a,b\n" + rows(300, 310),
    "cells too many": HEADER + rows(0, 300) + rows(300, 301).replace("\n", ",more\n"),
    "a quote within": HEADER + rows(0, 300) + rows(300, 301).replace("2016", '20"16'),
    "text after a quote": HEADER + rows(0, 300) + rows(300, 301).replace('gate 300"', 'gate"s'),
    "quote not closed": HEADER + rows(0, 300) + 'z,"open\n',
    "not utf-8": (HEADER + rows(0, 300)).encode() + b"k,,,caf\xe9,,,,,,\n" + "تورخم\n".encode(),
    "not utf-8 behind a mark": b"\xef\xbb\xbf" + (HEADER + rows(0, 300)).encode() + b"\xff\xff\n",
    "a few broken bytes": (HEADER + rows(0, 300) + "é,ü\n").encode() + b"k,caf\xe9\n",
    "no records of incidents": HEADER + ",,,,,,,,,\n" * 300,
    "titles": "Incidents\n\n" + HEADER + rows(0, 300),
    "the header again": HEADER + rows(0, 300) + HEADER,
    "spaces before quotes": (HEADER + rows(0, 300)).replace(',"', ', "'),
    "cell too long": HEADER + rows(0, 300) + f"w,,,{'x' * 100_001},,,,,,\n",
}


@pytest.mark.parametrize("content", AT_ONCE.values(), ids=AT_ONCE)
def test_regular_files_are_read_at_once(monkeypatch, content):
    at_once, slow = both(monkeypatch, content)
    assert at_once is not None
    assert len(at_once.numbers) == len(slow.frame)


@pytest.mark.parametrize("content", CAREFULLY.values(), ids=CAREFULLY)
def test_all_others_are_read_carefully(monkeypatch, content):
    at_once, _ = both(monkeypatch, content)
    assert at_once is None


CELLS = st.text(st.sampled_from('ab1٣"\n\r,; \t\0\u2028é'), max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.booleans())
def test_whatever_is_written_by_the_rules_is_read_at_once_or_refused(cells, crlf):
    text = io.StringIO()
    end = "\r\n" if crlf else "\n"
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *cells])
    found = bulk.bulk_cells(
        memoryview(text.getvalue().encode()), ",", [["a", "b", "c"], *cells], 1, 100
    )
    filled = [row for row in cells if any(cell.strip() for cell in row)]
    if found is not None:
        assert list(zip(*(column.tolist() for column in found.columns), strict=True)) == [
            tuple(row) for row in filled
        ]
        assert found.blank == len(cells) - len(filled)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('a",\n\r'), max_size=14))
def test_what_is_cut_at_once_is_cut_as_the_careful_reader_does(body):
    text = "a,b\n" + body
    lines = list(delimited._lines(text))
    found = bulk.bulk_cells(memoryview(text.encode()), ",", [["a", "b"]], 1, 100)
    if found is not None:
        careful = [row for row in list(csv.reader(lines))[1:] if any(c.strip() for c in row)]
        assert [list(row) for row in zip(*(c.tolist() for c in found.columns), strict=True)] == (
            careful
        )


DATES = st.one_of(
    st.sampled_from(["", "2016-05-04", "2016-05-06", "May 2017", "1396-08-27", "2023-02-30", "x"]),
    st.dates().map(str),
    st.text(max_size=8),
)
FIGURES = st.one_of(
    st.sampled_from(["", "3", "6-8", "at least 2", "?", "dozens", "1,200", " 4", "99999999"]),
    st.text(max_size=4),
)
DEGREES = st.one_of(
    st.sampled_from(["", "0", "34.5", "71.2", "-0", "0.00001", "034.5", "34,5", "34 N", "91", "x"]),
    st.floats(-200, 200).map(repr),
    st.text(max_size=5),
)
COUNTRIES = st.sampled_from(["", "Norway", "Pakistan"])


def raw(**columns):
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    frame["source_row"] = range(1, len(frame) + 1)
    if "incident_id" not in frame:
        frame["incident_id"] = [f"i{number}" for number in frame["source_row"]]
    return RawTable(frame, "a.csv", "test", "utf-8", "")


def same_number(one, other):
    return one == other or (pd.isna(one) and pd.isna(other))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(DATES, DATES), min_size=1, max_size=6))
def test_days_by_columns_are_days_by_cells(cells):
    start, end = map(list, zip(*cells, strict=True))
    table = dataclasses.replace(raw(date_start=start, date_end=end), day_first=True)
    frame, _ = validate([table])
    for row, (first, last) in zip(frame.itertuples(), cells, strict=True):
        span = parse_days(first, last, "", "day")
        days = [None if pd.isna(day) else day.date() for day in (row.date_start, row.date_end)]
        assert days == [span.start, span.end]
        assert row.date_precision == span.precision
        messages = [note.message.replace(";", ",") for note in span.notes]
        assert same_number(row.record_note, "; ".join(dict.fromkeys(messages)) or None)


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_plain_days_mean_the_same_by_the_short_way(year, month, day):
    text = f"{year:04}-{month:02}-{day:02}"
    assert parse_date(text) == parse_date(f"{text} ")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FIGURES, FIGURES, FIGURES), min_size=1, max_size=6))
def test_figures_by_columns_are_figures_by_cells(cells):
    low, best, high = map(list, zip(*cells, strict=True))
    table = raw(fatalities_low=low, fatalities_best=best, fatalities_high=high)
    frame, _ = validate([table])
    for row, texts in zip(frame.itertuples(), cells, strict=True):
        count = parse_figures(*texts)
        for name in ("low", "best", "high"):
            assert same_number(getattr(row, f"fatalities_{name}"), getattr(count, name))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(DEGREES, DEGREES, COUNTRIES), min_size=1, max_size=6))
def test_positions_by_columns_are_positions_by_cells(cells):
    latitude, longitude, country = map(list, zip(*cells, strict=True))
    frame, report = validate([raw(latitude=latitude, longitude=longitude, country=country)])
    accepted = iter(frame.itertuples())
    for number, texts in enumerate(cells, start=1):
        position = parse_position(*texts)
        found = [fault.message for fault in report.faults if fault.row == number]
        assert found == [note.message for note in position.notes]
        if not any(note.rejects for note in position.notes):
            row = next(accepted)
            assert same_number(row.latitude, position.latitude)
            assert same_number(row.longitude, position.longitude)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-100, 100)), min_size=1, max_size=5))
def test_numbers_beside_points_are_what_their_texts_are(pairs):
    x, y = map(list, zip(*pairs, strict=True))
    texts = raw(latitude=y, longitude=x, geometry=list(shapely.points(x, y)))
    numbers = texts.frame.assign(latitude=np.array(y), longitude=np.array(x))
    assert_same_answer(validate([dataclasses.replace(texts, frame=numbers)]), validate([texts]))


@given(st.lists(DEGREES, max_size=8))
def test_plain_degrees_are_read_as_the_careful_way_reads_them(texts):
    for text, number in zip(texts, plain_degrees(texts), strict=True):
        if not np.isnan(number):
            assert parse_position(text, "80").latitude in (number, 80)


@given(st.floats(), st.floats(), st.booleans())
def test_unremarkable_is_what_is_given_back_without_a_note(latitude, longitude, lettered):
    said = unremarkable(np.array([latitude]), np.array([longitude]), np.array([lettered]))[0]
    if said:
        position = check_position(latitude, longitude, lettered=lettered)
        assert position == (latitude, longitude, ())


@given(st.text(st.characters(), max_size=12))
def test_short_cuts_for_plain_text_change_nothing(text):
    cleaned = "".join(one for one in text if one == without_controls(one))
    assert without_controls(text) == cleaned
    assert " ".join(label(f"{text}\t").split()) == label(text)


ODD_TEXTS = st.lists(st.text(st.sampled_from("a1é| \t\n\0\u00a0\u200f\u202e\ud800"), max_size=4))


@settings(deadline=None)
@given(ODD_TEXTS)
def test_texts_in_steps_are_cleaned_as_one_by_one(texts):
    cells = Cells.listed(texts)
    assert cells.mapped(label, are_labels).values == [label(text) for text in texts]
    assert cells.mapped(_cleaned, _are_clean).values == [_cleaned(text) for text in texts]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["34.5", "-71", "1", "", "34 35", "34,5", "1e1", "1234", "nan", "٣"]))
)
def test_degrees_in_steps_are_read_as_one_by_one(texts):
    alone = [plain_degrees([text])[0] for text in texts]
    assert np.array_equal(plain_degrees(texts), alone, equal_nan=True)


WRITTEN = st.lists(
    st.tuples(
        st.text(st.sampled_from("ab é| \t\n\0\u00a0\u200f\u202e"), max_size=6),
        st.sampled_from(["34.5", "-71", "1", "", "34 35", "34,5", "1e1", "1234", "nan", "34\n"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(WRITTEN)
def test_texts_that_arrow_holds_are_reported_as_all_others(pairs):
    summary, latitude = map(list, zip(*pairs, strict=True))
    texts = raw(summary=summary, latitude=latitude, longitude=["71"] * len(pairs))
    held = {name: texts.frame[name].astype("string[pyarrow]") for name in ("summary", "latitude")}
    arrow = dataclasses.replace(texts, frame=texts.frame.assign(**held))
    assert_same_answer(validate([arrow]), validate([texts]))


@settings(deadline=None)
@given(st.lists(st.text(max_size=4), max_size=4), st.lists(DEGREES, max_size=8))
def test_numbers_and_lengths_of_texts_that_arrow_holds(texts, degrees):
    held = pd.Series(texts, dtype="string[pyarrow]")
    assert most_bytes(held) == max((len(text.encode()) for text in texts), default=0)
    some = pd.Series([*texts, *degrees], dtype="string[pyarrow]")
    alone = plain_degrees(some.tolist())
    assert np.array_equal(numbers_like(some, PLAIN_DEGREES), alone, equal_nan=True)
    holed = pd.Series([*texts, None, *degrees], dtype="string[pyarrow]")
    digits = [bool(re.search("[0-9]", text)) for text in holed.fillna("").tolist()]
    assert are_like(holed, "[0-9]").tolist() == digits


NAMES = [
    "Kunar",
    "KHOST",
    "nangarhar",
    "Nangarharr",
    "Ḵẖost",
    "کنر",
    "ſhost",
    "and",
    "\n",
    ", ",
    " ",
]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(NAMES), max_size=5).map("".join), min_size=1, max_size=6))
def test_provinces_are_found_however_texts_are_held(texts):
    plain = pd.DataFrame({"note": pd.Series(texts, dtype=object), "source_row": range(len(texts))})
    held = plain.assign(note=plain["note"].astype("string[pyarrow]"))
    found = several_provinces(held, "note", "Note", "a.csv")
    assert found == several_provinces(plain, "note", "Note", "a.csv")


@given(st.from_regex(_TOTAL, fullmatch=True))
def test_no_row_of_totals_is_overlooked(text):
    texts = pd.Series([text, f" \u00a0\n{text} "], dtype="string")
    assert texts.str.contains(_MAY_BE_TOTAL).all()


@pytest.mark.parametrize("kind", ["category", "string"])
def test_columns_of_text_are_the_same_however_they_are_held(kind):
    cells = ["a", "", "b", "a", "Total", " "]
    plain = raw(place=cells, district=cells[::-1], own=cells, incident_id=list("123456"))
    held = plain.frame.assign(**{n: plain.frame[n].astype(kind) for n in ("place", "own")})
    other = dataclasses.replace(plain, frame=held)
    assert_same_answer(validate([other]), validate([plain]))
    assert_same_answer(validate([other, plain]), validate([plain, plain]))


def test_ten_gigabytes_are_refused_at_once(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(HEADER.encode())
        stream.truncate(10 * 1024**3)
    with pytest.raises(InputError, match=f"larger than {MAX_BYTES // 1024**2:,} MiB; split"):
        records.read(path)
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code
    assert "larger than 2,048 MiB" in result.output
    assert "Traceback" not in result.output
