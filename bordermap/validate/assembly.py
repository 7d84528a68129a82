"""The accepted frame, the report and the rejected rows, from sheets that were judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bordermap.rejected import rejected_rows
from bordermap.schema import COLUMNS, CRS, Column, Fault, FileReport
from bordermap.threads import THREADS
from bordermap.validate.cells import Cells, Mask
from bordermap.validate.reported import Columns
from bordermap.validate.sheet import REPORTED, Sheet, is_own_output
from bordermap.values.text import as_text

__all__ = ["assemble", "faults_of", "file_report", "record_notes", "rejected_content"]

# Names that later stages and the CSV writer use for their own columns.
_DERIVED = frozenset(
    column.name for column in COLUMNS if column.stage != "reported" and column.name != "geometry"
) | {"lon", "lat", "duplicate_of"}
_Given: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
_NOTHING: _Given = np.empty(0, dtype=object), np.empty(0), np.empty(0)


def record_notes(sheet: Sheet) -> Cells:
    """Everything noticed about each row, in a few words."""
    rows = sorted(sheet.notes)
    codes = np.zeros(sheet.size, dtype=np.int64)
    codes[rows] = np.arange(1, len(rows) + 1)
    said = (
        dict.fromkeys(note.message.replace(";", ",") for _, note in sheet.notes[row])
        for row in rows
    )
    return Cells(codes, ["", *map("; ".join, said)])


def _extras(sheet: Sheet) -> dict[str, pd.Series]:
    """The input's other columns, untouched; those with a derived column's name are renamed."""
    frame = sheet.table.frame
    known = {column.name for column in REPORTED} | {"geometry", "geometry_fault"}
    names = [name for name in frame.columns if name not in known]
    renamed = {name: f"{name}_input" for name in names if name in _DERIVED}
    extras: dict[str, pd.Series] = {}
    for name in names:
        target = renamed.get(name, name)
        while name in renamed and (target in names or target in extras):
            target += "_input"
        extras[target] = frame[name]
    if is_own_output(sheet.table):
        points = frame["geometry"].tolist()
        for name, axis in (("lon_input", "x"), ("lat_input", "y")):
            cells = [None if point is None else getattr(point, axis) for point in points]
            extras.setdefault(name, pd.Series(cells, dtype=object))
    return extras


def _is_empty(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and np.isnan(cell))


def _typed(cells: list[Any]) -> pd.Series:
    """A carried column in the narrowest dtype that holds all of it."""
    kinds = {type(cell) for cell in cells if not _is_empty(cell)}
    values = [None if _is_empty(cell) else cell for cell in cells]
    if kinds <= {bool} and kinds:
        return pd.Series(values, dtype="boolean")
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pd.Series(values, dtype="Int64")
    exact = all(value is None or abs(value) <= 2**53 for value in values if type(value) is int)
    if kinds and kinds <= {int, float} and exact:
        return pd.Series(values, dtype="float64")
    return pd.Series([None if v is None else as_text(v) for v in values], dtype="string")


def _kept(part: pd.Series, keep: Mask) -> pd.Series:
    """Some rows of a column; by its array, since an index would be cut for each anew."""
    return part if keep.all() else pd.Series(part.array[keep], copy=False)


def _is_text(part: pd.Series) -> bool:
    return isinstance(part.dtype, pd.StringDtype | pd.CategoricalDtype)


def _text(part: pd.Series, keep: Mask) -> pd.Series:
    """Some rows of a column of nothing but text, as pandas holds it, missing where empty."""
    if isinstance(part.dtype, pd.CategoricalDtype):
        texts = pd.array([text or None for text in part.cat.categories], dtype="string")
        codes = part.cat.codes.to_numpy()
        return pd.Series(texts.take(codes if keep.all() else codes[keep], allow_fill=True))
    column = _kept(part, keep).astype("string")
    empty = (column == "").fillna(False)
    return column.mask(empty) if empty.any() else column


def _carried(parts: Sequence[pd.Series | None], keep: Sequence[Mask]) -> pd.Series:
    """A carried column of all sheets, of which some may lack it."""
    pairs = list(zip(parts, keep, strict=True))
    if all(part is None or _is_text(part) for part in parts):
        return _concat(
            [
                Cells.of("", len(rows)).series(rows) if part is None else _text(part, rows)
                for part, rows in pairs
            ]
        )
    kinds = {None if part is None else str(part.dtype) for part in parts}
    if kinds in ({"int64"}, {"float64"}):
        numbers = _concat([_kept(part, rows) for part, rows in pairs if part is not None])
        if kinds == {"int64"} or numbers.notna().any():
            return numbers.astype("Int64") if kinds == {"int64"} else numbers
    cells: list[Any] = []
    for part, rows in pairs:
        cells += [None] * int(rows.sum()) if part is None else _kept(part, rows).tolist()
    return _typed(cells)


def _concat(parts: Sequence[pd.Series]) -> pd.Series:
    if len(parts) == 1:
        return parts[0].reset_index(drop=True)
    return pd.concat(parts, ignore_index=True)


def _ledger_series(dtype: str, cells: Any, keep: Mask) -> pd.Series:
    if isinstance(cells, Cells):
        return cells.series(keep)
    if isinstance(cells, pd.Series):
        return _text(cells, keep)
    kept = cells if keep.all() else cells[keep]
    if dtype == "datetime64[s]":
        return pd.Series(kept.astype("datetime64[s]"), copy=False)
    return pd.Series(kept, dtype=dtype, copy=False)


def _reported(column: Column, columns: Sequence[Columns], keep: Sequence[Mask]) -> pd.Series:
    """A column of the ledger of all sheets."""
    pairs = zip(columns, keep, strict=True)
    parts = [_ledger_series(column.dtype, own.pop(column.name), rows) for own, rows in pairs]
    return _concat(parts) if parts else pd.Series([], dtype=column.dtype)


def assemble(sheets: Sequence[Sheet], columns: Sequence[Columns]) -> gpd.GeoDataFrame:
    """The accepted rows of all sheets, in order, under the ledger's columns and the carried."""
    keep = []
    for sheet in sheets:
        rows = np.ones(sheet.size, dtype=bool)
        rows[sorted(sheet.rejected)] = False
        keep.append(rows)
    extras = [_extras(sheet) for sheet in sheets]
    names = dict.fromkeys(name for part in extras for name in part)
    with ThreadPoolExecutor(THREADS) as pool:
        made = {one.name: pool.submit(_reported, one, columns, keep) for one in REPORTED}
        for name in names:
            made[name] = pool.submit(_carried, [part.get(name) for part in extras], keep)
        lon, lat = (made[name].result().to_numpy() for name in ("longitude", "latitude"))
        points = _points(list(map(_given_points, sheets, keep)), lon, lat)
    frame = pd.DataFrame({name: one.result() for name, one in made.items()}, copy=False)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=CRS), crs=CRS, copy=False)


