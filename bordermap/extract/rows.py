"""Events of a text as rows of drafts, each with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bordermap.draft_schema import DRAFT_COLUMNS, DRAFT_FLAGS, Document
from bordermap.extract.drafting import Story
from bordermap.extract.figures import Figures, total
from bordermap.extract.reading import Account, Span

__all__ = ["drafts_of", "no_drafts"]

_START, _HIGHEST, _LOWEST = 0.35, 0.95, 0.05
_PLACE = {"spot": 0.25, "district": 0.25, "province": 0.15, "country": 0.05}
_DAY = {"day": 0.2, "week": 0.15, "month": 0.1, "year": 0.05}
_DOUBTS = {
    "vague": 0.2, "history": 0.2, "ambiguous_place": 0.15, "place_unknown": 0.1,
    "date_unclear": 0.1, "claim_only": 0.1, "other_border": 0.15, "denied": 0.1,
    "several_places": 0.05, "place_from_context": 0.05, "toll_unclear": 0.05,
}  # fmt: skip
_FIELDS = ("event", "date", "place", "toll", "actor")
_SAID = {
    "airstrike": "an air strike", "drone_strike": "a drone strike", "shelling": "shelling",
    "armed_clash": "an armed clash", "explosion": "an explosion", "protest": "a protest",
    "attack_on_civilians": "an attack on civilians", "crossing_closure": "a closed crossing",
    "other": "an event of another kind", "unknown": "an event of a kind it does not say",
}  # fmt: skip
_DTYPES = {column.name: column.dtype for column in DRAFT_COLUMNS}


def no_drafts() -> pd.DataFrame:
    """No drafts, with the columns that drafts have."""
    return _frame([])


def drafts_of(story: Story) -> pd.DataFrame:
    """The drafts of a text, in its order: first events, then general mentions.

    Returns
    -------
    DataFrame
        With the columns ``DRAFT_COLUMNS``.
    """
    rows = [_row(story.document, account, vague=False) for account in story.accounts]
    told = {account.kind for account in story.accounts}
    rows += [
        _row(story.document, account, vague=True)
        for kind, account in story.vague.items()
        if kind not in told
    ]
    seen: dict[str, int] = {}
    for row in rows:
        number = seen[row["draft_id"]] = seen.get(row["draft_id"], 0) + 1
        row["draft_id"] += f"-{number}" if number > 1 else ""
    return _frame(rows)


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    columns = {
        name: pd.array([row.get(name) for row in rows], dtype=dtype)
        for name, dtype in _DTYPES.items()
    }
    return pd.DataFrame(columns)


def _row(document: Document, account: Account, *, vague: bool) -> dict[str, Any]:
    rival = account.kind in {"airstrike", "drone_strike"}
    figures = Figures() if vague else total(account.counts, rival=rival)
    spans = _spans(account, figures, vague=vague)
    flags = _flags(account, figures, vague=vague)
    row: dict[str, Any] = {
        "draft_id": _draft_id(document, account),
        "event_type": account.kind,
        "event_type_reported": _words(document.text, spans["event"]) or None,
        "fatalities_low": figures.low,
        "fatalities_best": figures.best,
        "fatalities_high": figures.high,
        "actor_a": account.parties.a.name if account.parties.a else None,
        "actor_b": account.parties.b.name if account.parties.b else None,
        "source_name": document.name or None,
        "source_date": document.published.isoformat() if document.published else None,
        "source_file": document.name or None,
        "draft_status": "draft",
        "draft_flags": ";".join(flags),
        "confidence": _confidence(account, figures, flags),
        "evidence": _evidence(spans),
    }
    row |= _date_cells(account, vague=vague) | _place_cells(account, vague=vague)
    row |= {f"{name}_words": _words(document.text, spans[name]) or None for name in _FIELDS}
    row["summary"] = _summary(row)
    row["why"] = _why(document, account, row, vague=vague)
    return row


def _draft_id(document: Document, account: Account) -> str:
    sentence = document.text[account.sentence.start : account.sentence.end]
    content = "\x1f".join((document.name, sentence, account.kind))
    return "D-" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:12]


def _date_cells(account: Account, *, vague: bool) -> dict[str, Any]:
    moment = account.moment
    if vague or moment is None or moment.start is None:
        return {"date_start": None, "date_end": None, "date_precision": "unknown"}
    end = moment.end or (None if moment.since else moment.start)
    return {
        "date_start": pd.Timestamp(moment.start),
        "date_end": pd.Timestamp(end) if end and not moment.since else None,
        "date_precision": moment.precision,
    }


def _place_cells(account: Account, *, vague: bool) -> dict[str, Any]:
    if vague or account.locus is None:
        return {}
    record = account.locus.record
    cells = {name: getattr(record, name) for name in ("place", "district", "province", "country")}
    return {name: value or None for name, value in cells.items()}


def _spans(account: Account, figures: Figures, *, vague: bool) -> dict[str, list[Span]]:
    spans = {name: sorted(set(account.spans.get(name, []))) for name in _FIELDS}
    if vague:
        return {name: spans[name] if name == "event" else [] for name in _FIELDS}
    if figures.low is None and figures.high is None and not figures.unclear:
        spans["toll"] = [span for span in spans["toll"] if account.counts]
    return spans


def _words(text: str, spans: Sequence[Span]) -> str:
    return "; ".join(dict.fromkeys(" ".join(text[start:end].split()) for start, end in spans))


def _evidence(spans: dict[str, list[Span]]) -> str:
    return ";".join(f"{name}:{start}-{end}" for name in _FIELDS for start, end in spans[name])


def _flags(account: Account, figures: Figures, *, vague: bool) -> list[str]:
    flags = set(account.flags)
    moment, locus = account.moment, account.locus
    if vague:
        flags = {"vague"}
    if vague or moment is None or moment.start is None:
        flags.add("no_date")
    if vague or locus is None:
        flags.add("no_place")
    elif locus:
        flags |= locus.flags
    if figures.unclear:
        flags.add("toll_unclear")
    return [flag for flag in DRAFT_FLAGS if flag in flags]


def _confidence(account: Account, figures: Figures, flags: Sequence[str]) -> float:
    """A guess that orders drafts for a reader; it is no measured probability."""
    value = _START + 0.1 * account.sure_kind
    if account.locus and "no_place" not in flags:
        value += _PLACE[account.locus.rank]
    if account.moment and account.moment.start and "no_date" not in flags:
        value += _DAY.get(account.moment.precision, 0.0)
    value += 0.05 * (figures.low is not None)
    value -= sum(_DOUBTS.get(flag, 0.0) for flag in flags)
    return round(min(max(value, _LOWEST), _HIGHEST), 2)


def _summary(row: dict[str, Any]) -> str:
    """What is told, in our words: the article's own are not taken over."""
    kind = _SAID[row["event_type"]]
    names = [row.get(name) for name in ("place", "district", "province", "country")]
    where = ", ".join(dict.fromkeys(name for name in names if name))
    parts = [f"{kind[0].upper()}{kind[1:]}"]
    parts += [f"in {where}"] if where and not row.get("place") else [f"at {where}"] if where else []
    if row["actor_a"] or row["actor_b"]:
        parts.append(f"({'; '.join(n for n in (row['actor_a'], row['actor_b']) if n)})")
    if row["fatalities_low"] is not None or row["fatalities_high"] is not None:
        parts.append(f"with {_figure(row['fatalities_low'], row['fatalities_high'])} reported dead")
    return " ".join(parts)


