"""Measure points against the line, ours and the field's ways, side by side in one run.

    python benchmarks/run.py [--points 1000000] [--repeat 3] [--postgis [DSN]] [--growth]

Prints one table: points per second (medians, one core), the ratio to ours, and the errors. Needs
the extra ``bench``. ``--postgis`` without a DSN starts a throw-away server of its own, from the
programs of a PostgreSQL with PostGIS that is installed here. A way that cannot run is named with
the reason. Errors of the distance are against the exact reference of the tests, on a sample; bands
and sides are counted on all points against ours, which the tests hold to that reference.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import shapely

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parent)]

import postgis
import ways
from reference import Reference

from bordermap import Border
from bordermap.border import GEOD, index

BANDS_M = np.array([5_000, 10_000, 25_000, 50_000])
SAMPLE = 120


@dataclass
class Way:
    """One way to measure: ``run(lon, lat)`` gives whichever of distance, side, band it can."""

    name: str
    run: Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
    most: int = 10_000_000
    gives: str = "all"
    seconds: list[float] = field(default_factory=list)
    count: int = 0
    answer: dict[str, np.ndarray] = field(default_factory=dict)


def points_like_incidents(coords: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points around the line, some 200 m to 80 km from it, 3 % of them within 30 m of a band."""
    rng = np.random.default_rng(20_171_118)
    at = coords[rng.integers(0, len(coords), count)]
    spread = np.exp(rng.uniform(np.log(0.002), np.log(0.3), count))
    lon, lat = (at + rng.normal(0, 1, (count, 2)) * spread[:, np.newaxis]).T
    near = rng.random(count) < 0.03
    found = Border.load().measure(lon[near], lat[near])
    goal = rng.choice(BANDS_M, near.sum()) + rng.uniform(-30, 30, near.sum())
    azimuth = GEOD.inv(found.lon, found.lat, lon[near], lat[near])[0]
    lon[near], lat[near], _ = GEOD.fwd(found.lon, found.lat, azimuth, goal)
    return lon, lat


def timed(way: Way, lon: np.ndarray, lat: np.ndarray) -> None:
    """One round of one way."""
    way.count = min(way.most, len(lon))
    start = perf_counter()
    way.answer = way.run(lon[: way.count], lat[: way.count])
    # A way that asks another program says itself how long that took.
    way.seconds.append(float(way.answer.pop("seconds", [perf_counter() - start])[0]))


def ours(border: Border) -> Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]:
    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        found = border.measure(lon, lat)
        return {"distance": found.distance_m, "side": found.side}

    return run


