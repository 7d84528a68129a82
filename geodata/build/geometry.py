"""Lengths, projections and the writing of layers, for every layer alike.

Coordinates are (longitude, latitude) in degrees throughout, except where a name ends in ``_m``:
those are metres in one Lambert conformal projection fitted to both countries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Feature = tuple[dict[str, Any], BaseGeometry]

GEOD = Geod(ellps="WGS84")
# Standard parallels at a sixth and five sixths of the region: lengths are true within about 1 %.
METRIC = CRS.from_proj4("+proj=lcc +lat_1=30.5 +lat_2=36 +lat_0=33 +lon_0=68 +datum=WGS84 +units=m")
_FORWARD = Transformer.from_crs(4326, METRIC, always_xy=True)
_BACK = Transformer.from_crs(METRIC, 4326, always_xy=True)


def to_metres(geometry: Any) -> Any:
    """One geometry or an array of them, from degrees to metres."""
    return shapely.transform(geometry, lambda c: np.column_stack(_FORWARD.transform(*c.T)))


def to_degrees(geometry: Any) -> Any:
    """One geometry or an array of them, from metres to degrees."""
    return shapely.transform(geometry, lambda c: np.column_stack(_BACK.transform(*c.T)))


def rounded(geometry: Any, decimals: int) -> Any:
    """Coordinates rounded, nothing else changed: two equal vertices stay equal."""
    return shapely.transform(geometry, lambda c: np.round(c, decimals))


def length_km(line: BaseGeometry) -> float:
    return float(GEOD.geometry_length(line)) / 1000


def area_km2(geometry: BaseGeometry) -> float:
    return abs(float(GEOD.geometry_area_perimeter(geometry)[0])) / 1e6


def cumulative_km(line: LineString) -> Floats:
    """Geodesic kilometre of each vertex from the start of the line."""
    lon, lat = shapely.get_coordinates(line).T
    steps = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    return np.concatenate([[0.0], np.cumsum(steps) / 1000])


def stations(line: LineString, step_km: float) -> tuple[Floats, Floats]:
    """Kilometres at equal steps along a line, and the (n, 2) points that lie there."""
    at_km = cumulative_km(line)
    vertices = shapely.get_coordinates(line)
    kms = np.arange(0.0, at_km[-1], step_km)
    points = np.column_stack([np.interp(kms, at_km, axis) for axis in vertices.T])
    return kms, points


def between_km(line: LineString, from_km: float, to_km: float) -> LineString:
    """The part of a line between two kilometres, with its own vertices in between."""
    at_km = cumulative_km(line)
    vertices = shapely.get_coordinates(line)
    inner = vertices[(at_km > from_km) & (at_km < to_km)]
    ends = [[np.interp(km, at_km, axis) for axis in vertices.T] for km in (from_km, to_km)]
    return LineString(np.vstack([ends[:1], inner, ends[1:]]))


def south_west_first(line: LineString) -> LineString:
    """The border runs from the tripoint with Iran to the one with China: westernmost end first."""
    first, last = shapely.get_coordinates(line)[[0, -1]]
    return line if first[0] <= last[0] else shapely.reverse(line)


def polygons_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The polygonal parts of whatever a set operation returned."""
    parts = shapely.get_parts(geometry)
    nested = [q for p in parts if p.geom_type == "GeometryCollection" for q in polygons_of(p)]
    nested += [q for p in parts if p.geom_type == "MultiPolygon" for q in shapely.get_parts(p)]
    return [p for p in parts if p.geom_type == "Polygon" and p.area > 0] + nested


def as_polygon(geometry: BaseGeometry) -> BaseGeometry:
    """Polygon or MultiPolygon, without the points and lines that set operations leave behind."""
    parts = polygons_of(geometry)
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def longest_part(geometry: BaseGeometry) -> LineString:
    lines = [p for p in shapely.get_parts(geometry) if p.geom_type == "LineString"]
    return max(lines, key=lambda p: p.length)


def _coordinates(nested: Any, decimals: int) -> Any:
    if isinstance(nested, float | int):
        return round(float(nested), decimals)
    return [_coordinates(item, decimals) for item in nested]


def write_features(path: Path, features: Iterable[Feature], decimals: int) -> None:
    """RFC 7946: no ``crs`` member, right-hand rule. One feature a line, for readable diffs."""
    lines = []
    for properties, geometry in features:
        oriented = shapely.orient_polygons(geometry)
        member = json.loads(shapely.to_geojson(oriented))
        member["coordinates"] = _coordinates(member["coordinates"], decimals)
        feature = {"type": "Feature", "properties": properties, "geometry": member}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    body = ",\n".join(lines)
    text = f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_flatgeobuf(path: Path, features: Iterable[Feature], decimals: int) -> None:
    """What :func:`write_features` writes, as FlatGeobuf: it is read ten times as fast.

    Without a spatial index, which would put the rows in another order.
    """
    plain = path.with_suffix(".geojson")
    write_features(plain, features, decimals)
    pyogrio.write_dataframe(
        pyogrio.read_dataframe(plain),
        path,
        driver="FlatGeobuf",
        geometry_type="Unknown",
        promote_to_multi=False,
        SPATIAL_INDEX="NO",
    )
    plain.unlink()


def read_features(path: Path) -> list[Feature]:
    members = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(m["properties"], shapely.geometry.shape(m["geometry"])) for m in members]


def nearest_vertex(points: Sequence[Any] | Floats, vertices: Floats) -> NDArray[np.int64]:
    """Index of the vertex nearest to each point, in the plane of the coordinates given."""
    tree = shapely.STRtree(shapely.points(vertices))
    return np.asarray(tree.nearest(shapely.points(np.asarray(points))), dtype=np.int64)
