"""Kill workers and the program itself in a long run, and compare the result, row for row.

    python benchmarks/kill.py [--points 10000000] [--workers 2] [--folder FOLDER] [--limit 3600]

Three runs of one command: undisturbed; a worker killed five times, one after the other, by
SIGKILL, while a part is being written; so the main process, three times, and the command given
again. Says how long each took, and fails where a part differs by a byte, a row is missing, anything
is left behind, or a run takes longer than the limit.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep

import psutil
import pyarrow.parquet as pq
from scale import PROGRAM, ROOT, made

from bordermap.files import sha256_of

WORKERS_KILLED, RUNS_KILLED = 5, 3


class Run:
    """One command, given as often as it must be."""

    def __init__(self, source: Path, out: Path, workers: int, limit_s: float) -> None:
        self.out, self.begun, self._limit_s = out, perf_counter(), limit_s
        self._words = [*PROGRAM, str(source), "-o", str(out), "--workers", str(workers)]
        self.start()

    def start(self) -> None:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(self._words, env={**os.environ, "PYTHONPATH": path})

    @property
    def done(self) -> int:
        return len(list(self.out.glob("_bordermap/part-*.json")))

    def until(self, parts: int) -> None:
        while self.done < parts:
            if self.process.poll() is not None:
                raise SystemExit(f"ended with {self.process.returncode} before {parts} parts")
            self.wait(f"{self.done} of {parts} parts")

    def until_writing(self) -> None:
        """The worst moment: a part is half-written."""
        while self.process.poll() is None and not list(self.out.glob(".part-*/*")):
            self.wait("nothing is written")

    def wait(self, so_far: str) -> None:
        """A moment; the whole run is given up after its limit."""
        if perf_counter() - self.begun > self._limit_s:
            self.stop()
            raise SystemExit(f"not done within {self._limit_s:.0f} s: {so_far}")
        sleep(0.02)

    def stop(self) -> None:
        """End the process and those that it started."""
        for one in (*psutil.Process(self.process.pid).children(recursive=True), self.process):
            one.kill()
        self.process.wait()

    def workers(self) -> list[psutil.Process]:
        """Processes of workers; the last began last."""
        found = []
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it died meanwhile
                if "spawn_main" in " ".join(one.cmdline()):
                    found.append((one.create_time(), one))
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]

    def end(self) -> float:
        while self.process.poll() is None:
            self.wait(f"{self.done} parts")
        if self.process.returncode:
            raise SystemExit(f"the command failed with {self.process.returncode}")
        return perf_counter() - self.begun


def kill_workers(run: Run, parts: int) -> None:
    for number in range(1, WORKERS_KILLED + 1):
        run.until(parts * number // (WORKERS_KILLED + 1))
        run.until_writing()
        while not (workers := run.workers()):
            run.wait("no worker")
        workers[0].send_signal(signal.SIGKILL)
        print(f"worker {workers[0].pid} killed after {run.done} of {parts} parts", flush=True)


def kill_runs(run: Run, parts: int) -> None:
    for number in range(1, RUNS_KILLED + 1):
        run.until(parts * number // (RUNS_KILLED + 1))
        run.until_writing()
        run.process.kill()
        run.process.wait()
        print(f"run killed after {run.done} of {parts} parts", flush=True)
        run.start()


def content(folder: Path) -> dict[str, str]:
    return {path.name: sha256_of(path) for path in sorted(folder.glob("*part-*"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the files are made")
    parser.add_argument("--limit", type=float, default=3_600, help="seconds for each run")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as temporary:
        folder = Path(temporary)
        source = made(folder, args.points)
        whole = Run(source, folder / "whole", args.workers, args.limit)
        print(f"undisturbed: {whole.end():.0f} s", flush=True)
        expected = content(whole.out)
        rows = sum(pq.read_metadata(whole.out / name).num_rows for name in expected)
        if rows != args.points:
            raise SystemExit(f"{rows:,} rows of {args.points:,}")
        for name, kill in (("workers", kill_workers), ("runs", kill_runs)):
            run = Run(source, folder / name, args.workers, args.limit)
            kill(run, len(expected))
            print(f"{name} killed: {run.end():.0f} s", flush=True)
            if unlike := set(content(run.out).items()) ^ set(expected.items()):
                files = ", ".join(sorted(dict(unlike)))
                raise SystemExit(f"{name} killed: the result differs in {files}")
    print(f"{rows:,} rows in {len(expected)} parts: the same bytes each time")


if __name__ == "__main__":
    sys.exit(main())
