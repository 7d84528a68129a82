"""Layers for drawing only: neighbours, rivers, lakes, and simplified copies of the line and units.

Nothing here is for measuring. Coordinates have four decimals, about ten metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from border import timezone_polygon
from geometry import Feature, as_polygon, rounded, to_degrees, to_metres
from published import binned_segments, gshhg, natural_earth_folder
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

WINDOW = (58.0, 27.0, 78.5, 40.0)
DECIMALS = 4
LINE_TOLERANCE_M = 50.0
# For a coverage the tolerance is the root of the smallest triangle that is kept: with 1100 m most
# of an edge stays within 500 m of where it was, and none of it strays more than 1.8 km.
PROVINCE_TOLERANCE_M, DISTRICT_TOLERANCE_M, NEIGHBOUR_TOLERANCE_M = 1100.0, 1100.0, 1200.0
DISTRICT_REACH_M = 100_000.0
RIVER_TOLERANCE_M, SHORTEST_RIVER_M, FINEST_RIVER = 600.0, 15_000.0, 5

# Code, English name, code in Natural Earth (whose Persian and Urdu names are used), timezones.
NEIGHBOURS = (
    ("CN", "China", "CHN", ("Asia/Urumqi", "Asia/Shanghai")),
    ("IN", "India", "IND", ("Asia/Kolkata",)),
    ("IR", "Iran", "IRN", ("Asia/Tehran",)),
    ("KG", "Kyrgyzstan", "KGZ", ("Asia/Bishkek",)),
    ("TJ", "Tajikistan", "TJK", ("Asia/Dushanbe",)),
    ("TM", "Turkmenistan", "TKM", ("Asia/Ashgabat",)),
    ("UZ", "Uzbekistan", "UZB", ("Asia/Tashkent", "Asia/Samarkand")),
)


def _for_drawing(geometries: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Back in degrees, rounded; what rounding folded is unfolded."""
    degrees = [rounded(g, DECIMALS) for g in to_degrees(np.asarray(geometries))]
    return [g if g.is_valid else as_polygon(shapely.make_valid(g)) for g in degrees]


def _simplified(geometries: Sequence[BaseGeometry], tolerance_m: float) -> list[BaseGeometry]:
    """Polygons simplified together, so that a shared edge stays shared."""
    metres = to_metres(np.asarray(geometries))
    return _for_drawing(list(shapely.coverage_simplify(metres, tolerance_m)))


def neighbours(timezones: Path, natural_earth: Path) -> list[Feature]:
    window = shapely.box(*WINDOW)
    file = natural_earth_folder(natural_earth) / "cultural" / "ne_10m_admin_0_countries.shp"
    columns = ["ADM0_A3", "NAME_FA", "NAME_UR"]
    local = pyogrio.read_dataframe(file, columns=columns, read_geometry=False).set_index("ADM0_A3")
    properties: list[dict[str, Any]] = []
    shapes = []
    for code, name, alpha3, zones in NEIGHBOURS:
        zone_shapes = [shapely.make_valid(timezone_polygon(timezones, zone)) for zone in zones]
        shapes.append(as_polygon(shapely.union_all(zone_shapes).intersection(window)))
        fa, ur = local.loc[alpha3]
        properties.append(
            {"code": code, "name": name, "name_ps": None, "name_fa": fa, "name_ur": ur}
        )
    simple = _simplified(shapes, NEIGHBOUR_TOLERANCE_M)
    return list(zip(properties, simple, strict=True))


def rivers(package: Path) -> list[Feature]:
    """WDBII rivers of the larger levels; the source has no names."""
    window = shapely.box(*WINDOW)
    found: list[Feature] = []
    for level, segments in sorted(binned_segments(gshhg(package, "river"), WINDOW).items()):
        if level > FINEST_RIVER:
            continue
        merged = shapely.line_merge(shapely.multilinestrings([rounded(s, 5) for s in segments]))
        inside = shapely.line_merge(shapely.intersection(merged, window))
        for part in shapely.get_parts(to_metres(inside)):
            if part.length >= SHORTEST_RIVER_M:
                simple = rounded(to_degrees(part.simplify(RIVER_TOLERANCE_M)), DECIMALS)
                found.append(({"level": level, "name": None}, simple))
    return sorted(found, key=lambda f: (f[0]["level"], f[1].coords[0]))


def lakes(package: Path) -> list[Feature]:
    file = natural_earth_folder(package) / "physical" / "ne_10m_lakes.shp"
    frame = pyogrio.read_dataframe(
        file, bbox=WINDOW, columns=["name", "featurecla", "name_fa", "name_ur", "ne_id"]
    )
    found: list[Feature] = []
    for row in frame.sort_values("ne_id").itertuples():
        texts = {c: getattr(row, c) for c in ("name", "name_fa", "name_ur")}
        properties = {
            "name": texts["name"] or None,
            "kind": row.featurecla.lower(),
            "name_ps": None,
            "name_fa": texts["name_fa"] or None,
            "name_ur": texts["name_ur"] or None,
        }
        clean = {k: v if isinstance(v, str) else None for k, v in properties.items()}
        found.append((clean, rounded(as_polygon(shapely.make_valid(row.geometry)), DECIMALS)))
    return found


def map_line(line: LineString, properties: dict[str, Any]) -> list[Feature]:
    simple = to_metres(line).simplify(LINE_TOLERANCE_M, preserve_topology=False)
    drawn = rounded(to_degrees(simple), DECIMALS)
    kept = {k: properties[k] for k in ("name", "vintage", "source", "licence")}
    vertices = int(shapely.get_num_coordinates(drawn))
    return [(kept | {"tolerance_m": LINE_TOLERANCE_M, "vertices": vertices}, drawn)]


def _copied(
    features: Sequence[Feature], columns: Sequence[str], tolerance_m: float
) -> list[Feature]:
    simple = _simplified([g for _, g in features], tolerance_m)
    return [
        ({c: properties[c] for c in columns}, geometry)
        for (properties, _), geometry in zip(features, simple, strict=True)
    ]


def map_provinces(provinces: Sequence[Feature]) -> list[Feature]:
    columns = ("code", "name", "country", "name_ps", "name_fa", "name_ur")
    return _copied(provinces, columns, PROVINCE_TOLERANCE_M)


def map_districts(districts: Sequence[Feature], line: LineString) -> list[Feature]:
    """Districts near the line; all are simplified together first, so that edges agree."""
    columns = ("code", "name", "country", "adm1_code", "adm1", "name_ps", "name_fa", "name_ur")
    shapes = to_metres(np.asarray([g for _, g in districts]))
    near = shapely.distance(shapes, to_metres(line)) <= DISTRICT_REACH_M
    copies = _copied(districts, columns, DISTRICT_TOLERANCE_M)
    return [copy for copy, keep in zip(copies, near, strict=True) if keep]
