# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, embedsignature=False
"""Measuring as loops over points, compiled: what NumPy does one operation after the other.

Every function has a twin that works on whole arrays and says why it is right: in ``nearest``,
``tree``, ``places`` and ``line``. Both do the same sums in the same order, and build flags forbid
the compiler to join them, so that the numbers are the same to the last bit. Nothing here needs the
interpreter, so that threads run side by side.
"""

from libc.math cimport fabs, sqrt
from libc.stdint cimport int32_t, uint8_t

from bordermap.border import blocks, ellipsoid, nearest

cdef double A2 = ellipsoid.SEMI_MAJOR_M**2
cdef double A4 = ellipsoid.SEMI_MAJOR_M**4
cdef double B2 = ellipsoid.SEMI_MINOR_M**2
cdef double B4 = ellipsoid.SEMI_MINOR_M**4
cdef double SHORT_M = ellipsoid.SHORT_M
cdef double LONG_M = ellipsoid.LONG_M
cdef double TIE = blocks.TIE
cdef double SLACK_M = blocks.SLACK_M
cdef double TIE_M = nearest.TIE_M
cdef double NEAR_M = nearest.NEAR_M
cdef double STEP_M = nearest.STEP_M
cdef double STILL_M = nearest.STILL_M
cdef int STEPS = nearest.STEPS
cdef double FAR = 1e300
cdef double NAN = float("nan")


cdef struct Place:
    double x
    double y
    double z


cdef inline double dot(Place p, Place q) noexcept nogil:
    return p.x * q.x + p.y * q.y + p.z * q.z


cdef inline Place less(Place p, Place q) noexcept nogil:
    return Place(p.x - q.x, p.y - q.y, p.z - q.z)


cdef inline Place column(const double[:, ::1] table, Py_ssize_t at) noexcept nogil:
    """A column of a table of shape (3, n)."""
    return Place(table[0, at], table[1, at], table[2, at])


cdef inline Place middle(Place p, Place q) noexcept nogil:
    return Place((p.x + q.x) * 0.5, (p.y + q.y) * 0.5, (p.z + q.z) * 0.5)


cdef inline double by_chord(Place p, Place q) noexcept nogil:
    """``ellipsoid.chord_to_geodesic``."""
    cdef Place d = less(q, p)
    cdef Place m = middle(p, q)
    cdef double chord2 = d.x * d.x + d.y * d.y + d.z * d.z
    cdef double across = m.x * m.x + m.y * m.y
    cdef double along = m.z * m.z
    cdef double gradient = sqrt((across / A4 + along / B4) / (across / A2 + along / B2))
    cdef double bent = (d.x * d.x + d.y * d.y) / A2 + d.z * d.z / B2
    cdef double curvature = bent / ((chord2 if chord2 > 1e-20 else 1e-20) * gradient)
    cdef double x = chord2 * curvature * curvature
    cdef double series = x * (3.0 / 640 + x * (5.0 / 7168 + x * (35.0 / 294912)))
    return sqrt(chord2) * (1 + x * (1.0 / 24 + series))


cdef inline Place raised(Place p) noexcept nogil:
    """``ellipsoid._raised``."""
    cdef Place normal
    cdef double move
    cdef int step
    for step in range(2):
        normal = Place(p.x / A2, p.y / A2, p.z / B2)
        move = (dot(p, normal) - 1) / (2 * dot(normal, normal))
        p = Place(p.x - normal.x * move, p.y - normal.y * move, p.z - normal.z * move)
    return p


cdef inline double geodesic(Place p, Place q) noexcept nogil:
    """``ellipsoid.geodesics``; beyond ``LONG_M`` not exact, for the caller to ask elsewhere."""
    cdef double whole = by_chord(p, q)
    cdef double halves
    cdef Place between
    if whole <= SHORT_M or whole > LONG_M:
        return whole
    between = raised(middle(p, q))
    halves = by_chord(p, between) + by_chord(between, q)
    return halves + (halves - whole) / 15


cdef inline Place place_on(const double[:, ::1] space, Py_ssize_t piece, double share) noexcept nogil:
    """``nearest._foot_xyz``."""
    cdef double bow = share * (1 - share)
    return Place(
        space[1, piece] + share * space[4, piece] + bow * space[7, piece],
        space[2, piece] + share * space[5, piece] + bow * space[8, piece],
        space[3, piece] + share * space[6, piece] + bow * space[9, piece],
    )


