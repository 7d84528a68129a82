"""GeoParquet (1.0 and 1.1), and Parquet without geometry, by pyarrow in bounded steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from bordermap.arrow import load_arrow, plain_points
from bordermap.errors import InputError
from bordermap.records.crs import parse_crs
from bordermap.records.cut import Cut
from bordermap.records.deadline import check_time
from bordermap.records.delimited import MAX_ROWS
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.shapes import shapes_of
from bordermap.records.source import MAX_BYTES
from bordermap.threads import THREADS
from bordermap.values.text import as_text, shorten, whole

__all__ = ["geometry_of", "is_cover", "read_parquet", "read_table"]

_EXACT = 2**53
_BATCH = 65_536
_BUFFER = 2**18
# A column of which each text stands so often among the first rows repeats its texts.
_SAMPLE, _REPEATS = 16_384, 1.5
_SMALL = frozenset({"int8", "int16", "int32", "uint8", "uint16", "uint32"})
_LARGE = frozenset({"int64", "uint64"})
_Shapes: TypeAlias = tuple[NDArray[Any], tuple[NDArray[np.float64], NDArray[np.float64]]]


def read_parquet(path: Path, name: str, cut: Cut | None = None) -> LayerRows:
    """Every row of a Parquet file, or of a stretch of it.

    What its ``geo`` metadata calls geometry becomes that.

    Raises
    ------
    InputError
        As :func:`read_table`, and for a geometry of an unknown encoding.
    """
    shapes: list[Future[_Shapes]] = []
    try:
        with ThreadPoolExecutor(THREADS) as pool:

            def begin(batch: Any, geo: dict[str, Any]) -> None:
                primary, said = _primary(batch, geo)
                if primary:
                    shapes.append(pool.submit(_shapes, batch.column(primary), said, name))

            # Beside the texts, of which Arrow makes most without the interpreter.
            table, geo = read_table(path, name, repeated=True, cut=cut, begin=begin)
            rows = _rows(table, geo, [one.result() for one in shapes], cut.before if cut else 0)
            columns = {at: table.column(at) for at in map(table.column_names.index, rows.names)}
            # Each is let go as soon as its cells are made, so that the next takes its memory.
            del table
            rows.cells = list(pool.map(lambda at: _cells(columns.pop(at)), list(columns)))
            return rows
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise broken(error, name) from error


def read_table(
    path: Path,
    name: str,
    *,
    repeated: bool = False,
    cut: Cut | None = None,
    begin: Callable[[Any, dict[str, Any]], None] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The Arrow table of a Parquet file, and its ``geo`` metadata.

    Parameters
    ----------
    repeated : bool
        Keep texts as numbers of a dictionary: texts repeat, and each different one is made once.
    cut : Cut, optional
        The row groups that are read.
    begin : callable, optional
        Called with each batch as soon as it is read, and the ``geo`` metadata.

    Raises
    ------
    InputError
        pyarrow is not installed, or the file is broken, too large or of an unknown encoding.
    """
    pa = load_arrow("reading Parquet", where=name)
    import pyarrow.parquet as pq  # noqa: PLC0415  an extra, and slow to load

    try:
        # Of a few rows no more is read than they take.
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file:
            texts = _repeated(file, (pa.string(), pa.large_string())) if repeated else None
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            schema = file.schema_arrow
            rows = cut.rows if cut else file.metadata.num_rows
            check_size(name, rows, len(schema.names))
            geo, batches = geo_of(file.metadata.metadata or {}), []
            for batch in _batches(file, name, cut):
                batches.append(batch)
                if begin is not None:
                    begin(batch, geo)
            return pa.Table.from_batches(batches, file.schema_arrow), geo
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise broken(error, name) from error


def broken(error: Exception, name: str) -> InputError:
    """The fault of a file that a library cannot read, or the fault itself where it is ours."""
    if isinstance(error, InputError):
        return error
    found = f"is broken or cut off ({shorten(str(error), 120)})"
    return InputError(found, where=name, todo="get the whole file")


