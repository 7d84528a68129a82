"""Ask for the incidents that match: by date, type, actor, unit, side, distance, place, expression.

Each filter has the name and the spelling it has on the command line; filters add up (and).
A row that lacks what a filter asks about does not match it; :func:`undecided` counts such rows,
so that nobody takes "not known" for "no".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from bordermap.certainty import MAYBE, OUT, SURELY, certainty_of, checked
from bordermap.errors import FilterError
from bordermap.joins import PolygonLayer, area_layer
from bordermap.query.cql import answers, parsed
from bordermap.query.filters import FILTERS, SPATIAL_FILTERS
from bordermap.query.footprints import asked_of, with_columns
from bordermap.query.hints import hints_of
from bordermap.query.near import Circle, circle, metres
from bordermap.query.order import in_order, listed

__all__ = [
    "FILTERS",
    "SPATIAL_FILTERS",
    "Circle",
    "asked_of",
    "circle",
    "given",
    "hints_of",
    "in_order",
    "listed",
    "matches",
    "metres",
    "query",
    "undecided",
]

BoolArray = NDArray[np.bool_]


def query(
    frame: gpd.GeoDataFrame,
    *,
    certainty: str = "nominal",
    order_by: str | Sequence[str] = (),
    limit: int | None = None,
    columns: str | Sequence[str] = (),
    **filters: Any,
) -> gpd.GeoDataFrame:
    """Rows that match every filter.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame; filters by date, type and actor work on any read frame.
    certainty : {"nominal", "surely", "maybe"}
        What the filters by place look at (``within``, ``beyond``, ``side``, ``km``, ``province``,
        ``district``, ``bbox``, ``near``, ``within_of``): the point; or the footprint, which must
        match as a whole (``surely``) or with any part of it (``maybe``). Over footprints,
        ``side="uncertain"`` means only between the published lines. ``where`` asks of the record.
    order_by : str or sequence of str
        Columns to sort by, ``-column`` for the greatest first; missing values come last.
    limit : int, optional
        At most so many rows.
    columns : str or sequence of str
        Only these columns, in this order; the geometry stays.
    **filters
        Spelled as on the command line, as text or as Python values; None is no filter.

        within, beyond : str or float
            At most, or more than, this geodesic distance from the point to the line: ``"10km"``,
            ``"800m"``, or metres.
        side : str or list of str
            ``AF``, ``PK``, ``line``, ``other``, ``uncertain``.
        km : str or tuple of float
            ``"1900:2000"``: kilometre along the line, the first included, the second not.
        from_, to : str or date
            Keep what overlaps, ends included; a month or year means all of it. An incident whose
            end is not known is taken to be over on its first day.
        type, actor, province, district : str or list of str
            Any of them. Actors match by part of the name, units by name, former name or code.
        bbox : str or tuple of float
            ``"W,S,E,N"`` in degrees; a west edge beyond the east one crosses the antimeridian.
        near, radius : str or tuple of float, str or float
            A place (name, gazetteer id, ``"lat,lon"``, or longitude and latitude) and the greatest
            geodesic distance from its point.
        within_of : PolygonLayer or GeoDataFrame
            Points in any of these polygons, their edges included.
        where : str
            An expression in OGC CQL2 text over the frame's columns, see ``docs/asking.md``.

    Returns
    -------
    GeoDataFrame
        The matching rows, in their order (or that asked for), with their index.

    Raises
    ------
    FilterError
        An unknown filter, or a value that cannot be understood.
    FrameError
        The frame lacks a column that a filter reads.
    """
    kept = frame[matches(frame, certainty, filters)]
    return in_order(kept, order_by, limit, columns)


def matches(frame: gpd.GeoDataFrame, certainty: str, filters: Mapping[str, Any]) -> BoolArray:
    """Whether each row is kept, as by :func:`query`."""
    least = {"nominal": OUT, "surely": SURELY, "maybe": MAYBE}[checked(certainty)]
    kept = np.ones(len(frame), dtype=bool)
    for name, value in given(filters):
        by_record = least == OUT or name not in SPATIAL_FILTERS
        if by_record:
            kept &= FILTERS[name].test(with_columns(frame, name), value)
        else:
            kept &= certainty_of(frame, asked_of(frame, name, value)) >= least
    return kept


def undecided(frame: gpd.GeoDataFrame, **filters: Any) -> dict[str, int]:
    """Count, for each filter given, the rows that lack what it asks about."""
    return {name: _undecided(frame, name, value) for name, value in given(filters)}


def _undecided(frame: gpd.GeoDataFrame, name: str, value: Any) -> int:
    if name == "where":
        found = answers(frame, parsed(value))
        return int((~(found.yes | found.no)).sum())
    return int(with_columns(frame, name)[FILTERS[name].columns[0]].isna().sum())


def given(filters: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The filters that were given, each with a value that its test takes.

    Raises
    ------
    FilterError
        There is no such filter, or a place or layer cannot be understood.
    """
    asked = dict(filters)
    radius = asked.pop("radius", None)
    unknown = set(asked) - set(FILTERS)
    if unknown:
        raise FilterError(
            f"there is no filter {sorted(unknown)[0]!r}", todo=f"use {', '.join(FILTERS)}"
        )
    if radius is not None and asked.get("near") is None:
        raise FilterError("a radius around what?", where="radius", todo="add --near PLACE")
    return [
        (name, _prepared(name, value, radius))
        for name, value in asked.items()
        if value is not None and not (isinstance(value, (tuple, list)) and not value)
    ]


def _prepared(name: str, value: Any, radius: Any) -> Any:
    if name == "near":
        return circle(value, radius)
    if name == "within_of" and not isinstance(value, PolygonLayer):
        return area_layer("within_of", gpd.GeoSeries(getattr(value, "geometry", value)))
    return value
