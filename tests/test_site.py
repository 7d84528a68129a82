"""The documentation site: built strictly, whole, and without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest
from browsing import offline_window

from bordermap.cli import main
from bordermap.layers import manifest
from bordermap.schema import COLUMNS

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
LOADED = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping"}
"""Attributes whose address a browser asks for; of ``href`` those of ``link`` alone."""


class Document(HTMLParser):
    """The ids of a page, its links, what it loads, its styles, and the words of each element."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads, self.codes, self.headings = set(), [], [], [], []
        self.styles, self._open = "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        if tag in ("code", "h2"):
            (self.codes if tag == "code" else self.headings).append("")
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif name == "style":
                self.styles += value
            elif name in LOADED or (name == "href" and tag == "link"):
                self.loads.append(value)
            elif name == "href":
                self.links.append(value)

    def handle_endtag(self, tag):
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self._open:
            self.styles += data
        if "code" in self._open:
            self.codes[-1] += data
        if "h2" in self._open:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site; a warning is a failure. The notebooks have tests of their own."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    settings = {"BORDERMAP_RUN_NOTEBOOKS": "false", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """Every page but the sample map, which ``test_render.py`` looks at, and the one that a server
    shows for addresses that it does not know."""
    return {
        path: Document(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if path.name not in ("404.html", "map.html")
    }


def page(pages, name):
    [found] = [document for path, document in pages.items() if path.name == name]
    return found


def test_every_written_page_is_a_page_of_the_site(site):
    written = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    written |= {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.ipynb")}
    assert len(written) > 10
    for path in written:
        assert (site / path.with_suffix(".html")).is_file(), path


def test_the_sample_map_is_the_map_of_the_start_page(site, pages):
    assert (site / "map.html").read_bytes() == (
        ROOT / "maps" / "durand_line_incidents.html"
    ).read_bytes()
    assert "map.html" in pages[site / "index.html"].loads


def test_links_lead_somewhere(pages):
    count = 0
    for path, document in pages.items():
        for address in (*document.links, *document.loads):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name}: {address}"
            if parts.fragment and target in pages:
                ids = pages[target].ids | {"__skip"}
                assert unquote(parts.fragment) in ids, f"{path.name}: {address}"
    assert count > 500


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for path, document in pages.items():
        for address in document.loads:
            assert not urlsplit(address).netloc, f"{path.name} loads {address}"
        assert not re.search(r"url\(\s*[\"']?(\w+:)?//", document.styles), path.name
    styles = sorted(site.rglob("*.css"))
    assert styles
    for path in styles:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", text), path.name


def test_no_page_says_where_it_was_made(site):
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".json", ".ipynb", ".xml"):
            assert str(ROOT) not in path.read_text(encoding="utf-8"), path.name


def commands_in(group, words=("bordermap",)):
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands_in(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def test_every_command_is_there_with_every_option(pages):
    document = page(pages, "commands.html")
    headings = [heading.removesuffix("¶") for heading in document.headings]
    told = " ".join(document.codes)
    commands = dict(commands_in(main))
    assert sorted(headings) == sorted(commands)
    for command in commands.values():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert re.search(rf"(^|[ /]){re.escape(option.opts[-1])}\b", told), option.opts


def test_every_column_is_there(pages):
    codes = set(page(pages, "columns.html").codes)
    assert {column.name for column in COLUMNS} <= codes


def test_every_layer_is_there_with_its_papers(site, pages):
    assert set(manifest()) <= page(pages, "sources.html").ids
    text = (site / "sources.html").read_text(encoding="utf-8")
    for entry in manifest().values():
        assert entry["licence"] in text
        assert entry["sha256"] in text


def test_every_benchmark_is_there(pages):
    codes = " ".join(page(pages, "benchmarks.html").codes)
    for path in (ROOT / "benchmarks").glob("*.py"):
        if "__main__" in path.read_text(encoding="utf-8"):
            assert f"benchmarks/{path.name}" in codes


READ_IN_PLACE = [
    *("README.md", "CONTRIBUTING.md", "geodata/README.md"),
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
]
"""What people read in the repository itself; the start page is the site's alone."""


@pytest.mark.parametrize("name", [name for name in READ_IN_PLACE if name != "docs/index.md"])
def test_links_of_the_repository_lead_somewhere(name):
    path = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for address in links:
        parts = urlsplit(address)
        if parts.path and not parts.scheme:
            assert (path.parent / parts.path).exists(), f"{name}: {address}"


@pytest.mark.browser
def test_the_start_page_opens_from_a_folder_without_a_network(site):
    with offline_window() as (window, said, asked):
        window.goto((site / "index.html").as_uri())
        inner = window.frames[1]
        inner.wait_for_selector("html[data-bordermap-ready]", state="attached", timeout=15_000)
        assert "90 in all" in inner.inner_text(".status")
        window.click(".md-search__input")
        ready = ".md-search-result__meta:has-text('Type to start searching')"
        window.wait_for_selector(ready, state="attached")
        window.locator(".md-search__input").press_sequentially("radius")
        window.wait_for_selector(".md-search-result__item a[href*='asking.html']", state="attached")
        assert said == []
        assert len(asked) > 3
        assert {urlsplit(address).scheme for address in asked} <= {"file", "data", "blob"}
