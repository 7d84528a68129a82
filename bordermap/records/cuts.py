"""Where large files can be cut, so that each stretch is read alone."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bordermap.arrow import load_arrow
from bordermap.errors import InputError
from bordermap.records import gdal
from bordermap.records.cut import Cut
from bordermap.records.delimited import Beginning, beginning_of
from bordermap.records.recipe import Recipe

__all__ = ["cuts_of"]

_CSV = (".csv", ".tsv", ".tab", ".txt")
_STEP = 8 * 1024**2
_HEAD = 4 * 1024**2
_QUOTE, _LF = ord('"'), ord("\n")
_LOOKED_AT = 4
_SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_MOST_GROUP = 4
"""A row group of so many parts is cut within, and what is before is decoded again each time."""


def cuts_of(
    path: Path, kind: str, rows: int, size: int, recipe: str | Recipe | None = None
) -> Iterator[Cut]:
    """Stretches of about so many rows and bytes; none where the file cannot be cut.

    Parameters
    ----------
    path : Path
    kind : str
        Of the file, as :class:`bordermap.records.features.LayerFile` has it; empty for tables.
    rows, size : int
    recipe : str or Recipe, optional
        The recipe asked for, which may say that a text has no header.

    Raises
    ------
    InputError, OSError, ValueError
        The file cannot be looked at, or is no UTF-8.
    """
    if kind == ".parquet":
        yield from _row_groups(path, rows, size)
    elif kind == ".fgb":
        yield from _features(path, rows)
    elif not kind and path.suffix.lower() in _CSV and path.stat().st_size > size:
        yield from _texts(path, size, recipe)


def _row_groups(path: Path, rows: int, size: int) -> Iterator[Cut]:
    load_arrow("reading Parquet", where=path.name)
    import pyarrow.parquet as pq  # noqa: PLC0415  an extra, and slow to load

    metadata = pq.read_metadata(path)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    start = before = held = weight = 0
    for number, group in enumerate(groups):
        count, heavy = group.num_rows, group.total_byte_size
        if held and (held + count > rows or weight + heavy > 4 * size):
            yield Cut("groups", start, number, before=before, rows=held, size=weight // 4)
            start, before, held, weight = number, before + held, 0, 0
        if count > _MOST_GROUP * rows:
            for skip in range(0, count, rows):
                take = min(rows, count - skip)
                yield Cut("groups", number, number + 1, skip, take, before + skip, rows=take)
            start, before = number + 1, before + count
        else:
            held, weight = held + count, weight + heavy
    if held or not groups:
        yield Cut("groups", start, len(groups), before=before, rows=held, size=weight // 4)


def _features(path: Path, rows: int) -> Iterator[Cut]:
    count = gdal.layer_info(path, None, path.name).features
    for start in range(0, count, rows):
        stop = min(count, start + rows)
        yield Cut("features", start, stop, before=start, rows=stop - start)


def _texts(path: Path, size: int, recipe: str | Recipe | None) -> Iterator[Cut]:
    """Stretches of delimited text in UTF-8, cut where a line ends outside of quotes."""
    with path.open("rb") as stream:
        beginning = beginning_of(stream.read(_HEAD).decode("utf-8-sig", "replace"), recipe)
        if beginning.plain:
            stream.seek(0)
            yield from _stretches(_lines(stream, beginning), beginning.heads, size)


class _Lines(NamedTuple):
    """Lines outside of quotes: where each ends in the file, and until there..."""

    ends: NDArray[np.int64]
    records: NDArray[np.int64]
    breaks: NDArray[np.int64]


def _stretches(steps: Iterable[_Lines], heads: int, size: int) -> Iterator[Cut]:
    start = head = before = lines = head_lines = until = end = 0
    is_head = heads > 0
    for ends, records, breaks in steps:
        while True:
            found = (records >= 0) if is_head else ends >= start + size
            found &= ends > start
            if not found.any():
                break
            number = int(np.argmax(found))
            end, until, line = int(ends[number]), int(records[number]), int(breaks[number])
            if is_head:
                head, head_lines, is_head = end, line, False
            else:
                yield _text(start, end, before, until, lines, head)
            start, before, lines = end, until, line - head_lines
        end, until = int(ends[-1]), int(records[-1])
    if end > start and not is_head:
        yield _text(start, end, before, until, lines, head)


def _lines(stream: BinaryIO, beginning: Beginning) -> Iterator[_Lines]:
    """Where lines end, some millions of bytes at a time; the first records are the header.

    Raises
    ------
    InputError
        A quote is not closed for longer than any cell may be.
    UnicodeDecodeError
        It is no UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    at, records, breaks, rest = 0, -beginning.heads, 0, b""
    step = stream.read(_STEP)
    while step or rest:
        decoder.decode(step, final=not step)
        content = np.frombuffer(rest + step, dtype=np.uint8)
        ends = _ends(content, beginning.quoted)
        if not step and len(content):  # the last line may lack its end
            ends = np.unique(np.append(ends, len(content)))
        if not len(ends):
            if len(content) > 2 * _STEP or not step:
                raise InputError("a quote is not closed", todo="close it")
            rest, step = content.tobytes(), stream.read(_STEP)
            continue
        filled = _filled(content, ends, beginning)
        many = np.add.reduceat(content == _LF, [0, *ends[:-1].tolist()])
        lines = _Lines(at + ends, records + np.cumsum(filled), breaks + np.cumsum(many))
        yield lines
        at, records, breaks = (int(one[-1]) for one in lines)
        rest, step = content[int(ends[-1]) :].tobytes(), stream.read(_STEP)


def _ends(content: NDArray[np.uint8], quoted: bool) -> NDArray[np.int64]:
    """Behind each line end that stands outside of quotes."""
    ends = np.flatnonzero(content == _LF) + 1
    if quoted:
        before = np.searchsorted(np.flatnonzero(content == _QUOTE), ends)
        ends = ends[before % 2 == 0]
    return ends


def _filled(
    content: NDArray[np.uint8], ends: NDArray[np.int64], beginning: Beginning
) -> NDArray[np.bool_]:
    """Which lines are records: those of which some cell is not blank."""
    starts = np.concatenate([[0], ends[:-1]])
    blank = np.zeros(256, dtype=bool)
    letters = f"{_SPACES}{beginning.delimiter}{chr(_QUOTE) if beginning.quoted else ''}".encode()
    blank[[*letters]] = True
    filled = np.zeros(len(ends), dtype=bool)
    for offset in range(_LOOKED_AT):
        there = np.minimum(starts + offset, ends - 1)
        filled |= ~blank[content[there]]
    for line in np.flatnonzero(~filled).tolist():
        cells = content[starts[line] : ends[line]].tobytes()
        filled[line] = bool(cells.translate(None, letters))
    return filled


def _text(start: int, end: int, before: int, until: int, lines: int, head: int) -> Cut:
    return Cut(
        "bytes",
        start,
        end,
        before=before,
        lines=lines,
        head=head,
        rows=until - before,
        size=end - start,
    )
