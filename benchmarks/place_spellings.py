"""What the spelling rules find, on the many spellings of one table of localities.

    python benchmarks/place_spellings.py [--rules]

Each locality is known by its first name alone and asked by its other spellings: how many of them
meet their own place by the exact key, by the folded keys, by similarity, and how many meet only
others. ``--rules`` leaves out one rule of folding at a time: how many spellings, of all that are
asked, then no longer meet their place by a folded key (what the rule brings), and how many meanings
fewer they have in all (what it costs). Needs ``../shared``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import place_cases as sets

from bordermap.gazetteer import Gazetteer, spelling
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


def rules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of the rules, and the module's constants without each."""
    for rule in spelling._FOLDS:
        kept = tuple(one for one in spelling._FOLDS if one != rule)
        yield f"{rule[0]} = {rule[1]}", {"_FOLDS": kept}
    for rule in spelling._PATTERNS:
        kept = tuple(one for one in spelling._PATTERNS if one != rule)
        yield f"{rule[1].pattern} = {rule[2] or 'nothing'}", {"_PATTERNS": kept}
    yield "doubled letters", {"_DOUBLED": re.compile(r"(?!)")}
    yield 'izafat or "and" inside', {"_JOINTS": frozenset()}


def meetings(firsts: list[tuple[str, str]], other: pd.DataFrame) -> tuple[int, int]:
    """How many other spellings share a folded key with their place, and with how many places."""
    spelling.fold.cache_clear()
    known: dict[str, set[str]] = {}
    for place, text in firsts:
        for key in spelling.folded_keys(spelling.tokens(text)):
            known.setdefault(key, set()).add(place)
    own = meanings = 0
    for place, text in zip(other["geonames_id"], other["names"], strict=True):
        keys = spelling.folded_keys(spelling.tokens(text))
        found = set().union(*(known.get(key, ()) for key in keys))
        own += place in found
        meanings += len(found)
    return own, meanings


def try_rules(other: pd.DataFrame) -> None:
    """What each rule of folding brings and costs."""
    latin = other[other["names"].str.contains("[a-z]", case=False)]
    firsts = list(dict.fromkeys(zip(other["geonames_id"], other["name"], strict=True)))
    with_all = meetings(firsts, latin)
    rows = []
    for name, changed in rules():
        kept = {constant: getattr(spelling, constant) for constant in changed}
        for constant, value in changed.items():
            setattr(spelling, constant, value)
        own, meanings = meetings(firsts, latin)
        for constant, value in kept.items():
            setattr(spelling, constant, value)
        rows.append((with_all[0] - own, name, with_all[1] - meanings))
    spelling.fold.cache_clear()
    print(f"\n{len(latin)} spellings; {with_all[0]} meet their place, {with_all[1]} meanings\n")
    print("| rule | brings | costs |\n|---|---|---|")
    for brings, name, costs in sorted(rows, reverse=True):
        print(f"| {name} | {brings} | {costs - brings} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", action="store_true", help="leave out one rule at a time")
    args = parser.parse_args()
    gazetteer, other = known_by_first_name()
    if args.rules:
        try_rules(other)
        return
    rng = np.random.default_rng(SEED)
    print("| script | spellings | way | met | the own place among them | meanings, median |")
    print("|---|---|---|---|---|---|")
    for script, letters in SCRIPTS.items():
        some = other[other["names"].map(lambda t, p=letters: bool(re.search(p, t, re.IGNORECASE)))]
        some = some.iloc[rng.permutation(len(some))[:ASKED]]
        ids = "geonames:" + some["geonames_id"]
        found = [
            met(gazetteer, text, place) for text, place in zip(some["names"], ids, strict=True)
        ]
        table = pd.DataFrame(found, columns=["way", "own", "meanings"])
        for way in (*WAYS, "nothing"):
            rows = table[table["way"] == way]
            own = f"{rows['own'].mean():.0%}" if way != "nothing" and len(rows) else ""
            middle = f"{rows['meanings'].median():.0f}" if own else ""
            share = f"{len(rows) / len(table):.0%}"
            print(f"| {script} | {len(table)} | {way} | {share} | {own} | {middle} |")


if __name__ == "__main__":
    main()
