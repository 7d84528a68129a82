"""Large inputs, cut into pieces that are read alone and give what the whole file would give.

A Parquet file is cut between its row groups (a huge one also within), delimited text in UTF-8
where a record ends, a FlatGeobuf between features; any other file is one piece. Files that are
small stand together in one part. Nothing is read twice but what tells where to cut.
"""

from __future__ import annotations

import csv
import itertools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bordermap.errors import BordermapError, InputError
from bordermap.records.cut import Cut
from bordermap.records.cuts import cuts_of
from bordermap.records.features import layer_file
from bordermap.records.inputs import MAX_FILES, expanded
from bordermap.records.postgis import is_database
from bordermap.records.recipe import Names
from bordermap.records.rows import NAMED_AGAIN
from bordermap.records.source import STANDARD_INPUT, refuse_remote
from bordermap.records.staging import staged
from bordermap.values.text import label

__all__ = ["PART_BYTES", "PART_ROWS", "Part", "Piece", "parts_of"]

PART_ROWS = 65_536
"""About so many rows make a part; what a process holds at once goes with it."""

PART_BYTES = 16 * 1024**2
"""And about so many bytes of text, whichever is reached first."""

_PARQUET = (".parquet", ".geoparquet", ".pq")
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one file.

    Attributes
    ----------
    source : str
        The file as it was named, or the address of a table.
    name : str
        What it is called in reports.
    cut : Cut or None
        Which stretch; None is all of it.
    labels : tuple of (str, str)
        Columns that the names of its folders give: ``year=2017``.
    rows, size : int
        Records and bytes, as far as known; 0 where not.
    """

    source: str
    name: str
    cut: Cut | None = None
    labels: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces that are read, judged and written together; ``number`` counts from 0."""

    number: int
    pieces: tuple[Piece, ...]


def parts_of(
    inputs: Sequence[str | Path],
    recipe: str | None = None,
    rows: int = PART_ROWS,
    size: int = PART_BYTES,
) -> list[Part]:
    """Cut inputs into parts.

    Parameters
    ----------
    inputs : sequence of str or Path
        As for :func:`bordermap.records.read_all`; of a folder with Parquet files in it or below it
        these are read, and ``NAME=VALUE`` in the names of folders becomes a column.
    recipe : str, optional
        As for :func:`bordermap.records.read`.
    rows, size : int
        About so many rows and bytes make a part.

    Raises
    ------
    InputError
        Nothing is there, or too many files. What is wrong inside a file is found when its part is
        read, so that the others live.
    """
    files = (_pieces(one, recipe, rows, size) for one in _files(inputs))
    pieces = itertools.chain.from_iterable(files)
    return [Part(number, tuple(some)) for number, some in enumerate(_bundled(pieces, rows, size))]


def _files(inputs: Sequence[str | Path]) -> Iterator[Piece]:
    if not inputs:
        raise InputError("no input was given", todo="name a file of incidents, such as a CSV")
    names = Names(form=NAMED_AGAIN)
    for one in inputs:
        refuse_remote(one) if not is_database(one) else None
        below = _parquet_below(Path(one)) if _is_folder(one) else []
        if below:
            for piece in (_in_folder(Path(one), path) for path in below):
                yield replace(piece, name=names.unique(piece.name))
            continue
        for found in expanded([one]):
            source = str(found.source)
            if source == STANDARD_INPUT:
                todo = "give a file, or leave the folder out"
                raise InputError("standard input is not read in parts", todo=todo)
            name = source if is_database(source) else label(Path(source).name) or "input"
            yield Piece(source, names.unique(name))


def _is_folder(source: str | Path) -> bool:
    try:
        return not is_database(source) and Path(source).is_dir()
    except (OSError, ValueError):
        return False


def _parquet_below(folder: Path) -> list[Path]:
    """Parquet files in a folder and below it; hidden ones and links are left alone."""
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if one[0] not in "._")
        names = (one for one in files if one[0] not in "._" and one.lower().endswith(_PARQUET))
        found += [path for path in (Path(here, one) for one in names) if not path.is_symlink()]
        if len(found) > MAX_FILES:
            found_ = f"stands for more than {MAX_FILES:,} files"
            raise InputError(found_, where=label(folder.name), todo="name fewer")
    return sorted(found)


def _in_folder(folder: Path, path: Path) -> Piece:
    inside = path.relative_to(folder)
    pairs = (part.partition("=") for part in inside.parts[:-1])
    labels = tuple((key, "" if value == _HIVE_NULL else value) for key, is_, value in pairs if is_)
    return Piece(str(path), label(inside.as_posix()) or "input", labels=labels)


def _pieces(file: Piece, recipe: str | None, rows: int, size: int) -> Iterator[Piece]:
    """The pieces of one file; all of it where it cannot be cut or looked into."""
    try:
        cuts = _cuts(file.source, recipe, rows, size)
    except (BordermapError, OSError, ValueError, csv.Error):
        # Alone in its part, so that those of others stay what they are when it is mended.
        file, cuts = replace(file, rows=rows), []
    if not cuts:
        path = Path(file.source)
        yield replace(file, size=path.stat().st_size if path.is_file() else 0)
    for cut in cuts:
        is_all = len(cuts) == 1 and not cut.take and cut.kind != "bytes"
        yield replace(file, cut=None if is_all else cut, rows=cut.rows, size=cut.size)


def _cuts(source: str, recipe: str | None, rows: int, size: int) -> list[Cut]:
    if is_database(source):
        return []
    layer = layer_file(source, limit=sys.maxsize)
    if layer is not None and layer.kind == ".fgb":
        with staged(layer.path, layer.kind) as path:
            return list(cuts_of(path, layer.kind, rows, size))
    path = layer.path if layer else Path(source)
    return list(cuts_of(path, layer.kind if layer else "", rows, size, recipe))


def _bundled(pieces: Iterable[Piece], rows: int, size: int) -> Iterator[list[Piece]]:
    """Small pieces together, in their order, until they are as large as a part."""
    some: list[Piece] = []
    for piece in pieces:
        full = sum(one.rows for one in some) + piece.rows > rows
        full = full or sum(one.size for one in some) + piece.size > size
        if some and full:
            yield some
            some = []
        some.append(piece)
    if some:
        yield some
