"""How fast a large file of incidents is read and judged, and in how much memory.

    python benchmarks/reading.py [--rows 1000000] [--runs 3] [--keep FOLDER]

Makes a file with the 49 columns of UCDP GED and texts of our own, as CSV and as GeoParquet, in a
temporary folder (or ``--keep``, which is used again), and reads each in fresh processes, ours and
the usual libraries' in turn. Ours ends in the accepted frame and the report of every fault; theirs
in a frame with nothing judged. Prints seconds on the clock and of the processor, which count from
after the imports, and the most memory that the process held. Needs pyarrow (``[parquet]``).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SUFFIXES = {"csv": "incidents.csv", "parquet": "incidents.parquet"}

OURS = """
import geopandas, pyogrio, bordermap.pipeline
try:
    import pyarrow.csv, pyarrow.parquet, pyarrow.compute
except ImportError:
    pass
def work():
    frame, report = bordermap.pipeline.read_incidents(path)
    file = report.files[0]
    assert file.read == file.accepted + file.rejected and len(frame) == file.accepted
    return f"{file.read:,} read, {file.accepted:,} accepted, {file.noted:,} with notes"
"""
READ_ONLY = """
import geopandas, pyogrio, bordermap.records
def work():
    return f"{len(bordermap.records.read(path).frame):,} rows, nothing judged"
"""
OTHERS = """
import geopandas, pandas, pyogrio
def work():
    return f"{len(READ):,} rows, nothing judged"
