"""Names of places in a sentence, and how each is used: a place, a government, a person, a force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bordermap.extract.lexicon import Phrases, listed, phrases, table
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import Word, forms
from bordermap.gazetteer import Gazetteer, Hit
from bordermap.geocode.lookup import found

__all__ = ["ROLES", "Mention", "mentions_of"]

ROLES = ("place", "origin", "spoken", "attribute", "metonym", "dateline", "organisation", "person")
"""``origin``: where somebody came from or was brought to; ``spoken``: where somebody spoke;
``attribute``: "the Kunar governor"; ``metonym``: a government by its capital."""

LONGEST = 5
_JOINTS = frozenset({"e", "i", "o", "wa", "va", "ul", "al", "da", "de", "la"})
_FUNCTION = frozenset(
    "the a an in on at of to from by for with and or but as after before when while since during"
    " near over under into between across both all some most many no if this that these those its"
    " his her their our also however meanwhile earlier later at least more than about around two"
    " three four five six seven eight nine ten several dozens officials police residents security"
    " one another local despite following amid according militants gunmen unidentified unknown"
    " suspected army troops soldiers protesters people villagers inside outside along off via"
    " there here he she it they we i you who what where how why upper lower greater".split()
)
_DIRECTIONS = frozenset(
    "north south east west northern southern eastern western central upper lower northeast"
    " northwest southeast southwest northeastern northwestern southeastern southwestern".split()
)
_NATIONS = frozenset(
    "afghan pakistani american us usa pashtun baloch pak indian iranian nato un uk british".split()
)
_INSIDE = frozenset({"in", "at", "near", "inside", "outside", "across", "around", "into", "within"})
_COUNTRY = frozenset({"in", "inside", "into", "within", "across"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence.

    Attributes
    ----------
    first, last : int
        Words of the sentence: from ``first`` up to ``last``, the word of kind included.
    start, end : int
        Characters of the document.
    name : str
        As written, without the word of kind behind it.
    role : str
        One of :data:`ROLES`.
    hits : tuple of Hit
        What it may mean; empty for a name that a word of kind tells for a place, and that the
        gazetteer does not have.
    kind : str
        The word of kind, or empty.
    """

    first: int
    last: int
    start: int
    end: int
    name: str
    role: str
    hits: tuple[Hit, ...]
    kind: str = ""


@cache
def _kinds() -> Phrases[bool]:
    return phrases("roles", "kinds", "after")


@cache
def _kind_words() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "kinds", "after") for form in forms(text))


@cache
def _not_names() -> frozenset[tuple[str, ...]]:
    return frozenset(map(forms, listed("roles", "not_names")))


@cache
def _actor_words() -> frozenset[str]:
    """Words of parties' names: no part of a name of a place."""
    rows = table("actors")["actor"]
    return frozenset(form for row in rows for name in row["names"] for form in forms(name))


@cache
def _months() -> frozenset[str]:
    names = table("days")
    days = [name for row in names["weekdays"]["en"] for name in row]
    return frozenset([*(name for row in names["months"]["names"] for name in row), *days])


