"""``bordermap``: the commands, and how errors end."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import click

from bordermap.errors import BordermapError, FilterError, RecipeError

__all__ = ["main"]

NOTHING_DONE, WRONG_USAGE = 1, 2

COMMANDS = {
    "check": "bordermap.cli.check.check",
    "diff": "bordermap.cli.diff.diff",
    "enrich": "bordermap.cli.enrich.enrich",
    "extract": "bordermap.cli.extract.extract",
    "gazetteer": "bordermap.cli.gazetteer.gazetteer",
    "geocode": "bordermap.cli.geocode.geocode",
    "layers": "bordermap.cli.layers.layers",
    "locate": "bordermap.cli.locate.locate",
    "map": "bordermap.cli.map.make_map",
    "query": "bordermap.cli.query.query",
    "summary": "bordermap.cli.summary.summary",
}
"""Where each command is; it is loaded when it is asked for, so that only ``map`` loads Folium."""


class Commands(click.Group):
    """A group whose errors are one line and whose exit status is as documented."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        module, _, name = COMMANDS.get(cmd_name, "").rpartition(".")
        command: click.Command | None = getattr(import_module(module), name) if name else None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BordermapError as error:
            click.echo(f"bordermap: {error}", err=True)
            usage = isinstance(error, (FilterError, RecipeError))
            ctx.exit(WRONG_USAGE if usage else NOTHING_DONE)
        except BrokenPipeError:
            # The reader of our output has gone; Python must not fail again when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(NOTHING_DONE)
        except KeyboardInterrupt:
            click.echo("bordermap: interrupted; nothing was written", err=True)
            ctx.exit(NOTHING_DONE)
        except MemoryError:
            click.echo("bordermap: out of memory; split the input and try again", err=True)
            ctx.exit(NOTHING_DONE)


@click.group(
    cls=Commands,
    # Only their names, for the help and for "did you mean".
    commands={name: click.Command(name) for name in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 nothing could be done, 2 wrong usage, 3 rows were rejected "
    "(with --strict).",
)
@click.version_option(version("bordermap"), prog_name="bordermap")
def main() -> None:
    """Place, measure and map incidents along the Afghanistan-Pakistan border."""
