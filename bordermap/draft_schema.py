"""The words of drafts: a document, and the columns of what was read in it.

A draft is an incident that a text reports and that nobody has looked at yet. It has the reported
columns of the ledger, and beside them what a person needs to judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bordermap.schema import Column, DecisionReport, Dtype, columns_of

__all__ = ["DRAFT_COLUMNS", "DRAFT_FLAGS", "DRAFT_STATUSES", "Document", "DraftReport"]

DRAFT_STATUSES = ("draft", "accepted", "rejected", "merged")

DRAFT_FLAGS = (
    "vague",
    "no_date",
    "no_place",
    "year_assumed",
    "relative_date",
    "date_from_publication",
    "date_unclear",
    "history",
    "ambiguous_place",
    "several_places",
    "place_from_context",
    "place_unknown",
    "other_border",
    "claim_only",
    "denied",
    "toll_unclear",
    "several_events",
)
"""What a person must look at, in this order:

``vague`` (a general mention), ``no_date``, ``no_place``, ``year_assumed`` (the text gives no
year), ``relative_date`` (told from the day of publication or another event),
``date_from_publication`` (nothing but the day of publication bounds it), ``date_unclear`` (several
may be meant), ``history`` (told as background), ``ambiguous_place``, ``several_places``,
``place_from_context`` (taken from another sentence), ``place_unknown`` (named, but not in the
gazetteer), ``other_border``, ``claim_only`` (only one party says so), ``denied``,
``toll_unclear``, ``several_events`` (told as several of a kind).
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what is known of it.

    Attributes
    ----------
    name : str
        What to call it: the file without its folder.
    text : str
        Offsets in drafts count its characters.
    published : date, optional
        None where nothing says so.
    published_by : str
        What says so: ``given``, ``page``, ``file``, ``text``, or empty.
    language : str
        ISO 639-1 code, or empty.
    sha256 : str
        Of the file that it was read from.
    notes : tuple of str
        What was noticed while reading it.
    """

    name: str
    text: str
    published: date | None = None
    published_by: str = ""
    language: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class DraftReport:
    """What was read for drafts, and what became of decisions about them.

    Attributes
    ----------
    documents : tuple of Document
    failed : tuple of (str, str)
        Files of folders that could not be read, with the reason.
    decisions : DecisionReport
    """

    documents: tuple[Document, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    decisions: DecisionReport = field(default_factory=DecisionReport)


def _column(name: str, meaning: str, dtype: Dtype = "string") -> Column:
    return Column(name, dtype, "draft", meaning)


DRAFT_COLUMNS: tuple[Column, ...] = (
    _column("draft_id", "stable: made from the document's name, the sentence and the type"),
    *columns_of("reported"),
    _column("draft_status", "draft, accepted, rejected or merged"),
    _column("draft_flags", "what to look at, words of a fixed list joined by ;"),
    _column("confidence", "how sure the reading is, 0 to 1", "float64"),
    _column("why", "the reason in one sentence"),
    _column("date_words", "the words that gave the date"),
    _column("place_words", "the words that gave the place"),
    _column("event_words", "the words that gave the event type"),
    _column("toll_words", "the words that gave the figures"),
    _column("actor_words", "the words that gave the parties"),
    _column("evidence", "where those words stand: field:start-end in characters, joined by ;"),
)
"""Columns of a draft, in the order in which they are written."""
