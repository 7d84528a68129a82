"""Reported points that are no spot but stand for an area: a centroid, a capital, a fallback.

Whoever knows only "Pakistan" or "Khost" and must give coordinates gives the middle of it, its
capital, or what a geocoder falls back on (30.375, 69.345). Such a point says no more than the name
of the area, so the area becomes the footprint. Which points are meant, and why not others:

* A row is **at home** where its point lies within the place that it names (its radius and
  :data:`FAR_M`). It is never touched, however many rows share the point: twelve incidents at
  Torkham are twelve incidents at Torkham.
* A row is **silent** where it names nothing finer than a unit that holds the point. On the
  centroid or inner point of a unit (within :data:`NEAR_CENTRE_M`) it is demoted even alone: chance
  puts less than one row in two hundred there. So it is where the unit is named and both
  coordinates are whole multiples of :data:`COARSE_DEG`: lists give the place of an area like that.
  Elsewhere, as in a capital, it is demoted where :data:`MANY_ROWS` silent rows share the very
  coordinates: they say no more than the unit.
* A row is a **stranger** where its point lies outside of what it names, or its name is not known.
  Alone it is demoted only on the middle of a country or a geocoder's fallback; else where the
  point's strangers have :data:`MANY_NAMES` different names (:data:`FEW_NAMES` on a centroid or a
  capital). One unknown village with one point is left as reported.
* A row whose source gives a precision code that is read is left to that code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import GEOD
from bordermap.gazetteer import Entry, Gazetteer, described, folded_key, load_words, tokens
from bordermap.geocode.answers import Answers, Records, numbers_of_rows
from bordermap.geocode.context import HEAD, Context, Record, choose
from bordermap.geocode.lookup import readings
from bordermap.geocode.outside import outside_m
from bordermap.geocode.phrases import PlacePhrase
from bordermap.geocode.precision import as_area, unit_around
from bordermap.geocode.resolve import Placement, read_record, units_of_columns
from bordermap.layers import load_layer, load_table

__all__ = ["FALLBACKS", "Named", "put_demoted", "same_points"]

Named = Mapping[tuple[float, float], Mapping[Record, int]]
"""By points: what is named there, and by how many rows."""

FloatArray = NDArray[np.float64]

FALLBACKS = (
    ("AF", 67.709953, 33.93911),
    ("PK", 69.345116, 30.375321),
    ("AF", 66.2385139, 33.7680065),
    ("PK", 71.247499, 30.3308401),
    ("AF", 65.0, 33.0),
    ("AF", 66.0, 33.0),
    ("PK", 70.0, 30.0),
)
"""Country, longitude, latitude: what geocoders and gazetteers give for a country as a whole
(Google's list of countries, Nominatim, the World Factbook, GeoNames)."""

NEAR_CENTRE_M = 1_000.0
"""How near to a centroid, inner point or fallback a point stands for it: they are printed with few
decimals, and other outlines of a unit have other centroids."""

NEAR_CAPITAL_M = 2_000.0
"""The same for capitals: lists differ in which corner of a city they mean."""

FAR_M = 5_000.0
"""A point may lie so far outside of the place that it names."""

MANY_NAMES, FEW_NAMES = 3, 2
MANY_ROWS = 5

COARSE_DEG, COARSE_BY_DEG = 1 / 12, 1e-4
"""Five minutes of arc, and how exactly they must be met."""

SAME_NAME = 0.75
"""Names whose folded letters agree in this share are spellings of one: Gora Prai, Goraparai."""

SAME_POINT_DECIMALS = 6

WIDE_DEG = 0.03
"""Wider than what is near in metres, at these latitudes."""

_LAYERS = ("countries", "provinces", "districts")


@dataclass(frozen=True, slots=True)
class _Fallback:
    """A point that stands for a unit; ``what`` is ``centre``, ``capital`` or ``fallback``."""

    code: str
    lon: float
    lat: float
    what: str


class _Reading(NamedTuple):
    """How a row stands to its point: ``home``, ``silent`` or ``stranger``, and its name's key."""

    stands: str
    name: str
    unit: Entry | None


def put_demoted(
    records: Records,
    answers: Answers,
    coded: NDArray[np.bool_],
    gazetteer: Gazetteer,
    elsewhere: Named | None = None,
) -> None:
    """Give reported points that stand for an area that area as footprint.

    The unit is the one that the row names, else the one that the point stands for; the status is
    ``weak``, and the note says why and how many rows share the point.

    Parameters
    ----------
    records : Records
    answers : Answers
    coded : ndarray of bool
        Whether a row's source gives a precision code that is read.
    gazetteer : Gazetteer
    elsewhere : mapping, optional
        Of rows that are a part of a whole: what those of the other parts at the same points name.
    """
    reported = answers.rows_located_by("reported")
    rows = reported[~coded[reported]]
    lon, lat = same_points(answers.lon[rows], answers.lat[rows])
    number, first = numbers_of_rows(lon, lat)
    lon, lat = lon[first], lat[first]
    near = _near(lon, lat)
    others = _others(lon, lat, elsewhere or {})
    there = np.bincount(number, minlength=len(first))
    for at, told in others.items():
        there[at] += told.total()
    many = there >= MANY_NAMES
    asked = np.flatnonzero(many | (_are_coarse(lon) & _are_coarse(lat)))
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(len(first) + 1))
    for at in sorted({*asked.tolist(), *near}):
        group = _Group((float(lon[at]), float(lat[at])), near.get(at, ()), gazetteer)
        sharing = rows[order[starts[at] : starts[at + 1]]].tolist()
        group.read(Counter(records[row] for row in sharing) + others.get(at, Counter()))
        group.judge(sharing, records, answers)


