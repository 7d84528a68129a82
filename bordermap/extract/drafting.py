"""Events put together over the sentences of a text, and written as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from bordermap.border import GEOD
from bordermap.draft_schema import Document
from bordermap.extract.actors import Parties
from bordermap.extract.context import day_before, place_before
from bordermap.extract.days import Moment, moments_of
from bordermap.extract.events import VIOLENT, Trigger, is_denial, tells_object
from bordermap.extract.gathering import Account, Reading, accounts_of
from bordermap.extract.lexicon import listed, phrases
from bordermap.extract.mention import Mention
from bordermap.extract.names import mentions_of
from bordermap.extract.places import CONTEXT_AFTER, CONTEXT_BEFORE, RANKS, Locus, Places
from bordermap.extract.sentences import sentences_of
from bordermap.extract.words import forms
from bordermap.gazetteer import Gazetteer
from bordermap.geocode.context import nested

__all__ = ["Story", "story_of"]

HISTORY_DAYS = 366
"""What is older than this when a text is published is told as background."""

NEAR_SENTENCES = 4
"""So far back "the attack" and deaths without a place may belong to an event."""


class Story:
    """The events of one text, as its sentences tell them one after the other."""

    def __init__(self, document: Document, gazetteer: Gazetteer) -> None:
        self.document = document
        self.gazetteer = gazetteer
        self.places = Places.of(gazetteer)
        self.sentences = sentences_of(document.text)
        self.accounts: list[Account] = []
        self.vague: dict[str, Account] = {}
        self.mentions = [mentions_of(sentence, gazetteer) for sentence in self.sentences]
        moments = moments_of(self.sentences, document.published)
        self.readings = [
            Reading(sentence, days, self._loci(number))
            for number, (sentence, days) in enumerate(zip(self.sentences, moments, strict=True))
        ]

    def _loci(self, number: int) -> list[Locus]:
        """The places of a sentence; one that it only counts a distance from goes before it."""
        sentence, names, text = self.sentences[number], self.mentions[number], self.document.text
        found = self.places.loci(sentence, names, text)
        before = self.mentions[number - 1] if number else []
        away = self.places.counted_from(sentence, [*_earlier(before), *names], text)
        return [*found, away] if away else found

    def read(self) -> None:
        """Read the sentences in their order."""
        if any(phrases("cues", "unreal").any(sentence.forms) for sentence in self.sentences):
            return
        for reading in self.readings:
            if reading.sentence.role == "dateline":
                continue
            self._sentence(reading)
        self.accounts = [account for account in self.accounts if self._is_told(account)]

    def _sentence(self, reading: Reading) -> None:
        responsible = phrases("cues", "responsible").any(reading.sentence.forms)
        accounts = [] if responsible else accounts_of(reading)
        if not accounts and self.accounts:
            self._more(reading)
        for account in accounts:
            if self._is_general(reading, account):
                self.vague.setdefault(account.kind, account)
                continue
            self._placed(reading, account)
            self._dated(reading, account)
            known = self._known(reading, account)
            if known is not None:
                self._merge(known, account)
            elif self._is_event(reading, account):
                self.accounts.append(account)

    # What a sentence adds to events already told.

    def _more(self, reading: Reading) -> None:
        """A denial, a toll or a claim of responsibility, told of the event before."""
        last = self.accounts[-1]
        if reading.sentence.number - last.last > NEAR_SENTENCES:
            return
        if is_denial(reading.sentence):
            last.flags.add("denied")
        if reading.says("incident"):
            self._circumstances(reading, last)
        if phrases("cues", "responsible").any(reading.sentence.forms) and reading.actors:
            actor = reading.actors[0]
            if not actor.general and (last.parties.a is None or last.parties.a.general):
                last.parties = replace(last.parties, a=actor)
                last.spans.setdefault("actor", []).append(reading.span(actor.first, actor.last))
        if reading.counts and not reading.loci:
            last.counts.append(reading.counts)
            last.spans.setdefault("toll", []).extend(
                reading.span(c.first, c.last) for c in reading.counts
            )

    def _circumstances(self, reading: Reading, last: Account) -> None:
        """Day and place of "the incident", where they were not told with it."""
        days = [moment for moment in reading.moments if not (moment.said or moment.since)]
        if last.moment is None and days:
            last.moment = days[0]
            last.flags |= set(days[0].flags)
            last.spans["date"] = [reading.span(days[0].first, days[0].last)]
        if last.locus is None and reading.loci:
            last.locus = self.places.settled(reading.loci[0], reading.loci[1:], self._home())
            last.spans["place"] = [(last.locus.start, last.locus.end)]

    def _known(self, reading: Reading, account: Account) -> Account | None:
        """The event already told that a sentence goes on about."""
        if account.apart and not account.refers:
            return None
        for known in reversed(self.accounts):
            if self._is_same(reading, known, account):
                return known
        return self._undated(reading, account)

    def _undated(self, reading: Reading, account: Account) -> Account | None:
        """What has been told lasts: "the crossing was still closed"."""
        if "date" in account.spans or account.kind not in {"crossing_closure", "protest"}:
            return None
        for known in reversed(self.accounts):
            near = reading.sentence.number - known.last <= NEAR_SENTENCES
            if near and known.kind == account.kind and self._places_agree(known.locus, account.locus):
                return known
        return None

    def _is_same(self, reading: Reading, known: Account, account: Account) -> bool:
        if self._is_same_closure(reading, known, account):
            return True
        goes_on = self._goes_on(reading, known, account)
        if _is_one_of(known, account):
            return False
        kinds = goes_on or _kinds_agree(known, account)
        agree = kinds and _days_agree(known.moment, account.moment)
        several = known.locus is not None and "several_places" in known.locus.flags
        there = self._places_agree(known.locus, account.locus) or (several and account.refers)
        if not (agree and there):
            return False
        if known.sentence.number == account.sentence.number:
            return False
        near = reading.sentence.number - known.last <= NEAR_SENTENCES
        bare = account.locus is None or "place_from_context" in account.locus.flags
        goes_on |= account.casualties_only and bare and account.moment is None and near
        if account.refers or goes_on or known.sentence.role == "headline":
            return True
        if account.locus is None or known.locus is None:
            return near and _kinds_same(known, account)
        dated = account.moment is not None and known.moment is not None
        return dated or (near and "country" not in {account.locus.rank, known.locus.rank})

    def _is_same_closure(self, reading: Reading, known: Account, account: Account) -> bool:
        """Whether the day of closing is told behind that of opening, of one crossing."""
        if {known.kind, account.kind} != {"crossing_closure"}:
            return False
        one, other = known.moment, account.moment
        if not (one and other and one.start and other.start and known.locus and account.locus):
            return False
        near = reading.sentence.number - known.last <= 2 and abs((one.start - other.start).days) < 32
        same = known.locus.placement.place_id == account.locus.placement.place_id
        earlier = other.start < one.start and "place_from_context" in account.locus.flags
        return near and same and earlier

    @staticmethod
    def _goes_on(reading: Reading, known: Account, account: Account) -> bool:
        """Whether a sentence tells more of an event: it has neither day nor place of its own."""
        near = reading.sentence.number - known.last <= 2
        bare = account.locus is None or "place_from_context" in account.locus.flags
        violent = account.kind in VIOLENT | {"unknown"} and known.kind in VIOLENT | {"unknown", "other"}
        hurt = known.kind == "protest" and account.casualties_only
        same = violent or hurt or known.kind == account.kind
        return near and bare and same and "date" not in account.spans

    def _places_agree(self, one: Locus | None, other: Locus | None) -> bool:
        if one is None or other is None or one.record == other.record:
            return True
        a, b = one.placement, other.placement
        if a.place_id and a.place_id == b.place_id:
            return True
        entries = self.gazetteer.entry(a.place_id), self.gazetteer.entry(b.place_id)
        if entries[0] and entries[1]:
            return nested(entries[0], entries[1])
        if a.lon is None or b.lon is None or a.lat is None or b.lat is None:
            return _words_agree(one, other)
        apart_m = GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2]
        return bool(apart_m <= max(a.radius_m or 0.0, b.radius_m or 0.0))

    def _merge(self, known: Account, account: Account) -> None:
        """Add to an event what another sentence tells of it."""
        headline = known.sentence.role == "headline"
        if headline:
            known.sentence, known.counts = account.sentence, [row for row in account.counts if row]
            known.spans["toll"] = []
        else:
            known.counts += account.counts
        if account.sure_kind and (not known.sure_kind or headline) and not account.refers:
            known.kind, known.sure_kind = account.kind, True
        elif known.kind == "unknown":
            known.kind = account.kind
        self._merge_parts(known, account, headline)
        known.last = account.sentence.number
        known.parties = _joined_parties(known.parties, account.parties)

    def _merge_parts(self, known: Account, account: Account, headline: bool) -> None:
        replaced = False
        if account.locus and (known.locus is None or headline or _says_more(account, known)):
            known.locus, replaced = account.locus, True
            known.spans["place"] = account.spans.get("place", [])
        if account.moment and (known.moment is None or headline):
            known.flags -= {"relative_date", "year_assumed", "date_unclear"}
            known.moment = account.moment
            known.flags |= set(account.moment.flags)
            known.spans["date"] = account.spans.get("date", [])
        if known.moment and account.moment and _since_then(known, account):
            known.moment = replace(known.moment, start=account.moment.start, end=known.moment.end or known.moment.start)
        elif known.moment and account.moment and account.moment.since != known.moment.since:
            known.moment = _lasting(known.moment, account.moment)
        for name in ("event", "toll", "actor"):
            known.spans.setdefault(name, []).extend(account.spans.get(name, []))
        if replaced:
            known.flags -= {"several_places"}
        known.flags |= account.flags & {"denied", "several_places"}

    # Place and day from around.

    def _placed(self, reading: Reading, account: Account) -> None:
        """Settle what the place means by the sentences around."""
        unknown = account.locus is not None and "place_unknown" in account.locus.flags
        if account.locus is None or (unknown and "here" in reading.sentence.forms):
            nearby = self._same_place(reading) or self._local_dateline(reading, account)
            nearby = nearby or self._spoken(reading)
            if nearby is None and not account.refers:
                nearby = place_before(self.readings, self._position(reading), self.accounts)
            nearby = nearby and self.places.settled(nearby, reading.loci, self._home())
            account.locus = self._here(reading) or account.locus or nearby
            if account.locus:
                account.spans["place"] = [(account.locus.start, account.locus.end)]
            return
        around: list[Locus] = [one for one in reading.loci if one is not account.locus]
        position = self.sentences.index(reading.sentence)
        for step in range(1, CONTEXT_BEFORE + 1):
            around += self._loci_at(position - step)
            if step <= CONTEXT_AFTER:
                around += self._loci_at(position + step)
        account.locus = self.places.settled(account.locus, around, self._home())
        lost = account.locus.placement.located_by == "none" or "place_unknown" in account.locus.flags
        bare = not (account.locus.record.district or account.locus.record.province)
        local = self._dateline() if lost and bare else None
        if local and not phrases("roles", "wire").any(local.record.place.casefold().split()):
            account.locus = replace(local, flags=local.flags | {"place_unknown"})

    def _home(self) -> str:
        """The country of the dateline, by its name."""
        names = {"AF": "Afghanistan", "PK": "Pakistan"}
        for sentence, mentions in zip(self.sentences, self.mentions, strict=True):
            hits = [hit for mention in mentions for hit in mention.hits]
            if sentence.role == "dateline" and hits:
                return names.get(hits[0].entry.country, "")
        return ""

    def _same_place(self, reading: Reading) -> Locus | None:
        """The place told before, where the sentence says "the town" or "there"."""
        before = [a for a in self.accounts if a.locus and a.locus.rank != "country"]
        if not before or not reading.says("same_place"):
            return None
        known = before[-1]
        if known.locus is None or reading.sentence.number - known.last > NEAR_SENTENCES:
            return None
        return replace(known.locus, flags=known.locus.flags | {"place_from_context"})

    def _spoken(self, reading: Reading) -> Locus | None:
        """The place of those who tell of an event, where nothing else says where it was."""
        position = self._position(reading)
        for at in range(position, max(-1, position - 2), -1):
            text, names = self.document.text, self.mentions[at]
            found = self.places.spoken(self.sentences[at], names, text)
            named = forms(found.record.place or found.record.district) if found else ()
            if found and not phrases("roles", "capitals").any(named):
                return replace(found, flags=found.flags | {"place_from_context"})
            if self.readings[at].loci:
                return None
        return None

    def _loci_at(self, position: int) -> Sequence[Locus]:
        return self.readings[position].loci if 0 <= position < len(self.readings) else []

    def _here(self, reading: Reading) -> Locus | None:
        """The place of the dateline, where the sentence says "here"."""
        if "here" not in reading.sentence.forms:
            return None
        return self._dateline()

    def _local_dateline(self, reading: Reading, account: Account) -> Locus | None:
        """A small town's dateline, for an event of the opening that names no place at all."""
        if reading.sentence.paragraph > 0 or account.refers or account.casualties_only:
            return None
        found = self._dateline()
        if found is None or phrases("roles", "wire").any(found.record.place.casefold().split()):
            return None
        return found

    def _dateline(self) -> Locus | None:
        for sentence, mentions in zip(self.sentences, self.mentions, strict=True):
            if sentence.role == "dateline" and mentions:
                first = replace(mentions[0], role="place")
                locus = self.places.loci(sentence, [first], self.document.text)[0]
                return replace(locus, flags=locus.flags | {"place_from_context"})
        return None

    def _position(self, reading: Reading) -> int:
        return self.sentences.index(reading.sentence)

    def _dated(self, reading: Reading, account: Account) -> None:
        """A day that the sentences before give; background goes on from its year."""
        if account.moment is not None or account.refers:
            return
        position = self._position(reading)
        before = self.readings[max(0, position - 1) : position]
        years = [m for row in before for m in row.moments if m.precision == "year" and not m.said]
        if years and before[0].sentence.paragraph == reading.sentence.paragraph:
            account.moment = years[0]
            return
        found = day_before(self.readings, position, self.accounts)
        account.moment = found or self._today()
        account.flags |= account.moment.flags if account.moment else set()

    def _today(self) -> Moment | None:
        """The day of publication, for a text without days that tells what is going on."""
        day = self.document.published
        if day is None or any(reading.moments for reading in self.readings):
            return None
        going_on = "#" in self.document.text or any(r.says("immediate") for r in self.readings)
        flags = frozenset({"date_from_publication"})
        return Moment(day, None, "day", flags, 0, 0) if going_on else None

    # What counts.

    def _is_general(self, reading: Reading, account: Account) -> bool:
        """Whether events are told as many of a kind: "clashes have surged"."""
        if not reading.says("general") or account.kind in {"unknown", "crossing_closure"}:
            return False
        many = any(t.plural or _is_mass(reading, t) for t in account.triggers)
        dated = account.moment is not None and account.moment.precision == "day"
        return many and not dated and not any(account.counts)

    def _is_event(self, reading: Reading, account: Account) -> bool:
        """Whether enough is told for an incident."""
        locus, moment = account.locus, account.moment
        placed = locus is not None and locus.rank != "country"
        dated = moment is not None and not moment.since and moment.precision != "year"
        counts = [count for row in account.counts for count in row]
        toll = any(count.low != 0 for count in counts)
        deaths = any(
            t.kind == "killed" and t.status == "told" and t.first > 0 for t in account.triggers
        )
        toll |= deaths and not counts and not account.casualties_only
        if not (toll or "date" in account.spans or self._opens(reading, account)):
            return False
        borrowed = dated and "date_unclear" in account.flags and not placed
        past = moment is None and reading.says("history")
        if account.kind == "unknown" and _died_only(reading, account):
            return False
        if borrowed or past or self._is_abroad(reading, account):
            return False
        if account.refers:
            return placed and dated
        if account.casualties_only or any(t.status == "accused" for t in account.triggers):
            killed = any(t.kind != "wounded" for t in account.triggers)
            return placed and (toll or (dated and killed))
        if all(_is_weak(reading, t) for t in account.triggers):
            weakest = all(_is_weak(reading, t, "weakest") for t in account.triggers)
            hit = tells_object(reading.sentence) or bool(reading.actors)
            return toll or (placed and hit and not weakest)
        opens = toll and reading.sentence.paragraph <= 1
        return placed or dated or opens or (moment is not None and locus is not None)

    def _opens(self, reading: Reading, account: Account) -> bool:
        """Whether an event without day and toll is what the text is about."""
        headline = reading.sentence.role == "headline"
        lead = reading.sentence.number <= 1 and reading.sentence.paragraph <= 1
        lead &= self.document.published is not None
        borrowed = account.moment is not None and "date_unclear" in account.flags
        hit = tells_object(reading.sentence) and "place" in account.spans
        if hit and (borrowed or (lead and not account.casualties_only)):
            return True
        return account.sure_kind and (headline or lead or borrowed)

    def _is_abroad(self, reading: Reading, account: Account) -> bool:
        """Whether an event is at another border; one that may be ours is flagged."""
        if not phrases("roles", "abroad").any(reading.sentence.forms):
            return False
        account.flags.add("other_border")
        return account.locus is None or account.locus.rank == "country"

    def _is_told(self, account: Account) -> bool:
        """Whether an event is told as news; what is told as background must have its day."""
        if account.sentence.role == "headline" and len(self.accounts) > 1 and not account.moment:
            return False
        moment, published = account.moment, self.document.published
        if moment is None or moment.start is None:
            return True
        if moment.precision == "year" and published is None:
            return True
        old = (
            published is not None and (published - (moment.end or moment.start)).days > HISTORY_DAYS
        )
        if old or moment.precision == "year":
            account.flags.add("history")
            return moment.precision in {"day", "month"} and account.locus is not None
        return True


