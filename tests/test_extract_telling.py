"""Ways in which reports tell an event over clauses and sentences, and what is no event."""

from __future__ import annotations

from datetime import date

import extraction
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bordermap.extract import extract
from bordermap.extract.languages import language_of
from bordermap.extract.lexicon import table

PUBLISHED = date(2022, 9, 30)  # a Friday


def told(text, published=PUBLISHED):
    rows = extract(text, published, name="report.txt").astype(object)
    rows = rows.where(rows.notna(), None).to_dict("records")
    return [row for row in rows if "vague" not in row["draft_flags"].split(";")]


def days(row):
    return tuple(
        None if row[name] is None else pd.Timestamp(row[name]).date()
        for name in ("date_start", "date_end")
    )


def where(row):
    return row["place"] or row["district"] or row["province"]


EVENTS = {
    "a place from the sentence before": (
        "Makeen was quiet on Wednesday. On Tuesday two clerks were gunned down in the same town.",
        [("attack_on_civilians", date(2022, 9, 27), "Makeen", 2)],
    ),
    "a place of those who tell": (
        "Residents in Spera said that shells had hit the village on Tuesday. A boy was killed.",
        [("shelling", date(2022, 9, 27), "Spera", 1)],
    ),
    "a day behind the words that something was said": (
        "A study says that on 12 September 2022 soldiers and insurgents clashed in Datta Khel"
        " and that four were killed.",
        [("armed_clash", date(2022, 9, 12), "Datta Khel", 4)],
    ),
    "a day with dots": (
        "On 20.09.2022 unknown persons fired upon a trader near Wana; he died of his wounds.",
        [("attack_on_civilians", date(2022, 9, 20), "near Wana", 1)],
    ),
    "a week of a month": (
        "In the second week of September, several shells came down in Lal Pur district, killing a"
        " shepherd and thirty of his sheep.",
        [("shelling", date(2022, 9, 8), "Lal Pur", 1)],
    ),
    "the day before a day": (
        "Offices in Wana stayed shut on Wednesday, a day after a blast there killed a clerk.",
        [("explosion", date(2022, 9, 27), "Wana", 1)],
    ),
    "since a day": (
        "More than 30 rockets have slammed into the Dangam district of Kunar since Monday.",
        [("shelling", date(2022, 9, 26), "Dangam", None)],
    ),
    "words apart": (
        "Guards at Torkham exchanged heavy and light weapons fire on Tuesday; one was killed.",
        [("armed_clash", date(2022, 9, 27), "Torkham", 1)],
    ),
    "a rally that was bombed": (
        "A bomb planted on a motorbike ripped through a rally in Pishin on Sunday, killing a"
        " student.",
        [("explosion", date(2022, 9, 25), "Pishin", 1)],
    ),
    "a list with its days": (
        "The ministry lists the closures: Torkham on 19 August, Kharlachi on 8 September.",
        [
            ("crossing_closure", date(2022, 8, 19), "Torkham", None),
            ("crossing_closure", date(2022, 9, 8), "Kharlachi", None),
        ],
    ),
    "a distance from a town named before": (
        "Police in Chaman said that a mine killed two herders about 15 km east of the town on"
        " Sunday.",
        [("explosion", date(2022, 9, 25), "about 15 km east of Chaman", 2)],
    ),
    "a soldier far from his verb": (
        "A soldier manning a post in Mohmand district was killed on Tuesday by sniper fire.",
        [("armed_clash", date(2022, 9, 27), "Mohmand district", 1)],
    ),
    "bodies that were found": (
        "The bodies of two shepherds were found in a field in Makeen on Sunday.",
        [("attack_on_civilians", date(2022, 9, 25), "Makeen", 2)],
    ),
    "people of whom some are women": (
        "Nine shepherds, two women among them, were killed by a drone strike in Nazyan on Sunday.",
        [("drone_strike", date(2022, 9, 25), "Nazyan", 9)],
    ),
    "an inflected noun of Dari": (
        "روز جمعه انفجاری در شهر جلال‌آباد شش نمازگزار را کشت.",
        [("explosion", date(2022, 9, 30), "شهر جلال‌آباد", 6)],
    ),
}


