"""``bordermap enrich``: a layer of anything, as it is, with our columns behind its own."""

from __future__ import annotations

from pathlib import Path

import click
import geopandas as gpd
import pyproj
import shapely

from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, report_as_json
from bordermap.errors import FilterError, OutputError
from bordermap.export import KEEP_CRS, Table, check_output, export_own
from bordermap.pipeline import enrich_layer, run_record
from bordermap.records import crs_of, files_of
from bordermap.schema import CRS
from bordermap.values.text import label, shorten

__all__ = ["enrich"]

LAYERS_USED = (
    *("countries", "crossings", "districts", "line"),
    *("neighbours", "provinces", "stretches", "variants"),
)
"""What enriching reads, for the run record."""


@click.command()
@click.argument("layer", metavar="LAYER")
@options.output(required=True)
@click.option(
    "--keep-crs",
    is_flag=True,
    help="Write the layer's own coordinate system, every coordinate as it was; the default where "
    "the format can (" + ", ".join(KEEP_CRS) + ", a database).",
)
@click.option("--to-crs", metavar="EPSG:N", help="Convert the geometries to this system.")
@options.append
@options.as_json
@options.quiet
def enrich(
    layer: str,
    output: Path | Table,
    keep_crs: bool,
    to_crs: str | None,
    append: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Add distances, sides or shares, kilometres and units to points, lines or polygons."""
    target = _target(output, keep_crs, to_crs)
    beside = check_output(output, inputs=files_of([layer]))
    voice = Voice(quiet, verbose=False)
    frame, report = enrich_layer(layer, say=lambda note: voice.say(f"  note: {label(note)}"))
    frame = _converted(frame, target, keep_crs, output, voice)
    arguments = {"command": "enrich", "layer": report.files[0].file, "keep_crs": keep_crs}
    run = run_record(report, {**arguments, "to_crs": to_crs}, LAYERS_USED)
    for note in export_own(frame, output, beside.stem, run=run, append=append):
        voice.say(f"  note: {label(note)}")
    placed = int((~shapely.is_missing(frame.geometry.to_numpy())).sum())
    voice.say(f"{output.name}: {len(frame)} features, {placed} with a geometry")
    if as_json:
        print_json(report_as_json(report))


def _keeps(output: Path | Table) -> bool:
    """Whether any coordinate system can be written there."""
    return isinstance(output, Table) or output.suffix.lower() in KEEP_CRS


def _target(output: Path | Table, keep_crs: bool, to_crs: str | None) -> pyproj.CRS | None:
    """The system to convert to; None for the layer's own."""
    if keep_crs and to_crs:
        raise FilterError("--keep-crs and --to-crs exclude each other", todo="leave one out")
    keeps = _keeps(output)
    if to_crs is None:
        return None if keeps or keep_crs else pyproj.CRS(CRS)
    target = crs_of(to_crs)
    if target is None:
        raise FilterError(
            f"{shorten(to_crs)!r} is no coordinate system",
            where="--to-crs",
            todo="write it like EPSG:32642",
        )
    if not keeps and not _is_wgs84(target):
        raise _degrees_only(output)
    return target


def _is_wgs84(crs: pyproj.CRS | None) -> bool:
    return crs is not None and (crs.to_epsg() == 4326 or crs.name == "WGS 84 (CRS84)")


def _degrees_only(output: Path | Table) -> OutputError:
    return OutputError(
        f"{Path(output.name).suffix} is written in longitude and latitude (EPSG:4326)",
        where=output.name,
        todo=f"end the name in {' or '.join(KEEP_CRS)}",
    )


def _converted(
    frame: gpd.GeoDataFrame,
    target: pyproj.CRS | None,
    keep_crs: bool,
    output: Path | Table,
    voice: Voice,
) -> gpd.GeoDataFrame:
    if keep_crs and not _keeps(output) and not _is_wgs84(frame.crs):
        raise _degrees_only(output)
    if target is None or frame.crs is None or frame.crs.equals(target):
        return frame
    if _is_wgs84(frame.crs) and _is_wgs84(target):
        return frame
    if shapely.has_m(frame.geometry.to_numpy()).any():
        voice.say("  note: measures (M) are lost in the conversion")
    return frame.to_crs(target)
