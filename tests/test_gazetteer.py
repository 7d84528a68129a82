"""Names to places: spellings in any script, kinds, context, and what is no place."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from bordermap.gazetteer import PENALTIES, SCORES, Gazetteer, Sources, exact_key, folded_key
from bordermap.gazetteer.spelling import load_words, tokens
from bordermap.layers import load_attributes, load_layer, load_table


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


NAMES = {
    # own names, aliases and former names
    "Torkham": "line-torkham",
    "Angoor Adda": "pk-angur-ada",
    "Friendship Gate": "line-wesh-chaman-border-crossing",
    "Nawapass": "line-nawa-pass",
    "Datta Khel": "pk-datta-khel",
    "Goshta": "AF-NAN-goshta",
    "Shinwar district": "AF-NAN-shinwar",
    "Bajaur Agency": "PK-KP-bajaur",
    "Kunar": "AF-KNR",
    "Baluchistan": "PK-BA",
    "NWFP": "PK-KP",
    # generic words tell the kind that is meant
    "Spera district": "AF-KHO-spera",
    "Spera": "AF-KHO-spera",
    "Spera village": "af-spera",
    "Torkham crossing": "line-torkham",
    "Torkham border crossing": "line-torkham",
    "Khost Province": "AF-KHO",
    "province of Khost": "AF-KHO",
    "Ghulam Khan crossing": "line-ghulam-khan-crossing",
    "Ghulam Khan tehsil": "pk-ghulam-khan-tehsil",
    "Ghulam Khan village": "pk-ghulam-khan",
    "Landi Kotal tehsil": "pk-landi-kotal-tehsil",
    "Angoor Adda gate": "line-angur-ada-crossing",
    "the Wesh bazaar": "af-wesh",
    # case, marks, hyphens, blanks
    "TORKHAM": "line-torkham",
    "Barg e Matal": "AF-NUR-barg-e-matal",
    "Bargi-Matal district": "AF-NUR-barg-e-matal",
    "Miran  Shah": "pk-miranshah",
    "Khar Lachi crossing": "line-kharlachi-dand-e-patan-crossing",
    "\u202eTorkham\u200f\ud800": "line-torkham",
    # other scripts
    "طورخم": "line-torkham",
    "تورخم": "line-torkham",
    "طورخم بارڈر": "line-torkham",
    "بابِ دوستی": "line-wesh-chaman-border-crossing",
    "د برمل ولسوالۍ": "AF-PKA-barmal",
    "ولسوالی چهار برجک": "AF-NIM-char-burjak",
    "چاربورجک": "AF-NIM-char-burjak",
    "کونړ ولایت": "AF-KNR",
    # only the folded spelling agrees
    "Angur Adda": "pk-angur-ada",
    "Parachenar": "pk-parachinar",
    "Turkhaam": "line-torkham",
    "Kharlaachi crossing": "line-kharlachi-dand-e-patan-crossing",
}


@pytest.mark.parametrize(("name", "place_id"), NAMES.items())
def test_names_reports_use(gazetteer: Gazetteer, name: str, place_id: str) -> None:
    found = gazetteer.find(name)
    assert [match.place.place_id for match in found][:1] == [place_id], found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Spera district", "district"),
        ("Khost Province", "province"),
        ("Torkham crossing", "crossing"),
        ("Pakistan", "country"),
        ("Hurmuz village", "place"),
        ("Upper Kurram", "area"),
    ],
)
def test_kind_of_the_best(gazetteer: Gazetteer, name: str, kind: str) -> None:
    assert gazetteer.find(name)[0].place.kind == kind


def test_reason_can_be_read(gazetteer: Gazetteer) -> None:
    (spera,) = (m for m in gazetteer.find("Spura") if m.place.kind == "district")
    assert spera.reason == "alias 'Spura' of Spera district (AF-KHO-spera)"


def test_scores_fall_from_name_to_alias_to_folded_to_similar(gazetteer: Gazetteer) -> None:
    best = {
        how: gazetteer.candidates(name, similar=True)[0]
        for how, name in {
            "name": "Parachinar",
            "alias": "Nawagai (Bajaur)",
            "folded name": "Parachenar",
            "folded alias": "Shilavzan",
            "similar name": "Nangahar",
            "similar alias": "Miramshaw",
        }.items()
    }
    assert {how: hit.how for how, hit in best.items()} == {how: how for how in SCORES}
    assert {how: round(hit.score + 1.0 - hit.similarity, 3) for how, hit in best.items()} == SCORES
    assert [hit.score for hit in best.values()] == sorted(
        (hit.score for hit in best.values()), reverse=True
    )


def test_found_scores_fall_with_the_spelling(gazetteer: Gazetteer) -> None:
    names = ("Parachinar", "Nawagai (Bajaur)", "Parachenar", "Shilavzan", "Nangahar", "Miramshaw")
    scores = [gazetteer.find(name)[0].score for name in names]
    assert scores == sorted(scores, reverse=True)
    assert scores[1] > scores[2]


def test_another_kind_costs(gazetteer: Gazetteer) -> None:
    (match,) = gazetteer.find("Marawara river")[:1]
    assert match.place.place_id == "AF-KNR-marawara"
    (hit,) = gazetteer.candidates("Marawara river")[:1]
    assert hit.score == pytest.approx(1.0 - PENALTIES["other kind"])
    assert match.score < gazetteer.find("Marawara district")[0].score


def test_two_meanings_are_two_candidates(gazetteer: Gazetteer) -> None:
    found = {match.place.place_id for match in gazetteer.find("برمل")}
    assert {"AF-PKA-barmal", "pk-birmal-south-waziristan"} <= found
    jani = {match.place.country for match in gazetteer.find("Jani Khel")}
    assert jani == {"AF", "PK"}


def test_context_narrows(gazetteer: Gazetteer) -> None:
    assert {m.place.country for m in gazetteer.find("Jani Khel", country="PK")} == {"PK"}
    found = gazetteer.find("Jani Khel", adm1_code="AF-PIA")
    assert found[0].place.adm1_code == "AF-PIA"
    assert gazetteer.find("Torkham", country="AF")[0].place.country == "line"
    assert gazetteer.find("Torkham", adm2_code="AF-NAN-goshta") == []
    assert gazetteer.find("Goshta", country="PK") == []


def test_limit(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.find("Khost", limit=2)) == 2
    assert gazetteer.find("Khost", limit=0) == []


def test_halves_of_a_district_of_2017_are_one_candidate(gazetteer: Gazetteer) -> None:
    found = {match.place.place_id: match.place for match in gazetteer.find("South Waziristan")}
    both = found["PK-KP-lower-south-waziristan;PK-KP-upper-south-waziristan"]
    assert both.kind == "district"
    assert both.radius_m > 40_000
    assert "PK-BA-chaman;PK-BA-killa-abdullah" in {
        match.place.place_id for match in gazetteer.find("Killa Abdullah")
    }


@pytest.mark.parametrize("text", sorted(
    row.text for row in load_table("not_places").itertuples() if row.rule == "never"
))  # fmt: skip
def test_never_a_place(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == []
    assert gazetteer.no_place(text)


def test_tribes_need_a_word_beside_them(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("Mohmand") == []
    assert gazetteer.find("Mohmand Agency")[0].place.place_id == "PK-KP-mohmand"
    assert gazetteer.find("Orakzai district")[0].place.place_id == "PK-KP-orakzai"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "village", "border area", "ولسوالۍ", "12", "?!", "\x00\x1b[31m", "a" * 10_000,
     "<script>alert(1)</script>", "https://example.org/Torkham", "\ud800", "🗺️"],
)  # fmt: skip
def test_what_names_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == []


def test_areas_are_never_spots(gazetteer: Gazetteer) -> None:
    table = load_table("border_places")
    note = table["coordinate_note"]
    no_spot = note.str.startswith(("[area]", "[containing area]", "[shared point]"))
    entries = [gazetteer.entry(place_id) for place_id in table.loc[no_spot, "place_id"]]
    assert {entry.kind for entry in entries if entry} == {"area"}
    # Rows that are whole districts lend their spellings to the polygon instead.
    missing = table.loc[no_spot, "place_id"][[entry is None for entry in entries]]
    assert len(missing) > 50
    assert all(table.set_index("place_id").loc[missing, "kind"] == "area")


def test_every_curated_name_finds_its_place(gazetteer: Gazetteer) -> None:
    lost = []
    for row in load_table("border_places").itertuples():
        found = {match.place.place_id for match in gazetteer.find(str(row.name), limit=50)}
        codes = {part for place_id in found for part in place_id.split(";")}
        districts = {place_id for place_id in codes if place_id[:3] in {"AF-", "PK-"}}
        if row.place_id not in codes and not districts and not gazetteer.no_place(str(row.name)):
            lost.append(row.name)
    assert lost == []


def test_units_of_curated_places_are_known(gazetteer: Gazetteer) -> None:
    for row in load_table("border_places").itertuples():
        entry = gazetteer.entry(str(row.place_id))
        if entry is not None:
            wanted = 2 if row.country == "line" else 1
            assert len(entry.adm1_codes) == wanted, row.place_id
            assert len(entry.adm2_codes) == wanted, row.place_id


@pytest.mark.parametrize(
    "name", ["Spera district", "Kunar province", "South Waziristan", "FATA", "Chitral", "Pakistan"]
)
def test_inner_points_lie_inside(gazetteer: Gazetteer, name: str) -> None:
    areas = [hit.entry for hit in gazetteer.candidates(name, unit=True) if hit.entry.outline]
    assert areas
    for entry in areas:
        place, outline = entry.place, entry.outline
        assert outline is not None
        assert outline.geometry.covers(shapely.Point(place.lon, place.lat))
        lon, lat = shapely.get_coordinates(outline.geometry).T
        reach = Geod(ellps="WGS84").inv(
            np.full(len(lon), place.lon), np.full(len(lat), place.lat), lon, lat
        )[2]
        assert place.radius_m == pytest.approx(reach.max(), abs=1)


@pytest.mark.parametrize("name", ["countries", "provinces", "districts", "tehsils"])
def test_attributes_are_those_of_the_layer(name: str) -> None:
    frame = load_layer(name).frame
    pd.testing.assert_frame_equal(
        load_attributes(name), pd.DataFrame(frame.drop(columns="geometry"))
    )


def test_lazy_outlines_are_those_of_the_layer(gazetteer: Gazetteer) -> None:
    for row in load_layer("districts").frame.itertuples():
        entry = gazetteer.entry(str(row.code))
        assert entry is not None
        assert entry.outline is not None
        assert entry.outline.geometry.equals_exact(row.geometry)


def test_frozen(gazetteer: Gazetteer) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        gazetteer.masks = frozenset()


def test_from_tables_of_ones_own() -> None:
    table = pd.DataFrame(
        [
            ["x-1", "Deh Nau", "village", "Dih Naw", "", "", "", "33.1", "69.9", "900", "AF"],
            ["x-2", "Dih Naw", "village", "", "", "", "ده نو", "33.5", "70.5", "800", "PK"],
        ],
        columns=["place_id", "name", "kind", "names_latin", "names_ps", "names_fa", "names_ur",
                 "lat", "lon", "radius_m", "country"],
    )  # fmt: skip
    own = Gazetteer(Sources(border_places=table))
    assert len(own) == 2
    ranks = [(hit.entry.place_id, hit.score) for hit in own.candidates("Dih Naw")]
    assert ranks == [("x-2", 1.0), ("x-1", 0.95)]
    first, second = own.find("Dih Naw")
    assert first.place.place_id == "x-2"
    assert first.score + second.score < 1
    assert own.find("ده نو")[0].place.radius_m == 800
    assert own.find("Torkham") == []
    assert len(Gazetteer(Sources())) == 0


def test_words_have_one_kind_each() -> None:
    kinds = load_words().raw["kinds"]
    said: dict[tuple[str, ...], set[str]] = {}
    for kind, row in kinds.items():
        for word in row["words"]:
            said.setdefault(tokens(word), set()).add(kind)
    assert {words: kinds for words, kinds in said.items() if len(kinds) > 1} == {}
    assert () not in said


@settings(deadline=None)
@given(st.text())
def test_keys_are_idempotent(text: str) -> None:
    assert exact_key(exact_key(text)) == exact_key(text)
    assert folded_key(folded_key(text)) == folded_key(text)
    assert folded_key(exact_key(text)) == folded_key(folded_key(exact_key(text)))


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    found = Gazetteer.load().find(text)
    assert all(0 < match.score <= 1 for match in found)
    assert [match.score for match in found] == sorted((m.score for m in found), reverse=True)


_MARKS = ["", "\u0301", "\u0304", "\u064e", "\u0640", "\u200c"]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(NAMES)), st.lists(st.sampled_from(_MARKS), min_size=40), st.data())
def test_case_and_marks_do_not_matter(name: str, marks: list[str], data: st.DataObject) -> None:
    letters = [
        (letter.upper() if data.draw(st.booleans()) else letter) + (mark if letter != " " else "")
        for letter, mark in zip(name, marks + [""] * len(name), strict=False)
    ]
    written = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), "".join(letters))
    plain, found = (Gazetteer.load().find(text) for text in (name, written))
    assert [m.place.place_id for m in found] == [m.place.place_id for m in plain]
