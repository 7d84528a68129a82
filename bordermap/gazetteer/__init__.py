"""Names and places: what a name may mean, best first, with the reason.

Two meanings come back as two candidates. They are ranked by :data:`SCORES`, lowered by
:data:`PENALTIES`; nothing here picks one meaning over another for the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from bordermap.errors import InputError
from bordermap.gazetteer.calibration import (
    Evidence,
    among,
    calibrated,
    is_doubtful,
    level_of,
)
from bordermap.gazetteer.entries import Sources, build_entries, shipped_sources
from bordermap.gazetteer.entry import Entry, Outline, farthest_m, joined_outline
from bordermap.gazetteer.index import PENALTIES, SCORES, Hit, Index, described, order
from bordermap.gazetteer.joining import joined_hits, same_place
from bordermap.gazetteer.spelling import (
    LONGEST_NAME,
    Phrase,
    Words,
    exact_key,
    folded_key,
    load_words,
    tokens,
)
from bordermap.gazetteer.store import Store
from bordermap.schema import Match

__all__ = [
    "PENALTIES",
    "SCORES",
    "Entry",
    "Evidence",
    "Gazetteer",
    "Hit",
    "Outline",
    "Phrase",
    "Sources",
    "Store",
    "Words",
    "calibrated",
    "described",
    "exact_key",
    "farthest_m",
    "folded_key",
    "is_doubtful",
    "joined_outline",
    "level_of",
    "load_words",
    "order",
    "tokens",
]


class Gazetteer:
    """Places by name.

    Parameters
    ----------
    sources : Sources
        Tables and layers; :meth:`load` takes the shipped ones.
    stores : sequence of Store
        Users' own gazetteers, asked beside them.

    Notes
    -----
    Frozen once made: nothing can be set, and look-ups change nothing that can be seen.
    """

    __slots__ = (
        *("_by_id", "_index", "_namesakes", "_rules", "_twins", "_words"),
        *("masks", "stores"),
    )

    _by_id: dict[str, Entry]
    _index: Index
    _rules: dict[str, tuple[str, str]]
    _namesakes: dict[str, str]
    _words: Words
    masks: Mapping[str, tuple[Phrase, ...]]
    """Phrases of several words that are never places, normalised, by their first word; the longest
    first."""
    stores: tuple[Store, ...]
    """Users' own gazetteers, asked beside the shipped one."""
    _twins: dict[str, Entry | None]

    def __init__(self, sources: Sources, stores: Sequence[Store] = ()) -> None:
        entries = build_entries(sources)
        for name, value in {
            "_words": load_words(),
            "_by_id": {entry.place_id: entry for entry in entries},
            "_index": Index(entries),
            "_rules": _rules(sources.not_places),
            "_namesakes": _namesakes(sources.namesakes),
            "masks": _masks(sources.not_places),
            "stores": tuple(stores),
            "_twins": {},
        }.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Gazetteer is frozen; {name} cannot be set")

    def __len__(self) -> int:
        return len(self._by_id) + sum(map(len, self.stores))

    def __repr__(self) -> str:
        return f"<Gazetteer of {len(self):,} places, {len(self._index):,} spellings>"

    @staticmethod
    def load(*stores: Store | str | Path) -> Gazetteer:
        """Return the gazetteer that travels with the program, made once per process.

        Parameters
        ----------
        *stores : Store, str or Path
            Users' own gazetteers, made by ``bordermap gazetteer add``, to ask beside it.

        Raises
        ------
        LayerError
            A table or layer is missing or differs from its manifest.
        InputError
            A store cannot be read, or two hold a source of the same name.
        """
        shipped = _load()
        if not stores:
            return shipped
        opened = tuple(s if isinstance(s, Store) else Store(s) for s in stores)
        _refuse_same_names(opened)
        own = object.__new__(Gazetteer)
        changed = {"stores": opened, "_twins": {}}
        for name in Gazetteer.__slots__:
            object.__setattr__(own, name, changed.get(name, getattr(shipped, name)))
        return own

    def find(
        self,
        name: str,
        *,
        country: str | None = None,
        adm1_code: str | None = None,
        adm2_code: str | None = None,
        limit: int = 10,
    ) -> list[Match]:
        """Candidates for a name, best first.

        Parameters
        ----------
        name : str
            In any script; words like "district", "crossing" or "ولسوالۍ" tell the kind meant.
        country : {"AF", "PK"}, optional
            Only places there, or on the line.
        adm1_code, adm2_code : str, optional
            Only places there, and those of which it is not known, these with a lower score.
        limit : int
            At most so many.

        Returns
        -------
        list of Match
            Empty when nothing fits, or the name is known not to be a place. The score is the
            probability that this is what the name means, see ``gazetteer/calibration.py``.
        """
        asked = [frozenset(filter(None, [code])) for code in (country, adm1_code, adm2_code)]
        found = []
        for hit in self.candidates(name, similar=True):
            score = _in_context(hit, country, adm1_code, adm2_code)
            if score > 0:
                found.append((score, hit))
        found.sort(key=lambda pair: (-pair[0], *order(pair[1].entry)))
        alone = [calibrated(_evidence(hit, score, *asked)) for score, hit in found]
        scores = among(alone, [hit.entry for _, hit in found])
        ranked = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])
        return [
            Match(hit.entry.place, score, hit.spelling, hit.reason)
            for score, (_, hit) in ranked[: max(limit, 0)]
        ]

    def candidates(self, name: str, *, unit: bool = False, similar: bool = False) -> list[Hit]:
        """All entries that a name may mean, best first, with scores out of context.

        Parameters
        ----------
        name : str
        unit : bool
            The name is known to be that of a district, province or country: what is said of
            strings that are not places does not hold for it.
        similar : bool
            When no spelling agrees, also those that are nearly alike; they need the context's
            support, for most names that are not in the gazetteer are like some that are.
        """
        if len(name) > LONGEST_NAME:
            return []
        words = tokens(name)
        if not words or (not unit and self.no_place(name)):
            return []
        hits = self._asked(lambda asked: asked.hits(words), unit=unit)
        if hits or not similar:
            return hits
        alike = self._asked(lambda asked: asked.similar(words), unit=unit)
        return [hit for hit in alike if unit or not self.no_place(hit.spelling)]

    def _asked(self, ask: Callable[[Index | Store], list[Hit]], *, unit: bool) -> list[Hit]:
        """What the shipped index and the stores answer, as one."""
        hits = ask(self._index)
        own = [hit for store in self.stores for hit in ask(store)]
        return joined_hits(hits, own, self._twin, unit=unit) if own else hits

    def _twin(self, entry: Entry) -> Entry | None:
        """The shipped place that a user's place is: of its name, in its country, and near."""
        if entry.place_id not in self._twins:
            same = (
                hit.entry
                for hit in self._index.hits(tokens(entry.name))
                if hit.how in ("name", "alias") and hit.fits and same_place(hit.entry, entry)
            )
            self._twins[entry.place_id] = next(same, None)
        return self._twins[entry.place_id]

    def no_place(self, name: str) -> str:
        """Why a name is known not to be a place by itself, in words; mostly empty."""
        words = tokens(name[:LONGEST_NAME])
        bare, kinds = self._words.strip(words)
        rule, reason = self._rules.get("".join(words), ("", ""))
        if rule == "never":
            return reason
        rule, reason = self._rules.get("".join(bare), ("", ""))
        return reason if rule == "needs_admin_word" and not kinds else ""

    def other_bearer(self, name: str) -> str:
        """What else bears a bare name, in words, from the list of namesakes; mostly empty."""
        return self._namesakes.get("".join(tokens(name[:LONGEST_NAME])), "")

    def often_speaks(self, name: str) -> bool:
        """Whether a name often stands for a government or a newsroom, not for a spot."""
        rule, _ = self._rules.get("".join(tokens(name[:LONGEST_NAME])), ("", ""))
        return rule == "only_if_event_there"

    def districts(self) -> list[Entry]:
        """The shipped districts, and the former ones that are several today."""
        return [entry for entry in self._by_id.values() if entry.kind == "district"]

    def entry(self, place_id: str) -> Entry | None:
        """The entry with an id, or None."""
        known = self._by_id.get(place_id)
        if known is None and ":" in place_id:
            found = (store.entry(place_id) for store in self.stores)
            return next((entry for entry in found if entry), None)
        return known


