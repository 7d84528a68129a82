"""Questions to large located files: read whole and filtered, beside asked directly.

``python benchmarks/asking.py --rows 10000000`` writes a GeoParquet of so many made-up located
incidents (scattered along the line, ordered along a Hilbert curve, with boxes), ``--geopackage
1000000`` a GeoPackage, into a temporary folder, and prints the seconds of each question; imports
done, the file in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

import bordermap
from bordermap.border import Border
from bordermap.layers import load_layer
from bordermap.query import hints_of
from bordermap.records import located_file, read_located
from bordermap.schema import COLUMNS, CRS, EVENT_TYPES

PIECE = 500_000
ROW_GROUP = 65_536

QUESTIONS = {
    "one district": {"district": "Spera"},
    "one district, five columns": {
        "district": "Spera",
        "columns": "incident_id,date_start,event_type,border_distance_m,fatalities_best",
    },
    "10 km of the line": {"km": "1900:1910", "within": "10km"},
    "around a place, in a year": {
        "near": "Ghulam Khan",
        "radius": "5km",
        "from_": "2016",
        "to": "2016",
    },
    "CQL2": {"where": "adm2_code = 'AF-KHO-spera' AND fatalities_best > 25"},
}


def located(count: int, seed: int, from_km: float, to_km: float) -> gpd.GeoDataFrame:
    """Made-up incidents beside a stretch of the line, with every column of ``locate``."""
    random = np.random.default_rng(seed)
    lon, lat = Border.load().point_at(random.uniform(from_km, to_km, count))
    lon, lat = lon + random.normal(0, 0.25, count), lat + random.normal(0, 0.2, count)
    days = np.datetime64("2001-01-01") + random.integers(0, 9_000, count)
    frame = pd.DataFrame({"incident_id": [f"M-{seed}-{n}" for n in range(count)]})
    frame["date_start"] = frame["date_end"] = days.astype("datetime64[s]")
    frame["date_precision"] = "day"
    frame["event_type"] = np.array(list(EVENT_TYPES))[random.integers(0, len(EVENT_TYPES), count)]
    frame["summary"] = [f"Made-up report number {n} about nothing" for n in range(count)]
    frame["longitude"], frame["latitude"] = lon, lat
    frame["fatalities_best"] = pd.array(random.integers(0, 30, count), dtype="Int64")
    frame["place_id"] = pd.array([None] * count, dtype="string")
    frame["located_by"], frame["location_precision"] = "reported", "exact"
    frame["location_radius_m"] = 1_000.0
    points = gpd.GeoDataFrame(frame, geometry=shapely.points(lon, lat), crs=CRS)
    found = bordermap.locate(points)
    for column in COLUMNS:
        if column.name not in found.columns:
            found[column.name] = pd.array([None] * count, dtype=column.dtype)
    return found.iloc[np.argsort(found.geometry.hilbert_distance().to_numpy())]


def written(rows: int, folder: Path) -> None:
    """A GeoParquet of so many rows, stretch after stretch, each along a Hilbert curve."""
    count = -(-rows // PIECE)
    edges = np.linspace(0, Border.load().length_km, count + 1)
    part, writer = folder / "part.parquet", None
    for number in range(count):
        size = min(PIECE, rows - number * PIECE)
        piece = located(size, number, edges[number], edges[number + 1])
        piece.to_parquet(part, write_covering_bbox=True, index=False)
        table = pq.read_table(part)
        if writer is None:
            geo = json.loads(table.schema.metadata[b"geo"])
            geo["columns"]["geometry"].pop("bbox", None)  # that of the first piece only
            schema = table.schema.with_metadata({"geo": json.dumps(geo)})
            writer = pq.ParquetWriter(folder / "located.parquet", schema)
        writer.write_table(table.cast(writer.schema), row_group_size=ROW_GROUP)
    part.unlink()
    writer.close()


def seconds(work: Callable[[], gpd.GeoDataFrame], rounds: int) -> tuple[float, int]:
    """Median of some rounds, and the rows that came."""
    times, found = [], work()
    for _ in range(rounds):
        start = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), len(found)


def rows_of(path: Path, rounds: int, whole: bool) -> Iterator[tuple[str, float, float, int]]:
    """Question, seconds asked directly, seconds by reading the whole file, rows."""
    for name, question in QUESTIONS.items():
        direct, count = seconds(lambda q=question: bordermap.ask(path, **q), rounds)
        slow = float("nan")
        if whole:
            file = located_file(path)

            def all_of_it(q=question, f=file) -> gpd.GeoDataFrame:
                return bordermap.query(read_located(f, hints_of([])), **q)

            start = time.perf_counter()
            assert len(all_of_it()) == count
            slow = time.perf_counter() - start
        yield name, direct, slow, count


def main() -> None:
    """Print a table for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--geopackage", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="also read the whole file, to compare")
    parser.add_argument("--keep", type=Path, help="folder for the files, kept and used again")
    given = parser.parse_args()
    load_layer("districts")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        paths = [folder / "located.parquet"]
        if not paths[0].exists():
            written(given.rows, folder)
        if given.geopackage:
            paths.append(folder / "located.gpkg")
            if not paths[1].exists():
                whole = located(given.geopackage, 1, 0, Border.load().length_km)
                whole.to_file(paths[1], layer="incidents")
        for path in paths:
            print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")
            for name, direct, slow, count in rows_of(path, given.rounds, given.whole):
                print(f"  {name:28} {direct:7.2f} s  whole {slow:7.2f} s  {count:>9,} rows")


if __name__ == "__main__":
    main()
