"""Inside Ray: what ``docs/scale.md`` shows, on blocks of Arrow in Ray's own processes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_arrow import OURS, answered, batch_of, points

from bordermap import locate_batches, located_schema

ray = pytest.importorskip("ray")
# Ray's own code warns of what is to come.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[1]


@pytest.fixture
def local(monkeypatch):
    """A Ray of two processors in this machine, which tells nobody of it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=10**8)
    yield
    ray.shutdown()


def test_map_batches_gives_what_a_frame_gives(local, tmp_path):
    def located(table: pa.Table) -> pa.Table:
        schema = located_schema(table.schema)
        return pa.Table.from_batches(locate_batches(table.to_batches()), schema)

    table = points()
    (tmp_path / "in").mkdir()
    for number in range(3):
        table[number::3].to_parquet(tmp_path / "in" / f"{number}.parquet")
    read = ray.data.read_parquet(str(tmp_path / "in"))
    read.map_batches(located, batch_format="pyarrow").write_parquet(str(tmp_path / "out"))
    found = pq.read_table(tmp_path / "out").to_pylist()
    by_id = {row["incident_id"]: row for row in found}
    assert len(by_id) == len(found) == len(table)
    got = {name: [by_id[one][name] for one in table["incident_id"]] for name in OURS}
    assert got == answered([batch_of(table)])
