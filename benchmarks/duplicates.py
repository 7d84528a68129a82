"""How long it takes to look for likely duplicates, and how many known ones are found.

``python benchmarks/duplicates.py [ROWS]``: made-up rows as dense and as vague as event datasets
are, over thirty years and over one; then the sample incidents beside a second teller of each,
who rounds the place to its district or province, tells the next day, another type or toll.
"""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap import build
from bordermap.duplicates import find_duplicates
from bordermap.pipeline import sample_incidents
from bordermap.schema import EVENT_TYPES

ROWS = 100_000
RADII_M = (1_000.0, 2_000.0, 25_000.0, 40_000.0, 150_000.0, 700_000.0)
SHARES = (0.30, 0.25, 0.15, 0.19, 0.10, 0.01)
PRECISION = ("day", "week", "month", "year")


def made_up(rows: int, years: float, seed: int = 1) -> gpd.GeoDataFrame:
    """Rows around towns along the line; tolls are mostly small, days mostly known."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform((61.0, 29.5), (72.0, 36.5), (300, 2))
    at = towns[rng.integers(0, len(towns), rows)] + rng.normal(0, 0.05, (rows, 2))
    first = np.datetime64("2000-01-01") + rng.integers(0, int(365 * years), rows)
    toll = pd.array(rng.geometric(0.35, rows) - 1, dtype="Int64")
    actors = np.array([f"Group {number}" for number in range(12)])
    frame = pd.DataFrame(
        {
            "incident_id": [f"E{number}" for number in range(rows)],
            "date_start": first.astype("datetime64[s]"),
            "date_end": pd.Series(np.full(rows, np.datetime64("NaT", "s"))),
            "date_precision": rng.choice(PRECISION, rows, p=(0.9, 0.05, 0.04, 0.01)),
            "event_type": rng.choice(EVENT_TYPES, rows),
            "actor_a": rng.choice(actors, rows),
            "actor_b": rng.choice(actors, rows),
            "location_radius_m": rng.choice(RADII_M, rows, p=SHARES),
            **{f"fatalities_{word}": toll for word in ("low", "best", "high")},
        }
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(*at.T), crs="EPSG:4326")


def second_teller(frame: gpd.GeoDataFrame, seed: int = 2) -> gpd.GeoDataFrame:
    """The same incidents in other words, each less exactly than it was told."""
    rng = np.random.default_rng(seed)
    other = frame.copy()
    other["incident_id"] = "again-" + frame["incident_id"].astype(object)
    days = pd.to_timedelta(rng.choice((0, 0, 0, 1), len(frame)), unit="D")
    other["date_start"] = frame["date_start"] + days
    other["date_end"] = frame["date_end"] + days
    away = rng.uniform(-0.2, 0.2, (2, len(frame)))
    other["geometry"] = gpd.points_from_xy(frame.geometry.x + away[0], frame.geometry.y + away[1])
    vague = rng.choice((25_000.0, 40_000.0, 100_000.0), len(frame))
    other["location_radius_m"] = np.maximum(frame["location_radius_m"], vague)
    clash = rng.random(len(frame)) < 0.3
    other["event_type"] = np.where(clash, "unknown", frame["event_type"])
    swapped = rng.random(len(frame)) < 0.5
    actors = frame[["actor_a", "actor_b"]].astype(object)
    other["actor_a"] = np.where(swapped, actors["actor_b"], actors["actor_a"])
    other["actor_b"] = np.where(swapped, actors["actor_a"], None)
    more = pd.array(rng.choice((0, 0, 1), len(frame)), dtype="Int64")
    for word in ("low", "best", "high"):
        other[f"fatalities_{word}"] = frame[f"fatalities_{word}"] + more
    return other


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for years in (30, 1):
        frame = made_up(rows, years)
        started = time.perf_counter()
        found = find_duplicates(frame)
        spent = time.perf_counter() - started
        print(f"{rows:,} rows over {years} years: {spent:.1f} s, {len(found):,} pairs")
    first, _ = build(sample_incidents())
    both = pd.concat([first, second_teller(first)], ignore_index=True)
    for least in (0.5, 0.6, 0.65, 0.7, 0.75):
        found = find_duplicates(both, at_least=least)
        pairs = zip(found["incident_id"], found["other_id"], strict=True)
        right = sum(max(pair) == f"again-{min(pair)}" for pair in pairs)
        print(f"score {least}: {right} of {len(first)} retold, {len(found) - right} other pairs")


if __name__ == "__main__":
    main()
