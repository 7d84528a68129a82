"""Workbooks: the right sheet, its header, its cells as they were meant, and hostile ones."""

from __future__ import annotations

import datetime
import random

import pandas as pd
import pytest
from accounting import check, found
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import (
    HEADER,
    KHOST,
    PAKTIKA,
    bare_xlsx,
    ods,
    text_cell,
    xls,
    xlsx,
    zipped,
)

from bordermap import records
from bordermap.errors import InputError, RecipeError
from bordermap.records import archives, workbook

ROWS = [HEADER, KHOST, PAKTIKA]


@pytest.fixture
def put(tmp_path):
    """Write a workbook and give its path."""

    def write(content, name="book.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def note(report, reason):
    (fault,) = [fault for fault in report.faults if fault.reason == reason]
    return fault


def error(path, **options):
    with pytest.raises((InputError, RecipeError)) as caught:
        records.read(path, **options)
    assert "\n" not in str(caught.value)
    assert caught.value.todo
    return str(caught.value)


@pytest.mark.parametrize(("make", "suffix"), [(xlsx, "xlsx"), (xls, "xls"), (ods, "ods")])
def test_the_three_formats_say_the_same(put, make, suffix):
    path = put(make(), f"book.{suffix}")
    frame, report = check(path)
    assert frame["place"].tolist() == ["Zazi Maidan", "Angoor Adda"]
    assert frame["fatalities_best"].tolist() == [3, 0]
    assert frame["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2016-06-12", "2016-06-13"]
    assert frame["source_file"].unique().tolist() == [f"book.{suffix} (Incidents)"]
    assert found(report) == {(0, "sheet_chosen")}
    assert report.files[0].encoding == "workbook"


def test_another_suffix_is_noticed(put):
    assert (0, "suffix_differs") in found(check(put(xlsx(), "book.csv"))[1])
    assert (0, "suffix_differs") not in found(check(put(xlsx(), "book.xlsm"))[1])


# Sheets


def test_the_sheet_that_is_known_best_is_read_and_the_others_are_named(put):
    sheets = {
        "Read me": [["Notes", "by the desk"], ["Date", "June 2016"]],
        "2015": [HEADER, KHOST],
        "2016": [HEADER, KHOST, PAKTIKA],
        "Codes": [["Type", "Meaning"], ["A", "Air"], ["B", "Border"], ["C", "Clash"]],
    }
    frame, report = check(put(xlsx(sheets=sheets)))
    assert len(frame) == 2
    message = note(report, "sheet_chosen").message
    assert "the sheet '2016' is read, with its header in row 1, not 2015" in message
    assert "ask for 'book.xlsx:2015'" in message


def test_a_sheet_may_be_asked_for(put):
    path = put(xlsx(sheets={"A": ROWS, "B": [HEADER, KHOST], "C": [["zzz"]]}))
    assert len(records.read(f"{path}:B").frame) == 1
    assert len(records.read(f"{path}:b").frame) == 1
    assert "no column is known in its sheets (C)" in error(f"{path}:C")
    assert "there is no sheet 'D'; it has A, B, C" in error(f"{path}:D")
    csv = path.with_name("a.csv")
    csv.write_text("Place\nTorkham\n")
    assert "is no workbook" in error(f"{csv}:B")


def test_a_file_whose_name_has_a_colon_is_a_file(tmp_path):
    (tmp_path / "a").write_text("Place\nTorkham\n")
    (tmp_path / "a:b").write_text("Place\nChaman\n")
    assert records.read(tmp_path / "a:b").frame["place"].tolist() == ["Chaman"]


def test_hidden_sheets_are_not_read(put):
    def hide(_, sheets):
        sheets["Old"].hide()
        sheets["Older"].very_hidden()

    sheets = {"Incidents": [HEADER, KHOST], "Old": ROWS, "Older": ROWS}
    path = put(xlsx(hide, sheets))
    frame, report = check(path)
    assert len(frame) == 1
    assert note(report, "hidden_sheets").message == "hidden sheets are not read: Old, Older"
    assert len(records.read(f"{path}:Old").frame) == 2


def test_only_hidden_sheets(put):
    sheets = {"Cover": [["Clashes of the year"]], "Data": ROWS}
    path = put(xlsx(lambda _, made: made["Data"].hide(), sheets))
    assert "in its sheets (Cover) , and" not in error(path)
    assert "hidden ones are not read (Data)" in error(path)


def test_hidden_sheets_of_old_workbooks(put):
    def hide(_, made):
        made["Old"].visibility = 1

    _, report = check(put(xls({"New": [HEADER, KHOST], "Old": ROWS}, hide), "a.xls"))
    assert (0, "hidden_sheets") in found(report)
    assert report.read == 1


def test_charts_are_no_sheets(put):
    def add(book, _):
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Incidents!$D$2:$D$3"})
        book.add_chartsheet("Chart").set_chart(chart)

    assert check(put(xlsx(add)))[1].read == 2


# Headers


def test_titles_stand_above_the_header(put):
    rows = [["Border clashes 2016"], ["Source: newsroom", "", "updated", "June"], [], *ROWS]
    frame, report = check(put(xlsx(sheets={"S": rows})))
    assert frame["place"].tolist() == ["Zazi Maidan", "Angoor Adda"]
    assert "its header in row 4" in note(report, "sheet_chosen").message


def two_rows(book, made):
    sheet = made["S"]
    sheet.merge_range("A1:A2", "Date")
    sheet.merge_range("B1:C1", "Where")
    sheet.merge_range("D1:E1", "Injured")
    sheet.merge_range("F1:G1", "Killed")
    sheet.write_row("B2", ["Province", "Place", "low", "high", "low", "high"])
    sheet.write_row("H1", ["Source"])
    sheet.write_row("A3", ["2016-06-12", "Khost", "Zazi Maidan", 7, 9, 1, 2, "Example"])


def test_a_header_of_two_rows(put):
    frame, report = check(put(xlsx(two_rows, {"S": []})))
    row = frame.iloc[0]
    assert (row["province"], row["place"]) == ("Khost", "Zazi Maidan")
    assert (row["fatalities_low"], row["fatalities_high"]) == (1, 2)
    assert (row["Injured low"], row["Injured high"], row["source_name"]) == (7, 9, "Example")
    assert "its header in rows 1 and 2" in note(report, "sheet_chosen").message


def test_figures_of_another_group_are_no_fatalities(put):
    rows = [
        ["Date", "Place", "Injured", "", "Reports"],
        ["", "", "low", "high", "Source"],
        ["2016-06-12", "Torkham", 7, 9, "x"],
    ]
    frame, _ = check(put(xlsx(sheets={"S": rows})))
    assert frame["fatalities_low"].isna().all()
    assert frame["Injured low"].tolist() == [7]
    assert frame["Injured high"].tolist() == [9]


def test_an_ods_header_of_two_rows(put):
    rows = [["Date", "Place", "Killed", ""], ["", "", "low", "high"], ["2016-06-12", "Khost", 1, 2]]
    frame, _ = check(put(ods({"S": rows}), "a.ods"))
    assert (frame["fatalities_low"].iloc[0], frame["fatalities_high"].iloc[0]) == (1, 2)


def ods_row(*cells, extra=""):
    """A row of an ODS table as LibreOffice writes it: texts, or (attributes, text)."""
    made = ""
    for cell in cells:
        said, text = cell if isinstance(cell, tuple) else ("", cell)
        kind = ' office:value-type="string"' if text and "value-type" not in said else ""
        shown = f"<text:p>{text}</text:p>" if text else ""
        made += f"<table:table-cell {said}{kind}>{shown}</table:table-cell>"
    return f"<table:table-row {extra}>{made}</table:table-row>"


COVERED = "</table:table-cell><table:covered-table-cell/>"
OVER_TWO = 'table:number-columns-spanned="2"'
DOWN_TWO = 'table:number-rows-spanned="2"'
FORMULA = 'table:formula="of:=1+2"'


def test_an_ods_header_in_merged_groups(put):
    rows = ods_row("Date", "Place", (OVER_TWO, "Killed"), (OVER_TWO, "Injured"))
    rows = rows.replace(
        "<text:p>Killed</text:p></table:table-cell>", f"<text:p>Killed</text:p>{COVERED}"
    )
    rows += ods_row("", "", "low", "high", "low", "high")
    rows += ods_row("2016-06-12", "Torkham", "3", "5", "7", "9")
    frame, _ = check(put(ods({"A": rows}), "a.ods"))
    assert frame["fatalities_low"].tolist() == [3]
    assert frame["fatalities_high"].tolist() == [5]
    assert frame["Injured low"].tolist() == ["7"]


def test_what_is_merged_over_rows_of_an_ods_table_holds_for_each(put):
    rows = ods_row("Date", "Place", "Killed", "Summary")
    rows += ods_row((DOWN_TWO, "2016-06-12"), "Torkham", (DOWN_TWO, "3"), "a")
    rows += ods_row("", "Chaman", "", "b").replace(
        "<table:table-cell ></table:table-cell>", "<table:covered-table-cell/>"
    )
    frame, report = check(put(ods({"A": rows}), "a.ods"))
    assert frame["date_start"].dt.date.astype(str).tolist() == ["2016-06-12"] * 2
    assert frame["fatalities_best"].tolist() == [3, pd.NA]
    assert (2, "merged_cell") in found(report)


def test_what_is_hidden_in_an_ods_workbook(put):
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"'
        ' table:number-columns-repeated="2"/><table:table-column/>'
    )
    rows = ods_row("Date", "Place", "Killed", "Summary")
    rows += ods_row("2016-06-12", "Torkham", "3", "a", extra='table:visibility="filter"')
    rows += ods_row("2016-06-13", "Chaman", "1", "b", extra='table:visibility="collapse"')
    rows += ods_row("2016-06-14", "Wana", "1", "c")
    rows += ods_row("", extra='table:visibility="collapse" table:number-rows-repeated="1048000"')
    old = [HEADER, KHOST, PAKTIKA, KHOST, PAKTIKA]
    frame, report = check(put(ods({"Old": old, "A": columns + rows}, hidden=["Old"]), "a.ods"))
    assert frame["place"].tolist() == ["Torkham", "Chaman", "Wana"]
    assert note(report, "hidden_sheets").message == "hidden sheets are not read: Old"
    assert (
        note(report, "hidden_columns").message == "hidden columns are read as well: Place, Killed"
    )
    assert note(report, "hidden_rows").message == "2 hidden rows are read as well"


