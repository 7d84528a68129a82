"""What the unrolled border names along its axis, against the polygons and the line themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from page_samples import layer, small_layers

from bordermap import Border, locate
from bordermap.render.along import along_line
from bordermap.render.basemap import drawn_layers

BORDER = Border.load()
ALONG = along_line(drawn_layers())
CROSSINGS = {crossing["name"]: crossing for crossing in ALONG["crossings"]}


def unit(country, level, km):
    units = ALONG["sides"][country][level]
    return next(unit["name"] for unit in units if unit["from"] <= km <= unit["to"])


def units(km):
    return [
        unit(country, level, km) for country in ("AF", "PK") for level in ("provinces", "districts")
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Torkham", ["Nangarhar", "Momand Dara", "Khyber Pakhtunkhwa", "Khyber"]),
        ("Wesh–Chaman border crossing", ["Kandahar", "Spin Boldak", "Balochistan", "Chaman"]),
        ("Ghulam Khan crossing", ["Khost", "Gurbuz", "Khyber Pakhtunkhwa", "North Waziristan"]),
        (
            "Angur Ada crossing",
            ["Paktika", "Barmal", "Khyber Pakhtunkhwa", "Lower South Waziristan"],
        ),
        ("Dorah Pass", ["Badakhshan", "Kuran wa Munjan", "Khyber Pakhtunkhwa", "Lower Chitral"]),
    ],
)
def test_named_crossings_lie_between_their_units(name, expected):
    assert units(CROSSINGS[name]["km"]) == expected


@pytest.mark.parametrize("country", ["AF", "PK"])
@pytest.mark.parametrize("level", ["provinces", "districts"])
def test_units_of_each_side_cover_the_line_without_a_gap(country, level):
    bands = ALONG["sides"][country][level]
    assert bands[0]["from"] == 0
    assert bands[-1]["to"] == pytest.approx(BORDER.length_km, abs=0.01)
    assert [band["to"] for band in bands[:-1]] == [band["from"] for band in bands[1:]]
    assert all(one["name"] != other["name"] for one, other in pairwise(bands))


def test_the_whole_line_agrees_with_locate():
    """An incident 200 m beside the line lies in the unit that the axis names at its kilometre."""
    edges = np.array([b["from"] for side in ALONG["sides"].values() for b in side["districts"]])
    kms = np.arange(2.5, BORDER.length_km, 7.3)
    clear = kms[np.abs(edges[:, np.newaxis] - kms).min(axis=0) > 1]
    km, offset_m = np.repeat(clear, 2), np.tile([200.0, -200.0], len(clear))
    lon, lat, reach_m = BORDER.place_beside(km, offset_m)
    frame = gpd.GeoDataFrame(
        {"incident_id": [str(number) for number in range(len(km))]},
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )
    found = locate(frame[~np.isnan(reach_m)], BORDER)
    sure = found[found["border_side"].isin(["AF", "PK"])]
    assert len(sure) > 400
    for row in sure.itertuples():
        assert row.adm1 == unit(row.border_side, "provinces", row.border_km)
        assert row.adm2 == unit(row.border_side, "districts", row.border_km)


def test_disputed_stretches_stand_there_once_each():
    assert [(one["from"], one["to"]) for one in ALONG["disputed"]] == [
        (293.0, 322.5),
        (540.5, 542.5),
        (751.0, 754.5),
        (1388.5, 1408.0),
        (1429.0, 1432.0),
    ]
    assert ALONG["disputed"][0]["uncertaintyKm"] == 3.0


def test_crossings_stand_in_the_order_of_the_line():
    kms = [crossing["km"] for crossing in ALONG["crossings"]]
    assert len(kms) == 17
    assert kms == sorted(kms)
    assert CROSSINGS["Torkham"]["local"] == "تورخم"


def test_layers_of_ones_own_are_taken_as_they_are():
    """No crossings, one far from the line, stretches without kilometres: nothing is named."""
    far = layer(
        "crossings", ["{{7*7}}", "far"], [shapely.Point(71.1, 34.12), shapely.Point(60, 34)]
    )
    empty = replace(far, frame=far.frame.iloc[:0])
    assert along_line({"crossings": empty})["crossings"] == []
    assert along_line({})["crossings"] == along_line({})["disputed"] == []
    along = along_line({**small_layers(), "crossings": far})
    assert [crossing["name"] for crossing in along["crossings"]] == ["{{7*7}}"]
    assert along["disputed"] == []
    assert json.loads(json.dumps(along, allow_nan=False)) == along
