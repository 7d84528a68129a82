"""Units of a country drawn anew inside an exact outline, without gaps or overlaps.

The source polygons were digitised for other outlines: near the line they stop short of it or reach
across it by a hundred metres or so, and they overlap here and there. Three steps mend that:

1. ``fitted``: in metres, overlaps are settled, units clipped to the outline, and what is left of
   the country goes to the unit whose edge is nearest (Voronoi cells of points along the edges).
2. ``inner_edges``: the edges between units are simplified as a coverage, the outline is not.
3. ``redrawn``: back in degrees those edges are tied to vertices of the exact outline and all is
   put together again, so that a unit's edge on the line is the line, vertex for vertex.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from geometry import (
    Floats,
    as_polygon,
    longest_part,
    nearest_vertex,
    polygons_of,
    rounded,
    to_degrees,
    to_metres,
)
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

GRID_M = 1.0
EDGE_STEP_M = 800.0
REACH_M = 60_000.0
INNER_TOLERANCE_M = 50.0
# A part cut off from its unit (a sliver beyond a bend of the outline) joins a neighbour if it is
# smaller than this and than a twentieth of the unit.
DETACHED_KM2, DETACHED_SHARE = 2.0, 0.05
# Straight in degrees and straight in metres differ by metres over 10 km: short pieces do not.
STRAIGHT_DEGREES = 0.005
MOST_CUTS = 5
# A metre is enough between units; on the line the vertices keep their six decimals.
INNER_DECIMALS = 5
MOST_CHANGED, MOST_CHANGED_M2 = 0.02, 10e6

# An edge between units, and whether its first and last point lie on the outline.
Edge = tuple[LineString, tuple[bool, ...]]


def _without_overlaps(units: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Where two units overlap the smaller one keeps the ground: enclaves are drawn on purpose."""
    settled = [as_polygon(shapely.make_valid(u)) for u in units]
    tree = shapely.STRtree(settled)
    done: set[int] = set()
    for i in sorted(range(len(settled)), key=lambda k: settled[k].area):
        for j in tree.query(settled[i], predicate="intersects"):
            if int(j) in done:
                settled[i] = as_polygon(shapely.difference(settled[i], settled[int(j)]))
        done.add(i)
    return settled


def _edge_points(units: Sequence[BaseGeometry]) -> tuple[Floats, Floats]:
    """Points along every unit's edge, and the number of the unit each belongs to."""
    points, owners = [], []
    for number, unit in enumerate(units):
        found = shapely.get_coordinates(shapely.segmentize(unit.boundary, EDGE_STEP_M))
        points.append(found)
        owners.append(np.full(len(found), number))
    return np.vstack(points), np.concatenate(owners)


def _gap_shares(gap: BaseGeometry, units: Sequence[BaseGeometry]) -> list[tuple[int, BaseGeometry]]:
    """The gap cut into Voronoi cells of the units' edges, each with the number of its unit."""
    points, owners = _edge_points(units)
    shapely.prepare(gap)
    near = shapely.dwithin(gap, shapely.points(points), REACH_M)
    _, first = np.unique(np.round(points[near]), axis=0, return_index=True)
    points, owners = points[near][first], owners[near][first]
    frame = shapely.box(*gap.bounds).buffer(REACH_M)
    cells = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame, ordered=True)
    parts = polygons_of(gap)
    tree = shapely.STRtree(parts)
    shares = []
    for cell, owner in zip(shapely.get_parts(cells), owners, strict=True):
        for part in tree.query(cell, predicate="intersects"):
            share = shapely.intersection(cell, parts[int(part)])
            if share.area > 0:
                shares.append((int(owner), share))
    return shares


