"""``python -m bordermap``, and the script ``bordermap``."""

from __future__ import annotations

import gc

from bordermap.cli import main

__all__ = ["run"]


def run() -> None:
    """Run the command line as a program of its own."""
    # What is imported by now stays to the end, so that looking for garbage in it is lost time.
    gc.freeze()
    main(prog_name="bordermap")


if __name__ == "__main__":
    run()
