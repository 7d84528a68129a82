"""Inside Spark: ``mapInArrow`` calls ``locate_batches`` as it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from test_arrow import OURS, answered, batch_of, points

from bordermap import locate_batches, located_schema

pytestmark = [
    pytest.mark.spark,
    # Spark's own code warns of what is to come in pandas and in Python.
    pytest.mark.filterwarnings("default"),
]
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A Spark of two threads in this machine."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  an extra

    folder = tmp_path_factory.mktemp("spark")
    old = {name: os.environ.get(name) for name in ("PYTHONPATH", "PYSPARK_PYTHON")}
    os.environ.update(PYTHONPATH=str(ROOT), PYSPARK_PYTHON=sys.executable)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", str(folder))
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
    for name, value in old.items():
        os.environ.pop(name, None)
        os.environ.update({name: value} if value is not None else {})


def test_map_in_arrow_gives_what_a_frame_gives(spark, tmp_path):
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    table = points()
    batch = batch_of(table)
    table.to_parquet(tmp_path / "points.parquet", row_group_size=50)
    frame = spark.read.parquet(str(tmp_path / "points.parquet")).repartition(4)
    schema = from_arrow_schema(located_schema(frame.limit(0).toArrow().schema))
    rows = frame.mapInArrow(locate_batches, schema).collect()
    assert len(rows) == len(table)
    by_id = {row["incident_id"]: row for row in rows}
    found = {name: [by_id[one][name] for one in table["incident_id"]] for name in OURS}
    assert found == answered([batch])
    assert pa.types.is_float64(located_schema(batch.schema).field("border_km").type)
