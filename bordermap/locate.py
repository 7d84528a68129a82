"""Relate each incident to the line, to provinces and districts, and to the nearest crossing.

The line decides the side; polygons only say where the line cannot: beyond its two ends and in
third countries. A point exactly on an edge between units belongs to the one with the smaller code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from bordermap.border import GEOD, Border, Measurement, ecef
from bordermap.errors import FilterError, FrameError
from bordermap.footprint import is_area as _is_area
from bordermap.footprint import polygon_bounds, units_of
from bordermap.joins import Cover, PolygonLayer, join_units, prepared
from bordermap.layers import load_layer
from bordermap.schema import BANDS_KM, CRS, Layer, columns_of

__all__ = ["band_labels", "band_of", "locate", "offered_crossings"]

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]

CROSSING_RADIUS_M = 5_000.0
"""Crossings known only more vaguely than this are not offered as the nearest one (metres)."""

END_KM = 1e-6
"""A foot this near to an end of the line is the end (kilometres)."""

NOWHERE = (np.inf, -np.inf)
"""Bounds of no place at all: with any others they give those."""


def locate(
    frame: gpd.GeoDataFrame,
    border: Border | None = None,
    layers: Mapping[str, Layer] | None = None,
    *,
    bands_km: Sequence[float] = BANDS_KM,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
) -> gpd.GeoDataFrame:
    """Add every column of the stage "locate" (see ``schema.COLUMNS``).

    Parameters
    ----------
    frame : GeoDataFrame
        Points in EPSG:4326, with ``incident_id``. Rows without a point keep empty answers.
        ``location_radius_m``, ``location_precision``, ``location_side`` and ``place_id`` are
        used where they exist; without them the point is taken as exact.
    border : Border, optional
        The line to measure against; the shipped one when not given.
    layers : mapping of str to Layer, optional
        Replaces shipped layers by name: ``countries``, ``provinces``, ``districts``,
        ``crossings``, ``variants``, ``neighbours``, ``stretches``.
    bands_km : sequence of float
        Outer edges of the distance bands, kilometres, growing. Bands are (a, b], the first
        includes 0.
    join : mapping of str to GeoDataFrame, optional
        Polygon layers of your own by name. Each adds ``<name>_name`` and ``<name>_code`` of the
        unit in which the point lies (the smaller code where several cover it) and
        ``<name>_units``, how many do.

    Returns
    -------
    GeoDataFrame
        A new frame with the same rows in the same order.

    Raises
    ------
    FrameError
        No ``incident_id``, no geometry, other geometries than points, or another CRS.
    FilterError
        The bands do not grow or are not positive.
    LayerError
        A layer to join holds no polygons, or other geometries, or nothing that names its units.

    Notes
    -----
    Distances are geodesic on WGS 84 and within 0.1 mm; sides beyond the line's ends, and
    ``other``, come from outlines simplified to 50 m.
    """
    points = _points_of(frame)
    joined = prepared(join)
    band_labels(bands_km)
    ours = not layers and (border is None or border is Border.load())
    reference = _shipped() if ours else _Reference(border, layers)
    placed = np.nonzero(~points.is_empty.to_numpy() & points.notna().to_numpy())[0]
    located = frame.copy()
    answers = _located(frame.iloc[placed], points.iloc[placed], reference)
    answers["band"] = band_of(answers["border_distance_m"], bands_km)
    for column in columns_of("locate"):
        is_text = column.dtype == "string"
        values = np.full(
            len(frame), None if is_text else np.nan, dtype=object if is_text else float
        )
        values[placed] = answers[column.name]
        located[column.name] = pd.Series(values, index=frame.index, dtype=column.dtype)
    for layer in joined:
        for name, values in join_units(points, layer).items():
            located[name] = values
    return located


def _points_of(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    if "incident_id" not in frame.columns:
        raise FrameError("the frame has no column incident_id", todo="read it with read_incidents")
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise FrameError("the frame has no geometry", todo="run geocode first")
    points = frame.geometry
    kinds = set(points.dropna().geom_type) - {"Point"}
    if kinds:
        raise FrameError(f"{sorted(kinds)[0]} among the geometries", todo="give points only")
    if points.crs is not None and not points.crs.equals(CRS):
        points = points.to_crs(CRS)
    return points


def band_labels(bands_km: Sequence[float]) -> list[str]:
    """Names of the distance bands: ``0-5 km``, ..., ``over 50 km``.

    Raises
    ------
    FilterError
        The edges are empty, not positive, or do not grow.
    """
    edges = [0.0, *bands_km]
    if len(edges) < 2 or not all(a < b < np.inf for a, b in pairwise(edges)):
        raise FilterError(
            f"bands {','.join(f'{edge:g}' for edge in bands_km)} do not grow from above 0",
            todo="write them like 5,10,25,50",
        )
    inner = [f"{a:g}-{b:g} km" for a, b in pairwise(edges)]
    return [*inner, f"over {edges[-1]:g} km"]


def band_of(distance_m: ArrayLike, bands_km: Sequence[float]) -> ObjectArray:
    """Name of the band of each distance (metres), (a, b]."""
    labels = band_labels(bands_km)
    edges_m = np.asarray(bands_km, dtype=np.float64) * 1000
    return np.asarray(labels, dtype=object)[np.searchsorted(edges_m, distance_m)]


class _Units(Cover):
    """Polygons in the order of their codes, with the columns that name them."""

    def __init__(self, polygons: Any, **columns: Any) -> None:
        super().__init__(np.asarray(polygons, dtype=object))
        self.columns = columns

    def first(self, points: ObjectArray) -> NDArray[np.intp]:
        """Index of the first unit that covers each point, or -1."""
        return self.of(points)[0]


class _Reference:
    """The line and the layers that one call works with, each made ready once."""

    def __init__(self, border: Border | None, layers: Mapping[str, Layer] | None) -> None:
        self.border = border or Border.load()
        self._layers = layers or {}
        self._units: dict[str, _Units] = {}
        self._bounds: dict[str, tuple[float, float]] = {}

    def frame(self, name: str) -> gpd.GeoDataFrame:
        layer = self._layers.get(name) or load_layer(name)
        return layer.frame

    def units(self, name: str) -> _Units:
        """Units of a layer in the order of their codes."""
        if name not in self._units:
            frame = self.frame(name).sort_values("code", ignore_index=True)
            columns = {c: frame[c].to_numpy(dtype=object) for c in frame.columns if c != "geometry"}
            self._units[name] = _Units(frame.geometry.to_numpy(), **columns)
        return self._units[name]

    def between_variants(self) -> _Units:
        """Areas between two published alignments of one stretch."""
        if "variants" not in self._units:
            areas: list[Any] = []
            for _, pair in self.frame("variants").groupby("stretch"):
                edges = shapely.union_all([*pair.geometry, *_closing(pair)])
                areas += list(shapely.get_parts(shapely.polygonize(shapely.get_parts(edges))))
            self._units["variants"] = _Units(areas)
        return self._units["variants"]

    def bounds(self, place_ids: Sequence[str]) -> FloatArray:
        """Least and greatest distance of units from the line (m), shape (n, 2)."""
        codes = [place_id.split(";") for place_id in place_ids]
        new = {code for several in codes for code in several} - self._bounds.keys()
        units = units_of(new, self.frame)
        self._bounds |= dict.fromkeys(new, NOWHERE)
        measured = polygon_bounds([polygon for _, polygon in units], self.border)
        for (code, _), bounds in zip(units, measured.tolist(), strict=True):
            self._bounds[code] = _both(self._bounds[code], bounds)
        found = [reduce(_both, (self._bounds[code] for code in several)) for several in codes]
        return np.array(found).reshape(-1, 2)


def _both(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    return min(one[0], other[0]), max(one[1], other[1])


@cache
def _shipped() -> _Reference:
    return _Reference(None, None)


def _column(frame: pd.DataFrame, name: str, default: Any) -> pd.Series[Any]:
    if name in frame.columns:
        return frame[name]
    return pd.Series([default] * len(frame), index=frame.index)


def _located(
    rows: gpd.GeoDataFrame, points: gpd.GeoSeries, reference: _Reference
) -> dict[str, Any]:
    """Answers for placed rows, as arrays by column name."""
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    found = reference.border.measure(lon, lat)
    geometry = points.to_numpy()
    units = _units(rows, geometry, reference)
    side = _nominal_side(found, geometry, reference)
    least, most = _distance_bounds(rows, found, reference)
    crossing, crossing_m = _nearest_crossing(lon, lat, reference)
    sign = np.where(side == "PK", -1.0, np.where(side == "AF", 1.0, found.side))
    return {
        "border_distance_m": found.distance_m,
        "border_distance_min_m": least,
        "border_distance_max_m": most,
        "border_offset_m": sign * found.distance_m,
        "border_side": _honest_side(rows, side, found, geometry, reference),
        "border_km": found.km,
        "border_lon": found.lon,
        "border_lat": found.lat,
        "border_stretch": _stretches(found, reference),
        **units,
        "crossing": crossing,
        "crossing_distance_m": crossing_m,
    }


def _nominal_side(found: Measurement, points: ObjectArray, reference: _Reference) -> ObjectArray:
    """``AF``, ``PK``, ``line`` or ``other`` for the points alone."""
    side = np.select([found.side > 0, found.side < 0], ["AF", "PK"], "line").astype(object)
    countries = reference.units("countries")
    hit = countries.first(points)
    inside = np.where(hit >= 0, countries.columns["code"][hit], "other")
    end_km = reference.border.length_km
    beyond = (found.km < END_KM) | (found.km > end_km - END_KM)
    by_outline = (found.side != 0) & (beyond | (inside == "other"))
    return np.where(by_outline, inside, side)


def _honest_side(
    rows: gpd.GeoDataFrame,
    side: ObjectArray,
    found: Measurement,
    points: ObjectArray,
    reference: _Reference,
) -> ObjectArray:
    """The side, or ``uncertain`` where footprint or published lines do not allow one."""
    radius = pd.to_numeric(_column(rows, "location_radius_m", np.nan)).to_numpy(dtype=np.float64)
    stated = _column(rows, "location_side", None).isin(["AF", "PK"]).to_numpy()
    area = _is_area(rows)
    with np.errstate(invalid="ignore"):
        disc_crosses = ~area & ~stated & (found.distance_m < radius)
    ids = _column(rows, "place_id", "").fillna("").to_numpy()
    # Whole units lie on one side each; only a union of units from both can straddle the line.
    both = np.array(
        [
            unit and len({code[:2] for code in str(i).split(";")}) > 1
            for unit, i in zip(area, ids, strict=True)
        ],
        dtype=bool,
    )
    between = reference.between_variants().first(points) >= 0
    return np.where(disc_crosses | both | between, "uncertain", side)


def _closing(pair: gpd.GeoDataFrame) -> list[shapely.LineString]:
    """Straight lines that join the starts and the ends of a stretch's alignments."""
    first, *others = list(pair.geometry)
    return [
        shapely.LineString([first.coords[end], other.coords[end]])
        for other in others
        for end in (0, -1)
        if first.coords[end] != other.coords[end]
    ]


