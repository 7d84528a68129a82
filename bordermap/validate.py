"""Raw rows to an accepted frame, and a report of every fault found: all of them, not the first.

The rules
---------
A row is rejected when it is no incident (a totals row, an exact repeat of an earlier row) or when
taking it would put a wrong point on the map (coordinates out of range or in metres, a line or an
area for a geometry). Everything else is accepted, and what was noticed stands in ``record_note``.
A date or a figure that cannot be read stays empty; it is never guessed, and no figure is copied
from one of low, best and high to another. A row whose id was already used, with other content,
is kept under the id with ``-2`` (``-3``, ...); with the same content it is rejected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.rejected import joined, rejected_rows
from bordermap.schema import COLUMNS, CRS, Fault, FileReport, RawTable, Report, columns_of
from bordermap.values.coordinates import Position, check_position, parse_position
from bordermap.values.dates import DayFirst, day_first_of, parse_days
from bordermap.values.ids import UniqueIds, fingerprint
from bordermap.values.numbers import parse_figures
from bordermap.values.text import Note, as_text, fold, label, shorten, without_controls

__all__ = ["validate"]

_REPORTED = columns_of("reported")
_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_PLAIN_TEXT = (
    *("place", "district", "province", "country", "location_precision_reported"),
    *("actor_a", "actor_b", "summary", "source_name", "source_date", "source_url"),
)
# Names that later stages and the CSV writer use for their own columns.
_DERIVED = frozenset(
    column.name for column in COLUMNS if column.stage != "reported" and column.name != "geometry"
) | {"lon", "lat", "duplicate_of"}
_NOT_CONTENT = frozenset({"source_file", "source_row", "geometry_fault"})
_REJECTING_GEOMETRY = frozenset({"geometry_type", "geometry_invalid"})
_TOTAL = re.compile(r"(?:grand\s+|sub\s?-?)?totals?\s*:?|sum|summe|overall", re.IGNORECASE)
_FIGURE_CELL = re.compile(r"[-+\d.,\s%]*|=.*", re.DOTALL)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_DISAGREEMENT_DEG = 0.01

_H = TypeVar("_H", bound=Hashable)
_T = TypeVar("_T")


class _Read(Protocol):
    @property
    def notes(self) -> tuple[Note, ...]: ...


_R = TypeVar("_R", bound=_Read)


@dataclass(slots=True)
class _Sheet:
    """One table on its way through: texts of its cells, and the notes found so far by row."""

    table: RawTable
    size: int
    text: dict[str, list[str]]
    notes: dict[int, list[tuple[str, Note]]] = field(default_factory=dict)
    file_notes: list[Fault] = field(default_factory=list)
    day_first: bool | None = None

    def note(self, row: int, value: str, note: Note) -> None:
        self.notes.setdefault(row, []).append((shorten(value), note))

    def column(self, name: str) -> list[str]:
        return self.text.get(name) or [""] * self.size

    def rejected(self) -> set[int]:
        return {row for row, notes in self.notes.items() if any(note.rejects for _, note in notes)}


def _as_texts(cells: Iterable[Any]) -> list[str]:
    return [cell if type(cell) is str else as_text(cell) for cell in cells]


def _sheet(table: RawTable) -> _Sheet:
    frame = table.frame
    names = {column.name for column in _REPORTED} - _NOT_CONTENT
    text = {name: _as_texts(frame[name].tolist()) for name in frame.columns if name in names}
    sheet = _Sheet(table, len(frame), text)
    rows = {int(number): row for row, number in enumerate(frame["source_row"])}
    for fault in table.faults:
        if not fault.rejected and fault.row in rows:
            note = Note(fault.reason, fault.message, column=fault.column)
            sheet.note(rows[fault.row], fault.value, note)
    return sheet


def _mapped(cells: Sequence[_H], parse: Callable[[_H], _T]) -> list[_T]:
    """``parse`` of every cell, called once for each different one."""
    known = {cell: parse(cell) for cell in dict.fromkeys(cells)}
    return [known[cell] for cell in cells]


def _understood(sheet: _Sheet, names: Sequence[str], parse: Callable[..., _R]) -> list[_R]:
    """What some cells of each row mean together; their notes go to the sheet."""
    columns = [sheet.column(name) for name in names]
    read = _mapped(list(zip(*columns, strict=True)), lambda cells: parse(*cells))
    for row, value in enumerate(read):
        for note in value.notes:
            of_all = [name for name in names if name != "country"]
            wanted = [note.column] if note.column in names else of_all
            shown = [sheet.column(name)[row] for name in wanted]
            named = note._replace(column=note.column or names[0])
            sheet.note(row, ", ".join(cell for cell in shown if cell), named)
    return read


def _texts(sheet: _Sheet, name: str) -> list[str]:
    """A column of text as reported, without control characters."""
    cells = sheet.column(name)
    cleaned = _mapped(cells, without_controls)
    for row, (cell, clean) in enumerate(zip(cells, cleaned, strict=True)):
        if cell != clean:
            message = f"control characters removed from {name}"
            sheet.note(row, cell, Note("control_characters", message, column=name))
    return [cell if cell.strip() else "" for cell in cleaned]


def _check_links(sheet: _Sheet, links: Sequence[str]) -> None:
    for row, link in enumerate(links):
        if link and not _WEB.match(link.strip()):
            message = "source_url is not a web address"
            sheet.note(row, link, Note("link_not_web", message, column="source_url"))


def _in_our_words(sheet: _Sheet, name: str, given: Sequence[str]) -> list[str]:
    """Our word for each cell of a column with a vocabulary, empty where there is none."""
    words = sheet.table.words.get(name, {})
    other = words.get("*", "")
    found = _mapped(given, lambda cell: words.get(fold(cell), other) if cell.strip() else "")
    for row, (cell, word) in enumerate(zip(given, found, strict=True)):
        if cell.strip() and not word:
            message = f"{name} {shorten(cell, 40)!r} is not recognised"
            sheet.note(row, cell, Note(f"{name}_unknown", message, column=name))
    return found


def _event_types(sheet: _Sheet) -> dict[str, list[Any]]:
    given = _texts(sheet, "event_type")
    kept = _texts(sheet, "event_type_reported")
    words = _in_our_words(sheet, "event_type", given)
    return {
        "event_type": [word or "unknown" for word in words],
        "event_type_reported": [own or cell for own, cell in zip(kept, given, strict=True)],
    }


def _file_note(sheet: _Sheet, reason: str, message: str) -> None:
    fault = Fault(sheet.table.file, 0, "date_start", "", reason, message, False)
    sheet.file_notes.append(fault)


def _dates(sheet: _Sheet) -> dict[str, list[Any]]:
    cells = dict.fromkeys(sheet.column("date_start") + sheet.column("date_end"))
    told = sheet.table.day_first
    order: DayFirst = day_first_of(cells) if told is None else "day" if told else "month"
    if order != "unsettled":
        sheet.day_first = order == "day"
        why = "as others show" if told is None else "as told"
        message = f"dates such as 04/05/2016 are read with the {order} first, {why}"
        _file_note(sheet, "date_order", message)
    given = sheet.column("date_precision")
    sheet.text["date_precision"] = _in_our_words(sheet, "date_precision", given)
    names = ("date_start", "date_end", "date_precision")
    spans = _understood(sheet, names, partial(parse_days, day_first=order))
    unsure = sum(any(note.reason == "date_ambiguous" for note in span.notes) for span in spans)
    if unsure:
        message = f"{unsure:,} dates such as 04/05/2016 may be either; --day-first settles them"
        _file_note(sheet, "date_order_unsettled", message)
    return {
        "date_start": [span.start for span in spans],
        "date_end": [span.end for span in spans],
        "date_precision": [span.precision for span in spans],
    }


def _figures(sheet: _Sheet) -> dict[str, list[Any]]:
    counts = _understood(sheet, _FIGURES, parse_figures)
    return {
        "fatalities_low": [count.low for count in counts],
        "fatalities_best": [count.best for count in counts],
        "fatalities_high": [count.high for count in counts],
    }


def _of_geometry(cell: Position, point: Any) -> Position:
    """The point of the geometry, compared with the row's own cells."""
    position = check_position(point.y, point.x)
    apart = max(abs(position.latitude - cell.latitude), abs(position.longitude - cell.longitude))
    if apart > _DISAGREEMENT_DEG:
        shown = f"({cell.latitude:.6g}, {cell.longitude:.6g})"
        note = Note("coordinates_disagree", f"the point is used, not the coordinates {shown}")
        return position._replace(notes=(*position.notes, note))
    # Where they agree the cells are what was reported, with their own digits.
    return position if np.isnan(apart) or position.notes else cell


