"""Tables of PostGIS that were located already, asked directly: the same answers, fewer rows."""

from __future__ import annotations

import json

import pandas as pd
import psycopg
import pytest
from database import server
from hypothesis import HealthCheck, given, settings
from test_located_files import FILTERS, frame  # noqa: F401  a fixture

from bordermap import ask, export, query
from bordermap.errors import FrameError, InputError
from bordermap.query import given as filters_given
from bordermap.query import hints_of
from bordermap.records import located_file, read_located

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def table(frame):  # noqa: F811
    """The address of a table of located incidents."""
    with server() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE EXTENSION postgis; CREATE TABLE plain AS SELECT 1 AS a")
        export(frame, f"{address}&table=located")
        yield f"{address}&table=located"


@given(filters=FILTERS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_answers_as_the_frame_does(table, frame, filters):  # noqa: F811
    if "near" in filters:
        filters = {**filters, "radius": "40km"}
    found, expected = ask(table, **filters), query(frame, **filters)
    both = [one.sort_values("incident_id", ignore_index=True) for one in (found, expected)]
    assert both[0]["incident_id"].tolist() == both[1]["incident_id"].tolist()
    for name in ("date_start", "date_end", "fatalities_best", "border_km", "adm2_code", "place"):
        pd.testing.assert_series_equal(both[0][name], both[1][name])
    assert (both[0].geometry.isna() == both[1].geometry.isna()).all()


@pytest.mark.parametrize(
    "filters",
    [
        {"district": "Spera"},
        {"near": (71.1, 34.1), "radius": "10km"},
        {"bbox": "69,32,70,33"},
        {"within": "2km", "from_": "2016"},
        {"where": "S_INTERSECTS(geometry, BBOX(69, 32, 70, 33)) AND border_km > 0"},
    ],
    ids=["district", "near", "bbox", "within", "where"],
)
def test_what_cannot_match_is_not_sent(table, frame, filters):  # noqa: F811
    read = read_located(located_file(table), hints_of(filters_given(filters)))
    assert len(query(frame, **filters)) <= len(read) < len(frame) / 2


def test_the_edge_of_a_wide_box_is_a_parallel(table, frame):  # noqa: F811
    for south in (30.0, 31.5, 33.0):
        box = f"61,{south},74,{south + 0.5}"
        assert len(ask(table, bbox=box)) == len(query(frame, bbox=box)) > 0


def test_the_command_asks_the_table(run, table, frame, tmp_path):  # noqa: F811
    words = ("--district", "Spera", "--order-by", "incident_id", "--columns", "incident_id,place")
    said = run("query", table, *words, "--json")
    assert f"public.located: located already, {len(frame)} rows taken as they are" in said.stderr
    found = ask(table, district="Spera", order_by="incident_id", columns="incident_id,place")
    assert [row["incident_id"] for row in json.loads(said.stdout)] == found["incident_id"].tolist()
    assert list(found.columns) == ["incident_id", "place", "geometry"]
    said = run("query", table, *words, "-o", "found.geojson")
    record = (tmp_path / "found.geojson.run.json").read_text(encoding="utf-8")
    assert "secret" not in record + said.stderr + repr(located_file(table))


def test_other_tables_and_columns_are_told(table):
    with pytest.raises(InputError, match="no GeoParquet, GeoPackage, FlatGeobuf or table"):
        ask(table.replace("=located", "=plain"))
    with pytest.raises(InputError, match="there is no such table"):
        ask(table.replace("=located", "=nothing"))
    with pytest.raises(FrameError, match="there is no column 'nothing'"):
        ask(table, where="nothing = 1")


def test_a_column_of_another_type_is_read_whole(table, frame):  # noqa: F811
    other = table.replace("=located", "=odd")
    with psycopg.connect(table.replace("&table=located", "")) as connection:
        connection.execute("CREATE TABLE odd AS SELECT * FROM located")
        connection.execute("ALTER TABLE odd ALTER date_start TYPE text")
        connection.execute("ALTER TABLE odd ALTER border_km TYPE numeric")
    asked = {"to": "2016", "km": "1000:2000"}
    assert set(ask(other, **asked)["incident_id"]) == set(query(frame, **asked)["incident_id"])
