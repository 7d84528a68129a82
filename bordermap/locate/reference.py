"""The line and the layers that incidents are related to, each made ready once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from bordermap.border import Border
from bordermap.footprint import polygon_bounds, units_of
from bordermap.joins import Cover
from bordermap.layers import load_layer
from bordermap.locate.coded import Coded, coded
from bordermap.locate.crossings import Crossings
from bordermap.memory import give_back
from bordermap.schema import Layer

__all__ = ["Hits", "Reference"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]

NOWHERE = (np.inf, -np.inf)
"""Bounds of no place at all: with any others they give those."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Number of the first unit that covers each point, in the order of the codes, or -1.

    ``between`` says whether a point lies between two published alignments of a stretch.
    """

    country: IntArray
    district: IntArray
    neighbour: IntArray
    between: NDArray[np.bool_]


class Reference:
    """The line and the layers that one call works with.

    Parameters
    ----------
    border : Border, optional
        The shipped one when not given.
    layers : mapping of str to Layer, optional
        Replaces shipped layers by name.
    """

    def __init__(
        self, border: Border | None = None, layers: Mapping[str, Layer] | None = None
    ) -> None:
        self.border = border or Border.load()
        self._layers = layers or {}
        self._bounds: dict[str, tuple[float, float]] = {}

    @staticmethod
    def of(border: Border | None, layers: Mapping[str, Layer] | None) -> Reference:
        """The shipped one, made once per process, unless something else is asked for."""
        if not layers and (border is None or border is Border.load()):
            return _shipped()
        return Reference(border, layers)

    def expect(self, points: int) -> None:
        """Build now what pays for so many points, which will come in smaller parts."""
        with ThreadPoolExecutor(1) as pool:
            cells = pool.submit(self._cover.expect, points)
            self.border.expect(points)
            cells.result()
        give_back()

    def frame(self, name: str) -> gpd.GeoDataFrame:
        """Features of a layer."""
        return (self._layers.get(name) or load_layer(name)).frame

    def column(self, layer: str, name: str) -> Coded:
        """A column of a layer of units, in the order of their codes."""
        return self._columns(layer)[name]

    def hits(self, lon: FloatArray, lat: FloatArray) -> Hits:
        """In which units points lie."""
        (country, district, between), _ = self._cover.at(lon, lat)
        neighbour = np.full(len(lon), -1, dtype=np.intp)
        outside = np.flatnonzero(district < 0)
        if len(outside):
            neighbour[outside] = self._neighbours.at(lon[outside], lat[outside])[0][0]
        return Hits(country, district, neighbour, between >= 0)

    def bounds(self, place_ids: Sequence[str]) -> FloatArray:
        """Least and greatest distance of units from the line (m), shape (n, 2)."""
        codes = [place_id.split(";") for place_id in place_ids]
        new = {code for several in codes for code in several} - self._bounds.keys()
        units = units_of(new, self.frame)
        self._bounds |= dict.fromkeys(new, NOWHERE)
        measured = polygon_bounds([polygon for _, polygon in units], self.border)
        for (code, _), bounds in zip(units, measured.tolist(), strict=True):
            self._bounds[code] = _both(self._bounds[code], bounds)
        found = [reduce(_both, (self._bounds[code] for code in several)) for several in codes]
        return np.array(found).reshape(-1, 2)

    def stretch_of(self, km: FloatArray, lon: FloatArray, lat: FloatArray) -> Coded:
        """Which units face each other at places on the line."""
        if self.border is not Border.load():
            km = Border.load().measure(lon, lat).km
        starts, names = self._stretches
        at = np.searchsorted(starts, km, side="right") - 1
        return Coded(np.maximum(at, 0), names)

    @cached_property
    def crossings(self) -> Crossings:
        """The crossings that may be the nearest one."""
        return Crossings.of(self.frame("crossings"))

    @cached_property
    def _stretches(self) -> tuple[FloatArray, ObjectArray]:
        stretches = self.frame("stretches").sort_values("from_km")
        return stretches["from_km"].to_numpy(), stretches["name"].to_numpy(dtype=object)

    @cached_property
    def _cover(self) -> Cover:
        """Countries, districts, and areas between alignments."""
        parts = [self._polygons("countries"), self._polygons("districts"), self._between_variants()]
        return Cover(np.concatenate(parts), [len(part) for part in parts])

    @cached_property
    def _neighbours(self) -> Cover:
        return Cover(self._polygons("neighbours"))

    def _ordered(self, name: str) -> gpd.GeoDataFrame:
        return self.frame(name).sort_values("code", ignore_index=True)

    def _polygons(self, name: str) -> ObjectArray:
        return self._ordered(name).geometry.to_numpy()

    @cache  # noqa: B019
    def _columns(self, name: str) -> dict[str, Coded]:
        units = self._ordered(name)
        return {c: coded(units[c]) for c in units.columns if c != units.geometry.name}

    def _between_variants(self) -> ObjectArray:
        areas: list[Any] = []
        for _, pair in self.frame("variants").groupby("stretch"):
            edges = shapely.union_all([*pair.geometry, *_closing(pair)])
            areas += list(shapely.get_parts(shapely.polygonize(shapely.get_parts(edges))))
        return np.array(areas, dtype=object)


@cache
def _shipped() -> Reference:
    return Reference()


def _both(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    return min(one[0], other[0]), max(one[1], other[1])


def _closing(pair: gpd.GeoDataFrame) -> list[shapely.LineString]:
    """Straight lines that join the starts and the ends of a stretch's alignments."""
    first, *others = list(pair.geometry)
    return [
        shapely.LineString([first.coords[end], other.coords[end]])
        for other in others
        for end in (0, -1)
        if first.coords[end] != other.coords[end]
    ]
