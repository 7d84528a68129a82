"""``bordermap geocode``: what a name or a phrase means, and what the program makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import geopandas as gpd
import pandas as pd

from bordermap.border import Border
from bordermap.cli import options
from bordermap.cli.speak import Voice, print_json, print_table
from bordermap.cli.stores import gazetteers, open_stores
from bordermap.errors import InputError
from bordermap.gazetteer import Gazetteer, exact_key
from bordermap.geocode import geocode as place
from bordermap.geocode.context import Context, Record, columns_context
from bordermap.geocode.explain import as_lines, explain
from bordermap.geocode.phrases import LONGEST_TEXT, read_place
from bordermap.schema import Match
from bordermap.values.text import shorten, whole, without_controls

__all__ = ["geocode"]

MOST_FOUND = 100


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--country", type=click.Choice(["AF", "PK"]), help="Only places of one country.")
@click.option("--province", default="", metavar="NAME", help="The province, as a record gives it.")
@click.option("--district", default="", metavar="NAME", help="The district, as a record gives it.")
@click.option("--limit", type=click.IntRange(1, MOST_FOUND), default=10, show_default=True)
@click.option("--explain", "explained", is_flag=True, help="Say step by step how it is read.")
@gazetteers
@options.as_json
def geocode(
    names: tuple[str, ...],
    limit: int,
    explained: bool,
    gazetteers: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    """List the candidates for place names, best first, with reasons.

    NAME may be a phrase, such as "12 km north of Ghulam Khan": then what the program would make of
    it comes first.
    """
    gazetteer = Gazetteer.load(*open_stores(gazetteers, Voice(quiet=False, verbose=False)))
    units = {column: whole(name or "") for column, name in given.items()}
    records = [Record(whole(name), **units) for name in names]
    rows = _rows(records, gazetteer, limit)
    steps = [explain(record, gazetteer) for record in records] if explained else []
    if as_json:
        print_json({"candidates": rows, "explained": steps} if explained else rows)
    else:
        _print(rows, steps)
    asked = any(units.values())
    silent = {record.place for record in records} - {row["name"] for row in rows}
    for record in records:
        if record.place in silent and not as_json:
            there = ", or not there" if asked else ""
            click.echo(f"{shorten(record.place)}: not in the gazetteer{there}", err=True)
    if all(row["lon"] is None for row in rows):
        raise InputError(
            "none of the names is in the gazetteer", todo="try another spelling, or the district"
        )


def _rows(records: Sequence[Record], gazetteer: Gazetteer, limit: int) -> list[dict[str, Any]]:
    """Answers and candidates, with their distances to the line."""
    answers = _answers(records, gazetteer)
    rows: list[dict[str, Any]] = []
    for record, (_, answer) in zip(records, answers.iterrows(), strict=True):
        names = _names(record, gazetteer)
        if names != [record.place]:
            rows.append(_answer_row(record.place, answer))
        context = columns_context(record, gazetteer)
        for name in names:
            found = _candidates(name, record, context, gazetteer)[:limit]
            rows += [_row(record.place, match) for match in found]
    return _measured(rows)


def _answers(records: Sequence[Record], gazetteer: Gazetteer) -> gpd.GeoDataFrame:
    columns = {
        name: [getattr(record, name) for record in records]
        for name in ("place", "district", "province", "country")
    }
    ids = [str(at) for at in range(len(records))]
    return place(gpd.GeoDataFrame(pd.DataFrame({"incident_id": ids, **columns})), gazetteer)


def _names(record: Record, gazetteer: Gazetteer) -> list[str]:
    """The names in a text; the text itself where it is one plain name."""
    phrase = read_place(record.place, gazetteer)
    landmarks = [name for relation in phrase.relations for name in relation.targets]
    names = [*phrase.heads, *phrase.within, *landmarks]
    whole_text = exact_key(record.place[:LONGEST_TEXT])
    if len(names) == 1 and not phrase.relations and exact_key(names[0]) == whole_text:
        return [record.place]
    return list(dict.fromkeys(names))


def _candidates(name: str, record: Record, context: Context, gazetteer: Gazetteer) -> list[Match]:
    """Candidates that lie in what the options name, where it is known."""
    asked = record.country if name == record.place else None
    found = gazetteer.find(name, country=asked or None, limit=MOST_FOUND)
    if name != record.place:
        return found
    return [
        match
        for match in found
        if _agrees(match.place.adm1_code, context.adm1)
        and _agrees(match.place.adm2_code, context.adm2)
    ]


def _agrees(codes: str, asked: frozenset[str]) -> bool:
    own = set(codes.split(";")) - {""}
    return not own or not asked or bool(own & asked)


def _row(name: str, match: Match) -> dict[str, Any]:
    found = match.place
    return {
        "name": name,
        "row": "candidate",
        "score": round(match.score, 3),
        "place": found.name,
        "kind": found.kind,
        "country": found.country,
        "district": found.adm2_code or found.adm1_code,
        "lon": round(found.lon, 5),
        "lat": round(found.lat, 5),
        "radius_m": round(found.radius_m),
        "border_distance_m": None,
        "reason": match.reason,
        "place_id": found.place_id,
    }


def _answer_row(name: str, answer: pd.Series) -> dict[str, Any]:
    """What geocoding makes of a text, laid under the columns of the candidates."""
    values = answer.astype(object).where(answer.notna(), None)
    point = values["geometry"]
    score, radius_m = values["match_score"], values["location_radius_m"]
    return {
        "name": name,
        "row": "answer",
        "score": None if score is None else round(float(score), 3),
        "place": values["place_match"] or "",
        "kind": values["located_by"],
        "country": values["location_side"] or "",
        "district": "",
        "lon": None if point is None else round(point.x, 5),
        "lat": None if point is None else round(point.y, 5),
        "radius_m": None if radius_m is None else round(float(radius_m)),
        "border_distance_m": None,
        "reason": values["location_note"] or "",
        "place_id": values["place_id"] or "",
        "status": values["location_status"],
    }


def _measured(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their distances to the line, all measured at once."""
    placed = [row for row in rows if row["lon"] is not None]
    if placed:
        found = Border.load().measure([r["lon"] for r in placed], [r["lat"] for r in placed])
        for row, distance_m in zip(placed, found.distance_m.tolist(), strict=True):
            row["border_distance_m"] = round(distance_m)
    return rows


def _print(rows: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]]) -> None:
    for step in steps:
        for line in as_lines(step):
            click.echo(_one_line(line))
        click.echo()
    if rows:
        heads = [head for head in rows[0] if head != "status"]
        body = [["" if row[head] is None else row[head] for head in heads] for row in rows]
        print_table(heads, body)


def _one_line(text: str) -> str:
    return " ".join(without_controls(text).splitlines()).rstrip()
