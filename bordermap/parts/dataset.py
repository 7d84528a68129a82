"""A folder of GeoParquet files, one a part, and beside them what is needed to go on with it.

``_bordermap/run.json`` says what was asked; ``_bordermap/part-00000.json`` that a part is done, and
what became of it. Either is written whole or not at all, after what it speaks of. The folder whose
name ends in ``.rejected`` beside it holds the rejected rows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bordermap.errors import OutputError
from bordermap.files import replacing, write_text
from bordermap.parts.outcome import Failure, Outcome
from bordermap.parts.steps import part_name, rejected_folder
from bordermap.records import DATASET, Part, is_dataset
from bordermap.schema import Fault, FileReport
from bordermap.values.text import label

__all__ = ["Dataset"]


class Dataset:
    """The folder of one run.

    Parameters
    ----------
    folder : Path
        May exist already, empty or with parts of the same run.
    asked : mapping
        What was asked of which inputs, as plain JSON values: the same run asks the same. Of
        ``inputs``, names and sizes, those that could not be read may have been mended since.

    Raises
    ------
    OutputError
        The folder holds something else, or cannot be written.
    """

    def __init__(self, folder: Path, asked: Mapping[str, Any]) -> None:
        self.folder = folder
        self._own = folder / DATASET
        self._asked = json.loads(json.dumps(asked))
        self._pieces: dict[int, list[list[Any]]] = {}
        self.finished = False
        name = label(folder.name)
        try:
            self._go_on(name) if is_dataset(folder) else self._begin(name)
        except OutputError:
            raise
        except OSError as error:
            found = f"cannot be made ({error.strerror or error})"
            raise OutputError(found, where=name, todo="name another folder") from error

    def _begin(self, name: str) -> None:
        there = {one.name for one in self.folder.iterdir()} if self.folder.is_dir() else set()
        if there - {DATASET}:
            found, todo = "is a folder with something else in it", "name a new folder"
            raise OutputError(found, where=name, todo=todo)
        self._own.mkdir(parents=self.folder.parent.is_dir(), exist_ok=True)
        self._say(finished=False)

    def _go_on(self, name: str) -> None:
        said = _json(self._own / "run.json")
        unread = _unread(self._said())
        if _lasting(said.get("asked"), unread) != _lasting(self._asked, unread):
            found = "holds the parts of another run, of other inputs or options"
            raise OutputError(found, where=name, todo="name a new folder, or take that one away")
        self.finished = bool(said.get("finished"))
        if not self.finished:
            self._say(finished=False)

    def expect(self, parts: Sequence[Part]) -> None:
        """Say what is to be done, and take away what is no part of it.

        That is what a killed run was about to write, and parts that are cut otherwise now.
        """
        self._pieces = {part.number: _pieces(part) for part in parts}
        done = {part_name(number) for number in self.done()}
        self._tidy()
        for path in self.folder.glob("part-*.parquet"):
            if path.name not in done:
                path.unlink()
        for path in rejected_folder(self.folder).glob("part-*.csv"):
            if f"{path.stem}.parquet" not in done:
                path.unlink()
        # What is said of parts that are done anew stays until then: which files were not read.
        expected = set(map(part_name, self._pieces))
        for path in self._own.glob("part-*"):
            if f"{path.name.partition('.')[0]}.parquet" not in expected:
                path.unlink()

    def _tidy(self) -> None:
        """Take away what processes that were killed were about to write."""
        for folder in (self.folder, self._own, rejected_folder(self.folder)):
            for left in (*folder.glob(".part-*"), *folder.glob(".run-*")):
                shutil.rmtree(left, ignore_errors=True)

    def _said(self) -> list[dict[str, Any]]:
        return [_json(path) for path in sorted(self._own.glob("part-*.json"))]

    def _say(self, *, finished: bool, **more: Any) -> None:
        said = {"asked": self._asked, "finished": finished, **more}
        text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
        write_text(self._own / "run.json", f"{text}\n")

    def done(self) -> dict[int, Outcome]:
        """Parts that are done and whose files are there, by their number.

        Those with a stretch of a file that could not be read, there or elsewhere, are not.
        """
        all_said = self._said()
        unread = _unread(all_said)
        return {
            said["number"]: _outcome(said)
            for said in all_said
            if (self.folder / part_name(said["number"])).is_file()
            and (self.finished or self._pieces.get(said["number"]) == said.get("pieces"))
            and not unread & {name for name, _ in said.get("pieces", [])}
        }

    def keep(self, outcome: Outcome, *, again: bool = False) -> None:
        """Note that a part is done; its keys are those of the first time it was."""
        if not again:
            for kind, keys in outcome.kinds().items():
                with replacing(self._keys_at(outcome.number, kind)) as temporary:
                    np.save(temporary, keys)
        said = {**_as_json(outcome), "pieces": self._pieces[outcome.number]}
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        write_text(self._own / f"part-{outcome.number:05}.json", f"{text}\n")

    def keys(self, numbers: Iterable[int], kind: str) -> Mapping[int, NDArray[np.uint64]]:
        """The keys of some parts, of a kind of :meth:`Outcome.kinds`, left on the disk."""
        return _OnDisk({number: self._keys_at(number, kind) for number in numbers})

    def _keys_at(self, number: int, kind: str) -> Path:
        return self._own / f"part-{number:05}.{kind}.npy"

    def finish(self, record: Mapping[str, Any]) -> None:
        """Note that the run is whole, with its record."""
        self._tidy()
        self._say(finished=True, record=record)
        for path in self._own.glob("part-*.npy"):
            path.unlink(missing_ok=True)
        self.finished = True


class _OnDisk(Mapping[int, NDArray[np.uint64]]):
    """Arrays in files, each opened anew: what was looked at of it does not stay in memory."""

    def __init__(self, paths: Mapping[int, Path]) -> None:
        self._paths = paths

    def __getitem__(self, number: int) -> NDArray[np.uint64]:
        keys: NDArray[np.uint64] = np.load(self._paths[number], mmap_mode="r")
        return keys

    def __iter__(self) -> Iterator[int]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        found, todo = "is broken", "take its whole folder away, and begin anew"
        raise OutputError(found, where=label(path.name), todo=todo)
    return said


def _pieces(part: Part) -> list[list[Any]]:
    """What a part is made of, as plain JSON values."""
    cuts = [piece.cut for piece in part.pieces]
    stretches = [None if cut is None else list(astuple(cut)) for cut in cuts]
    return [[piece.name, one] for piece, one in zip(part.pieces, stretches, strict=True)]


def _unread(all_said: Iterable[Mapping[str, Any]]) -> set[str]:
    """Files that could not be read, whole or in part."""
    return {failure["name"] for said in all_said for failure in said["failed"]}


def _lasting(asked: Any, unread: set[str]) -> Any:
    """What was asked, without the sizes of files that may have been mended since."""
    if not isinstance(asked, dict):
        return None
    inputs = [[name, 0 if name in unread else size] for name, size in asked.get("inputs", [])]
    return {**asked, "inputs": inputs}


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
