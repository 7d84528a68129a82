"""The sources that people bring, by made-up rows in their layouts, through the whole reading."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import records
from bordermap.errors import InputError, RecipeError
from bordermap.geocode import geocode
from bordermap.geocode.precision import SCHEMES
from bordermap.layers import load_layer
from bordermap.pipeline import read_incidents
from bordermap.records.completed import _date
from bordermap.records.recipe import choose, find, layout_of
from bordermap.schema import RawTable
from bordermap.validate import validate
from bordermap.values.dates import parse_date
from bordermap.values.text import fold, label

GDELT_1, GDELT_2 = find("gdelt").layouts[1:]
ARTICLE = "https://news.example/a"


def read(tmp_path, text, name="a.csv", recipe=None):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    table = records.read(path, recipe=recipe)
    frame, report = validate([table])
    assert report.read == report.accepted_count + report.rejected_count
    return table, frame, report


def reasons(report, row=None):
    return [fault.reason for fault in report.faults if row is None or fault.row == row]


def row_of(layout, **cells):
    """A line of a headerless file, empty but for some cells."""
    assert set(cells) <= set(layout)
    return "\t".join(str(cells.get(column, "")) for column in layout)


def gdelt(layout, number=1, **cells):
    own = {
        **{"GLOBALEVENTID": number, "SQLDATE": "20170503", "MonthYear": "201705", "Year": "2017"},
        **{"FractionDate": "2017.3342", "EventCode": "042", "DATEADDED": "20170504"},
        **({"SOURCEURL": ARTICLE} if "SOURCEURL" in layout else {}),
    }
    return row_of(layout, **(own | cells)) + "\n"


NANGARHAR = {
    "ActionGeo_Type": "5",
    "ActionGeo_FullName": "Nangarhar, Nangarhar, Afghanistan",
    "ActionGeo_CountryCode": "AF",
    "ActionGeo_ADM1Code": "AF18",
    "ActionGeo_Lat": "34.25",
    "ActionGeo_Long": "70.5",
}
AFGHANISTAN = {
    "ActionGeo_Type": "1",
    "ActionGeo_FullName": "Afghanistan",
    "ActionGeo_CountryCode": "AF",
    "ActionGeo_ADM1Code": "AF",
    "ActionGeo_Lat": "33",
    "ActionGeo_Long": "66",
}


# GDELT


@pytest.mark.parametrize("layout", find("gdelt").layouts, ids=len)
def test_gdelt_without_a_header(tmp_path, layout):
    assert len(layout) in (57, 58, 61)
    text = gdelt(layout, 1, **NANGARHAR, EventCode="195") + gdelt(layout, 2, **AFGHANISTAN)
    table, frame, report = read(tmp_path, text, "20170504.export.CSV")
    assert (table.recipe, len(frame)) == ("gdelt", 2)
    assert {"no_header_line", "about_the_source"} <= set(reasons(report, 0))
    assert frame["incident_id"].tolist() == ["1", "2"]
    assert frame["date_start"].dt.date.tolist() == [date(2017, 5, 3)] * 2
    assert frame["event_type"].tolist() == ["airstrike", "other"]
    assert frame["event_type_reported"].tolist() == ["195", "042"]
    assert frame["province"].tolist() == ["Nangarhar", pd.NA]
    assert frame["country"].tolist() == ["Afghanistan", "Afghanistan"]
    assert frame["ActionGeo_ADM1Code"].tolist() == ["AF18", "AF"]


def fips_provinces():
    path = Path(__file__).parent / "data" / "fips_provinces.csv"
    return pd.read_csv(path, comment="#").set_index("code")["geonames_id"]


def test_every_fips_code_of_gdelt_is_the_province_that_geonames_has_under_it():
    provinces = load_layer("provinces").frame
    names = dict(zip(provinces["geonames_id"].astype(int), provinces["name"], strict=True))
    expected = {code: names[number] for code, number in fips_provinces().items()}
    assert len(expected) == len(names) == 41
    source, words = find("gdelt").codes["province"]
    assert source == "ActionGeo_ADM1Code"
    assert words == {fold(code): name for code, name in expected.items()} | {"pk01": "FATA"}


def test_gdelt_rows_of_every_province_are_placed_in_it(tmp_path):
    codes = [*fips_provinces().index, "PK01"]
    rows = [
        {**NANGARHAR, "ActionGeo_ADM1Code": code, "ActionGeo_CountryCode": code[:2]}
        for code in codes
    ]
    text = "".join(gdelt(GDELT_2, number, **row) for number, row in enumerate(rows))
    placed = geocode(read(tmp_path, text)[1])
    provinces = load_layer("provinces").frame.set_index("geonames_id")["code"]
    assert placed["location_precision"].tolist() == ["province"] * len(codes)
    assert placed["place_id"].tolist()[:-1] == [provinces[one] for one in fips_provinces()]
    assert placed["place_match"].iloc[-1] == "FATA"


def test_gdelt_rows_of_a_country_or_a_province_are_areas(tmp_path):
    text = gdelt(GDELT_2, 1, **NANGARHAR) + gdelt(GDELT_2, 2, **AFGHANISTAN)
    placed = geocode(read(tmp_path, text)[1])
    assert placed["location_precision"].tolist() == ["province", "country"]
    assert placed["place_id"].tolist() == ["AF-NAN", "AF"]
    assert (placed["location_radius_m"] > 50_000).all()


def test_gdelt_rows_of_another_country_are_no_points_either(tmp_path):
    iran = AFGHANISTAN | {"ActionGeo_CountryCode": "IR", "ActionGeo_ADM1Code": "IR"}
    elsewhere = AFGHANISTAN | {"ActionGeo_CountryCode": "IZ", "ActionGeo_ADM1Code": "IZ"}
    iran |= {"ActionGeo_FullName": "Iran", "ActionGeo_Lat": "32", "ActionGeo_Long": "53"}
    elsewhere |= {"ActionGeo_FullName": "Iraq", "ActionGeo_Lat": "33", "ActionGeo_Long": "44"}
    _, frame, _ = read(tmp_path, gdelt(GDELT_2, 1, **iran) + gdelt(GDELT_2, 2, **elsewhere))
    assert frame["country"].tolist() == ["Iran", pd.NA]
    placed = geocode(frame)
    assert placed["located_by"].tolist() == ["none", "none"]
    assert placed.geometry.isna().all()
    assert placed["location_note"].str.contains("GDELT precision 1 means a country").all()


def test_gdelt_rows_of_one_article_say_so(tmp_path):
    text = "".join(gdelt(GDELT_1, number, **AFGHANISTAN) for number in (1, 2, 3))
    text += gdelt(GDELT_1, 4, **AFGHANISTAN, SOURCEURL="https://news.example/b")
    _, frame, report = read(tmp_path, text)
    assert "one of 3 rows from the same report" in frame["record_note"].iloc[0]
    assert frame["record_note"].isna().tolist() == [False, False, False, True]
    (note,) = [f for f in report.faults if f.reason == "same_report" and f.row == 0]
    assert note.message == "3 rows share their report with others (1 different)"


def test_gdelt_keeps_quotes_as_they_stand(tmp_path):
    text = gdelt(GDELT_2, 1, **AFGHANISTAN, Actor1Name='"FIGHTER') + gdelt(GDELT_2, 2, **NANGARHAR)
    _, frame, _ = read(tmp_path, text)
    assert frame["actor_a"].tolist()[0] == '"FIGHTER'
    assert len(frame) == 2


def test_gdelt_with_a_header_that_somebody_added(tmp_path):
    text = "\t".join(GDELT_2) + "\n" + gdelt(GDELT_2, 7, **NANGARHAR)
    for recipe in (None, "gdelt"):
        table, frame, report = read(tmp_path, text, recipe=recipe)
        assert (table.recipe, len(frame)) == ("gdelt", 1)
        assert "no_header_line" not in reasons(report)


def test_a_row_of_the_wrong_width_is_rejected(tmp_path):
    text = gdelt(GDELT_1, 1, **NANGARHAR) + "2\t20170503\n"
    _, frame, report = read(tmp_path, text)
    assert (len(frame), report.rejected_count) == (1, 1)
    assert "wrong_number_of_cells" in reasons(report, 2)


def test_other_files_of_that_width_are_not_taken_for_gdelt():
    assert layout_of(["x"] * 58, None) == ()
    assert layout_of(["1"] * 61, None) == ()
    assert layout_of(list(GDELT_2), None) == ()


def test_the_codes_of_gdelt_are_ours():
    words = find("gdelt").codes["province"][1]
    assert len(words) == 34 + 8
    frame = pd.DataFrame({"incident_id": list(words), "province": list(words.values())})
    placed = geocode(frame)
    assert (placed["located_by"] != "none").all()
    assert [code[:2].lower() for code in words] == [
        place_id[:2].lower() if "-" in place_id else "pk" for place_id in placed["place_id"]
    ]


# UCDP

UCDP = (
    "id,year,code_status,type_of_violence,side_a,side_b,source_office,source_date,where_prec,"
    "where_coordinates,adm_1,adm_2,latitude,longitude,country,date_prec,date_start,date_end,"
    "deaths_a,deaths_b,best,high,low"
)
EVENT = (
    "7,2017,Clear,{kind},A,B,Paper,2017-05-04,4,Khost province,Khost province,,33.33,69.92,"
    "Afghanistan,2,2017-05-03,2017-05-05,0,2,2,3,1"
)


def test_ucdp_with_the_extras_of_hdx(tmp_path):
    header = UCDP + ",iso3"
    tags = ",".join(f"#tag+{name}" for name in header.split(","))
    text = f"{header}\n{tags}\n" + EVENT.format(kind=3) + ",AFG\n"
    table, frame, report = read(tmp_path, text)
    assert table.recipe == "ucdp_ged"
    assert reasons(report) == ["hxl_tag_row"]
    row = frame.iloc[0]
    assert (row["event_type"], row["event_type_reported"]) == (
        "attack_on_civilians",
        "one-sided violence",
    )
    assert (row["date_precision"], row["fatalities_low"], row["iso3"]) == ("week", 1, "AFG")


@pytest.mark.parametrize("kind", ["1", "2", "1.0"])
def test_ucdp_battles_are_of_no_kind_that_is_known(tmp_path, kind):
    _, frame, _ = read(tmp_path, f"{UCDP}\n{EVENT.format(kind=kind)}\n")
    assert frame["event_type"].tolist() == ["unknown"]
    assert frame["event_type_reported"].iloc[0].endswith("violence")


def test_ucdp_names_cut_by_a_shapefile(tmp_path):
    cut = ",".join(name[:10] for name in UCDP.split(","))
    assert "where_coor" in cut
    whole = read(tmp_path, f"{UCDP}\n{EVENT.format(kind=3)}\n")[1]
    table, frame, _ = read(tmp_path, f"{cut}\n{EVENT.format(kind=3)}\n")
    assert table.recipe == "ucdp_ged"
    assert table.headers["place"] == "where_coor"
    reported = [name for name in whole.columns if name in records.recipe._COLUMNS]
    pd.testing.assert_frame_equal(
        pd.DataFrame(frame[reported]), pd.DataFrame(whole[reported]), check_like=True
    )


def test_ucdp_candidate_events_that_are_not_cleared(tmp_path):
    text = f"{UCDP}\n{EVENT.format(kind=1)}\n" + EVENT.format(kind=1).replace(
        "7,2017,Clear", "8,2017,Check deaths"
    )
    _, frame, report = read(tmp_path, text)
    assert reasons(report, 1) == []
    assert reasons(report, 2) == ["source_remark"]
    assert "'Check deaths'" in frame["record_note"].iloc[1]


def test_ucdp_without_its_precision_says_so(shared):
    path = shared / "samples" / "ucdp_ged_afg_shp_derived" / "clean_conflicts.json"
    table = records.read(path)
    assert table.recipe == "ucdp_ged"
    assert table.headers["source_date"] == "source_dat"
    frame, report = validate([table])
    assert len(frame) == 310
    assert "precision_column_missing" in reasons(report, 0)


@pytest.mark.parametrize(
    ("described", "found"),
    [
        ("Nangarhar, Laghman and Khost provinces", ["several_provinces"]),
        ("Nangarhar province, near Khogyani", []),
        ("on the road from Kabul to Kabul airport", []),
        ("", []),
    ],
)
def test_an_event_of_several_provinces_is_noted(tmp_path, described, found):
    text = f'{UCDP},where_description\n{EVENT.format(kind=1)},"{described}"\n'
    _, _, report = read(tmp_path, text)
    assert reasons(report, 1) == found


def test_the_dirt_of_the_samples_is_noticed(shared):
    folder = shared / "samples"
    _, report = read_incidents(
        folder / "ucdp_ged_v231_sample_afpk" / "ucdp_ged_v23_1_sample_afg_pak.csv"
    )
    (sixteen,) = [f for f in report.faults if f.row == 1 and f.reason == "several_provinces"]
    assert "names 16 provinces" in sixteen.message
    _, report = read_incidents(folder / "ucdp_ged_afg_shp_derived" / "clean_conflicts.json")
    cut = [f for f in report.faults if f.reason == "text_cut_off"]
    assert len([f for f in cut if f.row]) == 80


def test_text_of_that_length_elsewhere_is_not_cut(tmp_path):
    row = f"3 May 2017,Torkham,{'x' * 254}\n"
    _, _, report = read(tmp_path, "Date,Place,Description of it\n" + 3 * row)
    assert "text_cut_off" not in reasons(report)


# ACLED


ACLED = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "actor2,country,admin1,admin2,location,latitude,longitude,geo_precision,source,notes,fatalities"
)


@pytest.mark.parametrize("day", ["2025-05-16", "16 May 2025"])
def test_acled_dates_of_the_api_and_of_the_web(tmp_path, day):
    row = f"AFG1,{day},2025,2,Political violence,Explosions/Remote violence,Air/drone strike,A,B,"
    row += "Afghanistan,Khost,Spera,Spera,33.2,69.5,2,Paper,What,3"
    table, frame, _ = read(tmp_path, f"{ACLED}\n{row}\n")
    assert table.recipe == "acled"
    assert frame["date_start"].dt.date.tolist() == [date(2025, 5, 16)]
    assert frame["date_precision"].tolist() == ["week"]
    # Which of the two is not said, and the wider word holds for both.
    assert frame["event_type"].tolist() == ["airstrike"]


# GTD and AWSD

GTD = (
    "eventid,iyear,imonth,iday,approxdate,country,country_txt,provstate,city,latitude,longitude,"
    "specificity,vicinity,summary,gname,attacktype1_txt,nkill,nwound"
)


@pytest.mark.parametrize(
    ("parts", "start", "end", "precision"),
    [
        ("2017,5,3", date(2017, 5, 3), None, "day"),
        ("2017,5,0", date(2017, 5, 1), date(2017, 5, 31), "month"),
        ("2017,0,0", date(2017, 1, 1), date(2017, 12, 31), "year"),
        ("2017,0,3", date(2017, 1, 1), date(2017, 12, 31), "year"),
        ("2017.0,5.0,", date(2017, 5, 1), date(2017, 5, 31), "month"),
        ("2017.0,5.0,0.0", date(2017, 5, 1), date(2017, 5, 31), "month"),
        ("2017.0,-9.0,-99.0", date(2017, 1, 1), date(2017, 12, 31), "year"),
        ("2017,13,1", None, None, "unknown"),
        ("0,0,0", None, None, "unknown"),
        (",,", None, None, "unknown"),
    ],
)
def test_gtd_dates_of_parts(tmp_path, parts, start, end, precision):
    row = f"201705030001,{parts},,4,Afghanistan,Khost,Unknown,33.33,69.92,4,0,,Unknown,Hijacking,,1"
    table, frame, _ = read(tmp_path, f"{GTD}\n{row}\n")
    assert table.recipe == "gtd"
    found = frame.iloc[0]
    days = [None if pd.isna(day) else day.date() for day in found[["date_start", "date_end"]]]
    assert days == [start, end]
    assert found["date_precision"] == precision
    assert found["incident_id"] == "201705030001"
    assert pd.isna(found["place"])
    assert pd.isna(found["actor_a"])
    assert pd.isna(found["fatalities_best"])


@pytest.mark.parametrize(
    ("specificity", "precision"),
    [("1", "place"), ("2", "district"), ("3", "district"), ("4", "province"), ("5", "country")],
)
def test_gtd_specificity_becomes_a_footprint(tmp_path, specificity, precision):
    row = "201705030001,2017,5,3,,4,Afghanistan,Khost,Khost ,33.33,69.92,"
    row += f"{specificity},0,,A,Hijacking,2,1"
    placed = geocode(read(tmp_path, f"{GTD}\n{row}\n")[1])
    assert placed["location_precision"].tolist() == [precision]
    assert placed["location_precision_scheme"].tolist() == ["gtd"]


AWSD = (
    "Incident ID,Year,Month,Day,Country Code,Country,Region,District,City,Total killed,"
    "Means of attack,Attack context,Location,Latitude,Longitude,Actor name,Details,Verified,Source"
)


def test_aid_worker_security_rows(tmp_path):
    text = (
        f"{AWSD}\n"
        '11,2017,5,,AF,Afghanistan,Khost,,Unknown,2,Shelling,Raid,Road,33.3,69.9,Unknown,"What\n",Yes,P\n'
        "12,2017,,,AF,Afghanistan,Khost,Spera,Spera,0,Shooting,,Road,33.2,69.5,A,What,No,P\n"
    )
    table, frame, report = read(tmp_path, text)
    assert table.recipe == "awsd"
    assert frame["date_precision"].tolist() == ["month", "year"]
    assert frame["event_type"].tolist() == ["shelling", "attack_on_civilians"]
    assert frame["fatalities_best"].tolist() == [2, 0]
    assert frame["place"].tolist() == [pd.NA, "Spera"]
    assert frame["Location"].tolist() == ["Road", "Road"]
    assert "source_remark" not in reasons(report, 1)
    assert "source_remark" in reasons(report, 2)


@given(st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_put_together_from_its_parts(day):
    assert parse_date(_date(str(day.year), str(day.month), str(day.day))).start == day
    assert parse_date(_date(str(day.year), f"{day:%B}", f"{day.day:02d}")).start == day


@settings(max_examples=200)
@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_any_parts_of_a_date(year, month, day):
    span = parse_date(_date(year, month, day))
    assert span.start is None or span.end is None or span.start <= span.end


# The form of a recipe


def written(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


OWN = """
name = "own"
layouts = [["when", "where", "code", "state"]]
[columns]
date_start = ["when"]
place = ["where"]
[constants]
country = "Afghanistan"
location_precision_reported = "3"
location_precision_scheme = "ucdp"
[compose.event_type]
from = "code"
words = { A = "airstrike" }
[remarks.state]
except = ["ok"]
say = "to be checked"
"""


def test_a_recipe_of_ones_own_for_a_file_without_a_header(tmp_path):
    own = written(tmp_path, OWN)
    _, frame, report = read(tmp_path, "3 May 2017,Khost,a,ok\n4 May 2017,Spera,B,new\n", recipe=own)
    assert frame["place"].tolist() == ["Khost", "Spera"]
    assert frame["country"].tolist() == ["Afghanistan"] * 2
    assert frame["event_type"].tolist() == ["airstrike", "unknown"]
    assert frame["location_precision_scheme"].tolist() == ["ucdp"] * 2
    assert "source_remark" in reasons(report, 2)
    assert "source_remark" not in reasons(report, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('compose.place = { year = "a", month = "b", day = "c" }', "compose.place"),
        ('compose.date_start = { year = "a" }', "compose.date_start"),
        ('compose.country = { from = "a", words = { A = 1 } }', "compose.country"),
        ('compose = "x"', "compose"),
        ('missing.nothing = ["x"]', "missing.nothing"),
        ('remarks.x = { say = "y" }', "remarks.x"),
        ('layouts = ["a", "b"]', "'layouts'"),
        ('layouts = [["a", "A"]]', "'layouts'"),
        ('layouts = [["a"]]\nlooks.b = "x"', "'looks'"),
        ('layouts = [["a"]]\nlooks.a = "("', "regular expressions"),
        ('layouts = [["a"]]\nlooks.a = "[[a]"', "regular expressions"),
        ('same_report = "place"', "'same_report'"),
        ("notice = 3", "'notice'"),
        ("signature = 3", "'signature'"),
        ('constants.latitude = "1"', "'constants'"),
        ("surprise = 1", "surprise"),
    ],
)
def test_broken_recipes_say_what_is_wrong(tmp_path, line, message):
    with pytest.raises(RecipeError, match=message):
        find(written(tmp_path, f'{line}\n[columns]\ndate_start = ["when"]\n'))


@pytest.mark.parametrize("name", records.recipe_names()[:-1])
def test_every_recipe_knows_its_scheme_and_its_own_files(name):
    recipe = find(name)
    scheme = recipe.constants.get("location_precision_scheme", "ucdp")
    assert scheme in SCHEMES
    headers = [theirs[0] for theirs in recipe.columns.values()]
    headers += [one for one in recipe.signature if one not in headers]
    assert choose(headers, None).name == name


# Columns known by their content, and recipes written out

UNNAMED = """Datum;Ort;Breite;Laenge;Staat;Tote;Nr
16 May 2025;Torkham;34.123;71.093;Pakistan;3;45000
17 May 2025;Ghulam Khan;33.07;69.95;Afghanistan;at least 2;45001
18 May 2025;Spin Boldak;30.98;66.39;Afghanistan;;45002
"""


def test_columns_without_a_known_name_are_known_by_their_cells(tmp_path):
    table, frame, report = read(tmp_path, UNNAMED)
    assert table.recipe == "newsroom"
    assert dict(table.headers) == {
        "date_start": "Datum",
        "country": "Staat",
        "latitude": "Breite",
        "longitude": "Laenge",
    }
    assert frame["date_start"].dt.day.tolist() == [16, 17, 18]
    assert frame["latitude"].tolist() == [34.123, 33.07, 30.98]
    # Figures and places could be anything, and stay what they are.
    assert {"Ort", "Tote", "Nr"} <= set(frame.columns)
    assert reasons(report, 0) == ["column_by_content"] * 4


def test_a_column_known_by_name_is_never_overridden(tmp_path):
    text = UNNAMED.replace("Ort;", "Date;").replace("Staat", "Country").replace("Breite", "lat")
    table, _, _ = read(tmp_path, text)
    assert table.headers["date_start"] == "Date"
    assert "Datum" in table.frame.columns
    assert (table.headers["country"], table.headers["latitude"]) == ("Country", "lat")
    assert "longitude" not in table.headers


@pytest.mark.parametrize("header", ["Last updated", "timestamp", "Published on", "Date of birth"])
def test_a_date_of_something_else_is_not_the_incident_s(tmp_path, header):
    text = f"{header};Nationality;Place\n" + "16 May 2025;Pakistan;Torkham\n" * 3
    table, frame, report = read(tmp_path, text)
    assert set(table.headers) <= {"place", "source_date"}
    assert frame["date_start"].isna().all()
    assert reasons(report, 0) == []


def test_of_two_columns_that_may_be_it_none_is_taken(tmp_path):
    text = "Datum;Erfasst;Ort;Place\n" + "16 May 2025;17 May 2025;x;Torkham\n" * 3
    table, frame, report = read(tmp_path, text)
    assert "date_start" not in table.headers
    assert frame["date_start"].isna().all()
    assert reasons(report, 0) == ["column_unsure"]


@pytest.mark.parametrize(
    "cells",
    [
        ["34.12, 71.09", "33.07, 69.95", "30.98, 66.39"],
        ["POINT (71.09 34.12)", "POINT (69.95 33.07)", "POINT (66.39 30.98)"],
        ["42S YD 06576 19895"] * 3,
    ],
)
def test_a_column_of_pairs_is_known(tmp_path, cells):
    text = "Ort;Wo\n" + "".join(f"x;{cell}\n" for cell in cells)
    table, frame, _ = read(tmp_path, text)
    assert table.headers["latitude"] == "Wo"
    assert frame["longitude"].between(66, 72).all()


@pytest.mark.parametrize("cell", ["45000", "12", "34.5", "May", "?", "3", "x 12 May 2025"])
def test_what_is_not_clear_is_not_taken(tmp_path, cell):
    text = "Ort;Was;Place\n" + f"x;{cell};Torkham\n" * 4
    table, _, report = read(tmp_path, text)
    assert set(table.headers) == {"place"}
    assert reasons(report, 0) == []


def test_hxl_tags_name_columns_that_nobody_knows(tmp_path):
    text = (
        "Quand,Ou,Prov,Lat,Morts\n"
        "#date +occurred,#loc+name,#adm1+name,#geo+lat,#affected+num+killed\n"
        "2017-05-03,Torkham,Nangarhar,34.1,2\n"
    )
    table, frame, report = read(tmp_path, text)
    assert reasons(report, 0) == ["hxl_tag_row", "column_by_tag"]
    assert table.headers == {
        "date_start": "Quand",
        "place": "Ou",
        "province": "Prov",
        "latitude": "Lat",
        "fatalities_best": "Morts",
    }
    assert frame["fatalities_best"].tolist() == [2]


def test_a_tag_that_two_columns_bear_names_none(tmp_path):
    text = "Quand,Ou,Place\n#date,#date,#loc\n2017-05-03,2017-05-04,Torkham\n"
    table, _, _ = read(tmp_path, text)
    assert dict(table.headers) == {"place": "Place"}


def test_nothing_known_at_all_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"no column of \(Ort, Was\) is known"):
        read(tmp_path, "Ort;Was\nx;y\n")
    with pytest.raises(RecipeError, match="no column"):
        read(tmp_path, "Ort;Was\nx;y\n", recipe="acled")


FILES = {
    "unnamed": UNNAMED,
    "newsroom": "Date,Village,Killed,Lat,Long\n04/05/2016,Torkham,6-8,34.12,71.09\n",
    "ucdp": f"{UCDP}\n{EVENT.format(kind=3)}\n",
    "gdelt": gdelt(GDELT_2, 1, **NANGARHAR, EventCode="195") + gdelt(GDELT_2, 2, **AFGHANISTAN),
    "gtd": f"{GTD}\n201705030001,2017,5,0,,4,Afghanistan,Khost,Unknown,33,69,4,0,,A,,2,1\n",
    "awsd": f"{AWSD}\n11,2017,5,,AF,Afghanistan,Khost,,Unknown,2,Shelling,,Road,33,69,A,W,No,P\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("order", [None, True])
def test_a_recipe_written_out_gives_the_same_frame(tmp_path, name, order):
    path = tmp_path / "a.csv"
    path.write_text(FILES[name], encoding="utf-8")
    table = records.read(path, day_first=order)
    own = written(tmp_path, records.recipe_text(table))
    again = records.read(path, recipe=own)
    pd.testing.assert_frame_equal(again.frame, table.frame)
    for one, other in zip(validate([table]), validate([again]), strict=True):
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(pd.DataFrame(other), pd.DataFrame(one))


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique_by=fold))
def test_any_header_can_be_written_in_a_recipe(tmp_path_factory, headers):
    headers = [label(header) for header in headers]
    frame = pd.DataFrame({"place": ["x"], "summary": ["y"], "source_row": [1]})
    known = dict(zip(("place", "summary"), headers, strict=False))
    table = RawTable(frame, "a b.csv", "newsroom", "utf-8", "", headers=known)
    own = tmp_path_factory.mktemp("own") / "own.toml"
    own.write_text(records.recipe_text(table), encoding="utf-8")
    assert find(str(own)).columns == {name: (header,) for name, header in known.items()}


def test_check_writes_the_recipe_and_never_over_anything(tmp_path, run):
    source, target = tmp_path / "a.csv", tmp_path / "own.toml"
    source.write_text(UNNAMED, encoding="utf-8")
    assert run("check", source, "--write-recipe", target).exit_code == 0
    assert target.read_text(encoding="utf-8") == records.recipe_text(records.read(source))
    result = run("check", source, "--recipe", target, "--json")
    assert result.exit_code == 0
    before = target.read_bytes()
    run("check", source, "--write-recipe", target, status=1)
    run("check", source, "--write-recipe", source, status=1)
    run("check", target, source, "--write-recipe", tmp_path / "b.toml", status=2)
    assert target.read_bytes() == before
    assert source.read_text(encoding="utf-8") == UNNAMED


@pytest.mark.parametrize(("flag", "order"), [("--day-first", True), ("--month-first", False)])
def test_the_order_of_dates_can_be_said(tmp_path, run, flag, order):
    path = tmp_path / "a.csv"
    path.write_text(FILES["newsroom"], encoding="utf-8")
    frame, report = read_incidents(path, day_first=order)
    day = date(2016, 5, 4) if order else date(2016, 4, 5)
    assert frame["date_start"].dt.date.tolist() == [day]
    assert reasons(report, 0) == ["date_order"]
    output = tmp_path / "o.csv"
    assert run("locate", path, flag, "-o", output).exit_code == 0
    assert pd.read_csv(output)["date_start"].tolist() == [day.isoformat()]
    unsettled = run("check", path)
    assert "--day-first settles them" in unsettled.output
    assert "--day-first" not in run("check", path, flag).output


HEADERS = {
    name: list(
        dict.fromkeys(
            [theirs[0] for theirs in find(name).columns.values()]
            + [*find(name).signature, *find(name).remarks]
            + [part for parts in find(name).dates.values() for part in parts]
            + [header for header, _ in find(name).codes.values()]
        )
    )
    for name in records.recipe_names()
}
CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    st.sampled_from(["0", "1", "5", "2017", "-9", "Unknown", "3 May 2017", "34.1", "71.1", "*"]),
)


@pytest.mark.parametrize("name", HEADERS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_cells_under_any_recipe_are_accounted_for(tmp_path_factory, name, data):
    rows = data.draw(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5))
    path = tmp_path_factory.mktemp("any") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(HEADERS[name])
        width = len(HEADERS[name])
        out.writerows([["x", *(row * width)][:width] for row in rows])
    table = records.read(path, recipe=name)
    frame, report = validate([table])
    assert len(table.frame) + len(table.broken) == report.read == len(rows)
    assert report.read == len(frame) + report.rejected_count


def test_ucdp_rows_in_international_water_or_airspace_are_placed_nowhere(tmp_path):
    head = "id,date_start,date_end,date_prec,where_prec,where_coordinates,side_a,side_b,deaths_a"
    row = "1,2016-05-01,2016-05-01,1,7,International airspace,A,B,0,1,24.5,65.5,3,Pakistan"
    text = f"{head},deaths_b,latitude,longitude,best,country\n{row}\n"
    table, frame, _ = read(tmp_path, text)
    assert table.recipe == "ucdp_ged"
    placed = geocode(frame)
    assert (placed["located_by"].iloc[0], placed["location_precision"].iloc[0]) == ("none", "none")
    assert placed.geometry.isna().all()
    assert (
        "UCDP precision 7 means international water or airspace" in placed["location_note"].iloc[0]
    )
    assert (frame["latitude"].iloc[0], frame["longitude"].iloc[0]) == (24.5, 65.5)


def test_many_columns_beside_composed_dates_are_no_matter(tmp_path):
    header = ["Incident ID", "Year", "Month", "Day", "Country Code", *map("x{}".format, range(150))]
    source = tmp_path / "wide.csv"
    source.write_text(
        ",".join(header) + "\n" + ",".join(["1", "2017", "5", "3", "PK"] + ["y"] * 150)
    )
    table = records.read(source, recipe="awsd")
    assert table.frame["date_start"].tolist() == ["2017-05-03"]