def _positions(sheet: _Sheet) -> dict[str, list[Any]]:
    frame = sheet.table.frame
    names = ("latitude", "longitude", "country")
    if _is_own_output(sheet.table):
        message = "the points were placed by the program; they are kept as lon_input, lat_input"
        file = sheet.table.file
        sheet.file_notes.append(Fault(file, 0, "geometry", "", "placed_before", message, False))
    if "geometry" not in frame.columns or _is_own_output(sheet.table):
        positions = _understood(sheet, names, parse_position)
    else:
        cells = [parse_position(*pair) for pair in zip(*map(sheet.column, names), strict=True)]
        positions = []
        for row, (cell, point) in enumerate(zip(cells, frame["geometry"], strict=True)):
            positions.append(cell if point is None else _of_geometry(cell, point))
            for note in positions[-1].notes:
                value = "" if point is None else f"{point.y:.10g}, {point.x:.10g}"
                sheet.note(row, value, note._replace(column="geometry"))
    for row, fault in enumerate(frame.get("geometry_fault", ())):
        if fault:
            reason, _, message = fault.partition(": ")
            rejects = reason in _REJECTING_GEOMETRY
            sheet.note(row, "", Note(reason, message, rejects, "geometry"))
    return {
        "latitude": [position.latitude for position in positions],
        "longitude": [position.longitude for position in positions],
    }


