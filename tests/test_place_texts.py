"""Texts that are no place, texts that say nothing, and doubt told by code."""

from __future__ import annotations

from typing import Any, ClassVar

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap.geocode import geocode
from bordermap.layers import load_table


def place_one(**record: Any) -> pd.Series[Any]:
    frame = pd.DataFrame([{"incident_id": "x", **record}], dtype=object)
    return geocode(gpd.GeoDataFrame(frame)).iloc[0]


class TestNotPlaces:
    """Organisations, metonyms, people, tribes and datelines, by the rule of each."""

    def test_every_example_leaves_its_text_alone(self) -> None:
        table = load_table("not_places")
        told = table[(table["example"] != "") & (table["rule"] == "never")]
        frame = gpd.GeoDataFrame(
            {"incident_id": told.index.astype(str), "place": told["example"].to_numpy()}
        )
        placed = geocode(frame)
        names = placed["place_match"].fillna("").str.casefold()
        wrong = [
            (text, name)
            for text, name in zip(told["text"], names, strict=True)
            if name and name in text.casefold()
        ]
        assert wrong == []

    def test_needs_an_admin_word(self) -> None:
        table = load_table("not_places")
        told = table.loc[table["rule"] == "needs_admin_word", "text"]
        frame = gpd.GeoDataFrame({"incident_id": told.index.astype(str), "place": told.to_numpy()})
        assert set(geocode(frame)["located_by"]) == {"none"}
        frame["place"] = [f"{text} tribe" for text in told]
        assert set(geocode(frame)["located_by"]) == {"none"}

    @pytest.mark.parametrize(
        ("place", "place_id"),
        [("Mohmand district", "PK-KP-mohmand"), ("Orakzai agency", "PK-KP-orakzai"),
         ("Zadran district", "AF-PIA-zadran")],
    )  # fmt: skip
    def test_with_its_word_it_is_a_place(self, place: str, place_id: str) -> None:
        country = place_id[:2]
        assert place_one(place=place, country=country)["place_id"] == place_id

    @pytest.mark.parametrize(
        "text",
        ["Kabul says", "Haqqani network", "Afghan Taliban", "Quetta Shura", "Gul Khan",
         "Pacha Khan Zadran", "Omar Khalid Mohmand", "Mullah Kandahari", "Mohmand tribesmen",
         "Wazir tribe", "Balochistan Liberation Army", "Khost Protection Force", "Khyber Rifles"],
    )  # fmt: skip
    def test_running_words_are_no_place(self, text: str) -> None:
        assert place_one(place=text)["located_by"] == "none"

    @pytest.mark.parametrize(
        ("text", "place_id"),
        [
            ("Haqqani network in Miranshah", "pk-miranshah"),
            ("Haqqani network base near Miranshah", "pk-miranshah"),
            ("Kurram Militia post near Kharlachi", "pk-kharlachi"),
            ("PESHAWAR: Three soldiers were killed in Tirah", "pk-tirah"),
        ],
    )
    def test_the_place_beside_them_is_one(self, text: str, place_id: str) -> None:
        assert place_one(place=text)["place_id"] == place_id

    @pytest.mark.parametrize("name", ["Islamabad", "Kabul", "Kandahar"])
    def test_metonyms_are_doubted_where_nothing_confirms_them(self, name: str) -> None:
        alone = place_one(place=name)
        assert alone["location_status"] == "weak"
        assert place_one(place=name, district=name)["match_score"] > alone["match_score"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("text", "note"),
        [
            ("", "names no place"),
            ("village", "names no place by itself"),
            ("border area", "alone does not place it"),
            ("12", "no gazetteer entry fits"),
            ("12 km", "names no place by itself"),
            ("12 km north of", "names no place by itself"),
            ("-5 km north of Khar", "cannot be used"),
            ("99999 km north of Khar", "cannot be used"),
            ("between X", "'between X'"),
            ("between", "names no place by itself"),
            ("near", "names no place by itself"),
            ("north", "north"),
            ("<b>12 km</b> north of <script>alert(1)</script>", ""),
            ("https://example.org/12-km-north-of-Khar", ""),
            ("Torkham" * 1_500, ""),
            ("12 km north of " * 700, ""),
            ("\x00\x0712 km\x1b north of", ""),
            ("طورخم Torkham तोरख़म 図", ""),
        ],
    )
    def test_unplaced_with_a_reason(self, text: str, note: str) -> None:
        row = place_one(place=text)
        assert (row["located_by"], row["location_status"]) == ("none", "unplaced")
        assert note in row["location_note"]
        assert len(row["location_note"]) < 2_000

    def test_the_district_is_left(self) -> None:
        for text in ("12 km north of", "-5 km north of Khar", "99999 km north of Khar", "<br>"):
            row = place_one(place=text, district="Bajaur", country="PK")
            assert row["place_id"] == "PK-KP-bajaur"

    @settings(deadline=None, max_examples=100)
    @given(
        st.lists(
            st.sampled_from(
                ["12", "km", "north", "of", "the", "border", "between", "Kurram", "and", "Khost",
                 "near", "in", "Torkham", "zero point", "less than", "-", "(", ")", "سے", "کے",
                 "شمال", "opposite", "tri-border", "Afghan side of", "where", "meet", "Iran"]
            ),
            max_size=12,
        ).map(" ".join)
    )  # fmt: skip
    def test_any_run_of_words(self, text: str) -> None:
        row = place_one(place=text)
        assert row["location_note"]
        assert (row["located_by"] == "none") == (row.geometry is None)
        placed = row["located_by"] != "none"
        assert not placed or 0 < row["location_radius_m"] < 2_000_000


