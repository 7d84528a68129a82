"""Recipes: what the columns of one kind of file mean, as data in TOML files.

Only ``columns`` is needed; everything else is for sources that need it.

``name``, ``title``
    What it is called.
``columns.OURS = [theirs, ...]``
    The names that a column of the ledger may bear; the first that a file has is taken. Capitals,
    blanks and punctuation make no difference, and a name that a shapefile cut to ten characters
    is known where only one column can be meant.
``requires = [ours, ...]``, ``signature = [theirs, ...]``
    A file is of this kind when it has all of the one or all of the other.
``layouts = [[theirs, ...], ...]``, ``looks.THEIRS = 'regular expression'``
    The columns of a file without a header line, a list for each number of columns; such a file is
    known by the cells of its first line.
``words.OURS.TERM = [theirs, ...]``
    The source's words for our terms, beside those of ``words.toml``; ``"*"`` is every other word.
``compose.OURS = {year = THEIRS, month = THEIRS, day = THEIRS}``
    A date from its parts; 0, -9, -99 and blanks are unknown, and the date so much less precise.
``compose.OURS = {from = THEIRS, words = {CODE = WORD, ...}}``
    The words for a source's codes; other codes give an empty cell. The source's own column stays.
``constants.OURS = TEXT``
    What holds for every row of a file without such a column; ``location_precision_scheme`` says
    whose precision codes these are, see :data:`bordermap.geocode.precision.SCHEMES`.
``missing.OURS = [theirs, ...]``
    Words of the source that say that there is nothing.
``remarks.THEIRS = {except = [...], say = TEXT}``
    A note for every row whose cell is filled with another word than these.
``same_report = OURS``
    Rows with equal cells there come from one report, which is noted.
``described_in = THEIRS``
    A text on where it was; a row is noted when it names several provinces.
``notice``
    What everyone who uses the source must know; a note on the file.
``day_first``
    Whether ``04/05/2016`` is the fourth of May; without it the column itself must show it.
``formula_guard``
    Text cells were written with an apostrophe before ``=``, ``+``, ``-`` and ``@``.
``by_content``
    Columns that no name explains are known by their cells, see :mod:`.content`.
"""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bordermap.errors import RecipeError
from bordermap.schema import DATE_PRECISIONS, EVENT_TYPES, columns_of
from bordermap.values.text import fold, shorten

__all__ = [
    "Names",
    "Recipe",
    "Remark",
    "choose",
    "columns_of_tags",
    "find",
    "layout_of",
    "ledger_names",
    "plain_words",
    "recipe_names",
    "unique_name",
]

_FOLDER = Path(__file__).parent.parent / "recipes"
_WORDS_FILE = "words.toml"
# The most specific first; the last one fits any file.
_BUILT_IN = ("bordermap", "ucdp_ged", "acled", "gtd", "gdelt", "awsd", "newsroom")
_TAGS = "hxl"
# What a reader adds to a frame or writes itself, and so cannot be an input's own column.
_RESERVED = frozenset({"geometry", "geometry_fault"})
_MAX_BYTES = 1_000_000
_LONGEST_LOOK = 200
_WRITTEN_BY_READING = frozenset({"source_file", "source_row", "record_note"})
_COLUMNS = tuple(
    column.name for column in columns_of("reported") if column.name not in _WRITTEN_BY_READING
)
# What a recipe may say for every row of a file.
_CONSTANT = frozenset(
    {"location_precision_scheme", "location_precision_reported", "event_type", "country"}
    | {"province", "district", "actor_a", "actor_b", "source_name", "source_url"}
)
# dBASE, and so a shapefile, cuts the names of columns.
_DBASE_NAME = 10
_PARTS = ("year", "month", "day")
_VOCABULARIES = {"event_type": EVENT_TYPES, "date_precision": DATE_PRECISIONS}


@dataclass(frozen=True, slots=True)
class Remark:
    """What to note on rows whose cell is filled with another word than the usual ones (folded)."""

    usual: frozenset[str]
    say: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the columns of one kind of file mean; the module's own text says how."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    requires: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    layouts: tuple[tuple[str, ...], ...] = ()
    looks: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    formula_guard: bool = False
    by_content: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    remarks: Mapping[str, Remark] = field(default_factory=dict)
    same_report: str = ""
    notice: str = ""
    described_in: str = ""
    day_first: bool | None = None

    def match(self, headers: Sequence[str]) -> dict[str, str]:
        """The ledger's name for each header that is known; no name is given twice."""
        by_fold = {fold(header): header for header in reversed(headers)}
        found: dict[str, str] = {}
        for column, synonyms in self.columns.items():
            fits = (by_fold[_folded(one)] for one in synonyms if _folded(one) in by_fold)
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
                    readings.setdefault(_folded(_cut(one)), set()).add(column)
        names: dict[str, str] = {}
        for header in headers:
            fits = readings.get(fold(header), set()) - set(names.values())
            if len(header) == _DBASE_NAME and header not in found and len(fits) == 1:
                names[header] = fits.pop()
        return names

    def recognises(self, headers: Sequence[str]) -> bool:
        """Whether a file with these headers is of this kind."""
        if self.requires and set(self.requires) <= set(self.match(headers).values()):
            return True
        there = {fold(header) for header in headers}
        return bool(self.signature) and all(
            _folded(one) in there or _folded(_cut(one)) in there for one in self.signature
        )


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    """A name that a recipe knows, which is compared with every header of every sheet."""
    return fold(name)


