"""The compiled loops against NumPy: the same bits, near and far, with blocks and with the tree."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Border
from bordermap.border import compiled, ecef
from bordermap.border.nearest import Points
from bordermap.border.places import nearest_places
from bordermap.border.tree import Tree

BUILT = compiled.is_used()
pytestmark = pytest.mark.skipif(
    not BUILT and "BORDERMAP_REQUIRE_LOOPS" not in os.environ,
    reason="the loops were not built, or NumPy alone is asked for",
)

LINES = {
    "with a gap": [[(70, 33), (71, 34), (71.02, 34.3)], [(72, 34.5), (72, 34.5001), (73, 35)]],
    "across the antimeridian": [[(179, -17), (-179, -16)]],
    "over the pole": [[(20, 89.5), (-160, 89.5)]],
    "long edges": [[(60, 30), (75, 36)]],
}


def by_arrays(function):
    """What a function answers by NumPy alone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compiled, "_kernel", None)
        return function()


def measured(line, lon, lat, tree):
    """What a new border says, bit for bit."""
    border = Border(line)
    border._index.use_tree(tree)
    found = border.measure(lon, lat)
    return {name: getattr(found, name).tobytes() for name in found.__slots__}


def points_around(coords, seed):
    """On vertices, a micrometre to 900 km from them, and nowhere."""
    rng = np.random.default_rng(seed)
    at = coords[rng.integers(0, len(coords), 3_000)]
    away = rng.normal(0, 1, (3_000, 2)) * 10.0 ** rng.uniform(-11, 0.9, (3_000, 1))
    away[:300] = 0
    lon, lat = (at + away).T
    lon[-5:], lat[-3:] = np.nan, np.inf
    return (lon + 180) % 360 - 180, np.clip(lat, -90, 90)


def test_the_loops_are_built():
    assert BUILT


@pytest.mark.parametrize("tree", [False, True])
def test_our_line_has_the_same_bits(tree):
    line = Border.load().geometry
    lon, lat = points_around(shapely.get_coordinates(line), 11)
    assert measured(line, lon, lat, tree) == by_arrays(lambda: measured(line, lon, lat, tree))


@pytest.mark.parametrize("parts", LINES.values(), ids=LINES)
@pytest.mark.parametrize("tree", [False, True])
def test_odd_lines_have_the_same_bits(parts, tree):
    line = shapely.MultiLineString(parts)
    lon, lat = points_around(np.vstack(parts), 12)
    assert measured(line, lon, lat, tree) == by_arrays(lambda: measured(line, lon, lat, tree))


def test_points_all_over_the_globe_have_the_same_bits():
    """Beyond 600 km arrays are asked in either case; far away every piece may be nearest."""
    line = shapely.LineString([(60, 30), (66, 31), (71, 34)])
    lon, lat = np.meshgrid(np.linspace(-180, 180, 25), np.linspace(-90, 90, 13))
    lon, lat = lon.ravel(), lat.ravel()
    assert measured(line, lon, lat, False) == by_arrays(lambda: measured(line, lon, lat, False))


@settings(max_examples=60)
@given(
    vertices=st.lists(
        st.tuples(st.floats(60, 75), st.floats(28, 38)), min_size=2, max_size=6, unique=True
    ),
    lon=st.floats(55, 80),
    lat=st.floats(25, 41),
)
def test_any_line_and_point_have_the_same_bits(vertices, lon, lat):
    line = shapely.LineString(vertices)
    ends = np.array([(lon, lat), *vertices]).T
    by_loops = measured(line, *ends, tree=False)
    assert by_arrays(lambda: measured(line, *ends, tree=False)) == by_loops


def test_the_tree_is_the_same():
    index = Border.load()._index

    def built():
        tree = Tree.around(index.pieces, index.blocks)
        return {name: np.asarray(getattr(tree, name)).tobytes() for name in tree.__slots__}

    assert built() == by_arrays(built)


def test_the_nearest_of_few_places_is_the_same():
    """Two places are one and the same: the first is told. Some points are over 600 km away."""
    rng = np.random.default_rng(13)
    lon, lat = rng.uniform(55, 80, 20_000), rng.uniform(25, 41, 20_000)
    at = np.array([(71.09, 34.12), (66.45, 30.92), (71.09, 34.12), (61.0, 30.0)]).T
    places = Points(*at, ecef(*at))
    best, distance_m = nearest_places(lon, lat, places)
    other, other_m = by_arrays(lambda: nearest_places(lon, lat, places))
    assert set(best) == {0, 1, 3}
    assert (distance_m > 600_000).any()
    assert best.tobytes() == other.tobytes()
    assert distance_m.tobytes() == other_m.tobytes()


def test_numpy_alone_can_be_asked_for():
    code = "from bordermap.border import compiled; print(compiled.is_used())"
    env = {**os.environ, "BORDERMAP_COMPILED": "0"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
