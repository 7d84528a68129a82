"""What several sentences and several speakers tell of one incident's deaths, as one range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bordermap.extract.lexicon import phrases
from bordermap.extract.sentences import Sentence
from bordermap.extract.tolls import Count

__all__ = ["Figures", "claims_of", "total"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The deaths that all accounts of one incident tell together."""

    low: int | None = None
    best: int | None = None
    high: int | None = None
    unclear: bool = False


def claims_of(sentence: Sentence, counts: Sequence[Count]) -> list[list[Count]]:
    """The figures of a sentence, apart where another speaks: "A said 15; B admitted two"."""
    claims: list[list[Count]] = []
    for count in counts:
        last = claims[-1][-1] if claims else None
        if last is not None:
            between = sentence.forms[last.last : count.first]
            gaps = [word.gap for word in sentence.words[last.last : count.first + 1]]
            apart = any(";" in gap for gap in gaps) or phrases("cues", "speech").any(between)
            if not apart:
                claims[-1].append(count)
                continue
        claims.append([count])
    return claims


def total(told: Sequence[Sequence[Count]], *, rival: bool = False) -> Figures:
    """What several sentences tell of one incident's deaths.

    Figures of different people add up; different figures of the same people are a range.

    Parameters
    ----------
    told : sequence of sequence of Count
        One entry a sentence.
    rival : bool
        Whether civilians of one sentence may be the militants of another, as after an air strike.
    """
    rows = [[count for count in row if count.killed] for row in told]
    rows = [row for row in rows if row]
    later = [count for row in rows[1:] for count in row if count.further and count.low]
    rows = [row for row in ([c for c in row if c not in later] for row in rows) if row]
    rows = _risen(rows)
    vague = any(count.vague for row in rows for count in row)
    sums = [_summed([count for count in row if not count.vague]) for row in rows]
    sums = [one for one in sums if one]
    if not sums:
        return Figures(unclear=vague)
    if rival and {"civilian"} in map(set, sums) and {"militant"} in map(set, sums):
        sums = [{"generic": _added(list(one.values()))} for one in sums]
    groups: dict[str, list[tuple[int | None, int | None]]] = {}
    for one in sums:
        for group, bounds in one.items():
            groups.setdefault(group, []).append(bounds)
    if any(row.get("generic") != (0, 0) for row in sums) and len(sums) > 1:
        groups["generic"] = [b for b in groups.get("generic", []) if b != (0, 0)]
        groups = {group: bounds for group, bounds in groups.items() if bounds}
    ranges = {group: _range(bounds) for group, bounds in groups.items()}
    differ = any(
        len({low for low, _ in bounds if low is not None}) > 1 for bounds in groups.values()
    )
    return _more(_figures(ranges, vague, differ), sum(count.low or 0 for count in later))


def _risen(rows: list[list[Count]]) -> list[list[Count]]:
    """Rows without those that a toll told for all has left behind: "rose to six"."""
    whole = [c.low for row in rows for c in row if c.whole and c.group == "generic" and c.low]
    if not whole:
        return rows
    kept = [
        row for row in rows
        if any(c.whole or c.low is None for c in row) or sum(c.low or 0 for c in row) > max(whole)
    ]  # fmt: skip
    return kept or rows


def _more(figures: Figures, later: int) -> Figures:
    """Figures with those who were added later."""
    low, best, high = (
        None if one is None else one + later for one in (figures.low, figures.best, figures.high)
    )
    return Figures(low, best, high, figures.unclear)


def _summed(counts: Sequence[Count]) -> dict[str, tuple[int | None, int | None]]:
    """Figures of one sentence by group."""
    sums: dict[str, tuple[int | None, int | None]] = {}
    whole = [c for c in counts if c.whole and (c.group == "generic" or len(counts) == 1)]
    if whole:
        return {"generic": (whole[-1].low, whole[-1].high)}
    for count in counts:
        low, high = sums.get(count.group, (0, 0))
        lows = None if low is None or count.low is None else low + count.low
        highs = None if high is None or count.high is None else high + count.high
        sums[count.group] = lows, highs
    if len(sums) > 1 and "generic" in sums:
        sums = {"generic": _added(list(sums.values()))}  # "an elder and four others"
    return sums


def _range(bounds: Sequence[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    lows = [low for low, _ in bounds if low is not None]
    highs = [high for _, high in bounds]
    known = [high for high in highs if high is not None]
    open_ended = any(high is None for high in highs)
    high = None if open_ended else max(known, default=None)
    return (min(lows) if lows else None), high


def _figures(
    ranges: dict[str, tuple[int | None, int | None]], vague: bool, differ: bool
) -> Figures:
    """One range over the groups; those of people in general stand beside the rest."""
    named = [bounds for group, bounds in ranges.items() if group != "generic"]
    options = [_added(named)] if named else []
    if "generic" in ranges:
        options.append(ranges["generic"])
    low, high = _range(options)
    sure = low if low == high or (high is None and len(options) == 1 and not differ) else None
    return Figures(low, sure, high, vague or (low is None and high is None))


def _added(bounds: Sequence[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    lows = [low or 0 for low, _ in bounds]
    highs = [high for _, high in bounds]
    return sum(lows), None if None in highs else sum(high or 0 for high in highs)
