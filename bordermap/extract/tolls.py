"""Figures of the dead and the wounded, of whom, and how sure the text is of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bordermap.extract.day_words import months
from bordermap.extract.events import casualties_of, tells_event
from bordermap.extract.lexicon import phrases
from bordermap.extract.sentences import Sentence
from bordermap.extract.toll_verbs import MALE, OWNERS, Verbs, hedges, persons
from bordermap.extract.words import number_of

__all__ = ["Count", "counts_of"]

MOST = 5_000
"""A larger figure is no toll of one incident at this border, but a year or a sum of money."""


@dataclass(frozen=True, slots=True)
class Count:
    """A figure.

    Attributes
    ----------
    group : str
        ``security``, ``militant``, ``civilian`` or ``generic``.
    killed : bool
        Or wounded.
    low, high : int or None
        None where the text gives no such bound ("at least six" has no high).
    first, last : int
        Words of the sentence: from ``first`` up to ``last``.
    vague : bool
        Whether the text gives no figure ("dozens").
    further : bool
        Whether it adds to those told before ("a third soldier died later").
    whole : bool
        Whether it is that of all ("bringing the toll to four").
    """

    group: str
    killed: bool
    low: int | None
    high: int | None
    first: int
    last: int
    vague: bool = False
    further: bool = False
    whole: bool = False


_TENS = frozenset(range(20, 100, 10))
_NINES = frozenset({"نو", "نه"})
"""Also "new" and "no": a number only before people."""
_SIDES = frozenset({"", "militant", "terrorist", "insurgent", "extremist", "rebel"})
_AND = frozenset({"او", "و", "اور"})
_MANY = frozenset({"men", "women", "people", "policemen", "tribesmen", "gunmen"})
_PLURALS = ("ان", "و", "وں", "ین", "ونه", "ې", "ها", "یں", "اں")


class _Counter(Verbs):
    """Counts in one sentence."""

    def all(self) -> Iterator[Count]:
        killed = False
        for at in range(len(self.forms)):
            count = self._at(at) if at not in self.taken else None
            if count:
                killed |= count.killed
                self.taken.update(range(count.first, count.last))
                beside = self._beside(count)
                if beside:
                    yield beside
                yield count
        none = [] if killed else phrases("tolls", "none").all(self.forms)
        one = None if self.taken or none else self._pronoun()
        if one:
            yield one
            return
        single = None if killed or none else self._single()
        if none:
            yield Count("generic", True, 0, 0, none[0].start, none[0].end)
        elif single:
            yield single

    def _beside(self, count: Count) -> Count | None:
        """One person whom "and" joins to a figure, in Pashto, Dari and Urdu."""
        at = count.first - 1
        if at < 1 or self.forms[at] not in _AND or self.words[count.first].latin:
            return None
        person = persons().ending(self.forms, at)
        if person is None or person.value == "generic" or person.start in self.taken:
            return None
        if self.forms[at - 1].endswith(_PLURALS) or number_of(self.words[person.start - 1]):
            return None
        return Count(person.value, count.killed, 1, 1, person.start, at)

    def _pronoun(self) -> Count | None:
        """One person who was told of before: "he died of his wounds"."""
        for verb in self.verbs:
            if verb.kind == "killed" and not self._is_active(verb) and self._is_one(verb.first):
                return Count("generic", True, 1, 1, verb.first, verb.last)
        return None

    def _is_one(self, at: int) -> bool:
        """Whether the subject is one person: "he was hit and succumbed", "X, who was shot dead"."""
        before = self.forms[max(0, at - 3) : at]
        if {"he", "she"} & set(before):
            return True
        if self.forms[0] in {"he", "she"} and "who" not in self.forms[:at]:
            return self.forms[at] in {"succumbed", "died", "breathed", "embraced"}
        who = at - len(before) + before.index("who") if "who" in before else 0
        named = who > 1 and self.words[who].gap == "," and self.words[who - 1].capital
        return bool(named and {"was", "had"} & set(before) and self.words[who - 2].capital)

    def _single(self) -> Count | None:
        """One person told without a figure, in Pashto, Dari and Urdu: the noun is singular."""
        for verb in self.verbs:
            if verb.kind == "wounded" or self.words[verb.first].latin:
                continue
            for at in range(verb.first - 1, max(-1, verb.first - 7), -1):
                person = persons().at(self.forms, at)
                if person and person.value != "generic" and not self.forms[at].endswith(_PLURALS):
                    return Count(person.value, True, 1, 1, at, person.end)
        return None

    def _at(self, at: int) -> Count | None:
        if self._is_included(at) or (at and self.forms[at - 1] in {"no", "not"}):
            return None
        vague = hedges().at(self.forms, at)
        if vague and vague.value == "vague":
            group, end = self._person(vague.end)
            thing = not group and phrases("tolls", "not_persons").at(self.forms, end)
            killed = None if thing else self._verb(at, end, bool(group))
            return (
                None
                if killed is None
                else Count(group or "generic", killed, None, None, at, end, True)
            )
        number, end = self._number(at)
        if number is None or (number == 1 and self.forms[at] in MALE):
            return self._owned(at)
        if number > MOST or self._is_date(at):
            return None
        if self._is_age(at):
            killed = self._verb(at, at + 1, True)  # "Khair Mohammad, 60, and his wife were killed"
            return None if killed is None else Count("civilian", killed, 1, 1, at, at + 1)
        return self._counted(at, end, number)

    def _number(self, at: int) -> tuple[int | None, int]:
        """A figure, also "half a dozen", "two dozen" and "both"; no age."""
        number, after = number_of(self.words[at]), self.forms[at + 1 : at + 3]
        if self.forms[at] in _NINES and persons().at(self.forms, at + 1):
            number = 9
        if self.forms[at] == "half" and after == ["a", "dozen"]:
            return 6, at + 3
        if self.forms[at] == "both" and self._person(at + 1)[0]:
            return 2, at + 1
        joined = self.words[at + 1].gap in {"-", "\u2010"} if after else False
        if number in _TENS and joined and (number_of(self.words[at + 1]) or 10) < 10:
            return number + (number_of(self.words[at + 1]) or 0), at + 2  # "thirty-three"
        if number is not None and after[:1] == ["dozen"]:
            return 12 * number, at + 2
        aged = not {"aged", "age"}.isdisjoint(self.forms[max(0, at - 3) : at])
        of = self.forms[max(0, at - 2) : at]
        boy = persons().at(of, 0) if of[-1:] == ["of"] and not of[0].endswith("s") else None
        aged |= boy is not None and not self._casualty_at(at - 2)  # "a boy of ten"
        if after[:1] in (["year"], ["years"]) or aged:
            return None, at
        return number, at + 1

    def _counted(self, at: int, end: int, number: int) -> Count | None:
        low: int | None = number
        high: int | None = number
        first = at
        second = self._second(at)
        if second:
            high, end = second
        if self._is_of_events(at, end):
            return None
        group, after = self._person(end)
        owned = end + 2 if self.forms[end : end + 1] == ["of"] else end  # "thirty of his sheep"
        if not group and any(
            phrases("tolls", "not_persons").at(self.forms, n) for n in (end, owned)
        ):
            return None
        if self.forms[at] in MALE and not group:
            return None
        if (not group and self._speaks(end)) or self._is_either(at, max(after, end)):
            return None
        killed = self._verb(at, max(after, end), bool(group))
        if killed is None:
            return None
        hedge = self._hedge(at)
        if hedge == "least":
            high = None
        elif hedge == "most":
            low = None
        further = phrases("tolls", "further").any(self.forms[max(0, at - 3) : max(after, end) + 3])
        span = (first, max(after, end))
        whole = not group and self._is_whole(at)
        before = self.forms[max(0, self._without_hedge(at) - 1)] if at else ""
        whole |= before in {"among", "all"} and bool(group)
        return Count(
            group or "generic", killed, low, high, *span, further=further and not whole, whole=whole
        )

    def _is_whole(self, at: int) -> bool:
        """Whether a figure is that of all: "bringing the toll to four"."""
        before = self.forms[max(0, self._without_hedge(at) - 12) : at]
        return phrases("tolls", "toll").any(before)

    def _is_of_events(self, at: int, end: int) -> bool:
        """Whether events are counted, in Pashto, Dari and Urdu: "one attack"."""
        person = persons().at(self.forms, end) or self._casualty_at(end)
        return not self.words[at].latin and not person and tells_event(self.forms, end)

    def _is_either(self, first: int, last: int) -> bool:
        """Whether those counted were "killed or wounded"."""
        near = range(max(1, first - 4), min(last + 6, len(self.forms) - 1))
        return any(
            self.forms[n] == "or" and self._casualty_at(n - 1) and self._casualty_at(n + 1)
            for n in near
        )

    def _speaks(self, at: int) -> bool:
        """Whether those counted only say something: "two intelligence officials said"."""
        for to in range(at, min(at + 5, len(self.forms))):
            if self._casualty_at(to) or self.words[to].gap:
                return False
            if phrases("cues", "speech").at(self.forms, to):
                return True
        return False

    def _second(self, at: int) -> tuple[int, int] | None:
        """The upper end of "10 to 20", "between 10 and 20", "10-20"."""
        if at + 1 >= len(self.forms):
            return None
        step = 2 if self.forms[at + 1] in {"to", "and", "or", "تر", "تا"} else 1
        if step == 2 and self.forms[at + 1] == "and" and self.forms[max(0, at - 1)] != "between":
            return None
        if step == 1 and self.words[at + 1].gap not in {"-", "\u2013"}:
            return None
        other = number_of(self.words[at + step]) if at + step < len(self.words) else None
        mine = number_of(self.words[at]) or 0
        return (other, at + step + 1) if other and other > mine else None

    def _owned(self, at: int) -> Count | None:
        """One person without a figure: "and his driver", "a commander", "Constable Inamullah"."""
        form = self.forms[at]
        if self._casualty_at(at):
            return None  # "lost his life"
        object_ = self._casualty_at(at - 1) and not self.words[at].gap
        if form in OWNERS and (form != "the" or object_ or self._alone(at)):
            group, end = self._person(at + 1)
            unknown = not group and bool(self._casualty_at(at - 1)) and at + 1 < len(self.forms)
            unknown &= not self.words[at].gap
            if unknown and not phrases("tolls", "not_persons").at(self.forms, at + 1):
                group, end = "civilian", at + 2  # "killed a schoolteacher"
            to = at + 1 + (form != "another")
            verb = self._casualty_at(to) or self._casualty_at(to + 1)
            if not group and verb and self.forms[to] in {"was", "died", "killed", "dead", "lost"}:
                group, end = ("generic" if form == "another" else "civilian"), to
            if group == "" or self.forms[end - 1].endswith("s") or self.forms[end - 1] in _MANY:
                return None
            killed = self._verb(at, end, True)
            further = phrases("tolls", "further").any(self.forms[at : end + 3])
            many = 2 if self.forms[end - 1] == "couple" else 1
            one = Count(group, bool(killed), many, many, at, end, further=further)
            return one if killed is not None else None
        if not self.words[at].latin:
            return None
        return self._named(at) if self.words[at].capital else self._bare(at)

    def _bare(self, at: int) -> Count | None:
        """One person without an article, as notes tell it: "customs clerk stabbed to death"."""
        person = persons().at(self.forms, at)
        if (
            not person
            or person.value == "generic"
            or self.forms[person.end - 1].endswith(("s", "en"))
        ):
            return None
        before = self.words[at - 1] if at else None
        plain = (
            before is None or self.words[at].gap or not (before.form in OWNERS or number_of(before))
        )
        verb = self._casualty_at(person.end)
        if not plain or verb is None or any(n in self.taken for n in range(max(0, at - 3), at)):
            return None
        counted = any(number_of(w) or w.form in OWNERS for w in self.words[max(0, at - 4) : at])
        return (
            None if counted else Count(person.value, verb.kind != "wounded", 1, 1, at, person.end)
        )

    def _alone(self, at: int) -> bool:
        """Whether "the driver" dies, of whom nobody told before."""
        person = persons().at(self.forms, at + 1)
        if not person or self.forms[person.end - 1].endswith("s"):
            return False
        verb = self._verb_after(person.end) or self._far_verb(person.end)
        near = verb is not None and verb.first - person.end <= 10
        return near and person.value != "generic"

    def _named(self, at: int) -> Count | None:
        """A person by rank and name: "Constable Inamullah was martyred", "killed leader X"."""
        person = persons().at(self.forms, at)
        group = person.value if person else ""
        before = self.forms[at - 1] if at else ""
        titled = persons().at([before], 0) if before not in _SIDES else None
        if not group and titled and titled.value != "generic" and not before.endswith("s"):
            group = titled.value
        if (
            self.forms[at] == "taliban"
            or group in {"", "generic"}
            or (person and self.forms[at].endswith("s"))
        ):
            return None
        end = at + 1
        while end < len(self.words) and (
            self.words[end].capital or self.forms[end] in {"al", "ul"}
        ):
            end += 1
        if end == at + 1 and not titled:
            return None
        killed = self._verb(at - bool(titled), end, True)
        back = 6 if self.words[at - bool(titled)].gap == "," else 3  # "one son of soil, Havildar X"
        counted = any(one in self.taken for one in range(max(0, at - back), at))
        return None if killed is None or counted else Count(group, killed, 1, 1, at, end)

    def _hedge(self, at: int) -> str:
        found = hedges().ending(self.forms, at)
        if found:
            return found.value
        return "least" if self.forms[at + 1 : at + 3] == ["سے", "زاید"] else ""

    def _is_included(self, at: int) -> bool:
        """Whether a figure is part of one that was told before."""
        for back in range(max(0, at - 6), at):
            found = hedges().at(self.forms, back)
            if found and found.value == "including" and found.end <= at:
                return not any(t.first >= found.end and t.last <= at for t in self.verbs)
        after = " ".join(self.forms[at + 1 : at + 3])
        if after in {"of them", "of whom"}:
            return bool(self.taken)
        among = [n for n in (at + 2, at + 3) if self.forms[n : n + 2] == ["among", "them"]]
        if among and not self.words[among[0]].gap:
            return True  # "nine shepherds, two women among them"
        return after in {"from each", "on each"}

    def _is_age(self, at: int) -> bool:
        """Whether a number between commas is the age of somebody named before."""
        after = self.words[at + 1].gap if at + 1 < len(self.words) else ""
        named = at > 1 and self.words[at - 1].capital and self.words[at - 2].capital
        return bool(named and self.words[at].gap == "," and after == ",")

    def _is_date(self, at: int) -> bool:
        form = self.forms[at]
        if not form.isdecimal():
            return False
        if at and self.words[at].gap in {"-", "/"} and self.forms[at - 1].isdecimal():
            return len(self.forms[at]) == 2
        if at > 2 and self.forms[at - 1] in {"and", "to"} and self.forms[at - 3] in months():
            return True  # "August 9 and 10"
        beside = {*self.forms[max(0, at - 1) : at], *self.forms[at + 1 : at + 2]}
        year = len(form) == 4 and 1900 <= int(form) < 2100
        return year or not beside.isdisjoint(months())


def counts_of(sentence: Sentence) -> list[Count]:
    """The figures of a sentence, in the order of its words."""
    told = [t for t in casualties_of(sentence) if t.status in {"told", "accused", "reference"}]
    return list(_Counter(sentence, told).all())
