"""Everything that may be named as an input: files, folders, patterns, standard input, sheets."""

from __future__ import annotations

import glob
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bordermap.errors import InputError
from bordermap.records.postgis import is_database
from bordermap.records.source import (
    LAYER_SUFFIXES,
    READABLE,
    STANDARD_INPUT,
    TABLE_SUFFIXES,
    file_note,
    file_of,
    refuse_remote,
    unreadable,
)
from bordermap.records.staging import SIDECARS
from bordermap.schema import Fault, RawTable
from bordermap.values.text import label, shorten

__all__ = ["MAX_FILES", "Input", "expanded", "files_of", "not_read", "with_faults"]

MAX_FILES = 10_000
"""Most files that one folder or pattern may stand for."""

_PACKED = {".gz", ".zip"}
_READ = TABLE_SUFFIXES | set(LAYER_SUFFIXES)
# What the program writes beside its outputs.
_OWN = (".rejected.csv", ".run.json")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read.

    Attributes
    ----------
    source : str or Path
        A file, ``-``, or ``FILE:SHEET``.
    folder : str
        The folder that was named, or empty where the file itself was.
    left_out : tuple of Fault
        What of the folder is not read; on its first file.
    """

    source: str | Path
    folder: str = ""
    left_out: tuple[Fault, ...] = ()


def expanded(inputs: Sequence[str | Path]) -> Iterator[Input]:
    """Every file that the inputs stand for, in their order; those of a folder by name.

    Raises
    ------
    InputError
        A pattern matches no file, a folder holds none that could be read, an input has no name,
        or standard input is named twice.
    """
    if sum(str(one) == STANDARD_INPUT for one in inputs) > 1:
        raise InputError("standard input is named twice", todo="name - once")
    if not all(map(str, inputs)):
        raise InputError("an input has no name, perhaps an empty variable", todo=READABLE)
    for one in inputs:
        if str(one) == STANDARD_INPUT or is_database(one):
            yield Input(one)
        elif (path := _existing(one)) is not None and path.is_dir():
            yield from _in_folder(path)
        elif path is None and glob.has_magic(str(one)):
            yield from map(Input, _matching(str(one)))
        else:
            yield Input(one)


def files_of(inputs: Sequence[str | Path]) -> list[str | Path]:
    """The files and the tables that are read, so that nothing is written over them."""
    sources = [one.source for one in expanded(inputs)]
    return [one if is_database(one) else file_of(one) for one in sources]


def with_faults(table: RawTable, faults: Sequence[Fault]) -> RawTable:
    """The table with more notes on it."""
    return replace(table, faults=(*table.faults, *faults)) if faults else table


def _existing(source: str | Path) -> Path | None:
    refuse_remote(source)
    path = Path(source)
    try:
        return path if path.exists() else None
    except (OSError, ValueError) as error:
        raise unreadable(shorten(path.name), error) from error


def _matching(pattern: str) -> list[Path]:
    found = itertools.islice(glob.iglob(pattern, recursive=True), 10 * MAX_FILES)  # noqa: PTH207
    files = sorted(path for path in map(Path, found) if path.is_file())
    if not files:
        raise InputError("no file matches", where=shorten(pattern), todo=READABLE)
    _refuse_many(len(files), shorten(pattern))
    return files


def _refuse_many(count: int, where: str) -> None:
    if count > MAX_FILES:
        raise InputError(
            f"stands for more than {MAX_FILES:,} files", where=where, todo="name fewer"
        )


def _in_folder(folder: Path) -> Iterator[Input]:
    name = label(folder.resolve().name) or "folder"
    try:
        entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    except OSError as error:
        raise unreadable(name, error) from error
    files = [path for path in entries if _is_readable(path)]
    if not files:
        raise InputError("is a folder without a file that can be read", where=name, todo=READABLE)
    _refuse_many(len(files), name)
    read = set(files)
    others = [path.name for path in entries if path not in read and not _belongs(path, read)]
    notes = (not_read(name, others),) if others else ()
    for path, left_out in itertools.zip_longest(files, [notes], fillvalue=()):
        yield Input(path, name, left_out)  # type: ignore[arg-type]


def _is_readable(path: Path) -> bool:
    """Whether a file in a folder looks like a table; links may lead out of the folder."""
    if path.name.startswith((".", "~$")) or path.name.endswith(_OWN) or path.is_symlink():
        return False
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = bool(suffixes) and suffixes[-1] in _PACKED
    return path.is_file() and (packed or bool(set(suffixes[-1:]) & _READ))


def _belongs(path: Path, read: Collection[Path]) -> bool:
    """Whether a file is a part of a shapefile that is read."""
    own = (path.with_suffix(suffix) for suffix in (".shp", ".SHP"))
    return path.suffix.lower() in SIDECARS and any(one in read for one in own)


def not_read(folder: str, names: Sequence[str]) -> Fault:
    """The note on what is in a folder and not read."""
    shown = ", ".join(shorten(one, 100) for one in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    message = f"{len(names):,} in the folder are not read: {shown}{more}"
    return file_note(folder, "not_read", message)
