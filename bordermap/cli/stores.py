"""Where users' own gazetteers are kept, and the option that says which to use."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bordermap.cli.speak import Voice
from bordermap.errors import FilterError
from bordermap.gazetteer import Store

__all__ = ["PROJECT_FILE", "VARIABLE", "gazetteers", "kept_stores", "open_stores", "user_file"]

PROJECT_FILE = "bordermap-gazetteer.sqlite"
VARIABLE = "BORDERMAP_GAZETTEER"
NONE = "none"

gazetteers = click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    metavar="FILE|none",
    help="Places of your own to use beside the shipped ones, made by 'gazetteer add'; by default "
    f"{PROJECT_FILE} here and your own. May be repeated; 'none' uses the shipped ones only.",
)


def user_file() -> Path:
    """The user's own gazetteer, wherever it is kept on this machine."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else Path(click.get_app_dir("bordermap")) / "gazetteer.sqlite"


def kept_stores() -> tuple[Path, ...]:
    """The gazetteers that are used when none is named: the project's and the user's."""
    project, user = Path(PROJECT_FILE), user_file()
    there = [path for path in (project, user) if path.is_file()]
    return tuple(there[:1] if len(there) == 2 and project.samefile(user) else there)


def open_stores(given: tuple[str, ...], voice: Voice) -> tuple[Store, ...]:
    """Open the gazetteers that were named, or those that are kept, and say so.

    Raises
    ------
    FilterError
        ``none`` beside a file, or one file twice.
    InputError
        One cannot be read.
    """
    if NONE in given:
        if len(given) > 1:
            raise FilterError("'none' beside others", where="--gazetteer", todo="give either")
        return ()
    paths = tuple(map(Path, given)) or kept_stores()
    if len({path.resolve() for path in paths}) < len(paths):
        raise FilterError("one file twice", where="--gazetteer", todo="name each once")
    stores = tuple(map(Store, paths))
    for store in stores:
        names = ", ".join(source.name for source in store.sources)
        said = "" if given else "; --gazetteer none leaves them out"
        voice.say(f"{store.name}: {len(store):,} places of your own ({names}) are used{said}")
        if store.outdated:
            shown = ", ".join(store.outdated)
            voice.say(f"  note: add {shown} again; another version made its spellings comparable")
    return stores
