"""What GDAL does not tell of a shapefile: records cut off, and the encoding of its texts."""

from __future__ import annotations

import codecs
import struct
from pathlib import Path

import numpy as np
import shapely

from bordermap.errors import InputError
from bordermap.records.layer_table import LayerRows
from bordermap.records.source import encoding_of, file_note
from bordermap.values.text import whole

__all__ = ["mend", "restore_index"]

_HEADER = 100
_VERSION = (1000).to_bytes(4, "little")
_RAW = "ISO-8859-1"
# Language drivers of dBASE that people set on purpose; the others stand for nothing.
_LANGUAGES = {0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254"}


def restore_index(path: Path, name: str) -> None:
    """Write the index of a staged shapefile whose own is missing or cut off, and a .prj in UTF-8.

    It gets an entry for each row of attributes, so that those beyond the end of the shapes are
    read, too.

    Raises
    ------
    InputError
        It is no shapefile, or shorter than its own header.
    """
    content = path.read_bytes()
    if len(content) < _HEADER or content[28:32] != _VERSION:
        raise InputError("is cut off or no shapefile", where=name, todo="get the whole file")
    _restore_system(path.with_suffix(".prj"))
    index = path.with_suffix(".shx")
    rows = _table_rows(path)
    if index.exists() and (index.stat().st_size - _HEADER) // 8 >= rows:
        return
    entries = _entries(content)
    # A record beyond the end of the file: its shape is lost, its attributes are not.
    entries += [struct.pack(">ii", len(content) // 2 + 1, 10)] * (rows - len(entries))
    size = struct.pack(">i", (_HEADER + 8 * len(entries)) // 2)
    # The staged file may be a link to the user's own, which stays as it is.
    index.unlink(missing_ok=True)
    index.write_bytes(content[:24] + size + content[28:_HEADER] + b"".join(entries))


def _restore_system(system: Path) -> None:
    """Put UTF-8 into a staged .prj whose names are in a code page, which GDAL cannot hand on."""
    if not system.exists():
        return
    content = system.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        system.unlink()
        system.write_bytes(content.decode("cp1252", "replace").encode())


def _table_rows(path: Path) -> int:
    table = path.with_suffix(".dbf")
    if not table.exists():
        return 0
    with table.open("rb") as stream:
        start = stream.read(12)
    said = int.from_bytes(start[4:8], "little")
    width = int.from_bytes(start[10:12], "little")
    # What the header says cannot be more than what the file has room for.
    return min(said, table.stat().st_size // max(width, 1))


def _entries(content: bytes) -> list[bytes]:
    """Offset and length of each record, one after the other."""
    at, entries = _HEADER, []
    while at + 8 <= len(content):
        (words,) = struct.unpack(">i", content[at + 4 : at + 8])
        if words < 2:
            break
        entries.append(struct.pack(">ii", at // 2, words))
        at += 8 + 2 * words
    return entries


def mend(rows: LayerRows, path: Path, name: str) -> None:
    """Decode the texts, which came as Latin-1, and name the geometries that were cut off."""
    _name_lost(rows, path)
    _decode(rows, path, name)
    if not path.with_suffix(".dbf").exists():
        message = "the .dbf is missing, so that there are points without any attributes"
        rows.notes.append(file_note(name, "sidecar_missing", message))


def _name_lost(rows: LayerRows, path: Path) -> None:
    """Rows without a geometry whose record is there, but broken or cut off."""
    empty = np.nonzero(shapely.get_type_id(rows.geometry) < 0)[0]
    if not len(empty):
        return
    content = path.read_bytes()
    index = np.frombuffer(path.with_suffix(".shx").read_bytes()[_HEADER:], dtype=np.uint8)
    offsets = index[: len(index) // 8 * 8].view(">i4")[::2].astype(np.int64) * 2
    for row in empty:
        record = rows.fids[row]
        at = int(offsets[record]) + 8 if record < len(offsets) else 0
        if at and content[at : at + 4] != b"\0\0\0\0":
            rows.lost[int(row)] = "geometry_invalid: the geometry is broken or cut off"


def _decode(rows: LayerRows, path: Path, name: str) -> None:
    texts = [cell for cells in rows.cells for cell in cells if type(cell) is str]
    sample = "\n".join(one for one in [*rows.names, *texts] if not one.isascii()).encode(_RAW)
    if not sample:
        return
    encoding = _declared(path)
    if not encoding:
        encoding, notes = encoding_of(sample, name)
        rows.notes += notes
        if not notes:
            message = "no .cpg names the encoding; the text is UTF-8"
            rows.notes.append(file_note(name, "encoding_guessed", message))
    rows.encoding = encoding

    def decoded(text: str) -> str:
        return text if text.isascii() else text.encode(_RAW).decode(encoding, "replace")

    rows.names = [decoded(one) for one in rows.names]
    rows.cells = [
        [whole(decoded(cell)) if type(cell) is str else cell for cell in cells]
        for cells in rows.cells
    ]


def _declared(path: Path) -> str:
    """The encoding that the .cpg or the .dbf names, or empty."""
    page, table = path.with_suffix(".cpg"), path.with_suffix(".dbf")
    named = page.read_bytes()[:40].decode("ascii", "replace").strip() if page.exists() else ""
    for one in filter(None, (named, f"cp{named}", named.lower().replace("ansi ", "cp"))):
        try:
            b"a".decode(one)
        except (LookupError, ValueError):
            continue
        return codecs.lookup(one).name
    with table.open("rb") as stream:
        language = stream.read(30)[29:30]
    return _LANGUAGES.get(language[0], "") if language else ""
