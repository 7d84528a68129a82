"""A recipe written out as it was understood, to be edited by people and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from bordermap.records.recipe import Recipe, choose, plain_words
from bordermap.schema import RawTable, columns_of
from bordermap.values.text import shorten

__all__ = ["recipe_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WRITTEN_BY_READING = frozenset({"source_file", "source_row", "record_note"})


def _text(value: str) -> str:
    """A TOML basic string; JSON escapes all that TOML wants escaped, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _inline(table: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in table.items()) + " }"


def _comment(text: str) -> str:
    return f"# {shorten(text, 2000)}"


def recipe_text(table: RawTable, recipe_name: str | None = None) -> str:
    """A recipe in TOML by which the same file gives the same frame.

    Parameters
    ----------
    table : RawTable
        A file as it was read.
    recipe_name : str, optional
        The recipe that was asked for, where one was.
    """
    recipe = choose([], recipe_name or table.recipe)
    known = {name: header for name, header in table.headers.items() if name in table.frame}
    return "\n".join(
        [
            _comment(f"How {table.file} was understood, by the recipe {recipe.name}."),
            "# Edit it and give it back with --recipe. The form: bordermap/records/recipe.py",
            f'name = "{_plain_name(table.file)}"',
            *_head(recipe, table.day_first if table.day_first != "unsettled" else None),
            "",
            "# For each of our columns, what the file calls it.",
            "[columns]",
            *(f"{name} = {_texts([header])}" for name, header in known.items()),
            *_columns_left(table, recipe, known),
            *_tables(recipe),
            "",
        ]
    )


def _plain_name(file: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", file.rsplit(".", 1)[0]).strip("_")[:40] or "own"


def _head(recipe: Recipe, day_first: bool | None) -> list[str]:
    """What stands before the tables."""
    lines = []
    if day_first is None:
        lines.append("# day_first = true  # whether 04/05/2016 is the fourth of May")
    else:
        lines.append(f"day_first = {str(day_first).lower()}")
    if recipe.formula_guard:
        lines.append("formula_guard = true")
    given = {key: getattr(recipe, key) for key in ("notice", "same_report", "described_in")}
    lines += [f"{key} = {_text(value)}" for key, value in given.items() if value]
    if recipe.layouts:
        rows = "".join(f"  {_texts(layout)},\n" for layout in recipe.layouts)
        lines.append(f"layouts = [\n{rows}]")
    return lines


def _columns_left(table: RawTable, recipe: Recipe, known: Mapping[str, str]) -> list[str]:
    """What neither side found in the other, as comments that can be made into lines."""
    made = set(recipe.dates) | set(recipe.codes)
    ours = [column.name for column in columns_of("reported")]
    wanted = [n for n in ours if n not in known and n not in made and n not in _WRITTEN_BY_READING]
    others = [
        str(name)
        for name in table.frame.columns
        if name not in ours and name not in ("geometry", "geometry_fault")
    ]
    lines = [f"# {name} = [...]" for name in wanted]
    if others:
        lines.append(_comment(f"carried as they are: {', '.join(others)}"))
    return lines


def _tables(recipe: Recipe) -> list[str]:
    compose = {
        column: _inline(dict(zip(("year", "month", "day"), parts, strict=True)))
        for column, parts in recipe.dates.items()
    } | {
        column: f"{{ from = {_text(header)}, words = {_inline(words)} }}"
        for column, (header, words) in recipe.codes.items()
    }
    remarks = {
        header: f"{{ except = {_texts(sorted(one.usual))}, say = {_text(one.say)} }}"
        for header, one in recipe.remarks.items()
    }
    parts: dict[str, dict[str, str]] = {
        "constants": {key: _text(value) for key, value in recipe.constants.items()},
        "compose": compose,
        "missing": {column: _texts(sorted(words)) for column, words in recipe.missing.items()},
        "remarks": remarks,
        "looks": {column: _text(look.pattern) for column, look in recipe.looks.items()},
    }
    lines: list[str] = []
    for name, entries in parts.items():
        if entries:
            lines += ["", f"[{name}]", *(f"{_key(key)} = {text}" for key, text in entries.items())]
    for column, words in recipe.words.items():
        lines += _words(column, words)
    return lines


def _words(column: str, words: Mapping[str, str]) -> list[str]:
    """The recipe's own words, by our terms."""
    plain = plain_words(column)
    theirs: dict[str, list[str]] = {}
    for word, term in words.items():
        if plain.get(word) != term:
            theirs.setdefault(term, []).append(word)
    if not theirs:
        return []
    lines = [f"{term} = {_texts(found)}" for term, found in theirs.items()]
    return ["", "# The file's words for ours.", f"[words.{column}]", *lines]
