"""XLSX, XLS and ODS workbooks: the sheet that holds the incidents, its header and its rows.

Cells are read by calamine, which sees nothing but what was unpacked and looked at here: no macro,
picture or link is. Of a formula the value that was saved with it counts.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bordermap.errors import BordermapError, InputError, RecipeError
from bordermap.records.archives import members_of
from bordermap.records.delimited import MAX_COLUMNS, MAX_ROWS
from bordermap.records.headers import Header, find_header
from bordermap.records.sheet_rows import Sheet, read_rows
from bordermap.records.sheet_xml import (
    SheetFacts,
    facts_of,
    ods_cells,
    refuse_definitions,
    sheet_parts,
)
from bordermap.records.source import Source, file_note
from bordermap.schema import Fault, RawTable
from bordermap.values.text import fold, label, shorten

__all__ = ["MAX_CELLS", "read_workbook"]

MAX_CELLS = 20_000_000
"""Most cells of a sheet, empty ones included; they all stand in memory at once."""

_SAVE = "save it again as .xlsx or .ods"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_OLE = b"\xd0\xcf\x11\xe0"
# Parts that are unpacked; not those that say nothing of cells.
_WANTED = (".xml", ".rels")
_UNWANTED = ("docprops/", "customxml/", "xl/pivot", "xl/media/", "xl/drawings/", "xl/charts/")
_ODS_PARTS = frozenset({"mimetype", "content.xml", "META-INF/manifest.xml"})

_T = TypeVar("_T")


@dataclass(slots=True)
class _Book:
    """A workbook that is open, and what its XML says beside the cells."""

    name: str
    calamine: CalamineWorkbook
    facts: dict[str, SheetFacts] = field(default_factory=dict)
    from_1904: bool = False


def _guarded(work: Callable[[], _T], name: str) -> _T:
    """Do the library's work; its faults, and panics of its own, come back as one line."""
    try:
        return work()
    except PasswordError as error:
        raise _protected(name) from error
    except CalamineError as error:
        found = f"cannot be read as a workbook ({shorten(str(error), 80)})"
        raise InputError(found, where=name, todo=_SAVE) from error
    except (BordermapError, MemoryError):
        raise
    except BaseException as error:
        # Rust's panics are no Exception, and their type has no name that could be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            found = f"is damaged ({shorten(str(error), 80)})"
            raise InputError(found, where=name, todo=_SAVE) from error
        raise


def _protected(name: str) -> InputError:
    return InputError("is protected by a password", where=name, todo="save it without one")


def _open(source: Source) -> _Book:
    if source.content.startswith(_OLE):
        return _open_old(source)
    parts = members_of(source.content, source.name, _is_wanted)
    # Some writers put back slashes, and some capitals that others do not.
    parts = {key.replace("\\", "/").lstrip("/"): part for key, part in parts.items()}
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _protected(source.name)
    refuse_definitions(parts, source.name)
    if "content.xml" in parts and "mimetype" in parts:
        _refuse_spread(ods_cells(parts["content.xml"], source.name), source.name)
        parts = {key: part for key, part in parts.items() if key in _ODS_PARTS}
        return _Book(source.name, _calamine(_packed(parts), source.name))
    targets, from_1904 = sheet_parts(parts)
    by_fold = {key.casefold(): part for key, part in parts.items()}
    facts = {
        sheet: facts_of(by_fold[target.casefold()])
        for sheet, target in targets.items()
        if target.casefold() in by_fold
    }
    for said in facts.values():
        _refuse_spread(said.rows * said.columns, source.name)
    if len(facts) < len(targets):
        # A sheet that is not looked at must not be opened.
        reachable = set(targets) - set(facts)
        raise InputError(
            f"its sheet {shorten(min(reachable))!r} is missing", where=source.name, todo=_SAVE
        )
    return _Book(source.name, _calamine(_packed(parts), source.name), facts, from_1904)


def _open_old(source: Source) -> _Book:
    if _PASSWORD in source.content:
        raise _protected(source.name)
    if "Workbook".encode("utf-16-le") not in source.content and (
        "Book".encode("utf-16-le") not in source.content
    ):
        raise InputError(
            "is an old Office document, but no workbook", where=source.name, todo=_SAVE
        )
    return _Book(source.name, _calamine(source.content, source.name))


def _is_wanted(name: str) -> bool:
    lowered = name.replace("\\", "/").lstrip("/").casefold()
    if lowered == "mimetype":
        return True
    return lowered.endswith(_WANTED) and not lowered.startswith(_UNWANTED)


