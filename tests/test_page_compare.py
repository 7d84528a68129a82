"""Two periods side by side: two maps of one view, and a table of what differs."""

from __future__ import annotations

import pandas as pd
import pytest
from page_samples import frame_of, small_layers
from test_page import SIZES, browser, open_page, sample, small_html  # noqa: F401 - fixtures

from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser

PERIODS = "from=2022-01-01&to=2024-12-31&compare=2020-01-01%2C2021-12-31"


def table_of(reader):
    """The numbers of each line: this period, the other, the change."""
    lines = reader.page.evaluate(
        """() => [...document.querySelectorAll('.compare-table tbody tr')]
            .map((row) => [...row.cells].map((cell) => cell.textContent))"""
    )
    return {name: cells for name, *cells in lines if cells}


def labels(reader):
    return [text.strip() for text in reader.page.locator(".period-label:visible").all_inner_texts()]


def test_the_address_opens_a_comparison(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment=f"#{PERIODS}")
    assert labels(reader) == [
        "1 January 2022 to 5 July 2024: 5",
        "5 January 2020 to 31 December 2021: 2",
    ]
    reader.tab("compare")
    lines = table_of(reader)
    assert lines["In all"] == ["5", "2", "+3"]
    assert lines["Airstrike"] == ["0", "2", "−2"]
    assert lines["Afghan side"] == ["2", "2", "0"]
    assert reader.is_silent()


def test_counts_are_those_of_the_frame(open_page, sample):  # noqa: F811
    frame, html = sample
    reader = open_page(
        html, fragment="#from=2021-01-01&to=2025-12-31&compare=2016-01-01%2C2020-12-31"
    )
    reader.tab("compare")
    lines = table_of(reader)
    ends = frame.date_end.fillna(frame.date_start)

    def within(start, end):
        return frame[(frame.date_start <= pd.Timestamp(end)) & (ends >= pd.Timestamp(start))]

    this, other = within("2021-01-01", "2025-12-31"), within("2016-01-01", "2020-12-31")
    assert lines["In all"][:2] == [str(len(this)), str(len(other))]
    for column, names in (
        ("event_type", {"airstrike": "Airstrike", "armed_clash": "Armed clash"}),
        ("border_side", {"AF": "Afghan side", "PK": "Pakistani side"}),
        ("adm1", {"Nangarhar": "Nangarhar", "Khyber Pakhtunkhwa": "Khyber Pakhtunkhwa"}),
    ):
        for value, name in names.items():
            counts = [int((part[column] == value).sum()) for part in (this, other)]
            assert lines[name][:2] == [str(count) for count in counts]


def test_the_button_starts_with_sensible_periods_and_ends_it(open_page, small_html):  # noqa: F811
    reader = open_page(small_html)
    before = reader.page.locator("#map").bounding_box()
    reader.page.focus("#tab-legend")
    for key in ("ArrowRight", "ArrowRight", "Tab", "Enter"):
        reader.page.keyboard.press(key)
    assert len(labels(reader)) == 2
    reader.page.wait_for_timeout(500)
    assert "compare=2020-01-05" in reader.page.url
    halves = [reader.page.locator(name).bounding_box() for name in ("#map", "#map-other")]
    assert halves[0]["width"] == pytest.approx(halves[1]["width"], abs=2)
    assert halves[0]["x"] + halves[0]["width"] <= halves[1]["x"] + 1
    reader.page.keyboard.press("Enter")
    assert labels(reader) == []
    assert reader.page.locator("#map").bounding_box() == before
    reader.page.wait_for_timeout(500)
    assert "compare" not in reader.page.url
    assert reader.is_silent()