def _earlier(mentions: Sequence[Mention]) -> list[Mention]:
    return [m for m in mentions if m.role in {"place", "spoken", "dateline"}]


def _died_only(reading: Reading, account: Account) -> bool:
    """Whether nothing says that somebody was killed: "the poet died in Peshawar"."""
    peaceful = {"died", "dies", "die", "dying", "death", "deaths", "dead", "body", "bodies"}
    return all(reading.sentence.forms[t.first] in peaceful for t in account.triggers)


def _is_mass(reading: Reading, trigger: Trigger) -> bool:
    """Whether a noun may name many without an English plural: "fighting", "نښتې"."""
    if not reading.sentence.words[trigger.first].latin:
        return trigger.noun
    return trigger.noun and reading.sentence.forms[trigger.last - 1].endswith("ing")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(listed("cues", name))


def _is_weak(reading: Reading, trigger: Trigger, name: str = "weak") -> bool:
    """Whether a word tells an event only beside a place or a toll: "hit", "fired"."""
    return trigger.last - trigger.first == 1 and reading.sentence.forms[trigger.first] in _words(
        name
    )


_FAMILIES = (
    {"airstrike", "drone_strike"},
    {"armed_clash", "shelling"},
    {"explosion", "attack_on_civilians"},
)


def _kinds_same(one: Account, other: Account) -> bool:
    unsure = not one.sure_kind or not other.sure_kind
    return one.kind == other.kind or (unsure and {one.kind, other.kind} <= VIOLENT | {"unknown"})


