"""Last steps of a job: what is made of a part's incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd

from bordermap.export import write_part, write_rejected_part
from bordermap.query import query
from bordermap.schema import Report

__all__ = ["WritePart", "part_name"]


def part_name(number: int) -> str:
    """What the file of a part is called."""
    return f"part-{number:05}.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class WritePart:
    """Keep the incidents that match, and write them as one file of a dataset.

    Attributes
    ----------
    folder : str
    filters : mapping
        As for :func:`bordermap.query`.
    certainty : str
    """

    folder: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    certainty: str = "nominal"
    needs_place: bool = True

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        kept = query(frame, certainty=self.certainty, **self.filters) if self.filters else frame
        target = Path(self.folder) / part_name(number)
        notes = write_part(kept, target)
        rejected = Path(f"{self.folder}.rejected") / f"part-{number:05}.csv"
        write_rejected_part(report, rejected)
        return len(kept), {"file": target.name, "notes": list(notes)}
