"""Any number of incidents, a part at a time: the answers of one frame in the memory of a part.

A run cuts its inputs into parts (:mod:`bordermap.records.pieces`), does one job on each
(:mod:`.job`) on an engine (:mod:`.engines`), and keeps what became of each (:mod:`.outcome`).
What one part cannot know alone is settled at the end (:mod:`.settle`): ids that come again in
another part, points that several parts share, and how a file writes its dates. The parts concerned
are then done once more.
"""

from __future__ import annotations

from bordermap.parts.arrow import locate_batches, located_schema
from bordermap.parts.dataset import Dataset
from bordermap.parts.engines import Engine, engine_of
from bordermap.parts.job import CHECKED, Job, Step
from bordermap.parts.outcome import Outcome, noted_reasons, report_of
from bordermap.parts.parquet import locate_parquet
from bordermap.parts.run import run
from bordermap.parts.steps import CountPart, KeepPart, WritePart

__all__ = [
    "CHECKED",
    "CountPart",
    "Dataset",
    "Engine",
    "Job",
    "KeepPart",
    "Outcome",
    "Step",
    "WritePart",
    "engine_of",
    "locate_batches",
    "locate_parquet",
    "located_schema",
    "noted_reasons",
    "report_of",
    "run",
]
