"""Every file is accepted by programs of others: ogrinfo, and checkers of two standards."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import geopandas as gpd
import geoparquet_validator
import pytest
import shapely
from geojson_pydantic import FeatureCollection

import bordermap
from bordermap.export import FORMATS, SEVERAL, export, export_layers, export_own

NAMES = ("line", "crossings", "provinces")
DRAWN = [suffix for suffix in FORMATS if suffix != ".parquet"]  # Debian's GDAL reads none


@pytest.fixture(scope="module")
def written(sample_path, tmp_path_factory):
    """Write incidents, reference layers or an enriched layer; the file, and the rows of each."""
    folder = tmp_path_factory.mktemp("accepted")
    incidents, _ = bordermap.build(sample_path)
    layers = [bordermap.load_layer(name) for name in NAMES]
    mine = bordermap.load_layer("provinces").frame.rename(columns={"code": "CODE"})
    mine.loc[mine.index[0], "geometry"] = None
    own = bordermap.enrich(mine)

    def write(what, suffix):
        path = folder / f"{what}{suffix}"
        if what == "incidents":
            export(incidents, path)
            return path, [len(incidents)]
        if what == "enriched":
            export_own(own, path, "own")
            return path, [len(own)]
        export_layers(layers, path)
        counts = [len(layer.frame) for layer in layers]
        if suffix == ".shp":
            return path.with_name("layers_provinces.shp"), counts[-1:]
        return path, counts if suffix in SEVERAL else [sum(counts)]

    return write


@pytest.mark.gdal
@pytest.mark.parametrize("what", ["incidents", "layers", "enriched"])
@pytest.mark.parametrize("suffix", DRAWN)
def test_ogrinfo_reads_every_row_and_warns_of_nothing(written, what, suffix):
    path, counts = written(what, suffix)
    words = [shutil.which("ogrinfo"), "-ro", "-al", "-so", path]
    said = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    found = [int(count) for count in re.findall(r"^Feature Count: (\d+)$", said.stdout, re.M)]
    assert found[: len(counts)] == counts


@pytest.mark.parametrize("what", ["incidents", "layers", "enriched"])
def test_geoparquet_is_as_its_specification_says(written, what):
    path, _ = written(what, ".parquet")
    report = geoparquet_validator.check(str(path))
    assert report["version"] == "1.1.0"
    assert geoparquet_validator.failed(report) == []
    assert all(map(geoparquet_validator.conformant, [report] * 2, ["core", "covering"]))
    assert {one["level"] for one in report["advice"]} <= {"good", "consider"}


def test_many_rows_of_geoparquet_are_in_the_order_of_space(tmp_path):
    count = 350_000
    lon, lat = bordermap.Border.load().point_at([km % 2_000 for km in range(count)])
    frame = gpd.GeoDataFrame({"n": range(count)}, geometry=shapely.points(lon, lat), crs=4326)
    export(frame, tmp_path / "many.parquet")
    report = geoparquet_validator.check(str(tmp_path / "many.parquet"))
    outcomes = {one["id"]: one["status"] for one in report["outcomes"]}
    assert outcomes["/conf/distribution/spatial-order"] == "pass"
    assert outcomes["/conf/distribution/geospatial-statistics"] == "pass"


@pytest.mark.parametrize("what", ["incidents", "layers", "enriched"])
@pytest.mark.parametrize("suffix", [".geojson", ".ndjson"])
def test_geojson_is_as_its_linter_says(written, what, suffix):
    path, counts = written(what, suffix)
    text = path.read_text("utf-8")
    if suffix == ".ndjson":
        text = f'{{"type": "FeatureCollection", "features": [{",".join(text.splitlines())}]}}'
    found = FeatureCollection.model_validate(json.loads(text, parse_constant=pytest.fail))
    assert len(found.features) == sum(counts)
