"""Index generated places of one's own and look them up again.

    python benchmarks/own_gazetteer.py [--rows 400000] [--look-ups 5000]

Rows have a made-up name and, two of three, another spelling in Latin or Arabic letters. Prints the
seconds (of the clock, and of the processor, which other programs disturb less) that it takes to
read and judge the table and to keep it, the size of the file, and microseconds per look-up: names
as they stand, folded (spelled otherwise), similar (one letter changed, nothing else found), and
names that are nowhere.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from bordermap import Gazetteer
from bordermap.gazetteer.keeping import add_source
from bordermap.records.places import read_places

STARTS = "Ba Bar Chi Da Dar Gu Gul Ha Ja Jan Ka Kar Kho Kot La Ma Mar Na Nur Pa Pir Sar Sher Sho Ta Tor Wa Zar Zin Zor"  # noqa: E501
MIDDLES = "ba da ga gha kha la li ma mi na ni qa ra ri sha ta wa za zi zhu"
ENDS = "bad bal dar gai gar han kai khel kot lam mand nai pur rai sar tan war zai"
KINDS = ("", "", "", " Kalay", " Banda", " Kot", " Bala", " Payan")
ARABIC = str.maketrans(
    dict(zip("abcdfghijklmnopqrstuvwxyz", "ابچدفگهیجکلمنوپقرستوووخیز", strict=True))
)


def names(count: int, rng: random.Random) -> Iterator[str]:
    parts = [text.split() for text in (STARTS, MIDDLES, MIDDLES, ENDS)]
    for _ in range(count):
        yield "".join(map(rng.choice, parts)) + rng.choice(KINDS)


def otherwise(name: str) -> str:
    """Another transliteration of a name."""
    for old, new in (("kh", "k"), ("q", "k"), ("zh", "z"), ("ai", "ay"), ("u", "oo")):
        name = name.replace(old, new)
    return name


def write(path: Path, count: int, rng: random.Random) -> list[str]:
    made = list(names(count, rng))
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "name", "lat", "lon", "alternate names"])
        for number, name in enumerate(made, start=1):
            others = ("", otherwise(name), name.lower().translate(ARABIC))[number % 3]
            lat, lon = rng.uniform(29.5, 37), rng.uniform(62, 73)
            rows.writerow([number, name, f"{lat:.5f}", f"{lon:.5f}", others])
    return made


def changed(name: str, rng: random.Random) -> str:
    at = rng.randrange(2, len(name) - 1)
    return name[:at] + rng.choice("bdklmnrst") + name[at + 1 :]


def timed(what: str, run: Callable[[], object]) -> None:
    wall, cpu = perf_counter(), process_time()
    run()
    print(f"{what:28} {perf_counter() - wall:7.1f} s {process_time() - cpu:7.1f} s of processor")


def look_up(what: str, gazetteer: Gazetteer, asked: list[str]) -> None:
    times, found = [], 0
    for name in asked:
        start = perf_counter()
        hits = gazetteer.candidates(name, similar=True)
        times.append(perf_counter() - start)
        found += bool(hits)
    micro = 1e6 * np.array(times)
    print(
        f"{what:28} {np.median(micro):7.0f} us median {micro.mean():7.0f} mean "
        f"{np.percentile(micro, 99):7.0f} 99 %   found {found / len(asked):.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--look-ups", type=int, default=5_000)
    options = parser.parse_args()
    rng = random.Random(1893)
    with tempfile.TemporaryDirectory() as folder:
        table, kept = Path(folder, "places.csv"), Path(folder, "own.sqlite")
        made = write(table, options.rows, rng)
        Gazetteer.load().find("Torkham")
        result = []
        timed("read and judge", lambda: result.append(read_places(table)))
        places, report = result[0]
        timed("keep", lambda: add_source(kept, places.source, places.entries))
        print(
            f"{report.accepted_count:,} of {report.read:,} rows, {kept.stat().st_size / 1e6:.0f} MB"
        )
        gazetteer = Gazetteer.load(kept)
        asked = rng.sample(made, min(options.look_ups, len(made)))
        look_up("names as they stand", gazetteer, asked)
        look_up("spelled otherwise", gazetteer, list(map(otherwise, asked)))
        look_up("one letter changed", gazetteer, [changed(name, rng) for name in asked])
        look_up("nowhere", gazetteer, [f"Xy{name[::-1]}qo" for name in asked])


if __name__ == "__main__":
    main()
