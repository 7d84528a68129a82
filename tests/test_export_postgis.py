"""Incidents into a PostGIS table: the real server, one transaction, and no secret told."""

from __future__ import annotations

import json
import threading
import time

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from database import server
from hypothesis import HealthCheck, given, settings
from test_export_formats import DTYPES, ROWS, cells, frame_of

from bordermap import build, export, read_incidents
from bordermap.errors import OutputError
from bordermap.export import Table
from bordermap.layers import load_layer

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def database():
    with server() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE EXTENSION postgis; CREATE SCHEMA news")
        yield address


@pytest.fixture(scope="module")
def sample(sample_path):
    return build(sample_path)[0]


def asked(database, query):
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def test_a_table_is_made_with_types_keys_and_comments(database, sample):
    assert export(sample, f"{database}&table=news.made", run={"version": "1"}) == ()
    types = dict(
        asked(
            database,
            """SELECT column_name, data_type FROM information_schema.columns
        WHERE table_name = 'made'""",
        )
    )
    assert types["date_start"] == "date"
    assert types["fatalities_best"] == "bigint"
    assert types["border_distance_m"] == "double precision"
    shape = "SELECT f_geometry_column, type, srid FROM geometry_columns WHERE f_table_name = 'made'"
    assert asked(database, shape) == [("geom", "POINT", 4326)]
    indexes = asked(database, "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'made'")
    found = dict(indexes)
    assert set(found) == {"made_geography", "made_along", "made_pkey"}
    assert "(border_km)" in found["made_along"]
    assert "((geom)::geography)" in found["made_geography"]
    assert "(incident_id)" in found["made_pkey"]
    assert asked(database, "SELECT obj_description('news.made'::regclass)") == [
        ('{"version": "1"}',)
    ]
    again, report = read_incidents(f"{database}&table=news.made")
    assert (len(again), report.rejected_count) == (len(sample), 0)
    order = sample.sort_values("incident_id", ignore_index=True)
    mine = again.sort_values("incident_id", ignore_index=True)
    for name in ("date_start", "place", "fatalities_best", "summary"):
        assert cells(mine[name]) == cells(order[name]), name
    points = asked(
        database, "SELECT incident_id, ST_X(geom), ST_Y(geom) FROM news.made ORDER BY incident_id"
    )
    assert points == list(
        zip(order["incident_id"], order.geometry.x, order.geometry.y, strict=True)
    )


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_every_value_comes_back(database, rows):
    frame = frame_of(rows)
    frame["moment"] = frame["moment"].where(frame["moment"].dt.year > 1)
    export(frame, f"{database}&table=values")
    back = asked(database, f'SELECT {", ".join(DTYPES)} FROM "values" ORDER BY incident_id')
    table = pd.DataFrame(back, columns=list(DTYPES), dtype=object)
    for name in DTYPES:
        assert cells(table[name]) == cells(frame[name]), name


def test_rows_are_replaced_or_added(database, sample):
    address = f"{database}&table=news.grown"
    export(sample.iloc[:40], address)
    export(sample.iloc[:30], address)
    assert asked(database, "SELECT count(*) FROM news.grown") == [(30,)]
    export(sample.iloc[30:], address, append=True)
    assert asked(database, "SELECT count(*) FROM news.grown") == [(len(sample),)]
    with pytest.raises(OutputError, match=r"nothing was written .*duplicate key"):
        export(sample.iloc[:1], address, append=True)
    with pytest.raises(OutputError, match="the table has no column 'mine'"):
        export(sample.iloc[:1].assign(mine=1), address, append=True)
    export(sample.iloc[:2], f"{database}&table=news.new", append=True)
    assert asked(database, "SELECT count(*) FROM news.new") == [(2,)]
    assert asked(database, "SELECT count(*) FROM news.grown") == [(len(sample),)]


def test_two_rows_of_one_id_leave_the_old_table(database, sample):
    address = f"{database}&table=news.twice"
    export(sample.iloc[:3], address)
    double = pd.concat([sample.iloc[:5], sample.iloc[:1]], ignore_index=True)
    with pytest.raises(OutputError, match="nothing was written"):
        export(double, address)
    assert asked(database, "SELECT count(*) FROM news.twice") == [(3,)]
    left = "SELECT relname FROM pg_class WHERE relname LIKE 'bordermap_new%'"
    assert asked(database, left) == []


def killed(database, write):
    """End the server's side of a write while it waits for somebody; the error that came."""
    errors = []

    def work():
        try:
            write()
        except OutputError as error:
            errors.append(error)

    writer = threading.Thread(target=work)
    writer.start()
    waiting = """SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()
        AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')"""
    for _ in range(600):
        found = asked(database, waiting)
        if found:
            break
        time.sleep(0.05)
    (pid,) = found[0]
    asked(database, f"SELECT pg_terminate_backend({pid})")
    writer.join(30)
    assert not writer.is_alive()
    (error,) = errors
    return error


