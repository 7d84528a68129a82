from numpy import float64, int32, intp, uint8
from numpy.typing import NDArray

def settle(
    space: NDArray[float64],
    length_m: NDArray[float64],
    is_head: NDArray[uint8],
    items: NDArray[int32],
    first: NDArray[int32],
    size: NDArray[int32],
    xyz: NDArray[float64],
    room: NDArray[float64],
    piece: NDArray[intp],
    share: NDArray[float64],
    foot: NDArray[float64],
    distance_m: NDArray[float64],
) -> None: ...
def leaves(
    node: NDArray[int32],
    across: int,
    depth: int,
    column: NDArray[int32],
    row: NDArray[int32],
    leaf: NDArray[int32],
) -> None: ...
def pruned(
    shapes: NDArray[float64],
    centre: NDArray[float64],
    radius: NDArray[float64],
    first: NDArray[intp],
    size: NDArray[intp],
    items: NDArray[intp],
    room: NDArray[float64],
    kept_size: NDArray[intp],
    kept: NDArray[intp],
) -> int: ...
def answers(
    degrees: NDArray[float64],
    length_m: NDArray[float64],
    mark_m: NDArray[float64],
    right: NDArray[float64],
    tolerance_m: float,
    rows: NDArray[intp],
    xyz: NDArray[float64],
    piece: NDArray[intp],
    share: NDArray[float64],
    foot: NDArray[float64],
    distance_m: NDArray[float64],
    table: NDArray[float64],
) -> None: ...
def nearest_places(
    places: NDArray[float64],
    xyz: NDArray[float64],
    best: NDArray[intp],
    distance_m: NDArray[float64],
) -> None: ...
