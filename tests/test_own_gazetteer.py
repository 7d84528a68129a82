"""Users' own gazetteers: every row accounted for, kept whole or not at all, used beside ours."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import ordinary_user
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Gazetteer, build
from bordermap.border import GEOD
from bordermap.errors import FilterError, InputError
from bordermap.gazetteer import exact_key
from bordermap.gazetteer.keeping import add_source
from bordermap.gazetteer.store import Store
from bordermap.records.places import read_places

HEADER = "id,name,lat,lon,country,alternate names\n"
GOOD = "7,Zarghun Tsappar,33.05,69.95,,Zarghoon Tsapar|زرغون څپر\n"
INSIDE = (33.05, 69.95)


def dump_line(
    number, name, lat=33.05, lon=69.95, *, names="", code="P.PPL", country="PK", people=0
):
    group, kind = code.split(".")
    cells = [number, name, name, names, lat, lon, group, kind, country, "", "", "", "", "", people]
    return "\t".join(map(str, [*cells, "", "", "Asia/Karachi", "2024-01-01"])) + "\n"


@pytest.fixture
def places(tmp_path):
    """Write a table of places and judge it."""

    def judge(rows, header=HEADER, file="mine.csv"):
        path = tmp_path / file
        path.write_text(header + rows, encoding="utf-8")
        return read_places(path)

    return judge


def reasons(report):
    return dict(report.files[0].reasons)


def accounted(report):
    (file,) = report.files
    assert file.read == file.accepted + file.rejected == file.accepted + len(report.rejected)
    return file


@pytest.fixture
def stored(tmp_path, places):
    """A store with these rows."""

    def keep(rows, header=HEADER, file="mine.csv"):
        found, _ = places(rows, header, file)
        add_source(tmp_path / "own.sqlite", found.source, found.entries)
        return tmp_path / "own.sqlite"

    return keep


class TestRows:
    REJECTED: ClassVar[dict[str, tuple[str, str]]] = {
        "no coordinates": ("8,Spin Tsappar,,,,", "coordinates_missing"),
        "half of them": ("8,Spin Tsappar,33.1,,,", "coordinates_incomplete"),
        "zero": ("8,Spin Tsappar,0,0,,", "coordinates_zero"),
        "words": ("8,Spin Tsappar,here,there,,", "coordinates_unreadable"),
        "no degrees": ("8,Spin Tsappar,3312000,690000,,", "coordinates_projected"),
        "too far north": ("8,Spin Tsappar,91.5,69.5,,", "coordinates_out_of_range"),
        "elsewhere": ("8,Spin Tsappar,48.2,16.4,,", "outside_region"),
        "deep in the other country": ("8,Spin Tsappar,31.5,74.3,AF,", "country_contradicted"),
        "no name": ("8,,33.1,69.9,,", "name_missing"),
        "no name, in words": ("8,n/a,33.1,69.9,,", "name_missing"),
        "only generic words": ("8,Village area,33.1,69.9,,", "name_generic"),
        "a long name": (f"8,{'Tsappar ' * 16},33.1,69.9,,", "name_too_long"),
        "no letters": ("8,??? 12,33.1,69.9,,", "name_without_letters"),
        "lost letters": ("8,Ts\ufffd\ufffdar,33.1,69.9,,", "name_undecodable"),
        "an address": ("8,https://example.org/x,33.1,69.9,,", "name_is_address"),
        "an exact repeat": (GOOD.strip(), "duplicate_row"),
        "too few cells": ("8,Spin Tsappar", "wrong_number_of_cells"),
    }

    @pytest.mark.parametrize("case", REJECTED)
    def test_rejected_with_a_reason(self, places, case):
        row, reason = self.REJECTED[case]
        found, report = places(f"{GOOD}{row}\n")
        assert reasons(report) == {reason: 1}
        assert accounted(report).accepted == len(found.entries) == 1
        assert report.rejected["reason"].tolist() == [reason]

    def test_swapped_coordinates_are_put_right_and_noted(self, places):
        (entry,) = places("8,Spin Tsappar,69.95,33.05,,\n")[0].entries
        assert (entry.lat, entry.lon) == INSIDE
        _, report = places("8,Spin Tsappar,69.95,33.05,,\n")
        assert [fault.reason for fault in report.faults] == ["coordinates_swapped"]
        assert accounted(report).noted == 1

    def test_an_id_used_twice_names_two_places(self, places):
        found, report = places(f"{GOOD}7,Spin Tsappar,33.1,69.9,,\n")
        assert [entry.place_id for entry in found.entries] == ["mine:7", "mine:7-2"]
        assert [fault.reason for fault in report.faults] == ["duplicate_id"]

    def test_an_id_that_looks_like_a_made_up_one(self, places):
        entries = places("row-2,Aaa Kot,33,70,,\n,Bbb Kot,33,70,,\n")[0].entries
        assert [entry.place_id for entry in entries] == ["mine:row-2", "mine:row-2-0"]

    def test_a_wrongly_decoded_name_is_read(self, places):
        scrambled = "".join(
            bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in "زرغون څپر".encode()
        )
        found, report = places(f"8,{scrambled},33.1,69.9,,Zarghūn Ã Tsappar\n")
        assert found.entries[0].name == "زرغون څپر"
        assert "name_unscrambled" in {fault.reason for fault in report.faults}
        assert "Zarghūn Ã Tsappar" in {s.text for s in found.entries[0].spellings}

    def test_another_name_stands_in_for_an_unusable_one(self, places):
        found, report = places("8,village,33.1,69.9,,Spin Tsappar|road\n")
        assert found.entries[0].name == "Spin Tsappar"
        assert accounted(report).noted == 1

    def test_country_and_units_come_from_where_it_lies(self, places):
        rows = (
            "1,Aaa Kot,33.20,69.52,,\n2,Bbb Kot,33.0,70.07,Pakistan,\n3,Ccc Kot,33.0,70.07,PAK,\n"
        )
        entries = places(rows)[0].entries
        assert [entry.country for entry in entries] == ["AF", "PK", "PK"]
        assert [sorted(e.adm2_codes) for e in entries[1:]] == [["PK-KP-north-waziristan"]] * 2
        assert entries[0].adm1_codes

    def test_across_the_line_by_a_little_is_kept_without_units(self, places):
        found, report = places("8,Spin Tsappar,34.126,71.12,AF,\n")
        assert found.entries[0].country == "AF"
        assert found.entries[0].adm2_codes == frozenset()
        assert [fault.reason for fault in report.faults] == ["country_across"]

    def test_a_radius_is_kept_in_metres(self, places):
        header = "name,lat,lon,radius_m\n"
        entries = places("Aaa,33,70,1200\nBbb,33,70,-4\nCcc,33,70,wide\n", header)[0].entries
        assert [entry.radius_m for entry in entries] == [1200.0, 3000.0, 3000.0]

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
                st.floats(-100, 100) | st.sampled_from([0.0, 33.0, 70.0]),
                st.floats(-200, 200) | st.sampled_from([0.0, 33.0, 70.0]),
                st.sampled_from(["", "AF", "PK", "Iran", "?"]),
            ),
            min_size=1,
            max_size=12,
        )
    )
    def test_whatever_the_rows_none_is_lost(self, tmp_path_factory, rows):
        path = tmp_path_factory.mktemp("any") / "any.csv"
        frame = pd.DataFrame(rows, columns=["name", "lat", "lon", "country"])
        frame.to_csv(path, index=False, encoding="utf-8")
        found, report = read_places(path)
        assert accounted(report).accepted == len(found.entries)
        add_source(path.with_suffix(".sqlite"), found.source, found.entries)
        gazetteer = Gazetteer.load(path.with_suffix(".sqlite"))
        for entry in found.entries:
            kept = gazetteer.entry(entry.place_id)
            assert (kept.name, kept.lon, kept.lat) == (entry.name, entry.lon, entry.lat)
            if exact_key(entry.name):
                hits = gazetteer.stores[0].hits(tuple(exact_key(w) for w in [entry.name]))
                assert entry.place_id in {hit.entry.place_id for hit in hits}


class TestFiles:
    def test_a_geonames_dump(self, places):
        lines = [
            dump_line(1, 'Kot "Sher"', names="Kot Sher,کوټ شېر"),
            dump_line(2, "Tsappar Pass", code="T.PASS"),
            dump_line(3, "Tsappar District", code="A.ADM2"),
            dump_line(4, "Tsappar Rud", code="H.STM"),
            dump_line(5, "Tsappar Dara", code="T.VAL"),
            dump_line(6, "Tsappar Bazar", people=500_000),
        ]
        found, report = places("".join(lines), header="", file="PK.txt")
        assert reasons(report) == {"kind_not_used": 1, "unit_without_extent": 1}
        assert accounted(report).recipe == "geonames"
        assert [entry.place_id for entry in found.entries] == ["PK:1", "PK:2", "PK:5", "PK:6"]
        assert [entry.subkind for entry in found.entries] == ["town", "pass", "valley", "town"]
        assert {s.text for s in found.entries[0].spellings} >= {'Kot "Sher"', "کوټ شېر"}
        assert found.entries[3].radius_m > 8_000
        assert "GeoNames" in found.source.credit

    def test_the_zip_that_geonames_publishes(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "PK.zip", "w") as archive:
            archive.writestr("readme.txt", "This is the readme.\tx")
            archive.writestr("PK.txt", dump_line(1, "Kot Sher"))
        found, _ = read_places(tmp_path / "PK.zip")
        assert (found.source.name, found.source.file) == ("PK", "PK.zip")
        assert found.entries[0].name == "Kot Sher"

    @pytest.mark.parametrize(
        ("header", "row"),
        [
            ("Place_Name;LATITUDE;Long\n", "Kot Sher;33,05;69,95\n"),
            ("asciiname\ty\tx\n", "Kot Sher\t33.05\t69.95\n"),
            ("title,coordinates\n", 'Kot Sher,"33.05, 69.95"\n'),
            ("FULL_NAME_RO|LAT|LONG\n", "Kot Sher|33°03'00\"N|69°57'00\"E\n"),
        ],
    )
    def test_columns_by_their_usual_names(self, places, header, row):
        (entry,) = places(row, header)[0].entries
        assert (entry.name, entry.lat, entry.lon) == ("Kot Sher", *INSIDE)

    @pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".geojson"])
    def test_a_layer_of_points_in_another_system(self, tmp_path, suffix):
        frame = gpd.GeoDataFrame(
            {"NAME": ["Kot Sher", None], "alt_names": ["Sher Kot", ""]},
            geometry=gpd.points_from_xy([69.95, 69.9], [33.05, 33.1], crs="EPSG:4326"),
        )
        path = tmp_path / f"points{suffix}"
        (frame if suffix == ".geojson" else frame.to_crs("EPSG:32642")).to_file(path)
        found, report = read_places(path)
        assert reasons(report) == {"name_missing": 1}
        (entry,) = found.entries
        assert (entry.lat, entry.lon) == pytest.approx(INSIDE, abs=1e-5)

    def test_polygons_become_areas_with_their_outline(self, tmp_path):
        box = shapely.box(69.9, 33.0, 70.0, 33.1)
        line = shapely.LineString([(69.9, 33.0), (70.0, 33.1)])
        frame = gpd.GeoDataFrame(
            {"name": ["Tsappar Ilaqa", "Tsappar Sarak"]}, geometry=[box, line], crs="EPSG:4326"
        )
        frame.to_file(tmp_path / "areas.geojson")
        found, report = read_places(tmp_path / "areas.geojson")
        assert reasons(report) == {"geometry_type": 1}
        add_source(tmp_path / "own.sqlite", found.source, found.entries)
        entry = Gazetteer.load(tmp_path / "own.sqlite").entry("areas:row-1")
        assert entry.kind == "area"
        assert entry.outline.geometry.equals(box)
        assert entry.place.radius_m == pytest.approx(7_250, abs=100)

    def test_a_polygon_that_crosses_itself_is_repaired(self, tmp_path):
        bow = shapely.Polygon([(69.9, 33.0), (70.0, 33.1), (70.0, 33.0), (69.9, 33.1)])
        flat = shapely.Polygon([(69.9, 33.0), (70.0, 33.0), (69.9, 33.0)])
        frame = gpd.GeoDataFrame(
            {"name": ["Bow Dara", "Flat Dara"]}, geometry=[bow, flat], crs=4326
        )
        frame.to_file(tmp_path / "areas.geojson")
        found, report = read_places(tmp_path / "areas.geojson")
        assert reasons(report) == {"geometry_invalid": 1}
        assert accounted(report).noted == 1
        assert report.rejected["geometry"].str.startswith("POLYGON").all()
        assert found.entries[0].outline.geometry.is_valid

    def test_points_of_a_layer_swapped_zero_and_elsewhere(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"name": ["Aaa Kot", "Bbb Kot", "Ccc Kot", "Ddd Kot"]},
            geometry=gpd.points_from_xy([33.05, 0, 16.4, 69.95], [69.95, 0, 48.2, 33.05]),
            crs="EPSG:4326",
        )
        frame.to_file(tmp_path / "points.gpkg")
        found, report = read_places(tmp_path / "points.gpkg")
        assert reasons(report) == {"coordinates_zero": 1, "outside_region": 1}
        assert [(entry.lat, entry.lon) for entry in found.entries] == [INSIDE, INSIDE]
        assert accounted(report).noted == 1

    @pytest.mark.parametrize(
        ("file", "content", "found"),
        [
            ("no_name.csv", b"who,lat,lon\nx,33,70\n", "is known as a name"),
            ("no_lat.csv", b"name,where\nKot,there\n", "is known as a latitude"),
            ("empty.csv", b"", "the file is empty"),
            ("header.csv", HEADER.encode(), "holds no places"),
            ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "is a picture"),
            ("page.csv", b"<!DOCTYPE html><p>x", "XML or HTML"),
            ("cut.zip", b"PK\x03\x04" + bytes(64), "is damaged or cut off"),
            ("table.geojson", b'{"type":"FeatureCollection","features":[]}', "no features"),
            ("cut.geojson", b'{"type":"FeatureCollection","features":[', "cut off"),
            ("base.gpkg", b"SQLite format 3\0" + bytes(200), "is broken or cut off"),
        ],
    )
    def test_what_is_no_gazetteer_ends_in_one_line(self, run, tmp_path, file, content, found):
        (tmp_path / file).write_bytes(content)
        result = run("gazetteer", "add", file, status=1)
        assert found in result.stderr
        assert result.stderr.strip().count("\n") <= 1
        assert not (tmp_path / "own.sqlite").exists()

    def test_a_workbook_and_a_zip_without_a_table(self, run, tmp_path):
        for name, member in (("book.xlsx", "[Content_Types].xml"), ("x.zip", "map.png")):
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                archive.writestr(member, "x")
        assert "Excel workbook" in run("gazetteer", "add", "book.xlsx", status=1).stderr
        assert "holds no table" in run("gazetteer", "add", "x.zip", status=1).stderr

    def test_a_remote_name_is_not_opened(self, run):
        assert "remote" in run("gazetteer", "add", "https://example.org/a.csv", status=1).stderr

    def test_localities_of_whos_on_first_just_work(self, shared, tmp_path):
        found, report = read_places(shared / "verify" / "wof_localities_100km.csv")
        file = accounted(report)
        assert file.read == 30_896
        assert set(file.reasons) == {"country_contradicted", "name_generic"}
        assert file.rejected < 10
        add_source(tmp_path / "own.sqlite", found.source, found.entries)
        gazetteer = Gazetteer.load(tmp_path / "own.sqlite")
        assert gazetteer.find("Bhaigarhi")[0].place.name == "Boi Garhi"
        kala = [match.place.place_id for match in gazetteer.find("Kala", limit=99)]
        assert len(kala) > 5

    def test_thirty_thousand_villages_mislead_no_incident(self, shared, tmp_path, sample_path):
        found, _ = read_places(shared / "verify" / "wof_localities_100km.csv")
        add_source(tmp_path / "own.sqlite", found.source, found.entries)
        frame, _ = build(sample_path, gazetteer=Gazetteer.load(tmp_path / "own.sqlite"))
        plain, _ = build(sample_path)
        own = frame["place_id"].str.startswith("wof_localities_100km:", na=False)
        assert own.sum() >= 6
        assert frame.geometry.notna().sum() >= plain.geometry.notna().sum()
        truth = pd.read_csv(Path(__file__).parent / "data" / "incident_truth.csv")
        for (_, row), (_, real) in zip(frame.iterrows(), truth.iterrows(), strict=True):
            assert real["side"] == "either" or row["border_side"] in {real["side"], "uncertain"}
            if own[row.name]:
                point = row.geometry
                away_m = GEOD.inv(point.x, point.y, real["lon"], real["lat"])[2]
                assert away_m <= row["location_radius_m"] + real["radius_m"], row["location_note"]


class TestStore:
    def test_added_listed_replaced_and_removed(self, run, tmp_path):
        (tmp_path / "mine.csv").write_text(HEADER + GOOD, encoding="utf-8")
        to = ("--to", "own.sqlite")
        assert "mine added, 1 of 1" in run("gazetteer", "add", "mine.csv", *to).stderr
        (listed,) = json.loads(run("gazetteer", "list", *to, "--json").stdout)
        assert (listed["name"], listed["file"], listed["added"]) == ("mine", "mine.csv", 1)
        assert "mine replaced" in run("gazetteer", "add", "mine.csv", *to).stderr
        assert len(Store(tmp_path / "own.sqlite")) == 1
        assert "it has mine" in run("gazetteer", "remove", "yours", *to, status=2).stderr
        assert "mine removed" in run("gazetteer", "remove", "mine", *to).stderr
        assert json.loads(run("gazetteer", "list", *to, "--json").stdout) == []

    def test_two_sources_of_one_name(self, run, tmp_path):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "AF.csv").write_text(HEADER + GOOD, encoding="utf-8")
        (tmp_path / "other.csv").write_text(HEADER + GOOD, encoding="utf-8")
        both = run("gazetteer", "add", "a/AF.csv", "b/AF.csv", "--project", status=2)
        assert "2 files would be named 'AF'" in both.stderr
        run("gazetteer", "add", "a/AF.csv", "--project")
        other = run("gazetteer", "add", "other.csv", "--name", "AF", "--project", status=2)
        assert "'AF' is there already, from AF.csv" in other.stderr
        run("gazetteer", "add", "other.csv", "--name", "AF", "--to", "own.sqlite")
        with pytest.raises(InputError, match="two gazetteers hold a source 'AF'"):
            Gazetteer.load(tmp_path / "own.sqlite", tmp_path / "bordermap-gazetteer.sqlite")

    @pytest.mark.parametrize("name", ["", "geonames", "line", "a:b", "a;b", "x" * 41])
    def test_names_that_cannot_serve(self, places, tmp_path, name):
        places(GOOD)
        with pytest.raises(FilterError, match="cannot name a source"):
            read_places(tmp_path / "mine.csv", name=name)

    def test_nothing_is_changed_when_no_row_can_be_used(self, run, tmp_path):
        (tmp_path / "mine.csv").write_text(HEADER + GOOD, encoding="utf-8")
        run("gazetteer", "add", "mine.csv", "--project")
        before = (tmp_path / "bordermap-gazetteer.sqlite").read_bytes()
        (tmp_path / "mine.csv").write_text(f"{HEADER}1,Kot,0,0,,\n", encoding="utf-8")
        result = run("gazetteer", "add", "mine.csv", "--project", status=1)
        assert "none of 1 rows can be used (coordinates_zero 1)" in result.stderr
        assert (tmp_path / "bordermap-gazetteer.sqlite").read_bytes() == before

    def test_rejected_rows_bear_their_own_columns_and_come_back(self, run, tmp_path):
        header = "Village,Latitude,Longitude,CC,Aliases,reason\n"
        rows = "Zarghun,33.05,69.95,PK,,a\nSpin,95,69,PK,Spin Ghar|سپین,b\nTor,0,0,PK,,c\n"
        (tmp_path / "mine.csv").write_text(header + rows, encoding="utf-8")
        run("gazetteer", "add", "mine.csv", "--project", "--rejected", "out")
        path = tmp_path / "out.rejected.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        own = header.strip().replace("reason", "reason_2").split(",")
        assert list(table.columns)[3:] == [*own, "read_as"]
        assert table.iloc[0, 3:-1].tolist() == ["Spin", "95", "69", "PK", "Spin Ghar|سپین", "b"]
        table.loc[:, ["Latitude", "Longitude"]] = [["33.1", "69.95"], ["33.06", "69.94"]]
        table.to_csv(path, index=False)
        run("gazetteer", "add", path.name, "--project")
        mended, report = read_places(path)
        assert accounted(report).rejected == 0
        found = [(one.name, one.lat, one.lon) for one in mended.entries]
        assert found == [("Spin", 33.1, 69.95), ("Tor", 33.06, 69.94)]
        assert [one.text for one in mended.entries[0].spellings] == ["Spin", "Spin Ghar", "سپین"]

    def test_a_rejected_row_of_a_dump_comes_back_as_one(self, run, tmp_path):
        dump = dump_line(1, "Zarghun", 33.05, 69.95) + dump_line(2, "Spin Kot", 95.0, 69.95)
        (tmp_path / "PK.txt").write_text(dump, encoding="utf-8")
        run("gazetteer", "add", "PK.txt", "--project", "--rejected", "out")
        path = tmp_path / "out.rejected.csv"
        path.write_text(path.read_text("utf-8").replace("95.0", "33.06"), encoding="utf-8")
        mended, report = read_places(path)
        assert accounted(report).rejected == 0
        assert mended.source.format == "geonames"
        assert "GeoNames" in mended.source.credit
        assert [(one.name, one.lat) for one in mended.entries] == [("Spin Kot", 33.06)]

    @pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32642"])
    def test_a_rejected_shape_comes_back_in_its_own_system(self, run, tmp_path, crs):
        shapes = [shapely.Point(69.95, 33.05), shapely.LineString([(69.9, 33), (70, 33.1)])]
        frame = gpd.GeoDataFrame({"name": ["Zarghun", "Spin Kot"]}, geometry=shapes, crs=4326)
        frame.to_crs(crs).to_file(tmp_path / "kots.gpkg")
        run("gazetteer", "add", "kots.gpkg", "--project", "--rejected", "out")
        table = pd.read_csv(tmp_path / "out.rejected.csv", dtype=str)
        assert json.loads(table["read_as"].iloc[0]) == {"recipe": "places.gpkg", "crs": crs}
        assert table["geometry"].str.startswith("LINESTRING").all()
        area = gpd.GeoSeries([shapely.box(69.9, 33.0, 69.95, 33.05)], crs=4326).to_crs(crs)
        table.assign(geometry=area.to_wkt().iloc[0]).to_csv(tmp_path / "a.csv", index=False)
        mended, report = read_places(tmp_path / "a.csv")
        assert accounted(report).rejected == 0
        bounds = mended.entries[0].outline.geometry.bounds
        assert bounds == pytest.approx((69.9, 33.0, 69.95, 33.05), abs=1e-3)
        for geometry in ("POINT(1", "LINESTRING(690 95, 691 95)"):
            table.assign(geometry=geometry).to_csv(tmp_path / "a.csv", index=False)
            again = read_places(tmp_path / "a.csv")[1]
            assert accounted(again).rejected == 1
            assert json.loads(again.rejected["read_as"].iloc[0])["crs"] == crs

    def test_where_no_row_can_be_used_they_are_written_all_the_same(self, run, tmp_path):
        (tmp_path / "mine.csv").write_text("name,lat,lon\nZarghun,33.05\n", encoding="utf-8")
        words = ("gazetteer", "add", "mine.csv", "--project", "--rejected", "out")
        assert "none of 1 rows can be used" in run(*words, status=1).stderr
        path = tmp_path / "out.rejected.csv"
        path.write_text(path.read_text("utf-8").replace("33.05", "33.05,69.95"), encoding="utf-8")
        assert [one.name for one in read_places(path)[0].entries] == ["Zarghun"]

    def test_rejected_rows_of_several_sources_are_told_apart_first(self, run, tmp_path):
        (tmp_path / "a.csv").write_text(f"{HEADER}{GOOD}9,Kot,0,0,,\n", "utf-8")
        (tmp_path / "b.csv").write_text("name,lat,lon\nZarghun,33.05,69.95\nKot,0,0\n", "utf-8")
        run("gazetteer", "add", "a.csv", "b.csv", "--project", "--rejected", "out")
        result = run("gazetteer", "add", "out.rejected.csv", "--project", status=1)
        assert "holds rejected rows of several files; keep those of one" in result.stderr

    def test_rejected_rows_are_told_and_written(self, run, tmp_path):
        (tmp_path / "mine.csv").write_text(f"{HEADER}{GOOD}9,=Kot,0,0,,\n", encoding="utf-8")
        words = ("gazetteer", "add", "mine.csv", "--project", "--rejected", "out", "--verbose")
        result = run(*words, "--strict", status=3)
        assert (
            "rejected: mine.csv row 2: latitude: the coordinates (0, 0) mean none" in result.stderr
        )
        table = pd.read_csv(tmp_path / "out.rejected.csv")
        assert table["name"].tolist() == ["'=Kot"]
        (file,) = json.loads(run(*words, "--json").stdout)["files"]
        assert (file["read"], file["accepted"], file["rejected"]) == (2, 1, 1)

    def test_an_interrupted_add_leaves_the_old_one(self, stored, places, tmp_path):
        path = stored(GOOD)
        before = path.read_bytes()
        found, _ = places("1,Spin Tsappar,33.1,69.9,,\n", file="more.csv")

        def interrupted():
            yield from found.entries
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            add_source(path, found.source, interrupted())
        assert path.read_bytes() == before
        assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.csv", "more.csv", "own.sqlite"]

    def test_the_same_adds_give_the_same_bytes(self, stored, tmp_path):
        path = stored(GOOD)
        before = path.read_bytes()
        path.unlink()
        assert stored(GOOD).read_bytes() == before
        assert str(tmp_path).encode() not in before

    def test_a_store_of_a_newer_version(self, run, stored):
        path = stored(GOOD)
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA user_version = 99")
        base.close()
        found = run("geocode", "Torkham", "--gazetteer", path, status=1)
        assert "own.sqlite: is of a newer version (99; this program knows" in found.stderr

    def test_spellings_that_another_version_made_comparable(self, run, stored):
        path = stored(GOOD)
        assert Store(path).outdated == ()
        with sqlite3.connect(path) as base:
            base.execute("UPDATE source SET rules = 'before'")
        base.close()
        assert "add mine again" in run("geocode", "Torkham", "--gazetteer", path).stderr
        stored(GOOD)
        assert Store(path).outdated == ()

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE VIEW more AS SELECT load_extension('x')",
            "CREATE TRIGGER t AFTER INSERT ON place BEGIN DELETE FROM place; END",
            "ALTER TABLE place ADD COLUMN more TEXT",
            "DROP TABLE spelling",
        ],
    )
    def test_a_store_with_another_schema_is_refused(self, stored, statement):
        path = stored(GOOD)
        with sqlite3.connect(path) as base:
            base.execute(statement)
        base.close()
        with pytest.raises(InputError, match="has not the tables of a gazetteer"):
            Store(path)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("lon", "'east'"),
            ("lat", "1e9"),
            ("kind", "'x'"),
            ("outline", "x'00'"),
            ("name", "x'00'"),
        ],
    )
    def test_a_damaged_place_ends_in_one_line(self, run, stored, column, value):
        path = stored(GOOD)
        with sqlite3.connect(path) as base:
            base.execute(f"UPDATE place SET {column} = {value}")
        base.close()
        found = run("geocode", "Zarghun Tsappar", "--gazetteer", path, status=1)
        assert "own.sqlite: is damaged" in found.stderr

    def test_garbage_and_cut_files(self, run, stored, tmp_path):
        path = stored(GOOD)
        whole = path.read_bytes()
        cases = {
            b"no database": "is no gazetteer",
            b"": "is no gazetteer",
            whole[:5_000]: "damaged",
            whole[:4_096] + bytes(len(whole) - 4_096): "damaged",
        }
        for content, found in cases.items():
            path.write_bytes(content)
            for words in (
                ("geocode", "Torkham", "--gazetteer", path),
                ("gazetteer", "add", "mine.csv", "--to", path),
                ("gazetteer", "list", "--to", path),
            ):
                assert found in run(*words, status=1).stderr
            assert path.read_bytes() == content

    def test_a_file_that_is_not_there(self, run):
        assert "no such gazetteer" in run("gazetteer", "list", "--to", "x.sqlite", status=1).stderr
        found = run("geocode", "Torkham", "--gazetteer", "x.sqlite", status=1)
        assert "no such gazetteer" in found.stderr

    def test_a_read_only_folder(self, run, open_folder, tmp_path):
        (open_folder / "mine.csv").write_text(HEADER + GOOD, encoding="utf-8")
        open_folder.chmod(0o555)
        with ordinary_user():
            result = run(
                *("gazetteer", "add", open_folder / "mine.csv"),
                *("--to", open_folder / "own.sqlite"),
                status=1,
            )
        assert "own.sqlite: cannot be written" in result.stderr

    def test_sql_in_names(self, stored):
        name = "Kot'); DROP TABLE place; --"
        path = stored(f'"1;2",{name},33.05,69.95,,"x"" OR 1=1"\n', file="a'b.csv")
        gazetteer = Gazetteer.load(path)
        (match,) = gazetteer.find(name)
        assert match.place.place_id == "a'b:1-2"
        assert gazetteer.find("x' OR '1'='1", limit=50) == gazetteer.find("x OR 1=1", limit=50)
        assert len(Store(path)) == 1


class TestLookUp:
    def test_spellings_folded_and_similar_and_in_context(self, stored):
        gazetteer = Gazetteer.load(stored(GOOD))
        for name in ("Zarghun Tsappar", "zarghoon tsapar village", "زرغون څپر"):
            assert [m.place.place_id for m in gazetteer.find(name)] == ["mine:7"], name
        assert gazetteer.find("Zarghun Sappar")[0].reason.startswith("similar name")
        assert gazetteer.find("Zarghun Tsappar", country="AF") == []
        assert gazetteer.find("Zarghun Tsappar", adm2_code="PK-KP-north-waziristan")
        assert gazetteer.entry("mine:7").name == "Zarghun Tsappar"
        assert gazetteer.entry("mine:8") is None
        assert len(gazetteer) == len(Gazetteer.load()) + 1

    def test_namesakes_come_back_as_such(self, stored):
        rows = "".join(f"{n},Tsappar Kala,{33 + n / 9:.2f},69.3,,\n" for n in range(1, 7))
        found = Gazetteer.load(stored(rows)).find("Tsappar Kala")
        assert len({match.place.place_id for match in found}) == 6
        assert len({match.score for match in found}) == 1

    def test_a_place_near_a_shipped_one_of_its_name_is_that_one(self, stored):
        shipped = Gazetteer.load().find("Parachinar")[0].place
        row = f"1,Parachinar,{shipped.lat + 0.02},{shipped.lon},PK,Tutki Tsappar\n"
        gazetteer = Gazetteer.load(stored(row))
        assert gazetteer.find("Parachinar") == Gazetteer.load().find("Parachinar")
        (match,) = gazetteer.find("Tutki Tsappar")
        assert (match.place, match.spelling) == (shipped, "Tutki Tsappar")

    def test_what_the_shipped_tables_know_comes_first(self, stored):
        row = "1,Torkham,31.0,66.5,AF,\n"
        gazetteer = Gazetteer.load(stored(row))
        assert gazetteer.find("Torkham")[0].place.place_id == "line-torkham"
        ranks = {hit.entry.place_id: hit.score for hit in gazetteer.candidates("Torkham")}
        assert 0.8 < ranks["mine:1"] < ranks["line-torkham"] - 0.099

    def test_a_village_is_no_rival_of_a_district_in_its_column(self, stored, tmp_path):
        path = stored("1,Kurram,32.0,70.5,PK,\n2,Spera,33.2,69.5,AF,\n")
        (tmp_path / "in.csv").write_text(
            "incident_id,place,district,country\n1,,Kurram,PK\n2,,Spera,AF\n", encoding="utf-8"
        )
        frame, _ = build(tmp_path / "in.csv", gazetteer=Gazetteer.load(path))
        assert frame["place_id"].tolist() == ["PK-KP-kurram", "AF-KHO-spera"]

    def test_a_place_named_like_its_district_is_its_small_seat(self, places):
        (entry,) = places("1,Spera,33.2,69.52,AF,\n")[0].entries
        assert entry.adm2_codes == {"AF-KHO-spera"}
        assert entry.subkind == "district_seat"

    def test_the_shipped_one_is_what_it_was(self, stored, sample_path):
        plain, _ = build(sample_path)
        Gazetteer.load(stored(GOOD))
        again, _ = build(sample_path, gazetteer=Gazetteer.load())
        pd.testing.assert_frame_equal(plain, again)


class TestUse:
    ROWS = "incident_id,place\nA,Zarghun Tsappar\nB,Torkham\n"

    @pytest.fixture
    def own(self, run, tmp_path):
        (tmp_path / "mine.csv").write_text(HEADER + GOOD, encoding="utf-8")
        (tmp_path / "in.csv").write_text(self.ROWS, encoding="utf-8")
        run("gazetteer", "add", "mine.csv", "--to", "own.sqlite", "--credit", "Survey of <Tsappar>")
        return tmp_path / "own.sqlite"

    def test_locate_is_the_library_call(self, run, own, tmp_path):
        result = run("locate", "in.csv", "-o", "out.csv", "--gazetteer", own)
        assert "own.sqlite: 1 places of your own (mine) are used" in result.stderr
        table = pd.read_csv(tmp_path / "out.csv")
        frame, _ = build(tmp_path / "in.csv", gazetteer=Gazetteer.load(own))
        assert (
            table["place_id"].tolist() == frame["place_id"].tolist() == ["mine:7", "line-torkham"]
        )
        record = json.loads((tmp_path / "out.csv.run.json").read_text("utf-8"))
        (papers,) = record["gazetteers"]
        assert papers == Store(own).papers()
        assert papers["sources"][0]["credit"] == "Survey of <Tsappar>"
        assert str(tmp_path) not in json.dumps(record)

    def test_the_map_credits_the_sources(self, run, own, tmp_path):
        run("map", "in.csv", "-o", "map.html", "--gazetteer", own)
        page = (tmp_path / "map.html").read_text("utf-8")
        settings = page.split('id="bordermap-settings">')[1].split("</script>")[0]
        assert "Survey of <Tsappar>" in json.loads(settings)["credits"]

    @pytest.mark.parametrize("command", ["query", "summary", "geocode"])
    def test_every_command_that_places_takes_it(self, run, own, command):
        words = {
            "query": ("in.csv", "--district", "North Waziristan"),
            "summary": ("in.csv", "--by", "adm2"),
            "geocode": ("Zarghun Tsappar",),
        }[command]
        found = run(command, *words, "--gazetteer", own).stdout
        assert "Zarghun Tsappar" in found or "North Waziristan" in found

    def test_kept_ones_are_used_and_said_and_can_be_left_out(self, run, own, monkeypatch, tmp_path):
        monkeypatch.setenv("BORDERMAP_GAZETTEER", str(own))
        (tmp_path / "other.csv").write_text(HEADER + GOOD, encoding="utf-8")
        run("gazetteer", "add", "other.csv", "--project")
        result = run("geocode", "Zarghun Tsappar", "--json")
        assert {row["place_id"] for row in json.loads(result.stdout)} == {"mine:7", "other:7"}
        assert "bordermap-gazetteer.sqlite: 1 places of your own (other) are used" in result.stderr
        assert "--gazetteer none leaves them out" in result.stderr
        assert "not in the gazetteer" in run(
            "geocode", "Zarghun Tsappar", "--gazetteer", "none", status=1
        ).stderr  # fmt: skip
        listed = json.loads(run("gazetteer", "list", "--json").stdout)
        assert [row["name"] for row in listed] == ["other", "mine"]
        run("gazetteer", "remove", "mine")
        assert len(Store(own)) == 0

    @pytest.mark.parametrize("words", [("none", "own.sqlite"), ("own.sqlite", "own.sqlite")])
    def test_wrong_usage(self, run, own, words):
        given = [word for path in words for word in ("--gazetteer", path)]
        run("geocode", "Torkham", *given, status=2)
        run("gazetteer", "list", "--to", "own.sqlite", "--project", status=2)
        run("gazetteer", "add", "mine.csv", "--to", "own.txt", status=1)
