"""Rejected rows as their file has them, so that they can be mended and read again.

``source_file``, ``source_row`` and ``reason`` come first, then the file's own columns with its own
cells; ``geometry`` is what stood for one, ``raw_record`` the text of what could not be cut into
cells. ``read_as``, the last column, says in JSON what a few rows alone no longer show:

``recipe``
    The recipe by which the file was understood: one of the program's, or a file ``*.toml``.
``known``
    Columns that their content or their HXL tags explained, by the file's names for them.
``day_first``
    What the file's dates showed.
``typed``
    Carried columns that hold numbers or truths.
``crs``
    The coordinate system of ``geometry``.
``columns``
    The file's own columns, where rows of files with others stand beside its rows.

A column of a file that bears one of these names has ``_2`` behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import shapely

from bordermap.schema import RawTable, columns_of
from bordermap.values.text import as_text

__all__ = [
    "GEOMETRY",
    "RAW_RECORD",
    "READ_AS",
    "START",
    "joined",
    "own_name",
    "rejected_rows",
    "written_name",
]

START = ("source_file", "source_row", "reason")
"""The first columns of such a file, by which it is known."""

RAW_RECORD, READ_AS, GEOMETRY = "raw_record", "read_as", "geometry"
_OURS = (*START, RAW_RECORD, READ_AS)
_CLASHES = re.compile(rf"(?:{'|'.join((*_OURS, GEOMETRY))})(?:_2)*")
_LEDGER = frozenset(column.name for column in columns_of("reported"))
_NOT_CONTENT = frozenset({"source_file", "source_row", "geometry_fault"})


def written_name(name: str) -> str:
    """What a column of the file is called among the columns of rejected rows."""
    return f"{name}_2" if _CLASHES.fullmatch(name) else name


def own_name(written: str) -> str:
    """What the file itself called a column."""
    bare = written.removesuffix("_2")
    return bare if _CLASHES.fullmatch(bare) else written


def rejected_rows(
    table: RawTable, rows: Sequence[int], reasons: Sequence[str], day_first: bool | None
) -> pd.DataFrame:
    """The rejected rows of one file, those that are no rows included; empty where there are none.

    Parameters
    ----------
    table : RawTable
    rows : sequence of int
        Positions of the rejected rows.
    reasons : sequence of str
        Why, for each.
    day_first : bool or None
        How the dates of the file were read.
    """
    if not rows and not len(table.broken):
        return pd.DataFrame()
    data: dict[str, list[Any]] = {
        "source_file": [table.file] * len(rows),
        "source_row": table.frame["source_row"].iloc[list(rows)].tolist(),
        "reason": list(reasons),
    }
    raw = _raw(table)
    for at, name in enumerate(raw.columns):
        is_geometry = "crs" in table.read_as and at == raw.shape[1] - 1
        cells = raw.iloc[list(rows), at].tolist()
        data[GEOMETRY if is_geometry else written_name(name)] = [_text(cell) for cell in cells]
    own = pd.DataFrame(data, dtype=object)
    parts = [part for part in (own, table.broken) if len(part)]
    order = list(dict.fromkeys([*own.columns, *parts[-1].columns]))
    content = pd.concat(parts, ignore_index=True).reindex(columns=order)
    content[READ_AS] = json.dumps(_read_as(table, raw, day_first), ensure_ascii=False)
    return content


def _raw(table: RawTable) -> pd.DataFrame:
    if table.raw is not None:
        return table.raw
    # A list of names between the brackets would copy every cell.
    return table.frame.drop(columns=list(_NOT_CONTENT & set(table.frame.columns)))


def _text(cell: Any) -> str:
    return cell.wkt if isinstance(cell, shapely.Geometry) else as_text(cell)


def _read_as(table: RawTable, raw: pd.DataFrame, day_first: bool | None) -> dict[str, Any]:
    said = {"recipe": table.recipe, **table.read_as}
    if day_first is not None:
        said["day_first"] = day_first
    names = list(table.frame.columns)
    typed = [
        name
        for at, name in enumerate(raw.columns)
        if table.raw is not None and names[at] not in _LEDGER and _is_typed(raw.iloc[:, at])
    ]
    return {**said, "typed": typed} if typed else said


def _is_typed(cells: pd.Series) -> bool:
    if cells.dtype != object:
        return bool(pd.api.types.is_numeric_dtype(cells.dtype)) and bool(cells.notna().any())
    kinds = set(map(type, cells.tolist())) - {type(None)}
    return bool(kinds) and kinds <= {int, float, bool}


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rejected rows of several files in one table."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else pd.DataFrame()
    if any(_own_columns(part) != _own_columns(parts[0]) for part in parts):
        parts = [_with_columns(part) for part in parts]
    content = pd.concat(parts, ignore_index=True)
    return content[[*(name for name in content.columns if name != READ_AS), READ_AS]]


def _own_columns(part: pd.DataFrame) -> list[str]:
    return [name for name in part.columns if name not in _OURS]


def _with_columns(part: pd.DataFrame) -> pd.DataFrame:
    """The rows with their file's own columns among what they say of themselves."""
    own = {"columns": _own_columns(part)}
    said = {
        text: json.dumps({**own, **json.loads(text)}, ensure_ascii=False)
        for text in set(part[READ_AS])
    }
    return part.assign(**{READ_AS: part[READ_AS].map(said)})
