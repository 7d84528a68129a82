"""Layers of any shape: what is added is right, and what was there comes back as it was."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import sys
import zipfile
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from conftest import ordinary_user
from database import server
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.affinity import translate

import bordermap
from bordermap.border.spans import SPAN_TOLERANCE_M
from bordermap.enrich import POINT_COLUMNS, SHAPE_COLUMNS
from bordermap.errors import FrameError, GeometryError, InputError, LayerError, OutputError
from bordermap.export import FORMATS, export_own
from bordermap.export.own import OWN_FORMATS

GEOD = Geod(ellps="WGS84")
SHARES = ["border_share_af", "border_share_pk", "border_share_other"]
LEAST, MOST = "border_distance_min_m", "border_distance_max_m"
TORKHAM = shapely.LineString([(71.05, 34.13), (71.15, 34.11)])
KABUL = shapely.Point(69.17, 34.53).buffer(0.04)
QUETTA = shapely.Point(67.0, 30.18)


def layer(*shapes, crs=4326, **columns):
    return gpd.GeoDataFrame(columns or {"n": range(len(shapes))}, geometry=list(shapes), crs=crs)


def one(shape, crs=4326):
    return bordermap.enrich(layer(shape, crs=crs)).iloc[0]


def measured(shape, step=0.0005):
    """Distances of places set densely along a shape's lines."""
    xy = shapely.get_coordinates(shapely.segmentize(shape, step))
    return bordermap.Border.load().measure(xy[:, 0], xy[:, 1])


# What is added


def test_districts_lie_in_themselves():
    units = bordermap.load_layer("districts").frame
    on_line = units["code"].isin(["PK-KP-khyber", "AF-NAN-momand-dara", "PK-BA-chagai"])
    frame = pd.concat([units[on_line], units.iloc[::40]]).drop_duplicates("code")
    found = bordermap.enrich(frame)
    assert (found["adm2_code"] == found["code"]).all()
    assert (found["border_side"] == found["country"]).all()
    own = np.where(found["country"] == "AF", found[SHARES[0]], found[SHARES[1]])
    np.testing.assert_allclose(own, 1, atol=1e-8)
    touching = found["code"].isin(frame.loc[on_line, "code"])
    assert (found.loc[touching, LEAST] == 0).all()
    assert (found.loc[~touching, LEAST] > 0).sum() > 5


def test_a_road_over_torkham_has_both_sides():
    found = one(TORKHAM)
    assert found["border_side"] == "AF;PK"
    assert found[LEAST] == 0
    assert found["adm1_code"] == "AF-NAN;PK-KP"
    assert found["adm1"] == "Nangarhar;Khyber Pakhtunkhwa"
    assert found["adm0"] == "AF;PK"
    assert found["border_from_km"] < found["border_to_km"]
    parts = {
        code: GEOD.geometry_length(TORKHAM.intersection(country))
        for code, country in countries().items()
    }
    whole = sum(parts.values())
    assert found[SHARES[0]] == pytest.approx(parts["AF"] / whole, abs=1e-6)
    assert found[SHARES[1]] == pytest.approx(parts["PK"] / whole, abs=1e-6)


def countries():
    return bordermap.load_layer("countries").frame.set_index("code").geometry.to_dict()


def test_kabul_is_all_afghan():
    found = one(KABUL)
    assert found["border_side"] == found["adm0"] == "AF"
    assert "AF-KAB-kabul" in found["adm2_code"].split(";")
    assert found[SHARES].tolist() == [1, 0, 0]
    near = measured(KABUL).distance_m
    assert found[LEAST] == pytest.approx(near.min(), abs=SPAN_TOLERANCE_M)
    assert found[MOST] == pytest.approx(near.max(), abs=SPAN_TOLERANCE_M)


def test_shares_of_polygons_are_geodesic():
    box = shapely.box(70.5, 33.6, 71.6, 34.6)
    found = one(box)
    areas = {
        code: abs(GEOD.geometry_area_perimeter(shapely.segmentize(box & country, 0.001))[0])
        for code, country in countries().items()
    }
    whole = sum(areas.values())
    assert found[SHARES[0]] == pytest.approx(areas["AF"] / whole, abs=1e-7)
    assert found[SHARES[2]] == 0


def test_third_countries_have_their_share():
    found = one(shapely.box(60.5, 29.6, 61.2, 30.2))
    assert found["border_side"] == "AF;PK;other"
    assert found["adm0"] == "AF;IR;PK"
    assert found[SHARES].sum() == pytest.approx(1)
    assert one(shapely.box(55, 30, 56, 31))["border_side"] == "other"


def test_what_runs_on_the_line_counts_half_to_each_side():
    border = bordermap.Border.load()
    xy = shapely.get_coordinates(border.geometry)[2000:2400]
    found = one(shapely.LineString(xy))
    assert found["border_side"] == "line"
    assert found[SHARES].tolist() == pytest.approx([0.5, 0.5, 0])
    assert found[LEAST] == 0
    assert found[MOST] <= 1


