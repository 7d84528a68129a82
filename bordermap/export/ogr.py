"""Layers written by GDAL, from plain arrays; what GDAL says becomes one line."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio import errors, raw

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features
from bordermap.values.text import shorten

__all__ = ["crs_text", "field_of", "one_line", "papers", "write_layer"]

FAULTS = (
    errors.DataLayerError,
    errors.DataSourceError,
    errors.FeatureError,
    errors.FieldError,
    errors.GeometryError,
    RuntimeError,
)


def write_layer(
    features: Features,
    path: Path,
    driver: str,
    *,
    columns: Sequence[Column] | None = None,
    shape: str = "",
    append: bool = False,
    **options: Any,
) -> None:
    """Write one layer.

    Parameters
    ----------
    columns : sequence of Column, optional
        Under the names that the format can bear; those of ``features`` when not given.
    shape : str
        The kind of shapes that is declared.
    append : bool
        To a file that is there.
    **options
        For :func:`pyogrio.raw.write`.

    Raises
    ------
    OutputError
        GDAL could not write it, or wrote less than it was given.
    """
    chosen = features.columns if columns is None else columns
    fields = [field_of(column) for column in chosen]
    kind = shape or features.shape
    # Only a GeoPackage tells its layers by name; a shapefile takes that of the file.
    layer = features.name if driver == "GPKG" else path.stem
    with one_line(path):
        raw.write(
            path,
            geometry=shapely.to_wkb(features.shapes, flavor="iso"),
            field_data=[data for data, _ in fields],
            field_mask=[mask for _, mask in fields],
            fields=np.array([column.name for column in chosen], dtype=object),
            layer=layer,
            driver=driver,
            geometry_type=f"{kind}{_upward(features)}" if kind != "Unknown" else kind,
            promote_to_multi=kind.startswith("Multi"),
            crs=crs_text(features.crs),
            encoding="UTF-8",
            append=append,
            **options,
        )
        with warnings.catch_warnings():
            # It says that pyogrio reads no measures (M); here nothing is read but the count.
            warnings.simplefilter("ignore", UserWarning)
            count = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    if count != len(features):
        found = f"only {count} of {len(features)} rows were written"
        raise OutputError(found, where=path.name, todo="make room on the disk")


def _upward(features: Features) -> str:
    return " Z" if bool(shapely.has_z(features.shapes).any()) else ""


def crs_text(crs: Any) -> str | None:
    """A coordinate system as GDAL takes it: by its code where that says all of it."""
    if crs is None or isinstance(crs, str):
        return crs
    known = crs.to_authority(min_confidence=100)
    return ":".join(known) if known else str(crs.to_wkt())


def field_of(column: Column) -> tuple[np.ndarray, np.ndarray | None]:
    """Cells and what is missing among them, as GDAL takes them."""
    if column.kind == "date":
        return column.values.astype("datetime64[D]"), None
    if column.kind == "time":
        return column.values.astype("datetime64[ms]"), None
    if column.kind in ("integer", "boolean"):
        return column.values, column.missing
    return column.values, None


@contextmanager
def one_line(path: Path) -> Any:
    try:
        yield
    except FAULTS as error:
        said = str(error).replace(str(path.parent), "").replace(str(path), path.name)
        found = f"cannot be written ({shorten(said, 150)})"
        todo = "choose another folder or make room"
        raise OutputError(found, where=path.name, todo=todo) from error


def papers(features: Features) -> Mapping[str, str]:
    """What a layer says about itself."""
    said = {
        "TITLE": features.title,
        "ATTRIBUTION": features.attribution,
        "LICENCE": features.licence,
    }
    return {key: value for key, value in said.items() if value}
