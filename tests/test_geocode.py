"""Places from names: the sample incidents against a reading of each, and named hard cases."""

from __future__ import annotations

from typing import Any, ClassVar

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from bordermap.border import Border
from bordermap.errors import FrameError
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode
from bordermap.geocode.phrases import read_place
from bordermap.layers import data_folder, load_table
from bordermap.schema import (
    CRS,
    LOCATED_BY,
    LOCATION_PRECISIONS,
    LOCATION_STATUSES,
    columns_of,
)

GEOD = Geod(ellps="WGS84")
CROSSINGS = ("TORKHAM", "CHAMAN", "SPINBOLDAK", "WESH", "KHOST")


def place_one(**record: Any) -> pd.Series[Any]:
    frame = pd.DataFrame([{"incident_id": "x", **record}], dtype=object)
    return geocode(gpd.GeoDataFrame(frame)).iloc[0]


def inside(row: pd.Series[Any], lon: float, lat: float) -> bool:
    """Whether a place lies in the footprint's disc."""
    away_m = GEOD.inv(row.geometry.x, row.geometry.y, lon, lat)[2]
    return bool(away_m <= row["location_radius_m"])


@pytest.fixture(scope="module")
def incidents() -> pd.DataFrame:
    path = data_folder("incidents") / "border_incidents.csv"
    return pd.read_csv(path, dtype={"incident_id": "string"})


@pytest.fixture(scope="module")
def placed(incidents: pd.DataFrame) -> gpd.GeoDataFrame:
    return geocode(gpd.GeoDataFrame(incidents))


@pytest.fixture(scope="module")
def truth(request: pytest.FixtureRequest) -> pd.DataFrame:
    path = request.path.parent / "data" / "incident_truth.csv"
    return pd.read_csv(path, dtype={"incident_id": "string"})


def side_of(row: pd.Series[Any]) -> str:
    """``AF``, ``PK`` or ``uncertain``, from point, footprint and what the record states."""
    if row["located_by"] == "none":
        return "uncertain"
    found = Border.load().measure([row.geometry.x], [row.geometry.y])
    codes = {code[:2] for code in str(row["place_id"]).split(";")}
    area = row["location_precision"] in {"district", "province", "country"}
    crosses = not area and found.distance_m[0] < row["location_radius_m"]
    if (crosses and pd.isna(row["location_side"])) or (area and len(codes) > 1):
        return "uncertain"
    return "AF" if found.side[0] > 0 else "PK"


