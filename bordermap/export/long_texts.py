"""Texts that a format cannot hold whole: cut there, and kept beside the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bordermap.export.content import Column, Features
from bordermap.export.delimited import guarded, save_csv

__all__ = ["END", "shortened"]

END = ".texts.csv"
_ID = "incident_id"


def shortened(
    features: Features, columns: Sequence[Column], most: int, path: Path, *, in_bytes: bool
) -> tuple[list[Column], tuple[str, ...]]:
    """Columns whose texts fit; those that do not stand whole in ``FILE.texts.csv``, and are told.

    Parameters
    ----------
    most : int
        Bytes of UTF-8, or characters, that fit.
    path : Path
        The file that the texts are kept beside.
    """
    ids = next((one.values for one in features.columns if one.name == _ID), None)
    kept: list[tuple[int, object, str, str]] = []
    fitting = []
    for named, column in zip(features.columns, columns, strict=True):
        if column.kind != "text":
            fitting.append(column)
            continue
        cells = column.values.copy()
        for at in _long(cells.tolist(), most, in_bytes):
            text = cells[at]
            kept.append((at + 1, "" if ids is None else ids[at], named.name, text))
            cells[at] = text.encode()[:most].decode(errors="ignore") if in_bytes else text[:most]
        fitting.append(Column(column.name, "text", pd.Series(cells, dtype=object)))
    if not kept:
        return list(columns), ()
    table = pd.DataFrame(kept, columns=["row", _ID, "column", "text"])
    beside = path.with_name(f"{path.name}{END}")
    save_csv(guarded(table), beside)
    unit = "bytes" if in_bytes else "characters"
    said = f"{len(kept)} texts longer than {most} {unit} are cut; whole in {beside.name}"
    return fitting, (said,)


def _long(texts: Sequence[str | None], most: int, in_bytes: bool) -> list[int]:
    """Where texts stand that do not fit; where even the widest letters would, none is encoded."""
    if not in_bytes:
        return [at for at, text in enumerate(texts) if text and len(text) > most]
    few = most // 4
    some = [(at, text) for at, text in enumerate(texts) if text and len(text) > few]
    return [at for at, text in some if len(text.encode()) > most]
