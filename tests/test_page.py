"""The page in a browser, with the network off: what a reader sees, does, and is safe from."""

from __future__ import annotations

import re

import pytest
from browsing import chromium
from page_samples import frame_of, hostile_frame, small_frame, small_layers

from bordermap.pipeline import build
from bordermap.render import MapStyle, make_map

pytestmark = pytest.mark.browser

SIZES = {"wide": (1280, 800), "tablet": (768, 1024), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


class Reader:
    """A page opened from a file by somebody without a network, and all that it said."""

    def __init__(self, context, path):
        self.page = context.new_page()
        self.messages, self.requests = [], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: self.messages.append(dialog.message))
        self.address = path.as_uri()

    def open(self, fragment=""):
        self.page.goto(self.address + fragment)
        self.page.wait_for_selector("html[data-bordermap-ready]", state="attached", timeout=15_000)
        return self

    def painted(self):
        """Wait until what was asked of the page is shown, which it does with the next frame."""
        self.page.evaluate(
            "() => new Promise((shown) => "
            "requestAnimationFrame(() => requestAnimationFrame(() => shown(true))))"
        )

    @property
    def status(self):
        self.painted()
        return self.page.inner_text(".status")

    def numbers(self):
        """The numbers of the status line: drawn, unplaced, (left out,) in all."""
        return [
            int(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*", self.status)
        ]

    def tab(self, name):
        self.page.click(f"#tab-{name}")

    def rows(self):
        """Rows of the table that are in sight."""
        if self.page.get_attribute("#dock-table", "aria-selected") == "false":
            self.page.click("#dock-table")
        return self.page.locator(".record-body [role=row]:visible")

    def click_mark(self, lon, lat):
        """Click where a position is drawn."""
        x, y = self.page.evaluate(
            """([lon, lat]) => {
                const box = document.getElementById('map').getBoundingClientRect();
                const point = window.testMap.latLngToContainerPoint([lat, lon]);
                return [box.x + point.x, box.y + point.y];
            }""",
            [lon, lat],
        )
        self.page.mouse.click(x, y)

    def is_silent(self):
        return self.messages == [] and self.requests == [self.page.url.split("#")[0]]


@pytest.fixture
def open_page(browser, tmp_path):
    """Write a page, and open it offline in a window of some size."""
    contexts = []

    def opener(html, size="wide", fragment="", **options):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8", newline="\n")
        width, height = size if isinstance(size, tuple) else SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, locale="en-GB", **options
        )
        context.add_init_script(
            "Object.defineProperty(window, 'bordermapStart', {configurable: true, set(start) {"
            "Object.defineProperty(window, 'bordermapStart', {value: (map) => {"
            "window.testMap = map; return start(map); }}); }});"
        )
        contexts.append(context)
        return Reader(context, path).open(fragment)

    yield opener
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def small_html():
    return make_map(small_frame(), small_layers(), MapStyle(bands_km=(), title="Eight")).html


@pytest.fixture(scope="module")
def sample(sample_path):
    frame, _ = build(sample_path)
    return frame, make_map(frame).html


# --- the ninety incidents ------------------------------------------------------------------------


def test_the_sample_map_opens_at_once_and_asks_for_nothing(open_page, sample):
    frame, html = sample
    reader = open_page(html)
    placed = int(frame.geometry.notna().sum())
    assert reader.numbers() == [placed, len(frame) - placed, len(frame)]
    assert int(reader.page.get_attribute("html", "data-bordermap-ready")) < 2000
    for name in ("layers", "about", "legend"):
        reader.tab(name)
    assert reader.is_silent()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(open_page, sample, size):
    """No sideways scrolling, no control outside the window, targets of 24 px."""
    reader = open_page(sample[1], size)
    for name in ("legend", "layers", "about"):
        reader.tab(name)
        if size == "phone" and reader.page.get_attribute("#panel", "data-open") == "false":
            reader.tab(name)
        faults = reader.page.evaluate(
            """() => {
                const faults = [];
                const page = document.documentElement;
                if (page.scrollWidth > window.innerWidth) faults.push('the page scrolls sideways');
                const body = document.querySelector('.panel-body');
                if (body.scrollWidth > body.clientWidth) faults.push('the panel scrolls sideways');
                const targets = 'button, select, summary, a, input, label.choice';
                for (const node of document.querySelectorAll(targets)) {
                    const box = node.getBoundingClientRect();
                    if (!box.width || !node.checkVisibility()) continue;
                    const name = node.textContent.trim() || node.type;
                    const scrolls = node.closest('.record-scroll') !== null;
                    if (!scrolls && (box.left < 0 || box.right > window.innerWidth + 0.5)) {
                        faults.push(`cut off: ${name}`);
                    }
                    const inLabel = node.closest('label.choice') && node.tagName === 'INPUT';
                    const inText = node.tagName === 'A' && node.closest('dd');
                    if (box.height < 23.9 && !inLabel && !inText) {
                        faults.push(`${box.height} px high: ${name}`);
                    }
                }
                return faults;
            }"""
        )
        assert faults == [], name