class TestSampleIncidents:
    def test_all_are_accounted_for(
        self, placed: gpd.GeoDataFrame, incidents: pd.DataFrame, truth: pd.DataFrame
    ) -> None:
        assert len(placed) == 90
        assert placed["incident_id"].tolist() == incidents["incident_id"].tolist()
        assert truth["incident_id"].tolist() == incidents["incident_id"].tolist()
        assert set(placed["located_by"]) <= set(LOCATED_BY)
        assert set(placed["location_precision"]) <= set(LOCATION_PRECISIONS)
        assert set(placed["location_status"]) <= set(LOCATION_STATUSES)
        assert placed["location_note"].notna().all()
        assert (placed.geometry.isna() == (placed["located_by"] == "none")).all()

    def test_columns_and_types(self, placed: gpd.GeoDataFrame, incidents: pd.DataFrame) -> None:
        for column in columns_of("geocode"):
            if column.dtype != "geometry":
                assert str(placed[column.name].dtype) == column.dtype, column.name
        assert placed.crs == CRS
        pd.testing.assert_frame_equal(
            pd.DataFrame(placed[list(incidents.columns)]), incidents, check_like=False
        )

    def test_footprints_hold_the_truth(self, placed: gpd.GeoDataFrame, truth: pd.DataFrame) -> None:
        misses = []
        known = truth["lat"].notna()
        for (_, row), (_, real) in zip(
            placed[known].iterrows(), truth[known].iterrows(), strict=True
        ):
            if row["located_by"] == "none":
                misses.append(f"{row['incident_id']}: not placed, {row['location_note']}")
                continue
            away_m = GEOD.inv(row.geometry.x, row.geometry.y, real["lon"], real["lat"])[2]
            slack_m = 0.0 if real["kind"] == "point" else real["radius_m"]
            if away_m > row["location_radius_m"] + slack_m:
                misses.append(
                    f"{row['incident_id']}: {away_m:,.0f} m off, footprint"
                    f" {row['location_radius_m']:,.0f} m, {row['location_note']}"
                )
        assert len(misses) <= 3, "\n".join(misses)

    def test_none_on_the_wrong_side(self, placed: gpd.GeoDataFrame, truth: pd.DataFrame) -> None:
        wrong = [
            f"{row['incident_id']}: {side_of(row)}, is {real['side']}; {row['location_note']}"
            for (_, row), (_, real) in zip(placed.iterrows(), truth.iterrows(), strict=True)
            if real["side"] != "either" and side_of(row) not in {real["side"], "uncertain"}
        ]
        assert not wrong, "\n".join(wrong)

    def test_rows_at_the_crossings(self, placed: gpd.GeoDataFrame) -> None:
        rows = placed[placed["incident_id"].str.contains("|".join(CROSSINGS))]
        unsure = [row["incident_id"] for _, row in rows.iterrows() if side_of(row) == "uncertain"]
        assert len(rows) == 25
        assert len(unsure) <= 25 / 3, unsure

    @pytest.mark.parametrize(
        ("incident_id", "codes"),
        [
            ("DL-2025-10-11-FRONTIER", {"PK-KP-bajaur", "PK-KP-kurram", "PK-KP-upper-chitral"}),
            ("DL-2026-02-26-FRONTIER",
             {"AF-PKA", "AF-PIA", "AF-KHO", "AF-NAN", "AF-KNR", "AF-NUR"}),
        ],
    )  # fmt: skip
    def test_many_sectors_are_not_one_point(
        self, placed: gpd.GeoDataFrame, incident_id: str, codes: set[str]
    ) -> None:
        (row,) = (r for _, r in placed.iterrows() if r["incident_id"] == incident_id)
        assert row["location_precision"] in {"district", "province"}
        assert codes <= set(row["place_id"].split(";"))
        assert row["location_radius_m"] > 200_000

    def test_district_codes_of_the_truth_exist(self, truth: pd.DataFrame) -> None:
        gazetteer = Gazetteer.load()
        assert [code for code in truth["unit_code"] if gazetteer.entry(code) is None] == []

    def test_the_same_twice(self, placed: gpd.GeoDataFrame, incidents: pd.DataFrame) -> None:
        pd.testing.assert_frame_equal(placed, geocode(gpd.GeoDataFrame(incidents)))


