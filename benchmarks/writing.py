"""Writing and reading each format, beside plain GeoPandas and pandas in the same run.

``python benchmarks/writing.py --rows 100000`` writes made-up located incidents with every column,
ours and plainly in turn, and reads both files with the same reader; it prints the median of the
seconds that the processor worked, and the median of how many times theirs ours took in the same
round. The plain way makes the same thing: the same rows, columns, index and compression, in
GeoParquet the order of a Hilbert curve and the covering boxes, in CSV places of 7 decimals.
``--postgis ROWS`` writes so many rows into a server of its own (wall time: the server works, too).
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
from asking import ROW_GROUP, located

import bordermap
from bordermap.border import Border

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from database import server

Frame = gpd.GeoDataFrame


def plain_csv(frame: Frame, path: Path) -> None:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["lon"], table["lat"] = frame.geometry.x.round(7), frame.geometry.y.round(7)
    table.to_csv(path, index=False)


def plain_xlsx(frame: Frame, path: Path) -> None:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["lon"], table["lat"] = frame.geometry.x, frame.geometry.y
    table.to_excel(path, index=False, engine="xlsxwriter")


def plain_parquet(frame: Frame, path: Path) -> None:
    ordered = frame.iloc[frame.geometry.hilbert_distance().argsort()]
    ordered.to_parquet(
        path,
        index=False,
        compression="zstd",
        schema_version="1.1.0",
        write_covering_bbox=True,
        row_group_size=ROW_GROUP,
    )


def with_driver(driver: str) -> Callable[[Frame, Path], None]:
    return lambda frame, path: frame.to_file(path, driver=driver, engine="pyogrio")


WAYS: dict[str, tuple[Callable[[Frame, Path], None], Callable[[Path], Any] | None]] = {
    ".geojson": (with_driver("GeoJSON"), pyogrio.read_dataframe),
    ".ndjson": (with_driver("GeoJSONSeq"), None),
    ".csv": (plain_csv, pd.read_csv),
    ".gpkg": (with_driver("GPKG"), pyogrio.read_dataframe),
    ".parquet": (plain_parquet, gpd.read_parquet),
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


def in_turn(ways: tuple[Callable[[], object], ...], first: int) -> tuple[float, ...]:
    """Times of both ways; whichever comes first finds another memory than the second."""
    times = {at: seconds(ways[at]) for at in (first, 1 - first)}
    return times[0], times[1]


def compare(frame: Frame, suffix: str, folder: Path, rounds: int) -> list[float]:
    """Medians: writing ours, plainly, how many times; the same of reading; both sizes."""
    plainly, read = WAYS[suffix]
    ours, theirs = folder / f"ours{suffix}", folder / f"plain{suffix}"

    def written_plainly() -> None:
        theirs.unlink(missing_ok=True)
        plainly(frame, theirs)

    pairs: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: bordermap.export(frame, ours), written_plainly)
    ]
    if read:
        pairs.append((lambda: read(ours), lambda: read(theirs)))
    found: list[float] = []
    for ways in pairs:
        times = [in_turn(ways, number % 2) for number in range(rounds + 1)][1:]
        found += map(statistics.median, zip(*times, strict=True))
        found.append(statistics.median(one / other for one, other in times))
    gaps = [float("nan")] * (6 - len(found))
    return [*found, *gaps, *(path.stat().st_size / 1e6 for path in (ours, theirs))]


def into_postgis(rows: int) -> None:
    """Write so many rows into a new table and print how long it took."""
    frame = located(rows, 1, 0, Border.load().length_km)
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
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", default=",".join(WAYS))
    parser.add_argument("--postgis", type=int, default=0, metavar="ROWS")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of the plain ways, about names that they cut
    if given.rows:
        frame = located(given.rows, 1, 0, Border.load().length_km)
        frame = frame.sample(frac=1, random_state=1, ignore_index=True)
        print(f"{given.rows:,} rows of {len(frame.columns)} columns; seconds of the processor")
        print("format     write   plain   times    read   plain   times      MB   plain")
        for suffix in given.formats.split(","):
            with tempfile.TemporaryDirectory() as folder:
                found = compare(frame, suffix, Path(folder), given.rounds)
            cells = "".join(f"{one:8.2f}" for one in found[:6])
            print(f"{suffix:8}{cells}{found[6]:8.1f}{found[7]:8.1f}", flush=True)
    if given.postgis:
        into_postgis(given.postgis)


if __name__ == "__main__":
    main()
