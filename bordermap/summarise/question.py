"""Keys and filters by place, asked of footprints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap.certainty import (
    Asked,
    Touched,
    clear_of_crossings,
    clear_of_distances,
    clear_of_layer,
    clear_of_sides,
    clear_of_stretches,
    clear_of_units,
    layer_touched,
    shares,
    units_touched,
)
from bordermap.joins import PolygonLayer
from bordermap.locate import band_labels, band_of
from bordermap.query import asked_of
from bordermap.schema import BANDS_KM
from bordermap.summarise.keys import (
    KEYS,
    NOT_MATCHING,
    SPATIAL,
    UNPLACED,
    column_of,
    key_of,
    layer_of,
)

__all__ = ["bands_of", "marked", "question_of", "shares_of"]


def marked(keys: pd.DataFrame, matching: Any, placed: Any = True) -> pd.DataFrame:
    """Keys with ``not matching`` (or ``unplaced``) where filters by place do not match."""
    instead = np.where(placed, NOT_MATCHING, UNPLACED).astype(object)
    return keys.apply(
        lambda own: pd.Series(np.where(matching, own.astype(object), instead), index=own.index)
    )


def shares_of(
    frame: gpd.GeoDataFrame, keys: pd.DataFrame, asked: Asked, clear: Any
) -> pd.DataFrame:
    """Share of each row's footprint in each combination of keys, with its ``row``.

    Rows that are ``clear`` besides those of the question count by their keys alone.
    """
    names = list(keys.columns)
    asked = replace(asked, clear=asked.clear | clear)
    rest = keys[asked.clear].assign(row=np.nonzero(asked.clear)[0], share=1.0)
    if asked.clear.all():
        return rest
    found = shares(frame, asked)
    rows = found["row"].to_numpy()
    for name in [name for name in names if name not in found.columns]:
        # The nominal key may say "not matching" already; the record's own word is wanted here.
        found[name] = key_of(frame, name).to_numpy()[rows]
    found[names] = marked(found[names], found["matching"].to_numpy(dtype=bool))
    joined = found.groupby(["row", *names], sort=False, as_index=False)["share"].sum()
    return pd.concat([rest, joined], ignore_index=True)


def question_of(
    frame: gpd.GeoDataFrame,
    names: Sequence[str],
    places: Mapping[str, Any],
    bands: Sequence[float],
    layers: Mapping[str, PolygonLayer],
) -> Asked:
    """Keys and filters by place as one question to the footprints."""
    spatial = [name for name in names if column_of(name) in SPATIAL or layer_of(name) in layers]
    filters = [asked_of(frame, name, value) for name, value in places.items()]
    edges_m = tuple(edge * 1000 for edge in bands)
    own = {key: layer for key, layer in layers.items() if key in map(layer_of, spatial)}
    clear = np.ones(len(frame), dtype=bool)
    for name in spatial:
        clear &= _clear(frame, name, edges_m, own)
    for one in filters:
        clear &= one.clear

    def answer(samples: gpd.GeoDataFrame) -> pd.DataFrame:
        table = pd.DataFrame(index=samples.index)
        for name in spatial:
            distance = samples["border_distance_m"]
            table[name] = band_of(distance, bands) if name == "band" else key_of(samples, name)
        table["matching"] = True
        for one in filters:
            table["matching"] &= one.answer(samples)["hit"]
        return table

    edges_m += tuple(edge for one in filters for edge in one.edges_m)
    by_distance = set(spatial) <= {"band"} and all(one.by_distance for one in filters)
    touched = _touched(spatial, own, filters)
    return Asked(answer, clear, edges_m, None, by_distance, touched, tuple(own.values()))


def _touched(
    spatial: Sequence[str], layers: Mapping[str, PolygonLayer], filters: Sequence[Asked]
) -> tuple[Touched, ...]:
    """Layers whose units decide the keys and the filters, each once."""
    touched = [layer for one in filters for layer in one.touched]
    if any(name.startswith("adm") or name == "border_side" for name in spatial if name in KEYS):
        touched.append(units_touched())
    return (*dict.fromkeys(touched), *map(layer_touched, layers.values()))


def _clear(
    frame: gpd.GeoDataFrame,
    name: str,
    edges_m: Sequence[float],
    layers: Mapping[str, PolygonLayer],
) -> Any:
    """Rows whose footprint has one answer to a spatial key."""
    if name not in KEYS:
        return clear_of_layer(frame, layers[layer_of(name)])
    if name == "band":
        return clear_of_distances(frame, edges_m)
    if name == "border_side":
        return clear_of_sides(frame)
    if name.startswith("adm"):
        return clear_of_units(frame, int(name[3]))
    return clear_of_stretches(frame) if name == "border_stretch" else clear_of_crossings(frame)


def bands_of(frame: gpd.GeoDataFrame, bands_km: Sequence[float] | None) -> tuple[float, ...]:
    """Edges of the bands of a frame: as given, the usual ones, or as far as its bands tell."""
    if bands_km is not None:
        return tuple(bands_km)
    labels = set(frame["band"].dropna())
    if labels <= set(band_labels(BANDS_KM)):
        return BANDS_KM
    numbers = {float(word) for text in labels for word in re.findall(r"\d[\d.e+]*", text)}
    return tuple(sorted(numbers - {0.0}))
