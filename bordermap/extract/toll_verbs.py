"""Which verb tells what became of those counted: killed, wounded, or neither."""

from __future__ import annotations

from collections.abc import Sequence

from bordermap.extract.events import Trigger
from bordermap.extract.lexicon import Phrases, named, phrases, single
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import number_of

__all__ = ["MALE", "OWNERS", "Verbs", "hedges", "persons"]

OWNERS = frozenset({"his", "her", "their", "its", "a", "an", "another", "the"})
MALE = frozenset({"a", "an", "his", "her", "its", "another"})
_BETWEEN_NUMBER_AND_VERB = 9
_FARTHEST = 18
_STOPS = frozenset({"said", "says", "but", "while", "when", "after", "told", "killing", "wounding"})
_ENDS = frozenset({"died", "dies", "perished", "lost", "succumbed", "embraced", "laid", "breathed"})
_AUXILIARIES = frozenset({"was", "were", "been", "have", "has", "had", "is", "are", "said"})
_PARTICIPLES = frozenset({"killed", "martyred", "wounded", "injured", "dead", "hurt"})
_HEADLINE = 14
_JOINED = frozenset(
    {
        "and",
        "another",
        "also",
        "as",
        "well",
        "only",
        "some",
        "at",
        "least",
        "along",
        "together",
        "with",
    }
)
_PERSON_ENDS = frozenset(
    {"and", "in", "by", "were", "was", "of", "with", "on", "when", "as", "at"}
    | {"that", "who", "which", "said", "had"}
)
_MOURNED = frozenset({"lost", "mourned", "mourn", "buried", "burying"})
_BELIEVED = frozenset({"said", "reported", "believed", "feared", "thought", "understood", "known"})


def persons() -> Phrases[str]:
    return named("tolls", "persons")


def hedges() -> Phrases[str]:
    return named("tolls", "hedges")


