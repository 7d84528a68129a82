"""The same columns from Arrow arrays, as Arrow arrays; pyarrow is an extra and loaded when used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bordermap.border import Measurement
from bordermap.locate.coded import Coded, with_each_once
from bordermap.locate.columns import Footprints, located_columns
from bordermap.locate.reference import Reference
from bordermap.schema import BANDS_KM

__all__ = ["located_arrays"]


def expect_points(count: int) -> None:
    """Build now what pays for so many points, which :func:`located_arrays` gets in batches."""
    Reference.of(None, None).expect(count)


def measured(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Measurement:
    """What the shipped line says of points, for :func:`located_arrays`."""
    return Reference.of(None, None).border.measure(lon, lat)


def located_arrays(
    lon: Any,
    lat: Any,
    columns: Mapping[str, Any] | None = None,
    bands_km: Sequence[float] = BANDS_KM,
    reference: Reference | None = None,
    *,
    found: Measurement | None = None,
    plain: bool = True,
) -> dict[str, Any]:
    """:func:`bordermap.locate.located_columns` for Arrow.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, WGS 84; NaN without a point.
    columns : mapping of str to pyarrow.Array or pyarrow.ChunkedArray, optional
        ``location_radius_m``, ``location_side``, ``location_precision`` and ``place_id`` of the
        same rows, as far as they are there; others are passed over.
    bands_km, reference, found
        As for :func:`bordermap.locate.located_columns`.
    plain : bool
        Texts in full; else as numbers of a dictionary.

    Returns
    -------
    dict of str to pyarrow.Array
        Every column of the stage "locate": float64, or string; null where nothing can be said.
    """
    footprints = _footprints(columns or {})
    located = located_columns(lon, lat, footprints, bands_km, reference, found)
    return {
        name: _texts(values, plain=plain) if isinstance(values, Coded) else _numbers(values)
        for name, values in located.items()
    }


def _footprints(columns: Mapping[str, Any]) -> Footprints:
    radius = columns.get("location_radius_m")
    texts = {
        ours: _coded(columns[name]) if name in columns else None
        for ours, name in (
            ("side", "location_side"),
            ("precision", "location_precision"),
            ("place_id", "place_id"),
        )
    }
    if radius is not None:
        radius = _whole(radius).cast("float64").fill_null(np.nan).to_numpy(zero_copy_only=False)
    return Footprints(radius, **texts)


def _whole(column: Any) -> Any:
    """An array, or one made of the chunks of a column."""
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


def _coded(column: Any) -> Coded:
    encoded = _whole(column).cast("string").dictionary_encode()
    codes = encoded.indices.cast("int64").fill_null(-1).to_numpy(zero_copy_only=False)
    return Coded(codes, np.asarray(encoded.dictionary.to_pylist(), dtype=object))


def _numbers(values: NDArray[np.float64]) -> Any:
    """Numbers as an array, as they are; null instead of NaN."""
    import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load

    return pa.array(values, mask=_where_any(np.isnan(values)))


def _texts(column: Coded, *, plain: bool) -> Any:
    """Texts as a string array, or as numbers of a dictionary."""
    import pyarrow as pa  # noqa: PLC0415

    column = column if plain else with_each_once(column)
    texts, codes = pa.array(column.texts, pa.string()), column.codes.astype(np.int32)
    numbers = pa.array(codes, mask=_where_any(codes < 0))
    if plain:
        return texts.take(numbers)
    # They are ours: to look whether all are in the dictionary takes as long as the rest.
    return pa.DictionaryArray.from_arrays(numbers, texts, safe=False)


def _where_any(flags: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """A mask, where it masks anything: without one, arrays are taken as they are."""
    return flags if flags.any() else None
