"""Names that are nearly alike: which are found, which never are, and what supports a find."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.gazetteer import Gazetteer, folded_key
from bordermap.gazetteer.fuzzy import LEAST_SIMILAR, block, blocks, similar
from bordermap.geocode import geocode

GENERIC = ["village", "border area", "villages", "the border", "check posts", "ولسوالۍ", "ضلع"]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


@pytest.mark.parametrize(
    ("name", "place_id"),
    {
        "Nangahar": "AF-NAN",
        "Lundi Kotaal": "pk-landi-kotal",
        "Miramshaw": "pk-miranshah",
        "Lowari Mandi": "line-lwara-mandi",
        "Khwazha Khel": "PK-KP-swat-khwazakhela",
        "Sirkano": "AF-KNR-sarkani",
        # in a script that the gazetteer does not have for the place
        "راجگل": "pk-rajgal",
        "اکاخیل": "pk-akakhel",
        "شیرین درہ": "pk-sherin-darra",
        "Urguni": "AF-PKA-urgun",
    }.items(),
)
def test_similar_names(gazetteer: Gazetteer, name: str, place_id: str) -> None:
    assert gazetteer.candidates(name) == []
    hits = gazetteer.candidates(name, similar=True)
    assert hits[0].entry.place_id == place_id
    assert hits[0].how in {"similar name", "similar alias"}
    assert LEAST_SIMILAR <= hits[0].similarity <= 1
    assert all(hit.score < 0.85 for hit in hits)
    assert gazetteer.find(name)[0].place.place_id == place_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wana", "Wano"),  # short
        ("Torkham", "Torkham 2"),
        ("Chak 12", "Chak 13"),
        ("Khost", "Dost"),
        ("Parachinar", "Marachinar"),  # another first sound
        ("Spin Boldak", "سپین کنډک"),
        ("Spin Boldak", "Chaman"),
    ],
)
def test_never_similar(one: str, other: str) -> None:
    keys = folded_key(one), folded_key(other)
    assert similar(keys[0], keys[1:]) == similar(keys[1], keys[:1]) == []


@pytest.mark.parametrize("name", [*GENERIC, "Taliban commander", "", "   ", "12", "x" * 200])
def test_nothing_is_like_generic_words(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.candidates(name, similar=True) == []


def test_exact_and_folded_names_are_not_joined_by_similar_ones(gazetteer: Gazetteer) -> None:
    for name in ("Parachinar", "Parachenar", "Sarkano"):
        assert gazetteer.candidates(name, similar=True) == gazetteer.candidates(name)


def test_reason_says_how_alike(gazetteer: Gazetteer) -> None:
    hit = gazetteer.candidates("Nangahar", similar=True)[0]
    assert hit.reason == "similar name 'Nangarhar' (88% alike) of Nangarhar province (AF-NAN)"


def _placed(**row: str) -> pd.Series:
    return geocode(pd.DataFrame([{"incident_id": "x", **row}])).iloc[0]


def test_a_similar_name_needs_support() -> None:
    alone = _placed(place="Miramshaw")
    assert alone["located_by"] == "none"
    assert "spelt like it: Miranshah" in alone["location_note"]
    confirmed = _placed(place="Miramshaw", district="North Waziristan")
    assert confirmed["place_id"] == "pk-miranshah"
    assert "similar alias 'Miram Shah' (88% alike)" in confirmed["location_note"]
    assert confirmed["match_score"] < 0.85


def test_a_similar_name_elsewhere_is_not_spoken_of() -> None:
    elsewhere = _placed(place="Miramshaw", district="Spera", province="Khost")
    assert elsewhere["place_id"] == "AF-KHO-spera"
    assert "Miranshah" not in elsewhere["location_note"]


def test_a_unit_may_be_misspelt() -> None:
    assert _placed(province="Nangahar")["place_id"] == "AF-NAN"


KEYS = st.text("abdgiklmnrstuz", min_size=5, max_size=12).map(folded_key)


@given(st.lists(KEYS, min_size=2, max_size=12))
def test_similarity_is_symmetric_and_sorted(keys: list[str]) -> None:
    first, *rest = keys
    found = similar(first, rest)
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    for key, score in found:
        assert LEAST_SIMILAR <= score <= 1
        assert dict(similar(key, [first])) == {first: score}


@given(KEYS.filter(lambda key: len(key) >= 6), st.data())
def test_one_consonant_more_stays_in_the_blocks(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(key)))
    longer = key[:at] + data.draw(st.sampled_from("bdklmnrst")) + key[at:]
    assert block(longer) in blocks(key)
    assert block(key) in blocks(longer)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_blocks(text: str) -> None:
    key = folded_key(text)
    near = blocks(key)
    assert near == () or near[0] == block(key)
    assert len(near) < 4_000
    assert key not in dict(similar(key, [key, text]))
