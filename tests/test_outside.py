"""Nothing is read outside the file that was named: no network, no other file, by no route.

A server on this machine and a file beside the inputs are named in every way that GDAL, XML, KML,
workbooks and GeoJSON have; the server is never asked, and the file's words never come out.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import sqlite3
import threading

import geopandas as gpd
import pytest
import shapely
from workbooks import bare_xlsx, text_cell, zipped

from bordermap import records
from bordermap.errors import BordermapError, InputError
from bordermap.records.places import read_places
from bordermap.validate import validate

SECRET = "Zarghun Tsappar"
DOORS = (records.read, records.read_polygons, read_places, records.read_decisions)


@pytest.fixture(scope="module")
def asked():
    """Every request that reaches a server of our own, and its address."""
    paths = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"date,place\n2016-06-12,{SECRET}\n".encode())

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield paths, f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def texts(path, door):
    """Everything that comes out: the rows, the notes, the refusal."""
    try:
        read = door(path)
    except BordermapError as error:
        return str(error)
    if door is records.read:
        frame, report = validate([read])
        return f"{frame.to_csv()}{read.frame.to_csv()}{report}"
    return f"{read}{read.units.to_csv() if door is records.read_polygons else ''}"


NAMES = (
    *("/vsicurl/http://HOST/a.csv", "/vsicurl_streaming/http://HOST/a", "http://HOST/a.json"),
    *("/vsizip//vsicurl/http://HOST/a.zip", "/vsigzip/FOLDER/secret.csv", "/vsitar/FOLDER/a.tar"),
    *("/vsisubfile/0_10,FOLDER/secret.csv", "/VSICURL/http://HOST/a.shp", "/vsicached?file=x"),
    *("WFS:http://HOST/wfs", "OAPIF:http://HOST/", "ES:http://HOST", "CSW:http://HOST/csw"),
    *("GMLAS:http://HOST/a.gml", "PG:host=127.0.0.1 port=1", "MYSQL:x,host=127.0.0.1", "S57:x"),
    *("AmigoCloud:x datasets=1", "Carto:x", "PLSCENES:x", "ESRIJSON:http://HOST/a", "ftp://HOST/a.csv"),
    *("s3://bucket/a.parquet", "gs://bucket/a.csv", "\\\\HOST\\share\\a.csv", "file://FOLDER/secret.csv"),
    *("GeoJSON:http://HOST/a", "TopoJSON:http://HOST/a", "CSV:FOLDER/secret.csv", "zip://FOLDER/a.zip!a"),
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_commands(asked, tmp_path, monkeypatch, name):
    requests, host = asked
    (tmp_path / "secret.csv").write_text(f"date,place,lat,lon\n2016-06-12,{SECRET},34.1,71.1\n")
    monkeypatch.chdir(tmp_path)
    given = name.replace("HOST", host).replace("FOLDER", str(tmp_path))
    for door in DOORS:
        with pytest.raises(InputError, match=r"remote and virtual|there is no such file"):
            door(given)
    assert not requests


def vrt(host, folder):
    sources = (f"/vsicurl/http://{host}/a.csv", f"{folder}/secret.csv", "secret.csv")
    layers = "".join(
        f'<OGRVRTLayer name="a{number}"><SrcDataSource>{source}</SrcDataSource>'
        "<SrcLayer>secret</SrcLayer></OGRVRTLayer>"
        for number, source in enumerate(sources)
    )
    return f"<OGRVRTDataSource>{layers}</OGRVRTDataSource>".encode()


def entities(host, folder, root, body):
    outside = (
        f"<!ENTITY file SYSTEM 'file://{folder}/secret.csv'><!ENTITY near SYSTEM 'secret.csv'>"
        f"<!ENTITY web SYSTEM 'http://{host}/a'><!ENTITY % more SYSTEM 'http://{host}/d'>%more;"
    )
    text = f"<?xml version='1.0'?><!DOCTYPE {root} SYSTEM 'http://{host}/dtd' [{outside}]>{body}"
    return text.encode()


def linked_kml(host, folder):
    link = "<NetworkLink><Link><href>{}</href></Link></NetworkLink>"
    links = "".join(
        link.format(one) for one in (f"http://{host}/a.kml", f"{folder}/b.kml", "b.kml")
    )
    schema = f"<Placemark><styleUrl>http://{host}/s#a</styleUrl><name>x</name></Placemark>"
    return f"<kml><Document>{links}{schema}</Document></kml>".encode()


def linked_xlsx(host, folder):
    cells = text_cell("A1", "date") + text_cell("B1", "place")
    call = f"WEBSERVICE(&quot;http://{host}/a&quot;)"
    formula = f"<c r='A2'><f>{call}</f></c><c r='B2'><f>'[{folder}/secret.csv]s'!A1</f></c>"
    return bare_xlsx(f'<sheetData><row r="1">{cells}</row><row r="2">{formula}</row></sheetData>')


def linked_geojson(host, folder):
    crs = {"type": "link", "properties": {"href": f"http://{host}/crs", "type": "proj4"}}
    named = {"type": "name", "properties": {"name": f"+proj=longlat +nadgrids={folder}/secret.csv"}}
    feature = {"type": "Feature", "properties": {"date": "2016"},
               "geometry": {"type": "Point", "coordinates": [9e5, 9e5]}}  # fmt: skip
    return [
        json.dumps({"type": "FeatureCollection", "crs": one, "features": [feature]}).encode()
        for one in (crs, named)
    ]


def attached_geopackage(path, folder):
    """A GeoPackage whose layers are views and virtual tables over other files."""
    frame = gpd.GeoDataFrame({"date": ["2016"]}, geometry=[shapely.Point(71, 34)], crs="EPSG:4326")
    frame.to_file(path)
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA writable_schema = ON")
        made = f"CREATE VIRTUAL TABLE secret USING VirtualOGR(''{folder}/secret.csv'')"
        base.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) "
            f"VALUES ('table', 'secret', 'secret', 0, '{made}')"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('secret', 'attributes')"
        )
        base.commit()
    return path.read_bytes()


def inputs(host, folder):
    """Files that name the server or the file beside them, under every name that could matter."""
    for suffix in (".vrt", ".csv", ".kml", ".gpkg", ".shp", ".fgb", ".geojson", ".json", ".xml"):
        yield f"a{suffix}", vrt(host, folder)
    kml = entities(
        host, folder, "kml", "<kml><Placemark><name>&file;&near;&web;</name></Placemark></kml>"
    )
    yield "entities.kml", kml
    yield "utf16.kml", kml.decode().encode("utf-16")
    yield "entities.kmz", zipped({"doc.kml": kml.decode()})
    yield "links.kml", linked_kml(host, folder)
    yield "links.xlsx", linked_xlsx(host, folder)
    sheet = (
        "<sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>&file;</t></is></c></row></sheetData>"
    )
    start = entities(host, folder, "workbook", "").decode()
    yield "entities.xlsx", bare_xlsx(sheet, start)
    yield "entities.ods", zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": entities(host, folder, "a", "<a>&file;&web;</a>").decode(),
    })  # fmt: skip
    for number, geojson in enumerate(linked_geojson(host, folder)):
        yield f"crs{number}.geojson", geojson
    yield "attached.gpkg", attached_geopackage(folder / "attached.gpkg", folder)
    yield (
        "list.csv",
        f"date,place\n2016-06-12,http://{host}/a\n2016-06-13,{folder}/secret.csv\n".encode(),
    )


def test_files_that_name_others(asked, tmp_path, monkeypatch):
    requests, host = asked
    (tmp_path / "secret.csv").write_text(f"date,place,lat,lon\n2016-06-12,{SECRET},34.1,71.1\n")
    (tmp_path / "b.kml").write_text(f"<kml><Placemark><name>{SECRET}</name></Placemark></kml>")
    monkeypatch.chdir(tmp_path)
    for name, content in inputs(host, tmp_path):
        (tmp_path / name).write_bytes(content)
        for door in DOORS:
            assert SECRET not in texts(tmp_path / name, door), (name, door)
    assert not requests


def test_the_server_would_have_been_heard(asked):
    """What the tests above find empty fills when somebody asks."""
    import urllib.request  # noqa: PLC0415

    requests, host = asked
    with urllib.request.urlopen(f"http://{host}/probe") as said:
        assert SECRET in said.read().decode()
    assert requests == ["/probe"]
    requests.clear()


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_billion_laughs_in_a_workbook(tmp_path, kind):
    laughs = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))
    start = f"<!DOCTYPE a [<!ENTITY l0 'ha'>{laughs}]>"
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        row = f'<row r="1">{text_cell("A1", "&l9;")}</row>'
        path.write_bytes(bare_xlsx(f"<sheetData>{row}</sheetData>", start))
    else:
        mime = "application/vnd.oasis.opendocument.spreadsheet"
        path.write_bytes(zipped({"mimetype": mime, "content.xml": f"{start}<a>&l9;</a>"}))
    with pytest.raises(InputError, match="its XML defines entities"):
        records.read(path)
