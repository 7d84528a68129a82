"""GeoPackage: a layer for the incidents and one for each layer beside them, with their papers."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bordermap.errors import OutputError
from bordermap.export.content import Column, Features, distinct, free_name, without, written_at
from bordermap.export.losses import as_text, cut_times
from bordermap.export.ogr import papers, write_layer
from bordermap.export.qgis import add_styles

__all__ = ["VERSION", "finish", "write_geopackage"]

VERSION = {"VERSION": "1.3"}
"""What GDAL and QGIS read without a warning that are a few years old."""

_LONGEST = 255


def write_geopackage(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write every layer with a spatial index; columns keep their names, ours make room."""
    notes: list[str] = []
    for number, features in enumerate(layers):
        # SQLite tells no names apart by their case.
        names, changed = distinct(features.names, longest=_LONGEST, what="GeoPackage")
        notes += changed
        columns, cleaned = without(map(Column.called, features.columns, names))
        notes += [*cleaned, *as_text(features.columns), *cut_times(features.columns, "ms")]
        said = papers(features)
        write_layer(
            features,
            path,
            "GPKG",
            columns=columns,
            append=number > 0,
            dataset_options=VERSION if number == 0 else None,
            layer_metadata=dict(said) or None,
            layer_options={
                "FID": free_name("fid", names),
                "GEOMETRY_NAME": free_name("geom", names),
                "SPATIAL_INDEX": "YES",
                "IDENTIFIER": features.name,
                "DESCRIPTION": "; ".join(said.values()),
            },
        )
    finish(path)
    return tuple(notes)


def finish(path: Path, *, styled: bool = True) -> None:
    """Do what GDAL leaves to be done in a GeoPackage of all its layers: its date, its styles.

    The file is a temporary one, which is put in place afterwards. A user's own layer gets no
    styles of ours.
    """
    stamp = written_at().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    try:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
            if styled:
                add_styles(database, path.name, stamp)
            if database.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_metadata_reference'"
            ).fetchone():
                database.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (stamp,))
    except sqlite3.Error as error:
        found, todo = f"cannot be written ({error})", "choose another folder or make room"
        raise OutputError(found, where=path.name, todo=todo) from error
