"""Surely, maybe, out, and expected: what footprints allow to say, and that it adds up."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import Border, build, geocode, locate, query, robustness, summarise
from bordermap.certainty import shares
from bordermap.cli import main
from bordermap.errors import FilterError, FrameError
from bordermap.footprint import shipped_polygon
from bordermap.query import asked_of
from bordermap.summarise import KEYS, widen
from bordermap.values.chance import interval, poisson_binomial

LANDI_KOTAL, KHOST, DUSHANBE = (71.145, 34.101), (69.9203, 33.3338), (68.78, 38.56)


@pytest.fixture(scope="module")
def built(sample_path):
    return build(sample_path)[0]


def unit_row(code, precision):
    inner = shipped_polygon(code).representative_point()
    return {"at": (inner.x, inner.y), "place_id": code, "location_precision": precision}


@pytest.fixture(scope="module")
def mixed():
    rows = [
        {"at": KHOST},
        {"at": KHOST, "location_radius_m": 1_000},
        {"at": LANDI_KOTAL, "location_radius_m": 6_000},
        {"at": LANDI_KOTAL, "location_radius_m": 30_000},
        {"at": LANDI_KOTAL, "location_radius_m": 30_000, "location_side": "PK"},
        {"at": DUSHANBE, "location_radius_m": 50_000},
        unit_row("AF-KHO", "province"),
        unit_row("AF-KHO-spera", "district"),
        unit_row("AF-KHO-spera;PK-KP-north-waziristan", "district"),
        {"at": None},
    ]
    for number, row in enumerate(rows):
        row |= {"date_start": f"20{10 + number % 3}-05-01", "fatalities_best": number}
        row |= {"event_type": "airstrike" if number % 2 else "shelling"}
    return locate(incidents(*rows))


# The distribution


@given(st.lists(st.floats(0, 1), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_distribution_is_that_of_every_outcome_counted(chances):
    exact = np.zeros(len(chances) + 1)
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        weights = [p if hit else 1 - p for p, hit in zip(chances, outcome, strict=True)]
        exact[sum(outcome)] += np.prod(weights)
    assert poisson_binomial(chances) == pytest.approx(exact, abs=1e-12)
    low, high = interval(chances)
    assert exact[low : high + 1].sum() >= 0.95 - 1e-9
    assert exact[:low].sum() <= 0.025 + 1e-9
    assert exact[high + 1 :].sum() <= 0.025 + 1e-9


def test_many_rows_are_as_exact():
    found = poisson_binomial(np.full(5_000, 0.3))
    k = np.arange(1, 5_001)
    log = np.r_[0, np.cumsum(np.log((5_001 - k) / k))] + 5_000 * np.log(0.7)
    exact = np.exp(log + np.arange(5_001) * np.log(0.3 / 0.7))
    assert found == pytest.approx(exact, abs=1e-12)
    assert interval([1.0] * 7 + [0.0] * 9) == (7, 7)
    assert interval([]) == (0, 0)


# Filters


@pytest.mark.parametrize(
    "filters",
    [
        {"within": "10km"},
        {"beyond": "10km"},
        {"side": "AF"},
        {"side": "PK"},
        {"side": "line"},
        {"km": "1900:2000"},
        {"province": "Khost"},
        {"district": "Khyber"},
        {"bbox": "69,33,71,34"},
    ],
    ids=str,
)
def test_surely_is_within_nominal_is_within_maybe(built, filters):
    sure, point, may = (
        set(query(built, certainty=word, **filters)["incident_id"])
        for word in ("surely", "nominal", "maybe")
    )
    assert sure <= may
    assert sure <= point or filters == {"side": "AF"}
    if "side" not in filters:
        assert point <= may


@pytest.mark.parametrize("width", ["800m", "5km", "10km", "50km"])
def test_within_and_beyond_share_the_rows_by_the_bounds(built, width):
    sure_in = query(built, certainty="surely", within=width)
    may_out = query(built, certainty="maybe", beyond=width)
    placed = built["border_distance_m"].notna().sum()
    assert len(sure_in) + len(may_out) == placed
    metres = {"800m": 800, "5km": 5_000, "10km": 10_000, "50km": 50_000}[width]
    assert (built["border_distance_max_m"] <= metres).sum() == len(sure_in)
    assert (built["border_distance_min_m"] <= metres).sum() == len(
        query(built, certainty="maybe", within=width)
    )


def test_filters_by_the_record_do_not_heed_certainty(built):
    for word in ("surely", "maybe"):
        assert len(query(built, certainty=word, type="airstrike")) == len(
            query(built, type="airstrike")
        )


def test_an_unknown_certainty_is_refused(built):
    with pytest.raises(FilterError, match="no certainty"):
        query(built, certainty="perhaps", within="10km")


def test_a_frame_without_bounds_is_refused(built):
    with pytest.raises(FrameError, match="run locate first"):
        query(built.drop(columns="border_distance_min_m"), certainty="maybe", within="10km")


def test_a_disc_cut_to_its_side_is_surely_there(mixed):
    kept = query(mixed, certainty="surely", side="PK")["incident_id"].tolist()
    assert "T-5" in kept
    assert "T-4" not in kept
    assert "T-4" in query(mixed, certainty="maybe", side="PK")["incident_id"].tolist()
    assert "T-5" not in query(mixed, certainty="maybe", side="AF")["incident_id"].tolist()


def test_torkham_with_a_stated_side_lies_on_it_by_share():
    frame = geocode(
        pd.DataFrame(
            {"incident_id": ["1", "2"], "place": ["Torkham"] * 2, "country": ["Pakistan", ""]}
        )
    )
    frame = locate(frame)
    assert frame["location_side"].fillna("").tolist() == ["PK", ""]
    found = shares(frame, asked_of(frame, "side", "PK")).groupby(["row", "hit"])["share"].sum()
    assert found[(0, True)] == pytest.approx(1)
    assert 0.2 < found[(1, True)] < 0.8


def test_a_province_row_is_surely_in_its_province_and_maybe_near_the_line(mixed):
    khost = mixed[mixed["incident_id"] == "T-7"]
    assert len(query(khost, certainty="surely", province="Khost")) == 1
    assert len(query(khost, certainty="maybe", province="Paktia")) == 0
    assert len(query(khost, certainty="surely", within="10km")) == 0
    assert len(query(khost, certainty="maybe", within="10km")) == 1
    assert len(query(khost, certainty="maybe", district="Spera")) == 1


# Shares


@pytest.fixture(scope="module")
def widths(mixed):
    """Share of each row within growing distances of the line."""
    table = {}
    for width in (0, 1_000, 5_000, 10_000, 25_000, 50_000, 200_000, 900_000):
        asked = asked_of(mixed, "within", width)
        inside = asked.answer(mixed)["hit"].to_numpy(dtype=float)
        found = shares(mixed, asked)
        found = found[found["hit"].astype(bool)].groupby("row")["share"].sum()
        inside[~asked.clear] = found.reindex(np.nonzero(~asked.clear)[0]).fillna(0)
        table[width] = inside
    return pd.DataFrame(table)


def test_shares_grow_with_the_width_from_0_to_1(widths):
    assert ((widths >= 0) & (widths <= 1)).all(axis=None)
    assert (widths.diff(axis=1).fillna(0) >= -1e-12).all(axis=None)
    assert (widths.iloc[:-1, -1] > 1 - 1e-12).all()


def test_surely_is_a_share_of_1_and_out_is_0(mixed, widths):
    for width in widths:
        surely = (mixed["border_distance_max_m"] <= width).to_numpy()
        out = ~(mixed["border_distance_min_m"] <= width).to_numpy()
        assert widths[width][surely].tolist() == pytest.approx([1] * surely.sum())
        assert widths[width][out].tolist() == [0] * out.sum()


def test_the_share_of_a_province_is_its_area_in_the_zone():
    frame = locate(incidents(unit_row("AF-KHO", "province")))
    found = shares(frame, asked_of(frame, "within", "10km")).set_index("hit")["share"]
    zone = Border.load().zone(10_000, tolerance_m=200)
    polygon = shapely.transform(shipped_polygon("AF-KHO"), _flat)
    part = polygon.intersection(shapely.transform(zone, _flat))
    assert found[True] == pytest.approx(part.area / polygon.area, abs=0.015)


def _flat(lonlat):
    """Equal areas: longitude in radians, sine of the latitude."""
    return np.column_stack([np.radians(lonlat[:, 0]), np.sin(np.radians(lonlat[:, 1]))])


# Tables


def adds_up(table, total):
    assert table["incidents"].sum() == total
    assert table["expected"].sum() == pytest.approx(total, abs=1e-6)
    assert (table["surely"] + table["maybe"] + table["out"] == total).all()
    assert (table["surely"] <= table["expected"] + 1e-6).all()
    assert (table["expected"] <= table["surely"] + table["maybe"] + 1e-6).all()
    assert (table["expected_low"] <= table["expected_high"]).all()
    assert (table["surely"] <= table["expected_low"]).all()
    assert (table["expected_high"] <= table["surely"] + table["maybe"]).all()


@pytest.mark.parametrize("by", [*KEYS, "adm1,band", "band,border_side,event_type", "year,adm2"])
def test_every_table_adds_up(mixed, by):
    adds_up(summarise(mixed, by), len(mixed))


@pytest.mark.parametrize("by", ["band", "adm1,year", "border_side"])
@pytest.mark.parametrize("certainty", ["nominal", "surely", "maybe"])
@pytest.mark.parametrize(
    "filters", [{"within": "10km"}, {"side": "PK"}, {"province": "Khost", "type": "airstrike"}]
)
def test_filtered_tables_add_up_to_what_the_record_leaves(mixed, by, certainty, filters):
    table = summarise(mixed, by, filters=filters, certainty=certainty)
    by_record = {key: value for key, value in filters.items() if key == "type"}
    adds_up(table, len(query(mixed, **by_record)))
    matching = ~table[table.columns[0]].isin(["not matching", "unplaced"])
    kept = query(mixed, certainty=certainty, **filters)
    assert table["incidents"][matching].sum() == len(kept)


def test_the_counts_within_a_buffer_are_the_filters(built):
    table = summarise(built, "event_type", filters={"within": "10km"}, bands_km=(5, 50))
    inside = table["event_type"] != "not matching"
    assert table["surely"][inside].sum() == len(query(built, certainty="surely", within="10km"))
    most = table["surely"][inside].sum() + table["maybe"][inside].sum()
    assert most == len(query(built, certainty="maybe", within="10km"))


def test_the_real_incidents_add_up(built):
    for by in ("band", "adm1", "border_side", "adm1,band", "border_stretch"):
        adds_up(summarise(built, by), 90)


def test_records_alone_are_sure(built):
    table = summarise(built, "year,event_type")
    assert table["maybe"].sum() == 0
    assert table["expected"].tolist() == table["incidents"].tolist()


def test_an_empty_frame_has_an_empty_table(mixed):
    table = summarise(mixed.iloc[:0], "adm1,band", filters={"within": "10km"})
    assert len(table) == 0
    assert "expected" in table


def test_wide_tables_hold_the_same_numbers(built):
    long = summarise(built, "adm1,year")
    wide = widen(long, "year")
    assert wide["total"].sum() == 90
    assert (
        wide.set_index("adm1").loc["Khost", "2022"]
        == long.set_index(["adm1", "year"]).loc[("Khost", "2022"), "incidents"]
    )
    assert widen(long, "year", "expected")["total"].sum() == pytest.approx(90)
    assert "total" not in widen(long, "year", "maybe")


@pytest.mark.parametrize(("key", "value"), [("band", "incidents"), ("year", "moon")])
def test_what_cannot_be_widened_is_refused(built, key, value):
    with pytest.raises(FilterError):
        widen(summarise(built, "adm1,year"), key, value)
    with pytest.raises(FilterError):
        widen(summarise(built, "year"), "year")


# Robustness


def test_the_panel_changes_one_thing_at_a_time(built):
    panel = robustness(built, "10km")
    assert panel["changed"].value_counts().to_dict() == {
        "nothing": 1, "rows": 1, "width": 6, "size": 2, "line": 3,
    }  # fmt: skip
    first = panel.iloc[0]
    assert first["incidents"] == len(query(built, within="10km"))
    assert first["surely"] == len(query(built, certainty="surely", within="10km"))
    assert (panel["surely"] + panel["maybe"] + panel["out"] == panel["rows"]).all()
    whole = panel[(panel["changed"].isin(["nothing", "width"])) & (panel["rows"] == 90)]
    grown = whole.sort_values("within_km")[["incidents", "surely", "expected"]]
    assert (grown.diff().dropna() >= 0).all(axis=None)
    same = panel.set_index("setting").loc["line_osm_2018"]
    assert abs(same["expected"] - first["expected"]) < 1


def test_a_province_says_less_than_a_place(mixed):
    panel = robustness(mixed, "10km").set_index("setting")
    assert panel.loc["province", "surely"] <= panel.loc["as asked", "surely"]
    assert panel.loc["district", "rows"] == len(mixed)


# The command line


@pytest.fixture
def run(sample_path):
    def call(command, *words, status=0):
        result = CliRunner().invoke(main, [command, str(sample_path), *words])
        assert result.exit_code == status, (result.output, result.stderr, result.exception)
        return result

    return call


@pytest.mark.parametrize("word", ["surely", "maybe", "nominal"])
def test_certainty_on_the_command_line_is_the_librarys(run, built, word):
    rows = json.loads(run("query", "--within", "10km", "--certainty", word, "--json", "-q").stdout)
    expected = query(built, certainty=word, within="10km")["incident_id"].tolist()
    assert [row["incident_id"] for row in rows] == expected


def test_locate_and_map_take_certainty(run, built, tmp_path):
    words = ("--within", "10km", "--certainty", "surely", "-q", "-o")
    run("locate", *words, str(tmp_path / "a.csv"))
    sure = query(built, certainty="surely", within="10km")
    assert len(pd.read_csv(tmp_path / "a.csv")) == len(sure)
    record = json.loads((tmp_path / "a.csv.run.json").read_text("utf-8"))
    assert record["arguments"]["certainty"] == "surely"
    run("map", *words, str(tmp_path / "a.html"))


def test_summary_on_the_command_line_is_the_librarys(run, built):
    data = json.loads(run("summary", "--by", "adm1", "--within", "10km", "--json", "-q").stdout)
    table = summarise(built, "adm1", filters={"within": "10km"})
    assert data["total"] == 90
    assert [row["expected"] for row in data["rows"]] == table["expected"].tolist()
    assert data["rows"][-1]["adm1"] == "not matching"


def test_wide_and_robust_on_the_command_line(run, built, tmp_path):
    few = ("--district", "Khyber", "--within", "5km", "-q")
    words = ("--by", "adm1,year", "--wide", "year", "--robust", "-o", str(tmp_path / "t.csv"))
    run("summary", *few, *words)
    assert pd.read_csv(tmp_path / "t.csv")["total"].sum() == 90
    panel = pd.read_csv(tmp_path / "t.robustness.csv")
    khyber = robustness(query(built, district="Khyber"), "5km")
    assert panel["incidents"].tolist() == khyber["incidents"].tolist()
    assert panel["expected"].tolist() == pytest.approx(khyber["expected"].tolist())
    assert (tmp_path / "t.robustness.csv.run.json").exists()
    assert "line_wdbii" in run("summary", "--robust", *few).stdout


def test_summary_of_nothing_says_what_to_ask(run):
    assert "adm1" in run("summary", status=2).stderr
    run("query", "--certainty", "perhaps", status=2)
