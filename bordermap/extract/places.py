"""Names put together to the places that a sentence tells, placed as the geocoder does it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bordermap.border import Border
from bordermap.extract.lexicon import phrases, single
from bordermap.extract.names import Mention
from bordermap.extract.sentences import Sentence
from bordermap.gazetteer import Gazetteer
from bordermap.geocode.context import Record, nested
from bordermap.geocode.resolve import Placement, Resolver

__all__ = ["RANKS", "Locus", "Places"]

RANKS = ("spot", "district", "province", "country")
BORROWED = "place_from_context"
"""The flag of a place that comes from elsewhere in the text than what is told of it."""

_UNITS = {"district": "district", "province": "province", "country": "country"}
_KIND_WORDS = {
    "district": ("district", "districts", "agency", "tribal district", "tribal agency"),
    "province": ("province", "provinces"),
}
_LOCAL_KINDS = {
    "district": frozenset(["ولسوالي", "ولسوالی", "ولسوالۍ", "ضلع", "ضلعے", "ایجنسی"]),
    "province": frozenset(["ولایت", "صوبے", "صوبه", "استان"]),
}
_NUMBER = (
    r"(?:\d[\d.,]*|a few|few|several|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty"
    r"|thirty|forty|fifty)"
)
_DIRECTION = r"(?:(?:north|south)(?:[- ]?(?:east|west))?|east|west)(?:ern|ward)?"
_ABOUT = (
    r"(?:(?:about|some|around|nearly|roughly|approximately|just|less than|more than|up to|within"
    r"|over|barely|only)\s+)?"
)
_UNIT = r"(?:km|kms|kilomet(?:er|re)s?|miles?|met(?:er|re)s?)"
_FAR = (
    rf"{_ABOUT}{_NUMBER}[\s-]*{_UNIT}(?:\s+to)?(?:\s+the)?(?:\s+{_DIRECTION})?"
    r"\s+(?:of|from|inside|off|away from|outside)"
)
_LINE = (
    r"(?:(?:near|along|at|on|close to|across|by)\s+)?the\s+(?:[\w-]+\s+)?"
    r"(?:border|frontier|durand line|zero line|zero point)"
    r"(?:\s+(?:area|areas|region|regions|belt|line))?"
    r"(?:\s+with\s+(?:afghanistan|pakistan))?\s+(?:in|of|at|near|between|inside)"
)
_RELATION = re.compile(
    rf"(?:{_FAR}|{_ABOUT}{_DIRECTION}\s+of|near|close\s+to|next\s+to|outside|opposite|adjacent\s+to"
    rf"|across\s+from|just\s+outside|on\s+the\s+outskirts\s+of|the\s+outskirts\s+of|facing|between|{_LINE})"
    r"(?:\s+the)?(?:\s+(?:town|city|village|area|districts?|outskirts|border\s+town)\s+of)?\s*$",
    re.IGNORECASE,
)
_FROM_TOWN = re.compile(
    rf"{_FAR}\s+((?:the|this|that)\s+(?:town|city|village|bazaar|district\s+headquarters))\b(?!\s+of)",
    re.IGNORECASE,
)
_LOCAL_RELATION = re.compile(
    r"(?:(?:د|له|از|سے)\s+)?(?:\d+\s+(?:کیلو\S+|کلو\S+|میل)\s*(?:\S+\s+){0,3}|نزدیک\s+|نږدې\s+|قریب\s+|بین\s+)$"
)
_LISTING = frozenset({"and", "or", "او", "و", "اور"})
MOST_LINKS = 5
"""Words between two names of one place, at most."""

CONTEXT_BEFORE, CONTEXT_AFTER = 4, 2
"""So many sentences around may tell what a village lies in."""


@dataclass(frozen=True, slots=True)
class Locus:
    """A place that a sentence tells.

    Attributes
    ----------
    first, last : int
        Words of the sentence: from ``first`` up to ``last``.
    start, end : int
        Characters of the document.
    record : Record
        What goes into the columns ``place``, ``district``, ``province`` and ``country``.
    rank : str
        One of :data:`RANKS`: how small the thing is that it names.
    flags : frozenset of str
        Words of ``DRAFT_FLAGS``.
    placement : Placement
        What the geocoder makes of it.
    crossing : bool
        Whether a crossing has the name.
    """

    first: int
    last: int
    start: int
    end: int
    record: Record
    rank: str
    flags: frozenset[str] = frozenset()
    placement: Placement = field(default_factory=Placement)
    crossing: bool = False

    @property
    def is_borrowed(self) -> bool:
        """Whether it comes from elsewhere in the text than what is told of it."""
        return BORROWED in self.flags

    def borrowed(self) -> Locus:
        """The same place, told of something else in the text."""
        return replace(self, flags=self.flags | {BORROWED})


@dataclass(frozen=True, slots=True)
class _Chain:
    """Names that tell one place: leaves, then what they lie in."""

    mentions: tuple[Mention, ...]
    leaves: int
    related: bool


class Places:
    """Puts names together and places them; what it learns serves the next text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._resolver = Resolver(gazetteer, Border.load())
        self._placed: dict[Record, Placement] = {}

    @staticmethod
    @lru_cache(maxsize=4)
    def of(gazetteer: Gazetteer) -> Places:
        """The one for a gazetteer."""
        return Places(gazetteer)

    def placement(self, record: Record) -> Placement:
        """What the geocoder makes of a record."""
        if record not in self._placed:
            if len(self._placed) > 20_000:
                self._placed.clear()
            self._placed[record] = self._resolver.place([record])[0]
        return self._placed[record]

    def loci(self, sentence: Sentence, mentions: Sequence[Mention], text: str) -> list[Locus]:
        """The places that a sentence tells, in the order of its words."""
        used = [m for m in mentions if m.role == "place" or _is_owner(m)]
        return [self._locus(sentence, chain, text) for chain in _chains(sentence, used, text)]

    def spoken(self, sentence: Sentence, mentions: Sequence[Mention], text: str) -> Locus | None:
        """The place of those who speak, where a sentence names no other."""
        used = [replace(m, role="place") for m in mentions if m.role == "spoken"]
        found = [self._locus(sentence, chain, text) for chain in _chains(sentence, used, text)]
        return found[0] if len(found) == 1 and found[0].rank != "country" else None

    def counted_from(self, sentence: Sentence, names: Sequence[Mention], text: str) -> Locus | None:
        """A distance from a place named before: "20 km south of the town"."""
        match = _FROM_TOWN.search(text, sentence.start, sentence.end)
        before = [m for m in names if match and m.end <= match.start() and m.hits]
        if match is None or not before:
            return None
        away = text[match.start() : match.start(1)].strip()
        record = Record(place=f"{_written(away)} {before[-1].name}")
        first = next(n for n, word in enumerate(sentence.words) if word.end > match.start())
        last = next(
            (n for n, w in enumerate(sentence.words) if w.start >= match.end()), len(sentence.words)
        )
        flags, placed = frozenset({BORROWED}), self.placement(record)
        return Locus(first, last, match.start(), match.end(), record, "spot", flags, placed)

    def _locus(self, sentence: Sentence, chain: _Chain, text: str) -> Locus:
        leaves, within = chain.mentions[: chain.leaves], chain.mentions[chain.leaves :]
        start = _relation_start(sentence, leaves[0], text)
        related = chain.related or start < leaves[0].start
        flags = set()
        if len(leaves) > 1 and not related:
            flags.add("several_places")
        columns = _columns(within)
        units = [_unit_of(leaf, head=True) for leaf in leaves]
        rank = units[0] or "spot"
        if len(leaves) == 1 and units[0] and not related:
            columns.setdefault(units[0], leaves[0].name)
        else:
            columns["place"] = _written(text[start : leaves[-1].end])
            rank = rank if not related else "spot"
        record = Record(**columns)
        placement = self.placement(record)
        if related and placement.located_by == "none" and len(leaves) == 1:
            # "near Spin Boldak", which may be the town or the district: the name itself says more
            record = replace(record, place=_written(text[leaves[0].start : leaves[0].end]))
            placement = self.placement(record)
        road = leaves[0].kind in {"road", "highway"} and not related
        lost = placement.located_by in {"none", "country"} or road
        if len(leaves) == 1 and record.place and leaves[0].hits and lost:
            named = replace(record, place=leaves[0].name)  # "Sadda bazaar", "Angoor Adda road"
            bare = self.placement(named)
            if bare.located_by != "none" or placement.status == "unplaced":
                record, placement = named, bare
        local = not sentence.words[leaves[0].first].latin
        if (related or local) and len(leaves) > 1 and placement.located_by == "none":
            record = replace(record, place=leaves[0].name)  # "the Wana-Angoor Adda road"
            placement = self.placement(record)
            flags.add("several_places")
        if placement.status == "ambiguous" and units[0] in columns and leaves[0].kind:
            whole = _written(text[leaves[0].start : leaves[0].end])  # "Mohmand district"
            record = replace(record, **{units[0]: whole})
            placement = self.placement(record)
        street = (
            leaves[0].kind in {"road", "highway"}
            and text[leaves[0].end - 4 : leaves[0].end] == "Road"
        )
        if street and len(leaves) == 1 and not within:
            flags.add("ambiguous_place")  # a street is named for where it leads
        if any(not leaf.hits for leaf in leaves) and placement.located_by != "relative":
            flags.add("place_unknown")
        first = next((n for n, w in enumerate(sentence.words) if w.start >= start), 0)
        last = max(m.last for m in chain.mentions)
        end = max(m.end for m in chain.mentions)
        first = min(first, *(m.first for m in chain.mentions))
        start = min(start, *(m.start for m in chain.mentions))
        crossing = any(hit.entry.kind == "crossing" for leaf in leaves for hit in leaf.hits)
        return Locus(first, last, start, end, record, rank, frozenset(flags), placement, crossing)

    def settled(self, locus: Locus, units: Sequence[Locus], home: str = "") -> Locus:
        """A place with what the text around tells of where it lies.

        Parameters
        ----------
        locus : Locus
        units : sequence of Locus
            Places of the sentences around, the nearest first.
        home : str
            Country of the dateline, or empty.
        """
        locus = self._at_home(locus, home)
        placed = locus.placement
        doubtful = placed.status in {"ambiguous", "unplaced"} or placed.located_by == "none"
        unknown = "place_unknown" in locus.flags and not _has_unit(locus.record)
        if not (doubtful or unknown):
            return _flagged(locus)
        for unit in units:
            record = _joined(locus.record, unit.record)
            if record is None:
                continue
            found = self.placement(record)
            if found.located_by == "none" or found.status in {"ambiguous", "unplaced"}:
                continue
            if "outside" in found.note and not unknown and placed.status != "ambiguous":
                continue
            return _flagged(replace(locus.borrowed(), record=record, placement=found))
        return _flagged(self._in_country(locus, home))

    def _at_home(self, locus: Locus, home: str) -> Locus:
        """A bare name that means a place abroad, where the dateline's country has one as well."""
        record = locus.record
        bare = record.place and not (_has_unit(record) or record.country)
        entry = self._gazetteer.entry(locus.placement.place_id) if bare and home else None
        abroad = {"Afghanistan": "PK", "Pakistan": "AF"}.get(home)
        if entry is None or entry.country != abroad:
            return locus
        at_home = replace(record, country=home)
        placement = self.placement(at_home)
        if (
            placement.located_by == "none"
            or placement.status in {"ambiguous", "unplaced"}
            or "outside" in placement.note
        ):
            return locus
        return replace(locus.borrowed(), record=at_home, placement=placement)

    def _in_country(self, locus: Locus, home: str) -> Locus:
        """A name that only one country has, or that of the dateline's country."""
        if locus.placement.located_by != "none" or locus.record.country:
            return locus
        found = {}
        for country in ("Afghanistan", "Pakistan"):
            record = replace(locus.record, country=country)
            placement = self.placement(record)
            sure = placement.status not in {"ambiguous", "unplaced"}
            if sure and placement.located_by not in {"none", "country"}:
                found[country] = replace(locus, record=record, placement=placement)
        chosen = home if home in found else next(iter(found), "")
        if not chosen:
            return locus
        flags = locus.flags | {BORROWED}
        if len(found) > 1 or locus.placement.status == "ambiguous":
            flags |= {"ambiguous_place"}
        return replace(found[chosen], flags=flags)


