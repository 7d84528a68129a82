"""One local file, looked at before it is read: what it is, how large, in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import re
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Literal

import pandas as pd
from charset_normalizer import from_bytes

from bordermap.errors import InputError
from bordermap.records.archives import names_in, only_member, unpacked_gzip
from bordermap.schema import Fault
from bordermap.values.text import label, shorten

__all__ = [
    "LAYER_SUFFIXES",
    "MAX_BYTES",
    "MAX_JSON_BYTES",
    "READABLE",
    "STANDARD_INPUT",
    "TABLE_SUFFIXES",
    "Source",
    "broken_frame",
    "encoding_of",
    "file_note",
    "file_of",
    "is_utf8",
    "local_file",
    "open_sheet",
    "open_source",
    "refuse_remote",
    "source_of",
    "standard_input",
    "unreadable",
]

MAX_BYTES = 2 * 1024**3
"""Largest delimited file that is read, in bytes."""

MAX_JSON_BYTES = 512 * 1024**2
"""Largest JSON file that is read, in bytes; in memory it takes some ten times as much."""

Format = Literal["delimited", "json", "workbook"]

STANDARD_INPUT = "-"
READABLE = "give a CSV, TSV, XLSX, XLS, ODS, JSON or GeoJSON file, or a layer of points from GIS"
_REMOTE = re.compile(
    r"/vsi|[a-z][a-z0-9+.-]+://|\\\\|//|(?:https?|ftp|file|data|postgresql):", re.I
)
LAYER_SUFFIXES = (".gpkg", ".shp", ".fgb", ".parquet", ".geoparquet", ".kml", ".kmz")
"""Ends of the names of layers of points that are no text."""

_SUFFIXES = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".txt": "delimited",
    **dict.fromkeys((".geojson", ".json", ".jsonl", ".ndjson", ".geojsonl", ".geojsons"), "json"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xls", ".ods"), "workbook"),
    **dict.fromkeys(LAYER_SUFFIXES, "other"),
}
TABLE_SUFFIXES = frozenset(suffix for suffix, kind in _SUFFIXES.items() if kind != "other")
"""Ends of the names of files that are read here, apart from ``.gz`` and ``.zip`` around them."""

_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_KINDS = {"json": "JSON", "delimited": "delimited text", "workbook": "a workbook"}
_MAGIC = (
    (b"SQLite format 3", "a GeoPackage or another SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"fgb\x03", "a FlatGeobuf file"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"PK\x05\x06", "an empty archive"),
)
_LAYER_MAGIC = frozenset(magic for magic, _ in _MAGIC[:4])
# Members by which zipped documents that are no workbooks are known.
_ZIPPED = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", "save it as .xlsx"),
    ("word/document.xml", "a Word document", READABLE),
    ("ppt/presentation.xml", "a presentation", READABLE),
)
_MARKUP = re.compile(rb"\s*<(?:\?xml|!doctype|html|kml|gpx|svg|ogrvrt)", re.I)
# A delimited file may begin with a bracket as well, such as the header "[id],[name]".
_JSON_START = re.compile(rb"[\s\x1e]*(?:\{\s*[\"}]|\[\s*[\[{\"\]\d-]|[{\[]\s*\Z)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 64 * 1024
_STEP_BYTES = 64 * 1024
_NOTHING = b"\0 \t\r\n"
# More than 4,096 characters in any encoding.
_START_BYTES = 32 * 1024
_NON_ASCII_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


@dataclass(frozen=True)
class Source:
    """A file read into memory.

    Attributes
    ----------
    name : str
        Its name without the folder, fit to print.
    content : bytes
        Its bytes, unpacked.
    format : {"delimited", "json", "workbook"}
    encoding, sha256 : str
    notes : tuple of Fault
        What was noticed about the file as a whole.
    rows, lines : int
        Of a stretch of a file: its records before the stretch, and by how many lines its own
        numbers of lines are too small.
    """

    name: str
    content: bytes
    format: Format
    encoding: str
    sha256: str
    notes: tuple[Fault, ...]
    rows: int = 0
    lines: int = 0

    @cached_property
    def text(self) -> str:
        """The content as text; bytes that could not be decoded are lone surrogates (PEP 383)."""
        return _decoded(self.content, self.encoding)


def broken_frame(rows: Iterable[tuple[str, int, str, str]] = ()) -> pd.DataFrame:
    """Records that are no rows, as ``RawTable.broken`` holds them: file, row, reason, content."""
    columns = ["source_file", "source_row", "reason", "raw_record"]
    return pd.DataFrame(list(rows), columns=columns, dtype=object)


def file_note(file: str, reason: str, message: str) -> Fault:
    """A note on a file as a whole."""
    return Fault(file, 0, "", "", reason, message, rejected=False)


def open_source(source: str | Path) -> Source:
    """Check, read, unpack and decode one local file, or standard input where it is ``-``.

    Raises
    ------
    InputError
        See :func:`bordermap.records.read`.
    """
    return source_of(*_content(source))


def open_sheet(source: str | Path) -> tuple[Source, str]:
    """A file that may be named as ``FILE:SHEET``, and the sheet; empty where none is named.

    Raises
    ------
    InputError
        As :func:`open_source`; a sheet is named of what is no workbook.
    """
    file, sheet = _split_sheet(source)
    opened = open_source(file)
    if sheet and opened.format != "workbook":
        raise InputError("is no workbook, so it has no sheets", where=opened.name, todo="name it")
    return opened, sheet


def file_of(source: str | Path) -> Path:
    """The file of ``FILE:SHEET``."""
    return Path(_split_sheet(source)[0])


def _split_sheet(source: str | Path) -> tuple[str | Path, str]:
    """File and sheet; a colon in the name of a file that exists is no mark."""
    file, colon, sheet = str(source).rpartition(":")
    try:
        if colon and sheet and not Path(source).exists() and Path(file).is_file():
            return file, sheet
    except (OSError, ValueError):
        return source, ""
    return source, ""


def source_of(content: bytes, name: str) -> Source:
    """Unpack and decode the content of a file of that name.

    Raises
    ------
    InputError
        It is empty, or of another format.
    """
    with ThreadPoolExecutor(1) as beside:
        sha256 = beside.submit(lambda: hashlib.sha256(content).hexdigest())
        return _source_of(content, name, sha256)


def _source_of(content: bytes, name: str, sha256: Future[str]) -> Source:
    packed = content.startswith((_GZIP, _ZIP))
    content, name, suffix = _unpacked(content, name)
    # A strip copies what it leaves, so the start is asked first.
    if not content[:512].strip(_NOTHING) and not content.strip(_NOTHING):
        raise InputError("the file is empty", where=name, todo=READABLE)
    _refuse_other_formats(content[:512], suffix, name, packed=packed)
    if content.startswith((_ZIP, _OLE)):
        notes = _suffix_notes(name, suffix, "workbook")
        encoding = "workbook"
        return Source(name, content, "workbook", encoding, sha256.result(), notes)
    encoding, notes = encoding_of(content, name)
    says = _format_of(_decoded(content[:_START_BYTES], encoding)[:4096])
    if says == "json" and len(content) > MAX_JSON_BYTES:
        raise _too_large(name, MAX_JSON_BYTES)
    if says != "json" and _SUFFIXES.get(suffix) == "json":
        raise InputError("is not JSON, whatever its name says", where=name, todo=READABLE)
    notes = (*notes, *_suffix_notes(name, suffix, says))
    return Source(name, content, says, encoding, sha256.result(), notes)


def _suffix_notes(name: str, suffix: str, says: Format) -> tuple[Fault, ...]:
    if _SUFFIXES.get(suffix) in (None, says):
        return ()
    message = f"the name ends in {shorten(suffix)}, but it is {_KINDS[says]} and read as that"
    return (file_note(name, "suffix_differs", message),)


def _unpacked(content: bytes, name: str) -> tuple[bytes, str, str]:
    """The table in an archive of one, its name, and the suffix of that; nothing nested."""
    suffix = PurePath(name).suffix.lower()
    inner = ""
    if content.startswith(_GZIP):
        content = unpacked_gzip(content, name)
        suffix = PurePath(name.removesuffix(".gz")).suffix.lower()
        inner = "gzip"
    elif content.startswith(_ZIP) and not _is_workbook(content, name):
        inner, content = only_member(content, name)
        suffix = PurePath(inner).suffix.lower()
        name = f"{name} ({shorten(inner)})"
    nested = content.startswith(_ZIP) and not _is_workbook(content, name)
    if inner and (nested or content.startswith(_GZIP) or content[257:262] == b"ustar"):
        raise InputError("holds another archive", where=name, todo="unpack it first")
    return content, name, suffix


def _is_workbook(content: bytes, name: str) -> bool:
    """Whether a zip archive is an XLSX or ODS workbook; other documents are refused by name."""
    names = {one.replace("\\", "/").casefold().lstrip("/") for one in names_in(content, name)}
    for member, what, todo in _ZIPPED:
        if member in names:
            raise InputError(f"is {what}", where=name, todo=todo)
    return "xl/workbook.xml" in names or {"mimetype", "content.xml"} <= names


def local_file(source: str | Path, readable: str = READABLE, limit: int = MAX_BYTES) -> Path:
    """The path of a plain local file that is not larger than the limit, in bytes.

    Raises
    ------
    InputError
        It is remote or virtual, missing, a folder, too large, or cannot be looked at.
    """
    refuse_remote(source)
    path = Path(source)
    name = shorten(path.name or str(path))
    try:
        fault = "is a folder" if path.is_dir() else ""
        if not fault and not path.is_file():
            fault = "there is no such file"
        large = not fault and path.stat().st_size > limit
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error
    if fault:
        raise InputError(fault, where=name, todo=readable)
    if large:
        raise _too_large(name, limit)
    return path


def refuse_remote(source: str | Path) -> None:
    """Refuse names that a library could take for something other than a local file."""
    if _REMOTE.match(str(source)):
        raise InputError(
            "remote and virtual names are not opened",
            where=shorten(str(source)),
            todo="download the file and give its path",
        )


def _content(source: str | Path) -> tuple[bytes, str]:
    if str(source) == STANDARD_INPUT:
        return standard_input()
    path = local_file(source)
    name = label(path.name) or "input"
    try:
        # One byte more than the limit, since some files are longer than they say.
        content = _first_bytes(path, MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(shorten(name), error) from error
    if len(content) > MAX_BYTES:
        raise _too_large(name, MAX_BYTES)
    return content, name


def standard_input() -> tuple[bytes, str]:
    """What comes by standard input, and what it is called."""
    name = "standard input"
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _too_large(name, MAX_BYTES)
    return content, name


def unreadable(name: str, error: Exception) -> InputError:
    """What to say of a path that the system does not let be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"cannot be read ({reason})", where=name, todo="check the path")


