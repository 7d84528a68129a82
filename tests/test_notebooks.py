"""The worked notebooks run, and results go on into GeoPandas and PySAL."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import bordermap

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"
NAMES = ("analyst", "journalist", "researcher")


def read(name):
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_these_are_all_notebooks():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_kept_without_what_they_show(name):
    notebook = read(name)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) > 3
    for cell in cells:
        assert cell.outputs == []
        assert cell.execution_count is None
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 20_000


@pytest.fixture(scope="module")
def shown():
    """What a notebook shows, cell by cell, as HTML or text; each is run once."""
    notebook_pages = pytest.importorskip("notebook_pages")
    done = {}

    def run(name):
        if name not in done:
            notebook = read(name)
            notebook_pages.run(notebook, FOLDER)
            outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
            assert {out.output_type for out in outputs} == {"execute_result"}, "a warning is shown"
            done[name] = [notebook_pages.output(out) for out in outputs]
        return done[name]

    return run


def test_the_journalists_notebook_ends_in_a_map(shown):
    outputs = shown("journalist")
    assert sum("<iframe" in html for html in outputs) == 1
    assert any("incidents_2016.html" in html for html in outputs)


def test_the_researchers_notebook_counts_and_tests(shown):
    outputs = shown("researcher")
    for word in ("expected_low", "line_natural_earth_10m", "pairs", "near.csv.run.json"):
        assert any(word in html for html in outputs), word
    [knox] = [html for html in outputs if "pairs" in html]
    assert knox.count("<tr") == 10


def test_the_analysts_notebook_joins_and_writes(shown):
    outputs = shown("analyst")
    for word in (
        "distance_m",
        "km2",
        "zone_name",
        "folium",
        "neighbours within 25 km",
        "<iframe",
        "border_share_af",
        "points for Map",
        "incidents.gpkg.qgs",
        "styleName",
    ):
        assert any(word in html for html in outputs), word


@pytest.mark.parametrize("name", NAMES)
def test_no_notebook_shows_where_it_ran_or_loads_anything(shown, name):
    for html in shown(name):
        assert str(ROOT) not in html
        assert not re.search(r"<(script|link|img)\b", html)


@pytest.fixture(scope="module")
def located(sample_path):
    frame, _ = bordermap.build(sample_path)
    return frame


def test_a_located_frame_can_be_explored(located):
    pytest.importorskip("mapclassify")
    html = located.explore(column="border_distance_m", tooltip=True).get_root().render()
    some = bordermap.query(located, within="25km")
    assert all(identity in html for identity in some["incident_id"])


def test_pysal_builds_weights_from_a_located_frame(located):
    graph = pytest.importorskip("libpysal.graph")
    placed = located[located.geometry.notna()].set_index("incident_id").to_crs("EPSG:32642")
    weights = graph.Graph.build_distance_band(placed, threshold=25_000)
    x, y = placed.geometry.x.to_numpy(), placed.geometry.y.to_numpy()
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    near = (apart <= 25_000).sum(axis=1) - 1
    assert weights.cardinalities.reindex(placed.index).tolist() == near.tolist()
    assert near.max() > 1


def test_lonboard_takes_a_located_frame_as_it_is(located):
    lonboard = pytest.importorskip("lonboard")
    placed = located[located.geometry.notna()]
    layer = lonboard.ScatterplotLayer.from_geopandas(placed, auto_downcast=False)
    table = layer.table
    assert table.num_rows == len(placed)
    assert set(table.schema.names) == set(located.columns)
    assert isinstance(lonboard.Map(layer)._repr_mimebundle_(), tuple | dict)