def _units(rows: pd.DataFrame, points: ObjectArray, reference: _Reference) -> dict[str, Any]:
    """Country, province and district of each point; coarser than that where only that is known."""
    districts = reference.units("districts")
    hit = districts.first(points)
    take = {
        "adm0": "country",
        "adm1": "adm1",
        "adm1_code": "adm1_code",
        "adm2": "name",
        "adm2_code": "code",
    }
    found = {ours: _blank(districts.columns[theirs][hit], hit < 0) for ours, theirs in take.items()}
    found["adm0"] = _third_countries(found["adm0"], points, reference)
    precision = _column(rows, "location_precision", None)
    shared = _shared_depth(rows)
    depth = np.select(
        [precision.isin(["country"]).to_numpy(), precision.isin(["province"]).to_numpy()], [1, 2], 3
    )
    depth = np.minimum(depth, shared)
    for least, names in ((1, ["adm0"]), (2, ["adm1", "adm1_code"]), (3, ["adm2", "adm2_code"])):
        for name in names:
            found[name] = _blank(found[name], depth < least)
    return found


def _shared_depth(rows: pd.DataFrame) -> NDArray[np.intp]:
    """How much the units of a footprint share: 3 one district, 2 a province, 1 a country, 0."""
    ids = _column(rows, "place_id", "").fillna("").astype(str).to_numpy()
    depth = np.full(len(rows), 3, dtype=np.intp)
    for row in np.nonzero(_is_area(rows))[0]:
        codes = ids[row].split(";")
        if len(codes) > 1:
            provinces = {"-".join(code.split("-")[:2]) for code in codes}
            depth[row] = 2 if len(provinces) == 1 else len({code[:2] for code in codes}) == 1
    return depth


