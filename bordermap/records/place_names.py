"""The names of a row of a gazetteer: told apart, mended where that is certain, or set aside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from bordermap.gazetteer import load_words, tokens
from bordermap.gazetteer.entry import Spelling
from bordermap.gazetteer.spelling import LONGEST_NAME
from bordermap.values.text import Note, is_missing, label, shorten

__all__ = ["MOST_NAMES", "name_fault", "names_of", "unscrambled"]

MOST_NAMES = 200
"""Names of one place that are kept; GeoNames has up to some 150 for a capital."""

_SEPARATORS = ("|", ";", ",", "،", "\n")
_MOJIBAKE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]")
_WEB = re.compile(r"(?:https?:|www\.)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def unscrambled(text: str) -> str:
    """A text whose UTF-8 was taken for Windows-1252, put right; any other as it is.

    Letters outside ASCII that are, byte for byte, a valid UTF-8 text are that: by chance it
    happens to no name (two bytes of a pattern that no spelling has).
    """
    for _ in range(2):  # some files went through it twice
        if not _MOJIBAKE.search(text):
            return text
        try:
            text = b"".join(map(_byte, text)).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return text
    return text


def _byte(char: str) -> bytes:
    """The byte that Windows-1252 shows as a character, its five gaps as themselves."""
    return bytes([ord(char)]) if ord(char) < 0xA0 else char.encode("cp1252")


@cache
def _generic_words() -> frozenset[str]:
    words = load_words()
    return frozenset(word for phrase in (*words.kind_of, *words.fillers) for word in phrase)


def name_fault(text: str) -> tuple[str, str]:
    """Why a text cannot be a name: a short code and a few words, both empty for a good one."""
    shown = shorten(text, 40)
    faults = (
        (is_missing(text), "name_missing", "there is no name"),
        (
            len(text) > LONGEST_NAME,
            "name_too_long",
            f"the name has {len(text):,} characters, over {LONGEST_NAME}",
        ),
        ("\ufffd" in text, "name_undecodable", f"letters of {shown!r} are lost"),
        (_WEB.match(text), "name_is_address", f"{shown!r} is a web address"),
        (
            not any(map(str.isalpha, text)),
            "name_without_letters",
            f"{shown!r} has no letters",
        ),
        (_is_generic(text), "name_generic", f"{shown!r} names no place by itself"),
    )
    return next(((reason, message) for holds, reason, message in faults if holds), ("", ""))


def _is_good(text: str) -> bool:
    """The same, quickly: most names are."""
    return (
        len(text) <= LONGEST_NAME
        and "\ufffd" not in text
        and any(map(str.isalpha, text))
        and not is_missing(text)
        and not _WEB.match(text)
        and not _is_generic(text)
    )


def _is_generic(text: str) -> bool:
    words = _WORD.findall(text[:LONGEST_NAME].casefold())
    if not _generic_words().issuperset(words):
        return False
    return not load_words().strip(tokens(text[:LONGEST_NAME]))[0]


def _listed(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _listed(part)


def _split(text: str) -> Iterable[str]:
    """The names in one cell: a JSON list or object, or texts with a separator between them."""
    if text.startswith(("[", "{")):
        try:
            return list(_listed(json.loads(text)))
        except (ValueError, RecursionError):
            return ()
    separator = next((mark for mark in _SEPARATORS if mark in text), "")
    return text.split(separator) if separator else (text,)


def names_of(
    name: str, own: Sequence[str], others: Sequence[str]
) -> tuple[str, tuple[Spelling, ...], list[Note]]:
    """The name of a place, all its spellings, and what was noticed.

    Parameters
    ----------
    name : str
        The cell with its name.
    own, others : sequence of str
        Cells with names in other letters or languages, and cells with lists of other names.

    Returns
    -------
    name : str
        Empty when no cell holds a usable one; then the last note says why, and rejects.
    spellings : tuple of Spelling
    notes : list of Note
    """
    notes: list[Note] = []
    first = _clean(name, notes)
    reason, message = ("", "") if _is_good(first) else name_fault(first)
    known: dict[str, bool] = {} if reason else {first: True}
    dropped = 0
    for cells, are_own in ((own, True), (others, False)):
        for cell in cells:
            for part in _split(cell) if cell else ():
                text = _clean(part, notes)
                if text and text not in known:
                    good = _is_good(text)
                    dropped += not good
                    if good and len(known) < MOST_NAMES:
                        known[text] = are_own
    if reason and not known:
        return "", (), [*notes, Note(reason, message, rejects=True, column="name")]
    if reason:
        notes.append(Note(reason, f"{message}; another of its names is used", column="name"))
        first = next(iter(known))
        known[first] = True
    if dropped:
        said = f"{dropped} of its other names cannot be used"
        notes.append(Note("other_names_left_out", said, column="names"))
    return first, tuple(Spelling(text, is_own) for text, is_own in known.items()), notes


def _clean(text: str, notes: list[Note]) -> str:
    if text.isascii():
        return " ".join(text.split()) if text.isprintable() else label(text)
    mended = label(unscrambled(text))
    if mended != text and _MOJIBAKE.search(text):
        said = f"{shorten(text, 30)!r} was wrongly decoded; read as {shorten(mended, 30)!r}"
        notes.append(Note("name_unscrambled", said, column="name"))
    return mended
