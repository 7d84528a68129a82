"""Articles with what was found marked in them, side by side with the map of their drafts.

One document: the texts, and the map's own page in a frame. Every text is escaped; the content
policy allows the scripts and styles of the two pages and nothing else.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from bordermap.draft_schema import Document
from bordermap.render.assets import leaflet_script, leaflet_styles, page_script, page_styles
from bordermap.render.map import make_map
from bordermap.render.page import Page, content_policy, start_script
from bordermap.render.style import MapStyle
from bordermap.render.text import clean_text

__all__ = ["article_page", "marked"]

TITLE = "Drafts of incidents"
_NOTICE = (
    "Read by a program: nobody has reviewed these drafts, and none of them is a record of an "
    "incident. What is marked is what the program went by; what it left out is not marked."
)
_KINDS = {
    "event": "what happened",
    "date": "when",
    "place": "where",
    "toll": "how many",
    "actor": "who",
}
_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_LONGEST = 200_000
"""Of a longer text the rest is not shown."""


class _Span(NamedTuple):
    start: int
    end: int
    kind: str
    draft_id: str


def article_page(
    documents: Sequence[Document],
    drafts: pd.DataFrame,
    located: gpd.GeoDataFrame,
    *,
    lang: str = "en",
) -> Page:
    """Put texts, what was found in them, and the map of the drafts into one page.

    Parameters
    ----------
    documents : sequence of Document
    drafts : DataFrame
        Their drafts, with ``evidence``.
    located : GeoDataFrame
        The drafts that stand for an event, located; ``incident_id`` is the draft's id.
    lang : str
        Language of the map's words, one of :func:`bordermap.render.languages`.

    Returns
    -------
    Page
        It asks the network for nothing; the same input gives the same bytes.
    """
    count = len(documents)
    caption = f"Drafts from {count} text{'s' if count != 1 else ''}."
    style = MapStyle(title=TITLE, caption=caption, in_frame=True, lang=lang)
    frame = html.escape(make_map(located, style=style).html)
    rows = drafts.astype(object).where(drafts.notna(), None).to_dict("records")
    texts = "\n".join(_article(one, rows) for one in documents)
    together = [row for row in rows if str(row["draft_id"]).startswith("M-")]
    several = _section("Told by several texts", together) if together else ""
    body = "\n".join(
        [
            f'<header><h1>{TITLE}</h1><p class="notice">{_NOTICE}</p>{_key()}</header>',
            '<div class="pair">',
            f"<main>{several}{texts}</main>",
            f'<iframe id="map" title="Map of the drafts" srcdoc="{frame}"></iframe>',
            "</div>",
        ]
    )
    return Page(_document(body))


def _document(body: str) -> str:
    own_script, own_style = _static("article.js"), _static("article.css")
    # The frame is under this policy too.
    scripts = (leaflet_script(), page_script(), start_script(), own_script)
    policy = content_policy(scripts, (leaflet_styles(), page_styles(), own_style))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="generator" content="bordermap, Folium, Leaflet">',
            f"<title>{TITLE}</title>",
            f"<style>{own_style}</style>",
            "</head>",
            "<body>",
            body,
            f"<script>{own_script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def _static(name: str) -> str:
    text = (
        resources.files("bordermap.render")
        .joinpath("static", "article", name)
        .read_text(encoding="utf-8")
    )
    return text.strip()


def _key() -> str:
    marks = (f'<mark class="{kind}">{word}</mark>' for kind, word in _KINDS.items())
    return f'<p class="key">{" ".join(marks)}</p>'


def _article(document: Document, rows: Sequence[Mapping[str, Any]]) -> str:
    own = [row for row in rows if row["source_file"] == document.name]
    day = document.published.isoformat() if document.published else "day of publication not known"
    shown = document.text[:_LONGEST]
    notes = [*document.notes]
    if len(shown) < len(document.text):
        notes.append(f"only the first {_LONGEST:,} characters are shown")
    told = "".join(f"<p>{_escaped(note)}</p>" for note in notes)
    language = f' lang="{_escaped(document.language)}"' if document.language else ""
    return (
        f'<article><h2 dir="auto">{_escaped(document.name)}</h2><p class="paper">{day}</p>{told}'
        f'<div class="text" dir="auto"{language}>{marked(shown, own)}</div>'
        f"{_section('Drafts', own) if own else '<p>No draft: the text reports no event.</p>'}"
        "</article>"
    )


def marked(text: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A text as HTML in which the evidence of drafts is marked.

    Parameters
    ----------
    text : str
    rows : sequence of mapping
        Drafts with ``draft_id`` and ``evidence`` (``field:start-end`` joined by ``;``).

    Returns
    -------
    str
        Without its marks it is the text, escaped; spans that lie outside the text are left out.
    """
    spans = [span for row in rows for span in _spans(row, len(text))]
    cuts = sorted({0, len(text), *(at for span in spans for at in span[:2])})
    opened: dict[int, list[_Span]] = defaultdict(list)
    for span in spans:
        for at in cuts[bisect_left(cuts, span.start) : bisect_left(cuts, span.end)]:
            opened[at].append(span)
    return "".join(_piece(text[start:end], opened[start]) for start, end in pairwise(cuts))