def _flagged(locus: Locus) -> Locus:
    """A place with a flag where it stays doubtful."""
    placed, flags = locus.placement, set(locus.flags)
    if placed.status == "ambiguous":
        flags.add("ambiguous_place")
    elif placed.located_by == "none" or placed.status == "unplaced":
        flags.add("place_unknown")
    return replace(locus, flags=frozenset(flags))


def _has_unit(record: Record) -> bool:
    return bool(record.district or record.province)


def _joined(record: Record, unit: Record) -> Record | None:
    """A record that also says what a place around it says; None where it has that already."""
    if unit.place and not _has_unit(unit):
        return None
    district = record.district or ("" if record.province else unit.district)
    province = record.province or unit.province
    country = record.country or unit.country
    joined = Record(record.place, district, province, country)
    return joined if joined != record and _has_unit(joined) else None


def _is_owner(mention: Mention) -> bool:
    """Whether a country owns the name behind it: "Afghanistan's Khost Province"."""
    return (
        mention.role == "attribute"
        and bool(mention.hits)
        and mention.end - mention.start > len(mention.name)
    )


def _written(text: str) -> str:
    """A place as the report wrote it, on one line, without an article before it."""
    line = re.sub(r"['\u2019]s$", "", " ".join(text.split()))
    return line[4:] if line[:4].casefold() == "the " else line


