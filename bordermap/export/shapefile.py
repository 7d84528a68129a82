"""Shapefile, for programs that take nothing newer: short names, short texts, all of it told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, distinct, without
from bordermap.export.delimited import guarded, save_csv
from bordermap.export.long_texts import END, shortened
from bordermap.export.losses import as_text, cut_times, rounded_decimals
from bordermap.export.ogr import write_layer
from bordermap.schema import COLUMNS

__all__ = ["BESIDE", "SHORT", "write_shapefile"]

FIELDS = ".fields.csv"
BESIDE = (
    *(".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".shp.xml"),
    *(f".shp{FIELDS}", f".shp{END}"),
)
"""What belongs to a shapefile, by the ends of the names."""

_LONGEST = 10
_BYTES = 254
_MOST_FIELDS = 255
_WHOLE = 10**7
"""Of the 24 characters of a dBASE number 15 are decimals; greater ones stand as text."""
_INTEGERS = 10**17
"""GDAL gives whole numbers 18 characters."""

_TYPES = {"": "MULTIPOINT", "Point": "POINT", "LineString": "ARC", "Polygon": "POLYGON"}

SHORT = {
    "incident_id": "incid_id",
    "date_precision": "date_prec",
    "event_type_reported": "type_rep",
    "location_precision_reported": "prec_rep",
    "location_precision_scheme": "prec_schem",
    "fatalities_low": "fatal_low",
    "fatalities_best": "fatal_best",
    "fatalities_high": "fatal_high",
    "source_name": "src_name",
    "source_date": "src_date",
    "source_file": "src_file",
    "record_note": "rec_note",
    "location_precision": "loc_prec",
    "location_radius_m": "loc_rad_m",
    "location_side": "loc_side",
    "place_match": "place_name",
    "match_score": "match_p",
    "location_status": "loc_status",
    "location_candidates": "loc_cands",
    "location_note": "loc_note",
    "border_distance_m": "dist_m",
    "border_distance_min_m": "dist_min_m",
    "border_distance_max_m": "dist_max_m",
    "border_offset_m": "offset_m",
    "border_side": "side",
    "border_stretch": "stretch",
    "crossing_distance_m": "cross_m",
    "border_share_af": "share_af",
    "border_share_pk": "share_pk",
    "border_share_other": "share_oth",
    "border_from_km": "from_km",
    "border_to_km": "to_km",
}
"""Columns of ours whose names are too long for dBASE."""

_MEANINGS = {
    **{column.name: column.meaning for column in COLUMNS},
    "border_share_af": "share of the area, length or points on the Afghan side",
    "border_share_pk": "share of the area, length or points on the Pakistani side",
    "border_share_other": "share of the area, length or points in third countries",
    "border_from_km": "least kilometre along the line of the places nearest to it",
    "border_to_km": "greatest kilometre along the line of the places nearest to it",
}


def write_shapefile(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a layer and what belongs to it: ``.shx``, ``.dbf``, ``.prj``, ``.cpg``, the names.

    Raises
    ------
    OutputError
        Over 255 columns, shapes of several kinds, or more than fits into 2 GB.
    """
    (features,) = layers
    _refuse(features, path)
    names, _ = distinct([SHORT.get(name, name) for name in features.names], longest=_LONGEST)
    fitting = [_fitting(name, one) for name, one in zip(names, features.columns, strict=True)]
    whole, cleaned = without(fitting)
    columns, notes = shortened(features, whole, _BYTES, path, in_bytes=True)
    _write_names(features, columns, path)
    write_layer(
        features,
        path,
        "ESRI Shapefile",
        columns=columns,
        layer_options={"2GB_LIMIT": "YES", "SPATIAL_INDEX": "NO", **_measured(features)},
    )
    renamed = sum(new != one.name for new, one in zip(names, features.columns, strict=True))
    told = [f"{renamed} names are cut to {_LONGEST} characters; {path.name}{FIELDS} has them whole"]
    return (
        *(told if renamed else []),
        *cleaned,
        *notes,
        *_blank(whole),
        *_as_text(features, columns),
        *as_text(features.columns),
        *cut_times(features.columns, "us"),
        *rounded_decimals([one for one in columns if one.kind == "number"]),
    )


def _refuse(features: Features, path: Path) -> None:
    todo = "write a .gpkg"
    if len(features.columns) > _MOST_FIELDS:
        found = f"{len(features.columns)} columns, and a shapefile has {_MOST_FIELDS} at most"
        raise OutputError(found, where=path.name, todo=todo)
    if features.shape == "Unknown":
        found = f"a shapefile holds one kind of shapes, not {', '.join(sorted(features.kinds))}"
        raise OutputError(found, where=path.name, todo=todo)


def _measured(features: Features) -> dict[str, str]:
    """The type of shapefile that keeps measures (M), where there are any."""
    if not shapely.has_m(features.shapes).any():
        return {}
    kind = _TYPES[features.shape.removeprefix("Multi") if features.shape != "MultiPoint" else ""]
    return {"SHPT": f"{kind}{'Z' * bool(shapely.has_z(features.shapes).any())}M"}


def _fitting(name: str, column: Column) -> Column:
    """A column under its short name, as text where dBASE has no such values."""
    if _fits(column):
        return column.called(name)
    return Column(name, "text", pd.Series(column.as_texts(), dtype=object))


def _fits(column: Column) -> bool:
    if column.kind == "integer":
        return bool((np.abs(column.values.astype("float64")) < _INTEGERS).all())
    if column.kind == "number":
        known = column.values[~np.isnan(column.values)]
        return bool((np.abs(known) < _WHOLE).all())
    return column.kind != "time"


def _as_text(features: Features, columns: Sequence[Column]) -> list[str]:
    pairs = zip(features.columns, columns, strict=True)
    found = [old.name for old, new in pairs if old.kind != new.kind]
    return [f"dBASE has no such numbers or times, so as text: {', '.join(found)}"] if found else []


def _blank(columns: Sequence[Column]) -> list[str]:
    """A note on spaces, which dBASE fills its cells with."""
    ends = [
        text[-1:]
        for one in columns
        if one.kind == "text"
        for text in one.values.tolist()
        if text is not None
    ]
    count = ends.count("") + ends.count(" ")
    return (
        [f"{count} texts lose the spaces at their end, or are empty and come back as nothing known"]
        if count
        else []
    )


def _write_names(features: Features, columns: Sequence[Column], path: Path) -> None:
    rows = [
        (new.name, old.name, new.kind, _MEANINGS.get(old.name, ""))
        for old, new in zip(features.columns, columns, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["field", "column", "kind", "meaning"])
    beside = path.with_name(f"{path.name}{FIELDS}")
    save_csv(guarded(table), beside)
