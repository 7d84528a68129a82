"""Names looked up once: a text is read first, and its names are weighed after that."""

from __future__ import annotations

from functools import lru_cache

from bordermap.gazetteer import Gazetteer, Hit, Phrase

__all__ = ["found"]


@lru_cache(maxsize=16_384)
def found(gazetteer: Gazetteer, words: Phrase, *, unit: bool = False) -> tuple[Hit, ...]:
    """Candidates for a name in normalised words, as :meth:`Gazetteer.candidates` gives them."""
    return tuple(gazetteer.candidates(" ".join(words), unit=unit))
