"""The line cut into short geodesic pieces, with everything that measuring needs kept per piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from bordermap.border.ellipsoid import GEOD, FloatArray, ecef, up
from bordermap.errors import GeometryError

__all__ = ["PIECE_M", "Pieces", "cut", "line_parts"]

PIECE_M = 1_000.0
"""Longest piece. A chord of 1 km leaves its geodesic by less than 0.1 micrometre sideways."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Geodesic pieces of at most :data:`PIECE_M`, in the order of the line.

    Attributes
    ----------
    start, chord : ndarray of float64, shape (3, n)
        Earth-centred start of each piece and the vector to its end, metres.
    per_chord2 : ndarray of float64, shape (n,)
        One over the squared chord.
    lift : ndarray of float64, shape (3, n)
        Four times the way from the chord's middle up to the geodesic's: a point at the share
        ``t`` of the piece is ``start + t chord + t (1 - t) lift``.
    lon, lat, dlon, dlat, bend_lon, bend_lat : ndarray of float64, shape (n,)
        The same in degrees: ``lon + t dlon + t (1 - t) bend_lon``.
    mark_m, length_m : ndarray of float64, shape (n,)
        Geodesic metres along the line at the start of the piece, and its length.
    right, right_start, right_end : ndarray of float64, shape (3, n)
        Directions to the right of travel: inside the piece, and at its two ends, where the
        directions of the neighbours are added so that a point near a vertex gets one side.
    total_m : float
    """

    start: FloatArray
    chord: FloatArray
    per_chord2: FloatArray
    lift: FloatArray
    lon: FloatArray
    lat: FloatArray
    dlon: FloatArray
    dlat: FloatArray
    bend_lon: FloatArray
    bend_lat: FloatArray
    mark_m: FloatArray
    length_m: FloatArray
    right: FloatArray
    right_start: FloatArray
    right_end: FloatArray
    total_m: float

    def __len__(self) -> int:
        return len(self.mark_m)


def line_parts(line: Any) -> list[FloatArray]:
    """Coordinates of each part of a line, longitude and latitude, checked.

    Repeated vertices are dropped; heights are ignored.

    Raises
    ------
    GeometryError
        Not a line, empty, of one vertex, or with coordinates that are no degrees.
    """
    if not isinstance(line, (shapely.LineString, shapely.MultiLineString)):
        kind = getattr(line, "geom_type", type(line).__name__)
        raise GeometryError(f"a {kind} is no line", todo="give a LineString or MultiLineString")
    parts = []
    for part in shapely.get_parts(line):
        coords = shapely.get_coordinates(part)
        if not np.isfinite(coords).all() or (np.abs(coords) > [180, 90]).any():
            raise GeometryError(
                "the line has coordinates that are not longitude and latitude in degrees",
                todo="reproject it to EPSG:4326 first",
            )
        moved = np.ones(len(coords), dtype=bool)
        moved[1:] = (coords[1:] != coords[:-1]).any(axis=1)
        if moved.sum() > 1:
            parts.append(coords[moved])
    if not parts:
        raise GeometryError("the line has no length", todo="give at least two different vertices")
    return parts


def _cut_part(coords: FloatArray, piece_m: float) -> tuple[FloatArray, FloatArray]:
    """Vertices of one part cut to at most ``piece_m`` along geodesics, and their marks."""
    azimuth, _, length = GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
    count = np.maximum(1, np.ceil(length / piece_m)).astype(np.intp)
    segment = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    along = step * length[segment] / count[segment]
    lon, lat, _ = GEOD.fwd(coords[segment, 0], coords[segment, 1], azimuth[segment], along)
    vertices = np.column_stack([lon, lat])
    vertices[step == 0] = coords[:-1]
    marks = np.r_[0, np.cumsum(length)]
    return (
        np.vstack([vertices, coords[-1:]]),
        np.r_[marks[segment] + along, marks[-1]],
    )


def _wrap(degrees: FloatArray) -> FloatArray:
    wrapped: FloatArray = (degrees + 180) % 360 - 180
    return wrapped


def _middles(lon0: FloatArray, lat0: FloatArray, lon1: FloatArray, lat1: FloatArray) -> FloatArray:
    azimuth, _, length = GEOD.inv(lon0, lat0, lon1, lat1)
    lon, lat, _ = GEOD.fwd(lon0, lat0, azimuth, length / 2)
    return np.stack([lon, lat])


def cut(parts: list[FloatArray], piece_m: float = PIECE_M) -> Pieces:
    """Cut the parts of a line into geodesic pieces.

    Parameters
    ----------
    parts : list of ndarray of float64, shape (m, 2)
        As :func:`line_parts` gives them; the kilometres run on from part to part.
    piece_m : float
        Longest piece in metres.
    """
    starts, ends, marks, lengths, heads = [], [], [], [], []
    travelled = 0.0
    for coords in parts:
        vertices, mark = _cut_part(coords, piece_m)
        starts.append(vertices[:-1])
        ends.append(vertices[1:])
        marks.append(travelled + mark[:-1])
        lengths.append(np.diff(mark))
        heads.append(np.r_[True, np.zeros(len(vertices) - 2, dtype=bool)])
        travelled += float(mark[-1])
    return _assemble(
        np.vstack(starts),
        np.vstack(ends),
        np.concatenate(marks),
        np.concatenate(lengths),
        np.concatenate(heads),
        travelled,
    )


def _assemble(
    start: FloatArray,
    end: FloatArray,
    mark_m: FloatArray,
    length_m: FloatArray,
    is_head: FloatArray,
    total_m: float,
) -> Pieces:
    lon0, lat0, lon1, lat1 = start[:, 0], start[:, 1], end[:, 0], end[:, 1]
    middle_lon, middle_lat = _middles(lon0, lat0, lon1, lat1)
    p, q, middle = ecef(lon0, lat0), ecef(lon1, lat1), ecef(middle_lon, middle_lat)
    chord = q - p
    dlon, dlat = _wrap(lon1 - lon0), lat1 - lat0
    right = np.cross(chord, up(middle_lon, middle_lat), axis=0)
    right /= np.linalg.norm(right, axis=0)
    joint = np.where(is_head[1:], 0.0, 1.0)  # no neighbour across the gap between two parts
    right_start, right_end = right.copy(), right.copy()
    right_start[:, 1:] += joint * right[:, :-1]
    right_end[:, :-1] += joint * right[:, 1:]
    return Pieces(
        start=p,
        chord=chord,
        per_chord2=1 / (chord * chord).sum(axis=0),
        lift=(middle - (p + q) / 2) * 4,
        lon=lon0,
        lat=lat0,
        dlon=dlon,
        dlat=dlat,
        bend_lon=_wrap(middle_lon - lon0 - dlon / 2) * 4,
        bend_lat=(middle_lat - lat0 - dlat / 2) * 4,
        mark_m=mark_m,
        length_m=length_m,
        right=right,
        right_start=right_start,
        right_end=right_end,
        total_m=total_m,
    )
