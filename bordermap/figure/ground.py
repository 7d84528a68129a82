"""The ground of the map: countries, units, water, zones, the line, the graticule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from bordermap.figure.pen import PAPER, Letters, Pen, Stroked
from bordermap.figure.projection import Box, View
from bordermap.figure.words import digits
from bordermap.schema import Layer

__all__ = ["COLOURS", "draw_extras", "draw_graticule", "draw_ground", "draw_line", "draw_points"]

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "land": "#fbfaf6",
        "neighbour": "#eceae4",
        "coast": "#d0cabd",
        "water": "#c3d9e6",
        "water_edge": "#9dbfd2",
        "province": "#a79f90",
        "district": "#d9d3c7",
        "line": "#2b2a33",
        "variant": "#8a1c5b",
        "graticule": "#b8b3a8",
        "extra": "#5d3fd3",
        "AF": "#1f6f8b",
        "PK": "#b3662a",
    }
)
"""Colours of the page, which keep away from those of the incidents."""

DISTRICTS_TO_KM = 3.0
"""So many kilometres to a point at most, and districts are drawn."""

_UNIT_TOLERANCE_M = 420.0
_VAGUE_M = 5_000.0
_STEPS_DEGREES = (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05)
_TOWNS = ((0.25, 0), (0.5, 15_000), (0.9, 50_000), (1.8, 100_000), (3.0, 200_000), (1e9, 500_000))
"""Kilometres to a point, and the population from which a town is shown."""


def _drawn(layers: Mapping[str, Layer], name: str, view: View) -> Any:
    return view.drawn(layers[name].frame.geometry.to_numpy()) if name in layers else []


def smallest_town(view: View) -> int:
    """Population from which a town is shown."""
    return next(people for km, people in _TOWNS if view.km_a_point <= km)


def draw_ground(pen: Pen, view: View, layers: Mapping[str, Layer], zones: gpd.GeoDataFrame) -> None:
    """All that lies under the incidents."""
    unit = pen.size.base / 10
    left, bottom, right, top = view.frame
    pen.shape([shapely.box(left, bottom, right, top)], COLOURS["neighbour"])
    coast = Stroked(COLOURS["coast"], 0.7 * unit)
    pen.shape(_drawn(layers, "neighbours", view), COLOURS["neighbour"], coast, gid="neighbours")
    provinces = _drawn(layers, "map_provinces", view)
    pen.shape(provinces, COLOURS["land"], Stroked(COLOURS["land"], 0.5 * unit), gid="land")
    if view.km_a_point <= DISTRICTS_TO_KM:
        districts = Stroked(COLOURS["district"], (0.5 if view.km_a_point < 1.6 else 0.3) * unit)
        pen.shape(_drawn(layers, "map_districts", view), None, districts, gid="districts")
    pen.shape(provinces, None, Stroked(COLOURS["province"], 0.6 * unit), gid="provinces")
    # Units are drawn more simply than the line; where they follow it they are painted over.
    bed = Stroked(COLOURS["land"], max(2.4 * unit, 2 * _UNIT_TOLERANCE_M * view.metre))
    pen.shape(_drawn(layers, "map_line", view), None, bed)
    _draw_zones(pen, view, zones)
    pen.shape(
        _drawn(layers, "rivers", view),
        None,
        Stroked(COLOURS["water_edge"], 0.5 * unit),
        gid="rivers",
    )
    edge = Stroked(COLOURS["water_edge"], 0.5 * unit)
    pen.shape(_drawn(layers, "lakes", view), COLOURS["water"], edge, gid="lakes")


def _draw_zones(pen: Pen, view: View, zones: gpd.GeoDataFrame) -> None:
    """Bands on either side, fainter with distance, as on the page."""
    edges = sorted(set(zones["to_km"]))
    for zone in zones.itertuples():
        rank = edges.index(zone.to_km) / max(1, len(edges) - 1)
        colour = COLOURS[zone.side]
        rim = Stroked(colour, 0.4 * pen.size.base / 10, alpha=0.25)
        gid = f"zone-{zone.side}-{zone.to_km:g}"
        pen.shape([view.drawn(zone.geometry)], colour, rim, alpha=0.17 - 0.12 * rank, gid=gid)


def draw_line(pen: Pen, view: View, layers: Mapping[str, Layer]) -> None:
    """The line, and both alignments, dashed, where its editions differ."""
    unit = pen.size.base / 10
    width = (1.5 if view.km_a_point > 1 else 1.9) * unit
    for name, dash in (("map_line", ()), ("variants", (3.6 * unit, 2.2 * unit))):
        drawn = _drawn(layers, name, view)
        pen.shape(drawn, None, Stroked(PAPER, width + 1.4 * unit))
        colour = COLOURS["variant" if dash else "line"]
        pen.shape(drawn, None, Stroked(colour, width, dash), gid=name.replace("_", "-"))


def draw_points(pen: Pen, view: View, layers: Mapping[str, Layer]) -> None:
    """Towns and crossings."""
    unit = pen.size.base / 10
    if "towns" in layers:
        frame = layers["towns"].frame
        people = frame["population"] if "population" in frame else np.zeros(len(frame))
        for point in _drawn(layers, "towns", view)[np.nan_to_num(people) >= smallest_town(view)]:
            pen.disc(point.x, point.y, 1.5 * unit, PAPER, stroke=Stroked("#6b665c", 0.8 * unit))
    if "crossings" in layers:
        rough = is_rough(layers["crossings"].frame)
        for point, vague in zip(_drawn(layers, "crossings", view), rough, strict=True):
            draw_crossing(pen, point.x, point.y, vague)


def is_rough(frame: gpd.GeoDataFrame) -> list[bool]:
    """Which points of a layer are known only roughly."""
    radii = frame["radius_m"] if "radius_m" in frame else [0.0] * len(frame)
    return [float(radius) >= _VAGUE_M for radius in radii]


def draw_crossing(pen: Pen, x: float, y: float, vague: bool) -> None:
    """A small gate; with a dashed edge where it is known roughly."""
    unit = pen.size.base / 10
    dash = (1.4 * unit, 1.2 * unit) if vague else ()
    half = 2.3 * unit
    gate = shapely.box(x - half, y - half, x + half, y + half)
    pen.shape([gate], PAPER, Stroked(COLOURS["line"], (0.7 if vague else 1.1) * unit, dash))


def draw_extras(pen: Pen, view: View, extras: Mapping[str, Layer]) -> None:
    """Layers of the reader's own, over the line."""
    unit = pen.size.base / 10
    for number, layer in enumerate(extras.values()):
        shapes = view.drawn(layer.frame.geometry.dropna().to_numpy())
        points = [one for one in shapely.get_parts(shapes) if one.geom_type == "Point"]
        rest = [one for one in shapes if one.geom_type not in ("Point", "MultiPoint")]
        pen.shape(rest, None, Stroked(COLOURS["extra"], 1.0 * unit), gid=f"layer-{number}")
        for point in points:
            pen.disc(point.x, point.y, 2.0 * unit, COLOURS["extra"])


