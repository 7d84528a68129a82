"""The coordinate system that a file declares, and whether its coordinates bear that out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from bordermap.errors import InputError
from bordermap.records.source import file_note
from bordermap.schema import CRS as WGS84
from bordermap.schema import Fault
from bordermap.values.coordinates import are_in_region
from bordermap.values.text import shorten

__all__ = ["crs_of", "crs_text", "parse_crs", "to_degrees"]

_AUTHORITY = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|OGC|ESRI)[:/]+(?:[\w.]*[:/])?(?P<code>\w{1,12})",
    re.IGNORECASE,
)

_Array = np.ndarray[Any, np.dtype[np.float64]]


def crs_of(name: str) -> CRS | None:
    """The coordinate system of an authority's code; no PROJ strings, which can name files."""
    match = _AUTHORITY.fullmatch(name.strip())
    if match is None:
        return None
    try:
        return CRS.from_authority(match["authority"].upper(), match["code"].upper())
    except ProjError:
        return None


def parse_crs(text: str) -> tuple[CRS | None, str]:
    """The system that WKT, PROJJSON or an authority's code describes, and its name.

    The name is empty where none is declared. A system bound to another by grids is not
    understood, since its grids are files.
    """
    text = text.strip()
    if not text:
        return None, ""
    if known := crs_of(text):
        return known, text
    if text[0] not in "{ABCDEFGHIJKLMNOPQRSTUVWXYZ" or ("[" not in text and text[0] != "{"):
        return None, shorten(text)
    try:
        crs = CRS.from_user_input(text)
    except (CRSError, ProjError):
        return None, shorten(text)
    # What a GeoPackage says where its writer knew of no system.
    if crs.is_engineering or crs.name.startswith("Undefined"):
        return None, ""
    return (None if crs.is_bound else crs), shorten(crs.name)


def crs_text(crs: CRS | None, said: str = "") -> str:
    """A coordinate system so that :func:`parse_crs` knows it again; else what the file calls it."""
    authority = crs.to_authority() if crs is not None else None
    if authority is not None:
        return ":".join(authority)
    return said if crs is None else str(crs.to_wkt())


def to_degrees(
    x: _Array, y: _Array, crs: CRS | None, said: str, file: str
) -> tuple[Any, Any, Fault | None]:
    """Longitudes and latitudes of coordinates in the declared system, and what was noticed.

    A system in metres over coordinates that are all degrees is a lie. Where only some are, those
    come back as NaN: in metres they would be points off the coast of Africa.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
    crs : CRS or None
        The system, where it was understood.
    said : str
        What the file calls it.
    file : str

    Raises
    ------
    InputError
        The system is not understood, and the coordinates are no degrees.
    """
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    if degrees.all() and (crs is None or not crs.is_geographic):
        message = f"the file declares the system {shorten(said)!r}, but its coordinates are degrees"
        return x, y, file_note(file, "crs_contradicted", message)
    if crs is None:
        raise InputError(
            f"the coordinate system {shorten(said)!r} is not understood",
            where=file,
            todo="export the layer in WGS 84 (EPSG:4326)",
        )
    if crs.to_epsg() == 4326 or crs.name == "WGS 84 (CRS84)":
        return x, y, None
    # As lists, since older versions of pyproj take an array of one for a scalar, with a warning.
    try:
        to_wgs84 = Transformer.from_crs(crs, WGS84, always_xy=True)
        lon, lat = map(np.array, to_wgs84.transform(x.tolist(), y.tolist()))
    except ProjError as error:
        found = f"the coordinate system {shorten(said)!r} cannot be converted to WGS 84"
        todo = "export the layer in WGS 84 (EPSG:4326)"
        raise InputError(found, where=file, todo=todo) from error
    if not crs.is_geographic:
        lon = np.where(degrees, np.nan, lon)
    message = f"coordinates converted from {shorten(crs.name)} to WGS 84"
    if len(lon) and not are_in_region(lat, lon).any():
        message += (
            ", but none lies in the region: the file may declare a system that is not its own"
        )
        return lon, lat, file_note(file, "crs_doubtful", message)
    return lon, lat, file_note(file, "crs_converted", message)
