"""Layers of points from GIS: which layer of which file, and every feature of it a row.

GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, KML and KMZ, told by their first
bytes. GeoJSON is text and has a reader of its own.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from bordermap.errors import InputError
from bordermap.files import sha256_of
from bordermap.records import gdal, geopackage, shapefile
from bordermap.records.cut import Cut
from bordermap.records.kml import read_kml
from bordermap.records.layer_table import LayerRows, no_points, raw_table
from bordermap.records.parquet import read_parquet
from bordermap.records.recipe import Recipe, choose
from bordermap.records.rows import called
from bordermap.records.source import MAX_BYTES, MAX_JSON_BYTES, file_note, local_file
from bordermap.records.staging import SIDECARS, layer_members, staged, unpacked
from bordermap.schema import Fault, RawTable
from bordermap.values.text import label, shorten

__all__ = ["LayerFile", "content_of", "layer_file", "layer_in", "read_points"]

_MAGIC = {
    b"SQLite format 3\0": ".gpkg",
    b"\x00\x00\x27\x0a": ".shp",
    b"fgb\x03": ".fgb",
    b"PAR1": ".parquet",
    b"PK\x03\x04": ".zip",
}
_KML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?kml\b", re.S
)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_SUFFIX_OF = {".geoparquet": ".parquet", ".kmz": ".zip", ".pq": ".parquet"}
_NAMED = frozenset({*_MAGIC.values(), *_SUFFIX_OF, ".kml"})
_PARTS = (*SIDECARS, ".sbn", ".sbx", ".qpj", ".qmd", ".qix")
_START = 4096
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file of layers: where it is, what it is by its first bytes, and the layer asked for."""

    path: Path
    kind: str
    layer: str
    name: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A layer that could be read."""

    name: str
    path: Path
    columns: tuple[str, ...]
    may_hold_points: bool
    kind: str = ""
    features: int = 0
    info: gdal.LayerInfo | None = None
    table: geopackage.Table | None = None


def layer_file(source: str | Path, limit: int = MAX_BYTES) -> LayerFile | None:
    """What kind of layer file this is, or None where it is none.

    ``FILE:LAYER`` names a layer of a GeoPackage, archive or KML; a colon in the name of a file
    that exists names nothing.

    Raises
    ------
    InputError
        It is remote, missing, too large, a part of a shapefile, or not what its name says.
    """
    text, layer = _split(str(source))
    if text.startswith(("/vsi", "\\\\", "//")) or "://" in text:
        return None
    try:
        if not Path(text).is_file():
            return None
    except (OSError, ValueError):
        return None
    path = local_file(text, limit=limit)
    name = label(path.name) or "input"
    kind = _kind(path)
    suffix = path.suffix.lower()
    if suffix in _PARTS:
        found = f"is a part of a shapefile ({suffix})"
        raise InputError(found, where=name, todo="give the .shp that lies beside it")
    named = _SUFFIX_OF.get(suffix, suffix)
    must_be = suffix in _NAMED and suffix not in (".zip", ".kmz", ".kml")
    if not kind and must_be and path.stat().st_size:
        raise InputError(f"is no {suffix} file", where=name, todo="export it again")
    if kind == ".zip" and named != ".zip" and suffix not in _NAMED | {""}:
        return None
    return LayerFile(path, kind, layer, name) if kind else None


def _split(text: str) -> tuple[str, str]:
    drive = _DRIVE.match(text)
    start = drive.end() if drive else 0
    file, colon, layer = text[start:].rpartition(":")
    try:
        if colon and layer and not Path(text).exists() and Path(text[:start] + file).is_file():
            return text[:start] + file, layer
    except (OSError, ValueError):
        pass
    return text, ""


@contextmanager
def layer_in(content: bytes, name: str) -> Iterator[LayerFile | None]:
    """The layers that came by standard input, in a file as their libraries want them, or None."""
    kind = _kind_of(content[:_START], "")
    if not kind:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bordermap-") as folder:
        path = Path(folder) / f"input{kind}"
        path.write_bytes(content)
        yield LayerFile(path, kind, "", name)


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return _kind_of(stream.read(_START), path.suffix)
    except OSError:
        return ""


def _kind_of(start: bytes, suffix: str) -> str:
    kind = next((suffix for magic, suffix in _MAGIC.items() if start.startswith(magic)), "")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "replace").encode()
    named = suffix.lower() == ".kml" and _XML.match(start)
    return kind or (".kml" if named or _KML.match(start) else "")


def read_points(
    file: LayerFile, recipe: str | Recipe | None, cut: Cut | None = None
) -> RawTable | None:
    """The features of the layer asked for, or of the one that looks most like incidents.

    Parameters
    ----------
    file : LayerFile
    recipe : str or Recipe, optional
    cut : Cut, optional
        A stretch of it, of which alone the features are read.

    Returns
    -------
    RawTable or None
        None where an archive holds no layer; it may be a workbook.

    Raises
    ------
    InputError
        The file is broken or holds no points, or there is no layer of that name.
    """
    with ExitStack() as stack:
        opened = _opened(file, stack)
        if opened is None:
            return None
        paths, notes = opened
        candidates = [one for name, path in paths.items() for one in _layers(name, path, file)]
        chosen = _choose(candidates, file, recipe, notes)
        # The whole file is gone through beside the reading, which waits for it at the end.
        pool = stack.enter_context(ThreadPoolExecutor(1))
        sha256 = pool.submit(sha256_of, file.path) if cut is None else None
        rows = _read(chosen, file, cut)
        rows.notes[:0] = notes
        table = raw_table(rows, file.name, recipe, sha256.result() if sha256 else "")
    layer = label(file.layer)
    return called(table, f"{file.name} ({shorten(layer)})") if layer else table


def _opened(file: LayerFile, stack: ExitStack) -> tuple[dict[str, Path], list[Fault]] | None:
    """The files to look into, under plain names, and what was noticed about them."""
    notes = [*_notes(file)]
    if file.kind != ".zip":
        return {file.path.stem: stack.enter_context(staged(file.path, file.kind))}, notes
    members = layer_members(file.path, file.name)
    if members is None:
        return None
    entries, more = members
    return stack.enter_context(unpacked(file.path, entries, file.name)), notes + more


def _notes(file: LayerFile) -> Iterator[Fault]:
    suffix = file.path.suffix.lower()
    if _SUFFIX_OF.get(suffix, suffix) != file.kind:
        said = f"the name ends in {shorten(suffix)}" if suffix else "the name has no ending"
        yield file_note(file.name, "suffix_differs", f"{said}, but it is a {file.kind} file")
    if file.kind == ".gpkg" and geopackage.unsaved(file.path):
        message = "another program has the file open; what it has not saved yet is not read"
        yield file_note(file.name, "unsaved_changes", message)


def _layers(name: str, path: Path, file: LayerFile) -> Iterator[_Candidate]:
    kind = path.suffix
    if kind == ".gpkg":
        for table in geopackage.catalogue(path, file.name):
            info = gdal.layer_info(path, table.name, file.name)
            points = not table.geometry or table.may_hold_points
            yield _candidate(table.name, info, points, info.geometry_type or "row", table)
    elif kind in gdal.DRIVERS:
        if kind == ".shp":
            shapefile.restore_index(path, file.name)
        info = gdal.layer_info(path, None, file.name)
        yield _candidate(name, info, _may_be_points(info.geometry_type), info.geometry_type)
    else:
        yield _Candidate(name, path, (), True)


def _candidate(
    name: str,
    info: gdal.LayerInfo,
    points: bool,
    kind: str,
    table: geopackage.Table | None = None,
) -> _Candidate:
    return _Candidate(name, info.path, info.columns, points, kind, info.features, info, table)


def _may_be_points(kind: str) -> bool:
    return not any(word in kind for word in ("Polygon", "LineString", "Curve", "Surface"))


def _choose(
    candidates: list[_Candidate], file: LayerFile, recipe: str | Recipe | None, notes: list[Fault]
) -> _Candidate:
    names = ", ".join(one.name for one in candidates)
    if not candidates:
        raise InputError("holds no layer", where=file.name, todo="give a layer of points")
    if file.layer:
        asked = [one for one in candidates if one.name == file.layer]
        if not asked:
            found = f"has no layer {shorten(file.layer)!r}"
            raise InputError(found, where=file.name, todo=f"it has {shorten(names, 200)}")
        return asked[0]

    def rank(one: _Candidate) -> tuple[bool, bool, int]:
        known = len(choose(one.columns, recipe).match(one.columns))
        return one.may_hold_points, one.table is None or bool(one.table.geometry), known

    chosen = max(candidates, key=rank)
    if not any(one.may_hold_points for one in candidates):
        raise no_points(file.name, Counter({one.kind: one.features for one in candidates}))
    if others := [one.name for one in candidates if one is not chosen]:
        left = shorten(", ".join(others), 120)
        message = (
            f"the layer {shorten(chosen.name)!r} is read, and not {left}; FILE:LAYER names one"
        )
        notes.append(file_note(file.name, "layers_not_read", message))
    return chosen


def _read(chosen: _Candidate, file: LayerFile, cut: Cut | None) -> LayerRows:
    if chosen.path.suffix == ".kml":
        return read_kml(content_of(chosen.path, file.name), file.name)
    if chosen.info is None:
        return read_parquet(chosen.path, file.name, cut)
    rows = gdal.read_layer(chosen.info, file.name, cut)
    if chosen.path.suffix == ".shp":
        shapefile.mend(rows, chosen.path, file.name)
    if chosen.table is not None and chosen.table.geometry:
        _name_lost(rows, chosen.path, chosen.table, file.name)
    return rows


def content_of(path: Path, name: str) -> bytes:
    """A text file whole, where it is not too large for that."""
    if path.stat().st_size > MAX_JSON_BYTES:
        found = f"is larger than {MAX_JSON_BYTES // 1024**2:,} MiB"
        raise InputError(found, where=name, todo="split it into several files")
    return path.read_bytes()


def _name_lost(rows: LayerRows, path: Path, table: geopackage.Table, name: str) -> None:
    """Name the rows whose geometry GDAL took for none since it could not read it."""
    empty = np.nonzero(shapely.get_type_id(rows.geometry) < 0)[0]
    if len(empty):
        there = geopackage.rows_with_geometry(path, table, name)
        for row in empty:
            if rows.fids[row] in there:
                rows.lost[int(row)] = "geometry_invalid: the geometry cannot be read"
