"""The door through which incidents come in, read into raw rows, nothing judged yet.

:func:`read` reads one file, :func:`read_all` whatever may be named: files, folders, patterns,
standard input. Polygon layers that a user brings come in here too (:func:`read_polygons`), and the
sheets in which people decided (:func:`read_decisions`).

What can be read is recognised by content first and by suffix second. A file that cannot be read
at all ends in one :class:`~bordermap.errors.InputError`; single bad rows never do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bordermap.errors import BordermapError, InputError
from bordermap.memory import uncollected
from bordermap.records.completed import completed
from bordermap.records.crs import crs_of
from bordermap.records.cut import Cut
from bordermap.records.deadline import limited_time
from bordermap.records.decisions import read_decisions
from bordermap.records.delimited import read_delimited
from bordermap.records.documents import read_documents
from bordermap.records.features import LayerFile, layer_file, layer_in, read_points
from bordermap.records.inputs import expanded, files_of, not_read, with_faults
from bordermap.records.json_rows import read_json
from bordermap.records.known import Known, labelled, stretch_of
from bordermap.records.located import (
    DATASET,
    LocatedTable,
    is_dataset,
    located_file,
    read_located,
    rows_in,
)
from bordermap.records.mended import is_mended, mended
from bordermap.records.own_layer import read_own_layer
from bordermap.records.pieces import PART_BYTES, PART_ROWS, Part, Piece, parts_of
from bordermap.records.polygons import read_areas, read_polygons
from bordermap.records.postgis import is_database, read_postgis
from bordermap.records.recipe import Names, recipe_names
from bordermap.records.rows import NAMED_AGAIN, called
from bordermap.records.source import (
    STANDARD_INPUT,
    Source,
    file_note,
    file_of,
    open_sheet,
    source_of,
    standard_input,
)
from bordermap.records.workbook import read_workbook
from bordermap.records.written import recipe_text
from bordermap.schema import Fault, RawTable

__all__ = [
    "DATASET",
    "PART_BYTES",
    "PART_ROWS",
    "Known",
    "LayerFile",
    "LocatedTable",
    "Part",
    "Piece",
    "crs_of",
    "file_of",
    "files_of",
    "is_database",
    "is_dataset",
    "located_file",
    "parts_of",
    "read",
    "read_all",
    "read_areas",
    "read_decisions",
    "read_documents",
    "read_located",
    "read_own_layer",
    "read_piece",
    "read_polygons",
    "recipe_names",
    "recipe_text",
    "rows_in",
]


def read(
    source: str | Path, *, recipe: str | None = None, day_first: bool | None = None
) -> RawTable:
    """Read one file of incidents into raw rows.

    Parameters
    ----------
    source : str or Path
        A CSV or TSV file with any delimiter, encoding and line ends; an XLSX, XLS or ODS workbook,
        of which the sheet that fits best is read, or ``FILE:SHEET``; JSON, JSON lines or GeoJSON
        of points (also one feature a line); each also gzipped, or alone in a zip archive. A layer
        of points as GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, KML or KMZ,
        ``FILE:LAYER`` where it has several. ``postgresql://...?table=schema.name``. ``-`` is
        standard input.
    recipe : str, optional
        A name of :func:`recipe_names`, or a file that ends in ``.toml``; by default the recipe is
        recognised from the columns.
    day_first : bool, optional
        Whether ``04/05/2016`` is the fourth of May; by default the column itself must show it.

    Returns
    -------
    RawTable
        Every record of the file, numbered from 1; blank lines and a HXL tag row are no records.

    Raises
    ------
    InputError
        The file is remote or virtual, missing, empty, cut off, protected, too large, too slow, or
        of another format.
    RecipeError
        The recipe is unknown or broken, or no column is known.
    """
    tables = _tables(source, recipe, day_first)
    if len(tables) > 1:
        raise InputError(
            "holds rejected rows of several files",
            where=tables[0].file,
            todo="keep those of one file in it",
        )
    return tables[0]


@uncollected()
@limited_time()
def _tables(source: str | Path, recipe: str | None, day_first: bool | None) -> list[RawTable]:
    """One table, or as many as the rows of a file of rejected rows were taken from."""
    table = _table(source, recipe)
    if is_mended(table):
        return mended(table, recipe, day_first)
    return [completed(table, recipe, day_first)]


def _table(source: str | Path, recipe: str | None) -> RawTable:
    """The rows as their format has them."""
    if is_database(source):
        return read_postgis(str(source), recipe)
    if str(source) == STANDARD_INPUT:
        return _of_standard_input(recipe)
    layers = layer_file(source)
    table = read_points(layers, recipe) if layers is not None else None
    return table if table is not None else _of_source(*open_sheet(source), recipe)


def _of_standard_input(recipe: str | None) -> RawTable:
    content, name = standard_input()
    with layer_in(content, name) as layers:
        table = read_points(layers, recipe) if layers is not None else None
    return table if table is not None else _of_source(source_of(content, name), "", recipe)


def _of_source(opened: Source, sheet: str, recipe: str | None) -> RawTable:
    if opened.format == "workbook":
        return read_workbook(opened, recipe, sheet)
    if opened.format == "json":
        return read_json(opened, recipe)
    return read_delimited(opened, recipe)


@uncollected()
@limited_time()
def read_piece(
    piece: Piece,
    known: Known | None = None,
    *,
    recipe: str | None = None,
    day_first: bool | None = None,
) -> list[RawTable]:
    """Read a stretch of a file, as :func:`read_all` would read those rows of the whole file.

    Parameters
    ----------
    piece : Piece
        Of :func:`bordermap.records.pieces.parts_of`.
    known : Known, optional
        How the file's other pieces were understood.
    recipe, day_first : optional
        As for :func:`read`.

    Returns
    -------
    list of RawTable
        One, or as many as a whole file of rejected rows gives.

    Raises
    ------
    InputError, RecipeError
        As of :func:`read`.
    """
    if piece.cut is None:
        tables = _tables(piece.source, recipe, day_first)
    else:
        table = _stretch(piece, piece.cut, recipe or (known.recipe if known else None))
        tables = [
            known.understood(table, recipe, day_first)
            if known
            else completed(table, recipe, day_first)
        ]
    return [labelled(called(table, piece.name), piece.labels) for table in tables]


def _stretch(piece: Piece, cut: Cut, recipe: str | None) -> RawTable:
    """The rows of a stretch, as their format has them."""
    if cut.kind == "bytes":
        table = read_delimited(stretch_of(piece.source, cut), recipe)
    else:
        file = layer_file(piece.source, limit=sys.maxsize)
        found = read_points(file, recipe, cut) if file else None
        if found is None:
            raise InputError("is not what it was", where=piece.name, todo="begin again")
        table = found
    count = len(table.frame) + len(table.broken)
    if count != cut.rows:
        found_ = (
            f"has {count:,} records from the {cut.before + 1:,}th on, {cut.rows:,} were counted"
        )
        todo = "mend its quotes and blank lines, or give it alone as a file"
        raise InputError(found_, where=piece.name, todo=todo)
    return table


def read_all(
    inputs: Sequence[str | Path], *, recipe: str | None = None, day_first: bool | None = None
) -> list[RawTable]:
    """Read everything that is named, one table for each file.

    A file of rejected rows gives one for each way in which its rows were read before.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files as for :func:`read`; folders, of which every file that looks like a table is read, by
        name and without the folders in them; patterns such as ``2016-*.csv``.
    recipe, day_first : optional
        As for :func:`read`, the same for all.

    Returns
    -------
    list of RawTable
        A file that is named twice is read once; of several files of one name the second is called
        ``NAME (2)``. What is in a folder and is not read, or cannot
        be, stands in a note of the folder's first table.

    Raises
    ------
    InputError, RecipeError
        See :func:`read`; for a folder only where none of its files can be read.
    """
    tables: dict[str, list[RawTable]] = {}
    folders: dict[str, _Folder] = {}
    names = Names(form=NAMED_AGAIN)
    for one in expanded(inputs):
        is_file = str(one.source) != STANDARD_INPUT and not is_database(one.source)
        key = str(Path(one.source).resolve()) if is_file else str(one.source)
        folder = folders.setdefault(one.folder, _Folder())
        folder.notes += one.left_out
        if key in tables:
            again = (file_note(tables[key][0].file, "named_twice", "named twice, read once"),)
            tables[key][0] = with_faults(tables[key][0], again)
            folder.read.append(key)
            continue
        try:
            read = _tables(one.source, recipe, day_first)
            tables[key] = [called(table, names.unique(table.file)) for table in read]
            folder.read.append(key)
        except BordermapError as error:
            if not one.folder:
                raise
            folder.failed.append((Path(one.source).name, error))
    for name, folder in folders.items():
        if folder.failed and not folder.read:
            raise folder.failed[0][1]
        if folder.notes or folder.failed:
            first = folder.read[0]
            tables[first][0] = with_faults(tables[first][0], folder.faults(name))
    return [table for several in tables.values() for table in several]


@dataclass(slots=True)
class _Folder:
    """What became of the files of one folder."""

    read: list[str] = field(default_factory=list)
    failed: list[tuple[str, BordermapError]] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    def faults(self, name: str) -> list[Fault]:
        if not self.failed:
            return self.notes
        failed = [f"{file} ({error.found})" for file, error in self.failed]
        return [*self.notes, not_read(name, failed)]
