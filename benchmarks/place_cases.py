"""The cases that places are tried on: what a record says, and where it was."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from bordermap import Border
from bordermap.gazetteer.entries import Sources, shipped_sources
from bordermap.gazetteer.keeping import add_source
from bordermap.gazetteer.store import Store
from bordermap.layers import data_folder, load_layer
from bordermap.records.places import read_places

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
UCDP = SHARED / "samples/ucdp_ged_v231_sample_afpk/ucdp_ged_v23_1_sample_afg_pak.csv"
UCDP_DISTRICTS = SHARED / "samples/ucdp_ged_afg_shp_derived/clean_conflicts.json"
LOCALITIES = SHARED / "verify/wof_localities_100km.csv"

NEAR_LINE_M = 100_000.0
"""UCDP events farther from the line than this are left out: the gazetteer is one of the border."""

RIGHT_M = 5_000.0
"""What a truth that is a coder's point is right within."""

_UNIT = r"(district|agency|province|tehsil|thesil)"
KINDS = (
    ("other script", r"[\u0600-\u06ff]"),
    ("between", r"\bbetween\b"),
    ("distance", r"\b(\d+(\.\d+)?|one|two|three|five|six|ten)[ -](km|kilomet\w+|miles?)\b"),
    ("border", r"\b(border area|near the (border|durand line)|border of|sectors?|meet)\b"),
    ("near", r"\b(near|opposite|adjacent|across|outskirts|outside|close to|southwest of)\b"),
    ("list", r"\w,? (and|&) \w+( \w+)? (villages|areas?|posts)|\w, \w.*, (and )?\w"),
    ("crossing", r"\b(torkham|crossing|gate|zero point|kharl\wchi|ghulam khan)\b"),
    ("unit", rf"^\w[\w-]*( \w[\w-]*)? {_UNIT}$"),
    ("name in unit", rf", |\b{_UNIT}\b|\b(of|in) \w"),
)
"""Kind of phrase by the first pattern that is found; what is left is the bare name of a place."""

COLUMNS = (
    "incident_id", "place", "district", "province", "country",
    "lat", "lon", "radius_m", "slack_m", "side", "adm1", "adm2", "kind",
)  # fmt: skip


def kind_of(text: str) -> str:
    """Kind of phrase, told by words alone so that our own reader has no part in it."""
    if not text:
        return "unit only"
    low = text.casefold()
    return next((kind for kind, pattern in KINDS if re.search(pattern, low)), "name")


def incidents() -> pd.DataFrame:
    """The sample incidents without their own coordinates, with the reading of each."""
    table = data_folder("incidents") / "border_incidents.csv"
    said = pd.read_csv(table, dtype=str, keep_default_na=False)
    truth = pd.read_csv(ROOT / "tests/data/incident_truth.csv", dtype=str, keep_default_na=False)
    cases = said.merge(truth, on="incident_id", validate="one_to_one", suffixes=("", "_truth"))
    numbers = cases[["lat", "lon", "radius_m"]].apply(pd.to_numeric)
    units = cases["unit_code"]
    return cases.assign(
        lat=numbers["lat"],
        lon=numbers["lon"],
        radius_m=numbers["radius_m"],
        # The truth of an area is the middle of it, not a spot that a footprint must hold.
        slack_m=np.where(cases["kind"] == "point", 0.0, numbers["radius_m"]),
        adm2=units.where(units.str.count("-") > 1, ""),
        adm1=units.str.extract(r"^([A-Z]{2}-[A-Z]+)", expand=False).fillna(""),
        kind=[kind_of(text) for text in cases["place"]],
    )[list(COLUMNS)]


def ucdp(column: str, *, units: bool = True) -> pd.DataFrame:
    """UCDP events of precision 1 and 2 within 100 km of the line.

    Parameters
    ----------
    column : {"where_coordinates", "where_description"}
        Taken as the place.
    units : bool
        Whether the district, province and country are given beside it.
    """
    table = pd.read_csv(UCDP, dtype=str, keep_default_na=False)
    table = table[table["where_prec"].isin(["1", "2"])]
    cases = pd.DataFrame(
        {
            "incident_id": "UCDP-" + table["id"],
            "place": table[column],
            "district": table["adm_2"] if units else "",
            "province": table["adm_1"] if units else "",
            "country": table["country"] if units else "",
            "lat": pd.to_numeric(table["latitude"]),
            "lon": pd.to_numeric(table["longitude"]),
        }
    )
    return _with_truth(cases)


