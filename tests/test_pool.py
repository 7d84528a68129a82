"""Which pool of memory Arrow uses: ours where nobody chose, and the environment stays as it was."""

from __future__ import annotations

import os
import subprocess
import sys

import pyarrow as pa
import pytest

from bordermap.pool import _HAS_GLIBC

POOLS = pa.supported_memory_backends()
VARIABLE = "ARROW_DEFAULT_MEMORY_POOL"
ASKED = """
import os
def name():
    import pyarrow
    return pyarrow.default_memory_pool().backend_name
{before}
import bordermap
from bordermap.arrow import load_arrow
first = name()
load_arrow("a test")
print(first, name(), os.environ.get("ARROW_DEFAULT_MEMORY_POOL"))
"""
BEST = next(name for name in ("jemalloc", "mimalloc", "system") if name in POOLS)
glibc = pytest.mark.skipif(not _HAS_GLIBC, reason="another C library")


def pools(before: str = "", chosen: str | None = None) -> list[str]:
    """The pools of a fresh process: before and after Arrow is asked for, and the variable."""
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    env |= {VARIABLE: chosen} if chosen else {}
    command = [sys.executable, "-c", ASKED.format(before=before)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@glibc
def test_where_nobody_chose_parquet_takes_the_systems_and_python_the_best():
    assert pools() == ["system", BEST, "None"]


@pytest.mark.parametrize("chosen", sorted(POOLS))
def test_a_pool_that_the_environment_names_is_kept(chosen):
    assert pools(chosen=chosen) == [chosen, chosen, chosen]


@glibc
def test_arrow_that_was_there_before_keeps_its_own_but_for_what_python_asks():
    usual = POOLS[0]
    expected = BEST if usual == "mimalloc" else usual
    assert pools("import pyarrow") == [usual, expected, "None"]


def test_a_pool_that_a_program_chose_is_kept():
    choice = "import pyarrow; pyarrow.set_memory_pool(pyarrow.system_memory_pool())"
    assert pools(choice) == ["system", "system", "None"]
