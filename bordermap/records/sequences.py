"""Several JSON values in one file: one on each line, or a text sequence (RFC 7464, RFC 8142)."""

from __future__ import annotations

import json

__all__ = ["json_texts"]

_SEPARATOR = "\x1e"


def json_texts(text: str) -> list[str] | None:
    """The texts of the values in a file of several, or None where the file is one value.

    A sequence sets each value off by a record separator, and a value may have many lines. Without
    one, every line is a value. Only CR and LF end a line: U+2028 and its kin may stand in a string.
    """
    text = text.lstrip("\ufeff")
    if text.lstrip(" \t\r\n").startswith(_SEPARATOR):
        return [part.strip() for part in text.split(_SEPARATOR) if part.strip()]
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    several = len(lines) > 1 and lines[0].startswith("{") and _is_value(lines[0])
    return lines if several else None


def _is_value(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
