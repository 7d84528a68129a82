"""What a landmark, or the line itself, says of where a place is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bordermap.border import GEOD, Border
from bordermap.footprint import STRIP_M
from bordermap.gazetteer import Entry, Gazetteer, Hit, described
from bordermap.geocode.context import (
    HEAD,
    WITHIN,
    Choice,
    Context,
    choose,
    shortened,
)
from bordermap.geocode.footprint import around
from bordermap.geocode.grammar import Relation
from bordermap.geocode.lookup import readings, unit_readings
from bordermap.geocode.options import NEAR_M, Option, named, synthetic, together
from bordermap.geocode.outside import outside_m
from bordermap.geocode.relative import (
    LARGEST_DISTANCE_M,
    beyond,
    boundary_of,
    part_of,
    reach_m,
    toward,
)
from bordermap.geocode.stretch import Range, Stretches, common, merged

__all__ = ["Landmarks"]

CROSSING_AWAY_M = 25_000.0
"""A "zero point" is a crossing at most this far from what else is named."""

_SPOTS = frozenset({"from", "near", "end"})
"""Relations that can contradict a place that bears the name."""

_OTHER = {"AF": "PK", "PK": "AF", "": ""}


class Landmarks:
    """Footprints out of relations."""

    def __init__(self, gazetteer: Gazetteer, border: Border) -> None:
        self._gazetteer = gazetteer
        self._stretches = Stretches(border)
        self._areas_m2: dict[str, float] = {}

    def meaning(self, name: str, context: Context, order: Sequence[str] = HEAD) -> Choice:
        """What a name means in a context; in the order of units, a unit before its namesakes."""
        read = unit_readings if order == WITHIN else readings
        return choose(read(name, self._gazetteer), context, order)

    def smallest(
        self, relations: Sequence[Relation], context: Context
    ) -> tuple[Option | None, Context]:
        """The smallest footprint that a relation gives, if smaller than the record's own area."""
        best, area = None, context.area
        for relation in relations:
            before = context
            option, context = self._checked(relation, context)
            if option is None and relation.targets and relation.kind != "toward":
                context = _not_used(relation, before, context)
            if option and (area is None or self._is_smaller(option, area.entry)):
                size = option.footprint.radius_m
                best = option if best is None or size < best.footprint.radius_m else best
        return best, context

    def refined(
        self, option: Option, relations: Sequence[Relation], context: Context
    ) -> tuple[Option, Context]:
        """A place that was found, narrowed by its relations, or told that they contradict it."""
        own, entry = option.hit, option.hit.entry
        for relation in relations:
            if relation.kind == "zero":
                option = self.crossing(option) or option
            wide = option.precision not in {"place", "exact"}
            inside = replace(context, area=own) if wide else context
            found, doubted = self._checked(relation, inside)
            if found is None:
                if wide and relation.targets and relation.kind != "toward":
                    context = _not_used(relation, context, doubted)
                continue
            apart_m = _apart_m(named(own), found) if relation.kind in _SPOTS else 0.0
            if apart_m > 0:
                told = f"{apart_m / 1000:.0f} km from '{shortened(relation.text)}'"
                context = context.doubted("weak", f"{described(entry)} lies {told}", hits=[own])
                option = option if option.sure else found
            elif wide and self._is_smaller(found, entry) and _better(found, option, own):
                option, context = replace(found, sure=option.sure), doubted
        return option, context

    def near_a_landmark(
        self, hits: Sequence[Hit], relations: Sequence[Relation], context: Context
    ) -> list[Hit]:
        """Those of several meanings of a name that its relations allow."""
        found = [self._checked(r, context)[0] for r in relations if r.kind in {"from", "near"}]
        discs = [option for option in found if option]
        if not discs:
            return []
        return [hit for hit in hits if all(_apart_m(named(hit), disc) <= 0 for disc in discs)]

    def _checked(self, relation: Relation, context: Context) -> tuple[Option | None, Context]:
        """What a relation gives, unless it cannot be or lies outside the record's own area."""
        told = relation.distance_m
        if told is not None and not 0 <= told <= LARGEST_DISTANCE_M:
            note = f"the distance in '{shortened(relation.text)}' cannot be used"
            return None, context.doubted("weak", note)
        option = self._option(relation, context)
        area = context.area.entry if context.area else None
        outline = area.outline if area and area.kind != "country" else None  # the line tells that
        if area is None or option is None or outline is None or option.located_by == "border":
            return option, context
        disc = option.footprint
        away_m = outside_m(disc.lon, disc.lat, outline.geometry)
        if away_m > disc.radius_m:
            away = f"{away_m / 1000:.0f} km outside {described(area)}"
            note = f"'{shortened(relation.text)}' would lie {away}: not used"
            return None, context.doubted("weak", note)
        return option, context

    def _option(self, relation: Relation, context: Context) -> Option | None:
        if relation.kind in {"between", "border"}:
            return self._between(relation, context)
        if relation.kind in {"line", "zero", "end"}:
            return self._along(relation, context)
        if relation.kind == "facing":
            return self._facing(relation, context)
        if relation.kind in {"from", "near"}:
            return self._from(relation, context)
        return None

    def _landmark(self, name: str, context: Context, order: Sequence[str] = HEAD) -> Hit | None:
        """A landmark may lie in the next district, or across the line."""
        found = self.meaning(name, context, order)
        return found.hit or self.meaning(name, Context(), order).hit

    def _from(self, relation: Relation, context: Context) -> Option | None:
        """Near a landmark, or at a distance or in a direction from it."""
        hit = self._landmark(relation.targets[0], context)
        if hit is None:
            return None
        if hit.entry.members:
            return self._from_unit(hit, relation, context)
        start = around(hit)
        if relation.inside:
            footprint = start
        elif relation.kind == "near":
            footprint = around(hit, NEAR_M)
        elif relation.bearing is None:
            footprint = beyond(start, relation)
        else:
            footprint = toward(start, relation)
        how = "around" if relation.bearing is None else "in that direction from"
        note = f"'{shortened(relation.text)}': {how} {described(hit.entry)}"
        return Option(footprint, hit, "relative", "area", hit.score, note)

    def _from_unit(self, hit: Hit, relation: Relation, context: Context) -> Option | None:
        if relation.distance_m is not None:
            near = relation.bearing is None and reach_m(relation)[1] <= STRIP_M
            return self._facing(relation, context) if near else None
        if relation.bearing is None:
            return None
        extra_m = 0.0 if relation.inside else NEAR_M
        footprint = part_of(hit.entry, relation.bearing, extra_m)
        if footprint is None:
            return None
        note = f"'{shortened(relation.text)}': that part of {described(hit.entry)}"
        part = synthetic([hit], [hit.entry.place_id])
        return Option(footprint, part, "relative", "area", hit.score, note)

    def _between(self, relation: Relation, context: Context) -> Option | None:
        if len(relation.targets) < 2:
            return None
        hits = [self._landmark(name, context) for name in relation.targets]
        spots = all(hit and hit.entry.kind in {"place", "crossing"} for hit in hits)
        if relation.kind == "border" or not spots:
            units = [self._landmark(name, context, WITHIN) for name in relation.targets]
            named_units = any(hit and hit.entry.members for hit in hits)
            if relation.kind == "border" or named_units or self._face_each_other(units):
                hits = units
        known = [hit for hit in hits if hit]
        if len(known) < len(hits):
            return None
        if all(hit.entry.members for hit in known):
            shared = self._shared(relation, known, context)
            if shared:
                return shared
        option = together(known, context, "between", self._gazetteer)
        note = f"'{shortened(relation.text)}': the area that holds both"
        return replace(option, note=note) if option else None

    def _shared(self, relation: Relation, hits: Sequence[Hit], context: Context) -> Option | None:
        """Where units meet: along the line, or on the boundary between two of one country."""
        if len({hit.entry.country for hit in hits}) > 1:
            return self._strip(relation, hits, context)
        footprint = boundary_of([hit.entry for hit in hits])
        if footprint is None:
            return None
        joined = synthetic(hits, [hit.entry.place_id for hit in hits])
        score = min(hit.score for hit in hits)
        note = f"'{shortened(relation.text)}': their common boundary"
        return Option(footprint, joined, "between", "area", score, note)

    def _face_each_other(self, hits: Sequence[Hit | None]) -> bool:
        """Whether units of both countries share a stretch of the line."""
        units = [hit.entry for hit in hits if hit and hit.entry.members]
        if len(units) != 2 or len(hits) != 2 or units[0].country == units[1].country:
            return False
        return bool(common(*(self._stretches.beside(unit) for unit in units)))

    def _along(self, relation: Relation, context: Context) -> Option | None:
        """Near the line: in the units named with it, or in the record's own area."""
        if relation.kind == "end":
            return self._line_end(relation, context)
        if relation.distance_m is not None and reach_m(relation)[1] > STRIP_M:
            return None
        names = [name for name in relation.targets if name]
        found = [self._landmark(name, context, WITHIN) for name in names]
        # Of a whole province only what it says itself: "border area" is said loosely.
        near = context.area and context.area.entry.kind not in {"country", "province"}
        own = [context.area] if context.area and (near or found) else []
        if relation.kind == "zero" and (found or own) and (found or own)[0]:
            crossing = self.crossing(named((found or own)[0]))
            if crossing:
                return crossing
        if None in found:
            return None
        hits = [hit for hit in found if hit and hit.entry.kind != "country"]
        if not hits or (len(hits) == 1 and not set(hits[0].entry.countries) & context.countries):
            hits += [hit for hit in own if hit.entry.kind != "country"]
        return self._strip(relation, hits, context) if hits else None

    def _line_end(self, relation: Relation, context: Context) -> Option | None:
        """Where the line ends, in a third country's corner."""
        own = self._stretches.beside(context.area.entry) if context.area else []
        ends = [
            (country, self._stretches.end(country))
            for country in ("Iran", "China")
            if country in relation.targets or (not relation.targets and own)
        ]
        ends = [pair for pair in ends if relation.targets or common(pair[1], own)]
        if len(ends) != 1:
            return None
        ((country, ranges),) = ends
        return self._on_line(relation, ranges, f"end of the line at {country}", 1.0, context, "")

    def _facing(self, relation: Relation, context: Context) -> Option | None:
        """The other side of the line from a landmark."""
        own, _ = context.stated_country
        across = Context(countries=frozenset({_OTHER[own]})) if own else context
        hit = self.meaning(relation.targets[0], across).hit
        hit = hit or self._landmark(relation.targets[0], context)
        if hit is not None and not hit.entry.members:
            spot = self._landmark(relation.targets[0], context, WITHIN)
            hit = spot if spot and spot.entry.kind == "district" and not spot.fits else hit
        if hit is None or hit.entry.kind == "country":
            return None
        ranges = self._stretches.beside(hit.entry)
        country = hit.entry.country if hit.entry.country in _OTHER else ""
        stated, _ = context.stated_country
        if stated and stated == country:
            return None if hit.entry.members else named(hit, NEAR_M)
        area = context.area.entry if context.area else None
        if area is not None and area.kind != "country":
            ranges = common(ranges, self._stretches.beside(area))
        if not ranges:
            return None
        score, side = hit.score, stated or _OTHER[country]
        return self._on_line(relation, ranges, f"line at {hit.entry.name}", score, context, side)

    def _strip(self, relation: Relation, hits: Sequence[Hit], context: Context) -> Option | None:
        """The stretch of the line at some units; where those of both sides meet."""
        sides: dict[str, list[Range]] = {}
        for hit in hits:
            sides.setdefault(hit.entry.country, []).extend(self._stretches.beside(hit.entry))
        groups = [merged(ranges) for ranges in sides.values()]
        ranges = groups[0]
        for other in groups[1:]:
            ranges = common(ranges, other)
        if not ranges:
            return None
        names = "; ".join(dict.fromkeys(hit.entry.name for hit in hits))
        side = context.stated_country[0]
        if not side and len(sides) == 1 and hits[0].entry.country in {"AF", "PK"}:
            side = hits[0].entry.country
        score = min(hit.score for hit in hits)
        return self._on_line(relation, ranges, f"line at {names}", score, context, side)

    def _on_line(
        self,
        relation: Relation,
        ranges: Sequence[Range],
        name: str,
        score: float,
        context: Context,
        side: str,
    ) -> Option:
        side = side or context.stated_country[0]
        footprint, place_id, area_m2 = self._stretches.footprint(ranges, side)
        entry = Entry(place_id, name, "area", "area", "line", "line", ())
        km = ", ".join(f"{a:.0f}–{b:.0f}" for a, b in ranges)
        note = f"'{shortened(relation.text)}': {name}, kilometres {km}"
        hit = Hit(entry, score, name, "name")
        return Option(footprint, hit, "border", "area", score, note, area_m2=area_m2)

    def crossing(self, option: Option) -> Option | None:
        """The crossing that bears the name of a place and is near it."""
        names = {option.hit.entry.name, option.hit.spelling}
        for name in sorted(names):
            for hit in readings(f"{name} crossing", self._gazetteer):
                near = _apart_m(option, named(hit)) <= CROSSING_AWAY_M
                if hit.entry.kind == "crossing" and near:
                    return named(hit)
        return None

    def _is_smaller(self, option: Option, area: Entry) -> bool:
        """Whether an answer says more than an area: discs by reach, strips by their ground."""
        if option.area_m2 is None or area.outline is None:
            return option.footprint.radius_m < area.place.radius_m
        return option.area_m2 < self._area_m2(area)

    def _area_m2(self, entry: Entry) -> float:
        if entry.outline is None:
            return 0.0
        if entry.place_id not in self._areas_m2:
            area_m2 = GEOD.geometry_area_perimeter(entry.outline.geometry)[0]
            self._areas_m2[entry.place_id] = abs(area_m2)
        return self._areas_m2[entry.place_id]


def _not_used(relation: Relation, before: Context, after: Context) -> Context:
    """A context with the doubt that a relation was left out, if that is not told already."""
    if after.notes != before.notes:
        return after
    return after.doubted("weak", f"'{shortened(relation.text)}' is not used")


def _apart_m(one: Option, other: Option) -> float:
    """Metres between the rims of two discs; negative where they overlap."""
    a, b = one.footprint, other.footprint
    return float(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2]) - a.radius_m - b.radius_m


def _better(found: Option, option: Option, own: Hit) -> bool:
    """Whether an answer is the first to narrow a place, or narrower than the one before."""
    return option.hit is own or found.footprint.radius_m < option.footprint.radius_m
