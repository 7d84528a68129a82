"""The measuring engine against an exact reference, and its answers for odd lines and points."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from reference import Reference

from bordermap import Border
from bordermap.errors import GeometryError

GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def border():
    return Border.load()


@pytest.fixture(scope="module")
def coords(border):
    return shapely.get_coordinates(border.geometry)


def points_near(coords, spread_degrees, count, seed):
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(coords), count)
    return (coords[at] + rng.normal(0, spread_degrees, (count, 2))).T


@pytest.mark.parametrize(
    ("spread_degrees", "count"), [(0.0005, 40), (0.02, 60), (0.3, 60), (2, 40), (6, 20)]
)
def test_distance_place_and_kilometre_are_exact(border, coords, spread_degrees, count):
    lon, lat = points_near(coords, spread_degrees, count, seed=7)
    found = border.measure(lon, lat)
    reference = Reference(coords)
    for i in range(count):
        distance_m, km, foot_lon, foot_lat = reference.nearest(lon[i], lat[i])
        assert found.distance_m[i] == pytest.approx(distance_m, abs=1e-4)
        # Where two places are equally near, a foot is only as sure as the distance allows.
        along_m = max(0.01, np.sqrt(2 * distance_m * 1e-9))
        if abs(found.km[i] - km) * 1000 > along_m:
            other = GEOD.inv(lon[i], lat[i], found.lon[i], found.lat[i])[2]
            assert other == pytest.approx(distance_m, abs=1e-3)
            continue
        assert found.lon[i] == pytest.approx(foot_lon, abs=1e-6)
        assert found.lat[i] == pytest.approx(foot_lat, abs=1e-6)


def test_the_stated_place_is_at_the_stated_distance_and_kilometre(border, coords):
    lon, lat = points_near(coords, 0.4, 2_000, seed=8)
    found = border.measure(lon, lat)
    direct = GEOD.inv(lon, lat, found.lon, found.lat)[2]
    assert np.abs(direct - found.distance_m).max() < 1e-4
    at_lon, at_lat = border.point_at(found.km)
    assert GEOD.inv(at_lon, at_lat, found.lon, found.lat)[2] == pytest.approx(0, abs=1e-3)


def test_torkham_and_spin_boldak_lie_on_their_sides(border):
    landi_kotal, jalalabad, chaman, spin_boldak = (
        (71.145, 34.101),
        (70.4515, 34.4265),
        (66.4594, 30.9177),
        (66.3983, 31.0054),
    )
    lon, lat = np.array([landi_kotal, jalalabad, chaman, spin_boldak]).T
    assert border.measure(lon, lat).side.tolist() == [-1, 1, -1, 1]


def test_points_on_the_line_have_no_side(border, coords):
    found = border.measure(*coords[::500].T)
    assert np.all(found.side == 0)
    assert found.distance_m.max() < 1e-6


def test_side_flips_with_the_direction_and_distance_does_not(coords):
    lon, lat = points_near(coords[1000:1400], 0.05, 300, seed=9)
    forth = Border(shapely.LineString(coords[1000:1400])).measure(lon, lat)
    back = Border(shapely.LineString(coords[1000:1400][::-1])).measure(lon, lat)
    assert np.array_equal(forth.side, -back.side)
    assert np.abs(forth.distance_m - back.distance_m).max() < 1e-6


def test_length_is_that_of_the_line_as_drawn(border):
    assert border.length_km == pytest.approx(2790.2, abs=0.1)


def test_the_smaller_kilometre_wins_between_equal_places():
    square = Border(shapely.LineString([(0, -3), (0, 3), (2, 3), (2, -3)]))
    found = square.measure([1.0], [0.0])
    first_arm = GEOD.inv(0, -3, 0, 3)[2] / 1000
    assert found.km[0] < first_arm


def test_a_line_across_the_antimeridian():
    line = Border(shapely.LineString([(179.5, 0), (-179.5, 0)]))
    found = line.measure([180.0, -180.0, 179.9], [0.1, 0.1, -0.1])
    assert found.distance_m == pytest.approx([11_057.4] * 3, abs=0.1)
    assert found.side.tolist() == [1, 1, -1]
    assert abs(found.lon[0]) == pytest.approx(180, abs=1e-6)


def test_points_at_the_poles_and_the_antipodes_get_finite_answers(border):
    found = border.measure([0.0, 0.0, -110.0], [90.0, -90.0, -33.0])
    assert np.isfinite(found.distance_m).all()


def test_nan_gives_nan_and_no_side(border):
    found = border.measure([np.nan, 71.1, np.inf], [34.0, 34.1, 34.0])
    assert np.isnan(found.distance_m[[0, 2]]).all()
    assert found.side[[0, 2]].tolist() == [0, 0]
    assert np.isfinite(found.distance_m[1])


def test_no_points_give_empty_arrays(border):
    assert len(border.measure([], []).km) == 0


@pytest.mark.parametrize(("lon", "lat"), [([181], [0]), ([71], [91]), ([71, 72], [34])])
def test_impossible_coordinates_are_refused(border, lon, lat):
    with pytest.raises(GeometryError):
        border.measure(lon, lat)


@pytest.mark.parametrize(
    "line",
    [
        shapely.Point(71, 34),
        shapely.LineString(),
        shapely.LineString([(71, 34), (71, 34)]),
        shapely.LineString([(500_000, 3_700_000), (500_100, 3_700_000)]),
        shapely.Polygon([(0, 0), (1, 0), (1, 1)]),
        None,
    ],
)
def test_what_is_no_line_in_degrees_is_refused(line):
    with pytest.raises(GeometryError):
        Border(line)


def test_repeated_vertices_and_parts_are_taken():
    parts = shapely.MultiLineString([[(0, 0), (0, 0), (0, 1)], [(0, 2), (0, 3)]])
    line = Border(parts)
    assert line.length_km == pytest.approx(
        (GEOD.inv(0, 0, 0, 1)[2] + GEOD.inv(0, 2, 0, 3)[2]) / 1000
    )
    assert line.measure([0.5], [2.5]).km[0] > GEOD.inv(0, 0, 0, 1)[2] / 1000


def test_a_border_is_frozen_and_can_be_pickled(border):
    with pytest.raises(AttributeError):
        border.length = 3
    again = pickle.loads(pickle.dumps(border))
    assert again.measure([71.1], [34.1]).km == border.measure([71.1], [34.1]).km


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), shift=st.floats(-0.2, 0.2))
@settings(max_examples=60, deadline=None)
def test_distance_changes_no_faster_than_the_point_moves(lon, lat, shift):
    border = Border.load()
    other = max(-90.0, min(90.0, lat + shift))
    found = border.measure([lon, lon], [lat, other])
    step = GEOD.inv(lon, lat, lon, other)[2]
    assert abs(found.distance_m[0] - found.distance_m[1]) <= step + 0.01


def test_stretch_keeps_the_vertices_between_two_kilometres(border):
    part = border.stretch(1000, 1100)
    assert GEOD.geometry_length(part) == pytest.approx(100_000, abs=0.01)
    assert border.stretch(0, border.length_km).equals_exact(border.geometry, 1e-9)


@pytest.mark.parametrize("stretch", [(5, 5), (9, 3), (-1, 5), (0, 9_999), (float("nan"), 5)])
def test_impossible_stretches_are_refused(border, stretch):
    with pytest.raises(GeometryError):
        border.stretch(*stretch)


@pytest.mark.parametrize(("radius_m", "tolerance_m"), [(5_000, 20), (25_000, 100)])
def test_zone_outline_is_at_the_radius(border, radius_m, tolerance_m):
    zone = border.zone(radius_m, tolerance_m=tolerance_m)
    outline = shapely.get_coordinates(shapely.segmentize(zone.boundary, 0.01))
    off = np.abs(border.measure(*outline.T).distance_m - radius_m)
    assert zone.is_valid
    # Middles of edges are held to half the tolerance; elsewhere an edge may be a little farther.
    assert np.percentile(off, 99.9) <= tolerance_m
    assert off.max() <= 2 * tolerance_m


def test_zone_holds_what_is_near_and_nothing_else(border, coords):
    zone = border.zone(10_000, tolerance_m=20)
    lon, lat = points_near(coords, 0.08, 4_000, seed=3)
    distance_m = border.measure(lon, lat).distance_m
    clear = np.abs(distance_m - 10_000) > 40
    inside = shapely.contains_xy(zone, lon, lat)
    assert np.array_equal(inside[clear], distance_m[clear] < 10_000)


def test_zones_of_the_two_sides_make_up_the_whole(border, coords):
    both = border.zone(10_000, tolerance_m=100)
    left, right = (border.zone(10_000, side, tolerance_m=100) for side in (1, -1))
    assert left.area + right.area == pytest.approx(both.area, rel=1e-9)
    lon, lat = points_near(coords, 0.03, 2_000, seed=4)
    found = border.measure(lon, lat)
    sure = (found.distance_m > 150) & (found.distance_m < 9_800)
    assert np.array_equal(shapely.contains_xy(left, lon, lat)[sure], (found.side == 1)[sure])


@pytest.mark.parametrize("radius_m", [0, -5, float("nan"), 1e6])
def test_impossible_zones_are_refused(border, radius_m):
    with pytest.raises(GeometryError):
        border.zone(radius_m)


def test_a_side_that_does_not_exist_is_refused(border):
    with pytest.raises(GeometryError):
        border.zone(1_000, 2)