def _packed(parts: dict[str, bytes]) -> bytes:
    """A zip archive of what was looked at, so that nothing else can be read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(posixpath.normpath(name)), part)
    return packed.getvalue()


def _calamine(content: bytes, name: str) -> CalamineWorkbook:
    return _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(content)), name)


def _refuse_spread(cells: int, name: str) -> None:
    if cells > MAX_CELLS:
        raise InputError(
            f"a sheet reaches over {cells:,} cells, more than {MAX_CELLS:,}",
            where=name,
            todo="delete what stands or is formatted far from the table, or save it as CSV",
        )


def _sheet(book: _Book, name: str) -> Sheet:
    """All cells of one sheet; a row that cannot be converted is None."""
    opened = _guarded(lambda: book.calamine.get_sheet_by_name(name), book.name)
    height, width = opened.total_height, opened.total_width
    if width > MAX_COLUMNS and book.facts.get(name) is None:
        _refuse_spread(height * width, book.name)
    left = (opened.start or (0, 0))[1]
    rows = list(_guarded(lambda: list(_rows(opened)), book.name))
    if len(rows) > MAX_ROWS:
        found = f"its sheet {shorten(name)!r} has more than {MAX_ROWS:,} rows"
        raise InputError(found, where=book.name, todo="split the file")
    merged = _guarded(lambda: opened.merged_cell_ranges, book.name) or []
    return Sheet(name, rows, left, merged, book.facts.get(name, SheetFacts()))


def _rows(opened: Any) -> Iterator[list[Any] | None]:
    rows = iter(opened.iter_rows())
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except (OverflowError, ValueError):
            yield None


def _visible(book: _Book) -> tuple[list[str], list[str]]:
    """Names of the visible and of the hidden worksheets."""
    visible: list[str] = []
    hidden: list[str] = []
    for said in book.calamine.sheets_metadata:
        if said.typ == SheetTypeEnum.WorkSheet:
            shown = said.visible == SheetVisibleEnum.Visible
            (visible if shown else hidden).append(said.name)
    return visible, hidden


def _chosen(
    book: _Book, names: Sequence[str], recipe_name: str | None
) -> tuple[Sheet, Header, list[str]] | None:
    """The sheet with the best known header, of these the longest; and the others that fit."""
    best: tuple[Sheet, Header] | None = None
    fits: dict[str, int] = {}
    for name in names:
        sheet = _sheet(book, name)
        header = find_header(sheet.first_rows(), recipe_name, sheet.widths())
        if header is None:
            continue
        size = len(sheet.rows) - header.end
        fits[name] = header.known
        if best is None or (header.known, size) > (best[1].known, len(best[0].rows) - best[1].end):
            best = sheet, header
    if best is None:
        return None
    others = [
        name for name, known in fits.items() if name != best[0].name and known > best[1].known // 2
    ]
    return *best, others


def _asked(book: _Book, asked: str) -> list[str]:
    """The sheet that was asked for, hidden or not."""
    names = book.calamine.sheet_names
    found = [name for name in names if name == asked] or [
        name for name in names if fold(name) == fold(asked)
    ]
    if not found:
        shown = shorten(", ".join(names), 100)
        raise InputError(
            f"there is no sheet {shorten(asked)!r}", where=book.name, todo=f"it has {shown}"
        )
    return found[:1]


def _notes(
    file: str, book: _Book, chosen: tuple[Sheet, Header, list[str]], hidden: Sequence[str]
) -> Iterator[Fault]:
    sheet, header, others = chosen
    shown = shorten(sheet.name)
    where = f"row {header.row + 1}"
    if header.height == 2:
        where = f"rows {header.row + 1} and {header.row + 2}"
    said = f"the sheet {shown!r} is read, with its header in {where}"
    if others:
        named = shorten(", ".join(others), 100)
        ask = f"{shorten(book.name)}:{shorten(others[0])}"
        said += f", not {named}, which look like incidents, too (ask for {ask!r})"
    yield file_note(file, "sheet_chosen", said)
    if hidden and sheet.name not in hidden:
        named = shorten(", ".join(hidden), 100)
        yield file_note(file, "hidden_sheets", f"hidden sheets are not read: {named}")
    if book.from_1904:
        yield file_note(file, "days_from_1904", "the workbook counts its days from 1904")


def read_workbook(source: Source, recipe_name: str | None, asked: str = "") -> RawTable:
    """Read the sheet of a workbook that holds incidents.

    Parameters
    ----------
    source : Source
    recipe_name : str or None
    asked : str
        The sheet to read; the best known when empty.

    Returns
    -------
    RawTable
        Its ``file`` names the workbook and the sheet. Numbers keep their type, whole ones are
        int; dates and times are ISO text.

    Raises
    ------
    InputError
        The workbook is protected, damaged, too large, or no recipe knows a column of its sheets.
    RecipeError
        The recipe asked for is unknown, or knows no column.
    """
    book = _open(source)
    visible, hidden = _visible(book)
    chosen = _chosen(book, _asked(book, asked) if asked else visible, recipe_name)
    if chosen is None:
        looked_at = [] if asked else hidden
        raise _no_table(book, [asked] if asked else visible, looked_at, recipe_name)
    sheet, header, _ = chosen
    if len(header.names) > MAX_COLUMNS:
        found = f"its sheet {shorten(sheet.name)!r} has more than {MAX_COLUMNS:,} columns"
        raise InputError(found, where=book.name, todo="delete what is no column of the table")
    file = f"{book.name} ({label(sheet.name)})"
    notes = tuple(_notes(file, book, chosen, hidden))
    return read_rows(sheet, header, file, source, notes, from_1904=book.from_1904)


def _no_table(
    book: _Book, visible: Sequence[str], hidden: Sequence[str], recipe_name: str | None
) -> BordermapError:
    named = shorten(", ".join(visible), 80) or "none"
    found = f"no column is known in its sheets ({named})"
    if hidden:
        found += f", and hidden ones are not read ({shorten(', '.join(hidden), 80)})"
    kind: type[BordermapError] = RecipeError if recipe_name else InputError
    todo = "name the columns Date, Place, Latitude, ... in one row, or give a recipe"
    return kind(found, where=book.name, todo=todo)
