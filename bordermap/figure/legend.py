"""The legend: what each sign means and how many incidents bear it; its counts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from bordermap.figure.fonts import one_line
from bordermap.figure.ground import COLOURS, draw_crossing
from bordermap.figure.grouping import Group, hexagon_outline
from bordermap.figure.incidents import Incidents, counts_by
from bordermap.figure.marks import Look, draw_badge, draw_hatching, draw_mark, draw_ring
from bordermap.figure.panel import Entry, Sign
from bordermap.figure.pen import PAPER, Pen, Stroked
from bordermap.figure.scene import Scene
from bordermap.figure.words import digits, number, say, word_for
from bordermap.render import EventStyle

__all__ = ["SCALE", "Legend", "classes_of"]

SCALE = ("#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000")
"""Five steps of one hue, light to dark: ColorBrewer's OrRd (Harrower and Brewer 2003)."""

_GREY = EventStyle("#6b665c", "circle")
_SIDES = ("AF", "PK", "line", "other", "uncertain", "")


def classes_of(counts: Sequence[int]) -> list[int]:
    """Least counts of up to five classes, in steps of 1, 2 and 5 that part the hexagons evenly."""
    most = max(counts, default=1)
    round_steps = [n * 10**power for power in range(8) for n in (1, 2, 5)]
    ordered = sorted(counts)
    edges = [1]
    for share in (0.35, 0.6, 0.8, 0.93):
        wanted = ordered[min(len(ordered) - 1, int(share * len(ordered)))]
        edge = min(round_steps, key=lambda step: abs(step - wanted))
        if edges[-1] < edge <= most:
            edges.append(edge)
    return edges


@dataclass(frozen=True, slots=True, eq=False)
class Legend:
    """What a legend is made of.

    Attributes
    ----------
    styles : mapping of str to EventStyle
        Of the types that have a row of their own.
    bands_km : tuple of float
        Outer edges of the zones that are drawn.
    """

    incidents: Incidents
    scene: Scene
    styles: Mapping[str, EventStyle]
    words: Mapping[str, str]
    bands_km: tuple[float, ...]
    layers: frozenset[str]

    def blocks(self, most_types: int) -> list[list[Entry]]:
        """Rows in blocks: types, places, sides, signs."""
        made = (self._types(most_types), self._places(), self._sides(), self._signs())
        return [block for block in made if len(block) > 1]

    def _head(self, key: str) -> Entry:
        return Entry(self.words[key].upper(), heading=True)

    def _number(self, count: int) -> str:
        return number(count, self.words)

    def _types(self, most: int) -> list[Entry]:
        counts = counts_by(self.incidents.kind, self.incidents.kinds)
        rows = [self._head("figure_types")]
        shown = list(counts.items())[: most if len(counts) > most else None]
        for kind, count in shown:
            style = self.styles.get(kind, _GREY)
            name = one_line(word_for(self.words, "type", kind), 60)
            sign = None if self.scene.hexagons else _mark(style)
            rows.append(Entry(name, sign, self._number(count)))
        rest = sum(counts.values()) - sum(count for _, count in shown)
        if rest:
            more = self._number(len(counts) - len(shown))
            text = say(self.words, "figure_more_types", n=more)
            rows.append(Entry(text, None, self._number(rest)))
        return rows

    def _places(self) -> list[Entry]:
        scene, words = self.scene, self.words
        uncertain = int((self.incidents.side == "uncertain").sum())
        rows = (
            ("figure_in_hexagons", None, scene.precise if scene.hexagons else 0),
            ("figure_precise", _mark(_GREY), 0 if scene.hexagons else scene.precise),
            ("figure_vague", _vague, scene.roughly),
            ("figure_vague_left", None, scene.left_out),
            ("figure_outside", None, scene.outside),
            ("figure_unplaced", None, scene.unplaced),
        )
        made = [Entry(words[key], sign, self._number(n)) for key, sign, n in rows if n]
        if uncertain and not scene.hexagons:
            made.append(Entry(words["figure_uncertain"], _badge, self._number(uncertain)))
        return [self._head("figure_places"), *made]

    def _sides(self) -> list[Entry]:
        counts = Counter(map(str, self.incidents.side))
        rows = [
            Entry(word_for(self.words, "side", side or "unknown"), None, self._number(counts[side]))
            for side in _SIDES
            if counts[side]
        ]
        return [self._head("facet_side"), *rows]

    def _signs(self) -> list[Entry]:
        words, scene = self.words, self.scene
        rows = [self._head("figure_signs")]
        if scene.hexagons:
            rows += self._hexagons([count for *_, count in scene.hexagons.cells])
        precise = self.incidents.is_precise
        hollow = {not precise[group.rows].any() for group in scene.groups if group.count > 1}
        for key, is_hollow in (("figure_several", False), ("figure_several_vague", True)):
            if is_hollow in hollow:
                rows.append(Entry(words[key], _ring(digits("5", words), is_hollow)))
        if "map_line" in self.layers:
            rows.append(Entry(words["overlay_map_line"], _stroke("line")))
        if "variants" in self.layers:
            rows.append(Entry(words["overlay_variants"], _stroke("variant", dashed=True)))
        if self.bands_km and "map_line" in self.layers:
            edges = ", ".join(digits(f"{km:g}", words) for km in self.bands_km)
            rows.append(Entry(say(words, "figure_zones", km=edges), _zones))
        if "crossings" in self.layers:
            rows.append(Entry(words["figure_crossing"], _crossing))
        return rows

    def _hexagons(self, counts: Sequence[int]) -> list[Entry]:
        edges = classes_of(counts)
        rows = [Entry(self.words["figure_hexagon"])]
        for at, edge in enumerate(edges):
            last = edges[at + 1] - 1 if at + 1 < len(edges) else max(counts, default=edge)
            first, most = map(self._number, (edge, last))
            text = first if last <= edge else f"{first} – {most}"
            rows.append(Entry(text, _hexagon(SCALE[at])))
        return rows


