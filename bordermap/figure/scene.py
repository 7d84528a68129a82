"""What of the incidents is drawn where: marks, vague areas, or hexagons when there are many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from bordermap.figure.grouping import Group, grouped, hexagon_bins, joined, radius_of
from bordermap.figure.incidents import Incidents
from bordermap.figure.projection import View
from bordermap.render.incidents import Areas
from bordermap.schema import Layer

__all__ = ["MOST_MARKS", "Hexagons", "Scene", "Vague", "scene_of"]

MOST_MARKS = 2_000
"""With more incidents than these on the map, hexagons are drawn instead of marks."""

_UNDER_A_MARK = 1.6
"""Radii of a single mark: a footprint no wider than that is not seen beside it."""

_HEXAGONS_ACROSS = 44
_ROUND_KM = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Vague:
    """Incidents known only to an area: the area on the sheet, and one mark for all of them.

    ``has_mark`` is false where there was no room for it, and they joined another mark.
    """

    footprint: Any
    group: Group
    has_mark: bool = True


@dataclass(frozen=True, slots=True)
class Hexagons:
    """Middles and counts of hexagons, and how wide they are, in points and in kilometres."""

    cells: tuple[tuple[float, float, int], ...]
    width: float
    km: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that is drawn of the incidents; the counts add up to all of them.

    Attributes
    ----------
    groups : list of Group
        Every mark, of known places and of vague ones.
    vague : list of Vague
        Footprints that are drawn.
    hexagons : Hexagons or None
        Instead of marks of known places.
    precise, roughly, left_out, outside, unplaced : int
        Incidents known well (or in a hexagon), known to an area, too vague for hexagons, off the
        map, nowhere.
    """

    groups: list[Group]
    vague: list[Vague]
    hexagons: Hexagons | None
    precise: int
    roughly: int
    left_out: int
    outside: int
    unplaced: int


class _Areas:
    """Areas by code as they lie on the sheet, each drawn once."""

    def __init__(self, view: View, areas: Areas, layers: Mapping[str, Layer]) -> None:
        self._view, self._areas, self._layers = view, areas, layers
        self._halves: dict[str, Any] = {}

    def drawn(self, codes: str, half: str) -> Any:
        """The area of one or several codes, cut to one side of the line where that is told."""
        features = [feature for code in codes.split(";") for feature in self._areas[code]]
        shapes = [self._layers[name].frame.geometry.iloc[row] for name, row in features]
        return self.cut(self._view.drawn(shapely.union_all(shapely.make_valid(shapes))), half)

    def cut(self, shape: Any, half: str) -> Any:
        """What of a shape lies in the country that the record itself names."""
        if half not in ("AF", "PK") or "map_provinces" not in self._layers:
            return shape
        if half not in self._halves:
            frame = self._layers["map_provinces"].frame
            country = frame.geometry[frame["code"].astype(str).str.startswith(half)]
            self._halves[half] = self._view.drawn(
                shapely.union_all(shapely.make_valid(country.to_numpy()))
            )
        return shapely.intersection(shapely.make_valid(shape), self._halves[half])


def scene_of(
    incidents: Incidents,
    view: View,
    areas: Areas,
    layers: Mapping[str, Layer],
    single: float,
) -> Scene:
    """Choose what to draw.

    Parameters
    ----------
    areas : mapping
        Features that draw each area, by code.
    layers : mapping
        Layers of those features by name, ``strips`` among them.
    single : float
        Radius of the mark of one incident, points.
    """
    points = np.full((len(incidents.lon), 2), np.nan)
    placed = incidents.placed
    if placed.any():
        points[placed] = view.points(incidents.lon[placed], incidents.lat[placed])
    left, bottom, right, top = view.frame
    seen = placed & (points > (left, bottom)).all(axis=1) & (points < (right, top)).all(axis=1)
    in_area = seen & (incidents.area >= 0)
    by_point = seen & ~in_area
    ground = _Areas(view, areas, layers)
    if by_point.sum() > MOST_MARKS:
        groups, rough = [], []
        hexagons, known = _hexagons(incidents, points, by_point, view)
        left_out = by_point & ~known
    else:
        hexagons, known = None, by_point & incidents.is_precise
        left_out = np.zeros_like(seen)
        # Where a mark is wider than the circle in which an incident may be, it says as much.
        fine = by_point & (incidents.radius_m * view.metre <= _UNDER_A_MARK * single)
        groups = grouped(points, np.flatnonzero(fine), single)
        rough = list(_circles(incidents, points, by_point & ~fine, view, ground))
    rough += list(_in_areas(incidents, in_area, view, ground, single))
    vague, marks = _apart(rough, groups, single * (0.55 if hexagons else 1.0))
    return Scene(
        groups=marks,
        vague=vague,
        hexagons=hexagons,
        precise=int(known.sum()),
        roughly=int((seen & ~known & ~left_out).sum()),
        left_out=int(left_out.sum()),
        outside=int((placed & ~seen).sum()),
        unplaced=int((~placed).sum()),
    )


