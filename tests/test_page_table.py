"""The table of the records: sorted by any column, linked with the map, built only where seen."""

from __future__ import annotations

import pytest
from page_samples import HOSTILE, frame_of, small_frame, small_layers
from test_page import SIZES, browser, open_page, sample, small_html  # noqa: F401 - fixtures

from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser


def shown(reader, key):
    """Cells of a column in the order of the rows."""
    reader.page.wait_for_timeout(250)
    return reader.page.evaluate(
        """(key) => [...document.querySelectorAll('.record-body [role=row]')]
            .filter((row) => !row.hidden)
            .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
            .map((row) => row.querySelector(`.cell-${key}`).textContent)""",
        key,
    )


def sort(reader, key):
    reader.page.locator(f"[data-key={key}] button").click()
    reader.page.wait_for_timeout(100)
    return reader.page.get_attribute(f"[data-key={key}]", "aria-sort")


@pytest.fixture
def table(open_page, small_html):  # noqa: F811
    return open_page(small_html, fragment="#dock=table")


def test_the_latest_come_first_and_those_without_a_date_last(table):
    dates = shown(table, "date")
    assert dates[:2] == ["2024-07-05", "2024-06-05"]
    assert dates[-1] == "no date"
    assert sort(table, "date") == "ascending"
    assert shown(table, "date") == [*reversed(dates[:-1]), "no date"]


@pytest.mark.parametrize("key", ["type", "place", "distance", "side", "radius", "source", "low"])
def test_every_kind_of_column_sorts_both_ways_with_the_unknown_last(table, key):
    table.page.wait_for_timeout(200)
    assert sort(table, key) == "ascending"
    upwards = shown(table, key)
    assert sort(table, key) == "descending"
    downwards = shown(table, key)
    known = [cell for cell in upwards if cell]
    assert [cell for cell in downwards if cell] == known[::-1]
    assert upwards[len(known) :] == downwards[len(known) :]
    assert table.is_silent()


def test_rows_say_how_well_a_thing_is_known(open_page):  # noqa: F811
    common = {"date_precision": "month", "date_start": "2021-05-01", "date_end": "2021-05-31"}
    rows = [
        {
            **common,
            "at": (69.9, 33.5),
            "place": "Lwara",
            "place_match": "Lwara Mandi",
            "match_score": 0.71,
            "located_by": "place",
            "location_status": "weak",
            "location_candidates": "Lwara (x-1) 0.70",
            "border_distance_m": 4000.0,
            "border_distance_min_m": 0.0,
            "border_distance_max_m": 9000.0,
            "border_side": "AF",
            "location_radius_m": 5000.0,
            "duplicate_of": "T-9",
            "source_name": "Example News",
            "fatalities_low": 1,
            "fatalities_high": 3,
        }
    ]
    html = make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=table")
    assert shown(reader, "date") == ["2021-05"]
    assert shown(reader, "distance") == ["4 km (0 m to 9 km)"]
    assert shown(reader, "placed_by") == ["By the name of the place (with a doubt)"]
    assert [shown(reader, key) for key in ("low", "best", "high")] == [["1"], [""], ["3"]]
    reader.page.locator(".cell-place").first.click()
    told = reader.page.inner_text(".incident-popup")
    for words in (
        "May 2021",
        "Lwara Mandi (match 0.71 of 1)",
        "Not taken: Lwara (x-1) 0.70.",
        "4 km (from 0 m to 9 km, as the place is vague)",
        "lowest 1, best not known, highest 3, according to Example News",
        "T-9",
    ):
        assert words in told


def test_it_follows_the_filters_and_the_maps_view(table):
    assert table.page.inner_text(".record-count") == "8 of 8 incidents, 1 of them unplaced"
    table.page.uncheck(".facet-type label:has-text('Airstrike') input")
    table.page.wait_for_timeout(200)
    assert table.page.inner_text(".record-count") == "6 of 8 incidents, 1 of them unplaced"
    table.page.evaluate("window.testMap.setView([33.6, 69.3], 11, {animate: false})")
    table.page.check(".record-tools input")
    assert table.page.inner_text(".record-count") == "1 of 8 incidents"
    table.page.wait_for_timeout(500)
    assert "rows=view" in table.page.url


def test_the_map_marks_its_row_and_the_row_opens_the_map(table):
    table.page.evaluate("window.testMap.setView([33.2, 70.4], 9, {animate: false})")
    table.click_mark(70.4, 33.2)
    table.page.wait_for_selector(".incident-popup")
    marked = "[...document.querySelectorAll('[role=row][aria-selected=true]')]"
    assert "Place 5" in table.page.evaluate(f"{marked}.map((row) => row.textContent).join()")
    table.page.locator(".record-body [role=row]", has_text="Place 1").click()
    table.page.wait_for_selector(".incident-popup:has-text('Summary 1')")
    assert "Place 1" in table.page.evaluate(f"{marked}.map((row) => row.textContent).join()")
    assert table.is_silent()


