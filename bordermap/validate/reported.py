"""The reported columns of a sheet, parsed: texts, event types, days, figures and positions.

What is regular is read a column at a time; every other cell goes through the functions of
``bordermap.values``, which say what a cell means, and both agree (``tests/test_bulk.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bordermap.arrow import are_arrow_texts, are_like, numbers_like
from bordermap.validate.cells import Cells, Codes, Mask, coalesced, mostly_differs, text_cells
from bordermap.validate.sheet import Sheet, is_own_output, understood
from bordermap.values.coordinates import (
    PLAIN_DEGREES,
    Position,
    check_position,
    is_far_north,
    parse_position,
    plain_degrees,
    unremarkable,
)
from bordermap.values.dates import DayFirst, Span, coarser, day_first_of, parse_date, parse_days
from bordermap.values.numbers import parse_figures
from bordermap.values.text import Note, fold, shorten, without_controls

__all__ = ["reported"]

Columns = dict[str, Any]
"""For each column of the ledger its :class:`Cells`, or an array."""

_FIGURES = ("fatalities_low", "fatalities_best", "fatalities_high")
_PLAIN_TEXT = (
    *("place", "district", "province", "country", "location_precision_reported"),
    *("actor_a", "actor_b", "source_name", "source_date", "source_url"),
)
_REJECTING_GEOMETRY = frozenset({"geometry_type", "geometry_invalid"})
_WEB = re.compile(r"https?://", re.IGNORECASE)
_DISAGREEMENT_DEG = 0.01
# What holds more than printable ASCII, and what may be nothing but spaces.
_MAY_BE_UNCLEAN = r"[^ -~]|^ "


def reported(sheet: Sheet) -> Columns:
    """The reported columns of a sheet; notes are left on the sheet."""
    columns: Columns = {name: _texts(sheet, name) for name in _PLAIN_TEXT}
    columns["summary"] = _long_texts(sheet, "summary")
    _check_links(sheet, columns["source_url"])
    columns |= _event_types(sheet) | _dates(sheet) | _figures(sheet) | _positions(sheet)
    columns["location_precision_scheme"] = _scheme(sheet, columns["location_precision_reported"])
    columns["source_file"] = Cells.of(sheet.table.file, sheet.size)
    columns["source_row"] = sheet.table.frame["source_row"].to_numpy()
    return columns


def _texts(sheet: Sheet, name: str) -> Cells:
    """A column of text as reported, without control characters."""
    return _clean(sheet, name, sheet.column(name), np.arange(sheet.size))


def _clean(sheet: Sheet, name: str, cells: Cells, rows: Codes) -> Cells:
    """The cells of some rows without control characters, the same where they have none."""
    cleaned = cells.mapped(_cleaned, _are_clean)
    if cleaned.values == cells.values:
        return cells
    pairs = zip(cells.values, cleaned.values, strict=True)
    for at in cells.rows(cell != clean and cell != without_controls(cell) for cell, clean in pairs):
        message = f"control characters removed from {name}"
        sheet.note(int(rows[at]), cells[at], Note("control_characters", message, column=name))
    return cleaned


def _long_texts(sheet: Sheet, name: str) -> Cells | pd.Series:
    """As :func:`_texts`; texts that Arrow holds, and that mostly differ, stay where they are."""
    column = sheet.table.frame.get(name)
    if column is None or not are_arrow_texts(column) or not mostly_differs(column):
        return _texts(sheet, name)
    rows = np.flatnonzero(are_like(column, _MAY_BE_UNCLEAN))
    cells = text_cells(column.iloc[rows])
    cleaned = _clean(sheet, name, cells, rows)
    if cleaned is not cells:
        column = column.copy()
        column.iloc[rows] = [cleaned[at] for at in range(len(rows))]
    return column


def _cleaned(text: str) -> str:
    clean = without_controls(text)
    return "" if clean.isspace() else clean


def _are_clean(barred: str) -> bool:
    # Of all that is printable, only spaces are blank.
    return barred.isprintable() and "| " not in barred


def _check_links(sheet: Sheet, links: Cells) -> None:
    for row in links.rows(bool(link) and not _WEB.match(link.strip()) for link in links.values):
        message = "source_url is not a web address"
        sheet.note(row, links[row], Note("link_not_web", message, column="source_url"))


def _scheme(sheet: Sheet, coded: Cells) -> Cells:
    """Whose code the precision is, where there is one."""
    scheme = sheet.table.constants.get("location_precision_scheme", "")
    own = _texts(sheet, "location_precision_scheme")
    return coalesced(own, coded.mapped(lambda code: scheme if code else ""))


def _in_our_words(sheet: Sheet, name: str, given: Cells) -> Cells:
    """Our word for each cell of a column with a vocabulary, empty where there is none."""
    words = sheet.table.words.get(name, {})
    other = words.get("*", "")
    found = given.mapped(lambda cell: words.get(fold(cell), other) if cell.strip() else "")
    pairs = zip(given.values, found.values, strict=True)
    for row in given.rows(bool(cell.strip()) and not word for cell, word in pairs):
        message = f"{name} {shorten(given[row], 40)!r} is not recognised"
        sheet.note(row, given[row], Note(f"{name}_unknown", message, column=name))
    return found


def _event_types(sheet: Sheet) -> Columns:
    given = _texts(sheet, "event_type")
    kept = _texts(sheet, "event_type_reported")
    words = _in_our_words(sheet, "event_type", given)
    return {
        "event_type": words.mapped(lambda word: word or "unknown"),
        "event_type_reported": coalesced(kept, given),
    }


def _order(sheet: Sheet) -> DayFirst:
    """How the sheet writes ``04/05/2016``; a note says so where it is known."""
    cells = {*sheet.column("date_start").values, *sheet.column("date_end").values}
    told = sheet.table.day_first
    order: DayFirst = "unsettled"
    if told is None:
        order = day_first_of(cells)
    elif told != "unsettled":
        order = "day" if told else "month"
    if order != "unsettled":
        sheet.day_first = order == "day"
        why = "as others show" if told is None else "as told"
        message = f"dates such as 04/05/2016 are read with the {order} first, {why}"
        sheet.file_note("date_start", "date_order", message)
    return order


def _is_plain_day(span: Span) -> bool:
    return span.precision == "day" and span.end is None and not span.notes


def _plain_days(cells: Cells, parse: Callable[[str], Span]) -> tuple[Any, Mask]:
    """The day of each row whose cell is nothing but one day, and which rows have nothing at all."""
    spans = [parse(text) for text in cells.values]
    days = np.array(
        [span.start if _is_plain_day(span) else None for span in spans], dtype="datetime64[D]"
    )
    return days[cells.codes], cells.where(span == Span() for span in spans)


def _dates(sheet: Sheet) -> Columns:
    order = _order(sheet)
    words = _in_our_words(sheet, "date_precision", sheet.column("date_precision"))
    sheet.cells["date_precision"] = words
    parse = cache(partial(parse_date, day_first=order))
    start, _ = _plain_days(sheet.column("date_start"), parse)
    end, no_end = _plain_days(sheet.column("date_end"), parse)
    plain = ~np.isnat(start) & (no_end | (end >= start))
    rows = np.flatnonzero(~plain)
    names = ("date_start", "date_end", "date_precision")
    codes, spans = understood(sheet, names, partial(parse_days, day_first=order), rows)
    start[rows] = _days(span.start for span in spans)[codes]
    end[rows] = _days(span.end for span in spans)[codes]
    shown = [coarser(word, "day") if word else "day" for word in words.values]
    precision = Cells(words.codes.copy(), shown + [span.precision for span in spans])
    precision.codes[rows] = codes + len(shown)
    _note_unsettled(sheet, int(_flags(map(_is_ambiguous, spans))[codes].sum()))
    return {"date_start": start, "date_end": end, "date_precision": precision}


def _days(days: Any) -> Any:
    return np.array(list(days), dtype="datetime64[D]")


def _is_ambiguous(span: Span) -> bool:
    return any(note.reason == "date_ambiguous" for note in span.notes)


def _flags(says: Iterable[bool]) -> Mask:
    return np.array(list(says), dtype=bool)


def _note_unsettled(sheet: Sheet, unsure: int) -> None:
    if unsure:
        message = f"{unsure:,} dates such as 04/05/2016 may be either; --day-first settles them"
        sheet.file_note("date_start", "date_order_unsettled", message)


def _figures(sheet: Sheet) -> Columns:
    codes, counts = understood(sheet, _FIGURES, parse_figures, np.arange(sheet.size))
    each = (
        [count.low for count in counts],
        [count.best for count in counts],
        [count.high for count in counts],
    )
    figures = (pd.array(values, dtype="Int64").take(codes) for values in each)
    return dict(zip(_FIGURES, figures, strict=True))


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


def _positions(sheet: Sheet) -> Columns:
    names = ("latitude", "longitude", "country")
    latitude, longitude = (_plain_numbers(sheet, name) for name in names[:2])
    country = sheet.column("country")
    lettered = country.where(map(is_far_north, country.values))
    plain = unremarkable(latitude, longitude, lettered)
    # Two cells that are the same may be one that holds both.
    plain &= latitude != longitude
    if is_own_output(sheet.table):
        message = "the points were placed by the program; they are kept as lon_input, lat_input"
        sheet.file_note("geometry", "placed_before", message)
    if "geometry" not in sheet.table.frame.columns or is_own_output(sheet.table):
        rows = np.flatnonzero(~plain)
        codes, read = understood(sheet, names, parse_position, rows)
        latitude[rows] = np.array([one.latitude for one in read])[codes]
        longitude[rows] = np.array([one.longitude for one in read])[codes]
    else:
        points = sheet.table.frame["geometry"].to_numpy()
        x, y = _coordinates(points, sheet.table.positions)
        plain &= _agree(x, y, latitude, longitude) | shapely.is_missing(points)
        _take_plain(sheet, x, y, plain, latitude, longitude)
        _take_points(sheet, points, np.flatnonzero(~plain), latitude, longitude)
    _note_geometry(sheet)
    return {"latitude": latitude, "longitude": longitude}


def _coordinates(points: Any, known: tuple[Any, Any] | None) -> tuple[Any, Any]:
    """The coordinates of points, of which some are known."""
    if known is None:
        return shapely.get_x(points), shapely.get_y(points)
    x, y = (each.copy() for each in known)
    rows = np.flatnonzero(np.isnan(x))
    x[rows], y[rows] = shapely.get_x(points[rows]), shapely.get_y(points[rows])
    return x, y


def _plain_numbers(sheet: Sheet, name: str) -> Any:
    """The degrees of each row whose cell is nothing but a number; NaN in all others."""
    column = sheet.table.frame.get(name)
    if column is not None and column.dtype == np.float64:
        numbers = column.to_numpy()
        # Those whose text has at most three digits before its point and no exponent.
        plain = ((abs(numbers) >= 1e-4) & (abs(numbers) < 1000)) | (numbers == 0)
        return np.where(plain, numbers, np.nan)
    if name not in sheet.cells and column is not None and are_arrow_texts(column):
        return numbers_like(column, PLAIN_DEGREES)
    cells = sheet.column(name)
    return plain_degrees(cells.values)[cells.codes]


def _agree(x: Any, y: Any, latitude: Any, longitude: Any) -> Mask:
    """Where a point says what the cells say and needs no note."""
    apart = np.maximum(abs(y - latitude), abs(x - longitude))
    same: Mask = unremarkable(y, x, np.zeros(len(x), dtype=bool)) & (apart <= _DISAGREEMENT_DEG)
    return same


def _take_plain(sheet: Sheet, x: Any, y: Any, plain: Mask, latitude: Any, longitude: Any) -> None:
    """Take the points that need no note, of rows that give a position in no other way."""
    rows = np.flatnonzero(~plain)
    taken = unremarkable(y[rows], x[rows], np.zeros(len(rows), dtype=bool))
    for column in (sheet.some("latitude", rows), sheet.some("longitude", rows)):
        taken &= column.where(not cell.strip() for cell in column.values)
    rows = rows[taken]
    latitude[rows], longitude[rows], plain[rows] = y[rows], x[rows], True


def _take_points(sheet: Sheet, points: Any, rows: Codes, latitude: Any, longitude: Any) -> None:
    """Put the positions of some rows in their places, from their points and their cells."""
    columns = [sheet.some(name, rows) for name in ("latitude", "longitude", "country")]
    for at, row in enumerate(rows.tolist()):
        point = points[row]
        cell = parse_position(*(column[at] for column in columns))
        position = cell if point is None else _of_geometry(cell, point)
        latitude[row], longitude[row] = position.latitude, position.longitude
        for note in position.notes:
            value = "" if point is None else f"{point.y:.10g}, {point.x:.10g}"
            sheet.note(row, value, note._replace(column="geometry"))


def _note_geometry(sheet: Sheet) -> None:
    faults = sheet.table.frame.get("geometry_fault", pd.Series(dtype=object)).to_numpy()
    for row in np.flatnonzero(faults != "").tolist():
        reason, _, message = faults[row].partition(": ")
        rejects = reason in _REJECTING_GEOMETRY
        sheet.note(row, "", Note(reason, message, rejects, "geometry"))
