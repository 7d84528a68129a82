"""What a reader takes away: files of the view, its link, a picture and a printed page."""

from __future__ import annotations

import csv
import io
import json
import zlib
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
from page_samples import HOSTILE, TEXT_COLUMNS, frame_of, small_frame, small_layers
from test_page import SIZES, browser, open_page, sample, small_html  # noqa: F401 - fixtures

from bordermap.pipeline import build
from bordermap.render import MapStyle, make_map
from bordermap.render.text import clean_text
from bordermap.schema import COLUMNS
from bordermap.values.text import unguard_formula

pytestmark = pytest.mark.browser


def saved(reader, name):
    """The bytes of a file that a button of the page saves, and the name it is given."""
    if reader.page.get_attribute("#tab-save", "aria-selected") == "false":
        reader.tab("save")
        reader.page.wait_for_selector("#tab-save[aria-selected=true]")
    reader.painted()
    with reader.page.expect_download() as download:
        reader.page.click(f".save-button:has-text('{name}')")
    return download.value.path().read_bytes(), download.value.suggested_filename


def rows_of(raw):
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def day(value):
    return "" if pd.isna(value) else value.date().isoformat()


def figure(value, step):
    return "" if pd.isna(value) else pytest.approx(float(value), abs=step / 2 + 1e-9)


# --- files ---------------------------------------------------------------------------------------


def test_the_csv_holds_every_sample_incident_as_the_frame_has_it(open_page, sample):  # noqa: F811
    frame, html = sample
    raw, name = saved(open_page(html), "CSV")
    assert name == "incidents.csv"
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = rows_of(raw)
    assert len(rows) == len(frame)
    expected = frame.set_index("incident_id")
    assert {row["incident_id"] for row in rows} == set(expected.index)
    for row in rows:
        incident = expected.loc[row["incident_id"]]
        assert row["date_start"] == day(incident.date_start)
        for column in ("event_type", "place", "summary", "place_match", "location_status", "adm1"):
            assert unguard_formula(row[column]) == clean_text(incident[column])
        for column, step in (("border_distance_m", 1), ("border_km", 0.1), ("fatalities_low", 1)):
            value = float(row[column]) if row[column] else ""
            assert value == figure(incident[column], step)
        if incident.geometry is not None:
            at = [float(row["lon"]), float(row["lat"])]
            np.testing.assert_allclose(at, shapely.get_coordinates(incident.geometry)[0], atol=6e-6)


def test_buttons_stay_where_they_are_when_what_they_would_save_is_counted(open_page, small_html):  # noqa: F811
    page = open_page(small_html).page
    top = "document.querySelector('.save-button').getBoundingClientRect().top"
    count = "document.querySelector('.save-count').textContent"
    # In one go, before the count is made: a click that is on its way must not miss its button.
    before, said = page.evaluate(
        f"() => (document.querySelector('#tab-save').click(), [{top}, {count}])"
    )
    assert not said.strip()
    page.wait_for_function(f"() => {count}.trim()")
    assert page.evaluate(f"() => {top}") == before


def test_its_columns_are_the_ledgers_in_its_order(open_page, sample):  # noqa: F811
    raw, _ = saved(open_page(sample[1]), "CSV")
    names = list(rows_of(raw)[0])
    ledger = [column.name for column in COLUMNS if column.name in names]
    assert [name for name in names if name in ledger] == ledger
    assert names[-2:] == ["lon", "lat"]
    assert not {"area", "border_beside"} & set(names)


def test_the_program_reads_its_own_file_again(open_page, sample, tmp_path):  # noqa: F811
    frame, html = sample
    raw, name = saved(open_page(html), "CSV")
    (tmp_path / name).write_bytes(raw)
    again, report = build(tmp_path / name)
    assert report.rejected_count == 0
    key = ["incident_id", "date_start", "event_type", "place", "summary", "source_url"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(again[key]).sort_values("incident_id", ignore_index=True).astype(str),
        pd.DataFrame(frame[key]).sort_values("incident_id", ignore_index=True).astype(str),
    )
    np.testing.assert_allclose(
        again.set_index("incident_id").geometry.x,
        frame.set_index("incident_id").geometry.x.loc[again.incident_id],
        atol=1e-4,
    )


