"""How often ``extract`` is right: events, days, places and tolls of our own reports, and how fast.

    python benchmarks/extraction.py                    # every part
    python benchmarks/extraction.py --part development --show
    python benchmarks/extraction.py --speed

The reports and what is right of them stand in ``benchmarks/reports`` (its README says how). A draft
is a true event when its type is one of those that are right, their spans of days overlap or both
lack a day, and its place is within 5 km, in the same unit, or both lack a place; one draft serves
one event. Days, places and tolls are judged of every draft that tells an event by its type and by
its day or its place, so that a wrong one counts. Drafts flagged as history or as of another border
are counted apart.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from bordermap.border import GEOD
from bordermap.draft_schema import Document
from bordermap.extract import extract
from bordermap.gazetteer import Gazetteer
from bordermap.layers import load_layer, load_table
from bordermap.pipeline import draft, located_drafts

REPORTS = Path(__file__).parent / "reports"
PARTS = ("development", "unseen")
WITHIN_KM = 5.0
VAGUE_M = 10_000.0
"""So far from the middle of a place that is known as vaguely at least, a draft is still there."""
OPEN_PLACE = frozenset({"ambiguous_place", "several_places", "place_unknown", "no_place"})
OPEN_DATE = frozenset(
    {"no_date", "year_assumed", "relative_date", "date_from_publication", "date_unclear", "vague"}
    | {"history"}
)
MONTH_DAYS = 31
APART = frozenset({"history", "other_border"})
"""Flags of drafts that may be left out as well."""


def reports(part: str) -> list[dict[str, Any]]:
    """The reports of one part, in their order."""
    found: list[dict[str, Any]] = []
    for path in sorted(REPORTS.glob(f"{part}*.toml")):
        found += tomllib.loads(path.read_text(encoding="utf-8"))["report"]
    return found


# --------------------------------------------------------------------------- what is right


@dataclass(frozen=True)
class Truth:
    """One event that a careful reader would draft."""

    types: tuple[str, ...]
    start: date | None
    end: date | None
    where: tuple[str, ...]
    dead: tuple[int, int] | None
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Truth:
        start, end = span_of(event.get("date", ""))
        dead = tuple(event["dead"]) if "dead" in event else None
        return cls(tuple(event["types"]), start, end, tuple(event.get("where", ())), dead, event)  # type: ignore[arg-type]

    def says(self, name: str) -> bool:
        return bool(self.raw.get(name))


def span_of(text: str) -> tuple[date | None, date | None]:
    """First and last day of ``2023-03-04``, ``2023`` or ``2023-03-04/2023-03-06``."""
    if not text:
        return None, None
    first, _, last = text.partition("/")
    return _day(first, 1, 1), _day(last or first, 12, 31)


def _day(text: str, month: int, day: int) -> date:
    return date(int(text), month, day) if len(text) == 4 else date.fromisoformat(text)


class Places:
    """Where the places of the truth are."""

    def __init__(self) -> None:
        table = load_table("border_places")
        rows = table.astype(object).to_dict("records")
        self.points = {
            row["place_id"]: (float(row["lon"]), float(row["lat"]), float(row["radius_m"]))
            for row in rows
        }
        self.units = {
            code: shape
            for name in ("districts", "provinces")
            for code, shape in zip(
                load_layer(name).frame["code"], load_layer(name).frame.geometry, strict=True
            )
        }

    def is_right(self, row: Mapping[str, Any], truth: Truth) -> bool:
        """Whether a located draft is where the event was: within reach, or the same unit."""
        return any(self._fits(row, where, truth) for where in truth.where)

    def _fits(self, row: Mapping[str, Any], where: str, truth: Truth) -> bool:
        within_m = 1000 * float(truth.raw.get("within_km", WITHIN_KM))
        point = row["geometry"]
        if where in self.units:
            codes = str(row["place_id"] or "").split(";")
            return where in codes or self.units[where].covers(point)
        if "," in where:
            lat, lon = map(float, where.split(","))
            return away_m(point, lon, lat) <= within_m
        lon, lat, radius_m = self.points[where]
        return row["place_id"] == where or away_m(point, lon, lat) <= max(
            within_m, min(radius_m, VAGUE_M)
        )


def away_m(point: Any, lon: float, lat: float) -> float:
    """Geodesic distance in metres."""
    return float(GEOD.inv(point.x, point.y, lon, lat)[2])


# --------------------------------------------------------------------------- comparing


@dataclass
class Score:
    """Counts over reports."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def add(self, name: str, right: bool) -> None:
        self.counts[name] += 1
        self.counts[f"{name} right"] += right

    def share(self, name: str) -> str:
        all_, right = self.counts[name], self.counts[f"{name} right"]
        return f"{100 * right / all_:5.1f} % ({right} of {all_})" if all_ else "    - (0 of 0)"