class TestPhrases:
    """How place texts are cut; (place itself, what it lies in, landmarks)."""

    CASES: ClassVar[dict[str, tuple[tuple[str, ...], tuple[str, ...], list[tuple[Any, ...]]]]] = {
        "Goshta, Nangarhar": (("Goshta",), ("Nangarhar",), []),
        "border post in Laka Tika area of Lower Kurram":
            (("Laka Tika area",), ("Lower Kurram",), []),
        "د کونړ ولایت د دانګام ولسوالي": (("دانګام ولسوالي",), ("کونړ ولایت",), []),
        "ولسوالی چهاربرجک نیمروز": (("ولسوالی چهاربرجک",), ("نیمروز",), []),
        "Barmal district Paktika": (("Barmal district",), ("Paktika",), []),
        "Khar, the main town in Bajaur": (("Khar",), ("Bajaur",), []),
        "Mirpar, Mandeh, Shaidi and Kai villages, Spura district":
            (("Mirpar", "Mandeh", "Shaidi villages", "Kai villages"), ("Spura district",), []),
        "Durand Line sectors of Paktika, Paktia and Khost":
            (("Paktika", "Paktia", "Khost"), (), []),
        "Ribat area where Pakistan, Afghanistan and Iran meet":
            (("Ribat area",), (), [("end", ("Iran",), None)]),
        "15 kilometres north of Miranshah": ((), (), [("from", ("Miranshah",), 15_000.0)]),
        "Chenagai, six miles north of Khar":
            (("Chenagai",), (), [("from", ("Khar",), pytest.approx(9_656.064))]),
        "post about 1.5 km from Wana": ((), (), [("from", ("Wana",), 1_500.0)]),
        "between Wana and the Angoor Adda area":
            ((), (), [("between", ("Wana", "the Angoor Adda area"), None)]),
        "Arundu village opposite Nari district":
            (("Arundu village",), (), [("facing", ("Nari district",), None)]),
        "southwest of Ahmad Wal town in the border area":
            ((), (), [("from", ("Ahmad Wal town",), None), ("line", (), None)]),
        "Gorwek area near Zero Point, close to the Durand Line":
            (("Gorwek area",), (), [("zero", (), None), ("line", (), None)]),
        "Haqqani network base in Miranshah": (("base",), ("Miranshah",), []),
        "border area": ((), (), [("line", (), None)]),
        "Pak-Afghan border": ((), (), [("line", (), None)]),
    }  # fmt: skip

    @pytest.mark.parametrize("text", CASES)
    def test_cut(self, text: str) -> None:
        phrase = read_place(text, Gazetteer.load())
        heads, within, relations = self.CASES[text]
        assert phrase.heads == heads
        assert phrase.within == within
        found = [(rel.kind, rel.targets, rel.distance_m) for rel in phrase.relations]
        assert found == relations


