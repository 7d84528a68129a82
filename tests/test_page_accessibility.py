"""Everybody can read the page: axe-core finds nothing, a keyboard reaches everything, in every
language and size."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path

import pytest
from browsing import launched
from page_samples import small_frame, small_layers
from test_page import SIZES, Reader, browser, open_page  # noqa: F401 - fixtures

from bordermap.render import MapStyle, languages, make_map

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TARGETS = "a[href], button, input, select, summary, [tabindex]:not([tabindex='-1'])"


@pytest.fixture(scope="module")
def axe():
    if not AXE.is_file() and not os.environ.get("BORDERMAP_REQUIRE_NODE"):
        pytest.skip("axe-core is not here; npm ci brings it")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages():
    """Eight incidents in each language."""
    return {
        lang: make_map(small_frame(), small_layers(), MapStyle(lang=lang)).html
        for lang in languages()
    }


def faults(reader, axe):
    """What axe-core objects to, one line for each element."""
    reader.page.evaluate(axe)
    found = reader.page.evaluate(
        f"() => axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then((r) => r.violations)"
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def states(reader):
    """Bring the page into each of its states, and say which it is."""
    page = reader.page
    for name in page.locator("#panel [role=tab]").evaluate_all("(tabs) => tabs.map((t) => t.id)"):
        page.click(f"#{name}")
        for run in page.locator(".run summary").all():
            if run.is_visible():
                run.click()
        yield name
    if (
        page.locator("#panel").get_attribute("data-open") == "true"
        and page.viewport_size["width"] < 600
    ):
        page.click("#panel [role=tab][aria-selected=true]")
    for name in page.locator("#dock [role=tab]").evaluate_all("(tabs) => tabs.map((t) => t.id)"):
        if page.get_attribute(f"#{name}", "aria-selected") == "false":
            page.click(f"#{name}")
        page.wait_for_timeout(150)
        yield name


def open_popup(reader):
    reader.click_mark(69.9, 33.5)
    reader.page.wait_for_selector(".incident-popup dl")
    reader.page.wait_for_timeout(350)


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("lang", languages())
def test_axe_finds_nothing(open_page, pages, axe, lang, size):  # noqa: F811
    reader = open_page(pages[lang], size, "#at=33,70,8")
    found = {name: faults(reader, axe) for name in states(reader)}
    reader = open_page(pages[lang], size, "#at=33,70,8&dock=none")
    open_popup(reader)
    found["popup"] = faults(reader, axe)
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert reader.is_silent()


@pytest.mark.parametrize("lang", ["en", "ur"])
def test_axe_finds_nothing_in_what_opens(open_page, pages, axe, lang):  # noqa: F811
    """The choice of columns, an unplaced incident in its box, two periods side by side."""
    reader = open_page(pages[lang], "wide", "#dock=table&at=33,70,8")
    reader.page.click(".record-chooser summary")
    found = {"columns": faults(reader, axe)}
    reader.page.click(".record-chooser summary")
    reader.page.locator(".record-body [role=row]", has_text="Place 8").click()
    reader.page.wait_for_selector("dialog[open] dl")
    found["unplaced"] = faults(reader, axe)
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog[open]", state="detached")
    reader.tab("compare")
    reader.page.locator("#page-compare button:visible").first.click()
    reader.page.wait_for_timeout(400)
    assert reader.page.locator(".leaflet-container").count() == 2
    found["compare"] = faults(reader, axe)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_axe_finds_nothing_without_scripts(browser, pages, axe, tmp_path):  # noqa: F811
    """An old browser: scripts run, so that axe-core can, but the page shows its plain table."""
    path = tmp_path / "plain.html"
    path.write_text(pages["ur"], encoding="utf-8")
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(path.as_uri())

    class Plain:
        pass

    reader = Plain()
    reader.page = page
    assert faults(reader, axe) == []
    context.close()


# --- room, size, order ---------------------------------------------------------------------------

CUT_WORDS = """() => {
    const faults = [];
    const page = document.documentElement;
    if (page.scrollWidth > window.innerWidth) faults.push('the page scrolls sideways');
    const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowX);
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (words.nextNode()) {
        const node = words.currentNode.parentElement;
        const unseen = '.unseen, .search label, script, option, .leaflet-control-scale';
        const said = words.currentNode.data.trim();
        if (!said || !node.checkVisibility() || node.closest(unseen)) continue;
        range.selectNodeContents(words.currentNode);
        const text = range.getBoundingClientRect();
        for (let box = node; box; box = box.parentElement) {
            if (scrolls(box) && box.scrollWidth > box.clientWidth) break;
            const edge = box.getBoundingClientRect();
            const style = getComputedStyle(box);
            const isCell = box.closest('[role=gridcell], [role=columnheader]');
            if (isCell && style.textOverflow === 'ellipsis') break;
            const isClipping = style.overflowX !== 'visible' || box === document.body;
            if (isClipping && (text.right > edge.right + 1 || text.left < edge.left - 1)) {
                faults.push(`cut off: ${said}`);
                break;
            }
        }
    }
    return faults;
}"""
"""Words that reach beyond what holds them. Cells of the table are told in popups, its columns
where they are chosen."""

SET_APART = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;'
        + ' word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [sheet];
}"""
"""WCAG 1.4.12."""


