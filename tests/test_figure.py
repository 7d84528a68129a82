"""Static figures: valid files, every incident accounted for, hostile texts harmless, same bytes."""

from __future__ import annotations

import html
import io
import json
import re
import sys
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_samples import frame_of, hostile_frame, small_frame, small_layers
from PIL import Image

from bordermap.errors import FilterError, FrameError, LayerError, OutputError
from bordermap.figure import FigureSize, make_figure
from bordermap.figure.fonts import Fonts, one_line
from bordermap.figure.grouping import grouped, hexagon_bins
from bordermap.figure.labels import labels_of
from bordermap.figure.projection import fitted_view
from bordermap.figure.scene import MOST_MARKS
from bordermap.figure.shapes import OUTLINES, type_styles
from bordermap.figure.words import figure_words
from bordermap.render import EventStyle, MapStyle
from bordermap.render.assets import languages
from bordermap.render.style import EVENT_STYLES, SHAPES

SMALL = FigureSize(6, 4, 60)
STYLE = MapStyle(bands_km=(5.0, 10.0))
SVG = "{http://www.w3.org/2000/svg}"


def figure(frame, suffix=".svg", style=STYLE, size=SMALL, **more):
    return make_figure(frame, small_layers(), style, suffix=suffix, size=size, **more).content


def gids(svg, kind):
    return [
        node.get("id")
        for node in ET.fromstring(svg).iter(f"{SVG}g")
        if re.fullmatch(rf"{kind}-\d+", node.get("id", ""))
    ]