def _degrees(view: View) -> tuple[float, Box]:
    """Step of the graticule, and the degrees that the frame shows."""
    left, bottom, right, top = view.frame
    edge = [view.ground(x, y) for x in np.linspace(left, right, 9) for y in (bottom, top)]
    edge += [view.ground(x, y) for x in (left, right) for y in np.linspace(bottom, top, 9)]
    lon, lat = np.array(edge).T
    step = next(
        (step for step in _STEPS_DEGREES if (lon.max() - lon.min()) / step >= 4), _STEPS_DEGREES[-1]
    )
    return step, (lon.min(), lat.min(), lon.max(), lat.max())


def _meridians_and_parallels(view: View) -> Iterator[tuple[float, bool, Any]]:
    """Each line of the graticule: its degree, whether it is a meridian, and its shape."""
    step, (west, south, east, north) = _degrees(view)
    for lon in np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step:
        lat = np.linspace(south - step, north + step, 61)
        yield lon, True, shapely.LineString(view.points(np.full(61, lon), lat))
    for lat in np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step:
        lon = np.linspace(west - step, east + step, 61)
        yield lat, False, shapely.LineString(view.points(lon, np.full(61, lat)))


def draw_graticule(pen: Pen, view: View, words: Mapping[str, str]) -> list[Box]:
    """Thin lines of longitude and latitude, named at the top and right edges; the names' boxes."""
    unit = pen.size.base / 10
    size = 6.4 * unit
    letters = Letters(size, "#837d71", halo=True)
    left, bottom, right, top = view.frame
    inner = {
        True: shapely.LineString([(left, top - size), (right, top - size)]),
        False: shapely.LineString([(right - 2.2 * size, bottom), (right - 2.2 * size, top)]),
    }
    lines = list(_meridians_and_parallels(view))
    rule = Stroked(COLOURS["graticule"], 0.4 * unit, (0.8 * unit, 2.2 * unit))
    pen.shape([line for _, _, line in lines], None, rule, gid="graticule")
    taken: list[Box] = []
    for degree, is_meridian, line in lines:
        spot = shapely.intersection(line, inner[is_meridian])
        if spot.geom_type != "Point" or spot.is_empty:
            continue
        x, y = spot.x, spot.y
        if not (left + 2 * size < x < right - size and bottom + 2 * size < y < top - size / 2):
            continue
        signs = ("east", "west") if is_meridian else ("north", "south")
        text = digits(f"{abs(degree):g}°", words) + words[signs[int(degree < 0)]]
        if is_meridian and x > right - 5 * size:
            continue
        pen.write(x, y, text, letters, ha="center")
        taken.append((x - 2 * size, y - size, x + 2 * size, y + size))
    return taken
