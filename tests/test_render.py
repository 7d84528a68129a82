"""The page as text: safe, the same each time, and holding exactly what the frame holds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import branca.element
import folium
import geopandas
import numpy as np
import pandas
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packed import blocks_of, columns_of, texts_of
from page_samples import HOSTILE, frame_of, hostile_frame, layer, small_frame, small_layers

from bordermap.border import Border
from bordermap.errors import FrameError, LayerError, OutputError
from bordermap.pipeline import build
from bordermap.render import EventStyle, MapStyle, Page, TileSource, assets, make_map
from bordermap.render.assets import (
    LEAFLET_SHA256,
    MODULES,
    leaflet_script,
    leaflet_styles,
    page_script,
    page_styles,
)
from bordermap.render.basemap import area_index, strips, zones
from bordermap.render.incidents import incident_table
from bordermap.render.page import OfflineFigure, OfflineMap, content_policy
from bordermap.render.payload import integers, pack_table, words
from bordermap.render.text import clean_text, safe_link, script_json

NO_ZONES = MapStyle(bands_km=())


def small_page(frame, **style):
    return make_map(frame, small_layers(), MapStyle(bands_km=(), **style)).html


# --- reading a page back -------------------------------------------------------------------------


class Blocks(HTMLParser):
    """What a browser would find: the text of scripts and styles, and every tag and attribute."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.blocks = {}
        self.scripts = []
        self.text = []
        self._open = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self._open = (tag, attributes) if tag in {"script", "style"} else None

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open is None:
            self.text.append(data)
        elif "type" in self._open[1]:
            name = self._open[1]["id"]
            self.blocks[name] = self.blocks.get(name, "") + data
        else:
            self.scripts.append((self._open[0], data))


@pytest.fixture(scope="session")
def sample_page(sample_path):
    frame, _ = build(sample_path)
    return frame, make_map(frame)


# --- the ninety incidents ------------------------------------------------------------------------


def test_the_sample_map_is_small_and_holds_every_incident(sample_page):
    frame, page = sample_page
    assert len(page.html.encode("utf-8")) < 1_200_000
    blocks = Blocks(page.html).blocks
    columns, texts = (
        columns_of(blocks, "bordermap-incidents"),
        texts_of(blocks, "bordermap-incidents"),
    )
    assert sorted(texts["incident_id"]) == sorted(frame["incident_id"])
    placed = sum(lon is not None for lon in columns["lon"])
    assert placed == int(frame.geometry.notna().sum())


def test_the_sample_map_credits_every_layer(sample_page):
    _, page = sample_page
    papers = json.loads(Blocks(page.html).blocks["bordermap-settings"])["layers"]
    assert papers
    assert all(paper["attribution"] and paper["licence"] for paper in papers)
    assert "UCDP" in json.loads(Blocks(page.html).blocks["bordermap-settings"])["credits"][0]


def test_no_two_modules_declare_the_same_name():
    """They share one function in the page: the later would silently replace the earlier."""
    declared = re.findall(
        r"^(?:async )?(?:function|class|const|let|var) \*?(\w+)", page_script(), re.MULTILINE
    )
    assert len(declared) > 100
    assert sorted(declared) == sorted(set(declared))


def test_the_sample_map_is_the_same_twice(sample_page):
    frame, page = sample_page
    assert make_map(frame).html == page.html


# --- what stands in the page ---------------------------------------------------------------------


def test_same_input_same_bytes():
    assert small_page(small_frame()) == small_page(small_frame())


def test_a_page_loads_nothing():
    """No element names an outside resource; the only addresses are links that readers may click."""
    found = Blocks(small_page(small_frame()))
    loading = {"src", "srcset", "data", "poster", "background", "action", "formaction", "style"}
    for tag, attributes in found.tags:
        assert not loading & set(attributes), (tag, attributes)
        assert tag not in {"link", "iframe", "object", "embed", "img", "base", "form"}, tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        if "href" in attributes:
            assert tag == "a"
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_policy_allows_exactly_the_known_texts():
    found = Blocks(small_page(hostile_frame()))
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv"))
    start = 'window.bordermapStart(L.map("map"'
    known = [leaflet_styles(), page_styles(), leaflet_script(), page_script()]
    *others, last = [text for _, text in found.scripts]
    assert others == known
    assert last.startswith(start)
    assert last == Blocks(small_page(frame_of([]))).scripts[-1][1]
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    hashes = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in others]
    assert set(hashes) < set(allowed)
    assert len(allowed) == len(known) + 1


def test_known_texts_can_stand_in_a_page():
    for text in (leaflet_script(), page_script(), leaflet_styles(), page_styles()):
        assert "\r" not in text
        assert "</script" not in text.lower()
        assert "</style" not in text.lower()
        assert "sourceMappingURL" not in text
    assert "url(" not in leaflet_styles()


