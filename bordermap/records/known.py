"""What is known of a file when only a stretch of it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from bordermap.records.completed import completed, renamed
from bordermap.records.cut import Cut
from bordermap.records.recipe import choose
from bordermap.records.source import Source
from bordermap.schema import RawTable

__all__ = ["Known", "labelled", "stretch_of"]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Known:
    """How a file is understood, told from one stretch, so that all others are read alike.

    Attributes
    ----------
    recipe : str
    columns : mapping of str to str
        Columns that content or tags explained, by the file's names for them.
    day_first : bool, "unsettled" or None
        What the dates of the whole file show; None where that is not known.
    """

    recipe: str
    columns: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | Literal["unsettled"] | None = None

    @classmethod
    def of(cls, table: RawTable) -> Known:
        """What a table that was read and completed says of its file."""
        columns = table.read_as.get("known", {})
        return cls(table.recipe, dict(columns) if isinstance(columns, dict) else {})

    def understood(
        self, table: RawTable, recipe_name: str | None, day_first: bool | None
    ) -> RawTable:
        """A stretch's table with everything done that its recipe says."""
        table = renamed(table, self.columns)
        recipe = replace(choose([], recipe_name or self.recipe), by_content=False)
        table = completed(table, recipe, day_first)
        return table if table.day_first is not None else replace(table, day_first=self.day_first)


def stretch_of(source: str, cut: Cut) -> Source:
    """The bytes of a stretch under the file's own header."""
    path = Path(source)
    with path.open("rb") as stream:
        head = stream.read(cut.head)
        stream.seek(cut.start)
        content = head + stream.read(cut.stop - cut.start)
    encoding = "utf-8-sig" if content.startswith(_BOM) else "utf-8"
    return Source(path.name, content, "delimited", encoding, "", (), cut.before, cut.lines)


def labelled(table: RawTable, labels: Sequence[tuple[str, str]]) -> RawTable:
    """The table with the columns that the names of its folders give, where it has none of them."""
    ours = choose([], table.recipe).match([name for name, _ in labels])
    new = {ours.get(name, name): value for name, value in labels}
    cells = {
        name: pd.Series([value] * len(table.frame), dtype=object)
        for name, value in new.items()
        if name not in table.frame
    }
    if not cells:
        return table
    return replace(table, frame=pd.concat([table.frame, pd.DataFrame(cells)], axis=1))