class TestNames:
    def test_place_then_district_then_province_then_country(self) -> None:
        names = {"place": "Hurmuz", "district": "North Waziristan Agency", "province": "FATA"}
        found = []
        while True:
            row = place_one(**names, country="PK")
            found.append((row["located_by"], row["place_id"]))
            if not names:
                break
            names.pop(next(iter(names)))
        tribal = found[2][1].split(";")
        assert [by for by, _ in found] == ["place", "district", "district", "country"]
        assert found[1][1] == "PK-KP-north-waziristan"
        assert {"PK-KP-bajaur", "PK-KP-kurram", "PK-KP-upper-south-waziristan"} <= set(tribal)
        assert found[3][1] == "PK"

    def test_country_is_an_area_not_a_pin(self) -> None:
        row = place_one(country="Afghanistan")
        assert row["location_precision"] == "country"
        assert row["location_radius_m"] > 400_000

    def test_former_names_mean_their_successors(self) -> None:
        row = place_one(place="Friendship Gate", district="Killa Abdullah", province="Balochistan")
        assert row["place_id"] == "line-wesh-chaman-border-crossing"
        row = place_one(district="South Waziristan Agency", province="NWFP")
        assert row["place_id"] == "PK-KP-lower-south-waziristan;PK-KP-upper-south-waziristan"

    def test_namesakes_are_not_picked_silently(self) -> None:
        row = place_one(place="Jani Khel")
        assert row["located_by"] == "none"
        assert "may be" in row["location_note"]
        assert "Jani Khel (FR Bannu)" in row["location_note"]
        assert place_one(place="Jani Khel", country="PK")["place_id"] == "pk-jani-khel-fr-bannu"
        row = place_one(place="Jani Khel", country="PK", district="Kurram")
        assert row["place_id"] == "PK-KP-kurram"
        assert "'Jani Khel' would be" in row["location_note"]

    @pytest.mark.parametrize("place", ["Barmal", "Barikot", "Degan", "Nawa", "Shinkai"])
    def test_listed_namesakes_need_a_country_at_least(self, place: str) -> None:
        row = place_one(place=place)
        assert row["located_by"] == "none"
        assert "may be" in row["location_note"]

    def test_with_the_country_alone_the_namesakes_are_told(self) -> None:
        row = place_one(place="Degan", country="PK")
        assert row["place_id"] == "pk-degan"
        assert "Degan near Bannu (PK)" in row["location_note"]
        doubted = row["match_score"]
        row = place_one(place="Degan", district="North Waziristan", country="PK")
        assert "namesakes" not in row["location_note"]
        assert doubted < row["match_score"] < 1

    @pytest.mark.parametrize(
        ("place", "district", "place_id"),
        [
            ("Goshta", "", "AF-NAN-goshta"),
            ("Goshta", "Goshta", "geonames:1140614"),
            ("Goshta town", "", "geonames:1140614"),
            ("Chitral", "", "PK-KP-lower-chitral;PK-KP-upper-chitral"),
            ("Chaman", "", "geonames:1181611"),
        ],
    )
    def test_a_small_seat_gives_way_to_its_district(
        self, place: str, district: str, place_id: str
    ) -> None:
        assert place_one(place=place, district=district)["place_id"] == place_id

    def test_a_contradicting_place_falls_back_with_a_note(self) -> None:
        row = place_one(place="Gurbuz town", district="North Waziristan Agency", country="PK")
        assert (row["located_by"], row["place_id"]) == ("district", "PK-KP-north-waziristan")
        assert "AF-KHO-gurbuz" in row["location_note"]

    def test_contradicting_units_of_two_countries_are_not_used(self) -> None:
        row = place_one(district="Khyber Agency", province="Nangarhar")
        assert row["located_by"] == "none"
        assert "neither is used" in row["location_note"]

    def test_a_contradicting_district_of_the_same_country_gives_way(self) -> None:
        row = place_one(district="Spera", province="Kunar", country="AF")
        assert row["place_id"] == "AF-KNR"
        assert "AF-KHO-spera" in row["location_note"]

    def test_third_countries_are_not_placed(self) -> None:
        row = place_one(place="Taftan", country="Iran")
        assert row["located_by"] == "none"
        assert "Iran" in row["location_note"]

    def test_unknown_country_is_told(self) -> None:
        row = place_one(place="Torkham", country="Pakstan")
        assert row["place_id"] == "line-torkham"
        assert "'Pakstan' is not known" in row["location_note"]

    def test_several_places_are_not_one_point(self) -> None:
        row = place_one(place="Hurmuz and Tappi villages", country="PK")
        assert row["location_precision"] == "area"
        assert inside(row, 70.26315, 32.97097)
        assert inside(row, 70.1475, 32.94778)
        row = place_one(place="Hurmuz and Nowhere villages", district="North Waziristan")
        assert row["place_id"] == "PK-KP-north-waziristan"

    def test_town_that_is_called_a_district(self) -> None:
        row = place_one(place="Miranshah district", country="PK")
        assert row["place_id"] == "PK-KP-north-waziristan"

    @pytest.mark.parametrize(
        ("place", "lon", "lat"),
        [
            ("15 kilometres north of Miranshah", 70.07, 33.135),
            ("2 km from Angor Adda town", 69.2825, 32.5336),
            ("near Miranshah", 70.15, 33.03),
        ],
    )
    def test_relative_places_hold_the_phrase(self, place: str, lon: float, lat: float) -> None:
        row = place_one(place=place, country="PK")
        assert (row["located_by"], row["location_precision"]) == ("relative", "area")
        assert inside(row, lon, lat)
        assert place in row["location_note"]

    def test_relative_place_wider_than_its_district_is_the_district(self) -> None:
        row = place_one(place="90 km southwest of Miranshah", district="Kurram", country="PK")
        assert row["place_id"] == "PK-KP-kurram"

    def test_between_holds_both(self) -> None:
        row = place_one(place="between Shkin and Angoor Adda")
        assert row["located_by"] == "between"
        assert inside(row, 69.26528, 32.52778)
        assert inside(row, 69.2825, 32.51556)
        assert pd.isna(row["location_side"])

    def test_nothing_given_has_a_reason(self) -> None:
        assert place_one()["location_note"] == "the record names no place"
        note = place_one(place="Gora Prai checkpost")["location_note"]
        assert note == (
            "no gazetteer entry fits 'Gora Prai checkpost'; no district, province or country given"
        )


