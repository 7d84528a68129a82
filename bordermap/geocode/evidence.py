"""What speaks for an answer, for its score."""

from __future__ import annotations

from bordermap.gazetteer import Evidence, is_doubtful, level_of
from bordermap.geocode.context import Context
from bordermap.geocode.options import Option

__all__ = ["evidence_of"]

STATED = ("nothing", "country", "province")
"""Level of a unit by how many of the record's names say it or what it lies in: 1, 2, more."""

RELATIONS = frozenset({"relative", "between", "border"})


def evidence_of(option: Option, context: Context) -> Evidence:
    """Evidence for an answer; what made a unit necessary is no doubt about the unit itself."""
    hit, entry = option.hit, option.hit.entry
    doubtful = is_doubtful(hit, option.score)
    if entry.members and hit is context.area:
        stated = STATED[min(max(len(context.said), 1), len(STATED)) - 1]
        contradicted = bool(context.runners_up) and "ambiguous" not in context.doubts
        return Evidence(hit.how, stated, "unit", contradicted or doubtful)
    if option.located_by in RELATIONS:
        kind = "relation"
    elif entry.members:
        kind = "named unit"
    else:
        kind = "area" if entry.kind == "area" else "spot"
    level = level_of(entry, context.countries, context.adm1, context.adm2)
    return Evidence(hit.how, level, kind, doubtful or bool(context.doubts))
