"""Names on the map, in Latin and local script; none overlaps another or a mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from bordermap.figure.fonts import Fonts, one_line
from bordermap.figure.ground import is_rough, smallest_town
from bordermap.figure.pen import Letters, Pen
from bordermap.figure.projection import Box, View
from bordermap.render.basemap import local_name
from bordermap.schema import Layer

__all__ = ["Label", "draw_labels", "labels_of"]

_NAME_LENGTH = 48
_DISTRICT_NAMES_TO_KM = 1.2
_CROSSING = re.compile(r"( border)? crossing$", re.ASCII)
"""What the sign of a crossing says anyway."""

_LOCAL_TO_KM = {"country": 1e9, "town": 2.6, "crossing": 2.6, "rough": 1.2, "province": 1.6}
"""Kilometres to a point up to which the name in local script stands under the other."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of name looks; ``size`` is a share of plain text."""

    size: float
    colour: str
    bold: bool = False
    upper: bool = False


KINDS = {
    "country": Kind(1.0, "#7c7568", bold=True, upper=True),
    "province": Kind(0.74, "#857d6e", bold=True),
    "district": Kind(0.62, "#958e80"),
    "town": Kind(0.74, "#45413a"),
    "crossing": Kind(0.76, "#1d1d1b", bold=True),
    "rough": Kind(0.7, "#45413a"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """A name, where it belongs, and how much room there is for it.

    Attributes
    ----------
    beside : bool
        A point's name, which stands beside it.
    room : float
        Points that the area it names is wide.
    local_first : bool
        Whether the name in the local script stands first.
    """

    text: str
    local: str
    x: float
    y: float
    kind: str
    beside: bool = False
    room: float = float("inf")
    local_first: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    letters: Letters
    height: float
    width: float


def labels_of(view: View, layers: Mapping[str, Layer], words: Mapping[str, str]) -> list[Label]:
    """Every name that might be written, the most important first."""
    labels: list[Label] = []
    lang = words.get("lang", "en")
    if "map_provinces" in layers:
        labels += _countries(view, layers["map_provinces"], words)
    if "crossings" in layers:
        layer = layers["crossings"]
        rough = np.array(is_rough(layer.frame), dtype=bool)
        labels += sorted(
            _points(view, layer, lang, "crossing", ~rough),
            key=lambda label: label.text.endswith(" Pass"),
        )
    if "towns" in layers:
        labels += _towns(view, layers["towns"], lang)
    if "neighbours" in layers:
        labels += _units(view, layers["neighbours"], lang, "country")
    if "map_provinces" in layers:
        labels += _units(view, layers["map_provinces"], lang, "province")
    if "crossings" in layers and view.km_a_point <= 1.6:
        labels += _points(view, layers["crossings"], lang, "rough", rough)
    if "map_districts" in layers and view.km_a_point <= _DISTRICT_NAMES_TO_KM:
        labels += _units(view, layers["map_districts"], lang, "district")
    if words.get("direction") == "rtl":
        return [replace(one, local_first=bool(one.local) and _is_latin(one.text)) for one in labels]
    return labels


def _names(layer: Layer, lang: str) -> list[tuple[str, str]]:
    rows = layer.frame.drop(columns=layer.frame.geometry.name).to_dict("records")
    return [
        (one_line(row.get("name"), _NAME_LENGTH), one_line(local_name(row, lang), _NAME_LENGTH))
        for row in rows
    ]


def _points(view: View, layer: Layer, lang: str, kind: str, shown: Any) -> Iterator[Label]:
    spots = view.drawn(layer.frame.geometry.to_numpy())
    for (name, local), spot, show in zip(_names(layer, lang), spots, shown, strict=True):
        if show and spot is not None and spot.geom_type == "Point":
            yield Label(_CROSSING.sub("", name), local, spot.x, spot.y, kind, beside=True)


def _towns(view: View, layer: Layer, lang: str) -> list[Label]:
    frame = layer.frame
    people = np.nan_to_num(frame["population"]) if "population" in frame else np.zeros(len(frame))
    order = np.argsort(-people, kind="stable")
    ranked = Layer("towns", frame.iloc[order], "", "", "", "")
    return list(_points(view, ranked, lang, "town", people[order] >= smallest_town(view)))


def _units(view: View, layer: Layer, lang: str, kind: str) -> Iterator[Label]:
    """Names of areas, each in the middle of what of it is in the frame, the widest first."""
    frame = shapely.box(*view.frame)
    shapes = shapely.intersection(
        shapely.make_valid(view.drawn(layer.frame.geometry.to_numpy())), frame
    )
    labels = []
    for (name, local), shape in zip(_names(layer, lang), shapes, strict=True):
        if not shape.is_empty:
            middle = (
                shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
            )
            room = shape.bounds[2] - shape.bounds[0]
            labels.append(Label(name, local, middle.x, middle.y, kind, room=room))
    yield from sorted(labels, key=lambda label: -label.room)


def _countries(view: View, provinces: Layer, words: Mapping[str, str]) -> Iterator[Label]:
    frame = provinces.frame
    if "code" not in frame:
        return
    codes = frame["code"].astype(str).str[:2]
    window = shapely.box(*view.frame)
    for code in sorted(set(codes)):
        drawn = shapely.make_valid(view.drawn(frame.geometry[codes == code].to_numpy()))
        whole = shapely.intersection(shapely.union_all(drawn), window)
        if whole.is_empty or f"country_{code}" not in words:
            continue
        middle = whole.centroid if whole.contains(whole.centroid) else whole.representative_point()
        local = words.get(f"country_local_{code}", "")
        yield Label(words[f"country_{code}"], local, middle.x, middle.y, "country")


def _is_latin(text: str) -> bool:
    return max(text, default="") < "\u0500"


def _lines(label: Label, pen: Pen, view: View) -> list[_Line]:
    """A name, and the one in the other script under it where there is room and a font."""
    kind = KINDS[label.kind]
    size = kind.size * pen.size.base
    text = pen.fonts.shown(label.text.upper() if kind.upper else label.text)
    if kind.upper and pen.fonts.shows("\u2009") and _is_latin(text):
        text = "\u2009".join(text)  # spaced, but not where letters join
    texts = [(text, Letters(size, kind.colour, kind.bold, halo=True))]
    if label.local and label.local != label.text and pen.fonts.shows(label.local):
        bold = kind.bold and label.local_first
        texts.append((label.local, Letters(size, kind.colour, bold, local=True, halo=True)))
    if label.local_first:
        texts.reverse()
    texts = texts[: 2 if view.km_a_point <= _LOCAL_TO_KM.get(label.kind, 0.0) else 1]
    return [
        _Line(text, how, size * (1.32 if how.local else 1.18), _width(pen.fonts, text, how))
        for text, how in texts
        if text
    ]


def _width(fonts: Fonts, text: str, letters: Letters) -> float:
    return fonts.width(text, letters.size, letters.bold, letters.local)


def _spots(label: Label, width: float, height: float, unit: float) -> Iterator[tuple[Box, Any]]:
    """Boxes where a label may stand, the best first, and how its lines are set in them."""
    x, y = label.x, label.y
    if not label.beside:
        yield (x - width / 2, y - height / 2, x + width / 2, y + height / 2), "center"
        return
    for gap in (3.6 * unit, 8 * unit, 13 * unit):
        yield (x + gap, y - height / 2, x + gap + width, y + height / 2), "left"
        yield (x - gap - width, y - height / 2, x - gap, y + height / 2), "right"
        yield (x - width / 2, y + gap, x + width / 2, y + gap + height), "center"
        yield (x - width / 2, y - gap - height, x + width / 2, y - gap), "center"


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes share ground."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def draw_labels(pen: Pen, view: View, labels: Iterable[Label], taken: list[Box]) -> int:
    """Write each name where it covers nothing that is there; how many lack a font is answered.

    Parameters
    ----------
    taken : list of Box
        What must not be covered; the boxes of what is written are added.
    """
    left, bottom, right, top = view.frame
    missing = 0
    for label in labels:
        inside = left < label.x < right and bottom < label.y < top
        lines = _lines(label, pen, view) if inside else []
        if not lines:
            continue
        missing += bool(label.local) and not pen.fonts.shows(label.local)
        width = max(line.width for line in lines)
        height = sum(line.height for line in lines)
        if width > label.room * 1.02:
            continue
        for box, align in _spots(label, width, height, pen.size.base / 10):
            if not (left < box[0] and box[2] < right and bottom < box[1] and box[3] < top):
                continue
            if not any(overlaps(box, other) for other in taken):
                taken.append(box)
                _write(pen, lines, box, align)
                break
    return missing


def _write(pen: Pen, lines: list[_Line], box: Box, align: Any) -> None:
    x = {"left": box[0], "right": box[2], "center": (box[0] + box[2]) / 2}[align]
    top = box[3]
    for line in lines:
        pen.write(x, top - line.height / 2, line.text, line.letters, ha=align)
        top -= line.height
