"""Try the places: what records say against where it was, ours beside an oracle and the usual ways.

    python benchmarks/places.py [--gazetteer FILE] [--misses]

Prints tables. The incident file is always tried; the UCDP samples and the table of localities are
read from ``../shared`` where that is present, and named where it is not. They are tried with the
shipped gazetteer alone, and with the localities added as a user adds a table of places;
``--gazetteer`` adds a file of your own as a third. Needs the extra ``bench``.

UCDP points are a coder's reading of the same reports, not surveyed places; curated rows that take
their point from UCDP are left out of every gazetteer that meets UCDP events.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import place_cases as sets
import place_ways as ways

from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.entries import Sources
from bordermap.gazetteer.store import Store

EDGES_KM = (1, 5, 10, 25)
UNITS = ("district", "province", "country", "none")
UNIT_KINDS = ("unit", "unit only")


@dataclass(frozen=True)
class Trial:
    """One set of cases against one gazetteer."""

    cases: pd.DataFrame
    answers: pd.DataFrame
    best: pd.DataFrame

    @property
    def metres(self) -> np.ndarray:
        """Metres from our answers to the truth."""
        return ways.away_m(self.cases, self.answers)

    @property
    def best_m(self) -> np.ndarray:
        """Metres from the best candidates to the truth."""
        return ways.away_m(self.cases, self.best)

    @property
    def refused(self) -> np.ndarray:
        """Where a place was named and a unit or nothing is answered."""
        named = ~self.cases["kind"].isin(UNIT_KINDS)
        return (named & self.answers["by"].isin(UNITS)).to_numpy()

    @property
    def held(self) -> np.ndarray:
        """Whether the stated footprint holds the truth."""
        return ways.covered(self.cases, self.answers, self.metres)

    def only(self, kept: np.ndarray) -> Trial:
        """The trial of some of the cases."""
        return Trial(self.cases[kept], self.answers[kept], self.best[kept])


def tried(cases: pd.DataFrame, gazetteer: Gazetteer) -> Trial:
    """Ours and the oracle on a set of cases; what has no one place is left out."""
    cases = cases[cases["lat"].notna()].reset_index(drop=True)
    return Trial(cases, ways.ours(cases, gazetteer), ways.oracle(cases, gazetteer))


def share(part: np.ndarray, of: int) -> str:
    """A count and its share of the cases, as ``31 (70 %)``."""
    count = int(np.sum(part))
    return f"{count} ({count / of:.0%})" if of else "-"


def within(metres: np.ndarray) -> dict[str, str]:
    """Counts and shares within the edges."""
    return {f"<= {km} km": share(metres <= 1_000 * km, len(metres)) for km in EDGES_KM}


def agreement(truth: pd.Series, said: pd.Series, place_id: pd.Series) -> str:
    """Right, wrong and not said, of the cases whose truth names a unit."""
    right = wrong = silent = 0
    for real, code, ids in zip(truth, said, place_id, strict=True):
        if not real:
            continue
        # A former district is several of today: it is right when the truth is one of them.
        member = not code and any(real == one for one in ids.split(";"))
        right += code == real or member
        silent += not code and not member
        wrong += bool(code) and code != real
    return f"{right}/{wrong}/{silent}"


def sides(trial: Trial) -> str:
    """Right, wrong and uncertain, of the cases whose truth has a side."""
    known = trial.cases["side"].isin(["AF", "PK"]).to_numpy()
    real, said = trial.cases["side"][known], trial.answers["side"][known]
    open_ = ~said.isin(["AF", "PK"]).to_numpy()
    same = (real == said).to_numpy()
    return f"{np.sum(same)}/{np.sum(~same & ~open_)}/{np.sum(open_)}"


def row_of(trial: Trial) -> dict[str, str | int]:
    """All that is measured of ours on one trial."""
    count, placed = len(trial.cases), np.isfinite(trial.metres)
    answers, cases = trial.answers, trial.cases
    right_to = trial.refused & ~(trial.best_m <= 5_000)
    radius_km = answers["radius_m"].median() / 1_000
    return {
        "n": count,
        **within(trial.metres),
        "within truth's radius": share(trial.metres <= cases["radius_m"].to_numpy(), count),
        "district": agreement(cases["adm2"], answers["adm2"], answers["place_id"]),
        "province": agreement(cases["adm1"], answers["adm1"], answers["place_id"]),
        "side": sides(trial),
        "unplaced": int(np.sum(~placed)),
        "refused, right to": f"{np.sum(trial.refused)}, {np.sum(right_to)}",
        "footprint holds": share(trial.held[placed], int(np.sum(placed))),
        "median radius": f"{radius_km:.1f} km",
    }


def peers_of(cases: pd.DataFrame, names: ways.Names) -> Iterator[tuple[str, dict[str, str]]]:
    """What the usual scripts reach with the same towns."""
    for way, label in (("exact", "exact name, most people"), ("alike", "RapidFuzz WRatio, best")):
        answers = ways.peer(cases, names, way)
        metres = ways.away_m(cases, answers)
        none = int(np.sum(~np.isfinite(metres)))
        yield label, {**within(metres), "unplaced": str(none)}


def show(title: str, rows: dict[str, dict[str, object]]) -> None:
    """A table in Markdown."""
    columns = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    print(f"\n{title}\n\n| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for label, cells in rows.items():
        print(f"| {label} | " + " | ".join(str(cells.get(name, "")) for name in columns) + " |")


def try_incidents(gazetteers: dict[str, Gazetteer]) -> None:
    """The incident file, by names alone: as a whole and by kind of phrase."""
    trials = {label: tried(sets.incidents(), g) for label, g in gazetteers.items()}
    show("Incident file, by names alone (88 with one true place)", rows_of(trials))
    for label, trial in trials.items():
        show(f"Incident file by kind of phrase, {label}", by_kind(trial))


def rows_of(trials: dict[str, Trial]) -> dict[str, dict[str, object]]:
    """Ours and the oracle of each trial."""
    rows: dict[str, dict[str, object]] = {}
    for label, trial in trials.items():
        rows[f"{label}: ours"] = dict(row_of(trial))
        rows[f"{label}: oracle"] = dict(within(trial.best_m))
        rows[f"{label}: ours / oracle"] = {"<= 5 km": f"{ratio(trial):.2f}"}
    return rows


def by_kind(trial: Trial) -> dict[str, dict[str, str | int]]:
    """One row for each kind of phrase, the most frequent first."""
    order = trial.cases["kind"].value_counts().index
    return {kind: row_of(trial.only((trial.cases["kind"] == kind).to_numpy())) for kind in order}


def try_ucdp(
    gazetteers: dict[str, Gazetteer], names: dict[str, ways.Names], *, misses: bool
) -> None:
    """UCDP events near the line, by what they say of the place, with and without their units."""
    for column, units in itertools.product(("where_coordinates", "where_description"), (1, 0)):
        cases = sets.ucdp(column, units=bool(units))
        trials = {label: tried(cases, g) for label, g in gazetteers.items()}
        peers = {
            f"{label}: {peer}": row
            for label, known in names.items()
            for peer, row in peers_of(cases, known)
        }
        title = f"UCDP GED, {column}{'' if units else ', no units given'}"
        show(title, rows_of(trials) | peers)
        for label, trial in trials.items():
            if column == "where_description":
                show(f"{title}, by kind of phrase, {label}", by_kind(trial))
            if misses:
                tell_misses(f"{title}, {label}", trial)


def try_districts(gazetteers: dict[str, Gazetteer]) -> None:
    """The derived UCDP sample: only the district is said."""
    cases = sets.ucdp_districts()
    rows = {label: row_of(tried(cases, g)) for label, g in gazetteers.items()}
    show("UCDP GED, derived sample: only the district is said", rows)


def ratio(trial: Trial) -> float:
    """What ours reaches within 5 km as a share of what the oracle reaches."""
    return float(np.sum(trial.metres <= 5_000) / max(1, np.sum(trial.best_m <= 5_000)))


def tell_misses(title: str, trial: Trial) -> None:
    """Each case beyond 5 km, with the answer's own note."""
    print(f"\nBeyond 5 km: {title}\n")
    for row in np.nonzero(~(trial.metres <= 5_000))[0]:
        case, answer = trial.cases.iloc[row], trial.answers.iloc[row]
        print(
            f"- {case['place']!r}: {trial.metres[row] / 1e3:.1f} km, oracle"
            f" {trial.best_m[row] / 1e3:.1f} km; {answer['note']}"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, metavar="FILE", help="a table of your own, too")
    parser.add_argument("--misses", action="store_true", help="name what is beyond 5 km, and why")
    args = parser.parse_args()
    tables = {"with localities": sets.LOCALITIES, f"with {args.gazetteer}": args.gazetteer}
    tables = {label: path for label, path in tables.items() if path and path.exists()}
    for path in (sets.UCDP, sets.UCDP_DISTRICTS, sets.LOCALITIES):
        if not path.exists():
            print(f"not here, so not tried: {path.relative_to(sets.SHARED.parent)}")
    with tempfile.TemporaryDirectory() as folder:
        stores = {label: sets.stored(path, Path(folder)) for label, path in tables.items()}
        try_incidents(with_stores(sets.shipped_sources(), stores))
        if sets.UCDP.exists():
            bare = sets.without_ucdp()
            names = {"shipped": ways.Names(bare)} | {
                label: ways.Names(sets.with_localities(bare, tables[label]))
                for label in tables
                if tables[label] == sets.LOCALITIES
            }
            try_ucdp(with_stores(bare, stores), names, misses=args.misses)
        if sets.UCDP_DISTRICTS.exists():
            try_districts(with_stores(sets.without_ucdp(), {}))
        for store in stores.values():
            store.close()


def with_stores(sources: Sources, stores: dict[str, Store]) -> dict[str, Gazetteer]:
    """A gazetteer alone, and with each of the stores."""
    more = {label: Gazetteer(sources, [store]) for label, store in stores.items()}
    return {"shipped": Gazetteer(sources), **more}


if __name__ == "__main__":
    main()