def _is_own_output(table: RawTable) -> bool:
    """Whether the program placed these points itself, so that they were not reported."""
    return "geometry" in table.frame.columns and "located_by" in table.frame.columns


def _is_totals(cells: dict[str, str]) -> bool:
    """Whether filled cells are figures and, if any word, "Total"; a row with a date is none."""
    if _FIGURE_CELL.fullmatch(cells.get("date_start", "x")):
        return False
    words = [cell for cell in cells.values() if not _FIGURE_CELL.fullmatch(cell)]
    if words:
        return len(words) == 1 and _TOTAL.fullmatch(words[0]) is not None
    return bool(cells) and cells.keys() <= set(_FIGURES)


def _totals_rows(sheet: _Sheet) -> None:
    """Reject rows that say "Total", and a last row of nothing but figures."""
    if not sheet.size or "geometry" in sheet.table.frame.columns:
        return
    columns = [(name, _as_texts(cells)) for name, cells in _raw_columns(sheet)]
    suspects = {sheet.size - 1}
    for _, cells in columns:
        said = {cell for cell in set(cells) if len(cell) < 20 and _TOTAL.fullmatch(cell.strip())}
        suspects.update(row for row, cell in enumerate(cells) if cell in said)
    for row in sorted(suspects):
        filled = {name: cells[row].strip() for name, cells in columns if cells[row].strip()}
        if _is_totals(filled):
            message = "a row of totals is no incident"
            sheet.note(row, ", ".join(filled.values()), Note("totals_row", message, rejects=True))


def _raw_text(cell: Any) -> str:
    return cell.wkt if isinstance(cell, shapely.Geometry) else as_text(cell)


def _raw_columns(sheet: _Sheet) -> list[tuple[str, list[Any]]]:
    frame = sheet.table.frame
    names = sorted(name for name in frame.columns if name not in _NOT_CONTENT)
    return [(name, frame[name].tolist()) for name in names]


def _identify(sheets: Sequence[_Sheet]) -> list[list[str]]:
    """An id for each accepted row; exact repeats of a row with an id are rejected."""
    given = [_mapped(sheet.column("incident_id"), label) for sheet in sheets]
    ids = UniqueIds(one for own_ids in given for one in own_ids if one)
    result = []
    for sheet, own_ids in zip(sheets, given, strict=True):
        columns, numbers = _raw_columns(sheet), sheet.table.frame["source_row"].tolist()
        rejected = sheet.rejected()
        for row, own in enumerate(own_ids):
            if row in rejected or ids.is_unique(own):
                continue
            content = {name: text for name, cells in columns if (text := _raw_text(cells[row]))}
            where = f"row {numbers[row]} of {sheet.table.file}"
            own_ids[row], note = ids.name(own, fingerprint(content), where)
            if note:
                sheet.note(row, own, note._replace(column="incident_id"))
        result.append(own_ids)
    return result


def _reported(sheet: _Sheet) -> dict[str, list[Any]]:
    """The reported columns of a sheet, parsed; notes are left on the sheet."""
    columns: dict[str, list[Any]] = {name: _texts(sheet, name) for name in _PLAIN_TEXT}
    _check_links(sheet, columns["source_url"])
    columns |= _event_types(sheet) | _dates(sheet) | _figures(sheet) | _positions(sheet)
    schemes = _texts(sheet, "location_precision_scheme")
    scheme = sheet.table.constants.get("location_precision_scheme", "")
    coded = columns["location_precision_reported"]
    columns["location_precision_scheme"] = [
        own or (scheme if code else "") for own, code in zip(schemes, coded, strict=True)
    ]
    columns["source_file"] = [sheet.table.file] * sheet.size
    columns["source_row"] = sheet.table.frame["source_row"].tolist()
    return columns


def _record_notes(sheet: _Sheet) -> list[str]:
    """Everything noticed about each row, in a few words."""
    return [
        "; ".join(
            dict.fromkeys(note.message.replace(";", ",") for _, note in sheet.notes.get(row, ()))
        )
        for row in range(sheet.size)
    ]