def test_of_an_ods_formula_the_saved_value_counts(put):
    number = f'{FORMULA} office:value-type="float" office:value="3"'
    failed = f'{FORMULA} office:value-type="string" calcext:value-type="error"'
    rows = ods_row("Date", "Place", "Killed", "Summary")
    rows += ods_row("2016-06-12", "Torkham", (number, "3"), "a")
    rows += ods_row("2016-06-13", "Chaman", (failed, "#DIV/0!"), "b")
    rows += ods_row("2016-06-14", "Wana", (FORMULA, ""), "c")
    rows += ods_row("Total", "", (number, "3"), "")
    frame, report = check(put(ods({"A": rows}), "a.ods"))
    assert frame["fatalities_best"].tolist() == [3, pd.NA, pd.NA]
    assert {(2, "cell_error"), (3, "formula_without_value"), (4, "totals_row")} <= found(report)
    assert "#DIV/0!" in frame["record_note"].iloc[1]


def test_the_table_may_begin_anywhere(put):
    rows = [[], ["", "", *HEADER], ["", "", *KHOST]]
    frame, report = check(put(xlsx(sheets={"S": rows})))
    assert frame["province"].tolist() == ["Khost"]
    assert not [name for name in frame.columns if name.startswith("column_")]
    assert "its header in row 2" in note(report, "sheet_chosen").message


