"""Recipes: which column of a file is which column of the ledger, as data in TOML files.

A recipe has a ``name``, a table ``columns`` that lists for a column of the ledger the names it
may bear (the first that a file has is taken), optionally ``requires`` (columns of the ledger
by which it is recognised), ``formula_guard`` (text cells were written with an apostrophe before
``=``, ``+``, ``-`` and ``@``), ``constants`` (what holds for every row: whose precision codes
these are) and tables ``words.COLUMN`` (the source's words for ours, beside the
plain English ones of ``words.toml``).
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bordermap.errors import RecipeError
from bordermap.schema import DATE_PRECISIONS, EVENT_TYPES, columns_of
from bordermap.values.text import fold, shorten

__all__ = ["Recipe", "choose", "find", "ledger_names", "recipe_names", "unique_name"]

_FOLDER = Path(__file__).parent.parent / "recipes"
_WORDS_FILE = "words.toml"
# The most specific first; the last one fits any file.
_BUILT_IN = ("bordermap", "ucdp_ged", "acled", "newsroom")
# What a reader adds to a frame or writes itself, and so cannot be an input's own column.
_RESERVED = frozenset({"geometry", "geometry_fault"})
_MAX_BYTES = 1_000_000
_DBASE_NAME = 10
_WRITTEN_BY_READING = frozenset({"source_file", "source_row", "record_note"})
_COLUMNS = tuple(
    column.name for column in columns_of("reported") if column.name not in _WRITTEN_BY_READING
)
# What a recipe may say for every row of a file.
_CONSTANT = frozenset({"location_precision_scheme"})
_VOCABULARIES = {"event_type": EVENT_TYPES, "date_precision": DATE_PRECISIONS}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the columns of one kind of file mean."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    requires: tuple[str, ...] = ()
    formula_guard: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def match(self, headers: Sequence[str]) -> dict[str, str]:
        """The ledger's name for each header that is known; no name is given twice."""
        by_fold = {fold(header): header for header in reversed(headers)}
        found: dict[str, str] = {}
        for column, synonyms in self.columns.items():
            fits = (by_fold[fold(one)] for one in synonyms if fold(one) in by_fold)
            free = next((header for header in fits if header not in found), None)
            if free is not None:
                found[free] = column
        return found | self._cut_names(headers, found)

    def _cut_names(self, headers: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
        """Columns whose names a shapefile cut to ten characters, where one reading is left."""
        if any(len(header) > _DBASE_NAME for header in headers):
            return {}
        readings: dict[str, set[str]] = {}
        for column, synonyms in self.columns.items():
            for one in synonyms:
                if len(one) > _DBASE_NAME and column not in found.values():
                    cut = one.replace(" ", "_")[:_DBASE_NAME].casefold()
                    readings.setdefault(cut, set()).add(column)
        names: dict[str, str] = {}
        for header in headers:
            fits = readings.get(header.casefold(), set()) - set(names.values())
            if header not in found and len(fits) == 1:
                names[header] = fits.pop()
        return names


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes that come with the program."""
    return _BUILT_IN


def _broken(where: str, found: str) -> RecipeError:
    return RecipeError(found, where=where, todo="see bordermap/recipes/newsroom.toml for the form")


def _texts(value: Any) -> tuple[str, ...] | None:
    values = [value] if isinstance(value, str) else value
    if isinstance(values, list) and all(isinstance(one, str) for one in values):
        return tuple(values)
    return None


def _parse_columns(table: Any, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict) or not table:
        raise _broken(where, "the table 'columns' is missing")
    columns: dict[str, tuple[str, ...]] = {}
    for column, value in table.items():
        names = _texts(value)
        if column not in _COLUMNS:
            raise _broken(where, f"{shorten(column)!r} is no column of the ledger")
        if names is None:
            raise _broken(where, f"columns.{column} must be a list of names")
        columns[column] = names
    return columns


def _parse_words(table: Any, where: str) -> dict[str, dict[str, str]]:
    """Turn ``words.COLUMN.OURS = [theirs, ...]`` round."""
    words: dict[str, dict[str, str]] = {}
    for column, meanings in (table if isinstance(table, dict) else {"": None}).items():
        if column not in _VOCABULARIES or not isinstance(meanings, dict):
            known = " and ".join(_VOCABULARIES)
            raise _broken(where, f"'words' may hold tables for {known}")
        words[column] = {}
        for ours, value in meanings.items():
            theirs = _texts(value)
            if ours not in _VOCABULARIES[column] or theirs is None:
                raise _broken(where, f"words.{column}.{shorten(ours)} is not understood")
            words[column].update({fold(word): ours for word in theirs})
    return words


def _parse_constants(table: Any, where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not set(table) <= _CONSTANT:
        raise _broken(where, f"'constants' may hold {', '.join(sorted(_CONSTANT))}")
    if not all(isinstance(value, str) for value in table.values()):
        raise _broken(where, "'constants' must be texts")
    return dict(table)


def _toml(path: Path) -> dict[str, Any]:
    where = shorten(path.name)
    try:
        content = path.read_bytes()
        if len(content) > _MAX_BYTES:
            raise _broken(where, "the recipe is larger than 1 MB")
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise RecipeError(
            f"cannot be read ({reason})", where=where, todo="check the path"
        ) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecipeError):
            raise
        raise _broken(where, f"is not TOML ({shorten(str(error))})") from error


@cache
def _plain_words() -> Mapping[str, Mapping[str, str]]:
    return _parse_words(_toml(_FOLDER / _WORDS_FILE), _WORDS_FILE)


def _load(path: Path) -> Recipe:
    where = shorten(path.name)
    data = _toml(path)
    unknown = set(data) - {
        "name",
        "title",
        "columns",
        "requires",
        "formula_guard",
        "words",
        "constants",
    }
    if unknown:
        raise _broken(where, f"{shorten(min(unknown))!r} is not understood")
    columns = _parse_columns(data.get("columns"), where)
    requires = _texts(data.get("requires", []))
    if requires is None or not set(requires) <= set(columns):
        raise _broken(where, "'requires' must list columns that 'columns' names")
    own = _parse_words(data.get("words", {}), where)
    words = {
        column: {fold(term): term for term in terms}
        | dict(_plain_words().get(column, {}))
        | own.get(column, {})
        for column, terms in _VOCABULARIES.items()
    }
    return Recipe(
        name=shorten(str(data.get("name") or path.stem)),
        columns=columns,
        requires=requires,
        formula_guard=data.get("formula_guard") is True,
        words=words,
        constants=_parse_constants(data.get("constants", {}), where),
    )


@cache
def _built_in(name: str) -> Recipe:
    return _load(_FOLDER / f"{name}.toml")


def find(name: str) -> Recipe:
    """The recipe of a name, or of a file that ends in ``.toml``.

    Raises
    ------
    RecipeError
        There is none, or it is broken.
    """
    if name.lower().endswith(".toml"):
        return _load(Path(name))
    if name not in _BUILT_IN:
        known = ", ".join(_BUILT_IN)
        raise RecipeError(
            f"there is no recipe {shorten(name)!r}", todo=f"use one of {known}, or a .toml file"
        )
    return _built_in(name)


def choose(headers: Sequence[str], name: str | None) -> Recipe:
    """The recipe asked for, or the first whose required columns are all there."""
    if name is not None:
        return find(name)
    for recipe in map(_built_in, _BUILT_IN):
        if set(recipe.requires) <= set(recipe.match(headers).values()):
            return recipe
    return _built_in(_BUILT_IN[-1])


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, or the name with the first of ``_2``, ``_3``, ... that is not taken."""
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def ledger_names(headers: Sequence[str], recipe: Recipe) -> list[str]:
    """A unique column name for each unique header.

    The ledger's where the recipe knows it, else the header itself; a header that merely looks
    like a column of the ledger becomes ``NAME_input``.
    """
    known = recipe.match(headers)
    reported = {column.name for column in columns_of("reported")} | _RESERVED
    taken = set(known.values()) | {header for header in headers if header not in reported}
    names: list[str] = []
    for header in headers:
        name = known.get(header, header)
        if header not in known and header in reported:
            name = unique_name(f"{header}_input", taken)
            taken.add(name)
        names.append(name)
    return names