def _points(given: Sequence[_Given], lon: NDArray[Any], lat: NDArray[Any]) -> NDArray[Any]:
    """A point for each row that has a position; those given that say just that are kept."""
    points, x, y = (np.concatenate(parts) for parts in zip(_NOTHING, *given, strict=True))
    # A million new ones take a second and memory.
    elsewhere = (x != lon) | (y != lat)
    points[elsewhere] = None
    new = np.isfinite(lon) & np.isfinite(lat) & elsewhere
    points[new] = shapely.points(lon[new], lat[new])
    return points


def _given_points(sheet: Sheet, keep: Mask) -> _Given:
    """The points that accepted rows brought, as far as they are nothing but their coordinates."""
    points = np.full(int(keep.sum()), None, dtype=object)
    if "geometry" in sheet.table.frame.columns and len(points):
        points[:] = sheet.table.frame["geometry"].to_numpy()[keep]
        if sheet.table.positions:
            x, y = sheet.table.positions
            return points, x[keep], y[keep]
        flat = shapely.get_coordinate_dimension(points) == 2
        points[~flat | (shapely.get_srid(points) > 0)] = None
    return points, shapely.get_x(points), shapely.get_y(points)


def faults_of(sheet: Sheet) -> list[Fault]:
    """Everything found in one file, in the order of its rows."""
    table, numbers = sheet.table, sheet.table.frame["source_row"].tolist()
    faults = [fault for fault in table.faults if fault.rejected or fault.row == 0]
    faults += sheet.file_notes
    for row, notes in sheet.notes.items():
        faults += [
            Fault(table.file, numbers[row], note.column, value, *note[:3]) for value, note in notes
        ]
    return sorted(faults, key=lambda fault: fault.row)


def file_report(sheet: Sheet, faults: Sequence[Fault]) -> FileReport:
    reasons: dict[int, str] = {}
    for fault in faults:
        if fault.rejected:
            reasons.setdefault(fault.row, fault.reason)
    read = sheet.size + len(sheet.table.broken)
    noted = {fault.row for fault in faults if fault.row and fault.row not in reasons}
    return FileReport(
        file=sheet.table.file,
        recipe=sheet.table.recipe,
        encoding=sheet.table.encoding,
        read=read,
        accepted=read - len(reasons),
        noted=len(noted),
        rejected=len(reasons),
        reasons=dict(sorted(Counter(reasons.values()).items())),
        sha256=sheet.table.sha256,
    )


def rejected_content(sheet: Sheet) -> pd.DataFrame:
    """Raw content of the rejected rows of one file, as it can be mended and read again."""
    order = sorted(sheet.rejected)
    reasons = [dict.fromkeys(n.reason for _, n in sheet.notes[row] if n.rejects) for row in order]
    return rejected_rows(sheet.table, order, ["; ".join(one) for one in reasons], sheet.day_first)