class TestStatus:
    """Doubt can be told by code, with the meanings that were not taken."""

    CASES: ClassVar[dict[str, tuple[dict[str, Any], str]]] = {
        "by its name": ({"place": "Torkham", "country": "PK"}, "placed"),
        "generic words leave the district": (
            {"place": "border area", "district": "Kurram"}, "placed"),
        "its own coordinates": ({"latitude": 34.1, "longitude": 71.1}, "placed"),
        "its own coordinates lie elsewhere": (
            {"place": "Parachinar", "district": "Kurram", "latitude": 31.0, "longitude": 66.4},
            "weak"),
        "unknown place of a district": (
            {"place": "Gora Prai checkpost", "district": "Mohmand", "country": "PK"}, "weak"),
        "place of another country": ({"place": "Parachinar", "country": "AF"}, "weak"),
        "contradicting district": ({"district": "Spera", "province": "Kunar"}, "weak"),
        "namesake outside": ({"place": "Degan", "country": "PK"}, "weak"),
        "unknown country": ({"place": "Torkham", "country": "Pakstan"}, "weak"),
        "several places": ({"place": "Hurmuz and Tappi villages", "country": "PK"}, "weak"),
        "two meanings": ({"place": "Jani Khel"}, "ambiguous"),
        "nothing": ({}, "unplaced"),
        "third country": ({"place": "Taftan", "country": "Iran"}, "unplaced"),
    }  # fmt: skip

    @pytest.mark.parametrize("case", CASES)
    def test_status(self, case: str) -> None:
        record, status = self.CASES[case]
        assert place_one(**record)["location_status"] == status

    def test_meanings_that_were_not_taken(self) -> None:
        told = place_one(place="Jani Khel")["location_candidates"].split("; ")
        assert 2 <= len(told) <= 5
        assert "Jani Khel (FR Bannu) (pk-jani-khel-fr-bannu) 1.00" in told
        told = place_one(place="Parachinar", country="AF")["location_candidates"]
        assert told.startswith("Parachinar (pk-parachinar) 1.00")
        assert pd.isna(place_one(place="Torkham")["location_candidates"])
