"""Counts that add up."""

from __future__ import annotations

import pytest
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import locate, summarise
from bordermap.errors import FilterError, FrameError
from bordermap.summarise import KEYS

KHOST, LANDI_KOTAL, DUSHANBE = (69.9203, 33.3338), (71.145, 34.101), (68.78, 38.56)


@pytest.fixture(scope="module")
def frame():
    return locate(
        incidents(
            {"at": KHOST, "date_start": "2022-04-16", "fatalities_low": 3, "fatalities_high": 5},
            {"at": KHOST, "date_start": "2023-01-01", "fatalities_best": 0},
            {"at": LANDI_KOTAL, "date_start": "2022-01-01", "fatalities_low": 2},
            {"at": DUSHANBE},
            {"at": None, "date_start": "2022-01-01"},
        )
    )


def test_provinces_with_outside_and_unplaced(frame):
    table = summarise(frame, "adm1")
    assert table[["adm1", "incidents"]].to_numpy().tolist() == [
        ["Khost", 2],
        ["Khyber Pakhtunkhwa", 1],
        ["outside", 1],
        ["unplaced", 1],
    ]


def test_known_figures_are_summed_and_unknown_ones_counted(frame):
    row = summarise(frame, "adm1").set_index("adm1").loc["Khost"]
    assert (row["fatalities_low"], row["fatalities_best"], row["fatalities_high"]) == (3, 0, 5)
    assert row["fatalities_unknown"] == 0
    outside = summarise(frame, "adm1").set_index("adm1").loc["outside"]
    assert outside["fatalities_unknown"] == 1
    assert outside.isna()["fatalities_low"]


def test_bands_stand_in_the_order_of_distance(frame):
    bands = summarise(locate(frame, bands_km=(4, 10, 100)), "band")["band"].tolist()
    assert bands == ["4-10 km", "10-100 km", "over 100 km", "unplaced"]


def test_years_without_a_date_are_not_known(frame):
    assert summarise(frame, "year")["year"].tolist() == ["2022", "2023", "not known"]


@pytest.mark.parametrize("by", [*KEYS, "adm1,year", "band,border_side,event_type"])
def test_incidents_add_up_to_the_total(frame, by):
    assert summarise(frame, by)["incidents"].sum() == len(frame)


def test_an_area_in_both_countries_is_not_outside():
    row = {"at": KHOST, "place_id": "AF-KHO;PK-KP", "location_precision": "province"}
    table = summarise(locate(incidents(row)), "adm0")
    assert table["adm0"][table["incidents"] > 0].tolist() == ["not known"]
    assert set(table["adm0"]) == {"AF", "PK", "not known"}


@pytest.mark.parametrize("by", ["", "adm9", "adm1,adm1", []])
def test_what_cannot_be_counted_by_is_refused(frame, by):
    with pytest.raises(FilterError, match="cannot count by"):
        summarise(frame, by)


def test_an_unlocated_frame_is_refused(frame):
    with pytest.raises(FrameError, match="run locate first"):
        summarise(frame.drop(columns="band"), "band")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([KHOST, LANDI_KOTAL, DUSHANBE, None]),
            st.none() | st.integers(0, 500),
            st.sampled_from(["airstrike", "protest", None]),
        ),
        max_size=8,
    )
)
@settings(max_examples=20, deadline=None)
def test_nothing_is_lost_whatever_the_rows(rows):
    records = [{"at": at, "fatalities_low": low, "event_type": kind} for at, low, kind in rows] or [
        {"at": None}
    ]
    frame = locate(incidents(*records))
    table = summarise(frame, "adm1,event_type")
    assert table["incidents"].sum() == len(frame)
    assert table["fatalities_low"].sum() == sum(low or 0 for _, low, _ in rows)
