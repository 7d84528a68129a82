"""The same columns from Arrow arrays, as Arrow arrays; pyarrow is an extra and loaded when used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bordermap.locate.coded import Coded
from bordermap.locate.columns import Footprints, located_columns
from bordermap.locate.reference import Reference
from bordermap.schema import BANDS_KM

__all__ = ["located_arrays"]


def expect_points(count: int) -> None:
    """Build now what pays for so many points, which :func:`located_arrays` gets in batches."""
    Reference.of(None, None).expect(count)


def located_arrays(
    lon: Any,
    lat: Any,
    columns: Mapping[str, Any] | None = None,
    bands_km: Sequence[float] = BANDS_KM,
    reference: Reference | None = None,
    *,
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
    bands_km, reference
        As for :func:`bordermap.locate.located_columns`.
    plain : bool
        Texts in full; else as numbers of a dictionary.

    Returns
    -------
    dict of str to pyarrow.Array
        Every column of the stage "locate": float64, or string; null where nothing can be said.
    """
    import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load

    found = located_columns(lon, lat, _footprints(columns or {}), bands_km, reference)
    return {
        name: _texts(values, plain=plain)
        if isinstance(values, Coded)
        else pa.array(values, pa.float64(), from_pandas=True)
        for name, values in found.items()
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


def _texts(column: Coded, *, plain: bool) -> Any:
    """Texts as a string array, or as numbers of a dictionary."""
    import pyarrow as pa  # noqa: PLC0415

    codes, texts = column.codes, pa.array(column.texts, pa.string())
    if plain:
        return texts.take(pa.array(codes, mask=codes < 0))
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), texts)