cdef inline Place from_foot(
    const double[:, ::1] space, Py_ssize_t piece, Place point, double* share
) noexcept nogil:
    """The way from the foot on a piece's chord to a point, and the share where the foot is."""
    cdef Place start = Place(space[1, piece], space[2, piece], space[3, piece])
    cdef Place chord = Place(space[4, piece], space[5, piece], space[6, piece])
    cdef Place away = less(point, start)
    cdef double t = dot(away, chord) * space[0, piece]
    t = t if t > 0 else 0
    t = t if t < 1 else 1
    share[0] = t
    return Place(away.x - t * chord.x, away.y - t * chord.y, away.z - t * chord.z)


cdef double improved(
    const double[:, ::1] space, Py_ssize_t piece, Place point, double share, double length_m
) noexcept nogil:
    """``nearest._improved``; NaN where a geodesic is longer than ``LONG_M``."""
    cdef double step = STEP_M / length_m
    cdef double before, here, after, bend, move, now
    cdef int nth
    for nth in range(STEPS):
        now = share
        before = geodesic(point, place_on(space, piece, now - step))
        here = geodesic(point, place_on(space, piece, now))
        after = geodesic(point, place_on(space, piece, now + step))
        if before > LONG_M or here > LONG_M or after > LONG_M:
            return NAN
        bend = before - 2 * here + after
        move = 0.5 * (before - after) / bend if bend > 0 else 0
        share = now + move * step
        share = share if share > 0 else 0
        share = share if share < 1 else 1
        if not fabs(share - now) > STILL_M / length_m:
            break
    return share


cdef Py_ssize_t nearest_one(
    const double[:, ::1] space,
    const double[::1] length_m,
    const uint8_t[::1] is_head,
    const int32_t[::1] items,
    Py_ssize_t first,
    Py_ssize_t size,
    Place point,
    double[:, ::1] room,
) noexcept nogil:
    """Which of a point's candidates has the nearest place; -1 where a geodesic is too long.

    ``room[0]`` is left with lengths, ``room[1]`` with shares.
    """
    cdef double least = FAR
    cdef double most, share, shortest
    cdef bint far
    cdef Py_ssize_t nth, piece
    cdef Py_ssize_t found = 0
    cdef Place way
    for nth in range(size):
        way = from_foot(space, items[first + nth], point, &room[1, nth])
        room[0, nth] = dot(way, way)
        if room[0, nth] < least:
            least = room[0, nth]
    least = sqrt(least)
    if least > LONG_M:
        return -1
    most = least + 1e-3 + least * least * least * TIE
    far = least > NEAR_M
    shortest = FAR
    for nth in range(size):
        piece = items[first + nth]
        share = room[1, nth]
        if room[0, nth] > most * most or not (share > 0 or far or is_head[piece]):
            room[0, nth] = FAR
            continue
        if far:
            share = improved(space, piece, point, share, length_m[piece])
            room[1, nth] = share
        room[0, nth] = geodesic(point, place_on(space, piece, share))
        if not room[0, nth] <= LONG_M:
            return -1
        if room[0, nth] < shortest:
            shortest = room[0, nth]
    if shortest == FAR:
        return -1
    # Of equal ones the first along the line.
    while room[0, found] > shortest + TIE_M:
        found += 1
    return found


def settle(
    const double[:, ::1] space,
    const double[::1] length_m,
    const uint8_t[::1] is_head,
    const int32_t[::1] items,
    const int32_t[::1] first,
    const int32_t[::1] size,
    const double[:, ::1] xyz,
    double[:, ::1] room,
    Py_ssize_t[::1] piece,
    double[::1] share,
    double[:, ::1] foot,
    double[::1] distance_m,
):
    """``nearest.settle`` into the last four; NaN metres where it must be asked itself."""
    cdef Py_ssize_t at, nth
    cdef Place point, place
    with nogil:
        for at in range(first.shape[0]):
            point = column(xyz, at)
            nth = nearest_one(
                space, length_m, is_head, items, first[at], size[at], point, room
            )
            if nth < 0:
                distance_m[at] = NAN
                continue
            piece[at] = items[first[at] + nth]
            share[at] = room[1, nth]
            distance_m[at] = room[0, nth]
            place = place_on(space, piece[at], share[at])
            foot[0, at] = place.x
            foot[1, at] = place.y
            foot[2, at] = place.z


def leaves(
    const int32_t[::1] node,
    int across,
    int depth,
    const int32_t[::1] column,
    const int32_t[::1] row,
    int32_t[::1] leaf,
):
    """``tree.Tree._leaves`` for columns and rows of the finest cells."""
    cdef Py_ssize_t at
    cdef int32_t found
    cdef int finer
    with nogil:
        for at in range(column.shape[0]):
            found = node[(row[at] >> depth) * across + (column[at] >> depth)]
            finer = depth
            while found >= 0:
                finer -= 1
                found = node[found + (column[at] >> finer & 1) + 2 * (row[at] >> finer & 1)]
            leaf[at] = ~found


