"""Arrow in, Arrow out: points located batch by batch, inside any engine that speaks Arrow.

:func:`locate_batches` is all that an engine needs: ``pyspark``'s ``mapInArrow``, Ray, DuckDB and
others call it as it is. From file to file goes :mod:`bordermap.parts.parquet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.arrow import load_arrow, plain_points
from bordermap.errors import FrameError
from bordermap.locate import band_labels
from bordermap.locate.arrow import located_arrays
from bordermap.schema import BANDS_KM, columns_of
from bordermap.values.text import shorten

__all__ = [
    "GEOMETRY",
    "Points",
    "columns_by_name",
    "filled",
    "locate_batches",
    "located_schema",
    "points_of",
    "position_of",
]

GEOMETRY = "geometry"
Points: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]
_PAIRS = (("longitude", "latitude"), ("lon", "lat"))


def _arrow() -> Any:
    return load_arrow("locating batches")


def located_schema(schema: Any) -> Any:
    """The schema that :func:`locate_batches` gives for batches of a schema.

    Parameters
    ----------
    schema : pyarrow.Schema

    Returns
    -------
    pyarrow.Schema
        The same fields but those of the stage "locate", which come last: texts and float64.

    Raises
    ------
    FrameError
        No field says where the points are.
    """
    pa = _arrow()
    position_of(schema.names)
    kinds = {"string": pa.string(), "float64": pa.float64()}
    ours = [pa.field(column.name, kinds[column.dtype]) for column in columns_of("locate")]
    names = {field.name for field in ours}
    return pa.schema([*(one for one in schema if one.name not in names), *ours], schema.metadata)


def locate_batches(
    batches: Iterable[Any], *, bands_km: Sequence[float] = BANDS_KM
) -> Iterator[Any]:
    """Add every column of the stage "locate" to batches of points.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        With ``longitude`` and ``latitude``, ``lon`` and ``lat``, or ``geometry`` (points as WKB),
        in degrees, WGS 84. ``location_radius_m``, ``location_side``, ``location_precision`` and
        ``place_id`` are used where they are there; points are exact without.
    bands_km : sequence of float
        As for :func:`bordermap.locate`.

    Yields
    ------
    pyarrow.RecordBatch
        The same rows in the same order, in the schema of :func:`located_schema`; rows without a
        point have empty answers. The numbers are those of :func:`bordermap.locate`.

    Raises
    ------
    FrameError
        No column says where the points are, or they are no points.
    FilterError
        The bands do not grow.
    """
    band_labels(bands_km)
    for batch in batches:
        points = points_of(batch)
        yield _located(batch, located_arrays(*points, columns_by_name(batch), bands_km))


def position_of(names: Sequence[str]) -> tuple[str, ...]:
    """The columns that say where the points are."""
    for pair in (*_PAIRS, (GEOMETRY,)):
        if set(pair) <= set(names):
            return pair
    shown = shorten(", ".join(names), 100)
    todo = "name its columns longitude and latitude, or geometry"
    raise FrameError(f"no column of ({shown}) says where the points are", todo=todo)


def columns_by_name(batch: Any) -> dict[str, Any]:
    """The columns of a batch."""
    return {name: batch.column(name) for name in batch.schema.names}


def _located(batch: Any, located: Mapping[str, Any]) -> Any:
    """A batch with our columns."""
    schema = located_schema(batch.schema)
    return filled(schema, {**columns_by_name(batch), **located})


def points_of(batch: Any) -> Points:
    """Longitudes and latitudes of a batch, NaN without a point; FrameError if there are others."""
    names = position_of(batch.schema.names)
    if len(names) == 2:
        lon, lat = (_numbers(batch.column(name)) for name in names)
        return lon, lat
    column = batch.column(names[0])
    column = getattr(column, "storage", column)
    quick = plain_points(column)
    if quick is not None:
        return quick
    try:
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    except (shapely.errors.GEOSException, TypeError, NotImplementedError) as error:
        raise FrameError("the geometry is no WKB", todo="give points as WKB") from error
    kinds = set(np.unique(shapely.get_type_id(shapes)).tolist()) - {-1, 0}
    if kinds:
        raise FrameError("other geometries than points", todo="give points only")
    # An empty point is none; GEOS and shapely do not agree on what its coordinates are.
    shapes[shapely.is_empty(shapes)] = None
    return shapely.get_x(shapes), shapely.get_y(shapes)


def _numbers(column: Any) -> NDArray[np.float64]:
    pa = _arrow()
    numbers: NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def filled(schema: Any, columns: Mapping[str, Any]) -> Any:
    """A batch of a schema from columns, of which there may be more."""
    return _arrow().RecordBatch.from_arrays([columns[one.name] for one in schema], schema=schema)
