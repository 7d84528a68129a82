"""Rows on their way from a reader to a raw table: kept, noted or rejected, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from bordermap.records.content import by_tags
from bordermap.records.recipe import Recipe, ledger_names
from bordermap.records.source import Source, broken_frame
from bordermap.rejected import GEOMETRY, START
from bordermap.schema import Fault, RawTable
from bordermap.values.text import as_text, shorten, unguard_formula, whole

__all__ = ["NAMED_AGAIN", "Rows", "as_brought", "called", "raw_table", "unguarded"]

NAMED_AGAIN = "{} ({})"
"""What a file is called whose name, without its folder, is that of another one."""


@dataclass(slots=True)
class Rows:
    """The rows of one table as they are told apart.

    Attributes
    ----------
    file : str
    kept : list of list
        Cells of the rows that are kept, under the header.
    numbers : list of int
        Their numbers, from 1.
    faults, broken
        As in :class:`~bordermap.schema.RawTable`.
    tags : dict of str to str
        The HXL tag of each column that bears one.
    """

    file: str
    kept: list[list[Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[tuple[str, int, str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def keep(self, number: int, cells: list[Any]) -> None:
        self.numbers.append(number)
        self.kept.append(cells)

    def reject(self, number: int, raw: Any, reason: str, message: str) -> None:
        text = whole(as_text(raw)) or "null"
        self.faults.append(Fault(self.file, number, "", shorten(text), reason, message, True))
        self.broken.append((self.file, number, reason, text))

    def note(self, number: int, column: str, value: str, reason: str, message: str) -> None:
        fault = Fault(self.file, number, column, shorten(value), reason, message, rejected=False)
        self.faults.append(fault)


def unguarded(cells: Sequence[Any]) -> list[Any]:
    """Cells without the apostrophe that the program's own tables put before formulas."""
    return [unguard_formula(cell) if isinstance(cell, str) else cell for cell in cells]


def as_brought(
    frame: pd.DataFrame, header: Sequence[str], geometry: ArrayLike | None = None
) -> pd.DataFrame:
    """The file's own columns, the first of a frame, under its own names; its geometry is last."""
    # A view: the cells are not copied.
    raw = frame.iloc[:, : len(header)]
    raw.columns = pd.Index(list(header))
    if geometry is not None:
        # A column of the file may bear the same name.
        raw.insert(len(header), GEOMETRY, pd.Series(geometry, dtype=object), allow_duplicates=True)
    return raw


def raw_table(rows: Rows, header: Sequence[str], recipe: Recipe, source: Source) -> RawTable:
    """The table of the rows kept, under the ledger's names where the recipe knows them."""
    columns: list[Sequence[Any]] = list(zip(*rows.kept, strict=True)) or [() for _ in header]
    if recipe.formula_guard or tuple(header[: len(START)]) == START:
        columns, header = [unguarded(column) for column in columns], unguarded(header)
    names = ledger_names(header, recipe)
    data: dict[str, pd.Series] = {
        name: pd.Series(list(column), dtype=object)
        for name, column in zip(names, columns, strict=True)
    }
    data["source_row"] = pd.Series(rows.numbers, dtype="int64")
    tags = rows.tags if recipe.by_content else {}
    frame, by_tag, notes = by_tags(pd.DataFrame(data), tags, rows.file)
    return RawTable(
        frame=frame,
        file=rows.file,
        recipe=recipe.name,
        encoding=source.encoding,
        sha256=source.sha256,
        faults=(*source.notes, *rows.faults, *notes),
        broken=broken_frame(rows.broken),
        words=recipe.words,
        constants=recipe.constants,
        headers={ours: theirs for theirs, ours in recipe.match(header).items()} | by_tag,
        raw=as_brought(frame, header),
    )


def called(table: RawTable, name: str) -> RawTable:
    """The table, its notes and what could not be read, under another name of its file."""
    if table.file == name:
        return table
    faults = [
        replace(fault, file=name) if fault.file == table.file else fault for fault in table.faults
    ]
    broken = table.broken
    if len(broken):
        own = broken["source_file"].where(broken["source_file"] != table.file, name)
        broken = broken.assign(source_file=own)
    return replace(table, file=name, faults=tuple(faults), broken=broken)
