"""A folder of GeoParquet files, one a part, and beside them what is needed to go on with it.

``_bordermap/run.json`` says what was asked; ``_bordermap/part-00000.json`` that a part is done, and
what became of it. Either is written whole or not at all, after what it speaks of. The folder whose
name ends in ``.rejected`` beside it holds the rejected rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bordermap.errors import OutputError
from bordermap.files import replacing, write_text
from bordermap.parts.outcome import Failure, Outcome
from bordermap.parts.steps import part_name
from bordermap.schema import Fault, FileReport
from bordermap.values.text import label

__all__ = ["Dataset", "is_dataset"]

_OWN = "_bordermap"


def is_dataset(path: str | Path) -> bool:
    """Whether a folder is a dataset that was written in parts."""
    try:
        return (Path(path) / _OWN / "run.json").is_file()
    except (OSError, ValueError):
        return False


class Dataset:
    """The folder of one run.

    Parameters
    ----------
    folder : Path
        May exist already, empty or with parts of the same run.
    asked : mapping
        What was asked of which inputs, as plain JSON values: the same run asks the same.

    Raises
    ------
    OutputError
        The folder holds something else, or cannot be written.
    """

    def __init__(self, folder: Path, asked: Mapping[str, Any]) -> None:
        self.folder = folder
        self._own = folder / _OWN
        self._asked = json.loads(json.dumps(asked))
        self.finished = False
        name = label(folder.name)
        if is_dataset(folder):
            self._go_on(name)
            return
        if folder.is_dir() and any(folder.iterdir()):
            found, todo = "is a folder with something else in it", "name a new folder"
            raise OutputError(found, where=name, todo=todo)
        try:
            self._own.mkdir(parents=folder.parent.is_dir())
        except OSError as error:
            found = f"cannot be made ({error.strerror or error})"
            raise OutputError(found, where=name, todo="name another folder") from error
        self._say(finished=False)

    def _go_on(self, name: str) -> None:
        said = json.loads((self._own / "run.json").read_text(encoding="utf-8"))
        if said.get("asked") != self._asked:
            found = "holds the parts of another run, of other inputs or options"
            raise OutputError(found, where=name, todo="name a new folder, or take that one away")
        self.finished = bool(said.get("finished"))

    def _say(self, *, finished: bool, **more: Any) -> None:
        said = {"asked": self._asked, "finished": finished, **more}
        text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
        write_text(self._own / "run.json", f"{text}\n")

    def done(self) -> dict[int, Outcome]:
        """Parts that are done and whose files are there, by their number; failed ones are not."""
        found: dict[int, Outcome] = {}
        for path in sorted(self._own.glob("part-*.json")):
            said = json.loads(path.read_text(encoding="utf-8"))
            there = (self.folder / part_name(said["number"])).is_file()
            if there and not said["failed"]:
                found[said["number"]] = _outcome(said)
        return found

    def keep(self, outcome: Outcome, *, again: bool = False) -> None:
        """Note that a part is done; its keys are those of the first time it was."""
        if not again:
            for kind, keys in (("ids", outcome.keys), ("points", outcome.points)):
                with replacing(self._keys_at(outcome.number, kind)) as temporary:
                    np.save(temporary, keys)
        text = json.dumps(_as_json(outcome), ensure_ascii=False, sort_keys=True)
        write_text(self._own / f"part-{outcome.number:05}.json", f"{text}\n")

    def keys(self, numbers: Iterable[int], kind: str) -> dict[int, NDArray[np.uint64]]:
        """The keys of some parts, ``ids`` or ``points``, left on the disk."""
        paths = {number: self._keys_at(number, kind) for number in numbers}
        return {number: np.load(path, mmap_mode="r") for number, path in paths.items()}

    def _keys_at(self, number: int, kind: str) -> Path:
        return self._own / f"part-{number:05}.{kind}.npy"

    def finish(self, record: Mapping[str, Any]) -> None:
        """Note that the run is whole, with its record."""
        self._say(finished=True, record=record)
        for path in self._own.glob("part-*.npy"):
            path.unlink(missing_ok=True)
        self.finished = True


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "number": outcome.number,
        "files": [asdict(one) for one in outcome.files],
        "faults": [asdict(one) for one in outcome.faults],
        "noted": [[*key, count] for key, count in sorted(outcome.noted.items())],
        "failed": [asdict(one) for one in outcome.failed],
        "rows": outcome.rows,
        "value": outcome.value,
        "told": outcome.told,
        "orders": {source: sorted(shown) for source, shown in sorted(outcome.orders.items())},
    }


def _outcome(said: Mapping[str, Any]) -> Outcome:
    return Outcome(
        number=said["number"],
        files=tuple(FileReport(**one) for one in said["files"]),
        faults=tuple(Fault(**one) for one in said["faults"]),
        noted={(file, reason): count for file, reason, count in said["noted"]},
        failed=tuple(Failure(**one) for one in said["failed"]),
        rows=said["rows"],
        value=said["value"],
        told=said["told"],
        orders={source: frozenset(shown) for source, shown in said["orders"].items()},
    )