def ucdp_districts() -> pd.DataFrame:
    """Events of the derived sample within 100 km of the line; only the district is said."""
    features = json.loads(UCDP_DISTRICTS.read_text("utf-8"))["features"]
    cases = pd.DataFrame(
        {
            "incident_id": "derived-" + f["properties"]["id"],
            "place": "",
            "district": f["properties"]["adm_2"],
            "province": "",
            "country": "Afghanistan",
            "lon": f["geometry"]["coordinates"][0],
            "lat": f["geometry"]["coordinates"][1],
        }
        for f in features
        if f["properties"]["adm_2"]
    )
    return _with_truth(cases)


def _with_truth(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases near the line, with the units and the side in which their points lie."""
    found = Border.load().measure(cases["lon"].to_numpy(), cases["lat"].to_numpy())
    near = found.distance_m <= NEAR_LINE_M
    cases, side = cases[near].reset_index(drop=True), found.side[near]
    units = units_of(cases["lon"], cases["lat"])
    return cases.assign(
        radius_m=RIGHT_M,
        slack_m=0.0,
        side=np.where(side > 0, "AF", "PK"),
        adm1=units["adm1_code"].fillna("").to_numpy(),
        adm2=units["code"].fillna("").to_numpy(),
        kind=[kind_of(text) for text in cases["place"]],
    )[list(COLUMNS)]


def units_of(lon: pd.Series, lat: pd.Series) -> pd.DataFrame:
    """Province and district of each point, one row a point."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    districts = load_layer("districts").frame[["code", "adm1_code", "country", "geometry"]]
    joined = points.sjoin(districts.sort_values("code"), how="left", predicate="intersects")
    return joined[~joined.index.duplicated()]


def without_ucdp() -> Sources:
    """The shipped tables without the curated rows whose point or tehsil comes from UCDP GED."""
    sources = shipped_sources()
    places = sources.border_places
    kept = places[~places["source"].str.contains("UCDP GED")]
    return replaced(sources, border_places=kept)


def with_localities(sources: Sources, path: Path) -> Sources:
    """The same with a table of localities (cc, name, lon, lat, geonames_id, names) as towns."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    lon, lat = pd.to_numeric(table["lon"]), pd.to_numeric(table["lat"])
    units = units_of(lon, lat)
    numbers = pd.Series([f"row-{number}" for number in range(len(table))])
    towns = pd.DataFrame(
        {
            "geonames_id": table["geonames_id"].where(table["geonames_id"] != "", numbers),
            "name": table["name"],
            "names": table["names"].str.replace("|", ";"),
            "lat": table["lat"],
            "lon": table["lon"],
            "country": table["cc"],
            "adm1_code": units["adm1_code"].fillna("").to_numpy(),
            "adm2_code": units["code"].fillna("").to_numpy(),
            "population": "0",
            "feature_code": "PPL",
        }
    )
    known = set(sources.geonames_places["geonames_id"])
    new = towns[~towns["geonames_id"].isin(known)].drop_duplicates("geonames_id")
    joined = pd.concat([sources.geonames_places, new], ignore_index=True)
    return replaced(sources, geonames_places=joined)


def stored(path: Path, folder: Path) -> Store:
    """A table of places as ``bordermap gazetteer add`` keeps it, in a folder of ours."""
    kept = folder / f"{path.stem}.sqlite"
    read, _ = read_places(path)
    add_source(kept, read.source, read.entries)
    return Store(kept)


def replaced(sources: Sources, **tables: pd.DataFrame) -> Sources:
    names = Sources.__dataclass_fields__
    return Sources(**{name: tables.get(name, getattr(sources, name)) for name in names})
