"""How locating goes with the number of points: seconds, cost a point, memory; on workers too.

    python benchmarks/scale.py [--most 1000000 | --points 3000000 ...] [--workers 1 2]
                               [--repeat 1] [--others 1000000]

Points from 10,000 to ``--most`` (up to 100,000,000: 4 GB of disk), or as many as are said, around
the line, from GeoParquet to GeoParquet, each way in a process of its own: ``locate_parquet``,
``bordermap locate -o FOLDER`` alone and with workers, and beside them ``sjoin_nearest`` in
partitions of dask-geopandas, which gives one distance and no side, on up to ``--others`` points:
from the same file and the same line, read row group by row group and written as GeoParquet on two
threads, as ``locate_parquet`` does. Seconds are those of whole processes, start and all.
Prints tables in Markdown: what was measured, how often as fast one is as another, the model that
follows, what is reckoned from it. Needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from run import points_like_incidents

from bordermap import load_layer

ROOT = Path(__file__).parents[1]
STEP = 1_000_000
GROUP = 131_072
DAYS = 8_000
PROGRAM = (sys.executable, "-m", "bordermap", "locate", "-q")
ALONE, FILES, OTHER = "one process", "`locate_parquet`", "dask-geopandas `sjoin_nearest`"
ONE_FILE = 10_000_000  # more points are written into a folder by locate_parquet, as by the command
BILLION, MACHINES, CORES = 1_000_000_000, 10, (2, 16)


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    way: str
    points: int
    seconds: float
    processor_s: float
    largest_mb: float
    all_mb: float


def made(folder: Path, count: int) -> Path:
    """A GeoParquet file of so many incidents around the line, made a million at a time."""
    path = folder / f"points_{count}.parquet"
    coords = shapely.get_coordinates(load_layer("line").frame.geometry.to_numpy())
    writer = None
    for start in range(0, count, STEP):
        lon, lat = points_like_incidents(coords, min(STEP, count - start))
        # Each million is drawn alike, and moved by a metre so that no point comes twice.
        lon = lon + start // STEP * 1e-5
        number = np.arange(start, start + len(lon))
        table = pa.table(
            {
                "incident_id": pa.array(number).cast("string"),
                "date": (np.datetime64("2000-01-01") + number % DAYS).astype("datetime64[D]"),
                "longitude": lon.round(6),
                "latitude": lat.round(6),
                "geometry": shapely.to_wkb(shapely.points(lon.round(6), lat.round(6))),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP)
    assert writer is not None
    writer.close()
    return path


def ways(
    source: Path, points: int, out: Path, workers: list[int]
) -> Iterator[tuple[str, list[str]]]:
    """What is measured, and the command of each."""
    code = "import sys, bordermap; bordermap.locate_parquet(*sys.argv[1:])"
    target = f"{out}.parquet" if points <= ONE_FILE else f"{out}_files"
    yield FILES, [sys.executable, "-c", code, str(source), target]
    yield ALONE, [*PROGRAM, str(source), "-o", str(out)]
    for count in workers:
        name = f"{count} worker{'s' * (count > 1)}"
        yield name, [*PROGRAM, str(source), "-o", f"{out}_by_{count}", "--workers", str(count)]
    yield OTHER, [sys.executable, __file__, "--other", str(source), f"{out}.other"]


def nearest(source: str, target: str) -> None:
    """The field's way: partitions joined to the nearest of the line's segments, on two threads."""
    import dask  # noqa: PLC0415
    import dask.dataframe as dd  # noqa: PLC0415
    import dask_geopandas  # noqa: F401, PLC0415  makes its partitions those of GeoPandas
    import geopandas as gpd  # noqa: PLC0415

    line = load_layer("line").frame.to_crs(32642)
    coords = [shapely.get_coordinates(part) for part in line.geometry.explode()]
    pairs = np.concatenate([np.stack([one[:-1], one[1:]], axis=1) for one in coords])
    segments = gpd.GeoDataFrame(geometry=shapely.linestrings(pairs), crs=32642)

    def group(number: int) -> gpd.GeoDataFrame:
        table = pq.ParquetFile(source).read_row_group(number).drop(["geometry"]).to_pandas()
        points = gpd.points_from_xy(table["longitude"], table["latitude"], crs=4326)
        return gpd.GeoDataFrame(table, geometry=points)

    def written(part: gpd.GeoDataFrame, path: Path) -> None:
        found = gpd.sjoin_nearest(part.to_crs(32642), segments, distance_col="distance_m")
        distance_m = found.loc[~found.index.duplicated(), "distance_m"]
        part.assign(distance_m=distance_m).to_parquet(path, compression="zstd")

    numbers = range(pq.read_metadata(source).num_row_groups)
    parts = dd.from_map(group, numbers, meta=group(0).iloc[:0])
    Path(target).mkdir()
    made = [
        dask.delayed(written)(one, Path(target) / f"{at}.parquet")
        for at, one in enumerate(parts.to_delayed())
    ]
    dask.compute(*made, scheduler="threads", num_workers=2)


def timed(way: str, command: list[str], points: int) -> Cost:
    """Run a command, looking at its memory and that of its children twenty times a second."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path}
    # Where Python may not keep what it compiled, this source would be compiled anew by each run:
    # half a second that no installed program takes, and the others do not.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-c", "import bordermap"], env=env, check=True)
    start, spent, largest, most = perf_counter(), processor(), 0, 0
    with subprocess.Popen(command, env=env) as process:
        top = psutil.Process(process.pid)
        while process.poll() is None:
            held = list(memory(top))
            largest, most = max([largest, *held]), max(most, sum(held))
            sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{way}: the command failed")
    seconds, spent = perf_counter() - start, processor() - spent
    return Cost(way, points, seconds, spent, largest / 1e6, most / 1e6)