@pytest.fixture(scope="module")
def large_text(browser):  # noqa: F811
    """The reader's own size of text is twice the usual one, as no zoom of the page makes it."""
    window = launched(browser.browser_type, "--blink-settings=defaultFontSize=32")
    yield window
    window.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", languages())
def test_text_of_twice_the_size_is_not_cut_off(large_text, pages, tmp_path, lang, width):
    path = tmp_path / "page.html"
    path.write_text(pages[lang], encoding="utf-8")
    with large_text.new_context(viewport={"width": width, "height": 844}, offline=True) as context:
        reader = Reader(context, path).open("#at=33,70,8")
        assert reader.page.evaluate("getComputedStyle(document.body).fontSize") == "28px"
        found = {name: reader.page.evaluate(CUT_WORDS) for name in states(reader)}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("lang", languages())
def test_text_set_apart_is_not_cut_off(open_page, pages, lang, size):  # noqa: F811
    reader = open_page(pages[lang], size, "#at=33,70,8")
    reader.page.evaluate(SET_APART)
    found = {name: reader.page.evaluate(CUT_WORDS) for name in states(reader)}
    assert {name: lines for name, lines in found.items() if lines} == {}


CUT_OFF = """() => {
    const faults = [];
    const page = document.documentElement;
    if (page.scrollWidth > window.innerWidth) faults.push('the page scrolls sideways');
    const targets = 'button, select, summary, a, input, label.choice, [role=slider]';
    for (const node of document.querySelectorAll(targets)) {
        const box = node.getBoundingClientRect();
        if (!box.width || !node.checkVisibility({visibilityProperty: true})) continue;
        const words = node.getAttribute('aria-label') || node.textContent.trim();
        const name = `${node.tagName} ${words || node.id}`;
        const scrolled = node.closest('.record-scroll, .leaflet-popup-content');
        if (!scrolled && (box.left < -0.5 || box.right > window.innerWidth + 0.5)) {
            faults.push(`cut off: ${name}`);
        }
        const inLabel = node.closest('label.choice') && node.tagName === 'INPUT';
        const inText = node.tagName === 'A' && node.closest('dd, p');
        if ((box.height < 23.9 || box.width < 23.9) && !inLabel && !inText) {
            faults.push(`${box.width} x ${box.height} px: ${name}`);
        }
        const isSpoken = node.matches('button, summary') && node.scrollWidth > node.clientWidth + 1;
        if (isSpoken && !scrolled) faults.push(`words cut off: ${name}`);
    }
    return faults;
}"""
ROOMS = {
    "phone": ((390, 844), 1),
    "twice as large": ((640, 400), 2),
    "four times as large": ((320, 480), 4),
}
"""A phone; and a screen of 1280 px on which a reader enlarges everything."""


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("lang", languages())
def test_nothing_is_cut_off(open_page, pages, lang, room):  # noqa: F811
    size, ratio = ROOMS[room]
    reader = open_page(pages[lang], size, device_scale_factor=ratio)
    found = {name: reader.page.evaluate(CUT_OFF) for name in states(reader)}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_reader_may_enlarge_with_two_fingers(pages):
    assert "user-scalable" not in pages["en"]
    assert "maximum-scale" not in pages["en"]


