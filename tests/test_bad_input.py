"""Bad input, case by case: an accepted row with a note, a rejected row with a reason, or one error.

Every case is a file in ``tests/data/bad_input``, and in every one the rows read are the rows
accepted and the rows rejected. What is too large for a file stands in ``test_hostile_input.py``.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from accounting import check, found

from bordermap import records
from bordermap.errors import InputError, RecipeError

CASES = Path(__file__).parent / "data" / "bad_input"


_GDELT = {(0, "no_header_line"), (0, "about_the_source"), (4, "wrong_number_of_cells")}
_GDELT |= {(row, "same_report") for row in (0, 1, 2)}

# Each case: how many rows are read and how many accepted, and what is found in which row; row 0
# is the file as a whole.
OUTCOMES = {
    # coordinates
    "out_of_range.csv": (3, 1, {(2, "coordinates_out_of_range"), (3, "coordinates_out_of_range")}),
    "swapped.csv": (2, 2, {(2, "coordinates_swapped")}),
    "decimal_comma.csv": (2, 2, {(1, "decimal_comma"), (2, "decimal_comma")}),
    "degree_minute_second.csv": (
        3,
        3,
        {(2, "degrees_minutes_seconds"), (3, "degrees_minutes_seconds")},
    ),
    "projected.csv": (2, 1, {(2, "coordinates_projected")}),
    "missing.csv": (5, 5, {(3, "coordinates_incomplete"), (5, "coordinates_unreadable")}),
    "zero.csv": (3, 3, {(2, "coordinates_zero"), (3, "coordinates_zero")}),
    "not_finite.csv": (4, 4, {(row, "coordinates_not_finite") for row in (2, 3, 4)}),
    "one_cell.csv": (2, 2, {(1, "coordinates_in_one_cell"), (2, "coordinates_in_one_cell")}),
    # dates
    "impossible_date.csv": (
        4,
        4,
        {(2, "date_impossible"), (3, "date_impossible"), (4, "date_unreadable")},
    ),
    "ambiguous_date.csv": (2, 2, {(0, "date_order_unsettled"), (1, "date_ambiguous")}),
    "settled_date.csv": (2, 2, {(0, "date_order")}),
    "contradictory_dates.csv": (3, 3, {(0, "date_order_unsettled"), (1, "date_ambiguous")}),
    "solar_hijri.csv": (2, 2, {(1, "date_solar_hijri"), (2, "date_solar_hijri")}),
    "partial_date.csv": (3, 3, {(row, "date_partial") for row in (1, 2, 3)}),
    "end_before_start.csv": (1, 1, {(1, "date_end_before_start")}),
    # rows
    "duplicate_ids.csv": (4, 3, {(2, "duplicate_row"), (3, "duplicate_id")}),
    "repeated_without_id.csv": (2, 2, {(2, "repeated_content")}),
    "hxl.csv": (1, 1, {(0, "hxl_tag_row")}),
    "totals.csv": (3, 2, {(3, "totals_row"), (3, "date_unreadable")}),
    "totals_bare.csv": (2, 1, {(2, "totals_row"), (2, "nothing_told")}),
    "subtotals.csv": (
        8,
        5,
        {(row, reason) for row in (2, 4, 8) for reason in ("totals_row", "date_unreadable")}
        | {(5, "nothing_told")},
    ),
    "titles_above.csv": (3, 2, {(0, "titles_above"), (3, "wrong_number_of_cells")}),
    "header_again.csv": (3, 2, {(2, "repeated_header")}),
    "blank_lines.csv": (2, 2, {(0, "blank_lines")}),
    "wrong_cells.csv": (4, 2, {(2, "wrong_number_of_cells"), (3, "wrong_number_of_cells")}),
    "trailing_delimiters.csv": (2, 2, set()),
    "duplicate_columns.csv": (1, 1, set()),
    "quote_not_closed.csv": (2, 1, {(2, "quote_not_closed")}),
    "header_only.csv": (0, 0, {(0, "no_records")}),
    "derived_names.csv": (1, 1, set()),
    # line ends, encodings, delimiters
    "bare_line_ends.csv": (2, 2, set()),
    "mac_line_ends.csv": (2, 2, set()),
    "bom.csv": (1, 1, set()),
    "utf16.csv": (2, 2, set()),
    "utf16_without_bom.csv": (2, 2, set()),
    "cp1252.csv": (2, 2, {(0, "encoding_guessed")}),
    "cp1256.csv": (2, 2, {(0, "encoding_guessed")}),
    "cp1256_headings.csv": (
        3,
        3,
        {(0, "encoding_guessed"), (0, "column_by_content")}
        | {(row, "date_solar_hijri") for row in (1, 2, 3)},
    ),
    "utf16_line_ends.csv": (2, 2, {(1, "date_solar_hijri"), (2, "date_solar_hijri")}),
    "undecodable.csv": (2, 2, {(0, "encoding_guessed"), (2, "undecodable_bytes")}),
    "nul_bytes.csv": (2, 2, {(1, "control_characters")}),
    "semicolons.csv": (2, 2, set()),
    "tabs.tsv": (2, 2, set()),
    "carets.txt": (2, 2, set()),
    "spaced_quotes.csv": (3, 3, set()),
    "sep_line.csv": (1, 1, set()),
    # text
    "formula.csv": (4, 4, set()),
    "html_and_templates.csv": (1, 1, set()),
    "html_header.csv": (1, 1, set()),
    "javascript_link.csv": (3, 3, {(1, "link_not_web"), (3, "link_not_web")}),
    "control_characters.csv": (2, 2, {(1, "control_characters")}),
    "event_types.csv": (4, 4, {(3, "event_type_unknown")}),
    "figures.csv": (
        12,
        12,
        {
            (1, "figure_range"),
            (2, "figure_at_least"),
            (3, "figure_vague"),
            (4, "figure_unknown"),
            (7, "figure_eaten_by_spreadsheet"),
            (8, "figure_unreadable"),
            (9, "figure_unreadable"),
            (10, "figure_at_most"),
            (11, "figure_approximate"),
        },
    ),
    # dates, figures and coordinates in other spellings
    "date_ranges.csv": (4, 4, {(3, "date_unreadable")}),
    "lunar_hijri.csv": (
        4,
        4,
        {(row, "date_lunar_hijri") for row in (1, 2, 3)} | {(4, "date_unreadable")},
    ),
    "hijri_months.csv": (
        5,
        5,
        {(row, "date_solar_hijri") for row in (1, 2, 3)}
        | {(4, "date_impossible"), (5, "date_contradicts_itself")},
    ),
    "serial_dates.csv": (
        3,
        3,
        {(1, "date_serial"), (2, "date_serial"), (3, "date_unreadable")},
    ),
    "weekdays.csv": (3, 3, {(2, "date_weekday")}),
    "local_dates.csv": (
        8,
        8,
        {(1, "date_solar_hijri"), (2, "date_solar_hijri"), (2, "date_weekday")}
        | {(7, "date_impossible"), (8, "date_unreadable")},
    ),
    "time_zones.csv": (4, 4, {(1, "date_time_zone"), (4, "date_time_zone")}),
    "grid_references.csv": (
        6,
        6,
        {(row, "coordinates_grid") for row in (1, 2, 4)}
        | {(3, "coordinates_coarse"), (5, "coordinates_unreadable"), (6, "coordinates_unreadable")},
    ),
    "wkt.csv": (
        4,
        4,
        {(1, "coordinates_wkt"), (2, "coordinates_wkt")}
        | {(3, "coordinates_unreadable"), (4, "coordinates_unreadable")},
    ),
    "stray_characters.csv": (
        7,
        7,
        {(5, "degrees_minutes_seconds"), (7, "coordinates_unreadable")},
    ),
    "figures_as_written.csv": (
        10,
        10,
        {(1, "figure_dotted"), (2, "figure_ambiguous"), (5, "figure_at_least")}
        | {(6, "figure_approximate"), (7, "figure_vague"), (9, "figure_unreadable")},
    ),
    # known sources, and columns that no name explains
    "ucdp_hdx.csv": (
        5,
        5,
        {(0, "hxl_tag_row"), (2, "figures_out_of_order"), (3, "several_provinces")}
        | {(5, "source_remark")},
    ),
    "acled.csv": (4, 4, {(0, "about_the_source"), (2, "duplicate_id")}),
    "newsroom.csv": (
        5,
        4,
        {(0, "encoding_guessed"), (1, "figure_range"), (1, "decimal_comma")}
        | {(2, "figure_at_least"), (3, "date_over_new_year"), (3, "figure_eaten_by_spreadsheet")}
        | {(4, "nothing_told"), (4, "figure_unknown")}
        | {(5, "totals_row"), (5, "date_unreadable")},
    ),
    "unnamed_columns.csv": (3, 3, {(0, "column_by_content")}),
    "unsure_columns.csv": (3, 3, {(0, "column_unsure")}),
    "gdelt_1.CSV": (4, 3, _GDELT),
    "gdelt_2.CSV": (4, 3, _GDELT),
    "gtd.csv": (
        3,
        3,
        {(0, "about_the_source"), (2, "date_partial"), (3, "date_partial")},
    ),
    "awsd.csv": (3, 3, {(2, "date_partial"), (2, "source_remark"), (3, "date_partial")}),
    "cut_by_shapefile.csv": (
        2,
        2,
        {(0, "precision_column_missing")} | {(row, "text_cut_off") for row in (0, 1, 2)},
    ),
    # GeoJSON
    "good.geojson": (2, 2, set()),
    "points_named.csv": (1, 1, {(0, "suffix_differs")}),
    "geometry_types.geojson": (6, 2, {(row, "geometry_type") for row in (2, 3, 5, 6)}),
    "no_geometry.geojson": (3, 3, {(2, "geometry_empty")}),
    "invalid_geometry.geojson": (
        7,
        2,
        {(4, "geometry_empty")} | {(row, "geometry_invalid") for row in (2, 3, 5, 6, 7)},
    ),
    "nan_geometry.geojson": (3, 3, {(2, "coordinates_not_finite"), (3, "coordinates_not_finite")}),
    "swapped.geojson": (2, 2, {(2, "coordinates_swapped")}),
    "out_of_range.geojson": (3, 2, {(2, "coordinates_out_of_range"), (3, "coordinates_zero")}),
    "projected_silently.geojson": (
        2,
        0,
        {(1, "coordinates_projected"), (2, "coordinates_projected")},
    ),
    "projected_declared.geojson": (1, 1, {(0, "crs_converted")}),
    "lying_crs.geojson": (1, 1, {(0, "crs_contradicted")}),
    "lying_proj_string.geojson": (1, 1, {(0, "crs_contradicted")}),
    "half_lying_crs.geojson": (2, 1, {(0, "crs_converted"), (2, "geometry_invalid")}),
    "elsewhere.geojson": (1, 1, {(0, "crs_doubtful")}),
    "crs84.geojson": (1, 1, set()),
    "not_features.geojson": (6, 1, {(row, "not_a_feature") for row in (2, 3, 4, 5, 6)}),
    "elevation.geojson": (1, 1, {(1, "elevation_left_out")}),
    "disagreeing.geojson": (2, 2, {(1, "coordinates_disagree")}),
    "repeated_key.geojson": (1, 1, set()),
    "surrogates.geojson": (1, 1, {(1, "undecodable_text")}),
    "hostile_keys.geojson": (1, 1, set()),
    "own_output.geojson": (1, 1, {(0, "placed_before")}),
    "foreign_members.geojson": (1, 1, {(0, "members_carried")}),
    "no_features.geojson": (0, 0, {(0, "no_records")}),
    "lines.geojson": (2, 2, {(2, "repeated_content")}),
    # JSON
    "plain.json": (1, 1, set()),
    "nested_list.json": (2, 2, {(0, "records_chosen")}),
    "columns.json": (2, 2, set()),
    "columns_uneven.json": (2, 1, {(2, "column_too_short")}),
    "columns_by_row.json": (2, 2, set()),
    "rows_by_key.json": (2, 2, set()),
    "nested_objects.json": (1, 1, set()),
    "two_lists.json": (2, 2, {(0, "records_chosen")}),
    "not_objects.json": (5, 2, {(row, "not_an_object") for row in (2, 3, 4)}),
    "not_finite.json": (
        2,
        2,
        {(row, what) for row in (1, 2) for what in ("infinite_value", "coordinates_incomplete")},
    ),
    "repeated_keys.json": (1, 1, set()),
    "surrogates.json": (1, 1, {(1, "undecodable_text")}),
    "lines.jsonl": (4, 2, {(2, "not_an_object"), (3, "not_an_object")}),
    "features_listed.json": (1, 1, set()),
    "features_lined.ndjson": (2, 1, {(2, "not_a_feature")}),
    "json.csv": (1, 1, {(0, "suffix_differs")}),
    # files that are no text
    "long_text.csv.gz": (2, 1, {(1, "cell_too_long")}),
    "newsroom.xlsx": (
        6,
        3,
        {(0, reason) for reason in ("sheet_chosen", "hidden_sheets", "hidden_columns")}
        | {(0, "hidden_rows"), (2, "cell_error"), (4, "figure_range"), (4, "decimal_comma")}
        | {(row, reason) for row in (3, 5) for reason in ("totals_row", "date_unreadable")}
        | {(6, "footnote_row")},
    ),
    "ten_characters.zip": (
        2,
        2,
        {(0, "crs_assumed"), (0, "names_cut"), (0, "about_the_source"), (2, "text_cut_off")},
    ),
}

ERRORS = {
    "empty.csv": "the file is empty",
    "only_blank.csv": "the file is empty",
    "no_known_column.csv": "no column of (a, b, c) is known",
    "workbook.csv": "is damaged or cut off",
    "page.csv": "is an XML or HTML document",
    "layer.vrt": "virtual layers (.vrt) are not opened",
    "entities.kml": "has a document type, which could name other files",
    "not_json.geojson": "is not JSON, whatever its name says",
    "polygons_only.geojson": "holds no points (3 Polygon)",
    "crs_unknown.geojson": "the coordinate system 'EPSG:999999' is not understood",
    "crs_names_a_file.geojson": "is not understood; export the layer in WGS 84",
    "truncated.geojson": "is cut off; get the whole file",
    "long_integer.geojson": "is not JSON",
    "truncated.json": "is cut off; get the whole file",
    "no_records.json": "is JSON, but no name in it is known",
    "numbers.json": "is JSON, but holds no records",
    "unknown_names.json": "no column of (a, b) is known",
    "empty_list.json": "is JSON, but holds no records",
    "no_header.csv": "its first line is a record and no header ('2016-06-12')",
    "topology.json": "is TopoJSON; export it as GeoJSON",
    "deep.json": "is nested deeper than 200",
    "billion_laughs.kml": "has a document type, which could name other files",
    "bomb.zip": "unpacks to more than 200 times its size",
    "cut_off.xlsx": "is damaged or cut off",
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_row_is_accounted_for(name):
    read, accepted, expected = OUTCOMES[name]
    frame, report = check(CASES / name)
    assert (report.read, len(frame)) == (read, accepted)
    assert found(report) == expected


@pytest.mark.parametrize("name", ERRORS)
def test_one_clear_error(name):
    with pytest.raises((InputError, RecipeError)) as caught:
        records.read(CASES / name)
    message = str(caught.value)
    assert ERRORS[name] in message
    assert name in message
    assert "\n" not in message
    assert caught.value.todo


def test_every_case_file_is_tested():
    names = {path.name for path in CASES.iterdir() if path.name != ".gitattributes"}
    assert names == OUTCOMES.keys() | ERRORS.keys()


def test_every_line_of_the_list_has_its_file_or_test():
    tests, text = Path(__file__).parent, (CASES.parent / "README.md").read_text("utf-8")
    listed = re.findall(r"`([^`]+\.\w+(?:::\w+)?)`", text)
    assert len(listed) > 100
    for name in listed:
        file, _, function = name.partition("::")
        if function:
            assert f"def {function}(" in (tests / file).read_text("utf-8"), name
        else:
            assert any((folder / name).exists() for folder in (CASES, CASES.parent)), name
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert all("`" in line.split("|")[2] for line in lines)


# What the notes put right, value by value.

POINTS = {
    "swapped.csv": [(34.12, 71.09), (30.92, 66.45)],
    "decimal_comma.csv": [(34.12, 71.09), (30.92, 66.45)],
    "degree_minute_second.csv": [(34.12, 71.09), (30.92, 66.45), (30.916667, 66.45)],
    "missing.csv": [(34.12, 71.09), None, None, None, None],
    "zero.csv": [(34.12, 71.09), None, None],
    "not_finite.csv": [(34.12, 71.09), None, None, None],
    "one_cell.csv": [(34.12, 71.09), (30.92, 66.45)],
    "geometry_types.geojson": [(34.12, 71.09), (30.92, 66.45)],
    "no_geometry.geojson": [None, None, None],
    "swapped.geojson": [(34.12, 71.09), (30.92, 66.45)],
    "out_of_range.geojson": [(34.12, 71.09), None],
    # On the central meridian of UTM zone 42, 0.9996 times the meridian's arc (GeographicLib) north.
    "projected_declared.geojson": [(34.0, 69.0)],
    "lying_crs.geojson": [(34.12, 71.09)],
    "lying_proj_string.geojson": [(34.12, 71.09)],
    "crs84.geojson": [(34.12, 71.09)],
    "elevation.geojson": [(34.12, 71.09)],
    "disagreeing.geojson": [(34.12, 71.09), (30.92, 66.45)],
    "own_output.geojson": [None],
    "nested_objects.json": [(34.12, 71.09)],
    "features_listed.json": [(34.12, 71.09)],
    "not_finite.json": [None, None],
    "cp1256_headings.csv": [(30.92, 66.45)] * 3,
    "newsroom.xlsx": [(34.12, 71.09), (30.92, 66.45), (32.3, 69.57)],
    "ten_characters.zip": [(34.12, 71.09), (30.92, 66.45)],
}


@pytest.mark.parametrize("name", POINTS)
def test_no_wrong_point(name):
    frame, _ = check(CASES / name)
    assert frame.crs == "EPSG:4326"
    for point, expected in zip(frame.geometry, POINTS[name], strict=True):
        if expected is None:
            assert point is None
        else:
            assert (point.y, point.x) == pytest.approx(expected, abs=1e-6)


def test_half_a_position_stays_as_reported():
    frame, _ = check(CASES / "missing.csv")
    assert frame["latitude"].iloc[2] == 30.92
    assert math.isnan(frame["longitude"].iloc[2])


DATES = {
    "impossible_date.csv": [
        ("2016-06-12", None, "day"),
        (None, None, "unknown"),
        (None, None, "unknown"),
        (None, None, "unknown"),
    ],
    "ambiguous_date.csv": [("2016-04-05", "2016-05-04", "year"), ("2016-07-07", None, "day")],
    "settled_date.csv": [("2016-05-04", None, "day"), ("2016-05-25", None, "day")],
    "contradictory_dates.csv": [
        ("2016-04-05", "2016-05-04", "year"),
        ("2016-05-25", None, "day"),
        ("2016-05-25", None, "day"),
    ],
    "solar_hijri.csv": [("2022-04-16", None, "day"), ("2022-04-16", None, "day")],
    "partial_date.csv": [
        ("2011-05-01", "2011-05-31", "month"),
        ("2011-01-01", "2011-12-31", "year"),
        ("2011-05-01", "2011-05-31", "month"),
    ],
    "end_before_start.csv": [("2016-06-12", "2016-06-01", "day")],
    "cp1256_headings.csv": [
        (day, None, "day") for day in ("2017-11-18", "2017-09-25", "2017-03-25")
    ],
    "utf16_line_ends.csv": [(day, None, "day") for day in ("2017-11-18", "2017-09-25")],
    "local_dates.csv": [
        *[(day, None, "day") for day in ("2020-09-29", "2020-09-26", "2017-05-12")],
        *[(day, None, "day") for day in ("2017-05-03", "2017-07-03", "2017-05-03")],
        *[(None, None, "unknown")] * 2,
    ],
    "newsroom.xlsx": [
        ("2016-06-12", "2016-06-13", "day"),
        ("2016-06-14", None, "day"),
        ("2016-07-01", None, "day"),
    ],
}


@pytest.mark.parametrize("name", DATES)
def test_no_made_up_date(name):
    frame, _ = check(CASES / name)
    columns = [frame[column].tolist() for column in ("date_start", "date_end", "date_precision")]
    expected = [
        (pd.Timestamp(start) if start else pd.NaT, pd.Timestamp(end) if end else pd.NaT, precision)
        for start, end, precision in DATES[name]
    ]
    assert str(list(zip(*columns, strict=True))) == str(expected)


def test_no_made_up_figure():
    frame, _ = check(CASES / "figures.csv")
    names = ["fatalities_low", "fatalities_best", "fatalities_high"]
    figures = frame.set_index("summary")[names].astype(object).where(frame[names].notna().values)
    expected = {
        "6-8": (6, None, 8),
        "at least 2": (2, None, None),
        "1,200": (None, 1200, None),
        "۱۲": (None, 12, None),
        "up to 10": (None, None, 10),
        "about 5": (None, 5, None),
    }
    for words, row in figures.iterrows():
        trio = tuple(None if pd.isna(figure) else int(figure) for figure in row)
        assert trio == expected.get(words, (None, None, None)), words


def test_a_workbook_of_a_newsroom_is_read_as_it_is_meant():
    frame, report = check(CASES / "newsroom.xlsx")
    assert frame["fatalities_best"].tolist() == [3, 2, pd.NA]
    assert frame["fatalities_low"].tolist() == [pd.NA, pd.NA, 6]
    assert frame["place"].tolist() == ["Torkham", "Chaman", "Wana"]
    assert frame["Casualties Injured"].tolist()[0] == 5
    assert report.rejected["source_row"].tolist() == [3, 5, 6]


def test_titles_above_the_header_are_told_and_counted_as_lines():
    _, report = check(CASES / "titles_above.csv")
    messages = [fault.message for fault in report.faults]
    said = '# Incidents along the line "Downloaded 2020-01-01, by a newsroom"'
    assert messages[0] == f"the header stands in line 4; above it is no record: {said}"
    assert messages[1] == "line 7 has 4 cells where the header has 3"


def test_event_types_keep_the_input_s_own_word():
    frame, _ = check(CASES / "event_types.csv")
    assert frame["event_type"].tolist() == ["airstrike", "drone_strike", "unknown", "unknown"]
    assert frame["event_type_reported"].tolist()[:3] == ["Air strike", "DRONE-STRIKE", "Kidnapping"]
    assert frame["event_type_reported"].isna().tolist() == [False, False, False, True]


def test_duplicate_ids_are_kept_under_new_ones():
    frame, report = check(CASES / "duplicate_ids.csv")
    assert frame["incident_id"].tolist() == ["A1", "A1-3", "A1-2"]
    assert "used before, now 'A1-3'" in frame["record_note"].iloc[1]
    assert report.rejected["ID"].tolist() == ["A1"]


def test_text_is_kept_as_it_is():
    frame, _ = check(CASES / "html_and_templates.csv")
    assert frame["place"].iloc[0] == "<script>alert(1)</script>"
    assert "{{ 7*7 }} ${alert(1)}" in frame["summary"].iloc[0]
    frame, _ = check(CASES / "formula.csv")
    assert frame["summary"].iloc[1] == '=HYPERLINK("http://evil.example","click")'
    frame, _ = check(CASES / "html_header.csv")
    assert list(frame.columns[-4:-1]) == ["<i onclick=alert(1)>", "__proto__", "constructor"]


def test_line_ends_inside_a_cell_are_content():
    frame, _ = check(CASES / "bare_line_ends.csv")
    assert frame["summary"].tolist() == ["first\nsecond", "first\rsecond"]


def test_control_characters_go_and_joiners_stay():
    frame, _ = check(CASES / "control_characters.csv")
    assert frame["place"].tolist() == ["Chaman gnp.exe", "سپین\u200cبولدک"]
    assert frame["summary"].iloc[0] == "bell [31m and isolate"


@pytest.mark.parametrize(
    ("name", "column", "row", "text"),
    [
        ("utf16.csv", "place", 1, "اسپین بولدک"),
        ("utf16_without_bom.csv", "summary", 1, "Another"),
        ("cp1252.csv", "summary", 1, "Café “Türkiye” – naïve report in São"),
        ("cp1256.csv", "place", 0, "طورخم"),
        ("undecodable.csv", "place", 1, "اسپین بولدک"),
        ("undecodable.csv", "summary", 1, "A report from �� broken"),
        ("bom.csv", "place", 0, "Torkham"),
        ("mac_line_ends.csv", "place", 1, "Chaman"),
        ("utf16_line_ends.csv", "summary", 0, "خط اول\rخط دوم\nخط سوم"),
        ("spaced_quotes.csv", "place", 0, "Torkham, Khyber"),
        ("spaced_quotes.csv", "summary", 0, 'He said "no", they say'),
        ("spaced_quotes.csv", "summary", 2, "a report\nof two lines"),
        ("carets.txt", "place", 1, "Chaman; Spin Boldak"),
    ],
)
def test_text_is_decoded(name, column, row, text):
    frame, _ = check(CASES / name)
    assert frame[column].iloc[row] == text


def test_the_input_s_own_derived_columns_are_renamed():
    frame, _ = check(CASES / "derived_names.csv")
    extras = list(frame.columns[frame.columns.get_loc("record_note") + 1 :])
    assert extras == [
        "border_side_input",
        "border_distance_m_input",
        "lon_input",
        "lon_input_input",
        "source_row_input",
        "geometry_input",
        "geometry",
    ]
    assert frame["source_row"].tolist() == [1]
    assert frame["source_row_input"].tolist() == ["x"]


def test_repeated_columns_and_keys_are_kept():
    frame, _ = check(CASES / "duplicate_columns.csv")
    assert frame["Place_2"].tolist() == ["Khyber gate"]
    frame, _ = check(CASES / "repeated_key.geojson")
    assert (frame["note"].iloc[0], frame["note_2"].iloc[0]) == ("a", "b")


def test_points_that_the_program_placed_are_not_reported_ones():
    frame, _ = check(CASES / "own_output.geojson")
    assert frame["latitude"].isna().all()
    assert frame["located_by_input"].tolist() == ["place"]
    assert (frame["lon_input"].iloc[0], frame["lat_input"].iloc[0]) == (71.09, 34.12)


def test_json_types_are_kept():
    frame, _ = check(CASES / "good.geojson")
    assert str(frame["flag"].dtype) == "boolean"
    assert str(frame["share"].dtype) == "float64"
    assert frame["tags"].iloc[1] == '["a",{"b":1}]'
    assert frame["fatalities_best"].iloc[0] == 3
    frame, _ = check(CASES / "hostile_keys.geojson")
    assert frame["big"].iloc[0] == "123456789012345678901234567890"
    assert frame["source_row_input"].iloc[0] == 5


def test_rejected_rows_keep_their_raw_content():
    _, report = check(CASES / "wrong_cells.csv")
    assert report.rejected["raw_record"].tolist() == [
        "2016-06-13,Chaman",
        "2016-06-14,Wana, near Angoor Adda, South Waziristan,32.3,69.6,1,A report",
    ]
    _, report = check(CASES / "out_of_range.csv")
    assert report.rejected["Latitude"].tolist() == ["95", "34.1"]
    assert report.rejected["source_row"].tolist() == [2, 3]


def collection(tmp_path, *features, **members):
    path = tmp_path / "a.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **members})
    )
    return path


POINT = {"type": "Point", "coordinates": [71.09, 34.12]}


def test_members_of_features_are_carried_and_clash_with_nothing(tmp_path):
    member = {"style": {"color": "red"}, "links": ["a"], "geometry_member": 1, "when": "x", "id": 8}
    own = {"date": "2016-06-12", "place": "Torkham", "id": 7, "style": "bold"}
    one = {"type": "Feature", "properties": own, "geometry": POINT, **member}
    two = {"type": "Feature", "properties": {"place": "Chaman"}, "geometry": None}
    frame, report = check(collection(tmp_path, one, two, name="layer", timeStamp="2016"))
    assert frame["style"].tolist() == ["bold", pd.NA]
    assert frame["style_member"].tolist() == ['{"color":"red"}', pd.NA]
    assert frame["links_member"].tolist() == ['["a"]', pd.NA]
    assert frame["when_member"].tolist() == ["x", pd.NA]
    assert frame["id_member"].tolist() == [8, pd.NA]
    assert frame["incident_id"].iloc[0] == "7"
    assert frame["source_url"].isna().all()
    said = {fault.reason: fault.message for fault in report.faults if fault.row == 0}
    assert said["members_not_read"] == "members of the collection are not read: timeStamp"


def test_properties_one_level_too_high_are_still_properties(tmp_path):
    feature = {"type": "Feature", "geometry": POINT, "date": "2016-06-12", "place": "Torkham"}
    frame, _ = check(collection(tmp_path, feature, {**feature, "properties": None}))
    assert frame["place"].tolist() == ["Torkham"] * 2
    assert frame["date_start"].notna().all()
