"""What can go wrong, said so that the reader can act on it.

Every error of the program is a :class:`BordermapError` and also the builtin that a Python user
would expect (``ValueError``, ``OSError``, ...). Its text is one line: what was found, where it
stood, and what to do.
"""

from __future__ import annotations

__all__ = [
    "BordermapError",
    "FilterError",
    "FrameError",
    "GeometryError",
    "InputError",
    "LayerError",
    "OutputError",
    "RecipeError",
]


def _one_line(text: str) -> str:
    return " ".join(text.split())


class BordermapError(Exception):
    """Root of all errors raised on purpose by the program.

    Parameters
    ----------
    found : str
        What was found, with the offending value.
    where : str, optional
        File, row and column, or the name of the argument.
    todo : str, optional
        What the user can do about it.

    Notes
    -----
    ``str(error)`` is a single line, whatever the parts hold.
    """

    def __init__(self, found: str, *, where: str = "", todo: str = "") -> None:
        self.found = _one_line(found)
        self.where = _one_line(where)
        self.todo = _one_line(todo)
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.todo}" if self.todo else ""
        super().__init__(f"{place}{self.found}{advice}")


class InputError(BordermapError, ValueError):
    """A file that was given cannot be read at all (missing, empty, not what it says it is).

    Single bad rows never raise: they are rejected and counted in the report.
    """


class RecipeError(BordermapError, ValueError):
    """A recipe is unknown, broken, or does not fit the file."""


class FrameError(BordermapError, ValueError):
    """A frame handed to a stage lacks a column that the stage needs."""


class GeometryError(BordermapError, ValueError):
    """A geometry, coordinate or length cannot be used."""


class FilterError(BordermapError, ValueError):
    """A filter cannot be understood; the message says how to write it."""


class LayerError(BordermapError, OSError):
    """A reference layer is missing, unknown, or differs from its manifest."""


class OutputError(BordermapError, OSError):
    """A result cannot be written; nothing half-written is left behind."""