def test_a_column_without_a_name_keeps_its_cells(put):
    frame, _ = check(put(xlsx(sheets={"S": [HEADER, [*KHOST, "aside"]]})))
    assert frame["column_5"].tolist() == ["aside"]


# Rows


def test_what_is_no_record_is_rejected_with_its_content(put):
    def merge(_, made):
        made["S"].merge_range("A2:D2", "June 2016")

    rows = [HEADER, [], KHOST, HEADER, PAKTIKA, ["Total", "", "", 3], [], ["* as reported"]]
    _, report = check(put(xlsx(merge, {"S": rows})))
    rejected = {(fault.row, fault.reason) for fault in report.faults if fault.rejected}
    assert rejected == {
        (1, "heading_row"),
        (3, "repeated_header"),
        (5, "totals_row"),
        (6, "footnote_row"),
    }
    assert '["June 2016","","",""]' in report.rejected["raw_record"].tolist()


def test_a_lone_place_is_a_record(put):
    rows = [
        ["Place", "Date", "Killed"],
        ["Torkham", "2016-06-12", 1],
        [],
        ["Chaman"],
        ["Source: x"],
    ]
    frame, _ = check(put(xlsx(sheets={"S": rows})))
    assert frame["place"].tolist() == ["Torkham", "Chaman"]


