"""The nearest place on the line to each point, exactly, from pairs of candidates.

1. The chord in Earth-centred space finds the foot on each candidate piece.
2. Chords order geodesics truly but for near ties: for one geodesic length ``s`` the chord depends
   on the direction's curvature by at most ``s^3 / (24 R^2) * 0.015``. Candidates closer than that
   to the best are settled by their geodesics; of two equal ones the smaller kilometre wins.
3. Far from the line the foot of the chord is not the foot of the geodesic; parabola steps on the
   geodesic's length put it right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bordermap.border.ellipsoid import GEOD, SHORT_M, FloatArray, IntArray, chord_to_geodesic
from bordermap.border.pieces import Pieces

__all__ = ["Feet", "settle"]

TIE_M = 5e-9
"""Geodesics closer than this are equal: the rounding of Earth-centred coordinates (metres)."""

NEAR_M = 20_000.0
"""Up to here the chord's foot is the geodesic's foot to within 0.1 mm along the line (metres)."""

STEP_M = 25.0
"""Half width of the parabola, in metres along the line."""

STEPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Feet:
    """The nearest place for each point: piece, share of the piece, and geodesic metres to it."""

    piece: IntArray
    share: FloatArray
    distance_m: FloatArray


def _chord_feet(
    pieces: Pieces, xyz: FloatArray, rows: IntArray, piece: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Squared chord distance to each candidate piece, and the share where its foot is."""
    wx, wy, wz = xyz[:, rows] - pieces.start[:, piece]
    ex, ey, ez = pieces.chord[:, piece]
    share = (wx * ex + wy * ey + wz * ez) * pieces.per_chord2[piece]
    np.clip(share, 0, 1, out=share)
    wx -= share * ex
    wy -= share * ey
    wz -= share * ez
    return wx * wx + wy * wy + wz * wz, share


def foot_xyz(pieces: Pieces, piece: IntArray, share: FloatArray) -> FloatArray:
    """Earth-centred position on pieces, shape (3, n)."""
    position: FloatArray = (
        pieces.start[:, piece]
        + share * pieces.chord[:, piece]
        + share * (1 - share) * pieces.lift[:, piece]
    )
    return position


def foot_degrees(
    pieces: Pieces, piece: IntArray, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude on pieces, degrees."""
    bow = share * (1 - share)
    lon = pieces.lon[piece] + share * pieces.dlon[piece] + bow * pieces.bend_lon[piece]
    lat = pieces.lat[piece] + share * pieces.dlat[piece] + bow * pieces.bend_lat[piece]
    return (lon + 180) % 360 - 180, lat


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points in degrees and in Earth-centred metres."""

    lon: FloatArray
    lat: FloatArray
    xyz: FloatArray

    def take(self, rows: IntArray) -> Points:
        return Points(self.lon[rows], self.lat[rows], self.xyz[:, rows])


def _length(pieces: Pieces, points: Points, piece: IntArray, share: FloatArray) -> FloatArray:
    """Geodesic metres from each point to a place on a piece."""
    length = chord_to_geodesic(points.xyz, foot_xyz(pieces, piece, share))
    far = np.nonzero(length > SHORT_M)[0]
    if len(far):
        lon, lat = foot_degrees(pieces, piece[far], share[far])
        length[far] = GEOD.inv(points.lon[far], points.lat[far], lon, lat)[2]
    return length


def _improve(pieces: Pieces, points: Points, piece: IntArray, share: FloatArray) -> FloatArray:
    """Move feet along their pieces to where the geodesic is shortest."""
    step = STEP_M / pieces.length_m[piece]
    for _ in range(STEPS):
        before = _length(pieces, points, piece, share - step)
        here = _length(pieces, points, piece, share)
        after = _length(pieces, points, piece, share + step)
        bend = before - 2 * here + after
        move = np.where(bend > 0, 0.5 * (before - after) / np.where(bend > 0, bend, 1), 0)
        share = np.clip(share + move * step, 0, 1)
    return share


def _feet(
    pieces: Pieces, points: Points, piece: IntArray, share: FloatArray, chord2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Share and geodesic metres of the true foot on given pieces."""
    far = np.nonzero(chord2 > NEAR_M**2)[0]
    if len(far):
        share = share.copy()
        share[far] = _improve(pieces, points.take(far), piece[far], share[far])
    return share, _length(pieces, points, piece, share)


def settle(pieces: Pieces, points: Points, rows: IntArray, piece: IntArray) -> Feet:
    """Choose each point's nearest place among its candidates.

    Parameters
    ----------
    points : Points
        n points.
    rows, piece : ndarray of intp
        Pairs sorted by row, then by piece; every row occurs.
    """
    first = np.nonzero(np.r_[True, rows[1:] != rows[:-1]])[0]
    chord2, share = _chord_feet(pieces, points.xyz, rows, piece)
    least = np.sqrt(np.minimum.reduceat(chord2, first))
    room = 1e-3 + least**3 * 1.6e-17
    kept = np.nonzero(chord2 <= ((least + room) ** 2)[rows])[0]
    rows, piece, share, chord2 = rows[kept], piece[kept], share[kept], chord2[kept]
    share, length = _feet(pieces, points.take(rows), piece, share, chord2)
    first = np.nonzero(np.r_[True, rows[1:] != rows[:-1]])[0]
    shortest = np.minimum.reduceat(length, first)
    equal = np.nonzero(length <= (shortest + TIE_M)[rows])[0]
    best = equal[np.r_[True, rows[equal][1:] != rows[equal][:-1]]]
    return Feet(piece[best], share[best], length[best])
