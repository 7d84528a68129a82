"""Compile the loops in ``*.pyx`` where there is a compiler; NumPy does the same without."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The compiler must not join operations: NumPy does not, and both give the same numbers.
UNIX = ["-O3", "-g0", "-ffp-contract=off"]
MSVC = ["/O2", "/fp:precise"]


class KernelHook(BuildHookInterface[Any]):
    """Adds the compiled loops to a wheel, or puts them beside their source for an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._folder = Path(mkdtemp())
        root = Path(self.root)
        try:
            built = compiled(sorted((root / "bordermap").rglob("*.pyx")), root, self._folder)
        # Whatever goes wrong, from no compiler to no headers: it is to be told, not to end.
        except (Exception, SystemExit) as error:
            reason = " ".join(str(error).split())
            self.app.display_warning(f"bordermap is built without its compiled loops: {reason}")
            return
        for target, path in built.items():
            if version == "editable":
                shutil.copy(path, root / target)
            else:
                build_data["force_include"][str(path)] = target
        build_data.update(pure_python=False, infer_tag=True)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def compiled(sources: list[Path], root: Path, folder: Path) -> dict[str, Path]:
    """Extension modules made of Cython files, by where they belong, in a folder to throw away."""
    from Cython.Build import cythonize  # noqa: PLC0415
    from setuptools import Distribution, Extension  # noqa: PLC0415
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415

    class Command(build_ext):
        def build_extensions(self) -> None:
            flags = MSVC if self.compiler.compiler_type == "msvc" else UNIX
            for extension in self.extensions:
                extension.extra_compile_args = flags
            super().build_extensions()

    names = [".".join(source.relative_to(root).with_suffix("").parts) for source in sources]
    extensions = [Extension(*pair) for pair in zip(names, ([str(s)] for s in sources), strict=True)]
    made = cythonize(extensions, build_dir=str(folder), quiet=True, force=True)
    command = Command(Distribution({"name": "bordermap", "ext_modules": made}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
    command.ensure_finalized()
    command.run()
    outputs = [Path(output) for output in command.get_outputs()]
    return {one.relative_to(folder / "lib").as_posix(): one for one in outputs}
