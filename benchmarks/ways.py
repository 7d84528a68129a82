"""The field's ways to relate points to a line, each as a function that gives a ``run(lon, lat)``.

Each does what tutorials and manuals show: project to UTM 42N (EPSG:32642), measure in the plane.
What can be prepared once (projecting the line, drawing buffers) is prepared outside ``run``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import shapely

Run: TypeAlias = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]

UTM = 32642


def _projected(lon: np.ndarray, lat: np.ndarray) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(UTM)


def _line(line: Any) -> Any:
    return gpd.GeoSeries([line], crs=4326).to_crs(UTM).iloc[0]


def _segments(line: Any) -> gpd.GeoDataFrame:
    coords = shapely.get_coordinates(_line(line))
    pairs = np.stack([coords[:-1], coords[1:]], axis=1)
    return gpd.GeoDataFrame(geometry=shapely.linestrings(pairs), crs=UTM)


def _side(start: np.ndarray, end: np.ndarray, xy: np.ndarray) -> np.ndarray:
    way, to = end - start, xy - start
    return np.sign(way[:, 0] * to[:, 1] - way[:, 1] * to[:, 0]).astype(np.int8)


def shapely_loop(line: Any) -> Run:
    """Distance, projection and side, one point after the other."""
    plane = _line(line)

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        points = _projected(lon, lat)
        distance, side = [], []
        for point in points:
            along = plane.project(point)
            distance.append(plane.distance(point))
            a, b = plane.interpolate(along - 1), plane.interpolate(along + 1)
            turn = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
            side.append(np.sign(turn))
        return {"distance": np.array(distance), "side": np.array(side)}

    return run


def sjoin_line(line: Any) -> Run:
    """``sjoin_nearest`` to the whole line."""
    frame = gpd.GeoDataFrame(geometry=[_line(line)], crs=UTM)

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        points = gpd.GeoDataFrame(geometry=_projected(lon, lat))
        joined = gpd.sjoin_nearest(points, frame, distance_col="distance")
        return {"distance": joined["distance"].to_numpy()}

    return run


def sjoin_segments(line: Any) -> Run:
    """``sjoin_nearest`` to the line's segments, the first of equals; side from the segment."""
    frame = _segments(line)
    ends = shapely.get_coordinates(frame.geometry).reshape(-1, 2, 2)

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        points = gpd.GeoDataFrame(geometry=_projected(lon, lat))
        joined = gpd.sjoin_nearest(points, frame, distance_col="distance")
        joined = joined[~joined.index.duplicated()]
        found = joined["index_right"].to_numpy()
        xy = shapely.get_coordinates(joined.geometry)
        side = _side(ends[found, 0], ends[found, 1], xy)
        return {"distance": joined["distance"].to_numpy(), "side": side}

    return run


def buffers(line: Any, bands_m: np.ndarray) -> Run:
    """Plain buffers, one for each band, and ``sjoin``; the smallest that holds a point is its."""
    plane = _line(line)
    zones = gpd.GeoDataFrame(geometry=[plane.buffer(width) for width in bands_m], crs=UTM)

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        points = gpd.GeoDataFrame(geometry=_projected(lon, lat))
        joined = gpd.sjoin(points, zones, how="left", predicate="within")
        band = joined["index_right"].groupby(level=0).min().fillna(len(bands_m))
        return {"band": band.to_numpy().astype(int)}

    return run


def duckdb_spatial(line: Any) -> Run:
    """``ST_Distance`` to the whole line, in the plane."""
    try:
        duckdb = import_module("duckdb")
        extension = import_module("duckdb_extension_spatial")
    except ImportError as error:
        raise RuntimeError("duckdb and its spatial extension are not installed") from error
    (file,) = Path(next(iter(extension.__path__))).rglob("spatial.duckdb_extension")
    base = duckdb.connect(config={"threads": 1})
    base.load_extension(str(file))
    base.execute("CREATE TABLE line AS SELECT ST_GeomFromText(?) AS g", [_line(line).wkt])

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        x, y = shapely.get_coordinates(_projected(lon, lat)).T
        base.register("points", {"x": x, "y": y})
        rows = base.execute("SELECT ST_Distance(g, ST_Point(x, y)) AS d FROM points, line")
        return {"distance": rows.fetchnumpy()["d"]}

    return run
