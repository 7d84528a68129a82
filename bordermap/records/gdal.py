"""GeoPackage, Shapefile and FlatGeobuf by GDAL: in bulk by pyogrio, and what is broken by Fiona.

GDAL is handed staged files only (:mod:`bordermap.records.staging`), whose first bytes were looked
at, and the driver that opens one must be the one that belongs to it.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError

from bordermap.errors import InputError
from bordermap.records.crs import parse_crs
from bordermap.records.cut import Cut
from bordermap.records.deadline import check_time
from bordermap.records.layer_table import LayerRows, check_size
from bordermap.records.shapes import shapes_of
from bordermap.records.source import file_note
from bordermap.schema import Fault
from bordermap.values.text import as_text, shorten, whole

__all__ = [
    "DRIVERS",
    "DRIVER_FAULTS",
    "GIVEN_BY_GDAL",
    "LayerInfo",
    "layer_info",
    "open_options",
    "read_layer",
]

DRIVERS: Mapping[str, str] = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
"""The only drivers of GDAL that are used, by the suffix of a staged file."""

DRIVER_FAULTS = (
    CRSError,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    shapely.errors.GEOSException,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What pyogrio, Fiona and shapely raise over a broken file.

NameError is pyogrio's over a coordinate system that GDAL cannot write as text.
"""

# Every byte is a character of Latin-1 and back, so that nothing is lost before it is decoded.
_RAW = "ISO-8859-1"
_EXACT = 2**53
GIVEN_BY_GDAL = frozenset({"", "fid", "ogc_fid"})
"""Names of keys that nobody gave on purpose."""

# How GDAL writes a time, which older versions of pyogrio hand on as it is.
_SLASHES = re.compile(r"\A(\d{4})/(\d\d)/(\d\d) ")
_MIDNIGHT = ("T00:00:00", "T00:00:00.000")


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """What a layer says of itself: its columns, geometry and size."""

    path: Path
    layer: str
    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    geometry_type: str
    fid_column: str
    features: int
    crs: str


def open_options(suffix: str) -> dict[str, str]:
    """How GDAL opens a staged file: a GeoPackage without locks, journals or files beside it."""
    return {"IMMUTABLE": "YES"} if suffix == ".gpkg" else {}


@contextmanager
def _quiet() -> Iterator[None]:
    """What GDAL says beside its answers, kept from the screen: what is lost is counted anyway."""
    handler, logger = logging.NullHandler(), logging.getLogger("fiona")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(handler)


def layer_info(path: Path, layer: str | None, name: str) -> LayerInfo:
    """Look at a layer of a staged file.

    Raises
    ------
    InputError
        The driver that belongs to it cannot open it.
    """
    suffix = path.suffix
    try:
        with _quiet():
            info = pyogrio.read_info(
                path, layer=layer, encoding=_encoding(suffix), **open_options(suffix)
            )
    except DRIVER_FAULTS as error:
        raise _unreadable(name, error) from error
    if info["driver"] != DRIVERS[suffix]:
        raise InputError(f"is no {DRIVERS[suffix]} file", where=name, todo="export it again")
    return LayerInfo(
        path=path,
        layer=str(info["layer_name"]),
        columns=tuple(map(str, info["fields"])),
        dtypes=tuple(map(str, info["dtypes"])),
        geometry_type=str(info["geometry_type"] or ""),
        fid_column=str(info["fid_column"] or ""),
        features=int(info["features"]),
        crs=str(info["crs"] or ""),
    )


def _encoding(suffix: str) -> str | None:
    return _RAW if suffix == ".shp" else None


def _unreadable(name: str, error: Exception) -> InputError:
    found = f"is broken or cut off ({shorten(str(error), 120)})"
    return InputError(found, where=name, todo="export it again")


def read_layer(info: LayerInfo, name: str, cut: Cut | None = None) -> LayerRows:
    """Every feature of a layer, or of a stretch of it.

    In bulk, or one by one where that fails or would lose digits.
    """
    check_size(name, cut.rows if cut else info.features, len(info.columns))
    rows, inexact = _bulk_or_none(info, name, cut)
    if rows is None:
        rows = _one_by_one(info, name, cut)
    elif inexact:
        exact = _one_by_one(info, name, cut)
        if exact.numbers != rows.numbers:
            rows, inexact = exact, []
        for column in inexact:
            rows.cells[rows.names.index(column)] = exact.cells[exact.names.index(column)]
    rows.crs, rows.crs_name = parse_crs(info.crs)
    return rows


