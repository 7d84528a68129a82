"""Whether a number stands: the same count with one choice changed at a time.

The count is that of the incidents within a distance of the line. What changes is the distance,
whether vague rows count, the size of the areas to which incidents are known, and whose line it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.border import Border
from bordermap.certainty import Asked, clear_of_distances, is_placed, shares
from bordermap.duplicates import counted
from bordermap.errors import FilterError, FrameError
from bordermap.footprint import shipped_polygon
from bordermap.layers import load_layer
from bordermap.locate import locate
from bordermap.query import metres
from bordermap.values.chance import expected, interval_of

__all__ = ["LINES", "WIDTHS_KM", "Counts", "finished", "merged", "partial", "robustness"]

WIDTHS_KM = (5.0, 10.0, 25.0, 50.0)
LINES = ("line_osm_2018", "line_natural_earth_10m", "line_wdbii")
SIZES = {"district": "adm2_code", "province": "adm1_code"}

IntArray = NDArray[np.intp]


def robustness(frame: gpd.GeoDataFrame, within: str | float = "10km") -> pd.DataFrame:
    """Count the incidents within a distance of the line, changing one choice at a time.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    within : str or float
        The distance asked about: ``"10km"``, ``"800m"``, or metres.

    Returns
    -------
    DataFrame
        A row per variation, the one asked about first:

        changed : str
            ``nothing``, ``width``, ``rows``, ``size`` or ``line``.
        setting : str
            What it was changed to. ``precise only`` leaves out what stands for an area;
            ``district`` takes every incident as known to its district only, counted by the
            district's inner point and spread over its polygon; lines are published layers.
        within_km : float
        rows : int64
            Incidents looked at, without the duplicates of others.
        incidents : int64
            Counted by the point.
        surely, maybe, out : int64
            By the footprint; they add up to ``rows``. Unplaced rows are out.
        expected, expected_low, expected_high
            As in :func:`bordermap.summarise`.

    Raises
    ------
    FilterError
        The distance cannot be understood.
    FrameError
        The frame is not located.
    """
    return finished(partial(frame, within))


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of one variation: can be added up over the parts of a dataset.

    Attributes
    ----------
    rows, incidents, surely, maybe : int
        As in the table of :func:`robustness`.
    shares : mapping of float to int
        How many footprints have each share of their area within the distance, those out with 0.
    """

    rows: int
    incidents: int
    surely: int
    maybe: int
    shares: Mapping[float, int]

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.rows + other.rows,
            self.incidents + other.incidents,
            self.surely + other.surely,
            self.maybe + other.maybe,
            Counter(self.shares) + Counter(other.shares),
        )

    def line(self) -> dict[str, Any]:
        """Its line in the table."""
        low, high = interval_of(self.shares)
        return {
            "rows": self.rows,
            "incidents": self.incidents,
            "surely": self.surely,
            "maybe": self.maybe,
            "out": self.rows - self.surely - self.maybe,
            "expected": round(expected(self.shares), 9),
            "expected_low": low,
            "expected_high": high,
        }


Variation = tuple[str, str, float]
"""What was changed, to which setting, and the distance in metres."""


def partial(frame: gpd.GeoDataFrame, within: str | float = "10km") -> dict[Variation, Counts]:
    """Count a part of a dataset, to be added to others by :func:`merged`.

    ``finished(merged(parts))`` is what :func:`robustness` says of all rows, however they are
    divided. The arguments and errors are those of :func:`robustness`.
    """
    if "location_precision" not in frame.columns:
        raise FrameError("the frame has no column location_precision", todo="run locate first")
    return dict(_variations(counted(frame), metres(within)))


def merged(partials: Iterable[Mapping[Variation, Counts]]) -> dict[Variation, Counts]:
    """Add up the counts of parts, in any order.

    Raises
    ------
    FilterError
        There is none, or they were asked about different distances.
    """
    parts = iter(partials)
    total = dict(next(parts, {}))
    if not total:
        raise FilterError("there is no count to add up", todo="give at least one")
    for part in parts:
        if list(part) != list(total):
            raise FilterError(
                "counts within different distances cannot be added up",
                todo="give every part the same within",
            )
        for variation, counts in part.items():
            total[variation] += counts
    return total


