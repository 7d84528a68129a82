"""What the spelling rules find, on the many spellings of one table of localities.

    python benchmarks/place_spellings.py

Each locality is known by its first name alone and asked by its other spellings: how many of them
meet their own place by the exact key, by the folded keys, by similarity, and how many meet only
others. Needs ``../shared``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import place_cases as sets

from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.entries import Sources, shipped_sources

SEED, ASKED = 20_261_122, 6_000
WAYS = ("exact", "folded", "similar")
SCRIPTS = {"Latin": r"[a-z]", "Arabic": r"[\u0600-\u06ff]"}


def known_by_first_name() -> tuple[Gazetteer, pd.DataFrame]:
    """A gazetteer of first names, and the other spellings with the ids of their places."""
    with_all = sets.with_localities(shipped_sources(), sets.LOCALITIES)
    towns = with_all.geonames_places.assign(
        geonames_id=[f"t{number}" for number in range(len(with_all.geonames_places))]
    )
    other = towns.assign(names=towns["names"].str.split(";")).explode("names")
    other = other[(other["names"] != "") & (other["names"] != other["name"])]
    return Gazetteer(Sources(geonames_places=towns.assign(names=""))), other


def met(gazetteer: Gazetteer, text: str, place_id: str) -> tuple[str, bool, int]:
    """Way of the best hit, whether the place is among those as good, and how many these are."""
    hits = gazetteer.candidates(text, similar=True)
    if not hits:
        return "nothing", False, 0
    first = hits[0].how.split()
    way = first[0] if len(first) > 1 else "exact"
    same = [hit for hit in hits if (hit.how.split()[0] if " " in hit.how else "exact") == way]
    return way, any(hit.entry.place_id == place_id for hit in same), len(same)


def main() -> None:
    """Print the table."""
    gazetteer, other = known_by_first_name()
    rng = np.random.default_rng(SEED)
    print("| script | spellings | way | met | the own place among them | meanings, median |")
    print("|---|---|---|---|---|---|")
    for script, letters in SCRIPTS.items():
        some = other[other["names"].map(lambda t, p=letters: bool(re.search(p, t, re.IGNORECASE)))]
        some = some.iloc[rng.permutation(len(some))[:ASKED]]
        ids = "geonames:" + some["geonames_id"]
        found = [met(gazetteer, text, place) for text, place in zip(some["names"], ids, strict=True)]
        table = pd.DataFrame(found, columns=["way", "own", "meanings"])
        for way in (*WAYS, "nothing"):
            rows = table[table["way"] == way]
            own = f"{rows['own'].mean():.0%}" if way != "nothing" and len(rows) else ""
            middle = f"{rows['meanings'].median():.0f}" if own else ""
            share = f"{len(rows) / len(table):.0%}"
            print(f"| {script} | {len(table)} | {way} | {share} | {own} | {middle} |")


if __name__ == "__main__":
    main()
