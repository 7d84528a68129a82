"""Columns as few bytes, and back: whatever the values, the order and the company they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import blocks_of, columns_of, texts_of

from bordermap.render.payload import Curve, Texts, integers, numbered, pack_table, words_together

rows = st.tuples(
    st.none() | st.tuples(st.integers(-180, 180), st.integers(-90, 90)),
    st.none() | st.integers(-40_000, 40_000),
    st.none() | st.integers(0, 2**31 - 2),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(rows, max_size=60))
def test_rows_come_back_by_day_and_otherwise_along_the_curve(given_rows):
    lon = [place and place[0] for place, _, _ in given_rows]
    lat = [place and place[1] for place, _, _ in given_rows]
    days = [day for _, day, _ in given_rows]
    tolls = [toll for _, _, toll in given_rows]
    columns = [
        integers("lon", lon, 1e-5),
        integers("lat", lat, 1e-5),
        integers("day", days),
        integers("best", tolls),
        integers("high", [None if toll is None else toll // 2 for toll in tolls], near="best"),
    ]
    names = [f"row {number} of many" for number in range(len(given_rows))]
    table = pack_table(len(given_rows), columns, {"name": names}, Curve("lon", "lat", by="day"))
    found = columns_of(blocks_of("t", table), "t")
    read = [int(name.split()[1]) for name in texts_of(blocks_of("t", table), "t")["name"]]
    assert sorted(read) == list(range(len(given_rows)))
    assert found["day"] == [days[row] for row in read]
    assert found["best"] == [tolls[row] for row in read]
    assert found["high"] == [None if tolls[row] is None else tolls[row] // 2 for row in read]
    for at, row in enumerate(read):
        place = found["lon"][at], found["lat"][at]
        assert (
            place == (None, None)
            if lon[row] is None
            else place == pytest.approx((lon[row], lat[row]))
        )
    known = [day for day in found["day"] if day is not None]
    assert known == sorted(known)
    assert found["day"][: len(known)] == known


def test_rows_of_one_day_and_place_stay_as_they_came():
    columns = [integers("lon", [70] * 50), integers("lat", [33] * 50), integers("day", [1] * 50)]
    names = [f"row {number} x" for number in range(50)]
    table = pack_table(50, columns, {"name": names}, Curve("lon", "lat", by="day"))
    assert texts_of(blocks_of("t", table), "t")["name"] == names


def test_a_few_large_numbers_become_ranks():
    values = np.random.default_rng(0).choice([500, 30_000, 4_000_000_000 // 2], 5_000)
    table = pack_table(5_000, [integers("x", values)], {})
    assert table.meta["columns"][0]["bytes"] == 1
    assert columns_of(blocks_of("t", table), "t")["x"] == values.tolist()


def test_parties_share_a_dictionary():
    a, b = words_together({"a": ["x", None, "z"], "b": ["z", "y", None]})
    assert a.dictionary == b.dictionary == ("x", "y", "z")
    found = columns_of(blocks_of("t", pack_table(3, [a, b], {})), "t")
    assert (found["a"], found["b"]) == (["x", None, "z"], ["z", "y", None])


@pytest.mark.parametrize(
    ("texts", "packs"),
    [
        (["A-1", "A-20", "A-3"], True),
        (["A-001", "A-020", "A-300"], True),
        (["A-01", "A-020"], False),
        (["A-1", "B-2"], False),
        (["7", "0", "12"], True),
        (["A-1", "A-1b"], False),
        (["A-٣", "A-٤"], False),
        (["", "A-5", ""], True),
        ([], False),
        ([""], False),
    ],
)
def test_numbered_texts_are_numbers_only_where_they_come_back(texts, packs):
    column = numbered("id", Texts.of(texts))
    assert (column is not None) is packs
    if column:
        found = columns_of(blocks_of("t", pack_table(len(texts), [column], {})), "t")["id"]
        assert found == [text or None for text in texts]


def test_values_that_are_equal_but_no_texts_stay_apart():
    assert Texts.of([1, True, 1.0, "1", None]).each() == ["1", "True", "1.0", "1", ""]
