"""Zipped and gzipped content, taken out with limits; nothing is written to the disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath

from bordermap.errors import InputError
from bordermap.records.deadline import check_time
from bordermap.values.text import label, shorten

__all__ = [
    "MAX_MEMBERS",
    "MAX_UNPACKED_BYTES",
    "is_folder",
    "members_of",
    "names_in",
    "only_member",
    "unpacked_gzip",
]

MAX_UNPACKED_BYTES = 1024**3
"""Most that an archive may hold, unpacked, in bytes; its XML is ten times a workbook."""

MAX_MEMBERS = 10_000

_CHUNK = 1024**2
_TODO = "unpack it and give the files"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)
# What systems put into archives beside the files that were meant.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def _too_large(name: str) -> InputError:
    size = f"{MAX_UNPACKED_BYTES // 1024**2:,} MiB"
    return InputError(f"holds more than {size} unpacked", where=name, todo="split the file")


def _damaged(name: str, error: Exception) -> InputError:
    found = f"is damaged or cut off ({shorten(str(error), 80)})"
    return InputError(found, where=name, todo="get the whole file")


def unpacked_gzip(content: bytes, name: str) -> bytes:
    """What a gzip file holds.

    Raises
    ------
    InputError
        It is cut off or damaged, or holds more than :data:`MAX_UNPACKED_BYTES`.
    """
    parts, size, rest = [], 0, content
    try:
        while rest.startswith(b"\x1f\x8b"):
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                check_time(name)
                part = stream.decompress(rest, _CHUNK)
                rest = stream.unconsumed_tail or stream.unused_data
                size += len(part)
                parts.append(part)
                if size > MAX_UNPACKED_BYTES:
                    raise _too_large(name)
                if not part and not stream.eof and not stream.unconsumed_tail:
                    raise EOFError("the end is missing")
    except (zlib.error, EOFError) as error:
        raise _damaged(name, error) from error
    return b"".join(parts)


def _opened(content: bytes, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED as error:
        raise _damaged(name, error) from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise InputError(f"holds more than {MAX_MEMBERS:,} files", where=name, todo=_TODO)
    return archive


def names_in(content: bytes, name: str) -> list[str]:
    """Names of the files in a zip archive, in its order."""
    return [one.filename for one in _opened(content, name).infolist() if not is_folder(one)]


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether a member of an archive is a folder; one without a name is none."""
    return info.filename.endswith("/")


def members_of(content: bytes, name: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The members of a zip archive whose names are wanted, by name.

    Raises
    ------
    InputError
        The archive is damaged or encrypted, or they hold more than :data:`MAX_UNPACKED_BYTES`.
    """
    archive = _opened(content, name)
    infos = {info.filename: info for info in archive.infolist() if wanted(info.filename)}
    if any(info.flag_bits & 1 for info in infos.values()):
        raise InputError("is protected by a password", where=name, todo="save it without one")
    # What the archive says of its sizes; reading never gives more than that.
    if sum(info.file_size for info in infos.values()) > MAX_UNPACKED_BYTES:
        raise _too_large(name)
    try:
        return {key: archive.read(info) for key, info in infos.items()}
    except _DAMAGED as error:
        raise _damaged(name, error) from error


def only_member(content: bytes, name: str) -> tuple[str, bytes]:
    """The one file in a zip archive: its name without folders, and its content.

    Raises
    ------
    InputError
        The archive holds no file or several, or see :func:`members_of`.
    """
    names = [one for one in names_in(content, name) if not one.endswith(_LITTER)]
    names = [one for one in names if not one.startswith(_LITTER)]
    if len(names) != 1:
        found = f"is a zip archive of {len(names):,} files" if names else "is an empty archive"
        raise InputError(found, where=name, todo=_TODO)
    inner = members_of(content, name, lambda one: one == names[0])[names[0]]
    plain = PurePosixPath(names[0].replace("\\", "/")).name
    return label(plain) or "member", inner
