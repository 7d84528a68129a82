"""Counts that add up: by province, district, stretch, band, side, year, month, type or actor.

Every incident is counted in exactly one row. What has no answer gets a row of its own and says
why: ``unplaced`` (no point at all), ``outside`` (a point in neither country), ``not known``,
``not matching`` (the filters by place), ``duplicates`` (rows that people decided to tell the
incident of another). Beside the count by points stand the counts over
footprints: surely, maybe, out, and the expected number with its interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
    is_placed,
    layer_touched,
    shares,
    units_touched,
)
from bordermap.duplicates import is_duplicate
from bordermap.errors import FilterError, FrameError
from bordermap.joins import PolygonLayer, join_columns, prepared
from bordermap.locate import band_labels, band_of
from bordermap.query import SPATIAL_FILTERS, asked_of, given, matches, query
from bordermap.schema import BANDS_KM
from bordermap.values.chance import interval

__all__ = [
    "DUPLICATES",
    "KEYS",
    "NOT_KNOWN",
    "NOT_MATCHING",
    "OUTSIDE",
    "UNPLACED",
    "answers_first",
    "keys_of",
    "summarise",
    "widen",
]

UNPLACED = "unplaced"
OUTSIDE = "outside"
NOT_KNOWN = "not known"
NOT_MATCHING = "not matching"
DUPLICATES = "duplicates"

FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")


CHANCES = ("surely", "maybe", "out", "expected", "expected_low", "expected_high")


def summarise(
    frame: gpd.GeoDataFrame,
    by: str | Sequence[str],
    *,
    filters: Mapping[str, Any] | None = None,
    certainty: str = "nominal",
    bands_km: Sequence[float] | None = None,
    join: Mapping[str, gpd.GeoDataFrame | PolygonLayer] | None = None,
) -> pd.DataFrame:
    """Count incidents by one or more columns.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    by : str or sequence of str
        Names from :data:`KEYS`, as a list or separated by commas: ``"adm1,year"``; also the
        ``_name`` and ``_code`` columns of a joined layer.
    filters : mapping, optional
        As for :func:`bordermap.query`. Rows that do not match by their record are left out; those
        that do not match by their place are counted as ``not matching``, because another part of
        their footprint may match.
    certainty : {"nominal", "surely", "maybe"}
        What the filters by place look at, for the column ``incidents``.
    bands_km : sequence of float, optional
        Edges of the bands with which the frame was located; told from its bands when not given.
    join : mapping of str to GeoDataFrame, optional
        The layers that the frame was located with, as for :func:`bordermap.locate`. Without
        them the columns of a joined layer hold for the point alone: what is placed is ``maybe``.

    Returns
    -------
    DataFrame
        A row per combination that occurs, sorted, with these columns behind the ones asked for:

        incidents : int64
            Counted by their points. They add up to the number of rows.
        precise : int64
            Of these, placed at a point or a named place; the others stand for an area.
        surely, maybe, out : int64
            Rows whose footprint lies in it wholly, in part, or not at all; the three add up to
            the number of rows in every line.
        expected : float64
            Sum of the shares of the footprints' areas. They add up to the number of rows.
        expected_low, expected_high : int64
            Bounds that hold the true number with at least 95 %, if every incident is somewhere in
            its footprint, each place in it as likely, and rows are independent
            (:func:`bordermap.values.chance.interval`).
        fatalities_low, fatalities_best, fatalities_high : Int64
            Sums of the figures that are known; empty where none is. Counted by the points.
        fatalities_unknown : int64
            Incidents without any figure.

    Raises
    ------
    FilterError
        Nothing to count by, an unknown name, one named twice, or a filter not understood.
    FrameError
        The frame lacks a column that is needed.

    Notes
    -----
    Shares come from points spread by area (:mod:`bordermap.footprint`) and are within 2 %
    of each footprint. Keys of the record (year, type, actor) have the share 0 or 1. Over
    footprints ``uncertain`` as a side means only between the published lines. No unit of a
    province, district or joined layer that a footprint touches is missed, however little of it;
    stretches, crossings and kilometre ranges that cover less of it than one of its points stands
    for may be.
    """
    names = _names(by, frame)
    layers = {layer.key: layer for layer in prepared(join)}
    asked = dict(given(filters or {}))
    places = {name: value for name, value in asked.items() if name in SPATIAL_FILTERS}
    frame = query(frame, **{k: v for k, v in asked.items() if k not in places})
    _check_columns(frame, names)
    keys = pd.DataFrame({name: _key(frame, name) for name in names}, index=frame.index)
    if places:
        keys = _marked(keys, matches(frame, certainty, places), is_placed(frame))
    twice = is_duplicate(frame)
    keys[twice] = DUPLICATES  # whatever the filters say of them
    question = _question(frame, names, places, bands_km, layers)
    found = _shares(frame, keys, replace(question, clear=question.clear | twice))
    found["sure"] = found.groupby("row")["row"].transform("size") == 1
    if not all(name in KEYS or _layer_of(name) in layers for name in names):
        # A joined layer is asked for the point alone, so nothing placed is sure to be in a unit.
        found["sure"] &= ~np.asarray(is_placed(frame))[found["row"].to_numpy()]
    chances = _chances(found, names, len(frame))
    table = _counted(frame, keys).merge(chances, on=names, how="outer")
    counts = ["incidents", "precise", "fatalities_unknown"]
    table["out"] = table["out"].fillna(len(frame))
    for name in (*counts, *CHANCES):
        table[name] = table[name].fillna(0).astype("float64" if name == "expected" else "int64")
    ordered = table[[*names, *counts[:2], *CHANCES, *FATALITIES, counts[2]]]
    return ordered.sort_values(names, key=answers_first, ignore_index=True)


def keys_of(frame: gpd.GeoDataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """In which line of a summary each incident is counted by its point, without any filters.

    Parameters
    ----------
    frame : GeoDataFrame
        A located frame.
    by : str or sequence of str
        As for :func:`summarise`.

    Returns
    -------
    DataFrame
        A column per name, a row per incident.
    """
    names = _names(by, frame)
    _check_columns(frame, names)
    keys = pd.DataFrame({name: _key(frame, name) for name in names}, index=frame.index)
    keys[is_duplicate(frame)] = DUPLICATES
    return keys


def _check_columns(frame: gpd.GeoDataFrame, names: Sequence[str]) -> None:
    needed = {_column_of(name) for name in names} | {"location_precision", *FATALITIES}
    missing = sorted(needed - set(frame.columns))
    if missing:
        raise FrameError(f"the frame has no column {missing[0]}", todo="run locate first")


def _counted(frame: gpd.GeoDataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Counts and sums by the rows' own keys."""
    names = list(keys.columns)
    table = keys.copy()
    table["incidents"] = 1
    table["precise"] = frame["location_precision"].isin(["exact", "place"]).astype("int64")
    for column in FATALITIES:
        table[column] = frame[column]
    table["fatalities_unknown"] = frame[list(FATALITIES)].isna().all(axis=1).astype("int64")
    groups = table.groupby(names, sort=False, dropna=False)
    result = groups[["incidents", "precise", "fatalities_unknown"]].sum()
    for column in FATALITIES:
        # min_count: a sum of no known figure is not known, not 0
        result[column] = groups[column].sum(min_count=1)
    return result.reset_index()


