"""Where title, map, legend and notes stand; the map gets what the others leave."""

from __future__ import annotations

from dataclasses import dataclass

from bordermap.figure.legend import Legend
from bordermap.figure.panel import Panel, columns_of
from bordermap.figure.pen import INK, Letters, Pen
from bordermap.figure.projection import Box

__all__ = ["Rooms", "Texts"]

_NOTE, _LEAD = 0.66, 1.3
_MAP_NOTE_LINES = 2
"""Lines kept for what is known only when the map is drawn."""

_SHORT = 3
"""Lines of a caption; a longer one, such as a source's terms, is set smaller and never cut."""

_TALL = 1.02
_FITS = ((9, 0.86), (9, 0.76), (6, 0.72), (4, 0.64), (3, 0.55), (3, 0.45))
"""Most types in the legend, and its letters as a share of plain text, until it fits."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands above and below the map, before it is broken into lines."""

    title: str
    subtitle: str
    data: str
    sources: str


class Rooms:
    """Boxes of the sheet, in points, and what draws their texts.

    Parameters
    ----------
    rtl : bool
        Whether the page reads from the right: then the legend stands on the left.
    """

    def __init__(self, pen: Pen, texts: Texts, rtl: bool) -> None:
        self.pen, self.rtl = pen, rtl
        self.base, self.pad = pen.size.base, 1.3 * pen.size.base
        self.width = pen.size.width - 2 * self.pad
        self._title = self._lines(texts.title, 1.7, 2, bold=True)
        self._small = 1.0
        self._subtitle = self._lines(texts.subtitle, self._small, 12)
        if len(self._subtitle) > _SHORT:
            self._small = 0.76
            self._subtitle = self._lines(texts.subtitle, self._small, 12)
        self._data = self._lines(texts.data, _NOTE, 6)
        self._sources = self._lines(texts.sources, _NOTE, 12)
        self.is_tall = pen.size.height > _TALL * pen.size.width
        self.map, self.legend = self._boxes()

    def _lines(self, text: str, size: float, most: int, bold: bool = False) -> list[str]:
        fonts = self.pen.fonts
        return fonts.wrapped(fonts.shown(text), size * self.base, self.width, bold, most)

    def _boxes(self) -> tuple[Box, Box]:
        base, pad = self.base, self.pad
        left, right = pad, self.pen.size.width - pad
        head = (2.1 * len(self._title) + 1.35 * self._small * len(self._subtitle) + 0.5) * base
        notes = len(self._data) + len(self._sources) + _MAP_NOTE_LINES
        top, bottom = self.pen.size.height - pad - head, pad + (notes * _NOTE * _LEAD + 0.5) * base
        if self.is_tall:
            cut = bottom + 0.37 * (top - bottom)
            return (left, cut, right, top), (left, bottom, right, cut - 0.4 * base)
        panel = max(15.5 * base, 0.225 * self.width)
        if self.rtl:
            cut = left + panel
            return (cut + 1.4 * base, bottom, right, top), (left, bottom, cut, top)
        cut = right - panel
        return (left, bottom, cut - 1.4 * base, top), (cut, bottom, right, top)

    def draw_legend(self, legend: Legend) -> None:
        """The legend in one column or two, with as many types as there is room for."""
        left, bottom, right, top = self.legend
        columns, gap = (2, 1.2 * self.base) if self.is_tall else (1, 0.0)
        width = (right - left - gap * (columns - 1)) / columns
        for most, share in _FITS:
            panel = Panel(self.pen, width, self.base * share, self.rtl)
            parts = columns_of(legend.blocks(most), panel, columns)
            if max(map(panel.height, parts)) <= top - bottom:
                break
        for number, part in enumerate(parts):
            place = len(parts) - 1 - number if self.rtl else number
            panel.draw(part, left + place * (width + gap), top)

    def draw_texts(self, about_map: str) -> None:
        """Title and caption above; notes on the data, the map, and the sources below."""
        y = self.pen.size.height - self.pad
        y = self._write(self._title, y, 1.7, 1.235, Letters(1.7 * self.base, INK, bold=True))
        plain = Letters(self._small * self.base, "#45413a")
        self._write(self._subtitle, y, self._small, 1.35, plain)
        mapped = self._lines(about_map, _NOTE, _MAP_NOTE_LINES)
        letters = Letters(_NOTE * self.base, "#57534a")
        y = self.legend[1] - 0.5 * self.base
        for lines in (self._data, mapped, self._sources):
            y = self._write(lines, y, _NOTE, _LEAD, letters)

    def _write(
        self, lines: list[str], y: float, size: float, lead: float, letters: Letters
    ) -> float:
        """Lines from ``y`` down; where the next one would begin is answered."""
        x = self.pen.size.width - self.pad if self.rtl else self.pad
        step = size * lead * self.base
        for line in lines:
            self.pen.write(x, y - step / 2, line, letters, ha="right" if self.rtl else "left")
            y -= step
        return y