# --- counts, filters, search ---------------------------------------------------------------------


def test_counts_add_up(open_page, small_html):
    reader = open_page(small_html)
    assert reader.status == "7 drawn, 1 unplaced, 8 in all"
    counts = reader.page.locator(".facet-type .count").all_inner_texts()
    assert sum(map(int, counts)) == 8
    assert reader.is_silent()


def test_a_filter_changes_every_count(open_page, small_html):
    reader = open_page(small_html)
    reader.page.uncheck(".facet-type label:has-text('Airstrike') input")
    assert reader.numbers() == [5, 1, 2, 8]
    assert reader.page.locator(".facet-type label:has-text('Airstrike') .count").inner_text() == "2"
    side = reader.page.locator(".facet-side label:has-text('Afghan side') .count")
    assert side.inner_text() == "2"
    assert reader.rows().count() == 6
    reader.page.click("text=Show everything again")
    assert reader.numbers() == [7, 1, 8]


def test_distance_and_dates_filter(open_page, small_html):
    reader = open_page(small_html, fragment="#within=10")
    assert reader.numbers() == [6, 0, 2, 8]
    reader.page.click("text=Show everything again")
    boxes = reader.page.locator(".date-boxes input")
    boxes.nth(0).fill("2022-01-01")
    boxes.nth(1).fill("2023-12-31")
    boxes.nth(1).press("Tab")
    assert reader.numbers() == [2, 0, 6, 8]


def test_search_finds_in_any_script(open_page, small_html):
    reader = open_page(small_html)
    reader.page.fill("#search", "place 3")
    reader.page.wait_for_selector(".status:has-text('1 drawn')")
    reader.page.fill("#search", "اسپين بولدك")  # Arabic yeh and kaf for the Persian ones
    reader.page.wait_for_selector(".status:has-text('7 drawn')")
    reader.page.fill("#search", "nobody wrote this")
    reader.page.wait_for_selector(".status:has-text('0 drawn')")


def test_the_unplaced_are_listed_with_the_reason(open_page, small_html):
    reader = open_page(small_html)
    reader.rows().filter(has_text="Place 8").click()
    told = reader.page.locator("dialog[open]").inner_text()
    assert "two places bear this name" in told
    assert "Summary 8" in told


