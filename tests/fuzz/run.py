"""The long run: many inputs over every reader, each watched from another process.

``python tests/fuzz/run.py --inputs 100000 --processes 2 --seed 1`` writes a table of what became of
them, and every input that was neither read nor refused into the folder of ``--keep``. The same seed
and number make the same input: ``--only NUMBER`` tries one again, in this process.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing as mp
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from mutations import BAIT, case_of
from property import reads_or_refuses
from seeds import Case, seeds

from bordermap.records import delimited

LIMIT_S = 10.0
OUTCOMES = ("read", "refused", "traceback", "hang", "crash", "unaccounted")
_MEMORY = 8 * 1024**3


def outcome_of(case: Case, folder: Path) -> tuple[str, str]:
    """What became of one input, and the details where that is a defect."""
    try:
        return reads_or_refuses(case, folder), ""
    except AssertionError:
        return "unaccounted", traceback.format_exc()
    except Exception:
        return "traceback", traceback.format_exc()


def work(pipe: Connection, seed: int, numbers: range) -> None:
    """Try the inputs of these numbers, saying before each which it is."""
    _limit_memory()
    whole = seeds()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        for number in numbers:
            case = case_of(seed, number, whole)
            pipe.send((number, case.reader, "", ""))
            pipe.send((number, case.reader, *outcome_of(case, folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pipe.send(None)


def work_by_columns(pipe: Connection, seed: int, numbers: range) -> None:
    """As :func:`work`, small CSV cut by pyarrow as large files are."""
    _cut_all_at_once()
    work(pipe, seed, numbers)


def _cut_all_at_once() -> None:
    delimited.WORTHWHILE_BYTES, delimited._FIRST_LINES = 0, 2


def _limit_memory() -> None:
    """An input that asks for all memory is a MemoryError, not the end of the machine."""
    try:
        import resource  # noqa: PLC0415  POSIX alone has it

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError):
        return


Task = Callable[[Connection, int, range], None]


@dataclass
class Worker:
    """A process, what it still has to do, and the input that it is at."""

    numbers: range
    process: Any = None
    pipe: Any = None
    at: int | None = None
    reader: str = ""
    since: float = 0.0

    def start(self, seed: int, task: Task) -> None:
        context = mp.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=task, args=(other, seed, self.numbers), daemon=True)
        self.process.start()
        other.close()
        self.at, self.since = None, time.monotonic()

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


@dataclass
class Results:
    """What became of the inputs of every reader."""

    seed: int
    keep: Path
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)

    def take(self, worker: Worker, outcome: str, detail: str = "") -> None:
        assert worker.at is not None
        self.counts[worker.reader, outcome] += 1
        took = time.monotonic() - worker.since
        self.slowest = sorted([*self.slowest, (took, worker.at, worker.reader)])[-5:]
        if outcome not in ("read", "refused"):
            self._keep(worker.at, worker.reader, outcome, detail)
        worker.at = None

    def _keep(self, number: int, reader: str, outcome: str, detail: str) -> None:
        folder = self.keep / f"{outcome}-{self.seed}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "what.txt").write_text(f"{reader}, input {number}\n{detail}")

    def table(self) -> Iterator[str]:
        yield f"| reader | inputs | {' | '.join(OUTCOMES)} |"
        yield f"|---|{'--:|' * (len(OUTCOMES) + 1)}"
        readers = list(dict.fromkeys(reader for reader, _ in self.counts))
        for reader in [*sorted(readers), "all"]:
            own = [
                sum(n for (one, what), n in self.counts.items()
                    if what == outcome and reader in (one, "all"))
                for outcome in OUTCOMES
            ]  # fmt: skip
            yield f"| {reader} | {sum(own):,} | {' | '.join(f'{n:,}' for n in own)} |"


def run(
    inputs: range, processes: int, results: Results, *, minutes: float = math.inf, task: Task = work
) -> None:
    """Try all inputs; a process that hangs or dies is started again behind what it was at."""
    end = time.monotonic() + 60 * minutes
    workers = [Worker(inputs[first::processes]) for first in range(processes)]
    for worker in workers:
        worker.start(results.seed, task)
    while workers and time.monotonic() < end:
        ready = wait([worker.pipe for worker in workers], timeout=0.5)
        for worker in list(workers):
            if worker.pipe in ready and not _hear(worker, results, task):
                workers.remove(worker)
            elif worker.at is not None and time.monotonic() - worker.since > LIMIT_S:
                results.take(worker, "hang")
                worker.stop()
                worker.start(results.seed, task)
    for worker in workers:
        worker.stop()


def _hear(worker: Worker, results: Results, task: Task) -> bool:
    """What a worker says; False where it has done everything."""
    try:
        said = worker.pipe.recv()
    except EOFError:
        worker.process.join()
        if worker.at is None:
            raise SystemExit("a process ended before its first input") from None
        results.take(worker, "crash", f"exit code {worker.process.exitcode}")
        worker.start(results.seed, task)
        return True
    if said is None:
        worker.process.join()
        return False
    number, reader, outcome, detail = said
    if not outcome:
        worker.at, worker.reader, worker.since = number, reader, time.monotonic()
        worker.numbers = worker.numbers[worker.numbers.index(number) + 1 :]
    else:
        results.take(worker, outcome, detail)
    return True


def baited() -> None:
    """A folder that the inputs name and no reader may look into."""
    BAIT.mkdir(exist_ok=True)
    (BAIT / "secret.csv").write_text("date,place\n2016-06-12,Nowhere\n")


def only(seed: int, number: int, keep: Path) -> None:
    """Try one input in this process, and leave it in the folder."""
    case = case_of(seed, number, seeds())
    folder = keep / f"input-{seed}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    with tempfile.TemporaryDirectory() as temporary:
        print(case.reader, folder / case.name, *outcome_of(case, Path(temporary)), sep="\n")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--inputs", type=int, default=100_000)
    words.add_argument("--first", type=int, default=0, help="number of the first input")
    words.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    words.add_argument("--seed", type=int, default=random.randrange(10**9))
    words.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "bordermap-fuzz")
    words.add_argument("--minutes", type=float, default=math.inf, help="stop after so long")
    words.add_argument("--only", type=int, help="try the input of this number alone")
    words.add_argument("--by-columns", action="store_true", help="cut small CSV by pyarrow too")
    given = words.parse_args()
    baited()
    if given.only is not None:
        if given.by_columns:
            _cut_all_at_once()
        only(given.seed, given.only, given.keep)
        return 0
    start = time.monotonic()
    inputs = range(given.first, given.first + given.inputs)
    results = Results(given.seed, given.keep)
    task = work_by_columns if given.by_columns else work
    run(inputs, given.processes, results, minutes=given.minutes, task=task)
    took = time.monotonic() - start
    print(f"seed {given.seed}, {results.counts.total():,} inputs, {took:,.0f} s")
    print("\n".join(results.table()))
    print("slowest:", ", ".join(f"{s:.1f} s {reader} {n}" for s, n, reader in results.slowest))
    bad = sum(n for (_, what), n in results.counts.items() if what not in ("read", "refused"))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
