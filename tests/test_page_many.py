"""Many incidents and bad ones: facets, heat, search, and whatever files may hold."""

from __future__ import annotations

import re

import numpy as np
import pytest
from page_samples import frame_of, small_frame, small_layers
from test_page import browser, open_page, small_html  # noqa: F401 - fixtures

from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser

PLAIN = MapStyle(bands_km=())


def page_of(rows):
    return make_map(frame_of(rows), small_layers(), PLAIN).html


def people_frame():
    """The eight incidents with provinces, parties and figures of deaths of all sorts."""
    frame = small_frame()
    frame["adm1"] = ["Khost", "Khost", "Kurram", "Kurram", None, "Kunar", "Kunar", None]
    frame["actor_a"] = ["A", "A", "B", "A", "C", None, "B", "A"]
    frame["actor_b"] = ["B", None, "B", "C", None, None, "A", None]
    frame["fatalities_best"] = [0, 1, None, 5, 20, None, 300, 2]
    frame["fatalities_high"] = [9, 9, 9, 9, 20, None, 300, 2]
    return frame


@pytest.fixture(scope="module")
def people_html():
    return make_map(people_frame(), small_layers(), PLAIN).html


def count_of(reader, facet, name):
    choice = reader.page.locator(f".facet-{facet} label:has(:text-is('{name}'))")
    return int(choice.locator(".count").inner_text())


def folded(reader, facet):
    reader.page.locator(f".facet-{facet} summary").click()
    reader.page.wait_for_selector(f".facet-{facet} .choice")


def address_of(reader):
    reader.page.wait_for_timeout(500)
    return "#" + reader.page.url.split("#")[1]


# --- facets --------------------------------------------------------------------------------------


def test_a_province_is_a_filter_with_live_counts(open_page, people_html):  # noqa: F811
    reader = open_page(people_html)
    folded(reader, "province")
    assert [count_of(reader, "province", name) for name in ("Khost", "Kunar", "Kurram")] == [
        2,
        2,
        2,
    ]
    reader.page.uncheck(".facet-type label:has-text('Airstrike') input")
    assert count_of(reader, "province", "Khost") == 0
    reader.page.check(".facet-type label:has-text('Airstrike') input")
    reader.page.uncheck(".facet-province label:has-text('Kunar') input")
    assert sum(reader.numbers()[:2]) == 6
    again = open_page(people_html, fragment=address_of(reader))
    assert sum(again.numbers()[:2]) == 6
    assert again.page.inner_text(".facet-province summary .count") == "narrowed"


def test_an_actor_counts_on_either_side_of_a_record(open_page, people_html):  # noqa: F811
    reader = open_page(people_html)
    folded(reader, "actor")
    assert [count_of(reader, "actor", name) for name in "ABC"] == [5, 3, 2]
    reader.page.click(".facet-actor .all-none button:has-text('none')")
    assert reader.numbers()[0] == 0
    reader.page.check(".facet-actor label:has(:text-is('C')) input")
    assert reader.numbers() == [2, 0, 6, 8]
    fragment = address_of(reader)
    assert "only_actor=C" in fragment
    assert open_page(people_html, fragment=fragment).numbers() == [2, 0, 6, 8]


def test_deaths_unknown_are_kept_only_when_asked_for(open_page, people_html):  # noqa: F811
    reader = open_page(people_html)
    reader.page.fill("#toll", "5")
    reader.page.press("#toll", "Tab")
    assert sum(reader.numbers()[:2]) == 3
    reader.page.check(".facet-toll .choice input")
    assert sum(reader.numbers()[:2]) == 5
    reader.page.uncheck(".facet-toll .choice input")
    reader.page.select_option(".facet-toll select", "high")
    assert sum(reader.numbers()[:2]) == 6
    again = open_page(people_html, fragment=address_of(reader))
    assert sum(again.numbers()[:2]) == 6
    assert again.page.input_value("#toll") == "5"


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        ("#km=10-13", 8),
        ("#km=13-20", 0),
        ("#off=0-5", 4),
        ("#off=-90--3.5", 2),
        ("#toll=best-5&only_province=Kunar", 1),
        ("#toll=best-5-or-unknown&no_actor=A&no_actor=B", 3),
        ("#km=1e9-2&off=--5-&toll=worst-3&toll=best-9999999&only_actor=nobody", 8),
        ("#km=20-10&off=5&only_province=__proto__&no_actor=constructor", 8),
    ],
)
def test_every_filter_stands_in_the_address(open_page, people_html, fragment, kept):  # noqa: F811
    reader = open_page(people_html, fragment=fragment)
    assert sum(reader.numbers()[:2]) == kept
    assert reader.messages == []


def test_five_thousand_types_are_found_by_name(open_page):  # noqa: F811
    rows = [{"at": (70, 33), "event_type": f"type {n}"} for n in range(5000)]
    reader = open_page(page_of(rows))
    choices = reader.page.locator(".facet-type .choice")
    assert choices.count() == 40
    assert "40 of 5,000 listed" in reader.page.inner_text(".facet-type")
    reader.page.fill(".facet-type .find", "type 4321")
    reader.page.wait_for_timeout(400)
    assert choices.count() == 1
    choices.locator("input").uncheck()
    assert reader.numbers() == [4999, 0, 1, 5000]
    again = open_page(page_of(rows), fragment=address_of(reader))
    assert again.numbers() == [4999, 0, 1, 5000]
    assert "type 4321" in again.page.inner_text(".facet-type .choices")


