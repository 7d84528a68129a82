"""How large a figure is: names for what people print, or a width and a height."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bordermap.errors import FilterError

__all__ = ["SIZES", "FigureSize"]

_INCH_POINTS = 72.0
_UNITS_IN = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4}
_FORM = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)x(\d{1,4}(?:\.\d{1,3})?)(in|cm|mm)", re.ASCII)

SIZES = {"column": (3.5, 5.2), "page": (7.1, 5.6), "slide": (13.333, 7.5)}
"""Width and height in inches: a column of a journal, a page of one across, a 16:9 slide."""

_LEAST_IN, _MOST_IN = 3.0, 60.0
_LEAST_DPI, _MOST_DPI = 50, 1200
_MOST_PIXELS = 120_000_000
_TODO = "write column, page, slide, or a width and a height such as 18x14cm"


@dataclass(frozen=True, slots=True)
class FigureSize:
    """Width and height of a figure, and how finely a PNG of it is drawn.

    Attributes
    ----------
    width_in, height_in : float
        Inches.
    dpi : int
        Dots per inch of a PNG; SVG and PDF have none.

    Raises
    ------
    FilterError
        Too small to be read, or too large to be drawn.
    """

    width_in: float
    height_in: float
    dpi: int = 200

    def __post_init__(self) -> None:
        if not all(_LEAST_IN <= side <= _MOST_IN for side in (self.width_in, self.height_in)):
            raise FilterError(
                f"a figure of {self.width_in:.4g} x {self.height_in:.4g} inches cannot be drawn",
                where="--figsize",
                todo=f"each side is {_LEAST_IN:g} to {_MOST_IN:g} inches",
            )
        if not _LEAST_DPI <= self.dpi <= _MOST_DPI:
            raise FilterError(
                f"{self.dpi} dots per inch cannot be drawn",
                where="--dpi",
                todo=f"write {_LEAST_DPI} to {_MOST_DPI}",
            )
        if self.width_in * self.height_in * self.dpi**2 > _MOST_PIXELS:
            raise FilterError(
                "the picture would have more than 120 million pixels",
                where="--dpi",
                todo="take fewer dots per inch, or .svg or .pdf",
            )

    @classmethod
    def of(cls, text: str, dpi: int = 200) -> FigureSize:
        """Read ``column``, ``page``, ``slide``, or a form such as ``18x14cm``.

        Raises
        ------
        FilterError
            It cannot be understood, or the figure cannot be drawn.
        """
        named = SIZES.get(text)
        if named:
            return cls(*named, dpi)
        form = _FORM.fullmatch(text.replace(" ", ""))
        if form is None:
            raise FilterError(f"the size {text[:40]!r} is not known", where="--figsize", todo=_TODO)
        unit = _UNITS_IN[form[3]]
        return cls(float(form[1]) * unit, float(form[2]) * unit, dpi)

    @property
    def width(self) -> float:
        """Width in points."""
        return self.width_in * _INCH_POINTS

    @property
    def height(self) -> float:
        """Height in points."""
        return self.height_in * _INCH_POINTS

    @property
    def base(self) -> float:
        """Size of plain text in points: what is read in the hand, or from the back of a room."""
        return min(14.0, max(6.2, 4.6 + 0.5 * self.width_in), max(5.0, 1.9 * self.height_in))
