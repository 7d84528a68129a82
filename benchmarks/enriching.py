"""Layers of points and polygons enriched, beside what the field does with GeoPandas.

``python benchmarks/enriching.py [--points 100000] [--polygons 10000] [--repeat 3]`` prints the
median seconds and the seconds of the processor. The peer, in UTM 42N: for points the distance to
the line and a join to the districts; for polygons that, their least distance, and an overlay with
both countries for the shares. It has no greatest distance, kilometre, crossing or geodesic length.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

import bordermap
from bordermap.schema import CRS

METRES = "EPSG:32642"

TENTH = 10
"""The peer gets a tenth of the features; its time grows with their number."""


def scattered(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places within some 100 km of the line."""
    random, border = np.random.default_rng(1), bordermap.Border.load()
    lon, lat = border.point_at(random.uniform(0, border.length_km, count))
    return lon + random.normal(0, 0.5, count), lat + random.normal(0, 0.4, count)


def points(count: int) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"n": range(count)}, geometry=shapely.points(*scattered(count)), crs=CRS
    )


def polygons(count: int) -> gpd.GeoDataFrame:
    """Discs of 33 vertices, 100 m to 10 km wide."""
    size = 10 ** np.random.default_rng(2).uniform(-3, -1, count) / 2
    shapes = shapely.buffer(shapely.points(*scattered(count)), size, quad_segs=8)
    return gpd.GeoDataFrame({"n": range(count)}, geometry=shapes, crs=CRS)


def peer(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    line = bordermap.load_layer("line").frame.to_crs(METRES).geometry.iloc[0]
    units = bordermap.load_layer("districts").frame[["code", "geometry"]].to_crs(METRES)
    own = frame.to_crs(METRES)
    own["distance_m"] = own.distance(line)
    if not (own.geom_type == "Point").all():
        countries = bordermap.load_layer("countries").frame[["code", "geometry"]].to_crs(METRES)
        gpd.overlay(own, countries, how="intersection").area.to_numpy()
    return own.sjoin(units, how="left")


def seconds(work: Callable[[gpd.GeoDataFrame], Any], frame: gpd.GeoDataFrame, rounds: int) -> str:
    work(frame.head(100))
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work(frame)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return f"{statistics.median(walls):8.2f} s {statistics.median(cpus):8.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--polygons", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"{'':38}{'seconds':>10}{'processor':>11}")
    for what, frame in (
        ("points", points(options.points)),
        ("polygons", polygons(options.polygons)),
    ):
        for name, work, some in (
            ("bordermap.enrich", bordermap.enrich, frame),
            ("GeoPandas", peer, frame.head(len(frame) // TENTH)),
        ):
            print(f"{len(some):8,} {what:9} {name:18} {seconds(work, some, options.repeat)}")


if __name__ == "__main__":
    main()
