"""What a layer's file knows of its columns beyond names and types, on its way to another file."""

from __future__ import annotations

__all__ = ["DOMAIN", "FIELDS", "SAID_OF_FIELDS", "WIDTH"]

FIELDS = "fields"
"""Where a frame keeps it, among its ``attrs``: by column, texts by the names below."""

WIDTH = "GDAL:OGR:width"
SAID_OF_FIELDS = (WIDTH, "GDAL:OGR:alternative_name", "GDAL:OGR:comment")
"""Width, title and description, as GDAL calls them in Arrow."""

DOMAIN = "domain"
"""Which values are allowed: rows of GeoPackage's ``gpkg_data_column_constraints``."""
