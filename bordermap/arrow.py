"""Arrow, which comes with an extra: loaded where it is needed, with a pool that keeps its pages."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from bordermap.errors import BordermapError, InputError

__all__ = ["load_arrow"]


def load_arrow(purpose: str, *, where: str = "", kind: type[BordermapError] = InputError) -> Any:
    """The module ``pyarrow``.

    Parameters
    ----------
    purpose : str
        What needs it, as a sentence begins: "reading Parquet".
    where : str
        The file that is read or written.
    kind : type of BordermapError
        What is raised.

    Raises
    ------
    BordermapError
        pyarrow is not installed.

    Notes
    -----
    Arrow's usual pool gives pages back and asks for them again at once, which takes a third of the
    time in which a large file is read. jemalloc's keeps them for a while; it is taken where Arrow
    has it and nobody chose another (``ARROW_DEFAULT_MEMORY_POOL``, ``pyarrow.set_memory_pool``).
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        todo = "pip install 'bordermap[parquet]'"
        raise kind(f"{purpose} needs pyarrow", where=where, todo=todo) from error
    _choose_pool()
    return pa


@cache
def _choose_pool() -> None:
    import pyarrow as pa  # noqa: PLC0415

    usual = pa.default_memory_pool().backend_name == "mimalloc"
    chosen = "ARROW_DEFAULT_MEMORY_POOL" in os.environ
    if usual and not chosen and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