def judge(report: Mapping[str, Any], gazetteer: Gazetteer, places: Places, score: Score) -> None:
    """Draft one report and compare."""
    drafts = extract(
        report["text"].strip(),
        published=report.get("published"),
        gazetteer=gazetteer,
        name=report["id"],
    )
    located = located_drafts(drafts, gazetteer)
    rows = located.astype(object).where(located.notna(), None).to_dict("records")
    truths = [Truth.of(event) for event in report["events"]]
    pairs = matched(rows, truths, places)
    told_right = {
        truth for row, truth in pairs.items() if is_event(rows[row], truths[truth], places)
    }
    for at, row in enumerate(rows):
        truth = truths[pairs[at]] if at in pairs else None
        if truth is not None and (truth.says("optional") or truth.says("other_border")):
            continue
        if truth is None and flags_of(row) & APART:
            score.add("apart", right=True)
            continue
        right = truth is not None and pairs[at] in told_right
        score.add("precision", right)
        if not right:
            score.lines.append(f"{report['id']}: WRONG  {told(row)}")
        if truth is not None:
            compare(report, row, truth, places, score)
    for at, truth in enumerate(truths):
        if truth.says("optional") or truth.says("other_border"):
            continue
        score.add("recall", at in told_right)
        if at not in told_right:
            missed = f"{truth.types[0]} {truth.raw.get('date')} {truth.where}"
            score.lines.append(f"{report['id']}: MISSED {missed}")


def flags_of(row: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(row["draft_flags"] or "").split(";")) - {""}


def told(row: Mapping[str, Any]) -> str:
    days = f"{str(row['date_start'])[:10]}..{str(row['date_end'])[:10]}"
    return f"{row['event_type']} {days} {row['place']!r} {row['draft_flags']} | {row['why']}"


def matched(
    rows: Sequence[Mapping[str, Any]], truths: Sequence[Truth], places: Places
) -> dict[int, int]:
    """Drafts and events that are one, so that as many as can be are; the best fit among those."""
    if not rows or not truths:
        return {}
    worth = np.array([[likeness(row, truth, places) for truth in truths] for row in rows])
    found = zip(*linear_sum_assignment(-worth), strict=True)
    return {int(row): int(truth) for row, truth in found if worth[row, truth] > 0}


def likeness(row: Mapping[str, Any], truth: Truth, places: Places) -> float:
    """0 where they exclude each other."""
    if row["event_type"] not in truth.types:
        return 0.0
    if truth.says("vague"):
        return 10.0 if "vague" in flags_of(row) else 0.0
    day, where = days_agree(row, truth), place_agrees(row, truth, places)
    if False in (day, where) and True not in (day, where):
        return 0.0
    points = {True: 4, None: 1, False: 0}
    return 10.0 + 2 * points[where] + points[day] - 5 * truth.says("optional")


