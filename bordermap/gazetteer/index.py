"""Spellings to entries, and how well a name fits one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bordermap.gazetteer.entry import Entry
from bordermap.gazetteer.fuzzy import block, blocks, similar
from bordermap.gazetteer.spelling import Phrase, folded_keys, load_words, tokens

__all__ = ["KINDS", "PENALTIES", "SCORES", "Hit", "Index", "order"]

SCORES = {
    "name": 1.0,
    "alias": 0.95,
    "folded name": 0.9,
    "folded alias": 0.85,
    "similar name": 0.8,
    "similar alias": 0.75,
}
"""By how a spelling was found: the entry's own name in any language, an alias or former name, the
same when only the folded spelling agrees, and when that is only similar: then what the similarity
lacks to 1 is taken off, too."""

PENALTIES = {"other kind": 0.15, "kind not said": 0.05, "not confirmed": 0.05}
"""Taken off: the text says another kind of thing ("Spera village" for a district); the entry's
name has a word of kind that the text lacks ("Ghulam Khan" for the crossing); nothing in the
context confirms the entry: a unit was asked for and the entry's own is not known, or the name is
also borne by a place outside the gazetteer, or often speaks for a government."""

LEAST_FOLDED = 4
"""Shortest folded key that is compared: shorter ones meet by chance."""

KINDS = ("place", "crossing", "area", "district", "province", "country")
"""In which order candidates of one score come: the smaller thing first."""

NEEDS_ITS_WORD = frozenset({"post", "river", "pass", "range"})
"""Kinds never meant by the name without the word ("Zhob" is not Zhob Airport)."""

_CALLED = {"district": "district", "province": "province", "tehsil": "tehsil"}


def order(entry: Entry) -> tuple[int, int, str]:
    """Sort key of candidates with the same score."""
    kind = "district" if entry.subkind == "district_seat" else entry.kind
    small_seat = entry.kind != kind  # its bare name means the district rather
    return 2 * KINDS.index(kind) + small_seat, len(entry.members), entry.place_id


class _Record(NamedTuple):
    """One spelling of one entry; ``bare`` when generic words were taken off it."""

    entry: Entry
    spelling: str
    own: bool
    bare: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a name may mean: score out of context, spelling met, and how.

    ``fits`` is False where the text says another kind of thing; ``similarity`` is less than 1
    where the spelling is only similar.
    """

    entry: Entry
    score: float
    spelling: str
    how: str
    fits: bool = True
    similarity: float = 1.0

    @property
    def reason(self) -> str:
        """For people, e.g. ``alias 'Spura' of Spera district (AF-KHO-spera)``."""
        alike = f" ({self.similarity:.0%} alike)" if self.how.startswith("similar") else ""
        return f"{self.how} '{self.spelling}'{alike} of {described(self.entry)}"


def described(entry: Entry) -> str:
    """Name, kind and id of an entry, for people."""
    kind = _CALLED.get(entry.subkind, "")
    suffix = f" {kind}" if kind and kind not in entry.name.casefold() else ""
    return f"{entry.name}{suffix} ({entry.place_id})"


class Index:
    """Entries by exact and by folded key."""

    __slots__ = ("_blocks", "_exact", "_folded", "_words")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._words = load_words()
        self._exact: dict[str, list[_Record]] = {}
        self._folded: dict[str, list[_Record]] = {}
        self._blocks: dict[str, list[str]] = {}
        for entry in entries:
            for spelling in entry.spellings:
                self._add(entry, spelling.text, spelling.own)

    def __len__(self) -> int:
        return len(self._exact)

    def _add(self, entry: Entry, text: str, own: bool) -> None:
        words = tokens(text)
        for part, _ in self._words.stages(words):
            if part:
                record = _Record(entry, text, own, bare=part != words)
                _put(self._exact.setdefault("".join(part), []), record)
                for folded in folded_keys(part):
                    if len(folded) >= LEAST_FOLDED:
                        _put(self._folded.setdefault(folded, []), record)

    def hits(self, words: Phrase) -> list[Hit]:
        """Best hit of each entry for a name, normalised, best first."""
        best: dict[str, Hit] = {}
        for part, kinds in self._words.stages(words):
            if not part:
                continue
            for record in self._exact.get("".join(part), ()):
                self._keep(best, record, "", kinds)
            for folded in folded_keys(part):
                for record in self._folded.get(folded, ()):
                    self._keep(best, record, "folded ", kinds)
        return _sorted(best)

    def similar(self, words: Phrase) -> list[Hit]:
        """Best hit of each entry with a similar spelling, best first; for what has no hits."""
        best: dict[str, Hit] = {}
        stages = self._words.stages(words)
        if not stages[-1][0]:
            return []  # generic words only
        for part, kinds in stages:
            for folded in folded_keys(part):
                for key, alike in similar(folded, self._near(folded)):
                    for record in self._folded[key]:
                        self._keep(best, record, "similar ", kinds, alike)
        return _sorted(best)

    def _near(self, folded: str) -> list[str]:
        """Folded keys in the blocks around one."""
        if not self._blocks:
            for key in self._folded:
                self._blocks.setdefault(block(key), []).append(key)
        return [key for near in blocks(folded) for key in self._blocks.get(near, ())]

    def _keep(
        self,
        best: dict[str, Hit],
        record: _Record,
        way: str,
        kinds: tuple[str, ...],
        alike: float = 1.0,
    ) -> None:
        entry = record.entry
        how = way + ("name" if record.own else "alias")
        score = SCORES[how] - (1.0 - alike)
        known = best.get(entry.place_id)
        if known is not None and known.score >= score:
            return
        fits = not kinds or self._words.fits(kinds, entry.subkind)
        if not fits:
            score -= PENALTIES["other kind"]
        if record.bare and not (kinds and fits):
            if entry.subkind in NEEDS_ITS_WORD:
                return
            score -= 0.0 if kinds else PENALTIES["kind not said"]
        if known is None or known.score < score:
            hit = Hit(entry, round(score, 3), record.spelling, how, fits, alike)
            best[entry.place_id] = hit


def _put(records: list[_Record], record: _Record) -> None:
    """Keep a record unless an earlier spelling of its entry says as much; they come in a row."""
    for known in reversed(records):
        if known.entry is not record.entry:
            break
        if known.own == record.own and known.bare == record.bare:
            return
    records.append(record)


def _sorted(best: dict[str, Hit]) -> list[Hit]:
    return sorted(best.values(), key=lambda hit: (-hit.score, *order(hit.entry)))
