"""How ``bordermap map`` draws: the options of a static figure, and of what may be published."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bordermap.errors import FilterError
from bordermap.figure import FORMATS, SIZES, FigureSize
from bordermap.publish import WAYS, Publication
from bordermap.render import AGGREGATES, MOST_INCIDENTS

__all__ = ["SUFFIXES", "Drawing", "drawing"]

SUFFIXES = (".html", *FORMATS)
"""What ``map`` writes."""

_SIZE, _DPI = "slide", 200


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was asked for about the drawing itself.

    Attributes
    ----------
    size : FigureSize or None
        None for a page.
    publication : Publication or None
        None where nothing was said about it.
    aggregate : str
        How to count incidents that are too many for a page, one of ``AGGREGATES``.
    """

    size: FigureSize | None
    publication: Publication | None
    aggregate: str = AGGREGATES[0]


def _size(output: Path | None, figsize: str | None, dpi: int | None) -> FigureSize | None:
    """The size of a figure; refused where no figure is drawn."""
    if output is not None and output.suffix.lower() in FORMATS:
        return FigureSize.of(figsize or _SIZE, dpi or _DPI)
    for name, given in (("--figsize", figsize), ("--dpi", dpi)):
        if given is not None:
            raise FilterError(
                "a page fits itself to its window", where=name, todo=f"name {', '.join(FORMATS)}"
            )
    return None


def drawing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of figures, and hand them over as one ``drawing``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        size = _size(given.get("output"), given.pop("figsize"), given.pop("dpi"))
        papers = {name: given.pop(name) or "" for name in ("rights", "citation", "accessed")}
        way = given.pop("publish")
        for name, text in papers.items():
            if text and not way:
                raise FilterError(
                    "nothing is published by it alone", where=f"--{name}", todo="add --publish"
                )
        publication = Publication.of(way, **papers) if way is not None else None
        aggregate = given.pop("aggregate")
        if size is not None and aggregate not in ("auto", "never"):
            raise FilterError(
                "a figure counts many incidents by itself",
                where="--aggregate",
                todo="name an .html",
            )
        command(drawing=Drawing(size, publication, aggregate), **given)

    names = ", ".join(SIZES)
    figsize = click.option(
        "--figsize",
        metavar="SIZE",
        help=f"Size of a figure: {names}, or such as 18x14cm.  [default: {_SIZE}]",
    )
    dpi = click.option(
        "--dpi", type=int, metavar="N", help=f"Dots per inch of a PNG.  [default: {_DPI}]"
    )
    publish = click.option(
        "--publish",
        metavar="WAY",
        help=f"Show only what may be passed on: {' | '.join(WAYS)}. ACLED and GTD are counted by "
        "districts where nothing else is said.",
    )
    rights = click.option("--rights", metavar="TEXT", help="Who allows --publish as-is; shown.")
    citation = click.option("--citation", metavar="TEXT", help="How to cite what is published.")
    accessed = click.option("--accessed", metavar="YYYY-MM-DD", help="When the source was read.")
    aggregate = click.option(
        "--aggregate",
        type=click.Choice(AGGREGATES),
        default=AGGREGATES[0],
        show_default=True,
        help="Show counts by area instead of incidents; auto: by districts when there are more "
        f"than {MOST_INCIDENTS:,}.",
    )
    for option in (aggregate, accessed, citation, rights, publish, dpi, figsize):
        asked = option(asked)
    return asked