class TestSides:
    def test_the_record_says_the_side(self) -> None:
        for country, sign in (("AF", 1), ("PK", -1)):
            row = place_one(place="Friendship Gate", country=country)
            found = Border.load().measure([row.geometry.x], [row.geometry.y])
            assert row["location_side"] == country
            assert found.side[0] == sign
            assert found.distance_m[0] > 50
            assert row["location_radius_m"] < 4_000
            assert f"record's country ({country})" in row["location_note"]

    def test_the_part_of_the_disc_is_covered(self) -> None:
        gate = Gazetteer.load().find("Friendship Gate")[0].place
        row = place_one(place="Friendship Gate", country="PK")
        step = range(0, 360, 15)
        lon, lat, _ = GEOD.fwd([gate.lon] * 24, [gate.lat] * 24, list(step), [gate.radius_m] * 24)
        sides = Border.load().measure(lon, lat).side
        assert {-1, 1} <= set(sides.tolist())
        for x, y, side in zip(lon, lat, sides, strict=True):
            if side < 0:
                away_m = GEOD.inv(row.geometry.x, row.geometry.y, x, y)[2]
                assert away_m <= row["location_radius_m"] + 20

    def test_the_unit_says_the_side(self) -> None:
        assert place_one(place="Torkham", district="Khyber Agency")["location_side"] == "PK"
        assert place_one(place="Torkham", province="Nangarhar")["location_side"] == "AF"
        assert place_one(place="Torkham, Nangarhar")["location_side"] == "AF"
        assert place_one(place="Torkham gate", district="Landi Kotal")["location_side"] == "PK"

    def test_nothing_said_leaves_it_open(self) -> None:
        row = place_one(place="Torkham")
        assert pd.isna(row["location_side"])
        assert (row.geometry.x, row.geometry.y) == (71.08472, 34.11472)
        assert pd.isna(place_one(place="Torkham", country="AF / PK")["location_side"])

    def test_far_from_the_line_no_side_is_needed(self) -> None:
        assert pd.isna(place_one(place="Hurmuz", country="PK")["location_side"])

    def test_never_moved_across(self) -> None:
        row = place_one(place="Parachinar", country="AF")
        assert row["located_by"] == "country"
        assert "pk-parachinar" in row["location_note"]


class TestCoordinates:
    def test_they_win(self) -> None:
        row = place_one(place="Wana", country="PK", latitude=32.3047, longitude=69.5703)
        assert (row["located_by"], row["location_precision"]) == ("reported", "exact")
        assert (row.geometry.x, row.geometry.y) == (69.5703, 32.3047)
        assert (row["location_radius_m"], row["match_score"]) == (1_000.0, 1.0)
        assert row["location_note"] == "reported coordinates"

    def test_names_that_point_elsewhere_are_told(self) -> None:
        row = place_one(place="Parachinar", district="Kurram", latitude=31.0, longitude=66.4)
        assert (row.geometry.x, row.geometry.y) == (66.4, 31.0)
        assert "outside Kurram district" in row["location_note"]
        assert "from Parachinar" in row["location_note"]

    @pytest.mark.parametrize(
        ("latitude", "longitude"),
        [(None, 71.0), (34.0, None), (float("nan"), 71.0), (float("inf"), 71.0), (95.0, 71.0),
         (34.0, 999.0), ("34° N", "71° E")],
    )  # fmt: skip
    def test_what_cannot_be_used(self, latitude: Any, longitude: Any) -> None:
        row = place_one(place="Torkham", latitude=latitude, longitude=longitude)
        assert row["place_id"] == "line-torkham"
        half = latitude is None or longitude is None or isinstance(latitude, str)
        assert half or "cannot be used" in row["location_note"]


