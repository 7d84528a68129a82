"""Which of its pools of memory Arrow uses, said before pandas loads it.

Arrow's usual pool gives pages back and asks for them again at once, which takes a third of the time
in which a large file is read; while a long one is written, it keeps fifty megabytes of its own
beside those of the C library. What is asked for through Python comes from jemalloc's pool, where
Arrow has it (not on ARM); what Parquet asks for by itself comes from the C library, as NumPy's
arrays do.

The second can be told by the environment alone, before Arrow is loaded: this module does so, and
leaves the environment as it was. Nothing is changed where somebody chose
(``ARROW_DEFAULT_MEMORY_POOL``, ``pyarrow.set_memory_pool``), or where the C library is not glibc,
with which it was measured.
"""

from __future__ import annotations

import os
import sys
from functools import cache

__all__ = ["choose_pool"]

_VARIABLE = "ARROW_DEFAULT_MEMORY_POOL"
_IS_CHOSEN = _VARIABLE in os.environ
_BETTER = ("jemalloc", "mimalloc")  # for large columns that Python holds
_HAS_GLIBC = "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", ())
_IS_EARLY = _HAS_GLIBC and not _IS_CHOSEN and "pyarrow" not in sys.modules


def _load_arrow() -> None:
    """Load Arrow, where it is installed, with the C library's memory; pandas would load it next."""
    os.environ[_VARIABLE] = "system"
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra

        # The variable is read when a pool is asked for first.
        pa.default_memory_pool()
    except ImportError:
        return
    finally:
        del os.environ[_VARIABLE]


@cache
def choose_pool() -> None:
    """What is asked for through Python comes from the best pool from now on, if nobody chose."""
    import pyarrow as pa  # noqa: PLC0415  an extra

    usual = "system" if _IS_EARLY else "mimalloc"
    is_usual = pa.default_memory_pool().backend_name == usual and not _IS_CHOSEN
    better = [name for name in _BETTER if name in pa.supported_memory_backends()]
    if is_usual and better:
        pa.set_memory_pool(getattr(pa, f"{better[0]}_memory_pool")())


if _IS_EARLY:
    _load_arrow()
