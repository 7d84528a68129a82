"""XML as QGIS reads it: symbols, their parts, properties and what is worked out row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

__all__ = [
    "Look",
    "colour",
    "element",
    "mm",
    "options",
    "overrides",
    "part",
    "quoted",
    "scale_at",
    "spoken",
    "symbol",
    "to_text",
]

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot bear, not even escaped."""

_MM = 25.4 / 96
"""A pixel of a page, in millimetres (CSS Values and Units 3, section 6.2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How a layer is drawn.

    Attributes
    ----------
    renderer : Element
    labels : Element, optional
    blending : int
        QGIS's number of how it is laid over what is below: 0 covers it, 5 keeps what is darker.
    farthest : float
        Scale (as its denominator) from which on it is drawn; 0 for always.
    """

    renderer: ET.Element
    labels: ET.Element | None = None
    blending: int = 0
    farthest: float = 0.0


def mm(pixels: float) -> str:
    """Pixels of the page as millimetres on a screen of any density."""
    return f"{pixels * _MM:.4g}"


def colour(hexadecimal: str, opacity: float = 1.0) -> str:
    """``#rrggbb`` as ``r,g,b,a``."""
    channels = [int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5)]
    return ",".join(map(str, [*channels, round(opacity * 255)]))


def scale_at(zoom: float) -> float:
    """Denominator of the scale at a zoom of the page, on a screen of 96 dots to the inch."""
    return 591_658_710.9 / 2.0**zoom


def quoted(text: str) -> str:
    """A text as a literal of a QGIS expression."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def element(
    tag: str,
    attributes: Mapping[str, str] | None = None,
    children: Sequence[ET.Element] = (),
    text: str = "",
) -> ET.Element:
    """An element; characters that XML cannot bear are left out of what it holds."""
    made = ET.Element(tag, {key: _UNFIT.sub("", one) for key, one in (attributes or {}).items()})
    made.text = _UNFIT.sub("", text) or None
    made.extend(children)
    return made


def spoken(text: str) -> str:
    """A text to be shown; what QGIS would take for an expression within it is only text."""
    return text.replace("[%", "[ %")


def options(values: Mapping[str, str]) -> ET.Element:
    """Properties of a part of a symbol."""
    return element("Option", {"type": "Map"}, [_option(*one) for one in values.items()])


def _option(name: str, value: str, kind: str = "QString") -> ET.Element:
    return element("Option", {"type": kind, "name": name, "value": value})


def _map(name: str, children: Sequence[ET.Element]) -> ET.Element:
    return element("Option", {"type": "Map", "name": name}, children)


def overrides(expressions: Mapping[str, str], tag: str = "data_defined_properties") -> ET.Element:
    """Properties that an expression gives for each row."""
    given = [
        _map(
            name,
            [
                _option("active", "true", "bool"),
                _option("expression", expression),
                _option("type", "3", "int"),
            ],
        )
        for name, expression in expressions.items()
    ]
    whole = [_option("name", ""), _map("properties", given), _option("type", "collection")]
    return element(tag, children=[element("Option", {"type": "Map"}, whole)])


def part(
    kind: str,
    values: Mapping[str, str],
    by_row: Mapping[str, str] | None = None,
    *,
    inner: ET.Element | None = None,
    locked: bool = False,
) -> ET.Element:
    """A part of a symbol.

    Parameters
    ----------
    kind : str
        QGIS's class: ``SimpleMarker``, ``SimpleLine``, ``SimpleFill``, ...
    values, by_row : mapping of str to str
        Properties, and expressions that take their place.
    inner : Element, optional
        The symbol that the part is made of.
    locked : bool
        Its colour is not the symbol's.
    """
    attributes = {"class": kind, "enabled": "1", "locked": str(int(locked)), "pass": "0"}
    children = [options(values), overrides(by_row or {}), *([] if inner is None else [inner])]
    return element("layer", attributes, children)


def symbol(kind: str, parts: Sequence[ET.Element], name: str = "0") -> ET.Element:
    """A symbol for a ``marker``, ``line`` or ``fill``; its parts are drawn in turn."""
    attributes = {"type": kind, "name": name, "alpha": "1", "force_rhr": "0", "clip_to_extent": "1"}
    return element("symbol", attributes, parts)


def to_text(root: ET.Element, head: str) -> str:
    """The document, indented, after ``head``."""
    ET.indent(root, " ")
    return f"{head}\n{ET.tostring(root, encoding='unicode')}\n"