def test_a_box_that_closes_does_not_take_the_focus_from_what_is_opened_next(open_page, small_html):
    """That it closed is said a moment later, when the next incident may be told already."""
    reader = open_page(small_html)
    page = reader.page
    reader.rows().filter(has_text="Place 8").click()
    page.wait_for_selector("dialog[open] dl")
    page.evaluate(
        """() => {
          document.querySelector('dialog[open]').close();
          const row = [...document.querySelectorAll('.record-body [role=row]')].find(
            (one) => !one.hidden && one.textContent.includes('Place 3'));
          const cell = row.querySelector('a, button, [role=gridcell]');
          cell.focus();
          row.click();
        }"""
    )
    page.wait_for_selector(".incident-popup dl")
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.closest('.incident-popup') !== null")
    assert page.locator(".record-body [role=row][aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector(".incident-popup", state="detached")
    assert (
        page.evaluate("document.activeElement.closest('[role=row]').textContent").find("Place 3")
        >= 0
    )


# --- popups --------------------------------------------------------------------------------------


def test_a_popup_says_what_is_known(open_page, small_html):
    reader = open_page(small_html, fragment="#at=33,70,8&dock=none")
    reader.click_mark(69.9, 33.5)
    popup = reader.page.locator(".incident-popup")
    popup.wait_for()
    text = popup.inner_text()
    for words in (
        "Airstrike",
        "5 January 2020",
        "Summary 1",
        "lowest 1, best not known, highest 3",
    ):
        assert words in text
    for words in ("Place 1", "4 km", "Afghan side", "Kilometre 12.3", "T-1", "within 1 km"):
        assert words in text
    link = popup.locator("dd a")
    assert link.get_attribute("href") == "https://example.org/a?b=1&c=2"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert link.inner_text() == "Example News"
    assert reader.is_silent()


def test_several_at_one_place_have_a_pager(open_page, small_html):
    reader = open_page(small_html, fragment="#at=32.4,70.2,10")
    reader.click_mark(70.2, 32.4)
    popup = reader.page.locator(".incident-popup")
    popup.wait_for()
    assert "1 of 2 here" in popup.inner_text()
    assert "Summary 2" in popup.inner_text()
    popup.locator("button[aria-label='Next incident here']").click()
    reader.page.wait_for_selector("text=2 of 2 here")
    assert "Summary 3" in popup.inner_text()


def test_a_vague_incident_is_never_a_pin(open_page, small_html):
    """The area where it may be is hatched: more is drawn than without footprints."""
    ink = """() => {
        const canvas = document.querySelector('.leaflet-footprints-pane canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value, at) => sum + (at % 4 === 3 && value > 0), 0);
    }"""
    reader = open_page(small_html, fragment="#at=33,70,8&dock=none")
    with_footprints = reader.page.evaluate(ink)
    reader.tab("layers")
    reader.page.uncheck("label:has-text('Where a vague incident may be') input")
    assert with_footprints > 10_000
    assert reader.page.evaluate(ink) == 0


# --- keyboard, address, old browsers -------------------------------------------------------------


def test_the_keyboard_reaches_every_incident_and_comes_back(open_page, small_html):
    reader = open_page(small_html, fragment="#dock=table")
    keyboard = reader.page.keyboard
    focused = "document.activeElement.closest('[role=row]')?.getAttribute('aria-rowindex')"
    reader.page.focus(".record-head button")
    for _ in range(3):
        keyboard.press("ArrowDown")
    assert reader.page.evaluate(focused) == "4"
    keyboard.press("Enter")
    reader.page.wait_for_selector(".incident-popup")
    assert reader.page.evaluate("document.activeElement.tagName") == "H2"
    keyboard.press("Escape")
    reader.page.wait_for_selector(".incident-popup", state="detached")
    assert reader.page.evaluate(focused) == "4"


def test_the_address_keeps_the_state(open_page, small_html):
    reader = open_page(small_html)
    reader.page.uncheck(".facet-type label:has-text('Protest') input")
    reader.tab("layers")
    reader.page.check("label:has-text('Density') input")
    reader.page.wait_for_timeout(500)
    fragment = "#" + reader.page.url.split("#")[1]
    again = open_page(small_html, fragment=fragment)
    assert again.numbers() == [6, 1, 1, 8]
    again.tab("layers")
    assert again.page.locator("label:has-text('Density') input").is_checked()


@pytest.mark.parametrize(
    "fragment",
    [
        "#at=NaN,Infinity,1e9&within=-1&from=9999-99-99&to=x&no_type=__proto__&switch=constructor",
        "#at=1e400,0,0&no_side=</script><script>window.pwned=1</script>",
        "#" + "a" * 100_000,
        "#%E0%A4%A&at=%00&q=%",
        "#from=2024-01-01&to=2020-01-01",
        "#javascript:window.pwned=1",
    ],
)
def test_a_hostile_address_does_no_harm(open_page, small_html, fragment):
    reader = open_page(small_html, fragment=fragment)
    assert reader.numbers()[-1] == 8
    assert reader.page.evaluate("window.pwned") is None
    assert reader.messages == []


def test_without_scripts_there_is_a_table(open_page, browser, small_html, tmp_path):
    path = tmp_path / "plain.html"
    path.write_text(small_html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("#fallback tbody tr").count() == 8
    assert "switched off" in page.inner_text("noscript")
    assert not page.locator("#map").is_visible()
    context.close()


def test_an_old_browser_gets_the_table(browser, small_html, tmp_path):
    path = tmp_path / "old.html"
    path.write_text(small_html, encoding="utf-8")
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("#fallback tbody tr").count() == 8
    assert page.locator("#fallback").is_visible()
    context.close()


# --- hostile rows --------------------------------------------------------------------------------


OPEN_EACH = """async (rows) => {
    const both = '.incident-popup dl, dialog[open] dl';
    const shown = () => [...document.querySelectorAll(both)].at(-1);
    const opened = new Set();
    let last = null;
    for (let row = 0; row < rows; row++) {
        document.querySelector('.record-scroll [tabindex="0"]').focus();
        document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true, cancelable: true}));
        opened.add(document.activeElement.closest('[role=row]').getAttribute('aria-rowindex'));
        document.activeElement.click();
        while (!shown() || shown() === last) {
            await new Promise((resume) => { setTimeout(resume, 2); });
        }
        last = shown();
        document.querySelector('dialog[open]')?.close();
    }
    return opened.size;
}"""
"""Open every row of the table, one after the other; how many these were."""


def test_hostile_rows_run_nothing(open_page):
    frame = hostile_frame()
    layers = small_layers()
    style = MapStyle(bands_km=(), title="</script><script>window.pwned=1</script>{{7*7}}")
    html = make_map(frame, layers, style, run={"file": "<img src=x onerror=window.pwned=1>"}).html
    reader = open_page(html)
    reader.rows()
    reader.page.focus(".record-head button")
    assert reader.page.evaluate(OPEN_EACH, len(frame)) == len(frame)
    reader.tab("about")
    reader.page.click(".run summary")
    assert reader.page.evaluate("window.pwned") is None
    schemes = reader.page.evaluate("[...document.querySelectorAll('dd a')].map((a) => a.protocol)")
    assert set(schemes) <= {"http:", "https:"}
    assert reader.is_silent()


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("none", []),
        ("one", [{"at": (70, 33), "event_type": "protest", "date_start": "2024-01-01"}]),
        ("all unplaced", [{"at": None, "location_note": "nowhere"}] * 5),
        ("one point", [{"at": (70, 33), "event_type": "other"} for _ in range(300)]),
        ("5000 types", [{"at": (70, 33), "event_type": f"type {n}"} for n in range(5000)]),
    ],
)
def test_any_number_of_incidents(open_page, name, rows):
    reader = open_page(make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html)
    placed = sum(row["at"] is not None for row in rows)
    assert reader.numbers() == [placed, len(rows) - placed, len(rows)]
    assert reader.is_silent()


