"""Parts on a real cluster: the same bytes whoever works, and nothing lost whoever dies."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bordermap.parts import engine_of

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.name != "posix", reason="processes are killed with SIGKILL"),
    pytest.mark.timeout(600),
]
WAIT_S = 200


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    """Incidents around the line in a Parquet file and a CSV, with ids that come again."""
    rng = np.random.default_rng(8)
    count = 3_000
    ids = [f"I-{number % 2_900}" for number in range(count)]
    days = pd.date_range("2001-01-01", periods=count).strftime("%Y-%m-%d")
    frame = pd.DataFrame(
        {
            "incident_id": ids,
            "longitude": rng.uniform(62, 74, count).round(5),
            "latitude": rng.uniform(30, 36, count).round(5),
            "date": days,
        }
    )
    folder = tmp_path_factory.mktemp("points")
    frame[:2_000].to_parquet(folder / "a.parquet", row_group_size=100)
    frame[2_000:].to_csv(folder / "b.csv", index=False)
    return folder


def command(points, folder, *words, rows=200):
    inputs = [str(points / name) for name in ("a.parquet", "b.csv")]
    start = [sys.executable, "-m", "bordermap", "locate", *inputs]
    return [*start, "-o", str(folder), "--part-rows", str(rows), *map(str, words)]


def environment(first=ROOT):
    return {**os.environ, "PYTHONPATH": f"{first}{os.pathsep}{ROOT}"}


def done(words, status=0):
    result = subprocess.run(
        words, env=environment(), capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def content(folder):
    files = sorted(folder.glob("part-*.parquet"))
    assert len(files) > 3
    return {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def undisturbed(points, tmp_path_factory):
    """The same command in one process, and how long it took."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    done(command(points, folder))
    return content(folder)


@contextmanager
def running(words, **others):
    """A process that is ended, with those it started, whatever becomes of it."""
    with subprocess.Popen(words, start_new_session=True, **others) as process:
        try:
            yield process
        finally:
            for end in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, end)
                    process.wait(5)


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


@contextmanager
def scheduler():
    """A scheduler that somebody else started, and its address."""
    address = f"tcp://127.0.0.1:{free_port()}"
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
    words += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment()}
    with running(words, **quiet) as process:
        yield address, process


