"""The page without scripts: a heading, one paragraph, and a plain table of the incidents."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from bordermap.render.incidents import DRAFT, column_of
from bordermap.render.text import clean_text, safe_link

__all__ = ["FALLBACK_ROWS", "fallback_markup"]

FALLBACK_ROWS = 500
_CELL_CHARACTERS = 300


def _shortened(text: str) -> str:
    return text if len(text) <= _CELL_CHARACTERS else f"{text[: _CELL_CHARACTERS - 1]}…"


def _cell(text: str) -> str:
    return f'<td dir="auto">{html.escape(_shortened(text))}</td>'


def _date(value: Any) -> str:
    text = clean_text(value)
    return text[:10]


def _type(kind: str, words: Mapping[str, str]) -> str:
    return words.get(f"type_{kind}", kind.replace("_", " "))


def _drafted(status: str, words: Mapping[str, str]) -> str:
    return f" ({words['sign_draft']})" if status == "draft" else ""


def _source(name: str, url: str) -> str:
    link = safe_link(url)
    if not link:
        return _cell(name)
    label = html.escape(_shortened(name or link))
    address = html.escape(link, quote=True)
    return f'<td dir="auto"><a rel="noopener noreferrer nofollow" href="{address}">{label}</a></td>'


def _rows(frame: gpd.GeoDataFrame, words: Mapping[str, str]) -> list[str]:
    names = ("date_start", "event_type", "place", "summary", "source_name", "source_url", DRAFT)
    cells = zip(*(column_of(frame, name) for name in names), strict=True)
    return [
        f"<tr><td>{_date(date)}</td>"
        + _cell(_type(clean_text(kind), words) + _drafted(clean_text(status), words))
        + _cell(clean_text(place))
        + _cell(clean_text(summary))
        + _source(clean_text(source), clean_text(url))
        + "</tr>"
        for date, kind, place, summary, source, url, status in cells
    ]


def fallback_markup(
    shown: gpd.GeoDataFrame, rows: int, title: str, caption: str, words: Mapping[str, str]
) -> str:
    """What readers see whose browser runs no scripts or is too old for the map.

    The page hides it as soon as its own script can draw.
    """
    heads = ("date", "type", "place", "summary", "source")
    counts = words["fallback_count"].format(shown=len(shown), all=rows)
    return "\n".join(
        [
            '<main id="fallback">',
            f'<h1 dir="auto">{html.escape(title)}</h1>',
            f'<p dir="auto">{html.escape(caption)}</p>' if caption else "",
            f"<noscript><p>{html.escape(words['fallback_no_script'])}</p></noscript>",
            f'<p id="fallback-reason">{html.escape(counts)}</p>',
            "<table><thead><tr>",
            *(f'<th scope="col">{html.escape(words[f"field_{head}"])}</th>' for head in heads),
            "</tr></thead><tbody>",
            *_rows(shown, words),
            "</tbody></table>",
            "</main>",
        ]
    )