def _mark(style: EventStyle) -> Sign:
    def sign(pen: Pen, x: float, y: float) -> None:
        draw_mark(pen, x, y, style, Look(0.42 * pen.size.base))

    return sign


def _vague(pen: Pen, x: float, y: float) -> None:
    base = pen.size.base
    box = shapely.box(x - 0.8 * base, y - 0.52 * base, x + 0.8 * base, y + 0.52 * base)
    draw_hatching(pen, box, _GREY.colour)
    draw_mark(pen, x, y, _GREY, Look(0.3 * base, hollow=True))


def _badge(pen: Pen, x: float, y: float) -> None:
    draw_mark(pen, x - 0.2 * pen.size.base, y, _GREY, Look(0.38 * pen.size.base))
    draw_badge(pen, x + 0.45 * pen.size.base, y - 0.25 * pen.size.base)


def _ring(count: str, hollow: bool) -> Sign:
    def sign(pen: Pen, x: float, y: float) -> None:
        group = Group(x, y, 0.6 * pen.size.base, np.arange(5))
        colours = {"#0072b2": 3, "#d55e00": 2}
        draw_ring(pen, group, colours, Look(0.6 * pen.size.base, hollow=hollow), count)

    return sign


def _stroke(name: str, dashed: bool = False) -> Sign:
    def sign(pen: Pen, x: float, y: float) -> None:
        unit = pen.size.base / 10
        line = shapely.LineString([(x - 8 * unit, y), (x + 8 * unit, y)])
        dash = (3.6 * unit, 2.2 * unit) if dashed else ()
        pen.shape([line], None, Stroked(COLOURS[name], 1.6 * unit, dash))

    return sign


def _zones(pen: Pen, x: float, y: float) -> None:
    unit = pen.size.base / 10
    for side, start in (("AF", x - 8 * unit), ("PK", x)):
        for step in range(3):
            inset = step * 2.6 * unit
            left = start + (inset if side == "AF" else 0)
            right = start + 8 * unit - (0 if side == "AF" else inset)
            pen.shape(
                [shapely.box(left, y - 4 * unit, right, y + 4 * unit)], COLOURS[side], alpha=0.16
            )


def _crossing(pen: Pen, x: float, y: float) -> None:
    draw_crossing(pen, x, y, vague=False)


def _hexagon(colour: str) -> Sign:
    def sign(pen: Pen, x: float, y: float) -> None:
        pen.outline(hexagon_outline(x, y, pen.size.base), colour, Stroked(PAPER, 0.4))

    return sign
