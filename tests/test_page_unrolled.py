"""The unrolled border: every incident by kilometre and distance, linked with map and table."""

from __future__ import annotations

import re

import pytest
from page_samples import HOSTILE, frame_of, small_layers
from playwright.sync_api import expect
from test_page import SIZES, browser, open_page, sample, small_html  # noqa: F401 - fixtures

from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser

TORKHAM_KM, CHAMAN_KM, LENGTH_KM = 1936.8, 759.1, 2790.2


def incident(km, offset_km, **more):
    """An incident so many km along and beside the line, on the Pakistani side when negative."""
    row = {
        "event_type": "airstrike",
        "date_start": "2024-01-05",
        "date_end": "2024-01-05",
        "date_precision": "day",
        "border_km": km,
        "border_distance_m": abs(offset_km) * 1000,
        "border_offset_m": offset_km * 1000,
        "border_distance_min_m": abs(offset_km) * 1000,
        "border_distance_max_m": abs(offset_km) * 1000,
        "border_side": "PK" if offset_km < 0 else "AF",
        "location_radius_m": 500,
        "location_precision": "place",
        "at": (69.2 + km / 2000, 33 + offset_km / 111),
    }
    return {**row, **more}


@pytest.fixture(scope="module")
def strip_html():
    rows = [
        incident(
            CHAMAN_KM, -2, event_type="protest", date_start="2020-03-01", date_end="2020-03-01"
        ),
        incident(CHAMAN_KM, -2, event_type="shelling"),
        incident(1480, 12, location_precision="district", border_distance_max_m=30000),
        incident(1600, -20),
        incident(TORKHAM_KM, 4),
        incident(2400, 0.01, border_side="uncertain", border_distance_max_m=25000),
        {**incident(0, 0), "border_km": None, "border_distance_m": None, "at": None},
    ]
    return make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html


@pytest.fixture
def strip(open_page, strip_html):  # noqa: F811
    return open_page(strip_html, fragment="#dock=strip")


def field(reader):
    return reader.page.locator(".strip-field").bounding_box()


def x_of(reader, km, start=0.0, end=LENGTH_KM):
    box = field(reader)
    return box["x"] + (km - start) / (end - start) * box["width"]


def middle_y(reader):
    """Screen position of the line itself."""
    box = reader.page.locator(".strip-plot .brush-y").bounding_box()
    return box["y"] + box["height"] / 2


def drag(reader, start, end):
    reader.page.mouse.move(*start)
    reader.page.mouse.down()
    reader.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    reader.page.mouse.move(*end)
    reader.page.mouse.up()
    reader.page.wait_for_timeout(120)


def fragment_of(reader):
    reader.page.wait_for_timeout(500)
    return "#" + reader.page.url.split("#")[1]


