"""Writing whole or not at all, and fingerprints of what was read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bordermap.errors import OutputError

__all__ = ["replacing", "sha256_of", "write_bytes", "write_text"]


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
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
    try:
        folder = tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise _output_error(path, error) from error
    temporary = Path(folder) / path.name
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        for left in Path(folder).iterdir():
            left.unlink(missing_ok=True)
        Path(folder).rmdir()


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes, whole or not at all."""
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with LF line ends, whole or not at all."""
    with replacing(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