@cache
def _load() -> Gazetteer:
    return Gazetteer(shipped_sources())


def _refuse_same_names(stores: Sequence[Store]) -> None:
    """Two sources of one name would share their ids."""
    holders: dict[str, Store] = {}
    for store in stores:
        for source in store.sources:
            other = holders.setdefault(source.name, store)
            if other is not store:
                raise InputError(
                    f"two gazetteers hold a source {source.name!r}",
                    where=f"{other.name}, {store.name}",
                    todo="remove one, or say with --gazetteer which to use",
                )


def _in_context(hit: Hit, country: str | None, adm1: str | None, adm2: str | None) -> float:
    """Score of a candidate where units are asked for; 0 when it lies elsewhere."""
    entry, score = hit.entry, hit.score
    if country and country not in entry.countries:
        return 0.0
    for asked, codes in ((adm1, entry.adm1_codes), (adm2, entry.adm2_codes)):
        if not asked:
            continue
        if codes and asked not in codes:
            return 0.0
        if not codes:
            score -= PENALTIES["not confirmed"]
    return score


def _evidence(
    hit: Hit, score: float, countries: frozenset[str], adm1: frozenset[str], adm2: frozenset[str]
) -> Evidence:
    """What speaks for a candidate where units are asked for."""
    kind = "area" if hit.entry.kind == "area" else "spot"
    level = level_of(hit.entry, countries, adm1, adm2)
    return Evidence(hit.how, level, kind, is_doubtful(hit, score))


def _rules(table: pd.DataFrame | None) -> dict[str, tuple[str, str]]:
    """Rule and reason by exact key; what has brackets tells a use, not a spelling."""
    if table is None:
        return {}
    return {
        exact_key(text): (rule, reason)
        for text, rule, reason in zip(table["text"], table["rule"], table["reason"], strict=True)
        if "(" not in text
    }


def _masks(table: pd.DataFrame | None) -> dict[str, tuple[Phrase, ...]]:
    if table is None:
        return {}
    never = map(tokens, table.loc[table["rule"] == "never", "text"])
    by_first: dict[str, tuple[Phrase, ...]] = {}
    for words in sorted(never, key=len, reverse=True):
        if len(words) > 1:
            by_first[words[0]] = (*by_first.get(words[0], ()), words)
    return by_first


def _namesakes(table: pd.DataFrame | None) -> dict[str, str]:
    if table is None:
        return {}
    return {
        exact_key(name): f"{first}; {second}"
        for names, first, second in zip(
            table["name"], table["place_a"], table["place_b"], strict=True
        )
        for name in names.split("/")
    }
