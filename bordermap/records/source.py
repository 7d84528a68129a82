"""One local file, looked at before it is read: what it is, how large, in which encoding."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from charset_normalizer import from_bytes

from bordermap.errors import InputError
from bordermap.schema import Fault
from bordermap.values.text import label, shorten

__all__ = [
    "MAX_BYTES",
    "MAX_JSON_BYTES",
    "Source",
    "encoding_of",
    "file_note",
    "local_file",
    "open_source",
    "source_of",
]

MAX_BYTES = 2 * 1024**3
"""Largest delimited file that is read, in bytes."""

MAX_JSON_BYTES = 512 * 1024**2
"""Largest JSON file that is read, in bytes; in memory it takes some ten times as much."""

Format = Literal["delimited", "geojson"]

_READABLE = "give a CSV, TSV or GeoJSON file"
_REMOTE = re.compile(
    r"/vsi|[a-z][a-z0-9+.-]+://|\\\\|//|(?:https?|ftp|file|data|postgresql):", re.I
)
_SUFFIXES = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".txt": "delimited",
    ".geojson": "geojson",
    ".json": "geojson",
    **dict.fromkeys(
        (".xlsx", ".xls", ".ods", ".gpkg", ".shp", ".fgb", ".parquet", ".kml", ".kmz"), "other"
    ),
}
_MAGIC = (
    (b"PK\x03\x04", "a zipped file, such as an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"SQLite format 3", "a GeoPackage or another SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"fgb\x03", "a FlatGeobuf file"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
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
_NON_ASCII_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file read into memory as text.

    Attributes
    ----------
    name : str
        Its name without the folder, fit to print.
    text : str
        Its content; bytes that could not be decoded are lone surrogates (PEP 383).
    format : {"delimited", "geojson"}
    encoding, sha256 : str
    notes : tuple of Fault
        What was noticed about the file as a whole.
    """

    name: str
    text: str
    format: Format
    encoding: str
    sha256: str
    notes: tuple[Fault, ...]


def file_note(file: str, reason: str, message: str) -> Fault:
    """A note on a file as a whole."""
    return Fault(file, 0, "", "", reason, message, rejected=False)


def open_source(source: str | Path) -> Source:
    """Check, read and decode one local file.

    Raises
    ------
    InputError
        See :func:`bordermap.records.read`.
    """
    content, path = _content(source)
    return source_of(content, path.name)


def source_of(packed: bytes, file: str) -> Source:
    """Decode the content of a file of that name.

    Raises
    ------
    InputError
        It is empty, or of another format.
    """
    path = Path(file)
    name = label(path.name) or "input"
    content = _gunzipped(packed, name)
    if not content.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty", where=name, todo=_READABLE)
    _refuse_other_formats(content[:512], path, name)
    encoding, notes = encoding_of(content, name)
    text = _decoded(content, encoding)
    suffix_says = _SUFFIXES.get(path.suffix.lower())
    says = _format_of(text[:4096])
    if says == "geojson" and len(content) > MAX_JSON_BYTES:
        raise _too_large(name, MAX_JSON_BYTES)
    if says != "geojson" and suffix_says == "geojson":
        raise InputError("is not JSON, whatever its name says", where=name, todo=_READABLE)
    if suffix_says is not None and suffix_says != says:
        kind = "GeoJSON" if says == "geojson" else "delimited text"
        message = f"the name ends in {shorten(path.suffix)}, but it is {kind} and read as that"
        notes = (*notes, file_note(name, "suffix_differs", message))
    sha256 = hashlib.sha256(packed).hexdigest()
    return Source(name, text, says, encoding, sha256, notes)


def local_file(source: str | Path, readable: str = _READABLE) -> Path:
    """The path of a plain local file that is not too large.

    Raises
    ------
    InputError
        It is remote or virtual, missing, a folder, too large, or cannot be looked at.
    """
    if _REMOTE.match(str(source)):
        raise InputError(
            "remote and virtual names are not opened",
            where=shorten(str(source)),
            todo="download the file and give its path",
        )
    path = Path(source)
    name = shorten(path.name or str(path))
    try:
        fault = "is a folder" if path.is_dir() else ""
        if not fault and not path.is_file():
            fault = "there is no such file"
        large = not fault and path.stat().st_size > MAX_BYTES
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if fault:
        raise InputError(fault, where=name, todo=readable)
    if large:
        raise _too_large(name, MAX_BYTES)
    return path


def _content(source: str | Path) -> tuple[bytes, Path]:
    path = local_file(source)
    name = shorten(path.name or str(path))
    try:
        # One byte more than the limit, since some files are longer than they say.
        content = _first_bytes(path, MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if len(content) > MAX_BYTES:
        raise _too_large(name, MAX_BYTES)
    return content, path


def _gunzipped(content: bytes, name: str) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            unpacked = stream.read(MAX_BYTES // 2 + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("is a broken archive", where=name, todo="get the whole file") from error
    if len(unpacked) > MAX_BYTES // 2:
        raise _too_large(name, MAX_BYTES // 2)
    return unpacked


def _unreadable(name: str, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"cannot be read ({reason})", where=name, todo="check the path")


def _first_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(count)


def _too_large(name: str, limit: int) -> InputError:
    size = f"{limit // 1024**2:,} MiB"
    return InputError(f"is larger than {size}", where=name, todo="split it into several files")


def _refuse_other_formats(start: bytes, path: Path, name: str) -> None:
    if path.suffix.lower() == ".vrt":
        raise InputError("virtual layers (.vrt) are not opened", where=name, todo=_READABLE)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise InputError(f"is {what}, not text", where=name, todo=_READABLE)
    if _MARKUP.match(start.removeprefix(codecs.BOM_UTF8)):
        raise InputError("is an XML or HTML document", where=name, todo=_READABLE)


def _format_of(start: str) -> Format:
    content = start.lstrip("\ufeff").encode("utf-8", "replace")
    return "geojson" if _JSON_START.match(content) else "delimited"


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
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        encoding = _guessed_encoding(content)
        message = f"not UTF-8; read as {encoding}, which is a guess"
        if encoding == "utf-8":
            message = "not all of it is UTF-8; what could not be read is replaced by �"
        return encoding, (file_note(name, "encoding_guessed", message),)
    return "utf-8", ()


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