cdef inline Place away_from(
    const double[:, ::1] shapes, Py_ssize_t item, Place centre
) noexcept nogil:
    """The way from a candidate to the middle of a cell: a piece, or a sphere of four rows."""
    cdef double share
    if shapes.shape[0] == 4:
        return less(centre, column(shapes, item))
    return from_foot(shapes, item, centre, &share)


cdef inline Place towards(Place way, double length) noexcept nogil:
    """A way of length one."""
    length = length if length > 1e-9 else 1e-9
    return Place(way.x / length, way.y / length, way.z / length)


def pruned(
    const double[:, ::1] shapes,
    const double[:, ::1] centre,
    const double[::1] radius,
    const Py_ssize_t[::1] first,
    const Py_ssize_t[::1] size,
    const Py_ssize_t[::1] items,
    double[:, ::1] room,
    Py_ssize_t[::1] kept_size,
    Py_ssize_t[::1] kept,
):
    """``tree._kept`` into the last two; returns how many are kept."""
    cdef Py_ssize_t cell, nth, item, best
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t before
    cdef bint spheres = shapes.shape[0] == 4
    cdef double least, reach, allowed, bow, extent, r
    cdef Place middle, way, own, turn
    with nogil:
        for cell in range(size.shape[0]):
            middle, r, before = column(centre, cell), radius[cell], count
            least, best = FAR, 0
            for nth in range(size[cell]):
                item = items[first[cell] + nth]
                way = away_from(shapes, item, middle)
                extent = shapes[3, item] if spheres else 0
                room[0, nth] = sqrt(dot(way, way))
                room[1, nth] = room[0, nth] - extent
                if room[0, nth] + extent < least:
                    least, best = room[0, nth] + extent, nth
            reach = least + r
            allowed = least + SLACK_M + reach * reach * reach * TIE
            own = towards(away_from(shapes, items[first[cell] + best], middle), room[0, best])
            bow = r * r / (2 * (room[0, best] if room[0, best] > 1e-9 else 1e-9))
            for nth in range(size[cell]):
                if room[1, nth] > allowed + 2 * r:
                    continue
                item = items[first[cell] + nth]
                way = towards(away_from(shapes, item, middle), room[0, nth])
                turn = less(way, own)
                if room[1, nth] <= allowed + sqrt(dot(turn, turn)) * r + bow:
                    kept[count] = item
                    count += 1
            kept_size[cell] = count - before
    return count


def answers(
    const double[:, ::1] degrees,
    const double[::1] length_m,
    const double[::1] mark_m,
    const double[:, ::1] right,
    double tolerance_m,
    const Py_ssize_t[::1] rows,
    const double[:, ::1] xyz,
    const Py_ssize_t[::1] piece,
    const double[::1] share,
    const double[:, ::1] foot,
    const double[::1] distance_m,
    double[:, ::1] table,
):
    """``answers.by_arrays`` into rows of ``table``."""
    cdef Py_ssize_t at, p, row
    cdef double t, bow, lon
    cdef Place point
    with nogil:
        for at in range(rows.shape[0]):
            p, t, row = piece[at], share[at], rows[at]
            bow = t * (1 - t)
            lon = degrees[0, p] + (t * degrees[1, p] + bow * degrees[2, p])
            if lon > 180:
                lon -= 360
            if lon < -180:
                lon += 360
            table[row, 0] = distance_m[at]
            table[row, 1] = (t * length_m[p] + mark_m[p]) / 1000
            table[row, 2] = lon
            table[row, 3] = degrees[3, p] + (t * degrees[4, p] + bow * degrees[5, p])
            p += ((t > 0) + (t >= 1)) * length_m.shape[0]
            point = less(column(xyz, at), column(foot, at))
            if distance_m[at] <= tolerance_m:
                table[row, 4] = 0
            else:
                table[row, 4] = -1 if dot(point, column(right, p)) > 0 else 1


def nearest_places(
    const double[:, ::1] places,
    const double[:, ::1] xyz,
    Py_ssize_t[::1] best,
    double[::1] distance_m,
):
    """``places.nearest_places`` into the last two; NaN metres beyond ``LONG_M``."""
    cdef Py_ssize_t at, nth
    cdef double least, chord2
    cdef Place point, way
    with nogil:
        for at in range(xyz.shape[1]):
            point = column(xyz, at)
            least = FAR
            best[at] = 0
            for nth in range(places.shape[1]):
                way = less(point, column(places, nth))
                chord2 = dot(way, way)
                if chord2 < least:
                    least = chord2
                    best[at] = nth
            distance_m[at] = geodesic(point, column(places, best[at]))
            if distance_m[at] > LONG_M:
                distance_m[at] = NAN
