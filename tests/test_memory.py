"""What Python does about memory while millions of values are made."""

from __future__ import annotations

import gc
import platform
import resource
from pathlib import Path

import pytest

from bordermap.memory import give_back, uncollected


def test_cycles_are_searched_for_again_afterwards_whatever_happened():
    seen = []

    @uncollected()
    def broken():
        seen.append(gc.isenabled())
        with uncollected():
            pass
        seen.append(gc.isenabled())
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        broken()
    assert seen == [False, False]
    assert gc.isenabled()


def test_who_switched_the_search_off_finds_it_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc")
def test_freed_memory_between_what_is_held_is_given_back():
    texts = [bytes(4_000) for _ in range(50_000)]
    held = texts[::50]
    del texts
    kept = resident()
    give_back()
    assert kept - resident() > 100_000_000
    assert len(held) == 1_000


def resident():
    """Bytes of memory that the process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
