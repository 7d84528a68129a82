"""Rejected rows come back: mended and read again, a row is what it would have been at once."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import ods, xls, xlsx

from bordermap import records
from bordermap.errors import InputError, RecipeError
from bordermap.export import write_rejected
from bordermap.records.recipe import find
from bordermap.validate import validate

# One row of each source, in its own columns and words.
UCDP = {
    **{"id": "4711", "relid": "AFG-2016-1-1", "year": "2016", "code_status": "Clear"},
    **{"type_of_violence": "3", "side_a": "Government of Pakistan", "side_b": "Civilians"},
    **{"where_prec": "4", "where_coordinates": "Kunar province", "where_description": "Kunar"},
    **{"adm_1": "Kunar province", "adm_2": "", "latitude": "34.85", "longitude": "71.1"},
    **{"country": "Afghanistan", "date_prec": "4", "date_start": "2016-06-01 00:00:00.000"},
    **{"date_end": "2016-06-30 00:00:00.000", "deaths_a": "0", "deaths_b": "1"},
    **{"best": "3", "high": "5", "low": "2", "source_office": "AFP", "source_headline": "-Shells"},
}
ACLED = {
    **{"event_id_cnty": "AFG1", "event_date": "16 May 2017", "year": "2017"},
    **{"time_precision": "2", "event_type": "Explosions/Remote violence"},
    **{"sub_event_type": "Air/drone strike", "actor1": "NATO", "actor2": "Taliban"},
    **{"country": "Afghanistan", "admin1": "Nangarhar", "admin2": "Achin", "location": "Achin"},
    **{"latitude": "34.04", "longitude": "70.7", "geo_precision": "2", "source": "Pajhwok"},
    **{"notes": "A strike", "fatalities": "2", "timestamp": "1552576380"},
}
GTD = {
    **{"eventid": "201605160012", "iyear": "2016", "imonth": "5", "iday": "0"},
    **{"country_txt": "Pakistan", "provstate": "Balochistan", "city": "Unknown"},
    **{"latitude": "30.2", "longitude": "67.01", "specificity": "4", "summary": "A blast"},
    **{"attacktype1_txt": "Bombing/Explosion", "gname": "Unknown", "nkill": "-99"},
}
AWSD = {
    **{"Incident ID": "99", "Year": "2016", "Month": "5", "Day": "", "Country": "Afghanistan"},
    **{"Region": "Kunar", "District": "Unknown", "City": "Asadabad", "Means of attack": "Shelling"},
    **{"Total killed": "1", "Latitude": "34.87", "Longitude": "71.15", "Verified": "Pending"},
    **{"Details": "Rounds fell near a clinic.\n"},
}
NEWSROOM = {
    **{"Ref": "7", "Incident date": "04/05/2016", "Village": "Torkham", "Province": "Nangarhar"},
    **{"Lat": "34,12", "Long": "71,09", "Killed": "6-8", "Desk": "Kabul", "reason": "unclear"},
}
NAMELESS = {"Wann": "5 June 2016", "Nord": "34.1234", "Ost": "71.0912", "Staat": "Afghanistan"}
OWN = {
    **{"incident_id": "A-1", "date_start": "2016-06-12", "event_type": "shelling"},
    **{"place": "Torkham", "latitude": "34.12", "longitude": "71.09", "summary": "=1+1"},
    **{"source_file": "old.csv", "source_row": "8", "located_by": "place"},
}
GDELT = dict.fromkeys(find("gdelt").layouts[2], "") | {
    **{"GLOBALEVENTID": "1", "SQLDATE": "20170503", "MonthYear": "201705", "Year": "2017"},
    **{"FractionDate": "2017.33", "EventCode": "195", "DATEADDED": "20170504"},
    **{"ActionGeo_Type": "5", "ActionGeo_FullName": "Nangarhar", "ActionGeo_CountryCode": "AF"},
    **{"ActionGeo_ADM1Code": "AF18", "ActionGeo_Lat": "34.25", "ActionGeo_Long": "70.5"},
    **{"SOURCEURL": "https://news.example/{}", "Actor1Name": '"QUOTED" one'},
}
# The source, the column of its latitude, that of its date and of its id.
SOURCES = {
    "ucdp": (UCDP, "latitude", "date_start", "id"),
    "acled": (ACLED, "latitude", "event_date", "event_id_cnty"),
    "gtd": (GTD, "latitude", "imonth", "eventid"),
    "awsd": (AWSD, "Latitude", "Month", "Incident ID"),
    "newsroom": (NEWSROOM, "Lat", "Incident date", "Ref"),
    "by_content": (NAMELESS, "Nord", "Wann", None),
    "own": (OWN, "latitude", "date_start", "incident_id"),
    "gdelt": (GDELT, "ActionGeo_Lat", "SQLDATE", "GLOBALEVENTID"),
}
OTHERS = 30


def rows_of(name):
    """The row, and others after it that show what one row alone would not."""
    row, *_, key = SOURCES[name]
    rows = [dict(row)]
    for number in range(OTHERS):
        other = dict(row)
        if key:
            other[key] = f"{int(row[key].strip('AFG-')) + 1 + number}"
        rows.append(other)
        if name == "newsroom":
            other["Incident date"] = "25/06/2016"
        if name == "by_content":
            other["Wann"] = f"{number % 28 + 1} July 2016"
        if name == "gdelt":
            other["SOURCEURL"] = f"https://news.example/{number}"
    return rows


def delimited(rows, **options):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n", **options)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def dump(rows):
    return "".join("\t".join(row.values()) + "\n" for row in rows).encode()


def sheet(make):
    return lambda rows: make(sheets={"S": [list(rows[0]), *(list(row.values()) for row in rows)]})


WRITERS = {
    "csv": delimited,
    "xlsx": sheet(xlsx),
    "xls": sheet(xls),
    "ods": lambda rows: ods({"S": [list(rows[0]), *(list(row.values()) for row in rows)]}),
    "json": lambda rows: json.dumps(rows).encode(),
    "jsonl": lambda rows: "".join(json.dumps(row) + "\n" for row in rows).encode(),
}


def read(*paths, **how):
    frame, report = validate(records.read_all(paths, **how))
    assert report.read == report.accepted_count + report.rejected_count
    assert len(report.rejected) == report.rejected_count
    return frame, report


def handed_back(report, path):
    """The lines of the file of rejected rows, as it is written."""
    written = write_rejected(path / "out", report)
    with written.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def brought_back(lines, path, name="mended.csv"):
    file = path / name
    file.write_bytes(delimited(lines))
    return file


def values(frame, at=0):
    """A row without where it was read, what is not known left out."""
    row = frame.iloc[at].drop(["source_file", "source_row"]).to_dict()
    return {key: value for key, value in row.items() if not pd.isna(value)}


def is_mended(frame, unbroken):
    assert values(frame) == values(unbroken)
    assert set(unbroken.columns) == set(frame.columns)


CASES = [(name, "csv") for name in SOURCES if name != "gdelt"] + [
    *(("gdelt", "dump"), ("ucdp", "xlsx"), ("newsroom", "xls"), ("by_content", "ods")),
    *(("acled", "json"), ("by_content", "jsonl"), ("gtd", "xlsx"), ("own", "json")),
]


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_mended_row_is_what_it_would_have_been(tmp_path, name, form):
    rows, write = rows_of(name), WRITERS.get(form, dump)
    _, latitude, day, _ = SOURCES[name]
    suffix = "CSV" if form == "dump" else form
    (tmp_path / f"unbroken.{suffix}").write_bytes(write(rows))
    unbroken, report = read(tmp_path / f"unbroken.{suffix}")
    assert report.rejected_count == 0
    broken = [{**rows[0], latitude: "95.1", day: "99999999"}, *rows[1:]]
    if name == "gdelt":
        broken[0][day] = rows[0][day]
    (tmp_path / f"broken.{suffix}").write_bytes(write(broken))
    frame, report = read(tmp_path / f"broken.{suffix}")
    assert len(frame) == len(unbroken) - 1
    (line,) = handed_back(report, tmp_path)
    assert line["source_row"] == "1"
    assert line["reason"] == "coordinates_out_of_range"
    assert (line[latitude], line[day]) == ("95.1", broken[0][day])
    assert list(line)[3:-1] == [f"{one}_2" if one in line_names else one for one in rows[0]]
    line[latitude], line[day] = rows[0][latitude], rows[0][day]
    again, report = read(brought_back([line], tmp_path))
    assert [file.recipe for file in report.files] == ["gdelt" if name == "gdelt" else RECIPE[name]]
    is_mended(again, unbroken)


line_names = {"source_file", "source_row", "reason"}
RECIPE = {
    **{"ucdp": "ucdp_ged", "acled": "acled", "gtd": "gtd", "awsd": "awsd", "own": "bordermap"},
    **{"newsroom": "newsroom", "by_content": "newsroom"},
}


def test_rows_of_several_sources_come_back_in_one_file(tmp_path):
    unbroken = []
    for name in ("ucdp", "newsroom", "by_content"):
        rows = rows_of(name)
        latitude = SOURCES[name][1]
        (tmp_path / f"{name}.csv").write_bytes(delimited(rows))
        unbroken.append(read(tmp_path / f"{name}.csv")[0])
        rows[0][latitude] = "95.1"
        (tmp_path / f"{name}.csv").write_bytes(delimited(rows))
    _, report = read(*(tmp_path / f"{name}.csv" for name in ("ucdp", "newsroom", "by_content")))
    lines = handed_back(report, tmp_path)
    for line, name in zip(lines, ("ucdp", "newsroom", "by_content"), strict=True):
        row, latitude, *_ = SOURCES[name]
        line[latitude] = row[latitude]
    mended = brought_back(lines, tmp_path)
    tables = records.read_all([mended])
    assert [table.file for table in tables] == [
        f"mended.csv ({name}.csv)" for name in ("ucdp", "newsroom", "by_content")
    ]
    for table, whole in zip(tables, unbroken, strict=True):
        is_mended(validate([table])[0], whole)
    with pytest.raises(InputError, match="several files"):
        records.read(mended)


def test_rows_rejected_twice_still_come_back(tmp_path):
    rows = rows_of("acled")
    (tmp_path / "a.csv").write_bytes(delimited(rows))
    unbroken, _ = read(tmp_path / "a.csv")
    rows[0]["latitude"] = "95.1"
    (tmp_path / "a.csv").write_bytes(delimited(rows))
    (line,) = handed_back(read(tmp_path / "a.csv")[1], tmp_path)
    _, report = read(brought_back([line], tmp_path, "once.csv"))
    (again,) = handed_back(report, tmp_path)
    assert again["source_file"] == "once.csv"
    assert {**again, "source_file": "a.csv"} == line
    again["latitude"] = "34.04"
    is_mended(read(brought_back([again], tmp_path, "twice.csv"))[0], unbroken)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp", ".fgb", ".parquet"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32642", "EPSG:4240"])
def test_a_mended_feature_is_what_it_would_have_been(tmp_path, suffix, crs):
    if suffix == ".geojson" and crs != "EPSG:4326":
        crs = "EPSG:32642"
    frame = gpd.GeoDataFrame(
        {"date": ["2016-06-12"] * 4, "place": list("abcd"), "crew": [3, 0, 7, 1]},
        geometry=gpd.points_from_xy([71.09, 66.45, 66.4, 69.98], [34.1, 30.9, 31, 33.1], crs=4326),
    ).to_crs(crs)
    frame.to_parquet(tmp_path / f"u{suffix}") if suffix == ".parquet" else frame.to_file(
        tmp_path / f"u{suffix}", engine="pyogrio", **fgb(suffix)
    )
    unbroken, _ = read(tmp_path / f"u{suffix}")
    point = frame.geometry.iloc[0]
    if suffix == ".shp":
        return
    shapes = [point.buffer(0.001), *frame.geometry.iloc[1:]]
    frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=crs))
    frame.to_parquet(tmp_path / f"b{suffix}") if suffix == ".parquet" else frame.to_file(
        tmp_path / f"b{suffix}", engine="pyogrio", **fgb(suffix)
    )
    (line,) = handed_back(read(tmp_path / f"b{suffix}")[1], tmp_path)
    assert line["reason"] == "geometry_type"
    assert "olygon" in line["geometry"].lower()
    unmended, report = read(brought_back([line], tmp_path))
    assert (len(unmended), report.rejected_count) == (0, 1)
    line["geometry"] = point.wkt
    is_mended(read(brought_back([line], tmp_path))[0], unbroken)


def fgb(suffix):
    return {"layer_options": {"SPATIAL_INDEX": "NO"}} if suffix == ".fgb" else {}


def test_a_recipe_of_ones_own_must_be_given_again(tmp_path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text('[columns]\ndate_start = ["T"]\nlatitude = ["N"]\nlongitude = ["E"]\n')
    (tmp_path / "a.csv").write_text("T,N,E\n2016-06-12,95,71\n")
    _, report = read(tmp_path / "a.csv", recipe=str(recipe))
    (line,) = handed_back(report, tmp_path)
    line["N"] = "34"
    mended = brought_back([line], tmp_path)
    with pytest.raises(RecipeError, match=r"mine\.toml; give it again with --recipe"):
        read(mended)
    frame, _ = read(mended, recipe=str(recipe))
    assert frame["latitude"].tolist() == [34.0]


BROKEN = {
    "wrong_cells": ("a.csv", b"Date,Place,Killed\n2016-06-12,Torkham\n"),
    "open_quote": ("a.csv", b'Date,Place,Killed\n2016-06-12,"Torkham,3\n'),
    "no_object": ("a.json", b'[{"Date": "2016-06-13", "Place": "Wana", "Killed": 1}, 7]'),
    "short_column": ("a.json", b'{"Date": ["2016-06-13", "x"], "Place": ["Wana"]}'),
    "no_feature": (
        "a.geojson",
        b'{"type": "FeatureCollection", "features": [7, {"type": "Feature", "properties":'
        b' {"Date": "2016-06-13", "Place": "Wana"}, "geometry": null}]}',
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_could_not_be_cut_into_cells_is_mended_as_text_or_as_cells(tmp_path, case):
    name, content = BROKEN[case]
    (tmp_path / name).write_bytes(content)
    (line,) = handed_back(read(tmp_path / name)[1], tmp_path)
    assert line["raw_record"]
    as_cells = {**line, "raw_record": "", "Date": "2016-06-12", "Place": "Torkham"}
    frame, _ = read(brought_back([as_cells], tmp_path))
    assert frame["place"].tolist() == ["Torkham"]
    if "Killed" in line:
        as_text = {**line, "raw_record": "2016-06-12,Torkham,3"}
        frame, _ = read(brought_back([as_text], tmp_path))
        assert (frame["place"].tolist(), frame["fatalities_best"].tolist()) == (["Torkham"], [3])
    if case == "no_feature":
        point = {"type": "Point", "coordinates": [71.1, 34.1]}
        told = {"type": "Feature", "properties": {"Place": "Torkham"}, "geometry": point}
        frame, _ = read(brought_back([{**line, "raw_record": json.dumps(told)}], tmp_path))
        assert (frame["place"].tolist(), frame["longitude"].tolist()) == (["Torkham"], [71.1])


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_record_of_several_lines_is_cut_into_the_same_cells_again(tmp_path, end):
    text = f'Date,Place,Notes\r\n2016-06-13,Wana,"one{end}two",3\r\n'
    (tmp_path / "a.csv").write_bytes(text.encode())
    path = write_rejected(tmp_path / "out", read(tmp_path / "a.csv")[1])
    content = path.read_bytes()
    assert content.count(b",3") == 1
    path.write_bytes(content.replace(b",3", b""))
    frame, _ = read(path)
    assert frame["summary"].tolist() == [f"one{end}two"]


def test_footnotes_and_cells_that_do_not_fit_are_rejected_again(tmp_path):
    rows = [["Date", "Province", "Place"], ["2016-06-12", "Khost", "Zazi"], ["", "", ""]]
    (tmp_path / "a.xlsx").write_bytes(xlsx(sheets={"S": [*rows, ["Source: the desk", "", ""]]}))
    (line,) = handed_back(read(tmp_path / "a.xlsx")[1], tmp_path)
    assert line["reason"] == "footnote_row"
    frame, report = read(brought_back([line], tmp_path))
    assert (len(frame), report.files[0].reasons) == (0, {"footnote_row": 1})
    (again,) = handed_back(report, tmp_path)
    assert again["raw_record"] == line["raw_record"]


def test_spreadsheets_may_save_the_file_in_their_own_format(tmp_path):
    rows = rows_of("ucdp")
    (tmp_path / "a.csv").write_bytes(delimited(rows))
    unbroken, _ = read(tmp_path / "a.csv")
    rows[0]["latitude"] = "95.1"
    (tmp_path / "a.csv").write_bytes(delimited(rows))
    (line,) = handed_back(read(tmp_path / "a.csv")[1], tmp_path)
    line["latitude"] = "34.85"
    (tmp_path / "mended.xlsx").write_bytes(sheet(xlsx)([line]))
    is_mended(read(tmp_path / "mended.xlsx")[0], unbroken)


HOSTILE = [
    *('{"recipe": "../../etc/passwd.toml"}', '{"recipe": 7, "known": {"a": "b"}}', "[1]", "{"),
    *('{"recipe": "ucdp_ged", "columns": ["gone"], "typed": 3}', '{"crs": "EPSG:0"}'),
    *('{"known": {"Date": "date_end", "Place": "geometry"}}', "[" * 5000, '{"crs": "file:///a"}'),
]


@pytest.mark.parametrize("said", HOSTILE)
def test_what_the_file_says_of_itself_is_not_trusted(tmp_path, said):
    line = {"source_file": "a", "source_row": "1", "reason": "", "Date": "2016-06-12"}
    line |= {"Place": "Torkham", "geometry": "POINT (1e999 4)", "read_as": said}
    mended = brought_back([line], tmp_path)
    with suppress(InputError, RecipeError):
        _, report = read(mended)
        assert report.read == 1


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CELLS.filter(lambda text: text == text.strip()), min_size=2, max_size=2))
def test_the_raw_cells_come_back_as_they_were(tmp_path, cells):
    row = {"Date": "2016-06-12", "Lat": "95", "Lon": "71", "=own": cells[0], "reason": cells[1]}
    (tmp_path / "a.csv").write_bytes(delimited([row], quoting=csv.QUOTE_ALL))
    _, first = read(tmp_path / "a.csv")
    _, second = read(write_rejected(tmp_path / "out", first))
    dropped = ["source_file"]
    assert first.rejected.drop(columns=dropped).equals(second.rejected.drop(columns=dropped))


def test_geometry_of_its_own_name_is_kept_apart(tmp_path):
    feature = {
        "type": "Feature",
        "properties": {"date": "2016-06-12", "geometry": "a note"},
        "geometry": {"type": "LineString", "coordinates": [[71, 34], [72, 35]]},
    }
    good = {**feature, "geometry": {"type": "Point", "coordinates": [71, 34]}}
    content = {"type": "FeatureCollection", "features": [feature, good]}
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    (line,) = handed_back(read(tmp_path / "a.geojson")[1], tmp_path)
    assert line["geometry_2"] == "a note"
    assert json.loads(line["geometry"]) == feature["geometry"]
    line["geometry"] = shapely.Point(71, 34).wkt
    frame, _ = read(brought_back([line], tmp_path))
    assert frame["geometry_input"].tolist() == ["a note"]
    assert frame.geometry.x.tolist() == [71]


def test_on_the_command_line_rejected_rows_come_back_beside_their_file(run, tmp_path):
    rows = rows_of("ucdp")
    rows[0]["latitude"] = "95.1"
    (tmp_path / "ged.csv").write_bytes(delimited(rows))
    (tmp_path / "desk.csv").write_text("Date,Place,Lat,Lon\n25/06/2016,Torkham,95,71\n")
    result = run("locate", "ged.csv", "desk.csv", "-o", "out.csv")
    assert "2 rejected rows are in out.csv.rejected.csv" in result.stderr
    text = (tmp_path / "out.csv.rejected.csv").read_text("utf-8")
    (tmp_path / "mended.csv").write_text(text.replace("95.1", "34.85").replace("95,", "34.1,"))
    run("locate", "ged.csv", "desk.csv", "mended.csv", "-o", "whole.csv")
    whole = pd.read_csv(tmp_path / "whole.csv").set_index("incident_id")
    assert len(whole) == OTHERS + 2
    mended = whole.loc["4711"]
    assert mended["source_file"] == "mended.csv (ged.csv)"
    other = whole.loc["4712"]
    same = [name for name in whole.columns if name not in ("source_file", "source_row")]
    assert {name: mended[name] for name in same if pd.notna(mended[name])} == {
        name: other[name] for name in same if pd.notna(other[name])
    }
    assert whole.loc[whole["place"] == "Torkham", "date_start"].tolist() == ["2016-06-25"]
    run("locate", "out.csv.rejected.csv", "-o", "out.csv", status=1)
