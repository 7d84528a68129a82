"""Notebooks as pages: run from the first cell to the last, with what they show.

A cell that fails ends the build. With ``run_notebooks: false`` the pages have no outputs.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbclient import NotebookClient

SECONDS_A_CELL = 300

_shown: dict[str, str] = {}
"""What stands for each mark in a page; marks keep outputs away from Markdown."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook, which stays beside it to be taken along."""
    for file in list(files):
        if file.src_uri.endswith(".ipynb") and file.abs_src_path:
            path = Path(file.abs_src_path)
            notebook = nbformat.read(path, as_version=4)
            if config.extra["run_notebooks"]:
                run(notebook, path.parent)
            name = str(Path(file.src_uri).with_suffix(".md").as_posix())
            files.append(File.generated(config, name, content=markdown(notebook, path.name)))
    return files


def run(notebook: Any, folder: Path) -> None:
    """Run all cells, in the notebook's folder; the first error is raised."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS_A_CELL, resources=resources).execute()


def markdown(notebook: Any, name: str) -> str:
    """The page of a notebook, with a mark where each output goes."""
    parts = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        shown = "".join(map(output, cell.get("outputs", ())))
        if shown:
            mark = f"<!-- output {name} {number} -->"
            _shown[mark] = f'<div class="output">{shown}</div>'
            parts.append(mark)
    parts.append(f"[This notebook]({name}), to run it yourself (`pip install '.[notebook]'`).")
    return "\n\n".join(parts) + "\n"


def output(shown: Any) -> str:
    """One output as HTML."""
    if shown.output_type == "stream":
        return f"<pre>{escape(shown.text)}</pre>"
    data = shown.get("data", {})
    if "text/html" in data:
        return str(data["text/html"])
    return f"<pre>{escape(data.get('text/plain', ''))}</pre>"


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the outputs where their marks are."""
    del page, config, files
    for mark, shown in _shown.items():
        html = html.replace(mark, shown)
    return html