def _kinds_agree(known: Account, account: Account) -> bool:
    """Whether two accounts may be of one event by their types."""
    if _kinds_same(known, account):
        return True
    kinds = {known.kind, account.kind}
    if account.refers or known.sentence.role == "headline" or account.casualties_only:
        return kinds <= VIOLENT | {"unknown"}
    return any(kinds <= family for family in _FAMILIES)


def _days_agree(one: Moment | None, other: Moment | None) -> bool:
    if one is None or other is None or one.start is None or other.start is None:
        return True
    if one.since or other.since:
        return True  # what has gone on since a day holds on the other as well
    return one.start <= (other.end or other.start) and other.start <= (one.end or one.start)


def _since_then(known: Account, account: Account) -> bool:
    """Whether an account gives the day on which what is known to have lasted began."""
    one, other = known.moment, account.moment
    closed = {known.kind, account.kind} == {"crossing_closure"}
    starts = one and other and one.start and other.start and not (one.since or other.since)
    return bool(closed and starts and other.start < one.start)  # type: ignore[union-attr,operator]


def _is_one_of(known: Account, account: Account) -> bool:
    """Whether one day is told of what has gone on since another."""
    series, day = known.moment, account.moment
    if series is None or day is None or not series.since or day.since or account.refers:
        return False
    return known.kind in VIOLENT and "date" in account.spans and day.start != series.start


