"""Places told by landmarks, by the line and by lists, as shapes; doubt told by code."""

from __future__ import annotations

from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from bordermap.border import Border
from bordermap.certainty import SURELY, Asked, certainty_of
from bordermap.footprint import STRIP_M, is_area, shipped_polygon, strip
from bordermap.gazetteer import Gazetteer
from bordermap.geocode import geocode
from bordermap.geocode.phrases import read_place
from bordermap.geocode.relative import BEARING_HALF_DEG, ROAD_SHARE
from bordermap.layers import load_layer
from bordermap.locate import locate

GEOD = Geod(ellps="WGS84")
MILE_M = 1609.344


def place_one(**record: Any) -> pd.Series[Any]:
    frame = pd.DataFrame([{"incident_id": "x", **record}], dtype=object)
    return geocode(gpd.GeoDataFrame(frame)).iloc[0]


def spot(place_id: str) -> tuple[float, float]:
    entry = Gazetteer.load().entry(place_id)
    assert entry is not None
    return entry.place.lon, entry.place.lat


def holds(row: pd.Series[Any], lon: float, lat: float) -> bool:
    """Whether a place lies in the footprint's disc."""
    away_m = GEOD.inv(row.geometry.x, row.geometry.y, lon, lat)[2]
    return bool(away_m <= row["location_radius_m"])


def km_range(row: pd.Series[Any]) -> tuple[float, float]:
    first, last = row["place_id"].removeprefix("line:").split("-")
    return float(first), float(last)


def unit_range(layer: str, code: str) -> tuple[float, float]:
    """First and last kilometre of the line in a unit, by its own polygon."""
    frame = load_layer(layer).frame
    outline = frame.geometry[frame["code"] == code].iloc[0]
    ranges = Border.load().stretches_within(outline)
    return ranges[0][0], ranges[-1][1]


