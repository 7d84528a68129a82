"""200 rows as hostile as can be: nothing runs, nothing leaves, nothing is there unasked."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packed import inflated
from page_samples import (
    HOSTILE,
    TEXT_COLUMNS,
    frame_of,
    hostile_rows,
    layer,
    small_frame,
    small_layers,
)
from test_page import browser, open_page  # noqa: F401 - fixtures
from test_render import Blocks

from bordermap.render import MapStyle, TileSource, languages, make_map

ROOT = Path(__file__).parents[1]
ROWS = 200
ALARM = "<img src=x onerror=window.pwned=1>{{7*7}}</script><script>window.pwned=1</script>"


def hostile_page(lang):
    """Hostile rows, layer names, feature names, title, caption, tiles, credits and run record."""
    layers = small_layers()
    line = layers["map_line"].frame.geometry.to_list()
    # A few of them, which any page with so many layers is slow to draw; test_render.py has each.
    for text in HOSTILE[::9]:
        layers[f"user_{text}"] = layer(text, [text], line, code=[text], country=[text])
    tiles = (TileSource(ALARM, "https://tile.example/{z}/{x}/{y}.png", ALARM),)
    style = MapStyle(title=ALARM, caption=ALARM, lang=lang, bands_km=(), tiles=tiles)
    run = {text: [text, {text: text}] for text in HOSTILE}
    return make_map(hostile_rows(ROWS), layers, style, run=run, attributions=HOSTILE).html


@pytest.fixture(scope="module")
def pages():
    return {lang: hostile_page(lang) for lang in languages()}


def test_every_text_stands_in_every_column():
    frame = hostile_rows(ROWS)
    assert len(frame) == ROWS
    for column in TEXT_COLUMNS:
        assert set(frame[column]) == set(HOSTILE), column
    assert len(set(frame.columns) - set(TEXT_COLUMNS)) >= len(HOSTILE)


@pytest.mark.browser
@pytest.mark.parametrize(
    "lang", ["en", *(pytest.param(lang, marks=pytest.mark.heavy) for lang in languages()[1:])]
)
def test_nothing_runs_from_hostile_rows(open_page, pages, lang):  # noqa: F811
    """Every fourth row is opened, from another start in each language; every tab is seen."""
    fragment = "#dock=table&at=33,70,6"
    reader = open_page(pages[lang], fragment=fragment)
    keyboard = reader.page.keyboard
    reader.page.focus(".record-head button")
    for _ in range(languages().index(lang)):
        keyboard.press("ArrowDown")
    for _ in range(ROWS // len(languages())):
        for _ in languages():
            keyboard.press("ArrowDown")
        keyboard.press("Enter")
        reader.page.wait_for_selector(".incident-popup dl, dialog[open] dl")
        keyboard.press("Escape")
        reader.page.wait_for_selector(".incident-popup, dialog[open]", state="detached")
    for tab in reader.page.locator("#panel [role=tab], #dock [role=tab]").all():
        tab.click()
        reader.page.wait_for_timeout(100)
    reader.tab("about")
    reader.page.click(".run summary")
    assert reader.page.evaluate("[window.pwned, window.polluted]") == [None, None]
    assert reader.page.evaluate("Object.keys(Object.prototype)") == []
    assert (
        reader.page.evaluate("document.querySelectorAll('img, iframe, object, base, svg').length")
        == 0
    )
    schemes = reader.page.evaluate(
        "[...document.querySelectorAll('dd a, [role=gridcell] a')].map((link) => link.protocol)"
    )
    assert set(schemes) <= {"http:", "https:"}
    assert reader.is_silent()


@pytest.mark.browser
def test_the_policy_is_never_called_upon(open_page, pages):  # noqa: F811
    """Nothing is even tried that the content policy would have to stop."""
    reader = open_page(pages["en"], fragment="#dock=time")
    reader.page.evaluate(
        """() => { window.stopped = [];
            const stop = (event) => window.stopped.push(event.violatedDirective);
            document.addEventListener('securitypolicyviolation', stop);
        }"""
    )
    for text in HOSTILE[:12]:
        reader.page.fill("#search", text.replace("\ud800", "")[:200])
        reader.page.wait_for_timeout(30)
    reader.page.wait_for_timeout(400)
    assert reader.page.evaluate("window.stopped") == []
    assert reader.is_silent()


@pytest.mark.browser
def test_a_hostile_file_name_title_and_layer(run, open_page, tmp_path):  # noqa: F811
    name = "<img src=x onerror=window.pwned=1>{{7*7}}.csv"
    table = "incident_id,date,place,{{7*7}},__proto__\n1,2024-01-01,Torkham,a,b\n"
    (tmp_path / name).write_text(table, encoding="utf-8")
    units = small_layers()["map_provinces"].frame.to_crs(4326)
    units["name"] = [ALARM, "{{7*7}}"]
    own = tmp_path / "<svg onload=window.pwned=1>.geojson"
    own.write_text(units.to_json(), encoding="utf-8")
    run("map", name, "--title", ALARM, "--layer", f"{own}:name", "-o", "page.html", "--bands", "10")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "49.csv" not in html
    reader = open_page(html)
    reader.tab("about")
    reader.page.click(".run summary")
    assert reader.page.locator("#panel h1").inner_text() == ALARM
    assert reader.page.evaluate("window.pwned") is None
    assert reader.is_silent()


# --- the same bytes ------------------------------------------------------------------------------

HASHED = """
import hashlib, sys
sys.path.insert(0, "tests")
from test_page_safety import hostile_page
from bordermap.pipeline import build
from bordermap.render import MapStyle, make_map
frame, _ = build("incidents/border_incidents.csv")
for html in (hostile_page("ps"), make_map(frame, style=MapStyle(lang="fa")).html):
    print(hashlib.sha256(html.encode("utf-8")).hexdigest())