def test_both_maps_show_the_same_place(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment=f"#{PERIODS}")
    middle = "(at) => document.querySelectorAll('.leaflet-container')[at].textContent"
    assert reader.page.evaluate(middle, 1)
    box = reader.page.locator("#map-other").bounding_box()
    before = reader.page.evaluate("[testMap.getCenter().lng, testMap.getZoom()]")
    reader.page.mouse.move(box["x"] + 150, box["y"] + 300)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 50, box["y"] + 300, steps=4)
    reader.page.mouse.up()
    reader.page.wait_for_timeout(600)
    after = reader.page.evaluate("[testMap.getCenter().lng, testMap.getZoom()]")
    assert after[0] > before[0]
    assert after[1] == before[1]
    assert reader.is_silent()


def test_other_filters_hold_for_both(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment=f"#{PERIODS}")
    reader.page.uncheck(".facet-type label:has-text('Airstrike') input")
    assert [label.split(": ")[1] for label in labels(reader)] == ["5", "0"]
    reader.page.uncheck(".facet-type label:has-text('Shelling') input")
    assert [label.split(": ")[1] for label in labels(reader)] == ["4", "0"]


def test_swapping_twice_changes_nothing_and_once_everything(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment=f"#{PERIODS}")
    reader.tab("compare")
    first = labels(reader)
    reader.page.click("text=Swap")
    assert labels(reader) == first[::-1]
    reader.page.click("text=Swap")
    assert labels(reader) == first


def test_the_time_before_and_the_year_earlier(open_page, small_html):  # noqa: F811
    reader = open_page(
        small_html, fragment="#from=2024-02-29&to=2024-06-30&compare=2020-01-05%2C2020-01-06"
    )
    reader.tab("compare")
    boxes = reader.page.locator(".compare .date-boxes input")
    reader.page.click("text=A year earlier")
    assert [boxes.nth(2).input_value(), boxes.nth(3).input_value()] == ["2023-02-28", "2023-06-30"]
    reader.page.click("text=The time before")
    assert [boxes.nth(2).input_value(), boxes.nth(3).input_value()] == ["2023-10-29", "2024-02-28"]
    assert "not equally long" not in reader.page.inner_text(".compare")
    boxes.nth(2).fill("2023-01-01")
    boxes.nth(2).press("Tab")
    assert "not equally long" in reader.page.inner_text(".compare")


def test_a_mark_on_the_other_map_tells_its_incident(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment=f"#{PERIODS}&at=33.5,69.9,9")
    box = reader.page.locator("#map-other").bounding_box()
    reader.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reader.page.wait_for_selector("#map-other .incident-popup:has-text('Summary 1')")
    assert reader.page.locator("#map .incident-popup").count() == 0
    assert reader.is_silent()


@pytest.mark.parametrize(
    "text",
    ["2021-01-01", "2022-01-01,2021-01-01", "0000-99-99,2021-01-01", "<b>,<b>", "__proto__", ","],
)
def test_a_hostile_address_compares_nothing(open_page, small_html, text):  # noqa: F811
    reader = open_page(small_html, fragment=f"#compare={text}")
    assert labels(reader) == []
    assert reader.numbers() == [7, 1, 8]
    assert reader.is_silent()


def test_without_dates_there_is_nothing_to_compare(open_page):  # noqa: F811
    html = make_map(frame_of([{"at": (69.5, 33)}]), small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#compare=2020-01-01,2021-01-01")
    assert reader.page.locator("#tab-compare").count() == 0
    assert reader.is_silent()


@pytest.mark.parametrize("size", SIZES)
def test_both_maps_fit_every_window(open_page, sample, size):  # noqa: F811
    reader = open_page(sample[1], size, f"#{PERIODS}")
    window = SIZES[size]
    boxes = [reader.page.locator(name).bounding_box() for name in ("#map", "#map-other")]
    for box in boxes:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= window[0]
        assert box["y"] + box["height"] <= window[1]
    above = boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert above == (size == "phone")
    assert reader.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    raw = reader.page.pdf(prefer_css_page_size=True)
    assert len(raw) > 60_000
    assert reader.is_silent()
