"""Questions in CQL2 text, around a place, within a layer, in an order: what they keep."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import build, locate, query, summarise
from bordermap.border import GEOD
from bordermap.errors import FilterError
from bordermap.gazetteer import Gazetteer
from bordermap.query import circle, undecided
from bordermap.query.cql import DEEPEST, Truth, answers, parsed, properties


@pytest.fixture(scope="module")
def built(sample_path):
    return build(sample_path)[0]


@pytest.fixture(scope="module")
def frame():
    """Five rows with a missing value in every column."""
    table = pd.DataFrame(
        {
            "name": ["Torkham", "Spīn Bōldak", "torkham", None, "50% _x"],
            "deaths": pd.array([3, 0, None, 10, -2], dtype="Int64"),
            "share": [0.5, np.nan, 2.0, 1.0, 0.0],
            "day": pd.to_datetime(["2016-01-01", "2016-06-13", None, "2017-02-01", "2016-12-31"]),
            "last": pd.to_datetime(["2016-01-03", None, None, "2017-02-01", "2017-01-02"]),
            "open": pd.array([True, False, None, True, False], dtype="boolean"),
            "tags": ["a;b", "b", None, "a; c", ""],
        }
    )
    points = [shapely.Point(x, 34) if x else None for x in (69, 70, None, 71, 71.5)]
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def kept(frame, text):
    return np.nonzero(answers(frame, parsed(text)).yes)[0].tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("deaths > 2", [0, 3]),
        ("NOT deaths > 2", [1, 4]),
        ("deaths <> 3", [1, 3, 4]),
        ("deaths BETWEEN 0 AND 3", [0, 1]),
        ("deaths NOT BETWEEN 0 AND 3", [3, 4]),
        ("deaths IN (0, 10)", [1, 3]),
        ("deaths IS NULL", [2]),
        ("deaths IS NOT NULL AND share IS NOT NULL", [0, 3, 4]),
        ("deaths + 1 = share * 8", [0]),
        ("deaths / share > 5", [0, 3]),
        ("deaths % 4 = 2 OR deaths ^ 2 = 4", [3, 4]),
        ("deaths div 4 = 2", [3]),
        ("-deaths = 2", [4]),
        ("open", [0, 3]),
        ("open = FALSE", [1, 4]),
        ("NOT open", [1, 4]),
        ("name = 'Torkham'", [0]),
        ("CASEI(name) = CASEI('TORKHAM')", [0, 2]),
        ("CASEI(name) IN (CASEI('TORKHAM'))", [0, 2]),
        ("ACCENTI(name) = 'Spin Boldak'", [1]),
        ("ACCENTI(CASEI(name)) LIKE 'spin%'", [1]),
        ("name LIKE 'T%m'", [0]),
        ("name LIKE '_orkham'", [0, 2]),
        ("name LIKE '%'", [0, 1, 2, 4]),
        (r"name LIKE '50\% \_x'", [4]),
        (r"name LIKE '50\__'", []),
        ("name NOT LIKE '%o%'", [1, 4]),
        ("name < 'a'", [0, 1, 4]),
        ("day = DATE('2016-06-13')", [1]),
        ("day >= '2016-06-13'", [1, 3, 4]),
        ("T_AFTER(day, DATE('2016-06-13'))", [3, 4]),
        ("T_BEFORE(day, TIMESTAMP('2016-06-13T00:00:01Z'))", [0, 1]),
        ("T_BEFORE(day, TIMESTAMP('2016-06-13T00:30:00+01:00'))", [0]),
        ("T_DURING(day, INTERVAL('2016-01-01', '2016-12-31'))", [1]),
        ("T_INTERSECTS(day, INTERVAL('2016-01-01', '2016-12-31'))", [0, 1, 4]),
        ("T_INTERSECTS(INTERVAL(day, last), INTERVAL('2017-01-01', '..'))", [3, 4]),
        ("T_STARTS(INTERVAL(day, last), INTERVAL('2016-01-01', '..'))", [0]),
        ("S_INTERSECTS(geometry, BBOX(69.5, 33, 71, 35))", [1, 3]),
        ("S_WITHIN(geometry, BBOX(69.5, 33, 71, 35))", [1]),
        ("S_DISJOINT(BBOX(69.5, 33, 71, 35), geometry)", [0, 4]),
        ("S_EQUALS(geometry, POINT(69 34))", [0]),
        ("NOT S_INTERSECTS(geometry, POLYGON((69 33, 72 33, 72 35, 69 33)))", [0, 1]),
        ("A_CONTAINS(tags, ('a'))", [0, 3]),
        ("A_OVERLAPS(tags, ('c', 'b'))", [0, 1, 3]),
        ("A_EQUALS(tags, ('b', 'a'))", [0]),
        ("A_CONTAINEDBY(tags, ('b'))", [1, 4]),
        ("\"name\" = 'it''s' OR deaths = 3", [0]),
    ],
)
def test_expressions_keep_what_the_standard_says(frame, text, rows):
    assert kept(frame, text) == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deaths > 'x'", "deaths is a number; give text"),
        ("name > 3", "name is text; give a number"),
        ("nam = 'x'", "did you mean name"),
        ("border_km > 3", "run locate first"),
        ("geometry = 3", "geometry is a geometry"),
        ("open > 3", "true or false"),
        ("name", "name is text; give true or false"),
        ("deaths AND open", "deaths is a number"),
        ("a = = b", "no CQL2 at character"),
        ("", "is no CQL2"),
        ("foo(name)", "there is no operator 'foo'"),
        ("foo(name) = 3", "there is no function 'foo'"),
        ("__import__('os') = 1", "no CQL2"),
        ("deaths LIKE 'x%'", "deaths is a number"),
        ("name LIKE name", "needs a pattern"),
        ("day > DATE('2016-13-01')", "no date"),
        ("day > 'yesterday'", "no date"),
        ("day > 3", "is a number; give a date"),
        ("day = INTERVAL('2016-01-01', '..')", "compares no intervals"),
        ("T_AFTER(name, DATE('2016-01-01'))", "name is text"),
        ("S_WITHIN(name, POINT(1 1))", "name is text"),
        ("S_WITHIN(geometry, POINT(200 1))", "beyond the degrees"),
        ("S_WITHIN(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "crosses itself"),
        ("S_DWITHIN(geometry, POINT(1 1))", "there is no operator"),
        ("A_CONTAINS(deaths, ('a'))", "deaths is a number"),
        ("name = 'x" + "a" * 30_000 + "'", "too long"),
        ("(" * 3_000 + "open" + ")" * 3_000, "too deep"),
        ("NOT " * 200 + "open", "too deep"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(frame, text, said):
    with pytest.raises(FilterError, match=re.escape(said)) as error:
        answers(frame, parsed(text))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 700


def test_a_polygon_of_a_layer_is_what_is_written_in_well_known_text(built):
    bounds = shapely.box(70, 33, 72, 35).wkt
    inside = query(built, where=f"S_INTERSECTS(geometry, {bounds})")
    assert inside.equals(query(built, bbox="70,33,72,35"))
    assert 0 < len(inside) < len(built)


TRUTHS = {"T": True, "F": False, "U": None}


@st.composite
def trees(draw, depth=4):
    """A tree of AND, OR and NOT over three columns, its text and what it says of a row."""
    kind = draw(st.sampled_from(["name"] if depth == 0 else ["name", "and", "or", "not"]))
    if kind == "name":
        name = draw(st.sampled_from(list(TRUTHS)))
        return name, TRUTHS[name]
    first, one = draw(trees(depth=depth - 1))
    if kind == "not":
        return f"(NOT {first})", None if one is None else not one
    second, other = draw(trees(depth=depth - 1))
    pair = {one, other}
    decides = kind == "or"
    value = decides if decides in pair else None if None in pair else not decides
    return f"({first} {kind.upper()} {second})", value


@given(trees())
@settings(deadline=None)
def test_logic_has_three_values(tree):
    text, value = tree
    row = pd.DataFrame({name: pd.array([truth], dtype="boolean") for name, truth in TRUTHS.items()})
    found = answers(row, parsed(text))
    assert (bool(found.yes[0]), bool(found.no[0])) == (value is True, value is False)


def like(text, pattern):
    """The standard's own words: ``%`` is any run of characters, ``_`` any one."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(text[at:], pattern[1:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"_", text[0]} and like(text[1:], pattern[1:])


