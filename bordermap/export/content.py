"""What is written, whatever the format: named columns of plain kinds, and shapes."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.schema import COLUMNS, CRS, Layer
from bordermap.values.text import as_text, shorten

__all__ = [
    "DECIMALS",
    "Column",
    "Features",
    "as_json",
    "columns_of",
    "distinct",
    "empty_texts",
    "free_name",
    "in_order",
    "plain",
    "without",
    "without_measures",
    "written_at",
]

Kind = Literal["text", "integer", "number", "boolean", "date", "time"]

DECIMALS = 7
"""Decimals of a degree in texts: about 1 cm (RFC 7946, section 11.2)."""

_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_NAMED = {
    "integer": "integer",
    "boolean": "boolean",
    "floating": "number",
    "mixed-integer-float": "number",
    "string": "text",
    "empty": "text",
}


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its name, its kind, and the cells as they came.

    Attributes
    ----------
    name : str
    kind : {"text", "integer", "number", "boolean", "date", "time"}
        A ``date`` bears no clock time in any row.
    source : Series
    mixed : bool
        Cells of several types, or lists and objects; as texts they are JSON.
    """

    name: str
    kind: Kind
    source: pd.Series[Any]
    mixed: bool = False

    def called(self, name: str) -> Column:
        """The same cells under another name."""
        return Column(name, self.kind, self.source, self.mixed)

    @cached_property
    def missing(self) -> np.ndarray:
        return np.asarray(self.source.isna(), dtype=bool)

    @cached_property
    def values(self) -> np.ndarray:
        """The cells as NumPy has them; what stands where they are missing means nothing."""
        if self.kind == "text":
            return _texts(self.source, self.mixed)
        if self.kind == "integer":
            return np.asarray(self.source.astype("Int64").fillna(0), dtype=_width(self.source))
        if self.kind == "boolean":
            return np.asarray(self.source.astype("boolean").fillna(value=False), dtype=bool)
        if self.kind == "number":
            return self.source.astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
        return self.source.astype("datetime64[us]").to_numpy()

    def as_texts(self) -> list[str | None]:
        """The cells as texts: dates in ISO, nothing known as None."""
        if self.kind == "text":
            return self.values.tolist()
        if self.kind == "date":
            days = np.datetime_as_string(self.values.astype("datetime64[D]")).astype(object)
            days[self.missing] = None
            return days.tolist()
        if self.kind == "time":
            return _iso(self.values)
        known = self.values.tolist()
        if self.kind == "boolean":
            cells: list[str | None] = ["true" if one else "false" for one in known]
        else:
            cells = list(map(repr, known))
        for at in np.flatnonzero(self.missing).tolist():
            cells[at] = None
        return cells

    def cells(self) -> list[Any]:
        """The cells as Python has them, nothing known as None."""
        cells = self.values.astype(object)
        cells[self.missing] = None
        return cells.tolist()


@dataclass(frozen=True, eq=False)
class Features:
    """Rows to write: columns with distinct names, and a shape or None for each row.

    Attributes
    ----------
    name : str
        What the layer is called where a format names layers.
    columns : tuple of Column
    shapes : ndarray of object
        Longitude and latitude; empty shapes are None.
    title, attribution, licence : str
        Papers of the layer, where it has any.
    notes : tuple of str
        What had to be named anew.
    at : int
        Where among the columns the shapes stood.
    crs : CRS
        What the shapes are in, where it is another system.
    """

    name: str
    columns: tuple[Column, ...]
    shapes: np.ndarray
    title: str = ""
    attribution: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    at: int = 0
    crs: Any = CRS

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame, name: str = "incidents", *, own: bool = False) -> Features:
        """Take a frame apart, ledger columns first.

        Parameters
        ----------
        own : bool
            A layer that somebody brought: columns stay where they are, and any system serves.

        Raises
        ------
        OutputError
            The frame is not in longitude and latitude.
        """
        if own:
            at = list(frame.columns).index(frame.active_geometry_name)
            rest = pd.DataFrame(frame).drop(columns=frame.active_geometry_name)
            return cls(name, columns_of(rest), _shapes(frame), at=at, crs=frame.crs)
        if frame.crs is not None and not frame.crs.equals(CRS) and frame.crs.to_epsg() != 4326:
            todo = "convert it with to_crs(4326)"
            raise OutputError(f"the frame is in {frame.crs.name}", where=name, todo=todo)
        ordered, at = in_order(frame)
        rest = ordered.iloc[:, [place for place in range(ordered.shape[1]) if place != at]]
        _, notes = distinct([str(one) for one in rest.columns])
        return cls(name, columns_of(rest), _shapes(frame), notes=notes, at=at)

    @classmethod
    def of_layer(cls, layer: Layer) -> Features:
        """Take a reference layer apart, with its papers."""
        bare = cls.of(layer.frame, layer.name)
        papers = layer.title, layer.attribution, layer.licence
        return cls(layer.name, bare.columns, bare.shapes, *papers, bare.notes, bare.at)

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def placed(self) -> np.ndarray:
        return ~shapely.is_missing(self.shapes)

    @cached_property
    def kinds(self) -> set[str]:
        """Kinds of shapes, as GDAL and OGC call them; of no shape at all, points."""
        types = np.unique(shapely.get_type_id(self.shapes[self.placed]))
        return {_SHAPES.get(int(one), "Unknown") for one in types} or {"Point"}

    @property
    def shape(self) -> str:
        """The one kind of shapes that holds them all."""
        if len(self.kinds) == 1:
            return next(iter(self.kinds))
        single = {kind.removeprefix("Multi") for kind in self.kinds}
        return f"Multi{single.pop()}" if len(single) == 1 else "Unknown"