FOCUSED = """() => {
    const node = document.activeElement;
    if (!node || node === document.body) return null;
    const style = getComputedStyle(node);
    const after = getComputedStyle(node, '::after');
    const ring = (one) => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) >= 2;
    const box = node.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const top = document.elementFromPoint(x, y);
    const own = [node, node.closest('label')];
    const isRinged = ring(style) || ring(after) || node.dataset.reached === 'ringed';
    node.dataset.reached = isRinged ? 'ringed' : 'yes';
    return {
        name: node.cloneNode().outerHTML,
        ring: isRinged,
        seen: own.some((one) => one?.contains(top)) || top?.contains(node),
    };
}"""
UNREACHED = """(targets) => {
    const roving = '[role=tab], [role=gridcell] *, [role=columnheader] *';
    return [...document.querySelectorAll(targets)].filter((node) => !node.dataset.reached
        && !node.disabled && node.tabIndex >= 0 && !node.matches(roving)
        && node.checkVisibility({visibilityProperty: true}))
        .map((node) => node.outerHTML.slice(0, 120));
}"""


MOST_STOPS = 200


def tabbed(reader):
    """Every stop of the Tab key, from where the focus is to the page's end, and once around."""
    for _ in range(2):
        while True:
            reader.page.keyboard.press("Tab")
            stop = reader.page.evaluate(FOCUSED)
            if stop is None:
                break
            yield stop


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("lang", ["en", "ps"])
def test_tabs_reach_everything_and_are_never_trapped(open_page, pages, lang, size):  # noqa: F811
    """Each stop shows its ring and is not covered; after the last one the page is left."""
    reader = open_page(pages[lang], size)
    visited = []
    for name in states(reader):
        stops = list(islice(tabbed(reader), MOST_STOPS))
        assert len(stops) < MOST_STOPS, f"{name}: no way out"
        visited += [(name, stop) for stop in stops]
        assert reader.page.evaluate(UNREACHED, TARGETS) == [], name
    assert [stop for stop in visited if not stop[1]["ring"]] == []
    assert [stop for stop in visited if not stop[1]["seen"]] == []


def test_escape_closes_what_is_open(open_page, pages):  # noqa: F811
    reader = open_page(pages["en"], "wide", "#at=33,70,8&dock=none")
    open_popup(reader)
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector(".incident-popup", state="detached")
    reader = open_page(pages["en"], "phone")
    reader.page.click("#tab-layers")
    reader.page.focus("#page-layers input")
    reader.page.keyboard.press("Escape")
    assert reader.page.get_attribute("#panel", "data-open") == "false"
    assert reader.page.evaluate("document.activeElement.id") == "tab-layers"


# --- what readers ask of their machines ----------------------------------------------------------


def test_less_motion(open_page, pages):  # noqa: F811
    reader = open_page(pages["en"], reduced_motion="reduce")
    moving = reader.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((node) => {
            const {transitionDuration, transitionProperty, animationName} = getComputedStyle(node);
            const fades = transitionProperty !== 'none' && parseFloat(transitionDuration) > 0;
            return fades || animationName !== 'none';
        }).map((node) => node.className)"""
    )
    assert moving == []


def test_colours_of_the_readers_own(open_page, pages, axe):  # noqa: F811
    reader = open_page(pages["en"], forced_colors="active")
    chosen = reader.page.locator("#panel [role=tab][aria-selected=true]")
    other = reader.page.locator("#panel [role=tab][aria-selected=false]").first
    edge = "(node) => getComputedStyle(node).borderBottomColor"
    assert chosen.evaluate(edge) != other.evaluate(edge)
    assert reader.is_silent()


def test_more_contrast(open_page, pages):  # noqa: F811
    quiet = "getComputedStyle(document.documentElement).getPropertyValue('--quiet')"
    plain = open_page(pages["en"]).page.evaluate(quiet)
    more = open_page(pages["en"], contrast="more").page.evaluate(quiet)
    assert plain != more
