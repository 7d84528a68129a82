"""The one property: a file is read with every row accounted for, or refused in one line.

Nothing is printed, no warning is given, nothing is left behind, and nothing is opened but the
files that were given, the program's own, and its folder for temporary ones.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accounting import check
from seeds import HEADER, ROOT, ROWS, Case, table

from bordermap import records
from bordermap.errors import BordermapError
from bordermap.extract import extract
from bordermap.records.places import read_places
from bordermap.validate import validate

__all__ = ["reads_or_refuses", "watched"]

_LONGEST_MESSAGE = 1_000
_OUTSIDE = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}
_OWN = (str(ROOT), sys.prefix, sys.base_prefix, "/usr", "/proc", "/sys", "/dev", "/etc/localtime")


class LeakError(AssertionError):
    """Something was printed, opened, changed or left behind that should not be."""


class _Watch:
    """What Python opens and calls while a file is read; an audit hook cannot be taken back."""

    def __init__(self) -> None:
        self.folder = ""
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.folder:
            return
        if event in _OUTSIDE:
            self.seen.append(f"{event} {arguments!r:.200}")
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith((self.folder, *_OWN)):
                self.seen.append(f"open {path!r:.200}")


_watch = _Watch()


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Raise LeakError where what is done inside touches, prints or leaves what it should not.

    Temporary files go to ``folder/tmp``.
    """
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    _watch.seen.clear()
    _watch.folder = str(folder.resolve())
    try:
        with _silent(folder / "printed"), warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        _watch.folder, tempfile.tempdir = "", before
    if _watch.seen:
        raise LeakError(f"touched {'; '.join(_watch.seen[:3])}")
    if left := [one.name for one in temporary.iterdir()]:
        raise LeakError(f"left behind {left}")


@contextmanager
def _silent(printed: Path) -> Iterator[None]:
    """Catch what is printed by any library, whatever its language."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    into = os.open(printed, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        os.dup2(into, 1)
        os.dup2(into, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, own in enumerate(kept, start=1):
            os.dup2(own, number)
            os.close(own)
        os.close(into)
    if text := printed.read_bytes():
        raise LeakError(f"printed {text[:200]!r}")


def reads_or_refuses(case: Case, folder: Path) -> str:
    """Read a case in a folder; ``read`` or ``refused``.

    Raises
    ------
    AssertionError
        Rows are not accounted for, an error is no single line, or see :func:`watched`.
    Exception
        Whatever the reader lets through.
    """
    given = folder / "given"
    given.mkdir(exist_ok=True)
    for old in given.iterdir():
        old.unlink()
    for name, content in case.files.items():
        (given / name).write_bytes(content)
    with watched(folder):
        try:
            rows = _DOORS[case.door](given / case.name)
        except BordermapError as error:
            rows = _refusal(str(error))
    left = {one.name: one.read_bytes() for one in given.iterdir()}
    if left != case.files:
        raise LeakError("the files that were given were changed")
    if rows is None:
        return "refused"
    if case.rows is not None and rows != case.rows:
        raise AssertionError(f"{case.rows} rows were written, and {rows} are in the account")
    return "read"


def _refusal(message: str) -> None:
    if not message or "\n" in message or len(message) > _LONGEST_MESSAGE:
        raise AssertionError(f"no error of one line: {message[:300]!r}")


def _incidents(path: Path) -> int:
    _, report = check(path)
    return int(report.files[0].read)


def _decisions(path: Path) -> int:
    file = records.read_decisions(path)
    rows = [one.row for one in file.decisions]
    assert len(set(rows)) == len(rows)
    assert all(1 <= row <= file.read for row in rows)
    return int(file.read)


def _places(path: Path) -> int:
    places, report = read_places(path, name="mine")
    (file,) = report.files
    assert file.read == file.accepted + file.rejected
    assert len(places.entries) == file.accepted
    assert len(report.rejected) == file.rejected
    return int(file.read)


def _polygons(path: Path) -> int:
    return len(records.read_polygons(path).units)


def _recipe(path: Path) -> int:
    """A plain table by the recipe; its four rows are in the account, whatever the recipe says."""
    plain = path.with_name("plain.csv")
    plain.write_text(table([HEADER, *ROWS]), encoding="utf-8")
    try:
        _, report = validate([records.read(plain, recipe=str(path))])
    finally:
        plain.unlink()
    (file,) = report.files
    assert file.read == file.accepted + file.rejected == len(ROWS)
    return 1


def _article(path: Path) -> int:
    """The one document, and drafts of it whose evidence stands in its text."""
    (found,), failed = records.read_documents([path])
    assert not failed
    assert found.text.strip()
    for spans in extract(found)["evidence"].dropna():
        for place in (entry.rpartition(":")[2] for entry in spans.split(";")):
            start, end = map(int, place.split("-"))
            assert 0 <= start < end <= len(found.text)
    return 1


_DOORS = {
    "article": _article,
    "incidents": _incidents,
    "decisions": _decisions,
    "places": _places,
    "polygons": _polygons,
    "recipe": _recipe,
}
