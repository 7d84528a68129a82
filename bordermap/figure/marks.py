"""How incidents are drawn: marks, rings for several, hatching for where a vague one may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from bordermap.figure.grouping import Group
from bordermap.figure.pen import INK, PAPER, Letters, Pen, Stroked
from bordermap.figure.shapes import OUTLINES
from bordermap.render import EventStyle

__all__ = ["Look", "draw_hatching", "draw_mark", "draw_ring", "short_count"]

_YELLOW, _OCHRE = "#f0e442", "#a89b00"
MIXED = "#6b665c"


@dataclass(frozen=True, slots=True)
class Look:
    """What a mark says besides its type: vague places are hollow, uncertain sides bear a ``?``."""

    radius: float
    hollow: bool = False
    uncertain: bool = False


def short_count(count: int) -> str:
    """At most four characters."""
    if count < 1000:
        return str(count)
    if count < 999_500:
        return f"{count / 1000:.{1 if count < 9950 else 0}f}k"
    return f"{count / 1e6:.1f}M"


def draw_mark(pen: Pen, x: float, y: float, style: EventStyle, look: Look, gid: str = "") -> None:
    """One incident: filled where its place is known, hollow where it is vague."""
    radius = look.radius
    points = OUTLINES[style.shape] * radius + (x, y)
    pen.outline(points, PAPER, Stroked(PAPER, 0.5 * radius))
    if look.hollow:
        pen.outline(points, PAPER, Stroked(INK, 0.5 * radius), gid)
        pen.outline(points, None, Stroked(style.colour, 0.3 * radius))
    else:
        pen.outline(points, style.colour, Stroked(INK, 0.16 * radius), gid)
    if look.uncertain:
        draw_badge(pen, x + 1.35 * radius, y - radius)


def draw_badge(pen: Pen, x: float, y: float) -> None:
    """A question mark: nobody can say on which side of the line."""
    size = 0.8 * pen.size.base
    pen.write(x, y, "?", Letters(size, INK, bold=True, halo=True), ha="center")


def draw_ring(
    pen: Pen, group: Group, colours: Mapping[str, int], look: Look, count: str, gid: str = ""
) -> None:
    """Several incidents: a share of the ring for each colour, and their number.

    Parameters
    ----------
    colours : mapping of str to int
        How many of its incidents bear each.
    look : Look
        ``hollow`` for places known only roughly: a thin, dashed ring.
    count : str
        Their number as it is written.
    """
    x, y, radius = group.x, group.y, look.radius
    inner = 0.84 if look.hollow else 0.72
    pen.disc(x, y, radius + 0.12 * pen.size.base, PAPER)
    turn = np.pi / 2
    for colour, part in sorted(colours.items(), key=lambda share: (-share[1], share[0])):
        end = turn - part / group.count * 2 * np.pi
        pen.outline(_sector(x, y, radius, turn, end), colour)
        turn = end
    rim = Stroked(INK, 0.05 * pen.size.base, (1.6, 1.2) if look.hollow else ())
    pen.disc(x, y, radius, None, stroke=rim)
    pen.disc(x, y, radius * inner, PAPER, gid=gid)
    size = min(0.82 * pen.size.base, 1.5 * radius * inner / len(count) ** 0.6)
    pen.write(x, y, count, Letters(size, INK, bold=True), ha="center")
    if look.uncertain:
        draw_badge(pen, x + 0.95 * radius, y - 0.85 * radius)


def _sector(x: float, y: float, radius: float, turn: float, end: float) -> Any:
    angles = np.linspace(turn, end, max(3, int(abs(end - turn) * 12)))
    arc = np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)])
    return np.vstack([arc, [(x, y)]])


def draw_hatching(
    pen: Pen, footprint: Any, colour: str, gid: str = "", outline_only: bool = False
) -> None:
    """Where a vague incident may be: hatched by lines of one grid, so that no pattern arises.

    Parameters
    ----------
    footprint : Polygon or MultiPolygon
        In points.
    outline_only : bool
        For footprints so wide that hatching them would hide the rest.
    """
    unit = pen.size.base / 10
    colour = _OCHRE if colour == _YELLOW else colour
    edge = Stroked(colour, 0.7 * unit, (3.0 * unit, 1.8 * unit), 0.75)
    if not outline_only:
        lines = shapely.intersection(_grid(footprint.bounds, 3.4 * unit), footprint)
        pen.shape([lines], None, Stroked(colour, 0.42 * unit, alpha=0.5))
    pen.shape([footprint], None, edge, gid=gid)


def _grid(bounds: tuple[float, float, float, float], step: float) -> Any:
    """Slanting lines through a box, fixed to the sheet."""
    left, bottom, right, top = bounds
    first = np.floor((left - top) / step)
    last = np.ceil((right - bottom) / step)
    offsets = np.arange(first, last + 1) * step
    return shapely.multilinestrings(
        shapely.linestrings(
            [[(offset + bottom, bottom), (offset + top, top)] for offset in offsets]
        )
    )