def words_of(svg):
    """Every text that the figure shows: matplotlib keeps each as a comment beside its outlines."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    tree = ET.fromstring(svg, parser)
    return [node.text.strip() for node in tree.iter() if node.tag is ET.Comment]


@pytest.fixture(scope="module")
def svg():
    return figure(small_frame())


class TestFiles:
    def test_a_png_can_be_read_back_at_the_size_asked_for(self):
        picture = Image.open(io.BytesIO(figure(small_frame(), ".png")))
        picture.load()
        assert picture.size == (360, 240)
        assert len(picture.convert("RGB").getcolors(100_000)) > 50

    def test_an_svg_is_xml_with_a_title_and_no_links(self, svg):
        tree = ET.fromstring(svg)
        assert tree.find(f"{SVG}title").text == "Incidents along the Durand Line"
        links = [v for node in tree.iter() for k, v in node.attrib.items() if k.endswith("href")]
        assert links
        assert all(link.startswith("#") for link in links)

    def test_a_pdf_embeds_its_fonts(self):
        content = figure(small_frame(), ".pdf")
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
        fonts = set(re.findall(rb"/BaseFont /([A-Za-z0-9+-]+)", content))
        assert fonts
        assert content.count(b"/FontFile2") >= len(fonts) / 2

    @pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
    def test_the_same_input_gives_the_same_bytes_and_no_clock(self, suffix):
        first = figure(small_frame(), suffix)
        assert figure(small_frame(), suffix) == first
        assert b"CreationDate" not in first
        assert b"dc:date" not in first

    def test_the_settings_of_a_user_make_no_difference(self, svg):
        import matplotlib as mpl  # noqa: PLC0415

        with mpl.rc_context({"svg.hashsalt": "other", "text.parse_math": True, "font.size": 30}):
            assert figure(small_frame()) == svg
            assert mpl.rcParams["font.size"] == 30

    def test_a_suffix_or_a_frame_that_cannot_be_drawn_is_refused(self, tmp_path):
        with pytest.raises(OutputError, match="not written as"):
            make_figure(small_frame(), suffix=".gif")
        with pytest.raises(FrameError, match="DataFrame"):
            make_figure(pd.DataFrame())
        picture = make_figure(small_frame(), small_layers(), STYLE, suffix=".svg", size=SMALL)
        with pytest.raises(OutputError, match="suffix"):
            picture.save(tmp_path / "map.png")
        picture.save(tmp_path / "map.svg")
        assert (tmp_path / "map.svg").read_bytes() == picture.content


class TestMarks:
    def test_every_incident_is_a_mark_and_vague_ones_are_never_filled(self, svg):
        """Two precise rows at one place make a group, two alone marks; four are areas."""
        assert len(gids(svg, "mark-known")) + 2 * len(gids(svg, "group-known")) == 4
        assert len(gids(svg, "mark-vague")) == 3
        assert len(gids(svg, "footprint")) == 3

    def test_the_legend_adds_up(self, svg):
        said = words_of(svg)
        for label, count in (
            ("Known to within 5 km", "4"),
            ("Anywhere in the hatched area", "3"),
            ("Not placed", "1"),
            ("Airstrike", "2"),
            ("Cannot say", "1"),
        ):
            assert said[said.index(label) + 1] == count, label

    def test_what_every_map_needs_is_there(self, svg):
        for gid in ("scale-bar", "north-arrow", "inset", "graticule", "map-line", "variants"):
            assert f'id="{gid}"'.encode() in svg, gid
        said = " ".join(words_of(svg))
        assert "The line as drawn by OpenStreetMap, 2026" in said
        assert "© Test contributors" in said
        assert "Lambert conformal conic" in said

    def test_filters_and_files_are_written_out(self):
        run = {
            "arguments": {"command": "map", "bands": [5.0], "within": "10km", "side": ["AF", "PK"]},
            "inputs": [{"file": "events.csv", "read": 10, "accepted": 9, "rejected": 1}],
        }
        said = " ".join(words_of(figure(small_frame(), run=run)))
        assert "side AF or PK, within 10km" in said
        assert "events.csv (10 read, 9 accepted, 1 rejected)" in said

    def test_many_incidents_become_hexagons_and_the_caption_says_so(self):
        rng = np.random.default_rng(7)
        spots = np.column_stack([rng.uniform(69.1, 70.9, 5000), rng.uniform(32.1, 33.9, 5000)])
        rows = [{"event_type": "airstrike", "at": spot} for spot in map(tuple, spots)]
        rows += [
            {"event_type": "protest", "at": (69.5, 33), "location_radius_m": 60_000.0},
            {"event_type": "shelling", "at": (69.5, 33), "location_precision": "district",
             "adm2_code": "AF-KHO-near"},
            {"event_type": "shelling", "at": None},
            {"event_type": "shelling", "at": (10, 10)},
        ]  # fmt: skip
        svg = figure(frame_of(rows))
        assert 20 < len(gids(svg, "hexagon")) < 2000
        assert not gids(svg, "mark-known")
        assert len(gids(svg, "mark-vague")) == 1
        said = words_of(svg)
        assert f"More than {MOST_MARKS:,} incidents" in " ".join(said)
        for label in ("Known more roughly, not drawn", "Not placed", "Outside this map"):
            assert said[said.index(label) + 1] == "1", label
        assert said[said.index("In a hexagon") + 1] == "5,000"

    def test_a_layer_in_metres_is_refused(self):
        layers = small_layers()
        metres = replace(
            layers["crossings"], frame=layers["crossings"].frame.set_crs(3857, allow_override=True)
        )
        with pytest.raises(LayerError, match="EPSG:4326"):
            make_figure(small_frame(), {**layers, "crossings": metres}, STYLE, size=SMALL)

    def test_the_terms_of_a_source_are_never_cut(self):
        terms = "Source: " + "a citation of many words, " * 14 + "accessed 2026-11-02."
        size = FigureSize.of("column", 60)
        said = " ".join(words_of(figure(small_frame(), style=MapStyle(caption=terms), size=size)))
        assert said.count("a citation of many words,") == 14
        assert "accessed 2026-11-02." in said

    def test_no_incident_at_all_still_is_a_map(self):
        svg = figure(frame_of([]))
        assert not gids(svg, "mark-known")
        assert "0 incidents from public sources." in words_of(svg)

    def test_a_frame_without_geometry_or_columns_is_drawn(self):
        bare = small_frame()[["incident_id", "geometry"]]
        assert len(gids(figure(bare), "mark-known")) == 5

    def test_five_thousand_types_leave_a_legend_that_fits(self):
        rows = [{"event_type": f"type {n}", "at": (69.5, 33.0)} for n in range(5000)]
        said = words_of(figure(frame_of(rows)))
        assert any(re.fullmatch(r"4,99\d other types", text) for text in said)


class TestHostileText:
    def test_hostile_rows_are_drawn_as_text_or_not_at_all(self):
        svg = figure(hostile_frame())
        ET.fromstring(svg)
        assert b"<script" not in svg
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", svg)

    @pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
    def test_titles_are_no_markup_and_no_mathematics(self, suffix):
        title = "$\\frac{1}{0}$ <b>&amp;]]></b> --> {{7*7}} \x00\u202e\nسپین بولدک \ud800"
        content = figure(small_frame(), suffix, MapStyle(title=title, caption=title))
        assert len(content) > 1000
        if suffix == ".svg":
            said = html.unescape("".join(words_of(content)).replace(" ", ""))
            assert "$\\frac{1}{0}$<b>&amp;]]></b>" in said

    def test_a_text_of_a_megabyte_is_cut_with_an_ellipsis(self):
        long = MapStyle(title="x" * 1_000_000, caption="word " * 200_000)
        svg = figure(small_frame(), style=long)
        assert len(svg) < 3_000_000
        assert sum("…" in text for text in words_of(svg)) == 2

    def test_what_no_font_can_show_is_left_out(self):
        fonts = Fonts.installed()
        assert fonts.shown("A\U000f1234B") == "AB"
        assert not fonts.shows("\U000f1234")

    def test_a_name_without_a_font_is_left_out_with_a_note(self):
        layers = small_layers()
        layers["crossings"].frame["name_ps"] = "\U000f1234"
        svg = make_figure(small_frame(), layers, STYLE, suffix=".svg", size=SMALL).content
        assert any("Names in local script are left out" in text for text in words_of(svg))
        assert "\U000f1234" not in " ".join(words_of(svg))

    @given(st.text(max_size=200), st.integers(1, 40))
    def test_one_line_is_one_line(self, text, limit):
        line = one_line(text, limit)
        assert len(line) <= limit
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", line)


class TestShaping:
    def test_local_names_are_shaped_and_run_from_the_right(self):
        """Joined letters are narrower than the same letters apart."""
        fonts = Fonts.installed()
        word = "خوست"
        apart = sum(fonts.width(letter, 10, local=True) for letter in word)
        assert 0 < fonts.width(word, 10, local=True) < 0.95 * apart

    @pytest.mark.parametrize("lang", languages())
    def test_names_stand_in_the_script_of_the_reader_first(self, lang):
        layers = {"crossings": small_layers()["crossings"]}
        layers["crossings"].frame[f"name_{lang}"] = "تورخم"
        view = fitted_view((68, 31, 72, 35), (0, 0, 400, 400))
        labels = [one for one in labels_of(view, layers, figure_words(lang)) if one.text == "Gate"]
        assert [one.local_first for one in labels] == [lang != "en"]

    @pytest.mark.parametrize("name", ["افغانستان", "سپین بولدک", "خیبر پختونخوا", "چمن"])
    def test_names_of_the_three_languages_are_drawn(self, name):
        layers = small_layers()
        layers["crossings"].frame["name_ps"] = name
        if not Fonts.installed().shows(name):
            pytest.skip("no font for this script here")
        frame = frame_of([{"at": (69.5, 33.3)}])
        svg = make_figure(frame, layers, STYLE, suffix=".svg", size=SMALL).content
        layers["crossings"].frame["name_ps"] = ""
        without = make_figure(frame, layers, STYLE, suffix=".svg", size=SMALL).content
        assert len(svg) > len(without) + 500
        assert "left out" not in " ".join(words_of(svg))

    @pytest.mark.parametrize("lang", [lang for lang in languages() if lang != "en"])
    def test_words_of_a_language_fill_in_what_the_english_ones_do(self, lang):
        own, english = (
            json.loads(
                resources.files("bordermap.figure").joinpath(f"words.{name}.json").read_bytes()
            )
            for name in (lang, "en")
        )
        assert list(own) == list(english)
        for key, text in english.items():
            assert sorted(re.findall(r"\{\w+\}", own[key])) == sorted(re.findall(r"\{\w+\}", text))
            # Urdu is written with the digits of English.
            assert own[key] != text or (lang, key) == ("ur", "figure_digits")

    def test_numbers_are_written_with_the_digits_of_the_language(self):
        frame = frame_of([{"at": (69.5, 33.3)}] * 12)
        style = replace(STYLE, lang="fa")
        svg = figure(frame, style=style)
        said = " ".join(words_of(svg))
        assert "۱۲" in said
        assert not re.search("[0-9]", said.replace(style.caption, ""))

    def test_lines_are_no_wider_than_their_room(self):
        fonts = Fonts.installed()
        lines = fonts.wrapped("one two three " * 20 + "x" * 200, 10, 120)
        assert all(fonts.width(line, 10) <= 120 for line in lines)
        assert "".join(lines).replace(" ", "") == "onetwothree" * 20 + "x" * 200


class TestSizes:
    def test_sizes_by_name_and_by_length(self):
        assert FigureSize.of("18x14cm").width == pytest.approx(18 / 2.54 * 72)
        assert FigureSize.of("column").width_in == 3.5
        assert FigureSize.of("5x4in", 300).dpi == 300

    @pytest.mark.parametrize("text", ["", "big", "5x5", "0x0in", "1x1in", "999x999in", "-5x4in"])
    def test_sizes_that_cannot_be_drawn_are_refused(self, text):
        with pytest.raises(FilterError, match="--figsize"):
            FigureSize.of(text)

    @pytest.mark.parametrize("dpi", [0, 49, 1201])
    def test_dots_that_cannot_be_drawn_are_refused(self, dpi):
        with pytest.raises(FilterError, match="--dpi"):
            FigureSize.of("slide", dpi)

    @pytest.mark.parametrize("size", ["column", "page", "slide", "8x30cm", "50x8cm"])
    def test_texts_stay_on_the_sheet(self, size):
        """Nothing is written nearer to the edge than a few points."""
        png = figure(small_frame(), ".png", size=FigureSize.of(size, 60))
        pixels = np.array(Image.open(io.BytesIO(png)).convert("L"))
        pixels[3:-3, 3:-3] = 255
        assert (pixels == 255).all()


class TestProjection:
    def test_the_scale_is_true_to_half_a_percent_along_the_whole_line(self):
        view = fitted_view((60.6, 29.0, 74.9, 37.3), (0, 0, 900, 560))
        assert 0 < view.distortion() < 0.005

    @settings(max_examples=50)
    @given(st.floats(61, 74), st.floats(29.5, 37))
    def test_points_go_to_the_sheet_and_back(self, lon, lat):
        view = fitted_view((60.6, 29.0, 74.9, 37.3), (10, 20, 900, 560))
        ((x, y),) = view.points([lon], [lat])
        assert view.ground(x, y) == pytest.approx((lon, lat), abs=1e-6)
        assert 10 <= x <= 900
        assert 20 <= y <= 560

    def test_north_leans_away_from_the_central_meridian(self):
        view = fitted_view((60.6, 29.0, 74.9, 37.3), (0, 0, 900, 560))
        (left, right) = (view.north(*view.points([lon], [33])[0]) for lon in (62, 74))
        assert left < -1 < 1 < right


class TestGrouping:
    spots = st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=120)

    @settings(max_examples=60)
    @given(spots)
    def test_each_incident_is_in_one_group(self, spots):
        points = np.array(spots)
        groups = grouped(points, range(len(points)), 4.0)
        assert sorted(row for group in groups for row in group.rows) == list(range(len(points)))

    @settings(max_examples=60)
    @given(spots)
    def test_each_incident_is_in_its_nearest_hexagon(self, spots):
        points = np.array(spots)
        cells = list(hexagon_bins(points, 20.0))
        assert sum(count for *_, count in cells) == len(points)
        middles = np.array([cell[:2] for cell in cells])
        nearest = np.hypot(*(points[:, None] - middles[None]).transpose(2, 0, 1)).min(axis=1)
        assert (nearest <= 20 / np.sqrt(3) + 1e-9).all()

    def test_shapes_are_those_of_the_page(self):
        assert tuple(OUTLINES) == SHAPES
        styles = type_styles(["airstrike", "flood", "quake"], EVENT_STYLES)
        assert styles["airstrike"] == EVENT_STYLES["airstrike"]
        assert styles["flood"] == EventStyle("#d55e00", "triangle")
        assert styles["quake"] == EventStyle("#e69f00", "triangle_down")


class TestCommand:
    def test_a_figure_is_the_one_of_the_library(self, run, tmp_path):
        from bordermap import build, query  # noqa: PLC0415
        from bordermap.pipeline import sample_incidents  # noqa: PLC0415

        path = tmp_path / "map.svg"
        run("map", "-o", path, "--within", "5km", "--figsize", "page")
        record = json.loads((tmp_path / "map.svg.run.json").read_text("utf-8"))
        frame = query(build(sample_incidents())[0], within="5km")
        library = make_figure(frame, suffix=".svg", size=FigureSize.of("page"), run=record)
        assert path.read_bytes() == library.content
        assert "Kept by the filters: within 5km" in " ".join(words_of(library.content))

    def test_sizes_are_for_figures_only(self, run, tmp_path):
        result = run("map", "-o", tmp_path / "map.html", "--dpi", "300", status=2)
        assert "--dpi: a page fits itself" in result.stderr

    def test_without_matplotlib_one_line_names_the_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(OutputError, match=r"pip install 'bordermap\[figure\]'") as caught:
            make_figure(small_frame())
        assert "\n" not in str(caught.value)


def test_inflated_pdf_streams_hold_no_hostile_control():
    content = figure(hostile_frame(), ".pdf")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    inflated = [zlib.decompress(one) for one in streams if one[:1] == b"x"]
    assert inflated
    assert not any(b"/JavaScript" in one or b"/OpenAction" in one for one in (*inflated, content))