def _bulk_or_none(
    info: LayerInfo, name: str, cut: Cut | None
) -> tuple[LayerRows | None, list[str]]:
    try:
        return _in_bulk(info, _encoding(info.path.suffix), cut)
    except UnicodeDecodeError:
        return _reread(info, name, cut)
    except DRIVER_FAULTS:
        return None, []


def _reread(info: LayerInfo, name: str, cut: Cut | None) -> tuple[LayerRows | None, list[str]]:
    """The layer again, with texts that are not UTF-8 mended and noted."""
    try:
        rows, inexact = _in_bulk(info, _RAW, cut)
    except DRIVER_FAULTS:
        return None, []
    for column, cells in zip(rows.names, rows.cells, strict=True):
        for at, cell in enumerate(cells):
            if type(cell) is str and not cell.isascii():
                cells[at] = cell.encode(_RAW).decode("utf-8", "replace")
                if "\ufffd" in cells[at]:
                    rows.notes.append(_undecodable(name, rows.numbers[at], column, cells[at]))
    rows.names = [one.encode(_RAW).decode("utf-8", "replace") for one in rows.names]
    return rows, inexact


def _undecodable(file: str, number: int, column: str, text: str) -> Fault:
    message = f"{shorten(column, 40)}: bytes that are no UTF-8 are replaced by �"
    return Fault(file, number, column, shorten(text), "undecodable_bytes", message, False)


def _in_bulk(info: LayerInfo, encoding: str | None, cut: Cut | None) -> tuple[LayerRows, list[str]]:
    """The layer by pyogrio, and the columns whose whole numbers came as floats too large."""
    with _quiet():
        meta, fids, shapes, columns = pyogrio.raw.read(
            info.path,
            layer=info.layer,
            encoding=encoding,
            return_fids=True,
            datetime_as_string=True,
            skip_features=cut.start if cut else 0,
            max_features=cut.rows if cut else None,
            **open_options(info.path.suffix),
        )
    size = len(fids)
    shapes = np.full(size, None, dtype=object) if shapes is None else shapes
    geometry, _ = shapes_of(shapes)
    lost = np.nonzero((shapely.get_type_id(geometry) < 0) & (shapes != None))[0]  # noqa: E711
    rows = LayerRows(
        names=list(map(str, meta["fields"])),
        cells=[_cells(dtype, column) for dtype, column in zip(info.dtypes, columns, strict=True)],
        geometry=np.asarray(geometry, dtype=object),
        numbers=[number + (cut.start if cut else 0) for number in range(1, size + 1)],
        fids=[int(fid) for fid in fids],
        lost={int(at): "geometry_invalid: the geometry cannot be read" for at in lost},
    )
    told = zip(rows.names, info.dtypes, columns, strict=True)
    inexact = [name for name, dtype, column in told if _lost_digits(dtype, column)]
    if info.fid_column.casefold() not in GIVEN_BY_GDAL and info.fid_column not in rows.names:
        rows.names.insert(0, info.fid_column)
        rows.cells.insert(0, list(rows.fids))
    return rows, inexact


def _lost_digits(dtype: str, column: NDArray[Any]) -> bool:
    if column.dtype.kind != "f" or not dtype.startswith(("int", "uint")):
        return False
    given = column[np.isfinite(column)]
    return bool(len(given)) and bool(np.abs(given).max() >= _EXACT)


def _cells(dtype: str, column: NDArray[Any]) -> list[Any]:
    """A column as Python values; a whole number is one although its column has gaps."""
    kind = column.dtype.kind
    if kind == "f":
        return _with_gaps(dtype, column)
    if kind == "M":
        texts = np.datetime_as_string(column)
        return _days([None if one == "NaT" else str(one) for one in texts])
    cells: list[Any] = column.tolist()
    if kind == "i":
        large = len(column) and max(abs(int(column.max())), abs(int(column.min()))) > _EXACT
        return [_plain(cell) for cell in cells] if large else cells
    if not {type(cell) for cell in cells} <= {str, bool, type(None)}:
        cells = [_plain(cell) for cell in cells]
    if dtype.startswith("datetime"):
        cells = [cell and _SLASHES.sub(r"\1-\2-\3T", cell) for cell in cells]
        return _days(cells)
    return cells


