"""Polygon layers that a user brings: read, joined once, counted, drawn."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from frames import incidents
from playwright.sync_api import sync_playwright

from bordermap import build, locate, make_map, summarise
from bordermap.cli.options import split_layer
from bordermap.errors import BordermapError, FilterError, LayerError
from bordermap.joins import layer_key, polygon_layer
from bordermap.records import read_polygons

WEST, EAST = shapely.box(70, 33, 71, 35), shapely.box(71, 33, 72, 35)


def squares(**columns):
    """Two units that share the meridian 71."""
    columns = columns or {"name": ["West", "East"], "code": ["B", "A"]}
    return gpd.GeoDataFrame(columns, geometry=[WEST, EAST], crs="EPSG:4326")


@pytest.fixture(scope="module")
def built(sample_path):
    return build(sample_path)[0]


def test_each_point_gets_one_unit_and_an_edge_the_smaller_code():
    frame = incidents({"at": (70.5, 34)}, {"at": (71, 34)}, {"at": (60, 30)}, {})
    located = locate(frame, join={"units": squares()})
    assert located["units_name"].tolist()[:2] == ["West", "East"]
    assert located["units_code"].tolist()[:2] == ["B", "A"]
    assert located["units_name"].isna().tolist() == [False, False, True, True]
    assert located["units_units"].tolist()[:3] == [1, 2, 0]
    assert pd.isna(located["units_units"].iloc[3])


def test_where_units_overlap_the_smaller_number_wins():
    layer = gpd.GeoDataFrame(
        {"name": ["Ten", "Nine"], "code": [10, 9]}, geometry=[WEST, WEST], crs="EPSG:4326"
    )
    located = locate(incidents({"at": (70.5, 34)}), join={"x": layer})
    assert located["x_name"].item() == "Nine"
    assert located["x_code"].item() == "9"
    assert located["x_units"].item() == 2


def test_the_counts_add_up_with_outside_and_unplaced():
    frame = incidents({"at": (70.5, 34)}, {"at": (71, 34)}, {"at": (60, 30)}, {})
    frame = locate(frame, join={"units": squares()})
    table = summarise(frame, "units_name")
    assert table["units_name"].tolist() == ["East", "West", "outside", "unplaced"]
    assert table["incidents"].tolist() == [1, 1, 1, 1]


def test_a_unit_without_a_name_is_not_known_and_not_outside():
    layer = squares(name=["West", None], code=["B", "A"])
    frame = locate(incidents({"at": (71.5, 34)}), join={"u": layer})
    assert summarise(frame, "u_name")["u_name"].tolist() == ["not known"]
    assert summarise(frame, "u_code")["u_code"].tolist() == ["A"]


def test_counting_by_a_column_of_no_layer_is_one_line():
    frame = locate(incidents({"at": (71.5, 34)}), join={"u": squares()})
    with pytest.raises(FilterError, match=r"use one or more of .*u_name, u_code"):
        summarise(frame, "v_name")


def test_the_frame_given_is_left_as_it_was():
    layer = squares()
    before = layer.copy()
    frame = incidents({"at": (70.5, 34)})
    columns = list(frame.columns)
    locate(frame, join={"u": layer})
    assert list(frame.columns) == columns
    pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(before))


@pytest.mark.parametrize(
    ("columns", "name", "code"),
    [
        (("name", "code"), "name", "code"),
        (("shapeName", "shapeISO", "shapeID"), "shapeName", "shapeISO"),
        (("ADM1_EN", "ADM1_PCODE", "ADM2_EN", "ADM2_PCODE"), "ADM2_EN", "ADM2_PCODE"),
        (("NAME_0", "NAME_1", "NAME_2", "GID_0", "GID_2"), "NAME_2", "GID_2"),
        (("districts", "status"), "districts", ""),
        (("DIST_NAME", "PCODE"), "DIST_NAME", "PCODE"),
        (("iso_3166_2",), "iso_3166_2", "iso_3166_2"),
    ],
)
def test_name_and_code_are_recognised(columns, name, code):
    layer = polygon_layer("x", squares(**{column: ["p", "q"] for column in columns}))
    assert (layer.name_column, layer.code_column) == (name, code)


def test_a_column_that_is_empty_everywhere_is_no_code():
    layer = polygon_layer("x", squares(name=["p", "q"], shapeISO=[None, ""], shapeID=["2", "1"]))
    assert layer.code_column == "shapeID"
    assert layer.units["name"].tolist() == ["q", "p"]


@pytest.mark.parametrize(
    ("stem", "key"),
    [
        ("My Districts (2017)", "my_districts_2017"),
        ("__proto__", "proto"),
        ("<img src=x onerror=alert(1)>", "img_src_x_onerror_alert_1"),
        ("2017", "layer_2017"),
        ("///", "layer"),
        ("source", "source_layer"),
        ("adm1", "adm1_layer"),
        ("ولسوالی", "ولسوالی"),
        ("x" * 500, "x" * 40),
    ],
)
def test_the_name_of_a_file_becomes_a_safe_name(stem, key):
    assert layer_key(stem) == key
    assert layer_key(stem, (key,)) == f"{key}_2"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("units.shp", ("units.shp", "", "")),
        ("units.shp:N", ("units.shp", "N", "")),
        ("a/units.shp:N:C", ("a/units.shp", "N", "C")),
        ("units.shp::C", ("units.shp", "", "C")),
        (r"C:\maps\units.shp", (r"C:\maps\units.shp", "", "")),
        (r"C:\maps\units.shp:N:C", (r"C:\maps\units.shp", "N", "C")),
        ("D:/maps/units.shp:N", ("D:/maps/units.shp", "N", "")),
        ("https://example.org:8080/a.shp", ("https://example.org:8080/a.shp", "", "")),
        ("/vsizip/a.zip", ("/vsizip/a.zip", "", "")),
    ],
)
def test_columns_stand_behind_the_file_also_on_windows(text, parts):
    assert split_layer(text) == parts


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp", ".fgb"])
@pytest.mark.parametrize("crs", [4326, 32642])
def test_every_format_and_system_gives_the_same_units(tmp_path, suffix, crs):
    path = tmp_path / f"units{suffix}"
    squares().to_crs(crs).to_file(path, engine="pyogrio")
    layer = read_polygons(path)
    assert layer.units["name"].tolist() == ["East", "West"]
    assert layer.units.geometry.iloc[1].hausdorff_distance(WEST) < 1e-6
    assert [note for note in layer.notes if "converted" in note] == (
        [] if crs == 4326 else ["converted from WGS 84 / UTM zone 42N to WGS 84"]
    )
    assert layer.columns == ("units_name", "units_code", "units_units")


def written(path, *geometries, crs=None, **names):
    """A GeoJSON file of these geometries."""
    names = names or {"name": "a"}
    shapes = [None if g is None else shapely.geometry.mapping(g) for g in geometries]
    features = [{"type": "Feature", "properties": names, "geometry": one} for one in shapes]
    content = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def metres(box):
    return gpd.GeoSeries([box], crs=4326).to_crs(32642).iloc[0]


BOWTIE = shapely.Polygon([(70, 33), (71, 34), (71, 33), (70, 34)])


@pytest.mark.parametrize(
    ("geometries", "crs", "note"),
    [
        ([BOWTIE, WEST], None, "1 invalid polygons were repaired"),
        ([None, WEST], None, "1 features without a geometry are left out"),
        ([WEST], "EPSG:32642", "says it is in WGS 84 / UTM zone 42N; its coordinates are degrees"),
        ([WEST], "nonsense", "names no coordinate system; its coordinates are degrees"),
        ([shapely.force_3d(WEST, 5)], None, ""),
    ],
    ids=["bowtie", "null", "lying-crs", "unknown-crs", "heights"],
)
def test_what_was_put_right_is_noted(tmp_path, geometries, crs, note):
    layer = read_polygons(written(tmp_path / "a.geojson", *geometries, crs=crs))
    assert [one for one in layer.notes if note in one] or not note
    assert layer.units.is_valid.all()
    assert not layer.units.has_z.any()


@pytest.mark.parametrize(
    ("geometries", "crs", "message"),
    [
        ([shapely.Point(70, 34)], None, "holds 1 Point; give a layer of polygons only"),
        ([WEST, shapely.LineString(WEST.exterior)], None, "holds 1 LineString"),
        ([], None, "holds no polygons"),
        ([None], None, "holds no polygons"),
        ([shapely.Polygon()], None, "holds no polygons"),
        ([shapely.Polygon([(70, 33), (71, 34), (70, 33)])], None, "no polygon with an area"),
        ([metres(WEST)], None, "says it is in degrees (WGS 84), but coordinates like"),
        ([metres(WEST)], "nonsense", "names no coordinate system, and coordinates like"),
    ],
)
def test_layers_that_cannot_serve_are_one_line(
    run, sample_path, tmp_path, geometries, crs, message
):
    written(tmp_path / "a.geojson", *geometries, crs=crs)
    result = run("query", sample_path, "--layer", "a.geojson", status=1)
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def broken_files(folder):
    """Files that are no polygon layer, by what is said of them."""
    whole = folder / "whole.gpkg"
    squares().to_file(whole, engine="pyogrio")
    squares().to_file(folder / "whole.shp", engine="pyogrio")
    squares().to_file(folder / "whole.fgb", engine="pyogrio")
    squares().to_file(folder / "two.gpkg", layer="a", engine="pyogrio")
    squares().to_file(folder / "two.gpkg", layer="b", engine="pyogrio")
    shutil.copy(whole, folder / "view.gpkg")
    with sqlite3.connect(folder / "view.gpkg") as base:
        base.execute("UPDATE gpkg_contents SET table_name = 'v'")
        base.execute("CREATE VIEW v AS SELECT * FROM whole")
    base.close()
    pieces = {
        "empty.geojson": b"",
        "zeros.gpkg": b"\0" * 200,
        "cut.gpkg": whole.read_bytes()[:5000],
        "cut.shp": (folder / "whole.shp").read_bytes()[:60],
        "cut.fgb": (folder / "whole.fgb").read_bytes()[:30],
        "cut.geojson": b'{"type": "FeatureCollection", "features": [{',
        "array.json": b"[1, 2]",
        "other.geojson": whole.read_bytes(),
        "text.shp": b"name,code\n",
        "table.csv": b"name,code\na,b\n",
        "zipped.zip": b"PK\x03\x04 and so on",
        "packed.geojson.gz": gzip.compress(b"{}"),
        "source.vrt": b"<OGRVRTDataSource></OGRVRTDataSource>",
        "odd.geojson": b'{"type":"Polygon","coordinates":[[[1,2],["x",3],[4,null]]]}',
    }
    for name, content in pieces.items():
        (folder / name).write_bytes(content)
    (folder / "folder.gpkg").mkdir()
    return folder


BROKEN = {
    "missing.geojson": "no such file",
    "folder.gpkg": "is a folder",
    "empty.geojson": "is empty",
    "zeros.gpkg": "is empty",
    "cut.gpkg": "gpkg",
    "cut.shp": "is cut off or no shapefile",
    "cut.fgb": "fgb",
    "cut.geojson": "cut off",
    "array.json": "not GeoJSON",
    "other.geojson": "under another name",
    "text.shp": "is no .shp file",
    "table.csv": "no polygon layer",
    "zipped.zip": "zipped",
    "packed.geojson.gz": "is JSON but not GeoJSON",
    "source.vrt": ".vrt",
    "odd.geojson": "1 geometries that cannot be read",
    "two.gpkg": "holds 2 layers",
    "view.gpkg": "holds no layer",
    "https://example.org/a.geojson": "remote and virtual names are not opened",
    "/vsicurl/https://example.org/a.gpkg": "remote and virtual names are not opened",
    "/vsizip/a.zip/a.shp": "remote and virtual names are not opened",
    "whole.gpkg:nothing": "has no column 'nothing'; it has name, code",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_polygon_layer_is_one_line(run, sample_path, tmp_path, name):
    broken_files(tmp_path)
    result = run("query", sample_path, "--layer", name, status=1)
    assert BROKEN[name] in result.stderr
    assert result.stderr.startswith("bordermap: ")
    assert result.stderr.count("\n") == 1


def test_a_layer_without_a_name_says_which_columns_there_are(tmp_path):
    path = written(tmp_path / "a.geojson", WEST, **{"__proto__": "x", "<b>height</b>": "3"})
    with pytest.raises(LayerError, match="name one of __proto__, <b>height</b>"):
        read_polygons(path)
    layer = read_polygons(path, name_column="__proto__")
    assert layer.units["name"].tolist() == ["x"]


@pytest.mark.parametrize("given", [None, 3, pd.DataFrame({"name": ["a"]})])
def test_what_is_no_frame_is_refused(given):
    with pytest.raises(LayerError, match="give polygons"):
        locate(incidents({"at": (70.5, 34)}), join={"x": given})


def test_two_layers_of_one_name_are_refused_in_the_library():
    with pytest.raises(BordermapError, match="two layers are named 'x'"):
        locate(incidents({"at": (70.5, 34)}), join={"x": squares(), "X": squares()})


def test_locate_writes_the_columns_of_every_layer(run, sample_path, tmp_path):
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "units.gpkg", tmp_path / "a" / "units.fgb"):
        squares().to_file(path, engine="pyogrio")
    result = run(
        "locate", sample_path, "-o", "out.csv", "--layer", "units.gpkg", "--layer", "a/units.fgb"
    )
    table = pd.read_csv(tmp_path / "out.csv")
    frame, _ = build(sample_path, join={"units": squares()})
    assert table["units_name"].fillna("").tolist() == frame["units_name"].fillna("").tolist()
    assert table["units_2_code"].fillna("").tolist() == frame["units_code"].fillna("").tolist()
    record = json.loads((tmp_path / "out.csv.run.json").read_text("utf-8"))
    assert [one["file"] for one in record["joined"]] == ["units.gpkg", "units.fgb"]
    assert all(len(one["sha256"]) == 64 for one in record["joined"])
    inside = int((frame["units_units"] > 0).sum())
    assert f"units.gpkg: {inside} of 90 points lie in it" in result.stderr


def test_a_layer_is_not_written_over(run, sample_path, tmp_path):
    before = written(tmp_path / "a.geojson", WEST).read_bytes()
    result = run("locate", sample_path, "-o", "a.geojson", "--layer", "a.geojson", status=1)
    assert "this is the layer that is read" in result.stderr
    assert (tmp_path / "a.geojson").read_bytes() == before


def test_overlapping_units_are_told(run, tmp_path):
    written(tmp_path / "a.geojson", WEST, WEST)
    (tmp_path / "in.csv").write_text("incident_id,latitude,longitude\nA,34,70.5\n", "utf-8")
    result = run("query", "in.csv", "--layer", "a.geojson")
    assert "1 lie in several units; the smaller code is taken" in result.stderr
    assert "a_name" in result.stdout


def test_a_column_of_the_input_makes_room(run, tmp_path):
    written(tmp_path / "a.geojson", WEST, name="West")
    text = "incident_id,latitude,longitude,a_name\nA,34,70.5,mine\n"
    (tmp_path / "in.csv").write_text(text, "utf-8")
    run("locate", "in.csv", "-o", "out.csv", "--layer", "a.geojson")
    table = pd.read_csv(tmp_path / "out.csv")
    assert table[["a_name", "a_name_input"]].iloc[0].tolist() == ["West", "mine"]


def test_summary_by_a_layer_is_the_library_call(run, sample_path, tmp_path):
    squares().to_file(tmp_path / "units.gpkg", engine="pyogrio")
    words = ("summary", sample_path, "--layer", "units.gpkg", "--by", "units_name", "--json", "-q")
    table = json.loads(run(*words).stdout)
    frame, _ = build(sample_path, join={"units": squares()})
    expected = summarise(frame, "units_name")
    assert [row["units_name"] for row in table["rows"]] == expected["units_name"].tolist()
    assert sum(row["incidents"] for row in table["rows"]) == table["total"] == 90


REAL = (
    "geoboundaries_afg/geoBoundaries-AFG-ADM1.shp",
    "geoboundaries_afg/geoBoundaries-AFG-ADM2_simplified.shp",
    "ocha_pak_districts/districts_simplified_5p.geojson.gz",
    "ocha_pak_districts/pakistan_districts.geojson.gz",
)


@pytest.fixture
def real(shared, tmp_path, request):
    path = shared / "samples" / request.param
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    if path.suffix != ".gz":
        return path
    plain = tmp_path / path.stem
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    return plain


@pytest.mark.parametrize("real", REAL, indirect=True)
def test_real_layers_agree_with_geopandas_in_both_formats(real, built, tmp_path):
    layer = read_polygons(real)
    located = locate(built, join={"real": layer})
    theirs = gpd.read_file(real).to_crs(4326)
    theirs["geometry"] = theirs.make_valid()
    hit = gpd.sjoin(built[["geometry"]], theirs[[layer.name_column, "geometry"]], how="left")
    once = hit[~hit.index.duplicated(keep=False)]
    expected = once[layer.name_column].map(lambda name: " ".join(str(name).split()), "ignore")
    ours = located.loc[once.index, f"{layer.key}_name"]
    assert ours.fillna("").tolist() == expected.fillna("").tolist()
    assert ours.notna().sum() > 20
    assert located[f"{layer.key}_units"].notna().all()
    for suffix in (".shp", ".geojson"):
        again = tmp_path / f"again{suffix}"
        layer.units.to_file(again, engine="pyogrio")
        other = locate(built, join={"x": read_polygons(again)})
        assert (other["again_name"].fillna("") == located[f"{layer.key}_name"].fillna("")).all()
    table = summarise(located, f"{layer.key}_name")
    assert table["incidents"].sum() == 90


HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7*7 }}"


def test_a_layer_on_the_map_replaces_none_of_ours(run, sample_path, tmp_path):
    for name in ("towns", "heat", "map_line"):
        written(tmp_path / f"{name}.geojson", WEST, name=HOSTILE)
    files = [w for name in ("towns", "heat", "map_line") for w in ("--layer", f"{name}.geojson")]
    run("map", sample_path, "-o", "m.html", *files)
    page = (tmp_path / "m.html").read_text("utf-8")
    assert "onerror=alert" not in page
    for name in ('"towns"', '"map_line"', '"user_towns"', '"user_heat"', '"user_map_line"'):
        assert f'"name": {name}' in page or f'"name":{name}' in page


@pytest.mark.browser
def test_a_hostile_layer_is_drawn_as_an_overlay(tmp_path, built):
    path = tmp_path / "__proto__ <b>.geojson"
    written(path, WEST, EAST, name=HOSTILE, code="__proto__")
    layer = read_polygons(path)
    frame = locate(built, join={layer.key: layer})
    make_map(frame, {f"user_{layer.key}": layer.drawn()}).save(tmp_path / "m.html")
    said = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto((tmp_path / "m.html").as_uri())
        page.wait_for_selector("html[data-bordermap-ready]", state="attached", timeout=15_000)
        assert page.get_by_label("__proto__ <b>.geojson").count() >= 1
        assert page.locator("img[src=x]").count() == 0
        browser.close()
    assert said == []


def test_reading_twice_gives_the_same(tmp_path):
    path = tmp_path / "units.gpkg"
    squares().to_file(path, engine="pyogrio")
    first, second = (read_polygons(path) for _ in range(2))
    assert first.papers() == second.papers()
    assert np.array_equal(first.units["code"], second.units["code"])


def test_an_odd_path_is_not_interpreted(tmp_path):
    folder = tmp_path / "a.zip!"
    folder.mkdir()
    squares().to_file(tmp_path / "units.fgb", engine="pyogrio")
    shutil.copy(tmp_path / "units.fgb", folder / "units?a=b.fgb")
    assert len(read_polygons(folder / "units?a=b.fgb").units) == len(squares())