def _spans(row: Mapping[str, Any], length: int) -> Iterator[_Span]:
    for entry in str(row.get("evidence") or "").split(";"):
        kind, _, place = entry.strip().partition(":")
        start, _, end = place.partition("-")
        if kind in _KINDS and start.isdecimal() and end.isdecimal():
            first, last = int(start), min(int(end), length)
            if first < last:
                yield _Span(first, last, kind, str(row["draft_id"]))


def _piece(text: str, spans: Sequence[_Span]) -> str:
    # Not cleaned: offsets count these characters, and controls were taken out on reading.
    shown = html.escape(text)
    if not spans:
        return shown
    kinds = " ".join(sorted({span.kind for span in spans}))
    drafts = html.escape(" ".join(sorted({span.draft_id for span in spans})))
    words = ", ".join(_KINDS[kind] for kind in kinds.split())
    return f'<mark class="{kinds}" data-drafts="{drafts}" title="{words}">{shown}</mark>'


def _section(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    cards = "".join(_card(row) for row in rows)
    return f'<section class="drafts"><h3>{title}</h3><ol>{cards}</ol></section>'


def _card(row: Mapping[str, Any]) -> str:
    own = _escaped(row["draft_id"])
    on_map = _escaped(row.get("merged_into")) or own
    kind = _escaped(row["event_type"]).replace("_", " ") or "event"
    facts = "".join(
        f'<dt>{name}</dt><dd dir="{_direction(name)}">{_escaped(value)}</dd>'
        for name, value in _facts(row)
        if value
    )
    return (
        f'<li class="draft"><button type="button" data-draft="{own}"'
        f' data-on-map="{on_map}">{kind}</button> '
        f'<span class="status">{_escaped(row["draft_status"])}</span><dl>{facts}</dl></li>'
    )


def _direction(name: str) -> str:
    """Words of a report as they are written; our own sentence from left to right."""
    return "ltr" if name == "why" else "auto"


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "when", _days(row)
    yield "where", _joined(row, ("place", "district", "province", "country"), ", ")
    yield "who", _joined(row, ("actor_a", "actor_b"), ", ")
    yield "deaths", _joined(row, _FIGURES, " / ")
    yield "look at", clean_text(row["draft_flags"]).replace("_", " ").replace(";", ", ")
    if row["confidence"] is not None:
        yield "confidence", f"{float(row['confidence']):.2f}"
    yield "why", clean_text(row["why"])
    yield "told by", clean_text(row.get("merged_into"))
    yield "id", clean_text(row["draft_id"])


def _days(row: Mapping[str, Any]) -> str:
    days = [str(row[name])[:10] for name in ("date_start", "date_end") if row[name] is not None]
    precision = clean_text(row["date_precision"])
    said = " to ".join(dict.fromkeys(days))
    return f"{said} ({precision})" if said and precision else said


def _joined(row: Mapping[str, Any], names: Sequence[str], mark: str) -> str:
    return mark.join(dict.fromkeys(filter(None, (clean_text(row[name]) for name in names))))


def _escaped(value: Any) -> str:
    return html.escape(clean_text(value))
