"""The finished map in ``maps/`` is the one that the program makes of the sample incidents."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import pytest

from bordermap import build, make_map
from bordermap.pipeline import sample_incidents

KEPT = Path(__file__).parents[1] / "maps" / "durand_line_incidents.html"
BLOCK = re.compile(r'<script type="text/plain" id="(bordermap-incidents[^"]*)">([^<]*)</script>')


def contents(html):
    """Columns and texts of the incidents, inflated: another zlib may pack them differently."""
    return {name: zlib.decompress(base64.b64decode(text)) for name, text in BLOCK.findall(html)}


@pytest.fixture(scope="module")
def page():
    frame, _ = build(sample_incidents())
    return make_map(frame)


def test_the_kept_map_shows_the_same_incidents(page):
    kept = contents(KEPT.read_text("utf-8"))
    assert kept
    assert kept == contents(page.html), "run bordermap map again and keep its result"


def test_the_kept_map_is_small():
    assert KEPT.stat().st_size < 1_200_000