def _unit_of(mention: Mention, *, head: bool) -> str:
    """``district``, ``province`` or ``country`` where a name is that of a unit, else empty."""
    for unit, words in _KIND_WORDS.items():
        if mention.kind in words or mention.kind in _LOCAL_KINDS[unit]:
            return unit
    if mention.kind and mention.kind != "site":
        return ""
    best = max((hit.score for hit in mention.hits), default=0.0)
    kinds = [hit.entry.kind for hit in mention.hits if hit.score >= best - 0.1]
    if head and any(kind in {"place", "crossing"} for kind in kinds):
        return ""
    for kind in ("country", "province", "district"):
        if kind in kinds:
            return _UNITS[kind]
    return ""


def _columns(within: Sequence[Mention]) -> dict[str, str]:
    """Columns from the names of what a place lies in; one that fits none is left out."""
    columns: dict[str, str] = {}
    for mention in within:
        unit = _unit_of(mention, head=False)
        if not unit and "district" not in columns:
            unit = "district"
        if unit and unit not in columns:
            columns[unit] = mention.name
    return columns


def _chains(sentence: Sentence, mentions: Sequence[Mention], text: str) -> Iterator[_Chain]:
    """Runs of names that tell one place."""
    at = 0
    while at < len(mentions):
        chain, at = _chain(sentence, mentions, at, text)
        if chain:
            yield chain


