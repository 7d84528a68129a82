"""What changed between two states of one dataset, and how the counts near the line moved.

Rows are the same when they bear one ``incident_id``. A row that is withdrawn under one id and
added under another with equal content has a new id only. So every row of either state is in
exactly one account: added, withdrawn, changed, renamed or same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from bordermap.errors import FrameError
from bordermap.schema import BANDS_KM, COLUMNS, columns_of
from bordermap.summarise import answers_first, keys_of, summarise
from bordermap.values.ids import fingerprint
from bordermap.values.text import as_text

__all__ = ["ACCOUNTS", "Difference", "compare"]

ACCOUNTS = ("added", "withdrawn", "changed", "renamed", "same")

COUNTED = ("incidents", "surely", "maybe", "expected")
MOVES = ("added", "withdrawn", "moved_in", "moved_out")

_NOT_CONTENT = frozenset({"incident_id", "source_file", "source_row", "record_note"})
_DERIVED = frozenset(column.name for column in COLUMNS) - {
    column.name for column in columns_of("reported")
}


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What :func:`compare` found.

    Attributes
    ----------
    rows : DataFrame
        A row per incident of either state: ``account`` (one of :data:`ACCOUNTS`),
        ``incident_id`` (the new state's where there is one), ``old_id`` (the old state's).
    fields : DataFrame
        A row per field that changed: ``incident_id``, ``column``, ``old``, ``new``, as texts.
    columns : dict of str to tuple of str
        Columns that only the ``old`` or only the ``new`` state has; they change no row.
    bands : DataFrame
        A row per band of distance to the line, and for what has none: ``incidents``, ``surely``,
        ``maybe`` and ``expected``, each ``_old`` and ``_new``, and the incidents ``added``,
        ``withdrawn``, ``moved_in`` and ``moved_out``. In every row ``incidents_new`` =
        ``incidents_old`` + added - withdrawn + moved in - moved out. None when not located.
    """

    rows: pd.DataFrame
    fields: pd.DataFrame
    columns: dict[str, tuple[str, ...]]
    bands: pd.DataFrame | None

    @property
    def counts(self) -> dict[str, int]:
        """Incidents by account."""
        found = self.rows["account"].value_counts()
        return {name: int(found.get(name, 0)) for name in ACCOUNTS}

    def changes(self) -> pd.DataFrame:
        """All that is not the same as one table: a row per incident, or per field that changed.

        Returns
        -------
        DataFrame
            ``account``, ``incident_id``, ``old_id``, ``column``, ``old``, ``new``; all text.
        """
        moved = self.rows[self.rows["account"] != "same"]
        table = moved.merge(self.fields, on="incident_id", how="left")
        return table.astype(object).where(table.notna(), "")

    def is_empty(self) -> bool:
        """Whether both states say the same."""
        counts = self.counts
        return counts["same"] == len(self.rows) and not any(self.columns.values())


def compare(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, *, bands_km: Sequence[float] | None = None
) -> Difference:
    """Compare two states of a dataset.

    Parameters
    ----------
    old, new : GeoDataFrame
        Frames with an ``incident_id``. What is compared are the reported columns and those that
        the input carried along, not what the program derived, nor where a row stood.
    bands_km : sequence of float, optional
        Edges of the bands with which both were located, as for :func:`bordermap.summarise`.

    Returns
    -------
    Difference
        ``bands`` is there when both frames are located.

    Raises
    ------
    FrameError
        A frame has no ``incident_id``, or one stands twice.
    """
    columns = {
        "old": tuple(name for name in _content(old) if name not in new.columns),
        "new": tuple(name for name in _content(new) if name not in old.columns),
    }
    shared = [name for name in _content(old) if name in new.columns]
    before, after = _records(old, shared), _records(new, shared)
    renamed = _renamed(before, after)
    rows = _accounts(before, after, renamed)
    fields = _fields(before, after, shared)
    located = all("band" in frame.columns for frame in (old, new))
    bands = _bands(old, new, rows, bands_km or BANDS_KM) if located else None
    return Difference(rows, fields, columns, bands)


Records = dict[str, tuple[str, ...]]


