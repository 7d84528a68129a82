"""Articles as plain text, in whatever encoding."""

from __future__ import annotations

import unicodedata

from bordermap.errors import InputError
from bordermap.records.source import encoding_of
from bordermap.values.text import whole, without_controls

__all__ = ["plain_text", "tidy"]

_TODO = "give a text, HTML, PDF or DOCX file of an article"
_SAMPLE = 65_536
_FEW_ODD, _MOST_ODD = 3, 0.02


def plain_text(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and what was noticed.

    Raises
    ------
    InputError
        It is no text.
    """
    encoding, faults = encoding_of(content, name)
    text = content.decode(encoding, "replace")
    sample = text[:_SAMPLE]
    # Programs, pictures and sounds decode into controls and unassigned characters.
    odd = sum(unicodedata.category(char) in {"Cc", "Cn"} and not char.isspace() for char in sample)
    if odd > max(_FEW_ODD, _MOST_ODD * len(sample)):
        raise InputError("is no text", where=name, todo=_TODO)
    return tidy(text), tuple(fault.message for fault in faults)


def tidy(text: str) -> str:
    """Text with one kind of line end and without controls, so that offsets count what is shown."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    return whole(without_controls(lines)).strip()
