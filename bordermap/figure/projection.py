"""A conformal projection fitted to the ground that is shown, and its place on the sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

__all__ = ["Box", "View", "fitted_view"]

Box = tuple[float, float, float, float]
"""West, south, east, north; or left, bottom, right, top in points."""

_SHARE = 6.0
"""Standard parallels lie a sixth of the height inside either edge (Deetz and Adams 1934)."""

_POINT_M = 0.0254 / 72


@dataclass(frozen=True, slots=True)
class View:
    """Longitude and latitude to points on the sheet, by a Lambert conformal conic projection.

    Attributes
    ----------
    parallels : tuple of float
        Standard parallels, degrees north.
    centre : tuple of float
        Longitude of the central meridian and latitude of origin, degrees.
    frame : Box
        Of the map on the sheet, points.
    metre : float
        Points to a metre on the ground where the scale is true.
    middle : tuple of float
        Projected metres that stand in the middle of the frame.
    """

    parallels: tuple[float, float]
    centre: tuple[float, float]
    frame: Box
    metre: float = 1.0
    middle: tuple[float, float] = (0.0, 0.0)

    @property
    def projection(self) -> pyproj.Proj:
        lon, lat = self.centre
        south, north = self.parallels
        return pyproj.Proj(
            proj="lcc", lat_1=south, lat_2=north, lat_0=lat, lon_0=lon, ellps="WGS84"
        )

    def points(self, lon: Any, lat: Any) -> npt.NDArray[np.float64]:
        """Points on the sheet, shape (n, 2)."""
        places = np.asarray(lon, float), np.asarray(lat, float)
        # Of arrays of one pyproj makes numbers in a way that older NumPy warns of; not of lists.
        lists = (one.tolist() for one in places)
        east, north = map(np.asarray, self.projection(*(lists if places[0].size == 1 else places)))
        left, bottom, right, top = self.frame
        x = (east - self.middle[0]) * self.metre + (left + right) / 2
        y = (north - self.middle[1]) * self.metre + (bottom + top) / 2
        return np.column_stack([x, y])

    def drawn(self, geometries: Any) -> Any:
        """Geometries in EPSG:4326 as they lie on the sheet, in points."""
        return shapely.transform(geometries, lambda xy: self.points(xy[:, 0], xy[:, 1]))

    def ground(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a point of the sheet."""
        left, bottom, right, top = self.frame
        east = (x - (left + right) / 2) / self.metre + self.middle[0]
        north = (y - (bottom + top) / 2) / self.metre + self.middle[1]
        lon, lat = self.projection(east, north, inverse=True)
        return float(lon), float(lat)

    @property
    def km_a_point(self) -> float:
        return 0.001 / self.metre

    @property
    def ratio(self) -> float:
        """The map's scale is one to this."""
        return 1 / (self.metre * _POINT_M)

    def north(self, x: float, y: float) -> float:
        """Degrees by which north leans to the left of straight up at a point of the sheet."""
        lon, lat = self.ground(x, y)
        here, there = self.points([lon, lon], [lat, lat + 0.01])
        return math.degrees(math.atan2(here[0] - there[0], there[1] - here[1]))

    def distortion(self) -> float:
        """The largest error of the scale over the frame, as a share: 0.002 is 0.2 %."""
        left, bottom, right, top = self.frame
        grid = [(x, y) for x in np.linspace(left, right, 13) for y in np.linspace(bottom, top, 13)]
        lon, lat = np.array([self.ground(x, y) for x, y in grid]).T
        factors = self.projection.get_factors(lon, lat)
        return float(np.abs(factors.meridional_scale - 1).max())


def fitted_view(ground: Box, frame: Box) -> View:
    """The view that shows a box of degrees as large as the frame allows.

    Parameters
    ----------
    ground : Box
        Degrees: what must be seen.
    frame : Box
        Points on the sheet.
    """
    west, south, east, north = ground
    sixth = (north - south) / _SHARE
    centre = ((west + east) / 2, (south + north) / 2)
    plain = View((south + sixth, north - sixth), centre, (0.0, 0.0, 0.0, 0.0))
    across, up = np.linspace(west, east, 41), np.linspace(south, north, 41)
    edge = np.concatenate(
        [plain.points(across, np.full(41, lat)) for lat in (south, north)]
        + [plain.points(np.full(41, lon), up) for lon in (west, east)]
    )
    (x0, y0), (x1, y1) = edge.min(axis=0), edge.max(axis=0)
    left, bottom, right, top = frame
    metre = min((right - left) / (x1 - x0), (top - bottom) / (y1 - y0))
    return View(plain.parallels, centre, frame, metre, ((x0 + x1) / 2, (y0 + y1) / 2))
