"""Scale bar, north arrow, and the small map that shows where in the region this one is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from bordermap.figure.ground import COLOURS
from bordermap.figure.pen import INK, PAPER, Letters, Pen, Stroked
from bordermap.figure.projection import Box, View, fitted_view
from bordermap.figure.words import digits, say
from bordermap.schema import Layer

__all__ = ["corners_by_room", "draw_inset", "draw_scale"]

_REGION: Box = (60.0, 23.6, 77.5, 38.7)
"""Degrees that the small map shows: both countries whole."""

_NAMES_AT = {
    "AF": ((65.3, 34.2), (65.6, 32.2), (67.0, 35.6)),
    "PK": ((69.0, 28.6), (68.3, 26.7), (71.5, 30.6)),
}
"""Where the small map may name the countries, the best place first."""

_LETTER = 0.6
"""Width of a letter of the small map, as a share of its size."""


def corners_by_room(
    frame: Box, width: float, height: float, points: Sequence[tuple[float, float]]
) -> list[Box]:
    """Boxes of a size in the four corners of a frame, those that hide the fewest points first."""
    left, bottom, right, top = frame
    boxes = [
        (x, y, x + width, y + height) for x in (left, right - width) for y in (bottom, top - height)
    ]
    order = (
        1,
        2,
        0,
        3,
    )  # on the map of the whole line the upper left is empty, then the lower right
    return sorted(
        (boxes[at] for at in order),
        key=lambda box: sum(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points),
    )


def scale_km(view: View, width: float) -> int:
    """The longest round length that is no wider than so many points."""
    most = max(1.0, width * view.km_a_point)
    power = 10 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most)


def draw_scale(pen: Pen, view: View, corner: Box, words: Mapping[str, str]) -> None:
    """A bar of kilometres, and an arrow to the north as it is there."""
    base = pen.size.base
    left, bottom, right, top = corner
    x, y = left + 2.0 * base, bottom + 0.9 * base
    km = scale_km(view, right - left - 6.0 * base)
    length = km / view.km_a_point
    for part, fill in ((0, INK), (1, PAPER)):
        start = x + part * length / 2
        bar = shapely.box(start, y - 0.14 * base, start + length / 2, y + 0.14 * base)
        pen.shape([bar], fill, Stroked(INK, 0.06 * base), gid="" if part else "scale-bar")
    letters = Letters(0.72 * base, INK, halo=True)
    for share in (0.0, 0.5, 1.0):
        long = km * share
        text = digits(f"{long:,.0f}" if long == round(long) else f"{long:g}", words)
        text = say(words, "figure_km", n=text) if share == 1.0 else text
        pen.write(x + share * length, y + 0.75 * base, text, letters, ha="center")
    _draw_north(pen, view, x + length + 2.6 * base, y + 0.35 * base, words["north"])
    del top


def _draw_north(pen: Pen, view: View, x: float, y: float, letter: str) -> None:
    base = pen.size.base
    lean = math.radians(view.north(x, y))
    half = np.array([(0, 0.75), (0.36, -0.5), (0, -0.24), (-0.36, -0.5)]) * base
    turn = np.array([[math.cos(lean), math.sin(lean)], [-math.sin(lean), math.cos(lean)]])
    pen.outline(half @ turn + (x, y), INK, Stroked(PAPER, 0.1 * base), gid="north-arrow")
    tip = np.array([0, 1.2 * base]) @ turn + (x, y)
    pen.write(tip[0], tip[1], letter, Letters(0.74 * base, INK, bold=True, halo=True), ha="center")


def _ground_of(view: View) -> tuple[Any, Any]:
    """Longitudes and latitudes along the frame of a map."""
    left, bottom, right, top = view.frame
    edge = [(x, bottom) for x in np.linspace(left, right, 9)]
    edge += [(right, y) for y in np.linspace(bottom, top, 9)]
    edge += [(x, top) for x in np.linspace(right, left, 9)]
    edge += [(left, y) for y in np.linspace(top, bottom, 9)]
    lon, lat = np.array([view.ground(x, y) for x, y in edge]).T
    return lon, lat


def _clear_place(
    places: npt.NDArray[np.float64], name: str, letters: Letters, frame: shapely.Polygon
) -> tuple[float, float]:
    """The first place where the edge of the frame does not run through the name, or the first."""
    half, rise = 0.5 * _LETTER * letters.size * len(name), 0.8 * letters.size
    for x, y in places:
        if not frame.exterior.intersects(shapely.box(x - half, y - rise, x + half, y + rise)):
            return float(x), float(y)
    x, y = places[0]
    return float(x), float(y)


def draw_inset(
    pen: Pen, view: View, box: Box, layers: Mapping[str, Layer], words: Mapping[str, str]
) -> None:
    """Both countries, the line, and the frame of the map."""
    base = pen.size.base
    lon, lat = _ground_of(view)
    west, south, east, north = _REGION
    region = (min(west, *lon), min(south, *lat), max(east, *lon), max(north, *lat))
    left, bottom, right, top = box
    pad = 0.35 * base
    small = replace(
        fitted_view(region, (left + pad, bottom + pad, right - pad, top - pad)), frame=box
    )
    pen.clip_to(box)
    pen.shape([shapely.box(*box)], COLOURS["neighbour"])
    if "map_provinces" in layers:
        shapes = shapely.simplify(layers["map_provinces"].frame.geometry.to_numpy(), 0.03)
        pen.shape(small.drawn(shapes), COLOURS["land"], Stroked(COLOURS["land"], 0.05 * base))
    if "map_line" in layers:
        line = small.drawn(shapely.simplify(layers["map_line"].frame.geometry.to_numpy(), 0.02))
        pen.shape(line, None, Stroked(COLOURS["line"], 0.11 * base))
    frame = shapely.Polygon(small.points(lon, lat))
    pen.shape([frame], COLOURS["variant"], Stroked(COLOURS["variant"], 0.1 * base), alpha=0.06)
    letters = Letters(0.5 * base, "#7c7568", halo=True)
    for code, places in _NAMES_AT.items():
        name = words[f"country_{code}"]
        x, y = _clear_place(small.points(*zip(*places, strict=True)), name, letters, frame)
        pen.write(x, y, name, letters, ha="center")
    pen.clip_to(None)
    pen.shape([shapely.box(*box)], None, Stroked(PAPER, 0.32 * base))
    pen.shape([shapely.box(*box)], None, Stroked(COLOURS["province"], 0.07 * base), gid="inset")
