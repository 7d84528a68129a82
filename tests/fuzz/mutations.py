"""What is done to whole files: to their bytes, to their tokens, to their cells, to their members.

A mutation of cells goes through the writer of the format, so that the file stays one and the
number of its records is known. Everything is drawn from one random generator: the same seed and
number give the same file.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import sqlite3
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from seeds import HEADER, Case, features, kml, table
from workbooks import ods, xls, xlsx

BAIT = Path(tempfile.gettempdir()) / "bordermap-fuzz-bait"
"""A folder that no reader may look into; texts and members name it."""

SCRAPS = (
    *("", " ", "\0", "\n", "\r", "\t", '"', "'", ",", ";", "|", "=1+1", "@x", "-", "--", "?", "…"),
    *("nan", "inf", "-inf", "1e999", "1e308", "-1e-308", "0", "-0", "-1", "00", "1,5", "1.2.3"),
    *("9" * 30, "9" * 400, "0x10", "1_000", "٣٤٫١٢", "۱۳۹۶/۰۸/۲۷", "²", "½", "Ⅷ", "𝟛", "१२"),
    *("2016-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "-4713-01-01", "31/12/99", "May"),
    *("1396/13/45", "12 Ramadan 1438", "29 Feb 1900", "42858", "-42858", "2958466", "T24:00:00"),
    *("2016-06-12T25:61:61Z", "2016-W24-7", "2016-366", "3-5 May 2017", "Wed, 3 May 2017 +9999"),
    *("34.12", "71.09", "34°7'12\"N", "N34 E71", "42S 706576 3819895", "42SXD0657619895", "91"),
    *("POINT(71 34)", "POINT EMPTY", "POINT(nan inf)", "34.1, 71.2", "34.1 71.2 5", "181", "-181"),
    *("طورخم", "ســـپین", "\u202eabc", "\ufeff", "\ud800", "\udcff", "e\u0301" * 50, "🏔" * 20),
    *("<script>", "</script>", "&lt;", "{{x}}", "%s%n", "../../etc/passwd", "a" * 300, "x" * 5000),
    *("Torkham", "20 km north of Chaman", "Khyber; Khost", "Afghanistan", "PK", "#date", "#loc+x"),
    *("date", "place", "latitude", "geometry", "source_row", "geometry_fault", "incident_id", "id"),
    *("type", "Total", "Source: x", "true", "null", "[]", "{}", "[[[[[[[[", '{"a":' * 30, "NaN"),
    f"{BAIT}/secret.csv", f"file://{BAIT}/secret.csv", "/vsicurl/http://127.0.0.1:9/a.csv",
    f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{BAIT}/secret.csv</SrcDataSource>",
    f"<!DOCTYPE a [<!ENTITY b SYSTEM 'file://{BAIT}/secret.csv'>]>", "&b;", "<!ENTITY a '&a;&a;'>",
)  # fmt: skip
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1)
_TOKEN = re.compile(rb"[A-Za-z_0-9.+-]+|[^A-Za-z_0-9.+\s-]")
_ZIPS = (".xlsx", ".ods", ".zip", ".kmz", ".docx")


def _scrap(rng: random.Random) -> str:
    return rng.choice(SCRAPS)


def _scrap_bytes(rng: random.Random) -> bytes:
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "utf-16-le", "cp1256"))
    return _scrap(rng).encode(encoding, "replace" if encoding == "cp1256" else "surrogatepass")


# Bytes


def hurt(content: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled, put elsewhere or cut off."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8, 16))):
        at = rng.randrange(len(data) + 1)
        size = min(rng.choice((1, 1, 2, 4, 8, 32, 200, 2000)), len(data) - at)
        match rng.randrange(9):
            case 0 | 1 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 2 if at < len(data):
                data[at] = rng.randrange(256)
            case 3:
                del data[at : at + size]
            case 4:
                data[at:at] = data[at : at + size] * rng.choice((1, 1, 3, 50))
            case 5:
                data[at:at] = _scrap_bytes(rng)
            case 6:
                number = rng.choice(NUMBERS)
                kind = rng.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
                limit = 2 ** (8 * struct.calcsize(kind))
                data[at : at + struct.calcsize(kind)] = struct.pack(kind, number % limit)
            case 7:
                other = rng.randrange(len(data) + 1)
                data[at : at + size] = data[other : other + size]
            case _ if rng.random() < 0.3:
                del data[at:]
    return bytes(data)


def reworded(content: bytes, rng: random.Random) -> bytes:
    """A few words or marks of a text replaced, doubled, swapped or left out."""
    spans = [match.span() for match in _TOKEN.finditer(content)]
    if not spans:
        return hurt(content, rng)
    for _ in range(rng.choice((1, 1, 2, 4))):
        start, end = rng.choice(spans)
        word = content[start:end]
        new = rng.choice((_scrap_bytes(rng), b"", word * 2, content[slice(*rng.choice(spans))]))
        content = content[:start] + new + content[end:]
    return content


def relined(content: bytes, rng: random.Random) -> bytes:
    """Lines doubled, left out, joined or put into another order; other delimiters and encodings."""
    lines = content.splitlines(keepends=True)
    match rng.randrange(6):
        case 0:
            rng.shuffle(lines)
        case 1 if lines:
            lines.insert(rng.randrange(len(lines)), rng.choice(lines) * rng.choice((1, 60)))
        case 2 if lines:
            del lines[rng.randrange(len(lines))]
        case 3:
            return content.replace(b",", rng.choice((b";", b"\t", b"|", b":", b" ")))
        case 4:
            to = rng.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "cp1256", "utf-7"))
            return content.decode("utf-8", "replace").encode(to, "replace")
        case _:
            return content.replace(rng.choice((b"\n", b"\r\n")), rng.choice((b"\r", b"", b"\n\n")))
    return b"".join(lines)


# Containers


def repacked(case: Case, rng: random.Random) -> Case:
    """A member of an archive changed, left out, renamed or doubled; the archive is whole."""
    if case.name.endswith(".gz"):
        return case.with_content(gzip.compress(any_text(gzip.decompress(case.content), rng), 1))
    with zipfile.ZipFile(io.BytesIO(case.content)) as archive:
        members = [(one, archive.read(one)) for one in archive.namelist()]
    at = rng.randrange(len(members))
    name, content = members[at]
    is_text = name.endswith((".xml", ".rels", ".kml", ".csv", ".txt", ".prj", ".cpg"))
    match rng.randrange(12):
        case 0:
            del members[at]
        case 1:
            members[at] = (rng.choice(_member_names(name)), content)
        case 2:
            members.append((rng.choice(_member_names(name)), rng.choice(members)[1]))
        case 3 if is_text:
            members[at] = (name, _bait_doctype(content))
        case _:
            members[at] = (name, any_text(content, rng) if is_text else hurt(content, rng))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((0, zipfile.ZIP_DEFLATED))) as archive:
        for one, part in members:
            info = zipfile.ZipInfo(one.encode("utf-8", "replace").decode())
            if rng.random() < 0.02:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, part)
    return case.with_content(out.getvalue())


def _member_names(name: str) -> list[str]:
    outside = [f"../{name}", str(BAIT / "secret.csv"), f"{BAIT}/secret.dbf", "C:\\a.csv", "a\0.csv"]
    return [
        *outside,
        name.upper(),
        name + ".zip",
        "a.csv",
        "b/layer.shp",
        "__MACOSX/x",
        "",
        "x" * 300,
    ]


def _bait_doctype(content: bytes) -> bytes:
    laughs = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))
    told = f"<!DOCTYPE a [<!ENTITY l0 'ha'><!ENTITY b SYSTEM 'file://{BAIT}/secret.csv'>{laughs}]>"
    head, mark, rest = content.partition(b"?>")
    body = (rest or head).replace(b"</", b"&b;&l9;</", 1)
    return (head + mark if rest else b"") + told.encode() + body


def any_text(content: bytes, rng: random.Random) -> bytes:
    change = rng.choice((hurt, reworded, reworded, relined))
    return change(content, rng)


# Cells


def _rows(rng: random.Random, count: int) -> list[list[Any]]:
    """Records whose cells are scraps, but for one that makes each of them a record for sure."""
    return [
        [_scrap(rng) if rng.random() < 0.6 else "2017-05-03" for _ in HEADER[:-1]] + [f"row {n}"]
        for n in range(count)
    ]


def recelled(case: Case, rng: random.Random) -> Case | None:
    """Other cells in a file that is whole; None where no writer of the format is at hand."""
    rows = _rows(rng, count := rng.choice((1, 2, 5, 12)))
    records = [dict(zip(HEADER, map(_json_cell, row), strict=True)) for row in rows]
    clean = [[_clean(cell) for cell in row] for row in rows]
    match case.reader:
        case "CSV" | "TSV" | "rejected rows" if case.rows:
            return _recelled_text(case, clean, rng)
        case "XLSX":
            content = xlsx(sheets={"A": [HEADER, *clean]}, strings_to_formulas=False,
                           strings_to_urls=False)  # fmt: skip
        case "XLS":
            content = xls({"A": [HEADER, *clean]})
        case "ODS":
            content = ods({"A": [HEADER, *[[_xml(cell) for cell in row] for row in clean]]})
        case "JSON":
            content = json.dumps(records).encode()
        case "JSON lines" if count > 1:
            content = "\n".join(map(json.dumps, records)).encode()
        case "GeoJSON" | "GeoJSON lines" | "GeoJSON sequence":
            return _recelled_geojson(case, records[:4], rng)
        case "GeoParquet":
            content, count = _parquet(case.content, clean[:4], rng), 4
        case "GeoPackage" | "gazetteer layer" if case.name.endswith(".gpkg"):
            return case.with_content(_geopackage(case.content, rng), rows=case.rows)
        case "KML":
            marks = [{key: _escaped(str(value)) for key, value in one.items()} for one in records]
            content = kml(marks).encode("utf-8", "replace")
        case _:
            return None
    return case.with_content(content, rows=count)


def _recelled_text(case: Case, rows: list[list[Any]], rng: random.Random) -> Case:
    delimiter = "\t" if case.reader == "TSV" else rng.choice(",;|\t")
    sep = f"sep={delimiter}\n" if rng.random() < 0.8 else ""
    text = sep + table([HEADER, *rows], delimiter, rng.choice(("\n", "\r\n", "\r")))
    # A delimiter that is guessed, or a header that is repeated, may make other records.
    return case.with_content(text.encode("utf-8", "replace"), rows=len(rows) if sep else None)


def _recelled_geojson(case: Case, records: list[dict[str, Any]], rng: random.Random) -> Case:
    each = features(records)
    for feature in each:
        if rng.random() < 0.5:
            kind = rng.choice(("Point", "MultiPoint", "LineString", "Polygon", "Nothing", 7, None))
            at = rng.choice(([], [71, 34], [[71, 34]], [1e400, 0], ["a", None], [[]] * 3, "x", {}))
            feature["geometry"] = {"type": kind, "coordinates": at}
    if case.reader == "GeoJSON":
        content = json.dumps({"type": "FeatureCollection", "features": each})
        return case.with_content(content.encode(), rows=len(each))
    before = "\x1e" if case.reader == "GeoJSON sequence" else ""
    lines = "".join(f"{before}{json.dumps(one)}\n" for one in each)
    return case.with_content(lines.encode(), rows=len(each) if before or len(each) > 1 else None)


def _json_cell(cell: str) -> Any:
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return value if not isinstance(value, list | dict) else cell


def _clean(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()[:32_000]


def _xml(cell: str) -> str:
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", cell)


def _escaped(cell: str) -> str:
    return _xml(_clean(cell)).replace("&", "&amp;").replace("<", "&lt;")


def _parquet(content: bytes, rows: list[list[str]], rng: random.Random) -> bytes:
    """The same geometry, other cells of any type, other metadata."""
    whole = pq.read_table(io.BytesIO(content))
    types = (pa.string(), pa.large_string(), pa.binary(), pa.int64(), pa.float64(), pa.bool_())
    types += (pa.timestamp("ns"), pa.date32(), pa.decimal128(38, 3), pa.list_(pa.int8()), pa.null())
    for name in rng.sample(HEADER, 3):
        values: Any = [_scrap(rng) for _ in range(len(whole))]
        column = rng.choice(types)
        values = pa.array([_clean(one) for one in values], pa.string())
        if column not in (pa.string(), pa.large_string(), pa.binary()):
            values = pa.array([None] * len(whole)).cast(column)
            if column in (pa.int64(), pa.float64()):
                values = pa.array([rng.choice(NUMBERS) for _ in range(len(whole))]).cast(
                    column, safe=False
                )
            elif column in (pa.timestamp("ns"), pa.date32()):
                width = pa.int32() if column == pa.date32() else pa.int64()
                numbers = [rng.randrange(-(2**31), 2**31) for _ in range(len(whole))]
                values = pa.array(numbers, width).view(column)
        else:
            values = values.cast(column)
        whole = whole.set_column(whole.column_names.index(name), name, values)
    meta = dict(whole.schema.metadata or {})
    if b"geo" in meta and rng.random() < 0.3:
        meta[b"geo"] = reworded(meta[b"geo"], rng)
    out = io.BytesIO()
    pq.write_table(whole.replace_schema_metadata(meta), out)
    return out.getvalue()


def _geopackage(content: bytes, rng: random.Random) -> bytes:
    """Cells of any of SQLite's types, in the layer or in the catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(content)
        base = sqlite3.connect(path)
        for _, kind, name in base.execute("SELECT sql, type, name FROM sqlite_master").fetchall():
            if kind == "trigger":
                base.execute(f'DROP TRIGGER "{name}"')
        tables = [
            "a",
            "a",
            "a",
            "a",
            "gpkg_contents",
            "gpkg_geometry_columns",
            "gpkg_spatial_ref_sys",
        ]
        for _ in range(rng.choice((1, 2, 6))):
            layer = rng.choice(tables if rng.random() < 0.5 else ["a"])
            columns = [one[1] for one in base.execute(f'PRAGMA table_info("{layer}")')][1:]
            value: Any = rng.choice((None, 7, 1e308, _clean(_scrap(rng)), rng.randbytes(30), 2**62))
            where = "" if rng.random() < 0.2 else f"WHERE rowid = {rng.randrange(1, 5)}"
            try:
                base.execute(f'UPDATE "{layer}" SET "{rng.choice(columns)}" = ? {where}', [value])
            except sqlite3.IntegrityError:
                continue
        base.commit()
        base.close()
        return path.read_bytes()


# One of them


def mutated(case: Case, rng: random.Random) -> Case:
    """The case with one kind of mutation done to it."""
    kind = rng.random()
    if kind < 0.25 and (other := recelled(case, rng)) is not None:
        return other
    if case.name.endswith((*_ZIPS, ".gz")) and kind < 0.75:
        return repacked(case, rng)
    name = rng.choice(sorted(case.files)) if rng.random() < 0.4 else case.name
    if len(case.files) > 1 and name != case.name and rng.random() < 0.1:
        files = {key: part for key, part in case.files.items() if key != name}
        return Case(case.reader, case.door, case.name, files)
    content = case.files[name]
    is_text = content[:4].strip().isascii() and b"\0" not in content[:400]
    change = rng.choice((hurt, reworded, reworded, relined)) if is_text else hurt
    return case.with_content(change(content, rng), name)


def case_of(seed: int, number: int, whole: list[Case]) -> Case:
    """The input of a number; of the first ones, every seed as it is."""
    if number < len(whole):
        return whole[number]
    rng = random.Random(f"{seed}/{number}")
    return mutated(whole[number % len(whole)], rng)


__all__ = ["BAIT", "case_of", "mutated"]
