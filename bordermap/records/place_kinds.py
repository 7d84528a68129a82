"""What kind of thing a row of a gazetteer is, and how far it reaches when nobody says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from bordermap.gazetteer import load_words
from bordermap.gazetteer.entries import TOWN_BASE_M, TOWN_PEOPLE, town_radius_m
from bordermap.values.text import fold

__all__ = ["MOST_RADIUS_M", "PlaceKind", "kind_of"]

MOST_RADIUS_M = 300_000.0
"""A place that reaches farther than this says nothing about where an incident was."""

AREA_M = 10_000.0
"""How far a valley, a hill or an area reaches when nobody says; a tehsil twice as far."""


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """Kind and subkind of an :class:`~bordermap.gazetteer.Entry`, and its radius in metres.

    ``unit`` tells a district, province or country: as a point without a radius it is of no use,
    and the shipped layers have them with their outlines. ``used`` is False for what cannot be the
    place of an incident.
    """

    kind: str = "place"
    subkind: str = "town"
    radius_m: float = TOWN_BASE_M
    unit: bool = False
    used: bool = True


_TOWN = PlaceKind()
_UNIT = PlaceKind("area", "area", math.nan, unit=True)
_TEHSIL = PlaceKind("area", "tehsil", 2 * AREA_M)
_AREA = PlaceKind("area", "area", AREA_M)
_VALLEY = PlaceKind("area", "valley", AREA_M)
_RANGE = PlaceKind("area", "range", AREA_M)
_PASS = PlaceKind(subkind="pass")
_POST = PlaceKind(subkind="post")
_SPOT = PlaceKind(subkind="place")
_NOT_USED = PlaceKind(used=False)

_CODES = {
    **dict.fromkeys(("ADM1", "ADM1H", "ADM2", "ADM2H", "PCL", "PCLI", "PCLD", "PCLH"), _UNIT),
    "ADM3": _TEHSIL,
    **dict.fromkeys(("VAL", "VALS", "VALX", "CNYN", "GRGE", "RVN", "DPR"), _VALLEY),
    **dict.fromkeys(("MT", "MTS", "MTU", "PK", "PKS", "RDGE", "HLL", "HLLS", "SPUR"), _RANGE),
    **dict.fromkeys(("PASS", "GAP", "SDL"), _PASS),
    **dict.fromkeys(("AIRP", "AIRF", "AIRB", "AIRH", "AIRQ"), _POST),
    **dict.fromkeys(("PSTB", "PSTC", "PSTP", "FT", "MILB", "INSM", "NVB", "BRKS"), _POST),
    **dict.fromkeys(("LCTY", "OAS", "INDS", "CMN"), _SPOT),
}
_CLASSES = {
    **dict.fromkeys("ALT", _AREA),
    **dict.fromkeys("HRUV", _NOT_USED),
    "P": _TOWN,
    "S": _SPOT,
}
"""Feature classes of GeoNames: places, units, areas, heights and spots; waters, roads, what lies
under the sea and woods are nowhere a report would put an incident by that name alone."""

_WORDS = {
    "district": _UNIT,
    "province": _UNIT,
    "tehsil": _TEHSIL,
    "valley": _VALLEY,
    "pass": _PASS,
    "crossing": _PASS,
    "post": _POST,
    "airfield": _POST,
    "river": _NOT_USED,
}
_MORE_WORDS = {
    **dict.fromkeys(("country", "state", "region", "county", "macroregion", "division"), _UNIT),
    **dict.fromkeys(("mountain", "mountains", "peak", "range", "hill", "ridge"), _RANGE),
    **dict.fromkeys(("area", "zone", "localadmin", "macrocounty", "desert", "forest"), _AREA),
    **dict.fromkeys(("lake", "canal", "road", "waterway", "reservoir"), _NOT_USED),
    **dict.fromkeys(("airport", "aerodrome"), _POST),
}


@cache
def _by_word() -> dict[str, PlaceKind]:
    kinds = load_words().raw["kinds"]
    words = {fold(word): of for kind, of in _WORDS.items() for word in kinds[kind]["words"]}
    return {**words, **_MORE_WORDS}


@cache
def _said(feature_class: str, kind: str) -> PlaceKind:
    code, group = kind.strip().upper(), feature_class.strip().upper()
    if code in _CODES and (group or len(code) > 2):
        return _CODES[code]
    if group in _CLASSES:
        return _CLASSES[group]
    return _by_word().get(fold(kind), _TOWN)


def is_seat(kind: str, population: float) -> bool:
    """Whether a feature code tells the small seat of a district."""
    return kind.strip().upper() in {"PPLA2", "PPLA3"} and population < TOWN_PEOPLE


def kind_of(feature_class: str, kind: str, population: float) -> PlaceKind:
    """What a row is by its feature class and code (GeoNames) or by a word; a town when unsaid."""
    said = _said(feature_class, kind)
    if said.kind == "place" and population > 0:
        return PlaceKind(said.kind, said.subkind, town_radius_m(population), said.unit, said.used)
    return said