def test_leaflet_is_version_1_9_4():
    assert '"1.9.4"' in leaflet_script()
    assert set(LEAFLET_SHA256) == {"leaflet.js", "leaflet.css"}


def test_every_module_is_in_the_page():
    static = Path(assets.__file__).parent / "static"
    assert {path.stem for path in static.glob("*.js")} == set(MODULES)


def test_modules_do_not_share_a_name():
    """They become one function, where a second definition would silently replace the first."""
    pattern = r"^(?:async )?(?:const|let|class|function\*?)\s+([A-Za-z_$][\w$]*)"
    names = re.findall(pattern, page_script(), re.MULTILINE)
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})
    assert len(MODULES) == len(set(MODULES))
    assert "innerHTML" not in page_script()
    assert "import " not in re.sub(r"/\*.*?\*/", "", page_script(), flags=re.DOTALL)


# --- hostile text --------------------------------------------------------------------------------


def test_hostile_text_stays_text():
    """Compared tag by tag with a page of the same shape whose texts are all harmless."""
    found = Blocks(small_page(hostile_frame(), title=HOSTILE[5], caption=HOSTILE[8]))
    scripts = [attributes for tag, attributes in found.tags if tag == "script"]
    assert all(set(attributes) <= {"type", "id"} for attributes in scripts)
    assert sum("type" not in attributes for attributes in scripts) == 3
    allowed = {"html", "head", "meta", "title", "style", "script", "body", "div", "main", "h1", "p"}
    allowed |= {"noscript", "table", "thead", "tbody", "tr", "th", "td", "a"}
    assert {tag for tag, _ in found.tags} <= allowed


def test_templates_in_data_are_not_evaluated():
    blocks = Blocks(small_page(hostile_frame())).blocks
    summaries = texts_of(blocks, "bordermap-incidents")["summary"]
    assert "{{7*7}}" in summaries
    assert "${7*7}" in summaries
    assert "49" not in summaries


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_and_layer_names(text):
    layers = small_layers()
    layers[text] = layer("extra", [text], layers["map_line"].frame.geometry.to_list())
    html = make_map(small_frame(), layers, MapStyle(title=text, bands_km=()), run={text: text}).html
    html.encode("utf-8")
    found = Blocks(html)
    settings_block = json.loads(found.blocks["bordermap-settings"])
    assert settings_block["title"] == clean_text(text)
    assert sum(tag == "title" for tag, _ in found.tags) == 1
    assert sum(tag == "script" and "type" not in a for tag, a in found.tags) == 3


def test_links_are_http_or_nothing():
    links = [a["href"] for t, a in Blocks(small_page(hostile_frame())).tags if "href" in a]
    assert links == []
    links = [a for t, a in Blocks(small_page(small_frame())).tags if "href" in a]
    assert {link["href"] for link in links} == {"https://example.org/a?b=1&c=2"}
    assert all(link["rel"] == "noopener noreferrer nofollow" for link in links)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/x?y=1#z", "https://example.org/x?y=1#z"),
        ("http://example.org", "http://example.org"),
        ("HTTP://EXAMPLE.ORG/", "HTTP://EXAMPLE.ORG/"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("https:///nowhere", ""),
        ("https://[broken", ""),
        ("https://example.org/ onclick=x", ""),
        ("ftp://example.org", ""),
        ("example.org", ""),
        ("", ""),
    ],
)
def test_safe_link(text, expected):
    assert safe_link(text) == expected


def test_clean_text_keeps_what_spelling_needs():
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("a\r\nb\rc") == "a\nb\nc"
    assert clean_text("\u202egnp\u2066x\u2069") == "gnpx"
    assert clean_text(None) == clean_text(float("nan")) == clean_text(np.datetime64("NaT")) == ""


@given(st.text())
def test_script_json_cannot_end_its_element(text):
    written = script_json({"x": text, text: 1})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written)["x"] == (1 if text == "x" else text)


# --- frames of every shape -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("none", []),
        ("one", [{"at": (70, 33), "event_type": "protest"}]),
        ("all unplaced", [{"at": None, "location_note": "nowhere"}] * 5),
        ("all at one point", [{"at": (70, 33), "incident_id": str(n)} for n in range(50)]),
        ("no dates", [{"at": (70, 33), "date_start": None, "date_end": None}] * 3),
        ("5000 types", [{"at": (70, 33), "event_type": f"type {n}"} for n in range(5000)]),
        ("a megabyte in a cell", [{"at": (70, 33), "summary": "word " * 200_000}]),
        ("half a point", [{"at": (70, 133)}, {"at": (float("nan"), 33)}, {"at": (1e9, 33)}]),
    ],
)
def test_any_number_of_incidents(name, rows):
    blocks = Blocks(small_page(frame_of(rows))).blocks
    columns = columns_of(blocks, "bordermap-incidents")
    placed = [row for row in rows if row["at"] and abs(row["at"][1]) <= 90 and row["at"][0] < 360]
    assert len(columns["lon"]) == len(rows)
    assert sum(lon is not None for lon in columns["lon"]) == len(placed)
    assert sum(lat is not None for lat in columns["lat"]) == len(placed)


