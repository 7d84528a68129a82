"""PostGIS through ``psql``: a server of our own for a minute, or one whose DSN is given."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

PORT = "54331"
BEGIN = "SET max_parallel_workers_per_gather = 0; SET jit = off;\n"


@contextmanager
def server(asked: str | None) -> Iterator[str | None]:
    """DSN of a server: none when not asked for, the given one, or one started for this run."""
    if asked is None or asked:
        yield asked
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        raise SystemExit("--postgis: no PostgreSQL is installed here; give a DSN")
    folder = Path(tempfile.mkdtemp(prefix="bordermap-bench-"))
    owner = _owner(folder)
    control = [programs[-1].with_name("pg_ctl"), "-D", folder / "data", "-w"]
    _run([programs[-1], "-A", "trust", "-D", folder / "data"], folder, owner)
    listen = f"-k {folder} -p {PORT} -c listen_addresses='' -c fsync=off"
    _run([*control, "-l", folder / "log", "-o", listen, "start"], folder, owner)
    try:
        name = pwd.getpwuid(owner if owner is not None else os.getuid()).pw_name
        yield f"host={folder} port={PORT} user={name} dbname=postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"], folder, owner)
        shutil.rmtree(folder)


def _run(command: list[Any], folder: Path, owner: int | None) -> None:
    subprocess.run(command, cwd=folder, user=owner, stdout=subprocess.DEVNULL, check=True)


def _owner(folder: Path) -> int | None:
    """Another user to run as, for PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_uid


def _psql(dsn: str, text: str) -> str:
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", dsn]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return done.stdout


def distance(dsn: str | None, line: Any) -> Any:
    """``ST_Distance`` of geography points to the line, in one process; only the query is timed."""
    if dsn is None:
        raise RuntimeError("give --postgis")
    _psql(dsn, "CREATE EXTENSION IF NOT EXISTS postgis")
    table = f"bench_{os.getpid()}"
    _psql(dsn, f"CREATE TABLE {table}_line AS SELECT '{line.wkt}'::geography AS g")

    def run(lon: np.ndarray, lat: np.ndarray) -> dict[str, np.ndarray]:
        _psql(dsn, _filled(table, lon, lat))
        query = f"SELECT ST_Distance(p.g, l.g) FROM {table} p, {table}_line l"
        said = _psql(dsn, f"{BEGIN}EXPLAIN (ANALYZE, TIMING OFF) {query};")
        seconds = float(re.findall(r"Execution Time: ([\d.]+) ms", said)[0]) / 1000
        found = np.array(_psql(dsn, f"{BEGIN}{query} ORDER BY i;").split(), dtype=float)
        _psql(dsn, f"DROP TABLE {table}")
        return {"distance": found, "seconds": np.array([seconds])}

    return run


def _filled(table: str, lon: np.ndarray, lat: np.ndarray) -> str:
    points = zip(lon.tolist(), lat.tolist(), strict=True)
    rows = "".join(f"{i}\t{x!r}\t{y!r}\n" for i, (x, y) in enumerate(points))
    return f"""DROP TABLE IF EXISTS {table};
CREATE TABLE {table} (i int, x float8, y float8, g geography(Point, 4326));
COPY {table} (i, x, y) FROM STDIN;
{rows}\\.
UPDATE {table} SET g = ST_Point(x, y, 4326)::geography;
ANALYZE {table};
"""
