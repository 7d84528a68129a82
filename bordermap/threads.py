"""How many threads may work on one answer."""

from __future__ import annotations

import os

__all__ = ["THREADS"]

_MOST = 2
"""NumPy lets go of the interpreter while it computes; more threads gain little."""


def _threads() -> int:
    # Set to 1 where several processes share a machine, as Dask does for its workers.
    said = os.environ.get("OMP_NUM_THREADS", "")
    return min(_MOST, os.cpu_count() or 1, int(said) if said.isdecimal() and int(said) else _MOST)


THREADS = _threads()
