"""Which polygons cover points: cells learn what exact tests say, and say nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bordermap.joins import Cover
from bordermap.layers import load_layer

LEFT, RIGHT, BOTH = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0, 0, 2, 1)


def said_twice(polygons, x, y, sizes=()):
    """What exact tests say; asked of cells twice, since they learn from the first answer."""
    exact, cells = Cover(polygons, sizes), Cover(polygons, sizes)
    cells.use_cells()
    wanted = exact.at(x, y)
    for _ in range(2):
        for one, other in zip(cells.at(x, y), wanted, strict=True):
            np.testing.assert_array_equal(one, other)
    return wanted


def array(*shapes):
    return np.array(shapes, dtype=object)


def test_every_vertex_and_edge_of_the_districts():
    districts = load_layer("districts").frame.sort_values("code").geometry.to_numpy()
    countries = load_layer("countries").frame.sort_values("code").geometry.to_numpy()
    vertices = shapely.get_coordinates(districts)[::3]
    edges = (vertices[1:] + vertices[:-1])[::5] / 2
    away = vertices[::5] + np.random.default_rng(8).normal(0, 1e-4, vertices[::5].shape)
    x, y = np.vstack([vertices, edges, away]).T
    both = np.concatenate([countries, districts])
    first, count = said_twice(both, x, y, [len(countries), len(districts)])
    assert (first[1, : len(vertices)] >= 0).all()
    assert set(count[1]) >= {1, 2, 3}


def test_a_great_many_points_get_cells_by_themselves():
    rng = np.random.default_rng(9)
    cover = Cover(array(LEFT, RIGHT))
    places = [rng.uniform(-0.5, 2.5, (2, 30_000)) for _ in range(4)]
    for x, y in places:
        inside = (y >= 0) & (y <= 1) & (x >= 0) & (x <= 2)
        first, count = cover.of(shapely.points(x, y))
        np.testing.assert_array_equal(first, np.where(inside, (x > 1).astype(int), -1))
        np.testing.assert_array_equal(count, inside)
    assert cover.uses_cells


def test_overlapping_polygons_are_counted():
    x, y = np.meshgrid(np.linspace(-0.25, 2.25, 41), np.linspace(-0.25, 1.25, 25))
    first, count = said_twice(array(RIGHT, BOTH, LEFT, BOTH), x.ravel(), y.ravel())
    assert set(count[0]) == {0, 3, 4}
    assert set(first[0]) == {-1, 0, 1}


def test_each_layer_has_its_own_numbers():
    first, count = said_twice(array(BOTH, LEFT, RIGHT), [0.5, 1.5, 1, 3], [0.5] * 4, [1, 2, 0])
    assert first.tolist() == [[0, 0, 0, -1], [0, 1, 0, -1], [-1] * 4]
    assert count.tolist() == [[1, 1, 1, 0], [1, 1, 2, 0], [0] * 4]


def test_holes_parts_and_specks():
    ring = shapely.difference(BOTH, shapely.box(0.5, 0.25, 0.75, 0.5))
    parts = shapely.multipolygons([shapely.box(5, 5, 6, 6), shapely.box(0.6, 0.3, 0.61, 0.31)])
    speck = shapely.Point(1.5, 0.5).buffer(1e-9)
    rng = np.random.default_rng(10)
    x, y = rng.uniform(0.45, 0.8, 5000), rng.uniform(0.2, 0.55, 5000)
    x, y = np.r_[x, rng.normal(1.5, 1e-9, 500), 5.5, 6], np.r_[y, rng.normal(0.5, 1e-9, 500), 5, 6]
    _, count = said_twice(array(ring, parts, speck), x, y)
    assert set(count[0]) == {0, 1, 2}


@pytest.mark.parametrize("where", [(np.nan, 0.5), (0.5, np.nan), (np.inf, 0.5), (1e300, 0.5)])
def test_places_that_are_none_are_covered_by_none(where):
    first, count = said_twice(array(LEFT), np.array([where[0], 0.5]), np.array([where[1], 0.5]))
    assert (first.tolist(), count.tolist()) == ([[-1, 0]], [[0, 1]])


def test_no_polygons_cover_nothing():
    for polygons in (array(), array(shapely.Polygon())):
        first, count = said_twice(polygons, np.array([0.5]), np.array([0.5]))
        assert (first.tolist(), count.tolist()) == ([[-1]], [[0]])


SHORT = st.integers(-6, 6)


@given(
    st.lists(st.lists(st.tuples(SHORT, SHORT), min_size=3, max_size=6), min_size=1, max_size=5),
    st.sampled_from([1.0, 1e-9, 7.3, 1 / 3]),
    st.tuples(st.floats(-70, 70), st.floats(-60, 60)),
)
@settings(max_examples=60, deadline=None)
def test_cells_say_what_exact_tests_say(rings, scale, middle):
    """Also for polygons that overlap, cross themselves, share edges, or are tiny far out."""
    places = [np.array(ring) * scale + middle for ring in rings]
    # Of rings that hold nothing GEOS says what it will; no layer that is read has any.
    places = [ring for ring in places if shapely.Polygon(ring).area > 0]
    assume(places)
    grid = np.linspace(-6.5, 6.5, 27)
    x, y = (axis.ravel() * scale for axis in np.meshgrid(grid, grid))
    corners = np.vstack(places)
    said_twice(
        shapely.polygons([shapely.linearrings(ring) for ring in places]),
        np.r_[x + middle[0], corners[:, 0]],
        np.r_[y + middle[1], corners[:, 1]],
    )


def test_several_threads_ask_at_once():
    """GEOS makes the index of a polygon when it is first asked, which ended the process."""
    known = load_layer("districts").frame.geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(known)
    x, y = np.random.default_rng(11).uniform([[west], [south]], [[east], [north]], (2, 2_000))
    wanted = Cover(known).at(x, y)
    for _ in range(10):
        fresh = Cover(shapely.from_wkb(shapely.to_wkb(known)))
        with ThreadPoolExecutor(4) as pool:
            for answers in pool.map(lambda _, fresh=fresh: fresh.at(x, y), range(4)):
                np.testing.assert_array_equal(answers, wanted)
