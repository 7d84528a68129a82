"""Writing whole or not at all, and fingerprints of what was read."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from bordermap.errors import OutputError

__all__ = [
    "new_folder",
    "replacing",
    "replacing_set",
    "sha256_of",
    "synced_meanwhile",
    "write_bytes",
    "write_text",
]

SYNC_EVERY_S = 0.5


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes; of a folder, of what ``sha256sum *`` prints there."""
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.is_file())
        lines = "".join(f"{sha256_of(one)}  {one.name}\n" for one in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _output_error(path: Path, error: OSError) -> OutputError:
    if not path.parent.is_dir():
        return OutputError(
            f"the folder {path.parent.name or path.parent} does not exist",
            where=path.name,
            todo="create it, or name another file",
        )
    reason = error.strerror or str(error)
    return OutputError(
        f"cannot be written ({reason})", where=path.name, todo="choose another folder or make room"
    )


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def synced_meanwhile(path: Path) -> Iterator[None]:
    """Have what a block writes into a file brought to the disk while more is made.

    At the end of a large file, :func:`replacing` waits for what is left alone.
    """
    over = Event()

    def sync() -> None:
        while not over.wait(SYNC_EVERY_S):
            _sync(path)

    with ThreadPoolExecutor(1) as pool:
        syncing = pool.submit(sync)
        try:
            yield
        finally:
            over.set()
        # What the disk could not take is told to the first who asks.
        syncing.result()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a name in a temporary folder beside ``path``; the folder goes, whatever happens."""
    try:
        folder = tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise _output_error(path, error) from error
    try:
        yield Path(folder) / path.name
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and put it in place when the block succeeds.

    Whatever goes wrong inside the block, ``path`` keeps its old content (or stays absent) and no
    temporary file is left. The temporary file has the suffix of ``path``, since some writers
    choose their format by it.

    Raises
    ------
    OutputError
        The folder is missing or read-only, or the disk is full.
    """
    path = Path(path)
    with _beside(path) as temporary:
        yield temporary
        _sync(temporary)
        temporary.replace(path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path`` that takes its place when the block succeeds.

    Whatever goes wrong inside the block, nothing is left.

    Raises
    ------
    OutputError
        Something has that name already, the folder around it is missing or read-only, or the disk
        is full.
    """
    path = Path(path)
    if os.path.lexists(path):
        todo = "name a new folder, or take that one away"
        raise OutputError("is there already", where=path.name, todo=todo)
    with _beside(path) as temporary:
        temporary.mkdir()
        yield temporary
        for one in temporary.iterdir():
            _sync(one)
        temporary.rename(path)


@contextmanager
def replacing_set(path: Path, ends: Sequence[str]) -> Iterator[Path]:
    """As :func:`replacing`, for a file that others belong to: all of them, or none.

    Whatever the block writes beside the temporary path goes beside ``path``; of the names
    ``path.stem + end``, those that it does not write are taken away, since they belonged to the
    file that was there before. When one cannot be put in place, the old ones are put back.
    """
    path = Path(path)
    with replacing(path) as temporary:
        yield temporary
        old = [path.with_name(f"{path.stem}{end}") for end in ends]
        new = sorted(one for one in temporary.parent.iterdir() if one != temporary)
        for one in (*new, temporary):
            _sync(one)
        kept = temporary.with_name(f"{path.name}-before")
        kept.mkdir()
        moved: list[tuple[Path, Path]] = []
        try:
            steps = [(one, kept / one.name) for one in old if one.is_file()]
            for source, place in [*steps, *((one, path.with_name(one.name)) for one in new)]:
                source.replace(place)
                moved.append((place, source))
        except BaseException:
            for place, source in reversed(moved):
                place.replace(source)
            raise
        finally:
            for one in kept.iterdir():
                one.unlink()
            kept.rmdir()


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes, whole or not at all."""
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with LF line ends, whole or not at all."""
    with replacing(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