def dark(reader):
    """How many pixels of the plot are the line's own colour or a mark's outline."""
    return reader.page.evaluate(
        """() => {
            const canvas = document.querySelector('.strip-canvas');
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const pen = copy.getContext('2d', { willReadFrequently: true });
            pen.drawImage(canvas, 0, 0);
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;
            for (let at = 0; at < data.length; at += 4) {
                n += data[at] === 29 && data[at + 1] === 29 && data[at + 2] === 27 ? 1 : 0;
            }
            return n;
        }"""
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_unrolled_border_is_drawn_and_silent(open_page, strip_html, size):  # noqa: F811
    reader = open_page(strip_html, size, "#dock=strip")
    reader.page.wait_for_timeout(200)
    assert dark(reader) > field(reader)["width"]
    assert "1 without a place on the line" in reader.page.inner_text(".unrolled .dock-foot")
    box = reader.page.locator(".unrolled").bounding_box()
    assert box["x"] + box["width"] <= SIZES[size][0]
    assert box["y"] + box["height"] <= SIZES[size][1] + 1
    assert reader.is_silent()


def test_hovering_says_where_along_the_line_that_is(strip):
    strip.page.mouse.move(x_of(strip, TORKHAM_KM), middle_y(strip) + 30)
    strip.page.wait_for_timeout(120)
    words = strip.page.inner_text(".strip-place")
    for name in ("Momand Dara, Nangarhar", "Khyber, Khyber Pakhtunkhwa", "Kilometre 1,93"):
        assert name in words


def test_a_rectangle_asks_for_kilometres_and_distances(strip):
    y = middle_y(strip)
    drag(strip, (x_of(strip, 1400), y - 70), (x_of(strip, 2000), y - 5))
    assert strip.numbers()[:2] == [2, 0]
    fragment = fragment_of(strip)
    assert "km=1400-2000" in fragment
    assert re.search(r"off=[0-9.]+-[0-9.]+(&|$)", fragment)
    assert "Afghan side" in strip.page.inner_text(".unrolled .dock-chosen")
    strip.page.click("text=All of the border")
    assert strip.numbers() == [6, 1, 7]


def test_a_flat_drag_asks_for_kilometres_alone_and_a_double_click_takes_it_back(strip):
    y = middle_y(strip) + 45
    drag(strip, (x_of(strip, 1500), y), (x_of(strip, 2000), y + 3))
    assert strip.numbers()[0] == 2
    assert "off=" not in fragment_of(strip)
    strip.page.mouse.dblclick(x_of(strip, 2600), y)
    strip.page.wait_for_timeout(120)
    assert strip.numbers() == [6, 1, 7]


def test_both_axes_have_sliders_for_the_keyboard(strip):
    keyboard = strip.page.keyboard
    first, last = (strip.page.locator(".brush-x .brush-handle").nth(n) for n in (-2, -1))
    first.focus()
    keyboard.press("PageUp")
    expect(first).to_have_attribute("aria-valuetext", "Kilometre 100")
    keyboard.press("End")
    expect(first).to_have_attribute("aria-valuetext", "Kilometre 100")
    last.focus()
    for _ in range(13):
        keyboard.press("PageDown")
    expect(last).to_have_attribute("aria-valuetext", "Kilometre 1,490.2")
    assert strip.numbers()[0] == 3
    keyboard.press("Escape")
    lowest = strip.page.locator(".brush-y .brush-handle").first
    lowest.focus()
    keyboard.press("PageUp")
    expect(lowest).to_have_attribute("aria-valuetext", re.compile("Pakistani side"))
    assert strip.numbers()[0] == 5
    assert strip.is_silent()


def test_arrow_keys_go_from_incident_to_incident_and_enter_opens_it(strip):
    keyboard = strip.page.keyboard
    strip.page.focus(".strip-field")
    told = []
    for _ in range(6):
        keyboard.press("ArrowRight")
        told.append(strip.page.text_content(".unseen >> nth=0"))
    assert "Protest, 1 March 2020" in told[0]
    assert "Shelling" in told[1]
    assert "May lie from" in told[2]
    assert "Cannot say" in told[5]
    assert "May lie from 25 km (Pakistani side) to 25 km (Afghan side)" in told[5]
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    strip.page.wait_for_selector(".incident-popup")
    assert "Kilometre 1,936.8" in strip.page.inner_text(".incident-popup")
    keyboard.press("Escape")
    strip.page.wait_for_selector(".incident-popup", state="detached")
    assert strip.page.evaluate("document.activeElement.className") == "strip-field"


def test_a_click_opens_all_that_are_at_one_place(strip):
    strip.page.mouse.move(x_of(strip, CHAMAN_KM), middle_y(strip) + 12)
    strip.page.wait_for_timeout(120)
    assert "and 1 more here" in strip.page.inner_text(".strip-plot .dock-tip")
    strip.page.mouse.down()
    strip.page.mouse.up()
    strip.page.wait_for_selector(".incident-popup")
    assert "1 of 2 here" in strip.page.inner_text(".incident-popup")


def test_the_map_marks_what_is_pointed_at(strip):
    ring = """() => {
        const canvas = document.querySelector('.leaflet-pointed-pane canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value > 0);
    }"""
    assert strip.page.evaluate(ring) is False
    strip.page.focus(".strip-field")
    strip.page.keyboard.press("ArrowRight")
    assert strip.page.evaluate(ring) is True


def test_what_the_map_opens_is_brought_into_sight(open_page, strip_html):  # noqa: F811
    reader = open_page(strip_html, fragment="#dock=strip&unrolled=100-400&at=33,70.17,9")
    reader.click_mark(69.2 + TORKHAM_KM / 2000, 33 + 4 / 111)
    reader.page.wait_for_selector(".incident-popup")
    assert "unrolled=1786-2087" in fragment_of(reader)


def test_a_unit_is_pressed_to_go_there_and_again_to_come_back(strip):
    box = field(strip)
    strip.page.mouse.click(x_of(strip, 600), box["y"] + 8)
    strip.page.wait_for_timeout(120)
    assert "unrolled=411-1022" in fragment_of(strip)
    strip.page.mouse.click(x_of(strip, 600), box["y"] + 8)
    assert "unrolled=" not in fragment_of(strip)


def test_closer_farther_along_and_the_reach_of_distances(strip):
    strip.page.click("[aria-label=Closer] >> nth=-1")
    strip.page.click("[aria-label='Towards China']")
    strip.page.select_option("[aria-label='Distances shown']", "10")
    strip.page.wait_for_timeout(150)
    assert "2 farther from the line" in strip.page.inner_text(".unrolled .dock-foot")
    fragment = fragment_of(strip)
    assert "unrolled=1116-2512%2C10" in fragment
    strip.page.click("[aria-label='Whole line']")
    strip.page.select_option("[aria-label='Distances shown']", "fit")
    assert "unrolled=" not in fragment_of(strip)


def test_the_wheel_goes_closer_where_the_pointer_is(strip):
    strip.page.mouse.move(x_of(strip, TORKHAM_KM), middle_y(strip) - 30)
    strip.page.mouse.wheel(0, -2000)
    strip.page.wait_for_timeout(200)
    strip.page.mouse.move(x_of(strip, TORKHAM_KM) + 1, middle_y(strip) - 30)
    strip.page.wait_for_timeout(150)
    assert "Kilometre 1,93" in strip.page.inner_text(".strip-place")


def test_fingers_pull_the_border_along_and_a_tap_opens(open_page, strip_html):  # noqa: F811
    fragment = "#dock=strip&unrolled=1800-2100"
    reader = open_page(strip_html, "phone", fragment, has_touch=True)
    reader.page.wait_for_timeout(200)
    reader.page.touchscreen.tap(x_of(reader, TORKHAM_KM, 1800, 2100), middle_y(reader) - 20)
    reader.page.wait_for_selector(".incident-popup")
    reader.page.keyboard.press("Escape")
    reader.page.evaluate(
        """() => {
            const node = document.querySelector('.strip-field');
            node.setPointerCapture = () => {};
            const box = node.getBoundingClientRect();
            const send = (kind, x) => node.dispatchEvent(new PointerEvent(kind, {
                pointerType: 'touch', pointerId: 7, isPrimary: true, bubbles: true,
                clientX: x, clientY: box.y + 60,
            }));
            send('pointerdown', box.x + 300);
            send('pointermove', box.x + 200);
            requestAnimationFrame(() => send('pointerup', box.x + 200));
        }"""
    )
    reader.page.wait_for_timeout(200)
    start = int(fragment_of(reader).split("unrolled=")[1].split("-")[0])
    assert start == pytest.approx(1800 + 100 / field(reader)["width"] * 300, abs=3)
    assert reader.numbers() == [6, 1, 7]
    assert reader.is_silent()


def test_time_table_and_border_follow_each_other(open_page, strip_html):  # noqa: F811
    reader = open_page(strip_html, fragment="#dock=strip&from=2020-01-01&to=2021-01-01")
    reader.page.focus(".strip-field")
    for _ in range(3):
        reader.page.keyboard.press("ArrowRight")
    assert "Protest" in reader.page.text_content(".unseen >> nth=0")
    assert reader.numbers()[0] == 1
    reader = open_page(strip_html, fragment="#dock=time&km=1900-2000")
    assert reader.numbers() == [1, 0, 6, 7]


@pytest.mark.parametrize(
    "fragment",
    [
        "#dock=strip&unrolled=9999-1&km=NaN-Infinity&off=1e9-2e9",
        "#dock=strip&unrolled=5-5,__proto__&off=--&km=9-1",
        "#dock=strip&unrolled=0-99999,all",
        "#dock=strip&unrolled=<svg onload=window.pwned=1>",
    ],
)
def test_hostile_states_do_no_harm(open_page, strip_html, fragment):  # noqa: F811
    reader = open_page(strip_html, fragment=fragment)
    reader.page.wait_for_timeout(150)
    assert dark(reader) > 100
    assert reader.numbers() == [6, 1, 7]
    assert reader.page.evaluate("window.pwned") is None
    assert reader.messages == []


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [incident(CHAMAN_KM, 2)],
        [incident(CHAMAN_KM, 2) for _ in range(500)],
        [incident(5 + n * 2.7, (-1) ** n * (n % 40)) for n in range(1000)],
        [incident(n % 2790, ((n * 7919) % 800 - 400) / 10) for n in range(6000)],
        [incident(TORKHAM_KM, 4000)],
        [incident(n * 90, 1, event_type=text, place=text) for n, text in enumerate(HOSTILE)],
    ],
    ids=["none", "one", "one place", "dots", "density", "far", "hostile"],
)
def test_any_number_of_incidents(open_page, rows):  # noqa: F811
    layers = {**small_layers(), "crossings": None}
    html = make_map(frame_of(rows), layers, MapStyle(bands_km=())).html
    reader = open_page(html, fragment="#dock=strip")
    reader.page.wait_for_timeout(200)
    box = field(reader)
    for share in (0.1, 0.27, 0.5, 0.9):
        reader.page.mouse.move(box["x"] + box["width"] * share, middle_y(reader) + 20)
    reader.page.focus(".strip-field")
    reader.page.keyboard.press("ArrowRight")
    told = reader.page.text_content(".unseen >> nth=0")
    assert bool(told) is bool(rows)
    assert dark(reader) > 100
    assert reader.page.evaluate("window.pwned") is None
    assert reader.is_silent()
