"""Users' own places, kept in one SQLite file beside the shipped ones.

A store holds sources (one for each file that was added), their places, and for every spelling the
keys by which :class:`~bordermap.gazetteer.index.Index` finds it. It is opened for look-ups only:
read-only, its schema compared with ours to the letter, so that it can hold no code. Writing makes
a new file and puts it in the old one's place.
"""

from __future__ import annotations

import gc
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import GEOSException

from bordermap.errors import FilterError, InputError, OutputError
from bordermap.files import replacing, sha256_of
from bordermap.gazetteer.entry import Entry, Outline, Spelling
from bordermap.gazetteer.fuzzy import block, blocks
from bordermap.gazetteer.index import Hit, Index, _Record
from bordermap.gazetteer.spelling import Phrase
from bordermap.values.text import label, shorten

__all__ = [
    "FORMAT",
    "LONGEST_SOURCE",
    "PlaceSource",
    "Store",
    "add_source",
    "remove_source",
    "uncollected",
]

FORMAT = 1
"""Version of the file's layout, in ``user_version``."""

APPLICATION = 0x42444D47
"""``application_id`` of the file ("BDMG")."""

HALF_ROUND_M = 20_037_509.0
LONGEST_SOURCE = 40
MOST_IN_MEMORY = 50_000
AT_ONCE = 5_000
CACHE_KB = 65_536
MOST_VALUES = 900
"""Values in one query; older SQLite takes no more than 999."""

EXACT, FOLDED = 0, 1

SCHEMA = {
    "source": "CREATE TABLE source (source_id INTEGER PRIMARY KEY, name TEXT, file TEXT, "
    "format TEXT, sha256 TEXT, read INTEGER, added INTEGER, rejected INTEGER, credit TEXT)",
    "place": "CREATE TABLE place (place INTEGER PRIMARY KEY, source_id INTEGER, place_id TEXT, "
    "name TEXT, kind TEXT, subkind TEXT, country TEXT, adm1 TEXT, adm2 TEXT, lon REAL, lat REAL, "
    "radius_m REAL, outline BLOB)",
    "spelling": "CREATE TABLE spelling (place INTEGER, way INTEGER, key TEXT, text TEXT, "
    "own INTEGER, bare INTEGER)",
    "near": "CREATE TABLE near (block TEXT, key TEXT, PRIMARY KEY (block, key)) WITHOUT ROWID",
}
INDEXES = {
    "place_id": "CREATE INDEX place_id ON place (place_id)",
    "spelling_key": "CREATE INDEX spelling_key ON spelling (key, way)",
}
_PLACE = "place, place_id, name, kind, subkind, country, adm1, adm2, lon, lat, radius_m, outline"
_ADVICE = "delete it and add the files again with bordermap gazetteer add"


@dataclass(frozen=True, slots=True)
class PlaceSource:
    """Papers of one source of places; ``read`` is ``added + rejected``.

    Attributes
    ----------
    name : str
        Begins the ids of its places.
    file, format, sha256 : str
        The file without its folder, what it was read as, and its fingerprint.
    credit : str
        Whom to credit, and the licence; may be empty.
    """

    name: str
    file: str
    format: str
    sha256: str
    read: int
    added: int
    rejected: int
    credit: str = ""

    @property
    def attribution(self) -> str:
        """What to print where credits stand."""
        return self.credit or f"{self.name} ({self.file}), brought by the user"