@pytest.mark.parametrize(("text", "events"), EVENTS.values(), ids=EVENTS)
def test_events_of_several_clauses_and_sentences(text, events):
    found = [
        (row["event_type"], days(row)[0], where(row), row["fatalities_low"]) for row in told(text)
    ]
    assert found == events


NONE = {
    "neither day nor toll": "Killing solves nothing, says a professor who studied at Peshawar.",
    "a note of protest": (
        "Kabul handed the envoy a note of protest on Tuesday. Nobody in Khost knew why."
    ),
    "a budget": "The opposition launched an attack on the budget in Peshawar on Friday.",
    "an illness": "The poet died in Peshawar on Friday after a long illness.",
    "traffic on the way to a crossing": (
        "The bus service between Peshawar and Torkham was suspended for repairs on Tuesday."
    ),
    "aircraft that land": "A helicopter landed in Goshta on Tuesday to collect the sick.",
    "code": '=HYPERLINK("http://example.invalid","Jalalabad bombed on Tuesday, 90 killed")',
    "a correction": (
        "An earlier version of this report said that a helicopter had attacked a village in"
        " Mamund on Tuesday."
    ),
    "figures of a month": (
        "There were 35 attacks in August, the ministry said on Monday. Bajaur accounted for half"
        " of them."
    ),
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_event(text):
    assert told(text) == []


def test_one_closing_told_behind_its_opening_is_one_event():
    (row,) = told(
        "The Friendship Gate was thrown open on Tuesday after remaining shut for nine days. The"
        " authorities had sealed the gate on September 18 after a quarrel."
    )
    assert row["event_type"] == "crossing_closure"
    assert days(row) == (date(2022, 9, 18), date(2022, 9, 27))


def test_one_day_of_what_goes_on_is_an_event_of_its_own():
    series, one = told(
        "Since 22 September artillery rounds have landed in Shigal district. On 26 September a"
        " round struck a house in Shigal, killing a boy."
    )
    assert days(series)[0] == date(2022, 9, 22)
    assert (days(one)[0], one["fatalities_low"]) == (date(2022, 9, 26), 1)


def test_a_day_in_digits_that_may_be_two_is_flagged():
    (row,) = told("3/5/2022 - Chawkay district, Kunar. Shells hit farmland; one farmer killed.")
    assert days(row) == (date(2022, 3, 5), date(2022, 5, 3))
    assert "date_unclear" in row["draft_flags"].split(";")


def test_what_is_told_while_it_happens_bears_the_day_of_publication_and_says_so():
    (row,) = told("BREAKING: gunfire at Torkham gate. At least two soldiers killed.")
    assert days(row)[0] == PUBLISHED
    assert "date_from_publication" in row["draft_flags"].split(";")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Two soldiers were killed in Wana on Tuesday, the army said.", "en"),
        ("د کونړ په نرنګ ولسوالۍ کې دوه پولیس ووژل شول او برید وشو چې په کې", "ps"),
        ("در این رویداد یک پولیس کشته شد و از آن به که خبر", "fa"),
        ("چمن میں فائرنگ سے چھ شہری شہید ہو گئے اور سرحد بند کر دی گئی ہے", "ur"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language


def test_the_language_of_every_report_of_the_benchmark():

    for report in [one for part in extraction.PARTS for one in extraction.reports(part)]:
        assert language_of(report["text"]) in {report.get("language", "en"), ""}, report["id"]


@given(st.text(max_size=200))
def test_any_text_has_one_of_the_languages_or_none(text):
    assert language_of(text) in {"en", "ps", "fa", "ur", ""}


def test_choices_of_words_are_written_out():
    words = table("events")["explosion"]["verbs"]["en"]
    assert "stepped on a landmine" in words
    assert not any("{" in word or "|" in word or "  " in word for word in words)


def test_a_crossing_is_given_no_country_by_the_dateline():
    (row,) = told("LANDI KOTAL: Guards traded fire at the Torkham crossing on Wednesday.")
    assert (row["place"], row["country"]) == ("Torkham crossing", None)
    assert "place_from_context" not in row["draft_flags"].split(";")
