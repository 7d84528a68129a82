"""Everybody can read the page: axe-core finds nothing, a keyboard reaches everything, in every
language and size."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from page_samples import small_frame, small_layers
from test_page import SIZES, browser, open_page  # noqa: F401 - fixtures

from bordermap.render import MapStyle, languages, make_map

pytestmark = pytest.mark.browser

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
