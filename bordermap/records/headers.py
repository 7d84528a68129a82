"""Where the header of a sheet is, and what columns in groups are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bordermap.records.recipe import Names, Recipe, choose
from bordermap.values.text import fold, label

__all__ = ["Header", "bare_header", "column_names", "find_header"]

_ROWS_SEARCHED = 40
_LONGEST_NAME = 1000
# Names of groups that add nothing to the names of the columns within: "Location / Province".
_PLAIN_GROUPS = frozenset(
    {"attributes", "coordinate", "coordinates", "coords", "details", "event", "event details"}
    | {"fields", "geo", "geolocation", "geometry", "gps", "incident", "incident details"}
    | {"location", "position", "properties", "record", "what", "when", "where", "who"}
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet.

    Attributes
    ----------
    row : int
        The row of the sheet where it begins, from 0.
    height : int
        1, or 2 where a row of groups stands above the names.
    names : list of str
        Unique names of the columns; empty cells become ``column_N``.
    recipe : Recipe
        The recipe that fits, or the one asked for.
    known : int
        How many columns the recipe knows.
    """

    row: int
    height: int
    names: list[str]
    recipe: Recipe
    known: int

    @property
    def end(self) -> int:
        """The first row under the header."""
        return self.row + self.height


def column_names(
    paths: Sequence[Sequence[str]], separator: str, recipe_name: str | None
) -> list[str]:
    """A unique name for each column, given the groups that it stands in.

    Parameters
    ----------
    paths : sequence of sequence of str
        Names of the groups, outermost first, and of the column.
    separator : str
        Stands between them in the name of a column.
    recipe_name : str or None
        The recipe asked for.

    Returns
    -------
    list of str
        The whole path; or its last part alone, where the groups add nothing, a recipe knows the
        last part and no other column is known as the same.
    """
    bare = [separator.join(path[-1:] if _is_plain(path[:-1]) else path) for path in paths]
    recipe = choose(list(dict.fromkeys(bare)), recipe_name)
    free = Names()
    full = [
        free.unique(separator.join(path) or f"column_{number}")
        for number, path in enumerate(paths, start=1)
    ]
    known = recipe.match(full)
    taken, names = set(known.values()), list(full)
    for index, path in enumerate(paths):
        if full[index] in known or len(path) < 2 or not _is_plain(path[:-1]):
            continue
        column = recipe.match([path[-1]]).get(path[-1])
        if column is not None and column not in taken and path[-1] not in names:
            names[index] = path[-1]
            taken.add(column)
    return names


def _is_plain(groups: Sequence[str]) -> bool:
    return all(fold(group) in _PLAIN_GROUPS for group in groups)


def find_header(
    rows: Sequence[Sequence[Any]],
    recipe_name: str | None,
    widths: Mapping[tuple[int, int], int] | None = None,
) -> Header | None:
    """The header among the first rows of a sheet: the row or two that a recipe knows best.

    Parameters
    ----------
    rows : sequence of sequence
        Rows of cells; titles and blank rows may stand above the header.
    recipe_name : str or None
        The recipe asked for; recognised from the names when None.
    widths : mapping, optional
        Widths of merged cells by their row and column in ``rows``.

    Returns
    -------
    Header or None
        None where no recipe knows a name in any row. Of rows that are equally well known the
        first; a row of groups belongs to the row under it.
    """
    texts = [[_text(cell) for cell in row] for row in rows[: _ROWS_SEARCHED + 1]]
    best: Header | None = None
    grouped = False
    for at, names in enumerate(texts[:_ROWS_SEARCHED]):
        one = _header(at, [[cell] if cell else [] for cell in names], 1, recipe_name)
        if not grouped and (best is None or one.known > best.known):
            best = one
        grouped = False
        if at + 1 < len(texts) and _may_be_groups(names, texts[at + 1]):
            paths = _joined(at, names, texts[at + 1], widths or {})
            two = _header(at, paths, 2, recipe_name)
            under = [[cell] if cell else [] for cell in texts[at + 1]]
            lower = _header(at + 1, under, 1, recipe_name)
            # "Injured / low" must not be read as "low" because that alone is known.
            grouped = _count(names) > 1 and 2 * two.known > lower.known > 0
            known = best.known if best else 0
            if two.known > known or (grouped and best is one and two.known == known):
                best = two
    return best if best is not None and best.known else None


def bare_header(rows: Sequence[Sequence[Any]], recipe_name: str | None) -> Header | None:
    """The first row of nothing but different words, as wide as the rows under it.

    Its names say nothing to any recipe, so that its columns must be known by their cells; None
    where there is no such row, or the recipe asked for knows columns by name alone.
    """
    widest = max((sum(cell not in ("", None) for cell in row) for row in rows), default=0)
    for at, row in enumerate(rows[:_ROWS_SEARCHED]):
        names = [_text(cell) for cell in row]
        words = [name for name in names if name]
        filled = sum(cell not in ("", None) for cell in row)
        if filled == len(words) == len(set(words)) >= max(2, widest / 2):
            header = _header(at, [[name] if name else [] for name in names], 1, recipe_name)
            return header if header.recipe.by_content else None
    return None


def _count(names: Sequence[str]) -> int:
    return sum(map(bool, names))


def _text(cell: Any) -> str:
    # Only words name columns; a figure or a date in a row makes it a record.
    return label(cell[:_LONGEST_NAME]) if isinstance(cell, str) else ""


def _header(at: int, paths: list[list[str]], height: int, recipe_name: str | None) -> Header:
    names = column_names(paths, " ", recipe_name)
    recipe = choose(names, recipe_name)
    return Header(at, height, names, recipe, len(recipe.match(names)))


def _may_be_groups(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether one row can name groups of the columns in the row under it."""
    both = any(cell and under for cell, under in zip(upper, lower, strict=True))
    return both and any(under and not cell for cell, under in zip(upper, lower, strict=True))


def _joined(
    at: int, upper: Sequence[str], lower: Sequence[str], widths: Mapping[tuple[int, int], int]
) -> list[list[str]]:
    """Names of groups and of columns.

    A group reaches as far as its cell is merged, and where none is, until the next filled cell.
    """
    paths: list[list[str]] = []
    merged = any((at, column) in widths for column in range(len(upper)))
    group, until = "", 0
    for column, (cell, under) in enumerate(zip(upper, lower, strict=True)):
        if cell:
            until = column + widths.get((at, column), 1) if merged else len(upper)
        group = cell or (group if under and column < until else "")
        paths.append([part for part in (group, under) if part])
    return paths
