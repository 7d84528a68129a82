"""The line cut into short geodesic pieces, with everything that measuring needs kept per piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border.ellipsoid import GEOD, FloatArray, IntArray, ecef, up
from bordermap.errors import GeometryError

__all__ = ["PIECE_M", "Pieces", "cut", "gather", "line_parts"]

PIECE_M = 1_000.0
"""Longest piece. A chord of 1 km leaves its geodesic by less than 0.1 micrometre sideways."""


def gather(table: FloatArray, columns: IntArray) -> FloatArray:
    """Columns of a table; several times faster than an index in brackets."""
    return np.take(table, columns, axis=1, mode="clip")


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Geodesic pieces of at most :data:`PIECE_M`, in the order of the line.

    Attributes
    ----------
    space : ndarray of float64, shape (10, n)
        One over the squared chord; the Earth-centred start (3) in metres; the chord (3), the way
        from there to the end; the lift (3), four times the way from the chord's middle up to the
        geodesic's. A point at the share ``t`` is ``start + t chord + t (1 - t) lift``.
    degrees : ndarray of float64, shape (6, n)
        The same in longitude (start, way, bend) and latitude.
    mark_m, length_m : ndarray of float64, shape (n,)
        Geodesic metres along the line at the start of the piece, and its length.
    right : ndarray of float64, shape (3, 3 n)
        Directions to the right of travel: for all pieces at their starts, then inside, then at
        their ends. At an end the neighbour's direction is added, so that a point near a vertex
        gets one side.
    is_head : ndarray of bool, shape (n,)
        Whether the piece starts a part of the line, not where the piece before it ends.
    total_m : float
    """

    space: FloatArray
    degrees: FloatArray
    mark_m: FloatArray
    length_m: FloatArray
    right: FloatArray
    is_head: NDArray[np.bool_]
    total_m: float

    def __len__(self) -> int:
        return len(self.mark_m)

    @property
    def start(self) -> FloatArray:
        """Earth-centred starts, shape (3, n)."""
        return self.space[1:4]

    @property
    def chord(self) -> FloatArray:
        """Ways from the starts to the ends, shape (3, n)."""
        return self.space[4:7]


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
    vertices = coords[segment]
    new = np.flatnonzero(step)
    cut_from = segment[new]
    lon, lat, _ = GEOD.fwd(*coords[cut_from].T, azimuth[cut_from], along[new])
    vertices[new] = np.column_stack([lon, lat])
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
    is_head: NDArray[np.bool_],
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
    bend_lon = _wrap(middle_lon - lon0 - dlon / 2) * 4
    bend_lat = (middle_lat - lat0 - dlat / 2) * 4
    return Pieces(
        space=np.vstack([1 / (chord * chord).sum(axis=0), p, chord, (middle - (p + q) / 2) * 4]),
        degrees=np.vstack([lon0, dlon, bend_lon, lat0, dlat, bend_lat]),
        mark_m=mark_m,
        length_m=length_m,
        right=np.concatenate([right_start, right, right_end], axis=1),
        is_head=is_head,
        total_m=total_m,
    )
