"""``bordermap geocode``: candidates, phrases, and how they were read."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Border, Gazetteer, geocode
from bordermap.cli import main
from bordermap.geocode.context import Record
from bordermap.geocode.explain import as_lines, explain

PHRASES = (
    "12 km north of Ghulam Khan",
    "between Wana and Angoor Adda",
    "near Torkham",
    "Barmal district, Paktika",
    "Wana and Miranshah",
    "border area of Kurram and Khost",
)


def rows_of(run, *words, status=0):
    return json.loads(run("geocode", *words, "--json", status=status).stdout)


def answer_to(text, **given):
    frame = pd.DataFrame([{"incident_id": "1", "place": text, **given}])
    return geocode(frame).iloc[0]


@pytest.mark.parametrize("text", PHRASES)
def test_a_phrase_is_answered_as_geocoding_would(run, text):
    first, *rest = rows_of(run, text)
    answer = answer_to(text)
    assert first["row"] == "answer"
    assert first["kind"] == answer["located_by"]
    assert first["place_id"] == answer["place_id"]
    assert first["reason"] == answer["location_note"]
    assert first["status"] == answer["location_status"]
    assert first["radius_m"] == round(answer["location_radius_m"])
    assert (first["lon"], first["lat"]) == (
        round(answer.geometry.x, 5),
        round(answer.geometry.y, 5),
    )
    assert {row["row"] for row in rest} <= {"candidate"}
    assert rest


def test_a_plain_name_gives_what_find_gives(run):
    rows = rows_of(run, "Khost", "--limit", "100")
    found = Gazetteer.load().find("Khost", limit=100)
    assert [row["place_id"] for row in rows] == [match.place.place_id for match in found]
    assert [row["score"] for row in rows] == [round(match.score, 3) for match in found]
    assert {row["row"] for row in rows} == {"candidate"}


def test_distances_are_those_of_the_line(run):
    rows = rows_of(run, "Torkham", "Chaman", "12 km north of Ghulam Khan")
    border = Border.load()
    for row in rows:
        alone = border.measure([row["lon"]], [row["lat"]]).distance_m[0]
        assert row["border_distance_m"] == pytest.approx(alone, abs=1)


def test_the_context_narrows_candidates_and_the_answer(run):
    both = rows_of(run, "Khogyani")
    one = rows_of(run, "Khogyani", "--province", "Nangarhar")
    assert 0 < len(one) < len(both)
    assert all("AF-NAN" in row["district"] for row in one)
    [first, *_] = rows_of(run, "near Torkham", "--country", "PK")
    answer = answer_to("near Torkham", country="PK")
    assert (first["country"], first["reason"]) == ("PK", answer["location_note"])
    result = run("geocode", "Torkham", "--district", "Chaman", status=1)
    assert "not in the gazetteer, or not there" in result.stderr


@pytest.mark.parametrize("text", [*PHRASES, "Khost", "Lwara", "Taliban", "Xyzzyville"])
def test_an_explanation_says_what_was_taken_and_why(run, text):
    words = "geocode", text, "--explain"
    known = answer_to(text)["located_by"] != "none" or Gazetteer.load().find(text)
    shown = run(*words, status=0 if known else 1).stdout
    lines = shown.splitlines()
    assert lines[0] == f"'{text}'"
    for label in ("words", "given", "is about", "lies in", "answer", "because"):
        assert any(line.startswith(f"  {label}") for line in lines), label
    note = answer_to(text)["location_note"]
    assert f"  because     {note}" in lines


def test_an_explanation_as_json_is_the_same(run):
    text = "Spin Boldak bazaar, Kandahar province"
    data = rows_of(run, text, "--country", "AF", "--explain")
    [step] = data["explained"]
    assert data["candidates"] == rows_of(run, text, "--country", "AF")
    assert step == json.loads(json.dumps(explain(Record(text, country="AF"), Gazetteer.load())))
    assert step["words"][:3] == ["spin", "boldak", "bazaar"]
    assert step["lies_in"] == ["Kandahar province"]
    assert step["narrowed"]["provinces"] == ["AF-KAN"]
    by_name = {name["name"]: name for name in step["names"]}
    assert by_name["Kandahar province"]["generic_words_mean"] == ["province"]
    assert by_name["Kandahar province"]["means"].startswith("Kandahar")
    assert step["answer"]["place_id"] == data["candidates"][0]["place_id"]


def test_an_explanation_tells_of_rivals_and_of_what_is_no_place():
    places = Gazetteer.load()
    [name] = explain(Record("Khogyani", country="AF"), places)["names"]
    assert name["candidates"]
    taliban = explain(Record("Tehrik-e-Taliban Pakistan"), places)
    assert taliban["answer"]["located_by"] == "none"
    [far] = explain(Record("Chaman", country="AF", province="Badakhshan"), places)["names"]
    assert not far["means"]
    assert "outside of what the record's province (Badakhshan) says" in far["why"]
    assert not any(one["agrees"] for one in far["candidates"])


HOSTILE = {
    "empty": "",
    "blanks": " \t \n ",
    "ten kilobytes": "Torkham " * 1_250,
    "control characters": "Tor\x00kham\x07\x1b[31m\u202e",
    "mixed scripts": "Торkham تورخم 東",
    "only generic words": "village",
    "border area": "border area",
    "numbers": "1234567890",
    "html": "<script>alert('Torkham')</script>",
    "url": "https://example.org/?place=Torkham",
    "template": "{{7*7}} ${x}",
    "formula": "=HYPERLINK(1)",
    "lone surrogate": "Tor\udcffkham",
    "an option that is none": "--",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("extra", [(), ("--json",), ("--explain",), ("--explain", "--json")])
def test_hostile_names_end_in_an_answer_or_one_line(name, extra):
    result = CliRunner().invoke(main, ["geocode", *extra, "--", HOSTILE[name]])
    assert result.exit_code in {0, 1}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    if "--json" in extra:
        json.loads(result.stdout)
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout or "--json" in extra
    if result.exit_code:
        assert result.stderr.strip().splitlines()[-1].startswith("bordermap: none of the names")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=10), st.text(max_size=10))
def test_any_text_can_be_explained(place, district, province):
    record = Record(place, district, province)
    explained = explain(record, Gazetteer.load())
    json.dumps(explained, allow_nan=False)
    answer = answer_to(place, district=district, province=province)
    assert explained["answer"]["located_by"] == answer["located_by"]
    assert all(isinstance(line, str) for line in as_lines(explained))
