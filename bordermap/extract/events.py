"""Words that tell events, and how they are told: as having happened, or otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bordermap.extract import day_words
from bordermap.extract.lexicon import Found, Phrases, listed, named, phrases, single, table
from bordermap.extract.sentences import Sentence
from bordermap.extract.words import forms
from bordermap.schema import EVENT_TYPES

__all__ = [
    "CASUALTIES",
    "VIOLENT",
    "Trigger",
    "casualties_of",
    "clauses_of",
    "is_denial",
    "tells_event",
    "tells_object",
    "triggers_of",
    "type_of",
]

CASUALTIES = frozenset({"killed", "wounded"})
VIOLENT = frozenset(
    {"airstrike", "drone_strike", "shelling", "armed_clash", "explosion", "attack_on_civilians"}
    | {"attack", "bombardment", "killed", "wounded"}
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Words that tell an event.

    Attributes
    ----------
    first, last : int
        Words of the sentence: from ``first`` up to ``last``.
    kind : str
        An event type, or ``attack``, ``killed`` or ``wounded``.
    noun : bool
    status : str
        ``told``, ``reference`` (what something else is about), ``accused``, ``hypothetical``,
        ``negated`` or ``denied``.
    definite : bool
        Whether it is an event already told of ("the attack").
    plural : bool
    """

    first: int
    last: int
    kind: str
    noun: bool
    status: str
    definite: bool = False
    plural: bool = False


@cache
def _lexicon() -> Phrases[tuple[str, bool]]:
    """Phrases with their type and whether they are nouns; of two entries the first counts."""
    pairs: dict[tuple[str, ...], tuple[str, tuple[str, bool]]] = {}
    for kind, sections in table("events").items():
        for section in ("nouns", "verbs"):
            for texts in sections.get(section, {}).values():
                for text in texts:
                    pairs.setdefault(forms(text), (text, (kind, section == "nouns")))
    return Phrases(pairs.values())


_REACH = 5


