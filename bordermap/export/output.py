"""What may be written where: refused before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bordermap.errors import OutputError

__all__ = ["refuse_place", "refuse_suffix"]


def refuse_suffix(target: Path, allowed: Sequence[str]) -> None:
    """Refuse a format that is not one of these."""
    if target.suffix.lower() not in allowed:
        raise OutputError(
            f"the format {target.suffix or 'without a suffix'} cannot be written here",
            where=target.name,
            todo=f"end the name in {' or '.join(allowed)}",
        )


def refuse_place(target: Path, inputs: Sequence[str | Path]) -> None:
    """Refuse a folder that is not there, or a file that is being read."""
    try:
        _refuse_place(target, inputs)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cannot be reached ({error.strerror})", where=target.name, todo="choose another folder"
        ) from error


def _refuse_place(target: Path, inputs: Sequence[str | Path]) -> None:
    for end in ("", ".run.json", ".rejected.csv"):
        written = target.with_name(f"{target.name}{end}")
        if written.exists() and any(Path(i).exists() and written.samefile(i) for i in inputs):
            raise OutputError("this is the input", where=written.name, todo="name another file")
    if target.is_dir():
        raise OutputError("this is a folder", where=target.name, todo="name a file")
    if not target.parent.is_dir():
        raise OutputError(
            f"the folder {target.parent} does not exist", where=target.name, todo="create it first"
        )