def is_event(row: Mapping[str, Any], truth: Truth, places: Places) -> bool:
    """Type, day and place are right, as far as the text tells them."""
    if truth.says("vague"):
        return True
    day, where = days_agree(row, truth), place_agrees(row, truth, places)
    no_day = row["date_start"] is None and (truth.start is None or truth.says("date_optional"))
    if row["date_start"] is not None and truth.start is None:
        no_day = day_is_right(row, truth)
    no_place = row["geometry"] is None and not truth.where
    return (day is True or no_day) and (where is True or no_place)


def days_agree(row: Mapping[str, Any], truth: Truth) -> bool | None:
    """None where one of both has no day."""
    start, end = row["date_start"], row["date_end"]
    if start is None or truth.start is None or truth.end is None:
        return None
    first = pd.Timestamp(start).date()
    last = pd.Timestamp(end).date() if end is not None else first
    return first <= truth.end and truth.start <= last


def place_agrees(row: Mapping[str, Any], truth: Truth, places: Places) -> bool | None:
    if row["geometry"] is None or not truth.where:
        return None
    return places.is_right(row, truth)


def compare(
    report: Mapping[str, Any], row: Mapping[str, Any], truth: Truth, places: Places, score: Score
) -> None:
    """Day, place and toll of a draft that is an event."""
    flags = flags_of(row)
    score.add("type", row["event_type"] == truth.types[0])
    if truth.says("vague"):
        return
    if truth.start is not None:
        score.add("day found", row["date_start"] is not None or truth.says("date_optional"))
    if row["date_start"] is not None:
        right = day_is_right(row, truth)
        score.add("day", right)
        score.add("day, or flagged", right or bool(flags & OPEN_DATE))
        if not right:
            score.lines.append(f"{report['id']}: DAY    {told(row)} <> {truth.raw.get('date')}")
    if truth.where:
        score.add("place found", row["geometry"] is not None)
    if row["geometry"] is not None and truth.where:
        right = places.is_right(row, truth)
        is_open = bool(flags & OPEN_PLACE) or row["location_status"] == "ambiguous"
        score.add("place", right)
        score.add("place, or flagged", right or is_open)
    figures = [row[f"fatalities_{name}"] for name in ("low", "best", "high")]
    right = toll_is_right(figures, truth.dead) or truth.says("toll_free")
    if truth.dead is not None or any(value is not None for value in figures):
        score.add("toll", right)
        if not right:
            score.lines.append(f"{report['id']}: TOLL   {figures} <> {truth.dead}")


def day_is_right(row: Mapping[str, Any], truth: Truth) -> bool:
    """Within the span that is right, and no vaguer than a month beyond it."""
    if truth.start is None or truth.end is None:
        loose = truth.raw.get("loose_date")
        return bool(loose) and str(row["date_start"])[5:10] == loose
    first = pd.Timestamp(row["date_start"]).date()
    last = pd.Timestamp(row["date_end"]).date() if row["date_end"] is not None else first
    if (truth.end - truth.start).days >= 1:
        return first <= truth.end and truth.start <= last and (last - first).days <= MONTH_DAYS
    return first == last == truth.start


def toll_is_right(figures: Sequence[Any], dead: tuple[int, int] | None) -> bool:
    low, _, high = figures
    if dead is None:
        return all(value is None for value in figures)
    return low == dead[0] and (dead[1] < 0 or high == dead[1])


# --------------------------------------------------------------------------- speed


def articles(count: int, words: int, seed: int = 11) -> Iterator[tuple[str, date]]:
    """Articles of so many words, sentences of the English development reports in any order."""
    own = [one for one in reports("development") if one.get("language", "en") == "en"]
    text = " ".join(one["text"].strip() for one in own)
    sentences = re.split(r"(?<=[.!?])\s+", text)
    draw = random.Random(seed)
    for _ in range(count):
        lines: list[str] = []
        while sum(map(len, map(str.split, lines))) < words:
            lines.append(draw.choice(sentences))
        yield " ".join(" ".join(lines).split()[:words]), date(2023, 9, 7)


