"""Spellings of this border that are one name, and those that are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.gazetteer import Gazetteer, exact_key, folded_key, tokens
from bordermap.gazetteer.spelling import folded_keys, load_words

SAME_EXACT = [
    ("Spīn Bōldak", "Spin Boldak"),
    ("SPIN-BOLDAK", "Spinboldak"),
    ("Peshāwar", "Pešāwar"),
    ("Qal‘eh-ye Naw", "Qal'eh ye Naw"),
    ("سپین بولدک", "سپين بولدك"),
    ("خَیبَر", "خیبر"),
    ("میران‌شاه", "ميران شاه"),
    ("ضلع كرم", "ضلع کرم"),
    ("گرشک", "ګرشك"),
]
SAME_FOLDED = [
    ("Ghulam Khan", "Gholam Khan"),
    ("Ghulam Khan", "Gulam Kan"),
    ("Torkham", "Turkham"),
    ("Kandahar", "Qandahar"),
    ("Qamardin Karez", "Kamardin Karīz"),
    ("Dera Ismail Khan", "Derah Ismail Khan"),
    ("Khogyani", "Khugiani"),
    ("Chowkay", "Chawkay"),
    ("Chowkay", "Chaukai"),
    ("Now Zad", "Nauzad"),
    ("Naray", "Narai"),
    ("Dokalam", "Dukalam"),
    ("Wazir", "Vazir"),
    ("Landi Kotal", "Landee Kotal"),
    ("Khwaja Amran", "Khvajeh Amran"),
    ("Chamkani", "Tsamkani"),
    ("Kats", "Kach"),
    ("Dzadran", "Jadran"),
    ("Zhob", "Zob"),
    ("Raghah", "Ragheh"),
    ("Behsud", "Besud"),
    ("Muhammad Agha", "Mohammed Agha"),
    ("Mohd Agha", "Mohammad Aghah"),
    ("Sheikh Amir", "Shaykh Amir"),
    ("Sayyid Karam", "Seyyed Karam"),
    ("Sur Kalay", "Sur Kelay"),
    ("Sur Kalay", "Sur Kili"),
    ("Jhal Magsi", "Jal Magsi"),
    ("Kunarr", "Kunar"),
    ("سړه شاه", "سرہ شاہ"),
    ("کونړ", "كونر"),
    ("عزیز آباد", "ازیز آباد"),
    ("نوښار", "نوشار"),
    ("څمکنۍ", "چمکنی"),
    ("غلام خان", "گلام خان"),
    ("پاڑہ چنار", "پاره چنار"),
]
JOINED = [
    ("Dand-e Patan", "Dand Patan"),
    ("Dand wa Patan", "Dand Patan"),
    ("Barg-i-Matal", "Barg Matal"),
    ("Kuran wa Munjan", "Koran va Monjan"),
    ("Pachir wa Agam", "Pachir Agam"),
    ("کران و منجان", "کران منجان"),
]
DIFFERENT = [
    ("Lahore", "Lahori"),
    ("Wana", "Wona"),
    ("Khost", "Dost"),
    ("Mir Ali", "Mir Alam"),
    ("Sarkano", "Sirkanay"),
    ("Zazi", "Jaji"),
    ("Shin", "Sin"),
]


@pytest.mark.parametrize(("one", "other"), SAME_EXACT)
def test_one_exact_key(one: str, other: str) -> None:
    assert exact_key(one) == exact_key(other) != ""


@pytest.mark.parametrize(("one", "other"), SAME_FOLDED)
def test_one_folded_key(one: str, other: str) -> None:
    assert exact_key(one) != exact_key(other)
    assert folded_key(one) == folded_key(other) != ""


@pytest.mark.parametrize(("one", "other"), JOINED)
def test_izafat_may_be_left_out(one: str, other: str) -> None:
    assert set(folded_keys(tokens(one))) & set(folded_keys(tokens(other)))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_names_keep_other_keys(one: str, other: str) -> None:
    assert not set(folded_keys(tokens(one))) & set(folded_keys(tokens(other)))


@pytest.mark.parametrize(
    ("name", "bare", "kind"),
    [
        ("Spera district", "spera", "district"),
        ("Khyber Agency", "khyber", "district"),
        ("Dara Adam Khel tehsil", "dara adam khel", "tehsil"),
        ("Shin Kalay", "shin", "place"),
        ("Killi Jahangir", "jahangir", "place"),
        ("Qaryah-ye Gul Butah", "gul butah", "place"),
        ("Angoor Adda gate", "angoor adda", "crossing"),
        ("Ghakhi check post", "ghakhi", "post"),
        ("د برمل ولسوالۍ", "برمل", "district"),
        ("ولسوالی سپین بولدک", "سپین بولدک", "district"),
        ("ضلع کرم", "کرم", "district"),
        ("د کونړ ولایت", "کونړ", "province"),
        ("باجوڑ ایجنسی", "باجوڑ", "district"),
        ("چمن بازار", "چمن", "place"),
    ],
)
def test_generic_words_are_set_apart(name: str, bare: str, kind: str) -> None:
    found, kinds = load_words().strip(tokens(name))
    assert (" ".join(found), kinds) == (" ".join(tokens(bare)), (kind,))


@pytest.mark.parametrize(
    "text",
    ["village", "border area", "the general area", "check posts", "ولسوالۍ", "د ولسوالۍ", "کلی",
     "ضلع", "districts", "qaryah ye"],
)  # fmt: skip
def test_generic_words_alone_leave_nothing(text: str) -> None:
    assert load_words().strip(tokens(text))[0] == ()


BAD = {
    "empty": "",
    "blanks": " \t\n\u00a0\u3000",
    "10 kB": "Torkham " * 1_280,
    "10 kB without a blank": "kh" * 5_120,
    "control characters": "\x00\x07\x1b[2J\x9f\u2028",
    "direction marks": "\u202e\u2066\u200f",
    "mixed scripts": "Torخм北кham",
    "mixed scripts in one word": "Сpin Воldak",
    "generic words": "the border area village district",
    "numbers": "33.1234, 70.5678",
    "digits of three scripts": "12 ۱۲ १२",
    "HTML": "<img src=x onerror=alert('Torkham')>",
    "URL": "https://example.org/Torkham?x=Khost#Wana",
    "lone surrogate": "\ud800\udfff",
    "emoji": "🗺️📍",
    "marks only": "\u0301\u064e\u20dd",
    "format string": "%s{0}${x}\\",
    "SQL": "'; DROP TABLE place; --",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_input_names_nothing(text: str) -> None:
    gazetteer = Gazetteer.load()
    assert gazetteer.find(text) == []
    assert gazetteer.candidates(text, unit=True, similar=True) == []


def test_marks_around_a_name_do_not_hide_it() -> None:
    found = Gazetteer.load().find("\u202a\x00 \u200fTorkham\u202c\ufeff")
    assert found[0].place.place_id == "line-torkham"


def test_a_name_of_two_countries_is_returned_twice() -> None:
    gazetteer = Gazetteer.load()
    for name in ("Jani Khel", "برمل", "Shinkay", "Chamkani"):
        best = gazetteer.candidates(name)[0].score
        good = [hit for hit in gazetteer.candidates(name) if best - hit.score < 0.11]
        assert len({hit.entry.place_id for hit in good}) > 1, name


@settings(deadline=None)
@given(st.text())
def test_keys_stay_as_they_are(text: str) -> None:
    words = tokens(text)
    assert tokens(" ".join(words)) == words
    for key in folded_keys(words):
        assert folded_key(key) == key


LETTERS = st.text(alphabet="aeiouhkgdzctspywvqjrnlm '-ابهیوکگعغخحئےۀ1\u0301\u200c\u064e\u030c")


@settings(deadline=None, max_examples=500)
@given(LETTERS)
def test_keys_of_our_letters_stay_as_they_are(text: str) -> None:
    assert exact_key(exact_key(text)) == exact_key(text)
    assert folded_key(folded_key(text)) == folded_key(text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["kh", "ahe", "tsch", "uva", "ه", "کلی ", "e-", "x", "h", "\u0301"]
)
def test_long_texts_are_no_danger(unit: str) -> None:
    assert folded_key(folded_key(unit * 20_000)) == folded_key(unit * 20_000)
    assert Gazetteer.load().candidates(unit * 200_000, similar=True) == []
    assert Gazetteer.load().no_place(unit * 200_000) == ""
