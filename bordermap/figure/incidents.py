"""Incidents as arrays: where each stands, of what type, and how vaguely its place is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bordermap.figure.fonts import one_line
from bordermap.footprint import LINE
from bordermap.render.incidents import LARGE_FOOTPRINT_M, Areas, column_of
from bordermap.schema import CRS

__all__ = ["Incidents", "read_rows"]

_VAGUE = frozenset({"area", "district", "province", "country"})
_UNIT_COLUMNS = ("location_precision", "place_id", "adm2_code", "adm1_code", "adm0")
_WORD_LENGTH = 60


@dataclass(frozen=True, slots=True, eq=False)
class Incidents:
    """Columns of a frame, row by row.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        NaN where a row has no place.
    kind : ndarray of int
        Number of each row's type in ``kinds``.
    kinds : tuple of str
        Types, sorted; ``unknown`` where a row names none.
    area : ndarray of int
        Number in ``areas`` of the area that a row's footprint is; -1 where it is none.
    areas : tuple of str
        Codes of areas, ``;`` between those of one footprint.
    radius_m : ndarray of float
        Radius of the footprint of a row known only roughly, metres; 0 for a place that is known.
    side : ndarray of object
        ``AF``, ``PK``, ``line``, ``other``, ``uncertain`` or empty.
    half : ndarray of object
        ``AF`` or ``PK`` where the record itself says on which side its footprint lies.
    """

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int64]
    kinds: tuple[str, ...]
    area: npt.NDArray[np.int64]
    areas: tuple[str, ...]
    radius_m: npt.NDArray[np.float64]
    side: npt.NDArray[Any]
    half: npt.NDArray[Any]

    @property
    def placed(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.lon)

    @property
    def is_precise(self) -> npt.NDArray[np.bool_]:
        """Placed, and known well enough for a filled mark."""
        return self.placed & (self.area < 0) & (self.radius_m == 0)


def _words(values: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Each row's word by number, and the words, sorted; empty for what is missing."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    texts = np.array([*(one_line(word, _WORD_LENGTH) for word in found), ""], dtype=object)
    words, numbers = np.unique(texts, return_inverse=True)
    return numbers[codes].astype(np.int64), tuple(words)


def _positions(frame: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    if not len(frame) or frame.active_geometry_name is None:
        return np.full((len(frame), 2), np.nan)
    points = frame.geometry
    if points.crs is not None and not points.crs.equals(CRS):
        points = points.to_crs(CRS)
    shapes = points.to_numpy().copy()
    has_extent = shapely.get_type_id(shapes) > shapely.GeometryType.POINT
    shapes[has_extent] = shapely.point_on_surface(shapes[has_extent])
    shapes = np.where(shapely.is_empty(shapes), None, shapes)
    positions = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    inside = (np.abs(positions) <= (180.0, 90.0)).all(axis=1)
    return np.where(inside[:, np.newaxis], positions, np.nan)


def _area_of(row: Iterable[str], areas: Areas) -> str:
    """Code of the area that a footprint is, as on the page: all of it can be drawn, or none."""
    precision, place_id, adm2, adm1, adm0 = row
    unit = {"district": adm2, "province": adm1, "country": adm0}.get(precision)
    if unit is None and not place_id.startswith(LINE):
        return ""
    candidates = (place_id, unit or "")
    drawn = (codes for codes in candidates if all(code in areas for code in codes.split(";")))
    return next(drawn, "")


def _areas(
    frame: gpd.GeoDataFrame, areas: Areas
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], npt.NDArray[np.bool_]]:
    """Number of each row's area, the areas' codes, and which rows are vague by their own word."""
    if not len(frame):
        return np.empty(0, np.int64), (), np.empty(0, bool)
    number = np.zeros(len(frame), dtype=np.int64)
    columns = []
    for name in _UNIT_COLUMNS:
        cells, found = pd.factorize(column_of(frame, name).astype(object))
        columns.append((cells, [*(one_line(text, 10_000) for text in found), ""]))
        # Each different row once: they repeat by the thousand.
        number = pd.factorize(number * (len(found) + 1) + cells + 1)[0]
    _, first = np.unique(number, return_index=True)
    rows = [[texts[cells[row]] for cells, texts in columns] for row in first]
    codes, numbers = np.unique([_area_of(row, areas) for row in rows], return_inverse=True)
    shift = int(codes[0] == "")
    vague = np.array([row[0] in _VAGUE for row in rows])
    return numbers[number] - shift, tuple(map(str, codes[shift:])), vague[number]


def read_rows(frame: gpd.GeoDataFrame, areas: Areas) -> Incidents:
    """What a figure needs of a frame.

    Parameters
    ----------
    frame : GeoDataFrame
        Any columns of the ledger; those it lacks are missing throughout.
    areas : mapping
        Areas that can be drawn as footprints, by code.
    """
    positions = _positions(frame)
    kind, kinds = _words(column_of(frame, "event_type"))
    area, codes, vague = _areas(frame, areas)
    radius = pd.to_numeric(column_of(frame, "location_radius_m"), errors="coerce")
    radius_m = np.nan_to_num(radius.to_numpy(dtype=np.float64, na_value=np.nan), posinf=0.0)
    rough = (area < 0) & (vague | (radius_m >= LARGE_FOOTPRINT_M))
    return Incidents(
        lon=positions[:, 0],
        lat=positions[:, 1],
        kind=kind,
        kinds=tuple(word or "unknown" for word in kinds),
        area=area,
        areas=codes,
        radius_m=np.where(rough, np.maximum(radius_m, 1.0), 0.0),
        side=_word_column(frame, "border_side"),
        half=_word_column(frame, "location_side"),
    )


def _word_column(frame: gpd.GeoDataFrame, name: str) -> npt.NDArray[Any]:
    numbers, words = _words(column_of(frame, name))
    return np.array(words, dtype=object)[numbers]


def counts_by(numbers: npt.NDArray[np.int64], names: tuple[str, ...]) -> Mapping[str, int]:
    """How many rows bear each name, the most frequent first."""
    totals = np.bincount(numbers, minlength=len(names))
    order = sorted(range(len(names)), key=lambda at: (-totals[at], names[at]))
    return {names[at]: int(totals[at]) for at in order if totals[at]}