# --- heat ----------------------------------------------------------------------------------------

HEAT = """() => {
    const canvas = document.querySelector('.leaflet-heat-pane canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, at) => sum + (at % 4 === 3 ? value : 0), 0);
}"""


def test_heat_follows_filters_and_dates(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment="#at=33,70,8&switch=heat")
    everything = reader.page.evaluate(HEAT)
    boxes = reader.page.locator(".date-boxes input")
    boxes.nth(1).fill("2021-01-01")
    boxes.nth(1).press("Tab")
    one = reader.page.evaluate(HEAT)
    assert 0 < one < everything / 3
    reader.page.click(".facet-type .all-none button:has-text('none')")
    assert reader.page.evaluate(HEAT) == 0


# --- many ----------------------------------------------------------------------------------------


def test_groups_hold_every_incident_and_open_them_all(open_page):  # noqa: F811
    rng = np.random.default_rng(3)
    points = [(70 + x, 33 + y) for x, y in rng.normal(0, 0.2, (3000, 2))]
    rows = [{"at": point, "event_type": "protest", "date_start": "2024-01-01"} for point in points]
    rows += [{"at": (70.5, 33.5), "event_type": "shelling", "date_start": "2023-01-01"}] * 700
    reader = open_page(page_of(rows), fragment="#at=33.5,70.5,15")
    assert reader.numbers() == [3700, 0, 3700]
    reader.click_mark(70.5, 33.5)
    reader.page.wait_for_selector(".incident-popup")
    here = re.search(r"1 of (\d+) here", reader.page.inner_text(".incident-popup"))
    assert int(here[1]) >= 700
    assert "Shelling" in reader.page.inner_text(".incident-popup")


def test_texts_that_repeat_and_texts_that_do_not_are_found(open_page):  # noqa: F811
    rows = [
        {"at": (70, 33), "summary": f"note {n} {'x' * 60}", "source_name": f"Paper {n % 3}"}
        for n in range(9000)
    ]
    reader = open_page(page_of(rows))
    reader.page.fill("#search", "note 8765 paper")
    reader.page.wait_for_selector(".status:has-text('1 drawn')")
    reader.page.fill("#search", "PAPER 2")
    reader.page.wait_for_selector(".status:has-text('3,')")
    assert 3000 <= reader.numbers()[0] < 9000


# --- bad input -----------------------------------------------------------------------------------


def test_incidents_without_any_date(open_page):  # noqa: F811
    reader = open_page(
        page_of([{"at": (70 + n / 10, 33), "event_type": "other"} for n in range(5)])
    )
    assert reader.numbers() == [5, 0, 5]
    assert reader.page.locator(".facet-date").count() == 0
    assert reader.is_silent()


def test_a_megabyte_of_text_in_a_cell(open_page):  # noqa: F811
    rows = [{"at": (70, 33), "summary": "اوږد متن " * 120_000, "place": "w" * 1_000_000}]
    reader = open_page(page_of(rows), fragment="#at=33,70,10")
    reader.click_mark(70, 33)
    reader.page.wait_for_selector(".incident-popup")
    width = reader.page.evaluate("document.querySelector('.incident-popup').offsetWidth")
    assert width < 450
    assert reader.is_silent()


@pytest.mark.parametrize("name", ["<img src=x onerror=window.pwned=1>", "__proto__", "constructor"])
def test_columns_with_names_of_every_kind(open_page, name):  # noqa: F811
    reader = open_page(page_of([{"at": (70, 33), name: name, "event_type": name}] * 3))
    assert reader.numbers() == [3, 0, 3]
    assert reader.page.evaluate("window.pwned") is None
    assert reader.page.locator(".facet-type .choice").count() == 1
    assert reader.is_silent()


def test_bidi_controls_do_not_turn_the_page_around(open_page):  # noqa: F811
    text = "abc\u202egnp.exe\u202c\u2066x\u2069"
    reader = open_page(page_of([{"at": (70, 33), "event_type": text, "place": text}]))
    label = reader.page.inner_text(".facet-type .choice-name")
    assert label == "abcgnp.exex"
    assert reader.is_silent()


def test_an_address_from_another_map(open_page, small_html):  # noqa: F811
    """What this map does not have is left out; what both have still holds."""
    fragment = "#no_type=earthquake&no_type=protest&no_side=XX&switch=volcanoes&from=1850-01-01"
    reader = open_page(small_html, fragment=fragment + "&to=1851-01-01&only_actor=Somebody")
    assert reader.numbers()[-1] == 8
    assert not reader.page.is_checked(".facet-type label:has-text('Protest') input")
    assert reader.page.is_checked(".facet-type label:has-text('Airstrike') input")
    assert reader.messages == []


def test_without_scripts_at_most_500_rows_are_listed(browser, tmp_path):  # noqa: F811
    path = tmp_path / "plain.html"
    rows = [{"at": (70, 33), "place": f"place {n}", "date_start": "2024-01-01"} for n in range(700)]
    path.write_text(page_of(rows), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("#fallback tbody tr").count() == 500
    assert "500 of 700 incidents" in page.inner_text("#fallback-reason")
    context.close()
