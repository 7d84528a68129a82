"""The pages that are made from the code: columns, commands, sources, benchmarks, changes, the map.

MkDocs calls ``on_files`` before it reads the pages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from bordermap import schema
from bordermap.cli import main
from bordermap.layers import manifest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SAMPLE_MAP = ROOT / "maps" / "durand_line_incidents.html"

STAGES = {
    "reported": ("As reported", "What the input says; reading and checking write it."),
    "geocode": ("Placed", "Where the incident may be, and how that is known."),
    "locate": ("Located", "How the place relates to the line, the units and the crossings."),
}
WORDS = {
    "event_type": schema.EVENT_TYPES,
    "date_precision": schema.DATE_PRECISIONS,
    "located_by": schema.LOCATED_BY,
    "location_precision": schema.LOCATION_PRECISIONS,
    "location_status": schema.LOCATION_STATUSES,
    "border_side": schema.SIDES,
}
PAPERS = {
    "licence": "licence",
    "attribution": "credit",
    "upstream": "made from",
    "vintage": "as of",
    "processing": "what was done to it",
    "disputed": "disputed, in doubt",
    "file": "file in `geodata/`",
    "sha256": "sha256",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made to what is written."""
    pages = {
        "columns.md": columns_page(),
        "commands.md": commands_page(),
        "sources.md": sources_page(),
        "benchmarks.md": benchmarks_page(),
        "changes.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    files.append(File.generated(config, "map.html", abs_src_path=str(SAMPLE_MAP)))
    return files


def text(words: object) -> str:
    """Words as Markdown that means nothing but these words."""
    plain = escape(" ".join(str(words).split()), quote=False)
    return re.sub(r"[\\`*_{}\[\]|#~]", lambda mark: f"&#{ord(mark[0])};", plain)


def prose(docstring: str) -> str:
    """The same of a docstring, whose double backticks are code."""
    return re.sub(r"(?:&#96;){2}(.+?)(?:&#96;){2}", r"<code>\1</code>", text(docstring))


def code(words: object) -> str:
    return f"<code>{text(words)}</code>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def columns_page() -> str:
    """The column ledger, as :data:`bordermap.schema.COLUMNS` has it."""
    parts = [
        "# Columns\n",
        "Every result has these columns, in this order; columns of your own follow behind them. "
        "The types are those of pandas; what is not known is a missing value, never a zero and "
        "never an empty text.\n",
    ]
    for stage, (title, meaning) in STAGES.items():
        rows = [
            (code(c.name), code(c.dtype), text(c.unit), text(c.meaning))
            for c in schema.COLUMNS
            if c.stage == stage
        ]
        parts += [f"## {title}\n", f"{meaning}\n", table(("column", "type", "unit", "it is"), rows)]
    fixed = [(code(name), ", ".join(map(code, words))) for name, words in WORDS.items()]
    parts += ["## Words with a fixed meaning\n", table(("column", "one of"), fixed)]
    return "\n".join(parts)


def commands_page() -> str:
    """Every command with its options, as Click knows them."""
    parts = ["# Commands\n", f"{text(main.help or '')}\n", f"{text(main.epilog or '')}\n"]
    top = click.Context(main, info_name="bordermap", **main.context_settings)
    for context, command in commands(main, top):
        arguments = " ".join(command.collect_usage_pieces(context))
        parts += [
            f"## {context.command_path}\n",
            f"{text(command.help or '')}\n",
            f"```\n{context.command_path} {arguments}\n```\n",
            table(("option", "what it does"), options(command, context)),
        ]
    return "\n".join(parts)


def commands(
    group: click.Group, context: click.Context
) -> Iterator[tuple[click.Context, click.Command]]:
    """All commands that do something, those inside groups too."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
        else:
            yield inner, command


def options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield code(record[0]), text(record[1])


def sources_page() -> str:
    """The manifest of the layers, for people."""
    layers = manifest()
    rows = [
        (
            f"[{code(name)}](#{name})",
            text(entry["title"]),
            text(entry["licence"]),
            str(entry["rows"]),
        )
        for name, entry in layers.items()
    ]
    parts = [
        "# Data sources and licences\n",
        "The code is under the MIT licence. Each layer that travels with the program has a licence "
        "of its own; maps and layers that are written carry the credits. The project takes no "
        "position on the legal standing of any line.\n",
        table(("layer", "title", "licence", "rows"), rows),
    ]
    for name, entry in layers.items():
        facts = [(words, text(entry[key])) for key, words in PAPERS.items() if entry[key]]
        facts += [("taken from", text(packages(entry["packages"])))] * bool(entry["packages"])
        parts += [f'<h2 id="{name}">{text(name)}</h2>\n', f"{text(entry['title'])}.\n"]
        parts.append(table(("", ""), facts))
    return "\n".join(parts)


def packages(entries: Iterable[dict[str, str]]) -> str:
    return "; ".join(f"{e['name']} {e['version']} ({e['registry']})" for e in entries)


def benchmarks_page() -> str:
    """What each program in ``benchmarks/`` measures, and the pages that have its figures."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    rows, told_in = [], set()
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "__main__" not in source:
            continue
        telling = [name for name, page in pages.items() if f"benchmarks/{path.name}" in page]
        told_in.update(telling)
        told = ", ".join(f"[{title(pages[name])}]({name})" for name in telling)
        first = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
        rows.append((code(f"benchmarks/{path.name}"), prose(first), told))
    tables = [
        f"- [{title(page)}: {text(heading)}]({name}#{anchor(heading)})"
        for name, page in pages.items()
        if name in told_in
        for heading in headings_with_figures(page)
    ]
    return "\n".join(
        [
            "# Benchmarks\n",
            "Every figure about speed or errors comes from a program that anybody can run again.\n",
            table(("program", "measures", "its figures"), rows),
            "## Tables\n",
            *tables,
        ]
    )


def title(page: str) -> str:
    return text(page.partition("\n")[0].lstrip("# ").partition(":")[0])


def anchor(heading: str) -> str:
    """The id that MkDocs gives a heading of plain words."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower()))


def headings_with_figures(page: str) -> Iterator[str]:
    """The headings under which a table has at least three rows that end in a figure."""
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        if len(re.findall(r"^\|.*\|\s*[\d.,]+\s*%?.*\|$", body, flags=re.MULTILINE)) >= 3:
            yield heading