def _marked(keys: pd.DataFrame, matching: Any, placed: Any = True) -> pd.DataFrame:
    """Keys with ``not matching`` (or ``unplaced``) where filters by place do not match."""
    instead = np.where(placed, NOT_MATCHING, UNPLACED).astype(object)
    return keys.apply(
        lambda own: pd.Series(np.where(matching, own.astype(object), instead), index=own.index)
    )


def _shares(frame: gpd.GeoDataFrame, keys: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Share of each row's footprint in each combination of keys, with its ``row``."""
    names = list(keys.columns)
    rest = keys[asked.clear].assign(row=np.nonzero(asked.clear)[0], share=1.0)
    if asked.clear.all():
        return rest
    found = shares(frame, asked)
    rows = found["row"].to_numpy()
    for name in [name for name in names if name not in found.columns]:
        # The nominal key may say "not matching" already; the record's own word is wanted here.
        found[name] = _key(frame, name).to_numpy()[rows]
    found[names] = _marked(found[names], found["matching"].to_numpy(dtype=bool))
    joined = found.groupby(["row", *names], sort=False, as_index=False)["share"].sum()
    return pd.concat([rest, joined], ignore_index=True)


def _question(
    frame: gpd.GeoDataFrame,
    names: Sequence[str],
    places: Mapping[str, Any],
    bands_km: Sequence[float] | None,
    layers: Mapping[str, PolygonLayer],
) -> Asked:
    """Keys and filters by place as one question to the footprints."""
    spatial = [name for name in names if _column_of(name) in SPATIAL or _layer_of(name) in layers]
    bands = _bands_of(frame, bands_km) if "band" in spatial else ()
    filters = [asked_of(frame, name, value) for name, value in places.items()]
    edges_m = tuple(edge * 1000 for edge in bands)
    own = {key: layer for key, layer in layers.items() if key in map(_layer_of, spatial)}
    clear = np.ones(len(frame), dtype=bool)
    for name in spatial:
        clear &= _clear(frame, name, edges_m, own)
    for one in filters:
        clear &= one.clear

    def answer(samples: gpd.GeoDataFrame) -> pd.DataFrame:
        table = pd.DataFrame(index=samples.index)
        for name in spatial:
            distance = samples["border_distance_m"]
            table[name] = band_of(distance, bands) if name == "band" else _key(samples, name)
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
        return clear_of_layer(frame, layers[_layer_of(name)])
    if name == "band":
        return clear_of_distances(frame, edges_m)
    if name == "border_side":
        return clear_of_sides(frame)
    if name.startswith("adm"):
        return clear_of_units(frame, int(name[3]))
    return clear_of_stretches(frame) if name == "border_stretch" else clear_of_crossings(frame)


def _bands_of(frame: gpd.GeoDataFrame, bands_km: Sequence[float] | None) -> tuple[float, ...]:
    """Edges of the bands of a frame: as given, the usual ones, or as far as its bands tell."""
    if bands_km is not None:
        return tuple(bands_km)
    labels = set(frame["band"].dropna())
    if labels <= set(band_labels(BANDS_KM)):
        return BANDS_KM
    numbers = {float(word) for text in labels for word in re.findall(r"\d[\d.e+]*", text)}
    return tuple(sorted(numbers - {0.0}))


def _chances(found: pd.DataFrame, names: Sequence[str], total: int) -> pd.DataFrame:
    """Surely, maybe, out, and the expected number with its interval, per combination."""
    records = []
    for key, group in found.groupby(list(names), sort=False, dropna=False):
        chance = group["share"].clip(0.0, 1.0).to_numpy()
        surely = int(group["sure"].sum())
        low, high = interval(chance)
        counts = (surely, len(group) - surely, total - len(group))
        records.append((*key, *counts, round(float(chance.sum()), 9), low, high))
    return pd.DataFrame(records, columns=[*names, *CHANCES]).astype(
        {name: "float64" if name == "expected" else "int64" for name in CHANCES}
    )


ADDITIVE = ("incidents", "precise", "expected", *FATALITIES, "fatalities_unknown")

ZERO_WHERE_NONE = ("incidents", "precise", *CHANCES[:2], *CHANCES[3:], "fatalities_unknown")
"""What is 0 for a combination that does not occur; a sum of fatalities is not known there."""


def widen(table: pd.DataFrame, key: str, value: str = "incidents") -> pd.DataFrame:
    """Turn a table of :func:`summarise` so that the answers of one key become columns.

    Parameters
    ----------
    table : DataFrame
    key : str
        A key of the table that shall go to the side; at least one other must stay.
    value : str
        The column to show: ``incidents``, ``expected``, ``fatalities_best``, ...

    Returns
    -------
    DataFrame
        A row per combination of the other keys; behind them a column per answer and, for what
        may be added up, ``total``.

    Raises
    ------
    FilterError
        The key is not in the table or is its only one, or there is no such column.
    """
    names = list(table.columns[: list(table.columns).index("incidents")])
    stay = [name for name in names if name != key]
    values = [name for name in table.columns if name not in names]
    if key not in names or not stay:
        todo = f"use one of several: {', '.join(names)}"
        raise FilterError(f"{key!r} cannot become columns", where="wide", todo=todo)
    if value not in values:
        raise FilterError(f"there is no {value!r}", where="value", todo=f"use {', '.join(values)}")
    answers = list(dict.fromkeys(table[key].sort_values(key=answers_first)))
    wide = table[stay].drop_duplicates(ignore_index=True)
    taken = {*stay, "total"}
    for answer in answers:
        own = table.loc[table[key] == answer, [*stay, value]]
        title = f"{key} {answer}" if answer in taken else str(answer)
        own.columns = pd.Index([*stay, title])
        wide = wide.merge(own, on=stay, how="left")
        if value in ZERO_WHERE_NONE:
            wide[title] = wide[title].fillna(0).astype(table[value].dtype)
    if value in ADDITIVE:
        wide["total"] = wide[list(wide.columns[len(stay) :])].sum(axis=1, min_count=1)
    return wide


def _names(by: str | Sequence[str], frame: gpd.GeoDataFrame) -> list[str]:
    names = [name.strip() for name in (by.split(",") if isinstance(by, str) else by)]
    known = [*KEYS, *dict(join_columns(frame.columns))]
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) < len(names):
        found = repr(unknown[0]) if unknown else repr(",".join(names))
        raise FilterError(
            f"cannot count by {found}", where="by", todo=f"use one or more of {', '.join(known)}"
        )
    return names