_SHAPES = {
    0: "Point",
    1: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
}


def in_order(frame: gpd.GeoDataFrame) -> tuple[pd.DataFrame, int]:
    """Ledger columns first, and where the geometry stands; columns may share a name."""
    ledger = [column.name for column in COLUMNS]
    rank = {name: at for at, name in enumerate(ledger)}
    names = list(frame.columns)
    places = sorted(range(len(names)), key=lambda at: rank.get(names[at], len(ledger)))
    ordered = pd.DataFrame(frame).iloc[:, places]
    return ordered, list(ordered.columns).index(frame.active_geometry_name)


def columns_of(table: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of a table, under names that differ."""
    names, _ = distinct([str(one) for one in table.columns])
    return tuple(_column(name, table.iloc[:, at]) for at, name in enumerate(names))


def empty_texts(columns: Iterable[Column]) -> list[str]:
    """A note on texts that a format cannot tell from a cell that holds nothing."""
    texts = (column.values for column in columns if column.kind == "text")
    count = sum(int((cells == "").sum()) for cells in texts)
    return [f"{count} empty texts come back as nothing known"] if count else []


ZERO = re.compile("\0")


def without(
    columns: Iterable[Column], marks: re.Pattern[str] = ZERO, what: str = "the character 0"
) -> tuple[list[Column], list[str]]:
    """The columns without characters that a format cannot hold, and a note on how many had any."""
    kept, count = [], 0
    for column in columns:
        texts = column.values.tolist() if column.kind == "text" else []
        if marks.search("\n".join(filter(None, texts))):
            cleaned = [text and marks.sub("", text) for text in texts]
            count += sum(new != old for new, old in zip(cleaned, texts, strict=True))
            kept.append(Column(column.name, "text", pd.Series(cleaned, dtype=object)))
        else:
            kept.append(column)
    return kept, [f"{count} texts held {what}, which is left out"] if count else []


def _column(name: str, values: pd.Series[Any]) -> Column:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if pd.api.types.is_bool_dtype(values.dtype):
        return Column(name, "boolean", values)
    if pd.api.types.is_integer_dtype(values.dtype):
        fits = not pd.api.types.is_unsigned_integer_dtype(values.dtype) or _fits(values)
        return Column(name, "integer", values) if fits else Column(name, "text", values, mixed=True)
    if pd.api.types.is_float_dtype(values.dtype):
        return Column(name, "number", values)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        days = values.dropna()
        return Column(name, "date" if (days == days.dt.normalize()).all() else "time", values)
    if isinstance(values.dtype, pd.StringDtype):
        return Column(name, "text", values)
    return _of_objects(name, values)


def _of_objects(name: str, values: pd.Series[Any]) -> Column:
    """A column of Python objects: one kind where all of them are of it, else texts."""
    said = pd.api.types.infer_dtype(values, skipna=True)
    kind = _NAMED.get(said)
    if kind == "integer" and not _fits(values):
        kind = None
    if kind is None:
        return Column(name, "text", values, mixed=True)
    return Column(name, kind, values)  # type: ignore[arg-type]


def _width(values: pd.Series[Any]) -> str:
    """Whole numbers of 32 bits stay such; the ledger's have 64."""
    dtype = getattr(values.dtype, "numpy_dtype", values.dtype)
    return "int32" if str(dtype) in ("int8", "int16", "int32", "uint8", "uint16") else "int64"


def _fits(values: pd.Series[Any]) -> bool:
    known = values.dropna()
    return known.empty or -(2**63) <= int(known.min()) <= int(known.max()) < 2**63


def _texts(values: pd.Series[Any], mixed: bool) -> np.ndarray:
    if not mixed:
        return values.to_numpy(dtype=object, na_value=None)
    texts = np.empty(len(values), dtype=object)
    for at, value in enumerate(map(plain, values.tolist())):
        texts[at] = None if value is None else as_text(value)
    return texts


def _iso(values: np.ndarray) -> list[str | None]:
    """Dates as ``YYYY-MM-DD``; a clock time is written only where there is one."""
    texts = np.datetime_as_string(values.astype("datetime64[s]")).tolist()
    parts = (values - values.astype("datetime64[s]")).astype("int64")
    for at in np.nonzero(parts * ~np.isnat(values))[0]:
        texts[at] = str(values[at]).rstrip("0")
    return [None if one == "NaT" else one.removesuffix("T00:00:00") for one in texts]


def _shapes(frame: gpd.GeoDataFrame) -> np.ndarray:
    shapes = np.array(frame.geometry.to_numpy(), dtype=object)
    # One look at all of them, since most have a place.
    odd = np.flatnonzero(~np.isfinite(shapely.bounds(shapes)).all(axis=1))
    some = shapes[odd]
    # A point of NaN is no place, and no format agrees with another on how to write it.
    gone = shapely.is_missing(some) | shapely.is_empty(some) | (shapely.get_type_id(some) == 0)
    shapes[odd[gone]] = None
    return shapes


def without_measures(shapes: np.ndarray) -> np.ndarray:
    """Shapes without M, which few formats know; elevations (Z) stay."""
    kept, upright = shapes.copy(), shapely.has_z(shapes)
    measured = shapely.has_m(shapes)
    flat, high = measured & ~upright, measured & upright
    kept[flat] = shapely.force_2d(shapes[flat])
    kept[high] = shapely.from_wkb(shapely.to_wkb(shapes[high], flavor="iso", output_dimension=3))
    return kept


def plain(value: Any) -> Any:
    """A value as JSON can say it; nothing known becomes null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, or the first of ``NAME_2``, ``NAME_3`` that is free, whatever the case."""
    used = {name.casefold() for name in taken}
    name, number = wanted, 2
    while name.casefold() in used:
        name, number = f"{wanted}_{number}", number + 1
    return name


def distinct(
    names: Sequence[str],
    *,
    longest: int | None = None,
    reserved: Iterable[str] = (),
    what: str = "",
    folded: bool | None = None,
) -> tuple[list[str], tuple[str, ...]]:
    """Names that differ and are not too long, and a note on each that had to change.

    Parameters
    ----------
    names : sequence of str
        As they came; the first of two equal ones keeps its name.
    longest : int, optional
        Most bytes of UTF-8 that a name may have.
    reserved : iterable of str
        Names that the format keeps for itself.
    what : str
        The format, for the notes.
    folded : bool, optional
        Whether names must differ in more than their case; where a longest is given, unless said.
    """
    folded = longest is not None if folded is None else folded
    kept = {_key(name, folded) for name in reserved}
    free = set(names) if not folded else set()
    found: list[str] = []
    notes = []
    for name in names:
        new, number = _cut(name, longest), 2
        while _key(new, folded) in kept or (new != name and new in free):
            end = f"_{number}"
            room = None if longest is None else longest - len(end)
            new, number = f"{_cut(name, room)}{end}", number + 1
        kept.add(_key(new, folded))
        found.append(new)
        if new != name:
            notes.append(f"the column {shorten(name)!r} is {new!r}{f' in {what}' if what else ''}")
    return found, tuple(notes)


def _key(name: str, folded: bool) -> str:
    return name.casefold() if folded else name


def _cut(name: str, longest: int | None) -> str:
    if longest is None or len(name.encode()) <= longest:
        return name
    return name.encode()[:longest].decode(errors="ignore").rstrip()


def written_at() -> datetime:
    """The time that a format wants: of ``SOURCE_DATE_EPOCH``, else the same one always.

    Raises
    ------
    OutputError
        The variable holds no number of seconds.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        return _EARLIEST
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise OutputError(
            f"{shorten(said)!r} is no number of seconds",
            where="SOURCE_DATE_EPOCH",
            todo="unset it, or give seconds since 1970",
        ) from error


def as_json(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
