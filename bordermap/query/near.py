"""What lies near a place that somebody names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bordermap.border import GEOD
from bordermap.certainty import clear_of_places
from bordermap.errors import FilterError
from bordermap.gazetteer import Gazetteer
from bordermap.schema import Match
from bordermap.values.lengths import parse_length_m
from bordermap.values.text import shorten

__all__ = ["Circle", "circle", "clear_of_circle", "is_near", "metres"]

BoolArray = NDArray[np.bool_]

SPOTS = frozenset(("place", "crossing"))
"""What "near Khost" means before the district and the province of that name."""

LEAST_SHARE = 0.5
"""A best meaning that has less of the probability of all is refused: it may be another place."""


@dataclass(frozen=True, slots=True)
class Circle:
    """All places at most so far from a point.

    Attributes
    ----------
    lon, lat : float
        Degrees, EPSG:4326.
    radius_m : float
        Geodesic metres.
    label : str
        What the point is, for people.
    """

    lon: float
    lat: float
    radius_m: float
    label: str = ""

    def __str__(self) -> str:
        return f"{self.label or f'{self.lat:g},{self.lon:g}'} within {self.radius_m:g} m"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees, a little too wide."""
        reach = self.radius_m / 110_000.0
        south, north = max(-90.0, self.lat - reach), min(90.0, self.lat + reach)
        widest = math.cos(math.radians(max(abs(south), abs(north))))
        east = 180.0 if reach >= 180.0 * widest else reach / widest
        return self.lon - east, south, self.lon + east, north


def metres(value: Any) -> float:
    """Length of a distance given as text (``"10km"``) or as metres."""
    if isinstance(value, str):
        return parse_length_m(value)
    length_m = float(value)
    if not length_m >= 0:
        raise FilterError(f"a distance of {value} m is negative or no number")
    return length_m


def circle(place: Any, radius: Any, gazetteer: Gazetteer | None = None) -> Circle:
    """The circle around a place.

    Parameters
    ----------
    place : str or tuple of float
        A name, the id of a gazetteer entry, ``"lat,lon"``, or longitude and latitude.
    radius : str or float
        ``"20km"``, or metres.
    gazetteer : Gazetteer, optional
        The shipped one when not given.

    Raises
    ------
    FilterError
        No radius or no length; no place of that name, or none that is probably meant.
    """
    if isinstance(place, Circle):
        return place
    if radius is None:
        raise FilterError("near needs a radius", where="near", todo="add --radius 20km")
    radius_m = metres(radius)
    lon, lat, label = _position(place) or _named(str(place), gazetteer or Gazetteer.load())
    return Circle(lon, lat, radius_m, label)


def _position(place: Any) -> tuple[float, float, str] | None:
    """Longitude and latitude where they are given as numbers."""
    try:
        if isinstance(place, str):
            lat, lon = (float(part) for part in place.split(","))
        else:
            lon, lat = (float(part) for part in place)
    except (TypeError, ValueError):
        return None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise FilterError(
            f"{shorten(str(place))!r} lies beyond the degrees of the earth",
            where="near",
            todo="write latitude and longitude like 33.07,69.95",
        )
    return lon, lat, ""


def _named(name: str, gazetteer: Gazetteer) -> tuple[float, float, str]:
    entry = gazetteer.entry(name)
    if entry is not None:
        return entry.place.lon, entry.place.lat, f"{entry.name} ({entry.place_id})"
    found = gazetteer.find(name)
    if not found:
        raise FilterError(
            f"no place is called {shorten(name)!r}",
            where="near",
            todo="see 'bordermap geocode', or write latitude and longitude like 33.07,69.95",
        )
    spots = [match for match in found if match.place.kind in SPOTS] or found
    if spots[0].score < LEAST_SHARE * sum(match.score for match in spots):
        raise FilterError(
            f"{shorten(name)!r} may be {', '.join(map(_shown, spots[:4]))}",
            where="near",
            todo="give one of these ids instead of the name",
        )
    best = spots[0].place
    return best.lon, best.lat, f"{best.name} ({best.place_id})"


def _shown(match: Match) -> str:
    return f"{match.place.name} ({match.place.place_id})"


def _away_m(frame: gpd.GeoDataFrame, asked: Circle) -> NDArray[np.float64]:
    """Geodesic metres from the circle's middle; NaN without a point."""
    lon, lat = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    known = np.isfinite(lon) & np.isfinite(lat)
    away = np.full(len(frame), np.nan)
    middle = np.full(known.sum(), asked.lon), np.full(known.sum(), asked.lat)
    away[known] = GEOD.inv(*middle, lon[known], lat[known])[2]
    return away


def is_near(frame: gpd.GeoDataFrame, asked: Circle) -> BoolArray:
    """Rows whose point lies in the circle, its rim included."""
    near: BoolArray = _away_m(frame, asked) <= asked.radius_m
    return near


def clear_of_circle(frame: gpd.GeoDataFrame, asked: Circle) -> BoolArray:
    """Rows whose footprint, by its radius alone, lies wholly in or wholly beside the circle."""
    away = _away_m(frame, asked)
    reach = pd.to_numeric(frame["location_radius_m"]).to_numpy(dtype=float, na_value=np.inf)
    one_answer = (away + reach <= asked.radius_m) | (away - reach > asked.radius_m)
    return clear_of_places(frame) | one_answer
