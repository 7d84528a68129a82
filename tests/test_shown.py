"""What a notebook shows of a page, a report and a measurement."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browsing import offline_window
from hypothesis import given
from hypothesis import strategies as st
from page_samples import hostile_frame, small_frame, small_layers

import bordermap
from bordermap.render import MapStyle, make_map
from bordermap.render.page import Page
from bordermap.shown import framed, tabled


class Elements(HTMLParser):
    """All elements with their attributes, and all text outside of them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def frame_of_html(text):
    """The only element of a shown page."""
    elements = Elements(text)
    [(tag, attributes)] = elements.found
    assert tag == "iframe"
    assert elements.text == ""
    return attributes


@given(st.text(), st.text())
def test_a_framed_document_comes_out_of_its_attribute_as_it_was(document, title):
    attributes = frame_of_html(framed(document, title))
    assert attributes["srcdoc"] == document
    assert attributes["title"] == title


def test_a_map_shows_itself_apart_from_the_notebook():
    page = make_map(hostile_frame(), small_layers(), MapStyle(bands_km=()))
    attributes = frame_of_html(page._repr_html_())
    assert attributes["srcdoc"] == page.html
    allowed = set(attributes["sandbox"].split())
    assert "allow-scripts" in allowed
    # Both together would let the page take its own sandbox away.
    assert "allow-same-origin" not in allowed
    assert "src" not in attributes


def test_a_map_too_large_for_a_notebook_says_what_to_do():
    shown = Page("<!DOCTYPE html>" + " " * 30_000_001)._repr_html_()
    assert len(shown) < 200
    assert re.search(r"30 million .*\.save\(path\)", shown)


def test_a_report_shows_what_became_of_each_file(tmp_path):
    name = "<b>two.csv"
    rows = "date,latitude,longitude\n2016-01-02,34.1,71.1\n2016-01-02,99,271\n"
    (tmp_path / name).write_text(rows, encoding="utf-8")
    _, report = bordermap.read_incidents(tmp_path / name)
    shown = Elements(report._repr_html_())
    assert {"b"}.isdisjoint(tag for tag, _ in shown.found)
    cells = shown.text.split()
    file = report.files[0]
    for word in (name, str(file.read), str(file.accepted), str(file.rejected)):
        assert word in cells
    [(reason, count)] = file.reasons.items()
    assert f"{reason}: {count}" in shown.text


def test_a_measurement_shows_its_arrays_long_ones_without_their_middle():
    border = bordermap.Border.load()
    few = border.measure([71.09, 69.5], [34.12, 33.0])._repr_html_()
    for name in ("distance_m", "km", "lon", "lat", "side"):
        assert f"<th>{name}</th>" in few
    assert few.count("<tr") == 3
    many = border.measure(np.full(5_000, 71.09), np.full(5_000, 34.12))._repr_html_()
    assert many.count("<tr") < 30
    assert "5000 rows" in many


def test_an_empty_table_is_a_table():
    assert Elements(tabled({"file": [], "read": []})).found[0][0] == "table"


@pytest.mark.browser
def test_a_map_works_in_a_notebook_without_a_network(tmp_path):
    page = make_map(small_frame(), small_layers(), MapStyle(bands_km=(), title="Eight"))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><p>Out[1]:</p>{page._repr_html_()}", encoding="utf-8")
    with offline_window() as (window, said, asked):
        window.goto(path.as_uri())
        inner = window.frames[1]
        inner.wait_for_selector("html[data-bordermap-ready]", state="attached", timeout=15_000)
        assert "8" in inner.inner_text(".status")
        inner.click("#tab-layers")
        inner.wait_for_selector("#tab-layers[aria-selected=true]")
        inner.click("#tab-save")
        # What a file would hold is counted a moment after its buttons are shown.
        inner.wait_for_function("() => /8/.test(document.querySelector('.save-count').textContent)")
        with window.expect_download() as download:
            inner.click(".save-button:has-text('CSV')")
        saved = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert saved.count("\n") == 9
        window.wait_for_timeout(600)  # the address is written a moment later
        assert said == []
        assert {address.partition(":")[0] for address in asked} <= {"file", "about", "blob"}
