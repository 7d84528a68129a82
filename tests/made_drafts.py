"""Drafts made by hand, as ``extract`` would give them."""

from __future__ import annotations

import hashlib

import pandas as pd

from bordermap.draft_schema import DRAFT_COLUMNS, Document

DTYPES = {column.name: column.dtype for column in DRAFT_COLUMNS}


def document(text, name="a.txt", **given):
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(name, text, sha256=digest, **given)


def draft(of, words=None, **cells):
    """One draft of a document; ``words`` are what gave each field, as they stand in the text."""
    said = dict(words or {})
    starts = {field: of.text.index(text) for field, text in said.items()}
    evidence = [f"{field}:{at}-{at + len(said[field])}" for field, at in starts.items()]
    kind = cells.get("event_type", "shelling")
    digest = hashlib.sha256(f"{of.name} {kind} {said}".encode()).hexdigest()
    return {
        "draft_id": f"D-{digest[:12]}",
        "event_type": kind,
        "source_name": of.name,
        "source_file": of.name,
        "source_row": 1,
        "draft_status": "draft",
        "confidence": 0.8,
        "why": "the text says so",
        "evidence": ";".join(evidence) or None,
        **{f"{field}_words": text for field, text in said.items()},
        **cells,
    }


def table(*rows):
    frame = pd.DataFrame([{name: row.get(name) for name in DTYPES} for row in rows])
    return frame.reindex(columns=list(DTYPES)).astype(DTYPES)


GOSHTA = document(
    "Two people were killed when shells hit Goshta in Nangarhar on 4 March 2023, officials said.",
    published=None,
)
AGAIN = document("On 4 March 2023 shelling of Goshta district, Nangarhar, left four dead.", "b.txt")
ELSEWHERE = document("A bomb went off in Mir Ali on 4 March 2023.", "c.txt")


def three():
    """Two articles that tell one event, and one that tells another."""
    day = {"date_start": "2023-03-04", "date_end": "2023-03-04", "date_precision": "day"}
    place = {"place": "Goshta", "province": "Nangarhar", "country": "AF"}
    return table(
        draft(
            GOSHTA,
            {
                "event": "shells hit",
                "date": "4 March 2023",
                "place": "Goshta",
                "toll": "Two people",
            },
            fatalities_low=2,
            fatalities_best=2,
            fatalities_high=2,
            **day,
            **place,
        ),
        draft(
            AGAIN,
            {"event": "shelling", "date": "4 March 2023", "place": "Goshta district"},
            fatalities_low=4,
            fatalities_best=4,
            fatalities_high=4,
            **day,
            **{**place, "place": "Goshta district"},
        ),
        draft(
            ELSEWHERE,
            {"event": "bomb went off", "date": "4 March 2023", "place": "Mir Ali"},
            event_type="explosion",
            **day,
            place="Mir Ali",
            country="PK",
        ),
    )
