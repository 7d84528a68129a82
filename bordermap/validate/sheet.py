"""One table on its way through validation, and what was noticed on it so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from bordermap.schema import Fault, RawTable, columns_of
from bordermap.validate.cells import Cells, Codes, joint, text_cells
from bordermap.values.text import Note, shorten

__all__ = ["LEDGER", "NOT_CONTENT", "REPORTED", "Sheet", "is_own_output", "new_sheet", "understood"]

REPORTED = columns_of("reported")
NOT_CONTENT = frozenset({"source_file", "source_row", "geometry_fault"})
LEDGER = {column.name for column in REPORTED} - NOT_CONTENT


class _Read(Protocol):
    @property
    def notes(self) -> tuple[Note, ...]: ...


_R = TypeVar("_R", bound=_Read)


@dataclass(slots=True)
class Sheet:
    """One table: the texts of its cells; notes by row and rejected rows, as found so far."""

    table: RawTable
    size: int
    cells: dict[str, Cells] = field(default_factory=dict)
    notes: dict[int, list[tuple[str, Note]]] = field(default_factory=dict)
    rejected: set[int] = field(default_factory=set)
    file_notes: list[Fault] = field(default_factory=list)
    day_first: bool | None = None

    def note(self, row: int, value: str, note: Note) -> None:
        self.notes.setdefault(row, []).append((shorten(value) if value else "", note))
        if note.rejects:
            self.rejected.add(row)

    def file_note(self, column: str, reason: str, message: str) -> None:
        fault = Fault(self.table.file, 0, column, "", reason, message, False)
        self.file_notes.append(fault)

    def column(self, name: str) -> Cells:
        if name not in self.cells:
            given = name in self.table.frame and name in LEDGER
            raw = text_cells(self.table.frame[name]) if given else Cells.of("", self.size)
            self.cells[name] = raw
        return self.cells[name]

    def some(self, name: str, rows: Codes) -> Cells:
        """The cells of some rows, without making a text of all the others."""
        if name in self.cells or name not in self.table.frame:
            return self.column(name).some(rows)
        return text_cells(self.table.frame[name].iloc[rows])

    def content(self) -> pd.DataFrame:
        """The raw columns that say what a row is, by name."""
        frame = self.table.frame
        names = sorted(name for name in frame.columns if name not in NOT_CONTENT)
        # A list of names between the brackets would copy every cell.
        return pd.DataFrame({name: frame[name] for name in names}, copy=False)


def new_sheet(table: RawTable) -> Sheet:
    frame = table.frame
    sheet = Sheet(table, len(frame))
    noted = [fault for fault in table.faults if fault.row and not fault.rejected]
    numbers = frame["source_row"].to_numpy()
    places = np.flatnonzero(np.isin(numbers, [fault.row for fault in noted]))
    rows = dict(zip(numbers[places].tolist(), places.tolist(), strict=True))
    for fault in noted:
        if fault.row in rows:
            note = Note(fault.reason, fault.message, column=fault.column)
            sheet.note(rows[fault.row], fault.value, note)
    return sheet


def is_own_output(table: RawTable) -> bool:
    """Whether the program placed these points itself, so that they were not reported."""
    return "geometry" in table.frame.columns and "located_by" in table.frame.columns


def understood(
    sheet: Sheet, names: Sequence[str], parse: Callable[..., _R], rows: Codes
) -> tuple[Codes, list[_R]]:
    """What some cells mean together, in some rows; their notes go to the sheet.

    Returns
    -------
    codes : ndarray of int
        For each of the rows, which reading is its own.
    read : list
        Each different tuple of cells, parsed once.
    """
    codes, tuples = joint([sheet.some(name, rows) for name in names])
    read = [parse(*cells) for cells in tuples]
    noted = np.fromiter((bool(one.notes) for one in read), dtype=bool, count=len(read))
    of_all = [name for name in names if name != "country"]
    for at in np.flatnonzero(noted[codes]).tolist():
        cells = dict(zip(names, tuples[codes[at]], strict=True))
        for note in read[codes[at]].notes:
            wanted = [note.column] if note.column in cells else of_all
            named = note._replace(column=note.column or names[0])
            shown = ", ".join(cells[name] for name in wanted if cells[name])
            sheet.note(int(rows[at]), shown, named)
    return codes, read
