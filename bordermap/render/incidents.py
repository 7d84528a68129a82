"""Incidents as a packed table: what the page needs of the frame, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bordermap.footprint import LINE
from bordermap.render.payload import (
    Column,
    Curve,
    Table,
    Texts,
    integers,
    numbered,
    pack_table,
    words,
    words_together,
)
from bordermap.schema import (
    CRS,
    DATE_PRECISIONS,
    LOCATED_BY,
    LOCATION_PRECISIONS,
    LOCATION_STATUSES,
    SIDES,
)

__all__ = [
    "DRAFT",
    "LARGE_FOOTPRINT_M",
    "TEXTS",
    "Areas",
    "column_of",
    "first_rows",
    "incident_table",
]

Floats = npt.NDArray[np.float64]
Areas = Mapping[str, tuple[tuple[str, int], ...]]
"""Code of a district, province or country -> the features that draw it, as (layer, number)."""

LARGE_FOOTPRINT_M = 5_000.0
"""From this radius on an incident is drawn as the circle where it may be, never as a pin."""

TEXTS = (
    "incident_id",
    "summary",
    "place",
    "district",
    "province",
    "country",
    "actor_a",
    "actor_b",
    "event_type_reported",
    "location_precision_reported",
    "location_candidates",
    "location_note",
    "duplicate_of",
    "source_name",
    "source_date",
    "source_url",
    "record_note",
)
"""Columns of text. Those that differ from row to row travel in chunks and are inflated when asked
for; those whose words repeat are columns like any other."""

_DATES = {"date_start": "", "date_end": "date_start"}
_MOST_ACTORS = 65_535

_WORDS: Mapping[str, Sequence[str]] = {
    "date_precision": DATE_PRECISIONS,
    "located_by": LOCATED_BY,
    "location_precision": LOCATION_PRECISIONS,
    "location_status": LOCATION_STATUSES,
    "border_side": SIDES,
    "location_side": (),
    "event_type": (),
    "place_match": (),
    "border_stretch": (),
    "adm0": (),
    "adm1": (),
    "adm2": (),
    "crossing": (),
}
"""Columns of repeated words, with those words that stand in the dictionary whatever the data."""

_STEPS: Mapping[str, tuple[float, str]] = {
    "location_radius_m": (1.0, ""),
    "border_distance_m": (1.0, ""),
    "border_distance_min_m": (1.0, "border_distance_m"),
    "border_distance_max_m": (1.0, "border_distance_m"),
    "border_km": (0.1, ""),
    "crossing_distance_m": (1.0, ""),
    "match_score": (0.01, ""),
    "fatalities_low": (1.0, ""),
    "fatalities_best": (1.0, "fatalities_low"),
    "fatalities_high": (1.0, "fatalities_best"),
}
"""Columns of numbers, with the step to which the page rounds each, and a column much like it."""

_DEGREE_STEP = 1e-5

DRAFT = "draft_status"
"""The column of drafts; what the page draws hollow and dashed says ``draft`` there."""


def column_of(frame: gpd.GeoDataFrame, name: str) -> pd.Series[Any]:
    """A column of the frame, or missing values where the frame lacks it."""
    if name in frame.columns:
        return frame[name].reset_index(drop=True)
    return pd.Series([None] * len(frame), dtype=object)


def _days(values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Days since 1970-01-01; NaN where there is no date."""
    dates = pd.to_datetime(values, errors="coerce", format="ISO8601", utc=True)
    days = dates.dt.tz_localize(None).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def first_rows(frame: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """The first rows by day, those without a date last, otherwise as they came."""
    days = _days(column_of(frame, "date_start"))
    return frame.iloc[np.argsort(days, kind="stable")[:count]]


def _positions(frame: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Longitude and latitude; both NaN where a row has no point on the map."""
    if not len(frame) or frame.active_geometry_name is None:
        return np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    points = frame.geometry
    if points.crs is not None and not points.crs.equals(CRS):
        points = points.to_crs(CRS)
    shapes = points.to_numpy()
    has_extent = shapely.get_type_id(shapes) > shapely.GeometryType.POINT
    if has_extent.any():
        shapes = np.where(has_extent, shapely.point_on_surface(shapes), shapes)
    shapes = np.where(shapely.is_empty(shapes), None, shapes)
    lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
    inside = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    return np.where(inside, lon, np.nan), np.where(inside, lat, np.nan)


def _area_codes(frame: gpd.GeoDataFrame, areas: Areas) -> npt.NDArray[Any]:
    """For each row the codes (``;`` between them) of the areas that its footprint is.

    Empty for a circle or a point, and where not every code can be drawn: a part of a footprint
    would say too much.
    """
    names = ("location_precision", "place_id", "adm2_code", "adm1_code", "adm0")
    if not set(names) & set(frame.columns):
        return np.full(len(frame), "", dtype=object)
    cells = [Texts.of(column_of(frame, name)) for name in names]
    numbers = np.zeros(len(frame), dtype=np.int64)
    for texts in cells:
        # Each different row once: they repeat by the thousand.
        numbers = pd.factorize(numbers * len(texts.different) + texts.codes)[0]
    _, examples = np.unique(numbers, return_index=True)
    found = [_area_code([texts[row] for texts in cells], areas) for row in examples]
    return np.array(found, dtype=object)[numbers]


def _area_code(cells: Sequence[str], areas: Areas) -> str:
    precision, place_id, adm2, adm1, adm0 = cells
    unit = {"district": adm2, "province": adm1, "country": adm0}.get(precision)
    if unit is None:  # a stretch of the line, or nothing that the page can draw
        return place_id if place_id.startswith(LINE) and _all_drawn(place_id, areas) else ""
    return next((codes for codes in (place_id, unit) if _all_drawn(codes, areas)), "")


def _all_drawn(codes: str, areas: Areas) -> bool:
    return all(code in areas for code in codes.split(";"))


def _beside(frame: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Side of the line of points whose ``border_side`` names neither, by the sign of the offset."""
    offset = pd.to_numeric(column_of(frame, "border_offset_m"), errors="coerce")
    open_side = ~column_of(frame, "border_side").isin(["AF", "PK"])
    return np.where(open_side & (offset > 0), "AF", np.where(open_side & (offset < 0), "PK", ""))


def _drafts(frame: gpd.GeoDataFrame) -> pd.Series[Any]:
    """``draft`` in the rows that nobody has reviewed, which are drawn apart, else empty."""
    status = column_of(frame, DRAFT).astype(object)
    return status.where(status == "draft", "")


def _columns(frame: gpd.GeoDataFrame) -> list[Column]:
    """What the frame has of dates, places, numbers and repeated words."""
    has = set(frame.columns)
    lon, lat = _positions(frame)
    return [
        integers("lon", lon, _DEGREE_STEP),
        integers("lat", lat, _DEGREE_STEP),
        *(
            integers(name, _days(column_of(frame, name)), near=near)
            for name, near in _DATES.items()
            if name in has
        ),
        *(
            integers(name, column_of(frame, name), step, near)
            for name, (step, near) in _STEPS.items()
            if name in has
        ),
        *(
            words(name, column_of(frame, name), order)
            for name, order in _WORDS.items()
            if name in has
        ),
        *([words("border_beside", _beside(frame))] if "border_offset_m" in has else ()),
        *([words(DRAFT, _drafts(frame))] if _drafts(frame).any() else ()),
    ]


def _actors(cleaned: Mapping[str, Texts]) -> list[Column]:
    """Both parties with one dictionary, so that the page can filter by either; none if too many."""
    parties = {name: cleaned[name] for name in ("actor_a", "actor_b") if name in cleaned}
    found = {text for texts in parties.values() for text in texts.different}
    return words_together(parties) if parties and len(found) <= _MOST_ACTORS else []


def _text_columns(frame: gpd.GeoDataFrame) -> tuple[list[Column], dict[str, list[str]]]:
    """Texts whose words repeat or are numbered as columns, and the others row by row."""
    cleaned = {name: Texts.of(frame[name]) for name in TEXTS if name in frame.columns}
    columns = _actors(cleaned)
    done = {column.name for column in columns}
    rows = {}
    for name, texts in cleaned.items():
        if name in done:
            continue
        if 2 * len(texts.different) <= len(frame):
            columns.append(words(name, texts))
        elif column := numbered(name, texts):
            columns.append(column)
        else:
            rows[name] = texts.each()
    return columns, {name: rows[name] for name in TEXTS if name in rows}


def incident_table(frame: gpd.GeoDataFrame, areas: Areas) -> Table:
    """Pack a frame; the page reads its rows by first day, those without one last.

    Parameters
    ----------
    frame : GeoDataFrame
        Any columns of the ledger; those it lacks are missing throughout.
    areas : mapping
        Areas that the page can draw as footprints.
    """
    area_codes = _area_codes(frame, areas)
    text_columns, texts = _text_columns(frame)
    columns = [*_columns(frame), words("area", area_codes), *text_columns]
    table = pack_table(len(frame), columns, texts, Curve("lon", "lat", by="date_start"))
    table.meta["wordTexts"] = [column.name for column in text_columns]
    table.meta["areas"] = {
        codes: [feature for code in codes.split(";") for feature in areas[code]]
        for codes in sorted(set(area_codes) - {""})
    }
    return table
