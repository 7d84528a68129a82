"""What every test shares."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from database import programs
from hypothesis import settings

from bordermap.cli import main

# How long an example takes says nothing of what it finds, and much of what else the machine does.
# On CI the examples are the same every time, so that a run can be repeated; by hand they vary.
settings.register_profile("bordermap", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("bordermap")

ROOT = Path(__file__).parents[1]
QGIS = Path("/usr/lib/python3/dist-packages/qgis")
SHARED = ROOT.parent / "shared"
DOCS = ("ipykernel", "libpysal", "lonboard", "material", "mkdocs", "nbclient", "pointpats")


def pytest_collection_modifyitems(items):
    """Skip tests of a program where there is none; on CI a missing one is a failure."""
    there = {
        "browser": shutil.which("chromium") or os.environ.get("BORDERMAP_REQUIRE_BROWSER"),
        # These take more than a minute each, so they have steps of their own.
        "cluster": os.environ.get("BORDERMAP_REQUIRE_CLUSTER"),
        "heavy": os.environ.get("BORDERMAP_REQUIRE_HEAVY"),
        "docs": all(map(find_spec, DOCS)) or os.environ.get("BORDERMAP_REQUIRE_DOCS"),
        "gdal": shutil.which("ogrinfo") or os.environ.get("BORDERMAP_REQUIRE_GDAL"),
        "qgis": QGIS.is_dir() or os.environ.get("BORDERMAP_REQUIRE_QGIS"),
        "spark": (shutil.which("java") and find_spec("pyspark"))
        or os.environ.get("BORDERMAP_REQUIRE_SPARK"),
        "postgis": programs() or os.environ.get("BORDERMAP_REQUIRE_POSTGIS"),
    }
    for item in items:
        for name in (name for name, found in there.items() if not found):
            if name in item.keywords:
                item.add_marker(pytest.mark.skip(reason=f"no {name} on this machine"))


@pytest.fixture(scope="session")
def shared():
    """Independent files to compare with; they stand beside the repository, not in it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def sample_path():
    return ROOT / "incidents" / "border_incidents.csv"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Call the command line in a folder of its own, as a user types it."""
    monkeypatch.chdir(tmp_path)

    def call(*words, status=0):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == status, (result.output, result.stderr, result.exception)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def open_folder():
    """A folder that every user may enter, below a path that every user may walk."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def ordinary_user():
    """What root may do does not count: step down to nobody for a while."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture(scope="session", autouse=True)
def no_user_gazetteer(tmp_path_factory):
    """Nothing here may depend on the places that the machine's user has added."""
    os.environ["BORDERMAP_GAZETTEER"] = str(tmp_path_factory.mktemp("user") / "gazetteer.sqlite")


@pytest.fixture
def little_room():
    """Let no file grow beyond so many bytes, as on a full disk."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")

    @contextmanager
    def limited(size):
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
            signal.signal(signal.SIGXFSZ, handler)

    return limited
