"""What the keys and the similarity of names find and mistake, on a table of places with spellings.

    python benchmarks/spellings.py FILE [--limit 6000]

FILE is a CSV with columns name, names ("|" between spellings), lon, lat and cc (AF, PK), such as
the localities of Who's On First. The first table asks for every other spelling of a place among
the first spellings of all. For the second, half of the places are left out and one spelling of
the others is held back; asked is for what was held back and for places left out, as far as no
exact or folded key agrees: which of the similar spellings found is the place's own (within about
10 km), by what the context says.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean

import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from bordermap.gazetteer import Entry, Hit, load_words, tokens
from bordermap.gazetteer.entry import Spelling
from bordermap.gazetteer.index import LEAST_FOLDED, Index
from bordermap.gazetteer.spelling import folded_keys
from bordermap.layers import load_layer

SCRIPTS = {
    "Latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f\u02bb-\u02bf‘’'`\-\s.]+"),
    "Arabic": re.compile(r"[\u0600-\u06ff\ufb50-\ufeff\s\u200c\-]+"),
}
CUTS = (0.8, 0.85, 0.88, 0.92, 0.94, 0.97, 1.01)
LEVELS = ("nothing", "country", "province", "district")


@dataclass(frozen=True)
class Place:
    number: int
    spellings: tuple[str, ...]
    lon: float
    lat: float
    units: tuple[str, str, str]
    """Country, province and district; empty where not known."""


def places(path: Path) -> list[Place]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = shapely.points([(float(row["lon"]), float(row["lat"])) for row in rows])
    units = [_units(layer, points) for layer in ("provinces", "districts")]
    return [
        Place(
            number,
            tuple(dict.fromkeys((row["name"], *row["names"].split("|")))),
            float(row["lon"]),
            float(row["lat"]),
            (row["cc"], units[0].get(number, ""), units[1].get(number, "")),
        )
        for number, row in enumerate(rows)
    ]


def _units(layer: str, points: Sequence[shapely.Point]) -> dict[int, str]:
    frame = load_layer(layer).frame
    tree = shapely.STRtree(frame.geometry.to_numpy())
    pairs = tree.query(points, predicate="intersects").T
    return {int(point): frame["code"].iloc[unit] for point, unit in pairs}


def written_in(script: str, spellings: Iterable[str]) -> list[str]:
    return [text for text in spellings if SCRIPTS[script].fullmatch(text)]


def _keys(text: str) -> tuple[set[str], set[str]]:
    parts = [part for part, _ in load_words().stages(tokens(text)) if part]
    folded = {key for part in parts for key in folded_keys(part) if len(key) >= LEAST_FOLDED}
    return {"".join(part) for part in parts}, folded


def keys(known: list[Place]) -> None:
    """Other spellings against first ones."""
    for script in SCRIPTS:
        exact, folded = defaultdict(set), defaultdict(set)
        others = []
        for place in known:
            first, *rest = written_in(script, place.spellings) or [""]
            for index, own in zip((exact, folded), _keys(first), strict=True):
                for key in own:
                    index[key].add(place.number)
            others += [(place.number, text) for text in rest]
        found = {"exact": 0, "exact or folded": 0}
        meanings = []
        for number, text in others:
            one, other = _keys(text)
            met = set().union(*(exact.get(key, ()) for key in one))
            both = met.union(*(folded.get(key, ()) for key in other))
            found["exact"] += number in met
            found["exact or folded"] += number in both
            meanings += [len(both)] if number in both else []
        shares = ", ".join(f"{way} {count / len(others):.1%}" for way, count in found.items())
        print(f"{script}: {len(others):,} other spellings: {shares}; ", end="")
        print(f"{mean(meanings):.2f} places share the keys of one that is found")


def _confirmed(hit: Hit, place: Place, level: int) -> bool:
    of = (hit.entry.countries, hit.entry.adm1_codes, hit.entry.adm2_codes)
    said = zip(of[:level], place.units[:level], strict=True)
    return all(not codes or not unit or unit in codes for codes, unit in said)


def _near(hit: Hit, place: Place) -> bool:
    return abs(hit.entry.lon - place.lon) < 0.1 and abs(hit.entry.lat - place.lat) < 0.09


def similar(known: list[Place], limit: int) -> None:
    """Held-back spellings and places left out against half of the places."""
    chance = random.Random(7)
    entries, asked = [], []
    for place in known:
        texts = [t for script in SCRIPTS for t in written_in(script, place.spellings)]
        if not texts or chance.random() < 0.5:
            asked += [(place, chance.choice(texts))] if texts else []
            continue
        held = chance.choice(texts[1:]) if len(texts) > 1 and chance.random() < 0.7 else ""
        asked += [(place, held)] if held else []
        country, adm1, adm2 = place.units
        entries.append(
            Entry(
                str(place.number), texts[0], "place", "village", country, "file",
                tuple(Spelling(text, text == texts[0]) for text in texts if text != held),
                frozenset({adm1} - {""}), frozenset({adm2} - {""}), place.lon, place.lat, 2_000.0,
            )
        )  # fmt: skip
    index = Index(entries)
    chance.shuffle(asked)
    met = [(p, t, index.similar(w)) for p, t in asked[:limit] if not index.hits(w := tokens(t))]
    print(
        f"\n{len(met):,} of {min(limit, len(asked)):,} spellings have no exact or folded key here"
    )
    for script, pattern in SCRIPTS.items():
        for level, name in enumerate(LEVELS):
            _row(script, name, [m for m in met if pattern.fullmatch(m[1])], level)


def _row(script: str, name: str, met: list[tuple[Place, str, list[Hit]]], level: int) -> None:
    cells = []
    tops = [(p, [h for h in hits if _confirmed(h, p, level)]) for p, _, hits in met]
    for low, high in pairwise(CUTS):
        best = [(p, hits) for p, hits in tops if hits and low <= hits[0].similarity < high]
        alone = [(p, h[0]) for p, h in best if len(h) == 1 or h[0].score - h[1].score > 0.05]
        right = sum(_near(hit, place) for place, hit in alone)
        cells.append(f"{low:.2f}: {right}/{len(alone)} +{len(best) - len(alone)}")
    print(f"{script:6s} confirmed by {name:8s} right/unique +tied  " + "  ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int, default=30_000)
    asked = parser.parse_args()
    known = places(asked.file)
    keys(known)
    similar(known, asked.limit)


if __name__ == "__main__":
    main()
