"""Writing and reading each format, beside plain GeoPandas and pandas in the same run.

``python benchmarks/writing.py --rows 100000`` writes made-up located incidents with every column,
ours and plainly in turn, and reads both files with the same reader; it prints the median of the
seconds that the processor worked, and how many times theirs ours took. ``--postgis ROWS`` writes so
many rows into a server of its own (wall time: the server works, too).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
import pyogrio
from asking import located

import bordermap

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from database import server

Frame = gpd.GeoDataFrame


def plain_csv(frame: Frame, path: Path) -> None:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["lon"], table["lat"] = frame.geometry.x, frame.geometry.y
    table.to_csv(path, index=False)


def plain_xlsx(frame: Frame, path: Path) -> None:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["lon"], table["lat"] = frame.geometry.x, frame.geometry.y
    table.to_excel(path, index=False, engine="xlsxwriter")


def with_driver(driver: str) -> Callable[[Frame, Path], None]:
    return lambda frame, path: frame.to_file(path, driver=driver, engine="pyogrio")


WAYS: dict[str, tuple[Callable[[Frame, Path], None], Callable[[Path], Any] | None]] = {
    ".geojson": (with_driver("GeoJSON"), pyogrio.read_dataframe),
    ".ndjson": (with_driver("GeoJSONSeq"), None),
    ".csv": (plain_csv, pd.read_csv),
    ".gpkg": (with_driver("GPKG"), pyogrio.read_dataframe),
    ".parquet": (lambda f, p: f.to_parquet(p, write_covering_bbox=True), gpd.read_parquet),
    ".fgb": (with_driver("FlatGeobuf"), pyogrio.read_dataframe),
    ".shp": (with_driver("ESRI Shapefile"), pyogrio.read_dataframe),
    ".kml": (with_driver("LIBKML"), None),
    ".xlsx": (plain_xlsx, None),
}


def seconds(work: Callable[[], object]) -> float:
    """Time of the processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(frame: Frame, suffix: str, folder: Path, rounds: int) -> list[float]:
    """Medians: writing ours and plainly, reading ours and theirs."""
    plainly, read = WAYS[suffix]
    ours, theirs = folder / f"ours{suffix}", folder / f"plain{suffix}"
    times: list[list[float]] = [[], [], [], []]
    for _ in range(rounds):
        times[0].append(seconds(lambda: bordermap.export(frame, ours)))
        theirs.unlink(missing_ok=True)
        times[1].append(seconds(lambda: plainly(frame, theirs)))
        for at, path in ((2, ours), (3, theirs)):
            times[at].append(seconds(lambda p=path: read(p)) if read else float("nan"))
    sizes = [path.stat().st_size / 1e6 for path in (ours, theirs)]
    return [*map(statistics.median, times), *sizes]


def into_postgis(rows: int) -> None:
    """Write so many rows into a new table and print how long it took."""
    frame = located(rows, 1)
    with server() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE EXTENSION postgis")
        start, worked = time.perf_counter(), time.process_time()
        bordermap.export(frame, f"{address}&table=incidents")
        wall, cpu = time.perf_counter() - start, time.process_time() - worked
    print(f"PostGIS: {rows:,} rows in {wall:.1f} s, of which this process worked {cpu:.1f} s")


def main() -> None:
    """Print a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", default=",".join(WAYS))
    parser.add_argument("--postgis", type=int, default=0, metavar="ROWS")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of the plain ways, about names that they cut
    if given.rows:
        frame = located(given.rows, 1)
        print(f"{given.rows:,} rows of {len(frame.columns)} columns; seconds of the processor")
        print("format      write   plain  times    read   plain  times      MB   plain")
        for suffix in given.formats.split(","):
            with tempfile.TemporaryDirectory() as folder:
                ours, theirs, read, plain, size, other = compare(
                    frame, suffix, Path(folder), given.rounds
                )
            print(
                f"{suffix:9} {ours:7.2f} {theirs:7.2f} {ours / theirs:6.2f} {read:7.2f} "
                f"{plain:7.2f} {read / plain:6.2f} {size:7.1f} {other:7.1f}",
                flush=True,
            )
    if given.postgis:
        into_postgis(given.postgis)


if __name__ == "__main__":
    main()