def built_anew(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
    border = Border(Border.load().geometry)
    border._index.use_tree(True)
    return ours(border)(lon, lat)


def all_ways(border: Border, dsn: str | None) -> list[Way]:
    """Every way that can run here; says on standard error which cannot, and why."""
    line = border.geometry
    with_tree, with_blocks = Border(line), Border(line)
    with_tree._index.use_tree(True)
    with_blocks._index.use_tree(False)
    chosen = [
        Way("ours, tree (built before)", ours(with_tree)),
        Way("ours, tree, building included", built_anew),
        Way("ours, blocks (nothing to build)", ours(with_blocks), most=100_000),
        Way("Shapely loop, UTM 42N", ways.shapely_loop(line), most=300, gives="d s"),
        Way("GeoPandas sjoin_nearest, line, UTM", ways.sjoin_line(line), most=1_000, gives="d"),
        Way("GeoPandas sjoin_nearest, segments, UTM", ways.sjoin_segments(line), 100_000, "d s"),
        Way("GeoPandas buffers and sjoin, UTM", ways.buffers(line, BANDS_M), 100_000, "bands"),
    ]
    for name, make in {
        "DuckDB spatial, UTM": lambda: ways.duckdb_spatial(line),
        "PostGIS ST_Distance, geography": lambda: postgis.distance(dsn, line),
    }.items():
        try:
            most = 1_000 if "DuckDB" in name else 50_000
            chosen.append(Way(name, make(), most=most, gives="d"))
        except Exception as error:
            print(f"{name}: left out ({error})", file=sys.stderr)
    return chosen


def errors(way: Way, truth: dict[str, np.ndarray], exact: np.ndarray, at: np.ndarray) -> list[str]:
    """Largest error of the distance (m), and wrong bands and sides in 100,000."""
    distance, side, band = (way.answer.get(key) for key in ("distance", "side", "band"))
    if distance is not None:
        band = np.searchsorted(BANDS_M, distance)
    cells = ["-", "-", "-"]
    if distance is not None:
        known = at < way.count
        cells[0] = f"{np.abs(distance[at[known]] - exact[known]).max():.1e}"
    if band is not None:
        wrong = band != np.searchsorted(BANDS_M, truth["distance"][: way.count])
        cells[1] = f"{wrong.mean() * 1e5:,.0f}"
    if side is not None:
        wrong = side * truth["side"][: way.count] < 0
        cells[2] = f"{wrong.mean() * 1e5:,.0f}"
    return cells


def table(chosen: list[Way], lon: np.ndarray, lat: np.ndarray, border: Border) -> None:
    """Print what was measured."""
    at = np.unique(np.r_[np.arange(60), np.linspace(0, len(lon) - 1, SAMPLE - 60).astype(int)])
    reference = Reference(shapely.get_coordinates(border.geometry))
    exact = np.array([reference.nearest(lon[i], lat[i])[0] for i in at])
    truth = ours(border)(lon, lat)
    best = chosen[0].count / median(chosen[0].seconds)
    print("| way | gives | points | points/s | ours is faster by | largest error m "
          "| wrong bands | wrong sides |\n|---|---|--:|--:|--:|--:|--:|--:|")  # fmt: skip
    for way in chosen:
        rate = way.count / median(way.seconds)
        cells = [way.name, way.gives, f"{way.count:,}", f"{rate:,.0f}", f"{best / rate:,.1f}"]
        print("| " + " | ".join(cells + errors(way, truth, exact, at)) + " |")


def growth(border: Border, lon: np.ndarray, lat: np.ndarray) -> None:
    """Print how the cost grows with points and with vertices."""
    print(
        "\n| vertices | points | build s | blocks points/s | tree points/s |\n|--:|--:|--:|--:|--:|"
    )
    for vertices in (0.02, 0.1, 0.3, 1, 2, 8):
        line = border.geometry
        line = line.simplify(_tolerance(line, vertices)) if vertices < 1 else line
        line = _denser(line, int(vertices)) if vertices > 1 else line
        one = Border(line)
        start = perf_counter()
        one._index.use_tree(True)
        seconds = perf_counter() - start
        for count in (len(lon) // 10, len(lon)):
            rates = [_rate(one, lon[:count], lat[:count])]
            other = Border(line)
            other._index.use_tree(False)
            rates.insert(0, _rate(other, lon[: min(count, 20_000)], lat[: min(count, 20_000)]))
            cells = [f"{len(shapely.get_coordinates(line)):,}", f"{count:,}", f"{seconds:.1f}"]
            print("| " + " | ".join(cells + [f"{rate:,.0f}" for rate in rates]) + " |")


def _rate(border: Border, lon: np.ndarray, lat: np.ndarray) -> float:
    seconds = []
    for _ in range(3):
        start = perf_counter()
        border.measure(lon, lat)
        seconds.append(perf_counter() - start)
    return len(lon) / median(seconds)


def _tolerance(line: shapely.LineString, share: float) -> float:
    return {0.02: 0.006, 0.1: 0.0008, 0.3: 0.00016}[share]


def _denser(line: shapely.LineString, times: int) -> shapely.LineString:
    """Add wiggles between the vertices, as a finer survey would."""
    coords = shapely.get_coordinates(line)
    rng = np.random.default_rng(1)
    share = np.arange(len(coords) * times) / times
    dense = np.column_stack([np.interp(share, np.arange(len(coords)), axis) for axis in coords.T])
    return shapely.LineString(dense + rng.normal(0, 2e-5, dense.shape))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--postgis", nargs="?", const="", metavar="DSN")
    parser.add_argument("--growth", action="store_true", help="also the cost by points")
    options = parser.parse_args()
    index.THREADS = 1  # per core
    border = Border.load()
    lon, lat = points_like_incidents(shapely.get_coordinates(border.geometry), options.points)
    with postgis.server(options.postgis) as dsn:
        chosen = all_ways(border, dsn)
        for _ in range(options.repeat):  # in turns, so that a busy minute hits all alike
            for way in chosen:
                timed(way, lon, lat)
    table(chosen, lon, lat, border)
    if options.growth:
        growth(border, lon, lat)


if __name__ == "__main__":
    main()
