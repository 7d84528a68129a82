"""Layers that somebody brought, enriched into PostGIS: the real server, their types."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
import shapely
from database import server
from test_export_postgis import asked, killed

import bordermap
from bordermap.errors import OutputError
from bordermap.export import Table, check_output, export_own
from bordermap.records import read_own_layer

pytestmark = pytest.mark.postgis

ROADS = """
CREATE TABLE gis.roads (small smallint, "Whole" integer, big bigint, "WHOLE" real, name text,
    shape geometry(LineStringZM, 32642), sure boolean, day date, seen timestamptz,
    local timestamp, raw bytea, incident_id text);
INSERT INTO gis.roads VALUES
    (1, 2, 9007199254740993, 0.1, 'راه', ST_Transform(ST_GeomFromEWKT(
        'SRID=4326;LINESTRING ZM (71.05 34.13 5 1, 71.15 34.11 6 2)'), 32642),
     true, '2016-06-12', '2016-06-12 10:30+04:30', '2016-06-12 10:30:00.123456', '\\x00ff', 'a'),
    (NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, 'a');
"""
OWN = 'small, "Whole", big, "WHOLE", name, shape, sure, day, seen, local, raw, incident_id'
TYPES = """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = '{}'::regclass AND attnum > 0 ORDER BY attnum"""


@pytest.fixture(scope="module")
def database():
    with server() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE SCHEMA ext; CREATE EXTENSION postgis SCHEMA ext")
            connection.execute("ALTER ROLE CURRENT_USER SET search_path = public, ext")
        with psycopg.connect(address) as connection:
            connection.execute(f"CREATE SCHEMA gis; {ROADS}")
        yield address


@pytest.fixture
def layer(tmp_path):
    """A road over the line and one far off, in metres, as a GeoPackage."""
    roads = [[(71.05, 34.13), (71.15, 34.11)], [(66.9, 30.1), (67.0, 30.2)]]
    frame = gpd.GeoDataFrame(
        {"Name": ["راه", None], "lanes": pd.array([2, None], "Int32")},
        geometry=[shapely.LineString(one) for one in roads],
        crs=4326,
    )
    frame.to_crs(32642).to_file(tmp_path / "roads.gpkg")
    return frame.to_crs(32642)


def types(database, table):
    return dict(asked(database, TYPES.format(table)))


def test_a_table_is_enriched_into_another_with_its_own_types(run, database):
    said = run("enrich", f"{database}&table=gis.roads", "-o", f"{database}&table=gis.enriched")
    assert "gis.enriched: 2 features, 1 with a geometry" in said.stderr
    assert "secret" not in said.stderr + said.stdout
    before, after = types(database, "gis.roads"), types(database, "gis.enriched")
    assert list(after)[: len(before)] == list(before)
    assert {name: after[name] for name in before} == before
    assert list(after)[-1] == "fid"
    rows = [
        asked(database, f"SELECT {OWN} FROM gis.{table} ORDER BY small")
        for table in ("roads", "enriched")
    ]
    assert rows[0] == rows[1]
    answer = asked(database, "SELECT border_side, border_share_af FROM gis.enriched ORDER BY fid")
    assert answer[0][0] == "AF;PK"
    assert answer[1] == (None, None)
    indexes = dict(
        asked(database, "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'enriched'")
    )
    assert set(indexes) == {"enriched_geometry", "enriched_pkey"}
    record = asked(database, "SELECT obj_description('gis.enriched'::regclass)")[0][0]
    assert '"command": "enrich"' in record
    assert "secret" not in record


def test_the_command_writes_what_the_library_says(run, database, layer, tmp_path):
    run("enrich", "roads.gpkg", "-o", f"{database}&table=gis.mine")
    mine = bordermap.enrich(layer)
    back = read_own_layer(f"{database}&table=gis.mine").frame
    assert back.crs.to_epsg() == 32642
    assert shapely.equals_identical(back.geometry.to_numpy(), layer.geometry.to_numpy()).all()
    for name in mine.columns.drop("geometry"):
        wanted = [None if pd.isna(one) else one for one in mine[name]]
        assert [None if pd.isna(one) else one for one in back[name]] == wanted, name
    assert list(tmp_path.iterdir()) == [tmp_path / "roads.gpkg"]


def test_another_system_is_asked_for_and_degrees_have_a_geography_index(run, database, layer):
    run("enrich", "roads.gpkg", "--to-crs", "EPSG:4326", "-o", f"{database}&table=gis.degrees")
    assert types(database, "gis.degrees")["geom"] == "geometry(LineString,4326)"
    query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'degrees_geography'"
    assert "::geography" in asked(database, query)[0][0]
    run("enrich", "roads.gpkg", "--keep-crs", "-o", f"{database}&table=gis.degrees")
    assert types(database, "gis.degrees")["geom"] == "geometry(LineString,32642)"


def test_rows_are_added_or_refused_in_one_line(run, database, layer):
    address = f"{database}&table=gis.grown"
    run("enrich", "roads.gpkg", "-o", address)
    run("enrich", "roads.gpkg", "-o", address, "--append")
    assert asked(database, "SELECT count(*), count(DISTINCT fid) FROM gis.grown") == [(4, 4)]
    words = ("--append", "--to-crs", "EPSG:4326")
    said = run("enrich", "roads.gpkg", "-o", address, *words, status=1).stderr
    assert "nothing was written" in said
    assert "SRID" in said
    assert asked(database, "SELECT count(*) FROM gis.grown") == [(4,)]
    said = run("enrich", "roads.gpkg", "-o", "out.gpkg", "--append", status=1).stderr
    assert "rows are added to a database table only" in said


def test_the_table_that_is_read_is_not_written_over(run, database, sample_path):
    for table in ("gis.roads", "roads"):
        said = run(
            *("enrich", f"{database}&table=gis.roads", "-o", f"{database}&table={table}"), status=1
        ).stderr
        assert "roads: this is the input; name another table" in said
    assert "fid" not in types(database, "gis.roads")
    run("locate", sample_path, "-o", f"{database}&table=gis.located")
    address = f"{database}&table=gis.located"
    assert "this is the input" in run("locate", address, "-o", address, status=1).stderr
    check_output(Table.of(f"{database}&table=gis.other"), inputs=[address])


def test_a_database_that_goes_away_while_a_layer_is_written(run, database, layer):
    address = f"{database}&table=gis.kept"
    run("enrich", "roads.gpkg", "-o", address)
    more = bordermap.enrich(pd.concat([layer] * 5, ignore_index=True))
    with psycopg.connect(database) as reader:
        reader.execute("LOCK TABLE gis.kept IN ACCESS SHARE MODE")
        error = killed(database, lambda: export_own(more, address, "roads"))
    assert "gis.kept: nothing was written" in str(error)
    assert "\n" not in str(error)
    assert asked(database, "SELECT count(*) FROM gis.kept") == [(2,)]
    left = "SELECT relname FROM pg_class WHERE relname LIKE 'bordermap_new%'"
    assert asked(database, left) == []


def test_a_system_that_the_server_does_not_know_is_told(database, layer):
    strange = layer.to_crs("+proj=laea +lat_0=34 +lon_0=71 +ellps=WGS84 +units=m")
    with pytest.raises(OutputError, match=r"does not know the system .*--to-crs EPSG:4326"):
        export_own(strange, f"{database}&table=gis.strange", "roads")
    assert asked(database, "SELECT to_regclass('gis.strange')") == [(None,)]


SHAPES = ["POINT EMPTY", "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "GEOMETRYCOLLECTION (POINT (1 2))"]


def test_mixed_empty_and_invalid_shapes_stay_as_they_are(database):
    shapes = [*shapely.from_wkt(SHAPES), shapely.from_wkt("POINT Z (70 33 5)"), None]
    frame = gpd.GeoDataFrame({"n": range(5)}, geometry=shapes, crs=4326)
    export_own(frame, f"{database}&table=gis.mixed", "mixed")
    found = asked(database, "SELECT ST_AsEWKB(geometry) FROM gis.mixed ORDER BY n")
    back = [None if one is None else shapely.from_wkb(bytes(one)) for (one,) in found]
    assert shapely.equals_identical(back[:4], shapely.set_srid(shapes[:4], 4326)).all()
    assert back[4] is None
    assert types(database, "gis.mixed")["geometry"] == "geometry"


def test_names_types_and_texts_that_postgres_cannot_hold_are_told(database):
    frame = gpd.GeoDataFrame(
        {
            "n" * 300: pd.array([1], pd.ArrowDtype(pa.uint16())),
            "select": [1.5],
            "xmin": ["a\0b"],
            "Same": [[1, {"a": None}]],
            "same": [2**63],
            "fid": ["mine"],
            "time": pd.array([pd.Timestamp("2016-06-12T10:30Z")]).astype("datetime64[ns, UTC]"),
        },
        geometry=[shapely.Point(70, 33)],
        crs=4326,
    )
    told = " ".join(export_own(frame, f"{database}&table=gis.odd", "odd"))
    assert f"is '{'n' * 63}' in PostgreSQL" in told
    assert "'xmin' is 'xmin_2' in PostgreSQL" in told
    assert "1 texts held the character 0" in told
    assert "types that the format does not have are text: Same, same" in told
    wanted = ["integer", "double precision", "text", "text", "text", "text"]
    assert list(types(database, "gis.odd").values())[:6] == wanted
    assert types(database, "gis.odd")["time"] == "timestamp with time zone"
    row = asked(database, 'SELECT "select", xmin_2, "Same", same, fid, fid_2 FROM gis.odd')
    assert row == [(1.5, "ab", '[1,{"a":null}]', str(2**63), "mine", 1)]


def test_curves_of_a_table_come_as_lines(run, database, tmp_path):
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TABLE gis.curved AS SELECT ST_GeomFromText("
            "'CIRCULARSTRING (71 34, 71.1 34.1, 71.2 34)', 4326) AS geom"
        )
    run("enrich", f"{database}&table=gis.curved", "-o", "out.gpkg")
    back = gpd.read_file(tmp_path / "out.gpkg").geometry[0]
    assert back.geom_type == "LineString"
    assert abs(back.length - 0.1 * np.pi) < 1e-3
