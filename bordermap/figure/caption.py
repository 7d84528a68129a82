"""What stands around the map: what the incidents are, what was kept of them, whose data it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from bordermap.figure.fonts import one_line
from bordermap.figure.projection import View
from bordermap.figure.scene import MOST_MARKS, Scene
from bordermap.figure.words import digits, long_day, number, say
from bordermap.render import MapStyle
from bordermap.render.incidents import column_of
from bordermap.schema import Layer

__all__ = ["about_data", "about_map", "credits_of", "headline"]

_CAPTION, _NOTE, _NAME = 600, 400, 80
_NO_FILTERS = frozenset({"command", "bands", "day_first", "lang", "publish"})
_UCDP = (
    "UCDP Georeferenced Event Dataset, Uppsala Conflict Data Program "
    "(Sundberg and Melander 2013), CC BY 4.0"
)


def _dates(frame: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Every first and last day that is known."""
    days = [column_of(frame, name) for name in ("date_start", "date_end")]
    known = [pd.to_datetime(day, errors="coerce", format="ISO8601", utc=True) for day in days]
    return pd.concat(known).dropna()


def _day(frame: gpd.GeoDataFrame, day: pd.Timestamp, words: Mapping[str, str]) -> str:
    """A day for people; only its year where no row knows more."""
    known = set(column_of(frame, "date_precision").dropna().unique())
    return digits(str(day.year), words) if known == {"year"} else long_day(words, day.date())


def headline(frame: gpd.GeoDataFrame, caption: str, words: Mapping[str, str]) -> str:
    """The caption that was given, or how many incidents, from when to when."""
    if caption:
        return one_line(caption, _CAPTION)
    dates = _dates(frame)
    if dates.empty:
        return say(words, "caption_undated", n=number(len(frame), words))
    first, last = (_day(frame, day, words) for day in (dates.min(), dates.max()))
    return say(words, "caption", **{"n": number(len(frame), words), "from": first, "to": last})


def about_data(
    frame: gpd.GeoDataFrame, style: MapStyle, run: Mapping[str, Any], words: Mapping[str, str]
) -> Iterator[str]:
    """Sentences about what was read, as of when, and what was kept of it."""
    dates = _dates(frame) if style.caption else pd.Series(dtype="datetime64[s]")
    if not dates.empty:
        yield say(words, "figure_dates", to=_day(frame, dates.max(), words))
    files = ", ".join(_files(run, words))
    if files:
        yield say(words, "figure_data", files=one_line(files, _NOTE))
    filters = ", ".join(_filters(run))
    if filters:
        yield say(words, "figure_filters", filters=one_line(filters, _NOTE))
    yield words["figure_line"]


def about_map(
    view: View, scene: Scene, words: Mapping[str, str], lacks_fonts: bool
) -> Iterator[str]:
    """Sentences about how it was drawn."""
    if scene.hexagons:
        km = digits(f"{scene.hexagons.km:g}", words)
        yield say(words, "figure_hexagons", most=number(MOST_MARKS, words), km=km)
    if scene.left_out:
        yield say(words, "figure_left_out", n=number(scene.left_out, words))
    if lacks_fonts:
        yield words["figure_local"]
    south, north = view.parallels
    ratio = round(view.ratio, 1 - len(str(int(view.ratio))) + 1)
    yield say(
        words,
        "figure_projection",
        south=digits(f"{south:.1f}", words),
        north=digits(f"{north:.1f}", words),
        ratio=number(int(ratio), words),
        error=digits(f"{max(view.distortion() * 100, 0.01):.2g}", words),
    )


def _filters(run: Mapping[str, Any]) -> Iterator[str]:
    """What was asked for, as it was written."""
    asked = run.get("arguments")
    for name, value in sorted(asked.items()) if isinstance(asked, Mapping) else ():
        if name not in _NO_FILTERS and value and (name, value) != ("certainty", "nominal"):
            values = value if isinstance(value, (list, tuple)) else [value]
            yield f"{name} {' or '.join(one_line(str(one), _NAME) for one in values)}"


def _files(run: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    given = run.get("inputs")
    for file in given if isinstance(given, (list, tuple)) else ():
        if isinstance(file, Mapping):
            told = {key: file.get(key) for key in ("read", "accepted", "rejected")}
            counts = {
                key: number(n, words) if isinstance(n, int) else "?" for key, n in told.items()
            }
            name = one_line(str(file.get("file", "")), _NAME)
            yield say(words, "figure_file", file=name, **counts)


def _each_once(lines: Sequence[str]) -> list[str]:
    """Credits without those whose every part stands in another one."""
    parts = {line: frozenset(line.removeprefix("names: ").split(", ")) for line in lines}
    once = {frozenset(held): line for line, held in reversed(parts.items())}
    return [
        line
        for line, held in parts.items()
        if once[held] == line and not any(held < other for other in parts.values())
    ]


def credits_of(
    frame: gpd.GeoDataFrame,
    layers: Mapping[str, Layer],
    attributions: Sequence[str],
    words: Mapping[str, str],
) -> str:
    """Each credit once: of the layers, of the incidents' own sources, of the user's gazetteers."""
    names = set(column_of(frame, "source_name").dropna().unique())
    ucdp = [_UCDP] if any("UCDP" in str(name)[:10_000] for name in names) else []
    parts = [part for layer in layers.values() for part in str(layer.attribution).split("; ")]
    lines = [one_line(part, _NOTE) for part in (*ucdp, *attributions, *parts)]
    unique = "; ".join(_each_once([line for line in lines if line]))
    said = say(words, "figure_credits", credits=unique) if unique else ""
    return f"{said} {words['figure_made']}".strip()