def test_points_are_answered_as_by_locate():
    lon, lat = np.random.default_rng(7).uniform([60, 28], [75, 38], (200, 2)).T
    points = layer(*shapely.points(lon, lat))
    found = bordermap.enrich(points)
    located = bordermap.locate(points.assign(incident_id=points["n"]))
    assert list(found.columns) == ["n", "geometry", *POINT_COLUMNS]
    for name in POINT_COLUMNS:
        pd.testing.assert_series_equal(found[name], located[name])


def test_a_mixed_layer_gets_both_kinds_of_columns():
    found = bordermap.enrich(layer(QUETTA, KABUL, shapely.MultiPoint([QUETTA, KABUL.centroid])))
    assert set(found.columns) == {"n", "geometry", *POINT_COLUMNS, *SHAPE_COLUMNS}
    assert found.loc[0, LEAST] == found.loc[0, MOST] == found.loc[0, "border_distance_m"]
    assert found.loc[1:, "border_distance_m"].isna().all()
    assert found.loc[2, SHARES].tolist() == [0.5, 0.5, 0]
    assert found.loc[2, "border_side"] == "AF;PK"


def test_collections_count_what_has_the_most_dimensions():
    both = shapely.GeometryCollection([KABUL, QUETTA, shapely.LineString([(67, 30), (67.1, 30)])])
    found = one(both)
    assert found[SHARES].tolist() == [1, 0, 0]
    assert found[LEAST] == pytest.approx(measured(QUETTA.buffer(1e-9)).distance_m.min(), rel=0.3)


def test_shapes_without_extent_are_counted_as_places():
    flat = shapely.Polygon([(69, 34), (69.1, 34), (69, 34)])
    still = shapely.LineString([(69, 34), (69, 34)])
    found = bordermap.enrich(layer(flat, still))
    assert found["border_side"].tolist() == ["AF", "AF"]
    assert np.isfinite(found[[LEAST, MOST]]).all(axis=None)


def test_batches_change_nothing(monkeypatch):
    shapes = [KABUL, TORKHAM, QUETTA, KABUL.exterior, shapely.box(60, 28, 75, 38)] * 3
    whole = bordermap.enrich(layer(*shapes))
    monkeypatch.setattr(sys.modules["bordermap.enrich"], "BATCH", 100)
    pd.testing.assert_frame_equal(bordermap.enrich(layer(*shapes)), whole)


def test_endless_edges_are_refused():
    around = shapely.LineString([(-180, 0), (180, 0)])
    with pytest.raises(GeometryError, match="give fewer features"):
        bordermap.enrich(layer(*[around] * 3000))


degrees = st.tuples(st.floats(60, 75), st.floats(28, 38), st.floats(0.001, 1.5), st.floats(0.1, 3))


def span_tolerance(distance_m):
    """What is said of bounds: a metre out to 300 km, and 1 part in 50,000 beyond."""
    return SPAN_TOLERANCE_M if distance_m <= 300_000 else distance_m / 50_000


@given(degrees, st.booleans())
@example((61.0, 37.0, 0.625, 1.25), False)
@settings(max_examples=25)
def test_bounds_hold_over_every_place(given_box, outline_only):
    lon, lat, wide, ratio = given_box
    shape = shapely.box(lon, lat, lon + wide, lat + wide * ratio)
    shape = shape.exterior if outline_only else shape
    found = one(shape)
    near = measured(shape, wide / 300).distance_m
    assert found[MOST] >= near.max() - span_tolerance(near.max())
    assert found[LEAST] <= near.min() + span_tolerance(near.min())
    if found[LEAST]:
        step_m = 111_320 * wide * max(ratio, 1) / 300
        assert found[LEAST] >= near.min() - step_m
    assert found[SHARES].sum() == pytest.approx(1, abs=1e-12)
    assert (found[SHARES] >= 0).all()


def test_the_least_distance_of_an_edge_that_passes_a_bend():
    """The nearest place is neither a vertex of the edge nor one of those set along it."""
    border = bordermap.Border.load()
    lon, lat, _ = border.place_beside([1000.0], [3000.0])
    edge = shapely.LineString([(lon[0] - 0.4, lat[0] - 0.1), (lon[0] + 0.4, lat[0] + 0.2)])
    edge = translate(edge, yoff=0.35)
    found = one(edge)
    near = measured(edge, 1e-5).distance_m
    assert found[LEAST] == pytest.approx(near.min(), abs=SPAN_TOLERANCE_M)
    assert found[MOST] == pytest.approx(near.max(), abs=SPAN_TOLERANCE_M)


@pytest.mark.postgis
def test_distances_agree_with_postgis():
    import psycopg  # noqa: PLC0415

    shapes = [KABUL, shapely.box(66.2, 30.5, 66.4, 30.9), TORKHAM, shapely.box(73, 35, 73.5, 35.2)]
    fine = shapely.segmentize(shapes, 0.002)
    found = bordermap.enrich(layer(*fine))
    line = bordermap.Border.load().geometry
    with server() as address, psycopg.connect(address) as base:
        base.execute("CREATE EXTENSION postgis")
        query = "SELECT ST_Distance(ST_GeogFromWKB(%s), ST_GeogFromWKB(%s))"
        theirs = [base.execute(query, (s.wkb, line.wkb)).fetchone()[0] for s in fine]
    np.testing.assert_allclose(found[LEAST], theirs, atol=SPAN_TOLERANCE_M)


