"""Grid references, UTM and MGRS, on WGS 84: positions in metres that name their own zone."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import NamedTuple

from mgrs import MGRS
from mgrs.core import MGRSError
from pyproj import Transformer

__all__ = ["GridPosition", "read_grid"]

# Northing from the band C at 80° south, eight degrees each, X twelve; no I and no O.
_BANDS = "cdefghjklmnpqrstuvwx"
_MGRS = re.compile(r"(?P<zone>\d{1,2})\s*(?P<band>[c-hj-np-x])\s*(?P<square>[a-hj-np-z]{2})[\s\d]+")
_METRES = r"(\d{6,7}(?:\.\d+)?)\s*m?\s*"
_UTM = re.compile(
    rf"(?:utm\s*)?(?:zone\s*)?(?P<zone>\d{{1,2}})\s*(?P<band>[c-hj-np-x])[\s,;:]+"
    rf"{_METRES}(?:[e,;]|\s)[\s,;]*{_METRES}n?"
)


class GridPosition(NamedTuple):
    """Degrees, and the width of the square that was named (0 for a point), in metres."""

    latitude: float
    longitude: float
    width_m: float
    kind: str


@cache
def _from_utm(zone: int, *, north: bool) -> Transformer:
    """From one half of a zone."""
    code = (32600 if north else 32700) + zone
    return Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True)


def _in_band(latitude: float, band: str) -> bool:
    if band == "n":  # as often "north" as the band of that name
        return latitude >= 0
    south = -80 + 8 * _BANDS.index(band)
    return south - 0.5 <= latitude <= south + (12 if band == "x" else 8) + 0.5


def _utm(match: re.Match[str]) -> GridPosition | None:
    zone = int(match["zone"])
    if not 1 <= zone <= 60:
        return None
    # As lists, since older versions of pyproj take an array of one for a scalar, with a warning.
    to_degrees = _from_utm(zone, north=match["band"] >= "n")
    lon, lat = to_degrees.transform([float(match[3])], [float(match[4])])
    if not (_in_band(lat[0], match["band"]) and abs(lon[0] - (6 * zone - 183)) <= 6):
        return None
    return GridPosition(lat[0], lon[0], 0.0, "UTM")


def _mgrs(match: re.Match[str]) -> GridPosition | None:
    digits = re.sub(r"\s", "", match[0][match.end("square") - match.start() :])
    if len(digits) % 2 or not 2 <= len(digits) <= 10:
        return None
    half = len(digits) // 2
    width_m = 10.0 ** (5 - half)
    # The middle of the square, as the reference of the corner of a square of one metre.
    easting, northing = (
        int(part.ljust(5, "0")) + int(width_m // 2) for part in (digits[:half], digits[half:])
    )
    corner = f"{match['zone']}{match['band']}{match['square']}{easting:05d}{northing:05d}"
    try:
        # A square outside of its band is only warned of; here it is no reference.
        with warnings.catch_warnings(action="error", category=RuntimeWarning):
            latitude, longitude = MGRS().toLatLon(corner.upper())
    except (MGRSError, RuntimeWarning):
        return None
    if not _in_band(latitude, match["band"]):
        return None
    return GridPosition(latitude, longitude, width_m, "MGRS")


def read_grid(text: str) -> GridPosition | None:
    """Read ``42S XD 12345 67890`` (MGRS) or ``42S 600000 3800000`` (UTM).

    The letter is the band of latitude; that ``S`` may mean "south" elsewhere shows by its northing,
    and such a text is not read.

    Parameters
    ----------
    text : str
        Lower case, western digits.

    Returns
    -------
    GridPosition or None
        None where it is no grid reference. For MGRS the middle of the square.
    """
    if match := _UTM.fullmatch(text):
        return _utm(match)
    if match := _MGRS.fullmatch(text):
        return _mgrs(match)
    return None