def fitted(outline: BaseGeometry, units: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Units in metres, clipped to the outline and grown until they fill it."""
    clipped = [as_polygon(shapely.intersection(u, outline)) for u in _without_overlaps(units)]
    gap = as_polygon(shapely.difference(outline, shapely.union_all(clipped)))
    pieces: list[list[BaseGeometry]] = [[unit] for unit in clipped]
    for owner, share in _gap_shares(gap, clipped):
        pieces[owner].append(share)
    return [as_polygon(shapely.union_all(p)) for p in pieces]


def _faces(edges: Sequence[BaseGeometry], grid: float | None) -> list[Polygon]:
    noded = shapely.union_all([shapely.set_precision(e, grid or 0) for e in edges], grid_size=grid)
    return list(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _owners(faces: Sequence[Polygon], units: Sequence[BaseGeometry]) -> list[int]:
    """The unit around (or, for a sliver on an edge, nearest to) a point inside each face."""
    inside = shapely.point_on_surface(np.asarray(faces, dtype=object))
    return [int(i) for i in shapely.STRtree(units).nearest(inside)]


def _grouped(faces: Sequence[Polygon], owners: Sequence[int], count: int) -> list[BaseGeometry]:
    groups: list[list[Polygon]] = [[] for _ in range(count)]
    for face, owner in zip(faces, owners, strict=True):
        groups[owner].append(face)
    return [as_polygon(shapely.coverage_union_all(g)) if g else Polygon() for g in groups]


def _reattached(units: list[BaseGeometry]) -> list[BaseGeometry]:
    """Small detached parts given to the neighbour with the longest common edge."""
    parts = [(n, p) for n, unit in enumerate(units) for p in polygons_of(unit)]
    largest = {n: max(p.area for p in polygons_of(u)) for n, u in enumerate(units) if u.area}
    owner = [n for n, _ in parts]
    tree = shapely.STRtree([p for _, p in parts])

    def is_detached(k: int) -> bool:
        area = parts[k][1].area
        return bool(area < DETACHED_KM2 * 1e6 and area < DETACHED_SHARE * largest[parts[k][0]])

    for k in (k for k in range(len(parts)) if is_detached(k)):
        best, longest = owner[k], 0.0
        for j in sorted(int(j) for j in tree.query(parts[k][1], predicate="touches")):
            common = 0.0 if is_detached(j) else parts[k][1].intersection(parts[j][1]).length
            if common > longest:
                best, longest = owner[j], common
        owner[k] = best
    return _grouped([p for _, p in parts], owner, len(units))


def on_grid(outline: BaseGeometry, units: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The fitted units as one valid coverage on a grid of a metre."""
    edges = [u.boundary for u in units] + [outline.boundary]
    faces = _faces(edges, GRID_M)
    inside = shapely.contains(outline, shapely.point_on_surface(np.asarray(faces, dtype=object)))
    kept = [face for face, keep in zip(faces, inside, strict=True) if keep]
    units = _reattached(_grouped(kept, _owners(kept, units), len(units)))
    if not shapely.coverage_is_valid(units):
        raise ValueError("the units do not make a valid coverage on the grid")
    return units


def inner_edges(units: Sequence[BaseGeometry]) -> list[Edge]:
    """Edges between units, simplified, from node to node; the outline is left out."""
    simple = shapely.coverage_simplify(units, INNER_TOLERANCE_M, simplify_boundary=False)
    outline = shapely.coverage_union_all(simple).boundary
    inner = shapely.difference(shapely.union_all(shapely.boundary(simple)), outline)
    lines = [p for p in shapely.get_parts(shapely.line_merge(inner)) if p.length > 0]
    shapely.prepare(outline)
    ends = [shapely.points(shapely.get_coordinates(line)[[0, -1]]) for line in lines]
    return [
        (line, tuple(bool(d < GRID_M / 10) for d in shapely.distance(end, outline)))
        for line, end in zip(lines, ends, strict=True)
    ]


def _tied(edge: LineString, at_outline: tuple[bool, ...], vertices: Floats) -> LineString:
    """Ends that lie on the outline moved to the nearest vertex of it."""
    points = shapely.get_coordinates(edge).copy()
    for end, tied in zip((0, -1), at_outline, strict=True):
        if tied:
            points[end] = vertices[nearest_vertex(points[[end]], vertices)[0]]
    return LineString(points)


def _crosses(edge: LineString, ring: BaseGeometry) -> bool:
    ends = shapely.MultiPoint(shapely.get_coordinates(edge)[[0, -1]])
    return not shapely.difference(shapely.intersection(edge, ring), ends).is_empty


def _cut_and_tied(
    edge: LineString, at_outline: tuple[bool, ...], ring: BaseGeometry, vertices: Floats
) -> LineString:
    """Cut at the outline, the longest piece is the one between the units; tied where it was cut."""
    piece = longest_part(shapely.difference(edge, ring))
    if piece.is_empty:
        return piece
    old, new = (shapely.get_coordinates(line)[[0, -1]] for line in (edge, piece))
    was_cut = [
        tied or bool((a != b).any()) for tied, a, b in zip(at_outline, old, new, strict=True)
    ]
    return _tied(rounded(piece, INNER_DECIMALS), tuple(was_cut), vertices)


def tied_edges(edges: Sequence[Edge], outline: BaseGeometry) -> list[LineString]:
    """Inner edges in degrees that meet the outline at vertices of it and nowhere else.

    An edge that shrinks to nothing lay along the outline and is dropped.
    """
    ring = outline.boundary
    shapely.prepare(ring)
    vertices = shapely.get_coordinates(ring)
    tied = []
    for edge, at_outline in edges:
        tie = _tied(rounded(to_degrees(edge), INNER_DECIMALS), at_outline, vertices)
        for _ in range(MOST_CUTS):
            if tie.length == 0 or not _crosses(tie, ring):
                break
            tie = _cut_and_tied(tie, at_outline, ring, vertices)
        else:
            raise ValueError(f"an edge keeps crossing the outline near {tie.centroid.wkt}")
        if tie.length > 0:
            tied.append(tie)
    return tied


def redrawn(outline: BaseGeometry, units_m: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The units in degrees, their outer edges taken from the outline vertex for vertex."""
    edges = tied_edges(inner_edges(units_m), outline)
    lines = [*edges, *(r for p in polygons_of(outline) for r in (p.exterior, *p.interiors))]
    noded = shapely.node(shapely.geometrycollections(lines))
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    inside = shapely.contains(outline, shapely.point_on_surface(np.asarray(faces, dtype=object)))
    kept = [face for face, keep in zip(faces, inside, strict=True) if keep]
    owners = _owners([to_metres(face) for face in kept], units_m)
    units = _grouped(kept, owners, len(units_m))
    _check(outline, units, units_m)
    return units


def _check(
    outline: BaseGeometry, units: list[BaseGeometry], units_m: Sequence[BaseGeometry]
) -> None:
    if not shapely.coverage_is_valid(units):
        raise ValueError("the units do not make a valid coverage")
    if not shapely.coverage_union_all(units).equals(outline):
        raise ValueError("the units together are not the outline")
    for number, (unit, unit_m) in enumerate(zip(units, units_m, strict=True)):
        changed = shapely.symmetric_difference(to_metres(unit), unit_m).area
        if changed > MOST_CHANGED * unit_m.area + MOST_CHANGED_M2:
            raise ValueError(f"unit {number} changed by {changed / 1e6:.1f} km2 when redrawn")


def drawn_anew(outline: BaseGeometry, units: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """All three steps: degrees in, degrees out, in the order given."""
    outline_m = to_metres(shapely.segmentize(outline, STRAIGHT_DEGREES))
    return redrawn(outline, on_grid(outline_m, fitted(outline_m, to_metres(np.asarray(units)))))