def test_a_database_that_goes_away_while_a_table_is_replaced(database, sample):
    address = f"{database}&table=news.kept"
    export(sample.iloc[:7], address)
    with psycopg.connect(database) as reader:
        # Somebody reads the old table: the rows are written, and its end is waited for.
        reader.execute("LOCK TABLE news.kept IN ACCESS SHARE MODE")
        error = killed(database, lambda: export(sample, address))
    assert "news.kept: nothing was written" in str(error)
    assert "secret" not in str(error)
    assert "\n" not in str(error)
    assert asked(database, "SELECT count(*) FROM news.kept") == [(7,)]
    export(sample, address)
    assert asked(database, "SELECT count(*) FROM news.kept") == [(len(sample),)]


def test_a_database_that_goes_away_while_rows_are_added(database, sample):
    address = f"{database}&table=news.added"
    export(sample.iloc[:7], address)
    with psycopg.connect(database) as connection:
        connection.execute("""
            CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep(0.5); RETURN new; END';
            CREATE TRIGGER slowly BEFORE INSERT ON news.added
                FOR EACH ROW EXECUTE FUNCTION slowly()""")
    error = killed(database, lambda: export(sample.iloc[7:], address, append=True))
    assert "nothing was written" in str(error)
    assert asked(database, "SELECT count(*) FROM news.added") == [(7,)]


def test_a_view_is_not_written_over(database, sample):
    with psycopg.connect(database) as connection:
        connection.execute("CREATE VIEW news.seen AS SELECT 1 AS a")
    with pytest.raises(OutputError, match="is not a table"):
        export(sample, f"{database}&table=news.seen")
    assert asked(database, "SELECT a FROM news.seen") == [(1,)]


def test_odd_names_and_the_character_zero(database, sample):
    frame = sample.iloc[:1].copy()
    frame['a "quoted" name; DROP TABLE x'] = "a\0b"
    frame["xmin"] = 1
    frame["geom"] = "mine"
    frame["n" * 80] = 2
    notes = " ".join(export(frame, f"{database}&table=Odd%20Name"))
    assert "'xmin' is 'xmin_2' in PostgreSQL" in notes
    assert "1 texts held the character 0" in notes
    row = asked(database, 'SELECT "a ""quoted"" name; DROP TABLE x", xmin_2, geom FROM "Odd Name"')
    assert row == [("ab", 1, "mine")]


def test_layers_go_into_one_table_with_a_column_layer(run, database):
    run("layers", "--only", "line", "--only", "crossings", "-o", f"{database}&table=news.layers")
    found = dict(asked(database, "SELECT layer, count(*) FROM news.layers GROUP BY layer"))
    assert found == {name: len(load_layer(name).frame) for name in ("line", "crossings")}
    (record,) = asked(database, "SELECT obj_description('news.layers'::regclass)")
    assert json.loads(record[0])["arguments"]["command"] == "layers"


def test_the_command_line_tells_no_password(run, database, sample, sample_path, tmp_path):
    said = run("locate", sample_path, "-o", f"{database}&table=news.told")
    assert "news.told: 90 incidents" in said.stderr
    assert "secret" not in said.stderr + said.stdout
    (record,) = asked(database, "SELECT obj_description('news.told'::regclass)")
    assert json.loads(record[0])["arguments"]["command"] == "locate"
    assert "secret" not in record[0]
    words = ("--limit", "3", "--order-by", "incident_id")
    run("query", sample_path, *words, "-o", f"{database}&table=news.told")
    run("query", sample_path, "--append", "-o", f"{database}&table=news.told", status=1)
    assert asked(database, "SELECT count(*) FROM news.told") == [(3,)]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told_before_any_work(run, sample_path, tmp_path):
    address = f"postgresql://nobody:secret@/db?host={tmp_path}&table=a"
    said = run("locate", sample_path, "-o", address, status=1)
    assert "a: nothing was written" in said.stderr
    assert "secret" not in said.stderr
    assert "secret" not in repr(Table.of(address))


def test_a_database_without_postgis(database, sample):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
    with pytest.raises(OutputError, match="without PostGIS; run CREATE EXTENSION"):
        export(sample, f"{database.replace('/postgres?', '/bare?')}&table=a")


@pytest.mark.parametrize("text", ["POINT Z (70 33 5)", "LINESTRING ZM (70 33 5 1, 71 33 6 2)"])
@pytest.mark.parametrize("alone", [True, False])
def test_heights_and_measures_are_kept(database, text, alone):
    shape = shapely.from_wkt(text)
    flat = shapely.force_2d(shape)
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shape, shape if alone else flat], crs=4326)
    assert export(frame, f"{database}&table=news.high") == ()
    found = asked(database, "SELECT ST_AsText(geom) FROM news.high ORDER BY a")
    known = [shapely.from_wkt(one) for (one,) in found]
    assert shapely.equals_identical(known, frame.geometry.to_numpy()).all()
