"""Arrow in, Arrow out: points located batch by batch, inside any engine that speaks Arrow.

:func:`locate_batches` is all that an engine needs: ``pyspark``'s ``mapInArrow``, Ray, DuckDB and
others call it as it is. :func:`locate_parquet` does the same from file to file.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from bordermap.arrow import POINT_BYTES, POINT_HEAD, load_arrow, plain_points
from bordermap.border import Measurement
from bordermap.errors import FrameError, InputError
from bordermap.files import replacing, synced_meanwhile
from bordermap.locate import band_labels
from bordermap.locate.arrow import expect_points, located_arrays, measured
from bordermap.schema import BANDS_KM, CRS, columns_of
from bordermap.threads import THREADS
from bordermap.values.text import shorten

__all__ = ["locate_batches", "locate_parquet", "located_schema"]

ROWS = 49_152
"""Rows of a batch and of a row group: more take more memory, fewer more of the processor."""

_BEYOND_KM = 100_000.0
_Points: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]
_BUFFER = 1024**2
# By others of ours nobody looks for rows, or every group of rows along the line has all of them;
# least and greatest values of all columns take a sixth of writing.
_ASKED = frozenset({"border_distance_m", "border_km"})
_AHEAD = 2 * THREADS  # batches that are made while one is written
_PAIRS = (("longitude", "latitude"), ("lon", "lat"))
_GEOMETRY = "geometry"
_BOX = ("xmin", "ymin", "xmax", "ymax")


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
    _position_of(schema.names)
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
        points = _points(batch)
        yield _located(batch, located_arrays(*points, _columns(batch), bands_km))


def _position_of(names: Sequence[str]) -> tuple[str, ...]:
    for pair in (*_PAIRS, (_GEOMETRY,)):
        if set(pair) <= set(names):
            return pair
    shown = shorten(", ".join(names), 100)
    todo = "name its columns longitude and latitude, or geometry"
    raise FrameError(f"no column of ({shown}) says where the points are", todo=todo)


def _columns(batch: Any) -> dict[str, Any]:
    return {name: batch.column(name) for name in batch.schema.names}


def _located(batch: Any, located: Mapping[str, Any]) -> Any:
    """A batch with our columns."""
    schema = located_schema(batch.schema)
    return _filled(schema, {**_columns(batch), **located})


def _points(batch: Any) -> _Points:
    names = _position_of(batch.schema.names)
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


def locate_parquet(
    source: str | Path, target: str | Path, *, bands_km: Sequence[float] = BANDS_KM
) -> int:
    """Locate the points of a Parquet file of any size, and write them as GeoParquet.

    Parameters
    ----------
    source : str or Path
        A file, or a folder of files of one schema, with the columns of :func:`locate_batches`.
    target : str or Path
        A GeoParquet file, written whole or not at all: row groups of 49,152 rows, each ordered
        along the line, with the covering column ``bbox``.
    bands_km : sequence of float
        As for :func:`bordermap.locate`.

    Returns
    -------
    int
        Rows written, as many as were read.

    Notes
    -----
    Reading, locating and writing overlap; memory is that of a few batches.

    Raises
    ------
    InputError
        The source cannot be read.
    FrameError, FilterError
        As of :func:`locate_batches`.
    OutputError
        The target cannot be written.
    """
    from pyarrow import parquet  # noqa: PLC0415

    pa = _arrow()
    band_labels(bands_km)
    files = _files(Path(source))
    given = _schema_of(files[0])
    schema = _written_schema(given)
    batches = (batch for batch in _batches(files, _wanted(given.names)) if batch.num_rows)
    expect_points(_rows_of(files, given))
    rows = 0
    with replacing(Path(target)) as temporary:
        # Numbers of a dictionary pay for texts only; coordinates and distances hardly repeat.
        texts = [one.name for one in schema if pa.types.is_dictionary(one.type)]
        writer = parquet.ParquetWriter(
            temporary,
            schema,
            # Coordinates and distances hardly pack; Zstandard takes twice as long for a sixth less.
            compression="snappy",
            use_dictionary=texts,
            write_statistics=_asked(schema),
            store_schema=False,
            # Columns are handed over whole: encoding them by thousands takes a third longer.
            write_batch_size=ROWS,
        )
        with writer, synced_meanwhile(temporary):
            for batch in _ready(batches, schema, bands_km):
                writer.write_batch(batch, ROWS)
                rows += batch.num_rows
            # Without the Arrow schema, which would make every text a category for its readers.
            writer.add_key_value_metadata(schema.metadata)
    return rows


def _asked(schema: Any) -> list[str]:
    """Columns with least and greatest values, as Parquet calls them; the box is one of several."""
    unasked = {one.name for one in columns_of("locate")} - _ASKED | {_GEOMETRY, "bbox"}
    names = [one.name for one in schema if one.name not in unasked]
    return [*names, *(f"bbox.{edge}" for edge in _BOX)]


def _ready(batches: Iterable[Any], schema: Any, bands_km: Sequence[float]) -> Iterator[Any]:
    """Batches as they are written, in their order; several are made side by side."""

    def made(batch: Any) -> Any:
        batch, points, found = _along_the_line(batch)
        own = _columns(batch)
        located = located_arrays(*points, own, bands_km, found=found, plain=False)
        return _filled(schema, {**own, **located, **_shapes(*points)})

    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Any]] = deque()
        for batch in batches:
            waiting.append(pool.submit(made, batch))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _files(source: Path) -> list[Path]:
    files = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    if not files:
        found, todo = "is a folder without a Parquet file", "give Parquet files"
        raise InputError(found, where=source.name, todo=todo)
    return files


def _rows_of(files: Sequence[Path], schema: Any) -> int:
    """How many rows files have, all of one schema."""
    from pyarrow import parquet  # noqa: PLC0415

    rows = 0
    for path in files:
        with _readable(path), parquet.ParquetFile(path) as file:
            own, rows = file.schema_arrow, rows + file.metadata.num_rows
        if not own.equals(schema):
            found = f"has other columns, or other types of them, than {files[0].name}"
            raise InputError(found, where=path.name, todo="give files of one schema")
    return rows


def _schema_of(path: Path) -> Any:
    from pyarrow import parquet  # noqa: PLC0415

    with _readable(path):
        return parquet.read_schema(path)


def _wanted(names: Sequence[str]) -> list[str]:
    """Columns that are kept as they are, or needed for those that are made."""
    made = {_GEOMETRY, "bbox", *(column.name for column in columns_of("locate"))}
    position = _position_of(names)
    return [name for name in names if name in position or name not in made]


def _batches(files: Iterable[Path], columns: Sequence[str]) -> Iterator[Any]:
    """The rows of files, read as they are asked for: a scanner would read far ahead."""
    from pyarrow import parquet  # noqa: PLC0415

    for path in files:
        with (
            _readable(path),
            parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file,
        ):
            yield from file.iter_batches(ROWS, columns=columns)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What a library says of a file that it cannot read, in one line."""
    pa = _arrow()
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        found = f"cannot be read ({shorten(str(error), 100)})"
        raise InputError(found, where=path.name, todo="give Parquet files") from error


