"""What draws on the sheet: points as unit, the origin at the lower left, later over earlier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke

from bordermap.figure.fonts import Fonts
from bordermap.figure.projection import Box
from bordermap.figure.size import FigureSize

__all__ = ["INK", "PAPER", "Letters", "Pen", "Stroked"]

INK = "#1d1d1b"
PAPER = "#ffffff"

_POINT_INCHES = 72.0
_FINE = 0.12
"""Points by which outlines are simplified: less than a printer's dot."""


@dataclass(frozen=True, slots=True)
class Stroked:
    """How an outline is drawn: colour, width and dashes in points, and how opaque."""

    colour: str = INK
    width: float = 0.5
    dash: tuple[float, ...] = ()
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Letters:
    """How a text looks: size in points, colour, and a rim that keeps it legible on the map."""

    size: float
    colour: str = INK
    bold: bool = False
    local: bool = False
    halo: bool = False


class Pen:
    """A sheet of paper and what is drawn on it."""

    def __init__(self, size: FigureSize, fonts: Fonts) -> None:
        self.size = size
        self.fonts = fonts
        self.figure = Figure(figsize=(size.width_in, size.height_in), dpi=size.dpi)
        self.figure.set_facecolor(PAPER)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, size.width)
        self._axes.set_ylim(0, size.height)
        self._order = 0
        self._clip: Any = None
        self._window: Box = (0.0, 0.0, size.width, size.height)

    def clip_to(self, frame: Box | None) -> None:
        """Draw inside a frame only, until told otherwise."""
        self._clip = None
        self._window = (0.0, 0.0, self.size.width, self.size.height)
        if frame is not None:
            left, bottom, right, top = self._window = frame
            self._clip = Rectangle(
                (left, bottom), right - left, top - bottom, transform=self._axes.transData
            )

    def shape(
        self,
        geometries: Any,
        fill: str | None = None,
        stroke: Stroked | None = None,
        alpha: float = 1.0,
        gid: str = "",
    ) -> None:
        """Fill and stroke polygons or lines as one shape."""
        path = _path(self._seen(geometries))
        if path is None:
            return
        stroke = stroke or Stroked(width=0.0)
        if fill is not None:
            self._add(PathPatch(path, facecolor=fill, edgecolor="none", alpha=alpha), gid)
        if stroke.width:
            patch = PathPatch(
                path,
                facecolor="none",
                edgecolor=stroke.colour,
                linewidth=stroke.width,
                alpha=stroke.alpha,
                joinstyle="round",
                capstyle="butt" if stroke.dash else "round",
            )
            # In points, as widths are; matplotlib counts dashes in widths of the line.
            patch.set_linestyle(
                (0, tuple(part / stroke.width for part in stroke.dash)) if stroke.dash else "-"
            )
            self._add(patch, "" if fill is not None else gid)

    def outline(
        self,
        points: npt.NDArray[np.float64],
        fill: str | None = None,
        stroke: Stroked | None = None,
        gid: str = "",
    ) -> None:
        """Fill and stroke one closed outline."""
        self.shape([shapely.Polygon(points)], fill, stroke, gid=gid)

    def disc(self, x: float, y: float, radius: float, fill: str | None = None, **how: Any) -> None:
        """Fill and stroke a circle."""
        self.shape([shapely.Point(x, y).buffer(radius, quad_segs=16)], fill, **how)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        letters: Letters,
        ha: Literal["left", "center", "right"] = "left",
        turn: float = 0.0,
    ) -> None:
        """Write one line around the middle of its height; nothing in it is markup."""
        artist = self._axes.text(
            x,
            y - 0.36 * letters.size,
            text,
            color=letters.colour,
            fontproperties=self.fonts.properties(letters.size, letters.bold, letters.local),
            horizontalalignment=ha,
            verticalalignment="baseline",
            rotation=turn,
            rotation_mode="anchor",
            parse_math=False,
            usetex=False,
        )
        if letters.halo:
            rim = Stroke(linewidth=0.28 * letters.size, foreground=PAPER, alpha=0.9)
            artist.set_path_effects([rim, Normal()])
        self._place(artist, "")

    def _seen(self, geometries: Any) -> list[Any]:
        """What of the geometries can be seen, simplified; a rim is kept for the strokes."""
        parts = np.atleast_1d(np.asarray(geometries, dtype=object))
        left, bottom, right, top = self._window
        box = (left - 40, bottom - 40, right + 40, top + 40)
        near = shapely.intersects(parts, shapely.box(*box))
        fine = shapely.simplify(parts[near], _FINE, preserve_topology=False)
        inside = shapely.contains(shapely.box(*box), fine)
        cut = shapely.clip_by_rect(shapely.make_valid(fine[~inside]), *box)
        return [one for one in (*fine[inside], *cut) if not one.is_empty]

    def _add(self, patch: PathPatch, gid: str) -> None:
        # Not add_patch, which measures every path to fit the axes to it.
        self._axes.add_artist(patch)
        self._place(patch, gid)

    def _place(self, artist: Artist, gid: str) -> None:
        self._order += 1
        artist.set_zorder(self._order)
        if gid:
            artist.set_gid(gid)
        if self._clip is not None:
            artist.set_clip_path(self._clip)


def _rings(geometries: Iterable[Any]) -> Iterable[tuple[Any, bool]]:
    for part in shapely.get_parts(list(geometries)):
        if part.geom_type == "Polygon":
            yield from ((ring, True) for ring in (part.exterior, *part.interiors))
        elif part.geom_type == "LineString":
            yield part, False
        elif part.geom_type == "GeometryCollection":
            yield from _rings(part.geoms)


def _path(geometries: Sequence[Any]) -> Path | None:
    """Polygons and lines as one path."""
    corners, codes = [], []
    for ring, closed in _rings(geometries):
        points = shapely.get_coordinates(ring)
        if len(points) < 2:
            continue
        steps = np.full(len(points), Path.LINETO, dtype=np.uint8)
        steps[0] = Path.MOVETO
        if closed:
            steps[-1] = Path.CLOSEPOLY
        corners.append(points)
        codes.append(steps)
    if not corners:
        return None
    return Path(np.round(np.concatenate(corners), 3), np.concatenate(codes))
