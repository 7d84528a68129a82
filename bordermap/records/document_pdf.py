"""The text layer of a PDF."""

from __future__ import annotations

import io
import re
from typing import Any

from bordermap.errors import InputError
from bordermap.records.deadline import check_time
from bordermap.records.document_text import tidy
from bordermap.records.hushed import hushed
from bordermap.values.text import shorten

__all__ = ["MAX_PAGES", "pdf_text"]

MAX_PAGES = 1_000
"""Most pages that a PDF may have."""

_EXTRA = "install bordermap[extract]"
_NO_TEXT = "has no text layer: it is a scan"
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-z])")
_FULL_LINE = 0.7
_SENTENCE_END = re.compile(r"[.!?:;\u061f\u06d4\u2026][\"')\]\u00bb\u201d\u2019]*$")


def pdf_text(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a PDF, lines joined to paragraphs, and what was noticed.

    Raises
    ------
    InputError
        pypdf is not installed; the file is broken or protected, has too many pages, or no text.
    """
    try:
        import pypdf  # noqa: PLC0415  an extra
    except ImportError as error:
        raise InputError("reading PDF needs pypdf", where=name, todo=_EXTRA) from error
    with hushed("pypdf"):
        pages = _pages(pypdf, content, name)
    if not any(page.strip() for page in pages):
        raise InputError(_NO_TEXT, where=name, todo="run text recognition (OCR) on it first")
    empty = sum(not page.strip() for page in pages)
    notes = (f"{empty} of {len(pages)} pages have no text layer",) if empty else ()
    return tidy("\n\n".join(map(_paragraphs, pages))), notes


def _pages(pypdf: Any, content: bytes, name: str) -> list[str]:
    """The text of each page; whatever a broken file makes the library raise is one error."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError("is protected by a password", where=name, todo="save it without one")
        if len(reader.pages) > MAX_PAGES:
            raise InputError(f"has more than {MAX_PAGES:,} pages", where=name, todo="split it")
        texts = []
        for page in reader.pages:
            check_time(name)
            texts.append(page.extract_text())
    except InputError:
        raise
    except Exception as error:
        found = f"is damaged or no PDF that can be read ({shorten(str(error), 80)})"
        raise InputError(
            found, where=name, todo="get the whole file, or save it as text"
        ) from error
    return texts


def _paragraphs(page: str) -> str:
    """Lines of a page joined to paragraphs, words parted at a line end made whole."""
    lines = [line.strip() for line in _HYPHEN.sub("", page).splitlines()]
    full = _FULL_LINE * max(map(len, page.splitlines()), default=0)
    out: list[str] = []
    is_open = False
    for line in lines:
        if is_open and line:
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
        # A heading and the last line of a paragraph end early.
        is_open = len(line) >= full and not _SENTENCE_END.search(line)
    return "\n".join(out)
