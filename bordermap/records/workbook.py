"""XLSX, ODS and XLS workbooks: the sheet that holds the incidents, its header and its rows.

Cells of XLSX and ODS are read by calamine, which sees nothing but what was unpacked and looked at
here: no macro, picture or link is. Of a formula the value that was saved with it counts.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator, Sequence
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
from bordermap.records.deadline import check_time
from bordermap.records.delimited import MAX_COLUMNS, MAX_ROWS
from bordermap.records.headers import Header, bare_header, find_header
from bordermap.records.ods_xml import ods_facts
from bordermap.records.old_workbook import open_xls
from bordermap.records.sheet_rows import Book, Sheet, known_by_content, read_rows
from bordermap.records.sheet_xml import (
    SheetFacts,
    facts_of,
    refuse_definitions,
    sheet_parts,
)
from bordermap.records.source import Source, file_note
from bordermap.schema import Fault, RawTable
from bordermap.values.text import fold, label, shorten

__all__ = ["MAX_CELLS", "MAX_SHEETS", "read_workbook"]

MAX_CELLS = 20_000_000
"""Most cells of a sheet, empty ones included; they all stand in memory at once."""

MAX_SHEETS = 500
"""Most sheets of a workbook; each is looked through for a header."""

_SAVE = "save it again as .xlsx or .ods"
_OLE = b"\xd0\xcf\x11\xe0"
# Parts that are unpacked; not those that say nothing of cells.
_WANTED = (".xml", ".rels")
_UNWANTED = ("docprops/", "customxml/", "xl/pivot", "xl/media/", "xl/drawings/", "xl/charts/")
_ODS_PARTS = frozenset({"mimetype", "content.xml", "META-INF/manifest.xml"})

_T = TypeVar("_T")


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


def _open(source: Source) -> Book:
    if source.content.startswith(_OLE):
        return open_xls(source.content, source.name)
    parts = members_of(source.content, source.name, _is_wanted)
    # Some writers put back slashes, and some capitals that others do not.
    parts = {key.replace("\\", "/").lstrip("/"): part for key, part in parts.items()}
    refuse_definitions(parts, source.name)
    if "content.xml" in parts and "mimetype" in parts:
        return _open_ods(parts, source.name)
    return _open_xlsx(parts, source.name)


def _open_ods(parts: dict[str, bytes], name: str) -> Book:
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _protected(name)
    facts, cells = ods_facts(parts["content.xml"], name)
    _refuse_spread(cells, name)
    return _book({key: part for key, part in parts.items() if key in _ODS_PARTS}, name, facts)


def _open_xlsx(parts: dict[str, bytes], name: str) -> Book:
    targets, from_1904 = sheet_parts(parts, name)
    by_fold = {key.casefold(): part for key, part in parts.items()}
    facts: dict[str, SheetFacts] = {}
    for sheet, target in targets.items():
        part = by_fold.get(target.casefold())
        # A sheet that is not looked at must not be opened.
        if part is None:
            raise InputError(f"its sheet {shorten(sheet)!r} is missing", where=name, todo=_SAVE)
        facts[sheet] = facts_of(part)
        _refuse_spread(facts[sheet].rows * facts[sheet].columns, name)
    return _book(parts, name, facts, from_1904)


def _book(
    parts: dict[str, bytes],
    name: str,
    facts: dict[str, SheetFacts] | None = None,
    from_1904: bool = False,
) -> Book:
    content = io.BytesIO(_packed(parts))
    opened = _guarded(lambda: CalamineWorkbook.from_filelike(content), name)
    sheets = [
        (said.name, said.visible == SheetVisibleEnum.Visible)
        for said in opened.sheets_metadata
        if said.typ == SheetTypeEnum.WorkSheet and (facts is None or said.name in facts)
    ]
    said_of = facts or {}
    return Book(
        name,
        sheets,
        lambda sheet: _sheet(opened, sheet, name, said_of.get(sheet, SheetFacts())),
        from_1904,
    )


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


def _refuse_spread(cells: int, name: str) -> None:
    if cells > MAX_CELLS:
        raise InputError(
            f"a sheet reaches over {cells:,} cells, more than {MAX_CELLS:,}",
            where=name,
            todo="delete what stands or is formatted far from the table, or save it as CSV",
        )


def _sheet(opened: CalamineWorkbook, sheet: str, name: str, facts: SheetFacts) -> Sheet:
    """All cells of one sheet; a row that cannot be converted is None."""
    cells = _guarded(lambda: opened.get_sheet_by_name(sheet), name)
    if cells.start is None:
        return Sheet(sheet, [])
    rows = _guarded(lambda: list(_rows(cells)), name)
    merged = _guarded(lambda: cells.merged_cell_ranges, name) or facts.merged
    return Sheet(sheet, rows, (cells.start or (0, 0))[1], merged, facts)


def _rows(opened: Any) -> Iterator[list[Any] | None]:
    rows = iter(opened.iter_rows())
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except (OverflowError, ValueError):
            yield None


def _chosen(
    book: Book, names: Sequence[str], recipe_name: str | None
) -> tuple[Sheet, Header, list[str]] | None:
    """The sheet with the best known header, of these the longest; and the others that fit."""
    best: tuple[Sheet, Header] | None = None
    fits: dict[str, int] = {}
    for name in names:
        check_time(book.name)
        sheet = book.load(name)
        if len(sheet.rows) > MAX_ROWS:
            found = f"its sheet {shorten(name)!r} has more than {MAX_ROWS:,} rows"
            raise InputError(found, where=book.name, todo="split the file")
        header = find_header(sheet.first_rows(), recipe_name, sheet.widths())
        if header is None:
            continue
        size = len(sheet.rows) - header.end
        fits[name] = header.known
        if best is None or (header.known, size) > (best[1].known, len(best[0].rows) - best[1].end):
            best = sheet, header
    if best is None:
        return _by_content(book, names, recipe_name)
    others = [
        name for name, known in fits.items() if name != best[0].name and known > best[1].known // 2
    ]
    return *best, others


def _by_content(
    book: Book, names: Sequence[str], recipe_name: str | None
) -> tuple[Sheet, Header, list[str]] | None:
    """The same where no name is known: the sheet of which the most columns are known by cells."""
    found: list[tuple[int, Sheet, Header]] = []
    for name in names:
        sheet = book.load(name)
        header = bare_header(sheet.first_rows(), recipe_name)
        if header is not None and len(header.names) <= MAX_COLUMNS:
            known = known_by_content(header.names, sheet.rows[header.end :])
            found.append((known, sheet, header))
    fits = [one for one in found if one[0]]
    if not fits:
        return None
    _, sheet, header = max(fits, key=lambda one: (one[0], len(one[1].rows)))
    return sheet, header, [one[1].name for one in fits if one[1] is not sheet]


def _asked(book: Book, asked: str) -> list[str]:
    """The sheet that was asked for, hidden or not."""
    names = [name for name, _ in book.sheets]
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
    file: str, book: Book, chosen: tuple[Sheet, Header, list[str]], hidden: Sequence[str]
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
    if len(book.sheets) > MAX_SHEETS:
        found = f"has {len(book.sheets):,} sheets, more than {MAX_SHEETS:,}"
        raise InputError(found, where=book.name, todo="save the sheet of incidents alone")
    visible = [name for name, shown in book.sheets if shown]
    hidden = [name for name, shown in book.sheets if not shown]
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
    book: Book, visible: Sequence[str], hidden: Sequence[str], recipe_name: str | None
) -> BordermapError:
    named = shorten(", ".join(visible), 80) or "none"
    found = f"no column is known in its sheets ({named})"
    if hidden:
        found += f", and hidden ones are not read ({shorten(', '.join(hidden), 80)})"
    kind: type[BordermapError] = RecipeError if recipe_name else InputError
    todo = "name the columns Date, Place, Latitude, ... in one row, or give a recipe"
    return kind(found, where=book.name, todo=todo)