class _Finder:
    """Finds the names of one sentence."""

    def __init__(self, sentence: Sentence, gazetteer: Gazetteer) -> None:
        self.words: list[Word] = sentence.words
        self.forms: list[str] = sentence.forms
        self.sentence = sentence
        self.gazetteer = gazetteer
        self.blocked = self._masked()
        self.told = -1  # where the last place ended
        self.shouting = sum(w.text.isupper() for w in self.words) > len(self.words) // 2

    def _masked(self) -> set[int]:
        """Words of phrases that are never places."""
        masks = self.gazetteer.masks
        blocked: set[int] = set()
        for at, form in enumerate(self.forms):
            for mask in masks.get(form, ()):
                if tuple(self.forms[at : at + len(mask)]) == mask:
                    blocked.update(range(at, at + len(mask)))
                    break
        return blocked

    def all(self) -> Iterator[Mention]:
        at = 0
        while at < len(self.words):
            mention = None
            if at not in self.blocked:
                latin = self.words[at].latin
                mention = self._latin(at) if latin else self._local(at)
            if mention is None:
                at += 1
            else:
                yield mention
                at = mention.last
                self.told = at if mention.role == "place" else -1

    # Names in Latin letters begin with a capital.

    def _latin(self, at: int) -> Mention | None:
        word = self.words[at]
        if not word.capital or word.form[0].isdecimal():
            return None
        if word.form in _FUNCTION and at == 0:
            return None
        for size in range(min(LONGEST, len(self.words) - at), 0, -1):
            end = at + size
            if not self._is_run(at, end):
                continue
            hits = self._hits(at, end)
            if hits:
                bare = self._hits(at, end - 1) if self._ends_in_kind(at, end) else ()
                return self._mention(at, end - 1 if bare else end, bare or hits)
        return self._unknown(at)

    def _ends_in_kind(self, start: int, end: int) -> bool:
        """Whether the last word of a name only tells its kind: "Khost Province"."""
        return end - start > 1 and self.forms[end - 1] in _kind_words()

    def _is_run(self, start: int, end: int) -> bool:
        """Whether words can be one name."""
        words = self.words[start:end]
        if any(at in self.blocked for at in range(start, end)):
            return False
        pairs = zip(words, words[1:], strict=False)
        if not all(self._goes_on(one, other) for one, other in pairs) or not words[-1].capital:
            return False
        if any(word.owns for word in words[:-1]):
            return False
        return all(word.capital or word.form in _JOINTS for word in words)

    @staticmethod
    def _goes_on(one: Word, other: Word) -> bool:
        """Whether a name may go on over what stands between two words ("N. Waziristan")."""
        return other.gap in {"", "-", "\u2013"} or (other.gap == "." and len(one.text) == 1)

    def _hits(self, start: int, end: int) -> tuple[Hit, ...]:
        name = tuple(self.forms[start:end])
        told = self._is_placed(start) or self._is_listed(start)
        if name in _not_names() and not self._is_backed(start, end):
            hits = found(self.gazetteer, name) if told and self._apart(start, end) else ()
            return () if name[0] in _months() else tuple(h for h in hits if h.how == "name")
        if len(name) == 1 and (len(name[0]) < 3 or name[0] in _months() or name[0] in _NATIONS):
            return () if name[0] != "kp" else found(self.gazetteer, name)
        if name[0] in _NATIONS or (name[0] in _FUNCTION and name[0] not in _DIRECTIONS):
            return ()
        hits = found(self.gazetteer, name)
        if not hits and told and self._apart(start, end):
            hits = found(self.gazetteer, name, unit=True)
        if hits and all(hit.how.startswith("folded") for hit in hits) and len(name) == 1:
            return hits if self._is_backed(start, end) or told else ()
        return hits

    def _is_listed(self, start: int) -> bool:
        """Whether a name goes on with a list of places."""
        joined = start and self.forms[start - 1] in {"and", "or"}
        return self.told >= 0 and self.told == (start - 1 if joined else start)

    def _is_backed(self, start: int, end: int) -> bool:
        """Whether a word of kind stands beside a name."""
        if _kinds().at(self.forms, end):
            return not (end < len(self.words) and self.words[end].gap)
        before = self.forms[start - 2 : start]
        return before in ([kind, "of"] for kind in ("district", "village", "town", "province"))

    def _is_placed(self, start: int) -> bool:
        """Whether a word that tells a place stands before a name."""
        at = start - 1
        adjectives = phrases("roles", "kinds", "adjectives")
        for _ in range(3):
            if at >= 0 and adjectives.ending(self.forms, at + 1) and not self.words[at + 1].gap:
                at -= 1
        return at >= 0 and self.forms[at] in _INSIDE and not self.words[at + 1].gap

    def _apart(self, start: int, end: int) -> bool:
        """Whether no other capitalised word stands beside a name."""
        after = self.words[end] if end < len(self.words) else None
        return not (after and after.capital and not after.gap)

    def _mention(self, start: int, end: int, hits: tuple[Hit, ...]) -> Mention | None:
        last, kind = self._with_kind(end)
        role = self._role(start, end, last, kind, hits)
        if role is None:
            return None
        if role == "place" and not kind and self._is_site(start, last):
            kind = "site"
        name = self._text(start, end)
        span = self.words[start].start, self.words[last - 1].end
        return Mention(start, last, *span, name, role, hits, kind)

    def _with_kind(self, end: int) -> tuple[int, str]:
        """The end of a name with the words of kind behind it."""
        if end >= len(self.words) or self.words[end].gap not in {"", "-"}:
            return end, ""
        found_ = _kinds().at(self.forms, end)
        if found_ is None or self.words[end - 1].owns:
            return end, ""
        return found_.end, " ".join(self.forms[end : found_.end])

    def _text(self, start: int, end: int) -> str:
        words = self.words[start:end]
        gaps = ["", *(word.gap.replace(".", ". ") or " " for word in words[1:])]
        return "".join(gap + word.text for gap, word in zip(gaps, words, strict=True))

    def _unknown(self, at: int) -> Mention | None:
        """A name that a word of kind behind it tells for a place: "Gora Prai checkpost"."""
        if at and self.words[at - 1].capital and not self.words[at].gap and at - 1 not in self.blocked:
            before = self.forms[at - 1]
            if before not in _FUNCTION | _NATIONS | _DIRECTIONS:
                return None
        for end in range(min(len(self.words), at + LONGEST), at, -1):
            if not self._is_run(at, end) or any(
                form in _actor_words() | _months() | _NATIONS | _FUNCTION
                for form in self.forms[at:end]
            ):
                continue
            last, kind = self._with_kind(end)
            bare = self._text(at, end)
            if not kind or self._generic(at, end) or (at == 0 and end == 1):
                continue
            span = self.words[at].start, self.words[last - 1].end
            return Mention(at, last, *span, bare, "place", (), kind)
        return None

    def _generic(self, start: int, end: int) -> bool:
        """Whether a name is made of common words only, or of an organisation."""
        institutions = phrases("roles", "institutions")
        named = self.forms[start:end]
        return institutions.any(named) or all(
            form in _DIRECTIONS or _kinds().at([form], 0) for form in named
        )

    # How a name is used.

    def _role(
        self, start: int, end: int, last: int, kind: str, hits: tuple[Hit, ...]
    ) -> str | None:
        if self.sentence.role == "dateline":
            return "dateline"
        part = self._as_part(start, end, last, kind)
        if part:
            return part
        country = all(hit.entry.kind == "country" for hit in hits)
        speaks = phrases("roles", "capitals").any(self.forms[start:end])
        if country:
            return self._country_role(start, last)
        if speaks and not kind and not self._is_placed(start):
            return "metonym"
        return self._moved(start, last)

    def _country_role(self, start: int, last: int) -> str:
        if self.words[last - 1].owns:
            return "attribute"
        before = self.forms[start - 1] if start else ""
        if before in _COUNTRY or before in _DIRECTIONS:
            return self._moved(start, last)
        if self.words[start].gap == "," and start == self.told:
            return "place"
        return "origin" if before in {"from", "to"} else "metonym"

    def _as_part(self, start: int, end: int, last: int, kind: str) -> str | None:
        """Organisation, person or attribute, by the capitalised words beside a name."""
        left, right = self._beside_left(start), self._beside_right(last)
        beside = [*self.forms[left:start], *self.forms[last:right]]
        joined = self.forms[max(0, left - 4) : start]
        institutions = phrases("roles", "institutions")
        if institutions.any(beside) and not (kind and not institutions.any(self.forms[last:right])):
            return "place" if self._is_site(start, last) else "organisation"
        if joined[-1:] in (["of"], ["for"]) and self._institution_before(start):
            return "organisation"
        if self._title_before(left):
            return None if kind else "person"
        if phrases("roles", "tails").at(self.forms, last):
            return "attribute" if self.words[last].gap == "-" else None
        if left < start and not kind:
            return "person"
        if last < right:
            if phrases("roles", "titles").at(self.forms, last):
                return "attribute"
            return "person" if not kind and not self._is_placed(start) else "place"
        titles = phrases("roles", "titles").at(self.forms, last)
        if titles and not self.words[last].gap and not self.words[last - 1].owns:
            return "attribute"
        return "attribute" if titles and not self.words[last].gap else None

    def _is_site(self, start: int, last: int) -> bool:
        """Whether something stands at an institution: "outside the Peshawar Press Club"."""
        placed = self._is_placed(start) or self.forms[max(0, start - 2) : start] == ["front", "of"]
        return placed and phrases("roles", "institutions", "sites").any(self.forms[last : last + 3])

    def _institution_before(self, start: int) -> bool:
        """Whether "University of" stands before a name."""
        at = start - 2
        institutions = phrases("roles", "institutions")
        while at >= 0 and (self.words[at].capital or self.forms[at] in {"and", "of", "the"}):
            if self.words[at].capital and institutions.at(self.forms, at):
                return True
            at -= 1
        return False

    def _beside_left(self, start: int) -> int:
        """Where the capitalised words before a name begin, those that are no name left out."""
        at = start
        while at > 0 and not self.words[at].gap.strip("-\u2013"):
            before = self.words[at - 1]
            plain = before.form in _FUNCTION | _NATIONS | _DIRECTIONS | _months()
            if not before.capital or before.owns or plain or self._is_kind(at - 1):
                break
            if self.shouting or before.form in _actor_words():
                break
            if at - 1 == 0 and before.form not in _title_words() and not self._rare(before):
                break
            at -= 1
        return at

    @staticmethod
    def _rare(word: Word) -> bool:
        """Whether a capitalised word that opens a sentence may be a name."""
        return word.text[1:].islower() and len(word.text) > 3 and not word.form.endswith(("ed", "ing", "s", "ly"))

    def _beside_right(self, last: int) -> int:
        at = last
        while at < len(self.words) and not self.words[at].gap.strip("-"):
            word = self.words[at]
            plain = word.form in _FUNCTION | _NATIONS | _months() | _actor_words()
            if not word.capital or plain or self.words[at - 1].owns or self.shouting:
                break
            if word.form[0].isdecimal():
                break
            at += 1
        return at

    def _is_kind(self, at: int) -> bool:
        return bool(_kinds().at(self.forms, at))

    def _title_before(self, left: int) -> bool:
        """Whether a title stands before a name: then it is a person's."""
        if left == 0:
            return False
        titles = phrases("roles", "titles")
        found_ = titles.ending(self.forms, left)
        return bool(found_) and not self.words[left].gap and not self.words[left - 1].owns

    def _moved(self, start: int, last: int) -> str:
        """Whether somebody came from, was brought to or spoke at a place."""
        before = start
        while before and self.forms[before - 1] in {"the", "eastern", "western", "northern", "southern", "afghan", "pakistani"}:
            before -= 1
        for role, key in (("origin", "origin"), ("origin", "taken_to"), ("spoken", "spoken")):
            found_ = phrases("roles", "placing", key).ending(self.forms, before)
            if found_ and not self.words[start].gap:
                here = self._is_relation(found_.start) or self._is_taken(found_.start)
                return "place" if here else role
        return "place"

    def _is_taken(self, at: int) -> bool:
        """Whether "from" tells where somebody was taken away: "kidnapped from Wana"."""
        taken = {"kidnapped", "abducted", "snatched", "missing", "heard"}
        return bool(taken & set(self.forms[max(0, at - 7) : at]))

    def _is_relation(self, at: int) -> bool:
        """Whether "from" belongs to a distance: "10 km from Wana"."""
        before = self.forms[max(0, at - 3) : at]
        return any(form.startswith(("kilomet", "km", "mile")) for form in before)

    # Names in Arabic letters have no capitals.

    def _local(self, at: int) -> Mention | None:
        if self.words[at].form[0].isdecimal():
            return None
        for size in range(min(4, len(self.words) - at), 0, -1):
            end = at + size
            name = tuple(self.forms[at:end])
            if any(word.gap.strip("-") for word in self.words[at + 1 : end]):
                continue
            if any(one in self.blocked for one in range(at, end)) or self._joined(name):
                continue
            if size > 1 and (self._local_kind(at) or self._local_kind(end - 1)):
                continue
            hits = self._local_hits(name, at, end)
            if hits:
                return self._local_mention(at, end, hits)
        return self._local_unknown(at)

    @staticmethod
    def _joined(name: tuple[str, ...]) -> bool:
        """Whether words begin or end with a particle."""
        return name[0] in _PARTICLES or name[-1] in _PARTICLES

    def _local_hits(self, name: tuple[str, ...], at: int, end: int) -> tuple[Hit, ...]:
        backed = self._local_kind(at - 1) or self._local_kind(end)
        if name in _not_names() and not backed:
            return ()
        if len(name) == 1 and (len(name[0]) < 3 or self._local_kind(at)):
            return ()
        hits = found(self.gazetteer, name, unit=bool(backed))
        exact = tuple(hit for hit in hits if not hit.how.startswith("folded"))
        if exact or backed or len(name) > 1:
            return exact or hits
        return hits if len(name[0]) > 4 and self._local_placed(at, end) else ()

    def _local_kind(self, at: int) -> bool:
        return 0 <= at < len(self.words) and self.forms[at] in _local_kinds()

    def _local_placed(self, at: int, end: int) -> bool:
        after = self.forms[end] if end < len(self.forms) else ""
        before = self.forms[at - 1] if at else ""
        return after in _BEHIND or before in _AHEAD

    def _local_mention(self, at: int, end: int, hits: tuple[Hit, ...]) -> Mention:
        start, last, kind = at, end, ""
        if self._local_kind(at - 1) and not self.words[at].gap and at != self.told:
            start, kind = at - 1, self.forms[at - 1]
        elif self._local_kind(end) and not self.words[end].gap:
            last, kind = end + 1, self.forms[end]
        span = self.words[start].start, self.words[last - 1].end
        role = self._local_role(start, last, kind, hits)
        return Mention(start, last, *span, self._text(at, end), role, hits, kind)

    def _local_role(self, start: int, last: int, kind: str, hits: tuple[Hit, ...]) -> str:
        if self.sentence.role == "dateline":
            return "dateline"
        before = self.forms[start - 1] if start else ""
        after = self.forms[last] if last < len(self.forms) else ""
        placed = after in _BEHIND or before in _AHEAD - set(forms("د ضلع"))
        country = all(hit.entry.kind == "country" for hit in hits)
        if (country or phrases("roles", "capitals").any(self.forms[start:last])) and not kind:
            return "place" if placed else "metonym"
        if phrases("roles", "institutions", "local").at(self.forms, last):
            return "attribute"
        return "place"

    def _local_unknown(self, at: int) -> Mention | None:
        """A name that the gazetteer does not have, before or behind a word of kind."""
        if self.forms[at] not in _VILLAGES:
            return None
        for start in (at + 1, at - 1):
            word = self.forms[start] if 0 <= start < len(self.words) else ""
            if len(word) > 2 and word not in _PARTICLES and not self._local_kind(start):
                first, last = min(at, start), max(at, start) + 1
                if any(one.gap for one in self.words[first + 1 : last]) or self._knows(start):
                    continue
                span = self.words[first].start, self.words[last - 1].end
                return Mention(first, last, *span, self.words[start].text, "place", (), self.forms[at])
        return None

    def _knows(self, at: int) -> bool:
        """Whether a name that the gazetteer has begins at a word."""
        ends = range(at + 1, min(at + 4, len(self.forms)) + 1)
        return any(found(self.gazetteer, tuple(self.forms[at:end])) for end in ends)


_PARTICLES = frozenset(
    form
    for text in "د په کې کی کے کا میں سے پر او اور و در از به با را که چې له ته نه هم تر کو نے ہے یو یک ایک دا این اس یہ ده دي دی"
    " باندې څخه بین تا هر یا وو و شو شول کړ کړل است بود شد کرد گیا ہوا کیا گئے گئی ہو"
    .split()
    for form in forms(text)
)
_BEHIND = frozenset(form for text in "کې کی میں کے ته باندې پر والي سره".split() for form in forms(text))
_AHEAD = frozenset(form for text in "په در د به ضلع".split() for form in forms(text))
_VILLAGES = frozenset(
    form for text in "قریه کلي کلی گاؤں روستای علاقے علاقه منطقه سیمه سیمې".split() for form in forms(text)
)


@cache
def _local_kinds() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "kinds", "local") for form in forms(text))


@cache
def _title_words() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "titles") for form in forms(text))


def mentions_of(sentence: Sentence, gazetteer: Gazetteer) -> list[Mention]:
    """The names of places in a sentence, each with its role, in the order of the text."""
    return list(_Finder(sentence, gazetteer).all())