def _extras(sheet: _Sheet) -> dict[str, list[Any]]:
    """The input's other columns, untouched; those with a derived column's name are renamed."""
    frame = sheet.table.frame
    known = {column.name for column in _REPORTED} | {"geometry", "geometry_fault"}
    names = [name for name in frame.columns if name not in known]
    renamed = {name: f"{name}_input" for name in names if name in _DERIVED}
    extras: dict[str, list[Any]] = {}
    for name in names:
        target = renamed.get(name, name)
        while name in renamed and (target in names or target in extras):
            target += "_input"
        extras[target] = frame[name].tolist()
    if _is_own_output(sheet.table):
        points = frame["geometry"].tolist()
        extras.setdefault("lon_input", [None if p is None else p.x for p in points])
        extras.setdefault("lat_input", [None if p is None else p.y for p in points])
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


def _ledger_series(name: str, dtype: str, cells: list[Any]) -> pd.Series:
    if dtype == "string":
        return pd.Series([cell or None for cell in cells], dtype="string")
    if dtype == "datetime64[s]":
        return pd.Series(np.array(cells, dtype="datetime64[D]").astype("datetime64[s]"))
    return pd.Series(cells, dtype=dtype)


def _assemble(
    sheets: Sequence[_Sheet], columns: Sequence[dict[str, list[Any]]]
) -> gpd.GeoDataFrame:
    """The accepted rows of all sheets, in order, under the ledger's columns and the carried."""
    keep = []
    for sheet in sheets:
        rejected = sheet.rejected()
        keep.append([row for row in range(sheet.size) if row not in rejected])

    def gathered(parts: Iterable[dict[str, list[Any]]], name: str) -> list[Any]:
        cells: list[Any] = []
        for part, rows in zip(parts, keep, strict=True):
            column = part.get(name)
            cells.extend(column[row] if column is not None else None for row in rows)
        return cells

    data = {
        column.name: _ledger_series(column.name, column.dtype, gathered(columns, column.name))
        for column in _REPORTED
    }
    extras = [_extras(sheet) for sheet in sheets]
    for name in dict.fromkeys(name for part in extras for name in part):
        data[name] = _typed(gathered(extras, name))
    frame = pd.DataFrame(data)
    lon, lat = frame["longitude"].to_numpy(), frame["latitude"].to_numpy()
    points = np.full(len(frame), None, dtype=object)
    given = np.isfinite(lon) & np.isfinite(lat)
    points[given] = shapely.points(lon[given], lat[given])
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=CRS), crs=CRS)


def _faults(sheet: _Sheet) -> list[Fault]:
    """Everything found in one file, in the order of its rows."""
    table, numbers = sheet.table, sheet.table.frame["source_row"].tolist()
    faults = [fault for fault in table.faults if fault.rejected or fault.row == 0]
    faults += sheet.file_notes
    for row, notes in sheet.notes.items():
        faults += [
            Fault(table.file, numbers[row], note.column, value, *note[:3]) for value, note in notes
        ]
    return sorted(faults, key=lambda fault: fault.row)


def _file_report(sheet: _Sheet, faults: Sequence[Fault]) -> FileReport:
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


def _rejected_content(sheet: _Sheet) -> pd.DataFrame:
    """Raw content of the rejected rows of one file, as it can be mended and read again."""
    order = sorted(sheet.rejected())
    reasons = [dict.fromkeys(n.reason for _, n in sheet.notes[row] if n.rejects) for row in order]
    return rejected_rows(sheet.table, order, ["; ".join(one) for one in reasons], sheet.day_first)


def validate(tables: Sequence[RawTable]) -> tuple[gpd.GeoDataFrame, Report]:
    """Judge every row of the files read: accepted, accepted with a note, or rejected.

    Parameters
    ----------
    tables : sequence of RawTable
        What :func:`bordermap.records.read` gave, one for each file.

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
    sheets = [_sheet(table) for table in tables]
    for sheet in sheets:
        _totals_rows(sheet)
    columns = [_reported(sheet) for sheet in sheets]
    for sheet, own, ids in zip(sheets, columns, _identify(sheets), strict=True):
        own["incident_id"] = ids
        own["record_note"] = _record_notes(sheet)
    frame = _assemble(sheets, columns)
    faults = [_faults(sheet) for sheet in sheets]
    files = tuple(_file_report(sheet, own) for sheet, own in zip(sheets, faults, strict=True))
    content = joined([_rejected_content(sheet) for sheet in sheets])
    return frame, Report(files, tuple(fault for own in faults for fault in own), content)
