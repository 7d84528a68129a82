"""Polygon layers that a user brings: which columns name a unit, and in which unit a point lies.

Every point counts once. A point in several units (on their edge, or where they overlap) belongs to
the one with the smaller code; how many there were is told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from bordermap.errors import LayerError
from bordermap.joins.cover import Cover
from bordermap.schema import COLUMNS, CRS, Layer
from bordermap.values.text import as_text, label, shorten

__all__ = [
    "Cover",
    "PolygonLayer",
    "area_layer",
    "in_degrees",
    "join_columns",
    "join_units",
    "layer_key",
    "polygon_layer",
    "prepared",
]

ObjectArray = NDArray[np.object_]

SUFFIXES = ("name", "code", "units")
"""Of the columns that a joined layer adds: ``<layer>_name``, ``_code`` and ``_units``."""

LONGEST_KEY = 40

# From the surest to the vaguest. A level in the name (ADM2_EN, NAME_1) is the layer's own when it
# is the largest there.
_NAMES = (
    r"name",
    r"shapename",
    r"adm(?:in)?_?\d_?(?:en|name|name_en)",
    r"name_?\d",
    r"admin\d(?:name)?_?(?:en|name)",
    r"name_?en",
    r"(?:district|tehsil|province|region|unit|area|zone)s?(?:_?name)?",
    r"(?:dist|prov|reg)_?na?me?",
    r"nam|namelsad|title|label",
)
_CODES = (
    r"code",
    r"p_?code",
    r"adm(?:in)?_?\d_?(?:p?code|pc)",
    r"admin\d_?p?code",
    r"shapeiso",
    r"gid_?\d",
    r"iso(?:_?3166_?[12])?|iso_?a[23]|iso_?code",
    r"hasc_?\d",
    r"shapeid",
    r"(?:district|tehsil|province|region|unit|dist|prov)_?(?:p?code|id)",
    r"id",
)
_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True, eq=False)
class PolygonLayer:
    """Units to join points to.

    Attributes
    ----------
    key : str
        What the names of its columns begin with.
    units : GeoDataFrame
        ``name``, ``code`` and valid polygons in EPSG:4326; the smaller code first.
    name_column, code_column : str
        Columns of the layer from which they came; empty for none.
    notes : tuple of str
        What was noticed and put right.
    file, sha256 : str
        The file it was read from, if any.
    """

    key: str
    units: gpd.GeoDataFrame
    name_column: str
    code_column: str
    notes: tuple[str, ...] = ()
    file: str = ""
    sha256: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it adds to a frame."""
        return tuple(f"{self.key}_{suffix}" for suffix in SUFFIXES)

    def drawn(self) -> Layer:
        """The layer as the map draws it, its outlines thinned to 20 m."""
        frame = self.units.copy()
        thin = frame.geometry.simplify(2e-4)
        frame["geometry"] = thin.where(~thin.is_empty, frame.geometry)
        said = f"{self.file or self.key}, brought by the user"
        return Layer(self.key, frame, self.file or self.key, said, "", self.file)

    def papers(self) -> dict[str, Any]:
        """What a run record says about it."""
        return {
            "name": self.key,
            "file": self.file,
            "sha256": self.sha256,
            "features": len(self.units),
            "name_column": self.name_column,
            "code_column": self.code_column,
        }


def layer_key(stem: str, taken: Collection[str] = ()) -> str:
    """A safe name for a layer: lower-case letters and digits of any script, and ``_``.

    A name whose columns would be columns of the program gets ``_layer``; one that is taken, a
    number.
    """
    words = re.sub(r"[\W_]+", "_", label(stem[:1000]).casefold()).strip("_")
    key = words[:LONGEST_KEY].strip("_") or "layer"
    if key[0].isdigit():
        key = f"layer_{key}"
    ledger = {column.name for column in COLUMNS}
    if any(f"{key}_{suffix}" in ledger for suffix in SUFFIXES):
        key = f"{key}_layer"
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}_{number}"
    return free


