"""What rows cost in geocoding whose names come again and again, as in the parts of a long file.

``python benchmarks/names.py [--rows 200000]`` prints a table: names that are known, names that are
misspelt or known to nobody, and coordinates beside names, some of them far away. Rows come 65,536
at a time. Seconds are those of the processor (one core), once the gazetteer is loaded.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from time import process_time

import numpy as np
import pandas as pd

from bordermap import geocode
from bordermap.gazetteer import Gazetteer
from bordermap.layers import load_table

PART = 65_536
SAID = ["place", "province", "country"]
SPELLINGS = 4
SPREAD_DEG = 0.15
LETTERS = "abdeghiklmnoprstuz"


def misspelt(name: str, rng: np.random.Generator) -> str:
    """A letter less, more or twice; or another word altogether."""
    at, kind = int(rng.integers(1, max(2, len(name)))), int(rng.integers(4))
    if kind == 3:
        return "".join(rng.choice(list(LETTERS), 8)).capitalize()
    head, tail = name[:at], name[at:]
    return head + (tail[1:], rng.choice(list(LETTERS)) + tail, head[-1] + tail)[kind]


def places() -> pd.DataFrame:
    """The shipped places of GeoNames, each with its province."""
    rows, gazetteer = load_table("geonames_places"), Gazetteer.load()
    provinces = (gazetteer.entry(code) for code in rows["adm1_code"])
    rows["province"] = [entry.name if entry else "" for entry in provinces]
    return rows[["name", "province", "country", "lat", "lon"]]


def frames(count: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """The same rows with names of each kind; few places are told of often, most seldom."""
    known, rng = places(), np.random.default_rng(4)
    often = 1 / np.arange(1, len(known) + 1) ** 0.7
    rows = known.iloc[rng.choice(len(known), count, p=often / often.sum())]
    rows = rows.assign(incident_id=[f"I{row}" for row in range(count)])
    rows["province"] = rows["province"].where(rng.random(count) < 0.5, "")
    yield "known names", rows.rename(columns={"name": "place"}).drop(columns=["lat", "lon"])
    written = {name: [misspelt(name, rng) for _ in range(SPELLINGS)] for name in known["name"]}
    which = rng.integers(0, SPELLINGS, count)
    wrong = [written[name][at] for name, at in zip(rows["name"], which, strict=True)]
    yield "misspelt, unknown", rows.assign(place=wrong).drop(columns=["name", "lat", "lon"])
    degrees = {"latitude": rows["lat"].astype(float), "longitude": rows["lon"].astype(float)}
    moved = {name: one + rng.normal(0, SPREAD_DEG, count) for name, one in degrees.items()}
    yield "coordinates, names", rows.rename(columns={"name": "place"}).assign(**moved)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    count = parser.parse_args().rows
    print("| rows | different records | seconds | µs a row |\n|---|---|---|---|")
    for kind, frame in frames(count):
        geocode(frame.iloc[:50])
        start = process_time()
        for at in range(0, count, PART):
            geocode(frame.iloc[at : at + PART])
        seconds = process_time() - start
        records = len(frame[SAID].drop_duplicates())
        print(f"| {kind} | {records:,} | {seconds:.1f} | {seconds / count * 1e6:.0f} |", flush=True)


if __name__ == "__main__":
    main()
