"""Summaries with the answers of one key as columns."""

from __future__ import annotations

import pandas as pd

from bordermap.errors import FilterError
from bordermap.summarise.keys import FATALITIES, answers_first
from bordermap.summarise.parts import CHANCES

__all__ = ["widen"]

ADDITIVE = ("incidents", "precise", "expected", *FATALITIES, "fatalities_unknown")

ZERO_WHERE_NONE = ("incidents", "precise", *CHANCES[:2], *CHANCES[3:], "fatalities_unknown")
"""What is 0 for a combination that does not occur; a sum of fatalities is not known there."""


def widen(table: pd.DataFrame, key: str, value: str = "incidents") -> pd.DataFrame:
    """Turn a table of :func:`summarise` so that the answers of one key become columns.

    Parameters
    ----------
    table : DataFrame
    key : str
        A key of the table that shall go to the side; at least one other must stay.
    value : str
        The column to show: ``incidents``, ``expected``, ``fatalities_best``, ...

    Returns
    -------
    DataFrame
        A row per combination of the other keys; behind them a column per answer and, for what
        may be added up, ``total``.

    Raises
    ------
    FilterError
        The key is not in the table or is its only one, or there is no such column.
    """
    names = list(table.columns[: list(table.columns).index("incidents")])
    stay = [name for name in names if name != key]
    values = [name for name in table.columns if name not in names]
    if key not in names or not stay:
        todo = f"use one of several: {', '.join(names)}"
        raise FilterError(f"{key!r} cannot become columns", where="wide", todo=todo)
    if value not in values:
        raise FilterError(f"there is no {value!r}", where="value", todo=f"use {', '.join(values)}")
    answers = list(dict.fromkeys(table[key].sort_values(key=answers_first)))
    wide = table[stay].drop_duplicates(ignore_index=True)
    taken = {*stay, "total"}
    for answer in answers:
        own = table.loc[table[key] == answer, [*stay, value]]
        title = f"{key} {answer}" if answer in taken else str(answer)
        own.columns = pd.Index([*stay, title])
        wide = wide.merge(own, on=stay, how="left")
        if value in ZERO_WHERE_NONE:
            wide[title] = wide[title].fillna(0).astype(table[value].dtype)
    if value in ADDITIVE:
        wide["total"] = wide[list(wide.columns[len(stay) :])].sum(axis=1, min_count=1)
    return wide
