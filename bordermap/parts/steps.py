"""Last steps of a job: what is made of a part's incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd

from bordermap.export import write_part, write_rejected_part
from bordermap.joins import PolygonLayer
from bordermap.query import SPATIAL_FILTERS, in_order, query
from bordermap.robustness import partial as robust_partial
from bordermap.schema import BANDS_KM, Report
from bordermap.summarise import partial

__all__ = ["CountPart", "KeepPart", "WritePart", "part_name", "rejected_folder"]


def part_name(number: int) -> str:
    """What the file of a part is called."""
    return f"part-{number:05}.parquet"


def rejected_folder(folder: Path) -> Path:
    """Where the rejected rows of a dataset are, beside it."""
    return folder.with_name(f"{folder.name}.rejected")


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
        rejected = rejected_folder(target.parent) / f"part-{number:05}.csv"
        write_rejected_part(report, rejected)
        return len(kept), {"file": target.name, "notes": list(notes)}


@dataclass(frozen=True, slots=True, eq=False)
class CountPart:
    """Count a part's incidents, so that the counts of all parts can be added up.

    Attributes
    ----------
    by : str
        As for :func:`bordermap.summarise`; empty for no such count.
    within : str
        Count anew with other widths, areas and lines, as :func:`bordermap.robustness`; empty not.
    filters, certainty, bands_km, joined
        As for :func:`bordermap.summarise`.
    """

    by: str
    within: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    certainty: str = "nominal"
    bands_km: Sequence[float] = BANDS_KM
    joined: tuple[PolygonLayer, ...] = ()
    needs_place: bool = True

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        counts: dict[str, Any] = {}
        if self.by:
            counts["rows"] = partial(
                frame,
                self.by,
                filters=self.filters,
                certainty=self.certainty,
                bands_km=self.bands_km,
                join={layer.key: layer for layer in self.joined},
            )
        if self.within:
            others = {name: one for name, one in self.filters.items() if name != "within"}
            kept = query(frame, certainty=self.certainty, **others)
            counts["robustness"] = robust_partial(kept, self.within)
        by_record = {k: v for k, v in self.filters.items() if k not in SPATIAL_FILTERS}
        return len(query(frame, **by_record)), counts


@dataclass(frozen=True, slots=True, eq=False)
class KeepPart:
    """Keep the incidents that match, and of these the first so many.

    Attributes
    ----------
    filters : mapping
        As for :func:`bordermap.query`.
    certainty : str
    order_by : str
    limit : int, optional
    """

    filters: Mapping[str, Any]
    certainty: str
    order_by: str
    limit: int | None
    needs_place: bool = True

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        kept = query(frame, certainty=self.certainty, **self.filters)
        return len(kept), in_order(kept, order_by=self.order_by, limit=self.limit)
