"""Text from outside: made safe to name, to compare and to print, and otherwise left alone."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NamedTuple

__all__ = [
    "Note",
    "are_labels",
    "as_text",
    "fold",
    "guard_formula",
    "is_missing",
    "label",
    "shorten",
    "unguard_formula",
    "western_digits",
    "whole",
    "without_controls",
]

# C0 and C1 controls except tab and line ends, which are content; and the explicit direction
# marks (embedding, override, isolate), which can make a text read as another. The joiners and
# the plain marks LRM, RLM and ALM belong to the spelling of Persian, Pashto and Urdu.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LABEL = re.compile("[!-~]+")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")

_MISSING = frozenset(
    {"", "-", "--", "–", "—", "n/a", "na", "n.a.", "#n/a", "nan", "null", "none", "nil", "unknown"}
    | {"not known", "not available", "tbc", "tbd", "?", "??", "???"}
)


class Note(NamedTuple):
    """Something noticed in a cell.

    Attributes
    ----------
    reason : str
        A short stable code; reports count by it.
    message : str
        A few words for people, without a full stop.
    rejects : bool
        True when the record cannot be used because of it.
    column : str
        The column of the ledger, from functions that read several cells.
    """

    reason: str
    message: str
    rejects: bool = False
    column: str = ""


def shorten(text: str, limit: int = 60) -> str:
    """One printable line of at most ``limit`` characters, for messages."""
    line = " ".join(label(text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def without_controls(text: str) -> str:
    """The text without control characters and direction overrides; tabs and line ends stay."""
    return text if text.isprintable() else _CONTROLS.sub("", text)


def whole(text: str) -> str:
    """The text with lone surrogates, which no encoding can write, replaced by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def label(text: str) -> str:
    """Text fit for an identifier: no controls, no surrogates, single spaces, none at the ends."""
    if text.isascii() and (text.isalnum() or _LABEL.fullmatch(text)):
        return text
    return " ".join(whole(without_controls(text.replace("\t", " "))).split())


def are_labels(texts: str) -> bool:
    """Whether of joined texts :func:`label` leaves each as it is; no is never wrong."""
    return texts.isascii() and _LABEL.fullmatch(texts) is not None


def western_digits(text: str) -> str:
    """The text with the decimal digits of every script (Arabic-Indic, Persian, ...) as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
    ).translate({0x066B: ".", 0x066C: ",", 0x2212: "-"})


def fold(text: str) -> str:
    """A spelling to compare by: lower case, letters and digits of any script, single spaces.

    ``"Incident_Date "`` and ``"incident date"`` fold to the same text.
    """
    kept = "".join(char if char.isalnum() else " " for char in text.casefold())
    return " ".join(kept.split())


def is_missing(text: str) -> bool:
    """Whether a cell says that it holds nothing: empty, ``n/a``, ``unknown``, ``-``, ``?``."""
    return text.strip().casefold() in _MISSING


def as_text(value: Any) -> str:
    """A cell of any JSON type as text; nothing and NaN become empty text.

    Whole numbers lose their ``.0``; lists and objects become JSON.
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN alone differs from itself  # noqa: PLR0124
        return ""
    if isinstance(value, (bool, list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def guard_formula(text: str) -> str:
    """A text cell for a CSV file, with an apostrophe before what a spreadsheet would run.

    That is text which begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, and
    text that already looks guarded, so that :func:`unguard_formula` gives back exactly ``text``.
    See OWASP, "CSV Injection".
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguard_formula(text: str) -> str:
    """Undo :func:`guard_formula`."""
    return text[1:] if _GUARDED.match(text) else text
