"""What a source's own precision code makes of its coordinates: a disc, or the area named.

Vague rows of UCDP sit on centroids and those of ACLED on capitals. The reported point stays the
incident's point while it lies in the area that the code speaks of, but the area is its footprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.gazetteer import Entry, Gazetteer, described
from bordermap.geocode.context import Record
from bordermap.geocode.resolve import Placement, units_of_columns
from bordermap.joins import Cover
from bordermap.layers import load_layer

__all__ = ["SCHEMES", "area_of", "as_area", "is_read", "unit_around", "with_code"]

FloatArray = NDArray[np.float64]

REMEMBERED = 16_384
"""Records of which it is remembered what they name."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A precision and either the radius of a disc or the level of an area."""

    precision: str
    radius_m: float = np.nan


SCHEMES: Mapping[str, Mapping[str, _Meaning]] = {
    "ucdp": {
        "1": _Meaning("exact", 2_000.0),
        "2": _Meaning("area", 25_000.0),
        "3": _Meaning("district"),
        "4": _Meaning("province"),
        "5": _Meaning("country"),
        "6": _Meaning("country"),
        "7": _Meaning("none"),
    },
    "acled": {
        "1": _Meaning("place", 5_000.0),
        "2": _Meaning("district"),
        "3": _Meaning("province"),
    },
    "gdelt": {
        "1": _Meaning("country"),
        "4": _Meaning("place", 5_000.0),
        "5": _Meaning("province"),
    },
    "gtd": {
        "1": _Meaning("place", 5_000.0),
        "2": _Meaning("district"),
        "3": _Meaning("district"),
        "4": _Meaning("province"),
        "5": _Meaning("country"),
    },
}
"""Meanings of the codes by scheme (UCDP GED codebook, ``where_prec``; ACLED codebook,
``geo_precision``; GDELT event codebook, ``ActionGeo_Type``, whose 2 and 3 are in the United States;
GTD codebook, ``specificity``). UCDP's 5 and 6 are the largest area that the row names, its 7 is
international water or airspace; GTD's 2 and 3 are centroids of the smallest unit known. The radii
of towns are ours."""

_NOWHERE = Placement(located_by="none", precision="none")
_LAYERS = {"district": "districts", "province": "provinces", "country": "countries"}


def _meaning(scheme: str, code: str) -> _Meaning | None:
    return SCHEMES.get(scheme, {}).get(code.removesuffix(".0"))


def is_read(scheme: str, code: str) -> bool:
    """Whether a source's precision code has a meaning here."""
    return _meaning(scheme, code) is not None


def with_code(
    answer: Placement, record: Record, scheme: str, code: str, gazetteer: Gazetteer
) -> Placement:
    """Reported coordinates with the footprint that their source's code means.

    Parameters
    ----------
    answer : Placement
        The coordinates as if they were exact.
    record : Record
        What the row names.
    scheme : str
        A key of :data:`SCHEMES`; others are noted and not read.
    code : str
        The source's code; empty leaves the answer as it is.
    gazetteer : Gazetteer
    """
    if not code:
        return answer
    meaning = _meaning(scheme, code)
    if meaning is None:
        return _noted(answer, f"the source's precision code '{code[:60]}' is not read")
    said = f"{scheme.upper()} precision {code}"
    if meaning.precision == "none":
        none = replace(_NOWHERE, note=answer.note)
        return _noted(none, f"{said} means international water or airspace, on no side of the line")
    if np.isfinite(meaning.radius_m):
        wide = replace(answer, precision=meaning.precision, radius_m=meaning.radius_m)
        return _noted(wide, f"{said}: within {meaning.radius_m / 1000:g} km")
    here = np.array([answer.lon or 0.0]), np.array([answer.lat or 0.0])
    (entry,) = _areas(record, meaning.precision, here, gazetteer)
    if entry is None or entry.outline is None:
        # Drawn as a point it would pass for exact, and how large that area is nobody knows here.
        none = replace(_NOWHERE, note=answer.note)
        return _noted(none, f"{said} means a {meaning.precision}, but none is named or holds it")
    return as_area(answer, entry, meaning.precision, said)


def area_of(
    record: Record,
    scheme: str,
    code: str,
    places: tuple[FloatArray, FloatArray],
    gazetteer: Gazetteer,
) -> list[Entry | None] | None:
    """The areas that a code makes of points, longitude and latitude; None where it makes none."""
    meaning = _meaning(scheme, code) if code else None
    if meaning is None or meaning.precision == "none" or np.isfinite(meaning.radius_m):
        return None
    return _areas(record, meaning.precision, places, gazetteer)


def _areas(
    record: Record, level: str, places: tuple[FloatArray, FloatArray], gazetteer: Gazetteer
) -> list[Entry | None]:
    """The unit of a level that the row names, or those around its points."""
    named = _named(record, level, gazetteer)
    if named is not None:
        return [named] * len(places[0])
    return units_around(*places, level, gazetteer)


@lru_cache(maxsize=REMEMBERED)
def _named(record: Record, level: str, gazetteer: Gazetteer) -> Entry | None:
    """The unit of a level that the row's own columns name."""
    fields = {
        "district": {"district": record.district, "province": record.province},
        "province": {"province": record.province},
        "country": {},
    }[level]
    if level in fields and not fields[level]:
        return None
    area = units_of_columns(Record(country=record.country, **fields), gazetteer).area
    if area is None and level == "country":
        return _named(record, "province", gazetteer) or _named(record, "district", gazetteer)
    if area is None or not area.entry.members:
        return None
    # A former area, like FATA, stands among the districts but may be named as a province.
    fits = area.entry.kind == level or (level == "province" and area.entry.kind == "district")
    return area.entry if fits else None


def unit_around(lon: float, lat: float, level: str, gazetteer: Gazetteer) -> Entry | None:
    """The unit of a level (``district``, ``province``, ``country``) in which a point lies."""
    return units_around(np.array([lon]), np.array([lat]), level, gazetteer)[0]


def units_around(
    lon: FloatArray, lat: FloatArray, level: str, gazetteer: Gazetteer
) -> list[Entry | None]:
    """The units of a level in which points lie; the smaller code on an edge."""
    codes, cover = _units(_LAYERS[level])
    first = cover.at(lon, lat)[0][0].tolist()
    return [gazetteer.entry(codes[unit]) if unit >= 0 else None for unit in first]


@cache
def _units(layer: str) -> tuple[list[str], Cover]:
    frame = load_layer(layer).frame.sort_values("code")
    return frame["code"].tolist(), Cover(frame.geometry.to_numpy())


def as_area(answer: Placement, entry: Entry, level: str, said: str) -> Placement:
    """The same with a unit as its footprint; a point outside of it becomes its inner point."""
    place, outline = entry.place, entry.outline
    area = replace(
        answer,
        precision=level,
        radius_m=round(place.radius_m, 1),
        place_id=entry.place_id,
        place_match=entry.name,
    )
    shapely.prepare(outline.geometry if outline else None)
    if outline and not shapely.intersects_xy(outline.geometry, answer.lon, answer.lat):
        area = replace(area, lon=place.lon, lat=place.lat)
        said += ", the reported point lies outside of it, so its inner point is taken"
    return _noted(area, f"{said}: all of {described(entry)}")


def _noted(answer: Placement, note: str) -> Placement:
    return replace(answer, note=f"{answer.note}; {note}" if answer.note else note)
