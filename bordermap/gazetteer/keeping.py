"""Writing users' own places: a new file each time, put in the old one's place when it is whole."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from bordermap.errors import FilterError, OutputError
from bordermap.files import replacing
from bordermap.gazetteer.entry import Entry
from bordermap.gazetteer.fuzzy import block
from bordermap.gazetteer.index import Index
from bordermap.gazetteer.store import (
    APPLICATION,
    EXACT,
    FOLDED,
    FORMAT,
    INDEXES,
    SCHEMA,
    PlaceSource,
    Store,
    key_rules,
    read_only,
)
from bordermap.memory import uncollected
from bordermap.values.text import label, shorten

__all__ = ["add_source", "remove_source"]

AT_ONCE = 5_000
"""Places whose keys are made and written together."""


@uncollected()
def add_source(path: Path, source: PlaceSource, entries: Iterable[Entry]) -> str:
    """Add the places of one file to a store, which is made where there is none.

    Parameters
    ----------
    path : Path
        Changed whole or not at all.
    source : PlaceSource
    entries : iterable of Entry
        Their ids begin with the source's name and a colon.

    Returns
    -------
    str
        ``added``, or ``replaced`` where an earlier state of the same file was there.

    Raises
    ------
    FilterError
        Another file was added under that name.
    InputError
        What is there is no gazetteer.
    OutputError
        It cannot be written.
    """
    known = {one.name: one for one in _sources(path)}
    before = known.get(source.name)
    if before is not None and before.file != source.file:
        raise FilterError(
            f"{source.name!r} is there already, from {before.file}",
            where=source.file,
            todo="choose another --name, or remove it first",
        )
    _rebuild(path, without=source.name, source=source, entries=entries)
    return "replaced" if before is not None else "added"


def remove_source(path: Path, name: str) -> PlaceSource:
    """Take a source and its places out of a store; return its papers.

    Raises
    ------
    FilterError
        There is no source of that name.
    InputError
        There is no store, or what is there is none.
    OutputError
        It cannot be written.
    """
    with closing(Store(path)) as store:
        known = {one.name: one for one in store.sources}
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise FilterError(
            f"there is no source {shorten(name)!r}", where=label(path.name), todo=f"it has {names}"
        )
    _rebuild(path, without=name)
    return known[name]


def _sources(path: Path) -> tuple[PlaceSource, ...]:
    if not path.exists():
        return ()
    with closing(Store(path)) as store:
        return store.sources


def _state(path: Path) -> tuple[int, ...]:
    if not path.exists():
        return ()
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _rebuild(
    path: Path,
    without: str,
    source: PlaceSource | None = None,
    entries: Iterable[Entry] = (),
) -> None:
    """Write the store anew: its sources but one, then a new one."""
    before = _state(path)
    with replacing(path) as temporary:
        try:
            with closing(sqlite3.connect(temporary, isolation_level=None, uri=True)) as base:
                _fill(base, path if before else None, without, source, entries)
        except sqlite3.Error as error:
            raise OutputError(
                f"cannot be written ({shorten(str(error))})", where=path.name, todo="make room"
            ) from error
        if _state(path) != before:
            raise OutputError(
                "was changed by another program meanwhile", where=path.name, todo="try again"
            )


def _fill(
    base: sqlite3.Connection,
    old: Path | None,
    without: str,
    source: PlaceSource | None,
    entries: Iterable[Entry],
) -> None:
    # Nobody sees the file before it is whole, so it needs no journal.
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "trusted_schema = OFF"):
        base.execute(f"PRAGMA {pragma}")
    base.execute(f"PRAGMA application_id = {APPLICATION}")
    base.execute(f"PRAGMA user_version = {FORMAT}")
    if old is not None:
        base.execute("ATTACH ? AS old", [read_only(old)])
    base.execute("BEGIN")
    for statement in SCHEMA.values():
        base.execute(statement)
    if old is not None:
        _keep(base, without)
    if source is not None:
        _insert(base, source, entries)
    for statement in INDEXES.values():
        base.execute(statement)
    _block(base)
    base.execute("COMMIT")


def _keep(base: sqlite3.Connection, without: str) -> None:
    """Copy what stays from the old file, whose schema was checked."""
    base.execute("INSERT INTO source SELECT * FROM old.source WHERE name <> ?", [without])
    base.execute(
        "INSERT INTO place SELECT * FROM old.place "
        "WHERE source_id IN (SELECT source_id FROM source)"
    )
    base.execute(
        "INSERT INTO spelling SELECT * FROM old.spelling WHERE place IN (SELECT place FROM place)"
    )


def _insert(base: sqlite3.Connection, source: PlaceSource, entries: Iterable[Entry]) -> None:
    (number,) = base.execute("SELECT coalesce(max(source_id), 0) + 1 FROM source").fetchone()
    (first,) = base.execute("SELECT coalesce(max(place), 0) + 1 FROM place").fetchone()
    papers = (
        source.name, source.file, source.format, source.sha256,
        source.read, source.added, source.rejected, source.credit,
    )  # fmt: skip
    values = (number, *papers, key_rules())
    base.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    numbered = enumerate(entries, start=first)
    while batch := list(itertools.islice(numbered, AT_ONCE)):
        base.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((place, number, *_cells(entry)) for place, entry in batch),
        )
        base.executemany("INSERT INTO spelling VALUES (?, ?, ?, ?, ?, ?)", _keys(batch))


def _cells(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.place_id, entry.name, entry.kind, entry.subkind, entry.country,
        ";".join(sorted(entry.adm1_codes)), ";".join(sorted(entry.adm2_codes)),
        entry.lon, entry.lat, entry.radius_m,
        shapely.to_wkb(entry.outline.geometry) if entry.outline else None,
    )  # fmt: skip


def _block(base: sqlite3.Connection) -> None:
    """Put every folded key under its block, so that similar ones are found."""
    keys = base.execute("SELECT DISTINCT key FROM spelling WHERE way = ?", [FOLDED]).fetchall()
    rows = sorted((block(key), key) for (key,) in keys)
    base.executemany("INSERT INTO near VALUES (?, ?)", rows)


def _keys(batch: Sequence[tuple[int, Entry]]) -> Iterator[tuple[int, int, str, str, bool, bool]]:
    """The keys of all spellings of some places, as the shipped index makes them."""
    places = {entry.place_id: place for place, entry in batch}
    index = Index(entry for _, entry in batch)
    for way, keys in ((EXACT, index._exact), (FOLDED, index._folded)):
        for key, records in keys.items():
            for one in records:
                yield places[one.entry.place_id], way, key, one.spelling, one.own, one.bare
