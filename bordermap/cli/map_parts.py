"""``bordermap map`` of more incidents than a page can hold: counts, made a part at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd

from bordermap.cli.options import Question
from bordermap.cli.parts import Cluster, step_on_parts
from bordermap.duplicates import counted
from bordermap.parts import Step
from bordermap.publish import restricted_sources
from bordermap.query import query
from bordermap.records import Part
from bordermap.render import Cube, aggregation, credits_of, cube, merged
from bordermap.schema import Report

__all__ = ["Cubed", "counted_way", "cube_in_parts"]


@dataclass(frozen=True, slots=True, eq=False)
class Cubed:
    """The counts, the sources whose terms forbid rows, and credits that are asked for."""

    cube: Cube
    restricted: tuple[str, ...]
    credits: tuple[str, ...]

    def without_fatalities(self) -> Cube:
        """The counts alone."""
        names = [name for name in self.cube.cells if name.startswith("fatalities")]
        gone = self.cube.cells.assign(**{name: self.cube.cells[name] * None for name in names})
        return replace(self.cube, cells=gone)


@dataclass(frozen=True, slots=True, eq=False)
class _CubePart:
    """Count the incidents of a part that match, by areas."""

    by: str
    question: dict[str, Any]
    needs_place: bool = True

    def __call__(self, number: int, frame: gpd.GeoDataFrame, report: Report) -> tuple[int, Any]:
        kept = counted(query(frame, **self.question))
        found = Cubed(
            cube(kept, self.by), restricted_sources(kept, report), tuple(credits_of(kept))
        )
        return len(kept), found


def counted_way(parts: Sequence[Part], asked: str) -> str | None:
    """The way to count inputs on a page, None where they are shown one by one."""
    return aggregation(asked, sum(_rows(part) for part in parts))


def _rows(part: Part) -> int:
    return sum(piece.rows for piece in part.pieces)


def cube_in_parts(
    cut: tuple[Sequence[Part], bool], question: Question, who: Cluster, way: str
) -> tuple[Cubed, Report]:
    """The counts of all inputs that were cut, with the numbers of one frame."""
    step: Step = _CubePart(way, {"certainty": question.certainty, **question.filters})
    outcomes, report = step_on_parts(cut, question, step, who)
    found = [outcome.value for outcome in outcomes if outcome.value is not None]
    names = dict.fromkeys(name for one in found for name in one.restricted)
    credit = dict.fromkeys(name for one in found for name in one.credits)
    return Cubed(merged(one.cube for one in found), tuple(names), tuple(credit)), report
