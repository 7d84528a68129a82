"""Districts, provinces and countries in which some of a shape lies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.enrich.degrees import ObjectArray
from bordermap.joins import Cover
from bordermap.layers import load_layer

__all__ = ["units_touched"]

HAIR_DEGREES = 5e-6
"""About half a metre: what reaches less far into a polygon is the rounding of a common edge."""

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@cache
def _cover(name: str) -> tuple[Cover, dict[str, list[Any]]]:
    """Units of a shipped layer in the order of their codes, with the columns that name them."""
    frame = load_layer(name).frame.sort_values("code", ignore_index=True)
    columns = {one: frame[one].tolist() for one in frame.columns if one != "geometry"}
    return Cover(frame.geometry.to_numpy()), columns


def units_touched(shapes: ObjectArray, beyond: NDArray[np.bool_]) -> dict[str, ObjectArray]:
    """Codes and names of the units of each shape, joined by ";"; None where there are none.

    Parameters
    ----------
    shapes : ndarray of geometries
        Valid, in degrees.
    beyond : ndarray of bool
        Shapes that lie partly in third countries.
    """
    cover, names = _cover("districts")
    columns: dict[str, list[dict[str, str]]] = {
        name: [{} for _ in shapes] for name in ("adm0", "adm1_code", "adm2_code")
    }
    for shape, unit in zip(*_within(cover, shapes), strict=True):
        columns["adm0"][shape][names["country"][unit]] = ""
        columns["adm1_code"][shape][names["adm1_code"][unit]] = names["adm1"][unit]
        columns["adm2_code"][shape][names["code"][unit]] = names["name"][unit]
    far = np.flatnonzero(beyond)
    cover, names = _cover("neighbours")
    for at, unit in zip(*_within(cover, shapes[far]), strict=True):
        columns["adm0"][far[at]][names["code"][unit]] = ""
    return {
        "adm0": _joined(sorted(one) for one in columns["adm0"]),
        "adm1": _joined(dict(sorted(one.items())).values() for one in columns["adm1_code"]),
        "adm1_code": _joined(sorted(one) for one in columns["adm1_code"]),
        "adm2": _joined(dict(sorted(one.items())).values() for one in columns["adm2_code"]),
        "adm2_code": _joined(sorted(one) for one in columns["adm2_code"]),
    }


def _joined(rows: Iterable[Iterable[str]]) -> ObjectArray:
    return np.array([*(";".join(row) or None for row in rows), None], dtype=object)[:-1]


def _within(cover: Cover, shapes: ObjectArray) -> Pairs:
    """Pairs of a shape and a unit in which some of it lies, not only its edge."""
    shape, unit = cover.touching(shapes)
    kept = np.ones(len(shape), dtype=bool)
    polygons, dimensions = cover.polygons, shapely.get_dimensions(shapes)[shape]
    areas = np.flatnonzero(dimensions == 2)
    cores = _cores(shapes, np.unique(shape[areas]))
    kept[areas] = shapely.intersects(polygons[unit[areas]], cores[shape[areas]])
    lines = np.flatnonzero(dimensions == 1)
    lines = lines[shapely.touches(shapes[shape[lines]], polygons[unit[lines]])]
    common = shapely.intersection(shapes[shape[lines]], polygons[unit[lines]])
    kept[lines] = shapely.get_dimensions(common) == 1
    return shape[kept], unit[kept]


def _cores(shapes: ObjectArray, some: NDArray[np.intp]) -> ObjectArray:
    """Polygons without a hair along their edges; those that are no wider as they are."""
    cores = shapes.copy()
    inner = shapely.buffer(shapes[some], -HAIR_DEGREES, quad_segs=1)
    cores[some] = np.where(shapely.is_empty(inner), shapes[some], inner)
    return cores
