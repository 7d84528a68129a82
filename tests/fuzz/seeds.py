"""Whole files of every kind that is read, each written by an ordinary writer.

A :class:`Case` is what a fuzzer begins with, and what it makes of that: a few files, one of them
named to the program.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import sqlite3
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from articles import docx, page, pdf, run_of
from workbooks import ods, xls, xlsx, zipped

ROOT = Path(__file__).parents[2]

READERS = (
    *("CSV", "TSV", "CSV gzipped", "CSV zipped", "HXL", "GDELT", "UCDP", "ACLED", "GTD", "AWSD"),
    *("rejected rows", "XLSX", "XLS", "ODS", "JSON", "JSON lines", "GeoJSON", "GeoJSON lines"),
    *("GeoJSON sequence", "GeoPackage", "Shapefile", "Shapefile zipped", "FlatGeobuf"),
    *("GeoParquet", "KML", "KMZ", "decisions", "gazetteer table", "gazetteer dump"),
    *("gazetteer layer", "gazetteer rejected rows", "recipe", "polygons"),
    *("article text", "article page", "article PDF", "article DOCX"),
)
"""Everything that is read; each has a whole file or more."""

HEADER = ["date", "place", "district", "latitude", "longitude", "killed", "summary"]
ROWS: list[list[Any]] = [
    ["2016-06-12", "Torkham", "Khyber", "34.12", "71.09", "3", "A clash at the gate"],
    ["2017-05-05", "Chaman", "Qila Abdullah", "30.92", "66.45", "6-8", "Fire over the line"],
    ["3-5 May 2017", "سپین بولدک", "Spin Boldak", "31,01", "66,40", "at least 2", "بازار"],
    ["1396/08/27", "Ghulam Khan", "Khost", "", "", "?", 'Said, "so"\nin two lines'],
]
POLYGON = shapely.box(66.0, 30.0, 67.0, 31.0)


@dataclass(frozen=True, slots=True)
class Case:
    """Files to be read.

    Attributes
    ----------
    reader : str
        What is read; a line of the table of results.
    door : str
        The function that is called: ``incidents``, ``decisions``, ``places``, ``polygons``,
        ``recipe``, ``article``.
    name : str
        The file that is named to it.
    files : dict of str to bytes
    rows : int, optional
        How many records there are, where that is known for sure.
    """

    reader: str
    door: str
    name: str
    files: dict[str, bytes]
    rows: int | None = None

    @property
    def content(self) -> bytes:
        return self.files[self.name]

    def with_content(self, content: bytes, name: str = "", rows: int | None = None) -> Case:
        name = name or self.name
        return replace(self, files={**self.files, name: content}, rows=rows)


def table(rows: Sequence[Sequence[Any]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    out = io.StringIO()
    # The module leaves a line end bare that is not its own, which ends a line to every reader.
    bare = any(end in str(cell) for row in rows for cell in row for end in "\r\n")
    quoting: Any = csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return out.getvalue()


def _records() -> list[dict[str, Any]]:
    return [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def features(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    points = [(71.09, 34.12), (66.45, 30.92), (66.40, 31.01), None]
    return [
        {
            "type": "Feature",
            "id": number,
            "properties": row,
            "geometry": at and {"type": "Point", "coordinates": at},
        }
        for number, (row, at) in enumerate(zip(rows, points, strict=False), start=1)
    ]


def frame() -> gpd.GeoDataFrame:
    points = [shapely.Point(71.09, 34.12), shapely.Point(66.45, 30.92)]
    points += [shapely.MultiPoint([(66.40, 31.01)]), None]
    columns: dict[str, Any] = {name: [row[at] for row in ROWS] for at, name in enumerate(HEADER)}
    return gpd.GeoDataFrame({**columns, "number": [1, 2, 3, 4]}, geometry=points, crs="EPSG:4326")


def areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["West", "East"], "code": ["w", "e"]},
        geometry=[POLYGON, shapely.box(67.0, 30.0, 68.0, 31.0)],
        crs="EPSG:4326",
    )


def kml(rows: Sequence[dict[str, Any]]) -> str:
    marks = "".join(
        f"<Placemark id='p{number}'><name>{number}</name>"
        f"<TimeStamp><when>{row['date']}</when></TimeStamp><ExtendedData>"
        f"<Data name='place'><value>{row['place']}</value></Data></ExtendedData>"
        f"<Point><coordinates>71.{number},34.1,0</coordinates></Point></Placemark>"
        for number, row in enumerate(rows, start=1)
    )
    head = "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'>"
    return f"{head}<Document><Folder><name>All</name>{marks}</Folder></Document></kml>"


def _known_source(name: str) -> str:
    """A table with every column that the recipe of a source names, filled with plain words."""
    recipe = tomllib.loads((ROOT / f"bordermap/recipes/{name}.toml").read_text("utf-8"))
    header = [*recipe.get("signature", ()), *(one[0] for one in recipe["columns"].values())]
    header = list(dict.fromkeys(header))
    words = {"lat": "34.1", "lon": "71.1", "date": "2017-05-03", "year": "2017", "iday": "3"}
    words |= {
        "imonth": "5",
        "month": "5",
        "day": "3",
        "id": "7",
        "prec": "2",
        "country": "Pakistan",
    }
    words |= {"deaths": "2", "best": "2", "low": "1", "high": "3", "kill": "2", "where": "Torkham"}

    def cell(column: str, number: int) -> str:
        word = next((word for part, word in words.items() if part in column.lower()), "Khyber")
        return f"{word}{number}" if word == "7" else word

    return table([header, *([cell(one, number) for one in header] for number in range(3))])


def _by_gdal(data: gpd.GeoDataFrame, suffix: str, **options: Any) -> dict[str, bytes]:
    folder = Path(tempfile.mkdtemp())
    try:
        if suffix == ".parquet":
            data.to_parquet(folder / f"a{suffix}")
        else:
            data.to_file(folder / f"a{suffix}", engine="pyogrio", **options)
        if suffix == ".gpkg":
            with sqlite3.connect(folder / "a.gpkg") as base:
                base.execute("PRAGMA journal_mode = delete")
            base.close()
        return {one.name: one.read_bytes() for one in sorted(folder.iterdir())}
    finally:
        shutil.rmtree(folder)


def _lone(reader: str, name: str, content: bytes, door: str = "incidents", rows: int | None = None):
    return Case(reader, door, name, {name: content}, rows)


def _tables() -> list[Case]:
    rows = [HEADER, *ROWS]
    plain = table(rows)
    latin = table(
        [HEADER, ["2016-06-12", "Zürich", "Käsmark", "34.1", "71.1", "3", "Ärger"], ROWS[1]]
    )
    tags = ["#date", "#loc", "#adm2", "#geo+lat", "#geo+lon", "#affected+killed", "#description"]
    old = ROOT / "tests/data/bad_input"
    return [
        _lone("CSV", "a.csv", plain.encode(), rows=4),
        _lone("CSV", "a.csv", plain.encode("utf-8-sig"), rows=4),
        _lone("CSV", "a.csv", plain.encode("utf-16"), rows=4),
        _lone("CSV", "a.csv", plain.encode("cp1256", "replace"), rows=4),
        _lone("CSV", "a.csv", latin.encode("cp1252"), rows=2),
        _lone("CSV", "a.csv", table(rows, ";", "\r").encode(), rows=4),
        _lone("CSV", "a.txt", ("sep=|\n" + table(rows, "|", "\n")).encode(), rows=4),
        _lone("TSV", "a.tsv", table(rows, "\t", "\n").encode(), rows=4),
        _lone("CSV gzipped", "a.csv.gz", gzip.compress(plain.encode(), mtime=0), rows=4),
        _lone("CSV zipped", "a.zip", zipped({"folder/a.csv": plain}), rows=4),
        _lone("HXL", "a.csv", table([HEADER, tags, *ROWS]).encode(), rows=4),
        *(
            _lone("GDELT", f"gdelt_{one}.CSV", (old / f"gdelt_{one}.CSV").read_bytes())
            for one in (1, 2)
        ),
        _lone("UCDP", "ged.csv", _known_source("ucdp_ged").encode(), rows=3),
        _lone("ACLED", "acled.csv", _known_source("acled").encode(), rows=3),
        _lone("GTD", "gtd.csv", _known_source("gtd").encode(), rows=3),
        _lone("AWSD", "awsd.csv", _known_source("awsd").encode(), rows=3),
        _lone("rejected rows", "a.rejected.csv", table(_rejected()).encode(), rows=2),
    ]


def _rejected() -> list[list[str]]:
    start = ["source_file", "source_row", "reason"]
    return [[*start, *HEADER], *([["a.csv", "2", "no_position", *ROWS[0]]] * 2)]


def _workbooks() -> list[Case]:
    sheets = {"Notes": [["Compiled by hand"]], "Incidents": [HEADER, *ROWS]}
    return [
        _lone("XLSX", "a.xlsx", xlsx(sheets=sheets), rows=4),
        _lone("XLSX", "b.xlsx", xlsx(_decorated, {"A": [[], *([HEADER, *ROWS])]})),
        _lone("XLS", "a.xls", xls(sheets), rows=4),
        _lone("ODS", "a.ods", ods(sheets), rows=4),
    ]


def _decorated(book: Any, sheets: dict[str, Any]) -> None:
    (sheet,) = sheets.values()
    sheet.merge_range(0, 0, 0, 3, "Incidents of the year")
    sheet.write_formula(6, 5, "=SUM(F2:F5)", None, 9)
    sheet.write_datetime(
        6,
        0,
        datetime(2017, 5, 3),  # noqa: DTZ001  a spreadsheet has no zones
        book.add_format({"num_format": "yyyy-mm-dd"}),
    )
    sheet.set_column(2, 2, None, None, {"hidden": True})


def _json() -> list[Case]:
    rows = _records()
    lines = "".join(f"{json.dumps(one)}\n" for one in rows)
    collection = {"type": "FeatureCollection", "features": features(rows)}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    each = [json.dumps(one) for one in collection["features"]]
    return [
        _lone("JSON", "a.json", json.dumps({"meta": {"n": 4}, "data": rows}).encode(), rows=4),
        _lone("JSON", "a.json", json.dumps({k: [r[k] for r in rows] for k in HEADER}).encode()),
        _lone("JSON lines", "a.jsonl", lines.encode(), rows=4),
        _lone("GeoJSON", "a.geojson", json.dumps({**collection, "crs": crs}).encode(), rows=4),
        _lone("GeoJSON lines", "a.ndjson", "\n".join(each).encode(), rows=4),
        _lone(
            "GeoJSON sequence", "a.geojsons", "".join(f"\x1e{e}\n" for e in each).encode(), rows=4
        ),
    ]


def _layers() -> list[Case]:
    data = frame()
    shapes = _by_gdal(data[data.geometry.notna()].explode(), ".shp")
    packed = zipped({f"layers/{name}": content for name, content in shapes.items()})
    text = kml(_records()[:3])
    flat = _by_gdal(data, ".fgb", layer_options={"SPATIAL_INDEX": "NO"})
    indexed = _by_gdal(data[data.geometry.notna()].explode(), ".fgb")
    bare = pa.table({name: [row[at] for row in ROWS] for at, name in enumerate(HEADER)})
    out = io.BytesIO()
    pq.write_table(bare, out)
    return [
        Case("GeoPackage", "incidents", "a.gpkg", _by_gdal(data, ".gpkg"), 4),
        Case("Shapefile", "incidents", "a.shp", shapes, 3),
        _lone("Shapefile zipped", "a.zip", packed, rows=3),
        Case("FlatGeobuf", "incidents", "a.fgb", flat, 4),
        Case("FlatGeobuf", "incidents", "a.fgb", indexed, 3),
        Case("GeoParquet", "incidents", "a.parquet", _by_gdal(data, ".parquet"), 4),
        _lone("GeoParquet", "a.parquet", out.getvalue(), rows=4),
        _lone("KML", "a.kml", text.encode(), rows=3),
        _lone("KMZ", "a.kmz", zipped({"doc.kml": text, "files/x.png": "x"}), rows=3),
    ]


def _others() -> list[Case]:
    sheet = [["incident_id", "place", "decision", "decided_place_id", "note"]]
    sheet += [["a-1", "Torkham", "accept", "", ""], ["a-2", "Chaman", "", "", ""]]
    pairs = [["group", "score", "incident_id", "other_id", "reasons", "decision"]]
    pairs += [["1", "0.9", "a-1", "a-2", "same place", "same"], ["1", "0.9", "a-1", "a-3", "", ""]]
    places = [["id", "name", "lat", "lon", "country", "alternate names"]]
    places += [["7", "Zarghun Tsappar", "33.05", "69.95", "", "Zarghoon Tsapar|زرغون څپر"]]
    places += [
        ["8", "Spin Tsappar", "", "", "", ""],
        ["9", "Tor Tsappar", "33.1", "69.9", "PK", ""],
    ]
    dump = ["7", "Tsappar", "Tsappar", "Tsapar", "33.05", "69.95", "P", "PPL", "PK", *[""] * 10]
    recipe = (ROOT / "bordermap/recipes/gdelt.toml").read_bytes()
    small = b'name = "mine"\n[columns]\ndate_start = ["date"]\nplace = ["place"]\n'
    layer = areas().to_json().encode()
    return [
        _lone("decisions", "sheet.csv", table(sheet).encode(), "decisions", 2),
        _lone("decisions", "pairs.csv", table(pairs).encode(), "decisions", 2),
        _lone("gazetteer table", "mine.csv", table(places).encode(), "places", 3),
        _lone("gazetteer dump", "PK.txt", table([dump, dump], "\t", "\n").encode(), "places", 2),
        _lone(
            "gazetteer dump",
            "PK.zip",
            zipped({"PK.txt": "\t".join(dump), "readme.txt": ""}),
            "places",
        ),
        Case("gazetteer layer", "places", "a.gpkg", _by_gdal(areas(), ".gpkg")),
        _lone("gazetteer layer", "a.geojson", layer, "places"),
        _lone("gazetteer rejected rows", "a.csv", table(_rejected_places()).encode(), "places", 3),
        _lone("recipe", "mine.toml", recipe, "recipe"),
        _lone("recipe", "mine.toml", (ROOT / "bordermap/recipes/gtd.toml").read_bytes(), "recipe"),
        _lone("recipe", "mine.toml", small, "recipe"),
        _lone("polygons", "a.geojson", layer, "polygons"),
        *(
            Case("polygons", "polygons", f"a{end}", _by_gdal(areas(), end), None)
            for end in (".gpkg", ".shp", ".fgb")
        ),
    ]


def _rejected_places() -> list[list[str]]:
    said = json.dumps({"recipe": "places.gpkg", "crs": "EPSG:32642"})
    shape = "POLYGON ((584000 3651000, 588000 3651000, 588000 3655000, 584000 3651000))"
    return [
        [
            "source_file",
            "source_row",
            "reason",
            "name",
            "kind",
            "geometry",
            "raw_record",
            "read_as",
        ],
        ["a.gpkg", "1", "geometry_type", "Tsappar", "", shape, "", said],
        ["a.gpkg", "2", "geometry_type", "Tor Tsappar", "", "POINT (588696 3657231)", "", said],
        ["a.gpkg", "3", "wrong_number_of_cells", "", "", "", "Spin Tsappar,,POINT (1 2)", said],
    ]


def _articles() -> list[Case]:
    english = (
        "TORKHAM - Two guards were killed on Tuesday when both sides exchanged fire near the gate.",
        "On 4 March 2023 a mortar shell hit a house in Goshta district; four people were wounded.",
    )
    urdu = "طورخم سرحدی گزرگاہ پیر سے تجارت کے لیے بند ہے۔ تاجروں نے احتجاج کیا۔ ۲ مئی ۲۰۲۳ کو"
    told = "".join(f"<p>{line}</p>" for line in (*english, urdu))
    html = page(f"<nav><a href='/'>Home</a></nav><article>{told}</article>", "<title>Fire</title>")
    word = docx("".join(f"<w:p>{run_of(line)}</w:p>" for line in (*english, urdu)))
    return [
        _lone("article text", "a.txt", "\n\n".join((*english, urdu)).encode(), "article", 1),
        _lone("article page", "a.html", html.encode(), "article", 1),
        _lone("article PDF", "a.pdf", pdf(english, pages=2), "article", 1),
        _lone("article DOCX", "a.docx", word, "article", 1),
    ]


GROUPS: tuple[Callable[[], list[Case]], ...] = (
    *(_tables, _workbooks, _json, _layers, _others, _articles),
)


def seeds() -> list[Case]:
    """Every seed, in a fixed order."""
    return [case for group in GROUPS for case in group()]
