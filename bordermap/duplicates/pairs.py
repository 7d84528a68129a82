"""Which rows can be one incident at all: their footprints meet, and so do their days.

A box of days by degrees of longitude for each row, in a tree, leaves few pairs to look at: a
hundred thousand rows are never compared each with each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import GEOD
from bordermap.duplicates.records import Records
from bordermap.errors import FrameError

__all__ = ["MOST_LOOKED_AT", "SLACK_DAYS", "candidate_pairs", "days_apart", "measured"]

SLACK_DAYS = 1
"""Reports of one night give either day, and time zones differ."""

MOST_LOOKED_AT = 100_000_000
"""Pairs of overlapping boxes before it is given up; beyond it takes minutes."""

CHUNK = 128
SCORED_AT_ONCE = 200_000
SHORTEST_DEGREE_M = 110_000.0
"""A degree of latitude is nowhere shorter."""

LEAST_GLOBE_M = 6_335_000.0
"""Below the least radius of curvature of WGS 84, a(1 - e^2) at the equator."""


IntArray = NDArray[np.intp]
Pairs = tuple[IntArray, IntArray, NDArray[np.float64]]


def candidate_pairs(records: Records, among: NDArray[np.bool_]) -> Iterator[Pairs]:
    """Rows within each other's precision by place and by time.

    Parameters
    ----------
    records : Records
    among : ndarray of bool
        Rows to compare.

    Yields
    ------
    first, second : ndarray of intp
        Rows, ``first`` before ``second``; each pair once.
    rough_m : ndarray of float64
        Never above the distance between their points; :func:`measured` gives that.

    Raises
    ------
    FrameError
        Too many rows are too vague, or at one spot, to be compared.
    """
    waiting: list[tuple[IntArray, IntArray]] = []
    size = 0
    for pair in _meeting(records, among):
        waiting.append(pair)
        size += len(pair[0])
        if size >= SCORED_AT_ONCE:
            yield _within(records, waiting)
            waiting, size = [], 0
    if size:
        yield _within(records, waiting)


def days_apart(records: Records, first: IntArray, second: IntArray) -> NDArray[np.int64]:
    """Days between the two rows' own, 0 where they overlap."""
    gap = np.maximum(records.first[first], records.first[second]) - np.minimum(
        records.last[first], records.last[second]
    )
    return np.maximum(gap, 0)


def _meeting(records: Records, among: NDArray[np.bool_]) -> Iterator[tuple[IntArray, IntArray]]:
    """Rows whose boxes of days, longitude and latitude meet."""
    rows = np.nonzero(records.comparable() & among)[0]
    lat, lon = records.lat[rows], records.lon[rows]
    high = records.radius_m[rows] / SHORTEST_DEGREE_M
    # The widest longitude of a disc lies towards the pole.
    wide = high / np.maximum(np.cos(np.radians(np.minimum(np.abs(lat) + high, 89.0))), 0.01)
    early, late = records.first[rows], records.last[rows] + SLACK_DAYS / 2
    boxes = shapely.box(early - SLACK_DAYS / 2, lon - wide, late, lon + wide)
    tree = shapely.STRtree(boxes)
    looked_at = 0
    for start in range(0, len(rows), CHUNK):
        own, other = tree.query(boxes[start : start + CHUNK])
        looked_at += len(own)
        if looked_at > MOST_LOOKED_AT:
            raise FrameError(
                f"over {MOST_LOOKED_AT:,} pairs of rows may be one incident",
                todo="look for duplicates in parts of the input: by year, or without vague rows",
            )
        own = own + start
        near = (own < other) & (np.abs(lat[own] - lat[other]) <= high[own] + high[other])
        yield rows[own[near]], rows[other[near]]


def _roughly_m(records: Records, first: IntArray, second: IntArray) -> NDArray[np.float64]:
    """A distance that is surely not above the geodesic one: a chord of a smaller globe."""
    lon, lat = np.radians(records.lon), np.radians(records.lat)
    place = np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    return np.linalg.norm(place[first] - place[second], axis=1) * LEAST_GLOBE_M


def _within(records: Records, waiting: list[tuple[IntArray, IntArray]]) -> Pairs:
    """Of pairs whose boxes meet, those whose discs may."""
    first, second = (np.concatenate(part) for part in zip(*waiting, strict=True))
    rough_m = _roughly_m(records, first, second)
    near = rough_m <= records.radius_m[first] + records.radius_m[second]
    near &= days_apart(records, first, second) <= SLACK_DAYS
    return first[near], second[near], rough_m[near]


def measured(records: Records, pairs: Pairs) -> Pairs:
    """Candidates with their geodesic distance (WGS 84), where it is within both radii together."""
    first, second, _ = pairs
    lon, lat = records.lon, records.lat
    distance_m = GEOD.inv(lon[first], lat[first], lon[second], lat[second])[2]
    met = distance_m <= records.radius_m[first] + records.radius_m[second]
    return first[met], second[met], distance_m[met]