class TestDistances:
    """A distance and a direction: the point geodesically there."""

    CASES: ClassVar[dict[str, tuple[str, float, float, float]]] = {
        # text: (landmark, bearing, metres, the number's own width in metres)
        "12 km north of Ghulam Khan": ("pk-ghulam-khan", 0, 12_000, 1_000),
        "six miles north of Khar": ("pk-khar-bajaur", 0, 6 * MILE_M, MILE_M),
        "65 kilometres southwest of Miranshah": ("pk-miranshah", 225, 65_000, 2_500),
        "some 40 km west of Miranshah": ("pk-miranshah", 270, 40_000, 10_000),
        "about 15 km south of Torkham": ("line-torkham", 180, 15_000, 5_000),
        "10-12 km east of Parachinar": ("pk-parachinar", 90, 11_000, 6_000),
        "5 km NNE of Parachinar": ("pk-parachinar", 22.5, 5_000, 2_500),
        "5km north-northeast of Parachinar": ("pk-parachinar", 22.5, 5_000, 2_500),
        "15 km to the north-west of Torkham": ("line-torkham", 315, 15_000, 2_500),
        "Parachinar (20 kilometres north of)": ("pk-parachinar", 0, 20_000, 5_000),
        "۱۵ کیلومتری شمال تورخم": ("line-torkham", 0, 15_000, 2_500),
        "در ۱۵ کیلومتری شمال شرق تورخم": ("line-torkham", 45, 15_000, 2_500),
        "د تورخم شمال ته ۱۵ کیلومتره": ("line-torkham", 0, 15_000, 2_500),
        "له تورخم څخه ۱۵ کیلومتره شمال ته": ("line-torkham", 0, 15_000, 2_500),
        "طورخم سے 12 کلومیٹر شمال میں": ("line-torkham", 0, 12_000, 1_000),
    }

    @pytest.mark.parametrize("text", CASES)
    def test_the_point_is_geodesically_there(self, text: str) -> None:
        landmark, bearing, metres, _ = self.CASES[text]
        row = place_one(place=text)
        lon, lat, _ = GEOD.fwd(*spot(landmark), bearing, metres)
        assert (row["located_by"], row["location_precision"]) == ("relative", "area")
        assert row["place_id"] == landmark
        assert GEOD.inv(row.geometry.x, row.geometry.y, lon, lat)[2] < 1

    @pytest.mark.parametrize("text", CASES)
    def test_the_footprint_holds_what_the_words_allow(self, text: str) -> None:
        landmark, bearing, metres, width = self.CASES[text]
        row = place_one(place=text)
        for far in (ROAD_SHARE * (metres - width), metres, metres + width):
            for turn in (-BEARING_HALF_DEG, 0, BEARING_HALF_DEG):
                lon, lat, _ = GEOD.fwd(*spot(landmark), bearing + turn, max(far, 0))
                assert holds(row, lon, lat), (far, turn)

    @pytest.mark.parametrize("text", CASES)
    def test_it_is_no_disc_around_the_landmark(self, text: str) -> None:
        landmark, _, metres, width = self.CASES[text]
        entry = Gazetteer.load().entry(landmark)
        assert entry is not None
        row = place_one(place=text)
        assert row["location_radius_m"] < entry.place.radius_m + metres + 2 * width

    @pytest.mark.parametrize(
        ("text", "least", "most"),
        [
            ("10 km from Torkham", 11_500, 17_000),
            ("half a mile from Torkham", 1_500, 3_000),
            ("a few kilometres from Torkham", 5_000, 9_000),
            ("1,200 metres from Torkham gate", 2_700, 3_000),
            ("within 5 km of Torkham", 6_500, 12_000),
            ("0 km north of Torkham", 1_500, 3_000),
        ],
    )
    def test_without_a_direction_it_is_around(self, text: str, least: float, most: float) -> None:
        row = place_one(place=text)
        assert GEOD.inv(row.geometry.x, row.geometry.y, *spot("line-torkham"))[2] < 1
        assert least <= row["location_radius_m"] <= most

    def test_at_most_and_at_least(self) -> None:
        under = place_one(place="less than 10 km south of Wana")
        over = place_one(place="more than 10 km south of Wana")
        wana = spot("geonames:1162634")
        for far, row in ((1_000, under), (9_900, under), (10_500, over), (14_900, over)):
            lon, lat, _ = GEOD.fwd(*wana, 180, far)
            assert holds(row, lon, lat)

    def test_a_direction_alone_is_a_sector(self) -> None:
        row = place_one(place="southwest of Wana")
        wana = spot("geonames:1162634")
        assert 20_000 < row["location_radius_m"] < 50_000
        for far in (5_000, 25_000, 49_000):
            assert holds(row, *GEOD.fwd(*wana, 225, far)[:2])
        assert not holds(row, *GEOD.fwd(*wana, 45, 20_000)[:2])

    @pytest.mark.parametrize(
        "text", ["in the east of Khost province", "eastern part of Khost province"]
    )
    def test_a_direction_in_a_unit_is_that_part_of_it(self, text: str) -> None:
        row = place_one(place=text)
        entry = Gazetteer.load().entry("AF-KHO")
        assert entry is not None
        assert entry.outline is not None
        middle = entry.place.lon
        corners = shapely.get_coordinates(entry.outline.geometry)
        eastern = corners[corners[:, 0] > middle + 0.01]
        assert row.geometry.x > middle
        assert all(holds(row, *corner) for corner in eastern[::50])
        assert not all(holds(row, *corner) for corner in corners[::50])

    def test_named_after_the_province_it_is_only_a_word(self) -> None:
        assert place_one(place="eastern Nangarhar province")["place_id"] == "AF-NAN"

    def test_of_namesakes_the_one_near_the_landmark(self) -> None:
        alone = place_one(place="Jani Khel")
        told = place_one(place="Jani Khel, near Bannu")
        assert alone["location_status"] == "ambiguous"
        assert told["place_id"] in {"pk-jani-khel-fr-bannu", "geonames:1183460"}

    def test_a_doubtful_name_gives_way_to_its_landmark(self) -> None:
        row = place_one(place="Tierra, near Parachinar", district="Kurram", country="PK")
        assert row["place_id"] == "pk-parachinar"
        assert row["location_status"] == "weak"
        assert "pk-tirah" in row["location_candidates"]

    def test_a_landmark_that_is_not_known_is_told(self) -> None:
        row = place_one(place="12 km north of Nowhereville", province="Khost", country="AF")
        assert (row["place_id"], row["location_status"]) == ("AF-KHO", "weak")
        assert "Nowhereville" in row["location_note"]

    def test_two_landmarks(self) -> None:
        row = place_one(place="a village 3 km inside Afghanistan near Torkham")
        assert row["place_id"] == "line-torkham"
        row = place_one(place="15 km north of Miranshah near Ghulam Khan")
        assert row["place_id"] == "pk-ghulam-khan"

    def test_a_landmark_that_is_not_known_is_told_of_a_district_too(self) -> None:
        row = place_one(place="Spera district, 5 km from Nowhereville")
        assert (row["place_id"], row["location_status"]) == ("AF-KHO-spera", "weak")

    def test_far_outside_its_own_district_it_is_not_used(self) -> None:
        row = place_one(place="5 km north of Chaman", district="Kurram", country="PK")
        assert (row["place_id"], row["location_status"]) == ("PK-KP-kurram", "weak")

    @settings(deadline=None, max_examples=40)
    @given(st.integers(1, 120), st.sampled_from(["north", "east", "south", "west", "southeast"]))
    def test_any_distance(self, km: int, direction: str) -> None:
        row = place_one(place=f"{km} km {direction} of Torkham")
        away_m = GEOD.inv(row.geometry.x, row.geometry.y, *spot("line-torkham"))[2]
        assert away_m == pytest.approx(1000 * km, abs=1)
        assert row["location_radius_m"] < 1000 * km + 1_500 + 50_000


