"""The colour and the shape of each event type, wherever it is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bordermap.errors import FrameError

__all__ = ["EVENT_STYLES", "SHAPES", "EventStyle"]

SHAPES = (
    "circle",
    "triangle",
    "triangle_down",
    "square",
    "diamond",
    "star",
    "hexagon",
    "plus",
    "pentagon",
    "cross",
)
"""Shapes that the page can draw; ``static/marks.js`` has one function for each."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class EventStyle:
    """Colour (``#rrggbb``) and shape of one event type.

    Raises
    ------
    FrameError
        The colour is not ``#rrggbb`` or the shape is not one of :data:`SHAPES`.
    """

    colour: str
    shape: str

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise FrameError(
                f"the colour {self.colour!r} cannot be used", todo="write it as #rrggbb"
            )
        if self.shape not in SHAPES:
            raise FrameError(
                f"there is no shape {self.shape!r}", todo=f"choose one of {', '.join(SHAPES)}"
            )


EVENT_STYLES: Mapping[str, EventStyle] = MappingProxyType(
    {
        "airstrike": EventStyle("#d55e00", "triangle"),
        "drone_strike": EventStyle("#e69f00", "triangle_down"),
        "shelling": EventStyle("#cc79a7", "diamond"),
        "armed_clash": EventStyle("#0072b2", "circle"),
        "explosion": EventStyle("#222222", "star"),
        "attack_on_civilians": EventStyle("#f0e442", "square"),
        "crossing_closure": EventStyle("#009e73", "hexagon"),
        "protest": EventStyle("#56b4e9", "plus"),
        "other": EventStyle("#545454", "pentagon"),
        "unknown": EventStyle("#cccccc", "cross"),
    }
)
"""Okabe and Ito's colours (Color Universal Design, 2008), which every kind of colour vision tells
apart, and a shape for each type, so that colour is never the only sign."""
