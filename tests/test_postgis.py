"""Incidents out of a PostGIS table: the real server, its types, and no secret told."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest
from accounting import check, found
from database import server

from bordermap import records
from bordermap.errors import InputError

pytestmark = pytest.mark.postgis

TABLE = """
CREATE EXTENSION postgis;
CREATE SCHEMA news;
CREATE TABLE news.incidents (
    ref bigint PRIMARY KEY, date date, seen timestamptz, place text, killed integer,
    toll numeric, big bigint, sure boolean, more jsonb, geom geometry(Point, 32642));
INSERT INTO news.incidents VALUES
    (2, '2017-01-02', NULL, 'Chaman', NULL, 1.25, NULL, NULL, NULL, NULL),
    (1, '2016-06-12', '2016-06-12 10:30+04:30', 'سپین بولدک', 3, 3, 9007199254740993, true,
     '{"a": [1]}', ST_Transform(ST_SetSRID(ST_Point(71.09, 34.12), 4326), 32642));
CREATE TABLE "Odd Name" AS SELECT 1 AS "ID", 'Torkham' AS "Place",
    ST_SetSRID(ST_Point(71.09, 34.12), 4326)::geography AS g;
CREATE TABLE areas AS SELECT 'a' AS place, ST_MakeEnvelope(70, 33, 71, 34, 4326) AS geom;
CREATE TABLE mixed AS SELECT ST_SetSRID(ST_Point(70, 33), s) AS geom
    FROM unnest(ARRAY[4326, 3857]) AS s;
CREATE TABLE nowhere AS SELECT ST_Point(71.09, 34.12) AS geom, 'Torkham' AS place;
CREATE TABLE plain AS SELECT 'Torkham' AS place, 34.12 AS lat, 71.09 AS lon;
CREATE VIEW seen AS SELECT * FROM news.incidents WHERE killed IS NOT NULL;
CREATE VIEW slow AS SELECT pg_sleep(1)::text AS place;
CREATE FUNCTION writes() RETURNS text LANGUAGE sql AS
    'INSERT INTO plain VALUES (''x'') RETURNING place';
CREATE VIEW writing AS SELECT writes() AS place;
"""


@pytest.fixture(scope="module")
def database():
    with server() as address:
        with psycopg.connect(address) as connection:
            connection.execute(TABLE)
        yield address


def test_a_table_is_read_with_its_types(database):
    frame, report = check(f"{database}&table=news.incidents")
    assert report.files[0].file == "news.incidents"
    assert frame["incident_id"].tolist() == ["1", "2"]
    assert frame["place"].tolist() == ["سپین بولدک", "Chaman"]
    assert frame["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2016-06-12", "2017-01-02"]
    assert frame["fatalities_best"].tolist()[0] == 3
    assert frame["big"].tolist()[0] == "9007199254740993"
    assert frame["seen"].tolist()[0] == "2016-06-12T06:00:00+00:00"
    assert str(frame["sure"].dtype) == "boolean"
    assert json.loads(frame["more"].tolist()[0]) == {"a": [1]}
    assert frame.geometry.isna().tolist() == [False, True]
    point = frame.geometry.iloc[0]
    assert np.allclose((point.x, point.y), (71.09, 34.12))
    assert found(report) == {(0, "crs_converted")}


@pytest.mark.parametrize("name", ["Odd Name", "plain", "PLAIN", "public.plain"])
def test_names_geography_and_tables_without_a_place(database, name):
    frame, _ = check(f"{database}&table={name.replace(' ', '%20')}")
    assert frame["place"].tolist() == ["Torkham"]
    assert np.allclose((frame.geometry.x, frame.geometry.y), ([71.09], [34.12]))


def test_a_view_and_a_column_without_a_system(database):
    assert len(check(f"{database}&table=seen")[0]) == 1
    assert found(check(f"{database}&table=nowhere")[1]) == {(0, "crs_assumed")}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "names no table"),
        ("nothing", "there is no such table"),
        ("a.b.c.d", "cannot be read"),
        ("areas", r"holds no points \(1 Polygon\)"),
        ("mixed", "2 coordinate systems"),
        ("writing", "read-only transaction"),
    ],
)
def test_what_cannot_be_read_is_one_line_without_the_password(database, table, message):
    with pytest.raises(InputError, match=message) as caught:
        records.read(f"{database}&table={table}")
    assert "secret" not in str(caught.value)


def test_no_password_is_written_anywhere(run, database, tmp_path):
    address = f"{database}&table=news.incidents"
    said = run("locate", address, "-o", "out.geojson")
    run("map", address, "-o", "map.html")
    run("check", address, "--json")
    assert "secret" not in said.stderr + said.stdout
    for path in tmp_path.iterdir():
        assert "secret" not in path.read_text(encoding="utf-8"), path.name


def test_reading_twice_gives_the_same(database):
    first, second = (records.read(f"{database}&table=news.incidents") for _ in range(2))
    assert first.sha256 == second.sha256


def test_a_database_that_goes_away_while_it_is_read(database):
    address, errors = f"{database}&table=slow", []

    def work():
        try:
            records.read(address)
        except InputError as error:
            errors.append(str(error))

    reader = threading.Thread(target=work)
    reader.start()
    sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(100):
            if found := connection.execute(sleeping).fetchall():
                break
            time.sleep(0.05)
        connection.execute(f"SELECT pg_terminate_backend({found[0][0]})")
    reader.join(30)
    assert not reader.is_alive()
    (said,) = errors
    assert "slow: cannot be read (" in said
    assert "secret" not in said
    assert "\n" not in said


def test_a_server_that_is_not_there(tmp_path):
    address = f"postgresql://nobody:secret@/db?host={tmp_path}&table=a"
    with pytest.raises(InputError, match=r"a: cannot be read \(.*\); check address") as caught:
        records.read(address)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="names no table"):
        records.read("postgresql://user:secret@host/db")


TYPED = """
CREATE TABLE news.roads (small smallint, "Whole" integer, big bigint, real4 real, name text,
    geom geometry(LineStringZ, 32642), sure boolean, day date, seen timestamptz, local timestamp,
    toll numeric, raw bytea);
