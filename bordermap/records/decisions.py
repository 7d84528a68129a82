"""Review sheets that people filled in, read back from whatever their spreadsheet made of them."""

from __future__ import annotations

from pathlib import Path

from bordermap.errors import InputError, RecipeError
from bordermap.records.deadline import limited_time
from bordermap.records.delimited import read_delimited
from bordermap.records.json_rows import read_json
from bordermap.records.source import open_sheet
from bordermap.records.workbook import read_workbook
from bordermap.schema import Decision, DecisionFile, RawTable
from bordermap.values.text import as_text, fold, shorten

__all__ = ["read_decisions"]

NEEDED = ("incident_id", "decision")

_FILLED_IN = ("decision", "decided_place_id", "decided_lat", "decided_lon", "decided_radius_m")
_TODO = "give a sheet that --review or --duplicates wrote, as CSV, a workbook or JSON"
_RECIPE = "bordermap"
# What a workbook may hold beside its lines; no decision stands there.
_NO_LINES = frozenset({"heading_row", "footnote_row", "repeated_header"})


@limited_time()
def read_decisions(source: str | Path) -> DecisionFile:
    """Read the decisions of one review sheet: of places, of likely duplicates, or of drafts.

    Parameters
    ----------
    source : str or Path
        A CSV or TSV file with any delimiter, encoding and line ends, an XLSX, XLS or ODS workbook
        (``FILE:SHEET`` names one of its sheets), JSON or JSON lines; its columns may stand in any
        order, and others beside them. Lines in which nothing is decided are counted only.

    Returns
    -------
    DecisionFile

    Raises
    ------
    InputError
        It cannot be read, lacks the columns ``incident_id`` and ``decision``, or has lines that
        cannot be told apart into cells: a decision would be lost with them.
    """
    table = _table(source)
    _refuse_broken(table)
    frame = table.frame.rename(columns=_plain_name)
    for column in NEEDED:
        if column not in frame.columns:
            raise _no_sheet(table.file, column)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    rows = frame.pop("source_row").tolist()
    frame = frame.map(as_text)
    decisions = tuple(
        Decision(table.file, row, cells)
        for row, cells in zip(rows, frame.to_dict("records"), strict=True)
        if any(cells.get(name, "").strip() for name in _FILLED_IN)
    )
    about = "duplicates" if "other_id" in frame.columns else "places"
    about = "drafts" if "draft_id" in frame.columns else about
    read = len(rows) + len(table.broken)
    return DecisionFile(table.file, table.sha256, read, decisions, about)


def _table(source: str | Path) -> RawTable:
    opened, sheet = open_sheet(source)
    try:
        if opened.format == "workbook":
            return read_workbook(opened, _RECIPE, sheet)
        if opened.format == "json":
            return read_json(opened, _RECIPE)
        return read_delimited(opened, _RECIPE)
    except RecipeError as error:
        raise _no_sheet(opened.name, NEEDED[0]) from error


def _plain_name(column: str) -> str:
    return fold(column).replace(" ", "_")


def _no_sheet(name: str, column: str) -> InputError:
    return InputError(f"has no column {column}, so it is no review sheet", where=name, todo=_TODO)


def _refuse_broken(table: RawTable) -> None:
    broken = [one for one in table.faults if one.rejected and one.reason not in _NO_LINES]
    if broken:
        raise InputError(
            shorten(broken[0].message, 200),
            where=f"{table.file} row {broken[0].row}",
            todo="save the sheet again",
        )
