"""GeoParquet (1.0 and 1.1), and Parquet without geometry, by pyarrow in bounded steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bordermap.errors import InputError
from bordermap.records.crs import parse_crs
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.source import MAX_BYTES
from bordermap.values.text import as_text, shorten, whole

__all__ = ["read_parquet"]

_EXACT = 2**53
_BATCH = 65_536


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
        with pq.ParquetFile(path) as file:
            check_size(name, file.metadata.num_rows, len(file.schema_arrow.names))
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
        cells=[_cells(table.column(table.column_names.index(one))) for one in names],
        geometry=np.full(table.num_rows, None, dtype=object),
        numbers=list(range(1, table.num_rows + 1)),
    )
    if primary in table.column_names and isinstance(columns.get(primary), dict):
        _take_geometry(rows, table.column(primary), columns[primary], name)
    return rows


def _is_cover(column: str, columns: dict[str, Any]) -> bool:
    """Whether a column is the boxes of a geometry, which repeat what that says."""
    return any(f'["{column}", ' in json.dumps(one) for one in columns.values())


def _take_geometry(rows: LayerRows, column: Any, said: dict[str, Any], name: str) -> None:
    encoding = str(said.get("encoding", "")).upper()
    if encoding == "WKB":
        shapes = column.to_numpy()
        rows.geometry = shapely.from_wkb(shapes, on_invalid="ignore")
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


def _cells(column: Any) -> list[Any]:
    """A column as Python values: dates and times as ISO text, lists and structs as JSON."""
    values = column.to_pylist()
    kind = str(column.type)
    if kind.startswith(("timestamp", "date")):
        texts = [None if value is None else value.isoformat() for value in values]
        if all(text is None or text.endswith("T00:00:00") for text in texts):
            return [None if text is None else text[:10] for text in texts]
        return texts
    if kind in ("string", "large_string", "string_view", "bool", "null"):
        return values
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) > _EXACT else value
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, str | bool):
        return value
    return whole(as_text(value if isinstance(value, list | dict) else str(value)))