class Verbs:
    """The verbs of death and of wounds in one sentence, and to whom each belongs."""

    def __init__(self, sentence: Sentence, triggers: Sequence[Trigger]) -> None:
        self.sentence = sentence
        self.forms = sentence.forms
        self.words = sentence.words
        self.verbs = triggers
        self.taken: set[int] = set()

    def _verb(self, first: int, last: int, person: bool) -> bool | None:
        """Whether those counted were killed (or wounded); None where no verb says either."""
        after = self._verb_after(last)
        if not self._is_english() or not (self.words[first].latin or self._in_digits(first)):
            near = after is not None and (person or after.first - last <= 4)
            near &= person or not phrases("tolls", "not_persons").at(self.forms, last)
            if not near and (person or self._in_digits(first)) and self._local_before(first):
                return True
            return after.kind != "wounded" if after and near else None
        told = self._before_colon(first)
        before = told or self._verb_before(first)
        if told or (before and not (after and after.first - last <= 1)):
            return before.kind != "wounded" if before else None
        if after:
            return after.kind != "wounded"
        far = self._far_verb(last) if person else None
        if far:
            return far.kind != "wounded"
        return True if self._is_put(first, last, person) else None

    def _local_before(self, first: int) -> bool:
        """Whether a noun of death stands before a figure: "از کشته شدن سه کودک"."""
        words = phrases("tolls", "local_dead")
        return words.any(self.forms[max(0, first - 3) : first])

    def _in_digits(self, at: int) -> bool:
        return self.forms[at][0].isdecimal()

    def _before_colon(self, first: int) -> Trigger | None:
        """``Killed: 3, wounded: 5``."""
        return self._casualty_at(first - 1) if ":" in self.words[first].gap else None

    def _is_put(self, first: int, last: int, person: bool) -> bool:
        """Whether words before a figure make a toll of it: "claimed nine lives", "toll at"."""
        claims = (["claimed"], ["took"], ["cost"], ["claiming"])
        if "lives" in self.forms[last : last + 2] and self.forms[first - 1 : first] in claims:
            return True
        start = self._without_hedge(first)
        put = phrases("tolls", "put").ending(self.forms, start)
        if put and put.end - put.start == 1 and self.forms[put.start] in _MOURNED:
            return person
        if put and (put.end - put.start > 1 or self.forms[put.start] in {"killed", "killing"}):
            return True
        risen = phrases("tolls", "risen").ending(self.forms, start)
        return bool(risen) and phrases("tolls", "toll").any(self.forms) and not person

    def _is_english(self) -> bool:
        return sum(word.latin for word in self.words) * 2 > len(self.words)

    def _without_hedge(self, at: int) -> int:
        hedge = hedges().ending(self.forms, at)
        return hedge.start if hedge else at

    def _verb_after(self, last: int) -> Trigger | None:
        """The verb behind those counted: "six soldiers were killed"."""
        english = self._is_english()
        reach = _BETWEEN_NUMBER_AND_VERB if english else _FARTHEST
        for at in range(last, min(last + reach, len(self.forms))):
            verb = self._casualty_at(at)
            if verb:
                active = english and self._is_active(verb)
                return None if active else verb
            if not english:
                continue
            counted = number_of(self.words[at]) is not None or persons().at(self.forms, at)
            owned = at > 0 and self.forms[at - 1] in MALE
            owned |= self.words[at].capital or bool(persons().at(self.forms, at + 1))
            owned |= self.forms[at] in _BELIEVED and self.forms[at - 1] in {
                "are",
                "is",
                "were",
                "was",
            }
            free = self.forms[at] in single("auxiliary") | OWNERS or counted or owned
            if not free and not phrases("tolls", "hedges", "least").at(self.forms, at):
                return None
        return None

    def _far_verb(self, last: int) -> Trigger | None:
        """The verb of those who are told more of: "a soldier manning a post there was killed"."""
        bare = _AUXILIARIES.isdisjoint(self.forms) and len(self.forms) < _HEADLINE
        for at in range(last, min(last + _FARTHEST, len(self.forms))):
            aside = self.forms[at] == "said" and self.forms[at + 1 : at + 2] == ["to"]
            if ";" in self.words[at].gap or (self.forms[at] in _STOPS and not aside):
                return None
            verb = self._casualty_at(at)
            if verb:
                passive = {"was", "were", "been"} & set(self.forms[max(0, at - 2) : at])
                behind = self.forms[verb.last : verb.last + 1]
                object_ = behind and (behind[0] in OWNERS or number_of(self.words[verb.last]))
                told = bare and self.forms[at] in _PARTICIPLES and not object_
                ends = self.forms[at] in _ENDS or told
                return verb if passive or ends else None
        return None

    def _is_active(self, verb: Trigger) -> bool:
        """Whether a verb has those killed behind it: "killed six soldiers"."""
        form = self.forms[verb.first]
        if form.endswith("ing") or form in {"kills", "kill"}:
            return True
        if form not in {"killed", "wounded", "injured", "martyred", "shot", "gunned"}:
            return False
        if {"were", "was", "been", "be", "being", "are"} & set(
            self.forms[max(0, verb.first - 3) : verb.first]
        ):
            return False
        follows = self.forms[verb.last : verb.last + 1]
        if not follows or self.words[verb.last].gap:
            return False
        return number_of(self.words[verb.last]) is not None or follows[0] in {
            "another",
            "at",
            "several",
            "dozens",
            "more",
            "up",
            "nearly",
            "about",
        }

    def _verb_before(self, first: int) -> Trigger | None:
        """The verb that those counted are the object of: "killing six soldiers and a guard"."""
        at = self._without_hedge(first) - 1
        for back in range(at, max(-1, at - 8), -1):
            if ";" in self.words[back + 1].gap:
                return None
            verb = self._casualty_at(back)
            if verb:
                beside = "with" in self.forms[back:at]  # "was killed along with two nephews"
                return verb if beside or self._has_object(verb) else None
            joined = self.forms[back] in _JOINED
            if not (joined or back in self.taken or self._object(back)):
                return None
        return None

    def _has_object(self, verb: Trigger) -> bool:
        """Whether a verb can have those killed behind it."""
        form = self.forms[verb.first]
        if form not in single("transitive") and self.forms[verb.last - 1] != "lives":
            return False
        passive = {"were", "was", "been", "being", "are"}
        return form.endswith("ing") or passive.isdisjoint(self.forms[verb.first - 2 : verb.first])

    def _object(self, at: int) -> bool:
        """Whether a word goes on between a verb and its object: "killed Al-Qaeda leader X"."""
        return (
            self.words[at].capital or self.forms[at] in OWNERS or bool(persons().at(self.forms, at))
        )

    def _person(self, at: int) -> tuple[str, int]:
        """The group of the noun that a figure counts, and where it ends."""
        for to in range(at, min(at + 5, len(self.forms))):
            if to > at and self.words[to].gap not in {"", "-"}:
                break
            person = persons().at(self.forms, to)
            if person:
                further = persons().at(self.forms, person.end)
                local = not self.words[to].latin and person.value == "generic"
                if further and not self.words[person.end].gap and (local or self.words[to].latin):
                    return further.value, further.end
                return person.value, person.end
            if self.forms[to] == "of" and self.forms[to + 1 : to + 2] in (
                ["the"],
                ["his"],
                ["their"],
            ):
                continue
            if self.forms[to + 1 : to + 2] == ["year"] or self.forms[to] in {"year", "old"}:
                continue  # "a 12-year-old boy"
            if self.forms[to] in _PERSON_ENDS or number_of(self.words[to]) or self._casualty_at(to):
                break
        return "", at

    def _casualty_at(self, at: int) -> Trigger | None:
        return next((t for t in self.verbs if t.first <= at < t.last), None)