# What was there


def test_rows_columns_index_and_geometries_stay():
    frame = layer(KABUL, None, TORKHAM, b=[1, None, 3], a=["x", "", None])
    frame = frame.to_crs(32642).set_index(pd.Index([5, 5, 2]))
    before = frame.copy(deep=True)
    found = bordermap.enrich(frame)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    kept = found[list(frame.columns)]
    pd.testing.assert_frame_equal(pd.DataFrame(kept), pd.DataFrame(frame))
    assert kept.crs == frame.crs
    assert shapely.to_wkb(found.geometry).tolist() == shapely.to_wkb(frame.geometry).tolist()
    assert found.iloc[1][list(SHAPE_COLUMNS)].isna().all()


def test_a_projected_layer_has_the_answers_of_one_in_degrees():
    shapes = [KABUL, TORKHAM, shapely.box(66.2, 30.5, 66.4, 30.9)]
    here = bordermap.enrich(layer(*shapes))
    there = bordermap.enrich(layer(*shapes).to_crs(32642))
    np.testing.assert_allclose(here[[LEAST, MOST]], there[[LEAST, MOST]], atol=5)
    np.testing.assert_allclose(here[SHARES], there[SHARES], atol=1e-3)


def test_edges_that_cross_are_seen_in_the_layers_own_system():
    bow = shapely.Polygon([(70, 33), (71, 34), (71, 33), (70, 34)])
    wanted, told = one(bow), []
    flat = bordermap.enrich(layer(bow).to_crs(3857), say=told.append).iloc[0]
    assert "1 invalid geometries are measured on a repaired copy" in told
    assert flat["border_side"] == wanted["border_side"] == "AF;PK"
    assert flat["adm1_code"] == wanted["adm1_code"]
    assert np.allclose(flat[SHARES].tolist(), wanted[SHARES].tolist(), atol=1e-4)
    assert flat[LEAST] == wanted[LEAST] == 0


def test_long_edges_are_straight_in_the_layers_own_system():
    own = shapely.LineString([(0, 3_400_000), (900_000, 3_400_000)])
    fine = layer(shapely.segmentize(own, 500), crs=32642).to_crs(4326).geometry.iloc[0]
    found = one(own, crs=32642)
    near = measured(fine, 1).distance_m
    assert found[MOST] == pytest.approx(near.max(), abs=SPAN_TOLERANCE_M)
    assert one(own, crs=32642)[LEAST] == pytest.approx(near.min(), abs=600)


def test_layers_without_a_system_or_with_a_wrong_one():
    said: list[str] = []
    found = bordermap.enrich(layer(KABUL, crs=None), say=said.append)
    assert found.crs == "EPSG:4326"
    assert any("names no coordinate system" in note for note in said)
    found = bordermap.enrich(layer(KABUL, crs=32642), say=said.append)
    assert found.crs == "EPSG:4326"
    assert any("says it is in WGS 84 / UTM zone 42N" in note for note in said)
    assert found[LEAST].iloc[0] == one(KABUL)[LEAST]
    metres = shapely.box(500_000, 3_800_000, 501_000, 3_801_000)
    with pytest.raises(LayerError, match="names no coordinate system"):
        bordermap.enrich(layer(metres, crs=None))
    with pytest.raises(LayerError, match="says it is in degrees"):
        bordermap.enrich(layer(metres))


def test_what_cannot_be_measured_is_said_and_kept():
    said: list[str] = []
    bow = shapely.Polygon([(69, 34), (70, 35), (70, 34), (69, 35)])
    lost = shapely.transform(
        shapely.LineString([(69, 34), (0, 35)]), lambda xy: np.where(xy, xy, np.nan)
    )
    found = bordermap.enrich(layer(bow, lost, None, shapely.Polygon()), say=said.append)
    assert said == [
        "2 features have no geometry; their answers are empty",
        "1 features have coordinates that are no numbers; their answers are empty",
        "1 invalid geometries are measured on a repaired copy",
    ]
    assert found.geometry.iloc[0].equals_exact(bow, 0)
    assert found[LEAST].notna().tolist() == [True, False, False, False]
    empty = bordermap.enrich(layer(crs=None))
    assert list(empty.columns) == ["n", "geometry", *SHAPE_COLUMNS]
    with pytest.raises(FrameError, match="no geometry"):
        bordermap.enrich(pd.DataFrame({"a": [1]}))


def test_columns_of_the_layer_come_before_ours():
    said: list[str] = []
    frame = layer(KABUL, Adm1=["mine"], adm1_2=["too"], border_share_af=["text"])
    found = bordermap.enrich(frame, say=said.append)
    assert list(found.columns[:4]) == ["Adm1", "adm1_2", "border_share_af", "geometry"]
    assert found[["Adm1", "adm1_2", "border_share_af"]].to_numpy().tolist() == [
        ["mine", "too", "text"]
    ]
    assert found["adm1_3"].tolist() == ["Kabul"]
    assert "the layer has a column adm1 of its own; ours is adm1_3" in said


