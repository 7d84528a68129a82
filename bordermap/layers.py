"""The reference layers that travel with the program, each checked against its manifest.

In a checkout they stand in ``geodata/`` beside the package, in an installed wheel inside it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from bordermap.errors import LayerError
from bordermap.files import sha256_of
from bordermap.schema import CRS, Layer

__all__ = [
    "data_folder",
    "layer_names",
    "load_attributes",
    "load_layer",
    "load_table",
    "manifest",
]


def data_folder(name: str) -> Path:
    """Folder ``geodata`` or ``incidents``, in a wheel or in a checkout.

    Raises
    ------
    LayerError
        Neither place has it: the installation is broken.
    """
    package = Path(__file__).parent
    for folder in (package / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise LayerError(f"the folder {name} is missing", todo="install bordermap again")


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """The entries of ``geodata/sources.json`` by layer name."""
    path = data_folder("geodata") / "sources.json"
    try:
        entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["layers"]
    except (OSError, ValueError, KeyError) as error:
        raise LayerError(
            "the manifest cannot be read", where=path.name, todo="install bordermap again"
        ) from error
    return entries


def layer_names() -> tuple[str, ...]:
    """Names of all layers and tables in the manifest, sorted."""
    return tuple(sorted(manifest()))


def _entry(name: str) -> tuple[dict[str, Any], Path]:
    entry = manifest().get(name)
    if entry is None:
        raise LayerError(
            f"there is no layer {name!r}", todo=f"choose one of {', '.join(layer_names())}"
        )
    path = data_folder("geodata") / entry["file"]
    if not path.is_file():
        raise LayerError("the file is missing", where=entry["file"], todo="install bordermap again")
    if sha256_of(path) != entry["sha256"]:
        raise LayerError(
            "the file differs from its manifest",
            where=entry["file"],
            todo="install bordermap again, or rebuild the layers with geodata/build",
        )
    return entry, path


@cache
def load_layer(name: str) -> Layer:
    """A reference layer with its title, credit and licence.

    Parameters
    ----------
    name : str
        One of :func:`layer_names`, e.g. ``"line"``, ``"provinces"``, ``"districts"``.

    Returns
    -------
    Layer
        Loaded once per process; treat its frame as read-only.

    Raises
    ------
    LayerError
        No such layer, or its file is missing or changed.
    """
    entry, path = _entry(name)
    if path.suffix == ".csv":
        raise LayerError(f"{name!r} is a table, not a layer", todo="use load_table")
    return Layer(
        name=name,
        frame=gpd.read_file(path, engine="pyogrio").to_crs(CRS),
        title=entry["title"],
        attribution=entry["attribution"],
        licence=entry["licence"],
        source=entry["upstream"],
        vintage=entry.get("vintage") or "",
        disputed=entry.get("disputed") or "",
    )


@cache
def load_attributes(name: str) -> pd.DataFrame:
    """A layer's columns without its geometry, row by row as in :func:`load_layer`; read faster."""
    _, path = _entry(name)
    return pyogrio.read_dataframe(path, read_geometry=False)


@cache
def load_table(name: str) -> pd.DataFrame:
    """A table of the gazetteer, every cell as text, empty cells as empty text."""
    _, path = _entry(name)
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
