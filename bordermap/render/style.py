"""How the map looks and what it says: one frozen value instead of twenty keywords."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bordermap.errors import FrameError
from bordermap.schema import BANDS_KM
from bordermap.symbols import EVENT_STYLES, SHAPES, EventStyle

__all__ = ["EVENT_STYLES", "SHAPES", "EventStyle", "MapStyle", "TileSource"]


@dataclass(frozen=True, slots=True)
class TileSource:
    """An online basemap that readers may switch on; the page asks it for nothing until they do.

    Attributes
    ----------
    url : str
        ``https`` template with ``{z}``, ``{x}`` and ``{y}``.
    """

    name: str
    url: str
    attribution: str
    max_zoom: int = 18

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme != "https" or not all(
            part in self.url for part in ("{z}", "{x}", "{y}")
        ):
            raise FrameError(
                f"the tile address {self.url!r} cannot be used",
                todo="give an https address with {z}, {x} and {y}",
            )

    @property
    def origin(self) -> str:
        """Scheme and host, as a content policy names them; ``{s}`` becomes a wildcard."""
        host = urlsplit(self.url.replace("{s}", "*")).netloc
        if not re.fullmatch(r"(\*\.)?[A-Za-z0-9.-]+(:\d+)?", host):
            raise FrameError(f"the tile host {host!r} cannot be used", todo="give a plain host")
        return f"https://{host}"


@dataclass(frozen=True, slots=True)
class MapStyle:
    """What a map says and shows.

    Attributes
    ----------
    title, caption : str
        Heading of the page, and a line under it (what the data are, as of when). Without them the
        page says what it can, in its language.
    lang : str
        Language of the page's words, one of :func:`bordermap.render.languages`.
    bands_km : tuple of float
        Outer edges of the buffer zones in km, ascending; empty for none.
    events : mapping of str to EventStyle
        Colour and shape by event type; other types share what is left over, in turn.
    tiles : tuple of TileSource
        Online basemaps, all off until a reader chooses one. Empty: the page is offline for good.
    hidden : frozenset of str
        Overlays that are off at first: layer names, ``band:10`` for a zone, ``heat``.
    in_frame : bool
        The page stands in another document: without timeline, unrolled border and table.
    """

    title: str = ""
    caption: str = ""
    lang: str = "en"
    bands_km: tuple[float, ...] = BANDS_KM
    events: Mapping[str, EventStyle] = field(default_factory=lambda: EVENT_STYLES)
    tiles: tuple[TileSource, ...] = ()
    hidden: frozenset[str] = frozenset({"heat"})
    in_frame: bool = False

    def __post_init__(self) -> None:
        edges = self.bands_km
        if any(not 0 < edge < 1000 for edge in edges) or list(edges) != sorted(set(edges)):
            raise FrameError(
                f"the bands {edges!r} cannot be used",
                todo="give ascending kilometres above 0, e.g. (5, 10, 25, 50)",
            )
