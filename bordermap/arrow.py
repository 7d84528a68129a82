"""Arrow, which comes with an extra: asked for where it is needed.

Texts that Arrow holds are asked as a whole; to make a million Python texts of them takes longer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.errors import BordermapError, InputError
from bordermap.pool import choose_pool
from bordermap.threads import THREADS

__all__ = [
    "are_arrow_texts",
    "are_like",
    "load_arrow",
    "most_bytes",
    "numbers_like",
    "plain_points",
    "points_as_wkb",
]

_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", dtype=np.uint8)
"""How a point begins in well-known binary, as most writers have it: its bytes in Intel's order."""

_POINT_BYTES = 21
""":data:`_POINT_HEAD` and two numbers."""


def load_arrow(purpose: str, *, where: str = "", kind: type[BordermapError] = InputError) -> Any:
    """The module ``pyarrow``.

    Parameters
    ----------
    purpose : str
        What needs it, as a sentence begins: "reading Parquet".
    where : str
        The file that is read or written.
    kind : type of BordermapError
        What is raised.

    Raises
    ------
    BordermapError
        pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        todo = "pip install 'bordermap[parquet]'"
        raise kind(f"{purpose} needs pyarrow", where=where, todo=todo) from error
    choose_pool()
    return pa


def are_arrow_texts(column: pd.Series) -> bool:
    """Whether a column is of texts that Arrow holds."""
    return isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow"


def most_bytes(texts: pd.Series) -> int:
    """The bytes of the longest text of a column that Arrow holds, 0 where there is none."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return int(pc.max(pc.binary_length(texts.array.__arrow_array__())).as_py() or 0)


def are_like(texts: pd.Series, pattern: str) -> NDArray[np.bool_]:
    """Which texts of a column that Arrow holds have a part of a pattern, which is for RE2."""
    import pyarrow.compute as pc  # noqa: PLC0415

    column = texts.array.__arrow_array__()
    size = len(column) // THREADS + 1
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [column.slice(at, size) for at in range(0, len(column), size)]
        alike = list(pool.map(lambda part: pc.match_substring_regex(part, pattern), parts))
    found = (np.asarray(pc.fill_null(one, False)) for one in alike)
    return np.concatenate([np.empty(0, dtype=bool), *found])


def numbers_like(texts: pd.Series, pattern: str) -> NDArray[np.float64]:
    r"""The numbers of those texts of a column that Arrow holds which are all of a pattern.

    Parameters
    ----------
    texts : Series
    pattern : str
        For RE2, in which ``\d`` is an ASCII digit; of nothing but what Arrow reads as a number.

    Returns
    -------
    ndarray of float64
        NaN for every other text.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    column = texts.array.__arrow_array__()
    alike = pa.array(are_like(texts, f"^(?:{pattern})$"))
    numbers = pc.cast(pc.if_else(alike, column, pa.scalar(None, column.type)), pa.float64())
    # What Arrow hands over may be read only.
    found: NDArray[np.float64] = pc.fill_null(numbers, np.nan).to_numpy().copy()
    return found


def plain_points(column: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The positions of points in WKB that all are as most writers have them, at once."""
    import pyarrow as pa  # noqa: PLC0415

    if column.null_count or not len(column) or column.type not in (pa.binary(), pa.large_binary()):
        return None
    width = np.int64 if column.type == pa.large_binary() else np.int32
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=width)[column.offset : column.offset + len(column) + 1]
    if not (np.diff(ends) == _POINT_BYTES).all():
        return None
    raw = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, _POINT_BYTES)
    if not (raw[:, :5] == _POINT_HEAD).all():
        return None
    numbers = np.ascontiguousarray(raw[:, 5:]).view("<f8")
    return np.ascontiguousarray(numbers[:, 0]), np.ascontiguousarray(numbers[:, 1])


def points_as_wkb(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
    """An array of points in WKB, as :func:`plain_points` reads them, at once."""
    import pyarrow as pa  # noqa: PLC0415

    head = ("head", np.uint8, len(_POINT_HEAD))
    raw = np.empty(len(lon), dtype=[head, ("x", "<f8"), ("y", "<f8")])
    raw["head"], raw["x"], raw["y"] = _POINT_HEAD, lon, lat
    fixed = pa.binary(_POINT_BYTES)
    return pa.FixedSizeBinaryArray.from_buffers(fixed, len(raw), [None, pa.py_buffer(raw)]).cast(
        pa.binary()
    )
