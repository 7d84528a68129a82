"""Stretches of the line: which units face each other, kilometre by kilometre.

The units share every vertex of the line, so each of its segments belongs to exactly one district
on either side; a stretch is a run of segments with the same two.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import shapely
from geometry import Feature, cumulative_km
from shapely.geometry import LineString

Edge = tuple[tuple[float, float], tuple[float, float]]


def _edge(a: Any, b: Any) -> Edge:
    first, second = sorted([(float(a[0]), float(a[1])), (float(b[0]), float(b[1]))])
    return first, second


def _facing(line: LineString, districts: Sequence[Feature]) -> list[dict[str, dict[str, Any]]]:
    """For each segment of the line, the properties of its district by country."""
    number = {_edge(a, b): at for at, (a, b) in enumerate(pairwise(line.coords))}
    facing: list[dict[str, dict[str, Any]]] = [{} for _ in number]
    for properties, geometry in districts:
        for ring in shapely.get_rings(shapely.get_parts(geometry)):
            for a, b in pairwise(ring.coords):
                at = number.get(_edge(a, b))
                if at is not None:
                    facing[at][properties["country"]] = properties
    missing = [at for at, units in enumerate(facing) if set(units) != {"AF", "PK"}]
    if missing:
        raise ValueError(f"segment {missing[0]} of the line does not lie between two districts")
    return facing


def _properties(units: dict[str, dict[str, Any]], from_km: float, to_km: float) -> dict[str, Any]:
    afghan, pakistani = units["AF"], units["PK"]
    return {
        "name": f"{afghan['adm1']} / {pakistani['name']}",
        "districts": f"{afghan['name']} / {pakistani['name']}",
        "from_km": round(from_km, 3),
        "to_km": round(to_km, 3),
        "adm1_code_af": afghan["adm1_code"],
        "adm2_code_af": afghan["code"],
        "adm1_code_pk": pakistani["adm1_code"],
        "adm2_code_pk": pakistani["code"],
    }


def stretches(line: LineString, districts: Sequence[Feature]) -> list[Feature]:
    """Runs of the line between the same two districts, south-west to north-east."""
    facing = _facing(line, districts)
    coords, km = shapely.get_coordinates(line), cumulative_km(line)
    codes = [(units["AF"]["code"], units["PK"]["code"]) for units in facing]
    changes = [0, *(at for at in range(1, len(codes)) if codes[at] != codes[at - 1]), len(codes)]
    return [
        (_properties(facing[a], km[a], km[b]), LineString(coords[a : b + 1]))
        for a, b in pairwise(changes)
    ]