def _lasting(one: Moment, other: Moment) -> Moment:
    """From the day since which something goes on to that on which it was so."""
    since, on = (one, other) if one.since else (other, one)
    last = on.end or on.start
    if since.start is None or last is None or last < since.start:
        return on
    return replace(on, start=since.start, end=last, flags=on.flags | since.flags)


def _words_agree(one: Locus, other: Locus) -> bool:
    """Whether two places that could not both be placed name the same things."""
    pairs = zip(
        (one.record.place, one.record.district, one.record.province),
        (other.record.place, other.record.district, other.record.province),
        strict=True,
    )
    return all(not a or not b or a == b for a, b in pairs)


def _says_more(account: Account, known: Account) -> bool:
    """Whether a place is finer than the one that is known."""
    if account.locus is None or known.locus is None:
        return False
    if (
        "place_from_context" in known.locus.flags
        and "place_from_context" not in account.locus.flags
    ):
        return True
    mine, theirs = account.locus.placement.radius_m, known.locus.placement.radius_m
    finer = RANKS.index(account.locus.rank) < RANKS.index(known.locus.rank)
    return finer and (mine or 0.0) < (theirs or 1.0)


def _joined_parties(one: Parties, other: Parties) -> Parties:
    a = one.a if one.a and (not one.a.general or other.a is None or other.a.general) else other.a
    b = one.b if one.b and (not one.b.general or other.b is None or other.b.general) else other.b
    return Parties(a, b) if not (a and b and a.name == b.name) else one


def story_of(document: Document, gazetteer: Gazetteer) -> Story:
    """Read a document.

    Parameters
    ----------
    document : Document
    gazetteer : Gazetteer

    Returns
    -------
    Story
        Its ``accounts`` are the events, its ``vague`` the general mentions by type.
    """
    story = Story(document, gazetteer)
    story.read()
    return story
