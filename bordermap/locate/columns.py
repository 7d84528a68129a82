"""The columns of locating from plain arrays; texts as codes, so that no row costs any Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bordermap.border import Measurement
from bordermap.footprint import AREA_PRECISIONS, LINE
from bordermap.locate.bands import coded_bands
from bordermap.locate.coded import Coded, flagged
from bordermap.locate.reference import Hits, Reference
from bordermap.schema import BANDS_KM, SIDES, columns_of

__all__ = ["Footprints", "LocatedColumns", "located_columns"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

LocatedColumns: TypeAlias = dict[str, FloatArray | Coded]

END_KM = 1e-6
"""A foot this near to an end of the line is the end (kilometres)."""

AF, PK, ON_LINE, OTHER, UNCERTAIN = range(len(SIDES))

DEPTHS = {"country": 1, "province": 2}
DISTRICT = 3
"""How much is known of the units around a point: 1 the country, 2 the province, 3 the district."""

UNITS = {
    "adm1": ("adm1", 2),
    "adm1_code": ("adm1_code", 2),
    "adm2": ("name", DISTRICT),
    "adm2_code": ("code", DISTRICT),
}
"""Our columns, those of the districts, and how much must be known for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """Where incidents may be, as far as it is told; each of shape (n,).

    Attributes
    ----------
    radius_m : ndarray of float64, optional
        Metres; NaN, as none at all, takes the point as exact.
    side, precision, place_id : Coded, optional
        As ``location_side``, ``location_precision`` and ``place_id`` have it.
    """

    radius_m: FloatArray | None = None
    side: Coded | None = None
    precision: Coded | None = None
    place_id: Coded | None = None

    def take(self, rows: IntArray) -> Footprints:
        """Those of some rows."""
        texts = {
            name: None if column is None else Coded(column.codes[rows], column.texts)
            for name, column in (
                ("side", self.side),
                ("precision", self.precision),
                ("place_id", self.place_id),
            )
        }
        return Footprints(None if self.radius_m is None else self.radius_m[rows], **texts)


EXACT = Footprints()


def located_columns(
    lon: ArrayLike,
    lat: ArrayLike,
    footprints: Footprints = EXACT,
    bands_km: Sequence[float] = BANDS_KM,
    reference: Reference | None = None,
    found: Measurement | None = None,
) -> LocatedColumns:
    """Relate points to the line, the units and the crossings.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, WGS 84; points that are not finite get empty answers.
    footprints : Footprints
        Of the same rows; points are exact without.
    bands_km : sequence of float
        Outer edges of the distance bands, kilometres, growing.
    reference : Reference, optional
        The shipped line and layers when not given.
    found : Measurement, optional
        What the reference's line says of the points, where it was asked before.

    Returns
    -------
    dict of str to ndarray of float64 or Coded
        Every column of the stage "locate" in ledger order; empty answers are NaN, or the code -1.

    Raises
    ------
    FilterError
        The bands do not grow or are not positive.
    GeometryError
        A coordinate is out of range.
    """
    lons, lats = (np.asarray(each, dtype=np.float64) for each in (lon, lat))
    given = reference or Reference.of(None, None)
    placed = np.isfinite(lons) & np.isfinite(lats)
    if found is None:
        found = given.border.measure(lons, lats)
    if placed.all():
        return _located(lons, lats, footprints, bands_km, given, found)
    rows = np.flatnonzero(placed)
    some = (lons[rows], lats[rows], footprints.take(rows))
    columns = _located(*some, bands_km, given, found.take(rows))
    return {name: _spread(column, rows, len(lons)) for name, column in columns.items()}


def _spread(column: FloatArray | Coded, rows: IntArray, count: int) -> FloatArray | Coded:
    """A column of some rows as one of all."""
    if isinstance(column, Coded):
        codes = np.full(count, -1, dtype=np.intp)
        codes[rows] = column.codes
        return Coded(codes, column.texts)
    values = np.full(count, np.nan)
    values[rows] = column
    return values