def _cut(name: str) -> str:
    return name.replace(" ", "_")[:_DBASE_NAME]


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
    for column, meanings in _table(table).items():
        if column not in _VOCABULARIES or not isinstance(meanings, dict):
            known = " and ".join(_VOCABULARIES)
            raise _broken(where, f"'words' may hold tables for {known}")
        words[column] = {}
        for ours, value in meanings.items():
            theirs = _texts(value)
            if ours not in _VOCABULARIES[column] or theirs is None:
                raise _broken(where, f"words.{column}.{shorten(ours)} is not understood")
            words[column].update({word if word == "*" else fold(word): ours for word in theirs})
    return words


def _table(value: Any) -> dict[str, Any]:
    """A TOML table; anything else becomes one that no parser here understands."""
    return value if isinstance(value, dict) else {"": None}


def _is_texts_table(table: Any, keys: Collection[str]) -> bool:
    return (
        isinstance(table, dict)
        and set(table) == set(keys)
        and all(isinstance(value, str) and value for value in table.values())
    )


def _parse_compose(
    table: Any, where: str
) -> tuple[dict[str, tuple[str, str, str]], dict[str, tuple[str, dict[str, str]]]]:
    """Dates from their parts, and words for codes."""
    dates: dict[str, tuple[str, str, str]] = {}
    codes: dict[str, tuple[str, dict[str, str]]] = {}
    for column, given in _table(table).items():
        value = _table(given)
        words = value.get("words")
        if column in ("date_start", "date_end") and _is_texts_table(value, _PARTS):
            dates[column] = (value["year"], value["month"], value["day"])
        elif (
            column in _COLUMNS
            and isinstance(words, dict)
            and _is_texts_table({"from": value.get("from")}, ["from"])
            and _is_texts_table(words, words)
            and set(value) == {"from", "words"}
        ):
            codes[column] = value["from"], {fold(code): word for code, word in words.items()}
        else:
            raise _broken(where, f"compose.{shorten(column)} is not understood")
    return dates, codes


def _parse_missing(table: Any, where: str) -> dict[str, frozenset[str]]:
    missing: dict[str, frozenset[str]] = {}
    for column, value in _table(table).items():
        words = _texts(value)
        if column not in _COLUMNS or words is None:
            raise _broken(where, f"missing.{shorten(column)} is not understood")
        missing[column] = frozenset(word.strip().casefold() for word in words)
    return missing


def _parse_remarks(table: Any, where: str) -> dict[str, Remark]:
    remarks: dict[str, Remark] = {}
    for column, given in _table(table).items():
        value = _table(given)
        usual = _texts(value.get("except"))
        if usual is None or not isinstance(value.get("say"), str) or len(value) != 2:
            raise _broken(where, f"remarks.{shorten(column)} is not understood")
        remarks[column] = Remark(frozenset(map(fold, usual)), shorten(value["say"], 200))
    return remarks


def _parse_layouts(
    data: dict[str, Any], where: str
) -> tuple[tuple[tuple[str, ...], ...], dict[str, re.Pattern[str]]]:
    layouts, looks = data.get("layouts", []), data.get("looks", {})
    lists = isinstance(layouts, list) and all(isinstance(one, list) for one in layouts)
    names = [_texts(one) for one in layouts] if lists else [None]
    known = [one for one in names if one and len(set(map(fold, one))) == len(one)]
    if len(known) != len(names) or not isinstance(looks, dict):
        raise _broken(where, "'layouts' must be lists of different names, 'looks' a table")
    if not all(set(looks) <= set(layout) for layout in known):
        raise _broken(where, "'looks' must name columns that all 'layouts' have")
    try:
        with warnings.catch_warnings():
            # Python warns of patterns whose meaning may change.
            warnings.simplefilter("error", FutureWarning)
            return tuple(known), {column: re.compile(one) for column, one in looks.items()}
    except (re.error, TypeError, FutureWarning) as error:
        raise _broken(where, "'looks' must hold regular expressions") from error


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


_TEXT_KEYS = ("notice", "same_report", "described_in")
_KEYS = frozenset(
    {"name", "title", "columns", "requires", "signature", "layouts", "looks", "formula_guard"}
    | {"by_content", "day_first", "words", "constants", "compose", "missing", "remarks"}
    | set(_TEXT_KEYS)
)