def processor() -> float:
    """Seconds that ended processes, and those that they ended, had a processor."""
    times = os.times()
    return times.children_user + times.children_system


def memory(top: psutil.Process) -> Iterator[int]:
    try:
        for one in (top, *top.children(recursive=True)):
            yield one.memory_info().rss
    except psutil.NoSuchProcess:
        return


def measured(args: argparse.Namespace, folder: Path) -> list[Cost]:
    found = []
    for count in args.points or [10**p for p in range(4, 9) if 10**p <= args.most]:
        source = made(folder, count)
        rounds: dict[str, list[Cost]] = {}
        for turn in range(args.repeat):
            for way, command in ways(source, count, folder / f"out_{count}_{turn}", args.workers):
                if way == OTHER and count > args.others:
                    continue
                rounds.setdefault(way, []).append(timed(way, command, count))
        found += [middle(costs) for costs in rounds.values()]
        source.unlink()
    return found


def middle(costs: list[Cost]) -> Cost:
    one = costs[0]
    seconds, spent = (
        median(getattr(c, name) for c in costs) for name in ("seconds", "processor_s")
    )
    largest, most = (max(getattr(c, name) for c in costs) for name in ("largest_mb", "all_mb"))
    return Cost(one.way, one.points, seconds, spent, largest, most)


def say_measured(costs: list[Cost]) -> None:
    print("| points | way | seconds | of processor | µs a point | largest process | all |")
    print("|---|---|---|---|---|---|---|")
    for cost in costs:
        micro = cost.seconds / cost.points * 1e6
        memory_ = f"{cost.largest_mb:,.0f} MB | {cost.all_mb:,.0f} MB"
        seconds = f"{cost.seconds:.1f} | {cost.processor_s:.1f}"
        print(f"| {cost.points:,} | {cost.way} | {seconds} | {micro:.1f} | {memory_} |")


def say_ratios(costs: list[Cost]) -> None:
    """How often as fast one way is as another, with the most points that both took."""
    for fast, slow in (("2 workers", "1 worker"), (FILES, OTHER)):
        seconds = [{c.points: c.seconds for c in costs if c.way == way} for way in (fast, slow)]
        if both := seconds[0].keys() & seconds[1].keys():
            times = seconds[1][max(both)] / seconds[0][max(both)]
            print(f"\n{fast}: {times:.2f} times as fast as {slow} ({max(both):,} points)")


def model(costs: list[Cost], way: str) -> tuple[float, float]:
    """Seconds to begin with, and for each point, from the two largest numbers of points."""
    small, large = sorted((c for c in costs if c.way == way), key=lambda c: c.points)[-2:]
    each = (large.seconds - small.seconds) / (large.points - small.points)
    return large.seconds - each * large.points, each


def say_model(costs: list[Cost]) -> dict[str, tuple[float, float]]:
    sizes = Counter(cost.way for cost in costs)
    found = {way: model(costs, way) for way, many in sizes.items() if many > 1}
    if not found:
        return found
    print("\n| way | begins in | each point | points a second |\n|---|---|---|---|")
    for way, (begin, each) in found.items():
        print(f"| {way} | {begin:.1f} s | {each * 1e6:.2f} µs | {1 / each:,.0f} |")
    return found


def say_reckoned(found: dict[str, tuple[float, float]]) -> None:
    """A billion rows on machines that were not there."""
    several = [way for way in found if "worker" in way]
    if not several:
        return
    last = several[-1]
    count, each = int(last.split()[0]), found[last][1]
    print(f"\n| machines | cores each | a billion points, by the model of {last} |\n|---|---|---|")
    for machines, cores in ((1, count), *((MACHINES, cores) for cores in CORES)):
        minutes = BILLION * each * count / (machines * cores) / 60
        print(f"| {machines} | {cores} | {minutes:,.0f} min |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--points", type=int, nargs="+")
    parser.add_argument("--others", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--folder", type=Path, help="where the files are made")
    parser.add_argument("--other", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.other:
        nearest(*args.other)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        costs = measured(args, Path(folder))
    say_measured(costs)
    say_ratios(costs)
    say_reckoned(say_model(costs))


if __name__ == "__main__":
    main()