@given(st.text("ab", max_size=7), st.text("ab%_", max_size=7))
@settings(max_examples=300, deadline=None)
def test_like_is_what_the_standard_says(text, pattern):
    row = pd.DataFrame({"name": [text]})
    assert (kept(row, f"name LIKE '{pattern}'") == [0]) == like(text, pattern)


def test_no_pattern_takes_long():
    row = pd.DataFrame({"name": ["a" * 20_000]})
    assert kept(row, f"name LIKE '{'%a' * 50}b'") == []


RELATIONS = (
    "t_before", "t_meets", "t_overlaps", "t_starts", "t_during", "t_finishes", "t_equals",
    "t_finishedBy", "t_contains", "t_startedBy", "t_overlappedBy", "t_metBy", "t_after",
)  # fmt: skip
DAYS = st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda span: span[0] < span[1])


@given(DAYS, DAYS)
@settings(deadline=None)
def test_two_intervals_stand_in_one_relation(one, other):
    row = pd.DataFrame({"a": [pd.Timestamp(2016, 1, one[0])], "b": [pd.Timestamp(2016, 1, one[1])]})
    span = f"INTERVAL('2016-01-{other[0]:02}', '2016-01-{other[1]:02}')"
    held = [name for name in RELATIONS if kept(row, f"{name}(INTERVAL(a, b), {span})")]
    assert len(held) == 1
    meets = kept(row, f"t_intersects(INTERVAL(a, b), {span})") == [0]
    assert meets == (held[0] not in {"t_before", "t_after"})
    assert meets != (kept(row, f"t_disjoint(INTERVAL(a, b), {span})") == [0])


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_answered_or_refused_in_one_line(text):
    row = pd.DataFrame({"a": [1.0]})
    said = ""
    try:
        assert isinstance(answers(row, parsed(text)), Truth)
    except FilterError as error:
        said = str(error)
    assert "\n" not in said


