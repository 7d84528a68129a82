"""Fit what a score means, and check it on other data.

    python benchmarks/place_calibration.py [--fit]

Prints the reliability of scores on data that had no part in the fit. With ``--fit`` first the
rightness of each class of evidence in the data for fitting, and the constants of
``bordermap/gazetteer/calibration.py`` that follow from them. Needs ``../shared``.

Fitted on: one half of a table of localities and of the shipped places, each asked by its own name,
by a spelling taken out of the gazetteer, or while it is not in the gazetteer at all, with less and
less of its true units beside it; the district names of another source; units of UCDP events of
precision 3. Checked on: the other half of the same, and apart from that on what reports really
say: UCDP events of precision 1 and 2, the incident file, the derived UCDP sample.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parent))

import place_cases as sets

from bordermap import Border
from bordermap.border import GEOD
from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.calibration import HOWS, KINDS, LEVELS
from bordermap.gazetteer.entries import shipped_sources
from bordermap.geocode.resolve import Record, place_record
from bordermap.layers import load_layer

SEED = 20_261_122
HELD_OUT, OTHER_NAME = 0.25, 0.25
"""So many of the places asked for are asked by a spelling that was taken out of the gazetteer, and
so many by any spelling that is in it; the rest by its first name."""

ABSENT = {"localities": 0.15, "shipped": 0.4}
"""So many are not in the gazetteer at all: of the place names of UCDP an oracle finds 82 % with the
localities and 59 % without."""

ASKED = 4_000
CONTEXTS = (("district", "province", "country"), ("province", "country"), ("country",), ())
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
SURE = 0.9
LEAST = 20
"""Answers with a value of evidence below which its constant is not fitted, but left at 0."""

DISTRICTS = ("afg_adm2_wof.geojson", "pak_adm2_wof.geojson")
Way = Callable[[int, np.random.Generator], tuple[pd.DataFrame, Gazetteer]]
FEATURES = ("how", "level", "kind", "doubt")


def judged(cases: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Evidence, score and rightness of each case that was placed."""
    border, rows = Border.load(), []
    for case in cases.itertuples():
        record = Record(case.place, case.district, case.province, case.country)
        found = place_record(record, gazetteer, border)
        if found.evidence is None or found.lon is None:
            continue
        away_m = GEOD.inv(found.lon, found.lat, case.lon, case.lat)[2]
        right = away_m <= max(sets.RIGHT_M, found.radius_m) + case.slack_m
        one = found.evidence
        spot = (case.lon, case.lat)
        rows.append((one.kind, one.how, one.level, one.doubt, found.score, right, spot))
    columns = ["kind", "how", "level", "doubt", "score", "right", "truth"]
    return pd.DataFrame(rows, columns=columns)


