"""A text cut into sentences, with the place of each; datelines and headlines kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bordermap.extract.lexicon import phrases
from bordermap.extract.words import Word, cut

__all__ = ["Sentence", "sentences_of"]

LONGEST_SENTENCE = 2_000
"""Characters of a sentence that are read: what is longer is no sentence of a report."""

_ABBREVIATIONS = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Capt|Brig|Sgt|St|Prof|Sen|Rep|Gov|No|Jr|Sr|vs|approx|al"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Inc|Ltd|Co|Mohd|Ft|Mt|km|Insp|Cpl|Hon|Retd)"
    r"|\b[A-Z]|\b[ap]\.m|\be\.g|\bi\.e|\bcirca|(?:\b[A-Z]\.)+[A-Z])$"
)
_END = re.compile(
    r"[.!?\u2026]+[\"'\u201d\u2019)\]\u00bb]*(?=\s+[\"'\u201c\u2018(\[\u00ab\u2013\u2014-]*[^\sa-z]|\s*$)"
    r"|(?<=[a-z]{3})[.!?][\"\u201d](?=[A-Z])"
    r"|[\u06d4\u061f]+[\"'\u201d\u2019)\]\u00bb]*"
    r"|(?<=[\u0600-\u06ff])[.!:]+(?=\s)"
)
_PARAGRAPHS = re.compile(r"[ \t\r]*\n[ \t\r]*")
_FINAL = re.compile(r"[.!?\u2026\u06d4\u061f:][\"'\u201d\u2019)\]\u00bb]*$")
_WRAPPED = 60
_DATELINE = re.compile(
    r"\s*(?P<place>[A-Z][A-Z'\u2019./ -]{2,40}(?:,\s*[A-Z][A-Za-z' ]{2,30}){0,2}"
    r"|[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+){0,2}(?:,\s*[A-Z][\w' ]{2,30})?(?=\s*\([A-Z])"
    r"|[A-Z][\w'\u2019-]+(?=,\s*\d{1,2}\s+[A-Z][a-z]{2,8}\.?\s*\d{4}\s*[:\u2013\u2014-]))"
    r"(?:,\s*(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2}(?:,?\s*\d{4})?"
    r"|\d{1,2}\s+[A-Z][a-z]{2,8}\.?(?:\s*\d{4})?))?"
    r"\s*(?:\([^()\n]{2,40}\)|/[A-Z]{2,12}/)?\s*(?:--|[-\u2013\u2014:])+\s+"
)
_AGENCY = re.compile(
    r"\s*(?:[\u0600-\u06ff\u200c ]{2,30}\s*(?:\([^()\n]{2,40}\)|[-\u2013\u2014])"
    r"\s*(?:[-\u2013\u2014:]\s*)?|[\u0621-\u06d3\u200c]+(?: [\u0621-\u06d3\u200c]+){0,2}:\s+)"
)
_LONGEST_HEADLINE = 22
_MOST_HEADLINES = 2
_COMMENTS = re.compile(
    r"(?:(?:share|print|e-?mail|tweet)\b[\W_]*)*(?:\d+\s+|readers'? |leave a |view )?comments?\b"
    r"[^.\n]{0,20}$",
    re.IGNORECASE | re.MULTILINE,
)
"""The line behind which readers speak."""
_CODE = re.compile(
    r"[{}]|</?\w+|\b[a-z_]+\(\w*\)\s*(?:#|$)|\bfor \w+ in \[|=[A-Z]{3,}\(|=>|==|;\s*$"
    r"|\b(?:def|function|import|SELECT|INSERT|var|const)\b .*[(=;]|\bSELECT\s+\S+\s+FROM\b"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    Attributes
    ----------
    number, paragraph : int
        From 0.
    start, end : int
        Characters of the document's text.
    words : list of Word
    forms : list of str
        The words' forms, for lists of words to be found in.
    role : str
        ``body``, ``headline`` or ``dateline`` (which is no sentence of its own).
    asks : bool
        Whether it ends with a question mark.
    """

    number: int
    paragraph: int
    start: int
    end: int
    words: list[Word]
    forms: list[str]
    role: str = "body"
    asks: bool = False


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Places of the paragraphs; a line broken to fit a width goes on."""
    start, end = 0, 0
    for line_start, line_end in _lines(text):
        line = text[line_start:line_end]
        if end > start and (not line.strip() or not _goes_on(text[start:end], line)):
            yield start, end
            start = line_start
        if end <= start:
            start = line_start
        end = line_end if line.strip() else start
        if not line.strip():
            start = end = line_end
    if text[start:end].strip():
        yield start, end


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _PARAGRAPHS.finditer(text):
        yield at, match.start()
        at = match.end()
        if match[0].count("\n") > 1:
            yield at, at
    yield at, len(text)


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with what stands before it."""
    last = before[before.rfind("\n") + 1 :]
    if _FINAL.search(last.rstrip()):
        return False
    return line[:1].islower() or (len(last) >= _WRAPPED and "\n" in before)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Places of the sentences of a paragraph."""
    at = start
    for match in _END.finditer(text, start, end):
        if match[0][0] == "." and _ABBREVIATIONS.search(
            text, max(at, match.start() - 12), match.start()
        ):
            continue
        yield at, match.end()
        at = match.end()
    if text[at:end].strip():
        yield at, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _after_dateline(text: str, start: int, end: int) -> int:
    """Where a sentence begins behind its dateline."""
    match = _DATELINE.match(text, start, min(end, start + 160))
    if match is None:
        match = _AGENCY.match(text, start, min(end, start + 60))
    return match.end() if match and match.end() < end else start


def _is_furniture(words: list[Word], text: str) -> bool:
    """Lines of a page that are not of the article, code, and speech to programs."""
    listed = [word.form for word in words]
    if phrases("cues", "furniture").at(listed, 0):
        return True
    return bool(_CODE.search(text))


def sentences_of(text: str) -> list[Sentence]:
    """Cut a text.

    Parameters
    ----------
    text : str
        In English, Pashto, Dari or Urdu; paragraphs end with the line or an empty one.

    Returns
    -------
    list of Sentence
        Without datelines (each is a sentence of its own with that role), lines of the page around
        the article, program code, and sentences that speak to programs.
    """
    found: list[Sentence] = []
    for paragraph, (first, last) in enumerate(_paragraphs(text)):
        if found and _COMMENTS.match(text, first, last):
            break
        for start, end in _pieces(text, first, last):
            _add(found, text, start, min(end, start + LONGEST_SENTENCE), paragraph, start == first)
    spoken = {s.paragraph for s in found if phrases("cues", "commands").any(s.forms)}
    return _with_headline([s for s in found if s.paragraph not in spoken], text)


def _add(
    found: list[Sentence], text: str, start: int, end: int, paragraph: int, opens: bool
) -> None:
    start, end = _trimmed(text, start, end)
    if _is_furniture(cut(text[start : start + 40]), ""):
        return
    body = _after_dateline(text, start, end) if opens else start
    if body > start:
        words = cut(text[start:body], start)
        forms = [word.form for word in words]
        found.append(Sentence(len(found), paragraph, start, body, words, forms, "dateline"))
    words = cut(text[body:end], body)
    if words and not _is_furniture(words, text[body:end]):
        forms = [word.form for word in words]
        asks = text[end - 1] in "?\u061f"
        found.append(Sentence(len(found), paragraph, body, end, words, forms, asks=asks))


def _with_headline(found: list[Sentence], text: str) -> list[Sentence]:
    """The first line is a headline where it ends without a full stop and more follows."""
    if len(found) < 2 or found[0].role != "body" or found[1].paragraph == found[0].paragraph:
        return found
    heads = 0
    while heads < min(_MOST_HEADLINES, len(found) - 1) and _is_headline(found[heads], text):
        heads += 1
    return [*(replace(one, role="headline") for one in found[:heads]), *found[heads:]]


def _is_headline(one: Sentence, text: str) -> bool:
    told = text[one.start : one.end]
    short = len(one.words) <= _LONGEST_HEADLINE and "|" not in told and not _FINAL.search(told)
    return short and one.role == "body"
