"""Time whole commands on the documented incidents, each in a process of its own.

    python benchmarks/start.py [--runs 5] [--against FOLDER]

Prints seconds from start to file (median, least, greatest) and of processor time. ``--against``
times another checkout in turn with this one, and prints the ratio pair by pair: on a machine with
other work that says more than the seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).parents[1]
INCIDENTS = ROOT / "incidents" / "border_incidents.csv"
COMMANDS = {
    "locate": ("-o", "out.geojson", "-q"),
    "summary": ("--by", "adm1", "-o", "out.csv", "-q"),
    "check": ("--json",),
    "map": ("-o", "out.html", "-q"),
}


def timed(checkout: Path, words: list[str], folder: str) -> tuple[float, float]:
    """Seconds on the clock and of the processor that one command takes."""
    before, start = os.times(), perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bordermap", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    used = after.children_user + after.children_system
    return perf_counter() - start, used - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    checkouts = [ROOT, *([given.against.resolve()] if given.against else [])]
    print("| command | seconds | least | greatest | processor s | ratio |")
    print("|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for command, options in COMMANDS.items():
            words = [command, str(INCIDENTS), *options]
            for checkout in checkouts:
                timed(checkout, words, folder)  # compiles what is not compiled yet
            rounds = [[timed(c, words, folder) for c in checkouts] for _ in range(given.runs)]
            clock, used = zip(*(first for first, *_ in rounds), strict=True)
            ratio = (
                median(ours[0] / other[-1][0] for ours, *other in rounds) if given.against else 1
            )
            print(
                f"| {command} | {median(clock):.2f} | {min(clock):.2f} | {max(clock):.2f} "
                f"| {median(used):.2f} | {ratio:.2f} |"
            )


if __name__ == "__main__":
    main()
