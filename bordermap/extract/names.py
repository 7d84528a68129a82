"""Names of places in a sentence, and how each is used: a place, a government, a person, a force."""

from __future__ import annotations

from bordermap.extract.latin_names import LatinNames
from bordermap.extract.local_names import LocalNames
from bordermap.extract.mention import ROLES, Mention, Names
from bordermap.extract.sentences import Sentence
from bordermap.gazetteer import Gazetteer

__all__ = ["ROLES", "Mention", "mentions_of"]


def mentions_of(sentence: Sentence, gazetteer: Gazetteer) -> list[Mention]:
    """The names of places in a sentence, each with its role, in the order of the text."""
    latin, local = LatinNames(sentence, gazetteer), LocalNames(sentence, gazetteer)
    found: list[Mention] = []
    at = 0
    while at < len(sentence.words):
        finder: Names = latin if sentence.words[at].latin else local
        mention = None if at in latin.blocked else finder.at(at)
        if mention is None:
            at += 1
            continue
        found.append(mention)
        at = mention.last
        latin.told = local.told = at if mention.role == "place" else -1
    return found
