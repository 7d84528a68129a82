"""The house: imports go down, rooms keep to themselves, and only the doors touch the disk."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import bordermap

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bordermap"

FLOORS = {
    "errors": 0,
    "shown": 0,
    "memory": 0,
    "pool": 0,
    "threads": 0,
    "arrow": 1,
    "schema": 1,
    "files": 1,
    "symbols": 1,
    "field_schema": 1,
    "layers": 2,
    "values": 2,
    "draft_schema": 2,
    "border": 3,
    "gazetteer": 3,
    "joins": 3,
    "footprint": 4,
    "rejected": 4,
    "validate": 5,
    "geocode": 5,
    "locate": 5,
    "enrich": 6,
    "certainty": 6,
    "duplicates": 6,
    "extract": 7,
    "query": 8,
    "summarise": 9,
    "robustness": 9,
    "difference": 10,
    "render": 10,
    "figure": 11,
    "publish": 11,
    "records": 11,
    "export": 11,
    "pipeline": 12,
    "parts": 13,
    "cli": 14,
    "__main__": 15,
}
DISK = {"files", "layers", "records", "export", "parts", "cli"}
DISK_MODULES = {"bordermap.gazetteer.store", "bordermap.gazetteer.keeping"}
DISK_CALLS = {
    "connect",
    "mkdir",
    "open",
    "read_bytes",
    "read_text",
    "rename",
    "replace_file",
    "unlink",
    "write_bytes",
    "write_text",
}
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "socket", "urllib.request"}

MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in [*MODULES, *PACKAGE.rglob("*.pyx")]}


def room_of(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def imports_of(tree):
    """Every imported module with whether it stands inside a function."""
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            module = f"{'.' * node.level}{node.module or ''}"
            for alias in node.names:
                # "from package import module" is an import of the module
                whole = f"{module}.{alias.name}"
                yield (whole if whole in NAMES else module), id(node) in inside
    for module in loaded_by_name(tree):
        yield module, False


def loaded_by_name(tree):
    """Our modules that a file names in texts, where it loads modules by name at all."""
    called = {getattr(n.func, "attr", getattr(n.func, "id", "")) for n in calls_of(tree)}
    if not called & {"import_module", "__import__"}:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "package.module.name" is an import of the module
            for module in (node.value, node.value.rpartition(".")[0]):
                if module in NAMES and module != "bordermap":
                    yield module


def calls_of(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down(path):
    here = name_of(path)
    room = room_of(here)
    for module, in_function in imports_of(ast.parse(path.read_text(encoding="utf-8"))):
        assert not module.startswith("."), f"{here} imports relatively"
        assert module.split(".")[0] not in NETWORK, f"{here} imports {module}"
        assert module not in NETWORK, f"{here} imports {module}"
        if not module.startswith("bordermap"):
            continue
        assert not in_function, f"{here} hides an import of {module} in a function"
        if here == "bordermap":
            continue
        assert module != "bordermap", f"{here} imports the package itself"
        if room_of(module) != room:
            assert FLOORS[room_of(module)] < FLOORS[room], f"{here} imports up: {module}"


def test_only_the_front_doors_load_modules_by_name():
    """They answer to names that people ask for; elsewhere an import stands where it is read."""
    loading = {
        name_of(path): set(loaded_by_name(ast.parse(path.read_text(encoding="utf-8"))))
        for path in MODULES
        if re.search(r"\bimport_module\b|__import__|\bimportlib\.util\b", path.read_text("utf-8"))
    }
    main = importlib.import_module("bordermap.cli.main")  # not the command of that name
    commands = {f"bordermap.cli.{name}" for name in main.COMMANDS}
    assert loading == {
        "bordermap": {"bordermap.figure", "bordermap.render"},
        "bordermap.cli.main": commands,
        "bordermap.figure": {"bordermap.figure", "bordermap.figure.sheet"},
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_doors_touch_the_disk(path):
    room = room_of(name_of(path))
    if room in DISK or name_of(path) in DISK_MODULES:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name in DISK_CALLS:
            # Data that a room brings along is read through importlib; saving goes through files.
            text = ast.unparse(function)
            saves = text in ("write_bytes", "write_text")
            assert "resources" in text or saves or "metadata" in text, text


def test_every_room_is_on_a_floor():
    rooms = {room_of(name_of(path)) for path in MODULES} - {""}
    assert rooms == set(FLOORS)


def test_rooms_within_a_package_have_no_cycles():
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        here = name_of(path)
        if here == "bordermap":
            continue
        modules = {m for m, _ in imports_of(ast.parse(path.read_text(encoding="utf-8")))}
        graph[here] = {m for m in modules if m.startswith("bordermap.") and m != here}
    done: set[str] = set()

    def visit(module, trail):
        assert module not in trail, f"cycle: {' -> '.join([*trail, module])}"
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, [*trail, module])
            done.add(module)

    for module in graph:
        visit(module, [])


def test_public_names_are_sorted_and_documented():
    assert bordermap.__all__ == sorted(bordermap.__all__)
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    for name in bordermap.__all__:
        assert re.search(rf"`{name}\b", text), f"{name} is not in docs/library.md"
        assert getattr(bordermap, name).__doc__, f"{name} has no docstring"


def test_public_names_can_be_listed_and_no_others_are_there():
    assert set(bordermap.__all__) <= set(dir(bordermap))
    assert bordermap.make_map is importlib.import_module("bordermap.render").make_map
    with pytest.raises(AttributeError, match="no attribute 'draw'"):
        bordermap.draw  # noqa: B018


def test_files_stay_readable():
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 500, f"{name_of(path)} has {lines} lines: is it one room or two?"
