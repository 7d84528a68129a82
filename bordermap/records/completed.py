"""What a recipe says beyond the names of columns, done to every table alike after it is read.

Dates from their parts, words for codes, constants, words that mean nothing, and what is to be
noted. Only columns of the ledger that the file lacks are made; the source's own stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.errors import BordermapError, InputError, RecipeError
from bordermap.records.content import by_content, is_cell
from bordermap.records.dirt import (
    cut_texts,
    nothing_told,
    row_faults,
    same_report,
    several_provinces,
)
from bordermap.records.recipe import Recipe, choose
from bordermap.records.source import file_note
from bordermap.schema import Fault, RawTable, columns_of
from bordermap.values.text import as_text, fold, is_missing, shorten

__all__ = ["completed", "renamed"]

_LEDGER = frozenset(column.name for column in columns_of("reported")) - {"source_row"}
_ADDED = frozenset({"source_row", "geometry", "geometry_fault"})
_WHOLE = re.compile(r"(\d{1,4})(?:\.0+)?", re.ASCII)
_DECIMALS = re.compile(r"\.0+$", re.ASCII)
_UNKNOWN_PART = frozenset({"0", "00", "-9", "-99"})


def completed(
    table: RawTable, recipe_name: str | Recipe | None, day_first: bool | None = None
) -> RawTable:
    """The table with everything done that its recipe says beyond names.

    Parameters
    ----------
    table : RawTable
        As its reader gave it.
    recipe_name : str, Recipe or None
        The recipe that was asked for.
    day_first : bool, optional
        How ``04/05/2016`` is to be read; over what the recipe says.

    Raises
    ------
    InputError, RecipeError
        No column is known, neither by name nor by content.
    """
    recipe = _recipe_of(table, recipe_name)
    frame, faults = table.frame.copy(deep=False), list(table.faults)
    headers = dict(table.headers)
    if recipe.by_content:
        frame, found, notes = by_content(frame, table.file)
        _refuse_records_as_names(found.values(), table.file)
        headers |= found
        faults += notes
    _refuse_unknown(frame, table.file, recipe_name)
    frame = _composed(frame, recipe)
    for column, words in recipe.missing.items():
        if column in frame:
            said = {cell for cell in _unique(frame[column]) if cell.strip().casefold() in words}
            frame[column] = _mapped(frame[column], dict.fromkeys(said, ""))
    originals = [headers.get(str(name), str(name)) for name in table.frame.columns]
    # A reader of layers knows it of the bytes; it is said once.
    if not any(fault.reason == "text_cut_off" for fault in faults):
        faults += cut_texts(frame, [name for name in originals if name not in _ADDED], table.file)
    faults += _notes(frame, recipe, table.file) + nothing_told(frame, table.file)
    order = recipe.day_first if day_first is None else day_first
    return replace(
        table,
        frame=frame,
        faults=tuple(faults),
        headers=headers,
        day_first=order,
        read_as={**_read_as(table, recipe, recipe_name, headers), **table.read_as},
    )


def renamed(table: RawTable, known: Mapping[str, str]) -> RawTable:
    """The table with columns that were known before under our names, by the file's for them."""
    names = {name: ours for name, ours in known.items() if ours not in table.frame}
    return replace(
        table,
        frame=table.frame.rename(columns=names),
        headers={**table.headers, **{ours: name for name, ours in names.items()}},
    )


def _recipe_of(table: RawTable, recipe_name: str | Recipe | None) -> Recipe:
    return choose([], recipe_name or table.recipe)


def _read_as(
    table: RawTable, recipe: Recipe, asked: str | Recipe | None, headers: dict[str, str]
) -> dict[str, object]:
    """What a row of the table needs to be read alone, see :mod:`bordermap.rejected`."""
    named = recipe.match([] if table.raw is None else [str(name) for name in table.raw.columns])
    known = {theirs: ours for ours, theirs in headers.items() if named.get(theirs) != ours}
    is_file = isinstance(asked, str) and asked.lower().endswith(".toml")
    name = shorten(Path(str(asked)).name) if is_file else recipe.name
    return {"recipe": name, "known": known} if known else {"recipe": name}


def _refuse_unknown(frame: pd.DataFrame, file: str, recipe_name: str | Recipe | None) -> None:
    if "geometry" in frame or not _LEDGER.isdisjoint(frame.columns):
        return
    shown = shorten(", ".join(name for name in frame.columns if name != "source_row"), 100)
    # Naming the wrong recipe is wrong usage; bringing a file that none fits is not.
    kind: type[BordermapError] = RecipeError if recipe_name else InputError
    raise kind(
        f"no column of ({shown}) is known",
        where=file,
        todo="name the columns Date, Place, Latitude, ... in the first line, or give a recipe",
    )


def _refuse_records_as_names(headers: Iterable[str], file: str) -> None:
    """Refuse a file without a header line, of which the first record would be lost as names."""
    for header in filter(is_cell, headers):
        raise InputError(
            f"its first line is a record and no header ({shorten(header, 40)!r})",
            where=file,
            todo="put a line of names (Date, Place, Latitude, ...) above it",
        )


def _unique(cells: pd.Series) -> set[str]:
    return {cell if isinstance(cell, str) else as_text(cell) for cell in cells.unique()}