def test_the_geojson_is_a_collection_by_the_book(open_page, sample):  # noqa: F811
    frame, html = sample
    raw, name = saved(open_page(html), "GeoJSON")
    assert name == "incidents.geojson"
    collection = json.loads(raw.decode("utf-8"))
    assert list(collection) == ["type", "bbox", "features"]
    assert collection["bbox"] == pytest.approx(list(frame.total_bounds), abs=1e-5)
    by_id = frame.set_index("incident_id")
    assert len(collection["features"]) == len(frame)
    for feature in collection["features"]:
        assert list(feature) == ["type", "geometry", "properties"]
        incident = by_id.loc[feature["properties"]["incident_id"]]
        lon, lat = feature["geometry"]["coordinates"]
        assert (lon, lat) == pytest.approx((incident.geometry.x, incident.geometry.y), abs=6e-6)
        date.fromisoformat(feature["properties"]["date_start"])
        assert feature["properties"]["event_type"] == incident.event_type


def test_what_was_not_placed_has_no_geometry_and_no_coordinates(open_page, small_html):  # noqa: F811
    reader = open_page(small_html)
    features = json.loads(saved(reader, "GeoJSON")[0])["features"]
    assert [f["properties"]["incident_id"] for f in features if f["geometry"] is None] == ["T-8"]
    (row,) = [row for row in rows_of(saved(reader, "CSV")[0]) if row["incident_id"] == "T-8"]
    assert (row["lon"], row["lat"], row["latitude"]) == ("", "", "")
    assert reader.is_silent()


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        ("", {1, 2, 3, 4, 5, 6, 7, 8}),
        ("#no_type=airstrike", {3, 4, 5, 6, 7, 8}),
        ("#from=2022-01-01&to=2023-12-31", {3, 4}),
        ("#q=place+3", {3}),
        ("#no_type=airstrike&no_side=PK&within=10", {3, 4, 6}),
        ("#q=nobody", set()),
    ],
)
def test_a_file_holds_exactly_what_the_filters_keep(open_page, small_html, fragment, kept):  # noqa: F811
    reader = open_page(small_html, fragment=fragment)
    rows = rows_of(saved(reader, "CSV")[0])
    assert {row["incident_id"] for row in rows} == {f"T-{number}" for number in kept}
    collection = json.loads(saved(reader, "GeoJSON")[0])
    assert len(collection["features"]) == len(kept)
    assert ("bbox" in collection) == bool(kept - {8})


def test_and_by_choice_only_what_is_in_view(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment="#at=32.45,70,10")
    inside = reader.page.evaluate(
        "(() => { const b = testMap.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), "
        "b.getNorth()]; })()"
    )
    reader.tab("save")
    reader.page.check(".save input[type=checkbox]")
    found = {row["incident_id"] for row in rows_of(saved(reader, "CSV")[0])}
    frame = small_frame()
    within = frame.geometry.within(shapely.box(*inside))
    assert found == set(frame.incident_id[within])
    assert 0 < len(found) < 7


