"""Filters: what they keep at their edges, and what they say when they cannot be understood."""

from __future__ import annotations

import pytest
from frames import incidents

from bordermap import locate, query
from bordermap.errors import FilterError, FrameError
from bordermap.query import FILTERS, undecided


@pytest.fixture(scope="module")
def frame():
    rows = [
        {"at": (71.145, 34.101), "event_type": "armed_clash", "actor_a": "Pakistan (army)"},
        {"at": (69.9203, 33.3338), "event_type": "airstrike", "actor_b": "TTP"},
        {"at": (66.9, 30.2), "event_type": "protest"},
        {"at": None, "event_type": "airstrike"},
    ]
    dates = [
        ("2022-04-16", "2022-04-16"),
        ("2022-04-30", "2022-05-02"),
        ("2023-10-20", None),
        (None, None),
    ]
    for row, (start, end) in zip(rows, dates, strict=True):
        row |= {"date_start": start, "date_end": end}
    return locate(incidents(*rows))


def ids(frame):
    return [int(name.removeprefix("T-")) for name in frame["incident_id"]]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"within": "10km"}, [1]),
        ({"within": 1e9}, [1, 2, 3]),
        ({"beyond": "10km"}, [2, 3]),
        ({"beyond": "10km", "within": "50km"}, [2]),
        ({"side": "pk"}, [1, 3]),
        ({"side": ["AF", "PK"]}, [1, 2, 3]),
        ({"from_": "2022-05-02"}, [2, 3]),
        ({"from_": "2022-05-03"}, [3]),
        ({"to": "2022-04"}, [1, 2]),
        ({"from_": "2022", "to": "2022"}, [1, 2]),
        ({"type": "airstrike"}, [2, 4]),
        ({"type": ["protest", "Armed clash"]}, [1, 3]),
        ({"province": "Khost"}, [2]),
        ({"province": "NWFP"}, [1]),
        ({"province": ["AF-KHO", "Balochistan"]}, [2, 3]),
        ({"district": "Khyber Agency"}, [1]),
        ({"actor": "army"}, [1]),
        ({"actor": "ttp"}, [2]),
        ({"bbox": "69,33,70,34"}, [2]),
        ({"bbox": (70, 33, -170, 35)}, [1]),
        ({}, [1, 2, 3, 4]),
        ({"within": None, "type": ()}, [1, 2, 3, 4]),
    ],
)
def test_filters(frame, filters, kept):
    assert ids(query(frame, **filters)) == kept


def test_the_edges_of_distance_and_kilometre(frame):
    d, km = frame["border_distance_m"][0], frame["border_km"][0]
    assert ids(query(frame, within=d)) == [1]
    assert 1 not in ids(query(frame, beyond=d))
    assert ids(query(frame, km=(km, km + 1))) == [1]
    assert ids(query(frame, km=(km - 1, km))) == []


def test_what_cannot_be_decided_is_counted(frame):
    assert undecided(frame, within="10km", from_="2022", type="airstrike") == {
        "within": 1,
        "from_": 1,
        "type": 0,
    }


@pytest.mark.parametrize(
    "filters",
    [
        {"within": "10"},
        {"within": "10 leagues"},
        {"within": "-5km"},
        {"within": float("nan")},
        {"side": "IN"},
        {"type": "battle"},
        {"from_": "04/05/2016"},
        {"km": "2000:1900"},
        {"km": "1900"},
        {"km": "a:b"},
        {"from_": "soon"},
        {"from_": "2023-02-30"},
        {"province": "Atlantis"},
        {"bbox": "1,2,3"},
        {"bbox": "69,35,70,33"},
        {"bbox": "nan,1,2,3"},
        {"nearby": "x"},
    ],
)
def test_filters_that_cannot_be_understood_say_how_to_write_them(frame, filters):
    with pytest.raises(FilterError) as error:
        query(frame, **filters)
    assert "\n" not in str(error.value)
    assert error.value.todo or "m" in str(error.value)


def test_a_misspelt_unit_is_answered_with_near_ones(frame):
    with pytest.raises(FilterError, match="kunar"):
        query(frame, province="Kunnar")


def test_an_unlocated_frame_is_told_to_be_located(frame):
    bare = frame.drop(columns=["border_distance_m"])
    with pytest.raises(FrameError, match="run locate first"):
        query(bare, within="10km")


def test_every_filter_has_a_name_on_the_command_line():
    assert set(FILTERS) == {
        "within", "beyond", "side", "km", "from_", "to", "type", "province", "district", "actor",
        "bbox", "near", "within_of", "where",
    }  # fmt: skip
