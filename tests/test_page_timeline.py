"""The timeline of the page: bars, a range drawn on them, play; everything else follows."""

from __future__ import annotations

import pytest
from page_samples import frame_of, small_layers
from test_page import SIZES, browser, open_page, sample, small_html  # noqa: F401 - fixtures

from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser

PLAYING = 1500


def incident(start, end=None, precision="day", kind="protest"):
    return {
        "event_type": kind,
        "date_start": start,
        "date_end": end or start,
        "date_precision": precision,
        "at": (70.1, 33.2),
    }


@pytest.fixture(scope="module")
def years_html():
    """Two incidents a year for ten years, one known to a year, one without a date."""
    days = [f"{year}-{month}-15" for year in range(2010, 2020) for month in ("02", "08")]
    rows = [incident(day) for day in days]
    rows.append(incident("2015-01-01", "2015-12-31", "year"))
    rows.append({"event_type": "protest", "date_start": None, "date_end": None, "at": (70.1, 33.2)})
    return make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html


@pytest.fixture
def timeline(open_page, years_html):  # noqa: F811
    return open_page(years_html, fragment="#dock=time")


def handles(reader):
    reader.painted()
    return [
        reader.page.get_attribute(f".time-plot .brush-handle >> nth={number}", "aria-valuetext")
        for number in range(2)
    ]


def drag(reader, start, end):
    """Pull across shares of the plot's width."""
    box = reader.page.locator(".time-plot .brush").bounding_box()
    middle = box["y"] + box["height"] / 3
    reader.page.mouse.move(box["x"] + box["width"] * start, middle)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + box["width"] * (start + end) / 2, middle)
    reader.page.mouse.move(box["x"] + box["width"] * end, middle)
    reader.page.mouse.up()
    reader.page.wait_for_timeout(100)


def ink(reader, colour):
    """How many pixels of the timeline have a colour."""
    return reader.page.evaluate(
        """(colour) => {
            const canvas = document.querySelector('.time-canvas');
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const pen = copy.getContext('2d', { willReadFrequently: true });
            pen.drawImage(canvas, 0, 0);
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;
            for (let at = 0; at < data.length; at += 4) {
                n += colour.every((value, part) => data[at + part] === value) ? 1 : 0;
            }
            return n;
        }""",
        colour,
    )


KEPT, VAGUE, LEFT = [109, 103, 91], [176, 168, 151], [231, 226, 215]


@pytest.mark.parametrize("size", SIZES)
def test_the_timeline_is_drawn_and_silent(open_page, years_html, size):  # noqa: F811
    reader = open_page(years_html, size, "#dock=time&bars=month")
    reader.page.wait_for_timeout(200)
    assert ink(reader, KEPT) > 100
    assert ink(reader, VAGUE) > 10
    assert ink(reader, LEFT) == 0
    assert "1 without a date" in reader.page.inner_text(".timeline .dock-foot")
    assert handles(reader) == ["1 February 2010", "31 August 2019"]
    assert reader.is_silent()


def test_on_a_phone_the_dock_is_closed_at_first(open_page, years_html):  # noqa: F811
    reader = open_page(years_html, "phone")
    assert reader.page.get_attribute("#dock", "data-open") == "false"
    reader.page.click("#dock-time")
    assert reader.page.locator(".time-canvas").is_visible()
    box = reader.page.locator("#dock").bounding_box()
    assert box["height"] <= 0.41 * SIZES["phone"][1]
    reader.page.click("#dock-time")
    assert reader.page.get_attribute("#dock", "data-open") == "false"


def test_a_range_drawn_with_the_mouse_filters_everything(timeline):
    assert timeline.numbers() == [22, 0, 22]
    drag(timeline, 0.0, 0.5)
    drawn, _, left, everything = timeline.numbers()
    assert 9 <= drawn <= 12
    assert drawn + left == everything == 22
    assert ink(timeline, LEFT) > 50
    assert timeline.page.locator(".timeline .dock-chosen").is_visible()
    kept = timeline.page.locator(".facet-type .count").all_inner_texts()
    assert sum(map(int, kept)) == drawn
    timeline.page.mouse.dblclick(*middle_of(timeline))
    timeline.page.wait_for_timeout(100)
    assert timeline.numbers() == [22, 0, 22]


def middle_of(reader):
    box = reader.page.locator(".time-plot .brush").bounding_box()
    return box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 3


def test_handles_are_sliders_for_the_keyboard(open_page, years_html):  # noqa: F811
    reader = open_page(years_html, fragment="#dock=time&bars=year")
    keyboard = reader.page.keyboard
    reader.page.focus(".time-plot .brush-handle >> nth=0")
    assert reader.page.get_attribute(".time-plot .brush-handle >> nth=0", "role") == "slider"
    keyboard.press("ArrowRight")
    assert handles(reader) == ["1 January 2011", "31 December 2019"]
    assert reader.numbers()[0] == 19
    keyboard.press("PageUp")
    assert handles(reader)[0] == "1 January 2011"  # it would pass the other handle
    reader.page.focus(".time-plot .brush-handle >> nth=1")
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    assert handles(reader) == ["1 January 2011", "31 December 2017"]
    assert reader.numbers()[0] == 15
    keyboard.press("Escape")
    assert reader.numbers() == [22, 0, 22]


