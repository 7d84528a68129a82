"""GeoPackages that QGIS opens as the page looks: styles in them, a project in them and beside.

QGIS takes a style of the table ``layer_styles`` for each layer that is added to a map, and lists
the project of the table ``qgis_projects`` in its browser. The same project beside the GeoPackage
is what a double click in a folder opens. Nothing of QGIS is needed to write them.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from bordermap.export.qgis_layers import look_of
from bordermap.export.qgis_project import project_text, style_text
from bordermap.export.qgis_table import Table, tables_of
from bordermap.files import write_text

__all__ = ["PROJECT", "add_styles", "write_project"]

PROJECT = "bordermap"
"""Name of the project, and of each style, in a GeoPackage."""

_MARK = "<!-- Written by bordermap. QGIS leaves this line out when it saves the project. -->"

_STYLES = """
    CREATE TABLE layer_styles (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT,
        f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT,
        useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)
"""
_PROJECTS = "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"


def add_styles(database: sqlite3.Connection, name: str, stamp: str) -> None:
    """Put a style for each layer, and a project of them all, into a GeoPackage without any.

    Parameters
    ----------
    database : Connection
        Open on the GeoPackage; the caller commits.
    name : str
        What the file will be called.
    stamp : str
        The time to put down, in ISO 8601.
    """
    tables, words = tables_of(database), _words()
    database.execute(_STYLES)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', 'How QGIS draws the layers', ?)",
        (stamp,),
    )
    for table in tables:
        row = (
            table.name,
            _geometry_of(database, table),
            PROJECT,
            style_text(look_of(table, words)),
        )
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " update_time) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', ?)",
            (*row, "As on the page that bordermap makes", stamp),
        )
    database.execute(_PROJECTS)
    content = _archive(_project(tables, name, words))
    about = json.dumps({"last_modified_time": stamp, "last_modified_user": PROJECT})
    database.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", (PROJECT, about, content))


def write_project(path: Path) -> tuple[str, ...]:
    """Write ``<path>.qgs`` beside a GeoPackage; one that QGIS has saved since stays as it is.

    Returns
    -------
    tuple of str
        A note, where it was left alone.
    """
    target = path.with_name(f"{path.name}.qgs")
    if target.exists() and not _is_ours(target):
        return (f"{target.name} was not written by bordermap, or saved since, and stays as it is",)
    with closing(sqlite3.connect(path)) as database:
        text = _project(tables_of(database), path.name, _words())
    write_text(target, text)
    return ()


def _is_ours(project: Path) -> bool:
    try:
        return _MARK in project.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _project(tables: Sequence[Table], name: str, words: dict[str, str]) -> str:
    return project_text(tables, name, words, _MARK)


def _geometry_of(database: sqlite3.Connection, table: Table) -> str:
    asked = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
    return str(database.execute(asked, (table.name,)).fetchone()[0])


def _archive(text: str) -> str:
    """A project as QGIS keeps it in a table: a zip archive, in hexadecimal digits."""
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(f"{PROJECT}.qgs")
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, text.encode())
    return packed.getvalue().hex()


def _words() -> dict[str, str]:
    """The words of the page."""
    path = files("bordermap").joinpath("render", "static", "words.en.json")
    words: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return dict(words)
