"""Relate each incident to the line, to provinces and districts, and to the nearest crossing.

The line decides the side; polygons only say where the line cannot: beyond its two ends and in
third countries. A point exactly on an edge between units belongs to the one with the smaller code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.border import Border
from bordermap.errors import FrameError
from bordermap.joins import PolygonLayer, join_units, prepared
from bordermap.locate.arrow import located_arrays
from bordermap.locate.bands import band_labels, band_of
from bordermap.locate.coded import Coded, coded
from bordermap.locate.columns import Footprints, located_columns
from bordermap.locate.crossings import offered_crossings
from bordermap.locate.reference import Reference
from bordermap.schema import BANDS_KM, CRS, Layer

__all__ = [
    "Coded",
    "Footprints",
    "band_labels",
    "band_of",
    "coded",
    "locate",
    "located_arrays",
    "located_columns",
    "offered_crossings",
]

FloatArray = NDArray[np.float64]

MISSING, POINT = -1, 0
"""Numbers of kinds of geometry, as :func:`shapely.get_type_id` gives them."""


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
    shapes = points.to_numpy()
    lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
    found = located_columns(lon, lat, _footprints(frame), bands_km, Reference.of(border, layers))
    located = frame.copy()
    for name, values in found.items():
        located[name] = _as_series(values, frame.index)
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
    kinds = np.unique(shapely.get_type_id(points.to_numpy()))
    if set(kinds.tolist()) - {MISSING, POINT}:
        other = sorted(set(points.dropna().geom_type) - {"Point"})
        raise FrameError(f"{other[0]} among the geometries", todo="give points only")
    if points.crs is not None and not points.crs.equals(CRS):
        points = points.to_crs(CRS)
    empty = shapely.is_empty(points.to_numpy())
    # GEOS refuses to say where an empty point is.
    return points.mask(empty) if empty.any() else points


def _footprints(frame: pd.DataFrame) -> Footprints:
    """The columns that say where incidents may be, as far as they are there."""
    texts = {
        ours: coded(frame[name]) if name in frame.columns else None
        for ours, name in (
            ("side", "location_side"),
            ("precision", "location_precision"),
            ("place_id", "place_id"),
        )
    }
    if "location_radius_m" not in frame.columns:
        return Footprints(None, **texts)
    radius = pd.to_numeric(frame["location_radius_m"]).to_numpy(dtype=np.float64, na_value=np.nan)
    return Footprints(radius, **texts)


def _as_series(values: FloatArray | Coded, index: pd.Index[Any]) -> pd.Series[Any]:
    if isinstance(values, Coded):
        texts = pd.array(values.texts, dtype="string")
        return pd.Series(texts.take(values.codes, allow_fill=True), index=index)
    return pd.Series(values, index=index)
