"""Small frames for pure rooms."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

TEXT = (
    "event_type",
    "actor_a",
    "actor_b",
    "location_precision",
    "location_side",
    "located_by",
    "place_id",
    "place",
)


def incidents(*rows):
    """Incidents as geocoding leaves them; each row is a dict, ``at`` its (lon, lat) or None."""
    records = []
    for number, row in enumerate(rows, start=1):
        record = {"incident_id": f"T-{number}", **dict.fromkeys(TEXT), "location_radius_m": 0.0}
        record |= {"location_precision": "place" if row.get("at") else "none"}
        record |= {"date_start": None, "date_end": None}
        record |= dict.fromkeys(("fatalities_low", "fatalities_best", "fatalities_high"))
        record |= {key: value for key, value in row.items() if key != "at"}
        record["geometry"] = shapely.Point(row["at"]) if row.get("at") else None
        records.append(record)
    frame = gpd.GeoDataFrame(pd.DataFrame(records), geometry="geometry", crs="EPSG:4326")
    for name in ("incident_id", *TEXT):
        frame[name] = frame[name].astype("string")
    for name in ("fatalities_low", "fatalities_best", "fatalities_high"):
        frame[name] = frame[name].astype("Int64")
    for name in ("date_start", "date_end"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame
