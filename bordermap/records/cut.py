"""A stretch of a file."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cut"]


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a file.

    Attributes
    ----------
    kind : {"groups", "bytes", "features"}
    start, stop : int
        Row groups, bytes or features; the last is not in it.
    skip, take : int
        Rows of a row group that is cut within: so many are left out, so many taken; ``take`` 0
        is all.
    before, lines : int
        Records and lines of the file before it; the header of a text is a line.
    head : int
        Bytes of a text until its first record.
    rows, size : int
        Records and bytes in it, as far as known.
    """

    kind: str
    start: int
    stop: int
    skip: int = 0
    take: int = 0
    before: int = 0
    lines: int = 0
    head: int = 0
    rows: int = 0
    size: int = 0
