"""Libraries that speak to the log about every flaw of a file, kept silent while they read it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["hushed"]


@contextmanager
def hushed(*names: str) -> Iterator[None]:
    """Nothing that these libraries log inside reaches the user's screen."""
    silent = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(silent)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(silent)
            logger.propagate = propagate