def _first_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(count)


def _too_large(name: str, limit: int) -> InputError:
    size = f"{limit // 1024**2:,} MiB"
    return InputError(f"is larger than {size}", where=name, todo="split it into several files")


def _refuse_other_formats(start: bytes, suffix: str, name: str, *, packed: bool) -> None:
    if suffix == ".vrt":
        raise InputError("virtual layers (.vrt) are not opened", where=name, todo=READABLE)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            layer = packed and magic in _LAYER_MAGIC
            todo = "unpack it and give the file" if layer else READABLE
            raise InputError(f"is {what}, not text", where=name, todo=todo)
    if _MARKUP.match(start.removeprefix(codecs.BOM_UTF8)):
        raise InputError("is an XML or HTML document", where=name, todo=READABLE)


def _format_of(start: str) -> Format:
    content = start.lstrip("\ufeff").encode("utf-8", "replace")
    return "json" if _JSON_START.match(content) else "delimited"


def _utf16_without_bom(sample: bytes) -> str:
    """Encoding of text whose every second byte is NUL, as in UTF-16 of Latin letters."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 5 and even < odd // 10:
        return "utf-16-le"
    if even > len(sample) // 5 and odd < even // 10:
        return "utf-16-be"
    return ""


def encoding_of(content: bytes, name: str) -> tuple[str, tuple[Fault, ...]]:
    """The encoding of some bytes, and a note where it is a guess."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return encoding, ()
    if encoding := _utf16_without_bom(content[:_SAMPLE_BYTES]):
        return encoding, ()
    if not is_utf8(content):
        encoding = _guessed_encoding(content)
        message = f"not UTF-8; read as {encoding}, which is a guess"
        if encoding == "utf-8":
            message = "not all of it is UTF-8; what could not be read is replaced by �"
        return encoding, (file_note(name, "encoding_guessed", message),)
    return "utf-8", ()


def is_utf8(content: bytes) -> bool:
    """Whether all of it is, looked at in steps, since its text can take four times as much."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _STEP_BYTES):
            decoder.decode(content[start : start + _STEP_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guessed_encoding(content: bytes) -> str:
    """UTF-8 where a few bytes are broken, else one of the code pages of the region's files."""
    lines: list[bytes] = []
    size = 0
    for match in _NON_ASCII_LINE.finditer(content):
        lines.append(match[0][:4096])
        size += len(lines[-1])
        if size > _SAMPLE_BYTES:
            break
    sample = b"\n".join(lines)
    rest = _UTF8_SEQUENCE.sub(b"", sample)
    broken = sum(byte > 0x7F for byte in rest)
    if len(_UTF8_SEQUENCE.findall(sample)) > broken:
        return "utf-8"
    best = from_bytes(sample, cp_isolation=["cp1252", "cp1256"]).best()
    return best.encoding if best is not None else "cp1252"


def _decoded(content: bytes, encoding: str) -> str:
    """Text in which every byte that cannot be decoded is a lone surrogate."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith(("utf-16", "utf-32")):
            return content.decode(encoding, "replace").replace("\ufffd", "\udcff")
        return content.decode(encoding, "surrogateescape")
