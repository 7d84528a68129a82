"""The texts that stand in every page: Leaflet, our modules and styles, and the page's words."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib import resources

from bordermap.errors import FrameError, LayerError

__all__ = [
    "LEAFLET_SHA256",
    "MODULES",
    "STYLES",
    "completed",
    "languages",
    "leaflet_script",
    "leaflet_styles",
    "load_words",
    "page_script",
    "page_styles",
]

LEAFLET_SHA256 = {
    "leaflet.js": "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    "leaflet.css": "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
}
"""Fingerprints of Leaflet 1.9.4 as published on npm. Our canvas layers use methods that Leaflet
calls private, so another version is refused."""

MODULES = (
    "dom",
    "words",
    "unpack",
    "table",
    "mercator",
    "selection",
    "places",
    "records",
    "marks",
    "cluster",
    "address",
    "search",
    "filter_kinds",
    "counts",
    "filters",
    "canvas_layer",
    "geometry",
    "overlays",
    "basemap",
    "labels",
    "incident_layer",
    "pointer_ring",
    "heat",
    "details",
    "popup",
    "panel",
    "facets",
    "legend",
    "layer_list",
    "about",
    "kept",
    "permalink",
    "dock",
    "plot",
    "range_brush",
    "bins",
    "play",
    "time_paint",
    "timeline",
    "strip_scale",
    "strip_frame",
    "strip_marks",
    "strip_gestures",
    "unrolled",
    "sorting",
    "record_columns",
    "record_order",
    "record_table",
    "furniture",
    "filter_words",
    "map_view",
    "other_period",
    "compare",
    "take_rows",
    "sheet_parts",
    "picture",
    "print",
    "save",
    "cube",
    "area_layer",
    "area_table",
    "save_areas",
    "cube_page",
    "start",
)
"""Modules of ``static/``, each after those it imports."""

STYLES = (
    "page",
    "dock",
    "plots",
    "unrolled",
    "record_table",
    "save",
    "compare",
    "cube",
    "adapt",
    "print",
)
"""Style sheets of ``static/``, in the order in which they stand in the page."""

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_WORDS_FILE = re.compile(r"words\.([A-Za-z-]+)\.json")
_ENGLISH = "en"
_EXPORT = re.compile(r"^export ", re.MULTILINE)


_STATIC = "static"


@cache
def _static(name: str) -> str:
    return resources.files("bordermap.render").joinpath(_STATIC, name).read_text(encoding="utf-8")


@cache
def _leaflet(name: str) -> str:
    raw = resources.files("js_lib_leaflet").joinpath(_STATIC, "js_lib_leaflet", name).read_bytes()
    if hashlib.sha256(raw).hexdigest() != LEAFLET_SHA256[name]:
        raise LayerError(
            "is not the file of Leaflet 1.9.4",
            where=name,
            todo="install django-js-lib-leaflet==1.9.4.1",
        )
    # Browsers read CR LF as LF before they hash a script or style against the content policy.
    return raw.decode("utf-8").replace("\r\n", "\n")


@cache
def leaflet_script() -> str:
    """Leaflet 1.9.4 without the line that points to its source map."""
    return re.sub(r"//# sourceMappingURL=.*", "", _leaflet("leaflet.js")).strip()


@cache
def leaflet_styles() -> str:
    """Leaflet's styles without its pictures, none of which the page uses."""
    return re.sub(r"url\([^)]*\)", "none", _leaflet("leaflet.css")).strip()


@cache
def page_script() -> str:
    """Our modules as one script: imports and exports taken off, inside one function."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", _static(f"{name}.js"))) for name in MODULES]
    return "\n".join(["(function () {", "'use strict';", *parts, "})();"])


@cache
def page_styles() -> str:
    return "\n".join(_static(f"{name}.css").strip() for name in STYLES)


@cache
def languages() -> tuple[str, ...]:
    """Languages that the page can speak: those of its message files."""
    folder = resources.files("bordermap.render").joinpath(_STATIC)
    found = (_WORDS_FILE.fullmatch(entry.name) for entry in folder.iterdir())
    return tuple(sorted(file[1] for file in found if file))


@cache
def load_words(lang: str) -> dict[str, str]:
    """The page's words in one language; those that its file lacks are English.

    Raises
    ------
    FrameError
        There is no message file for the language.
    """
    if lang not in languages():
        raise FrameError(
            f"there are no words in the language {lang!r}",
            todo=f"choose one of {', '.join(languages())}",
        )
    return completed(_static(f"words.{lang}.json"), _static(f"words.{_ENGLISH}.json"))


def completed(own: str, english: str) -> dict[str, str]:
    """The words of a message file, English where it lacks one."""
    words: dict[str, str] = json.loads(english) | json.loads(own)
    return words
