"""``Border``: a line with an address for every point near it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from bordermap.border.answers import COLUMNS, LINE_TOLERANCE_M, write_answers
from bordermap.border.beside import Edges, place_beside
from bordermap.border.ellipsoid import FloatArray, ecef
from bordermap.border.index import Index
from bordermap.border.nearest import foot_degrees
from bordermap.border.pieces import Pieces, cut, line_parts
from bordermap.border.reach import kilometres_around
from bordermap.border.stretches import stretches_in
from bordermap.border.zones import split_zone, zone_polygon
from bordermap.errors import GeometryError
from bordermap.layers import load_layer
from bordermap.shown import tabled

__all__ = ["LINE_TOLERANCE_M", "Border", "Measurement", "Offsets"]

LEAST_STEP_KM = 0.1
"""Kilometre posts do not stand closer than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Where points stand in relation to a line; arrays of one length.

    Attributes
    ----------
    distance_m : ndarray of float64
        Geodesic distance to the line, WGS 84.
    km : ndarray of float64
        Geodesic kilometre along the line of the nearest place, from the line's start.
    lon, lat : ndarray of float64
        That place, degrees.
    side : ndarray of int8
        1 left of the line's direction, -1 right of it, 0 within :data:`LINE_TOLERANCE_M`.
    """

    distance_m: FloatArray
    km: FloatArray
    lon: FloatArray
    lat: FloatArray
    side: NDArray[np.int8]

    def take(self, rows: NDArray[np.intp]) -> Measurement:
        """Those of some points."""
        return Measurement(*(np.take(getattr(self, name), rows) for name in self.__slots__))

    def _repr_html_(self) -> str:
        return tabled({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """How far another line runs from stations along a line; arrays of one length.

    Attributes
    ----------
    km, lon, lat : ndarray of float64
        Stations: geodesic kilometre along the line, and degrees.
    distance_m : ndarray of float64
        Geodesic distance from the station to the nearest place of the other line.
    side : ndarray of int8
        Side of the line on which that place lies: 1 left, -1 right, 0 within
        :data:`LINE_TOLERANCE_M`.
    """

    km: FloatArray
    lon: FloatArray
    lat: FloatArray
    distance_m: FloatArray
    side: NDArray[np.int8]


class Border:
    """A border line, ready to measure points against.

    Parameters
    ----------
    line : LineString or MultiLineString
        Longitude and latitude in degrees, EPSG:4326. Segments are geodesics. Kilometres run along
        it from its start and on from part to part.

    Raises
    ------
    GeometryError
        Not a line, empty, without length, or not in degrees.

    Notes
    -----
    Our own line (:meth:`load`) runs from south-west to north-east, so Afghanistan is on its left
    (side 1) and Pakistan on its right (side -1).
    """

    __slots__ = ("_geometry", "_index", "_known_edges", "_parts", "_pieces")

    _geometry: shapely.LineString | shapely.MultiLineString
    _parts: tuple[FloatArray, ...]
    _pieces: Pieces
    _index: Index
    _known_edges: Edges | None

    def __init__(self, line: shapely.LineString | shapely.MultiLineString) -> None:
        parts = line_parts(line)
        lines, pieces = [shapely.LineString(part) for part in parts], cut(parts)
        whole = lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
        object.__setattr__(self, "_geometry", whole)
        object.__setattr__(self, "_parts", tuple(parts))
        object.__setattr__(self, "_pieces", pieces)
        object.__setattr__(self, "_index", Index(pieces))
        object.__setattr__(self, "_known_edges", None)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Border is frozen; {name} cannot be set")

    def __reduce__(self) -> tuple[type[Border], tuple[Any]]:
        return Border, (self.geometry,)

    def __repr__(self) -> str:
        return f"<Border of {self.length_km:,.1f} km, {sum(map(len, self._parts)):,} vertices>"

    @staticmethod
    def load() -> Border:
        """Return the line that travels with the program, made once per process."""
        return _load()

    @property
    def geometry(self) -> shapely.LineString | shapely.MultiLineString:
        """The line, without repeated vertices."""
        return self._geometry

    @property
    def length_km(self) -> float:
        """Geodesic length in kilometres, as drawn; it depends on how finely the line is drawn."""
        return self._pieces.total_m / 1000

    def expect(self, points: int) -> None:
        """Build now what pays for so many points, which will be measured in smaller parts."""
        self._index.tree_for(points)

    def measure(self, lon: ArrayLike, lat: ArrayLike) -> Measurement:
        """Relate points to the line.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Degrees, WGS 84.

        Returns
        -------
        Measurement
            Arrays of length n. Points with a coordinate that is not finite get NaN and side 0.
            Of two equally near places the one with the smaller kilometre is taken.

        Raises
        ------
        GeometryError
            The arrays differ in length, or a coordinate is out of range.

        Notes
        -----
        Errors against the exact geodesic: distance below 0.1 mm, place and kilometre below 1 cm,
        out to 1,000 km from the line (found on 100,000 points: 0.2 micrometres and 4 mm). Where
        the distances to two places differ by less than 1 mm, either may be given.
        """
        lons, lats = _checked(lon, lat)
        known = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats))
        table = np.full((len(lons), COLUMNS), np.nan)
        table[:, 4] = 0
        self._index.nearest(lons, lats, known, partial(write_answers, self._pieces, table))
        distance_m, km, lon, lat = (table[:, at].copy() for at in range(4))
        return Measurement(distance_m, km, lon, lat, table[:, 4].astype(np.int8))

    def point_at(self, km: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of places on the line.

        Parameters
        ----------
        km : array_like of float
            Geodesic kilometres from the line's start, 0 to :attr:`length_km`.

        Raises
        ------
        GeometryError
            A kilometre is off the line or not a number.
        """
        marks = np.atleast_1d(np.asarray(km, dtype=np.float64)) * 1000
        if not ((marks >= 0) & (marks <= self._pieces.total_m + 1e-6)).all():
            raise GeometryError(
                f"there is no such kilometre on a line of {self.length_km:.3f} km",
                todo="give kilometres from 0 to its length",
            )
        piece = np.searchsorted(self._pieces.mark_m, marks, side="right") - 1
        share = np.clip((marks - self._pieces.mark_m[piece]) / self._pieces.length_m[piece], 0, 1)
        return foot_degrees(self._pieces, piece, share)

    def kilometres_around(
        self, lon: ArrayLike, lat: ArrayLike, radius_m: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Bounds of the kilometre over discs: no place in one has its nearest place beyond them.

        Parameters
        ----------
        lon, lat, radius_m : array_like of float, shape (n,)
            Finite degrees; metres, not negative. Bounds come out up to about 1 km too wide.
        """
        lons, lats = _checked(lon, lat)
        found = self.measure(lons, lats)
        places = ecef(lons, lats), ecef(found.lon, found.lat)
        radius = np.asarray(radius_m, dtype=np.float64)
        return kilometres_around(self._pieces, self._index.blocks, *places, radius)

    def stretch(self, from_km: float, to_km: float) -> shapely.LineString | shapely.MultiLineString:
        """Part of the line between two kilometres, with the line's own vertices.

        Raises
        ------
        GeometryError
            The kilometres are off the line, or the first is not below the second.
        """
        if not from_km < to_km:
            raise GeometryError(
                f"a stretch from kilometre {from_km} to {to_km} has no length",
                todo="give the smaller kilometre first",
            )
        lon, lat = self.point_at([from_km, to_km])
        ends = np.column_stack([lon, lat])
        lines, first = [], 0
        for part in self._parts:
            marks = self._edges.marks_m[first : first + len(part)] / 1000
            first += len(part) - 1
            inside = part[(marks > from_km) & (marks < to_km)]
            coords = [inside]
            if marks[0] <= from_km < marks[-1]:
                coords.insert(0, ends[:1])
            if marks[0] < to_km <= marks[-1]:
                coords.append(ends[1:])
            joined = np.vstack(coords)
            if len(joined) > 1:
                lines.append(shapely.LineString(joined))
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)

    def stretches_within(
        self, area: shapely.Polygon | shapely.MultiPolygon
    ) -> list[tuple[float, float]]:
        """Return the stretches of the line inside an area or on its edge, as a province has them.

        Parameters
        ----------
        area : Polygon or MultiPolygon
            EPSG:4326.

        Returns
        -------
        list of (from_km, to_km)
            In the order of the line, none overlapping; empty where the line keeps out. Ends are
            within 5 m of the edge for edges that the line does not cross at a very flat angle;
            stretches and gaps under 10 m are passed over.

        Raises
        ------
        GeometryError
            Not a polygon, empty or invalid.
        """
        if not isinstance(area, (shapely.Polygon, shapely.MultiPolygon)) or area.is_empty:
            raise GeometryError("that is no area", todo="give a Polygon or MultiPolygon")
        if not area.is_valid:
            raise GeometryError(
                f"the area is invalid: {shapely.is_valid_reason(area)}",
                todo="repair it, e.g. with shapely.make_valid",
            )
        return stretches_in(self.geometry, area, lambda lon, lat: self.measure(lon, lat).km)

    def compare(self, other: Border, *, step_km: float = 0.5) -> Offsets:
        """Offsets of another line at stations along this one.

        Parameters
        ----------
        other : Border
        step_km : float
            From station to station, in kilometres along this line; the first is at its start and
            the last at its end.

        Returns
        -------
        Offsets
            Distances are exact to 0.1 mm, as in :meth:`measure`. They are not symmetric: where
            this line has a bay that the other passes by, ``other.compare(self)`` does not see it.

        Raises
        ------
        GeometryError
            The step is not a positive length, or would make over ten million stations.
        """
        if not (step_km > 0 and self.length_km / step_km <= 1e7):
            raise GeometryError(
                f"stations every {step_km} km cannot be made", todo="give a longer positive step"
            )
        km = np.append(np.arange(0, self.length_km, step_km), self.length_km)
        lon, lat = self.point_at(km)
        found = other.measure(lon, lat)
        side = self.measure(found.lon, found.lat).side
        return Offsets(km, lon, lat, found.distance_m, side)

    def zone(
        self, radius_m: float, side: int | None = None, *, tolerance_m: float = 1.0
    ) -> shapely.Polygon | shapely.MultiPolygon:
        """Area within a geodesic distance of the line.

        Parameters
        ----------
        radius_m : float
            Metres, above 0 and at most 500,000.
        side : {1, -1}, optional
            Only the part left (1) or right (-1) of the line; beyond an end of the line, of its
            last segment drawn on. Both sides when not given.
        tolerance_m : float
            How far the outline may be from the true distance, in metres. 100 is right for a small
            map and many times faster than 1.

        Returns
        -------
        Polygon or MultiPolygon
            EPSG:4326.

        Raises
        ------
        GeometryError
            The radius or the tolerance is not a positive length, the side is unknown, or the zone
            would reach the antimeridian or a pole.

        Notes
        -----
        The outline is held to the tolerance by measuring every edge at its thirds. Around our
        line, 10 km at 1 m takes 28,600 vertices; no place of it was found 0.8 m off.
        """
        if side not in (None, 1, -1):
            raise GeometryError(f"there is no side {side}", todo="give 1 (left) or -1 (right)")
        if side is not None:
            return self.zone_sides(radius_m, tolerance_m=tolerance_m)[side]
        if not 0 < radius_m <= 500_000:
            raise GeometryError(
                f"a zone of {radius_m} m cannot be drawn", todo="give 1 m to 500,000 m"
            )
        if not tolerance_m > 0:
            raise GeometryError(f"a tolerance of {tolerance_m} m", todo="give a positive one")
        self._refuse_beyond_the_map(float(radius_m))
        return zone_polygon(list(self._parts), self._nearest, float(radius_m), float(tolerance_m))

    def zone_sides(
        self, radius_m: float, *, tolerance_m: float = 1.0
    ) -> dict[int, shapely.Polygon | shapely.MultiPolygon]:
        """Both sides of :meth:`zone`, left (1) and right (-1), from one outline.

        Parameters and errors are those of :meth:`zone`; it takes half the time of asking twice.
        """
        whole = self.zone(radius_m, tolerance_m=tolerance_m)
        return split_zone(
            whole, list(self._parts), self._nearest, float(radius_m), float(tolerance_m)
        )

    def posts(self, step_km: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Kilometre posts: places on the line at 0, ``step_km``, twice that, ... to its end.

        Parameters
        ----------
        step_km : float
            At least :data:`LEAST_STEP_KM` and a number.

        Returns
        -------
        km, lon, lat : ndarray of float64

        Raises
        ------
        GeometryError
            The step is too small, negative or no number.
        """
        if not LEAST_STEP_KM <= step_km < np.inf:
            raise GeometryError(
                f"posts every {step_km:g} km cannot be set",
                todo=f"give a step of at least {LEAST_STEP_KM:g} km",
            )
        km = np.arange(int(self.length_km / step_km) + 1, dtype=np.float64) * float(step_km)
        lon, lat = self.point_at(np.minimum(km, self.length_km))
        return km, lon, lat

    def place_beside(
        self, km: ArrayLike, offset_m: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Places at a distance to the left or right of a kilometre of the line.

        Parameters
        ----------
        km, offset_m : array_like of float, shape (n,)
            Geodesic kilometres along the line; metres from it, positive on its left.

        Returns
        -------
        lon, lat : ndarray of float64
            Degrees; exactly ``abs(offset_m)`` from the line's point at ``km``.
        reach_m : ndarray of float64
            How far other places with the same kilometre and offset lie from this one, metres; 0
            but at vertices. NaN where :meth:`measure` does not give back the kilometre to 1 m and
            the offset to 1 cm: inside a bend another stretch is nearer.

        Raises
        ------
        GeometryError
            A kilometre is off the line or not a number.

        Notes
        -----
        At a vertex of the line many directions share one kilometre; the middle of those that
        hold is taken.
        """
        return place_beside(
            self,
            self._edges,
            *np.broadcast_arrays(
                np.atleast_1d(np.asarray(km, dtype=np.float64)),
                np.atleast_1d(np.asarray(offset_m, dtype=np.float64)),
            ),
        )

    @property
    def _edges(self) -> Edges:
        """Where each edge of the line begins, found when first asked for."""
        if self._known_edges is None:
            object.__setattr__(self, "_known_edges", Edges.of(self._parts))
        return cast(Edges, self._known_edges)

    def _refuse_beyond_the_map(self, radius_m: float) -> None:
        reach = radius_m * 1.01 / 110_574  # metres in the shortest degree of latitude
        coords = np.vstack(self._parts)
        top = np.abs(coords[:, 1]).max() + reach
        wide = reach / np.cos(np.radians(top)) if top < 89 else 360
        jumps = any((np.abs(np.diff(part[:, 0])) > 180).any() for part in self._parts)
        if jumps or np.abs(coords[:, 0]).max() + wide > 180:
            raise GeometryError(
                "the zone reaches the antimeridian or a pole",
                todo="cut the line there, or take a smaller radius",
            )

    def _nearest(
        self, lon: FloatArray, lat: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int8]]:
        found = self.measure(lon, lat)
        return found.distance_m, found.lon, found.lat, found.side


def _checked(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    lons = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    lats = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if lons.shape != lats.shape or lons.ndim != 1:
        raise GeometryError(
            f"{lons.shape} longitudes and {lats.shape} latitudes", todo="give as many of each"
        )
    lons = np.where(np.isfinite(lons), lons, np.nan)
    lats = np.where(np.isfinite(lats), lats, np.nan)
    bad = np.nonzero((np.abs(lons) > 180) | (np.abs(lats) > 90))[0]
    if len(bad):
        raise GeometryError(
            f"longitude {lons[bad[0]]}, latitude {lats[bad[0]]} is out of range",
            where=f"point {bad[0] + 1}",
            todo="give degrees, longitude first",
        )
    return lons, lats


@cache
def _load() -> Border:
    line: shapely.LineString = load_layer("line").frame.geometry.iloc[0]
    return Border(line)