def _content(frame: gpd.GeoDataFrame) -> list[str]:
    """Columns that an input brought, in its order."""
    derived = _DERIVED | {"duplicate_of", "lon", "lat"}
    left_out = derived | _NOT_CONTENT | {f"{name}_input" for name in derived}
    return [name for name in frame.columns if name not in left_out]


def _records(frame: gpd.GeoDataFrame, names: Sequence[str]) -> Records:
    """What each row says, by its id."""
    if "incident_id" not in frame.columns:
        raise FrameError("the frame has no column incident_id", todo="read it with read_incidents")
    cells = [_texts(frame[name]) for name in names]
    ids = [str(own) for own in frame["incident_id"]]
    rows = zip(*cells, strict=True) if cells else [()] * len(ids)
    found = dict(zip(ids, rows, strict=True))
    if len(found) < len(frame):
        raise FrameError("an incident_id stands twice", todo="give each row its own")
    return found


def _texts(column: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column):
        text = column.dt.strftime("%Y-%m-%dT%H:%M:%S").str.removesuffix("T00:00:00")
        return text.astype(object).where(column.notna(), "").tolist()
    return [as_text(cell) for cell in column.astype(object).where(column.notna(), None)]


def _renamed(before: Records, after: Records) -> dict[str, str]:
    """New ids of rows whose content is equal: by id of the new state, that of the old."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for own, cells in before.items():
        if own not in after:
            waiting[_key(cells)].append(own)
    found = {}
    for own, cells in after.items():
        if own not in before and (same := waiting.get(_key(cells))):
            found[own] = same.pop(0)
    return found


def _key(cells: Iterable[str]) -> str:
    return fingerprint({str(at): text for at, text in enumerate(cells) if text})


def _accounts(before: Records, after: Records, renamed: dict[str, str]) -> pd.DataFrame:
    """The account of each incident: those of the new state in its order, then what went."""
    rows = []
    for own, cells in after.items():
        if own in before:
            rows.append(("same" if cells == before[own] else "changed", own, own))
        else:
            rows.append(("renamed" if own in renamed else "added", own, renamed.get(own, "")))
    gone = set(before) - set(after) - set(renamed.values())
    rows += [("withdrawn", own, own) for own in before if own in gone]
    return pd.DataFrame(rows, columns=["account", "incident_id", "old_id"], dtype=object)


def _fields(before: Records, after: Records, names: Sequence[str]) -> pd.DataFrame:
    changed = [
        (own, name, old, new)
        for own, cells in after.items()
        if own in before
        for name, old, new in zip(names, before[own], cells, strict=True)
        if old != new
    ]
    return pd.DataFrame(changed, columns=["incident_id", "column", "old", "new"], dtype=object)


def _bands(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, rows: pd.DataFrame, bands_km: Sequence[float]
) -> pd.DataFrame:
    """Counts by band in both states, and what moved them."""
    states = [summarise(frame, "band", bands_km=bands_km).set_index("band") for frame in (old, new)]
    before, after = (state[list(COUNTED)] for state in states)
    table = before.add_suffix("_old").join(after.add_suffix("_new"), how="outer")
    table = table.join(_moves(_band_of(old), _band_of(new), rows)).apply(pd.to_numeric).fillna(0)
    whole = [name for name in table.columns if not name.startswith("expected")]
    table = table.astype(dict.fromkeys(whole, "int64"))
    pairs = [f"{name}_{state}" for name in COUNTED for state in ("old", "new")]
    table = table.rename_axis("band").reset_index()[["band", *pairs[:2], *MOVES, *pairs[2:]]]
    return table.sort_values("band", key=answers_first, ignore_index=True)


def _band_of(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """The row of a summary in which each incident is counted."""
    keys = keys_of(frame, "band")["band"]
    return dict(zip(map(str, frame["incident_id"]), keys, strict=True))


def _moves(before: dict[str, str], after: dict[str, str], rows: pd.DataFrame) -> pd.DataFrame:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(MOVES, 0))
    for account, own, old in rows.itertuples(index=False):
        if account == "withdrawn":
            counts[before[own]]["withdrawn"] += 1
        elif account == "added":
            counts[after[own]]["added"] += 1
        elif before[old] != after[own]:
            counts[after[own]]["moved_in"] += 1
            counts[before[old]]["moved_out"] += 1
    return pd.DataFrame.from_dict(counts, orient="index", columns=list(MOVES))
