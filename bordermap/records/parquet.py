"""GeoParquet (1.0 and 1.1), and Parquet without geometry, by pyarrow in bounded steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.errors import InputError
from bordermap.records.crs import parse_crs
from bordermap.records.deadline import check_time
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.source import MAX_BYTES
from bordermap.values.text import as_text, shorten, whole

__all__ = ["read_parquet"]

_EXACT = 2**53
_BATCH = 65_536
_NONE = np.empty(0, dtype=object)
_SMALL = frozenset({"int8", "int16", "int32", "uint8", "uint16", "uint32"})
_LARGE = frozenset({"int64", "uint64"})


def read_parquet(path: Path, name: str) -> LayerRows:
    """Every row of a Parquet file; what its ``geo`` metadata calls geometry becomes that.

    Raises
    ------
    InputError
        pyarrow is not installed, or the file is broken, too large or of an unknown encoding.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        todo = "pip install 'bordermap[parquet]'"
        raise InputError("reading Parquet needs pyarrow", where=name, todo=todo) from error
    try:
        schema = pq.read_schema(path)
        # Texts repeat; each different one is made once.
        texts = [one.name for one in schema if str(one.type) in ("string", "large_string")]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            check_size(name, file.metadata.num_rows, len(schema.names))
            table = pa.Table.from_batches(_batches(file, name), file.schema_arrow)
            geo = _geo(file.metadata.metadata or {})
        return _rows(table, geo, name)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        found = f"is broken or cut off ({shorten(str(error), 120)})"
        raise InputError(found, where=name, todo="get the whole file") from error


def _batches(file: Any, name: str) -> list[Any]:
    batches, size = [], 0
    for batch in file.iter_batches(_BATCH):
        check_time(name)
        size += batch.nbytes
        if size > MAX_BYTES:
            found = f"unpacks to more than {MAX_BYTES // 1024**2:,} MiB"
            raise InputError(found, where=name, todo="split it into several files")
        batches.append(batch)
    return batches


def _geo(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    geo = json.loads(metadata.get(b"geo", b"{}"))
    return geo if isinstance(geo, dict) else {}


def _rows(table: Any, geo: dict[str, Any], name: str) -> LayerRows:
    described = geo.get("columns")
    columns = described if isinstance(described, dict) else {}
    primary = str(geo.get("primary_column", ""))
    names = [
        one for one in table.column_names if one not in columns and not _is_cover(one, columns)
    ]
    rows = LayerRows(
        names=names,
        cells=[],
        geometry=np.full(table.num_rows, None, dtype=object),
        numbers=list(range(1, table.num_rows + 1)),
    )
    if primary in table.column_names and isinstance(columns.get(primary), dict):
        _take_geometry(rows, table.column(primary), columns[primary], name)
    for one in names:
        rows.cells.append(_cells(table.column(table.column_names.index(one))))
    return rows


def _is_cover(column: str, columns: dict[str, Any]) -> bool:
    """Whether a column is the boxes of a geometry, which repeat what that says."""
    return any(f'["{column}", ' in json.dumps(one) for one in columns.values())


def _take_geometry(rows: LayerRows, column: Any, said: dict[str, Any], name: str) -> None:
    encoding = str(said.get("encoding", "")).upper()
    if encoding == "WKB":
        rows.geometry = shapely.from_wkb(column.to_numpy(), on_invalid="ignore")
        missing = shapely.get_type_id(rows.geometry) < 0
        for at in np.nonzero(missing & ~column.is_null().to_numpy())[0]:
            rows.lost[int(at)] = "geometry_invalid: the geometry cannot be read"
    elif encoding == "POINT":
        for row, value in enumerate(column.to_pylist()):
            if value is not None:
                rows.geometry[row] = shapely.Point(value["x"], value["y"])
    else:
        found = f"its geometry is encoded as {shorten(encoding) or 'nothing known'}"
        raise InputError(found, where=name, todo="write the geometry as WKB")
    crs = said.get("crs", "OGC:CRS84")
    text = json.dumps(crs) if isinstance(crs, dict) else str(crs or "")
    rows.crs, rows.crs_name = parse_crs(text)


def _cells(column: Any) -> Any:
    """A column as Python values: dates and times as ISO text, lists and structs as JSON."""
    kind = str(column.type)
    if kind.startswith("dictionary"):
        return np.concatenate([_NONE, *map(_looked_up, column.chunks)])
    if kind in _SMALL or (kind in _LARGE and not _is_large(column)):
        return column.to_numpy().tolist() if not column.null_count else column.to_pylist()
    values: list[Any] = column.to_pylist()
    if kind.startswith(("timestamp", "date")):
        return _iso(values)
    plain = kind in ("bool", "null") or (
        kind in ("float", "double") and np.isfinite(column.drop_null().to_numpy()).all()
    )
    return values if plain else [_plain(value) for value in values]


def _iso(values: list[Any]) -> list[str | None]:
    texts = [None if value is None else value.isoformat() for value in values]
    if all(text is None or text.endswith("T00:00:00") for text in texts):
        return [None if text is None else text[:10] for text in texts]
    return texts


def _looked_up(chunk: Any) -> NDArray[Any]:
    """The values of a chunk that is stored as numbers of a dictionary."""
    values = [_plain(value) for value in chunk.dictionary.to_pylist()]
    known = np.array([*values, None, None], dtype=object)
    return known[chunk.indices.fill_null(len(values)).to_numpy()]


def _is_large(column: Any) -> bool:
    numbers = column.drop_null().to_numpy()
    return bool(len(numbers)) and max(abs(int(numbers.max())), abs(int(numbers.min()))) > _EXACT


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) > _EXACT else value
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | bool):
        return whole(value) if isinstance(value, str) else value
    return whole(as_text(value if isinstance(value, list | dict) else str(value)))
