"""A Folium map in a document that links nothing and runs nothing unknown."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from folium.template import Template

from bordermap.errors import LayerError
from bordermap.files import write_text
from bordermap.render.assets import leaflet_script, leaflet_styles, page_script, page_styles
from bordermap.render.payload import Table
from bordermap.render.text import script_json
from bordermap.shown import framed

__all__ = [
    "Literal",
    "OfflineFigure",
    "OfflineMap",
    "Page",
    "content_policy",
    "data_block",
    "start_script",
    "table_block",
]

_NOT_NEEDED = frozenset(
    {
        "jquery",
        "bootstrap",
        "bootstrap_css",
        "glyphicons_css",
        "awesome_markers",
        "awesome_markers_css",
        "awesome_markers_font_css",
        "awesome_rotate_css",
    }
)
"""What every Folium map links and this page has no use for."""


class Literal(Element):
    """Text that enters the page as it is.

    branca compiles what an element rendered as a Jinja2 template once more, so ``{{ ... }}`` in
    data would run as Python. This element's text never reaches Jinja2.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: Any) -> str:
        return self._text


def _block(kind: str, block_id: str, text: str) -> str:
    return f'<script type="{kind}" id="{html.escape(block_id)}">{text}</script>'


def data_block(block_id: str, value: Any) -> Literal:
    """A JSON value as an inert block with an id."""
    return Literal(_block("application/json", block_id, script_json(value)))


def table_block(block_id: str, table: Table) -> Literal:
    """A packed table: its description, its words, columns and texts, each an inert block."""
    blocks = [
        _block("application/json", block_id, script_json(table.meta)),
        *([_block("text/plain", f"{block_id}-words", table.words)] if table.words else []),
        *(
            _block("text/plain", f"{block_id}-{kind}-{number}", text)
            for kind, texts in (("columns", table.columns), ("texts", table.chunks))
            for number, text in enumerate(texts)
        ),
    ]
    return Literal("\n".join(blocks))


class OfflineMap(folium.Map):
    """A Folium map with a fixed id, whose script depends on nothing but this file."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}{% endmacro %}
        {% macro html(this, kwargs) %}
        <div id="map" class="folium-map" role="main"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        window.bordermapStart(L.map("map", {{ this.options|tojavascript }}));
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        # Folium hands unknown keywords to Leaflet; its own max_zoom would reach a tile layer only.
        super().__init__(
            location=(34.0, 67.5),
            zoom_start=6,
            tiles=None,
            zoom_control=False,
            attributionControl=False,
            minZoom=4,
            maxZoom=15,
            zoomSnap=0.25,
            zoomDelta=1,
            wheelPxPerZoomLevel=90,
            worldCopyJump=False,
        )

    def get_name(self) -> str:
        return "map"


def start_script() -> str:
    """The script of an empty map: known before any data is."""
    figure = Figure()
    figure.add_child(OfflineMap())
    for child in figure._children.values():
        child.render()
    return _script_of(figure)


def _script_of(figure: Figure) -> str:
    return str(figure.script.render()).strip()


def _source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def content_policy(
    scripts: Sequence[str], styles: Sequence[str], image_origins: Sequence[str] = ()
) -> str:
    """A content policy that allows these very texts, and pictures from these origins."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_source_hash, scripts))}",
            f"style-src {' '.join(map(_source_hash, styles))}",
            f"img-src {' '.join(['data:', 'blob:', *image_origins])}",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


class OfflineFigure(Figure):
    """A branca figure that links nothing: what it knows stands in the page, the rest is refused.

    Parameters
    ----------
    title, lang, direction : str
        Of the document.
    image_origins : sequence of str
        Origins of online tiles that the reader may switch on.

    Raises
    ------
    LayerError
        On rendering: an element links a file that is not in the program, or adds a script.
    """

    def __init__(
        self, title: str, lang: str, direction: str = "ltr", image_origins: Sequence[str] = ()
    ) -> None:
        super().__init__(title=title)
        self._lang = lang
        self._direction = direction
        self._image_origins = tuple(image_origins)

    def render(self, **kwargs: Any) -> str:
        for child in list(self._children.values()):
            child.render(**kwargs)
        self._refuse_unknown()
        start = start_script()
        if _script_of(self) != start:
            raise LayerError(
                "an element adds a script of its own", todo="put data into a data_block instead"
            )
        scripts = (leaflet_script(), page_script(), start)
        styles = (leaflet_styles(), page_styles())
        body = self.html.render(**kwargs)
        policy = content_policy(scripts, styles, self._image_origins)
        return self._document(policy, scripts, styles, body)

    def _refuse_unknown(self) -> None:
        known = {"leaflet": JavascriptLink, "leaflet_css": CssLink}
        for name, child in self.header._children.items():
            if not isinstance(child, Link) or name in _NOT_NEEDED:
                continue
            if not isinstance(child, known.get(name, ())):
                raise LayerError(
                    f"{name} would be fetched from the network", todo="leave that element out"
                )

    def _document(
        self, policy: str, scripts: Sequence[str], styles: Sequence[str], body: str
    ) -> str:
        *libraries, start = scripts
        lines = [
            "<!DOCTYPE html>",
            f'<html lang="{html.escape(self._lang)}" dir="{self._direction}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="generator" content="bordermap, Folium, Leaflet">',
            f"<title>{html.escape(self.title or '')}</title>",
            *(f"<style>{style}</style>" for style in styles),
            *(f"<script>{script}</script>" for script in libraries),
            "</head>",
            "<body>",
            body.strip(),
            f"<script>{start}</script>",
            "</body>",
            "</html>",
            "",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Page:
    """A finished map: one HTML document.

    Attributes
    ----------
    html : str
        The whole document; it asks the network for nothing.
    """

    html: str

    def save(self, path: str | Path) -> None:
        """Write the document, whole or not at all.

        Raises
        ------
        OutputError
            The folder is missing or cannot be written.
        """
        write_text(Path(path), self.html)

    def _repr_html_(self) -> str:
        return framed(self.html, "Map of incidents along the border")
