"""A located frame becomes a static figure: PNG, SVG or PDF, of the same map as the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd

from bordermap.errors import FrameError, OutputError
from bordermap.figure.size import SIZES, FigureSize
from bordermap.files import write_bytes
from bordermap.render import MapStyle
from bordermap.schema import Layer

__all__ = ["FORMATS", "SIZES", "FigureSize", "Picture", "make_figure"]

FORMATS = (".png", ".svg", ".pdf")
"""Suffixes of figures."""

_SLIDE = FigureSize(*SIZES["slide"])


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished figure.

    Attributes
    ----------
    content : bytes
    suffix : str
        ``.png``, ``.svg`` or ``.pdf``.
    """

    content: bytes
    suffix: str

    def save(self, path: str | Path) -> None:
        """Write the figure, whole or not at all.

        Raises
        ------
        OutputError
            The folder is missing or cannot be written, or the suffix is of another format.
        """
        path = Path(path)
        if path.suffix.lower() != self.suffix:
            raise OutputError(
                f"the figure is a {self.suffix}",
                where=path.name,
                todo="name a file with that suffix",
            )
        write_bytes(path, self.content)


def make_figure(
    frame: gpd.GeoDataFrame,
    layers: Mapping[str, Layer | None] | None = None,
    style: MapStyle | None = None,
    *,
    suffix: str = ".png",
    size: FigureSize = _SLIDE,
    run: Mapping[str, Any] | None = None,
    attributions: Sequence[str] = (),
) -> Picture:
    """Draw incidents, the line and its surroundings as one static figure.

    Parameters
    ----------
    frame, layers, style, run, attributions
        As for :func:`bordermap.make_map`.
    suffix : str
        One of :data:`FORMATS`.
    size : FigureSize
        ``FigureSize.of("slide")``, ``"column"``, ``"page"``, ``"18x14cm"``.

    Returns
    -------
    Picture
        The same input gives the same bytes, with the same fonts and the same matplotlib.

    Raises
    ------
    FrameError
        ``frame`` is not a GeoDataFrame.
    OutputError
        The format is not known, or matplotlib is not installed.
    LayerError
        A reference layer is missing.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FrameError(
            f"found a {type(frame).__name__}", where="frame", todo="give a GeoDataFrame"
        )
    if suffix not in FORMATS:
        raise OutputError(
            f"figures are not written as {suffix[:20]!r}", todo="use .png, .svg, .pdf"
        )
    if find_spec("matplotlib") is None:
        todo = "pip install 'bordermap[figure]'"
        raise OutputError("drawing a figure needs matplotlib", where=suffix, todo=todo)
    # By name, so that a page can be drawn where matplotlib, an extra and slow to load, is not.
    drawing = import_module("bordermap.figure.sheet")
    order = drawing.Order(frame, layers, style or MapStyle(), run or {}, attributions, size)
    return Picture(drawing.encode_sheet(order, suffix[1:]), suffix)
