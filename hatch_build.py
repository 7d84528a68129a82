"""Compile ``bordermap/border/kernel.pyx`` where there is a compiler; without, NumPy does it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "bordermap/border"
# The compiler must not join operations: NumPy does not, and both give the same numbers.
UNIX = ["-O3", "-g0", "-ffp-contract=off"]
MSVC = ["/O2", "/fp:precise"]


class KernelHook(BuildHookInterface[Any]):
    """Adds the compiled kernel to a wheel, or puts it beside its source for an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._folder = Path(mkdtemp())
        try:
            built = compiled(Path(self.root) / PACKAGE / "kernel.pyx", self._folder)
        # Whatever goes wrong, from no compiler to no headers: it is to be told, not to end.
        except (Exception, SystemExit) as error:
            reason = " ".join(str(error).split())
            self.app.display_warning(f"bordermap is built without its compiled kernel: {reason}")
            return
        if version == "editable":
            shutil.copy(built, Path(self.root) / PACKAGE)
        else:
            build_data["force_include"][str(built)] = f"{PACKAGE}/{built.name}"
        build_data.update(pure_python=False, infer_tag=True)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def compiled(source: Path, folder: Path) -> Path:
    """The extension module made of a Cython file, in a folder that may be thrown away."""
    from Cython.Build import cythonize  # noqa: PLC0415
    from setuptools import Distribution, Extension  # noqa: PLC0415
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415

    class Command(build_ext):
        def build_extensions(self) -> None:
            flags = MSVC if self.compiler.compiler_type == "msvc" else UNIX
            for extension in self.extensions:
                extension.extra_compile_args = flags
            super().build_extensions()

    name = f"{PACKAGE.replace('/', '.')}.kernel"
    made = cythonize(
        [Extension(name, [str(source)])], build_dir=str(folder), quiet=True, force=True
    )
    command = Command(Distribution({"name": "bordermap", "ext_modules": made}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
    command.ensure_finalized()
    command.run()
    return Path(command.get_outputs()[0])