def test_what_was_not_given_is_not_called_unknown(open_page):
    """Of a count there is no toll, no source and no way of placing, known or not."""
    rows = [{"at": (71.09, 34.11), "event_type": "airstrike", "incident_id": "count-1"}]
    frame = frame_of(rows)
    facts = {"fatalities_best", "fatalities_low", "fatalities_high", "located_by"}
    bare = frame.drop(columns=frame.columns.intersection([*facts, "source_name", "source_url"]))
    texts = []
    for each in (frame.assign(fatalities_best=None, source_name="", located_by=""), bare):
        reader = open_page(make_map(each, small_layers()).html)
        reader.page.evaluate("() => window.bordermapShow('count-1')")
        texts.append(reader.page.inner_text(".incident"))
        assert reader.is_silent()
    for fact in ("Deaths reported", "Source", "How placed"):
        assert fact in texts[0]
        assert fact not in texts[1]


TILES = (
    "--tiles",
    "https://tile.example.org/{z}/{x}/{y}.png",
    "--tiles-credit",
    "© <b>Example</b>",
)


def test_online_tiles_are_asked_for_when_they_are_chosen(run, tmp_path, open_page):
    run("map", "-q", "-o", tmp_path / "map.html", *TILES)
    reader = open_page((tmp_path / "map.html").read_text("utf-8"))
    reader.tab("layers")
    assert reader.is_silent()
    reader.page.get_by_label("tile.example.org").check()
    reader.page.wait_for_function("() => document.querySelector('.leaflet-tile')")
    asked = {url.split("/")[2] for url in reader.requests if url.startswith("http")}
    assert asked == {"tile.example.org"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (TILES[:2], "--tiles-credit"),
        (TILES[2:], "add --tiles"),
        (("--tiles", "http://a.example/{z}/{x}/{y}.png", *TILES[2:]), "give an https address"),
        (("--tiles", "https://a;script-src *{z}{x}{y}", *TILES[2:]), "give an https address"),
        (("--tiles", "https://[{z}{x}{y}", *TILES[2:]), "give an https address"),
    ],
)
def test_tiles_that_cannot_be_shown_are_refused(run, words, said):
    result = run("map", "-q", "-o", "map.html", *words, status=2)
    assert said in result.stderr
