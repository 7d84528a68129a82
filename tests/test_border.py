"""The measuring engine against an exact reference; odd lines and points."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
import shapely
from exact import ExactLine, compared
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from reference import Reference

from bordermap import Border, load_layer
from bordermap.border import ellipsoid, index, tree
from bordermap.errors import GeometryError

GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def border():
    """Our line, measured with the blocks alone."""
    line = Border(Border.load().geometry)
    line._index.use_tree(False)
    return line


@pytest.fixture(scope="module")
def coords(border):
    return shapely.get_coordinates(border.geometry)


def points_near(coords, spread_degrees, count, seed):
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(coords), count)
    return (coords[at] + rng.normal(0, spread_degrees, (count, 2))).T


def line_to(lon):
    with np.errstate(invalid="ignore"):
        return shapely.LineString([(71, 34), (lon, 35)])


@pytest.fixture(scope="module")
def with_tree(border):
    """The same line with its tree built."""
    line = Border(border.geometry)
    line._index.use_tree(True)
    return line


def test_distance_place_kilometre_and_side_are_exact(border, with_tree, coords):
    """On vertices, within 10 m, and out to 1,000 km, against GeographicLib alone."""
    rng = np.random.default_rng(7)
    radius_m = np.r_[np.zeros(50), rng.uniform(0, 10, 350), np.exp(rng.uniform(0, 13.8, 1_600))]
    at = coords[rng.integers(0, len(coords), len(radius_m))]
    lon, lat, _ = GEOD.fwd(*at.T, rng.uniform(0, 360, len(radius_m)), radius_m)
    places = ExactLine(coords).nearest(lon, lat)
    assert places.distance_m.max() > 700_000
    for line in (border, with_tree):
        errors = compared(line.measure(lon, lat), places)
        assert errors.distance_m.max() < 1e-4
        assert errors.place_m.max() < 0.01
        assert errors.along_m.max() < 0.01
        assert errors.equally_near.sum() < 20
        assert not errors.wrong_side.any()


def test_no_band_is_wrong_within_a_metre_of_its_edge(border, coords):
    rng = np.random.default_rng(19)
    edge_m = rng.choice([5_000, 10_000, 25_000, 50_000], 600)
    at = coords[rng.integers(0, len(coords), 600)]
    lon, lat, _ = GEOD.fwd(*at.T, rng.uniform(0, 360, 600), edge_m * 1.1)
    found = border.measure(lon, lat)
    azimuth = GEOD.inv(found.lon, found.lat, lon, lat)[0]
    lon, lat, _ = GEOD.fwd(found.lon, found.lat, azimuth, edge_m + rng.uniform(-1, 1, 600))
    found, exact = border.measure(lon, lat), ExactLine(coords).nearest(lon, lat).best()
    near = np.abs(exact.distance_m - edge_m) < 1
    assert near.sum() > 100
    assert np.array_equal((found.distance_m <= edge_m)[near], (exact.distance_m <= edge_m)[near])


def test_the_exact_places_agree_with_a_search_along_every_segment(coords):
    """The many-point reference against the slow one, which assumes nothing."""
    lon, lat = points_near(coords, 0.3, 20, seed=20)
    best = ExactLine(coords).nearest(lon, lat).best()
    slow = Reference(coords)
    found = np.array([slow.nearest(*point) for point in zip(lon, lat, strict=True)])
    assert best.distance_m == pytest.approx(found[:, 0], abs=1e-6)
    assert best.km == pytest.approx(found[:, 1], abs=2e-5)


def test_distances_hold_out_to_a_thousand_kilometres_for_many_points(border):
    """The stated place is where it says, and no vertex of the line is nearer."""
    rng = np.random.default_rng(11)
    lon, lat = rng.uniform(52, 84, 20_000), rng.uniform(21, 46, 20_000)
    found = border.measure(lon, lat)
    direct = GEOD.inv(lon, lat, found.lon, found.lat)[2]
    assert found.distance_m.max() > 1_000_000
    assert np.abs(direct - found.distance_m).max() < 1e-4
    for vertex_lon, vertex_lat in shapely.get_coordinates(border.geometry)[::400]:
        to_vertex = GEOD.inv(
            lon, lat, np.full(len(lon), vertex_lon), np.full(len(lon), vertex_lat)
        )[2]
        assert (found.distance_m <= to_vertex + 1e-4).all()


@pytest.mark.parametrize("reach_m", [1_000, 100_000, 300_000, 600_000, 1_000_000, 20_003_931])
def test_lengths_are_those_of_geodesics_wherever_on_earth(reach_m):
    rng = np.random.default_rng(reach_m)
    lon, lat = rng.uniform(-180, 180, 20_000), rng.uniform(-90, 90, 20_000)
    azimuth, away_m = rng.uniform(0, 360, 20_000), rng.uniform(0, reach_m, 20_000)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, azimuth, away_m)
    exact_m = GEOD.inv(lon, lat, to_lon, to_lat)[2]
    asked = []

    def exactly(rows):
        asked.extend(rows)
        return exact_m[rows]

    found_m = ellipsoid.geodesics(ellipsoid.ecef(lon, lat), ellipsoid.ecef(to_lon, to_lat), exactly)
    np.testing.assert_allclose(found_m, exact_m, rtol=0, atol=1e-6)
    assert bool(asked) == (reach_m > ellipsoid.LONG_M)


def test_tree_and_blocks_give_the_same_answers(border, with_tree, coords):
    rng = np.random.default_rng(12)
    spread = np.exp(rng.uniform(np.log(1e-4), np.log(0.6), 100_000))
    at = coords[rng.integers(0, len(coords), 100_000)]
    lon, lat = (at + rng.normal(0, 1, (100_000, 2)) * spread[:, np.newaxis]).T
    lon[:100], lat[:100] = 70, np.linspace(-80, 85, 100)  # most of them outside the tree
    plain, quick = border.measure(lon, lat), with_tree.measure(lon, lat)
    assert with_tree._index._tree is not None
    assert border._index._tree is None
    for name in ("distance_m", "km", "lon", "lat", "side"):
        assert np.array_equal(getattr(plain, name), getattr(quick, name)), name


def test_tree_candidates_are_few_and_hold_the_nearest(with_tree, coords):
    lon, lat = points_near(coords, 0.05, 2_000, seed=13)
    found = with_tree._index._tree.candidates(lon, lat)
    assert found.size.min() >= 1
    assert found.size.mean() < 9
    table = found.table(slice(0, 2_000))
    assert table.shape == (found.size.max(), 2_000)
    assert (np.diff(table, axis=0) >= 0).all()


def test_the_tree_is_built_only_when_it_repays_itself(coords, monkeypatch):
    monkeypatch.setattr(index, "TREE_FROM", 500)
    monkeypatch.setattr(index, "TREE_PER_PIECE", 0)
    line = Border(shapely.LineString(coords[::100]))
    lon, lat = points_near(coords, 0.1, 200, seed=14)
    answers = [line.measure(lon, lat).distance_m for _ in range(2)]
    assert line._index._tree is None
    answers.append(line.measure(lon, lat).distance_m)
    assert isinstance(line._index._tree, tree.Tree)
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


def test_a_finer_line_gets_longer_lists_and_the_same_answers(coords, monkeypatch):
    monkeypatch.setattr(tree, "FINE_PIECES", 100)
    monkeypatch.setattr(tree, "PAIRS_GROWN", 5_000)
    part = coords[9_000:12_000]
    line, plain = Border(shapely.LineString(part)), Border(shapely.LineString(part))
    line._index.use_tree(True)
    plain._index.use_tree(False)
    lon, lat = points_near(part, 0.2, 3_000, seed=18)
    assert line._index._tree.size.mean() > 20
    assert np.array_equal(line.measure(lon, lat).km, plain.measure(lon, lat).km)


def test_a_line_around_the_world_does_without_a_tree():
    line = Border(shapely.LineString([(-170, -60), (0, 0), (170, 60)]))
    line._index.use_tree(True)
    assert line._index._tree is None
    assert line.measure([0.0], [0.1]).distance_m[0] < 12_000


def test_two_threads_change_nothing(with_tree, coords, monkeypatch):
    lon, lat = points_near(coords, 0.3, 30_000, seed=15)
    one = with_tree.measure(lon, lat)
    monkeypatch.setattr(index, "THREADED_FROM", 1)
    monkeypatch.setattr(index, "THREADS", 2)
    two = with_tree.measure(lon, lat)
    assert np.array_equal(one.km, two.km)
    assert np.array_equal(one.side, two.side)


def test_no_side_is_wrong(border, with_tree, coords):
    """Against the area left of the line, closed far to the north-west."""
    west = np.array([[75.0, 45.0], [50.0, 45.0], [50.0, 29.0]])
    left = shapely.Polygon(np.vstack([coords, west]))
    shapely.prepare(left)
    rng = np.random.default_rng(16)
    spread = np.exp(rng.uniform(np.log(1e-4), np.log(0.5), 100_000))
    at = coords[rng.integers(2_000, len(coords) - 2_000, 100_000)]
    lon, lat = (at + rng.normal(0, 1, (100_000, 2)) * spread[:, np.newaxis]).T
    found = with_tree.measure(lon, lat)
    # Near the line's ends the closing edges decide, not the line.
    clear = (found.km > 50) & (found.km < border.length_km - 50) & (found.side != 0)
    assert clear.sum() > 80_000
    inside = shapely.contains_xy(left, lon, lat)
    assert np.array_equal(inside[clear], (found.side == 1)[clear])


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


def test_a_line_that_crosses_itself_is_measured_by_its_nearest_part():
    eight = Border(shapely.LineString([(0, 0), (2, 2), (2, 0), (0, 2)]))
    found = eight.measure([1.0, 1.5, 2.1], [1.0002, 1.6, 1.0])
    first_leg, second_leg = GEOD.inv([0, 2], [0, 2], [2, 2], [2, 0])[2]
    assert found.km[0] < first_leg / 1000  # at the crossing: the smaller kilometre
    assert found.km[1] < first_leg / 1000
    assert first_leg < found.km[2] * 1000 < first_leg + second_leg
    assert found.side[2] == 1


def test_points_beyond_the_ends_are_measured_to_the_ends(border, coords):
    found = border.measure([coords[0, 0] - 0.1, coords[-1, 0] + 0.1], coords[[0, -1], 1])
    assert found.km == pytest.approx([0, border.length_km], abs=60)
    assert border.measure(*coords[[0, -1]].T).km == pytest.approx([0, border.length_km], abs=1e-6)
    assert border.measure(*coords[[0, -1]].T).side.tolist() == [0, 0]  # the tripoints


def test_a_closed_line_starts_where_it_ends():
    ring = Border(shapely.LineString([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]))
    assert ring.measure([-0.1], [-0.1]).km[0] == 0
    assert ring.measure([0.5], [0.4]).side[0] == 1


def test_the_gap_between_two_parts_is_no_vertex():
    parts = Border(shapely.MultiLineString([[(0, 0), (1, 0)], [(1, 0.001), (2, 0.001)]]))
    found = parts.measure([1.0, 1.0], [-0.01, 0.02])
    assert found.lat == pytest.approx([0, 0.001], abs=1e-9)


def test_a_point_has_one_answer_whatever_company_it_is_in(border, coords):
    lon, lat = points_near(coords, 0.3, 300, seed=17)
    together = border.measure(lon, lat)
    alone = [border.measure(lon[i : i + 1], lat[i : i + 1]) for i in range(300)]
    assert [found.km[0] for found in alone] == together.km.tolist()
    assert [found.distance_m[0] for found in alone] == together.distance_m.tolist()


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
        line_to(np.nan),
        line_to(np.inf),
        shapely.MultiLineString(),
        shapely.GeometryCollection([shapely.LineString([(0, 0), (1, 1)])]),
        shapely.MultiPoint([(71, 34), (72, 35)]),
        shapely.Polygon([(0, 0), (1, 0), (1, 1)]),
        "LINESTRING (0 0, 1 1)",
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
def test_zone_outline_is_at_the_radius(with_tree, radius_m, tolerance_m):
    zone = with_tree.zone(radius_m, tolerance_m=tolerance_m)
    outline = shapely.get_coordinates(shapely.segmentize(zone.boundary, 0.01))
    off = np.abs(with_tree.measure(*outline.T).distance_m - radius_m)
    assert zone.is_valid
    # Middles of edges are held to half the tolerance; elsewhere an edge may be a little farther.
    assert np.percentile(off, 99.9) <= tolerance_m
    assert off.max() <= 2 * tolerance_m


def test_zone_holds_what_is_near_and_nothing_else(with_tree, coords):
    zone = with_tree.zone(10_000, tolerance_m=20)
    lon, lat = points_near(coords, 0.08, 4_000, seed=3)
    distance_m = with_tree.measure(lon, lat).distance_m
    clear = np.abs(distance_m - 10_000) > 40
    inside = shapely.contains_xy(zone, lon, lat)
    assert np.array_equal(inside[clear], distance_m[clear] < 10_000)


def test_zones_of_the_two_sides_make_up_the_whole(with_tree, coords):
    both = with_tree.zone(10_000, tolerance_m=100)
    left, right = (with_tree.zone(10_000, side, tolerance_m=100) for side in (1, -1))
    assert left.area + right.area == pytest.approx(both.area, rel=1e-9)
    lon, lat = points_near(coords, 0.03, 2_000, seed=4)
    found = with_tree.measure(lon, lat)
    sure = (found.distance_m > 150) & (found.distance_m < 9_800)
    assert np.array_equal(shapely.contains_xy(left, lon, lat)[sure], (found.side == 1)[sure])


def test_the_outline_of_the_widest_asked_zone_is_within_a_metre(with_tree):
    zone = with_tree.zone(10_000)
    outline = shapely.get_coordinates(shapely.segmentize(zone.boundary, 0.002))
    off = np.abs(with_tree.measure(*outline.T).distance_m - 10_000)
    assert off.max() <= 1
    assert shapely.get_num_coordinates(zone) < 30_000


def test_a_zone_at_the_antimeridian_or_a_pole_is_refused():
    for coords in ([(179.5, 0), (-179.5, 0)], [(179.95, 10), (179.95, 11)], [(0, 89), (9, 89.9)]):
        with pytest.raises(GeometryError, match="antimeridian"):
            Border(shapely.LineString(coords)).zone(10_000)


# Means and largest offsets every 500 m, measured apart from this engine when the layers were made.
@pytest.mark.parametrize(
    ("layer", "mean_m", "largest_m"),
    [
        ("line_osm_2018", 37, 2_900),
        ("line_natural_earth_10m", 1_410, 6_700),
        ("line_wdbii", 856, 5_100),
    ],
)
def test_published_lines_are_offset_as_measured_before(border, layer, mean_m, largest_m):
    offsets = border.compare(Border(load_layer(layer).frame.geometry.iloc[0]))
    assert offsets.distance_m.mean() == pytest.approx(mean_m, rel=0.02)
    assert offsets.distance_m.max() == pytest.approx(largest_m, rel=0.03)
    assert offsets.km[[0, -1]].tolist() == [0, border.length_km]
    assert np.diff(offsets.km)[:-1] == pytest.approx(0.5)


def test_offsets_say_on_which_side_the_other_line_runs():
    line = Border(shapely.LineString([(0, 0), (1, 0)]))
    north = shapely.LineString([(1, 0.1), (0, 0.1)])  # drawn the other way round
    offsets = line.compare(Border(north), step_km=10)
    assert (offsets.side == 1).all()
    assert offsets.distance_m == pytest.approx(GEOD.inv(0, 0, 0, 0.1)[2], abs=1)
    assert (line.compare(line).side == 0).all()


@pytest.mark.parametrize("step_km", [0, -1, float("nan"), 1e-9])
def test_impossible_steps_are_refused(border, step_km):
    with pytest.raises(GeometryError):
        border.compare(border, step_km=step_km)


def test_the_stretches_of_the_provinces_make_up_the_line(border):
    provinces = load_layer("provinces").frame
    for country, at_both_ends in (("AF", "AF-BDS"), ("PK", "PK-GB")):
        units = provinces[provinces["country"] == country].set_index("code").geometry
        found = {code: border.stretches_within(unit) for code, unit in units.items()}
        whole = sorted(stretch for stretches in found.values() for stretch in stretches)
        assert whole[0][0] == 0
        assert whole[-1][1] == pytest.approx(border.length_km, abs=0.005)
        assert found[at_both_ends][-1][1] == whole[-1][1]
        gaps = [after[0] - before[1] for before, after in pairwise(whole)]
        assert max(gaps) <= 0.005
        assert sum(b - a for a, b in whole) == pytest.approx(border.length_km, abs=0.2)


def test_stretches_of_a_plain_area():
    line = Border(shapely.LineString([(0, 0), (4, 0)]))
    degree_km = GEOD.inv(0, 0, 1, 0)[2] / 1000
    two = shapely.MultiPolygon([shapely.box(0.5, -1, 1, 1), shapely.box(2, -1, 3, 1)])
    stretches = np.array(line.stretches_within(two)) / degree_km
    assert stretches == pytest.approx(np.array([[0.5, 1], [2, 3]]), abs=5e-5)
    assert line.stretches_within(shapely.box(0, 1, 1, 2)) == []
    eight = Border(shapely.LineString([(0, 0), (2, 2), (2, 0), (0, 2)]))
    assert len(eight.stretches_within(shapely.box(0.9, 0.9, 1.1, 1.1))) == 2


@pytest.mark.parametrize(
    "area",
    [
        shapely.Point(0, 0),
        shapely.Polygon(),
        None,
        shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
    ],
)
def test_what_is_no_area_is_refused(border, area):
    with pytest.raises(GeometryError):
        border.stretches_within(area)


@pytest.mark.parametrize("radius_m", [0, -5, float("nan"), float("inf"), 500_001, 1e6])
def test_impossible_zones_are_refused(border, radius_m):
    with pytest.raises(GeometryError):
        border.zone(radius_m)


def test_a_side_that_does_not_exist_is_refused(border):
    with pytest.raises(GeometryError):
        border.zone(1_000, 2)
