"""``bordermap geocode``: candidates for place names."""

from __future__ import annotations

from typing import Any

import click

from bordermap.border import Border
from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.errors import InputError
from bordermap.gazetteer import Gazetteer
from bordermap.schema import Match

__all__ = ["geocode"]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--country", type=click.Choice(["AF", "PK"]), help="Only places of one country.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@gazetteers
@options.as_json
def geocode(
    names: tuple[str, ...],
    country: str | None,
    limit: int,
    gazetteers: tuple[str, ...],
    as_json: bool,
) -> None:
    """List the candidates for place names, best first, with reasons."""
    gazetteer = Gazetteer.load(*open_stores(gazetteers, Voice(quiet=False, verbose=False)))
    found = {name: gazetteer.find(name, country=country, limit=limit) for name in names}
    rows = [_row(name, match) for name, matches in found.items() for match in matches]
    if as_json:
        print_json(rows)
    else:
        for name, matches in found.items():
            if not matches:
                click.echo(f"{name}: not in the gazetteer", err=True)
        if rows:
            print_table(list(rows[0]), [list(row.values()) for row in rows])
    if not rows:
        raise InputError(
            "none of the names is in the gazetteer", todo="try another spelling, or the district"
        )


def _row(name: str, match: Match) -> dict[str, Any]:
    place = match.place
    measured = Border.load().measure([place.lon], [place.lat])
    return {
        "name": name,
        "score": round(match.score, 3),
        "place": place.name,
        "kind": place.kind,
        "country": place.country,
        "district": place.adm2_code or place.adm1_code,
        "lon": round(place.lon, 5),
        "lat": round(place.lat, 5),
        "radius_m": round(place.radius_m),
        "border_distance_m": round(float(measured.distance_m[0])),
        "reason": match.reason,
        "place_id": place.place_id,
    }
