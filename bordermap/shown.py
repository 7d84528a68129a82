"""What a notebook shows of a result: HTML that asks the network for nothing."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import pandas as pd

__all__ = ["framed", "tabled"]

_MOST_CHARACTERS = 30_000_000
"""A notebook keeps what it shows; a larger document would make it slow to open and to save."""

_MOST_ROWS = 20

_ALLOWED = "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox"
"""To run, to save, to print, to open a source; but not to reach into the notebook."""


def framed(document: str, title: str) -> str:
    """A whole document in a frame of its own, apart from the page around it.

    Parameters
    ----------
    document : str
        HTML; its scripts run, but reach neither the notebook nor its server.
    title : str
        For those who hear the page.

    Returns
    -------
    str
        An ``iframe`` that holds the document, or one line that says it is too large.
    """
    if len(document) > _MOST_CHARACTERS:
        size = f"{len(document) / 1e6:.0f} million characters"
        return f"<p>{size} are too many to show here: write the page with .save(path).</p>"
    return (
        f'<iframe title="{html.escape(title)}" srcdoc="{html.escape(document)}"'
        f' sandbox="{_ALLOWED}"'
        ' style="width: 100%; height: 640px; border: 0"></iframe>'
    )


def tabled(columns: Mapping[str, Sequence[object]]) -> str:
    """Columns of one length as a table, long ones without their middle; every text is escaped."""
    table = pd.DataFrame({name: list(map(_cell, cells)) for name, cells in columns.items()})
    with pd.option_context("display.max_colwidth", None):
        return str(table.to_html(max_rows=_MOST_ROWS, show_dimensions=len(table) > _MOST_ROWS))


def _cell(value: object) -> object:
    """Counts by name as people read them; all else as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {count}" for name, count in value.items())
    return value