def _layer_of(name: str) -> str:
    """The joined layer whose column a name is, or nothing."""
    return "" if name in KEYS else name.rpartition("_")[0]


def _column_of(name: str) -> str:
    """The frame's column behind a key; a joined layer's columns are keys themselves."""
    return KEYS[name][0] if name in KEYS else name


def _key(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    column, read = KEYS.get(name, (name, _itself))
    units = dict(join_columns(frame.columns)).get(name)
    values = read(frame[column]).astype(object).where(frame[column].notna())
    if column in SPATIAL or units:
        placed = frame.geometry.notna() & ~frame.geometry.is_empty
        values = values.where(placed, UNPLACED)
        if units:
            values = values.where(~(placed & (frame[units] == 0)), OUTSIDE)
        if column.startswith("adm"):
            # An area in both countries has no country either, but it is not outside of them.
            vague = frame["location_precision"].isin(["district", "province", "country"])
            in_neither = placed & ~vague & ~frame["adm0"].isin(["AF", "PK"])
            values = values.where(~in_neither, OUTSIDE)
    return values.fillna(NOT_KNOWN)


def answers_first(values: pd.Series) -> pd.Series:
    """Sort key: answers in their order, then the rows that have none."""
    rest = {OUTSIDE: "1", NOT_KNOWN: "2", UNPLACED: "3", NOT_MATCHING: "4", DUPLICATES: "5"}
    texts = values.astype(str)
    if values.name == "band":
        starts = texts.str.extract(r"([\d.]+)", expand=False).astype(float)
        over = texts.str.startswith("over").astype(int)
        texts = starts.map("{:012.3f}".format).astype(str) + over.astype(str)
    return values.map(rest).fillna("0").astype(str) + texts


def _itself(values: pd.Series) -> pd.Series:
    return values


def _formatted(pattern: str) -> Callable[[pd.Series], pd.Series]:
    return lambda values: values.dt.strftime(pattern)


KEYS: Mapping[str, tuple[str, Callable[[pd.Series], Any]]] = {
    "adm0": ("adm0", _itself),
    "adm1": ("adm1", _itself),
    "adm1_code": ("adm1_code", _itself),
    "adm2": ("adm2", _itself),
    "adm2_code": ("adm2_code", _itself),
    "border_stretch": ("border_stretch", _itself),
    "border_side": ("border_side", _itself),
    "band": ("band", _itself),
    "crossing": ("crossing", _itself),
    "year": ("date_start", _formatted("%Y")),
    "month": ("date_start", _formatted("%Y-%m")),
    "event_type": ("event_type", _itself),
    "actor_a": ("actor_a", _itself),
    "actor_b": ("actor_b", _itself),
    "location_precision": ("location_precision", _itself),
    "located_by": ("located_by", _itself),
}
"""What can be counted by: the column it reads, and how."""

SPATIAL = frozenset(
    (
        "adm0",
        "adm1",
        "adm1_code",
        "adm2",
        "adm2_code",
        "border_stretch",
        "border_side",
        "band",
        "crossing",
    )
)
