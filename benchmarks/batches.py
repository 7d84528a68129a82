"""What locating and geocoding cost a point, once warm, in batches of 65,536.

``python benchmarks/batches.py`` prints a table: microseconds of processor time a point, medians of
some rounds taken in turns, and the memory that a batch takes above what is loaded.
"""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from time import process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from run import points_like_incidents

from bordermap import Border, geocode, locate
from bordermap.border import index
from bordermap.locate import located_arrays, located_columns

BATCH = 65_536

Places = tuple[np.ndarray, np.ndarray]


def framed(lon: np.ndarray, lat: np.ndarray) -> gpd.GeoDataFrame:
    """Incidents that name nothing."""
    frame = pd.DataFrame({"incident_id": np.arange(len(lon)).astype(str)})
    frame["longitude"], frame["latitude"] = lon, lat
    return gpd.GeoDataFrame(frame, geometry=shapely.points(lon, lat), crs=4326)


def ways(border: Border) -> dict[str, Callable[[np.ndarray, np.ndarray], object]]:
    """What is measured; the last two make frames of the batches first, which is measured too."""
    return {
        "Border.measure": border.measure,
        "located_columns": located_columns,
        "located_arrays": located_arrays,
        "a frame alone": framed,
        "a frame and locate": lambda lon, lat: locate(framed(lon, lat)),
        "a frame and geocode": lambda lon, lat: geocode(framed(lon, lat)),
    }


def batches(places: Places) -> Iterator[Places]:
    """The points, so many at a time."""
    for at in range(0, len(places[0]), BATCH):
        yield places[0][at : at + BATCH], places[1][at : at + BATCH]


def seconds(run: Callable[[np.ndarray, np.ndarray], object], places: Places) -> float:
    """Processor time of one round."""
    start = process_time()
    for lon, lat in batches(places):
        run(lon, lat)
    return process_time() - start


def megabytes(run: Callable[[np.ndarray, np.ndarray], object], places: Places) -> float:
    """Most memory that a batch takes."""
    tracemalloc.start()
    run(*next(batches(places)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=524_288)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    index.THREADS = 1  # per core
    border = Border.load()
    rng = np.random.default_rng(8)
    kinds = {
        "near the line": points_like_incidents(
            shapely.get_coordinates(border.geometry), options.points
        ),
        "all over": (
            rng.uniform(61, 75, options.points // 4),
            rng.uniform(29, 37, options.points // 4),
        ),
    }
    print("| points | what | us a point | MB a batch |\n|---|---|--:|--:|")
    for kind, places in kinds.items():
        for name, run in ways(border).items():
            seconds(run, places)  # the tree and the cells are built, and the cells have learned
            cost = median(seconds(run, places) for _ in range(options.rounds))
            cells = f"{cost / len(places[0]) * 1e6:.2f} | {megabytes(run, places):.0f}"
            print(f"| {kind} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
