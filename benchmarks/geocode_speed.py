"""How many distinct place strings geocode() places in a second, by kind of string.

``python benchmarks/geocode_speed.py`` prints a table. Every record is distinct, so that none is
answered from another's answer, and what is remembered of names is forgotten before each round; the
gazetteer is loaded, and each kind warmed up, before timing.
Seconds are those of the processor (one core).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import geopandas as gpd
import pandas as pd

from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.spelling import fold, tokens
from bordermap.geocode import geocode, lookup, resolve
from bordermap.layers import load_table

DIRECTIONS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
REMEMBERED = (
    *(lookup.remembered, lookup._read, tokens, fold),
    *(resolve._place_read, resolve._columns_read, resolve._answered),
)


def names() -> list[tuple[str, str]]:
    """Own and other spellings of the shipped places, each with its country."""
    known = []
    for table in ("border_places", "geonames_places"):
        rows = load_table(table)
        columns = [c for c in ("name", "names", "names_latin", "aliases") if c in rows.columns]
        for row in rows.to_dict("records"):
            texts = {part.strip() for column in columns for part in row[column].split(";")}
            country = row["country"] if row["country"] in {"AF", "PK"} else ""
            known += [(text, country) for text in sorted(texts) if text]
    return sorted(set(known))


def exact(place: str, number: int) -> str:
    """The name as it stands, in one case or another, or with a word of its kind."""
    return (place, place.upper(), place.lower(), f"{place} area", f"the {place}")[number % 5]


def relative(place: str, number: int) -> str:
    """A distance and a direction from it."""
    return f"{1 + number % 60} km {DIRECTIONS[number % 8]} of {place}"


def near(place: str, number: int) -> str:
    """Near it, in running words."""
    return f"post {number} near {place}"


KINDS: dict[str, Callable[[str, int], str]] = {
    "exact and alias": exact,
    "distance and direction": relative,
    "near": near,
}


def frame_of(kind: str, count: int) -> gpd.GeoDataFrame:
    """So many distinct records of one kind."""
    known = names()
    rows = []
    for number in range(count):
        place, country = known[number % len(known)]
        turn = number // len(known) if kind == "exact and alias" else number
        rows.append((f"i{number}", KINDS[kind](place, turn), country))
    frame = pd.DataFrame(rows, columns=["incident_id", "place", "country"])
    return gpd.GeoDataFrame(frame)


def rates(count: int, rounds: int) -> Iterator[tuple[str, int, float]]:
    """Distinct strings, and the median of strings a second, by kind."""
    gazetteer = Gazetteer.load()
    for kind in KINDS:
        frame = frame_of(kind, count)
        distinct = len(frame[["place", "country"]].drop_duplicates())
        geocode(frame.iloc[:50], gazetteer)
        seconds = []
        for _ in range(rounds):
            for known in REMEMBERED:
                known.cache_clear()
            start = time.process_time()
            geocode(frame, gazetteer)
            seconds.append(time.process_time() - start)
        yield kind, distinct, distinct / statistics.median(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for kind, distinct, rate in rates(options.count, options.rounds):
        print(f"{kind:24} {distinct:>7,} strings {rate:>9,.0f} a second")


if __name__ == "__main__":
    main()
