"""Fills missing points from names: how, from what, how sure, and how vague."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.border import GEOD, Border
from bordermap.errors import FrameError
from bordermap.gazetteer import Gazetteer, described
from bordermap.geocode.context import HEAD, Record, choose, outside_m
from bordermap.geocode.decisions import decide, rows_of
from bordermap.geocode.kilometre import by_kilometre
from bordermap.geocode.lookup import readings
from bordermap.geocode.precision import is_read, with_code
from bordermap.geocode.resolve import Placement, Resolver, read_record
from bordermap.geocode.shared_points import Named, demoted, same_point
from bordermap.schema import CRS, DEFAULT_RADIUS_M, DecisionFile, DecisionReport, columns_of

__all__ = ["Named", "geocode", "geocode_and_decide", "named_at", "reported_points"]

FAR_M = 5_000.0
"""Reported coordinates farther than this from what the record names are remarked upon."""


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
    records = _records(frame)
    answers = _with_kilometres(frame, _answers(frame, records, places))
    answers = demoted(records, answers, _coded(frame), places, elsewhere)
    decided = DecisionReport()
    if decisions:
        answers, decided = decide(rows_of(frame), answers, decisions, places)
    return _with_columns(frame, answers), decided


def _coded(frame: pd.DataFrame) -> list[bool]:
    """Which rows bear a precision code that is read."""
    schemes, codes = (_texts(frame, f"location_precision_{one}") for one in ("scheme", "reported"))
    return list(map(is_read, schemes, codes))


def reported_points(frame: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Positions of the rows with reported coordinates and no precision code; their degrees."""
    lon, lat, _ = _coordinates(frame)
    free = np.isfinite(lon)
    codes = frame.get("location_precision_reported")
    if codes is not None and codes.notna().any():
        free &= ~np.array(_coded(frame), dtype=bool)
    return np.flatnonzero(free), lon[free], lat[free]


def named_at(frame: pd.DataFrame, rows: Any) -> Named:
    """What some rows name at their reported points, for the other parts of a whole."""
    lon, lat, _ = _coordinates(frame.iloc[rows])
    found: dict[tuple[float, float], Counter[Record]] = defaultdict(Counter)
    records = _records(frame.iloc[rows])
    for point, record in zip(map(same_point, lon, lat), records, strict=True):
        found[point][record] += 1
    return dict(found)


def _with_columns(frame: gpd.GeoDataFrame, answers: list[Placement]) -> gpd.GeoDataFrame:
    placed = pd.DataFrame(frame).drop(
        columns=[c.name for c in columns_of("geocode")], errors="ignore"
    )
    for column, values in _columns(answers).items():
        placed[column] = pd.array(values, dtype=_DTYPES[column])
    lon, lat = (np.array([getattr(a, name) for a in answers], dtype=float) for name in _POSITION)
    points = np.where(np.isfinite(lon), shapely.points(lon, lat), None)
    placed["geometry"] = gpd.GeoSeries(points, index=frame.index, crs=CRS)
    return gpd.GeoDataFrame(placed, geometry="geometry", crs=CRS)


_DTYPES = {c.name: c.dtype for c in columns_of("geocode") if c.dtype != "geometry"}


_POSITION = ("lon", "lat")


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
    frame: pd.DataFrame, records: Sequence[Record], gazetteer: Gazetteer
) -> list[Placement]:
    """One answer a row; records that say the same are placed once."""
    codes = _texts(frame, "location_precision_reported")
    schemes = _texts(frame, "location_precision_scheme")
    rows = list(zip(records, *_coordinates(frame), schemes, codes, strict=True))
    unknown = list(dict.fromkeys(row[0] for row in rows if not np.isfinite(row[1])))
    placed = Resolver(gazetteer, Border.load()).place(unknown)
    known = dict(zip(unknown, placed, strict=True))
    answers = []
    for record, lon, lat, note, scheme, code in rows:
        if np.isfinite(lon):
            reported = _reported(record, float(lon), float(lat), gazetteer)
            answers.append(with_code(reported, record, scheme, code, gazetteer))
        else:
            answers.append(_with_note(known[record], note))
    return answers


def _with_kilometres(frame: pd.DataFrame, answers: list[Placement]) -> list[Placement]:
    """Place what has neither coordinates nor a place by its kilometre, where it gives one."""
    unplaced = [row for row, answer in enumerate(answers) if answer.located_by == "none"]
    for row, found in by_kilometre(frame, unplaced, Border.load()).items():
        before = answers[row]
        told = before if found.located_by == "none" else found
        answer = replace(found, status=told.status, candidates=told.candidates)
        answers[row] = _with_note(answer, before.note)
    return answers


def _with_note(answer: Placement, note: str) -> Placement:
    joined = "; ".join(part for part in (answer.note, note) if part)
    return replace(answer, note=joined) if note else answer


def _records(frame: pd.DataFrame) -> list[Record]:
    columns = [_texts(frame, name) for name in ("place", "district", "province", "country")]
    return [Record(*row) for row in zip(*columns, strict=True)]


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    return [_text(value) for value in frame[name].tolist()]


def _text(value: object) -> str:
    """A cell as text; whatever is missing is empty."""
    if isinstance(value, str):
        return value.strip()
    missing = pd.api.types.is_scalar(value) and pd.isna(value)
    return "" if missing else str(value).strip()


def _coordinates(frame: pd.DataFrame) -> tuple[Any, Any, list[str]]:
    """Reported longitude and latitude, NaN where they cannot be used, and why not."""
    lon, lat = (_numbers(frame, name) for name in ("longitude", "latitude"))
    whole = np.isfinite(lon) & np.isfinite(lat)
    good = whole & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    some = ~np.isnan(lon) | ~np.isnan(lat)
    notes = ["the reported coordinates cannot be used" if bad else "" for bad in some & ~good]
    return np.where(good, lon, np.nan), np.where(good, lat, np.nan), notes


def _numbers(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _reported(record: Record, lon: float, lat: float, gazetteer: Gazetteer) -> Placement:
    """Coordinates of the record, with remarks where its own names point elsewhere."""
    remarks = tuple(_remarks(record, lon, lat, gazetteer))
    return Placement(
        located_by="reported",
        precision="exact",
        lon=lon,
        lat=lat,
        radius_m=DEFAULT_RADIUS_M,
        score=1.0,
        note="; ".join(("reported coordinates", *remarks)),
        status="weak" if remarks else "placed",
    )


def _remarks(record: Record, lon: float, lat: float, gazetteer: Gazetteer) -> Iterator[str]:
    context, phrase = read_record(record, gazetteer)
    yield from context.notes
    if context.area and context.area.entry.outline:
        away_m = outside_m(lon, lat, context.area.entry.outline.geometry)
        if away_m > FAR_M:
            yield f"they lie {away_m / 1000:.0f} km outside {described(context.area.entry)}"
    if len(phrase.heads) == 1:
        choice = choose(readings(phrase.heads[0], gazetteer), context, HEAD)
        if choice.hit and choice.sure and not choice.hit.entry.members:
            place = choice.hit.entry.place
            away_m = GEOD.inv(lon, lat, place.lon, place.lat)[2]
            if away_m > place.radius_m + FAR_M:
                yield f"they lie {away_m / 1000:.0f} km from {described(choice.hit.entry)}"
