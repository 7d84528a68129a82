"""Names of places in Arabic letters, which have no capitals: particles and words of kind tell."""

from __future__ import annotations

from functools import cache

from bordermap.extract.events import tells_event
from bordermap.extract.lexicon import listed, phrases, single
from bordermap.extract.mention import Mention, Names, not_names
from bordermap.extract.words import forms, number_of
from bordermap.gazetteer import Hit
from bordermap.geocode.lookup import found

__all__ = ["LocalNames"]


@cache
def _kinds() -> frozenset[str]:
    return frozenset(form for text in listed("roles", "kinds", "local") for form in forms(text))


class LocalNames(Names):
    """Finds names in Pashto, Dari and Urdu."""

    def at(self, at: int) -> Mention | None:
        if self.words[at].form[0].isdecimal() or self._counts(at):
            return None
        for size in range(min(4, len(self.words) - at), 0, -1):
            end = at + size
            name = tuple(self.forms[at:end])
            if any(word.gap.strip("-") for word in self.words[at + 1 : end]):
                continue
            if any(one in self.blocked for one in range(at, end)) or self._joined(name):
                continue
            if size > 1 and (self._is_kind(at) or self._is_kind(end - 1)):
                continue
            hits = self._hits(name, at, end)
            if hits:
                return self._mention(at, end, hits)
        return self._unknown(at)

    def _counts(self, at: int) -> bool:
        """Whether "three others" begins here: "درې نور"."""
        others = set(forms("نور نورو"))
        if self.forms[at] in others:
            return at > 0 and number_of(self.words[at - 1]) is not None
        counted = number_of(self.words[at]) is not None
        return counted and bool(others & set(self.forms[at + 1 : at + 2]))

    @staticmethod
    def _joined(name: tuple[str, ...]) -> bool:
        """Whether words begin or end with a particle."""
        return name[0] in single("particles") or name[-1] in single("particles")

    def _hits(self, name: tuple[str, ...], at: int, end: int) -> tuple[Hit, ...]:
        behind = self.forms[end : end + 1] in (["په"], ["پر"]) and self._is_kind(end + 1)
        behind |= tuple(self.forms[end : end + 2]) == forms("کے مقام")
        backed = self._is_kind(at - 1) or self._is_kind(end) or behind
        if name in not_names() and not backed:
            return ()
        if len(name) == 1 and (len(name[0]) < 3 or self._is_kind(at)):
            return ()
        hits = found(self.gazetteer, name, unit=bool(backed))
        if not hits and backed and len(name) == 1:
            hits = self._bent(name[0])
        exact = tuple(hit for hit in hits if not hit.how.startswith("folded"))
        known = any(hit.entry.kind in {"crossing", "province", "country"} for hit in exact)
        alone = not backed and not known and len(name) == 1 and at != self.told
        if alone and not self._placed(at, end) and self.sentence.role != "dateline":
            return ()
        if exact or backed or len(name) > 1:
            return exact or hits
        return hits if len(name[0]) > 4 and self._placed(at, end) else ()

    def _bent(self, form: str) -> tuple[Hit, ...]:
        """Readings of a Pashto name by the form that it has after a particle."""
        for ending, plain in (
            ("یو", "ۍ"),
            ("یو", "ی"),
            ("و", ""),
            ("و", "ی"),
            ("ې", "ه"),
            ("ه", ""),
        ):
            if form.endswith(ending) and len(form) > len(ending) + 2:
                hits = found(self.gazetteer, (form.removesuffix(ending) + plain,), unit=True)
                if hits:
                    return hits
        return ()

    def _is_kind(self, at: int) -> bool:
        return 0 <= at < len(self.words) and self.forms[at] in _kinds()

    def _placed(self, at: int, end: int) -> bool:
        after = self.forms[end] if end < len(self.forms) else ""
        before = self.forms[at - 1] if at else ""
        return after in single("behind") or before in single("ahead")

    def _mention(self, at: int, end: int, hits: tuple[Hit, ...]) -> Mention:
        start, last, kind = at, end, ""
        if self._is_kind(at - 1) and not self.words[at].gap and at != self.told:
            start, kind = at - 1, self.forms[at - 1]
        elif self._is_kind(end) and not self.words[end].gap:
            last, kind = end + 1, self.forms[end]
        span = self.words[start].start, self.words[last - 1].end
        role = self._role(start, last, kind, hits)
        name = self._text(at, end)
        if not found(self.gazetteer, tuple(self.forms[at:end]), unit=True):
            name = hits[0].spelling  # as it is without the particle's ending
        return Mention(start, last, *span, name, role, hits, kind)

    def _role(self, start: int, last: int, kind: str, hits: tuple[Hit, ...]) -> str:
        if self.sentence.role == "dateline":
            return "dateline"
        before = self.forms[start - 1] if start else ""
        goes = before in single("ways") and before not in single("particles")
        if goes or phrases("roles", "placing", "local_to").at(self.forms, last):
            return "origin"
        after = self.forms[last] if last < len(self.forms) else ""
        placed = after in single("behind") or before in single("ahead") - set(forms("د ضلع"))
        country = all(hit.entry.kind == "country" for hit in hits)
        if (country or phrases("roles", "capitals").any(self.forms[start:last])) and not kind:
            return "place" if placed else "metonym"
        offices = phrases("roles", "institutions", "local")
        if offices.at(self.forms, last) or offices.ending(self.forms, start):
            return "attribute"
        return "place"

    def _unknown(self, at: int) -> Mention | None:
        """A name that the gazetteer does not have, before or behind a word of kind."""
        if self.forms[at] not in single("villages"):
            return None
        for start in (at + 1, at - 1):
            word = self.forms[start] if 0 <= start < len(self.words) else ""
            told = tells_event(self.forms, start)
            if (
                len(word) > 2
                and word not in single("particles")
                and not (told or self._is_kind(start))
            ):
                first, last = min(at, start), max(at, start) + 1
                if any(one.gap for one in self.words[first + 1 : last]) or self._knows(start):
                    continue
                span = self.words[first].start, self.words[last - 1].end
                return Mention(
                    first, last, *span, self.words[start].text, "place", (), self.forms[at]
                )
        return None

    def _knows(self, at: int) -> bool:
        """Whether a name that the gazetteer has begins at a word."""
        ends = range(at + 1, min(at + 4, len(self.forms)) + 1)
        return any(found(self.gazetteer, tuple(self.forms[at:end])) for end in ends)
