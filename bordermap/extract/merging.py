"""Drafts of several articles that tell one event, put together: explained, and to be undone.

What can be one event is found by the comparison of :mod:`bordermap.duplicates`. The drafts that
were put together stay in the table as ``merged``, with the id of the draft that tells them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from bordermap.draft_schema import DRAFT_FLAGS
from bordermap.duplicates import find_duplicates
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode

__all__ = ["AT_LEAST", "MERGED_INTO", "merged"]

MERGED_INTO = "merged_into"
"""The column of a draft that was put together with others: the id of what tells them all."""

AT_LEAST = 0.65
"""Pairs that score less stay apart: one district, day and type give 0.72, with two tolls of which
one is twice the other 0.67, one province instead of a district 0.63."""

_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_LISTED = ("source_name", "source_date", "source_url", "source_file")
_WORDS = ("date_words", "place_words", "event_words", "toll_words", "actor_words")
_OF_THE_FIRST = ("date_start", "date_end", "date_precision", "event_type")
_FALSE_OF_SEVERAL = frozenset({"claim_only"})


def merged(
    drafts: pd.DataFrame,
    gazetteer: Gazetteer | None = None,
    *,
    apart: Iterable[str] = (),
    at_least: float = AT_LEAST,
) -> pd.DataFrame:
    """Put drafts of different documents that tell one event together.

    Parameters
    ----------
    drafts : DataFrame
        The columns of :data:`bordermap.draft_schema.DRAFT_COLUMNS`, of any number of documents.
    gazetteer : Gazetteer, optional
        The shipped one when not given.
    apart : iterable of str
        Ids of such drafts that people took apart again.
    at_least : float
        Least likeness of two drafts, above 0 and up to 1.

    Returns
    -------
    DataFrame
        The drafts in their order and after them those that tell several, with the column
        ``merged_into``. Of the figures ``low`` is the least and ``high`` the greatest that is
        told, ``best`` stays where all give the same.
    """
    drafts = drafts.assign(**{MERGED_INTO: pd.array([None] * len(drafts), dtype="string")})
    groups = _groups(drafts, gazetteer, at_least)
    silent = set(apart)
    told = [one for group in groups if (one := _together(drafts, group))["draft_id"] not in silent]
    into = {member: one["draft_id"] for one in told for member in one["members"]}
    if not into:
        return drafts
    own = drafts["draft_id"].astype(object)
    drafts[MERGED_INTO] = pd.array([into.get(name) for name in own], dtype="string")
    is_merged = drafts[MERGED_INTO].notna()
    drafts["draft_status"] = drafts["draft_status"].mask(is_merged, "merged")
    rows = [{name: one.get(name) for name in drafts.columns} for one in told]
    added = pd.DataFrame(rows, columns=drafts.columns).astype(drafts.dtypes.to_dict())
    return pd.concat([drafts, added], ignore_index=True)


def _groups(
    drafts: pd.DataFrame, gazetteer: Gazetteer | None, at_least: float
) -> list[dict[str, list[str]]]:
    """For each event that several documents tell, its drafts by id, and why for each."""
    if drafts["source_file"].nunique() < 2:
        return []
    plain = drafts.assign(incident_id=drafts["draft_id"])
    vague = drafts["draft_flags"].fillna("").str.split(";").map(lambda flags: "vague" in flags)
    placed = geocode(plain[~vague.astype(bool)], gazetteer)
    pairs = find_duplicates(placed, at_least=at_least)
    file = dict(zip(drafts["draft_id"], drafts["source_file"], strict=True))
    found: dict[str, dict[str, list[str]]] = {}
    # The likeliest pairs first; no event takes two drafts of one document.
    for pair in pairs.sort_values("score", ascending=False, kind="stable").itertuples():
        one, other = str(pair.incident_id), str(pair.other_id)
        kept, added = found.get(one, {one: []}), found.get(other, {other: []})
        group = {**kept, **added}
        if kept is added or len({file[own] for own in group}) < len(group):
            continue
        reason = f"{one} and {other}: {pair.reasons} (likeness {pair.score:g})"
        group[other] = [*group[other], reason]
        found.update(dict.fromkeys(group, group))
    return list({id(group): group for group in found.values()}.values())


def _together(drafts: pd.DataFrame, group: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The draft that tells what several tell; its place, days and type are those of the first."""
    rows = drafts.set_index("draft_id", drop=False).loc[list(group)]
    first = rows.iloc[0]
    known = {name: rows[name].dropna() for name in rows.columns}
    reasons = [reason for reasons in group.values() for reason in reasons]
    digest = hashlib.sha256("\n".join(sorted(group)).encode("utf-8")).hexdigest()
    files = ", ".join(known["source_file"])
    return {
        **{name: known[name].iloc[0] if len(known[name]) else None for name in rows.columns},
        **{name: first[name] for name in _OF_THE_FIRST},
        **{name: _listed(known[name]) for name in (*_LISTED, *_WORDS)},
        **_figures(known),
        "draft_id": f"M-{digest[:12]}",
        "incident_id": None,
        "draft_status": "draft",
        "draft_flags": _flags(known["draft_flags"]),
        "confidence": known["confidence"].max(),
        "why": f"{len(rows)} documents tell it ({files}): {'; '.join(reasons)}",
        "evidence": None,
        "source_row": None,
        MERGED_INTO: None,
        "members": list(group),
    }


def _listed(values: pd.Series) -> str | None:
    return "; ".join(dict.fromkeys(map(str, values))) or None


def _figures(known: Mapping[str, pd.Series]) -> dict[str, Any]:
    """The range of what is told; a best figure is never picked."""
    low, best, high = (known[name] for name in _FIGURES)
    told = pd.concat([low, best, high])
    one_best = len(best) and best.nunique() == 1 and told.nunique() == 1
    return {
        "fatalities_low": told.min() if len(told) else None,
        "fatalities_best": best.iloc[0] if one_best else None,
        "fatalities_high": told.max() if len(told) else None,
    }


def _flags(flags: pd.Series) -> str | None:
    told = {flag for text in flags for flag in text.split(";")} - _FALSE_OF_SEVERAL
    return ";".join(flag for flag in DRAFT_FLAGS if flag in told) or None