def polygon_layer(
    key: str, frame: gpd.GeoDataFrame, *, name_column: str = "", code_column: str = ""
) -> PolygonLayer:
    """Check a frame of polygons and find the columns that name its units.

    Parameters
    ----------
    key : str
        Made safe by :func:`layer_key`.
    frame : GeoDataFrame
        Polygons; in any coordinate system, in degrees where it names none.
    name_column, code_column : str
        Columns to take; recognised when empty (``name``, ``shapeName``, ``ADM2_EN``, ``NAME_1``;
        ``code``, ``ADM2_PCODE``, ``shapeISO``, ``GID_2``, ...).

    Raises
    ------
    LayerError
        No polygons, other geometries among them, no degrees, or no column names the units.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise _refused(key, "is no GeoDataFrame with a geometry", "give polygons")
    notes: list[str] = []
    geometry = in_degrees(key, _only_polygons(key, frame.geometry, notes), notes)
    geometry = _valid(key, geometry, notes)
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name)).iloc[geometry.index]
    name_column, code_column = _columns(key, cells, name_column, code_column)
    units = gpd.GeoDataFrame(
        {
            "name": _texts(cells, name_column or code_column),
            "code": _texts(cells, code_column),
            "geometry": geometry.to_numpy(),
        },
        crs=CRS,
    )
    order = _order(cells, units, code_column)
    return PolygonLayer(
        layer_key(key),
        units.iloc[order].reset_index(drop=True),
        name_column or code_column,
        code_column,
        tuple(notes),
    )


def area_layer(key: str, geometry: gpd.GeoSeries) -> PolygonLayer:
    """Polygons for which no names are needed, as a layer; see :func:`polygon_layer`."""
    areas = gpd.GeoDataFrame({"name": "area"}, index=geometry.index, geometry=geometry)
    return polygon_layer(key, areas, name_column="name")


def _refused(key: str, found: str, todo: str) -> LayerError:
    return LayerError(found, where=shorten(key), todo=todo)


def _only_polygons(key: str, geometry: gpd.GeoSeries, notes: list[str]) -> gpd.GeoSeries:
    geometry = geometry.reset_index(drop=True)
    there = _are_there(geometry)
    counts = geometry[there].geom_type.value_counts().sort_index()
    others = {kind: count for kind, count in counts.items() if kind not in _POLYGONS}
    if others or not there.any():
        shown = ", ".join(f"{count:,} {kind}" for kind, count in others.items())
        found = f"holds {shown}" if shown else "holds no polygons"
        raise _refused(key, found, "give a layer of polygons only")
    if not there.all():
        notes.append(f"{(~there).sum():,} features without a geometry are left out")
    return gpd.GeoSeries(shapely.force_2d(geometry[there]), geometry[there].index, geometry.crs)


def _are_there(geometry: gpd.GeoSeries) -> NDArray[np.bool_]:
    shapes = geometry.to_numpy()
    there: NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return there


def in_degrees(key: str, geometry: gpd.GeoSeries, notes: list[str]) -> gpd.GeoSeries:
    """The polygons in EPSG:4326; what their coordinates contradict is not believed."""
    crs = geometry.crs
    fits = _are_degrees(geometry)
    if crs is None or not crs.is_geographic:
        if fits:
            said = "names no coordinate system" if crs is None else f"says it is in {_said(crs)}"
            notes.append(f"{said}; its coordinates are degrees and taken as such")
            return geometry.set_crs(CRS, allow_override=True)
        if crs is None:
            raise _refused(
                key,
                f"names no coordinate system, and {_box(geometry)} are no degrees",
                "export it in WGS 84 (EPSG:4326)",
            )
    elif not fits:
        raise _refused(
            key,
            f"says it is in degrees ({_said(crs)}), but {_box(geometry)} are none",
            "export it in WGS 84 (EPSG:4326)",
        )
    if crs.to_epsg() == 4326 or crs.name == "WGS 84 (CRS84)":
        return geometry.set_crs(CRS, allow_override=True)
    notes.append(f"converted from {_said(crs)} to WGS 84")
    try:
        converted = geometry.to_crs(CRS)
    except ProjError as error:
        found = f"its system {_said(crs)} cannot be converted to WGS 84"
        raise _refused(key, found, "export it in WGS 84") from error
    if not _are_degrees(converted):
        raise _refused(key, f"does not fit its system {_said(crs)}", "export it in WGS 84")
    return converted


def _said(crs: Any) -> str:
    return shorten(str(crs.name))


def _box(geometry: gpd.GeoSeries) -> str:
    west, south, east, north = geometry.total_bounds
    corner = (west, south) if west < -180 or south < -90 else (east, north)
    return "coordinates like {:.6g}, {:.6g}".format(*corner)


def _are_degrees(geometry: gpd.GeoSeries) -> bool:
    bounds = np.abs(geometry.total_bounds)
    return bool(np.isfinite(bounds).all() and (bounds <= [180, 90, 180, 90]).all())


def _valid(key: str, geometry: gpd.GeoSeries, notes: list[str]) -> gpd.GeoSeries:
    """The polygons, repaired where they cross themselves."""
    broken = ~geometry.is_valid
    if broken.any():
        made = shapely.make_valid(
            geometry[broken].to_numpy(), method="structure", keep_collapsed=False
        )
        geometry = geometry.copy()
        geometry[broken] = made
        notes.append(f"{broken.sum():,} invalid polygons were repaired")
    whole = geometry.geom_type.isin(_POLYGONS) & ~geometry.is_empty
    if not whole.any():
        raise _refused(key, "holds no polygon with an area", "give a layer of polygons")
    if not whole.all():
        notes.append(f"{(~whole).sum():,} polygons without an area are left out")
    return geometry[whole]


def _columns(key: str, cells: pd.DataFrame, name_column: str, code_column: str) -> tuple[str, str]:
    for column in filter(None, (name_column, code_column)):
        if column not in cells.columns:
            raise _refused(key, f"has no column {shorten(column)!r}", f"it has {_shown(cells)}")
    code = code_column or _recognised(cells, _CODES)
    name = name_column or _recognised(cells, _NAMES)
    if not name and not code:
        raise _refused(key, "has no column that looks like a name", f"name one of {_shown(cells)}")
    return name, code


def _shown(cells: pd.DataFrame) -> str:
    return shorten(", ".join(str(column)[:100] for column in cells.columns[:50]), 200) or "none"


def _recognised(cells: pd.DataFrame, patterns: Sequence[str]) -> str:
    """The first column that fits, of the deepest level, that is filled anywhere."""
    for pattern in patterns:
        fits = [
            column
            for column in cells.columns
            if isinstance(column, str)
            and len(column) <= LONGEST_KEY
            and re.fullmatch(pattern, column, re.IGNORECASE)
            and any(_texts(cells, column))
        ]
        if fits:
            return max(fits, key=lambda column: [int(d) for d in re.findall(r"\d", column)])
    return ""


def _texts(cells: pd.DataFrame, column: str) -> list[str]:
    if not column:
        return [""] * len(cells)
    values = cells[column]
    return [
        "" if pd.api.types.is_scalar(v) and pd.isna(v) else label(as_text(v)[:1000])
        for v in values.astype(object)
    ]


def _order(cells: pd.DataFrame, units: gpd.GeoDataFrame, code_column: str) -> list[int]:
    """The smaller code first, numbers as numbers; units without one last, by name."""
    numeric = bool(code_column) and pd.api.types.is_numeric_dtype(cells[code_column])
    numbers = cells[code_column].tolist() if numeric else [0] * len(cells)

    def rank(at: int) -> tuple[bool, Any, str, str, int]:
        code, name = units["code"].iloc[at], units["name"].iloc[at]
        return (not code, numbers[at] if code else 0, code, name, at)

    return sorted(range(len(units)), key=rank)


def join_units(points: gpd.GeoSeries, layer: PolygonLayer) -> pd.DataFrame:
    """The columns that a layer adds, by the index of ``points``.

    Returns
    -------
    DataFrame
        ``<key>_name`` and ``<key>_code`` (string) of the unit in which each point lies, and
        ``<key>_units`` (Int64): how many units cover it, 0 outside all, empty without a point.
    """
    placed = np.nonzero(_are_there(points))[0]
    first, count = Cover(layer.units.geometry.to_numpy()).of(points.iloc[placed].to_numpy())
    answers = pd.DataFrame(index=points.index)
    for suffix in ("name", "code"):
        values = np.full(len(points), None, dtype=object)
        known = layer.units[suffix].to_numpy(dtype=object)[first]
        values[placed] = np.where((first < 0) | (known == ""), None, known)
        answers[f"{layer.key}_{suffix}"] = pd.Series(values, index=points.index, dtype="string")
    units = pd.Series(pd.NA, index=points.index, dtype="Int64")
    units.iloc[placed] = count
    answers[f"{layer.key}_units"] = units
    return answers


def join_columns(columns: Collection[str]) -> Iterator[tuple[str, str]]:
    """The columns of a frame that a joined layer added, each with its ``_units`` column."""
    for column in columns:
        key, _, suffix = str(column).rpartition("_")
        if suffix in ("name", "code") and f"{key}_units" in columns and key:
            yield column, f"{key}_units"


def prepared(
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None,
) -> list[PolygonLayer]:
    """The layers of a mapping by name, checked; frames are prepared on the way."""
    layers: list[PolygonLayer] = []
    for key, given in (join or {}).items():
        layer = given if isinstance(given, PolygonLayer) else polygon_layer(str(key), given)
        if layer.key in [one.key for one in layers]:
            raise _refused(str(key), f"two layers are named {layer.key!r}", "rename one")
        layers.append(layer)
    return layers
