"""The text of a Word document: paragraphs and tables, without what is hidden or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from bordermap.errors import InputError
from bordermap.records.archives import members_of, names_in
from bordermap.records.document_text import tidy
from bordermap.records.sheet_xml import refuse_definitions
from bordermap.values.text import shorten

__all__ = ["docx_text", "is_docx"]

_PART = "word/document.xml"
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# A text box stands twice in a file, for new and for old programs.
_SKIPPED = frozenset({"del", "moveFrom", "Fallback", "instrText", "pPr", "rPr", "tblPr", "sectPr"})
_OFF = frozenset({"0", "false", "off"})


def is_docx(content: bytes, name: str) -> bool:
    """Whether a zip archive is a Word document.

    Raises
    ------
    InputError
        It is another archive: unpacked it may hold articles.
    """
    names = set(names_in(content, name))
    if _PART in names:
        return True
    todo = "unpack it, or save the document as .docx"
    raise InputError("is an archive or another kind of document", where=name, todo=todo)


def docx_text(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a document, and what was noticed.

    Raises
    ------
    InputError
        The file is damaged or protected, or its XML defines entities.
    """
    parts = members_of(content, name, lambda one: one == _PART)
    refuse_definitions(parts, name)
    try:
        root = ElementTree.fromstring(parts[_PART])  # noqa: S314  definitions are refused
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        found = f"is damaged ({shorten(str(error), 80)})"
        raise InputError(found, where=name, todo="save it again as .docx") from error
    text = "".join(_pieces(root))
    hidden = sum(_is_hidden(run) for run in root.iter() if _tag(run) == "r")
    notes = (f"{hidden} pieces of hidden text were left out",) if hidden else ()
    return tidy(text), notes


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _pieces(root: ElementTree.Element) -> Iterator[str]:
    """Texts in their order; a stack instead of calls, since a hostile file may nest for ever."""
    stack: list[ElementTree.Element | str] = [root]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
            continue
        tag = _tag(one)
        if tag in _SKIPPED or (tag == "r" and _is_hidden(one)):
            continue
        if tag == "t":
            yield one.text or ""
        elif tag in _BREAKS:
            yield _BREAKS[tag]
        after = {"p": "\n", "tc": " | ", "tr": "\n"}.get(tag, "")
        stack += [after, *reversed(one)]


def _is_hidden(run: ElementTree.Element) -> bool:
    """Whether a run of text is marked as hidden (``w:vanish``)."""
    marks = run.iterfind("{*}rPr/{*}vanish")
    return any(_OFF.isdisjoint(map(str.casefold, mark.attrib.values())) for mark in marks)
