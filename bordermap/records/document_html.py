"""The article in an HTML page, and the day on which the page says that it was published.

The main text is found by trafilatura and the day by htmldate, on a tree without what a reader does
not see. Neither is given an address, so neither fetches anything.
"""

from __future__ import annotations

import codecs
import copy
import re
from datetime import date, datetime
from typing import Any

from bordermap.errors import InputError
from bordermap.records.document_text import tidy
from bordermap.records.hushed import hushed
from bordermap.records.source import encoding_of
from bordermap.values.text import shorten

__all__ = ["MAX_HTML_BYTES", "html_article", "is_html"]

MAX_HTML_BYTES = 16 * 1024**2
"""Largest page that is read, in bytes; as a tree it takes some ten times as much."""

_EXTRA = "install bordermap[extract]"
_NO_ARTICLE = "no article text found"
_SAVE = "save the article alone, as text or as a page"
_START = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|article|div|p|h1|meta|title|main|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(
    rb"""<meta[^>]{0,300}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([\w:.-]{2,40})""", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
# By default the library looks for dates all over the text, and up to the day of its call.
_ONLY_WHERE_PAGES_SAY_IT: dict[str, Any] = {
    "extensive_search": False,
    "original_date": True,
    "min_date": "1990-01-01",
    "max_date": "2199-12-31",
}
_NOT_SEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])|text-indent\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_NEVER_TEXT = (
    *("script", "style", "noscript", "template", "iframe", "object", "svg", "math", "form"),
    *("select", "button", "textarea", "dialog", "nav"),
)
LEAST_WORDS = 8
"""A line of an article has so many words that are no links, a menu has not."""


def is_html(content: bytes) -> bool:
    """Whether a file begins as an HTML page."""
    sample = content[:8192]
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        sample = sample.replace(b"\0", b"")[2:]
    return _START.match(sample) is not None


def html_article(content: bytes, name: str) -> tuple[str, date | None, str, tuple[str, ...]]:
    """Text, day of publication, what says so, and what was noticed.

    Raises
    ------
    InputError
        trafilatura is not installed, or the page is too large, broken, or only navigation.
    """
    try:
        import trafilatura  # noqa: PLC0415  an extra, and slow to load
        from htmldate import find_date  # noqa: PLC0415
        from lxml import html as lxml_html  # noqa: PLC0415
    except ImportError as error:
        raise InputError("reading HTML needs trafilatura", where=name, todo=_EXTRA) from error
    if len(content) > MAX_HTML_BYTES:
        size = f"{MAX_HTML_BYTES // 1024**2} MiB"
        raise InputError(f"is a page larger than {size}", where=name, todo=_SAVE)
    page, notes = _decoded(content, name)
    try:
        with hushed("trafilatura", "htmldate", "justext"):
            # A declaration of an encoding does not hold for text that is decoded already.
            tree = lxml_html.fromstring(_DECLARATION.sub("", page))
            said = find_date(copy.deepcopy(tree), **_ONLY_WHERE_PAGES_SAY_IT)
            hidden = _without_hidden(tree)
            links = {" ".join(link.text_content().split()) for link in tree.iter("a")}
            text = trafilatura.extract(tree, include_comments=False, include_tables=True) or ""
    except Exception as error:
        found = f"is no page that can be read ({shorten(str(error), 80)})"
        raise InputError(found, where=name, todo=_SAVE) from error
    if not any(_is_prose(line, links) for line in text.splitlines()):
        raise InputError(_NO_ARTICLE, where=name, todo=_SAVE)
    if hidden:
        notes = (*notes, f"{hidden} hidden parts of the page were left out")
    day = datetime.strptime(said, "%Y-%m-%d").date() if said else None  # noqa: DTZ007
    return tidy(text), day, "page" if day else "", notes


def _decoded(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The page as text: UTF-8 or UTF-16 where it is that, else as it says, else as guessed."""
    encoding, faults = encoding_of(content, name)
    said = _CHARSET.search(content[:8192])
    if faults and said:
        try:
            return content.decode(codecs.lookup(said[1].decode("ascii")).name, "replace"), ()
        except (LookupError, ValueError):
            return content.decode(encoding, "replace"), tuple(one.message for one in faults)
    return content.decode(encoding, "replace"), tuple(one.message for one in faults)


def _without_hidden(tree: Any) -> int:
    """Take out of the tree what a reader does not see; how many hidden parts there were."""
    for element in list(tree.iter(*_NEVER_TEXT)):
        _drop(element)
    hidden = [element for element in tree.iter() if _is_hidden(element)]
    for element in hidden:
        _drop(element)
    return len(hidden)


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _is_hidden(element: Any) -> bool:
    get = element.get if isinstance(element.tag, str) else {}.get
    return (
        get("hidden") is not None
        or (get("aria-hidden") or "").strip().casefold() == "true"
        or _NOT_SEEN.search(get("style") or "") is not None
    )


def _is_prose(line: str, links: set[str]) -> bool:
    words = line.split()
    return len(words) >= LEAST_WORDS and " ".join(words) not in links