class TestLine:
    """Stretches of the line as footprints."""

    def test_near_the_border_in_a_district(self) -> None:
        row = place_one(place="near the border in Spera district")
        assert row["located_by"] == "border"
        assert km_range(row) == pytest.approx(unit_range("districts", "AF-KHO-spera"), abs=0.02)
        assert row["location_side"] == "AF"
        found = Border.load().measure([row.geometry.x], [row.geometry.y])
        assert found.side[0] == 1
        assert 0 < found.distance_m[0] < STRIP_M

    @pytest.mark.parametrize(
        "text",
        ["on the Pak-Afghan border in Mohmand", "along the Durand Line in Mohmand district",
         "Mohmand district, near the Afghan border", "border areas of Mohmand",
         "3km (2 miles) from the border in Mohmand district"],
    )  # fmt: skip
    def test_ways_to_say_it(self, text: str) -> None:
        row = place_one(place=text, country="PK")
        assert row["located_by"] == "border"
        assert km_range(row) == pytest.approx(unit_range("districts", "PK-KP-mohmand"), abs=0.02)
        assert row["location_side"] == "PK"

    @pytest.mark.parametrize(
        "text",
        ["border area of Kurram and Khost", "along the border between Kurram and Khost",
         "Palosin area, border of Kurram and Khost",
         "Angoor Tangi check-post in Kurram district adjacent to Khost province"],
    )  # fmt: skip
    def test_where_units_of_both_sides_meet(self, text: str) -> None:
        row = place_one(place=text)
        kurram = unit_range("districts", "PK-KP-kurram")
        khost = unit_range("provinces", "AF-KHO")
        shared = max(kurram[0], khost[0]), min(kurram[1], khost[1])
        assert km_range(row) == pytest.approx(shared, abs=0.02)

    def test_in_urdu(self) -> None:
        row = place_one(place="کرم ضلع میں پاک افغان سرحد کے قریب")
        assert km_range(row) == pytest.approx(unit_range("districts", "PK-KP-kurram"), abs=0.02)

    def test_several_units_of_one_side(self) -> None:
        row = place_one(place="border areas of Bajaur, Mohmand and Khyber")
        codes = [f"PK-KP-{name}" for name in ("bajaur", "mohmand", "khyber")]
        ranges = [unit_range("districts", code) for code in codes]
        both = min(a for a, _ in ranges), max(b for _, b in ranges)
        assert km_range(row) == pytest.approx(both, abs=0.02)

    def test_units_of_one_country_meet_on_their_own_boundary(self) -> None:
        row = place_one(place="between Kurram and Orakzai districts")
        frame = load_layer("districts").frame.set_index("code").geometry
        shared = frame["PK-KP-kurram"].intersection(frame["PK-KP-orakzai"].buffer(0.001))
        assert row["located_by"] == "between"
        assert holds(row, *shared.centroid.coords[0])
        assert row["location_radius_m"] < 40_000

    def test_across_the_border(self) -> None:
        row = place_one(place="post across the border from Chaman")
        town = spot("geonames:1181611")
        km = Border.load().measure([town[0]], [town[1]]).km[0]
        assert km_range(row)[0] < km < km_range(row)[1]
        assert row["location_side"] == "AF"
        assert Border.load().measure([row.geometry.x], [row.geometry.y]).side[0] == 1

    def test_opposite_a_district(self) -> None:
        row = place_one(place="opposite Nari district")
        assert km_range(row) == pytest.approx(unit_range("districts", "AF-KNR-naray"), abs=0.02)
        assert row["location_side"] == "PK"

    @pytest.mark.parametrize(
        ("text", "country", "side"),
        [("facing Chaman", "AF", "AF"), ("adjacent to Khost province", "PK", "PK")],
    )
    def test_the_record_says_the_side(self, text: str, country: str, side: str) -> None:
        assert place_one(place=text, country=country)["location_side"] == side

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("where Pakistan, Afghanistan and Iran meet", 0.0),
            ("tri-border area of Afghanistan, Pakistan and Iran", 0.0),
            ("tri-border area of Afghanistan, Pakistan and China", 1.0),
            ("tripoint with China", 1.0),
        ],
    )
    def test_ends_of_the_line(self, text: str, at: float) -> None:
        row = place_one(place=text)
        lon, lat = Border.load().point_at([at * Border.load().length_km])
        assert row["located_by"] == "border"
        assert holds(row, lon[0], lat[0])
        assert row["location_radius_m"] < 20_000

    def test_which_end_the_province_tells(self) -> None:
        row = place_one(place="tri-border area", province="Balochistan", country="PK")
        assert km_range(row)[0] == 0
        assert place_one(place="tri-border area")["located_by"] == "none"

    @pytest.mark.parametrize(
        ("record", "place_id"),
        [
            ({"place": "Torkham zero point"}, "line-torkham"),
            ({"place": "Zero Point, Torkham"}, "line-torkham"),
            ({"place": "Chaman zero point"}, "line-wesh-chaman-border-crossing"),
            ({"place": "zero point, Chaman"}, "line-wesh-chaman-border-crossing"),
            ({"place": "zero line", "district": "Chaman"}, "line-wesh-chaman-border-crossing"),
            ({"place": "چمن بارڈر"}, "line-wesh-chaman-border-crossing"),
        ],
    )
    def test_zero_points_are_crossings(self, record: dict[str, str], place_id: str) -> None:
        assert place_one(**record)["place_id"] == place_id

    @pytest.mark.parametrize(
        "text", ["border", "near the border", "Pak-Afghan border", "3 km from the border"]
    )
    def test_the_line_alone_is_no_place(self, text: str) -> None:
        row = place_one(place=text)
        assert row["located_by"] == "none"
        assert "alone does not place it" in row["location_note"]
        assert place_one(place=text, country="PK")["located_by"] == "country"

    def test_names_of_crossings_are_no_mention_of_the_line(self) -> None:
        gazetteer = Gazetteer.load()
        for text in ("Torkham border", "border town called Wesh", "Angoor Adda border gate"):
            assert read_place(text, gazetteer).relations == ()

    def test_the_strip_is_as_wide_as_it_says(self) -> None:
        border = Border.load()
        polygon = strip(1527.86, 1541.44, border)
        lon, lat = shapely.get_coordinates(polygon).T
        assert border.measure(lon, lat).distance_m.max() < 1.02 * STRIP_M
        km = np.linspace(1528, 1541, 30)
        for offset in (-0.9 * STRIP_M, 0.9 * STRIP_M):
            x, y, reach = border.place_beside(km, np.full(30, offset))
            assert shapely.contains_xy(polygon, x, y)[np.isfinite(reach)].all()

    def test_later_stages_know_the_strip(self) -> None:
        texts = ["near the border in Spera district", "border area of Kurram and Khost"]
        frame = gpd.GeoDataFrame({"incident_id": ["a", "b"], "place": texts})
        placed = locate(geocode(frame))
        assert is_area(placed).all()
        assert placed["border_side"].tolist() == ["AF", "uncertain"]
        assert (placed["border_distance_min_m"] == 0).all()
        assert (placed["border_distance_max_m"] < 1.02 * STRIP_M).all()
        for _, row in placed.iterrows():
            polygon = shipped_polygon(row["place_id"])
            assert shapely.contains_xy(polygon, row.geometry.x, row.geometry.y)
            corners = shapely.get_coordinates(polygon)
            assert all(holds(row, *corner) for corner in corners[::20])
        near = Asked(_within_a_strip, np.zeros(2, dtype=bool), by_distance=True)
        assert certainty_of(placed, near).tolist() == [SURELY, SURELY]


