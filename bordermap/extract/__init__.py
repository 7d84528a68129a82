"""From a text to drafts of incidents: what it reports, when, where, who and how many.

Nothing is asked of a network, and nothing is learnt: lists of words in ``lexicon/`` and rules. The
text is data, never an instruction. What is read is what a report says; whether it is true, and
whether it is an incident, a person decides.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from bordermap.draft_schema import Document
from bordermap.errors import InputError
from bordermap.extract.drafting import story_of
from bordermap.extract.names import mentions_of
from bordermap.extract.rows import drafts_of
from bordermap.extract.sentences import sentences_of
from bordermap.gazetteer import Gazetteer

__all__ = ["LONGEST_DOCUMENT", "extract", "mentions"]

LONGEST_DOCUMENT = 2_000_000
"""Characters of a text, at most: a book has fewer."""


def extract(
    text: str | Document,
    published: date | None = None,
    *,
    gazetteer: Gazetteer | None = None,
    name: str = "",
) -> pd.DataFrame:
    """Draft incidents from the text of a report.

    Parameters
    ----------
    text : str or Document
        In English, Pashto, Dari or Urdu.
    published : date, optional
        What "on Thursday" and "last month" are counted from. Without it such days stay empty.
    gazetteer : Gazetteer, optional
        The shipped one when not given.
    name : str
        What to call the document; a Document has its own.

    Returns
    -------
    DataFrame
        One row per event that the text reports as having happened, with ``DRAFT_COLUMNS``: the
        reported columns of the ledger, flags for what a person must look at, the words that gave
        each field and where they stand. Dates are days of the Gregorian calendar. Events told in
        general ("clashes have surged") come last, flagged ``vague``, without day and place.

    Raises
    ------
    InputError
        The text is longer than :data:`LONGEST_DOCUMENT` characters.

    Examples
    --------
    >>> from datetime import date
    >>> drafts = extract("Two soldiers were killed in Wana on Tuesday.", date(2022, 9, 30))
    >>> drafts.loc[0, ["event_type", "place", "fatalities_low"]].tolist()
    ['armed_clash', 'Wana', 2]
    """
    document = text if isinstance(text, Document) else Document(name, text, published)
    _refuse_long(document)
    return drafts_of(story_of(document, gazetteer or Gazetteer.load()))


def mentions(text: str | Document, *, gazetteer: Gazetteer | None = None) -> pd.DataFrame:
    """The names of places in a text, and how each is used.

    Parameters
    ----------
    text : str or Document
    gazetteer : Gazetteer, optional
        The shipped one when not given.

    Returns
    -------
    DataFrame
        One row per name, in the order of the text: ``start`` and ``end`` (characters), ``name``,
        ``role`` (``place``, ``origin``, ``spoken``, ``attribute``, ``metonym``, ``dateline``,
        ``organisation`` or ``person``), and of the likeliest meaning alone ``place_id``,
        ``place_match``, ``kind``, ``longitude`` and ``latitude`` (degrees), empty where the
        gazetteer has none.
    """
    document = text if isinstance(text, Document) else Document("", text)
    _refuse_long(document)
    places = gazetteer or Gazetteer.load()
    rows = []
    for sentence in sentences_of(document.text):
        for one in mentions_of(sentence, places):
            entry = one.hits[0].entry if one.hits else None
            rows.append(
                {
                    "start": one.start,
                    "end": one.end,
                    "name": one.name,
                    "role": one.role,
                    "place_id": entry.place_id if entry else None,
                    "place_match": entry.name if entry else None,
                    "kind": entry.kind if entry else None,
                    "longitude": entry.place.lon if entry else None,
                    "latitude": entry.place.lat if entry else None,
                }
            )
    return pd.DataFrame(rows, columns=list(_MENTION_DTYPES)).astype(_MENTION_DTYPES)


_MENTION_DTYPES = {
    "start": "int64", "end": "int64", "name": "string", "role": "string", "place_id": "string",
    "place_match": "string", "kind": "string", "longitude": "float64", "latitude": "float64",
}  # fmt: skip


def _refuse_long(document: Document) -> None:
    if len(document.text) > LONGEST_DOCUMENT:
        raise InputError(
            f"{len(document.text):,} characters are no article",
            where=document.name,
            todo=f"give at most {LONGEST_DOCUMENT:,}, or several files",
        )
