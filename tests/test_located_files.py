"""Files that were located already, asked directly: the same answers, from less of the file."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bordermap import ask, build, locate, query
from bordermap.errors import BordermapError, FrameError, InputError
from bordermap.query import given as filters_given
from bordermap.query import hints_of
from bordermap.records import located_file, read_located

KINDS = ("parquet", "gpkg", "fgb")


@pytest.fixture(scope="module")
def frame(sample_path):
    """The sample incidents, each many times, moved about a little and located anew."""
    built = build(sample_path)[0]
    random = np.random.default_rng(5)
    many = pd.concat([built] * 8, ignore_index=True)
    many["incident_id"] = [f"M{n}" for n in range(len(many))]
    points = shapely.get_coordinates(many.geometry.to_numpy())
    points += random.normal(0, 0.2, points.shape)
    many["geometry"] = shapely.points(points)
    many.loc[::37, "geometry"] = None
    many = locate(gpd.GeoDataFrame(many, geometry="geometry", crs=4326))
    along = many.geometry.fillna(shapely.Point(60, 30)).hilbert_distance()
    return many.iloc[np.argsort(along.to_numpy())].reset_index(drop=True)


@pytest.fixture(scope="module")
def files(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("located")
    paths = {kind: folder / f"located.{kind}" for kind in KINDS}
    frame.to_parquet(paths["parquet"], write_covering_bbox=True, row_group_size=50)
    frame.to_file(paths["gpkg"])
    frame.to_file(paths["fgb"], SPATIAL_INDEX="NO")  # an index takes no row without a point
    return paths


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "within": st.sampled_from(["3km", "20km", "100km"]),
        "beyond": st.sampled_from(["1km", "30km"]),
        "side": st.sampled_from(["AF", "PK", ["AF", "uncertain"]]),
        "km": st.sampled_from(["1900:2000", "0:700", "1500:1501"]),
        "from_": st.sampled_from(["2016", "2022-04-16", "2011-06"]),
        "to": st.sampled_from(["2016", "2022-04-16"]),
        "type": st.sampled_from(["airstrike", ["armed_clash", "protest"]]),
        "province": st.sampled_from(["Khost", ["NWFP", "AF-NAN"]]),
        "district": st.sampled_from(["Spera", "Khyber Agency"]),
        "actor": st.sampled_from(["taliban", "army"]),
        "bbox": st.sampled_from(["69,32,71,34", "70,33,-170,35", "0,0,1,1"]),
        "near": st.sampled_from([(71.1, 34.1), (69.9, 33.1)]),
        "where": st.sampled_from(
            [
                "fatalities_best >= 10",
                "border_side = 'AF' AND date_start > DATE('2015-06-01')",
                "border_km BETWEEN 1000 AND 2000 AND NOT event_type = 'protest'",
                "S_WITHIN(geometry, BBOX(69, 32, 71, 34)) AND place LIKE '%a%'",
                "event_type IN ('airstrike', 'shelling') OR border_distance_m < 2000",
                "'AF' = border_side AND 5 < fatalities_best",
                "date_end <= TIMESTAMP('2016-07-01T00:00:00Z')",
                "place = 'Torkham''s'",
            ]
        ),
    },
)


@pytest.mark.parametrize("kind", KINDS)
@given(filters=FILTERS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_file_answers_as_the_frame_does(files, frame, kind, filters):
    if "near" in filters:
        filters = {**filters, "radius": "40km"}
    found, expected = ask(files[kind], **filters), query(frame, **filters)
    assert sorted(found["incident_id"]) == sorted(expected["incident_id"])
    both = [one.sort_values("incident_id", ignore_index=True) for one in (found, expected)]
    for name in ("date_start", "fatalities_best", "border_km", "adm2_code", "place"):
        pd.testing.assert_series_equal(both[0][name], both[1][name])
    assert (both[0].geometry.isna() == both[1].geometry.isna()).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "filters",
    [
        {"district": "Spera"},
        {"near": (71.1, 34.1), "radius": "10km"},
        {"bbox": "69,32,70,33"},
        {"where": "S_INTERSECTS(geometry, BBOX(69, 32, 70, 33)) AND border_km > 0"},
    ],
    ids=["district", "near", "bbox", "where"],
)
def test_what_cannot_match_is_not_read(files, frame, kind, filters):
    hints = hints_of(filters_given(filters))
    read = read_located(located_file(files[kind]), hints)
    assert len(query(frame, **filters)) <= len(read) < len(frame) / 2


def test_footprints_are_asked_of_the_whole_file(files, frame):
    asked = {"certainty": "maybe", "within": "1km", "type": "airstrike"}
    found = ask(files["parquet"], **asked)
    assert set(found["incident_id"]) == set(query(frame, **asked)["incident_id"])
    assert len(found) > len(ask(files["parquet"], within="1km", type="airstrike"))


def test_hints_of_footprints_leave_out_nothing_by_place():
    asked = filters_given({"within": "10km", "type": "airstrike"})
    assert {test.column for tests in hints_of(asked).tests for test in tests} == {
        "border_distance_m",
        "event_type",
    }
    over_footprints = hints_of(asked, "surely")
    assert [tests[0].column for tests in over_footprints.tests] == ["event_type"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_columns_asked_for_come(files, kind):
    found = ask(
        files[kind],
        within="50km",
        order_by="-fatalities_best",
        limit=3,
        columns="incident_id,place",
    )
    assert list(found.columns) == ["incident_id", "place", "geometry"]
    assert len(found) == 3


def test_a_query_of_a_located_file_takes_its_columns_as_they_are(run, files, frame):
    words = ("--district", "Spera", "--json", "--columns", "incident_id")
    result = run("query", files["parquet"], *words)
    assert f"located already, {len(frame)} rows taken as they are" in result.stderr
    expected = set(query(frame, district="Spera")["incident_id"])
    assert {row["incident_id"] for row in json.loads(result.stdout)} == expected
    said = run("query", files["gpkg"], "--district", "Spera", "--anew").stderr
    assert "recipe bordermap" in said


def test_what_is_not_located_is_said(sample_path, tmp_path):
    with pytest.raises(InputError, match="located incidents"):
        ask(sample_path)
    plain = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(70, 34)], crs=4326)
    plain.to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="located incidents"):
        ask(tmp_path / "plain.parquet")


def test_a_column_that_is_not_there_is_said(files):
    with pytest.raises(FrameError, match="no column 'nothing'"):
        ask(files["parquet"], where="nothing > 3")


def test_a_located_file_in_another_system_is_refused(frame, tmp_path):
    path = tmp_path / "mercator.parquet"
    frame.to_crs(3857).to_parquet(path)
    with pytest.raises(InputError, match="EPSG:4326"):
        ask(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_ends_in_one_line(files, kind, tmp_path):
    content = files[kind].read_bytes()
    for share in (0.2, 0.6, 0.95):
        path = tmp_path / f"cut.{kind}"
        path.write_bytes(content[: int(len(content) * share)])
        said = ""
        try:
            ask(path, district="Spera")
        except BordermapError as error:
            said = str(error)
        assert "\n" not in said
