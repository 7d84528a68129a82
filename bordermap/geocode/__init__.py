"""Fills missing points from names: how, from what, how sure, and how vague."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.border import Border
from bordermap.errors import FrameError
from bordermap.gazetteer import Gazetteer
from bordermap.geocode.answers import Answers, Records, Texts, alike, numbers_of_rows
from bordermap.geocode.context import Record
from bordermap.geocode.decisions import decide, rows_of
from bordermap.geocode.kilometre import by_kilometre
from bordermap.geocode.precision import is_read
from bordermap.geocode.reported import put_reported
from bordermap.geocode.resolve import Placement, placed
from bordermap.geocode.shared_points import Named, put_demoted, same_points
from bordermap.schema import CRS, DecisionFile, DecisionReport, columns_of

__all__ = ["Named", "geocode", "geocode_and_decide", "named_at", "reported_points"]


def geocode(
    frame: gpd.GeoDataFrame,
    gazetteer: Gazetteer | None = None,
    decisions: Sequence[DecisionFile] = (),
) -> gpd.GeoDataFrame:
    """Place every incident, or say why not.

    Parameters
    ----------
    frame : GeoDataFrame or DataFrame
        Needs ``incident_id``; reads ``place``, ``district``, ``province``, ``country``,
        ``latitude`` and ``longitude`` (degrees, WGS 84) as far as they are there. A row that
        neither these nor its names place is placed by ``border_km_input`` (kilometre of the line)
        and ``border_offset_m_input`` (metres beside it, positive on the Afghan side).
    gazetteer : Gazetteer, optional
        The shipped one when not given.
    decisions : sequence of DecisionFile
        What people decided, from :func:`bordermap.read_decisions`. Decisions go before everything
        else; the note of a row tells of its own, also of one that could not be used.

    Returns
    -------
    GeoDataFrame
        The same rows in the same order with the columns of geocoding, EPSG:4326. Lengths are in
        metres. Coordinates that a record brings are kept and checked against its names; the
        source's precision code (``location_precision_reported`` in a known
        ``location_precision_scheme``) says how vague they are.

    Raises
    ------
    FrameError
        There is no column ``incident_id``.
    """
    return geocode_and_decide(frame, gazetteer, decisions)[0]


def geocode_and_decide(
    frame: gpd.GeoDataFrame,
    gazetteer: Gazetteer | None = None,
    decisions: Sequence[DecisionFile] = (),
    elsewhere: Named | None = None,
) -> tuple[gpd.GeoDataFrame, DecisionReport]:
    """As :func:`geocode`, with an account of what became of each decision.

    Of rows that are a part of a whole, ``elsewhere`` has what :func:`named_at` gives of the other
    parts.
    """
    if "incident_id" not in frame.columns:
        raise FrameError("the frame has no column incident_id", todo="read it with read_incidents")
    places = gazetteer if gazetteer is not None else Gazetteer.load()
    records = Records.of(frame)
    scheme, code = (Texts.of(frame, f"location_precision_{one}") for one in ("scheme", "reported"))
    answers = _answers(frame, records, (scheme, code), places)
    _put_kilometres(frame, answers)
    put_demoted(records, answers, _is_coded(scheme, code), places, elsewhere)
    decided = DecisionReport()
    if decisions:
        own = [answers.at(row) for row in range(len(answers))]
        own, decided = decide(rows_of(frame), own, decisions, places)
        answers = Answers.of(own)
    return _with_columns(frame, answers), decided


def reported_points(frame: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Rows with reported coordinates and no precision code that is read; their degrees."""
    lon, lat, _ = _coordinates(frame)
    scheme, code = (Texts.of(frame, f"location_precision_{one}") for one in ("scheme", "reported"))
    free = np.isfinite(lon) & ~_is_coded(scheme, code)
    return np.flatnonzero(free), lon[free], lat[free]


def named_at(frame: pd.DataFrame, rows: Any) -> Named:
    """What some rows name at their reported points, for the other parts of a whole."""
    some = frame.iloc[rows]
    records, (lon, lat, _) = Records.of(some), _coordinates(some)
    found: dict[tuple[float, float], Counter[Record]] = defaultdict(Counter)
    points = zip(*(one.tolist() for one in same_points(lon, lat)), strict=True)
    for row, point in enumerate(points):
        found[point][records[row]] += 1
    return dict(found)