def _located(
    lon: FloatArray,
    lat: FloatArray,
    footprints: Footprints,
    bands_km: Sequence[float],
    reference: Reference,
    found: Measurement,
) -> LocatedColumns:
    told = _Told.of(footprints, len(lon))
    hits = reference.hits(lon, lat)
    side = _nominal_side(found, hits, reference)
    sign = np.take([1.0, -1.0, 0.0, 0.0], np.minimum(side.codes, OTHER))
    other = side.codes >= OTHER
    sign[other] = found.side[other]
    least, most = _distance_bounds(told, found, reference)
    crossing, crossing_m = reference.crossings.nearest(lon, lat)
    columns: LocatedColumns = {
        "border_distance_m": found.distance_m,
        "border_distance_min_m": least,
        "border_distance_max_m": most,
        "border_offset_m": sign * found.distance_m,
        "border_side": _honest_side(told, side, found, hits),
        "border_km": found.km,
        "border_lon": found.lon,
        "border_lat": found.lat,
        "border_stretch": reference.stretch_of(found.km, found.lon, found.lat),
        "band": coded_bands(found.distance_m, bands_km),
        **_units(told, hits, reference),
        "crossing": crossing,
        "crossing_distance_m": crossing_m,
    }
    return {column.name: columns[column.name] for column in columns_of("locate")}


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What footprints say, row by row; ``place_ids`` are the different ones of rows in ``area``.

    ``has_radius`` says whether any row may have one.
    """

    has_radius: bool
    radius_m: FloatArray
    stated: BoolArray
    precision: Coded | None
    area: IntArray
    place_id: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    place_ids: Sequence[str] = ()

    @classmethod
    def of(cls, footprints: Footprints, count: int) -> _Told:
        radius, side = footprints.radius_m, footprints.side
        none = np.zeros(count, dtype=bool)
        told = cls(
            has_radius=radius is not None,
            radius_m=np.full(count, np.nan) if radius is None else radius,
            stated=none if side is None else flagged(side, [t in SIDES[:2] for t in side.texts]),
            precision=footprints.precision,
            area=np.empty(0, dtype=np.intp),
        )
        ids, precision = footprints.place_id, footprints.precision
        if ids is None or precision is None:
            return told
        is_area = flagged(precision, [text in AREA_PRECISIONS for text in precision.texts])
        is_area |= flagged(ids, [text.startswith(LINE) for text in ids.texts])
        area = np.flatnonzero(is_area & (ids.codes >= 0))
        used, place_id = np.unique(ids.codes[area], return_inverse=True)
        place_ids = [str(text) for text in ids.texts[used]]
        return replace(told, area=area, place_id=place_id.ravel(), place_ids=place_ids)


def _nominal_side(found: Measurement, hits: Hits, reference: Reference) -> Coded:
    """``AF``, ``PK``, ``line`` or ``other`` for the points alone."""
    countries = reference.column("countries", "code")
    texts = [*SIDES, *(text for text in countries.texts if text not in SIDES)]
    number = np.array([*(texts.index(countries.texts[c]) for c in countries.codes), OTHER])
    inside = np.take(number, hits.country, mode="wrap")
    end_km = reference.border.length_km
    beyond = (found.km < END_KM) | (found.km > end_km - END_KM)
    by_outline = (found.side != 0) & (beyond | (inside == OTHER))
    side = np.take([PK, ON_LINE, AF], found.side.astype(np.intp) + 1)
    return Coded(np.where(by_outline, inside, side), np.array(texts, dtype=object))


def _honest_side(told: _Told, side: Coded, found: Measurement, hits: Hits) -> Coded:
    """The side, or ``uncertain`` where footprint or published lines do not allow one."""
    with np.errstate(invalid="ignore"):
        uncertain = ~told.stated & (found.distance_m < told.radius_m)
    # Whole units lie on one side each; only a union of units from both can straddle the line.
    on_line = np.array([text.startswith(LINE) for text in told.place_ids], dtype=bool)
    both = np.array([_straddles(text) for text in told.place_ids], dtype=bool)
    stated = told.stated[told.area]
    uncertain[told.area] = np.where(on_line[told.place_id], ~stated, both[told.place_id])
    uncertain |= hits.between
    return Coded(np.where(uncertain, UNCERTAIN, side.codes), side.texts)


def _straddles(place_id: str) -> bool:
    """Whether units lie on both sides of the line."""
    return len({code[:2] for code in place_id.split(";")}) > 1


def _units(told: _Told, hits: Hits, reference: Reference) -> dict[str, Coded]:
    """Country, province and district of each point; coarser than that where only that is known."""
    depth = _depth(told, len(hits.district))
    districts = {
        ours: (_of_units(hits.district, reference.column("districts", theirs)), least)
        for ours, (theirs, least) in UNITS.items()
    }
    found = {"adm0": (_countries(hits, reference), 1), **districts}
    if depth is None:
        return {name: column for name, (column, _) in found.items()}
    return {
        name: Coded(np.where(depth < least, -1, column.codes), column.texts)
        for name, (column, least) in found.items()
    }


def _of_units(unit: IntArray, column: Coded) -> Coded:
    return Coded(np.take(np.append(column.codes, -1), unit, mode="wrap"), column.texts)


def _countries(hits: Hits, reference: Reference) -> Coded:
    """The country of the district, or the third country."""
    own = _of_units(hits.district, reference.column("districts", "country"))
    if (hits.neighbour < 0).all():
        return own
    third = _of_units(hits.neighbour, reference.column("neighbours", "code"))
    beside = np.where(third.codes < 0, -1, third.codes + len(own.texts))
    texts = np.concatenate([own.texts, third.texts])
    return Coded(np.where(own.codes < 0, beside, own.codes), texts)


def _depth(told: _Told, count: int) -> IntArray | None:
    """How much of its units each row knows; None where all know the district."""
    precision = told.precision
    if precision is None:
        return None
    depths = [DEPTHS.get(text, DISTRICT) for text in precision.texts]
    if not len(told.area) and min(depths, default=DISTRICT) == DISTRICT:
        return None
    depth: IntArray = np.take([*depths, DISTRICT], precision.codes, mode="wrap")
    shared = np.array([_shared_depth(text) for text in told.place_ids], dtype=np.intp)
    depth[told.area] = np.minimum(depth[told.area], shared[told.place_id])
    return depth


def _shared_depth(place_id: str) -> int:
    """How much units share: 3 one district, 2 a province, 1 a country, 0."""
    codes = place_id.split(";")
    if len(codes) == 1:
        return DISTRICT
    if len({"-".join(code.split("-")[:2]) for code in codes}) == 1:
        return 2
    return int(len({code[:2] for code in codes}) == 1)


def _distance_bounds(
    told: _Told, found: Measurement, reference: Reference
) -> tuple[FloatArray, FloatArray]:
    """Least and greatest distance over each footprint: a disc, or the unit's polygon."""
    if not told.has_radius and not len(told.area):
        return found.distance_m, found.distance_m
    reach = np.nan_to_num(told.radius_m, nan=0.0)
    least = np.maximum(0, found.distance_m - reach)
    most = found.distance_m + reach
    if len(told.area):
        bounds = reference.bounds(told.place_ids)[told.place_id]
        known = np.isfinite(bounds[:, 0])
        least[told.area[known]], most[told.area[known]] = bounds[known].T
    return least, most
