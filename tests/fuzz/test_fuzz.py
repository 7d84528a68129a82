"""Whatever is done to a file, it is read with every row accounted for or refused in one line.

A few inputs a reader; ``run.py`` tries as many as you like, ``atheris_run.py`` those that reach
code which none reached before.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import BAIT, mutated
from property import LeakError, reads_or_refuses, watched
from seeds import READERS, Case, seeds
from stuck import stuck_or_dead


@pytest.fixture(scope="module")
def whole() -> dict[str, list[Case]]:
    """The whole files of each reader."""
    cases = {reader: [] for reader in READERS}
    for case in seeds():
        cases[case.reader].append(case)
    return cases


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    run.baited()
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("reader", READERS)
def test_whole_files_are_read(whole, folder, reader):
    for case in whole[reader]:
        outcome = reads_or_refuses(case, folder)
        # The recipe of a source without headers does not fit a plain table.
        assert outcome == "read" or (reader == "recipe" and b"gdelt" in case.content)


@pytest.mark.parametrize("reader", READERS)
@settings(
    max_examples=10,
    deadline=10_000,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_file_is_read_or_refused(whole, folder, reader, data):
    case = data.draw(st.sampled_from(whole[reader]))
    reads_or_refuses(mutated(case, data.draw(st.randoms(use_true_random=False))), folder)


# The harness itself


def test_rows_that_are_missing_from_the_account_are_seen(whole, folder):
    with pytest.raises(AssertionError, match="5 rows were written, and 4 are in the account"):
        reads_or_refuses(replace(whole["CSV"][0], rows=5), folder)


def test_what_is_touched_printed_or_left_behind_is_seen(folder):
    with pytest.raises(LeakError, match=r"touched open '.*secret.csv'"), watched(folder):
        (BAIT / "secret.csv").read_bytes()
    with pytest.raises(LeakError, match="printed b'so'"), watched(folder):
        os.write(2, b"so")
    with pytest.raises(LeakError, match="left behind"), watched(folder):
        (folder / "tmp" / "left").touch()
    (folder / "tmp" / "left").unlink()


def test_what_raises_is_told_from_what_is_not_accounted_for(whole, tmp_path):
    bad = Case("CSV", "no such door", "a.csv", {"a.csv": b"date"})
    assert run.outcome_of(bad, tmp_path)[0] == "traceback"
    assert run.outcome_of(replace(whole["CSV"][0], rows=9), tmp_path)[0] == "unaccounted"


def test_a_process_that_hangs_or_dies_is_counted_and_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "LIMIT_S", 0.5)
    results = run.Results(1, tmp_path)
    run.run(range(2), 1, results, task=stuck_or_dead)
    assert results.counts == {("CSV", "hang"): 1, ("CSV", "crash"): 1}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["crash-1-1", "hang-1-0"]
    assert "exit code 3" in (tmp_path / "crash-1-1" / "what.txt").read_text()


def test_the_long_run_says_what_became_of_every_input(tmp_path):
    words = [
        "--inputs",
        "12",
        "--first",
        "90",
        "--processes",
        "1",
        "--seed",
        "7",
        "--keep",
        tmp_path,
    ]
    program = Path(run.__file__)
    said = subprocess.run(
        [sys.executable, program, *words], capture_output=True, text=True, check=True
    )
    (total,) = (line for line in said.stdout.splitlines() if line.startswith("| all "))
    inputs, *counts = (int(cell) for cell in total.split("|")[2:-1])
    assert inputs == sum(counts[:2]) == 12
    assert not any(tmp_path.iterdir())
