"""The door for incidents: what kind of file it is, its recipe, its rows; nothing judged."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import records
from bordermap.errors import InputError, RecipeError
from bordermap.files import sha256_of
from bordermap.records.recipe import Names, choose, find, ledger_names, unique_name
from bordermap.schema import DATE_PRECISIONS, EVENT_TYPES, columns_of
from bordermap.values.text import fold, guard_formula

REPORTED = {column.name for column in columns_of("reported")}


def written(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_the_sample_incidents(sample_path):
    table = records.read(sample_path)
    assert (table.recipe, table.encoding, table.file) == (
        "bordermap",
        "utf-8",
        "border_incidents.csv",
    )
    assert table.sha256 == sha256_of(sample_path)
    assert table.faults == ()
    assert len(table.broken) == 0
    assert table.frame["source_row"].tolist() == list(range(1, 91))
    assert set(table.frame.columns) - REPORTED == {"verified"}
    # An independent reader of the same format.
    expected = pd.read_csv(sample_path, dtype=str, keep_default_na=False)
    for name in expected.columns:
        assert table.frame[name].tolist() == expected[name].tolist()


def test_paths_may_be_text(sample_path):
    assert len(records.read(str(sample_path)).frame) == 90


def test_ucdp_rows_are_read_whole(shared):
    path = shared / "samples" / "ucdp_ged_v231_sample_afpk" / "ucdp_ged_v23_1_sample_afg_pak.csv"
    table = records.read(path)
    assert table.frame.shape == (169, 51)  # with the words for type_of_violence
    expected = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert table.frame["place"].tolist() == expected["where_coordinates"].tolist()
    assert table.frame["location_precision_reported"].tolist() == expected["where_prec"].tolist()


def test_ucdp_points_are_read_whole(shared):
    table = records.read(shared / "samples" / "ucdp_ged_afg_shp_derived" / "clean_conflicts.json")
    assert len(table.frame) == 310
    assert all(isinstance(point, shapely.Point) for point in table.frame["geometry"])
    assert isinstance(table.frame["deaths_a"].iloc[0], int)
    assert isinstance(table.frame["incident_id"].iloc[0], str)


# Delimiters and records


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path, delimiter, end):
    rows = [["Date", "Place", "Notes"], ["2016-06-12", "Torkham", '"a, b; c|d\te"']]
    text = end.join(delimiter.join(row) for row in rows) + end
    frame = records.read(written(tmp_path, text)).frame
    assert frame.loc[0, ["date_start", "place", "summary"]].tolist() == [
        "2016-06-12",
        "Torkham",
        "a, b; c|d\te",
    ]


def test_one_column(tmp_path):
    frame = records.read(written(tmp_path, "Place\nTorkham\nChaman\n")).frame
    assert frame["place"].tolist() == ["Torkham", "Chaman"]


def test_the_last_line_may_lack_its_end(tmp_path):
    frame = records.read(written(tmp_path, 'Place,Notes\nTorkham,"a\nb"')).frame
    assert frame["summary"].tolist() == ["a\nb"]


def test_numbers_count_records_not_lines(tmp_path):
    text = 'Place,Notes\n\nTorkham,"a\nb\nc"\n\nChaman\nWana,d\n'
    table = records.read(written(tmp_path, text))
    assert table.frame["source_row"].tolist() == [1, 3]
    (fault,) = [fault for fault in table.faults if fault.rejected]
    assert (fault.row, fault.message) == (2, "line 7 has 1 cells where the header has 2")


def test_the_header_may_be_dirty(tmp_path):
    text = "\ufeff Incident\u00a0Date ,\x07Place,,Place\n2016,Torkham,x,y\n"
    frame = records.read(written(tmp_path, text)).frame
    assert list(frame.columns) == ["date_start", "place", "column_3", "Place_2", "source_row"]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ue000")
                | st.sampled_from(",;\"\n\r\t|'="),
                max_size=8,
            ),
            min_size=3,
            max_size=3,
        ),
        max_size=6,
    )
)
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "written.csv"
    frame = pd.DataFrame(rows, columns=["Date", "Place", "Notes"], dtype=object)
    frame.to_csv(path, index=False, quoting=1, lineterminator="\n")
    table = records.read(path)
    # A row of nothing but blanks is a blank line to everybody but the csv module, and a first
    # row of nothing but tags is the HXL row.
    kept = [row for row in rows if any(cell and not cell.isspace() for cell in row)]
    tagged = any(fault.reason == "hxl_tag_row" for fault in table.faults)
    read = table.frame[["date_start", "place", "summary"]].to_numpy().tolist()
    assert read == kept[1:] if tagged else read == kept


# What kind of file it is


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"type":"FeatureCollection","features":[]}', "a.csv"),
        ('\ufeff\n {"type":"FeatureCollection","features":[]}', "a.geojson"),
        ('{"type":"Feature","properties":{"place":"x"},"geometry":null}', "a.json"),
        ('{"type":"Point","coordinates":[71,34]}', "noname"),
    ],
)
def test_geojson_is_known_by_its_content(tmp_path, text, name):
    table = records.read(written(tmp_path, text, name))
    assert "geometry" in table.frame.columns


@pytest.mark.parametrize("text", ["[id],[Place]\n1,Torkham\n", "{id},Place\n1,Torkham\n"])
def test_a_bracket_does_not_make_json(tmp_path, text):
    assert records.read(written(tmp_path, text)).frame["place"].tolist() == ["Torkham"]


def test_a_wrong_suffix_is_noticed(tmp_path):
    table = records.read(written(tmp_path, "Place\nTorkham\n", "a.xlsx"))
    assert [fault.reason for fault in table.faults] == ["suffix_differs"]
    assert table.faults[0].row == 0


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, but no workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"BZh91AY", "a bzip2 archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"<?xml version='1.0'?><gpx/>", "an XML or HTML document"),
        (b"\xef\xbb\xbf<!doctype html>", "an XML or HTML document"),
    ],
)
def test_other_formats_are_named(tmp_path, start, what):
    path = tmp_path / "a.csv"
    path.write_bytes(start + b" " * 100)
    with pytest.raises(InputError) as caught:
        records.read(path)
    assert what in str(caught.value)
    assert caught.value.todo


# Recipes


def test_the_recipes_know_every_column():
    named = ("bordermap", "ucdp_ged", "acled", "gtd", "gdelt", "awsd", "newsroom")
    assert records.recipe_names() == named
    names = REPORTED - {"source_file", "source_row", "record_note"}
    for recipe in map(find, records.recipe_names()):
        whole = recipe.name in {"bordermap", "newsroom"}
        assert set(recipe.columns) == names if whole else set(recipe.columns) < names
        if whole:
            assert all(column in synonyms for column, synonyms in recipe.columns.items())
        assert set(recipe.words["event_type"].values()) == set(EVENT_TYPES)
        assert set(recipe.words["date_precision"].values()) == set(DATE_PRECISIONS)


def test_no_name_means_two_columns():
    for recipe in map(find, records.recipe_names()):
        folded = [fold(name) for synonyms in recipe.columns.values() for name in synonyms]
        assert sorted(folded) == sorted(set(folded))


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        (
            ["Incident date", "Village", "District", "Province", "Deaths", "Link"],
            ["date_start", "place", "district", "province", "fatalities_best", "source_url"],
        ),
        (
            ["Day", "Where", "Y", "X", "Type"],
            ["date_start", "place", "latitude", "longitude", "event_type"],
        ),
        (["Lat", "Long"], ["latitude", "longitude"]),
        (["Long", "Lat"], ["longitude", "latitude"]),
        (["LAT_DD", "LON_DD"], ["latitude", "longitude"]),
        (["Coordinates"], ["latitude"]),
        (["Notes", "Summary"], ["Notes", "summary"]),
        (["Location", "Village"], ["place", "Village"]),
        (["latitude", "lat"], ["latitude", "lat"]),
        (["date_start", "Date", "date_end"], ["date_start", "Date", "date_end"]),
        (["place_id", "weather"], ["place_id", "weather"]),
    ],
)
def test_newsroom_columns(headers, known):
    recipe = choose(headers, None)
    assert recipe.name == "newsroom"
    assert ledger_names(headers, recipe) == known


def test_columns_that_only_look_like_ours_are_renamed():
    recipe = find("newsroom")
    headers = ["place_input", "date_start", "source_row", "geometry", "record_note", "source_file"]
    assert ledger_names(headers, recipe) == [
        "place_input",
        "date_start",
        "source_row_input",
        "geometry_input",
        "record_note_input",
        "source_file_input",
    ]
    assert ledger_names(["source_row", "source_row_input"], recipe) == [
        "source_row_input_2",
        "source_row_input",
    ]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*sorted(REPORTED), "geometry", "Date", "Lat"]), unique=True))
def test_column_names_stay_unique(headers):
    headers = [*headers, *(f"{header}_input" for header in headers)]
    for recipe in map(find, records.recipe_names()):
        names = ledger_names(headers, recipe)
        assert len(set(names)) == len(headers)


def test_unique_name():
    assert unique_name("a", ["b"]) == "a"
    assert unique_name("a", ["a", "a_2"]) == "a_3"
    names = Names(["a", "a_2"])
    assert [names.unique("a") for _ in range(3)] == ["a_3", "a_4", "a_5"]
    assert names.unique("a_4") == "a_4_2"


def test_a_header_of_one_name_two_thousand_times(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("date" + ",a" * 1_999 + "\n2016-06-12" + ",1" * 1_999)
    assert records.read(path).frame.columns[1_999] == "a_1999"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "keys",
    [['"a":1'] * 100_000, [f'"a{" " * number}":1' for number in range(10_000)]],
    ids=["the same", "the same but for blanks"],
)
def test_one_key_many_times(tmp_path, keys):
    """It took hours while each time a free name was looked for from the start."""
    path = tmp_path / "a.json"
    path.write_text(f"[{{{','.join(keys)}}}]")
    with pytest.raises(InputError, match="different names, more than 2,000"):
        records.read(path)


OWN_RECIPE = """
name = "tracker"
[columns]
date_start = "When it was"
place = ["Spot", "Where"]
[words.event_type]
drone_strike = ["UAV hit"]
"""


def test_a_recipe_of_one_s_own(tmp_path):
    recipe = written(tmp_path, OWN_RECIPE, "tracker.toml")
    path = written(tmp_path, "when it was,spot,type,place\n2016,Torkham,UAV hit,x\n")
    table = records.read(path, recipe=str(recipe))
    assert table.recipe == "tracker"
    names = ["date_start", "place", "type", "place_input", "source_row"]
    assert list(table.frame.columns) == names
    assert table.words["event_type"]["uav hit"] == "drone_strike"
    assert table.words["event_type"]["air raid"] == "airstrike"


def test_a_recipe_by_name(sample_path):
    table = records.read(sample_path, recipe="newsroom")
    assert table.recipe == "newsroom"
    assert table.frame["incident_id"].iloc[0] == "DL-2003-03-07-RIBAT"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table 'columns' is missing"),
        ("[columns]\nplaces = ['x']\n", "'places' is no column of the ledger"),
        ("[columns]\nplace = 3\n", "columns.place must be a list of names"),
        ("[columns]\nplace = ['x']\n[words.place]\na = 'b'\n", "'words' may hold tables for"),
        ("words = 3\n[columns]\nplace = ['x']\n", "'words' may hold tables for"),
        ("[columns]\nplace='x'\n[words.event_type]\nwar = 'b'\n", "words.event_type.war"),
        ("requires = ['date_start']\n[columns]\nplace = ['x']\n", "'requires' must list"),
        ("colums = 1\n[columns]\nplace = ['x']\n", "'colums' is not understood"),
        ("[columns\n", "is not TOML"),
        ("a = " + "[" * 10_000, "is not TOML"),
    ],
)
def test_broken_recipes(tmp_path, sample_path, text, message):
    recipe = written(tmp_path, text, "broken.toml")
    with pytest.raises(RecipeError) as caught:
        records.read(sample_path, recipe=str(recipe))
    assert message in str(caught.value)
    assert str(caught.value).startswith("broken.toml: ")
    assert caught.value.todo


def test_unknown_recipes(sample_path, tmp_path):
    with pytest.raises(RecipeError, match="there is no recipe 'acld'; use one of bordermap"):
        records.read(sample_path, recipe="acld")
    with pytest.raises(RecipeError, match="cannot be read"):
        records.read(sample_path, recipe=str(tmp_path / "none.toml"))


def test_a_recipe_that_does_not_fit(tmp_path):
    recipe = written(tmp_path, OWN_RECIPE, "tracker.toml")
    with pytest.raises(RecipeError, match=r"no column of \(Date, Place\) is known"):
        records.read(written(tmp_path, "Date,Place\n2016,Torkham\n"), recipe=str(recipe))


# The program's own tables


def test_the_formula_guard_is_undone_in_the_program_s_own_tables(tmp_path, sample_path):
    frame = pd.read_csv(sample_path, dtype=str, keep_default_na=False)
    frame.loc[0, "summary"] = "=1+1"
    frame.loc[1, "summary"] = "'=quoted by the reporter"
    frame["@handle"] = "-x"
    guarded = frame.map(guard_formula)
    guarded.columns = [guard_formula(name) for name in frame.columns]
    path = tmp_path / "own.csv"
    guarded.to_csv(path, index=False)
    table = records.read(path)
    assert table.frame["summary"].tolist() == frame["summary"].tolist()
    assert table.frame["@handle"].tolist() == ["-x"] * 90


def test_the_formula_guard_is_undone_in_the_file_of_rejected_rows(tmp_path):
    text = "source_file,source_row,reason,date_start,latitude\na.csv,3,out,2016,'-95\n"
    table = records.read(written(tmp_path, text))
    assert table.frame["latitude"].tolist() == ["-95"]


def test_an_apostrophe_in_a_foreign_file_is_text(tmp_path):
    table = records.read(written(tmp_path, "Date,Place\n2016,'-Torkham\n"))
    assert table.frame["place"].tolist() == ["'-Torkham"]


# GeoJSON


def collection(tmp_path, *features, **members):
    content = {"type": "FeatureCollection", **members, "features": list(features)}
    return written(tmp_path, json.dumps(content), "a.geojson")


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


POINT = {"type": "Point", "coordinates": [71.09, 34.12]}


def test_features_become_rows(tmp_path):
    path = collection(tmp_path, feature(POINT, place="Torkham", n=1), feature(None, extra=[1]))
    frame = records.read(path).frame
    assert list(frame.columns) == [
        "place",
        "n",
        "extra",
        "source_row",
        "geometry",
        "geometry_fault",
    ]
    assert frame["geometry"].tolist() == [shapely.Point(71.09, 34.12), None]
    assert frame["n"].tolist()[0] == 1
    assert frame["extra"].tolist() == [None, "[1]"]


def test_the_id_of_a_feature_is_its_id(tmp_path):
    frame = records.read(collection(tmp_path, {**feature(POINT), "id": 7})).frame
    assert frame["incident_id"].tolist() == [7]
    frame = records.read(collection(tmp_path, {**feature(POINT, ID="a"), "id": 7})).frame
    assert frame["incident_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("name", "x", "y", "lon", "lat"),
    [
        ("EPSG:4326", 71.09, 34.12, 71.09, 34.12),
        ("urn:ogc:def:crs:EPSG::4326", 71.09, 34.12, 71.09, 34.12),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 71.09, 34.12, 71.09, 34.12),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 71.09, 34.12, 71.09, 34.12),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", 71.09, 34.12, 71.09, 34.12),
        # Web Mercator of the spherical formula: x = R * lon, y = R * ln(tan(45 deg + lat / 2)).
        ("EPSG:3857", 7_792_364.355529, 4_028_802.026135, 70.0, 34.0),
        ("urn:ogc:def:crs:EPSG::32642", 500_000.0, 3_762_155.978, 69.0, 34.0),
    ],
)
def test_declared_coordinate_systems(tmp_path, name, x, y, lon, lat):
    point = {"type": "Point", "coordinates": [x, y]}
    crs = {"type": "name", "properties": {"name": name}}
    (read,) = records.read(collection(tmp_path, feature(point), crs=crs)).frame["geometry"]
    assert (read.x, read.y) == pytest.approx((lon, lat), abs=1e-7)


@pytest.mark.parametrize("crs", [{}, 7, {"properties": {"name": ""}}, {"type": "link"}])
def test_a_nameless_system_over_metres_is_an_error(tmp_path, crs):
    point = {"type": "Point", "coordinates": [500_000, 3_762_155]}
    with pytest.raises(InputError, match="'without a name' is not understood"):
        records.read(collection(tmp_path, feature(point), crs=crs))
