"""GeoPackages as QGIS opens them: styles, project, what is drawn."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from itertools import pairwise
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import build
from bordermap.border import GEOD
from bordermap.cli.reference import with_incidents
from bordermap.export import export
from bordermap.export.footprints import LARGE_M, footprints
from bordermap.export.qgis_incidents import LARGE_M as DRAWN_HOLLOW_M
from bordermap.export.qgis_incidents import RADIUS, type_styles
from bordermap.export.qgis_layers import COLOURS, look_of
from bordermap.export.qgis_project import project_text, style_text
from bordermap.export.qgis_table import Table
from bordermap.footprint import shipped_polygon
from bordermap.layers import load_layer
from bordermap.render.incidents import LARGE_FOOTPRINT_M
from bordermap.schema import EVENT_TYPES
from bordermap.symbols import EVENT_STYLES, SHAPES

STATIC = ROOT / "bordermap" / "render" / "static"
WORDS = json.loads((STATIC / "words.en.json").read_text(encoding="utf-8"))
LAYERS = (
    "incidents",
    "crossings",
    "variants",
    "line",
    "footprints",
    "zones",
    "districts",
    "provinces",
)
"""From the top down, as on the page."""


@pytest.fixture(scope="session")
def located(sample_path):
    return build(sample_path)[0]


@pytest.fixture(scope="session")
def package(located, tmp_path_factory):
    """The documented incidents with every layer."""
    path = tmp_path_factory.mktemp("qgis") / "incidents.gpkg"
    layers = [*with_incidents((5.0, 25.0)), footprints(located)]
    assert export(located, path, layers=layers) == ()
    return path


def few(**columns):
    """Three incidents that have these columns and no others."""
    points = gpd.points_from_xy([70.1, 70.2, 71.0], [33.1, 33.2, 34.0])
    return gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")


def rows(path, question):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(question).fetchall()


def incident_renderer(types):
    """The marks of a layer in which these event types occur."""
    table = Table("incidents", "Point", frozenset({"event_type"}), types=tuple(types))
    return ET.fromstring(style_text(look_of(table, WORDS))).find(".//categories/..")


# As on the page


def test_colours_are_those_of_the_page():
    said = (STATIC / "basemap.js").read_text(encoding="utf-8")
    block = said.split("export const COLOURS = {")[1].split("\n};")[0]
    page = dict(re.findall(r"(\w+): '(#[0-9a-f]{6})'", block))
    page = {{"AF": "zone_AF", "PK": "zone_PK"}.get(name, name): one for name, one in page.items()}
    assert {name: page[name] for name in COLOURS} == COLOURS


def test_sizes_and_limits_are_those_of_the_page():
    assert f"radius: {RADIUS}," in (STATIC / "incident_layer.js").read_text(encoding="utf-8")
    assert LARGE_M == DRAWN_HOLLOW_M == LARGE_FOOTPRINT_M


def test_every_event_type_has_its_colour_and_its_mark():
    renderer = incident_renderer(EVENT_TYPES)
    drawn = {}
    for category in renderer.iter("category"):
        symbol = renderer.find(f"symbols/symbol[@name='{category.get('symbol')}']")
        own = [layer for layer in symbol.findall("layer") if layer.get("locked") == "0"]
        (values,) = ({o.get("name"): o.get("value") for o in one.find("Option")} for one in own)
        red, green, blue, _ = map(int, values["color"].split(","))
        drawn[category.get("value")] = f"#{red:02x}{green:02x}{blue:02x}"
        assert category.get("label") == WORDS[f"type_{category.get('value')}"]
        shape = (own[0].get("class"), values["name"], values["angle"])
        assert drawn.setdefault(str(shape), shape) == shape
    assert {name: drawn[name] for name in EVENT_STYLES} == {
        name: style.colour for name, style in EVENT_STYLES.items()
    }
    assert len([one for one in drawn.values() if isinstance(one, tuple)]) == len(SHAPES)


def test_types_that_the_page_does_not_know_look_as_on_the_page():
    styles = type_styles(["raid", "ambush", "airstrike", ""])
    assert styles["airstrike"] == EVENT_STYLES["airstrike"]
    # The page gives out colours and shapes in turn: "" first, then by the alphabet.
    assert [(s.colour, s.shape) for s in map(styles.get, ("", "ambush", "raid"))] == [
        ("#d55e00", "triangle"),
        ("#e69f00", "triangle_down"),
        ("#cc79a7", "square"),
    ]


# The file


def test_each_layer_has_its_style_and_is_no_layer_more(package):
    styled = rows(package, "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles")
    assert {name for name, _, _ in styled} == set(LAYERS)
    assert {(column, chosen) for _, column, chosen in styled} == {("geom", 1)}
    shapes = {name for name, kind in pyogrio.list_layers(package) if kind is not None}
    assert shapes == set(LAYERS)
    for (qml,) in rows(package, "SELECT styleQML FROM layer_styles"):
        assert ET.fromstring(qml).find("renderer-v2") is not None


def test_the_project_names_the_file_beside_it_and_the_papers_of_each_layer(package):
    project = ET.parse(package.with_name("incidents.gpkg.qgs"))
    sources = [one.text for one in project.iter("datasource")]
    assert sources == [f"./incidents.gpkg|layername={name}" for name in LAYERS]
    papers = {one.findtext("datasource"): one for one in project.iter("maplayer")}
    line = papers["./incidents.gpkg|layername=line"].find("resourceMetadata")
    assert line.findtext("license") == "ODbL-1.0"
    assert line.findtext("rights") == load_layer("line").attribution
    assert load_layer("crossings").attribution in project.findtext(".//CopyrightLabel/Label")


def test_the_same_bytes_every_time(tmp_path):
    frame = few(event_type=["airstrike", "raid", None])
    read = []
    for number in "12":
        (tmp_path / number).mkdir()
        path = tmp_path / number / "a.gpkg"
        export(frame, path, layers=[load_layer("crossings")])
        read.append((path.read_bytes(), path.with_name("a.gpkg.qgs").read_bytes()))
    assert read[0] == read[1]


def test_a_project_that_somebody_saved_in_qgis_stays(tmp_path):
    path, project = tmp_path / "a.gpkg", tmp_path / "a.gpkg.qgs"
    assert export(few(event_type=["other"] * 3), path) == ()
    before = project.read_bytes()
    project.write_text(
        "older <!-- Written by bordermap. QGIS leaves this line out when it saves the project. -->",
        encoding="utf-8",
    )
    assert export(few(event_type=["other"] * 3), path) == ()
    assert project.read_bytes() == before
    project.write_text("<qgis projectname='mine'/>", encoding="utf-8")
    (note,) = export(few(event_type=["other"] * 3), path)
    assert "a.gpkg.qgs was not written by bordermap" in note
    assert project.read_text(encoding="utf-8") == "<qgis projectname='mine'/>"


def test_columns_that_are_not_there_are_not_asked_for(tmp_path):
    path = tmp_path / "a.gpkg"
    for columns in ({"event_type": ["other"] * 3}, {"number": [1, 2, 3]}):
        export(few(**columns), path)
        ((qml,),) = rows(path, "SELECT styleQML FROM layer_styles")
        assert "location_radius_m" not in qml
        assert "border_side" not in qml
        assert ("event_type" in qml) == ("event_type" in columns)


def test_no_rows_and_no_places_are_a_project_too(tmp_path):
    path = tmp_path / "a.gpkg"
    frame = few(event_type=["other"] * 3)
    for part in (frame.iloc[:0], frame.set_geometry([None] * 3, crs="EPSG:4326")):
        export(part, path)
        extent = ET.parse(tmp_path / "a.gpkg.qgs").find(".//mapcanvas/extent")
        west, south, east, north = (float(one.text) for one in extent)
        assert west < east
        assert south < north


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=14, unique=True))
def test_whatever_the_types_are_called_the_xml_holds_them(types):
    unfit = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    renderer = incident_renderer(types)
    values = [one.get("value") for one in renderer.iter("category")]
    assert values == [unfit.sub("", one) for one in types]
    labels = [one.get("label") for one in renderer.iter("category")]
    assert not any("[%" in one for one in labels)
    table = Table(types[0], "Point", frozenset({"event_type"}), types=tuple(types))
    assert ET.fromstring(project_text([table], f"{types[0]}.gpkg", WORDS, "<!-- -->")) is not None


def test_a_type_that_reads_like_an_expression_is_only_text():
    renderer = incident_renderer(["[% env('HOME') %]", "it's \\ <b>"])
    labels = [one.get("label") for one in renderer.iter("category")]
    assert labels == ["[ % env('HOME') %]", "it's \\ <b>"]


# Where vague incidents may be


def test_footprints_count_every_vague_incident_once(located):
    made = footprints(located).frame
    radius = located["location_radius_m"].to_numpy(dtype=float, na_value=np.nan)
    precise = located["location_precision"].isin(["exact", "place"]).to_numpy()
    vague = located.geometry.notna().to_numpy() & (~precise | (radius >= LARGE_M))
    assert made["incidents"].sum() == vague.sum() > 50
    assert made.geometry.is_valid.all()
    assert not made.drop(columns=["event_type", "incidents"]).duplicated().any() or (
        made.geometry.to_wkb().is_unique
    )


def test_footprints_are_what_the_incidents_were_placed_by(located):
    made = footprints(located).frame
    whole = made[made["place_id"].notna() & made["location_side"].isna()]
    assert len(whole) > 10
    for place_id, shape in zip(whole["place_id"], whole.geometry, strict=True):
        assert shape.equals(shipped_polygon(place_id))
    round_ = made[made["place_id"].isna() & made["location_side"].isna()]
    assert len(round_) > 3
    for radius_m, shape in zip(round_["location_radius_m"], round_.geometry, strict=True):
        middle = shape.centroid
        x, y = shapely.get_coordinates(shape).T
        _, _, away_m = GEOD.inv(np.full(len(x), middle.x), np.full(len(x), middle.y), x, y)
        np.testing.assert_allclose(away_m, radius_m, rtol=2e-3)


def test_footprints_end_at_the_line_where_the_record_says_so(located):
    made = footprints(located).frame
    sided = made[made["location_side"].notna()]
    assert set(sided["location_side"]) == {"AF", "PK"}
    for side, shape in zip(sided["location_side"], sided.geometry, strict=True):
        other = shipped_polygon({"AF": "PK", "PK": "AF"}[side])
        assert shapely.intersection(shape, other).area < 1e-9


def test_no_vague_incident_is_a_layer_without_rows(tmp_path):
    made = footprints(few(event_type=["other"] * 3))
    assert len(made.frame) == 0
    assert export(few(event_type=["other"] * 3), tmp_path / "a.gpkg", layers=[made]) == ()


# The command line


def test_the_command_line_writes_what_the_library_writes(located, sample_path, run, tmp_path):
    run("locate", sample_path, "-o", "a.gpkg", "--with-layers", "--bands", "25", "-q")
    written = tmp_path / "a.gpkg"
    (tmp_path / "b").mkdir()
    export(
        located, tmp_path / "b" / "a.gpkg", layers=[*with_incidents((25.0,)), footprints(located)]
    )
    projects = [
        path.with_name("a.gpkg.qgs").read_bytes() for path in (written, tmp_path / "b" / "a.gpkg")
    ]
    assert projects[0] == projects[1]
    styles = [
        rows(path, "SELECT f_table_name, styleQML FROM layer_styles ORDER BY id")
        for path in (written, tmp_path / "b" / "a.gpkg")
    ]
    assert styles[0] == styles[1]


# In QGIS


def look(project, picture, *box, size=(928, 800)):
    """What QGIS says of a project, and the picture that it draws."""
    words = ["/usr/bin/python3", ROOT / "tests" / "qgis_look.py", project, picture, *size, *box]
    asked = subprocess.run(list(map(str, words)), capture_output=True, check=False, timeout=120)
    assert asked.returncode == 0, asked.stderr.decode()
    return json.loads(asked.stdout)


@pytest.fixture(scope="session")
def opened(package, tmp_path_factory):
    picture = tmp_path_factory.mktemp("drawn") / "whole.png"
    return look(package.with_name("incidents.gpkg.qgs"), picture), picture


@pytest.mark.qgis
def test_qgis_opens_every_layer_in_the_order_of_the_page(opened, located):
    said, _ = opened
    assert said["opened"]
    assert said["errors"] == []
    assert said["crs"] == "EPSG:3857"
    assert said["title"] == "Incidents along the Durand Line"
    assert WORDS["caption_line"] in said["about"]
    assert [one["source"] for one in said["layers"]] == list(LAYERS)
    assert all(one["valid"] and one["rows"] for one in said["layers"])
    assert said["layers"][0]["rows"] == len(located)
    for one in said["layers"][1:]:
        assert one["licences"] == ["ODbL-1.0"]
        assert one["rights"] == [one["attribution"]] != [""]


@pytest.mark.qgis
def test_qgis_takes_the_styles_of_layers_that_are_added_alone(opened):
    said, _ = opened
    kinds = {one["source"]: one["alone"]["renderer"] for one in said["layers"]}
    assert kinds == {one["source"]: one["renderer"] for one in said["layers"]}
    assert kinds["incidents"] == "pointCluster"
    assert kinds["footprints"] == kinds["zones"] == "categorizedSymbol"
    labelled = {one["source"] for one in said["layers"] if one["alone"]["labels"]}
    assert {"provinces", "districts", "crossings"} <= labelled


@pytest.mark.qgis
def test_qgis_lists_the_types_that_occur_in_the_words_of_the_page(opened, located):
    said, _ = opened
    counts = located["event_type"].value_counts()
    legend = {one["source"]: one["legend"] for one in said["layers"]}
    assert set(legend["incidents"]) == {WORDS[f"type_{name}"] for name in counts.index}
    listed = [
        counts[name]
        for text in legend["incidents"]
        for name in counts.index
        if WORDS[f"type_{name}"] == text
    ]
    assert all(more >= less for more, less in pairwise(listed))
    assert legend["zones"] == [
        f"at most {km} km, {side}" for km in (5, 25) for side in ("Afghan side", "Pakistani side")
    ]


@pytest.mark.qgis
def test_qgis_names_places_in_latin_and_local_script(opened):
    said, _ = opened
    names = {one["source"]: one["names"] for one in said["layers"]}
    assert "Torkham\nتورخم" in names["crossings"]
    assert "Nangarhar\nننگرهار" in names["provinces"]
    assert "Khyber Pakhtunkhwa\nخیبر پختونخوا" in names["provinces"]


@pytest.mark.qgis
def test_qgis_draws_the_colours_of_the_page(opened):
    said, _ = opened
    drawn = said["colours"]
    for name in ("land", "neighbour", "line", "variant", "province"):
        assert drawn.get(COLOURS[name], 0) > 10, name
    assert said["ground"] == COLOURS["neighbour"]


@pytest.mark.qgis
def test_qgis_draws_marks_filled_and_hollow_in_their_colours(package, tmp_path):
    drawn = look(package.with_name("incidents.gpkg.qgs"), tmp_path / "a.png", 69, 32.8, 71.6, 34.8)
    named = {
        EVENT_STYLES[name].colour
        for name in ("armed_clash", "airstrike", "drone_strike", "crossing_closure", "protest")
    }
    assert {one for one in named if drawn["colours"].get(one, 0) > 5} == named


@pytest.mark.qgis
def test_qgis_opens_the_project_in_the_file_as_the_one_beside_it(package, opened, tmp_path):
    said, picture = opened
    inside = tmp_path / "inside.png"
    assert look(f"geopackage:{package}?projectName=bordermap", inside) == said
    assert inside.read_bytes() == picture.read_bytes()


@pytest.mark.qgis
def test_qgis_draws_types_that_nobody_knows_and_none(tmp_path):
    path = tmp_path / "a.gpkg"
    export(few(event_type=["raid", None, "it's \\ [% 1/0 %]"]), path)
    said = look(tmp_path / "a.gpkg.qgs", tmp_path / "a.png", size=(400, 400))
    (layer,) = said["layers"]
    assert layer["legend"] == ["Not known", "it's \\ [ % 1/0 %]", "raid"]
    styles = type_styles(["raid", "", "it's \\ [% 1/0 %]"])
    assert all(said["colours"].get(one.colour, 0) > 20 for one in styles.values())
