"""Time summaries of many incidents whose footprints are discs of 1 km.

    python benchmarks/footprints.py [--rows 100000] [--repeat 3] [--by band]

Prints how many discs lie over the edge of a band, and the median of the times.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap import Border, locate, summarise
from bordermap.border import GEOD
from bordermap.certainty import clear_of_distances
from bordermap.schema import BANDS_KM

EDGES_M = 1000 * np.array(BANDS_KM)


def near_edges(count: int) -> gpd.GeoDataFrame:
    """Discs of 1 km that stand about as far from some place of the line as a band reaches."""
    rng = np.random.default_rng(1)
    lon, lat = Border.load().point_at(rng.uniform(0, Border.load().length_km, count))
    away = rng.choice(EDGES_M, count) + rng.uniform(-900, 900, count)
    lon, lat, _ = GEOD.fwd(lon, lat, rng.choice([-40.0, 140.0], count), away)
    frame = gpd.GeoDataFrame(
        {"incident_id": np.arange(count).astype(str), "location_radius_m": 1_000.0},
        geometry=shapely.points(lon, lat),
        crs="EPSG:4326",
    )
    for name in ("low", "best", "high"):
        frame[f"fatalities_{name}"] = pd.array([1] * count, dtype="Int64")
    return locate(frame.assign(location_precision="place"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--by", default="band")
    options = parser.parse_args()
    frame = near_edges(options.rows)
    summarise(frame, options.by)  # builds the tree
    seconds = []
    for _ in range(options.repeat):
        start = perf_counter()
        summarise(frame, options.by)
        seconds.append(perf_counter() - start)
    over = (~clear_of_distances(frame, EDGES_M)).sum()
    print(f"{len(frame):,} discs, {over:,} over an edge: {median(seconds):.2f} s by {options.by}")


if __name__ == "__main__":
    main()
