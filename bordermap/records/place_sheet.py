"""The rows of a user's gazetteer on their way, what was noticed, and the report of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from bordermap.records.place_files import RawPlaces
from bordermap.rejected import rejected_rows
from bordermap.schema import Fault, FileReport, RawTable, Report
from bordermap.values.text import Note, as_text, shorten

__all__ = ["Sheet", "report_of"]


@dataclass(slots=True)
class Sheet:
    """The rows of one file, and the notes found so far by row."""

    raw: RawPlaces
    size: int
    numbers: list[int]
    notes: dict[int, list[tuple[str, Note]]] = field(default_factory=dict)

    @property
    def table(self) -> RawTable:
        return self.raw.table

    def column(self, name: str) -> list[str]:
        if name not in self.table.frame.columns:
            return [""] * self.size
        cells = self.table.frame[name].tolist()
        return [cell if type(cell) is str else as_text(cell) for cell in cells]

    def note(self, row: int, value: str, note: Note) -> None:
        self.notes.setdefault(row, []).append((shorten(value), note))

    def reject(self, row: int, value: str, reason: str, message: str, column: str = "") -> None:
        self.note(row, value, Note(reason, message, rejects=True, column=column))

    def is_rejected(self, row: int) -> bool:
        return any(note.rejects for _, note in self.notes.get(row, ()))


def report_of(sheet: Sheet) -> Report:
    """What became of every row."""
    table = sheet.table
    faults = [fault for fault in table.faults if fault.rejected or fault.row == 0]
    number_of = sheet.numbers
    for at, notes in sheet.notes.items():
        faults += [
            Fault(table.file, number_of[at], note.column, value, *note[:3]) for value, note in notes
        ]
    # A note of the reader on a row that is kept (bytes that could not be decoded).
    faults += [fault for fault in table.faults if fault.row and not fault.rejected]
    faults.sort(key=lambda fault: fault.row)
    first: dict[int, str] = {}
    for fault in faults:
        if fault.rejected:
            first.setdefault(fault.row, fault.reason)
    read = sheet.size + len(table.broken)
    file = FileReport(
        file=table.file,
        recipe=table.recipe,
        encoding=table.encoding,
        read=read,
        accepted=read - len(first),
        noted=len({fault.row for fault in faults if fault.row and fault.row not in first}),
        rejected=len(first),
        reasons=dict(sorted(Counter(first.values()).items())),
        sha256=table.sha256,
    )
    return Report((file,), tuple(faults), _rejected_content(sheet))


def _rejected_content(sheet: Sheet) -> pd.DataFrame:
    rejected = [at for at in range(sheet.size) if sheet.is_rejected(at)]
    reasons = [
        "; ".join(dict.fromkeys(n.reason for _, n in sheet.notes[at] if n.rejects))
        for at in rejected
    ]
    return rejected_rows(sheet.table, rejected, reasons, None)