def _with_columns(frame: gpd.GeoDataFrame, answers: Answers) -> gpd.GeoDataFrame:
    placed = pd.DataFrame(frame).drop(
        columns=[c.name for c in columns_of("geocode")], errors="ignore"
    )
    for column, values in _columns(answers.placements).items():
        placed[column] = answers.column(values, _DTYPES[column])
    points = np.full(len(frame), None, dtype=object)
    there = np.isfinite(answers.lon)
    points[there] = shapely.points(answers.lon[there], answers.lat[there])
    placed["geometry"] = gpd.GeoSeries(points, index=frame.index, crs=CRS)
    return gpd.GeoDataFrame(placed, geometry="geometry", crs=CRS)


_DTYPES = {c.name: c.dtype for c in columns_of("geocode") if c.dtype != "geometry"}


def _columns(answers: list[Placement]) -> dict[str, list[Any]]:
    return {
        "located_by": [a.located_by for a in answers],
        "location_precision": [a.precision for a in answers],
        "location_radius_m": [a.radius_m for a in answers],
        "location_side": [a.side or None for a in answers],
        "place_id": [a.place_id or None for a in answers],
        "place_match": [a.place_match or None for a in answers],
        "match_score": [a.score for a in answers],
        "location_status": [a.status or _plain_status(a) for a in answers],
        "location_candidates": [a.candidates or None for a in answers],
        "location_note": [a.note or None for a in answers],
    }


def _plain_status(answer: Placement) -> str:
    return "unplaced" if answer.located_by == "none" else "placed"


def _answers(
    frame: pd.DataFrame, records: Records, codes: tuple[Texts, Texts], gazetteer: Gazetteer
) -> Answers:
    """One answer a row; records that say the same are placed once."""
    answers = Answers(len(frame))
    lon, lat, unusable = _coordinates(frame)
    known = np.isfinite(lon)
    put_reported(answers, np.flatnonzero(known), (lon, lat), records, codes, gazetteer)
    unknown = np.flatnonzero(~known)
    groups = alike(unknown, records.which, unusable)
    named = list(dict.fromkeys(records[rows[0]] for rows in groups))
    found = dict(zip(named, placed(named, gazetteer), strict=True))
    for rows in groups:
        note = "the reported coordinates cannot be used" if unusable[rows[0]] else ""
        answers.put(rows, _with_note(found[records[rows[0]]], note))
    return answers


def _put_kilometres(frame: pd.DataFrame, answers: Answers) -> None:
    """Place what has neither coordinates nor a place by its kilometre, where it gives one."""
    unplaced = answers.rows_located_by("none").tolist()
    for row, found in by_kilometre(frame, unplaced, Border.load()).items():
        before = answers.at(row)
        told = before if found.located_by == "none" else found
        answer = replace(found, status=told.status, candidates=told.candidates)
        answers.put(row, _with_note(answer, before.note))


def _with_note(answer: Placement, note: str) -> Placement:
    joined = "; ".join(part for part in (answer.note, note) if part)
    return replace(answer, note=joined) if note else answer


def _is_coded(scheme: Texts, code: Texts) -> NDArray[np.bool_]:
    """Rows whose source gives a precision code that is read."""
    number, first = numbers_of_rows(scheme.which, code.which)
    read = [is_read(scheme.texts[scheme.which[at]], code.texts[code.which[at]]) for at in first]
    return np.array(read, dtype=bool)[number]


def _coordinates(frame: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Reported longitude and latitude, NaN where they cannot be used, and where that is so."""
    lon, lat = (_numbers(frame, name) for name in ("longitude", "latitude"))
    whole = np.isfinite(lon) & np.isfinite(lat)
    good = whole & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    some = ~np.isnan(lon) | ~np.isnan(lat)
    return np.where(good, lon, np.nan), np.where(good, lat, np.nan), some & ~good


def _numbers(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