def speed(count: int, words: int) -> str:
    gazetteer = Gazetteer.load()
    texts = list(articles(count, words))
    extract(texts[0][0], published=texts[0][1], gazetteer=gazetteer, name="warm")
    spent: list[float] = []
    for number, (text, day) in enumerate(texts):
        began = time.process_time()
        extract(text, published=day, gazetteer=gazetteer, name=f"{number}")
        spent.append(time.process_time() - began)
    middle = statistics.median(spent)
    return (
        f"{count} articles of {words} words: {sum(spent):.1f} s of one core, median "
        f"{1000 * middle:.1f} ms, slowest {1000 * max(spent):.0f} ms: "
        f"{60 * count / sum(spent):,.0f} a minute"
    )


# --------------------------------------------------------------------------- the table

ROWS = (
    ("events: precision", "precision"),
    ("events: recall", "recall"),
    ("event type, the best of those that are right", "type"),
    ("days given, of those told", "day found"),
    ("days right", "day"),
    ("days right or flagged", "day, or flagged"),
    ("places given, of those told", "place found"),
    ("places right (5 km, or the same unit)", "place"),
    ("places right or flagged", "place, or flagged"),
    ("tolls right", "toll"),
    ("drafts of history or of other borders, apart", "apart"),
)


def measure(part: str, language: str = "") -> Score:
    """Draft and compare every report of a part."""
    gazetteer, places, score = Gazetteer.load(), Places(), Score()
    for report in reports(part):
        if not language or report.get("language", "en") == language:
            judge(report, gazetteer, places, score)
    return score


def put_together() -> str:
    """How many drafts of different reports, of which none tell one event, are put together."""
    told = different([one for part in PARTS for one in reports(part)])
    documents = [Document(one["id"], one["text"].strip(), one.get("published")) for one in told]
    drafts, _ = draft(*documents)
    wrong = int((drafts["draft_status"] == "merged").sum())
    count = len(drafts) - int(drafts["draft_id"].str.startswith("M-").sum())
    return (
        f"{len(told)} reports of different events: {wrong} of {count} drafts put together wrongly"
    )


def different(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reports without those that tell of a day and a place of one before them."""
    kept: list[dict[str, Any]] = []
    known: list[Truth] = []
    for report in told:
        truths = [Truth.of(event) for event in report["events"]]
        if not any(is_beside(one, other) for one in truths for other in known):
            kept.append(report)
            known += truths
    return kept


def is_beside(one: Truth, other: Truth) -> bool:
    """Whether two events are at one place on one day, so that they may be one."""
    if not (one.start and one.end and other.start and other.end):
        return False
    days = one.start <= other.end and other.start <= one.end
    return days and not set(one.where).isdisjoint(other.where)


def say(title: str, count: int, score: Score) -> None:
    """Print the figures of some reports."""
    print(f"\n{title}: {count} reports")
    for row, name in ROWS:
        print(f"  {row:<46} {score.share(name)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, help="by default all")
    parser.add_argument("--language", default="", help="en, ps, fa or ur")
    parser.add_argument("--show", action="store_true", help="say what was missed or wrong")
    parser.add_argument("--speed", action="store_true", help="only how fast")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--words", type=int, default=600)
    asked = parser.parse_args()
    if not asked.speed:
        whole, parts = Score(), [asked.part] if asked.part else PARTS
        for part in parts:
            score = measure(part, asked.language)
            say(part, len(reports(part)), score)
            if asked.show:
                print(*(f"  {line}" for line in score.lines), sep="\n")
            whole.counts.update(score.counts)
        if len(parts) > 1:
            say("all", sum(len(reports(part)) for part in parts), whole)
    if not (asked.speed or asked.part or asked.language):
        print(put_together())
    if asked.speed or not (asked.part or asked.language):
        print(speed(asked.articles, asked.words))


if __name__ == "__main__":
    main()