def finished(partial: Mapping[Variation, Counts]) -> pd.DataFrame:
    """The table of :func:`robustness`, of what was added up."""
    records = [
        {"changed": changed, "setting": setting, "within_km": width_m / 1000, **counts.line()}
        for (changed, setting, width_m), counts in partial.items()
    ]
    return pd.DataFrame(records)


def _variations(frame: gpd.GeoDataFrame, asked_m: float) -> Iterator[tuple[Variation, Counts]]:
    widths_m = sorted({asked_m, *(1000 * width for width in WIDTHS_KM)})
    precise = frame["location_precision"].isin(["exact", "place"]).to_numpy(dtype=bool)
    given = _Zones(frame, widths_m)
    yield ("nothing", "as asked", asked_m), given.counts(asked_m)
    yield ("rows", "precise only", asked_m), given.counts(asked_m, precise)
    for width_m in widths_m:
        if width_m != asked_m:
            name = f"{width_m / 1000:g} km"
            yield ("width", name, width_m), given.counts(width_m)
            yield ("width", f"{name}, precise only", width_m), given.counts(width_m, precise)
    for size, column in SIZES.items():
        coarse = _Zones(_coarsened(frame, size, column), [asked_m])
        yield ("size", size, asked_m), coarse.counts(asked_m)
    for name in LINES:
        layer = load_layer(name)
        border = Border(layer.frame.geometry.iloc[0])
        other = _Zones(locate(frame, border), [asked_m], border)
        yield ("line", name, asked_m), other.counts(asked_m)


class _Zones:
    """Shares of every footprint between given distances from a line."""

    def __init__(
        self, frame: gpd.GeoDataFrame, widths_m: list[float], border: Border | None = None
    ) -> None:
        self._widths_m = widths_m
        self._nominal = self._zone(frame["border_distance_m"])

        def answer(places: gpd.GeoDataFrame) -> pd.DataFrame:
            return pd.DataFrame({"zone": self._zone(places["border_distance_m"])})

        clear = clear_of_distances(frame, widths_m)
        found = shares(frame, Asked(answer, clear, tuple(widths_m), border, by_distance=True))
        rest = pd.DataFrame(
            {"row": np.nonzero(clear)[0], "zone": self._nominal[clear], "share": 1.0}
        )
        self._found = pd.concat([rest, found[["row", "zone", "share"]]], ignore_index=True)

    def _zone(self, distance_m: pd.Series) -> IntArray:
        # What has no distance sorts behind all others, as everything beyond the widest does.
        return np.searchsorted(self._widths_m, distance_m.to_numpy(dtype=np.float64)).astype(
            np.intp
        )

    def counts(self, width_m: float, kept: NDArray[np.bool_] | None = None) -> Counts:
        """The counts within one distance, of all rows or of those kept."""
        kept = np.ones(len(self._nominal), dtype=bool) if kept is None else kept
        most = self._widths_m.index(width_m)
        found = self._found[kept[self._found["row"].to_numpy(dtype=np.intp)]]
        hit = found["zone"].to_numpy() <= most
        by_row = pd.DataFrame(
            {"row": found["row"], "hit": hit, "share": found["share"].to_numpy() * hit}
        ).groupby("row")
        every, some = by_row["hit"].all(), by_row["hit"].any()
        shares = by_row["share"].sum().clip(0.0, 1.0)
        return Counts(
            rows=int(kept.sum()),
            incidents=int((self._nominal[kept] <= most).sum()),
            surely=int(every.sum()),
            maybe=int((some & ~every).sum()),
            shares=Counter(shares.tolist()),
        )


def _coarsened(frame: gpd.GeoDataFrame, size: str, column: str) -> gpd.GeoDataFrame:
    """The incidents as if only their district or province were known, located again.

    Rows without such a unit stay as they are.
    """
    coarse = frame.copy()
    codes = frame[column].astype(object).where(is_placed(frame) & frame[column].notna(), "")
    inner = {}
    for code in sorted(set(codes) - {""}):
        polygon = shipped_polygon(code)
        if polygon is not None:
            inner[code] = polygon.representative_point()
    known = codes.isin(list(inner)).to_numpy(dtype=bool)
    coarse.loc[known, "place_id"] = codes[known].astype(str)
    coarse.loc[known, "location_precision"] = size
    coarse.loc[known, "location_side"] = None
    points = coarse.geometry.to_numpy().copy()
    points[known] = [inner[code] for code in codes[known]]
    return locate(coarse.set_geometry(gpd.GeoSeries(points, index=coarse.index, crs=frame.crs)))