class Store:
    """Places of one file, to be looked up.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        There is no such file, or it is no gazetteer, a damaged one, or one of a newer version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = label(self.path.name) or "gazetteer"
        self._base = _opened(self.path, self.name)
        self._entries: dict[int, Entry] = {}
        self._index = _StoreIndex(self)
        columns = "name, file, format, sha256, read, added, rejected, credit"
        rows = self._rows(f"SELECT {columns} FROM source ORDER BY source_id")  # noqa: S608
        with self._guarded():
            self.sources = tuple(_source(row) for row in rows)

    def __repr__(self) -> str:
        return f"<Store {self.name} of {len(self):,} places>"

    def __len__(self) -> int:
        return sum(source.added for source in self.sources)

    def hits(self, words: Phrase) -> list[Hit]:
        """Best hit of each place for a name, normalised, as :meth:`Index.hits` gives them."""
        return self._index.hits(words)

    def similar(self, words: Phrase) -> list[Hit]:
        """Best hit of each place with a similar spelling, as :meth:`Index.similar` gives them."""
        return self._index.similar(words)

    def entry(self, place_id: str) -> Entry | None:
        """The place with an id, or None."""
        rows = self._rows(f"SELECT {_PLACE} FROM place WHERE place_id = ?", place_id)  # noqa: S608
        return self._entry(rows[0]) if rows else None

    def papers(self) -> dict[str, Any]:
        """What a run record says about it."""
        sources = [asdict(source) for source in self.sources]
        with self._guarded():
            return {"file": self.name, "sha256": sha256_of(self.path), "sources": sources}

    def close(self) -> None:
        """Let go of the file; look-ups end."""
        self._base.close()

    def records(self, way: int, key: str) -> list[_Record]:
        """The spellings kept under an exact (0) or folded (1) key."""
        places = ", ".join(f"p.{column}" for column in _PLACE.split(", "))
        rows = self._rows(
            f"SELECT s.text, s.own, s.bare, {places} FROM spelling s "  # noqa: S608
            "JOIN place p USING (place) WHERE s.key = ? AND s.way = ?",
            key,
            way,
        )
        return [
            _Record(self._entry(at), text, bool(own), bool(bare)) for text, own, bare, *at in rows
        ]

    def near(self, folded: str) -> list[str]:
        """The folded keys in the blocks around one."""
        found: list[str] = []
        asked = blocks(folded)
        for at in range(0, len(asked), MOST_VALUES):
            part = asked[at : at + MOST_VALUES]
            marks = ", ".join("?" * len(part))
            query = f"SELECT key FROM near WHERE block IN ({marks})"  # noqa: S608
            found += [str(key) for (key,) in self._rows(query, *part)]
        return found

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._guarded():
            return self._base.execute(query, values).fetchall()

    def _entry(self, row: Sequence[Any]) -> Entry:
        known = self._entries.get(row[0])
        if known is None:
            if len(self._entries) >= MOST_IN_MEMORY:
                self._entries.clear()
            with self._guarded():
                known = self._entries[row[0]] = _entry(row)
        return known

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Damage that shows only when a place is read ends in a line, too."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, TypeError, GEOSException) as error:
            raise InputError(
                f"is damaged ({shorten(str(error))})", where=self.name, todo=_ADVICE
            ) from error


class _Keys(dict[str, list[_Record]]):
    """The spellings of a store under one kind of key; only those asked for are read."""

    def __init__(self, store: Store, way: int) -> None:
        super().__init__()
        self._store = store
        self._way = way

    def get(self, key: str, default: Any = ()) -> Any:
        return self._store.records(self._way, key) or default

    def __missing__(self, key: str) -> list[_Record]:
        return self._store.records(self._way, key)


class _StoreIndex(Index):
    """The look-up of the shipped places, asking a store for its keys."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        super().__init__(())
        self._store = store
        self._exact = _Keys(store, EXACT)
        self._folded = _Keys(store, FOLDED)

    def _near(self, folded: str) -> list[str]:
        return self._store.near(folded)


def _source(row: Sequence[Any]) -> PlaceSource:
    *texts, read, added, rejected, credit = row
    name, file, kind, sha256 = (label(str(text)) for text in texts)
    return PlaceSource(
        name, file, kind, sha256, int(read), int(added), int(rejected), label(credit)
    )


def _entry(row: Sequence[Any]) -> Entry:
    _, place_id, name, kind, subkind, country, adm1, adm2, lon, lat, radius_m, outline = row
    if not (abs(lon) <= 180 and abs(lat) <= 90 and 0 <= radius_m <= HALF_ROUND_M):
        raise ValueError(f"{shorten(str(place_id))} has no position")
    if kind not in {"place", "area"}:
        raise ValueError(f"{shorten(str(place_id))} is of no known kind")
    return Entry(
        label(place_id), label(name), kind, label(subkind), label(country),
        label(place_id).partition(":")[0], (Spelling(label(name), own=True),),
        _codes(adm1), _codes(adm2), float(lon), float(lat), float(radius_m),
        Outline(shapely.from_wkb(outline)) if outline else None,
    )  # fmt: skip


def _codes(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(";")))


def _read_only(path: Path) -> str:
    """A store's name for SQLite: no lock and no journal beside it is looked at."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _opened(path: Path, name: str) -> sqlite3.Connection:
    """A connection that can change nothing and runs nothing that the file brings."""
    if not path.is_file():
        raise InputError(
            "there is no such gazetteer", where=name, todo="make one with bordermap gazetteer add"
        )
    try:
        base = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
        try:
            _check(base, name)
        except BaseException:
            base.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise InputError(
            f"is no gazetteer, or a damaged one ({shorten(str(error))})", where=name, todo=_ADVICE
        ) from error
    return base


def _check(base: sqlite3.Connection, name: str) -> None:
    safe = ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON")
    for pragma in (*safe, f"cache_size = -{CACHE_KB}"):
        base.execute(f"PRAGMA {pragma}")
    (application,) = base.execute("PRAGMA application_id").fetchone()
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise InputError("is no gazetteer of bordermap", where=name, todo=_ADVICE)
    if version > FORMAT:
        raise InputError(
            f"is of a newer version ({version}; this program knows {FORMAT})",
            where=name,
            todo="update bordermap",
        )
    query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex%'"
    found = dict(base.execute(query).fetchall())
    if version != FORMAT or found != {**SCHEMA, **INDEXES}:
        raise InputError("has not the tables of a gazetteer", where=name, todo=_ADVICE)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cycles, which takes a third of the time that millions of rows take.

    Rows have no cycles; counted references free them all the same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
        base.execute("ATTACH ? AS old", [_read_only(old)])
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
    base.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *papers))
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