def test_the_payload_holds_what_the_frame_holds():
    frame = small_frame().sample(frac=1, random_state=1)
    blocks = Blocks(small_page(frame)).blocks
    columns, texts = (
        columns_of(blocks, "bordermap-incidents"),
        texts_of(blocks, "bordermap-incidents"),
    )
    by_id = frame.set_index("incident_id")
    for at, incident in enumerate(texts["incident_id"]):
        row = by_id.loc[incident]
        assert columns["event_type"][at] == row["event_type"]
        assert texts["summary"][at] == row["summary"]
        assert columns["fatalities_low"][at] == 1
        assert columns["fatalities_best"][at] is None
        if row.geometry is None:
            assert columns["lon"][at] is None
            assert texts["location_note"][at] == "two places bear this name"
            continue
        assert columns["lon"][at] == pytest.approx(row.geometry.x, abs=5e-6)
        assert columns["lat"][at] == pytest.approx(row.geometry.y, abs=5e-6)
        assert columns["border_distance_m"][at] == row["border_distance_m"]
    dates = [day for day in columns["date_start"] if day is not None]
    assert dates == sorted(dates)
    assert columns["date_start"][-1] is None


def test_areas_are_named_for_those_incidents_that_are_areas():
    blocks = Blocks(small_page(small_frame())).blocks
    table = json.loads(blocks["bordermap-incidents"])
    assert table["areas"] == {"AF-KHO": [["map_provinces", 0]], "PK-KP-far": [["map_districts", 1]]}
    codes = columns_of(blocks, "bordermap-incidents")["area"]
    assert sorted(filter(None, codes)) == ["AF-KHO", "PK-KP-far"]


def test_a_frame_with_a_point_in_another_crs_is_put_right():
    frame = small_frame()
    moved = frame.to_crs(32642)
    one, other = (
        columns_of(Blocks(small_page(each)).blocks, "bordermap-incidents")
        for each in (frame, moved)
    )
    assert (
        one["lon"] == pytest.approx(other["lon"], abs=1e-4, nan_ok=True)
        or one["lon"] == other["lon"]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(st.none(), st.floats(allow_nan=True), st.integers(-(2**40), 2**40)), max_size=30
    )
)
def test_integers_come_back(values):
    column = integers("x", values)
    table = pack_table(len(values), [column], {})
    back = columns_of(blocks_of("t", table), "t")["x"]
    for value, found in zip(values, back, strict=True):
        if value is None or not np.isfinite(value) or abs(value) > 2**31 - 1:
            assert found is None
        else:
            assert found == pytest.approx(np.rint(value))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=40))
def test_words_come_back(values):
    column = words("x", values, ("known",))
    table = pack_table(len(values), [column], {"x": [clean_text(v) for v in values]})
    blocks = blocks_of("t", table)
    expected = [clean_text(value) for value in values]
    found = columns_of(blocks, "t")["x"]
    assert found == [value or None for value in expected]
    assert texts_of(blocks, "t")["x"] == expected


# --- stretches of the line as footprints ---------------------------------------------------------


def test_a_stretch_of_the_line_is_drawn_as_the_strip_along_it():
    ids = pandas.Series(
        ["line:701.00-789.00", "AF-KHO-spera", None, "line:10-20;line:701.00-789.00"]
    )
    along = strips(ids)
    assert along["code"].tolist() == ["line:10-20", "line:701.00-789.00"]
    line = Border.load()
    lon, lat = line.point_at([750.0])
    assert shapely.contains_xy(along.geometry[1], lon[0], lat[0])
    assert line.measure(*shapely.get_coordinates(along.geometry[1]).T).distance_m.max() < 10_500
    columns = {"location_precision": ["area"] * 4, "place_id": ids}
    frame = geopandas.GeoDataFrame(columns, geometry=[shapely.Point(66.4, 30.9)] * 4, crs=4326)
    table = incident_table(frame, area_index({}, along))
    assert table.meta["areas"] == {
        "line:10-20;line:701.00-789.00": [("strips", 0), ("strips", 1)],
        "line:701.00-789.00": [("strips", 1)],
    }


@pytest.mark.parametrize("place_id", ["line:", "line:x-y", "line:1e9-2", "line:-5--3"])
def test_an_id_that_is_no_stretch_draws_no_strip(place_id):
    assert len(strips(pandas.Series([place_id]))) == 0


