"""What became of one part, small enough to be sent, kept and added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.schema import Fault, FileReport, Report

__all__ = [
    "MOST_FAULTS",
    "Failure",
    "Keys",
    "Outcome",
    "kept_faults",
    "keys_of",
    "noted_reasons",
    "point_keys",
    "report_of",
]

MOST_FAULTS = 100
"""Notes and rejections of rows that are told one by one, of each part; all are counted."""

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Failure:
    """A piece that could not be read: its file, and why in one line."""

    name: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one part.

    Attributes
    ----------
    number : int
        Of the part.
    files : tuple of FileReport
        What was read of each file; of a file that is cut, the rows of this part.
    faults : tuple of Fault
        Those of files as a whole, and the first :data:`MOST_FAULTS` of rows.
    noted : mapping of (str, str) to int
        Accepted rows that bear a note, by file and reason.
    failed : tuple of Failure
    rows : int
        Incidents in what was made of the part.
    value : object
        What the job gives for it, small.
    keys : ndarray of uint64
        A number for each id, sorted; ids that come in two parts are found by them.
    points : ndarray of uint64
        The same for each reported point without a precision code.
    numbered : ndarray of uint64, shape (n, 2)
        The same for each id that was told apart by a number, and for what it is made of.
    orders : mapping of str to frozenset of str
        What the dates of each file that is cut show, see
        :func:`bordermap.values.dates.orders_of`.
    told : str
        A word for what was known of the other parts; empty where it was done alone.
    """

    number: int
    files: tuple[FileReport, ...] = ()
    faults: tuple[Fault, ...] = ()
    noted: Mapping[tuple[str, str], int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()
    rows: int = 0
    value: Any = None
    keys: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    points: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    numbered: Keys = field(default_factory=lambda: np.zeros((0, 2), dtype=np.uint64))
    orders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    told: str = ""

    def kinds(self) -> dict[str, Keys]:
        """The keys by which parts are compared."""
        return {"ids": self.keys, "points": self.points, "numbered": self.numbered}

    def without_keys(self) -> Outcome:
        """The rest, which is small."""
        none = np.zeros(0, dtype=np.uint64)
        return replace(self, keys=none, points=none, numbered=none.reshape(0, 2))


def point_keys(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Keys:
    """A number of 64 bits for each point, of degrees to their sixth decimal."""
    east, north = (np.rint((one + 180.0) * 1e6).astype(np.uint64) for one in (lon, lat))
    keys: Keys = (east << np.uint64(29)) | north
    return keys


def keys_of(ids: Iterable[str]) -> Keys:
    """A number of 64 bits for each text, the same in every process."""
    texts = np.array(list(ids), dtype=object)
    keys: Keys = pd.util.hash_array(texts, categorize=False)
    return keys


def noted_reasons(report: Report) -> Mapping[tuple[str, str], int]:
    """How many accepted rows bear each kind of note, by file and reason."""
    if report.noted is not None:
        return report.noted
    gone = {(fault.file, fault.row) for fault in report.faults if fault.rejected}
    bearing = {
        (fault.file, fault.reason, fault.row)
        for fault in report.faults
        if fault.row and (fault.file, fault.row) not in gone
    }
    return Counter((file, reason) for file, reason, _ in bearing)


def kept_faults(report: Report) -> tuple[tuple[Fault, ...], dict[tuple[str, str], int]]:
    """The faults that are kept of a report, and how many rows bear each kind of note."""
    of_rows = [fault for fault in report.faults if fault.row]
    kept = (*(fault for fault in report.faults if not fault.row), *of_rows[:MOST_FAULTS])
    return kept, dict(noted_reasons(report))


def report_of(outcomes: Iterable[Outcome], sha256: Mapping[str, str] | None = None) -> Report:
    """What was read in all parts, as one report.

    Parameters
    ----------
    outcomes : iterable of Outcome
        In the order of their parts.
    sha256 : mapping of str to str, optional
        Of the files, by their names.

    Returns
    -------
    Report
        The counts are those of the whole; of the notes on rows only the first are there, and the
        content of rejected rows is not.
    """
    files: dict[str, FileReport] = {}
    faults: dict[Fault, None] = {}
    noted: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        for file in outcome.files:
            files[file.file] = _added(files[file.file], file) if file.file in files else file
        new = (one for one in outcome.faults if not one.row or len(faults) < 10 * MOST_FAULTS)
        faults |= dict.fromkeys(new)
        noted.update(outcome.noted)
    known = sha256 or {}
    told = (replace(file, sha256=known.get(file.file, file.sha256)) for file in files.values())
    return Report(tuple(told), tuple(faults), pd.DataFrame(), noted=dict(noted))


def _added(one: FileReport, other: FileReport) -> FileReport:
    reasons = Counter(one.reasons) + Counter(other.reasons)
    return replace(
        one,
        read=one.read + other.read,
        accepted=one.accepted + other.accepted,
        noted=one.noted + other.noted,
        rejected=one.rejected + other.rejected,
        reasons=dict(sorted(reasons.items())),
    )