def test_arrows_go_from_cell_to_cell_and_one_tab_stop_is_left(table):
    keyboard = table.page.keyboard
    where = """() => {
        const cell = document.activeElement.closest('[aria-colindex]');
        const row = cell.parentElement.getAttribute('aria-rowindex');
        return [Number(row), Number(cell.getAttribute('aria-colindex'))];
    }"""
    table.page.focus(".record-head button")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        keyboard.press(key)
    assert table.page.evaluate(where) == [3, 2]
    keyboard.press("End")
    assert table.page.evaluate("document.activeElement.tagName") == "A"
    assert table.page.evaluate("document.activeElement.rel") == "noopener noreferrer nofollow"
    keyboard.press("Home")
    keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    assert table.page.evaluate(where) == [1, 1]
    assert table.page.locator(".record-scroll [tabindex='0']").count() == 1


def test_columns_are_chosen_and_the_address_keeps_them(table, open_page, small_html):  # noqa: F811
    table.page.click(".record-chooser summary")
    table.page.uncheck(".record-choices label:has-text('Kilometre') input")
    table.page.check(".record-choices label:has-text('Summary') input")
    heads = table.page.locator("[role=columnheader]").all_inner_texts()
    assert "Kilometre" not in heads
    assert any(head.startswith("Summary") for head in heads)
    sort(table, "distance")
    table.page.wait_for_timeout(500)
    fragment = table.page.evaluate("location.hash")
    again = open_page(small_html, fragment=fragment)
    assert [
        h.strip(" ↑↓") for h in again.page.locator("[role=columnheader]").all_inner_texts()
    ] == [h.strip(" ↑↓") for h in table.page.locator("[role=columnheader]").all_inner_texts()]
    assert again.page.get_attribute("[data-key=distance]", "aria-sort") == "ascending"


@pytest.mark.parametrize("text", ["-__proto__", "<b>", "constructor", "date,date", "%00", "--date"])
def test_a_hostile_address_leaves_the_table_as_it_is(open_page, small_html, text):  # noqa: F811
    reader = open_page(small_html, fragment=f"#dock=table&sort={text}&columns={text}&rows={text}")
    assert reader.page.locator(".record-body [role=row]:visible").count() == 8
    assert reader.is_silent()


@pytest.mark.parametrize("size", SIZES)
def test_rows_fit_every_window(open_page, sample, size):  # noqa: F811
    reader = open_page(sample[1], size, "#dock=table")
    reader.page.wait_for_timeout(300)
    narrow = size != "wide"
    assert reader.page.locator(".record-table.narrow").count() == narrow
    assert reader.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if narrow:
        reader.page.select_option(".record-sorter select", "distance")
        near = [d.split(" (")[0] for d in shown(reader, "distance")]
        assert near[0].endswith(" m")
    assert reader.is_silent()


def test_of_many_rows_only_those_in_sight_are_built_and_all_are_reached(open_page):  # noqa: F811
    rows = [
        {"at": (69 + number % 200 / 100, 32.5), "border_km": float(number), "place": f"P{number}"}
        for number in range(20_000)
    ]
    html = make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=table&sort=-km")
    assert reader.page.get_attribute("[role=grid]", "aria-rowcount") == "20001"
    assert reader.page.locator(".record-body [role=row]").count() < 60
    assert shown(reader, "place")[0] == "P19999"
    reader.page.focus("[role=gridcell][tabindex='0'], .record-head button[tabindex='0']")
    reader.page.keyboard.press("Control+ArrowDown")
    assert shown(reader, "place")[-1] == "P0"
    focused = "document.activeElement.parentElement.getAttribute('aria-rowindex')"
    assert reader.page.evaluate(focused) == "20001"


def test_hostile_texts_are_only_texts(open_page):  # noqa: F811
    rows = [
        {**dict.fromkeys(("place", "source_name", "source_url", "actor_a"), text), "at": (69.5, 33)}
        for text in (*HOSTILE, "y" * 1_000_000)
    ]
    html = make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=table")
    reader.page.focus(".record-head button")
    reader.page.keyboard.press("Control+ArrowDown")
    assert max(map(len, shown(reader, "place"))) <= 300
    assert reader.page.evaluate("window.pwned") is None
    assert reader.is_silent()


def test_no_incident_at_all(open_page):  # noqa: F811
    html = make_map(small_frame().iloc[:0], small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=table")
    assert reader.page.inner_text(".record-count") == "0 of 0 incidents"
    assert reader.is_silent()
