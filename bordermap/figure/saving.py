"""The sheet as bytes: the same drawing gives the same bytes, and no clock is in them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["drawing_alike", "encoded"]

_SETTINGS: dict[Any, Any] = {
    "axes.unicode_minus": False,
    "figure.constrained_layout.use": False,
    "path.simplify": False,
    "pdf.compression": 6,
    "pdf.fonttype": 42,
    "pdf.use14corefonts": False,
    "savefig.bbox": None,
    "savefig.facecolor": "auto",
    "savefig.pad_inches": 0.0,
    "savefig.transparent": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "bordermap",
    "svg.id": None,
    "text.hinting": "none",
    "text.parse_math": False,
    "text.usetex": False,
}

_NO_CLOCK: Mapping[str, Mapping[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "bordermap"},
    "pdf": {"CreationDate": None, "Creator": "bordermap", "Producer": None},
}


@contextmanager
def drawing_alike() -> Iterator[None]:
    """Draw by matplotlib's own defaults and ours, whatever a user's matplotlibrc says."""
    defaults: dict[Any, Any] = dict(mpl.rcParamsDefault)
    kept = {name: value for name, value in defaults.items() if "backend" not in name}
    with mpl.rc_context({**kept, **_SETTINGS}):
        yield


def encoded(figure: Figure, kind: str, title: str) -> bytes:
    """The sheet as PNG, SVG or PDF.

    Parameters
    ----------
    kind : str
        ``png``, ``svg`` or ``pdf``.
    title : str
        For the document's own title, which screen readers tell.
    """
    stream = io.BytesIO()
    metadata = {**_NO_CLOCK[kind], **({"Title": title} if title else {})}
    figure.savefig(stream, format=kind, dpi=figure.dpi, metadata=metadata)
    return stream.getvalue()
