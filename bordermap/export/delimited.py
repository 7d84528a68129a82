"""CSV: of features, of tables, and of sheets that people fill in; never a formula."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.export.content import DECIMALS, Column, Features, empty_texts, free_name
from bordermap.export.losses import cut_times
from bordermap.files import replacing
from bordermap.schema import Report
from bordermap.values.text import guard_formula

__all__ = [
    "guarded",
    "placed_columns",
    "save_csv",
    "write_csv",
    "write_rejected",
    "write_rejected_part",
    "write_rows",
    "write_sheet",
]

_MARKS = frozenset("'=+@\t\r-")


def write_csv(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write features as UTF-8 with ``lon`` and ``lat``, and ``wkt`` where not all are points."""
    (features,) = layers
    columns, notes = placed_columns(features)
    cells = [_cells(column) for column in columns]
    table = pd.DataFrame(dict(enumerate(cells)))
    table.columns = [guard_formula(column.name) for column in columns]
    save_csv(table, path)
    return (*notes, *empty_texts(columns), *cut_times(columns, "us"))


def save_csv(table: pd.DataFrame, path: Path, encoding: str = "utf-8") -> None:
    """Write a table by RFC 4180.

    Python's csv quotes a bare CR only where lines end in one, so they do where a cell holds one.
    """
    table.to_csv(path, index=False, lineterminator="\n", encoding=encoding)
    # To look through what was written is quicker than through every cell before.
    if _has_return(path):
        table.to_csv(path, index=False, lineterminator="\r\n", encoding=encoding)


def _has_return(path: Path) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(b"\r") >= 0


def _cells(column: Column) -> Any:
    if column.kind in ("date", "time"):
        return np.array(column.as_texts(), dtype=object)
    if column.kind == "text":
        return _safe(column.values)
    return column.source.reset_index(drop=True)


def _safe(cells: np.ndarray) -> np.ndarray:
    """Texts that no spreadsheet runs; one look at all of them, since most columns have none."""
    if _MARKS.isdisjoint({text[:1] for text in cells.tolist() if text}):
        return cells
    made = np.empty(len(cells), dtype=object)
    made[:] = [None if text is None else guard_formula(text) for text in cells.tolist()]
    return made


def placed_columns(
    features: Features, *, outlines: bool = True
) -> tuple[list[Column], tuple[str, ...]]:
    """The columns with the position among them, where the geometry stands in the ledger."""
    taken, notes = features.names, []
    columns = list(features.columns)
    shapes = features.shapes
    ours = {"lon": shapely.get_x(shapes), "lat": shapely.get_y(shapes)}
    made = [
        Column(name, "number", pd.Series(np.round(cells, DECIMALS))) for name, cells in ours.items()
    ]
    if outlines and not features.kinds <= {"Point"}:
        texts = shapely.to_wkt(shapes, rounding_precision=DECIMALS)
        made.append(Column("wkt", "text", pd.Series(texts, dtype="string")))
    upright = (shapely.get_type_id(shapes) == 0) & (shapely.has_z(shapes) | shapely.has_m(shapes))
    if upright.any():
        notes.append(f"elevations and measures of {upright.sum()} points are left out")
    for at, column in enumerate(columns):
        if column.name in {one.name for one in made}:
            name = free_name(f"{column.name}_input", taken)
            notes.append(f"the column {column.name!r} is {name!r}, to tell it from ours")
            columns[at] = Column(name, column.kind, column.source, column.mixed)
    return [*columns[: features.at], *made, *columns[features.at :]], tuple(notes)


def guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before what a spreadsheet would run."""
    columns = [_guarded(frame.iloc[:, at]) for at in range(frame.shape[1])]
    safe = pd.DataFrame(dict(enumerate(columns)), index=frame.index)
    safe.columns = [guard_formula(str(name)) for name in frame.columns]
    return safe


def _guarded(values: pd.Series[Any]) -> Any:
    if pd.api.types.is_numeric_dtype(values):
        return values
    safe = [guard_formula(v) if isinstance(v, str) else v for v in values.tolist()]
    return pd.Series(safe, index=values.index, dtype=object)


def write_rows(table: pd.DataFrame, path: Path, encoding: str = "utf-8") -> None:
    """Write a table as CSV, whole or not at all."""
    with replacing(path) as temporary:
        save_csv(guarded(table), temporary, encoding)


def write_rejected(output: Path, report: Report) -> Path:
    """Write the raw content of rejected rows to ``<output>.rejected.csv``; return its path."""
    target = output.with_name(f"{output.name}.rejected.csv")
    write_rows(report.rejected, target)
    return target


def write_rejected_part(report: Report, target: Path) -> None:
    """Write the rejected rows of a part, or take away those of an earlier run."""
    if report.rejected_count:
        with suppress(OSError):  # writing says in one line what is wrong
            target.parent.mkdir(exist_ok=True)
        write_rows(report.rejected, target)
    elif target.is_file():
        target.unlink()


def write_sheet(table: pd.DataFrame, output: Path) -> None:
    """Write a CSV for people to fill in: with the mark by which spreadsheets know UTF-8."""
    write_rows(table, output, "utf-8-sig")