def _repeated(file: Any, texts: Sequence[Any]) -> list[str]:
    """Columns of text that has few different cells in the first rows.

    The metadata of a file says more of its columns, but asking a broken file for that ends the
    process: pyarrow's own errors there are not caught.
    """
    names = [field.name for field in file.schema_arrow if field.type in texts]
    first = next(file.iter_batches(_SAMPLE, columns=names), None) if names else None
    if first is None:
        return []
    pairs = zip(first.schema.names, first.columns, strict=True)
    return [name for name, cells in pairs if len(cells.unique()) * _REPEATS <= len(cells)]


def _batches(file: Any, name: str, cut: Cut | None) -> Iterator[Any]:
    groups = None if cut is None else range(cut.start, cut.stop)
    first = cut.skip if cut else 0
    last = first + cut.take if cut and cut.take else MAX_ROWS
    size, rows = 0, 0
    for batch in file.iter_batches(_BATCH, row_groups=groups):
        check_time(name)
        begin, rows = rows, rows + batch.num_rows
        if rows <= first:
            continue
        if begin >= last:
            break
        some = batch.slice(max(0, first - begin), min(rows, last) - max(begin, first))
        size += some.nbytes
        if size > MAX_BYTES:
            found = f"unpacks to more than {MAX_BYTES // 1024**2:,} MiB"
            raise InputError(found, where=name, todo="split it into several files")
        yield some


