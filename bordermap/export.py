"""Results out: GeoJSON and CSV, written whole or not at all, each with a record of the run."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.files import replacing, write_text
from bordermap.schema import COLUMNS, Report
from bordermap.values.text import guard_formula

__all__ = [
    "FORMATS",
    "as_features",
    "check_output",
    "export",
    "write_rejected",
    "write_run_record",
    "write_sheet",
    "write_table",
]

DECIMALS = 7
"""Decimals of a degree in what is written: about 1 cm (RFC 7946, section 11.2)."""


def check_output(
    path: str | Path,
    suffixes: tuple[str, ...] | None = None,
    inputs: Sequence[str | Path] = (),
) -> Path:
    """Refuse an output that could not or should not be written, before any work is done.

    Raises
    ------
    OutputError
        The suffix is not one of ``suffixes`` (:data:`FORMATS` when not given), the folder does
        not exist, the path is a folder, or one of the ``inputs`` would be written over: by the
        output, its run record or its rejected rows.
    """
    target = Path(path)
    allowed = suffixes or tuple(FORMATS)
    if target.suffix.lower() not in allowed:
        raise OutputError(
            f"the format {target.suffix or 'without a suffix'} cannot be written here",
            where=target.name,
            todo=f"end the name in {' or '.join(allowed)}",
        )
    try:
        _refuse_place(target, inputs)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cannot be reached ({error.strerror})", where=target.name, todo="choose another folder"
        ) from error
    return target


def _refuse_place(target: Path, inputs: Sequence[str | Path]) -> None:
    for end in ("", ".run.json", ".rejected.csv"):
        written = target.with_name(f"{target.name}{end}")
        if written.exists() and any(Path(i).exists() and written.samefile(i) for i in inputs):
            raise OutputError("this is the input", where=written.name, todo="name another file")
    if target.is_dir():
        raise OutputError("this is a folder", where=target.name, todo="name a file")
    if not target.parent.is_dir():
        raise OutputError(
            f"the folder {target.parent} does not exist", where=target.name, todo="create it first"
        )


def export(
    frame: gpd.GeoDataFrame, path: str | Path, *, run: Mapping[str, Any] | None = None
) -> None:
    """Write a frame in the format of the path's suffix.

    Parameters
    ----------
    frame : GeoDataFrame
        Any frame in EPSG:4326; ledger columns come first, in ledger order.
    path : str or Path
        ``.geojson`` (RFC 7946) or ``.csv`` (UTF-8, with ``lon`` and ``lat`` of the point).
    run : mapping, optional
        What to write beside it as ``<path>.run.json``.

    Raises
    ------
    OutputError
        The suffix is unknown, or the file cannot be written; an older file is left as it was.

    Notes
    -----
    The same frame gives the same bytes. In CSV, text cells that a spreadsheet would take for a
    formula get a leading apostrophe, which is taken off when the file is read again.
    """
    target = check_output(path)
    with replacing(target) as temporary:
        FORMATS[target.suffix.lower()](_in_order(frame), temporary)
    if run is not None:
        write_run_record(target, run)


def write_run_record(output: Path, run: Mapping[str, Any]) -> None:
    """Write ``<output>.run.json``: inputs, counts, layers, arguments and version."""
    text = json.dumps(run, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    write_text(output.with_name(f"{output.name}.run.json"), f"{text}\n")


def write_rejected(output: Path, report: Report) -> Path:
    """Write the raw content of rejected rows to ``<output>.rejected.csv``; return its path."""
    target = output.with_name(f"{output.name}.rejected.csv")
    with replacing(target) as temporary:
        _guarded(report.rejected).to_csv(temporary, index=False, lineterminator="\n")
    return target


def write_table(table: pd.DataFrame, output: Path) -> None:
    """Write a table without geometry as ``.csv`` or ``.json``, whole or not at all."""
    if output.suffix.lower() == ".csv":
        with replacing(output) as temporary:
            _guarded(table).to_csv(temporary, index=False, lineterminator="\n")
        return
    rows = [{k: _plain(v) for k, v in row.items()} for row in table.to_dict("records")]
    text = json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False)
    write_text(output, f"{text}\n")


def write_sheet(table: pd.DataFrame, output: Path) -> None:
    """Write a CSV for people to fill in: with the mark by which spreadsheets know UTF-8."""
    with replacing(output) as temporary:
        _guarded(table).to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8-sig")


def _in_order(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ledger = [column.name for column in COLUMNS if column.name in frame.columns]
    rest = [name for name in frame.columns if name not in ledger]
    return frame[[*ledger, *rest]]


def _dates_as_text(values: pd.Series) -> pd.Series:
    """Dates as ``YYYY-MM-DD``; a clock time is written only where there is one."""
    text = values.astype("datetime64[s]").dt.strftime("%Y-%m-%dT%H:%M:%S").astype(object)
    return text.str.removesuffix("T00:00:00").where(values.notna(), None)


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    guarded = frame.copy()
    for name in guarded.columns:
        if not pd.api.types.is_numeric_dtype(guarded[name]):
            guarded[name] = [
                guard_formula(v) if isinstance(v, str) else v for v in guarded[name].tolist()
            ]
    guarded.columns = [guard_formula(str(name)) for name in guarded.columns]
    return guarded


def _write_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for name in table.columns:
        if pd.api.types.is_datetime64_any_dtype(table[name]):
            table[name] = _dates_as_text(table[name])
    at = list(frame.columns).index(frame.geometry.name)
    table.insert(at, "lon", frame.geometry.x.round(DECIMALS))
    table.insert(at + 1, "lat", frame.geometry.y.round(DECIMALS))
    _guarded(table).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    features = ",\n".join(as_features(frame))
    bounds = frame.total_bounds
    members = ['"type": "FeatureCollection"']
    if np.isfinite(bounds).all():
        members.append(f'"bbox": {json.dumps([round(float(edge), DECIMALS) for edge in bounds])}')
    members.append(f'"features": [\n{features}\n]' if features else '"features": []')
    text = "{" + ",\n".join(members) + "}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def as_features(frame: gpd.GeoDataFrame) -> Iterator[str]:
    """GeoJSON features, one text each: dates as ISO text, nothing known as null."""
    properties = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for name in properties.columns:
        if pd.api.types.is_datetime64_any_dtype(properties[name]):
            properties[name] = _dates_as_text(properties[name])
    names = [str(name) for name in properties.columns]
    columns = [properties[name].tolist() for name in properties.columns]
    for geometry, values in zip(frame.geometry, zip(*columns, strict=True), strict=True):
        feature = {
            "type": "Feature",
            "properties": {n: _plain(v) for n, v in zip(names, values, strict=True)},
            "geometry": _plain_geometry(geometry),
        }
        yield json.dumps(feature, ensure_ascii=False, allow_nan=False)


def _plain_geometry(geometry: Any) -> dict[str, Any] | None:
    if geometry is None or geometry.is_empty:
        return None
    rounded = _rounded(geometry)
    if not rounded.is_valid:
        # Rounding can fold a thin place of an outline over itself.
        rounded = _rounded(shapely.set_precision(geometry, 10**-DECIMALS))
    return dict(shapely.geometry.mapping(rounded))


def _rounded(geometry: Any) -> Any:
    oriented = shapely.orient_polygons(geometry)
    return shapely.transform(oriented, lambda xy: np.round(xy, DECIMALS))


def _plain(value: Any) -> Any:
    """A value as JSON can say it; nothing known becomes null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, bool, int, float)) else str(value)


FORMATS: Mapping[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
    ".geojson": _write_geojson,
    ".csv": _write_csv,
}
"""Writers by suffix."""
