"""What the page says, in every language: complete, in its own script and direction."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from page_samples import small_frame, small_layers
from test_page import browser, open_page  # noqa: F401 - fixtures

from bordermap.errors import FrameError
from bordermap.pipeline import build
from bordermap.render import MapStyle, assets, languages, make_map
from bordermap.render.assets import completed, load_words, page_script
from bordermap.render.style import EVENT_STYLES

STATIC = Path(assets.__file__).parent / "static"
OTHERS = [lang for lang in languages() if lang != "en"]
RIGHT_TO_LEFT = {"ps": "ps", "fa": "fa-AF", "ur": "ur"}


def written(lang):
    return json.loads((STATIC / f"words.{lang}.json").read_text(encoding="utf-8"))


# --- the message files ---------------------------------------------------------------------------


def test_the_four_languages_are_there():
    assert set(languages()) >= {"en", "fa", "ps", "ur"}


@pytest.mark.parametrize("lang", OTHERS)
def test_no_word_is_missing_and_none_is_left_over(lang):
    english, own = written("en"), written(lang)
    assert sorted(set(english) - set(own)) == []
    assert sorted(set(own) - set(english)) == []


@pytest.mark.parametrize("lang", languages())
def test_no_key_stands_twice(lang):
    pairs = json.loads(
        (STATIC / f"words.{lang}.json").read_text(encoding="utf-8"), object_pairs_hook=list
    )
    keys = [key for key, _ in pairs]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_what_is_filled_in_agrees(lang):
    english, own = written("en"), written(lang)
    places = {
        key: (sorted(re.findall(r"\{\w+\}", text)), sorted(re.findall(r"\{\w+\}", own[key])))
        for key, text in english.items()
    }
    assert {key: both for key, both in places.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize("lang", languages())
def test_words_are_plain_text(lang):
    for key, text in written(lang).items():
        assert isinstance(text, str), key
        assert text.strip(), key
        assert not re.search(r"[<>&\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), key
        assert text.count("{") == text.count("}"), key
    for key in ("months", "months_short"):
        assert len(written(lang)[key].split()) == 12


@pytest.mark.parametrize("lang", RIGHT_TO_LEFT)
def test_letters_are_of_the_language_not_of_arabic(lang):
    """Arabic kaf and, but for Pashto, Arabic yeh are other letters than those that readers type."""
    text = "".join(written(lang).values())
    assert "ك" not in text
    assert lang == "ps" or "ي" not in text


def test_every_word_that_the_page_asks_for_is_there():
    """Keys that stand whole in the script; those put together from parts begin like a key."""
    asked = set(re.findall(r"\bsay\('(\w+)'", page_script()))
    known = set(written("en"))
    assert asked
    assert sorted(asked - known) == []
    begun = set(re.findall(r"\bsay\(`(\w+_)\$\{", page_script()))
    assert [start for start in begun if not any(key.startswith(start) for key in known)] == []


@pytest.mark.parametrize("lang", languages())
def test_the_line_is_never_called_a_border(lang):
    """A line, as its names say; whether it is a border is not for the page to tell."""
    words = load_words(lang)
    names = {"en": "Durand Line", "fa": "خط دیورند", "ps": "ډیورنډ", "ur": "ڈیورنڈ لائن"}
    if lang not in names:
        pytest.skip("a language that came later")
    assert names[lang] in words["overlay_map_line"]
    claims = ("مرز دیورند", "سرحد دیورند", "ڈیورنڈ سرحد", "Durand border", "ډیورنډ سرحد")
    assert not [claim for claim in claims if claim in "\n".join(words.values())]


# --- choosing a language -------------------------------------------------------------------------


def test_a_word_that_a_file_lacks_is_english():
    assert completed('{"a": "X"}', '{"a": "A", "b": "B"}') == {"a": "X", "b": "B"}
    assert completed(json.dumps(written("ps")), json.dumps(written("en"))) == load_words("ps")


@pytest.mark.parametrize("lang", languages())
def test_the_page_says_its_language(lang):
    html = make_map(small_frame(), small_layers(), MapStyle(bands_km=(), lang=lang)).html
    words = load_words(lang)
    assert f'<html lang="{words["lang"]}" dir="{words["direction"]}">' in html
    assert f"<title>{words['title']}</title>" in html
    assert words["type_airstrike"] in html.split("</table>")[0]


@pytest.mark.parametrize("lang", ["xx", "../en", "en.json", "", "EN"])
def test_a_language_without_words_is_refused(lang):
    with pytest.raises(FrameError, match="choose one of en, fa, ps, ur"):
        make_map(small_frame(), small_layers(), MapStyle(lang=lang))


def test_the_command_line_draws_what_the_library_draws(run, sample_path, tmp_path):
    run("map", sample_path, "-o", "page.html", "--lang", "ur", "--bands", "10")
    drawn = (tmp_path / "page.html").read_text(encoding="utf-8")
    frame, _ = build(sample_path)
    made = make_map(frame, style=MapStyle(lang="ur", bands_km=(10.0,))).html
    assert without_run(drawn) == without_run(made)
    assert "'xx' is not one of" in run("map", sample_path, "--lang", "xx", status=2).stderr


def without_run(html):
    return re.sub(r'<script type="application/json" id="bordermap-run">.*?</script>', "", html)


def test_names_in_local_script_are_those_of_the_language():
    layers = small_layers()
    layers["map_provinces"].frame["name_fa"] = ["غرب", "شرق"]
    pages = {
        lang: make_map(small_frame(), layers, MapStyle(bands_km=(), lang=lang)).html
        for lang in ("ps", "fa")
    }
    assert pages["ps"] != pages["fa"]


# --- in the browser ------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "number"), [("ps", "۱٬۲۳۴"), ("fa", "۱٬۲۳۴"), ("ur", "1,234")])
def test_numbers_and_dates_as_readers_write_them(open_page, lang, number):  # noqa: F811
    words = load_words(lang)
    frame = small_frame()
    frame["fatalities_low"] = frame["fatalities_best"] = frame["fatalities_high"] = 1234
    html = make_map(frame, small_layers(), MapStyle(bands_km=(), lang=lang)).html
    reader = open_page(html, fragment="#at=33,70,8&dock=none")
    reader.click_mark(69.9, 33.5)
    popup = reader.page.locator(".incident-popup")
    popup.locator("dl").wait_for()
    said = re.sub("[\u2066-\u2069]", "", popup.inner_text())
    assert number in said
    january = words["months"].split()[0]
    assert january in said
    assert words["type_airstrike"] in said
    assert reader.is_silent()


@pytest.mark.browser
@pytest.mark.parametrize("lang", RIGHT_TO_LEFT)
def test_the_page_is_mirrored(open_page, lang):  # noqa: F811
    html = make_map(small_frame(), small_layers(), MapStyle(bands_km=(), lang=lang)).html
    reader = open_page(html, fragment="#at=33,70,8")
    box = reader.page.locator("#panel").bounding_box()
    assert box["x"] + box["width"] == pytest.approx(1280)
    assert reader.page.locator("#map").bounding_box()["x"] == 0
    assert reader.page.locator(".leaflet-control-zoom").bounding_box()["x"] < 100
    names = reader.page.locator(".facet-type .choice-name").first.bounding_box()
    counts = reader.page.locator(".facet-type .count").first.bounding_box()
    assert counts["x"] < names["x"]


@pytest.mark.browser
def test_latin_names_keep_their_direction(open_page):  # noqa: F811
    """Filled into Pashto words, a Latin name and its brackets stay together."""
    html = make_map(small_frame(), small_layers(), MapStyle(bands_km=(), lang="ps")).html
    reader = open_page(html, fragment="#at=33,70,8&dock=none")
    reader.click_mark(69.9, 33.5)
    reader.page.wait_for_selector(".incident-popup dl")
    directions = reader.page.evaluate(
        """() => [...document.querySelectorAll('.incident-popup dd [dir=auto]')]
            .filter((node) => /^[A-Z]/.test(node.textContent))
            .map((node) => getComputedStyle(node).direction)"""
    )
    assert directions
    assert set(directions) == {"ltr"}


# --- colours -------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.95047], [1.0], [1.08883]])


def linear(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour, sight):
    x, y, z = np.cbrt(np.maximum(TO_XYZ @ np.clip(SIGHT[sight] @ linear(colour), 0, 1), 0.0089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one, other, sight):
    """CIE 1976; 2.3 is just noticeable side by side."""
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_types_differ_for_every_kind_of_sight(sight):
    colours = {style.colour for style in EVENT_STYLES.values()}
    close = {
        pair: round(difference(*pair, sight), 1)
        for pair in combinations(sorted(colours), 2)
        if difference(*pair, sight) < 15
    }
    assert close == {}


def test_no_two_types_share_a_shape():
    shapes = [style.shape for style in EVENT_STYLES.values()]
    assert len(shapes) == len(set(shapes))


@pytest.mark.parametrize("sight", SIGHT)
def test_the_two_sides_of_the_line_differ(sight):
    source = (STATIC / "basemap.js").read_text(encoding="utf-8")
    found = re.search(r"zones: \{ AF: '(#\w+)', PK: '(#\w+)' \}", source)
    assert difference(*found.groups(), sight) > 20


def test_names_on_the_map_can_be_read():
    """4.5 to 1 on land, and on the neighbours' paler ground where they stand there."""
    source = (STATIC / "labels.js").read_text(encoding="utf-8")
    kinds = dict(re.findall(r"^  (\w+): \{ size: [\d.]+, colour: '(#\w+)'", source, re.MULTILINE))
    assert len(kinds) == 7

    def luminance(colour):
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))

    for kind, colour in kinds.items():
        ground = "#eceae4" if kind in {"country", "degree"} else "#fbfaf6"
        assert (luminance(ground) + 0.05) / (luminance(colour) + 0.05) >= 4.5, kind
