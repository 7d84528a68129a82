"""The words of a report cut into names: what it is about, what that lies in, what it is near."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bordermap.gazetteer import Gazetteer, Phrase, tokens
from bordermap.geocode.grammar import DASH, Grammar, Relation, load_grammar, matched, written
from bordermap.geocode.lookup import found
from bordermap.geocode.measures import direction_at, distance_at, line_mention

__all__ = ["LONGEST_TEXT", "PlacePhrase", "Relation", "read_place"]

LONGEST_TEXT = 400
"""Characters of a place text that are read; the longest in the sample records has 85."""

_CLAUSES = re.compile(r"[,،;؛:()\[\]{}<>/|\n\r\t]+|(?<=\w\w)\.(?=\s|$)")
_PIECES = re.compile(r"(?<!\S)[-−]\d+(?:\.\d+)?|\d+(?:\.\d+)?|[–—]| - |[^\W\d_][^\s\-–—]*|[^\s–—]")
_THOUSANDS = re.compile(r"(?<=\d)[,٬](?=\d{3}(?!\d))")
_DECIMALS = re.compile(r"(?<=\d)[,٫](?=\d)")
_SAME_IN_MILES = re.compile(
    r"\(\s*(?:about |some )?[\d.,]+[\s-]*(?:km|kilomet\w*|mi|miles?)\s*\)", re.IGNORECASE
)
"""A distance said once more in another unit: "3km (2 miles) from the border"."""

_ADDRESSES = re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+", re.IGNORECASE)
"""Addresses of pages name no place of an incident."""

_ONLY_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f'’‘`ʻʼʿʾ]|[ -](?=[^\W\d_]))*")
"""Letters with their marks; a blank or a hyphen stands before another letter."""
_BETWEEN_WORDS = re.compile(r"[ -]")

_POSSESSIVE = re.compile(r"(?<=\w)['’]s(?=\s)")
POSSESSIVE = "د"
"""Stands where English wrote the possessor first: "Ghor's Dolina district"."""


class _Word(str):
    """A normalised word that remembers how it was written."""

    __slots__ = ("raw",)
    raw: str

    @classmethod
    def of(cls, normal: str, raw: str) -> _Word:
        word = cls(normal)
        word.raw = raw
        return word


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
    reader = _Reader(load_grammar(), gazetteer)
    if reader.is_one_name(text):
        return PlacePhrase((" ".join(text.split()),))
    clauses = []
    for words in _runs(text, reader.grammar):
        clause = reader.clause(words)
        if clause.heads or clause.relations or clause.within:
            clauses.append(clause)
    end = _end_of_line(tokens(text[:LONGEST_TEXT]), reader.grammar)
    return _joined(clauses, (end,) if end else ())


def _end_of_line(words: Phrase, grammar: Grammar) -> Relation | None:
    """``where Pakistan, Afghanistan and Iran meet``, ``tri-border area``."""
    ends, start = grammar.line_ends, 0
    named = any(matched(words, at, ends["phrases"]) for at in range(len(words)))
    if not named:
        start = next((at for at, word in enumerate(words) if word in grammar.ends), len(words))
        if not any((word,) in ends["meet"] for word in words[start:]):
            return None
    said = [c for c in ("Iran", "China") if any((w,) in ends[c] for w in words[start:])]
    return Relation("end", tuple(said), written(words[start:])) if said or named else None


def _runs(text: str, grammar: Grammar) -> Iterator[Phrase]:
    """Words of each clause, up to a word after which all is description."""
    plain = _ADDRESSES.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    plain = _SAME_IN_MILES.sub(" ", plain)
    plain = _POSSESSIVE.sub(f" {POSSESSIVE}", _DECIMALS.sub(".", _THOUSANDS.sub("", plain)))
    for raw in _CLAUSES.split(plain):
        run = _run(raw)
        last = grammar.line_ends["phrases"]
        end = next(
            (a for a, w in enumerate(run) if w in grammar.ends or matched(run, a, last)), None
        )
        if end is not None:
            yield run[:end]
            return
        yield run


def _run(raw: str) -> Phrase:
    run: list[str] = []
    for piece in _PIECES.findall(raw):
        if piece in {"–", "—", " - "}:
            run.append(DASH)
        elif piece[0].isdecimal() or piece[1:2].isdecimal():
            run.append(piece.replace("−", "-"))
        else:
            parts = tokens(piece)
            whole = len(parts) == 1
            run.extend(_Word.of(part, piece if whole else part) for part in parts)
    return tuple(run)


def _with_targets_before(clauses: Sequence[_Clause]) -> list[_Clause]:
    """Clauses; what is told without a landmark ("Kabul (20 km north of)") is of the one before."""
    kept: list[_Clause] = []
    for clause in clauses:
        hanging = [r for r in clause.relations if not r.targets and r.kind in {"from", "near"}]
        found = [r for r in hanging if r.kind == "from"]
        if found and kept and len(kept[-1].heads) == 1 and not clause.heads:
            target = (written(kept[-1].heads[0]),)
            more = tuple(replace(relation, targets=target) for relation in found)
            kept[-1] = replace(kept[-1], heads=(), relations=kept[-1].relations + more)
        others = tuple(relation for relation in clause.relations if relation not in hanging)
        kept.append(replace(clause, relations=others))
    return kept


def _with_listed_targets(clauses: list[_Clause], last: int) -> list[_Clause]:
    """All of "Border areas of Bajaur, Mohmand and Khyber" are what the stretch lies in."""
    if last < 1:
        return clauses
    first, listed = clauses[0], clauses[1 : last + 1]
    if first.heads or not first.relations or first.relations[-1].kind != "line":
        return clauses
    line = first.relations[-1]
    if not line.targets or any(clause.relations or not clause.heads for clause in listed):
        return clauses
    names = tuple(written(name) for clause in listed for name in clause.heads)
    line = replace(line, targets=line.targets + names)
    joined = replace(first, within=(), relations=(*first.relations[:-1], line))
    within = tuple(name for clause in listed for name in clause.within)
    return [replace(joined, within=within), *clauses[last + 1 :]]


def _joined(read: Sequence[_Clause], more: tuple[Relation, ...]) -> PlacePhrase:
    """Clauses as one phrase: the first name is the place, later ones are what it lies in."""
    heads: list[Phrase] = []
    within: list[Phrase] = []
    relations: list[Relation] = []
    clauses = _with_targets_before(read)
    last_listed = max((at for at, clause in enumerate(clauses) if clause.listed), default=-1)
    clauses = _with_listed_targets(clauses, last_listed)
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
        tuple(dict.fromkeys(map(written, heads))),
        tuple(dict.fromkeys(map(written, within))),
        (*relations, *more),
    )


class _Reader:
    """Reads one clause at a time."""

    def __init__(self, grammar: Grammar, gazetteer: Gazetteer) -> None:
        self.grammar = grammar
        self._gazetteer = gazetteer

    def is_one_name(self, text: str) -> bool:
        """Whether a text is plainly one name: only words, a name, and no word of the grammar."""
        if len(text) > LONGEST_TEXT or not _ONLY_WORDS.fullmatch(text):
            return False
        words = tokens(text)
        return (
            self.grammar.joining.isdisjoint(words)
            and self._unmasked(words) == words
            and len(words) == len(_BETWEEN_WORDS.split(text))
            and self._is_name(words)
        )

    def clause(self, words: Phrase) -> _Clause:
        """Names and relations of one clause."""
        words, sides = self._sides(self._zero_points(words))
        mention = line_mention(words, self.grammar)
        if mention:
            start, end, line = mention
            clause = self._about_line(words[:start], words[end:], line)
        else:
            clause = self._plain_clause(self._unmasked(words))
        return replace(clause, within=clause.within + sides)

    def _without_next(self, words: Phrase) -> tuple[Phrase, tuple[Relation, ...]]:
        """A landmark's words up to the next relation, and that ("12 km from X near Y")."""
        start, relation, _ = self._relation(words)
        if relation is None or not self.grammar.words.strip(self._plain(words[:start]))[0]:
            return words, ()
        return words[:start], self._plain_clause(words[start:]).relations

    def _zero_points(self, words: Phrase) -> Phrase:
        """With a crossing where "zero point" stands after a name ("Torkham zero point")."""
        line = self.grammar.line
        for at in range(1, len(words)):
            size = matched(words, at, line["zero"])
            if size and (words[at - 1],) not in line["before"] | line["adjectives"]:
                return (*words[:at], "crossing", *words[at + size :])
        return words

    def _sides(self, words: Phrase) -> tuple[Phrase, tuple[Phrase, ...]]:
        """Without "on the Afghan side of", and the country that it means."""
        for at in range(len(words) - 1):
            country = {"afghan": "Afghanistan", "pakistani": "Pakistan"}.get(words[at])
            if country and words[at + 1] == "side":
                end = at + 2 + (words[at + 2 : at + 3] == ("of",))
                start = at - (words[at - 1 : at] == ("the",))
                start -= words[max(start - 1, 0) : start] in {("on",), ("from",), ("to",)}
                return (*words[:start], *words[end:]), ((_Word.of(country.casefold(), country),),)
        return words, ()

    def _about_line(self, before: Phrase, after: Phrase, line: Relation) -> _Clause:
        """A clause that speaks of the line: what stands after it is what the stretch lies in."""
        possessed = before[-1:] and before[-1] in self.grammar.possessor_first
        if possessed and not before[-1].isascii():  # "کرم کے سرحدی علاقے"
            before, after = after, before[:-1]
        across = after[:1] == ("with",)
        head = self._plain_clause(self._unmasked(before))
        rest = self._plain_clause(self._unmasked(after[across:]))
        names = rest.heads + rest.within
        relations = tuple(r for r in rest.relations if r.targets)
        targets = rest.heads if len(rest.heads) > 1 or across else names[:1]
        within = rest.within if len(rest.heads) > 1 or across else names
        if not relations:
            bare = len(targets) == 2 and line.text.split()[-1].casefold() in {"border", "boundary"}
            kind = "border" if bare and not across else line.kind  # "border of A and B"
            line = replace(line, kind=kind, targets=tuple(map(written, targets)))
        return replace(
            head, within=head.within + within, relations=(*head.relations, line, *relations)
        )

    def _plain_clause(self, words: Phrase) -> _Clause:
        if self._is_plain_name(words):
            return _Clause((self._plain(words),), (), (), listed=False)
        start, relation, after = self._relation(words)
        pieces = self._pieces(words[:start])
        relations: tuple[Relation, ...] = ()
        more: tuple[Relation, ...] = ()
        if relation:
            after, more = self._without_next(after)
            target, *rest = self._pieces(after) or [()]
            if not target and pieces and relation.kind != "between" and not words[0].isascii():
                target, pieces = pieces[0], pieces[1:]  # "X سے 12 کلومیٹر شمال میں"
                rest, pieces = pieces, []
            targets = self._listed(target) if target else ()
            found = self._with_targets(relation, targets, words[start:])
            relations = (found, *more) if found else more
            pieces += rest
        heads = self._listed(pieces[0]) if pieces else ()
        listed = len(heads) > 1 or words[:1] in {(word,) for word in self.grammar.lists}
        return _Clause(heads, tuple(pieces[1:]), relations, listed=listed)

    def _unmasked(self, words: Phrase) -> Phrase:
        """Without the phrases that are never places (organisations, "Durand Line")."""
        masks = self._gazetteer.masks
        if masks.keys().isdisjoint(words):
            return words
        kept: list[str] = []
        at = 0
        while at < len(words):
            starting = masks.get(words[at], ())
            mask = next((one for one in starting if words[at : at + len(one)] == one), ())
            if mask:
                at += len(mask)
            else:
                kept.append(words[at])
                at += 1
        return tuple(kept)

    def _plain(self, words: Phrase) -> Phrase:
        """Without dashes, and the postpositions that Urdu, Pashto and Dari put around a name."""
        kept = [word for word in words if word != DASH]
        while kept and kept[-1] in self.grammar.joins and not kept[-1].isascii():
            kept.pop()
        while kept and kept[0] in self.grammar.joins and not kept[0].isascii():
            kept.pop(0)
        return tuple(kept)

    def _is_name(self, words: Phrase) -> bool:
        return bool(words) and bool(found(self._gazetteer, tuple(map(str, self._plain(words)))))

    def _is_plain_name(self, words: Phrase) -> bool:
        """Whether words are one name, with no "of" or "in" that could part them."""
        joints = self.grammar.containment | self.grammar.possessor_first
        return joints.isdisjoint(words) and self._is_name(words)

    def _is_exact(self, words: Phrase, *, unit: bool = False) -> bool:
        """Whether words are a name, or the name of a unit, letter by letter."""
        hits = found(self._gazetteer, tuple(map(str, self._plain(words))))
        return any(
            (hit.entry.members or hit.entry.subkind == "tehsil" or not unit)
            and not hit.how.startswith("folded")
            for hit in hits
        )

    def _relation(self, words: Phrase) -> tuple[int, Relation | None, Phrase]:
        """Where the first relation starts, what it says, and the words of its target."""
        for at in range(len(words)):
            found = distance_at(words, at, self.grammar) or direction_at(words, at, self.grammar)
            if found:
                return at, found[0], words[found[1] :]
            size = matched(words, at, self.grammar.relations)
            if size:
                kind = self.grammar.relations[words[at : at + size]]
                return at, Relation(kind, (), ""), words[at + size :]
        return len(words), None, ()

    @staticmethod
    def _with_targets(
        relation: Relation, targets: tuple[Phrase, ...], words: Phrase
    ) -> Relation | None:
        """A relation with its landmarks; one without any may be that of the clause before."""
        if not targets and relation.kind not in {"from", "near"}:
            return None
        return replace(relation, targets=tuple(map(written, targets)), text=written(words))

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
        words = self._plain(words)
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
