"""Summaries of parts add up to those of the whole, to the last digit."""

from __future__ import annotations

import pickle
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from frames import incidents
from hypothesis import given, settings
from hypothesis import strategies as st

from bordermap import build, locate, robustness, summarise
from bordermap import query as ask
from bordermap.errors import FilterError
from bordermap.pipeline import sample_incidents
from bordermap.robustness import finished as finished_counts
from bordermap.robustness import merged as merged_counts
from bordermap.robustness import partial as partial_counts
from bordermap.summarise import finished, merged, partial
from bordermap.values.chance import expected, interval, interval_of, poisson_binomial

KHOST, LANDI_KOTAL, DUSHANBE = (69.9203, 33.3338), (71.145, 34.101), (68.78, 38.56)
NEAR = {"within": "10km", "side": ["AF", "PK"], "type": ["armed_clash", "airstrike"]}
ASKED = [
    ("band,border_side", {}),
    ("adm1", {"filters": {"within": "10km"}, "certainty": "maybe"}),
    ("year,event_type", {"filters": {"from_": "2015", "province": "Khost"}}),
    ("adm2", {"filters": NEAR, "certainty": "surely", "bands_km": (5, 10)}),
]


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def sample():
    frame, _ = build(sample_incidents())
    frame["duplicate_of"] = pd.Series([None] * len(frame), dtype="string")
    frame.loc[[3, 40], "duplicate_of"] = frame.loc[2, "incident_id"]
    frame.loc[[7], "geometry"] = None
    return locate(frame)


def split(frame, cuts, order):
    """The rows in another order, in parts, some of them empty."""
    shuffled = frame.iloc[np.random.default_rng(order).permutation(len(frame))]
    edges = [0, *sorted(cut % (len(frame) + 1) for cut in cuts), len(frame)]
    return [shuffled.iloc[a:b] for a, b in pairwise(edges)]


class TestSplit:
    @pytest.mark.parametrize(("by", "asked"), ASKED)
    @pytest.mark.parametrize("cuts", [(45,), (13, 13, 70)])
    def test_the_sample_in_parts_of_any_rows_and_order(self, sample, by, asked, cuts):
        whole = summarise(sample, by, **asked)
        parts = [partial(part, by, **asked) for part in split(sample, cuts, len(cuts))]
        same(finished(merged(parts)), whole)
        same(finished(merged(reversed(parts))), whole)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([KHOST, LANDI_KOTAL, DUSHANBE, (71.09, 34.12), None]),
                st.sampled_from([0.0, 900.0, 7_000.0]),
                st.none() | st.integers(0, 500),
                st.sampled_from(["airstrike", "protest", None]),
                st.sampled_from([None, "T-1"]),
            ),
            min_size=1,
            max_size=9,
        ),
        st.lists(st.integers(0, 9), max_size=3),
        st.integers(0, 99),
    )
    @settings(max_examples=12, deadline=None)
    def test_any_rows_in_any_parts(self, rows, cuts, order):
        names = ("at", "location_radius_m", "fatalities_low", "event_type", "duplicate_of")
        frame = locate(incidents(*(dict(zip(names, row, strict=True)) for row in rows)))
        asked = {"filters": {"within": "5km", "type": "airstrike"}, "bands_km": (5, 10, 25, 50)}
        for others in ({"bands_km": asked["bands_km"]}, asked):
            whole = summarise(frame, "band,event_type", **others)
            parts = [
                partial(part, "band,event_type", **others) for part in split(frame, cuts, order)
            ]
            same(finished(merged(parts)), whole)


@pytest.fixture(scope="module")
def some(sample):
    return sample.iloc[:45]


@pytest.fixture(scope="module")
def single(some):
    """Every row a part of its own: the hardest split."""
    rows = (some.iloc[row : row + 1] for row in range(len(some)))
    return [partial(row, "adm1,border_side", filters={"within": "25km"}) for row in rows]


class TestMerging:
    @given(st.randoms(use_true_random=False), st.integers(1, 12))
    @settings(max_examples=30, deadline=None)
    def test_neither_order_nor_brackets_matter(self, single, chance, many):
        parts = list(single)
        chance.shuffle(parts)
        while len(parts) > 1:
            parts = [merged(parts[a : a + many + 1]) for a in range(0, len(parts), many + 1)]
        assert parts[0] == merged(single)

    def test_rows_alone_are_as_all_together(self, some, single):
        same(
            finished(merged(single)),
            summarise(some, "adm1,border_side", filters={"within": "25km"}),
        )

    def test_nothing_is_lost(self, some, single):
        table = finished(merged(single))
        assert table["incidents"].sum() == len(some)
        assert table["expected"].sum() == pytest.approx(len(some))
        assert (table[["surely", "maybe", "out"]].sum(axis=1) == len(some)).all()
        assert table.set_index("adm1").loc["duplicates", "incidents"] == 2
        assert table.set_index("adm1").loc["unplaced", "incidents"] == 1

    def test_a_part_travels(self, single):
        assert pickle.loads(pickle.dumps(single[0])) == single[0]

    def test_memory_does_not_grow_with_the_rows(self, sample):
        once = partial(sample, "adm1,band")
        many = partial(pd.concat([sample] * 20, ignore_index=True), "adm1,band")
        assert many.rows == 20 * once.rows
        assert len(pickle.dumps(many)) < 1.2 * len(pickle.dumps(once))

    def test_parts_do_not_change(self, single):
        before = pickle.dumps(single[:5])
        merged(single[:5])
        assert pickle.dumps(single[:5]) == before


