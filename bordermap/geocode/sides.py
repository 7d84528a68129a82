"""Which side of the line an answer lies on, where the record states it: all answers at once."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np

from bordermap.border import Border
from bordermap.geocode.context import Context
from bordermap.geocode.footprint import CLEAR_OF_LINE_M, CUT, SIDES, Footprint, on_side
from bordermap.geocode.options import Option

__all__ = ["Draft", "Sides"]

Draft = tuple[Option | None, Context]
"""An answer, or none, and what is known of its record."""

_ADJECTIVES = {"AF": "Afghan", "PK": "Pakistani"}

_TOLD = frozenset({"relative", "between"})
"""How a disc was found that may lie wholly on the other side."""


class Sides:
    """Cuts discs at one line; each is measured and cut once."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._lies: dict[tuple[float, float], tuple[float, int]] = {}
        self._cut: dict[tuple[float, float, float, str], Footprint] = {}

    def stated(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Answers with the side that their records state, cut to it where they reach the line.

        An answer by landmarks that lies wholly on the other side is left out, with a note.
        """
        done = list(drafts)
        discs = [
            (at, option, context)
            for at, (option, context) in enumerate(drafts)
            if option and _is_disc(option) and context.stated_country[0]
        ]
        self._measure({(o.footprint.lon, o.footprint.lat) for _, o, _ in discs})
        for at, option, context in discs:
            lies = self._lies[option.footprint.lon, option.footprint.lat]
            done[at] = self._one(option, context, *lies)
        return done

    def _measure(self, points: Set[tuple[float, float]]) -> None:
        """Learn how far from the line, and on which side of it, new points lie."""
        new = sorted(points - self._lies.keys())
        found = self._border.measure(*np.array(new).reshape(-1, 2).T)
        lies = zip(found.distance_m.tolist(), found.side.tolist(), strict=True)
        self._lies.update(zip(new, lies, strict=True))

    def _one(self, option: Option, context: Context, distance_m: float, side: int) -> Draft:
        footprint = option.footprint
        country, words = context.stated_country
        right = side == SIDES[country]
        if distance_m >= footprint.radius_m:
            if right or option.located_by not in _TOLD or side == 0:
                return option, context
            across = f"{distance_m / 1000:.0f} km across the line, outside what the record's"
            note = f"{option.note} would lie {across} {words} says"
            return None, context.doubted("weak", note, hits=[option.hit])
        if right and distance_m > CLEAR_OF_LINE_M:
            return replace(option, footprint=replace(footprint, side=country)), context
        key = footprint.lon, footprint.lat, footprint.radius_m, country
        if key not in self._cut:
            self._cut[key] = on_side(footprint, country, self._border)
        part = self._cut[key]
        if part.note == CUT:
            note = f"on the {_ADJECTIVES[country]} side, as the record's {words} says"
            part = replace(part, note=note)
        return replace(option, footprint=part), context


def _is_disc(option: Option) -> bool:
    return not option.hit.entry.members and option.located_by != "border"