def test_merged_cells_hold_for_each_row_but_a_toll_does_not(put):
    def merge(_, made):
        made["S"].merge_range("A2:A4", "2016-06-12")
        made["S"].merge_range("D2:D4", 9)

    rows = [HEADER, *[["", "Khost", place] for place in ("Zazi", "Tani", "Gurbuz")]]
    frame, report = check(put(xlsx(merge, {"S": rows})))
    assert frame["date_start"].dt.day.tolist() == [12, 12, 12]
    assert frame["fatalities_best"].fillna(-1).tolist() == [9, -1, -1]
    assert {row for row, reason in found(report) if reason == "merged_cell"} == {2, 3}


def test_a_hxl_tag_row_is_no_record(put):
    rows = [HEADER, ["#date", "#adm1", "#loc", "#affected+killed"], KHOST]
    _, report = check(put(xlsx(sheets={"S": rows})))
    assert found(report) == {(0, "hxl_tag_row"), (0, "sheet_chosen")}


def test_hxl_tags_name_columns_that_their_headers_do_not(put):
    rows = [["Date", "Ort"], ["#date", "#loc+name"], ["2016-06-12", "Chaman"]]
    frame, report = check(put(xlsx(sheets={"S": rows})))
    assert frame["place"].tolist() == ["Chaman"]
    assert found(report) >= {(0, "hxl_tag_row"), (0, "column_by_tag")}


def test_hidden_columns_and_rows_are_read_with_a_note(put):
    def hide(_, made):
        made["Incidents"].set_column("C:D", None, None, {"hidden": True})
        made["Incidents"].set_row(1, None, None, {"hidden": True})

    frame, report = check(put(xlsx(hide)))
    assert frame["place"].tolist() == ["Zazi Maidan", "Angoor Adda"]
    assert note(report, "hidden_columns").message.endswith(": Place, Killed")
    assert note(report, "hidden_rows").message == "1 hidden rows are read as well"


# Cells


@pytest.mark.parametrize("from_1904", [False, True])
def test_days_and_times_are_dates(put, from_1904):
    def dates(book, made):
        sheet, day = made["S"], book.add_format({"num_format": "d mmm yyyy"})
        sheet.write_row(0, 0, ["Date", "End date", "Place", "Killed"])
        sheet.write_datetime(1, 0, datetime.date(2016, 6, 12), day)
        sheet.write_datetime(1, 1, datetime.datetime.fromisoformat("2016-06-13T14:30"), day)
        sheet.write_string(1, 2, "Torkham")
        sheet.write_datetime(1, 3, datetime.date(2026, 3, 4), day)

    frame, report = check(put(xlsx(dates, {"S": []}, date_1904=from_1904)))
    assert frame["date_start"].tolist() == [pd.Timestamp("2016-06-12")]
    assert frame["date_end"].tolist() == [pd.Timestamp("2016-06-13")]
    assert frame["fatalities_best"].isna().all()
    assert (1, "figure_eaten_by_spreadsheet") in found(report)
    assert ((0, "days_from_1904") in found(report)) == from_1904


def test_plain_day_numbers_from_1904_are_counted_from_1900(put):
    days = (datetime.date(2016, 6, 12) - datetime.date(1904, 1, 1)).days
    path = put(xlsx(sheets={"S": [["Date", "Place"], [days, "Torkham"]]}, date_1904=True))
    table = records.read(path)
    assert table.frame["date_start"].tolist() == [42533]  # 12 June 2016, as Excel counts
    assert (1, "days_from_1904") in {(fault.row, fault.reason) for fault in table.faults}


def test_numbers_keep_their_type(put):
    rows = [["ID", "Place", "Lat", "Lon", "Score"], [1234567890123, "Torkham", 34.125, 71.09, 2.5]]
    frame, _ = check(put(xlsx(sheets={"S": rows})))
    assert frame["incident_id"].tolist() == ["1234567890123"]
    assert (frame.geometry.iloc[0].y, frame.geometry.iloc[0].x) == (34.125, 71.09)
    assert frame["Score"].tolist() == [2.5]


