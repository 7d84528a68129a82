"""Events put together over the sentences of a text, and written as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bordermap.draft_schema import Document
from bordermap.extract.context import day_before, place_before
from bordermap.extract.days import Moment
from bordermap.extract.events import is_denial
from bordermap.extract.gathering import accounts_of
from bordermap.extract.judging import is_counted, is_event, is_general, is_told
from bordermap.extract.lexicon import phrases
from bordermap.extract.mention import Mention
from bordermap.extract.moments import moments_of
from bordermap.extract.names import mentions_of
from bordermap.extract.places import CONTEXT_AFTER, CONTEXT_BEFORE, Locus, Places
from bordermap.extract.reading import Account, Reading
from bordermap.extract.sameness import NEAR_SENTENCES, known_of, merge
from bordermap.extract.sentences import sentences_of
from bordermap.extract.words import forms
from bordermap.gazetteer import Gazetteer

__all__ = ["Story", "story_of"]


_SPORT = 4
"""Different words of sport that make a text one of sport."""


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
        plays = self._is_of_sport()
        for reading in self.readings:
            if reading.sentence.role == "dateline" or (plays and not reading.counts):
                continue
            self._sentence(reading)
        if any(sentence.role != "body" for sentence in self.sentences):
            for account in self.accounts[:1]:
                self._date_of_news(account)
        alone = len(self.accounts) <= 1
        published = self.document.published
        self.accounts = [a for a in self.accounts if is_told(a, published, alone=alone)]

    def _is_alike(self, reading: Reading, account: Account) -> bool:
        """Whether an attack is one more of those told before: "hours later a house was hit"."""
        if account.sure_kind or not self.accounts:
            return False
        known = self.accounts[-1]
        near = reading.sentence.number - known.last <= 2 and not reading.actors
        again = known.kind == "drone_strike" and near and account.apart
        return again or "similar" in reading.sentence.forms

    def _is_of_sport(self) -> bool:
        """Whether a text tells of matches, in the words of war."""
        words = (phrases("cues", "games"), phrases("cues", "sport"))
        told = {
            tuple(sentence.forms[found.start : found.end])
            for sentence in self.sentences
            for listed in words
            for found in listed.all(sentence.forms)
        }
        return len(told) >= _SPORT

    def _sentence(self, reading: Reading) -> None:
        accounts = [] if reading.says("responsible") else accounts_of(reading)
        if not accounts and self.accounts:
            self._more(reading)
        for account in accounts:
            if self._is_alike(reading, account):
                account.kind = self.accounts[-1].kind
            account.refers &= bool(self.accounts) or "date" not in account.spans
            if is_general(reading, account):
                self.vague.setdefault(account.kind, account)
                continue
            if is_counted(reading, account):
                continue
            self._placed(reading, account)
            self._dated(reading, account)
            known = known_of(reading, account, self.accounts, self.gazetteer)
            if known is not None:
                merge(known, account)
            elif is_event(reading, account, self.document.published):
                self.accounts.append(account)

    # What a sentence adds to events already told.

    def _more(self, reading: Reading) -> None:
        """A denial, a toll or a claim of responsibility, told of the event before."""
        last = self.accounts[-1]
        if reading.sentence.number - last.last > NEAR_SENTENCES:
            return
        if is_denial(reading.sentence):
            last.flags.add("denied")
        if reading.says("untrue") and self._is_hearsay(last):
            self.accounts = [a for a in self.accounts if a.sentence != last.sentence]
            return
        if last.kind == "airstrike" and reading.says("drone") and not reading.says("denied"):
            last.kind = "drone_strike"
        if reading.says("incident"):
            self._circumstances(reading, last)
        if reading.says("responsible") and reading.actors:
            actor = reading.actors[0]
            if not actor.general and (last.parties.a is None or last.parties.a.general):
                last.parties = replace(last.parties, a=actor)
                last.spans.setdefault("actor", []).append(reading.span(actor.first, actor.last))
        if reading.counts and not reading.loci and not _is_of_old(reading, last):
            last.counts.append(reading.counts)
            last.spans.setdefault("toll", []).extend(
                reading.span(c.first, c.last) for c in reading.counts
            )

    def _is_hearsay(self, account: Account) -> bool:
        """Whether an event was told as what goes round."""
        return phrases("cues", "hearsay").any(account.sentence.forms)

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

    # Place and day from around.

    def _placed(self, reading: Reading, account: Account) -> None:
        """Settle what the place means by the sentences around."""
        unknown = account.locus is not None and "place_unknown" in account.locus.flags
        loose = unknown or (account.locus is not None and account.locus.is_borrowed)
        if account.locus is None or (loose and "here" in reading.sentence.forms):
            nearby = self._same_place(reading) or self._local_dateline(reading, account)
            nearby = nearby or self._spoken(reading)
            if nearby is None and not account.refers:
                nearby = place_before(self.readings, self._position(reading), self.accounts)
            nearby = nearby and self.places.settled(nearby, reading.loci, self._home())
            here = self._here(reading)
            here = here and self.places.settled(here, reading.loci, self._home())
            account.locus = here or account.locus or nearby
            if account.locus:
                account.spans["place"] = [(account.locus.start, account.locus.end)]
            return
        around: list[Locus] = [one for one in reading.loci if one is not account.locus]
        position = self._position(reading)
        for step in range(1, CONTEXT_BEFORE + 1):
            around += self._loci_at(position - step)
            if step <= CONTEXT_AFTER:
                around += self._loci_at(position + step)
        account.locus = self.places.settled(account.locus, around, self._home())
        lost = (
            account.locus.placement.located_by == "none" or "place_unknown" in account.locus.flags
        )
        bare = not (account.locus.record.district or account.locus.record.province)
        local = self._dateline() if lost and bare else None
        if local and not _is_of_wires(local):
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
        return known.locus.borrowed()

    def _spoken(self, reading: Reading) -> Locus | None:
        """The place of those who tell of an event, where nothing else says where it was."""
        position = self._position(reading)
        for at in range(position, max(-1, position - 2), -1):
            text, names = self.document.text, self.mentions[at]
            found = self.places.spoken(self.sentences[at], names, text)
            named = forms(found.record.place or found.record.district) if found else ()
            if found and not phrases("roles", "capitals").any(named):
                return found.borrowed()
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
        return None if found is None or _is_of_wires(found) else found

    def _dateline(self) -> Locus | None:
        for sentence, mentions in zip(self.sentences, self.mentions, strict=True):
            if sentence.role == "dateline" and mentions:
                first = replace(mentions[0], role="place")
                return self.places.loci(sentence, [first], self.document.text)[0].borrowed()
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

    def _date_of_news(self, account: Account) -> None:
        """The day on which news was told, or the one before, where nothing else is said."""
        reading = next(r for r in self.readings if r.sentence.start == account.sentence.start)
        days = [m for m in reading.moments if m.said and m.precision == "day" and not m.end]
        if account.moment or reading.says("history") or len(days) != 1 or not days[0].start:
            return
        account.moment = replace(days[0], start=days[0].start - timedelta(1), end=days[0].start)
        account.spans["date"] = [reading.span(days[0].first, days[0].last)]
        account.flags |= days[0].flags | {"date_unclear"}

    def _today(self) -> Moment | None:
        """The day of publication, for a text without days that tells what is going on."""
        day = self.document.published
        if day is None or any(reading.moments for reading in self.readings):
            return None
        going_on = "#" in self.document.text or any(r.says("immediate") for r in self.readings)
        flags = frozenset({"date_from_publication"})
        return Moment(day, None, "day", flags, 0, 0) if going_on else None


def _is_of_wires(dateline: Locus) -> bool:
    """Whether agencies write from there of events that were elsewhere."""
    return phrases("roles", "wire").any(dateline.record.place.casefold().split())


def _is_of_old(reading: Reading, last: Account) -> bool:
    """Whether a sentence tells of another year than an event: "had claimed two lives in 2018"."""
    years = {m.start.year for m in reading.moments if m.start and m.precision == "year"}
    known = last.moment.start.year if last.moment and last.moment.start else 0
    return bool(years) and known not in years


def _earlier(mentions: Sequence[Mention]) -> list[Mention]:
    return [m for m in mentions if m.role in {"place", "spoken", "dateline"}]


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
