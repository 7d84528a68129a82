"""The words of a report cut into names: what it is about, what that lies in, what it is near."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bordermap.gazetteer import Gazetteer, Phrase, Words, load_words, tokens

__all__ = ["LONGEST_TEXT", "PlacePhrase", "Relation", "read_place"]

LONGEST_TEXT = 400
"""Characters of a place text that are read; the longest in the sample records has 85."""

DASH = "-"
"""Stands in a run of words where a dash joined two names."""

_CLAUSES = re.compile(r"[,،](?=\d)|[,،;؛:()\[\]{}<>/|\n\r\t]+|(?<=\w\w)\.(?=\s|$)")
_PIECES = re.compile(r"\d+(?:[.,]\d+)?|[–—]| - |[^\W\d_][^\s\-–—]*|[^\s–—]")


class _Word(str):
    """A normalised word that remembers how it was written."""

    __slots__ = ("raw",)
    raw: str

    @classmethod
    def of(cls, normal: str, raw: str) -> _Word:
        word = cls(normal)
        word.raw = raw
        return word


def _written(words: Phrase) -> str:
    """Words as the report wrote them, joined by blanks."""
    return " ".join(getattr(word, "raw", word) for word in words)


@dataclass(frozen=True, slots=True)
class Relation:
    """A landmark and how the place stands to it.

    Attributes
    ----------
    kind : str
        ``from`` (with a distance or a direction), ``near``, ``facing``, ``between`` or ``border``
        (between units).
    targets : tuple of str
        Names of the landmarks; two or more for ``between`` and ``border``.
    text : str
        The phrase itself.
    distance_m : float, optional
    direction : str
        As written, or empty.
    """

    kind: str
    targets: tuple[str, ...]
    text: str
    distance_m: float | None = None
    direction: str = ""


@dataclass(frozen=True, slots=True)
class PlacePhrase:
    """A place text, read.

    Attributes
    ----------
    heads : tuple of str
        The names of the place itself; several when the text lists several places.
    within : tuple of str
        Names that the text gives for what it lies in, the innermost first.
    relations : tuple of Relation
    """

    heads: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Clause:
    heads: tuple[Phrase, ...]
    within: tuple[Phrase, ...]
    relations: tuple[Relation, ...]
    listed: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Grammar:
    """The word lists that join names, normalised."""

    words: Words
    containment: frozenset[str]
    possessor_first: frozenset[str]
    lists: frozenset[str]
    ends: frozenset[str]
    relations: dict[Phrase, str]
    directions: frozenset[Phrase]
    about: frozenset[Phrase]
    units_m: dict[str, float]
    numbers: dict[str, float]


def _single(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in words for word in tokens(text))


@cache
def _grammar() -> _Grammar:
    words = load_words()
    raw = words.raw
    return _Grammar(
        words=words,
        containment=_single(raw["between"]["containment"]),
        possessor_first=_single(raw["between"]["possessor_first"]),
        lists=_single(raw["between"]["list"]),
        ends=_single(raw["between"]["ends"]),
        relations={
            tokens(text): kind
            for kind in ("near", "facing", "between", "border")
            for text in raw["relations"][kind]
        },
        directions=frozenset(map(tokens, raw["relations"]["directions"])),
        about=frozenset(map(tokens, raw["about"]["words"])),
        units_m={tokens(text)[0]: float(metres) for text, metres in raw["units_m"].items()},
        numbers={tokens(text)[0]: float(number) for text, number in raw["numbers"].items()},
    )


def read_place(text: str, gazetteer: Gazetteer) -> PlacePhrase:
    """Cut a place text into names.

    Parameters
    ----------
    text : str
        As reported, in any script. Only the first :data:`LONGEST_TEXT` characters are read.
    gazetteer : Gazetteer
        Asked whether a run of words is one name, and which phrases are never places.

    Returns
    -------
    PlacePhrase
        Empty when the text holds generic words only.
    """
    reader = _Reader(_grammar(), gazetteer)
    clauses = []
    for words in _runs(text, reader.grammar):
        clause = reader.clause(words)
        if clause.heads or clause.relations:
            clauses.append(clause)
    return _joined(clauses)


def _runs(text: str, grammar: _Grammar) -> Iterator[Phrase]:
    """Words of each clause, up to a word after which all is description."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])
    for raw in _CLAUSES.split(plain):
        run: list[str] = []
        for piece in _PIECES.findall(raw):
            if piece in {"–", "—", " - "}:
                run.append(DASH)
            elif piece[0].isdecimal():
                run.append(piece.replace(",", "."))
            else:
                parts = tokens(piece)
                whole = len(parts) == 1
                run.extend(_Word.of(part, piece if whole else part) for part in parts)
        end = next((at for at, word in enumerate(run) if word in grammar.ends), None)
        if end is not None:
            yield tuple(run[:end])
            return
        yield tuple(run)