# --- zones ---------------------------------------------------------------------------------------


def test_zones_lie_on_their_side_and_do_not_overlap():
    """A line due north at 70 E: Afghanistan, on its left, is to the west; 5 km are 0.0535°."""
    drawn = zones((5.0, 10.0), small_layers()["map_line"])
    assert list(zip(drawn["to_km"], drawn["side"], strict=True)) == [
        (5.0, "AF"),
        (5.0, "PK"),
        (10.0, "AF"),
        (10.0, "PK"),
    ]
    middle = shapely.box(68, 32.9, 72, 33.1)
    bounds = [shapely.intersection(zone, middle).bounds for zone in drawn.geometry]
    assert bounds[0][0] == pytest.approx(70 - 0.0535, abs=0.002)
    assert bounds[1][2] == pytest.approx(70 + 0.0535, abs=0.002)
    assert bounds[2][0] == pytest.approx(70 - 0.107, abs=0.003)
    assert drawn.geometry.is_valid.all()
    areas = shapely.area(drawn.geometry.to_numpy())
    assert areas.sum() == pytest.approx(drawn.geometry.union_all().area, rel=1e-6)
    assert len(zones((), small_layers()["map_line"])) == len(zones((5.0,), None)) == 0


# --- without scripts -----------------------------------------------------------------------------


def test_the_plain_table_lists_at_most_500_rows():
    rows = [{"at": (70, 33), "incident_id": str(n), "place": f"place {n}"} for n in range(700)]
    found = Blocks(small_page(frame_of(rows)))
    assert sum(tag == "tr" for tag, _ in found.tags) == 501
    assert "500 of 700 incidents are listed here" in " ".join(found.text)


def test_the_plain_table_shortens_long_cells():
    found = Blocks(small_page(frame_of([{"at": (70, 33), "summary": "y" * 1_000_000}])))
    assert len(max(found.text, key=len)) <= 300


# --- what is refused -----------------------------------------------------------------------------


def test_an_element_that_would_link_the_network_is_refused():
    figure = OfflineFigure("x", "en")
    figure.add_child(OfflineMap())
    figure.header.add_child(branca.element.JavascriptLink("https://cdn.example/x.js"), name="x")
    with pytest.raises(LayerError, match="x would be fetched from the network"):
        figure.render()


def test_a_stock_folium_element_is_refused():
    figure = OfflineFigure("x", "en")
    chart = OfflineMap()
    chart.add_child(folium.Marker((33, 70), popup="{{7*7}}"))
    figure.add_child(chart)
    with pytest.raises(LayerError, match="adds a script of its own"):
        figure.render()


def test_tiles_enter_the_policy_by_their_host_only():
    tiles = (TileSource("Streets", "https://{s}.tile.example/{z}/{x}/{y}.png", "© Example"),)
    html = small_page(small_frame(), tiles=tiles)
    policy = next(a["content"] for t, a in Blocks(html).tags if a.get("http-equiv"))
    assert "img-src data: blob: https://*.tile.example;" in policy
    assert "tile.example" not in content_policy((), ())


@pytest.mark.parametrize(
    "make",
    [
        lambda: TileSource("x", "http://tile.example/{z}/{x}/{y}.png", ""),
        lambda: TileSource("x", "https://tile.example/", ""),
        lambda: TileSource("x", "https://a;script-src */{z}/{x}/{y}", "").origin,
        lambda: EventStyle("red", "circle"),
        lambda: EventStyle("#ff0000", "skull"),
        lambda: MapStyle(bands_km=(10, 5)),
        lambda: MapStyle(bands_km=(0, 5)),
        lambda: MapStyle(bands_km=(5, float("nan"))),
        lambda: small_page(small_frame(), lang="xx"),
        lambda: make_map([1, 2, 3]),
    ],
)
def test_what_cannot_be_used_says_so_in_one_line(make):
    with pytest.raises(FrameError) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)


def test_a_layer_in_another_crs_is_refused():
    layers = small_layers()
    line = layers["map_line"].frame.to_crs(32642)
    layers["map_line"] = layer("map_line", ["line"], line.geometry.to_list())
    layers["map_line"].frame.set_crs(32642, allow_override=True, inplace=True)
    with pytest.raises(LayerError, match="map_line: the layer is not in EPSG:4326"):
        make_map(small_frame(), layers, NO_ZONES)


def test_saving_is_whole_or_not_at_all(tmp_path):
    page = Page("<!DOCTYPE html>")
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "<!DOCTYPE html>"
    with pytest.raises(OutputError, match="does not exist"):
        page.save(tmp_path / "nowhere" / "page.html")
