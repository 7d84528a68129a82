"""``sources.json``: where each file comes from, under which licence, and what was done to it.

What people decide about a layer stands in ``layers.json``; what can be counted is counted here.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyogrio
from fetch import Package, sha256_of

HERE = Path(__file__).parent
DECIDED = HERE / "layers.json"
Bounds = list[float]


def _bounds(positions: list[tuple[float, float]]) -> Bounds:
    lons, lats = zip(*positions, strict=True)
    return [min(lons), min(lats), max(lons), max(lats)]


def _layer_facts(path: Path) -> dict[str, Any]:
    layer = pyogrio.read_dataframe(path)
    return {
        "geometry_type": "/".join(sorted(set(layer.geom_type))),
        "rows": len(layer),
        "bounds": layer.total_bounds.tolist(),
    }


def _csv_facts(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = [(float(r["lon"]), float(r["lat"])) for r in rows if r.get("lon")]
    bounds = _bounds(points) if points else None
    return {"geometry_type": None, "rows": len(rows), "bounds": bounds}


def layer_entry(folder: Path, decided: dict[str, Any], pins: dict[str, Package]) -> dict[str, Any]:
    path = folder / decided["file"]
    facts = _csv_facts(path) if path.suffix == ".csv" else _layer_facts(path)
    packages = [pins[name].citation() for name in decided["packages"]]
    return decided | facts | {"packages": packages, "sha256": sha256_of(path)}


def write_manifest(folder: Path, pins: dict[str, Package]) -> int:
    """An entry for each layer of ``layers.json`` whose file exists; the number of entries."""
    decided = json.loads(DECIDED.read_text(encoding="utf-8"))
    layers = {
        name: layer_entry(folder, entry, pins)
        for name, entry in decided.items()
        if (folder / entry["file"]).is_file()
    }
    text = json.dumps({"layers": layers}, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "sources.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return len(layers)