def test_of_a_formula_the_saved_value_counts(put):
    def formulas(_, made):
        sheet = made["S"]
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, KHOST[:3])
        sheet.write_formula(1, 3, "=1+3", value=4)
        sheet.write_row(2, 0, KHOST[:3])
        sheet.write_formula(2, 3, "=1+3", value="")
        sheet.write_row(3, 0, KHOST[:3])
        sheet.write_formula(3, 3, "=1/0", value="#DIV/0!")

    frame, report = check(put(xlsx(formulas, {"S": []})))
    assert frame["fatalities_best"].fillna(-1).tolist() == [4, -1, -1]
    assert {(2, "formula_without_value"), (3, "cell_error")} <= found(report)
    assert "Killed holds the error #DIV/0!" in note(report, "cell_error").message


def test_a_time_that_no_calendar_has_rejects_its_row_alone(put):
    def lengths(book, made):
        form = book.add_format({"num_format": "[h]:mm"})
        made["S"].write_row(0, 0, [*HEADER, "Lasted"])
        made["S"].write_row(1, 0, KHOST)
        made["S"].write_row(2, 0, PAKTIKA)
        made["S"].write_number(1, 4, 1e15, form)
        made["S"].write_number(2, 4, 1.5, form)

    frame, report = check(put(xlsx(lengths, {"S": []})))
    assert frame["Lasted"].tolist() == ["1 day, 12:00:00"]
    assert (1, "cell_unreadable") in found(report)


def test_text_is_kept_as_it_is(put):
    text = "=cmd|' /C calc'!A0"

    def write(_, made):
        made["S"].write_row(0, 0, ["Place", "Summary"])
        made["S"].write_string(1, 0, "طورخم <script>{{ 7*7 }}")
        made["S"].write_string(1, 1, text)

    frame, _ = check(put(xlsx(write, {"S": []})))
    assert frame["place"].iloc[0] == "طورخم <script>{{ 7*7 }}"
    assert frame["summary"].iloc[0] == text


# Workbooks that cannot be read, or should not


def test_empty_workbooks(put):
    assert "no column is known in its sheets (S)" in error(put(xlsx(sheets={"S": []})))
    assert "no column is known" in error(put(ods({"S": []}), "a.ods"))
    assert "no column is known" in error(put(xls({"S": []}), "a.xls"))
    _, report = check(put(xlsx(sheets={"S": [HEADER]})))
    assert (0, "no_records") in found(report)


def test_the_recipe_asked_for_must_fit(put):
    with pytest.raises(RecipeError, match="no column is known"):
        records.read(put(xlsx(sheets={"S": [["a"], ["b"]]})), recipe="newsroom")
    assert records.read(put(xlsx()), recipe="newsroom").recipe == "newsroom"


def test_protected_workbooks(put):
    # An encrypted XLSX is an OLE file with a stream of this name.
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")
    assert "is protected by a password; save it without one" in error(put(ole))
    locked = ods(manifest="<encryption-data/>")
    assert "is protected by a password" in error(put(locked, "a.ods"))


@pytest.mark.parametrize("make", [xlsx, xls, ods])
def test_cut_off_workbooks(put, make):
    content = make()
    for share in (0.1, 0.5, 0.9):
        error(put(content[: int(len(content) * share)]))


def test_other_zipped_documents_are_named(put):
    assert "is a binary Excel workbook" in error(put(zipped({"xl/workbook.bin": "x"}), "a.xlsb"))
    assert "is a Word document" in error(put(zipped({"word/document.xml": "x"}), "a.docx"))
    assert "is an old Office document" in error(put(b"\xd0\xcf\x11\xe0" + bytes(600), "a.doc"))


def test_entities_are_refused(put):
    start = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    rows = f'<sheetData><row r="1">{text_cell("A1", "&b;")}</row></sheetData>'
    assert "its XML defines entities" in error(put(bare_xlsx(rows, start)))
    assert "its XML defines entities" in error(put(bare_xlsx(start + rows)))


def test_cells_far_out_are_refused_before_they_take_all_memory(put):
    near = f'<row r="1">{text_cell("A1", "Date")}</row>'
    for far in (
        f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>',
        f'<row r="4294967295">{text_cell("XFD4294967295", "x")}</row>',
        f"<row>{'<c><v>1</v></c>' * 3000}</row>{'<row/>' * 20_000}",
    ):
        path = put(bare_xlsx(f"<sheetData>{near}{far}</sheetData>"))
        assert "a sheet reaches over" in error(path)