def test_hostile_cells_come_back_as_they_were_and_none_is_a_formula(open_page):  # noqa: F811
    formulas = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''-x")
    rows = [
        {**dict.fromkeys(TEXT_COLUMNS, text), "at": (69.5, 33)} for text in (*HOSTILE, *formulas)
    ]
    reader = open_page(make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html)
    found = rows_of(saved(reader, "CSV")[0])
    assert len(found) == len(rows)
    cells = [cell for row in found for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    expected = sorted(clean_text(row["summary"]) for row in rows)
    assert sorted(unguard_formula(row["summary"]) for row in found) == expected
    features = json.loads(saved(reader, "GeoJSON")[0])["features"]
    assert sorted(f["properties"]["summary"] or "" for f in features) == expected
    assert reader.page.evaluate("window.pwned") is None


def test_many_rows_are_written_in_pieces_that_let_the_page_live(open_page):  # noqa: F811
    rows = [
        {"at": (69 + n % 200 / 100, 32.5), "place": f"P{n}", "summary": f"{n} near P{n}"}
        for n in range(30_000)
    ]
    reader = open_page(make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html)
    reader.page.evaluate(
        "window.beats = 0; setInterval(() => { window.beats += 1; }, 0); window.said = new Set();"
        "const said = document.querySelector('.save-said');"
        "new MutationObserver(() => window.said.add(said.textContent))"
        ".observe(said, {childList: true});"
    )
    before = reader.page.evaluate("window.beats")
    found = rows_of(saved(reader, "CSV")[0])
    keys = ("place", "summary")
    assert sorted([row[key] for key in keys] for row in found) == sorted(
        [row[key] for key in keys] for row in rows
    )
    assert reader.page.evaluate("window.beats") - before > 4
    assert len(reader.page.evaluate("[...window.said]")) > 4
    assert reader.is_silent()


def test_writing_can_be_stopped(open_page):  # noqa: F811
    rows = [{"at": (69 + n % 200 / 100, 32.5), "summary": f"{n}"} for n in range(60_000)]
    reader = open_page(make_map(frame_of(rows), small_layers(), MapStyle(bands_km=())).html)
    downloads = []

    def count(download):
        downloads.append(download)

    reader.page.on("download", count)
    reader.tab("save")
    reader.page.evaluate(
        "new MutationObserver((_, seen) => { seen.disconnect();"
        "document.querySelector('.save-stop').click(); })"
        ".observe(document.querySelector('.save-said'), {childList: true})"
    )
    reader.page.click("text=CSV table")
    reader.page.wait_for_function(
        "document.querySelector('.save-said').textContent.startsWith('Stopped')"
    )
    assert not reader.page.is_visible(".save-stop")
    assert downloads == []
    assert len(rows_of(saved(reader, "CSV")[0])) == len(rows)


def test_nothing_to_save(open_page):  # noqa: F811
    html = make_map(small_frame().iloc[:0], small_layers(), MapStyle(bands_km=())).html
    reader = open_page(html)
    assert rows_of(saved(reader, "CSV")[0]) == []
    assert json.loads(saved(reader, "GeoJSON")[0]) == {"type": "FeatureCollection", "features": []}


# --- link ----------------------------------------------------------------------------------------


def test_the_link_brings_the_view_back(open_page, small_html):  # noqa: F811
    reader = open_page(small_html, fragment="#no_type=protest&dock=table")
    reader.tab("save")
    reader.page.click("text=Copy the link")
    link = reader.page.input_value(".save-link")
    assert link.startswith("file://")
    assert reader.page.inner_text(".save-said") in {
        "The link is copied.",
        "Copy the marked link yourself.",
    }
    again = open_page(small_html, fragment=f"#{link.split('#')[1]}")
    assert again.numbers() == reader.numbers()
    assert again.page.locator(".record-table").is_visible()


# --- paper and picture ---------------------------------------------------------------------------


def test_a_printed_page_hides_nothing(open_page, sample):  # noqa: F811
    reader = open_page(sample[1], fragment="#no_type=protest")
    reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    reader.page.emulate_media(media="print")
    text = reader.page.inner_text("#print-sheet")
    for words in ("Incidents along the Durand Line", "left out by the filters", "without Protest"):
        assert words in text
    for words in ("Armed clash", "OpenStreetMap contributors", "The line as drawn by"):
        assert words in text
    legend = reader.page.locator("#print-sheet li").all_inner_texts()
    assert not [item for item in legend if "Protest" in item]
    assert not reader.page.locator("#panel, #dock, #map").filter(visible=True).count()
    dark = reader.page.evaluate(
        """() => {
            const canvas = document.querySelector('#print-sheet figure canvas');
            const { width, height } = canvas;
            const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
            let dark = 0;
            for (let at = 0; at < data.length; at += 4) dark += data[at] < 90;
            return dark;
        }"""
    )
    assert dark > 20_000  # the line, the marks, the names
    reader.page.emulate_media(media="screen")
    reader.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert reader.page.locator("#print-sheet").count() == 0
    assert reader.page.locator("#map").is_visible()


def test_it_fits_one_sheet_from_any_screen(open_page, sample):  # noqa: F811
    for size in SIZES:
        reader = open_page(sample[1], size)
        pdf = reader.page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1, size
        assert len(pdf) > 60_000


def picture(raw):
    """Width, height and the bytes of every pixel row of a PNG, filters undone by size alone."""
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))
    at, packed = 8, b""
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        if raw[at + 4 : at + 8] == b"IDAT":
            packed += raw[at + 8 : at + 8 + length]
        at += length + 12
    return width, height, zlib.decompress(packed)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_has_map_legend_and_credits(open_page, sample, size):  # noqa: F811
    reader = open_page(sample[1], size)
    box = reader.page.locator("#map").bounding_box()
    raw, name = saved(reader, "Picture")
    assert name == "incident_map.png"
    width, height, pixels = picture(raw)
    assert width >= 2 * box["width"]
    assert height > 2 * box["height"] + 100
    assert len(set(pixels)) > 200
    assert reader.page.locator("#map canvas").first.is_visible()
    assert reader.is_silent()
