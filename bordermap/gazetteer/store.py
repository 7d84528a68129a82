"""Users' own places, kept in one SQLite file beside the shipped ones.

A store holds sources (one for each file that was added), their places, and for every spelling the
keys by which :class:`~bordermap.gazetteer.index.Index` finds it. It is opened for look-ups only:
read-only, its schema compared with ours to the letter, so that it can hold no code. ``keeping``
writes it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import GEOSException

from bordermap.errors import InputError
from bordermap.files import sha256_of
from bordermap.gazetteer.entry import Entry, Outline, Spelling
from bordermap.gazetteer.fuzzy import block, blocks
from bordermap.gazetteer.index import Hit, Index, _Record
from bordermap.gazetteer.spelling import Phrase, load_words
from bordermap.values.text import label, shorten

__all__ = [
    "APPLICATION",
    "EXACT",
    "FOLDED",
    "FORMAT",
    "INDEXES",
    "LONGEST_SOURCE",
    "SCHEMA",
    "PlaceSource",
    "Store",
    "key_rules",
    "read_only",
]

FORMAT = 1
"""Version of the file's layout, in ``user_version``."""

APPLICATION = 0x42444D47
"""``application_id`` of the file ("BDMG")."""

HALF_ROUND_M = 20_037_509.0
LONGEST_SOURCE = 40
MOST_IN_MEMORY = 50_000
CACHE_KB = 65_536
MOST_VALUES = 900
"""Values in one query; older SQLite takes no more than 999."""

EXACT, FOLDED = 0, 1

PROBES = (
    *("Spīn Bōldak–Chaman", "Dand-e-Patan", "Qal'ah-ye Ghazi Khel", "Chaudhwan", "Tsowkey", "Zhob"),
    *("Muhammad Agha Kalay", "Shaykh Wazir", "Dzadran", "Phulra", "Kandao", "Jhangi", "Teri Tooy"),
    *("سپین بولدک", "ځاځی اریوب", "څوکۍ", "عمرزئی", "ټیټه قلعه", "ڈیرہ غازی خان", "پشاور"),
)
"""Names whose keys tell one way to make keys from another."""

SCHEMA = {
    "source": "CREATE TABLE source (source_id INTEGER PRIMARY KEY, name TEXT, file TEXT, "
    "format TEXT, sha256 TEXT, read INTEGER, added INTEGER, rejected INTEGER, credit TEXT, "
    "rules TEXT)",
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


@cache
def key_rules() -> str:
    """Fingerprint of how keys are made: of the generic words, and of the keys of some names."""
    words = load_words()
    spellings = tuple(map(Spelling, PROBES))
    index = Index([Entry("", "", "place", "town", "", "", spellings)])
    keys = sorted(index._exact), sorted(index._folded), [block(key) for key in index._folded]
    rules = (sorted(words.kind_of.items()), sorted(words.fillers), keys)
    return hashlib.sha256(repr(rules).encode()).hexdigest()[:16]


class Store:
    """Places of one file, to be looked up.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    sources : tuple of PlaceSource
    outdated : tuple of str
        Names of the sources whose keys another version of the program made.

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
        columns = "name, file, format, sha256, read, added, rejected, credit, rules"
        rows = self._rows(f"SELECT {columns} FROM source ORDER BY source_id")  # noqa: S608
        with self._guarded():
            self.sources = tuple(_source(row[:-1]) for row in rows)
        # Their folded and similar spellings are not all found any more.
        self.outdated = tuple(label(str(row[0])) for row in rows if row[-1] != key_rules())

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


def read_only(path: Path) -> str:
    """A store's name for SQLite: no lock and no journal beside it is looked at."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _opened(path: Path, name: str) -> sqlite3.Connection:
    """A connection that can change nothing and runs nothing that the file brings."""
    if not path.is_file():
        raise InputError(
            "there is no such gazetteer", where=name, todo="make one with bordermap gazetteer add"
        )
    try:
        base = sqlite3.connect(read_only(path), uri=True, check_same_thread=False)
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