def _mapped(cells: pd.Series, words: dict[str, str]) -> list[Any]:
    """The cells, with a word in the place of those that have one."""
    if not words:
        return cells.tolist()
    return [words.get(as_text(cell), cell) for cell in cells.tolist()]


def _named(frame: pd.DataFrame, header: str, recipe: Recipe) -> str | None:
    """The column of the frame that bears a name in the file, or None where none does."""
    known = {fold(str(name)): name for name in reversed(frame.columns)}
    known |= {fold(str(name)[:10]): name for name in frame.columns if len(str(name)) == 10}
    name = known.get(fold(header)) or known.get(fold(header.replace(" ", "_")[:10]))
    if name is None:
        named = (ours for ours, theirs in recipe.columns.items() if header in theirs)
        name = next((ours for ours in named if ours in frame), None)
    return name


def _texts(
    frame: pd.DataFrame, header: str, recipe: Recipe
) -> tuple[NDArray[np.int64], list[str]] | None:
    """The cells of a column by its name in the file: which of some texts each row has."""
    name = _named(frame, header, recipe)
    if name is None:
        return None
    cells = frame[name]
    if isinstance(cells.dtype, pd.CategoricalDtype) or cells.dtype.kind in "if":
        codes, different = pd.factorize(cells, use_na_sentinel=False)
        return codes, [as_text(cell).strip() for cell in different.tolist()]
    texts = [as_text(cell).strip() for cell in cells.tolist()]
    codes, unique = pd.factorize(np.array(texts, dtype=object))
    return codes, unique.tolist()


def _in_full(column: tuple[NDArray[np.int64], list[str]]) -> list[str]:
    codes, texts = column
    return [texts[code] for code in codes.tolist()]


def _spread(codes: NDArray[np.int64], words: Sequence[str]) -> pd.Series:
    """A column of words, of which each row has one by its number."""
    categories = list(dict.fromkeys(words))
    places = np.array([categories.index(word) for word in words], dtype=np.int64)
    spread = pd.Categorical.from_codes(places[codes], categories=pd.Index(categories, dtype=object))
    return pd.Series(spread, copy=False)


def _part(text: str) -> str:
    """A part of a date as digits, empty where it is unknown, and any other text as it is."""
    if _DECIMALS.sub("", text) in _UNKNOWN_PART or is_missing(text):
        return ""
    match = _WHOLE.fullmatch(text)
    digits = match[1].lstrip("0") if match else text
    return digits if match is None else digits.zfill(2)


def _date(year: str, month: str, day: str) -> str:
    """One text of three parts; what is unknown stays away, and nothing is made up."""
    year, month, day = _part(year), _part(month), _part(day)
    if not year and not month:
        return day
    if not all(part.isdigit() for part in (year, month, day) if part):
        return " ".join(part for part in (day, month, year) if part)
    return "-".join((year, month, day) if month and day else (year, month) if month else (year,))


def _composed(frame: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The frame with columns of the ledger that the recipe makes of others, and constant ones."""
    new: dict[str, pd.Series] = {}
    for column, headers in recipe.dates.items():
        parts = [_texts(frame, header, recipe) for header in headers]
        if column not in frame and parts[0] is not None:
            filled = [[""] * len(frame) if part is None else _in_full(part) for part in parts]
            new[column] = pd.Series(list(map(_date, *filled)), dtype=object)
    for column, (header, words) in recipe.codes.items():
        cells = _texts(frame, header, recipe)
        if column not in frame and cells is not None:
            codes, texts = cells
            said = [words.get(fold(text.removesuffix(".0")), "") for text in texts]
            new[column] = _spread(codes, said)
    for column, word in recipe.constants.items():
        known = column in frame or column in new
        if not known and column != "location_precision_scheme":
            new[column] = _spread(np.zeros(len(frame), dtype=np.int64), [word])
    # All at once: one after the other is slow where there are many columns, and pandas warns.
    return pd.concat([frame, pd.DataFrame(new)], axis=1) if new else frame


def _notes(frame: pd.DataFrame, recipe: Recipe, file: str) -> list[Fault]:
    notes = [file_note(file, "about_the_source", recipe.notice)] if recipe.notice else []
    scheme = recipe.constants.get("location_precision_scheme", "")
    if scheme and "location_precision_reported" not in frame and len(frame):
        message = (
            f"there is no column of {scheme.upper()} precision codes, so rows that stand for a"
            " whole district or province cannot be told from exact ones"
        )
        notes.append(file_note(file, "precision_column_missing", message))
    for header, remark in recipe.remarks.items():
        codes, texts = _texts(frame, header, recipe) or (np.empty(0, dtype=np.int64), [])
        said = {
            code: f"{header} is {shorten(text, 40)!r}: {remark.say}"
            for code, text in enumerate(texts)
            if text and fold(text) not in remark.usual
        }
        rows = np.flatnonzero(np.isin(codes, list(said))).tolist()
        pairs = ((row, said[codes[row]]) for row in rows)
        notes += row_faults(frame, file, header, "source_remark", pairs)
    if recipe.same_report in frame:
        notes += same_report(frame, recipe.same_report, file)
    described = _named(frame, recipe.described_in, recipe) if recipe.described_in else None
    if described is not None:
        notes += several_provinces(frame, described, recipe.described_in, file)
    return notes
