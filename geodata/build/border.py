"""The line itself and the outlines of the two countries that share it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from geometry import (
    as_polygon,
    cumulative_km,
    length_km,
    rounded,
    south_west_first,
    to_degrees,
    to_metres,
)
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from timezonefinder import TimezoneFinder

OUTLINE_TOLERANCE_M = 50.0
# Edges of districts end at vertices of the outline, so its long straight pieces need some.
LONGEST_PIECE = 0.01
SOURCE_DECIMALS = 6
AFGHANISTAN, PAKISTAN = "Asia/Kabul", "Asia/Karachi"


@dataclass(frozen=True)
class Border:
    """The line, and the rest of each country's outline as an arc from its north-east end back."""

    line: LineString
    back_af: LineString
    back_pk: LineString

    def country(self, code: str) -> Polygon:
        """The full outline; its shared edge is the line, vertex for vertex."""
        back = self.back_af if code == "AF" else self.back_pk
        ring = np.vstack([shapely.get_coordinates(self.line), shapely.get_coordinates(back)[1:]])
        return Polygon(ring)


def timezone_polygon(data: Path, zone: str) -> BaseGeometry:
    """A zone as drawn by OpenStreetMap; the decoder's noise beyond six decimals is rounded off."""
    finder = TimezoneFinder(bin_file_location=data / "timezonefinder_data" / "data")
    parts = finder.get_geometry(tz_name=zone, coords_as_pairs=True)
    polygons = [Polygon(rings[0], rings[1:]) for rings in parts]
    return as_polygon(rounded(shapely.multipolygons(polygons), SOURCE_DECIMALS))


def shared_line(one: BaseGeometry, other: BaseGeometry) -> LineString:
    shared = shapely.intersection(one.boundary, other.boundary)
    edges = [p for p in shapely.get_parts(shared) if p.geom_type == "LineString"]
    merged = shapely.line_merge(shapely.multilinestrings(edges))
    if merged.geom_type != "LineString":
        raise ValueError(f"the two countries share {len(shapely.get_parts(merged))} pieces, not 1")
    return south_west_first(merged)


def _back(country: BaseGeometry, line: LineString) -> LineString:
    """The outline of a country without the line, simplified, from north-east to south-west."""
    rest = shapely.line_merge(shapely.difference(country.exterior, line))
    if rest.geom_type != "LineString":
        raise ValueError(f"the outline without the line is a {rest.geom_type}")
    simple = to_metres(rest).simplify(OUTLINE_TOLERANCE_M, preserve_topology=True)
    pieces = shapely.segmentize(to_degrees(simple), LONGEST_PIECE)
    vertices = shapely.get_coordinates(rounded(pieces, SOURCE_DECIMALS))
    ends = shapely.get_coordinates(line)[[-1, 0]]
    if np.hypot(*(vertices[0] - ends[0])) > np.hypot(*(vertices[-1] - ends[0])):
        vertices = vertices[::-1]
    # The projection there and back costs a millionth of a metre: the ends are the line's own.
    return LineString(np.vstack([ends[:1], vertices[1:-1], ends[1:]]))


def load_border(data: Path) -> Border:
    afghanistan = timezone_polygon(data, AFGHANISTAN)
    pakistan = timezone_polygon(data, PAKISTAN)
    line = shared_line(afghanistan, pakistan)
    border = Border(line, _back(afghanistan, line), _back(pakistan, line))
    for code in ("AF", "PK"):
        if not border.country(code).is_valid:
            raise ValueError(f"the simplified outline of {code} crosses itself")
    return border


def line_properties(line: LineString) -> dict[str, object]:
    return {
        "name": "Durand Line: the Afghanistan-Pakistan border as drawn by OpenStreetMap, 2026",
        "length_km": round(length_km(line), 1),
        "vertices": int(shapely.get_num_coordinates(line)),
        "vintage": "2026c (OpenStreetMap, 2026)",
        "source": "timezone-boundary-builder 2026c, in PyPI timezonefinder-data 3.2026.3.post1;"
        " © OpenStreetMap contributors",
        "licence": "ODbL-1.0",
    }


def end_km(line: LineString) -> float:
    return float(cumulative_km(line)[-1])
