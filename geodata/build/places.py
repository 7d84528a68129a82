"""Populated places of GeoNames, border crossings, and the towns drawn on the map."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from geometry import Feature, to_metres
from names import rows_of
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

PLACE_COLUMNS = (
    "geonames_id", "name", "names", "lat", "lon", "country", "adm1_code", "adm2_code",
    "population", "feature_code",
)  # fmt: skip
CROSSING_KINDS = ("crossing", "pass")
LOCAL_COLUMNS = ("name_ps", "name_fa", "name_ur")
DIRECTION_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c"))


def read_towns(package: Path) -> list[dict[str, Any]]:
    """Every populated place of both countries in cities500, alternate names as a list."""
    towns = []
    file = package / "package" / "dist" / "cities500.txt"
    with file.open(encoding="utf-8") as lines:
        for cells in (line.rstrip("\n").split("\t") for line in lines):
            if cells[8] in ("AF", "PK"):
                names = [n.replace(";", ",") for n in cells[3].split(",") if n]
                towns.append(
                    {
                        "geonames_id": int(cells[0]),
                        "name": cells[1],
                        "ascii": cells[2],
                        "names": sorted({*names, cells[2]} - {cells[1], ""}),
                        "lat": float(cells[4]),
                        "lon": float(cells[5]),
                        "country": cells[8],
                        "population": int(cells[14] or 0),
                        "feature_code": cells[7],
                    }
                )
    return sorted(towns, key=lambda t: int(t["geonames_id"]))


def units_at(points: Sequence[Point], features: Sequence[Feature]) -> list[str]:
    """Code of the unit around each point; on an edge the smaller code; empty outside."""
    tree = shapely.STRtree([geometry for _, geometry in features])
    found = [""] * len(points)
    for point, unit in tree.query(np.asarray(points), predicate="intersects").T:
        code = str(features[unit][0]["code"])
        found[point] = min(found[point] or code, code)
    return found


def write_places(
    path: Path, towns: Sequence[dict[str, Any]], provinces: Sequence[Feature],
    districts: Sequence[Feature],
) -> int:  # fmt: skip
    points = [Point(t["lon"], t["lat"]) for t in towns]
    adm1, adm2 = units_at(points, provinces), units_at(points, districts)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, PLACE_COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for town, code1, code2 in zip(towns, adm1, adm2, strict=True):
            codes = {"adm1_code": code1, "adm2_code": code2}
            writer.writerow(town | codes | {"names": ";".join(town["names"])})
    return len(towns)


def _facing(point: Point, districts_m: dict[str, list[tuple[str, str, BaseGeometry]]]) -> list[Any]:
    """The nearest district of each country: code and name, Afghan side first."""
    nearest = []
    for country in ("AF", "PK"):
        shapes = [shape for _, _, shape in districts_m[country]]
        number = int(np.argmin(shapely.distance(shapes, point)))
        nearest.append(districts_m[country][number][:2])
    return nearest


def crossings(places: Path, line: LineString, districts: Sequence[Feature]) -> list[Feature]:
    """Crossings and passes on the line from the project's list of places."""
    districts_m: dict[str, list[tuple[str, str, BaseGeometry]]] = {"AF": [], "PK": []}
    for p, shape in districts:
        districts_m[p["country"]].append((p["code"], p["name"], to_metres(shape)))
    line_m = to_metres(line)
    features: list[Feature] = []
    for row in rows_of(places):
        if row["country"] != "line" or row["kind"] not in CROSSING_KINDS:
            continue
        point = Point(float(row["lon"]), float(row["lat"]))
        on_line = shapely.line_interpolate_point(
            line_m, shapely.line_locate_point(line_m, to_metres(point))
        )
        facing = _facing(on_line, districts_m)
        tag = re.match(r"\[(.*?)\]", row["coordinate_note"])
        features.append(
            (
                {
                    "id": row["place_id"],
                    "name": row["name"],
                    "kind": row["kind"],
                    **{c: row[f"names_{c[-2:]}"] or None for c in LOCAL_COLUMNS},
                    "aliases": row["names_latin"] or None,
                    "between": " / ".join(name for _, name in facing),
                    "between_codes": ";".join(code for code, _ in facing),
                    "radius_m": float(row["radius_m"]),
                    "placed": tag.group(1) if tag else None,
                    "note": row["coordinate_note"],
                    "source": row["source"],
                },
                point,
            )
        )
    return sorted(features, key=lambda f: str(f[0]["id"]))


def _place_rows(places: Path) -> dict[str, dict[str, Any]]:
    """Rows of the project's list in the shape of a GeoNames town, by place id."""
    found = {}
    for row in rows_of(places):
        forms = ";".join(row[c] for c in ("names_latin", "names_ps", "names_fa", "names_ur"))
        found[row["place_id"]] = {
            "names": forms.split(";"),
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "country": row["country"],
            "population": None,
        }
    return found


def map_towns(towns: Sequence[dict[str, Any]], places: Path) -> list[Feature]:
    """The towns of ``map_towns.csv``; a form in local script must be seen in one of the sources."""
    known = {str(t["geonames_id"]): t for t in towns}
    listed = _place_rows(places)
    seen = {form for town in (*towns, *listed.values()) for form in town["names"]}
    features: list[Feature] = []
    for row in rows_of("map_towns.csv"):
        town = known.get(row["id"]) or listed[row["id"]]
        local = {column: row[column] or None for column in LOCAL_COLUMNS}
        unseen = [form for form in local.values() if form and form not in seen]
        if unseen:
            raise ValueError(f"{row['name']}: no source has {', '.join(unseen)}")
        properties = {
            "name": row["name"],
            "country": town["country"],
            "population": town["population"] or None,
            **{column: _clean(form) for column, form in local.items()},
            "source_id": row["id"],
        }
        features.append((properties, Point(town["lon"], town["lat"])))
    return features


def _clean(form: str | None) -> str | None:
    """Without the direction marks that some GeoNames forms end in."""
    return form.translate(DIRECTION_MARKS) if form else None