def _blank(values: ObjectArray, where: NDArray[np.bool_]) -> ObjectArray:
    """Copy with None where nothing can be said."""
    result = values.copy()
    result[where] = None
    return result


def _third_countries(adm0: ObjectArray, points: ObjectArray, reference: _Reference) -> ObjectArray:
    outside = np.nonzero(pd.isna(adm0))[0]
    if not len(outside):
        return adm0
    neighbours = reference.units("neighbours")
    hit = neighbours.first(points[outside])
    adm0 = adm0.copy()
    adm0[outside] = _blank(neighbours.columns["code"][hit], hit < 0)
    return adm0


def _distance_bounds(
    rows: pd.DataFrame, found: Measurement, reference: _Reference
) -> tuple[FloatArray, FloatArray]:
    """Least and greatest distance over each footprint: a disc, or the unit's polygon."""
    radius = pd.to_numeric(_column(rows, "location_radius_m", np.nan)).to_numpy(dtype=np.float64)
    reach = np.nan_to_num(radius, nan=0.0)
    least = np.maximum(0, found.distance_m - reach)
    most = found.distance_m + reach
    ids = _column(rows, "place_id", "").to_numpy()
    area = np.nonzero(_is_area(rows))[0]
    number, place_ids = pd.factorize(np.asarray([str(ids[row]) for row in area], dtype=object))
    bounds = reference.bounds(place_ids.tolist())[number]
    known = np.isfinite(bounds[:, 0])
    least[area[known]], most[area[known]] = bounds[known].T
    return least, most


