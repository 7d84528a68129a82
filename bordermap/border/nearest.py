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
from typing import Any

import numpy as np

from bordermap.border.blocks import TIE
from bordermap.border.ellipsoid import GEOD, SHORT_M, FloatArray, IntArray, chord_to_geodesic
from bordermap.border.pieces import Pieces, gather

__all__ = ["Feet", "Points", "foot_degrees", "settle"]

TIE_M = 5e-9
"""Geodesics closer than this are equal: the rounding of Earth-centred coordinates (metres)."""

NEAR_M = 25_000.0
"""Up to here the chord's foot is the geodesic's foot to within 1 mm along the line (metres)."""

STEP_M = 25.0
"""Half width of the parabola, in metres along the line."""

STEPS = 3

STILL_M = 1.0
"""A step shorter than this lands within a micrometre: its error falls with (25 m / distance)^2."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points in degrees and in Earth-centred metres, shape (3, n)."""

    lon: FloatArray
    lat: FloatArray
    xyz: FloatArray

    def take(self, rows: IntArray) -> Points:
        return Points(self.lon[rows], self.lat[rows], gather(self.xyz, rows))


@dataclass(frozen=True, slots=True, eq=False)
class Feet:
    """Places on the line, one for each point: piece, share of it, position, geodesic metres."""

    piece: IntArray
    share: FloatArray
    xyz: FloatArray
    distance_m: FloatArray

    def take(self, rows: IntArray) -> Feet:
        return Feet(
            self.piece[rows],
            self.share[rows],
            gather(self.xyz, rows),
            self.distance_m[rows],
        )


def foot_degrees(
    pieces: Pieces, piece: IntArray, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude on pieces, degrees."""
    lon, dlon, bend_lon, lat, dlat, bend_lat = gather(pieces.degrees, piece)
    bow = share * (1 - share)
    lon += share * dlon + bow * bend_lon
    lat += share * dlat + bow * bend_lat
    lon[lon > 180] -= 360
    lon[lon < -180] += 360
    return lon, lat


def _foot_xyz(pieces: Pieces, piece: IntArray, share: FloatArray) -> FloatArray:
    """Earth-centred position on pieces, shape (3, n)."""
    place = gather(pieces.space[1:], piece)
    position = place[:3]
    position += share * place[3:6]
    position += share * (1 - share) * place[6:]
    return position


def _chord_feet(pieces: Pieces, xyz: FloatArray, piece: IntArray) -> tuple[FloatArray, FloatArray]:
    """Squared chord distance to each candidate piece, and the share where its foot is.

    Takes ``xyz`` over. In place, for this is where most of the time goes.
    """
    per_chord2, x, y, z, ex, ey, ez = gather(pieces.space[:7], piece)
    wx, wy, wz = xyz
    wx -= x
    wy -= y
    wz -= z
    share: FloatArray = wx * ex
    share += np.multiply(wy, ey, out=x)
    share += np.multiply(wz, ez, out=x)
    share *= per_chord2
    np.minimum(np.maximum(share, 0, out=share), 1, out=share)
    wx -= np.multiply(share, ex, out=x)
    wy -= np.multiply(share, ey, out=x)
    wz -= np.multiply(share, ez, out=x)
    wx *= wx
    wx += np.multiply(wy, wy, out=x)
    wx += np.multiply(wz, wz, out=x)
    return wx, share


def _feet(pieces: Pieces, points: Points, piece: IntArray, share: FloatArray) -> Feet:
    """Feet at given shares of pieces, with their geodesics."""
    xyz = _foot_xyz(pieces, piece, share)
    length = chord_to_geodesic(points.xyz, xyz)
    far = np.flatnonzero(length > SHORT_M)
    if len(far):
        lon, lat = foot_degrees(pieces, piece[far], share[far])
        length[far] = GEOD.inv(points.lon[far], points.lat[far], lon, lat)[2]
    return Feet(piece, share, xyz, length)


def _improved(pieces: Pieces, points: Points, piece: IntArray, share: FloatArray) -> FloatArray:
    """Shares moved along their pieces to where the geodesic is shortest."""
    share = share.copy()
    moving = np.arange(len(share))
    for _ in range(STEPS):
        at, now = piece[moving], share[moving]
        step = STEP_M / pieces.length_m[at]
        three = np.concatenate([now - step, now, now + step])
        feet = _feet(pieces, points.take(np.tile(moving, 3)), np.tile(at, 3), three)
        before, here, after = feet.distance_m.reshape(3, -1)
        bend = before - 2 * here + after
        move = np.where(bend > 0, 0.5 * (before - after) / np.where(bend > 0, bend, 1), 0)
        share[moving] = np.clip(now + move * step, 0, 1)
        moving = moving[np.abs(share[moving] - now) > STILL_M / pieces.length_m[at]]
        if not len(moving):
            break
    return share


def _again(pieces: Pieces, rows: IntArray, piece: IntArray, share: FloatArray) -> Any:
    """Which candidates are the end of the one before them: a vertex is one place, not two."""
    again = np.zeros(len(rows), dtype=bool)
    again[1:] = (rows[1:] == rows[:-1]) & (piece[1:] == piece[:-1] + 1)
    again[1:] &= (share[1:] == 0) & (share[:-1] == 1)
    return again & pieces.joined[piece]


def settle(pieces: Pieces, points: Points, size: IntArray, piece: IntArray) -> Feet:
    """Choose each point's nearest place among its candidates.

    Parameters
    ----------
    points : Points
        n points.
    size, piece : ndarray of intp
        How many candidates each point has, and all of them, as ``Blocks.candidates`` gives them.
    """
    chord2, share = _chord_feet(pieces, np.repeat(points.xyz, size, axis=1), piece)
    least = np.sqrt(np.minimum.reduceat(chord2, np.cumsum(size) - size))
    room = least + 1e-3 + least**3 * TIE
    kept = np.flatnonzero(chord2 <= np.repeat(room * room, size))
    rows = np.repeat(np.arange(len(size)), size)[kept]
    piece, share = piece[kept], share[kept]
    is_far = least[rows] > NEAR_M
    new = np.flatnonzero(is_far | ~_again(pieces, rows, piece, share))
    rows, piece, share, far = rows[new], piece[new], share[new], np.flatnonzero(is_far[new])
    if len(rows) > len(size):
        points = points.take(rows)
    if len(far):
        share[far] = _improved(pieces, points.take(far), piece[far], share[far])
    return _shortest(_feet(pieces, points, piece, share), rows)


def _shortest(feet: Feet, rows: IntArray) -> Feet:
    """The shortest of each row; of equal ones the first along the line."""
    head = np.r_[True, rows[1:] != rows[:-1]]
    if head.all():
        return feet
    shortest = np.minimum.reduceat(feet.distance_m, np.flatnonzero(head))
    equal = np.flatnonzero(feet.distance_m <= shortest[np.cumsum(head) - 1] + TIE_M)
    return feet.take(equal[np.r_[True, rows[equal][1:] != rows[equal][:-1]]])
