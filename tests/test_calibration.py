"""Scores are probabilities: in bounds, better evidence never scores lower."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bordermap.gazetteer import Entry, Gazetteer
from bordermap.gazetteer.calibration import (
    HOWS,
    KINDS,
    LEVELS,
    MOST,
    Evidence,
    among,
    calibrated,
    is_doubtful,
    level_of,
)
from bordermap.gazetteer.index import PENALTIES, SCORES, Hit

ALL = [
    Evidence(how, level, kind, doubt)
    for how, level, kind, doubt in itertools.product(HOWS, LEVELS, KINDS, (False, True))
]


def test_every_way_of_finding_a_name_has_its_odds() -> None:
    assert set(HOWS) == set(SCORES)
    assert [SCORES[how] for how in HOWS] == sorted(SCORES.values(), reverse=True)


@pytest.mark.parametrize("one", ALL, ids=str)
def test_bounds_and_order(one: Evidence) -> None:
    score = calibrated(one)
    assert 0 < score <= MOST < 1
    assert calibrated(replace(one, doubt=True)) <= score
    assert all(calibrated(replace(one, how=how)) <= score for how in HOWS[HOWS.index(one.how) :])
    lower = LEVELS[: LEVELS.index(one.level)]
    assert all(calibrated(replace(one, level=level)) <= score for level in lower)


def test_doubt_and_context_tell() -> None:
    alone, confirmed = Evidence("alias", "nothing"), Evidence("alias", "district")
    assert calibrated(alone) < calibrated(confirmed)
    assert calibrated(replace(confirmed, doubt=True)) < calibrated(confirmed)
    assert calibrated(Evidence("folded name", "nothing")) < 0.9 < calibrated(confirmed)


def test_a_kind_that_is_not_said_is_no_doubt() -> None:
    hit = Hit(_village("AF-KHO-spera"), 0.65, "Tangi", "similar name", similarity=0.85)
    assert not is_doubtful(hit, hit.score)
    assert not is_doubtful(hit, hit.score - PENALTIES["kind not said"])
    assert is_doubtful(hit, hit.score - PENALTIES["other kind"])


@given(st.lists(st.floats(0.01, MOST), min_size=1, max_size=12))
def test_of_several_only_one_is_meant(scores: list[float]) -> None:
    entries = [_village(f"AF-KHO-{number}") for number in range(len(scores))]
    shared = among(scores, entries)
    assert all(0 <= new <= old + 1e-3 for new, old in zip(shared, scores, strict=True))
    assert sum(shared) <= max(scores) + 0.001 * len(scores)
    ranked = sorted(range(len(scores)), key=lambda at: scores[at])
    assert [shared[at] for at in ranked] == sorted(shared)
    nested = [_village("AF-KHO-spera")] * len(scores)
    assert among(scores, nested) == pytest.approx(scores, abs=5e-4)


def _village(district: str) -> Entry:
    codes = frozenset({"AF-KHO"}), frozenset({district})
    return Entry(district, "Tangi", "place", "village", "AF", "test", (), *codes)


def test_level_is_the_finest_unit_that_agrees() -> None:
    entry = Gazetteer.load().entry("pk-miranshah")
    assert entry is not None
    district, province = entry.adm2_codes, entry.adm1_codes
    pakistan, other = frozenset({"PK"}), frozenset({"AF-KHO-spera"})
    assert len(district) == len(province) == 1
    assert level_of(entry, pakistan, province, district) == "district"
    assert level_of(entry, pakistan, province, other) == "province"
    assert level_of(entry, pakistan, frozenset(), frozenset()) == "country"
    assert level_of(entry, frozenset(), frozenset(), frozenset()) == "nothing"
    assert level_of(entry, frozenset({"AF"}), frozenset(), frozenset()) == "nothing"


def test_candidates_share_what_one_has_alone() -> None:
    gazetteer = Gazetteer.load()
    alone = gazetteer.find("Miranshah")[0]  # the town, beside the tehsil around it
    both = gazetteer.find("Jani Khel")
    assert len(both) > 1
    assert both[0].score < 0.6
    assert alone.score > 0.9
    told = gazetteer.find("Jani Khel", country="PK", adm2_code="PK-KP-bannu")
    assert len(told) < len(both)