def _within_a_strip(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"hit": rows["border_distance_m"] <= 1.05 * STRIP_M})


class TestBetweenAndLists:
    def test_between_two_places(self) -> None:
        row = place_one(place="between Wana and the Angoor Adda area", country="PK")
        assert row["located_by"] == "between"
        ends = spot("geonames:1162634"), spot("pk-angur-ada")
        assert all(holds(row, *end) for end in ends)
        apart_m = GEOD.inv(*ends[0], *ends[1])[2]
        assert row["location_radius_m"] < apart_m / 2 + 8_000

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("Mohmand, Khyber and Bajaur", {"PK-KP-mohmand", "PK-KP-khyber", "PK-KP-bajaur"}),
            ("Khost, Paktika and Kunar provinces", {"AF-KHO", "AF-PKA", "AF-KNR"}),
            ("Rukha, Anaba, and Shutul districts of Panjshir",
             {"AF-PAN-rokha", "AF-PAN-anaba", "AF-PAN-shotul"}),
        ],
    )  # fmt: skip
    def test_lists_are_all_of_them(self, text: str, codes: set[str]) -> None:
        row = place_one(place=text)
        assert set(row["place_id"].split(";")) == codes
        assert row["location_status"] == "weak"
        assert "all of them" in row["location_note"]

    def test_a_list_says_more_than_a_column(self) -> None:
        row = place_one(place="Nawbahar and Shemulzai districts", district="Naw Bahar district",
                        province="Zabul", country="AF")  # fmt: skip
        assert set(row["place_id"].split(";")) == {"AF-ZAB-naw-bahar", "AF-ZAB-shamulzayi"}
        assert "more than the record's" in row["location_note"]

    def test_a_town_in_a_mistaken_district(self) -> None:
        row = place_one(place="Dalbandin town", district="Nushki", province="Balochistan")
        assert (row["place_id"], row["location_status"]) == ("geonames:1180729", "weak")
        assert "against the record's district" in row["location_note"]

    def test_a_quarter_of_a_town_may_lie_beside_it(self) -> None:
        row = place_one(place="Nogha area of Ghazni city", province="Ghazni", country="AF")
        whole = place_one(place="Ghazni city", province="Ghazni", country="AF")
        assert row["location_radius_m"] == whole["location_radius_m"] + 10_000
        assert (row["location_precision"], row["location_status"]) == ("area", "weak")

    @pytest.mark.parametrize(
        ("text", "place_id"),
        [
            ("on the Afghan side of the Torkham crossing", "AF"),
            ("Pakistani side of Torkham", "PK"),
        ],
    )
    def test_the_text_says_the_side(self, text: str, place_id: str) -> None:
        assert place_one(place=text)["location_side"] == place_id

    def test_districts_with_their_province_in_brackets(self) -> None:
        row = place_one(district="Arghandab district (Zabul)", province="Zabul", country="AF")
        assert row["place_id"] == "AF-ZAB-arghandab"

    def test_possessors_before_and_behind(self) -> None:
        assert place_one(place="Ghor's Du Layna district")["place_id"] == "AF-GHO-du-layna"


def test_the_end_of_the_line_on_one_side_is_no_point_in_a_third_country():
    row = {
        "incident_id": "1",
        "place": "where Pakistan, Afghanistan and Iran meet",
        "country": "PK",
    }
    found = locate(geocode(pd.DataFrame([row])))
    assert found["border_side"].tolist() == ["PK"]
    assert found["adm0"].tolist() == ["PK"]
