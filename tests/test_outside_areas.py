"""How far points lie outside areas: of many at once, to the last bit what it is of each alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode
from bordermap.geocode.outside import all_outside_m, outside_m
from bordermap.layers import load_layer

UNITS = {
    name: load_layer(name).frame.set_index("code").geometry for name in ("countries", "districts")
}
HOLED = shapely.Polygon(
    [(66, 31), (70, 31), (70, 35), (66, 35)], [[(67, 32), (69, 32), (69, 34), (67, 34)]]
)
TWO = shapely.MultiPolygon([shapely.box(61, 29, 62, 30), shapely.box(70, 33, 71, 34)])


def each_alone(lon, lat, area):
    return [outside_m(x, y, area) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("area", [HOLED, TWO, shapely.box(65, 32, 65, 33)])
def test_many_points_lie_as_far_outside_as_each_alone(area, count):
    lon, lat = np.random.default_rng(count).uniform((60, 29), (75, 38), (count, 2)).T
    assert all_outside_m(lon, lat, area).tolist() == each_alone(lon, lat, area)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(UNITS["districts"].index)))
def test_so_it_is_of_districts(seed, code):
    area = UNITS["districts"][code]
    west, south, east, north = area.bounds
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform((west - 1, south - 1), (east + 1, north + 1), (20, 2)).T
    corner = shapely.get_coordinates(area)[rng.integers(0, 4, 3)]
    lon, lat = np.r_[lon, corner[:, 0], 10.0], np.r_[lat, corner[:, 1], -60.0]
    assert all_outside_m(lon, lat, area).tolist() == each_alone(lon, lat, area)


@pytest.mark.parametrize("code", ["AF", "PK"])
def test_so_it_is_of_countries(code):
    lon, lat = np.random.default_rng(7).uniform((58, 22), (79, 40), (60, 2)).T
    area = UNITS["countries"][code]
    assert all_outside_m(lon, lat, area).tolist() == each_alone(lon, lat, area)


def test_what_was_placed_before_is_placed_alike():
    names = ["Torkham", "Torkhm", "Spin Boldak", "Speen Boldk", "near Chaman", "Nowhere at all"]
    units = [("", "", ""), ("", "Nangarhar", "AF"), ("", "", "PK"), ("Khyber", "", "PK")]
    rows = [(name, *unit) for name in names for unit in units]
    columns = ["place", "district", "province", "country"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        incident_id=[f"I{row}" for row in range(len(rows))]
    )
    whole = geocode(frame, Gazetteer.load())
    turned = frame[::-1]
    parts = [geocode(turned.iloc[at : at + 5]) for at in range(0, len(turned), 5)]
    again = pd.concat(parts).sort_index()
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(whole))
