"""How long one file may take to be read, so that none is read for ever.

The readers ask between rows, batches and features. A single call into a library that does not come
back is beyond them; what such a call is given is bounded in size.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bordermap.errors import InputError
from bordermap.values.text import shorten

__all__ = ["MAX_SECONDS", "VARIABLE", "check_time", "limited_time"]

MAX_SECONDS = 600.0
"""Longest time that one file may take, in seconds; the largest that are read take a third."""

VARIABLE = "BORDERMAP_READ_SECONDS"
"""The environment variable that sets another limit."""

_until: ContextVar[float] = ContextVar("until", default=math.inf)


def _seconds() -> float:
    given = os.environ.get(VARIABLE, "").strip()
    try:
        seconds = float(given) if given else MAX_SECONDS
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        todo = "give a number of seconds above 0"
        raise InputError(f"{shorten(given)!r} is no time", where=VARIABLE, todo=todo)
    return seconds


@contextmanager
def limited_time() -> Iterator[None]:
    """What is read inside must be read in time; a limit that holds already stays."""
    if _until.get() < math.inf:
        yield
        return
    token = _until.set(time.monotonic() + _seconds())
    try:
        yield
    finally:
        _until.reset(token)


def check_time(file: str) -> None:
    """Raise where the file has taken too long.

    Raises
    ------
    InputError
        It has; the message says how to allow more.
    """
    if time.monotonic() > _until.get():
        raise InputError(
            f"is not read after {_seconds():,.0f} s",
            where=file,
            todo=f"split the file, or set {VARIABLE} to more seconds",
        )