# Through files


OWN = pa.table(
    {
        "نام": pa.array(["کابل", "", None, "ښار"]),
        "id64": pa.array([2**60 + 1, None, 3, -1], pa.int64()),
        "i32": pa.array([1, None, 3, 4], pa.int32()),
        "real32": pa.array([1.5, None, 2.5, 3], pa.float32()),
        "yes": pa.array([True, None, False, True]),
        "time": pa.array([1, None, 3, 4], pa.timestamp("ms")),
        "country": pa.array(["q", "r", None, "t"]),
        "select": pa.array([1.0, 2, 3, 4]),
        "x" * 300: pa.array([1, 2, 3, 4], pa.int64()),
    }
)
LINES = np.array(
    [
        shapely.LineString([(689039.25, 3778468.5, 5), (698300.1, 3776400.3, 6)]),
        shapely.LineString([(504600.123456789, 3776300, 5), (513800, 3774000, 6)]),
        None,
        shapely.LineString([(310000, 3432000, 0), (350000, 3440000, 1)]),
    ],
    dtype=object,
)
DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile"}


def written(path, table=OWN, shapes=LINES, crs="EPSG:32642", kind="LineString Z", **options):
    if path.suffix == ".parquet":
        frame = table.to_pandas(types_mapper=pd.ArrowDtype)
        gpd.GeoDataFrame(frame, geometry=shapes, crs=crs).to_parquet(path, index=False)
        return path
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
    options |= {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
    pyogrio.write_arrow(
        table.append_column("geom", wkb),
        path,
        driver=DRIVERS[path.suffix],
        geometry_name="geom",
        geometry_type=kind,
        crs=crs,
        **options,
    )
    return path


def read(path):
    """Columns by name with their types and values, geometries as bytes, and the system."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return table, table.column("geometry").to_pylist(), gpd.read_parquet(path).crs
    table = pyogrio.read_arrow(path, read_geometry=False)[1]
    wkb = pyogrio.raw.read(path, columns=[])[2]
    return table, list(wkb), pyogrio.read_info(path)["crs"]


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
def test_files_keep_names_types_order_nulls_and_coordinates(suffix, tmp_path, run):
    source = written(tmp_path / f"in{suffix}")
    target = tmp_path / f"out{suffix}"
    told = run("enrich", source, "-o", target, "--keep-crs").stderr
    assert "1 features have no geometry" in told
    before, shapes, crs = read(source)
    after, same_shapes, same_crs = read(target)
    own = [name for name in before.column_names if name != "geometry"]
    assert [name for name in after.column_names if name != "geometry"][: len(own)] == own
    for name in own:
        assert after.schema.field(name).type == before.schema.field(name).type
        assert after.column(name).to_pylist() == before.column(name).to_pylist()
    assert same_shapes == shapes
    assert same_crs == crs
    assert after.column("border_side").to_pylist()[:2] == ["AF;PK", "AF"]


def test_shapefiles_come_back_in_their_own_system(tmp_path, run):
    table = OWN.select(["نام", "i32", "country"])
    source = written(tmp_path / "in.shp", table, encoding="UTF-8")
    run("enrich", source, "-o", tmp_path / "out.shp")
    before, shapes, crs = read(source)
    after, same_shapes, same_crs = read(tmp_path / "out.shp")
    assert after.column_names[:3] == before.column_names
    for name in before.column_names:
        assert after.schema.field(name).type == before.schema.field(name).type
        assert after.column(name).to_pylist() == before.column(name).to_pylist()
    assert (same_shapes, same_crs) == (shapes, crs)
    assert all(len(name) <= 10 for name in after.column_names)


def test_texts_of_old_shapefiles_are_decoded(tmp_path, run):
    table = pa.table({"name": pa.array(["قندهار", "Spīn", "x", "y"])})
    source = written(tmp_path / "in.shp", table.slice(0, 1), LINES[:1], encoding="cp1256")
    source.with_suffix(".cpg").write_text("1256")
    run("enrich", source, "-o", "out.gpkg")
    assert pyogrio.read_dataframe(tmp_path / "out.gpkg")["name"].tolist() == ["قندهار"]


def test_geojson_keeps_properties_ids_and_elevations(tmp_path, run):
    features = [
        {
            "type": "Feature",
            "id": f"f{number}",
            "properties": {"geometry": number, "big": 2**60 + number, "list": [1, {"a": None}]},
            "geometry": {"type": "LineString", "coordinates": [[71, 34.1, 5], [71.2, 34.2, 6.5]]},
        }
        for number in range(2)
    ]
    content = {"type": "FeatureCollection", "features": features}
    (tmp_path / "in.geojson").write_text(json.dumps(content), encoding="utf-8")
    told = run("enrich", "in.geojson", "-o", "out.geojson").stderr
    assert "ids of the features are the column id" in told
    found = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))["features"]
    for old, new in zip(features, found, strict=True):
        assert new["properties"].items() >= old["properties"].items()
        assert new["properties"]["id"] == old["id"]
        assert new["geometry"] == old["geometry"]
        assert list(new["properties"])[:4] == ["id", "geometry", "big", "list"]


def test_kml_is_enriched_with_lines_polygons_and_types(tmp_path, run):
    shapes = [KABUL, TORKHAM, QUETTA, None, shapely.MultiPoint([(70, 33), (71, 33)])]
    frame = layer(
        *shapes,
        n=pd.array([1, None, 3, 4, 5], dtype="Int64"),
        x=[1.5, np.nan, 2, 3, 4],
        yes=pd.array([True, None, False, True, True], dtype="boolean"),
        words=["کابل", "", None, "<b>", "&"],
    )
    export_own(frame, tmp_path / "in.kml", "mine")
    told = run("enrich", "in.kml", "-o", "out.gpkg").stderr
    assert "1 features have no geometry" in told
    found = pyogrio.read_dataframe(tmp_path / "out.gpkg")
    assert found["n"].astype("Int64").tolist() == frame["n"].tolist()
    assert found["x"].tolist()[2:] == [2, 3, 4]
    assert found["yes"].astype("boolean").tolist() == frame["yes"].tolist()
    assert found["words"].tolist()[3:] == ["<b>", "&"]
    for old, new in zip(shapes, found.geometry, strict=True):
        assert old is new or old.equals_exact(new, 1e-7)
    with zipfile.ZipFile(tmp_path / "in.kmz", "w") as archive:
        archive.write(tmp_path / "in.kml", "doc.kml")
    run("enrich", "in.kmz", "-o", "again.gpkg")
    assert pyogrio.read_dataframe(tmp_path / "again.gpkg").equals(found)


def test_kml_of_others_is_read_and_what_is_broken_told(tmp_path, run):
    ring = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
    inner = ring.format("70.2,33.2 70.4,33.2 70.4,33.4 70.2,33.2")
    outer = ring.format("70,33,5 71,33,5\n71,34,5 70,34,5 70,33,5")
    marks = (
        f"<Polygon><innerBoundaryIs>{inner}</innerBoundaryIs>"
        f"<outerBoundaryIs>{outer}</outerBoundaryIs></Polygon>",
        "<LineString><coordinates>70,33 north,34</coordinates></LineString>",
        "<MultiGeometry><Point><coordinates>70,33</coordinates></Point>"
        f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs></Polygon></MultiGeometry>",
    )
    text = "".join(f"<Placemark><name>{n}</name>{mark}</Placemark>" for n, mark in enumerate(marks))
    start = '<?xml version="1.0"?>{}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    (tmp_path / "in.kml").write_text(f"{start.format('')}{text}</Document></kml>")
    told = run("enrich", "in.kml", "-o", "out.gpkg").stderr
    assert "1 geometries cannot be read; their features stay, without one" in told
    shapes = pyogrio.read_dataframe(tmp_path / "out.gpkg").geometry
    assert shapes[0].area == pytest.approx(1 - 0.02)
    assert shapes[1] is None
    assert [part.geom_type for part in shapes[2].geoms] == ["Point", "Polygon"]
    (tmp_path / "bad.kml").write_text(f"{start.format('<!DOCTYPE kml>')}{text}</Document></kml>")
    assert "document type" in run("enrich", "bad.kml", "-o", "no.gpkg", status=1).stderr


def arc(*places):
    """A CIRCULARSTRING as well-known binary, which shapely does not write."""
    return struct.pack("<BII", 1, 8, len(places)) + b"".join(struct.pack("<2d", *p) for p in places)


AROUND = arc((71, 34), (71.1, 34.1), (71.2, 34), (71.1, 33.9), (71, 34))
CURVES = [struct.pack("<BII", 1, 10, 1) + AROUND, arc((70, 33), (70.5, 33.5), (71, 33))]


def test_curves_are_taken_as_lines_of_short_segments(tmp_path, run):
    table, shapes = pa.table({"n": [0, 1, 2]}), [KABUL] * 3
    source = written(tmp_path / "in.gpkg", table, shapes, "EPSG:4326", "Unknown")
    with closing(sqlite3.connect(source)) as base, base:
        for (name,) in base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        for n, coded in enumerate(CURVES):
            head = struct.pack("<2sBBi", b"GP", 0, 1, 4326)
            base.execute('UPDATE "in" SET geom = ? WHERE n = ?', (head + coded, n))
    said = run("enrich", "in.gpkg", "-o", "out.gpkg").stderr
    assert "2 curves are taken as lines of short segments" in said
    back = gpd.read_file(tmp_path / "out.gpkg")
    assert back.geom_type.tolist() == ["Polygon", "LineString", "Polygon"]
    assert back.geometry[0].symmetric_difference(shapely.Point(71.1, 34).buffer(0.1)).area < 1e-4
    assert back.geometry[2].equals(KABUL)
    assert back[SHARES].sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert "holds no points" in run("check", "in.gpkg", status=1).stderr


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", [".gpkg", ".geojson", ".parquet", ".shp"])
def test_a_layer_without_columns_of_its_own(source, target, tmp_path, run):
    bare = gpd.GeoDataFrame(geometry=[KABUL, None], crs=4326)
    path = tmp_path / f"in{source}"
    bare.to_parquet(path) if source == ".parquet" else bare.to_file(path)
    assert "2 features, 1 with a geometry" in run("enrich", path, "-o", f"out{target}").stderr


def test_measures_are_kept(tmp_path, run):
    shapes = shapely.from_wkt(np.array(["LINESTRING ZM (69 34 1 2, 69.1 34 3 4)"]))
    source = tmp_path / "in.parquet"
    frame = OWN.slice(0, 1).to_pandas(types_mapper=pd.ArrowDtype)
    gpd.GeoDataFrame(frame, geometry=shapes, crs=4326).to_parquet(source)
    run("enrich", source, "-o", "out.gpkg")
    run("enrich", "out.gpkg", "-o", "again.gpkg")
    with pytest.warns(UserWarning, match="Measured"):
        table = pyogrio.read_arrow(tmp_path / "again.gpkg")[1]
    wkb = table.column("geom").to_pylist()
    assert shapely.to_wkt(shapely.from_wkb(wkb)).tolist() == shapely.to_wkt(shapes).tolist()
    assert "measures (M) are lost" in run("enrich", "out.gpkg", "-o", "out.fgb").stderr
    told = run("enrich", source, "-o", "other.gpkg", "--to-crs", "EPSG:32642").stderr
    assert "measures (M) are lost" in told


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("upward", ["", "Z"])
@pytest.mark.parametrize("kind", ["POINT", "LINESTRING", "POLYGON"])
def test_measures_and_elevations_are_kept_or_told(suffix, upward, kind, tmp_path):
    places = ["69 34 1 5", "69.1 34 3 6", "69 34.1 2 7", "69 34 1 5"]
    short = [one if upward else " ".join(one.split()[:2] + one.split()[3:]) for one in places]
    some = {"POINT": short[:1], "LINESTRING": short[:2]}.get(kind, short)
    body = f"({', '.join(some)})"
    text = f"{kind} {upward}M {f'({body})' if kind == 'POLYGON' else body}"
    shape = shapely.from_wkt(text)
    told = " ".join(export_own(layer(shape), tmp_path / f"a{suffix}", "mine"))
    if suffix in (".gpkg", ".shp"):
        assert told == ""
        [wkb] = raw_shapes(tmp_path / f"a{suffix}")
        assert shapely.from_wkb(wkb).normalize() == shape.normalize()
        assert shapely.has_m(shapely.from_wkb(wkb))
    elif suffix == ".csv" and kind != "POINT":
        found = pd.read_csv(tmp_path / "a.csv")["wkt"][0]
        assert (told, shapely.from_wkt(found)) == ("", shape)
    else:
        assert "measures" in told
        assert "NaN" not in (tmp_path / f"a{suffix}").read_bytes().decode("latin-1")
    if suffix in (".geojson", ".kml", ".fgb", ".ndjson"):
        [wkb] = pyogrio.raw.read(tmp_path / f"a{suffix}", columns=[])[2]
        assert shapely.from_wkb(wkb).has_z == bool(upward)


def raw_shapes(path):
    """Shapes as GDAL gives them to Arrow, which has measures."""
    with pytest.warns(UserWarning, match="Measured"):
        meta, table = pyogrio.read_arrow(path)
    return table.column(meta["geometry_name"] or "wkb_geometry").to_pylist()


def test_what_flatgeobuf_drops_is_told(tmp_path, run):
    table = pa.table({"day": pa.array([1, 2], pa.date32())})
    shapes = shapely.from_wkt(np.array(["POINT Z (69 34 5)", "LINESTRING Z (69 34 1, 70 34 2)"]))
    source = written(tmp_path / "in.parquet", table, shapes, "EPSG:4326")
    told = run("enrich", source, "-o", "out.fgb").stderr
    assert "elevations (Z) of shapes of several kinds are lost" in told
    assert "dates are times at midnight: day" in told
    told = run("enrich", source, "-o", "out.gpkg").stderr
    assert "note" not in told
    assert read(tmp_path / "out.gpkg")[0].column("day").to_pylist() == table["day"].to_pylist()


DOMAINS = [
    ("kinds", "enum", "راه", None, None, None, None, "a road"),
    ("kinds", "enum", "x'); DROP TABLE gpkg_contents; --", None, None, None, None, None),
    ("lanes", "range", None, 1, 1, 8, 0, "how many"),
    ("unused", "glob", "a*", None, None, None, None, None),
]
IN_CATALOGUE = {
    "gpkg_data_columns": "column_name, title, description, constraint_name",
    "gpkg_data_column_constraints": "*",
}


@pytest.fixture
def described(tmp_path):
    """A layer with a width, a title, a description and values that are allowed."""
    fields = [
        pa.field("kind", pa.string(), metadata={"GDAL:OGR:width": "20"}),
        pa.field("lanes", pa.int16(), metadata={"GDAL:OGR:alternative_name": "How many lanes"}),
        pa.field("plain", pa.string(), metadata={"GDAL:OGR:comment": "as counted, 2016"}),
    ]
    table = pa.table([["راه"], pa.array([2], pa.int16()), ["a"]], schema=pa.schema(fields))
    path = written(tmp_path / "in.gpkg", table, LINES[:1])
    with closing(sqlite3.connect(path)) as base, base:
        into = "INSERT INTO gpkg_data_columns (table_name, column_name, constraint_name) "
        base.execute(f"{into} VALUES ('IN', 'kind', 'kinds')")
        base.execute(
            "UPDATE gpkg_data_columns SET constraint_name = 'lanes' WHERE column_name = 'lanes'"
        )
        holes = ", ".join("?" * 8)
        base.executemany(f"INSERT INTO gpkg_data_column_constraints VALUES ({holes})", DOMAINS)
    return path


def test_widths_titles_and_allowed_values_go_into_a_geopackage(described, tmp_path, run):
    run("enrich", described, "--to-crs", "EPSG:32642", "-o", "out.gpkg")
    found = {}
    for path in (described, tmp_path / "out.gpkg"):
        with closing(sqlite3.connect(path)) as base:
            found[path] = [
                sorted(base.execute(f"SELECT {columns} FROM {table}"), key=repr)
                for table, columns in IN_CATALOGUE.items()
            ]
            (sql,) = base.execute(
                "SELECT sql FROM sqlite_master WHERE name = ?", (path.stem,)
            ).fetchone()
            assert '"kind" TEXT(20)' in sql
            assert '"lanes" SMALLINT' in sql
    assert found[tmp_path / "out.gpkg"][0] == found[described][0]
    assert found[tmp_path / "out.gpkg"][1] == [
        row for row in found[described][1] if "a*" not in row
    ]
    fields = read(tmp_path / "out.gpkg")[0].schema
    assert fields.field("plain").metadata[b"GDAL:OGR:comment"] == b"as counted, 2016"
    run("enrich", "out.gpkg", "-o", "again.gpkg")
    with closing(sqlite3.connect(tmp_path / "again.gpkg")) as base:
        assert base.execute("SELECT count(*) FROM gpkg_data_column_constraints").fetchone() == (3,)


@pytest.mark.parametrize("suffix", [".parquet", ".fgb", ".shp", ".geojson"])
def test_widths_and_allowed_values_are_told_elsewhere(suffix, described, tmp_path, run):
    told = run("enrich", described, "-o", f"out{suffix}").stderr
    assert "widths, titles and allowed values of its columns are not written" in told
    told = run("enrich", f"out{suffix}", "-o", "back.gpkg").stderr
    assert "widths" not in told


def test_a_catalogue_of_columns_that_is_none_is_left(tmp_path, run):
    source = written(tmp_path / "in.gpkg", OWN.select(["i32"]))
    with closing(sqlite3.connect(source)) as base, base:
        base.execute("CREATE TABLE gpkg_data_columns (table_name, column_name, title)")
        base.execute("INSERT INTO gpkg_data_columns VALUES ('in', 'i32', 'Count')")
    assert "i32" in read(tmp_path / "in.gpkg")[0].column_names
    run("enrich", source, "-o", "out.gpkg")
    assert "i32" in read(tmp_path / "out.gpkg")[0].column_names


@pytest.mark.skipif(os.name != "posix", reason="a full disk is simulated by a POSIX limit")
@pytest.mark.parametrize("suffix", OWN_FORMATS)
def test_a_full_disk_leaves_the_old_layer(suffix, tmp_path, little_room):
    texts = [np.random.default_rng(n).bytes(400).hex() for n in range(400)]
    frame = layer(*[KABUL] * 400, text=texts)
    target = tmp_path / f"a{suffix}"
    target.write_text("old")
    with little_room(60_000), pytest.raises(OutputError) as error:
        export_own(frame, target, "mine")
    assert "\n" not in str(error.value)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are POSIX")
@pytest.mark.parametrize("suffix", OWN_FORMATS)
def test_a_read_only_folder_is_one_line(suffix, open_folder):
    folder = open_folder / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    with ordinary_user(), pytest.raises(OutputError, match="cannot be written"):
        export_own(layer(KABUL), folder / f"a{suffix}", "mine")
    assert list(folder.iterdir()) == []


def test_columns_of_one_name_are_told_apart(tmp_path, run):
    source = tmp_path / "in.fgb"
    pyogrio.raw.write(
        source,
        geometry=shapely.to_wkb(LINES[:2]),
        field_data=[np.array([10, 20]), np.array(["x", "y"], dtype=object)],
        fields=np.array(["a", "a"], dtype=object),
        driver="FlatGeobuf",
        geometry_type="LineString Z",
        crs="EPSG:32642",
        SPATIAL_INDEX="NO",
    )
    told = run("enrich", source, "-o", "out.fgb").stderr
    assert "1 column names occur twice" in told
    after = read(tmp_path / "out.fgb")[0]
    assert after.column("a").to_pylist() == [10, 20]
    assert after.column("a_2").to_pylist() == ["x", "y"]


def test_the_command_gives_what_the_library_gives(tmp_path, run):
    source = written(tmp_path / "in.gpkg")
    told = run("enrich", source, "-o", "out.parquet", "--to-crs", "EPSG:3857", "--json")
    assert json.loads(told.stdout)["files"][0]["read"] == 4
    found = gpd.read_parquet(tmp_path / "out.parquet")
    frame = gpd.GeoDataFrame(OWN.to_pandas(), geometry=LINES, crs=32642)
    expected = bordermap.enrich(frame)
    assert found.crs.to_epsg() == 3857
    for name in SHAPE_COLUMNS:
        if found[name].dtype == "float64":
            np.testing.assert_array_equal(found[name], expected[name])
        else:
            assert found[name].astype(object).fillna("").tolist() == (
                expected[name].astype(object).fillna("").tolist()
            )
    record = json.loads((tmp_path / "out.parquet.run.json").read_text(encoding="utf-8"))
    assert record["arguments"] == {
        "command": "enrich",
        "layer": "in.gpkg",
        "keep_crs": False,
        "to_crs": "EPSG:3857",
    }


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".geojson", ".csv"])
def test_the_same_layer_gives_the_same_bytes(suffix, tmp_path, run):
    source = written(tmp_path / "in.gpkg")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run("enrich", source, "-o", f"{name}/out{suffix}")
    first, second = ((tmp_path / name / f"out{suffix}").read_bytes() for name in ("one", "two"))
    assert first == second


def test_formats_in_degrees_are_written_in_degrees(tmp_path, run):
    source = written(tmp_path / "in.gpkg")
    run("enrich", source, "-o", "out.geojson")
    assert gpd.read_file(tmp_path / "out.geojson").total_bounds[2] < 75
    told = run("enrich", source, "-o", "no.geojson", "--keep-crs", status=1).stderr
    assert "written in longitude and latitude" in told
    run("enrich", source, "-o", "no.csv", "--to-crs", "EPSG:32642", status=1)
    run("enrich", source, "-o", "no.gpkg", "--to-crs", "+proj=utm", status=2)
    run("enrich", source, "-o", "no.gpkg", "--to-crs", "EPSG:4326", "--keep-crs", status=2)
    assert not list(tmp_path.glob("no.*"))


@pytest.mark.parametrize("suffix", [".geojson", ".ndjson", ".csv", ".kml", ".xlsx"])
def test_every_other_format_takes_a_mixed_layer(suffix, tmp_path, run):
    frame = layer(KABUL, TORKHAM, QUETTA, None, when=pd.to_datetime(["2016-06-12"] * 4))
    frame.to_crs(32642).to_parquet(tmp_path / "in.parquet")
    told = run("enrich", "in.parquet", "-o", f"out{suffix}").stderr
    assert f"out{suffix}: 4 features, 3 with a geometry" in told


def test_a_zipped_shapefile_and_keys_that_somebody_gave(tmp_path, run):
    written(tmp_path / "in.shp", OWN.select(["i32"]))
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for part in tmp_path.glob("in.???"):
            if part.suffix != ".zip":
                archive.write(part, f"folder/{part.name}")
    run("enrich", "in.zip", "-o", "out.gpkg")
    assert read(tmp_path / "out.gpkg")[0].column("i32").to_pylist() == [1, None, 3, 4]
    written(tmp_path / "keys.gpkg", OWN.select(["i32"]), FID="objectid")
    run("enrich", "keys.gpkg", "-o", "out.fgb")
    assert read(tmp_path / "out.fgb")[0].column("objectid").to_pylist() == [1, 2, 3, 4]


def test_what_is_no_single_layer_is_refused(tmp_path, run):
    source = written(tmp_path / "in.gpkg")
    assert "this is the input" in run("enrich", source, "-o", source, status=1).stderr
    written(source, layer="other", append=True)
    told = run("enrich", source, "-o", "out.gpkg", status=1).stderr
    assert "holds 2 layers" in told
    run("enrich", f"{source}:other", "-o", "out.gpkg")
    told = run("enrich", f"{source}:other", "-o", source, status=1).stderr
    assert "this is the input" in told
    assert "has no layer" in run("enrich", f"{source}:none", "-o", "x.gpkg", status=1).stderr
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "is no layer" in run("enrich", "a.csv", "-o", "x.gpkg", status=1).stderr
    run("enrich", "https://example.org/a.gpkg", "-o", "x.gpkg", status=1)
    (tmp_path / "cut.gpkg").write_bytes(source.read_bytes()[:5000])
    run("enrich", "cut.gpkg", "-o", "x.gpkg", status=1)
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": [1]}')
    assert "are none" in run("enrich", "a.geojson", "-o", "x.gpkg", status=1).stderr
    assert not (tmp_path / "x.gpkg").exists()
    with pytest.raises(InputError):
        bordermap.pipeline.enrich_layer(tmp_path / "missing.gpkg")
