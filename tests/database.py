"""A PostgreSQL server of our own, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

PORT = "54332"


def programs():
    """Where the newest PostgreSQL of Debian lives that has PostGIS, or None."""
    found = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    folders = [Path("/usr/lib/postgresql") / one.parts[-3] / "bin" for one in found]
    there = [folder for folder in folders if (folder / "initdb").is_file()]
    return there[-1] if there else None


@contextmanager
def server():
    """The address of a server that trusts everyone who may enter its folder."""
    folder = Path(tempfile.mkdtemp(prefix="bordermap-test-"))
    owner = None
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres").pw_uid
        os.chown(folder, owner, owner)
        folder.chmod(0o755)

    def run(*command):
        subprocess.run(command, cwd=folder, user=owner, stdout=subprocess.DEVNULL, check=True)

    run(programs() / "initdb", "-A", "trust", "-E", "UTF8", "-D", folder / "data")
    control = (programs() / "pg_ctl", "-D", folder / "data", "-w")
    listen = f"-k {folder} -p {PORT} -c listen_addresses='' -c fsync=off"
    run(*control, "-l", folder / "log", "-o", listen, "start")
    try:
        user = pwd.getpwuid(os.getuid() if owner is None else owner).pw_name
        yield f"postgresql://{user}:secret@/postgres?host={folder}&port={PORT}"
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)
