"""Incidents as a packed table: what the page needs of the frame, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bordermap.footprint import LINE
from bordermap.render.payload import Column, Table, integers, pack_table, words
from bordermap.render.text import clean_text
from bordermap.schema import (
    CRS,
    DATE_PRECISIONS,
    LOCATED_BY,
    LOCATION_PRECISIONS,
    LOCATION_STATUSES,
    SIDES,
)

__all__ = ["LARGE_FOOTPRINT_M", "TEXTS", "Areas", "column_of", "in_order", "incident_table"]

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
"""Columns that differ from row to row; they travel in chunks and are inflated when asked for."""

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

_STEPS: Mapping[str, float] = {
    "location_radius_m": 1.0,
    "border_distance_m": 1.0,
    "border_distance_min_m": 1.0,
    "border_distance_max_m": 1.0,
    "border_km": 0.1,
    "crossing_distance_m": 1.0,
    "match_score": 0.01,
    "fatalities_low": 1.0,
    "fatalities_best": 1.0,
    "fatalities_high": 1.0,
}
"""Columns of numbers, with the step to which the page rounds each."""

_DEGREE_STEP = 1e-5


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


def in_order(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows by first day, those without a date last, otherwise as they came."""
    return frame.iloc[np.argsort(_days(column_of(frame, "date_start")), kind="stable")]


def _positions(frame: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Longitude and latitude, shape (n, 2); both NaN where a row has no point on the map."""
    if not len(frame) or frame.active_geometry_name is None:
        return np.full((len(frame), 2), np.nan)
    points = frame.geometry
    if points.crs is not None and not points.crs.equals(CRS):
        points = points.to_crs(CRS)
    shapes = points.to_numpy().copy()
    has_extent = shapely.get_type_id(shapes) > shapely.GeometryType.POINT
    shapes[has_extent] = shapely.point_on_surface(shapes[has_extent])
    positions = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    inside = (np.abs(positions) <= (180.0, 90.0)).all(axis=1)
    return np.where(inside[:, np.newaxis], positions, np.nan)


def _area_codes(frame: gpd.GeoDataFrame, areas: Areas) -> list[str]:
    """For each row the codes (``;`` between them) of the areas that its footprint is.

    Empty for a circle or a point, and where not every code can be drawn: a part of a footprint
    would say too much.
    """

    @cache
    def code_of(precision: str, place_id: str, adm2: str, adm1: str, adm0: str) -> str:
        unit = {"district": adm2, "province": adm1, "country": adm0}.get(precision)
        if unit is None:  # a stretch of the line, or nothing that the page can draw
            return place_id if place_id.startswith(LINE) and _all_drawn(place_id, areas) else ""
        candidates = (place_id, unit)
        return next((codes for codes in candidates if _all_drawn(codes, areas)), "")

    names = ("location_precision", "place_id", "adm2_code", "adm1_code", "adm0")
    cells = [[clean_text(value) for value in column_of(frame, name)] for name in names]
    return [code_of(*row) for row in zip(*cells, strict=True)]


def _all_drawn(codes: str, areas: Areas) -> bool:
    return all(code in areas for code in codes.split(";"))


def _beside(frame: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Side of the line of points whose ``border_side`` names neither, by the sign of the offset."""
    offset = pd.to_numeric(column_of(frame, "border_offset_m"), errors="coerce")
    open_side = ~column_of(frame, "border_side").isin(["AF", "PK"])
    return np.where(open_side & (offset > 0), "AF", np.where(open_side & (offset < 0), "PK", ""))


def _columns(frame: gpd.GeoDataFrame, area_codes: list[str]) -> list[Column]:
    positions = _positions(frame)
    return [
        integers("lon", positions[:, 0], _DEGREE_STEP),
        integers("lat", positions[:, 1], _DEGREE_STEP),
        integers("date_start", _days(column_of(frame, "date_start"))),
        integers("date_end", _days(column_of(frame, "date_end"))),
        *(integers(name, column_of(frame, name), step) for name, step in _STEPS.items()),
        *(words(name, column_of(frame, name), order) for name, order in _WORDS.items()),
        words("border_beside", _beside(frame)),
        words("area", area_codes),
    ]


def incident_table(frame: gpd.GeoDataFrame, areas: Areas) -> Table:
    """Pack a frame whose rows are :func:`in_order`.

    Parameters
    ----------
    frame : GeoDataFrame
        Any columns of the ledger; those it lacks are missing throughout.
    areas : mapping
        Areas that the page can draw as footprints.
    """
    area_codes = _area_codes(frame, areas)
    texts = {name: [clean_text(value) for value in column_of(frame, name)] for name in TEXTS}
    table = pack_table(len(frame), _columns(frame, area_codes), texts)
    used = sorted(set(area_codes) - {""})
    table.meta["areas"] = {
        codes: [feature for code in codes.split(";") for feature in areas[code]] for codes in used
    }
    return table
