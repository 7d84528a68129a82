"""Users' own gazetteers: GeoNames dumps, tables with coordinates, and layers of points or polygons.

A dump of GeoNames is told by its 19 columns without a header; it may be inside the zip in which
it is published. Tables are read like incidents (any delimiter, encoding and line ends), layers
like the polygons of ``--layer``. What comes out is one raw table; nothing is judged here.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bordermap.errors import InputError
from bordermap.files import sha256_of
from bordermap.joins import in_degrees
from bordermap.records.archives import is_folder
from bordermap.records.crs import crs_text, parse_crs
from bordermap.records.deadline import limited_time
from bordermap.records.delimited import read_delimited
from bordermap.records.mended import Again, again, is_mended
from bordermap.records.polygons import binary_kind, read_features
from bordermap.records.recipe import Recipe, ledger_names
from bordermap.records.rows import as_brought, raw_table
from bordermap.records.source import (
    MAX_BYTES,
    Source,
    broken_frame,
    file_note,
    local_file,
    open_source,
    source_of,
)
from bordermap.schema import RawTable
from bordermap.values.text import as_text, label, shorten

__all__ = ["GEONAMES_CREDIT", "RawPlaces", "open_places"]

READABLE = "give a GeoNames dump, a CSV with name, lat and lon, or a layer of points or polygons"
GEONAMES_CREDIT = "GeoNames (geonames.org), CC BY 4.0"

GEONAMES = (
    *("id", "name", "asciiname", "names", "latitude", "longitude"),
    *("feature_class", "kind", "country", "cc2", "admin1", "admin2", "admin3", "admin4"),
    *("population", "elevation", "dem", "timezone", "modified"),
)
"""Columns of the table ``geoname``, in the order in which GeoNames writes them."""

COLUMNS = Recipe(
    "places",
    {
        "name": (
            *("name", "place name", "placename", "toponym", "settlement", "village", "locality"),
            *("name en", "full name ro", "full name", "town", "place", "asciiname", "ascii name"),
            *("shapename", "adm3 en", "adm2 en", "label", "title"),
        ),
        "asciiname": ("asciiname", "ascii name", "name en", "name latin", "full name nd ro"),
        "name_ps": ("name ps", "pashto", "name pashto", "ps"),
        "name_fa": ("name fa", "dari", "persian", "name dari", "fa"),
        "name_ur": ("name ur", "urdu", "name urdu", "ur"),
        "name_local": ("name local", "local name", "native name", "name native", "full name nt"),
        "names": (
            *("names", "alternate names", "alternatenames", "alternative names", "alt names"),
            *("alternate name", "alt name", "other names", "other name", "aliases", "alias"),
            *("variants", "variant names", "spellings", "synonyms"),
        ),
        "latitude": (
            *("latitude", "lat", "lat dd", "latitude dd", "dd lat", "y", "point y", "ycoord"),
            *("y coord", "gps latitude", "lat lon", "lat long", "coordinates", "coords"),
        ),
        "longitude": (
            *("longitude", "lon", "lng", "long", "lon dd", "longitude dd", "dd long", "x"),
            *("point x", "xcoord", "x coord", "gps longitude"),
        ),
        "id": (
            *("id", "geonameid", "geonames id", "place id", "osm id", "ufi", "uid", "wikidata"),
            *("pcode", "code", "fid", "gid", "objectid"),
        ),
        "radius_m": ("radius m", "radius", "uncertainty m", "coordinateuncertaintyinmeters"),
        "radius_km": ("radius km",),
        "country": (
            *("country", "country code", "cc", "cc1", "cc ft", "iso", "iso2", "iso a2", "iso3"),
            *("adm0", "admin0", "country name", "shapegroup"),
        ),
        "feature_class": ("feature class", "fc", "fcl"),
        "kind": (
            *("kind", "feature code", "fcode", "placetype", "place type", "fclass", "dsg"),
            *("desig cd", "type", "category", "class", "place"),
        ),
        "population": ("population", "pop", "people"),
    },
)
"""Columns of a place and the names they may bear, the likeliest first."""

_TABLES = frozenset({".txt", ".csv", ".tsv", ".tab"})
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError)
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class RawPlaces:
    """The rows of a gazetteer as they were read.

    Attributes
    ----------
    table : RawTable
        Columns named as in :data:`COLUMNS`; its recipe says what was recognised.
    geometry : ndarray of object, optional
        Points and areas of a layer, EPSG:4326, None where there is none.
    spoiled : dict of int to tuple of (str, str)
        Rows of a layer whose geometry cannot be used: reason and message.
    credit : str
        Whom to credit, as far as the format tells.
    """

    table: RawTable
    geometry: Any = None
    spoiled: dict[int, tuple[str, str]] | None = None
    credit: str = ""


@limited_time()
def open_places(path: str | Path) -> RawPlaces:
    """Read one file of places into raw rows.

    Raises
    ------
    InputError
        Remote or virtual, missing, empty, broken, of another format, without a column of names or
        without coordinates.
    """
    file = local_file(path, READABLE)
    if zipfile.is_zipfile(file):
        return _table(_unzipped(file))
    if binary_kind(file, label(file.name) or "layer", READABLE):
        return _layer(file)
    source = open_source(file)
    return _layer(file) if source.format == "json" else _table(source)


def _unzipped(file: Path) -> Source:
    """The one table inside a zip, as GeoNames publishes them with a readme beside it."""
    name = label(file.name) or "input.zip"
    try:
        with zipfile.ZipFile(file) as archive:
            members = [info for info in archive.infolist() if not is_folder(info)]
            tables = [
                info
                for info in members
                if Path(info.filename).suffix.lower() in _TABLES
                and not Path(info.filename).name.lower().startswith(("readme", "."))
            ]
            if any(info.filename == "[Content_Types].xml" for info in members):
                raise InputError("is an Excel workbook", where=name, todo="save it as CSV")
            if len(tables) != 1:
                found = f"holds {len(tables)} tables" if tables else "holds no table (.txt, .csv)"
                raise InputError(found, where=name, todo="unzip it and give one file")
            with archive.open(tables[0]) as stream:
                # Read no more than may be read: a small zip can claim to be any size.
                content = stream.read(MAX_BYTES // 4 + 1)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise InputError(
            f"cannot be unzipped ({shorten(str(error))})", where=name, todo="unzip it yourself"
        ) from error
    if len(content) > MAX_BYTES // 4:
        raise InputError("is too large unzipped", where=name, todo="unzip it and split the file")
    source = source_of(content, Path(tables[0].filename).name)
    return replace(source, name=name, sha256=sha256_of(file))


def _is_dump(text: str) -> bool:
    """Whether a text is a GeoNames dump: 19 columns, no header, degrees in the 5th and 6th."""
    line = next((line for line in text[:65_536].splitlines() if line.strip()), "")
    cells = line.lstrip("\ufeff").split("\t")
    return (
        len(cells) == len(GEONAMES)
        and cells[0].strip().isdecimal()
        and all(_NUMBER.fullmatch(cell.strip()) for cell in cells[4:6])
    )


def _table(source: Source) -> RawPlaces:
    if source.format != "delimited":
        raise InputError("is no table", where=source.name, todo=READABLE)
    if _is_dump(source.text):
        table = read_delimited(source, replace(COLUMNS, name="geonames"), dump=GEONAMES)
        return RawPlaces(table, credit=GEONAMES_CREDIT)
    table = read_delimited(source, COLUMNS)
    if is_mended(table):
        return _brought_back(table, source)
    _need(table, "name", "as a name")
    _need(table, "latitude", "as a latitude")
    return RawPlaces(table)


def _brought_back(table: RawTable, source: Source) -> RawPlaces:
    """Rejected rows that come back, each read as its file was.

    Raises
    ------
    InputError
        They are those of several files, which would be several sources.
    """
    one, *others = again(table)
    if others:
        todo = "keep those of one file in it"
        raise InputError("holds rejected rows of several files", where=table.file, todo=todo)
    cells = one.rows.kept
    texts = None if one.crs is None else [as_text(row.pop()).strip() for row in cells]
    read = raw_table(one.rows, one.header, COLUMNS, source)
    table = replace(
        read,
        recipe=shorten(one.recipe or COLUMNS.name, 40),
        faults=(*table.faults, *one.rows.faults),
        broken=pd.concat([table.broken, read.broken], ignore_index=True),
    )
    _need(table, "name", "as a name")
    if texts is not None:
        return _drawn(table, one, texts)
    _need(table, "latitude", "as a latitude")
    return RawPlaces(table, credit=GEONAMES_CREDIT if one.recipe == "geonames" else "")


def _drawn(table: RawTable, one: Again, texts: list[str]) -> RawPlaces:
    """Rows whose geometry stands in a text, in the system of the layer that they come from."""
    nested = ["" if text.upper().count("COLLECTION") > 1 else text for text in texts]
    with np.errstate(over="ignore"):
        shapes = shapely.from_wkt([text or None for text in nested], on_invalid="ignore")
    spoiled = {
        at: ("geometry_invalid", f"{shorten(text, 40)!r} is no geometry")
        for at, (text, shape) in enumerate(zip(texts, shapes, strict=True))
        if text and shape is None
    }
    notes: list[str] = []
    given = gpd.GeoSeries(shapes, crs=parse_crs(one.crs or "")[0])
    geometry, wrong = _degrees(table.file, given, notes, each=True)
    said = tuple(file_note(table.file, "layer", note) for note in notes)
    raw = as_brought(table.frame, one.header, list(shapes))
    table = replace(table, faults=(*said, *table.faults), raw=raw, read_as={"crs": one.crs})
    return RawPlaces(table, geometry, {**wrong, **spoiled})


def _need(table: RawTable, column: str, role: str) -> None:
    if column not in table.frame.columns:
        names = [str(name) for name in table.frame.columns if name != "source_row"]
        raise InputError(
            f"no column of ({shorten(', '.join(names), 100)}) is known {role}",
            where=table.file,
            todo="name the columns name, lat and lon in the first line",
        )


def _layer(file: Path) -> RawPlaces:
    """Points and polygons of a layer in degrees, with all their properties as texts."""
    name = label(file.name) or "layer"
    frame, kind, notes = read_features(file, READABLE)
    if not len(frame):
        raise InputError("the file has no features", where=name, todo=READABLE)
    headers = [str(column) for column in frame.columns if column != frame.geometry.name]
    own_cells = frame.drop(columns=frame.geometry.name)
    names = ledger_names(headers, COLUMNS)
    data = {
        own: pd.Series([_text(value) for value in own_cells[header].tolist()], dtype=object)
        for own, header in zip(names, headers, strict=True)
    }
    data["source_row"] = pd.Series(range(1, len(frame) + 1), dtype="int64")
    geometry, spoiled = _degrees(name, frame.geometry, notes)
    cells = pd.DataFrame(data)
    table = RawTable(
        frame=cells,
        file=name,
        recipe=f"places{kind}",
        encoding="utf-8",
        sha256=sha256_of(file),
        faults=tuple(file_note(name, "layer", note) for note in notes),
        broken=broken_frame(),
        raw=as_brought(cells, headers, frame.geometry.tolist()),
        read_as={"crs": crs_text(frame.crs)},
    )
    _need(table, "name", "as a name")
    return RawPlaces(table, geometry, spoiled)


def _text(value: Any) -> str:
    missing = value is None or (pd.api.types.is_scalar(value) and pd.isna(value))
    return "" if missing else as_text(value)


def _degrees(
    name: str, geometry: gpd.GeoSeries, notes: list[str], *, each: bool = False
) -> tuple[Any, dict[int, tuple[str, str]]]:
    """Geometries in EPSG:4326; single ones that are no degrees are set aside, not the layer.

    All are set aside where ``each`` is judged for itself, and most of a layer speak against it.
    """
    geometry = geometry.reset_index(drop=True)
    spoiled: dict[int, tuple[str, str]] = {}
    filled = geometry.notna() & ~geometry.is_empty
    if geometry.crs is None or geometry.crs.is_geographic:
        bounds = geometry.bounds.abs().to_numpy()
        good = np.isfinite(bounds).all(axis=1) & (bounds <= [180, 90, 180, 90]).all(axis=1)
        wrong = (filled & ~good).to_numpy()
        if each or 2 * wrong.sum() < filled.sum():
            message = "the coordinates are no degrees"
            spoiled = {int(n): ("coordinates_out_of_range", message) for n in np.nonzero(wrong)[0]}
            filled &= ~wrong
    shapes = np.full(len(geometry), None, dtype=object)
    if filled.any():
        shapes[filled.to_numpy()] = in_degrees(name, geometry[filled], notes).to_numpy()
    return shapes, spoiled
