"""The figures that places are held to, measured anew; the samples are beside the repository."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

sets = pytest.importorskip("place_cases", reason="benchmarks/ is not part of this copy")
ways = pytest.importorskip("place_ways")
places = pytest.importorskip("places")
calibration = pytest.importorskip("place_calibration")

from bordermap.gazetteer import Gazetteer, Sources  # noqa: E402

needs_samples = pytest.mark.skipif(
    not (sets.UCDP.exists() and sets.LOCALITIES.exists()), reason="../shared is not here"
)


class TestMeasures:
    """What the tables say is what was counted."""

    def test_kinds_of_phrase(self) -> None:
        texts = {
            "Wana": "name",
            "Khost Province": "unit",
            "Laman area in Barmal district": "name in unit",
            "between Wana and the Angoor Adda area": "between",
            "near the border, 15 kilometres north of Miranshah": "distance",
            "Durand Line sectors of Paktika, Paktia and Khost": "border",
            "Arundu village opposite Nari district": "near",
            "Mirpar, Mandeh, Shaidi and Kai villages": "list",
            "Torkham gate": "crossing",
            "طورخم بارڈر": "other script",
            "": "unit only",
        }
        assert {text: sets.kind_of(text) for text in texts} == texts

    def test_units_right_wrong_and_not_said(self) -> None:
        truth = pd.Series(["a", "a", "a", "a", ""])
        said = pd.Series(["a", "b", "", "", "b"])
        ids = pd.Series(["", "", "", "x;a", ""])
        assert places.agreement(truth, said, ids) == "2/1/1"

    def test_parts_hold_every_run_of_words(self) -> None:
        assert ways.parts_of("Deh Bori, Kabul")[1:] == [
            "Deh Bori Kabul", "Deh Bori", "Bori Kabul", "Deh", "Bori", "Kabul"
        ]  # fmt: skip

    def test_interval_of_a_share(self) -> None:
        low, high = calibration.interval(0.9, 10)
        assert (round(low, 3), round(high, 3)) == (0.596, 0.982)

    def test_pooling(self) -> None:
        weight = np.ones(4)
        assert calibration.rising(np.array([1.0, 3, 2, 4]), weight).tolist() == [1, 2.5, 2.5, 4]


@pytest.fixture(scope="module")
def trial() -> places.Trial:
    return places.tried(sets.incidents(), Gazetteer.load())


class TestIncidents:
    """The sample incidents by their names alone, against the reading of each."""

    def test_footprints_hold_the_truth(self, trial: places.Trial) -> None:
        assert len(trial.cases) == 88
        assert trial.held.sum() >= 85

    def test_within_the_radius_of_the_truth_or_told(self, trial: places.Trial) -> None:
        near = trial.metres <= trial.cases["radius_m"].to_numpy()
        told = trial.answers["status"].isin(["weak", "ambiguous", "unplaced"]).to_numpy()
        assert near.sum() >= 78
        assert (near | told).sum() >= 85

    def test_none_on_the_wrong_side(self, trial: places.Trial) -> None:
        right, wrong, _ = map(int, places.sides(trial).split("/"))
        assert (right > 60, wrong) == (True, 0)


@pytest.fixture(scope="module")
def bare() -> Sources:
    return sets.without_ucdp()


@pytest.fixture(scope="module", params=["shipped", "with localities"])
def gazetteer(
    request: pytest.FixtureRequest, bare: Sources, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Gazetteer]]:
    if request.param == "shipped":
        yield request.param, Gazetteer(bare)
        return
    store = sets.stored(sets.LOCALITIES, tmp_path_factory.mktemp("places"))
    yield request.param, Gazetteer(bare, [store])
    store.close()


@needs_samples
class TestEvents:
    """UCDP events near the line, without the curated rows that know UCDP."""

    def test_no_row_knows_ucdp(self, bare: Sources) -> None:
        every = sets.shipped_sources().border_places
        assert every is not None
        assert bare.border_places is not None
        gone = every[~every["place_id"].isin(bare.border_places["place_id"])]
        assert len(gone) == 57
        assert gone["source"].str.contains("UCDP").all()
        assert not bare.border_places["source"].str.contains("UCDP GED").any()
        assert Gazetteer(bare).entry("pk-hurmaz") is None

    def test_nine_tenths_of_the_oracle(self, gazetteer: tuple[str, Gazetteer]) -> None:
        name, names = gazetteer
        trial = places.tried(sets.ucdp("where_coordinates"), names)
        assert len(trial.cases) == 44
        best = int((trial.best_m <= 5_000).sum())
        assert best >= {"shipped": 26, "with localities": 36}[name]
        assert (trial.metres <= 5_000).sum() >= 0.9 * best

    def test_footprints_hold_the_truth(self, gazetteer: tuple[str, Gazetteer]) -> None:
        for column in ("where_coordinates", "where_description"):
            trial = places.tried(sets.ucdp(column), gazetteer[1])
            placed = np.isfinite(trial.metres)
            assert placed.sum() >= 40
            assert trial.held[placed].mean() >= 0.9

    def test_districts_alone(self, gazetteer: tuple[str, Gazetteer]) -> None:
        trial = places.tried(sets.ucdp_districts(), gazetteer[1])
        cases, answers = trial.cases, trial.answers
        said = places.agreement(cases["adm2"], answers["adm2"], answers["place_id"])
        right, wrong, silent = map(int, said.split("/"))
        assert (right >= 54, wrong, silent <= 6) == (True, 0, True)


@needs_samples
class TestScores:
    """What scores 0.9 or more is right nine times in ten on data not used for the fit."""

    def test_on_what_reports_say(self) -> None:
        bare = sets.without_ucdp()
        events = [
            calibration.judged(sets.ucdp(column, units=units), Gazetteer(bare))
            for column in ("where_coordinates", "where_description")
            for units in (True, False)
        ]
        found = pd.concat(events)
        sure = found[found["score"] >= 0.9]
        assert len(sure) > 100
        assert sure["right"].mean() >= 0.9

    def test_on_places_that_were_not_fitted(self) -> None:
        found = calibration.judged_places(1, ways=(calibration.with_shipped,))
        sure = found["score"] >= 0.9
        assert sure.sum() > 1_000
        assert found[sure]["right"].mean() >= 0.9
        assert (~sure).sum() > 20
        assert found[~sure]["right"].mean() < found[sure]["right"].mean()
