"""Fonts that are there, which texts they can show, and how wide a text is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from bordermap.render.text import clean_text

__all__ = ["Fonts", "one_line"]

_BUILT_IN = "DejaVu Sans"
"""Comes with matplotlib: Latin throughout, Arabic script but for some letters of Urdu."""

_LATIN = (
    "Noto Sans",
    "Open Sans",
    "Source Sans 3",
    "Segoe UI",
    "Helvetica Neue",
    "Arial",
    "Liberation Sans",
    _BUILT_IN,
)
_LOCAL = (
    "Noto Naskh Arabic",
    "Noto Sans Arabic",
    "Vazirmatn",
    "Scheherazade New",
    "Geeza Pro",
    "Segoe UI",
    "Tahoma",
    "Arial",
    _BUILT_IN,
)
_RULER_DPI = 720
_RULER_DOTS = _RULER_DPI / 72


def one_line(value: object, limit: int) -> str:
    """Text from outside on one line without controls, cut at ``limit`` characters."""
    text = value[: 8 * limit] if isinstance(value, str) else value
    line = " ".join(clean_text(text).split())
    cut = len(line) > limit or (isinstance(value, str) and len(value) > 8 * limit)
    return f"{line[: limit - 1].rstrip()}…" if cut else line


@dataclass(frozen=True, slots=True)
class Fonts:
    """Two families: for Latin script, and for Pashto, Dari and Urdu.

    Attributes
    ----------
    latin, local : str
        Families that are installed; the one that comes with matplotlib stands behind both.
    """

    latin: str
    local: str

    @classmethod
    def installed(cls) -> Fonts:
        """The first family of each list that is on this machine."""
        names = {entry.name for entry in fontManager.ttflist}
        found = [next(name for name in names_of if name in names) for names_of in (_LATIN, _LOCAL)]
        return cls(*found)

    def properties(self, size: float, bold: bool = False, local: bool = False) -> FontProperties:
        order = (self.local, self.latin) if local else (self.latin, self.local)
        return FontProperties(
            family=list(dict.fromkeys([*order, _BUILT_IN])),
            size=size,
            weight="bold" if bold else "normal",
        )

    def shows(self, text: str) -> bool:
        """Whether every character of a text has a shape: what has none would be a box."""
        known = _characters((self.latin, self.local, _BUILT_IN))
        return all(ord(character) in known for character in text)

    def shown(self, text: str) -> str:
        """The text without what no font can show."""
        known = _characters((self.latin, self.local, _BUILT_IN))
        return "".join(character for character in text if ord(character) in known).strip()

    def width(self, text: str, size: float, bold: bool = False, local: bool = False) -> float:
        """Width in points."""
        return _width(text, self, bold, local) * size

    def wrapped(
        self, text: str, size: float, width: float, bold: bool = False, most: int = 99
    ) -> list[str]:
        """Lines no wider than ``width`` points; what is over ``most`` lines is cut."""
        lines = list(self._lines(text, size, width, bold))
        if len(lines) <= most:
            return lines
        last = lines[most - 1]
        while last and self.width(f"{last}…", size, bold) > width:
            last = last[:-1]
        return [*lines[: most - 1], f"{last.rstrip()}…"]

    def _lines(self, text: str, size: float, width: float, bold: bool) -> Iterator[str]:
        line = ""
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if self.width(longer, size, bold) <= width:
                line = longer
                continue
            if line:
                yield line
            line = word
            while len(line) > 1 and self.width(line, size, bold) > width:
                fits = self._fitting(line, size, width, bold)
                yield line[:fits]
                line = line[fits:]
        if line:
            yield line

    def _fitting(self, word: str, size: float, width: float, bold: bool) -> int:
        """How many characters of a word that is wider than a line stand on it."""
        low, high = 1, len(word)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width(word[:middle], size, bold) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return low


@cache
def _characters(families: tuple[str, ...]) -> frozenset[int]:
    """Every character that one of the families has a shape for, in plain and in bold."""
    known: set[int] = set()
    for family in families:
        plain, bold = (
            set(get_font(findfont(FontProperties(family=[family], weight=weight))).get_charmap())
            for weight in ("normal", "bold")
        )
        known |= plain & bold
    return frozenset(known)


@cache
def _ruler() -> RendererAgg:
    return RendererAgg(8, 8, _RULER_DPI)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=20_000)
def _width(text: str, fonts: Fonts, bold: bool, local: bool) -> float:
    """Width of a text of size 1; measured large, so that it is the same for every format."""
    size = 10.0
    properties = fonts.properties(size, bold, local)
    measured = _ruler().get_text_width_height_descent(text, properties, ismath=False)  # type: ignore[no-untyped-call]
    return float(measured[0]) / _RULER_DOTS / size
