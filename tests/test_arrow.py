"""Arrow in, Arrow out: the same answers as a frame, in batches of any kind."""

from __future__ import annotations

import struct
from itertools import pairwise

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import locate, locate_batches, locate_parquet, located_schema
from bordermap.arrow import plain_points, points_as_wkb
from bordermap.errors import FilterError, FrameError, InputError, OutputError
from bordermap.parts import parquet
from bordermap.schema import columns_of

OURS = [column.name for column in columns_of("locate")]
HINTS = ("location_radius_m", "location_side", "location_precision", "place_id")


ARC = struct.pack("<BII6d", 1, 8, 3, 69, 33, 69.5, 33.5, 70, 33)
"""A curve, of which shapely makes nothing."""


def points(count=200, seed=5):
    """Points around the line, some far, some missing, some vague."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(60.5, 75, count), rng.uniform(29, 37.5, count)
    lon[::17] = lat[::17] = np.nan
    return pd.DataFrame(
        {
            "incident_id": [f"I-{number}" for number in range(count)],
            "longitude": lon,
            "latitude": lat,
            "location_radius_m": rng.choice([0.0, 500.0, 5_000.0], count),
            "location_side": rng.choice(["AF", "PK", None], count),
            "location_precision": "place",
        }
    )


def framed(table):
    """The same points as a frame for :func:`bordermap.locate`."""
    shapes = shapely.points(table["longitude"], table["latitude"])
    shapes = np.where(table["longitude"].notna(), shapes, None)
    frame = gpd.GeoDataFrame(
        table.drop(columns=["longitude", "latitude"]), geometry=shapes, crs="EPSG:4326"
    )
    for name in ("location_side", "location_precision"):
        if name in frame:
            frame[name] = frame[name].astype("string")
    return frame


def located(table):
    """What a frame gives, as plain lists: NaN where nothing is said."""
    return as_lists(locate(framed(table))[OURS])


def as_lists(frame):
    found = frame.astype(object).where(frame.notna(), None)
    return {name: found[name].tolist() for name in OURS}


def answered(batches, **others):
    made = list(locate_batches(batches, **others))
    return {name: [v for one in made for v in one.column(name).to_pylist()] for name in OURS}


def batch_of(table):
    return pa.RecordBatch.from_pandas(table, preserve_index=False)


def in_wkb(table, kind=None, **how):
    """The points as WKB under the name geometry."""
    wkb = shapely.to_wkb(framed(table).geometry.to_numpy(), **how)
    batch = batch_of(table.drop(columns=["longitude", "latitude"]))
    return batch.append_column("geometry", pa.array(wkb, kind or pa.binary()))


@pytest.fixture(scope="module")
def table():
    return points()


@pytest.fixture(scope="module")
def expected(table):
    return located(table)


WAYS = {
    "longitude and latitude": batch_of,
    "lon and lat": lambda t: batch_of(t.rename(columns={"longitude": "lon", "latitude": "lat"})),
    "WKB": in_wkb,
    "large WKB": lambda t: in_wkb(t, pa.large_binary()),
    "WKB of the other byte order": lambda t: in_wkb(t, byte_order=0),
    "texts as dictionaries": lambda t: batch_of(t.astype({"location_side": "category"})),
    "large texts": lambda t: batch_of(t).set_column(
        4, "location_side", batch_of(t).column("location_side").cast(pa.large_string())
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_batches_are_located_as_a_frame_is_to_the_bit(table, expected, way):
    found = answered([WAYS[way](table)])
    assert found == expected
    distances = np.array(found["border_distance_m"], dtype=float)
    assert distances.tobytes() == np.array(expected["border_distance_m"], dtype=float).tobytes()


def test_whole_wkb_is_read_at_once_as_one_by_one(table):
    whole = table.dropna(subset="longitude").reset_index(drop=True)
    expected = located(whole)
    for batch in (in_wkb(whole), in_wkb(whole, pa.large_binary()), in_wkb(whole, byte_order=0)):
        assert answered([batch]) == expected
        assert answered([batch.slice(7, 50), batch.slice(0, 7)]) == {
            name: [*values[7:57], *values[:7]] for name, values in expected.items()
        }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=4))
def test_however_rows_are_divided_the_answers_are_the_same(cuts):
    table = points()
    batch = batch_of(table)
    edges = [0, *sorted(cuts), 200]
    parts = [batch.slice(a, b - a) for a, b in pairwise(edges)]
    assert answered(parts) == answered([batch])


def test_points_are_exact_where_nothing_says_how_vague_they_are(table):
    bare = table[["incident_id", "longitude", "latitude"]]
    zero = bare.assign(location_radius_m=0.0, location_precision="place")
    assert answered([batch_of(bare)])["border_distance_m"] == located(zero)["border_distance_m"]


def test_other_columns_pass_through_and_ours_are_replaced(table):
    batch = batch_of(table.assign(border_km="old", note="kept", border_side=1))
    batch = batch.replace_schema_metadata({"by": "hand"})
    made = next(locate_batches([batch]))
    assert made.schema == located_schema(batch.schema)
    assert made.schema.metadata == {b"by": b"hand"}
    assert made.schema.names == [*table.columns, "note", *OURS]
    assert made.column("note").to_pylist() == ["kept"] * len(table)
    for name in table.columns:
        assert made.column(name).equals(batch.column(name)), name
    assert answered([batch]) == answered([batch_of(table)])


def test_an_empty_batch_gives_an_empty_one(table):
    empty = batch_of(table).slice(0, 0)
    made = list(locate_batches([empty, batch_of(table), empty]))
    assert [one.num_rows for one in made] == [0, len(table), 0]
    assert all(one.schema == located_schema(empty.schema) for one in made)
    assert list(locate_batches([])) == []


def test_an_empty_point_is_none():
    wkb = shapely.to_wkb([shapely.Point(), shapely.Point(71.1, 34.1)])
    (found,) = locate_batches([pa.record_batch({"geometry": pa.array(wkb, pa.binary())})])
    assert found.column("border_side").is_null().to_pylist() == [True, False]


def test_rows_without_a_point_have_no_answers(table):
    nulls = pa.table({"lon": pa.array([None, 69.5], pa.float32()), "lat": pa.array([34, None])})
    found = answered(nulls.to_batches())
    assert all(found[name] == [None, None] for name in OURS if name.startswith("border_"))
    wkb = pa.record_batch({"geometry": pa.array([None, None], pa.binary())})
    assert answered([wkb])["border_side"] == [None, None]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": [69.0], "y": [34.0]}, "says where the points are; name its columns longitude"),
        ({"longitude": [69.0]}, "says where the points are"),
        ({"geometry": [b"none"]}, "the geometry is no WKB"),
        ({"geometry": [ARC]}, "the geometry is no WKB"),
        (
            {"geometry": [shapely.to_wkb(shapely.box(69, 34, 70, 35))]},
            "other geometries than points",
        ),
    ],
)
def test_what_is_no_batch_of_points_is_one_line(columns, words):
    with pytest.raises(FrameError, match=words) as error:
        list(locate_batches([pa.record_batch(columns)]))
    assert "\n" not in str(error.value)


def test_bands_are_those_asked_for(table):
    found = answered([batch_of(table)], bands_km=(1, 700))
    assert len(set(found["band"]) - {None}) == 2
    assert found["band"] == as_lists(locate(framed(table), bands_km=(1, 700)))["band"]
    with pytest.raises(FilterError):
        list(locate_batches([batch_of(table)], bands_km=(5, 1)))


def test_duckdb_asks_what_was_located(table, expected):
    with duckdb.connect() as connection:
        # A cursor of its own: the next question to one connection ends the answer before it.
        other = connection.cursor()
        other.register("points", pa.Table.from_batches([batch_of(table)]))
        asked = other.sql("SELECT * FROM points WHERE incident_id <> 'I-3'")
        reader = pa.RecordBatchReader.from_stream(asked)
        made = pa.RecordBatchReader.from_batches(
            located_schema(reader.schema), locate_batches(reader)
        )
        connection.register("located", made)
        asked = "SELECT border_side, count(*) FROM located GROUP BY 1"
        found = dict(connection.sql(asked).fetchall())
    sides = [side for number, side in enumerate(expected["border_side"]) if number != 3]
    assert found == {side: sides.count(side) for side in set(sides)}


def test_a_file_to_a_file_holds_the_same_rows(table, expected, tmp_path):
    pq.write_table(pa.Table.from_batches([batch_of(table)]), tmp_path / "in.parquet")
    assert locate_parquet(tmp_path / "in.parquet", tmp_path / "out.parquet") == len(table)
    made = gpd.read_parquet(tmp_path / "out.parquet")
    assert made.crs == "EPSG:4326"
    assert made["border_km"].dropna().is_monotonic_increasing
    order = made["incident_id"].str.removeprefix("I-").astype(int).to_numpy()
    rows = made.iloc[np.argsort(order)]
    assert as_lists(pd.DataFrame(rows)) == expected
    points_ = framed(table).geometry
    assert rows.geometry.isna().tolist() == points_.isna().tolist()
    assert (shapely.to_wkb(rows.geometry.to_numpy()) == shapely.to_wkb(points_.to_numpy())).all()


def test_rows_at_one_kilometre_stay_in_order_and_those_without_a_point_come_last(tmp_path):
    # Far beyond the line's ends all are nearest to the end itself.
    lon, lat = np.repeat([60.0, 71.1], [51, 50]), np.full(101, 29.0)
    lon[[50, *range(0, 101, 7)]] = np.nan
    rows = pd.DataFrame({"incident_id": np.arange(101), "lon": lon, "lat": lat})
    pq.write_table(pa.Table.from_pandas(rows), tmp_path / "in.parquet")
    locate_parquet(tmp_path / "in.parquet", tmp_path / "out.parquet")
    made = pd.read_parquet(tmp_path / "out.parquet")
    expected = locate(
        gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    ).sort_values("border_km", kind="stable", na_position="last")
    assert made["incident_id"].tolist() == expected["incident_id"].tolist()


@pytest.mark.parametrize(
    "other",
    [
        {"longitude": [71.0], "latitude": [34.0]},
        {"longitude": [71.0], "latitude": [34.0], "note": [1]},
        {"lon": [71.0], "lat": [34.0], "note": ["x"]},
    ],
    ids=["a column is missing", "another type", "other names"],
)
def test_files_of_different_schemas_are_refused_and_nothing_is_written(other, tmp_path):
    folder, target = tmp_path / "in", tmp_path / "out.parquet"
    folder.mkdir()
    first = {"longitude": [71.0], "latitude": [34.0], "note": ["x"]}
    pq.write_table(pa.table(first), folder / "1.parquet")
    pq.write_table(pa.table(other), folder / "2.parquet")
    with pytest.raises(InputError, match=r"2\.parquet: has other columns.* than 1\.parquet"):
        locate_parquet(folder, target)
    assert not target.exists()


def test_geometry_is_made_of_longitude_and_latitude_where_both_are_given(tmp_path):
    """A column that is made anew is not even read."""
    table = pa.table({"longitude": [71.0], "latitude": [34.0], "geometry": [b"no WKB at all"]})
    pq.write_table(table, tmp_path / "in.parquet")
    locate_parquet(tmp_path / "in.parquet", tmp_path / "out.parquet")
    written = pq.read_table(tmp_path / "out.parquet")
    assert shapely.from_wkb(written["geometry"][0].as_py()) == shapely.Point(71, 34)


def test_texts_of_the_file_are_dictionaries_throughout(table, tmp_path):
    """Parquet gives up dictionaries that hold a text twice, as names of stretches come twice."""
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    locate_parquet(tmp_path / "in.parquet", tmp_path / "out.parquet")
    group = pq.read_metadata(tmp_path / "out.parquet").row_group(0)
    columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    for name in ("border_side", "border_stretch", "band", "adm1", "adm2", "crossing"):
        assert "RLE_DICTIONARY" in columns[name].encodings, name


def test_a_name_without_a_suffix_is_a_folder_of_files_of_so_many_groups(
    table, tmp_path, monkeypatch
):
    monkeypatch.setattr(parquet, "ROWS", 30)
    monkeypatch.setattr(parquet, "GROUPS", 3)
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    rows = locate_parquet(tmp_path / "in.parquet", tmp_path / "located")
    files = sorted((tmp_path / "located").iterdir())
    assert [one.name for one in files] == [f"part-0000{number}.parquet" for number in range(3)]
    groups = [pq.read_metadata(one) for one in files]
    assert [one.num_row_groups for one in groups] == [3, 3, 1]
    assert sum(one.num_rows for one in groups) == rows == len(table) == 200
    locate_parquet(tmp_path / "in.parquet", tmp_path / "alone.parquet")
    whole = pq.read_table(tmp_path / "alone.parquet")
    assert pa.concat_tables(map(pq.read_table, files)).equals(whole)
    assert gpd.read_parquet(tmp_path / "located").crs == "EPSG:4326"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "alone.parquet",
        "in.parquet",
        "located",
    ]


def test_as_many_groups_as_a_file_takes_begin_no_second(table, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 50)
    monkeypatch.setattr(parquet, "GROUPS", 4)
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    locate_parquet(tmp_path / "in.parquet", tmp_path / "located")
    assert [one.name for one in (tmp_path / "located").iterdir()] == ["part-00000.parquet"]


@pytest.mark.parametrize("target", ["out.parquet", "out"])
def test_no_rows_are_a_file_with_every_column(table, target, tmp_path):
    pq.write_table(pa.Table.from_pandas(table.iloc[:0]), tmp_path / "in.parquet")
    assert locate_parquet(tmp_path / "in.parquet", tmp_path / target) == 0
    made = gpd.read_parquet(tmp_path / target)
    assert len(made) == 0
    assert set(OURS) <= set(made.columns)


@pytest.mark.parametrize("what", ["a file", "a folder", "a link to nothing"])
def test_what_has_the_name_of_the_folder_stays(what, table, tmp_path):
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    target = tmp_path / "located"
    if what == "a file":
        target.write_text("mine")
    elif what == "a folder":
        (target / "mine").mkdir(parents=True)
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError, match=r"located: is there already; name a new folder"):
        locate_parquet(tmp_path / "in.parquet", target)
    assert {one.name for one in tmp_path.iterdir()} == {"in.parquet", "located"}
    assert what != "a file" or target.read_text() == "mine"


@pytest.mark.parametrize("target", ["out.parquet", "out"])
def test_a_file_that_breaks_off_leaves_nothing_behind(target, table, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.Table.from_pandas(table), folder / "1.parquet")
    whole = (folder / "1.parquet").read_bytes()
    # Its footer says what is in it, and nothing of that can be read.
    (folder / "2.parquet").write_bytes(b"PAR1" + bytes(3000) + whole[3004:])
    with pytest.raises(InputError, match=r"2\.parquet: cannot be read"):
        locate_parquet(folder, tmp_path / target)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("target", ["nowhere/out.parquet", "nowhere/out"])
def test_a_folder_around_that_is_not_there_is_said(target, table, tmp_path):
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    with pytest.raises(OutputError, match="the folder nowhere does not exist"):
        locate_parquet(tmp_path / "in.parquet", tmp_path / target)


@pytest.mark.parametrize("target", ["out.parquet", "out"])
def test_a_full_disk_leaves_nothing_behind(target, table, tmp_path, little_room):
    pq.write_table(pa.Table.from_pandas(table), tmp_path / "in.parquet")
    with little_room(10_000), pytest.raises(OutputError, match="cannot be written"):
        locate_parquet(tmp_path / "in.parquet", tmp_path / target)
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


@given(st.lists(st.tuples(*2 * [st.floats(allow_nan=False)]), max_size=30))
def test_points_are_written_as_geos_writes_them_and_read_again(pairs):
    x, y = np.array(pairs, dtype=float).reshape(-1, 2).T.copy()
    made = points_as_wkb(x, y)
    assert made.to_pylist() == shapely.to_wkb(shapely.points(x, y)).tolist()
    if pairs:
        lon, lat = plain_points(made)
        assert lon.tobytes() + lat.tobytes() == x.tobytes() + y.tobytes()
