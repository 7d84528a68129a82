"""What a GeoPackage knows of its columns, into another one: widths, titles, allowed values."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bordermap.errors import OutputError
from bordermap.field_schema import DOMAIN, SAID_OF_FIELDS

__all__ = ["described", "write_domains"]

Fields = Mapping[str, Mapping[str, Any]]

_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""
"""As the standard has them (GeoPackage 1.3, annex F.9)."""
_EXTENSION = """
    INSERT INTO gpkg_extensions SELECT ?, NULL, 'gpkg_schema',
        'http://www.geopackage.org/spec121/#extension_schema', 'read-write'
    WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = ?)"""
_COLUMN = """
    INSERT INTO gpkg_data_columns (table_name, column_name, constraint_name) VALUES (?, ?, ?)
    ON CONFLICT (table_name, column_name) DO UPDATE SET constraint_name = excluded.constraint_name
    """
_ROW = "INSERT OR IGNORE INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def described(table: Any, fields: Fields) -> Any:
    """The Arrow table whose columns say their widths, titles and descriptions to GDAL."""
    for at, field in enumerate(table.schema):
        said = fields.get(field.name, {})
        known = {key: said[key] for key in SAID_OF_FIELDS if key in said}
        if known:
            table = table.set_column(at, field.with_metadata(known), table.column(at))
    return table


def write_domains(path: Path, layer: str, fields: Fields) -> None:
    """Write which values are allowed, into a GeoPackage that is otherwise done."""
    domains = {name: said[DOMAIN] for name, said in fields.items() if DOMAIN in said}
    if not domains:
        return
    try:
        with closing(sqlite3.connect(path)) as base, base:
            base.executescript(_TABLES)
            for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
                base.execute(_EXTENSION, (table, table))
            for column, rows in domains.items():
                base.execute(_COLUMN, (layer, column, rows[0][0]))
                base.executemany(_ROW, rows)
    except sqlite3.Error as error:
        found, todo = f"cannot be written ({error})", "choose another folder or make room"
        raise OutputError(found, where=path.name, todo=todo) from error