def _hexagons(
    incidents: Incidents,
    points: npt.NDArray[np.float64],
    rows: npt.NDArray[np.bool_],
    view: View,
) -> tuple[Hexagons, npt.NDArray[np.bool_]]:
    """Hexagons of a round width, and the rows in them: those no vaguer than a hexagon."""
    left, _, right, _ = view.frame
    wanted = (right - left) * view.km_a_point / _HEXAGONS_ACROSS
    km = min(_ROUND_KM, key=lambda width: abs(math.log(width / wanted)))
    width = km / view.km_a_point
    held = rows & (incidents.radius_m <= km * 500)
    return Hexagons(tuple(hexagon_bins(points[held], width)), width, km), held


def _circles(
    incidents: Incidents,
    points: npt.NDArray[np.float64],
    rows: npt.NDArray[np.bool_],
    view: View,
    ground: _Areas,
) -> Iterator[Vague]:
    """One vague place for all incidents of one point and radius."""
    together: dict[tuple[float, float, float, str], list[int]] = {}
    for row in np.flatnonzero(rows):
        x, y = np.round(points[row], 1)
        key = float(x), float(y), float(round(incidents.radius_m[row])), str(incidents.half[row])
        together.setdefault(key, []).append(int(row))
    for (x, y, radius_m, half), members in together.items():
        circle = shapely.Point(x, y).buffer(radius_m * view.metre, quad_segs=24)
        yield Vague(ground.cut(circle, half), Group(x, y, 0.0, np.array(members)))


def _in_areas(
    incidents: Incidents,
    rows: npt.NDArray[np.bool_],
    view: View,
    ground: _Areas,
    single: float,
) -> Iterator[Vague]:
    """One vague place for all incidents of one area; its mark stands in the middle of it."""
    window = shapely.box(*view.frame).buffer(-4 * single)
    chosen = np.flatnonzero(rows)
    if not chosen.size:
        return
    halves, half = np.unique(incidents.half[chosen].astype(str), return_inverse=True)
    keys = incidents.area[chosen] * max(1, len(halves)) + half
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    for key, members in zip(found, np.split(chosen[order], starts[1:]), strict=True):
        area, side = divmod(int(key), len(halves))
        footprint = ground.drawn(incidents.areas[area], halves[side])
        if footprint.is_empty:
            footprint = ground.drawn(incidents.areas[area], "")
        seen = shapely.intersection(shapely.make_valid(footprint), window)
        spot = _middle(seen if not seen.is_empty else footprint)
        yield Vague(footprint, Group(spot.x, spot.y, 0.0, members))


def _middle(shape: Any) -> Any:
    middle = shape.centroid
    return middle if shape.contains(middle) else shape.representative_point()


def _apart(
    vague: Sequence[Vague], groups: Sequence[Group], single: float
) -> tuple[list[Vague], list[Group]]:
    """Give each vague mark a spot of its own in its area, since the incident may be anywhere there.

    Where the area has no room for it, its incidents join the mark in the way.
    """
    taken = list(groups)
    apart = []
    for one in sorted(vague, key=lambda one: one.group.rank):
        mark = replace(one.group, radius=radius_of(one.group.count, single * 0.95))
        gaps = _gaps([(mark.x, mark.y)], mark.radius, taken)
        free = _free(mark, taken, one.footprint)
        if free is not None:
            taken.append(free)
            apart.append(replace(one, group=free))
            continue
        at = int(gaps[0].argmin())
        taken[at] = taken[at].with_rows(mark.rows, single)
        apart.append(replace(one, has_mark=False))
    return apart, joined(taken, single)


def _gaps(spots: Any, radius: float, taken: Sequence[Group]) -> npt.NDArray[np.float64]:
    """Points between a mark at each spot and each mark that stands, shape (spots, marks)."""
    there = np.array([(group.x, group.y, group.radius) for group in taken]).reshape(-1, 3)
    apart = np.array(spots)[:, np.newaxis, :] - there[np.newaxis, :, :2]
    return np.hypot(apart[..., 0], apart[..., 1]) - radius - there[:, 2]


_TURNS = np.arange(16) * math.pi / 8
_RINGS = np.vstack(
    [[(0.0, 0.0)]]
    + [0.6 * ring * np.column_stack([np.cos(_TURNS), np.sin(_TURNS)]) for ring in range(1, 15)]
)
"""Where a mark may move to, in its radii, the nearest first."""


def _free(mark: Group, taken: Sequence[Group], footprint: Any) -> Group | None:
    """The mark at the nearest spot of its footprint where it covers no other."""
    spots = _RINGS * mark.radius + (mark.x, mark.y)
    clear = (_gaps(spots, mark.radius, taken) > -0.05 * mark.radius).all(axis=1)
    inside = shapely.contains_xy(footprint, spots[:, 0], spots[:, 1])
    inside[0] = True
    fits = np.flatnonzero(clear & inside)
    if not fits.size:
        return None
    x, y = spots[fits[0]]
    return replace(mark, x=float(x), y=float(y))
