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
from numpy.typing import NDArray

from bordermap.border.blocks import TIE, Candidates
from bordermap.border.ellipsoid import GEOD, FloatArray, IntArray, geodesics
from bordermap.border.pieces import Pieces, gather

__all__ = ["Feet", "Points", "foot_degrees", "settle"]

TIE_M = 5e-9
"""Geodesics closer than this are equal: the rounding of Earth-centred coordinates (metres)."""

PAIRS = 8_192
"""Candidates weighed at once, which keeps the work in the processor's cache."""

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


def _chord_feet(
    pieces: Pieces, xyz: FloatArray, piece: IntArray, room: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Squared chord distance to each candidate piece, and the share where its foot is.

    Everything happens in ``room``, nine numbers for each, for most of the time goes here.
    """
    columns = room[: 9 * piece.size].reshape(9, *piece.shape)
    np.take(pieces.space[:7], piece, axis=1, mode="clip", out=columns[:7])
    per_chord2, x, y, z, ex, ey, ez, share, product = columns
    np.subtract(xyz[0], x, out=x)
    np.subtract(xyz[1], y, out=y)
    np.subtract(xyz[2], z, out=z)
    np.multiply(x, ex, out=share)
    share += np.multiply(y, ey, out=product)
    share += np.multiply(z, ez, out=product)
    share *= per_chord2
    np.minimum(np.maximum(share, 0, out=share), 1, out=share)
    x -= np.multiply(share, ex, out=ex)
    y -= np.multiply(share, ey, out=ey)
    z -= np.multiply(share, ez, out=ez)
    x *= x
    x += np.multiply(y, y, out=y)
    x += np.multiply(z, z, out=z)
    return x, share


def _feet(pieces: Pieces, points: Points, piece: IntArray, share: FloatArray) -> Feet:
    """Feet at given shares of pieces, with their geodesics."""
    xyz = _foot_xyz(pieces, piece, share)

    def exactly(far: IntArray) -> FloatArray:
        lon, lat = foot_degrees(pieces, piece[far], share[far])
        found: FloatArray = GEOD.inv(points.lon[far], points.lat[far], lon, lat)[2]
        return found

    length = geodesics(points.xyz, xyz, exactly)
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


def settle(pieces: Pieces, points: Points, candidates: Candidates) -> Feet:
    """Choose each point's nearest place among its candidates, those with few coming first."""
    room = np.empty(9 * max(PAIRS, int(candidates.size[-1])))
    parts = [
        _near_by_chord(pieces, points.xyz, candidates, part, room)
        for part in candidates.parts(PAIRS)
    ]
    rows, piece, share, is_far = (np.concatenate(part) for part in zip(*parts, strict=True))
    far = np.flatnonzero(is_far)
    if len(far):
        share[far] = _improved(pieces, points.take(rows[far]), piece[far], share[far])
    if len(rows) > len(points.lon):
        kept = _shortest(pieces, points, rows, piece, share)
        piece, share = piece[kept], share[kept]
    return _feet(pieces, points, piece, share)


def _near_by_chord(
    pieces: Pieces, xyz: FloatArray, candidates: Candidates, part: slice, room: FloatArray
) -> tuple[IntArray, IntArray, FloatArray, NDArray[np.bool_]]:
    """Rows, pieces and shares of what may be nearest to a part of the points; which are far."""
    piece = candidates.table(part)
    chord2, share = _chord_feet(pieces, xyz[:, part], piece, room)
    least = np.sqrt(chord2.min(axis=0))
    most = least + 1e-3 + least * least * least * TIE
    near = np.ascontiguousarray((chord2 <= most * most).T)
    rows, rank = np.divmod(np.flatnonzero(near), len(piece))
    at = rank * len(least) + rows
    piece, share = np.take(piece, at), np.take(share, at)
    is_far = np.take(least > NEAR_M, rows)
    # The start of a piece is the end of the one before it: one place, not two.
    new = np.flatnonzero((share > 0) | is_far | np.take(pieces.is_head, piece))
    return rows[new] + part.start, piece[new], share[new], is_far[new]


def _shortest(
    pieces: Pieces, points: Points, rows: IntArray, piece: IntArray, share: FloatArray
) -> NDArray[np.bool_]:
    """Which have the shortest geodesic of their row; of equal ones the first along the line."""
    twin = np.flatnonzero(rows[1:] == rows[:-1])
    tied = np.union1d(twin, twin + 1)
    row = rows[tied]
    length = _feet(pieces, points.take(row), piece[tied], share[tied]).distance_m
    start = np.flatnonzero(np.diff(row, prepend=-1))
    shortest = np.minimum.reduceat(length, start)
    equal = tied[length <= np.repeat(shortest, np.diff(start, append=len(row))) + TIE_M]
    kept = np.ones(len(rows), dtype=bool)
    kept[tied] = False
    kept[equal[np.flatnonzero(np.diff(rows[equal], prepend=-1))]] = True
    return kept