INSERT INTO news.roads VALUES
    (1, 2, 9007199254740993, 1.5, 'راه', ST_Transform(ST_GeomFromEWKT(
        'SRID=4326;LINESTRING Z (71.05 34.13 5, 71.15 34.11 6)'), 32642),
     true, '2016-06-12', '2016-06-12 10:30+04:30', '2016-06-12 10:30:00.123456', 1.10, '\\x00ff'),
    (NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


def test_a_table_is_enriched_as_it_is(database, run, tmp_path):
    with psycopg.connect(database) as connection:
        connection.execute(TYPED)
    told = run("enrich", f"{database}&table=news.roads", "-o", "roads.parquet").stderr
    assert "1 features have no geometry" in told
    table = pq.read_table(tmp_path / "roads.parquet")
    wanted = {
        "small": "int16",
        "Whole": "int32",
        "big": "int64",
        "real4": "float",
        "name": "string",
        "geom": "binary",
        "sure": "bool",
        "day": "date32[day]",
        "seen": "timestamp[us, tz=UTC]",
        "local": "timestamp[us]",
        "toll": "string",
        "raw": "binary",
    }
    names = table.column_names[: len(wanted)]
    assert {name: str(table.schema.field(name).type) for name in names} == wanted
    assert names == list(wanted)
    first, second = table.select(names).to_pylist()
    assert (first["big"], first["name"], first["toll"]) == (9007199254740993, "راه", "1.10")
    assert first["raw"] == b"\x00\xff"
    assert first["seen"] == datetime(2016, 6, 12, 6, tzinfo=UTC)
    assert first["local"].microsecond == 123456
    assert {key: cell for key, cell in second.items() if cell is not None} == {"name": ""}
    back = gpd.read_parquet(tmp_path / "roads.parquet")
    assert back.crs.to_epsg() == 32642
    assert back.geometry.iloc[0].has_z
    assert back["border_side"].tolist()[0] == "AF;PK"
    record = (tmp_path / "roads.parquet.run.json").read_text(encoding="utf-8")
    assert "news.roads" in record
    assert "postgres" not in record
    told = run("enrich", f"{database}&table=plain", "-o", "no.gpkg", status=1).stderr
    assert "is a table without geometry" in told