def _written_schema(schema: Any) -> Any:
    """The schema of the file: our texts as dictionaries, geometry and box as in GeoParquet."""
    pa = _arrow()
    fields = [
        pa.field(one.name, pa.dictionary(pa.int32(), pa.string()))
        if one.name in {c.name for c in columns_of("locate")} and one.type == pa.string()
        else one
        for one in located_schema(schema)
        if one.name not in (_GEOMETRY, "bbox")
    ]
    box = pa.struct([(name, pa.float64()) for name in _BOX])
    fields += [pa.field(_GEOMETRY, pa.binary()), pa.field("bbox", box)]
    column = {
        "encoding": "WKB",
        "crs": pyproj.CRS(CRS).to_json_dict(),
        "geometry_types": ["Point"],
        "covering": {"bbox": {name: ["bbox", name] for name in _BOX}},
    }
    geo = {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}
    return pa.schema(fields, {"geo": json.dumps(geo)})


def _along_the_line(batch: Any) -> tuple[Any, _Points, Measurement]:
    """The rows of a batch in the order of their kilometres, their points, and what is measured."""
    lon, lat = _points(batch)
    found = measured(lon, lat)
    order = _along(found.km)
    kept = batch.select([name for name in batch.schema.names if name != _GEOMETRY])
    return kept.take(_arrow().array(order)), (lon[order], lat[order]), found.take(order)


def _filled(schema: Any, columns: Mapping[str, Any]) -> Any:
    """A batch of a schema from columns, of which there may be more."""
    return _arrow().RecordBatch.from_arrays([columns[one.name] for one in schema], schema=schema)


def _shapes(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> dict[str, Any]:
    """Points and their boxes as GeoParquet has them; null where there is none."""
    pa = _arrow()
    gone = np.isnan(lon) | np.isnan(lat)
    # Without a mask, arrays are taken as they are.
    none = gone if gone.any() else None
    mask = None if none is None else pa.array(none)
    x, y = (pa.array(each, mask=none) for each in (lon, lat))
    box = pa.StructArray.from_arrays([x, y, x, y], list(_BOX), mask=mask)
    geometry = _as_wkb(lon, lat)
    return {
        _GEOMETRY: geometry if mask is None else pa.compute.if_else(mask, None, geometry),
        "bbox": box,
    }


def _along(km: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows of a batch by kilometre, to a micrometre, then as they came; those without last."""
    micrometres = np.where(np.isnan(km), _BEYOND_KM, km) * 1e9
    keys = micrometres.astype(np.int64) * ROWS + np.arange(len(km))
    # Different numbers are sorted five times as fast as places in a stable order.
    rows: NDArray[np.int64] = np.sort(keys) % ROWS
    return rows


def _as_wkb(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
    pa = _arrow()
    raw = np.empty(
        len(lon), dtype=[("head", np.uint8, len(POINT_HEAD)), ("x", "<f8"), ("y", "<f8")]
    )
    raw["head"], raw["x"], raw["y"] = POINT_HEAD, lon, lat
    fixed = pa.binary(POINT_BYTES)
    return pa.FixedSizeBinaryArray.from_buffers(fixed, len(raw), [None, pa.py_buffer(raw)]).cast(
        pa.binary()
    )
