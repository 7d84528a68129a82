"""Areas by which incidents can be counted: which one each is in, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.footprint import line_id, shipped_polygon
from bordermap.layers import load_layer
from bordermap.schema import CRS

__all__ = [
    "CODES",
    "HEXAGON_KM2",
    "HEXAGON_LEVEL",
    "STRETCH_KM",
    "area_texts",
    "hexagon_codes",
    "hexagons",
    "stretches",
]

Codes = npt.NDArray[np.object_]

HEXAGON_LEVEL = 5
"""Of H3: hexagons of 250 km2, 17 km across, a little under a district of ours."""

HEXAGON_KM2 = 250

STRETCH_KM = 10

_STRIP_DEGREES = 0.002


def area_texts(frame: gpd.GeoDataFrame, name: str) -> Codes:
    """Words of a column, empty where there is none."""
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), "").to_numpy(dtype=object)


def _district_codes(frame: gpd.GeoDataFrame) -> Codes:
    """District of each incident; none where only the province or country is known."""
    known = load_layer("map_districts").frame["code"]
    vague = np.isin(area_texts(frame, "location_precision"), ("province", "country"))
    codes = pd.Series(area_texts(frame, "adm2_code"), dtype=object)
    return np.where(~vague & codes.isin(known).to_numpy(), codes, "")


def _stretch_codes(frame: gpd.GeoDataFrame) -> Codes:
    """The 10 km of the line that are nearest; none where the point stands for a whole unit."""
    if "border_km" not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    km = pd.to_numeric(frame["border_km"]).to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(km) & ~_stands_for_a_unit(frame)
    steps = np.floor(np.where(known, km, 0.0) / STRETCH_KM).astype(np.int64)
    different, place = np.unique(steps, return_inverse=True)
    codes = [line_id(step * STRETCH_KM, (step + 1) * STRETCH_KM) for step in different.tolist()]
    return np.where(known, np.array(codes, dtype=object)[place], "")


def _stands_for_a_unit(frame: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    precision = area_texts(frame, "location_precision")
    return np.isin(precision, ("district", "province", "country"))


def _precise_hexagon_codes(frame: gpd.GeoDataFrame) -> Codes:
    codes = hexagon_codes(frame, "--aggregate")
    return np.where(_stands_for_a_unit(frame), "", codes)


def hexagon_codes(frame: gpd.GeoDataFrame, option: str) -> Codes:
    """Cell of H3 of each incident that has a point.

    Raises
    ------
    OutputError
        The package is not installed.
    """
    h3 = _h3(option)
    codes = np.full(len(frame), "", dtype=object)
    spots = shapely.point_on_surface(frame.geometry.to_numpy())
    places = pd.DataFrame({"lat": shapely.get_y(spots), "lon": shapely.get_x(spots)})
    rows = np.flatnonzero(np.isfinite(places).all(axis=1))
    places = places.iloc[rows]
    which = places.groupby(["lat", "lon"], sort=False).ngroup().to_numpy()
    different = places.drop_duplicates().itertuples(index=False)
    cells = [h3.latlng_to_cell(lat, lon, HEXAGON_LEVEL) for lat, lon in different]
    codes[rows] = np.array(cells, dtype=object)[which]
    return codes


def _h3(option: str) -> Any:
    try:
        import h3  # noqa: PLC0415  an extra
    except ImportError as error:
        todo = f"pip install 'bordermap[hexagons]', or {option} districts"
        raise OutputError("counting by hexagons needs h3", where=option, todo=todo) from error
    return h3


def hexagons(codes: Iterable[str], option: str = "--aggregate") -> gpd.GeoDataFrame:
    """Outlines of cells of H3, with ``code`` and ``name``."""
    h3 = _h3(option)
    rows = [
        (code, code, shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(code)]))
        for code in codes
    ]
    return _frame(rows)


def stretches(codes: Iterable[str]) -> gpd.GeoDataFrame:
    """Strips along the line, of the stretches with these codes; their names are kilometres."""
    rows = []
    for code in codes:
        start, end = (f"{float(km):g}" for km in code.removeprefix("line:").split("-"))
        shape = shapely.simplify(shipped_polygon(code), _STRIP_DEGREES)
        rows.append((code, f"km {start}-{end}", shape))
    return _frame(rows)


def _frame(rows: list[tuple[str, str, Any]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=["code", "name", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS)


CODES: Mapping[str, Callable[[gpd.GeoDataFrame], Codes]] = {
    "districts": _district_codes,
    "stretches": _stretch_codes,
    "hexagons": _precise_hexagon_codes,
}
"""By way of counting: the area of each incident, empty for none."""
