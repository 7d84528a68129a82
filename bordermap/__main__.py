"""``python -m bordermap``."""

from __future__ import annotations

from bordermap.cli import main

if __name__ == "__main__":
    main(prog_name="bordermap")