class TestRefused:
    def test_nothing_to_add_up(self):
        with pytest.raises(FilterError, match="no summary to add up"):
            merged([])
        with pytest.raises(FilterError, match="no count to add up"):
            merged_counts([])

    @pytest.mark.parametrize(
        ("by", "asked"),
        [
            ("adm1", {}),
            ("year", {"certainty": "maybe"}),
            ("year", {"filters": {"within": "9km"}}),
        ],
    )
    def test_different_questions(self, sample, by, asked):
        few = sample.iloc[:3]
        with pytest.raises(FilterError, match="different questions"):
            merged([partial(few, "year"), partial(few, by, **asked)])

    def test_bands_that_rows_tell_differently(self):
        frame = locate(incidents({"at": KHOST}, {"at": DUSHANBE}, {"at": None}), bands_km=(4, 100))
        parts = [partial(frame.iloc[row : row + 1], "band") for row in range(3)]
        with pytest.raises(FilterError, match="different bands: 4, 100 and 100 km"):
            merged(parts)
        # Rows without a band say nothing of them, given ones serve everybody.
        assert merged([parts[2], parts[0]]).bands_km == merged(parts[:1] + parts[2:]).bands_km
        given = [partial(frame.iloc[row : row + 1], "band", bands_km=(4, 100)) for row in range(3)]
        same(finished(merged(given)), summarise(frame, "band"))

    def test_counts_within_different_distances(self, sample):
        few = sample.iloc[:2]
        with pytest.raises(FilterError, match="different distances"):
            merged_counts([partial_counts(few, "10km"), partial_counts(few, "11km")])


def test_an_empty_part_and_an_empty_whole(sample):
    none = sample.iloc[:0]
    for by, asked in ASKED[:3]:
        assert len(finished(partial(none, by, **asked))) == 0
        both = merged([partial(none, by, **asked), partial(sample, by, **asked)])
        same(finished(both), summarise(sample, by, **asked))


def test_robustness_in_parts(sample):
    rows = ask(sample, type="airstrike")
    parts = [partial_counts(part) for part in split(rows, (5, 5), 3)]
    same(finished_counts(merged_counts(parts)), robustness(rows))
    same(finished_counts(merged_counts(parts[::-1])), robustness(rows))


class TestChance:
    chances = st.lists(st.sampled_from([0.0, 1e-9, 0.1, 0.25, 1 / 3, 0.5, 0.999, 1.0]), max_size=60)

    @given(chances)
    def test_the_interval_is_that_of_the_full_distribution(self, chances):
        terms = [1.0]
        for chance in chances:
            terms = [
                (1 - chance) * a + chance * b for a, b in zip([*terms, 0], [0, *terms], strict=True)
            ]
        assert np.allclose(poisson_binomial(chances), terms, atol=1e-12)
        low, high = interval(chances)
        inside = sum(terms[low : high + 1])
        assert inside >= 0.95 - 1e-9
        assert sum(terms[:low]) <= 0.025 + 1e-9
        assert sum(terms[high + 1 :]) <= 0.025 + 1e-9

    @given(chances, st.randoms(use_true_random=False))
    def test_the_order_of_the_trials_does_not_matter(self, chances, chance):
        shuffled = chance.sample(chances, len(chances))
        assert interval(chances) == interval(shuffled) == interval_of(Counter(shuffled))
        assert expected(Counter(chances)) == expected(Counter(shuffled))
        assert expected(Counter(chances)) == float(sum(map(Fraction, chances)))

    @pytest.mark.parametrize(
        ("chance", "many", "bounds"),
        [  # scipy.stats.binom.ppf
            (0.5, 1_000, (469, 531)),
            (0.01, 100_000, (939, 1_062)),
            (0.999, 10_000_000, (9_989_804, 9_990_195)),
            (1e-9, 1_000_000_000, (0, 3)),
            (0.01, 1_000_000_000, (9_993_834, 10_006_167)),
        ],
    )
    def test_as_many_trials_as_one_likes(self, chance, many, bounds):
        assert interval_of({chance: many, 1.0: 7, 0.0: 10**12}) == (bounds[0] + 7, bounds[1] + 7)