def test_a_dimension_that_lies_does_no_harm(put):
    row = "".join(text_cell(*cell) for cell in (("A1", "Place"), ("B1", "Date")))
    sheet = (
        f'<sheetData><row r="1">{row}</row><row r="2">{text_cell("A2", "Wana")}</row></sheetData>'
    )
    frame, _ = check(put(bare_xlsx(f'<dimension ref="A1:XFD1048576"/>{sheet}')))
    assert frame["place"].tolist() == ["Wana"]


def test_cells_repeated_without_end_are_refused(put):
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="{}"/>'
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    bomb = row.format(1_048_576, cell.format(100))
    assert "a sheet reaches over 104,857,600 cells" in error(put(ods({"S": bomb}), "a.ods"))


def test_blank_cells_repeated_to_the_end_of_the_sheet_are_none(put):
    blank = '<table:table-cell table:number-columns-repeated="16380"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("Place", "Date")
    )
    rows = f"<table:table-row>{head}{blank}</table:table-row>" * 2 + rest
    _, report = check(put(ods({"S": rows}), "a.ods"))
    assert (report.read, report.rejected_count) == (1, 1)


def test_workbooks_that_unpack_to_too_much(put, monkeypatch):
    path = put(xlsx())
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1000)
    assert "holds more than 0 MiB unpacked" in error(path)


def test_too_many_rows_and_columns(put, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_COLUMNS", 3)
    assert "has more than 3 columns" in error(put(xlsx()))
    monkeypatch.setattr(workbook, "MAX_ROWS", 2)
    assert "has more than 2 rows" in error(put(xlsx()))


def test_macros_and_links_are_not_unpacked(put):
    def wanted(name):
        return workbook._is_wanted(name)

    assert wanted("xl/worksheets/sheet1.xml")
    assert wanted("xl\\workbook.xml")
    assert not wanted("xl/vbaProject.bin")
    assert not wanted("xl/media/image1.png")
    assert not wanted("customXml/item1.xml")


# Any workbook

CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from([*HEADER, "Total", "2016-06-12", "#N/A", "=1+1", "6-8"]),
)
TABLES = st.lists(st.lists(CELLS, max_size=6), max_size=8)
QUICK = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(st.lists(TABLES, min_size=1, max_size=3), st.sampled_from(["xlsx", "ods"]))
def test_any_workbook(put, tables, kind):
    named = {f"S{number}": [HEADER, *rows] for number, rows in enumerate(tables)}
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    content = ods(named) if kind == "ods" else xlsx(sheets=named, **options)
    _, report = check(put(content, f"a.{kind}"))
    longest = max(sum(any(str(cell).strip() for cell in row) for row in rows) for rows in tables)
    assert report.read <= longest


@QUICK
@given(st.integers(0, 2**32), st.sampled_from([xlsx, xls, ods]))
def test_broken_bytes_end_in_one_error_or_in_an_account(put, seed, make):
    content, dice = bytearray(make()), random.Random(seed)
    for _ in range(dice.randint(1, 20)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path = put(bytes(content), "a.bin")
    try:
        check(path)
    except (InputError, RecipeError) as caught:
        said = str(caught)
    else:
        said = "read"
    assert said
    assert "\n" not in said


NAMELESS = [
    ["Wann", "Nord", "Ost", "Staat"],
    *([f"2016-06-{day}", 34.1234, 71.0912, "Afghanistan"] for day in range(12, 17)),
]


@pytest.mark.parametrize("make", [lambda sheets: xlsx(sheets=sheets), xls, ods])
def test_columns_that_no_name_explains_are_known_by_their_cells(tmp_path, make):
    notes = [["Stand", "Zustand"], ["alt", "gut"]]
    titled = [["Eine Liste", "", "", ""], *NAMELESS]
    path = tmp_path / "a.xlsx"
    path.write_bytes(make({"Notizen": notes, "Liste": titled}))
    table = records.read(path)
    assert table.file == "a.xlsx (Liste)"
    assert len(table.frame) == 5
    assert {"date_start", "latitude", "longitude", "country"} <= set(table.frame.columns)
    assert any(fault.reason == "column_by_content" for fault in table.faults)
    plain = tmp_path / "a.csv"
    plain.write_text("\n".join(",".join(map(str, row)) for row in NAMELESS))
    assert records.read(plain).headers == table.headers


def test_a_workbook_of_which_nothing_is_known_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(sheets={"A": [["Farbe", "Form"], *[["rot", "rund"]] * 5]}))
    with pytest.raises(InputError, match="no column is known"):
        records.read(path)
