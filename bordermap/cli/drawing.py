"""How ``bordermap map`` draws: the options of page and figure, and of what may be published."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from bordermap.errors import FilterError, FrameError
from bordermap.figure import FORMATS, SIZES, FigureSize
from bordermap.publish import WAYS, Publication
from bordermap.render import AGGREGATES, MOST_INCIDENTS, MapStyle, TileSource, languages

__all__ = ["SUFFIXES", "Drawing", "drawing"]

SUFFIXES = (".html", *FORMATS)
"""What ``map`` writes."""

_SIZE, _DPI = "slide", 200


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was asked for about the drawing itself.

    Attributes
    ----------
    style : MapStyle
        Title, language and online tiles.
    size : FigureSize or None
        None for a page.
    publication : Publication or None
        None where nothing was said about it.
    aggregate : str
        How to count incidents that are too many for a page, one of ``AGGREGATES``.
    drafts : bool
        Whether drafts that nobody has reviewed are drawn as well.
    """

    style: MapStyle
    size: FigureSize | None
    publication: Publication | None
    aggregate: str = AGGREGATES[0]
    drafts: bool = False


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


def _tiles(url: str | None, credit: str | None, is_page: bool) -> tuple[TileSource, ...]:
    """Online tiles that a reader of the page may switch on."""
    if url is None:
        if credit is not None:
            raise FilterError("there are no tiles", where="--tiles-credit", todo="add --tiles")
        return ()
    if not credit or not is_page:
        todo = "say whom to credit with --tiles-credit" if is_page else "name an .html"
        raise FilterError("the tiles cannot be shown", where="--tiles", todo=todo)
    try:
        source = TileSource(urlsplit(url).netloc, url, credit)
        return (source,) if source.origin else ()
    except (FrameError, ValueError) as error:
        todo = "give an https address with {z}, {x} and {y}"
        raise FilterError("the address cannot be used", where="--tiles", todo=todo) from error


def _style(given: dict[str, Any], is_page: bool) -> MapStyle:
    tiles = _tiles(given.pop("tiles"), given.pop("tiles_credit"), is_page)
    return MapStyle(title=given.pop("title") or "", lang=given.pop("lang"), tiles=tiles)


def _publication(given: dict[str, Any]) -> Publication | None:
    papers = {name: given.pop(name) or "" for name in ("rights", "citation", "accessed")}
    way = given.pop("publish")
    for name, text in papers.items():
        if text and not way:
            raise FilterError(
                "nothing is published by it alone", where=f"--{name}", todo="add --publish"
            )
    return Publication.of(way, **papers) if way is not None else None


def _drawing(given: dict[str, Any]) -> Drawing:
    """What the options ask for; they are taken out of what was given."""
    size = _size(given.get("output"), given.pop("figsize"), given.pop("dpi"))
    style, publication = _style(given, size is None), _publication(given)
    aggregate, drafts = given.pop("aggregate"), given.pop("drafts")
    if size is not None and aggregate not in ("auto", "never"):
        found, todo = "a figure counts many incidents by itself", "name an .html"
        raise FilterError(found, where="--aggregate", todo=todo)
    if drafts and (size or publication or aggregate not in ("auto", "never")):
        found, todo = "drafts are drawn in a page alone", "accept them first"
        raise FilterError(found, where="--drafts", todo=todo)
    return Drawing(style, size, publication, aggregate, drafts)


_OPTIONS = (
    click.option("--title", metavar="TEXT", help="Title of the map."),
    click.option(
        "--lang",
        type=click.Choice(languages()),
        default="en",
        show_default=True,
        help="Language of the map: English, Pashto (ps), Dari (fa) or Urdu (ur).",
    ),
    click.option(
        "--tiles",
        metavar="URL",
        help="Online tiles that a reader of the page may switch on, off at first: an https address "
        "with {z}, {x} and {y}. The page asks for nothing until then.",
    ),
    click.option("--tiles-credit", metavar="TEXT", help="Whose tiles these are."),
    click.option(
        "--figsize",
        metavar="SIZE",
        help=f"Size of a figure: {', '.join(SIZES)}, or such as 18x14cm.  [default: {_SIZE}]",
    ),
    click.option(
        "--dpi", type=int, metavar="N", help=f"Dots per inch of a PNG.  [default: {_DPI}]"
    ),
    click.option(
        "--drafts",
        is_flag=True,
        help="Draw drafts of 'bordermap extract' that nobody has reviewed as well, hollow and "
        "dashed, in a page.",
    ),
    click.option(
        "--publish",
        metavar="WAY",
        help=f"Show only what may be passed on: {' | '.join(WAYS)}. ACLED and GTD are counted by "
        "districts where nothing else is said.",
    ),
    click.option("--rights", metavar="TEXT", help="Who allows --publish as-is; shown."),
    click.option("--citation", metavar="TEXT", help="How to cite what is published."),
    click.option("--accessed", metavar="YYYY-MM-DD", help="When the source was read."),
    click.option(
        "--aggregate",
        type=click.Choice(AGGREGATES),
        default=AGGREGATES[0],
        show_default=True,
        help="Show counts by area instead of incidents; auto: by districts when there are more "
        f"than {MOST_INCIDENTS:,}.",
    ),
)
"""In the order of the help."""


def drawing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of page and figure, and hand them over as one ``drawing``."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        drawn = _drawing(given)
        command(drawing=drawn, **given)

    for option in reversed(_OPTIONS):
        asked = option(asked)
    return asked