def _with_gaps(dtype: str, column: NDArray[Any]) -> list[Any]:
    given = ~np.isnan(column)
    cells = np.full(len(column), None, dtype=object)
    # Larger ones have lost digits in any case, and are read again one by one.
    whole_numbers = dtype.startswith(("int", "uint")) and bool(
        (np.abs(column[given]) < 2**63).all()
    )
    kind = "int64" if whole_numbers else "bool" if dtype == "bool" else "float64"
    cells[given] = column[given].astype(kind).tolist()
    return cells.tolist()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, float) and np.isnan(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return whole(value) if isinstance(value, str) else value
    return as_text(value if isinstance(value, list | dict) else str(value))


def _days(cells: list[Any]) -> list[Any]:
    """Times without the midnight that a column of dates gets in passing."""
    texts = [cell for cell in cells if cell is not None]
    if texts and all(type(one) is str and one.endswith(_MIDNIGHT) for one in texts):
        return [cell.partition("T")[0] if cell else cell for cell in cells]
    return cells


def _one_by_one(info: LayerInfo, name: str, cut: Cut | None) -> LayerRows:
    """The layer by Fiona, feature by feature: what is broken is named, the rest lives."""
    import fiona  # noqa: PLC0415  takes longer to load than most files to read

    rows = LayerRows([], [], np.empty(0, dtype=object))
    suffix = info.path.suffix
    rows.numbers = numbers = []
    taken: list[dict[str, Any]] = []
    shapes: list[Any] = []
    # GDAL's own complaints, which Fiona lets through here and there, have no public name.
    faults = (*DRIVER_FAULTS, fiona.errors.FionaError, fiona._err.CPLE_BaseError)
    encoding = {"encoding": _RAW} if suffix == ".shp" else {}
    try:
        with (
            _quiet(),
            fiona.open(
                info.path,
                layer=info.layer,
                enabled_drivers=[DRIVERS[suffix]],
                **encoding,
                **open_options(suffix),
            ) as layer,
        ):
            start, stop = (cut.start, cut.stop) if cut else (0, len(layer))
            count, features = stop - start, itertools.islice(layer, start, None)
            names = list(layer.schema["properties"])
            for number in range(start + 1, stop + 1):
                check_time(name)
                try:
                    feature = next(features)
                    properties = {key: _plain(feature.properties.get(key)) for key in names}
                    if info.fid_column.casefold() not in GIVEN_BY_GDAL:
                        properties.setdefault(info.fid_column, int(feature.id))
                except (StopIteration, *faults) as error:
                    why = shorten(str(error), 80) or "the file ends before it"
                    message = f"feature {number} cannot be read ({why})"
                    rows.broken.append((number, "feature_broken", message, ""))
                    continue
                shape, fault = _shape(feature.geometry)
                if fault:
                    rows.lost[len(taken)] = fault
                taken.append(properties)
                shapes.append(shape)
                numbers.append(number)
                rows.fids.append(int(feature.id))
    except faults as error:
        raise _unreadable(name, error) from error
    rows.names = list(dict.fromkeys(key for one in taken for key in one)) or list(info.columns)
    rows.cells = [_days([one.get(key) for one in taken]) for key in rows.names]
    rows.geometry = np.array([*shapes, None], dtype=object)[:-1]
    if rows.broken:
        message = f"partly broken: {len(rows.broken):,} of {count:,} features cannot be read"
        rows.notes.append(file_note(name, "partly_broken", message))
    return rows


def _shape(geometry: Any) -> tuple[Any, str]:
    if geometry is None:
        return None, ""
    try:
        text = json.dumps(geometry.__geo_interface__)
        return shapely.from_geojson(text), ""
    except (*DRIVER_FAULTS, AttributeError, TypeError):
        return None, "geometry_invalid: the geometry cannot be read"
