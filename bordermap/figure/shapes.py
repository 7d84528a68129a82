"""Marks of the page, for print: the same outlines, and the same colours for the same types."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bordermap.render import EventStyle

__all__ = ["OUTLINES", "type_styles"]

Outline = npt.NDArray[np.float64]

_UP = math.pi / 2
_ARM = 0.42
_PLUS = [
    [-_ARM, -1.15],
    [_ARM, -1.15],
    [_ARM, -_ARM],
    [1.15, -_ARM],
    [1.15, _ARM],
    [_ARM, _ARM],
    [_ARM, 1.15],
    [-_ARM, 1.15],
    [-_ARM, _ARM],
    [-1.15, _ARM],
    [-1.15, -_ARM],
    [-_ARM, -_ARM],
]


def _around(corners: int, radius_of: Callable[[int], float], turn: float) -> Outline:
    angles = turn + np.arange(corners) * 2 * math.pi / corners
    radii = np.array([radius_of(number) for number in range(corners)])
    return np.column_stack([np.cos(angles) * radii, np.sin(angles) * radii])


def _turned(points: Sequence[Sequence[float]], turn: float) -> Outline:
    cos, sin = math.cos(turn), math.sin(turn)
    return np.array(points) @ np.array([[cos, sin], [-sin, cos]])


OUTLINES: Mapping[str, Outline] = MappingProxyType(
    {
        "circle": _around(24, lambda _: 1.0, 0.0),
        "triangle": _around(3, lambda _: 1.3, _UP),
        "triangle_down": _around(3, lambda _: 1.3, -_UP),
        "square": _around(4, lambda _: 1.25, _UP / 2),
        "diamond": _around(4, lambda _: 1.3, _UP),
        "star": _around(10, lambda number: 0.62 if number % 2 else 1.42, _UP),
        "hexagon": _around(6, lambda _: 1.15, 0.0),
        "plus": np.array(_PLUS),
        "pentagon": _around(5, lambda _: 1.2, _UP),
        "cross": _turned(_PLUS, math.pi / 4),
    }
)
"""Outlines at radius 1, y upwards, as in ``render/static/marks.js``."""


def type_styles(types: Sequence[str], events: Mapping[str, EventStyle]) -> Mapping[str, EventStyle]:
    """Colour and shape of each type; types without a style of their own take turns, as on the page.

    Parameters
    ----------
    types : sequence of str
        In the order of the page's dictionary: sorted.
    events : mapping of str to EventStyle
    """
    spare, shapes = list(events.values()), list(OUTLINES)
    styles: dict[str, EventStyle] = {}
    turn = 0
    for kind in types:
        if kind in events:
            styles[kind] = events[kind]
            continue
        colour = spare[turn % len(spare)].colour if spare else "#1d1d1b"
        shape = shapes[(turn + turn // max(1, len(spare)) + 1) % len(shapes)]
        styles[kind] = EventStyle(colour, shape)
        turn += 1
    return styles
