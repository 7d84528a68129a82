"""What of the incidents may be published: counts by area, or named columns, with their citation.

Some sources forbid passing their rows on. Counted, an incident keeps its area, type, year, side
and band, and nothing else: incidents that agree in these cannot be told apart, so that what is
published is a table of counts, in which every filter of the page stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bordermap.errors import FilterError
from bordermap.layers import load_layer
from bordermap.locate import band_labels
from bordermap.render.areas import hexagon_codes, hexagons
from bordermap.render.basemap import zones
from bordermap.schema import CRS, Layer, Report
from bordermap.values.text import label, shorten

__all__ = ["WAYS", "Publication", "published", "restricted_sources"]

WAYS = ("districts", "zones", "hexagons", "columns=NAME,NAME,...", "as-is")
"""Ways to publish, as they are written."""

_AREAS = frozenset(("districts", "zones", "hexagons"))
_BEYOND_M = 1.0
"""By this a distance in the outermost band lies beyond its edge."""

CITATIONS: Mapping[str, str] = {
    "ACLED": "Armed Conflict Location & Event Data (ACLED), acleddata.com",
    "GTD": "National Consortium for the Study of Terrorism and Responses to Terrorism (START), "
    "Global Terrorism Database, start.umd.edu/gtd",
}
"""Sources whose terms forbid passing their rows on, and how they are cited."""

_NAMED = {
    "ACLED": re.compile(r"\bACLED\b|Armed Conflict Location"),
    "GTD": re.compile(r"\bGTD\b|Global Terrorism Database"),
}
_OWN_COLUMNS = {"ACLED": {"disorder_type", "civilian_targeting"}, "GTD": {"iyear", "imonth"}}
_KEYS = ("code", "event_type", "year", "border_side", "band")


@dataclass(frozen=True, slots=True)
class Publication:
    """How incidents are to be published.

    Attributes
    ----------
    way : str
        ``districts``, ``zones``, ``hexagons``, ``columns`` or ``as-is``.
    columns : tuple of str
        Those that are kept by ``columns``.
    rights : str
        Who allows it, for ``as-is``.
    citation, accessed : str
        Of the source; the day on which it was read, as ``YYYY-MM-DD``.
    """

    way: str
    columns: tuple[str, ...] = ()
    rights: str = ""
    citation: str = ""
    accessed: str = ""

    @classmethod
    def of(cls, text: str, rights: str = "", citation: str = "", accessed: str = "") -> Publication:
        """Read ``districts``, ``columns=date_start,event_type``, ``as-is``, ...

        Raises
        ------
        FilterError
            It cannot be understood, ``as-is`` comes without rights, or the day is none.
        """
        way, given, names = text.partition("=")
        columns = tuple(name.strip() for name in names.split(",") if name.strip())
        if way not in (*_AREAS, "columns", "as-is") or bool(given) != (way == "columns"):
            raise FilterError(
                f"the way {shorten(text)!r} is not known",
                where="--publish",
                todo=f"write one of {' | '.join(WAYS)}",
            )
        if way == "columns" and not columns:
            raise FilterError("no column is named", where="--publish", todo=f"write {WAYS[3]}")
        if way == "as-is" and not rights.strip():
            raise FilterError(
                "rows as they are need the right to publish them",
                where="--publish",
                todo="say who gave it with --rights 'TEXT', which the page shows",
            )
        return cls(way, columns, label(rights), label(citation), _day(accessed))

    @property
    def is_counted(self) -> bool:
        """Whether nothing but counts may be shown."""
        return self.way in _AREAS

    def statement(
        self, sources: Sequence[str], filters: Mapping[str, Any], aggregate: str | None = None
    ) -> str:
        """What the page says about itself: how, of whom, read when, and what was kept.

        ``aggregate`` says by what a page of counts counts.
        """
        cited = self.citation or "; ".join(CITATIONS[name] for name in sources)
        day = f"accessed {self.accessed}" if self.accessed else "access date not stated"
        said = _SAID[self.way].format(columns=", ".join(self.columns), rights=self.rights)
        parts = [
            _TOTALS if aggregate and self.is_counted else said,
            f"Filters: {'; '.join(_filters(filters)) or 'none'}.",
            f"Source: {cited or 'as named in the data'}, {day}.",
        ]
        return " ".join(parts)


_COUNTED = (
    "Each entry is one incident of a count by {area}, type, year, side and band; nothing else of "
    "its record is here. Small counts are shown as they are, down to one."
)
_TOTALS = (
    "Nothing of any record is here but counts by area, type, year, side and band. Small counts are "
    "shown as they are, down to one."
)
_SAID = {
    "districts": _COUNTED.format(area="district (or province or country, where no more is known)"),
    "zones": _COUNTED.format(area="zone of distance to the line and province"),
    "hexagons": _COUNTED.format(area="hexagon (H3, 250 km², about 17 km across)"),
    "columns": "Only these columns are published: {columns}.",
    "as-is": "Rows are published as they are: {rights}.",
}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise FilterError(
            f"{shorten(text)!r} is no day", where="--accessed", todo="write it as YYYY-MM-DD"
        ) from error


def _filters(filters: Mapping[str, Any]) -> Iterator[str]:
    for name, value in filters.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        yield f"{name.rstrip('_')} {' or '.join(shorten(str(one)) for one in values)}"


def restricted_sources(frame: gpd.GeoDataFrame, report: Report) -> tuple[str, ...]:
    """Names of sources among the rows whose terms forbid passing them on.

    They are known by the recipe of a file, by whose precision codes a row bears, by columns that
    only they have, and by what a row says of its own source.
    """
    recipes = {file.recipe for file in report.files}
    columns = set(map(str, frame.columns))
    told = {
        name: frame[name].dropna().astype(str).unique()
        for name in ("location_precision_scheme", "source_name", "source_url")
        if name in columns
    }
    return tuple(
        name
        for name in CITATIONS
        if name.lower() in recipes
        or columns >= _OWN_COLUMNS[name]
        or name.lower() in told.get("location_precision_scheme", ())
        or any(_NAMED[name].search(text[:10_000]) for text in told.get("source_name", ()))
    )


def published(
    frame: gpd.GeoDataFrame, publication: Publication, bands_km: Sequence[float]
) -> tuple[gpd.GeoDataFrame, dict[str, Layer]]:
    """The frame that may be shown, and the areas to be drawn with it.

    Parameters
    ----------
    frame : GeoDataFrame
        Located incidents.
    bands_km : sequence of float
        Outer edges of the bands that the frame bears.

    Raises
    ------
    FilterError
        A column is named that is not there.
    OutputError
        Hexagons need a package that is not installed.
    """
    if publication.way == "as-is":
        return frame, {}
    if publication.way == "columns":
        return _only(frame, publication.columns), {}
    counted, areas = _AREA_MAKERS[publication.way](frame, tuple(bands_km))
    layer = Layer(publication.way, areas, _TITLES[publication.way], "", "CC0-1.0", "")
    # Districts and zones are on every map.
    drawn = {"published": layer} if publication.way == "hexagons" else {}
    return _entries(frame, counted, areas, tuple(bands_km)), drawn


_TITLES = {"districts": "Districts", "zones": "Zones by province", "hexagons": "Hexagons"}


def _only(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> gpd.GeoDataFrame:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        known = ", ".join(str(name) for name in frame.columns[:60])
        raise FilterError(
            f"there is no column {shorten(missing[0])!r}",
            where="--publish",
            todo=f"choose among {known}",
        )
    kept = pd.DataFrame(frame[[name for name in columns if name != "geometry"]])
    points = frame.geometry if "geometry" in columns else [None] * len(frame)
    shape = gpd.GeoSeries(list(points), index=frame.index, crs=CRS)
    return gpd.GeoDataFrame(kept, geometry=shape, crs=CRS)


def _texts(frame: gpd.GeoDataFrame, name: str) -> npt.NDArray[Any]:
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), "").to_numpy()


def _areas(rows: Sequence[tuple[str, str, str, str, Any]]) -> gpd.GeoDataFrame:
    """Areas with a code, a name, how precise they are, and the side that they are on."""
    names = ["code", "name", "location_precision", "country", "geometry"]
    frame = pd.DataFrame(rows, columns=names)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS)


def _by_district(
    frame: gpd.GeoDataFrame, bands_km: tuple[float, ...]
) -> tuple[npt.NDArray[Any], gpd.GeoDataFrame]:
    """District of each incident; where only the province or country is known, that."""
    del bands_km
    precision = _texts(frame, "location_precision")
    adm2, adm1, adm0 = (_texts(frame, name) for name in ("adm2_code", "adm1_code", "adm0"))
    rows: list[tuple[str, str, str, str, Any]] = []
    for name, level in (("map_districts", "district"), ("map_provinces", "province")):
        layer = load_layer(name).frame
        rows += [
            (str(one.code), str(one.name), level, str(one.country), one.geometry)
            for one in layer.itertuples(index=False)
        ]
    provinces = [row for row in rows if row[2] == "province"]
    for country in ("AF", "PK"):
        whole = shapely.union_all([row[4] for row in provinces if row[3] == country])
        rows.append((country, country, "country", country, whole))
    known = {row[0] for row in rows}
    vague_1, vague_0 = precision == "province", precision == "country"
    codes = np.where(vague_1 | vague_0 | ~np.isin(adm2, list(known)), adm1, adm2)
    codes = np.where(vague_0 | ~np.isin(codes, list(known)), adm0, codes)
    return np.where(np.isin(codes, list(known)), codes, ""), _areas(rows)


def _by_zone(
    frame: gpd.GeoDataFrame, bands_km: tuple[float, ...]
) -> tuple[npt.NDArray[Any], gpd.GeoDataFrame]:
    """Band and province of each incident; beyond the outermost band the whole province."""
    band, adm1 = _texts(frame, "band"), _texts(frame, "adm1_code")
    labels = band_labels(bands_km)
    strips = zones(bands_km, load_layer("map_line"))
    provinces = load_layer("map_provinces").frame
    used = set(zip(adm1, band, strict=True))
    rows: list[tuple[str, str, str, str, Any]] = []
    for unit in provinces.itertuples(index=False):
        side = strips[strips["side"] == unit.country]
        rest = shapely.make_valid(unit.geometry)
        for name, edge in zip(labels, [*bands_km, None], strict=True):
            zone = rest
            if edge is not None:
                strip = shapely.make_valid(side.geometry[side["to_km"] == edge].union_all())
                zone = shapely.intersection(rest, strip)
            if (unit.code, name) in used:
                # A row may lie in the zone of the exact line and not in the drawn one.
                shape = zone if not zone.is_empty else rest
                title = f"{unit.name}, {name}"
                rows.append((f"{unit.code} {name}", title, "area", unit.country, shape))
    codes = np.array([f"{a} {b}" for a, b in zip(adm1, band, strict=True)], dtype=object)
    known = {row[0] for row in rows}
    return np.where(np.isin(codes, list(known)), codes, ""), _areas(rows)


def _by_hexagon(
    frame: gpd.GeoDataFrame, bands_km: tuple[float, ...]
) -> tuple[npt.NDArray[Any], gpd.GeoDataFrame]:
    """Cell of H3 of each incident that has a point."""
    del bands_km
    codes = hexagon_codes(frame, "--publish")
    cells = hexagons(sorted(set(codes) - {""}), "--publish")
    rows = [
        (c, c, "area", "", shape) for c, shape in zip(cells["code"], cells.geometry, strict=True)
    ]
    return codes, _areas(rows)


Maker = Callable[[gpd.GeoDataFrame, tuple[float, ...]], tuple[npt.NDArray[Any], gpd.GeoDataFrame]]
_AREA_MAKERS: Mapping[str, Maker] = {
    "districts": _by_district,
    "zones": _by_zone,
    "hexagons": _by_hexagon,
}


def _entries(
    frame: gpd.GeoDataFrame,
    codes: npt.NDArray[Any],
    areas: gpd.GeoDataFrame,
    bands_km: tuple[float, ...],
) -> gpd.GeoDataFrame:
    """One entry for each incident of each count, in the order of the counts."""
    dates = pd.to_datetime(pd.Series(_texts(frame, "date_start")), errors="coerce", utc=True)
    table = pd.DataFrame(
        {
            "code": codes.astype(str),
            "event_type": _texts(frame, "event_type").astype(str),
            "year": dates.dt.year.fillna(0).astype(int).to_numpy(),
            "border_side": _texts(frame, "border_side").astype(str),
            "band": _texts(frame, "band").astype(str),
        }
    ).sort_values(list(_KEYS), kind="stable", ignore_index=True)
    alike = table.groupby(list(_KEYS), sort=False)["code"].transform("size")
    table["incident_id"] = [f"count-{number}" for number in range(1, len(table) + 1)]
    table["summary"] = [f"One of {n:,} alike in area, type, year, side and band." for n in alike]
    return _described(table, areas, bands_km)


def _described(
    table: pd.DataFrame, areas: gpd.GeoDataFrame, bands_km: tuple[float, ...]
) -> gpd.GeoDataFrame:
    """The entries with the ledger's columns, all of them told by the keys."""
    papers = areas.set_index("code")
    middles = dict(
        zip(areas["code"], shapely.point_on_surface(areas.geometry.to_numpy()), strict=True)
    )
    known = table["year"] > 0
    for name, day in (("date_start", "01-01"), ("date_end", "12-31")):
        days = table["year"].where(known, 1970).astype(str).str.zfill(4) + f"-{day}"
        table[name] = pd.to_datetime(days).where(known).astype("datetime64[s]")
    table["date_precision"] = np.where(known, "year", "unknown")
    table["place"] = table["code"].map(papers["name"])
    table["place_id"] = table["code"]
    table["location_precision"] = table["code"].map(papers["location_precision"]).fillna("none")
    table["location_note"] = np.where(table["code"] == "", "in none of the areas counted", "")
    table["adm0"] = table["code"].map(papers["country"])
    edges = _edges(bands_km)
    for at, name in enumerate(
        ("border_distance_m", "border_distance_min_m", "border_distance_max_m")
    ):
        table[name] = [edges.get(band, (np.nan,) * 3)[at] for band in table["band"]]
    points = gpd.GeoSeries([middles.get(code) for code in table["code"]], crs=CRS)
    return gpd.GeoDataFrame(table.drop(columns=["code", "year"]), geometry=points, crs=CRS)


def _edges(bands_km: tuple[float, ...]) -> dict[str, tuple[float, float, float]]:
    """By band: a distance that filters by its edges keep as they would its incidents; its edges."""
    inner = [0.0, *bands_km]
    made = [
        (to * 1000, start * 1000, to * 1000) for start, to in zip(inner, bands_km, strict=False)
    ]
    last = bands_km[-1] * 1000
    return dict(zip(band_labels(bands_km), [*made, (last + _BEYOND_M, last, np.nan)], strict=True))