"""
WAYS = {
    "csv": {
        "bordermap, read and judged": OURS,
        "bordermap, read alone": READ_ONLY,
        "pandas.read_csv": OTHERS.replace("READ", "pandas.read_csv(path, low_memory=False)"),
        "pandas.read_csv, pyarrow": OTHERS.replace(
            "READ", "pandas.read_csv(path, engine='pyarrow')"
        ),
        "pyogrio.read_dataframe": OTHERS.replace("READ", "pyogrio.read_dataframe(path)"),
    },
    "parquet": {
        "bordermap, read and judged": OURS,
        "bordermap, read alone": READ_ONLY,
        "geopandas.read_parquet": OTHERS.replace("READ", "geopandas.read_parquet(path)"),
    },
}
MEASURE = """
import resource, sys
from time import perf_counter, process_time
path = sys.argv[1]
{way}
clock, used = perf_counter(), process_time()
said = work()
clock, used = perf_counter() - clock, process_time() - used
print(clock, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, said, sep="|")
"""

PROVINCES = ("Nangarhar", "Kunar", "Khost", "Paktika", "Paktya", "Zabul", "Kandahar", "Helmand")
WORDS = (
    *("militants", "police", "checkpoint", "border", "killed", "wounded", "security", "forces"),
    *("attack", "roadside", "blast", "district", "officials", "said", "on", "near", "the", "in"),
    *("clash", "operation", "village", "claimed", "reported", "local", "several", "night", "post"),
    *("troops", "shelling", "across", "convoy", "governor", "spokesman", "crossing", "closed"),
)
SIDES = ("Government of Afghanistan", "Government of Pakistan", "Taleban", "TTP", "IS", "Civilians")
OFFICES = (
    "Northern Wire",
    "Valley News",
    "Frontier Daily",
    "The Herald of Jalalabad",
    "Pass Radio",
)


def made(rows: int) -> Any:
    """A frame of texts as such a file has them: mostly regular, with a little dirt."""
    chance = np.random.default_rng(1893)

    def any_of(values: Any, weights: Any = None) -> Any:
        return chance.choice(np.array(values, dtype=object), rows, p=weights)

    def text(values: Any) -> Any:
        return np.array([str(value) for value in values.tolist()], dtype=object)

    def sentences(words: int) -> Any:
        picked = chance.choice(np.array(WORDS, dtype=object), (rows, words))
        return np.array([" ".join(line) for line in picked.tolist()], dtype=object)

    number = np.arange(rows)
    start = np.datetime64("1989-01-01") + chance.integers(0, 12_000, rows)
    lasted = chance.choice([0, 0, 0, 0, 1, 2, 6, 29], rows)
    published = start + lasted + chance.integers(1, 5, rows)
    year = start.astype("datetime64[Y]").astype(int) + 1970
    latitude = np.round(chance.uniform(29.5, 36.9, rows), 6)
    longitude = np.round(chance.uniform(61.0, 74.5, rows), 6)
    point = [f"POINT ({x} {y})" for x, y in zip(longitude.tolist(), latitude.tolist(), strict=True)]
    dyad = chance.integers(0, 90, rows)
    province = any_of([f"{name} province" for name in PROVINCES])
    villages = [
        f"{a}{b} village"
        for a in ("Kala", "Spin", "Tor", "Shah", "Gul", "Mir")
        for b in ("kot", "ghar", "abad", "khel", "dara", "tangi")
    ]
    villages += ["سپین بولدک", "تورخم", "Čārbāgh", "Ghulām Khān"]
    place, office = any_of(villages), any_of(OFFICES)
    headline, day = sentences(9), text(published)
    deaths = chance.poisson(1.5, (4, rows))
    best = deaths.sum(axis=0)
    columns = {
        "id": text(number + 100_000),
        "relid": np.array(
            [f"AFG-{y}-1-{d}-{n}" for y, d, n in zip(year, dyad, number, strict=True)], object
        ),
        "year": text(year),
        "active_year": any_of(["1", "0"]),
        "code_status": any_of(["Clear", "Check deaths", "Check dyad"], [0.97, 0.02, 0.01]),
        "type_of_violence": any_of(["1", "2", "3"], [0.8, 0.08, 0.12]),
        "conflict_dset_id": text(dyad // 3 + 300),
        "conflict_new_id": text(dyad // 3 + 300),
        "conflict_name": np.array([f"Afghanistan: conflict {d // 3}" for d in dyad], object),
        "dyad_dset_id": text(dyad + 700),
        "dyad_new_id": text(dyad + 700),
        "dyad_name": np.array([f"{SIDES[d % 3]} - {SIDES[d % 6]}" for d in dyad], object),
        "side_a_dset_id": text(dyad % 3 + 130),
        "side_a_new_id": text(dyad % 3 + 130),
        "side_a": np.array([SIDES[d % 3] for d in dyad], object),
        "side_b_dset_id": text(dyad % 6 + 300),
        "side_b_new_id": text(dyad % 6 + 300),
        "side_b": np.array([SIDES[d % 6] for d in dyad], object),
        "number_of_sources": text(chance.poisson(1.2, rows) + 1),
        "source_article": '"' + office + "," + day + "," + headline + ', and more"',
        "source_office": office,
        "source_date": day,
        "source_headline": headline,
        "source_original": any_of(["", "police", "Ministry of Defence", "residents, by telephone"]),
        "where_prec": any_of(list("1234567"), [0.4, 0.15, 0.15, 0.2, 0.04, 0.05, 0.01]),
        "where_coordinates": place,
        "where_description": place + ", " + sentences(3),
        "adm_1": province,
        "adm_2": any_of([f"{a}{b} district" for a in ("Bar", "Kuz", "Loy") for b in villages[:36]]),
        "latitude": text(latitude),
        "longitude": text(longitude),
        "geom_wkt": np.array(point, dtype=object),
        "priogrid_gid": text(chance.integers(170_000, 185_000, rows)),
        "country": any_of(["Afghanistan", "Pakistan"]),
        "country_id": any_of(["700", "770"]),
        "region": any_of(["Asia"]),
        "event_clarity": any_of(["1", "2"]),
        "date_prec": any_of(list("12345"), [0.7, 0.12, 0.08, 0.06, 0.04]),
        "date_start": text(start),
        "date_end": text(start + lasted),
        "deaths_a": text(deaths[0]),
        "deaths_b": text(deaths[1]),
        "deaths_civilians": text(deaths[2]),
        "deaths_unknown": text(deaths[3]),
        "best": text(best),
        "high": text(best + chance.poisson(0.5, rows)),
        "low": text(np.maximum(best - chance.poisson(0.2, rows), 0)),
        "gwnoa": any_of(["700", "770"]),
        "gwnob": any_of(["", "770"], [0.98, 0.02]),
    }
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})


def dirty(frame: Any) -> None:
    """One row in some hundreds as people leave them, in place."""
    for column, value, first, step in (
        ("date_start", "12 May 2017", 100, 997),
        ("date_end", "May 2017", 100, 1_994),
        ("best", "at least 5", 200, 1_511),
        ("high", "unknown", 250, 1_801),
        ("latitude", "34°12'", 300, 2_003),
        ("longitude", "", 400, 2_999),
        ("latitude", "3412000", 450, 10_007),
        ("where_description", "Kunar, Nangarhar and Khost", 500, 601),
        ("source_headline", 'He said "no"\nand left', 600, 1_009),
        ("where_coordinates", "Tor\x00kham\u202e", 700, 9_001),
        ("code_status", "", 800, 5_003),
    ):
        frame.loc[first::step, column] = value
    frame.iloc[5_000::20_011] = frame.iloc[
        4_000 : 4_000 + len(frame.iloc[5_000::20_011])
    ].to_numpy()
    frame.loc[6_000::30_011, "id"] = "107000"


def make(folder: Path, rows: int) -> None:
    """Write both files: the CSV of texts, the GeoParquet of what geopandas makes of them."""
    frame = made(rows)
    dirty(frame)
    frame.to_csv(folder / SUFFIXES["csv"], index=False, lineterminator="\n")
    for name in frame.columns:
        try:
            frame[name] = pd.to_numeric(frame[name])
        except ValueError:
            frame[name] = frame[name].astype("string")
    latitude, longitude = (
        pd.to_numeric(frame[n], errors="coerce") for n in ("latitude", "longitude")
    )
    points = gpd.points_from_xy(longitude, latitude, crs="EPSG:4326")
    gpd.GeoDataFrame(frame, geometry=points).to_parquet(folder / SUFFIXES["parquet"])


def measured(way: str, path: Path) -> tuple[float, float, float, str]:
    """Clock and processor seconds, MiB and what one fresh process says."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(way=way), str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return float("nan"), float("nan"), float("nan"), done.stderr.strip().splitlines()[-1]
    clock, used, memory, said = done.stdout.strip().split("|")
    return float(clock), float(used), float(memory), said


def compare(kind: str, path: Path, runs: int) -> None:
    ways = WAYS[kind]
    print(f"\n{path.name}, {path.stat().st_size / 1024**2:,.0f} MiB, median of {runs} (least)\n")
    print("| way | seconds | processor s | most memory, MiB | result |")
    print("|---|--:|--:|--:|---|")
    rounds = [[measured(way, path) for way in ways.values()] for _ in range(runs)]
    for name, results in zip(ways, zip(*rounds, strict=True), strict=True):
        clock, used, memory, said = zip(*results, strict=True)
        print(
            f"| {name} | {median(clock):.1f} ({min(clock):.1f}) | {median(used):.1f} "
            f"({min(used):.1f}) | {max(memory):,.0f} | {said[0]} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="only make the files")
    asked = parser.parse_args()
    if asked.make:
        make(asked.make, asked.rows)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        if not all((folder / name).exists() for name in SUFFIXES.values()):
            # In a process of its own, since what starts a process counts for its memory.
            command = [sys.executable, __file__, "--rows", str(asked.rows), "--make", str(folder)]
            subprocess.run(command, check=True)
        for kind, name in SUFFIXES.items():
            compare(kind, folder / name, asked.runs)


if __name__ == "__main__":
    main()