def test_an_expression_as_deep_as_allowed_is_answered(frame):
    assert kept(frame, "(" * DEEPEST + "open" + " = TRUE" + ")" * DEEPEST) == [0, 3]


def test_the_columns_of_an_expression_are_known_before_it_is_asked():
    tree = parsed("a > 1 AND S_WITHIN(geometry, POINT(1 1)) OR CASEI(b) IN ('x', 'y')")
    assert properties(tree) == {"a", "b", "geometry"}


@pytest.mark.parametrize("where", ["border_side = 'PK'", "NOT border_side = 'PK'"])
def test_rows_that_an_expression_cannot_decide_are_counted(frame, where):
    rows = locate(incidents({"at": (71.145, 34.101)}, {"at": None}))
    assert undecided(rows, where=where) == {"where": 1}


def test_where_says_the_same_as_the_filters(built):
    for where, filters in (
        ("border_side IN ('AF', 'line')", {"side": ["AF", "line"]}),
        ("border_distance_m <= 10000", {"within": "10km"}),
        ("border_km >= 1900 AND border_km < 2000", {"km": "1900:2000"}),
        ("adm1_code = 'PK-KP'", {"province": "Khyber Pakhtunkhwa"}),
        ("date_start <= DATE('2015-12-31')", {"to": "2015"}),
    ):
        asked = query(built, **filters)
        assert 0 < len(asked) < len(built)
        assert asked["incident_id"].tolist() == query(built, where=where)["incident_id"].tolist()


def test_near_is_geodesic_and_holds_its_rim(built):
    found = query(built, near="Torkham", radius="20km")
    place = Gazetteer.load().find("Torkham")[0].place
    x, y = built.geometry.x.to_numpy(), built.geometry.y.to_numpy()
    away = GEOD.inv(np.full(len(x), place.lon), np.full(len(x), place.lat), x, y)[2]
    assert set(found["incident_id"]) == set(built["incident_id"][away <= 20_000])
    assert len(found) >= 5
    for rim in np.unique(away[away <= 60_000]):
        count = len(query(built, near=(place.lon, place.lat), radius=float(rim)))
        assert count == (away <= rim).sum()


def test_near_asks_of_footprints_too(built):
    asked = {"near": "Ghulam Khan", "radius": "60km"}
    surely, point, maybe = (
        set(query(built, certainty=word, **asked).index) for word in ("surely", "nominal", "maybe")
    )
    assert surely < maybe
    assert surely <= point <= maybe
    counted = summarise(built, "border_side", filters={**asked})
    assert counted["maybe"].sum() + counted["surely"].sum() >= len(surely)


@pytest.mark.parametrize("place", ["34.1035,71.1458", (71.1458, 34.1035), "af-torkham"])
def test_a_place_may_be_a_name_an_id_or_a_position(place):
    known = Gazetteer.load().entry("af-torkham")
    if place == "af-torkham" and known is None:
        place = Gazetteer.load().find("Torkham")[0].place.place_id
    found = circle(place, "1km")
    assert found.radius_m == 1000.0
    assert GEOD.inv(found.lon, found.lat, 71.0928, 34.1213)[2] < 10_000


