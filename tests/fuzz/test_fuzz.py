"""Whatever is done to a file, it is read with every row accounted for or refused in one line.

A few inputs a reader; ``run.py`` tries as many as you like, ``atheris_run.py`` those that reach
code which none reached before.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import BAIT, SCRAPS, mutated
from property import LeakError, reads_or_refuses, watched
from seeds import Case, seeds

SEEDS = {
    reader: list(cases)
    for reader, cases in itertools.groupby(
        sorted(seeds(), key=lambda case: case.reader), key=lambda case: case.reader
    )
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    BAIT.mkdir(exist_ok=True)
    (BAIT / "secret.csv").write_text("date,place\n2016-06-12,Nowhere\n")
    folder = tmp_path_factory.mktemp("fuzz")
    # What is loaded on first use is loaded before anything is watched.
    for case in itertools.chain.from_iterable(SEEDS.values()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.simplefilter", lambda *_: None)
            reads_or_refuses(case, folder)
    return folder


@pytest.mark.parametrize("reader", SEEDS)
def test_whole_files_are_read(folder, reader):
    for case in SEEDS[reader]:
        outcome = reads_or_refuses(case, folder)
        # The recipe of a source without headers does not fit a plain table.
        assert outcome == "read" or (reader == "recipe" and b"gdelt" in case.content)


@pytest.mark.parametrize("reader", SEEDS)
@settings(
    max_examples=10,
    deadline=10_000,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_file_is_read_or_refused(folder, reader, data):
    case = data.draw(st.sampled_from(SEEDS[reader]))
    reads_or_refuses(mutated(case, data.draw(st.randoms(use_true_random=False))), folder)


def test_rows_that_are_missing_from_the_account_are_seen(folder):
    with pytest.raises(AssertionError, match="5 rows were written, and 4 are in the account"):
        reads_or_refuses(replace(SEEDS["CSV"][0], rows=5), folder)


def test_what_is_touched_printed_or_left_behind_is_seen(folder):
    with pytest.raises(LeakError, match=r"touched open '.*secret.csv'"), watched(folder):
        (BAIT / "secret.csv").read_bytes()
    with pytest.raises(LeakError, match="printed b'so'"), watched(folder):
        sys.stderr.buffer.raw.write(b"so") if False else __import__("os").write(2, b"so")
    with pytest.raises(LeakError, match="left behind"), watched(folder):
        (folder / "tmp" / "left").touch()
    (folder / "tmp" / "left").unlink()


def test_the_long_run_says_what_became_of_every_input(tmp_path):
    run = Path(__file__).with_name("run.py")
    words = ["--inputs", "80", "--processes", "1", "--seed", "7", "--keep", str(tmp_path)]
    said = subprocess.run([sys.executable, run, *words], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    (total,) = (line for line in said.stdout.splitlines() if line.startswith("| all "))
    inputs, *counts = (int(cell) for cell in total.split("|")[2:-1])
    assert inputs == sum(counts[:2]) == 80
    assert not any(tmp_path.iterdir())


def test_a_defect_is_seen_and_kept(tmp_path):
    """The long run takes what raises, what hangs and what is not accounted for apart."""
    import run  # noqa: PLC0415

    bad = Case("CSV", "no such door", "a.csv", {"a.csv": b"date\n"})
    assert run.outcome_of(bad, tmp_path)[0] == "traceback"
    assert run.outcome_of(replace(SEEDS["CSV"][0], rows=9), tmp_path)[0] == "unaccounted"
    assert SCRAPS
