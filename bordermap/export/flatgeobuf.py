"""FlatGeobuf: one layer, with a spatial index where every row has a place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bordermap.export.content import Features, without
from bordermap.export.losses import as_text, cut_times
from bordermap.export.ogr import papers, write_layer

__all__ = ["write_flatgeobuf"]


def write_flatgeobuf(layers: Sequence[Features], path: Path) -> tuple[str, ...]:
    """Write a layer; with an index the rows stand in its order, without one in theirs.

    Notes
    -----
    An index takes no row without a shape. Such rows stay in the file, which then has none: a
    dataset in two files would be passed on as half of it.
    """
    (features,) = layers
    columns, notes = without(features.columns)
    notes += [*_dates(features), *as_text(features.columns), *cut_times(features.columns, "ms")]
    gone = len(features) - int(features.placed.sum())
    indexed = not gone and len(features) > 0
    if gone:
        notes.append(f"written without a spatial index, which takes no row without a point: {gone}")
    said = papers(features)
    write_layer(
        features,
        path,
        "FlatGeobuf",
        columns=columns,
        layer_options={
            "SPATIAL_INDEX": "YES" if indexed else "NO",
            "TITLE": features.title or features.name,
            "DESCRIPTION": "; ".join(said.values()),
        },
    )
    return tuple(notes)


def _dates(features: Features) -> tuple[str, ...]:
    found = [column.name for column in features.columns if column.kind == "date"]
    return (f"dates are times at midnight: {', '.join(found)}",) if found else ()
