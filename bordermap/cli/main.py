"""``bordermap``: the commands, and how errors end."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Any

import click

from bordermap.cli.check import check
from bordermap.cli.gazetteer import gazetteer
from bordermap.cli.geocode import geocode
from bordermap.cli.layers import layers
from bordermap.cli.locate import locate
from bordermap.cli.map import make_map
from bordermap.cli.query import query
from bordermap.cli.summary import summary
from bordermap.errors import BordermapError, FilterError, RecipeError

__all__ = ["main"]

NOTHING_DONE, WRONG_USAGE = 1, 2


class Commands(click.Group):
    """A group whose errors are one line and whose exit status is as documented."""

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
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 nothing could be done, 2 wrong usage, 3 rows were rejected "
    "(with --strict).",
)
@click.version_option(version("bordermap"), prog_name="bordermap")
def main() -> None:
    """Place, measure and map incidents along the Afghanistan-Pakistan border."""


for command in (make_map, check, geocode, locate, query, summary, layers, gazetteer):
    main.add_command(command)