def asked_of(
    table: pd.DataFrame, column: str, rows: np.ndarray, absent: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Some rows of a table as cases, and the table without what is held out for them."""
    main, names = table["name"].copy(), table[column].copy()
    texts, chances = [], rng.random(len(rows))
    for row, chance in zip(rows, chances, strict=True):
        every = list(dict.fromkeys([main[row], *filter(None, names[row].split(";"))]))
        text = main[row]
        if absent <= chance < absent + HELD_OUT and len(every) > 1:
            text = every.pop(int(rng.integers(len(every))))
            main[row], names[row] = every[0], ";".join(every[1:])
        elif chance >= 1 - OTHER_NAME:
            text = every[int(rng.integers(len(every)))]
        texts.append(text)
    left = table.assign(**{"name": main, column: names}).drop(index=rows[chances < absent])
    lat, lon = pd.to_numeric(table["lat"][rows]), pd.to_numeric(table["lon"][rows])
    return pd.DataFrame({"place": texts, "lat": lat, "lon": lon, "slack_m": 0.0}), left


def half_of(table: pd.DataFrame, half: int, kept: pd.Series | None = None) -> np.ndarray:
    """Every second row, of those that are kept."""
    rows = np.arange(len(table))
    return rows[(rows % 2 == half) & (True if kept is None else kept.to_numpy())]


def with_all(half: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Gazetteer]:
    """Localities and shipped towns asked of the gazetteer with localities."""
    sources = sets.with_localities(shipped_sources(), sets.LOCALITIES)
    towns = sources.geonames_places
    rows = rng.permutation(half_of(towns, half))[:ASKED]
    cases, left = asked_of(towns, "names", rows, ABSENT["localities"], rng)
    return cases, Gazetteer(sets.replaced(sources, geonames_places=left))


def with_shipped(half: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Gazetteer]:
    """Shipped towns and curated points, and localities that the shipped tables lack."""
    sources = shipped_sources()
    towns, curated = sources.geonames_places, sources.border_places
    everything = sets.with_localities(sources, sets.LOCALITIES).geonames_places
    known, towns = asked_of(towns, "names", half_of(towns, half), 0.0, rng)
    points = curated["coordinate_note"].str.startswith("[point]")
    more, curated = asked_of(curated, "names_latin", half_of(curated, half, points), 0.0, rng)
    new = np.arange(len(sources.geonames_places), len(everything))
    share = ABSENT["shipped"] / (1 - ABSENT["shipped"])
    rows = rng.permutation(new[new % 2 == half])[: int(share * (len(known) + len(more)))]
    absent, _ = asked_of(everything, "names", rows, 1.0, rng)
    tables = {"geonames_places": towns, "border_places": curated}
    return pd.concat([known, more, absent]), Gazetteer(sets.replaced(sources, **tables))


def in_contexts(cases: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The cases with ever less of their units beside them; those outside all districts left out."""
    units = sets.units_of(cases["lon"], cases["lat"])
    names = load_layer("districts").frame.set_index("code")[["name", "adm1", "country"]]
    known = units["code"].notna().to_numpy()
    found = names.loc[units["code"][known]]
    columns = {"district": found["name"], "province": found["adm1"], "country": found["country"]}
    for given in CONTEXTS:
        said = {c: v.to_numpy() if c in given else "" for c, v in columns.items()}
        yield cases[known].assign(**said)


def judged_places(half: int, ways: Sequence[Way] = (with_all, with_shipped)) -> pd.DataFrame:
    """Places of one half, asked of the gazetteers in all contexts."""
    rng = np.random.default_rng(SEED + half)
    found = []
    for way in ways:
        cases, gazetteer = way(half, rng)
        found += [judged(some, gazetteer) for some in in_contexts(cases.reset_index(drop=True))]
    return pd.concat(found, ignore_index=True)


def judged_units(half: int) -> pd.DataFrame:
    """District names of another source with ever less beside them; a half of them."""
    rows = []
    for name in DISTRICTS:
        features = json.loads((sets.SHARED / "verify" / name).read_text("utf-8"))["features"]
        for feature in features[half::2]:
            said, country = feature["properties"], name[:2].upper().replace("PA", "PK")
            point = shapely.geometry.shape(feature["geometry"]).representative_point()
            rows.append((said["name"], said.get("region") or "", country, point.y, point.x))
    columns = ["district", "province", "country", "lat", "lon"]
    cases = pd.DataFrame(rows, columns=columns).assign(place="", slack_m=0.0)
    shipped = Gazetteer(shipped_sources())
    less = (cases, cases.assign(province=""), cases.assign(province="", country=""))
    return pd.concat([judged(some, shipped) for some in less], ignore_index=True)


def judged_ucdp_units() -> pd.DataFrame:
    """Units of the UCDP events that have no better place than a district."""
    table = pd.read_csv(sets.UCDP, dtype=str, keep_default_na=False)
    table = table[table["where_prec"] == "3"]
    cases = pd.DataFrame(
        {
            "place": "",
            "district": table["adm_2"],
            "province": table["adm_1"],
            "country": table["country"],
            "lat": pd.to_numeric(table["latitude"]),
            "lon": pd.to_numeric(table["longitude"]),
            "slack_m": 0.0,
        }
    )
    return judged(cases, Gazetteer(shipped_sources()))


def fitting() -> pd.DataFrame:
    """All that the constants are fitted on."""
    parts = (judged_places(0), judged_units(0), judged_ucdp_units())
    return pd.concat(parts, ignore_index=True)


def checking() -> dict[str, pd.DataFrame]:
    """All that they are checked on, by where it comes from."""
    bare = sets.without_ucdp()
    gazetteers = Gazetteer(bare), Gazetteer(sets.with_localities(bare, sets.LOCALITIES))
    columns = ("where_coordinates", "where_description")
    events = [sets.ucdp(c, units=units) for c in columns for units in (True, False)]
    incidents = sets.incidents()
    incidents = incidents[incidents["lat"].notna()]
    return {
        "other half": pd.concat([judged_places(1), judged_units(1)]),
        "UCDP events": pd.concat([judged(e, g) for e in events for g in gazetteers]),
        "incident file": judged(incidents, Gazetteer.load()),
        "UCDP districts": judged(sets.ucdp_districts(), gazetteers[0]),
    }


def columns_of(found: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """One column for each value of evidence that is there, and its name."""
    values = {"how": HOWS, "level": LEVELS, "kind": KINDS, "doubt": (True,)}
    named = [(f, v) for f in FEATURES for v in values[f] if (found[f] == v).any()]
    return np.column_stack([(found[f] == v).to_numpy(dtype=float) for f, v in named]), named


def log_odds(found: pd.DataFrame, ridge: float = 1.0) -> dict[str, dict[str, float]]:
    """Additive log odds of being right, by logistic regression (Newton's method), shrunk a little.

    Spellings fall and levels rise in their order: what breaks it is pooled. What there is too
    little data for is left out.
    """
    x, named = columns_of(found)
    y, beta = found["right"].to_numpy(dtype=float), np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        hessian = (x.T * (p * (1 - p))) @ x + ridge * np.eye(len(beta))
        step = np.linalg.solve(hessian, x.T @ (y - p) - ridge * beta)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    weight, found = x.sum(axis=0), {}
    for feature in FEATURES:
        own = [at for at, (name, _) in enumerate(named) if name == feature]
        sign = 1.0 if feature == "level" else -1.0
        ordered = feature in {"how", "level"}
        values = sign * rising(sign * beta[own], weight[own]) if ordered else beta[own]
        pairs = zip(own, values, strict=True)
        found[feature] = {named[at][1]: float(v) for at, v in pairs if weight[at] >= LEAST}
    return _from_spots(found)


def _from_spots(odds: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """The same sums with the constant of a place with a point at 0."""
    spot = odds["kind"]["spot"]
    odds["kind"] = {kind: value - spot for kind, value in odds["kind"].items()}
    odds["how"] = {how: value + spot for how, value in odds["how"].items()}
    return {
        feature: {str(name): round(value, 1) for name, value in values.items()}
        for feature, values in odds.items()
    }


def rising(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Values that never fall, by pooling neighbours that do (isotonic regression)."""
    blocks: list[list[float]] = []
    for value, mass in zip(values, weight, strict=True):
        blocks.append([float(value), float(mass), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m, n), (b, k, o) = blocks.pop(), blocks.pop()
            blocks.append([(a * m + b * k) / (m + k), m + k, n + o])
    return np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])


def interval(p: float, of: int) -> tuple[float, float]:
    """95 % interval of a share of so many independent cases (Wilson 1927)."""
    z = 1.96
    middle, spread = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def reliability(found: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Bins of scores and the answers in them."""
    for low, high in itertools.pairwise(BINS):
        below = found["score"] < high if high < BINS[-1] else True
        some = found[(found["score"] >= low) & below]
        if len(some):
            yield f"{low:.2f} to {high:.2f}", some
    if (found["score"] >= SURE).any():
        yield f"{SURE:.2f} and more", found[found["score"] >= SURE]


def show(title: str, found: pd.DataFrame) -> None:
    """The reliability table in Markdown; the interval counts each true place once."""
    head = ("score", "answers", "places", "mean score", "right", "95 % interval")
    print(f"\n{title}\n\n| {' | '.join(head)} |\n{'|---' * len(head)}|")
    for label, some in reliability(found):
        share, places = some["right"].mean(), some["truth"].nunique()
        low, high = interval(share, places)
        print(
            f"| {label} | {len(some)} | {places} | {some['score'].mean():.2f} | {share:.1%}"
            f" | {low:.0%} to {high:.0%} |"
        )


def main() -> None:
    """Fit, and check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", action="store_true", help="fit the constants anew")
    if parser.parse_args().fit:
        found = fitting()
        classes = found.groupby(list(FEATURES))["right"].agg(["size", "mean"]).round(3)
        print(classes.to_string())
        for feature, odds in log_odds(found).items():
            print(f"{feature}: {odds}")
        show("On the data for fitting", found)
    for title, found in checking().items():
        show(title, found)
        if (found["kind"] == "spot").any():
            show(f"{title}, places with a point only", found[found["kind"] == "spot"])


if __name__ == "__main__":
    main()
