"""Articles: files of text, HTML, PDF and Word, read into documents for :mod:`bordermap.extract`.

Nothing is fetched and nothing in a file is run: scripts, hidden text and links are left out. What
is no article ends in one :class:`~bordermap.errors.InputError`, never in an empty document.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bordermap.draft_schema import Document
from bordermap.errors import BordermapError, InputError
from bordermap.extract.languages import language_of
from bordermap.records.deadline import limited_time
from bordermap.records.document_docx import docx_text, is_docx
from bordermap.records.document_html import html_article, is_html
from bordermap.records.document_pdf import pdf_text
from bordermap.records.document_text import plain_text
from bordermap.records.inputs import MAX_FILES
from bordermap.records.source import STANDARD_INPUT, local_file, unreadable
from bordermap.values.text import label, shorten

__all__ = ["DOCUMENTS", "MAX_DOCUMENT_BYTES", "MAX_TEXT", "SUFFIXES", "read_documents"]

MAX_DOCUMENT_BYTES = 64 * 1024**2
"""Largest file that is read as an article, in bytes."""

MAX_TEXT = 1_000_000
"""Most characters that one article may have: some 160,000 words."""

SUFFIXES = (".txt", ".text", ".md", ".html", ".htm", ".xhtml", ".pdf", ".docx")
"""Ends of the names of files in a folder that are read as articles."""

DOCUMENTS = "give a text, HTML, PDF or DOCX file of an article"

_PDF, _ZIP, _OLE = b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class _Article:
    """What a reader of one format gives."""

    text: str
    published: date | None = None
    published_by: str = ""
    notes: tuple[str, ...] = ()


def read_documents(
    inputs: Sequence[str | Path], *, published: date | None = None
) -> tuple[list[Document], list[tuple[str, BordermapError]]]:
    """Read articles.

    Parameters
    ----------
    inputs : sequence of str or Path
        Plain text, HTML, PDF with a text layer or DOCX; folders, of which every file with such a
        suffix is read, by name and without the folders in them; ``-`` is standard input.
    published : date, optional
        The day on which they were published; where it is not given, an HTML page may say it.

    Returns
    -------
    documents : list of Document
        One for each different file; names are unique.
    failed : list of (str, BordermapError)
        Files of folders that could not be read, with the reason.

    Raises
    ------
    InputError
        No input was given, a named file cannot be read, or no file of a folder can.
    """
    if not inputs:
        raise InputError("no input was given", todo=DOCUMENTS)
    found: dict[str, Document] = {}
    failed: list[tuple[str, BordermapError]] = []
    for source in inputs:
        files = _files(source)
        for file in files:
            try:
                one = _read(file)
            except BordermapError as error:
                if len(files) == 1 or (file is files[-1] and not found):
                    raise
                failed.append((label(Path(file).name), error))
                continue
            if published is not None:
                one = replace(one, published=published, published_by="given")
            found.setdefault(one.sha256, one)
    return list(_distinct(found.values())), failed


def _files(source: str | Path) -> list[str | Path]:
    """The file that is named, or what can be an article in the folder that is."""
    path = Path(source)
    try:
        if str(source) == STANDARD_INPUT or not path.is_dir():
            return [source]
        name = label(path.resolve().name) or "folder"
        entries = sorted(path.iterdir(), key=lambda one: (one.name.casefold(), one.name))
    except (OSError, ValueError) as error:
        raise unreadable(shorten(path.name), error) from error
    files: list[str | Path] = [one for one in entries if _is_article(one)]
    if not files:
        raise InputError("is a folder without an article", where=name, todo=DOCUMENTS)
    if len(files) > MAX_FILES:
        raise InputError(f"holds more than {MAX_FILES:,} articles", where=name, todo="name fewer")
    return files


def _is_article(path: Path) -> bool:
    """Whether a file in a folder looks like an article; links may lead out of the folder."""
    plain = not path.name.startswith((".", "~$")) and not path.is_symlink()
    return plain and path.suffix.lower() in SUFFIXES and path.is_file()


@limited_time()
def _read(source: str | Path) -> Document:
    content, name = _content(source)
    article = _article(content, name)
    if not article.text.strip():
        raise InputError("no article text found", where=name, todo=DOCUMENTS)
    if len(article.text) > MAX_TEXT:
        raise InputError(
            f"holds more than {MAX_TEXT:,} characters of text",
            where=name,
            todo="split it into its articles",
        )
    return Document(
        name,
        article.text,
        article.published,
        article.published_by,
        language_of(article.text),
        sha256=hashlib.sha256(content).hexdigest(),
        notes=article.notes,
    )


def _article(content: bytes, name: str) -> _Article:
    if not content.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty", where=name, todo=DOCUMENTS)
    if content.lstrip().startswith(_PDF):
        text, notes = pdf_text(content, name)
        return _Article(text, notes=notes)
    if content.startswith(_ZIP) and is_docx(content, name):
        text, notes = docx_text(content, name)
        return _Article(text, notes=notes)
    if content.startswith(_OLE):
        todo = "save it as .docx"
        raise InputError("is an old or a protected Office document", where=name, todo=todo)
    if is_html(content):
        return _Article(*html_article(content, name))
    text, notes = plain_text(content, name)
    return _Article(text, notes=notes)


def _content(source: str | Path) -> tuple[bytes, str]:
    """The bytes of a file or of standard input, and a name fit to print."""
    if str(source) == STANDARD_INPUT:
        name = "standard input"
        content = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
    else:
        path = local_file(source, DOCUMENTS)
        name = label(path.name) or "article"
        try:
            with path.open("rb") as stream:
                content = stream.read(MAX_DOCUMENT_BYTES + 1)
        except (OSError, ValueError) as error:
            raise unreadable(shorten(name), error) from error
    if len(content) > MAX_DOCUMENT_BYTES:
        size = f"{MAX_DOCUMENT_BYTES // 1024**2} MiB"
        raise InputError(f"is larger than {size}", where=name, todo="give the article alone")
    return content, name


def _distinct(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents under names of their own: a second ``a.txt`` becomes ``a.txt (2)``."""
    seen: Counter[str] = Counter()
    for one in documents:
        seen[one.name] += 1
        again = seen[one.name] > 1
        yield replace(one, name=f"{one.name} ({seen[one.name]})") if again else one