def _others(lon: FloatArray, lat: FloatArray, elsewhere: Named) -> dict[int, Counter[Record]]:
    """What other parts' rows name at some points, by the number of the point."""
    if not elsewhere:
        return {}
    points = enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
    return {at: Counter(elsewhere[point]) for at, point in points if point in elsewhere}


def same_points(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees by which points count as one: to about 0.1 m."""
    return _rounded(lon), _rounded(lat)


def _rounded(degrees: FloatArray) -> FloatArray:
    """Degrees to so many decimals, each as Python rounds it."""
    scaled = degrees * 10**SAME_POINT_DECIMALS
    rounded: FloatArray = np.round(degrees, SAME_POINT_DECIMALS)
    for at in np.flatnonzero(np.abs(scaled % 1 - 0.5) < 1e-3).tolist():
        rounded[at] = round(float(degrees[at]), SAME_POINT_DECIMALS)
    return rounded + 0.0


class _Group:
    """The rows that share one point."""

    def __init__(
        self, point: tuple[float, float], fallbacks: Sequence[_Fallback], gazetteer: Gazetteer
    ) -> None:
        self._point, self._fallbacks, self._gazetteer = point, fallbacks, gazetteer
        self._kinds = {fallback.what for fallback in fallbacks}
        self._readings: dict[Record, _Reading] = {}
        self._rows = self._names = self._silent = 0

    def read(self, told: Mapping[Record, int]) -> None:
        """Read how each row stands to the point, and count; ``told`` says how many tell what."""
        for record in told:
            self._readings[record] = _reading(record, self._point, self._gazetteer)
        stands = {record: one.stands for record, one in self._readings.items()}
        self._rows = sum(told.values())
        self._silent = sum(many for one, many in told.items() if stands[one] == "silent")
        strangers = (one for one in self._readings.values() if one.stands == "stranger")
        self._names = _different(one.name for one in strangers)

    def judge(self, rows: Sequence[int], records: Records, answers: Answers) -> None:
        """Answer rows anew, those that say the same at the very same place together."""
        alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for row in rows:
            place = answers.lon[row], answers.lat[row]
            alike[records.which[row], answers.which[row], *place].append(row)
        for some in alike.values():
            before = answers.at(some[0])
            answer = self.judged(records[some[0]], before)
            if answer is not before:
                answers.put(np.array(some, dtype=np.intp), answer)

    def judged(self, record: Record, answer: Placement) -> Placement:
        """The answer of one row, demoted where the point is no spot."""
        reading = self._readings[record]
        why = self._why(reading)
        if not why:
            return answer
        area = self._area(reading)
        if area is None:
            return replace(answer, status="weak", note=f"{answer.note}; {why}")
        level = area.kind if area.kind in {"country", "province"} else "district"
        return replace(as_area(answer, area, level, why), status="weak")

    def _why(self, reading: _Reading) -> str:
        """Why the point is none of the row's own, or nothing."""
        if reading.stands == "home":
            return ""
        least = FEW_NAMES if self._fallbacks else MANY_NAMES
        if self._names >= least:
            return f"{self._rows} rows with {self._names} different names share this point"
        if reading.stands == "stranger" and "fallback" not in self._kinds:
            return ""
        return self._stands_for(reading)

    def _stands_for(self, reading: _Reading) -> str:
        """Why the point of a row that says no more than a unit is that unit's, or nothing."""
        shared = f" ({self._rows} rows share it)" if self._rows > 1 else ""
        for kind, why in (
            ("fallback", "the point is what geocoders give for"),
            ("centre", "the point is the middle of"),
        ):
            if kind in self._kinds:
                return f"{why} {self._named(self._meant(reading.unit, kind).code)}{shared}"
        if self._silent >= MANY_ROWS:
            return f"{self._silent} rows that name no place share this point{self._capital()}"
        if reading.unit is not None and all(map(_is_coarse, self._point)):
            return f"the point is given to five minutes, as for a whole area{shared}"
        return ""

    def _capital(self) -> str:
        """That the point is the capital of a unit, in words, where it is."""
        return f" in the capital of {self._named(self._fallbacks[0].code)}" if self._kinds else ""

    def _named(self, code: str) -> str:
        unit = self._gazetteer.entry(code)
        return described(unit) if unit else code

    def _meant(self, named: Entry | None, kind: str) -> _Fallback:
        """Which of the fallbacks at the point is meant: the named unit's, else the largest's."""
        fitting = [one for one in self._fallbacks if one.what == kind]
        own = [one for one in fitting if named is not None and one.code in named.members]
        return min(own or fitting, key=lambda one: len(one.code))

    def _area(self, reading: _Reading) -> Entry | None:
        """What the point stands for.

        The unit that the row names; a smaller one within it on whose middle the point lies; where
        it names none, the unit of the fallback, else the country around the point.
        """
        named = reading.unit
        centres = [one for one in self._fallbacks if one.what != "capital"] or self._fallbacks
        if named is None and centres:
            return self._gazetteer.entry(min(centres, key=lambda one: len(one.code)).code)
        if named is None:
            return unit_around(*self._point, "country", self._gazetteer)
        if reading.stands == "silent":
            inside = [one.code for one in centres if _lies_in(one.code, named)]
            smaller = self._gazetteer.entry(max(inside, key=len)) if inside else None
            return smaller or named
        return named


def _is_coarse(degrees: float) -> bool:
    return bool(_are_coarse(np.array([degrees]))[0])


def _are_coarse(degrees: FloatArray) -> NDArray[np.bool_]:
    off = np.abs(degrees - np.rint(degrees / COARSE_DEG) * COARSE_DEG)
    coarse: NDArray[np.bool_] = off <= COARSE_BY_DEG
    return coarse


def _lies_in(code: str, unit: Entry) -> bool:
    """Whether a unit lies in another, by codes such as ``AF-KHO-spera``."""
    return any(code.startswith(f"{member}-") for member in unit.members)


def _reading(record: Record, point: tuple[float, float], gazetteer: Gazetteer) -> _Reading:
    """How a row stands to its point."""
    context, phrase = read_record(record, gazetteer)
    unit = _unit(context, record, gazetteer)
    places = _places(phrase, context, gazetteer)
    names = phrase.heads or tuple(name for one in phrase.relations for name in one.targets)
    if any(entry.outline is None and _is_near(entry, point, phrase) for entry in places):
        return _Reading("home", "", unit)
    units = [entry for entry in places if entry.outline is not None]
    if units and len(units) == len(names):
        unit = unit if len(units) > 1 else _smaller(units[0], unit)
    elif names:
        return _Reading("stranger", _bare_key(" ".join(names)), unit)
    if unit is None or unit.outline is None:
        return _Reading("silent", "", None)
    away = outside_m(*point, unit.outline.geometry) > FAR_M
    return _Reading("stranger" if away else "silent", folded_key(unit.name) if away else "", unit)


def _places(phrase: PlacePhrase, context: Context, gazetteer: Gazetteer) -> list[Entry]:
    """What the names of a phrase mean, as far as known."""
    names = phrase.heads or tuple(name for one in phrase.relations for name in one.targets)
    hits = [choose(readings(name, gazetteer), context, HEAD).hit for name in names]
    return [hit.entry for hit in hits if hit is not None]


def _is_near(entry: Entry, point: tuple[float, float], phrase: PlacePhrase) -> bool:
    reach_m = max((one.distance_m or 0.0 for one in phrase.relations), default=0.0)
    away_m = GEOD.inv(*point, entry.place.lon, entry.place.lat)[2]
    return bool(away_m <= entry.place.radius_m + reach_m + FAR_M)


def _unit(context: Context, record: Record, gazetteer: Gazetteer) -> Entry | None:
    """The smallest unit that a row names."""
    for area in (context.area, units_of_columns(record, gazetteer).area):
        if area is not None and area.entry.outline is not None and area.entry.members:
            return area.entry
    return None


def _smaller(one: Entry, other: Entry | None) -> Entry:
    return one if other is None or one.place.radius_m <= other.place.radius_m else other


def _bare_key(name: str) -> str:
    """Folded key of a name without its generic words."""
    words = tokens(name)
    return folded_key(" ".join(load_words().strip(words)[0] or words))


def _different(names: Iterable[str]) -> int:
    """How many names differ by more than spelling; more than enough are not counted further."""
    kept: list[str] = []
    for name in sorted(set(names)):
        alike = (SequenceMatcher(None, name, other).ratio() >= SAME_NAME for other in kept)
        if len(kept) > 50 or not any(alike):
            kept.append(name)
    return len(kept)


def _near(lon: FloatArray, lat: FloatArray) -> dict[int, list[_Fallback]]:
    """The fallbacks at each point, by its number, where there are any."""
    fallbacks, tree, squares = _fallbacks()
    rows = np.flatnonzero(np.isin(_square(lon, lat), squares))
    found: dict[int, list[_Fallback]] = defaultdict(list)
    pairs = tree.query(shapely.points(lon[rows], lat[rows]), predicate="dwithin", distance=WIDE_DEG)
    for at, number in zip(rows[pairs[0]].tolist(), pairs[1].tolist(), strict=True):
        fallback = fallbacks[number]
        reach_m = NEAR_CAPITAL_M if fallback.what == "capital" else NEAR_CENTRE_M
        if GEOD.inv(lon[at], lat[at], fallback.lon, fallback.lat)[2] <= reach_m:
            found[at].append(fallback)
    return dict(found)


def _square(lon: FloatArray, lat: FloatArray) -> NDArray[np.int64]:
    """Numbers of the squares, each :data:`WIDE_DEG` wide, in which points lie."""
    column, row = (np.floor(one / WIDE_DEG).astype(np.int64) for one in (lon, lat))
    number: NDArray[np.int64] = row * 100_000 + column
    return number


@cache
def _fallbacks() -> tuple[list[_Fallback], shapely.STRtree, NDArray[np.int64]]:
    """Every point that may stand for a unit: centroids, inner points, capitals, fallbacks.

    With the squares in which they and those beside them lie.
    """
    known = [_Fallback(code, lon, lat, "fallback") for code, lon, lat in FALLBACKS]
    for layer in _LAYERS:
        frame, what = load_layer(layer).frame, "fallback" if layer == "countries" else "centre"
        shapes = frame.geometry.to_numpy()
        for points in (shapely.centroid(shapes), shapely.point_on_surface(shapes)):
            at = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
            known += [
                _Fallback(code, float(lon), float(lat), what)
                for code, (lon, lat) in zip(frame["code"], at, strict=True)
            ]
    known += _capitals()
    places = np.array([(one.lon, one.lat) for one in known])
    beside = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]) * WIDE_DEG
    around = (places[:, np.newaxis] + beside).reshape(-1, 2)
    return known, shapely.STRtree(shapely.points(places)), np.unique(_square(*around.T))


def _capitals() -> list[_Fallback]:
    """Capitals of the countries and the provinces (GeoNames feature codes PPLC and PPLA)."""
    table = load_table("geonames_places")
    seats = table[table["feature_code"].isin(["PPLC", "PPLA"])]
    rows = zip(
        seats["adm1_code"], seats["country"], seats["feature_code"],
        seats["lon"].astype(float), seats["lat"].astype(float), strict=True,
    )  # fmt: skip
    return [
        _Fallback(code, lon, lat, "capital")
        for province, country, feature, lon, lat in rows
        for code in ((province, country) if feature == "PPLC" else (province,))
        if code
    ]
