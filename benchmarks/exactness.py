"""The largest errors of ``Border.measure`` against exact places, on many points of every kind.

    python benchmarks/exactness.py [--points 100000]

Prints one row for each kind of point: largest errors of the distance, the place and the kilometre,
wrong bands and wrong sides, and how many points were left out of place and kilometre because two
places are equally near to 1 mm. The exact places (``tests/exact.py``) are GeographicLib's alone.
100,000 points take about five minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import shapely

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parent)]

from exact import ExactLine, Places, compared
from run import BANDS_M, points_like_incidents

from bordermap import Border
from bordermap.border import GEOD

SHARES = {
    "1 m to 1,000 km, log-uniform": 0.4,
    "as incidents lie": 0.2,
    "within 1 m of a band's edge": 0.2,
    "within 10 m of the line": 0.15,
    "on vertices": 0.05,
}


def around(coords: np.ndarray, radius_m: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points so far from random vertices, in any direction: columns of longitude and latitude."""
    at = coords[rng.integers(0, len(coords), len(radius_m))]
    azimuth = rng.uniform(0, 360, len(radius_m))
    return np.column_stack(GEOD.fwd(at[:, 0], at[:, 1], azimuth, radius_m)[:2])


def at_edges(coords: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Points within 1 m of the bands' edges, put there from where the line is nearest."""
    goal = rng.choice(BANDS_M, count)
    points = around(coords, goal * rng.uniform(1, 1.5, count), rng)
    for _ in range(4):  # a point moved away from one place may come near to another
        found = Border.load().measure(*points.T)
        azimuth = GEOD.inv(found.lon, found.lat, *points.T)[0]
        moved = GEOD.fwd(found.lon, found.lat, azimuth, goal + rng.uniform(-1, 1, count))[:2]
        off = np.abs(found.distance_m - goal) > 1
        points[off] = np.column_stack(moved)[off]
    return points


def points_of(kind: str, coords: np.ndarray, count: int) -> np.ndarray:
    """Points of one of the kinds of ``SHARES``."""
    rng = np.random.default_rng(20_261_122)
    if kind.startswith("as incidents"):
        return np.column_stack(points_like_incidents(coords, count))
    if kind.endswith("edge"):
        return at_edges(coords, count, rng)
    if kind.endswith("line"):
        return around(coords, rng.uniform(0, 10, count), rng)
    if kind.endswith("vertices"):
        return coords[rng.integers(0, len(coords), count)]
    return around(coords, np.exp(rng.uniform(0, np.log(1e6), count)), rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=100_000)
    count = parser.parse_args().points
    border = Border.load()
    border._index.use_tree(True)
    coords = shapely.get_coordinates(border.geometry)
    exact = ExactLine(coords)
    print("| points | count | farthest km | distance m | place m | kilometre m | equally near "
          "| wrong bands | wrong sides |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")  # fmt: skip
    for kind, share in SHARES.items():
        lon, lat = points_of(kind, coords, int(count * share)).T
        places: Places = exact.nearest(lon, lat)
        errors = compared(border.measure(lon, lat), places)
        nearest = places.best().distance_m
        bands = np.searchsorted(BANDS_M, nearest) != np.searchsorted(BANDS_M, errors.found_m)
        print(f"| {kind} | {len(lon):,} | {nearest.max() / 1000:,.0f} "
              f"| {errors.distance_m.max():.1e} | {errors.place_m.max():.1e} "
              f"| {errors.along_m.max():.1e} | {errors.equally_near.sum():,} "
              f"| {bands.sum()} | {errors.wrong_side.sum()} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
