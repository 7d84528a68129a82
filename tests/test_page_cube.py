"""Pages of counts, for more incidents than a page can hold: every sum is exact."""

from __future__ import annotations

import io
import re
import sys
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st
from page_samples import HOSTILE
from test_page import browser, open_page  # noqa: F401 - fixtures
from test_page_accessibility import axe, faults  # noqa: F401 - a fixture
from test_page_take_away import picture, saved
from test_publish import HEAD, ROWS, SECRETS, inflated

from bordermap import build, locate
from bordermap.errors import FilterError, OutputError
from bordermap.pipeline import sample_incidents
from bordermap.render import (
    MOST_INCIDENTS,
    MapStyle,
    aggregation,
    cube,
    languages,
    make_cube_map,
    merged,
)
from bordermap.render.cube import FATALITIES, KEYS

WAYS = ("districts", "stretches", "hexagons")
KHOST, LANDI_KOTAL, DUSHANBE = (69.9203, 33.3338), (71.145, 34.101), (68.78, 38.56)


@pytest.fixture(scope="module")
def sample():
    """The sample incidents, one of them without a place and one without a day."""
    frame, _ = build(sample_incidents())
    frame.loc[5, "geometry"] = None
    frame.loc[9, ["date_start", "date_end"]] = pd.NaT
    return locate(frame)


def number(text):
    return int(text.replace(",", ""))


