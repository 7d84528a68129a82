"""The only room that knows degrees from metres: points in relation to a border line.

Works on arrays of longitude and latitude and knows nothing of incidents. Segments of the line
are geodesics; a map that draws them straight in longitude and latitude (RFC 7946) differs by at
most 2.4 m on the longest segment of our line.
"""

from __future__ import annotations

from bordermap.border.ellipsoid import GEOD, ecef
from bordermap.border.line import LINE_TOLERANCE_M, Border, Measurement, Offsets

__all__ = ["GEOD", "LINE_TOLERANCE_M", "Border", "Measurement", "Offsets", "ecef"]