"""


def test_other_processes_make_the_same_bytes():
    """With other hash seeds, time zones and languages of the machine."""
    machines = (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kabul", "LC_ALL": "C"},
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **machine},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for machine in machines
    ]
    assert found[0] == found[1]
    here = hashlib.sha256(hostile_page("ps").encode("utf-8")).hexdigest()
    assert found[0].split()[0] == here


# --- only what was asked for ---------------------------------------------------------------------


def all_that_it_says(html):
    """The text of a page with every packed block unpacked."""
    blocks = Blocks(html).blocks
    packed = [name for name in blocks if re.search(r"-(texts-\d+|words)$", name)]
    return "\n".join(
        [html, *(inflated(blocks[name]).decode("utf-8") for name in packed if blocks[name])]
    )


def test_a_column_that_nobody_asked_for_stays_out():
    frame = small_frame()
    frame["informant"] = "NOBODY-1"
    frame["source_file"] = "NOBODY-2.csv"
    frame["source_row"] = 987_654
    said = all_that_it_says(make_map(frame, small_layers(), MapStyle(bands_km=())).html)
    assert "Summary 1" in said
    for secret in ("NOBODY", "informant", "987654"):
        assert secret not in said


def test_no_path_and_no_clock_stand_in_the_page(run, tmp_path, sample_path):
    folder = tmp_path / "home-of-NOBODY"
    folder.mkdir()
    (folder / "mine.csv").write_bytes(sample_path.read_bytes())
    run("map", folder / "mine.csv", "-o", folder / "page.html", "--bands", "10")
    said = all_that_it_says((folder / "page.html").read_text(encoding="utf-8"))
    assert "mine.csv" in said
    for secret in ("NOBODY", str(tmp_path), str(ROOT), str(Path.home())):
        assert secret not in said
    today = datetime.datetime.now(tz=datetime.UTC).date()
    known = sample_path.read_text(encoding="utf-8")
    if today.isoformat() not in known:
        assert today.isoformat() not in said


def test_a_key_of_the_run_record_cannot_reach_the_prototype():
    run = json.loads(
        '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'
    )
    html = make_map(frame_of([]), small_layers(), MapStyle(bands_km=()), run=run).html
    assert json.loads(Blocks(html).blocks["bordermap-run"]) == run
