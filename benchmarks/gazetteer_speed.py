"""How fast the gazetteer loads and answers.

    python benchmarks/gazetteer_speed.py [--runs 5] [--rows 400000]

Prints seconds to load in fresh processes, after the imports and by parts, and look-ups per second
of processor time on one core for each way a name is found, over the shipped names and over made-up
names of as many rows (two or three words of shipped names each) in an index in memory.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

from bordermap.gazetteer import Entry, Gazetteer, tokens
from bordermap.gazetteer.entry import Spelling
from bordermap.gazetteer.index import Index

LOAD = """
import sys
from time import perf_counter, process_time
import geopandas, pyogrio
from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.entries import build_entries, shipped_sources
from bordermap.gazetteer.index import Index
clock, a = perf_counter(), process_time()
if sys.argv[1] == "whole":
    Gazetteer.load()
    print(perf_counter() - clock, process_time() - a)
else:
    sources = shipped_sources()
    b = process_time()
    entries = build_entries(sources)
    c = process_time()
    Index(entries)
    print(b - a, c - b, process_time() - c)
"""
PARTS = ("on the clock", "processor", "files", "entries", "keys")
BUDGET_S = 2.0
WAYS = ("name", "alias", "folded name", "folded alias", "similar name", "similar alias")


def timed(what: str) -> str:
    """What a fresh process says of loading, whole or by parts."""
    command = [sys.executable, "-c", LOAD, what]
    folder = Path(__file__).parents[1]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout


def loads(runs: int) -> None:
    rows = []
    for _ in range(runs):
        said = (timed("whole"), timed("parts"))
        rows.append([float(number) for text in said for number in text.split()])
    print(f"load, seconds, median of {runs} processes (least)")
    for part, numbers in zip(PARTS, zip(*rows, strict=True), strict=True):
        print(f"  {part:14s} {median(numbers):6.3f} ({min(numbers):.3f})")


def rate(ask: Callable[[str], object], names: list[str]) -> float:
    """Names per second of processor time; those asked once are not remembered."""
    tokens.cache_clear()
    start, done = process_time(), 0
    while done < len(names) and process_time() - start < BUDGET_S:
        for name in names[done : done + 50]:
            ask(name)
        done += 50
    return min(done, len(names)) / (process_time() - start)


def misspelt(names: Iterable[str], chance: random.Random) -> list[str]:
    """Names with a letter dropped, doubled or replaced after the first two."""
    made = []
    for name in names:
        if len(name) > 6:
            at = chance.randrange(2, len(name) - 1)
            letter = chance.choice(["", name[at] * 2, *"aiubdgklmnrst"])
            made.append(name[:at] + letter + name[at + 1 :])
    return made


def sorted_by_way(gazetteer: Gazetteer, names: list[str]) -> dict[str, list[str]]:
    ways: dict[str, list[str]] = {way: [] for way in (*WAYS, "nothing")}
    for name in names:
        hits = gazetteer.candidates(name, unit=True, similar=True)
        ways[hits[0].how if hits else "nothing"].append(name)
    return ways


def lookups(gazetteer: Gazetteer, chance: random.Random) -> list[str]:
    spellings = sorted({s.text for entry in gazetteer._by_id.values() for s in entry.spellings})
    names = list(dict.fromkeys((*spellings, *misspelt(spellings * 3, chance))))
    print(f"\nshipped: {gazetteer!r}; look-ups a second by the way the best was found")
    for way, found in sorted_by_way(gazetteer, names).items():
        chance.shuffle(found)
        speed = rate(lambda name: gazetteer.candidates(name, unit=True, similar=True), found)
        print(f"  {way:14s} {speed:9,.0f}   of {len(found):,}")
    return spellings


def many(spellings: list[str], rows: int, chance: random.Random) -> None:
    words = sorted({word for text in spellings if text.isascii() for word in text.split()})
    texts = [" ".join(chance.choices(words, k=chance.choice([2, 2, 3]))) for _ in range(rows)]
    start = process_time()
    index = Index(
        Entry(str(at), text, "place", "village", "AF", "made up", (Spelling(text, own=True),))
        for at, text in enumerate(texts)
    )
    print(f"\n{rows:,} rows, {len(index):,} names: {process_time() - start:.1f} s to index")
    sample = chance.sample(texts, min(20_000, rows))
    wrong = [name for name in misspelt(sample, chance) if not index.hits(tokens(name))]
    start = process_time()
    index.similar(tokens(wrong[0]))
    print(f"  first similar  {process_time() - start:9.1f} s, for the blocks")
    exact = rate(lambda name: index.hits(tokens(name)), sample)
    print(f"  exact          {exact:9,.0f} a second")
    similar = rate(lambda name: index.similar(tokens(name)), wrong)
    print(f"  similar        {similar:9,.0f} a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=400_000)
    asked = parser.parse_args()
    chance = random.Random(1893)
    loads(asked.runs)
    spellings = lookups(Gazetteer.load(), chance)
    many(spellings, asked.rows, chance)


if __name__ == "__main__":
    main()
