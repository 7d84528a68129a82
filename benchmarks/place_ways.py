"""Ways from names to points: ours, an oracle over our own candidates, and the usual scripts."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz, process

from bordermap import geocode, locate
from bordermap.border import GEOD
from bordermap.footprint import is_area, shipped_polygon
from bordermap.gazetteer import Gazetteer
from bordermap.gazetteer.entries import Sources

LONGEST_PART = 5
"""Words of the longest part of a text that the oracle looks up."""

LEAST_LIKE = 80.0
"""A best match less alike than this is no match, as scripts commonly set it."""

RECORD = ["incident_id", "place", "district", "province", "country"]


def ours(cases: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Place and locate the cases by their names; columns as :func:`measured` wants them."""
    rows = locate(geocode(gpd.GeoDataFrame(cases[RECORD]), gazetteer))
    return pd.DataFrame(
        {
            "lat": rows.geometry.y.to_numpy(),
            "lon": rows.geometry.x.to_numpy(),
            "radius_m": rows["location_radius_m"].to_numpy(dtype=float, na_value=np.nan),
            "by": rows["located_by"].to_numpy(),
            "area": is_area(rows),
            "place_id": rows["place_id"].fillna("").to_numpy(),
            "match": rows["place_match"].fillna("").to_numpy(),
            "status": rows["location_status"].to_numpy(),
            "score": rows["match_score"].to_numpy(dtype=float, na_value=np.nan),
            "side": rows["border_side"].fillna("").to_numpy(),
            "adm1": rows["adm1_code"].fillna("").to_numpy(),
            "adm2": rows["adm2_code"].fillna("").to_numpy(),
            "note": rows["location_note"].to_numpy(),
        },
        index=cases.index,
    )


def parts_of(text: str) -> list[str]:
    """The text and every run of up to five of its words."""
    words = re.findall(r"[\w'’-]+", text)
    runs = [
        " ".join(words[at : at + size])
        for size in range(min(LONGEST_PART, len(words)), 0, -1)
        for at in range(len(words) - size + 1)
    ]
    return list(dict.fromkeys([text, *runs]))


def oracle(cases: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """The candidate nearest to the truth, of all that the text or a part of it may mean.

    Similar spellings count for the text as a whole only: parts of a text resemble anything.
    """
    rows = []
    for text, lon, lat in zip(cases["place"], cases["lon"], cases["lat"], strict=True):
        hits = [hit for part in parts_of(text) for hit in gazetteer.candidates(part)]
        hits += gazetteer.candidates(text, similar=True)
        found = {hit.entry.place_id: hit for hit in hits}
        places = [hit.entry.place for hit in found.values()]
        away_m = [GEOD.inv(lon, lat, place.lon, place.lat)[2] for place in places]
        if not places:
            rows.append((np.nan, np.nan, ""))
            continue
        best = int(np.argmin(away_m))
        rows.append((places[best].lat, places[best].lon, places[best].place_id))
    return pd.DataFrame(rows, columns=["lat", "lon", "place_id"], index=cases.index)


class Names:
    """Names of the towns of a table, as a script would keep them."""

    def __init__(self, sources: Sources) -> None:
        table = sources.geonames_places
        assert table is not None
        self.rows: list[tuple[float, float, str]] = []
        people: list[float] = []
        self.by_name: dict[str, dict[str, int]] = {"AF": {}, "PK": {}, "": {}}
        for row in table.itertuples():
            number = len(self.rows)
            self.rows.append((float(row.lat), float(row.lon), row.name))
            people.append(float(row.population or 0))
            for name in {row.name, *filter(None, row.names.split(";"))}:
                for country in ("", row.country):
                    names, key = self.by_name[country], name.casefold()
                    if key not in names or people[names[key]] < people[number]:
                        names[key] = number

    def exact(self, text: str, country: str) -> int:
        """Row of the name, or of the name without its last word; of several the most populous."""
        names = self.by_name[country]
        return next((names[key] for key in _keys(text) if key in names), -1)

    def alike(self, text: str, country: str) -> int:
        """Row of the name that RapidFuzz finds most alike."""
        names = self.by_name[country]
        best = process.extractOne(
            _keys(text)[-1], list(names), scorer=fuzz.WRatio, score_cutoff=LEAST_LIKE
        )
        return names[best[0]] if best else -1


def _keys(text: str) -> list[str]:
    low = text.casefold().strip()
    bare = re.sub(r" (town|city|village|area|district|valley|locality)$", "", low)
    return list(dict.fromkeys([low, bare]))


def peer(cases: pd.DataFrame, names: Names, way: str) -> pd.DataFrame:
    """What a script finds; the country, where one is given, is heeded."""
    codes = {"Afghanistan": "AF", "AF": "AF", "Pakistan": "PK", "PK": "PK"}
    nothing = (np.nan, np.nan, "")
    rows = []
    for text, country in zip(cases["place"], cases["country"], strict=True):
        at = getattr(names, way)(text, codes.get(country, ""))
        rows.append(names.rows[at] if at >= 0 else nothing)
    return pd.DataFrame(rows, columns=["lat", "lon", "place_id"], index=cases.index)


def away_m(cases: pd.DataFrame, answers: pd.DataFrame) -> np.ndarray:
    """Metres from each answer to the truth; NaN where there is none."""
    lonlat = cases["lon"], cases["lat"], answers["lon"], answers["lat"]
    arrays = [column.to_numpy(dtype=float) for column in lonlat]
    known = np.isfinite(arrays).all(axis=0)
    metres = np.full(len(cases), np.nan)
    metres[known] = GEOD.inv(*(array[known] for array in arrays))[2]
    return metres


def covered(cases: pd.DataFrame, answers: pd.DataFrame, metres: np.ndarray) -> np.ndarray:
    """Whether the stated disc or units hold the truth, give or take the truth's own extent."""
    held = metres <= answers["radius_m"].to_numpy() + cases["slack_m"].to_numpy()
    for row in np.nonzero(answers["area"].to_numpy())[0]:
        polygon = shipped_polygon(answers["place_id"].iloc[row])
        if polygon is not None and cases["slack_m"].iloc[row] == 0:
            point = cases["lon"].iloc[row], cases["lat"].iloc[row]
            held[row] = shapely.intersects_xy(polygon, *point)
    return held
