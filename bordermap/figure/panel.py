"""Rows of a legend: a sign, what it means, how many; measured before they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import shapely

from bordermap.figure.pen import INK, Letters, Pen, Stroked

__all__ = ["Entry", "Panel", "columns_of"]

Sign = Callable[[Pen, float, float], None]

_SOFT = "#57534a"
_LEAD = 1.32
_SIGN = 2.3
"""Ems that a sign takes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a heading, or a sign with words and a count."""

    text: str
    sign: Sign | None = None
    count: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """How rows are set: their width and letters in points, and whether they read from the right."""

    pen: Pen
    width: float
    size: float
    rtl: bool = False

    def height(self, entries: Sequence[Entry]) -> float:
        """Points that the rows take."""
        return sum(height for _, _, height in self._set(entries))

    def draw(self, entries: Sequence[Entry], left: float, top: float) -> None:
        """Draw the rows from the top down."""
        for entry, lines, height in self._set(entries):
            self._row(entry, lines, left, top - (self.size * 0.75 if entry.heading else 0))
            top -= height

    def _set(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, list[str], float]]:
        for entry in entries:
            room = self.width - (_SIGN * self.size if entry.sign else 0)
            if entry.count:
                room -= self.pen.fonts.width(entry.count, self.size) + 0.6 * self.size
            lines = self.pen.fonts.wrapped(
                self.pen.fonts.shown(entry.text), self._size(entry), room, entry.heading, most=3
            ) or [""]
            height = len(lines) * _LEAD * self.size + (self.size * 0.75 if entry.heading else 0)
            yield entry, lines, height

    def _size(self, entry: Entry) -> float:
        return self.size * (0.88 if entry.heading else 1.0)

    def _row(self, entry: Entry, lines: Sequence[str], left: float, top: float) -> None:
        pen, size = self.pen, self.size
        right = left + self.width
        start, end = (right, left) if self.rtl else (left, right)
        ahead = -1 if self.rtl else 1
        first = top - _LEAD * size / 2
        if entry.sign is not None:
            entry.sign(pen, start + ahead * 0.85 * size, first)
        at = start + (ahead * _SIGN * size if entry.sign else 0)
        letters = Letters(self._size(entry), _SOFT if entry.heading else INK, entry.heading)
        for number, line in enumerate(lines):
            y = first - number * _LEAD * size
            pen.write(at, y, line, letters, ha="right" if self.rtl else "left")
        if entry.count:
            plain = Letters(size, _SOFT)
            pen.write(end, first, entry.count, plain, ha="left" if self.rtl else "right")
        if entry.heading:
            rule = top - len(lines) * _LEAD * size + 0.1 * size
            line = shapely.LineString([(left, rule), (right, rule)])
            pen.shape([line], None, Stroked("#d9d4c9", 0.5))


def columns_of(blocks: Sequence[Sequence[Entry]], panel: Panel, count: int) -> list[list[Entry]]:
    """Blocks in columns of nearly equal height, in their order."""
    heights = [panel.height(block) for block in blocks]
    if count == 1 or len(blocks) < 2:
        return [[entry for block in blocks for entry in block]]
    cuts = range(1, len(blocks))
    cut = min(cuts, key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    return [[entry for block in half for entry in block] for half in (blocks[:cut], blocks[cut:])]
