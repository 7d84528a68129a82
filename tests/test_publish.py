"""What may be published: counts by area, named columns; some sources as rows only if allowed."""

from __future__ import annotations

import base64
import json
import re
import sys
import zlib
from collections import Counter

import pandas as pd
import pytest
import shapely

from bordermap import build
from bordermap.errors import FilterError, OutputError
from bordermap.layers import load_layer
from bordermap.publish import Publication, published, restricted_sources
from bordermap.schema import BANDS_KM

HEAD = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "actor2,admin1,admin2,location,country,latitude,longitude,geo_precision,source,notes,fatalities"
)
ROWS = (
    "PAK90001,2024-03-05,2024,1,Political violence,Battles,Armed clash,Secretive Front,"
    "Hidden Corps,Khyber Pakhtunkhwa,Khyber,Torkham,Pakistan,34.11731,71.09377,1,Daily Whisper,"
    "Nobody may read it,3",
    "PAK90002,2024-05-06,2024,1,Political violence,Battles,Armed clash,Secretive Front,"
    "Hidden Corps,Khyber Pakhtunkhwa,Khyber,Torkham,Pakistan,34.11731,71.09377,1,Daily Whisper,"
    "Nor this one,1",
    "AFG90003,2023-03-05,2023,1,Political violence,Explosions/Remote violence,Air/drone strike,"
    "Secretive Front,Hidden Corps,Khost,Spera,Lwara,Afghanistan,33.21917,69.53713,2,Daily Whisper,"
    "Not a word,0",
    "AFG90004,2023-04-05,2023,1,Political violence,Battles,Armed clash,Secretive Front,"
    "Hidden Corps,Khost,,Khost,Afghanistan,33.33951,69.92041,3,Daily Whisper,Keep out,0",
)
SECRETS = (
    *("PAK90001", "PAK90002", "AFG90003", "AFG90004", "Secretive Front", "Hidden Corps"),
    *("Daily Whisper", "Nobody may read", "Nor this one", "Not a word", "Keep out", "Lwara"),
    *("34.11731", "71.09377", "33.21917", "69.53713", "33.33951", "69.92041"),
)
SAMPLE_TERMS = "forbid passing rows on"


