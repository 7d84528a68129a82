"""What Python does about memory while millions of values are made."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["give_back", "uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cycles, which takes up to a third of what millions of rows take.

    Rows have no cycles; counted references free them all the same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def give_back() -> None:
    """Hand memory that was freed back to the system, where the C library can be asked to.

    glibc keeps what lay between pieces that are still held, which after many large arrays of many
    sizes is as much again (``malloc_trim``, *The GNU C Library Reference Manual*, 3.2.3).
    """
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        # Another system, or another C library.
        return