@cache
def _split() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]]:
    """Phrases of two parts, by the first word: "exchanged .. fire"."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]] = {}
    for kind, sections in table("events").items():
        for texts in sections.get("split", {}).values():
            for text in texts:
                one, other = (forms(part) for part in text.split(".."))
                found.setdefault(one[0], []).append((one, other, kind))
    return found


def _split_of(words: Sequence[str]) -> Iterator[Found[tuple[str, bool]]]:
    """Phrases of two parts with a few words between; the first part is where it stands."""
    for at, word in enumerate(words):
        for one, other, kind in _split().get(word, ()):
            end = at + len(one)
            if tuple(words[at:end]) != one:
                continue
            behind = range(end + 1, min(end + _REACH, len(words)) + 1)
            if any(tuple(words[n : n + len(other)]) == other for n in behind):
                yield Found(at, end, (kind, False))
                break


@cache
def _casualties() -> Phrases[tuple[str, bool]]:
    """The words of deaths and wounds alone, also where a longer phrase tells an event."""
    rows = table("events")
    pairs = [(text, ("killed", False)) for text in listed("tolls", "killing")]
    for kind in sorted(CASUALTIES):
        pairs += [(text, (kind, False)) for texts in rows[kind]["verbs"].values() for text in texts]
    return Phrases({forms(text): (text, value) for text, value in pairs}.values())


def clauses_of(sentence: Sentence) -> list[int]:
    """The number of the clause that each word stands in."""
    numbers, number = [], 0
    for at, (word, form) in enumerate(zip(sentence.words, sentence.forms, strict=True)):
        opens = form in single("openers") or (form == "and" and word.gap == ",")
        if at and (opens or any(mark in word.gap for mark in ";\u2014\u2013|\u061b")):
            number += 1
        numbers.append(number)
    return numbers


def triggers_of(sentence: Sentence) -> list[Trigger]:
    """The words of a sentence that tell events, in their order."""
    told = _triggers(sentence, _lexicon().all(sentence.forms))
    taken = {at for trigger in told for at in range(trigger.first, trigger.last)}
    split = [one for one in _split_of(sentence.forms) if one.start not in taken]
    return sorted([*told, *_triggers(sentence, split)], key=lambda t: t.first) if split else told


def casualties_of(sentence: Sentence) -> list[Trigger]:
    """The words of a sentence that tell deaths and wounds, in their order."""
    return _triggers(sentence, _casualties().all(sentence.forms))


def _triggers(sentence: Sentence, words: Sequence[Found[tuple[str, bool]]]) -> list[Trigger]:
    listed_ = sentence.forms
    if not words:
        return []
    hurt = "killed" in listed_ and not {"was", "were", "been"}.isdisjoint(listed_)
    if phrases("cues", "games").any(listed_) and not hurt:
        return []
    blocked = {
        at for one in phrases("cues", "not_events").all(listed_) for at in range(one.start, one.end)
    }
    accident = phrases("cues", "accidents").any(listed_)
    if phrases("cues", "court").any(listed_) or _is_rumour(listed_):
        return []
    if phrases("cues", "rhetoric").any(listed_) and not hurt:
        return []
    harmed = not {"killed", "injured", "wounded", "died"}.isdisjoint(listed_)
    harmless = phrases("cues", "harmless").any(listed_) and not harmed
    found = []
    for one in words:
        kind = one.value[0]
        if blocked & set(range(one.start, one.end)) or (accident and _by_nature(one, listed_)):
            continue
        if harmless and kind == "explosion":
            continue
        if kind == "impact" and not _falls(listed_):
            continue
        opened = kind == "other" and bool(_OPENED & set(sentence.forms[one.start : one.end]))
        if (opened or kind == "crossing_closure") and not _is_closure(sentence, one):
            continue
        found.append(_trigger(sentence, one))
    return found


def _is_rumour(words: Sequence[str]) -> bool:
    """Whether a sentence tells of news only to say that it is untrue."""
    return phrases("cues", "untrue").any(words) and phrases("cues", "hearsay").any(words)


_OPENED = frozenset(
    {"reopened", "reopening", "reopen", "reopens", "opened", "open", "thrown", "opening", "resumed"}
)


def _by_nature(one: Found[tuple[str, bool]], words: Sequence[str]) -> bool:
    """Whether snow or a crash may have done it: deaths, and a road that is blocked."""
    kind = one.value[0]
    road = not {"road", "roads", "highway"}.isdisjoint(words[one.start : one.end + 3])
    return kind in CASUALTIES or (kind == "protest" and road)


def _is_way(sentence: Sentence, at: int) -> bool:
    """Whether what stands still is the way to a crossing: "traffic between X and Torkham"."""
    for found in phrases("events", "crossings").all(sentence.forms[:at]):
        before = sentence.forms[max(0, found.start - 6) : found.start]
        ways = {"traffic", "transport", "road", "service", "services", "bus", "buses"} & set(before)
        if ways and before[-1:] == ["and"] and "between" in before:
            return "afghanistan" not in before and "pakistan" not in before
    return False


def _falls(words: Sequence[str]) -> bool:
    """Whether something that falls or explodes is named; aircraft land as well."""
    missiles = {"missile", "missiles"}
    return any(
        one.value != "airstrike" or words[one.start] in missiles
        for one in named("events", "weapons").all(words)
    )


def _is_closure(sentence: Sentence, one: Found[tuple[str, bool]]) -> bool:
    """Whether what is closed is a crossing."""
    clauses = clauses_of(sentence)
    same = [n for n, number in enumerate(clauses) if number == clauses[one.start]]
    before = sentence.forms[same[0] : one.end + 4]
    if not single("shops").isdisjoint(before) or _is_way(sentence, one.start):
        return False
    near = [
        form for at, form in enumerate(sentence.forms) if abs(clauses[at] - clauses[one.start]) <= 1
    ]
    return phrases("events", "crossings").any(near)


def _trigger(sentence: Sentence, one: Found[tuple[str, bool]]) -> Trigger:
    kind, noun = one.value
    thrown = not single("grenades").isdisjoint(sentence.forms[one.start : one.end])
    kind = "attack" if kind == "impact" or (kind == "explosion" and thrown) else kind
    before = sentence.forms[max(0, one.start - 3) : one.start]
    near = set(before[-1:]) | (set(before[-2:-1]) - {"that"})
    heard = sentence.forms[one.start] in {"sound", "sounds", "noise", "boom", "thud", "thuds"}
    definite = noun and bool(single("determiners") & near) and kind not in CASUALTIES
    definite &= not heard  # "woke to the sound of artillery"
    ends = (sentence.forms[one.start], sentence.forms[one.end - 1])
    plural = noun and any(form.endswith("s") and not form.endswith("ss") for form in ends)
    return Trigger(one.start, one.end, kind, noun, _status(sentence, one), definite, plural)


def _window(sentence: Sentence, at: int, reach: int) -> list[str]:
    """The words before one, back to a mark or a word that opens another clause."""
    start = max(0, at - reach)
    for back in range(at - 1, start - 1, -1):
        form, gap = sentence.forms[back], sentence.words[back + 1].gap
        if ";" in gap or "|" in gap or form in {"but", "while", "when", "after"}:
            start = back + 1
            break
    return ["" if _is_no_cue(sentence, n) else sentence.forms[n] for n in range(start, at)]


def _is_no_cue(sentence: Sentence, at: int) -> bool:
    """Whether a word only looks like one that changes how an event is told."""
    word = sentence.words[at]
    who = word.form == "accused" and not single("named_accused").isdisjoint(
        sentence.forms[max(0, at - 1) : at]
    )
    return word.text == "May" or who or _is_numbered(sentence, at)  # the month; "unknown accused"


def _is_numbered(sentence: Sentence, at: int) -> bool:
    """Whether "no" is short for number: "Flash Update No. 2"."""
    return sentence.forms[at] == "no" and sentence.forms[at + 1][:1].isdecimal()


def _status(sentence: Sentence, one: Found[tuple[str, bool]]) -> str:
    if not sentence.words[one.start].latin:
        return _local_status(sentence, one)
    kind, noun = one.value
    close = _window(sentence, one.start, 4)
    if phrases("cues", "negated", "before").any(close) and kind not in CASUALTIES:
        return "negated"
    if _is_denied(_window(sentence, one.start, 12)):
        return "denied"
    if _is_hypothetical(sentence, one, noun=noun):
        return "hypothetical"
    if _is_spoken_of(sentence, one, noun=noun):
        return "reference"
    accused = phrases("cues", "accused", "before").any(_window(sentence, one.start, 14))
    return "accused" if accused else "told"


def _is_spoken_of(sentence: Sentence, one: Found[tuple[str, bool]], *, noun: bool) -> bool:
    """Whether something else is about it: "condemned the attack", "the killing of two"."""
    if sentence.words[max(0, one.start - 1)].owns and _is_weekday(sentence, one.start - 1):
        return False  # "victims of Saturday's bombardment"
    deed = sentence.forms[one.start] in {"killing", "killings", "death", "deaths"}
    deed &= one.end == one.start + 1  # not "the death toll"
    if deed and sentence.forms[max(0, one.start - 1)] == "the":
        return True
    return (noun or deed) and _is_about(_window(sentence, one.start, 7))


def _is_weekday(sentence: Sentence, at: int) -> bool:
    """Whether a day of the week stands at a word, or just before it ("Sunday night's")."""
    days = day_words.weekdays()
    return any(days.at(sentence.forms, max(0, back)) for back in (at, at - 1))


def _is_hypothetical(sentence: Sentence, one: Found[tuple[str, bool]], *, noun: bool) -> bool:
    """Whether something may happen, or is wanted, feared, planned, or asked about."""
    if sentence.asks or (noun and _may_follow(sentence, one.end)):
        return True
    window = _window(sentence, one.start, 7)
    return phrases("cues", "hypothetical", "before").any(window) or _is_purpose(sentence, one.start)


def _is_denied(window: Sequence[str]) -> bool:
    return phrases("cues", "denied", "before").any(window)


def _is_purpose(sentence: Sentence, at: int) -> bool:
    """Whether "to" makes a purpose of a verb: "drones to strike targets"."""
    listed_ = sentence.forms
    for back in (at - 1, at - 2):
        if (
            back >= 0
            and listed_[back] == "to"
            and (back == at - 1 or listed_[at - 1].endswith("ly"))
        ):
            before = listed_[back - 1] if back else ""
            return before not in _real()
    return False


@cache
def _real() -> frozenset[str]:
    """Words after which "to do" was done: "forced to close"."""
    return frozenset(listed("cues", "infinitive", "real"))


def _may_follow(sentence: Sentence, end: int) -> bool:
    """Whether a noun is what may come: "a closure could follow"."""
    for at in range(end, min(end + 6, len(sentence.forms))):
        if sentence.words[at].gap.strip("-"):
            return False
        if sentence.forms[at] in {"could", "would", "may", "might"}:
            return True
    return False


def _is_about(window: Sequence[str]) -> bool:
    """Whether a noun is what something else is about: "condemned the attack"."""
    about = phrases("cues", "about", "before")
    near = list(window[-5:])
    return any(about.at(near, at) for at in range(len(near)))


def _local_status(sentence: Sentence, one: Found[tuple[str, bool]]) -> str:
    """In Pashto, Dari and Urdu the verb that tells how comes behind."""
    end = one.end
    before = sentence.forms[max(0, one.start - 5) : one.start]
    behind = sentence.forms[end : end + 4]
    spoken = phrases("cues", "local_about", "before").any(before)
    if one.value[1] and (spoken or phrases("cues", "local_about", "after").any(behind)):
        return "reference"
    after = sentence.forms[end:]
    if phrases("cues", "denied").any(sentence.forms):
        return "denied"
    if phrases("cues", "negated", "after").any(after[:5]):
        return "negated"
    if phrases("cues", "hypothetical", "after").any(sentence.forms[max(0, end - 8) : end + 8]):
        return "hypothetical"
    return "told"


def tells_event(words: Sequence[str], at: int) -> bool:
    """Whether a word that tells an event begins at a place."""
    return _lexicon().at(words, at) is not None


def tells_object(sentence: Sentence) -> bool:
    """Whether a sentence names weapons, men at arms, people or what can be hit."""
    return named("events", "weapons").any(sentence.forms) or named("events", "targets").any(
        sentence.forms
    )


def is_denial(sentence: Sentence) -> bool:
    """Whether a sentence only denies what was told before: "Islamabad denied it"."""
    denied = phrases("cues", "denied").all(sentence.forms)
    if not denied or phrases("cues", "accused", "before").any(sentence.forms):
        return False
    if not sentence.words[denied[0].start].latin:
        return True
    after = sentence.forms[denied[0].end : denied[0].end + 4]
    return len(sentence.forms) <= denied[0].end or bool(set(after) & _denied_things())


@cache
def _denied_things() -> frozenset[str]:
    return frozenset(listed("cues", "denied", "what"))


def type_of(kinds: Sequence[str], sentence: Sentence, span: tuple[int, int], after: int = 0) -> str:
    """The event type of triggers that tell one event.

    Parameters
    ----------
    kinds : sequence of str
        As in :class:`Trigger`.
    sentence : Sentence
    span : (int, int)
        Words among which weapons and targets are looked for.
    after : int
        Behind which word the object of an attack stands; 0 where that is not known.
    """
    plain = [kind for kind in kinds if kind in EVENT_TYPES]
    words = sentence.forms[slice(*span)]
    weapons = [one.value for one in named("events", "weapons").all(words)]
    flown = _from_the_air(weapons, plain, words)
    if flown:
        return flown
    if plain:
        return _strongest(plain)
    if weapons and not (set(weapons) == {"explosion"} and phrases("cues", "guns").any(words)):
        return next(kind for kind in _ORDER if kind in weapons)
    if "bombardment" in kinds:
        return "shelling"
    behind = sentence.forms[after:] if after else []
    if "attack" in kinds and named("events", "targets").any(behind):
        return _by_object(behind)
    return _by_target(words, kinds)


def _from_the_air(weapons: Sequence[str], plain: Sequence[str], words: Sequence[str]) -> str:
    """The type of what a drone or aircraft did; empty where none did it."""
    if "drone_strike" in weapons and set(plain) <= {"airstrike", "shelling", "explosion"}:
        return "drone_strike"
    aircraft = "airstrike" in weapons and {"missile", "missiles"}.isdisjoint(words)
    return "airstrike" if aircraft and set(plain) == {"explosion"} else ""


_ORDER = ("drone_strike", "airstrike", "explosion", "shelling")


def _strongest(kinds: Sequence[str]) -> str:
    """Of several types told at once the most particular."""
    for kind in ("drone_strike", "airstrike", "explosion"):
        if kind in kinds and "armed_clash" not in kinds[:1]:
            return kind
    return kinds[0]


def _by_object(words: Sequence[str]) -> str:
    """The type by the first that an attack is said to be on."""
    first = named("events", "targets").all(words)[0].value
    return "attack_on_civilians" if first == "civilian" else "armed_clash"


def _by_target(words: Sequence[str], kinds: Sequence[str]) -> str:
    hit = [one.value for one in named("events", "targets").all(words)]
    if "attack" in kinds or "killed" in kinds or "wounded" in kinds:
        armed = single("gunmen").isdisjoint(words) and "armed men" not in " ".join(words)
        if ("civilian" in hit or not armed) and not _fighters_hit(words):
            return "attack_on_civilians"
        return "armed_clash" if hit or "attack" in kinds else "unknown"
    return "unknown"


def _fighters_hit(words: Sequence[str]) -> bool:
    """Whether soldiers or posts are among those hit; who attacks and who speaks does not count."""
    security = [
        one for one in named("events", "targets").all(words)
        if one.value == "security" and words[one.start] not in single("fighters")
    ]  # fmt: skip
    return bool(security)