def _stretches(found: Measurement, reference: _Reference) -> ObjectArray:
    """Which units face each other at the nearest place on the line."""
    stretches = reference.frame("stretches").sort_values("from_km")
    km = found.km
    if reference.border is not Border.load():
        km = Border.load().measure(found.lon, found.lat).km
    at = np.searchsorted(stretches["from_km"].to_numpy(), km, side="right") - 1
    return stretches["name"].to_numpy(dtype=object)[np.maximum(at, 0)]


def _nearest_crossing(
    lon: FloatArray, lat: FloatArray, reference: _Reference
) -> tuple[ObjectArray, FloatArray]:
    """Nearest crossing whose own place is known to :data:`CROSSING_RADIUS_M`, and the way to it."""
    names, *places = _offered(reference.frame("crossings"))
    tree_xyz, xyz = ecef(*places), ecef(lon, lat)
    best = np.zeros(len(lon), dtype=np.intp)
    least = np.full(len(lon), np.inf)
    for number in range(len(names)):
        chord2 = ((xyz - tree_xyz[:, number : number + 1]) ** 2).sum(axis=0)
        nearer = chord2 < least
        best[nearer], least[nearer] = number, chord2[nearer]
    distance = GEOD.inv(lon, lat, places[0][best], places[1][best])[2]
    return names[best], np.asarray(distance, dtype=np.float64)


def _offered(crossings: gpd.GeoDataFrame) -> tuple[ObjectArray, FloatArray, FloatArray]:
    """Name, longitude and latitude of crossings that may be the nearest one, by name."""
    known = crossings["radius_m"] <= CROSSING_RADIUS_M
    kept = crossings[known].sort_values("name", ignore_index=True)
    names = kept["name"].to_numpy(dtype=object)
    return names, kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy()


def offered_crossings() -> tuple[ObjectArray, FloatArray, FloatArray]:
    """Name, longitude and latitude of the shipped crossings that :func:`locate` chooses from."""
    return _offered(load_layer("crossings").frame)
