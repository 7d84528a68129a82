"""A folder that holds one layer's own files and nothing else, for libraries that look around.

GDAL takes some names for commands and reads what lies beside a file. So it is handed a plain name
in an empty folder: a link to the file, and links to the sidecars of a shapefile. Archives are
unpacked there, within limits.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bordermap.errors import InputError
from bordermap.records.archives import is_folder
from bordermap.records.deadline import check_time
from bordermap.records.recipe import Names
from bordermap.records.source import MAX_BYTES, file_note
from bordermap.schema import Fault
from bordermap.values.text import label, shorten

__all__ = ["LAYER_SUFFIXES", "SIDECARS", "layer_members", "staged", "unpacked"]

LAYER_SUFFIXES = (".gpkg", ".shp", ".fgb", ".parquet", ".geoparquet", ".kml")
SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
_MAX_ENTRIES = 10_000
_MAX_RATIO = 200
# Small archives of blank-padded tables shrink more than any limit would allow.
_RATIO_FROM_BYTES = 100 * 1024**2
_CHUNK = 1024**2
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


@contextmanager
def staged(path: Path, suffix: str) -> Iterator[Path]:
    """The file under a plain name, ``layer`` and its suffix, with its own sidecars only."""
    with tempfile.TemporaryDirectory(prefix="bordermap-") as folder:
        target = Path(folder) / f"layer{suffix}"
        _link(path, target)
        if suffix == ".shp":
            for sidecar, own in _sidecars(path).items():
                _link(own, target.with_suffix(sidecar))
        yield target


def _sidecars(path: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for own in sorted(path.parent.iterdir()):
        suffix = own.suffix.lower()
        if suffix in SIDECARS and own.stem == path.stem and own.is_file():
            found.setdefault(suffix, own)
    return found


def _link(source: Path, target: Path) -> None:
    """A link, or a copy where the system allows no links."""
    try:
        target.symlink_to(source.resolve())
    except (OSError, NotImplementedError):
        shutil.copyfile(source, target)


def layer_members(path: Path, name: str) -> tuple[list[zipfile.ZipInfo], list[Fault]] | None:
    """The layers that an archive holds with their sidecars, or None where it holds none.

    Raises
    ------
    InputError
        It is broken or encrypted, leads out of its folder, or would unpack to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _ZIP_FAULTS as error:
        raise _broken(name, error) from error
    files = [one for one in entries if not is_folder(one) and not _hidden(one.filename)]
    if not any(_suffix(one) in LAYER_SUFFIXES for one in files):
        return None
    _check(path, entries, name)
    notes: list[Fault] = []
    if links := [one for one in files if stat.S_ISLNK(one.external_attr >> 16)]:
        message = f"{len(links)} links in the archive are not followed"
        notes.append(file_note(name, "links_not_followed", message))
    if inner := [one for one in files if _suffix(one) in (".zip", ".kmz", ".gz", ".7z", ".tar")]:
        message = f"archives inside the archive are not opened: {_shown(inner)}"
        notes.append(file_note(name, "archives_not_opened", message))
    wanted = [one for one in files if _suffix(one) in (*LAYER_SUFFIXES, *SIDECARS)]
    return [one for one in wanted if one not in links], notes


def _hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _suffix(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).suffix.lower()


def _shown(entries: list[zipfile.ZipInfo]) -> str:
    return shorten(", ".join(entry.filename for entry in entries))


def _broken(name: str, error: Exception) -> InputError:
    found = f"is a broken archive ({shorten(str(error), 80)})"
    return InputError(found, where=name, todo="get the whole file")


def _check(path: Path, entries: list[zipfile.ZipInfo], name: str) -> None:
    todo = "unpack it yourself, if you trust it"
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _MAX_ENTRIES:
        found = f"holds {len(entries):,} files, more than {_MAX_ENTRIES:,}"
        raise InputError(found, where=name, todo=todo)
    if size > MAX_BYTES:
        found = f"unpacks to {size // 1024**2:,} MiB, more than {MAX_BYTES // 1024**2:,}"
        raise InputError(found, where=name, todo=todo)
    if size > _RATIO_FROM_BYTES and size > _MAX_RATIO * path.stat().st_size:
        found = f"unpacks to more than {_MAX_RATIO} times its size"
        raise InputError(found, where=name, todo=todo)
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" != entry.filename or ":" in parts[0]:
            found = f"names a file outside its folder ({shorten(entry.filename)})"
            raise InputError(found, where=name, todo="make the archive anew")
        if entry.flag_bits & 1:
            raise InputError("is locked with a password", where=name, todo="unpack it yourself")


@contextmanager
def unpacked(path: Path, members: list[zipfile.ZipInfo], name: str) -> Iterator[dict[str, Path]]:
    """The layers of an archive by their names in it, each in a folder with its sidecars."""
    with tempfile.TemporaryDirectory(prefix="bordermap-") as folder:
        found: dict[str, Path] = {}
        names = Names()
        try:
            with zipfile.ZipFile(path) as archive:
                for number, entry in enumerate(_layers(members)):
                    check_time(name)
                    own = Path(folder) / str(number)
                    own.mkdir()
                    target = own / f"layer{_suffix(entry)}"
                    _extract(archive, entry, target)
                    for sidecar in _sidecars_of(entry, members):
                        _extract(archive, sidecar, target.with_suffix(_suffix(sidecar)))
                    inside = entry.filename.replace("\\", "/")
                    own_name = label(PurePosixPath(inside).stem) or str(number)
                    found[names.unique(own_name)] = target
        except _ZIP_FAULTS as error:
            raise _broken(name, error) from error
        yield found


def _layers(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    return [entry for entry in members if _suffix(entry) in LAYER_SUFFIXES]


def _sidecars_of(
    layer: zipfile.ZipInfo, members: list[zipfile.ZipInfo]
) -> Iterator[zipfile.ZipInfo]:
    stem = os.path.splitext(layer.filename)[0]  # noqa: PTH122  a path in the archive, not on disk
    for entry in members:
        own, suffix = os.path.splitext(entry.filename)  # noqa: PTH122
        if _suffix(layer) == ".shp" and own == stem and suffix.lower() in SIDECARS:
            yield entry


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    left = entry.file_size
    with archive.open(entry) as stream, target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile("a file is larger than it says")
            out.write(chunk)
