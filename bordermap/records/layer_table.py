"""Rows of a layer, column by column, on their way into a raw table; the same for every format."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from bordermap.arrow import are_arrow_texts, are_like, most_bytes
from bordermap.errors import InputError
from bordermap.records.crs import crs_text, to_degrees
from bordermap.records.delimited import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bordermap.records.recipe import Names, Recipe, choose, ledger_names
from bordermap.records.rows import as_brought
from bordermap.records.source import broken_frame, file_note
from bordermap.schema import Fault, RawTable
from bordermap.values.text import as_text, fold, label, shorten, whole

__all__ = ["LayerRows", "check_size", "dirt", "no_points", "raw_table"]

_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
# What --layer reads.
_POLYGON_FILES = (
    *(".gpkg", ".shp", ".fgb", ".gz"),
    *(".json", ".geojson", ".geojsonl", ".geojsons", ".ndjson"),
)
_DBASE_NAME = 10
_DBASE_TEXT = 254
# For shapely.get_type_id, from 0.
_KINDS = (
    *("Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString"),
    *("MultiPolygon", "GeometryCollection"),
)


@dataclass(slots=True)
class LayerRows:
    """What was read of one layer.

    Attributes
    ----------
    names : list of str
        Of the columns, as the layer has them.
    cells : list
        For each column a list or an array of texts, numbers, booleans and None, or a Series of
        categories or of numbers; what is missing is None or NaN.
    geometry : ndarray of shapely geometries or None
        As they stand in the layer, in its own system.
    numbers : sequence of int
        Which feature of the layer each row is; the first is 1.
    fids : list of int
        What GDAL calls each: its key in a GeoPackage, its record (from 0) in a shapefile.
    crs : CRS or None
        The system declared, where it was understood.
    crs_name : str
        What the layer calls it; empty where it declares none.
    lost : dict of int to str
        Rows (from 0) whose geometry is there and cannot be used: ``reason: message``.
    notes : list of Fault
    broken : list of tuple
        ``(number, reason, message, raw text)`` of the features that could not be read.
    encoding : str
    plain : (ndarray, ndarray), optional
        The coordinates of those that are points of just two finite numbers, NaN for others.
    """

    names: list[str]
    cells: list[Any]
    geometry: NDArray[Any]
    numbers: Sequence[int] = field(default_factory=list)
    fids: list[int] = field(default_factory=list)
    crs: CRS | None = None
    crs_name: str = ""
    lost: dict[int, str] = field(default_factory=dict)
    notes: list[Fault] = field(default_factory=list)
    broken: list[tuple[int, str, str, str]] = field(default_factory=list)
    encoding: str = "utf-8"
    plain: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


def check_size(file: str, rows: int, columns: int) -> None:
    """Raise where a layer is larger than can be read."""
    if rows > MAX_ROWS:
        found = f"has {rows:,} features, more than {MAX_ROWS:,}"
        raise InputError(found, where=file, todo="split the file")
    if columns > MAX_COLUMNS:
        found = f"has {columns:,} columns, more than {MAX_COLUMNS:,}"
        raise InputError(found, where=file, todo="leave out columns")


def no_points(file: str, kinds: Counter[str]) -> InputError:
    """The refusal of a layer that holds no single point."""
    shown = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    areas = any("Polygon" in kind for kind in kinds)
    todo = "give a layer of points"
    if areas:
        as_they_are = file.lower().endswith(_POLYGON_FILES)
        todo = f"polygons are given with --layer {file if as_they_are else 'as GeoPackage'}"
    return InputError(
        f"holds no points ({shown}), so these are no incidents", where=file, todo=todo
    )


def raw_table(
    rows: LayerRows, file: str, recipe_name: str | Recipe | None, sha256: str, mended: bool = False
) -> RawTable:
    """Rows of a layer as every reader hands them over.

    Of ``mended`` rows, which stood among others before, none needs to be a point.

    Raises
    ------
    InputError
        Every geometry is a line or an area, or the coordinate system is not understood.
    """
    _set_aside_long_cells(rows)
    _leave_out_infinities(rows, file)
    stood = rows.geometry
    x, y, faults = _coordinates(rows)
    found = faults.values()
    wrong = Counter(fault.split()[2] for fault in found if fault.startswith("geometry_type"))
    if wrong.total() and not np.isfinite(x).any() and not mended:
        raise no_points(file, wrong)
    points, moved, notes = _points(rows, x, y, faults, file)
    headers = _headers(rows.names)
    recipe = choose(headers, recipe_name)
    data: dict[str, pd.Series] = {}
    for name, cells in zip(ledger_names(headers, recipe), rows.cells, strict=True):
        data[name] = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype=object)
    data["source_row"] = pd.Series(rows.numbers, dtype="int64")
    data["geometry"] = pd.Series(points, dtype=object)
    if faults:
        said = np.full(len(points), "", dtype=object)
        said[list(faults)] = list(faults.values())
        data["geometry_fault"] = pd.Series(said, dtype=object)
    if not rows.numbers and not rows.broken:
        notes.append(file_note(file, "no_records", "the file has no features"))
    notes += dirt(dict(zip(headers, rows.cells, strict=True)), recipe, rows.numbers, file)
    frame = pd.DataFrame(data, copy=False)
    return RawTable(
        frame=frame,
        file=file,
        recipe=recipe.name,
        encoding=rows.encoding,
        sha256=sha256,
        faults=(*rows.notes, *notes, *_rejections(rows, file)),
        broken=_broken_frame(rows, file),
        words=recipe.words,
        constants=recipe.constants,
        headers={ours: theirs for theirs, ours in recipe.match(headers).items()},
        raw=as_brought(frame, headers, stood),
        read_as={"crs": crs_text(rows.crs, rows.crs_name)},
        positions=None if moved else rows.plain,
    )


def _leave_out_infinities(rows: LayerRows, file: str) -> None:
    """Take out infinite values, which no table of ours could write, and note each."""
    for at, (name, cells) in enumerate(zip(rows.names, rows.cells, strict=True)):
        wrong = _infinite(cells)
        if not wrong:
            continue
        rows.cells[at] = [None if row in wrong else cell for row, cell in enumerate(cells)]
        message = f"{shorten(name, 40)}: an infinite value is left out"
        rows.notes += [
            Fault(file, rows.numbers[row], name, "infinity", "infinite_value", message, False)
            for row in sorted(wrong)
        ]


def _infinite(cells: Any) -> set[int]:
    """Positions of infinite numbers in a column."""
    if isinstance(cells, pd.Series):
        if cells.dtype.kind != "f":
            return set()
        return set(np.flatnonzero(np.isinf(cells.to_numpy())).tolist())
    # A column is of one type.
    first = next((cell for cell in cells if cell is not None), None)
    if type(first) is not float:
        return set()
    return {row for row, cell in enumerate(cells) if cell in (math.inf, -math.inf)}


def _rejections(rows: LayerRows, file: str) -> list[Fault]:
    return [
        Fault(file, number, "", shorten(raw), reason, message, True)
        for number, reason, message, raw in rows.broken
    ]


def _broken_frame(rows: LayerRows, file: str) -> pd.DataFrame:
    return broken_frame((file, number, reason, raw) for number, reason, _, raw in rows.broken)


def _headers(names: Sequence[str]) -> list[str]:
    free = Names()
    return [free.unique(label(name[:1000]) or "column") for name in names]


def _set_aside_long_cells(rows: LayerRows) -> None:
    """Move the rows with a text that is no report any more to the broken ones."""
    long: dict[int, int] = {}
    for cells in filter(_has_long, rows.cells):
        for row, cell in enumerate(cells):
            if type(cell) is str and len(cell) > MAX_CELL_CHARACTERS:
                long[row] = max(len(cell), long.get(row, 0))
    if not long:
        return
    rows.cells = [_as_list(cells) for cells in rows.cells]
    for row in sorted(long):
        number = rows.numbers[row]
        cells = [*(column[row] for column in rows.cells), shapely.to_wkt(rows.geometry[row])]
        raw = json.dumps(cells, ensure_ascii=False, default=str)
        message = f"feature {number} has a text of {long[row]:,} characters"
        rows.broken.append((number, "cell_too_long", message, whole(raw)))
    keep = [row for row in range(len(rows.numbers)) if row not in long]
    rows.cells = [[column[row] for row in keep] for column in rows.cells]
    rows.numbers = [rows.numbers[row] for row in keep]
    rows.geometry = rows.geometry[keep]
    rows.plain = (rows.plain[0][keep], rows.plain[1][keep]) if rows.plain else None
    rows.lost = {at: rows.lost[row] for at, row in enumerate(keep) if row in rows.lost}


def _as_list(cells: Any) -> list[Any]:
    if not isinstance(cells, pd.Series):
        return list(cells)
    return [None if missing else cell for cell, missing in zip(cells, cells.isna(), strict=True)]


def _different(cells: Any) -> Any:
    """Cells of which every kind and every length in a column stands."""
    if not isinstance(cells, pd.Series):
        return cells
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.cat.categories.tolist()
    return cells if isinstance(cells.dtype, pd.StringDtype) else cells.dropna().iloc[:1].tolist()


def _has_long(cells: Any) -> bool:
    if isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.StringDtype):
        # No text has more characters than bytes, which are quickly known.
        short = are_arrow_texts(cells) and most_bytes(cells) <= MAX_CELL_CHARACTERS
        return not short and bool((cells.str.len() > MAX_CELL_CHARACTERS).any())
    try:
        return max(map(len, filter(None, _different(cells))), default=0) > MAX_CELL_CHARACTERS
    except TypeError:
        # A column of a layer is all text, or holds numbers.
        return False


def _coordinates(rows: LayerRows) -> tuple[NDArray[Any], NDArray[Any], dict[int, str]]:
    """Coordinates of the points (NaN for what is none), and what is wrong with geometries.

    Those that are no usable point are taken away.
    """
    nothing = np.full(len(rows.geometry), np.nan)
    x, y = (each.copy() for each in rows.plain or (nothing, nothing))
    asked = np.flatnonzero(np.isnan(x))
    geometry = rows.geometry[asked]
    kinds = shapely.get_type_id(geometry)
    alone = np.nonzero((kinds == 4) & (shapely.get_num_geometries(geometry) == 1))[0]
    geometry[alone] = shapely.get_geometry(geometry[alone], 0)
    points = shapely.get_type_id(geometry) == 0
    empty = shapely.is_empty(geometry)
    geometry[~points | empty] = None
    x[asked], y[asked] = shapely.get_x(geometry), shapely.get_y(geometry)
    infinite = ~(np.isfinite(x[asked]) & np.isfinite(y[asked]))
    heights = shapely.get_z(geometry)
    faults: dict[int, str] = {}
    for at in np.nonzero((kinds >= 0) & ~points & ~empty)[0]:
        faults[int(asked[at])] = f"geometry_type: a {_KINDS[kinds[at]]} is no single point"
    for reason, found in (
        ("geometry_empty: the geometry is empty", empty),
        ("elevation_left_out: the elevation is left out", np.isfinite(heights) & (heights != 0)),
        ("coordinates_not_finite: the coordinates are not finite", points & ~empty & infinite),
    ):
        faults |= dict.fromkeys(asked[found].tolist(), reason)
    x[asked[infinite]] = y[asked[infinite]] = np.nan
    geometry[infinite] = None
    rows.geometry = rows.geometry.copy()
    rows.geometry[asked] = geometry
    return x, y, faults | rows.lost


def _points(
    rows: LayerRows, x: NDArray[Any], y: NDArray[Any], faults: dict[int, str], file: str
) -> tuple[NDArray[Any], bool, list[Fault]]:
    """Points in WGS 84, None where there is none, and whether they had to be moved there.

    ``faults`` gains what does not fit.
    """
    given = np.nonzero(np.isfinite(x))[0]
    if not len(given):
        return rows.geometry, False, []
    note: Fault | None
    if rows.crs is None and not rows.crs_name:
        lon, lat, note = x[given], y[given], None
        if bool(((np.abs(lon) <= 180) & (np.abs(lat) <= 90)).all()):
            message = "the file declares no coordinate system; its degrees are taken as WGS 84"
            note = file_note(file, "crs_assumed", message)
    else:
        lon, lat, note = to_degrees(x[given], y[given], rows.crs, rows.crs_name, file)
    notes = [note] if note else []
    # Points that are where they should be are kept; a million new ones take seconds.
    if np.array_equal(lon, x[given]) and np.array_equal(lat, y[given]):
        perhaps = given if rows.plain is None else given[np.isnan(rows.plain[0][given])]
        tall = perhaps[shapely.has_z(rows.geometry[perhaps])]
        rows.geometry[tall] = shapely.points(x[tall], y[tall])
        return rows.geometry, False, notes
    fits = np.isfinite(lon) & np.isfinite(lat)
    points = np.full(len(x), None, dtype=object)
    points[given[fits]] = shapely.points(lon[fits], lat[fits])
    message = "geometry_invalid: the point does not fit the coordinate system declared"
    faults |= dict.fromkeys(given[~fits].tolist(), message)
    return points, True, notes


def dirt(
    columns: Mapping[str, Sequence[Any]], recipe: Recipe, numbers: Sequence[int], file: str
) -> list[Fault]:
    """What a journey through dBASE or JSON did to a table: it is noticed, nothing is put right."""
    notes = []
    whole_names = {fold(one) for names in recipe.columns.values() for one in names}
    ten = [name for name in columns if _bytes(name) == _DBASE_NAME]
    if ten and all(_bytes(name) <= _DBASE_NAME for name in columns):
        if cut := [name for name in ten if fold(name) not in whole_names]:
            message = f"names of columns may be cut to ten characters: {_listed(cut)}"
            notes.append(file_note(file, "names_cut", message))
        for name, cells in columns.items():
            if _longest(_different(cells)) == _DBASE_TEXT:
                notes += _cut(name, cells, numbers, file)
    different = {name: _different(cells) for name, cells in columns.items()}
    typed = any(_has_numbers(cells) for cells in different.values())
    texts = [name for name, cells in different.items() if typed and _numbers_as_text(cells)]
    if texts:
        message = f"numbers stand as text in {_listed(texts)}"
        notes.append(file_note(file, "numbers_as_text", message))
    return notes


def _listed(names: Sequence[str]) -> str:
    return shorten(", ".join(names), 100)


def _has_numbers(cells: Any) -> bool:
    is_texts = isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.StringDtype)
    return not is_texts and any(type(cell) in (int, float) for cell in cells)


def _numbers_as_text(cells: Any) -> bool:
    given = cells.dropna() if isinstance(cells, pd.Series) else cells
    filled = (cell for cell in given if cell is not None and cell != "")
    if not _is_number_as_text(next(filled, None)):
        return False
    if isinstance(given, pd.Series) and are_arrow_texts(given):
        return bool(are_like(given, f"^(?:{_WHOLE_NUMBER.pattern})?$").all())
    return all(map(_is_number_as_text, filled))


def _is_number_as_text(cell: Any) -> bool:
    return type(cell) is str and _WHOLE_NUMBER.fullmatch(cell) is not None


def _longest(cells: Sequence[Any]) -> int:
    return max((_bytes(cell) for cell in cells if type(cell) is str), default=0)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _cut(name: str, cells: Sequence[Any], numbers: Sequence[int], file: str) -> list[Fault]:
    message = f"{shorten(name, 40)} fills the {_DBASE_TEXT} bytes of a dBASE cell and may be cut"
    return [
        Fault(file, number, name, shorten(as_text(cell)), "text_cut_off", message, False)
        for number, cell in zip(numbers, cells, strict=True)
        if type(cell) is str and _bytes(cell) == _DBASE_TEXT
    ]