class TestCube:
    @pytest.mark.parametrize("by", WAYS)
    def test_every_sum_is_that_of_the_rows(self, sample, by):
        cells = cube(sample, by).cells
        assert cells["incidents"].sum() == len(sample)
        for name in ("event_type", "border_side", "band"):
            words = sample[name].astype(object).where(sample[name].notna(), "")
            assert cells.groupby(name)["incidents"].sum().to_dict() == (
                words.value_counts().to_dict()
            )
        years = sample["date_start"].dt.year.fillna(0).astype(int)
        assert cells.groupby("year")["incidents"].sum().to_dict() == years.value_counts().to_dict()
        for name in FATALITIES:
            assert cells[name].sum() == sample[name].sum()

    def test_districts_are_those_of_the_points(self, sample):
        cells = cube(sample).cells
        own = sample[~sample["location_precision"].isin(["province", "country"])]
        counts = own["adm2_code"].value_counts().to_dict()
        found = cells[cells["area"] != ""].groupby("area")["incidents"].sum().to_dict()
        assert found == {code: n for code, n in counts.items() if code in found}
        assert sum(found.values()) > 80

    def test_stretches_are_the_nearest_ten_kilometres(self, sample):
        cells = cube(sample, "stretches").cells
        vague = sample["location_precision"].isin(["district", "province", "country"])
        own = sample[~vague & sample["border_km"].notna()]
        codes = (own["border_km"] // 10 * 10).map(lambda km: f"line:{km:.2f}-{km + 10:.2f}")
        found = cells[cells["area"] != ""].groupby("area")["incidents"].sum().to_dict()
        assert found == codes.value_counts().to_dict()

    @given(st.lists(st.integers(0, 90), max_size=4), st.integers(0, 99), st.sampled_from(WAYS))
    @settings(max_examples=20, deadline=None)
    def test_cubes_of_parts_add_up_in_any_order(self, sample, cuts, order, by):
        chance = np.random.default_rng(order)
        shuffled = sample.iloc[chance.permutation(len(sample))]
        edges = [0, *sorted(cuts), len(sample)]
        parts = [cube(shuffled.iloc[a:b], by) for a, b in pairwise(edges)]
        chance.shuffle(parts)
        whole = cube(sample, by)
        pd.testing.assert_frame_equal(merged(parts).cells, whole.cells)
        pd.testing.assert_frame_equal(merged([merged(parts[:1]), *parts[1:]]).cells, whole.cells)

    def test_what_is_not_known_has_cells_of_its_own(self):
        frame = locate(incidents({"at": None}, {"at": DUSHANBE, "event_type": "protest"}))
        cells = cube(frame).cells
        assert cells[list(KEYS)].to_numpy().tolist() == [
            ["", "", 0, "", ""],
            ["", "protest", 0, "other", "over 50 km"],
        ]
        assert cells["fatalities_low"].isna().all()

    def test_a_bare_frame_is_counted(self):
        bare = gpd.GeoDataFrame({"incident_id": ["A"]}, geometry=[None], crs="EPSG:4326")
        for by in WAYS:
            assert cube(bare, by).cells["incidents"].tolist() == [1]

    def test_what_cannot_be_counted_is_refused(self, sample, monkeypatch):
        with pytest.raises(FilterError, match="is no area"):
            cube(sample, "villages")
        with pytest.raises(FilterError, match="there is no cube"):
            merged([])
        with pytest.raises(FilterError, match="cannot be added up"):
            merged([cube(sample, "districts"), cube(sample, "stretches")])
        monkeypatch.setitem(sys.modules, "h3", None)
        with pytest.raises(OutputError, match=r"pip install 'bordermap\[hexagons\]'"):
            cube(sample, "hexagons")

    def test_many_incidents_are_counted_and_few_are_not(self):
        assert aggregation("auto", MOST_INCIDENTS) is None
        assert aggregation("auto", MOST_INCIDENTS + 1) == "districts"
        assert aggregation("never", 10 * MOST_INCIDENTS) is None
        assert aggregation("hexagons", 1) == "hexagons"
        with pytest.raises(FilterError, match="no way to count"):
            aggregation("often", 1)


class Counts:
    """What a page of counts says."""

    def __init__(self, reader):
        self.reader, self.page = reader, reader.page

    def numbers(self):
        return self.reader.numbers()

    def facet(self, name):
        """Counts of a facet by its words."""
        rows = self.page.locator(f".facet-{name} .choice").all()
        return {
            row.locator(".choice-name").inner_text(): number(row.locator(".count").inner_text())
            for row in rows
        }

    def untick(self, name, word):
        box = self.page.locator(f".facet-{name} .choice", has_text=word).locator("input")
        box.evaluate("box => box.click()")

    def table(self):
        """Rows of the table of areas, and its foot."""
        if self.page.get_attribute("#dock-areas", "aria-selected") == "false":
            self.page.click("#dock-areas")
        self.page.locator(".area-table tfoot tr").first.wait_for(state="attached")
        self.page.wait_for_timeout(100)
        read = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        return [
            self.page.eval_on_selector_all(f".area-table {part} tr", read)
            for part in ("tbody", "tfoot")
        ]


@pytest.fixture
def counts(open_page, sample):  # noqa: F811 - a fixture
    def opened(by="districts", size="wide", frame=None, style=None, fragment=""):
        html = make_cube_map(cube(sample if frame is None else frame, by), style=style).html
        return Counts(open_page(html, size, fragment))

    return opened


@pytest.mark.browser
class TestPage:
    @pytest.mark.parametrize("size", ["wide", "phone"])
    @pytest.mark.parametrize("by", WAYS)
    def test_everything_adds_up(self, counts, sample, by, size):
        shown = counts(by, size)
        cells = cube(sample, by).cells
        nowhere = int(cells.loc[cells["area"] == "", "incidents"].sum())
        assert shown.numbers() == [len(sample) - nowhere, nowhere, len(sample)]
        assert f"{len(sample)} incidents, shown by" in shown.page.text_content(".caption")
        rows, foot = shown.table()
        assert len(rows) == cells.loc[cells["area"] != "", "area"].nunique()
        assert sum(number(row[1]) for row in rows) == len(sample) - nowhere
        assert [number(row[1]) for row in foot] == [nowhere, len(sample)]
        best = sum(number(row[3]) for row in (*rows, foot[0]) if row[3] != "–")
        assert best == number(foot[1][3]) == sample["fatalities_best"].sum()
        assert shown.reader.is_silent()

    def test_filters_by_type_year_side_and_band_are_exact(self, counts, sample):
        shown = counts()
        left = sample
        for facet, column, word, value in (
            ("type", "event_type", "Airstrike", "airstrike"),
            ("side", "border_side", "Pakistani side", "PK"),
            ("band", "band", "10 to 25 km", "10-25 km"),
        ):
            shown.untick(facet, word)
            left = left[left[column].fillna("") != value]
            assert shown.numbers()[-2:] == [len(sample) - len(left), len(sample)]
        shown.page.fill(".facet-year input >> nth=0", "2010")
        shown.page.locator(".facet-year input").nth(0).dispatch_event("change")
        years = left["date_start"].dt.year
        left = left[years >= 2010]
        drawn, nowhere, out, total = shown.numbers()
        assert (drawn + nowhere, out, total) == (len(left), len(sample) - len(left), len(sample))
        assert sum(number(row[1]) for row in shown.table()[0]) == drawn
        kept = left["event_type"].value_counts()
        assert shown.facet("type")["Armed clash"] == kept["armed_clash"]
        assert shown.facet("band")["0 to 5 km"] == (left["band"] == "0-5 km").sum()

    def test_the_address_keeps_what_is_shown(self, counts, sample):
        shown = counts(
            fragment="#no_type=airstrike&from=2011-06-15&q=anything&within=5&toll=best-9"
        )
        left = sample[
            (sample["event_type"].fillna("") != "airstrike")
            & (sample["date_start"].dt.year >= 2011)
        ]
        assert shown.numbers()[-2:] == [len(sample) - len(left), len(sample)]
        shown.untick("side", "Afghan side")
        shown.page.wait_for_timeout(1000)
        address = shown.page.evaluate("location.hash")
        assert "no_side=AF" in address
        assert "from=2011-01-01" in address

    @pytest.mark.parametrize("size", ["wide", "phone"])
    def test_axe_finds_nothing(self, counts, axe, size):  # noqa: F811 - a fixture
        shown = counts(size=size)
        assert faults(shown.reader, axe) == []
        shown.table()
        assert faults(shown.reader, axe) == []
        shown.page.focus(".area-table tbody button >> nth=0")
        shown.page.keyboard.press("Enter")
        faded = (
            "() => Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 0)"
        )
        shown.page.wait_for_timeout(100)
        shown.page.evaluate(faded)
        assert faults(shown.reader, axe) == []

    def test_on_paper_there_is_the_map_with_its_classes_and_counts(self, counts):
        shown = counts()
        shown.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        text = shown.page.text_content("#print-sheet")
        assert "90 incidents, shown by district." in text
        assert "Incidents in an area" in text
        assert "Armed clash" in text
        assert shown.page.locator("#print-sheet canvas").count() > 5

    @pytest.mark.parametrize("by", WAYS)
    def test_its_file_holds_what_the_filters_keep(self, counts, sample, by):
        shown = counts(by)
        shown.untick("type", "Airstrike")
        raw, name = saved(shown.reader, "CSV")
        rows = pd.read_csv(io.BytesIO(raw), keep_default_na=False, dtype=str)
        cells = cube(sample, by).cells
        kept = cells[cells["event_type"] != "airstrike"]
        assert name == "incident_counts.csv"
        assert set(rows["area"]) == set(cells["area"]) | {""}
        incidents = kept.groupby("area")["incidents"].sum()
        told = rows.set_index("area")["incidents"].astype(int)
        assert told[told > 0].to_dict() == incidents.to_dict()
        best = kept["fatalities_best"].sum()
        assert pd.to_numeric(rows["fatalities_best"]).sum() == best
        assert not rows["name"].eq("").any()
        assert shown.reader.is_silent()

    def test_its_picture_has_map_and_legend(self, counts):
        shown = counts()
        box = shown.page.locator("#map").bounding_box()
        width, height, pixels = picture(saved(shown.reader, "Picture")[0])
        assert width >= 2 * box["width"]
        assert height > 2 * box["height"] + 100
        assert len(set(pixels)) > 100
        assert shown.reader.is_silent()

    def test_an_area_tells_its_count_from_the_table_and_on_the_map(self, counts, sample):
        shown = counts()
        name, count = shown.table()[0][0][:2]
        shown.page.focus(".area-table tbody button >> nth=0")
        shown.page.keyboard.press("Enter")
        popup = shown.page.locator(".incident-popup")
        assert popup.locator("h2").inner_text() == name
        assert popup.locator(".cube-count").inner_text() == f"{count} shown of {count}"
        types = popup.locator("dd").all_inner_texts()
        assert sum(map(number, types)) == number(count)
        shown.page.keyboard.press("Escape")
        popup.wait_for(state="detached")
        focused = "document.activeElement.textContent"
        assert shown.page.evaluate(focused) == name
        row = sample[sample["adm2"] == name].iloc[0]
        shown.reader.click_mark(row.geometry.x, row.geometry.y)
        assert popup.locator("h2").inner_text() == name

    def test_bars_are_years_and_add_up(self, counts, sample):
        shown = counts()
        years = sample["date_start"].dt.year.value_counts()
        said = shown.page.get_attribute(".time-canvas", "aria-label")
        assert re.search(rf"\b{years.max()}\b", said)
        assert "1 without a date" in shown.page.inner_text(".dock-foot")

    @pytest.mark.parametrize("lang", languages())
    def test_it_speaks_every_language(self, counts, lang):
        shown = counts(style=MapStyle(lang=lang), size="phone")
        text = shown.page.inner_text("body")
        assert "cube_" not in text
        assert "{" not in text
        overflow = "document.documentElement.scrollWidth - window.innerWidth"
        assert shown.page.evaluate(overflow) <= 0
        assert shown.reader.is_silent()

    @pytest.mark.parametrize(
        "rows",
        [
            [],
            [{"at": KHOST, "date_start": "2022-04-16", "event_type": "airstrike"}],
            [{"at": None, "date_start": "2022-04-16"}] * 3,
            [{"at": KHOST, "event_type": "airstrike"}, {"at": LANDI_KOTAL}],
        ],
        ids=["none", "one", "all unplaced", "no dates"],
    )
    @pytest.mark.parametrize("by", WAYS)
    def test_odd_data(self, counts, rows, by):
        frame = locate(incidents(*(rows or [{"at": None}]))).iloc[: len(rows)]
        shown = counts(by, frame=frame)
        placed = sum(row["at"] is not None for row in rows)
        assert shown.numbers() == [placed, len(rows) - placed, len(rows)]
        table, foot = shown.table()
        assert sum(number(row[1]) for row in table) == placed
        assert number(foot[1][1]) == len(rows)
        assert shown.reader.is_silent()

    def test_hostile_words_stay_words(self, counts):
        frame = locate(incidents(*({"at": KHOST} for _ in HOSTILE)))
        for name in ("event_type", "border_side", "band"):
            frame[name] = pd.Series(HOSTILE, dtype=object)
        hostile = HOSTILE[4]
        style = MapStyle(title=hostile, caption=hostile)
        shown = counts(frame=frame, style=style)
        assert shown.numbers() == [len(frame), 0, len(frame)]
        shown.table()
        shown.page.focus(".area-table tbody button >> nth=0")
        shown.page.keyboard.press("Enter")
        assert shown.page.evaluate("window.pwned") is None
        assert shown.reader.is_silent()


class TestCommand:
    def test_the_command_makes_the_page_of_the_library(self, run, tmp_path, sample_path):
        for by in WAYS:
            path = tmp_path / f"{by}.html"
            result = run("map", sample_path, "-o", path, "--aggregate", by)
            assert f"90 incidents, counted by {by}" in result.stderr
            own = make_cube_map(cube(build(sample_path)[0], by)).html
            block = r'id="bordermap-cube-columns-0">([^<]*)<'
            found = [re.search(block, text)[1] for text in (path.read_text("utf-8"), own)]
            assert found[0] == found[1]

    def test_few_incidents_are_shown_one_by_one(self, run, tmp_path, sample_path):
        for words in ((), ("--aggregate", "never")):
            run("map", sample_path, "-o", tmp_path / "map.html", *words)
            assert "bordermap-cube" not in re.sub(
                r"<script>.*?</script>", "", (tmp_path / "map.html").read_text("utf-8"), flags=re.S
            )

    def test_the_same_input_gives_the_same_bytes(self, run, tmp_path, sample_path):
        for name in ("a.html", "b.html"):
            run("map", sample_path, "-o", tmp_path / name, "--aggregate", "districts")
        assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()

    def test_a_figure_is_not_counted(self, run, tmp_path, sample_path):
        words = ("-o", tmp_path / "map.png", "--aggregate", "districts")
        result = run("map", sample_path, *words, status=2)
        assert "--aggregate: a figure counts many incidents by itself" in result.stderr
        run("map", sample_path, "-o", tmp_path / "map.html", "--aggregate", "often", status=2)

    @pytest.mark.parametrize("way", [(), ("--publish", "hexagons"), ("--publish", "zones")])
    def test_restricted_sources_stay_counts(self, run, tmp_path, way):
        source, path = tmp_path / "events.csv", tmp_path / "map.html"
        source.write_text("\n".join([HEAD, *ROWS, ""]), encoding="utf-8")
        run("map", source, "-o", path, "--aggregate", "stretches", *way)
        content = inflated(path.read_text("utf-8"))
        assert [secret for secret in SECRETS if secret.encode() in content] == []
        assert b"Nothing of any record is here but counts" in content
        assert b'fatalities_low","scale' not in content
        assert b"armed_clash" in content

    def test_the_plain_table_lists_the_areas(self, run, tmp_path, sample_path):
        path = tmp_path / "map.html"
        run("map", sample_path, "-o", path, "--aggregate", "districts")
        plain = re.search(r"<main.*?</main>", path.read_text("utf-8"), flags=re.S)[0]
        numbers = [int(n) for n in re.findall(r"<td>(\d+)</td>", plain)]
        assert sum(numbers) == 90
        assert numbers == sorted(numbers, reverse=True)
        assert "90 incidents, shown by district." in plain