def _figure(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low)
    return f"{low} or more" if high is None else f"{low or 0} to {high}"


def _why(document: Document, account: Account, row: dict[str, Any], *, vague: bool) -> str:
    kind = _SAID[account.kind]
    parts = [f"'{_first(row['event_words'])}' tells {kind}"]
    if vague:
        return f"{parts[0]} in general, with no day and no place of its own"
    if row["date_words"]:
        parts.append(_why_day(document, account, row["date_words"]))
    if row["place_words"] and account.locus:
        found = account.locus.placement
        meant = f"is {found.place_match}" if found.place_match else "is not in the gazetteer"
        parts.append(f"'{row['place_words']}' {meant}")
    return "; ".join(parts)


def _first(words: str | None) -> str:
    return (words or "").split("; ")[0]


def _why_day(document: Document, account: Account, words: str) -> str:
    moment = account.moment
    if moment is None or moment.start is None:
        return f"'{words}' needs the day of publication, which is not known"
    shown = moment.start.isoformat() + (f" to {moment.end.isoformat()}" if moment.end else "")
    if {"relative_date", "year_assumed"} & set(moment.flags) and document.published:
        return (
            f"'{words}', read from the publication on {document.published.isoformat()}, is {shown}"
        )
    return f"'{words}' is {shown}"