def test_near_a_town_is_meant_before_the_district_and_province_of_its_name():
    assert "geonames:" in circle("Khost", "5km").label


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"near": "Torkham"}, "needs a radius"),
        ({"radius": "5km"}, "--near PLACE"),
        ({"near": "Nowhere at all", "radius": "5km"}, "no place is called"),
        ({"near": "99,71", "radius": "5km"}, "beyond the degrees"),
        ({"near": "Torkham", "radius": "-5km"}, "negative"),
        ({"near": "Torkham", "radius": "far"}, "length"),
    ],
)
def test_places_that_cannot_be_understood_are_said(built, filters, said):
    with pytest.raises(FilterError, match=said):
        query(built, **filters)


def test_a_name_of_several_places_is_refused_with_their_ids(built):
    with pytest.raises(FilterError, match=r"may be .*give one of these ids") as error:
        query(built, near="Kotkai", radius="5km")
    first = re.search(r"\(([^()]+)\)", str(error.value))[1]
    assert len(query(built, near=first, radius="5km")) >= 0


@pytest.fixture
def areas(tmp_path):
    """Two polygons without names, in a file of Web Mercator."""
    shapes = [shapely.box(69.5, 32.5, 70.5, 33.5), shapely.box(70.8, 33.9, 71.5, 34.5)]
    path = tmp_path / "areas.gpkg"
    gpd.GeoDataFrame(geometry=shapes, crs=4326).to_crs(3857).to_file(path)
    return path


def test_within_of_keeps_the_points_in_any_polygon(run, built, areas, sample_path):
    shapes = gpd.read_file(areas).to_crs(4326)
    inside = query(built, within_of=shapes)
    expected = built.geometry.fillna(shapely.Point()).within(shapes.union_all())
    assert inside["incident_id"].tolist() == built["incident_id"][expected].tolist()
    said = run("query", sample_path, "--within-of", areas, "-o", "in.geojson").stderr
    assert "areas.gpkg: 2 polygons" in said
    features = json.loads(Path("in.geojson").read_text("utf-8"))["features"]
    assert len(features) == expected.sum() > 0
    record = json.loads(Path("in.geojson.run.json").read_text("utf-8"))
    assert record["arguments"]["within_of"].startswith("areas.gpkg (sha256 ")


def test_the_command_line_asks_as_the_library_does(run, built, sample_path):
    words = ("--where", "border_side = 'PK' AND fatalities_best > 10", "--order-by")
    shown = ("-fatalities_best,date_start", "--limit", "4", "--columns", "incident_id,place")
    rows = json.loads(run("query", sample_path, *words, *shown, "--json").stdout)
    asked = query(
        built,
        where=words[1],
        order_by=["-fatalities_best", "date_start"],
        limit=4,
        columns="incident_id,place",
    )
    assert [row["incident_id"] for row in rows] == asked["incident_id"].tolist()
    assert len(rows) == 4
    assert set(rows[0]) == {"incident_id", "place"}
    where = "border_km / 2 > 10 AND place LIKE '%a/b%'"
    run("query", sample_path, "--where", where, "-o", "none.csv")
    record = json.loads(Path("none.csv.run.json").read_text("utf-8"))
    assert record["arguments"]["where"] == where
    table = run("query", sample_path, *words, *shown).stdout
    assert table.split()[:2] == ["incident_id", "place"]


@pytest.mark.parametrize("command", ["map", "locate", "summary", "query"])
def test_every_command_takes_the_new_filters(run, sample_path, command):
    more = {"map": ("-o", "a.html"), "locate": ("-o", "a.geojson"), "summary": ("--by", "year")}
    words = ("--near", "Torkham", "--radius", "20km", "--where", "date_precision = 'day'")
    said = run(command, sample_path, *words, *more.get(command, ()))
    assert "near " in said.stderr


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("--where", "nothing here"), "no CQL2", 2),
        (("--near", "Torkham"), "radius", 2),
        (("--within-of", "no.gpkg"), "no.gpkg", 1),
        (("--order-by", "placee"), "did you mean place", 2),
        (("--columns", "x"), "no column", 2),
    ],
)
def test_wrong_questions_end_with_one_line(run, sample_path, words, said, status):
    error = run("query", sample_path, "-q", *words, status=status).stderr
    assert said in error
    assert error.count("\n") == 1


def test_order_is_stable_and_missing_values_come_last(built):
    ordered = query(built, order_by="-fatalities_best")
    figures = ordered["fatalities_best"]
    known = figures.dropna()
    assert known.is_monotonic_decreasing
    assert figures.isna().tolist() == [False] * len(known) + [True] * (len(figures) - len(known))
    again = query(built, order_by=["event_type", "-fatalities_best"])
    for _, rows in again.groupby("event_type"):
        expected = ordered[ordered["event_type"] == rows["event_type"].iloc[0]]
        assert rows["incident_id"].tolist() == expected["incident_id"].tolist()
