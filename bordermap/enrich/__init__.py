"""Any layer of points, lines or polygons, with what our line and units say about each feature.

The layer's own columns, geometries and order come back as they are; ours stand behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.border import LINE_TOLERANCE_M, Border
from bordermap.border.spans import Places, places_along, spans
from bordermap.enrich.cut import SIDES, outlines, shares
from bordermap.enrich.degrees import ObjectArray, in_wgs84
from bordermap.enrich.units import units_touched
from bordermap.errors import FrameError
from bordermap.locate import locate
from bordermap.schema import CRS

__all__ = ["POINT_COLUMNS", "SHAPE_COLUMNS", "enrich"]

_UNITS = ("adm0", "adm1", "adm1_code", "adm2", "adm2_code")

POINT_COLUMNS = (
    *("border_distance_m", "border_offset_m", "border_side", "border_km"),
    *("border_lon", "border_lat", "border_stretch"),
    *_UNITS,
    *("crossing", "crossing_distance_m"),
)
"""What a layer of points gets; the meaning is that of ``schema.COLUMNS``."""

SHAPE_COLUMNS = (
    *("border_distance_min_m", "border_distance_max_m", "border_side"),
    *("border_share_af", "border_share_pk", "border_share_other"),
    *("border_from_km", "border_to_km"),
    *_UNITS,
)
"""What a layer of lines, polygons or multipoints gets; a mixed one gets both."""

_TEXTS = frozenset(("border_side", "border_stretch", "crossing", *_UNITS))

SLIVER = 1e-6
"""A share up to this is no side of its own: outlines of other sources are never the same."""

BATCH = 500_000
"""Places measured at once, which bounds memory."""

Say = Callable[[str], None]
IntArray = NDArray[np.intp]


def _silent(note: str) -> None:
    del note


def enrich(frame: gpd.GeoDataFrame, *, say: Say = _silent) -> gpd.GeoDataFrame:
    """Add to each feature where it lies in relation to the line, to provinces and districts.

    Parameters
    ----------
    frame : GeoDataFrame
        Points, lines, polygons, several of each or mixed, in any coordinate system; where it names
        none, or one that its coordinates contradict, they must be degrees and are taken as such.
    say : callable, optional
        Called with one line for each thing that was noticed.

    Returns
    -------
    GeoDataFrame
        The same rows in the same order, the same columns with the same values and types, the same
        geometries; behind them :data:`POINT_COLUMNS` where there are points,
        :data:`SHAPE_COLUMNS` where there is anything else. A column of ours whose name is taken
        (whatever the case) gets a number. Features without a geometry keep empty answers.

    Raises
    ------
    FrameError
        No geometry.
    LayerError
        The coordinates are no degrees and no coordinate system says what they are.
    GeometryError
        Edges so long in all that they cannot be measured.

    Notes
    -----
    Points are answered by :func:`bordermap.locate`. Of lines and polygons ``border_distance_min_m``
    and ``_max_m`` are the least and greatest geodesic distance of their lines and outlines from the
    line, measured, and within 1 m of the true extreme; 0 where they touch it. Shares are of the
    area (length, number of points) on WGS 84, cut along the line; what runs on the line counts
    half to each side. ``border_side`` joins the sides that have a share by ";". Kilometres are
    those of the places of the line nearest to vertices and to places at most 1 km apart. Units are
    those in which some of it lies by more than half a metre, codes joined by ";" in their order.
    Polygons that cross themselves are measured on a repaired copy.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise FrameError("the frame has no geometry", todo="give a GeoDataFrame")
    own = frame.geometry
    shapes, crs = in_wgs84(own, say)
    kinds = np.where(shapely.is_missing(shapes), -1, shapely.get_type_id(own.to_numpy()))
    answers = _answers(shapes, kinds)
    result = frame.copy()
    if crs is not own.crs:
        result = result.set_crs(crs, allow_override=True)
    for name, ours in _free_names(tuple(answers), list(frame.columns), say).items():
        dtype = "string" if name in _TEXTS else "float64"
        result[ours] = pd.Series(answers[name], index=frame.index, dtype=dtype)
    return result


def _free_names(wanted: Collection[str], taken: Collection[Any], say: Say) -> Mapping[str, str]:
    """Names for our columns that differ from the layer's own in more than their case."""
    used = {str(name).casefold() for name in taken}
    names = {}
    for name in wanted:
        free, number = name, 1
        while free.casefold() in used:
            number += 1
            free = f"{name}_{number}"
        if free != name:
            say(f"the layer has a column {name} of its own; ours is {free}")
        used.add(free.casefold())
        names[name] = free
    return names


def _answers(shapes: ObjectArray, kinds: IntArray) -> dict[str, Any]:
    """Our columns by name, for shapes in degrees or None, of so many kinds."""
    points, others = kinds == 0, kinds > 0
    wanted: tuple[str, ...] = POINT_COLUMNS if points.any() else ()
    if others.any() or not points.any():
        wanted = (*wanted, *(name for name in SHAPE_COLUMNS if name not in wanted))
    answers: dict[str, Any] = {
        name: np.full(len(shapes), None if name in _TEXTS else np.nan, dtype=_dtype(name))
        for name in wanted
    }
    if not set(wanted) <= set(POINT_COLUMNS):
        for some in _batches(shapes, np.flatnonzero(points | others)):
            for name, values in _of_shapes(shapes[some]).items():
                answers[name][some] = values
    if points.any():
        some = np.flatnonzero(points)
        for name, values in _of_points(shapes[some]).items():
            answers[name][some] = values
    return answers


def _dtype(name: str) -> type:
    return object if name in _TEXTS else float


def _of_points(points: ObjectArray) -> dict[str, Any]:
    rows = gpd.GeoDataFrame({"incident_id": np.arange(len(points))}, geometry=points, crs=CRS)
    located = locate(rows)
    return {
        name: located[name].to_numpy(
            dtype=_dtype(name), na_value=None if name in _TEXTS else np.nan
        )
        for name in POINT_COLUMNS
    }


def _batches(shapes: ObjectArray, rows: IntArray) -> list[IntArray]:
    """Rows in so many parts that each has about :data:`BATCH` places to measure."""
    if not len(rows):
        return []
    places = np.cumsum(places_along(shapes[rows]))
    return np.split(rows, np.searchsorted(places, np.arange(BATCH, places[-1], BATCH)) + 1)


def _of_shapes(shapes: ObjectArray) -> dict[str, Any]:
    if not len(shapes):
        return {}
    touched = shapely.intersects(outlines().line, shapes)
    found = spans(Places.of(shapes), touched, Border.load())
    share = shares(shapes)
    return {
        "border_distance_min_m": found.least_m,
        "border_distance_max_m": found.most_m,
        "border_side": _sides(share, found.most_m),
        **{f"border_share_{side.lower()}": share[:, at] for at, side in enumerate(SIDES)},
        "border_from_km": found.from_km,
        "border_to_km": found.to_km,
        **units_touched(shapes, share[:, SIDES.index("other")] > 0),
    }


def _sides(share: Any, most_m: Any) -> ObjectArray:
    sides = [
        ";".join(side for side, part in zip(SIDES, row, strict=True) if part > SLIVER)
        for row in share.tolist()
    ]
    return np.where(most_m <= LINE_TOLERANCE_M, "line", np.array(sides, dtype=object))