def _chain(
    sentence: Sentence, mentions: Sequence[Mention], at: int, text: str
) -> tuple[_Chain | None, int]:
    run = [mentions[at]]
    how: list[str] = []
    while at + len(run) < len(mentions):
        link = _link(sentence, run[-1], mentions[at + len(run)], text)
        if not link:
            break
        if link == "list" and "in" in how:
            break  # "Spera, Khost, and Barmal": a list of places with their units
        run.append(mentions[at + len(run)])
        how.append(link)
    after = at + len(run)
    if len(run) == 1 and _is_owner(run[0]) and run[0].role == "attribute":
        return None, after
    return _ordered(run, how), after


def _ordered(run: list[Mention], how: list[str]) -> _Chain:
    """Leaves first; in "Khost's Spera district" the unit stands before."""
    related = "relation" in how
    split = len(how) - how[::-1].index("owner") if "owner" in how else 0
    owners, rest, how = run[:split], run[split:], how[split:]
    last = max((n for n, link in enumerate(how, 1) if link in {"list", "relation"}), default=0)
    return _Chain((*rest, *owners[::-1]), last + 1, related)


def _link(sentence: Sentence, one: Mention, other: Mention, text: str) -> str:
    """How a name goes on to the next: ``in``, ``list``, ``relation``, ``owner``, or not at all."""
    words = sentence.words[one.last : other.first]
    gaps = {word.gap for word in (*words, sentence.words[other.first])}
    if not gaps <= {"", ",", "-", "\u2013", "\u060c", "(", "/"} or len(words) > 12:
        return ""
    if not words and gaps <= {"-", "\u2013", "/"}:
        return _marked_link(one, other, text[one.end : other.start])
    between = sentence.forms[one.last : other.first]
    if not sentence.words[one.first].latin:
        return _local_link(between, gaps, one, other)
    if sentence.words[one.last - 1].owns:
        free = phrases("roles", "kinds", "adjectives")
        return "owner" if all(free.at(between, n) for n in range(len(between))) else ""
    return _latin_link(between, one, other, text)


