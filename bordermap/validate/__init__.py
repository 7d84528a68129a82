"""Raw rows to an accepted frame, and a report of every fault found: all of them, not the first.

The rules
---------
A row is rejected when it is no incident (a totals row, an exact repeat of an earlier row) or when
taking it would put a wrong point on the map (coordinates out of range or in metres, a line or an
area for a geometry), and when it is a draft that nobody has accepted. Everything else is
accepted, and what was noticed stands in ``record_note``.
A date or a figure that cannot be read stays empty; it is never guessed, and no figure is copied
from one of low, best and high to another. A row whose id was already used, with other content,
is kept under the id with ``-2`` (``-3``, ...); with the same content it is rejected.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from bordermap.memory import uncollected
from bordermap.rejected import joined
from bordermap.schema import RawTable, Report
from bordermap.validate.assembly import (
    assemble,
    faults_of,
    file_report,
    record_notes,
    rejected_content,
)
from bordermap.validate.cells import Cells
from bordermap.validate.drafts import reject_drafts
from bordermap.validate.identity import (
    ALONE,
    Bases,
    Elsewhere,
    Identity,
    Wanted,
    identify,
    identities,
    reject_totals,
)
from bordermap.validate.reported import Columns, reported
from bordermap.validate.sheet import Sheet, new_sheet

__all__ = ["ALONE", "Bases", "Elsewhere", "Identity", "judged", "repeated", "validate"]


def validate(
    tables: Sequence[RawTable], *, drafts: bool = False
) -> tuple[gpd.GeoDataFrame, Report]:
    """Judge every row of the files read: accepted, accepted with a note, or rejected.

    Parameters
    ----------
    tables : sequence of RawTable
        What :func:`bordermap.records.read` gave, one for each file.
    drafts : bool
        Accept drafts of ``bordermap extract`` that nobody has reviewed, which are rejected else.

    Returns
    -------
    frame : GeoDataFrame
        The accepted rows in the order read, with every reported column of the ledger in its
        dtype, then the input's other columns, then ``geometry`` (EPSG:4326 points of the reported
        coordinates, None where there are none).
    report : Report
        Every fault found; for each file ``read == accepted + rejected``.

    Notes
    -----
    Pure: reads and writes nothing. See the module's own text for the rules.
    """
    frame, report, _ = judged(tables, drafts=drafts)
    return frame, report


@uncollected()
def judged(
    tables: Sequence[RawTable], elsewhere: Elsewhere = ALONE, *, drafts: bool = False
) -> tuple[gpd.GeoDataFrame, Report, Bases]:
    """As :func:`validate`, of tables that may be a part of a whole.

    Parameters
    ----------
    tables : sequence of RawTable
    elsewhere : Elsewhere
        What is known of the other parts.
    drafts : bool
        As for :func:`validate`.

    Returns
    -------
    frame, report
        As of :func:`validate`.
    bases : Bases
        What the ids of the rows are made of.
    """
    sheets, columns = _read(tables, drafts=drafts)
    given, bases = identify(sheets, elsewhere)
    for sheet, own, ids in zip(sheets, columns, given, strict=True):
        own["incident_id"] = Cells.listed(ids)
        own["record_note"] = record_notes(sheet)
        # A million texts take memory that the accepted frame needs.
        sheet.cells.clear()
    frame = assemble(sheets, columns)
    faults = [faults_of(sheet) for sheet in sheets]
    files = tuple(file_report(sheet, own) for sheet, own in zip(sheets, faults, strict=True))
    content = joined([rejected_content(sheet) for sheet in sheets])
    return frame, Report(files, tuple(fault for own in faults for fault in own), content), bases


def repeated(tables: Sequence[RawTable], wanted: Wanted) -> list[Identity]:
    """Rows that would be accepted and whose id, their own or a made one, is wanted.

    Parameters
    ----------
    tables : sequence of RawTable
    wanted : callable
        Takes ids and says of each whether it is wanted.

    Returns
    -------
    list of Identity
        What :func:`judged` needs of them for the parts behind.
    """
    sheets, _ = _read(tables)
    return [one for sheet in sheets for one in identities(sheet, wanted)]


def _read(tables: Sequence[RawTable], *, drafts: bool = False) -> tuple[list[Sheet], list[Columns]]:
    """Each table with what was noticed on it, and its columns read; ids come later."""
    sheets = [new_sheet(table) for table in tables]
    for sheet in sheets:
        reject_totals(sheet)
        reject_drafts(sheet, drafts)
    return sheets, [reported(sheet) for sheet in sheets]
