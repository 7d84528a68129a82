"""From Parquet to GeoParquet, in the memory of a few batches, however many points there are."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from bordermap.arrow import load_arrow, points_as_wkb
from bordermap.border import Measurement
from bordermap.errors import InputError
from bordermap.files import new_folder, replacing, synced_meanwhile
from bordermap.locate import band_labels
from bordermap.locate.arrow import expect_points, located_arrays, measured
from bordermap.parts.arrow import (
    GEOMETRY,
    Points,
    columns_by_name,
    filled,
    located_schema,
    points_of,
    position_of,
)
from bordermap.parts.steps import part_name
from bordermap.schema import BANDS_KM, CRS, columns_of
from bordermap.threads import THREADS
from bordermap.values.text import shorten

__all__ = ["locate_parquet"]

ROWS = 49_152
"""Rows of a batch and of a row group: more take more memory, fewer more of the processor."""

GROUPS = 200
"""Row groups of a file of a folder: what is known of each is held until its file's end."""

_BEYOND_KM = 100_000.0
_BUFFER = 1024**2  # bytes of a column that are read at once
# By others of ours nobody looks for rows, or every group of rows along the line has all of them;
# least and greatest values of all columns take a sixth of writing.
_ASKED = frozenset({"border_distance_m", "border_km"})
_AHEAD = 2 * THREADS  # batches that are made while one is written
_BOX = ("xmin", "ymin", "xmax", "ymax")


def _arrow() -> Any:
    return load_arrow("locating a Parquet file")


def locate_parquet(
    source: str | Path, target: str | Path, *, bands_km: Sequence[float] = BANDS_KM
) -> int:
    """Locate the points of a Parquet file of any size, and write them as GeoParquet.

    Parameters
    ----------
    source : str or Path
        A file, or a folder of files of one schema, with the columns of
        :func:`bordermap.locate_batches`.
    target : str or Path
        A GeoParquet file: row groups of 49,152 rows, each ordered along the line, with the covering
        column ``bbox``. A name without a suffix is a folder, which is not there yet, for such files
        of 200 row groups each. Either is written whole or not at all.
    bands_km : sequence of float
        As for :func:`bordermap.locate`.

    Returns
    -------
    int
        Rows written, as many as were read.

    Notes
    -----
    Reading, locating and writing overlap; memory is that of a few batches. What is known of each
    row group is held until its file ends, 25 KB: above ten million rows a folder keeps memory flat.

    Raises
    ------
    InputError
        The source cannot be read.
    FrameError, FilterError
        As of :func:`bordermap.locate_batches`.
    OutputError
        The target cannot be written, or is a folder that is there already.
    """
    band_labels(bands_km)
    target, files = Path(target), _files(Path(source))
    given = _schema_of(files[0])
    schema = _written_schema(given)
    batches = (batch for batch in _batches(files, _wanted(given.names)) if batch.num_rows)
    expect_points(_rows_of(files, given))
    ready = _ready(batches, schema, bands_km)
    if target.suffix:
        with replacing(target) as temporary:
            return _write(ready, temporary, schema)
    with new_folder(target) as temporary:
        return sum(
            _write(some, temporary / part_name(number), schema)
            for number, some in enumerate(_by_groups(ready))
        )


def _by_groups(batches: Iterator[Any]) -> Iterator[Iterable[Any]]:
    """Batches for one file after the other; each must be used up before the next is asked for."""
    yield islice(batches, GROUPS)
    for batch in batches:
        yield chain([batch], islice(batches, GROUPS - 1))


def _write(batches: Iterable[Any], path: Path, schema: Any) -> int:
    """Write a file, and say how many rows it has."""
    from pyarrow import parquet  # noqa: PLC0415

    pa, rows = _arrow(), 0
    # Numbers of a dictionary pay for texts only; coordinates and distances hardly repeat.
    texts = [one.name for one in schema if pa.types.is_dictionary(one.type)]
    writer = parquet.ParquetWriter(
        path,
        schema,
        # Coordinates and distances hardly pack; Zstandard takes twice as long for a sixth less.
        compression="snappy",
        use_dictionary=texts,
        write_statistics=_asked(schema),
        store_schema=False,
        # Columns are handed over whole: encoding them by thousands takes a third longer.
        write_batch_size=ROWS,
    )
    with writer, synced_meanwhile(path):
        for batch in batches:
            writer.write_batch(batch, ROWS)
            rows += batch.num_rows
        # Without the Arrow schema, which would make every text a category for its readers.
        writer.add_key_value_metadata(schema.metadata)
    return rows


def _asked(schema: Any) -> list[str]:
    """Columns with least and greatest values, as Parquet calls them; the box is one of several."""
    unasked = {one.name for one in columns_of("locate")} - _ASKED | {GEOMETRY, "bbox"}
    names = [one.name for one in schema if one.name not in unasked]
    return [*names, *(f"bbox.{edge}" for edge in _BOX)]


def _ready(batches: Iterable[Any], schema: Any, bands_km: Sequence[float]) -> Iterator[Any]:
    """Batches as they are written, in their order; several are made side by side."""

    def made(batch: Any) -> Any:
        batch, points, found = _along_the_line(batch)
        own = columns_by_name(batch)
        located = located_arrays(*points, own, bands_km, found=found, plain=False)
        return filled(schema, {**own, **located, **_shapes(*points)})

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
    made = {GEOMETRY, "bbox", *(column.name for column in columns_of("locate"))}
    position = position_of(names)
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
        if one.name not in (GEOMETRY, "bbox")
    ]
    box = pa.struct([(name, pa.float64()) for name in _BOX])
    fields += [pa.field(GEOMETRY, pa.binary()), pa.field("bbox", box)]
    column = {
        "encoding": "WKB",
        "crs": pyproj.CRS(CRS).to_json_dict(),
        "geometry_types": ["Point"],
        "covering": {"bbox": {name: ["bbox", name] for name in _BOX}},
    }
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    return pa.schema(fields, {"geo": json.dumps(geo)})


def _along_the_line(batch: Any) -> tuple[Any, Points, Measurement]:
    """The rows of a batch in the order of their kilometres, their points, and what is measured."""
    lon, lat = points_of(batch)
    found = measured(lon, lat)
    order = _along(found.km)
    kept = batch.select([name for name in batch.schema.names if name != GEOMETRY])
    return kept.take(_arrow().array(order)), (lon[order], lat[order]), found.take(order)


def _shapes(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> dict[str, Any]:
    """Points and their boxes as GeoParquet has them; null where there is none."""
    pa = _arrow()
    gone = np.isnan(lon) | np.isnan(lat)
    # Without a mask, arrays are taken as they are.
    none = gone if gone.any() else None
    mask = None if none is None else pa.array(none)
    x, y = (pa.array(each, mask=none) for each in (lon, lat))
    box = pa.StructArray.from_arrays([x, y, x, y], list(_BOX), mask=mask)
    geometry = points_as_wkb(lon, lat)
    return {
        GEOMETRY: geometry if mask is None else pa.compute.if_else(mask, None, geometry),
        "bbox": box,
    }


def _along(km: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows of a batch by kilometre, to a micrometre, then as they came; those without last."""
    micrometres = np.where(np.isnan(km), _BEYOND_KM, km) * 1e9
    keys = micrometres.astype(np.int64) * ROWS + np.arange(len(km))
    # Different numbers are sorted five times as fast as places in a stable order.
    rows: NDArray[np.int64] = np.sort(keys) % ROWS
    return rows
