"""The command line: one test per promise, on the real incidents, as a user types it."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

from bordermap import build, query, summarise

COMMANDS = (
    *("map", "check", "diff", "enrich", "geocode", "locate", "query", "summary"),
    *("layers", "gazetteer"),
)


@pytest.fixture(scope="module")
def built(sample_path):
    return build(sample_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    assert "Usage: main" in run(command, "--help").stdout


def test_the_program_lists_its_commands_and_knows_no_others(run):
    text = run("--help").stdout
    listed = re.findall(r"^  ([a-z]+) ", text.split("Commands:")[1].split("\n\n")[0], re.MULTILINE)
    assert listed == sorted(COMMANDS)
    assert "No such command 'locat'." in run("locat", status=2).stderr


DRAWING = ("folium", "branca", "jinja2", "requests", "xyzservices", "fiona", "bordermap.render")

PRINT_LOADED = f"""
import sys
from bordermap.cli import main
try:
    main(sys.argv[1:])
finally:
    print("loaded:", *sorted(set({DRAWING}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "draws"),
    [
        (("locate", "{sample}", "-o", "out.geojson", "-q"), False),
        (("query", "{sample}", "--within", "5km", "-q"), False),
        (("summary", "{sample}", "--by", "adm1", "-q"), False),
        (("check", "{sample}"), False),
        (("geocode", "Torkham"), False),
        (("layers",), False),
        (("map", "{sample}", "-o", "out.html", "-q"), True),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_only_the_map_loads_what_draws(arguments, draws, sample_path, tmp_path):
    asked = [argument.format(sample=sample_path) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", PRINT_LOADED, *asked],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    [loaded] = [line for line in done.stderr.splitlines() if line.startswith("loaded:")]
    assert ("folium" in loaded.split()) == draws
    assert draws or loaded == "loaded:"


def test_map_without_input_draws_the_sample_into_maps(run, tmp_path):
    result = run("map")
    page = (tmp_path / "maps" / "durand_line_incidents.html").read_text("utf-8")
    assert "90 incidents" in result.stderr
    assert result.stdout == ""
    assert len(page) < 2_000_000
    assert page.startswith("<!DOCTYPE html>")


def test_map_twice_gives_the_same_bytes(run, tmp_path):
    run("map", "-q")
    first = (tmp_path / "maps" / "durand_line_incidents.html").read_bytes()
    run("map", "-q", "-o", "again.html")
    assert (tmp_path / "again.html").read_bytes() == first


def test_map_takes_filters_and_a_title(run, sample_path, tmp_path):
    run("map", sample_path, "-o", "few.html", "--type", "airstrike", "--title", "<i>Strikes</i>")
    page = (tmp_path / "few.html").read_text("utf-8")
    assert "<i>Strikes</i>" not in page


def test_check_accounts_for_every_row(run, sample_path, tmp_path):
    data = json.loads(run("check", sample_path, "--json").stdout)
    [file] = data["files"]
    assert (file["read"], file["accepted"], file["rejected"]) == (90, 90, 0)
    assert set(file) == {
        "file", "recipe", "encoding", "read", "accepted", "noted", "rejected", "reasons",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_check_tells_what_was_rejected_and_strict_exits_with_3(run, tmp_path):
    (tmp_path / "bad.csv").write_text(
        "incident_id,latitude,longitude\nA,34.1,71.1\nB,99,71.1\n", encoding="utf-8"
    )
    result = run("check", "bad.csv", "--strict", status=3)
    assert "rejected" in result.stdout
    run("check", "bad.csv", "--rejected", "out")
    assert "99" in (tmp_path / "out.rejected.csv").read_text("utf-8")


def test_locate_is_the_library_call(run, sample_path, built, tmp_path):
    run("locate", sample_path, "-o", "out.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    frame, _ = built
    assert table["incident_id"].tolist() == frame["incident_id"].tolist()
    assert table["border_km"].to_numpy() == pytest.approx(
        frame["border_km"].to_numpy(), nan_ok=True
    )
    record = json.loads((tmp_path / "out.csv.run.json").read_text("utf-8"))
    assert record["inputs"][0]["file"] == "border_incidents.csv"
    assert str(tmp_path) not in json.dumps(record)
    assert {layer["name"] for layer in record["layers"]} >= {"line", "districts"}


@pytest.mark.parametrize("command", ["locate", "map"])
def test_the_run_record_names_every_layer_that_was_read(sample_path, tmp_path, command):
    # A process of its own, where nothing has been read before; the layers' loader keeps the tally.
    out = tmp_path / ("a.html" if command == "map" else "a.csv")
    script = (
        "import json, sys\n"
        "from bordermap import layers\n"
        "from bordermap.cli import main\n"
        "read, entry = set(), layers._entry\n"
        "layers._entry = lambda name: (read.add(name), entry(name))[1]\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(json.dumps(sorted(read)))\n"
    )
    words = [sys.executable, "-c", script, command, str(sample_path), "-q", "-o", str(out)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    if command == "map":
        text = out.read_text("utf-8").split('id="bordermap-run">')[1].split("</script>")[0]
    else:
        text = (tmp_path / "a.csv.run.json").read_text("utf-8")
    recorded = {layer["name"] for layer in json.loads(text)["layers"]}
    assert set(json.loads(done.stdout.splitlines()[-1])) <= recorded


def test_locate_writes_rejected_rows_beside_the_output_and_clears_old_ones(run, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("incident_id,latitude,longitude\nA,34.1,71.1\nB,99,71.1\n", encoding="utf-8")
    result = run("locate", "bad.csv", "-o", "out.geojson")
    assert "rejected 1" in result.stderr
    assert (tmp_path / "out.geojson.rejected.csv").exists()
    bad.write_text("incident_id,latitude,longitude\nA,34.1,71.1\n", encoding="utf-8")
    run("locate", "bad.csv", "-o", "out.geojson")
    assert not (tmp_path / "out.geojson.rejected.csv").exists()


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        (["--within", "10km"], {"within": "10km"}),
        (["--beyond", "0.5mi"], {"beyond": "0.5mi"}),
        (["--side", "PK", "--side", "uncertain"], {"side": ("PK", "uncertain")}),
        (["--km", "1900:2000"], {"km": "1900:2000"}),
        (["--from", "2022-04"], {"from_": "2022-04"}),
        (["--to", "2010"], {"to": "2010"}),
        (["--type", "airstrike"], {"type": "airstrike"}),
        (["--province", "Khost"], {"province": "Khost"}),
        (["--district", "Khyber Agency"], {"district": "Khyber Agency"}),
        (["--actor", "Taliban"], {"actor": "Taliban"}),
        (["--bbox", "69,32,72,35"], {"bbox": "69,32,72,35"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_filter_is_the_library_filter(run, sample_path, built, words, filters):
    rows = json.loads(run("query", sample_path, "--json", "-q", *words).stdout)
    expected = query(built[0], **filters)["incident_id"].tolist()
    assert [row["incident_id"] for row in rows] == expected
    assert 0 < len(expected) < 90


def test_query_prints_a_table_and_says_what_is_not_known(run, sample_path):
    result = run("query", sample_path, "--within", "10km")
    assert "incident_id" in result.stdout
    assert "incidents match" in result.stderr


def test_summary_adds_up_and_is_the_library_call(run, sample_path, built, tmp_path):
    data = json.loads(run("summary", sample_path, "--by", "adm1,year", "--json", "-q").stdout)
    assert data["total"] == sum(row["incidents"] for row in data["rows"]) == 90
    assert len(data["rows"]) == len(summarise(built[0], "adm1,year"))
    run("summary", sample_path, "--by", "band", "-o", "bands.csv", "-q")
    assert pd.read_csv(tmp_path / "bands.csv")["incidents"].sum() == 90
    assert "total" in run("summary", sample_path, "--by", "band").stdout


def test_bands_are_as_asked(run, sample_path):
    words = ("summary", sample_path, "--by", "band", "--bands", "1,100", "--json", "-q")
    rows = json.loads(run(*words).stdout)["rows"]
    assert {row["band"] for row in rows} <= {
        "0-1 km", "1-100 km", "over 100 km", "unplaced",
    }  # fmt: skip


def test_geocode_lists_candidates(run):
    rows = json.loads(run("geocode", "Torkham", "--json").stdout)
    assert rows[0]["place_id"] == "line-torkham"
    assert "Torkham" in run("geocode", "Torkham").stdout
    rows = json.loads(run("geocode", "اسپین بولدک", "--country", "AF", "--json").stdout)
    assert rows[0]["country"] == "AF"


def test_geocode_of_nothing_known_ends_with_1(run):
    result = run("geocode", "Xyzzyville", status=1)
    assert result.stderr.count("\n") == 2


def test_layers_lists_and_writes(run, tmp_path):
    assert "durand" in run("layers", "--json").stdout.lower()
    run("layers", "-o", "gis.geojson", "--only", "line", "--only", "zones", "--bands", "5",
        "--tolerance", "200")  # fmt: skip
    features = json.loads((tmp_path / "gis.geojson").read_text("utf-8"))["features"]
    assert [f["properties"]["layer"] for f in features] == ["line", "zones", "zones"]
    assert all(f["properties"]["attribution"] for f in features)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["locate", "nowhere.csv", "-o", "a.csv"], 1),
        (["check", "nowhere.csv"], 1),
        (["map", "nowhere.csv"], 1),
        (["locate", "SAMPLE", "-o", "a.docx"], 1),
        (["locate", "SAMPLE", "-o", "missing/a.csv"], 1),
        (["query", "SAMPLE", "--within", "ten"], 2),
        (["query", "SAMPLE", "--bands", "5,5"], 2),
        (["summary", "SAMPLE", "--by", "moon"], 2),
        (["check", "SAMPLE", "--recipe", "nonsense"], 2),
        (["locate", "SAMPLE"], 2),
        (["fly"], 2),
    ],
    ids=str,
)
def test_errors_are_one_line_and_have_their_status(run, sample_path, words, status):
    result = run(*(sample_path if word == "SAMPLE" else word for word in words), status=status)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    if status == 1:
        assert result.stderr.startswith("bordermap: ")
        assert result.stderr.count("\n") == 1


def test_the_input_is_not_written_over(run, tmp_path):
    text = "incident_id,latitude,longitude\nA,34.1,71.1\n"
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    assert "this is the input" in run("locate", "mine.csv", "-o", "mine.csv", status=1).stderr
    assert (tmp_path / "mine.csv").read_text("utf-8") == text


def test_quiet_is_silent(run, sample_path):
    result = run("locate", sample_path, "-o", "out.csv", "-q")
    assert result.output == ""


def test_verbose_explains_notes(run, tmp_path):
    (tmp_path / "odd.csv").write_text(
        "incident_id,latitude,longitude\nA,71.1,34.1\n", encoding="utf-8"
    )
    assert "row 1" in run("locate", "odd.csv", "-o", "out.csv", "-v").stderr


def test_it_starts_as_a_program(sample_path):
    words = [sys.executable, "-m", "bordermap", "check", str(sample_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "90" in done.stdout
