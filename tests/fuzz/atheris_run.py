"""Inputs that reach code which none reached before, by Atheris (``pip install '.[fuzz]'``).

``python tests/fuzz/atheris_run.py CSV -max_total_time=600`` tries one reader, of those that the
first column of ``run.py``'s table names; what stands behind its name goes to libFuzzer. It begins
with the whole files, takes Atheris's bytes for the file as they are, and stops at the first defect,
which libFuzzer writes to ``crash-...`` in the folder where it runs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

with atheris.instrument_imports(include=["bordermap"]):
    from property import reads_or_refuses

from seeds import Case, seeds


def main() -> None:
    readers = {case.reader: case for case in seeds()}
    if len(sys.argv) < 2 or sys.argv[1] not in readers:
        raise SystemExit(f"name one of: {', '.join(readers)}")
    reader = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        atheris.Setup(
            _with_corpus(reader, folder), lambda data: _try(readers[reader], data, folder)
        )
        atheris.Fuzz()


def _with_corpus(reader: str, folder: Path) -> list[str]:
    """The words for libFuzzer, with a folder of whole files to begin with."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, case in enumerate(seeds()):
        if case.reader == reader:
            (corpus / str(number)).write_bytes(case.content)
    return [*sys.argv, "-timeout=10", "-rss_limit_mb=8192", str(corpus)]


def _try(case: Case, data: bytes, folder: Path) -> None:
    reads_or_refuses(case.with_content(data), folder)


if __name__ == "__main__":
    main()
