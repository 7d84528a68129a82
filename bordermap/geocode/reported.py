"""Rows that bring coordinates: kept, checked against what they name, as vague as their code says.

Rows that say the same are answered together; what differs from row to row is how far its point
lies from what it names, and in which unit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import GEOD
from bordermap.gazetteer import Entry, Gazetteer, described
from bordermap.geocode.answers import Answers, Records, Texts, alike
from bordermap.geocode.context import HEAD, Record, choose
from bordermap.geocode.lookup import readings
from bordermap.geocode.outside import all_outside_m
from bordermap.geocode.precision import area_of, with_code
from bordermap.geocode.resolve import Placement, read_record
from bordermap.schema import DEFAULT_RADIUS_M

__all__ = ["put_reported"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

FAR_M = 5_000.0
"""Reported coordinates farther than this from what the record names are remarked upon."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What the points of a record are checked against."""

    notes: tuple[str, ...] = ()
    area: Entry | None = None
    head: Entry | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What rows say alike."""

    record: Record
    scheme: str
    code: str


def put_reported(
    answers: Answers,
    rows: IntArray,
    places: tuple[FloatArray, FloatArray],
    records: Records,
    codes: tuple[Texts, Texts],
    gazetteer: Gazetteer,
) -> None:
    """Answer rows by the coordinates that they bring.

    Parameters
    ----------
    answers : Answers
    rows : ndarray of intp
        Those with coordinates.
    places : tuple of ndarray of float64, shape (n,)
        Longitude and latitude of all rows, degrees.
    records : Records
    codes : tuple of Texts
        The scheme and the precision code of each row's source.
    gazetteer : Gazetteer
    """
    lon, lat = places
    scheme, code = codes
    groups = alike(rows, records.which, scheme.which, code.which)
    different = dict.fromkeys(records[some[0]] for some in groups)
    known = {record: _named(record, gazetteer) for record in different}
    away = _away([(some, known[records[some[0]]]) for some in groups], lon, lat)
    for some in groups:
        row = some[0]
        record = records[row]
        said = _Said(record, scheme.texts[scheme.which[row]], code.texts[code.which[row]])
        remarks = _remarks(known[record], *(one[some] for one in away))
        told = known[record].notes, remarks
        _put(answers, some, (lon[some], lat[some]), said, told, gazetteer)


def _away(
    groups: list[tuple[IntArray, _Named]], lon: FloatArray, lat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Metres from each row's point to the area, and to the spot, that it names; NaN without."""
    from_area, from_head = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    naming: dict[str, list[tuple[IntArray, Entry]]] = defaultdict(list)
    for rows, named in groups:
        if named.area is not None:
            naming[named.area.place_id].append((rows, named.area))
        if named.head is not None:
            place = named.head.place
            to = np.full(len(rows), place.lon), np.full(len(rows), place.lat)
            from_head[rows] = GEOD.inv(lon[rows], lat[rows], *to)[2]
    for several in naming.values():
        rows, outline = np.concatenate([one for one, _ in several]), several[0][1].outline
        if outline is not None:
            from_area[rows] = all_outside_m(lon[rows], lat[rows], outline.geometry)
    return from_area, from_head


def _put(
    answers: Answers,
    rows: IntArray,
    places: tuple[FloatArray, FloatArray],
    said: _Said,
    told_of: tuple[tuple[str, ...], list[tuple[str, ...]] | None],
    gazetteer: Gazetteer,
) -> None:
    """Answer rows that say the same; those of which the same is to be told get one answer."""
    lon, lat = places
    notes, remarks = told_of
    areas = area_of(said.record, said.scheme, said.code, places, gazetteer)
    holds = _inside(areas, lon, lat)
    for some in _told_alike(remarks, areas, holds, len(rows)):
        one = some[0]
        told = notes if remarks is None else (*notes, *remarks[one])
        point = _reported(float(lon[one]), float(lat[one]), told)
        answer = with_code(point, said.record, said.scheme, said.code, gazetteer)
        kept = answer.lon is not None and (holds is None or holds[one])
        if kept:
            answers.put_at(rows[some], answer, lon[some], lat[some])
        else:
            answers.put(rows[some], answer)


def _told_alike(
    remarks: list[tuple[str, ...]] | None,
    areas: list[Entry | None] | None,
    holds: NDArray[np.bool_] | None,
    count: int,
) -> list[IntArray]:
    """Rows in groups of which the same is to be told."""
    if remarks is None and (areas is None or holds is None):
        return [np.arange(count)]
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for at in range(count):
        area = areas[at] if areas else None
        key = (
            remarks[at] if remarks else (),
            area.place_id if area else "",
            holds is not None and bool(holds[at]),
        )
        groups[key].append(at)
    return [np.array(group, dtype=np.intp) for group in groups.values()]


def _inside(
    areas: list[Entry | None] | None, lon: FloatArray, lat: FloatArray
) -> NDArray[np.bool_] | None:
    """Whether points lie in the areas that their codes mean."""
    if areas is None:
        return None
    holds = np.zeros(len(lon), dtype=bool)
    rows: dict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(areas):
        if entry is not None and entry.outline is not None:
            rows[entry.place_id].append(at)
    for some in rows.values():
        entry = areas[some[0]]
        if entry is not None and entry.outline is not None:
            shapely.prepare(entry.outline.geometry)
            holds[some] = shapely.intersects_xy(entry.outline.geometry, lon[some], lat[some])
    return holds


def _reported(lon: float, lat: float, remarks: tuple[str, ...]) -> Placement:
    """Coordinates of the record, with remarks where its own names point elsewhere."""
    return Placement(
        located_by="reported",
        precision="exact",
        lon=lon,
        lat=lat,
        radius_m=DEFAULT_RADIUS_M,
        score=1.0,
        note="; ".join(("reported coordinates", *remarks)),
        status="weak" if remarks else "placed",
    )


def _named(record: Record, gazetteer: Gazetteer) -> _Named:
    """What a record names, as far as its point can be checked against it."""
    if record == Record():
        return _Named()
    context, phrase = read_record(record, gazetteer)
    area = context.area.entry if context.area and context.area.entry.outline else None
    head = None
    if len(phrase.heads) == 1:
        choice = choose(readings(phrase.heads[0], gazetteer), context, HEAD)
        if choice.hit and choice.sure and not choice.hit.entry.members:
            head = choice.hit.entry
    return _Named(context.notes, area, head)


def _remarks(
    named: _Named, from_area: FloatArray, from_head: FloatArray
) -> list[tuple[str, ...]] | None:
    """What is to be said of points far from what their record names; None for nothing at all."""
    if named.area is None and named.head is None:
        return None
    remarks: list[tuple[str, ...]] = [()] * len(from_area)
    if named.area is not None:
        area = described(named.area)
        for at in np.flatnonzero(from_area > FAR_M).tolist():
            remarks[at] = (f"they lie {from_area[at] / 1000:.0f} km outside {area}",)
    if named.head is not None:
        head = described(named.head)
        for at in np.flatnonzero(from_head > named.head.place.radius_m + FAR_M).tolist():
            said = f"they lie {from_head[at] / 1000:.0f} km from {head}"
            remarks[at] = (*remarks[at], said)
    return remarks