def _load(path: Path) -> Recipe:
    where = shorten(path.name)
    data = _toml(path)
    if unknown := set(data) - _KEYS:
        raise _broken(where, f"{shorten(min(unknown))!r} is not understood")
    columns = _parse_columns(data.get("columns"), where)
    requires, signature = (_texts(data.get(key, [])) for key in ("requires", "signature"))
    if requires is None or not set(requires) <= set(columns):
        raise _broken(where, "'requires' must list columns that 'columns' names")
    if signature is None or not all(isinstance(data.get(key, ""), str) for key in _TEXT_KEYS):
        raise _broken(where, "'signature' must list names; 'notice', 'same_report' are texts")
    if data.get("same_report", "") not in ("", *columns):
        raise _broken(where, "'same_report' must be a column that 'columns' names")
    layouts, looks = _parse_layouts(data, where)
    dates, codes = _parse_compose(data.get("compose", {}), where)
    return Recipe(
        name=shorten(str(data.get("name") or path.stem)),
        columns=columns,
        requires=requires,
        signature=signature,
        layouts=layouts,
        looks=looks,
        formula_guard=data.get("formula_guard") is True,
        by_content=data.get("by_content") is True,
        words=_all_words(_parse_words(data.get("words", {}), where)),
        constants=_parse_constants(data.get("constants", {}), where),
        dates=dates,
        codes=codes,
        missing=_parse_missing(data.get("missing", {}), where),
        remarks=_parse_remarks(data.get("remarks", {}), where),
        same_report=data.get("same_report", ""),
        notice=shorten(data.get("notice", ""), 400),
        described_in=data.get("described_in", ""),
        day_first=order if isinstance(order := data.get("day_first"), bool) else None,
    )


def _all_words(own: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Our terms themselves, the plain English words for them, and a recipe's own, which win."""
    return {column: plain_words(column) | dict(own.get(column, {})) for column in _VOCABULARIES}


def plain_words(column: str) -> dict[str, str]:
    """The words of a column that every recipe knows: our terms, and plain English for them."""
    terms = {fold(term): term for term in _VOCABULARIES[column]}
    return terms | dict(_plain_words().get(column, {}))


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


def choose(headers: Sequence[str], name: str | Recipe | None) -> Recipe:
    """The recipe asked for, or the first that recognises the headers; the last one fits any."""
    if isinstance(name, Recipe):
        return name
    if name is not None:
        return find(name)
    for recipe in map(_built_in, _BUILT_IN):
        if recipe.recognises(headers):
            return recipe
    return _built_in(_BUILT_IN[-1])


def layout_of(cells: Sequence[str], name: str | Recipe | None) -> tuple[str, ...]:
    """The columns of a file without a header line, from the cells of its first line.

    Returns
    -------
    tuple of str
        Empty where the line is a header, or of no layout that is known.
    """
    for recipe in map(_built_in, _BUILT_IN) if name is None else [choose([], name)]:
        for layout in recipe.layouts:
            first = dict(zip(layout, cells, strict=False))
            is_header = [fold(cell) for cell in cells] == [fold(column) for column in layout]
            if (
                len(layout) == len(cells)
                and not is_header
                and all(
                    len(first[column]) <= _LONGEST_LOOK and look.fullmatch(first[column])
                    for column, look in recipe.looks.items()
                )
            ):
                return layout
    return ()


def columns_of_tags(tags: Sequence[str]) -> dict[str, str]:
    """The ledger's name for each HXL tag that is known, as the tag is written."""
    plain = {tag: "+".join([base, *sorted(rest)]) for tag in tags for base, *rest in [_split(tag)]}
    known = _built_in(_TAGS).match(list(plain.values()))
    return {tag: known[name] for tag, name in plain.items() if name in known}


def _split(tag: str) -> list[str]:
    return [part.strip().casefold() for part in tag.split("+")]


class Names:
    """Gives each name once, in a time that does not grow with how often it comes."""

    def __init__(self, taken: Iterable[str] = (), form: str = "{}_{}") -> None:
        self._taken = set(taken)
        self._form = form
        self._last: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The name, or the name with the first of ``_2``, ``_3``, ... that is not taken."""
        given, number = name, self._last.get(name, 1)
        while given in self._taken:
            number += 1
            given = self._form.format(name, number)
        self._last[name] = number
        self._taken.add(given)
        return given


def unique_name(name: str, taken: Collection[str]) -> str:
    """One name that is not taken; for several use :class:`Names`."""
    return Names(taken).unique(name)


def ledger_names(headers: Sequence[str], recipe: Recipe) -> list[str]:
    """A unique column name for each unique header.

    The ledger's where the recipe knows it, else the header itself; a header that merely looks
    like a column of the ledger becomes ``NAME_input``.
    """
    known = recipe.match(headers)
    reported = {column.name for column in columns_of("reported")} | _RESERVED
    free = Names({*known.values(), *(header for header in headers if header not in reported)})
    names: list[str] = []
    for header in headers:
        name = known.get(header, header)
        if header not in known and header in reported:
            name = free.unique(f"{header}_input")
        names.append(name)
    return names