def _joined(clauses: Sequence[_Clause]) -> PlacePhrase:
    """Clauses as one phrase: the first name is the place, later ones are what it lies in."""
    heads: list[Phrase] = []
    within: list[Phrase] = []
    relations: list[Relation] = []
    last_listed = max((at for at, clause in enumerate(clauses) if clause.listed), default=-1)
    plain_list = all(len(clause.heads) and not clause.relations for clause in clauses[:last_listed])
    for at, clause in enumerate(clauses):
        if not heads or (at <= last_listed and plain_list):
            heads += clause.heads
        else:
            within += clause.heads
        within += clause.within
        relations += clause.relations
    return PlacePhrase(
        tuple(dict.fromkeys(map(_written, heads))),
        tuple(dict.fromkeys(map(_written, within))),
        tuple(relations),
    )


class _Reader:
    """Reads one clause at a time."""

    def __init__(self, grammar: _Grammar, gazetteer: Gazetteer) -> None:
        self.grammar = grammar
        self._gazetteer = gazetteer

    def clause(self, words: Phrase) -> _Clause:
        """Names and relations of one clause."""
        words = self._unmasked(words)
        if self._is_plain_name(words):
            return _Clause((self._plain(words),), (), (), listed=False)
        start, relation, after = self._relation(words)
        pieces = self._pieces(words[:start])
        relations: tuple[Relation, ...] = ()
        if relation:
            target, *rest = self._pieces(after) or [()]
            pieces_of_target = self._listed(target) if target else ()
            found = self._with_targets(relation, pieces_of_target, words[start:])
            relations = (found,) if found else ()
            pieces += rest
        heads = self._listed(pieces[0]) if pieces else ()
        return _Clause(heads, tuple(pieces[1:]), relations, listed=len(heads) > 1)

    def _unmasked(self, words: Phrase) -> Phrase:
        """Without the phrases that are never places (organisations, "Durand Line")."""
        masks = self._gazetteer.masks
        kept: list[str] = []
        at = 0
        while at < len(words):
            size = next((n for n in (6, 5, 4, 3, 2) if words[at : at + n] in masks), 0)
            if size:
                at += size
            else:
                kept.append(words[at])
                at += 1
        return tuple(kept)

    @staticmethod
    def _plain(words: Phrase) -> Phrase:
        return tuple(word for word in words if word != DASH)

    def _is_name(self, words: Phrase) -> bool:
        return bool(words) and bool(self._gazetteer.candidates(" ".join(self._plain(words))))

    def _is_plain_name(self, words: Phrase) -> bool:
        """Whether words are one name, with no "of" or "in" that could part them."""
        joints = self.grammar.containment | self.grammar.possessor_first
        return joints.isdisjoint(words) and self._is_name(words)

    def _is_exact(self, words: Phrase, *, unit: bool = False) -> bool:
        """Whether words are a name, or the name of a unit, letter by letter."""
        found = self._gazetteer.candidates(" ".join(self._plain(words)))
        return any(
            (hit.entry.members or hit.entry.subkind == "tehsil" or not unit)
            and not hit.how.startswith("folded")
            for hit in found
        )

    def _relation(self, words: Phrase) -> tuple[int, Relation | None, Phrase]:
        """Where the first relation starts, what it says, and the words of its target."""
        for at in range(len(words)):
            found = self._distance(words, at) or self._direction(words, at)
            if found:
                return at, *found
            for size in (4, 3, 2, 1):
                kind = self.grammar.relations.get(words[at : at + size])
                if kind:
                    return at, Relation(kind, (), ""), words[at + size :]
        return len(words), None, ()

    def _distance(self, words: Phrase, at: int) -> tuple[Relation, Phrase] | None:
        """``about 15 km north of X`` or ``2 km from X``."""
        while size := next((n for n in (2, 1) if words[at : at + n] in self.grammar.about), 0):
            at += size
        if at + 1 >= len(words) or words[at + 1] not in self.grammar.units_m:
            return None
        number = self.grammar.numbers.get(words[at])
        if number is None:
            try:
                number = float(words[at])
            except ValueError:
                return None
        metres = number * self.grammar.units_m[words[at + 1]]
        direction, rest = self._leading_direction(words[at + 2 :])
        rest = rest[1:] if rest[:1] in {("from",), ("of",), ("off",)} else rest
        return Relation("from", (), "", metres, direction), rest

    def _direction(self, words: Phrase, at: int) -> tuple[Relation, Phrase] | None:
        """``southwest of X``, without a distance."""
        direction, rest = self._leading_direction(words[at:])
        if direction and rest[:1] == ("of",):
            return Relation("from", (), "", None, direction), rest[1:]
        return None

    def _leading_direction(self, words: Phrase) -> tuple[str, Phrase]:
        if words[:2] == ("to", "the"):
            words = words[2:]
        size = next((n for n in (2, 1) if words[:n] in self.grammar.directions), 0)
        return " ".join(words[:size]), words[size:]

    @staticmethod
    def _with_targets(
        relation: Relation, targets: tuple[Phrase, ...], words: Phrase
    ) -> Relation | None:
        if not targets:
            return None
        return Relation(
            relation.kind,
            tuple(map(_written, targets)),
            _written(words),
            relation.distance_m,
            relation.direction,
        )

    def _pieces(self, words: Phrase) -> list[Phrase]:
        """Names in a run of words, the innermost first, generic ones left out."""
        if not words:
            return []
        if self._is_plain_name(words):
            return [words]
        joints = self.grammar.containment | self.grammar.possessor_first
        runs: list[list[str]] = [[]]
        possessor_first = False
        for word in words:
            if word in joints:
                possessor_first |= word in self.grammar.possessor_first
                runs.append([])
            else:
                runs[-1].append(word)
        pieces = [name for run in runs for name in self._side_by_side(tuple(run))]
        return pieces[::-1] if possessor_first else pieces

    def _side_by_side(self, words: Phrase) -> list[Phrase]:
        """Names that stand together without a joint, as in ``Barmal district Paktika``."""
        if not self.grammar.words.strip(self._plain(words))[0]:
            return []
        if self._is_name(words) or any(word in {DASH, *self.grammar.lists} for word in words):
            return [words]
        for at in range(len(words) - 1, 0, -1):
            if self._is_exact(words[:at]) and self._is_exact(words[at:], unit=True):
                return [words[:at], words[at:]]
        return [words]

    def _listed(self, words: Phrase) -> tuple[Phrase, ...]:
        """Names joined by "and" or a dash, each with the kind word that closes the list."""
        if self._is_name(words):
            return (self._plain(words),)
        runs: list[list[str]] = [[]]
        for word in words:
            if word in self.grammar.lists or word == DASH:
                runs.append([])
            else:
                runs[-1].append(word)
        names = [tuple(run) for run in runs if self.grammar.words.strip(tuple(run))[0]]
        if len(names) < 2:
            return tuple(names)
        bare, kinds = self.grammar.words.strip(names[-1])
        closing = names[-1][len(bare) :] if kinds and names[-1][: len(bare)] == bare else ()
        return tuple(
            name if self.grammar.words.strip(name)[1] else (*name, *closing) for name in names
        )