def _marked_link(one: Mention, other: Mention, mark: str) -> str:
    """How a name goes on over a dash or a stroke alone."""
    if mark == "/":
        return "owner" if _lies_in(other, one) else "list"  # "Khost/Sabari"
    if " " not in mark:
        return "relation"  # "the Wana-Angoor Adda road"
    return "in" if _lies_in(one, other) else "list"


def _latin_link(between: Sequence[str], one: Mention, other: Mention, text: str) -> str:
    if between and _RELATION.fullmatch(text[one.end : other.start].lstrip(" ,")):
        return "relation"
    if between and set(between) <= _UNIT_WORDS:
        return "in"  # "Muslim Bagh, district Killa Saifullah"
    if not between or set(between) <= _LISTING:
        return _listed_link(one, other, joined=bool(between))
    return "in" if _is_link(between) else ""


def _listed_link(one: Mention, other: Mention, *, joined: bool) -> str:
    """How two names with a comma, or with "and", between them go together."""
    if joined or _same_rank(one, other):
        return "list"
    wide, narrow = (RANKS.index(_unit_of(m, head=False) or "spot") for m in (one, other))
    if wide > narrow and _lies_in(other, one):
        return "owner"  # "Khost, Sabari: bomb explodes"
    if _lies_in(one, other):
        return "in"
    return "in" if _unit_of(other, head=False) and not _unit_of(one, head=True) else "list"


_UNIT_WORDS = frozenset({"district", "tehsil", "agency", "province", "subdivision"})


def _lies_in(one: Mention, other: Mention) -> bool:
    """Whether the first of two names may lie in the second."""
    if not one.hits:
        return True
    units = [hit.entry for hit in other.hits if hit.entry.kind not in {"place", "crossing"}]
    return any(nested(hit.entry, unit) for hit in one.hits[:4] for unit in units[:4])


def _same_rank(one: Mention, other: Mention) -> bool:
    return bool(_unit_of(one, head=False)) and _unit_of(one, head=False) == _unit_of(
        other, head=False
    )


def _is_link(between: Sequence[str]) -> bool:
    """Whether words only lead from a name to what it lies in."""
    free = phrases("roles", "kinds", "adjectives")
    kinds = phrases("roles", "kinds", "after")
    if len(between) > MOST_LINKS or not single("links") & set(between):
        return False
    return all(
        word in single("links") or free.at(between, n) or kinds.at(between, n) or word == "border"
        for n, word in enumerate(between)
    )


def _local_link(between: Sequence[str], gaps: set[str], one: Mention, other: Mention) -> str:
    if len(between) > 3:
        return ""
    if set(between) & _LISTING or ("\u060c" in gaps and not between):
        return "list"
    if not set(between) <= single("local_links"):
        return ""
    ranks = [RANKS.index(_unit_of(m, head=False) or "spot") for m in (one, other)]
    return "owner" if ranks[0] > ranks[1] else "in" if ranks[0] < ranks[1] else ""


def _relation_start(sentence: Sentence, leaf: Mention, text: str) -> int:
    """Where the words begin that set a place off from a landmark: "20 km north of"."""
    if leaf.kind == "site":
        return leaf.start
    before = text[max(sentence.start, leaf.start - 90) : leaf.start]
    local = not sentence.words[leaf.first].latin
    match = (_LOCAL_RELATION if local else _RELATION).search(before)
    if match is None or not match[0].strip():
        return leaf.start
    return leaf.start - len(before) + match.start() + len(match[0]) - len(match[0].lstrip())
