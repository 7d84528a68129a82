"""What footprints allow to say: surely, maybe or out, and the share of the area inside.

A footprint that may have more than one answer is spread into points (:mod:`bordermap.footprint`),
and each point is located as an incident would be. So whatever can be asked of an incident can be
asked of its footprint, and answers to several questions at once come from the same points.
"""

from __future__ import annotations

from bordermap.certainty.ask import (
    CERTAINTIES,
    MAYBE,
    OUT,
    SURELY,
    certainty_of,
    checked,
    shares,
)
from bordermap.certainty.clear import (
    clear_of_box,
    clear_of_crossings,
    clear_of_distances,
    clear_of_kilometres,
    clear_of_layer,
    clear_of_places,
    clear_of_sides,
    clear_of_stretches,
    clear_of_units,
)
from bordermap.certainty.rows import is_placed
from bordermap.certainty.samples import Asked
from bordermap.certainty.touched import Touched, box_touched, layer_touched, units_touched

__all__ = [
    "CERTAINTIES",
    "MAYBE",
    "OUT",
    "SURELY",
    "Asked",
    "Touched",
    "box_touched",
    "certainty_of",
    "checked",
    "clear_of_box",
    "clear_of_crossings",
    "clear_of_distances",
    "clear_of_kilometres",
    "clear_of_layer",
    "clear_of_places",
    "clear_of_sides",
    "clear_of_stretches",
    "clear_of_units",
    "is_placed",
    "layer_touched",
    "shares",
    "units_touched",
]
