"""The door through which incidents come in: one file, read into raw rows, nothing judged yet.

Polygon layers that a user brings come in here too (:func:`read_polygons`), and the sheets in which
people decided (:func:`read_decisions`).

What can be read is recognised by content first and by suffix second. A file that cannot be read
at all ends in one :class:`~bordermap.errors.InputError`; single bad rows never do.
"""

from __future__ import annotations

from pathlib import Path

from bordermap.records.completed import completed
from bordermap.records.decisions import read_decisions
from bordermap.records.delimited import read_delimited
from bordermap.records.features import layer_file, read_points
from bordermap.records.geojson import read_geojson
from bordermap.records.polygons import read_polygons
from bordermap.records.postgis import is_database, read_postgis
from bordermap.records.recipe import recipe_names
from bordermap.records.source import open_source
from bordermap.records.written import recipe_text
from bordermap.schema import RawTable

__all__ = ["read", "read_decisions", "read_polygons", "recipe_names", "recipe_text"]


def read(
    source: str | Path, *, recipe: str | None = None, day_first: bool | None = None
) -> RawTable:
    """Read one file of incidents into raw rows.

    Parameters
    ----------
    source : str or Path
        A CSV or TSV file with any delimiter, encoding and line ends; a layer of points as GeoJSON
        (also one feature a line), GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, KML
        or KMZ, ``FILE:LAYER`` where it has several; ``postgresql://...?table=schema.name``.
    recipe : str, optional
        A name of :func:`recipe_names`, or a file that ends in ``.toml``; by default the recipe is
        recognised from the columns.
    day_first : bool, optional
        Whether ``04/05/2016`` is the fourth of May; by default the column itself must show it.

    Returns
    -------
    RawTable
        Every record of the file, numbered from 1; blank lines and a HXL tag row are no records.

    Raises
    ------
    InputError
        The file is remote or virtual, missing, empty, cut off, too large, or of another format.
    RecipeError
        The recipe is unknown or broken, or no column is known.
    """
    return completed(_table(source, recipe), recipe, day_first)


def _table(source: str | Path, recipe: str | None) -> RawTable:
    """The rows as their format has them."""
    if is_database(source):
        return read_postgis(str(source), recipe)
    layers = layer_file(source)
    table = read_points(layers, recipe) if layers is not None else None
    if table is not None:
        return table
    opened = open_source(source)
    if opened.format == "geojson":
        return read_geojson(opened, recipe)
    return read_delimited(opened, recipe)