def geo_of(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    """What the ``geo`` metadata of a file says."""
    geo = json.loads(metadata.get(b"geo", b"{}"))
    return geo if isinstance(geo, dict) else {}


def _primary(columns: Any, geo: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The column of a table or a batch that is its geometry, and what is said of it."""
    described, name = geo.get("columns"), str(geo.get("primary_column", ""))
    said = described.get(name) if isinstance(described, dict) else None
    # A name that stands twice is no column of its own.
    alone = columns.schema.names.count(name) == 1
    return (name, said) if alone and isinstance(said, dict) else ("", {})


def _rows(table: Any, geo: dict[str, Any], shapes: Sequence[_Shapes], before: int) -> LayerRows:
    """Everything but the cells."""
    rows = LayerRows(
        names=_names(table, geo),
        cells=[],
        geometry=np.full(table.num_rows, None, dtype=object),
        numbers=range(before + 1, before + table.num_rows + 1),
    )
    primary, said = _primary(table, geo)
    if primary:
        rows.geometry = np.concatenate([np.empty(0, dtype=object), *(one for one, _ in shapes)])
        rows.crs, rows.crs_name = _system(said)
        if shapes:
            x, y = map(np.concatenate, zip(*(plain for _, plain in shapes), strict=True))
            rows.plain = x, y
        missing = shapely.get_type_id(rows.geometry) < 0
        for at in np.nonzero(missing & ~table.column(primary).is_null().to_numpy())[0]:
            rows.lost[int(at)] = "geometry_invalid: the geometry cannot be read"
    return rows


def _names(table: Any, geo: dict[str, Any]) -> list[str]:
    """The columns of a table that are neither geometry nor its boxes."""
    described = geo.get("columns")
    columns = described if isinstance(described, dict) else {}
    return [one for one in table.column_names if one not in columns and not is_cover(one, columns)]


def is_cover(column: str, columns: dict[str, Any]) -> bool:
    """Whether a column is the boxes of a geometry, which repeat what that says."""
    return any(f'["{column}", ' in json.dumps(one) for one in columns.values())


def geometry_of(
    column: Any, said: dict[str, Any], name: str
) -> tuple[NDArray[Any], CRS | None, str]:
    """Geometries of a column, None where they cannot be read; their system and its name.

    Raises
    ------
    InputError
        They are encoded in another way than as WKB or as points.
    """
    parts = [_shapes(chunk, said, name)[0] for chunk in column.chunks]
    return np.concatenate([np.empty(0, dtype=object), *parts]), *_system(said)


def _shapes(column: Any, said: dict[str, Any], name: str) -> _Shapes:
    """Geometries, and the coordinates of those that are points of just two finite numbers."""
    nothing = np.full(len(column), np.nan)
    encoding = str(said.get("encoding", "")).upper()
    if encoding == "WKB":
        shapes, _ = shapes_of(column.to_pylist())
        x, y = plain_points(column) or (nothing, nothing)
        # Of an empty point, writers say that it is at NaN.
        finite = np.isfinite(x) & np.isfinite(y)
        return shapes, (np.where(finite, x, np.nan), np.where(finite, y, np.nan))
    if encoding == "POINT":
        shapes = np.full(len(column), None, dtype=object)
        for row, value in enumerate(column.to_pylist()):
            if value is not None:
                shapes[row] = shapely.Point(value["x"], value["y"])
        return shapes, (nothing, nothing)
    found = f"its geometry is encoded as {shorten(encoding) or 'nothing known'}"
    raise InputError(found, where=name, todo="write the geometry as WKB")


def _system(said: dict[str, Any]) -> tuple[CRS | None, str]:
    crs = said.get("crs", "OGC:CRS84")
    return parse_crs(json.dumps(crs) if isinstance(crs, dict) else str(crs or ""))


def _cells(column: Any) -> Any:
    """A column as Python values: dates and times as ISO text, lists and structs as JSON.

    Repeated texts stay categories and numbers an array, where a million Python values would
    say the same.
    """
    kind = str(column.type)
    if kind.startswith("dictionary"):
        return _categories(column)
    if kind in _SMALL or (kind in _LARGE and not _is_large(column)):
        whole_column = not column.null_count
        if not whole_column:
            return column.to_pylist()
        return pd.Series(column.to_numpy().astype("int64"), copy=False)
    if kind in ("float", "double"):
        numbers = column.to_numpy().astype(np.float64)
        return pd.Series(numbers, copy=False)
    if kind in ("string", "large_string") and not column.null_count:
        column.validate(full=True)
        # To take a few rows of many pieces, pyarrow puts all of them together each time.
        whole_texts = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        return pd.Series(pd.arrays.ArrowStringArray(whole_texts))
    values: list[Any] = column.to_pylist()
    if kind.startswith(("timestamp", "date")):
        values = _iso(values)
    return values if kind in ("bool", "null") else [_plain(value) for value in values]


def _iso(values: list[Any]) -> list[str | None]:
    texts = [None if value is None else value.isoformat() for value in values]
    if all(text is None or text.endswith("T00:00:00") for text in texts):
        return [None if text is None else text[:10] for text in texts]
    return texts


def _categories(column: Any) -> pd.Series:
    """Texts that are stored as numbers of a dictionary."""
    chunks = column.unify_dictionaries().chunks
    if not chunks:
        return pd.Series([], dtype=object)
    texts = [_plain(value) for value in chunks[0].dictionary.to_pylist()]
    codes = np.concatenate([chunk.indices.fill_null(-1).to_numpy() for chunk in chunks])
    # A dictionary may hold a text twice, or none.
    known = {text: at for at, text in enumerate(dict.fromkeys(texts)) if text is not None}
    places = np.array([known.get(text, -1) for text in texts] + [-1], dtype=np.int64)
    index = pd.Index(list(known), dtype=object)
    return pd.Series(pd.Categorical.from_codes(places[codes], categories=index))


def _is_large(column: Any) -> bool:
    numbers = column.drop_null().to_numpy()
    return bool(len(numbers)) and max(abs(int(numbers.max())), abs(int(numbers.min()))) > _EXACT


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if np.isnan(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) > _EXACT else value
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | bool):
        return whole(value) if isinstance(value, str) else value
    return whole(as_text(value if isinstance(value, list | dict) else str(value)))
