"""Identifiers: unique over everything that is read together, and the same on every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from bordermap.values.text import Note, shorten

__all__ = ["UniqueIds", "fingerprint", "made_id"]


def fingerprint(content: Mapping[str, str]) -> str:
    """SHA-256 of a row's content, whatever the order of its columns."""
    dumped = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(dumped.encode("utf-8", "replace")).hexdigest()


def made_id(content: str) -> str:
    """The id of a row that brings none, from its :func:`fingerprint`."""
    return f"row-{content[:12]}"


class UniqueIds:
    """Hands out ids, row after row.

    Parameters
    ----------
    given : iterable of str
        Every id that the rows bring, repeats included, so that no made-up one equals any.
    """

    def __init__(self, given: Iterable[str]) -> None:
        self._given: set[str] = set()
        self._repeated: set[str] = set()
        for one in given:
            (self._repeated if one in self._given else self._given).add(one)
        self._made: set[str] = set()
        self._suffixes: dict[str, int] = {}
        self._seen: dict[str, dict[str, str]] = {}

    def is_unique(self, own: str) -> bool:
        """Whether exactly one row brings this id."""
        return own in self._given and own not in self._repeated

    def not_unique(self, given: Iterable[str]) -> list[int]:
        """Positions of the rows that bring no id, or one that another row brings as well."""
        own_ids = list(given)
        if not self._repeated and all(own_ids):
            return []
        return [at for at, own in enumerate(own_ids) if not own or own in self._repeated]

    def _next_free(self, base: str) -> str:
        number = self._suffixes.get(base, 1) + 1
        while (name := f"{base}-{number}") in self._given or name in self._made:
            number += 1
        self._suffixes[base] = number
        self._made.add(name)
        return name

    def name(self, own: str, content: str, where: str) -> tuple[str, Note | None]:
        """The id of one row.

        Parameters
        ----------
        own : str
            The row's own id, or empty.
        content : str
            The row's :func:`fingerprint`.
        where : str
            The row in words, for the notes on later ones.

        Returns
        -------
        tuple of str and (Note or None)
            Its own id, or one made from its content; ``ID-2`` and a note where it was used
            before; a rejecting note where the row with that id is an exact repeat.
        """
        base = own or made_id(content)
        first_use = base not in self._seen
        before = self._seen.setdefault(base, {})
        earlier = before.get(content)
        before.setdefault(content, where)
        if first_use:
            return base, None
        if own and earlier is not None:
            return base, Note("duplicate_row", f"repeats {earlier} exactly", rejects=True)
        name = self._next_free(base)
        if own:
            message = f"the id {shorten(own, 40)!r} was used before, now {shorten(name, 44)!r}"
            return name, Note("duplicate_id", message)
        return name, Note("repeated_content", f"the same as {earlier}, and no id of its own")