@contextmanager
def worker(address, folder, first=ROOT, nanny="--no-nanny"):
    words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    words += [nanny, "--no-dashboard", "--local-directory", str(folder)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(words, env=environment(first), **quiet) as process:
        yield process


def until(condition, what, process):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert process.poll() is None, f"ended with {process.returncode} before a {what}"
        assert time.monotonic() < end, f"no {what} in {WAIT_S} s"
        time.sleep(0.02)


def parts_in(folder):
    """Parts that are done, so far."""
    return len(list(folder.glob("_bordermap/part-*.json")))


def children(pid):
    """Processes that a process started, and those that they did."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, parent = re.match(r"(\d+) \(.*\) \S (\d+)", one.read_text()).groups()
        except (OSError, AttributeError):
            continue
        if int(parent) == pid:
            found += [int(number), *children(int(number))]
    return found


def workers_of(pid):
    """Worker processes of a local cluster."""
    said = {one: Path(f"/proc/{one}/cmdline") for one in children(pid)}
    return [
        one for one, path in said.items() if path.exists() and b"spawn_main" in path.read_bytes()
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_parts_have_the_same_bytes_with_workers(points, undisturbed, tmp_path, count):
    said = done(command(points, tmp_path / "out", "--workers", count))
    assert content(tmp_path / "out") == undisturbed
    assert re.search(r"^dashboard: http://127\.0\.0\.1:\d+/status$", said, re.MULTILINE)
    assert "3,000 incidents" in said


def test_a_worker_has_one_thread_and_keeps_its_pages():
    def seen(name):
        import pyarrow as pa  # noqa: PLC0415

        from bordermap.threads import THREADS  # noqa: PLC0415

        return THREADS, pa.cpu_count(), os.environ.get(name)

    with engine_of(workers=1) as engine:
        assert list(engine(seen, [("MALLOC_TRIM_THRESHOLD_",)])) == [(1, 1, None)]


def test_a_scheduler_that_exists_gives_the_same_bytes(points, undisturbed, tmp_path):
    with scheduler() as (address, _), worker(address, tmp_path / "w"):
        done(command(points, tmp_path / "out", "--scheduler", address))
        assert content(tmp_path / "out") == undisturbed


def test_a_worker_killed_five_times_costs_no_row(points, undisturbed, tmp_path):
    folder = tmp_path / "out"
    words = command(points, folder, "--workers", 2, rows=40)
    killed = 0
    with running(words, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        for number in range(1, 6):
            until(lambda least=number: parts_in(folder) >= 3 * least, "part", process)
            until(lambda: workers_of(process.pid), "worker", process)
            for pid in workers_of(process.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1
        said = process.communicate(timeout=WAIT_S)[1]
        assert process.returncode == 0, said
    assert killed == 5
    assert "Traceback" not in said
    pd.testing.assert_frame_equal(rows_of(folder), rows_of_parts(undisturbed, tmp_path))


def rows_of(folder):
    frame = pd.read_parquet(folder)
    return frame.drop(columns="bbox").sort_values("incident_id", ignore_index=True)


def rows_of_parts(parts, tmp_path):
    other = tmp_path / "undisturbed"
    other.mkdir()
    for name, written in parts.items():
        (other / name).write_bytes(written)
    return rows_of(other)


@pytest.mark.parametrize("how", [(), ("--workers", 2)], ids=["alone", "workers"])
def test_a_run_killed_three_times_goes_on_where_it_stopped(points, undisturbed, tmp_path, how):
    folder = tmp_path / "out"
    written = {}
    for number in range(1, 4 if not how else 2):
        with running(command(points, folder, *how), env=environment()) as process:
            until(lambda least=number: parts_in(folder) >= 2 * least, "part", process)
            process.kill()
            process.wait()
        for path in folder.glob("_bordermap/part-*.json"):
            part = folder / f"{path.stem}.parquet"
            written.setdefault(part, part.stat().st_mtime_ns)
    assert 2 <= len(written) < len(undisturbed)
    # A file that was being written when the process died.
    (folder / ".part-00003-killed").mkdir(exist_ok=True)
    done(command(points, folder, *how))
    assert content(folder) == undisturbed
    again = [path.name for path, when in written.items() if path.stat().st_mtime_ns != when]
    # Only parts whose ids come again in parts before them are done once more, at the end.
    assert set(again) <= repeated(undisturbed)
    assert {one.name for one in folder.iterdir()} == {*undisturbed, "_bordermap"}
    assert "done already" in done(command(points, folder))


def repeated(parts):
    return {name for name, written in parts.items() if b"I-0-2" in written or b"I-99-2" in written}


def test_a_scheduler_that_is_not_there_is_one_line(points, tmp_path):
    address = f"tcp://127.0.0.1:{free_port()}"
    said = done(command(points, tmp_path / "out", "--scheduler", address), status=1)
    assert said.splitlines() == [
        f"bordermap: {address}: no scheduler of Dask answers; start it, or use --workers"
    ]


def test_a_scheduler_that_goes_away_is_one_line_and_the_run_goes_on(points, undisturbed, tmp_path):
    folder = tmp_path / "out"
    with scheduler() as (address, process), worker(address, tmp_path / "w"):
        words = command(points, folder, "--scheduler", address)
        with running(words, env=environment(), stderr=subprocess.PIPE, text=True) as run:
            until(lambda: parts_in(folder) >= 2, "part", run)
            process.kill()
            said = run.communicate(timeout=WAIT_S)[1].splitlines()
            assert run.returncode == 1
    assert said[0].startswith("dashboard: ")
    assert said[1].startswith("bordermap: the scheduler went away; start it and give the same")
    assert len(said) == 2
    done(command(points, folder, "--workers", 1))
    assert content(folder) == undisturbed


def test_workers_of_another_version_are_refused(points, tmp_path):
    other = tmp_path / "other" / "bordermap-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: bordermap\nVersion: 9.9\n")
    with scheduler() as (address, _), worker(address, tmp_path / "w", first=other.parent):
        said = done(command(points, tmp_path / "out", "--scheduler", address), status=1)
    own = version("bordermap")
    assert said.splitlines()[-1] == (
        f"bordermap: {address}: has workers with bordermap 9.9, not {own}; "
        "install the same version on all"
    )
    assert not list((tmp_path / "out").glob("part-*"))


def test_a_scheduler_and_workers_are_not_both_given(points, tmp_path):
    said = done(command(points, tmp_path / "o", "--workers", 2, "--scheduler", "tcp://x"), status=2)
    assert said.splitlines() == [
        "bordermap: --workers: both --workers and --scheduler; give one of them"
    ]