class TestFrames:
    def test_needs_an_id(self) -> None:
        with pytest.raises(FrameError, match="incident_id"):
            geocode(gpd.GeoDataFrame({"place": ["Torkham"]}))

    def test_empty(self) -> None:
        placed = geocode(gpd.GeoDataFrame({"incident_id": []}))
        assert len(placed) == 0
        assert {column.name for column in columns_of("geocode")} <= set(placed.columns)

    def test_index_order_and_other_columns_are_left_alone(self) -> None:
        frame = gpd.GeoDataFrame(
            {"incident_id": ["b", "a", "a"], "place": ["Wana", None, pd.NA], "mine": [1, 2, 3]},
            index=[7, 7, 3],
        )
        placed = geocode(frame)
        assert placed.index.tolist() == [7, 7, 3]
        assert placed["incident_id"].tolist() == ["b", "a", "a"]
        assert placed["mine"].tolist() == [1, 2, 3]
        assert list(frame.columns) == ["incident_id", "place", "mine"]

    def test_geocoding_twice_changes_nothing(self) -> None:
        frame = gpd.GeoDataFrame({"incident_id": ["a"], "place": ["Torkham"]})
        once = geocode(frame)
        pd.testing.assert_frame_equal(once, geocode(once))

    def test_a_geometry_of_the_input_is_replaced(self) -> None:
        frame = gpd.GeoDataFrame(
            {"incident_id": ["a"], "place": ["Torkham"]},
            geometry=[shapely.Point(0, 0)], crs=CRS,
        )  # fmt: skip
        assert geocode(frame).geometry.iloc[0].x == 71.08472


class TestHostileText:
    @pytest.mark.parametrize(
        "text",
        ["", " ", "a" * 10_000, "Torkham " * 1_500, "and " * 3_000, "near " * 3_000, "," * 10_000,
         "٪" * 10_000, "د " * 5_000, "((((" * 2_500, "1 km from " * 1_000, "-" * 10_000],
    )  # fmt: skip
    @pytest.mark.timeout(20)
    def test_long(self, text: str) -> None:
        row = place_one(place=text, district=text, province=text, country=text)
        assert row["location_note"]
        assert len(row["location_note"]) < 4_000

    @pytest.mark.parametrize(
        "place",
        ["village", "border area", "12", "<b>Torkham</b><script>", "=HYPERLINK(1)", "{{ x }}",
         "https://example.org/map?q=Kabul", "\x00\x07", "\ud800", "🗺️", "\u202eTorkham"],
    )  # fmt: skip
    def test_odd(self, place: str) -> None:
        row = place_one(place=place)
        assert row["located_by"] in {"none", "place"}
        assert row["location_note"]

    @pytest.mark.parametrize("cell", [["Wana"], {"a": 1}, 3.5, True, b"Wana"])
    def test_cells_that_are_not_text(self, cell: Any) -> None:
        frame = pd.DataFrame({"incident_id": ["x"], "place": pd.Series([cell], dtype=object)})
        assert geocode(gpd.GeoDataFrame(frame))["location_note"].notna().all()

    def test_what_is_no_place_never_becomes_one(self) -> None:
        table = load_table("not_places")
        never = table.loc[table["rule"] == "never", "text"]
        frame = gpd.GeoDataFrame({"incident_id": range(len(never)), "place": never.to_numpy()})
        assert set(geocode(frame)["located_by"]) == {"none"}

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(
            st.tuples(*[st.one_of(st.none(), st.text(max_size=60))] * 4), min_size=1, max_size=6
        )
    )
    def test_no_row_is_lost(self, rows: list[tuple[str | None, ...]]) -> None:
        frame = gpd.GeoDataFrame(rows, columns=["place", "district", "province", "country"])
        frame["incident_id"] = [f"i{number}" for number in range(len(frame))]
        placed = geocode(frame)
        assert placed["incident_id"].tolist() == frame["incident_id"].tolist()
        assert placed["location_note"].notna().all()

    @settings(deadline=None, max_examples=100)
    @given(
        st.lists(
            st.sampled_from(
                ["Torkham", "Khost", "Kurram", "near", "and", "between", "km", "12", "of", ",",
                 "district", "north", "Pakistan", "border", "د", "کے", "ولسوالۍ", "–", "where"]
            ),
            max_size=14,
        ).map(" ".join)
    )  # fmt: skip
    def test_any_run_of_words(self, text: str) -> None:
        row = place_one(place=text)
        assert row["location_note"]
        assert (row["located_by"] == "none") == (row.geometry is None)