@pytest.fixture
def acled(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("\n".join([HEAD, *ROWS, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def located(tmp_path_factory):
    path = tmp_path_factory.mktemp("acled") / "events.csv"
    path.write_text("\n".join([HEAD, *ROWS, ""]), encoding="utf-8")
    return build(path)


def inflated(page):
    """The page with every packed block unpacked."""
    blocks = re.findall(r'<script type="text/plain"[^>]*>([^<]*)</script>', page)
    raw = [base64.b64decode(block) for block in blocks]
    return page.encode() + b"".join(zlib.decompress(one) for one in raw)


def counts(frame, names):
    texts = [frame[name].astype(object).where(frame[name].notna(), "") for name in names]
    return Counter(zip(*texts, strict=True))


class TestCounted:
    @pytest.mark.parametrize("way", ["districts", "zones", "hexagons"])
    def test_counts_by_type_year_side_and_band_are_those_of_the_rows(self, located, way):
        frame, _ = located
        shown, _ = published(frame, Publication(way), BANDS_KM)
        names = ["event_type", "border_side", "band", "year"]
        years = (one.assign(year=one["date_start"].dt.year) for one in (frame, shown))
        before, after = (counts(one, names) for one in years)
        assert before == after
        assert len(shown) == len(frame)

    def test_districts_are_those_of_the_points_and_vague_rows_their_provinces(self, located):
        shown, areas = published(located[0], Publication("districts"), BANDS_KM)
        found = counts(shown, ["place_id", "location_precision"])
        assert found[("AF-KHO", "province")] == 1
        assert sum(n for (_, level), n in found.items() if level == "district") == 3
        assert not areas

    def test_points_are_inner_points_of_areas_and_not_of_rows(self, located):
        frame, _ = located
        for way in ("districts", "zones", "hexagons"):
            shown, _ = published(frame, Publication(way), BANDS_KM)
            spots = {(point.x, point.y) for point in shown.geometry}
            assert not spots & {(point.x, point.y) for point in frame.geometry}
        inner = shapely.point_on_surface(load_layer("map_districts").frame.geometry.to_numpy())
        shown, _ = published(frame, Publication("districts"), BANDS_KM)
        districts = shown[shown["location_precision"] == "district"]
        assert {(p.x, p.y) for p in districts.geometry} <= {(p.x, p.y) for p in inner}

    def test_distances_are_those_of_the_bands(self, located):
        shown, _ = published(located[0], Publication("districts"), BANDS_KM)
        for band, low, at in zip(
            shown["band"], shown["border_distance_min_m"], shown["border_distance_m"], strict=True
        ):
            assert band.startswith((f"{low / 1000:g}-", f"over {low / 1000:g}"))
            assert at > low

    def test_the_order_of_the_rows_leaves_no_trace(self, located):
        frame, _ = located
        first, _ = published(frame, Publication("districts"), BANDS_KM)
        second, _ = published(frame.iloc[::-1], Publication("districts"), BANDS_KM)
        pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))

    def test_no_row_and_a_row_without_a_place_are_counted(self, located):
        frame, _ = located
        empty, _ = published(frame.iloc[:0], Publication("districts"), BANDS_KM)
        assert len(empty) == 0
        lost = frame.iloc[:1].assign(adm2_code=None, adm1_code=None, adm0=None)
        shown, _ = published(lost, Publication("districts"), BANDS_KM)
        assert shown.geometry.isna().all()
        assert shown["location_note"].tolist() == ["in none of the areas counted"]


class TestRestricted:
    def test_sources_are_known_by_recipe_scheme_columns_and_names(self, located):
        frame, report = located
        assert restricted_sources(frame, report) == ("ACLED",)
        none = report.__class__((), (), pd.DataFrame())
        bare = frame[["incident_id", "geometry"]]
        assert restricted_sources(bare, none) == ()
        assert restricted_sources(bare.assign(location_precision_scheme="gtd"), none) == ("GTD",)
        assert restricted_sources(bare.assign(source_name="via ACLED"), none) == ("ACLED",)
        assert restricted_sources(bare.assign(iyear=1, imonth=2), none) == ("GTD",)

    @pytest.mark.parametrize("way", [(), ("districts",), ("zones",), ("hexagons",)])
    def test_no_row_is_in_the_page(self, run, acled, tmp_path, way):
        path = tmp_path / "map.html"
        result = run("map", acled, "-o", path, *(("--publish", *way) if way else ()))
        assert (SAMPLE_TERMS in result.stderr) is (not way)
        content = inflated(path.read_text(encoding="utf-8"))
        found = [secret for secret in SECRETS if secret.encode() in content]
        assert found == []
        assert b"armed_clash" in content
        assert b"Small counts are shown as they are" in content

    def test_no_row_is_in_a_figure(self, run, acled, tmp_path):
        path = tmp_path / "map.svg"
        run("map", acled, "-o", path)
        content = path.read_bytes()
        assert [secret for secret in SECRETS if secret.encode() in content] == []
        assert b"access date not stated" in content

    def test_rows_are_published_when_somebody_says_who_allows_it(self, run, acled, tmp_path):
        path = tmp_path / "map.html"
        run("map", acled, "-o", path, "--publish", "as-is", "--rights", "Our licence of 2026")
        content = inflated(path.read_text(encoding="utf-8"))
        assert b"Nobody may read it" in content
        assert b"Rows are published as they are: Our licence of 2026." in content

    def test_named_columns_are_all_there_is(self, run, acled, tmp_path):
        path = tmp_path / "map.html"
        run("map", acled, "-o", path, "--publish", "columns=date_start,event_type")
        content = inflated(path.read_text(encoding="utf-8"))
        assert [secret for secret in SECRETS if secret.encode() in content] == []
        assert b"Only these columns are published: date_start, event_type." in content

    def test_citation_access_date_and_filters_are_written_out(self, run, acled, tmp_path):
        path = tmp_path / "map.html"
        words = ("--citation", "ACLED, as we cite it", "--accessed", "2026-11-02")
        run("map", acled, "-o", path, "--within", "50km", "--publish", "districts", *words)
        block = re.search(r'id="bordermap-settings">([^<]*)<', path.read_text("utf-8"))
        caption = json.loads(block[1])["caption"]
        assert "Source: ACLED, as we cite it, accessed 2026-11-02." in caption
        assert "Filters: within 50km." in caption

    def test_the_sample_incidents_are_drawn_as_ever(self, run, tmp_path):
        run("map", "-o", tmp_path / "map.html")
        assert b"PK" in inflated((tmp_path / "map.html").read_text("utf-8"))

    def test_the_same_input_gives_the_same_bytes(self, run, acled, tmp_path):
        for name in ("a.html", "b.html"):
            run("map", acled, "-o", tmp_path / name)
        assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


class TestUsage:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--publish", "rows"), "is not known"),
            (("--publish", ""), "is not known"),
            (("--publish", "columns="), "no column is named"),
            (("--publish", "districts=x"), "is not known"),
            (("--publish", "as-is"), "--rights"),
            (("--publish", "as-is", "--rights", " "), "--rights"),
            (("--publish", "columns=nothing_like_it"), "there is no column"),
            (("--publish", "districts", "--accessed", "yesterday"), "YYYY-MM-DD"),
            (("--rights", "me"), "add --publish"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_in_one_line(self, run, acled, tmp_path, words, said):
        result = run("map", acled, "-o", tmp_path / "map.html", *words, status=2)
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("bordermap: ")
        assert said in last
        assert not (tmp_path / "map.html").exists()

    def test_hexagons_without_h3_name_the_extra(self, located, monkeypatch):
        monkeypatch.setitem(sys.modules, "h3", None)
        with pytest.raises(OutputError, match=r"pip install 'bordermap\[hexagons\]'"):
            published(located[0], Publication("hexagons"), BANDS_KM)

    def test_hostile_words_stay_words(self):
        rights = "<script>x</script>\x00\u202e"
        said = Publication.of("as-is", rights).statement((), {"actor": ["<b>"]})
        assert "\x00" not in said
        assert "\u202e" not in said
        with pytest.raises(FilterError):
            Publication.of("x" * 1_000_000)