def test_one_known_to_a_year_is_kept_by_any_part_of_it(open_page, years_html):  # noqa: F811
    reader = open_page(years_html, fragment="#from=2015-10-01&to=2015-10-31")
    assert reader.numbers()[0] == 1
    assert ink(reader, VAGUE) > 0


def test_play_moves_a_window_and_pauses_at_the_end(open_page, years_html):  # noqa: F811
    fragment = "#dock=time&bars=year&from=2013-01-01&to=2014-12-31"
    reader = open_page(years_html, fragment=fragment)
    reader.page.select_option("[aria-label='Speed of playing']", "fast")
    reader.page.click(".play")
    first = ".time-plot .brush-handle[aria-valuetext='1 January 2018']"
    reader.page.wait_for_selector(first, timeout=10_000)
    reader.page.wait_for_selector(".play[data-playing=false]", timeout=5000)
    assert reader.numbers()[0] == 4
    reader.page.click(".play")
    reader.page.wait_for_timeout(60)
    reader.page.click(".play")
    assert handles(reader)[0] < "1 January 2018"


def test_play_grows_a_window(open_page, years_html):  # noqa: F811
    fragment = "#dock=time&bars=year&from=2010-01-01&to=2010-12-31"
    reader = open_page(years_html, fragment=fragment)
    reader.page.select_option("[aria-label='What moves while playing']", "growing")
    reader.page.click("[aria-label='One step on']")
    reader.page.click("[aria-label='One step on']")
    assert handles(reader)[1] == "31 December 2012"
    assert reader.numbers()[0] == 6
    reader.page.click("[aria-label='One step back']")
    assert handles(reader)[1] == "31 December 2011"


def test_with_less_motion_a_press_is_one_step(open_page, years_html):  # noqa: F811
    reader = open_page(years_html, fragment="#dock=time&bars=year", reduced_motion="reduce")
    reader.page.click(".play")
    first = reader.numbers()
    assert reader.page.get_attribute(".play", "data-playing") == "false"
    reader.page.wait_for_timeout(PLAYING)
    assert reader.numbers() == first
    reader.page.click(".play")
    reader.page.wait_for_selector(".time-plot .brush-handle[aria-valuetext='1 January 2011']")


def test_the_address_keeps_dock_bars_and_dates(open_page, years_html):  # noqa: F811
    reader = open_page(years_html, fragment="#dock=time")
    reader.page.select_option("[aria-label='What a bar stands for']", "year")
    reader.page.select_option("[aria-label='Colour of the bars']", "type")
    reader.page.focus(".time-plot .brush-handle >> nth=0")
    reader.page.keyboard.press("ArrowRight")
    reader.page.wait_for_timeout(500)
    fragment = "#" + reader.page.url.split("#")[1]
    assert "bars=year-type" in fragment
    assert "from=2011-01-01" in fragment
    again = open_page(years_html, fragment=fragment)
    assert again.numbers() == reader.numbers()
    assert again.page.input_value("[aria-label='Colour of the bars']") == "type"


@pytest.mark.parametrize(
    "fragment",
    [
        "#dock=__proto__&dock_height=99999&bars=constructor",
        "#dock=time&dock_height=-5&bars=auto-type-type",
        "#dock=%00&bars=<img src=x>&dock_height=1e9",
    ],
)
def test_hostile_states_of_the_dock_do_no_harm(open_page, years_html, fragment):  # noqa: F811
    reader = open_page(years_html, fragment=fragment)
    assert reader.numbers() == [22, 0, 22]
    assert reader.page.locator("#dock").bounding_box()["height"] < 0.71 * SIZES["wide"][1]
    assert reader.messages == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "None of these incidents has a date"),
        ([incident("2024-01-01")], "shown"),
        ([incident("1893-11-12"), incident("2025-10-09")], "shown"),
        ([incident("2024-01-01") for _ in range(3000)], "shown"),
    ],
)
def test_any_dates_make_a_timeline(open_page, rows, words):  # noqa: F811
    html = make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=time")
    assert words in reader.page.inner_text("#dock-page-time")
    assert reader.is_silent()


def test_the_dock_is_pulled_by_keys_and_mouse(timeline):
    height = lambda: timeline.page.locator("#dock").bounding_box()["height"]  # noqa: E731
    before = height()
    timeline.page.focus(".dock-grip")
    timeline.page.keyboard.press("ArrowUp")
    assert height() == pytest.approx(before + 24, abs=1)
    box = timeline.page.locator(".dock-grip").bounding_box()
    timeline.page.mouse.move(box["x"] + 200, box["y"] + 5)
    timeline.page.mouse.down()
    timeline.page.mouse.move(box["x"] + 200, box["y"] - 60)
    timeline.page.mouse.up()
    assert height() == pytest.approx(before + 24 + 60, abs=8)
    timeline.page.click(".dock-close")
    assert timeline.page.evaluate("document.activeElement.id") == "dock-time"
