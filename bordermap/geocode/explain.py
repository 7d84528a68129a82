"""How a place text is read, step by step, for people who ask why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bordermap.border import Border
from bordermap.gazetteer import Gazetteer, Hit, described, load_words, tokens
from bordermap.geocode.context import (
    HEAD,
    WITHIN,
    Choice,
    Context,
    Record,
    choose,
    columns_context,
    either,
    shortened,
)
from bordermap.geocode.lookup import readings
from bordermap.geocode.phrases import LONGEST_TEXT, PlacePhrase
from bordermap.geocode.resolve import place_record, read_record

__all__ = ["as_lines", "explain"]

MOST_CANDIDATES = 10


def explain(record: Record, gazetteer: Gazetteer) -> dict[str, Any]:
    """Say how a record's place is read.

    Parameters
    ----------
    record : Record
    gazetteer : Gazetteer

    Returns
    -------
    dict
        Plain values: ``text`` and its ``words``; the units that the record's columns ``given``
        and, with the text's own, ``narrowed``; the names that the text is ``about``, ``lies in``
        and ``relations`` to landmarks; ``names``, the candidates for each, what it means there and
        why (their ``rank`` orders them; it is no probability as the scores of answers are); and
        the ``answer`` of geocoding, lengths in metres.
    """
    given = columns_context(record, gazetteer)
    context, phrase = read_record(record, gazetteer)
    return {
        "text": shortened(record.place, LONGEST_TEXT),
        "words": list(tokens(record.place[:LONGEST_TEXT])),
        "given": _units(given),
        "about": list(phrase.heads),
        "lies_in": list(phrase.within),
        "relations": [_filled(asdict(relation)) for relation in phrase.relations],
        "narrowed": _units(context),
        "names": [
            _name(name, role, given if role == "lies in" else context, gazetteer)
            for name, role in _names(phrase)
        ],
        "answer": _answer(record, gazetteer),
    }


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if value not in (None, "", (), False)}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in kept.items()}


def _units(context: Context) -> dict[str, Any]:
    area = described(context.area.entry) if context.area else ""
    codes = {
        "countries": sorted(context.countries),
        "provinces": sorted(context.adm1),
        "districts": sorted(context.adm2),
    }
    return {**codes, "smallest": area, "notes": list(context.notes)}


def _names(phrase: PlacePhrase) -> list[tuple[str, str]]:
    landmarks = [name for relation in phrase.relations for name in relation.targets]
    pairs = [(name, "about") for name in phrase.heads]
    pairs += [(name, "lies in") for name in phrase.within]
    pairs += [(name, "landmark") for name in landmarks]
    return list(dict.fromkeys(pairs))


def _name(name: str, role: str, context: Context, gazetteer: Gazetteer) -> dict[str, Any]:
    """Candidates for one name, and which is taken."""
    hits = readings(name, gazetteer, unit=role == "lies in")
    choice = choose(hits, context, WITHIN if role == "lies in" else HEAD)
    bare, kinds = load_words().strip(tokens(name))
    return {
        "name": name,
        "role": role,
        "without_generic_words": " ".join(bare),
        "generic_words_mean": list(kinds),
        "candidates": [_candidate(hit, choice) for hit in hits[:MOST_CANDIDATES]],
        "more": max(0, len(hits) - MOST_CANDIDATES),
        "means": described(choice.hit.entry) if choice.hit else "",
        "why": _why(name, hits, choice, context, gazetteer),
    }


def _candidate(hit: Hit, choice: Choice) -> dict[str, Any]:
    return {
        "place": described(hit.entry),
        "kind": hit.entry.kind,
        "rank": round(hit.score, 3),
        "reason": hit.reason,
        "agrees": hit not in choice.outside,
    }


def _why(
    name: str, hits: Sequence[Hit], choice: Choice, context: Context, gazetteer: Gazetteer
) -> str:
    """Why a candidate is taken, or none."""
    if choice.hit is not None:
        if choice.away_m:
            return f"it lies only {choice.away_m / 1000:.1f} km outside of what the record names"
        if choice.sure:
            return f"it lies in what the record's {context.words} says"
        return "the best that nothing contradicts"
    if choice.rivals:
        return f"none is taken: {either(choice.rivals)} are equally good"
    if hits:
        return f"none is taken: all lie outside of what the record's {context.words} says"
    reason = gazetteer.no_place(name)
    return f"not taken for a place: {reason}" if reason else "no entry fits"


def _answer(record: Record, gazetteer: Gazetteer) -> dict[str, Any]:
    answer = asdict(place_record(record, gazetteer, Border.load()))
    plain = "unplaced" if answer["located_by"] == "none" else "placed"
    return {**answer, "status": answer["status"] or plain}


def as_lines(explained: dict[str, Any]) -> list[str]:
    """An explanation as short lines for people."""
    lines = [f"'{explained['text']}'"]
    lines.append(_line("words", " ".join(explained["words"]) or "none"))
    lines += _unit_lines("given", explained["given"])
    lines.append(_line("is about", _listed(explained["about"])))
    lines.append(_line("lies in", _listed(explained["lies_in"])))
    lines += [_line("relation", _relation(relation)) for relation in explained["relations"]]
    if explained["lies_in"]:
        lines += _unit_lines("narrowed to", explained["narrowed"])
    for name in explained["names"]:
        lines += _name_lines(name)
    return lines + _answer_lines(explained["answer"])


def _line(label: str, text: str) -> str:
    return f"  {label:<12}{text}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "nothing"


def _relation(relation: dict[str, Any]) -> str:
    rest = {key: value for key, value in relation.items() if key not in {"kind", "text"}}
    parts = [f"{key} {_shown(value)}" for key, value in rest.items()]
    return f"{relation.get('kind', '')} '{relation.get('text', '')}': {'; '.join(parts)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unit_lines(label: str, units: dict[str, Any]) -> list[str]:
    codes = [code for level in ("districts", "provinces", "countries") for code in units[level]]
    text = units["smallest"] or ", ".join(codes) or "no country, province or district"
    return [_line(label, text), *(_line("", note) for note in units["notes"])]


def _name_lines(name: dict[str, Any]) -> list[str]:
    role = "" if name["role"] == "about" else f" ({name['role']})"
    said = f"'{name['name']}'{role}"
    if name["generic_words_mean"]:
        kinds = ", ".join(name["generic_words_mean"])
        said += f", without generic words '{name['without_generic_words']}' ({kinds})"
    lines = [_line("name", said)]
    for one in name["candidates"]:
        against = "" if one["agrees"] else ", against the record"
        lines.append(_line("", f"rank {one['rank']:.3f}  {one['reason']}, {one['kind']}{against}"))
    if name["more"]:
        lines.append(_line("", f"and {name['more']} more"))
    means = f"{name['means']}: {name['why']}" if name["means"] else name["why"]
    return [*lines, _line("means", means)]


def _answer_lines(answer: dict[str, Any]) -> list[str]:
    if answer["lon"] is None:
        placed = "not placed"
    else:
        placed = (
            f"{answer['place_match']}, by {answer['located_by']}, at {answer['lat']:.5f}, "
            f"{answer['lon']:.5f}, within {answer['radius_m'] / 1000:.1f} km ({answer['status']})"
        )
    return [_line("answer", placed), _line("because", answer["note"])]
