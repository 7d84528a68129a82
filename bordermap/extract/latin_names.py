"""Names of places in Latin letters, which begin with a capital."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from bordermap.extract.lexicon import Phrases, listed, phrases, single, table
from bordermap.extract.mention import Mention, Names, not_names
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import Word, forms
from bordermap.gazetteer import Gazetteer, Hit
from bordermap.geocode.lookup import found

__all__ = ["LatinNames"]

LONGEST = 5
_JOINTS = frozenset({"e", "i", "o", "wa", "va", "ul", "al", "da", "de", "la"})
_INSIDE = frozenset(
    {"in", "at", "near", "inside", "outside", "across", "around", "into", "within", "between"}
)
_COUNTRY = frozenset({"in", "inside", "into", "within", "across"})


@cache
def _common() -> frozenset[str]:
    """Words with a capital that are part of no name of a place."""
    return single("function") | single("nations") | _months()


@cache
def _kinds() -> Phrases[bool]:
    return phrases("roles", "kinds", "after")


@cache
def _kind_words() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "kinds", "after") for form in forms(text))


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


@cache
def _title_words() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "titles") for form in forms(text))


class LatinNames(Names):
    """Finds names by their capitals and the words around them."""

    def __init__(self, sentence: Sentence, gazetteer: Gazetteer) -> None:
        super().__init__(sentence, gazetteer)
        self.shouting = sum(w.text.isupper() for w in self.words) > len(self.words) // 2

    def at(self, at: int) -> Mention | None:
        word = self.words[at]
        if not word.capital or word.form[0].isdecimal():
            return None
        if word.form in single("function") and at == 0:
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
        pairs = pairwise(words)
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
        if name in not_names() and not self._is_backed(start, end):
            hits = found(self.gazetteer, name) if told and self._apart(start, end) else ()
            return () if name[0] in _months() else tuple(h for h in hits if h.how == "name")
        if len(name) == 1 and (
            len(name[0]) < 3 or name[0] in _months() or name[0] in single("nations")
        ):
            return () if name[0] != "kp" else found(self.gazetteer, name)
        if name[0] in single("nations") or (
            name[0] in single("function") and name[0] not in single("directions")
        ):
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
        if self.forms[max(0, start - 1) : start] in (["tehsil"], ["district"], ["village"]):
            return True  # "tehsil Jamrud, district Khyber"
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
        more = end < len(self.words) and self.words[end].capital and not self.words[end].gap
        if (
            more
            and not kind
            and self.forms[end] in single("longer")
            and self._beside_left(start) == start
        ):
            return None  # "Qabul Khel"
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

    def _unknown(self, at: int) -> Mention | None:
        """A name that a word of kind behind it tells for a place: "Gora Prai checkpost"."""
        if (
            at
            and self.words[at - 1].capital
            and not self.words[at].gap
            and at - 1 not in self.blocked
        ):
            before = self.forms[at - 1]
            if at > 1 and before in _actor_words() and before not in single("nations"):
                return None  # "the Police Lines area"
            if before not in _common() | single("directions"):
                return None
        for end in range(min(len(self.words), at + LONGEST), at, -1):
            if not self._is_run(at, end) or any(
                form in _actor_words() | _common() for form in self.forms[at:end]
            ):
                continue
            if self._holds_name(at, end):
                return None  # "CTD Bannu Region"
            last, kind = self._with_kind(end)
            bare = self._text(at, end)
            if not kind or self._generic(at, end) or (at == 0 and end == 1):
                continue
            if end == at + 1 and not self.shouting and bare.isupper() and len(bare) < 5:
                continue  # "ALP post"
            span = self.words[at].start, self.words[last - 1].end
            return Mention(at, last, *span, bare, self._moved(at, last), (), kind)
        return None

    def _holds_name(self, start: int, end: int) -> bool:
        """Whether behind the first word stands a name that is known: an office named after it."""
        acronym = self.words[start].text.isupper() and not self.shouting
        return acronym and any(self._hits(n, end) for n in range(start + 1, end))

    def _generic(self, start: int, end: int) -> bool:
        """Whether a name is made of common words only, or of an organisation."""
        institutions = phrases("roles", "institutions")
        named = self.forms[start:end]
        if named == ["cross"]:
            return True
        return institutions.any(named) or all(
            form in single("directions") or _kinds().at([form], 0) for form in named
        )

    # How a name is used.

    def _role(
        self, start: int, end: int, last: int, kind: str, hits: tuple[Hit, ...]
    ) -> str | None:
        if self.sentence.role == "dateline":
            return "dateline"
        part = self._as_part(start, last, kind)
        if part:
            return part
        country = all(hit.entry.kind == "country" for hit in hits)
        speaks = phrases("roles", "capitals").any(self.forms[start:end])
        if country:
            return self._country_role(start, last)
        between = self.forms[max(0, start - 1) : start] == ["between"]
        if speaks and self._is_part_of(start, last):
            return "place"
        if speaks and not kind and (between or not self._is_placed(start)):
            return "metonym"
        return self._moved(start, last, hits)

    def _is_part_of(self, start: int, last: int) -> bool:
        """Whether something lies in a city: "the Sarband area of Peshawar", "Sarband, Peshawar"."""
        if start > 1 and self.forms[start - 1] == "of":
            return self._is_kind(start - 2) or self.forms[start - 2] in single("parts")
        ends = last >= len(self.words) or self.words[last].gap[:1] in {",", ".", ";", ")", ":"}
        listed = start > 1 and self.words[start].gap == "," and self.words[start - 1].capital
        return bool(listed and ends)

    def _country_role(self, start: int, last: int) -> str:
        if self.words[last - 1].owns:
            return "attribute"
        before = self.forms[start - 1] if start else ""
        if before in _COUNTRY or before in single("directions"):
            return self._moved(start, last)
        if self.words[start].gap == "," and start == self.told:
            return "place"
        return "origin" if before in {"from", "to"} else "metonym"

    def _as_part(self, start: int, last: int, kind: str) -> str | None:
        """Organisation, person or attribute, by the words beside a name."""
        left, right = self._beside_left(start), self._beside_right(last)
        if self._is_organisation(start, last, (left, right), kind):
            return "place" if self._is_site(start, last) else "organisation"
        if self._title_before(left) or (left < start and not kind):
            return None if kind else "person"
        if self.words[last - 1].owns:
            return None
        return self._by_right(start, last, right, kind)

    def _by_right(self, start: int, last: int, right: int, kind: str) -> str | None:
        """Attribute or person, by what stands behind a name."""
        gap = self.words[last].gap if last < len(self.words) else "."
        if not gap and not kind and self.forms[last] in single("kin"):
            return "attribute"
        if gap == "-" and phrases("roles", "tails").at(self.forms, last):
            return "attribute"
        if not gap and phrases("roles", "titles").at(self.forms, last):
            return "attribute"
        if last < right and not kind and not self._is_placed(start):
            return "person"
        return None

    def _is_organisation(self, start: int, last: int, beside: tuple[int, int], kind: str) -> bool:
        """Whether capitalised words beside a name make an organisation of it."""
        left, right = beside
        institutions = phrases("roles", "institutions")
        after = institutions.any(self.forms[last:right])
        if after or (not kind and institutions.any(self.forms[left:start])):
            return True
        joined = self.forms[max(0, start - 1) : start]
        if (
            kind == "region"
            and self.words[start].gap == ","
            and institutions.ending(self.forms, start)
        ):
            return True  # "Counter Terrorism Department, Peshawar Region,"
        return joined in (["of"], ["for"]) and self._institution_before(start)

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
        while at > 0 and not self.words[at].gap:
            before = self.words[at - 1]
            plain = before.form in _common() | single("directions")
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
        return (
            word.text[1:].islower()
            and len(word.text) > 3
            and not word.form.endswith(("ed", "ing", "s", "ly"))
        )

    def _beside_right(self, last: int) -> int:
        at = last
        while at < len(self.words) and not self.words[at].gap:
            word = self.words[at]
            plain = word.form in _common() | _actor_words()
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

    def _moved(self, start: int, last: int, hits: tuple[Hit, ...] = ()) -> str:
        """Whether somebody came from, was brought to or spoke at a place."""
        if self._is_journey(start, last):
            return "origin"
        before = start
        while before and self.forms[before - 1] in {
            "the",
            "eastern",
            "western",
            "northern",
            "southern",
            "afghan",
            "pakistani",
        }:
            before -= 1
        for role, key in (("origin", "origin"), ("origin", "taken_to"), ("spoken", "spoken")):
            found_ = phrases("roles", "placing", key).ending(self.forms, before)
            if found_ and not self.words[start].gap:
                leaves = self.forms[found_.start] == "from"
                taken = leaves and self._is_taken(found_.start)
                return "place" if taken or self._is_relation(found_.start) else role
        if self._is_goal(before) or self._is_fled_to(before):
            return "origin"
        wide = hits and all(hit.entry.kind in {"province", "country"} for hit in hits)
        if wide and self._is_opposite(before):
            return "origin"
        return "spoken" if self._says_there(start, last) else "place"

    def _is_fled_to(self, start: int) -> bool:
        """Whether somebody went into a place: "were pushed back into Afghanistan"."""
        near = set(self.forms[max(0, start - 3) : start - 1])
        return self.forms[start - 1 : start] == ["into"] and not single("went_into").isdisjoint(
            near
        )

    def _is_opposite(self, start: int) -> bool:
        """Whether a province only tells what lies across: "opposite Afghanistan's Paktika"."""
        before = self.forms[max(0, start - 2) : start]
        return not {"opposite", "facing", "bordering"}.isdisjoint(before)

    def _is_goal(self, start: int) -> bool:
        """Whether something goes or looks to a place: "lorries stood back to Landi Kotal"."""
        if start < 2 or self.words[start].gap or self.forms[start - 1] not in single("goal"):
            return False
        return self.forms[start - 2] not in single("beside")

    def _says_there(self, start: int, last: int) -> bool:
        """Whether a place is only that of who speaks: "elders in Wana said"."""
        beside = self.forms[max(0, start - 1) : start] in (["in"], ["at"])
        if not beside or last >= len(self.words) or self.words[last].gap:
            return False
        spoken = phrases("cues", "speech").at(self.forms, last)
        verb = self.forms[last].endswith(("ed", "s")) or self.forms[last] in {"said", "told", "say"}
        return bool(spoken) and verb

    def _is_journey(self, start: int, last: int) -> bool:
        """Whether a way begins or ends at a place: "coaches from Pishin to Karachi"."""
        before, after = self.forms[max(0, start - 6) : start], self.forms[last : last + 2]
        ends = before[-1:] == ["to"] and "from" in before
        goes_on = after[:1] == ["to"] and len(after) > 1 and self.words[last + 1].capital
        begins = before[-1:] == ["from"] and goes_on
        return ends or begins

    def _is_taken(self, at: int) -> bool:
        """Whether "from" tells where somebody was taken away: "kidnapped from Wana"."""
        taken = {
            "kidnapped",
            "abducted",
            "snatched",
            "missing",
            "heard",
            "whisked",
            "taken",
            "away",
        }
        return bool(taken & set(self.forms[max(0, at - 7) : at]))

    def _is_relation(self, at: int) -> bool:
        """Whether "from" belongs to a distance: "10 km from Wana"."""
        before = self.forms[max(0, at - 3) : at]
        return any(form.startswith(("kilomet", "km", "mile")) for form in before)
